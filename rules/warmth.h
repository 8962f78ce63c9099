/* warmth.h - how long it takes until a new rule sees all that it asks for.
 *
 * Records, other ends and lists do not depend on the pack: a new rule has them from its first event
 * on. Marks that only rules set, points, waits and the tags of older messages come with the pack:
 *
 *     rule ring of mule for payee on transaction when payee marked suspect ..
 *
 * is whole when marks have been set for as long as one lasts.
 *
 * Memory:  none.
 * Threads: any; the pack is read only.
 * Errors:  none; the pack has a program.
 */
#ifndef SLUICE_RULES_WARMTH_H
#define SLUICE_RULES_WARMTH_H

#include "engine/state/page.h"
#include "rules/check.h"

/* Of a service that takes up the pack; 0: at once. */
int64_t warmth_of_rule(const struct checked *checked, const struct checked_rule *rule,
                       const struct retention *retention);
/* How long live rules set the mark for; 0: none sets it. */
int64_t warmth_of_mark(const struct checked *checked, struct str name);
/* How long a rule's newest points count; 0: it has none. */
int64_t warmth_of_points(const struct checked_rule *rule);
/* How long a page keeps messages, and the tags under which they were read. */
int64_t warmth_of_tags(const struct retention *retention);

#endif
