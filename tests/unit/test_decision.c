/* test_decision.c - which rules fire, what is carried, which decisions are written. */
#include "engine/eval/decision.h"

#include "engine/base/digest.h"
#include "engine/base/mem.h"
#include "tests/unit/small_city.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNKNOWN VALUE_UNKNOWN

static struct event pays(const char *id, int64_t amount, int64_t time_ms)
{
    return event_payment(id, PHASE_INITIATED, "A", "M", amount, time_ms);
}

/* The decision at a leg of the event that was sent last. */
static const char *decision_at(const struct city *city, const char *role)
{
    char quoted[40];
    (void)snprintf(quoted, sizeof quoted, "\"%s\"", role);
    for (size_t i = kept_count(&city->kept, OUTPUT_DECISION); i-- > 0;) {
        const char *json = kept_json(&city->kept, OUTPUT_DECISION, i);
        if (strcmp(json_member(json, "role"), quoted) == 0) {
            return json;
        }
    }
    return "";
}

#define ck_member(json, name, value) ck_assert_str_eq(json_member(json, name), value)

/* ---- rules ---------------------------------------------------------------------------------- */

START_TEST(a_rule_fires_on_true_alone_and_only_true_guards)
{
    static const struct {
        const char *name;
        int64_t when, unless[2]; /* values; -1: no such guard */
        const char *fired, *guarded;
    } rows[] = {
        {"true", 1, {-1, -1}, "[\"r\"]", "[]"},
        {"false", 0, {-1, -1}, "[]", "[]"},
        {"unknown", UNKNOWN, {-1, -1}, "[]", "[]"},
        {"unknown exception", 1, {UNKNOWN, -1}, "[\"r\"]", "[]"},
        {"false exception", 1, {0, 0}, "[\"r\"]", "[]"},
        {"true exception", 1, {1, -1}, "[]", "[{\"rule\":\"r\",\"unless\":\"one\"}]"},
        {"the first true exception", 1, {1, 1}, "[]", "[{\"rule\":\"r\",\"unless\":\"one\"}]"},
        {"without words, as written",
         1,
         {0, 1},
         "[]",
         "[{\"rule\":\"r\",\"unless\":\"its source\"}]"},
        {"false with a true exception", 0, {1, 1}, "[]", "[]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static const char *const words[] = {"one", ""};
        struct program *p = program_new();
        struct city city;
        pack_rule(p, "r", TYPOLOGY_NONE, LEG_PAYEE, TRIGGER_TRANSACTION,
                  pack_value(p, rows[i].when));
        for (int k = 0; k < 2; k++) {
            if (rows[i].unless[k] != -1) {
                pack_unless(p, words[k], pack_value(p, rows[i].unless[k]));
            }
        }
        city_begin(&city, pack_ready(p, "guards"));
        city_send(&city, pays("p-1", 1, T0));
        const char *json = decision_at(&city, "payee");
        ck_assert_msg(strcmp(json_member(json, "fired"), rows[i].fired) == 0, "%s: %s",
                      rows[i].name, json);
        ck_assert_msg(strcmp(json_member(json, "guarded"), rows[i].guarded) == 0, "%s: %s",
                      rows[i].name, json);
        city_end(&city);
    }
}
END_TEST

/* A person's word about a pair: its rules are silent, and the decision names them. */
START_TEST(an_override_silences_all_but_absolute_rules)
{
    static const struct {
        const char *name;
        int entity; /* of the other */
        const char *other;
        int64_t at_ms; /* of the payment; the override is in force for an hour */
        bool silent;
    } rows[] = {
        {"for the account", ENTITY_ACCOUNT, "M", 0, true},
        {"for its holder", ENTITY_PERSON, "M", HOUR - 1, true},
        {"over", ENTITY_ACCOUNT, "M", HOUR, false},
        {"for another account of the holder", ENTITY_ACCOUNT, "M.b", 0, false},
        {"for a number of that name", ENTITY_NUMBER, "M", 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct program *p = program_new();
        struct city city;
        int32_t mule = pack_typology(p, "mule", ENTITY_PERSON, 20, 40, 60, 85);
        pack_rule(p, "r", mule, LEG_PAYER_PERSON, TRIGGER_TRANSACTION, pack_yes(p));
        pack_score(p, 90, DAY);
        pack_rule(p, "guarded", TYPOLOGY_NONE, LEG_PAYER_PERSON, TRIGGER_TRANSACTION, pack_yes(p));
        pack_unless(p, "no", pack_yes(p));
        pack_rule(p, "a", TYPOLOGY_NONE, LEG_PAYER_PERSON, TRIGGER_TRANSACTION, pack_yes(p))
            ->absolute = true;
        pack_rule(p, "payee", TYPOLOGY_NONE, LEG_PAYEE, TRIGGER_TRANSACTION, pack_yes(p));
        city_begin(&city, pack_ready(p, "override"));
        city_send(&city, event_override("x-1", "A", rows[i].entity, rows[i].other, T0 + HOUR, T0));
        ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_DECISION), 0);
        city_send(&city, pays("p-1", 1, T0 + rows[i].at_ms));
        const char *json = decision_at(&city, "payer.person");
        ck_assert_msg(strcmp(json_member(json, "fired"),
                             rows[i].silent ? "[\"a\"]" : "[\"r\",\"a\"]") == 0,
                      "%s: %s", rows[i].name, json);
        ck_assert_msg(strcmp(json_member(json, "overridden"), rows[i].silent ? "[\"r\"]" : "") == 0,
                      "%s: %s", rows[i].name, json);
        ck_assert_msg(strstr(json, "\"rule\":\"guarded\"") != NULL, "%s: %s", rows[i].name, json);
        ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_WARNING), rows[i].silent ? 0 : 1);
        /* The other's own page is none of it. */
        ck_member(decision_at(&city, "payee"), "fired", "[\"payee\"]");
        city_end(&city);
    }
}
END_TEST

