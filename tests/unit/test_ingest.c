/* test_ingest.c - records become events with all their fields; all is counted. */
#include "engine/ingest/ingest.h"

#include "engine/ingest/identity.h"
#include "tests/unit/child.h"
#include "tests/unit/intake.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- fields ---- */

START_TEST(a_payment_with_all_its_members)
{
    struct intake intake;
    intake_open(&intake, "");
    ck_assert_int_eq(
        intake_take(
            &intake,
            "{'type':'transaction','phase':'initiated','id':'p-1','payment_id':'2026030211200000017',"
            "'time':'2026-03-02T11:20:00+08:00',"
            "'payer':{'account':'6222000000000000011','bank':'102100099996'},"
            "'payee':{'account':'6217000000000000022','bank':'105100000017'},'amount':'70000.00',"
            "'currency':'CNY','channel':'mobile','purpose':'transfer','arrival':'realtime',"
            "'balance_before':'80000.00','balance_after':'10000.00','device':'d-77','region':'330502/1'}",
            -1),
        0);
    const struct event *e = &intake.event;
    ck_assert_uint_eq(e->kind, EVENT_TRANSACTION);
    ck_assert_uint_eq(e->phase, PHASE_INITIATED);
    ck_assert_int_eq(e->time_ms, NOON + 80 * MINUTE_MS);
    ck_assert_int_eq(e->judged_ms, e->time_ms);
    ck_assert_uint_eq(e->record_id, UINT64_C(0xf2fd9c701b84c39a));  /* H("record", payment id) */
    ck_assert_uint_eq(e->message_id, UINT64_C(0x472a277753afed6b)); /* H("record", source, id) */
    ck_assert_int_eq(e->amount_minor, 7000000);
    ck_assert_int_eq(e->balance_before_minor, 8000000);
    ck_assert_int_eq(e->balance_after_minor, 1000000);
    ck_assert_uint_eq(e->region, 330502);
    ck_assert_uint_eq(e->region_text_len, 0);
    ck_assert_int_eq(e->duration_ms, VALUE_UNKNOWN);
    ck_assert(str_eq_text(EVENT_TEXT(e, id), "p-1"));
    ck_assert(str_eq_text(EVENT_TEXT(e, source), "transactions"));
    ck_assert(str_eq_text(EVENT_TEXT(e, payment_id), "2026030211200000017"));
    ck_assert(str_eq_text(EVENT_TEXT(e, currency), "CNY"));
    ck_assert(str_eq_text(EVENT_TEXT(&e->party[PARTY_FROM], bank), "102100099996"));
    ck_assert(str_eq_text(EVENT_TEXT(&e->party[PARTY_TO], bank), "105100000017"));
    intake_close(&intake);
}
END_TEST

START_TEST(directory_and_list_records_with_all_their_members)
{
    struct intake intake;
    intake_open(&intake, "");
    const struct event *e = &intake.event;
    ck_assert_int_eq(
        intake_take(
            &intake,
            DIRECTORY(
                "person",
                "1772416800000") "'person':'P-1','birth_year':1958,"
                                 "'vulnerable':true,'region':'330502/001/12','adviser':'A-17'}",
            -1),
        0);
    ck_assert_int_eq(e->birth_year, 1958);
    ck_assert_uint_eq(e->vulnerable, TRUTH_YES);
    ck_assert(str_eq_text(EVENT_TEXT(e, region_text), "330502/001/12"));
    ck_assert(str_eq_text(EVENT_TEXT(e, adviser), "A-17"));
    ck_assert_int_eq(
        intake_take(&intake,
                    DIRECTORY("account",
                              "1772416800000") "'account':'6','class':'ii',"
                                               "'kind':'personal','opened':'2015-03-01'}",
                    -1),
        0);
    ck_assert_uint_eq(e->account_class, 2);
    ck_assert_uint_eq(e->entity_kind_value, 1);
    ck_assert_int_eq(e->opened_ms, INT64_C(1425139200000));
    ck_assert_int_eq(intake_take(&intake, BIND("1772416800000", "null"), -1), 0);
    ck_assert_uint_eq(e->unbinds, 1);
    ck_assert_int_eq(
        intake_take(
            &intake,
            "{'type':'listing','id':'x','time':1772416800000,'list':'fraud_accounts',"
            "'entity':'account:6','action':'remove','from':1000000000000,'to':'2027-01-01'}",
            -1),
        0);
    ck_assert_uint_eq(e->list_removes, 1);
    ck_assert_uint_eq(e->list_key, name_key(STR("fraud_accounts")));
    ck_assert(str_eq_text(EVENT_TEXT(e, list_name), "fraud_accounts"));
    ck_assert_int_eq(e->from_ms, INT64_C(1000000000000));
    ck_assert_int_eq(e->to_ms, INT64_C(1798732800000));
    intake_close(&intake);
}
END_TEST

