#include "engine/base/caltime.h"
#include "engine/eval/pattern.h"
#include "engine/eval/values.h"
#include "engine/eval/vm_inside.h"
#include "engine/state/usual.h"

struct scan {
    struct vm *vm;
    const struct aggregate *aggregate;
    const struct stream *stream;
    int64_t *temps;
    int64_t from_ms;
    bool from_in;
    uint32_t first, last; /* index range of the window */
};

/* Is the record one of those that the aggregate looks at? */
static bool is_seen(struct scan *s, const struct record *r)
{
    const struct aggregate *a = s->aggregate;
    return a->span == SPAN_STEP ? pattern_takes(s->vm, a->pattern, a->step, r)
                                : (r->flags & RECORD_REVERSED) == 0 || a->reversed_too;
}

static bool record_counts(struct scan *s, const struct record *r)
{
    const struct aggregate *a = s->aggregate;
    if (!is_seen(s, r)) {
        return false;
    }
    if (a->where != CODE_NONE && vm_run_with(s->vm, a->where, r, s->temps) != 1) {
        return false;
    }
    return true;
}

void vm_note(struct vm *vm, uint8_t stream, const struct record *r)
{
    struct evidence *evidence = vm->evidence;
    if (evidence == NULL || r == vm->hand || evidence->count == VM_EVIDENCE_MAX) {
        return;
    }
    for (uint32_t i = 0; i < evidence->count; i++) {
        if (evidence->item[i].record == r) {
            return;
        }
    }
    evidence->item[evidence->count].stream = stream;
    evidence->item[evidence->count++].record = r;
}

static void collect(struct scan *s, const struct record *r)
{
    vm_note(s->vm, s->aggregate->stream, r);
}

static int64_t scan_count(struct scan *s, int64_t *all)
{
    int64_t count = 0;
    *all = 0;
    for (uint32_t i = s->last; i > s->first; i--) {
        const struct record *r = &s->stream->records[i - 1];
        *all += is_seen(s, r);
        if (record_counts(s, r)) {
            count++;
            collect(s, r);
            if (s->aggregate->kind == AGGREGATE_ANY) {
                break;
            }
        }
    }
    return count;
}

/* Known values of the field over the records that count; `value` is folded by kind. */
static int64_t scan_fold(struct scan *s)
{
    int kind = s->aggregate->kind;
    int64_t result = kind == AGGREGATE_SUM ? 0 : VALUE_UNKNOWN;
    for (uint32_t i = s->last; i > s->first; i--) {
        const struct record *r = &s->stream->records[i - 1];
        int64_t value = vm_record_word(s->vm, s->aggregate->word, r);
        if (value == VALUE_UNKNOWN || !record_counts(s, r)) {
            continue;
        }
        collect(s, r);
        if (kind == AGGREGATE_SUM) {
            if (__builtin_add_overflow(result, value, &result) || result == VALUE_UNKNOWN) {
                s->vm->overflows++;
                return VALUE_UNKNOWN;
            }
        } else if (result == VALUE_UNKNOWN ||
                   (kind == AGGREGATE_MIN ? value < result : value > result)) {
            result = value;
        }
    }
    return result;
}

enum {
    DISTINCT_SLOTS = 1024
}; /* a stream keeps at most 256 records by default, 512 as a setting */
_Static_assert(VM_ENDS_MAX == DISTINCT_SLOTS / 2, "so many are counted");

/* For `each`, whose values are the other ends. */
static void collect_end(struct scan *s, const struct record *r)
{
    struct vm_ends *ends = s->vm->ends;
    if (s->aggregate->kind == AGGREGATE_EACH && ends != NULL && ends->count < VM_ENDS_MAX) {
        ends->low64[ends->count++] = r->peer;
    }
}

static int64_t scan_distinct(struct scan *s)
{
    int64_t slots[DISTINCT_SLOTS];
    uint32_t mask = 15;
    while (mask + 1 < 2 * (s->last - s->first) && mask + 1 < DISTINCT_SLOTS) {
        mask = 2 * mask + 1;
    }
    for (uint32_t i = 0; i <= mask; i++) {
        slots[i] = VALUE_UNKNOWN;
    }
    int64_t count = 0;
    for (uint32_t i = s->last; i > s->first && count < DISTINCT_SLOTS / 2; i--) {
        const struct record *r = &s->stream->records[i - 1];
        int64_t value = vm_record_word(s->vm, s->aggregate->word, r);
        if (value == VALUE_UNKNOWN || !record_counts(s, r)) {
            continue;
        }
        uint32_t at = (uint32_t)(((uint64_t)value * UINT64_C(0x9E3779B97F4A7C15)) >> 40) & mask;
        while (slots[at] != VALUE_UNKNOWN && slots[at] != value) {
            at = (at + 1) & mask;
        }
        if (slots[at] == VALUE_UNKNOWN) {
            slots[at] = value;
            count++;
            collect(s, r);
            collect_end(s, r);
        }
    }
    return count;
}