START_TEST(rules_of_all_triggers_in_pack_order)
{
    static const struct {
        const char *name;
        int phase;
        const char *fired;
    } rows[] = {
        {"start", PHASE_START, "[\"s1\",\"s2\"]"},
        {"record", PHASE_RECORD, "[\"e1\",\"s1\",\"e2\",\"e3\",\"s2\"]"},
        {"end of an unknown call", PHASE_END, "[\"e1\",\"s1\",\"e2\",\"e3\",\"s2\"]"},
    };
    static const struct {
        const char *name;
        int trigger;
    } rules[] = {
        {"e1", TRIGGER_CALL_END}, {"s1", TRIGGER_CALL_START}, {"e2", TRIGGER_CALL_END},
        {"e3", TRIGGER_CALL_END}, {"s2", TRIGGER_CALL_START},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct program *p = program_new();
        struct city city;
        for (size_t k = 0; k < sizeof rules / sizeof rules[0]; k++) {
            pack_rule(p, rules[k].name, TYPOLOGY_NONE, LEG_CALLEE_PERSON, rules[k].trigger,
                      pack_yes(p));
            pack_rule(p, "elsewhere", TYPOLOGY_NONE, LEG_CALLEE, rules[k].trigger, pack_yes(p));
        }
        city_begin(&city, pack_ready(p, "order"));
        city_send(&city, event_call("c-1", rows[i].phase, "F", "P", MINUTE, T0));
        ck_assert_msg(strcmp(json_member(decision_at(&city, "callee.person"), "fired"),
                             rows[i].fired) == 0,
                      "%s: %s", rows[i].name, decision_at(&city, "callee.person"));
        city_end(&city);
    }
}
END_TEST

START_TEST(a_listing_rule_runs_on_pages_of_its_kind)
{
    struct program *p = program_new();
    struct city city;
    pack_rule(p, "account", TYPOLOGY_NONE, LEG_ENTITY, TRIGGER_LISTING, pack_yes(p));
    pack_rule(p, "number", TYPOLOGY_NONE, LEG_ENTITY, TRIGGER_LISTING, pack_yes(p))->page =
        ENTITY_NUMBER;
    city_begin(&city, pack_ready(p, "listing"));
    city_send(&city, event_listing("x-1", "fraud", "M", false, T0));
    ck_member(decision_at(&city, "entity"), "fired", "[\"account\"]");
    city_end(&city);
}
END_TEST

/* Nothing has been judged at the page yet that moves its time. */
START_TEST(points_of_the_first_directory_record)
{
    struct program *p = program_new();
    struct city city;
    const char *names[] = {"mule", "loan"};
    for (int i = 0; i < 2; i++) {
        int32_t typology = pack_typology(p, names[i], ENTITY_ACCOUNT, 20, 40, 60, 85);
        pack_rule(p, names[i], typology, LEG_ENTITY, TRIGGER_ACCOUNT, pack_yes(p));
        pack_score(p, 30, HOUR);
    }
    city_begin(&city, pack_ready(p, "directory"));
    struct event fact = event_binding("a-1", ENTITY_ACCOUNT, "M", T0);
    fact.kind = EVENT_ACCOUNT;
    city_send(&city, fact);
    ck_member(decision_at(&city, "entity"), "scores", "{\"mule\":30,\"loan\":30}");
    city_end(&city);
}
END_TEST

