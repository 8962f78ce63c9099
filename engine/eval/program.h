/* program.h - a compiled pack: immutable, verified once, read by every worker.
 *
 * rules/emit.c makes it from checked rules; engine/eval/vm.c runs its code. A rule's `when`, each
 * `unless`, each `if`, each score and each number of a `say` is a piece of code: a run of
 * instructions that ends with END and leaves one value. Values are 64-bit integers; VALUE_UNKNOWN
 * is unknown; yes and no are 1 and 0; entities are the low 64 bits of their token (value_of_token).
 *
 * Memory:  program_free frees all; texts live in the program's own pool.
 * Threads: read only after program_verify; any.
 * Errors:  program_verify names the first piece of code that could leave its bounds.
 */
#ifndef SLUICE_EVAL_PROGRAM_H
#define SLUICE_EVAL_PROGRAM_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/base/token.h"
#include "engine/eval/calendar.h"
#include "engine/eval/policy.h"
#include "engine/eval/vocab.h"
#include "engine/ingest/event.h"
#include "engine/ingest/tagger.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRAM_STACK_MAX 64
#define PROGRAM_TEMPS_MAX 16
#define PROGRAM_CARRIED_MAX 16                   /* per event kind */
#define PROGRAM_MEMBER_PAIRS_MAX 31              /* memberships that share one carried slot */
#define PROGRAM_SPAN_MS_LIMIT (INT64_C(1) << 60) /* far beyond what the language can say */
#define PATTERN_STEPS_MAX 6
#define CODE_NONE UINT32_MAX
#define TYPOLOGY_NONE (-1)

struct insn {
    uint8_t op; /* enum opcode */
    uint8_t spare[3];
    int32_t c; /* operand */
};

enum span_kind {
    SPAN_MS,
    SPAN_TODAY,
    SPAN_SINCE,
    SPAN_WORKDAYS,
    SPAN_USUAL,
    SPAN_STEP, /* what a repeated step of a pattern has taken */
    SPAN_KINDS
};

struct ratio {
    int64_t num, den; /* 50% is 5000/10000, 1.4 x is 14/10 */
};

struct aggregate {
    uint8_t kind;        /* enum aggregate_kind */
    uint8_t stream;      /* enum stream_id */
    uint8_t word;        /* enum word or WORD_NONE */
    uint8_t span;        /* enum span_kind */
    bool reversed_too;   /* the where names `reversed`: otherwise reversed payments are left out */
    uint8_t workdays;    /* SPAN_WORKDAYS */
    uint8_t top;         /* AGGREGATE_TOP_SHARE: of how many values */
    struct ratio factor; /* AGGREGATE_RISING: at least so many times; num 0: more than */
    int64_t span_ms;     /* SPAN_MS */
    uint32_t where;      /* code over one record, or CODE_NONE */
    uint32_t pattern;    /* SPAN_STEP */
    uint8_t step;        /* SPAN_STEP */
};

/* usual_median and the others of its kind have a span of their own. */
static inline bool aggregate_is_usual(int kind)
{
    return kind >= AGGREGATE_USUAL_MEDIAN && kind <= AGGREGATE_USUAL_MAX;
}

struct range {
    int64_t low, high; /* both in */
};
struct range_set {
    uint32_t first, count; /* into ranges, sorted */
};

struct feature {
    struct str name, title;
    uint64_t key;
    uint8_t page; /* enum entity_kind */
    uint8_t unit; /* enum unit */
    uint32_t code;
};
struct list {
    struct str name, title;
    uint64_t key;
    uint8_t entity; /* enum entity_kind */
};
struct mark {
    struct str name;
    uint64_t key;
};
struct typology {
    struct str name, title;
    uint64_t key;
    uint8_t page;                    /* enum entity_kind */
    int64_t tier_points[TIER_LIMIT]; /* threshold of each tier; -1: the typology has no such tier */
    int64_t closes_ms;
};

/* A value that the page of one leg hands on to later legs of the same event. */
enum carry_source { CARRY_FEATURE, CARRY_ATTRIBUTE, CARRY_MEMBER, CARRY_MARK };
struct carry {
    uint8_t event; /* enum event_kind */
    uint8_t leg;   /* where it is known */
    uint8_t slot;
    uint8_t source; /* enum carry_source */
    uint8_t pair;   /* CARRY_MEMBER: which pair of bits of the slot: bit 2*pair known, bit 2*pair+1
                       member */
    int32_t index;  /* feature, attribute, list or mark */
};

