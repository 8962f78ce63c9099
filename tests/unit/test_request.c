/* test_request.c - which actions become requests, which become advice and why, and what is merged.
 */
#include "engine/base/digest.h"
#include "tests/unit/small_city.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOW 20
#define MEDIUM 40
#define HIGH 60
#define URGENT 85

#define ck_member(json, name, value) ck_assert_str_eq(json_member(json, name), value)

/* "one two ", the rules of a request's reasons. */
static const char *asked_by(const char *json)
{
    static char names[256];
    size_t len = 0;
    for (const char *at = json_member(json, "reasons"); (at = strstr(at, "\"rule\":\"")) != NULL;) {
        at += strlen("\"rule\":\"");
        len +=
            (size_t)snprintf(names + len, sizeof names - len, "%.*s ", (int)strcspn(at, "\""), at);
    }
    names[len] = '\0';
    return names;
}

/* A rule that always fires at the payer and gives so many points; actions are added to it. */
static struct program *pack_begin(int points)
{
    struct program *p = program_new();
    int32_t fraud = pack_typology(p, "fraud", ENTITY_ACCOUNT, LOW, MEDIUM, HIGH, URGENT);
    pack_rule(p, "r", points < 0 ? TYPOLOGY_NONE : fraud, LEG_PAYER, TRIGGER_TRANSACTION,
              pack_yes(p));
    if (points > 0) {
        pack_score(p, points, HOUR);
    }
    return p;
}

static struct event pays(const char *payee)
{
    return event_payment("p-1", PHASE_INITIATED, "A", payee, 100, T0);
}

/* ---- allowed or not ------------------------------------------------------------------------- */

START_TEST(what_each_tier_allows)
{
    static const struct {
        const char *name;
        int points;
        const char *allowed; /* letters of the actions that become requests */
        const char *approval;
    } rows[] = {
        {"no tier", 10, "", ""},
        {"low", LOW, "w", "{\"mode\":\"before\"}"},
        {"medium", MEDIUM, "w", "{\"mode\":\"before\"}"},
        {"high", HIGH, "dw", "{\"mode\":\"before\"}"},
        {"urgent", URGENT, "psdw", "{\"mode\":\"within\",\"seconds\":900}"},
        {"a rule without typology on a subject without tier", -1, "", ""},
    };
    static const struct {
        char letter;
        const char *kind;
        int action, target;
        int64_t span_ms;
    } actions[] = {
        {'p', "\"protect\"", ACTION_PROTECT, LEG_PAYER_PERSON, DAY},
        {'s', "\"stop\"", ACTION_STOP, LEG_PAYEE, DAY},
        {'d', "\"delay\"", ACTION_DELAY, LEG_PAYER, 0},
        {'w', "\"watch\"", ACTION_WATCH, LEG_PAYEE, DAY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct program *p = pack_begin(rows[i].points);
        struct city city;
        for (int k = 0; k < 4; k++) {
            pack_action(p, actions[k].action, actions[k].target, actions[k].span_ms);
        }
        city_begin(&city, pack_ready(p, "tiers"));
        city_send(&city, pays("M"));
        size_t requests = 0;
        size_t advice = 0;
        for (int k = 0; k < 4; k++) {
            bool allowed = strchr(rows[i].allowed, actions[k].letter) != NULL;
            const char *json = allowed ? kept_json(&city.kept, OUTPUT_STOP, requests++)
                                       : kept_json(&city.kept, OUTPUT_ADVICE, advice++);
            ck_assert_msg(strcmp(json_member(json, "kind"), actions[k].kind) == 0, "%s: %s, %s",
                          rows[i].name, actions[k].kind, json);
            if (allowed) {
                ck_member(json, "approval", rows[i].approval);
            } else {
                ck_member(json, "because", "\"tier\"");
            }
        }
        ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_STOP), requests);
        ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_ADVICE), advice);
        city_end(&city);
    }
}
END_TEST

START_TEST(advice_of_a_rule_needs_a_tier_too)
{
    static const struct {
        int points;
        const char *because;
    } rows[] = {{10, "\"tier\""}, {LOW, "\"rule\""}, {URGENT, "\"rule\""}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct program *p = pack_begin(rows[i].points);
        struct city city;
        pack_action(p, ACTION_ADVISE, LEG_PAYEE, 0)->what = ADVICE_CREDIT_ONLY;
        city_begin(&city, pack_ready(p, "advise"));
        city_send(&city, pays("M"));
        const char *json = kept_json(&city.kept, OUTPUT_ADVICE, 0);
        ck_member(json, "kind", "\"credit_only\"");
        ck_member(json, "because", rows[i].because);
        ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_STOP), 0);
        city_end(&city);
    }
}
END_TEST

