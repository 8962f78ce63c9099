#include "engine/eval/vm.h"

#include "engine/base/caltime.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/eval/episode.h"
#include "engine/eval/pattern.h"
#include "engine/eval/score.h"
#include "engine/eval/values.h"
#include "engine/eval/vm_inside.h"
#include "engine/state/usual.h"

#include <string.h>

#define HOUR_MS ((int64_t)3600 * 1000)
#define OPEN_CALL_MAX_MS (6 * HOUR_MS) /* a call without an end is taken for closed after that */

static int64_t run(struct vm *vm, uint32_t code, const struct record *record, int64_t *temps);

void vm_init(struct vm *vm, const struct program *program)
{
    must(program->verified);
    memset(vm, 0, sizeof *vm);
    vm->program = program;
    vm->features = mem_alloc(program->features_count, sizeof *vm->features);
    vm->typology_points = mem_alloc(program->typologies_count, sizeof *vm->typology_points);
    vm->matches = mem_alloc(program->patterns_count, sizeof *vm->matches);
}

void vm_fini(struct vm *vm)
{
    mem_free(vm->features);
    mem_free(vm->typology_points);
    mem_free(vm->matches);
    memset(vm, 0, sizeof *vm);
}

/* No feature's value is fresh any more. */
static void forget_features(struct vm *vm)
{
    if (++vm->epoch == 0) { /* after 2^32 times every stamp would look fresh */
        memset(vm->features, 0, vm->program->features_count * sizeof *vm->features);
        vm->epoch = 1;
    }
}

/* The visit's own points are seen by the next one. */
static void note_points(struct vm *vm)
{
    const struct program *p = vm->program;
    for (size_t i = 0; i < p->typologies_count; i++) {
        uint8_t raised = TIER_NONE;
        vm->typology_points[i] = score_typology(vm->page, p->typologies[i].key, vm->t, &raised);
    }
}

void vm_begin(struct vm *vm, struct page *page, const struct event *event,
              const struct record *hand, int leg, int64_t t, const int64_t *carried)
{
    vm->page = page;
    vm->event = event;
    vm->hand = hand;
    vm->leg = leg;
    vm->t = t;
    vm->carried = carried;
    vm->evidence = NULL;
    vm->approximate = false;
    vm->loose = false;
    vm->bounded = false;
    vm->visit++;
    forget_features(vm);
    if (vm->program->reads_points) {
        note_points(vm);
    }
}

/* ---- fields
 * -----------------------------------------------------------------------------------------------------
 */

static int64_t known_or(int64_t value)
{
    return value == 0 ? VALUE_UNKNOWN : value;
}

static int64_t flag_of(const struct record *r, unsigned flag)
{
    return (r->flags & flag) != 0;
}

static int64_t tri_flag(const struct record *r, unsigned flag, unsigned known)
{
    return (r->flags & known) != 0 ? flag_of(r, flag) : VALUE_UNKNOWN;
}

static bool call_is_open(const struct record *r, int64_t t)
{
    return (r->flags & RECORD_ENDED) == 0 && t - r->time_ms < OPEN_CALL_MAX_MS;
}

static int64_t call_duration(const struct record *r, int64_t t)
{
    if ((r->flags & RECORD_ENDED) != 0) {
        return r->value;
    }
    return call_is_open(r, t) ? t - r->time_ms : VALUE_UNKNOWN;
}

static int64_t call_ended(const struct record *r)
{
    bool known = (r->flags & RECORD_ENDED) != 0 && r->value != VALUE_UNKNOWN;
    return known ? r->time_ms + r->value : VALUE_UNKNOWN;
}

static int64_t own_account(const struct page *page, const struct record *r)
{
    if (page->entity != ENTITY_PERSON) {
        return value_of_low64(token_low64(&page->token));
    }
    return r->member < page->member_count
               ? value_of_low64(token_low64(&page->members[r->member].token))
               : VALUE_UNKNOWN;
}

static int64_t hour_of(int64_t time_ms)
{
    return (time_ms - caltime_day_start(time_ms, CALTIME_ZONE_MS)) / HOUR_MS;
}

/* An own warning is open while its episode is, another's as long as nobody has said how it ended.
 */
