/* score.h - points of rules that fired, their sums per typology, and the tier they make.
 *
 * A rule counts once per subject: its newest firing, for the time of each score line. A typology's
 * points in force are added up, capped at 100, and compared with its thresholds; `raise` lifts the
 * tier while the firing counts. A firing that gives no points leaves a line without any, so that
 * an older one which comes late gives none either.
 *
 * Memory:  in the page.
 * Threads: the owner of the page.
 * Errors:  none; a full page (PAGE_POINTS_MAX) drops the line that ends first and says so.
 */
#ifndef SLUICE_EVAL_SCORE_H
#define SLUICE_EVAL_SCORE_H

#include "engine/eval/vm.h"

#include <stdbool.h>
#include <stdint.h>

#define SCORE_MAX 100
_Static_assert(SCORE_MAX == PAGE_LINE_POINTS_MAX, "a page holds each score line");

/* Sum of the score lines of a rule that fires now (their `if` true, points known and above 0). */
int64_t score_of_rule(struct vm *vm, const struct rule *rule);
/* Takes a firing of the rule at vm->t into the page; false if a line had to give way. */
bool score_fire(struct vm *vm, const struct rule *rule, int64_t forget_before_ms);
/* Points of a typology in force at t, at most SCORE_MAX; *raised the highest raise in force. */
int64_t score_typology(const struct page *page, uint64_t typology_key, int64_t t, uint8_t *raised);
/* Tier of so many points, lifted. */
uint8_t score_tier(const struct typology *typology, int64_t points, uint8_t raised);

#endif
