/* caltime.h - civil time: RFC 3339 in and out, days, hours and weekdays of a zone.
 *
 * Times are Unix milliseconds (int64). The zone of a pack is a fixed offset; Asia/Shanghai has had
 * none but +08:00 since 1991, so the offset is exact for every time that Sluice accepts (years 2000
 * to 9999).
 *
 * Memory:  none.
 * Threads: any.
 * Errors:  a text that is no RFC 3339 time gives false.
 */
#ifndef SLUICE_BASE_CALTIME_H
#define SLUICE_BASE_CALTIME_H

#include "engine/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define CALTIME_ZONE_MS ((int64_t)8 * 3600 * 1000)
#define CALTIME_DAY_MS ((int64_t)24 * 3600 * 1000)
#define CALTIME_MIN_MS INT64_C(946684800000)    /* 2000-01-01T00:00:00Z */
#define CALTIME_MAX_MS INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */
#define CALTIME_TEXT_BYTES 40

struct caltime {
    int year, month, day; /* month and day from 1 */
    int hour, minute, second, ms;
    int weekday; /* 1 Monday .. 7 Sunday */
};

/* Days since 1970-01-01 of a civil date; false if there is no such date. */
bool caltime_days(int64_t *days, int year, int month, int day);
/* Takes a Unix time apart in the zone (offset in ms). */
struct caltime caltime_split(int64_t time_ms, int64_t zone_ms);
/* Of days since 1970-01-01, a Thursday: 1 Monday .. 7 Sunday. */
int caltime_weekday(int64_t days);
/* 00:00 in the zone of the day that holds time_ms. */
int64_t caltime_day_start(int64_t time_ms, int64_t zone_ms);
/* "2026-03-02T10:00:00.120+08:00", offset required, at most 9 fraction digits (those past ms are
 * cut), no leap second. */
bool caltime_parse(int64_t *time_ms, struct str text);
/* "2026-03-02", midnight in the zone. */
bool caltime_parse_date(int64_t *time_ms, struct str text, int64_t zone_ms);
/* RFC 3339 with ms and the zone's offset; out holds CALTIME_TEXT_BYTES. RFC 3339 has the years 0001
 * to 9999: a time beyond them (the deadline of an event at the very end) is shown as the first or
 * last instant. */
void caltime_format(char *out, int64_t time_ms, int64_t zone_ms);

#endif
