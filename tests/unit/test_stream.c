/* test_stream.c - windows over a history to the millisecond, and what remains of what is dropped.
 */
#include "engine/base/caltime.h"
#include "engine/base/mem.h"
#include "engine/state/history.h"
#include "tests/unit/quiet_check.h"
#include "tests/unit/random_page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DAY CALTIME_DAY_MS
#define MIDNIGHT (20000 * DAY - CALTIME_ZONE_MS) /* of day 20000 in the zone of packs */
#define ROOM 1000

static void stream_free(struct stream *stream)
{
    mem_free(stream->records);
    mem_free(stream->days);
    *stream = (struct stream){.dropped_until_ms = TIME_NONE};
}

static uint32_t put(struct stream *stream, int64_t time_ms, int64_t value)
{
    struct record record = {.time_ms = time_ms,
                            .id = stream->dropped + stream->end,
                            .value = value};
    return stream_insert(stream, &record, ROOM);
}

/* ---- days ------------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    int64_t time_ms;
    int32_t day;
} days[] = {
    {"midnight begins a day", MIDNIGHT, 20000},
    {"a millisecond earlier it is yesterday", MIDNIGHT - 1, 19999},
    {"the last millisecond of the day", MIDNIGHT + DAY - 1, 20000},
    {"1970-01-01T00:00+08:00", -CALTIME_ZONE_MS, 0},
    {"a millisecond before", -CALTIME_ZONE_MS - 1, -1},
    {"1970-01-01T00:00Z", 0, 0},
    {"the latest time of a record", HISTORY_TIME_LIMIT_MS - 1, INT32_MAX},
    {"the earliest time of a record", -HISTORY_TIME_LIMIT_MS + 1, INT32_MIN},
};

START_TEST(days_of_the_zone)
{
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        ck_assert_msg(stream_day(days[i].time_ms) == days[i].day, "%s: %d", days[i].name,
                      (int)stream_day(days[i].time_ms));
    }
}
END_TEST

/* ---- windows --------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int64_t from_ms;
    bool from_in;
    int64_t to_ms;
    uint32_t first, last;
} windows[] = {
    {"the start is out", 100, false, 300, 2, 5},
    {"a millisecond before the start is in", 99, false, 300, 0, 5},
    {"the start is in", 100, true, 300, 0, 5},
    {"a millisecond after it is out", 101, true, 300, 2, 5},
    {"the end is in", 0, false, 200, 0, 4},
    {"a millisecond before the end", 0, false, 199, 0, 2},
    {"all of one moment", 199, false, 200, 2, 4},
    {"nothing between", 200, false, 299, 4, 4},
    {"before everything", 0, false, 99, 0, 0},
    {"after everything", 300, false, 999, 5, 5},
    {"it ends before it begins", 500, false, 150, 2, 2},
    {"from ever, in", INT64_MIN, true, 200, 0, 4},
    {"from ever, out", INT64_MIN, false, 200, 0, 4},
    {"for ever", INT64_MIN, true, INT64_MAX, 0, 5},
};

START_TEST(windows_to_the_millisecond)
{
    struct stream stream = {.dropped_until_ms = TIME_NONE};
    static const int64_t times_ms[] = {100, 100, 200, 200, 300};
    for (size_t i = 0; i < 5; i++) {
        (void)put(&stream, times_ms[i], 0);
    }
    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
        uint32_t first = 99;
        uint32_t last = 99;
        stream_range(&stream, windows[i].from_ms, windows[i].from_in, windows[i].to_ms, &first,
                     &last);
        ck_assert_msg(first == windows[i].first && last == windows[i].last, "%s: %u..%u",
                      windows[i].name, first, last);
    }
    stream_free(&stream);
}
END_TEST

START_TEST(an_empty_history_has_empty_windows)
{
    struct stream stream = {.dropped_until_ms = TIME_NONE};
    uint32_t first = 99;
    uint32_t last = 99;
    stream_range(&stream, 0, false, 100, &first, &last);
    ck_assert_uint_eq(first, 0);
    ck_assert_uint_eq(last, 0);
    ck_assert(!stream_reaches_behind(&stream, INT64_MIN, true));
}
END_TEST

/* Any windows over any records, begin of the array or not. */
START_TEST(windows_are_what_a_loop_finds)
{
    struct prng rng = prng_seed(1, "windows");
    for (int trial = 0; trial < 400; trial++) {
        struct stream stream = {.dropped_until_ms = TIME_NONE};
        uint32_t count = prng_below(&rng, 70);
        for (uint32_t i = 0; i < count; i++) {
            (void)put(&stream, prng_between(&rng, 0, 60), 0);
        }
        for (uint32_t i = prng_below(&rng, 20); i > 0 && stream.begin < stream.end; i--) {
            (void)stream_drop_oldest(&stream, true);
        }
        for (int k = 0; k < 50; k++) {
            int64_t from_ms = prng_between(&rng, -2, 62);
            int64_t to_ms = prng_between(&rng, -2, 62);
            bool from_in = prng_chance(&rng, 50);
            uint32_t first = 0;
            uint32_t last = 0;
            stream_range(&stream, from_ms, from_in, to_ms, &first, &last);
            for (uint32_t i = stream.begin; i < stream.end; i++) {
                int64_t time_ms = stream.records[i].time_ms;
                bool in = (from_in ? time_ms >= from_ms : time_ms > from_ms) && time_ms <= to_ms;
                quiet_check(in == (first <= i && i < last), "trial %d: %" PRId64 "..%" PRId64,
                            trial, from_ms, to_ms);
            }
            quiet_check(stream.begin <= first && first <= last && last <= stream.end, "trial %d",
                        trial);
        }
        stream_free(&stream);
    }
}
END_TEST

