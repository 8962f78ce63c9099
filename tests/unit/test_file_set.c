/* test_file_set.c - files that appear together: all of them or none, and nothing is left. */
#include "connectors/file/file_set.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const names[] = {"a.jsonl", "b.jsonl"};

static struct file_set *open_set(const char *folder)
{
    struct err err = {.code = ERR_NONE};
    struct file_set *set = file_set_open(scratch_path(folder), names, 2, &err);
    ck_assert_msg(set != NULL, "%s", err.text);
    return set;
}

START_TEST(they_appear_when_all_is_written)
{
    struct err err = {.code = ERR_NONE};
    struct file_set *set = open_set("out");
    ck_assert_int_eq(file_set_write(set, 0, STR("one\n"), &err), 0);
    ck_assert_int_eq(file_set_write(set, 1, STR("two\n"), &err), 0);
    ck_assert_int_eq(file_set_write(set, 0, STR("three\n"), &err), 0);
    ck_assert(!scratch_has("out/a.jsonl"));
    ck_assert_int_eq(file_set_publish(set, &err), 0);
    file_set_close(set);
    ck_assert_str_eq(scratch_read("out/a.jsonl"), "one\nthree\n");
    ck_assert_str_eq(scratch_read("out/b.jsonl"), "two\n");
    ck_assert_int_eq(scratch_count("out"), 2);
}
END_TEST

START_TEST(more_than_a_buffer_arrives_whole)
{
    struct err err = {.code = ERR_NONE};
    struct file_set *set = open_set("out");
    for (int i = 0; i < 20000; i++) {
        ck_assert_int_eq(file_set_write(set, 0, STR("0123456789\n"), &err), 0);
    }
    ck_assert_int_eq(file_set_publish(set, &err), 0);
    file_set_close(set);
    const char *content = scratch_read("out/a.jsonl");
    ck_assert_uint_eq(strlen(content), 220000);
    for (size_t at = 0; at < 220000; at += 11) {
        ck_assert(memcmp(content + at, "0123456789\n", 11) == 0);
    }
}
END_TEST

START_TEST(what_is_not_published_leaves_nothing)
{
    struct err err = {.code = ERR_NONE};
    struct file_set *set = open_set("out");
    ck_assert_int_eq(file_set_write(set, 0, STR("one\n"), &err), 0);
    file_set_close(set);
    ck_assert(!scratch_has("out")); /* the folder was made for it */

    ck_assert_int_eq(mkdir(scratch_path("old"), 0700), 0);
    (void)scratch_write("old/a.jsonl", STR("before\n"));
    set = open_set("old");
    ck_assert_int_eq(file_set_write(set, 0, STR("one\n"), &err), 0);
    file_set_close(set);
    ck_assert_str_eq(scratch_read("old/a.jsonl"), "before\n");
    ck_assert_int_eq(scratch_count("old"), 1);
    file_set_close(NULL);
}
END_TEST

START_TEST(older_files_are_replaced)
{
    struct err err = {.code = ERR_NONE};
    ck_assert_int_eq(mkdir(scratch_path("old"), 0700), 0);
    (void)scratch_write("old/a.jsonl", STR("before, and longer\n"));
    (void)scratch_write("old/.b.jsonl.part", STR("left by a run that was killed\n"));
    struct file_set *set = open_set("old");
    ck_assert_int_eq(file_set_write(set, 0, STR("one\n"), &err), 0);
    ck_assert_int_eq(file_set_publish(set, &err), 0);
    file_set_close(set);
    ck_assert_str_eq(scratch_read("old/a.jsonl"), "one\n");
    ck_assert_str_eq(scratch_read("old/b.jsonl"), "");
    ck_assert_int_eq(scratch_count("old"), 2);
}
END_TEST

