/* test_err.c - what went wrong outside keeps its words and has an exit code. */
#include "engine/base/err.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct exit_row {
    const char *name;
    enum err_code code;
    int expected;
};

static const struct exit_row exits[] = {
    {"nothing", ERR_NONE, 0},
    {"a finding", ERR_FINDING, 1},
    {"a wrong argument", ERR_USAGE, 2},
    {"a failing disk", ERR_OUTSIDE, 3},
    {"a code of nobody", (enum err_code)99, 3},
};

START_TEST(codes_end_the_process_differently)
{
    for (size_t i = 0; i < sizeof exits / sizeof exits[0]; i++) {
        struct err err = {.code = exits[i].code};
        ck_assert_msg(err_exit_code(&err) == exits[i].expected, "%s", exits[i].name);
    }
}
END_TEST

START_TEST(setting_replaces_all)
{
    struct err err;
    memset(&err, 0xff, sizeof err);
    err.retriable = true;
    ck_assert_int_eq(err_set(&err, ERR_USAGE, "%s: %d is not 1 to %d", "partitions", 0, 1024), -1);
    ck_assert_int_eq(err.code, ERR_USAGE);
    ck_assert(!err.retriable);
    ck_assert_str_eq(err.text, "partitions: 0 is not 1 to 1024");
    ck_assert_int_eq(err_set(&err, ERR_OUTSIDE, "x"), -1);
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_str_eq(err.text, "x");
    ck_assert_int_eq(err_set(NULL, ERR_OUTSIDE, "nobody asks"), -1);
}
END_TEST

START_TEST(long_texts_are_cut)
{
    struct err err;
    for (int len = 1000; len < 1100; len++) {
        ck_assert_int_eq(err_set(&err, ERR_USAGE, "%0*d", len, 7), -1);
        size_t kept = (size_t)len < sizeof err.text ? (size_t)len : sizeof err.text - 1;
        ck_assert_uint_eq(strlen(err.text), kept);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("err");
    TCase *t = tcase_create("err");
    tcase_add_test(t, codes_end_the_process_differently);
    tcase_add_test(t, setting_replaces_all);
    tcase_add_test(t, long_texts_are_cut);
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
