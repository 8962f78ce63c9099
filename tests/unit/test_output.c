/* test_output.c - decisions, requests and advice to the letter, with the ids that the semantics
 * name. */
#include "engine/base/digest.h"
#include "tests/unit/small_city.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct program *pack(int points)
{
    struct program *p = program_new();
    int32_t mule = pack_typology(p, "mule", ENTITY_PERSON, 20, 40, 60, 85);
    pack_rule(p, "gathers", mule, LEG_PAYER_PERSON, TRIGGER_TRANSACTION, pack_yes(p));
    pack_condition(p, "amount >= 50_000.00 CNY", pack_word(p, WORD_AMOUNT, OP_GE, 5000000),
                   pack_of_word(p, WORD_AMOUNT), pack_value(p, 5000000), UNIT_MONEY);
    pack_score(p, points, DAY);
    pack_action(p, ACTION_STOP, LEG_PAYEE, DAY);
    pack_rule(p, "quiet", mule, LEG_PAYER_PERSON, TRIGGER_TRANSACTION, pack_yes(p));
    pack_unless(p, "family \"abroad\"", pack_yes(p));
    return pack_ready(p, "output");
}

static struct event payment(void)
{
    struct event event = event_payment("p-1", PHASE_INITIATED, "A", "M", 7000000, T0);
    struct party *payee = &event.party[PARTY_TO];
    memcpy(event.payment_id, "P77", 3);
    event.payment_id_len = 3;
    memcpy(payee->bank, "105100000017", 12);
    payee->bank_len = 12;
    return event;
}

/* Fields of the event at the payer's person, behind what the table names first. */
static void end_id(struct digest_id *id, char *hex)
{
    struct token page = holder_of(ENTITY_ACCOUNT, "A");
    digest_id_token(id, &page);
    digest_id_text(id, STR("payer.person"));
    digest_id_text(id, STR("transactions"));
    digest_id_text(id, STR("p-1"));
    digest_id_text(id, STR("initiated"));
    struct token token = digest_id_end(id);
    hex_encode(hex, token.bytes, TOKEN_BYTES);
}

static void hex_of(int entity, const char *name, char *hex)
{
    struct token token = token_of(entity, name);
    hex_encode(hex, token.bytes, TOKEN_BYTES);
}

/* One partition; the payer's person is the fourth visit behind a tick and the activation. */
#define TRACE "\"trace\":{\"partition\":0,\"lsn\":\"83890176\"}}"

static void begin(struct city *city, int points)
{
    struct settings settings;
    settings_defaults(&settings);
    settings.visits_partitions = 1;
    settings.decisions_sample = 0;
    city_begin_with(city, pack(points), &settings, NULL);
    city_send(city, payment());
}

START_TEST(a_decision)
{
    struct city city;
    struct digest_id id;
    struct buf want = {0};
    char hex[TOKEN_HEX_BYTES];
    char person[TOKEN_HEX_BYTES];
    begin(&city, 90);
    digest_id_begin(&id, "decision");
    end_id(&id, hex);
    hex_of(ENTITY_PERSON, "A", person);
    buf_add_format(
        &want,
        "{\"type\":\"decision\",\"id\":\"%s\",\"time\":\"2026-03-02T10:00:00.000+08:00\","
        "\"event\":\"p-1\",\"role\":\"payer.person\",\"subject\":{\"kind\":\"person\","
        "\"token\":\"%s\",\"mask\":\"\"},\"tier\":\"urgent\",\"fired\":[\"gathers\"],"
        "\"guarded\":[{\"rule\":\"quiet\",\"unless\":\"family \\\"abroad\\\"\"}],"
        "\"scores\":{\"mule\":90},\"flags\":[]," TRACE,
        hex, person);
    ck_assert_str_eq(kept_json(&city.kept, OUTPUT_DECISION, 0), buf_text(&want));
    buf_fini(&want);
    city_end(&city);
}
END_TEST

START_TEST(a_request)
{
    struct city city;
    struct digest_id id;
    struct buf want = {0};
    char hex[TOKEN_HEX_BYTES];
    char account[TOKEN_HEX_BYTES];
    struct token payee = token_of(ENTITY_ACCOUNT, "M");
    begin(&city, 90);
    digest_id_begin(&id, "request");
    digest_id_text(&id, STR("city"));
    digest_id_text(&id, STR("stop"));
    digest_id_token(&id, &payee);
    end_id(&id, hex);
    hex_of(ENTITY_ACCOUNT, "M", account);
    buf_add_format(
        &want,
        "{\"type\":\"stop\",\"id\":\"%s\",\"kind\":\"stop\","
        "\"time\":\"2026-03-02T10:00:00.000+08:00\","
        "\"not_after\":\"2026-03-02T10:30:00.000+08:00\",\"duration_s\":86400,"
        "\"target\":{\"kind\":\"account\",\"token\":\"%s\",\"mask\":\"M***\"},"
        "\"payment\":{\"id\":\"P77\",\"bank\":\"105100000017\",\"amount\":\"70000.00\","
        "\"currency\":\"CNY\",\"time\":\"2026-03-02T10:00:00.000+08:00\"},\"warning\":%s,"
        "\"tier\":\"urgent\",\"basis\":\"银发〔2016〕86号 第二条\",\"reasons\":[{\"rule\":\"gathers\","
        "\"title\":\"\",\"version\":\"%.12s\",\"time\":\"2026-03-02T10:00:00.000+08:00\","
        "\"points\":90,\"lifts_to\":null,\"conditions\":[{\"text\":\"amount >= 50_000.00 CNY\","
        "\"value\":\"70000.00\",\"threshold\":\"50000.00\",\"result\":true}]}],"
        "\"approval\":{\"mode\":\"within\",\"seconds\":900}}",
        hex, account, json_member(kept_json(&city.kept, OUTPUT_WARNING, 0), "id"),
        city.program->hash_hex);
    ck_assert_str_eq(kept_json(&city.kept, OUTPUT_STOP, 0), buf_text(&want));
    buf_fini(&want);
    city_end(&city);
}
END_TEST

