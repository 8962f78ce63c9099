#include "engine/state/kept.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/state/history.h"

#include <string.h>

#define ROOM_STEP 64
#define ROOM_KEPT 512 /* bytes that an empty array may have; one or two visits */

enum { FLAG_HAND = 1, FLAG_OVERRIDDEN = 2, FLAGS_ALL = 3 };

/* Before carried values, points, marks, rules and the event; stored as it is. */
struct kept_head {
    uint32_t bytes; /* of the whole entry, this head included */
    uint32_t triggers;
    uint64_t pack_key;
    int64_t judged_ms;
    int64_t hand_ms;
    uint16_t hand_arrival, arrivals;
    uint16_t carried_mask;
    uint8_t leg, flags;
    uint8_t points_count, marks_count, fired_count;
    uint8_t spare[3];
    uint16_t carried_loose;
};
_Static_assert(sizeof(struct kept_head) == 48, "stored as it is, without padding");
_Static_assert(KEPT_CARRIED_MAX <= 16, "a bit each");
_Static_assert(sizeof(struct kept_head) + sizeof(struct event) + 128 +
                       (size_t)KEPT_CARRIED_MAX * 8 +
                       (PAGE_POINTS_MAX + PAGE_HELD_MARKS_MAX + KEPT_FIRED_MAX) * (size_t)5 <
                   KEPT_ENTRY_BYTES_MAX,
               "an entry has room for all of a visit");

static struct kept_head head_at(const struct page *page, uint32_t at)
{
    struct kept_head head;
    must(at + sizeof head <= page->kept_bytes);
    memcpy(&head, page->kept + at, sizeof head);
    return head;
}

int64_t kept_value_of(const struct kept_value *values, uint32_t count, uint32_t index)
{
    for (uint32_t i = 0; i < count; i++) {
        if (values[i].index == index) {
            return values[i].value;
        }
    }
    return 0;
}

/* ---- one visit as bytes --------------------------------------------------------------------- */

static void put_values(struct buf *out, const struct kept_value *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        buf_add(out, &values[i].index, sizeof values[i].index);
        buf_add(out, &values[i].value, sizeof values[i].value);
    }
}

static void encode(const struct kept_visit *visit, struct buf *out)
{
    struct kept_head head = {.triggers = visit->triggers,
                             .pack_key = visit->pack_key,
                             .judged_ms = visit->judged_ms,
                             .hand_ms = visit->hand_ms,
                             .hand_arrival = visit->hand_arrival,
                             .arrivals = visit->arrivals,
                             .leg = visit->leg,
                             .flags = (uint8_t)((visit->has_hand ? FLAG_HAND : 0) |
                                                (visit->overridden ? FLAG_OVERRIDDEN : 0)),
                             .points_count = (uint8_t)visit->points_count,
                             .marks_count = (uint8_t)visit->marks_count,
                             .fired_count = (uint8_t)visit->fired_count,
                             .carried_loose = visit->carried_loose};
    buf_clear(out);
    buf_add(out, &head, sizeof head);
    for (unsigned i = 0; i < KEPT_CARRIED_MAX; i++) {
        if (visit->carried[i] != VALUE_UNKNOWN) {
            head.carried_mask = (uint16_t)(head.carried_mask | 1U << i);
            buf_add(out, &visit->carried[i], sizeof visit->carried[i]);
        }
    }
    put_values(out, visit->points, visit->points_count);
    put_values(out, visit->marks, visit->marks_count);
    put_values(out, visit->fired, visit->fired_count);
    buf_add_str(out, visit->event_bytes);
    must(out->len <= KEPT_ENTRY_BYTES_MAX);
    head.bytes = (uint32_t)out->len;
    memcpy(out->at, &head, sizeof head);
}

/* What is left of an entry while it is read. */
struct rest {
    const uint8_t *at;
    size_t left;
    bool bad;
};

static void take(struct rest *rest, void *to, size_t count)
{
    if (rest->bad || rest->left < count) {
        rest->bad = true;
        memset(to, 0, count);
        return;
    }
    memcpy(to, rest->at, count);
    rest->at += count;
    rest->left -= count;
}

static uint32_t take_values(struct rest *rest, struct kept_value *values, uint32_t count,
                            uint32_t max)
{
    if (count > max) {
        rest->bad = true;
        return 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        take(rest, &values[i].index, sizeof values[i].index);
        take(rest, &values[i].value, sizeof values[i].value);
    }
    return count;
}

