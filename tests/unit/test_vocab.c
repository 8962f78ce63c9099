/* test_vocab.c - the words of the rule language are found, each once, where they may stand. */
#include "engine/eval/vocab.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

static const struct {
    const char *name;
    const struct vocab_row *rows;
    int count;
    const char *letters; /* of its `where`, NULL: it has none */
} tables[] = {
    {"units", vocab_units, UNIT_TYPES, NULL},
    {"tiers", vocab_tiers, TIER_LIMIT, NULL},
    {"triggers", vocab_triggers, TRIGGER_COUNT, NULL},
    {"streams", vocab_streams, STREAM_COUNT, "napdw"},
    {"words", vocab_words, WORD_COUNT, "ctlsghwumbxioIOSRGHWUL"},
    {"aggregates", vocab_aggregates, AGGREGATE_KINDS, NULL},
    {"advice", vocab_advice, ADVICE_COUNT, NULL},
    {"actions", vocab_actions, ACTION_COUNT, NULL},
    {"channels", vocab_channels, CHANNEL_WORD_COUNT, NULL},
    {"receivers", vocab_receivers, RECEIVER_COUNT, NULL},
    {"times of budgets", vocab_budget_per, BUDGET_PER_COUNT, NULL},
    {"divisions of budgets", vocab_budget_by, BUDGET_BY_COUNT, NULL},
    {"opcodes", vocab_opcodes, OP_COUNT, NULL},
};

START_TEST(each_word_is_found_at_its_place)
{
    for (int i = 0; i < tables[_i].count; i++) {
        const struct vocab_row *row = &tables[_i].rows[i];
        int found = vocab_find(tables[_i].rows, tables[_i].count, str_of(row->text));
        bool first = found == i || tables[_i].rows == vocab_words; /* see the next test */
        ck_assert_msg(first, "%s: `%s` is %d and %d", tables[_i].name, row->text, i, found);
        if (tables[_i].letters != NULL) {
            ck_assert_msg(row->where[0] != '\0' &&
                              strspn(row->where, tables[_i].letters) == strlen(row->where),
                          "%s: `%s` stands in \"%s\"", tables[_i].name, row->text, row->where);
        }
    }
    ck_assert_int_eq(vocab_find(tables[_i].rows, tables[_i].count, STR("")), -1);
    ck_assert_int_eq(vocab_find(tables[_i].rows, tables[_i].count, STR("no such word")), -1);
}
END_TEST

/* One text may be two fields, but not of one thing. */
START_TEST(a_word_is_one_field_in_a_scope)
{
    for (int word = 0; word < WORD_COUNT; word++) {
        for (const char *scope = vocab_words[word].where; *scope != '\0'; scope++) {
            ck_assert_msg(vocab_find_word(str_of(vocab_words[word].text), *scope) == word,
                          "`%s` in scope %c", vocab_words[word].text, *scope);
        }
    }
    ck_assert_int_eq(vocab_find_word(STR("what"), 'g'), WORD_WHAT_OF_LOGIN);
    ck_assert_int_eq(vocab_find_word(STR("what"), 'H'), WORD_WHAT_OF_CHANGE);
    ck_assert_int_eq(vocab_find_word(STR("open"), 'W'), WORD_WARNING_OPEN);
    ck_assert_int_eq(vocab_find_word(STR("open"), 'i'), WORD_OPEN);
    ck_assert_int_eq(vocab_find_word(STR("what"), 'c'), -1);
    ck_assert_int_eq(vocab_find_word(STR("time"), 0), -1);
    ck_assert_int_eq(vocab_find_word(STR("times"), 'c'), -1);
}
END_TEST

/* Rules about persons run where the person is named, and at the holder of what is named. */
START_TEST(rules_about_persons_run_at_holders)
{
    for (uint8_t trigger = 0; trigger < TRIGGER_COUNT; trigger++) {
        bool about = trigger == TRIGGER_WARNING || trigger == TRIGGER_OUTCOME ||
                     trigger == TRIGGER_BINDING || trigger == TRIGGER_NUMBER ||
                     trigger == TRIGGER_ACCOUNT || trigger == TRIGGER_MARK ||
                     trigger == TRIGGER_TIMEOUT;
        ck_assert(vocab_runs_at(trigger, LEG_ENTITY, ENTITY_PERSON, LEG_ENTITY));
        ck_assert_int_eq(vocab_runs_at(trigger, LEG_ENTITY, ENTITY_PERSON, LEG_HOLDER), about);
        ck_assert(!vocab_runs_at(trigger, LEG_ENTITY, ENTITY_ACCOUNT, LEG_HOLDER));
        ck_assert(!vocab_runs_at(trigger, LEG_PAYER, ENTITY_ACCOUNT, LEG_PAYEE));
        ck_assert(vocab_runs_at(trigger, LEG_PAYER, ENTITY_ACCOUNT, LEG_PAYER));
    }
}
END_TEST

static const struct {
    const char *name;
    int word;
    char scope;
    bool readable;
} scopes[] = {
    {"a caller of the call in hand", WORD_CALLER, 'c', true},
    {"a caller of a call that came in", WORD_CALLER, 'i', true},
    {"a call that went out has none", WORD_CALLER, 'o', false},
    {"nor has a payment", WORD_CALLER, 't', false},
    {"a balance is told in hand alone", WORD_BALANCE_BEFORE, 'I', false},
    {"a listing has a time", WORD_TIME, 'l', true},
    {"a directory record has a time", WORD_TIME, 'b', true},
    {"and nothing else", WORD_REGION, 'b', false},
};

