/* blind.h - rules that do not look at the event on which they run.
 *
 * `rule r for payer on transaction when count(call_in in 24h) >= 5`: while that holds it fires at
 * each payment, of one yuan to the baker too. Whoever means that says so with `known(time)`.
 *
 * A rule looks at its event if its `when` asks for a word of it, for its tags, for what earlier
 * pages carried, for an attribute, a list or a mark that says whose events are meant, for a
 * pattern, or for records among which the event itself is. A mark, a time-out, a list entry,
 * another's warning, an outcome and a record of the directory say enough by coming.
 *
 * Memory:  texts of diagnostics are the list's.
 * Threads: one owner at a time.
 * Errors:  warnings in the list; the pack has no errors.
 */
#ifndef SLUICE_RULES_BLIND_H
#define SLUICE_RULES_BLIND_H

#include "rules/check.h"
#include "rules/diag.h"

void blind_find(const struct checked *checked, struct diag_list *diags);

#endif
