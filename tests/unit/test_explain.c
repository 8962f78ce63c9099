/* test_explain.c - what is said of a rule is what the plan and the program are. */
#include "rules/explain.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char text[] =
    "typology t for person tiers low 20 closes after 1h\n"
    "list bad of account\n"
    "feature seen for account = count(payment_in in 1h)\n"
    "feature talk for person = any(call_in in 2h where duration >= 3m)\n"
    "rule early of t for payer.person on transaction \"Money\"\n"
    "    when   talk and payee.seen > 3 and payee in bad\n"
    "    unless known_for >= 9d\n"
    "    score  20 for 1h if own\n"
    "rule second of t for payer.person on transaction when talk score 20 for 1h\n"
    "rule listed for account on listing when subject in bad watch subject for 1h\n";

static const char shown_first[] =
    "rule early of t \"Money\"\n"
    "  t.rule:5:6\n"
    "  runs on transaction for payer.person, number 1 of 2 there; found by event and page alone\n"
    "  its condition is read from left to right until it is decided, then each `unless`, then the "
    "actions\n"
    "  transaction visits\n"
    "    payee: always, it is the first; hands on seen, bad; its record of payment_in is read\n"
    "    payee.person: its record of payment_in is read\n"
    "    payer.person: rules early, second; its record of payment_out is read\n"
    "  feature talk, read by second too: computed once a visit\n"
    "  carried payee.seen, from payee in slot 0\n"
    "  carried payee in bad, from payee in slot 1, pair 0\n"
    "  aggregate any(call_in in 2h where duration >= 3m), in talk\n"
    "  costs at most 256 records looked at\n"
    "  program\n";

/* The lines of the program, without their places. */
static const char *const pieces[] = {"    when\n",
                                     "FEATURE         1\n",
                                     "CARRIED         0\n",
                                     "CARRIED_MEMBER  256\n",
                                     "    unless 1\n",
                                     "    action 1, score: points\n",
                                     "    action 1, score: if\n",
                                     "    feature talk\n",
                                     "AGGREGATE       1\n",
                                     "    aggregate 1: where\n",
                                     "RECORD          duration\n"};

static void compile_ok(struct compiled *pack)
{
    struct buf shown = {0};
    ck_assert_int_eq(compile_text(pack, STR("t.rule"), str_of(text), NULL), 0);
    diag_render(&shown, &pack->diags, &pack->source);
    ck_assert_msg(pack->program != NULL, "%s", buf_text(&shown));
    buf_fini(&shown);
}

START_TEST(in_words)
{
    struct compiled pack;
    struct buf out = {0};
    compile_ok(&pack);
    explain_text(&out, &pack, 0);
    const char *at = buf_text(&out);
    ck_assert_msg(strncmp(at, shown_first, strlen(shown_first)) == 0, "%s", at);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        at = strstr(at, pieces[i]);
        ck_assert_msg(at != NULL, "%s is missing in %s", pieces[i], buf_text(&out));
    }
    buf_clear(&out);
    explain_text(&out, &pack, 2);
    ck_assert_ptr_nonnull(
        strstr(buf_text(&out), "runs on listing for account, number 1 of 1 there"));
    ck_assert_ptr_nonnull(
        strstr(buf_text(&out),
               "listing visits\n    entity: always, it is the first; rules listed\n"));
    buf_fini(&out);
    compile_fini(&pack);
}
END_TEST

static const char json_first[] =
    "{\"rule\":\"early\",\"title\":\"Money\",\"typology\":\"t\",\"on\":\"transaction\",\"for\":\"payer."
    "person\",\"number\":1,\"of\":2,\"visits\":[{\"page\":\"payee\",\"because\":[{\"why\":\"first\"},"
    "{\"why\":\"carries\",\"name\":\"seen\"},{\"why\":\"carries\",\"name\":\"bad\"},{\"why\":\"stream\","
    "\"name\":\"payment_in\"}]},{\"page\":\"payee.person\",\"because\":[{\"why\":\"stream\",\"name\":"
    "\"payment_in\"}]},{\"page\":\"payer.person\",\"because\":[{\"why\":\"rule\",\"name\":"
    "\"early\"},{\"why\":\"rule\",\"name\":\"second\"},{\"why\":\"stream\",\"name\":\"payment_out\"}]}],"
    "\"features\":[{\"name\":\"talk\",\"read_by\":[\"early\",\"second\"]}],\"carried\":[{\"text\":"
    "\"payee.seen\",\"from\":\"payee\",\"slot\":0},{\"text\":\"payee in bad\",\"from\":\"payee\","
    "\"slot\":1,\"pair\":0}],\"aggregates\":[{\"text\":\"any(call_in in 2h where duration >= 3m)\","
    "\"feature\":\"talk\"}],\"patterns\":[],\"cost\":256,\"program\":[{\"piece\":\"when\",\"code\":\"";

START_TEST(as_json)
{
    struct compiled pack;
    struct buf out = {0};
    struct json_writer w = {.out = &out};
    compile_ok(&pack);
    explain_json(&w, &pack, 0);
    ck_assert_msg(strncmp(buf_text(&out), json_first, strlen(json_first)) == 0, "%s",
                  buf_text(&out));
    buf_fini(&out);
    compile_fini(&pack);
}
END_TEST

START_TEST(patterns_are_explained)
{
    static const char *const lines[] = {
        "  aggregate any(sms_in in 1h)\n",
        "  aggregate sum(p.b.amount)\n",
        "  pattern p, searched from the last step back, once a visit\n",
        "  costs at most 4,608 records looked at\n",
        "    pattern p, b\n",
        "    pattern p, a, test 1\n",
        "    pattern p, d, test 2\n",
        "    pattern p, without 1\n",
    };
    struct compiled pack;
    struct buf out = {0};
    struct json_writer w = {.out = &out};
    ck_assert_int_eq(
        compile_text(
            &pack, STR("t.rule"),
            STR("pattern p for person within 1h a: call_in where duration > 5m\n"
                "  then b: payment_in where own at least 2 times\n"
                "  then d: payment_out where any(sms_in in 1h) without call_out where open\n"
                "rule r for payer.person on transaction\n"
                "  when matches p and sum(p.b.amount) > 5.00 CNY watch payee for 1h\n"),
            NULL),
        0);
    ck_assert_ptr_nonnull(pack.program);
    explain_text(&out, &pack, 0);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        ck_assert_msg(strstr(buf_text(&out), lines[i]) != NULL, "%s is missing in %s", lines[i],
                      buf_text(&out));
    }
    buf_clear(&out);
    explain_json(&w, &pack, 0);
    ck_assert_ptr_nonnull(strstr(buf_text(&out), "\"patterns\":[\"p\"],\"cost\":4608"));
    buf_fini(&out);
    compile_fini(&pack);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("explain");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, in_words);
    tcase_add_test(tests, as_json);
    tcase_add_test(tests, patterns_are_explained);
    suite_add_tcase(s, tests);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
