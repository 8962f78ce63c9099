/* test_partition_resume.c - after its store was away, a partition goes on from memory only if
 * nothing is in doubt. */
#include "connectors/file/store_file.h"
#include "engine/partition.h"
#include "tests/support/store_call.h"
#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES 3

static struct settings settings;
static struct program *pack;
static struct store_file *file;
static struct store store;
static struct kept_outputs kept;
static struct sink sink;
static struct buf frames[FRAMES];

static const struct program *find_pack(void *self, const uint8_t *hash)
{
    (void)self;
    (void)hash;
    return pack;
}

static int drop_visit(void *self, uint32_t partition, const struct visit *visit, struct err *err)
{
    (void)self;
    (void)partition;
    (void)visit;
    (void)err;
    return 0;
}

static struct visit_log no_log = {NULL, drop_visit};

static void begin(void)
{
    static const struct store_file_identity identity = {.partition_count = 1};
    struct err err = {0};
    settings_defaults(&settings);
    settings.visits_partitions = 1;
    pack = pack_ready(program_new(), "resume");
    file = store_file_open(NULL, &identity, &err);
    store = store_file_store(file);
    sink = kept_sink(&kept);
    frame_begin(&frames[0], T0);
    frame_activate(&frames[0], 1, pack->hash);
    for (uint64_t i = 1; i < FRAMES; i++) {
        struct visit visit = {.source = SOURCE_FEED,
                              .place = {.lsn = i},
                              .leg = LEG_PAYEE,
                              .event = event_payment(i == 1 ? "p-1" : "p-2", PHASE_INITIATED, "A",
                                                     "B", 100, T0 + (int64_t)i * MINUTE)};
        frame_begin(&frames[i], visit.event.judged_ms);
        frame_add(&frames[i], &visit);
    }
}

static void end(void)
{
    for (int i = 0; i < FRAMES; i++) {
        buf_fini(&frames[i]);
    }
    kept_fini(&kept);
    store_file_close(file);
    program_free(pack);
}

static struct partition *open_as(uint64_t owner)
{
    struct err err = {0};
    struct partition_setup setup = {.settings = &settings,
                                    .owner = owner,
                                    .programs = {NULL, find_pack},
                                    .sink = &sink,
                                    .log = &no_log,
                                    .store = &store};
    struct partition *p = partition_new(&setup);
    ck_assert_msg(partition_open(p, &err) == 0, "%s", err.text);
    return p;
}

static void run(struct partition *p, uint64_t until)
{
    struct err err = {0};
    for (uint64_t i = partition_next_offset(p); i < until; i++) {
        ck_assert_msg(partition_apply(p, i, 0, buf_str(&frames[i]), &err) == 0, "%s", err.text);
    }
}

static void flush(struct partition *p)
{
    struct err err = {0};
    ck_assert_msg(partition_flush(p, &err) == 0, "%s", err.text);
}

static enum partition_resumed resume(struct partition *p)
{
    struct err err = {0};
    enum partition_resumed how;
    ck_assert_msg(partition_resume(p, &how, &err) == 0, "%s", err.text);
    return how;
}

static bool goes_on(struct partition *p)
{
    enum partition_resumed how = PARTITION_ASKS_AGAIN;
    while (how == PARTITION_ASKS_AGAIN) {
        how = resume(p);
    }
    return how == PARTITION_GOES_ON;
}

START_TEST(with_all_in_memory_and_answered_it_goes_on)
{
    struct partition *p = open_as(1);
    run(p, 2);
    ck_assert(goes_on(p)); /* changed, and nothing sent */
    flush(p);
    ck_assert(goes_on(p));
    ck_assert(!partition_has_conflict(p));
    partition_free(p);
}
END_TEST

static int lose_call(void *self, const struct store_flush *call, struct err *err)
{
    (void)self;
    (void)call;
    (void)err;
    return 0;
}

static void push(struct partition *p)
{
    struct err err = {0};
    partition_begin_batch(p, 0);
    ck_assert_int_eq(partition_push(p, UINT64_MAX, 0, FLUSH_ALL, &err), 0);
}

