/* test_partition_flush.c - what a partition writes to its store, and that it goes on from there as
 * if nothing had happened. */
#include "connectors/file/store_file.h"
#include "engine/base/mem.h"
#include "engine/partition.h"
#include "tests/unit/small_event.h"
#include "tests/unit/small_log.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS_MAX 32

/* A store in memory that notes each call, and can fail, refuse, or keep an old header. */
struct noting_store {
    struct store_file *file;
    struct store inner;
    struct store_seq next[CALLS_MAX];
    uint64_t w[CALLS_MAX];
    size_t pages[CALLS_MAX];
    bool header_new[CALLS_MAX]; /* another one than in the call before */
    struct buf header;
    int calls;
    bool fails, conflicts;
    bool keeps_header; /* as if the last call of a flush never came */
    struct buf old_header;
    uint64_t old_w;
    bool breaks; /* the connection is lost within the first page that is read */
};

/* Passes the head of a page on, and nothing after it. */
struct broken_reading {
    store_page_fn *give;
    void *context;
    bool broken;
};

static void give_head(void *context, const struct token *token, const struct page_piece *piece,
                      struct str bytes)
{
    struct broken_reading *reading = context;
    if (!reading->broken) {
        reading->give(reading->context, token, piece, bytes);
    }
    reading->broken = true;
}

static int lose_connection(struct err *err)
{
    (void)err_set(err, ERR_OUTSIDE, "the connection was lost");
    err->retriable = true;
    return -1;
}

static size_t heads(const struct store_flush *call)
{
    size_t count = 0;
    for (size_t i = 0; i < call->piece_count; i++) {
        count += call->pieces[i].piece.kind == PAGE_PIECE_HEAD;
    }
    return count;
}

static int note_flush(void *self, const struct store_flush *call, struct err *err)
{
    struct noting_store *s = self;
    struct store_flush passed = *call;
    if (s->fails) {
        return err_set(err, ERR_OUTSIDE, "the store is away");
    }
    ck_assert_int_lt(s->calls, CALLS_MAX);
    s->next[s->calls] = call->next;
    s->w[s->calls] = call->w;
    s->pages[s->calls] = heads(call);
    s->header_new[s->calls] = !str_eq(buf_str(&s->header), call->header);
    s->calls++;
    buf_clear(&s->header);
    buf_add_str(&s->header, call->header);
    if (s->keeps_header) {
        passed.header = buf_str(&s->old_header);
        passed.w = s->old_w;
    } else {
        buf_clear(&s->old_header);
        buf_add_str(&s->old_header, call->header);
        s->old_w = call->w;
    }
    passed.expected.number += s->conflicts;
    return s->inner.flush(s->inner.self, &passed, err);
}

static int note_answer(void *self, struct store_answer *answer, int timeout_ms, struct err *err)
{
    struct noting_store *s = self;
    return s->inner.answer(s->inner.self, answer, timeout_ms, err);
}

static int note_open(void *self, uint32_t partition, struct store_checkpoint *at,
                     store_timer_fn *give, void *context, struct err *err)
{
    struct noting_store *s = self;
    return s->inner.open(s->inner.self, partition, at, give, context, err);
}

static int note_seq(void *self, uint32_t partition, struct store_seq *seq, struct err *err)
{
    struct noting_store *s = self;
    return s->inner.seq(s->inner.self, partition, seq, err);
}

static int note_load(void *self, uint32_t partition, const struct store_seq *expected,
                     const struct token *tokens, size_t count, bool *conflict, store_page_fn *give,
                     void *context, struct err *err)
{
    struct noting_store *s = self;
    struct broken_reading reading = {give, context, false};
    int result = s->inner.load(s->inner.self, partition, expected, tokens, count, conflict,
                               s->breaks ? give_head : give, s->breaks ? &reading : context, err);
    return s->breaks ? lose_connection(err) : result;
}

