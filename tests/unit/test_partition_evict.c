/* test_partition_evict.c - within a bound of memory pages go and come again, and nothing that is
 * decided, stored or due is another one for it. */
#include "connectors/cli/prng.h"
#include "engine/base/mem.h"
#include "engine/partition.h"
#include "tests/unit/late_store.h"
#include "tests/unit/quiet_check.h"
#include "tests/unit/small_event.h"
#include "tests/unit/small_log.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPIRY_MS HOUR
#define ACCOUNTS 40
#define FRAMES 120
#define VISITS_MAX 12 /* of a frame */
#define MANY 1000

/* ---- a log, and who takes it ---------------------------------------------------------------- */

struct bench {
    struct small_log log;
    struct late_store late;
    struct store store;
    uint64_t taken; /* the frame in hand */
    bool looks_ahead;
};

static struct bench *bench_begin(void)
{
    struct bench *b = mem_alloc(1, sizeof *b);
    struct program *p = program_new();
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    pack_rule(p, "third", mule, LEG_PAYEE, TRIGGER_TRANSACTION,
              pack_window(p, AGGREGATE_COUNT, STREAM_PAYMENT_IN, WORD_NONE, DAY, CODE_NONE, OP_GE,
                          3));
    pack_score(p, 65, 8 * MINUTE);
    pack_lull(p, mule, MINUTE);
    log_init(&b->log, pack_ready(p, "evict"));
    b->log.settings.engine_expiry_ms = EXPIRY_MS;
    b->store = late_store_begin(&b->late);
    return b;
}

static void bench_end(struct bench *b)
{
    log_fini(&b->log);
    late_store_end(&b->late);
    mem_free(b);
}

static struct token account(uint32_t number)
{
    char name[8];
    (void)snprintf(name, sizeof name, "M%d", (int)number);
    return token_of(ENTITY_ACCOUNT, name);
}

static void add_payment(struct bench *b, struct buf *frame, uint32_t to)
{
    char id[16];
    char name[8];
    (void)snprintf(id, sizeof id, "p-%d", (int)b->log.serial + 1);
    (void)snprintf(name, sizeof name, "M%d", (int)to);
    struct event event = event_payment(id, PHASE_INITIATED, "A", name, 100, b->log.clock_ms);
    log_add_visit(&b->log, frame, &event, LEG_PAYEE);
}

/* One payment to each account. */
static void add_round(struct bench *b, int64_t gap_ms)
{
    struct buf *frame = log_add_frame(&b->log, gap_ms);
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        add_payment(b, frame, i);
    }
}

/* The frames of the log behind the one in hand. */
static size_t next_ahead(void *context, uint32_t number, size_t at, struct str *frame)
{
    const struct bench *b = context;
    size_t next = at > 0 ? at : b->taken + 1;
    quiet_check(number == 0, "frames of partition %d are asked for", (int)number);
    if (next >= b->log.frame_count) {
        return 0;
    }
    *frame = buf_str(&b->log.frames[next]);
    return next + 1;
}

static struct partition *bench_open(struct bench *b, bool stored, uint64_t owner)
{
    struct partition_setup setup = log_setup(&b->log, stored ? &b->store : NULL, owner);
    setup.ahead = (struct frames_ahead){b, b->looks_ahead ? next_ahead : NULL};
    return log_open_with(&setup);
}

static void take_frame(struct bench *b, struct partition *p)
{
    partition_begin_batch(p, 0);
    b->taken = partition_next_offset(p);
    log_take(&b->log, p);
}

static void push(struct partition *p, uint64_t acked_lsn)
{
    struct err err = {.code = ERR_NONE};
    partition_begin_batch(p, 0);
    int result = partition_push(p, acked_lsn, 0, FLUSH_ALL, &err);
    quiet_check(result == 0, "%s", err.text);
}

static void take_answers(struct bench *b, struct partition *p)
{
    struct err err = {.code = ERR_NONE};
    struct store_answer answer;
    while (b->store.answer(b->store.self, &answer, 0, &err) > 0) {
        partition_take_answer(p, &answer);
    }
}

/* All that waits is acknowledged, sent and answered. */
static void settle(struct bench *b, struct partition *p)
{
    b->late.prompt = true;
    do {
        push(p, lsn_of(partition_next_offset(p), 0));
        take_answers(b, p);
    } while (flush_waiting(partition_flush_state(p)) > 0);
}

