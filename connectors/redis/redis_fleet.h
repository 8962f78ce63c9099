/* redis_fleet.h - the servers that hold our partitions, and calls of partitions to them.
 *
 *     redis_fleet_flush(fleet, 17, &words, &seq, &err);      to the server of partition 17
 *     redis_fleet_move(fleet, 0, &err);                      all that can go on without waiting
 *     redis_fleet_answer(fleet, &answer)                     1: a flush has its answer
 *     reply = redis_fleet_call(fleet, 17, &words, &err);     waits, behind the flushes of 17
 *
 * Calls of one partition are on their way to one server at a time, in order. A server of a Cluster
 * that says MOVED, ASK, TRYAGAIN or CLUSTERDOWN has not executed the call; the calls of the
 * partition behind it expected what it would have left, and were not executed either. So all of
 * them go out again, in order: to where the answer says (after MOVED for ever, after ASK for this
 * once), or to the same place a moment later.
 *
 * A lost server loses the calls of its partitions and of no others: nobody knows which of them were
 * executed. When it, or the one that has its place, can be called again, the partition "came back",
 * and takes no call before its owner has opened it anew or goes on.
 *
 * Memory:  a reply belongs to the caller (redis_reply_free).
 * Threads: one owner.
 * Errors:  a server that was lost is said once, by redis_fleet_move or by the call that met it.
 *          Attempts to meet it again fail in silence, but for what no waiting cures (ERR_USAGE).
 */
#ifndef SLUICE_CONNECTORS_REDIS_FLEET_H
#define SLUICE_CONNECTORS_REDIS_FLEET_H

#include "connectors/redis/redis_link.h"
#include "connectors/redis/redis_slots.h"
#include "connectors/redis/redis_words.h"
#include "engine/store.h"

#include <stdbool.h>
#include <stdint.h>

struct redis_fleet;
struct redis_fleet *redis_fleet_new(const struct settings *settings, struct err *err);
void redis_fleet_free(struct redis_fleet *fleet);
/* Until every partition's server is met, at most redis.wait_s. */
int redis_fleet_wait(struct redis_fleet *fleet, struct err *err);
int redis_fleet_move(struct redis_fleet *fleet, int timeout_ms, struct err *err);
/* Every partition has a server that is met, and none of its calls waits to be sent again. */
bool redis_fleet_is_whole(const struct redis_fleet *fleet);
/* The partition's server is met. */
bool redis_fleet_reaches(const struct redis_fleet *fleet, uint32_t partition);
/* It is met, and the partition may go on where it was: calls are taken. */
bool redis_fleet_serves(const struct redis_fleet *fleet, uint32_t partition);
/* It is met again since the partition's calls were lost. */
bool redis_fleet_came_back(const struct redis_fleet *fleet, uint32_t partition);
/* Takes calls of it from now on, whatever was lost; answers that were not taken yet are nobody's.
 * If the first one that is waited for fails, or a
 * Cluster refuses it, the partition comes back anew: its owner knows no more than before. */
void redis_fleet_go_on(struct redis_fleet *fleet, uint32_t partition);
/* The partition comes back so much later: its owner asks again then whether he may go on. */
void redis_fleet_put_off(struct redis_fleet *fleet, uint32_t partition, int64_t ms);
/* As redis_fleet_go_on, and nobody waits for calls that were sent before. */
void redis_fleet_begin(struct redis_fleet *fleet, uint32_t partition);
int redis_fleet_flush(struct redis_fleet *fleet, uint32_t partition,
                      const struct redis_words *words, const struct store_seq *seq,
                      struct err *err);
bool redis_fleet_answer(struct redis_fleet *fleet, struct store_answer *answer);
/* Flushes without an answer. */
bool redis_fleet_is_waiting(const struct redis_fleet *fleet);
/* Calls that are waited for, of one partition at a time: asked one after the other, their replies
 * come in that order, behind the flushes before them. Asking does not wait, but for a partition
 * that is on the move. Once a reply is NULL, nobody waits for those behind it. A CONFLICT is a
 * reply; other errors are errors. */
int redis_fleet_ask(struct redis_fleet *fleet, uint32_t partition, const struct redis_words *words,
                    struct err *err);
redisReply *redis_fleet_reply(struct redis_fleet *fleet, uint32_t partition, struct err *err);
/* Nobody waits for what was asked. */
void redis_fleet_drop_asked(struct redis_fleet *fleet);
/* One of them, asked and waited for. */
redisReply *redis_fleet_call(struct redis_fleet *fleet, uint32_t partition,
                             const struct redis_words *words, struct err *err);
/* Who holds the partition: a number that no other server has; 0: nobody is known. */
uint64_t redis_fleet_home(const struct redis_fleet *fleet, uint32_t partition);
/* For messages: where the partition is. */
const char *redis_fleet_at(const struct redis_fleet *fleet, uint32_t partition);
/* How often servers were lost so far, and how often an answer was of this kind. */
uint64_t redis_fleet_losses(const struct redis_fleet *fleet);
uint64_t redis_fleet_count(const struct redis_fleet *fleet, enum redis_elsewhere kind);
bool redis_fleet_is_conflict(const redisReply *reply);

#endif