static int note_sweep(void *self, uint32_t partition, const struct store_seq *expected,
                      uint64_t *cursor, bool *conflict, store_page_fn *give, void *context,
                      struct err *err)
{
    struct noting_store *s = self;
    struct broken_reading reading = {give, context, false};
    int result = s->inner.sweep(s->inner.self, partition, expected, cursor, conflict,
                                s->breaks ? give_head : give, s->breaks ? &reading : context, err);
    return s->breaks ? lose_connection(err) : result;
}

static int note_due(void *self, uint32_t partition, const struct store_seq *expected,
                    int64_t from_ms, int64_t *to_ms, bool *conflict, store_timer_fn *give,
                    void *context, struct err *err)
{
    struct noting_store *s = self;
    return s->inner.due(s->inner.self, partition, expected, from_ms, to_ms, conflict, give, context,
                        err);
}

static void store_begin(struct noting_store *s, struct store *store)
{
    static const struct store_file_identity identity = {.partition_count = 1};
    struct err err = {0};
    memset(s, 0, sizeof *s);
    s->file = store_file_open(NULL, &identity, &err);
    ck_assert_ptr_nonnull(s->file);
    s->inner = store_file_store(s->file);
    *store = (struct store){s,        note_flush, note_answer, note_open,
                            note_seq, note_load,  note_sweep,  note_due};
}

static void store_end(struct noting_store *s)
{
    store_file_close(s->file);
    buf_fini(&s->header);
    buf_fini(&s->old_header);
}

/* ---- a log that any number of owners read --------------------------------------------------- */

static void begin(struct small_log *log)
{
    struct program *p = program_new();
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    pack_rule(p, "third", mule, LEG_PAYEE, TRIGGER_TRANSACTION,
              pack_window(p, AGGREGATE_COUNT, STREAM_PAYMENT_IN, WORD_NONE, DAY, CODE_NONE, OP_GE,
                          3));
    pack_score(p, 65, DAY);
    log_init(log, pack_ready(p, "flush"));
}

/* A payment from an account to the account with that number, as one frame. */
static void pay(struct small_log *log, int payee)
{
    char id[16];
    char account[16];
    (void)snprintf(id, sizeof id, "p-%d", (int)log->frame_count);
    (void)snprintf(account, sizeof account, "M%d", payee);
    struct buf *frame = log_add_frame(log, MINUTE);
    struct event event = event_payment(id, PHASE_INITIATED, "A", account, 100, log->clock_ms);
    log_add_visit(log, frame, &event, LEG_PAYEE);
}

/* Up to the frame with that number, which is not taken. */
static void run(struct small_log *log, struct partition *p, uint64_t until)
{
    while (partition_next_offset(p) < until) {
        log_take(log, p);
    }
}

static void flush_good(struct partition *p)
{
    struct err err = {0};
    ck_assert_msg(partition_flush(p, &err) == 0, "%s", err.text);
}

/* Pages as bytes, in order of token, those of the store too. */
static void dump(struct small_log *log, struct partition *p, int accounts, struct buf *out)
{
    (void)log;
    for (int i = 0; i < accounts; i++) {
        char account[16];
        struct page *page = NULL;
        struct err err = {0};
        (void)snprintf(account, sizeof account, "M%d", i);
        struct token token = token_of(ENTITY_ACCOUNT, account);
        ck_assert_int_eq(partition_find_page(p, &token, &page, &err), 0);
        if (page != NULL) {
            log_dump_page(page, out);
        }
    }
}

/* ---- tests ---------------------------------------------------------------------------------- */

START_TEST(changed_pages_only_then_nothing)
{
    struct small_log log;
    struct noting_store s;
    struct store store;
    begin(&log);
    store_begin(&s, &store);
    struct partition *p = log_open(&log, &store, 77);
    pay(&log, 0);
    pay(&log, 1);
    pay(&log, 0);
    run(&log, p, log.frame_count);
    flush_good(p);
    ck_assert_int_eq(s.calls, 1);
    ck_assert_uint_eq(s.pages[0], 2);
    ck_assert_uint_eq(s.w[0], 4);
    flush_good(p);
    ck_assert_int_eq(s.calls, 1); /* nothing happened since */
    pay(&log, 1);
    run(&log, p, log.frame_count);
    flush_good(p);
    ck_assert_uint_eq(s.pages[1], 1);
    ck_assert_uint_eq(s.w[1], 5);
    ck_assert_uint_eq(s.next[0].owner, 77);
    ck_assert_uint_eq(s.next[0].number, 1);
    ck_assert_uint_eq(s.next[1].number, 2);
    partition_free(p);
    store_end(&s);
    log_fini(&log);
}
END_TEST

