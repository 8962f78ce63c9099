/* test_options.c - words of a command line become values, or one message. */
#include "connectors/cli/options.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 72

struct values {
    bool json;
    const char *pack;
    struct option_count first, people;
    struct option_list events;
};

/* Reads blank-separated words behind the command's name; returns what options_read returns. */
static int read_words(const char *line, struct values *values, char **argv, int *argc,
                      struct err *err)
{
    static char copy[1024];
    const struct option_row rows[] = {
        {"json", OPTION_FLAG, &values->json, NULL, "as JSON"},
        {"pack", OPTION_TEXT, &values->pack, "DIR", "folder of rules"},
        {"first", OPTION_COUNT, &values->first, "N", "records"},
        {"people", OPTION_COUNT, &values->people, "N", "residents"},
        {"events", OPTION_LIST, &values->events, "FILE", "records"},
    };
    const struct usage usage = {"sluice try",        "PACK", "tries",
                                "sluice try --json", rows,   sizeof rows / sizeof rows[0]};
    *values = (struct values){.first = {-1, 0, INT64_MAX}, .people = {2000, 50, 1000000}};
    ck_assert_uint_lt(strlen(line), sizeof copy);
    memcpy(copy, line, strlen(line) + 1);
    *argc = 1;
    argv[0] = copy;
    for (char *word = copy; *word != '\0'; (*argc)++) {
        ck_assert_int_lt(*argc, WORDS_MAX);
        argv[*argc] = word;
        word += strcspn(word, " ");
        if (*word == ' ') {
            *word++ = '\0';
        }
    }
    return options_read(*argc, argv, &usage, err);
}

