/* test_ingest.c - records become events: tokens, masks, holders, places in time; all is counted,
 * and what is good does not depend on what was read before. */
#include "engine/base/caltime.h"
#include "engine/ingest/identity.h"
#include "engine/ingest/ingest.h"
#include "tests/unit/child.h"
#include "tests/unit/exact.h"
#include "tests/unit/mutate.h"

#include <check.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOON INT64_C(1772416800000) /* 2026-03-02T10:00:00+08:00 */
#define MINUTE_MS INT64_C(60000)
#define HOUR_MS INT64_C(3600000)
#define DAY_MS CALTIME_DAY_MS

static const struct number_kind_row kind_rows[] = {{"1", 11, 11, NUMBER_KIND_MOBILE},
                                                   {"+852", 4, 15, NUMBER_KIND_REGIONAL}};

/* An ingest with a directory of its own. */
struct city {
    struct number_kinds *kinds;
    struct directory *directory;
    struct ingest *in;
    struct event event;
    struct refusal why;
};

static void city_open(struct city *city, const char *currency)
{
    memset(city, 0, sizeof *city);
    city->kinds = number_kinds_new(kind_rows, sizeof kind_rows / sizeof kind_rows[0]);
    city->directory = directory_new();
    city->in = ingest_new(&(struct ingest_setup){.currency = str_of(currency),
                                                 .kinds = city->kinds,
                                                 .directory = city->directory,
                                                 .cache_entries = 1});
}

static void city_close(struct city *city)
{
    ingest_free(city->in);
    directory_free(city->directory);
    number_kinds_free(city->kinds);
}

static int take_bytes(struct city *city, struct str bytes, int64_t stamp_ms)
{
    struct str exact = exact_copy(bytes);
    memset(&city->event, 0xa5, sizeof city->event);
    memset(&city->why, 0, sizeof city->why);
    int result = ingest_record(city->in, exact, stamp_ms, &city->event, &city->why);
    exact_free(exact);
    return result;
}

/* Records are written with ' for ", which would need a backslash each. */
static int take(struct city *city, const char *record, int64_t stamp_ms)
{
    struct buf bytes = {0};
    for (const char *c = record; *c != '\0'; c++) {
        buf_add_char(&bytes, *c == '\'' ? '"' : *c);
    }
    int result = take_bytes(city, buf_str(&bytes), stamp_ms);
    buf_fini(&bytes);
    return result;
}

/* ---- the ends of an event ---- */

static struct token name(enum entity_kind kind, const char *text)
{
    struct identity *identity = identity_new(STR(IDENTITY_DEMONSTRATION_KEY), 1);
    struct token token = identity_token(identity, kind, str_of(text));
    identity_free(identity);
    return token;
}

static const char *holder_text(const struct party *party)
{
    static const char *const people[] = {"P-1", "P-2", "P-3"};
    for (size_t i = 0; i < 3; i++) {
        struct token token = name(ENTITY_PERSON, people[i]);
        if (token_eq(&token, &party->holder)) {
            return party->holder_known ? people[i] : "not known";
        }
    }
    struct token stand_in = identity_stand_in((enum entity_kind)party->entity, &party->token);
    return token_is_zero(&party->holder)         ? "nobody"
           : party->holder_known                 ? "somebody"
           : token_eq(&stand_in, &party->holder) ? "stand-in"
                                                 : "wrong";
}

static void show_party(struct buf *out, const struct party *party)
{
    if (party->entity == ENTITY_NONE) {
        ck_assert(token_is_zero(&party->token) && token_is_zero(&party->holder));
        buf_add_format(out, "%s", party->kind == NUMBER_KIND_HIDDEN ? "hidden" : "nobody");
        return;
    }
    ck_assert(!token_is_zero(&party->token));
    buf_add_format(out, "%.*s of %s", (int)party->mask_len, party->mask, holder_text(party));
    if (party->kind != 0) {
        enum value_set set =
            party->entity == ENTITY_NUMBER ? VALUE_SET_NUMBER_KIND : VALUE_SET_ACCOUNT_KIND;
        buf_add_format(out, " %s", event_value_text(set, party->kind).at);
    }
    if (party->region != 0) {
        buf_add_format(out, " in %" PRIu32, party->region);
    }
}

