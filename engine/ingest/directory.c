#include "engine/ingest/directory.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <string.h>

#define DIRECTORY_START_SLOTS 1024

struct directory {
    struct directory_entry *slots;
    size_t slot_count; /* a power of two */
    size_t count;
};

struct directory *directory_new(void)
{
    struct directory *directory = mem_alloc(1, sizeof *directory);
    directory->slots = mem_alloc(DIRECTORY_START_SLOTS, sizeof *directory->slots);
    directory->slot_count = DIRECTORY_START_SLOTS;
    return directory;
}

void directory_free(struct directory *directory)
{
    if (directory != NULL) {
        mem_free(directory->slots);
        mem_free(directory);
    }
}

/* The entity's slot, or the free one where it would be. Tokens are hashes already; their upper half
 * is used because the lower one chooses the partition, and all of one partition's would crowd
 * together. */
static struct directory_entry *slot_of(const struct directory *directory, const struct token *token)
{
    uint64_t high;
    memcpy(&high, token->bytes + sizeof high, sizeof high);
    size_t at = (size_t)high & (directory->slot_count - 1);
    while (!token_is_zero(&directory->slots[at].token) &&
           !token_eq(&directory->slots[at].token, token)) {
        at = (at + 1) & (directory->slot_count - 1);
    }
    return &directory->slots[at];
}

static void grow(struct directory *directory)
{
    struct directory_entry *old = directory->slots;
    size_t old_count = directory->slot_count;
    directory->slot_count *= 2;
    directory->slots = mem_alloc(directory->slot_count, sizeof *old);
    for (size_t i = 0; i < old_count; i++) {
        if (!token_is_zero(&old[i].token)) {
            *slot_of(directory, &old[i].token) = old[i];
        }
    }
    mem_free(old);
}

const struct directory_entry *directory_find(const struct directory *directory,
                                             const struct token *token)
{
    if (token_is_zero(token)) {
        return NULL;
    }
    const struct directory_entry *entry = slot_of(directory, token);
    return token_is_zero(&entry->token) ? NULL : entry;
}

size_t directory_count(const struct directory *directory)
{
    return directory->count;
}

size_t directory_bytes(const struct directory *directory)
{
    return directory->slot_count * sizeof *directory->slots;
}

static struct directory_entry *find_or_add(struct directory *directory, uint8_t entity,
                                           const struct token *token)
{
    must(!token_is_zero(token));
    struct directory_entry *entry = slot_of(directory, token);
    if (!token_is_zero(&entry->token)) {
        return entry;
    }
    if ((directory->count + 1) * 2 > directory->slot_count) {
        grow(directory);
        entry = slot_of(directory, token);
    }
    directory->count++;
    entry->token = *token;
    entry->entity = entity;
    entry->holder_ms = INT64_MIN;
    entry->kind_ms = INT64_MIN;
    entry->region_ms = INT64_MIN;
    return entry;
}

bool directory_bind(struct directory *directory, uint8_t entity, const struct token *token,
                    const struct token *holder, int64_t time_ms)
{
    struct directory_entry *entry = find_or_add(directory, entity, token);
    if (time_ms < entry->holder_ms) {
        return false;
    }
    entry->holder = *holder;
    entry->holder_ms = time_ms;
    return true;
}

void directory_state(struct directory *directory, const struct directory_entry *stated,
                     int64_t time_ms)
{
    struct directory_entry *entry = find_or_add(directory, stated->entity, &stated->token);
    if (stated->kind != 0 && time_ms >= entry->kind_ms) {
        entry->kind = stated->kind;
        entry->kind_ms = time_ms;
    }
    if (stated->region != 0 && time_ms >= entry->region_ms) {
        entry->region = stated->region;
        entry->region_ms = time_ms;
    }
}
