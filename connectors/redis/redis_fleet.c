#include "connectors/redis/redis_fleet.h"

#include "connectors/redis/redis_greeting.h"
#include "connectors/redis/redis_lane.h"
#include "connectors/redis/redis_map.h"
#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/fault.h"

#include <inttypes.h>
#include <string.h>

#define WAIT_MS 10
#define NODES_SPARE 16 /* besides those that a lane can need: home, ask and way */
#define TRYAGAIN_MS 50
#define DOWN_MS 200
#define CALL_MS \
    1000 /* so long a call that is waited for is sent again after answers of a Cluster */

struct answered {
    uint64_t epoch;
    struct store_answer answer;
};

/* A call that is waited for. */
struct asked {
    struct buf call;
    uint32_t partition;
    struct redis_node *way; /* to whom it was sent */
    uint64_t number;        /* of its sending; 0: it is to be sent */
    redisReply *reply;
};

struct redis_fleet {
    const struct settings *settings;
    struct redis_map *map;
    struct redis_node **nodes;
    size_t node_count, node_cap;
    uint64_t node_number; /* of the newest */
    struct redis_lane *lanes;
    uint32_t lane_count;
    bool whole;               /* the map is */
    bool holds;               /* perhaps one of the lanes is held */
    struct answered *answers; /* [answer_at, answer_end) are not taken */
    size_t answer_at, answer_end, answer_cap;
    struct asked *asked; /* [asked_first, asked_end) are waited for */
    size_t asked_first, asked_end, asked_cap;
    uint64_t asked_number; /* of the last one that was sent */
    struct err said;       /* what the owner is not told yet; ERR_NONE: nothing */
    struct err attempt;    /* why the last attempt to meet a server failed */
    struct buf call;       /* in the making */
    uint64_t losses;
    uint64_t counts[REDIS_ELSEWHERE_COUNT];
};

bool redis_fleet_is_conflict(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "CONFLICT", 8) == 0;
}

/* ---- servers and places
 * ------------------------------------------------------------------------------ */

static struct redis_node *node_at(struct redis_fleet *f, const char *address)
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
    bool needed = false;
    for (size_t i = f->asked_first; i < f->asked_end && !needed; i++) {
        needed = f->asked[i].way == node;
    }
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
        f->lanes[i].home = address == NULL ? NULL : node_at(f, address);
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

