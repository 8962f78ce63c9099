/* test_check_card.c - scorecards and points: every mistake gives exactly this text, and what a band
 * is worth. */
#include "rules/cases.h"
#include "rules/compile.h"
#include "tests/unit/shown_mistakes.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct mistake rows[] = {
    {"a band compares like with like",
     "scorecard s for payer on transaction band amount < 7d: 5 else 0 unknown 0\n"
     "rule r for payer on transaction when s >= 5 watch payer for 1h\n",
     "t.rule:1:50: error: cannot compare money with a duration\n"
     "    1 | scorecard s for payer on transaction band amount < 7d: 5 else 0 unknown 0\n"
     "      |                                           ------ ^^^^^^^\n"
     "      |                                           money    duration\n"
     "   hint: did you mean `gap`?\n"},
    {"and looks at a value",
     "scorecard s for payer on transaction band 5 < 7: 5 else 0 unknown 0\n"
     "rule r for payer on transaction when s >= 5 watch payer for 1h\n",
     "t.rule:1:43: error: this is a constant, and a band looks at a value\n"
     "    1 | scorecard s for payer on transaction band 5 < 7: 5 else 0 unknown 0\n"
     "      |                                           ^\n"},
    {"kinds have no order",
     "scorecard s for payer on transaction band channel < atm: 5 else 0 unknown 0\n"
     "rule r for payer on transaction when s >= 5 watch payer for 1h\n",
     "t.rule:1:51: error: a channel has no smaller and greater\n"
     "    1 | scorecard s for payer on transaction band channel < atm: 5 else 0 unknown 0\n"
     "      |                                           ------- ^^^^^^^^\n"
     "      |                                           channel\n"
     "   hint: write `==`, `!=` or `in {...}`\n"},
    {"points of a band are few",
     "scorecard s for payer on transaction band amount < 5.00 CNY: 101 else 200 unknown 300\n"
     "rule r for payer on transaction when s >= 5 watch payer for 1h\n",
     "t.rule:1:38: error: the points of a band are 0 to 100\n"
     "    1 | scorecard s for payer on transaction band amount < 5.00 CNY: 101 else 200 unknown 300\n"
     "      |                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
     "t.rule:1:38: error: the points of a band are 0 to 100\n"
     "    1 | scorecard s for payer on transaction band amount < 5.00 CNY: 101 else 200 unknown 300\n"
     "      |                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
     "t.rule:1:50: error: the points of a band are 0 to 100\n"
     "    1 | scorecard s for payer on transaction band amount < 5.00 CNY: 101 else 200 unknown 300\n"
     "      |                                                  ^^^^^^^^^^^^^^^\n"},
    {"points are compared with numbers",
     "scorecard s for payer on transaction band amount < 5.00 CNY: 1 else 2 unknown 3\n"
     "rule r for payer on transaction when s >= 5h watch payer for 1h\n",
     "t.rule:2:40: error: cannot compare points with a duration\n"
     "    2 | rule r for payer on transaction when s >= 5h watch payer for 1h\n"
     "      |                                      - ^^ --\n"
     "      |                                      points\n"
     "      |                                           duration\n"},
    {"a band of what is not there",
     "scorecard s for payer on transaction band nothing < 5.00 CNY: 1 < 6.00 CNY: 2 else 2 unknown 3\n"
     "rule r for payer on transaction when s >= 5 watch payer for 1h\n",
     "t.rule:1:43: error: unknown name `nothing`\n"
     "    1 | scorecard s for payer on transaction band nothing < 5.00 CNY: 1 < 6.00 CNY: 2 else 2 unknown 3\n"
     "      |                                           ^^^^^^^\n"},
    {"a subject that is not visited",
     "scorecard s for caller on transaction band amount < 5.00 CNY: 1 else 2 unknown 3\n"
     "rule r for payer on transaction when s >= 5 watch payer for 1h\n",
     "t.rule:1:17: error: `transaction` does not visit `caller`\n"
     "    1 | scorecard s for caller on transaction band amount < 5.00 CNY: 1 else 2 unknown 3\n"
     "      |                 ^^^^^^    -----------\n"
     "   hint: it visits `payee`, `device`, `payee.person`, `payer` and `payer.person`\n"},
    {"a rule for somebody else",
     "scorecard s for payer.person on transaction band amount < 5.00 CNY: 1 else 2 unknown 3\n"
     "rule r for payer on transaction when s >= 5 watch payer for 1h\n",
     "t.rule:2:38: error: the scorecard `s` is for `payer.person` on `transaction`\n"
     "    2 | rule r for payer on transaction when s >= 5 watch payer for 1h\n"
     "      |                                      ^\n"
     "      |                                      here it is `payer` on `transaction`\n"},
    {"a rule on something else",
     "scorecard s for payer on transaction band amount < 5.00 CNY: 1 else 2 unknown 3\n"
     "rule r for payer on settlement when s >= 5 watch payer for 1h\n",
     "t.rule:2:37: error: the scorecard `s` is for `payer` on `transaction`\n"
     "    2 | rule r for payer on settlement when s >= 5 watch payer for 1h\n"
     "      |                                     ^\n"
     "      |                                     here it is `payer` on `settlement`\n"},
    {"features have no event",
     "scorecard s for payer on transaction band amount < 5.00 CNY: 1 else 2 unknown 3\n"
     "feature f for account = s + 1\n"
     "rule r for payer on transaction when f >= 5 watch payer for 1h\n",
     "t.rule:2:25: error: `s` is a scorecard of an event, and a feature has none\n"
     "    2 | feature f for account = s + 1\n"
     "      |                         ^\n"},
    {"nor have constants",
     "scorecard s for payer on transaction band amount < 5.00 CNY: 1 else 2 unknown 3\n"
     "const k = s\n"
     "rule r for payer on transaction when s >= k watch payer for 1h\n",
     "t.rule:2:11: error: `s` is a scorecard of an event, and a constant has none\n"
     "    2 | const k = s\n"
     "      |           ^\n"},
    {"a scorecard reads no other",
     "scorecard s for payer on transaction band amount < 5.00 CNY: 1 else 2 unknown 3\n"
     "scorecard u for payer on transaction band s < 5: 1 else 2 unknown 3\n"
     "rule r for payer on transaction when u >= 5 watch payer for 1h\n",
     "t.rule:2:43: error: a scorecard cannot ask the scorecard `s`\n"
     "    2 | scorecard u for payer on transaction band s < 5: 1 else 2 unknown 3\n"
     "      |                                           ^\n"},
    {"nor does a where",
     "scorecard s for payer on transaction band amount < 5.00 CNY: 1 else 2 unknown 3\n"
     "rule r for payer on transaction when any(payment_out in 1h where s >= 5) watch payer for 1h\n",
     "t.rule:2:66: error: a `where` cannot ask the scorecard `s`\n"
     "    2 | rule r for payer on transaction when any(payment_out in 1h where s >= 5) watch payer for 1h\n"
     "      |                                                                  ^\n"},
    {"a later page is not known",
     "scorecard s for payee on transaction band ago(payer.opened) < 5d: 1 else 2 unknown 3\n"
     "rule r for payee on transaction when s >= 5 watch payee for 1h\n",
     "t.rule:1:47: error: the page of `payee` is visited before that of `payer` and cannot know it\n"
     "    1 | scorecard s for payee on transaction band ago(payer.opened) < 5d: 1 else 2 unknown 3\n"
     "      |                                               ^^^^^^^^^^^^\n"
     "   hint: write the rule for `payer`: there both are known\n"},
    {"nobody asks",
     "scorecard s for payer on transaction band amount < 5.00 CNY: 1 else 2 unknown 3\n"
     "rule r for payer on transaction when own watch payer for 1h\n",
     "t.rule:1:11: warning: no rule uses the scorecard `s`\n"
     "    1 | scorecard s for payer on transaction band amount < 5.00 CNY: 1 else 2 unknown 3\n"
     "      |           ^\n"},
    {"a name is one thing",
     "scorecard s for payer on transaction band amount < 5.00 CNY: 1 else 2 unknown 3\n"
     "feature s for account = count(payment_in in 1h)\n"
     "rule r for payer on transaction when s >= 5 watch payer for 1h\n",
     "t.rule:1:11: error: `s` is already a feature\n"
     "    1 | scorecard s for payer on transaction band amount < 5.00 CNY: 1 else 2 unknown 3\n"
     "      |           ^\n"
     "   t.rule:2:9: the first one\n"
     "    2 | feature s for account = count(payment_in in 1h)\n"
     "      |         -\n"
     "   hint: choose another name: one name has one meaning\n"},
    {"a score of something else",
     "typology m for account tiers low 20 closes after 1h\n"
     "rule r of m for payer on transaction when own score amount for 1h\n",
     "t.rule:2:53: error: `score` takes a number of points, and this is money\n"
     "    2 | rule r of m for payer on transaction when own score amount for 1h\n"
     "      |                                                     ^^^^^^\n"
     "   hint: write for example `score 20 for 24h if ...` for each step of the value\n"},
    {"points of an unknown typology",
     "typology mule for account tiers low 20 closes after 1h\n"
     "rule r of mule for payer on transaction when points(mul) > 5 score 5 for 1h\n",
     "t.rule:2:53: error: unknown typology `mul`\n"
     "    2 | rule r of mule for payer on transaction when points(mul) > 5 score 5 for 1h\n"
     "      |                                                     ^^^\n"
     "   hint: did you mean `mule`?\n"},
    {"points are of the subject's typologies",
     "typology mule for account tiers low 20 closes after 1h\n"
     "rule r for payer.person on transaction when points(mule) > 5 watch payer for 1h\n",
     "t.rule:2:52: error: `mule` is a typology of accounts\n"
     "    2 | rule r for payer.person on transaction when points(mule) > 5 watch payer for 1h\n"
     "      |                                                    ^^^^\n"
     "      |                                                    here is the page of a person\n"},
    {"points in a constant",
     "typology mule for account tiers low 20 closes after 1h\n"
     "const k = points(mule)\n"
     "rule r for payer on transaction when points(mule) > k watch payer for 1h\n",
     "t.rule:2:11: error: a constant has no subject: it is the same everywhere\n"
     "    2 | const k = points(mule)\n"
     "      |           ^^^^^^^^^^^^\n"},
    {"points compared with money",
     "typology mule for account tiers low 20 closes after 1h\n"
     "rule r for payer on transaction when points(mule) > 5.00 CNY watch payer for 1h\n",
     "t.rule:2:51: error: cannot compare points with money\n"
     "    2 | rule r for payer on transaction when points(mule) > 5.00 CNY watch payer for 1h\n"
     "      |                                      ------------ ^ --------\n"
     "      |                                      points         money\n"},
    {"points that no rule gives, said once",
     "typology mule for account tiers low 20 closes after 1h\n"
     "rule r of mule for payer on transaction\n"
     "    when points(mule) > 5 and points(mule) < 50 raise low\n",
     "t.rule:3:17: warning: no rule that runs scores for `mule`\n"
     "    3 |     when points(mule) > 5 and points(mule) < 50 raise low\n"
     "      |                 ^^^^\n"
     "   hint: so `points(mule)` is always 0\n"},
    {"points that only a shadow rule would give",
     "typology mule for account tiers low 20 closes after 1h\n"
     "shadow rule s of mule for payer on transaction when own score 20 for 1h\n"
     "shadow rule r for payer on transaction when points(mule) > 5 watch payer for 1h\n",
     "t.rule:3:52: warning: no rule that runs scores for `mule`\n"
     "    3 | shadow rule r for payer on transaction when points(mule) > 5 watch payer for 1h\n"
     "      |                                                    ^^^^\n"
     "   t.rule:2:57: this one does not run\n"
     "    2 | shadow rule s of mule for payer on transaction when own score 20 for 1h\n"
     "      |                                                         -----\n"
     "   hint: so `points(mule)` is always 0\n"},
    {"right: in a where, a feature, a sum, a score, a text",
     "typology mule for account tiers low 20 closes after 1h\n"
     "scorecard s \"signs\" for payer on transaction\n"
     "    band payee.kind == merchant: 5 == bank: 1 else 2 unknown 3\n"
     "    band points(mule) >= 20: 10 > f: 5 else 0 unknown 0\n"
     "feature f for account = 2 x points(mule)\n"
     "rule r of mule for payer on transaction\n"
     "    when any(payment_out in 1h where amount > 5.00 CNY and points(mule) > 5) and s + 5 > f\n"
     "    score s for 1h\n"
     "    say \"{s} {f}\"\n",
     ""},
};

