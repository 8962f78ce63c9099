/* outbox.h - where a step's visits go: the log of visits.
 *
 * "The payee's page is done; the same payment now visits the payer's." A replay appends to a log in
 * memory, a live worker to the topic `visits`.
 *
 * Memory:  the visit is taken or copied before append returns.
 * Threads: one partition's calls come from its owner, in order of place.
 * Errors:  0, or -1 with err.
 */
#ifndef SLUICE_OUTBOX_H
#define SLUICE_OUTBOX_H

#include "engine/base/err.h"
#include "engine/base/token.h"
#include "engine/frame.h"

#include <stdint.h>

struct visit_log {
    void *self;
    int (*append)(void *self, uint32_t partition, const struct visit *visit, struct err *err);
};

/* The visit that a record begins with, at its first entity, from offset or number `number` of its
 * source; the event is there already. Nothing is carried yet. Which entity that is depends on the
 * record alone, or one that is read twice would not be known as a duplicate. */
void outbox_begin_visit(struct visit *visit, uint32_t source, uint64_t number);

/* The partition of an entity: its token modulo the number of partitions. */
static inline uint32_t outbox_partition(const struct token *entity, uint32_t partition_count)
{
    return (uint32_t)(token_low64(entity) % partition_count);
}

#endif
