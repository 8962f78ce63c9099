#include "connectors/redis/redis_fleet_inside.h"

#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/fault.h"

#include <inttypes.h>
#include <string.h>

#define WAIT_MS 10
#define NODES_SPARE 16 /* besides those that a lane can need: home, ask and way */

/* ---- servers and places
 * ------------------------------------------------------------------------------ */

struct redis_node *fleet_node_at(struct redis_fleet *f, const char *address)
{
    for (size_t i = 0; i < f->node_count; i++) {
        if (strcmp(redis_node_address(f->nodes[i]), address) == 0) {
            return f->nodes[i];
        }
    }
    void *nodes = f->nodes;
    mem_reserve(&nodes, &f->node_cap, f->node_count + 1, sizeof *f->nodes);
    f->nodes = nodes;
    return f->nodes[f->node_count++] = redis_node_new(f->settings, address, ++f->node_number);
}

static bool is_needed(const struct redis_fleet *f, const struct redis_node *node)
{
    bool needed = asked_is_at(f, node);
    for (uint32_t i = 0; i < f->lane_count && !needed; i++) {
        const struct redis_lane *lane = &f->lanes[i];
        needed =
            lane->home == node || lane->ask == node || (lane->way == node && lane->unanswered > 0);
    }
    return needed;
}

/* Who holds nothing of ours any more is left. */
static void drop_nodes(struct redis_fleet *f)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->node_count; i++) {
        if (is_needed(f, f->nodes[i])) {
            f->nodes[kept++] = f->nodes[i];
            continue;
        }
        for (uint32_t at = 0; at < f->lane_count; at++) {
            struct redis_lane *lane = &f->lanes[at];
            lane->way = lane->way == f->nodes[i] ? NULL : lane->way;
        }
        redis_node_free(f->nodes[i]);
    }
    f->node_count = kept;
}

static void take_map(struct redis_fleet *f)
{
    for (uint32_t i = 0; i < f->lane_count; i++) {
        const char *address = redis_map_at(f->map, i);
        f->lanes[i].home = address == NULL ? NULL : fleet_node_at(f, address);
    }
    f->whole = redis_map_is_whole(f->map);
    drop_nodes(f);
}

static uint32_t partition_at(const struct redis_fleet *f, const struct redis_node *node)
{
    for (uint32_t i = 0; i < f->lane_count; i++) {
        if (f->lanes[i].home == node) {
            return i;
        }
    }
    return 0;
}

/* ---- losses
 * ----------------------------------------------------------------------------------------- */

static void say(struct redis_fleet *f, const struct err *err)
{
    if (f->said.code == ERR_NONE || !err->retriable) {
        f->said = *err;
    }
}

static void lose_partitions(struct redis_fleet *f, const struct redis_node *node)
{
    for (uint32_t i = 0; i < f->lane_count; i++) {
        struct redis_lane *lane = &f->lanes[i];
        lane->ask = lane->ask == node ? NULL : lane->ask; /* its home says again where to go */
        if (lane->home == node || (lane->way == node && lane->unanswered > 0)) {
            redis_lane_drop(lane);
            lane->lost = true;
        }
    }
    f->losses++;
    redis_map_doubt(f->map);
}

void fleet_lose(struct redis_fleet *f, struct redis_node *node, const struct err *err)
{
    redis_node_lose(node);
    lose_partitions(f, node);
    say(f, err);
}

/* An attempt to meet it has failed. */
static void fail(struct redis_fleet *f, const struct redis_node *node, const struct err *err)
{
    for (uint32_t i = 0; i < f->lane_count; i++) {
        struct redis_lane *lane = &f->lanes[i];
        lane->ask = lane->ask == node ? NULL : lane->ask; /* its home says again where to go */
    }
    f->attempt = *err;
    redis_map_doubt(f->map);
    if (!err->retriable) {
        say(f, err);
    }
}

/* ---- all of it
 * -------------------------------------------------------------------------------------- */

