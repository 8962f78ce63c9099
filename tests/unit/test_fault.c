/* test_fault.c - a fault point kills at the time that is asked for, and only there. */
#include "engine/fault.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    const char *wanted;
    const char *said; /* NULL: it is armed */
} rows[] = {
    {"a point", "call_sent", NULL},
    {"its n-th time", "call_sent:12", NULL},
    {"the first one of the table", "checkpoint_read", NULL},
    {"no point", "call_send", "names no fault point"},
    {"nothing", "", "names no fault point"},
    {"never", "call_sent:0", "1 to 1000000"},
    {"a negative time", "call_sent:-1", "1 to 1000000"},
    {"no number", "call_sent:often", "1 to 1000000"},
    {"a number and more", "call_sent:1x", "1 to 1000000"},
    {"no number behind the colon", "call_sent:", "1 to 1000000"},
};

START_TEST(what_can_be_asked_for)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {.code = ERR_NONE};
        int result = fault_arm(rows[i].wanted, &err);
        ck_assert_msg((result == 0) == (rows[i].said == NULL), "%s", rows[i].name);
        ck_assert_msg(rows[i].said == NULL || strstr(err.text, rows[i].said) != NULL, "%s: %s",
                      rows[i].name, err.text);
    }
}
END_TEST

START_TEST(names_are_different)
{
    for (int i = 0; i < FAULT_POINT_COUNT; i++) {
        for (int k = 0; k < i; k++) {
            ck_assert_str_ne(fault_infos[i].name, fault_infos[k].name);
        }
    }
}
END_TEST

static void reach(enum fault_point point, int times)
{
    for (int i = 0; i < times; i++) {
        fault_reached(point);
    }
}

START_TEST(others_and_earlier_times_pass)
{
    struct err err;
    ck_assert_int_eq(fault_arm("call_sent:3", &err), 0);
    reach(FAULT_CALL_READY, 5);
    reach(FAULT_CALL_SENT, 2);
}
END_TEST

START_TEST(the_asked_time_kills)
{
    struct err err;
    ck_assert_int_eq(fault_arm("call_sent:3", &err), 0);
    (void)freopen("/dev/null", "w", stderr);
    reach(FAULT_CALL_SENT, 3);
}
END_TEST

START_TEST(the_environment_asks)
{
    struct err err = {.code = ERR_NONE};
    ck_assert_int_eq(setenv("SLUICE_FAULT", "no_such_point", 1), 0);
    ck_assert_int_eq(fault_arm_by_environment(&err), -1);
    ck_assert_ptr_null(getenv("SLUICE_FAULT"));
    ck_assert_int_eq(fault_arm_by_environment(&err), 0);
}
END_TEST

static void count(void *self, enum fault_point point)
{
    int *counts = self;
    counts[point]++;
}

START_TEST(a_watch_sees_each_point)
{
    int counts[FAULT_POINT_COUNT] = {0};
    fault_watch((struct fault_watch){counts, count});
    reach(FAULT_CALL_SENT, 2);
    reach(FAULT_CALL_READY, 1);
    ck_assert_int_eq(counts[FAULT_CALL_SENT], 2);
    ck_assert_int_eq(counts[FAULT_CALL_READY], 1);
}
END_TEST

/* What is not built for tests has no points at all. */
START_TEST(a_release_has_none)
{
    int counts[FAULT_POINT_COUNT] = {0};
    struct err err = {.code = ERR_NONE};
    fault_watch((struct fault_watch){counts, count});
    fault_reach(FAULT_CALL_SENT);
    ck_assert_int_eq(counts[FAULT_CALL_SENT], 0);
    ck_assert_int_eq(setenv("SLUICE_FAULT", "call_sent", 1), 0);
    ck_assert_int_eq(fault_start(&err), 0);
    ck_assert_ptr_nonnull(getenv("SLUICE_FAULT"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fault");
    TCase *tcase = tcase_create("points");
    tcase_add_test(tcase, what_can_be_asked_for);
    tcase_add_test(tcase, names_are_different);
    tcase_add_test(tcase, others_and_earlier_times_pass);
    tcase_add_test_raise_signal(tcase, the_asked_time_kills, SIGKILL);
    tcase_add_test(tcase, the_environment_asks);
    tcase_add_test(tcase, a_watch_sees_each_point);
    tcase_add_test(tcase, a_release_has_none);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
