/* test_record.c - records as the feeds write them, and any bytes: what they become, and what is
 * refused. */
#include "engine/ingest/record.h"

#include "tests/unit/decoded.h"
#include "tests/unit/exact.h"
#include "tests/unit/mutate.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* ---- records as the feeds write them ---- */

struct record_row {
    const char *name, *record;
    const char *shown;
};

static const struct record_row records[] = {
    {"a call begins",
     "{\"type\":\"call\",\"phase\":\"start\",\"id\":\"c-1\",\"time\":\"2026-03-02T10:00:00.120+08:00\","
     "\"caller\":\"+85291234567\",\"callee\":\"13800138000\",\"cell\":\"46000-1a2b-3c\",\"region\":\"330502\"}",
     "from=1:+85291234567 to=1:13800138000 cell=46000-1a2b-3c text=330502 region=330502"},
    {"a call ends",
     "{\"type\":\"call\",\"phase\":\"end\",\"id\":\"c-1\",\"time\":\"2026-03-02T10:45:00+08:00\","
     "\"caller\":\"+85291234567\",\"callee\":\"13800138000\",\"answered\":true,\"duration_s\":2699,"
     "\"cause\":\"normal\"}",
     "from=1:+85291234567 to=1:13800138000 cause=1 duration=2699000 answered=2"},
    {"a call's record",
     "{\"type\":\"call\",\"phase\":\"record\",\"id\":\"c-2\",\"time\":\"2026-03-02T11:00:00+08:00\","
     "\"caller\":\"17012345678\",\"callee\":\"13800138000\",\"answered\":true,\"duration_s\":75,"
     "\"imei\":\"861234567890123\",\"forwarded\":false}",
     "from=1:17012345678 to=1:13800138000 with=4:861234567890123 duration=75000 answered=2 forwarded=1"},
    {"a payment begins",
     "{\"type\":\"transaction\",\"phase\":\"initiated\",\"id\":\"p-1\",\"payment_id\":\"2026030211200000017\","
     "\"time\":\"2026-03-02T11:20:00+08:00\","
     "\"payer\":{\"account\":\"6222000000000000011\",\"bank\":\"102100099996\"},"
     "\"payee\":{\"account\":\"6217000000000000022\",\"bank\":\"105100000017\"},\"amount\":\"70000.00\","
     "\"currency\":\"CNY\",\"channel\":\"mobile\",\"purpose\":\"transfer\",\"arrival\":\"realtime\","
     "\"balance_before\":\"80000.00\",\"device\":\"d-77\",\"region\":\"330502\"}",
     "from=2:6222000000000000011 bank=102100099996 to=2:6217000000000000022 bank=105100000017 "
     "with=4:d-77 payment=2026030211200000017 currency=CNY text=330502 region=330502 amount=7000000 before=8000000 "
     "channel=1 purpose=1 arrival=1"},
    {"a payment is posted",
     "{\"type\":\"transaction\",\"phase\":\"posted\",\"id\":\"p-1\",\"time\":\"2026-03-02T11:20:03+08:00\","
     "\"payer\":{\"account\":\"6222000000000000011\"},\"payee\":{\"account\":\"6217000000000000022\"},"
     "\"amount\":\"70000.00\",\"currency\":\"CNY\"}",
     "from=2:6222000000000000011 to=2:6217000000000000022 currency=CNY amount=7000000"},
    {"a binding",
     "{\"type\":\"binding\",\"id\":\"b-1\"," AT "\"number\":\"13800138000\",\"person\":\"P-1001\","
     "\"from\":\"2019-05-01T00:00:00+08:00\"}",
     "from=1:13800138000 person=P-1001 from_ms=1556640000000"},
    {"a person",
     "{\"type\":\"person\",\"id\":\"b-2\"," AT "\"person\":\"P-1001\",\"birth_year\":1958,"
     "\"vulnerable\":true,\"region\":\"330502/001/12\",\"adviser\":\"A-17\"}",
     "from=3:P-1001 adviser=A-17 text=330502/001/12 person=P-1001 region=330502 born=1958 vulnerable=2"},
    {"an account",
     "{\"type\":\"account\",\"id\":\"b-3\"," AT
     "\"account\":\"6222000000000000011\",\"person\":\"P-1001\","
     "\"bank\":\"102100099996\",\"class\":\"i\",\"kind\":\"personal\",\"opened\":\"2015-03-01\","
     "\"region\":\"330502\"}",
     "from=2:6222000000000000011 bank=102100099996 text=330502 person=P-1001 region=330502 "
     "opened=1425139200000 class=1 stated=1"},
    {"a number",
     "{\"type\":\"number\",\"id\":\"b-4\"," AT "\"number\":\"13800138000\",\"carrier\":\"cmcc\","
     "\"opened\":\"2012-01-01\",\"region\":\"330502\"}",
     "from=1:13800138000 text=330502 region=330502 opened=1325347200000"},
    {"a list entry",
     "{\"type\":\"listing\",\"id\":\"x-1\"," AT "\"list\":\"fraud_accounts\","
     "\"entity\":\"account:6217000000000000022\",\"action\":\"add\",\"from\":\"2026-03-02T10:00:00+08:00\","
     "\"to\":\"2026-04-02T10:00:00+08:00\",\"source\":\"ministry\",\"evidence\":\"case 2026-113\"}",
     "from=2:6217000000000000022 list=fraud_accounts from_ms=1772416800000 to_ms=1775095200000"},
    {"a message with its text",
     "{\"type\":\"sms\",\"id\":\"m-1\"," AT "\"sender\":\"106912345678\","
     "\"receiver\":\"13800138000\",\"text\":\"【某银行】验证码 123456 ...\"}",
     "from=1:106912345678 to=1:13800138000 text_link=1"},
    {"a message that the gateway has looked at",
     "{\"type\":\"sms\",\"id\":\"m-2\"," AT "\"sender\":\"106912345678\","
     "\"receiver\":\"13800138000\",\"tags\":[\"OTP\"],\"urls\":[\"http://abc.example/x\"]}",
     "from=1:106912345678 to=1:13800138000 urls_link=2"},
    {"a login",
     "{\"type\":\"login\",\"id\":\"l-1\"," AT "\"account\":\"6222000000000000011\","
     "\"what\":\"enter\",\"device\":\"d-77\",\"region\":\"330502\"}",
     "from=2:6222000000000000011 with=4:d-77 text=330502 what=1 region=330502"},
    {"a change",
     "{\"type\":\"change\",\"id\":\"g-1\"," AT
     "\"number\":\"13800138000\",\"what\":\"forwarding_on\"}",
     "from=1:13800138000 what=4"},
    {"another's warning",
     "{\"type\":\"warning\",\"id\":\"w-ext-9\"," AT "\"origin\":\"ministry\","
     "\"subject\":\"number:13800138000\",\"typology\":\"fake_police\",\"tier\":\"medium\","
     "\"deadline\":\"2026-03-02T12:00:00+08:00\"}",
     "from=1:13800138000 typology=fake_police tier=2 origin=2"},
    {"an outcome",
     "{\"type\":\"outcome\",\"id\":\"o-1\"," AT "\"subject\":\"person:P-1001\","
     "\"warning\":\"w-ext-9\",\"episode\":\"01000000000000000000000000000000\","
     "\"typology\":\"fake_police\",\"result\":\"dissuaded\",\"amount\":\"0.00\","
     "\"by\":\"station 330502-07\"}",
     "from=3:P-1001 typology=fake_police episode=1 result=1"},
    {"an override",
     "{\"type\":\"override\",\"id\":\"x-2\"," AT "\"subject\":\"person:P-1001\","
     "\"other\":\"account:6217000000000000033\",\"to\":\"2026-04-02T10:00:00+08:00\","
     "\"by\":\"operator 31\",\"reason\":\"verified by phone\"}",
     "from=3:P-1001 to=2:6217000000000000033 to_ms=1775095200000"},
    {"a call in an envelope",
     "{\"specversion\":\"1.0\",\"id\":\"c-1\",\"source\":\"/cmcc\",\"type\":\"call\","
     "\"time\":\"2026-03-02T10:00:00+08:00\",\"datacontenttype\":\"application/json\","
     "\"subject\":\"calls\",\"data\":{\"phase\":\"start\",\"callee\":\"13800138000\"}}",
     "to=1:13800138000"},
    {"a payment in an envelope",
     "{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"//bank/eu\\u002d1\",\"type\":\"x.y\","
     "\"time\":0,\"data\":{\"type\":\"transaction\",\"id\":\"p\\u002d1\"," AT
     "\"phase\":\"posted\",\"source\":\"bank\",\"payer\":{\"account\":\"6\"},"
     "\"amount\":\"5\",\"currency\":\"CNY\"}}",
     "from=2:6 currency=CNY amount=500"},
};