static const char *ends(const struct event *event)
{
    static struct buf out;
    buf_clear(&out);
    show_party(&out, &event->party[PARTY_FROM]);
    if (event->kind == EVENT_CALL || event->kind == EVENT_TRANSACTION || event->kind == EVENT_SMS ||
        event->kind == EVENT_OVERRIDE) {
        buf_add_text(&out, ", ");
        show_party(&out, &event->party[PARTY_TO]);
    }
    if (event->party[PARTY_THING].entity != ENTITY_NONE) {
        buf_add_text(&out, ", by ");
        show_party(&out, &event->party[PARTY_THING]);
    }
    if (event->cell_token != 0) {
        buf_add_text(&out, ", from a cell");
    }
    return buf_text(&out);
}

/* ---- what the directory knows ---- */

struct story {
    const char *name;
    const char *records[6]; /* the last one is shown */
    const char *shown;
};

#define PAYMENT \
    "{'type':'transaction','phase':'posted','id':'p','time':1772416800000,'currency':'CNY',"
#define PAY                                                     \
    PAYMENT "'amount':5,'payer':{'account':'622200000000011'}," \
            "'payee':{'account':'621700000000022'}}"
#define CALL                                                                               \
    "{'type':'call','phase':'start','id':'c','time':1772416800000,'caller':'12012345678'," \
    "'callee':'+86 120-7123-4567'}"
#define DIRECTORY(type, time) "{'type':'" type "','id':'b','time':" time ","
#define BIND(time, person) \
    DIRECTORY("binding", time) "'account':'622200000000011','person':" person "}"

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
        struct city city;
        city_open(&city, "");
        size_t last = 0;
        for (; last < 5 && stories[i].records[last + 1] != NULL; last++) {
            (void)take(&city, stories[i].records[last], -1);
        }
        ck_assert_msg(take(&city, stories[i].records[last], -1) == 0, "%s: %s", stories[i].name,
                      city.why.detail);
        ck_assert_msg(strcmp(ends(&city.event), stories[i].shown) == 0, "%s: %s", stories[i].name,
                      ends(&city.event));
        city_close(&city);
    }
}
END_TEST

/* ---- names ---- */

struct name_row {
    const char *name, *record;
    enum refusal_reason reason;
    const char *detail;
};

#define CALLEE(text) \
    "{'type':'call','phase':'start','id':'c','time':1772416800000,'callee':'" text "'}"
#define PAYEE(text) PAYMENT "'amount':5,'payee':{'account':'" text "'}}"
#define LIST(text) \
    "{'type':'listing','id':'x','time':1772416800000,'list':'l','action':'add','entity':'" text "'}"

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
    struct city city;
    city_open(&city, "");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int result = take(&city, names[i].record, -1);
        ck_assert_msg(result == (names[i].reason == REFUSAL_NONE ? 0 : -1), "%s", names[i].name);
        ck_assert_msg(city.why.reason == names[i].reason, "%s", names[i].name);
        ck_assert_msg(strcmp(city.why.detail, names[i].detail) == 0, "%s: %s", names[i].name,
                      city.why.detail);
    }
    ck_assert_uint_eq(directory_count(city.directory), 0);
    city_close(&city);
}
END_TEST

