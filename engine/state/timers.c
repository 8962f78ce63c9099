#include "engine/state/timers.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/state/history.h"

#include <stdlib.h>
#include <string.h>

#define BITS_MIN 6
#define NONE UINT32_MAX

/* A heap by due times, and a table that finds a token's place in it. */
struct timers {
    struct timer *heap; /* heap[i] is due no later than heap[2 * i + 1] and heap[2 * i + 2] */
    uint32_t *slot_of;  /* where the table names heap[i] */
    size_t count, cap, slot_cap;
    uint32_t *table; /* open addressing: places in the heap, NONE in an empty slot */
    unsigned bits;   /* 2^bits slots, at most three quarters full */
    struct token *taken;
    size_t taken_cap;
};

static size_t slot_count(const struct timers *timers)
{
    return (size_t)1 << timers->bits;
}

static void new_table(struct timers *timers, unsigned bits)
{
    mem_free(timers->table);
    timers->bits = bits;
    timers->table = mem_alloc(slot_count(timers), sizeof *timers->table);
    memset(timers->table, 0xff, slot_count(timers) * sizeof *timers->table);
}

struct timers *timers_new(void)
{
    struct timers *timers = mem_alloc(1, sizeof(struct timers));
    new_table(timers, BITS_MIN);
    return timers;
}

void timers_free(struct timers *timers)
{
    if (timers != NULL) {
        mem_free(timers->heap);
        mem_free(timers->slot_of);
        mem_free(timers->table);
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

/* ---- the table ------------------------------------------------------------------------------ */

/* Slot of the token, or the empty one where it would be. */
static uint32_t find_slot(const struct timers *timers, const struct token *token)
{
    size_t mask = slot_count(timers) - 1;
    size_t at = token_slot(token_low64(token), timers->bits);
    while (timers->table[at] != NONE && !token_eq(&timers->heap[timers->table[at]].token, token)) {
        at = (at + 1) & mask;
    }
    return (uint32_t)at;
}

/* Puts a timer at this place of the heap, whose slot in the table is known. */
static void put(struct timers *timers, size_t at, const struct timer *timer, uint32_t slot)
{
    timers->heap[at] = *timer;
    timers->slot_of[at] = slot;
    timers->table[slot] = (uint32_t)at;
}

static void grow_table(struct timers *timers)
{
    new_table(timers, timers->bits + 1);
    for (size_t i = 0; i < timers->count; i++) {
        uint32_t slot = find_slot(timers, &timers->heap[i].token);
        timers->slot_of[i] = slot;
        timers->table[slot] = (uint32_t)i;
    }
}

/* Empties a slot, and moves those that were pushed past it into the gap, so that searches do not
 * end there. */
static void clear_slot(struct timers *timers, size_t gap)
{
    size_t mask = slot_count(timers) - 1;
    for (size_t at = (gap + 1) & mask; timers->table[at] != NONE; at = (at + 1) & mask) {
        uint32_t place = timers->table[at];
        size_t home = token_slot(token_low64(&timers->heap[place].token), timers->bits);
        if (((at - home) & mask) >= ((at - gap) & mask)) {
            timers->table[gap] = place;
            timers->slot_of[place] = (uint32_t)gap;
            gap = at;
        }
    }
    timers->table[gap] = NONE;
}

/* ---- the heap ------------------------------------------------------------------------------- */

/* Puts the timer at this place, or above it behind those that are due later. */
static void rise(struct timers *timers, size_t at, struct timer timer, uint32_t slot)
{
    while (at > 0 && timers->heap[(at - 1) / 2].due_ms > timer.due_ms) {
        size_t above = (at - 1) / 2;
        put(timers, at, &timers->heap[above], timers->slot_of[above]);
        at = above;
    }
    put(timers, at, &timer, slot);
}

void timers_add(struct timers *timers, const struct token *token, int64_t due_ms)
{
    uint32_t slot = find_slot(timers, token);
    struct timer timer = {due_ms, *token};
    if (timers->table[slot] != NONE) {
        if (due_ms < timers->heap[timers->table[slot]].due_ms) {
            rise(timers, timers->table[slot], timer, slot);
        }
        return;
    }
    void *heap = timers->heap;
    void *slots = timers->slot_of;
    must(timers->count < NONE / 2);
    mem_reserve(&heap, &timers->cap, timers->count + 1, sizeof *timers->heap);
    mem_reserve(&slots, &timers->slot_cap, timers->count + 1, sizeof *timers->slot_of);
    timers->heap = heap;
    timers->slot_of = slots;
    if ((timers->count + 1) * 4 > slot_count(timers) * 3) {
        grow_table(timers);
        slot = find_slot(timers, token);
    }
    rise(timers, timers->count++, timer, slot);
}

/* Takes the first one out; the last one finds a place from the top down. */
static void drop_first(struct timers *timers)
{
    clear_slot(timers, timers->slot_of[0]);
    const struct timer last = timers->heap[--timers->count];
    uint32_t slot = timers->slot_of[timers->count];
    size_t at = 0;
    if (timers->count == 0) {
        return;
    }
    for (;;) {
        size_t next = 2 * at + 1;
        if (next + 1 < timers->count && timers->heap[next + 1].due_ms < timers->heap[next].due_ms) {
            next++;
        }
        if (next >= timers->count || timers->heap[next].due_ms >= last.due_ms) {
            break;
        }
        put(timers, at, &timers->heap[next], timers->slot_of[next]);
        at = next;
    }
    put(timers, at, &last, slot);
}

static int token_compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct token));
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
    }
    *tokens = timers->taken;
    return count;
}
