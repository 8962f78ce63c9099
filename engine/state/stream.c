#include "engine/base/caltime.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/state/history.h"

#include <string.h>

#define STREAM_ROOM_MIN 2

const struct stream_info stream_infos[STREAM_COUNT] = {
#define STREAM(name, text, pages, event, party, ends) \
    {text, pages, ends, EVENT_##event, PARTY_##party},
#include "engine/state/stream.def"
};

static bool is_fed(const struct stream_info *info, uint8_t event, const struct leg_info *leg)
{
    char letter = entity_infos[leg->entity].letter;
    return info->party == leg->party && (info->event == event || info->event == EVENT_NONE) &&
           (letter == 0 || strchr(info->pages, letter) != NULL);
}

int stream_of_leg(uint8_t event, int leg)
{
    int stream = 0;
    while (stream < STREAM_COUNT && !is_fed(&stream_infos[stream], event, &leg_infos[leg])) {
        stream++;
    }
    return stream;
}

int32_t stream_day(int64_t time_ms)
{
    int64_t local = time_ms + CALTIME_ZONE_MS;
    int64_t day = local / CALTIME_DAY_MS - (local % CALTIME_DAY_MS < 0);
    return day < INT32_MIN ? INT32_MIN : day > INT32_MAX ? INT32_MAX : (int32_t)day;
}

/* ---- ranges --------------------------------------------------------------------------------- */

uint32_t stream_upper(const struct stream *stream, int64_t time_ms)
{
    const struct record *records = stream->records;
    uint32_t low = stream->begin; /* all before low are <= time_ms */
    uint32_t high = stream->end;  /* all from high on are > time_ms */
    /* Most questions are about the newest: go back in growing steps before halving. */
    for (uint32_t step = 1; low < high; step *= 2) {
        uint32_t probe = high - low > step ? high - step : low;
        if (records[probe].time_ms <= time_ms) {
            low = probe + 1;
            break;
        }
        high = probe;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (records[middle].time_ms <= time_ms) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void stream_range(const struct stream *stream, int64_t from_ms, bool from_in, int64_t to_ms,
                  uint32_t *first, uint32_t *last)
{
    *last = stream_upper(stream, to_ms);
    if (from_in && from_ms == INT64_MIN) {
        *first = stream->begin;
    } else {
        *first = stream_upper(stream, from_in ? from_ms - 1 : from_ms);
    }
    if (*first > *last) {
        *first = *last;
    }
}

bool stream_reaches_behind(const struct stream *stream, int64_t from_ms, bool from_in)
{
    if (stream->dropped_until_ms == TIME_NONE) {
        return false;
    }
    return from_in ? stream->dropped_until_ms >= from_ms : stream->dropped_until_ms > from_ms;
}

/* ---- sums per day --------------------------------------------------------------------------- */

/* Saturating; never VALUE_UNKNOWN. */
static int64_t sum_add(int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum)) {
        return a < 0 ? INT64_MIN + 1 : INT64_MAX;
    }
    return sum == VALUE_UNKNOWN ? INT64_MIN + 1 : sum;
}

void stream_days_add(const struct stream *stream, int64_t from_ms, int64_t *count, int64_t *sum)
{
    for (uint32_t i = stream->day_count; i-- > 0;) {
        int64_t ends_ms = ((int64_t)stream->days[i].day + 1) * CALTIME_DAY_MS - CALTIME_ZONE_MS;
        if (ends_ms <= from_ms) {
            break;
        }
        *count += stream->days[i].count;
        *sum = sum_add(*sum, stream->days[i].sum);
    }
}

static struct day_sum *day_slot(struct stream *stream, int32_t day)
{
    uint32_t at = stream->day_count;
    while (at > 0 && stream->days[at - 1].day > day) {
        at--;
    }
    if (at > 0 && stream->days[at - 1].day == day) {
        return &stream->days[at - 1];
    }
    stream->days =
        page_reserve(stream->days, &stream->day_cap, stream->day_count + 1, sizeof *stream->days);
    memmove(stream->days + at + 1, stream->days + at,
            (stream->day_count - at) * sizeof *stream->days);
    stream->day_count++;
    stream->days[at] = (struct day_sum){.day = day};
    return &stream->days[at];
}

static void days_forget(struct stream *stream, int32_t newest_day)
{
    uint32_t old = 0;
    while (old < stream->day_count && (int64_t)stream->days[old].day + PAGE_DAYS_MAX < newest_day) {
        old++;
    }
    if (old > 0) {
        stream->day_count -= old;
        memmove(stream->days, stream->days + old, stream->day_count * sizeof *stream->days);
    }
}

/* newest_ms: time of the newest record of the stream, this one included. */
static void days_sum_up(struct stream *stream, const struct record *record, int64_t newest_ms,
                        bool has_sums)
{
    int32_t day = stream_day(record->time_ms);
    int32_t newest_day = stream_day(newest_ms);
    if ((record->flags & RECORD_REVERSED) == 0 && (int64_t)day + PAGE_DAYS_MAX >= newest_day) {
        struct day_sum *slot = day_slot(stream, day);
        slot->count += slot->count < UINT32_MAX;
        if (has_sums && record->value != VALUE_UNKNOWN) {
            slot->sum = sum_add(slot->sum, record->value);
        }
    }
    days_forget(stream, newest_day);
}

/* ---- records in and out --------------------------------------------------------------------- */

/* Makes room behind the newest record. A stream at its cap keeps an eighth more room than records;
 * moving them to the front once in so many is cheap, room in a million pages is not. */
static void stream_room(struct stream *stream, uint32_t records_max)
{
    if (stream->end < stream->cap) {
        return;
    }
    uint32_t count = stream->end - stream->begin;
    if (stream->begin > 0 && stream->begin >= stream->cap / 16) {
        memmove(stream->records, stream->records + stream->begin, count * sizeof *stream->records);
        stream->begin = 0;
        stream->end = count;
        return;
    }
    must(stream->cap < UINT32_MAX / 4 && records_max < UINT32_MAX / 4);
    uint32_t full = records_max + records_max / 8 + 2;
    uint32_t grown =
        stream->cap < STREAM_ROOM_MIN ? STREAM_ROOM_MIN : stream->cap + stream->cap / 4 + 1;
    if (grown > full && full > stream->cap) {
        grown = full;
    }
    stream->records = mem_grow(stream->records, stream->cap, grown, sizeof *stream->records);
    stream->cap = grown;
}

uint32_t stream_insert(struct stream *stream, const struct record *record, uint32_t records_max)
{
    stream_room(stream, records_max);
    uint32_t at = stream_upper(stream, record->time_ms);
    if (at < stream->end) {
        memmove(stream->records + at + 1, stream->records + at,
                (stream->end - at) * sizeof *stream->records);
    }
    stream->records[at] = *record;
    stream->end++;
    return at;
}

bool stream_exceeds(const struct stream *stream, uint32_t records_max, int64_t age_max_ms)
{
    uint32_t count = stream->end - stream->begin;
    if (count > records_max) {
        return true;
    }
    return count > PAGE_NEWEST_KEPT &&
           stream->records[stream->end - 1].time_ms - stream->records[stream->begin].time_ms >
               age_max_ms;
}

const struct record *stream_drop_oldest(struct stream *stream, bool has_sums)
{
    must(stream->begin < stream->end);
    const struct record *oldest = &stream->records[stream->begin];
    int64_t newest_ms = stream->records[stream->end - 1].time_ms;
    if (stream->dropped_until_ms > newest_ms) {
        newest_ms = stream->dropped_until_ms; /* records_max is 0: nothing is retained */
    }
    days_sum_up(stream, oldest, newest_ms, has_sums);
    if (oldest->time_ms > stream->dropped_until_ms) {
        stream->dropped_until_ms = oldest->time_ms;
    }
    stream->dropped++;
    stream->begin++;
    return oldest;
}