START_TEST(mistakes_are_shown)
{
    const struct mistake *row = &rows[_i];
    check_mistakes_shown(row->name, row->text, row->shown);
}
END_TEST

/* What a band is worth at a payment of 100.00 CNY by mobile, whose balance nobody has told. */
static const struct {
    const char *name, *band;
    int points;
} worths[] = {
    {"the first step that holds",
     "amount >= 200.00 CNY: 50 >= 100.00 CNY: 20 >= 1.00 CNY: 10 "
     "else 5 unknown 3",
     20},
    {"the order is that of the text", "amount >= 1.00 CNY: 10 >= 100.00 CNY: 20 else 5 unknown 3",
     10},
    {"none holds", "amount > 100.00 CNY: 20 else 5 unknown 3", 5},
    {"the value is unknown", "balance_before > 100.00 CNY: 20 else 5 unknown 3", 3},
    {"a limit is unknown", "amount > balance_before: 20 > 1.00 CNY: 10 else 5 unknown 3", 10},
    {"no limit is known", "amount > balance_before: 20 else 5 unknown 3", 5},
    {"words", "channel == atm: 20 == mobile: 10 else 5 unknown 3", 10},
    {"not this word", "channel != mobile: 20 else 5 unknown 3", 5},
    {"nothing", "amount > 500.00 CNY: 20 else 0 unknown 3", 0},
    {"two bands",
     "amount >= 1.00 CNY: 10 else 0 unknown 0\n band channel == mobile: 7 else 0 unknown 0", 17},
    {"one of two is unknown",
     "amount >= 1.00 CNY: 10 else 0 unknown 0\n band balance_before > 1.00 CNY: 7 "
     "else 1 unknown 4",
     14},
};

