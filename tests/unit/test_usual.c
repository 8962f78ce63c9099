/* test_usual.c - sizes in buckets, what pages drop summed up by day, and what becomes of it. */
#include "engine/state/usual.h"

#include "connectors/cli/prng.h"
#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))
#define U VALUE_UNKNOWN
#define MIDNIGHT (T0 - 10 * HOUR)

/* ---- the scale ---- */

static const struct {
    const char *name;
    int64_t value;
    uint16_t bucket;
    int64_t about;
} sizes[] = {
    {"nothing", 0, 0, 0},
    {"below nothing", -5, 0, 0},
    {"small ones are exact", 9, 9, 9},
    {"the last exact one", 15, 15, 15},
    {"the first of two", 16, 16, 17},
    {"the second of two", 17, 16, 17},
    {"the next two", 18, 17, 19},
    {"the last two", 31, 23, 31},
    {"the first of four", 32, 24, 34},
    {"2,100.00", 210000, 124, 204800},
    {"the largest", INT64_MAX, USUAL_BUCKETS - 1, INT64_C(0x7c00000000000000)},
};

START_TEST(size_has_its_bucket)
{
    ck_assert_msg(usual_bucket(sizes[_i].value) == sizes[_i].bucket, "%s: %u", sizes[_i].name,
                  usual_bucket(sizes[_i].value));
    ck_assert_msg(usual_value(sizes[_i].bucket) == sizes[_i].about, "%s: %lld", sizes[_i].name,
                  (long long)usual_value(sizes[_i].bucket));
}
END_TEST

START_TEST(what_stands_for_a_bucket_is_near)
{
    struct prng rng = prng_seed(1, "usual");
    for (int i = 0; i < 200000; i++) {
        int64_t value = (int64_t)(prng_next(&rng) >> (1 + prng_below(&rng, 62)));
        int64_t about = usual_value(usual_bucket(value));
        int64_t off = about > value ? about - value : value - about;
        ck_assert_msg(off <= value / 16, "%lld is shown as %lld", (long long)value,
                      (long long)about);
        ck_assert(usual_bucket(value) <= usual_bucket(value + 1));
    }
}
END_TEST

/* ---- summaries ---- */

static struct page *account(void)
{
    struct token token = {{0xaa, 1}};
    return page_new(&token, ENTITY_ACCOUNT);
}

static void drop(struct page *page, int stream, int64_t time_ms, int64_t value, uint16_t flags)
{
    struct record record = {.time_ms = time_ms, .value = value, .flags = flags};
    if (time_ms > page->newest_record_ms) {
        page->newest_record_ms = time_ms;
    }
    usual_add(page, stream, &record, page->newest_record_ms);
}

/* How many of one size are summed up in a span. */
static uint32_t count(const struct page *page, int stream, int64_t from_ms, int64_t to_ms,
                      int64_t value)
{
    uint32_t counts[USUAL_BUCKETS] = {0};
    usual_read(page, stream, from_ms, to_ms, counts);
    return counts[usual_bucket(value)];
}

static const struct {
    const char *name;
    int stream;
    uint16_t flags;
    int64_t value;
    uint32_t count;
} dropped[] = {
    {"a payment out", STREAM_PAYMENT_OUT, 0, 5000, 1},
    {"a reversed payment", STREAM_PAYMENT_OUT, RECORD_REVERSED, 5000, 0},
    {"a payment of an unknown amount", STREAM_PAYMENT_OUT, 0, U, 0},
    {"a payment in", STREAM_PAYMENT_IN, 0, 5000, 1},
    {"a call that has ended", STREAM_CALL_OUT, RECORD_ENDED, 5000, 1},
    {"a call without an end", STREAM_CALL_OUT, 0, 5000, 0},
    {"a call in", STREAM_CALL_IN, RECORD_ENDED, 5000, 0},
    {"a warning", STREAM_WARNING, 0, 5000, 0},
};

START_TEST(some_records_are_summed_up)
{
    struct page *page = account();
    int stream = dropped[_i].stream;
    drop(page, stream, MIDNIGHT, dropped[_i].value, dropped[_i].flags);
    for (int s = 0; s < STREAM_COUNT; s++) {
        uint32_t expected = s == stream ? dropped[_i].count : 0;
        ck_assert_msg(count(page, s, MIDNIGHT, MIDNIGHT + DAY, 5000) == expected, "%s, stream %d",
                      dropped[_i].name, s);
    }
    page_free(page);
}
END_TEST

static const struct {
    const char *name;
    int64_t from_ms, to_ms;
    uint32_t count;
} spans[] = {
    {"the whole day", MIDNIGHT, MIDNIGHT + DAY, 2},
    {"its last moment", MIDNIGHT + DAY - 1, MIDNIGHT + DAY, 2},
    {"after its last moment", MIDNIGHT + DAY, MIDNIGHT + 2 * DAY, 1},
    {"a span that ends before it does", MIDNIGHT, MIDNIGHT + DAY - 1, 0},
    {"with the day after", MIDNIGHT, MIDNIGHT + 2 * DAY, 3},
};

START_TEST(days_count_as_a_whole)
{
    struct page *page = account();
    drop(page, STREAM_PAYMENT_IN, MIDNIGHT, 100, 0);
    drop(page, STREAM_PAYMENT_IN, MIDNIGHT + DAY - 1, 100, 0);
    drop(page, STREAM_PAYMENT_IN, MIDNIGHT + DAY, 100, 0);
    ck_assert_int_eq(page->usual_count, 2);
    ck_assert_msg(count(page, STREAM_PAYMENT_IN, spans[_i].from_ms, spans[_i].to_ms, 100) ==
                      spans[_i].count,
                  "%s", spans[_i].name);
    page_free(page);
}
END_TEST