/* What a list says of days ago is judged now: by what the page has seen since. */
START_TEST(a_listing_is_never_too_late)
{
    struct program *p = program_new();
    struct city city;
    pack_rule(p, "counts", TYPOLOGY_NONE, LEG_ENTITY, TRIGGER_LISTING,
              pack_window(p, AGGREGATE_COUNT, STREAM_PAYMENT_IN, WORD_NONE, HOUR, CODE_NONE, OP_EQ,
                          2));
    pack_rule(p, "own_time", TYPOLOGY_NONE, LEG_ENTITY, TRIGGER_LISTING,
              pack_word(p, WORD_TIME, OP_EQ, T0 - 3 * DAY));
    pack_rule(p, "later", TYPOLOGY_NONE, LEG_ENTITY, TRIGGER_LISTING,
              pack_word(p, WORD_TIME, OP_EQ, T0 + DAY));
    city_begin(&city, pack_ready(p, "listing"));
    city_send(&city, pays("p-1", 1, T0));
    city_send(&city, pays("p-2", 1, T0 + MINUTE));
    city_send(&city, event_listing("x-1", "fraud", "M", false, T0 - 3 * DAY));
    ck_member(decision_at(&city, "entity"), "fired", "[\"counts\",\"own_time\"]");
    ck_member(decision_at(&city, "entity"), "time", "\"2026-03-02T10:01:00.000+08:00\"");
    city_send(&city, event_listing("x-2", "fraud", "M", false, T0 + DAY));
    ck_member(decision_at(&city, "entity"), "fired", "[\"later\"]");
    city_end(&city);
}
END_TEST

/* A rule about persons: at the person, and at the holder of the number that a warning names. Its
 * subject is whose page that is. */
START_TEST(a_rule_about_persons_runs_at_holders_too)
{
    struct program *p = program_new();
    struct city city;
    pack_rule(p, "r", TYPOLOGY_NONE, LEG_ENTITY, TRIGGER_WARNING, pack_yes(p))->page =
        ENTITY_PERSON;
    pack_action(p, ACTION_WATCH, LEG_ENTITY, HOUR);
    city_begin(&city, pack_ready(p, "warnings"));
    city_send(&city, event_warning("w-1", ENTITY_NUMBER, "P", "mule", TIER_HIGH, T0));
    ck_member(decision_at(&city, "entity"), "fired", "[]");
    ck_member(decision_at(&city, "holder"), "fired", "[\"r\"]");
    struct token person = token_of(ENTITY_PERSON, "P");
    char hex[TOKEN_HEX_BYTES];
    hex_encode(hex, person.bytes, TOKEN_BYTES);
    const char *advice = kept_json(&city.kept, OUTPUT_ADVICE, 0);
    ck_assert_msg(strstr(json_member(advice, "target"), hex) != NULL, "%s", advice);
    city_send(&city, event_warning("w-2", ENTITY_PERSON, "P", "mule", TIER_HIGH, T0 + 1));
    ck_member(decision_at(&city, "entity"), "fired", "[\"r\"]");
    ck_assert_uint_eq(city_page(&city, person)->streams[STREAM_WARNING].end, 2);
    city_end(&city);
}
END_TEST

