/* redis_store.h - the pages of partitions in one Redis server (engine/store.h).
 *
 *     struct redis_store *redis = redis_store_open(&settings, &err);
 *     struct store store = redis_store_store(redis);
 *
 * All that changes a partition goes through one function (functions.lua), which compares the
 * sequence first. Flush calls are pipelined; `load` and `sweep` wait for their answer, behind those
 * of the flushes before them. Any answer may take redis.timeout_ms: then the connection is lost.
 * Another one is made beside the work that goes on without it (redis_greeting.h).
 *
 * Memory:  owns its connection and buffers.
 * Threads: one owner; each worker has its own.
 * Errors:  ERR_USAGE: a server with settings that would lose pages (eviction, no append-only file),
 *          by name. ERR_OUTSIDE and retriable: the connection was lost; redis_store_heal makes a
 *          new one, and then every partition must be opened again.
 */
#ifndef SLUICE_CONNECTORS_REDIS_STORE_H
#define SLUICE_CONNECTORS_REDIS_STORE_H

#include "engine/base/err.h"
#include "engine/settings.h"
#include "engine/store.h"

#include <stdbool.h>

struct redis_store;
/* Connects, waiting at most redis.wait_s for a server that does not answer, checks its settings and
 * loads the functions. */
struct redis_store *redis_store_open(const struct settings *settings, struct err *err);
/* After a lost connection: a bit of the way to a new one, without waiting. 1: it has just been
 * made, and calls without an answer are forgotten; 0: there is one, or there is none yet; -1: an
 * attempt has failed. */
int redis_store_heal(struct redis_store *redis, struct err *err);
/* The same until it is made, waiting at most redis.wait_s. */
int redis_store_connect(struct redis_store *redis, struct err *err);
bool redis_store_is_connected(const struct redis_store *redis);
/* Moves bytes and notes answers without waiting. */
int redis_store_move(struct redis_store *redis, struct err *err);
void redis_store_close(struct redis_store *redis);
struct store redis_store_store(struct redis_store *redis);
/* The page of an entity as it is now, while others write: without the check of the sequence, so
 * only for people who look. Gives nothing if there is none. */
int redis_store_peek(struct redis_store *redis, uint32_t partition, const struct token *token,
                     store_page_fn *give, void *context, struct err *err);

#endif