static struct page *find_page(struct partition *p, uint32_t number)
{
    struct token token = account(number);
    return log_page(p, &token);
}

static uint32_t payments_in(struct partition *p, uint32_t number)
{
    const struct stream *stream = &find_page(p, number)->streams[STREAM_PAYMENT_IN];
    return stream->end - stream->begin;
}

static size_t pages_in_memory(const struct partition *p)
{
    return cache_count(partition_cache(p));
}

static uint64_t evicted(const struct partition *p)
{
    return partition_paging(p)->evicted;
}

static size_t bytes_in_memory(const struct partition *p)
{
    const struct cache *cache = partition_cache(p);
    quiet_check(cache_bytes(cache) == cache_memory_bytes(cache), "the pages are not as weighed");
    return cache_bytes(cache);
}

/* ---- what goes, and what does not ----------------------------------------------------------- */

START_TEST(what_the_store_does_not_have_stays)
{
    struct bench *b = bench_begin();
    struct partition *p = bench_open(b, true, 1);
    partition_set_page_bytes(p, 1);
    add_round(b, SECOND);
    take_frame(b, p);
    take_frame(b, p);
    ck_assert_uint_eq(pages_in_memory(p), ACCOUNTS); /* changed */
    ck_assert(partition_is_over(p));
    push(p, lsn_of(1, 0));
    ck_assert_uint_eq(pages_in_memory(p), ACCOUNTS); /* copied, and not acknowledged */
    ck_assert(partition_is_over(p));
    push(p, lsn_of(1, 11));
    ck_assert_uint_eq(pages_in_memory(p), ACCOUNTS - 10); /* these were sent; no answer is needed */
    ck_assert(partition_is_over(p));
    push(p, lsn_of(2, 0));
    ck_assert_uint_eq(pages_in_memory(p), 0);
    ck_assert_uint_eq(evicted(p), ACCOUNTS);
    ck_assert(!partition_is_over(p)); /* the table alone is larger than this bound */
    partition_free(p);
    bench_end(b);
}
END_TEST

/* The calls of an owner are numbered from 1 on, whatever the number of the one before him was. */
START_TEST(what_an_owner_sends_first_can_go_at_once)
{
    struct bench *b = bench_begin();
    struct partition *p = bench_open(b, true, 1);
    take_frame(b, p);
    settle(b, p);
    ck_assert_uint_eq(flush_seq(partition_flush_state(p))->number, 1);
    partition_free(p);
    p = bench_open(b, true, 2);
    partition_set_page_bytes(p, 1);
    add_round(b, SECOND);
    take_frame(b, p);
    ck_assert_uint_eq(pages_in_memory(p), ACCOUNTS);
    push(p, lsn_of(2, 0));
    ck_assert_uint_eq(flush_unsent(partition_flush_state(p)), 0);
    ck_assert_uint_eq(pages_in_memory(p), 0);
    partition_free(p);
    bench_end(b);
}
END_TEST

START_TEST(those_that_nobody_wants_go_first)
{
    struct bench *b = bench_begin();
    struct partition *p = bench_open(b, true, 1);
    add_round(b, SECOND);
    struct buf *frame = log_add_frame(&b->log, SECOND);
    for (uint32_t i = 0; i < 5; i++) {
        add_payment(b, frame, 7 * i);
    }
    for (int i = 0; i < 3; i++) {
        take_frame(b, p);
    }
    settle(b, p);
    size_t all = bytes_in_memory(p);
    partition_set_page_bytes(p, all - 30 * (all / ACCOUNTS));
    push(p, lsn_of(3, 0));
    ck_assert_uint_gt(evicted(p), 20);
    ck_assert_uint_le(bytes_in_memory(p), all - 30 * (all / ACCOUNTS));
    for (uint32_t i = 0; i < 5; i++) {
        struct token token = account(7 * i);
        ck_assert_ptr_nonnull(cache_find(partition_cache(p), &token));
    }
    partition_free(p);
    bench_end(b);
}
END_TEST

