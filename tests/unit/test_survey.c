/* test_survey.c - costs are counted as the page about the language says, windows are measured, cold
 * is named. */
#include "rules/survey.h"

#include "engine/settings.h"
#include "rules/cost.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void compile_ok(struct compiled *pack, const char *text)
{
    struct buf shown = {0};
    ck_assert_int_eq(compile_text(pack, STR("t.rule"), str_of(text), NULL), 0);
    diag_render(&shown, &pack->diags, &pack->source);
    ck_assert_msg(pack->program != NULL, "%s", buf_text(&shown));
    buf_fini(&shown);
}

/* ---- costs ---- */

struct cost_row {
    const char *name;
    const char *clauses; /* of a rule for payer.person on transaction */
    uint32_t aggregates;
};

static const struct cost_row cost_rows[] = {
    {"none", "when own watch payer for 1h", 0},
    {"one in each clause",
     "when any(call_in in 1h) unless any(call_in in 1h) watch payer for 1h if any(call_in in 1h) "
     "say \"{count(call_in in 1h)}\"",
     4},
    {"one inside a where",
     "when any(call_in in 1h where duration > max(call_in.duration in 2h)) watch payer for 1h", 2},
    {"one behind since", "when any(call_in since last(call_in in 1h)) watch payer for 1h", 2},
    {"a feature counts once", "when f > 1 and f < 9 watch payer for 1h if f > 2", 1},
    {"a feature of a feature", "when g and f > 1 watch payer for 1h", 2},
    {"what is carried costs elsewhere", "when payee.paid > 1 watch payer for 1h", 0},
};

#define FEATURES                                             \
    "feature f for person = count(call_in in 1h)\n"          \
    "feature g for person = f > 1 and any(call_out in 1h)\n" \
    "feature paid for account = count(payment_in in 1h)\n"

START_TEST(rule_costs)
{
    struct compiled pack;
    struct buf text = {0};
    buf_add_format(&text, FEATURES "rule r for payer.person on transaction %s\n",
                   cost_rows[_i].clauses);
    compile_ok(&pack, buf_text(&text));
    uint32_t count = cost_count_aggregates(pack.checked, &pack.checked->rules[0]);
    ck_assert_msg(count == cost_rows[_i].aggregates, "%s: %u", cost_rows[_i].name, count);
    ck_assert_int_eq(cost_of_rule(pack.checked, &pack.checked->rules[0]), count * COST_RECORDS);
    compile_fini(&pack);
    buf_fini(&text);
}
END_TEST

/* Each page computes a feature once for all its rules, and those that it hands on. */
START_TEST(event_costs)
{
    struct compiled pack;
    compile_ok(
        &pack, FEATURES
        "rule a for payer.person on transaction when f > 1 and payee.paid > 1 watch payer for 1h\n"
        "shadow rule b for payer.person on settlement when g watch payer for 1h\n"
        "retired absolute rule d for payer.person on settlement when f > 1 watch payer for 1h\n"
        "absolute rule c for callee.person on call_end when f > 1 watch caller for 1h\n");
    ck_assert_int_eq(cost_of_event(pack.checked, pack.plan, EVENT_TRANSACTION), 3 * COST_RECORDS);
    ck_assert_int_eq(cost_of_event(pack.checked, pack.plan, EVENT_CALL), COST_RECORDS);
    struct buf shown = {0};
    struct retention retention;
    retention_defaults(&retention);
    survey_rules(&shown, &pack, &retention);
    ck_assert_str_eq(buf_text(&shown),
                     "rule  of  on           for            state           warm after  "
                     "aggregates  cost\n"
                     "a     -   transaction  payer.person   live               at once  "
                     "         1   256\n"
                     "b     -   settlement   payer.person   shadow             at once  "
                     "         2   512\n"
                     "c     -   call_end     callee.person  live, absolute     at once  "
                     "         1   256\n"
                     "d     -   -            -              retired                  -  "
                     "         -     -\n"
                     "call: at most 256 of 4,194,304 records looked at\n"
                     "transaction: at most 768 of 4,194,304 records looked at\n");
    int64_t cost = 0;
    ck_assert_int_eq(survey_dearest(&pack, &cost), EVENT_NONE);
    buf_fini(&shown);
    compile_fini(&pack);
}
END_TEST

START_TEST(dear_pack_is_found)
{
    struct compiled pack;
    struct buf text = {0};
    int64_t cost = 0;
    size_t rules = (size_t)(COST_EVENT_MAX / COST_RECORDS / 128) + 1;
    for (size_t i = 0; i < rules; i++) {
        buf_add_format(&text, "rule r%zu for payer on transaction when own", i);
        for (int k = 0; k < 128; k++) {
            buf_add_format(&text, " or count(payment_in in %zus) > %d", i + 1, k);
        }
        buf_add_text(&text, " watch payer for 1h\n");
    }
    compile_ok(&pack, buf_text(&text));
    ck_assert_int_eq(survey_dearest(&pack, &cost), EVENT_TRANSACTION);
    ck_assert_int_eq(cost, COST_EVENT_MAX + 128 * COST_RECORDS);
    compile_fini(&pack);
    buf_fini(&text);
}
END_TEST

/* ---- windows ---- */

