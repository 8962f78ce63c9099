/* test_warning.c - a warning to the letter, its reasons, text, evidence and reach. */
#include "engine/base/digest.h"
#include "tests/unit/small_city.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ck_member(json, name, value) ck_assert_str_eq(json_member(json, name), value)

static struct event pays(const char *id, const char *payer, int64_t amount, int64_t time_ms)
{
    return event_payment(id, PHASE_INITIATED, payer, "M", amount, time_ms);
}

static const char *last_warning(const struct city *city)
{
    size_t count = kept_count(&city->kept, OUTPUT_WARNING);
    return count == 0 ? "" : kept_json(&city->kept, OUTPUT_WARNING, count - 1);
}

/* Keeps a member's value over calls of json_member. */
static const char *keep_member(char *to, size_t size, const char *json, const char *name)
{
    (void)snprintf(to, size, "%s", json_member(json, name));
    return to;
}

/* Ids by the table of docs/semantics.md. */
static void add_ids(struct buf *out, const char *event, const char *tier)
{
    struct token page = token_of(ENTITY_ACCOUNT, "M");
    struct digest_id id;
    char hex[TOKEN_HEX_BYTES];
    digest_id_begin(&id, "episode");
    digest_id_token(&id, &page);
    digest_id_text(&id, STR("mule"));
    digest_id_text(&id, STR("transactions"));
    digest_id_text(&id, str_of(event));
    digest_id_text(&id, STR("initiated"));
    struct token episode = digest_id_end(&id);
    digest_id_begin(&id, "warning");
    digest_id_token(&id, &episode);
    digest_id_text(&id, str_of(tier));
    digest_id_number(&id, 0);
    struct token warning = digest_id_end(&id);
    hex_encode(hex, warning.bytes, TOKEN_BYTES);
    buf_add_format(out, "%s ", hex);
    hex_encode(hex, episode.bytes, TOKEN_BYTES);
    buf_add_text(out, hex);
}

/* Distinct payers of an hour, with all that a warning shows. */
static struct program *fan_in(void)
{
    struct program *p = program_new();
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    p->typologies[mule].title = program_text(p, STR("涉案账户"));
    uint32_t payers =
        pack_of_window(p, AGGREGATE_DISTINCT, STREAM_PAYMENT_IN, WORD_PAYER, HOUR, CODE_NONE);
    uint32_t three = pack_window(p, AGGREGATE_DISTINCT, STREAM_PAYMENT_IN, WORD_PAYER, HOUR,
                                 CODE_NONE, OP_GE, 3);
    uint32_t received =
        pack_of_window(p, AGGREGATE_SUM, STREAM_PAYMENT_IN, WORD_AMOUNT, HOUR, CODE_NONE);
    struct rule *rule = pack_rule(p, "fan_in", mule, LEG_PAYEE, TRIGGER_TRANSACTION, three);
    rule->title = program_text(p, STR("Three new payers"));
    pack_condition(p, "payers_1h >= 3", three, payers, pack_value(p, 3), UNIT_COUNT);
    pack_condition(p, "balance_before < 1.00 CNY", pack_word(p, WORD_BALANCE_BEFORE, OP_LT, 100),
                   pack_of_word(p, WORD_BALANCE_BEFORE), pack_value(p, 100), UNIT_MONEY);
    pack_score(p, 40, DAY);
    pack_score(p, 25, DAY);
    pack_say(p, "收到 ", received, UNIT_MONEY);
    return pack_ready(p, "fan in");
}

/* The third payment within an hour, from a third account, into one with a mask. */
static void send_three(struct city *city)
{
    struct event fact = event_binding("a-1", ENTITY_ACCOUNT, "M", T0);
    fact.kind = EVENT_ACCOUNT;
    city_send(city, fact);
    city_send(city, pays("p-1", "A", 300000, T0));
    city_send(city, pays("p-2", "B", 300050, T0 + MINUTE));
    ck_assert_uint_eq(kept_count(&city->kept, OUTPUT_WARNING), 0);
    city_send(city, pays("p-3", "C", 7000000, T0 + 2 * MINUTE));
}

