/* test_partition.c - one partition: packs, duplicates, what is sent on, and frames that are broken.
 */
#include "engine/partition.h"

#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENT_MAX 16

/* One partition of one (every entity is here), two packs, and what it sends. */
struct bench {
    struct settings settings;
    struct program *packs[2];
    struct kept_outputs kept;
    struct sink sink;
    struct visit_log log;
    struct partition *partition;
    struct visit sent[SENT_MAX];
    uint32_t sent_to[SENT_MAX];
    int sent_count;
    int log_fails;
    uint64_t offset;
    struct buf frame;
};

static const struct program *find_pack(void *self, const uint8_t *hash)
{
    struct bench *b = self;
    for (int i = 0; i < 2; i++) {
        if (memcmp(b->packs[i]->hash, hash, 32) == 0) {
            return b->packs[i];
        }
    }
    return NULL;
}

static int keep_visit(void *self, uint32_t partition, const struct visit *visit, struct err *err)
{
    struct bench *b = self;
    if (b->log_fails) {
        return err_set(err, ERR_OUTSIDE, "the log is away");
    }
    ck_assert_int_lt(b->sent_count, SENT_MAX);
    b->sent_to[b->sent_count] = partition;
    b->sent[b->sent_count++] = *visit;
    return 0;
}

/* The payee's page carries to the payer: how many payments came in within an hour, and whether the
 * payee is on the list; the payer's rule needs two. */
static struct program *pack(const char *name)
{
    struct program *p = program_new();
    uint32_t count =
        pack_of_window(p, AGGREGATE_COUNT, STREAM_PAYMENT_IN, WORD_NONE, HOUR, CODE_NONE);
    uint32_t feature = pack_feature(p, "paid_1h", ENTITY_ACCOUNT, count);
    pack_carry(p, EVENT_TRANSACTION, LEG_PAYEE, 2, CARRY_FEATURE, 0, feature);
    pack_rule(p, "second", TYPOLOGY_NONE, LEG_PAYER, TRIGGER_TRANSACTION,
              pack_carried(p, 2, OP_GE, 2));
    pack_ready(p, name);
    p->visits[EVENT_TRANSACTION][LEG_PAYEE_PERSON] = false;
    p->visits[EVENT_TRANSACTION][LEG_PAYER_PERSON] = false;
    return p;
}

static void bench_open(struct bench *b, int64_t partitions, uint32_t number)
{
    memset(b, 0, sizeof *b);
    settings_defaults(&b->settings);
    b->settings.visits_partitions = partitions;
    b->settings.decisions_sample = 1;
    b->packs[0] = pack("one");
    b->packs[1] = pack("two");
    b->sink = kept_sink(&b->kept);
    b->log = (struct visit_log){b, keep_visit};
    struct partition_setup setup = {.number = number,
                                    .settings = &b->settings,
                                    .programs = {b, find_pack},
                                    .sink = &b->sink,
                                    .log = &b->log};
    b->partition = partition_new(&setup);
}

static void bench_close(struct bench *b)
{
    partition_free(b->partition);
    program_free(b->packs[0]);
    program_free(b->packs[1]);
    kept_fini(&b->kept);
    buf_fini(&b->frame);
}

static int apply(struct bench *b, struct err *err)
{
    return partition_apply(b->partition, b->offset++, T0 + 7, buf_str(&b->frame), err);
}

static void apply_good(struct bench *b)
{
    struct err err = {0};
    ck_assert_msg(apply(b, &err) == 0, "%s", err.text);
}

static void activate(struct bench *b, uint64_t number, int which)
{
    frame_begin(&b->frame, 0);
    frame_activate(&b->frame, number, b->packs[which]->hash);
    apply_good(b);
}

static struct visit visit_of(struct event event, int leg, uint64_t record)
{
    struct visit visit = {.source = SOURCE_FEED,
                          .place = {.lsn = record},
                          .leg = (uint8_t)leg,
                          .event = event};
    for (int i = 0; i < PROGRAM_CARRIED_MAX; i++) {
        visit.carried[i] = VALUE_UNKNOWN;
    }
    return visit;
}

