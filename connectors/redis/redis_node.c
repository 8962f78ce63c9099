#include "connectors/redis/redis_node.h"

#include "connectors/redis/redis_greeting.h"
#include "connectors/redis/redis_reply.h"
#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define AGAIN_MS 300 /* between two attempts to meet it */
#define LATE_MS 2000 /* after it is met again, what was sent to it before has been executed */

struct awaited {
    struct redis_tag tag;
    bool flushes;
    int64_t sent_ms;
};

struct redis_node {
    const struct settings *settings;
    char address[REDIS_ADDRESS_BYTES];
    uint64_t number;
    struct redis_link *link;         /* NULL: it is not met */
    struct redis_greeting *greeting; /* it is being met */
    struct redis_link *late;         /* where it did not answer in time; NULL: none */
    int64_t met_ms;                  /* when it was met the last time */
    int64_t again_ms;                /* until then no attempt is begun */
    struct awaited *calls;           /* [first, end) have no answer */
    size_t first, end, cap;
    int64_t heard_ms;  /* the last answer */
    int64_t looked_ms; /* for answers, the last time */
};

struct redis_node *redis_node_new(const struct settings *settings, const char *address,
                                  uint64_t number)
{
    struct redis_node *node = mem_alloc(1, sizeof *node);
    node->settings = settings;
    node->number = number;
    (void)snprintf(node->address, sizeof node->address, "%s", address);
    return node;
}

void redis_node_lose(struct redis_node *node)
{
    redis_link_close(redis_greeting_end(node->greeting));
    redis_link_close(node->link);
    node->greeting = NULL;
    node->link = NULL;
    node->first = node->end = 0;
}

void redis_node_free(struct redis_node *node)
{
    if (node != NULL) {
        redis_node_lose(node);
        redis_link_close(node->late);
        mem_free(node->calls);
        mem_free(node);
    }
}

uint64_t redis_node_number(const struct redis_node *node)
{
    return node->number;
}

const char *redis_node_address(const struct redis_node *node)
{
    return node->address;
}

bool redis_node_is_met(const struct redis_node *node)
{
    return node->link != NULL;
}

size_t redis_node_waiting(const struct redis_node *node)
{
    return node->end - node->first;
}

/* ---- met
 * -------------------------------------------------------------------------------------------- */

static enum redis_node_event meet(struct redis_node *node, uint32_t partition, int timeout_ms,
                                  struct err *err)
{
    if (node->greeting == NULL) {
        if (clock_mono_ms() < node->again_ms) {
            return REDIS_NODE_NOTHING;
        }
        node->again_ms = clock_mono_ms() + AGAIN_MS;
        node->greeting = redis_greeting_begin(node->settings, node->address, partition, err);
        if (node->greeting == NULL) {
            return REDIS_NODE_FAILED;
        }
    }
    int met = redis_greeting_move(node->greeting, timeout_ms, err);
    if (met == 0) {
        return REDIS_NODE_NOTHING;
    }
    node->link = redis_greeting_end(node->greeting);
    node->greeting = NULL;
    node->met_ms = clock_mono_ms();
    return met > 0 ? REDIS_NODE_MET : REDIS_NODE_FAILED;
}

/* Who has not looked for so long himself cannot tell. */
static bool is_late(struct redis_node *node, int64_t now_ms)
{
    int64_t limit_ms = node->settings->redis_timeout_ms;
    node->heard_ms = now_ms - node->looked_ms > limit_ms ? now_ms : node->heard_ms;
    node->looked_ms = now_ms;
    if (node->first == node->end) {
        return false;
    }
    int64_t sent_ms = node->calls[node->first].sent_ms;
    return now_ms - (sent_ms > node->heard_ms ? sent_ms : node->heard_ms) > limit_ms;
}

static void say_late(const struct redis_node *node, struct err *err)
{
    if (!node->calls[node->first].flushes) {
        (void)redis_link_late(node->link, err);
        return;
    }
    (void)err_set(err, ERR_OUTSIDE,
                  "redis at %s: no answer to a flush within %" PRId64 " ms (redis.timeout_ms)",
                  node->address, node->settings->redis_timeout_ms);
    err->retriable = true;
}

/* A server that stood works off what was sent to it, as long as somebody is there to take its
 * answers: one that it cannot deliver ends that, and the calls behind it are lost. */
static void keep_late(struct redis_node *node)
{
    redis_link_close(node->late);
    node->late = node->link;
    node->link = NULL;
}

static void move_late(struct redis_node *node)
{
    struct err ignored;
    redisReply *reply = NULL;
    bool over = redis_link_move(node->late, 0, &ignored) != 0 ||
                (node->link != NULL && clock_mono_ms() - node->met_ms > LATE_MS);
    while (!over && (reply = redis_link_next(node->late)) != NULL) {
        redis_reply_free(reply);
    }
    if (over) {
        redis_link_close(node->late);
        node->late = NULL;
    }
}

enum redis_node_event redis_node_move(struct redis_node *node, uint32_t partition, int timeout_ms,
                                      struct err *err)
{
    if (node->late != NULL) {
        move_late(node);
    }
    if (node->link == NULL) {
        return meet(node, partition, timeout_ms, err);
    }
    if (redis_link_move(node->link, timeout_ms, err) != 0) {
        redis_node_lose(node);
        return REDIS_NODE_LOST;
    }
    return REDIS_NODE_NOTHING;
}

/* It would stand for the answer to the next call. */
static void say_unasked(const struct redis_node *node, struct err *err)
{
    (void)err_set(err, ERR_OUTSIDE, "redis at %s: an answer to no call; is it a Redis?",
                  node->address);
    err->retriable = true;
}

int redis_node_check(struct redis_node *node, struct err *err)
{
    if (node->link == NULL) {
        return 0;
    }
    if (node->first == node->end && redis_link_has_more(node->link)) {
        say_unasked(node, err);
    } else if (is_late(node, clock_mono_ms())) {
        say_late(node, err);
        keep_late(node);
    } else {
        return 0;
    }
    redis_node_lose(node);
    return -1;
}

/* ---- calls
 * ------------------------------------------------------------------------------------------ */

/* Those that are answered make room first. */
void redis_node_send(struct redis_node *node, struct str call, const struct redis_tag *tag,
                     bool flushes)
{
    must(node->link != NULL);
    redis_link_send_call(node->link, call);
    if (node->first > 0 && node->end == node->cap) {
        node->end -= node->first;
        memmove(node->calls, node->calls + node->first, node->end * sizeof *node->calls);
        node->first = 0;
    }
    void *calls = node->calls;
    mem_reserve(&calls, &node->cap, node->end + 1, sizeof *node->calls);
    node->calls = calls;
    node->calls[node->end++] = (struct awaited){*tag, flushes, clock_mono_ms()};
}

redisReply *redis_node_next(struct redis_node *node, struct redis_tag *tag)
{
    redisReply *reply =
        node->link == NULL || node->first == node->end ? NULL : redis_link_next(node->link);
    if (reply != NULL) {
        *tag = node->calls[node->first++].tag;
        node->heard_ms = clock_mono_ms();
    }
    return reply;
}
