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

static int64_t day_of(int64_t time_ms)
{
    return (caltime_day_start(time_ms, CALTIME_ZONE_MS) + CALTIME_ZONE_MS) / CALTIME_DAY_MS;
}

static bool is_workday(const struct day_range *ranges, size_t count, int64_t day)
{
    const struct day_range *named = calendar_find(ranges, count, day);
    return named != NULL ? named->workday : caltime_weekday(day) <= 5;
}

bool calendar_is_workday(const struct day_range *ranges, size_t count, int64_t time_ms)
{
    return is_workday(ranges, count, day_of(time_ms));
}

bool calendar_is_holiday(const struct day_range *ranges, size_t count, int64_t time_ms)
{
    const struct day_range *named = calendar_find(ranges, count, day_of(time_ms));
    return named != NULL && !named->workday;
}

int64_t calendar_start_ms(const struct day_range *ranges, size_t count, int64_t t_ms, int workdays)
{
    must(workdays >= 1 && workdays <= CALENDAR_WORKDAYS_MAX);
    int64_t last = day_of(t_ms);
    int64_t day = last;
    for (int missing = workdays - 1; missing > 0 && day > last - (CALENDAR_SPAN_DAYS - 1);) {
        day--;
        missing -= is_workday(ranges, count, day);
    }
    return day * CALTIME_DAY_MS - CALTIME_ZONE_MS;
}
