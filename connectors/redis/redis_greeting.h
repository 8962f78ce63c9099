/* redis_greeting.h - what happens between the wish for a server and the first call: it is
 * connected, knows who we are, has the settings that pages need, our functions, and our rights.
 *
 *     greeting = redis_greeting_begin(&settings, "10.0.0.7:6379", 17, &err);
 *     while ((met = redis_greeting_move(greeting, 0, &err)) == 0) { .. other work .. }
 *     link = redis_greeting_end(greeting);          if met is 1
 *
 * One question at a time, so that nothing is changed at a server that is then refused.
 *
 * Memory:  owns its link until redis_greeting_end gives it away.
 * Threads: one owner.
 * Errors:  ERR_USAGE: credentials, a setting that would lose pages (eviction, no append-only file)
 *          or a missing right, by name. ERR_OUTSIDE, retriable: no connection, no answer within
 *          redis.timeout_ms, a replica, a server that is loading.
 */
#ifndef SLUICE_CONNECTORS_REDIS_GREETING_H
#define SLUICE_CONNECTORS_REDIS_GREETING_H

#include "connectors/redis/redis_link.h"

#include <stdint.h>

struct redis_greeting;
/* partition: one that the server holds; rights are asked for on its keys. */
struct redis_greeting *redis_greeting_begin(const struct settings *settings, const char *address,
                                            uint32_t partition, struct err *err);
/* Waits at most timeout_ms. 1: done; 0: it goes on; -1: it failed, and only redis_greeting_end is
 * left. */
int redis_greeting_move(struct redis_greeting *greeting, int timeout_ms, struct err *err);
/* The link, which is the caller's now; NULL if the greeting is not done. */
struct redis_link *redis_greeting_end(struct redis_greeting *greeting);
/* What an answer that is an error means: a reason for a person to act, or to connect anew. Returns
 * -1. */
int redis_greeting_refused(const struct settings *settings, const char *address,
                           const redisReply *reply, struct err *err);

#endif
