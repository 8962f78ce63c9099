/* decision_inside.h - a decision in the making, for the files that make it.
 *
 * decision.c finds what fired and keeps score, again.c does so for visits that are judged again,
 * request.c turns actions into requests or advice, marking.c finds what is marked, waiting.c what
 * waits and what its end is; warning.c, shadow.c and output.c write it all as JSON.
 *
 * Memory:  see decision.h; arrays have the size of the program's tables.
 * Threads: one owner at a time.
 * Errors:  see decision.h.
 */
#ifndef SLUICE_EVAL_DECISION_INSIDE_H
#define SLUICE_EVAL_DECISION_INSIDE_H

#include "engine/base/digest.h"
#include "engine/base/json_write.h"
#include "engine/eval/decision.h"
#include "engine/eval/episode.h"
#include "engine/eval/vm.h"

#include <stdbool.h>

struct decision_fired {
    uint32_t rule;
    int64_t points;        /* sum of its score lines now */
    struct vm_flags flags; /* of a shadow rule, which has its own */
};

struct decision_guarded {
    uint32_t rule, guard; /* guard: index into the program's guards */
};

/* Whom a request, an advice or an output is about: a stand-in is shown as its number or account. */
struct decision_target {
    uint8_t entity; /* enum entity_kind */
    struct token token;
    struct str mask;
};

enum because { BECAUSE_NONE, BECAUSE_RULE, BECAUSE_TIER, BECAUSE_POSTED, BECAUSE_DEADLINE };

/* A request, or an advice if `because` says why it is not one. */
struct proposal {
    uint8_t action; /* enum action_kind */
    uint8_t advice; /* enum advice_kind, of ACTION_ADVISE */
    uint8_t because;
    uint8_t tier;    /* that allows it */
    int64_t span_ms; /* 0: none */
    int64_t not_after_ms;
    struct decision_target target;
    struct token warning; /* zero: none */
};
struct proposal_reason {
    uint32_t proposal, rule;
};

/* A mark that goes to another page. */
struct decision_mark {
    uint32_t mark; /* of the program */
    uint8_t level;
    uint8_t leg;             /* of the event in hand: whom */
    const struct peer *peer; /* instead: of the page, until that changes */
    int64_t span_ms;
    struct token target;
};

struct decision {
    const struct settings *settings;
    struct retention retention;
    struct sink *sink;
    struct decision_watch watch;
    uint32_t partition;
    const struct program *program; /* NULL: no pack yet */
    struct vm vm;
    struct decision_visit visit;
    int64_t came_ms;  /* the frame in hand, by its stamp */
    uint32_t timeout; /* the pattern whose time-out it is; CODE_NONE: a visit of an event */
    const struct record *waited;               /* behind which it waited */
    int64_t carried_none[PROGRAM_CARRIED_MAX]; /* of a time-out: it has visited nobody before */
    uint64_t waits_lost;

    struct decision_fired *fired; /* in pack order */
    uint32_t fired_count;
    struct decision_guarded *guarded;
    uint32_t guarded_count;
    uint32_t *overridden; /* rules that would have fired, but for an override */
    uint32_t overridden_count;
    uint32_t *bounded; /* rules that met a bound (language: patterns, points, episodes, marks) */
    uint32_t bounded_count;
    struct decision_fired *shadowed; /* shadow rules that fired, in pack order */
    uint32_t shadowed_count;
    bool *holds;              /* by action: its `if` was true before anything was written */
    struct episode *episodes; /* by typology with a fired rule; tier 0: none is open */
    bool *fired_of;           /* by typology: a rule of it fired */
    uint64_t *fired_keys;     /* of the rules that fired of the typology that is looked at */
    uint32_t *warned;         /* typologies whose warnings went out in this visit */
    uint32_t warned_count;
    uint8_t tier;          /* of the subject, after the event */
    struct vm_flags flags; /* of what its rules have read; shadow rules apart */
    bool asked;            /* there was a rule for the visit */
    /* Of a visit judged again: rules that had fired and would no more, as of now. */
    uint32_t contradicted[KEPT_FIRED_MAX];
    uint32_t contradicted_count;