START_TEST(to_the_letter)
{
    struct settings settings;
    struct city city;
    struct buf want = {0};
    char ids[2 * TOKEN_HEX_BYTES];
    settings_defaults(&settings);
    settings.visits_partitions = 1;
    city_begin_with(&city, fan_in(), &settings, NULL);
    send_three(&city);
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_WARNING), 1);
    add_ids(&want, "p-3", "high");
    (void)snprintf(ids, sizeof ids, "%s", buf_text(&want));
    char token[TOKEN_HEX_BYTES];
    struct token page = token_of(ENTITY_ACCOUNT, "M");
    hex_encode(token, page.bytes, TOKEN_BYTES);
    const char *hash = city.program->hash_hex;
    const char *time = "2026-03-02T10:02:00.000+08:00";
    buf_clear(&want);
    buf_add_format(&want, "{\"type\":\"warning\",\"id\":\"%.32s\",\"time\":\"%s\",", ids, time);
    buf_add_format(&want, "\"episode\":\"%s\",\"tier\":\"high\",\"typology\":\"mule\",", ids + 33);
    buf_add_format(&want, "\"title\":\"涉案账户\",\"score\":65,");
    buf_add_format(&want, "\"subject\":{\"kind\":\"account\",\"token\":\"%s\",\"mask\":\"M***\"},",
                   token);
    buf_add_format(&want, "\"amount_at_risk\":\"70000.00\",\"currency\":\"CNY\",");
    buf_add_format(&want, "\"text\":\"收到 76,000.50\",");
    buf_add_format(
        &want,
        "\"reasons\":[{\"rule\":\"fan_in\",\"title\":\"Three new payers\","
        "\"version\":\"%.12s\",\"time\":\"%s\",\"points\":65,\"lifts_to\":null,\"conditions\":["
        "{\"text\":\"payers_1h >= 3\",\"value\":\"3\",\"threshold\":\"3\","
        "\"result\":true},"
        "{\"text\":\"balance_before < 1.00 CNY\",\"value\":null,\"threshold\":\"1.00\","
        "\"result\":null}]}],",
        hash, time);
    buf_add_format(&want,
                   "\"evidence\":[{\"id\":\"p-3\",\"type\":\"transaction\",\"time\":\"%s\"},"
                   "{\"id\":\"p-1\",\"type\":\"transaction\","
                   "\"time\":\"2026-03-02T10:00:00.000+08:00\","
                   "\"amount\":\"3000.00\",\"mask\":\"A***\"},"
                   "{\"id\":\"p-2\",\"type\":\"transaction\","
                   "\"time\":\"2026-03-02T10:01:00.000+08:00\","
                   "\"amount\":\"3000.50\",\"mask\":\"B***\"}],",
                   time);
    buf_add_format(
        &want, "\"reach\":[{\"channel\":\"phone\",\"deadline\":\"2026-03-02T10:17:00.000+08:00\"},"
               "{\"channel\":\"station\",\"deadline\":\"2026-03-02T12:02:00.000+08:00\"}],"
               "\"receivers\":[\"county\",\"station\"],\"flags\":[],");
    buf_add_format(&want, "\"origin\":\"own\",\"external\":null,\"pack\":\"%s\",", hash);
    const char *got = last_warning(&city);
    ck_assert_msg(strncmp(got, buf_text(&want), want.len) == 0, "\n%s\n%s", got, buf_text(&want));
    ck_assert_str_eq(got + want.len, "\"trace\":{\"partition\":0,\"lsn\":\"234885120\"}}");
    buf_fini(&want);
    city_end(&city);
}
END_TEST

/* ---- one episode ---------------------------------------------------------------------------- */

/* Rules that fire at amounts of their own. */
static void by_amount(struct program *p, const char *name, int32_t typology, int64_t amount,
                      int points, int64_t span_ms)
{
    pack_rule(p, name, typology, LEG_PAYEE, TRIGGER_TRANSACTION,
              pack_word(p, WORD_AMOUNT, OP_EQ, amount));
    if (points > 0) {
        pack_score(p, points, span_ms);
    }
}

