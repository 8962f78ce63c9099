/* check_inside.h - what the files of the checker share; nobody else includes it.
 *
 * check.c walks the blocks, check_name.c knows their names, check_leg.c the itineraries;
 * check_path.c says what a path means, check_expr.c operators, check_set.c constants and sets,
 * check_member.c who is on a list, check_tag.c tags, check_aggregate.c histories, check_calendar.c
 * workdays; check_rule.c looks at rules,
 * check_pattern.c at sequences, check_wait.c at what they wait for, check_action.c at actions,
 * check_reason.c at what a warning will say, check_case.c at cases; check_card.c at scorecards and
 * points, check_policy.c at policies, check_mark.c at marks, check_circle.c at those that set
 * marks; check_bounds.c refuses what would not fit.
 *
 * A function that checks an expression returns NULL after it has said what is wrong; whoever gets
 * NULL goes on with the next expression and says nothing.
 *
 * Memory:  nodes in the arena.
 * Threads: one owner at a time.
 * Errors:  diagnostics.
 */
#ifndef SLUICE_RULES_CHECK_INSIDE_H
#define SLUICE_RULES_CHECK_INSIDE_H

#include "rules/check.h"
#include "rules/type.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHECK_CURRENCY "CNY" /* of every pack of this version */
#define CHECK_HINT_RANGE                                             \
    "the smaller value stands first; for hours past midnight write " \
    "two ranges, as in `{22..23, 0..5}`"

/* Constants, features, lists (and what is not there yet) share a space: they meet in expressions.
 */
enum check_space {
    CHECK_SPACE_VALUE,
    CHECK_SPACE_TYPOLOGY,
    CHECK_SPACE_RULE,
    CHECK_SPACE_POLICY,
    CHECK_SPACE_MARK
};
enum check_name_kind {
    CHECK_NAME_CONST,
    CHECK_NAME_FEATURE,
    CHECK_NAME_LIST,
    CHECK_NAME_TAG,
    CHECK_NAME_CARD,
    CHECK_NAME_TYPOLOGY,
    CHECK_NAME_PATTERN,
    CHECK_NAME_RULE,
    CHECK_NAME_CALENDAR,
    CHECK_NAME_POLICY,
    CHECK_NAME_MARK,
};

struct check_name {
    struct str text;
    struct span span;
    enum check_space space;
    enum check_name_kind kind;
    uint32_t index; /* into the array of its kind */
    bool used;
};

enum check_state { CHECK_NEW, CHECK_OPEN, CHECK_DONE };

struct check_const {
    const struct ast_const *ast;
    enum check_state state;
    struct checked_expr *value; /* CHECKED_CONST; NULL: a set, or has a mistake */
    bool bad_set;               /* has a mistake, which has been said */
};

struct check_feature {
    const struct ast_feature *ast;
    enum check_state state;
};

/* A rule that runs on a mark of one level and sets one: from, to are 3 x mark + level - 1. */
struct check_step {
    struct check_step *next; /* of the same from, in the order of the pack */
    uint32_t from, to;
    struct span on, set; /* where the rule says so */
};

struct check {
    const struct ast_pack *pack;
    const struct rule_source *source;
    struct arena *arena;
    struct diag_list *diags;
    struct checked *out;
    struct check_name *names;
    size_t name_count;
    uint32_t *slots; /* open addressing over names: index + 1 */
    size_t slot_mask;
    struct check_const *consts;
    size_t const_count;
    size_t case_records; /* of all cases so far */
    size_t range_count;  /* of all sets so far, at every use */
    unsigned depth;      /* features and constants that are being checked, one for the other */
    struct check_feature *features; /* beside the first of out->features */
    size_t feature_count;           /* without scorecards, which follow them */
    struct check_step **mark_steps; /* by from; the last one is at the front */
};

enum check_place { CHECK_IN_RULE, CHECK_IN_FEATURE, CHECK_IN_CONST, CHECK_IN_PATTERN };

/* Where an expression stands: what its names can mean. */
struct check_scope {
    enum check_place place;
    uint8_t event;                         /* IN_RULE: enum event_kind */
    uint8_t trigger;                       /* IN_RULE */
    const struct checked_pattern *timeout; /* IN_RULE on a time-out: of which pattern */
    uint8_t leg;                           /* IN_RULE: enum leg of the subject */
    uint32_t mark;                         /* IN_RULE on a mark: which */
    uint8_t entity;                        /* of the subject's page; ENTITY_NONE for constants */
    bool in_where;                         /* the record of a stream is looked at */
    uint8_t stream;
    bool in_card; /* a band of a scorecard */
    bool once;    /* in the `since` of an aggregate inside a where: no record is looked at */
    /* In a where of a pattern: the other steps have names. */
    const struct checked_pattern *pattern;
    uint8_t step;      /* that is looked at; step_count: one of `without` */
    bool in_hand;      /* which is filled by the event in hand */
    bool steps_hidden; /* in an aggregate inside it, which is computed once */
};

