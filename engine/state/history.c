#include "engine/state/history.h"
#include "engine/state/usual.h"

#include "engine/base/must.h"

#include <string.h>

#define CALL_COPY_MS ((int64_t)60 * 1000)

/* ---- looking -------------------------------------------------------------------------------- */

struct record *page_find_record(struct page *page, int stream, const struct record *like,
                                uint64_t other_id)
{
    must(stream >= 0 && stream < STREAM_COUNT);
    bool payments = stream == STREAM_PAYMENT_IN || stream == STREAM_PAYMENT_OUT;
    struct stream *history = &page->streams[stream];
    for (uint32_t i = history->end; i-- > history->begin;) {
        struct record *known = &history->records[i];
        bool named = known->id == like->id || known->id == other_id;
        bool payment = payments || (stream == STREAM_USE && known->use_what == USE_WHAT_PAY);
        if (named && known->peer == like->peer &&
            (!payment || known->value == like->value || known->value == VALUE_UNKNOWN ||
             like->value == VALUE_UNKNOWN)) {
            return known;
        }
    }
    return NULL;
}

void page_set_alias(struct page *page, uint64_t message_id, uint64_t record_id)
{
    if (page_find_alias(page, message_id) == record_id) {
        return;
    }
    uint32_t gone = 0; /* the one with this message_id; if there is none and no room, the oldest */
    while (gone < page->alias_count && page->aliases[gone].message_id != message_id) {
        gone++;
    }
    if (gone == page->alias_count && gone == PAGE_ALIASES_MAX) {
        gone = 0;
    }
    if (gone < page->alias_count) {
        page->alias_count--;
        memmove(page->aliases + gone, page->aliases + gone + 1,
                (page->alias_count - gone) * sizeof *page->aliases);
    }
    page->aliases =
        page_reserve(page->aliases, &page->alias_cap, page->alias_count + 1, sizeof *page->aliases);
    page->aliases[page->alias_count++] = (struct alias){message_id, record_id};
    page->dirty = true;
}

uint64_t page_find_alias(const struct page *page, uint64_t message_id)
{
    for (uint32_t i = 0; i < page->alias_count; i++) {
        if (page->aliases[i].message_id == message_id) {
            return page->aliases[i].record_id;
        }
    }
    return message_id;
}

static bool call_has_end(const struct record *call)
{
    return (call->flags & RECORD_ENDED) != 0 && call->value != VALUE_UNKNOWN;
}

static bool calls_overlap(const struct record *a, const struct record *b)
{
    int64_t apart_ms = a->time_ms - b->time_ms;
    if (apart_ms == 0) {
        return true;
    }
    if (!call_has_end(a) || !call_has_end(b)) {
        return apart_ms >= -CALL_COPY_MS && apart_ms <= CALL_COPY_MS;
    }
    /* a starts before b ends, and b before a ends */
    return apart_ms < b->value && -apart_ms < a->value;
}

struct record *page_find_call_copy(struct page *page, int stream, const struct record *draft)
{
    must(stream == STREAM_CALL_IN || stream == STREAM_CALL_OUT);
    /* A person keeps 64 numbers apart: of those beyond nobody can say whether they are the same. */
    bool unknown = page->entity == ENTITY_PERSON && draft->member == RECORD_MEMBER_NONE;
    if (draft->peer == 0 || unknown) {
        return NULL;
    }
    struct stream *history = &page->streams[stream];
    for (uint32_t i = history->end; i-- > history->begin;) {
        struct record *known = &history->records[i];
        if (known->peer == draft->peer && known->member == draft->member &&
            known->id != draft->id && calls_overlap(known, draft)) {
            return known;
        }
    }
    return NULL;
}

int64_t record_gap_ms(const struct record *record)
{
    uint64_t gap = (uint64_t)record->gap_high_ms << 32 | record->gap_low_ms;
    return gap == HISTORY_GAP_UNKNOWN ? VALUE_UNKNOWN : (int64_t)gap;
}

int64_t page_known_for_ms(const struct page *page, const struct record *record)
{
    if (record->peer == 0) {
        return 0;
    }
    const struct peer *peer = page_find_peer(page, record->peer);
    if (peer == NULL) {
        return VALUE_UNKNOWN;
    }
    /* A peer that gave way and came back was met again later. */
    return peer->first_met_ms > record->time_ms ? 0 : record->time_ms - peer->first_met_ms;
}