static bool warning_is_open(const struct vm *vm, const struct record *r)
{
    return (r->flags & RECORD_CLOSED) == 0 &&
           ((r->flags & RECORD_EXTERNAL) != 0 || episode_has_open(vm->page, r, vm->t));
}

/* A field that reads the same from a record looked at and from the record in hand. */
int64_t vm_record_word(const struct vm *vm, int word, const struct record *r)
{
    switch (word) {
    case WORD_TIME: return r->time_ms;
    case WORD_HOUR: return hour_of(r->time_ms);
    case WORD_LATE: return flag_of(r, RECORD_LATE);
    case WORD_GAP: return record_gap_ms(r);
    case WORD_FIRST_TIME: return flag_of(r, RECORD_FIRST_TIME);
    case WORD_KNOWN_FOR: return page_known_for_ms(vm->page, r);
    case WORD_TWO_WAY: return flag_of(r, RECORD_TWO_WAY);
    case WORD_CALLER:
    case WORD_CALLEE:
    case WORD_PAYER:
    case WORD_PAYEE:
    case WORD_SENDER:
    case WORD_RECEIVER: return r->peer == 0 ? VALUE_UNKNOWN : value_of_low64(r->peer);
    case WORD_CALLER_KIND:
    case WORD_CALLEE_KIND:
    case WORD_PAYER_KIND:
    case WORD_PAYEE_KIND:
    case WORD_SENDER_KIND:
    case WORD_RECEIVER_KIND: return known_or(r->peer_kind);
    case WORD_DURATION: return call_duration(r, vm->t);
    case WORD_ENDED: return call_ended(r);
    case WORD_ANSWERED: return tri_flag(r, RECORD_ANSWERED, RECORD_ANSWERED_KNOWN);
    case WORD_OPEN: return call_is_open(r, vm->t);
    case WORD_FORWARDED: return tri_flag(r, RECORD_FORWARDED, RECORD_FORWARDED_KNOWN);
    case WORD_REGION: return known_or(record_region(r));
    case WORD_AMOUNT: return r->value;
    case WORD_OWN: return flag_of(r, RECORD_OWN);
    case WORD_OWN_ACCOUNT: return own_account(vm->page, r);
    case WORD_PAYMENT_CHANNEL: return known_or(record_channel(r));
    case WORD_PAYMENT_PURPOSE: return known_or(record_purpose(r));
    case WORD_POSTED: return flag_of(r, RECORD_POSTED);
    case WORD_REVERSED: return flag_of(r, RECORD_REVERSED);
    case WORD_TEMPLATE: return known_or(r->template_token);
    case WORD_DOMAIN: return known_or(r->domain_token);
    case WORD_HAS_LINK: return tri_flag(r, RECORD_LINK, RECORD_LINK_KNOWN);
    case WORD_WHAT_OF_LOGIN:
    case WORD_WHAT_OF_CHANGE: return known_or(record_what(r));
    case WORD_ABOUT: return r->value;
    case WORD_WARNING_TIER: return known_or(record_tier(r));
    case WORD_WARNING_ORIGIN: return known_or(record_origin(r));
    case WORD_WARNING_OPEN: return warning_is_open(vm, r);
    default: return VALUE_UNKNOWN;
    }
}

static int64_t party_value(const struct party *party)
{
    return token_is_zero(&party->token) ? VALUE_UNKNOWN
                                        : value_of_low64(token_low64(&party->token));
}

/* When the event in hand happened: a payment when its record says, which a later message about it
 * does not move; a call and a list entry at t. */
static int64_t event_time(const struct vm *vm)
{
    bool payment = vm->event->kind == EVENT_TRANSACTION && vm->hand != NULL;
    return payment ? vm->hand->time_ms : vm->t;
}

/* The other end as the page's record has it, which an earlier message may have told; the own end as
 * the event has it. */
static bool is_other_end(const struct vm *vm, int party)
{
    return vm->hand != NULL && leg_infos[vm->leg].party != party;
}

static int64_t end_token(const struct vm *vm, int party)
{
    if (is_other_end(vm, party)) {
        return vm->hand->peer == 0 ? VALUE_UNKNOWN : value_of_low64(vm->hand->peer);
    }
    return party_value(&vm->event->party[party]);
}

static int64_t end_kind(const struct vm *vm, int party)
{
    return known_or(is_other_end(vm, party) ? vm->hand->peer_kind : vm->event->party[party].kind);
}

