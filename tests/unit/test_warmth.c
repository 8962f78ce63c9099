/* test_warmth.c - what of a rule comes with the pack, and how long it takes to be whole. */
#include "rules/warmth.h"

#include "rules/compile.h"

#include <check.h>
#include <stdlib.h>

#define MINUTE ((int64_t)60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define MESSAGES (11 * DAY) /* how long pages keep them */

static const struct {
    const char *name;
    const char *rule; /* behind its name */
    int64_t after_ms;
} rows[] = {
    {"records and lists do not depend on the pack",
     "for payer on transaction when payee in bad and count(payment_in in 7d) > 3 watch payer for 9d",
     0},
    {"its own points come after it", "of mule for payer on transaction when own score 5 for 9d", 0},
    {"a mark, as long as its longest rule sets it",
     "for payer on transaction when subject marked seen watch payer for 1h", 2 * HOUR},
    {"carried", "for payer on transaction when payee marked seen watch payer for 1h", 2 * HOUR},
    {"a mark that no live rule sets",
     "for payer on transaction when subject marked dim watch payer for 1h", 0},
    {"points", "for payer on transaction when points(mule) >= 5 watch payer for 1h", 3 * DAY},
    {"points behind a feature", "for payer on transaction when warned watch payer for 1h", 3 * DAY},
    {"carried feature", "for payer on transaction when payee.warned watch payer for 1h", 3 * DAY},
    {"in an exception",
     "for payer on transaction when own unless points(mule) >= 5 watch payer for 1h", 3 * DAY},
    {"in an `if`", "for payer on transaction when own watch payer for 1h if points(mule) >= 5",
     3 * DAY},
    {"in an operand of an operand",
     "for payer on transaction when own or (own and not payee marked seen) watch payer for 1h",
     2 * HOUR},
    {"tags of older messages",
     "for receiver.person on sms when any(sms_in in 1d where tags has otp) watch receiver for 1h",
     MESSAGES},
    {"tags of the one in hand",
     "for receiver.person on sms when tags has otp watch receiver for 1h", 0},
    {"tags at a step of a pattern",
     "for receiver.person on sms when matches two watch receiver for 1h", MESSAGES},
    {"a wait", "for account on timeout of lull when known(time) watch subject for 1h", 40 * MINUTE},
    {"the longest of all",
     "for payer on transaction when subject marked seen and points(mule) >= 5 watch payer for 1h",
     3 * DAY},
};

static const char around[] =
    "typology mule for account tiers low 20 closes after 1h\n"
    "list bad of account\n"
    "tag otp = \"code\"\n"
    "feature warned for account = points(mule) >= 20\n"
    "pattern two for person within 1h one: sms_in where tags has otp then other: sms_in\n"
    "pattern lull for account within 1h in_it: payment_in then wait 40m\n"
    "rule a of mule for payer on transaction when amount >= 9.00 CNY\n"
    "    score 20 for 3d score 1 for 1h mark payee seen for 1h mark payer seen for 2h\n"
    "shadow rule b of mule for payer on transaction when amount >= 8.00 CNY\n"
    "    score 20 for 9d mark payee seen for 9d mark payee dim for 9d\n";

START_TEST(when_a_rule_is_warm)
{
    struct compiled pack;
    struct retention retention = {.peers_max = 1};
    struct buf text = {0};
    struct buf shown = {0};
    retention.stream[ENTITY_PERSON][STREAM_SMS_IN].age_max_ms = MESSAGES;
    retention.stream[ENTITY_NUMBER][STREAM_SMS_IN].age_max_ms = DAY;
    buf_add_format(&text, "%srule r %s\n", around, rows[_i].rule);
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), buf_str(&text), NULL), 0);
    diag_render(&shown, &pack.diags, &pack.source);
    ck_assert_msg(pack.program != NULL, "%s: %s", rows[_i].name, buf_text(&shown));
    const struct checked_rule *rule = &pack.checked->rules[pack.checked->rule_count - 1];
    int64_t after_ms = warmth_of_rule(pack.checked, rule, &retention);
    ck_assert_msg(after_ms == rows[_i].after_ms, "%s: %lld", rows[_i].name, (long long)after_ms);
    compile_fini(&pack);
    buf_fini(&shown);
    buf_fini(&text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("warmth");
    TCase *tests = tcase_create("warmth");
    tcase_add_loop_test(tests, when_a_rule_is_warm, 0, (int)(sizeof rows / sizeof rows[0]));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
