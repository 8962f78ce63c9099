/* test_decision_flags.c - what a decision says of its values: that they reach behind the exact
 * history, also those that were carried, and which rules met a bound. */
#include "tests/unit/small_city.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ck_member(json, name, value) ck_assert_str_eq(json_member(json, name), value)

static struct event pays(int number, int64_t time_ms)
{
    char id[32];
    (void)snprintf(id, sizeof id, "p-%d", number);
    return event_payment(id, PHASE_INITIATED, "A", "M", 5000, time_ms);
}

/* The newest decision of a role. */
static const char *decision_of(struct city *city, const char *role)
{
    for (size_t i = kept_count(&city->kept, OUTPUT_DECISION); i-- > 0;) {
        const char *json = kept_json(&city->kept, OUTPUT_DECISION, i);
        if (strcmp(json_member(json, "role"), role) == 0) {
            return json;
        }
    }
    ck_abort_msg("no decision of %s", role);
    return NULL;
}

/* Pages keep the newest eight payments. */
static void forgetful_city(struct city *city, struct program *p)
{
    struct settings settings;
    settings_defaults(&settings);
    settings.decisions_sample = 1;
    settings.retention_account_payments = 8;
    city_begin_with(city, pack_ready(p, "flags"), &settings, NULL);
}

/* A feature of the payee, carried to the payer, who reads it or does not; nine payments, of which
 * the page has dropped one. */
static const struct {
    const char *name;
    int64_t span_ms;
    bool of_yes_or_no; /* the feature compares, and carries the answer */
    bool read;
    const char *flags;
} carried[] = {
    {"within what is kept", 8 * MINUTE, false, true, "[]"},
    {"behind it", HOUR, false, true, "[\"approximate\"]"},
    {"an answer made of it", HOUR, true, true, "[\"approximate\"]"},
    {"an answer within what is kept", 8 * MINUTE, true, true, "[]"},
    {"that nobody reads", HOUR, false, false, "[]"},
};

START_TEST(carried_values_keep_their_flag)
{
    struct program *p = program_new();
    struct city city;
    uint32_t code = carried[_i].of_yes_or_no
                        ? pack_window(p, AGGREGATE_COUNT, STREAM_PAYMENT_IN, WORD_NONE,
                                      carried[_i].span_ms, CODE_NONE, OP_GE, 20)
                        : pack_of_window(p, AGGREGATE_COUNT, STREAM_PAYMENT_IN, WORD_NONE,
                                         carried[_i].span_ms, CODE_NONE);
    pack_carry(p, EVENT_TRANSACTION, LEG_PAYEE, 3, CARRY_FEATURE, 0,
               pack_feature(p, "f", ENTITY_ACCOUNT, code));
    pack_rule(p, "r", TYPOLOGY_NONE, LEG_PAYER, TRIGGER_TRANSACTION,
              carried[_i].read ? pack_carried(p, 3, OP_GE, 1) : pack_yes(p));
    forgetful_city(&city, p);
    for (int i = 0; i < 9; i++) {
        city_send(&city, pays(i, T0 + i * MINUTE));
    }
    ck_assert_msg(strcmp(json_member(decision_of(&city, "\"payer\""), "flags"),
                         carried[_i].flags) == 0,
                  "%s: %s", carried[_i].name, decision_of(&city, "\"payer\""));
    ck_member(decision_of(&city, "\"payee\""), "flags", "[]");
    city_end(&city);
}
END_TEST

/* What a shadow rule reads is said of its own firing, though a live rule reads the same within what
 * is kept; one feature that both read is said of both. */