static int64_t event_word(const struct vm *vm, int word)
{
    const struct event *e = vm->event;
    switch (word) {
    case WORD_TIME: return event_time(vm);
    case WORD_HOUR: return hour_of(event_time(vm));
    case WORD_WEEKDAY: return caltime_split(event_time(vm), CALTIME_ZONE_MS).weekday;
    case WORD_WORKDAY:
        return calendar_is_workday(vm->program->days, vm->program->days_count, event_time(vm));
    case WORD_HOLIDAY:
        return calendar_is_holiday(vm->program->days, vm->program->days_count, event_time(vm));
    case WORD_NIGHT: return hour_of(event_time(vm)) >= 22 || hour_of(event_time(vm)) < 6;
    case WORD_CALLER:
    case WORD_PAYER:
    case WORD_SENDER:
    case WORD_USER: return end_token(vm, PARTY_FROM);
    case WORD_CALLEE:
    case WORD_PAYEE:
    case WORD_RECEIVER: return end_token(vm, PARTY_TO);
    case WORD_CALLER_KIND:
    case WORD_PAYER_KIND:
    case WORD_SENDER_KIND:
    case WORD_USER_KIND: return end_kind(vm, PARTY_FROM);
    case WORD_CALLEE_KIND:
    case WORD_PAYEE_KIND:
    case WORD_RECEIVER_KIND: return end_kind(vm, PARTY_TO);
    case WORD_CALLER_REGION:
    case WORD_PAYER_REGION:
    case WORD_SENDER_REGION:
    case WORD_USER_REGION: return known_or(e->party[PARTY_FROM].region);
    case WORD_CALLEE_REGION:
    case WORD_PAYEE_REGION:
    case WORD_RECEIVER_REGION: return known_or(e->party[PARTY_TO].region);
    case WORD_ABOUT: return value_of_key(e->about_key);
    case WORD_OUTCOME_RESULT: return known_or(e->result);
    case WORD_BALANCE_BEFORE: return e->balance_before_minor;
    case WORD_BALANCE_AFTER: return e->balance_after_minor;
    case WORD_PAYMENT_ARRIVAL: return known_or(e->arrival);
    default: return vm->hand == NULL ? VALUE_UNKNOWN : vm_record_word(vm, word, vm->hand);
    }
}

int64_t vm_attribute(const struct page *page, int attribute, int64_t t)
{
    switch (attribute) {
    case ATTRIBUTE_AGE: {
        int64_t year = page->attributes[PAGE_BIRTH_YEAR].value;
        return year == VALUE_UNKNOWN ? VALUE_UNKNOWN
                                     : caltime_split(t, CALTIME_ZONE_MS).year - year;
    }
    case ATTRIBUTE_VULNERABLE: {
        int64_t truth = page->attributes[PAGE_VULNERABLE].value;
        return truth == VALUE_UNKNOWN || truth == TRUTH_UNKNOWN ? VALUE_UNKNOWN
                                                                : truth == TRUTH_YES;
    }
    case ATTRIBUTE_REGION: return page->attributes[PAGE_REGION].value;
    case ATTRIBUTE_OPENED: return page->attributes[PAGE_OPENED].value;
    case ATTRIBUTE_KIND_OF_NUMBER:
    case ATTRIBUTE_KIND_OF_ACCOUNT: return page->attributes[PAGE_KIND].value;
    case ATTRIBUTE_CLASS: return page->attributes[PAGE_CLASS].value;
    default: return VALUE_UNKNOWN;
    }
}

static int64_t feature_value(struct vm *vm, uint32_t index)
{
    struct vm_feature *feature = &vm->features[index];
    if (feature->epoch != vm->epoch) {
        int64_t temps[PROGRAM_TEMPS_MAX];
        memset(temps, 0, sizeof temps);
        feature->value = run(vm, vm->program->features[index].code, NULL, temps);
        feature->epoch = vm->epoch;
        feature->loose = vm->loose;
        feature->least = vm->least;
    }
    vm->loose = feature->loose;
    vm->least = feature->least;
    return feature->value;
}

/* What becomes of the value is not seen here: behind the exact history it is approximate. */
static int64_t settle(struct vm *vm, int64_t value)
{
    vm->approximate |= vm->loose;
    vm->loose = false;
    return value;
}