START_TEST(earlier_reasons_follow_oldest_first)
{
    struct program *p = program_new();
    struct city city;
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    int32_t other = pack_typology(p, "other", ENTITY_ACCOUNT, 20, 40, 60, 85);
    by_amount(p, "one", mule, 1, 20, DAY);
    pack_score(p, 5, HOUR);
    pack_score(p, 3, DAY);
    by_amount(p, "two", mule, 2, 20, DAY);
    by_amount(p, "ended", mule, 3, 1, MINUTE);
    by_amount(p, "elsewhere", other, 4, 30, DAY);
    by_amount(p, "three", mule, 5, 20, DAY);
    pack_rule(p, "also", mule, LEG_PAYEE, TRIGGER_TRANSACTION, pack_word(p, WORD_AMOUNT, OP_EQ, 5));
    pack_action(p, ACTION_RAISE, LEG_CALLER, 0)->what = TIER_URGENT;
    city_begin(&city, pack_ready(p, "earlier"));
    static const struct {
        int64_t amount, at_ms;
    } events[] = {{2, 5 * MINUTE},
                  {1, MINUTE},
                  {4, 6 * MINUTE},
                  {3, 2 * HOUR - 5 * MINUTE},
                  {5, 2 * HOUR}};
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        char id[] = "p-0";
        id[2] = (char)('0' + i);
        city_send(&city, pays(id, "A", events[i].amount, T0 + events[i].at_ms));
    }
    char reasons[4096];
    struct buf want = {0};
    static const struct {
        const char *rule, *clock;
        int points;
        const char *lifts_to;
    } rows[] = {{"three", "12:00", 20, "null"},
                {"also", "12:00", 0, "\"urgent\""},
                {"one", "10:01", 23, "null"},
                {"two", "10:05", 20, "null"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_add_format(
            &want,
            "%s{\"rule\":\"%s\",\"title\":\"\",\"version\":\"%.12s\","
            "\"time\":\"2026-03-02T%s:00.000+08:00\",\"points\":%d,\"lifts_to\":%s,\"conditions\":[]}",
            i == 0 ? "[" : ",", rows[i].rule, city.program->hash_hex, rows[i].clock, rows[i].points,
            rows[i].lifts_to);
    }
    buf_add_char(&want, ']');
    ck_assert_str_eq(keep_member(reasons, sizeof reasons, last_warning(&city), "reasons"),
                     buf_text(&want));
    ck_member(last_warning(&city), "score", "63");
    ck_member(last_warning(&city), "tier", "\"urgent\"");
    buf_fini(&want);
    city_end(&city);
}
END_TEST

