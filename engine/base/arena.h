/* arena.h - memory that is taken piece by piece and given back whole.
 *
 * The parser puts every node of a pack into one arena; when the pack is replaced, the arena goes,
 * and with it all of them:
 *
 *     struct arena arena = {0};
 *     struct ast_rule *rule = arena_alloc(&arena, 1, sizeof *rule);
 *     arena_fini(&arena);
 *
 * Memory:  grows by blocks from mem_alloc; pieces are zeroed, aligned for any type, and live until
 *          arena_fini.
 * Threads: one owner at a time.
 * Errors:  none but memory (see mem.h).
 */
#ifndef SLUICE_BASE_ARENA_H
#define SLUICE_BASE_ARENA_H

#include "engine/base/str.h"

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

/* A zeroed struct arena is an empty one. */
struct arena {
    struct arena_block *newest;
};

void arena_fini(struct arena *arena);
/* Zeroed room for count items; never NULL. */
void *arena_alloc(struct arena *arena, size_t count, size_t item_bytes);
/* A copy of the bytes, with a NUL behind them that does not count. */
struct str arena_copy(struct arena *arena, struct str text);
/* The formatted text. */
struct str arena_format(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

#endif
