#include "engine/frame.h"

#include "engine/base/caltime.h"
#include "engine/base/fingerprint.h"
#include "engine/base/must.h"
#include "engine/state/page.h"

#include <string.h>

#define FRAME_MAGIC UINT32_C(0x32464c53) /* "SLF2" */
#define VALUE_LIMIT (INT64_C(1) << 60)

enum { HEAD_BYTES = 4 + 8 + 4 + 8 + 32, HEAD_COUNT_AT = 12, HEAD_PACK_AT = 16, HEAD_HASH_AT = 24 };

int place_compare(const struct place *a, const struct place *b)
{
    if (a->lsn != b->lsn) {
        return a->lsn < b->lsn ? -1 : 1;
    }
    int order = memcmp(a->actor.bytes, b->actor.bytes, TOKEN_BYTES);
    if (order != 0) {
        return order < 0 ? -1 : 1;
    }
    return a->sub < b->sub ? -1 : a->sub > b->sub;
}

void frame_begin(struct buf *out, int64_t clock_ms)
{
    uint8_t head[HEAD_BYTES] = {0};
    uint32_t magic = FRAME_MAGIC;
    memcpy(head, &magic, sizeof magic);
    memcpy(head + 4, &clock_ms, sizeof clock_ms);
    buf_clear(out);
    buf_add(out, head, sizeof head);
}

void frame_activate(struct buf *out, uint64_t number, const uint8_t *hash)
{
    must(out->len >= HEAD_BYTES && number > 0);
    memcpy(out->at + HEAD_PACK_AT, &number, sizeof number);
    memcpy(out->at + HEAD_HASH_AT, hash, 32);
}

void frame_set_clock(struct buf *out, int64_t clock_ms)
{
    int64_t before_ms;
    must(out->len >= HEAD_BYTES);
    memcpy(&before_ms, out->at + 4, sizeof before_ms);
    if (clock_ms > before_ms) {
        memcpy(out->at + 4, &clock_ms, sizeof clock_ms);
    }
}

void frame_set_writer(struct buf *out, int64_t now_ms)
{
    int64_t clock_ms = -now_ms;
    must(out->len >= HEAD_BYTES && now_ms > 0);
    memcpy(out->at + 4, &clock_ms, sizeof clock_ms);
}

uint32_t frame_visit_count(const struct buf *frame)
{
    uint32_t count;
    must(frame->len >= HEAD_BYTES);
    memcpy(&count, frame->at + HEAD_COUNT_AT, sizeof count);
    return count;
}

/* The part of a visit before its carried values. */
struct visit_head {
    uint32_t bytes; /* of the whole visit, this head included */
    uint32_t source;
    uint64_t lsn;
    uint64_t carried_pack;
    struct token actor;
    uint32_t sub;
    uint16_t carried_mask;
    uint8_t leg;
    uint8_t has_loose; /* behind the carried values stands which of them are loose */
};
_Static_assert(sizeof(struct visit_head) == 48, "sent as it is, without padding");

void frame_add(struct buf *out, const struct visit *visit)
{
    uint32_t count = frame_visit_count(out) + 1;
    must(count <= FRAME_VISITS_MAX);
    memcpy(out->at + HEAD_COUNT_AT, &count, sizeof count);
    struct visit_head head = {.source = visit->source,
                              .lsn = visit->place.lsn,
                              .carried_pack = visit->carried_pack,
                              .actor = visit->place.actor,
                              .sub = visit->place.sub,
                              .leg = visit->leg,
                              .has_loose = visit->carried_loose != 0};
    size_t from = out->len;
    buf_add(out, &head, sizeof head);
    for (unsigned i = 0; i < PROGRAM_CARRIED_MAX; i++) {
        if (visit->carried[i] != VALUE_UNKNOWN) {
            head.carried_mask = (uint16_t)(head.carried_mask | 1U << i);
            buf_add(out, &visit->carried[i], sizeof visit->carried[i]);
        }
    }
    if (visit->carried_loose != 0) {
        buf_add(out, &visit->carried_loose, sizeof visit->carried_loose);
    }
    event_encode(out, &visit->event);
    head.bytes = (uint32_t)(out->len - from);
    memcpy(out->at + from, &head, sizeof head);
}

static bool is_time(int64_t time_ms)
{
    return time_ms >= 0 && time_ms <= CALTIME_MAX_MS;
}