START_TEST(records_as_the_feeds_write_them)
{
    struct buf shown = {0};
    decoded_start();
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        ck_assert_msg(decoded_take(str_of(records[i].record), &shown) == 0, "%s: %s",
                      records[i].name, decoded.why.detail);
        ck_assert_msg(strcmp(buf_text(&shown), records[i].shown) == 0, "%s: %s", records[i].name,
                      buf_text(&shown));
    }
    buf_fini(&shown);
}
END_TEST

START_TEST(sources_and_times)
{
    struct buf shown = {0};
    decoded_start();
    ck_assert_int_eq(decoded_take(str_of(records[0].record), &shown), 0);
    ck_assert(str_eq_text(decoded.raw.source, "calls"));
    ck_assert_int_eq(decoded.raw.time_ms, INT64_C(1772416800120));
    ck_assert_int_eq(decoded.raw.phase, PHASE_START);
    struct str listing = str_of(records[9].record);
    struct str bytes = exact_copy(listing);
    ck_assert_int_eq(record_decode(&decoded.decoder, bytes, &decoded.raw, &decoded.why), 0);
    ck_assert(str_eq_text(decoded.raw.source, "ministry"));
    ck_assert(str_eq_text(decoded.raw.id, "x-1"));
    ck_assert_int_eq(decoded.raw.phase, PHASE_NONE);
    exact_free(bytes);
    buf_fini(&shown);
}
END_TEST