START_TEST(words_become_values)
{
    static const struct {
        const char *name, *line;
        bool json;
        const char *pack;
        int64_t first, people;
        size_t events;
        const char *plain; /* the plain words, joined by commas */
    } rows[] = {
        {"nothing", "", false, NULL, -1, 2000, 0, ""},
        {"a flag", "--json", true, NULL, -1, 2000, 0, ""},
        {"a text behind a blank", "--pack p", false, "p", -1, 2000, 0, ""},
        {"a text behind =", "--pack=p=q", false, "p=q", -1, 2000, 0, ""},
        {"a value that looks like an option", "--pack --json", false, "--json", -1, 2000, 0, ""},
        {"the later text wins", "--pack a --pack b", false, "b", -1, 2000, 0, ""},
        {"counts", "--first 0 --people=50", false, NULL, 0, 50, 0, ""},
        {"the highest", "--first 9223372036854775807", false, NULL, INT64_MAX, 2000, 0, ""},
        {"a list", "--events a --events=b --events -", false, NULL, -1, 2000, 3, ""},
        {"plain words anywhere", "a --json b --first 3 c", true, NULL, 3, 2000, 0, "a,b,c"},
        {"-- ends options", "a -- --json --pack", false, NULL, -1, 2000, 0, "a,--json,--pack"},
        {"- is plain", "- -x", false, NULL, -1, 2000, 0, "-,-x"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct values values;
        struct err err = {.code = ERR_NONE};
        char *argv[WORDS_MAX] = {NULL};
        int argc = 0;
        int plain = read_words(rows[i].line, &values, argv, &argc, &err);
        ck_assert_msg(plain >= 0, "%s: %s", rows[i].name, err.text);
        char joined[128] = "";
        size_t len = 0;
        for (int at = plain; at < argc; at++) {
            len += (size_t)snprintf(joined + len, sizeof joined - len, "%s%s",
                                    at > plain ? "," : "", argv[at]);
        }
        ck_assert_msg(strcmp(joined, rows[i].plain) == 0, "%s: %s", rows[i].name, joined);
        ck_assert_msg(values.json == rows[i].json, "%s", rows[i].name);
        ck_assert_pstr_eq(values.pack, rows[i].pack);
        ck_assert_int_eq(values.first.value, rows[i].first);
        ck_assert_int_eq(values.people.value, rows[i].people);
        ck_assert_uint_eq(values.events.count, rows[i].events);
    }
}
END_TEST

START_TEST(what_is_wrong_is_said)
{
    static const struct {
        const char *name, *line, *said;
    } rows[] = {
        {"nearly an option", "--pakc x", "--pakc is no option; did you mean --pack?"},
        {"nothing like one", "--qwertz", "--qwertz is no option; see `sluice try --help`"},
        {"with a value", "--qwertz=3", "--qwertz is no option; see `sluice try --help`"},
        {"a value for a flag", "--json=1", "--json takes no value"},
        {"no value at the end", "--pack", "--pack lacks its value DIR; see `sluice try --help`"},
        {"an empty value", "--pack=", "--pack lacks its value DIR; see `sluice try --help`"},
        {"an empty number", "--first=", "--first lacks its value N; see `sluice try --help`"},
        {"a word", "--people ten", "--people takes a whole number from 50 to 1000000, not \"ten\""},
        {"a sign", "--people +60", "--people takes a whole number from 50 to 1000000, not \"+60\""},
        {"a tail", "--people 60x", "--people takes a whole number from 50 to 1000000, not \"60x\""},
        {"below", "--people 49", "--people takes a whole number from 50 to 1000000, not \"49\""},
        {"above", "--people 1000001",
         "--people takes a whole number from 50 to 1000000, not \"1000001\""},
        {"past 63 bits", "--first 9223372036854775808",
         "--first takes a whole number from 0 to 9223372036854775807, not "
         "\"9223372036854775808\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct values values;
        struct err err = {.code = ERR_NONE};
        char *argv[WORDS_MAX] = {NULL};
        int argc = 0;
        ck_assert_msg(read_words(rows[i].line, &values, argv, &argc, &err) == -1, "%s",
                      rows[i].name);
        ck_assert_msg(strcmp(err.text, rows[i].said) == 0, "%s: %s", rows[i].name, err.text);
        ck_assert_int_eq(err_exit_code(&err), 2);
    }
}
END_TEST

START_TEST(lists_and_plain_words_have_an_end)
{
    struct values values;
    struct err err = {.code = ERR_NONE};
    char *argv[WORDS_MAX] = {NULL};
    char line[1024] = "";
    int argc = 0;
    for (int i = 0; i < OPTION_LIST_MAX; i++) {
        memcpy(line + 2 * i, "a ", 3);
    }
    ck_assert_int_eq(read_words(line, &values, argv, &argc, &err), 1);
    memcpy(line + 2 * OPTION_LIST_MAX, "a ", 3);
    ck_assert_int_eq(read_words(line, &values, argv, &argc, &err), -1);
    ck_assert_str_eq(err.text, "more than 64 arguments");

    line[0] = '\0';
    for (int i = 0; i < OPTION_LIST_MAX; i++) {
        memcpy(line + 11 * i, "--events=a ", 12);
    }
    ck_assert_int_eq(read_words(line, &values, argv, &argc, &err), 65);
    ck_assert_uint_eq(values.events.count, OPTION_LIST_MAX);
    memcpy(line + 11 * OPTION_LIST_MAX, "--events=a", 11);
    ck_assert_int_eq(read_words(line, &values, argv, &argc, &err), -1);
    ck_assert_str_eq(err.text, "--events can be given 64 times at most");
}
END_TEST

START_TEST(help_wins)
{
    struct values values;
    struct err err = {.code = ERR_NONE};
    char *argv[WORDS_MAX] = {NULL};
    int argc = 0;
    ck_assert_int_eq(read_words("a --first 3 --help --qwertz", &values, argv, &argc, &err),
                     OPTIONS_HELP);
    ck_assert_int_eq(read_words("-- --help", &values, argv, &argc, &err), 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *tests = tcase_create("options");
    tcase_add_test(tests, words_become_values);
    tcase_add_test(tests, what_is_wrong_is_said);
    tcase_add_test(tests, lists_and_plain_words_have_an_end);
    tcase_add_test(tests, help_wins);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
