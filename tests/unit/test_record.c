/* test_record.c - the members of each type of record: what they become, and what is refused. */
#include "engine/ingest/record.h"
#include "tests/unit/exact.h"
#include "tests/unit/mutate.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct record_decoder decoder;
static struct raw_record raw;
static struct refusal why;

static void start_decoder(void)
{
    memset(&decoder, 0xa5, sizeof decoder);
    record_decoder_init(&decoder);
}

/* ---- a raw record as text: what is not as it is without the member ---- */

static void show_text(struct buf *out, const char *name, struct str text)
{
    if (text.len > 0) {
        buf_add_format(out, "%s=%.*s ", name, (int)text.len, text.at);
    }
}

static void show_number(struct buf *out, const char *name, int64_t value, int64_t none)
{
    if (value != none) {
        buf_add_format(out, "%s=%" PRId64 " ", name, value);
    }
}

static void show_party(struct buf *out, unsigned i)
{
    static const char *const names[PARTY_COUNT] = {"from", "to", "with"};
    if (raw.entity_kind[i] != ENTITY_NONE) {
        buf_add_format(out, "%s=%u:%.*s ", names[i], raw.entity_kind[i], (int)raw.entity[i].len,
                       raw.entity[i].at);
    }
    show_text(out, "bank", raw.bank[i]);
    show_number(out, "kind", raw.account_kind[i], 0);
}

static void show_record(struct buf *out)
{
    buf_clear(out);
    show_party(out, PARTY_FROM);
    show_party(out, PARTY_TO);
    show_party(out, PARTY_THING);
    show_text(out, "cell", raw.cell);
    show_number(out, "cause", raw.cause, 0);
    show_text(out, "payment", raw.payment_id);
    show_text(out, "currency", raw.currency);
    show_text(out, "adviser", raw.adviser);
    show_text(out, "list", raw.list_name);
    show_text(out, "text", raw.region_text);
    show_text(out, "person", raw.person);
    show_text(out, "typology", raw.typology);
    show_number(out, "episode", (int64_t)token_low64(&raw.episode), 0);
    show_number(out, "text_link", raw.text_has_link, 0);
    show_number(out, "urls_link", record_urls_have_link(&raw), 0);
    show_number(out, "what", raw.what, 0);
    show_number(out, "tier", raw.tier, 0);
    show_number(out, "origin", raw.origin, 0);
    show_number(out, "result", raw.result, 0);
    show_number(out, "region", raw.region, 0);
    show_number(out, "from_ms", raw.from_ms, VALUE_UNKNOWN);
    show_number(out, "to_ms", raw.to_ms, VALUE_UNKNOWN);
    show_number(out, "opened", raw.opened_ms, VALUE_UNKNOWN);
    show_number(out, "duration", raw.duration_ms, VALUE_UNKNOWN);
    show_number(out, "amount", raw.amount_minor, VALUE_UNKNOWN);
    show_number(out, "before", raw.balance_before_minor, VALUE_UNKNOWN);
    show_number(out, "after", raw.balance_after_minor, VALUE_UNKNOWN);
    show_number(out, "born", raw.birth_year, VALUE_UNKNOWN);
    show_number(out, "answered", raw.answered, 0);
    show_number(out, "forwarded", raw.forwarded, 0);
    show_number(out, "vulnerable", raw.vulnerable, 0);
    show_number(out, "channel", raw.channel, 0);
    show_number(out, "purpose", raw.purpose, 0);
    show_number(out, "arrival", raw.arrival, 0);
    show_number(out, "class", raw.account_class, 0);
    show_number(out, "stated", raw.stated_kind, 0);
    show_number(out, "unbinds", raw.unbinds, 0);
    show_number(out, "removes", raw.list_removes, 0);
    show_number(out, "unknown_members", raw.unknown_member_count, 0);
    show_number(out, "unknown_values", raw.unknown_value_count, 0);
    out->len -= out->len > 0; /* the last blank */
}

/* Decodes from a block of exactly the record's size; shown: the record as text, "" if refused. */
static int decode(struct str record, struct buf *shown)
{
    struct str bytes = exact_copy(record);
    memset(&why, 0, sizeof why);
    int result = record_decode(&decoder, bytes, &raw, &why);
    buf_clear(shown);
    if (result == 0) {
        show_record(shown);
    }
    exact_free(bytes);
    return result;
}

/* ---- records as the feeds write them ---- */

struct record_row {
    const char *name, *record;
    const char *shown;
};

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define AT "\"time\":1772416800000,"

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
    start_decoder();
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        ck_assert_msg(decode(str_of(records[i].record), &shown) == 0, "%s: %s", records[i].name,
                      why.detail);
        ck_assert_msg(strcmp(buf_text(&shown), records[i].shown) == 0, "%s: %s", records[i].name,
                      buf_text(&shown));
    }
    buf_fini(&shown);
}
END_TEST

START_TEST(sources_and_times)
{
    struct buf shown = {0};
    start_decoder();
    ck_assert_int_eq(decode(str_of(records[0].record), &shown), 0);
    ck_assert(str_eq_text(raw.source, "calls"));
    ck_assert_int_eq(raw.time_ms, INT64_C(1772416800120));
    ck_assert_int_eq(raw.phase, PHASE_START);
    struct str listing = str_of(records[9].record);
    struct str bytes = exact_copy(listing);
    ck_assert_int_eq(record_decode(&decoder, bytes, &raw, &why), 0);
    ck_assert(str_eq_text(raw.source, "ministry"));
    ck_assert(str_eq_text(raw.id, "x-1"));
    ck_assert_int_eq(raw.phase, PHASE_NONE);
    exact_free(bytes);
    buf_fini(&shown);
}
END_TEST

/* ---- one member ---- */

struct member_row {
    const char *name;
    const char *members; /* added to a plain record of the type */
    const char *shown;   /* beside what the plain record shows; NULL: refused */
    enum refusal_reason reason;
};

#define CALL_PLAIN "{\"type\":\"call\",\"phase\":\"record\",\"id\":\"c-1\"," AT "\"callee\":\"1\""
#define PAY_PLAIN \
    "{\"type\":\"transaction\",\"phase\":\"posted\",\"id\":\"p-1\"," AT "\"currency\":\"CNY\""
