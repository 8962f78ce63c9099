/* test_progress.c - a line for who is looking, nothing for a file. */
#include "connectors/cli/progress.h"

#include "tests/unit/child.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Steps for so many seconds. */
static void work(bool on, double seconds)
{
    struct progress progress;
    progress_begin(&progress, "sluice try", on);
    do {
        for (int i = 0; i < 5000; i++) {
            progress_step(&progress);
        }
    } while (progress_seconds(&progress) < seconds);
    progress_end(&progress);
    progress_end(&progress); /* it is away already */
}

static void look(const void *context)
{
    (void)context;
    work(true, 0.6);
}

static void look_away(const void *context)
{
    (void)context;
    work(false, 0.6);
}

static void be_quick(const void *context)
{
    (void)context;
    work(true, 0.01);
}

START_TEST(shown_to_a_terminal)
{
    struct child_end end = child_run(look, NULL);
    ck_assert_int_eq(end.code, 0);
    ck_assert_msg(strncmp(end.text, "\r\033[Ksluice try: ", 15) == 0, "%s", end.text);
    ck_assert_ptr_nonnull(strstr(end.text, " records, "));
    ck_assert_ptr_nonnull(strstr(end.text, " a second\r\033[K"));
    ck_assert_msg(strcmp(end.text + strlen(end.text) - 4, "\r\033[K") == 0, "%s", end.text);
    ck_assert_ptr_null(strchr(end.text, '\n'));
}
END_TEST

START_TEST(not_shown_else)
{
    ck_assert_str_eq(child_run(look_away, NULL).text, "");
    ck_assert_str_eq(child_run(be_quick, NULL).text, "");
}
END_TEST

START_TEST(time_is_never_nought)
{
    struct progress progress;
    progress_begin(&progress, "sluice try", false);
    ck_assert(progress_seconds(&progress) > 0);
    progress_end(&progress);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("progress");
    TCase *tests = tcase_create("progress");
    tcase_add_test(tests, shown_to_a_terminal);
    tcase_add_test(tests, not_shown_else);
    tcase_add_test(tests, time_is_never_nought);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
