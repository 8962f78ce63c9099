/* test_number_kind_file.c - the table of number kinds: read whole, or refused with line and remedy.
 */
#include "connectors/file/number_kind_file.h"

#include "engine/ingest/event.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static int read_text(const char *text, struct number_kinds **kinds, struct err *err)
{
    const char *path = scratch_write("kinds.yaml", str_of(text));
    int result = number_kind_file_read(path, kinds, err);
    return result;
}

START_TEST(rows_are_read)
{
    static const struct {
        const char *name, *number;
        uint8_t kind;
    } rows[] = {
        {"the length that is given", "13800138000", NUMBER_KIND_MOBILE},
        {"a digit too few", "1380013800", NUMBER_KIND_IRREGULAR},
        {"a digit too many", "138001380001", NUMBER_KIND_IRREGULAR},
        {"the least of a range", "+4930", NUMBER_KIND_INTL},
        {"the most of a range", "+49301234567890", NUMBER_KIND_INTL},
        {"more than a range", "+493012345678901", NUMBER_KIND_IRREGULAR},
        {"the longest number", "10691234567890123456", NUMBER_KIND_PORT106},
        {"the longest prefix", "+1234567890", NUMBER_KIND_REGIONAL},
        {"all of the longest prefix counts", "+1234567899", NUMBER_KIND_INTL},
        {"no row", "95588", NUMBER_KIND_IRREGULAR},
    };
    struct number_kinds *kinds = NULL;
    struct err err = {0};
    int result = read_text("- {prefix: \"138\", length: 11, kind: mobile}\n"
                           "- {prefix: \"+\", min_length: 4, max_length: 14, kind: intl}\n"
                           "- {prefix: 106, min_length: 20, max_length: 20, kind: port106}\n"
                           "- {prefix: \"+1234567890\", length: 10, kind: regional}\n",
                           &kinds, &err);
    ck_assert_msg(result == 0, "%s", err.text);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t kind = number_kinds_find(kinds, str_of(rows[i].number));
        ck_assert_msg(kind == rows[i].kind, "%s: %d", rows[i].name, kind);
    }
    number_kinds_free(kinds);
}
END_TEST

START_TEST(wrong_rows_are_named)
{
    static const struct {
        const char *name, *text, *part;
    } rows[] = {
        {"a kind that is none",
         "- {prefix: \"1\", length: 3, kind: short}\n- {prefix: \"13\", length: 11, kind: mobil}\n",
         "kinds.yaml:2:3: prefix 13: kind: \"mobil\" is no kind of number; they are mobile, fixed, mvno, "
         "intl, regional, service95, service400, short, port106, iot, official, hidden, irregular"},
        {"no length", "- {prefix: \"13\", kind: mobile}\n",
         "kinds.yaml:1:3: prefix 13: give either length or min_length and max_length, 1 to 20 digits"},
        {"both", "- {prefix: \"13\", length: 11, min_length: 11, max_length: 11, kind: mobile}\n",
         "give either length or min_length and max_length"},
        {"only the least", "- {prefix: \"13\", min_length: 11, kind: mobile}\n",
         "give either length or min_length and max_length"},
        {"only the most", "- {prefix: \"13\", max_length: 11, kind: mobile}\n",
         "give either length or min_length and max_length"},
        {"the wrong way round",
         "- {prefix: \"13\", min_length: 12, max_length: 11, kind: mobile}\n",
         "give either length or min_length and max_length"},
        {"more digits than a number has", "- {prefix: \"13\", length: 21, kind: mobile}\n",
         "1 to 20 digits"},
        {"a length of 0", "- {prefix: \"13\", length: 0, kind: mobile}\n",
         "give either length or min_length and max_length"},
        {"a length with a tail", "- {prefix: \"13\", length: 11x, kind: mobile}\n",
         "give either length or min_length and max_length"},
        {"a length past 8 bits", "- {prefix: \"13\", length: 267, kind: mobile}\n",
         "give either length or min_length and max_length"},
        {"letters in a prefix", "- {prefix: \"1x\", length: 11, kind: mobile}\n",
         "kinds.yaml:1:3: prefix: \"1x\" is not digits with at most one + in front"},
        {"a plus inside", "- {prefix: \"1+\", length: 11, kind: mobile}\n", "prefix: \"1+\""},
        {"no prefix", "- {length: 11, kind: mobile}\n",
         "kinds.yaml:1:3: key \"prefix\" is missing here"},
        {"a prefix that is too long", "- {prefix: \"123456789012\", length: 20, kind: mobile}\n",
         "kinds.yaml:1:12: a text of 12 bytes; give 1 to 11"},
        {"an unknown key", "- {prefix: \"13\", length: 11, kind: mobile, color: red}\n",
         "kinds.yaml:1:44: unknown key \"color\"; the keys here are prefix, kind, length,"},
        {"no list", "prefix: \"13\"\n",
         "kinds.yaml:1:1: the table of number kinds has keys with values here; write a list"},
        {"one word", "mobile\n",
         "kinds.yaml:1:1: the table of number kinds has one value here; write a list: `- `"},
        {"nothing", "",
         "kinds.yaml:1:1: the table of number kinds cannot be used: the file is empty"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct number_kinds *kinds = NULL;
        struct err err = {0};
        ck_assert_msg(read_text(rows[i].text, &kinds, &err) == -1, "%s", rows[i].name);
        ck_assert_msg(err.code == ERR_USAGE && kinds == NULL, "%s", rows[i].name);
        ck_assert_msg(strstr(err.text, "kinds.yaml") != NULL, "%s: %s", rows[i].name, err.text);
        ck_assert_msg(strstr(err.text, rows[i].part) != NULL, "%s: %s", rows[i].name, err.text);
    }
}
END_TEST

START_TEST(file_that_is_not_there)
{
    struct number_kinds *kinds = NULL;
    struct err err = {0};
    ck_assert_int_eq(number_kind_file_read("/tmp/sluice-no-kinds.yaml", &kinds, &err), -1);
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_ptr_nonnull(strstr(err.text, "/tmp/sluice-no-kinds.yaml"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("number_kind_file");
    TCase *tests = tcase_create("number_kind_file");
    tcase_add_test(tests, rows_are_read);
    tcase_add_test(tests, wrong_rows_are_named);
    tcase_add_test(tests, file_that_is_not_there);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
