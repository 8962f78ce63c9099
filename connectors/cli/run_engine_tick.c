#include "connectors/cli/run_engine_inside.h"
#include "engine/base/clock.h"

#define TICK_MS 1000

/* What the log's clocks have reached, as far as this worker knows; 0: the broker stamps. */
static int64_t worker_clock(const struct run_engine *e)
{
    int64_t clock_ms = 1; /* 0 would be the broker's */
    for (uint32_t i = 0; i < e->lane_count; i++) {
        const struct lane *lane = &e->lanes[i];
        if (lane->partition != NULL && partition_header(lane->partition)->clock_ms > clock_ms) {
            clock_ms = partition_header(lane->partition)->clock_ms;
        }
    }
    return e->event_clock ? clock_ms : 0;
}

/* Nothing but a tick came since the last second, and nothing lies in the log. */
static bool is_idle(struct run_engine *e, uint32_t number, uint64_t next)
{
    return next == e->lanes[number].tick_next &&
           kafka_in_high(e->in, TOPIC_VISITS, (int32_t)number) == (int64_t)next;
}

/* All ticks of a machine fall together at the turn of its second: whoever waits for a drain has the
 * rest of the second for himself, however many partitions there are. */
int run_engine_tick(struct run_engine *e, struct err *err)
{
    int64_t second = clock_mono_ms() / TICK_MS;
    if (second == e->tick_second) {
        return 0;
    }
    e->tick_second = second;
    run_out_set_clock(e->out, worker_clock(e));
    for (uint32_t i = 0; i < e->lane_count; i++) {
        struct lane *lane = &e->lanes[i];
        if (lane->partition == NULL || lane->reset) {
            continue;
        }
        uint64_t next = partition_next_offset(lane->partition);
        bool idle = is_idle(e, i, next);
        if (idle && run_out_tick(e->out, i, err) != 0) {
            return -1;
        }
        lane->tick_next = idle ? next + 1 : next;
    }
    return 0;
}
