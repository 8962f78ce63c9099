/* mem.h - start-up heap: zeroed memory or a clean end of the process.
 *
 * mem_alloc(n, sizeof(struct rule)) never returns NULL: when memory is out, it says so on stderr
 * and exits with code 3 (outside failure); outputs are published by rename, so nothing half-written
 * stays behind.
 *
 * Memory:  what is returned belongs to the caller and goes back with mem_free.
 * Threads: any.
 * Errors:  exits the process with 3.
 */
#ifndef SLUICE_BASE_MEM_H
#define SLUICE_BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t count, size_t item_bytes);
/* Keeps the first old_count items; new ones are zeroed. */
void *mem_grow(void *at, size_t old_count, size_t new_count, size_t item_bytes);
void mem_free(void *at);
/* Makes *array (of *cap items) hold at least need items, growing by doubling. */
void mem_reserve(void **array, size_t *cap, size_t need, size_t item_bytes);

#endif
