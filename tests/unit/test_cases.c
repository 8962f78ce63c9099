/* test_cases.c - cases hold or fail as their rule does, and a failure says what happened. */
#include "rules/cases.h"
#include "rules/check.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `big` fires from 100.00 CNY on but for salaries; `huge` from 1,000.00 CNY on, and warns. */
static const char rules[] = "typology t \"试\" for person tiers low 20 medium 40 closes after 1h\n"
                            "rule big for payer.person on transaction when amount >= 100.00 CNY\n"
                            "    unless \"wages\" purpose == salary\n"
                            "    advise reverify payer\n";
static const char huge[] =
    "rule huge of t for payer.person on transaction when amount >= 1_000.00 CNY score 30 for 1h\n";

static struct case_report run_text(const char *text)
{
    struct compiled pack;
    struct settings settings;
    struct case_report report;
    struct buf shown = {0};
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), str_of(text), NULL), 0);
    diag_render(&shown, &pack.diags, &pack.source);
    ck_assert_msg(pack.program != NULL, "%s", buf_text(&shown));
    settings_defaults(&settings);
    cases_run(&pack, &settings, &report);
    buf_fini(&shown);
    compile_fini(&pack);
    return report;
}

struct row {
    const char *name, *of_big, *of_huge, *behind; /* cases of the rules, and what follows them */
    uint32_t passed, failed, rules_without_fires;
    const char *text;
};

