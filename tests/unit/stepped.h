/* stepped.h - a page after one more event.
 *
 *     struct step_taken taken;
 *     struct page *page = stepped_take(NULL, event_payment(..), LEG_PAYEE, &taken);
 *     page = stepped_take(page, event_payment(..), LEG_PAYEE, &taken);
 *
 * Memory:  the page is the caller's, page_free.
 * Threads: one.
 * Errors:  none.
 */
#ifndef SLUICE_UNIT_STEPPED_H
#define SLUICE_UNIT_STEPPED_H

#include "engine/step.h"
#include "tests/unit/small_pack.h"

#define LATENESS (15 * MINUTE)

/* Triggers of a step. */
#define T_START (1U << TRIGGER_CALL_START)
#define T_END (1U << TRIGGER_CALL_END)
#define T_PAYMENT (1U << TRIGGER_TRANSACTION)
#define T_SETTLEMENT (1U << TRIGGER_SETTLEMENT)

/* What a page keeps without a setting, and LATENESS. */
struct step_limits stepped_limits(void);
/* page NULL: makes the page of the event's leg. */
struct page *stepped_take(struct page *page, struct event event, int leg, struct step_taken *taken);

#endif
