/* test_shadow.c - a shadow rule is told of, with the tier it would have made, and changes nothing.
 */
#include "engine/base/digest.h"
#include "tests/unit/small_city.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define ck_member(json, name, value) ck_assert_str_eq(json_member(json, name), value)

static struct event pays(const char *id, int64_t time_ms)
{
    return event_payment(id, PHASE_INITIATED, "A", "M", 5000, time_ms);
}

/* A live rule of 30 points, if it has any, and a shadow rule of the same typology. */
static struct program *make_pack(int live_points, int shadow_points, int raise)
{
    struct program *p = program_new();
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    if (live_points > 0) {
        pack_rule(p, "live", mule, LEG_PAYEE, TRIGGER_TRANSACTION, pack_yes(p));
        pack_score(p, live_points, HOUR);
    }
    pack_rule(p, "tried", mule, LEG_PAYEE, TRIGGER_TRANSACTION, pack_yes(p))->shadow = true;
    if (shadow_points > 0) {
        pack_score(p, shadow_points, HOUR);
    }
    if (raise != TIER_NONE) {
        pack_action(p, ACTION_RAISE, 0, 0)->what = (uint8_t)raise;
    }
    pack_action(p, ACTION_WATCH, LEG_PAYEE, HOUR);
    return pack_ready(p, "shadow");
}

START_TEST(the_tier_it_would_have_made)
{
    static const struct {
        const char *name;
        int live, shadow, raise;
        const char *points, *tier;
    } rows[] = {
        {"its own points alone", 0, 20, TIER_NONE, "20", "\"low\""},
        {"one too few", 0, 19, TIER_NONE, "19", "null"},
        {"with those of a live rule", 30, 30, TIER_NONE, "30", "\"high\""},
        {"points are capped", 90, 90, TIER_NONE, "90", "\"urgent\""},
        {"a raise", 0, 5, TIER_HIGH, "5", "\"high\""},
        {"a raise alone", 0, 0, TIER_MEDIUM, "0", "\"medium\""},
        {"a raise below the points", 30, 30, TIER_LOW, "30", "\"high\""},
        {"no points at all", 0, 0, TIER_NONE, "0", "null"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct city city;
        city_begin(&city, make_pack(rows[i].live, rows[i].shadow, rows[i].raise));
        city_send(&city, pays("p-1", T0));
        ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_SHADOW), 1);
        const char *json = kept_json(&city.kept, OUTPUT_SHADOW, 0);
        ck_assert_msg(strcmp(json_member(json, "points"), rows[i].points) == 0, "%s: %s",
                      rows[i].name, json);
        ck_assert_msg(strcmp(json_member(json, "tier"), rows[i].tier) == 0, "%s: %s", rows[i].name,
                      json);
        city_end(&city);
    }
}
END_TEST

START_TEST(nothing_else_comes_of_it)
{
    struct city city;
    city_begin(&city, make_pack(0, 90, TIER_URGENT));
    city_send(&city, pays("p-1", T0));
    city_send(&city, pays("p-2", T0 + MINUTE));
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_SHADOW), 2);
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_WARNING), 0);
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_STOP), 0);
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_ADVICE), 0);
    const char *decision = kept_json(&city.kept, OUTPUT_DECISION, 4); /* p-2, at the payee */
    ck_member(decision, "role", "\"payee\"");
    ck_member(decision, "fired", "[]");
    ck_member(decision, "tier", "null");
    ck_member(decision, "scores", "{}");
    const struct page *page = city_page(&city, token_of(ENTITY_ACCOUNT, "M"));
    ck_assert_uint_eq(page->points_count, 0);
    ck_assert_uint_eq(page->episode_count, 0);
    city_end(&city);
}
END_TEST

/* What keeps a live rule from firing keeps this one too, and nobody is told. */
START_TEST(held_back_in_silence)
{
    static const struct {
        const char *name;
        bool guarded, overridden, absolute;
        size_t firings;
    } rows[] = {
        {"free", false, false, false, 1},
        {"an exception", true, false, false, 0},
        {"an override", false, true, false, 0},
        {"an override and an absolute rule", false, true, true, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct program *p = program_new();
        struct city city;
        struct rule *rule = pack_rule(p, "tried", TYPOLOGY_NONE, LEG_PAYER_PERSON,
                                      TRIGGER_TRANSACTION, pack_yes(p));
        rule->shadow = true;
        rule->absolute = rows[i].absolute;
        if (rows[i].guarded) {
            pack_unless(p, "no", pack_yes(p));
        }
        city_begin(&city, pack_ready(p, "held"));
        if (rows[i].overridden) {
            city_send(&city, event_override("x-1", "A", ENTITY_ACCOUNT, "M", T0 + HOUR, T0));
        }
        city_send(&city, pays("p-1", T0));
        ck_assert_msg(kept_count(&city.kept, OUTPUT_SHADOW) == rows[i].firings, "%s", rows[i].name);
        for (size_t k = 0; k < kept_count(&city.kept, OUTPUT_DECISION); k++) {
            const char *json = kept_json(&city.kept, OUTPUT_DECISION, k);
            ck_member(json, "guarded", "[]");
            ck_member(json, "overridden", "");
        }
        city_end(&city);
    }
}
END_TEST

START_TEST(whole)
{
    struct city city;
    struct buf want = {0};
    struct digest_id id;
    char hex[2 * TOKEN_BYTES + 1];
    char account[2 * TOKEN_BYTES + 1];
    struct token payee = token_of(ENTITY_ACCOUNT, "M");
    city_begin(&city, make_pack(0, 45, TIER_NONE));
    struct event event = pays("p-1", T0);
    city_send(&city, event);
    digest_id_begin(&id, "shadow");
    digest_id_text(&id, STR("tried"));
    digest_id_token(&id, &payee);
    digest_id_text(&id, STR("payee"));
    digest_id_text(&id, EVENT_TEXT(&event, source));
    digest_id_text(&id, STR("p-1"));
    digest_id_text(&id, STR("initiated"));
    struct token token = digest_id_end(&id);
    hex_encode(hex, token.bytes, TOKEN_BYTES);
    hex_encode(account, payee.bytes, TOKEN_BYTES);
    const char *json = kept_json(&city.kept, OUTPUT_SHADOW, 0);
    buf_add_format(&want, "\"%s\"", hex);
    ck_member(json, "id", buf_text(&want));
    ck_member(json, "type", "\"shadow\"");
    ck_member(json, "time", "\"2026-03-02T10:00:00.000+08:00\"");
    ck_member(json, "rule", "\"tried\"");
    ck_member(json, "typology", "\"mule\"");
    ck_member(json, "event", "\"p-1\"");
    ck_member(json, "role", "\"payee\"");
    ck_assert_ptr_nonnull(strstr(json_member(json, "subject"), account));
    ck_member(json, "flags", "[]");
    /* All firings of a rule have one key. */
    uint64_t key = name_key(STR("tried"));
    for (size_t i = 0; i < city.kept.count; i++) {
        if (city.kept.item[i].kind == OUTPUT_SHADOW) {
            ck_assert_mem_eq(city.kept.item[i].key.bytes, &key, sizeof key);
        }
    }
    buf_fini(&want);
    city_end(&city);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shadow");
    TCase *tests = tcase_create("shadow");
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, the_tier_it_would_have_made);
    tcase_add_test(tests, nothing_else_comes_of_it);
    tcase_add_test(tests, held_back_in_silence);
    tcase_add_test(tests, whole);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
