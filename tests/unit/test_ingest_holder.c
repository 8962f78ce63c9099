/* test_ingest_holder.c - who stands at the ends of an event: names, masks, and what the directory
 * knows of holders. */
#include "engine/ingest/identity.h"
#include "tests/unit/intake.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* ---- what the directory knows ---- */

struct story {
    const char *name;
    const char *records[6]; /* the last one is shown */
    const char *shown;
};

static const struct story stories[] = {
    {"nobody is known", {PAY}, "6222*******0011 of stand-in, 6217*******0022 of stand-in"},
    {"the kinds of numbers come from their digits",
     {CALL},
     "120****5678 of stand-in mobile, 120****4567 of stand-in mobile"},
    {"a bound account",
     {BIND("1000000000000", "'P-1'"), PAY},
     "6222*******0011 of P-1, 6217*******0022 of stand-in"},
    {"a later binding wins",
     {BIND("1000000000000", "'P-1'"), BIND("1000000000001", "'P-2'"), PAY},
     "6222*******0011 of P-2, 6217*******0022 of stand-in"},
    {"by its time, not its arrival",
     {BIND("1000000000001", "'P-2'"), BIND("1000000000000", "'P-1'"), PAY},
     "6222*******0011 of P-2, 6217*******0022 of stand-in"},
    {"at one time the one that comes later",
     {BIND("1000000000000", "'P-1'"), BIND("1000000000000", "'P-2'"), PAY},
     "6222*******0011 of P-2, 6217*******0022 of stand-in"},
    {"a binding counts for itself, even a late one",
     {BIND("1000000000001", "'P-2'"), BIND("1000000000000", "'P-1'")},
     "6222*******0011 of P-1"},
    {"the same binding twice is one",
     {BIND("1000000000000", "'P-1'"), BIND("1000000000000", "'P-1'"), PAY},
     "6222*******0011 of P-1, 6217*******0022 of stand-in"},
    {"an end of a binding is nobody's",
     {BIND("1000000000000", "null")},
     "6222*******0011 of nobody"},
    {"after an end the stand-in again",
     {BIND("1000000000000", "'P-1'"), BIND("1000000000001", "null"), PAY},
     "6222*******0011 of stand-in, 6217*******0022 of stand-in"},
    {"a late binding does not undo an end",
     {BIND("1000000000001", "null"), BIND("1000000000000", "'P-1'"), PAY},
     "6222*******0011 of stand-in, 6217*******0022 of stand-in"},
    {"a binding of the future counts at once: the log's order decides",
     {BIND("2000000000000", "'P-1'"), PAY},
     "6222*******0011 of P-1, 6217*******0022 of stand-in"},
    {"an account's record binds too",
     {DIRECTORY("account", "1000000000000") "'account':'6222 0000 0000 011','person':'P-1'}", PAY},
     "6222*******0011 of P-1, 6217*******0022 of stand-in"},
    {"without a person it leaves the binding",
     {BIND("1000000000000", "'P-1'"),
      DIRECTORY("account", "1000000000001") "'account':'622200000000011'}", PAY},
     "6222*******0011 of P-1, 6217*******0022 of stand-in"},
    {"and shows who holds it",
     {BIND("1000000000000", "'P-1'"),
      DIRECTORY("account", "1000000000001") "'account':'622200000000011'}"},
     "6222*******0011 of P-1"},
    {"a number's record of nobody known",
     {DIRECTORY("number", "1000000000000") "'number':'12012345678'}"},
     "120****5678 of stand-in mobile"},
    {"one number in two spellings",
     {DIRECTORY("number", "1000000000000") "'number':'008612071234567','person':'P-3'}", CALL},
     "120****5678 of stand-in mobile, 120****4567 of P-3 mobile"},
    {"an account of the same digits is another entity",
     {DIRECTORY("binding", "1000000000000") "'account':'12012345678','person':'P-1'}", CALL},
     "120****5678 of stand-in mobile, 120****4567 of stand-in mobile"},
    {"a token in place of the number",
     {DIRECTORY(
          "binding",
          "1000000000000") "'number':'token:cafd5f32d7311e358f11b8a1b0a9a1ff','person':'P-1'}",
      "{'type':'call','phase':'start','id':'c','time':1772416800000,'callee':'13800138000'}"},
     "hidden, 138****8000 of P-1 mobile"},
    {"a token in the event",
     {DIRECTORY("binding", "1000000000000") "'number':'13800138000','person':'P-1'}",
      "{'type':'call','phase':'start','id':'c','time':1772416800000,"
      "'callee':'token:CAFD5F32D7311E358F11B8A1B0A9A1FF'}"},
     "hidden,  of P-1"},
    {"both ends held by one person",
     {BIND("1000000000000", "'P-1'"),
      DIRECTORY("binding", "1000000000000") "'account':'621700000000022','person':'P-1'}", PAY},
     "6222*******0011 of P-1, 6217*******0022 of P-1"},
    {"cash has no payee",
     {PAYMENT "'amount':5,'payer':{'account':'622200000000011'}}"},
     "6222*******0011 of stand-in, nobody"},
    {"a hidden caller",
     {"{'type':'call','phase':'start','id':'c','time':1772416800000,'caller':'anonymous',"
      "'callee':'12012345678'}"},
     "hidden, 120****5678 of stand-in mobile"},
    {"a call with a phone from a cell",
     {"{'type':'call','phase':'start','id':'c','time':1772416800000,'imei':'861234567890123',"
      "'callee':'12012345678','cell':'46000-1'}"},
     "hidden, 120****5678 of stand-in mobile, by 86*********0123 of nobody, from a cell"},
    {"a device is held by nobody, whatever the directory says of its token",
     {DIRECTORY(
          "binding",
          "1000000000000") "'account':'token:e2efedbfd0db1a67f5a795f56d64c3c3','person':'P-1'}",
      PAYMENT "'amount':5,'payer':{'account':'622200000000011'},'device':'861234567890123'}"},
     "6222*******0011 of stand-in, nobody, by 86*********0123 of nobody"},
    {"a message with a link",
     {"{'type':'sms','id':'m','time':1772416800000,'sender':'12012345678','receiver':'12071234567',"
      "'text':'see http://www.A.example/x'}"},
     "120****5678 of stand-in mobile, 120****4567 of stand-in mobile, by a.example of nobody"},
    {"a domain on a list",
     {"{'type':'listing','id':'x','time':1772416800000,'list':'l','entity':'domain:www.a.example',"
      "'action':'add'}"},
     "a.example of nobody"},
    {"a person on a list holds himself",
     {"{'type':'listing','id':'x','time':1772416800000,'list':'l','entity':'person:P-2',"
      "'action':'add'}"},
     " of P-2"},
    {"an account on a list",
     {BIND("1000000000000", "'P-1'"),
      "{'type':'listing','id':'x','time':1772416800000,'list':'l','entity':'account:622200000000011',"
      "'action':'add'}"},
     "6222*******0011 of P-1"},
    {"a message",
     {DIRECTORY("binding", "1000000000000") "'number':'12071234567','person':'P-1'}",
      "{'type':'sms','id':'m','time':1772416800000,'sender':'+852 9123 4567',"
      "'receiver':'12071234567'}"},
     "+852****4567 of stand-in regional, 120****4567 of P-1 mobile"},
    {"a login",
     {BIND("1000000000000", "'P-1'"),
      "{'type':'login','id':'l','time':1772416800000,'account':'622200000000011','what':'enter'}"},
     "6222*******0011 of P-1"},
    {"a change of a number nobody holds",
     {"{'type':'change','id':'g','time':1772416800000,'number':'12012345678','what':'power_off'}"},
     "120****5678 of stand-in mobile"},
    {"a change names no holder of its own",
     {DIRECTORY("binding", "1000000000000") "'number':'12012345678','person':'P-2'}",
      "{'type':'change','id':'g','time':1772416800000,'number':'12012345678','what':'power_off',"
      "'person':'P-1'}"},
     "120****5678 of P-2 mobile"},
    {"a warning about an account",
     {BIND("1000000000000", "'P-1'"),
      "{'type':'warning','id':'w','time':1772416800000,'origin':'ministry',"
      "'subject':'account:622200000000011'}"},
     "6222*******0011 of P-1"},
    {"an outcome at a person",
     {"{'type':'outcome','id':'o','time':1772416800000,'subject':'person:P-2','typology':'t',"
      "'result':'loss'}"},
     " of P-2"},
    {"an override",
     {BIND("1000000000000", "'P-1'"),
      "{'type':'override','id':'x','time':1772416800000,'subject':'person:P-2',"
      "'other':'account:622200000000011','to':1772416800001}"},
     " of P-2, 6222*******0011 of P-1"},
    {"the directory's kind of an account",
     {DIRECTORY("account", "1000000000000") "'account':'622200000000011','kind':'merchant'}", PAY},
     "6222*******0011 of stand-in merchant, 6217*******0022 of stand-in"},
    {"a payment's own word goes before it",
     {DIRECTORY("account", "1000000000000") "'account':'622200000000011','kind':'merchant'}",
      PAYMENT "'amount':5,'payer':{'account':'622200000000011','kind':'lender'}}"},
     "6222*******0011 of stand-in lender, nobody"},
    {"a word that nobody knows does not",
     {DIRECTORY("account", "1000000000000") "'account':'622200000000011','kind':'merchant'}",
      PAYMENT "'amount':5,'payer':{'account':'622200000000011','kind':'moon'}}"},
     "6222*******0011 of stand-in merchant, nobody"},
    {"the directory's kind of a number goes before its digits",
     {DIRECTORY("number", "1000000000000") "'number':'12012345678','kind':'official'}", CALL},
     "120****5678 of stand-in official, 120****4567 of stand-in mobile"},
    {"an early kind beside a late region",
     {DIRECTORY("account", "1000000000001") "'account':'622200000000011','region':'330502'}",
      DIRECTORY("account", "1000000000000") "'account':'622200000000011','kind':'merchant'}", PAY},
     "6222*******0011 of stand-in merchant in 330502, 6217*******0022 of stand-in"},
    {"the region of the account itself",
     {BIND("1000000000000", "'P-1'"),
      DIRECTORY("person", "1000000000000") "'person':'P-1','region':'330503/001'}",
      DIRECTORY("account", "1000000000000") "'account':'622200000000011','region':'330502'}", PAY},
     "6222*******0011 of P-1 in 330502, 6217*******0022 of stand-in"},
    {"else of who holds it",
     {BIND("1000000000000", "'P-1'"),
      DIRECTORY("person", "1000000000000") "'person':'P-1','region':'330503/001'}", PAY},
     "6222*******0011 of P-1 in 330503, 6217*******0022 of stand-in"},
    {"not of who held it",
     {BIND("1000000000000", "'P-1'"),
      DIRECTORY("person", "1000000000000") "'person':'P-1','region':'330503'}",
      BIND("1000000000001", "'P-2'"), PAY},
     "6222*******0011 of P-2, 6217*******0022 of stand-in"},
    {"not of the stand-in, whatever is said of it",
     {DIRECTORY(
          "person",
          "1000000000000") "'person':'token:4cc2febed3a579cdb14bd7241e31c6cf','region':'330503'}",
      PAY},
     "6222*******0011 of stand-in, 6217*******0022 of stand-in"},
    {"the region of a call is not its ends'",
     {"{'type':'call','phase':'start','id':'c','time':1772416800000,'callee':'12012345678',"
      "'region':'330502'}",
      CALL},
     "120****5678 of stand-in mobile, 120****4567 of stand-in mobile"},
    {"what is refused changes nothing",
     {BIND("1000000000000", "'P-1'"), BIND("99", "'P-2'"),
      DIRECTORY("binding", "1000000000001") "'account':'622200000000011','person':'P\\u0000'}",
      DIRECTORY("account", "1000000000001") "'account':'622200000000011','person':'P-2','bank':5}",
      PAY},
     "6222*******0011 of P-1, 6217*******0022 of stand-in"},
};