static const struct row rows[] = {
    {"fires and is quiet", "fires { +0m transaction from P amount 100.00 CNY }",
     "fires { +0m transaction from P amount 1_000.00 CNY }\n"
     "quiet { +0m transaction from P amount 999.99 CNY }",
     "", 3, 0, 0, ""},
    {"a rule that no case shows firing", "quiet { +0m transaction from P amount 1.00 CNY }", "", "",
     1, 0, 2, ""},
    {"fires and does not", "fires \"almost\" { +0m transaction from P amount 99.99 CNY }",
     "fires { +0m transaction from P amount 1_000.00 CNY }", "", 1, 1, 0,
     "t.rule:5:1: case failed: rule big must fire and did not\n"
     "  fires \"almost\"\n"
     "  no rule fired, and none was held back by an `unless`\n"},
    {"is held back and should fire",
     "fires { +0m transaction from P amount 100.00 CNY purpose salary }",
     "fires { +0m transaction from P amount 1_000.00 CNY }", "", 1, 1, 0,
     "t.rule:5:1: case failed: rule big must fire and did not\n"
     "  fires\n"
     "  what happened:\n"
     "    2025-03-03T10:00:00.000+08:00 payer.person: fired [], held back "
     "[{\"rule\":\"big\",\"unless\":\"wages\"}]\n"},
    {"should be quiet and fires, once of three times",
     "fires { +0m transaction from P amount 100.00 CNY }\n"
     "quiet \"a small one\" at 2025-03-08 12:30 {\n"
     "    +0m transaction from P amount 99.99 CNY\n"
     "    +1m transaction from P amount 100.00 CNY\n"
     "    +2m transaction from P amount 99.99 CNY }",
     "fires { +0m transaction from P amount 1_000.00 CNY }", "", 2, 1, 0,
     "t.rule:6:1: case failed: rule big must stay quiet and fired\n"
     "  quiet \"a small one\"\n"
     "  what happened:\n"
     "    2025-03-08T12:31:00.000+08:00 payer.person: fired [\"big\"]\n"},
    {"another rule may fire in a quiet case, and its firing does not count",
     "fires { +0m transaction from P amount 100.00 CNY }",
     "fires { +0m transaction from P amount 500.00 CNY }\n"
     "quiet { +0m transaction from P amount 500.00 CNY }",
     "", 2, 1, 0,
     "t.rule:7:1: case failed: rule huge must fire and did not\n"
     "  fires\n"
     "  what happened:\n"
     "    2025-03-03T10:00:00.000+08:00 payer.person: fired [\"big\"]\n"},
    {"each case begins with nothing, and the next case does not see the one before",
     "fires { +0m transaction from P amount 100.00 CNY }\n"
     "quiet { +0m transaction from P amount 1.00 CNY }\n"
     "fires { +0m transaction from P amount 100.00 CNY }",
     "fires { +0m transaction from P amount 1_000.00 CNY }", "", 4, 0, 0, ""},
    {"ordinary people may make a rule fire that does not warn",
     "fires { +0m transaction from P amount 100.00 CNY }",
     "fires { +0m transaction from P amount 1_000.00 CNY }",
     "ordinary \"rent\" { +0m transaction from P amount 900.00 CNY }", 3, 0, 0, ""},
    {"ordinary people are warned", "fires { +0m transaction from P amount 100.00 CNY }",
     "fires { +0m transaction from P amount 1_000.00 CNY }",
     "ordinary \"a car\" { +0m transaction from P amount 9_000.00 CNY }", 2, 1, 0,
     "t.rule:8:1: case failed: these people are ordinary, and a warning was opened\n"
     "  ordinary \"a car\"\n"
     "  what happened:\n"
     "    2025-03-03T10:00:00.000+08:00 a warning: t, low\n"
     "    2025-03-03T10:00:00.000+08:00 payer.person: fired [\"big\",\"huge\"]\n"},
    {"a person has said that nothing is to be done",
     "fires \"of another account\" {\n"
     "    +0m override person P other.account X.b lasts 1h\n"
     "    +5m override person P other.account Y lasts 1h\n"
     "    +9m transaction from P to X amount 100.00 CNY }\n"
     "fires \"no longer\" {\n"
     "    +0m override person P other.person X lasts 9m\n"
     "    +0m override person P other.account X lasts 7d\n"
     "    +5m override person P other.account X lasts 0s\n"
     "    +9m transaction from P to X amount 100.00 CNY }\n"
     "quiet \"about an account\" {\n"
     "    +0m override person P other.account X lasts 10m\n"
     "    +9m transaction from P to X amount 100.00 CNY }\n"
     "quiet \"about a person\" {\n"
     "    +0m override person P other.person X lasts 10m\n"
     "    +9m transaction from P to X.b amount 100.00 CNY }\n",
     "fires { +0m transaction from P amount 1_000.00 CNY }", "", 5, 0, 0, ""},
    {"who was held back or fired in the shadow is no news about ordinary people",
     "fires { +0m transaction from P amount 100.00 CNY }",
     "fires { +0m transaction from P amount 1_000.00 CNY }",
     "shadow rule dim of t for payer.person on transaction when amount >= 1.00 CNY score 20 for 1h\n"
     "fires { +0m transaction from P amount 1.00 CNY }\n"
     "ordinary {\n"
     "    +0m transaction from P amount 100.00 CNY purpose salary every 1m 30 times\n"
     "    +40m transaction from P amount 9_000.00 CNY }",
     3, 1, 0,
     "t.rule:10:1: case failed: these people are ordinary, and a warning was opened\n"
     "  ordinary\n"
     "  what happened:\n"
     "    2025-03-03T10:40:00.000+08:00 a warning: t, low\n"
     "    2025-03-03T10:40:00.000+08:00 payer.person: fired [\"big\",\"huge\"]\n"},
};

/* A story of 23 lines is told to the twentieth. */
START_TEST(long_stories_end)
{
    struct buf text = {0};
    buf_add_format(
        &text, "%s%s\n%s%s\n", rules,
        "fires { +0m transaction from P amount 99.99 CNY\n"
        "        +0m transaction from P amount 500.00 CNY purpose salary every 1m 23 times }",
        huge, "fires { +0m transaction from P amount 1_000.00 CNY }");
    struct case_report report = run_text(buf_text(&text));
    ck_assert_uint_eq(report.failed, 1);
    const char *end = "10:19:00.000+08:00 payer.person: fired [], held back "
                      "[{\"rule\":\"big\",\"unless\":\"wages\"}]\n"
                      "    and 3 lines more\n";
    ck_assert_msg(strstr(buf_text(&report.text), end) != NULL, "%s", buf_text(&report.text));
    cases_report_fini(&report);
    buf_fini(&text);
}
END_TEST