/* The bytes of one whole entry; false if they are none. */
static bool decode(const uint8_t *bytes, const struct kept_head *head, struct kept_visit *visit,
                   struct event *event)
{
    struct rest rest = {bytes + sizeof *head, head->bytes - sizeof *head, false};
    visit->pack_key = head->pack_key;
    visit->event = event;
    visit->judged_ms = head->judged_ms;
    visit->leg = head->leg;
    visit->triggers = head->triggers;
    visit->has_hand = (head->flags & FLAG_HAND) != 0;
    visit->hand_ms = head->hand_ms;
    visit->hand_arrival = head->hand_arrival;
    visit->arrivals = head->arrivals;
    visit->overridden = (head->flags & FLAG_OVERRIDDEN) != 0;
    visit->carried_loose = head->carried_loose;
    for (unsigned i = 0; i < KEPT_CARRIED_MAX; i++) {
        visit->carried[i] = VALUE_UNKNOWN;
        if ((head->carried_mask >> i & 1) != 0) {
            take(&rest, &visit->carried[i], sizeof visit->carried[i]);
        }
    }
    visit->points_count = take_values(&rest, visit->points, head->points_count, PAGE_POINTS_MAX);
    visit->marks_count = take_values(&rest, visit->marks, head->marks_count, PAGE_HELD_MARKS_MAX);
    visit->fired_count = take_values(&rest, visit->fired, head->fired_count, KEPT_FIRED_MAX);
    visit->event_bytes = (struct str){(const char *)rest.at, rest.left};
    return !rest.bad && event_decode(event, rest.at, rest.left) == rest.left;
}

/* ---- all of a page -------------------------------------------------------------------------- */

/* Grown by little: most pages keep one visit, and all of them for long. */
static void make_room(struct page *page, uint32_t bytes)
{
    if (bytes > page->kept_cap) {
        uint32_t cap = (bytes + ROOM_STEP - 1) / ROOM_STEP * ROOM_STEP;
        page->kept = mem_grow(page->kept, page->kept_cap, cap, 1);
        page->kept_cap = cap;
    }
}

/* Puts so many bytes in the place of others. */
static void replace(struct page *page, uint32_t at, uint32_t old_bytes, struct str fresh)
{
    uint32_t after = page->kept_bytes - at - old_bytes;
    uint32_t bytes = page->kept_bytes - old_bytes + (uint32_t)fresh.len;
    make_room(page, bytes);
    memmove(page->kept + at + fresh.len, page->kept + at + old_bytes, after);
    if (fresh.len > 0) {
        memcpy(page->kept + at, fresh.at, fresh.len);
    }
    page->kept_bytes = bytes;
    page->dirty = true;
}

/* Forgets what stands before a place; of a page where much happened the room is given back. */
static void drop_until(struct page *page, uint32_t at)
{
    if (at == 0) {
        return;
    }
    replace(page, 0, at, STR(""));
    if (page->kept_bytes == 0 && page->kept_cap > ROOM_KEPT) {
        mem_free(page->kept);
        page->kept = NULL;
        page->kept_cap = 0;
    }
}

uint32_t kept_next(const struct page *page, uint32_t at)
{
    return at + head_at(page, at).bytes;
}

void kept_add(struct page *page, const struct kept_visit *visit, struct buf *scratch)
{
    uint32_t place = 0;
    uint32_t count = 0;
    for (uint32_t at = 0; at < page->kept_bytes; at = kept_next(page, at)) {
        if (head_at(page, at).judged_ms <= visit->judged_ms) {
            place = kept_next(page, at);
        }
        count++;
    }
    if (count == KEPT_VISITS_MAX && place == 0) {
        return; /* as many as are kept are younger */
    }
    encode(visit, scratch);
    replace(page, place, 0, buf_str(scratch));
    if (count == KEPT_VISITS_MAX) {
        drop_until(page, kept_next(page, 0));
    }
}

bool kept_read(const struct page *page, uint32_t at, struct kept_visit *visit, struct event *event)
{
    if (at >= page->kept_bytes) {
        return false;
    }
    struct kept_head head = head_at(page, at);
    must(decode(page->kept + at, &head, visit, event));
    return true;
}

