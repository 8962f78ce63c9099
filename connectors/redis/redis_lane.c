#include "connectors/redis/redis_lane.h"

#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <string.h>

/* ---- flushes
 * ---------------------------------------------------------------------------------------- */

/* Those that are answered make room first. */
struct redis_flight *redis_lane_push(struct redis_lane *lane, const struct store_seq *seq)
{
    if (lane->first > 0 && lane->end == lane->cap) {
        lane->end -= lane->first;
        memmove(lane->flights, lane->flights + lane->first, lane->end * sizeof *lane->flights);
        lane->first = 0;
    }
    void *flights = lane->flights;
    mem_reserve(&flights, &lane->cap, lane->end + 1, sizeof *lane->flights);
    lane->flights = flights;
    lane->flights[lane->end] = (struct redis_flight){.seq = *seq};
    return &lane->flights[lane->end++];
}

void redis_lane_pop(struct redis_lane *lane)
{
    must(lane->first < lane->end);
    buf_fini(&lane->flights[lane->first++].call);
    if (lane->first == lane->end) {
        lane->first = lane->end = 0;
    }
}

void redis_lane_drop(struct redis_lane *lane)
{
    while (lane->first < lane->end) {
        redis_lane_pop(lane);
    }
    lane->drops++;
    lane->unanswered = 0;
    lane->ask = NULL;
    lane->held = false;
}

/* ---- the way
 * ---------------------------------------------------------------------------------------- */

struct redis_node *redis_lane_next_way(const struct redis_lane *lane)
{
    return lane->unanswered > 0 ? lane->way : lane->ask != NULL ? lane->ask : lane->home;
}

bool redis_lane_leaves(const struct redis_lane *lane)
{
    return lane->unanswered > 0 && !lane->asking && lane->way != lane->home;
}

bool redis_lane_asks(const struct redis_lane *lane)
{
    return lane->unanswered > 0 && lane->asking;
}

bool redis_lane_is_open(const struct redis_lane *lane)
{
    const struct redis_node *way = redis_lane_next_way(lane);
    return way != NULL && !redis_lane_leaves(lane) && redis_node_is_met(way) &&
           clock_mono_ms() >= lane->again_ms;
}

void redis_lane_take_way(struct redis_lane *lane)
{
    if (lane->unanswered == 0) {
        lane->asking = lane->ask != NULL;
        lane->way = redis_lane_next_way(lane);
        lane->ask = NULL;
    }
}

void redis_lane_send(struct redis_lane *lane, uint32_t partition, struct str call,
                     enum redis_lane_kind kind, uint64_t number)
{
    struct redis_tag asking = {partition, REDIS_LANE_ASKING, number};
    struct redis_tag tag = {partition, (uint8_t)kind, number};
    if (lane->asking) {
        redis_node_send(lane->way, STR("*1\r\n$6\r\nASKING\r\n"), &asking, true);
    }
    redis_node_send(lane->way, call, &tag, kind == REDIS_LANE_FLUSH);
    lane->unanswered += kind == REDIS_LANE_FLUSH;
}

void redis_lane_send_again(struct redis_lane *lane, uint32_t partition)
{
    if (!lane->held || lane->unanswered > 0 || !redis_lane_is_open(lane)) {
        return;
    }
    redis_lane_take_way(lane);
    lane->held = false;
    lane->turns++;
    for (size_t i = lane->first; i < lane->end; i++) {
        redis_lane_send(lane, partition, buf_str(&lane->flights[i].call), REDIS_LANE_FLUSH,
                        lane->drops);
    }
}