/* On a page where nothing has happened but what the directory said, no line of points is over. */
START_TEST(directory_records_add_points)
{
    static const char pack[] =
        "typology t for person tiers low 20 closes after 1h\n"
        "rule one of t for person on person when hour >= 0 score 45 for 1h\n"
        "    fires { +0m person person P vulnerable yes }\n"
        "rule two of t for person on person when hour >= 0 score 45 for 1h\n"
        "    fires { +0m person person P vulnerable yes }\n"
        "rule both for person on person when points(t) == 90 watch subject for 1h\n"
        "    fires {\n"
        "        +0m person person P vulnerable yes\n"
        "        +1m person person P vulnerable no\n"
        "    }\n";
    struct case_report report = run_text(pack);
    ck_assert_msg(report.passed == 3 && report.failed == 0, "%s", buf_text(&report.text));
    cases_report_fini(&report);
}
END_TEST

START_TEST(reports)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf text = {0};
        buf_add_format(&text, "%s%s\n%s%s\n%s\n", rules, rows[i].of_big, huge, rows[i].of_huge,
                       rows[i].behind);
        struct case_report report = run_text(buf_text(&text));
        ck_assert_msg(str_eq_text(buf_str(&report.text), rows[i].text), "%s: says\n%s, not\n%s",
                      rows[i].name, buf_text(&report.text), rows[i].text);
        ck_assert_msg(report.passed == rows[i].passed && report.failed == rows[i].failed &&
                          report.rules_without_fires == rows[i].rules_without_fires,
                      "%s: %u passed, %u failed, %u rules without fires", rows[i].name,
                      report.passed, report.failed, report.rules_without_fires);
        cases_report_fini(&report);
        buf_fini(&text);
    }
}
END_TEST

/* ---- guards that no case needs ---- */

struct guard_row {
    const char *name, *guards,
        *behind; /* of a rule that fires from 100.00 CNY on, and what follows it */
    const char *shown;
};

static const struct guard_row guard_rows[] = {
    {"a quiet case needs it", "unless purpose == salary",
     "quiet { +0m transaction from P amount 100.00 CNY purpose salary }", ""},
    {"no case at all", "unless purpose == salary", "",
     "t.rule:4:1: warning: no case needs this `unless`: all pass without it\n"
     "    4 | unless purpose == salary\n"
     "      | ^^^^^^\n"
     "   hint: add a `quiet` case that would fire without it, or leave it out\n"},
    {"a case that is quiet without it", "unless purpose == salary",
     "quiet { +0m transaction from P amount 99.00 CNY purpose salary }",
     "t.rule:4:1: warning: no case needs this `unless`: all pass without it\n"
     "    4 | unless purpose == salary\n"
     "      | ^^^^^^\n"
     "   hint: add a `quiet` case that would fire without it, or leave it out\n"},
    {"two that hold the same case", "unless purpose == salary unless \"twice\" purpose != cash",
     "quiet { +0m transaction from P amount 100.00 CNY purpose salary }",
     "t.rule:4:1: warning: no case needs this `unless`: all pass without it\n"
     "    4 | unless purpose == salary unless \"twice\" purpose != cash\n"
     "      | ^^^^^^\n"
     "   hint: add a `quiet` case that would fire without it, or leave it out\n"
     "t.rule:4:26: warning: no case needs this `unless`: all pass without it\n"
     "    4 | unless purpose == salary unless \"twice\" purpose != cash\n"
     "      |                          ^^^^^^\n"
     "   hint: add a `quiet` case that would fire without it, or leave it out\n"},
    {"two that hold a case each", "unless purpose == salary unless \"gold\" purpose == gold",
     "quiet { +0m transaction from P amount 100.00 CNY purpose salary }\n"
     "quiet { +0m transaction from P amount 100.00 CNY purpose gold }",
     ""},
    {"ordinary people need it", "unless purpose == salary",
     "\nordinary { +0m transaction from P amount 100.00 CNY "
     "purpose salary }",
     ""},
    {"the quiet case of another rule does not", "unless purpose == salary",
     "rule s for payer.person on transaction when amount >= 200.00 CNY advise reverify payer\n"
     "quiet { +0m transaction from P amount 100.00 CNY purpose salary }",
     "t.rule:4:1: warning: no case needs this `unless`: all pass without it\n"
     "    4 | unless purpose == salary\n"
     "      | ^^^^^^\n"
     "   hint: add a `quiet` case that would fire without it, or leave it out\n"},
};

