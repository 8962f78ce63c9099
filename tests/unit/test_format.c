/* test_format.c - how values are shown in reasons and in texts for people. */
#include "engine/eval/format.h"

#include "engine/eval/program.h"
#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

static const struct {
    const char *name;
    uint8_t unit;
    int64_t value;
    const char *plain, *spoken;
} rows[] = {
    {"money", UNIT_MONEY, 7000000, "70000.00", "70,000.00"},
    {"no money", UNIT_MONEY, 0, "0.00", "0.00"},
    {"a fen", UNIT_MONEY, 1, "0.01", "0.01"},
    {"just below a group", UNIT_MONEY, 99999, "999.99", "999.99"},
    {"a group", UNIT_MONEY, 100000, "1000.00", "1,000.00"},
    {"two groups", UNIT_MONEY, 123456789, "1234567.89", "1,234,567.89"},
    {"less than nothing", UNIT_MONEY, -150, "-1.50", "-1.50"},
    {"all the money there is", UNIT_MONEY, INT64_MAX, "92233720368547758.07",
     "92,233,720,368,547,758.07"},
    {"all the debt there is", UNIT_MONEY, INT64_MIN + 1, "-92233720368547758.07",
     "-92,233,720,368,547,758.07"},
    {"no duration", UNIT_DURATION, 0, "0s", "0 秒"},
    {"below a second", UNIT_DURATION, 999, "999ms", "0 秒"},
    {"above minus a second", UNIT_DURATION, -999, "-999ms", "0 秒"},
    {"a second", UNIT_DURATION, 1000, "1s", "1 秒"},
    {"minus a second", UNIT_DURATION, -1000, "-1s", "-1 秒"},
    {"half a minute", UNIT_DURATION, 30000, "30s", "30 秒"},
    {"a minute and a half", UNIT_DURATION, 90000, "1m30s", "1 分钟 30 秒"},
    {"minutes alone", UNIT_DURATION, 45 * MINUTE, "45m", "45 分钟"},
    {"all the parts", UNIT_DURATION, DAY + 2 * HOUR + 3 * MINUTE + 4 * SECOND + 5, "1d2h3m4s5ms",
     "1 天 2 小时"},
    {"a part between is nothing", UNIT_DURATION, DAY + 5 * SECOND, "1d5s", "1 天 5 秒"},
    {"cut, not rounded", UNIT_DURATION, 2 * HOUR - 1, "1h59m59s999ms", "1 小时 59 分钟"},
    {"a time to come", UNIT_DURATION, -90000, "-1m30s", "-1 分钟 30 秒"},
    {"a count", UNIT_COUNT, 3, "3", "3"},
    {"points", UNIT_POINTS, 100, "100", "100"},
    {"a plain number", UNIT_NUMBER, -7, "-7", "-7"},
    {"whole per cent", UNIT_RATIO, 8000, "80%", "80%"},
    {"a tenth", UNIT_RATIO, 8050, "80.5%", "80.5%"},
    {"a hundredth", UNIT_RATIO, 8025, "80.25%", "80.25%"},
    {"one hundredth", UNIT_RATIO, 1, "0.01%", "0.01%"},
    {"all", UNIT_RATIO, 10000, "100%", "100%"},
    {"time", UNIT_TIME, T0 + 7, "2026-03-02T10:00:00.007+08:00", "2026-03-02T10:00:00.007+08:00"},
    {"yes", UNIT_BOOL, 1, "true", "是"},
    {"no", UNIT_BOOL, 0, "false", "否"},
    {"a kind", UNIT_NUMBER_KIND, NUMBER_KIND_HIDDEN, "hidden", "hidden"},
    {"a tier", UNIT_TIER, TIER_HIGH, "high", "high"},
    {"what of a login", UNIT_LOGIN_WHAT, 2, "bind_device", "bind_device"},
    {"region", UNIT_REGION, 130100, "130100", "130100"},
    {"region with six digits", UNIT_REGION, 1, "000001", "000001"},
};

START_TEST(value_in_its_unit)
{
    struct event event = event_payment("p-1", PHASE_INITIATED, "A", "M", 100, T0);
    struct page *page = page_new(&event.party[PARTY_TO].token, ENTITY_ACCOUNT);
    struct format_context context = {&event, page, NULL};
    struct buf plain = {0}, spoken = {0};
    format_plain(&plain, &context, rows[_i].unit, rows[_i].value);
    format_spoken(&spoken, &context, rows[_i].unit, rows[_i].value);
    ck_assert_msg(strcmp(buf_text(&plain), rows[_i].plain) == 0, "%s: %s", rows[_i].name,
                  buf_text(&plain));
    ck_assert_msg(strcmp(buf_text(&spoken), rows[_i].spoken) == 0, "%s: %s", rows[_i].name,
                  buf_text(&spoken));
    buf_fini(&plain);
    buf_fini(&spoken);
    page_free(page);
}
END_TEST

