#include "engine/state/cache.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/state/history.h"

#include <stdlib.h>
#include <string.h>

#define CACHE_BITS_MIN 6
#define CACHE_FULL_PERCENT 70

/* The lowest bit of a key is no part of the token's: the page was used since the hand came by. */
#define KEY_USED UINT64_C(1)

struct cache_slot {
    uint64_t key; /* so that most misses, and the hand, need no look at a page */
    struct page *page;
};

struct cache {
    struct cache_slot *slots;
    unsigned bits; /* 2^bits slots */
    size_t count;
    size_t hand;       /* slot that is looked at next */
    size_t page_bytes; /* as weighed */
};

static uint64_t key_of(const struct token *token)
{
    return token_low64(token) & ~KEY_USED;
}

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
    uint64_t key = key_of(token);
    size_t mask = cache_cap(cache) - 1;
    size_t at = token_slot(key, cache->bits);
    for (;; at = (at + 1) & mask) {
        struct cache_slot *slot = &cache->slots[at];
        if (slot->page == NULL ||
            ((slot->key & ~KEY_USED) == key && token_eq(&slot->page->token, token))) {
            return slot;
        }
    }
}

struct page *cache_find(const struct cache *cache, const struct token *token)
{
    return cache_slot(cache, token)->page;
}

struct page *cache_use(struct cache *cache, const struct token *token)
{
    struct cache_slot *slot = cache_slot(cache, token);
    if (slot->page != NULL) {
        slot->key |= KEY_USED;
    }
    return slot->page;
}

static void cache_grow(struct cache *cache)
{
    struct cache old = *cache;
    cache->bits++;
    cache->hand = 0;
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
    *slot = (struct cache_slot){key_of(&page->token), page};
    cache->count++;
    page->weighed_bytes = 0;
    cache_weigh(cache, page);
    return page;
}

/* Moves those that were pushed past the gap into it, so that searches do not end there. */
static void close_gap(struct cache *cache, size_t gap)
{
    size_t mask = cache_cap(cache) - 1;
    for (size_t at = (gap + 1) & mask; cache->slots[at].page != NULL; at = (at + 1) & mask) {
        size_t home = token_slot(cache->slots[at].key & ~KEY_USED, cache->bits);
        if (((at - home) & mask) >= ((at - gap) & mask)) {
            cache->slots[gap] = cache->slots[at];
            gap = at;
        }
    }
    cache->slots[gap] = (struct cache_slot){0, NULL};
}

static void remove_at(struct cache *cache, size_t at)
{
    struct page *page = cache->slots[at].page;
    cache->count--;
    cache->page_bytes -= page->weighed_bytes;
    page_free(page);
    close_gap(cache, at);
}

void cache_remove(struct cache *cache, struct page *page)
{
    struct cache_slot *slot = cache_slot(cache, &page->token);
    must(slot->page == page);
    remove_at(cache, (size_t)(slot - cache->slots));
}

size_t cache_count(const struct cache *cache)
{
    return cache->count;
}

/* ---- how much memory ------------------------------------------------------------------------ */

static size_t table_bytes(const struct cache *cache)
{
    return sizeof *cache + cache_cap(cache) * sizeof *cache->slots;
}

void cache_weigh(struct cache *cache, struct page *page)
{
    size_t bytes = page_memory_bytes(page);
    must(bytes <= UINT32_MAX);
    cache->page_bytes += bytes - page->weighed_bytes; /* modulo 2^64 where it is less */
    page->weighed_bytes = (uint32_t)bytes;
}

size_t cache_bytes(const struct cache *cache)
{
    return table_bytes(cache) + cache->page_bytes;
}

size_t cache_memory_bytes(const struct cache *cache)
{
    size_t bytes = table_bytes(cache);
    for (size_t i = 0; i < cache_cap(cache); i++) {
        if (cache->slots[i].page != NULL) {
            bytes += page_memory_bytes(cache->slots[i].page);
        }
    }
    return bytes;
}

/* Twice round: the first time all may have been used. */
size_t cache_evict(struct cache *cache, size_t bytes_max, cache_may_go_fn *may_go,
                   const void *context)
{
    size_t gone = 0;
    size_t mask = cache_cap(cache) - 1;
    size_t looks = 2 * cache_cap(cache);
    while (looks > 0 && cache_bytes(cache) > bytes_max) {
        struct cache_slot *slot = &cache->slots[cache->hand];
        if (slot->page != NULL && (slot->key & KEY_USED) == 0 && may_go(context, slot->page)) {
            remove_at(cache, cache->hand); /* the next one may have moved here */
            gone++;
        } else {
            slot->key &= ~KEY_USED;
            cache->hand = (cache->hand + 1) & mask;
            looks--;
        }
    }
    return gone;
}

/* ---- in order ------------------------------------------------------------------------------- */

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