START_TEST(a_replay_has_no_bound)
{
    struct bench *b = bench_begin();
    struct partition *p = bench_open(b, false, 1);
    partition_set_page_bytes(p, 0);
    add_round(b, SECOND);
    take_frame(b, p);
    take_frame(b, p);
    ck_assert_uint_eq(pages_in_memory(p), ACCOUNTS);
    ck_assert(!partition_is_over(p));
    ck_assert(partition_is_resident(p));
    partition_free(p);
    bench_end(b);
}
END_TEST

/* Tombstones stay until W has passed them: nothing is to wait for that, or W would wait, too. */
START_TEST(tombstones_hold_nothing_up)
{
    struct bench *b = bench_begin();
    struct err err = {.code = ERR_NONE};
    struct partition *p = bench_open(b, true, 1);
    partition_set_page_bytes(p, 1);
    add_round(b, SECOND);
    (void)log_add_frame(&b->log, 3 * EXPIRY_MS);
    take_frame(b, p);
    take_frame(b, p);
    settle(b, p);
    ck_assert_uint_eq(pages_in_memory(p), 0);
    take_frame(b, p);
    int result = partition_push(p, lsn_of(3, 0), 0, FLUSH_ALL, &err);
    ck_assert_msg(result == 0, "%s", err.text);
    ck_assert_uint_eq(partition_header(p)->counters.expired, ACCOUNTS);
    ck_assert_uint_eq(pages_in_memory(p), ACCOUNTS);
    ck_assert(!partition_is_over(p));
    settle(b, p);
    ck_assert_uint_eq(pages_in_memory(p), 0);
    ck_assert_uint_eq(store_file_page_count(b->late.file), 0);
    partition_free(p);
    bench_end(b);
}
END_TEST

/* ---- what comes again ----------------------------------------------------------------------- */

START_TEST(missing_means_new_again_when_all_are_back)
{
    struct bench *b = bench_begin();
    struct partition *p = bench_open(b, true, 1);
    partition_set_page_bytes(p, 1);
    add_round(b, SECOND);
    take_frame(b, p);
    take_frame(b, p);
    ck_assert(partition_is_resident(p));
    settle(b, p);
    ck_assert(!partition_is_resident(p));
    ck_assert_uint_eq(partition_paging(p)->outside, ACCOUNTS);
    partition_set_page_bytes(p, 0);
    ck_assert_ptr_null(find_page(p, ACCOUNTS)); /* the store was asked, and has none */
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        ck_assert(!partition_is_resident(p));
        ck_assert_ptr_nonnull(find_page(p, i));
    }
    ck_assert(partition_is_resident(p));
    ck_assert_uint_eq(partition_paging(p)->loaded, ACCOUNTS);
    partition_free(p);
    bench_end(b);
}
END_TEST

/* Each question waits for the store's answer: also of those that are new, there is one a frame. */
START_TEST(the_store_is_asked_once_a_frame)
{
    struct bench *b = bench_begin();
    struct partition *p = bench_open(b, true, 1);
    partition_set_page_bytes(p, 1);
    add_round(b, SECOND);
    struct buf *frame = log_add_frame(&b->log, SECOND);
    for (uint32_t i = ACCOUNTS - 2; i < ACCOUNTS + 10; i++) {
        add_payment(b, frame, i);
    }
    take_frame(b, p);
    take_frame(b, p);
    settle(b, p);
    ck_assert(!partition_is_resident(p));
    ck_assert_uint_eq(b->late.loads_asked, 0);
    take_frame(b, p);
    ck_assert_uint_eq(pages_in_memory(p), 12);
    ck_assert_uint_eq(b->late.loads_asked, 1);
    partition_free(p);
    bench_end(b);
}
END_TEST

/* A visit to each so many-th account, in a frame of its own. */
static void add_many(struct bench *b, uint32_t step)
{
    for (uint32_t i = 0; i < MANY; i += step) {
        add_payment(b, log_add_frame(&b->log, 1), i);
    }
}

static void take_all(struct bench *b, struct partition *p)
{
    while (partition_next_offset(p) < b->log.frame_count) {
        take_frame(b, p);
    }
}

/* Their pages are in the store alone. */
static void leave_to_store(struct bench *b, struct partition *p)
{
    take_all(b, p);
    settle(b, p);
    partition_set_page_bytes(p, 1);
    push(p, lsn_of(partition_next_offset(p), 0));
    ck_assert_uint_eq(pages_in_memory(p), 0);
}

