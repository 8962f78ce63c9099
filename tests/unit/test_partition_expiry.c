/* test_partition_expiry.c - pages are forgotten by the log's clock, and a recovery from any version
 * of the store forgets the same ones at the same steps. */
#include "connectors/cli/prng.h"
#include "engine/base/mem.h"
#include "engine/partition.h"
#include "engine/state/expiry.h"
#include "tests/unit/late_store.h"
#include "tests/unit/quiet_check.h"
#include "tests/unit/small_event.h"
#include "tests/unit/small_log.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPIRY_MS (10 * SECOND)
#define ENTITIES 8 /* accounts M0 .. M6; the last one is a person */
#define FRAMES_MAX 64
#define REST_MS 20

/* ---- a log, and what comes of it in one run ------------------------------------------------- */

struct bench {
    struct small_log log;
    struct buf pages[FRAMES_MAX + 1][ENTITIES]; /* before each frame, in one run; "" if forgotten */
    struct buf headers[FRAMES_MAX + 1];
    struct kept_outputs wanted;
    uint64_t waits_ended; /* in all runs of logs in one run */
};

static struct bench *bench_begin_with(bool waits)
{
    struct bench *b = mem_alloc(1, sizeof *b);
    struct program *p = program_new();
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    p->typologies[mule].closes_ms = 6 * SECOND;
    (void)pack_list(p, "bad", ENTITY_ACCOUNT);
    pack_rule(p, "third", mule, LEG_PAYEE, TRIGGER_TRANSACTION,
              pack_window(p, AGGREGATE_COUNT, STREAM_PAYMENT_IN, WORD_NONE, DAY, CODE_NONE, OP_GE,
                          3));
    pack_score(p, 65, 8 * SECOND);
    if (waits) {
        pack_lull(p, mule, SECOND);
    }
    log_init(&b->log, pack_ready(p, "expiry"));
    b->log.settings.engine_expiry_ms = EXPIRY_MS;
    b->log.settings.engine_lateness_ms = 20 * SECOND;
    b->log.settings.engine_flush_rest_ms = REST_MS;
    return b;
}

static struct bench *bench_begin(void)
{
    return bench_begin_with(false);
}

/* Makes room for another log. */
static void bench_clear(struct bench *b)
{
    for (uint64_t i = 0; i <= FRAMES_MAX; i++) {
        buf_clear(&b->headers[i]);
        for (int k = 0; k < ENTITIES; k++) {
            buf_clear(&b->pages[i][k]);
        }
    }
    kept_clear(&b->wanted);
    log_restart(&b->log);
}

static void bench_end(struct bench *b)
{
    bench_clear(b);
    for (uint64_t i = 0; i <= FRAMES_MAX; i++) {
        buf_fini(&b->headers[i]);
        for (int k = 0; k < ENTITIES; k++) {
            buf_fini(&b->pages[i][k]);
        }
    }
    log_fini(&b->log);
    kept_fini(&b->wanted);
    mem_free(b);
}

static struct token entity(int number)
{
    char name[8];
    (void)snprintf(name, sizeof name, "M%d", number);
    return number == ENTITIES - 1 ? holder_of(ENTITY_ACCOUNT, "M0")
                                  : token_of(ENTITY_ACCOUNT, name);
}

static struct event payment_to(int number, uint32_t id, int64_t time_ms)
{
    char text[16];
    char account[8];
    (void)snprintf(text, sizeof text, "p-%d", (int)id);
    (void)snprintf(account, sizeof account, "M%d", number);
    return event_payment(text, PHASE_INITIATED, "A", account, 100, time_ms);
}

static struct page *page_at(struct partition *p, int number)
{
    struct token token = entity(number);
    struct page *page = log_page(p, &token);
    return page != NULL && !page_is_forgotten(page) ? page : NULL;
}

static void dump_page(struct partition *p, int number, struct buf *out)
{
    struct page *page = page_at(p, number);
    buf_clear(out);
    if (page != NULL) {
        log_dump_page(page, out);
    }
}

/* Without the counters, which tell how often a recovery skipped what was included. */
static void dump_header(struct partition *p, struct buf *out)
{
    buf_clear(out);
    header_encode(partition_header(p), out);
    out->len -= sizeof(struct counters);
}

