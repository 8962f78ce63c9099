#include "engine/base/arena.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ARENA_BLOCK_BYTES ((size_t)64 * 1024)

struct arena_block {
    struct arena_block *older;
    size_t used_bytes;
    size_t size_bytes;
    alignas(max_align_t) unsigned char bytes[];
};

void arena_fini(struct arena *arena)
{
    struct arena_block *block = arena->newest;
    while (block != NULL) {
        struct arena_block *older = block->older;
        mem_free(block);
        block = older;
    }
    arena->newest = NULL;
}

static struct arena_block *arena_block_new(struct arena *arena, size_t need_bytes)
{
    size_t size_bytes = need_bytes > ARENA_BLOCK_BYTES ? need_bytes : ARENA_BLOCK_BYTES;
    struct arena_block *block = mem_alloc(1, sizeof *block + size_bytes);
    block->size_bytes = size_bytes;
    block->older = arena->newest;
    arena->newest = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t count, size_t item_bytes)
{
    must(item_bytes != 0);
    must(count <= (SIZE_MAX / 4) / item_bytes);
    size_t align = alignof(max_align_t);
    size_t need_bytes = (count * item_bytes + align - 1) / align * align;
    struct arena_block *block = arena->newest;
    if (block == NULL || block->size_bytes - block->used_bytes < need_bytes) {
        block = arena_block_new(arena, need_bytes);
    }
    void *at = block->bytes + block->used_bytes;
    block->used_bytes += need_bytes;
    return at;
}

struct str arena_copy(struct arena *arena, struct str text)
{
    char *at = arena_alloc(arena, text.len + 1, 1);
    if (text.len != 0) {
        memcpy(at, text.at, text.len);
    }
    return (struct str){at, text.len};
}

struct str arena_format(struct arena *arena, const char *format, va_list args)
{
    char first[256];
    va_list again;
    va_copy(again, args);
    int need = vsnprintf(first, sizeof first, format, args);
    must(need >= 0);
    char *at = arena_alloc(arena, (size_t)need + 1, 1);
    if ((size_t)need < sizeof first) {
        memcpy(at, first, (size_t)need);
    } else {
        (void)vsnprintf(at, (size_t)need + 1, format, again);
    }
    va_end(again);
    return (struct str){at, (size_t)need};
}