START_TEST(operators_name_entities_as_feeds_do)
{
    struct city city;
    struct token token;
    city_open(&city, "");
    struct token expected = name(ENTITY_NUMBER, "13800138000");
    ck_assert_int_eq(ingest_name_entity(city.in, ENTITY_NUMBER, STR("+86 138 0013 8000"), &token,
                                        &city.why),
                     0);
    ck_assert(token_eq(&token, &expected));
    ck_assert_int_eq(ingest_name_entity(city.in, ENTITY_PERSON,
                                        STR("token:cafd5f32d7311e358f11b8a1b0a9a1ff"), &token,
                                        &city.why),
                     0);
    ck_assert(token_eq(&token, &expected));
    ck_assert_int_eq(ingest_name_entity(city.in, ENTITY_ACCOUNT, STR("6-2"), &token, &city.why),
                     -1);
    ck_assert_str_eq(city.why.detail, "entity: characters or a length that no account has");
    ck_assert_uint_eq(ingest_counts(city.in)->read, 0);
    city_close(&city);
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

/* ---- fields ---- */

START_TEST(a_payment_with_all_its_members)
{
    struct city city;
    city_open(&city, "");
    ck_assert_int_eq(
        take(
            &city,
            "{'type':'transaction','phase':'initiated','id':'p-1','payment_id':'2026030211200000017',"
            "'time':'2026-03-02T11:20:00+08:00',"
            "'payer':{'account':'6222000000000000011','bank':'102100099996'},"
            "'payee':{'account':'6217000000000000022','bank':'105100000017'},'amount':'70000.00',"
            "'currency':'CNY','channel':'mobile','purpose':'transfer','arrival':'realtime',"
            "'balance_before':'80000.00','balance_after':'10000.00','device':'d-77','region':'330502/1'}",
            -1),
        0);
    const struct event *e = &city.event;
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
    city_close(&city);
}
END_TEST

START_TEST(directory_and_list_records_with_all_their_members)
{
    struct city city;
    city_open(&city, "");
    const struct event *e = &city.event;
    ck_assert_int_eq(
        take(&city,
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
    ck_assert_int_eq(take(&city,
                          DIRECTORY("account",
                                    "1772416800000") "'account':'6','class':'ii',"
                                                     "'kind':'personal','opened':'2015-03-01'}",
                          -1),
                     0);
    ck_assert_uint_eq(e->account_class, 2);
    ck_assert_uint_eq(e->entity_kind_value, 1);
    ck_assert_int_eq(e->opened_ms, INT64_C(1425139200000));
    ck_assert_int_eq(take(&city, BIND("1772416800000", "null"), -1), 0);
    ck_assert_uint_eq(e->unbinds, 1);
    ck_assert_int_eq(
        take(&city,
             "{'type':'listing','id':'x','time':1772416800000,'list':'fraud_accounts',"
             "'entity':'account:6','action':'remove','from':1000000000000,'to':'2027-01-01'}",
             -1),
        0);
    ck_assert_uint_eq(e->list_removes, 1);
    ck_assert_uint_eq(e->list_key, name_key(STR("fraud_accounts")));
    ck_assert(str_eq_text(EVENT_TEXT(e, list_name), "fraud_accounts"));
    ck_assert_int_eq(e->from_ms, INT64_C(1000000000000));
    ck_assert_int_eq(e->to_ms, INT64_C(1798732800000));
    city_close(&city);
}
END_TEST

START_TEST(other_records_with_all_their_members)
{
    struct city city;
    city_open(&city, "");
    const struct event *e = &city.event;
    ck_assert_int_eq(take(&city,
                          "{'type':'sms','id':'m','time':1772416800000,'sender':'1','receiver':'2',"
                          "'text':'secret 123456 http://a'}",
                          -1),
                     0);
    ck_assert_uint_eq(e->has_link, TRUTH_YES);
    ck_assert_int_eq(take(&city,
                          "{'type':'sms','id':'m','time':1772416800000,'sender':'1','receiver':'2',"
                          "'text':'http://a','urls':[]}",
                          -1),
                     0);
    ck_assert_uint_eq(e->has_link, TRUTH_NO); /* the gateway's word goes before the text */
    ck_assert_int_eq(
        take(&city,
             "{'type':'change','id':'g','time':1772416800000,'number':'1','what':'sim_changed',"
             "'region':'330502/001'}",
             -1),
        0);
    ck_assert_uint_eq(e->what, event_value_find(VALUE_SET_CHANGE_WHAT, STR("sim_changed")));
    ck_assert_uint_eq(e->region, 330502);
    ck_assert_uint_eq(e->region_text_len, 0);
    ck_assert_int_eq(take(&city,
                          "{'type':'warning','id':'w','time':1772416800000,'origin':'bank',"
                          "'subject':'number:1','typology':'fake_police','tier':'high'}",
                          -1),
                     0);
    ck_assert_uint_eq(e->origin, ORIGIN_BANK);
    ck_assert_uint_eq(e->tier, TIER_HIGH);
    ck_assert_uint_eq(e->about_key, name_key(STR("fake_police")));
    ck_assert_int_eq(take(&city,
                          "{'type':'outcome','id':'o','time':1772416800000,'subject':'number:1',"
                          "'typology':'t','result':'loss',"
                          "'episode':'01020000000000000000000000000003'}",
                          -1),
                     0);
    ck_assert_uint_eq(e->result, 3);
    ck_assert_uint_eq(e->about_key, name_key(STR("t")));
    ck_assert_uint_eq(e->episode_key, 0x0201);
    city_close(&city);
}
END_TEST

/* What a message says is in none of the bytes that leave ingest. */
START_TEST(texts_of_messages_are_dropped)
{
    struct city city;
    struct buf frame = {0};
    city_open(&city, "");
    ck_assert_int_eq(take(&city,
                          "{'type':'sms','id':'m','time':1772416800000,'sender':'12012345678',"
                          "'receiver':'12071234567','text':'your code is QZX771',"
                          "'urls':['http://QZX771.example'],'tags':['QZX771']}",
                          -1),
                     0);
    event_encode(&frame, &city.event);
    for (size_t at = 0; at + 6 <= frame.len; at++) {
        ck_assert(memcmp(frame.at + at, "QZX771", 6) != 0);
    }
    buf_fini(&frame);
    city_close(&city);
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
    struct city city;
    city_open(&city, "");
    for (int with = 0; with < 2; with++) {
        ingest_set_tagger(city.in, with == 0 ? NULL : tagger);
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            char record[400];
            (void)snprintf(record, sizeof record,
                           "{'type':'sms','id':'m','time':1772416800000,'sender':'12012345678',"
                           "'receiver':'12071234567',%s}",
                           rows[i].says);
            ck_assert_int_eq(take(&city, record, -1), 0);
            uint64_t wanted = rows[i].first < 0 ? 0 : tags[rows[i].first].hash;
            wanted |= rows[i].second < 0 ? 0 : (uint64_t)tags[rows[i].second].hash << 16;
            ck_assert_msg(city.event.tags == (with == 0 ? 0 : wanted), "%s", rows[i].says);
            ck_assert_uint_eq(city.event.fifth_tag, 0);
            uint16_t set = with == 1 && rows[i].all ? tag_set(tags, 3, signs) : 0;
            ck_assert_msg(city.event.tag_set == set, "%s", rows[i].says);
        }
    }
    ck_assert_uint_eq(ingest_counts(city.in)->tags_unknown, 1);
    city_close(&city);
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
    struct city city;
    uint64_t seen[5] = {0};
    city_open(&city, "");
    for (size_t i = 0; i < sizeof record_ids / sizeof record_ids[0]; i++) {
        uint64_t *same = &seen[record_ids[i].record_id];
        ck_assert_msg(take(&city, record_ids[i].record, -1) == 0, "%s", record_ids[i].name);
        ck_assert_msg(*same == 0 || *same == city.event.record_id, "%s", record_ids[i].name);
        *same = city.event.record_id;
        same = &seen[record_ids[i].message_id];
        ck_assert_msg(*same == 0 || *same == city.event.message_id, "%s: message",
                      record_ids[i].name);
        *same = city.event.message_id;
    }
    for (int i = 1; i < 5; i++) {
        for (int k = 1; k < i; k++) {
            ck_assert(seen[i] != seen[k]);
        }
    }
    city_close(&city);
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
        struct city city;
        struct buf record = {0};
        city_open(&city, row->ours);
        buf_add_format(&record,
                       "{'type':'transaction','phase':'posted','id':'p','time':1772416800000,"
                       "'amount':5,'balance_before':5,'balance_after':5,'payer':{'account':'6'},"
                       "'currency':'%s'}",
                       row->currency);
        ck_assert_int_eq(take(&city, buf_text(&record), -1), 0);
        ck_assert_msg(city.event.amount_minor == row->amount_minor, "%s", row->name);
        ck_assert_int_eq(city.event.balance_before_minor, row->amount_minor);
        ck_assert_int_eq(city.event.balance_after_minor, row->amount_minor);
        ck_assert(str_eq_text(EVENT_TEXT(&city.event, currency), row->currency));
        ck_assert_uint_eq(ingest_counts(city.in)->foreign_amounts,
                          row->amount_minor == VALUE_UNKNOWN);
        buf_fini(&record);
        city_close(&city);
    }
}
END_TEST

/* ---- places in time ---- */

struct time_row {
    const char *name;
    const char *phase;
    int64_t duration_ms; /* -1: not given */
    int64_t stamp_ms;    /* relative to the record's time; NONE: no stamp */
    int64_t place_ms;    /* relative to the record's time */
    int64_t judged_ms;
    int clamped; /* -1: refused */
};

#define NONE INT64_MAX

static const struct time_row times[] = {
    {"a start", "start", -1, NONE, 0, 0, 0},
    {"a start is not moved by a duration", "start", HOUR_MS, NONE, 0, 0, 0},
    {"an end lies where the call began", "end", HOUR_MS, NONE, -HOUR_MS, 0, 0},
    {"an end without duration", "end", -1, NONE, 0, 0, 0},
    {"a record is judged when the call is over", "record", HOUR_MS, NONE, 0, HOUR_MS, 0},
    {"a record without duration", "record", -1, NONE, 0, 0, 0},
    {"the stamp is later", "start", -1, HOUR_MS, 0, 0, 0},
    {"much later", "start", -1, 1000 * DAY_MS, 0, 0, 0},
    {"two minutes ahead", "start", -1, -2 * MINUTE_MS, 0, 0, 0},
    {"a millisecond more is set back", "start", -1, -2 * MINUTE_MS - 1, -1, -1, 1},
    {"a day ahead is set back", "start", -1, -DAY_MS, 2 * MINUTE_MS - DAY_MS,
     2 * MINUTE_MS - DAY_MS, 1},
    {"a millisecond more is refused", "start", -1, -DAY_MS - 1, 0, 0, -1},
    {"an end keeps its start when set back", "end", HOUR_MS, -10 * MINUTE_MS, -HOUR_MS,
     -8 * MINUTE_MS, 1},
    {"unless that lies ahead too", "end", MINUTE_MS, -10 * MINUTE_MS, -8 * MINUTE_MS,
     -8 * MINUTE_MS, 1},
    {"a record that ends ahead is judged earlier", "record", HOUR_MS, 30 * MINUTE_MS, 0,
     32 * MINUTE_MS, 1},
    {"a record that ends a day ahead", "record", DAY_MS, 0, 0, 2 * MINUTE_MS, 1},
    {"a record that ends later than that", "record", DAY_MS + 1, 0, 0, 0, -1},
};

START_TEST(places_in_time)
{
    struct city city;
    struct buf record = {0};
    uint64_t clamped = 0;
    city_open(&city, "");
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        const struct time_row *row = &times[i];
        buf_clear(&record);
        buf_add_format(&record, "{'type':'call','phase':'%s','id':'c','callee':'1','time':%" PRId64,
                       row->phase, NOON);
        if (row->duration_ms >= 0) {
            buf_add_format(&record, ",'duration_ms':%" PRId64, row->duration_ms);
        }
        buf_add_text(&record, "}");
        int64_t stamp_ms = row->stamp_ms == NONE ? -1 : NOON + row->stamp_ms;
        int result = take(&city, buf_text(&record), stamp_ms);
        ck_assert_msg(result == (row->clamped < 0 ? -1 : 0), "%s", row->name);
        if (result != 0) {
            ck_assert_msg(city.why.reason == REFUSAL_FUTURE_TIME, "%s", row->name);
            ck_assert_uint_eq(city.event.kind, EVENT_CALL);
            continue;
        }
        clamped += (uint64_t)row->clamped;
        ck_assert_msg(city.event.time_ms == NOON + row->place_ms, "%s: place %" PRId64, row->name,
                      city.event.time_ms - NOON);
        ck_assert_msg(city.event.judged_ms == NOON + row->judged_ms, "%s: judged %" PRId64,
                      row->name, city.event.judged_ms - NOON);
        ck_assert_msg(city.event.clamped == row->clamped, "%s", row->name);
        ck_assert_msg(ingest_counts(city.in)->clamped == clamped, "%s", row->name);
    }
    buf_fini(&record);
    city_close(&city);
}
END_TEST

