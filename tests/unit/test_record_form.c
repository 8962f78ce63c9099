/* test_record_form.c - the members of each type of record, one at a time: what they become, and
 * what is refused. */
#include "tests/unit/decoded.h"

#include <check.h>
#include <stdlib.h>

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define CALL_PLAIN "{\"type\":\"call\",\"phase\":\"record\",\"id\":\"c-1\"," AT "\"callee\":\"1\""
#define PAY_PLAIN \
    "{\"type\":\"transaction\",\"phase\":\"posted\",\"id\":\"p-1\"," AT "\"currency\":\"CNY\""
#define PERSON_PLAIN "{\"type\":\"person\",\"id\":\"b-2\"," AT "\"person\":\"P\""
#define ACCOUNT_PLAIN "{\"type\":\"account\",\"id\":\"b-3\"," AT "\"account\":\"6\""
#define BINDING_PLAIN "{\"type\":\"binding\",\"id\":\"b-1\"," AT "\"source\":null"
#define LISTING_PLAIN "{\"type\":\"listing\",\"id\":\"x-1\"," AT "\"list\":\"l\""

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
    decoded_check_members(of_calls, sizeof of_calls / sizeof of_calls[0], CALL_PLAIN);
}
END_TEST

#define PARTS(amount) "\"payer\":{\"account\":\"6\"},\"amount\":" amount

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
    decoded_check_members(of_payments, sizeof of_payments / sizeof of_payments[0], PAY_PLAIN);
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
    decoded_check_members(of_persons, sizeof of_persons / sizeof of_persons[0], PERSON_PLAIN);
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
    decoded_check_members(of_accounts, sizeof of_accounts / sizeof of_accounts[0], ACCOUNT_PLAIN);
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
    decoded_check_members(of_bindings, sizeof of_bindings / sizeof of_bindings[0], BINDING_PLAIN);
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
    decoded_check_members(of_listings, sizeof of_listings / sizeof of_listings[0], LISTING_PLAIN);
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
    decoded_check_members(of_messages, sizeof of_messages / sizeof of_messages[0], SMS_PLAIN);
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
    decoded_check_members(of_changes, sizeof of_changes / sizeof of_changes[0], CHANGE_PLAIN);
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
    decoded_check_members(of_outcomes, sizeof of_outcomes / sizeof of_outcomes[0], OUTCOME_PLAIN);
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
    decoded_check_members(of_overrides, sizeof of_overrides / sizeof of_overrides[0],
                          OVERRIDE_PLAIN);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record_form");
    TCase *tests = tcase_create("record_form");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, members_of_calls);
    tcase_add_test(tests, members_of_payments);
    tcase_add_test(tests, members_of_persons);
    tcase_add_test(tests, members_of_accounts);
    tcase_add_test(tests, members_of_bindings);
    tcase_add_test(tests, members_of_listings);
    tcase_add_test(tests, members_of_messages);
    tcase_add_test(tests, members_of_changes);
    tcase_add_test(tests, members_of_outcomes);
    tcase_add_test(tests, members_of_overrides);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
