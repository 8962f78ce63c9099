/* test_parse.c - a pack of every construct becomes nodes; nothing makes the parser stop or crash.
 * The texts of mistakes are in test_parse_*.c. */
#include "rules/parse.h"

#include "tests/unit/parsed.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* ---- a pack with every construct ---- */

static const char whole_text[] =
    "typology mule \"M\" for account tiers low 20 medium 40 closes after 7d\n"
    "const risky = {intl, hidden}\n"
    "const fresh = 24h\n"
    "list bad \"B\" of account\n"
    "tag words = \"a\" near \"b\" within 20 or /x\\/y/ or feed \"OTP\"\n"
    "calendar cn holidays 2025-01-01, 2025-01-28..2025-02-04 workdays 2025-01-26\n"
    "feature payers \"P\" for account = distinct(payment_in.payer in 1h)\n"
    "scorecard signs for payer.person on transaction\n"
    "    band ago(payee.opened) < 7d: 25 < 30d: 15 else 1 unknown 5\n"
    "    band amount >= 1.00 CNY: 2 else 0 unknown 0\n"
    "pattern flow for account within 1h\n"
    "    credit: payment_in where not own at least 2 times then drawn: payment_out within 10m\n"
    "    then no call_in where answered within 30m without call_out where answered\n"
    "pattern line for person within 5 workdays talk: call_in then wait 40m\n"
    "policy city at urgent channels phone 5m, sms 1m receivers city, station allow protect, stop approval within 15m\n"
    "    at low channels sms 24h receivers adviser\n"
    "    cap protect 48h budget stop 500 per day by bank basis stop \"law\"\n"
    "shadow absolute rule r of mule for payer.person on transaction \"T\"\n"
    "    when own unless first_time unless \"u\" two_way\n"
    "    score signs for fresh if own\n"
    "    raise urgent protect payer.person for 24h stop payee for 48h watch subject for 1h delay transaction\n"
    "    advise reverify payer mark payee suspect level 1 for 24h\n"
    "    mark each(payment_out.payee in 2h where own) seen for 1h reach station say \"a\\n{amount} b {count(call_in in 1h)}\"\n"
    "    fires \"c\" at 2025-01-29 20:00 {\n"
    "        given X in bad opened -3d marked suspect level 2\n"
    "        -3d sms from B to P tags {otp} every 15m 3 times arrives +14m\n"
    "        +0m transaction from P.b to X amount 70.00 CNY\n"
    "    }\n"
    "    quiet { }\n"
    "draft rule m for account on mark suspect when own\n"
    "retired rule t for person on timeout of line when own\n"
    "ordinary \"o\" at 01:00 { +0m login user P }\n";

START_TEST(pack_of_everything)
{
    struct parsed parsed;
    parsed_init(&parsed, STR(""));
    parsed_fini(&parsed);
    parsed_init(&parsed, str_of(whole_text));
    ck_assert_str_eq(buf_text(&parsed.shown), "");
    const struct ast_pack *pack = &parsed.pack;

    ck_assert(str_eq_text(pack->typologies->head.title, "M"));
    ck_assert_int_eq(pack->typologies->tiers->next->points, 40);
    ck_assert_int_eq(pack->typologies->closes_after.ms, INT64_C(604800000));
    ck_assert_uint_eq(pack->consts->set->range_count, 2);
    ck_assert_int_eq(pack->consts->next->value->literal.value, 86400000);
    ck_assert(str_eq_text(pack->lists->subject.text, "account"));
    ck_assert_int_eq(pack->tags->signs->within_chars, 20);
    ck_assert(str_eq_text(pack->tags->signs->next->text, "x\\/y"));
    ck_assert_int_eq(pack->tags->signs->next->next->kind, AST_SIGN_FEED);
    ck_assert_int_eq(pack->calendars->days->next->last_day - pack->calendars->days->next->first_day,
                     7);
    ck_assert(pack->calendars->days->next->next->workdays);
    ck_assert_int_eq(pack->scorecards->bands->steps->next->points, 15);
    ck_assert_int_eq(pack->scorecards->bands->unknown_points, 5);
    ck_assert_int_eq(pack->patterns->steps->least_times, 2);
    ck_assert_int_eq(pack->patterns->steps->next->within.ms, 600000);
    ck_assert_int_eq(pack->patterns->steps->next->next->kind, AST_STEP_NO);
    ck_assert_ptr_nonnull(pack->patterns->withouts->where);
    ck_assert_int_eq(pack->patterns->next->within.workday_count, 5);
    ck_assert_int_eq(pack->patterns->next->steps->next->kind, AST_STEP_WAIT);
    ck_assert(pack->policies->rows->allows[AST_POWER_STOP]);
    ck_assert(!pack->policies->rows->allows[AST_POWER_DELAY]);
    ck_assert_int_eq(pack->policies->rows->length.ms, 900000);
    ck_assert(str_eq_text(pack->policies->rows->next->next->next->by.text, "bank"));
    ck_assert(str_eq_text(pack->policies->rows->next->next->next->next->basis, "law"));
    ck_assert_int_eq(pack->ordinaries->clock_ms, 3600000);
    parsed_fini(&parsed);
}
END_TEST