static void move_node(struct redis_fleet *f, struct redis_node *node, int timeout_ms)
{
    struct err err = {.code = ERR_NONE};
    struct redis_tag tag;
    redisReply *reply = NULL;
    enum redis_node_event event = redis_node_move(node, partition_at(f, node), timeout_ms, &err);
    if (event == REDIS_NODE_LOST) {
        fleet_lose(f, node, &err);
    } else if (event == REDIS_NODE_FAILED) {
        fail(f, node, &err);
    }
    if (redis_node_waiting(node) > 0) {
        fault_reach(FAULT_CALLS_WRITTEN);
    }
    while ((reply = redis_node_next(node, &tag)) != NULL) {
        answers_take(f, node, &tag, reply);
    }
    if (redis_node_check(node, &err) != 0) {
        fleet_lose(f, node, &err);
    }
}

void fleet_move_all(struct redis_fleet *f, const struct redis_node *wanted, int timeout_ms)
{
    struct err err = {.code = ERR_NONE};
    int asked = redis_map_move(f->map, 0, &err);
    if (asked > 0) {
        take_map(f);
    } else if (asked < 0) {
        f->attempt = err;
        if (!err.retriable) {
            say(f, &err);
        }
    }
    for (size_t i = 0; i < f->node_count; i++) {
        move_node(f, f->nodes[i], f->nodes[i] == wanted ? timeout_ms : 0);
    }
    if (f->node_count > 3 * (size_t)f->lane_count + NODES_SPARE) {
        drop_nodes(f); /* however many are named by answers, and no map comes */
    }
    bool holds = f->holds;
    f->holds = false;
    for (uint32_t i = 0; i < f->lane_count && holds; i++) {
        if (!asked_is_followed(f, i)) {
            redis_lane_send_again(&f->lanes[i], i);
        }
        f->holds = f->holds || f->lanes[i].held;
    }
}

int fleet_tell(struct redis_fleet *f, struct err *err)
{
    if (f->said.code == ERR_NONE) {
        return 0;
    }
    *err = f->said;
    f->said.code = ERR_NONE;
    return -1;
}

int redis_fleet_move(struct redis_fleet *f, int timeout_ms, struct err *err)
{
    const struct redis_node *wanted = f->node_count > 0 ? f->nodes[0] : NULL;
    for (size_t i = 0; i < f->node_count && redis_node_waiting(wanted) == 0; i++) {
        wanted = f->nodes[i];
    }
    fleet_move_all(f, wanted, timeout_ms);
    return fleet_tell(f, err);
}

int fleet_away(struct redis_fleet *f, uint32_t partition, struct err *err)
{
    if (f->said.code != ERR_NONE) {
        return fleet_tell(f, err);
    }
    (void)err_set(err, ERR_OUTSIDE, "redis at %s is away", redis_fleet_at(f, partition));
    err->retriable = true;
    return -1;
}

int fleet_not_in_time(const struct redis_fleet *f, uint32_t partition, struct err *err)
{
    (void)err_set(err, ERR_OUTSIDE,
                  "redis at %s: the keys of partition %" PRIu32
                  " are on their way from one server to another, or nobody has them",
                  redis_fleet_at(f, partition), partition);
    err->retriable = true;
    return -1;
}

int redis_fleet_flush(struct redis_fleet *f, uint32_t partition, const struct redis_words *words,
                      const struct store_seq *seq, struct err *err)
{
    struct redis_lane *lane = &f->lanes[partition];
    if (!redis_fleet_serves(f, partition)) {
        return fleet_away(f, partition, err);
    }
    struct redis_flight *flight = redis_lane_push(lane, seq);
    buf_clear(&f->call);
    redis_words_write(words, &f->call);
    redis_lane_take_way(lane);
    redis_lane_send(lane, partition, buf_str(&f->call), REDIS_LANE_FLUSH, lane->drops);
    if (redis_map_mode(f->map) == REDIS_CLUSTER) {
        flight->call = f->call;
        f->call = (struct buf){0};
    }
    return 0;
}

bool redis_fleet_answer(struct redis_fleet *f, struct store_answer *answer)
{
    while (f->answer_at < f->answer_end) {
        const struct answered *next = &f->answers[f->answer_at++];
        if (next->epoch == f->lanes[next->answer.partition].epoch) {
            *answer = next->answer;
            return true;
        }
    }
    return false;
}

bool redis_fleet_is_waiting(const struct redis_fleet *f)
{
    bool waits = false;
    for (size_t i = 0; i < f->node_count && !waits; i++) {
        waits = redis_node_waiting(f->nodes[i]) > 0;
    }
    return waits || f->holds;
}