START_TEST(a_tick_alone_moves_header_and_w)
{
    struct small_log log;
    struct noting_store s;
    struct store store;
    struct err err = {0};
    struct buf tick = {0};
    begin(&log);
    store_begin(&s, &store);
    struct partition *p = log_open(&log, &store, 1);
    run(&log, p, 1);
    flush_good(p);
    frame_begin(&tick, T0 + HOUR);
    ck_assert_int_eq(partition_apply(p, 1, 0, buf_str(&tick), &err), 0);
    flush_good(p);
    ck_assert_int_eq(s.calls, 2);
    ck_assert_uint_eq(s.pages[1], 0);
    ck_assert_uint_eq(s.w[1], 2);
    ck_assert(s.header_new[1]);
    partition_free(p);
    buf_fini(&tick);
    store_end(&s);
    log_fini(&log);
}
END_TEST

/* Stops at each place of the log, opens again and goes on: outputs, pages and header are those of
 * one run. */
START_TEST(resumed_anywhere_is_one_run)
{
    struct small_log log;
    begin(&log);
    for (int i = 0; i < 9; i++) {
        pay(&log, i % 2);
    }
    struct partition *whole = log_open(&log, NULL, 1);
    run(&log, whole, log.frame_count);
    struct buf pages = {0};
    struct buf header = {0};
    dump(&log, whole, 2, &pages);
    header_encode(partition_header(whole), &header);
    char *outputs = kept_text(&log.kept, true);
    ck_assert_uint_eq(kept_count(&log.kept, OUTPUT_WARNING), 2);
    for (uint64_t cut = 0; cut <= log.frame_count; cut++) {
        struct noting_store s;
        struct store store;
        struct buf pages_now = {0};
        struct buf header_now = {0};
        kept_clear(&log.kept);
        store_begin(&s, &store);
        struct partition *first = log_open(&log, &store, 1);
        run(&log, first, cut);
        flush_good(first);
        partition_free(first);
        struct partition *second = log_open(&log, &store, 2);
        ck_assert_uint_eq(partition_next_offset(second), cut);
        run(&log, second, log.frame_count);
        dump(&log, second, 2, &pages_now);
        header_encode(partition_header(second), &header_now);
        char *outputs_now = kept_text(&log.kept, true);
        ck_assert_str_eq(outputs_now, outputs);
        ck_assert(str_eq(buf_str(&pages_now), buf_str(&pages)));
        ck_assert(str_eq(buf_str(&header_now), buf_str(&header)));
        flush_good(second);
        ck_assert(s.calls < 2 || s.next[1].owner == 2);
        partition_free(second);
        mem_free(outputs_now);
        buf_fini(&pages_now);
        buf_fini(&header_now);
        store_end(&s);
    }
    partition_free(whole);
    mem_free(outputs);
    buf_fini(&pages);
    buf_fini(&header);
    log_fini(&log);
}
END_TEST

