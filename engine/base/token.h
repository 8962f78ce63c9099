/* token.h - the 128-bit name of an entity, of an event, of an output.
 *
 * The first 16 bytes of a keyed hash (entities, see engine/ingest/identity.h) or of SHA-256 (ids).
 * Two tokens are the same entity exactly if all 16 bytes are the same; order is byte order.
 *
 * Memory:  a plain value.
 * Threads: any.
 * Errors:  none.
 */
#ifndef SLUICE_BASE_TOKEN_H
#define SLUICE_BASE_TOKEN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define TOKEN_BYTES 16
#define TOKEN_HEX_BYTES (2 * TOKEN_BYTES + 1)

struct token {
    uint8_t bytes[TOKEN_BYTES];
};

static inline bool token_eq(const struct token *a, const struct token *b)
{
    return memcmp(a->bytes, b->bytes, TOKEN_BYTES) == 0;
}

static inline bool token_is_zero(const struct token *a)
{
    static const struct token zero;
    return token_eq(a, &zero);
}

/* The first 8 bytes, little-endian: partition number, hash-table key, short reference in a record.
 */
static inline uint64_t token_low64(const struct token *a)
{
    uint64_t low;
    memcpy(&low, a->bytes, sizeof low);
    return low;
}

#endif
