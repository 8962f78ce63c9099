/* values.h - what is asked of a handful of numbers: their average, middle, most frequent ones.
 *
 * Of 10, 20, 20, 50 and 900 the 90th percentile is 900, the median 20, and two of the values have
 * three fifths of the whole.
 *
 * Memory:  the caller's array, which is sorted where it stands.
 * Threads: any.
 * Errors:  none; of no values at all everything is VALUE_UNKNOWN.
 */
#ifndef SLUICE_EVAL_VALUES_H
#define SLUICE_EVAL_VALUES_H

#include <stdint.h>

#define VALUES_MAX 512    /* as many records as a page keeps of a stream */
#define VALUES_TOP_MAX 16 /* of how many values a share is asked for */

/* From small to large, in time that does not depend on how they lie. */
void values_sort(int64_t *values, uint32_t count);
/* Number ceil(count x percent / 100) from below of sorted values: always one of them. */
int64_t values_percentile(const int64_t *sorted, uint32_t count, uint32_t percent);
/* To the nearest whole number, halves to even. */
int64_t values_average(const int64_t *values, uint32_t count);
/* Basis points, rounded down, of the values that are one of the `top` most frequent. Sorts, and
 * leaves something else in the array. */
int64_t values_top_share(int64_t *values, uint32_t count, uint32_t top);

#endif
