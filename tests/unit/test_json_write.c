/* test_json_write.c - what is written, byte for byte, and that our own decoder reads it back. */
#include "connectors/cli/prng.h"
#include "engine/base/json_write.h"
#include "engine/ingest/json.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct quote_row {
    const char *name;
    struct str text;
    const char *expected;
};

static const struct quote_row quotes[] = {
    {"nothing", {NULL, 0}, "\"\""},
    {"plain", {"abc", 3}, "\"abc\""},
    {"quote and backslash", {"a\"b\\c", 5}, "\"a\\\"b\\\\c\""},
    {"a slash stays", {"a/b", 3}, "\"a/b\""},
    {"line end and tab", {"a\nb\tc", 5}, "\"a\\nb\\tc\""},
    {"other control characters by number", {"\r\b\f\x1f", 4}, "\"\\u000d\\u0008\\u000c\\u001f\""},
    {"NUL ends nothing", {"a\0b", 3}, "\"a\\u0000b\""},
    {"the last before the blank and the blank", {"\x1f ", 2}, "\"\\u001f \""},
    {"DEL is no control character to JSON", {"\x7f", 1}, "\"\x7f\""},
    {"Chinese and beyond stay", {"冒😀", 7}, "\"冒😀\""},
    {"escapes side by side", {"\"\"\n", 3}, "\"\\\"\\\"\\n\""},
};

START_TEST(texts_are_quoted)
{
    struct buf out = {0};
    for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++) {
        buf_clear(&out);
        json_quote(&out, quotes[i].text);
        ck_assert_msg(strcmp(buf_text(&out), quotes[i].expected) == 0, "%s: %s", quotes[i].name,
                      buf_text(&out));
    }
    buf_fini(&out);
}
END_TEST

START_TEST(members_commas_and_brackets)
{
    static const struct token token = {{0xab, 0, 0xff}};
    struct buf out = {0};
    struct json_writer w = {&out, false};
    json_open(&w, NULL, '{');
    json_text(&w, "type", STR("warning"));
    json_open(&w, "empty", '{');
    json_close(&w, '}');
    json_open(&w, "reasons", '[');
    json_open(&w, NULL, '{');
    json_int(&w, "points", INT64_MIN);
    json_close(&w, '}');
    json_open(&w, NULL, '[');
    json_close(&w, ']');
    json_bool(&w, NULL, true);
    json_null(&w, NULL);
    json_raw(&w, NULL, STR("{\"a\":[1]}"));
    json_close(&w, ']');
    json_bool(&w, "vulnerable", false);
    json_null(&w, "a\"b");
    json_token(&w, "token", &token);
    json_time(&w, "time", INT64_C(1772416800120));
    json_money(&w, "amount", 7000000);
    json_int(&w, "number", INT64_MAX);
    json_close(&w, '}');
    ck_assert_str_eq(
        buf_text(&out),
        "{\"type\":\"warning\",\"empty\":{},\"reasons\":[{\"points\":"
        "-9223372036854775808},[],true,null,{\"a\":[1]}],\"vulnerable\":false,\"a\\\"b\":null,"
        "\"token\":\"ab00ff00000000000000000000000000\","
        "\"time\":\"2026-03-02T10:00:00.120+08:00\",\"amount\":\"70000.00\","
        "\"number\":9223372036854775807}");
    buf_fini(&out);
}
END_TEST

struct money_row {
    const char *name;
    int64_t minor;
    const char *expected;
};

static const struct money_row moneys[] = {
    {"nothing", 0, "\"0.00\""},
    {"below ten units", 7, "\"0.07\""},
    {"below one whole", 99, "\"0.99\""},
    {"one whole", 100, "\"1.00\""},
    {"negative below one whole", -7, "\"-0.07\""},
    {"negative", -12345, "\"-123.45\""},
    {"the largest", INT64_MAX, "\"92233720368547758.07\""},
    {"the smallest", INT64_MIN, "\"-92233720368547758.08\""},
};

START_TEST(money_has_two_decimals)
{
    struct buf out = {0};
    for (size_t i = 0; i < sizeof moneys / sizeof moneys[0]; i++) {
        struct json_writer w = {&out, false};
        buf_clear(&out);
        json_money(&w, NULL, moneys[i].minor);
        ck_assert_msg(strcmp(buf_text(&out), moneys[i].expected) == 0, "%s: %s", moneys[i].name,
                      buf_text(&out));
    }
    buf_fini(&out);
}
END_TEST

static void add_character(struct buf *text, struct prng *rng)
{
    static const char *const others[] = {"é", "冒", "😀", "\"", "\\", "/", "\xf4\x8f\xbf\xbf"};
    uint32_t which = prng_below(rng, 10);
    if (which < 7) {
        buf_add_text(text, others[which]);
    } else {
        buf_add_char(text, (char)prng_below(rng, 128));
    }
}

START_TEST(what_is_written_is_read_back)
{
    static struct json_doc doc;
    static char scratch[4096];
    struct prng rng = prng_seed(4, "texts");
    struct buf text = {0};
    struct buf out = {0};
    for (int i = 0; i < 20000; i++) {
        struct json_writer w = {&out, false};
        struct refusal why;
        buf_clear(&text);
        buf_clear(&out);
        for (uint32_t count = prng_below(&rng, 40); count > 0; count--) {
            add_character(&text, &rng);
        }
        json_open(&w, NULL, '{');
        json_text(&w, buf_text(&text), buf_str(&text));
        json_close(&w, '}');
        ck_assert_int_eq(json_decode(&doc, buf_str(&out), scratch, &why), 0);
        ck_assert_uint_eq(doc.count, 1);
        ck_assert(str_eq(doc.members[0].value, buf_str(&text)));
        ck_assert(str_eq_text(doc.members[0].name, buf_text(&text)));
    }
    buf_fini(&text);
    buf_fini(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("json_write");
    TCase *t = tcase_create("json_write");
    tcase_add_test(t, texts_are_quoted);
    tcase_add_test(t, members_commas_and_brackets);
    tcase_add_test(t, money_has_two_decimals);
    tcase_add_test(t, what_is_written_is_read_back);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    SRunner *runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
