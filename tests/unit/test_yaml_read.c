/* test_yaml_read.c - YAML files by schema: what is loaded is there and goes back, what is wrong is
 * named. */
#include "connectors/file/yaml_read.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct pair {
    char *name;
    int64_t length;
};

static const cyaml_schema_field_t pair_fields[] =
    {CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct pair, name, 1, 32),
     CYAML_FIELD_INT("length", CYAML_FLAG_DEFAULT, struct pair, length), CYAML_FIELD_END};
static const cyaml_schema_value_t pair_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct pair, pair_fields)};

static int read_text(const char *text, struct yaml_file *file, struct err *err)
{
    return yaml_read_file(file, scratch_write("pairs.yaml", str_of(text)), "table of pairs",
                          &pair_schema, err);
}

/* The name must not be one of libyaml's own, which calls its functions through the dynamic linker.
 */
START_TEST(what_is_loaded_goes_back)
{
    struct err err = {0};
    struct yaml_file file;
    ck_assert_msg(read_text("name: fixed\nlength: 11\n", &file, &err) == 0, "%s", err.text);
    const struct pair *pair = file.data;
    ck_assert_str_eq(pair->name, "fixed");
    ck_assert_int_eq(pair->length, 11);
    yaml_read_free(&file);
}
END_TEST

START_TEST(what_is_wrong_is_named)
{
    static const struct {
        const char *name, *text, *part;
    } rows[] = {
        {"a name that the schema has not", "name: a\nwidth: 1\n",
         "pairs.yaml:2:1: unknown key \"width\"; the keys here are name, length"},
        {"what only libcyaml finds: text for a number", "name: a\nlength: long\n",
         "the table of pairs cannot be used: "},
        {"an empty file", "",
         "pairs.yaml:1:1: the table of pairs cannot be used: the file is empty"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {0};
        struct yaml_file file;
        ck_assert_msg(read_text(rows[i].text, &file, &err) == -1, "%s", rows[i].name);
        ck_assert_msg(strstr(err.text, rows[i].part) != NULL, "%s: %s", rows[i].name, err.text);
        ck_assert_int_eq(err.code, ERR_USAGE);
    }
}
END_TEST

START_TEST(what_is_wrong_later_has_its_place)
{
    struct err err = {0};
    struct yaml_file file;
    ck_assert_int_eq(read_text("name: fixed\nlength:\n  11\n", &file, &err), 0);
    ck_assert_int_eq(yaml_read_fail(&file, &err, "length", "%d is too long; give %d", 11, 10), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "/pairs.yaml:3:3: 11 is too long; give 10"));
    ck_assert_int_eq(err.code, ERR_USAGE);
    yaml_read_free(&file);
}
END_TEST

START_TEST(what_is_no_such_file)
{
    struct err err = {0};
    struct yaml_file file;
    struct buf much = {0};
    ck_assert_int_eq(yaml_read_file(&file, scratch_path("none"), "table", &pair_schema, &err), -1);
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_ptr_nonnull(strstr(err.text, "none: cannot read the table: No such file"));
    ck_assert_int_eq(yaml_read_file(&file, scratch_path(""), "table", &pair_schema, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "is a folder; name the file of the table in it"));
    buf_add_text(&much, "name: ");
    buf_reserve(&much, YAML_READ_BYTES_MAX);
    memset(much.at + much.len, 'a', YAML_READ_BYTES_MAX);
    much.len += YAML_READ_BYTES_MAX;
    const char *path = scratch_write("much", buf_str(&much));
    ck_assert_int_eq(yaml_read_file(&file, path, "table", &pair_schema, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "over 16777216 bytes are no table"));
    buf_fini(&much);
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
    tcase_add_test(tests, what_is_wrong_later_has_its_place);
    tcase_add_test(tests, what_is_no_such_file);
    tcase_add_test(tests, numbers_are_whole);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
