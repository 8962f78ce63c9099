/* check.h - the second pass: names resolved, types with units known, every mistake a diagnostic.
 *
 * `payee.payers_1h >= 3` in a rule for payer.person on transaction becomes a CHECKED_GREATER_EQUAL
 * of a CHECKED_CARRIED (the feature payers_1h of the account that is paid, handed on from its page)
 * and a CHECKED_CONST of 3, a count. plan.h and emit.h make the program of it; export.c writes it
 * as JSON.
 *
 * What the grammar has and this version cannot run (marks, tags ...) is refused by
 * name, never half understood.
 *
 * Memory:  nodes in the arena; they point into the AST and the source.
 * Threads: read-only after checking.
 * Errors:  diagnostics. With an error in them the tree has gaps: it must not be planned or emitted.
 */
#ifndef SLUICE_RULES_CHECK_H
#define SLUICE_RULES_CHECK_H

#include "engine/base/arena.h"
#include "engine/eval/program.h"
#include "rules/ast.h"
#include "rules/diag.h"
#include "rules/rule_source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHECK_RULES_MAX 20000                         /* that run, of a pack */
#define CHECK_SPAN_MAX_MS ((int64_t)90 * 86400000)    /* how far a value looks back */
#define CHECK_LENGTH_MAX_MS ((int64_t)366 * 86400000) /* points, requests, open warnings */
#define CHECK_CASE_RECORDS_MAX 10000                  /* events and what is given, of a case */
#define CHECK_PACK_RECORDS_MAX 200000                 /* of all cases */
#define CHECK_GUARDS_MAX 32                           /* `unless` of a rule */
#define CHECK_RANGES_MAX (1 << 20)                    /* of all sets, counted at every use */
#define CHECK_HOLD_MAX_MS ((int64_t)48 * 3600000)     /* a person's money: protect, stop */
#define CHECK_PROTECT_MS ((int64_t)24 * 3600000)      /* protect, unless its rule says */

enum checked_op {
    CHECKED_CONST,      /* value */
    CHECKED_WORD,       /* word of the event in hand */
    CHECKED_RECORD,     /* word of the record looked at */
    CHECKED_ATTRIBUTE,  /* attribute of the subject */
    CHECKED_TAG,        /* has the message in hand the tag */
    CHECKED_RECORD_TAG, /* has the one looked at */
    CHECKED_MEMBER,     /* is the subject in list */
    CHECKED_CARRIED,    /* feature, attribute or list of another leg of the event in hand */
    CHECKED_FEATURE,    /* feature of the subject, or a scorecard */
    CHECKED_MARK_LEVEL, /* lowest level of the mark with index `value`, at the subject */
    CHECKED_POINTS,     /* points of the typology with index `value`, at the subject */
    CHECKED_AGGREGATE,
    CHECKED_MATCHES, /* is the pattern matched by the event in hand */
    CHECKED_STEP,    /* word of the record at a step of the pattern */
    CHECKED_NOT,     /* of a, as are the next four */
    CHECKED_KNOWN,
    CHECKED_AGO,
    CHECKED_SCALE,
    CHECKED_IN_SET,
    CHECKED_AND, /* of a and b, as are all but the last */
    CHECKED_OR,
    CHECKED_ADD,
    CHECKED_SUBTRACT,
    CHECKED_EQUAL,
    CHECKED_NOT_EQUAL,
    CHECKED_LESS,
    CHECKED_LESS_EQUAL,
    CHECKED_GREATER,
    CHECKED_GREATER_EQUAL,
    CHECKED_BETWEEN, /* of a, b (low) and c (high) */
    CHECKED_CHOOSE,  /* b if c is true, else a */
    CHECKED_OP_COUNT,
};

/* Closed ranges, sorted, none touching the next. */
struct checked_set {
    struct range *ranges;
    size_t range_count;
};

struct checked_list {
    struct str name, title;
    uint8_t entity; /* enum entity_kind */
    uint32_t index;
};

struct checked_tag {
    struct str name, title;
    struct span name_span;
    uint16_t hash;
    uint32_t index;
    struct tag_sign *signs;
    uint32_t sign_count;
};

struct checked_expr {
    enum checked_op op;
    enum unit unit;
    struct span span;                          /* as written */
    int64_t value;                             /* CONST */
    uint8_t decimals;                          /* CONST of UNIT_NUMBER: value / 10^decimals */
    uint8_t word;                              /* WORD, RECORD, STEP: enum word */
    uint8_t leg;                               /* CARRIED: enum leg */
    uint8_t source;                            /* CARRIED: enum carry_source */
    uint8_t attribute;                         /* ATTRIBUTE, CARRIED */
    struct ratio ratio;                        /* SCALE */
    const struct checked_feature *feature;     /* FEATURE, CARRIED */
    const struct checked_list *list;           /* MEMBER, CARRIED */
    const struct checked_aggregate *aggregate; /* AGGREGATE */
    const struct checked_pattern *pattern;     /* MATCHES, STEP */
    uint8_t step;                              /* STEP */
    const struct checked_tag *tag;             /* TAG, RECORD_TAG */
    const struct checked_set *set;             /* IN_SET */
    struct checked_expr *a, *b, *c;
};

