/* test_case_record.c - the lines of a case as the records that banks and carriers would have sent.
 */
#include "rules/case_record.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define RULE "rule r for payer on transaction when amount >= 1.00 CNY fires "

/* The records of the pack's case that are not given, a line each, without their ids. */
static void play(const char *text, bool given, struct buf *out)
{
    struct compiled pack;
    struct arena arena = {0};
    struct err err = {.code = ERR_NONE};
    struct buf said = {0};
    struct buf whole = {0};
    buf_add_text(&whole, "list bad of account\n" RULE);
    buf_add_text(&whole, text);
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), buf_str(&whole), &err), 0);
    diag_render(&said, &pack.diags, &pack.source);
    ck_assert_msg(pack.program != NULL, "%s", buf_text(&said));
    struct case_script script = case_script_make(&pack, pack.pack.rules->cases, &arena);
    buf_clear(out);
    for (size_t i = 0; i < script.record_count; i++) {
        if (script.records[i].given == given) {
            buf_add_str(out, script.records[i].json);
            buf_add_char(out, '\n');
        }
        ck_assert(i == 0 || script.records[i - 1].given || !script.records[i].given);
    }
    buf_fini(&said);
    buf_fini(&whole);
    arena_fini(&arena);
    compile_fini(&pack);
}

#define A "12000000001"
#define B "12000000002"
#define A_ACCOUNT "{\"account\":\"6222000000000000001\"}"
#define B_ACCOUNT "{\"account\":\"6222000000000000002\"}"
#define TEN "1740967200000" /* 2025-03-03T10:00:00+08:00 */

START_TEST(events)
{
    static const struct {
        const char *name, *text, *records;
    } rows[] = {
        {"a payment", "{ +0m transaction from A to B amount 1.50 CNY }",
         "{\"type\":\"transaction\",\"id\":\"case-1\",\"time\":" TEN ",\"phase\":\"initiated\","
         "\"payer\":" A_ACCOUNT ",\"payee\":" B_ACCOUNT ",\"amount\":\"1.50\",\"currency\":"
         "\"CNY\"}\n"},
        {"cash, posted", "{ +1s settlement from A amount 1.00 CNY purpose cash }",
         "{\"type\":\"transaction\",\"id\":\"case-1\",\"time\":1740967201000,\"phase\":\"posted\","
         "\"payer\":" A_ACCOUNT ",\"amount\":\"1.00\",\"currency\":\"CNY\",\"purpose\":"
         "\"cash\"}\n"},
        {"a call is its start and its end", "{ +0m call from A to B duration 1m }",
         "{\"type\":\"call\",\"id\":\"case-1\",\"time\":" TEN ",\"phase\":\"start\",\"caller\":\"" A
         "\",\"callee\":\"" B "\"}\n"
         "{\"type\":\"call\",\"id\":\"case-1\",\"time\":1740967260000,\"phase\":\"end\",\"caller\":"
         "\"" A "\",\"callee\":\"" B "\",\"duration_ms\":60000,\"answered\":true}\n"},
        {"of 0 s: nobody answered", "{ +0m call_end from A to B duration 0s }",
         "{\"type\":\"call\",\"id\":\"case-1\",\"time\":" TEN ",\"phase\":\"end\",\"caller\":\"" A
         "\",\"callee\":\"" B "\",\"duration_ms\":0,\"answered\":false}\n"},
        {"unless it is said", "{ +0m call_end from A to B duration 1m answered no }",
         "{\"type\":\"call\",\"id\":\"case-1\",\"time\":1740967260000,\"phase\":\"end\",\"caller\":"
         "\"" A "\",\"callee\":\"" B "\",\"duration_ms\":60000,\"answered\":false}\n"},
        {"a hidden caller", "{ +0m call_start from A to B caller.kind hidden }",
         "{\"type\":\"call\",\"id\":\"case-1\",\"time\":" TEN ",\"phase\":\"start\",\"caller\":"
         "null,\"callee\":\"" B "\"}\n"},
        {"late calls are one record, after what came before them",
         "{ +0m call from A to B duration 1m arrives +5m +2m call_start from A to B }",
         "{\"type\":\"call\",\"id\":\"case-2\",\"time\":1740967320000,\"phase\":\"start\","
         "\"caller\":\"" A "\",\"callee\":\"" B "\"}\n"
         "{\"type\":\"call\",\"id\":\"case-1\",\"time\":" TEN
         ",\"phase\":\"record\",\"caller\":\"" A "\",\"callee\":\"" B
         "\",\"duration_ms\":60000,\"answered\":true}\n"},
        {"strangers are new each time", "{ +0m call_start from A to anyone every 1s 2 times }",
         "{\"type\":\"call\",\"id\":\"case-1\",\"time\":" TEN ",\"phase\":\"start\",\"caller\":\"" A
         "\",\"callee\":\"12000000002\"}\n"
         "{\"type\":\"call\",\"id\":\"case-2\",\"time\":1740967201000,\"phase\":\"start\","
         "\"caller\":\"" A "\",\"callee\":\"12000000003\"}\n"},
        {"another day and hour", "at 2026-05-04 23:30 { -1d call_start from A to B }",
         "{\"type\":\"call\",\"id\":\"case-1\",\"time\":1777822200000,\"phase\":\"start\","
         "\"caller\":\"" A "\",\"callee\":\"" B "\"}\n"},
    };
    struct buf got = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        play(rows[i].text, false, &got);
        ck_assert_msg(strcmp(buf_text(&got), rows[i].records) == 0, "%s:\n%s\n%s", rows[i].name,
                      buf_text(&got), rows[i].records);
    }
    buf_fini(&got);
}
END_TEST