/* ---- check_name.c ---- */

void check_names_init(struct check *c, size_t count_max);
/* Adds a name; a second one of the same text is a mistake, and the first one stands. */
void check_define(struct check *c, enum check_space space, enum check_name_kind kind,
                  const struct ast_name *name, uint32_t index);
/* NULL if there is none. Does not mark it as used. */
struct check_name *check_find(struct check *c, enum check_space space, struct str text);
/* A word that means something in every expression, and what: "a stream"; else NULL. */
const char *check_reserved(struct str text);
void check_guess_names(const struct check *c, struct diag_guess *guess, enum check_space space,
                       enum check_name_kind kind);
void check_guess_rows(struct diag_guess *guess, const struct vocab_row *rows, int first, int count);

/* ---- check_leg.c ---- */

/* Leg of a role of the event (`payer`, `payer.person`) in a path; LEG_COUNT if it begins with none.
 * *taken: how many parts it is. */
int check_leg(const struct ast_path *path, uint8_t event, size_t *taken);
/* Does the leg have the name of a role? The entity of a list entry and its holder have none. */
bool check_leg_is_role(int leg);
/* Can what such an event visits at the leg be a page of that kind? */
bool check_leg_may_be(int leg, uint8_t entity);
/* The holder of a leg, or whom a holder holds; LEG_COUNT if that is not of one kind. */
int check_leg_twin(int leg);
/* Kind of the entity at a leg, ENTITY_NONE after a diagnostic: the owner of a change is a number or
 * an account, and elsewhere than on its own page nobody knows which. */
uint8_t check_leg_known(struct check *c, const struct check_scope *s, int leg, struct span span);
uint8_t check_leg_entity(int leg);
/* First and last leg of an event's itinerary. */
int check_first_leg(uint8_t event);
int check_last_leg(uint8_t event);
/* The path as one word, `payee.kind`, in the arena. */
struct str check_path_text(struct check *c, const struct ast_path *path, size_t from);
/* "`payee`, `payee.person`, `payer` and `payer.person`" */
struct str check_legs_text(struct check *c, uint8_t event);
/* An entity kind by its name, ENTITY_NONE after a diagnostic. */
uint8_t check_entity(struct check *c, const struct ast_name *name);

/* ---- check_path.c ---- */

struct checked_expr *check_new(struct check *c, enum checked_op op, enum unit unit,
                               struct span span);
struct checked_expr *check_path(struct check *c, const struct check_scope *s,
                                const struct ast_path *path);
/* "a call", "an outcome": the event in hand, for messages. */
const char *check_event_name(uint8_t event);
/* Unit of the set of values that has this word, or -1. */
int check_word_unit(struct str text);
/* Does a bare name mean something here, apart from a value of a set of words? */
bool check_name_means(struct check *c, const struct check_scope *s, struct str name);

/* Says that the page of this leg is visited after that of the subject. */
void check_too_early(struct check *c, const struct check_scope *s, int leg, struct span span);

/* ---- check_member.c ---- */

/* `payee in fraud_accounts`, `amount in {1..5}`, `caller.kind in risky_kinds` */
struct checked_expr *check_in(struct check *c, const struct check_scope *s,
                              const struct ast_expr *ast);

/* ---- check_tag.c ---- */

void check_tags(struct check *c);
/* `tags has loan_link` */
struct checked_expr *check_has(struct check *c, const struct check_scope *s,
                               const struct ast_expr *ast);
/* NULL after a diagnostic. */
const struct checked_tag *check_find_tag(struct check *c, const struct ast_name *name);
/* Says that tags are no value, if it is what a message has. */
bool check_is_tags(struct check *c, const struct checked_expr *expr);

/* ---- check_expr.c ---- */

struct checked_expr *check_expr(struct check *c, const struct check_scope *s,
                                const struct ast_expr *ast);
/* The same, of yes or no; what: "`when`", for the message. */
struct checked_expr *check_condition(struct check *c, const struct check_scope *s,
                                     const struct ast_expr *ast, const char *what);
/* The same, beside a value of this unit: a bare name may be one of its words. */
struct checked_expr *check_beside(struct check *c, const struct check_scope *s,
                                  const struct ast_expr *ast, enum unit unit);
