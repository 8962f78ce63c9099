#include "engine/state/expiry.h"

#include "engine/base/must.h"

/* An active page's due time moves so often in an expiry. */
#define EXPIRY_STEPS 128

/* Has the directory said anything that no event will say again? */
static bool is_registered(const struct page *page)
{
    bool known = page->texts_ms != TIME_NONE || page->mask_ms != TIME_NONE;
    for (int i = 0; i < PAGE_ATTRIBUTE_COUNT; i++) {
        known = known || page->attributes[i].time_ms != TIME_NONE;
    }
    return known;
}

/* From when on it holds nothing that is in force; TIME_NONE if there never was anything. Whatever
 * else comes to be held by a page is to be looked at here. */
static int64_t held_until_ms(const struct page *page)
{
    int64_t until_ms = page->newest_judged_ms;
    for (uint32_t i = 0; i < page->membership_count; i++) {
        const struct membership *entry = &page->memberships[i];
        /* A removal is an event like others. */
        until_ms = !entry->removed && entry->to_ms > until_ms ? entry->to_ms : until_ms;
    }
    for (uint32_t i = 0; i < page->points_count; i++) {
        int64_t end_ms = page->points[i].until_ms;
        until_ms = end_ms > until_ms ? end_ms : until_ms;
    }
    for (uint32_t i = 0; i < page->episode_count; i++) {
        int64_t end_ms = episode_end_ms(&page->episodes[i]);
        until_ms = end_ms > until_ms ? end_ms : until_ms;
    }
    for (uint32_t i = 0; i < page->override_count; i++) {
        int64_t end_ms = page->overrides[i].to_ms;
        until_ms = end_ms > until_ms ? end_ms : until_ms;
    }
    for (uint32_t i = 0; i < page->held_count; i++) {
        int64_t end_ms = page->held[i].until_ms;
        until_ms = end_ms > until_ms ? end_ms : until_ms;
    }
    return until_ms;
}

int64_t expiry_due_ms(const struct page *page, int64_t expiry_ms)
{
    must(expiry_ms > 0);
    if (page->wait_count > 0) {
        return page_wait_due_ms(page);
    }
    if (is_registered(page)) {
        return TIME_NEVER;
    }
    int64_t until_ms = held_until_ms(page);
    if (until_ms == TIME_NONE || until_ms == INT64_MAX) {
        return TIME_NEVER;
    }
    int64_t step_ms = expiry_ms < EXPIRY_STEPS ? 1 : expiry_ms / EXPIRY_STEPS;
    int64_t due_ms = until_ms + expiry_ms;
    int64_t over_ms = due_ms % step_ms;
    return over_ms > 0 ? due_ms - over_ms + step_ms : due_ms - over_ms;
}