#define PERSON_PLAIN "{\"type\":\"person\",\"id\":\"b-2\"," AT "\"person\":\"P\""
#define ACCOUNT_PLAIN "{\"type\":\"account\",\"id\":\"b-3\"," AT "\"account\":\"6\""
#define BINDING_PLAIN "{\"type\":\"binding\",\"id\":\"b-1\"," AT "\"source\":null"
#define LISTING_PLAIN "{\"type\":\"listing\",\"id\":\"x-1\"," AT "\"list\":\"l\""

static void check_members(const struct member_row *rows, size_t count, const char *plain)
{
    struct buf record = {0};
    struct buf shown = {0};
    start_decoder();
    for (size_t i = 0; i < count; i++) {
        const struct member_row *row = &rows[i];
        buf_clear(&record);
        buf_add_format(&record, "%s%s%s}", plain, row->members[0] != '\0' ? "," : "", row->members);
        int result = decode(buf_str(&record), &shown);
        ck_assert_msg(result == (row->shown != NULL ? 0 : -1), "%s: %s", row->name, why.detail);
        ck_assert_msg(result != 0 || strcmp(buf_text(&shown), row->shown) == 0, "%s: %s", row->name,
                      buf_text(&shown));
        ck_assert_msg(why.reason == row->reason, "%s: %s", row->name, why.detail);
    }
    buf_fini(&record);
    buf_fini(&shown);
}

#define GOOD(text) text, REFUSAL_NONE
#define BAD(reason) NULL, REFUSAL_##reason

static const struct member_row of_calls[] = {
    {"nothing else", "", GOOD("to=1:1")},
    {"a caller", "\"caller\":\"110\"", GOOD("from=1:110 to=1:1")},
    {"a hidden caller", "\"caller\":\"anonymous\"", GOOD("to=1:1")},
    {"a hidden caller by null", "\"caller\":null", GOOD("to=1:1")},
    {"another word for hidden is no number, but text", "\"caller\":\"Anonymous\"",
     GOOD("from=1:Anonymous to=1:1")},
    {"an empty caller", "\"caller\":\"\"", BAD(BAD_IDENTIFIER)},
    {"a caller of 129 bytes",
     "\"caller\":\"1                                                               "
     "                                                                1\"",
     BAD(BAD_IDENTIFIER)},
    {"a line end in a number", "\"caller\":\"1\\n1\"", BAD(BAD_IDENTIFIER)},
    {"seconds", "\"duration_s\":75", GOOD("to=1:1 duration=75000")},
    {"milliseconds", "\"duration_ms\":75001", GOOD("to=1:1 duration=75001")},
    {"both: milliseconds tell more", "\"duration_ms\":75001,\"duration_s\":75",
     GOOD("to=1:1 duration=75001")},
    {"both, the other way round", "\"duration_s\":75,\"duration_ms\":75001",
     GOOD("to=1:1 duration=75001")},
    {"no time at all", "\"duration_ms\":0,\"duration_s\":75", GOOD("to=1:1 duration=0")},
    {"seven days", "\"duration_s\":604800", GOOD("to=1:1 duration=604800000")},
    {"a second more", "\"duration_s\":604801", BAD(BAD_TIME)},
    {"seven days in milliseconds", "\"duration_ms\":604800000", GOOD("to=1:1 duration=604800000")},
    {"a millisecond more", "\"duration_ms\":604800001", BAD(BAD_TIME)},
    {"both, and one is wrong", "\"duration_ms\":1,\"duration_s\":-1", BAD(BAD_TIME)},
    {"a negative duration", "\"duration_s\":-1", BAD(BAD_TIME)},
    {"minus zero", "\"duration_s\":-0", GOOD("to=1:1 duration=0")},
    {"a fraction of a second", "\"duration_s\":1.5", BAD(BAD_TIME)},
    {"an exponent", "\"duration_s\":1e1", BAD(BAD_TIME)},
    {"a duration past 64 bits", "\"duration_s\":99999999999999999999", BAD(BAD_TIME)},
    {"a duration as text", "\"duration_s\":\"75\"", BAD(WRONG_TYPE)},
    {"answered", "\"answered\":true", GOOD("to=1:1 answered=2")},
    {"not answered", "\"answered\":false", GOOD("to=1:1 answered=1")},
    {"answered unknown", "\"answered\":null", GOOD("to=1:1")},
    {"answered as text", "\"answered\":\"true\"", BAD(WRONG_TYPE)},
    {"answered as a number", "\"answered\":1", BAD(WRONG_TYPE)},
    {"a region with its parts", "\"region\":\"330502/001/12\"",
     GOOD("to=1:1 text=330502/001/12 region=330502")},
    {"a region of 24 bytes", "\"region\":\"330502/00000000000000001\"",
     GOOD("to=1:1 text=330502/00000000000000001 region=330502")},
    {"one byte more is unknown", "\"region\":\"330502/000000000000000012\"",
     GOOD("to=1:1 unknown_values=1")},
    {"five digits", "\"region\":\"33050\"", GOOD("to=1:1 unknown_values=1")},
    {"seven digits", "\"region\":\"3305020\"", GOOD("to=1:1 unknown_values=1")},
    {"letters", "\"region\":\"33050a\"", GOOD("to=1:1 unknown_values=1")},
    {"region zero", "\"region\":\"000000\"", GOOD("to=1:1 unknown_values=1")},
    {"a control character in its parts", "\"region\":\"330502/\\n\"",
     GOOD("to=1:1 unknown_values=1")},
    {"no region", "\"region\":\"\"", GOOD("to=1:1 unknown_values=1")},
    {"a region as a number", "\"region\":330502", BAD(WRONG_TYPE)},
    {"members of no meaning", "\"a\":1,\"b\":{\"c\":2,\"d\":3},\"e\":[]",
     GOOD("to=1:1 unknown_members=3")},
    {"members of other types of record", "\"amount\":\"x\",\"payer\":{\"account\":1}",
     GOOD("to=1:1 unknown_members=2")},
    {"members that have a meaning elsewhere", "\"payer\":{\"callee\":5,\"caller\":6}",
     GOOD("to=1:1 unknown_members=1")},
    {"known members in an object without a name", "\"\":{\"callee\":5,\"time\":6}",
     GOOD("to=1:1 unknown_members=1")},
    {"a device, a cell and a cause", "\"cell\":\"46000-1\",\"imei\":\"86 1\",\"cause\":\"busy\"",
     GOOD("to=1:1 with=4:86 1 cell=46000-1 cause=2")},
    {"as numbers", "\"cell\":460,\"imei\":861234567890123",
     GOOD("to=1:1 with=4:861234567890123 cell=460")},
    {"what names none loses no call", "\"cell\":\"\",\"imei\":\"设备\",\"cause\":\"odd\"",
     GOOD("to=1:1 unknown_values=3")},
    {"a device of 64 characters", "\"imei\":\"" X64 "\"", GOOD("to=1:1 with=4:" X64)},
    {"a device of 65 characters", "\"imei\":\"" X64 "x\"", GOOD("to=1:1 unknown_values=1")},
    {"a device of another type", "\"imei\":{\"a\":1}", BAD(WRONG_TYPE)},
    {"a cell of another type", "\"cell\":[1,{}]", BAD(WRONG_TYPE)},
    {"a member given twice", "\"callee\":\"2\"", BAD(DUPLICATE_MEMBER)},
    {"a member given twice, by number", "\"\\u0063allee\":\"2\"", BAD(DUPLICATE_MEMBER)},
    {"a source", "\"source\":\"cmcc\"", GOOD("to=1:1")},
    {"a source of 33 bytes", "\"source\":\"123456789012345678901234567890123\"",
     BAD(BAD_IDENTIFIER)},
};

