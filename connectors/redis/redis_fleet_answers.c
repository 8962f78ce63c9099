/* What servers answer: a flush is done or a conflict, a refusal of a Cluster turns its partition to
 * where it says, and what cannot be believed loses the server. */
#include "connectors/redis/redis_fleet_inside.h"
#include "connectors/redis/redis_greeting.h"
#include "connectors/redis/redis_reply.h"
#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <string.h>

#define TRYAGAIN_MS 50
#define DOWN_MS 200
#define TURNS_AT_ONCE 3

bool redis_fleet_is_conflict(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "CONFLICT", 8) == 0;
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
    lane->turns = 0;
    redis_lane_pop(lane);
}

void answers_turn(struct redis_fleet *f, uint32_t partition, const struct redis_redirect *to)
{
    struct redis_lane *lane = &f->lanes[partition];
    int64_t now_ms = clock_mono_ms();
    f->counts[to->kind]++;
    if (to->kind == REDIS_MOVED) {
        redis_map_set(f->map, partition, to->address);
        lane->home = fleet_node_at(f, to->address);
    } else if (to->kind == REDIS_ASK) {
        lane->ask = fleet_node_at(f, to->address);
    } else {
        lane->again_ms = now_ms + (to->kind == REDIS_TRYAGAIN ? TRYAGAIN_MS : DOWN_MS);
    }
    if (to->kind == REDIS_MOVED || to->kind == REDIS_CLUSTERDOWN) {
        redis_map_doubt(f->map);
    }
    if (lane->turns >= TURNS_AT_ONCE && lane->again_ms < now_ms + TRYAGAIN_MS) {
        lane->again_ms = now_ms + TRYAGAIN_MS; /* two servers send it to and fro */
    }
}

void answers_refuse(struct redis_fleet *f, struct redis_node *node, const redisReply *reply)
{
    struct err err;
    (void)redis_greeting_refused(f->settings, redis_node_address(node), reply, &err);
    fleet_lose(f, node, &err);
}

static void distrust(struct redis_fleet *f, struct redis_node *node)
{
    struct err err;
    (void)err_set(&err, ERR_OUTSIDE,
                  "redis at %s executed a call behind one that it refused; is it a Redis?",
                  redis_node_address(node));
    err.retriable = true;
    fleet_lose(f, node, &err);
}

bool answers_read_redirect(struct redis_fleet *f, struct redis_node *node, const redisReply *reply,
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
    if (!answers_read_redirect(f, node, reply, &to)) {
        answers_refuse(f, node, reply);
    } else if (to.kind != REDIS_HERE) {
        answers_turn(f, partition, &to);
        lane->held = f->holds = true;
    } else if (redis_fleet_is_conflict(reply) && lane->held) {
        return; /* it expected what a call before it would have left */
    } else if (error && !redis_fleet_is_conflict(reply)) {
        answers_refuse(f, node, reply);
    } else if (lane->held) {
        distrust(f, node);
    } else {
        note_answer(f, partition, error);
    }
}

void answers_take(struct redis_fleet *f, struct redis_node *node, const struct redis_tag *tag,
                  redisReply *reply)
{
    struct redis_lane *lane = &f->lanes[tag->partition];
    if (tag->kind == REDIS_LANE_OWN && asked_keep_reply(f, tag->number, reply)) {
        return;
    }
    if (tag->kind == REDIS_LANE_ASKING && reply->type == REDIS_REPLY_ERROR) {
        answers_refuse(f, node, reply);
    } else if (tag->kind == REDIS_LANE_FLUSH && tag->number == lane->drops) {
        take_flush(f, node, tag->partition, reply);
    }
    redis_reply_free(reply);
}