/* The log in one run, without a store. Returns how many pages were forgotten. */
static uint64_t run_straight(struct bench *b)
{
    quiet_check(b->log.frame_count <= FRAMES_MAX, "the log is too long");
    struct partition *p = log_open(&b->log, NULL, 1);
    for (uint64_t i = 0; i <= b->log.frame_count; i++) {
        dump_header(p, &b->headers[i]);
        for (int k = 0; k < ENTITIES; k++) {
            dump_page(p, k, &b->pages[i][k]);
        }
        if (i < b->log.frame_count) {
            log_take(&b->log, p);
        }
    }
    uint64_t expired = partition_header(p)->counters.expired;
    b->waits_ended += partition_header(p)->counters.waits_ended;
    partition_free(p);
    struct kept_outputs none = b->wanted;
    b->wanted = b->log.kept;
    b->log.kept = none;
    return expired;
}

/* ---- what goes and what stays --------------------------------------------------------------- */

static struct event listed(bool removes, int64_t to_ms)
{
    struct event event = event_listing("x-1", "bad", "M0", removes, T0);
    event.to_ms = to_ms;
    return event;
}

START_TEST(a_page_goes_when_nothing_holds_it)
{
    static const struct {
        const char *name;
        int payments; /* three make a warning */
        bool is_listed, removed;
        int64_t to_ms;   /* of the listing */
        int64_t gone_ms; /* after the first payment or the listing; -1: stays */
    } rows[] = {
        {"a payment", 1, false, false, 0, EXPIRY_MS},
        {"an episode until 6 s, points until 8 s", 3, false, false, 0, EXPIRY_MS + 8 * SECOND},
        {"on a list for ever", 0, true, false, VALUE_UNKNOWN, -1},
        {"on a list for 3 s", 0, true, false, T0 + 3 * SECOND, EXPIRY_MS + 3 * SECOND},
        {"off a list", 0, true, true, VALUE_UNKNOWN, EXPIRY_MS},
        {"off a list that would last", 0, true, true, T0 + HOUR, EXPIRY_MS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench *b = bench_begin();
        bench_clear(b);
        struct buf *frame = log_add_frame(&b->log, 0);
        for (int k = 0; k < rows[i].payments; k++) {
            struct event event = payment_to(0, (uint32_t)k, T0);
            log_add_visit(&b->log, frame, &event, LEG_PAYEE);
        }
        if (rows[i].is_listed) {
            struct event event = listed(rows[i].removed, rows[i].to_ms);
            log_add_visit(&b->log, frame, &event, LEG_ENTITY);
        }
        int64_t step_ms = EXPIRY_MS / 128;
        int64_t gone_ms = rows[i].gone_ms < 0 ? 500 * DAY : rows[i].gone_ms;
        int64_t due_ms = (T0 + gone_ms + step_ms - 1) / step_ms * step_ms;
        (void)log_add_frame(&b->log, due_ms - 1 - T0);
        (void)log_add_frame(&b->log, 1);
        (void)run_straight(b);
        ck_assert_msg(b->pages[3][0].len > 0, "%s: too early", rows[i].name);
        ck_assert_msg((b->pages[4][0].len == 0) == (rows[i].gone_ms >= 0), "%s: at its time",
                      rows[i].name);
        bench_end(b);
    }
}
END_TEST

START_TEST(what_the_directory_told_stays)
{
    struct bench *b = bench_begin();
    bench_clear(b);
    struct event event = event_binding("b-1", ENTITY_ACCOUNT, "M0", T0);
    log_add_visit(&b->log, log_add_frame(&b->log, 0), &event, LEG_HOLDER);
    (void)log_add_frame(&b->log, 10000 * DAY);
    (void)run_straight(b);
    ck_assert_uint_gt(b->pages[3][ENTITIES - 1].len, 0);
    bench_end(b);
}
END_TEST

START_TEST(who_comes_back_is_new)
{
    struct bench *b = bench_begin();
    bench_clear(b);
    for (int i = 0; i < 4; i++) { /* the same message: a duplicate only while it is remembered */
        struct buf *frame = log_add_frame(&b->log, i == 2 ? 2 * EXPIRY_MS : SECOND);
        struct event event = payment_to(0, 1, b->log.clock_ms);
        log_add_visit(&b->log, frame, &event, LEG_PAYEE);
    }
    ck_assert_uint_eq(run_straight(b), 1);
    ck_assert_uint_eq(kept_count(&b->wanted, OUTPUT_DECISION), 2);
    /* The first visit after it was forgotten left what the very first one did, but for the step. */
    ck_assert_uint_eq(b->pages[2][0].len, b->pages[4][0].len);
    bench_end(b);
}
END_TEST

START_TEST(a_forgotten_page_has_no_kind)
{
    struct bench *b = bench_begin();
    bench_clear(b);
    struct event payment = payment_to(0, 1, T0);
    struct event call = event_call("c-1", PHASE_START, "A", "M0", VALUE_UNKNOWN, T0 + SECOND);
    call.party[PARTY_TO].token = entity(0);
    log_add_visit(&b->log, log_add_frame(&b->log, 0), &payment, LEG_PAYEE);
    log_add_visit(&b->log, log_add_frame(&b->log, SECOND), &call, LEG_CALLEE);
    log_add_visit(&b->log, log_add_frame(&b->log, 2 * EXPIRY_MS), &call, LEG_CALLEE);
    struct partition *p = log_open(&b->log, NULL, 1);
    for (int i = 0; i < 3; i++) {
        log_take(&b->log, p);
    }
    ck_assert_uint_eq(partition_header(p)->counters.misnamed, 1);
    ck_assert_uint_eq(page_at(p, 0)->entity, ENTITY_ACCOUNT);
    log_take(&b->log, p);
    ck_assert_uint_eq(partition_header(p)->counters.misnamed, 1);
    ck_assert_uint_eq(partition_header(p)->counters.expired, 1);
    ck_assert_uint_eq(page_at(p, 0)->entity, ENTITY_NUMBER);
    partition_free(p);
    bench_end(b);
}
END_TEST

/* ---- the tombstone -------------------------------------------------------------------------- */

static void push(struct partition *p, uint64_t acked_lsn)
{
    struct err err = {.code = ERR_NONE};
    partition_begin_batch(p, 0);
    int result = partition_push(p, acked_lsn, 0, FLUSH_ALL, &err);
    quiet_check(result == 0, "%s", err.text);
}

static size_t heads_in(const struct store_call *call)
{
    size_t count = 0;
    for (size_t i = 0; i < call->flush.piece_count; i++) {
        count += call->flush.pieces[i].piece.kind == PAGE_PIECE_HEAD;
    }
    return count;
}

START_TEST(a_tombstone_waits_until_w_is_past_it)
{
    struct bench *b = bench_begin();
    struct late_store late;
    struct store store = late_store_begin(&late);
    struct token token = entity(0);
    bench_clear(b);
    struct event payment = payment_to(0, 1, T0);
    struct event other = payment_to(1, 2, T0 + 2 * EXPIRY_MS);
    log_add_visit(&b->log, log_add_frame(&b->log, 0), &payment, LEG_PAYEE); /* frame 1 */
    log_add_visit(&b->log, log_add_frame(&b->log, 2 * EXPIRY_MS), &other, LEG_PAYEE);
    (void)log_add_frame(&b->log, SECOND);
    struct partition *p = log_open(&b->log, &store, 1);
    log_take(&b->log, p);
    log_take(&b->log, p);
    push(p, lsn_of(2, 0));
    ck_assert_uint_eq(late.count, 1);
    ck_assert_uint_eq(late.calls[0].flush.timer_count, 1); /* the page with its timer */
    ck_assert_int_lt(late.calls[0].flush.timers[0].due_ms, T0 + 2 * EXPIRY_MS);
    log_take(&b->log, p); /* M0 is forgotten, M1 paid; that is not acknowledged */
    push(p, lsn_of(2, 1));
    ck_assert_uint_eq(late.count, 2);
    const struct store_call *call = &late.calls[1];
    ck_assert_uint_eq(call->flush.w, 2); /* not past the step */
    ck_assert_uint_eq(heads_in(call), 1);
    ck_assert_uint_eq(call->flush.removal_count, 0);
    ck_assert_uint_eq(call->flush.timer_count, 1);
    ck_assert_int_eq(call->flush.timers[0].due_ms, TIME_NEVER);
    ck_assert_ptr_nonnull(cache_find(partition_cache(p), &token));
    push(p, lsn_of(3, 0));
    ck_assert_uint_eq(late.count, 3);
    call = &late.calls[2];
    ck_assert_uint_eq(call->flush.w, 3);
    ck_assert_uint_eq(heads_in(call), 1); /* M1 */
    ck_assert_uint_eq(call->flush.removal_count, 1);
    ck_assert(token_eq(&call->flush.removals[0], &token));
    ck_assert_ptr_null(cache_find(partition_cache(p), &token));
    partition_free(p);
    late_store_end(&late);
    bench_end(b);
}
END_TEST

START_TEST(who_comes_back_meanwhile_is_not_removed)
{
    struct bench *b = bench_begin();
    struct late_store late;
    struct store store = late_store_begin(&late);
    bench_clear(b);
    for (uint32_t i = 1; i <= 2; i++) {
        struct buf *frame = log_add_frame(&b->log, 2 * EXPIRY_MS);
        struct event payment = payment_to(0, i, b->log.clock_ms);
        log_add_visit(&b->log, frame, &payment, LEG_PAYEE);
        (void)log_add_frame(&b->log, i == 1 ? 2 * EXPIRY_MS : 0);
    }
    struct partition *p = log_open(&b->log, &store, 1);
    for (int i = 0; i < 3; i++) {
        log_take(&b->log, p);
    }
    push(p, lsn_of(2, 1)); /* the tombstone */
    log_take(&b->log, p);
    log_take(&b->log, p);
    push(p, lsn_of(5, 0));
    for (size_t i = 0; i < late.count; i++) {
        ck_assert_uint_eq(late.calls[i].flush.removal_count, 0);
    }
    ck_assert_ptr_nonnull(page_at(p, 0));
    partition_free(p);
    late_store_end(&late);
    bench_end(b);
}
END_TEST

/* The store alone has the page: its timer came with the checkpoint. */
START_TEST(a_page_that_is_not_in_memory_goes_too)
{
    struct bench *b = bench_begin();
    struct late_store late;
    struct store store = late_store_begin(&late);
    struct err err = {.code = ERR_NONE};
    late.prompt = true;
    bench_clear(b);
    for (int i = 0; i < ENTITIES - 1; i++) {
        struct event payment = payment_to(i, (uint32_t)i, T0);
        log_add_visit(&b->log, i == 0 ? log_add_frame(&b->log, 0) : &b->log.frames[1], &payment,
                      LEG_PAYEE);
    }
    (void)log_add_frame(&b->log, 2 * EXPIRY_MS);
    struct partition *p = log_open(&b->log, &store, 1);
    log_take(&b->log, p);
    log_take(&b->log, p);
    ck_assert_int_eq(partition_flush(p, &err), 0);
    partition_free(p);
    ck_assert_uint_eq(store_file_page_count(late.file), ENTITIES - 1);
    p = log_open(&b->log, &store, 2);
    ck_assert_uint_eq(cache_count(partition_cache(p)), 0);
    log_take(&b->log, p);
    ck_assert_uint_eq(partition_header(p)->counters.expired, ENTITIES - 1);
    ck_assert_int_eq(partition_flush(p, &err), 0);
    ck_assert_uint_eq(store_file_page_count(late.file), 0);
    ck_assert_uint_eq(cache_count(partition_cache(p)), 0);
    partition_free(p);
    late_store_end(&late);
    bench_end(b);
}
END_TEST

/* Timers that only the store has come when their time does, not all with the checkpoint. */
START_TEST(the_store_is_asked_for_what_is_due)
{
    static const struct {
        int64_t step_ms; /* of the log's clock, before the frame */
        size_t asked;    /* so often by then */
        uint64_t expired;
    } frames[] = {{0, 1, 0}, {10 * SECOND, 1, 0}, {HOUR / 2, 2, 0}, {HOUR / 2, 3, 1}, {HOUR, 4, 2}};
    struct bench *b = bench_begin();
    struct late_store late;
    struct store store = late_store_begin(&late);
    struct err err = {.code = ERR_NONE};
    late.prompt = true;
    bench_clear(b);
    b->log.settings.engine_expiry_ms = HOUR;
    struct buf *frame = log_add_frame(&b->log, 0);
    for (int i = 0; i < 2; i++) {
        struct event payment = payment_to(i, (uint32_t)i, T0 + i * HOUR);
        log_add_visit(&b->log, frame, &payment, LEG_PAYEE);
    }
    struct partition *p = log_open(&b->log, &store, 1);
    log_take(&b->log, p);
    log_take(&b->log, p);
    ck_assert_int_eq(partition_flush(p, &err), 0);
    partition_free(p);
    p = log_open(&b->log, &store, 2);
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        (void)log_add_frame(&b->log, frames[i].step_ms);
        log_take(&b->log, p);
        ck_assert_uint_eq(late.due_asked, frames[i].asked);
        ck_assert_uint_eq(partition_header(p)->counters.expired, frames[i].expired);
    }
    partition_free(p);
    late_store_end(&late);
    bench_end(b);
}
END_TEST