START_TEST(windows_behind_what_is_kept)
{
    struct compiled pack;
    struct settings settings;
    struct retention retention;
    struct buf shown = {0};
    settings_defaults(&settings);
    settings.retention_account_payments_days = 14;
    settings.retention_person_payments_days = 90;
    settings_retention(&settings, &retention);
    compile_ok(
        &pack,
        "feature f for account = count(payment_in in 14d)\n"
        "rule a for payer on transaction when f > 1 and count(payment_out in 14d1s) > 2\n"
        "    unless any(payment_in in 1h where amount > max(payment_in.amount\n"
        "        in 15d)) watch payer for 1h\n"
        "rule b for payer.person on transaction when count(payment_out in 90d) > 2\n"
        "    watch payer for 1h\n"
        "calendar cn rule c for payer on transaction\n"
        "    when count(payment_out in 11 workdays) > 2 and any(payment_out in 12 workdays)\n"
        "    watch payer for 1h\n");
    survey_windows(&shown, &pack, &retention);
    ck_assert_str_eq(
        buf_text(&shown),
        "t.rule:2:48: count(payment_out in 14d1s) looks back 14d1s, and the page of an "
        "account keeps 14d of payment_out\n"
        "t.rule:3:48: max(payment_in.amount in 15d) looks back 15d, and the page of an "
        "account keeps 14d of payment_in\n"
        "t.rule:8:52: any(payment_out in 12 workdays) looks back 15d, and the page of an "
        "account keeps 14d of payment_out\n");
    buf_fini(&shown);
    compile_fini(&pack);
}
END_TEST

/* ---- cold ---- */

START_TEST(cold_places_and_points)
{
    struct compiled pack;
    struct compiled older;
    struct retention retention;
    struct buf shown = {0};
    retention_defaults(&retention);
    compile_ok(&older, "typology t for account tiers low 20 closes after 1h\n"
                       "rule a of t for payee on transaction when own score 20 for 72h\n");
    compile_ok(&pack, "typology t for account tiers low 20 closes after 1h\n"
                      "rule a of t for payee on transaction when own score 20 for 72h\n"
                      "rule b of t for payer on transaction when own\n"
                      "    score 20 for 1h30m score 30 for 30m if first_time\n"
                      "rule c for callee on call_end when answered watch callee for 1h\n");
    survey_cold(&shown, &pack, &older, &retention);
    ck_assert_str_eq(
        buf_text(&shown),
        "cold: call has not visited callee yet; what it would have left there is not in the page\n"
        "cold: transaction has not visited payer yet; what it would have left there is not in the page\n"
        "cold: points of the new rule b, whole after 1h30m\n");
    buf_clear(&shown);
    survey_cold(&shown, &older, &pack, &retention);
    ck_assert_uint_eq(shown.len, 0);
    buf_fini(&shown);
    compile_fini(&pack);
    compile_fini(&older);
}
END_TEST

START_TEST(cold_marks_and_tags)
{
    struct compiled pack;
    struct compiled older;
    struct retention retention;
    struct buf shown = {0};
    retention_defaults(&retention);
    compile_ok(&older, "tag otp = \"code\"\n"
                       "rule a for receiver on sms when tags has otp mark receiver told for 1h\n"
                       "shadow rule s for receiver on sms when tags has otp\n"
                       "    mark receiver tried for 1h\n");
    compile_ok(&pack, "tag otp = \"code\" or \"pin\"\n"
                      "rule a for receiver on sms when tags has otp\n"
                      "    mark receiver told for 2h\n"
                      "    mark receiver tried for 1h mark receiver tried level 2 for 1h30m\n"
                      "shadow rule s for receiver on sms when tags has otp\n"
                      "    mark receiver thought for 1h\n");
    survey_cold(&shown, &pack, &older, &retention);
    ck_assert_str_eq(
        buf_text(&shown),
        "cold: the new mark tried, whole after 1h30m\n"
        "cold: the tags have changed, and which ones a message from before has not is unknown, "
        "whole after 7d\n");
    buf_clear(&shown);
    survey_cold(&shown, &pack, &pack, &retention);
    ck_assert_uint_eq(shown.len, 0);
    buf_fini(&shown);
    compile_fini(&pack);
    compile_fini(&older);
}
END_TEST

/* ---- numbers ---- */

START_TEST(numbers_for_a_person)
{
    static const struct {
        int64_t value;
        const char *number, *length;
    } rows[] = {{0, "0", "0s"},
                {999, "999", "999ms"},
                {1000, "1,000", "1s"},
                {61000, "61,000", "1m1s"},
                {123456789, "123,456,789", "1d10h17m36s789ms"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf text = {0};
        survey_add_number(&text, rows[i].value);
        ck_assert_str_eq(buf_text(&text), rows[i].number);
        buf_clear(&text);
        survey_add_length(&text, rows[i].value);
        ck_assert_str_eq(buf_text(&text), rows[i].length);
        buf_fini(&text);
    }
    struct buf text = {0};
    survey_add_number(&text, -123456);
    ck_assert_str_eq(buf_text(&text), "-123,456");
    buf_fini(&text);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("survey");
    TCase *tests = tcase_create("all");
    tcase_add_loop_test(tests, rule_costs, 0, (int)(sizeof cost_rows / sizeof cost_rows[0]));
    tcase_add_test(tests, event_costs);
    tcase_add_test(tests, dear_pack_is_found);
    tcase_add_test(tests, windows_behind_what_is_kept);
    tcase_add_test(tests, cold_places_and_points);
    tcase_add_test(tests, cold_marks_and_tags);
    tcase_add_test(tests, numbers_for_a_person);
    suite_add_tcase(s, tests);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
