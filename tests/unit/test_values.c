/* test_values.c - averages, percentiles and shares of a handful of numbers. */
#include "engine/eval/values.h"

#include "connectors/cli/prng.h"
#include "engine/ingest/event.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))
#define U VALUE_UNKNOWN

static const struct {
    const char *name;
    uint32_t count;
    int64_t values[12];
    int64_t average, median, p90, p99, top_1, top_2;
} rows[] = {
    {"of nothing all is unknown", 0, {0}, U, U, U, U, U, U},
    {"one", 1, {7}, 7, 7, 7, 7, 10000, 10000},
    {"the lower of two is the median", 2, {9, 4}, 6, 4, 9, 9, 5000, 10000},
    {"the middle of three", 3, {30, 10, 20}, 20, 20, 30, 30, 3333, 6666},
    {"ten: the ninth", 10, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 6, 5, 9, 10, 1000, 2000},
    {"eleven: the tenth", 11, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 6, 6, 10, 11, 909, 1818},
    {"half to even, down", 2, {4, 5}, 4, 4, 5, 5, 5000, 10000},
    {"half to even, up", 2, {5, 6}, 6, 5, 6, 6, 5000, 10000},
    {"half to even below zero", 2, {-5, -6}, -6, -6, -5, -5, 5000, 10000},
    {"equal ones", 5, {3, 3, 8, 3, 8}, 5, 3, 8, 8, 6000, 10000},
    {"ties in frequency", 6, {1, 1, 2, 2, 3, 3}, 2, 2, 3, 3, 3333, 6666},
    {"a sum past 64 bits",
     3,
     {INT64_MAX, INT64_MAX, INT64_MAX},
     INT64_MAX,
     INT64_MAX,
     INT64_MAX,
     INT64_MAX,
     10000,
     10000},
};

START_TEST(row_is_right)
{
    int64_t values[12];
    memcpy(values, rows[_i].values, sizeof values);
    uint32_t count = rows[_i].count;
    ck_assert_msg(values_average(values, count) == rows[_i].average, "%s", rows[_i].name);
    values_sort(values, count);
    ck_assert_msg(values_percentile(values, count, 50) == rows[_i].median, "%s", rows[_i].name);
    ck_assert_msg(values_percentile(values, count, 90) == rows[_i].p90, "%s", rows[_i].name);
    ck_assert_msg(values_percentile(values, count, 99) == rows[_i].p99, "%s", rows[_i].name);
    ck_assert_msg(values_top_share(values, count, 1) == rows[_i].top_1, "%s", rows[_i].name);
    memcpy(values, rows[_i].values, sizeof values);
    ck_assert_msg(values_top_share(values, count, 2) == rows[_i].top_2, "%s", rows[_i].name);
}
END_TEST

static int by_size(const void *a, const void *b)
{
    const int64_t *left = a;
    const int64_t *right = b;
    return *left < *right ? -1 : *left > *right;
}

START_TEST(any_order_is_sorted)
{
    struct prng rng = prng_seed(1, "values");
    for (int round = 0; round < 500; round++) {
        int64_t values[VALUES_MAX];
        int64_t sorted[VALUES_MAX];
        uint32_t count = prng_below(&rng, round < 400 ? 20 : VALUES_MAX + 1);
        for (uint32_t i = 0; i < count; i++) {
            values[i] = sorted[i] = prng_between(&rng, -5, round % 2 == 0 ? 5 : 100000);
        }
        values_sort(values, count);
        qsort(sorted, count, sizeof *sorted, by_size);
        ck_assert_int_eq(memcmp(values, sorted, count * sizeof *values), 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("values");
    TCase *tests = tcase_create("values");
    tcase_add_loop_test(tests, row_is_right, 0, COUNT_OF(rows));
    tcase_add_test(tests, any_order_is_sorted);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
