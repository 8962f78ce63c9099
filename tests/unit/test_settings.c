/* test_settings.c - the defaults hold what their table allows, and give what pages keep. */
#include "engine/settings.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(defaults_lie_in_their_ranges)
{
    struct settings settings;
    settings_defaults(&settings);
#define SETTING_INT(section, name, unit, value, low, high, sentence)                             \
    ck_assert_msg(settings.section##_##name == (value) && (value) >= (low) && (value) <= (high), \
                  "%s.%s", #section, #name);                                                     \
    ck_assert_msg(strlen(sentence) > 0 && strlen(unit) > 0, "%s.%s", #section, #name);
#define SETTING_TEXT(section, name, value, max, secret, sentence)                          \
    ck_assert_msg(strcmp(settings.section##_##name, value) == 0 && strlen(value) <= (max), \
                  "%s.%s", #section, #name);
#include "engine/settings.def"
}
END_TEST

/* The two places that know the defaults say the same of the streams that pages have. */
START_TEST(default_retention_is_that_of_pages)
{
    struct settings settings;
    struct retention from_settings, of_pages;
    settings_defaults(&settings);
    settings_retention(&settings, &from_settings);
    retention_defaults(&of_pages);
    ck_assert_uint_eq(from_settings.peers_max, of_pages.peers_max);
    for (int entity = 0; entity < ENTITY_KIND_COUNT; entity++) {
        for (int s = 0; s < STREAM_COUNT; s++) {
            ck_assert_msg(from_settings.stream[entity][s].records_max ==
                                  of_pages.stream[entity][s].records_max &&
                              from_settings.stream[entity][s].age_max_ms ==
                                  of_pages.stream[entity][s].age_max_ms,
                          "entity %d, stream %d", entity, s);
        }
    }
}
END_TEST

START_TEST(each_setting_of_retention_is_used)
{
    static const int64_t day_ms = INT64_C(86400000);
    struct settings settings;
    struct retention retention;
    settings_defaults(&settings);
    settings.retention_person_calls = 11;
    settings.retention_person_calls_days = 12;
    settings.retention_person_payments = 13;
    settings.retention_person_payments_days = 14;
    settings.retention_number_calls = 15;
    settings.retention_number_calls_days = 16;
    settings.retention_account_payments = 17;
    settings.retention_account_payments_days = 18;
    settings.retention_peers = 19;
    settings.retention_person_messages = 20;
    settings.retention_person_messages_days = 21;
    settings.retention_person_others = 22;
    settings.retention_person_others_days = 23;
    settings.retention_number_messages = 24;
    settings.retention_number_messages_days = 25;
    settings.retention_number_others = 26;
    settings.retention_number_others_days = 27;
    settings.retention_account_others = 28;
    settings.retention_account_others_days = 29;
    settings_retention(&settings, &retention);
    static const struct {
        int entity, stream;
        uint32_t records_max;
        int64_t days;
    } rows[] = {
        {ENTITY_PERSON, STREAM_CALL_IN, 11, 12},     {ENTITY_PERSON, STREAM_CALL_OUT, 11, 12},
        {ENTITY_PERSON, STREAM_PAYMENT_IN, 13, 14},  {ENTITY_PERSON, STREAM_PAYMENT_OUT, 13, 14},
        {ENTITY_NUMBER, STREAM_CALL_IN, 15, 16},     {ENTITY_NUMBER, STREAM_CALL_OUT, 15, 16},
        {ENTITY_NUMBER, STREAM_PAYMENT_IN, 0, 0},    {ENTITY_ACCOUNT, STREAM_CALL_OUT, 0, 0},
        {ENTITY_ACCOUNT, STREAM_PAYMENT_IN, 17, 18}, {ENTITY_ACCOUNT, STREAM_PAYMENT_OUT, 17, 18},
        {ENTITY_PERSON, STREAM_SMS_IN, 20, 21},      {ENTITY_PERSON, STREAM_SMS_OUT, 20, 21},
        {ENTITY_PERSON, STREAM_LOGIN, 22, 23},       {ENTITY_PERSON, STREAM_CHANGE, 22, 23},
        {ENTITY_PERSON, STREAM_WARNING, 22, 23},     {ENTITY_NUMBER, STREAM_SMS_IN, 24, 25},
        {ENTITY_NUMBER, STREAM_SMS_OUT, 24, 25},     {ENTITY_NUMBER, STREAM_CHANGE, 26, 27},
        {ENTITY_NUMBER, STREAM_WARNING, 26, 27},     {ENTITY_ACCOUNT, STREAM_LOGIN, 28, 29},
        {ENTITY_ACCOUNT, STREAM_CHANGE, 28, 29},     {ENTITY_ACCOUNT, STREAM_WARNING, 28, 29},
        {ENTITY_ACCOUNT, STREAM_SMS_IN, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert_uint_eq(retention.stream[rows[i].entity][rows[i].stream].records_max,
                          rows[i].records_max);
        ck_assert_int_eq(retention.stream[rows[i].entity][rows[i].stream].age_max_ms,
                         rows[i].days * day_ms);
    }
    ck_assert_uint_eq(retention.peers_max, 19);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("settings");
    TCase *tests = tcase_create("settings");
    tcase_add_test(tests, defaults_lie_in_their_ranges);
    tcase_add_test(tests, default_retention_is_that_of_pages);
    tcase_add_test(tests, each_setting_of_retention_is_used);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