/* The timers in the store are by the old setting; a page that is read goes by the new one, and so
 * does its timer from its next change on. */
START_TEST(another_expiry_counts_from_when_a_page_is_read)
{
    struct bench *b = bench_begin();
    struct late_store late;
    struct store store = late_store_begin(&late);
    struct err err = {.code = ERR_NONE};
    late.prompt = true;
    bench_clear(b);
    b->log.settings.engine_expiry_ms = HOUR;
    struct buf *frame = log_add_frame(&b->log, 0);
    for (int i = 0; i < 2; i++) {
        struct event payment = payment_to(i, (uint32_t)i, T0 + i * 15 * SECOND);
        log_add_visit(&b->log, frame, &payment, LEG_PAYEE);
    }
    struct event again = payment_to(1, 9, T0 + SECOND); /* its newest event stays the same */
    log_add_visit(&b->log, log_add_frame(&b->log, EXPIRY_MS - SECOND), &again, LEG_PAYEE);
    (void)log_add_frame(&b->log, EXPIRY_MS + SECOND);
    struct partition *p = log_open(&b->log, &store, 1);
    log_take(&b->log, p);
    log_take(&b->log, p);
    ck_assert_int_eq(partition_flush(p, &err), 0);
    partition_free(p);
    b->log.settings.engine_expiry_ms = EXPIRY_MS;
    p = log_open(&b->log, &store, 2);
    ck_assert_int_eq(partition_sweep(p, &err), 0);
    log_take(&b->log, p);
    log_take(&b->log, p);
    ck_assert_ptr_null(page_at(p, 0));
    ck_assert_ptr_nonnull(page_at(p, 1));
    ck_assert_int_eq(partition_flush(p, &err), 0);
    const struct store_flush *call = &late.calls[1].flush;
    ck_assert_uint_eq(call->timer_count, 2);
    for (size_t i = 0; i < 2; i++) {
        struct token gone = entity(0);
        bool is_gone = token_eq(&call->timers[i].token, &gone);
        ck_assert(is_gone == (call->timers[i].due_ms == TIME_NEVER));
        ck_assert(is_gone || call->timers[i].due_ms < T0 + HOUR);
    }
    partition_free(p);
    late_store_end(&late);
    bench_end(b);
}
END_TEST