START_TEST(members_of_calls)
{
    check_members(of_calls, sizeof of_calls / sizeof of_calls[0], CALL_PLAIN);
}
END_TEST

#define CHINESE_16 "冒充公检法冒充公检法冒充公检法冒"
#define CHINESE_64 CHINESE_16 CHINESE_16 CHINESE_16 CHINESE_16
#define FOUR_BYTES_9 \
    "\U00020000\U00020001\U00020002\U00020003\U00020004\U00020005\U00020006\U00020007\U00020008"
#define FOUR_BYTES_63 \
    FOUR_BYTES_9 FOUR_BYTES_9 FOUR_BYTES_9 FOUR_BYTES_9 FOUR_BYTES_9 FOUR_BYTES_9 FOUR_BYTES_9

#define PARTS(amount) "\"payer\":{\"account\":\"6\"},\"amount\":" amount
#define PAID(text) GOOD("from=2:6 currency=CNY " text)

static const struct member_row of_payments[] = {
    {"text", PARTS("\"12345.60\""), PAID("amount=1234560")},
    {"a number", PARTS("12345.60"), PAID("amount=1234560")},
    {"one decimal", PARTS("123.4"), PAID("amount=12340")},
    {"one decimal as text", PARTS("\"123.4\""), PAID("amount=12340")},
    {"whole", PARTS("123"), PAID("amount=12300")},
    {"whole as text", PARTS("\"123\""), PAID("amount=12300")},
    {"nothing", PARTS("0"), PAID("amount=0")},
    {"nothing with decimals", PARTS("\"0.00\""), PAID("amount=0")},
    {"the smallest", PARTS("0.01"), PAID("amount=1")},
    {"what binary fractions cannot hold", PARTS("0.29"), PAID("amount=29")},
    {"and in large", PARTS("8999999999999.99"), PAID("amount=899999999999999")},
    {"leading zeros as text", PARTS("\"007.50\""), PAID("amount=750")},
    {"10^15 minor units", PARTS("\"10000000000000.00\""), PAID("amount=1000000000000000")},
    {"10^15 without decimals", PARTS("10000000000000"), PAID("amount=1000000000000000")},
    {"one minor unit more", PARTS("\"10000000000000.01\""), BAD(BAD_AMOUNT)},
    {"one whole unit more", PARTS("10000000000001"), BAD(BAD_AMOUNT)},
    {"past 64 bits", PARTS("9223372036854775808"), BAD(BAD_AMOUNT)},
    {"what wraps to a small amount", PARTS("184467440737095516.17"), BAD(BAD_AMOUNT)},
    {"100 digits",
     PARTS("\"1234567890123456789012345678901234567890123456789012345678901234567890123456789012"
           "345678901234567890\""),
     BAD(BAD_AMOUNT)},
    {"many leading zeros",
     PARTS(
         "\"00000000000000000000000000000000000000000000000000000000000000000000000000000007.5\""),
     PAID("amount=750")},
    {"three decimals", PARTS("\"1.234\""), BAD(BAD_AMOUNT)},
    {"three decimals, the last 0", PARTS("1.230"), BAD(BAD_AMOUNT)},
    {"many decimals", PARTS("1.2345678901234567890"), BAD(BAD_AMOUNT)},
    {"an exponent", PARTS("1e3"), BAD(BAD_AMOUNT)},
    {"an exponent as text", PARTS("\"1E3\""), BAD(BAD_AMOUNT)},
    {"an exponent of nothing", PARTS("1.5e0"), BAD(BAD_AMOUNT)},
    {"negative", PARTS("-5"), BAD(BAD_AMOUNT)},
    {"negative as text", PARTS("\"-0.01\""), BAD(BAD_AMOUNT)},
    {"minus zero", PARTS("-0"), BAD(BAD_AMOUNT)},
    {"a plus", PARTS("\"+5\""), BAD(BAD_AMOUNT)},
    {"a comma", PARTS("\"1,234.00\""), BAD(BAD_AMOUNT)},
    {"a decimal comma", PARTS("\"1,5\""), BAD(BAD_AMOUNT)},
    {"no digit before the point", PARTS("\".50\""), BAD(BAD_AMOUNT)},
    {"no digit behind the point", PARTS("\"5.\""), BAD(BAD_AMOUNT)},
    {"a point alone", PARTS("\".\""), BAD(BAD_AMOUNT)},
    {"two points", PARTS("\"1.2.3\""), BAD(BAD_AMOUNT)},
    {"a blank", PARTS("\"5 \""), BAD(BAD_AMOUNT)},
    {"a currency sign", PARTS("\"¥5\""), BAD(BAD_AMOUNT)},
    {"digits of full width", PARTS("\"５\""), BAD(BAD_AMOUNT)},
    {"no text", PARTS("\"\""), BAD(BAD_AMOUNT)},
    {"a letter", PARTS("\"5x\""), BAD(BAD_AMOUNT)},
    {"NUL", PARTS("\"5\\u0000\""), BAD(BAD_AMOUNT)},
    {"yes", PARTS("true"), BAD(WRONG_TYPE)},
    {"in an object", PARTS("{\"value\":5}"), BAD(WRONG_TYPE)},
    {"none", PARTS("null"), BAD(MISSING_MEMBER)},
    {"balances", PARTS("5,\"balance_before\":\"10.00\",\"balance_after\":5.5"),
     PAID("amount=500 before=1000 after=550")},
    {"a negative balance", PARTS("5,\"balance_before\":\"-1\""), BAD(BAD_AMOUNT)},
    {"nobody", "\"amount\":5", BAD(MISSING_MEMBER)},
    {"nobody by null", "\"amount\":5,\"payer\":null,\"payee\":null", BAD(MISSING_MEMBER)},
    {"a payee alone", "\"amount\":5,\"payee\":{\"account\":\"7\"}",
     GOOD("to=2:7 currency=CNY amount=500")},
    {"a payer without account", "\"amount\":5,\"payer\":{}", BAD(MISSING_MEMBER)},
    {"a payer whose account is null", "\"amount\":5,\"payer\":{\"account\":null}",
     BAD(MISSING_MEMBER)},
    {"a payee without account beside a payer", PARTS("5,\"payee\":{\"bank\":\"1\"}"),
     BAD(MISSING_MEMBER)},
    {"a payer as text", "\"amount\":5,\"payer\":\"6\"", BAD(WRONG_TYPE)},
    {"a payer in an array", "\"amount\":5,\"payer\":[{\"account\":\"6\"}]", BAD(WRONG_TYPE)},
    {"an account as a number", "\"amount\":5,\"payer\":{\"account\":6}", BAD(WRONG_TYPE)},
    {"kinds of accounts", "\"amount\":5,\"payer\":{\"account\":\"6\",\"kind\":\"merchant\"}",
     GOOD("from=2:6 kind=3 currency=CNY amount=500")},
    {"a kind of later days", "\"amount\":5,\"payer\":{\"account\":\"6\",\"kind\":\"moon\"}",
     GOOD("from=2:6 currency=CNY amount=500 unknown_values=1")},
    {"a bank of 14 bytes", "\"amount\":5,\"payer\":{\"account\":\"6\",\"bank\":\"12345678901234\"}",
     GOOD("from=2:6 bank=12345678901234 currency=CNY amount=500")},
    {"a bank of 15 bytes",
     "\"amount\":5,\"payer\":{\"account\":\"6\",\"bank\":\"123456789012345\"}",
     BAD(BAD_IDENTIFIER)},
    {"members of no meaning",
     "\"amount\":5,\"payer\":{\"account\":\"6\",\"x\":1},\"account\":\"8\"",
     GOOD("from=2:6 currency=CNY amount=500 unknown_members=2")},
    {"words", PARTS("5,\"channel\":\"wallet\",\"purpose\":\"cash\",\"arrival\":\"2h\""),
     PAID("amount=500 channel=8 purpose=2 arrival=2")},
    {"words of later days", PARTS("5,\"channel\":\"moon\",\"purpose\":\"\",\"arrival\":\"2H\""),
     PAID("amount=500 unknown_values=3")},
    {"a word as a number", PARTS("5,\"channel\":1"), BAD(WRONG_TYPE)},
    {"a payment id", PARTS("5,\"payment_id\":\"x\""),
     GOOD("from=2:6 payment=x currency=CNY amount=500")},
    {"no payment id", PARTS("5,\"payment_id\":null"), PAID("amount=500")},
    {"an empty payment id", PARTS("5,\"payment_id\":\"\""), BAD(BAD_IDENTIFIER)},
    {"a payment id of 65 characters", PARTS("5,\"payment_id\":\"" CHINESE_64 "1\""),
     BAD(BAD_IDENTIFIER)},
    {"a payment id of 64 characters", PARTS("5,\"payment_id\":\"" CHINESE_64 "\""),
     GOOD("from=2:6 payment=" CHINESE_64 " currency=CNY amount=500")},
};

