/* test_overwrite.c - an output that falls on an input is found, by whatever path it is named. */
#include "connectors/cli/overwrite.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATHS 1024

static void lay_out(void)
{
    ck_assert_int_eq(mkdir(scratch_path("a"), 0700), 0);
    ck_assert_int_eq(mkdir(scratch_path("a/b"), 0700), 0);
    (void)scratch_write("a/file", STR("x"));
    (void)scratch_write("a/one.rule", STR("x"));
    (void)scratch_write("a/warnings.jsonl", STR("x"));
    char to[PATHS];
    (void)snprintf(to, sizeof to, "%s", scratch_path("a/file"));
    ck_assert_int_eq(symlink(to, scratch_path("a/b/link")), 0);
    ck_assert_int_eq(link(to, scratch_path("a/b/hard")), 0);
}

static int check_one(bool out, const char *input, const char *output)
{
    char from[PATHS];
    char to[PATHS];
    struct err err = {.code = ERR_NONE};
    (void)snprintf(from, sizeof from, "%s", scratch_path(input));
    (void)snprintf(to, sizeof to, "%s", scratch_path(output));
    const struct overwrite_input inputs[] = {{"--none", NULL}, {"--empty", ""}, {"--in", from}};
    int result = out ? overwrite_check_out(inputs, 3, to, &err)
                     : overwrite_check(inputs, 3, "--to", to, &err);
    ck_assert(err.code == (result == 0 ? ERR_NONE : ERR_USAGE));
    ck_assert_msg(result == 0 || (strstr(err.text, from) != NULL && strstr(err.text, to) != NULL),
                  "%s", err.text);
    return result;
}

START_TEST(places)
{
    static const struct {
        const char *name, *input, *output;
        bool out;
        int result;
    } rows[] = {
        {"the same path", "a/file", "a/file", false, -1},
        {"another file", "a/file", "a/other", false, 0},
        {"the same name elsewhere", "a/file", "a/b/file", false, 0},
        {"through its own folder", "a/file", "a/./file", false, -1},
        {"there and back", "a/file", "a/b/../file", false, -1},
        {"two slashes", "a/file", "a//file", false, -1},
        {"a link that leads there", "a/file", "a/b/link", false, -1},
        {"an input that is a link", "a/b/link", "a/file", false, -1},
        {"another name of the same file", "a/file", "a/b/hard", false, -1},
        {"a file that it is written as", "a/.new.part", "a/new", false, -1},
        {"neither is there yet", "a/new", "a/b/../new", false, -1},
        {"neither is there, other names", "a/new", "a/newer", false, 0},
        {"nor their folder", "none/new", "none/new", false, 0},
        {"a rule of the pack", "a", "a/one.rule", false, -1},
        {"a rule that the pack would have", "a", "a/two.rule", false, -1},
        {"the table of the pack", "a", "a/number_kinds.yaml", false, -1},
        {"something else in the pack's folder", "a", "a/file", false, 0},
        {"a rule below the pack's folder", "a", "a/b/one.rule", false, 0},
        {"an output of the folder", "a/warnings.jsonl", "a", true, -1},
        {"one that it will have", "a/summary.json", "a", true, -1},
        {"one that is being written", "a/.summary.json.part", "a/", true, -1},
        {"a file that no output is called", "a/file", "a", true, 0},
        {"the folder itself, yet to be made", "a/new", "a/new/", true, -1},
        {"outputs into the pack's folder", "a", "a", true, 0},
    };
    lay_out();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int result = check_one(rows[i].out, rows[i].input, rows[i].output);
        ck_assert_msg(result == rows[i].result, "%s: %d", rows[i].name, result);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("overwrite");
    TCase *tests = tcase_create("overwrite");
    tcase_add_test(tests, places);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
