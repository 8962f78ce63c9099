/* prng.h - a small seeded random sequence (splitmix64) in integers only.
 *
 *     struct prng rng = prng_seed(1, "fraud");
 *     int64_t delay_s = prng_between(&rng, 120, 1500);
 *
 * The same seed and purpose give the same sequence on every machine; other purposes of one seed are
 * independent, so one more fraud changes nobody's name.
 *
 * C leaves open which of several arguments is computed first: draw one number per statement.
 *
 * Memory:  a plain value.
 * Threads: one owner at a time.
 * Errors:  none; an empty range is a bug and trips must(). Not for secrets.
 */
#ifndef SLUICE_CLI_PRNG_H
#define SLUICE_CLI_PRNG_H

#include "engine/base/must.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct prng {
    uint64_t state;
};

static inline uint64_t prng_next(struct prng *rng)
{
    rng->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = rng->state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline struct prng prng_seed(uint64_t seed, const char *purpose)
{
    struct prng rng = {seed};
    for (const char *c = purpose; *c != '\0'; c++) {
        rng.state = prng_next(&rng) ^ (uint64_t)(unsigned char)*c;
    }
    return rng;
}

/* 0 .. count-1.. */
static inline uint32_t prng_below(struct prng *rng, uint32_t count)
{
    must(count > 0);
    return (uint32_t)(((prng_next(rng) >> 32) * count) >> 32);
}

/* low .. high, both included. */
static inline int64_t prng_between(struct prng *rng, int64_t low, int64_t high)
{
    must(low <= high);
    return low + (int64_t)(prng_next(rng) % ((uint64_t)(high - low) + 1));
}

static inline bool prng_chance(struct prng *rng, uint32_t percent)
{
    return prng_below(rng, 100) < percent;
}

#endif
