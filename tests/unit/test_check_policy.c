/* test_check_policy.c - policies: every mistake gives exactly this text, and what is right becomes
 * that of the program. */
#include "rules/compile.h"
#include "tests/unit/shown_mistakes.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct mistake rows[] = {
    {"one policy",
     "policy a at low channels phone 5m receivers city\n"
     "policy b at low channels sms 5m receivers city\n",
     "t.rule:2:1: error: a pack has one policy\n"
     "    2 | policy b at low channels sms 5m receivers city\n"
     "      | ^^^^^^\n"
     "   t.rule:1:8: this is it\n"
     "    1 | policy a at low channels phone 5m receivers city\n"
     "      |        -\n"},
    {"a tier, misspelt", "policy a at hihg channels phone 5m receivers city\n",
     "t.rule:1:13: error: `hihg` is no tier\n"
     "    1 | policy a at hihg channels phone 5m receivers city\n"
     "      |             ^^^^\n"
     "   hint: did you mean `high`?\n"},
    {"a tier twice",
     "policy a\n"
     "    at low channels phone 5m receivers city\n"
     "    at low channels sms 5m receivers city\n",
     "t.rule:3:5: error: the row of `low` is said twice\n"
     "    3 |     at low channels sms 5m receivers city\n"
     "      |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
     "   t.rule:2:5: the first one\n"
     "    2 |     at low channels phone 5m receivers city\n"
     "      |     ---------------------------------------\n"},
    {"channels", "policy a at low channels phon 5m, sms 1m, sms 2m, adviser 400d receivers city\n",
     "t.rule:1:26: error: nobody is reached by `phon`\n"
     "    1 | policy a at low channels phon 5m, sms 1m, sms 2m, adviser 400d receivers city\n"
     "      |                          ^^^^\n"
     "   hint: did you mean `phone`?\n"
     "t.rule:1:43: error: `sms` is named twice\n"
     "    1 | policy a at low channels phon 5m, sms 1m, sms 2m, adviser 400d receivers city\n"
     "      |                                           ^^^\n"
     "t.rule:1:59: error: the deadline of a channel is at most 366d\n"
     "    1 | policy a at low channels phon 5m, sms 1m, sms 2m, adviser 400d receivers city\n"
     "      |                                                           ^^^^\n"},
    {"receivers", "policy a at low channels phone 5m receivers vilage, city, city\n",
     "t.rule:1:45: error: nobody receives as `vilage`\n"
     "    1 | policy a at low channels phone 5m receivers vilage, city, city\n"
     "      |                                             ^^^^^^\n"
     "   hint: receivers are `city`, `county`, `station` and `adviser`\n"
     "t.rule:1:59: error: `city` is named twice\n"
     "    1 | policy a at low channels phone 5m receivers vilage, city, city\n"
     "      |                                                           ^^^^\n"},
    {"approval",
     "policy a\n"
     "    at high   channels phone 5m receivers city allow stop approval within 10m\n"
     "    at urgent channels phone 5m receivers city allow stop approval within 20m\n",
     "t.rule:2:75: error: only what is urgent may be sent before it is approved\n"
     "    2 |     at high   channels phone 5m receivers city allow stop approval within 10m\n"
     "      |                                                                           ^^^\n"
     "   hint: write `approval before`\n"
     "t.rule:3:75: error: what was sent is approved within 1s to 15m\n"
     "    3 |     at urgent channels phone 5m receivers city allow stop approval within 20m\n"
     "      |                                                                           ^^^\n"},
    {"caps",
     "policy a\n"
     "    cap delay 1h\n"
     "    cap stop 49h\n"
     "    cap watch 500ms\n"
     "    cap protect 5h\n"
     "    cap protect 6h\n",
     "t.rule:2:5: error: `delay` has no time to cap\n"
     "    2 |     cap delay 1h\n"
     "      |     ^^^^^^^^^^^^\n"
     "   hint: `protect`, `stop` and `watch` have one\n"
     "t.rule:3:14: error: `stop` lasts at most 48h, and then ends by itself\n"
     "    3 |     cap stop 49h\n"
     "      |              ^^^\n"
     "t.rule:4:15: error: a cap is at least 1s\n"
     "    4 |     cap watch 500ms\n"
     "      |               ^^^^^\n"
     "t.rule:6:5: error: the cap of `protect` is said twice\n"
     "    6 |     cap protect 6h\n"
     "      |     ^^^^^^^^^^^^^^\n"
     "   t.rule:5:5: the first one\n"
     "    5 |     cap protect 5h\n"
     "      |     --------------\n"},
    {"budgets",
     "policy a\n"
     "    budget advise 5 per day\n"
     "    budget stop 0 per day\n"
     "    budget stop 5 per week by town\n",
     "t.rule:2:5: error: advice costs nothing: it has no budget\n"
     "    2 |     budget advise 5 per day\n"
     "      |     ^^^^^^^^^^^^^^^^^^^^^^^\n"
     "t.rule:3:5: error: a budget of nothing: leave the power out of `allow`\n"
     "    3 |     budget stop 0 per day\n"
     "      |     ^^^^^^^^^^^^^^^^^^^^^\n"
     "t.rule:4:23: error: no budget is kept by `week`\n"
     "    4 |     budget stop 5 per week by town\n"
     "      |                       ^^^^\n"
     "   hint: budgets are `per hour` and `per day`\n"
     "t.rule:4:31: error: no budget is kept by `town`\n"
     "    4 |     budget stop 5 per week by town\n"
     "      |                               ^^^^\n"
     "   hint: budgets are kept `by rule`, `by bank`, `by region`, or all together\n"},
    {"bases",
     "policy a\n"
     "    basis advise \"law\"\n"
     "    basis stop \"law\"\n"
     "    basis stop \"another\"\n",
     "t.rule:2:5: error: advice rests on no law\n"
     "    2 |     basis advise \"law\"\n"
     "      |     ^^^^^^^^^^^^^^^^^^\n"
     "t.rule:4:5: error: the basis of `stop` is said twice\n"
     "    4 |     basis stop \"another\"\n"
     "      |     ^^^^^^^^^^^^^^^^^^^^\n"
     "   t.rule:3:5: the first one\n"
     "    3 |     basis stop \"law\"\n"
     "      |     ----------------\n"},
    {"a tier that it forgets",
     "typology mule for account tiers low 20 high 60 closes after 1h\n"
     "policy a at high channels phone 5m receivers city\n"
     "rule r of mule for payer on transaction when own score 20 for 1h\n",
     "t.rule:2:8: error: the policy says nothing about the tier `low`\n"
     "    2 | policy a at high channels phone 5m receivers city\n"
     "      |        ^\n"
     "   hint: the typology `mule` has it: write `at low channels ..`\n"},
    {"right",
     "const soon = 5m\n"
     "typology mule for account tiers low 20 closes after 1h\n"
     "policy a \"A\"\n"
     "    at low channels phone soon, sms 1h receivers city, adviser allow watch, advise approval before\n"
     "    at urgent channels phone 5m receivers city allow protect approval within 15m\n"
     "    cap protect 24h\n"
     "    cap watch 3d\n"
     "    budget protect 5 per day by region\n"
     "    budget protect 2 per hour\n"
     "    budget watch 7 per hour by rule\n"
     "    basis watch \"law\"\n"
     "rule r of mule for payer on transaction when own score 20 for 1h\n",
     ""},
};
#define COUNT ((int)(sizeof rows / sizeof rows[0]))

