/* Memory within its bound: pages that the store has go, those first that nobody wanted for longest,
 * and are read again when somebody does. Their timers stay. */
#include "engine/base/must.h"
#include "engine/fault.h"
#include "engine/partition_inside.h"

static bool is_over(const struct partition *p)
{
    return p->page_bytes_max > 0 && cache_bytes(p->cache) > p->page_bytes_max;
}

static bool may_go(const void *context, const struct page *page)
{
    return !page->awaited && flush_has_all(context, page);
}

void evict_over(struct partition *p)
{
    if (!is_over(p)) {
        return;
    }
    const struct store_seq *seq = flush_seq(p->flush);
    if (p->futile && store_seq_eq(&p->futile_seq, seq)) {
        return;
    }
    size_t gone = cache_evict(p->cache, p->page_bytes_max, may_go, p->flush);
    p->paging.evicted += gone;
    p->paging.outside += gone;
    p->futile = is_over(p);
    p->futile_seq = *seq;
    if (gone > 0) {
        fault_reach(FAULT_PAGES_EVICTED);
    }
}

bool evict_lets_in(struct partition *p, const struct page *page)
{
    if (p->page_bytes_max == 0 || page_is_forgotten(page) ||
        cache_bytes(p->cache) + page_memory_bytes(page) <= p->page_bytes_max) {
        return true;
    }
    p->paging.outside++;
    return false;
}

void evict_note_load(struct partition *p)
{
    p->paging.loaded++;
    p->futile = false; /* this one can go, unless it changes */
    if (p->swept) {    /* before, a sweep may still come to this page */
        must(p->paging.outside > 0);
        p->paging.outside--;
    }
}

void partition_set_page_bytes(struct partition *p, size_t bytes_max)
{
    must(bytes_max == 0 || p->setup.store != NULL);
    p->page_bytes_max = bytes_max;
    p->futile = false;
}

/* What is sent can go: so this ends, whatever comes, and is no reason to wait where nothing would
 * change by it. */
bool partition_is_over(const struct partition *p)
{
    return is_over(p) && flush_unsent(p->flush) > 0;
}

const struct partition_paging *partition_paging(const struct partition *p)
{
    return &p->paging;
}