START_TEST(a_rule_without_typology_goes_by_the_subjects_tier)
{
    struct program *p = pack_begin(URGENT);
    struct city city;
    pack_rule(p, "plain", TYPOLOGY_NONE, LEG_PAYER, TRIGGER_TRANSACTION, pack_yes(p));
    pack_action(p, ACTION_STOP, LEG_PAYEE, HOUR);
    city_begin(&city, pack_ready(p, "plain"));
    city_send(&city, pays("M"));
    const char *json = kept_json(&city.kept, OUTPUT_STOP, 0);
    ck_member(json, "tier", "\"urgent\"");
    ck_member(json, "warning", "null");
    ck_assert_str_eq(asked_by(json), "plain ");
    city_end(&city);
}
END_TEST

START_TEST(the_tier_of_the_open_episode_counts_not_todays_points)
{
    struct program *p = program_new();
    struct city city;
    int32_t fraud = pack_typology(p, "fraud", ENTITY_ACCOUNT, LOW, MEDIUM, HIGH, URGENT);
    pack_rule(p, "big", fraud, LEG_PAYER, TRIGGER_TRANSACTION,
              pack_word(p, WORD_AMOUNT, OP_GE, 1000));
    pack_score(p, URGENT, HOUR);
    pack_rule(p, "any", fraud, LEG_PAYER, TRIGGER_TRANSACTION, pack_yes(p));
    pack_score(p, 1, HOUR);
    pack_action(p, ACTION_STOP, LEG_PAYEE, HOUR);
    city_begin(&city, pack_ready(p, "open"));
    city_send(&city, event_payment("p-1", PHASE_INITIATED, "A", "M", 1000, T0));
    city_send(&city, event_payment("p-2", PHASE_INITIATED, "A", "M", 1, T0 + 2 * HOUR));
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_STOP), 2);
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_WARNING), 1);
    char first[64];
    (void)snprintf(first, sizeof first, "%s",
                   json_member(kept_json(&city.kept, OUTPUT_STOP, 0), "warning"));
    ck_member(kept_json(&city.kept, OUTPUT_STOP, 1), "warning", first);
    city_end(&city);
}
END_TEST

START_TEST(the_tier_that_a_person_said_allows)
{
    static const struct {
        const char *name;
        int says; /* TIER_NONE: nobody says anything */
        size_t stops;
    } rows[] = {{"nobody corrects it", TIER_NONE, 2},
                {"to low, which allows nothing", TIER_LOW, 1},
                {"to urgent again", TIER_URGENT, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct program *p = program_new();
        struct city city;
        int32_t fraud = pack_typology(p, "fraud", ENTITY_ACCOUNT, LOW, MEDIUM, HIGH, URGENT);
        pack_rule(p, "any", fraud, LEG_PAYER, TRIGGER_TRANSACTION, pack_yes(p));
        pack_score(p, URGENT, HOUR);
        pack_action(p, ACTION_STOP, LEG_PAYEE, HOUR);
        city_begin(&city, pack_ready(p, "said"));
        city_send(&city, event_payment("p-1", PHASE_INITIATED, "A", "M", 1, T0));
        if (rows[i].says != TIER_NONE) {
            city_send(&city, event_correction("o-1", ENTITY_ACCOUNT, "A", "fraud", rows[i].says,
                                              T0 + MINUTE));
        }
        city_send(&city, event_payment("p-2", PHASE_INITIATED, "A", "M", 1, T0 + HOUR));
        ck_assert_msg(kept_count(&city.kept, OUTPUT_STOP) == rows[i].stops, "%s", rows[i].name);
        ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_WARNING), 1);
        city_end(&city);
    }
}
END_TEST

/* ---- posted, too late ----------------------------------------------------------------------- */