START_TEST(what_the_directory_knows)
{
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
        struct intake intake;
        intake_open(&intake, "");
        size_t last = 0;
        for (; last < 5 && stories[i].records[last + 1] != NULL; last++) {
            (void)intake_take(&intake, stories[i].records[last], -1);
        }
        ck_assert_msg(intake_take(&intake, stories[i].records[last], -1) == 0, "%s: %s",
                      stories[i].name, intake.why.detail);
        ck_assert_msg(strcmp(intake_ends(&intake.event), stories[i].shown) == 0, "%s: %s",
                      stories[i].name, intake_ends(&intake.event));
        intake_close(&intake);
    }
}
END_TEST

/* ---- names ---- */

struct name_row {
    const char *name, *record;
    enum refusal_reason reason;
    const char *detail;
};

#define PAYEE(text) PAYMENT "'amount':5,'payee':{'account':'" text "'}}"

static const struct name_row names[] = {
    {"no number", CALLEE("QZX"), REFUSAL_BAD_IDENTIFIER,
     "callee: characters or a length that no number has"},
    {"a number that is too long", CALLEE("1234567890123456789012345"), REFUSAL_BAD_IDENTIFIER,
     "callee: characters or a length that no number has"},
    {"a word in another spelling is no hidden caller",
     "{'type':'call','phase':'start','id':'c','time':1772416800000,'caller':'Anonymous','callee':'1'}",
     REFUSAL_BAD_IDENTIFIER, "caller: characters or a length that no number has"},
    {"no account", PAYEE("QZX-"), REFUSAL_BAD_IDENTIFIER,
     "payee.account: characters or a length that no account has"},
    {"half a token", PAYEE("token:cafd"), REFUSAL_BAD_IDENTIFIER,
     "payee.account: token: and not 32 hexadecimal digits"},
    {"the token of nobody", PAYEE("token:00000000000000000000000000000000"), REFUSAL_BAD_IDENTIFIER,
     "payee.account: token: and not 32 hexadecimal digits"},
    {"a list's number", LIST("number:QZX"), REFUSAL_BAD_IDENTIFIER,
     "entity: characters or a length that no number has"},
    {"a list's nobody", LIST("person:"), REFUSAL_BAD_IDENTIFIER,
     "entity: characters or a length that no person has"},
    {"a list's token", LIST("account:token:cafd5f32d7311e358f11b8a1b0a9a1ff"), REFUSAL_NONE, ""},
    {"a bad person in a binding",
     DIRECTORY("binding", "1000000000000") "'number':'1','person':'token:'}",
     REFUSAL_BAD_IDENTIFIER, "person: token: and not 32 hexadecimal digits"},
    {"a bad account in a binding",
     DIRECTORY("binding", "1000000000000") "'account':'-','person':'P'}", REFUSAL_BAD_IDENTIFIER,
     "account: characters or a length that no account has"},
    {"a person of 65 bytes",
     DIRECTORY("person",
               "1000000000000") "'person':'12345678901234567890123456789012345678901234567890"
                                "123456789012345'}",
     REFUSAL_BAD_IDENTIFIER, "person: characters or a length that no person has"},
    {"what the decoder refuses", "{'type':'call'", REFUSAL_NOT_JSON,
     "no comma or closing brace at byte 14"},
};

