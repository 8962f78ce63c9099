/* test_diff_table.c - firings, warnings and requests of two packs are the same, new, lost or
 * changed. */
#include "connectors/cli/diff_table.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct token token_of(uint8_t number)
{
    struct token token = {{0}};
    token.bytes[0] = number;
    return token;
}

static void say(struct diff_table *table, int side, enum output_kind kind, uint8_t key,
                const char *what, const char *json)
{
    struct output output = {.kind = kind,
                            .id = token_of(key),
                            .key = token_of(key),
                            .json = str_of(json),
                            .what = str_of(what)};
    diff_table_take(table, side, &output);
}

static void decide(struct diff_table *table, int side, uint8_t id, const char *fired)
{
    char json[256];
    (void)snprintf(
        json, sizeof json,
        "{\"id\":\"%02x\",\"time\":\"T%u\",\"event\":\"e%u\",\"role\":\"payee\",\"subject\":"
        "{\"mask\":\"62**\"},\"tier\":null,\"fired\":[%s]}",
        id, id, id, fired);
    say(table, side, OUTPUT_DECISION, id, "", json);
}

static void warn(struct diff_table *table, int side, uint8_t subject, const char *tier)
{
    char json[256];
    (void)snprintf(
        json, sizeof json,
        "{\"id\":\"w%u\",\"time\":\"T\",\"tier\":\"%s\",\"typology\":\"诈骗\",\"subject\":{"
        "\"mask\":\"12**\"}}",
        subject, tier);
    say(table, side, OUTPUT_WARNING, subject, tier, json);
}

static char *text_of(const struct diff_table *table)
{
    struct buf out = {0};
    diff_table_text(table, &out);
    char *copy = strdup(strchr(buf_text(&out), '\n') + 1); /* behind the heads */
    buf_fini(&out);
    return copy;
}

START_TEST(same_is_no_difference)
{
    struct diff_table *table = diff_table_new();
    for (int side = 0; side < 2; side++) {
        decide(table, side, 1, "\"a\",\"b\"");
        warn(table, side, 7, "high");
        say(table, side, OUTPUT_STOP, 7, "delay", "{\"id\":\"s\"}");
        say(table, side, OUTPUT_RECEIPT, (uint8_t)side, "", "{}");
    }
    diff_table_settle(table);
    ck_assert(!diff_table_differs(table));
    char *text = text_of(table);
    ck_assert_str_eq(text, "rule     a              1          1        0        0        0\n"
                           "rule     b              1          1        0        0        0\n"
                           "warning  诈骗           1          1        0        0        0\n"
                           "request  delay          1          1        0        0        0\n");
    free(text);
    diff_table_free(table);
}
END_TEST

START_TEST(new_lost_and_changed)
{
    struct diff_table *table = diff_table_new();
    decide(table, 0, 1, "\"a\",\"b\"");
    decide(table, 1, 1, "\"b\",\"c\"");
    warn(table, 0, 7, "low");
    warn(table, 1, 7, "high");
    diff_table_settle(table);
    /* The same output at another event is another one. */
    say(table, 0, OUTPUT_ADVICE, 9, "stop",
        "{\"id\":\"x\",\"time\":\"T\",\"target\":{\"mask\":\"m\"}}");
    diff_table_settle(table);
    say(table, 1, OUTPUT_ADVICE, 9, "stop",
        "{\"id\":\"y\",\"time\":\"T\",\"target\":{\"mask\":\"m\"}}");
    diff_table_settle(table);
    ck_assert(diff_table_differs(table));
    char *text = text_of(table);
    ck_assert_str_eq(text, "rule     a             1          0        0        1        0\n"
                           "    lost     T1 e1 payee 62**  (01)\n"
                           "rule     b             1          1        0        0        0\n"
                           "rule     c             0          1        1        0        0\n"
                           "    new      T1 e1 payee 62**  (01)\n"
                           "warning  诈骗          1          1        0        0        1\n"
                           "    changed  T 12**, tier low now high  (w7)\n"
                           "advice   stop          1          1        1        1        0\n"
                           "    lost     T m  (x)\n"
                           "    new      T m  (y)\n");
    free(text);
    diff_table_free(table);
}
END_TEST

START_TEST(few_examples_of_each_change)
{
    struct diff_table *table = diff_table_new();
    struct buf out = {0};
    struct json_writer w = {.out = &out};
    for (uint8_t i = 0; i < 10; i++) {
        decide(table, i % 2, i, "\"a\"");
        diff_table_settle(table);
    }
    json_open(&w, NULL, '{');
    diff_table_json(table, &w);
    json_close(&w, '}');
    const char *at = buf_text(&out);
    size_t news = 0;
    size_t losts = 0;
    ck_assert_ptr_nonnull(
        strstr(at, "{\"rows\":[{\"kind\":\"rule\",\"name\":\"a\",\"first\":5,\"second\":5,"
                   "\"new\":5,\"lost\":5,\"changed\":0,\"examples\":[{\"change\":"
                   "\"lost\",\"time\":\"T0\",\"id\":\"00\",\"event\":\"e0\",\"role\":"
                   "\"payee\",\"mask\":\"62**\"},{"));
    for (const char *found = at; (found = strstr(found, "\"change\":\"new\"")) != NULL; found++) {
        news++;
    }
    for (const char *found = at; (found = strstr(found, "\"change\":\"lost\"")) != NULL; found++) {
        losts++;
    }
    ck_assert_uint_eq(news, 3);
    ck_assert_uint_eq(losts, 3);
    buf_fini(&out);
    diff_table_free(table);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("diff_table");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, same_is_no_difference);
    tcase_add_test(tests, new_lost_and_changed);
    tcase_add_test(tests, few_examples_of_each_change);
    suite_add_tcase(s, tests);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
