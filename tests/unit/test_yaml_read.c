/* test_yaml_read.c - YAML files by schema: what is loaded is there and goes back, what is wrong is
 * named. */
#include "connectors/file/yaml_read.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pair {
    char *name;
    int64_t length;
};

static const cyaml_schema_field_t pair_fields[] =
    {CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct pair, name, 1, 32),
     CYAML_FIELD_INT("length", CYAML_FLAG_DEFAULT, struct pair, length), CYAML_FIELD_END};
static const cyaml_schema_value_t pair_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct pair, pair_fields)};

static int read_text(const char *text, struct pair **out, struct err *err)
{
    char path[] = "/tmp/sluice-yaml-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq((int)write(fd, text, strlen(text)), (int)strlen(text));
    ck_assert_int_eq(close(fd), 0);
    void *data = NULL;
    int result = yaml_read_file(path, "table of pairs", &pair_schema, &data, NULL, err);
    ck_assert_int_eq(remove(path), 0);
    *out = data;
    return result;
}

/* The name must not be one of libyaml's own, which calls its functions through the dynamic linker.
 */
START_TEST(what_is_loaded_goes_back)
{
    struct err err = {0};
    struct pair *pair = NULL;
    ck_assert_msg(read_text("name: fixed\nlength: 11\n", &pair, &err) == 0, "%s", err.text);
    ck_assert_str_eq(pair->name, "fixed");
    ck_assert_int_eq(pair->length, 11);
    yaml_read_free(&pair_schema, pair, 0);
}
END_TEST

START_TEST(what_is_wrong_is_named)
{
    static const struct {
        const char *name, *text, *part;
    } rows[] = {
        {"a name that the schema has not", "name: a\nwidth: 1\n", "width"},
        {"text for a number", "name: a\nlength: long\n", "length"},
        {"an empty file", "", "empty"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {0};
        struct pair *pair = NULL;
        ck_assert_msg(read_text(rows[i].text, &pair, &err) == -1, "%s", rows[i].name);
        ck_assert_msg(strstr(err.text, rows[i].part) != NULL, "%s: %s", rows[i].name, err.text);
        ck_assert_msg(strstr(err.text, "table of pairs") != NULL, "%s: %s", rows[i].name, err.text);
    }
}
END_TEST

START_TEST(numbers_are_whole)
{
    static const struct {
        const char *text;
        bool good;
        int64_t value;
    } rows[] = {
        {"0", true, 0},
        {"15", true, 15},
        {"-3", true, -3},
        {"010", true, 10}, /* not octal */
        {"15m", false, 0},
        {"1.5", false, 0},
        {"0x10", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {" 1", false, 0},
        {"+1", false, 0},
        {"1 ", false, 0},
        {"--1", false, 0},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t value = 77;
        ck_assert_msg(yaml_read_number(rows[i].text, &value) == rows[i].good, "%s", rows[i].text);
        ck_assert_int_eq(value, rows[i].good ? rows[i].value : 77);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("yaml_read");
    TCase *tests = tcase_create("yaml_read");
    tcase_add_test(tests, what_is_loaded_goes_back);
    tcase_add_test(tests, what_is_wrong_is_named);
    tcase_add_test(tests, numbers_are_whole);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