START_TEST(bands_are_worth)
{
    struct compiled pack;
    struct settings settings;
    struct case_report report;
    struct buf text = {0};
    buf_add_format(&text,
                   "scorecard s for payer on transaction band %s\n"
                   "rule r for payer on transaction when s == %d watch payer for 1h\n"
                   "fires { +0m transaction from P to X amount 100.00 CNY channel mobile }\n",
                   worths[_i].band, worths[_i].points);
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), buf_str(&text), NULL), 0);
    ck_assert_ptr_nonnull(pack.program);
    settings_defaults(&settings);
    cases_run(&pack, &settings, &report);
    ck_assert_msg(report.passed == 1 && report.failed == 0, "%s: %s", worths[_i].name,
                  buf_text(&report.text));
    cases_report_fini(&report);
    compile_fini(&pack);
    buf_fini(&text);
}
END_TEST

/* Points are those in force before the event, whatever it adds; a score may be a scorecard's. */
START_TEST(points_are_those_before)
{
    static const char text[] =
        "typology t for account tiers low 20 closes after 1d\n"
        "scorecard s for payer on transaction band amount >= 1.00 CNY: 30 else 0 unknown 0\n"
        "feature p for account = points(t)\n"
        "rule a of t for payer on transaction when amount >= 1.00 CNY score s for 1h\n"
        "rule b for payer on transaction when points(t) == 30 and p == 30 watch payer for 1h\n";
    struct compiled pack;
    struct settings settings;
    struct case_report report;
    struct buf edited = {0};
    static const char *const tries[] = {
        "quiet { +0m transaction from P to X amount 2.00 CNY }",
        "fires { +0m transaction from P to X amount 2.00 CNY\n"
        "+59m transaction from P to X amount 0.50 CNY }",
        "quiet { +0m transaction from P to X amount 2.00 CNY\n"
        "+60m transaction from P to X amount 0.50 CNY }",
    };
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        buf_clear(&edited);
        buf_add_text(&edited, text);
        buf_add_text(&edited, tries[i]);
        ck_assert_int_eq(compile_text(&pack, STR("t.rule"), buf_str(&edited), NULL), 0);
        ck_assert_ptr_nonnull(pack.program);
        settings_defaults(&settings);
        cases_run(&pack, &settings, &report);
        ck_assert_msg(report.passed == 1 && report.failed == 0, "%s", buf_text(&report.text));
        cases_report_fini(&report);
        compile_fini(&pack);
    }
    buf_fini(&edited);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("check_card");
    TCase *tests = tcase_create("check_card");
    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, mistakes_are_shown, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_loop_test(tests, bands_are_worth, 0, (int)(sizeof worths / sizeof worths[0]));
    tcase_add_test(tests, points_are_those_before);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
