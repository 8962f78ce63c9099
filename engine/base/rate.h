/* rate.h - at most so many a second: a bucket that fills evenly and holds a tenth of a second's
 * worth.
 *
 *     rate_init(&rate, 5000);                             visits a second; 0: no limit
 *     while (rate_left(&rate, clock_mono_us()) <= 0) { .. wait .. }
 *     rate_take(&rate, frame_visits);                     more than is left is made up for later
 *
 * Memory:  a plain value.
 * Threads: one owner.
 * Errors:  none.
 */
#ifndef SLUICE_BASE_RATE_H
#define SLUICE_BASE_RATE_H

#include <stdint.h>

struct rate {
    int64_t per_s;      /* 0: no limit */
    int64_t left_micro; /* millionths; below 0: taken in advance */
    int64_t at_us;      /* when it was filled last; 0: never */
};

void rate_init(struct rate *rate, int64_t per_s);
/* One share of a limit that `count` share: no share is 0, and together they are the limit, if it is
 * not smaller than count. */
int64_t rate_share(int64_t per_s, int64_t index, int64_t count);
/* How many may be taken at now_us, a clock that does not go back; INT64_MAX without a limit. */
int64_t rate_left(struct rate *rate, int64_t now_us);
void rate_take(struct rate *rate, int64_t count);

#endif
