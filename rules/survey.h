/* survey.h - what a pack costs, how far it looks back, and where it begins cold, for a person.
 *
 *     rule    of    on           for    state  warm after  aggregates   cost
 *     fan_in  mule  transaction  payee  live      at once           6  1,536
 *     transaction: at most 1,536 of 4,194,304 records looked at
 *
 * Pages do not depend on the pack, so a new rule sees the retained past from its first event on.
 * Cold are pages that no event visited before, points and marks that nobody had set, and tags that
 * nobody looked for.
 *
 * Memory:  appends to the caller's buffer.
 * Threads: one.
 * Errors:  none; the packs have programs.
 */
#ifndef SLUICE_RULES_SURVEY_H
#define SLUICE_RULES_SURVEY_H

#include "engine/state/page.h"
#include "rules/check.h"
#include "rules/compile.h"

/* A line for each rule, with its cost and when it is warm (rules/warmth.h), and for each kind of
 * event that rules run on. */
void survey_rules(struct buf *out, const struct compiled *pack, const struct retention *retention);
/* The first kind of event that may cost more than COST_EVENT_MAX; EVENT_NONE if there is none. */
uint8_t survey_dearest(const struct compiled *pack, int64_t *cost);
/* A line for each window that reaches behind what a page keeps. */
void survey_windows(struct buf *out, const struct compiled *pack,
                    const struct retention *retention);
/* A line for each thing that is cold when a service goes over from an older pack to this one, and
 * after which time it is whole. */
void survey_cold(struct buf *out, const struct compiled *pack, const struct compiled *older,
                 const struct retention *retention);
/* On what the rule runs: `transaction`, `mark suspect`. */
void survey_add_trigger(struct buf *out, const struct checked *checked,
                        const struct checked_rule *rule);
/* 1536 as 1,536. */
void survey_add_number(struct buf *out, int64_t number);
/* 5400000 as 1h30m. */
void survey_add_length(struct buf *out, int64_t ms);

#endif
