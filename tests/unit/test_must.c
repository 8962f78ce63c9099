/* test_must.c - a fact that does not hold names itself, its place and the step in hand, and aborts.
 */
#include "engine/base/must.h"
#include "tests/unit/child.h"

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(facts_that_hold_are_stated_once)
{
    int stated = 0;
    must(++stated == 1);
    ck_assert_int_eq(stated, 1);
}
END_TEST

static void break_a_fact(const void *context)
{
    int leg_count = *(const int *)context;
    must(leg_count == 4);
}

START_TEST(a_broken_fact_says_all_and_aborts)
{
    int leg_count = 5;
    struct child_end end = child_run(break_a_fact, &leg_count);
    ck_assert_int_eq(end.signal, SIGABRT);
    ck_assert_ptr_nonnull(strstr(end.text, "sluice: bug: leg_count == 4 does not hold ("));
    ck_assert_ptr_nonnull(strstr(end.text, "tests/unit/test_must.c:"));
    ck_assert_ptr_nonnull(strstr(end.text, "partition 0 lsn 0\n"));
}
END_TEST

static void break_in_a_step(const void *context)
{
    must_note_step(UINT32_MAX, UINT64_MAX);
    must_note_step(3, UINT64_C(1) << 40);
    break_a_fact(context);
}

START_TEST(the_latest_step_is_named)
{
    int leg_count = 5;
    struct child_end end = child_run(break_in_a_step, &leg_count);
    ck_assert_int_eq(end.signal, SIGABRT);
    ck_assert_ptr_nonnull(strstr(end.text, "partition 3 lsn 1099511627776\n"));
}
END_TEST

static void *note_elsewhere(void *context)
{
    must_note_step(9, 9);
    return context;
}

static void break_beside_a_thread(const void *context)
{
    pthread_t thread;
    must_note_step(1, 2);
    if (pthread_create(&thread, NULL, note_elsewhere, NULL) == 0 &&
        pthread_join(thread, NULL) == 0) {
        break_a_fact(context);
    }
}

START_TEST(each_thread_has_its_own_step)
{
    int leg_count = 5;
    struct child_end end = child_run(break_beside_a_thread, &leg_count);
    ck_assert_int_eq(end.signal, SIGABRT);
    ck_assert_ptr_nonnull(strstr(end.text, "partition 1 lsn 2\n"));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("must");
    TCase *t = tcase_create("must");
    tcase_add_test(t, facts_that_hold_are_stated_once);
    tcase_add_test(t, a_broken_fact_says_all_and_aborts);
    tcase_add_test(t, the_latest_step_is_named);
    tcase_add_test(t, each_thread_has_its_own_step);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    SRunner *runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