/* Value of a word of an enumerated unit, of UNIT_TYPOLOGY of a name of the pack; 0: it is none. */
int64_t check_word_value(struct check *c, enum unit unit, struct str text);
/* Word of a set of values; NULL after a diagnostic. */
struct checked_expr *check_word_of(struct check *c, const struct ast_expr *ast, enum unit unit);
/* Says that the text is no word of that set of values, which there are, or which was meant. */
void check_no_word(struct check *c, struct str text, enum unit unit, struct span span);
/* The single name that an expression is, or NULL. */
const struct ast_name *check_bare_name(const struct ast_expr *ast);
/* Gives a plain number the unit of its neighbour; false after a diagnostic. */
bool check_take_unit(struct check *c, struct checked_expr *expr, enum unit unit);

/* ---- check_set.c ---- */

/* Once; use: where it is asked about. */
void check_const(struct check *c, struct check_const *constant, struct span use);
/* The constant's value as an expression at this place; NULL if it has a mistake or is a set. */
struct checked_expr *check_const_value(struct check *c, struct check_name *name, struct span span);
/* The set as values of the same unit as value; use: where it is asked about. */
const struct checked_set *check_set(struct check *c, const struct ast_set *set,
                                    struct checked_expr *value, struct span use);
/* A length in ms, 1 to max_ms; 0 after a diagnostic. */
int64_t check_length(struct check *c, const struct ast_length *length, int64_t max_ms,
                     const char *what);

/* ---- check_fold.c ---- */

/* Of constants: what they make together, in the place of left; false if it does not fit. */
bool check_fold_sum(struct checked_expr *left, const struct checked_expr *right, bool minus);
/* ratio.den is a power of ten. */
bool check_fold_scale(struct checked_expr *value, struct ratio ratio);

/* ---- check_aggregate.c ---- */

/* A stream that the page at hand keeps, or -1 after a diagnostic. */
int check_stream(struct check *c, const struct check_scope *s, const struct ast_name *name);
/* `5 workdays`; false after a diagnostic. */
bool check_workdays(struct check *c, const struct ast_window *window, uint8_t *workdays);
/* The scope of a `where` over records of a stream; hides_steps: it is computed before there are
 * any.
 */
struct check_scope check_inside_of(const struct check_scope *s, uint8_t stream, bool hides_steps);
/* Does the condition ask whether the record was reversed? Aggregates in it ask for themselves. */
bool check_names_reversed(const struct checked_expr *expr);

struct checked_expr *check_aggregate(struct check *c, const struct check_scope *s,
                                     const struct ast_expr *ast);
/* `each(payment_out.payee in 24h where ..)`: an aggregate that finds whom its records met. */
struct checked_expr *check_each(struct check *c, const struct check_scope *s,
                                const struct ast_source *ast);

/* ---- check_calendar.c ---- */

/* The days of all calendars together. */
void check_calendars(struct check *c);
/* Is there a calendar? Says so if what needs one stands in a pack without. */
bool check_has_calendar(struct check *c, struct span span, const char *what);

/* ---- check_during.c ---- */

/* `during(call_in and 30m after where ..)`: any such call of the day before that is going on. */
struct checked_expr *check_during(struct check *c, const struct check_scope *s,
                                  const struct ast_expr *ast);

/* ---- check.c ---- */

/* The feature with its value checked; NULL if it has a mistake. */
const struct checked_feature *check_feature(struct check *c, uint32_t index, struct span use);

/* ---- check_card.c ---- */

void check_card_heads(struct check *c);
void check_cards(struct check *c);
/* The scorecard in an expression. */
struct checked_expr *check_card_name(struct check *c, const struct check_scope *s,
                                     struct check_name *name, struct span span);
/* points(TYPOLOGY) */
struct checked_expr *check_points(struct check *c, const struct check_scope *s,
                                  const struct ast_expr *ast);
/* Warns of points that are asked for and that no rule gives. */
void check_points_given(struct check *c);

/* ---- check_mark.c ---- */

/* At most so many marks have a name. */
size_t check_count_marks(const struct ast_pack *pack);
/* The marks that rules set, before anything asks for one. */
void check_mark_names(struct check *c);
/* `payee marked suspect level <= 2` */
struct checked_expr *check_marked(struct check *c, const struct check_scope *s,
                                  const struct ast_expr *ast);
void check_mark_action(struct check *c, const struct check_scope *s, const struct ast_action *ast,
                       struct checked_action *action);
/* `given P marked suspect level 2` */
void check_mark_given(struct check *c, const struct ast_fact *fact);
/* The mark that is asked for, by a condition or by `on mark`; NULL after a diagnostic. */
struct check_name *check_mark_asked(struct check *c, const struct ast_name *name);
/* Marks that nobody asks for. */
void check_marks_unused(struct check *c);

/* ---- check_circle.c ---- */

