/* redis_fleet_inside.h - a fleet's state, for the files that make it work.
 *
 * redis_fleet.c has the servers, moves bytes and sends flushes; redis_fleet_answers.c takes what
 * servers answer; redis_fleet_asked.c has the calls that are waited for.
 *
 * Memory:  see redis_fleet.h.
 * Threads: one owner.
 * Errors:  see redis_fleet.h.
 */
#ifndef SLUICE_CONNECTORS_REDIS_FLEET_INSIDE_H
#define SLUICE_CONNECTORS_REDIS_FLEET_INSIDE_H

#include "connectors/redis/redis_fleet.h"
#include "connectors/redis/redis_lane.h"
#include "connectors/redis/redis_map.h"
#include "connectors/redis/redis_node.h"

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

/* ---- redis_fleet.c ---- */
/* The server at this address, a new one perhaps. */
struct redis_node *fleet_node_at(struct redis_fleet *f, const char *address);
/* It is not to be used as it is: its partitions lose their calls, and the owner is told why. */
void fleet_lose(struct redis_fleet *f, struct redis_node *node, const struct err *err);
/* -1 with what the owner is not told yet; 0: he is told all. */
int fleet_tell(struct redis_fleet *f, struct err *err);
/* -1: the partition cannot be called. */
int fleet_away(struct redis_fleet *f, uint32_t partition, struct err *err);
/* -1: it is on the move for too long. */
int fleet_not_in_time(const struct redis_fleet *f, uint32_t partition, struct err *err);
/* wanted: whose answer is waited for; NULL: nobody's. */
void fleet_move_all(struct redis_fleet *f, const struct redis_node *wanted, int timeout_ms);

/* ---- redis_fleet_answers.c ---- */
/* What a refusal of a Cluster means for the next time. */
void answers_turn(struct redis_fleet *f, uint32_t partition, const struct redis_redirect *to);
/* An answer that no good server of ours gives, or one that means a person has to act. */
void answers_refuse(struct redis_fleet *f, struct redis_node *node, const redisReply *reply);
/* True if the reply is none of a Cluster's refusals, or is one, and `to` says which. */
bool answers_read_redirect(struct redis_fleet *f, struct redis_node *node, const redisReply *reply,
                           struct redis_redirect *to);
/* The answer to the call with this tag; the reply is the fleet's now. */
void answers_take(struct redis_fleet *f, struct redis_node *node, const struct redis_tag *tag,
                  redisReply *reply);

/* ---- redis_fleet_asked.c ---- */
/* True if somebody waits for it. */
bool asked_keep_reply(struct redis_fleet *f, uint64_t number, redisReply *reply);
/* A call that is waited for was sent behind the partition's flushes, and is not known to be
 * refused. */
bool asked_is_followed(const struct redis_fleet *f, uint32_t partition);
/* One was sent to this server. */
bool asked_is_at(const struct redis_fleet *f, const struct redis_node *node);

#endif