START_TEST(words_of_the_other_events)
{
    static const struct {
        const char *name;
        int trigger, leg, word;
        int64_t value;
    } rows[] = {
        {"about", TRIGGER_OUTCOME, LEG_ENTITY, WORD_ABOUT, 0},
        {"result", TRIGGER_OUTCOME, LEG_ENTITY, WORD_OUTCOME_RESULT, 2},
        {"time", TRIGGER_OUTCOME, LEG_ENTITY, WORD_TIME, T0},
        {"sender_kind", TRIGGER_SMS, LEG_RECEIVER, WORD_SENDER_KIND, 9},
        {"has_link", TRIGGER_SMS, LEG_RECEIVER, WORD_HAS_LINK, 1},
        {"sender_region", TRIGGER_SMS, LEG_RECEIVER, WORD_SENDER_REGION, 330502},
        {"receiver_kind", TRIGGER_SMS, LEG_RECEIVER, WORD_RECEIVER_KIND, 1},
        {"user_kind", TRIGGER_LOGIN, LEG_USER, WORD_USER_KIND, 3},
        {"what", TRIGGER_LOGIN, LEG_USER, WORD_WHAT_OF_LOGIN, 1},
        {"what", TRIGGER_CHANGE, LEG_OWNER, WORD_WHAT_OF_CHANGE, 5},
        {"tier", TRIGGER_WARNING, LEG_ENTITY, WORD_WARNING_TIER, TIER_HIGH},
        {"origin", TRIGGER_WARNING, LEG_ENTITY, WORD_WARNING_ORIGIN, ORIGIN_MINISTRY},
        {"open", TRIGGER_WARNING, LEG_ENTITY, WORD_WARNING_OPEN, 1},
    };
    struct program *p = program_new();
    struct city city;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t value =
            rows[i].word == WORD_ABOUT ? value_of_key(name_key(STR("mule"))) : rows[i].value;
        pack_rule(p, rows[i].name, TYPOLOGY_NONE, rows[i].leg, rows[i].trigger,
                  pack_word(p, rows[i].word, OP_EQ, value))
            ->page = rows[i].leg == LEG_RECEIVER || rows[i].leg == LEG_OWNER ? ENTITY_NUMBER
                                                                             : ENTITY_ACCOUNT;
    }
    city_begin(&city, pack_ready(p, "words"));
    struct event message = event_message("m-1", "F", "P", T0);
    message.has_link = TRUTH_YES;
    message.party[PARTY_FROM].kind = NUMBER_KIND_PORT106;
    message.party[PARTY_FROM].region = 330502;
    message.party[PARTY_TO].kind = NUMBER_KIND_MOBILE;
    city_send(&city, message);
    ck_member(decision_at(&city, "receiver"), "fired",
              "[\"sender_kind\",\"has_link\",\"sender_region\",\"receiver_kind\"]");
    struct event login = event_login("l-1", "A", "enter", T0);
    login.party[PARTY_FROM].kind = 3;
    city_send(&city, login);
    ck_member(decision_at(&city, "user"), "fired", "[\"user_kind\",\"what\"]");
    city_send(&city, event_change("g-1", ENTITY_NUMBER, "P", "power_off", T0));
    ck_member(decision_at(&city, "owner"), "fired", "[\"what\"]");
    city_send(&city, event_warning("w-1", ENTITY_ACCOUNT, "A", "mule", TIER_HIGH, T0));
    ck_member(decision_at(&city, "entity"), "fired", "[\"tier\",\"origin\",\"open\"]");
    city_send(&city, event_outcome("o-1", ENTITY_ACCOUNT, "A", "mule", "false_alarm", T0));
    ck_member(decision_at(&city, "entity"), "fired", "[\"about\",\"result\",\"time\"]");
    city_end(&city);
}
END_TEST

START_TEST(rules_see_the_event_in_the_window)
{
    struct program *p = program_new();
    struct city city;
    pack_rule(p, "sum", TYPOLOGY_NONE, LEG_PAYEE, TRIGGER_TRANSACTION,
              pack_window(p, AGGREGATE_SUM, STREAM_PAYMENT_IN, WORD_AMOUNT, HOUR, CODE_NONE, OP_EQ,
                          30));
    city_begin(&city, pack_ready(p, "window"));
    city_send(&city, pays("p-1", 10, T0));
    ck_member(decision_at(&city, "payee"), "fired", "[]");
    city_send(&city, pays("p-2", 20, T0 + HOUR - 1));
    ck_member(decision_at(&city, "payee"), "fired", "[\"sum\"]");
    city_end(&city);
}
END_TEST

/* A settlement of 23:00 belongs to a payment of 10:00. */
START_TEST(words_of_a_settlement_are_those_of_its_payment)
{
    struct program *p = program_new();
    struct city city;
    static const struct {
        const char *name;
        int word, op;
        int64_t value;
    } rules[] = {
        {"time", WORD_TIME, OP_EQ, T0},
        {"hour", WORD_HOUR, OP_EQ, 10},
        {"day", WORD_NIGHT, OP_EQ, 0},
        {"weekday", WORD_WEEKDAY, OP_EQ, 1},
        {"payer_kind", WORD_PAYER_KIND, OP_EQ, 2},
        {"payee_kind", WORD_PAYEE_KIND, OP_EQ, 3},
        {"amount", WORD_AMOUNT, OP_EQ, 100},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        pack_rule(p, rules[i].name, TYPOLOGY_NONE, LEG_PAYEE, TRIGGER_SETTLEMENT,
                  pack_word(p, rules[i].word, rules[i].op, rules[i].value));
    }
    city_begin(&city, pack_ready(p, "settlement"));
    struct event initiated = pays("p-1", 100, T0);
    initiated.party[PARTY_FROM].kind = 2;
    city_send(&city, initiated);
    struct event posted = event_payment("p-1", PHASE_POSTED, "A", "M", 100, T0 + 13 * HOUR);
    posted.party[PARTY_TO].kind = 3; /* the own end as the message in hand has it */
    city_send(&city, posted);
    ck_member(decision_at(&city, "payee"), "fired",
              "[\"time\",\"hour\",\"day\",\"weekday\",\"payer_kind\",\"payee_kind\",\"amount\"]");
    ck_member(decision_at(&city, "payee"), "time", "\"2026-03-02T23:00:00.000+08:00\"");
    city_end(&city);
}
END_TEST