static struct visit payment(const char *id, int leg, uint64_t record)
{
    return visit_of(event_payment(id, PHASE_INITIATED, "A", "M", 100, T0), leg, record);
}

static void send(struct bench *b, const struct visit *visit)
{
    frame_begin(&b->frame, T0);
    frame_add(&b->frame, visit);
    apply_good(b);
}

/* ---- packs ---------------------------------------------------------------------------------- */

START_TEST(a_receipt_for_each_activation_that_counts)
{
    static const struct {
        const char *name;
        uint64_t number;
        int pack;
        int receipts; /* after it */
        uint64_t active;
    } rows[] = {
        {"the first", 1, 0, 1, 1},
        {"written again", 1, 0, 1, 1},
        {"another pack under an old number", 1, 1, 1, 1},
        {"the next", 5, 1, 2, 5},
        {"an old one, late", 4, 0, 2, 5},
        {"back to the old pack under a new number", 6, 0, 3, 6},
    };
    struct bench b;
    bench_open(&b, 1, 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        activate(&b, rows[i].number, rows[i].pack);
        ck_assert_msg(kept_count(&b.kept, OUTPUT_RECEIPT) == (size_t)rows[i].receipts, "%s",
                      rows[i].name);
        ck_assert_msg(partition_header(b.partition)->pack_number == rows[i].active, "%s",
                      rows[i].name);
    }
    ck_assert_mem_eq(partition_header(b.partition)->pack_hash, b.packs[0]->hash, 32);
    ck_assert(!token_eq(&b.kept.item[0].id, &b.kept.item[2].id));
    bench_close(&b);
}
END_TEST

START_TEST(a_receipt_to_the_letter)
{
    struct bench b;
    struct buf expected = {0};
    bench_open(&b, 4, 3);
    b.offset = 2;
    activate(&b, 7, 1);
    buf_add_format(&expected,
                   "{\"type\":\"receipt\",\"partition\":3,\"lsn\":\"33554432\",\"pack\":\"%s\","
                   "\"number\":7,\"clock\":\"live\",\"time\":\"2026-03-02T10:00:00.007+08:00\"}",
                   b.packs[1]->hash_hex);
    ck_assert_str_eq(kept_json(&b.kept, OUTPUT_RECEIPT, 0), buf_text(&expected));
    buf_fini(&expected);
    bench_close(&b);
}
END_TEST

START_TEST(a_pack_that_is_not_here_stops_the_partition)
{
    struct bench b;
    struct err err = {0};
    uint8_t hash[32] = {0xfe};
    bench_open(&b, 1, 0);
    frame_begin(&b.frame, 0);
    frame_activate(&b.frame, 1, hash);
    ck_assert_int_eq(apply(&b, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "fe000000"));
    ck_assert_uint_eq(kept_count(&b.kept, OUTPUT_RECEIPT), 0);
    struct visit visit = payment("p-1", LEG_PAYEE, 0);
    frame_begin(&b.frame, 0);
    frame_add(&b.frame, &visit);
    ck_assert_int_eq(apply(&b, &err), -1);
    bench_close(&b);
}
END_TEST

/* ---- duplicates and the clock --------------------------------------------------------------- */

START_TEST(each_visit_of_a_source_once)
{
    struct bench b;
    bench_open(&b, 1, 0);
    activate(&b, 1, 0);
    struct visit first = payment("p-1", LEG_PAYEE, 0);
    struct visit second = payment("p-2", LEG_PAYEE, 1);
    struct visit other_source = payment("p-3", LEG_PAYEE, 0);
    other_source.source = SOURCE_DIRECTORY;
    send(&b, &first);
    send(&b, &second);
    send(&b, &first);
    send(&b, &second);
    send(&b, &other_source);
    const struct counters *c = &partition_header(b.partition)->counters;
    ck_assert_uint_eq(c->fetched, 5);
    ck_assert_uint_eq(c->applied, 3);
    ck_assert_uint_eq(c->duplicate, 2);
    ck_assert_uint_eq(c->included, 0);
    ck_assert_uint_eq(c->repeated, 0);
    ck_assert_int_eq(b.sent_count, 3);
    bench_close(&b);
}
END_TEST