static int64_t scan_end(struct scan *s)
{
    bool newest = s->aggregate->kind == AGGREGATE_LAST;
    for (uint32_t i = 0; i < s->last - s->first; i++) {
        const struct record *r = &s->stream->records[newest ? s->last - 1 - i : s->first + i];
        if (record_counts(s, r)) {
            collect(s, r);
            return s->aggregate->word == WORD_NONE ? r->time_ms
                                                   : vm_record_word(s->vm, s->aggregate->word, r);
        }
    }
    return VALUE_UNKNOWN;
}

static uint32_t aggregate_percent(int kind)
{
    switch (kind) {
    case AGGREGATE_MEDIAN:
    case AGGREGATE_USUAL_MEDIAN: return 50;
    case AGGREGATE_P90:
    case AGGREGATE_USUAL_P90: return 90;
    case AGGREGATE_USUAL_MAX: return 100;
    default: return 99;
    }
}

/* Known values of the field over the newest records that count, the newest first. */
static uint32_t scan_values(struct scan *s, int64_t *values)
{
    uint32_t count = 0;
    for (uint32_t i = s->last; i > s->first && count < VALUES_MAX; i--) {
        const struct record *r = &s->stream->records[i - 1];
        int64_t value = vm_record_word(s->vm, s->aggregate->word, r);
        if (value != VALUE_UNKNOWN && record_counts(s, r)) {
            values[count++] = value;
            collect(s, r);
        }
    }
    return count;
}

/* What takes all values at once. */
static int64_t scan_together(struct scan *s)
{
    int64_t values[VALUES_MAX];
    uint32_t count = scan_values(s, values);
    if (s->aggregate->kind == AGGREGATE_AVG) {
        return values_average(values, count);
    }
    if (s->aggregate->kind == AGGREGATE_TOP_SHARE) {
        return values_top_share(values, count, s->aggregate->top);
    }
    values_sort(values, count);
    return values_percentile(values, count, aggregate_percent(s->aggregate->kind));
}

static bool rises(const struct ratio *factor, int64_t older, int64_t newer)
{
    return factor->num == 0 ? newer > older
                            : (__int128)newer * factor->den >= (__int128)older * factor->num;
}

/* How long the run is that ends with the newest value. */
static int64_t scan_rising(struct scan *s)
{
    int64_t run = 0;
    int64_t newer = 0;
    for (uint32_t i = s->last; i > s->first; i--) {
        const struct record *r = &s->stream->records[i - 1];
        int64_t value = vm_record_word(s->vm, s->aggregate->word, r);
        if (value == VALUE_UNKNOWN || !record_counts(s, r)) {
            continue;
        }
        if (run > 0 && !rises(&s->aggregate->factor, value, newer)) {
            break;
        }
        collect(s, r);
        newer = value;
        run++;
    }
    return run;
}

/* Is the value what it would be if nothing had been dropped? */
static bool is_settled(const struct scan *s, int64_t value)
{
    int kind = s->aggregate->kind;
    return (kind == AGGREGATE_ANY && value == 1) ||
           (kind == AGGREGATE_LAST && value != VALUE_UNKNOWN);
}

/* Can what was dropped only make it greater? Amounts and durations are never below zero. */
static bool grows(const struct aggregate *a)
{
    switch (a->kind) {
    case AGGREGATE_COUNT:
    case AGGREGATE_DISTINCT:
    case AGGREGATE_MAX:
    case AGGREGATE_RISING: return true;
    default:
        return a->kind == AGGREGATE_SUM && (a->word == WORD_AMOUNT || a->word == WORD_DURATION);
    }
}

/* What lies behind the exact history: daily sums for plain counts and sums of values, a note for
 * all. */
static int64_t add_days(struct scan *s, int64_t value)
{
    const struct aggregate *a = s->aggregate;
    if (is_settled(s, value)) {
        return value;
    }
    s->vm->loose = true;
    s->vm->least = grows(a) ? value : VALUE_UNKNOWN;
    bool counts = a->kind == AGGREGATE_COUNT && a->where == CODE_NONE;
    bool sums = a->kind == AGGREGATE_SUM && a->where == CODE_NONE &&
                (a->word == WORD_AMOUNT || a->word == WORD_DURATION);
    if ((!counts && !sums) || value == VALUE_UNKNOWN) {
        return value;
    }
    int64_t count = 0;
    int64_t sum = 0;
    stream_days_add(s->stream, s->from_ms, &count, &sum);
    int64_t total;
    if (__builtin_add_overflow(value, counts ? count : sum, &total) || total == VALUE_UNKNOWN) {
        s->vm->overflows++;
        return VALUE_UNKNOWN;
    }
    return total;
}