START_TEST(what_is_known_before)
{
    static const struct {
        const char *name, *text, *part;
    } rows[] = {
        {"who holds the number", "{ +0m call_start from A to B }",
         "\"number\":\"" A "\",\"person\":\"A\"}"},
        {"a further one of the same holder", "{ +0m transaction from A to A.b amount 1.00 CNY }",
         "\"account\":\"6222000000000000002\",\"person\":\"A\"}"},
        {"numbers are mobile", "{ +0m call_start from A to B }",
         "\"number\":\"" A "\",\"kind\":\"mobile\"}"},
        {"a kind holds for the whole case",
         "{ +0m call_start from A to B +1m call_start from A to B caller.kind intl }",
         "\"number\":\"" A "\",\"kind\":\"intl\"}"},
        {"accounts are personal", "{ +0m call_start from A to B }",
         "\"account\":\"6222000000000000001\",\"kind\":\"personal\"}"},
        {"an account's kind", "{ given A kind merchant +0m call_start from A to B }",
         "\"account\":\"6222000000000000001\",\"kind\":\"merchant\"}"},
        {"opened", "{ given A opened -1s +0m call_start from A to B }",
         "\"account\":\"6222000000000000001\",\"opened\":1740967199000}"},
        {"age", "{ given A age 75 +0m call_start from A to B }",
         "\"person\":\"A\",\"birth_year\":1950}"},
        {"vulnerable", "{ given A vulnerable yes +0m call_start from A to B }",
         "\"person\":\"A\",\"vulnerable\":true}"},
        {"class", "{ given A class ii +0m call_start from A to B }",
         "\"account\":\"6222000000000000001\",\"class\":\"ii\"}"},
        {"region", "{ given A region 330502 +0m call_start from A to B }",
         "\"person\":\"A\",\"region\":\"330502\"}"},
        {"a list", "{ given A in bad +0m call_start from A to B }",
         "\"list\":\"bad\",\"entity\":\"account:6222000000000000001\",\"action\":\"add\"}"},
    };
    struct buf got = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        play(rows[i].text, true, &got);
        ck_assert_msg(strstr(buf_text(&got), rows[i].part) != NULL, "%s:\n%s", rows[i].name,
                      buf_text(&got));
    }
    buf_fini(&got);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("case_record");
    TCase *tests = tcase_create("case_record");
    tcase_add_test(tests, events);
    tcase_add_test(tests, what_is_known_before);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