/* ---- adding --------------------------------------------------------------------------------- */

static void record_set_gap(struct record *record, int64_t gap_ms)
{
    uint64_t gap = gap_ms == VALUE_UNKNOWN ? HISTORY_GAP_UNKNOWN : (uint64_t)gap_ms;
    if (gap_ms != VALUE_UNKNOWN && gap >= HISTORY_GAP_UNKNOWN) {
        gap = HISTORY_GAP_UNKNOWN - 1;
    }
    record->gap_low_ms = (uint32_t)gap;
    record->gap_high_ms = (uint16_t)(gap >> 32);
}

/* Was there a contact in this direction within the 30 days up to t? Asked of a record that may be
 * late, before it is added. */
static bool contact_before(const struct page *page, const struct peer *peer, bool in, int64_t t)
{
    int64_t last_ms = in ? peer->last_in_ms : peer->last_out_ms;
    if (last_ms == TIME_NONE) {
        return false;
    }
    if (last_ms <= t) {
        return t - last_ms < HISTORY_TWO_WAY_MS;
    }
    uint64_t low64 = token_low64(&peer->token);
    for (int s = 0; s < STREAM_COUNT; s++) {
        const struct stream *stream = &page->streams[s];
        if (stream_is_in(s) != in) {
            continue;
        }
        for (uint32_t i = stream_upper(stream, t); i-- > stream->begin;) {
            if (t - stream->records[i].time_ms >= HISTORY_TWO_WAY_MS) {
                break;
            }
            if (stream->records[i].peer == low64) {
                return true;
            }
        }
    }
    return false;
}

/* Time of the page's newest record at or before t, TIME_NONE if there is none: retained, the
 * newest dropped, or what the gap of the next one tells. */
static int64_t time_before(const struct page *page, int64_t t)
{
    if (page->newest_record_ms <= t) {
        return page->newest_record_ms;
    }
    int64_t before_ms = TIME_NONE;
    for (int s = 0; s < STREAM_COUNT; s++) {
        const struct stream *stream = &page->streams[s];
        if (!stream_is_act(s)) {
            continue;
        }
        uint32_t next = stream_upper(stream, t);
        int64_t found[3] = {stream->dropped_until_ms, TIME_NONE, TIME_NONE};
        if (next > stream->begin) {
            found[1] = stream->records[next - 1].time_ms;
        }
        if (next < stream->end && record_gap_ms(&stream->records[next]) != VALUE_UNKNOWN) {
            found[2] = stream->records[next].time_ms - record_gap_ms(&stream->records[next]);
        }
        for (int i = 0; i < 3; i++) {
            if (found[i] <= t && found[i] > before_ms) {
                before_ms = found[i];
            }
        }
    }
    return before_ms;
}

/* The first younger record of the page follows the new one now. Of several at that moment only the
 * first to arrive has a gap above zero; taking the smaller one leaves the others alone. */
static void correct_gap(struct page *page, int64_t t)
{
    int64_t next_ms = INT64_MAX;
    for (int s = 0; s < STREAM_COUNT; s++) {
        const struct stream *stream = &page->streams[s];
        uint32_t next = stream_upper(stream, t);
        if (stream_is_act(s) && next < stream->end && stream->records[next].time_ms < next_ms) {
            next_ms = stream->records[next].time_ms;
        }
    }
    for (int s = 0; s < STREAM_COUNT; s++) {
        struct stream *stream = &page->streams[s];
        for (uint32_t i = stream_upper(stream, t);
             stream_is_act(s) && i < stream->end && stream->records[i].time_ms == next_ms; i++) {
            int64_t gap_ms = record_gap_ms(&stream->records[i]);
            if (gap_ms == VALUE_UNKNOWN || gap_ms > next_ms - t) {
                record_set_gap(&stream->records[i], next_ms - t);
            }
        }
    }
}

/* Younger records with the same peer: no longer the first, perhaps answered. */
static void correct_flags(struct page *page, int stream, const struct record *added)
{
    for (int s = 0; s < STREAM_COUNT; s++) {
        struct stream *other = &page->streams[s];
        for (uint32_t i = other->end; i-- > other->begin;) {
            struct record *younger = &other->records[i];
            if (younger->time_ms <= added->time_ms) {
                break;
            }
            if (younger->peer != added->peer) {
                continue;
            }
            younger->flags &= (uint16_t)~RECORD_FIRST_TIME;
            if (stream_is_in(s) != stream_is_in(stream) &&
                younger->time_ms - added->time_ms < HISTORY_TWO_WAY_MS) {
                younger->flags |= RECORD_TWO_WAY;
            }
        }
    }
}