START_TEST(a_higher_tier_is_a_new_warning_of_the_same_episode)
{
    struct program *p = program_new();
    struct city city;
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    by_amount(p, "one", mule, 1, 20, DAY);
    by_amount(p, "two", mule, 2, 45, DAY);
    static const struct {
        const char *name;
        int64_t amount, at_ms;
        size_t warnings;
        const char *tier;
    } rows[] = {
        {"opens", 1, 0, 1, "\"low\""},
        {"evidence is silent", 1, HOUR, 1, "\"low\""},
        {"raises", 2, 2 * HOUR, 2, "\"high\""},
        {"never falls by itself", 1, 73 * HOUR, 2, "\"high\""},
        {"closed: another episode", 1, 146 * HOUR, 3, "\"low\""},
    };
    char episodes[3][64];
    city_begin(&city, pack_ready(p, "raise"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char id[] = "p-0";
        id[2] = (char)('0' + i);
        city_send(&city, pays(id, "A", rows[i].amount, T0 + rows[i].at_ms));
        size_t count = kept_count(&city.kept, OUTPUT_WARNING);
        ck_assert_msg(count == rows[i].warnings, "%s: %zu", rows[i].name, count);
        ck_assert_msg(strcmp(json_member(last_warning(&city), "tier"), rows[i].tier) == 0, "%s",
                      rows[i].name);
        keep_member(episodes[count - 1], sizeof episodes[0], last_warning(&city), "episode");
    }
    ck_assert_str_eq(episodes[0], episodes[1]);
    ck_assert_str_ne(episodes[1], episodes[2]);
    city_end(&city);
}
END_TEST

static const char *last_decision(const struct city *city, const char *role)
{
    char wanted[32];
    (void)snprintf(wanted, sizeof wanted, "\"%s\"", role);
    for (size_t i = kept_count(&city->kept, OUTPUT_DECISION); i > 0; i--) {
        const char *json = kept_json(&city->kept, OUTPUT_DECISION, i - 1);
        if (strcmp(json_member(json, "role"), wanted) == 0) {
            return json;
        }
    }
    return "";
}

/* What a person says stands until a rule fires that had not, and is counted in id and warning. */
START_TEST(a_corrected_tier_stands_and_is_counted)
{
    struct program *p = program_new();
    struct city city;
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    by_amount(p, "one", mule, 1, 45, DAY);
    by_amount(p, "two", mule, 2, 45, DAY);
    by_amount(p, "three", mule, 3, 1, DAY);
    static const struct {
        const char *name;
        int says;       /* a tier; TIER_NONE: a payment */
        int64_t amount; /* of the payment */
        size_t warnings;
        const char *tier, *corrections, *standing; /* of the newest warning; of the decision */
    } rows[] = {
        {"opens", TIER_NONE, 1, 1, "\"medium\"", "", ""},
        {"is urgent", TIER_NONE, 2, 2, "\"urgent\"", "", ""},
        {"a person says low", TIER_LOW, 0, 2, "\"urgent\"", "", "[\"mule\"]"},
        {"what has fired is silent", TIER_NONE, 2, 2, "\"urgent\"", "", "[\"mule\"]"},
        {"what had not is heard", TIER_NONE, 3, 3, "\"urgent\"", "1", ""},
        {"a person says high", TIER_HIGH, 0, 3, "\"urgent\"", "1", "[\"mule\"]"},
        {"nothing new any more", TIER_NONE, 3, 3, "\"urgent\"", "1", "[\"mule\"]"},
    };
    char ids[4][64];
    city_begin(&city, pack_ready(p, "corrected"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char id[] = "p-0";
        id[2] = (char)('0' + i);
        int64_t t = T0 + (int64_t)i * MINUTE;
        city_send(&city, rows[i].says == TIER_NONE
                             ? pays(id, "A", rows[i].amount, t)
                             : event_correction(id, ENTITY_ACCOUNT, "M", "mule", rows[i].says, t));
        size_t count = kept_count(&city.kept, OUTPUT_WARNING);
        ck_assert_msg(count == rows[i].warnings, "%s: %zu", rows[i].name, count);
        ck_member(last_warning(&city), "tier", rows[i].tier);
        ck_member(last_warning(&city), "corrections", rows[i].corrections);
        const char *decision = last_decision(&city, rows[i].amount == 0 ? "entity" : "payee");
        ck_assert_msg(strcmp(json_member(decision, "corrected"), rows[i].standing) == 0, "%s: %s",
                      rows[i].name, decision);
        keep_member(ids[count], sizeof ids[0], last_warning(&city), "id");
    }
    ck_assert_str_ne(ids[2], ids[3]);
    city_end(&city);
}
END_TEST

START_TEST(a_rule_of_another_typology_keeps_no_episode_open)
{
    struct program *p = program_new();
    struct city city;
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    int32_t other = pack_typology(p, "other", ENTITY_ACCOUNT, 20, 40, 60, 85);
    by_amount(p, "one", mule, 1, 20, DAY);
    by_amount(p, "two", other, 2, 1, DAY);
    city_begin(&city, pack_ready(p, "apart"));
    city_send(&city, pays("p-1", "A", 1, T0));
    city_send(&city, pays("p-2", "A", 2, T0 + 70 * HOUR));
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_WARNING), 1);
    city_send(&city, pays("p-3", "A", 1, T0 + 72 * HOUR));
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_WARNING), 2);
    city_end(&city);
}
END_TEST

START_TEST(a_condition_on_a_set_shows_the_set)
{
    struct program *p = program_new();
    struct city city;
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    pack_rule(p, "r", mule, LEG_PAYEE, TRIGGER_TRANSACTION, pack_yes(p));
    pack_condition(p, "channel in {web, atm}", pack_value(p, 0),
                   pack_of_word(p, WORD_PAYMENT_CHANNEL), CODE_NONE, UNIT_CHANNEL);
    p->conditions[0].threshold_text = STR("{web, atm}");
    pack_score(p, 20, DAY);
    city_begin(&city, pack_ready(p, "set"));
    struct event event = pays("p-1", "A", 1, T0);
    event.channel = event_value_find(VALUE_SET_CHANNEL, STR("mobile"));
    city_send(&city, event);
    ck_assert_ptr_nonnull(strstr(last_warning(&city),
                                 "{\"text\":\"channel in {web, atm}\",\"value\":\"mobile\","
                                 "\"threshold\":\"{web, atm}\",\"result\":false}"));
    city_end(&city);
}
END_TEST