START_TEST(needless_guards)
{
    const struct guard_row *row = &guard_rows[_i];
    struct compiled pack;
    struct settings settings;
    struct case_report report;
    struct diag_list diags = {0};
    struct buf shown = {0};
    struct buf text = {0};
    buf_add_format(&text,
                   "typology t for person tiers low 20 closes after 1h\n\n"
                   "rule r of t for payer.person on transaction when amount >= 100.00 CNY\n%s\n"
                   "score 20 for 1h\n%s\n",
                   row->guards, row->behind);
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), buf_str(&text), NULL), 0);
    ck_assert_ptr_nonnull(pack.program);
    settings_defaults(&settings);
    cases_run(&pack, &settings, &report);
    ck_assert_msg(report.failed == 0, "%s", buf_text(&report.text));
    cases_find_needless(&pack, &settings, &report, &diags);
    diag_render(&shown, &diags, &pack.source);
    ck_assert_msg(str_eq_text(buf_str(&shown), row->shown), "%s: %s", row->name, buf_text(&shown));
    ck_assert_uint_eq(pack.program->rules[0].guard_count, pack.checked->rules[0].guard_count);
    cases_report_fini(&report);
    diag_fini(&diags);
    compile_fini(&pack);
    buf_fini(&shown);
    buf_fini(&text);
}
END_TEST

/* Rules that are not run have no cases to hold. */
START_TEST(only_live_rules_are_tried)
{
    struct case_report report =
        run_text("retired rule r for payer on transaction when amount >= 1.00 CNY\n"
                 "    advise reverify payer\n"
                 "    fires { +0m transaction from P amount 0.50 CNY }\n"
                 "rule s for payer on transaction when amount >= 1.00 CNY\n"
                 "    advise reverify payer\n"
                 "    fires { +0m transaction from P amount 1.00 CNY }\n");
    ck_assert_uint_eq(report.passed, 1);
    ck_assert_uint_eq(report.failed, 0);
    ck_assert_uint_eq(report.rules_without_fires, 0);
    cases_report_fini(&report);
}
END_TEST

/* A shadow rule and a draft are tried as what they would be: their firings are seen, and nothing
 * else. */
START_TEST(shadow_rules_and_drafts_are_tried)
{
    struct case_report report =
        run_text("typology t \"t\" for person tiers low 20 closes after 1h\n"
                 "shadow rule r of t for payer.person on transaction when amount >= 1.00 CNY\n"
                 "    score 90 for 1h\n"
                 "    fires { +0m transaction from P amount 1.00 CNY }\n"
                 "    quiet { +0m transaction from P amount 0.50 CNY }\n"
                 "draft rule s of t for payer.person on transaction when amount >= 2.00 CNY\n"
                 "    score 90 for 1h\n"
                 "    fires { +0m transaction from P amount 2.00 CNY }\n"
                 "    fires { +0m transaction from P amount 1.50 CNY }\n"
                 "ordinary { +0m transaction from P amount 9.00 CNY }\n");
    ck_assert_str_eq(buf_text(&report.text),
                     "t.rule:9:5: case failed: rule s must fire and did not\n"
                     "  fires\n"
                     "  what happened:\n"
                     "    2025-03-03T10:00:00.000+08:00 payer.person: fired in the shadow r\n");
    ck_assert_uint_eq(report.passed, 4);
    ck_assert_uint_eq(report.failed, 1);
    ck_assert_uint_eq(report.rules_without_fires, 0);
    cases_report_fini(&report);
}
END_TEST

