/* test_json_look.c - members of our outputs are found, and broken bytes have none. */
#include "connectors/cli/json_look.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct look {
    const char *json, *name, *value;
};

static const struct look looks[] = {
    {"{\"a\":1,\"b\":\"x\"}", "a", "1"},
    {"{\"a\":1,\"b\":\"x\"}", "b", "\"x\""},
    {"{\"a\":1,\"b\":\"x\"}", "c", ""},
    {"{\"a\":{\"b\":2},\"b\":3}", "b", "3"},
    {"{\"a\":{\"b\":[1,2]},\"c\":[{\"d\":4},5]}", "c", "[{\"d\":4},5]"},
    {"{\"a\":\"},\\\"b\\\":9\",\"b\":3}", "b", "3"},
    {"{\"a\":\"\\\"\",\"b\":3}", "b", "3"},
    {"{\"a\":null}", "a", "null"},
    {"{}", "a", ""},
    {"", "a", ""},
    {"[1]", "a", ""},
    {"{\"a", "a", ""},
    {"{\"a\"", "a", ""},
    {"{\"a\":", "a", ""},
    {"{\"a\":\"x\\", "a", "\"x\\"},
    {"{\"a\":}}}]],\"b\":1", "b", ""},
};

START_TEST(member)
{
    struct str json = str_of(looks[_i].json);
    char *exact = malloc(json.len > 0 ? json.len : 1); /* a byte read behind it is noticed */
    memcpy(exact, json.at, json.len);
    struct str value = json_look((struct str){exact, json.len}, looks[_i].name);
    ck_assert_msg(str_eq_text(value, looks[_i].value), "%s of %s: %.*s", looks[_i].name,
                  looks[_i].json, (int)value.len, value.at);
    free(exact);
}
END_TEST

START_TEST(items)
{
    static const char *const wanted[] = {"1", "\"a,b\"", "[2,3]", "{\"c\":4}"};
    struct str rest = STR("[1,\"a,b\",[2,3],{\"c\":4}]");
    struct str item;
    size_t count = 0;
    while (json_look_next(&rest, &item)) {
        ck_assert(str_eq_text(item, wanted[count++]));
    }
    ck_assert_uint_eq(count, 4);
    rest = STR("[]");
    ck_assert(!json_look_next(&rest, &item));
    rest = STR("null");
    ck_assert(!json_look_next(&rest, &item));
    ck_assert(str_eq_text(json_look_text(STR("{\"a\":\"x\"}"), "a"), "x"));
    ck_assert_uint_eq(json_look_text(STR("{\"a\":null}"), "a").len, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("json_look");
    TCase *tests = tcase_create("all");
    tcase_add_loop_test(tests, member, 0, (int)(sizeof looks / sizeof looks[0]));
    tcase_add_test(tests, items);
    suite_add_tcase(s, tests);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
