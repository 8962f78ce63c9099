/* test_hist.c - sizes are known to a sixteenth, powers of two exactly, from 0 to 2^64 - 1. */
#include "engine/base/hist.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define VALUES 20000

static struct hist hist; /* zeroed: each test is a process of its own */

/* Seeded: the same values in every run. */
static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 11;
}

START_TEST(an_edge_belongs_to_one_side)
{
    static const struct {
        const char *name;
        uint64_t value, limit;
        uint64_t below;
    } rows[] = {
        {"zero", 0, 1, 1},
        {"one is not below one", 1, 1, 0},
        {"fifteen", 15, 16, 1},
        {"sixteen", 16, 16, 0},
        {"the last below 1024", 1023, 1024, 1},
        {"1024", 1024, 1024, 0},
        {"the greatest is not below 2^63", UINT64_MAX, UINT64_C(1) << 63, 0},
        {"the last below 2^63", (UINT64_C(1) << 63) - 1, UINT64_C(1) << 63, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memset(&hist, 0, sizeof hist);
        hist_add(&hist, rows[i].value);
        ck_assert_msg(hist_below(&hist, rows[i].limit) == rows[i].below, "%s", rows[i].name);
        ck_assert_msg(hist_count(&hist) == 1 && hist_sum(&hist) == rows[i].value, "%s",
                      rows[i].name);
    }
}
END_TEST

/* One value alone is every quantile of its histogram. */
START_TEST(a_value_is_known_to_a_sixteenth)
{
    uint64_t random = 7;
    for (int i = 0; i < VALUES; i++) {
        uint64_t value = next_random(&random) << 11 >> (next_random(&random) % 64);
        memset(&hist, 0, sizeof hist);
        hist_add(&hist, value);
        uint64_t said = hist_quantile(&hist, 5000);
        ck_assert_uint_ge(said, value);
        ck_assert_uint_le(said - value, value / 16);
        ck_assert_uint_eq(hist_quantile(&hist, 0), said);
        ck_assert_uint_eq(hist_quantile(&hist, 10000), said);
    }
}
END_TEST

static int compare(const void *a, const void *b)
{
    const uint64_t *left = a;
    const uint64_t *right = b;
    return (*left > *right) - (*left < *right);
}

START_TEST(quantiles_of_many_values)
{
    static const uint32_t wanted[] = {0, 1, 100, 5000, 9000, 9900, 9990, 9999, 10000};
    static uint64_t values[VALUES];
    uint64_t random = 11;
    uint64_t sum = 0;
    for (int i = 0; i < VALUES; i++) {
        values[i] = next_random(&random) >> (next_random(&random) % 53);
        sum += values[i];
        hist_add(&hist, values[i]);
    }
    qsort(values, VALUES, sizeof values[0], compare);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        uint64_t place = ((uint64_t)VALUES * wanted[i] + 9999) / 10000;
        uint64_t truth = values[place == 0 ? 0 : place - 1];
        uint64_t said = hist_quantile(&hist, wanted[i]);
        ck_assert_msg(said >= truth && said - truth <= truth / 16, "%u of 10000: %llu, not %llu",
                      wanted[i], (unsigned long long)said, (unsigned long long)truth);
    }
    ck_assert_uint_eq(hist_count(&hist), VALUES);
    ck_assert_uint_eq(hist_sum(&hist), sum);
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t below = 0;
        while (below < VALUES && values[below] < UINT64_C(1) << bit) {
            below++;
        }
        ck_assert_uint_eq(hist_below(&hist, UINT64_C(1) << bit), below);
    }
}
END_TEST

START_TEST(merged_is_as_added)
{
    static struct hist one, other, both;
    uint64_t random = 13;
    for (int i = 0; i < VALUES; i++) {
        uint64_t value = next_random(&random) >> (next_random(&random) % 53);
        hist_add(i % 3 == 0 ? &one : &other, value);
        hist_add(&both, value);
    }
    hist_merge(&hist, &one);
    hist_merge(&hist, &other);
    ck_assert_mem_eq(&hist, &both, sizeof hist);
}
END_TEST

START_TEST(without_values)
{
    ck_assert_uint_eq(hist_quantile(&hist, 9990), 0);
    ck_assert_uint_eq(hist_count(&hist), 0);
    ck_assert_uint_eq(hist_below(&hist, 1024), 0);
}
END_TEST

static void *write_many(void *context)
{
    for (uint64_t i = 0; i < 20 * VALUES; i++) {
        hist_add(context, i);
    }
    return NULL;
}

START_TEST(a_reader_sees_counts_that_do_not_fall)
{
    pthread_t writer;
    uint64_t before = 0;
    ck_assert_int_eq(pthread_create(&writer, NULL, write_many, &hist), 0);
    while (before < VALUES) {
        uint64_t now = hist_count(&hist);
        ck_assert_uint_ge(now, before);
        before = now;
    }
    ck_assert_int_eq(pthread_join(writer, NULL), 0);
    ck_assert_uint_eq(hist_count(&hist), 20 * VALUES);
}
END_TEST

START_TEST(a_limit_between_powers_is_a_bug)
{
    (void)hist_below(&hist, 1000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hist");
    TCase *tests = tcase_create("hist");
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, an_edge_belongs_to_one_side);
    tcase_add_test(tests, a_value_is_known_to_a_sixteenth);
    tcase_add_test(tests, quantiles_of_many_values);
    tcase_add_test(tests, merged_is_as_added);
    tcase_add_test(tests, without_values);
    tcase_add_test(tests, a_reader_sees_counts_that_do_not_fall);
    tcase_add_test_raise_signal(tests, a_limit_between_powers_is_a_bug, 6);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