START_TEST(on_money_that_has_left)
{
    static const struct {
        const char *name;
        int action, target, phase;
        const char *payee, *because, *mask; /* because "": a request */
    } rows[] = {
        {"delay, in time", ACTION_DELAY, LEG_PAYER, PHASE_INITIATED, "M", "", "\"A***\""},
        {"delay, posted", ACTION_DELAY, LEG_PAYER, PHASE_POSTED, "M", "\"posted\"", "\"M***\""},
        {"protect, posted", ACTION_PROTECT, LEG_PAYER_PERSON, PHASE_POSTED, "M", "\"posted\"",
         "\"M***\""},
        {"protect, posted, cash", ACTION_PROTECT, LEG_PAYER_PERSON, PHASE_POSTED, NULL,
         "\"posted\"", "\"\""},
        {"stop is for just that", ACTION_STOP, LEG_PAYEE, PHASE_POSTED, "M", "", "\"M***\""},
        {"watch", ACTION_WATCH, LEG_PAYER, PHASE_POSTED, "M", "", "\"A***\""},
        {"reversed only", ACTION_DELAY, LEG_PAYER, PHASE_REVERSED, "M", "", "\"A***\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct program *p = pack_begin(URGENT);
        struct city city;
        pack_action(p, rows[i].action, rows[i].target, rows[i].action == ACTION_DELAY ? 0 : HOUR);
        city_begin(&city, pack_ready(p, "posted"));
        city_send(&city, event_payment("p-1", rows[i].phase, "A", rows[i].payee, 100, T0));
        bool request = rows[i].because[0] == '\0';
        const char *json = kept_json(&city.kept, request ? OUTPUT_STOP : OUTPUT_ADVICE, 0);
        ck_assert_msg(json[0] != '\0', "%s", rows[i].name);
        ck_assert_msg(strcmp(json_member(json, "because"), rows[i].because) == 0, "%s: %s",
                      rows[i].name, json);
        char target[256];
        (void)snprintf(target, sizeof target, "%s", json_member(json, "target"));
        ck_assert_msg(strcmp(json_member(target, "mask"), rows[i].mask) == 0, "%s: %s",
                      rows[i].name, json);
        city_end(&city);
    }
}
END_TEST

START_TEST(worth_sending_for_so_long)
{
    static const struct {
        const char *name;
        int action, arrival;
        int64_t worth_ms;
    } rows[] = {
        {"delay of a realtime payment", ACTION_DELAY, ARRIVAL_REALTIME, 10 * MINUTE},
        {"unknown counts as realtime", ACTION_DELAY, ARRIVAL_UNKNOWN, 10 * MINUTE},
        {"in two hours", ACTION_DELAY, ARRIVAL_TWO_HOURS, 2 * HOUR},
        {"the next day", ACTION_PROTECT, ARRIVAL_NEXT_DAY, DAY},
        {"stop does not go by arrival", ACTION_STOP, ARRIVAL_NEXT_DAY, 30 * MINUTE},
        {"nor does watch", ACTION_WATCH, ARRIVAL_NEXT_DAY, 30 * MINUTE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int late = 0; late < 2; late++) {
            struct program *p = pack_begin(URGENT);
            struct city city;
            struct err err = {0};
            pack_action(p, rows[i].action, LEG_PAYER, rows[i].action == ACTION_DELAY ? 0 : HOUR);
            city_begin(&city, pack_ready(p, "worth"));
            ck_assert_int_eq(local_tick(city.local, T0 + rows[i].worth_ms + late, &err), 0);
            struct event event = pays("M");
            event.arrival = (uint8_t)rows[i].arrival;
            city_send(&city, event);
            ck_assert_msg(kept_count(&city.kept, OUTPUT_STOP) == (late ? 0 : 1), "%s, late %d",
                          rows[i].name, late);
            if (late) {
                ck_member(kept_json(&city.kept, OUTPUT_ADVICE, 0), "because", "\"deadline\"");
            }
            city_end(&city);
        }
    }
}
END_TEST

START_TEST(the_first_reason_against_it_is_named)
{
    struct program *p = pack_begin(LOW);
    struct city city;
    struct err err = {0};
    pack_action(p, ACTION_DELAY, LEG_PAYER, 0);
    city_begin(&city, pack_ready(p, "tier first"));
    ck_assert_int_eq(local_tick(city.local, T0 + DAY, &err), 0);
    city_send(&city, event_payment("p-1", PHASE_POSTED, "A", "M", 100, T0));
    ck_member(kept_json(&city.kept, OUTPUT_ADVICE, 0), "because", "\"tier\"");
    /* The money is at the payee all the same. */
    ck_assert_ptr_nonnull(
        strstr(json_member(kept_json(&city.kept, OUTPUT_ADVICE, 0), "target"), "M***"));
    city_end(&city);
    p = pack_begin(URGENT);
    pack_action(p, ACTION_DELAY, LEG_PAYER, 0);
    city_begin(&city, pack_ready(p, "then posted"));
    ck_assert_int_eq(local_tick(city.local, T0 + DAY, &err), 0);
    city_send(&city, event_payment("p-1", PHASE_POSTED, "A", "M", 100, T0));
    ck_member(kept_json(&city.kept, OUTPUT_ADVICE, 0), "because", "\"posted\"");
    city_end(&city);
}
END_TEST

/* ---- targets, spans, merging ---------------------------------------------------------------- */

START_TEST(whom_it_is_about)
{
    static const struct {
        const char *name, *payer;
        int action, target;
        const char *kind, *mask; /* "": no output at all */
    } rows[] = {
        {"an account", "A", ACTION_WATCH, LEG_PAYEE, "\"account\"", "\"M***\""},
        {"a person on her own page has her mask", "A", ACTION_PROTECT, LEG_PAYER_PERSON,
         "\"person\"", "\"A***\""},
        {"another person has none here", "A", ACTION_WATCH, LEG_PAYEE_PERSON, "\"person\"", "\"\""},
        {"an unknown holder is the account", "x", ACTION_PROTECT, LEG_PAYER_PERSON, "\"account\"",
         "\"x***\""},
        {"delay goes to the payer's account", "x", ACTION_DELAY, LEG_PAYEE, "\"account\"",
         "\"x***\""},
        {"a leg that a payment does not have", "A", ACTION_WATCH, LEG_CALLEE, "", ""},
        {"a leg with nobody", "A", ACTION_WATCH, LEG_HOLDER, "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct program *p = program_new();
        struct city city;
        int32_t fraud = pack_typology(p, "fraud", ENTITY_PERSON, LOW, MEDIUM, HIGH, URGENT);
        pack_rule(p, "r", fraud, LEG_PAYER_PERSON, TRIGGER_TRANSACTION, pack_yes(p));
        pack_score(p, URGENT, HOUR);
        pack_action(p, rows[i].action, rows[i].target, rows[i].action == ACTION_DELAY ? 0 : HOUR);
        city_begin(&city, pack_ready(p, "targets"));
        city_send(&city, event_binding("b-1", ENTITY_ACCOUNT, "A", T0));
        city_send(&city, event_payment("p-1", PHASE_INITIATED, rows[i].payer, "M", 100, T0));
        char target[256];
        (void)snprintf(target, sizeof target, "%s",
                       json_member(kept_json(&city.kept, OUTPUT_STOP, 0), "target"));
        ck_assert_msg(strcmp(json_member(target, "kind"), rows[i].kind) == 0, "%s: %s",
                      rows[i].name, target);
        ck_assert_msg(strcmp(json_member(target, "mask"), rows[i].mask) == 0, "%s: %s",
                      rows[i].name, target);
        city_end(&city);
    }
}
END_TEST

START_TEST(spans_and_their_cap)
{
    static const struct {
        int action;
        int64_t span_ms;
        const char *duration_s;
    } rows[] = {
        {ACTION_PROTECT, 3 * DAY, "172800"}, {ACTION_PROTECT, DAY, "86400"},
        {ACTION_STOP, 49 * HOUR, "172800"},  {ACTION_WATCH, 3 * DAY, "259200"},
        {ACTION_DELAY, 0, "null"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct program *p = pack_begin(URGENT);
        struct city city;
        pack_action(p, rows[i].action, LEG_PAYER, rows[i].span_ms);
        city_begin(&city, pack_ready(p, "spans"));
        city_send(&city, pays("M"));
        ck_member(kept_json(&city.kept, OUTPUT_STOP, 0), "duration_s", rows[i].duration_s);
        city_end(&city);
    }
}
END_TEST

START_TEST(the_same_kind_and_target_are_one_order)
{
    struct program *p = program_new();
    struct city city;
    int32_t fraud = pack_typology(p, "fraud", ENTITY_ACCOUNT, LOW, MEDIUM, HIGH, URGENT);
    static const struct {
        const char *rule;
        int target;
        int64_t span_ms;
    } rows[] = {
        {"one", LEG_PAYEE, HOUR},       {"one", LEG_PAYEE, 2 * HOUR}, {"two", LEG_PAYER, HOUR},
        {"three", LEG_PAYEE, 3 * HOUR}, {"four", LEG_PAYEE, HOUR},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (i != 1) {
            pack_rule(p, rows[i].rule, fraud, LEG_PAYER, TRIGGER_TRANSACTION, pack_yes(p));
            pack_score(p, 30, HOUR);
        }
        pack_action(p, ACTION_WATCH, rows[i].target, rows[i].span_ms);
        pack_action(p, ACTION_ADVISE, rows[i].target, 0)->what = ADVICE_REVERIFY;
    }
    pack_action(p, ACTION_ADVISE, LEG_PAYEE, 0)->what = ADVICE_NO_COUNTER;
    city_begin(&city, pack_ready(p, "merge"));
    city_send(&city, pays("M"));
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_STOP), 2);
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_ADVICE), 3);
    ck_member(kept_json(&city.kept, OUTPUT_ADVICE, 2), "kind", "\"no_counter\"");
    ck_assert_str_eq(asked_by(kept_json(&city.kept, OUTPUT_STOP, 0)), "one three four ");
    ck_member(kept_json(&city.kept, OUTPUT_STOP, 0), "duration_s", "10800");
    ck_assert_str_eq(asked_by(kept_json(&city.kept, OUTPUT_STOP, 1)), "two ");
    ck_member(kept_json(&city.kept, OUTPUT_ADVICE, 0), "reasons", "[\"one\",\"three\",\"four\"]");
    city_end(&city);
}
END_TEST