START_TEST(mistakes_are_shown)
{
    const struct mistake *row = &rows[_i];
    check_mistakes_shown(row->name, row->text, row->shown);
}
END_TEST

START_TEST(becomes_that_of_the_program)
{
    struct compiled pack;
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), str_of(rows[COUNT - 1].text), NULL), 0);
    ck_assert_ptr_nonnull(pack.program);
    const struct policy *policy = &pack.program->policy;
    const struct policy_tier *low = &policy->tiers[TIER_LOW];
    ck_assert_uint_eq(low->reach_count, 2);
    ck_assert_uint_eq(low->reach[0].channel, CHANNEL_WORD_PHONE);
    ck_assert_int_eq(low->reach[0].within_ms, 300000);
    ck_assert_uint_eq(low->reach[1].channel, CHANNEL_WORD_SMS);
    ck_assert_uint_eq(low->receiver_count, 2);
    ck_assert_uint_eq(low->receivers[1], RECEIVER_ADVISER);
    ck_assert(low->allows[ACTION_WATCH] && low->allows[ACTION_ADVISE] && !low->allows[ACTION_STOP]);
    ck_assert_int_eq(low->approved_within_ms, 0);
    ck_assert_int_eq(policy->tiers[TIER_URGENT].approved_within_ms, 900000);
    ck_assert(!policy->tiers[TIER_URGENT].allows[ACTION_DELAY]);
    ck_assert_int_eq(policy->cap_ms[ACTION_PROTECT], 24 * 3600000LL);
    ck_assert_int_eq(policy->cap_ms[ACTION_STOP], 48 * 3600000LL);
    ck_assert_uint_eq(policy->budget_count, 3);
    ck_assert_uint_eq(policy->budgets[0].by, BUDGET_BY_REGION);
    ck_assert_uint_eq(policy->budgets[1].by, BUDGET_BY_COUNT);
    ck_assert_uint_eq(policy->budgets[2].by, BUDGET_BY_RULE);
    ck_assert_uint_eq(policy->budgets[2].per, BUDGET_PER_HOUR);
    ck_assert(str_eq_text(policy->basis[ACTION_WATCH], "law"));
    ck_assert(policy->basis[ACTION_STOP].len > 0);
    /* Of a tier that it does not name the default stands. */
    ck_assert(policy->tiers[TIER_HIGH].allows[ACTION_DELAY]);
    compile_fini(&pack);
}
END_TEST

START_TEST(budgets_are_few)
{
    struct buf text = {0};
    struct compiled pack;
    buf_add_text(&text, "policy a\n");
    for (int i = 0; i <= POLICY_BUDGETS_MAX; i++) {
        buf_add_text(&text, "    budget stop 5 per day\n");
    }
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), buf_str(&text), NULL), 0);
    ck_assert_uint_eq(pack.diags.count, 1);
    ck_assert_ptr_nonnull(strstr(pack.diags.items[0].message.at, "at most 16 budgets"));
    compile_fini(&pack);
    buf_fini(&text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("check_policy");
    TCase *tests = tcase_create("check_policy");
    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, mistakes_are_shown, 0, COUNT);
    tcase_add_test(tests, becomes_that_of_the_program);
    tcase_add_test(tests, budgets_are_few);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
