#include "connectors/cli/run_engine_inside.h"
#include "engine/base/clock.h"

#include <stdio.h>

static bool flush_has_room(const struct lane *lane)
{
    return lane->partition == NULL || lane->reset ||
           !flush_is_full(partition_flush_state(lane->partition));
}

static bool pages_have_room(const struct lane *lane)
{
    return lane->partition == NULL || lane->reset || !partition_is_over(lane->partition);
}

/* Tokens are spread evenly over partitions, and so are pages. */
void run_engine_share_memory(struct run_engine *e)
{
    size_t open = 0;
    for (uint32_t i = 0; i < e->lane_count; i++) {
        open += e->lanes[i].partition != NULL;
    }
    for (uint32_t i = 0; i < e->lane_count; i++) {
        if (e->lanes[i].partition != NULL && e->settings->engine_page_bytes_max > 0) {
            size_t share = (size_t)e->settings->engine_page_bytes_max / open;
            partition_set_page_bytes(e->lanes[i].partition, share > 0 ? share : 1);
        }
    }
}

const char *run_engine_bound(struct run_engine *e)
{
    const char *why = run_out_bound(e->out);
    if (why != NULL) {
        return why;
    }
    for (uint32_t i = 0; i < e->lane_count; i++) {
        if (!flush_has_room(&e->lanes[i])) {
            return "pages wait for Redis or for Kafka, engine.flush_bytes_max or engine.flush_pages_max is reached";
        }
        if (!pages_have_room(&e->lanes[i])) {
            return "pages wait for Redis or for Kafka, engine.page_bytes_max is reached";
        }
    }
    return NULL;
}

bool run_engine_has_room(struct run_engine *e, uint32_t partition)
{
    const struct lane *lane = &e->lanes[partition];
    return !run_out_is_full(e->out) && flush_has_room(lane) && pages_have_room(lane);
}

void run_engine_give_back(struct run_engine *e)
{
    size_t at = e->batch_at;
    size_t left = e->batch_count - at;
    e->batch_at = e->batch_count = 0;
    kafka_in_return(e->in, e->batch + at, left);
}

int run_engine_stand(struct run_engine *e, const char *why, struct err *err)
{
    int64_t now_ms = clock_mono_ms();
    if (run_gate_set(&e->gate, why, now_ms)) {
        (void)fprintf(stderr, "sluice run: engine %d %s\n", e->worker, e->gate.line);
    }
    if (!run_gate_keeps(&e->gate, now_ms)) {
        return 0;
    }
    run_engine_give_back(e);
    return kafka_in_keep(e->in, err);
}
