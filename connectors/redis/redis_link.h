/* redis_link.h - one connection to one Redis server: calls go out in order, answers come in order.
 *
 *     link = redis_link_begin(&settings, "10.0.0.7:6379", &err);  does not wait
 *     redis_link_move(link, 0, &err);           connects on; writes and reads what the socket takes
 *     redis_link_send(link, count, words);      once redis_link_is_ready
 *     reply = redis_link_next(link);            NULL: the next answer is not here yet
 *
 * Nothing here waits longer than it is told to; only the name of a host, where it is no address,
 * is looked up by the system in its own time.
 *
 * Memory:  a reply belongs to the caller (redis_reply_free).
 * Threads: one owner.
 * Errors:  a refused or lost connection is ERR_OUTSIDE, retriable, and names the address; wrong
 *          credentials are ERR_USAGE. After a lost connection nobody knows which of the calls
 *          without an answer were executed: close the link and begin another one.
 */
#ifndef SLUICE_CONNECTORS_REDIS_LINK_H
#define SLUICE_CONNECTORS_REDIS_LINK_H

#include "connectors/redis/redis_reply.h"
#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/settings.h"

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>

#define REDIS_ADDRESS_BYTES 272 /* host:port */

struct redis_link;
/* Begins to connect to host:port. Connecting may take redis.timeout_ms, the answer to our
 * credentials as long. */
struct redis_link *redis_link_begin(const struct settings *settings, const char *address,
                                    struct err *err);
/* The same without credentials: of a server that wants none. */
struct redis_link *redis_link_begin_unproven(const struct settings *settings, const char *address,
                                             struct err *err);
/* redis_link_begin at redis.address, and waits until it is ready. */
struct redis_link *redis_link_open(const struct settings *settings, struct err *err);
void redis_link_close(struct redis_link *link);
/* Connected, and the server knows who we are. */
bool redis_link_is_ready(const struct redis_link *link);
const char *redis_link_address(const struct redis_link *link);
/* Puts a call at the end of what is to be sent. */
void redis_link_send(struct redis_link *link, int count, const struct str *words);
/* The same of a call that is written already. */
void redis_link_send_call(struct redis_link *link, struct str call);
/* Waits at most timeout_ms for the socket; 0 just moves bytes. */
int redis_link_move(struct redis_link *link, int timeout_ms, struct err *err);
redisReply *redis_link_next(struct redis_link *link);
/* Behind the last answer that was taken there is something more. */
bool redis_link_has_more(const struct redis_link *link);
/* The next answer, waiting for it at most redis.timeout_ms; NULL with err. */
redisReply *redis_link_await(struct redis_link *link, struct err *err);
/* Bytes not yet taken by the socket. */
size_t redis_link_unsent(const struct redis_link *link);
/* One call and its answer, when nothing else is on its way; NULL with err. */
redisReply *redis_link_call(struct redis_link *link, int count, const struct str *words,
                            struct err *err);
/* No answer came in time: says so, and returns -1. */
int redis_link_late(const struct redis_link *link, struct err *err);

#endif
