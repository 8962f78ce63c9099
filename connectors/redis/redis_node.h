/* redis_node.h - one server that holds pages: it is met, lost and met again, and of each answer
 * that comes it is known whose it is.
 *
 *     node = redis_node_new(&settings, "10.0.0.7:6379");
 *     redis_node_move(node, partition, 0, &err);          REDIS_NODE_MET: calls can be sent
 *     redis_node_send(node, call, &(struct redis_tag){.partition = 17, ..});
 *     reply = redis_node_next(node, &tag);                the answer to the call with that tag
 *
 * Any answer may take redis.timeout_ms, counted from the one before it: a server whose host is
 * gone does not close its connections.
 *
 * Memory:  a reply belongs to the caller (redis_reply_free).
 * Threads: one owner.
 * Errors:  as those of redis_greeting.h and redis_link.h. After a loss it connects anew by itself,
 *          and calls without an answer are forgotten: if it only stood, it may still execute them.
 */
#ifndef SLUICE_CONNECTORS_REDIS_NODE_H
#define SLUICE_CONNECTORS_REDIS_NODE_H

#include "connectors/redis/redis_link.h"

#include <stdbool.h>
#include <stdint.h>

/* Whose a call is, as its sender wants to know it again. */
struct redis_tag {
    uint32_t partition;
    uint8_t kind;
    uint64_t number;
};

enum redis_node_event {
    REDIS_NODE_LOST = -2,   /* it was met, and is lost: err says why */
    REDIS_NODE_FAILED = -1, /* an attempt to meet it has failed: err says why */
    REDIS_NODE_NOTHING = 0,
    REDIS_NODE_MET = 1, /* just now */
};

struct redis_node;
/* number: its own for ever, also when its address comes again. */
struct redis_node *redis_node_new(const struct settings *settings, const char *address,
                                  uint64_t number);
uint64_t redis_node_number(const struct redis_node *node);
void redis_node_free(struct redis_node *node);
const char *redis_node_address(const struct redis_node *node);
/* Calls can be sent. */
bool redis_node_is_met(const struct redis_node *node);
/* Waits at most timeout_ms. partition: one that it holds, on whose keys our rights are asked for.
 */
enum redis_node_event redis_node_move(struct redis_node *node, uint32_t partition, int timeout_ms,
                                      struct err *err);
/* flushes: the call is one that its sender does not wait for; for a message only. */
void redis_node_send(struct redis_node *node, struct str call, const struct redis_tag *tag,
                     bool flushes);
/* NULL: none is here. */
redisReply *redis_node_next(struct redis_node *node, struct redis_tag *tag);
/* Once all that came was taken. -1: the next answer is overdue, or one came that nobody asked for,
 * and the server is lost. */
int redis_node_check(struct redis_node *node, struct err *err);
/* Calls without an answer. */
size_t redis_node_waiting(const struct redis_node *node);
/* It is not to be used as it is: closes its connection. */
void redis_node_lose(struct redis_node *node);

#endif