START_TEST(the_same_message_under_a_new_record_goes_no_further)
{
    struct bench b;
    bench_open(&b, 1, 0);
    activate(&b, 1, 0);
    struct visit visit = payment("p-1", LEG_PAYEE, 0);
    send(&b, &visit);
    visit.place.lsn = 1;
    send(&b, &visit);
    const struct counters *c = &partition_header(b.partition)->counters;
    ck_assert_uint_eq(c->applied, 2);
    ck_assert_uint_eq(c->repeated, 1);
    ck_assert_uint_eq(c->judged, 1);
    ck_assert_int_eq(b.sent_count, 1);
    ck_assert_uint_eq(kept_count(&b.kept, OUTPUT_DECISION), 1);
    bench_close(&b);
}
END_TEST

/* "caller":"token:.." with the token of an account: no record may stop a partition. */
START_TEST(a_token_of_another_kind_changes_no_page_and_stops_nothing)
{
    struct token account = token_of(ENTITY_ACCOUNT, "M");
    struct page *page = NULL;
    struct err err = {0};
    struct bench b;
    bench_open(&b, 1, 0);
    activate(&b, 1, 0);
    struct visit first = payment("p-1", LEG_PAYEE, 0);
    send(&b, &first);
    struct event call = event_call("c-1", PHASE_START, "B", "C", VALUE_UNKNOWN, T0);
    call.party[PARTY_FROM].token = account;
    struct visit misnamed = visit_of(call, LEG_CALLER, 1);
    send(&b, &misnamed);
    ck_assert_int_eq(partition_find_page(b.partition, &account, &page, &err), 0);
    ck_assert_uint_eq(page->entity, ENTITY_ACCOUNT);
    ck_assert_uint_eq(page->streams[STREAM_CALL_OUT].end, 0);
    ck_assert_uint_eq(page->applied_lsn, lsn_of(2, 1) + 1);
    const struct counters *c = &partition_header(b.partition)->counters;
    ck_assert_uint_eq(c->applied, 2);
    ck_assert_uint_eq(c->misnamed, 1);
    ck_assert_uint_eq(c->judged, 1);
    ck_assert_int_eq(b.sent_count, 2); /* the callee's side learns of the call all the same */
    ck_assert_uint_gt(b.sent[1].leg, LEG_CALLER);
    bench_close(&b);
}
END_TEST

START_TEST(the_clock_never_goes_back)
{
    struct bench b;
    bench_open(&b, 1, 0);
    static const struct {
        int64_t frame_ms, append_ms, clock_ms;
    } rows[] = {
        {T0, 0, T0}, {T0 - 1, 0, T0}, {0, T0 + 5, T0}, {T0 + 6, T0 + 9, T0 + 6}, {0, 0, T0 + 6},
    };
    for (uint64_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {0};
        frame_begin(&b.frame, rows[i].frame_ms);
        ck_assert_int_eq(partition_apply(b.partition, i, rows[i].append_ms, buf_str(&b.frame),
                                         &err),
                         0);
        ck_assert_int_eq(partition_header(b.partition)->clock_ms, rows[i].clock_ms);
        ck_assert_uint_eq(partition_next_offset(b.partition), i + 1);
    }
    bench_close(&b);
}
END_TEST