START_TEST(other_records_with_all_their_members)
{
    struct intake intake;
    intake_open(&intake, "");
    const struct event *e = &intake.event;
    ck_assert_int_eq(
        intake_take(&intake,
                    "{'type':'sms','id':'m','time':1772416800000,'sender':'1','receiver':'2',"
                    "'text':'secret 123456 http://a'}",
                    -1),
        0);
    ck_assert_uint_eq(e->has_link, TRUTH_YES);
    ck_assert_int_eq(
        intake_take(&intake,
                    "{'type':'sms','id':'m','time':1772416800000,'sender':'1','receiver':'2',"
                    "'text':'http://a','urls':[]}",
                    -1),
        0);
    ck_assert_uint_eq(e->has_link, TRUTH_NO); /* the gateway's word goes before the text */
    ck_assert_int_eq(
        intake_take(
            &intake,
            "{'type':'change','id':'g','time':1772416800000,'number':'1','what':'sim_changed',"
            "'region':'330502/001'}",
            -1),
        0);
    ck_assert_uint_eq(e->what, event_value_find(VALUE_SET_CHANGE_WHAT, STR("sim_changed")));
    ck_assert_uint_eq(e->region, 330502);
    ck_assert_uint_eq(e->region_text_len, 0);
    ck_assert_int_eq(intake_take(&intake,
                                 "{'type':'warning','id':'w','time':1772416800000,'origin':'bank',"
                                 "'subject':'number:1','typology':'fake_police','tier':'high'}",
                                 -1),
                     0);
    ck_assert_uint_eq(e->origin, ORIGIN_BANK);
    ck_assert_uint_eq(e->tier, TIER_HIGH);
    ck_assert_uint_eq(e->about_key, name_key(STR("fake_police")));
    ck_assert_int_eq(
        intake_take(&intake,
                    "{'type':'outcome','id':'o','time':1772416800000,'subject':'number:1',"
                    "'typology':'t','result':'loss',"
                    "'episode':'01020000000000000000000000000003'}",
                    -1),
        0);
    ck_assert_uint_eq(e->result, 3);
    ck_assert_uint_eq(e->about_key, name_key(STR("t")));
    ck_assert_uint_eq(e->episode_key, 0x0201);
    intake_close(&intake);
}
END_TEST

/* What a message says is in none of the bytes that leave ingest. */
START_TEST(texts_of_messages_are_dropped)
{
    struct intake intake;
    struct buf frame = {0};
    intake_open(&intake, "");
    ck_assert_int_eq(
        intake_take(&intake,
                    "{'type':'sms','id':'m','time':1772416800000,'sender':'12012345678',"
                    "'receiver':'12071234567','text':'your code is QZX771',"
                    "'urls':['http://QZX771.example'],'tags':['QZX771']}",
                    -1),
        0);
    event_encode(&frame, &intake.event);
    for (size_t at = 0; at + 6 <= frame.len; at++) {
        ck_assert(memcmp(frame.at + at, "QZX771", 6) != 0);
    }
    buf_fini(&frame);
    intake_close(&intake);
}
END_TEST

