/* plan.h - the third pass: which pages an event visits, and what travels from page to page.
 *
 * Because a rule at the payer reads `payee.payers_1h`, a transaction carries that feature from the
 * payee's page in a slot, and visits payees; because the feature reads payment_in, so it would
 * anyway.
 *
 * A leg is visited if a rule runs there, a value is carried from there, or the event feeds there a
 * stream that something in the pack reads on pages of that kind. `first_time`, `known_for` and
 * `two_way` read both directions of calls or of payments, `gap` and `late` every stream of the
 * page. The first leg is always visited. The holder of a number or account is visited when a rule
 * runs on a person's page: the outputs show the person by it.
 *
 * Memory:  in the arena.
 * Threads: read-only after planning.
 * Errors:  more than fits is a diagnostic at the value that is one too many.
 */
#ifndef SLUICE_RULES_PLAN_H
#define SLUICE_RULES_PLAN_H

#include "rules/check.h"

struct plan {
    bool visits[EVENT_KIND_COUNT][LEG_COUNT];
    bool reads[ENTITY_KIND_COUNT][STREAM_COUNT]; /* somewhere, on pages of that kind */
    struct carry *carries; /* by event and slot, memberships by pair; the order of first use */
    size_t carry_count;
};

/* Of a checked pack without errors. */
void plan_make(struct plan *plan, const struct checked *checked, struct arena *arena,
               struct diag_list *diags);
/* The carried value that a CHECKED_CARRIED reads in a rule on this event. */
const struct carry *plan_find(const struct plan *plan, uint8_t event,
                              const struct checked_expr *carried);

#endif
