/* test_clock.c - time passes forwards, and a pause lasts at least as long as asked for. */
#include "engine/base/clock.h"

#include <check.h>
#include <stdlib.h>

START_TEST(a_pause_passes_at_least_its_time)
{
    static const int64_t pauses_us[] = {0, 1, 20000, 1100000};
    int64_t pause_us = pauses_us[_i];
    int64_t before_ms = clock_mono_ms();
    clock_pause_us(pause_us);
    /* Both ends are cut to whole milliseconds. */
    ck_assert_int_ge(clock_mono_ms() - before_ms + 1, pause_us / 1000);
}
END_TEST

START_TEST(it_never_goes_back)
{
    int64_t before_ms = clock_mono_ms();
    for (int i = 0; i < 100000; i++) {
        int64_t now_ms = clock_mono_ms();
        if (now_ms < before_ms) {
            ck_abort_msg("it went back");
        }
        before_ms = now_ms;
    }
}
END_TEST

START_TEST(both_units_are_one_clock)
{
    int64_t before_ms = clock_mono_ms();
    int64_t us = clock_mono_us();
    ck_assert_int_ge(us / 1000, before_ms);
    ck_assert_int_le(us / 1000, clock_mono_ms());
    ck_assert_int_le(us, clock_mono_ns() / 1000);
    ck_assert_int_ge(clock_mono_us(), us);
}
END_TEST

START_TEST(the_time_of_day_is_of_this_century)
{
    ck_assert_int_gt(clock_unix_ms(), INT64_C(946684800000));
    ck_assert_int_lt(clock_unix_ms(), INT64_C(4102444800000));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clock");
    TCase *tests = tcase_create("clock");
    tcase_add_loop_test(tests, a_pause_passes_at_least_its_time, 0, 4);
    tcase_add_test(tests, it_never_goes_back);
    tcase_add_test(tests, the_time_of_day_is_of_this_century);
    tcase_add_test(tests, both_units_are_one_clock);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
