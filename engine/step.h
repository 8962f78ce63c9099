/* step.h - what one event changes on one page, before anything is judged.
 *
 * A payment at the payee's account becomes a record of payment_in; the same payment, posted three
 * seconds later, updates that record; its third copy changes nothing. docs/semantics.md section 2.
 *
 * Memory:  changes the caller's page; `hand` points into it until its next change.
 * Threads: the owner of the partition only.
 * Errors:  none; a leg that the event does not have is a bug and trips must().
 */
#ifndef SLUICE_STEP_H
#define SLUICE_STEP_H

#include "engine/ingest/event.h"
#include "engine/state/page.h"

#include <stdbool.h>
#include <stdint.h>

struct step_limits {
    struct retention retention;
    int64_t lateness_ms; /* an event this much older than the page's newest is still judged */
};

struct step_taken {
    const struct record *hand; /* the event's record on this page; NULL if it has none */
    unsigned triggers;         /* 1 << enum trigger; 0: nothing is judged */
    bool repeated; /* the page knew this message: no record changed, the event goes no further */
    /* What the next page shall know it by: the event's own, or the payment's that a message without
     * payment_id turned out to be about. */
    uint64_t record_id;
    bool gave_way;       /* the page had no room for one more mark, list entry or override */
    bool stand_in_ended; /* a number or account of nobody known, seen before, has a holder now */
    bool too_late;       /* the record stays, nothing is judged */
    bool after_younger;  /* it changed what those that were judged before, and are younger, saw */
    /* When it is judged: the event's own time but for a mark, a list entry and a record of
     * the directory, which a page takes in at its largest judged time if that is later. */
    int64_t judged_ms;
};

/* The page of the event's leg, empty. */
struct page *step_new_page(const struct event *event, int leg);
/* Makes a forgotten page of the event's leg such a page again. */
void step_renew_page(struct page *page, const struct event *event, int leg);
/* Before a mark goes on from a number or account to its holder: whoever its page knows. */
void step_name_holder(const struct page *page, struct event *event);
void step_take(struct page *page, const struct event *event, int leg,
               const struct step_limits *limits, struct step_taken *taken);

#endif