/* A thousand visits, one a frame, of pages that only the store has and of new ones: it is asked for
 * as many at once as one frame may have. */
START_TEST(the_store_is_asked_for_many_frames_at_once)
{
    struct bench *b = bench_begin();
    b->looks_ahead = true;
    struct partition *p = bench_open(b, true, 1);
    add_many(b, 2);
    leave_to_store(b, p);
    partition_set_page_bytes(p, (size_t)1 << 30);
    add_many(b, 1);
    take_all(b, p);
    ck_assert_uint_eq(partition_paging(p)->loaded, MANY / 2);
    ck_assert_uint_eq(pages_in_memory(p), MANY);
    ck_assert_uint_eq(b->late.loads_asked, (MANY + FRAME_VISITS_MAX - 1) / FRAME_VISITS_MAX);
    partition_free(p);
    bench_end(b);
}
END_TEST

/* A thousand pages in the store alone, and room for so many. */
static struct partition *open_with_room_for(struct bench *b, size_t pages)
{
    b->looks_ahead = true;
    struct partition *p = bench_open(b, true, 1);
    add_many(b, 1);
    take_all(b, p);
    size_t bytes_each = bytes_in_memory(p) / MANY;
    leave_to_store(b, p);
    partition_set_page_bytes(p, pages * bytes_each);
    return p;
}

/* Each of them is read once. */
static void take_all_within_bound(struct bench *b, struct partition *p)
{
    while (partition_next_offset(p) < b->log.frame_count) {
        take_frame(b, p);
        if (partition_is_over(p)) {
            settle(b, p);
        }
    }
    ck_assert_uint_gt(evicted(p), MANY);
    ck_assert_uint_eq(partition_paging(p)->loaded, MANY);
}

/* Room for 320 pages: ten are asked for at once, and none of them goes before its frame is there,
 * though nobody has wanted it for longest and all others wait for the store. */
START_TEST(what_was_asked_for_ahead_stays)
{
    struct bench *b = bench_begin();
    struct partition *p = open_with_room_for(b, 320);
    add_many(b, 1);
    take_all_within_bound(b, p);
    ck_assert_uint_le(b->late.loads_asked, MANY / 5);
    ck_assert_uint_ge(b->late.loads_asked, MANY / 20);
    partition_free(p);
    bench_end(b);
}
END_TEST

/* Twelve visits a frame, and eighteen pages may be asked for at once: half of those of a frame
 * ahead. They, too, are there when it comes. */
START_TEST(a_part_of_a_frame_ahead_stays)
{
    struct bench *b = bench_begin();
    struct partition *p = open_with_room_for(b, 18 * 32);
    for (uint32_t i = 0; i < MANY;) {
        struct buf *frame = log_add_frame(&b->log, 1);
        for (uint32_t end = i + 12; i < MANY && i < end; i++) {
            add_payment(b, frame, i);
        }
    }
    take_all_within_bound(b, p);
    partition_free(p);
    bench_end(b);
}
END_TEST

/* What the store did not have when it was asked ahead is there after a visit made it, whatever
 * became of it in memory. */
START_TEST(what_was_new_ahead_is_not_new_twice)
{
    struct bench *b = bench_begin();
    b->looks_ahead = true;
    struct partition *p = bench_open(b, true, 1);
    partition_set_page_bytes(p, 1);
    add_payment(b, log_add_frame(&b->log, SECOND), 0);
    for (uint32_t i = 0; i < 3; i++) {
        add_payment(b, log_add_frame(&b->log, SECOND), 1);
    }
    add_payment(b, log_add_frame(&b->log, SECOND), 0);
    for (uint64_t i = 0; i < b->log.frame_count; i++) {
        take_frame(b, p);
        settle(b, p);
        ck_assert_uint_eq(pages_in_memory(p), 0);
    }
    ck_assert_uint_eq(payments_in(p, 1), 3);
    ck_assert_uint_eq(payments_in(p, 0), 2);
    partition_free(p);
    bench_end(b);
}
END_TEST

/* Memory is over its bound, whatever goes: pages that came for nothing go again all the same, and
 * do not wait for the next call to the store. */