struct checked_aggregate {
    uint8_t kind;   /* enum aggregate_kind */
    uint8_t stream; /* enum stream_id */
    uint8_t word;   /* enum word or WORD_NONE */
    uint8_t span;   /* enum span_kind */
    uint8_t workdays;
    uint8_t top;         /* of TOP_SHARE */
    struct ratio factor; /* of RISING; num 0: none */
    bool reversed_too;
    int64_t span_ms;
    struct checked_expr *since;            /* SPAN_SINCE */
    struct checked_expr *where;            /* may be NULL */
    const struct checked_pattern *pattern; /* SPAN_STEP */
    uint8_t step;                          /* SPAN_STEP */
};

struct checked_step {
    struct str name;
    uint8_t stream; /* enum stream_id */
    bool repeated;
    bool reversed_too;
    uint32_t least_count, most_count; /* repeated; UINT32_MAX: any number */
    int64_t within_ms;                /* after the step before; 0: not said */
    struct checked_expr *where;       /* may be NULL */
};

struct checked_without {
    uint8_t stream;
    bool reversed_too;
    struct checked_expr *where; /* may be NULL */
};

struct checked_pattern {
    struct str name, title;
    uint8_t entity;
    uint8_t event, leg; /* that fill the last step; EVENT_NONE: all that a device is used for; of a
                           warning the entity's, or its holder's */
    uint32_t index;
    uint8_t workdays; /* of the window; 0: within_ms */
    int64_t within_ms;
    struct checked_step *steps;
    size_t step_count; /* 0: has a mistake */
    uint8_t
        asks[PATTERN_STEPS_MAX]; /* of a repeated step: which others its where asks, a bit each */
    struct checked_without *withouts;
    size_t without_count;
    int64_t absence_ms;             /* how long it waits behind the last step; 0: not at all */
    bool absence_asks;              /* `no`: for something; else `wait` */
    struct checked_without absence; /* what must not come */
};

struct checked_feature {
    struct str name, title;
    uint8_t entity;
    enum unit unit;
    uint32_t index;
    struct checked_expr *value; /* NULL: has a mistake */
    unsigned depth;             /* features and filters inside each other, itself included */
    /* A scorecard is a feature of the event in hand, for rules of the same trigger and subject. */
    bool is_card;
    uint8_t trigger, leg;
};

struct checked_typology {
    struct str name, title;
    uint8_t entity;
    int64_t tier_points[TIER_LIMIT]; /* -1: has no such tier */
    int64_t closes_ms;
    uint32_t index;
    bool scored;              /* a live rule gives it points .. */
    struct span scored_aside; /* .. or one that does not run; empty: none does */
    struct span asked;        /* where its points are asked for first; empty: nowhere */
};

struct checked_mark {
    struct str name;
    bool live; /* a live rule sets it */
};

struct checked_guard {
    struct str title;  /* may be empty */
    struct str source; /* the condition on one line (layout_flat) */
    struct checked_expr *condition;
    struct span span; /* of the word `unless` */
};

/* One comparison of a `when`, for the reasons of a warning. */
struct checked_condition {
    struct str text; /* on one line (layout_flat) */
    const struct checked_expr *whole;
    const struct checked_expr *value;     /* NULL: nothing to show */
    const struct checked_expr *threshold; /* NULL: threshold_text, if that is not empty */
    struct str threshold_text;
    enum unit unit;
};

struct checked_say {
    struct str text;
    struct checked_expr *value; /* NULL: text */
};

struct checked_action {
    uint8_t kind;                /* enum action_kind */
    uint8_t target;              /* enum leg */
    uint8_t what;                /* tier, advice_kind or channel_word */
    struct checked_expr *points; /* of score; of mark: whom `each` names, or NULL: target */
    struct checked_expr *only_if;
    uint32_t mark; /* of mark: index */
    int64_t span_ms;
    struct checked_say *say;
    size_t say_count;
};

struct checked_rule {
    struct str name, title;
    struct span name_span;
    const struct checked_typology *typology; /* may be NULL */
    uint8_t trigger;
    const struct checked_pattern *pattern; /* of TRIGGER_TIMEOUT */
    uint8_t leg;
    uint8_t entity;            /* of its subject */
    uint32_t mark;             /* of TRIGGER_MARK: index */
    bool absolute;             /* no override silences it */
    enum ast_rule_state state; /* live, shadow or draft */
    struct checked_expr *when;
    struct checked_guard *guards;
    size_t guard_count;
    struct checked_condition *conditions;
    size_t condition_count;
    struct checked_action *actions;
    size_t action_count;
};

/* All arrays in the order of the pack; retired rules are checked and left out. */
struct checked {
    struct checked_typology *typologies;
    size_t typology_count;
    struct checked_list *lists;
    size_t list_count;
    struct checked_tag *tags;
    size_t tag_count;
    struct checked_mark *marks;
    size_t mark_count;
    struct checked_feature *features;
    size_t feature_count;
    struct policy policy; /* texts in the source; the default one if the pack has none */
    bool has_policy;
    struct checked_pattern *patterns;
    size_t pattern_count;
    struct checked_rule *rules;
    size_t rule_count;
    struct day_range *days; /* of all calendars, sorted, none touching the next */
    size_t day_count;
};

/* Never NULL. */
struct checked *check_pack(const struct ast_pack *pack, const struct rule_source *source,
                           struct arena *arena, struct diag_list *diags);

/* How many operands of a, b, c an operation has. */
int checked_operand_count(enum checked_op op);

#endif
