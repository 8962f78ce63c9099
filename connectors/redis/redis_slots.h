/* redis_slots.h - where a key is: its slot in a Cluster, and what servers say of places.
 *
 *     redis_slots_of(STR("sluice:{17}:ckpt"))         the slot of "17", 12304
 *     "MOVED 12304 10.0.0.8:6379"                     REDIS_MOVED, 12304, "10.0.0.8:6379"
 *
 * A key's slot is CRC-16 (XMODEM) of what stands in its first braces, modulo 16384; of the whole
 * key if there is nothing between them. All that is read here comes from outside: what is no
 * answer of a Cluster is refused, whatever it is.
 *
 * Memory:  plain values.
 * Threads: any.
 * Errors:  false.
 */
#ifndef SLUICE_CONNECTORS_REDIS_SLOTS_H
#define SLUICE_CONNECTORS_REDIS_SLOTS_H

#include "connectors/redis/redis_elsewhere.h"
#include "connectors/redis/redis_link.h"

#include <stdbool.h>
#include <stdint.h>

#define REDIS_SLOTS 16384

uint16_t redis_slots_of(struct str key);

/* An answer of a Cluster that is another place or time than the one that was asked. */
struct redis_redirect {
    enum redis_elsewhere kind;
    uint16_t slot;                     /* of MOVED and ASK */
    char address[REDIS_ADDRESS_BYTES]; /* of MOVED and ASK */
};

/* asked: the address that gave the answer, whose host stands for one that is not said. False: it
 * begins like one of these and is not whole. */
bool redis_slots_redirect(const redisReply *reply, const char *asked, struct redis_redirect *to);

/* Slots first to last are at that address. */
typedef void redis_slots_fn(void *context, uint16_t first, uint16_t last, const char *address);
/* The masters in an answer to CLUSTER SLOTS. False: it is none; then some may have been given. */
bool redis_slots_read(const redisReply *reply, const char *asked, redis_slots_fn *give,
                      void *context);

/* The master in an answer to SENTINEL GET-MASTER-ADDR-BY-NAME: host and port, both texts.
 * address: REDIS_ADDRESS_BYTES. */
bool redis_slots_master(const redisReply *reply, char *address);

#endif
