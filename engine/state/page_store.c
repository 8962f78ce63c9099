#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/eval/vocab.h"
#include "engine/state/history.h"
#include "engine/state/kept.h"
#include "engine/state/usual.h"

#include <string.h>

/* Numbers are stored as they lie in memory. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "stored pages are little-endian");

#define PIECE_PEERS (1 + STREAM_COUNT)
#define RECORDS_LIMIT (UINT32_C(1) << 20)
#define PEERS_LIMIT (UINT16_MAX - 1)
#define DAYS_LIMIT (PAGE_DAYS_MAX + 1)

/* One description of each part serves both directions: it writes to out, or reads from at. What is
 * wrong when reading is noted once and makes all that follows zero. */
struct coder {
    struct buf *out; /* NULL: reading */
    const char *at;
    size_t left;
    const char *wrong;
};

struct page_decoder {
    struct page *page; /* NULL until the head was read */
    /* What the head announces and the pieces must bring. */
    uint32_t records[STREAM_COUNT];
    uint32_t peers;
    bool failed;
};

/* ---- values --------------------------------------------------------------------------------- */

static void code_wrong(struct coder *coder, const char *what)
{
    if (coder->wrong == NULL) {
        coder->wrong = what;
    }
}

static void code_bytes(struct coder *coder, void *bytes, size_t count)
{
    if (coder->out != NULL) {
        buf_add(coder->out, bytes, count);
        return;
    }
    if (coder->left < count) {
        code_wrong(coder, "it is cut short");
    }
    if (coder->wrong != NULL) {
        memset(bytes, 0, count);
        return;
    }
    if (count > 0) {
        memcpy(bytes, coder->at, count);
    }
    coder->at += count;
    coder->left -= count;
}

static void code_u8(struct coder *coder, uint8_t *value, uint8_t max, const char *what)
{
    code_bytes(coder, value, sizeof *value);
    if (coder->out == NULL && *value > max) {
        code_wrong(coder, what);
        *value = 0;
    }
}

static void code_u32(struct coder *coder, uint32_t *value, uint32_t max, const char *what)
{
    code_bytes(coder, value, sizeof *value);
    if (coder->out == NULL && *value > max) {
        code_wrong(coder, what);
        *value = 0;
    }
}

static void code_u64(struct coder *coder, uint64_t *value)
{
    code_bytes(coder, value, sizeof *value);
}

static void code_i64(struct coder *coder, int64_t *value)
{
    code_bytes(coder, value, sizeof *value);
}

/* Later sums and differences of two such numbers do not overflow. */
static bool number_fits(int64_t value)
{
    return value > -HISTORY_TIME_LIMIT_MS && value < HISTORY_TIME_LIMIT_MS;
}

/* A number, or the one value that stands for none. */
static void code_number_or(struct coder *coder, int64_t *value, int64_t none, const char *what)
{
    code_i64(coder, value);
    if (coder->out == NULL && !number_fits(*value) && *value != none) {
        code_wrong(coder, what);
        *value = 0;
    }
}

static void code_time(struct coder *coder, int64_t *time_ms)
{
    code_number_or(coder, time_ms, 0, "a time is out of range");
}

/* A time, or TIME_NONE. */
static void code_time_if_any(struct coder *coder, int64_t *time_ms)
{
    code_number_or(coder, time_ms, TIME_NONE, "a time is out of range");
}

/* A number from 0 to max. */
static void code_size(struct coder *coder, int64_t *value, int64_t max, const char *what)
{
    code_i64(coder, value);
    if (coder->out == NULL && (*value < 0 || *value > max)) {
        code_wrong(coder, what);
        *value = 0;
    }
}

static void code_bool(struct coder *coder, bool *value)
{
    uint8_t byte = *value;
    code_u8(coder, &byte, 1, "a truth value is neither 0 nor 1");
    *value = byte != 0;
}

static void code_token(struct coder *coder, struct token *token)
{
    code_bytes(coder, token->bytes, sizeof token->bytes);
}

static void code_entity(struct coder *coder, uint8_t *entity)
{
    code_u8(coder, entity, ENTITY_KIND_COUNT - 1, "an entity kind is unknown");
}