/* The store has younger pages than its W: what they include is skipped, silently and exactly. */
START_TEST(pages_younger_than_w_skip_what_they_include)
{
    struct small_log log;
    struct noting_store s;
    struct store store;
    struct buf before = {0};
    struct buf after = {0};
    begin(&log);
    store_begin(&s, &store);
    for (int i = 0; i < 6; i++) {
        pay(&log, i % 2);
    }
    struct partition *first = log_open(&log, &store, 1);
    run(&log, first, 3);
    flush_good(first);
    s.keeps_header = true;
    run(&log, first, 6);
    flush_good(first);
    dump(&log, first, 2, &before);
    partition_free(first);
    kept_clear(&log.kept);
    struct partition *second = log_open(&log, &store, 2);
    ck_assert_uint_eq(partition_next_offset(second), 3);
    run(&log, second, 6);
    const struct counters *c = &partition_header(second)->counters;
    ck_assert_uint_eq(c->included, 3);
    ck_assert_uint_eq(c->fetched, c->applied + c->duplicate + c->included);
    ck_assert_uint_eq(log.kept.count, 0);
    dump(&log, second, 2, &after);
    ck_assert(str_eq(buf_str(&before), buf_str(&after)));
    run(&log, second, 7); /* and goes on */
    ck_assert_uint_eq(c->applied, 3);
    ck_assert_uint_eq(log.kept.count, 2); /* the third payment of M1: warning and decision */
    partition_free(second);
    buf_fini(&before);
    buf_fini(&after);
    store_end(&s);
    log_fini(&log);
}
END_TEST

START_TEST(many_pages_in_calls_of_256)
{
    struct small_log log;
    struct noting_store s;
    struct store store;
    begin(&log);
    store_begin(&s, &store);
    struct partition *p = log_open(&log, &store, 1);
    for (int i = 0; i < 600; i++) {
        pay(&log, i);
    }
    run(&log, p, log.frame_count);
    flush_good(p);
    ck_assert_int_eq(s.calls, 3);
    ck_assert_uint_eq(s.pages[0], 256);
    ck_assert_uint_eq(s.pages[1], 256);
    ck_assert_uint_eq(s.pages[2], 88);
    ck_assert_uint_eq(s.w[0], 0); /* until all pages are there, a recovery begins at the old W */
    ck_assert_uint_eq(s.w[1], 0);
    ck_assert_uint_eq(s.w[2], 601);
    ck_assert(!s.header_new[1]);
    ck_assert(s.header_new[2]);
    partition_free(p);
    store_end(&s);
    log_fini(&log);
}
END_TEST

/* The owner opens again when the connection was lost, and gives up when a page is broken: half a
 * page must not turn one into the other. */
START_TEST(a_connection_lost_within_a_page_is_no_broken_page)
{
    for (int sweeps = 0; sweeps < 2; sweeps++) {
        struct small_log log;
        struct noting_store s;
        struct store store;
        struct err err = {0};
        struct page *page = NULL;
        struct token token = token_of(ENTITY_ACCOUNT, "M0");
        begin(&log);
        store_begin(&s, &store);
        struct partition *first = log_open(&log, &store, 1);
        pay(&log, 0);
        run(&log, first, log.frame_count);
        flush_good(first);
        partition_free(first);
        struct partition *second = log_open(&log, &store, 2);
        s.breaks = true;
        int result = sweeps == 1 ? partition_sweep(second, &err)
                                 : partition_find_page(second, &token, &page, &err);
        ck_assert_int_eq(result, -1);
        ck_assert_str_eq(err.text, "the connection was lost");
        ck_assert(err.retriable);
        ck_assert(!partition_is_resident(second));
        partition_free(second);
        store_end(&s);
        log_fini(&log);
    }
}
END_TEST

START_TEST(a_flush_that_fails_can_be_tried_again)
{
    struct small_log log;
    struct noting_store s;
    struct store store;
    struct err err = {0};
    begin(&log);
    store_begin(&s, &store);
    struct partition *p = log_open(&log, &store, 1);
    pay(&log, 0);
    run(&log, p, 2);
    s.fails = true;
    ck_assert_int_eq(partition_flush(p, &err), -1);
    ck_assert_str_eq(err.text, "the store is away");
    s.fails = false;
    flush_good(p);
    ck_assert_uint_eq(s.pages[0], 1);
    pay(&log, 0);
    run(&log, p, 3);
    s.conflicts = true;
    ck_assert_int_eq(partition_flush(p, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "somebody else wrote"));
    partition_free(p);
    store_end(&s);
    log_fini(&log);
}
END_TEST

