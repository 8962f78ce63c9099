/* test_state_write.c - a page as text and as JSON, to the byte. */
#include "connectors/cli/state_write.h"
#include "tests/unit/small_city.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A list entry, a call, two payments of P.b to x and a rule on them. */
static void begin(struct city *city)
{
    struct program *p = program_new();
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    (void)pack_list(p, "fraud", ENTITY_ACCOUNT);
    pack_rule(p, "large", mule, LEG_PAYER, TRIGGER_TRANSACTION,
              pack_word(p, WORD_AMOUNT, OP_GE, 10000));
    pack_score(p, 25, HOUR);
    city_begin(city, pack_ready(p, "state"));
    city_send(city, event_listing("l-1", "fraud", "P.b", false, T0));
    city_send(city, event_call("c-1", PHASE_RECORD, "F", "P", 90 * SECOND, T0));
    city_send(city, event_payment("p-1", PHASE_INITIATED, "P.b", "x", 9999, T0 + MINUTE));
    city_send(city, event_payment("p-2", PHASE_POSTED, "P.b", "x", 10000, T0 + 2 * MINUTE));
}

/* Without the line or member that holds the token, which says nothing here. */
static void cut_token(struct buf *text, const char *from, const char *until)
{
    char *begins = strstr(buf_text(text), from);
    ck_assert_ptr_nonnull(begins);
    const char *ends = strstr(begins, until);
    ck_assert_ptr_nonnull(ends);
    ends += strlen(until);
    size_t rest = strlen(ends);
    memmove(begins, ends, rest);
    text->len = (size_t)(begins - text->at) + rest;
}

static const char *text_of(struct city *city, struct token token, bool with_program,
                           struct buf *out)
{
    buf_clear(out);
    state_write_text(out, city_page(city, token), with_program ? city->program : NULL);
    cut_token(out, "  token ", "\n");
    return buf_text(out);
}

START_TEST(a_page_as_text)
{
    struct city city;
    struct buf out = {0};
    begin(&city);
    ck_assert_str_eq(text_of(&city, token_of(ENTITY_ACCOUNT, "P.b"), true, &out),
                     "account P.b***\n"
                     "  newest event 2026-03-02T10:02:00.000+08:00\n"
                     "  on list fraud from 2026-03-02T10:00:00.000+08:00 to for ever\n"
                     "  25 points of rule large until 2026-03-02T11:02:00.000+08:00\n"
                     "  warning mule, low, opened 2026-03-02T10:02:00.000+08:00, closes "
                     "2026-03-05T10:02:00.000+08:00\n"
                     "  payment_out: 2 records\n"
                     "    2026-03-02T10:02:00.000+08:00        100.00  to x***, posted\n"
                     "    2026-03-02T10:01:00.000+08:00         99.99  to x***, first time\n");
    ck_assert_str_eq(text_of(&city, token_of(ENTITY_NUMBER, "P"), true, &out),
                     "number P***\n"
                     "  newest event 2026-03-02T10:01:30.000+08:00\n"
                     "  call_in: 1 records\n"
                     "    2026-03-02T10:00:00.000+08:00          90 s  from F***, first time\n");
    buf_fini(&out);
    city_end(&city);
}
END_TEST

START_TEST(without_a_pack_there_are_keys)
{
    struct city city;
    struct buf out = {0};
    char key[64];
    begin(&city);
    const char *text = text_of(&city, token_of(ENTITY_ACCOUNT, "P.b"), false, &out);
    (void)snprintf(key, sizeof key, "25 points of rule %016llx until",
                   (unsigned long long)name_key(STR("large")));
    ck_assert_msg(strstr(text, key) != NULL, "%s", text);
    (void)snprintf(key, sizeof key, "on list %016llx from",
                   (unsigned long long)name_key(STR("fraud")));
    ck_assert_msg(strstr(text, key) != NULL, "%s", text);
    ck_assert_ptr_null(strstr(text, "large"));
    buf_fini(&out);
    city_end(&city);
}
END_TEST

START_TEST(a_page_as_json)
{
    struct city city;
    struct buf out = {0};
    begin(&city);
    state_write_json(&out, city_page(&city, token_of(ENTITY_ACCOUNT, "P.b")), city.program);
    cut_token(&out, "\"token\":", ",");
    cut_token(&out, "\"id\":", ",");
    ck_assert_str_eq(
        buf_text(&out),
        "{\"kind\":\"account\",\"mask\":\"P.b***\",\"stand_in\":false,\"attributes\":{},"
        "\"lists\":[\"fraud\"],\"points\":[{\"rule\":\"large\",\"points\":25,\"until\":"
        "\"2026-03-02T11:02:00.000+08:00\"}],\"warnings\":[{\"typology\":\"mule\",\"tier\":"
        "\"low\",\"opened\":\"2026-03-02T10:02:00.000+08:00\",\"closes\":"
        "\"2026-03-05T10:02:00.000+08:00\"}],\"call_in\":[],\"call_out\":[],\"payment_in\":[],"
        "\"payment_out\":[{\"time\":\"2026-03-02T10:01:00.000+08:00\",\"other\":\"x***\","
        "\"amount\":\"99.99\",\"first_time\":true,\"two_way\":false,\"late\":false},{\"time\":"
        "\"2026-03-02T10:02:00.000+08:00\",\"other\":\"x***\",\"amount\":\"100.00\","
        "\"first_time\":false,\"two_way\":false,\"late\":false}]}\n");
    buf_fini(&out);
    city_end(&city);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("state_write");
    TCase *tests = tcase_create("state_write");
    tcase_add_test(tests, a_page_as_text);
    tcase_add_test(tests, without_a_pack_there_are_keys);
    tcase_add_test(tests, a_page_as_json);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