/* A mark that is given is on the number and the account, and on who holds them. */
START_TEST(marks_may_be_given)
{
    struct case_report report =
        run_text("rule a for payer on transaction when amount >= 900.00 CNY\n"
                 "    mark payee suspect level 2 for 1h\n"
                 "    fires { +0m transaction from P to X amount 900.00 CNY }\n"
                 "rule b for payee on transaction when subject marked suspect level <= 2\n"
                 "    watch payee for 1h\n"
                 "    fires { given X marked suspect level 2\n"
                 "            +0m transaction from P to X amount 5.00 CNY }\n"
                 "    fires { given X marked suspect\n"
                 "            +0m transaction from P to X amount 5.00 CNY }\n"
                 "    quiet { given X marked suspect level 3\n"
                 "            +0m transaction from P to X amount 5.00 CNY }\n"
                 "    quiet { given P marked suspect\n"
                 "            +0m transaction from P to X amount 5.00 CNY }\n"
                 "rule d for payer.person on transaction when subject marked suspect\n"
                 "    watch payer for 1h\n"
                 "    fires { given P marked suspect\n"
                 "            +0m transaction from P.b to X amount 5.00 CNY }\n"
                 "    quiet { given X marked suspect\n"
                 "            +0m transaction from P to X amount 5.00 CNY }\n");
    ck_assert_str_eq(buf_text(&report.text), "");
    ck_assert_uint_eq(report.passed, 7);
    ck_assert_uint_eq(report.failed, 0);
    cases_report_fini(&report);
}
END_TEST

/* Ninety rules with many conditions each give reasons that no record of a feed would hold. */
START_TEST(warning_longer_than_a_record)
{
    struct buf text = {0};
    buf_add_text(&text, "typology t for person tiers low 20 closes after 1h\n");
    for (int i = 0; i < 90; i++) {
        buf_add_format(&text,
                       "rule rule_number_%d of t for payer.person on transaction\n"
                       "  when amount >= 1.00 CNY and sum(payment_out.amount in 24h) >= 1.00 CNY\n"
                       "   and sum(payment_out.amount in 25h) >= 1.00 CNY and known_for <= 24h\n"
                       "   and distinct(payment_out.payee in 24h) >= 1 and not own\n"
                       "   and max(payment_out.amount in 26h) >= 1.00 CNY\n"
                       "  score 30 for 1h\n"
                       "  fires { +0m transaction from P to X amount 5.00 CNY }\n",
                       i);
    }
    buf_add_text(&text, "ordinary { +0m transaction from P to X amount 0.50 CNY }\n");
    struct case_report report = run_text(buf_text(&text));
    ck_assert_msg(report.passed == 91 && report.failed == 0, "%s", buf_text(&report.text));
    cases_report_fini(&report);
    buf_fini(&text);
}
END_TEST

START_TEST(shipped_cases_hold)
{
    struct compiled pack;
    struct settings settings;
    struct case_report report;
    ck_assert_int_eq(compile_load(&pack, "rules/library", NULL), 0);
    ck_assert_ptr_nonnull(pack.program);
    settings_defaults(&settings);
    cases_run(&pack, &settings, &report);
    ck_assert_msg(report.failed == 0, "%s", buf_text(&report.text));
    ck_assert_uint_gt(report.passed, 40);
    ck_assert_uint_eq(report.rules_without_fires, 0);
    cases_report_fini(&report);
    compile_fini(&pack);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cases");
    TCase *tests = tcase_create("cases");
    tcase_add_test(tests, directory_records_add_points);
    tcase_add_test(tests, reports);
    tcase_add_test(tests, long_stories_end);
    tcase_add_loop_test(tests, needless_guards, 0, (int)(sizeof guard_rows / sizeof guard_rows[0]));
    tcase_add_test(tests, only_live_rules_are_tried);
    tcase_add_test(tests, shadow_rules_and_drafts_are_tried);
    tcase_add_test(tests, marks_may_be_given);
    tcase_add_test(tests, warning_longer_than_a_record);
    tcase_add_test(tests, shipped_cases_hold);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
