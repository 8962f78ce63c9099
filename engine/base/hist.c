#include "engine/base/hist.h"

#include "engine/base/must.h"

#define MYRIAD 10000

static unsigned bucket_of(uint64_t value)
{
    if (value < HIST_STEPS) {
        return (unsigned)value;
    }
    unsigned top = 63U - (unsigned)__builtin_clzll(value);
    unsigned step = (unsigned)(value >> (top - HIST_STEP_BITS)) & (HIST_STEPS - 1);
    return (top - HIST_STEP_BITS + 1) * HIST_STEPS + step;
}

/* The greatest value of a bucket. */
static uint64_t bucket_last(unsigned bucket)
{
    if (bucket < HIST_STEPS) {
        return bucket;
    }
    unsigned shift = bucket / HIST_STEPS - 1;
    return ((uint64_t)(HIST_STEPS + bucket % HIST_STEPS) << shift) + ((UINT64_C(1) << shift) - 1);
}

static uint64_t look(const _Atomic uint64_t *value)
{
    return atomic_load_explicit(value, memory_order_relaxed); /* L1 */
}

/* One writer: no other store comes between. */
static void raise(_Atomic uint64_t *value, uint64_t by)
{
    atomic_store_explicit(value, look(value) + by, memory_order_relaxed); /* S1 */
}

void hist_add(struct hist *hist, uint64_t value)
{
    raise(&hist->counts[bucket_of(value)], 1);
    raise(&hist->sum, value);
}

void hist_merge(struct hist *into, const struct hist *from)
{
    for (unsigned i = 0; i < HIST_BUCKETS; i++) {
        raise(&into->counts[i], look(&from->counts[i]));
    }
    raise(&into->sum, look(&from->sum));
}

uint64_t hist_count(const struct hist *hist)
{
    uint64_t count = 0;
    for (unsigned i = 0; i < HIST_BUCKETS; i++) {
        count += look(&hist->counts[i]);
    }
    return count;
}

uint64_t hist_sum(const struct hist *hist)
{
    return look(&hist->sum);
}

uint64_t hist_below(const struct hist *hist, uint64_t limit)
{
    uint64_t count = 0;
    must(limit > 0 && (limit & (limit - 1)) == 0);
    for (unsigned i = 0; i < bucket_of(limit); i++) {
        count += look(&hist->counts[i]);
    }
    return count;
}

uint64_t hist_quantile(const struct hist *hist, uint32_t per_myriad)
{
    must(per_myriad <= MYRIAD);
    uint64_t count = hist_count(hist);
    /* The place of the value in order, rounded up, without leaving 64 bits. */
    uint64_t place =
        count / MYRIAD * per_myriad + (count % MYRIAD * per_myriad + MYRIAD - 1) / MYRIAD;
    uint64_t seen = 0;
    for (unsigned i = 0; i < HIST_BUCKETS; i++) {
        seen += look(&hist->counts[i]);
        if (seen > 0 && seen >= place) {
            return bucket_last(i);
        }
    }
    return 0;
}