/* Else one broker with a wrong clock would end all waits, and let no request through any more. */
START_TEST(a_broker_whose_clock_is_ahead_is_held_back)
{
    struct bench b;
    bench_open(&b, 1, 0);
    static const struct {
        int64_t writer_ms, append_ms, clock_ms;
        uint64_t held_back;
    } rows[] = {
        {T0, T0 + 5, T0 + 5, 0},
        {T0, T0 + PARTITION_AHEAD_MS, T0 + PARTITION_AHEAD_MS, 0},
        {T0 + 10, T0 + PARTITION_AHEAD_MS + 11, T0 + PARTITION_AHEAD_MS + 10, 1},
        {T0 + 20, T0 + 366 * DAY, T0 + PARTITION_AHEAD_MS + 20, 2},
        {T0 + 2 * HOUR, T0 + HOUR, T0 + HOUR,
         2}, /* the writer's is ahead, or the broker's behind */
    };
    for (uint64_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {0};
        const struct header *header = partition_header(b.partition);
        frame_begin(&b.frame, 0);
        frame_set_writer(&b.frame, rows[i].writer_ms);
        ck_assert_int_eq(partition_apply(b.partition, i, rows[i].append_ms, buf_str(&b.frame),
                                         &err),
                         0);
        ck_assert_int_eq(header->clock_ms, rows[i].clock_ms);
        ck_assert_uint_eq(header->counters.held_back, rows[i].held_back);
        ck_assert_int_eq(header->clock_mode, CLOCK_LIVE);
    }
    bench_close(&b);
}
END_TEST

/* The log's clock goes no further than the writer's, but what waited for a broker until its
 * deadline had passed is no request any more; and what comes after it is one again. */
START_TEST(what_waited_for_a_broker_is_advice)
{
    static const struct {
        int64_t writer_ms, append_ms;
        size_t requests, advice; /* after it */
    } rows[] = {
        {T0, T0 + 5, 1, 0},
        {T0, T0 + 31 * MINUTE, 1, 1},
        {T0 + 2 * MINUTE, T0 + 2 * MINUTE, 2, 1},
    };
    struct bench b;
    bench_open(&b, 1, 0);
    program_free(b.packs[0]);
    b.packs[0] = program_new();
    int32_t fraud = pack_typology(b.packs[0], "fraud", ENTITY_ACCOUNT, 10, 25, 50, 80);
    pack_rule(b.packs[0], "r", fraud, LEG_PAYER, TRIGGER_TRANSACTION, pack_yes(b.packs[0]));
    pack_score(b.packs[0], 85, HOUR);
    pack_action(b.packs[0], ACTION_STOP, LEG_PAYER, HOUR);
    pack_ready(b.packs[0], "stops");
    activate(&b, 1, 0);
    for (uint64_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char id[16];
        struct err err = {0};
        (void)snprintf(id, sizeof id, "p-%d", (int)i);
        struct visit visit = payment(id, LEG_PAYER, i + 1);
        frame_begin(&b.frame, 0);
        frame_add(&b.frame, &visit);
        frame_set_writer(&b.frame, rows[i].writer_ms);
        ck_assert_int_eq(partition_apply(b.partition, b.offset++, rows[i].append_ms,
                                         buf_str(&b.frame), &err),
                         0);
        ck_assert_uint_eq(kept_count(&b.kept, OUTPUT_STOP), rows[i].requests);
        ck_assert_uint_eq(kept_count(&b.kept, OUTPUT_ADVICE), rows[i].advice);
    }
    bench_close(&b);
}
END_TEST

/* ---- what is sent on ------------------------------------------------------------------------ */

START_TEST(the_next_leg_with_its_place_and_values)
{
    struct bench b;
    bench_open(&b, 1, 0);
    activate(&b, 1, 0);
    struct visit visit = payment("p-1", LEG_PAYEE, 0);
    send(&b, &visit);
    ck_assert_int_eq(b.sent_count, 1);
    const struct visit *sent = &b.sent[0];
    struct token payee = token_of(ENTITY_ACCOUNT, "M");
    ck_assert_uint_eq(sent->leg, LEG_PAYER); /* payee.person is not visited by this pack */
    ck_assert_uint_eq(sent->source, SOURCE_VISITS + 0);
    ck_assert_uint_eq(sent->place.lsn, lsn_of(1, 1));
    ck_assert(token_eq(&sent->place.actor, &payee));
    ck_assert_uint_eq(sent->place.sub, 1);
    ck_assert_int_eq(sent->carried[2], 1);
    ck_assert_int_eq(sent->carried[1], VALUE_UNKNOWN);
    ck_assert_mem_eq(&sent->carried_pack, b.packs[0]->hash, 8);
    struct visit next = *sent;
    send(&b, &next);
    ck_assert_int_eq(b.sent_count, 1); /* the payer is the last */
    bench_close(&b);
}
END_TEST

