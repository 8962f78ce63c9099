/* test_event.c - words and legs of events, and that a frame gives back exactly what went in. */
#include "connectors/cli/prng.h"
#include "engine/ingest/event.h"
#include "tests/unit/exact.h"

#include <check.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ---- words ---- */

struct word_row {
    enum value_set set;
    const char *text;
    int value;
};

static const struct word_row words[] = {
    {VALUE_SET_NUMBER_KIND, "mobile", NUMBER_KIND_MOBILE},
    {VALUE_SET_NUMBER_KIND, "fixed", NUMBER_KIND_FIXED},
    {VALUE_SET_NUMBER_KIND, "mvno", NUMBER_KIND_MVNO},
    {VALUE_SET_NUMBER_KIND, "intl", NUMBER_KIND_INTL},
    {VALUE_SET_NUMBER_KIND, "regional", NUMBER_KIND_REGIONAL},
    {VALUE_SET_NUMBER_KIND, "service95", NUMBER_KIND_SERVICE95},
    {VALUE_SET_NUMBER_KIND, "service400", NUMBER_KIND_SERVICE400},
    {VALUE_SET_NUMBER_KIND, "short", NUMBER_KIND_SHORT},
    {VALUE_SET_NUMBER_KIND, "port106", NUMBER_KIND_PORT106},
    {VALUE_SET_NUMBER_KIND, "iot", NUMBER_KIND_IOT},
    {VALUE_SET_NUMBER_KIND, "official", NUMBER_KIND_OFFICIAL},
    {VALUE_SET_NUMBER_KIND, "hidden", NUMBER_KIND_HIDDEN},
    {VALUE_SET_NUMBER_KIND, "irregular", NUMBER_KIND_IRREGULAR},
    {VALUE_SET_TRUTH, "false", TRUTH_NO},
    {VALUE_SET_TRUTH, "true", TRUTH_YES},
    {VALUE_SET_ARRIVAL, "realtime", ARRIVAL_REALTIME},
    {VALUE_SET_ARRIVAL, "2h", ARRIVAL_TWO_HOURS},
    {VALUE_SET_ARRIVAL, "next_day", ARRIVAL_NEXT_DAY},
    {VALUE_SET_ACCOUNT_KIND, "personal", 1},
    {VALUE_SET_ACCOUNT_KIND, "government", 7},
    {VALUE_SET_ACCOUNT_CLASS, "iii", 3},
    {VALUE_SET_CHANNEL, "mobile", 1},
    {VALUE_SET_CHANNEL, "wallet", 8},
    {VALUE_SET_PURPOSE, "refund", 9},
    {VALUE_SET_LOGIN_WHAT, "enter", 1},
    {VALUE_SET_CHANGE_WHAT, "limit_raised", 8},
    {VALUE_SET_CHANGE_WHAT, "enter", 0},
    {VALUE_SET_TIER, "low", TIER_LOW},
    {VALUE_SET_TIER, "urgent", TIER_URGENT},
    {VALUE_SET_TIER, "none", 0},
    {VALUE_SET_ORIGIN, "own", ORIGIN_OWN},
    {VALUE_SET_ORIGIN, "ministry", ORIGIN_MINISTRY},
    {VALUE_SET_ORIGIN, "bank", ORIGIN_BANK},
    {VALUE_SET_RESULT, "dissuaded", RESULT_DISSUADED},
    {VALUE_SET_RESULT, "false_alarm", RESULT_FALSE_ALARM},
    {VALUE_SET_RESULT, "loss", RESULT_LOSS},
    {VALUE_SET_RESULT, "corrected", RESULT_CORRECTED},
    {VALUE_SET_CHANNEL, "transfer", 0}, /* a word of another set */
    {VALUE_SET_NUMBER_KIND, "Mobile", 0},
    {VALUE_SET_NUMBER_KIND, "mobil", 0},
    {VALUE_SET_NUMBER_KIND, "mobiles", 0},
    {VALUE_SET_NUMBER_KIND, "", 0},
};

START_TEST(words_have_values)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        ck_assert_msg(event_value_find(words[i].set, str_of(words[i].text)) == words[i].value,
                      "%s: %u", words[i].text,
                      event_value_find(words[i].set, str_of(words[i].text)));
    }
}
END_TEST