START_TEST(records_are_kept_in_order_of_time_and_arrival)
{
    struct prng rng = prng_seed(1, "order");
    struct stream stream = {.dropped_until_ms = TIME_NONE};
    for (int i = 0; i < 300; i++) {
        int64_t time_ms = prng_between(&rng, 0, 40);
        uint32_t at = put(&stream, time_ms, 0);
        quiet_check(stream.records[at].time_ms == time_ms, "%d is not at %u", i, at);
        for (uint32_t k = stream.begin + 1; k < stream.end; k++) {
            const struct record *a = &stream.records[k - 1];
            const struct record *b = &stream.records[k];
            quiet_check(a->time_ms < b->time_ms || (a->time_ms == b->time_ms && a->id < b->id),
                        "%d: out of order at %u", i, k);
        }
    }
    stream_free(&stream);
}
END_TEST

/* ---- what is dropped ------------------------------------------------------------------------- */

static const struct {
    const char *name;
    uint32_t count; /* a millisecond apart */
    uint32_t records_max;
    int64_t age_max_ms;
    bool exceeds;
} exceeding[] = {
    {"as many as may be", 12, 12, 100, false},
    {"one too many", 13, 12, 100, true},
    {"as old as may be", 12, 100, 11, false},
    {"a millisecond too old", 12, 100, 10, true},
    {"the newest eight are kept whatever their age", 8, 100, 0, false},
    {"the ninth is not", 9, 100, 7, true},
    {"fewer than eight may be kept", 4, 3, 100, true},
    {"none at all", 1, 0, 100, true},
    {"nothing is not too much", 0, 0, 0, false},
};

START_TEST(what_exceeds_the_retention)
{
    for (size_t i = 0; i < sizeof exceeding / sizeof exceeding[0]; i++) {
        struct stream stream = {.dropped_until_ms = TIME_NONE};
        for (uint32_t k = 0; k < exceeding[i].count; k++) {
            (void)put(&stream, k, 0);
        }
        ck_assert_msg(stream_exceeds(&stream, exceeding[i].records_max, exceeding[i].age_max_ms) ==
                          exceeding[i].exceeds,
                      "%s", exceeding[i].name);
        stream_free(&stream);
    }
}
END_TEST

