/* decision.h - what one visit decides: which rules fire, the points and the tier they make, and the
 * warnings, requests, advice and the decision that go out.
 *
 * "Three new payers in an hour at account 6217..0022: typology mule has 65 points, high; a warning,
 * and the bank is asked to hold the payment." docs/semantics.md sections 4 to 6.
 *
 *     decision_begin(decision, &visit);
 *     decision_judge(decision, 1U << TRIGGER_TRANSACTION, &fired, &err);
 *     decision_carry(decision, carried, &loose);
 *     decision_end(decision);
 *
 * A visit that was judged before, and is now judged again because of what came late, goes the same
 * way with decision_judge_again().
 *
 * All rules are evaluated before anything is written; what the visit writes (points, episodes, the
 * warnings' records) is on its own page.
 *
 * Memory:  borrows settings, sink and program; keeps buffers, so that a visit allocates nothing once
 *          they are warm.
 * Threads: one owner at a time.
 * Errors:  -1 with err when the sink fails; the page then holds half a step and must be dropped.
 */
#ifndef SLUICE_EVAL_DECISION_H
#define SLUICE_EVAL_DECISION_H

#include "engine/base/err.h"
#include "engine/eval/program.h"
#include "engine/settings.h"
#include "engine/sink.h"
#include "engine/state/kept.h"
#include "engine/state/page.h"

#include <stdint.h>

/* What is needed to judge a visit again. */
struct decision_again {
    struct kept_visit *kept;  /* as it was judged; what fires now is added */
    const struct event *late; /* because of which, at its leg of this page */
    int late_leg;
};
#define DECISION_MARKS_MAX 64 /* marks of one decision */

struct decision_visit {
    struct page *page;
    const struct event *event;
    const struct record *hand; /* of the event on this page; NULL for lists and directory */
    const int64_t *carried;    /* PROGRAM_CARRIED_MAX values of the legs before */
    uint16_t carried_loose;    /* which of them reach behind the exact history, a bit each */
    int leg;
    int64_t judged_ms; /* t */
    int64_t clock_ms;  /* of the log */
    uint64_t lsn;
    struct str event_bytes;             /* the event as it is in the log */
    const struct decision_again *again; /* NULL: it is judged for the first time */
};

/* A judgement that is about to be made: the page is as the rules will see it. */
struct decision_judgement {
    const struct decision_visit *visit;
    const struct program *program;
    unsigned triggers; /* 1 << enum trigger */
    bool overridden;   /* an override is in force: it silences all rules but absolute ones */
    struct token id;   /* of the decision */
    uint32_t timeout;  /* the pattern whose time-out it is; CODE_NONE: a visit of an event */
    const struct record *waited; /* behind which that waited */
};

/* Somebody who looks at each judgement; for whoever takes a decision apart. */
struct decision_watch {
    void *self;
    void (*judging)(void *self, const struct decision_judgement *judgement);
};

/* The end of a wait, at the clock step. */
struct decision_timeout {
    struct page *page;
    const struct wait *wait;
    int64_t clock_ms; /* of the log */
    uint64_t lsn;
};

struct decision;
/* When the frame in hand came into the log, by whoever stamps it: what is asked for until then is
 * advice, though the log's clock may not go so far (it may have waited for a broker). */
void decision_set_came(struct decision *decision, int64_t came_ms);
struct decision *decision_new(const struct settings *settings, uint32_t partition,
                              struct sink *sink);
void decision_free(struct decision *decision);
/* judging NULL: nobody looks. */
void decision_set_watch(struct decision *decision, const struct decision_watch *watch);
/* The pack by which it judges from now on. */
void decision_use(struct decision *decision, const struct program *program);
/* Has the pack a rule for such a visit of this page: one of these triggers (bits), leg and kind? */
bool decision_is_asked(const struct decision *decision, const struct page *page, int leg,
                       unsigned triggers);
/* Points at a visit; what it points to stays the caller's. */
void decision_begin(struct decision *decision, const struct decision_visit *visit);
/* Points at the time-out of a pattern, whose event it makes. False if there is nothing to judge:
 * what must not come has come, or the pack, the page or the match is not what it was. */
bool decision_begin_timeout(struct decision *decision, const struct decision_timeout *timeout,
                            struct event *event);
/* Judges the visit by the rules of these triggers (1 << enum trigger). */
int decision_judge(struct decision *decision, unsigned triggers, uint32_t *fired, struct err *err);
/* Judges a visit again, by the rules of the triggers it had. What fires and had not is acted on,
 * what had fired and would not is noted; a decision is written if there is either. */
int decision_judge_again(struct decision *decision, uint32_t *fired, struct err *err);
/* After a judgement: what it takes to judge the visit again, borrowing its event; pack_key is the
 * caller's. False if no rule was asked, or more fired than are kept. */
bool decision_keep(const struct decision *decision, unsigned triggers, struct kept_visit *kept);
/* The marks that the fired rules set, in the order in which they are sent. */
uint32_t decision_mark_count(const struct decision *decision);
/* The event of a mark; returns the leg at which it begins. */
int decision_make_mark(const struct decision *decision, uint32_t index, struct event *event);
/* Puts the values that this leg carries to later ones into their slots, and notes in *loose which
 * of them reach behind the exact history. */
void decision_carry(struct decision *decision, int64_t *carried, uint16_t *loose);
/* Enters the visit's warnings into the page's history, when nobody reads it for this visit any
 * more: values that are carried are those before them. Pointers to records of warnings end here. */
void decision_end(struct decision *decision);
/* What there is to count of the judgement that was made last. */
bool decision_is_approximate(const struct decision *decision);
uint32_t decision_bounded_count(const struct decision *decision);
/* How many values overflowed, how many searches of patterns were given up, since the last call. */
uint64_t decision_take_overflows(struct decision *decision);
uint64_t decision_take_given_up(struct decision *decision);
/* How many waits gave way since the last call. */
uint64_t decision_take_waits_lost(struct decision *decision);

#endif