START_TEST(values_have_words)
{
    static const uint8_t counts[VALUE_SET_COUNT] =
        {[VALUE_SET_NUMBER_KIND] = 13, [VALUE_SET_ACCOUNT_KIND] = 7, [VALUE_SET_ACCOUNT_CLASS] = 3,
         [VALUE_SET_CHANNEL] = 8,      [VALUE_SET_PURPOSE] = 9,      [VALUE_SET_ARRIVAL] = 3,
         [VALUE_SET_TRUTH] = 2,        [VALUE_SET_LOGIN_WHAT] = 3,   [VALUE_SET_CHANGE_WHAT] = 8,
         [VALUE_SET_TIER] = 4,         [VALUE_SET_ORIGIN] = 3,       [VALUE_SET_RESULT] = 4,
         [VALUE_SET_CALL_CAUSE] = 6,   [VALUE_SET_USE_WHAT] = 4};
    for (int set = 0; set < VALUE_SET_COUNT; set++) {
        uint8_t count = event_value_count((enum value_set)set);
        ck_assert_uint_eq(count, counts[set]);
        for (uint8_t value = 1; value <= count; value++) {
            struct str text = event_value_text((enum value_set)set, value);
            ck_assert_uint_gt(text.len, 0);
            ck_assert_uint_eq(event_value_find((enum value_set)set, text), value);
        }
        ck_assert_uint_eq(event_value_text((enum value_set)set, 0).len, 0);
        ck_assert_uint_eq(event_value_text((enum value_set)set, (uint8_t)(count + 1)).len, 0);
        ck_assert_uint_eq(event_value_text((enum value_set)set, UINT8_MAX).len, 0);
    }
}
END_TEST

START_TEST(kinds_and_phases_have_words)
{
    static const char *const kinds[EVENT_KIND_COUNT] = {"",        "call",     "transaction",
                                                        "binding", "person",   "account",
                                                        "number",  "listing",  "sms",
                                                        "login",   "change",   "warning",
                                                        "outcome", "override", "mark",
                                                        "timeout"};
    for (uint8_t kind = 0; kind < EVENT_KIND_COUNT; kind++) {
        bool directory = kind >= EVENT_BINDING && kind <= EVENT_NUMBER;
        ck_assert(str_eq_text(event_kind_text(kind), kinds[kind]));
        ck_assert_int_eq(event_is_judged(kind), kind != EVENT_NONE && !directory);
    }
    ck_assert(str_eq_text(event_phase_text(PHASE_NONE), ""));
    ck_assert(str_eq_text(event_phase_text(PHASE_START), "start"));
    ck_assert(str_eq_text(event_phase_text(PHASE_END), "end"));
    ck_assert(str_eq_text(event_phase_text(PHASE_RECORD), "record"));
    ck_assert(str_eq_text(event_phase_text(PHASE_INITIATED), "initiated"));
    ck_assert(str_eq_text(event_phase_text(PHASE_POSTED), "posted"));
    ck_assert(str_eq_text(event_phase_text(PHASE_REVERSED), "reversed"));
}
END_TEST

START_TEST(names_have_keys)
{
    /* Python: int.from_bytes(hashlib.sha256(name).digest()[:8], "little") */
    ck_assert_uint_eq(name_key(STR("fraud_accounts")), UINT64_C(0x232aca10053fd50d));
    ck_assert_uint_eq(name_key(STR("fake_police")), UINT64_C(0x04f31e7dc9a7bb09));
    ck_assert_uint_eq(name_key((struct str){NULL, 0}), UINT64_C(0x141cfc9842c4b0e3));
    ck_assert_int_eq(value_of_key(name_key(STR("fake_police"))), INT64_C(0x04f31e7dc9a7bb0));
    ck_assert_int_eq(value_of_key(UINT64_MAX), INT64_MAX >> 3);
    ck_assert_int_eq(value_of_key(0), VALUE_UNKNOWN);
}
END_TEST

/* ---- legs ---- */

struct leg_row {
    const char *name;
    uint8_t kind;
    uint8_t from, to; /* enum entity_kind; ENTITY_NONE: nobody */
    const char *legs; /* joined by blanks */
    bool unbound;     /* the entity's holder is nobody */
    uint8_t thing;    /* the device or domain; ENTITY_NONE: none */
};