START_TEST(shadow_rules_have_flags_of_their_own)
{
    static const struct {
        const char *name;
        int64_t live_ms, shadow_ms; /* 0: the feature, over an hour */
        const char *live, *shadow;
    } rows[] = {
        {"the shadow rule alone", 8 * MINUTE, HOUR, "[]", "[\"approximate\"]"},
        {"the live rule alone", HOUR, 8 * MINUTE, "[\"approximate\"]", "[]"},
        {"the feature, read by both", 0, 0, "[\"approximate\"]", "[\"approximate\"]"},
        {"the feature, read by the shadow rule", 8 * MINUTE, 0, "[]", "[\"approximate\"]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct program *p = program_new();
        struct city city;
        int64_t spans[2] = {rows[i].live_ms, rows[i].shadow_ms};
        uint32_t over_an_hour = pack_window(p, AGGREGATE_COUNT, STREAM_PAYMENT_IN, WORD_NONE, HOUR,
                                            CODE_NONE, OP_LT, 20);
        uint32_t feature = pack_feature(p, "f", ENTITY_ACCOUNT, over_an_hour);
        const struct insn ask[] = {{.op = OP_FEATURE, .c = (int32_t)feature}, {.op = OP_END}};
        for (int rule = 0; rule < 2; rule++) {
            uint32_t when = spans[rule] == 0
                                ? pack_code(p, ask, 2)
                                : pack_window(p, AGGREGATE_COUNT, STREAM_PAYMENT_IN, WORD_NONE,
                                              spans[rule], CODE_NONE, OP_LT, 20);
            pack_rule(p, rule == 0 ? "live" : "tried", TYPOLOGY_NONE, LEG_PAYEE,
                      TRIGGER_TRANSACTION, when)
                ->shadow = rule == 1;
        }
        forgetful_city(&city, p);
        for (int n = 0; n < 9; n++) {
            city_send(&city, pays(n, T0 + n * MINUTE));
        }
        const char *shadow =
            kept_json(&city.kept, OUTPUT_SHADOW, kept_count(&city.kept, OUTPUT_SHADOW) - 1);
        ck_assert_msg(strcmp(json_member(shadow, "flags"), rows[i].shadow) == 0, "%s: %s",
                      rows[i].name, shadow);
        ck_assert_msg(strcmp(json_member(decision_of(&city, "\"payee\""), "flags"), rows[i].live) ==
                          0,
                      "%s: %s", rows[i].name, decision_of(&city, "\"payee\""));
        city_end(&city);
    }
}
END_TEST

/* ---- bounds ---- */

/* Rules r0, r1 .. of one line each: the page has room for 64. */
START_TEST(points_that_give_way_are_said)
{
    static const struct {
        const char *name;
        int rules;

        const char *bounded, *flags;
    } rows[] = {
        {"as many as there is room for", 64, "", "[]"},
        {"one more", 65, "[\"r64\"]", "[\"bounded\"]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct program *p = program_new();
        struct city city;
        int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
        for (int rule = 0; rule < rows[i].rules; rule++) {
            char name[16];
            (void)snprintf(name, sizeof name, "r%d", rule);
            pack_rule(p, name, mule, LEG_PAYEE, TRIGGER_TRANSACTION, pack_yes(p));
            pack_score(p, 1, HOUR);
        }
        city_begin(&city, pack_ready(p, "points"));
        city_send(&city, pays(1, T0));
        const char *json = decision_of(&city, "\"payee\"");
        ck_assert_msg(strcmp(json_member(json, "bounded"), rows[i].bounded) == 0, "%s: %s",
                      rows[i].name, json);
        ck_member(json, "flags", rows[i].flags);
        ck_member(kept_json(&city.kept, OUTPUT_WARNING, 0), "flags", rows[i].flags);
        city_end(&city);
    }
}
END_TEST

/* Points that are over give way in silence: a payment an hour later finds 64 lines, all ended. */
START_TEST(what_is_over_is_not_missed)
{
    struct program *p = program_new();
    struct city city;
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    for (int rule = 0; rule < 65; rule++) {
        char name[16];
        (void)snprintf(name, sizeof name, "r%d", rule);
        uint32_t when =
            rule < 64 ? pack_word(p, WORD_TIME, OP_EQ, T0) : pack_word(p, WORD_TIME, OP_GT, T0);
        pack_rule(p, name, mule, LEG_PAYEE, TRIGGER_TRANSACTION, when);
        pack_score(p, 1, MINUTE);
    }
    city_begin(&city, pack_ready(p, "over"));
    city_send(&city, pays(1, T0));
    city_send(&city, pays(2, T0 + MINUTE));
    ck_member(decision_of(&city, "\"payee\""), "fired", "[\"r64\"]");
    ck_member(decision_of(&city, "\"payee\""), "flags", "[]");
    city_end(&city);
}
END_TEST

/* A page notes 128 rules that have fired in its episodes; one opens it, the others give no points.
 */
START_TEST(what_has_fired_and_gives_way_is_said)
{
    static const struct {
        const char *name;
        int rules;
        const char *flags;
    } rows[] = {
        {"as many as there is room for", 128, "[]"},
        {"one more", 129, "[\"bounded\"]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct program *p = program_new();
        struct city city;
        int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
        for (int rule = 0; rule < rows[i].rules; rule++) {
            char name[16];
            (void)snprintf(name, sizeof name, "r%d", rule);
            pack_rule(p, name, mule, LEG_PAYEE, TRIGGER_TRANSACTION, pack_yes(p));
            if (rule == 0) {
                pack_score(p, 20, HOUR);
            }
        }
        city_begin(&city, pack_ready(p, "fired"));
        city_send(&city, pays(1, T0));
        const char *json = decision_of(&city, "\"payee\"");
        ck_assert_msg(strcmp(json_member(json, "flags"), rows[i].flags) == 0, "%s: %s",
                      rows[i].name, json);
        ck_assert_msg((strstr(json_member(json, "bounded"), "\"r128\"") != NULL) ==
                          (rows[i].rules > 128),
                      "%s: %s", rows[i].name, json);
        city_end(&city);
    }
}
END_TEST

/* A page holds eight open warnings. */
START_TEST(episodes_that_give_way_are_said)
{
    struct program *p = program_new();
    struct city city;
    for (int i = 0; i < 9; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "t%d", i);
        int32_t typology = pack_typology(p, name, ENTITY_ACCOUNT, 20, 40, 60, 85);
        name[0] = 'r';
        pack_rule(p, name, typology, LEG_PAYEE, TRIGGER_TRANSACTION,
                  pack_word(p, WORD_TIME, i < 8 ? OP_EQ : OP_GT, T0));
        pack_score(p, 20, HOUR);
    }
    city_begin(&city, pack_ready(p, "episodes"));
    city_send(&city, pays(1, T0));
    ck_member(decision_of(&city, "\"payee\""), "flags", "[]");
    city_send(&city, pays(2, T0 + MINUTE));
    ck_member(decision_of(&city, "\"payee\""), "flags", "[\"bounded\"]");
    ck_member(decision_of(&city, "\"payee\""), "bounded", "[\"r8\"]");
    ck_member(kept_json(&city.kept, OUTPUT_WARNING, 8), "flags", "[\"bounded\"]");
    city_end(&city);
}
END_TEST

/* A decision sends 64 marks. */
START_TEST(marks_that_are_not_sent_are_said)
{
    struct program *p = program_new();
    struct city city;
    for (int rule = 0; rule < 65; rule++) {
        char name[16];
        (void)snprintf(name, sizeof name, "m%d", rule);
        uint32_t mark = program_add_marks(p);
        p->marks[mark] = (struct mark){program_text(p, str_of(name)), name_key(str_of(name))};
        pack_rule(p, name, TYPOLOGY_NONE, LEG_PAYER, TRIGGER_TRANSACTION, pack_yes(p));
        struct action *action = pack_action(p, ACTION_MARK, LEG_PAYEE, HOUR);
        action->what = 1;
        action->mark = mark;
    }
    city_begin(&city, pack_ready(p, "marks"));
    city_send(&city, pays(1, T0));
    ck_member(decision_of(&city, "\"payer\""), "flags", "[\"bounded\"]");
    ck_member(decision_of(&city, "\"payer\""), "bounded", "[\"m64\"]");
    city_end(&city);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("decision_flags");
    TCase *tests = tcase_create("decision_flags");
    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, carried_values_keep_their_flag, 0,
                        (int)(sizeof carried / sizeof carried[0]));
    tcase_add_test(tests, shadow_rules_have_flags_of_their_own);
    tcase_add_test(tests, points_that_give_way_are_said);
    tcase_add_test(tests, what_is_over_is_not_missed);
    tcase_add_test(tests, what_has_fired_and_gives_way_is_said);
    tcase_add_test(tests, episodes_that_give_way_are_said);
    tcase_add_test(tests, marks_that_are_not_sent_are_said);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