static void code_text(struct coder *coder, char *text, uint8_t *len, uint8_t max)
{
    code_u8(coder, len, max, "a text is too long");
    code_bytes(coder, text, *len);
}

/* ---- the head ------------------------------------------------------------------------------- */

/* Count of an array, and when reading its room: at most max items of at least item_bytes each. */
static void *code_array(struct coder *coder, void *array, uint32_t *count, uint32_t *cap,
                        uint32_t max, size_t item_bytes)
{
    code_u32(coder, count, max, "an array is too long");
    if (coder->out == NULL) {
        if (*count > coder->left) { /* an item has at least one byte */
            code_wrong(coder, "it is cut short");
            *count = 0;
        }
        array = page_reserve(array, cap, *count, item_bytes);
    }
    return array;
}

static void code_fixed(struct coder *coder, struct page *page)
{
    code_token(coder, &page->token);
    code_entity(coder, &page->entity);
    code_u8(coder, &page->stand_in, 1, "a truth value is neither 0 nor 1");
    code_entity(coder, &page->stand_in_entity);
    code_token(coder, &page->stand_in_token);
    code_token(coder, &page->holder);
    code_u64(coder, &page->applied_lsn);
    code_time_if_any(coder, &page->newest_judged_ms);
    code_time_if_any(coder, &page->first_seen_ms);
    code_time_if_any(coder, &page->newest_record_ms);
    code_bytes(coder, &page->arrivals, sizeof page->arrivals);
    code_text(coder, page->mask, &page->mask_len, sizeof page->mask);
    code_text(coder, page->region_text, &page->region_text_len, sizeof page->region_text);
    code_text(coder, page->adviser, &page->adviser_len, sizeof page->adviser);
    code_time_if_any(coder, &page->texts_ms);
    code_time_if_any(coder, &page->mask_ms);
    for (int i = 0; i < PAGE_ATTRIBUTE_COUNT; i++) {
        code_number_or(coder, &page->attributes[i].value, VALUE_UNKNOWN,
                       "an attribute is out of range");
        code_time_if_any(coder, &page->attributes[i].time_ms);
    }
}

static void code_lists(struct coder *coder, struct page *page)
{
    page->members = code_array(coder, page->members, &page->member_count, &page->member_cap,
                               PAGE_MEMBERS_MAX, sizeof *page->members);
    for (uint32_t i = 0; i < page->member_count; i++) {
        struct member *member = &page->members[i];
        code_token(coder, &member->token);
        code_entity(coder, &member->entity);
        code_text(coder, member->mask, &member->mask_len, sizeof member->mask);
    }
    page->memberships =
        code_array(coder, page->memberships, &page->membership_count, &page->membership_cap,
                   PAGE_MEMBERSHIPS_MAX, sizeof *page->memberships);
    for (uint32_t i = 0; i < page->membership_count; i++) {
        struct membership *membership = &page->memberships[i];
        code_u64(coder, &membership->list_key);
        code_time(coder, &membership->from_ms);
        code_number_or(coder, &membership->to_ms, INT64_MAX, "a time is out of range");
        code_time(coder, &membership->set_ms);
        code_bool(coder, &membership->removed);
    }
}

static void code_points(struct coder *coder, struct page *page)
{
    page->points = code_array(coder, page->points, &page->points_count, &page->points_cap,
                              PAGE_POINTS_MAX, sizeof *page->points);
    for (uint32_t i = 0; i < page->points_count; i++) {
        struct points *points = &page->points[i];
        code_u64(coder, &points->rule_key);
        code_u64(coder, &points->typology_key);
        code_time(coder, &points->fired_ms);
        code_time(coder, &points->until_ms);
        code_size(coder, &points->points, PAGE_LINE_POINTS_MAX, "points are out of range");
        code_u8(coder, &points->raise, TIER_LIMIT - 1, "a tier is unknown");
        code_bool(coder, &points->contradicted);
    }
}

