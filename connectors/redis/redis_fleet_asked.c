/* Calls that are waited for: sent behind the flushes before them, and again, all of them in order,
 * where a Cluster refuses one. */
#include "connectors/redis/redis_fleet_inside.h"
#include "connectors/redis/redis_reply.h"
#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#define WAIT_MS 10
#define CALL_MS 1000 /* so long one is sent again after answers of a Cluster */

bool asked_keep_reply(struct redis_fleet *f, uint64_t number, redisReply *reply)
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

/* What is waited for was sent behind the flushes of its partition that were refused. Until it is
 * known to be refused, too, they do not go out again: its CONFLICT would be taken for a true one.
 */
bool asked_is_followed(const struct redis_fleet *f, uint32_t partition)
{
    bool followed = false;
    for (size_t i = f->asked_first; i < f->asked_end && !followed; i++) {
        followed = f->asked[i].partition == partition && f->asked[i].number != 0;
    }
    return followed;
}

bool asked_is_at(const struct redis_fleet *f, const struct redis_node *node)
{
    bool at = false;
    for (size_t i = f->asked_first; i < f->asked_end && !at; i++) {
        at = f->asked[i].way == node;
    }
    return at;
}

/* Until it can be sent: at once, or something of the partition is on the move. */
static int wait_for_way(struct redis_fleet *f, uint32_t partition, bool turned, int64_t end_ms,
                        struct err *err)
{
    struct redis_lane *lane = &f->lanes[partition];
    while (lane->held || redis_lane_asks(lane) || !redis_lane_is_open(lane)) {
        bool asks = redis_lane_asks(lane); /* it ends with an answer, or the server is lost */
        bool moves = turned || asks || lane->held || redis_lane_leaves(lane) ||
                     clock_mono_ms() < lane->again_ms;
        if (lane->lost || !moves) {
            return fleet_away(f, partition, err);
        }
        if (!asks && clock_mono_ms() > end_ms) {
            return fleet_not_in_time(f, partition, err);
        }
        fleet_move_all(f, asks ? lane->way : NULL, asks ? WAIT_MS : 0);
        clock_pause_us(asks ? 0 : 1000);
    }
    return lane->lost ? fleet_away(f, partition, err) : 0;
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
    bool good = answers_read_redirect(f, node, reply, &to);
    bool error = reply->type == REDIS_REPLY_ERROR && !redis_fleet_is_conflict(reply);
    if (!good || (error && to.kind == REDIS_HERE)) {
        answers_refuse(f, node, reply);
        return fleet_tell(f, err);
    }
    if (to.kind != REDIS_HERE) {
        answers_turn(f, partition, &to);
        return 0;
    }
    return lane->lost ? fleet_away(f, partition, err) : !lane->held;
}

/* Calls on their way to two servers could overtake each other: one goes out behind those before it
 * to the same server, or when they are answered. */
static bool can_follow(const struct redis_fleet *f, const struct redis_lane *lane, size_t i)
{
    const struct asked *before = i == f->asked_first ? NULL : &f->asked[i - 1];
    return redis_lane_is_open(lane) && !redis_lane_asks(lane) &&
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
        fleet_move_all(f, first->way, WAIT_MS);
    }
    return first->reply == NULL ? fleet_away(f, partition, err)
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
            result = ends ? fleet_not_in_time(f, partition, err) : 0;
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