START_TEST(a_broken_store_is_an_error)
{
    struct small_log log;
    struct noting_store s;
    struct store store;
    struct err err = {0};
    struct page *page = NULL;
    struct token token = token_of(ENTITY_ACCOUNT, "M0");
    begin(&log);
    store_begin(&s, &store);
    struct partition *p = NULL;
    struct store_page_piece piece = {.token = token,
                                     .entity = ENTITY_ACCOUNT,
                                     .bytes = STR("no page")};
    struct store_flush call = {.next = {1, 1}, .pieces = &piece, .piece_count = 1};
    struct header header = {0};
    struct buf bytes = {0};
    header_encode(&header, &bytes);
    call.header = buf_str(&bytes);
    ck_assert_int_eq(s.inner.flush(s.inner.self, &call, &err), 0);
    p = log_open(&log, &store, 1);
    ck_assert_int_eq(partition_find_page(p, &token, &page, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "stored page cannot be read"));
    partition_free(p);
    call.expected = call.next;
    call.header = STR("no header");
    ck_assert_int_eq(s.inner.flush(s.inner.self, &call, &err), 0);
    buf_fini(&bytes);
    struct partition_setup setup = log_setup(&log, &store, 0);
    p = partition_new(&setup);
    ck_assert_int_eq(partition_open(p, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "stored header"));
    partition_free(p);
    store_end(&s);
    log_fini(&log);
}
END_TEST

/* ---- is it the same log? ----------------------------------------------------------------------
 */

START_TEST(another_log_than_the_stores_is_noticed)
{
    struct small_log log;
    struct noting_store s;
    struct store store;
    struct err err = {0};
    begin(&log);
    store_begin(&s, &store);
    pay(&log, 0);
    pay(&log, 1);
    struct partition *p = log_open(&log, &store, 1);
    run(&log, p, 3);
    flush_good(p);
    partition_free(p);
    p = log_open(&log, &store, 2);
    ck_assert_uint_eq(partition_next_offset(p), 3);
    struct str last = buf_str(&log.frames[2]);
    struct str other = buf_str(&log.frames[1]);
    ck_assert_int_eq(partition_check_log(p, 2, 0, last, &err), 0);
    ck_assert_int_eq(partition_check_log(p, 2, 1, last, &err), -1); /* appended at another time */
    ck_assert_int_eq(partition_check_log(p, 2, 0, other, &err), -1);
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_msg(strstr(err.text,
                         "partition 0 of the log of visits, offset 2: it is not the frame "
                         "that the store's pages come from") != NULL,
                  "%s", err.text);
    partition_free(p);
    store_end(&s);
    log_fini(&log);
}
END_TEST

