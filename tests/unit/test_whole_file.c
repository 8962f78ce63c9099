/* test_whole_file.c - a file is the old one or the new one, whoever else writes there. */
#include "connectors/file/whole_file.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

START_TEST(a_file_is_replaced)
{
    struct err err = {.code = ERR_NONE};
    const char *path = scratch_path("pages");
    ck_assert_msg(whole_file_can_write(path, "pages", &err) == 0, "%s", err.text);
    ck_assert_int_eq(scratch_count(""), 0);
    ck_assert_msg(whole_file_write(path, "pages", STR("a longer text"), &err) == 0, "%s", err.text);
    ck_assert_msg(whole_file_can_write(path, "pages", &err) == 0, "%s", err.text);
    ck_assert_str_eq(scratch_read("pages"), "a longer text");
    ck_assert_msg(whole_file_write(path, "pages", STR("short"), &err) == 0, "%s", err.text);
    ck_assert_str_eq(scratch_read("pages"), "short");
    ck_assert_int_eq(scratch_count(""), 1);
}
END_TEST

START_TEST(what_a_killed_run_left_is_overwritten)
{
    struct err err = {.code = ERR_NONE};
    (void)scratch_write(".pages.part", STR("half of something longer"));
    ck_assert_int_eq(whole_file_write(scratch_path("pages"), "pages", STR("new"), &err), 0);
    ck_assert_str_eq(scratch_read("pages"), "new");
    ck_assert_int_eq(scratch_count(""), 1);
}
END_TEST

START_TEST(another_run_is_not_disturbed)
{
    struct err err = {.code = ERR_NONE};
    (void)scratch_write("pages", STR("old"));
    int other = open(scratch_write(".pages.part", STR("half")), O_WRONLY);
    ck_assert_int_eq(flock(other, LOCK_EX), 0);
    ck_assert_int_eq(whole_file_write(scratch_path("pages"), "pages", STR("new"), &err), -1);
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_ptr_nonnull(strstr(err.text, "cannot save pages: another run is saving there"));
    ck_assert_int_eq(whole_file_can_write(scratch_path("pages"), "pages", &err), -1);
    ck_assert_str_eq(scratch_read(".pages.part"), "half");
    ck_assert_str_eq(scratch_read("pages"), "old");
    ck_assert_int_eq(close(other), 0);
    ck_assert_int_eq(whole_file_write(scratch_path("pages"), "pages", STR("new"), &err), 0);
    ck_assert_str_eq(scratch_read("pages"), "new");
}
END_TEST

/* Many writers and checkers of one file: it is always one of their texts, whole. What this guards
 * is a matter of luck in one run: without the look behind the lock it fails in one of a few. */
START_TEST(many_runs_at_once)
{
    enum { WRITERS = 4, TIMES = 300, BYTES = 4000 };
    static char text[BYTES];
    memset(text, '0', sizeof text);
    struct err err = {.code = ERR_NONE};
    const char *path = scratch_path("pages");
    ck_assert_int_eq(whole_file_write(path, "pages", (struct str){text, BYTES}, &err), 0);
    pid_t children[WRITERS];
    for (int w = 0; w < WRITERS; w++) {
        children[w] = fork();
        ck_assert_int_ge(children[w], 0);
        if (children[w] == 0) {
            memset(text, 'a' + w, sizeof text);
            for (int i = 0; i < TIMES; i++) {
                (void)(i % 3 == 0
                           ? whole_file_can_write(path, "pages", &err)
                           : whole_file_write(path, "pages", (struct str){text, BYTES}, &err));
            }
            _exit(0);
        }
    }
    int running = WRITERS;
    while (running > 0) {
        running -= waitpid(-1, NULL, WNOHANG) > 0;
        FILE *now = fopen(path, "rb");
        ck_assert_ptr_nonnull(now);
        ck_assert_uint_eq(fread(text, 1, BYTES, now), BYTES);
        ck_assert_int_eq(fgetc(now), EOF);
        ck_assert_int_eq(fclose(now), 0);
        ck_assert_int_eq(memcmp(text, text + 1, BYTES - 1), 0); /* one letter */
    }
    ck_assert_int_eq(scratch_count(""), 1);
}
END_TEST

START_TEST(what_cannot_be_written)
{
    static const struct {
        const char *path, *said;
    } rows[] = {
        {"none/pages",
         "none/pages: cannot save pages: No such file or directory; name a file in a"},
        {"folder", "folder: cannot save pages: something else than a file is there; name a file"},
        {"linked", "linked: cannot save pages: Too many levels of symbolic links"},
    };
    ck_assert_int_eq(mkdir(scratch_path("folder"), 0700), 0);
    ck_assert_int_eq(symlink("elsewhere", scratch_path(".linked.part")), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {.code = ERR_NONE};
        ck_assert_int_eq(whole_file_can_write(scratch_path(rows[i].path), "pages", &err), -1);
        ck_assert_int_eq(whole_file_write(scratch_path(rows[i].path), "pages", STR("x"), &err), -1);
        ck_assert_int_eq(err.code, ERR_OUTSIDE);
        ck_assert_msg(strstr(err.text, rows[i].said) != NULL, "%s", err.text);
        ck_assert(!scratch_has("elsewhere"));
    }
}
END_TEST

START_TEST(names)
{
    static const char *const rows[][2] = {{"pages", ".pages.part"},
                                          {"a/b/pages", "a/b/.pages.part"},
                                          {"/pages", "/.pages.part"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf name = {0};
        whole_file_temporary(rows[i][0], &name);
        ck_assert_str_eq(buf_text(&name), rows[i][1]);
        buf_fini(&name);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("whole_file");
    TCase *tests = tcase_create("whole_file");
    tcase_add_test(tests, a_file_is_replaced);
    tcase_add_test(tests, what_a_killed_run_left_is_overwritten);
    tcase_add_test(tests, another_run_is_not_disturbed);
    tcase_add_test(tests, many_runs_at_once);
    tcase_add_test(tests, what_cannot_be_written);
    tcase_add_test(tests, names);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
