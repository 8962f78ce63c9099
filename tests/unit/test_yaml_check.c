/* test_yaml_check.c - what is wrong in a YAML text is said with its line and column. */
#include "connectors/file/yaml_check.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    char *name, *size;
};
struct inner {
    char *unit;
};
struct outer {
    char *type;
    struct inner *time;
    struct entry *entries;
    unsigned entries_count;
};

static const cyaml_schema_field_t entry_fields[] =
    {CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct entry, name, 1, 8),
     CYAML_FIELD_STRING_PTR("size", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct entry, size, 0,
                            8),
     CYAML_FIELD_END};
static const cyaml_schema_value_t entry_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct entry, entry_fields)};
static const cyaml_schema_field_t inner_fields[] =
    {CYAML_FIELD_STRING_PTR("unit", CYAML_FLAG_POINTER, struct inner, unit, 1, 8), CYAML_FIELD_END};
static const cyaml_schema_field_t outer_fields[] =
    {CYAML_FIELD_STRING_PTR("type", CYAML_FLAG_POINTER, struct outer, type, 1, 8),
     CYAML_FIELD_MAPPING_PTR("time", CYAML_FLAG_POINTER_NULL | CYAML_FLAG_OPTIONAL, struct outer,
                             time, inner_fields),
     CYAML_FIELD_SEQUENCE("entries", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct outer,
                          entries, &entry_schema, 1, 2),
     CYAML_FIELD_END};
static const cyaml_schema_value_t outer_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct outer, outer_fields)};
static const cyaml_schema_value_t optional_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER_NULL, struct outer, outer_fields)};

static const struct {
    const char *name, *text, *said; /* NULL: good */
} texts[] = {
    {"all that is needed", "type: a\n", NULL},
    {"all there is",
     "# a remark\ntype: 'a'\ntime: {unit: s}\nentries:\n- name: b\n  size: \"\"\n- {name: c}\n",
     NULL},
    {"a section that says nothing", "type: a\ntime:\n", NULL},
    {"an alias", "type: &t a\nentries: [{name: *t}]\n", NULL},
    {"a document with its marks", "---\ntype: a\n...\n", NULL},
    {"a bracket that does not close", "type: [a\n",
     "f:2:1: no YAML: did not find expected ',' or ']' while parsing a flow sequence; correct "
     "the table there (indentation, brackets and quotes are the usual causes)"},
    {"an indentation too deep", "type: a\n  time: b\n",
     "f:2:7: no YAML: mapping values are not allowed in this context; correct the table there "
     "(indentation, brackets and quotes are the usual causes)"},
    {"a tab", "type:\n\ta\n", "f:2:1: no YAML: found character that cannot start any token"},
    {"no UTF-8", "type: a\ntime: \xe9\n", "f:2:7: no YAML: "},
    {"a control character", "type: a\x01\n", "f:1:8: no YAML: control characters"},
    {"an alias of nothing", "type: *t\n", "f:1:7: no YAML: found undefined alias"},
    {"a second document", "type: a\n---\ntype: b\n",
     "f:2:1: a second document begins here; keep one of them in the file"},
    {"broken behind the first document", "type: a\n---\n[\n", "f:4:1: no YAML: "},
    {"nothing", "", "f:1:1: the table cannot be used: the file is empty; is it the right one?"},
    {"remarks alone", "# type: a\n", "f:1:1: the table cannot be used: the file is empty"},
    {"one word", "\n\nhello\n",
     "f:3:1: the table has one value here; write keys with values, like `type: ..`"},
    {"a list", "- type: a\n", "f:1:1: the table has a list here; write keys with values"},
    {"an unknown key", "type: a\nentires: []\n",
     "f:2:1: unknown key \"entires\"; did you mean entries?"},
    {"a key of a section", "unit: s\n", "f:1:1: unknown key \"unit\"; it belongs into time:"},
    {"a key like no other", "type: a\nxyzzy: 1\n",
     "f:2:1: unknown key \"xyzzy\"; the keys here are type, time, entries"},
    {"an unknown key in a list", "type: a\nentries:\n- name: b\n  nam: c\n",
     "f:4:3: unknown key \"nam\"; did you mean name?"},
    {"a key that is a list", "[a]: b\n", "f:1:1: the table has a list here; write a key"},
    {"a key twice", "type: a\ntype: b\n", "f:2:1: key \"type\" is given twice; keep one"},
    {"a key that is missing", "time: {unit: s}\n", "f:1:1: key \"type\" is missing here; add it"},
    {"one in a section", "type: a\ntime: {}\n", "f:2:7: key \"unit\" is missing here"},
    {"one in a list", "type: a\nentries:\n- {name: b}\n- {size: b}\n",
     "f:4:3: key \"name\" is missing here"},
    {"nothing behind a key", "type:\n", "f:1:6: a text of 0 bytes; give 1 to 8"},
    {"a text too long", "type: \"123456789\"\n", "f:1:7: a text of 9 bytes; give 1 to 8"},
    {"keys for a text", "type: {a: b}\n",
     "f:1:7: the table has keys with values here; write one value"},
    {"a text for keys", "type: a\ntime: s\n",
     "f:2:7: the table has one value here; write keys with values, like `unit: ..`"},
    {"a text for a list", "type: a\nentries: b\n",
     "f:2:10: the table has one value here; write a list: `- ` before each entry"},
    {"nothing for a list", "type: a\nentries:\n", "f:2:9: the table has nothing here; write a"},
    {"a list too short", "type: a\nentries: []\n", "f:2:10: a list of 0 entries; give 1 to 2"},
    {"a list too long", "type: a\nentries: [{name: a}, {name: b}, {name: c}]\n",
     "f:2:10: a list of 3 entries; give 1 to 2"},
    {"a text for an entry", "type: a\nentries: [b]\n", "f:2:11: the table has one value here"},
};