static const struct leg_row legs[] = {
    {"nothing goes nowhere", EVENT_NONE, ENTITY_NUMBER, ENTITY_NUMBER, "", false, ENTITY_NONE},
    {"a call", EVENT_CALL, ENTITY_NUMBER, ENTITY_NUMBER,
     "caller caller.person callee callee.person", false, ENTITY_NONE},
    {"a hidden caller", EVENT_CALL, ENTITY_NONE, ENTITY_NUMBER, "callee callee.person", false,
     ENTITY_NONE},
    {"a payment visits the payer last", EVENT_TRANSACTION, ENTITY_ACCOUNT, ENTITY_ACCOUNT,
     "payee payee.person payer payer.person", false, ENTITY_NONE},
    {"cash has no payee", EVENT_TRANSACTION, ENTITY_ACCOUNT, ENTITY_NONE, "payer payer.person",
     false, ENTITY_NONE},
    {"a payment from outside", EVENT_TRANSACTION, ENTITY_NONE, ENTITY_ACCOUNT, "payee payee.person",
     false, ENTITY_NONE},
    {"a binding", EVENT_BINDING, ENTITY_NUMBER, ENTITY_NONE, "entity holder", false, ENTITY_NONE},
    {"an unbinding", EVENT_BINDING, ENTITY_NUMBER, ENTITY_NONE, "entity", true, ENTITY_NONE},
    {"an account", EVENT_ACCOUNT, ENTITY_ACCOUNT, ENTITY_NONE, "entity holder", false, ENTITY_NONE},
    {"a number", EVENT_NUMBER, ENTITY_NUMBER, ENTITY_NONE, "entity holder", false, ENTITY_NONE},
    {"a person", EVENT_PERSON, ENTITY_PERSON, ENTITY_NONE, "entity", false, ENTITY_NONE},
    {"a list entry", EVENT_LISTING, ENTITY_ACCOUNT, ENTITY_NONE, "entity", false, ENTITY_NONE},
    {"a message", EVENT_SMS, ENTITY_NUMBER, ENTITY_NUMBER,
     "sender sender.person receiver receiver.person", false, ENTITY_NONE},
    {"a login", EVENT_LOGIN, ENTITY_ACCOUNT, ENTITY_NONE, "user user.person", false, ENTITY_NONE},
    {"a change of a number", EVENT_CHANGE, ENTITY_NUMBER, ENTITY_NONE, "owner owner.person", false,
     ENTITY_NONE},
    {"a change of an account", EVENT_CHANGE, ENTITY_ACCOUNT, ENTITY_NONE, "owner owner.person",
     false, ENTITY_NONE},
    {"a warning about a number", EVENT_WARNING, ENTITY_NUMBER, ENTITY_NONE, "entity holder", false,
     ENTITY_NONE},
    {"a warning about a person has no holder", EVENT_WARNING, ENTITY_PERSON, ENTITY_NONE, "entity",
     false, ENTITY_NONE},
    {"an outcome", EVENT_OUTCOME, ENTITY_ACCOUNT, ENTITY_NONE, "entity holder", false, ENTITY_NONE},
    {"an outcome at a person", EVENT_OUTCOME, ENTITY_PERSON, ENTITY_NONE, "entity", false,
     ENTITY_NONE},
    {"an override visits its subject only", EVENT_OVERRIDE, ENTITY_PERSON, ENTITY_ACCOUNT, "entity",
     false, ENTITY_NONE},
    {"a call with a phone", EVENT_CALL, ENTITY_NUMBER, ENTITY_NUMBER,
     "caller device caller.person callee callee.person", false, ENTITY_DEVICE},
    {"a hidden caller's phone comes first", EVENT_CALL, ENTITY_NONE, ENTITY_NUMBER,
     "device callee callee.person", false, ENTITY_DEVICE},
    {"a payment with a device", EVENT_TRANSACTION, ENTITY_ACCOUNT, ENTITY_ACCOUNT,
     "payee device payee.person payer payer.person", false, ENTITY_DEVICE},
    {"cash from a device", EVENT_TRANSACTION, ENTITY_ACCOUNT, ENTITY_NONE,
     "device payer payer.person", false, ENTITY_DEVICE},
    {"a message with a link", EVENT_SMS, ENTITY_NUMBER, ENTITY_NUMBER,
     "sender sender.person domain receiver receiver.person", false, ENTITY_DOMAIN},
    {"a login on a device", EVENT_LOGIN, ENTITY_ACCOUNT, ENTITY_NONE, "user device user.person",
     false, ENTITY_DEVICE},
};

