/* test_history.c - a history keeps what its definitions say, whatever the order of arrival.
 *
 * Random records are added to a page and, side by side, to a plain list. After each one the page is
 * compared with what the definitions of page.h and docs/semantics.md give over that list.
 */
#include "engine/state/history.h"

#include "connectors/cli/prng.h"
#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define TOLD_MAX 160
#define PEER_KINDS 12 /* others that a random page meets */
#define ROUNDS 300

/* Check notes each ck_assert in a file; there are millions here. */
#define ck_holds(condition, ...)       \
    do {                               \
        if (!(condition)) {            \
            ck_abort_msg(__VA_ARGS__); \
        }                              \
    } while (0)

/* One record as it was told, and what the page should say of it. */
struct told {
    int stream, peer; /* peer 0: nobody */
    int64_t time_ms, value;
    bool reversed;
    /* worked out */
    bool late, first_time, two_way, retained, gap_open, two_way_open;
};

struct met { /* another end, as the page should remember it */
    bool known;
    int64_t first_ms, last_in_ms, last_out_ms;
    int since; /* the record that met it */
};

struct model {
    struct told told[TOLD_MAX];
    int count;
    struct met met[PEER_KINDS + 1];
    struct retention retention;
    uint64_t dropped[STREAM_COUNT];
    int64_t dropped_until_ms[STREAM_COUNT];
};

static struct model model;

static struct token peer_token(int peer)
{
    struct token token = {{0}};
    memset(token.bytes, peer, sizeof token.bytes);
    return token;
}

static uint64_t peer_low64(int peer)
{
    struct token token = peer_token(peer);
    return token_low64(&token);
}

static struct page *page_of_account(void)
{
    struct token token = {{0xaa, 1}};
    return page_new(&token, ENTITY_ACCOUNT);
}

static struct record *add(struct page *page, int n)
{
    const struct told *told = &model.told[n];
    struct token token = peer_token(told->peer);
    struct record draft = {.time_ms = told->time_ms,
                           .id = (uint64_t)n + 1,
                           .value = told->value,
                           .flags = told->reversed ? RECORD_REVERSED : 0,
                           .member = RECORD_MEMBER_NONE};
    struct peer_draft peer = {.token = &token, .entity = ENTITY_ACCOUNT};
    return page_add_record(page, told->stream, &draft, told->peer == 0 ? NULL : &peer,
                           &model.retention);
}

/* ---- the definitions over the list ---------------------------------------------------------- */

/* a before b in (time, arrival) */
static bool is_before(int a, int b)
{
    int64_t left_ms = model.told[a].time_ms;
    int64_t right_ms = model.told[b].time_ms;
    return left_ms < right_ms || (left_ms == right_ms && a < b);
}

/* The record next to n on the page, the older or the younger one; -1 if there is none. */
static int beside(int n, bool younger)
{
    int found = -1;
    for (int i = 0; i < model.count; i++) {
        bool on_side = younger ? is_before(n, i) : is_before(i, n);
        if (i != n && on_side &&
            (found < 0 || (younger ? is_before(i, found) : is_before(found, i)))) {
            found = i;
        }
    }
    return found;
}

static int64_t gap_of(int n)
{
    int before = beside(n, false);
    return before < 0 ? VALUE_UNKNOWN : model.told[n].time_ms - model.told[before].time_ms;
}

static bool first_time_of(int n)
{
    for (int i = 0; i < model.count; i++) {
        if (model.told[n].peer != 0 && model.told[i].peer == model.told[n].peer &&
            is_before(i, n)) {
            return false;
        }
    }
    return true;
}

static bool is_in(int stream)
{
    return stream == STREAM_CALL_IN || stream == STREAM_PAYMENT_IN || stream == STREAM_SMS_IN;
}

/* Is record i a contact that makes n two-way? */
static bool answers(int i, int n)
{
    const struct told *a = &model.told[i];
    const struct told *b = &model.told[n];
    return b->peer != 0 && a->peer == b->peer && is_in(a->stream) != is_in(b->stream) &&
           is_before(i, n) && a->time_ms > b->time_ms - 30 * DAY;
}

static bool two_way_of(int n)
{
    for (int i = 0; i < model.count; i++) {
        if (answers(i, n)) {
            return true;
        }
    }
    return false;
}

static int64_t known_for_of(int n)
{
    int64_t first_ms = model.told[n].time_ms;
    for (int i = 0; i < model.count; i++) {
        if (model.told[n].peer != 0 && model.told[i].peer == model.told[n].peer &&
            model.told[i].time_ms < first_ms) {
            first_ms = model.told[i].time_ms;
        }
    }
    return model.told[n].time_ms - first_ms;
}

