/* cache.h - the pages of one partition that are in memory, found by token, and which of them go
 * first.
 *
 * "The next visit is for account 6222..1234: is its page here?"
 *
 *     struct page *page = cache_use(cache, &visit.entity);
 *     if (page == NULL) {
 *         page = cache_add(cache, page_new(&visit.entity, ENTITY_ACCOUNT));
 *     }
 *     ..                                            the page changes
 *     cache_weigh(cache, page);
 *     cache_evict(cache, bytes_max, is_clean, flush);
 *
 * Pages go by CLOCK: a hand goes round the table; a page that was used since it last came by is
 * passed over once.
 *
 * Memory:  owns the pages that were added, until they are removed, evicted, or cache_free; the table
 *          grows by doubling, at most 70 % full, and does not shrink.
 * Threads: the owner of the partition only.
 * Errors:  none; adding a token twice, or removing a page that is not there, is a bug and trips must().
 */
#ifndef SLUICE_STATE_CACHE_H
#define SLUICE_STATE_CACHE_H

#include "engine/base/token.h"
#include "engine/state/page.h"

#include <stdbool.h>
#include <stddef.h>

struct cache;

struct cache *cache_new(void);
/* Frees the pages, too. */
void cache_free(struct cache *cache);
/* The page of this token, or NULL. */
struct page *cache_find(const struct cache *cache, const struct token *token);
/* The same, and notes that somebody wants it. */
struct page *cache_use(struct cache *cache, const struct token *token);
/* Takes the page over and returns it. No page of its token may be there. */
struct page *cache_add(struct cache *cache, struct page *page);
/* Frees the page. */
void cache_remove(struct cache *cache, struct page *page);
size_t cache_count(const struct cache *cache);
/* To be called after changes of a page where cache_bytes is to be true. */
void cache_weigh(struct cache *cache, struct page *page);
/* Table and pages, each as it was last weighed. */
size_t cache_bytes(const struct cache *cache);
/* The same as they are now; looks at each page. */
size_t cache_memory_bytes(const struct cache *cache);
/* Frees pages that may go until the cache has no more than bytes_max, or none is left that may.
 * Returns how many went. */
typedef bool cache_may_go_fn(const void *context, const struct page *page);
size_t cache_evict(struct cache *cache, size_t bytes_max, cache_may_go_fn *may_go,
                   const void *context);
/* cache_count() pointers in the order of their tokens, the same on each machine; the caller frees
 * the array with mem_free. Adding pages does not change an array already handed out. */
struct page **cache_sorted(const struct cache *cache);

#endif