    struct proposal *proposals;
    size_t proposal_count, proposal_cap;
    struct proposal_reason *reasons;
    size_t reason_count, reason_cap;

    struct decision_mark marks[DECISION_MARKS_MAX];
    uint32_t mark_count;
    struct vm_ends ends; /* of the `each` that is looked at */

    struct buf json, text;
};

/* The action's place in `holds` is its index in the program. */
static inline bool decision_holds(const struct decision *d, const struct rule *rule, uint32_t i)
{
    return d->holds[rule->action_first + i];
}
static inline const struct rule *decision_rule(const struct decision *d,
                                               const struct decision_fired *fired)
{
    return &d->program->rules[fired->rule];
}

/* Notes that the rule met a bound: something was given up, or gave way. */
void decision_note_bounded(struct decision *d, uint32_t rule);
/* What the rule has read is said of the decision; of a shadow rule, of its own firing. */
void decision_take_flags(struct decision *d, uint32_t rule, struct decision_fired *shadowed);
/* The highest tier to which a rule that fired now lifts its typology. */
uint8_t decision_lifts_to(const struct decision *d, const struct rule *rule);

/* The fields that tell the event in hand, and that for which it is judged again, in an output's id.
 */
void decision_add_event(const struct decision *d, struct digest_id *id);
/* Is an override in force for this page's entity and the other end of the event, or whoever holds
 * that? */
bool decision_is_overridden(const struct decision *d);
/* Finds the rules of these triggers that fire, are guarded or overridden, in pack order. */
void decision_find_fired(struct decision *d, unsigned triggers);
/* Lets the rules that fired act, and tells of them. */
int decision_act(struct decision *d, struct err *err);

/* ---- request.c: proposals of the fired rules, merged ---- */
void request_propose(struct decision *d);
/* Name as in outputs: "delay", "credit_only". */
struct str request_kind_text(const struct proposal *proposal);

/* ---- waiting.c ---- */
/* Begins what waits behind the record in hand. */
void waiting_begin(struct decision *d, unsigned triggers);
/* Begins what waits behind the page's own warning. */
void waiting_begin_own(struct decision *d, const struct record *record,
                       const struct episode *episode);
/* The earliest time as of which the page is judged from now on by a time-out, if records from
 * record_ms on may still begin waits. */
int64_t waiting_first_ms(const struct decision *d, int64_t record_ms);
/* Is it a time-out that shadow rules alone run on? */
bool waiting_is_dark(const struct decision *d);

/* ---- marking.c ---- */
void marking_propose(struct decision *d);

/* ---- warning.c ---- */
int warning_emit(struct decision *d, uint32_t typology, struct err *err);
/* A rule that fired now, its conditions with their values; evidence may be NULL. */
void warning_write_reason(struct decision *d, struct json_writer *w,
                          const struct decision_fired *fired, struct evidence *evidence);

/* ---- shadow.c ---- */
/* Tells of the shadow rules that fired; the page has the points of the others. */
int shadow_emit(struct decision *d, struct err *err);

/* ---- output.c: decisions, requests, advice, and what they share with warnings ---- */
#define OUTPUT_CURRENCY "CNY" /* of all amounts; what ingest could not convert is unknown */

int output_decision(struct decision *d, const struct token *id, struct err *err);
int output_proposal(struct decision *d, uint32_t proposal, struct err *err);
/* Begins the object in d->json with its type and id. */
void output_begin(struct decision *d, struct json_writer *w, const char *type,
                  const struct token *id);
int output_emit(struct decision *d, enum output_kind kind, const struct token *id,
                const struct token *key, struct str what, struct err *err);
struct decision_target output_subject(const struct decision *d);
void output_write_subject(const struct decision *d, struct json_writer *w);
void output_write_tier(struct json_writer *w, uint8_t tier); /* null for none */
void output_write_flags(const struct decision *d, struct vm_flags flags, struct json_writer *w);
/* What came late, of a visit judged again; nothing else has it. */
void output_write_late(const struct decision *d, struct json_writer *w);
void output_write_trace(const struct decision *d, struct json_writer *w);
/* The amount of the payment in hand, null for anything else. */
void output_write_amount(const struct decision *d, struct json_writer *w, const char *name);

#endif
