/* dead.h - conditions that can never be true, and rules that say the same twice.
 *
 * `amount < 1.00 CNY and amount > 2.00 CNY`, `share(..) > 100%`, `channel == atm and channel ==
 * pos`: what numbers and words alone exclude is a warning, with both places. So are a `where` that
 * no record satisfies, an `unless` and an `if` that never hold, and a second rule of the same
 * typology that fires whenever the first one does.
 *
 * It says what it is sure of: that a condition is not named does not mean that it can be true.
 *
 * Memory:  texts of diagnostics are the list's.
 * Threads: one owner at a time.
 * Errors:  warnings in the list; the pack has no errors.
 */
#ifndef SLUICE_RULES_DEAD_H
#define SLUICE_RULES_DEAD_H

#include "rules/check.h"
#include "rules/diag.h"

void dead_find(const struct checked *checked, struct diag_list *diags);

#endif
