/* test_cases.c - cases are played, and one that fails says what happened instead. */
#include "rules/cases.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define TYPOLOGY "typology t for account tiers low 20 medium 40 closes after 24h\n"
#define LARGE                                                   \
    TYPOLOGY "rule large of t for payer on transaction\n"       \
             "  when amount >= 100.00 CNY\n"                    \
             "  unless \"at the counter\" channel == counter\n" \
             "  score 50 for 24h\n"

static void run_text(const char *text, struct case_report *report)
{
    struct compiled pack;
    struct settings settings;
    struct err err = {.code = ERR_NONE};
    struct buf said = {0};
    settings_defaults(&settings);
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), str_of(text), &err), 0);
    diag_render(&said, &pack.diags, &pack.source);
    ck_assert_msg(pack.program != NULL, "%s", buf_text(&said));
    cases_run(&pack, &settings, report);
    buf_fini(&said);
    compile_fini(&pack);
}

START_TEST(reports)
{
    static const struct {
        const char *name, *text;
        uint32_t passed, failed, without_fires;
        const char *report;
    } rows[] = {
        {"all pass",
         LARGE "  fires { +0m transaction from A to B amount 100.00 CNY }\n"
               "  quiet { +0m transaction from A to B amount 99.99 CNY }\n"
               "ordinary { +0m transaction from A to B amount 99.99 CNY }\n",
         3, 0, 0, ""},
        {"no case", LARGE, 0, 0, 1, ""},
        {"does not fire",
         LARGE "  fires \"a fen less\" { +0m transaction from A to B amount 99.99 CNY }\n", 0, 1, 0,
         "t.rule:6:3: case failed: rule large must fire and did not\n  fires \"a fen less\"\n"
         "  no rule fired, and none was held back by an `unless`\n"},
        {"is held back",
         LARGE "  fires { +0m transaction from A to B amount 100.00 CNY channel counter }\n", 0, 1,
         0,
         "t.rule:6:3: case failed: rule large must fire and did not\n  fires\n  what happened:\n"
         "    2025-03-03T10:00:00.000+08:00 payer: fired [], held back [{\"rule\":\"large\","
         "\"unless\":\"at the counter\"}]\n"},
        {"fires",
         LARGE "  quiet \"one too many\" {\n"
               "    +0m transaction from A to B amount 99.99 CNY\n"
               "    +1m transaction from A to B amount 100.00 CNY\n  }\n",
         0, 1, 1,
         "t.rule:6:3: case failed: rule large must stay quiet and fired\n  quiet \"one too "
         "many\"\n  what happened:\n"
         "    2025-03-03T10:01:00.000+08:00 payer: fired [\"large\"]\n"
         "    2025-03-03T10:01:00.000+08:00 a warning: t, medium\n"},
        {"people who are not ordinary",
         LARGE "ordinary \"A\" { +0m transaction from A to B amount 100.00 CNY }\n", 0, 1, 1,
         "t.rule:6:1: case failed: these people are ordinary, and a warning was opened\n"
         "  ordinary \"A\"\n  what happened:\n"
         "    2025-03-03T10:00:00.000+08:00 payer: fired [\"large\"]\n"
         "    2025-03-03T10:00:00.000+08:00 a warning: t, medium\n"},
        {"another rule that fires does not help",
         LARGE "  fires { +0m transaction from A to B amount 100.00 CNY }\n"
               "rule larger for payer on transaction\n  when amount >= 200.00 CNY\n"
               "  fires { +0m transaction from A to B amount 100.00 CNY }\n",
         1, 1, 0,
         "t.rule:9:3: case failed: rule larger must fire and did not\n  fires\n  what happened:\n"
         "    2025-03-03T10:00:00.000+08:00 payer: fired [\"large\"]\n"
         "    2025-03-03T10:00:00.000+08:00 a warning: t, medium\n"},
        {"retired rules are not played",
         "retired rule r for payer on transaction when amount >= 1.00 CNY\n"
         "  fires { +0m transaction from A to B amount 0.50 CNY }\n",
         0, 0, 0, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct case_report report;
        run_text(rows[i].text, &report);
        ck_assert_msg(strcmp(buf_text(&report.text), rows[i].report) == 0, "%s:\n%s", rows[i].name,
                      buf_text(&report.text));
        ck_assert_msg(report.passed == rows[i].passed && report.failed == rows[i].failed &&
                          report.rules_without_fires == rows[i].without_fires,
                      "%s: %u passed, %u failed, %u without", rows[i].name, report.passed,
                      report.failed, report.rules_without_fires);
        cases_report_fini(&report);
    }
}
END_TEST

/* A name may begin like another one. */
START_TEST(names_are_compared_whole)
{
    struct case_report report;
    run_text(LARGE "rule lar for payer on transaction when amount >= 500.00 CNY\n"
                   "  quiet { +0m transaction from A to B amount 100.00 CNY }\n",
             &report);
    ck_assert_uint_eq(report.passed, 1);
    ck_assert_uint_eq(report.failed, 0);
    cases_report_fini(&report);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cases");
    TCase *tests = tcase_create("cases");
    tcase_add_test(tests, reports);
    tcase_add_test(tests, names_are_compared_whole);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
