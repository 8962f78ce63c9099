/* test_local.c - a whole city in one process: what comes out does not depend on how it is cut. */
#include "engine/local.h"

#include "connectors/file/store_file.h"
#include "engine/base/mem.h"
#include "engine/header.h"
#include "engine/ingest/ingest.h"
#include "tests/unit/small_city.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS 600
/* No page is forgotten, some are, most are. */
static const int64_t expiries_ms[] = {400 * DAY, 20 * MINUTE, 2 * SECOND};
#define EXPIRIES (int)(sizeof expiries_ms / sizeof expiries_ms[0])

/* ---- a city with some of everything --------------------------------------------------------- */

/* Rules at both ends, on accounts and persons, with carried values, a guard, actions. */
static struct program *pack(const char *name, int points)
{
    struct program *p = program_new();
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    int32_t victim = pack_typology(p, "victim", ENTITY_PERSON, 20, 40, 60, 85);
    uint32_t fraud = pack_list(p, "fraud", ENTITY_ACCOUNT);
    uint32_t payers =
        pack_of_window(p, AGGREGATE_DISTINCT, STREAM_PAYMENT_IN, WORD_PAYER, HOUR, CODE_NONE);
    uint32_t feature = pack_feature(p, "payers_1h", ENTITY_ACCOUNT, payers);
    pack_carry(p, EVENT_TRANSACTION, LEG_PAYEE, 0, CARRY_FEATURE, 0, feature);
    pack_carry(p, EVENT_TRANSACTION, LEG_PAYEE, 1, CARRY_MEMBER, 0, fraud);
    uint32_t two = pack_window(p, AGGREGATE_DISTINCT, STREAM_PAYMENT_IN, WORD_PAYER, HOUR,
                               CODE_NONE, OP_GE, 2);
    pack_rule(p, "fan_in", mule, LEG_PAYEE, TRIGGER_TRANSACTION, two);
    pack_condition(p, "payers >= 2", two, payers, pack_value(p, 2), UNIT_COUNT);
    pack_score(p, points, DAY);
    pack_action(p, ACTION_DELAY, LEG_PAYER, 0);
    pack_say(p, "from ", payers, UNIT_COUNT);
    uint32_t stranger = pack_record(p, WORD_TWO_WAY, OP_EQ, 0);
    pack_rule(p, "after_call", victim, LEG_PAYER_PERSON, TRIGGER_TRANSACTION,
              pack_window(p, AGGREGATE_COUNT, STREAM_CALL_IN, WORD_NONE, HOUR, stranger, OP_GE, 2));
    pack_unless(p, "own money", pack_word(p, WORD_OWN, OP_EQ, 1));
    pack_score(p, 45, 6 * HOUR);
    pack_rule(p, "to_mule", victim, LEG_PAYER_PERSON, TRIGGER_TRANSACTION,
              pack_carried(p, 0, OP_GE, 3));
    pack_score(p, 50, DAY);
    pack_action(p, ACTION_PROTECT, LEG_PAYER_PERSON, DAY);
    pack_rule(p, "listed", victim, LEG_PAYER_PERSON, TRIGGER_TRANSACTION,
              pack_carried_member(p, 1, 0));
    pack_action(p, ACTION_RAISE, LEG_CALLER, 0)->what = TIER_URGENT;
    pack_action(p, ACTION_STOP, LEG_PAYEE, DAY);
    pack_rule(p, "ends", TYPOLOGY_NONE, LEG_CALLEE_PERSON, TRIGGER_CALL_END,
              pack_word(p, WORD_DURATION, OP_GE, 10 * MINUTE));
    return pack_ready(p, name);
}

static uint64_t seed;

static uint32_t below(uint32_t limit)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % limit);
}

static const char *anybody(void)
{
    static const char *const names[] = {"A", "B", "C", "D", "E", "P", "P.b", "P.c", "x", "y"};
    return names[below(sizeof names / sizeof names[0])];
}

