/* test_number_kind_file.c - the table of number kinds: what it says, and what is wrong with it. */
#include "connectors/file/number_kind_file.h"
#include "engine/ingest/event.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static int read_text(const char *text, struct number_kinds **kinds, struct err *err)
{
    *kinds = NULL;
    return number_kind_file_read(scratch_write("kinds.yaml", str_of(text)), kinds, err);
}

START_TEST(rows_are_taken)
{
    struct err err = {.code = ERR_NONE};
    struct number_kinds *kinds = NULL;
    const char *text = "- {prefix: \"120\", length: 11, kind: mobile}\n"
                       "- {prefix: \"+\", min_length: 4, max_length: 15, kind: intl}\n"
                       "- {prefix: \"95\", min_length: 5, max_length: 9, kind: service95}\n";
    ck_assert_msg(read_text(text, &kinds, &err) == 0, "%s", err.text);
    static const struct {
        const char *number, *kind;
    } rows[] = {
        {"12000000001", "mobile"}, {"1200000001", "irregular"}, {"120000000001", "irregular"},
        {"+4420", "intl"},         {"95555", "service95"},      {"955555555", "service95"},
        {"9555", "irregular"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct str kind = event_value_text(VALUE_SET_NUMBER_KIND,
                                           number_kinds_find(kinds, str_of(rows[i].number)));
        ck_assert_msg(str_eq_text(kind, rows[i].kind), "%s is %.*s", rows[i].number, (int)kind.len,
                      kind.at);
    }
    number_kinds_free(kinds);
}
END_TEST

START_TEST(what_is_wrong_is_named)
{
#define GOOD "- {prefix: \"120\", length: 11, kind: mobile}\n"
    static const struct {
        const char *name, *text, *part;
    } rows[] = {
        {"letters in a prefix", GOOD "- {prefix: \"12a\", length: 11, kind: mobile}\n",
         "row 2: prefix: \"12a\" is not digits with at most one + in front"},
        {"two plus signs", "- {prefix: \"++1\", length: 11, kind: mobile}\n", "row 1: prefix"},
        {"no such kind", "- {prefix: \"120\", length: 11, kind: mobil}\n",
         "row 1 (prefix 120): kind: \"mobil\" is no kind of number"},
        {"no length", "- {prefix: \"120\", kind: mobile}\n",
         "give either length or min_length and max_length, 1 to"},
        {"both lengths", "- {prefix: \"120\", length: 11, max_length: 12, kind: mobile}\n",
         "give either length or min_length and max_length"},
        {"from more to less", "- {prefix: \"1\", min_length: 9, max_length: 8, kind: mobile}\n",
         "give either length or min_length and max_length"},
        {"a length with a tail", "- {prefix: \"120\", length: 11x, kind: mobile}\n",
         "give either length or min_length and max_length"},
        {"a length of 0", "- {prefix: \"120\", length: 0, kind: mobile}\n",
         "give either length or min_length and max_length"},
        {"a length past 8 bits", "- {prefix: \"120\", length: 267, kind: mobile}\n",
         "give either length or min_length and max_length"},
        {"no prefix", "- {length: 11, kind: mobile}\n", "prefix"},
        {"no list", "prefix: \"120\"\n", "table of number kinds"},
        {"nothing", "", "the file is empty"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {.code = ERR_NONE};
        struct number_kinds *kinds = NULL;
        ck_assert_msg(read_text(rows[i].text, &kinds, &err) == -1, "%s", rows[i].name);
        ck_assert_msg(strstr(err.text, rows[i].part) != NULL, "%s: %s", rows[i].name, err.text);
        ck_assert_msg(strstr(err.text, "kinds.yaml: ") != NULL, "%s: %s", rows[i].name, err.text);
        ck_assert_int_eq(err.code, ERR_USAGE);
        ck_assert_ptr_null(kinds);
    }
    struct err err = {.code = ERR_NONE};
    struct number_kinds *kinds = NULL;
    ck_assert_int_eq(number_kind_file_read(scratch_path("none"), &kinds, &err), -1);
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("number_kind_file");
    TCase *tests = tcase_create("number_kind_file");
    tcase_add_test(tests, rows_are_taken);
    tcase_add_test(tests, what_is_wrong_is_named);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
