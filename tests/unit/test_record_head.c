/* test_record_head.c - envelopes, and what records of all types begin with: types, ids, times,
 * phases. */
#include "tests/unit/decoded.h"
#include "tests/unit/exact.h"

#include <check.h>
#include <stdlib.h>

#define ENVELOPE_PLAIN "{\"id\":\"1\",\"source\":\"s\",\"type\":\"person\",\"time\":1772416800000"
#define ONE "\"specversion\":\"1.0\","
#define PERSON_DATA "\"data\":{\"person\":\"P\"}"
#define WRAPPED(text) GOOD("from=3:P person=P" text)

static const struct member_row of_envelopes[] = {
    {"data behind", ONE PERSON_DATA, WRAPPED("")},
    {"data in front", PERSON_DATA ",\"specversion\":\"1.0\"", WRAPPED("")},
    {"the same is said inside",
     ONE "\"data\":{\"person\":\"P\",\"id\":\"1\",\"type\":\"person\",\"time\":1772416800000}",
     WRAPPED("")},
    {"what is inside wins, whatever stands outside",
     ONE "\"data\":{\"type\":\"binding\",\"person\":\"P\",\"number\":\"1\"}",
     GOOD("from=1:1 person=P")},
    {"null inside is not said", ONE "\"data\":{\"person\":\"P\",\"id\":null,\"time\":null}",
     WRAPPED("")},
    {"no type inside by null", ONE "\"data\":{\"person\":\"P\",\"type\":null}", BAD(WRONG_TYPE)},
    {"a member of the record outside is none of it", ONE "\"person\":\"Q\"," PERSON_DATA,
     WRAPPED(" unknown_members=1")},
    {"what envelopes have", ONE "\"dataschema\":\"u\",\"subject\":\"x\"," PERSON_DATA, WRAPPED("")},
    {"members of nobody in both", ONE "\"a\":{\"b\":1},\"data\":{\"person\":\"P\",\"c\":{\"d\":1}}",
     WRAPPED(" unknown_members=2")},
    {"with parameters", ONE "\"datacontenttype\":\"application/json;charset=utf-8\"," PERSON_DATA,
     WRAPPED("")},
    {"of a JSON kind", ONE "\"datacontenttype\":\"application/x+json\"," PERSON_DATA, WRAPPED("")},
    {"of another kind", ONE "\"datacontenttype\":\"text/xml\"," PERSON_DATA, BAD(UNKNOWN_VALUE)},
    {"of no kind", ONE "\"datacontenttype\":7," PERSON_DATA, BAD(UNKNOWN_VALUE)},
    {"of another version", "\"specversion\":\"0.3\"," PERSON_DATA, BAD(UNKNOWN_VALUE)},
    {"of no version", "\"specversion\":1.0," PERSON_DATA, BAD(WRONG_TYPE)},
    {"null is no version: no envelope", "\"specversion\":null,\"person\":\"P\"",
     WRAPPED(" unknown_members=1")},
    {"without data", ONE "\"person\":\"P\"", BAD(MISSING_MEMBER)},
    {"null as data", ONE "\"data\":null", BAD(MISSING_MEMBER)},
    {"data in base64", ONE "\"data_base64\":\"e30=\"", BAD(MISSING_MEMBER)},
    {"data as text", ONE "\"data\":\"{}\"", BAD(WRONG_TYPE)},
    {"a member of data twice", ONE "\"data\":{\"person\":\"P\",\"person\":\"P\"}",
     BAD(DUPLICATE_MEMBER)},
    {"a member that is missing", ONE "\"data\":{}", BAD(MISSING_MEMBER)},
    {"an envelope in an envelope", ONE "\"data\":{" ONE PERSON_DATA "}", BAD(MISSING_MEMBER)},
};

START_TEST(envelopes)
{
    decoded_check_members(of_envelopes, sizeof of_envelopes / sizeof of_envelopes[0],
                          ENVELOPE_PLAIN);
}
END_TEST