/* The i-th event; the same for the same numbers. Some come late, twice, in the wrong order. */
static struct event event_number(uint64_t i)
{
    char id[16];
    seed = i / 2 + 1; /* pairs are about the same payment or call */
    bool second = i % 2 == 1;
    (void)snprintf(id, sizeof id, "e-%d", (int)(i / 2));
    int64_t late_ms = below(5) == 0 ? (int64_t)below(40) * MINUTE : 0;
    int64_t time_ms = T0 + (int64_t)(i / 2) * 40 * SECOND - late_ms;
    const char *one = anybody();
    const char *other = below(12) == 0 ? NULL : anybody();
    uint32_t what = below(10);
    if (what == 0) {
        return event_listing(id, "fraud", other == NULL ? "x" : other, below(3) == 0, time_ms);
    }
    if (what <= 3) {
        int64_t duration = (int64_t)below(13) * MINUTE;
        int phase = second ? PHASE_END : below(2) == 0 ? PHASE_START : PHASE_RECORD;
        return event_call(id, phase, other, one, phase == PHASE_START ? VALUE_UNKNOWN : duration,
                          time_ms);
    }
    static const int phases[] = {PHASE_INITIATED, PHASE_POSTED, PHASE_REVERSED};
    uint32_t first = below(3);
    return event_payment(id, phases[second ? below(3) : first], one, other, (int64_t)below(100000),
                         time_ms);
}

static struct settings settings_of(int64_t partitions)
{
    struct settings settings;
    settings_defaults(&settings);
    settings.visits_partitions = partitions;
    settings.decisions_sample = 1;
    return settings;
}

/* A few bindings, then the events [from, until). */
static void send_all(struct city *city, uint64_t from, uint64_t until)
{
    static const char *const accounts[] = {"P", "P.b", "P.c", "A"};
    struct err err = {0};
    for (uint64_t i = 0; i < 4; i++) {
        struct event event =
            event_binding("b-1", ENTITY_ACCOUNT, accounts[i], T0 + 400 * DAY + (int64_t)i);
        ck_assert_int_eq(local_deliver(city->local, SOURCE_DIRECTORY, i, &event, &err), 0);
    }
    for (city->number = from; city->number < until;) {
        city_send(city, event_number(city->number));
    }
}

static uint64_t kinds_seen(const struct city *city)
{
    struct local_counts counts;
    local_counts(city->local, &counts);
    ck_assert_uint_eq(counts.fetched, counts.applied + counts.duplicate + counts.included);
    for (int kind = 0; kind < OUTPUT_KIND_COUNT; kind++) {
        ck_assert_uint_eq(counts.outputs[kind], kept_count(&city->kept, (enum output_kind)kind));
    }
    return counts.outputs[OUTPUT_WARNING] > 5 && counts.outputs[OUTPUT_STOP] > 5 &&
           counts.outputs[OUTPUT_ADVICE] > 5 && counts.repeated > 5 && counts.too_late > 0;
}

/* Of how many pages the first events were forgotten: some, if that comes soon. */
static void expect_expired(const struct city *city)
{
    struct local_counts counts;
    local_counts(city->local, &counts);
    bool soon = city->settings.engine_expiry_ms < DAY;
    ck_assert_msg(soon ? counts.expired > 20 : counts.expired == 0, "%d pages were forgotten",
                  (int)counts.expired);
}

static void add_piece(void *context, const struct page_piece *piece, struct str bytes)
{
    buf_add(context, &piece->kind, 1);
    buf_add_str(context, bytes);
}

static void add_page(void *context, const struct page *page)
{
    page_encode(page, add_piece, context);
}

/* ---- one step after the other ---------------------------------------------------------------- */

START_TEST(the_number_of_partitions_changes_nothing)
{
    static const int64_t counts[] = {1, 2, 3, 7, 64};
    char *expected = NULL;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct settings settings = settings_of(counts[i]);
        struct city city;
        settings.engine_expiry_ms = expiries_ms[_i];
        city_begin_with(&city, pack("one", 65), &settings, NULL);
        send_all(&city, 0, EVENTS);
        ck_assert_msg(kinds_seen(&city) != 0 || _i > 0, "the events show too little");
        expect_expired(&city);
        char *text = kept_text(&city.kept, false);
        expected = expected == NULL ? text : expected;
        ck_assert_msg(strcmp(text, expected) == 0, "%d partitions", (int)counts[i]);
        if (text != expected) {
            mem_free(text);
        }
        city_end(&city);
    }
    mem_free(expected);
}
END_TEST

