#include "engine/fault.h"
#include "engine/partition_inside.h"
#include "engine/state/expiry.h"

static int64_t due_ms(const struct partition *p, const struct page *page)
{
    return expiry_due_ms(page, p->setup.settings->engine_expiry_ms);
}

void expiry_note_page(struct partition *p, struct page *page)
{
    int64_t due = due_ms(p, page);
    /* A timer that is there and earlier will do: when it fires, the page is asked anew. */
    if (due < page->timer_ms) {
        timers_add(p->timers, &page->token, due);
        page->timer_ms = due;
    }
}

void expiry_watch_page(const struct partition *p, const struct page *page)
{
    if (due_ms(p, page) > p->header.clock_ms) {
        watch_page(p, page);
    }
}

static void forget(struct partition *p, struct page *page, uint64_t lsn)
{
    store_note_change(p, page, lsn);
    page_forget(page, lsn + 1);
    p->header.counters.expired++;
    fault_reach(FAULT_PAGE_FORGOTTEN);
    store_note_changed(p, page);
    watch_page(p, page);
    if (p->setup.store == NULL) {
        cache_remove(p->cache, page); /* nothing goes back behind this step */
    }
}

/* The page decides. One that includes later steps already, after a recovery, is asked again. */
static int fire(struct partition *p, const struct token *token, uint64_t lsn, struct err *err)
{
    struct page *page = cache_find(p->cache, token);
    if (page == NULL) {
        return 0; /* removed since */
    }
    page->timer_ms = TIME_NEVER;
    bool included = page->applied_lsn > lsn;
    if (!included && wait_fire(p, page, lsn, err) != 0) {
        return -1;
    }
    if (!included && due_ms(p, page) <= p->header.clock_ms) {
        forget(p, page, lsn);
    } else {
        expiry_note_page(p, page);
        store_note_changed(p, page);
    }
    return 0;
}

int expiry_fire(struct partition *p, uint64_t lsn, struct err *err)
{
    const struct token *tokens = NULL;
    if (store_load_due(p, err) != 0) {
        return -1;
    }
    size_t count = timers_take_due(p->timers, p->header.clock_ms, &tokens);
    for (size_t at = 0; at < count; at += FRAME_VISITS_MAX) {
        size_t some = count - at < FRAME_VISITS_MAX ? count - at : FRAME_VISITS_MAX;
        if (!all_in_memory(p) && store_load_firing(p, tokens + at, some, err) != 0) {
            return -1;
        }
        for (size_t i = at; i < at + some; i++) {
            if (fire(p, &tokens[i], lsn, err) != 0) {
                return -1;
            }
        }
        evict_over(p); /* a clock step may look at any number of pages */
    }
    return 0;
}