static struct event event_of(const struct leg_row *row)
{
    struct event event;
    event_clear(&event);
    event.kind = row->kind;
    const uint8_t entities[PARTY_COUNT] = {row->from, row->to, row->thing};
    for (unsigned i = 0; i < PARTY_COUNT; i++) {
        struct party *party = &event.party[i];
        party->entity = entities[i];
        if (entities[i] != ENTITY_NONE) {
            party->token.bytes[15] = (uint8_t)(i + 1);
            party->holder.bytes[0] = row->unbound ? 0 : (uint8_t)(i + 11);
        }
    }
    return event;
}

START_TEST(itineraries)
{
    for (size_t i = 0; i < sizeof legs / sizeof legs[0]; i++) {
        struct event event = event_of(&legs[i]);
        struct buf text = {0};
        bool visited[LEG_COUNT] = {false};
        for (int leg = event_next_leg(&event, -1); leg != LEG_COUNT;
             leg = event_next_leg(&event, leg)) {
            const struct leg_info *info = &leg_infos[leg];
            const struct party *party = &event.party[info->party];
            buf_add_text(&text, text.len > 0 ? " " : "");
            buf_add_text(&text, info->text);
            visited[leg] = true;
            ck_assert_ptr_eq(event_leg_token(&event, leg),
                             info->is_person ? &party->holder : &party->token);
            ck_assert_uint_eq(event_leg_kind(&event, leg),
                              info->is_person ? (uint8_t)ENTITY_PERSON : party->entity);
        }
        ck_assert_msg(strcmp(buf_text(&text), legs[i].legs) == 0, "%s: %s", legs[i].name,
                      buf_text(&text));
        for (int leg = 0; leg < LEG_COUNT; leg++) {
            ck_assert_msg(event_has_leg(&event, leg) == visited[leg], "%s: leg %d", legs[i].name,
                          leg);
        }
        buf_fini(&text);
    }
}
END_TEST

/* ---- there and back ---- */

static bool same_party(const struct party *p, const struct party *q)
{
    return token_eq(&p->token, &q->token) && token_eq(&p->holder, &q->holder) &&
           p->region == q->region && p->entity == q->entity && p->kind == q->kind &&
           p->holder_known == q->holder_known && str_eq(EVENT_TEXT(p, mask), EVENT_TEXT(q, mask)) &&
           str_eq(EVENT_TEXT(p, bank), EVENT_TEXT(q, bank));
}

/* The first member that differs, "" if none does. Asked in loops, where an assertion for each
 * member would take most of the time. */
static const char *difference(const struct event *a, const struct event *b)
{
    if (a->kind != b->kind || a->phase != b->phase) {
        return "kind or phase";
    }
    for (unsigned i = 0; i < PARTY_COUNT; i++) {
        if (!same_party(&a->party[i], &b->party[i])) {
            return i == PARTY_FROM ? "the first party"
                   : i == PARTY_TO ? "the second party"
                                   : "the thing";
        }
    }
#define FIELD(type, name, value) \
    if (a->name != b->name) {    \
        return #name;            \
    }
#define TEXT(name, max)                                      \
    if (!str_eq(EVENT_TEXT(a, name), EVENT_TEXT(b, name))) { \
        return #name;                                        \
    }
#include "engine/ingest/event.def"
    return "";
}

/* Encodes, decodes from a block of exactly that size, and compares. */
static void check_round_trip(const struct event *event)
{
    struct buf bytes = {0};
    struct event back;
    event_encode(&bytes, event);
    struct str exact = exact_copy(buf_str(&bytes));
    ck_assert_uint_eq(event_decode(&back, (const uint8_t *)exact.at, exact.len), exact.len);
    ck_assert_str_eq(difference(event, &back), "");
    exact_free(exact);
    buf_fini(&bytes);
}

static void random_bytes(struct prng *rng, void *to, size_t count)
{
    uint8_t *at = to;
    for (size_t i = 0; i < count; i++) {
        at[i] = (uint8_t)prng_next(rng);
    }
}

static uint8_t random_text(struct prng *rng, char *to, size_t max)
{
    size_t len = prng_chance(rng, 30)   ? 0
                 : prng_chance(rng, 20) ? max
                                        : prng_below(rng, (uint32_t)max);
    random_bytes(rng, to, len);
    return (uint8_t)len;
}

