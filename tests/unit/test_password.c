/* test_password.c - a password comes whole or not at all, and the file is named. */
#include "engine/base/password.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static char longest[PASSWORD_MAX + 8];

START_TEST(what_a_file_gives)
{
    static const struct {
        const char *name;
        size_t fill; /* so many letters before the content */
        struct str content;
        const char *password, *text; /* text: what is said instead */
    } rows[] = {
        {"without a line end", 0, STR("secret"), "secret", NULL},
        {"with one", 0, STR("secret\n"), "secret", NULL},
        {"with that of another system", 0, STR("secret\r\n\r\n"), "secret", NULL},
        {"blanks belong to it", 0, STR(" sec ret \n"), " sec ret ", NULL},
        {"the longest", PASSWORD_MAX, STR(""), longest, NULL},
        {"the longest and a line end", PASSWORD_MAX, STR("\r\n"), longest, NULL},
        {"one too long", PASSWORD_MAX, STR("x"), "",
         "is longer than a password may be, 1024 bytes"},
        {"one too long and a line end", PASSWORD_MAX, STR("x\n"), "", "is longer than"},
        {"much too long", PASSWORD_MAX, STR("xxxxxx\n"), "", "is longer than"},
        {"empty", 0, STR(""), "", "is empty; write the password into it"},
        {"nothing but line ends", 0, STR("\n\r\n"), "", "is empty"},
        {"a byte 0", 0, STR("sec\0ret\n"), "", "has a byte 0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {.code = ERR_NONE};
        struct buf content = {0};
        char password[PASSWORD_BYTES];
        memset(longest, 'a', PASSWORD_MAX);
        buf_add(&content, longest, rows[i].fill);
        buf_add_str(&content, rows[i].content);
        const char *path = scratch_write("password", buf_str(&content));
        int result = password_read("redis.password_file", path, password, &err);
        ck_assert_msg((result == 0) == (rows[i].text == NULL), "%s: %s", rows[i].name, err.text);
        ck_assert_msg(strcmp(password, rows[i].password) == 0, "%s: %s", rows[i].name, password);
        if (result != 0) {
            ck_assert_int_eq(err.code, ERR_USAGE);
            ck_assert_msg(strstr(err.text, rows[i].text) != NULL, "%s", err.text);
            ck_assert_msg(strstr(err.text, "redis.password_file: /") == err.text, "%s", err.text);
            ck_assert_msg(strstr(err.text, "sec") == NULL, "%s", err.text);
        }
        password_forget(password);
        ck_assert_int_eq(password[0], '\0');
        buf_fini(&content);
    }
}
END_TEST

/* A process that may open no file now may do so again: that is no wrong setting. */
START_TEST(no_file_can_be_opened_now)
{
    struct err err = {.code = ERR_NONE};
    char password[PASSWORD_BYTES];
    const char *path = scratch_write("password", STR("secret"));
    struct rlimit before;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, before.rlim_max}), 0);
    int result = password_read("redis.password_file", path, password, &err);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert_int_eq(result, -1);
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert(err.retriable);
    ck_assert_ptr_nonnull(strstr(err.text, "redis.password_file: cannot read /"));
    ck_assert_str_eq(password, "");
}
END_TEST

START_TEST(what_is_no_file)
{
    struct err err = {.code = ERR_NONE};
    char password[PASSWORD_BYTES];
    ck_assert_int_eq(password_read("kafka.password_file", scratch_path("none"), password, &err),
                     -1);
    ck_assert_msg(strstr(err.text, "none; make it, readable for this user only") != NULL, "%s",
                  err.text);
    ck_assert_int_eq(password_read("kafka.password_file", scratch_path(""), password, &err), -1);
    ck_assert_msg(strstr(err.text, "it must be a file") != NULL, "%s", err.text);
    ck_assert_int_eq(err.code, ERR_USAGE);
    ck_assert_str_eq(password, "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("password");
    TCase *tests = tcase_create("password");
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, what_a_file_gives);
    tcase_add_test(tests, no_file_can_be_opened_now);
    tcase_add_test(tests, what_is_no_file);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
