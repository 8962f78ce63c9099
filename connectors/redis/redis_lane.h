/* redis_lane.h - the calls of one partition: in order, to one server at a time.
 *
 *     redis_lane_push(lane, &seq);  redis_lane_take_way(lane);  redis_lane_send(lane, 17, call,
 * ..); redis_lane_pop(lane)                            the oldest flush has its answer
 *
 * Memory:  a zeroed one is ready; redis_lane_drop leaves only `flights` to be freed. Servers are
 *          the fleet's.
 * Threads: one owner.
 * Errors:  none.
 */
#ifndef SLUICE_CONNECTORS_REDIS_LANE_H
#define SLUICE_CONNECTORS_REDIS_LANE_H

#include "connectors/redis/redis_node.h"
#include "engine/store.h"

enum redis_lane_kind { REDIS_LANE_FLUSH, REDIS_LANE_ASKING, REDIS_LANE_OWN };

/* A flush without an answer. */
struct redis_flight {
    struct store_seq seq;
    struct buf call; /* in a Cluster, where it may have to go out again */
};

struct redis_lane {
    struct redis_node *home; /* who holds it, as far as is known; NULL: nobody is known */
    struct redis_node *ask;  /* who is to be asked the next time, once */
    struct redis_node *way;  /* to whom its calls are on their way, each after ASKING if `asking` */
    bool asking;
    bool lost;         /* calls were lost, and its owner has not gone on since */
    bool proves;       /* its owner goes on, and no call has shown yet that he can */
    bool held;         /* calls were refused: when none is on its way, they go out again */
    int64_t again_ms;  /* not before */
    uint32_t turns;    /* how often its calls went out again since one was executed */
    uint64_t epoch;    /* answers taken in an earlier one are not given any more */
    uint64_t drops;    /* answers to flushes that were sent before the last one are nobody's */
    size_t unanswered; /* flushes on their way: the first of [first, end) */
    struct redis_flight *flights;
    size_t first, end, cap;
};

/* Appends a flush; it is valid until the next one. */
struct redis_flight *redis_lane_push(struct redis_lane *lane, const struct store_seq *seq);
/* Removes the oldest flush. */
void redis_lane_pop(struct redis_lane *lane);
/* Nobody waits for its flushes any more: also not for those that some server may still answer. */
void redis_lane_drop(struct redis_lane *lane);
/* Where its next call goes: behind those on their way; if there are none, to `ask` or home. */
struct redis_node *redis_lane_next_way(const struct redis_lane *lane);
/* Its home is another one now than that to which its flushes are on their way: they end there, and
 * no more follow them, or a lane that always has one on its way would never come home. */
bool redis_lane_leaves(const struct redis_lane *lane);
/* Its flushes are on their way to a server that has a part of its keys: that one answers a question
 * for a single key as if those that it lacks were nowhere. Nothing is asked behind them. */
bool redis_lane_asks(const struct redis_lane *lane);
/* A call can go there now. */
bool redis_lane_is_open(const struct redis_lane *lane);
/* It goes there from now on; `ask` counts once. */
void redis_lane_take_way(struct redis_lane *lane);
void redis_lane_send(struct redis_lane *lane, uint32_t partition, struct str call,
                     enum redis_lane_kind kind, uint64_t number);
/* Flushes that were refused, in order, if none is on its way and it is open. */
void redis_lane_send_again(struct redis_lane *lane, uint32_t partition);

#endif
