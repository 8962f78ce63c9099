/* test_blind.c - rules that ask nothing of the event on which they run; and those that do. */
#include "rules/blind.h"

#include "rules/compile.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    const char *on;   /* subject and trigger */
    const char *when; /* of the rule */
    bool blind;
} rows[] = {
    {"records of another stream", "payer.person on transaction", "count(call_in in 24h) >= 5",
     true},
    {"a call that goes on", "payer.person on transaction", "during(call_in where duration >= 20m)",
     true},
    {"the other way round", "payer on transaction", "count(payment_in in 24h) >= 5", true},
    {"points", "payer on transaction", "points(mule) >= 20", true},
    {"a feature of it", "payer on transaction", "received >= 5", true},
    {"two of them", "payer on transaction", "received >= 5 or not points(mule) >= 20", true},
    {"each is meant", "payer on transaction", "received >= 5 and known(time)", false},
    {"a word of it", "payer on transaction", "received >= 5 and amount >= 1.00 CNY", false},
    {"its hour", "payer on transaction", "received >= 5 and night", false},
    {"records among which it is", "payer on transaction", "count(payment_out in 24h) >= 5", false},
    {"a feature of those", "payer on transaction", "sent >= 5", false},
    {"in a filter", "payer on transaction", "any(payment_in in 24h where amount >= this.amount)",
     false},
    {"since when", "payer on transaction", "any(payment_in since last(payment_out in 24h))", false},
    {"whose it is", "payer on transaction", "subject.kind == merchant", false},
    {"whom a list names", "payee on transaction", "payee in bad", false},
    {"whom a mark names", "payee on transaction", "payee marked seen", false},
    {"what was carried", "payer on transaction", "payee.received >= 5", false},
    {"a pattern that it ends", "payer on transaction", "matches flow", false},
    {"a scorecard", "payer on transaction", "signs >= 5", false},
    {"a mark came", "account on mark seen", "received >= 5", false},
    {"an outcome came", "account on outcome", "received >= 5", false},
    {"a list entry came", "account on listing", "received >= 5", false},
    {"a wait ended", "account on timeout of lull", "received >= 5", false},
    {"a login", "user on login", "received >= 5", true},
    {"a change", "account on change", "received >= 5", true},
};

static const char around[] =
    "typology mule for account tiers low 20 closes after 1h\n"
    "list bad of account\n"
    "feature received for account = count(payment_in in 24h)\n"
    "feature sent for account = count(payment_out in 24h)\n"
    "scorecard signs for payer on transaction band amount >= 1.00 CNY: 10 else 0 unknown 0\n"
    "pattern flow for account within 1h in_it: payment_in then out_it: payment_out\n"
    "pattern lull for account within 1h in_it: payment_in then wait 40m\n"
    "rule scores of mule for payer on transaction when amount >= 9.00 CNY score 20 for 1h\n"
    "    mark payee seen for 1h\n";

START_TEST(what_a_rule_asks)
{
    struct compiled pack;
    struct diag_list diags = {0};
    struct buf text = {0};
    struct buf shown = {0};
    buf_add_format(&text, "%srule r for %s when %s watch subject for 1h\n", around, rows[_i].on,
                   rows[_i].when);
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), buf_str(&text), NULL), 0);
    diag_render(&shown, &pack.diags, &pack.source);
    ck_assert_msg(pack.program != NULL, "%s: %s", rows[_i].name, buf_text(&shown));
    blind_find(pack.checked, &diags);
    ck_assert_msg(diags.count == (rows[_i].blind ? 1 : 0), "%s", rows[_i].name);
    diag_fini(&diags);
    compile_fini(&pack);
    buf_fini(&shown);
    buf_fini(&text);
}
END_TEST

START_TEST(it_is_shown)
{
    struct compiled pack;
    struct diag_list diags = {0};
    struct buf shown = {0};
    const char *text = "rule r for payer on transaction\n"
                       "    when count(payment_in in 24h) >= 5\n"
                       "    watch payer for 1h\n";
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), str_of(text), NULL), 0);
    blind_find(pack.checked, &diags);
    diag_render(&shown, &diags, &pack.source);
    ck_assert_str_eq(buf_text(&shown),
                     "t.rule:2:10: warning: rule `r` asks nothing of the event: while this holds, "
                     "it fires at each transaction\n"
                     "    2 |     when count(payment_in in 24h) >= 5\n"
                     "      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
                     "   hint: ask what it is like; if each is meant, add `known(time)`\n");
    buf_fini(&shown);
    diag_fini(&diags);
    compile_fini(&pack);
}
END_TEST

START_TEST(the_shipped_pack_looks)
{
    struct compiled pack;
    struct diag_list diags = {0};
    ck_assert_int_eq(compile_load(&pack, "rules/library", NULL), 0);
    blind_find(pack.checked, &diags);
    ck_assert_uint_eq(diags.count, 0);
    diag_fini(&diags);
    compile_fini(&pack);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("blind");
    TCase *tests = tcase_create("blind");
    tcase_add_loop_test(tests, what_a_rule_asks, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tests, it_is_shown);
    tcase_add_test(tests, the_shipped_pack_looks);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