static void code_episodes(struct coder *coder, struct page *page)
{
    page->episodes = code_array(coder, page->episodes, &page->episode_count, &page->episode_cap,
                                PAGE_EPISODES_MAX, sizeof *page->episodes);
    for (uint32_t i = 0; i < page->episode_count; i++) {
        struct episode *episode = &page->episodes[i];
        code_u64(coder, &episode->typology_key);
        code_token(coder, &episode->id);
        code_token(coder, &episode->warning_id);
        code_time(coder, &episode->opened_ms);
        code_time(coder, &episode->last_fired_ms);
        code_size(coder, &episode->closes_ms, HISTORY_TIME_LIMIT_MS - 1, "a time is out of range");
        code_time_if_any(coder, &episode->closed_before_ms);
        code_time_if_any(coder, &episode->closed_ms);
        code_bytes(coder, &episode->corrections, sizeof episode->corrections);
        code_u8(coder, &episode->tier, TIER_LIMIT - 1, "a tier is unknown");
        code_bool(coder, &episode->corrected);
    }
    page->episode_rules =
        code_array(coder, page->episode_rules, &page->episode_rule_count, &page->episode_rule_cap,
                   PAGE_EPISODE_RULES_MAX, sizeof *page->episode_rules);
    for (uint32_t i = 0; i < page->episode_rule_count; i++) {
        code_u64(coder, &page->episode_rules[i].typology_key);
        code_u64(coder, &page->episode_rules[i].rule_key);
    }
}

static void code_aliases(struct coder *coder, struct page *page)
{
    page->aliases = code_array(coder, page->aliases, &page->alias_count, &page->alias_cap,
                               PAGE_ALIASES_MAX, sizeof *page->aliases);
    for (uint32_t i = 0; i < page->alias_count; i++) {
        code_u64(coder, &page->aliases[i].message_id);
        code_u64(coder, &page->aliases[i].record_id);
    }
}

static void code_people(struct coder *coder, struct page *page)
{
    page->overrides = code_array(coder, page->overrides, &page->override_count, &page->override_cap,
                                 PAGE_OVERRIDES_MAX, sizeof *page->overrides);
    for (uint32_t i = 0; i < page->override_count; i++) {
        code_token(coder, &page->overrides[i].other);
        code_time(coder, &page->overrides[i].set_ms);
        code_time(coder, &page->overrides[i].to_ms);
    }
    page->held = code_array(coder, page->held, &page->held_count, &page->held_cap,
                            PAGE_HELD_MARKS_MAX, sizeof *page->held);
    for (uint32_t i = 0; i < page->held_count; i++) {
        code_u64(coder, &page->held[i].key);
        code_time(coder, &page->held[i].from_ms);
        code_time(coder, &page->held[i].until_ms);
        code_u8(coder, &page->held[i].level, MARK_LEVEL_MAX, "a mark's level is unknown");
    }
    page->outcomes = code_array(coder, page->outcomes, &page->outcome_count, &page->outcome_cap,
                                PAGE_OUTCOMES_MAX, sizeof *page->outcomes);
    for (uint32_t i = 0; i < page->outcome_count; i++) {
        code_u64(coder, &page->outcomes[i]);
    }
}

static void code_waits(struct coder *coder, struct page *page)
{
    page->waits = code_array(coder, page->waits, &page->wait_count, &page->wait_cap,
                             PAGE_WAITS_MAX + PAGE_SHADOW_WAITS_MAX, sizeof *page->waits);
    uint32_t shadows = 0;
    for (uint32_t i = 0; i < page->wait_count; i++) {
        struct wait *wait = &page->waits[i];
        code_u64(coder, &wait->pattern_key);
        code_token(coder, &wait->id);
        code_time(coder, &wait->until_ms);
        code_time(coder, &wait->due_ms);
        code_time(coder, &wait->record_ms);
        code_bytes(coder, &wait->record_arrival, sizeof wait->record_arrival);
        code_u8(coder, &wait->stream, STREAM_COUNT - 1, "a history is unknown");
        code_bool(coder, &wait->shadow);
        shadows += wait->shadow;
    }
    if (coder->out == NULL &&
        (shadows > PAGE_SHADOW_WAITS_MAX || page->wait_count - shadows > PAGE_WAITS_MAX)) {
        code_wrong(coder, "there are too many waits");
    }
}