START_TEST(members_of_payments)
{
    check_members(of_payments, sizeof of_payments / sizeof of_payments[0], PAY_PLAIN);
}
END_TEST

static const struct member_row of_persons[] = {
    {"nothing else", "", GOOD("from=3:P person=P")},
    {"born", "\"birth_year\":1958", GOOD("from=3:P person=P born=1958")},
    {"the first year", "\"birth_year\":1900", GOOD("from=3:P person=P born=1900")},
    {"the last year", "\"birth_year\":2100", GOOD("from=3:P person=P born=2100")},
    {"earlier is unknown", "\"birth_year\":1899", GOOD("from=3:P person=P unknown_values=1")},
    {"later is unknown", "\"birth_year\":2101", GOOD("from=3:P person=P unknown_values=1")},
    {"year 0 is unknown", "\"birth_year\":0", GOOD("from=3:P person=P unknown_values=1")},
    {"a negative year is unknown", "\"birth_year\":-1", GOOD("from=3:P person=P unknown_values=1")},
    {"a year past 64 bits is unknown", "\"birth_year\":99999999999999999999",
     GOOD("from=3:P person=P unknown_values=1")},
    {"half a year", "\"birth_year\":1958.5", BAD(WRONG_TYPE)},
    {"an exponent", "\"birth_year\":1958e0", BAD(WRONG_TYPE)},
    {"a year as text", "\"birth_year\":\"1958\"", BAD(WRONG_TYPE)},
    {"an adviser of 17 bytes", "\"adviser\":\"12345678901234567\"", BAD(BAD_IDENTIFIER)},
};

START_TEST(members_of_persons)
{
    check_members(of_persons, sizeof of_persons / sizeof of_persons[0], PERSON_PLAIN);
}
END_TEST

#define OPENED(value, ms) "\"opened\":" value, GOOD("from=2:6 opened=" ms)

static const struct member_row of_accounts[] = {
    {"a date is midnight in Shanghai", OPENED("\"2015-03-01\"", "1425139200000")},
    {"a time", OPENED("\"2015-03-01T00:00:00Z\"", "1425168000000")},
    {"epoch milliseconds", OPENED("1425139200000", "1425139200000")},
    {"epoch milliseconds before 1970", OPENED("-126230400000", "-126230400000")},
    {"1900", OPENED("\"1900-01-01T00:00:00Z\"", "-2208988800000")},
    {"1900 in epoch milliseconds", OPENED("-2208988800000", "-2208988800000")},
    {"a millisecond before 1900", "\"opened\":-2208988800001", BAD(BAD_TIME)},
    {"a date before 1900", "\"opened\":\"1899-12-31\"", BAD(BAD_TIME)},
    {"the last instant", OPENED("\"9999-12-31T23:59:59.999Z\"", "253402300799999")},
    {"a millisecond later", "\"opened\":253402300800000", BAD(BAD_TIME)},
    {"no such day", "\"opened\":\"2015-02-29\"", BAD(BAD_TIME)},
    {"a word", "\"opened\":\"today\"", BAD(BAD_TIME)},
    {"two minuses", "\"opened\":\"--1\"", BAD(BAD_TIME)},
    {"a fraction", "\"opened\":1.5", BAD(BAD_TIME)},
    {"yes", "\"opened\":true", BAD(WRONG_TYPE)},
    {"null is not given", "\"opened\":null,\"person\":null", GOOD("from=2:6")},
    {"class and kind", "\"class\":\"iii\",\"kind\":\"government\"",
     GOOD("from=2:6 class=3 stated=7")},
    {"a kind of numbers", "\"kind\":\"mvno\"", GOOD("from=2:6 unknown_values=1")},
};

