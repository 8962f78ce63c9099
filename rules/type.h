/* type.h - what may be compared with, added to, or scaled by what: the rules of units.
 *
 * An amount and a duration are not compared; a time less a time is a duration; a plain number takes
 * the unit of the count, the points or the region beside it.
 *
 * Memory:  constants.
 * Threads: any.
 * Errors:  what does not go together gives TYPE_NONE or false.
 */
#ifndef SLUICE_RULES_TYPE_H
#define SLUICE_RULES_TYPE_H

#include "engine/eval/vocab.h"

#include <stdbool.h>

#define TYPE_NONE (-1)

/* "a duration", as a sentence has it. */
const char *type_text(enum unit unit);
/* "duration", as it stands under a place. */
const char *type_label(enum unit unit);
/* mobile, corporate, ...: a value of a fixed set of words. */
bool type_is_enum(enum unit unit);
/* Has a smaller and a greater: may stand beside < and in min, max. */
bool type_is_ordered(enum unit unit);
/* May be a range in a set: what is ordered, and regions, whose codes run by prefecture. */
bool type_has_ranges(enum unit unit);
/* May stand behind `50% of` and `1.4 x`. */
bool type_is_scaled(enum unit unit);
/* Unit under which two values are compared, or TYPE_NONE. */
int type_compared(enum unit left, enum unit right);
/* Unit of left + right, of left - right, or TYPE_NONE. */
int type_added(enum unit left, enum unit right);
int type_subtracted(enum unit left, enum unit right);

#endif