int64_t vm_feature(struct vm *vm, uint32_t feature)
{
    return settle(vm, feature_value(vm, feature));
}

/* ---- aggregates
 * -------------------------------------------------------------------------------------------------
 */

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
    if (a->where != CODE_NONE && settle(s->vm, run(s->vm, a->where, r, s->temps)) != 1) {
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

/* The records of the span and what is summed up before them, by their sizes. */
static int64_t scan_usual(struct scan *s)
{
    uint32_t counts[USUAL_BUCKETS] = {0};
    int stream = s->aggregate->stream;
    for (uint32_t i = s->first; i < s->last; i++) {
        int64_t value = usual_of_record(stream, &s->stream->records[i]);
        if (value != VALUE_UNKNOWN) {
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
    return true;
}

static int64_t aggregate_value(struct vm *vm, const struct aggregate *a, int64_t since_ms,
                               int64_t *temps)
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
    case AGGREGATE_DISTINCT: value = scan_distinct(&s); break;
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

/* ---- arithmetic and logic
 * --------------------------------------------------------------------------------------- */

static int64_t add_known(struct vm *vm, int64_t a, int64_t b, bool minus)
{
    int64_t result;
    if (a == VALUE_UNKNOWN || b == VALUE_UNKNOWN) {
        return VALUE_UNKNOWN;
    }
    bool overflow =
        minus ? __builtin_sub_overflow(a, b, &result) : __builtin_add_overflow(a, b, &result);
    if (overflow || result == VALUE_UNKNOWN) {
        vm->overflows++;
        return VALUE_UNKNOWN;
    }
    return result;
}

/* a x num / den, to the nearest, halves to even. */
static int64_t scale(struct vm *vm, int64_t a, const struct ratio *ratio)
{
    if (a == VALUE_UNKNOWN) {
        return VALUE_UNKNOWN;
    }
    __int128 product = (__int128)a * ratio->num;
    __int128 quotient = product / ratio->den;
    __int128 rest = product % ratio->den;
    __int128 twice = (rest < 0 ? -rest : rest) * 2;
    if (twice > ratio->den || (twice == ratio->den && quotient % 2 != 0)) {
        quotient += product < 0 ? -1 : 1;
    }
    if (quotient > INT64_MAX || quotient <= INT64_MIN) {
        vm->overflows++;
        return VALUE_UNKNOWN;
    }
    return (int64_t)quotient;
}

static int64_t compare(int op, int64_t a, int64_t b)
{
    if (a == VALUE_UNKNOWN || b == VALUE_UNKNOWN) {
        return VALUE_UNKNOWN;
    }
    switch (op) {
    case OP_EQ: return a == b;
    case OP_NE: return a != b;
    case OP_LT: return a < b;
    case OP_LE: return a <= b;
    case OP_GT: return a > b;
    default: return a >= b;
    }
}

/* Unknown if one of the three is, even where the other two would settle it. */
static int64_t between(int64_t value, int64_t low, int64_t high)
{
    if (value == VALUE_UNKNOWN || low == VALUE_UNKNOWN || high == VALUE_UNKNOWN) {
        return VALUE_UNKNOWN;
    }
    return value >= low && value <= high;
}

static int64_t logic_and(int64_t a, int64_t b)
{
    if (a == 0 || b == 0) {
        return 0;
    }
    return a == VALUE_UNKNOWN || b == VALUE_UNKNOWN ? VALUE_UNKNOWN : 1;
}

static int64_t logic_not(int64_t a)
{
    return a == VALUE_UNKNOWN ? VALUE_UNKNOWN : a == 0;
}

/* A message that was looked through for other tags may have had this one, too. */
static int64_t has_tag(const struct vm *vm, int32_t tag, const struct record *r)
{
    const struct program *p = vm->program;
    if (r == NULL) {
        return VALUE_UNKNOWN;
    }
    if (record_has_tag(r, p->tags[tag].hash)) {
        return 1;
    }
    return record_tag_set(r) != 0 && record_tag_set(r) == p->tag_set ? 0 : VALUE_UNKNOWN;
}

static int64_t in_set(const struct program *p, const struct range_set *set, int64_t value)
{
    if (value == VALUE_UNKNOWN) {
        return VALUE_UNKNOWN;
    }
    for (uint32_t i = 0; i < set->count; i++) {
        const struct range *range = &p->ranges[set->first + i];
        if (value >= range->low && value <= range->high) {
            return 1;
        }
    }
    return 0;
}

static int64_t carried_member(const struct vm *vm, int32_t operand)
{
    int64_t word = vm->carried[operand >> 8];
    if (word == VALUE_UNKNOWN || (word >> (2 * (operand & 255)) & 1) == 0) {
        return VALUE_UNKNOWN;
    }
    return word >> (2 * (operand & 255) + 1) & 1;
}

/* Otherwise, then, condition: what stands first stays unless the condition is true. */
static int64_t *choose(int64_t *top)
{
    top[-3] = top[-1] == 1 ? top[-2] : top[-3];
    return top - 2;
}

/* Values that an instruction pushes from outside the stack. */
static int64_t load(struct vm *vm, const struct insn *insn, const struct record *record,
                    const int64_t *temps)
{
    const struct program *p = vm->program;
    switch (insn->op) {
    case OP_CONST: return p->consts[insn->c];
    case OP_WORD: return event_word(vm, insn->c);
    case OP_RECORD: return vm_record_word(vm, insn->c, record);
    case OP_ATTRIBUTE: return vm_attribute(vm->page, insn->c, vm->t);
    case OP_TAG: return has_tag(vm, insn->c, vm->hand);
    case OP_RECORD_TAG: return has_tag(vm, insn->c, record);
    case OP_MEMBER: return page_is_member(vm->page, p->lists[insn->c].key, vm->t);
    case OP_CARRIED: return vm->carried[insn->c];
    case OP_CARRIED_MEMBER: return carried_member(vm, insn->c);
    case OP_FEATURE: return feature_value(vm, (uint32_t)insn->c);
    case OP_TEMP: return temps[insn->c];
    case OP_MARK_LEVEL: return page_mark_level(vm->page, p->marks[insn->c].key, vm->t);
    case OP_POINTS: return vm->typology_points[insn->c];
    case OP_MATCHES: return pattern_matches(vm, (uint32_t)insn->c);
    case OP_STEP:
        return pattern_word(vm, (uint32_t)insn->c >> 11, (uint32_t)insn->c >> 8 & 7, insn->c & 255);
    default: return vm->t;
    }
}

/* Which values of a stack reach behind the exact history, a bit each, and what they are at least
 * (VALUE_UNKNOWN: nothing is known of that). */
struct loose {
    uint64_t slots;
    int64_t least[PROGRAM_STACK_MAX];
};
_Static_assert(PROGRAM_STACK_MAX <= 64, "a bit each");

/* Does a comparison have its answer from what the loose side is at least? */
static bool least_decides(int op, int64_t least, int64_t other)
{
    if (least == VALUE_UNKNOWN || other == VALUE_UNKNOWN) {
        return other == VALUE_UNKNOWN;
    }
    switch (op) {
    case OP_GE:
    case OP_LT: return least >= other;
    case OP_GT:
    case OP_LE:
    case OP_EQ:
    case OP_NE: return least > other;
    default: return false;
    }
}

/* The comparison with its sides changed. */
static int mirrored(int op)
{
    switch (op) {
    case OP_GE: return OP_LE;
    case OP_LE: return OP_GE;
    case OP_GT: return OP_LT;
    case OP_LT: return OP_GT;
    default: return op;
    }
}

/* Before an instruction takes loose values from the stack: it makes the decision approximate,
 * unless it is a comparison that the exact part decides. The last value is left to who asked. */
static void take_loose(struct vm *vm, struct loose *loose, const struct insn *insn,
                       const int64_t *stack, unsigned depth)
{
    bool jump = insn->op == OP_JUMP_FALSE || insn->op == OP_JUMP_TRUE;
    bool since = insn->op == OP_AGGREGATE && vm->program->aggregates[insn->c].span == SPAN_SINCE;
    unsigned pops = jump || since ? 1 : vocab_opcodes[insn->op].needs;
    uint64_t taken = 0;
    for (unsigned slot = depth - pops; slot < depth; slot++) {
        taken |= loose->slots & UINT64_C(1) << slot;
    }
    loose->slots &= ~taken;
    if (taken == 0) {
        return;
    }
    if (insn->op == OP_END) {
        vm->loose = true;
        vm->least = loose->least[depth - 1];
    } else if (taken == UINT64_C(1) << (depth - pops) && pops == 2) {
        vm->approximate |= !least_decides(insn->op, loose->least[depth - 2], stack[depth - 1]);
    } else if (taken == UINT64_C(1) << (depth - 1) && pops == 2) {
        vm->approximate |=
            !least_decides(mirrored(insn->op), loose->least[depth - 1], stack[depth - 2]);
    } else {
        vm->approximate = true;
    }
}

/* The value just pushed may be loose. */
static void note_loose(struct vm *vm, struct loose *loose, unsigned slot)
{
    if (vm->loose) {
        vm->loose = false;
        loose->slots |= UINT64_C(1) << slot;
        loose->least[slot] = vm->least;
    }
}

/* The beginning of a `since` lies on the stack. Returns the new top. */
static int64_t *push_aggregate(struct vm *vm, const struct aggregate *a, int64_t *top,
                               int64_t *temps)
{
    int64_t since_ms = a->span == SPAN_SINCE ? *--top : 0;
    *top++ = aggregate_value(vm, a, since_ms, temps);
    return top;
}

static int64_t run(struct vm *vm, uint32_t code, const struct record *record, int64_t *temps)
{
    const struct program *p = vm->program;
    int64_t stack[PROGRAM_STACK_MAX + 1];
    int64_t *top = stack; /* one past the top value */
    struct loose loose;
    loose.slots = 0;
    for (const struct insn *insn = &p->code[code];; insn++) {
        if (loose.slots != 0) {
            take_loose(vm, &loose, insn, stack, (unsigned)(top - stack));
        }
        switch (insn->op) {
        case OP_END: return top[-1];
        case OP_AGGREGATE:
            top = push_aggregate(vm, &p->aggregates[insn->c], top, temps);
            note_loose(vm, &loose, (unsigned)(top - stack - 1));
            break;
        case OP_SET_TEMP: temps[insn->c] = *--top; break;
        case OP_ADD:
        case OP_SUB:
            top--;
            top[-1] = add_known(vm, top[-1], top[0], insn->op == OP_SUB);
            break;
        case OP_SCALE: top[-1] = scale(vm, top[-1], &p->ratios[insn->c]); break;
        case OP_EQ:
        case OP_NE:
        case OP_LT:
        case OP_LE:
        case OP_GT:
        case OP_GE:
            top--;
            top[-1] = compare(insn->op, top[-1], top[0]);
            break;
        case OP_BETWEEN:
            top -= 2;
            top[-1] = between(top[-1], top[0], top[1]);
            break;
        case OP_IN_SET: top[-1] = in_set(p, &p->sets[insn->c], top[-1]); break;
        case OP_NOT: top[-1] = logic_not(top[-1]); break;
        case OP_AND:
            top--;
            top[-1] = logic_and(top[-1], top[0]);
            break;
        case OP_OR:
            top--;
            top[-1] = logic_not(logic_and(logic_not(top[-1]), logic_not(top[0])));
            break;
        case OP_JUMP_FALSE: insn = top[-1] == 0 ? &p->code[insn->c] - 1 : insn; break;
        case OP_JUMP_TRUE: insn = top[-1] == 1 ? &p->code[insn->c] - 1 : insn; break;
        case OP_CHOOSE: top = choose(top); break;
        case OP_KNOWN: top[-1] = top[-1] != VALUE_UNKNOWN; break;
        case OP_AGO: top[-1] = add_known(vm, vm->t, top[-1], true); break;
        default:
            *top++ = load(vm, insn, record, temps);
            note_loose(vm, &loose, (unsigned)(top - stack - 1));
            break;
        }
    }
}

int64_t vm_run_on(struct vm *vm, uint32_t code, const struct record *record)
{
    int64_t temps[PROGRAM_TEMPS_MAX];
    memset(temps, 0, sizeof temps);
    return settle(vm, run(vm, code, record, temps));
}

int64_t vm_run(struct vm *vm, uint32_t code)
{
    return vm_run_on(vm, code, NULL);
}

void vm_collect(struct vm *vm, uint32_t code, struct evidence *evidence)
{
    forget_features(vm); /* each feature is looked through once, however often it is read */
    vm->evidence = evidence;
    (void)vm_run(vm, code);
    vm->evidence = NULL;
}