static void code_stream(struct coder *coder, struct stream *stream, uint32_t *record_count)
{
    code_u32(coder, record_count, RECORDS_LIMIT, "a history is too long");
    code_u64(coder, &stream->dropped);
    code_time_if_any(coder, &stream->dropped_until_ms);
    if (coder->out == NULL && stream->dropped > UINT64_MAX / 2) {
        code_wrong(coder, "a number of dropped records is out of range");
        stream->dropped = 0;
    }
    stream->days = code_array(coder, stream->days, &stream->day_count, &stream->day_cap, DAYS_LIMIT,
                              sizeof *stream->days);
    for (uint32_t i = 0; i < stream->day_count; i++) {
        struct day_sum *day = &stream->days[i];
        code_bytes(coder, &day->day, sizeof day->day);
        code_bytes(coder, &day->count, sizeof day->count);
        code_i64(coder, &day->sum);
        if (coder->out == NULL && i > 0 && day->day <= stream->days[i - 1].day) {
            code_wrong(coder, "daily sums are out of order");
        }
    }
}

/* A bit for each history that holds or held something; most pages have few. */
static uint16_t streams_there(const struct page *page)
{
    _Static_assert(STREAM_COUNT <= 16, "a bit each");
    uint16_t there = 0;
    for (int s = 0; s < STREAM_COUNT; s++) {
        const struct stream *stream = &page->streams[s];
        bool used = stream->end != stream->begin || stream->dropped != 0 || stream->day_count != 0;
        there = (uint16_t)(there | used << s);
    }
    return there;
}

static void code_usuals(struct coder *coder, struct page *page)
{
    page->usuals = code_array(coder, page->usuals, &page->usual_count, &page->usual_cap,
                              USUAL_ROWS_MAX, sizeof *page->usuals);
    for (uint32_t i = 0; i < page->usual_count; i++) {
        struct usual *row = &page->usuals[i];
        code_bytes(coder, &row->day, sizeof row->day);
        code_bytes(coder, &row->key, sizeof row->key);
        code_bytes(coder, &row->count, sizeof row->count);
        if (coder->out == NULL && !usual_fits(i == 0 ? NULL : row - 1, row)) {
            code_wrong(coder, "what is usual is out of order");
        }
    }
}

static void code_kept(struct coder *coder, struct page *page)
{
    page->kept = code_array(coder, page->kept, &page->kept_bytes, &page->kept_cap, KEPT_BYTES_MAX,
                            sizeof *page->kept);
    if (page->kept_bytes > 0) {
        code_bytes(coder, page->kept, page->kept_bytes);
    }
    if (coder->out == NULL && coder->wrong == NULL && !kept_is_sound(page)) {
        code_wrong(coder, "a kept visit cannot be read");
    }
}

static void code_version(struct coder *coder)
{
    uint16_t layout = PAGE_LAYOUT;
    code_bytes(coder, &layout, sizeof layout);
    if (layout != PAGE_LAYOUT) {
        code_wrong(coder, "its layout is another one");
    }
}

static void code_head(struct coder *coder, struct page *page, uint32_t *records, uint32_t *peers)
{
    uint16_t there = streams_there(page);
    code_version(coder);
    code_fixed(coder, page);
    code_lists(coder, page);
    code_points(coder, page);
    code_episodes(coder, page);
    code_aliases(coder, page);
    code_people(coder, page);
    code_waits(coder, page);
    code_usuals(coder, page);
    code_kept(coder, page);
    code_bytes(coder, &there, sizeof there);
    if (there >> STREAM_COUNT != 0) {
        code_wrong(coder, "a history is unknown");
    }
    for (int s = 0; s < STREAM_COUNT; s++) {
        if ((there >> s & 1) != 0) {
            code_stream(coder, &page->streams[s], &records[s]);
        }
    }
    code_u32(coder, peers, PEERS_LIMIT, "there are too many peers");
}

/* ---- chunks --------------------------------------------------------------------------------- */

static void code_records(struct coder *coder, struct stream *stream, uint32_t first, uint32_t count)
{
    code_version(coder);
    for (uint32_t i = first; i < first + count; i++) {
        code_bytes(coder, &stream->records[i], sizeof stream->records[i]);
    }
}