START_TEST(what_cannot_be_is_said_at_once)
{
    static char long_name[5000];
    struct err err = {.code = ERR_NONE};
    memset(long_name, 'x', sizeof long_name - 1);
    ck_assert_ptr_null(file_set_open(long_name, names, 2, &err));
    ck_assert_str_eq(err.text, "--out: a folder's name has 1 to 3999 bytes, not 4999");
    ck_assert_ptr_null(file_set_open("", names, 2, &err));
    ck_assert_int_eq(err.code, ERR_USAGE);

    ck_assert_ptr_null(file_set_open(scratch_path("none/out"), names, 2, &err));
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_ptr_nonnull(strstr(err.text, "none/out: cannot make this folder: No such file"));
    ck_assert_ptr_null(file_set_open(scratch_write("file", STR("")), names, 2, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "file/a.jsonl: cannot be written: Not a directory"));

    /* The second name is taken: the first file is not begun either. */
    ck_assert_int_eq(mkdir(scratch_path("blocked"), 0700), 0);
    ck_assert_int_eq(mkdir(scratch_path("blocked/b.jsonl"), 0700), 0);
    ck_assert_ptr_null(file_set_open(scratch_path("blocked"), names, 2, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "blocked/b.jsonl: is in the way and no file; remove"));
    ck_assert_int_eq(scratch_count("blocked"), 1);
}
END_TEST

START_TEST(a_full_disk_publishes_nothing)
{
    struct err err = {.code = ERR_NONE};
    struct file_set *set = open_set("old");
    ck_assert_int_eq(file_set_publish(set, &err), 0);
    file_set_close(set);
    /* The temporary file of the second leads to a device that is always full. */
    set = open_set("old");
    file_set_close(set);
    static const char *const full[] = {"a.jsonl", "full"};
    ck_assert_int_eq(symlink("/dev/full", scratch_path("old/.full.part")), 0);
    set = file_set_open(scratch_path("old"), full, 2, &err);
    ck_assert_msg(set != NULL, "%s", err.text);
    ck_assert_int_eq(file_set_write(set, 0, STR("new\n"), &err), 0);
    ck_assert_int_eq(file_set_write(set, 1, STR("new\n"), &err), 0);
    ck_assert_int_eq(file_set_publish(set, &err), -1);
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_ptr_nonnull(strstr(err.text, "old/full: cannot be written: No space left"));
    file_set_close(set);
    ck_assert_str_eq(scratch_read("old/a.jsonl"), "");
    ck_assert_int_eq(scratch_count("old"), 2);
}
END_TEST

START_TEST(complete_files_are_not_yet_seen)
{
    struct err err = {.code = ERR_NONE};
    struct file_set *set = open_set("out");
    ck_assert_int_eq(file_set_write(set, 0, STR("one\n"), &err), 0);
    ck_assert_int_eq(file_set_complete(set, &err), 0);
    ck_assert_str_eq(scratch_read("out/.a.jsonl.part"), "one\n");
    ck_assert(!scratch_has("out/a.jsonl"));
    ck_assert_int_eq(file_set_publish(set, &err), 0);
    file_set_close(set);
    ck_assert_str_eq(scratch_read("out/a.jsonl"), "one\n");

    set = open_set("out");
    ck_assert_int_eq(file_set_complete(set, &err), 0);
    file_set_close(set);
    ck_assert_str_eq(scratch_read("out/a.jsonl"), "one\n");
    ck_assert_int_eq(scratch_count("out"), 2);
}
END_TEST

START_TEST(one_run_at_a_time)
{
    struct err err = {.code = ERR_NONE};
    struct file_set *first = open_set("out");
    ck_assert_int_eq(file_set_write(first, 0, STR("one\n"), &err), 0);
    ck_assert_ptr_null(file_set_open(scratch_path("out"), names, 2, &err));
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_ptr_nonnull(strstr(err.text, "out: another run is writing there; wait for its end"));
    ck_assert_int_eq(scratch_count("out"), 2);
    ck_assert_int_eq(file_set_publish(first, &err), 0);
    file_set_close(first);
    ck_assert_str_eq(scratch_read("out/a.jsonl"), "one\n");
    file_set_close(open_set("out"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("file_set");
    TCase *tests = tcase_create("file_set");
    tcase_add_test(tests, they_appear_when_all_is_written);
    tcase_add_test(tests, more_than_a_buffer_arrives_whole);
    tcase_add_test(tests, what_is_not_published_leaves_nothing);
    tcase_add_test(tests, older_files_are_replaced);
    tcase_add_test(tests, what_cannot_be_is_said_at_once);
    tcase_add_test(tests, a_full_disk_publishes_nothing);
    tcase_add_test(tests, complete_files_are_not_yet_seen);
    tcase_add_test(tests, one_run_at_a_time);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
