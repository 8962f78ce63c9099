/* redis_rights.h - what the user of a connection may do in Redis, asked before any of it is done.
 *
 *     redis_rights_ask(link, &settings, 17);               once the functions are loaded
 *     redis_rights_judge(reply, &settings, "10.0.0.7:6379", 17, &err);
 *     "redis at 10.0.0.7:6379: it may not HSET on sluice:{17}:ckpt; what the user needs: .."
 *
 * Without it a user that may load functions and may not use them would be noticed when the first
 * page is written, long after the start.
 *
 * Memory:  none kept.
 * Threads: the owner of the link.
 * Errors:  ERR_USAGE for a right that is missing, with the command that gives it; ERR_OUTSIDE,
 *          retriable, for another answer.
 */
#ifndef SLUICE_CONNECTORS_REDIS_RIGHTS_H
#define SLUICE_CONNECTORS_REDIS_RIGHTS_H

#include "connectors/redis/redis_link.h"

#include <stdint.h>

/* partition: one whose keys the server holds. */
void redis_rights_ask(struct redis_link *link, const struct settings *settings, uint32_t partition);
int redis_rights_judge(const redisReply *reply, const struct settings *settings,
                       const char *address, uint32_t partition, struct err *err);
/* Says what the server said (NOPERM ..) and what the user needs; returns -1. */
int redis_rights_lack(const struct settings *settings, const char *address, const char *said,
                      struct err *err);

#endif
