#include "engine/state/timers.h"

#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

struct timers {
    struct timer *heap; /* heap[i] is due no later than heap[2 * i + 1] and heap[2 * i + 2] */
    size_t count, cap;
    struct token *taken;
    size_t taken_cap;
};

struct timers *timers_new(void)
{
    return mem_alloc(1, sizeof(struct timers));
}

void timers_free(struct timers *timers)
{
    if (timers != NULL) {
        mem_free(timers->heap);
        mem_free(timers->taken);
        mem_free(timers);
    }
}

size_t timers_count(const struct timers *timers)
{
    return timers->count;
}

int64_t timers_due_ms(const struct timers *timers)
{
    return timers->count > 0 ? timers->heap[0].due_ms : INT64_MAX;
}

void timers_add(struct timers *timers, const struct token *token, int64_t due_ms)
{
    void *heap = timers->heap;
    mem_reserve(&heap, &timers->cap, timers->count + 1, sizeof *timers->heap);
    timers->heap = heap;
    size_t at = timers->count++;
    while (at > 0 && timers->heap[(at - 1) / 2].due_ms > due_ms) {
        timers->heap[at] = timers->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    timers->heap[at] = (struct timer){due_ms, *token};
}

/* Takes the first one out. */
static void drop_first(struct timers *timers)
{
    struct timer *heap = timers->heap;
    const struct timer last = heap[--timers->count];
    size_t at = 0;
    for (;;) {
        size_t next = 2 * at + 1;
        if (next + 1 < timers->count && heap[next + 1].due_ms < heap[next].due_ms) {
            next++;
        }
        if (next >= timers->count || heap[next].due_ms >= last.due_ms) {
            break;
        }
        heap[at] = heap[next];
        at = next;
    }
    heap[at] = last;
}

static int token_compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct token));
}

/* Leaves one of each in a sorted array. */
static size_t drop_repeated(struct token *tokens, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || !token_eq(&tokens[kept - 1], &tokens[i])) {
            tokens[kept++] = tokens[i];
        }
    }
    return kept;
}

size_t timers_take_due(struct timers *timers, int64_t now_ms, const struct token **tokens)
{
    size_t count = 0;
    while (timers->count > 0 && timers->heap[0].due_ms <= now_ms) {
        void *taken = timers->taken;
        mem_reserve(&taken, &timers->taken_cap, count + 1, sizeof *timers->taken);
        timers->taken = taken;
        timers->taken[count++] = timers->heap[0].token;
        drop_first(timers);
    }
    if (count > 1) {
        qsort(timers->taken, count, sizeof *timers->taken, token_compare);
        count = drop_repeated(timers->taken, count);
    }
    *tokens = timers->taken;
    return count;
}
