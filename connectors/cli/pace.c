#include "connectors/cli/pace.h"

struct pace pace_begin(int64_t rate, int64_t speed, int64_t now_us)
{
    return (struct pace){.rate = rate, .speed = speed, .began_us = now_us};
}

int64_t pace_next(struct pace *pace, int64_t event_ms, int64_t now_us)
{
    int64_t due_us = now_us;
    if (!pace->has_event && event_ms > 0) {
        pace->has_event = true;
        pace->first_event_ms = event_ms;
        pace->first_event_us = now_us;
    }
    if (pace->rate > 0) {
        due_us = pace->began_us + pace->sent * 1000000 / pace->rate;
    } else if (pace->speed > 0 && pace->has_event) {
        due_us = pace->first_event_us + (event_ms - pace->first_event_ms) * 1000 / pace->speed;
    }
    pace->sent++;
    return due_us > now_us ? due_us - now_us : 0;
}