START_TEST(an_advice)
{
    struct city city;
    struct digest_id id;
    struct buf want = {0};
    char hex[TOKEN_HEX_BYTES];
    char account[TOKEN_HEX_BYTES];
    struct token payee = token_of(ENTITY_ACCOUNT, "M");
    begin(&city, 60);
    digest_id_begin(&id, "advice");
    digest_id_token(&id, &payee);
    digest_id_text(&id, STR("stop"));
    end_id(&id, hex);
    hex_of(ENTITY_ACCOUNT, "M", account);
    buf_add_format(&want,
                   "{\"type\":\"advice\",\"id\":\"%s\",\"kind\":\"stop\",\"because\":\"tier\","
                   "\"time\":\"2026-03-02T10:00:00.000+08:00\","
                   "\"target\":{\"kind\":\"account\",\"token\":\"%s\",\"mask\":\"M***\"},"
                   "\"reasons\":[\"gathers\"],\"warning\":%s,\"duration_s\":86400,"
                   "\"payment\":{\"id\":\"P77\",\"bank\":\"105100000017\",\"amount\":\"70000.00\","
                   "\"currency\":\"CNY\",\"time\":\"2026-03-02T10:00:00.000+08:00\"}}",
                   hex, account, json_member(kept_json(&city.kept, OUTPUT_WARNING, 0), "id"));
    ck_assert_str_eq(kept_json(&city.kept, OUTPUT_ADVICE, 0), buf_text(&want));
    buf_fini(&want);
    city_end(&city);
}
END_TEST

START_TEST(order_ids_and_keys)
{
    struct city city;
    begin(&city, 90);
    for (size_t i = 0; i < city.kept.count; i++) {
        char want[TOKEN_HEX_BYTES + 2];
        char hex[TOKEN_HEX_BYTES];
        if (city.kept.item[i].kind == OUTPUT_RECEIPT) {
            continue;
        }
        hex_encode(hex, city.kept.item[i].id.bytes, TOKEN_BYTES);
        (void)snprintf(want, sizeof want, "\"%s\"", hex);
        ck_assert_str_eq(json_member(city.kept.item[i].json, "id"), want);
    }
    ck_assert_uint_eq(city.kept.count, 4); /* receipt, warning, stop, decision: in this order */
    ck_assert_int_eq(city.kept.item[1].kind, OUTPUT_WARNING);
    ck_assert_int_eq(city.kept.item[2].kind, OUTPUT_STOP);
    ck_assert_int_eq(city.kept.item[3].kind, OUTPUT_DECISION);
    struct token payer = token_of(ENTITY_PERSON, "A");
    struct token payee = token_of(ENTITY_ACCOUNT, "M");
    ck_assert(token_is_zero(&city.kept.item[0].key));
    ck_assert(token_eq(&city.kept.item[1].key, &payer));
    ck_assert(token_eq(&city.kept.item[2].key, &payee));
    ck_assert(token_eq(&city.kept.item[3].key, &payer));
    city_end(&city);
}
END_TEST

START_TEST(the_bank_that_can_act)
{
    static const struct {
        int action;
        const char *bank;
    } rows[] = {{ACTION_STOP, "\"105100000017\""},
                {ACTION_DELAY, "\"102100099996\""},
                {ACTION_PROTECT, "\"102100099996\""}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct program *p = program_new();
        struct city city;
        int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
        pack_rule(p, "r", mule, LEG_PAYER, TRIGGER_TRANSACTION, pack_yes(p));
        pack_score(p, 90, DAY);
        pack_action(p, rows[i].action, LEG_PAYER, rows[i].action == ACTION_DELAY ? 0 : DAY);
        city_begin(&city, pack_ready(p, "bank"));
        struct event event = payment();
        struct party *payer = &event.party[PARTY_FROM];
        memcpy(payer->bank, "102100099996", 12);
        payer->bank_len = 12;
        city_send(&city, event);
        char paid[256];
        (void)snprintf(paid, sizeof paid, "%s",
                       json_member(kept_json(&city.kept, OUTPUT_STOP, 0), "payment"));
        ck_assert_str_eq(json_member(paid, "bank"), rows[i].bank);
        city_end(&city);
    }
}
END_TEST

START_TEST(what_is_unknown_is_null)
{
    struct settings settings;
    struct city city;
    settings_defaults(&settings);
    city_begin_with(&city, pack(90), &settings, NULL);
    city_send(&city, event_payment("p-1", PHASE_INITIATED, "A", "M", VALUE_UNKNOWN, T0));
    char payment_json[256];
    (void)snprintf(payment_json, sizeof payment_json, "%s",
                   json_member(kept_json(&city.kept, OUTPUT_STOP, 0), "payment"));
    ck_assert_str_eq(payment_json, "{\"id\":\"p-1\",\"bank\":null,\"amount\":null,\"currency\":"
                                   "\"CNY\",\"time\":\"2026-03-02T10:00:00.000+08:00\"}");
    ck_assert_str_eq(json_member(kept_json(&city.kept, OUTPUT_WARNING, 0), "amount_at_risk"),
                     "null");
    city_end(&city);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("output");
    TCase *tests = tcase_create("output");
    tcase_add_test(tests, a_decision);
    tcase_add_test(tests, a_request);
    tcase_add_test(tests, an_advice);
    tcase_add_test(tests, order_ids_and_keys);
    tcase_add_test(tests, the_bank_that_can_act);
    tcase_add_test(tests, what_is_unknown_is_null);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