/* The payee's page marks the payer and the payer's holder. */
static struct program *marking_pack(void)
{
    struct program *p = program_new();
    uint32_t mark = program_add_marks(p);
    p->marks[mark] = (struct mark){program_text(p, STR("suspect")), name_key(STR("suspect"))};
    pack_rule(p, "marks", TYPOLOGY_NONE, LEG_PAYEE, TRIGGER_TRANSACTION, pack_yes(p));
    for (int i = 0; i < 2; i++) {
        struct action *action =
            pack_action(p, ACTION_MARK, i == 0 ? LEG_PAYER : LEG_PAYER_PERSON, HOUR);
        action->mark = mark;
        action->what = 2;
    }
    return pack_ready(p, "marks");
}

/* A step sends the next visit of its event and then its marks, each with a place of its own, so
 * that the watermark of its source knows each again. */
START_TEST(marks_go_behind_the_next_visit)
{
    struct bench b;
    bench_open(&b, 1, 0);
    program_free(b.packs[0]);
    b.packs[0] = marking_pack();
    activate(&b, 1, 0);
    struct visit visit = payment("p-1", LEG_PAYEE, 0);
    send(&b, &visit);
    ck_assert_int_eq(b.sent_count, 3);
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(b.sent[i].place.lsn, lsn_of(1, 1));
        ck_assert_uint_eq(b.sent[i].place.sub, (uint32_t)i + 1);
        ck_assert_uint_eq(b.sent[i].event.kind, i == 0 ? EVENT_TRANSACTION : EVENT_MARK);
    }
    struct visit mark = b.sent[1];
    ck_assert_uint_eq(mark.leg, LEG_ENTITY);
    ck_assert_uint_eq(b.sent[2].leg, LEG_HOLDER);
    ck_assert_uint_eq(mark.event.id_len, 2 * TOKEN_BYTES);
    ck_assert_int_eq(mark.event.time_ms, T0);
    ck_assert_int_eq(mark.event.to_ms, T0 + HOUR);
    /* One mark of two: each has an id of its own. */
    ck_assert_mem_ne(mark.event.id, b.sent[2].event.id, 2 * TOKEN_BYTES);
    send(&b, &mark);
    ck_assert_int_eq(b.sent_count, 4); /* it goes on to the holder */
    ck_assert_uint_eq(b.sent[3].leg, LEG_HOLDER);
    send(&b, &mark);
    ck_assert_int_eq(b.sent_count, 4);
    ck_assert_uint_eq(partition_header(b.partition)->counters.duplicate, 1);
    bench_close(&b);
}
END_TEST