static bool late_of(int n)
{
    for (int i = 0; i < n; i++) {
        if (model.told[i].time_ms > model.told[n].time_ms) {
            return true;
        }
    }
    return false;
}

/* ---- all is kept ---------------------------------------------------------------------------- */

static void check_order(const struct stream *stream, int s, uint64_t seed)
{
    int last = -1;
    int count = 0;
    for (int i = 0; i < model.count; i++) {
        count += model.told[i].stream == s && model.told[i].retained;
    }
    ck_holds((int)(stream->end - stream->begin) == count, "seed %d stream %d: %u, not %d",
             (int)seed, s, stream->end - stream->begin, count);
    for (uint32_t i = stream->begin; i < stream->end; i++) {
        int n = (int)stream->records[i].id - 1;
        ck_holds(n >= 0 && n < model.count && model.told[n].stream == s && model.told[n].retained,
                 "seed %d stream %d keeps %d", (int)seed, s, n);
        ck_holds(stream->records[i].time_ms == model.told[n].time_ms &&
                     stream->records[i].peer == peer_low64(model.told[n].peer),
                 "seed %d: record %d is another one", (int)seed, n);
        ck_holds(last < 0 || is_before(last, n), "seed %d: %d before %d", (int)seed, last, n);
        last = n;
    }
}

static void check_exact(const struct page *page, uint64_t seed)
{
    for (int s = 0; s < STREAM_COUNT; s++) {
        const struct stream *stream = &page->streams[s];
        check_order(stream, s, seed);
        for (uint32_t i = stream->begin; i < stream->end; i++) {
            const struct record *r = &stream->records[i];
            int n = (int)r->id - 1;
            ck_holds(record_gap_ms(r) == gap_of(n), "seed %d record %d of %d: gap %lld, not %lld",
                     (int)seed, n, model.count, (long long)record_gap_ms(r), (long long)gap_of(n));
            ck_holds(((r->flags & RECORD_FIRST_TIME) != 0) == first_time_of(n),
                     "seed %d record %d of %d: first_time", (int)seed, n, model.count);
            ck_holds(((r->flags & RECORD_TWO_WAY) != 0) == two_way_of(n),
                     "seed %d record %d of %d: two_way", (int)seed, n, model.count);
            ck_holds(((r->flags & RECORD_LATE) != 0) == model.told[n].late,
                     "seed %d record %d of %d: late", (int)seed, n, model.count);
            ck_holds(page_known_for_ms(page, r) == known_for_of(n),
                     "seed %d record %d of %d: known_for", (int)seed, n, model.count);
        }
    }
}

/* Times that meet each other and the edges of 30 days: few distinct ones, a millisecond apart. */
static int64_t crowded_time(struct prng *rng)
{
    int64_t half_months = prng_between(rng, 0, 5);
    return T0 + half_months * 15 * DAY + prng_between(rng, -2, 2);
}

/* 0: nobody; logins and changes have nobody at their other end. */
static int random_peer(struct prng *rng, int stream, int peers)
{
    return !stream_has_ends(stream) ? 0 : (int)prng_between(rng, 0, peers);
}

static void told_add(int stream, int peer, int64_t time_ms, int64_t value, bool reversed)
{
    model.told[model.count] = (struct told){.stream = stream,
                                            .peer = peer,
                                            .time_ms = time_ms,
                                            .value = value,
                                            .reversed = reversed,
                                            .retained = true};
    model.count++;
    model.told[model.count - 1].late = late_of(model.count - 1);
}

static void retention_of(uint32_t records_max, int64_t age_max_ms, uint32_t peers_max)
{
    memset(&model, 0, sizeof model);
    model.retention.peers_max = peers_max;
    for (int s = 0; s < STREAM_COUNT; s++) {
        model.retention.stream[ENTITY_ACCOUNT][s].records_max = records_max;
        model.retention.stream[ENTITY_ACCOUNT][s].age_max_ms = age_max_ms;
        model.dropped_until_ms[s] = TIME_NONE;
    }
}

START_TEST(random_arrivals_follow_the_definitions)
{
    for (uint64_t seed = 1; seed <= ROUNDS / 3; seed++) {
        struct prng rng = prng_seed(seed, "history");
        retention_of(1000, INT64_MAX, 100);
        struct page *page = page_of_account();
        int peers = (int)prng_between(&rng, 1, PEER_KINDS);
        int count = (int)prng_between(&rng, 1, 70);
        bool crowded = prng_chance(&rng, 50);
        for (int n = 0; n < count; n++) {
            int stream = (int)prng_below(&rng, STREAM_WARNING);
            int peer = random_peer(&rng, stream, peers);
            int64_t time_ms =
                crowded ? crowded_time(&rng) : T0 + prng_between(&rng, -40 * DAY, 40 * DAY);
            told_add(stream, peer, time_ms, prng_between(&rng, 0, 100), false);
            struct record *added = add(page, n);
            ck_assert(added != NULL && added->id == (uint64_t)n + 1 && page->dirty);
            check_exact(page, seed);
        }
        page_free(page);
    }
}
END_TEST