/* A tombstone that a recovery finds in the store is removed in the end. */
START_TEST(a_tombstone_outlives_its_owner)
{
    struct bench *b = bench_begin();
    struct late_store late;
    struct store store = late_store_begin(&late);
    struct err err = {.code = ERR_NONE};
    late.prompt = true;
    bench_clear(b);
    struct event payment = payment_to(0, 1, T0);
    log_add_visit(&b->log, log_add_frame(&b->log, 0), &payment, LEG_PAYEE);
    (void)log_add_frame(&b->log, 2 * EXPIRY_MS);
    struct partition *p = log_open(&b->log, &store, 1);
    for (int i = 0; i < 3; i++) {
        log_take(&b->log, p);
    }
    ck_assert_int_eq(partition_push(p, lsn_of(3, 0), 0, FLUSH_ALL, &err), 0); /* W stays at 0 */
    late_store_crash(&late, 1);
    partition_free(p);
    ck_assert_uint_eq(store_file_page_count(late.file), 1);
    p = log_open(&b->log, &store, 2);
    for (int i = 0; i < 3; i++) {
        log_take(&b->log, p);
    }
    ck_assert_ptr_null(page_at(p, 0));
    ck_assert_uint_eq(partition_header(p)->counters.included, 1);
    ck_assert_int_eq(partition_flush(p, &err), 0);
    ck_assert_uint_eq(store_file_page_count(late.file), 0);
    partition_free(p);
    late_store_end(&late);
    bench_end(b);
}
END_TEST