/* Tags are 16 bits of their names; what is not among them is not there, if all was looked at. */
START_TEST(messages_have_tags)
{
    static const struct tag_sign signs[] = {{.text = {"code", 4}},
                                            {.text = {"OTP", 3}, .kind = TAG_SIGN_FEED},
                                            {.text = {"(a+)+[xy]", 9}, .kind = TAG_SIGN_REGEX}};
    struct tag tags[3];
    for (uint32_t i = 0; i < 3; i++) {
        struct str name = {i == 0 ? "a" : i == 1 ? "b" : "c", 1};
        tags[i] =
            (struct tag){.name = name, .sign_first = i, .sign_count = 1, .hash = tag_hash(name)};
    }
    static const struct {
        const char *says;
        int first, second; /* -1: none */
        bool all;
    } rows[] = {{"'text':'your CODE'", 0, -1, true},
                {"'text':'nothing'", -1, -1, true},
                {"'text':'code','tags':['OTP']", 0, 1, true},
                {"'tags':['OTP']", 1, -1, false},
                {"'urls':[]", -1, -1, false},
                {"'text':'code aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'", 0, -1,
                 false}};
    struct tagger_setup setup = {.tags = tags, .tag_count = 3, .signs = signs};
    struct tagger *tagger = tagger_new(&setup, NULL);
    struct intake intake;
    intake_open(&intake, "");
    for (int with = 0; with < 2; with++) {
        ingest_set_tagger(intake.in, with == 0 ? NULL : tagger);
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            char record[400];
            (void)snprintf(record, sizeof record,
                           "{'type':'sms','id':'m','time':1772416800000,'sender':'12012345678',"
                           "'receiver':'12071234567',%s}",
                           rows[i].says);
            ck_assert_int_eq(intake_take(&intake, record, -1), 0);
            uint64_t wanted = rows[i].first < 0 ? 0 : tags[rows[i].first].hash;
            wanted |= rows[i].second < 0 ? 0 : (uint64_t)tags[rows[i].second].hash << 16;
            ck_assert_msg(intake.event.tags == (with == 0 ? 0 : wanted), "%s", rows[i].says);
            ck_assert_uint_eq(intake.event.fifth_tag, 0);
            uint16_t set = with == 1 && rows[i].all ? tag_set(tags, 3, signs) : 0;
            ck_assert_msg(intake.event.tag_set == set, "%s", rows[i].says);
        }
    }
    ck_assert_uint_eq(ingest_counts(intake.in)->tags_unknown, 1);
    intake_close(&intake);
    tagger_free(tagger);
}
END_TEST

struct id_row {
    const char *name, *record;
    uint64_t record_id, message_id;
};

static const struct id_row record_ids[] = {
    {"the default source and the id", PAYMENT "'amount':5,'payer':{'account':'6'}}", 1, 1},
    {"another phase is the same payment",
     "{'type':'transaction','phase':'reversed','id':'p','time':1772416800999,'currency':'CNY','amount':6,"
     "'payer':{'account':'7'}}",
     1, 1},
    {"the same source by name",
     PAYMENT "'amount':5,'source':'transactions','payer':{'account':'6'}}", 1, 1},
    {"another source", PAYMENT "'amount':5,'source':'bank','payer':{'account':'6'}}", 2, 2},
    {"a payment id", PAYMENT "'amount':5,'payment_id':'p','payer':{'account':'6'}}", 3, 1},
    {"a payment id goes before source and id",
     "{'type':'transaction','phase':'posted','id':'q','source':'bank','time':1772416800000,'currency':'CNY',"
     "'amount':5,'payment_id':'p','payer':{'account':'6'}}",
     3, 4},
};

START_TEST(phases_share_a_record_id)
{
    struct intake intake;
    uint64_t seen[5] = {0};
    intake_open(&intake, "");
    for (size_t i = 0; i < sizeof record_ids / sizeof record_ids[0]; i++) {
        uint64_t *same = &seen[record_ids[i].record_id];
        ck_assert_msg(intake_take(&intake, record_ids[i].record, -1) == 0, "%s",
                      record_ids[i].name);
        ck_assert_msg(*same == 0 || *same == intake.event.record_id, "%s", record_ids[i].name);
        *same = intake.event.record_id;
        same = &seen[record_ids[i].message_id];
        ck_assert_msg(*same == 0 || *same == intake.event.message_id, "%s: message",
                      record_ids[i].name);
        *same = intake.event.message_id;
    }
    for (int i = 1; i < 5; i++) {
        for (int k = 1; k < i; k++) {
            ck_assert(seen[i] != seen[k]);
        }
    }
    intake_close(&intake);
}
END_TEST

struct currency_row {
    const char *name;
    const char *ours;
    const char *currency;
    int64_t amount_minor;
};

static const struct currency_row currencies[] = {
    {"ours", "", "CNY", 500},
    {"foreign", "", "USD", VALUE_UNKNOWN},
    {"another pack's", "USD", "USD", 500},
    {"foreign to it", "USD", "CNY", VALUE_UNKNOWN},
};