/* ---- what exceeds the retention ------------------------------------------------------------- */

static int oldest_retained(int s)
{
    int oldest = -1;
    for (int i = 0; i < model.count; i++) {
        if (model.told[i].stream == s && model.told[i].retained &&
            (oldest < 0 || is_before(i, oldest))) {
            oldest = i;
        }
    }
    return oldest;
}

static int64_t newest_ms(int s)
{
    int64_t newest = TIME_NONE;
    for (int i = 0; i < model.count; i++) {
        if (model.told[i].stream == s && model.told[i].time_ms > newest) {
            newest = model.told[i].time_ms;
        }
    }
    return newest;
}

static uint32_t retained_count(int s)
{
    uint32_t count = 0;
    for (int i = 0; i < model.count; i++) {
        count += model.told[i].stream == s && model.told[i].retained;
    }
    return count;
}

static uint32_t named_by(int peer)
{
    uint32_t count = 0;
    for (int i = 0; i < model.count; i++) {
        count += model.told[i].peer == peer && model.told[i].retained;
    }
    return count;
}

static void model_drop(int s)
{
    uint32_t records_max = model.retention.stream[ENTITY_ACCOUNT][s].records_max;
    int64_t age_max_ms = model.retention.stream[ENTITY_ACCOUNT][s].age_max_ms;
    for (;;) {
        int oldest = oldest_retained(s);
        uint32_t count = retained_count(s);
        if (oldest < 0 ||
            !(count > records_max ||
              (count > 8 && newest_ms(s) - model.told[oldest].time_ms > age_max_ms))) {
            return;
        }
        model.told[oldest].retained = false;
        model.dropped[s]++;
        if (model.told[oldest].time_ms > model.dropped_until_ms[s]) {
            model.dropped_until_ms[s] = model.told[oldest].time_ms;
        }
    }
}

static int64_t last_met(const struct met *met)
{
    return met->last_in_ms > met->last_out_ms ? met->last_in_ms : met->last_out_ms;
}

/* Whom the page does not know takes the place of the one that page.h names. n is not met yet. */
static void model_meet(int n, int peer)
{
    struct met *met = &model.met[peer];
    if (!met->known) {
        uint32_t known = 0;
        int victim = -1;
        for (int i = 1; i <= PEER_KINDS; i++) {
            if (!model.met[i].known) {
                continue;
            }
            known++;
            bool named = named_by(i) > 0;
            if (victim < 0 || (named != (named_by(victim) > 0)
                                   ? !named
                                   : last_met(&model.met[i]) < last_met(&model.met[victim]))) {
                victim = i;
            }
        }
        if (known >= model.retention.peers_max) {
            model.met[victim].known = false;
        }
        *met = (struct met){true, INT64_MAX, TIME_NONE, TIME_NONE, n};
    }
    int64_t t = model.told[n].time_ms;
    int s = model.told[n].stream;
    int64_t *last_ms = is_in(s) ? &met->last_in_ms : &met->last_out_ms;
    *last_ms = t > *last_ms ? t : *last_ms;
    met->first_ms = t < met->first_ms ? t : met->first_ms;
}

/* Flags of n as of its arrival, and what it corrects. Where dropped records would have to be asked,
 * the page may know less: the answer stays open. */
static void model_flags(int n)
{
    struct told *told = &model.told[n];
    const struct met *met = &model.met[told->peer];
    int before = beside(n, false);
    int next = beside(n, true);
    bool next_tells = next >= 0 && model.told[next].retained && !model.told[next].gap_open;
    bool before_tells =
        before < 0 || model.told[before].retained ||
        model.dropped_until_ms[model.told[before].stream] == model.told[before].time_ms;
    told->gap_open = told->late && !next_tells && !before_tells;
    told->first_time = told->peer == 0 || !met->known || met->first_ms > told->time_ms;
    for (int i = 0; i < n; i++) {
        struct told *other = &model.told[i];
        if (met->known && i >= met->since && answers(i, n)) {
            told->two_way = true;
            told->two_way_open |= told->late && !other->retained;
        }
        if (told->peer != 0 && other->peer == told->peer && is_before(n, i)) {
            other->first_time = false;
            other->two_way |= answers(n, i);
        }
    }
}