START_TEST(members_of_accounts)
{
    check_members(of_accounts, sizeof of_accounts / sizeof of_accounts[0], ACCOUNT_PLAIN);
}
END_TEST

static const struct member_row of_bindings[] = {
    {"a number", "\"number\":\"1\",\"person\":\"P\"", GOOD("from=1:1 person=P")},
    {"an account", "\"account\":\"6\",\"person\":\"P\"", GOOD("from=2:6 person=P")},
    {"unbound", "\"account\":\"6\",\"person\":null", GOOD("from=2:6 unbinds=1")},
    {"not said whom", "\"account\":\"6\"", BAD(MISSING_MEMBER)},
    {"not said what", "\"person\":\"P\"", BAD(MISSING_MEMBER)},
    {"nothing by null", "\"number\":null,\"account\":null,\"person\":\"P\"", BAD(MISSING_MEMBER)},
    {"one by null", "\"number\":null,\"account\":\"6\",\"person\":\"P\"",
     GOOD("from=2:6 person=P")},
    {"both", "\"number\":\"1\",\"account\":\"6\",\"person\":\"P\"", BAD(WRONG_TYPE)},
    {"nobody by an empty text", "\"number\":\"1\",\"person\":\"\"", BAD(BAD_IDENTIFIER)},
};

START_TEST(members_of_bindings)
{
    check_members(of_bindings, sizeof of_bindings / sizeof of_bindings[0], BINDING_PLAIN);
}
END_TEST

#define LISTED(entity) "\"action\":\"add\",\"entity\":\"" entity "\""

static const struct member_row of_listings[] = {
    {"an account", LISTED("account:6"), GOOD("from=2:6 list=l")},
    {"a number", LISTED("number:1"), GOOD("from=1:1 list=l")},
    {"a person", LISTED("person:P"), GOOD("from=3:P list=l")},
    {"a person with a colon", LISTED("person:number:1"), GOOD("from=3:number:1 list=l")},
    {"nobody of a kind is left to ingest", LISTED("person:"), GOOD("from=3: list=l")},
    {"no kind", LISTED("6217000000000000022"), BAD(BAD_IDENTIFIER)},
    {"a token without a kind", LISTED("token:cafd5f32d7311e358f11b8a1b0a9a1ff"),
     BAD(BAD_IDENTIFIER)},
    {"a kind in large letters", LISTED("Account:6"), BAD(BAD_IDENTIFIER)},
    {"a kind cut short", LISTED("account"), BAD(BAD_IDENTIFIER)},
    {"a removal", "\"action\":\"remove\",\"entity\":\"number:1\"",
     GOOD("from=1:1 list=l removes=1")},
    {"another action", "\"action\":\"delete\",\"entity\":\"number:1\"", BAD(UNKNOWN_VALUE)},
    {"an action as yes", "\"action\":true,\"entity\":\"number:1\"", BAD(WRONG_TYPE)},
    {"for ever", LISTED("number:1") ",\"to\":\"9999-12-31T23:59:59Z\"",
     GOOD("from=1:1 list=l to_ms=253402300799000")},
};

START_TEST(members_of_listings)
{
    check_members(of_listings, sizeof of_listings / sizeof of_listings[0], LISTING_PLAIN);
}
END_TEST

#define SMS_PLAIN "{\"type\":\"sms\",\"id\":\"m-1\"," AT "\"sender\":\"1\",\"receiver\":\"2\""
#define SENT(text) GOOD("from=1:1 to=1:2" text)

static const struct member_row of_messages[] = {
    {"nothing said", "\"x\":null", SENT(" unknown_members=1")},
    {"an empty text has no link", "\"text\":\"\"", SENT(" text_link=1")},
    {"a text with a scheme", "\"text\":\"see HTTP://a.example\"", SENT(" text_link=2")},
    {"a text with a name of the web", "\"text\":\"点击www.a.example\"", SENT(" text_link=2")},
    {"an escaped slash", "\"text\":\"https:\\/\\/a.example\"", SENT(" text_link=2")},
    {"almost a scheme", "\"text\":\"a:/b ww.c\"", SENT(" text_link=1")},
    {"a text of any length and with line ends", "\"text\":\"a\\nb\\u0000c\"", SENT(" text_link=1")},
    {"no text", "\"text\":7", BAD(WRONG_TYPE)},
    {"no urls", "\"urls\":[ ]", SENT(" urls_link=1")},
    {"urls", "\"urls\":[\"a\",\"b\"]", SENT(" urls_link=2")},
    {"a url that is no array", "\"urls\":\"a\"", BAD(WRONG_TYPE)},
    {"both, told apart", "\"text\":\"a\",\"urls\":[{}]", SENT(" text_link=1 urls_link=2")},
    {"templates of any form", "\"template\":[]", SENT("")},
    {"tags", "\"tags\":[\"OTP\",7]", SENT("")},
    {"tags that are no array", "\"tags\":\"OTP\"", BAD(WRONG_TYPE)},
};

START_TEST(members_of_messages)
{
    check_members(of_messages, sizeof of_messages / sizeof of_messages[0], SMS_PLAIN);
}
END_TEST

#define CHANGE_PLAIN "{\"type\":\"change\",\"id\":\"g-1\"," AT "\"source\":null"

static const struct member_row of_changes[] = {
    {"of an account", "\"account\":\"6\",\"what\":\"limit_raised\"", GOOD("from=2:6 what=8")},
    {"of both", "\"number\":\"1\",\"account\":\"6\",\"what\":\"power_on\"", BAD(WRONG_TYPE)},
    {"of nothing", "\"what\":\"power_on\"", BAD(MISSING_MEMBER)},
    {"a word of later days", "\"number\":\"1\",\"what\":\"sold\"",
     GOOD("from=1:1 unknown_values=1")},
    {"a word of logins", "\"number\":\"1\",\"what\":\"enter\"", GOOD("from=1:1 unknown_values=1")},
    {"not known", "\"number\":\"1\",\"what\":\"unknown\"", GOOD("from=1:1")},
    {"a place", "\"number\":\"1\",\"what\":\"power_on\",\"region\":\"330502/001\"",
     GOOD("from=1:1 text=330502/001 what=6 region=330502")},
};

