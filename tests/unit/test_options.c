/* test_options.c - long options by their table: values, ranges, and one message for each mistake.
 */
#include "connectors/cli/options.h"

#include "engine/base/str.h"
#include "tests/unit/child.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX 80

/* What a command line of words (with a blank between them) sets. */
struct line {
    bool json;
    const char *pack, *config;
    struct option_count people, first;
    struct option_list events;
    struct err err;
    int result, argc;
    char text[1024];
    char *argv[WORDS_MAX];
};

static void read_line(struct line *line, const char *words)
{
    memset(line, 0, sizeof *line);
    line->people = (struct option_count){2000, 50, 1000000};
    line->first = (struct option_count){-1, 0, INT64_MAX};
    const struct option_row rows[] = {
        {"json", OPTION_FLAG, &line->json, NULL, "as JSON"},
        {"pack", OPTION_TEXT, &line->pack, "DIR", "a folder"},
        {"config", OPTION_TEXT, &line->config, "FILE", "settings"},
        {"people", OPTION_COUNT, &line->people, "N", "residents"},
        {"first", OPTION_COUNT, &line->first, "N", "so many"},
        {"events", OPTION_LIST, &line->events, "FILE", "files"},
    };
    const struct usage usage = {"sluice try",
                                "--pack DIR ENTITY",
                                "tries options",
                                "sluice try --pack a number:1",
                                rows,
                                sizeof rows / sizeof rows[0]};
    (void)snprintf(line->text, sizeof line->text, "try %s", words);
    for (char *at = line->text; *at != '\0' && line->argc < WORDS_MAX;) {
        line->argv[line->argc++] = at;
        at += strcspn(at, " ");
        if (*at == ' ') {
            *at++ = '\0';
        }
    }
    line->result = options_read(line->argc, line->argv, &usage, &line->err);
}

/* "json pack=a people=9 events=a,b | plain words" */
static void render(const struct line *line, struct buf *out)
{
    buf_add_text(out, line->json ? "json " : "");
    if (line->pack != NULL) {
        buf_add_format(out, "pack=%s ", line->pack);
    }
    if (line->config != NULL) {
        buf_add_format(out, "config=%s ", line->config);
    }
    if (line->people.value != 2000) {
        buf_add_format(out, "people=%" PRId64 " ", line->people.value);
    }
    if (line->first.value != -1) {
        buf_add_format(out, "first=%" PRId64 " ", line->first.value);
    }
    for (size_t i = 0; i < line->events.count; i++) {
        buf_add_format(out, "events=%s ", line->events.items[i]);
    }
    buf_add_text(out, "|");
    for (int i = line->result; i < line->argc; i++) {
        buf_add_format(out, " %s", line->argv[i]);
    }
}

