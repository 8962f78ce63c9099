/* redis_reply.h - answers of Redis, each in a few pieces of memory however many parts it has.
 *
 * A bucket of pages is one answer of thousands of strings that live for a few milliseconds. Taken
 * one by one from the allocator, between the pages that stay, they cost more than all else of
 * reading it. An answer takes memory for the parts that came, however many it says will come.
 *
 *     redis_reply_use(context->reader);     its answers are made here from now on
 *     .. an answer comes ..
 *     redis_reply_free(reply);              the answer with all its parts; never freeReplyObject
 *
 * Memory:  an answer belongs to whom the reader gives it, also when the reader is gone. One that
 *          the reader has not given yet goes with the reader.
 * Threads: none of its own: an answer has one owner at a time.
 * Errors:  none.
 */
#ifndef SLUICE_CONNECTORS_REDIS_REPLY_H
#define SLUICE_CONNECTORS_REDIS_REPLY_H

#include <hiredis/hiredis.h>

/* Before the first byte is read. */
void redis_reply_use(redisReader *reader);
/* A whole answer, no part of one; NULL is nothing. */
void redis_reply_free(redisReply *reply);

#endif