/* Of an envelope stands in for the record what the record does not say. */
START_TEST(ids_and_times_of_envelopes)
{
    static const char *const inside[] = {"",
                                         ",\"id\":\"in\\u0031\",\"source\":\"bank\",\"time\":5e0"};
    struct buf record = {0};
    decoded_start();
    for (int i = 0; i < 2; i++) {
        buf_clear(&record);
        buf_add_format(&record,
                       "{" ONE "\"id\":\"out\\u0031\",\"source\":\"/s\\u0031\",\"type\":\"person\","
                       "\"time\":\"2026-03-02T10:00:00+08:00\",\"data\":{\"person\":\"P\"%s}}",
                       inside[i]);
        struct str bytes = exact_copy(buf_str(&record));
        int result = record_decode(&decoded.decoder, bytes, &decoded.raw, &decoded.why);
        ck_assert_int_eq(result, i == 0 ? 0 : -1); /* a wrong time inside is wrong */
        ck_assert(str_eq_text(decoded.raw.id, i == 0 ? "out1" : "in1"));
        ck_assert(str_eq_text(decoded.raw.source, i == 0 ? "/s1" : "bank"));
        ck_assert(i == 1 || decoded.raw.time_ms == INT64_C(1772416800000));
        exact_free(bytes);
    }
    buf_fini(&record);
}
END_TEST

#define PERSON(text) GOOD("from=3:P person=P" text)

static const struct member_row of_times[] = {
    {"the first instant", "\"time\":\"2000-01-01T00:00:00Z\"", PERSON("")},
    {"a millisecond before", "\"time\":946684799999", BAD(BAD_TIME)},
    {"a second before, in another zone", "\"time\":\"2000-01-01T07:59:59+08:00\"", BAD(BAD_TIME)},
    {"the last instant", "\"time\":253402300799999", PERSON("")},
    {"a millisecond later", "\"time\":253402300800000", BAD(BAD_TIME)},
    {"past 64 bits", "\"time\":9223372036854775808", BAD(BAD_TIME)},
    {"what wraps to a good time", "\"time\":18446745846126351616", BAD(BAD_TIME)},
    {"negative", "\"time\":-1", BAD(BAD_TIME)},
    {"a fraction", "\"time\":1772416800000.5", BAD(BAD_TIME)},
    {"an exponent", "\"time\":1e12", BAD(BAD_TIME)},
    {"epoch milliseconds as text", "\"time\":\"1772416800000\"", BAD(BAD_TIME)},
    {"a date", "\"time\":\"2026-03-02\"", BAD(BAD_TIME)},
    {"no offset", "\"time\":\"2026-03-02T10:00:00\"", BAD(BAD_TIME)},
    {"an empty text", "\"time\":\"\"", BAD(BAD_TIME)},
    {"yes", "\"time\":true", BAD(WRONG_TYPE)},
    {"null", "\"time\":null", BAD(MISSING_MEMBER)},
};

START_TEST(times_of_records)
{
    decoded_check_members(of_times, sizeof of_times / sizeof of_times[0],
                          "{\"type\":\"person\",\"id\":\"1\",\"person\":\"P\"");
}
END_TEST

static const struct member_row of_ids[] = {
    {"64 characters", "\"id\":\"1234567890123456789012345678901234567890123456789012345678901234\"",
     PERSON("")},
    {"65 characters",
     "\"id\":\"12345678901234567890123456789012345678901234567890123456789012345\"",
     BAD(BAD_IDENTIFIER)},
    {"64 characters of Chinese", "\"id\":\"" CHINESE_64 "\"", PERSON("")},
    {"65 characters of Chinese", "\"id\":\"" CHINESE_64 "冒\"", BAD(BAD_IDENTIFIER)},
    {"63 characters of four bytes", "\"id\":\"" FOUR_BYTES_63 "\"", PERSON("")},
    {"63 of them and one of three", "\"id\":\"" FOUR_BYTES_63 "冒\"", PERSON("")},
    {"64 characters of four bytes are more than a length byte says",
     "\"id\":\"" FOUR_BYTES_63 "\U00020000\"", BAD(BAD_IDENTIFIER)},
    {"empty", "\"id\":\"\"", BAD(BAD_IDENTIFIER)},
    {"NUL", "\"id\":\"1\\u0000\"", BAD(BAD_IDENTIFIER)},
    {"DEL", "\"id\":\"1\\u007f\"", BAD(BAD_IDENTIFIER)},
    {"a number", "\"id\":1", BAD(WRONG_TYPE)},
    {"null", "\"id\":null", BAD(MISSING_MEMBER)},
};

START_TEST(ids_of_records)
{
    decoded_check_members(of_ids, sizeof of_ids / sizeof of_ids[0],
                          "{\"type\":\"person\"," AT "\"person\":\"P\"");
}
END_TEST