START_TEST(lines_are_read)
{
    static const struct {
        const char *name, *words, *got;
    } rows[] = {
        {"nothing", "", "|"},
        {"every kind", "--json --pack a --people 50 --events x --events y",
         "json pack=a people=50 events=x events=y |"},
        {"with an equals sign", "--pack=a --people=1000000 --events=x=y",
         "pack=a people=1000000 events=x=y |"},
        {"the last one counts", "--pack a --pack b --people 60 --people 70", "pack=b people=70 |"},
        {"plain arguments, before, between and behind", "x --pack a y --json z",
         "json pack=a | x y z"},
        {"a value may look like an option", "--pack --json", "pack=--json |"},
        {"standard input is no option", "--events - -", "events=- | -"},
        {"behind -- everything is plain", "--json -- --pack a -x", "json | --pack a -x"},
        {"-- as a value", "--pack -- x", "pack=-- | x"},
        {"the short form of --config", "-c s.yaml x", "config=s.yaml | x"},
        {"a range without an end", "--first 9223372036854775807", "first=9223372036854775807 |"},
        {"nought", "--first 0", "first=0 |"},
        {"a number with noughts", "--people 0050", "people=50 |"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct line line;
        struct buf got = {0};
        read_line(&line, rows[i].words);
        ck_assert_msg(line.result >= 0, "%s: %s", rows[i].name, line.err.text);
        render(&line, &got);
        ck_assert_msg(str_eq_text(buf_str(&got), rows[i].got), "%s: %s", rows[i].name,
                      buf_text(&got));
        buf_fini(&got);
    }
}
END_TEST

START_TEST(mistakes_are_named)
{
    static const struct {
        const char *name, *words, *text;
    } rows[] = {
        {"an option that is none", "--pakc a", "--pakc is no option; did you mean --pack?"},
        {"one that is like nothing", "--xyzzy", "--xyzzy is no option; see `sluice try --help`"},
        {"the beginning of one", "--pac a", "--pac is no option; did you mean --pack?"},
        {"with a value", "--pakc=a", "--pakc is no option; did you mean --pack?"},
        {"a short one", "-x", "-x is no option: they are written --name; see `sluice try --help`"},
        {"two short ones in one", "-ch",
         "-ch is no option: they are written --name; see `sluice try --help`"},
        {"a flag with a value", "--json=yes", "--json takes no value"},
        {"no value", "--pack", "--pack lacks its value DIR; see `sluice try --help`"},
        {"an empty value", "--pack=", "--pack lacks its value DIR; see `sluice try --help`"},
        {"less than the least", "--people 49",
         "--people takes a whole number from 50 to 1000000, not \"49\""},
        {"more than the most", "--people 1000001",
         "--people takes a whole number from 50 to 1000000, not \"1000001\""},
        {"a sign", "--people +60", "--people takes a whole number from 50 to 1000000, not \"+60\""},
        {"below nought", "--people -60",
         "--people takes a whole number from 50 to 1000000, not \"-60\""},
        {"a unit", "--people 60k", "--people takes a whole number from 50 to 1000000, not \"60k\""},
        {"a fraction", "--people 60.5",
         "--people takes a whole number from 50 to 1000000, not \"60.5\""},
        {"hexadecimal", "--people 0x60",
         "--people takes a whole number from 50 to 1000000, not \"0x60\""},
        {"more than fits", "--first 9223372036854775808",
         "--first takes a whole number from 0 to 9223372036854775807, not "
         "\"9223372036854775808\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct line line;
        read_line(&line, rows[i].words);
        ck_assert_msg(line.result == -1, "%s", rows[i].name);
        ck_assert_msg(line.err.code == ERR_USAGE, "%s", rows[i].name);
        ck_assert_msg(strcmp(line.err.text, rows[i].text) == 0, "%s: %s", rows[i].name,
                      line.err.text);
    }
}
END_TEST

START_TEST(lists_have_an_end)
{
    struct line line;
    struct buf words = {0};
    for (int i = 0; i < OPTION_LIST_MAX; i++) {
        buf_add_text(&words, i > 0 ? " --events=x" : "--events=x");
    }
    read_line(&line, buf_text(&words));
    ck_assert_int_eq(line.result, OPTION_LIST_MAX + 1);
    ck_assert_uint_eq(line.events.count, OPTION_LIST_MAX);
    buf_add_text(&words, " --events=x");
    read_line(&line, buf_text(&words));
    ck_assert_int_eq(line.result, -1);
    ck_assert_str_eq(line.err.text, "--events can be given 64 times at most");

    buf_clear(&words);
    for (int i = 0; i <= OPTION_LIST_MAX; i++) {
        buf_add_text(&words, i > 0 ? " x" : "x");
    }
    read_line(&line, buf_text(&words));
    ck_assert_int_eq(line.result, -1);
    ck_assert_str_eq(line.err.text, "more than 64 arguments");
    buf_fini(&words);
}
END_TEST

/* What is printed goes to a file, so that it can be looked at. */
static void print_into(const char *path, const char *words)
{
    struct line line;
    (void)fflush(stdout);
    ck_assert_ptr_nonnull(freopen(path, "w", stdout));
    read_line(&line, words);
    (void)fflush(stdout);
    ck_assert_int_eq(line.result, OPTIONS_HELP);
}

START_TEST(help_lists_the_table)
{
    static const char *const lines[] = {"--help", "x -h --xyzzy", "--json --help"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        print_into(scratch_path("help"), lines[i]);
        struct str text = str_of(scratch_read("help"));
        ck_assert_msg(
            str_eq_text(text, "sluice try --pack DIR ENTITY - tries options\n"
                              "\n"
                              "  --json                 as JSON\n"
                              "  --pack DIR             a folder\n"
                              "  -c, --config FILE      settings\n"
                              "  --people N             residents; 50 to 1000000, default 2000\n"
                              "  --first N              so many\n"
                              "  --events FILE          files\n"
                              "  -h, --help             this page\n"
                              "\n"
                              "Example:\n"
                              "  sluice try --pack a number:1\n"),
            "%s: %.*s", lines[i], (int)text.len, text.at);
    }
}
END_TEST

static void fail_with(const void *context)
{
    const struct err *err = context;
    const struct usage usage = {"sluice try", "", "", "", NULL, 0};
    _exit(options_fail(&usage, err));
}

START_TEST(failing_says_why)
{
    static const struct {
        enum err_code code;
        int exit_code;
    } rows[] = {{ERR_FINDING, 1}, {ERR_USAGE, 2}, {ERR_OUTSIDE, 3}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {rows[i].code, false, "no such file"};
        struct child_end end = child_run(fail_with, &err);
        ck_assert_int_eq(end.code, rows[i].exit_code);
        ck_assert_str_eq(end.text, "sluice try: no such file\n");
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *tests = tcase_create("options");
    tcase_add_test(tests, lines_are_read);
    tcase_add_test(tests, mistakes_are_named);
    tcase_add_test(tests, lists_have_an_end);
    tcase_add_test(tests, help_lists_the_table);
    tcase_add_test(tests, failing_says_why);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
