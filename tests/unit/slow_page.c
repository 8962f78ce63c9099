#include "tests/unit/slow_page.h"

#include "tests/unit/quiet_check.h"

#include <string.h>

#define DAY ((int64_t)24 * 3600 * 1000)
#define ZONE ((int64_t)8 * 3600 * 1000)

void slow_init(struct slow_page *page, uint8_t entity, const struct retention *retention)
{
    memset(page, 0, sizeof *page);
    page->entity = entity;
    page->retention = *retention;
    for (int s = 0; s < STREAM_COUNT; s++) {
        page->streams[s].dropped_until_ms = TIME_NONE;
    }
}

bool slow_is_in(int stream)
{
    return stream == STREAM_CALL_IN || stream == STREAM_PAYMENT_IN || stream == STREAM_SMS_IN;
}

/* Warnings are nothing that the page's entity did. */
static bool slow_is_act(const struct slow_page *page, size_t at)
{
    return page->records[at].stream != STREAM_WARNING;
}

bool slow_before(const struct slow_page *page, size_t a, size_t b)
{
    int64_t ta = page->records[a].time_ms;
    int64_t tb = page->records[b].time_ms;
    return ta < tb || (ta == tb && a < b);
}

size_t slow_stream(const struct slow_page *page, int stream, size_t *indices)
{
    size_t count = 0;
    for (size_t i = 0; i < page->count; i++) {
        if (page->records[i].stream != stream || !page->records[i].retained) {
            continue;
        }
        size_t at = count++;
        for (; at > 0 && slow_before(page, i, indices[at - 1]); at--) {
            indices[at] = indices[at - 1];
        }
        indices[at] = i;
    }
    return count;
}

/* ---- what a record is against the others ---------------------------------------------------- */

int64_t slow_gap(const struct slow_page *page, size_t at)
{
    int64_t before_ms = TIME_NONE;
    for (size_t i = 0; i < page->count && slow_is_act(page, at); i++) {
        if (slow_is_act(page, i) && slow_before(page, i, at) &&
            page->records[i].time_ms > before_ms) {
            before_ms = page->records[i].time_ms;
        }
    }
    return before_ms == TIME_NONE ? VALUE_UNKNOWN : page->records[at].time_ms - before_ms;
}

bool slow_late(const struct slow_page *page, size_t at)
{
    for (size_t i = 0; i < at && slow_is_act(page, at); i++) {
        if (slow_is_act(page, i) && page->records[i].time_ms > page->records[at].time_ms) {
            return true;
        }
    }
    return false;
}

bool slow_never_met(const struct slow_page *page, size_t at)
{
    for (size_t i = 0; i < page->count; i++) {
        if (page->records[i].peer == page->records[at].peer && slow_before(page, i, at)) {
            return page->records[at].peer == 0;
        }
    }
    return true;
}

bool slow_two_way(const struct slow_page *page, size_t at, bool retained_only)
{
    const struct slow_record *r = &page->records[at];
    for (size_t i = 0; i < page->count && r->peer != 0; i++) {
        const struct slow_record *other = &page->records[i];
        if (other->peer == r->peer && slow_is_in(other->stream) != slow_is_in(r->stream) &&
            slow_before(page, i, at) && other->time_ms > r->time_ms - 30 * DAY &&
            (other->retained || !retained_only)) {
            return true;
        }
    }
    return false;
}

const struct slow_peer *slow_peer_find(const struct slow_page *page, uint64_t low64)
{
    for (size_t i = 0; i < page->peer_count; i++) {
        if (page->peers[i].low64 == low64) {
            return &page->peers[i];
        }
    }
    return NULL;
}

int64_t slow_known_for(const struct slow_page *page, size_t at)
{
    const struct slow_record *r = &page->records[at];
    const struct slow_peer *peer = slow_peer_find(page, r->peer);
    if (r->peer == 0) {
        return 0;
    }
    if (peer == NULL) {
        return VALUE_UNKNOWN;
    }
    return r->time_ms < peer->first_ms ? 0 : r->time_ms - peer->first_ms;
}

/* ---- sums per day --------------------------------------------------------------------------- */

static int32_t day_of(int64_t time_ms)
{
    int64_t day = (time_ms + ZONE) / DAY;
    return (int32_t)(day * DAY > time_ms + ZONE ? day - 1 : day);
}

/* What a warning keeps as its value is no amount. */
static int64_t summed(const struct slow_record *r)
{
    bool has_sum = r->stream <= STREAM_PAYMENT_OUT; /* calls and payments */
    return r->value == VALUE_UNKNOWN || !has_sum ? 0 : r->value;
}