uint64_t redis_fleet_home(const struct redis_fleet *f, uint32_t partition)
{
    const struct redis_node *home = f->lanes[partition].home;
    return home == NULL ? 0 : redis_node_number(home);
}

/* ---- what can be called
 * ----------------------------------------------------------------------------- */

bool redis_fleet_is_whole(const struct redis_fleet *f)
{
    bool whole = f->whole && !f->holds;
    for (size_t i = 0; i < f->node_count && whole; i++) {
        whole = redis_node_is_met(f->nodes[i]);
    }
    return whole;
}

bool redis_fleet_reaches(const struct redis_fleet *f, uint32_t partition)
{
    const struct redis_node *home = f->lanes[partition].home;
    return home != NULL && redis_node_is_met(home);
}

bool redis_fleet_serves(const struct redis_fleet *f, uint32_t partition)
{
    const struct redis_lane *lane = &f->lanes[partition];
    const struct redis_node *way = redis_lane_next_way(lane);
    return !lane->lost && !lane->held && !redis_lane_leaves(lane) && way != NULL &&
           redis_node_is_met(way);
}

bool redis_fleet_came_back(const struct redis_fleet *f, uint32_t partition)
{
    const struct redis_lane *lane = &f->lanes[partition];
    return lane->lost && clock_mono_ms() >= lane->again_ms && redis_fleet_reaches(f, partition);
}

void redis_fleet_go_on(struct redis_fleet *f, uint32_t partition)
{
    struct redis_lane *lane = &f->lanes[partition];
    lane->epoch++;
    lane->proves = lane->lost;
    lane->lost = false;
}

void redis_fleet_put_off(struct redis_fleet *f, uint32_t partition, int64_t ms)
{
    struct redis_lane *lane = &f->lanes[partition];
    lane->lost = true;
    lane->again_ms = clock_mono_ms() + ms;
}

void redis_fleet_begin(struct redis_fleet *f, uint32_t partition)
{
    struct redis_lane *lane = &f->lanes[partition];
    redis_lane_drop(lane);
    lane->epoch++;
    lane->lost = lane->proves = false;
}

const char *redis_fleet_at(const struct redis_fleet *f, uint32_t partition)
{
    const char *address = redis_map_at(f->map, partition);
    return address != NULL ? address : f->settings->redis_address;
}

uint64_t redis_fleet_losses(const struct redis_fleet *f)
{
    return f->losses;
}

uint64_t redis_fleet_count(const struct redis_fleet *f, enum redis_elsewhere kind)
{
    must(kind < REDIS_ELSEWHERE_COUNT);
    return f->counts[kind];
}

/* ---- the whole
 * -------------------------------------------------------------------------------------- */

struct redis_fleet *redis_fleet_new(const struct settings *settings, struct err *err)
{
    struct redis_map *map = redis_map_new(settings, err);
    if (map == NULL) {
        return NULL;
    }
    struct redis_fleet *f = mem_alloc(1, sizeof *f);
    f->settings = settings;
    f->map = map;
    f->lane_count = (uint32_t)settings->visits_partitions;
    f->lanes = mem_alloc(f->lane_count, sizeof *f->lanes);
    take_map(f);
    return f;
}

void redis_fleet_free(struct redis_fleet *f)
{
    if (f == NULL) {
        return;
    }
    for (uint32_t i = 0; i < f->lane_count; i++) {
        redis_lane_drop(&f->lanes[i]);
        mem_free(f->lanes[i].flights);
    }
    for (size_t i = 0; i < f->node_count; i++) {
        redis_node_free(f->nodes[i]);
    }
    redis_fleet_drop_asked(f);
    redis_map_free(f->map);
    mem_free(f->asked);
    mem_free(f->nodes);
    mem_free(f->lanes);
    mem_free(f->answers);
    buf_fini(&f->call);
    mem_free(f);
}

int redis_fleet_wait(struct redis_fleet *f, struct err *err)
{
    int64_t end_ms = clock_mono_ms() + f->settings->redis_wait_s * 1000;
    while (!redis_fleet_is_whole(f)) {
        if (redis_fleet_move(f, WAIT_MS, err) != 0 && !err->retriable) {
            return -1;
        }
        if (clock_mono_ms() > end_ms) {
            *err = f->attempt;
            return err->code != ERR_NONE ? -1 : fleet_not_in_time(f, 0, err);
        }
        clock_pause_us(1000);
    }
    return 0;
}
