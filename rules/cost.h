/* cost.h - the most that a pack can cost, in records looked at.
 *
 * A rule costs at most its aggregates x COST_RECORDS and its patterns x COST_COMPARISONS:
 * aggregates of its clauses, each as often as it is written, and those of the features and patterns
 * that it reads, once. An event costs what all rules of its kind cost at all its pages, and the
 * features that are carried; a page computes each feature once. Comparisons and the reasons of the
 * few rules that fire are not counted: they are small beside it.
 *
 * Memory:  none.
 * Threads: any.
 * Errors:  none.
 */
#ifndef SLUICE_RULES_COST_H
#define SLUICE_RULES_COST_H

#include "rules/check.h"
#include "rules/plan.h"

#include <stdint.h>

/* Of one history: the most that a page keeps by default (engine/settings.def). */
#define COST_RECORDS ((int64_t)256)
/* Of one search for a pattern (engine/eval/pattern.h). */
#define COST_COMPARISONS ((int64_t)4096)
/* Of one event of one kind: 16,384 aggregates. At 1.3 to 8 ns a record (docs/performance.md) the
 * worst event then takes 5 to 34 ms; a worker that meets such a one every second still has its
 * time for the others, and a payment its deadline. */
#define COST_EVENT_MAX ((int64_t)4 * 1024 * 1024)

uint32_t cost_count_aggregates(const struct checked *checked, const struct checked_rule *rule);
int64_t cost_of_rule(const struct checked *checked, const struct checked_rule *rule);
int64_t cost_of_event(const struct checked *checked, const struct plan *plan, uint8_t event);

#endif