/* A call of more than a day that is still going on has no size yet. */
static bool is_going_on(const struct scan *s, const struct record *record)
{
    return s->aggregate->stream == STREAM_CALL_OUT &&
           vm_record_word(s->vm, WORD_ENDED, record) == VALUE_UNKNOWN;
}

/* The records of the span and what is summed up before them, by their sizes. */
static int64_t scan_usual(struct scan *s)
{
    uint32_t counts[USUAL_BUCKETS] = {0};
    int stream = s->aggregate->stream;
    for (uint32_t i = s->first; i < s->last; i++) {
        const struct record *record = &s->stream->records[i];
        int64_t value = usual_of_record(stream, record);
        if (value != VALUE_UNKNOWN && !is_going_on(s, record)) {
            counts[usual_bucket(value)]++;
        }
    }
    usual_read(s->vm->page, stream, s->from_ms, s->vm->t - USUAL_END_MS, counts);
    uint64_t all = 0;
    for (uint16_t bucket = 0; bucket < USUAL_BUCKETS; bucket++) {
        all += counts[bucket];
    }
    uint64_t rank = (all * aggregate_percent(s->aggregate->kind) + 99) / 100;
    uint64_t below = 0;
    for (uint16_t bucket = 0; all >= USUAL_LEAST && bucket < USUAL_BUCKETS; bucket++) {
        below += counts[bucket];
        if (below >= rank) {
            return usual_value(bucket);
        }
    }
    return VALUE_UNKNOWN;
}

/* Of the records of the time of a visit that is judged again, those that came after it. */
static void hide_later(struct scan *s)
{
    while (s->last > s->first) {
        const struct record *record = &s->stream->records[s->last - 1];
        if (record->time_ms != s->vm->t ||
            (int16_t)(uint16_t)(record->arrival - s->vm->again->arrivals) < 0) {
            return;
        }
        s->last--;
    }
}

/* Where the records of the aggregate lie; false if that is unknown. */
static bool scan_place(struct scan *s)
{
    const struct aggregate *a = s->aggregate;
    int64_t t = s->vm->t;
    int64_t to_ms = t;
    switch (a->span) {
    case SPAN_STEP: return pattern_range(s->vm, a->pattern, a->step, &s->first, &s->last);
    case SPAN_MS:
        s->from_ms = t - a->span_ms;
        s->from_in = false;
        break;
    case SPAN_TODAY: s->from_ms = caltime_day_start(t, CALTIME_ZONE_MS); break;
    case SPAN_WORKDAYS: {
        const struct program *p = s->vm->program;
        s->from_ms = calendar_start_ms(p->days, p->days_count, t, a->workdays);
        break;
    }
    case SPAN_USUAL:
        s->from_ms = t - USUAL_START_MS;
        s->from_in = false;
        to_ms = t - USUAL_END_MS;
        break;
    default:
        if (s->from_ms == VALUE_UNKNOWN) {
            return false;
        }
        break;
    }
    stream_range(s->stream, s->from_ms, s->from_in, to_ms, &s->first, &s->last);
    if (s->vm->again != NULL) {
        hide_later(s);
    }
    return true;
}

int64_t vm_aggregate(struct vm *vm, const struct aggregate *a, int64_t since_ms, int64_t *temps)
{
    struct scan s = {vm, a, &vm->page->streams[a->stream], temps, since_ms, true, 0, 0};
    if (!scan_place(&s)) {
        return VALUE_UNKNOWN;
    }
    int64_t value = VALUE_UNKNOWN;
    int64_t all = 0;
    switch (a->kind) {
    case AGGREGATE_COUNT: value = scan_count(&s, &all); break;
    case AGGREGATE_ANY: value = scan_count(&s, &all) > 0; break;
    case AGGREGATE_SHARE:
        value = scan_count(&s, &all);
        value = all == 0 ? VALUE_UNKNOWN : value * 10000 / all;
        break;
    case AGGREGATE_DISTINCT:
    case AGGREGATE_EACH: value = scan_distinct(&s); break;
    case AGGREGATE_LAST:
    case AGGREGATE_FIRST: value = scan_end(&s); break;
    case AGGREGATE_AVG:
    case AGGREGATE_MEDIAN:
    case AGGREGATE_P90:
    case AGGREGATE_P99:
    case AGGREGATE_TOP_SHARE: value = scan_together(&s); break;
    case AGGREGATE_RISING: value = scan_rising(&s); break;
    case AGGREGATE_USUAL_MEDIAN:
    case AGGREGATE_USUAL_P90:
    case AGGREGATE_USUAL_P99:
    case AGGREGATE_USUAL_MAX: value = scan_usual(&s); break;
    default: value = scan_fold(&s); break;
    }
    bool behind = a->span != SPAN_STEP && stream_reaches_behind(s.stream, s.from_ms, s.from_in);
    return behind ? add_days(&s, value) : value;
}