static void note_answer(struct redis_fleet *f, uint32_t partition, bool conflict)
{
    struct redis_lane *lane = &f->lanes[partition];
    if (f->answer_at == f->answer_end) {
        f->answer_at = f->answer_end = 0;
    }
    void *answers = f->answers;
    mem_reserve(&answers, &f->answer_cap, f->answer_end + 1, sizeof *f->answers);
    f->answers = answers;
    f->answers[f->answer_end++] =
        (struct answered){lane->epoch, {partition, lane->flights[lane->first].seq, conflict}};
    redis_lane_pop(lane);
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

static void lose(struct redis_fleet *f, struct redis_node *node, const struct err *err)
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

/* ---- answers
 * ---------------------------------------------------------------------------------------- */

/* What a refusal of a Cluster means for the next time. */
static void turn(struct redis_fleet *f, uint32_t partition, const struct redis_redirect *to)
{
    struct redis_lane *lane = &f->lanes[partition];
    int64_t now_ms = clock_mono_ms();
    f->counts[to->kind]++;
    if (to->kind == REDIS_MOVED) {
        redis_map_set(f->map, partition, to->address);
        lane->home = node_at(f, to->address);
    } else if (to->kind == REDIS_ASK) {
        lane->ask = node_at(f, to->address);
    } else {
        lane->again_ms = now_ms + (to->kind == REDIS_TRYAGAIN ? TRYAGAIN_MS : DOWN_MS);
    }
    if (to->kind == REDIS_MOVED || to->kind == REDIS_CLUSTERDOWN) {
        redis_map_doubt(f->map);
    }
}

/* An answer that no good server of ours gives, or one that means a person has to act. */
static void refuse(struct redis_fleet *f, struct redis_node *node, const redisReply *reply)
{
    struct err err;
    (void)redis_greeting_refused(f->settings, redis_node_address(node), reply, &err);
    lose(f, node, &err);
}

static void distrust(struct redis_fleet *f, struct redis_node *node)
{
    struct err err;
    (void)err_set(&err, ERR_OUTSIDE,
                  "redis at %s executed a call behind one that it refused; is it a Redis?",
                  redis_node_address(node));
    err.retriable = true;
    lose(f, node, &err);
}

/* True if the reply is none of a Cluster's refusals, or is one, and `to` says which. */
static bool read_redirect(struct redis_fleet *f, struct redis_node *node, const redisReply *reply,
                          struct redis_redirect *to)
{
    to->kind = REDIS_HERE;
    return redis_map_mode(f->map) != REDIS_CLUSTER ||
           redis_slots_redirect(reply, redis_node_address(node), to);
}

static void take_flush(struct redis_fleet *f, struct redis_node *node, uint32_t partition,
                       const redisReply *reply)
{
    struct redis_lane *lane = &f->lanes[partition];
    struct redis_redirect to;
    must(lane->unanswered > 0);
    lane->unanswered--;
    bool error = reply->type == REDIS_REPLY_ERROR;
    if (!read_redirect(f, node, reply, &to)) {
        refuse(f, node, reply);
    } else if (to.kind != REDIS_HERE) {
        turn(f, partition, &to);
        lane->held = f->holds = true;
    } else if (redis_fleet_is_conflict(reply) && lane->held) {
        return; /* it expected what a call before it would have left */
    } else if (error && !redis_fleet_is_conflict(reply)) {
        refuse(f, node, reply);
    } else if (lane->held) {
        distrust(f, node);
    } else {
        note_answer(f, partition, error);
    }
}

/* True if somebody waits for it. */
static bool keep_reply(struct redis_fleet *f, uint64_t number, redisReply *reply)
{
    for (size_t i = f->asked_first; i < f->asked_end; i++) {
        if (f->asked[i].number == number) {
            must(f->asked[i].reply == NULL);
            f->asked[i].reply = reply;
            return true;
        }
    }
    return false;
}

static void take_reply(struct redis_fleet *f, struct redis_node *node, const struct redis_tag *tag,
                       redisReply *reply)
{
    struct redis_lane *lane = &f->lanes[tag->partition];
    if (tag->kind == REDIS_LANE_OWN && keep_reply(f, tag->number, reply)) {
        return;
    }
    if (tag->kind == REDIS_LANE_ASKING && reply->type == REDIS_REPLY_ERROR) {
        refuse(f, node, reply);
    } else if (tag->kind == REDIS_LANE_FLUSH && tag->number == lane->drops) {
        take_flush(f, node, tag->partition, reply);
    }
    redis_reply_free(reply);
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
        lose(f, node, &err);
    } else if (event == REDIS_NODE_FAILED) {
        fail(f, node, &err);
    }
    if (redis_node_waiting(node) > 0) {
        fault_reach(FAULT_CALLS_WRITTEN);
    }
    while ((reply = redis_node_next(node, &tag)) != NULL) {
        take_reply(f, node, &tag, reply);
    }
    if (redis_node_check(node, &err) != 0) {
        lose(f, node, &err);
    }
}

/* What is waited for was sent behind the flushes of its partition that were refused. Until it is
 * known to be refused, too, they do not go out again: its CONFLICT would be taken for a true one.
 */
static bool is_followed(const struct redis_fleet *f, uint32_t partition)
{
    bool followed = false;
    for (size_t i = f->asked_first; i < f->asked_end && !followed; i++) {
        followed = f->asked[i].partition == partition && f->asked[i].number != 0;
    }
    return followed;
}