void kept_note_fired(struct page *page, uint32_t at, const struct kept_visit *visit,
                     struct buf *scratch)
{
    encode(visit, scratch);
    replace(page, at, head_at(page, at).bytes, buf_str(scratch));
}

bool kept_has_after(const struct page *page, int64_t time_ms)
{
    for (uint32_t at = 0; at < page->kept_bytes; at = kept_next(page, at)) {
        if (head_at(page, at).judged_ms > time_ms) {
            return true;
        }
    }
    return false;
}

void kept_drop_before(struct page *page, int64_t time_ms)
{
    uint32_t at = 0;
    while (at < page->kept_bytes && head_at(page, at).judged_ms < time_ms) {
        at = kept_next(page, at);
    }
    drop_until(page, at);
}

/* ---- visits and records --------------------------------------------------------------------- */

const struct record *kept_hand(const struct page *page, const struct kept_visit *visit)
{
    if (!visit->has_hand) {
        return NULL;
    }
    const struct stream *stream = &page->streams[stream_of_leg(visit->event->kind, visit->leg)];
    for (uint32_t i = stream_upper(stream, visit->hand_ms - 1); i < stream->end; i++) {
        const struct record *record = &stream->records[i];
        if (record->time_ms != visit->hand_ms || record->arrival == visit->hand_arrival) {
            return record->time_ms == visit->hand_ms ? record : NULL;
        }
    }
    return NULL;
}

bool kept_find(const struct page *page, const struct record *record, struct kept_visit *visit,
               struct event *event)
{
    for (uint32_t at = 0; at < page->kept_bytes; at = kept_next(page, at)) {
        struct kept_head head = head_at(page, at);
        if ((head.flags & FLAG_HAND) != 0 && head.hand_ms == record->time_ms &&
            head.hand_arrival == record->arrival) {
            return kept_read(page, at, visit, event);
        }
    }
    return false;
}

/* ---- what comes from a store ---------------------------------------------------------------- */

static bool is_number(int64_t value)
{
    return value == VALUE_UNKNOWN ||
           (value > -HISTORY_TIME_LIMIT_MS && value < HISTORY_TIME_LIMIT_MS);
}

/* Times and amounts that can be added up, and a leg that ends at this page. */
static bool event_fits(const struct event *event, int leg, const struct page *page)
{
    const int64_t numbers[] = {event->duration_ms,
                               event->amount_minor,
                               event->balance_before_minor,
                               event->balance_after_minor,
                               event->opened_ms,
                               event->birth_year,
                               event->from_ms,
                               event->to_ms};
    bool fits = event->time_ms >= 0 && event->judged_ms >= 0 && is_number(event->time_ms) &&
                is_number(event->judged_ms) && event->source_len <= sizeof event->source;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        fits = fits && is_number(numbers[i]);
    }
    return fits && leg < LEG_COUNT && event_has_leg(event, leg) &&
           token_eq(event_leg_token(event, leg), &page->token);
}

static bool visit_fits(const struct page *page, const struct kept_visit *visit)
{
    const struct event *event = visit->event;
    if (!event_fits(event, visit->leg, page)) {
        return false;
    }
    bool has_stream = stream_of_leg(event->kind, visit->leg) < STREAM_COUNT;
    return visit->judged_ms >= event->judged_ms && is_number(visit->judged_ms) &&
           visit->triggers != 0 && is_number(visit->hand_ms) && visit->has_hand == has_stream;
}

bool kept_is_sound(const struct page *page)
{
    struct kept_head head = {.judged_ms = INT64_MIN};
    uint32_t count = 0;
    for (uint32_t at = 0; at < page->kept_bytes; at += head.bytes) {
        struct kept_visit visit;
        struct event event;
        int64_t before_ms = head.judged_ms;
        uint32_t left = page->kept_bytes - at;
        if (left < sizeof head || ++count > KEPT_VISITS_MAX) {
            return false;
        }
        memcpy(&head, page->kept + at, sizeof head);
        if (head.bytes < sizeof head || head.bytes > left || head.judged_ms < before_ms ||
            (head.flags & ~FLAGS_ALL) != 0 || !decode(page->kept + at, &head, &visit, &event) ||
            !visit_fits(page, &visit)) {
            return false;
        }
    }
    return true;
}
