/* ast.h - a rule pack as it was written: one node for each construct of the grammar, each with its
 * span.
 *
 * `rule near_round of mule for payer on transaction when amount >= 9_000.00 CNY score 30 for 72h`
 * is a struct ast_rule whose `when` is an AST_COMPARE of an AST_PATH and an AST_MONEY and whose
 * only action is an AST_SCORE. Names are not resolved and types are not known here; check.h does
 * that.
 *
 * Things of one kind are lists through `next`, in the order of the files and of the lines. An
 * optional part that is not there is a NULL pointer, an empty text, or says so in its `has_...`.
 *
 * Memory:  every node is in the arena given to parse_pack; texts point into the source or the arena.
 * Threads: read-only after parsing.
 * Errors:  none; a block with a mistake (see diag.h) is `broken`: its name counts, the rest may be missing.
 */
#ifndef SLUICE_RULES_AST_H
#define SLUICE_RULES_AST_H

#include "engine/base/str.h"
#include "rules/lex.h"
#include "rules/rule_source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- parts ---- */

struct ast_name {
    struct str text; /* empty: not there */
    struct span span;
};

static inline bool ast_has(const struct ast_name *name)
{
    return name->text.len != 0;
}

/* `payee.person.age` */
struct ast_path {
    struct ast_name *parts;
    size_t part_count; /* 0: not there */
    struct span span;
};
#define AST_PATH_PARTS_MAX 8

/* `72h`, or the name of a constant. */
struct ast_length {
    struct ast_name name; /* not there: ms counts */
    int64_t ms;
    struct span span;
};

enum ast_window_kind {
    AST_WINDOW_NONE,
    AST_WINDOW_LENGTH,   /* in 24h */
    AST_WINDOW_WORKDAYS, /* in 5 workdays */
    AST_WINDOW_TODAY,    /* in today */
    AST_WINDOW_SINCE,    /* since a time */
};

struct ast_window {
    enum ast_window_kind kind;
    struct ast_length length;
    int64_t workday_count;
    struct ast_expr *since;
    struct span span;
};

/* `payment_in.amount in 24h where own` */
struct ast_source {
    struct ast_path path;
    struct ast_window window;
    struct ast_expr *where;
    struct span span;
};

/* `0..4` or `intl`; a single value has no high. */
struct ast_range {
    struct ast_range *next;
    struct ast_expr *low;
    struct ast_expr *high;
    struct span span;
};

struct ast_set {
    struct ast_range *ranges;
    size_t range_count;
    struct span span;
};

enum ast_compare {
    AST_EQUAL,
    AST_NOT_EQUAL,
    AST_LESS,
    AST_LESS_EQUAL,
    AST_GREATER,
    AST_GREATER_EQUAL,
};

const char *ast_compare_text(enum ast_compare compare);

/* ---- expressions ---- */

enum ast_expr_kind {
    /* literal */
    AST_NUMBER,   /* value / 10^decimals */
    AST_MONEY,    /* minor units of currency */
    AST_PERCENT,  /* basis points */
    AST_DURATION, /* ms */
    /* path */
    AST_PATH,
    /* two */
    AST_OR,
    AST_AND,
    AST_COMPARE,
    AST_ADD,
    AST_SUBTRACT,
    AST_TIMES, /* 1.4 x a */
    AST_SHARE, /* 50% of a */
    /* one */
    AST_NOT,
    AST_KNOWN,
    AST_AGO,
    /* each its own */
    AST_BETWEEN,
    AST_IN,
    AST_HAS,
    AST_MARKED,
    AST_MATCHES,
    AST_POINTS,
    AST_AGGREGATE,
    AST_DURING,
    AST_EXPR_KIND_COUNT,
};

struct ast_literal {
    int64_t value;
    uint8_t decimals;
    struct str currency;
};

struct ast_two {
    struct ast_expr *left;
    struct ast_expr *right;
    enum ast_compare compare; /* of AST_COMPARE */
    struct span sign_span;    /* of the operator */
};

struct ast_between {
    struct ast_expr *value;
    struct ast_expr *low;
    struct ast_expr *high;
    struct span word_span;
};

/* Either a name (a list or a constant set) or a set. */
struct ast_in {
    struct ast_expr *value;
    struct ast_name name;
    struct ast_set *set;
    bool negated;
    struct span word_span; /* `in`, `not in` */
};

struct ast_has_tag {
    struct ast_expr *value;
    struct ast_name tag;
    struct span word_span;
};

struct ast_marked {
    struct ast_expr *value;
    struct ast_name mark;
    bool has_level;
    enum ast_compare compare;
    int64_t level;
    struct span level_span;
    struct span word_span;
};

struct ast_aggregate {
    enum lex_kind word; /* LEX_COUNT, LEX_ANY ... */
    struct span word_span;
    bool has_argument; /* rising(3 x, ..), top_share(2, ..) */
    bool times;        /* an `x` stood behind it */
    struct ast_literal argument;
    struct span argument_span;
    struct ast_source source;
};