static struct store_file *file_new(uint32_t partitions)
{
    struct store_file_identity identity = {.partition_count = partitions};
    struct err err = {0};
    struct store_file *file = store_file_open(NULL, &identity, &err);
    ck_assert_ptr_nonnull(file);
    return file;
}

static void flush(struct city *city)
{
    struct err err = {0};
    ck_assert_msg(local_flush(city->local, &err) == 0, "%s", err.text);
}

static void drop_timer(void *context, const struct timer *timer)
{
    (void)context;
    (void)timer;
}

/* Headers of a store, W included. */
static void dump_store(struct store *store, struct city *city, struct buf *out)
{
    struct err err = {0};
    for (uint32_t i = 0; i < (uint32_t)city->settings.visits_partitions; i++) {
        struct store_checkpoint at;
        ck_assert_int_eq(store->open(store->self, i, &at, drop_timer, NULL, &err), 0);
        ck_assert(at.found);
        buf_add(out, &at.w, sizeof at.w);
        buf_add_str(out, at.header);
    }
}

/* The other city has the same page, in memory or in its store. */
static void same_page(void *context, const struct page *page)
{
    struct buf here = {0};
    struct buf there = {0};
    struct err err = {0};
    const struct page *other = local_page(context, &page->token, &err);
    ck_assert(other != NULL);
    add_page(&here, page);
    add_page(&there, other);
    ck_assert(str_eq(buf_str(&here), buf_str(&there)));
    buf_fini(&here);
    buf_fini(&there);
}

START_TEST(resumed_from_its_store_is_one_run)
{
    static const uint64_t cuts[] = {0, 1, 17, 300, EVENTS - 1, EVENTS};
    struct settings settings = settings_of(4);
    struct city whole;
    struct store_file *whole_file = file_new(4);
    settings.engine_expiry_ms = expiries_ms[_i];
    struct store whole_store = store_file_store(whole_file);
    city_begin_with(&whole, pack("one", 65), &settings, &whole_store);
    send_all(&whole, 0, EVENTS);
    flush(&whole);
    expect_expired(&whole);
    char *expected = kept_text(&whole.kept, true);
    struct buf expected_headers = {0};
    dump_store(&whole_store, &whole, &expected_headers);
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        struct store_file *file = file_new(4);
        struct store store = store_file_store(file);
        struct city first;
        struct city second;
        struct buf text = {0};
        struct buf headers = {0};
        city_begin_with(&first, pack("one", 65), &settings, &store);
        send_all(&first, 0, cuts[i]);
        flush(&first);
        city_begin_with(&second, pack("one", 65), &settings, &store);
        ck_assert_uint_eq(second.kept.count, 0);                    /* the pack is active already */
        send_all(&second, cuts[i] > 10 ? cuts[i] - 10 : 0, EVENTS); /* some once more */
        flush(&second);
        char *one = kept_text(&first.kept, true);
        char *two = kept_text(&second.kept, true);
        buf_add_text(&text, one);
        buf_add_text(&text, two);
        ck_assert_msg(strcmp(buf_text(&text), expected) == 0, "cut at %d", (int)cuts[i]);
        dump_store(&store, &second, &headers);
        ck_assert_msg(str_eq(buf_str(&headers), buf_str(&expected_headers)), "cut at %d",
                      (int)cuts[i]);
        local_each_page(whole.local, same_page, second.local);
        ck_assert_uint_eq(store_file_page_count(file), store_file_page_count(whole_file));
        mem_free(one);
        mem_free(two);
        buf_fini(&text);
        buf_fini(&headers);
        city_end(&first);
        city_end(&second);
        store_file_close(file);
    }
    mem_free(expected);
    buf_fini(&expected_headers);
    city_end(&whole);
    store_file_close(whole_file);
}
END_TEST

