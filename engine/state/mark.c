/* The marks on a page: at most so many, one for each name and level. */
#include "engine/state/page.h"

/* Does a give way before b? */
static bool mark_before(const struct held_mark *a, const struct held_mark *b)
{
    return a->until_ms != b->until_ms ? a->until_ms < b->until_ms : a->from_ms < b->from_ms;
}

static bool mark_add(struct page *page, const struct held_mark *mark)
{
    if (page->held_count < PAGE_HELD_MARKS_MAX) {
        page->held =
            page_reserve(page->held, &page->held_cap, page->held_count + 1, sizeof *page->held);
        page->held[page->held_count++] = *mark;
        page->dirty = true;
        return true;
    }
    uint32_t first = 0;
    for (uint32_t i = 1; i < page->held_count; i++) {
        if (mark_before(&page->held[i], &page->held[first])) {
            first = i;
        }
    }
    bool over = page->held[first].until_ms <= mark->from_ms;
    if (!mark_before(mark, &page->held[first])) {
        page->held[first] = *mark;
        page->dirty = true;
    }
    return over;
}

bool page_set_mark(struct page *page, const struct held_mark *mark)
{
    for (uint32_t i = 0; i < page->held_count; i++) {
        struct held_mark *known = &page->held[i];
        if (known->key != mark->key || known->level != mark->level) {
            continue;
        }
        bool apart = known->until_ms <= mark->from_ms;
        int64_t from_ms = apart || mark->from_ms < known->from_ms ? mark->from_ms : known->from_ms;
        int64_t until_ms = mark->until_ms > known->until_ms ? mark->until_ms : known->until_ms;
        *known = (struct held_mark){mark->key, from_ms, until_ms, mark->level};
        page->dirty = true;
        return true;
    }
    return mark_add(page, mark);
}

int64_t page_mark_level(const struct page *page, uint64_t key, int64_t t)
{
    int64_t lowest = 0;
    for (uint32_t i = 0; i < page->held_count; i++) {
        const struct held_mark *mark = &page->held[i];
        bool in_force = mark->key == key && mark->from_ms <= t && t < mark->until_ms;
        if (in_force && (lowest == 0 || mark->level < lowest)) {
            lowest = mark->level;
        }
    }
    return lowest;
}