START_TEST(an_event_of_the_time_before_the_open_episode_warns_apart)
{
    struct program *p = program_new();
    struct city city;
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    p->typologies[mule].closes_ms = 5 * MINUTE;
    by_amount(p, "one", mule, 1, 20, MINUTE);
    pack_rule(p, "seven", mule, LEG_PAYEE, TRIGGER_TRANSACTION,
              pack_word(p, WORD_AMOUNT, OP_EQ, 7));
    pack_score(p, 45, MINUTE);
    city_begin(&city, pack_ready(p, "before"));
    city_send(&city, pays("p-1", "A", 1, T0));
    city_send(&city, pays("p-2", "A", 1, T0 + 8 * MINUTE)); /* the first closed at +5m */
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_WARNING), 2);
    city_send(&city, pays("p-3", "A", 7, T0 + 2 * MINUTE));
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_WARNING), 3);
    ck_member(last_warning(&city), "tier", "\"medium\"");
    ck_member(last_warning(&city), "flags", "[\"late\"]");
    const struct page *page = city_page(&city, token_of(ENTITY_ACCOUNT, "M"));
    ck_assert_uint_eq(page->episode_count, 1);
    ck_assert_uint_eq(page->episodes[0].tier, TIER_LOW);
    city_end(&city);
}
END_TEST

/* ---- text, reach, evidence ------------------------------------------------------------------ */