/* A late record is answered by records that are retained, though the page forgot whose they are. */
static bool two_way_agrees(int n, bool two_way)
{
    const struct told *told = &model.told[n];
    if (two_way == told->two_way) {
        return true;
    }
    return two_way ? told->late && two_way_of(n) : told->two_way_open;
}

static void check_days(const struct stream *stream, int s, uint64_t seed)
{
    int64_t newest_day = (newest_ms(s) + 8 * HOUR) / DAY;
    uint32_t found = 0;
    for (int64_t day = newest_day - 200; day <= newest_day; day++) {
        uint32_t count = 0;
        int64_t sum = 0;
        for (int i = 0; i < model.count; i++) {
            const struct told *told = &model.told[i];
            if (told->stream == s && !told->retained && !told->reversed &&
                (told->time_ms + 8 * HOUR) / DAY == day) {
                count++;
                bool has_sum = told->value != VALUE_UNKNOWN && s <= STREAM_PAYMENT_OUT;
                sum += has_sum ? told->value : 0;
            }
        }
        if (count == 0 || day + PAGE_DAYS_MAX < newest_day) {
            continue;
        }
        ck_holds(found < stream->day_count && stream->days[found].day == day &&
                     stream->days[found].count == count && stream->days[found].sum == sum,
                 "seed %d stream %d day %d: not %u records of %lld together", (int)seed, s,
                 (int)day, count, (long long)sum);
        found++;
    }
    ck_holds(stream->day_count == found, "seed %d stream %d: %u days, not %u", (int)seed, s,
             stream->day_count, found);
}

static void check_peers(const struct page *page, uint64_t seed)
{
    uint32_t known = 0;
    for (int i = 1; i <= PEER_KINDS; i++) {
        const struct met *met = &model.met[i];
        const struct peer *peer = page_find_peer(page, peer_low64(i));
        ck_holds((peer != NULL) == met->known, "seed %d record %d peer %d", (int)seed, model.count,
                 i);
        known += met->known;
        if (peer != NULL) {
            ck_holds(peer->first_met_ms == met->first_ms && peer->last_in_ms == met->last_in_ms &&
                         peer->last_out_ms == met->last_out_ms,
                     "seed %d record %d: times of peer %d", (int)seed, model.count, i);
            ck_holds(peer->retained == named_by(i), "seed %d record %d peer %d: %u, not %u",
                     (int)seed, model.count, i, peer->retained, named_by(i));
        }
    }
    ck_assert_uint_eq(page->peer_count, known);
}

static void check_bounded(const struct page *page, uint64_t seed)
{
    for (int s = 0; s < STREAM_COUNT; s++) {
        const struct stream *stream = &page->streams[s];
        check_order(stream, s, seed);
        ck_assert_uint_eq(stream->dropped, model.dropped[s]);
        ck_assert_int_eq(stream->dropped_until_ms, model.dropped_until_ms[s]);
        for (uint32_t i = stream->begin; i < stream->end; i++) {
            const struct record *r = &stream->records[i];
            int n = (int)r->id - 1;
            int64_t gap_ms = record_gap_ms(r);
            ck_holds(gap_ms == gap_of(n) || (model.told[n].gap_open &&
                                             (gap_ms == VALUE_UNKNOWN || gap_ms > gap_of(n))),
                     "seed %d record %d of %d: gap %lld, not %lld", (int)seed, n, model.count,
                     (long long)gap_ms, (long long)gap_of(n));
            ck_holds(((r->flags & RECORD_FIRST_TIME) != 0) == model.told[n].first_time,
                     "seed %d record %d of %d: first_time", (int)seed, n, model.count);
            ck_holds(((r->flags & RECORD_LATE) != 0) == model.told[n].late,
                     "seed %d record %d of %d: late", (int)seed, n, model.count);
            ck_holds(two_way_agrees(n, (r->flags & RECORD_TWO_WAY) != 0),
                     "seed %d record %d of %d: two_way", (int)seed, n, model.count);
        }
    }
    check_peers(page, seed);
}

/* No two alike, so that no order of equals is asked for; mostly going on, some late. */
static int64_t next_time(struct prng *rng, int64_t *now_ms, int64_t step_ms)
{
    for (;;) {
        *now_ms += prng_between(rng, 1, step_ms);
        int64_t t = prng_chance(rng, 30) ? *now_ms - prng_between(rng, 0, 12 * step_ms) : *now_ms;
        bool fresh = true;
        for (int i = 0; i < model.count; i++) {
            fresh = fresh && model.told[i].time_ms != t;
        }
        if (fresh) {
            return t;
        }
    }
}