struct ast_during {
    struct ast_name stream;
    bool has_after;
    struct ast_length after;
    struct ast_expr *where;
    struct span word_span;
};

struct ast_expr {
    enum ast_expr_kind kind;
    struct span span; /* parentheses around it included */
    union {
        struct ast_literal literal;
        struct ast_path path;
        struct ast_two two;
        struct ast_expr *one;
        struct ast_between between;
        struct ast_in in;
        struct ast_has_tag has;
        struct ast_marked marked;
        struct ast_name name; /* AST_MATCHES, AST_POINTS */
        struct ast_aggregate *aggregate;
        struct ast_during *during;
    };
};

/* ---- blocks ---- */

/* What every block begins with. */
struct ast_head {
    struct span span;      /* the whole block */
    struct span word_span; /* its word: `rule` */
    struct ast_name name;  /* a case has none */
    struct str title;
    struct span title_span;
    bool broken; /* a mistake in it was said; parts may be missing */
};

struct ast_tier {
    struct ast_tier *next;
    struct ast_name name;
    int64_t points;
    struct span points_span;
};

struct ast_typology {
    struct ast_typology *next;
    struct ast_head head;
    struct ast_name subject;
    struct ast_tier *tiers;
    struct ast_length closes_after;
};

enum ast_sign_kind {
    AST_SIGN_TEXT,
    AST_SIGN_REGEX,
    AST_SIGN_FEED,
};

struct ast_sign {
    struct ast_sign *next;
    enum ast_sign_kind kind;
    struct str text;
    struct str near; /* AST_SIGN_TEXT: may be empty */
    int64_t within_chars;
    struct span span;
};

struct ast_tag {
    struct ast_tag *next;
    struct ast_head head;
    struct ast_sign *signs;
};

struct ast_list {
    struct ast_list *next;
    struct ast_head head;
    struct ast_name subject;
};

/* Either a set or a value. */
struct ast_const {
    struct ast_const *next;
    struct ast_head head;
    struct ast_set *set;
    struct ast_expr *value;
};

struct ast_days {
    struct ast_days *next;
    bool workdays;     /* else holidays */
    int64_t first_day; /* since 1970-01-01 */
    int64_t last_day;
    struct span span;
};

struct ast_calendar {
    struct ast_calendar *next;
    struct ast_head head;
    struct ast_days *days;
};

struct ast_feature {
    struct ast_feature *next;
    struct ast_head head;
    struct ast_name subject;
    struct ast_expr *value;
};

enum ast_trigger_kind {
    AST_ON_EVENT,
    AST_ON_MARK,    /* on mark NAME */
    AST_ON_TIMEOUT, /* on timeout of NAME */
};

struct ast_trigger {
    enum ast_trigger_kind kind;
    struct ast_name name;
    struct span span;
};

/* One `< 7d: 25` of a band. */
struct ast_step_points {
    struct ast_step_points *next;
    enum ast_compare compare;
    struct ast_expr *limit;
    int64_t points;
    struct span span;
};

struct ast_band {
    struct ast_band *next;
    struct ast_expr *value;
    struct ast_step_points *steps;
    int64_t else_points;
    int64_t unknown_points;
    struct span span;
};

struct ast_scorecard {
    struct ast_scorecard *next;
    struct ast_head head;
    struct ast_path subject;
    struct ast_trigger trigger;
    struct ast_band *bands;
};

enum ast_step_kind {
    AST_STEP,      /* talk: call_in where .. */
    AST_STEP_NO,   /* no call_in where .. within 30m */
    AST_STEP_WAIT, /* wait 40m */
};

struct ast_step {
    struct ast_step *next;
    enum ast_step_kind kind;
    struct ast_name name;
    struct ast_name stream;
    struct ast_expr *where;
    int64_t least_times; /* 0: not said */
    int64_t most_times;  /* 0: not said */
    bool has_within;
    struct ast_length within; /* and the length of a wait */
    struct span span;
};

struct ast_without {
    struct ast_without *next;
    struct ast_name stream;
    struct ast_expr *where;
    struct span span;
};

struct ast_pattern {
    struct ast_pattern *next;
    struct ast_head head;
    struct ast_name subject;
    struct ast_window within;
    struct ast_step *steps;
    struct ast_without *withouts;
};

/* ---- rules ---- */

enum ast_action_kind {
    AST_SCORE,
    AST_RAISE,
    AST_PROTECT,
    AST_STOP,
    AST_WATCH,
    AST_DELAY,
    AST_ADVISE,
    AST_MARK,
    AST_REACH,
    AST_SAY,
};

/* A text between values, or the value of one {...}. */
struct ast_say_part {
    struct ast_say_part *next;
    struct str text;
    struct ast_expr *value;
    struct span span;
};

struct ast_action {
    struct ast_action *next;
    enum ast_action_kind kind;
    struct span word_span;
    struct span span;
    struct ast_expr *points; /* score */
    struct ast_name name;    /* raise TIER, delay EVENT, advise ADVICE, reach CHANNEL, mark MARK */
    struct ast_path target;  /* protect, stop, watch, advise, mark */
    struct ast_source *each; /* mark each(...): instead of target */
    int64_t level;           /* mark: 0 is not said */
    struct span level_span;
    struct ast_length length; /* score, protect, stop, watch, mark */
    bool has_length;          /* protect may go without */
    struct ast_say_part *say;
    struct ast_expr *only_if;
};

