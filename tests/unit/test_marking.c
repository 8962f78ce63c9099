/* test_marking.c - what a decision marks: whom, once for each level, until when; and its event. */
#include "engine/base/digest.h"
#include "tests/unit/small_city.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t add_mark(struct program *p, const char *name)
{
    uint32_t at = program_add_marks(p);
    p->marks[at] = (struct mark){program_text(p, str_of(name)), name_key(str_of(name))};
    return at;
}

static void pack_mark(struct program *p, uint32_t mark, int target, int level, int64_t span_ms)
{
    struct action *action = pack_action(p, ACTION_MARK, target, span_ms);
    action->what = (uint8_t)level;
    action->mark = mark;
}

static struct event pays(const char *id, const char *payer, const char *payee, int64_t time_ms)
{
    return event_payment(id, PHASE_INITIATED, payer, payee, 5000, time_ms);
}

static int64_t level_of(struct city *city, struct token token, const char *name, int64_t t)
{
    return page_mark_level(city_page(city, token), name_key(str_of(name)), t);
}

START_TEST(whom_it_reaches)
{
    static const struct {
        const char *name;
        int target;
        bool payee, payee_holder, payer;
    } rows[] = {
        {"an account, and who holds it", LEG_PAYEE, true, true, false},
        {"a person alone", LEG_PAYEE_PERSON, false, true, false},
        {"the subject", LEG_PAYER, false, false, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct program *p = program_new();
        struct city city;
        pack_rule(p, "r", TYPOLOGY_NONE, LEG_PAYER, TRIGGER_TRANSACTION, pack_yes(p));
        pack_mark(p, add_mark(p, "suspect"), rows[i].target, 2, HOUR);
        city_begin(&city, pack_ready(p, "marks"));
        city_send(&city, pays("p-1", "A", "M", T0));
        struct token payee = token_of(ENTITY_ACCOUNT, "M");
        struct token holder = holder_of(ENTITY_ACCOUNT, "M");
        struct token payer = token_of(ENTITY_ACCOUNT, "A");
        ck_assert_msg(level_of(&city, payee, "suspect", T0) == 2 * rows[i].payee, "%s",
                      rows[i].name);
        ck_assert_msg(level_of(&city, holder, "suspect", T0) == 2 * rows[i].payee_holder, "%s",
                      rows[i].name);
        ck_assert_msg(level_of(&city, payer, "suspect", T0) == 2 * rows[i].payer, "%s",
                      rows[i].name);
        ck_assert_int_eq(level_of(&city, payer, "suspect", T0 + HOUR), 0);
        ck_assert_int_eq(level_of(&city, payee, "other", T0), 0);
        city_end(&city);
    }
}
END_TEST

/* Nobody gets the payee of cash; a stand-in is marked like a person. */
START_TEST(those_who_are_not_known)
{
    struct program *p = program_new();
    struct city city;
    pack_rule(p, "r", TYPOLOGY_NONE, LEG_PAYER, TRIGGER_TRANSACTION, pack_yes(p));
    pack_mark(p, add_mark(p, "suspect"), LEG_PAYEE_PERSON, 1, HOUR);
    city_begin(&city, pack_ready(p, "marks"));
    city_send(&city, pays("p-1", "A", NULL, T0));
    city_send(&city, pays("p-2", "A", "m", T0));
    ck_assert_int_eq(level_of(&city, holder_of(ENTITY_ACCOUNT, "m"), "suspect", T0), 1);
    ck_assert(city_page(&city, holder_of(ENTITY_ACCOUNT, "m"))->stand_in);
    city_end(&city);
}
END_TEST

/* Two rules that say the same send one mark, for the longer time; another level is another. */
START_TEST(one_for_each_level)
{
    struct program *p = program_new();
    struct city city;
    uint32_t suspect = add_mark(p, "suspect");
    pack_rule(p, "a", TYPOLOGY_NONE, LEG_PAYER, TRIGGER_TRANSACTION, pack_yes(p));
    pack_mark(p, suspect, LEG_PAYEE, 2, HOUR);
    pack_mark(p, suspect, LEG_PAYEE, 1, MINUTE);
    pack_rule(p, "b", TYPOLOGY_NONE, LEG_PAYER, TRIGGER_TRANSACTION, pack_yes(p));
    pack_mark(p, suspect, LEG_PAYEE, 2, DAY);
    city_begin(&city, pack_ready(p, "marks"));
    city_send(&city, pays("p-1", "A", "M", T0));
    const struct page *page = city_page(&city, token_of(ENTITY_ACCOUNT, "M"));
    ck_assert_uint_eq(page->held_count, 2);
    ck_assert_int_eq(page_mark_level(page, name_key(STR("suspect")), T0), 1);
    ck_assert_int_eq(page_mark_level(page, name_key(STR("suspect")), T0 + MINUTE), 2);
    ck_assert_int_eq(page_mark_level(page, name_key(STR("suspect")), T0 + DAY - 1), 2);
    ck_assert_int_eq(page_mark_level(page, name_key(STR("suspect")), T0 + DAY), 0);
    city_end(&city);
}
END_TEST

/* A rule sees a mark from the next event on; a shadow rule sets none. */
START_TEST(seen_from_the_next_event_on)
{
    for (int shadow = 0; shadow < 2; shadow++) {
        struct program *p = program_new();
        struct city city;
        int32_t suspect = (int32_t)add_mark(p, "suspect");
        pack_rule(p, "setter", TYPOLOGY_NONE, LEG_PAYEE, TRIGGER_TRANSACTION, pack_yes(p))->shadow =
            shadow == 1;
        pack_mark(p, (uint32_t)suspect, LEG_PAYEE, 1, HOUR); /* level 1 is yes */
        struct insn asks[] = {{.op = OP_MARK_LEVEL, .c = suspect}, {.op = OP_END}};
        pack_rule(p, "asker", TYPOLOGY_NONE, LEG_PAYEE, TRIGGER_TRANSACTION, pack_code(p, asks, 2));
        city_begin(&city, pack_ready(p, "marks"));
        for (int i = 0; i < 2; i++) {
            kept_clear(&city.kept);
            city_send(&city, pays(i == 0 ? "p-1" : "p-2", "A", "M", T0 + i));
            bool asked = strstr(kept_json(&city.kept, OUTPUT_DECISION, 0), "\"asker\"") != NULL;
            ck_assert_int_eq(asked, i == 1 && shadow == 0);
        }
        city_end(&city);
    }
}
END_TEST

/* ---- marks of many ---- */

/* Marks whom the account has paid in the last hour. */
static void pack_mark_payees(struct program *p, uint32_t mark, int level, int64_t span_ms)
{
    uint32_t ends =
        pack_of_window(p, AGGREGATE_EACH, STREAM_PAYMENT_OUT, WORD_PAYEE, HOUR, CODE_NONE);
    pack_mark(p, mark, LEG_PAYER, level, span_ms);
    p->actions[p->actions_count - 1].code = ends;
}

static struct event pays_amount(const char *id, const char *payer, const char *payee,
                                int64_t amount_minor, int64_t time_ms)
{
    return event_payment(id, PHASE_INITIATED, payer, payee, amount_minor, time_ms);
}

static const char *payee_name(int number)
{
    static char name[16];
    (void)snprintf(name, sizeof name, "M.%d", number);
    return name;
}

/* Seventy were paid, and sixty-four are marked: those that were paid last. */
START_TEST(many_newest_first)
{
    struct program *p = program_new();
    struct city city;
    struct local_counts counts;
    pack_rule(p, "r", TYPOLOGY_NONE, LEG_PAYER, TRIGGER_TRANSACTION,
              pack_word(p, WORD_AMOUNT, OP_EQ, 7));
    pack_mark_payees(p, add_mark(p, "suspect"), 2, HOUR);
    city_begin(&city, pack_ready(p, "marks"));
    city_send(&city, pays_amount("old", "A", "M.99", 5, T0 - HOUR));
    for (int i = 0; i < 70; i++) {
        char id[24];
        (void)snprintf(id, sizeof id, "p-%d", i);
        kept_clear(&city.kept);
        city_send(&city, pays_amount(id, "A", payee_name(i), i == 69 ? 7 : 5, T0 + i));
    }
    for (int i = 0; i < 70; i++) {
        struct token payee = token_of(ENTITY_ACCOUNT, payee_name(i));
        ck_assert_msg(level_of(&city, payee, "suspect", T0 + 69) == 2 * (i >= 6), "%d", i);
    }
    ck_assert_int_eq(level_of(&city, token_of(ENTITY_ACCOUNT, "M.99"), "suspect", T0 + 69), 0);
    const char *decision = kept_json(&city.kept, OUTPUT_DECISION, 2); /* payer */
    ck_assert_str_eq(json_member(decision, "bounded"), "[\"r\"]");
    ck_assert_str_eq(json_member(decision, "flags"), "[\"bounded\"]");
    local_counts(city.local, &counts);
    ck_assert_uint_eq(counts.bounded, 1);
    city_end(&city);
}
END_TEST

/* The page of the number or account knows who holds it; where nobody is known there is a stand-in.
 */
START_TEST(many_reach_their_holders)
{
    struct program *p = program_new();
    struct city city;
    pack_rule(p, "r", TYPOLOGY_NONE, LEG_PAYER, TRIGGER_TRANSACTION,
              pack_word(p, WORD_AMOUNT, OP_EQ, 7));
    pack_mark_payees(p, add_mark(p, "suspect"), 2, HOUR);
    city_begin(&city, pack_ready(p, "marks"));
    city_send(&city, pays_amount("p-1", "A", "M", 5, T0));
    city_send(&city, pays_amount("p-2", "A", "m", 5, T0));
    city_send(&city, pays_amount("p-3", "A", NULL, 7, T0));
    ck_assert_int_eq(level_of(&city, token_of(ENTITY_ACCOUNT, "M"), "suspect", T0), 2);
    ck_assert_int_eq(level_of(&city, holder_of(ENTITY_ACCOUNT, "M"), "suspect", T0), 2);
    ck_assert_int_eq(level_of(&city, holder_of(ENTITY_ACCOUNT, "m"), "suspect", T0), 2);
    ck_assert(!city_page(&city, holder_of(ENTITY_ACCOUNT, "M"))->stand_in);
    ck_assert(city_page(&city, holder_of(ENTITY_ACCOUNT, "m"))->stand_in);
    city_end(&city);
}
END_TEST

/* ---- rules on marks ---- */

static struct rule *pack_rule_on(struct program *p, const char *name, uint32_t mark, int page)
{
    struct rule *rule = pack_rule(p, name, TYPOLOGY_NONE, LEG_ENTITY, TRIGGER_MARK, pack_yes(p));
    rule->mark = mark;
    rule->page = (uint8_t)page;
    return rule;
}

static int fired_count(struct city *city, const char *rule)
{
    int count = 0;
    char name[32];
    (void)snprintf(name, sizeof name, "\"%s\"", rule);
    for (size_t i = 0; i < kept_count(&city->kept, OUTPUT_DECISION); i++) {
        const char *fired = json_member(kept_json(&city->kept, OUTPUT_DECISION, i), "fired");
        count += strstr(fired, name) != NULL;
    }
    return count;
}

/* A payment of so many minor units marks its payee with that level for an hour. */
static void pack_setters(struct program *p, uint32_t mark)
{
    for (int level = 1; level <= MARK_LEVEL_MAX; level++) {
        pack_rule(p, "set", TYPOLOGY_NONE, LEG_PAYER, TRIGGER_TRANSACTION,
                  pack_word(p, WORD_AMOUNT, OP_EQ, level));
        pack_mark(p, mark, LEG_PAYEE, level, HOUR);
    }
}

START_TEST(a_rule_runs_when_no_such_level_or_lower_was_there)
{
    static const struct {
        const char *name;
        int level;
        int64_t at_ms;
        bool runs;
    } rows[] = {
        {"the first", 2, 0, true},
        {"the same again", 2, MINUTE, false},
        {"a higher one", 3, 2 * MINUTE, false},
        {"a lower one", 1, 3 * MINUTE, true},
        {"the lowest is still there", 2, 4 * MINUTE, false},
        {"all are over", 3, 5 * HOUR, true},
        {"one of before that one", 3, 4 * HOUR + 55 * MINUTE, false},
    };
    struct program *p = program_new();
    struct city city;
    uint32_t suspect = add_mark(p, "suspect");
    pack_setters(p, suspect);
    pack_rule_on(p, "accounts", suspect, ENTITY_ACCOUNT);
    pack_rule_on(p, "persons", suspect, ENTITY_PERSON);
    pack_rule_on(p, "numbers", suspect, ENTITY_NUMBER);
    pack_rule_on(p, "others", add_mark(p, "other"), ENTITY_ACCOUNT);
    city_begin(&city, pack_ready(p, "marks"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char id[24];
        (void)snprintf(id, sizeof id, "p-%zu", i);
        kept_clear(&city.kept);
        city_send(&city, pays_amount(id, "A", "M", rows[i].level, T0 + rows[i].at_ms));
        ck_assert_msg(fired_count(&city, "accounts") == rows[i].runs, "%s", rows[i].name);
        ck_assert_msg(fired_count(&city, "persons") == rows[i].runs, "%s", rows[i].name);
        ck_assert_int_eq(fired_count(&city, "numbers") + fired_count(&city, "others"), 0);
    }
    city_end(&city);
}
END_TEST

/* The victim's payment is known late. The mark that it sets works at the page's newest time, and
 * one that it sets in turn says when all began. */
START_TEST(a_mark_keeps_the_time_of_what_began_it)
{
    struct program *p = program_new();
    struct city city;
    uint32_t suspect = add_mark(p, "suspect");
    pack_setters(p, suspect);
    pack_rule_on(p, "on", suspect, ENTITY_ACCOUNT)->when =
        pack_word(p, WORD_TIME, OP_EQ, T0 + 12 * MINUTE);
    pack_mark_payees(p, suspect, 2, DAY);
    city_begin(&city, pack_ready(p, "marks"));
    city_send(&city, pays_amount("p-1", "A", "B", 500, T0 + 15 * MINUTE));
    kept_clear(&city.kept);
    city_send(&city, pays_amount("p-2", "P", "A", 1, T0 + 12 * MINUTE));
    const struct page *first = city_page(&city, token_of(ENTITY_ACCOUNT, "A"));
    const struct page *second = city_page(&city, token_of(ENTITY_ACCOUNT, "B"));
    ck_assert_int_eq(first->held[0].from_ms, T0 + 12 * MINUTE);
    ck_assert_int_eq(first->held[0].until_ms, T0 + 12 * MINUTE + HOUR);
    ck_assert_uint_eq(second->held_count, 1);
    ck_assert_uint_eq(second->held[0].level, 2);
    ck_assert_int_eq(second->held[0].from_ms, T0 + 12 * MINUTE);
    ck_assert_int_eq(second->held[0].until_ms, T0 + 15 * MINUTE + DAY);
    ck_assert_int_eq(fired_count(&city, "on"), 2);
    for (size_t i = 0; i < kept_count(&city.kept, OUTPUT_DECISION); i++) {
        const char *json = kept_json(&city.kept, OUTPUT_DECISION, i);
        if (strstr(json_member(json, "fired"), "\"on\"") != NULL) {
            ck_assert_str_eq(json_member(json, "time"), "\"2026-03-02T10:15:00.000+08:00\"");
        }
    }
    city_end(&city);
}
END_TEST

/* A payment marks its payee, whose mark marks the same account again; both marks warn. */
START_TEST(a_warning_names_what_began_the_mark)
{
    struct program *p = program_new();
    struct city city;
    int32_t fraud = pack_typology(p, "fraud", ENTITY_ACCOUNT, 20, 40, 60, 85);
    uint32_t suspect = add_mark(p, "suspect");
    uint32_t proven = add_mark(p, "proven");
    pack_rule(p, "pays", TYPOLOGY_NONE, LEG_PAYER, TRIGGER_TRANSACTION, pack_yes(p));
    pack_mark(p, suspect, LEG_PAYEE, 1, HOUR);
    pack_rule_on(p, "first", suspect, ENTITY_ACCOUNT)->typology = fraud;
    pack_score(p, 20, HOUR);
    pack_mark(p, proven, LEG_ENTITY, 1, HOUR);
    pack_rule_on(p, "second", proven, ENTITY_ACCOUNT)->typology = fraud;
    pack_score(p, 20, HOUR);
    city_begin(&city, pack_ready(p, "began"));
    city_send(&city, pays("p-1", "A", "M", T0));
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_WARNING), 2);
    char ids[2][128];
    for (size_t i = 0; i < 2; i++) {
        const char *json = kept_json(&city.kept, OUTPUT_WARNING, i);
        const char *evidence = json_member(json, "evidence");
        (void)snprintf(ids[i], sizeof ids[i], "%.41s", evidence);
        ck_assert_str_eq(evidence + strlen("[{\"id\":\"") + 2 * (size_t)TOKEN_BYTES,
                         "\",\"type\":\"mark\",\"time\":\"2026-03-02T10:00:00.000+08:00\"},"
                         "{\"id\":\"p-1\",\"type\":\"transaction\","
                         "\"time\":\"2026-03-02T10:00:00.000+08:00\"}]");
    }
    ck_assert_str_ne(ids[0], ids[1]);
    city_end(&city);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("marking");
    TCase *tests = tcase_create("marking");
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, whom_it_reaches);
    tcase_add_test(tests, those_who_are_not_known);
    tcase_add_test(tests, one_for_each_level);
    tcase_add_test(tests, seen_from_the_next_event_on);
    tcase_add_test(tests, many_newest_first);
    tcase_add_test(tests, many_reach_their_holders);
    tcase_add_test(tests, a_rule_runs_when_no_such_level_or_lower_was_there);
    tcase_add_test(tests, a_mark_keeps_the_time_of_what_began_it);
    tcase_add_test(tests, a_warning_names_what_began_the_mark);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
