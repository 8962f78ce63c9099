/* test_marking.c - what a decision marks: whom, once for each level, until when; and its event. */
#include "engine/base/digest.h"
#include "tests/unit/small_city.h"

#include <check.h>
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

int main(void)
{
    Suite *suite = suite_create("marking");
    TCase *tests = tcase_create("marking");
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, whom_it_reaches);
    tcase_add_test(tests, those_who_are_not_known);
    tcase_add_test(tests, one_for_each_level);
    tcase_add_test(tests, seen_from_the_next_event_on);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
