/* directory.h - who holds a number or an account, and what the directory says about them.
 *
 * "Account 6222..0011 belongs to P-1001, is personal, in 330502" - the latest record (by its time)
 * wins, each fact on its own: one that states a region only leaves the kind to earlier and late
 * ones. Of two at the same time the one that comes later wins. "person": null ends a binding.
 * Persons have entries too, for their region.
 *
 * Memory:  owns its table: open addressing by token, doubled when half full. Entries are never removed. It has
 *          no bound: as many as the directory names.
 * Threads: one writer; readers only while it does not write.
 * Errors:  none but memory (see mem.h).
 */
#ifndef SLUICE_INGEST_DIRECTORY_H
#define SLUICE_INGEST_DIRECTORY_H

#include "engine/base/token.h"
#include "engine/ingest/event.h"

struct directory_entry {
    struct token token;  /* zero: free slot */
    struct token holder; /* zero: no person is bound */
    int64_t holder_ms;   /* time of the record that said so; INT64_MIN: none did */
    int64_t kind_ms;     /* the same for the kind */
    int64_t region_ms;   /* the same for the region */
    uint32_t region;     /* county code, 0 unknown */
    uint8_t entity;      /* enum entity_kind */
    uint8_t kind;        /* number_kind or account_kind, 0 not stated */
};
_Static_assert(sizeof(struct directory_entry) == 64, "one cache line for each number and account");

struct directory;
struct directory *directory_new(void);
void directory_free(struct directory *directory);
/* The entity's entry, NULL if the directory does not know it; valid until the next change. */
const struct directory_entry *directory_find(const struct directory *directory,
                                             const struct token *token);
size_t directory_count(const struct directory *directory);
/* Memory of the table. */
size_t directory_bytes(const struct directory *directory);
/* Binds the entity to a person as of time_ms; holder zero: ends the binding. False: a later record
 * said otherwise. */
bool directory_bind(struct directory *directory, uint8_t entity, const struct token *token,
                    const struct token *holder, int64_t time_ms);
/* States kind and region as of time_ms; 0 states nothing, and what a later record stated stays. */
void directory_state(struct directory *directory, const struct directory_entry *stated,
                     int64_t time_ms);

#endif
