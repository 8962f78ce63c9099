/* test_stream.c - ranges, room and daily sums of one history. */
#include "engine/base/mem.h"
#include "engine/state/history.h"

#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

static void free_stream(struct stream *stream)
{
    mem_free(stream->records);
    mem_free(stream->days);
}

static void put(struct stream *stream, int64_t time_ms, uint64_t id)
{
    struct record record = {.time_ms = time_ms, .id = id, .value = 1};
    (void)stream_insert(stream, &record, 1000);
}

/* Records at 10, 20, 20, 20, 30 and 40. */
static const struct {
    const char *name;
    int64_t from_ms;
    bool from_in;
    int64_t to_ms;
    uint32_t first, last;
} ranges[] = {
    {"all", 0, false, 100, 0, 6},
    {"open at its begin", 10, false, 40, 1, 6},
    {"closed at its begin", 10, true, 40, 0, 6},
    {"closed at its end", 0, false, 20, 0, 4},
    {"just before the equal ones", 0, false, 19, 0, 1},
    {"one moment", 20, true, 20, 1, 4},
    {"no moment", 20, false, 20, 4, 4},
    {"between two", 21, true, 29, 4, 4},
    {"before the first", -5, true, 9, 0, 0},
    {"after the last", 41, true, 100, 6, 6},
    {"turned round", 40, true, 10, 1, 1},
    {"since ever", INT64_MIN, true, 40, 0, 6},
    {"since just after ever", INT64_MIN, false, 40, 0, 6},
    {"for ever", 10, false, INT64_MAX, 1, 6},
};

START_TEST(range_of_a_window)
{
    static const int64_t times[] = {10, 20, 20, 20, 30, 40};
    struct stream stream = {.dropped_until_ms = TIME_NONE};
    for (uint64_t i = 0; i < 6; i++) {
        put(&stream, times[i], i);
    }
    uint32_t first, last;
    stream_range(&stream, ranges[_i].from_ms, ranges[_i].from_in, ranges[_i].to_ms, &first, &last);
    ck_assert_msg(first == ranges[_i].first && last == ranges[_i].last, "%s: %u to %u",
                  ranges[_i].name, first, last);
    free_stream(&stream);
}
END_TEST

START_TEST(upper_bound_of_any_length)
{
    for (int count = 0; count < 40; count++) {
        struct stream stream = {.dropped_until_ms = TIME_NONE};
        for (int i = 0; i < count; i++) {
            put(&stream, 2 * i, (uint64_t)i);
        }
        for (int t = -1; t <= 2 * count; t++) {
            uint32_t expected = t < 0 ? 0 : (uint32_t)(t / 2 + 1);
            expected = expected > (uint32_t)count ? (uint32_t)count : expected;
            ck_assert_msg(stream_upper(&stream, t) == expected, "%d records, time %d", count, t);
        }
        free_stream(&stream);
    }
}
END_TEST

static const struct {
    const char *name;
    int64_t dropped_ms, from_ms;
    bool from_in, behind;
} reaches[] = {
    {"nothing was dropped", TIME_NONE, INT64_MIN, true, false},
    {"dropped after the begin", 50, 49, false, true},
    {"dropped at an open begin", 50, 50, false, false},
    {"dropped at a closed begin", 50, 50, true, true},
    {"dropped before", 50, 51, true, false},
};

START_TEST(windows_that_reach_behind)
{
    struct stream stream = {.dropped_until_ms = reaches[_i].dropped_ms};
    ck_assert_msg(stream_reaches_behind(&stream, reaches[_i].from_ms, reaches[_i].from_in) ==
                      reaches[_i].behind,
                  "%s", reaches[_i].name);
}
END_TEST

static const struct {
    const char *name;
    int64_t time_ms;
    int32_t day;
} days[] = {
    {"1970 begins at eight in Beijing", 0, 0},
    {"last moment of the first day", 16 * HOUR - 1, 0},
    {"first moment of the second", 16 * HOUR, 1},
    {"first moment of the first", -8 * HOUR, 0},
    {"the day before", -8 * HOUR - 1, -1},
    {"a whole day before", -8 * HOUR - DAY, -1},
    {"a Monday in 2026", T0, 20514},
    {"so far that days run out", HISTORY_TIME_LIMIT_MS, INT32_MAX},
    {"so far back", -HISTORY_TIME_LIMIT_MS, INT32_MIN},
};

START_TEST(day_of_a_time)
{
    ck_assert_msg(stream_day(days[_i].time_ms) == days[_i].day, "%s: %d", days[_i].name,
                  stream_day(days[_i].time_ms));
}
END_TEST

START_TEST(daily_sums_saturate)
{
    struct stream stream = {.dropped_until_ms = TIME_NONE};
    static const int64_t values[] = {INT64_MAX, 5, VALUE_UNKNOWN};
    for (uint64_t i = 0; i < 3; i++) {
        struct record record = {.time_ms = T0 + (int64_t)i, .id = i, .value = values[i]};
        (void)stream_insert(&stream, &record, 10);
    }
    while (stream.begin < stream.end) {
        (void)stream_drop_oldest(&stream);
    }
    int64_t count = 0;
    int64_t sum = 1;
    stream_days_add(&stream, T0, &count, &sum);
    ck_assert_int_eq(count, 3);
    ck_assert_int_eq(sum, INT64_MAX);
    ck_assert_uint_eq(stream.dropped, 3);
    ck_assert_int_eq(stream.dropped_until_ms, T0 + 2);
    free_stream(&stream);
}
END_TEST

START_TEST(room_stays_bounded)
{
    struct stream stream = {.dropped_until_ms = TIME_NONE};
    for (uint64_t i = 0; i < 10000; i++) {
        struct record record = {.time_ms = T0 + (int64_t)i, .id = i, .value = 1};
        (void)stream_insert(&stream, &record, 64);
        while (stream_exceeds(&stream, 64, INT64_MAX)) {
            (void)stream_drop_oldest(&stream);
        }
    }
    ck_assert_uint_eq(stream.end - stream.begin, 64);
    ck_assert_uint_le(stream.cap, 64 + 64 / 4 + 2);
    ck_assert_uint_le(stream.day_cap, 8);
    ck_assert_uint_eq(stream.records[stream.begin].id, 10000 - 64);
    free_stream(&stream);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stream");
    TCase *tests = tcase_create("stream");
    tcase_add_loop_test(tests, range_of_a_window, 0, ROWS(ranges));
    tcase_add_test(tests, upper_bound_of_any_length);
    tcase_add_loop_test(tests, windows_that_reach_behind, 0, ROWS(reaches));
    tcase_add_loop_test(tests, day_of_a_time, 0, ROWS(days));
    tcase_add_test(tests, daily_sums_saturate);
    tcase_add_test(tests, room_stays_bounded);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