/* The store's sequence tells that it was executed. */
START_TEST(a_call_whose_answer_was_lost_counts_as_answered)
{
    struct err err = {0};
    struct store_answer lost;
    struct partition *p = open_as(1);
    run(p, 2);
    push(p);
    ck_assert_int_eq(store.answer(store.self, &lost, 0, &err), 1);
    ck_assert_uint_gt(flush_waiting(partition_flush_state(p)), 0);
    ck_assert(goes_on(p));
    ck_assert_uint_eq(flush_waiting(partition_flush_state(p)), 0);
    ck_assert_uint_eq(flush_w(partition_flush_state(p)), 2);
    run(p, FRAMES);
    flush(p);
    ck_assert(!partition_has_conflict(p));
    partition_free(p);
}
END_TEST

static struct store_call calls[2];
static size_t call_count;

static int keep_call(void *self, const struct store_flush *call, struct err *err)
{
    (void)self;
    (void)err;
    calls[call_count++] = store_call_copy(call);
    return 0;
}

/* A server that stood still works them off after it has greeted us; it is asked again while its
 * sequence moves. */
START_TEST(calls_that_are_executed_late_count_too)
{
    int (*execute)(void *, const struct store_flush *, struct err *) = store.flush;
    struct partition *p = open_as(1);
    store.flush = keep_call;
    run(p, 2);
    push(p);
    run(p, FRAMES);
    push(p);
    store.flush = execute;
    ck_assert_uint_eq(call_count, 2);
    for (size_t i = 0; i < call_count; i++) {
        ck_assert_int_eq(resume(p), PARTITION_ASKS_AGAIN);
        (void)store_call_apply(file, &calls[i]);
        store_call_fini(&calls[i]);
    }
    ck_assert_int_eq(resume(p), PARTITION_GOES_ON);
    partition_free(p);
}
END_TEST

/* Of two calls none or only the first was executed. */
START_TEST(a_call_that_was_lost_is_a_conflict)
{
    int (*execute)(void *, const struct store_flush *, struct err *) = store.flush;
    struct partition *p = open_as(1);
    run(p, 2);
    store.flush = _i == 0 ? lose_call : execute;
    push(p);
    run(p, FRAMES);
    store.flush = lose_call;
    push(p);
    store.flush = execute;
    ck_assert(!goes_on(p));
    ck_assert(partition_has_conflict(p));
    partition_free(p);
}
END_TEST

/* A server that was started anew scans in another order: what was swept counts no more. */
START_TEST(a_sweep_that_was_under_way_begins_again)
{
    struct err err = {0};
    struct partition *p = open_as(1);
    run(p, 2);
    flush(p);
    partition_free(p);
    p = open_as(2);
    ck_assert_int_eq(partition_sweep(p, &err), 0);
    ck_assert(goes_on(p));
    while (!partition_is_resident(p)) {
        ck_assert_int_eq(partition_sweep(p, &err), 0);
    }
    ck_assert(goes_on(p));
    partition_free(p);
}
END_TEST

START_TEST(another_content_is_a_conflict)
{
    struct partition *p = open_as(1);
    run(p, 2);
    flush(p);
    struct partition *other = open_as(2);
    run(other, FRAMES);
    flush(other);
    ck_assert(!goes_on(p));
    ck_assert(partition_has_conflict(p));
    partition_free(other);
    partition_free(p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("partition_resume");
    TCase *tests = tcase_create("partition_resume");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, with_all_in_memory_and_answered_it_goes_on);
    tcase_add_test(tests, a_call_whose_answer_was_lost_counts_as_answered);
    tcase_add_test(tests, calls_that_are_executed_late_count_too);
    tcase_add_loop_test(tests, a_call_that_was_lost_is_a_conflict, 0, 2);
    tcase_add_test(tests, a_sweep_that_was_under_way_begins_again);
    tcase_add_test(tests, another_content_is_a_conflict);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