/* ---- any history ---------------------------------------------------------------------------- */

struct world {
    struct prng rng;
    struct bench *b;
    struct late_store late;
    struct store store;
    struct partition *p;
    uint64_t owner, acked_offset;
    int64_t now_ms;
    int seed;
    int number; /* of the entity that was visited last */
    /* What happened over all histories. */
    uint64_t expired, removals, reborn, tombstones, versions, crashes;
};

static void add_random_visit(struct world *w, struct buf *frame)
{
    struct bench *b = w->b;
    /* Few are busy, so that others are forgotten; some are visited by one event after the other. */
    if (prng_chance(&w->rng, 60)) {
        w->number = (int)prng_below(&w->rng, 1 + prng_below(&w->rng, ENTITIES - 1));
    }
    int number = w->number;
    bool late = prng_chance(&w->rng, 30);
    int64_t time_ms = b->log.clock_ms - (late ? prng_between(&w->rng, 0, 30000) : 0);
    uint32_t kind = prng_below(&w->rng, 100);
    char name[8];
    (void)snprintf(name, sizeof name, "M%d", number);
    if (kind < 70) {
        uint32_t id =
            prng_chance(&w->rng, 20) ? prng_below(&w->rng, 1 + b->log.serial) : b->log.serial;
        struct event event = payment_to(number, id, time_ms);
        log_add_visit(&b->log, frame, &event, LEG_PAYEE);
    } else if (kind < 90) {
        struct event event = event_listing("x", "bad", name, prng_chance(&w->rng, 40), time_ms);
        event.to_ms =
            prng_chance(&w->rng, 5) ? VALUE_UNKNOWN : time_ms + prng_below(&w->rng, 60000);
        log_add_visit(&b->log, frame, &event, LEG_ENTITY);
    } else if (kind < 98) { /* named as a number */
        struct event event = event_call("c", PHASE_START, "A", name, VALUE_UNKNOWN, time_ms);
        event.party[PARTY_TO].token = entity(number);
        log_add_visit(&b->log, frame, &event, LEG_CALLEE);
    } else {
        struct event event = event_binding("b", ENTITY_ACCOUNT, "M0", time_ms);
        log_add_visit(&b->log, frame, &event, LEG_HOLDER);
    }
}