static void random_party(struct prng *rng, struct party *party)
{
    party->entity = (uint8_t)(1 + prng_below(rng, ENTITY_KIND_COUNT - 1));
    random_bytes(rng, &party->token, sizeof party->token);
    random_bytes(rng, &party->holder, sizeof party->holder);
    party->region = (uint32_t)prng_next(rng);
    party->kind = (uint8_t)prng_below(rng, 14);
    party->holder_known = prng_chance(rng, 50);
    party->mask_len = random_text(rng, party->mask, EVENT_MASK_MAX);
    party->bank_len = random_text(rng, party->bank, EVENT_BANK_MAX);
}

static struct event random_event(struct prng *rng)
{
    struct event event;
    event_clear(&event);
    event.kind = (uint8_t)prng_below(rng, EVENT_KIND_COUNT);
    event.phase = (uint8_t)prng_below(rng, PHASE_COUNT);
    for (unsigned i = 0; i < PARTY_COUNT; i++) {
        if (prng_chance(rng, 70)) {
            random_party(rng, &event.party[i]);
        }
    }
    uint32_t share = prng_below(rng, 101);
#define FIELD(type, name, value)                           \
    if (prng_chance(rng, share)) {                         \
        random_bytes(rng, &event.name, sizeof event.name); \
    }
#define TEXT(name, max)                                       \
    if (prng_chance(rng, share)) {                            \
        event.name##_len = random_text(rng, event.name, max); \
    }
#include "engine/ingest/event.def"
    return event;
}

START_TEST(what_goes_in_comes_out)
{
    struct prng rng = prng_seed(5, "events");
    struct event event;
    event_clear(&event);
    check_round_trip(&event);
    for (int i = 0; i < 20000; i++) {
        event = random_event(&rng);
        check_round_trip(&event);
    }
}
END_TEST

START_TEST(a_hidden_caller_stays_hidden)
{
    struct event event = event_of(&legs[2]);
    event.party[PARTY_FROM].kind = NUMBER_KIND_HIDDEN;
    check_round_trip(&event);
}
END_TEST

START_TEST(defaults_cost_nothing)
{
    struct event event;
    struct buf bytes = {0};
    event_clear(&event);
    event_encode(&bytes, &event);
    ck_assert_uint_eq(bytes.len, 11);
    event.time_ms = 1;
    event_encode(&bytes, &event);
    ck_assert_uint_eq(bytes.len, 11 + 11 + 8);
    buf_fini(&bytes);
}
END_TEST

START_TEST(events_follow_each_other)
{
    struct prng rng = prng_seed(6, "events");
    struct buf bytes = {0};
    struct event events[50];
    for (size_t i = 0; i < 50; i++) {
        events[i] = random_event(&rng);
        event_encode(&bytes, &events[i]);
    }
    size_t at = 0;
    for (size_t i = 0; i < 50; i++) {
        struct event back;
        size_t taken = event_decode(&back, (const uint8_t *)bytes.at + at, bytes.len - at);
        ck_assert_uint_gt(taken, 0);
        ck_assert_str_eq(difference(&events[i], &back), "");
        at += taken;
    }
    ck_assert_uint_eq(at, bytes.len);
    buf_fini(&bytes);
}
END_TEST

/* ---- what is no event ---- */

START_TEST(an_event_cut_short_is_none)
{
    struct prng rng = prng_seed(7, "events");
    for (int i = 0; i < 20; i++) {
        struct event event = random_event(&rng);
        struct event back;
        struct buf bytes = {0};
        event_encode(&bytes, &event);
        for (size_t len = 0; len < bytes.len; len++) {
            struct str exact = exact_copy((struct str){bytes.at, len});
            ck_assert_msg(event_decode(&back, (const uint8_t *)exact.at, len) == 0, "%zu of %zu",
                          len, bytes.len);
            exact_free(exact);
        }
        buf_fini(&bytes);
    }
}
END_TEST

enum { AT_KIND = 0, AT_PHASE = 1, AT_PARTIES = 2, AT_LAST_FIELDS = 10, AT_PARTY = 11 };

struct byte_row {
    const char *name;
    size_t at;
    uint8_t byte;
};

static const struct byte_row wrong_bytes[] = {
    {"a kind of nobody", AT_KIND, EVENT_KIND_COUNT},
    {"a phase of nobody", AT_PHASE, PHASE_COUNT},
    {"a fourth party", AT_PARTIES, 15},
    {"a field of later days", AT_LAST_FIELDS, 0x80},
    {"an entity of nobody", AT_PARTY + offsetof(struct party, entity), ENTITY_KIND_COUNT},
    {"a mask that is too long", AT_PARTY + offsetof(struct party, mask_len), EVENT_MASK_MAX + 1},
    {"a bank that is too long", AT_PARTY + offsetof(struct party, bank_len), EVENT_BANK_MAX + 1},
};

