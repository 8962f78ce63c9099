/* pace.h - how long to wait before the next record: so many a second, or as the events' own time
 * goes.
 *
 * A day of a city in little more than an hour is speed 20: what lies a minute apart in the file is
 * sent three seconds apart. The clock of the events starts with the first record that has one, so a
 * directory before it costs nothing; a record that is late in the file is sent at once.
 *
 *     struct pace pace = pace_begin(rate, speed, now_us);
 *     wait(pace_next(&pace, event_ms, now_us));
 *
 * Memory:  a plain value.
 * Threads: one owner.
 * Errors:  none.
 */
#ifndef SLUICE_CLI_PACE_H
#define SLUICE_CLI_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
    int64_t rate;  /* records a second; 0: no bound */
    int64_t speed; /* milliseconds of the events in one of ours; 0: no bound */
    int64_t began_us;
    int64_t sent;
    bool has_event;
    int64_t first_event_ms, first_event_us; /* when it was sent */
};

struct pace pace_begin(int64_t rate, int64_t speed, int64_t now_us);
/* Counts a record; event_ms is the largest time of an event so far, 0 if there was none. Returns
 * the microseconds until the record is due, 0 if it is due already. */
int64_t pace_next(struct pace *pace, int64_t event_ms, int64_t now_us);

#endif