/* The record as it will be stored: gap and flags against what the page knows now. */
static struct record complete(const struct page *page, int stream, const struct record *draft,
                              const struct peer *peer)
{
    struct record record = *draft;
    int64_t t = record.time_ms;
    record.arrival = page->arrivals;
    record.flags &= (uint16_t) ~(RECORD_FIRST_TIME | RECORD_TWO_WAY | RECORD_LATE);
    if (stream_is_act(stream) && t < page->newest_record_ms) {
        record.flags |= RECORD_LATE;
    }
    if (peer == NULL || peer->first_met_ms > t) {
        record.flags |= RECORD_FIRST_TIME;
    }
    if (peer != NULL && contact_before(page, peer, !stream_is_in(stream), t)) {
        record.flags |= RECORD_TWO_WAY;
    }
    int64_t before_ms = stream_is_act(stream) ? time_before(page, t) : TIME_NONE;
    record_set_gap(&record, before_ms == TIME_NONE ? VALUE_UNKNOWN : t - before_ms);
    return record;
}

/* Sums up what exceeds the retention. */
static void drop_old(struct page *page, int stream, const struct retention *retention)
{
    struct stream *history = &page->streams[stream];
    uint32_t records_max = retention->stream[page->entity][stream].records_max;
    int64_t age_max_ms = retention->stream[page->entity][stream].age_max_ms;
    while (history->begin < history->end && stream_exceeds(history, records_max, age_max_ms)) {
        const struct record *dropped = stream_drop_oldest(history, stream_has_sums(stream));
        usual_add(page, stream, dropped, page->newest_record_ms);
        struct peer *peer = dropped->peer == 0 ? NULL : peer_find(page, dropped->peer);
        if (peer != NULL && peer->retained > 0) {
            peer->retained--;
        }
    }
}

static void meet(struct page *page, int stream, int64_t t, const struct peer_draft *draft,
                 struct peer *known, bool retained, uint32_t peers_max)
{
    struct peer *peer = known;
    if (peer == NULL) {
        peer = peer_add(page, draft, peers_max);
        if (retained && peer->retained == 0) {
            peer->retained = 1;
        }
    }
    if (peer->mask_len == 0 && draft->mask_len > 0) {
        must(draft->mask_len <= EVENT_MASK_MAX);
        memcpy(peer->mask, draft->mask, draft->mask_len);
        peer->mask_len = draft->mask_len;
    }
    peer_contact(peer, stream_is_in(stream), t);
}

struct record *page_add_record(struct page *page, int stream, const struct record *draft,
                               const struct peer_draft *peer, const struct retention *retention)
{
    must(stream >= 0 && stream < STREAM_COUNT);
    must(draft->time_ms > -HISTORY_TIME_LIMIT_MS && draft->time_ms < HISTORY_TIME_LIMIT_MS);
    bool somebody = peer != NULL && peer->token != NULL && !token_is_zero(peer->token);
    uint64_t low64 = somebody ? token_low64(peer->token) : 0;
    somebody = low64 != 0;
    struct peer *known = somebody ? peer_find(page, low64) : NULL;
    struct record record = complete(page, stream, draft, known);
    record.peer = low64;
    if (!stream_is_act(stream)) {
        must(!somebody);
    } else if (record.time_ms < page->newest_record_ms) {
        correct_gap(page, record.time_ms);
        if (somebody) {
            correct_flags(page, stream, &record);
        }
    } else {
        page->newest_record_ms = record.time_ms;
    }
    uint32_t records_max = retention->stream[page->entity][stream].records_max;
    uint32_t at = stream_insert(&page->streams[stream], &record, records_max);
    if (known != NULL) {
        known->retained++;
    }
    page->arrivals++;
    drop_old(page, stream, retention);
    bool retained = at >= page->streams[stream].begin;
    if (somebody) {
        meet(page, stream, record.time_ms, peer, known, retained, retention->peers_max);
    }
    page->dirty = true;
    return retained ? &page->streams[stream].records[at] : NULL;
}