START_TEST(what_is_wrong_has_a_place)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct err err = {.code = ERR_NONE};
        int result = yaml_check_text("f", "table", str_of(texts[i].text), &outer_schema, &err);
        ck_assert_msg((result == 0) == (texts[i].said == NULL), "%s: %s", texts[i].name, err.text);
        ck_assert_msg(result == 0 || strncmp(err.text, texts[i].said, strlen(texts[i].said)) == 0,
                      "%s: %s", texts[i].name, err.text);
        ck_assert_int_eq(err.code, result == 0 ? ERR_NONE : ERR_USAGE);
    }
}
END_TEST

START_TEST(what_may_say_nothing)
{
    static const char *const empty[] = {"", "\n", "# a\n", "---\n"};
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        struct err err = {.code = ERR_NONE};
        ck_assert_msg(yaml_check_text("f", "table", str_of(empty[i]), &optional_schema, &err) == 0,
                      "%zu: %s", i, err.text);
    }
}
END_TEST

START_TEST(values_are_found)
{
    static const char text[] = "type: a\n"
                               "entries:\n"
                               "  - {name: b, size: c}\n"
                               "  - name: d\n"
                               "time:\n"
                               "  unit: 'é' # e\n";
    static const struct {
        const char *key;
        size_t line, column;
    } rows[] = {
        {"", 1, 1},
        {"type", 1, 7},
        {"entries", 3, 3},
        {"entries[0]", 3, 5},
        {"entries[0].size", 3, 21},
        {"entries[1].name", 4, 11},
        {"time.unit", 6, 9},
        {"entries[1].size", 4, 5}, /* the entry that has none */
        {"entries[2].size", 3, 3}, /* the list that has none */
        {"type.unit", 1, 7},
        {"time[0]", 6, 3},
        {"nothing", 1, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct yaml_place place = yaml_check_find(str_of(text), rows[i].key);
        ck_assert_msg(place.line == rows[i].line && place.column == rows[i].column, "%s: %zu:%zu",
                      rows[i].key, place.line, place.column);
    }
    ck_assert_uint_eq(yaml_check_find(STR("- {name: a}\n- {name: b}\n"), "[1].name").line, 2);
    ck_assert_uint_eq(yaml_check_find(STR("a: [\n"), "a").line, 1);
    ck_assert_uint_eq(yaml_check_find(STR(""), "a").column, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("yaml_check");
    TCase *tests = tcase_create("yaml_check");
    tcase_add_test(tests, what_is_wrong_has_a_place);
    tcase_add_test(tests, what_may_say_nothing);
    tcase_add_test(tests, values_are_found);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
