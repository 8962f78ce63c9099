#include "engine/state/cache.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/state/history.h"

#include <stdlib.h>
#include <string.h>

#define CACHE_BITS_MIN 6
#define CACHE_FULL_PERCENT 70

struct cache_slot {
    uint64_t low64; /* so that most misses need no look at a page */
    struct page *page;
};

struct cache {
    struct cache_slot *slots;
    unsigned bits; /* 2^bits slots */
    size_t count;
};

static size_t cache_cap(const struct cache *cache)
{
    return (size_t)1 << cache->bits;
}

struct cache *cache_new(void)
{
    struct cache *cache = mem_alloc(1, sizeof *cache);
    cache->bits = CACHE_BITS_MIN;
    cache->slots = mem_alloc(cache_cap(cache), sizeof *cache->slots);
    return cache;
}

void cache_free(struct cache *cache)
{
    if (cache == NULL) {
        return;
    }
    for (size_t i = 0; i < cache_cap(cache); i++) {
        page_free(cache->slots[i].page);
    }
    mem_free(cache->slots);
    mem_free(cache);
}

/* Slot of the token, or the empty one where it would be. */
static struct cache_slot *cache_slot(const struct cache *cache, const struct token *token)
{
    uint64_t low64 = token_low64(token);
    size_t mask = cache_cap(cache) - 1;
    size_t at = token_slot(low64, cache->bits);
    for (;; at = (at + 1) & mask) {
        struct cache_slot *slot = &cache->slots[at];
        if (slot->page == NULL || (slot->low64 == low64 && token_eq(&slot->page->token, token))) {
            return slot;
        }
    }
}

struct page *cache_find(const struct cache *cache, const struct token *token)
{
    return cache_slot(cache, token)->page;
}

static void cache_grow(struct cache *cache)
{
    struct cache old = *cache;
    cache->bits++;
    cache->slots = mem_alloc(cache_cap(cache), sizeof *cache->slots);
    for (size_t i = 0; i < cache_cap(&old); i++) {
        if (old.slots[i].page != NULL) {
            *cache_slot(cache, &old.slots[i].page->token) = old.slots[i];
        }
    }
    mem_free(old.slots);
}

struct page *cache_add(struct cache *cache, struct page *page)
{
    if ((cache->count + 1) * 100 > cache_cap(cache) * CACHE_FULL_PERCENT) {
        cache_grow(cache);
    }
    struct cache_slot *slot = cache_slot(cache, &page->token);
    must(slot->page == NULL);
    *slot = (struct cache_slot){token_low64(&page->token), page};
    cache->count++;
    return page;
}

/* Moves those that were pushed past the gap into it, so that searches do not end there. */
static void close_gap(struct cache *cache, size_t gap)
{
    size_t mask = cache_cap(cache) - 1;
    for (size_t at = (gap + 1) & mask; cache->slots[at].page != NULL; at = (at + 1) & mask) {
        size_t home = token_slot(cache->slots[at].low64, cache->bits);
        if (((at - home) & mask) >= ((at - gap) & mask)) {
            cache->slots[gap] = cache->slots[at];
            gap = at;
        }
    }
    cache->slots[gap] = (struct cache_slot){0, NULL};
}

void cache_remove(struct cache *cache, struct page *page)
{
    struct cache_slot *slot = cache_slot(cache, &page->token);
    must(slot->page == page);
    close_gap(cache, (size_t)(slot - cache->slots));
    cache->count--;
    page_free(page);
}

size_t cache_count(const struct cache *cache)
{
    return cache->count;
}

size_t cache_memory_part(const struct cache *cache, size_t *at, size_t slots)
{
    size_t end = *at + slots < cache_cap(cache) ? *at + slots : cache_cap(cache);
    size_t bytes = *at < end ? (end - *at) * sizeof *cache->slots : 0;
    for (; *at < end; ++*at) {
        if (cache->slots[*at].page != NULL) {
            bytes += page_memory_bytes(cache->slots[*at].page);
        }
    }
    *at = end == cache_cap(cache) ? 0 : end;
    return bytes;
}

size_t cache_memory_bytes(const struct cache *cache)
{
    size_t at = 0;
    return sizeof *cache + cache_memory_part(cache, &at, cache_cap(cache));
}

static int page_compare(const void *a, const void *b)
{
    const struct page *const *left = a;
    const struct page *const *right = b;
    return memcmp((*left)->token.bytes, (*right)->token.bytes, TOKEN_BYTES);
}

struct page **cache_sorted(const struct cache *cache)
{
    struct page **sorted = mem_alloc(cache->count, sizeof(struct page *));
    size_t count = 0;
    for (size_t i = 0; i < cache_cap(cache); i++) {
        if (cache->slots[i].page != NULL) {
            sorted[count++] = cache->slots[i].page;
        }
    }
    must(count == cache->count);
    qsort(sorted, count, sizeof(struct page *), page_compare);
    return sorted;
}
