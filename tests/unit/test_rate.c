/* test_rate.c - so many a second, whatever the steps. */
#include "engine/base/rate.h"

#include <check.h>
#include <stdlib.h>

/* Takes `step` whenever something is left, looking every look_us for a time. */
static int64_t taken_in(int64_t per_s, int64_t step, int64_t look_us, int64_t time_us)
{
    struct rate rate;
    int64_t taken = 0;
    rate_init(&rate, per_s);
    for (int64_t now_us = 5; now_us < 5 + time_us; now_us += look_us) {
        while (rate_left(&rate, now_us) > 0) {
            rate_take(&rate, step);
            taken += step;
        }
    }
    return taken;
}

START_TEST(so_many_a_second)
{
    static const struct {
        const char *name;
        int64_t per_s, step, look_us, time_us, low, high;
    } rows[] = {
        {"one at a time", 1000, 1, 1000, 10000000, 9990, 10110},
        {"whole frames", 1000, 128, 1000, 10000000, 9990, 10110 + 128},
        {"a frame is more than a second's worth", 50, 128, 1000, 10000000, 500, 500 + 5 + 128},
        {"one a second", 1, 1, 1000, 10000000, 10, 11},
        {"looks are rare", 1000, 1, 50000, 10000000, 9900, 10110},
        {"a pause is not made up for", 1000, 1, 2000000, 10000000, 500, 500},
        {"fast", 1000000000, 128, 1000, 1000000, 999000000, 1100001000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t taken = taken_in(rows[i].per_s, rows[i].step, rows[i].look_us, rows[i].time_us);
        ck_assert_msg(taken >= rows[i].low && taken <= rows[i].high, "%s: %lld taken", rows[i].name,
                      (long long)taken);
    }
}
END_TEST

START_TEST(without_a_limit)
{
    struct rate rate;
    rate_init(&rate, 0);
    rate_take(&rate, INT64_MAX);
    rate_take(&rate, INT64_MAX);
    ck_assert(rate_left(&rate, 1) == INT64_MAX);
}
END_TEST

START_TEST(shares_make_the_limit)
{
    static const int64_t limits[] = {0, 1, 2, 3, 4, 7, 1000, 999999999};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        for (int64_t count = 1; count < 6; count++) {
            int64_t sum = 0;
            for (int64_t k = 0; k < count; k++) {
                int64_t share = rate_share(limits[i], k, count);
                ck_assert_msg((share == 0) == (limits[i] == 0), "a share of 0 is no limit");
                sum += share;
            }
            int64_t wanted = limits[i] > 0 && limits[i] < count ? count : limits[i];
            ck_assert_int_eq(sum, wanted);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rate");
    TCase *tests = tcase_create("rate");
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, so_many_a_second);
    tcase_add_test(tests, without_a_limit);
    tcase_add_test(tests, shares_make_the_limit);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