START_TEST(a_log_keeps_its_clock)
{
    static const struct {
        const char *name;
        int64_t frame_clock_ms;
        enum clock_mode setting;
        bool opens;
    } rows[] = {
        {"frames with a time, and so the setting", T0, CLOCK_EVENT, true},
        {"frames with a time, the setting says live", T0, CLOCK_LIVE, false},
        {"frames with a time, nothing asked", T0, CLOCK_UNSAID, true},
        {"frames without, and so the setting", 0, CLOCK_LIVE, true},
        {"frames without, the setting says event", 0, CLOCK_EVENT, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct small_log log;
        struct noting_store s;
        struct store store;
        struct err err = {0};
        begin(&log);
        store_begin(&s, &store);
        buf_clear(&log.frames[0]);
        frame_begin(&log.frames[0], rows[i].frame_clock_ms);
        frame_activate(&log.frames[0], 1, log.pack->hash);
        struct partition *p = log_open(&log, &store, 1);
        ck_assert_int_eq(partition_apply(p, 0, T0, buf_str(&log.frames[0]), &err), 0);
        ck_assert_int_eq(partition_header(p)->clock_ms, T0);
        flush_good(p);
        partition_free(p);
        struct partition_setup setup = log_setup(&log, &store, 2);
        setup.clock = rows[i].setting;
        p = partition_new(&setup);
        ck_assert_msg((partition_open(p, &err) == 0) == rows[i].opens, "%s: %s", rows[i].name,
                      err.text);
        ck_assert_msg(rows[i].opens ||
                          (err.code == ERR_USAGE && strstr(err.text, "visits.clock") != NULL),
                      "%s: %s", rows[i].name, err.text);
        partition_free(p);
        store_end(&s);
        log_fini(&log);
    }
}
END_TEST

/* Whatever a writer with another setting puts into its frame. */
START_TEST(a_frame_of_the_other_clock_moves_nothing)
{
    static const struct {
        const char *name;
        enum clock_mode log;
        int64_t frame_ms, append_ms, clock_ms; /* of the second frame; clock after it */
    } rows[] = {
        {"event: a later time of the events", CLOCK_EVENT, T0 + DAY, T0 + 500 * DAY, T0 + DAY},
        {"event: a frame without", CLOCK_EVENT, 0, T0 + 500 * DAY, T0},
        {"live: a later time of the broker", CLOCK_LIVE, 0, T0 + DAY, T0 + DAY},
        {"live: a frame with a time", CLOCK_LIVE, T0 + 500 * DAY, T0 + DAY, T0 + DAY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct small_log log;
        struct err err = {0};
        struct buf next = {0};
        begin(&log);
        buf_clear(&log.frames[0]);
        frame_begin(&log.frames[0], rows[i].log == CLOCK_EVENT ? T0 : 0);
        frame_activate(&log.frames[0], 1, log.pack->hash);
        struct partition *p = log_open(&log, NULL, 1);
        ck_assert_int_eq(partition_apply(p, 0, T0, buf_str(&log.frames[0]), &err), 0);
        frame_begin(&next, rows[i].frame_ms);
        ck_assert_int_eq(partition_apply(p, 1, rows[i].append_ms, buf_str(&next), &err), 0);
        ck_assert_msg(partition_header(p)->clock_ms == rows[i].clock_ms, "%s", rows[i].name);
        ck_assert_msg(partition_header(p)->clock_mode == rows[i].log, "%s", rows[i].name);
        partition_free(p);
        buf_fini(&next);
        log_fini(&log);
    }
}
END_TEST

static void note_page(void *self, const struct page *page)
{
    struct buf *seen = self;
    buf_add(seen, &page->applied_lsn, sizeof page->applied_lsn);
}

START_TEST(each_change_of_a_page_is_shown)
{
    struct small_log log;
    struct err err = {0};
    struct buf seen = {0};
    begin(&log);
    pay(&log, 0);
    pay(&log, 1);
    struct partition_setup setup = log_setup(&log, NULL, 0);
    setup.watch = (struct page_watch){&seen, note_page};
    struct partition *p = partition_new(&setup);
    ck_assert_int_eq(partition_open(p, &err), 0);
    run(&log, p, 3);
    const uint64_t expected[] = {lsn_of(1, 1) + 1, lsn_of(2, 1) + 1};
    ck_assert_uint_eq(seen.len, sizeof expected);
    ck_assert_mem_eq(seen.at, expected, sizeof expected);
    partition_free(p);
    buf_fini(&seen);
    log_fini(&log);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("partition_flush");
    TCase *tests = tcase_create("partition_flush");
    tcase_add_test(tests, changed_pages_only_then_nothing);
    tcase_add_test(tests, a_tick_alone_moves_header_and_w);
    tcase_add_test(tests, resumed_anywhere_is_one_run);
    tcase_add_test(tests, pages_younger_than_w_skip_what_they_include);
    tcase_add_test(tests, many_pages_in_calls_of_256);
    tcase_add_test(tests, a_connection_lost_within_a_page_is_no_broken_page);
    tcase_add_test(tests, a_flush_that_fails_can_be_tried_again);
    tcase_add_test(tests, a_broken_store_is_an_error);
    tcase_add_test(tests, another_log_than_the_stores_is_noticed);
    tcase_add_test(tests, a_log_keeps_its_clock);
    tcase_add_test(tests, a_frame_of_the_other_clock_moves_nothing);
    tcase_add_test(tests, each_change_of_a_page_is_shown);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