START_TEST(old_days_go)
{
    struct page *page = account();
    drop(page, STREAM_PAYMENT_IN, MIDNIGHT, 100, 0);
    drop(page, STREAM_PAYMENT_IN, MIDNIGHT + USUAL_DAYS * DAY, 100, 0);
    ck_assert_int_eq(count(page, STREAM_PAYMENT_IN, 0, MIDNIGHT + DAY, 100), 1);
    drop(page, STREAM_PAYMENT_IN, MIDNIGHT + (USUAL_DAYS + 1) * DAY, 100, 0);
    ck_assert_int_eq(count(page, STREAM_PAYMENT_IN, 0, MIDNIGHT + DAY, 100), 0);
    drop(page, STREAM_PAYMENT_IN, MIDNIGHT, 100, 0); /* one that comes late */
    ck_assert_int_eq(count(page, STREAM_PAYMENT_IN, 0, MIDNIGHT + DAY, 100), 0);
    page_free(page);
}
END_TEST

START_TEST(counts_stay_at_their_largest)
{
    struct page *page = account();
    for (int i = 0; i < UINT16_MAX + 5; i++) {
        drop(page, STREAM_PAYMENT_IN, MIDNIGHT, 100, 0);
    }
    ck_assert_int_eq(count(page, STREAM_PAYMENT_IN, 0, MIDNIGHT + DAY, 100), UINT16_MAX);
    page_free(page);
}
END_TEST

/* Twenty sizes a day in each direction: weeks that are over are put together, nothing is lost. */
START_TEST(past_weeks_are_put_together)
{
    struct page *page = account();
    for (int day = 0; day < USUAL_DAYS; day++) {
        for (int64_t i = 0; i < 20; i++) {
            int stream = i % 2 == 0 ? STREAM_PAYMENT_IN : STREAM_PAYMENT_OUT;
            drop(page, stream, MIDNIGHT + day * DAY, INT64_C(1) << i, 0);
        }
        ck_assert_int_le(page->usual_count, USUAL_ROWS_MAX);
        int64_t today_ms = MIDNIGHT + day * DAY; /* stands alone */
        ck_assert_int_eq(count(page, STREAM_PAYMENT_IN, today_ms, today_ms + DAY, 1), 1);
    }
    int64_t end_ms = MIDNIGHT + USUAL_DAYS * DAY;
    for (int64_t i = 0; i < 20; i++) {
        int stream = i % 2 == 0 ? STREAM_PAYMENT_IN : STREAM_PAYMENT_OUT;
        ck_assert_int_eq(count(page, stream, 0, end_ms, INT64_C(1) << i), USUAL_DAYS);
        /* the last days stand alone */
        ck_assert_int_eq(count(page, stream, end_ms - DAY, end_ms, INT64_C(1) << i), 1);
        ck_assert_int_eq(count(page, stream, 0, end_ms - DAY, INT64_C(1) << i), USUAL_DAYS - 1);
    }
    page_free(page);
}
END_TEST

/* More sizes than there is room for: the oldest go, the newest stay, and rows stay in order. */
START_TEST(rows_are_bounded)
{
    struct page *page = account();
    struct prng rng = prng_seed(2, "usual");
    for (int i = 0; i < 60000; i++) {
        int64_t value = (int64_t)(prng_next(&rng) >> (1 + prng_below(&rng, 62)));
        int64_t back = prng_chance(&rng, 5) ? prng_between(&rng, 0, 200 * DAY) : 0;
        int stream = (int)prng_below(&rng, STREAM_COUNT);
        drop(page, stream, MIDNIGHT + i * HOUR / 4 - back, value, RECORD_ENDED);
        ck_assert_int_le(page->usual_count, USUAL_ROWS_MAX);
        for (uint32_t k = 0; i % 1000 == 0 && k < page->usual_count; k++) {
            ck_assert(usual_fits(k == 0 ? NULL : &page->usuals[k - 1], &page->usuals[k]));
        }
    }
    ck_assert_int_ge(page->usual_count, USUAL_ROWS_MAX / 2);
    page_free(page);
}
END_TEST

static const struct {
    const char *name;
    struct usual before, row;
    bool fits;
} orders[] = {
    {"the next day", {5, 7, 1}, {6, 1, 1}, true},
    {"the next size", {5, 7, 1}, {5, 8, 1}, true},
    {"the same row", {5, 7, 1}, {5, 7, 1}, false},
    {"a smaller size", {5, 7, 1}, {5, 6, 1}, false},
    {"the day before", {5, 7, 1}, {4, 8, 1}, false},
    {"a row of nothing", {5, 7, 1}, {6, 1, 0}, false},
    {"a size that is none", {5, 7, 1}, {6, USUAL_BUCKETS, 1}, false},
    {"a stream that is none", {5, 7, 1}, {6, USUAL_SERIES << 9, 1}, false},
};

START_TEST(stored_rows_are_in_order)
{
    ck_assert_msg(usual_fits(&orders[_i].before, &orders[_i].row) == orders[_i].fits, "%s",
                  orders[_i].name);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("usual");
    TCase *tests = tcase_create("usual");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, size_has_its_bucket, 0, COUNT_OF(sizes));
    tcase_add_test(tests, what_stands_for_a_bucket_is_near);
    tcase_add_loop_test(tests, some_records_are_summed_up, 0, COUNT_OF(dropped));
    tcase_add_loop_test(tests, days_count_as_a_whole, 0, COUNT_OF(spans));
    tcase_add_test(tests, old_days_go);
    tcase_add_test(tests, counts_stay_at_their_largest);
    tcase_add_test(tests, past_weeks_are_put_together);
    tcase_add_test(tests, rows_are_bounded);
    tcase_add_loop_test(tests, stored_rows_are_in_order, 0, COUNT_OF(orders));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