START_TEST(what_came_for_nothing_goes_again)
{
    struct bench *b = bench_begin();
    struct partition *p = bench_open(b, true, 1);
    partition_set_page_bytes(p, 1);
    add_round(b, SECOND);
    b->log.serial = 0;
    add_round(b, SECOND); /* duplicates, all of them */
    take_frame(b, p);
    take_frame(b, p);
    settle(b, p);
    ck_assert_uint_eq(pages_in_memory(p), 0);
    take_frame(b, p);
    ck_assert_uint_eq(partition_header(p)->counters.duplicate, ACCOUNTS);
    ck_assert_uint_eq(partition_paging(p)->loaded, ACCOUNTS);
    ck_assert_uint_eq(pages_in_memory(p), 0);
    partition_free(p);
    bench_end(b);
}
END_TEST

/* A page that comes for its timer does not bring the same timer again. */
START_TEST(a_timer_fires_once)
{
    struct bench *b = bench_begin();
    struct partition *p = bench_open(b, true, 1);
    partition_set_page_bytes(p, 1);
    add_round(b, SECOND);
    (void)log_add_frame(&b->log, 5 * MINUTE);
    (void)log_add_frame(&b->log, SECOND);
    take_frame(b, p);
    take_frame(b, p);
    settle(b, p);
    take_frame(b, p);
    ck_assert_uint_eq(partition_header(p)->counters.waits_ended, ACCOUNTS);
    ck_assert_uint_eq(b->late.loads_asked, 1);
    ck_assert_int_gt(partition_due_ms(p), b->log.clock_ms);
    settle(b, p);
    take_frame(b, p);
    ck_assert_uint_eq(b->late.loads_asked, 1);
    partition_free(p);
    bench_end(b);
}
END_TEST

START_TEST(a_sweep_leaves_out_what_has_no_room)
{
    struct bench *b = bench_begin();
    struct err err = {.code = ERR_NONE};
    struct partition *p = bench_open(b, true, 1);
    add_round(b, SECOND);
    take_frame(b, p);
    take_frame(b, p);
    settle(b, p);
    size_t all = bytes_in_memory(p);
    partition_free(p);
    p = bench_open(b, true, 2);
    partition_set_page_bytes(p, all / 2);
    while (!partition_is_swept(p)) {
        ck_assert_int_eq(partition_sweep(p, &err), 0);
    }
    size_t kept = pages_in_memory(p);
    ck_assert_uint_gt(kept, ACCOUNTS / 4);
    ck_assert_uint_lt(kept, ACCOUNTS);
    ck_assert_uint_le(bytes_in_memory(p), all / 2);
    ck_assert_uint_eq(partition_paging(p)->outside, ACCOUNTS - kept);
    ck_assert(!partition_is_resident(p));
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        ck_assert_ptr_nonnull(find_page(p, i));
    }
    ck_assert(partition_is_resident(p));
    partition_free(p);
    bench_end(b);
}
END_TEST

START_TEST(after_its_store_was_away_it_goes_on)
{
    struct bench *b = bench_begin();
    struct err err = {.code = ERR_NONE};
    struct partition *p = bench_open(b, true, 1);
    enum partition_resumed how;
    partition_set_page_bytes(p, 1);
    add_round(b, SECOND);
    take_frame(b, p);
    take_frame(b, p);
    settle(b, p);
    ck_assert_uint_eq(pages_in_memory(p), 0);
    ck_assert_int_eq(partition_resume(p, &how, &err), 0);
    ck_assert_int_eq(how, PARTITION_GOES_ON);
    ck_assert_uint_eq(partition_paging(p)->outside, ACCOUNTS);
    ck_assert_ptr_nonnull(find_page(p, 1));
    partition_free(p);
    bench_end(b);
}
END_TEST

/* ---- nothing is another one for it ---------------------------------------------------------- */

/* The header, all pages, and the outputs in their order. */
static void dump(struct bench *b, struct partition *p, struct buf *out)
{
    header_encode(partition_header(p), out);
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        struct page *page = find_page(p, i);
        if (page != NULL && !page_is_forgotten(page)) {
            log_dump_page(page, out);
        }
    }
    char *text = kept_text(&b->log.kept, true);
    buf_add_text(out, text);
    free(text);
    kept_clear(&b->log.kept);
}

