/* redis_link.h - one connection to one Redis server: calls go out in order, answers come in order.
 *
 *     redis_link_send(link, argc, argv, lens);            does not wait
 *     redis_link_move(link, 0, &err);                      writes and reads what the socket takes
 * and has redisReply *reply = redis_link_next(link);           NULL: the next answer is not here
 * yet
 *
 * Memory:  a reply belongs to the caller (freeReplyObject).
 * Threads: one owner.
 * Errors:  a refused or lost connection is ERR_OUTSIDE, retriable, and names the address; wrong
 *          credentials are ERR_USAGE. After a lost connection nobody knows which of the calls
 * without an answer were executed: close the link and open another one.
 */
#ifndef SLUICE_CONNECTORS_REDIS_LINK_H
#define SLUICE_CONNECTORS_REDIS_LINK_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/settings.h"

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>

struct redis_link;
/* Connects within redis.timeout_ms and proves who we are. */
struct redis_link *redis_link_open(const struct settings *settings, struct err *err);
void redis_link_close(struct redis_link *link);
/* Puts a call at the end of what is to be sent. */
void redis_link_send(struct redis_link *link, int count, const struct str *words);
/* Waits at most timeout_ms for an answer; 0 just moves bytes. */
int redis_link_move(struct redis_link *link, int timeout_ms, struct err *err);
redisReply *redis_link_next(struct redis_link *link);
/* The next answer, waiting for it at most redis.timeout_ms; NULL with err. */
redisReply *redis_link_await(struct redis_link *link, struct err *err);
/* Bytes not yet taken by the socket. */
size_t redis_link_unsent(const struct redis_link *link);
/* One call and its answer, when nothing else is on its way; NULL with err. */
redisReply *redis_link_call(struct redis_link *link, int count, const struct str *words,
                            struct err *err);

#endif