START_TEST(a_binding_ahead_of_its_stamp_is_set_back)
{
    struct city city;
    city_open(&city, "");
    /* the first is an hour ahead of its stamp: where it stood, it would win against the second */
    ck_assert_int_eq(take(&city, BIND("1000003600000", "'P-1'"), INT64_C(1000000000000)), 0);
    ck_assert_int_eq(take(&city, BIND("1000000180000", "'P-2'"), INT64_C(1000000180000)), 0);
    ck_assert_int_eq(take(&city, PAY, -1), 0);
    ck_assert_str_eq(ends(&city.event), "6222*******0011 of P-2, 6217*******0022 of stand-in");
    /* and a refused one binds nobody */
    ck_assert_int_eq(take(&city, BIND("1100000000000", "'P-3'"), INT64_C(1000000000000)), -1);
    ck_assert_int_eq(city.why.reason, REFUSAL_FUTURE_TIME);
    ck_assert_int_eq(take(&city, PAY, -1), 0);
    ck_assert_str_eq(ends(&city.event), "6222*******0011 of P-2, 6217*******0022 of stand-in");
    city_close(&city);
}
END_TEST

/* ---- counting ---- */

static bool counts_add_up(const struct ingest_counts *counts)
{
    uint64_t refused = 0;
    for (size_t i = 0; i < REFUSAL_COUNT; i++) {
        refused += counts->refused_by[i];
    }
    return counts->read == counts->accepted + counts->refused && counts->refused == refused &&
           counts->refused_by[REFUSAL_NONE] == 0;
}

