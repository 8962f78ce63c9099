/* cache.h - the pages of one partition that are in memory, found by token.
 *
 * "The next visit is for account 6222..1234: is its page here?"
 *
 *     struct page *page = cache_find(cache, &visit.entity);
 *     if (page == NULL) {
 *         page = cache_add(cache, page_new(&visit.entity, ENTITY_ACCOUNT));
 *     }
 *
 * Memory:  owns the pages that were added, until cache_remove or cache_free; grows by doubling, at most 70 %
 *          full.
 * Threads: the owner of the partition only.
 * Errors:  none; adding a token twice, or removing a page that is not there, is a bug and trips must().
 */
#ifndef SLUICE_STATE_CACHE_H
#define SLUICE_STATE_CACHE_H

#include "engine/base/token.h"
#include "engine/state/page.h"

#include <stddef.h>

struct cache;

struct cache *cache_new(void);
/* Frees the pages, too. */
void cache_free(struct cache *cache);
/* The page of this token, or NULL. */
struct page *cache_find(const struct cache *cache, const struct token *token);
/* Takes the page over and returns it. No page of its token may be there. */
struct page *cache_add(struct cache *cache, struct page *page);
/* Frees the page. */
void cache_remove(struct cache *cache, struct page *page);
size_t cache_count(const struct cache *cache);
/* Table and pages; looks at each page. */
size_t cache_memory_bytes(const struct cache *cache);
/* A part of it, for owners that must not stop: the pages of `slots` slots from *at on. *at goes on,
 * and is 0 again when all were looked at. */
size_t cache_memory_part(const struct cache *cache, size_t *at, size_t slots);
/* cache_count() pointers in the order of their tokens, the same on each machine; the caller frees
 * the array with mem_free. Adding pages does not change an array already handed out. */
struct page **cache_sorted(const struct cache *cache);

#endif
