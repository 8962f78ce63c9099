/* calendar.h - which days are workdays, as the calendars of a pack say.
 *
 * "2025-01-28..2025-02-04 are holidays, 2025-01-26 is a workday" are two ranges. A day that no
 * range names is a workday from Monday to Friday. A holiday is a day that a range names one: a
 * common Sunday is neither.
 *
 *     int64_t from_ms = calendar_start_ms(program->days, program->days_count, t, 5);
 *
 * Days are those of Asia/Shanghai.
 *
 * Memory:  none.
 * Threads: any.
 * Errors:  none.
 */
#ifndef SLUICE_EVAL_CALENDAR_H
#define SLUICE_EVAL_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALENDAR_WORKDAYS_MAX 60 /* of a span */
#define CALENDAR_SPAN_DAYS 90    /* a span has no more days, however many of them are holidays */

struct day_range {
    int32_t first, last; /* days since 1970-01-01, both in */
    bool workday;        /* else holiday */
};

/* The ranges are sorted and do not touch. */
bool calendar_is_workday(const struct day_range *ranges, size_t count, int64_t time_ms);
bool calendar_is_holiday(const struct day_range *ranges, size_t count, int64_t time_ms);
/* 00:00 of the fourth workday before the day of t for 5, of that day itself for 1. Looks back over
 * CALENDAR_SPAN_DAYS days, the day of t included, and no further. */
int64_t calendar_start_ms(const struct day_range *ranges, size_t count, int64_t t_ms, int workdays);

#endif