/* A stored record that no page can hold. */
static const char *record_wrong(const struct page *page, const struct stream *stream, uint32_t i)
{
    const struct record *record = &stream->records[i];
    if (!number_fits(record->time_ms)) {
        return "a time is out of range";
    }
    bool message = stream_is_message((int)(stream - page->streams));
    if (!message && (!number_fits(record->value) || record->value < 0) &&
        record->value != VALUE_UNKNOWN) {
        return "an amount or a duration is out of range";
    }
    if (i > stream->begin && record->time_ms < record[-1].time_ms) {
        return "records are out of order";
    }
    if (stream_is_act((int)(stream - page->streams)) && record->time_ms > page->newest_record_ms) {
        return "a record is younger than the newest";
    }
    if (record->member != RECORD_MEMBER_NONE && record->member >= page->member_count) {
        return "a record names a member that is not there";
    }
    return NULL;
}

static void code_peers(struct coder *coder, struct peer *peers, uint32_t count)
{
    code_version(coder);
    for (uint32_t i = 0; i < count; i++) {
        code_token(coder, &peers[i].token);
        code_time(coder, &peers[i].first_met_ms);
        code_time_if_any(coder, &peers[i].last_in_ms);
        code_time_if_any(coder, &peers[i].last_out_ms);
        code_entity(coder, &peers[i].entity);
        code_text(coder, peers[i].mask, &peers[i].mask_len, sizeof peers[i].mask);
    }
}

/* Records of a stream in the chunk that holds absolute record number `at`, of those up to `end`. */
static uint32_t chunk_count(uint64_t at, uint64_t end)
{
    uint64_t chunk_end = (at / PAGE_CHUNK_RECORDS + 1) * PAGE_CHUNK_RECORDS;
    return (uint32_t)((chunk_end < end ? chunk_end : end) - at);
}

/* ---- writing -------------------------------------------------------------------------------- */

static void encode_records(const struct page *page, int s, struct buf *buf, page_emit_fn *emit,
                           void *context)
{
    struct stream stream = page->streams[s]; /* the coder changes nothing when it writes */
    uint64_t end = stream.dropped + (stream.end - stream.begin);
    for (uint64_t at = stream.dropped; at < end;) {
        uint32_t count = chunk_count(at, end);
        buf_clear(buf);
        struct coder coder = {.out = buf};
        code_records(&coder, &stream, stream.begin + (uint32_t)(at - stream.dropped), count);
        struct page_piece piece = {(uint8_t)(1 + s), at / PAGE_CHUNK_RECORDS};
        emit(context, &piece, buf_str(buf));
        at += count;
    }
}

void page_encode(const struct page *page, page_emit_fn *emit, void *context)
{
    struct buf buf = {0};
    struct coder coder = {.out = &buf};
    struct page copy = *page; /* shallow; the coder changes nothing when it writes */
    uint32_t records[STREAM_COUNT];
    for (int s = 0; s < STREAM_COUNT; s++) {
        records[s] = page->streams[s].end - page->streams[s].begin;
    }
    code_head(&coder, &copy, records, &copy.peer_count);
    emit(context, &(struct page_piece){PAGE_PIECE_HEAD, 0}, buf_str(&buf));
    for (int s = 0; s < STREAM_COUNT; s++) {
        encode_records(page, s, &buf, emit, context);
    }
    for (uint32_t at = 0; at < page->peer_count; at += PAGE_CHUNK_RECORDS) {
        buf_clear(&buf);
        coder = (struct coder){.out = &buf};
        code_peers(&coder, page->peers + at, chunk_count(at, page->peer_count));
        emit(context, &(struct page_piece){PIECE_PEERS, at / PAGE_CHUNK_RECORDS}, buf_str(&buf));
    }
    buf_fini(&buf);
}

/* ---- reading -------------------------------------------------------------------------------- */

struct page_decoder *page_decode_begin(void)
{
    return mem_alloc(1, sizeof(struct page_decoder));
}

static void decode_head(struct page_decoder *decoder, struct coder *coder)
{
    static const struct token none;
    decoder->page = page_new(&none, ENTITY_NONE);
    code_head(coder, decoder->page, decoder->records, &decoder->peers);
}

