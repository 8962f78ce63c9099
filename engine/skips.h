/* skips.h - steps under quarantine: each ended the program twice, and everybody passes it over.
 *
 *     {"type":"skip","epoch":1,"partition":3,"lsn":"201863462912","entity":"5d41..",..}
 *     if (skips_has(&skips, 3, lsn, &page->token)) { .. a dead letter, nothing else .. }
 *
 * They stand in the topic `skips`, beside the log: what decides is in Kafka, so a replay, another
 * owner and a Redis that went back all pass over the same steps (docs/protocol.md, section 5).
 *
 * Memory:  owns its rows until skips_fini; a zeroed struct skips has none.
 * Threads: one owner at a time; a set that nobody changes may be read by all.
 * Errors:  a record that is no skip gives false.
 */
#ifndef SLUICE_SKIPS_H
#define SLUICE_SKIPS_H

#include "engine/base/json_write.h"
#include "engine/base/str.h"
#include "engine/base/token.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SKIP_KEY_BYTES 96

struct skip {
    uint64_t epoch; /* of the log (setting visits.epoch): another log has other steps */
    uint64_t lsn;
    uint32_t partition;
    struct token entity;
};

/* What people want to know besides. */
struct skip_cause {
    const char *signal;  /* "SIGSEGV" */
    const char *process; /* its process.name */
    int64_t time_ms;
};

struct skips {
    struct skip *items; /* in the order in which they came */
    size_t count, cap;
};

void skips_fini(struct skips *skips);
/* Once: one that is there is no news. */
void skips_add(struct skips *skips, const struct skip *skip);
void skips_remove(struct skips *skips, const struct skip *skip);
/* Adds those of one partition from a step on: of those before it nobody asks again. */
void skips_add_from(struct skips *skips, const struct skips *all, uint32_t partition, uint64_t lsn);
bool skips_has(const struct skips *skips, uint64_t lsn, const struct token *entity);

/* The record and its key in the topic. */
void skip_write(const struct skip *skip, const struct skip_cause *cause, struct buf *out);
void skip_write_key(const struct skip *skip, char key[SKIP_KEY_BYTES]);
bool skip_read_key(struct skip *skip, struct str key);

#endif