START_TEST(words_in_scopes)
{
    ck_assert_msg(vocab_in_scope(&vocab_words[scopes[_i].word], scopes[_i].scope) ==
                      scopes[_i].readable,
                  "%s", scopes[_i].name);
}
END_TEST

START_TEST(scopes_of_events_and_streams)
{
    static const char events[EVENT_KIND_COUNT] =
        {[EVENT_CALL] = 'c',    [EVENT_TRANSACTION] = 't', [EVENT_LISTING] = 'l',
         [EVENT_SMS] = 's',     [EVENT_LOGIN] = 'g',       [EVENT_CHANGE] = 'h',
         [EVENT_WARNING] = 'w', [EVENT_OUTCOME] = 'u',     [EVENT_BINDING] = 'b',
         [EVENT_NUMBER] = 'b',  [EVENT_ACCOUNT] = 'b',     [EVENT_PERSON] = 'b',
         [EVENT_MARK] = 'm',    [EVENT_TIMEOUT] = 'x'};
    for (uint8_t kind = 0; kind < EVENT_KIND_COUNT; kind++) {
        ck_assert_int_eq(vocab_event_scope(kind), events[kind]);
    }
    ck_assert_int_eq(vocab_stream_scope(STREAM_CALL_IN), 'i');
    ck_assert_int_eq(vocab_stream_scope(STREAM_CALL_OUT), 'o');
    ck_assert_int_eq(vocab_stream_scope(STREAM_PAYMENT_IN), 'I');
    ck_assert_int_eq(vocab_stream_scope(STREAM_PAYMENT_OUT), 'O');
    ck_assert_int_eq(vocab_stream_scope(STREAM_SMS_IN), 'S');
    ck_assert_int_eq(vocab_stream_scope(STREAM_SMS_OUT), 'R');
    ck_assert_int_eq(vocab_stream_scope(STREAM_LOGIN), 'G');
    ck_assert_int_eq(vocab_stream_scope(STREAM_CHANGE), 'H');
    ck_assert_int_eq(vocab_stream_scope(STREAM_WARNING), 'W');
    ck_assert_int_eq(vocab_stream_scope(STREAM_USE), 'U');
    ck_assert_int_eq(vocab_stream_scope(STREAM_LINK), 'L');
}
END_TEST

START_TEST(pages_own_streams_and_attributes)
{
    const struct vocab_row *calls = &vocab_streams[STREAM_CALL_IN];
    const struct vocab_row *age = &vocab_attributes[ATTRIBUTE_AGE];
    ck_assert(vocab_on_page(calls, ENTITY_NUMBER) && vocab_on_page(calls, ENTITY_PERSON));
    ck_assert(!vocab_on_page(calls, ENTITY_ACCOUNT) && !vocab_on_page(calls, ENTITY_NONE));
    ck_assert(vocab_on_page(age, ENTITY_PERSON) && !vocab_on_page(age, ENTITY_ACCOUNT));
}
END_TEST

START_TEST(entities_by_name)
{
    for (uint8_t kind = ENTITY_NUMBER; kind < ENTITY_KIND_COUNT; kind++) {
        ck_assert_uint_eq(vocab_entity_find(vocab_entity_text(kind)), kind);
    }
    ck_assert_uint_eq(vocab_entity_find(STR("")), ENTITY_NONE);
    ck_assert_uint_eq(vocab_entity_find(STR("Person")), ENTITY_NONE);
    ck_assert_uint_eq(vocab_entity_text(ENTITY_NONE).len, 0);
}
END_TEST

START_TEST(enumerated_units_have_a_set_of_values)
{
    ck_assert_int_eq(vocab_value_set(UNIT_NUMBER_KIND), VALUE_SET_NUMBER_KIND);
    ck_assert_int_eq(vocab_value_set(UNIT_ARRIVAL), VALUE_SET_ARRIVAL);
    ck_assert_int_eq(vocab_value_set(UNIT_LOGIN_WHAT), VALUE_SET_LOGIN_WHAT);
    ck_assert_int_eq(vocab_value_set(UNIT_CHANGE_WHAT), VALUE_SET_CHANGE_WHAT);
    ck_assert_int_eq(vocab_value_set(UNIT_TIER), VALUE_SET_TIER);
    ck_assert_int_eq(vocab_value_set(UNIT_ORIGIN), VALUE_SET_ORIGIN);
    ck_assert_int_eq(vocab_value_set(UNIT_RESULT), VALUE_SET_RESULT);
    ck_assert_int_eq(vocab_value_set(UNIT_TYPOLOGY), -1);
    ck_assert_int_eq(vocab_value_set(UNIT_MONEY), -1);
    ck_assert_int_eq(vocab_value_set(UNIT_BOOL), -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vocab");
    TCase *tests = tcase_create("vocab");
    tcase_add_loop_test(tests, each_word_is_found_at_its_place, 0, ROWS(tables));
    tcase_add_loop_test(tests, words_in_scopes, 0, ROWS(scopes));
    tcase_add_test(tests, scopes_of_events_and_streams);
    tcase_add_test(tests, a_word_is_one_field_in_a_scope);
    tcase_add_test(tests, rules_about_persons_run_at_holders);
    tcase_add_test(tests, pages_own_streams_and_attributes);
    tcase_add_test(tests, entities_by_name);
    tcase_add_test(tests, enumerated_units_have_a_set_of_values);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