/* ---- any bytes ---- */

START_TEST(changed_records_are_taken_or_have_a_reason)
{
    struct prng rng = prng_seed(12, "mutations");
    struct buf record = {0};
    struct buf shown = {0};
    size_t accepted = 0;
    decoded_start();
    for (int i = 0; i < 200000; i++) {
        struct str whole =
            str_of(records[prng_below(&rng, sizeof records / sizeof records[0])].record);
        buf_clear(&record);
        buf_add_str(&record, whole);
        for (uint32_t n = 1 + prng_below(&rng, 2); n > 0; n--) {
            mutate_bytes(&record, &rng);
        }
        int result = decoded_take(buf_str(&record), &shown);
        bool has_reason = decoded.why.reason > REFUSAL_NONE && decoded.why.reason < REFUSAL_COUNT &&
                          decoded.why.detail[0] != '\0';
        if (result != (has_reason ? -1 : 0)) {
            ck_abort_msg("%d: %.*s", i, (int)record.len, record.at);
        }
        accepted += result == 0;
    }
    ck_assert_uint_gt(accepted, 20000);
    ck_assert_uint_lt(accepted, 180000);
    buf_fini(&record);
    buf_fini(&shown);
}
END_TEST

START_TEST(nothing_is_left_of_the_record_before)
{
    static struct record_decoder fresh;
    struct prng rng = prng_seed(13, "mutations");
    struct buf record = {0};
    struct buf shown = {0};
    struct buf again = {0};
    decoded_start();
    for (int i = 0; i < 2000; i++) {
        buf_clear(&record);
        buf_add_text(&record, records[prng_below(&rng, sizeof records / sizeof records[0])].record);
        if (prng_chance(&rng, 70)) {
            mutate_bytes(&record, &rng);
        }
        memset(&decoded.raw, 0xa5, sizeof decoded.raw);
        int result = decoded_take(buf_str(&record), &shown);
        struct refusal first = decoded.why;
        struct record_decoder used = decoded.decoder;
        record_decoder_init(&fresh);
        decoded.decoder = fresh;
        memset(&decoded.raw, 0, sizeof decoded.raw);
        ck_assert_int_eq(decoded_take(buf_str(&record), &again), result);
        ck_assert(str_eq(buf_str(&shown), buf_str(&again)));
        ck_assert(first.reason == decoded.why.reason &&
                  strcmp(first.detail, decoded.why.detail) == 0);
        decoded.decoder = used;
    }
    buf_fini(&record);
    buf_fini(&shown);
    buf_fini(&again);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record");
    TCase *tests = tcase_create("record");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, records_as_the_feeds_write_them);
    tcase_add_test(tests, sources_and_times);
    tcase_add_test(tests, changed_records_are_taken_or_have_a_reason);
    tcase_add_test(tests, nothing_is_left_of_the_record_before);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
