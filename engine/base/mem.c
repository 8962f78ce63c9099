#include "engine/base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void mem_out(size_t count, size_t item_bytes)
{
    (void)fprintf(stderr,
                  "sluice: out of memory: %zu x %zu bytes; "
                  "lower the settings' bounds or add memory\n",
                  count, item_bytes);
    exit(3);
}

void *mem_alloc(size_t count, size_t item_bytes)
{
    void *at = calloc(count == 0 ? 1 : count, item_bytes == 0 ? 1 : item_bytes);
    if (at == NULL) {
        mem_out(count, item_bytes);
    }
    return at;
}

void *mem_grow(void *at, size_t old_count, size_t new_count, size_t item_bytes)
{
    if (item_bytes != 0 && new_count > SIZE_MAX / item_bytes) {
        mem_out(new_count, item_bytes);
    }
    char *grown = realloc(at, new_count * item_bytes == 0 ? 1 : new_count * item_bytes);
    if (grown == NULL) {
        mem_out(new_count, item_bytes);
    }
    if (new_count > old_count) {
        memset(grown + old_count * item_bytes, 0, (new_count - old_count) * item_bytes);
    }
    return grown;
}

void mem_free(void *at)
{
    free(at);
}

void mem_reserve(void **array, size_t *cap, size_t need, size_t item_bytes)
{
    if (need <= *cap) {
        return;
    }
    if (need > SIZE_MAX / 2) {
        mem_out(need, item_bytes); /* no doubling reaches it */
    }
    size_t grown = *cap < 8 ? 8 : *cap;
    while (grown < need) {
        grown *= 2;
    }
    *array = mem_grow(*array, *cap, grown, item_bytes);
    *cap = grown;
}
