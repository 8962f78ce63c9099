/* redis_store.h - the pages of partitions in Redis (engine/store.h): one server, the master that
 * sentinels name, or the masters of a Cluster.
 *
 *     struct redis_store *redis = redis_store_open(&settings, &err);
 *     struct store store = redis_store_store(redis);
 *
 * All that changes a partition goes through one function (functions.lua), which compares the
 * sequence first. Flush calls are pipelined; `load` and `sweep` wait for their answer, behind those
 * of the flushes before them. Any answer may take redis.timeout_ms: then the connection is lost.
 * Another one is made beside the work that goes on without it (redis_greeting.h).
 *
 * Memory:  owns its connections and buffers.
 * Threads: one owner; each worker has its own.
 * Errors:  ERR_USAGE: a server with settings that would lose pages (eviction, no append-only file),
 *          by name. ERR_OUTSIDE and retriable: a server was lost, and with it the calls of its
 *          partitions that have no answer; each of these is to be opened anew, or asked whether
 *          its content is as it was left, when it came back.
 */
#ifndef SLUICE_CONNECTORS_REDIS_STORE_H
#define SLUICE_CONNECTORS_REDIS_STORE_H

#include "connectors/redis/redis_elsewhere.h"
#include "engine/base/err.h"
#include "engine/settings.h"
#include "engine/store.h"

#include <stdbool.h>

struct redis_store;
/* Connects, waiting at most redis.wait_s for a server that does not answer, checks its settings and
 * loads the functions. */
struct redis_store *redis_store_open(const struct settings *settings, struct err *err);
/* Moves bytes, notes answers, and connects on, all without waiting. */
int redis_store_move(struct redis_store *redis, struct err *err);
/* All servers are connected, and every partition can be called. */
bool redis_store_is_connected(const struct redis_store *redis);
/* The partition's server is connected: it can be opened. */
bool redis_store_reaches(const struct redis_store *redis, uint32_t partition);
/* Flushes, loads and sweeps of it are taken. */
bool redis_store_serves(const struct redis_store *redis, uint32_t partition);
/* Its server was lost, and it can be reached again. */
bool redis_store_came_back(const struct redis_store *redis, uint32_t partition);
/* Its owner goes on, and asks by himself whether the content is as he left it. Without an answer
 * the partition comes back again. */
void redis_store_go_on(struct redis_store *redis, uint32_t partition);
/* He asks again so much later: the partition comes back anew. */
void redis_store_put_off(struct redis_store *redis, uint32_t partition, int64_t ms);
/* How often a server was lost so far. */
uint64_t redis_store_losses(const struct redis_store *redis);
/* How often a server of a Cluster answered so, and the call went out again. */
uint64_t redis_store_count(const struct redis_store *redis, enum redis_elsewhere kind);
void redis_store_close(struct redis_store *redis);
struct store redis_store_store(struct redis_store *redis);
/* The page of an entity as it is now, while others write: without the check of the sequence, so
 * only for people who look. Gives nothing if there is none. */
int redis_store_peek(struct redis_store *redis, uint32_t partition, const struct token *token,
                     store_page_fn *give, void *context, struct err *err);

#endif