static void write_log(struct world *w)
{
    static const int64_t gaps[] = {0, 0, 100, 1000, 1000, 4000, 4000, 10000, 10100, 40000};
    uint64_t frames = 20 + prng_below(&w->rng, FRAMES_MAX - 22);
    bench_clear(w->b);
    while (w->b->log.frame_count < frames) {
        uint32_t gap = prng_below(&w->rng, sizeof gaps / sizeof gaps[0]);
        struct buf *frame = log_add_frame(&w->b->log, gaps[gap]);
        uint32_t visits = prng_chance(&w->rng, 30) ? 0 : 1 + prng_below(&w->rng, 4);
        for (uint32_t i = 0; i < visits; i++) {
            add_random_visit(w, frame);
        }
    }
}

/* Everything that was said is said in one run, too. */
static void check_outputs(struct world *w, const char *where)
{
    for (size_t i = 0; i < w->b->log.kept.count; i++) {
        const struct kept_output *got = &w->b->log.kept.item[i];
        bool found = false;
        for (size_t k = 0; k < w->b->wanted.count && !found; k++) {
            const struct kept_output *wanted = &w->b->wanted.item[k];
            found = token_eq(&wanted->id, &got->id) && strcmp(wanted->json, got->json) == 0;
        }
        quiet_check(found, "seed %d, %s: only a recovery says %s", w->seed, where, got->json);
    }
    kept_clear(&w->b->log.kept);
}

/* All is as in one run. */
static void check_end(struct world *w, struct partition *p, const char *where)
{
    struct buf got = {0};
    uint64_t end = w->b->log.frame_count;
    quiet_check(partition_next_offset(p) == end, "seed %d, %s: not at the end", w->seed, where);
    for (int k = 0; k < ENTITIES; k++) {
        dump_page(p, k, &got);
        quiet_check(str_eq(buf_str(&got), buf_str(&w->b->pages[end][k])),
                    "seed %d, %s: page %d has %d bytes, not %d, or others", w->seed, where, k,
                    (int)got.len, (int)w->b->pages[end][k].len);
    }
    dump_header(p, &got);
    quiet_check(str_eq(buf_str(&got), buf_str(&w->b->headers[end])), "seed %d, %s: header", w->seed,
                where);
    buf_fini(&got);
    check_outputs(w, where);
}

/* ---- a version of the store ---- */

struct content {
    int64_t timers[ENTITIES];
    struct page_decoder *decoder;
};

static void take_timer(void *context, const struct timer *timer)
{
    struct content *content = context;
    for (int k = 0; k < ENTITIES; k++) {
        struct token token = entity(k);
        if (token_eq(&token, &timer->token)) {
            content->timers[k] = timer->due_ms;
        }
    }
}

static void take_piece(void *context, const struct token *token, const struct page_piece *piece,
                       struct str bytes)
{
    struct content *content = context;
    struct err err = {.code = ERR_NONE};
    (void)token;
    if (piece->kind == PAGE_PIECE_HEAD) {
        content->decoder = page_decode_begin();
    }
    int result = page_decode_piece(content->decoder, piece, bytes, &err);
    quiet_check(result == 0, "%s", err.text);
}