START_TEST(rule_of_everything)
{
    struct parsed parsed;
    parsed_init(&parsed, str_of(whole_text));
    const struct ast_rule *rule = parsed.pack.rules;
    ck_assert_int_eq(rule->state, AST_SHADOW);
    ck_assert(rule->absolute);
    ck_assert(str_eq_text(rule->typology.text, "mule"));
    ck_assert_uint_eq(rule->subject.part_count, 2);
    ck_assert(str_eq_text(rule->unlesses->next->title, "u"));

    static const enum ast_action_kind kinds[] = {AST_SCORE, AST_RAISE, AST_PROTECT, AST_STOP,
                                                 AST_WATCH, AST_DELAY, AST_ADVISE,  AST_MARK,
                                                 AST_MARK,  AST_REACH, AST_SAY};
    const struct ast_action *action = rule->actions;
    const struct ast_action *last = NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0];
         i++, last = action, action = action->next) {
        ck_assert_int_eq(action->kind, kinds[i]);
    }
    ck_assert_ptr_null(action);
    ck_assert(str_eq_text(rule->actions->length.name.text, "fresh"));
    ck_assert_ptr_nonnull(rule->actions->only_if);
    ck_assert(str_eq_text(last->say->text, "a\n"));
    ck_assert_int_eq(last->say->next->value->kind, AST_PATH);
    ck_assert(str_eq_text(last->say->next->next->text, " b "));
    ck_assert_int_eq(last->say->next->next->next->value->kind, AST_AGGREGATE);

    const struct ast_case *test = rule->cases;
    ck_assert_int_eq(test->kind, AST_FIRES);
    ck_assert(test->has_date && test->has_clock);
    ck_assert_int_eq(test->clock_ms, 72000000);
    ck_assert_int_eq(test->givens->facts->kind, AST_FACT_IN);
    ck_assert_int_eq(test->givens->facts->next->value.literal.value, -259200000);
    ck_assert_int_eq(test->givens->facts->next->next->level, 2);
    ck_assert_int_eq(test->events->offset_ms, -259200000);
    ck_assert_int_eq(test->events->pairs->next->next->value.kind, AST_VALUE_SET);
    ck_assert_int_eq(test->events->every_ms, 900000);
    ck_assert_int_eq(test->events->times, 3);
    ck_assert_int_eq(test->events->arrives_ms, 840000);
    ck_assert_uint_eq(test->events->next->pairs->value.path.part_count, 2);
    ck_assert_int_eq(test->events->next->pairs->next->next->value.literal.value, 7000);
    ck_assert_int_eq(test->next->kind, AST_QUIET);
    ck_assert_int_eq(rule->next->state, AST_DRAFT);
    ck_assert_int_eq(rule->next->trigger.kind, AST_ON_MARK);
    ck_assert_int_eq(rule->next->next->trigger.kind, AST_ON_TIMEOUT);
    parsed_fini(&parsed);
}
END_TEST