/* ---- carried values ------------------------------------------------------------------------- */

START_TEST(values_travel_from_page_to_page)
{
    struct program *p = program_new();
    struct city city;
    uint32_t fraud = pack_list(p, "fraud", ENTITY_ACCOUNT);
    uint32_t watched = pack_list(p, "watched", ENTITY_ACCOUNT);
    uint32_t count =
        pack_of_window(p, AGGREGATE_COUNT, STREAM_PAYMENT_IN, WORD_NONE, HOUR, CODE_NONE);
    uint32_t feature = pack_feature(p, "paid_1h", ENTITY_ACCOUNT, count);
    pack_carry(p, EVENT_TRANSACTION, LEG_PAYEE, 0, CARRY_FEATURE, 0, feature);
    pack_carry(p, EVENT_TRANSACTION, LEG_PAYEE, 1, CARRY_ATTRIBUTE, 0, ATTRIBUTE_OPENED);
    pack_carry(p, EVENT_TRANSACTION, LEG_PAYEE, 2, CARRY_MEMBER, 0, fraud);
    pack_carry(p, EVENT_TRANSACTION, LEG_PAYEE, 2, CARRY_MEMBER, 30, watched);
    pack_carry(p, EVENT_TRANSACTION, LEG_PAYER, 2, CARRY_MEMBER, 7, watched);
    pack_carry(p, EVENT_CALL, LEG_CALLER, 0, CARRY_FEATURE, 0, feature);
    static const struct {
        const char *name;
        int slot, pair;
    } members[] = {{"fraud", 2, 0}, {"watched", 2, 30}, {"payer_watched", 2, 7}};
    pack_rule(p, "twice", TYPOLOGY_NONE, LEG_PAYER_PERSON, TRIGGER_TRANSACTION,
              pack_carried(p, 0, OP_EQ, 2));
    pack_rule(p, "opened", TYPOLOGY_NONE, LEG_PAYER_PERSON, TRIGGER_TRANSACTION,
              pack_carried(p, 1, OP_EQ, 12345));
    for (int i = 0; i < 3; i++) {
        pack_rule(p, members[i].name, TYPOLOGY_NONE, LEG_PAYER_PERSON, TRIGGER_TRANSACTION,
                  pack_carried_member(p, members[i].slot, members[i].pair));
        struct insn no[] = {{.op = OP_CARRIED_MEMBER, .c = members[i].slot << 8 | members[i].pair},
                            {.op = OP_NOT},
                            {.op = OP_END}};
        char name[24];
        (void)snprintf(name, sizeof name, "not_%s", members[i].name);
        pack_rule(p, name, TYPOLOGY_NONE, LEG_PAYER_PERSON, TRIGGER_TRANSACTION,
                  pack_code(p, no, 3));
    }
    city_begin(&city, pack_ready(p, "carry"));
    city_send(&city, event_listing("x-1", "watched", "M", false, T0));
    struct event fact = event_binding("a-1", ENTITY_ACCOUNT, "M", T0);
    fact.kind = EVENT_ACCOUNT;
    fact.opened_ms = 12345;
    city_send(&city, fact);
    city_send(&city, pays("p-1", 1, T0));
    ck_member(decision_at(&city, "payer.person"), "fired",
              "[\"opened\",\"not_fraud\",\"watched\",\"not_payer_watched\"]");
    city_send(&city, pays("p-2", 1, T0));
    ck_member(decision_at(&city, "payer.person"), "fired",
              "[\"twice\",\"opened\",\"not_fraud\",\"watched\",\"not_payer_watched\"]");
    /* A page that the event does not visit hands nothing on. */
    city_send(&city, event_payment("p-3", PHASE_INITIATED, "A", NULL, 1, T0));
    ck_member(decision_at(&city, "payer.person"), "fired", "[\"not_payer_watched\"]");
    city_end(&city);
}
END_TEST