/* Timer and page say the same, and the page is one that it was in one run. */
static void check_stored_page(struct world *w, const struct store *store, struct content *content,
                              const struct store_seq *seq, int k)
{
    struct token token = entity(k);
    struct err err = {.code = ERR_NONE};
    bool conflict = false;
    content->decoder = NULL;
    int result = store->load(store->self, 0, seq, &token, 1, &conflict, take_piece, content, &err);
    quiet_check(result == 0 && !conflict, "seed %d: page %d cannot be read", w->seed, k);
    int64_t due_ms = TIME_NEVER;
    if (content->decoder != NULL) {
        struct page *page = page_decode_end(content->decoder, &err);
        quiet_check(page != NULL, "seed %d: %s", w->seed, err.text);
        due_ms = expiry_due_ms(page, EXPIRY_MS);
        w->tombstones += page_is_forgotten(page);
        page_free(page);
    }
    quiet_check(due_ms == content->timers[k], "seed %d: page %d is due at %lld, its timer at %lld",
                w->seed, k, (long long)due_ms, (long long)content->timers[k]);
}

static void check_version(struct world *w, size_t n)
{
    struct store store = late_store_version(&w->late, n);
    struct content content;
    struct store_checkpoint at;
    struct err err = {.code = ERR_NONE};
    char where[32];
    (void)snprintf(where, sizeof where, "version %d", (int)n);
    for (int k = 0; k < ENTITIES; k++) {
        content.timers[k] = TIME_NEVER;
    }
    int result = store.open(store.self, 0, &at, take_timer, &content, &err);
    quiet_check(result == 0, "%s", err.text);
    for (int k = 0; k < ENTITIES; k++) {
        check_stored_page(w, &store, &content, &at.seq, k);
    }
    struct partition *p = log_open(&w->b->log, &store, 1000);
    struct buf header = {0};
    dump_header(p, &header);
    quiet_check(str_eq(buf_str(&header), buf_str(&w->b->headers[partition_next_offset(p)])),
                "seed %d, %s: the header is not that of W", w->seed, where);
    buf_fini(&header);
    uint64_t sweep_at = prng_below(&w->rng, (uint32_t)w->b->log.frame_count);
    while (partition_next_offset(p) < w->b->log.frame_count) {
        if (partition_next_offset(p) == sweep_at) {
            result = partition_sweep(p, &err);
            quiet_check(result == 0, "%s", err.text);
        }
        log_take(&w->b->log, p);
    }
    check_end(w, p, where);
    partition_free(p);
    w->versions++;
}

/* ---- one history ---- */

static void take_answers(struct world *w)
{
    struct store_answer answer;
    struct err err = {.code = ERR_NONE};
    while (w->store.answer(w->store.self, &answer, 0, &err) > 0) {
        partition_take_answer(w->p, &answer);
    }
    quiet_check(!partition_has_conflict(w->p), "seed %d: a conflict", w->seed);
}

static void push_some(struct world *w)
{
    struct err err = {.code = ERR_NONE};
    uint64_t next = partition_next_offset(w->p);
    w->acked_offset = w->acked_offset > next ? next : w->acked_offset;
    w->acked_offset += prng_below(&w->rng, 1 + (uint32_t)(next - w->acked_offset));
    enum flush_how how = prng_chance(&w->rng, 40) ? FLUSH_ALL : FLUSH_RESTED;
    int result = partition_push(w->p, lsn_of(w->acked_offset, 0), w->now_ms, how, &err);
    quiet_check(result == 0, "%s", err.text);
}

static void crash(struct world *w)
{
    size_t waiting = late_store_waiting(&w->late);
    late_store_crash(&w->late, prng_below(&w->rng, 1 + (uint32_t)waiting));
    partition_free(w->p);
    w->p = log_open(&w->b->log, &w->store, ++w->owner);
    w->acked_offset = partition_next_offset(w->p);
    w->crashes++;
}

static void act(struct world *w)
{
    struct err err = {.code = ERR_NONE};
    uint32_t what = prng_below(&w->rng, 100);
    w->now_ms += prng_below(&w->rng, REST_MS);
    if (what < 40) {
        if (prng_chance(&w->rng, 50)) {
            partition_begin_batch(w->p, w->now_ms);
        }
        if (partition_next_offset(w->p) < w->b->log.frame_count) {
            log_take(&w->b->log, w->p);
        }
    } else if (what < 60) {
        push_some(w);
    } else if (what < 80) {
        late_store_execute(&w->late);
    } else if (what < 95) {
        late_store_answers(&w->late);
        take_answers(w);
    } else if (what < 97) {
        int result = partition_sweep(w->p, &err);
        quiet_check(result == 0, "%s", err.text);
    } else {
        crash(w);
    }
}