struct guard {
    struct str text;   /* the analyst's words, or "" */
    struct str source; /* the condition as written */
    uint32_t code;
};
/* A comparison of a rule's `when`, for the reasons of a warning. */
struct condition {
    struct str text;           /* as written */
    uint32_t whole;            /* code: the comparison */
    uint32_t value;            /* code of its left side, or CODE_NONE */
    uint32_t threshold;        /* code of its right side, or CODE_NONE */
    struct str threshold_text; /* what to show when the right side is a set or a range; else "" */
    uint8_t unit;
};
/* A sequence of records, the last of which is that of the event in hand (engine/eval/pattern.h). A
 * repeated step stands for all records between its neighbours that satisfy it. */
struct pattern {
    struct str name, title;
    uint64_t key;
    uint8_t page;      /* enum entity_kind */
    uint8_t workdays;  /* of the window; 0: within_ms */
    int64_t within_ms; /* from the first record to the last */
    uint32_t step_first, step_count;
    uint32_t test_first, test_count;
    uint32_t without_first, without_count;
    /* It may end in an absence: what must not come after the last step. */
    int64_t absence_ms;     /* that is waited for; 0: it ends with an event */
    uint8_t absence_stream; /* STREAM_COUNT: nothing is asked, the time passes */
    bool absence_reversed_too;
    uint32_t absence_where; /* code over one record, or CODE_NONE */
    uint8_t waits;          /* enum pattern_waits, found by program_verify */
};
/* For whom a pattern with an absence waits. */
enum pattern_waits {
    PATTERN_WAITS_NOT,  /* no rule is there that runs on its time-out */
    PATTERN_WAITS_DARK, /* shadow rules alone */
    PATTERN_WAITS_LIVE
};
struct pattern_step {
    struct str name;
    uint8_t stream;                   /* enum stream_id */
    uint8_t ready;                    /* repeated: the single step with which it can be taken */
    bool repeated;                    /* its neighbours are not */
    uint8_t rank;                     /* repeated: those that its where asks have a lower one */
    bool reversed_too;                /* the where names `reversed` */
    int64_t within_ms;                /* after the step before, 0: not said */
    uint32_t least_count, most_count; /* repeated */
    uint32_t where;                   /* repeated: code over one record, or CODE_NONE */
};
/* A part of a single step's where. */
struct pattern_test {
    uint8_t step;
    uint8_t ready; /* the single step, from the last one back, with which it can be asked */
    uint32_t code; /* over the step's record */
};
struct pattern_without {
    uint8_t stream;
    bool reversed_too;
    uint32_t where; /* code over one record, or CODE_NONE */
};
struct say_piece {
    struct str text; /* literal text, if code is CODE_NONE */
    uint32_t code;
    uint8_t unit;
};
struct action {
    uint8_t kind;   /* enum action_kind */
    uint8_t target; /* enum leg: whose page or person; for DELAY the payer's account */
    uint8_t what;   /* tier of RAISE, advice_kind of ADVISE, channel_word of REACH, level of MARK */
    uint32_t mark;  /* of MARK: index */
    uint32_t code;  /* points of SCORE; of MARK the `each` that it marks, or CODE_NONE: target */
    uint32_t only_if; /* code, or CODE_NONE */
    int64_t span_ms;
    uint32_t say_first, say_count;
};
struct rule {
    struct str name, title;
    uint64_t key;
    int32_t typology; /* index or TYPOLOGY_NONE */
    uint8_t leg;      /* enum leg */
    uint8_t page;     /* enum entity_kind of its subject */
    uint8_t trigger;  /* enum trigger */
    uint32_t mark;    /* of TRIGGER_MARK: index */
    bool absolute;    /* no override silences it */
    bool shadow;      /* its firings are told, and nothing else comes of them */
    bool draft;       /* a shadow rule that runs only where drafts are tried */
    uint32_t pattern; /* of TRIGGER_TIMEOUT: whose time-out */
    uint32_t when;
    uint32_t guard_first, guard_count;
    uint32_t condition_first, condition_count;
    uint32_t action_first, action_count;
};

