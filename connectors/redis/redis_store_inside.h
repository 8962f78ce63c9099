/* redis_store_inside.h - what the parts of a store in Redis share: redis_store.c writes to it,
 * redis_store_read.c reads from it.
 *
 *     redis_words_command(&r->words, "HGET");
 *     redis_store_add_key(r, 17, "h", redis_store_bucket_of(&token));
 *
 * Memory:  all belongs to the store.
 * Threads: its owner's.
 * Errors:  those of engine/store.h.
 */
#ifndef SLUICE_CONNECTORS_REDIS_STORE_INSIDE_H
#define SLUICE_CONNECTORS_REDIS_STORE_INSIDE_H

#include "connectors/redis/redis_fleet.h"
#include "connectors/redis/redis_store.h"
#include "connectors/redis/redis_words.h"

#define REDIS_SEQ_BYTES 16
#define REDIS_BUCKETS 1024 /* of a partition: the server serves nobody else while it reads one */

struct redis_store {
    const struct settings *settings;
    struct redis_fleet *fleet;
    struct redis_words words; /* of the call in the making */
    struct buf header;        /* that a checkpoint points into */
};

/* A key of the partition; bucket -1: it has none. */
void redis_store_add_key(struct redis_store *r, uint32_t partition, const char *what, int bucket);
/* As it is stored; bytes hold REDIS_SEQ_BYTES. Empty for a partition that was never flushed. */
size_t redis_store_seq_bytes(const struct store_seq *seq, uint8_t *bytes);
/* Where the pieces of a page are. */
int redis_store_bucket_of(const struct token *token);

/* ---- redis_store_read.c: these parts of struct store ---- */
int redis_read_open(void *self, uint32_t partition, struct store_checkpoint *at,
                    store_timer_fn *give, void *context, struct err *err);
int redis_read_seq(void *self, uint32_t partition, struct store_seq *seq, struct err *err);
int redis_read_load(void *self, uint32_t partition, const struct store_seq *expected,
                    const struct token *tokens, size_t count, bool *conflict, store_page_fn *give,
                    void *context, struct err *err);
int redis_read_sweep(void *self, uint32_t partition, const struct store_seq *expected,
                     uint64_t *cursor, bool *conflict, store_page_fn *give, void *context,
                     struct err *err);
int redis_read_due(void *self, uint32_t partition, const struct store_seq *expected,
                   int64_t from_ms, int64_t *to_ms, bool *conflict, store_timer_fn *give,
                   void *context, struct err *err);

#endif