START_TEST(members_of_changes)
{
    check_members(of_changes, sizeof of_changes / sizeof of_changes[0], CHANGE_PLAIN);
}
END_TEST

#define OUTCOME_PLAIN \
    "{\"type\":\"outcome\",\"id\":\"o-1\"," AT "\"typology\":\"t\",\"subject\":\"number:1\""
#define CAME(text) GOOD("from=1:1 typology=t" text)

static const struct member_row of_outcomes[] = {
    {"a false alarm", "\"result\":\"false_alarm\"", CAME(" result=2")},
    {"nobody knows", "\"result\":\"unknown\"", CAME("")},
    {"another word", "\"result\":\"fled\"", CAME(" unknown_values=1")},
    {"no result", "\"by\":1", BAD(MISSING_MEMBER)},
    {"an episode in large digits",
     "\"result\":\"loss\",\"episode\":\"FF000000000000000000000000000001\"",
     CAME(" episode=255 result=3")},
    {"an episode cut short", "\"result\":\"loss\",\"episode\":\"ff\"", BAD(BAD_IDENTIFIER)},
    {"an episode in other letters",
     "\"result\":\"loss\",\"episode\":\"gg000000000000000000000000000001\"", BAD(BAD_IDENTIFIER)},
    {"a corrected tier", "\"result\":\"corrected\",\"tier\":\"medium\"", CAME(" tier=2 result=4")},
    {"corrected to nothing", "\"result\":\"corrected\"", BAD(MISSING_MEMBER)},
    {"corrected to no tier", "\"result\":\"corrected\",\"tier\":null", BAD(MISSING_MEMBER)},
    {"to a word that is no tier", "\"result\":\"corrected\",\"tier\":\"middling\"",
     BAD(UNKNOWN_VALUE)},
    {"to a tier that nobody knows", "\"result\":\"corrected\",\"tier\":\"unknown\"",
     BAD(UNKNOWN_VALUE)},
    {"a tier of what has ended", "\"result\":\"loss\",\"tier\":\"high\"", BAD(UNKNOWN_VALUE)},
    {"a tier and a slip of the pen", "\"result\":\"corected\",\"tier\":\"high\"",
     BAD(UNKNOWN_VALUE)},
    {"any warning and amount", "\"result\":\"loss\",\"warning\":7,\"amount\":-1",
     CAME(" result=3")},
};

START_TEST(members_of_outcomes)
{
    check_members(of_outcomes, sizeof of_outcomes / sizeof of_outcomes[0], OUTCOME_PLAIN);
}
END_TEST

#define OVERRIDE_PLAIN \
    "{\"type\":\"override\",\"id\":\"x-1\"," AT "\"subject\":\"person:P\",\"by\":\"me\""

static const struct member_row of_overrides[] = {
    {"for a pair", "\"other\":\"number:1\",\"to\":\"2027-01-01\"",
     GOOD("from=3:P to=1:1 to_ms=1798732800000")},
    {"of a pair of persons", "\"other\":\"person:Q\",\"to\":1", GOOD("from=3:P to=3:Q to_ms=1")},
    {"without an end", "\"other\":\"number:1\"", BAD(MISSING_MEMBER)},
    {"of one", "\"to\":1", BAD(MISSING_MEMBER)},
    {"of nobody in particular", "\"other\":\"anyone\",\"to\":1", BAD(BAD_IDENTIFIER)},
};

START_TEST(members_of_overrides)
{
    check_members(of_overrides, sizeof of_overrides / sizeof of_overrides[0], OVERRIDE_PLAIN);
}
END_TEST

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
    check_members(of_envelopes, sizeof of_envelopes / sizeof of_envelopes[0], ENVELOPE_PLAIN);
}
END_TEST

