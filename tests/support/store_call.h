/* store_call.h - a flush call of a store, copied, so that it can be executed later, twice or never.
 *
 *     struct store_call call = store_call_copy(flush);
 *     if (store_call_apply(file, &call).conflict) { .. nothing was written .. }
 *     store_call_fini(&call);
 *
 * Memory:  a copy owns all that its flush points to, until store_call_fini.
 * Threads: one.
 * Errors:  none; a file that fails or does not answer trips must().
 */
#ifndef SLUICE_TESTS_STORE_CALL_H
#define SLUICE_TESTS_STORE_CALL_H

#include "connectors/file/store_file.h"

struct store_call {
    struct store_flush flush; /* points into the rest */
    struct buf header, bytes, pieces, timers, removals;
};

/* A store in memory, of `partition_count` partitions. */
struct store_file *store_call_file(uint32_t partition_count);
struct store_call store_call_copy(const struct store_flush *flush);
void store_call_fini(struct store_call *call);
/* Hands a call to a file and returns what that says. */
struct store_answer store_call_apply(struct store_file *file, const struct store_call *call);

#endif
