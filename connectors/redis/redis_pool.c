#include "connectors/redis/redis_pool.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <string.h>

#define BLOCK_BYTES ((size_t)256 * 1024)
#define ALIGNED 16

struct redis_pool_block {
    struct redis_pool_block *older;
    size_t used, cap;
    _Alignas(ALIGNED) char bytes[];
};

static void *take(struct redis_pool *pool, size_t count)
{
    struct redis_pool_block *block = pool->newest;
    count = (count + ALIGNED - 1) / ALIGNED * ALIGNED;
    if (block == NULL || block->cap - block->used < count) {
        size_t cap = block == NULL ? BLOCK_BYTES : 2 * block->cap;
        cap = cap < count ? count : cap;
        block = mem_alloc(1, sizeof *block + cap);
        block->cap = cap;
        block->older = pool->newest;
        pool->newest = block;
    }
    void *at = block->bytes + block->used;
    block->used += count;
    return at;
}

/* An answer of the type that is being read, in its place of the array that it is part of. */
static redisReply *new_reply(const redisReadTask *task)
{
    redisReply *reply = take(task->privdata, sizeof *reply);
    memset(reply, 0, sizeof *reply);
    reply->type = task->type;
    if (task->parent != NULL) {
        redisReply *parent = task->parent->obj;
        must((size_t)task->idx < parent->elements);
        parent->element[task->idx] = reply;
    }
    return reply;
}

static void *new_string(const redisReadTask *task, char *text, size_t len)
{
    redisReply *reply = new_reply(task);
    reply->str = take(task->privdata, len + 1);
    reply->len = len;
    memcpy(reply->str, text, len);
    reply->str[len] = '\0';
    return reply;
}

static void *new_array(const redisReadTask *task, int count)
{
    redisReply *reply = new_reply(task);
    reply->elements = count < 0 ? 0 : (size_t)count;
    reply->element = take(task->privdata, reply->elements * sizeof(redisReply *));
    return reply;
}

static void *new_integer(const redisReadTask *task, long long number)
{
    redisReply *reply = new_reply(task);
    reply->integer = number;
    return reply;
}

/* The type that was read is that of what is not there. */
static void *new_nil(const redisReadTask *task)
{
    redisReply *reply = new_reply(task);
    reply->type = REDIS_REPLY_NIL;
    return reply;
}

static void keep(void *reply)
{
    (void)reply; /* it goes with the others */
}

static redisReplyObjectFunctions pooled = {new_string, new_array, new_integer, new_nil, keep};

void redis_pool_use(struct redis_pool *pool, redisReader *reader)
{
    must(pool->before == NULL);
    must(reader->ridx == -1); /* no answer is read in part */
    pool->before = reader->fn;
    reader->fn = &pooled;
    reader->privdata = pool;
}

void redis_pool_leave(struct redis_pool *pool, redisReader *reader)
{
    must(pool->before != NULL);
    must(reader->ridx == -1);
    reader->fn = pool->before;
    reader->privdata = NULL;
    pool->before = NULL;
}

void redis_pool_clear(struct redis_pool *pool)
{
    struct redis_pool_block *newest = pool->newest;
    while (newest != NULL && newest->older != NULL) {
        struct redis_pool_block *older = newest->older;
        newest->older = older->older;
        mem_free(older);
    }
    if (newest != NULL) {
        newest->used = 0;
    }
}

void redis_pool_fini(struct redis_pool *pool)
{
    redis_pool_clear(pool);
    mem_free(pool->newest);
    *pool = (struct redis_pool){NULL, NULL};
}