/* wanted: whose answer is waited for; NULL: nobody's. */
static void move_all(struct redis_fleet *f, const struct redis_node *wanted, int timeout_ms)
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
        if (!is_followed(f, i)) {
            redis_lane_send_again(&f->lanes[i], i);
        }
        f->holds = f->holds || f->lanes[i].held;
    }
}

static int tell(struct redis_fleet *f, struct err *err)
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
    move_all(f, wanted, timeout_ms);
    return tell(f, err);
}

static int away(struct redis_fleet *f, uint32_t partition, struct err *err)
{
    if (f->said.code != ERR_NONE) {
        return tell(f, err);
    }
    (void)err_set(err, ERR_OUTSIDE, "redis at %s is away", redis_fleet_at(f, partition));
    err->retriable = true;
    return -1;
}

int redis_fleet_flush(struct redis_fleet *f, uint32_t partition, const struct redis_words *words,
                      const struct store_seq *seq, struct err *err)
{
    struct redis_lane *lane = &f->lanes[partition];
    if (!redis_fleet_serves(f, partition)) {
        return away(f, partition, err);
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

/* ---- a call that is waited for
 * ---------------------------------------------------------------------- */

static int not_in_time(const struct redis_fleet *f, uint32_t partition, struct err *err)
{
    (void)err_set(err, ERR_OUTSIDE,
                  "redis at %s: the keys of partition %" PRIu32
                  " are on their way from one server to another, or nobody has them",
                  redis_fleet_at(f, partition), partition);
    err->retriable = true;
    return -1;
}

/* Until it can be sent: at once, or something of the partition is on the move. */
static int wait_for_way(struct redis_fleet *f, uint32_t partition, bool turned, int64_t end_ms,
                        struct err *err)
{
    struct redis_lane *lane = &f->lanes[partition];
    while (lane->held || !redis_lane_is_open(lane)) {
        bool moves =
            turned || lane->held || redis_lane_leaves(lane) || clock_mono_ms() < lane->again_ms;
        if (lane->lost || !moves) {
            return away(f, partition, err);
        }
        if (clock_mono_ms() > end_ms) {
            return not_in_time(f, partition, err);
        }
        move_all(f, NULL, 0);
        clock_pause_us(1000);
    }
    return lane->lost ? away(f, partition, err) : 0;
}

static void send_asked(struct redis_fleet *f, uint32_t partition, struct asked *asked)
{
    struct redis_lane *lane = &f->lanes[partition];
    redis_lane_take_way(lane);
    asked->way = lane->way;
    asked->number = ++f->asked_number;
    redis_lane_send(lane, partition, buf_str(&asked->call), REDIS_LANE_OWN, asked->number);
}

static void drop_first(struct redis_fleet *f)
{
    struct asked *asked = &f->asked[f->asked_first++];
    buf_fini(&asked->call);
    redis_reply_free(asked->reply);
    *asked = (struct asked){.number = 0};
    if (f->asked_first == f->asked_end) {
        f->asked_first = f->asked_end = 0;
    }
}

void redis_fleet_drop_asked(struct redis_fleet *f)
{
    while (f->asked_first < f->asked_end) {
        drop_first(f);
    }
}

/* A call that is refused, or came too early, goes out again with all behind it. */
static void recall_asked(struct redis_fleet *f)
{
    for (size_t i = f->asked_first; i < f->asked_end; i++) {
        redis_reply_free(f->asked[i].reply);
        f->asked[i].reply = NULL;
        f->asked[i].number = 0;
    }
}

/* 1: the reply is the answer; 0: a Cluster refused the call, and it is to be sent again. */
static int judge_own(struct redis_fleet *f, uint32_t partition, struct redis_node *node,
                     const redisReply *reply, struct err *err)
{
    const struct redis_lane *lane = &f->lanes[partition];
    struct redis_redirect to;
    bool good = read_redirect(f, node, reply, &to);
    bool error = reply->type == REDIS_REPLY_ERROR && !redis_fleet_is_conflict(reply);
    if (!good || (error && to.kind == REDIS_HERE)) {
        refuse(f, node, reply);
        return tell(f, err);
    }
    if (to.kind != REDIS_HERE) {
        turn(f, partition, &to);
        return 0;
    }
    return lane->lost ? away(f, partition, err) : !lane->held;
}

/* Calls on their way to two servers could overtake each other: one goes out behind those before it
 * to the same server, or when they are answered. */
static bool can_follow(const struct redis_fleet *f, const struct redis_lane *lane, size_t i)
{
    const struct asked *before = i == f->asked_first ? NULL : &f->asked[i - 1];
    return redis_lane_is_open(lane) &&
           (before == NULL || (before->number != 0 && before->way == redis_lane_next_way(lane)));
}

int redis_fleet_ask(struct redis_fleet *f, uint32_t partition, const struct redis_words *words,
                    struct err *err)
{
    struct redis_lane *lane = &f->lanes[partition];
    bool first = f->asked_first == f->asked_end;
    int64_t end_ms = clock_mono_ms() + CALL_MS;
    if (first && wait_for_way(f, partition, false, end_ms, err) != 0) {
        return -1;
    }
    void *asked = f->asked;
    mem_reserve(&asked, &f->asked_cap, f->asked_end + 1, sizeof *f->asked);
    f->asked = asked;
    struct asked *last = &f->asked[f->asked_end++];
    *last = (struct asked){.partition = partition};
    redis_words_write(words, &last->call);
    if (!lane->held && !lane->lost && can_follow(f, lane, f->asked_end - 1)) {
        send_asked(f, partition, last);
    }
    return 0;
}

/* Sends those that are to be sent, and waits for the first one. 1: its reply is here; 0: it is to
 * be sent again. */
static int await_first(struct redis_fleet *f, uint32_t partition, int64_t end_ms, struct err *err)
{
    struct asked *first = &f->asked[f->asked_first];
    if (first->number == 0 && wait_for_way(f, partition, true, end_ms, err) != 0) {
        return -1;
    }
    for (size_t i = f->asked_first; i < f->asked_end && can_follow(f, &f->lanes[partition], i);
         i++) {
        if (f->asked[i].number == 0) {
            send_asked(f, partition, &f->asked[i]);
        }
    }
    while (first->reply == NULL && redis_node_is_met(first->way)) {
        move_all(f, first->way, WAIT_MS);
    }
    return first->reply == NULL ? away(f, partition, err)
                                : judge_own(f, partition, first->way, first->reply, err);
}

redisReply *redis_fleet_reply(struct redis_fleet *f, uint32_t partition, struct err *err)
{
    int64_t end_ms = clock_mono_ms() + CALL_MS;
    int result = 0;
    must(f->asked_first < f->asked_end);
    while (result == 0) {
        result = await_first(f, partition, end_ms, err);
        if (result == 0) {
            recall_asked(f);
            bool ends = f->lanes[partition].proves || clock_mono_ms() > end_ms;
            result = ends ? not_in_time(f, partition, err) : 0;
        }
    }
    if (result < 0) {
        redis_fleet_drop_asked(f);
        return NULL;
    }
    redisReply *reply = f->asked[f->asked_first].reply;
    f->asked[f->asked_first].reply = NULL;
    drop_first(f);
    return reply;
}

redisReply *redis_fleet_call(struct redis_fleet *f, uint32_t partition,
                             const struct redis_words *words, struct err *err)
{
    struct redis_lane *lane = &f->lanes[partition];
    redisReply *reply = redis_fleet_ask(f, partition, words, err) != 0
                            ? NULL
                            : redis_fleet_reply(f, partition, err);
    lane->lost = lane->lost || (lane->proves && reply == NULL);
    lane->proves = false;
    return reply;
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
    lane->proves = lane->lost;
    lane->lost = false;
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
            return err->code != ERR_NONE ? -1 : not_in_time(f, 0, err);
        }
        clock_pause_us(1000);
    }
    return 0;
}
