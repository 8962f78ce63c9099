#include "engine/eval/calendar.h"

#include "engine/base/caltime.h"
#include "engine/base/must.h"

/* The range that names the day, or NULL. */
static const struct day_range *calendar_find(const struct day_range *ranges, size_t count,
                                             int64_t day)
{
    size_t low = 0; /* all before it end before the day */
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges[middle].last < day) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && ranges[low].first <= day ? &ranges[low] : NULL;
}

bool calendar_is_workday(const struct day_range *ranges, size_t count, int64_t time_ms)
{
    int64_t start_ms = caltime_day_start(time_ms, CALTIME_ZONE_MS);
    const struct day_range *named =
        calendar_find(ranges, count, (start_ms + CALTIME_ZONE_MS) / CALTIME_DAY_MS);
    return named != NULL ? named->workday : caltime_split(start_ms, CALTIME_ZONE_MS).weekday <= 5;
}

bool calendar_is_holiday(const struct day_range *ranges, size_t count, int64_t time_ms)
{
    int64_t start_ms = caltime_day_start(time_ms, CALTIME_ZONE_MS);
    const struct day_range *named =
        calendar_find(ranges, count, (start_ms + CALTIME_ZONE_MS) / CALTIME_DAY_MS);
    return named != NULL && !named->workday;
}

int64_t calendar_start_ms(const struct day_range *ranges, size_t count, int64_t t_ms, int workdays)
{
    must(workdays >= 1 && workdays <= CALENDAR_WORKDAYS_MAX);
    int64_t start_ms = caltime_day_start(t_ms, CALTIME_ZONE_MS);
    int missing = workdays - 1;
    for (int days = 1; days < CALENDAR_SPAN_DAYS && missing > 0; days++) {
        start_ms -= CALTIME_DAY_MS;
        missing -= calendar_is_workday(ranges, count, start_ms);
    }
    return start_ms;
}