static void bounded_round(uint64_t seed)
{
    static const uint32_t records_max[] = {0, 1, 3, 8, 9, 20};
    static const int64_t age_max_ms[] = {0, HOUR, 2 * DAY, 60 * DAY};
    static const int64_t step_ms[] = {HOUR, DAY, 20 * DAY};
    struct prng rng = prng_seed(seed, "bounded history");
    uint32_t kept = records_max[prng_below(&rng, 6)];
    int64_t age_ms = age_max_ms[prng_below(&rng, 4)];
    retention_of(kept, age_ms, 1 + prng_below(&rng, PEER_KINDS));
    int64_t step = step_ms[prng_below(&rng, 3)];
    int64_t now_ms = T0;
    int streams = 1 + (int)prng_below(&rng, STREAM_WARNING);
    struct page *page = page_of_account();
    for (int n = 0; n < 80; n++) {
        int stream = (int)prng_below(&rng, (uint32_t)streams);
        int peer = random_peer(&rng, stream, PEER_KINDS);
        int64_t t = next_time(&rng, &now_ms, step);
        int64_t value = prng_chance(&rng, 20) ? VALUE_UNKNOWN : prng_between(&rng, 1, 1000);
        told_add(stream, peer, t, value, prng_chance(&rng, 20));
        model_flags(n);
        struct record *added = add(page, n);
        uint64_t dropped = model.dropped[stream];
        model_drop(stream);
        if (peer != 0) {
            model_meet(n, peer);
        }
        ck_holds((added != NULL) == model.told[n].retained, "seed %d record %d", (int)seed, n);
        ck_assert(added == NULL || added->id == (uint64_t)n + 1);
        check_bounded(page, seed);
        if (model.dropped[stream] > dropped) {
            check_days(&page->streams[stream], stream, seed);
        }
    }
    page_free(page);
}

/* A warning is no act: it ends no silence and makes nothing late. */
START_TEST(warnings_leave_the_history_alone)
{
    retention_of(20, 60 * DAY, 10);
    struct page *page = page_of_account();
    struct record draft = {.time_ms = T0, .id = 1, .value = 7, .member = RECORD_MEMBER_NONE};
    (void)page_add_record(page, STREAM_LOGIN, &draft, NULL, &model.retention);
    draft.time_ms = T0 + 2 * HOUR;
    const struct record *warning =
        page_add_record(page, STREAM_WARNING, &draft, NULL, &model.retention);
    ck_assert_int_eq(record_gap_ms(warning), VALUE_UNKNOWN);
    ck_assert_int_eq(page->newest_record_ms, T0);
    draft.time_ms = T0 + HOUR; /* before the warning, after the login */
    const struct record *change =
        page_add_record(page, STREAM_CHANGE, &draft, NULL, &model.retention);
    ck_assert_int_eq(record_gap_ms(change), HOUR);
    ck_assert_uint_eq(change->flags & RECORD_LATE, 0);
    draft.time_ms = T0 + HOUR / 2; /* a late warning corrects nothing */
    warning = page_add_record(page, STREAM_WARNING, &draft, NULL, &model.retention);
    ck_assert_uint_eq(warning->flags & RECORD_LATE, 0);
    ck_assert_int_eq(record_gap_ms(&page->streams[STREAM_CHANGE].records[0]), HOUR);
    page_free(page);
}
END_TEST

/* What a warning keeps as its value is no amount and is not summed up. */
START_TEST(warnings_that_give_way_are_counted_only)
{
    retention_of(1, 60 * DAY, 10);
    struct page *page = page_of_account();
    struct record draft = {.time_ms = T0, .value = INT64_MAX >> 3, .member = RECORD_MEMBER_NONE};
    for (draft.id = 1; draft.id <= 5; draft.id++) {
        (void)page_add_record(page, STREAM_WARNING, &draft, NULL, &model.retention);
    }
    int64_t count = 0;
    int64_t sum = 0;
    stream_days_add(&page->streams[STREAM_WARNING], T0 - DAY, &count, &sum);
    ck_assert_int_eq(count, 4);
    ck_assert_int_eq(sum, 0);
    page_free(page);
}
END_TEST

START_TEST(what_exceeds_the_retention_gives_way)
{
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        bounded_round(seed);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("history");
    TCase *tests = tcase_create("history");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, random_arrivals_follow_the_definitions);
    tcase_add_test(tests, what_exceeds_the_retention_gives_way);
    tcase_add_test(tests, warnings_leave_the_history_alone);
    tcase_add_test(tests, warnings_that_give_way_are_counted_only);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