START_TEST(behind_what_is_kept)
{
    struct stream stream = {.dropped_until_ms = TIME_NONE};
    (void)put(&stream, 100, 0);
    (void)put(&stream, 200, 0);
    ck_assert(!stream_reaches_behind(&stream, INT64_MIN, true));
    ck_assert_int_eq(stream_drop_oldest(&stream, true)->time_ms, 100);
    ck_assert_uint_eq(stream.dropped, 1);
    ck_assert(stream_reaches_behind(&stream, 99, false));
    ck_assert(!stream_reaches_behind(&stream, 100, false)); /* the start is out */
    ck_assert(stream_reaches_behind(&stream, 100, true));
    ck_assert(!stream_reaches_behind(&stream, 101, true));
    stream_free(&stream);
}
END_TEST

static void check_days(const struct stream *stream, const char *name, int64_t from_ms,
                       int64_t want_count, int64_t want_sum)
{
    int64_t count = 1000;
    int64_t sum = 5;
    stream_days_add(stream, from_ms, &count, &sum);
    ck_assert_msg(count == 1000 + want_count && sum == 5 + want_sum, "%s: %" PRId64 ", %" PRId64,
                  name, count - 1000, sum - 5);
}

START_TEST(daily_sums)
{
    struct stream stream = {.dropped_until_ms = TIME_NONE};
    (void)put(&stream, MIDNIGHT, 10);
    (void)put(&stream, MIDNIGHT + DAY - 1, 20);
    (void)put(&stream, MIDNIGHT + DAY, VALUE_UNKNOWN);
    (void)put(&stream, MIDNIGHT + DAY + 1, 400);
    uint32_t reversed = put(&stream, MIDNIGHT + DAY + 2, 9999);
    stream.records[reversed].flags = RECORD_REVERSED;
    (void)put(&stream, MIDNIGHT + 3 * DAY, 7000);
    for (int i = 0; i < 5; i++) {
        (void)stream_drop_oldest(&stream, true);
    }
    ck_assert_uint_eq(stream.day_count, 2);
    check_days(&stream, "all days, no reversed payment", 0, 4, 430);
    check_days(&stream, "a window that begins in a day has all of it", MIDNIGHT + DAY - 1, 4, 430);
    check_days(&stream, "one that begins where it ends has none of it", MIDNIGHT + DAY, 2, 400);
    check_days(&stream, "one that begins after all", MIDNIGHT + 2 * DAY, 0, 0);
    (void)put(&stream, MIDNIGHT + 5, 5);
    (void)stream_drop_oldest(&stream, true);
    (void)put(&stream, MIDNIGHT - 5, 60000);
    (void)stream_drop_oldest(&stream, true);
    check_days(&stream, "what comes late goes to its day", MIDNIGHT, 5, 435);
    check_days(&stream, "and to one of its own", MIDNIGHT - 1, 6, 60435);
    ck_assert_uint_eq(stream.day_count, 3);
    ck_assert_int_eq(stream.dropped_until_ms, MIDNIGHT + DAY + 2);
    stream_free(&stream);
}
END_TEST

START_TEST(daily_sums_are_kept_for_ninety_days)
{
    struct stream stream = {.dropped_until_ms = TIME_NONE};
    for (int i = 0; i <= 200; i++) {
        (void)put(&stream, MIDNIGHT + i * DAY, 1);
        (void)put(&stream, MIDNIGHT + i * DAY, 1);
        if (i > 0) {
            (void)stream_drop_oldest(&stream, true);
            (void)stream_drop_oldest(&stream, true);
        }
        ck_assert_uint_le(stream.day_count, PAGE_DAYS_MAX + 1);
    }
    ck_assert_uint_eq(stream.day_count, PAGE_DAYS_MAX);
    ck_assert_int_eq(stream.days[0].day, stream_day(MIDNIGHT) + 110);
    check_days(&stream, "two a day", INT64_MIN, 180, 180);
    (void)put(&stream, MIDNIGHT + 1000 * DAY, 1);
    (void)stream_drop_oldest(&stream, true);
    ck_assert_uint_eq(stream.day_count, 0);
    ck_assert(stream_reaches_behind(&stream, MIDNIGHT + 199 * DAY, false));
    stream_free(&stream);
}
END_TEST