/* What a rule on a mark sets; ast: the rule as written. */
void check_circle_note(struct check *c, const struct ast_rule *ast,
                       const struct checked_rule *rule);
/* When all are noted: a mark that would lead to itself for ever. */
void check_circles(struct check *c);

/* ---- check_policy.c ---- */

/* After the typologies. */
void check_policies(struct check *c);
/* ---- check_pattern.c ---- */

void check_patterns(struct check *c);
struct checked_expr *check_matches(struct check *c, const struct check_scope *s,
                                   const struct ast_expr *ast);
/* How many parts of the path name a step here (`talk`, in a rule `gathered.talk`): 0 if it is none.
 */
size_t check_step_parts(struct check *c, const struct check_scope *s, const struct ast_path *path);
/* `talk.caller`, `gathered.talk.caller`: a field of a step. */
struct checked_expr *check_step_field(struct check *c, const struct check_scope *s,
                                      const struct ast_path *path);
/* A pattern by its name, NULL after a diagnostic. */
struct check_name *check_pattern_name(struct check *c, const struct ast_name *name);
/* Where the `where` of a step stands; of what is no step: step_count. */
struct check_scope check_step_scope(const struct checked_pattern *pattern, size_t step,
                                    uint8_t stream);
/* The `where`, if there is one; false after a diagnostic. */
bool check_pattern_where(struct check *c, const struct check_scope *s, const struct ast_expr *ast,
                         struct checked_expr **where, bool *reversed_too);
/* A repeated step as the source of an aggregate; false after a diagnostic. */
bool check_step_source(struct check *c, const struct check_scope *s, const struct ast_path *path,
                       struct checked_aggregate *aggregate);

/* ---- check_wait.c ---- */

/* `then no call_in where .. within 30m`, `then wait 40m`; false after a diagnostic. */
bool check_absence(struct check *c, const struct ast_step *ast, struct checked_pattern *pattern);
/* Its where, when all steps have names. */
bool check_absence_where(struct check *c, const struct ast_pattern *ast,
                         struct checked_pattern *pattern);
/* Hints at the single step of the pattern that has such a field; false if none has. */
bool check_hint_step(struct check *c, struct diag *diag, const struct checked_pattern *pattern,
                     struct str field);
/* Says that no event matches a pattern that waits. */
void check_is_waiting(struct check *c, const struct checked_pattern *pattern, struct span span);
/* The pattern of `on timeout of NAME`; NULL after a diagnostic, or if it has a mistake itself. */
const struct checked_pattern *check_timeout_of(struct check *c, const struct ast_name *name);

/* ---- check_rule.c ---- */

/* Where something for this subject on this trigger stands: false after a diagnostic. */
bool check_place(struct check *c, const struct ast_path *subject, const struct ast_trigger *trigger,
                 struct check_scope *s);
/* enum tier, TIER_NONE after a diagnostic. */
int check_tier_name(struct check *c, const struct ast_name *name);
/* A typology by its name, NULL after a diagnostic. */
struct check_name *check_typology_name(struct check *c, const struct ast_name *name);

void check_rules(struct check *c);
void check_typologies(struct check *c);

/* ---- check_action.c ---- */

/* Whom an action is aimed at; letters: of the kinds of entities that it can be. */
void check_target(struct check *c, const struct check_scope *s, const struct ast_action *ast,
                  const char *letters, struct checked_action *action);
/* enum channel_word, or -1 after a diagnostic. */
int check_channel(struct check *c, const struct ast_name *name);
/* of: what stands behind `of`; typology: that, if it is known. */
void check_action(struct check *c, const struct check_scope *s, const struct ast_action *ast,
                  const struct ast_name *of, const struct checked_typology *typology,
                  struct checked_action *action);

/* ---- check_reason.c ---- */

void check_conditions(struct check *c, struct checked_rule *rule, const struct ast_expr *when);

/* ---- check_size.c ---- */

/* Each says what is too large, once, and returns false: then it is not to be looked at. */
bool check_case_size(struct check *c, const struct ast_case *test);
bool check_set_size(struct check *c, const struct ast_set *set, struct span use);
bool check_guards_size(struct check *c, const struct ast_rule *rule);

/* ---- check_case.c ---- */

void check_case(struct check *c, const struct ast_case *test);

/* ---- check_bounds.c ---- */

/* Fits the machine: depth of its stack, temporary values, features inside each other; says so if
 * not. */
bool check_bounds(struct check *c, const struct checked_expr *expr);
unsigned check_depth(const struct checked_expr *expr);
/* One more feature or constant is looked into for another; false after a diagnostic, if that is one
 * too many. Each true is followed by check_leave. */
bool check_enter(struct check *c, struct span use);
void check_leave(struct check *c);

#endif