START_TEST(no_is_a_value_of_a_case)
{
    struct parsed parsed;
    parsed_init(&parsed,
                STR("ordinary { given P vulnerable no +0m call from F to P answered no }\n"));
    ck_assert_str_eq(buf_text(&parsed.shown), "");
    const struct ast_case *test = parsed.pack.ordinaries;
    const struct ast_value *given = &test->givens->facts->value;
    const struct ast_value *said = &test->events->pairs->next->next->value;
    ck_assert_int_eq(given->kind, AST_VALUE_PATH);
    ck_assert(str_eq_text(given->path.parts[0].text, "no"));
    ck_assert_int_eq(said->kind, AST_VALUE_PATH);
    ck_assert_uint_eq(said->path.part_count, 1);
    ck_assert(str_eq_text(said->path.parts[0].text, "no"));
    parsed_fini(&parsed);
}
END_TEST

/* ---- recovery and bounds ---- */

START_TEST(broken_blocks_keep_their_names)
{
    struct parsed parsed;
    parsed_init(
        &parsed,
        STR("list a of\nlist b of account\nrule r for payer on transaction when score 1 for 1h\n"
            "rule s for payer on transaction when own\n"));
    ck_assert_uint_eq(parsed.diags.total.error_count, 2);
    ck_assert(parsed.pack.lists->head.broken);
    ck_assert(!parsed.pack.lists->next->head.broken);
    ck_assert(parsed.pack.rules->head.broken);
    ck_assert(str_eq_text(parsed.pack.rules->head.name.text, "r"));
    ck_assert_ptr_nonnull(parsed.pack.rules->actions);
    ck_assert(!parsed.pack.rules->next->head.broken);
    parsed_fini(&parsed);
}
END_TEST

START_TEST(at_most_twenty_are_shown)
{
    struct buf text = {0};
    for (int i = 0; i < 25; i++) {
        buf_add_text(&text, "list a of\n");
    }
    struct parsed parsed;
    parsed_init(&parsed, buf_str(&text));
    ck_assert_uint_eq(parsed.diags.total.error_count, 25);
    ck_assert_uint_eq(parsed.diags.count, 20);
    ck_assert_ptr_nonnull(strstr(buf_text(&parsed.shown), "t.rule: 5 more errors\n"));
    parsed_fini(&parsed);
    buf_fini(&text);
}
END_TEST

struct nest_row {
    const char *name;
    const char *open;
    const char *inner;
    const char *close;
};

static const struct nest_row nests[] = {
    {"parentheses", "(", "a", ")"}, {"not", "not ", "a", ""},
    {"factors", "2 x ", "a", ""},   {"where", "any(call_in in 1h where ", "a", ")"},
    {"known", "known(", "a", ")"},  {"since", "count(login since ", "a", ")"},
};

static size_t nest_errors(const struct nest_row *row, int depth)
{
    struct buf text = {0};
    buf_add_text(&text, "feature f for person = ");
    for (int i = 0; i < depth; i++) {
        buf_add_text(&text, row->open);
    }
    buf_add_text(&text, row->inner);
    for (int i = 0; i < depth; i++) {
        buf_add_text(&text, row->close);
    }
    struct parsed parsed;
    parsed_init(&parsed, buf_str(&text));
    size_t errors = parsed.diags.total.error_count;
    bool named = strstr(buf_text(&parsed.shown), "nested too deep") != NULL;
    ck_assert_msg(named == (errors != 0), "%s: %s", row->name, buf_text(&parsed.shown));
    parsed_fini(&parsed);
    buf_fini(&text);
    return errors;
}

START_TEST(nesting_is_bounded)
{
    ck_assert_uint_eq(nest_errors(&nests[_i], PARSE_DEPTH_MAX), 0);
    ck_assert_uint_eq(nest_errors(&nests[_i], PARSE_DEPTH_MAX + 1), 1);
    ck_assert_uint_eq(nest_errors(&nests[_i], 100000), 1);
}
END_TEST

START_TEST(size_is_bounded)
{
    /* A sum of n names has n - 1 operations: before the last of 513 names there are 1,023 nodes. */
    for (int count = 513; count <= 514; count++) {
        struct buf text = {0};
        buf_add_text(&text, "feature f for person = a");
        for (int i = 1; i < count; i++) {
            buf_add_text(&text, " + a");
        }
        struct parsed parsed;
        parsed_init(&parsed, buf_str(&text));
        ck_assert_uint_eq(parsed.diags.total.error_count, (size_t)(count == 514));
        parsed_fini(&parsed);
        buf_fini(&text);
    }
}
END_TEST

