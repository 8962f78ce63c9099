#include "connectors/redis/redis_reply.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <string.h>

#define ALIGNED 16
#define PART_BYTES ((size_t)128) /* of an array, guessed */
#define FIRST_BYTES_MAX ((size_t)256 * 1024)
#define FIRST_PARTS ((size_t)32 * 1024) /* of an array have room at first: a power of two */

struct block {
    struct block *older;
    size_t used, cap;
    _Alignas(ALIGNED) char bytes[];
};

/* The answer that all others are parts of, at the beginning of its oldest block. */
struct whole {
    redisReply reply;
    struct block *newest;
};

static size_t aligned(size_t count)
{
    return (count + ALIGNED - 1) / ALIGNED * ALIGNED;
}

static struct block *add_block(struct block *older, size_t cap)
{
    struct block *block = mem_alloc(1, sizeof *block + cap);
    block->older = older;
    block->cap = cap;
    return block;
}

/* Zeroed. */
static void *take(struct whole *whole, size_t count)
{
    struct block *block = whole->newest;
    count = aligned(count);
    if (block->cap - block->used < count) {
        size_t cap = 2 * block->cap;
        block = whole->newest = add_block(block, cap < count ? count : cap);
    }
    void *at = block->bytes + block->used;
    block->used += count;
    return at;
}

static struct whole *whole_of(const redisReadTask *task)
{
    while (task->parent != NULL) {
        task = task->parent;
    }
    return task->obj;
}

/* How many parts are announced costs nothing, and need not be true: room is made as they come. */
static void make_room(struct whole *whole, redisReply *array, size_t at)
{
    if (at < FIRST_PARTS || (at & (at - 1)) != 0) {
        return;
    }
    size_t cap = 2 * at < array->elements ? 2 * at : array->elements;
    redisReply **parts = take(whole, cap * sizeof(redisReply *));
    memcpy(parts, array->element, at * sizeof(redisReply *));
    array->element = parts;
}

/* more: bytes that the answer needs besides, if it is a whole one. */
static redisReply *new_reply(const redisReadTask *task, size_t more, struct whole **whole)
{
    redisReply *reply = NULL;
    if (task->parent == NULL) {
        struct block *block = add_block(NULL, aligned(sizeof **whole) + more);
        *whole = (struct whole *)block->bytes;
        (*whole)->newest = block;
        block->used = aligned(sizeof **whole);
        reply = &(*whole)->reply;
    } else {
        redisReply *parent = task->parent->obj;
        must((size_t)task->idx < parent->elements);
        *whole = whole_of(task);
        make_room(*whole, parent, (size_t)task->idx);
        reply = parent->element[task->idx] = take(*whole, sizeof *reply);
    }
    reply->type = task->type;
    return reply;
}

static void *new_string(const redisReadTask *task, char *text, size_t len)
{
    struct whole *whole = NULL;
    redisReply *reply = new_reply(task, aligned(len + 1), &whole);
    reply->str = take(whole, len + 1);
    reply->len = len;
    memcpy(reply->str, text, len);
    return reply;
}

static void *new_array(const redisReadTask *task, int count)
{
    struct whole *whole = NULL;
    size_t elements = count < 0 ? 0 : (size_t)count;
    size_t guess = elements * PART_BYTES;
    redisReply *reply = new_reply(task, guess < FIRST_BYTES_MAX ? guess : FIRST_BYTES_MAX, &whole);
    reply->elements = elements;
    reply->element =
        take(whole, (elements < FIRST_PARTS ? elements : FIRST_PARTS) * sizeof(redisReply *));
    return reply;
}

static void *new_integer(const redisReadTask *task, long long number)
{
    struct whole *whole = NULL;
    redisReply *reply = new_reply(task, 0, &whole);
    reply->integer = number;
    return reply;
}

/* The type that was read is that of what is not there. */
static void *new_nil(const redisReadTask *task)
{
    struct whole *whole = NULL;
    redisReply *reply = new_reply(task, 0, &whole);
    reply->type = REDIS_REPLY_NIL;
    return reply;
}

/* The reader only ever gives back whole ones. */
static void free_whole(void *reply)
{
    struct block *block = ((struct whole *)reply)->newest;
    while (block != NULL) {
        struct block *older = block->older;
        mem_free(block);
        block = older;
    }
}

static redisReplyObjectFunctions functions = {new_string, new_array, new_integer, new_nil,
                                              free_whole};

void redis_reply_use(redisReader *reader)
{
    must(reader->ridx == -1); /* no answer is read in part */
    reader->fn = &functions;
}

void redis_reply_free(redisReply *reply)
{
    if (reply != NULL) {
        free_whole(reply);
    }
}