static const struct member_row of_types[] = {
    {"by number", "\"typ\\u0065\":\"pers\\u006fn\"", PERSON("")},
    {"in an object", "\"a\":{\"type\":\"person\"}", BAD(MISSING_MEMBER)},
    {"in an object in front", "\"a\":{\"type\":\"call\"},\"type\":\"person\"",
     PERSON(" unknown_members=1")},
    {"none", "\"a\":1", BAD(MISSING_MEMBER)},
    {"of later days", "\"type\":\"telegram\"", BAD(UNKNOWN_TYPE)},
    {"in large letters", "\"type\":\"Person\"", BAD(UNKNOWN_TYPE)},
    {"empty", "\"type\":\"\"", BAD(UNKNOWN_TYPE)},
    {"NUL behind", "\"type\":\"person\\u0000\"", BAD(UNKNOWN_TYPE)},
    {"null", "\"type\":null", BAD(WRONG_TYPE)},
    {"a number", "\"type\":1", BAD(WRONG_TYPE)},
    {"twice", "\"type\":\"person\",\"type\":\"person\"", BAD(DUPLICATE_MEMBER)},
    {"another one, whose members are missing", "\"type\":\"call\"", BAD(MISSING_MEMBER)},
};

START_TEST(types_of_record)
{
    decoded_check_members(of_types, sizeof of_types / sizeof of_types[0],
                          "{\"id\":\"1\"," AT "\"person\":\"P\"");
}
END_TEST

static const struct member_row of_currencies[] = {
    {"ours", "\"currency\":\"CNY\"", PAID("amount=500")},
    {"another one", "\"currency\":\"USD\"", GOOD("from=2:6 currency=USD amount=500")},
    {"small letters", "\"currency\":\"cny\"", BAD(UNKNOWN_CURRENCY)},
    {"two letters", "\"currency\":\"CN\"", BAD(UNKNOWN_CURRENCY)},
    {"four letters", "\"currency\":\"CNYX\"", BAD(UNKNOWN_CURRENCY)},
    {"a digit", "\"currency\":\"CN1\"", BAD(UNKNOWN_CURRENCY)},
    {"one character of three bytes", "\"currency\":\"元\"", BAD(UNKNOWN_CURRENCY)},
    {"empty", "\"currency\":\"\"", BAD(UNKNOWN_CURRENCY)},
    {"a number", "\"currency\":156", BAD(WRONG_TYPE)},
    {"null", "\"currency\":null", BAD(MISSING_MEMBER)},
};

START_TEST(currencies)
{
    decoded_check_members(of_currencies, sizeof of_currencies / sizeof of_currencies[0],
                          "{\"type\":\"transaction\",\"phase\":\"reversed\",\"id\":\"p-1\"," AT
                          "\"amount\":5,\"payer\":{\"account\":\"6\"}");
}
END_TEST

static const struct member_row of_call_phases[] = {
    {"start", "\"phase\":\"start\"", GOOD("to=1:1")},
    {"end", "\"phase\":\"end\"", GOOD("to=1:1")},
    {"record", "\"phase\":\"record\"", GOOD("to=1:1")},
    {"a payment's", "\"phase\":\"posted\"", BAD(UNKNOWN_VALUE)},
    {"another word", "\"phase\":\"ring\"", BAD(UNKNOWN_VALUE)},
    {"empty", "\"phase\":\"\"", BAD(UNKNOWN_VALUE)},
    {"a number", "\"phase\":1", BAD(WRONG_TYPE)},
    {"null", "\"phase\":null", BAD(MISSING_MEMBER)},
};

START_TEST(phases_of_calls)
{
    decoded_check_members(of_call_phases, sizeof of_call_phases / sizeof of_call_phases[0],
                          "{\"type\":\"call\",\"id\":\"1\"," AT "\"callee\":\"1\"");
}
END_TEST

static const struct member_row of_payment_phases[] = {
    {"initiated", "\"phase\":\"initiated\"", PAID("amount=500")},
    {"posted", "\"phase\":\"posted\"", PAID("amount=500")},
    {"reversed", "\"phase\":\"reversed\"", PAID("amount=500")},
    {"a call's", "\"phase\":\"start\"", BAD(UNKNOWN_VALUE)},
};

START_TEST(phases_of_payments)
{
    decoded_check_members(of_payment_phases, sizeof of_payment_phases / sizeof of_payment_phases[0],
                          "{\"type\":\"transaction\",\"id\":\"p-1\"," AT
                          "\"currency\":\"CNY\",\"amount\":5,\"payer\":{\"account\":\"6\"}");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record_head");
    TCase *tests = tcase_create("record_head");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, envelopes);
    tcase_add_test(tests, ids_and_times_of_envelopes);
    tcase_add_test(tests, times_of_records);
    tcase_add_test(tests, ids_of_records);
    tcase_add_test(tests, types_of_record);
    tcase_add_test(tests, currencies);
    tcase_add_test(tests, phases_of_calls);
    tcase_add_test(tests, phases_of_payments);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