START_TEST(daily_sums_saturate)
{
    struct stream stream = {.dropped_until_ms = TIME_NONE};
    (void)put(&stream, MIDNIGHT, INT64_MAX - 5);
    (void)put(&stream, MIDNIGHT, 10);
    (void)put(&stream, MIDNIGHT, 1);
    for (int i = 0; i < 3; i++) {
        (void)stream_drop_oldest(&stream, true);
    }
    int64_t count = 0;
    int64_t sum = 100;
    stream_days_add(&stream, 0, &count, &sum);
    ck_assert_int_eq(count, 3);
    ck_assert_int_eq(sum, INT64_MAX);
    for (int64_t less = -2; less < 0; less++) {
        sum = INT64_MIN + 1;
        stream.days[0].sum = less;
        stream_days_add(&stream, 0, &count, &sum);
        ck_assert_int_eq(sum, INT64_MIN + 1); /* never VALUE_UNKNOWN */
    }
    stream_free(&stream);
}
END_TEST

/* A stream that is always full takes an eighth more room than it keeps, and no more. */
START_TEST(room_is_bounded)
{
    static const uint32_t kept[] = {0, 1, 7, 8, 9, 64, 128, 256, 512};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        struct stream stream = {.dropped_until_ms = TIME_NONE};
        for (int64_t t = 0; t < 5000; t++) {
            struct record record = {.time_ms = t};
            (void)stream_insert(&stream, &record, kept[i]);
            while (stream_exceeds(&stream, kept[i], 4000)) {
                (void)stream_drop_oldest(&stream, true);
            }
        }
        ck_assert_uint_eq(stream.end - stream.begin, kept[i]);
        ck_assert_msg(stream.cap <= kept[i] + kept[i] / 8 + 2, "%u kept in room for %u", kept[i],
                      stream.cap);
        ck_assert_uint_eq(stream.dropped, 5000 - kept[i]);
        stream_free(&stream);
    }
}
END_TEST

/* One that is growing has at most a quarter more. */
START_TEST(room_grows_with_the_records)
{
    struct stream stream = {.dropped_until_ms = TIME_NONE};
    for (uint32_t count = 1; count <= ROOM; count++) {
        (void)put(&stream, count, 0);
        quiet_check(stream.cap <= count + count / 4 + 1, "%u records in room for %u", count,
                    stream.cap);
    }
    stream_free(&stream);
}
END_TEST

/* Old records that go make room, too. */
START_TEST(room_of_old_records_is_used_again)
{
    struct stream stream = {.dropped_until_ms = TIME_NONE};
    for (int64_t t = 0; t < 5000; t++) {
        (void)put(&stream, t, 0);
        while (stream_exceeds(&stream, ROOM, 19)) {
            (void)stream_drop_oldest(&stream, true);
        }
        quiet_check(stream.cap <= 32, "room for %u", stream.cap);
    }
    stream_free(&stream);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stream");
    TCase *tests = tcase_create("stream");
    tcase_add_test(tests, days_of_the_zone);
    tcase_add_test(tests, windows_to_the_millisecond);
    tcase_add_test(tests, an_empty_history_has_empty_windows);
    tcase_add_test(tests, windows_are_what_a_loop_finds);
    tcase_add_test(tests, records_are_kept_in_order_of_time_and_arrival);
    tcase_add_test(tests, what_exceeds_the_retention);
    tcase_add_test(tests, behind_what_is_kept);
    tcase_add_test(tests, daily_sums);
    tcase_add_test(tests, daily_sums_are_kept_for_ninety_days);
    tcase_add_test(tests, daily_sums_saturate);
    tcase_add_test(tests, room_is_bounded);
    tcase_add_test(tests, room_grows_with_the_records);
    tcase_add_test(tests, room_of_old_records_is_used_again);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