START_TEST(foreign_amounts_are_unknown)
{
    for (size_t i = 0; i < sizeof currencies / sizeof currencies[0]; i++) {
        const struct currency_row *row = &currencies[i];
        struct intake intake;
        struct buf record = {0};
        intake_open(&intake, row->ours);
        buf_add_format(&record,
                       "{'type':'transaction','phase':'posted','id':'p','time':1772416800000,"
                       "'amount':5,'balance_before':5,'balance_after':5,'payer':{'account':'6'},"
                       "'currency':'%s'}",
                       row->currency);
        ck_assert_int_eq(intake_take(&intake, buf_text(&record), -1), 0);
        ck_assert_msg(intake.event.amount_minor == row->amount_minor, "%s", row->name);
        ck_assert_int_eq(intake.event.balance_before_minor, row->amount_minor);
        ck_assert_int_eq(intake.event.balance_after_minor, row->amount_minor);
        ck_assert(str_eq_text(EVENT_TEXT(&intake.event, currency), row->currency));
        ck_assert_uint_eq(ingest_counts(intake.in)->foreign_amounts,
                          row->amount_minor == VALUE_UNKNOWN);
        buf_fini(&record);
        intake_close(&intake);
    }
}
END_TEST

/* ---- counting ---- */

START_TEST(all_is_counted)
{
    struct intake intake;
    intake_open(&intake, "");
    const struct ingest_counts *counts = ingest_counts(intake.in);
    ck_assert_int_eq(intake_take(&intake, CALLEE("1"), -1), 0);
    ck_assert_int_eq(intake_take(&intake, CALLEE("x"), -1), -1);
    ck_assert_int_eq(intake_take(&intake, "", -1), -1);
    ck_assert_int_eq(intake_take(&intake, "{'type':'telegram','x':1}", -1), -1);
    ck_assert_int_eq(intake_take(&intake,
                                 "{'type':'call','phase':'start','id':'c','time':1772416800000,"
                                 "'callee':'1','x':1,'y':{'z':1},'region':'moon'}",
                                 -1),
                     0);
    /* members of a refused record are not counted */
    ck_assert_int_eq(intake_take(&intake,
                                 "{'type':'call','phase':'start','id':'c','time':1772416800000,"
                                 "'callee':'x','x':1,'region':'moon'}",
                                 -1),
                     -1);
    (void)refusal_set(&intake.why, REFUSAL_TOO_LARGE, "a line");
    ingest_count_refused(intake.in, &intake.why);
    ck_assert_uint_eq(counts->read, 7);
    ck_assert_uint_eq(counts->accepted, 2);
    ck_assert_uint_eq(counts->refused, 5);
    ck_assert_uint_eq(counts->refused_by[REFUSAL_BAD_IDENTIFIER], 2);
    ck_assert_uint_eq(counts->refused_by[REFUSAL_NOT_JSON], 1);
    ck_assert_uint_eq(counts->refused_by[REFUSAL_UNKNOWN_TYPE], 1);
    ck_assert_uint_eq(counts->refused_by[REFUSAL_TOO_LARGE], 1);
    ck_assert_uint_eq(counts->unknown_members, 2);
    ck_assert_uint_eq(counts->unknown_values, 1);
    ck_assert(intake_adds_up(counts));
    intake_close(&intake);
}
END_TEST

static void count_without_reason(const void *context)
{
    struct intake intake;
    intake_open(&intake, context);
    ingest_count_refused(intake.in, &intake.why);
}

START_TEST(a_refusal_without_reason_is_a_bug)
{
    ck_assert_int_eq(child_run(count_without_reason, "").signal, SIGABRT);
}
END_TEST

START_TEST(a_currency_of_two_letters_is_a_bug)
{
    ck_assert_int_eq(child_run(count_without_reason, "CN").signal, SIGABRT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ingest");
    TCase *tests = tcase_create("ingest");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_payment_with_all_its_members);
    tcase_add_test(tests, directory_and_list_records_with_all_their_members);
    tcase_add_test(tests, other_records_with_all_their_members);
    tcase_add_test(tests, texts_of_messages_are_dropped);
    tcase_add_test(tests, messages_have_tags);
    tcase_add_test(tests, phases_share_a_record_id);
    tcase_add_test(tests, foreign_amounts_are_unknown);
    tcase_add_test(tests, all_is_counted);
    tcase_add_test(tests, a_refusal_without_reason_is_a_bug);
    tcase_add_test(tests, a_currency_of_two_letters_is_a_bug);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