START_TEST(stored_pages_are_those_of_memory)
{
    struct settings settings = settings_of(3);
    struct store_file *file = file_new(3);
    struct store store = store_file_store(file);
    struct city city;
    struct err err = {0};
    city_begin_with(&city, pack("one", 65), &settings, &store);
    send_all(&city, 0, EVENTS);
    flush(&city);
    /* Only to look: no program, no start. */
    struct local *reader = local_new(&settings, NULL, NULL, &store);
    ck_assert_int_eq(local_open(reader, &err), 0);
    static const struct {
        int entity;
        const char *name;
    } rows[] = {{ENTITY_ACCOUNT, "A"}, {ENTITY_ACCOUNT, "x"}, {ENTITY_NUMBER, "P.b"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct token tokens[2] = {token_of(rows[i].entity, rows[i].name),
                                  holder_of(rows[i].entity, rows[i].name)};
        for (int k = 0; k < 2; k++) {
            struct buf here = {0};
            struct buf there = {0};
            const struct page *read = local_page(reader, &tokens[k], &err);
            ck_assert_msg(read != NULL, "%s", rows[i].name);
            add_page(&here, city_page(&city, tokens[k]));
            add_page(&there, read);
            ck_assert_msg(str_eq(buf_str(&here), buf_str(&there)), "%s", rows[i].name);
            buf_fini(&here);
            buf_fini(&there);
        }
    }
    struct token nobody = token_of(ENTITY_ACCOUNT, "nobody");
    err.code = ERR_OUTSIDE;
    ck_assert_ptr_null(local_page(reader, &nobody, &err));
    ck_assert_int_eq(err.code, ERR_NONE);
    local_free(reader);
    city_end(&city);
    store_file_close(file);
}
END_TEST

/* ---- packs ---------------------------------------------------------------------------------- */

START_TEST(another_pack_takes_the_next_number)
{
    struct settings settings = settings_of(3);
    struct store_file *file = file_new(3);
    struct store store = store_file_store(file);
    static const struct {
        const char *pack;
        size_t receipts;
        const char *number;
    } rows[] = {
        {"one", 3, "1"}, {"one", 0, ""}, {"two", 3, "2"}, {"two", 0, ""}, {"one", 3, "3"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct city city;
        city_begin_with(&city, pack(rows[i].pack, 65), &settings, &store);
        ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_RECEIPT), rows[i].receipts);
        ck_assert_uint_eq(city.kept.count, rows[i].receipts);
        if (rows[i].receipts > 0) {
            const char *json = kept_json(&city.kept, OUTPUT_RECEIPT, 2);
            ck_assert_str_eq(json_member(json, "number"), rows[i].number);
            ck_assert_str_eq(json_member(json, "partition"), "2");
            ck_assert_str_eq(json_member(json, "time"),
                             i == 0 ? "null" : "\"2026-03-02T10:00:00.000+08:00\"");
        }
        if (i == 0) {
            city_send(&city, event_payment("p-1", PHASE_INITIATED, "A", "M", 1, T0));
        }
        flush(&city);
        city_end(&city);
    }
    store_file_close(file);
}
END_TEST

/* ---- clock and duplicates ------------------------------------------------------------------- */

static void note_clock(struct store *store, uint32_t partition, int64_t *clock_ms, uint64_t *w)
{
    struct err err = {0};
    struct header header = {0};
    struct store_checkpoint at;
    ck_assert_int_eq(store->open(store->self, partition, &at, drop_timer, NULL, &err), 0);
    ck_assert(at.found);
    *w = at.w;
    ck_assert_int_eq(header_decode(&header, at.header, 0, 1000, &err), 0);
    *clock_ms = header.clock_ms;
    header_fini(&header);
}

START_TEST(every_partition_has_the_clock_and_all_ticks)
{
    struct settings settings = settings_of(8);
    struct store_file *file = file_new(8);
    struct store store = store_file_store(file);
    struct city city;
    struct err err = {0};
    city_begin_with(&city, pack("one", 65), &settings, &store);
    city_send(&city, event_payment("p-1", PHASE_INITIATED, "A", NULL, 1, T0 + HOUR));
    city_send(&city, event_payment("p-2", PHASE_INITIATED, "A", NULL, 1, T0));
    city_send(&city, event_binding("b-1", ENTITY_ACCOUNT, "A", T0 + 300 * DAY));
    ck_assert_int_eq(local_tick(city.local, T0 + 2 * HOUR, &err), 0);
    flush(&city);
    uint64_t frames = 0;
    for (uint32_t i = 0; i < 8; i++) {
        int64_t clock_ms = 0;
        uint64_t w = 0;
        note_clock(&store, i, &clock_ms, &w);
        ck_assert_int_eq(clock_ms, T0 + 2 * HOUR);
        ck_assert_uint_ge(w, 1 + 3); /* the activation, two events' ticks, one more */
        frames += w - 4;
    }
    ck_assert_uint_eq(frames, 2 + 2 + 2); /* two visits of each */
    city_end(&city);
    store_file_close(file);
}
END_TEST