START_TEST(all_is_counted)
{
    struct city city;
    city_open(&city, "");
    const struct ingest_counts *counts = ingest_counts(city.in);
    ck_assert_int_eq(take(&city, CALLEE("1"), -1), 0);
    ck_assert_int_eq(take(&city, CALLEE("x"), -1), -1);
    ck_assert_int_eq(take(&city, "", -1), -1);
    ck_assert_int_eq(take(&city, "{'type':'telegram','x':1}", -1), -1);
    ck_assert_int_eq(take(&city,
                          "{'type':'call','phase':'start','id':'c','time':1772416800000,"
                          "'callee':'1','x':1,'y':{'z':1},'region':'moon'}",
                          -1),
                     0);
    /* members of a refused record are not counted */
    ck_assert_int_eq(take(&city,
                          "{'type':'call','phase':'start','id':'c','time':1772416800000,"
                          "'callee':'x','x':1,'region':'moon'}",
                          -1),
                     -1);
    (void)refusal_set(&city.why, REFUSAL_TOO_LARGE, "a line");
    ingest_count_refused(city.in, &city.why);
    ck_assert_uint_eq(counts->read, 7);
    ck_assert_uint_eq(counts->accepted, 2);
    ck_assert_uint_eq(counts->refused, 5);
    ck_assert_uint_eq(counts->refused_by[REFUSAL_BAD_IDENTIFIER], 2);
    ck_assert_uint_eq(counts->refused_by[REFUSAL_NOT_JSON], 1);
    ck_assert_uint_eq(counts->refused_by[REFUSAL_UNKNOWN_TYPE], 1);
    ck_assert_uint_eq(counts->refused_by[REFUSAL_TOO_LARGE], 1);
    ck_assert_uint_eq(counts->unknown_members, 2);
    ck_assert_uint_eq(counts->unknown_values, 1);
    ck_assert(counts_add_up(counts));
    city_close(&city);
}
END_TEST

