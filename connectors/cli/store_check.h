/* store_check.h - is what a store has of a partition what the partition's log gives?
 *
 * "The page of 6222..1234 stands at lsn 4711: after step 4711 of a replay that page must be the
 * same, chunk by chunk. The header stands at frame 812: so must the replay's before that frame. And
 * there is a timer for each page that can expire, and for no other."
 *
 *     check = store_check_open(&store, 3, &err);
 *     setup.watch = store_check_watch(check);         each step of the replay
 *     store_check_before(check, partition);           before each frame, and once at the end
 *     store_check_end(check, &counts);                says what differs on standard error
 *
 * Memory:  holds all that the store has of the partition, until store_check_free.
 * Threads: one owner. The store must be at rest: a service that writes is a conflict.
 * Errors:  -1 with err if the store cannot be read. A difference is counted and said, not an error.
 */
#ifndef SLUICE_CLI_STORE_CHECK_H
#define SLUICE_CLI_STORE_CHECK_H

#include "engine/partition.h"
#include "engine/store.h"

#include <stdint.h>

struct store_check_counts {
    uint64_t pages, chunks, headers, differences;
};

struct store_check;
/* expiry_ms: setting engine.expiry_ms, which timers depend on. */
struct store_check *store_check_open(struct store *store, uint32_t partition, int64_t expiry_ms,
                                     struct err *err);
struct page_watch store_check_watch(struct store_check *check);
void store_check_before(struct store_check *check, const struct partition *partition);
/* The log is at its end: what was not met by then is a difference too. Adds to counts. */
void store_check_end(struct store_check *check, struct store_check_counts *counts);
void store_check_free(struct store_check *check);

#endif