/* A warning becomes a record of its page when nothing of this visit reads the page any more. */
START_TEST(own_warnings_are_seen_from_the_next_event_on)
{
    struct program *p = program_new();
    struct city city;
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    pack_rule(p, "any", mule, LEG_PAYEE, TRIGGER_TRANSACTION, pack_yes(p));
    pack_score(p, 25, DAY);
    pack_rule(p, "warned", TYPOLOGY_NONE, LEG_PAYEE, TRIGGER_TRANSACTION,
              pack_window(p, AGGREGATE_COUNT, STREAM_WARNING, WORD_NONE, HOUR, CODE_NONE, OP_EQ,
                          1));
    uint32_t count = pack_of_window(p, AGGREGATE_COUNT, STREAM_WARNING, WORD_NONE, HOUR, CODE_NONE);
    uint32_t feature = pack_feature(p, "warnings_1h", ENTITY_ACCOUNT, count);
    pack_carry(p, EVENT_TRANSACTION, LEG_PAYEE, 0, CARRY_FEATURE, 0, feature);
    pack_rule(p, "none_carried", TYPOLOGY_NONE, LEG_PAYER, TRIGGER_TRANSACTION,
              pack_carried(p, 0, OP_EQ, 0));
    pack_rule(p, "one_carried", TYPOLOGY_NONE, LEG_PAYER, TRIGGER_TRANSACTION,
              pack_carried(p, 0, OP_EQ, 1));
    city_begin(&city, pack_ready(p, "own warnings"));
    city_send(&city, pays("p-1", 1, T0));
    ck_member(decision_at(&city, "payee"), "fired", "[\"any\"]");
    ck_member(decision_at(&city, "payer"), "fired", "[\"none_carried\"]");
    city_send(&city, pays("p-2", 1, T0 + MINUTE)); /* adds evidence, no warning */
    ck_member(decision_at(&city, "payee"), "fired", "[\"any\",\"warned\"]");
    ck_member(decision_at(&city, "payer"), "fired", "[\"one_carried\"]");
    const struct stream *stream =
        &city_page(&city, token_of(ENTITY_ACCOUNT, "M"))->streams[STREAM_WARNING];
    const struct record *r = &stream->records[stream->begin];
    ck_assert_uint_eq(stream->end - stream->begin, 1);
    ck_assert_int_eq(r->time_ms, T0);
    ck_assert_int_eq(r->value, value_of_key(name_key(STR("mule"))));
    ck_assert_uint_eq(record_origin(r), ORIGIN_OWN);
    ck_assert_uint_eq(record_tier(r), TIER_LOW);
    ck_assert_uint_eq(r->flags & RECORD_EXTERNAL, 0);
    city_end(&city);
}
END_TEST

START_TEST(an_event_too_late_to_be_judged_still_carries)
{
    struct program *p = program_new();
    struct city city;
    uint32_t count =
        pack_of_window(p, AGGREGATE_COUNT, STREAM_PAYMENT_IN, WORD_NONE, DAY, CODE_NONE);
    uint32_t feature = pack_feature(p, "paid_1d", ENTITY_ACCOUNT, count);
    pack_carry(p, EVENT_TRANSACTION, LEG_PAYEE, 0, CARRY_FEATURE, 0, feature);
    pack_rule(p, "known", TYPOLOGY_NONE, LEG_PAYER, TRIGGER_TRANSACTION,
              pack_carried(p, 0, OP_EQ, 1));
    city_begin(&city, pack_ready(p, "late carry"));
    city_send(&city, event_payment("p-1", PHASE_INITIATED, "A", "M", 1, T0 + HOUR));
    city_send(&city, event_payment("p-2", PHASE_INITIATED, "B", "M", 1, T0));
    ck_assert_str_eq(json_member(decision_at(&city, "payer"), "fired"), "[\"known\"]");
    ck_member(decision_at(&city, "payer"), "event", "\"p-2\"");
    ck_member(decision_at(&city, "payee"), "event", "\"p-1\"");
    struct local_counts counts;
    local_counts(city.local, &counts);
    ck_assert_uint_eq(counts.too_late, 2); /* the payee's account and person */
    city_end(&city);
}
END_TEST

/* ---- scores and flags ----------------------------------------------------------------------- */