static void count_without_reason(const void *context)
{
    struct city city;
    city_open(&city, context);
    ingest_count_refused(city.in, &city.why);
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

/* ---- any bytes, any directory ---- */

static const char *const seeds[] = {
    PAY,
    CALL,
    BIND("1000000000000", "'P-1'"),
    BIND("1000000000000", "null"),
    DIRECTORY("person", "1000000000000") "'person':'P-1','birth_year':1958,'region':'330502/1'}",
    DIRECTORY("account",
              "1000000000000") "'account':'621700000000022','person':'P-2','kind':'bank'}",
    DIRECTORY("number",
              "1000000000000") "'number':'12012345678','kind':'official','region':'330502'}",
    LIST("account:622200000000011"),
    "{'type':'call','phase':'end','id':'c','time':1772416800000,'caller':null,'callee':'110',"
    "'duration_s':75,'answered':true}",
};

static void next_record(struct buf *record, struct prng *rng)
{
    buf_clear(record);
    for (const char *c = seeds[prng_below(rng, sizeof seeds / sizeof seeds[0])]; *c != '\0'; c++) {
        buf_add_char(record, *c == '\'' ? '"' : *c);
    }
    for (uint32_t n = prng_below(rng, 4); n > 0; n--) {
        mutate_bytes(record, rng);
    }
}

/* Of a refused record the type alone is told. */
static bool only_kind(const struct event *event)
{
    struct event cleared;
    event_clear(&cleared);
    cleared.kind = event->kind;
    return event->kind < EVENT_KIND_COUNT && memcmp(&cleared, event, sizeof cleared) == 0;
}

/* A frame takes it and gives it back, and all its legs are somebody. */
static bool travels(const struct event *event)
{
    struct buf bytes = {0};
    struct buf again = {0};
    struct event back;
    event_encode(&bytes, event);
    bool good = event_decode(&back, (const uint8_t *)bytes.at, bytes.len) == bytes.len;
    event_encode(&again, &back);
    good =
        good && str_eq(buf_str(&bytes), buf_str(&again)) && event_next_leg(event, -1) < LEG_COUNT;
    buf_fini(&bytes);
    buf_fini(&again);
    return good;
}

START_TEST(changed_records_are_taken_or_have_a_reason)
{
    struct prng rng = prng_seed(14, "mutations");
    struct buf record = {0};
    struct city city;
    city_open(&city, "");
    for (int i = 0; i < 150000; i++) {
        next_record(&record, &rng);
        int result = take_bytes(&city, buf_str(&record), -1);
        bool has_reason = city.why.reason > REFUSAL_NONE && city.why.reason < REFUSAL_COUNT &&
                          city.why.detail[0] != '\0';
        bool good = result == 0 ? !has_reason && travels(&city.event)
                                : has_reason && only_kind(&city.event);
        if (!good || !counts_add_up(ingest_counts(city.in))) {
            ck_abort_msg("%d: %d: %.*s", i, result, (int)record.len, record.at);
        }
    }
    ck_assert_uint_gt(ingest_counts(city.in)->accepted, 30000);
    ck_assert_uint_gt(ingest_counts(city.in)->refused, 30000);
    buf_fini(&record);
    city_close(&city);
}
END_TEST

/* What does not come from the directory. */
static bool same_record(const struct event *a, const struct event *b)
{
    struct event x = *a;
    struct event y = *b;
    for (unsigned i = 0; i < PARTY_COUNT; i++) {
        x.party[i].holder = y.party[i].holder;
        x.party[i].holder_known = y.party[i].holder_known;
        x.party[i].kind = y.party[i].kind;
        x.party[i].region = y.party[i].region;
    }
    struct buf first = {0};
    struct buf second = {0};
    event_encode(&first, &x);
    event_encode(&second, &y);
    bool same = str_eq(buf_str(&first), buf_str(&second));
    buf_fini(&first);
    buf_fini(&second);
    return same;
}

START_TEST(what_is_good_does_not_depend_on_the_directory)
{
    struct prng rng = prng_seed(15, "mutations");
    struct buf record = {0};
    struct city old;
    city_open(&old, "");
    for (int i = 0; i < 3000; i++) {
        struct city fresh;
        city_open(&fresh, "");
        next_record(&record, &rng);
        int64_t stamp_ms = prng_chance(&rng, 50) ? -1 : NOON - prng_between(&rng, 0, 2 * DAY_MS);
        int result = take_bytes(&old, buf_str(&record), stamp_ms);
        bool same = take_bytes(&fresh, buf_str(&record), stamp_ms) == result &&
                    fresh.why.reason == old.why.reason &&
                    strcmp(fresh.why.detail, old.why.detail) == 0 &&
                    same_record(&fresh.event, &old.event);
        if (!same) {
            ck_abort_msg("%d: %s, %s: %.*s", i, old.why.detail, fresh.why.detail, (int)record.len,
                         record.at);
        }
        city_close(&fresh);
    }
    ck_assert_uint_gt(directory_count(old.directory), 10);
    buf_fini(&record);
    city_close(&old);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ingest");
    TCase *t = tcase_create("ingest");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, what_the_directory_knows);
    tcase_add_test(t, bad_names_are_refused_without_being_repeated);
    tcase_add_test(t, operators_name_entities_as_feeds_do);
    tcase_add_test(t, tokens_depend_on_the_key);
    tcase_add_test(t, a_payment_with_all_its_members);
    tcase_add_test(t, directory_and_list_records_with_all_their_members);
    tcase_add_test(t, other_records_with_all_their_members);
    tcase_add_test(t, texts_of_messages_are_dropped);
    tcase_add_test(t, messages_have_tags);
    tcase_add_test(t, phases_share_a_record_id);
    tcase_add_test(t, foreign_amounts_are_unknown);
    tcase_add_test(t, places_in_time);
    tcase_add_test(t, a_binding_ahead_of_its_stamp_is_set_back);
    tcase_add_test(t, all_is_counted);
    tcase_add_test(t, a_refusal_without_reason_is_a_bug);
    tcase_add_test(t, a_currency_of_two_letters_is_a_bug);
    tcase_add_test(t, changed_records_are_taken_or_have_a_reason);
    tcase_add_test(t, what_is_good_does_not_depend_on_the_directory);
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