START_TEST(the_clock_goes_by_the_end_of_a_call)
{
    struct program *p = program_new();
    struct city city;
    int32_t fraud = pack_typology(p, "fraud", ENTITY_ACCOUNT, 20, 40, 60, 85);
    pack_rule(p, "r", fraud, LEG_PAYEE, TRIGGER_TRANSACTION, pack_yes(p));
    pack_score(p, 85, DAY);
    pack_action(p, ACTION_WATCH, LEG_PAYEE, HOUR);
    city_begin(&city, pack_ready(p, "clock"));
    city_send(&city, event_call("c-1", PHASE_RECORD, "F", "P", HOUR, T0));
    city_send(&city, event_payment("p-1", PHASE_INITIATED, "A", "M", 1, T0 + 30 * MINUTE));
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_STOP), 1);
    city_send(&city, event_payment("p-2", PHASE_INITIATED, "A", "N", 1, T0 + 30 * MINUTE - 1));
    ck_assert_str_eq(json_member(kept_json(&city.kept, OUTPUT_ADVICE, 0), "because"),
                     "\"deadline\"");
    city_end(&city);
}
END_TEST

START_TEST(a_record_delivered_twice_is_counted_and_dropped)
{
    struct settings settings = settings_of(2);
    struct city city;
    struct local_counts counts;
    city_begin_with(&city, pack("one", 65), &settings, NULL);
    city_send(&city, event_payment("p-1", PHASE_INITIATED, "A", "M", 1, T0));
    size_t outputs = city.kept.count;
    city.number = 0;
    city_send(&city, event_payment("p-1", PHASE_INITIATED, "A", "M", 1, T0));
    ck_assert_uint_eq(city.kept.count, outputs);
    local_counts(city.local, &counts);
    ck_assert_uint_eq(counts.fetched, 5);
    ck_assert_uint_eq(counts.applied, 4);
    ck_assert_uint_eq(counts.duplicate, 1);
    /* The other source counts by itself. */
    struct err err = {0};
    struct event event = event_binding("b-1", ENTITY_ACCOUNT, "M", T0);
    ck_assert_int_eq(local_deliver(city.local, SOURCE_DIRECTORY, 0, &event, &err), 0);
    local_counts(city.local, &counts);
    ck_assert_uint_eq(counts.applied, 6);
    city_end(&city);
}
END_TEST

START_TEST(an_own_transfer_visits_one_person_twice)
{
    struct program *p = program_new();
    struct city city;
    pack_rule(p, "in", TYPOLOGY_NONE, LEG_PAYEE_PERSON, TRIGGER_TRANSACTION,
              pack_word(p, WORD_OWN, OP_EQ, 1));
    pack_rule(p, "out", TYPOLOGY_NONE, LEG_PAYER_PERSON, TRIGGER_TRANSACTION,
              pack_window(p, AGGREGATE_COUNT, STREAM_PAYMENT_IN, WORD_NONE, HOUR, CODE_NONE, OP_EQ,
                          1));
    city_begin(&city, pack_ready(p, "own"));
    city_send(&city, event_payment("p-1", PHASE_INITIATED, "P.b", "P.c", 1, T0));
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_DECISION), 4);
    ck_assert_str_eq(json_member(kept_json(&city.kept, OUTPUT_DECISION, 1), "fired"), "[\"in\"]");
    ck_assert_str_eq(json_member(kept_json(&city.kept, OUTPUT_DECISION, 3), "fired"), "[\"out\"]");
    const struct page *page = city_page(&city, token_of(ENTITY_PERSON, "P"));
    ck_assert_uint_eq(page->streams[STREAM_PAYMENT_IN].end, 1);
    ck_assert_uint_eq(page->streams[STREAM_PAYMENT_OUT].end, 1);
    city_end(&city);
}
END_TEST

/* ---- one payment, several messages ---------------------------------------------------------- */

static void city_read(struct city *city, struct ingest *ingest, const char *record)
{
    struct event event;
    struct refusal why;
    ck_assert_int_eq(ingest_record(ingest, str_of(record), -1, &event, &why), 0);
    city_send(city, event);
}