/* Of an envelope stands in for the record what the record does not say. */
START_TEST(ids_and_times_of_envelopes)
{
    static const char *const inside[] = {"",
                                         ",\"id\":\"in\\u0031\",\"source\":\"bank\",\"time\":5e0"};
    struct buf record = {0};
    start_decoder();
    for (int i = 0; i < 2; i++) {
        buf_clear(&record);
        buf_add_format(&record,
                       "{" ONE "\"id\":\"out\\u0031\",\"source\":\"/s\\u0031\",\"type\":\"person\","
                       "\"time\":\"2026-03-02T10:00:00+08:00\",\"data\":{\"person\":\"P\"%s}}",
                       inside[i]);
        struct str bytes = exact_copy(buf_str(&record));
        int result = record_decode(&decoder, bytes, &raw, &why);
        ck_assert_int_eq(result, i == 0 ? 0 : -1); /* a wrong time inside is wrong */
        ck_assert(str_eq_text(raw.id, i == 0 ? "out1" : "in1"));
        ck_assert(str_eq_text(raw.source, i == 0 ? "/s1" : "bank"));
        ck_assert(i == 1 || raw.time_ms == INT64_C(1772416800000));
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
    check_members(of_times, sizeof of_times / sizeof of_times[0],
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
    check_members(of_ids, sizeof of_ids / sizeof of_ids[0],
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
    check_members(of_types, sizeof of_types / sizeof of_types[0],
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
    check_members(of_currencies, sizeof of_currencies / sizeof of_currencies[0],
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
    check_members(of_call_phases, sizeof of_call_phases / sizeof of_call_phases[0],
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
    check_members(of_payment_phases, sizeof of_payment_phases / sizeof of_payment_phases[0],
                  "{\"type\":\"transaction\",\"id\":\"p-1\"," AT
                  "\"currency\":\"CNY\",\"amount\":5,\"payer\":{\"account\":\"6\"}");
}
END_TEST

/* ---- the table as others ask it ---- */

/* A good value of each form, and the types of value that the form takes (bits by enum json_type).
 */
static const struct {
    const char *good;
    unsigned types;
} form_rows[] = {
    [RECORD_UNUSED] = {"0", 0x7f},
    [RECORD_TEXT] = {"\"x\"", 1 << JSON_TEXT},
    [RECORD_NAME] = {"\"x\"", 1 << JSON_TEXT},
    [RECORD_ENTITY] = {"\"1\"", 1 << JSON_TEXT},
    [RECORD_CALLER] = {"\"1\"", 1 << JSON_TEXT},
    [RECORD_HOLDER] = {"\"P\"", 1 << JSON_TEXT},
    [RECORD_NAMED] = {"\"number:1\"", 1 << JSON_TEXT},
    [RECORD_ID] = {"\"00112233445566778899aabbccddeeff\"", 1 << JSON_TEXT},
    [RECORD_MESSAGE] = {"\"x\"", 1 << JSON_TEXT},
    [RECORD_TAGS] = {"[\"x\"]", 1 << JSON_ARRAY},
    [RECORD_URLS] = {"[\"x\"]", 1 << JSON_ARRAY},
    [RECORD_TIME] = {"1772416800000", 1 << JSON_TEXT | 1 << JSON_NUMBER},
    [RECORD_MOMENT] = {"1772416800000", 1 << JSON_TEXT | 1 << JSON_NUMBER},
    [RECORD_MONEY] = {"5", 1 << JSON_TEXT | 1 << JSON_NUMBER},
    [RECORD_CURRENCY] = {"\"CNY\"", 1 << JSON_TEXT},
    [RECORD_SECONDS] = {"5", 1 << JSON_NUMBER},
    [RECORD_MILLISECONDS] = {"5", 1 << JSON_NUMBER},
    [RECORD_REGION] = {"\"330502\"", 1 << JSON_TEXT},
    [RECORD_TRUTH] = {"true", 1 << JSON_TRUE | 1 << JSON_FALSE},
    [RECORD_VALUE] = {"\"x\"", 1 << JSON_TEXT},
    [RECORD_THING] = {"\"x\"", 1 << JSON_TEXT | 1 << JSON_NUMBER},
    [RECORD_WORD] = {NULL, 1 << JSON_TEXT},  /* not in each record of its type */
    [RECORD_PHASE] = {NULL, 1 << JSON_TEXT}, /* depends on the type of record */
    [RECORD_ACTION] = {"\"add\"", 1 << JSON_TEXT},
    [RECORD_YEAR] = {"1958", 1 << JSON_NUMBER},
    [RECORD_OBJECT] = {NULL, 1 << JSON_OBJECT}, /* its members stand for it */
};

/* One member of a record with all of them; `but` has `value` in its place, or is left out (NULL).
 */
struct full {
    uint8_t kind;
    const char *but;
    const char *value;
};

static const char *good_value(uint8_t kind, const char *path)
{
    int form = record_member_form(kind, str_of(path));
    if (form == RECORD_PHASE) {
        return kind == EVENT_CALL ? "\"end\"" : "\"posted\"";
    }
    return form_rows[form].good;
}

static void add_member(struct buf *out, const struct full *full, const char *path)
{
    const char *point = strchr(path, '.');
    bool is_but = strcmp(path, full->but) == 0;
    const char *value = is_but ? full->value : good_value(full->kind, path);
    /* a binding or a change has a number or an account */
    bool has_but = full->value != NULL && strcmp(full->value, "null") != 0;
    bool account_instead = strcmp(full->but, has_but ? "account" : "number") == 0;
    const char *other = account_instead ? "number" : "account";
    bool either = full->kind == EVENT_BINDING || full->kind == EVENT_CHANGE;
    bool is_other = either && strcmp(path, other) == 0;
    if (value != NULL && (is_but || !is_other)) {
        buf_add_format(out, ",\"%s\":%s", point == NULL ? path : point + 1, value);
    }
}

/* An object and its members, which have paths like payer.account. */
static void add_object(struct buf *out, const struct full *full, struct str object)
{
    char path[RECORD_PATH_BYTES];
    buf_add_format(out, ",\"%.*s\":{\"x\":0", (int)object.len, object.at);
    for (size_t i = 0; record_member_path(full->kind, i, path).len > 0; i++) {
        if (str_starts(str_of(path), object) && path[object.len] == '.') {
            add_member(out, full, path);
        }
    }
    buf_add_char(out, '}');
}

static struct str full_record(struct buf *out, const struct full *full)
{
    char path[RECORD_PATH_BYTES];
    buf_clear(out);
    buf_add_format(out, "{\"type\":\"%s\"", event_kind_text(full->kind).at);
    for (size_t i = 1; record_member_path(full->kind, i, path).len > 0; i++) {
        bool is_object = record_member_form(full->kind, str_of(path)) == RECORD_OBJECT;
        if (is_object && strcmp(path, full->but) != 0) {
            add_object(out, full, str_of(path));
        } else if (strchr(path, '.') == NULL) {
            add_member(out, full, path);
        }
    }
    buf_add_char(out, '}');
    return buf_str(out);
}

/* Calls check for every member but the type of every kind. */
static void for_all_members(void (*check)(uint8_t kind, size_t index, const char *path))
{
    start_decoder();
    for (uint8_t kind = EVENT_NONE + 1; kind < EVENT_RECORDS_END; kind++) {
        char path[RECORD_PATH_BYTES];
        ck_assert(str_eq_text(record_member_path(kind, 0, path), "type"));
        for (size_t i = 1; record_member_path(kind, i, path).len > 0; i++) {
            check(kind, i, path);
        }
    }
}

static void check_left_out(uint8_t kind, size_t index, const char *path)
{
    struct buf record = {0};
    struct buf shown = {0};
    bool is_holder = record_member_form(kind, str_of(path)) == RECORD_HOLDER;
    bool names_account = strcmp(path, "payer.account") == 0 || strcmp(path, "payee.account") == 0;
    bool needed = record_member_required(kind, index) || names_account;
    for (int by_null = 0; by_null < 2; by_null++) {
        const struct full full = {kind, path, by_null ? "null" : NULL};
        bool good = !needed || (by_null && is_holder);
        int result = decode(full_record(&record, &full), &shown);
        ck_assert_msg(result == (good ? 0 : -1), "%s: %s", buf_text(&record), why.detail);
        ck_assert_msg(good || why.reason == REFUSAL_MISSING_MEMBER, "%s", buf_text(&record));
        ck_assert_msg(good || strcmp(why.detail, path) == 0, "%s: %s", path, why.detail);
    }
    buf_fini(&record);
    buf_fini(&shown);
}

START_TEST(needed_members_are_missed_others_not)
{
    for_all_members(check_left_out);
}
END_TEST

static void check_types(uint8_t kind, size_t index, const char *path)
{
    static const char *const values[] =
        {[JSON_NULL] = "null", [JSON_FALSE] = "false",  [JSON_TRUE] = "true",
         [JSON_NUMBER] = "7",  [JSON_TEXT] = "\"QZX\"", [JSON_OBJECT] = "{\"QZX\":1}",
         [JSON_ARRAY] = "[]"};
    struct buf record = {0};
    struct buf shown = {0};
    unsigned types = form_rows[record_member_form(kind, str_of(path))].types;
    ck_assert_uint_gt(index, 0);
    for (unsigned type = JSON_FALSE; type <= JSON_ARRAY; type++) {
        const struct full full = {kind, path, values[type]};
        int result = decode(full_record(&record, &full), &shown);
        bool is_wrong = (types >> type & 1) == 0;
        ck_assert_msg(!is_wrong || result == -1, "%s", buf_text(&record));
        ck_assert_msg(is_wrong == (why.reason == REFUSAL_WRONG_TYPE), "%s: %s", buf_text(&record),
                      why.detail);
        ck_assert_msg(result == 0 || strncmp(why.detail, path, strlen(path)) == 0, "%s: %s", path,
                      why.detail);
        ck_assert_msg(strstr(why.detail, "QZX") == NULL, "a value in the detail: %s", why.detail);
    }
    buf_fini(&record);
    buf_fini(&shown);
}

START_TEST(members_of_another_type_of_value)
{
    for_all_members(check_types);
}
END_TEST

START_TEST(the_table_as_others_ask_it)
{
    static const char *const topics[EVENT_KIND_COUNT] = {"feed",      "calls",     "transactions",
                                                         "directory", "directory", "directory",
                                                         "directory", "lists",     "sms",
                                                         "accounts",  "accounts",  "warnings-in",
                                                         "outcomes",  "lists"};
    char path[RECORD_PATH_BYTES];
    /* Nobody sends a mark from outside. */
    ck_assert_uint_eq(record_kind_find(STR("mark")), EVENT_NONE);
    ck_assert_uint_eq(record_kind_find(STR("")), EVENT_NONE);
    for (uint8_t kind = 0; kind < EVENT_RECORDS_END; kind++) {
        ck_assert(str_eq_text(record_topic(kind), topics[kind]));
        ck_assert_uint_eq(record_kind_find(event_kind_text(kind)), kind);
        ck_assert_uint_eq(record_member_path(kind, 1000, path).len, 0);
        ck_assert(!record_member_required(kind, 1000));
        ck_assert_int_eq(record_member_form(kind, STR("")), -1);
        ck_assert_int_eq(record_member_form(kind, STR("payer.")), -1);
    }
    ck_assert_uint_eq(record_member_path(EVENT_NONE, 0, path).len, 0);
    ck_assert_int_eq(record_member_form(EVENT_NONE, STR("id")), -1);
    ck_assert_int_eq(record_member_form(EVENT_TRANSACTION, STR("payer.account")), RECORD_ENTITY);
    ck_assert_int_eq(record_member_form(EVENT_TRANSACTION, STR("account")), -1);
    ck_assert_int_eq(record_member_form(EVENT_TRANSACTION, STR("amount")), RECORD_MONEY);
    ck_assert_int_eq(record_member_form(EVENT_CALL, STR("amount")), -1);
    ck_assert_int_eq(record_member_form(EVENT_BINDING, STR("person")), RECORD_HOLDER);
    ck_assert_int_eq(record_member_form(EVENT_PERSON, STR("person")), RECORD_ENTITY);
}
END_TEST

/* ---- any bytes ---- */

START_TEST(changed_records_are_taken_or_have_a_reason)
{
    struct prng rng = prng_seed(12, "mutations");
    struct buf record = {0};
    struct buf shown = {0};
    size_t accepted = 0;
    start_decoder();
    for (int i = 0; i < 200000; i++) {
        struct str whole =
            str_of(records[prng_below(&rng, sizeof records / sizeof records[0])].record);
        buf_clear(&record);
        buf_add_str(&record, whole);
        for (uint32_t n = 1 + prng_below(&rng, 2); n > 0; n--) {
            mutate_bytes(&record, &rng);
        }
        int result = decode(buf_str(&record), &shown);
        bool has_reason =
            why.reason > REFUSAL_NONE && why.reason < REFUSAL_COUNT && why.detail[0] != '\0';
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
    start_decoder();
    for (int i = 0; i < 2000; i++) {
        buf_clear(&record);
        buf_add_text(&record, records[prng_below(&rng, sizeof records / sizeof records[0])].record);
        if (prng_chance(&rng, 70)) {
            mutate_bytes(&record, &rng);
        }
        memset(&raw, 0xa5, sizeof raw);
        int result = decode(buf_str(&record), &shown);
        struct refusal first = why;
        struct record_decoder used = decoder;
        record_decoder_init(&fresh);
        decoder = fresh;
        memset(&raw, 0, sizeof raw);
        ck_assert_int_eq(decode(buf_str(&record), &again), result);
        ck_assert(str_eq(buf_str(&shown), buf_str(&again)));
        ck_assert(first.reason == why.reason && strcmp(first.detail, why.detail) == 0);
        decoder = used;
    }
    buf_fini(&record);
    buf_fini(&shown);
    buf_fini(&again);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("record");
    TCase *t = tcase_create("record");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, records_as_the_feeds_write_them);
    tcase_add_test(t, sources_and_times);
    tcase_add_test(t, members_of_calls);
    tcase_add_test(t, members_of_payments);
    tcase_add_test(t, members_of_persons);
    tcase_add_test(t, members_of_accounts);
    tcase_add_test(t, members_of_bindings);
    tcase_add_test(t, members_of_listings);
    tcase_add_test(t, members_of_messages);
    tcase_add_test(t, members_of_changes);
    tcase_add_test(t, members_of_outcomes);
    tcase_add_test(t, members_of_overrides);
    tcase_add_test(t, envelopes);
    tcase_add_test(t, ids_and_times_of_envelopes);
    tcase_add_test(t, times_of_records);
    tcase_add_test(t, ids_of_records);
    tcase_add_test(t, types_of_record);
    tcase_add_test(t, currencies);
    tcase_add_test(t, phases_of_calls);
    tcase_add_test(t, phases_of_payments);
    tcase_add_test(t, needed_members_are_missed_others_not);
    tcase_add_test(t, members_of_another_type_of_value);
    tcase_add_test(t, the_table_as_others_ask_it);
    tcase_add_test(t, changed_records_are_taken_or_have_a_reason);
    tcase_add_test(t, nothing_is_left_of_the_record_before);
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
