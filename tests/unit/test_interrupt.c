/* test_interrupt.c - a signal is noted, said, and obeyed when the command has cleaned up. */
#include "connectors/cli/interrupt.h"

#include "tests/unit/child.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Notes the signal, says so, obeys. */
static void take_signal(const void *context)
{
    struct err err = {.code = ERR_NONE};
    interrupt_catch();
    if (interrupt_check(&err) != 0) {
        _exit(9);
    }
    interrupt_obey(); /* nothing came */
    (void)raise(*(const int *)context);
    if (interrupt_check(&err) != 0) {
        (void)fprintf(stderr, "%d: %s", (int)err.code, err.text);
        interrupt_obey();
    }
    _exit(8);
}

START_TEST(signals_are_noted_and_obeyed)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct child_end end = child_run(take_signal, &numbers[i]);
        ck_assert_int_eq(end.signal, numbers[i]);
        ck_assert_str_eq(end.text, "3: interrupted; nothing was written");
    }
}
END_TEST

static void take_two(const void *context)
{
    (void)context;
    interrupt_catch();
    (void)raise(SIGINT);
    (void)fprintf(stderr, "one");
    (void)raise(SIGINT);
    _exit(8);
}

START_TEST(the_second_one_ends_the_process)
{
    struct child_end end = child_run(take_two, NULL);
    ck_assert_int_eq(end.signal, SIGINT);
    ck_assert_str_eq(end.text, "one");
}
END_TEST

static void ignore(const void *context)
{
    (void)context;
    (void)signal(SIGHUP, SIG_IGN);
    interrupt_catch();
    (void)raise(SIGHUP);
    _exit(interrupt_check(NULL) == 0 ? 0 : 9);
}

START_TEST(what_was_ignored_before_stays_so)
{
    struct child_end end = child_run(ignore, NULL);
    ck_assert_int_eq(end.code, 0);
}
END_TEST

/* A read from a pipe into which nobody writes. */
static void wait_for_input(const void *context)
{
    int ends[2];
    char byte;
    (void)context;
    interrupt_catch();
    pid_t parent = getpid();
    if (pipe(ends) != 0) {
        _exit(7);
    }
    if (fork() == 0) {
        (void)nanosleep(&(struct timespec){0, 50000000}, NULL);
        (void)kill(parent, SIGTERM);
        _exit(0);
    }
    ssize_t got = read(ends[0], &byte, 1);
    _exit(got < 0 && errno == EINTR && interrupt_check(NULL) != 0 ? 0 : 9);
}

START_TEST(waiting_for_input_ends)
{
    struct child_end end = child_run(wait_for_input, NULL);
    ck_assert_int_eq(end.code, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("interrupt");
    TCase *tests = tcase_create("interrupt");
    tcase_add_test(tests, signals_are_noted_and_obeyed);
    tcase_add_test(tests, the_second_one_ends_the_process);
    tcase_add_test(tests, what_was_ignored_before_stays_so);
    tcase_add_test(tests, waiting_for_input_ends);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