/* Everything is written, and the store has nothing that one run would not have. */
static void settle(struct world *w)
{
    struct err err = {.code = ERR_NONE};
    uint64_t pages = 0;
    while (partition_next_offset(w->p) < w->b->log.frame_count) {
        log_take(&w->b->log, w->p);
    }
    while (!partition_is_resident(w->p)) { /* tombstones of others before */
        int result = partition_sweep(w->p, &err);
        quiet_check(result == 0, "%s", err.text);
    }
    w->late.prompt = true;
    int result = partition_flush(w->p, &err);
    quiet_check(result == 0, "%s", err.text);
    check_end(w, w->p, "at the end");
    for (int k = 0; k < ENTITIES; k++) {
        pages += w->b->pages[w->b->log.frame_count][k].len > 0;
    }
    quiet_check(store_file_page_count(w->late.file) == pages, "seed %d: %d pages, not %d", w->seed,
                (int)store_file_page_count(w->late.file), (int)pages);
    quiet_check(cache_count(partition_cache(w->p)) == pages, "seed %d: a tombstone in memory",
                w->seed);
}

static void live(struct world *w)
{
    write_log(w);
    w->expired += run_straight(w->b);
    for (uint64_t i = 1; i <= w->b->log.frame_count; i++) {
        for (int k = 0; k < ENTITIES; k++) {
            w->reborn += w->b->pages[i][k].len > 0 && w->b->pages[i - 1][k].len == 0;
        }
    }
    w->store = late_store_begin(&w->late);
    w->owner = 1;
    w->acked_offset = 0;
    w->p = log_open(&w->b->log, &w->store, w->owner);
    for (int i = 0; i < 250; i++) {
        act(w);
    }
    settle(w);
    for (size_t n = 0; n < w->late.executed; n++) {
        w->removals += w->late.calls[n].flush.removal_count;
    }
    for (size_t n = 0; n <= w->late.executed; n++) {
        check_version(w, n);
    }
    partition_free(w->p);
    late_store_end(&w->late);
}

#define HISTORIES 25 /* of each test */

/* Every other test has a pattern that waits. */
START_TEST(every_version_is_a_place_to_recover_from)
{
    struct world *w = mem_alloc(1, sizeof *w);
    w->b = bench_begin_with(_i % 2 == 1);
    for (int i = 0; i < HISTORIES; i++) {
        w->seed = _i * HISTORIES + i;
        w->rng = prng_seed((uint64_t)w->seed, "expiry");
        live(w);
    }
    ck_assert_uint_gt(w->expired, 10 * HISTORIES);
    ck_assert(w->b->waits_ended > 10 * HISTORIES || _i % 2 == 0);
    ck_assert_uint_gt(w->reborn, 10 * HISTORIES);
    ck_assert_uint_gt(w->removals, 5 * HISTORIES);
    ck_assert_uint_gt(w->tombstones, HISTORIES);
    ck_assert_uint_gt(w->versions, 10 * HISTORIES);
    ck_assert_uint_gt(w->crashes, HISTORIES);
    bench_end(w->b);
    mem_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("partition_expiry");
    TCase *tests = tcase_create("partition_expiry");
    tcase_add_test(tests, a_page_goes_when_nothing_holds_it);
    tcase_add_test(tests, what_the_directory_told_stays);
    tcase_add_test(tests, who_comes_back_is_new);
    tcase_add_test(tests, a_forgotten_page_has_no_kind);
    tcase_add_test(tests, a_tombstone_waits_until_w_is_past_it);
    tcase_add_test(tests, who_comes_back_meanwhile_is_not_removed);
    tcase_add_test(tests, a_page_that_is_not_in_memory_goes_too);
    tcase_add_test(tests, the_store_is_asked_for_what_is_due);
    tcase_add_test(tests, another_expiry_counts_from_when_a_page_is_read);
    tcase_add_test(tests, a_tombstone_outlives_its_owner);
    suite_add_tcase(suite, tests);
    TCase *random = tcase_create("random");
    tcase_set_timeout(random, 60);
    tcase_add_loop_test(random, every_version_is_a_place_to_recover_from, 0, 10);
    suite_add_tcase(suite, random);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
