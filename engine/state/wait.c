/* The waits on a page: at most so many, one for each pattern and record. */
#include "engine/base/must.h"
#include "engine/state/page.h"

#include <string.h>

static bool is_same(const struct wait *a, const struct wait *b)
{
    return a->pattern_key == b->pattern_key && a->stream == b->stream &&
           a->record_ms == b->record_ms && a->record_arrival == b->record_arrival;
}

/* The one that gives way to the next of its kind; page->wait_count while there is room. */
static uint32_t find_room(const struct page *page, bool shadow)
{
    uint32_t count = 0;
    uint32_t first = page->wait_count;
    for (uint32_t i = 0; i < page->wait_count; i++) {
        const struct wait *wait = &page->waits[i];
        if (wait->shadow != shadow) {
            continue;
        }
        count++;
        if (first == page->wait_count || wait->until_ms < page->waits[first].until_ms) {
            first = i;
        }
    }
    return count < (shadow ? PAGE_SHADOW_WAITS_MAX : PAGE_WAITS_MAX) ? page->wait_count : first;
}

/* Those behind it come one place forward: they stay in the order in which they were begun. */
static void remove_wait(struct page *page, uint32_t at)
{
    page->wait_count--;
    memmove(&page->waits[at], &page->waits[at + 1], (page->wait_count - at) * sizeof *page->waits);
}

bool page_begin_wait(struct page *page, const struct wait *wait)
{
    for (uint32_t i = 0; i < page->wait_count; i++) {
        if (is_same(&page->waits[i], wait)) {
            if (wait->until_ms > page->waits[i].until_ms) { /* among those that it was begun with */
                bool shadow = page->waits[i].shadow;
                page->waits[i] = *wait;
                page->waits[i].shadow = shadow;
            }
            return true;
        }
    }
    uint32_t room = find_room(page, wait->shadow);
    bool gives_way = room < page->wait_count;
    if (gives_way && wait->until_ms < page->waits[room].until_ms) {
        return false;
    }
    if (gives_way) {
        remove_wait(page, room);
    }
    page->waits =
        page_reserve(page->waits, &page->wait_cap, page->wait_count + 1, sizeof *page->waits);
    page->waits[page->wait_count++] = *wait;
    return !gives_way;
}

uint32_t page_end_waits(struct page *page, int64_t clock_ms, struct wait *ended)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < page->wait_count;) {
        if (page->waits[i].due_ms > clock_ms) {
            i++;
            continue;
        }
        must(count < PAGE_WAITS_MAX + PAGE_SHADOW_WAITS_MAX);
        uint32_t at = count++;
        while (at > 0 && ended[at - 1].until_ms > page->waits[i].until_ms) {
            ended[at] = ended[at - 1];
            at--;
        }
        ended[at] = page->waits[i];
        remove_wait(page, i);
    }
    return count;
}

int64_t page_wait_due_ms(const struct page *page)
{
    int64_t due_ms = TIME_NEVER;
    for (uint32_t i = 0; i < page->wait_count; i++) {
        due_ms = page->waits[i].due_ms < due_ms ? page->waits[i].due_ms : due_ms;
    }
    return due_ms;
}

const struct record *page_wait_record(const struct page *page, const struct wait *wait)
{
    const struct stream *stream = &page->streams[wait->stream];
    for (uint32_t i = stream->end; i > stream->begin; i--) {
        const struct record *record = &stream->records[i - 1];
        if (record->time_ms == wait->record_ms && record->arrival == wait->record_arrival) {
            return record;
        }
        if (record->time_ms < wait->record_ms) {
            break;
        }
    }
    return NULL;
}