START_TEST(wrong_bytes_are_no_event)
{
    for (size_t i = 0; i < sizeof wrong_bytes / sizeof wrong_bytes[0]; i++) {
        struct event event = event_of(&legs[1]);
        struct buf bytes = {0};
        event_encode(&bytes, &event);
        for (int n = 0; n < 100; n++) {
            buf_add_char(&bytes, '\0'); /* whatever is asked for is there */
        }
        bytes.at[wrong_bytes[i].at] = (char)wrong_bytes[i].byte;
        ck_assert_msg(event_decode(&event, (const uint8_t *)bytes.at, bytes.len) == 0, "%s",
                      wrong_bytes[i].name);
        buf_fini(&bytes);
    }
}
END_TEST

START_TEST(texts_that_are_too_long_are_no_event){
#define TEXT(name, max)                                                                \
    {                                                                                  \
        struct event event;                                                            \
        struct buf bytes = {0};                                                        \
        event_clear(&event);                                                           \
        event.name##_len = (max);                                                      \
        event_encode(&bytes, &event);                                                  \
        buf_add_char(&bytes, 'x');                                                     \
        ck_assert_uint_eq((uint8_t)bytes.at[AT_PARTY], (max));                         \
        ck_assert_uint_eq(event_decode(&event, (const uint8_t *)bytes.at, bytes.len),  \
                          bytes.len - 1);                                              \
        if ((max) < UINT8_MAX) {                                                       \
            bytes.at[AT_PARTY] = (char)((max) + 1);                                    \
            size_t taken = event_decode(&event, (const uint8_t *)bytes.at, bytes.len); \
            ck_assert_msg(taken == 0, #name);                                          \
        }                                                                              \
        buf_fini(&bytes);                                                              \
    }
#include "engine/ingest/event.def"
} END_TEST

    static bool in_bounds(const struct event *event)
{
    bool good = event->kind < EVENT_KIND_COUNT && event->phase < PHASE_COUNT;
    for (unsigned i = 0; i < PARTY_COUNT; i++) {
        good = good && event->party[i].entity < ENTITY_KIND_COUNT &&
               event->party[i].mask_len <= EVENT_MASK_MAX &&
               event->party[i].bank_len <= EVENT_BANK_MAX;
    }
#define TEXT(name, max) good = good && event->name##_len <= (max);
#include "engine/ingest/event.def"
    return good;
}

START_TEST(changed_bytes_break_nothing)
{
    struct prng rng = prng_seed(8, "mutations");
    struct buf bytes = {0};
    for (int i = 0; i < 100000; i++) {
        if (i % 100 == 0) {
            struct event event = random_event(&rng);
            buf_clear(&bytes);
            event_encode(&bytes, &event);
        }
        uint32_t len = 1 + prng_below(&rng, (uint32_t)bytes.len);
        struct str exact = exact_copy((struct str){bytes.at, len});
        char *at = (char *)(uintptr_t)exact.at;
        for (uint32_t n = 1 + prng_below(&rng, 3); n > 0; n--) {
            uint32_t where = prng_below(&rng, len);
            at[where] = (char)prng_next(&rng);
        }
        struct event back;
        size_t taken = event_decode(&back, (const uint8_t *)exact.at, exact.len);
        if (taken > exact.len || (taken > 0 && !in_bounds(&back))) {
            ck_abort_msg("mutation %d", i);
        }
        exact_free(exact);
    }
    buf_fini(&bytes);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("event");
    TCase *t = tcase_create("event");
    tcase_add_test(t, words_have_values);
    tcase_add_test(t, values_have_words);
    tcase_add_test(t, kinds_and_phases_have_words);
    tcase_add_test(t, names_have_keys);
    tcase_add_test(t, itineraries);
    tcase_add_test(t, what_goes_in_comes_out);
    tcase_add_test(t, a_hidden_caller_stays_hidden);
    tcase_add_test(t, defaults_cost_nothing);
    tcase_add_test(t, events_follow_each_other);
    tcase_add_test(t, an_event_cut_short_is_none);
    tcase_add_test(t, wrong_bytes_are_no_event);
    tcase_add_test(t, texts_that_are_too_long_are_no_event);
    tcase_add_test(t, changed_bytes_break_nothing);
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