START_TEST(constant_sets_may_be_long)
{
    struct buf text = {0};
    buf_add_text(&text, "const a = {0");
    for (int i = 1; i < 5000; i++) {
        buf_add_format(&text, ", %d", i);
    }
    buf_add_text(&text, "}");
    struct parsed parsed;
    parsed_init(&parsed, buf_str(&text));
    ck_assert_str_eq(buf_text(&parsed.shown), "");
    ck_assert_uint_eq(parsed.pack.consts->set->range_count, 5000);
    parsed_fini(&parsed);
    buf_fini(&text);
}
END_TEST

/* Every beginning of the pack, and the pack with bytes changed, ends in a list of mistakes. */
START_TEST(cut_texts_end_well)
{
    for (size_t len = 0; len < sizeof whole_text; len++) {
        struct parsed parsed;
        parsed_init(&parsed, (struct str){whole_text, len});
        parsed_fini(&parsed);
    }
}
END_TEST

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

START_TEST(changed_texts_end_well)
{
    static const char bytes[] = "{}()\"/,.:=<>+-#% \n\t\\x0ad_\xe4\xbb\xff";
    uint32_t state = 20250301;
    for (int round = 0; round < 3000; round++) {
        char text[sizeof whole_text];
        memcpy(text, whole_text, sizeof text);
        for (int change = 0; change < 1 + round % 7; change++) {
            text[next_random(&state) % (sizeof text - 1)] =
                bytes[next_random(&state) % (sizeof bytes - 1)];
        }
        struct parsed parsed;
        parsed_init(&parsed, (struct str){text, sizeof text - 1});
        parsed_fini(&parsed);
    }
}
END_TEST

START_TEST(blocks_stand_in_any_file)
{
    struct rule_source source;
    struct arena arena = {0};
    struct diag_list diags = {0};
    struct ast_pack pack;
    rule_source_init(&source);
    ck_assert_int_eq(rule_source_add(&source, STR("b.rule"), STR("list second of account"), NULL),
                     0);
    ck_assert_int_eq(rule_source_add(&source, STR("a.rule"), STR("list one of account\nlist"),
                                     NULL),
                     0);
    ck_assert_int_eq(rule_source_add(&source, STR("c.rule"), STR("\"x\""), NULL), 0);
    parse_pack(&pack, &source, &arena, &diags);
    ck_assert(str_eq_text(pack.lists->head.name.text, "one"));
    ck_assert(pack.lists->next->head.broken);
    ck_assert(str_eq_text(pack.lists->next->next->head.name.text, "second"));
    struct buf shown = {0};
    diag_render(&shown, &diags, &source);
    ck_assert_str_eq(
        buf_text(&shown),
        "a.rule:2:5: error: expected the name of the list, found the end of the file\n"
        "    2 | list\n"
        "      |     ^\n"
        "c.rule:1:1: error: expected a block, such as `rule`, `feature` or `list`, found a text\n"
        "    1 | \"x\"\n"
        "      | ^^^\n");
    buf_fini(&shown);
    diag_fini(&diags);
    arena_fini(&arena);
    rule_source_fini(&source);
}
END_TEST

#define COUNT_OF(table) (int)(sizeof(table) / sizeof(table)[0])

static Suite *suite(void)
{
    Suite *s = suite_create("parse");
    TCase *t = tcase_create("parse");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, pack_of_everything);
    tcase_add_test(t, rule_of_everything);
    tcase_add_test(t, no_is_a_value_of_a_case);
    tcase_add_test(t, broken_blocks_keep_their_names);
    tcase_add_test(t, at_most_twenty_are_shown);
    tcase_add_loop_test(t, nesting_is_bounded, 0, COUNT_OF(nests));
    tcase_add_test(t, size_is_bounded);
    tcase_add_test(t, constant_sets_may_be_long);
    tcase_add_test(t, cut_texts_end_well);
    tcase_add_test(t, changed_texts_end_well);
    tcase_add_test(t, blocks_stand_in_any_file);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    SRunner *runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