START_TEST(bad_names_are_refused_without_being_repeated)
{
    struct intake intake;
    intake_open(&intake, "");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int result = intake_take(&intake, names[i].record, -1);
        ck_assert_msg(result == (names[i].reason == REFUSAL_NONE ? 0 : -1), "%s", names[i].name);
        ck_assert_msg(intake.why.reason == names[i].reason, "%s", names[i].name);
        ck_assert_msg(strcmp(intake.why.detail, names[i].detail) == 0, "%s: %s", names[i].name,
                      intake.why.detail);
    }
    ck_assert_uint_eq(directory_count(intake.directory), 0);
    intake_close(&intake);
}
END_TEST

START_TEST(operators_name_entities_as_feeds_do)
{
    struct intake intake;
    struct token token;
    intake_open(&intake, "");
    struct token expected = intake_token(ENTITY_NUMBER, "13800138000");
    ck_assert_int_eq(ingest_name_entity(intake.in, ENTITY_NUMBER, STR("+86 138 0013 8000"), &token,
                                        &intake.why),
                     0);
    ck_assert(token_eq(&token, &expected));
    ck_assert_int_eq(ingest_name_entity(intake.in, ENTITY_PERSON,
                                        STR("token:cafd5f32d7311e358f11b8a1b0a9a1ff"), &token,
                                        &intake.why),
                     0);
    ck_assert(token_eq(&token, &expected));
    ck_assert_int_eq(ingest_name_entity(intake.in, ENTITY_ACCOUNT, STR("6-2"), &token, &intake.why),
                     -1);
    ck_assert_str_eq(intake.why.detail, "entity: characters or a length that no account has");
    ck_assert_uint_eq(ingest_counts(intake.in)->read, 0);
    intake_close(&intake);
}
END_TEST

START_TEST(tokens_depend_on_the_key)
{
    struct directory *directory = directory_new();
    struct ingest *in =
        ingest_new(&(struct ingest_setup){.key = STR("another key"), .directory = directory});
    struct token token;
    struct refusal why;
    char text[TOKEN_HEX_BYTES];
    ck_assert_int_eq(ingest_name_entity(in, ENTITY_NUMBER, STR("13800138000"), &token, &why), 0);
    hex_encode(text, token.bytes, TOKEN_BYTES);
    ck_assert_str_eq(text, "c422e0323f1d432f36f00a02fb266582"); /* as openssl computed it */
    ingest_free(in);
    ingest_free(NULL);
    directory_free(directory);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ingest_holder");
    TCase *tests = tcase_create("ingest_holder");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, what_the_directory_knows);
    tcase_add_test(tests, bad_names_are_refused_without_being_repeated);
    tcase_add_test(tests, operators_name_entities_as_feeds_do);
    tcase_add_test(tests, tokens_depend_on_the_key);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