static void sum_up(struct slow_stream *stream, const struct slow_record *r, int64_t newest_ms)
{
    int32_t day = day_of(r->time_ms);
    size_t at = 0;
    while (at < stream->day_count && stream->days[at].day != day) {
        at++;
    }
    if (!r->reversed) {
        quiet_check(at < SLOW_DAYS_MAX, "too many days");
        if (at == stream->day_count) {
            stream->days[stream->day_count++] = (struct day_sum){.day = day};
        }
        stream->days[at].count++;
        stream->days[at].sum += summed(r);
    }
    size_t kept = 0;
    for (size_t i = 0; i < stream->day_count; i++) {
        if (stream->days[i].day >= day_of(newest_ms) - PAGE_DAYS_MAX) {
            stream->days[kept++] = stream->days[i];
        }
    }
    stream->day_count = kept;
}

void slow_days(const struct slow_page *page, int stream, int64_t from_ms, int64_t *count,
               int64_t *sum)
{
    const struct slow_stream *s = &page->streams[stream];
    *count = 0;
    *sum = 0;
    for (size_t i = 0; i < s->day_count; i++) {
        if (((int64_t)s->days[i].day + 1) * DAY - ZONE > from_ms) {
            *count += s->days[i].count;
            *sum += s->days[i].sum;
        }
    }
}

/* ---- taking in ------------------------------------------------------------------------------ */

static void drop(struct slow_page *page, int stream)
{
    size_t in_order[SLOW_RECORDS_MAX];
    struct slow_stream *s = &page->streams[stream];
    for (;;) {
        size_t count = slow_stream(page, stream, in_order);
        if (count == 0) {
            return;
        }
        struct slow_record *oldest = &page->records[in_order[0]];
        int64_t newest_ms = page->records[in_order[count - 1]].time_ms;
        bool old =
            count > PAGE_NEWEST_KEPT &&
            newest_ms - oldest->time_ms > page->retention.stream[page->entity][stream].age_max_ms;
        if (count <= page->retention.stream[page->entity][stream].records_max && !old) {
            return;
        }
        oldest->retained = false;
        s->dropped++;
        newest_ms = s->dropped_until_ms > newest_ms ? s->dropped_until_ms : newest_ms;
        sum_up(s, oldest, newest_ms);
        if (oldest->time_ms > s->dropped_until_ms) {
            s->dropped_until_ms = oldest->time_ms;
        }
    }
}

static bool is_named(const struct slow_page *page, uint64_t peer)
{
    for (size_t i = 0; i < page->count; i++) {
        if (page->records[i].retained && page->records[i].peer == peer) {
            return true;
        }
    }
    return false;
}

/* Who is not named goes first, then whose last contact is oldest, then who came first. */
static size_t who_gives_way(const struct slow_page *page)
{
    for (int named = 0; named <= 1; named++) {
        size_t found = SLOW_RECORDS_MAX;
        for (size_t i = 0; i < page->peer_count; i++) {
            const struct slow_peer *p = &page->peers[i];
            if (is_named(page, p->low64) == named &&
                (found == SLOW_RECORDS_MAX || p->last_ms < page->peers[found].last_ms)) {
                found = i;
            }
        }
        if (found != SLOW_RECORDS_MAX) {
            return found;
        }
    }
    ck_abort_msg("nobody is known");
    return 0;
}

static void meet(struct slow_page *page, const struct slow_record *r)
{
    size_t at = 0;
    while (at < page->peer_count && page->peers[at].low64 != r->peer) {
        at++;
    }
    if (at == page->peer_count) {
        if (page->peer_count == page->retention.peers_max) {
            at = who_gives_way(page);
        } else {
            page->peer_count++;
        }
        page->peers[at] = (struct slow_peer){r->peer, INT64_MAX, TIME_NONE};
    }
    struct slow_peer *peer = &page->peers[at];
    peer->first_ms = r->time_ms < peer->first_ms ? r->time_ms : peer->first_ms;
    peer->last_ms = r->time_ms > peer->last_ms ? r->time_ms : peer->last_ms;
}

size_t slow_add(struct slow_page *page, const struct slow_record *record)
{
    quiet_check(page->count < SLOW_RECORDS_MAX, "too many records");
    const struct slow_peer *known = slow_peer_find(page, record->peer);
    size_t at = page->count++;
    struct slow_record *r = &page->records[at];
    *r = *record;
    r->retained = true;
    r->first_time = known == NULL || known->first_ms > r->time_ms;
    for (size_t i = 0; i < at && r->peer != 0; i++) {
        if (page->records[i].peer == r->peer && slow_before(page, at, i)) {
            page->records[i].first_time = false;
        }
    }
    drop(page, r->stream);
    if (r->peer != 0) {
        meet(page, r);
    }
    return at;
}
