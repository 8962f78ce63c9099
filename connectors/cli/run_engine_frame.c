#include "connectors/cli/run_engine_inside.h"
#include "engine/base/clock.h"

#define STEP_SAMPLE 64 /* one frame of so many is timed */

static void measure_log(struct run_engine *e, const struct kafka_in_message *message)
{
    int64_t late_ms = e->taken_unix_ms - message->stamp_ms;
    hist_add(&e->shown->latencies[LATENCY_LOG], late_ms > 0 ? (uint64_t)late_ms * 1000 : 0);
}

int run_engine_apply_frame(struct run_engine *e, struct lane *lane,
                           const struct kafka_in_message *message, struct err *err)
{
    const struct counters *counters = &partition_header(lane->partition)->counters;
    uint64_t before = counters->fetched;
    bool timed = e->frames_taken++ % STEP_SAMPLE == 0;
    int64_t began_ns = timed ? clock_mono_ns() : 0;
    measure_log(e, message);
    int result = partition_apply(lane->partition, (uint64_t)message->offset, message->stamp_ms,
                                 message->bytes, err);
    uint64_t visits = counters->fetched - before;
    if (timed && visits > 0 && result == 0) {
        hist_add(&e->shown->latencies[LATENCY_STEP],
                 (uint64_t)(clock_mono_ns() - began_ns) / visits);
    }
    rate_take(&e->rate, (int64_t)visits);
    return result;
}