START_TEST(a_mark_that_no_decision_makes)
{
    static const struct {
        const char *name;
        uint8_t level;
        int64_t to_ms;
        bool good;
    } rows[] = {
        {"sound", 3, T0, true},
        {"no level", 0, T0, false},
        {"a level too high", 4, T0, false},
        {"no end", 1, VALUE_UNKNOWN, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench b;
        struct err err = {0};
        bench_open(&b, 1, 0);
        activate(&b, 1, 0);
        struct visit visit = payment("p-1", LEG_PAYEE, 0);
        visit.event.kind = EVENT_MARK;
        visit.event.phase = PHASE_NONE;
        visit.event.mark_level = rows[i].level;
        visit.event.to_ms = rows[i].to_ms;
        visit.leg = LEG_ENTITY;
        frame_begin(&b.frame, T0);
        frame_add(&b.frame, &visit);
        ck_assert_msg((apply(&b, &err) == 0) == rows[i].good, "%s", rows[i].name);
        bench_close(&b);
    }
}
END_TEST

static void send_at(struct bench *b, struct event event, int leg, uint64_t record)
{
    struct visit visit = visit_of(event, leg, record);
    send(b, &visit);
}

/* Records of the directory are judged where a rule asks for them, as soon as they are known: not
 * before what their page has judged. */
START_TEST(directory_records_are_judged_where_a_rule_asks)
{
    struct bench b;
    bench_open(&b, 1, 0);
    program_free(b.packs[0]);
    b.packs[0] = program_new();
    pack_rule(b.packs[0], "bound", TYPOLOGY_NONE, LEG_ENTITY, TRIGGER_BINDING,
              pack_word(b.packs[0], WORD_TIME, OP_EQ, T0))
        ->page = ENTITY_NUMBER;
    pack_ready(b.packs[0], "bound");
    activate(&b, 1, 0);
    send_at(&b, event_binding("b-1", ENTITY_ACCOUNT, "P", T0), LEG_ENTITY, 0);
    send_at(&b, event_binding("b-2", ENTITY_NUMBER, "P", T0), LEG_HOLDER, 1);
    ck_assert_uint_eq(kept_count(&b.kept, OUTPUT_DECISION), 0);
    send_at(&b, event_binding("b-3", ENTITY_NUMBER, "P", T0), LEG_ENTITY, 2);
    ck_assert_uint_eq(kept_count(&b.kept, OUTPUT_DECISION), 1);
    ck_assert_ptr_nonnull(strstr(kept_json(&b.kept, OUTPUT_DECISION, 0), "\"fired\":[\"bound\"]"));
    ck_assert_ptr_nonnull(strstr(kept_json(&b.kept, OUTPUT_DECISION, 0), "T10:00:00.000+08:00"));
    send_at(&b, event_message("m-1", "P", "Q", T0 + 2 * HOUR), LEG_SENDER, 3);
    send_at(&b, event_binding("b-4", ENTITY_NUMBER, "P", T0), LEG_ENTITY, 4);
    ck_assert_uint_eq(kept_count(&b.kept, OUTPUT_DECISION), 3);
    ck_assert_ptr_nonnull(strstr(kept_json(&b.kept, OUTPUT_DECISION, 2), "\"fired\":[\"bound\"]"));
    ck_assert_ptr_nonnull(strstr(kept_json(&b.kept, OUTPUT_DECISION, 2), "T12:00:00.000+08:00"));
    bench_close(&b);
}
END_TEST

START_TEST(visits_go_to_the_partition_of_their_entity)
{
    struct token payee = token_of(ENTITY_ACCOUNT, "M");
    struct token payer = token_of(ENTITY_ACCOUNT, "A");
    struct bench b;
    bench_open(&b, 7, outbox_partition(&payee, 7));
    activate(&b, 1, 0);
    struct visit visit = payment("p-1", LEG_PAYEE, 0);
    send(&b, &visit);
    ck_assert_uint_eq(b.sent_to[0], token_low64(&payer) % 7);
    ck_assert_uint_eq(b.sent[0].source, SOURCE_VISITS + outbox_partition(&payee, 7));
    bench_close(&b);
}
END_TEST

START_TEST(places_grow_within_a_frame)
{
    struct bench b;
    bench_open(&b, 1, 0);
    activate(&b, 1, 0);
    frame_begin(&b.frame, T0);
    for (uint64_t i = 0; i < 10; i++) {
        char id[] = "p-0";
        id[2] = (char)('0' + i);
        struct visit visit = payment(id, LEG_PAYEE, i);
        frame_add(&b.frame, &visit);
    }
    apply_good(&b);
    ck_assert_int_eq(b.sent_count, 10);
    for (int i = 1; i < 10; i++) {
        ck_assert_int_lt(place_compare(&b.sent[i - 1].place, &b.sent[i].place), 0);
    }
    bench_close(&b);
}
END_TEST

static size_t fired(const struct bench *b)
{
    return (size_t)partition_header(b->partition)->counters.fired;
}

START_TEST(values_of_another_pack_are_unknown)
{
    static const struct {
        const char *name;
        int packs[2]; /* at the payee, at the payer */
        size_t fired;
    } rows[] = {
        {"the same pack", {0, 0}, 1},
        {"another pack at the payer", {0, 1}, 0},
        {"the other pack at both", {1, 1}, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench b;
        bench_open(&b, 1, 0);
        activate(&b, 1, rows[i].packs[0]);
        struct visit first = payment("p-1", LEG_PAYEE, 0);
        struct visit second = payment("p-2", LEG_PAYEE, 1);
        send(&b, &first);
        send(&b, &second);
        ck_assert_int_eq(b.sent[1].carried[2], 2);
        activate(&b, 2, rows[i].packs[1]);
        struct visit at_payer = b.sent[1];
        send(&b, &at_payer);
        ck_assert_msg(fired(&b) == rows[i].fired, "%s", rows[i].name);
        bench_close(&b);
    }
}
END_TEST

START_TEST(earlier_values_of_another_pack_do_not_travel_on)
{
    struct bench b;
    bench_open(&b, 1, 0);
    b.packs[1]->visits[EVENT_TRANSACTION][LEG_PAYER_PERSON] = true;
    activate(&b, 1, 0);
    struct visit visit = payment("p-1", LEG_PAYEE, 0);
    send(&b, &visit);
    activate(&b, 2, 1);
    struct visit at_payer = b.sent[0];
    send(&b, &at_payer);
    ck_assert_int_eq(b.sent_count, 2);
    ck_assert_uint_eq(b.sent[1].leg, LEG_PAYER_PERSON);
    ck_assert_int_eq(b.sent[1].carried[2], VALUE_UNKNOWN);
    ck_assert_mem_eq(&b.sent[1].carried_pack, b.packs[1]->hash, 8);
    bench_close(&b);
}
END_TEST

/* ---- trouble -------------------------------------------------------------------------------- */

START_TEST(broken_frames_stop_the_partition)
{
    struct visit good = payment("p-1", LEG_PAYEE, 0);
    struct visit elsewhere = payment("p-1", LEG_PAYEE, 0);
    struct visit no_leg = payment("p-1", LEG_CALLER, 0);
    struct visit no_phase = payment("p-1", LEG_PAYEE, 0);
    struct visit no_source = payment("p-1", LEG_PAYEE, 0);
    struct visit nobody =
        visit_of(event_payment("p", PHASE_INITIATED, "A", NULL, 1, T0), LEG_PAYEE, 0);
    no_phase.event.phase = PHASE_NONE;
    no_source.source = source_limit(1); /* raw partitions have sources, too */
    const struct {
        const char *name;
        const struct visit *visit;
        int partitions;
        size_t cut;
        bool good;
    } rows[] = {
        {"sound", &good, 1, 0, true},
        {"a byte short", &good, 1, 1, false},
        {"no head", &good, 1, 10000, false},
        {"of another partition", &elsewhere, 2, 0, false},
        {"a leg that a payment does not have", &no_leg, 1, 0, false},
        {"a payment without a phase", &no_phase, 1, 0, false},
        {"a source that is not there", &no_source, 1, 0, false},
        {"a leg with nobody", &nobody, 1, 0, false},
        {"bytes behind it", &good, 1, SIZE_MAX, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench b;
        struct err err = {0};
        struct token payee = token_of(ENTITY_ACCOUNT, "M");
        uint32_t here = outbox_partition(&payee, (uint32_t)rows[i].partitions);
        bench_open(&b, rows[i].partitions, rows[i].partitions == 2 ? 1 - here : here);
        activate(&b, 1, 0);
        frame_begin(&b.frame, T0);
        frame_add(&b.frame, rows[i].visit);
        if (rows[i].cut == SIZE_MAX) {
            buf_add_char(&b.frame, 'x');
        } else {
            b.frame.len -= rows[i].cut < b.frame.len ? rows[i].cut : b.frame.len;
        }
        ck_assert_msg((apply(&b, &err) == 0) == rows[i].good, "%s", rows[i].name);
        ck_assert_msg(rows[i].good || strstr(err.text, "offset 1") != NULL, "%s", err.text);
        bench_close(&b);
    }
}
END_TEST

START_TEST(a_log_or_sink_that_fails_stops_the_partition)
{
    struct bench b;
    struct err err = {0};
    bench_open(&b, 1, 0);
    activate(&b, 1, 0);
    struct visit visit = payment("p-1", LEG_PAYEE, 0);
    b.log_fails = 1;
    frame_begin(&b.frame, T0);
    frame_add(&b.frame, &visit);
    ck_assert_int_eq(apply(&b, &err), -1);
    ck_assert_str_eq(err.text, "the log is away");
    bench_close(&b);
    bench_open(&b, 1, 0);
    activate(&b, 1, 0);
    b.kept.fails_at = 2;
    frame_begin(&b.frame, T0);
    frame_add(&b.frame, &visit);
    ck_assert_int_eq(apply(&b, &err), -1);
    ck_assert_str_eq(err.text, "the sink is full");
    bench_close(&b);
}
END_TEST

/* A page of no kind is one that is forgotten. */
START_TEST(an_entity_of_no_kind_is_refused)
{
    struct bench b;
    struct err err = {0};
    bench_open(&b, 1, 0);
    activate(&b, 1, 0);
    struct visit visit = {.source = SOURCE_FEED,
                          .place = {.lsn = 1},
                          .leg = LEG_ENTITY,
                          .event = event_listing("x-1", "list-b", "M", false, T0)};
    visit.event.party[PARTY_FROM].entity = ENTITY_NONE;
    visit.event.party[PARTY_FROM].kind = 1; /* as of a hidden caller: else the frame has no party */
    frame_begin(&b.frame, T0);
    frame_add(&b.frame, &visit);
    ck_assert_int_eq(apply(&b, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "it holds a visit that cannot be read"));
    bench_close(&b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("partition");
    TCase *tests = tcase_create("partition");
    tcase_add_test(tests, a_receipt_for_each_activation_that_counts);
    tcase_add_test(tests, a_receipt_to_the_letter);
    tcase_add_test(tests, a_pack_that_is_not_here_stops_the_partition);
    tcase_add_test(tests, each_visit_of_a_source_once);
    tcase_add_test(tests, the_same_message_under_a_new_record_goes_no_further);
    tcase_add_test(tests, a_token_of_another_kind_changes_no_page_and_stops_nothing);
    tcase_add_test(tests, the_clock_never_goes_back);
    tcase_add_test(tests, a_broker_whose_clock_is_ahead_is_held_back);
    tcase_add_test(tests, what_waited_for_a_broker_is_advice);
    tcase_add_test(tests, the_next_leg_with_its_place_and_values);
    tcase_add_test(tests, directory_records_are_judged_where_a_rule_asks);
    tcase_add_test(tests, visits_go_to_the_partition_of_their_entity);
    tcase_add_test(tests, marks_go_behind_the_next_visit);
    tcase_add_test(tests, a_mark_that_no_decision_makes);
    tcase_add_test(tests, places_grow_within_a_frame);
    tcase_add_test(tests, values_of_another_pack_are_unknown);
    tcase_add_test(tests, earlier_values_of_another_pack_do_not_travel_on);
    tcase_add_test(tests, broken_frames_stop_the_partition);
    tcase_add_test(tests, a_log_or_sink_that_fails_stops_the_partition);
    tcase_add_test(tests, an_entity_of_no_kind_is_refused);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