bool frame_open(struct frame_reader *reader, struct str bytes)
{
    uint32_t magic = 0;
    *reader = (struct frame_reader){(const uint8_t *)bytes.at, bytes.len, {0}};
    if (bytes.len < HEAD_BYTES) {
        return false;
    }
    memcpy(&magic, reader->at, sizeof magic);
    int64_t clock_ms;
    memcpy(&clock_ms, reader->at + 4, sizeof clock_ms);
    if (clock_ms < -CALTIME_MAX_MS || clock_ms > CALTIME_MAX_MS) {
        return false;
    }
    reader->head.clock_ms = clock_ms > 0 ? clock_ms : 0;
    reader->head.writer_ms = clock_ms < 0 ? -clock_ms : 0;
    memcpy(&reader->head.visit_count, reader->at + HEAD_COUNT_AT, sizeof reader->head.visit_count);
    memcpy(&reader->head.pack_number, reader->at + HEAD_PACK_AT, sizeof reader->head.pack_number);
    memcpy(reader->head.pack_hash, reader->at + HEAD_HASH_AT, sizeof reader->head.pack_hash);
    reader->at += HEAD_BYTES;
    reader->left -= HEAD_BYTES;
    return magic == FRAME_MAGIC && reader->head.visit_count <= FRAME_VISITS_MAX;
}

static bool is_value(int64_t value, int64_t low)
{
    return value == VALUE_UNKNOWN || (value >= low && value < VALUE_LIMIT);
}

/* Values that pages can hold and add up. Ingest lets no others through. */
/* Before 1970 too, or unknown. */
static bool is_moment(int64_t time_ms)
{
    return time_ms == VALUE_UNKNOWN || (time_ms >= -CALTIME_MAX_MS && time_ms <= CALTIME_MAX_MS);
}

static bool mark_is_sound(const struct event *event)
{
    return event->mark_level >= 1 && event->mark_level <= MARK_LEVEL_MAX && is_time(event->to_ms);
}

static bool event_is_sound(const struct event *event)
{
    return is_time(event->time_ms) && is_time(event->judged_ms) &&
           is_value(event->duration_ms, 0) && is_value(event->amount_minor, 0) &&
           is_moment(event->opened_ms) && is_value(event->birth_year, -VALUE_LIMIT) &&
           is_moment(event->from_ms) && is_moment(event->to_ms) &&
           (event->kind != EVENT_MARK || mark_is_sound(event));
}

bool frame_next(struct frame_reader *reader, struct visit *visit)
{
    struct visit_head head;
    if (reader->left < sizeof head) {
        return false;
    }
    memcpy(&head, reader->at, sizeof head);
    if (head.bytes < sizeof head || head.bytes > reader->left || head.leg >= LEG_COUNT) {
        return false;
    }
    const uint8_t *at = reader->at + sizeof head;
    const uint8_t *end = reader->at + head.bytes;
    for (unsigned i = 0; i < PROGRAM_CARRIED_MAX; i++) {
        visit->carried[i] = VALUE_UNKNOWN;
        if (head.carried_mask >> i & 1) {
            if (end - at < (ptrdiff_t)sizeof visit->carried[i]) {
                return false;
            }
            memcpy(&visit->carried[i], at, sizeof visit->carried[i]);
            at += sizeof visit->carried[i];
        }
    }
    visit->carried_loose = 0;
    if (head.has_loose == 1 && end - at >= (ptrdiff_t)sizeof visit->carried_loose) {
        memcpy(&visit->carried_loose, at, sizeof visit->carried_loose);
        at += sizeof visit->carried_loose;
    } else if (head.has_loose != 0) {
        return false;
    }
    visit->source = head.source;
    visit->place = (struct place){head.lsn, head.actor, head.sub};
    visit->leg = head.leg;
    visit->carried_pack = head.carried_pack;
    visit->event_bytes = (struct str){(const char *)at, (size_t)(end - at)};
    if (event_decode(&visit->event, at, (size_t)(end - at)) != (size_t)(end - at) ||
        !event_is_sound(&visit->event)) {
        return false;
    }
    reader->at = end;
    reader->left -= head.bytes;
    return true;
}

uint64_t frame_print(uint64_t offset, int64_t append_ms, struct str bytes)
{
    const struct {
        uint64_t offset;
        int64_t append_ms;
    } place = {offset, append_ms};
    return fingerprint(bytes, fingerprint((struct str){(const char *)&place, sizeof place}, 0));
}