START_TEST(scores_in_force_in_pack_order)
{
    struct program *p = program_new();
    struct city city;
    int32_t second = pack_typology(p, "zeta", ENTITY_ACCOUNT, 20, 40, 60, 85);
    int32_t first = pack_typology(p, "alpha", ENTITY_ACCOUNT, 20, 40, 60, 85);
    int32_t raised = pack_typology(p, "raised", ENTITY_ACCOUNT, 20, 40, 60, 85);
    pack_typology(p, "never", ENTITY_ACCOUNT, 20, 40, 60, 85);
    pack_rule(p, "small", first, LEG_PAYEE, TRIGGER_TRANSACTION, pack_yes(p));
    pack_score(p, 10, HOUR);
    pack_rule(p, "big", second, LEG_PAYEE, TRIGGER_TRANSACTION,
              pack_word(p, WORD_AMOUNT, OP_GE, 100));
    pack_score(p, 70, 2 * HOUR);
    pack_score(p, 60, HOUR);
    pack_rule(p, "lift", raised, LEG_PAYEE, TRIGGER_TRANSACTION,
              pack_word(p, WORD_AMOUNT, OP_GE, 100));
    pack_action(p, ACTION_RAISE, LEG_CALLER, 0)->what = TIER_LOW;
    city_begin(&city, pack_ready(p, "scores"));
    static const struct {
        const char *name;
        int64_t amount, at_ms;
        const char *scores, *tier;
    } rows[] = {
        {"below every tier", 1, 0, "{\"alpha\":10}", "null"},
        {"sums are capped", 100, MINUTE, "{\"zeta\":100,\"alpha\":10,\"raised\":0}", "\"urgent\""},
        {"lines end one by one", 1, HOUR + MINUTE, "{\"zeta\":70,\"alpha\":10,\"raised\":0}",
         "\"urgent\""},
        {"a raise holds as long as its typology", 1, 2 * HOUR + MINUTE,
         "{\"alpha\":10,\"raised\":0}", "\"urgent\""},
        {"episodes close", 1, 73 * HOUR, "{\"alpha\":10}", "null"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char id[] = "p-0";
        id[2] = (char)('0' + i);
        city_send(&city, pays(id, rows[i].amount, T0 + rows[i].at_ms));
        const char *json = decision_at(&city, "payee");
        ck_assert_msg(strcmp(json_member(json, "scores"), rows[i].scores) == 0, "%s: %s",
                      rows[i].name, json);
        ck_assert_msg(strcmp(json_member(json, "tier"), rows[i].tier) == 0, "%s: %s", rows[i].name,
                      json);
    }
    city_end(&city);
}
END_TEST

START_TEST(flags_say_late_and_approximate)
{
    struct settings settings;
    struct program *p = program_new();
    struct city city;
    pack_rule(p, "many", TYPOLOGY_NONE, LEG_PAYEE, TRIGGER_TRANSACTION,
              pack_window(p, AGGREGATE_COUNT, STREAM_PAYMENT_IN, WORD_NONE, DAY, CODE_NONE, OP_GE,
                          10));
    settings_defaults(&settings);
    settings.decisions_sample = 1;
    settings.retention_account_payments = 8;
    city_begin_with(&city, pack_ready(p, "flags"), &settings, NULL);
    for (int i = 0; i < 10; i++) {
        char id[] = "p-0";
        id[2] = (char)('0' + i);
        city_send(&city, pays(id, 1, T0 + i * MINUTE));
        ck_member(decision_at(&city, "payee"), "flags", i < 8 ? "[]" : "[\"approximate\"]");
    }
    city_send(&city, pays("p-a", 1, T0 + 9 * MINUTE - 1));
    ck_member(decision_at(&city, "payee"), "flags", "[\"late\",\"approximate\"]");
    ck_member(decision_at(&city, "payer"), "flags", "[\"late\"]");
    city_end(&city);
}
END_TEST

START_TEST(overflows_are_counted)
{
    struct program *p = program_new();
    struct city city;
    uint32_t most = program_add_consts(p);
    p->consts[most] = INT64_MAX;
    struct insn sum[] = {{.op = OP_CONST, .c = (int32_t)most},
                         {.op = OP_CONST, .c = (int32_t)most},
                         {.op = OP_ADD},
                         {.op = OP_END}};
    pack_rule(p, "over", TYPOLOGY_NONE, LEG_PAYEE, TRIGGER_TRANSACTION, pack_code(p, sum, 4));
    city_begin(&city, pack_ready(p, "overflow"));
    city_send(&city, pays("p-1", 1, T0));
    city_send(&city, pays("p-2", 1, T0));
    struct local_counts counts;
    local_counts(city.local, &counts);
    ck_assert_uint_eq(counts.overflows, 2);
    ck_assert_uint_eq(counts.fired, 0);
    city_end(&city);
}
END_TEST

/* ---- which are written ---------------------------------------------------------------------- */

static struct token expected_id(const char *payee, const char *id)
{
    struct token page = token_of(ENTITY_ACCOUNT, payee);
    struct digest_id digest;
    digest_id_begin(&digest, "decision");
    digest_id_token(&digest, &page);
    digest_id_text(&digest, STR("payee"));
    digest_id_text(&digest, STR("transactions"));
    digest_id_text(&digest, str_of(id));
    digest_id_text(&digest, STR("initiated"));
    return digest_id_end(&digest);
}

START_TEST(one_in_so_many_of_those_without_tier)
{
    static const struct {
        int64_t sample;
    } rows[] = {{0}, {1}, {3}, {1000000000}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct settings settings;
        struct program *p = program_new();
        struct city city;
        pack_rule(p, "never", TYPOLOGY_NONE, LEG_PAYEE, TRIGGER_TRANSACTION, pack_value(p, 0));
        pack_ready(p, "sample");
        settings_defaults(&settings);
        settings.decisions_sample = rows[i].sample;
        memset(p->visits, 0, sizeof p->visits);
        city_begin_with(&city, p, &settings, NULL);
        size_t expected = 0;
        for (int k = 0; k < 40; k++) {
            char id[16];
            (void)snprintf(id, sizeof id, "p-%d", k);
            city_send(&city, pays(id, 1, T0 + k));
            struct token want = expected_id("M", id);
            struct token page = token_of(ENTITY_ACCOUNT, "M");
            uint64_t place =
                (token_low64(&page) + (uint64_t)(T0 + k)) * UINT64_C(0x9E3779B97F4A7C15);
            bool written = rows[i].sample != 0 && (place >> 32) % (uint64_t)rows[i].sample == 0;
            expected += written;
            ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_DECISION), expected);
            if (written) {
                ck_assert(token_eq(&city.kept.item[city.kept.count - 1].id, &want));
            }
        }
        ck_assert(rows[i].sample != 3 || (expected > 0 && expected < 40));
        struct local_counts counts;
        local_counts(city.local, &counts);
        ck_assert_uint_eq(counts.judged, 40);
        city_end(&city);
    }
}
END_TEST

