/* redis_rights.h - what the user of a connection may do in Redis, asked before any of it is done.
 *
 *     redis_rights_check(link, &settings, &err);          once the functions are loaded
 *     "redis at 127.0.0.1:6379: the user \"sluice\" may not HSET sluice:{0}:ckpt; what it needs:
 * ACL SETUSER sluice ~sluice:* +@hash .."
 *
 * Without it a user that may load functions and may not use them would be noticed when the first
 * page is written, long after the start.
 *
 * Memory:  none kept.
 * Threads: the owner of the link.
 * Errors:  ERR_USAGE for a right that is missing, with the command that gives it; ERR_OUTSIDE, retriable, for
 *          a connection that is lost meanwhile.
 */
#ifndef SLUICE_CONNECTORS_REDIS_RIGHTS_H
#define SLUICE_CONNECTORS_REDIS_RIGHTS_H

#include "connectors/redis/redis_link.h"

int redis_rights_check(struct redis_link *link, const struct settings *settings, struct err *err);
/* Says what the server said (NOPERM ..) and what the user needs; returns -1. */
int redis_rights_lack(const struct settings *settings, const char *said, struct err *err);

#endif
