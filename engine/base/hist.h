/* hist.h - how often values of each size came: how long steps, flushes and acknowledgements take.
 *
 *     hist_add(&taken, now_us - appended_us);
 *     hist_quantile(&taken, 9990);       99.9 % took at most this long, 6.25 % more at the outside
 *
 * Sixteen steps for each doubling, from 0 to 2^64 - 1: any value is known to a sixteenth, in a
 * fixed 8 KB. A limit that is a power of two is exact.
 *
 * Memory:  a plain value; zeroed it is empty.
 * Threads: one writer, any readers, no locks. S1 in hist_add stores a count (relaxed) and pairs with L1
 *          in the readers (relaxed): counts are independent of each other and of everything else,
 * so nothing has to be seen with them. A reader may see a value's count and not yet its part of the
 * sum; counts never fall.
 * Errors:  none.
 */
#ifndef SLUICE_BASE_HIST_H
#define SLUICE_BASE_HIST_H

#include <stdatomic.h>
#include <stdint.h>

#define HIST_STEP_BITS 4
#define HIST_STEPS (1U << HIST_STEP_BITS) /* of one doubling */
#define HIST_BUCKETS ((64 - HIST_STEP_BITS + 1) * HIST_STEPS)

struct hist {
    _Atomic uint64_t counts[HIST_BUCKETS];
    _Atomic uint64_t sum;
};

void hist_add(struct hist *hist, uint64_t value);
/* Adds all that another one has; the writer of `into` is the caller. */
void hist_merge(struct hist *into, const struct hist *from);
uint64_t hist_count(const struct hist *hist);
uint64_t hist_sum(const struct hist *hist);
/* How many values were below the limit, a power of two. */
uint64_t hist_below(const struct hist *hist, uint64_t limit);
/* Of so many ten-thousandths of the values (9990: 99.9 %) none was above it: the true bound, or at
 * most a sixteenth more. 0 if there are no values. */
uint64_t hist_quantile(const struct hist *hist, uint32_t per_myriad);

#endif