START_TEST(the_words_of_the_rules_that_fired)
{
    static const struct {
        const char *name;
        int64_t one, two; /* values of the ifs; -1: says nothing */
        const char *text;
    } rows[] = {
        {"both, in order", 1, 1, "\"eins 7；zwei 7\""},
        {"only if true", 0, 1, "\"zwei 7\""},
        {"an unknown if is not true", VALUE_UNKNOWN, 1, "\"zwei 7\""},
        {"nobody says anything: titles and names", 0, -1, "\"First of all；two\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct program *p = program_new();
        struct city city;
        int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
        int32_t other = pack_typology(p, "other", ENTITY_ACCOUNT, 20, 40, 60, 85);
        pack_rule(p, "one", mule, LEG_PAYEE, TRIGGER_TRANSACTION, pack_yes(p))->title =
            STR("First of all");
        pack_score(p, 20, DAY);
        pack_say(p, "eins ", pack_value(p, 7), UNIT_COUNT);
        p->actions[p->actions_count - 1].only_if = pack_value(p, rows[i].one);
        pack_rule(p, "stranger", other, LEG_PAYEE, TRIGGER_TRANSACTION, pack_yes(p));
        pack_say(p, "not here", CODE_NONE, 0);
        pack_rule(p, "two", mule, LEG_PAYEE, TRIGGER_TRANSACTION, pack_yes(p));
        if (rows[i].two != -1) {
            pack_say(p, "zwei ", pack_value(p, 7), UNIT_COUNT);
        }
        city_begin(&city, pack_ready(p, "text"));
        city_send(&city, pays("p-1", "A", 1, T0));
        ck_assert_msg(strcmp(json_member(last_warning(&city), "text"), rows[i].text) == 0, "%s: %s",
                      rows[i].name, last_warning(&city));
        city_end(&city);
    }
}
END_TEST

START_TEST(reach_by_tier_or_by_rule)
{
#define AT(channel, clock) \
    "{\"channel\":\"" channel "\",\"deadline\":\"2026-03-0" clock ":00.000+08:00\"}"
    static const struct {
        int points, reaches[3]; /* channel + 1 */
        const char *reach, *receivers;
    } rows[] = {
        {20, {0}, "[" AT("sms", "3T10:00") "]", "[\"adviser\"]"},
        {40, {0}, "[" AT("phone", "2T12:00") "]", "[\"station\",\"adviser\"]"},
        {60,
         {0},
         "[" AT("phone", "2T10:15") "," AT("station", "2T12:00") "]",
         "[\"county\",\"station\"]"},
        {85,
         {0},
         "[" AT("phone", "2T10:05") "," AT("station", "2T10:30") "]",
         "[\"city\",\"station\"]"},
        {85,
         {CHANNEL_WORD_ADVISER + 1, CHANNEL_WORD_SMS + 1, CHANNEL_WORD_ADVISER + 1},
         "[" AT("adviser", "2T10:30") "," AT("sms", "2T10:30") "]",
         "[\"city\",\"station\"]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct program *p = program_new();
        struct city city;
        int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
        pack_rule(p, "one", mule, LEG_PAYEE, TRIGGER_TRANSACTION, pack_yes(p));
        pack_score(p, rows[i].points, DAY);
        for (int k = 0; k < 3 && rows[i].reaches[k] > 0; k++) {
            pack_action(p, ACTION_REACH, LEG_CALLER, 0)->what = (uint8_t)(rows[i].reaches[k] - 1);
        }
        city_begin(&city, pack_ready(p, "reach"));
        city_send(&city, pays("p-1", "A", 1, T0));
        ck_member(last_warning(&city), "reach", rows[i].reach);
        ck_member(last_warning(&city), "receivers", rows[i].receivers);
        city_end(&city);
    }
}
END_TEST

START_TEST(records_that_made_a_condition_true_are_evidence)
{
    struct program *p = program_new();
    struct city city;
    int32_t fraud = pack_typology(p, "fraud", ENTITY_PERSON, 20, 40, 60, 85);
    uint32_t long_call = pack_record(p, WORD_DURATION, OP_GE, MINUTE);
    uint32_t talked =
        pack_window(p, AGGREGATE_COUNT, STREAM_CALL_IN, WORD_NONE, DAY, long_call, OP_GE, 1);
    uint32_t never =
        pack_window(p, AGGREGATE_COUNT, STREAM_CALL_IN, WORD_NONE, DAY, CODE_NONE, OP_GE, 9);
    pack_rule(p, "after_call", fraud, LEG_PAYER_PERSON, TRIGGER_TRANSACTION, talked);
    uint32_t paid =
        pack_window(p, AGGREGATE_COUNT, STREAM_PAYMENT_OUT, WORD_NONE, DAY, CODE_NONE, OP_GE, 2);
    pack_condition(p, "talked", talked, CODE_NONE, CODE_NONE, UNIT_BOOL);
    pack_condition(p, "paid", paid, CODE_NONE, CODE_NONE, UNIT_BOOL);
    pack_condition(p, "nine calls", never, CODE_NONE, CODE_NONE, UNIT_BOOL);
    pack_score(p, 60, DAY);
    city_begin(&city, pack_ready(p, "evidence"));
    city_send(&city, pays("p-0", "A", VALUE_UNKNOWN, T0 - 4 * HOUR));
    city_send(&city, event_call("c-1", PHASE_RECORD, "F", "A", HOUR, T0 - 2 * HOUR));
    city_send(&city, event_call("c-2", PHASE_RECORD, NULL, "A", MINUTE, T0 - 3 * HOUR));
    city_send(&city, event_call("c-3", PHASE_RECORD, "G", "A", SECOND, T0 - MINUTE));
    city_send(&city, pays("p-1", "A", 1, T0));
    ck_member(
        last_warning(&city), "evidence",
        "[{\"id\":\"p-1\",\"type\":\"transaction\",\"time\":\"2026-03-02T10:00:00.000+08:00\"},"
        "{\"type\":\"transaction\",\"time\":\"2026-03-02T06:00:00.000+08:00\","
        "\"mask\":\"M***\"},"
        "{\"type\":\"call\",\"time\":\"2026-03-02T07:00:00.000+08:00\"},"
        "{\"type\":\"call\",\"time\":\"2026-03-02T08:00:00.000+08:00\",\"mask\":\"F***\"}]");
    ck_member(last_warning(&city), "amount_at_risk", "\"0.01\"");
    city_end(&city);
}
END_TEST

/* Each use is shown as the event that it is of. */
START_TEST(uses_of_a_device_are_evidence)
{
    struct program *p = program_new();
    struct city city;
    int32_t shared = pack_typology(p, "shared", ENTITY_DEVICE, 20, 40, 60, 85);
    uint32_t used =
        pack_window(p, AGGREGATE_COUNT, STREAM_USE, WORD_NONE, DAY, CODE_NONE, OP_GE, 4);
    struct event events[] = {event_call("c-1", PHASE_RECORD, "F", "A", MINUTE, T0 - 3 * HOUR),
                             event_login("l-1", "A", "enter", T0 - 2 * HOUR),
                             pays("p-1", "A", 100, T0 - HOUR),
                             event_login("l-2", "B", "enter", T0)};
    pack_rule(p, "many", shared, LEG_LOGIN_DEVICE, TRIGGER_LOGIN, used);
    pack_condition(p, "used", used, CODE_NONE, CODE_NONE, UNIT_BOOL);
    pack_score(p, 60, DAY);
    city_begin(&city, pack_ready(p, "uses"));
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        event_set_thing(&events[i], ENTITY_DEVICE, "d");
        city_send(&city, events[i]);
    }
    ck_member(
        last_warning(&city), "evidence",
        "[{\"id\":\"l-2\",\"type\":\"login\",\"time\":\"2026-03-02T10:00:00.000+08:00\"},"
        "{\"type\":\"call\",\"time\":\"2026-03-02T07:00:00.000+08:00\",\"mask\":\"F***\"},"
        "{\"type\":\"login\",\"time\":\"2026-03-02T08:00:00.000+08:00\",\"mask\":\"A***\"},"
        "{\"type\":\"transaction\",\"time\":\"2026-03-02T09:00:00.000+08:00\",\"amount\":\"1.00\","
        "\"mask\":\"A***\"}]");
    ck_assert_ptr_nonnull(strstr(last_warning(&city), "\"kind\":\"device\""));
    city_end(&city);
}
END_TEST

START_TEST(what_the_directory_says_of_the_subject)
{
    struct program *p = program_new();
    struct city city;
    int32_t fraud = pack_typology(p, "fraud", ENTITY_PERSON, 20, 40, 60, 85);
    pack_rule(p, "r", fraud, LEG_PAYER_PERSON, TRIGGER_TRANSACTION, pack_yes(p));
    pack_score(p, 60, DAY);
    city_begin(&city, pack_ready(p, "subject"));
    struct event person = event_binding("b-1", ENTITY_PERSON, "A", T0);
    person.kind = EVENT_PERSON;
    person.vulnerable = TRUTH_YES;
    person.region = 330502;
    person.region_text_len = 13;
    memcpy(person.region_text, "330502/001/12", 13);
    person.adviser_len = 4;
    memcpy(person.adviser, "A-17", 4);
    city_send(&city, person);
    city_send(&city, event_binding("b-2", ENTITY_NUMBER, "A", T0));
    city_send(&city, pays("p-1", "A", 1, T0));
    char subject[256];
    struct token token = token_of(ENTITY_PERSON, "A");
    char want[256];
    char hex[TOKEN_HEX_BYTES];
    hex_encode(hex, token.bytes, TOKEN_BYTES);
    (void)snprintf(want, sizeof want,
                   "{\"kind\":\"person\",\"token\":\"%s\",\"mask\":\"A***\",\"region\":"
                   "\"330502/001/12\",\"adviser\":\"A-17\",\"vulnerable\":true}",
                   hex);
    ck_assert_str_eq(keep_member(subject, sizeof subject, last_warning(&city), "subject"), want);
    person.vulnerable = TRUTH_NO;
    city_send(&city, person);
    city_send(&city, pays("p-3", "A", 1, T0 + 100 * HOUR));
    ck_assert_ptr_nonnull(
        strstr(json_member(last_warning(&city), "subject"), "\"vulnerable\":false"));
    city_send(&city, pays("p-2", "x", 1, T0));
    struct token account = token_of(ENTITY_ACCOUNT, "x");
    hex_encode(hex, account.bytes, TOKEN_BYTES);
    (void)snprintf(want, sizeof want, "{\"kind\":\"account\",\"token\":\"%s\",\"mask\":\"x***\"}",
                   hex);
    ck_assert_str_eq(keep_member(subject, sizeof subject, last_warning(&city), "subject"), want);
    city_end(&city);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("warning");
    TCase *tests = tcase_create("warning");
    tcase_add_test(tests, to_the_letter);
    tcase_add_test(tests, earlier_reasons_follow_oldest_first);
    tcase_add_test(tests, a_higher_tier_is_a_new_warning_of_the_same_episode);
    tcase_add_test(tests, a_corrected_tier_stands_and_is_counted);
    tcase_add_test(tests, a_rule_of_another_typology_keeps_no_episode_open);
    tcase_add_test(tests, a_condition_on_a_set_shows_the_set);
    tcase_add_test(tests, an_event_of_the_time_before_the_open_episode_warns_apart);
    tcase_add_test(tests, the_words_of_the_rules_that_fired);
    tcase_add_test(tests, reach_by_tier_or_by_rule);
    tcase_add_test(tests, records_that_made_a_condition_true_are_evidence);
    tcase_add_test(tests, uses_of_a_device_are_evidence);
    tcase_add_test(tests, what_the_directory_says_of_the_subject);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