START_TEST(a_request_and_an_advice_of_one_kind_stay_two)
{
    struct program *p = program_new();
    struct city city;
    int32_t fraud = pack_typology(p, "fraud", ENTITY_ACCOUNT, LOW, MEDIUM, HIGH, URGENT);
    int32_t weak = pack_typology(p, "weak", ENTITY_ACCOUNT, LOW, MEDIUM, HIGH, URGENT);
    pack_rule(p, "low", weak, LEG_PAYER, TRIGGER_TRANSACTION, pack_yes(p));
    pack_score(p, LOW, HOUR);
    pack_action(p, ACTION_STOP, LEG_PAYEE, HOUR);
    pack_rule(p, "urgent", fraud, LEG_PAYER, TRIGGER_TRANSACTION, pack_yes(p));
    pack_score(p, URGENT, HOUR);
    pack_action(p, ACTION_STOP, LEG_PAYEE, HOUR);
    city_begin(&city, pack_ready(p, "two"));
    city_send(&city, pays("M"));
    ck_assert_str_eq(asked_by(kept_json(&city.kept, OUTPUT_STOP, 0)), "urgent ");
    ck_member(kept_json(&city.kept, OUTPUT_ADVICE, 0), "reasons", "[\"low\"]");
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_ADVICE), 1);
    city_end(&city);
}
END_TEST