#define PROGRAM_TABLES(X)                       \
    X(struct insn, code)                        \
    X(int64_t, consts)                          \
    X(struct ratio, ratios)                     \
    X(struct range, ranges)                     \
    X(struct range_set, sets)                   \
    X(struct aggregate, aggregates)             \
    X(struct day_range, days)                   \
    X(struct feature, features)                 \
    X(struct list, lists)                       \
    X(struct tag, tags)                         \
    X(struct tag_sign, tag_signs)               \
    X(struct mark, marks)                       \
    X(struct typology, typologies)              \
    X(struct carry, carries)                    \
    X(struct guard, guards)                     \
    X(struct condition, conditions)             \
    X(struct pattern, patterns)                 \
    X(struct pattern_step, pattern_steps)       \
    X(struct pattern_test, pattern_tests)       \
    X(struct pattern_without, pattern_withouts) \
    X(struct say_piece, say_pieces)             \
    X(struct action, actions)                   \
    X(struct rule, rules)

struct program {
    uint8_t hash[32]; /* pack identity */
    char hash_hex[65];
#define X(type, name) \
    type *name;       \
    size_t name##_count, name##_cap;
    PROGRAM_TABLES(X)
#undef X
    uint16_t tag_set;     /* name of the tags with all their signs, see tagger.h; 0: none */
    struct policy policy; /* the default one, unless the pack has its own */
    char **texts;         /* pool that the struct str point into, freed as a whole */
    size_t texts_count, texts_cap;
    bool visits[EVENT_KIND_COUNT]
               [LEG_COUNT]; /* which pages an event visits (the first is always visited) */
    uint32_t *by_trigger[TRIGGER_COUNT]
                        [LEG_COUNT]; /* rule indices in pack order, made by program_verify */
    uint32_t by_trigger_count[TRIGGER_COUNT][LEG_COUNT];
    uint32_t
        *waiting[STREAM_COUNT]; /* patterns that wait behind a record of the stream, likewise */
    uint32_t waiting_count[STREAM_COUNT];
    bool reads_points; /* some code asks for points; found by program_verify */
    bool tries_drafts; /* their rules run, too; said before program_verify */
    bool verified;
};

struct program *program_new(void);
void program_free(struct program *program);
/* Copies text into the pool. */
struct str program_text(struct program *program, struct str text);
/* Appends a zeroed row to a table and returns its index: program_add_rules(p) and so on. */
#define X(type, name) uint32_t program_add_##name(struct program *program);
PROGRAM_TABLES(X)
#undef X
/* Checks every operand, jump, stack depth and code start, builds by_trigger; a program runs only
 * after that. */
int program_verify(struct program *program, struct err *err);
/* The vocabulary that a program reads anywhere: in its code, in aggregates, in what is carried. */
struct program_reads {
    bool words[WORD_COUNT];
    bool attributes[ATTRIBUTE_COUNT];
};
void program_find_reads(const struct program *program, struct program_reads *reads);
/* What it reads of this unit: the first word or attribute ("caller.kind"), NULL if there is none.
 */
const char *program_reads_unit(const struct program *program, uint8_t unit);
/* NULL if there is none of that name. */
const struct rule *program_find_rule(const struct program *program, struct str name);
/* Operand of OP_STEP: pattern, step and field in one. */
static inline int32_t program_step_operand(uint32_t pattern, uint32_t step, uint32_t word)
{
    return (int32_t)(pattern << 11 | step << 8 | word);
}
#define PROGRAM_PATTERNS_MAX (1 << 20) /* fit there */
/* The stream of the pattern's last step. */
static inline uint8_t pattern_last_stream(const struct program *program,
                                          const struct pattern *pattern)
{
    return program->pattern_steps[pattern->step_first + pattern->step_count - 1].stream;
}
/* One line per instruction. */
void program_disassemble(const struct program *program, uint32_t code, struct buf *out);

/* The value by which code compares entities. */
static inline int64_t value_of_low64(uint64_t low)
{
    int64_t value;
    memcpy(&value, &low, sizeof value);
    return value == VALUE_UNKNOWN ? VALUE_UNKNOWN + 1 : value;
}

#endif