/* Few accounts often, all now and then; waits end and pages are forgotten on the way. */
static void make_log(struct bench *b, struct prng *rng)
{
    static const int64_t gaps_ms[] = {SECOND, SECOND, MINUTE, 5 * MINUTE, EXPIRY_MS / 2, EXPIRY_MS};
    while (b->log.frame_count < FRAMES) {
        struct buf *frame = log_add_frame(&b->log, gaps_ms[prng_below(rng, 6)]);
        uint32_t span = prng_chance(rng, 50) ? 4 : ACCOUNTS;
        for (uint32_t more = prng_below(rng, VISITS_MAX); more > 0; more--) {
            add_payment(b, frame, prng_below(rng, span));
        }
    }
}

static void run_bounded(struct bench *b, struct partition *p, size_t bytes_max, struct prng *rng)
{
    for (uint64_t i = 0; i < FRAMES; i++) {
        take_frame(b, p);
        push(p, lsn_of(prng_chance(rng, 70) ? i + 1 : i, 0));
        if (prng_chance(rng, 50)) {
            late_store_execute(&b->late);
            late_store_answers(&b->late);
            take_answers(b, p);
        }
        while (partition_is_over(p)) { /* as a worker does, that takes no frame meanwhile */
            push(p, lsn_of(i + 1, 0));
            late_store_execute(&b->late);
            late_store_answers(&b->late);
            take_answers(b, p);
        }
        bool fits = bytes_in_memory(p) <= bytes_max || flush_unsent(partition_flush_state(p)) == 0;
        quiet_check(fits, "over the bound after frame %d", (int)i);
    }
}

START_TEST(any_bound_gives_what_none_gives)
{
    static const size_t bounds[] = {1, 12000, 40000};
    struct prng rng = prng_seed((uint64_t)_i, "evict");
    struct bench *b = bench_begin();
    struct buf wanted = {0};
    struct buf got = {0};
    b->looks_ahead = _i % 2 == 1;
    make_log(b, &rng);
    struct partition *p = bench_open(b, false, 1);
    for (int i = 0; i < FRAMES; i++) {
        take_frame(b, p);
    }
    uint64_t expired = partition_header(p)->counters.expired;
    uint64_t ended = partition_header(p)->counters.waits_ended;
    dump(b, p, &wanted);
    partition_free(p);
    p = bench_open(b, true, 1);
    partition_set_page_bytes(p, bounds[_i % 3]);
    run_bounded(b, p, bounds[_i % 3], &rng);
    quiet_check(expired > 0 && ended > 0, "seed %d: %d expired, %d waits ended", _i, (int)expired,
                (int)ended);
    quiet_check(evicted(p) > 10 && partition_paging(p)->loaded > 10, "seed %d: %d evicted", _i,
                (int)evicted(p));
    dump(b, p, &got);
    quiet_check(got.len == wanted.len && memcmp(got.at, wanted.at, got.len) == 0,
                "seed %d: another result", _i);
    partition_free(p);
    buf_fini(&wanted);
    buf_fini(&got);
    bench_end(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("partition_evict");
    TCase *tests = tcase_create("partition_evict");
    tcase_add_test(tests, what_the_store_does_not_have_stays);
    tcase_add_test(tests, what_an_owner_sends_first_can_go_at_once);
    tcase_add_test(tests, those_that_nobody_wants_go_first);
    tcase_add_test(tests, a_replay_has_no_bound);
    tcase_add_test(tests, tombstones_hold_nothing_up);
    tcase_add_test(tests, missing_means_new_again_when_all_are_back);
    tcase_add_test(tests, the_store_is_asked_once_a_frame);
    tcase_add_test(tests, the_store_is_asked_for_many_frames_at_once);
    tcase_add_test(tests, what_was_asked_for_ahead_stays);
    tcase_add_test(tests, a_part_of_a_frame_ahead_stays);
    tcase_add_test(tests, what_was_new_ahead_is_not_new_twice);
    tcase_add_test(tests, a_timer_fires_once);
    tcase_add_test(tests, what_came_for_nothing_goes_again);
    tcase_add_test(tests, a_sweep_leaves_out_what_has_no_room);
    tcase_add_test(tests, after_its_store_was_away_it_goes_on);
    tcase_add_loop_test(tests, any_bound_gives_what_none_gives, 0, 30);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