START_TEST(decisions_with_a_tier_or_a_rule_are_always_written)
{
    struct settings settings;
    struct program *p = program_new();
    struct city city;
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    pack_rule(p, "big", mule, LEG_PAYEE, TRIGGER_TRANSACTION,
              pack_word(p, WORD_AMOUNT, OP_GE, 100));
    pack_score(p, 20, HOUR);
    pack_rule(p, "odd", TYPOLOGY_NONE, LEG_PAYEE, TRIGGER_TRANSACTION,
              pack_word(p, WORD_AMOUNT, OP_EQ, 7));
    settings_defaults(&settings);
    settings.decisions_sample = 0;
    city_begin_with(&city, pack_ready(p, "always"), &settings, NULL);
    city_send(&city, pays("p-1", 1, T0));
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_DECISION), 0);
    city_send(&city, pays("p-2", 7, T0));
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_DECISION), 1);
    city_send(&city, pays("p-3", 100, T0));
    city_send(&city, pays("p-4", 1, T0 + 71 * HOUR));
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_DECISION), 3);
    ck_member(decision_at(&city, "payee"), "event", "\"p-4\"");
    struct event override = event_override("x-1", "B", ENTITY_ACCOUNT, "A", T0 + DAY, T0);
    override.party[PARTY_FROM] = pays("p-5", 7, T0).party[PARTY_TO];
    override.party[PARTY_FROM].token = token_of(ENTITY_ACCOUNT, "N");
    city_send(&city, override);
    city_send(&city, event_payment("p-5", PHASE_INITIATED, "A", "N", 7, T0));
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_DECISION), 4); /* overridden */
    city_end(&city);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("decision");
    TCase *tests = tcase_create("decision");
    tcase_add_test(tests, a_rule_fires_on_true_alone_and_only_true_guards);
    tcase_add_test(tests, an_override_silences_all_but_absolute_rules);
    tcase_add_test(tests, rules_of_all_triggers_in_pack_order);
    tcase_add_test(tests, a_listing_rule_runs_on_pages_of_its_kind);
    tcase_add_test(tests, a_listing_is_never_too_late);
    tcase_add_test(tests, points_of_the_first_directory_record);
    tcase_add_test(tests, a_rule_about_persons_runs_at_holders_too);
    tcase_add_test(tests, words_of_the_other_events);
    tcase_add_test(tests, rules_see_the_event_in_the_window);
    tcase_add_test(tests, words_of_a_settlement_are_those_of_its_payment);
    tcase_add_test(tests, values_travel_from_page_to_page);
    tcase_add_test(tests, own_warnings_are_seen_from_the_next_event_on);
    tcase_add_test(tests, an_event_too_late_to_be_judged_still_carries);
    tcase_add_test(tests, scores_in_force_in_pack_order);
    tcase_add_test(tests, flags_say_late_and_approximate);
    tcase_add_test(tests, overflows_are_counted);
    tcase_add_test(tests, one_in_so_many_of_those_without_tier);
    tcase_add_test(tests, decisions_with_a_tier_or_a_rule_are_always_written);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