static void decode_records(struct page_decoder *decoder, struct coder *coder, int s,
                           uint64_t number)
{
    struct stream *stream = &decoder->page->streams[s];
    uint64_t at = stream->dropped + stream->end; /* begin is 0 */
    uint64_t end = stream->dropped + decoder->records[s];
    if (at >= end || at / PAGE_CHUNK_RECORDS != number) {
        code_wrong(coder, "it is not the next piece");
        return;
    }
    uint32_t count = chunk_count(at, end);
    uint32_t first = stream->end;
    stream->records =
        page_reserve(stream->records, &stream->cap, first + count, sizeof *stream->records);
    code_records(coder, stream, first, count);
    stream->end += count;
    for (uint32_t i = first; i < stream->end && coder->wrong == NULL; i++) {
        coder->wrong = record_wrong(decoder->page, stream, i);
    }
}

static void decode_peers(struct page_decoder *decoder, struct coder *coder, uint64_t number)
{
    struct page *page = decoder->page;
    uint32_t first = page->peer_count;
    if (first >= decoder->peers || first / PAGE_CHUNK_RECORDS != number) {
        code_wrong(coder, "it is not the next piece");
        return;
    }
    uint32_t count = chunk_count(first, decoder->peers);
    page->peers = page_reserve(page->peers, &page->peer_cap, first + count, sizeof *page->peers);
    code_peers(coder, page->peers + first, count);
    page->peer_count += count;
}

/* May a piece of this kind come now? All of the earlier kinds must be there. */
static bool piece_is_due(const struct page_decoder *decoder, const struct page_piece *piece)
{
    if (piece->kind > PIECE_PEERS || decoder->page == NULL) {
        return piece->kind == PAGE_PIECE_HEAD && decoder->page == NULL && piece->number == 0;
    }
    for (int s = 0; s < STREAM_COUNT && s + 1 < piece->kind; s++) {
        if (decoder->page->streams[s].end != decoder->records[s]) {
            return false;
        }
    }
    return piece->kind != PAGE_PIECE_HEAD;
}

int page_decode_piece(struct page_decoder *decoder, const struct page_piece *piece,
                      struct str bytes, struct err *err)
{
    struct coder coder = {.at = bytes.at, .left = bytes.len};
    if (decoder->failed) {
        code_wrong(&coder, "a piece before it was wrong");
    } else if (!piece_is_due(decoder, piece)) {
        code_wrong(&coder, "it is not the next piece");
    } else if (piece->kind == PAGE_PIECE_HEAD) {
        decode_head(decoder, &coder);
    } else if (piece->kind == PIECE_PEERS) {
        decode_peers(decoder, &coder, piece->number);
    } else {
        decode_records(decoder, &coder, piece->kind - 1, piece->number);
    }
    if (coder.wrong == NULL && coder.left > 0) {
        coder.wrong = "it is too long";
    }
    if (coder.wrong == NULL) {
        return 0;
    }
    decoder->failed = true;
    return err_set(err, ERR_OUTSIDE, "stored page cannot be read: piece %u/%llu (%zu bytes): %s",
                   (unsigned)piece->kind, (unsigned long long)piece->number, bytes.len,
                   coder.wrong);
}

/* Two peers of the same short token would make the index ambiguous. */
static bool peers_differ(struct page *page)
{
    for (uint32_t i = 0; i < page->peer_count; i++) {
        if (peer_find(page, token_low64(&page->peers[i].token)) != &page->peers[i]) {
            return false;
        }
    }
    return true;
}

struct page *page_decode_end(struct page_decoder *decoder, struct err *err)
{
    struct page *page = decoder->page;
    bool whole = page != NULL && !decoder->failed && page->peer_count == decoder->peers;
    for (int s = 0; whole && s < STREAM_COUNT; s++) {
        whole = page->streams[s].end == decoder->records[s];
    }
    bool failed = decoder->failed;
    mem_free(decoder);
    if (whole) {
        peer_rebuild(page);
        if (peers_differ(page)) {
            return page;
        }
        (void)err_set(err, ERR_OUTSIDE, "stored page cannot be read: a peer is there twice");
    } else if (!failed) { /* the first mistake is in err already */
        (void)err_set(err, ERR_OUTSIDE, "stored page cannot be read: pieces are missing");
    }
    page_free(page);
    return NULL;
}
