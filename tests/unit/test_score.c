/* test_score.c - points of rules that fired, for how long, and the tier that they make. */
#include "engine/eval/score.h"

#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

static struct program *pack;
static struct page *page;
static struct vm vm;
static struct event event;

/* Rules: 0 "big" of mule scores 40 for 1 h and 20 for 2 h; 1 "raised" of mule raises to high and
 * scores 10 for 1 h; 2 "only raised" of mule raises to urgent; 3 "other" of scam scores 200 and -5;
 * 4 "if" of mule scores 30 if the amount is at least 1000, and an unknown number; 5 "watch" of mule
 * only watches. */
static void set_up(void)
{
    struct token token = {{0xaa, 1}};
    pack = program_new();
    int32_t mule = pack_typology(pack, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    int32_t scam = pack_typology(pack, "scam", ENTITY_ACCOUNT, 20, 40, 60, 85);
    uint32_t yes = pack_yes(pack);
    pack_rule(pack, "big", mule, LEG_PAYEE, TRIGGER_TRANSACTION, yes);
    pack_score(pack, 40, HOUR);
    pack_score(pack, 20, 2 * HOUR);
    pack_rule(pack, "raised", mule, LEG_PAYEE, TRIGGER_TRANSACTION, yes);
    pack_action(pack, ACTION_RAISE, LEG_PAYEE, 0)->what = TIER_LOW;
    pack_action(pack, ACTION_RAISE, LEG_PAYEE, 0)->what = TIER_HIGH;
    pack_score(pack, 10, HOUR);
    pack_rule(pack, "only raised", mule, LEG_PAYEE, TRIGGER_TRANSACTION, yes);
    pack_action(pack, ACTION_RAISE, LEG_PAYEE, 0)->what = TIER_URGENT;
    pack_rule(pack, "other", scam, LEG_PAYEE, TRIGGER_TRANSACTION, yes);
    pack_score(pack, 200, HOUR);
    pack_score(pack, -5, HOUR);
    pack_rule(pack, "if", mule, LEG_PAYEE, TRIGGER_TRANSACTION, yes);
    uint32_t points = pack_value(pack, 30);
    uint32_t unknown = pack_value(pack, VALUE_UNKNOWN);
    uint32_t large =
        pack_of_window(pack, AGGREGATE_COUNT, STREAM_PAYMENT_IN, WORD_NONE, HOUR, CODE_NONE);
    struct action *action = pack_action(pack, ACTION_SCORE, LEG_PAYEE, HOUR);
    action->code = points;
    action->only_if = large;
    pack_action(pack, ACTION_SCORE, LEG_PAYEE, HOUR)->code = unknown;
    pack_rule(pack, "watch", mule, LEG_PAYEE, TRIGGER_TRANSACTION, yes);
    pack_action(pack, ACTION_WATCH, LEG_PAYEE, HOUR);
    pack_ready(pack, "score");
    page = page_new(&token, ENTITY_ACCOUNT);
    vm_init(&vm, pack);
}

static void tear_down(void)
{
    vm_fini(&vm);
    page_free(page);
    program_free(pack);
}

static bool fire(int rule, int64_t t)
{
    event = event_payment("p-1", PHASE_INITIATED, "A", "M", 100, t);
    vm_begin(&vm, page, &event, NULL, LEG_PAYEE, t, NULL);
    return score_fire(&vm, &pack->rules[rule], T0 - DAY);
}

static const struct {
    const char *name;
    struct {
        int rule; /* -1: none */
        int64_t after_ms;
    } firing[3];
    int64_t at_ms; /* after T0, as are those above */
    int64_t points;
    uint8_t raised, tier;
} rows[] = {
    {"nothing fired", {{-1, 0}, {-1, 0}, {-1, 0}}, 0, 0, TIER_NONE, TIER_NONE},
    {"both lines of a rule", {{0, 0}, {-1, 0}, {-1, 0}}, 0, 60, TIER_NONE, TIER_HIGH},
    {"not before it fired", {{0, 0}, {-1, 0}, {-1, 0}}, -1, 0, TIER_NONE, TIER_NONE},
    {"to the last moment", {{0, 0}, {-1, 0}, {-1, 0}}, HOUR - 1, 60, TIER_NONE, TIER_HIGH},
    {"each line for its time", {{0, 0}, {-1, 0}, {-1, 0}}, HOUR, 20, TIER_NONE, TIER_LOW},
    {"and then no more", {{0, 0}, {-1, 0}, {-1, 0}}, 2 * HOUR, 0, TIER_NONE, TIER_NONE},
    {"a rule counts once", {{0, 0}, {0, MINUTE}, {-1, 0}}, MINUTE, 60, TIER_NONE, TIER_HIGH},
    {"its newest firing counts", {{0, 0}, {0, MINUTE}, {-1, 0}}, HOUR, 60, TIER_NONE, TIER_HIGH},
    {"an older firing changes nothing",
     {{0, MINUTE}, {0, 0}, {-1, 0}},
     HOUR,
     60,
     TIER_NONE,
     TIER_HIGH},
    {"two rules add up and lift", {{0, 0}, {1, 0}, {-1, 0}}, 0, 70, TIER_HIGH, TIER_HIGH},
    {"a raise lifts few points", {{1, 0}, {-1, 0}, {-1, 0}}, 0, 10, TIER_HIGH, TIER_HIGH},
    {"as long as the longest line", {{1, 0}, {-1, 0}, {-1, 0}}, HOUR, 0, TIER_NONE, TIER_NONE},
    {"alone, until the episode closes",
     {{2, 0}, {-1, 0}, {-1, 0}},
     72 * HOUR - 1,
     0,
     TIER_URGENT,
     TIER_URGENT},
    {"and no longer", {{2, 0}, {-1, 0}, {-1, 0}}, 72 * HOUR, 0, TIER_NONE, TIER_NONE},
    {"other typologies do not count", {{3, 0}, {-1, 0}, {-1, 0}}, 0, 0, TIER_NONE, TIER_NONE},
    {"an if that does not hold, an unknown number",
     {{4, 0}, {-1, 0}, {-1, 0}},
     0,
     0,
     TIER_NONE,
     TIER_NONE},
};

START_TEST(points_in_force)
{
    for (int i = 0; i < 3; i++) {
        if (rows[_i].firing[i].rule >= 0) {
            ck_assert(fire(rows[_i].firing[i].rule, T0 + rows[_i].firing[i].after_ms));
        }
    }
    uint8_t raised;
    const struct typology *mule = &pack->typologies[0];
    int64_t points = score_typology(page, mule->key, T0 + rows[_i].at_ms, &raised);
    ck_assert_msg(points == rows[_i].points && raised == rows[_i].raised, "%s: %d, %d",
                  rows[_i].name, (int)points, raised);
    ck_assert_msg(score_tier(mule, points, raised) == rows[_i].tier, "%s: tier", rows[_i].name);
}
END_TEST

START_TEST(a_line_gives_100_at_most_and_so_does_the_sum)
{
    event = event_payment("p-1", PHASE_INITIATED, "A", "M", 100, T0);
    vm_begin(&vm, page, &event, NULL, LEG_PAYEE, T0, NULL);
    ck_assert_int_eq(score_of_rule(&vm, &pack->rules[3]), 100);
    ck_assert_int_eq(score_of_rule(&vm, &pack->rules[0]), 60);
    ck_assert_int_eq(score_of_rule(&vm, &pack->rules[2]), 0);
    fire(3, T0);
    uint8_t raised;
    page->points[0].typology_key = pack->typologies[0].key;
    fire(0, T0);
    ck_assert_int_eq(score_typology(page, pack->typologies[0].key, T0, &raised), SCORE_MAX);
}
END_TEST

START_TEST(of_two_firings_at_once_the_later_counts)
{
    fire(0, T0);
    page->points[0].points = 1;
    fire(0, T0);
    uint8_t raised;
    ck_assert_int_eq(score_typology(page, pack->typologies[0].key, T0, &raised), 60);
}
END_TEST

/* From now on the line of rule 4 gives points. */
static void let_it_score(void)
{
    pack->actions[pack->rules[4].action_first].only_if = CODE_NONE;
}

static int64_t points_at(int64_t t)
{
    uint8_t raised;
    return score_typology(page, pack->typologies[0].key, t, &raised);
}

START_TEST(a_firing_without_points_is_the_newest_too)
{
    ck_assert(fire(4, T0 + MINUTE));
    let_it_score();
    ck_assert(fire(4, T0)); /* comes late */
    ck_assert_int_eq(points_at(T0), 0);
    ck_assert_int_eq(points_at(T0 + MINUTE), 0);
    ck_assert(fire(4, T0 + MINUTE)); /* of two at once the later counts */
    ck_assert_int_eq(points_at(T0 + MINUTE), 30);
}
END_TEST

START_TEST(it_leaves_what_is_needed)
{
    fire(5, T0);
    ck_assert_uint_eq(page->points_count, 0); /* an older firing could give none either */
    fire(4, T0 - 2 * DAY);
    ck_assert_uint_eq(page->points_count, 1);
    fire(5, T0); /* nothing so old comes any more */
    ck_assert_uint_eq(page->points_count, 0);
    page->points =
        page_reserve(page->points, &page->points_cap, PAGE_POINTS_MAX, sizeof *page->points);
    for (int i = 0; i < PAGE_POINTS_MAX; i++) {
        page->points[i] = (struct points){.rule_key = 1000, .fired_ms = T0, .until_ms = T0 + DAY};
    }
    page->points_count = PAGE_POINTS_MAX;
    ck_assert(fire(4, T0)); /* on a full page nothing gives way to it */
    for (uint32_t i = 0; i < page->points_count; i++) {
        ck_assert_uint_eq(page->points[i].rule_key, 1000);
    }
}
END_TEST

START_TEST(a_full_page_drops_what_ends_first)
{
    page->points =
        page_reserve(page->points, &page->points_cap, PAGE_POINTS_MAX, sizeof *page->points);
    for (int i = 0; i < PAGE_POINTS_MAX; i++) {
        page->points[i] = (struct points){.rule_key = 1000 + (uint64_t)i,
                                          .fired_ms = T0,
                                          .until_ms = T0 + DAY - i % 60,
                                          .points = 1};
    }
    page->points_count = PAGE_POINTS_MAX;
    ck_assert(!fire(1, T0)); /* two lines */
    ck_assert_uint_eq(page->points_count, PAGE_POINTS_MAX);
    /* The first added ends after an hour, before all others, and gives way to the second. */
    for (uint32_t i = 0; i < page->points_count; i++) {
        ck_assert_uint_ne(page->points[i].rule_key, 1059);
    }
    ck_assert_uint_eq(page->points[PAGE_POINTS_MAX - 1].raise, TIER_HIGH);
}
END_TEST

START_TEST(points_that_no_event_can_see_are_forgotten)
{
    fire(0, T0 - 3 * DAY);
    ck_assert_uint_eq(page->points_count, 2);
    fire(3, T0);
    ck_assert_uint_eq(page->points_count, 1);
}
END_TEST

static const struct {
    const char *name;
    int low, medium, high, urgent;
    int64_t points;
    uint8_t raised, tier;
} tiers[] = {
    {"one below the lowest", 20, 40, 60, 85, 19, TIER_NONE, TIER_NONE},
    {"the lowest", 20, 40, 60, 85, 20, TIER_NONE, TIER_LOW},
    {"one below urgent", 20, 40, 60, 85, 84, TIER_NONE, TIER_HIGH},
    {"urgent", 20, 40, 60, 85, 85, TIER_NONE, TIER_URGENT},
    {"lifted", 20, 40, 60, 85, 0, TIER_MEDIUM, TIER_MEDIUM},
    {"a raise does not lower", 20, 40, 60, 85, 90, TIER_MEDIUM, TIER_URGENT},
    {"a typology without urgent", 20, 40, 60, -1, 100, TIER_NONE, TIER_HIGH},
    {"a typology with urgent alone", -1, -1, -1, 50, 49, TIER_NONE, TIER_NONE},
    {"its only tier", -1, -1, -1, 50, 50, TIER_NONE, TIER_URGENT},
    {"a tier of no points at all", 0, -1, -1, -1, 0, TIER_NONE, TIER_LOW},
};

START_TEST(tier_of_points)
{
    struct typology typology = {
        .tier_points = {-1, tiers[_i].low, tiers[_i].medium, tiers[_i].high, tiers[_i].urgent}};
    uint8_t tier = score_tier(&typology, tiers[_i].points, tiers[_i].raised);
    ck_assert_msg(tier == tiers[_i].tier, "%s: %d", tiers[_i].name, tier);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("score");
    TCase *tests = tcase_create("score");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, points_in_force, 0, ROWS(rows));
    tcase_add_test(tests, a_line_gives_100_at_most_and_so_does_the_sum);
    tcase_add_test(tests, of_two_firings_at_once_the_later_counts);
    tcase_add_test(tests, a_firing_without_points_is_the_newest_too);
    tcase_add_test(tests, it_leaves_what_is_needed);
    tcase_add_test(tests, a_full_page_drops_what_ends_first);
    tcase_add_test(tests, points_that_no_event_can_see_are_forgotten);
    tcase_add_loop_test(tests, tier_of_points, 0, ROWS(tiers));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
