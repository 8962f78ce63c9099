#include "engine/state/usual.h"

#include "engine/base/caltime.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/state/history.h"

#include <string.h>

enum { USUAL_BUCKET_BITS = 9 };
_Static_assert(USUAL_BUCKETS <= 1 << USUAL_BUCKET_BITS, "a bucket fits its bits");
_Static_assert(sizeof(struct usual) == 8, "a page of USUAL_ROWS_MAX rows has its price");

/* Number of the stream among those that are summed up; USUAL_SERIES for the others. */
static uint16_t usual_series(int stream)
{
    static const uint8_t streams[USUAL_SERIES] = {STREAM_PAYMENT_IN, STREAM_PAYMENT_OUT,
                                                  STREAM_CALL_OUT};
    uint16_t series = 0;
    while (series < USUAL_SERIES && streams[series] != stream) {
        series++;
    }
    return series;
}

bool usual_is_kept(int stream)
{
    return usual_series(stream) < USUAL_SERIES;
}

int64_t usual_of_record(int stream, const struct record *record)
{
    bool call = stream == STREAM_CALL_OUT;
    bool counts =
        call ? (record->flags & RECORD_ENDED) != 0 : (record->flags & RECORD_REVERSED) == 0;
    return counts ? record->value : VALUE_UNKNOWN;
}

/* ---- the scale ------------------------------------------------------------------------------ */

/* A value of at least 16 is its highest four bits, of which the first is set, and a shift. */
uint16_t usual_bucket(int64_t value)
{
    if (value < 16) {
        return value < 0 ? 0 : (uint16_t)value;
    }
    unsigned shift = 60 - (unsigned)__builtin_clzll((unsigned long long)value);
    return (uint16_t)(8 * shift + (unsigned)(value >> shift));
}

int64_t usual_value(uint16_t bucket)
{
    must(bucket < USUAL_BUCKETS);
    if (bucket < 16) {
        return bucket;
    }
    unsigned shift = bucket / 8U - 1;
    int64_t low = (int64_t)(bucket - 8 * shift) << shift;
    return low + (INT64_C(1) << (shift - 1)); /* the middle of the bucket */
}

/* ---- rows, by day and key ------------------------------------------------------------------- */

static bool usual_before(const struct usual *row, int32_t day, uint16_t key)
{
    return row->day != day ? row->day < day : row->key < key;
}

static void usual_count(struct page *page, int32_t day, uint16_t key, uint32_t count)
{
    uint32_t low = 0;
    uint32_t high = page->usual_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (usual_before(&page->usuals[middle], day, key)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == page->usual_count || page->usuals[low].day != day || page->usuals[low].key != key) {
        page->usuals = page_reserve(page->usuals, &page->usual_cap, page->usual_count + 1,
                                    sizeof *page->usuals);
        memmove(page->usuals + low + 1, page->usuals + low,
                (page->usual_count - low) * sizeof *page->usuals);
        page->usuals[low] = (struct usual){.day = day, .key = key};
        page->usual_count++;
    }
    uint32_t sum = page->usuals[low].count + count;
    page->usuals[low].count = sum > UINT16_MAX ? UINT16_MAX : (uint16_t)sum;
}

/* Takes the first rows away. */
static void usual_drop(struct page *page, uint32_t count)
{
    page->usual_count -= count;
    memmove(page->usuals, page->usuals + count, page->usual_count * sizeof *page->usuals);
}

/* Days of spans of so many days that are over become the last day of their span. */
static void usual_coarsen(struct page *page, int32_t days, int32_t newest_day)
{
    struct usual *old = page->usuals;
    uint32_t count = page->usual_count;
    page->usuals = NULL;
    page->usual_count = page->usual_cap = 0;
    for (uint32_t i = 0; i < count; i++) {
        int32_t in_span = (old[i].day % days + days) % days;
        int64_t last = (int64_t)old[i].day + (days - 1 - in_span);
        usual_count(page, last < newest_day ? (int32_t)last : old[i].day, old[i].key, old[i].count);
    }
    mem_free(old);
}

/* Makes room for a while. */
static void usual_make_room(struct page *page, int32_t newest_day)
{
    static const int32_t spans[] = {7, 28};
    const uint32_t room = USUAL_ROWS_MAX / 4 * 3;
    for (size_t i = 0; i < sizeof spans / sizeof spans[0] && page->usual_count > room; i++) {
        usual_coarsen(page, spans[i], newest_day);
    }
    if (page->usual_count > room) {
        usual_drop(page, page->usual_count - room);
    }
}

void usual_add(struct page *page, int stream, const struct record *record, int64_t newest_ms)
{
    uint16_t series = usual_series(stream);
    int64_t value = series < USUAL_SERIES ? usual_of_record(stream, record) : VALUE_UNKNOWN;
    int32_t newest_day = stream_day(newest_ms);
    if (value == VALUE_UNKNOWN) {
        return;
    }
    uint16_t key = (uint16_t)(series << USUAL_BUCKET_BITS | usual_bucket(value));
    usual_count(page, stream_day(record->time_ms), key, 1);
    uint32_t old = 0;
    while (old < page->usual_count && (int64_t)page->usuals[old].day + USUAL_DAYS < newest_day) {
        old++;
    }
    usual_drop(page, old);
    if (page->usual_count > USUAL_ROWS_MAX) {
        usual_make_room(page, newest_day);
    }
}

void usual_read(const struct page *page, int stream, int64_t from_ms, int64_t to_ms,
                uint32_t counts[USUAL_BUCKETS])
{
    uint16_t series = usual_series(stream);
    for (uint32_t i = 0; i < page->usual_count; i++) {
        const struct usual *row = &page->usuals[i];
        int64_t ends_ms = ((int64_t)row->day + 1) * CALTIME_DAY_MS - CALTIME_ZONE_MS;
        if (row->key >> USUAL_BUCKET_BITS == series && ends_ms > from_ms && ends_ms <= to_ms) {
            counts[row->key & ((1 << USUAL_BUCKET_BITS) - 1)] += row->count;
        }
    }
}

bool usual_fits(const struct usual *before, const struct usual *row)
{
    return row->key >> USUAL_BUCKET_BITS < USUAL_SERIES &&
           (row->key & ((1 << USUAL_BUCKET_BITS) - 1)) < USUAL_BUCKETS && row->count > 0 &&
           (before == NULL || usual_before(before, row->day, row->key));
}