/* Two rules on each page say what a message was taken for. */
static struct program *triggers_pack(void)
{
    static const struct {
        const char *transaction, *settlement;
        int leg;
    } rules[] = {{"payee_new", "payee_settled", LEG_PAYEE},
                 {"payer_new", "payer_settled", LEG_PAYER_PERSON}};
    struct program *p = program_new();
    for (int i = 0; i < 2; i++) {
        pack_rule(p, rules[i].transaction, TYPOLOGY_NONE, rules[i].leg, TRIGGER_TRANSACTION,
                  pack_yes(p));
        pack_rule(p, rules[i].settlement, TYPOLOGY_NONE, rules[i].leg, TRIGGER_SETTLEMENT,
                  pack_yes(p));
    }
    pack_ready(p, "triggers");
    p->visits[EVENT_TRANSACTION][LEG_PAYMENT_DEVICE] = false;
    p->visits[EVENT_TRANSACTION][LEG_PAYEE_PERSON] = false;
    p->visits[EVENT_TRANSACTION][LEG_PAYER] = false;
    return p;
}

/* What a bank sends, and what its messages are taken for on the payee's and the payer's page; a
 * repetition is seen by neither. */
#define ENDS                                                                   \
    ",\"payer\":{\"account\":\"6222000000000000011\"},\"payee\":{\"account\":" \
    "\"6217000000000000022\"},\"amount\":\"70000.00\",\"currency\":\"CNY\"}"
static const struct {
    const char *name;
    const char *messages[5];
    const char *fired; /* of all decisions, in order */
} payments[] = {
    {"posted does not repeat the payment_id",
     {"{\"type\":\"transaction\",\"phase\":\"initiated\",\"id\":\"p-1\",\"payment_id\":"
      "\"2026030211200000017\",\"time\":\"2026-03-02T11:20:00+08:00\",\"payer\":{\"account\":"
      "\"6222000000000000011\",\"bank\":\"102100099996\"},\"payee\":{\"account\":"
      "\"6217000000000000022\",\"bank\":\"105100000017\"},\"amount\":\"70000.00\","
      "\"currency\":\"CNY\",\"channel\":\"mobile\",\"purpose\":\"transfer\","
      "\"arrival\":\"realtime\",\"balance_before\":\"80000.00\",\"device\":\"d-77\","
      "\"region\":\"330502\"}",
      "{\"type\":\"transaction\",\"phase\":\"posted\",\"id\":\"p-1\",\"time\":"
      "\"2026-03-02T11:20:03+08:00\"" ENDS},
     "[\"payee_new\"][\"payer_new\"][\"payee_settled\"][\"payer_settled\"]"},
    {"only posted gives the payment_id",
     {"{\"type\":\"transaction\",\"phase\":\"initiated\",\"id\":\"p-1\",\"time\":1772421600000" ENDS,
      "{\"type\":\"transaction\",\"phase\":\"posted\",\"id\":\"p-1\",\"payment_id\":\"x\",\"time\":"
      "1772421603000" ENDS,
      "{\"type\":\"transaction\",\"phase\":\"posted\",\"id\":\"p-1\",\"time\":1772421603000" ENDS},
     "[\"payee_new\"][\"payer_new\"][\"payee_settled\"][\"payer_settled\"]"},
    {"two banks give it once, and the one that was second settles without it",
     {"{\"type\":\"transaction\",\"phase\":\"initiated\",\"id\":\"p-1\",\"payment_id\":\"x\",\"time\":"
      "1772421600000" ENDS,
      "{\"type\":\"transaction\",\"phase\":\"initiated\",\"source\":\"ccb\",\"id\":\"k-9\","
      "\"payment_id\":\"x\",\"time\":1772421600500" ENDS,
      "{\"type\":\"transaction\",\"phase\":\"posted\",\"source\":\"ccb\",\"id\":\"k-9\",\"time\":"
      "1772421603000" ENDS,
      "{\"type\":\"transaction\",\"phase\":\"posted\",\"id\":\"p-1\",\"time\":1772421603500" ENDS},
     "[\"payee_new\"][\"payer_new\"][\"payee_settled\"][\"payer_settled\"]"},
};