START_TEST(only_if_true)
{
    static const struct {
        int64_t value;
        size_t requests;
    } rows[] = {{1, 1}, {0, 0}, {VALUE_UNKNOWN, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct program *p = pack_begin(URGENT);
        struct city city;
        uint32_t code = pack_value(p, rows[i].value);
        pack_action(p, ACTION_STOP, LEG_PAYEE, HOUR)->only_if = code;
        city_begin(&city, pack_ready(p, "if"));
        city_send(&city, pays("M"));
        ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_STOP), rows[i].requests);
        city_end(&city);
    }
}
END_TEST

START_TEST(without_a_payment)
{
    struct program *p = program_new();
    struct city city;
    int32_t fraud = pack_typology(p, "fraud", ENTITY_PERSON, LOW, MEDIUM, HIGH, URGENT);
    pack_rule(p, "r", fraud, LEG_CALLEE_PERSON, TRIGGER_CALL_END, pack_yes(p));
    pack_score(p, URGENT, HOUR);
    pack_action(p, ACTION_PROTECT, LEG_CALLEE_PERSON, HOUR);
    pack_action(p, ACTION_DELAY, LEG_PAYER, 0);
    city_begin(&city, pack_ready(p, "call"));
    city_send(&city, event_call("c-1", PHASE_RECORD, "F", "P", MINUTE, T0));
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_STOP), 1); /* there is no payer to delay */
    const char *json = kept_json(&city.kept, OUTPUT_STOP, 0);
    ck_member(json, "payment", "null");
    ck_member(json, "not_after", "\"2026-03-02T10:31:00.000+08:00\"");
    city_end(&city);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("request");
    TCase *tests = tcase_create("request");
    tcase_add_test(tests, what_each_tier_allows);
    tcase_add_test(tests, advice_of_a_rule_needs_a_tier_too);
    tcase_add_test(tests, a_rule_without_typology_goes_by_the_subjects_tier);
    tcase_add_test(tests, the_tier_of_the_open_episode_counts_not_todays_points);
    tcase_add_test(tests, the_tier_that_a_person_said_allows);
    tcase_add_test(tests, on_money_that_has_left);
    tcase_add_test(tests, worth_sending_for_so_long);
    tcase_add_test(tests, the_first_reason_against_it_is_named);
    tcase_add_test(tests, whom_it_is_about);
    tcase_add_test(tests, spans_and_their_cap);
    tcase_add_test(tests, the_same_kind_and_target_are_one_order);
    tcase_add_test(tests, a_request_and_an_advice_of_one_kind_stay_two);
    tcase_add_test(tests, only_if_true);
    tcase_add_test(tests, without_a_payment);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
