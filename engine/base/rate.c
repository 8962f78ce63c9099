#include "engine/base/rate.h"

#define MICRO 1000000
#define FILL_US_MAX MICRO /* longer pauses fill no more, and products stay in range */
#define HELD_US 100000    /* the bucket holds what comes in this time */

void rate_init(struct rate *rate, int64_t per_s)
{
    *rate = (struct rate){.per_s = per_s};
}

int64_t rate_share(int64_t per_s, int64_t index, int64_t count)
{
    int64_t share = per_s / count + (index < per_s % count);
    return per_s > 0 && share == 0 ? 1 : share;
}

int64_t rate_left(struct rate *rate, int64_t now_us)
{
    if (rate->per_s == 0) {
        return INT64_MAX;
    }
    int64_t passed_us = rate->at_us == 0 ? FILL_US_MAX : now_us - rate->at_us;
    int64_t held_micro = rate->per_s * HELD_US;
    held_micro = held_micro < MICRO ? MICRO : held_micro; /* one at least */
    rate->at_us = now_us;
    rate->left_micro += (passed_us < FILL_US_MAX ? passed_us : FILL_US_MAX) * rate->per_s;
    rate->left_micro = rate->left_micro < held_micro ? rate->left_micro : held_micro;
    return rate->left_micro / MICRO;
}

void rate_take(struct rate *rate, int64_t count)
{
    if (rate->per_s > 0) {
        rate->left_micro -= count * MICRO;
    }
}