struct ast_unless {
    struct ast_unless *next;
    struct str title;
    struct ast_expr *condition;
    struct span word_span;
    struct span span;
};

enum ast_rule_state {
    AST_LIVE,
    AST_SHADOW,
    AST_DRAFT,
    AST_RETIRED,
};

struct ast_rule {
    struct ast_rule *next;
    struct ast_head head;
    enum ast_rule_state state;
    bool absolute;
    struct ast_name typology; /* may be not there */
    struct ast_path subject;
    struct ast_trigger trigger;
    struct span when_span; /* of the word */
    struct ast_expr *when;
    struct ast_unless *unlesses;
    struct ast_action *actions;
    struct ast_case *cases;
};

/* ---- cases ---- */

enum ast_value_kind {
    AST_VALUE_PATH,
    AST_VALUE_SET,
    AST_VALUE_TEXT,
    AST_VALUE_NUMBER,
    AST_VALUE_MONEY,
    AST_VALUE_PERCENT,
    AST_VALUE_DURATION, /* may be negative: before the case's +0m */
};

struct ast_value {
    enum ast_value_kind kind;
    struct ast_path path;
    struct ast_set *set;
    struct str text;
    struct ast_literal literal;
    struct span span;
};

/* `amount 30_000.00 CNY` */
struct ast_pair {
    struct ast_pair *next;
    struct ast_path path;
    struct ast_value value;
};

enum ast_fact_kind {
    AST_FACT_IN,        /* in fraud_accounts */
    AST_FACT_MARKED,    /* marked suspect level 1 */
    AST_FACT_ATTRIBUTE, /* opened -3d */
};

struct ast_fact {
    struct ast_fact *next;
    enum ast_fact_kind kind;
    struct ast_name name; /* of the list, of the mark */
    int64_t level;        /* 0: not said */
    struct ast_path path;
    struct ast_value value;
    struct span span;
};

struct ast_given {
    struct ast_given *next;
    struct ast_path entity;
    struct ast_fact *facts;
    struct span span;
};

struct ast_event {
    struct ast_event *next;
    int64_t offset_ms;
    struct span offset_span;
    struct ast_name kind;
    struct ast_pair *pairs;
    int64_t every_ms; /* 0: once */
    int64_t times;    /* of `every` */
    bool has_arrives;
    int64_t arrives_ms; /* after the case's +0m */
    struct span span;
};

enum ast_case_kind {
    AST_FIRES,
    AST_QUIET,
    AST_ORDINARY,
};

struct ast_case {
    struct ast_case *next;
    enum ast_case_kind kind;
    struct ast_head head; /* without a name */
    bool has_clock;
    bool has_date;
    int64_t clock_ms; /* since midnight */
    int64_t day;      /* since 1970-01-01 */
    struct ast_given *givens;
    struct ast_event *events;
};

/* ---- policy ---- */

enum ast_power {
    AST_POWER_PROTECT,
    AST_POWER_STOP,
    AST_POWER_DELAY,
    AST_POWER_ADVISE,
    AST_POWER_WATCH,
};
#define AST_POWER_COUNT 5

struct ast_channel {
    struct ast_channel *next;
    struct ast_name name;
    struct ast_length deadline;
};

struct ast_receiver {
    struct ast_receiver *next;
    struct ast_name name;
};

enum ast_approval {
    AST_APPROVAL_NONE, /* not said */
    AST_APPROVAL_BEFORE,
    AST_APPROVAL_WITHIN,
};

enum ast_policy_kind {
    AST_POLICY_TIER,
    AST_POLICY_CAP,
    AST_POLICY_BUDGET,
    AST_POLICY_BASIS,
};

struct ast_policy_row {
    struct ast_policy_row *next;
    enum ast_policy_kind kind;
    struct span span;
    /* AST_POLICY_TIER */
    struct ast_name tier;
    struct ast_channel *channels;
    struct ast_receiver *receivers;
    bool allows[AST_POWER_COUNT];
    enum ast_approval approval;
    struct ast_length length; /* of the approval, of the cap */
    /* the others */
    enum ast_power power;
    int64_t count;
    struct ast_name per;
    struct ast_name by; /* may be not there */
    struct str basis;
};

struct ast_policy {
    struct ast_policy *next;
    struct ast_head head;
    struct ast_policy_row *rows;
};

/* ---- the pack ---- */

struct ast_pack {
    struct ast_typology *typologies;
    struct ast_tag *tags;
    struct ast_list *lists;
    struct ast_const *consts;
    struct ast_calendar *calendars;
    struct ast_feature *features;
    struct ast_scorecard *scorecards;
    struct ast_pattern *patterns;
    struct ast_rule *rules;
    struct ast_policy *policies;
    struct ast_case *ordinaries;
};

#endif