START_TEST(a_payment_is_judged_once_as_transaction)
{
    struct directory *directory = directory_new();
    struct ingest *ingest = ingest_new(&(struct ingest_setup){.directory = directory});
    struct city city;
    struct buf fired = {0};
    city_begin(&city, triggers_pack());
    for (int i = 0; i < 5 && payments[_i].messages[i] != NULL; i++) {
        city_read(&city, ingest, payments[_i].messages[i]);
    }
    for (size_t i = 0; i < kept_count(&city.kept, OUTPUT_DECISION); i++) {
        buf_add_text(&fired, json_member(kept_json(&city.kept, OUTPUT_DECISION, i), "fired"));
    }
    ck_assert_msg(strcmp(buf_text(&fired), payments[_i].fired) == 0, "%s: %s", payments[_i].name,
                  buf_text(&fired));
    buf_fini(&fired);
    city_end(&city);
    ingest_free(ingest);
    directory_free(directory);
}
END_TEST

/* ---- looking, and trouble ------------------------------------------------------------------- */

struct seen_pages {
    uint32_t partitions, partition;
    struct token token;
    uint64_t count;
};

static void check_order(void *context, const struct page *page)
{
    struct seen_pages *seen = context;
    uint32_t partition = (uint32_t)(token_low64(&page->token) % seen->partitions);
    ck_assert_uint_ge(partition, seen->partition);
    if (partition == seen->partition && seen->count > 0) {
        ck_assert_int_lt(memcmp(seen->token.bytes, page->token.bytes, TOKEN_BYTES), 0);
    }
    seen->partition = partition;
    seen->token = page->token;
    seen->count++;
}

START_TEST(pages_in_order_of_partition_and_token)
{
    struct settings settings = settings_of(5);
    struct city city;
    struct seen_pages seen = {.partitions = 5};
    struct local_counts counts;
    city_begin_with(&city, pack("one", 65), &settings, NULL);
    send_all(&city, 0, 100);
    local_each_page(city.local, check_order, &seen);
    local_counts(city.local, &counts);
    ck_assert_uint_eq(seen.count, counts.pages);
    ck_assert_uint_gt(counts.pages, 20);
    ck_assert_uint_gt(counts.page_bytes, counts.pages * sizeof(struct page));
    city_end(&city);
}
END_TEST

START_TEST(a_sink_that_fails_ends_the_step)
{
    struct program *p = pack("one", 65);
    struct settings settings = settings_of(2);
    struct kept_outputs kept = {.fails_at = 2};
    struct sink sink = kept_sink(&kept);
    struct err err = {0};
    struct local *local = local_new(&settings, p, &sink, NULL);
    ck_assert_int_eq(local_start(local, &err), -1);
    ck_assert_str_eq(err.text, "the sink is full");
    local_free(local);
    kept_clear(&kept);
    kept.fails_at = 4;
    local = local_new(&settings, p, &sink, NULL);
    ck_assert_int_eq(local_start(local, &err), 0);
    struct event event = event_payment("p-1", PHASE_INITIATED, "A", "M", 1, T0);
    ck_assert_int_eq(local_deliver(local, SOURCE_FEED, 0, &event, &err), -1);
    local_free(local);
    kept_fini(&kept);
    program_free(p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("local");
    TCase *tests = tcase_create("local");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, the_number_of_partitions_changes_nothing, 0, EXPIRIES);
    tcase_add_loop_test(tests, resumed_from_its_store_is_one_run, 0, EXPIRIES);
    tcase_add_test(tests, stored_pages_are_those_of_memory);
    tcase_add_test(tests, another_pack_takes_the_next_number);
    tcase_add_test(tests, every_partition_has_the_clock_and_all_ticks);
    tcase_add_test(tests, the_clock_goes_by_the_end_of_a_call);
    tcase_add_test(tests, a_record_delivered_twice_is_counted_and_dropped);
    tcase_add_test(tests, an_own_transfer_visits_one_person_twice);
    tcase_add_loop_test(tests, a_payment_is_judged_once_as_transaction, 0,
                        (int)(sizeof payments / sizeof payments[0]));
    tcase_add_test(tests, pages_in_order_of_partition_and_token);
    tcase_add_test(tests, a_sink_that_fails_ends_the_step);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