START_TEST(unknown_is_a_dash_whatever_the_unit)
{
    for (uint8_t unit = 0; unit < UNIT_TYPES; unit++) {
        struct buf spoken = {0};
        struct format_context nobody = {NULL, NULL, NULL};
        format_spoken(&spoken, &nobody, unit, VALUE_UNKNOWN);
        ck_assert_str_eq(buf_text(&spoken), "-");
        buf_fini(&spoken);
    }
}
END_TEST

static int64_t value_of(const struct token *token)
{
    return value_of_low64(token_low64(token));
}

START_TEST(entities_by_their_masks)
{
    struct event event = event_payment("p-1", PHASE_INITIATED, "A", "M", 100, T0);
    struct page *page = page_new(&event.party[PARTY_TO].token, ENTITY_ACCOUNT);
    struct format_context context = {&event, page, NULL};
    struct retention retention;
    retention_defaults(&retention);
    struct token known = {{5, 5}}, bare = {{6, 6}}, stranger = {{7, 7}};
    struct record draft = {.time_ms = T0, .member = RECORD_MEMBER_NONE};
    struct peer_draft peers[] = {{&known, ENTITY_ACCOUNT, 6, "622**9"},
                                 {&bare, ENTITY_ACCOUNT, 0, NULL}};
    page_add_record(page, STREAM_PAYMENT_IN, &draft, &peers[0], &retention);
    page_add_record(page, STREAM_PAYMENT_IN, &draft, &peers[1], &retention);
    memcpy(event.party[PARTY_FROM].mask, "622**1", 6);
    event.party[PARTY_FROM].mask_len = 6;
    event.party[PARTY_TO].mask_len = 0;
    const struct {
        const char *name, *text;
        struct token token;
    } cases[] = {
        {"an end of the event", "622**1", event.party[PARTY_FROM].token},
        {"an end known by its token alone", "?", event.party[PARTY_TO].token},
        {"another known end", "622**9", known},
        {"one known by its token alone", "?", bare},
        {"nobody the page has met", "?", stranger},
    };
    for (int i = 0; i < ROWS(cases); i++) {
        struct buf plain = {0};
        format_plain(&plain, &context, UNIT_ACCOUNT_REF, value_of(&cases[i].token));
        ck_assert_msg(strcmp(buf_text(&plain), cases[i].text) == 0, "%s: %s", cases[i].name,
                      buf_text(&plain));
        buf_fini(&plain);
    }
    page_free(page);
}
END_TEST

START_TEST(things_by_their_masks)
{
    struct event event = event_login("l-1", "A", "enter", T0);
    event_set_thing(&event, ENTITY_DEVICE, "d");
    struct format_context context = {&event, NULL, NULL};
    int64_t own = event_thing_word(&event.party[PARTY_THING].token);
    const struct {
        const char *name, *text;
        int64_t value;
        int unit;
    } cases[] = {
        {"the one in hand", "d***", own, UNIT_DEVICE},
        {"another", "00000001", own == 1 ? 2 : 1, UNIT_DEVICE},
        {"a domain", "0000abcd", 0xabcd, UNIT_DOMAIN},
        {"a cell", "fedcba98", 0xfedcba98, UNIT_CELL},
        {"a cause", "busy", 2, UNIT_CALL_CAUSE},
        {"a use", "pay", USE_WHAT_PAY, UNIT_USE_WHAT},
    };
    for (int i = 0; i < ROWS(cases); i++) {
        struct buf plain = {0};
        format_plain(&plain, &context, (uint8_t)cases[i].unit, cases[i].value);
        ck_assert_msg(strcmp(buf_text(&plain), cases[i].text) == 0, "%s: %s", cases[i].name,
                      buf_text(&plain));
        buf_fini(&plain);
    }
}
END_TEST

START_TEST(typologies_by_their_names)
{
    struct program *p = program_new();
    (void)pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    (void)pack_typology(p, "诈骗", ENTITY_ACCOUNT, 20, 40, 60, 85);
    struct format_context context = {NULL, NULL, p};
    struct buf out = {0};
    format_plain(&out, &context, UNIT_TYPOLOGY, value_of_key(name_key(STR("诈骗"))));
    format_spoken(&out, &context, UNIT_TYPOLOGY, value_of_key(name_key(STR("mule"))));
    format_spoken(&out, &context, UNIT_TYPOLOGY, value_of_key(name_key(STR("another"))));
    ck_assert_str_eq(buf_text(&out), "诈骗mule?");
    buf_fini(&out);
    program_free(p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("format");
    TCase *tests = tcase_create("format");
    tcase_add_loop_test(tests, value_in_its_unit, 0, ROWS(rows));
    tcase_add_test(tests, unknown_is_a_dash_whatever_the_unit);
    tcase_add_test(tests, entities_by_their_masks);
    tcase_add_test(tests, things_by_their_masks);
    tcase_add_test(tests, typologies_by_their_names);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
