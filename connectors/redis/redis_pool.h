/* redis_pool.h - answers of Redis in one piece of memory, given back whole.
 *
 * A bucket of pages is thousands of answers that live for a few milliseconds. Taken one by one from
 * the allocator, between the pages that stay, they cost more than all else of reading it.
 *
 *     redis_pool_use(&pool, reader);     answers lie in the pool, and are never freed by themselves
 *     .. read, look at the answers ..
 *     redis_pool_clear(&pool);           all of them are gone
 *     redis_pool_leave(&pool, reader);   the next ones are ordinary again
 *
 * Memory:  grows by doubling; clear keeps the largest block, fini frees it.
 * Threads: one owner at a time.
 * Errors:  none. To change between two answers is right, within one a bug.
 */
#ifndef SLUICE_CONNECTORS_REDIS_POOL_H
#define SLUICE_CONNECTORS_REDIS_POOL_H

#include <hiredis/hiredis.h>

struct redis_pool_block;

/* A zeroed one is empty. */
struct redis_pool {
    struct redis_pool_block *newest;
    redisReplyObjectFunctions *before; /* the reader's own; NULL: it is not in use */
};

void redis_pool_use(struct redis_pool *pool, redisReader *reader);
void redis_pool_leave(struct redis_pool *pool, redisReader *reader);
void redis_pool_clear(struct redis_pool *pool);
void redis_pool_fini(struct redis_pool *pool);

#endif
