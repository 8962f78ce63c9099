/* test_store_check.c - a store that is as the log says, and each way in which it is not. */
#include "connectors/cli/store_check.h"
#include "connectors/file/store_file.h"
#include "tests/unit/small_event.h"
#include "tests/unit/small_log.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAMES 40
#define ACCOUNTS 5

enum harm {
    NONE,
    OTHER_CHUNK,
    NO_PAGE,
    EARLIER_HEADER,
    LATER_W,
    SHORTER_LOG,
    NO_TIMER,
    OTHER_TIMER,
    TIMER_ALONE,
    WRITER,
    NOT_FORGOTTEN,
    NOT_REMOVED /* no harm: the last call has not come */
};

struct bench {
    struct small_log log;
    struct store_file *file;
    struct store inner;
    enum harm harm;
    bool harmed;
    struct buf bytes;
    store_page_fn *give; /* of the sweep in hand */
    store_timer_fn *give_timer;
    void *context;
};

/* ---- a store that harms what it gives ---------------------------------------------------------
 */

static void give_harmed(void *context, const struct token *token, const struct page_piece *piece,
                        struct str bytes)
{
    struct bench *b = context;
    bool head = piece->kind == PAGE_PIECE_HEAD;
    if (b->harm == NO_PAGE) {
        return;
    }
    if (b->harm == OTHER_CHUNK && !head && !b->harmed) {
        b->harmed = true;
        buf_clear(&b->bytes);
        buf_add_str(&b->bytes, bytes);
        b->bytes.at[b->bytes.len - 1] = (char)(b->bytes.at[b->bytes.len - 1] ^ 1);
        b->give(b->context, token, piece, buf_str(&b->bytes));
        return;
    }
    b->give(b->context, token, piece, bytes);
}

static int sweep(void *self, uint32_t partition, const struct store_seq *expected, uint64_t *cursor,
                 bool *conflict, store_page_fn *give, void *context, struct err *err)
{
    struct bench *b = self;
    b->give = give;
    b->context = context;
    int result =
        b->inner.sweep(b->inner.self, partition, expected, cursor, conflict, give_harmed, b, err);
    *conflict = b->harm == WRITER || *conflict;
    return result;
}

static void give_timer_harmed(void *context, const struct timer *timer)
{
    struct bench *b = context;
    struct timer given = *timer;
    bool first = !b->harmed;
    b->harmed = true;
    if (first && b->harm == NO_TIMER) {
        return;
    }
    given.due_ms += first && b->harm == OTHER_TIMER;
    b->give_timer(b->context, &given);
    if (first && b->harm == TIMER_ALONE) {
        given.token.bytes[0] ^= 1;
        b->give_timer(b->context, &given);
    }
}

static int open_store(void *self, uint32_t partition, struct store_checkpoint *checkpoint,
                      store_timer_fn *give, void *context, struct err *err)
{
    struct bench *b = self;
    b->give_timer = give;
    b->context = context;
    int result = b->inner.open(b->inner.self, partition, checkpoint, give_timer_harmed, b, err);
    b->harmed = false;
    if (b->harm == EARLIER_HEADER || b->harm == LATER_W) {
        checkpoint->w += b->harm == LATER_W ? 1 : UINT64_MAX;
    }
    return result;
}

static int flush(void *self, const struct store_flush *call, struct err *err)
{
    struct bench *b = self;
    struct store_page_piece pieces[4 * ACCOUNTS];
    struct timer timers[ACCOUNTS + 1];
    struct store_flush passed = *call;
    bool lost = b->harm == NOT_FORGOTTEN;
    passed.pieces = pieces;
    passed.piece_count = 0;
    passed.timers = timers;
    passed.timer_count = 0;
    for (size_t i = 0; i < call->piece_count; i++) {
        ck_assert_uint_lt(i, sizeof pieces / sizeof pieces[0]);
        if (!lost || call->pieces[i].entity != ENTITY_NONE) {
            pieces[passed.piece_count++] = call->pieces[i];
        }
    }
    for (size_t i = 0; i < call->timer_count; i++) {
        ck_assert_uint_le(i, ACCOUNTS);
        if (!lost || call->timers[i].due_ms != TIME_NEVER) {
            timers[passed.timer_count++] = call->timers[i];
        }
    }
    passed.removal_count = lost || b->harm == NOT_REMOVED ? 0 : call->removal_count;
    return b->inner.flush(b->inner.self, &passed, err);
}

static int answer(void *self, struct store_answer *given, int timeout_ms, struct err *err)
{
    struct bench *b = self;
    return b->inner.answer(b->inner.self, given, timeout_ms, err);
}

static int load(void *self, uint32_t partition, const struct store_seq *expected,
                const struct token *tokens, size_t count, bool *conflict, store_page_fn *give,
                void *context, struct err *err)
{
    struct bench *b = self;
    return b->inner.load(b->inner.self, partition, expected, tokens, count, conflict, give, context,
                         err);
}

/* ---- a log and what an owner leaves of it ------------------------------------------------------
 */

static void make_frames(struct small_log *log)
{
    for (int i = 1; i < FRAMES; i++) {
        char id[16];
        char account[16];
        (void)snprintf(id, sizeof id, "p-%d", i);
        /* One is met but once, and forgotten before the half of it. */
        (void)snprintf(account, sizeof account, "M%d", i == 1 ? ACCOUNTS : i % ACCOUNTS);
        struct buf *frame = log_add_frame(log, MINUTE);
        struct event event =
            event_payment(id, PHASE_INITIATED, "A", account, 100 + i, log->clock_ms);
        log_add_visit(log, frame, &event, LEG_PAYEE);
    }
}

static struct partition *open_partition(struct bench *b, struct store *store,
                                        struct page_watch watch)
{
    struct err err = {0};
    struct partition_setup setup = log_setup(&b->log, store, 7);
    setup.watch = watch;
    struct partition *p = partition_new(&setup);
    ck_assert_msg(partition_open(p, &err) == 0, "%s", err.text);
    return p;
}

static void flush_all(struct partition *p)
{
    struct err err = {0};
    ck_assert_msg(partition_flush(p, &err) == 0, "%s", err.text);
}

static int due(void *self, uint32_t partition, const struct store_seq *expected, int64_t from_ms,
               int64_t *to_ms, bool *conflict, store_timer_fn *give, void *context, struct err *err)
{
    struct bench *b = self;
    return b->inner.due(b->inner.self, partition, expected, from_ms, to_ms, conflict, give, context,
                        err);
}

static struct store store_of(struct bench *b)
{
    return (struct store){.self = b,
                          .flush = flush,
                          .answer = answer,
                          .open = open_store,
                          .load = load,
                          .sweep = sweep,
                          .due = due};
}

static void bench_begin(struct bench *b, enum harm harm)
{
    static const struct store_file_identity identity = {.partition_count = 1};
    struct err err = {0};
    memset(b, 0, sizeof *b);
    b->harm = harm >= NOT_FORGOTTEN ? harm : NONE; /* the owner's own */
    log_init(&b->log, pack_ready(program_new(), "check"));
    b->log.settings.engine_expiry_ms = 15 * MINUTE;
    make_frames(&b->log);
    b->file = store_file_open(NULL, &identity, &err);
    b->inner = store_file_store(b->file);
    /* All of the first half is in the store. */
    struct store store = store_of(b);
    struct partition *p = open_partition(b, &store, (struct page_watch){NULL, NULL});
    for (int i = 0; i < FRAMES / 2; i++) {
        log_take(&b->log, p);
        if (i == FRAMES / 4) {
            flush_all(p);
        }
    }
    flush_all(p);
    ck_assert_uint_eq(partition_header(p)->counters.expired, 1);
    partition_free(p);
    b->harm = harm;
}

static void bench_end(struct bench *b)
{
    store_file_close(b->file);
    log_fini(&b->log);
    buf_fini(&b->bytes);
}

/* Replays the log against the store; what is said of differences is not shown. */
static struct store_check_counts run(struct bench *b, struct err *err)
{
    struct store store = store_of(b);
    struct store_check_counts counts = {0};
    struct store_check *check = store_check_open(&store, 0, b->log.settings.engine_expiry_ms, err);
    if (check == NULL) {
        return counts;
    }
    (void)freopen("/dev/null", "w", stderr);
    struct partition *p = open_partition(b, NULL, store_check_watch(check));
    int frames = b->harm == SHORTER_LOG ? FRAMES / 4 : FRAMES;
    for (int i = 0; i < frames; i++) {
        store_check_before(check, p);
        log_take(&b->log, p);
    }
    store_check_before(check, p);
    store_check_end(check, &counts);
    store_check_free(check);
    partition_free(p);
    return counts;
}

START_TEST(differences_are_found)
{
    static const struct {
        const char *name;
        enum harm harm;
        uint64_t pages, headers, differences_min;
    } rows[] = {
        {"all as the log says", NONE, ACCOUNTS, 1, 0},
        {"a bit of a chunk", OTHER_CHUNK, ACCOUNTS, 1, 1},
        {"no pages at all", NO_PAGE, 0, 1, ACCOUNTS},
        {"a timer is missing", NO_TIMER, ACCOUNTS, 1, 1},
        {"a timer at another time", OTHER_TIMER, ACCOUNTS, 1, 1},
        {"a timer of no page", TIMER_ALONE, ACCOUNTS, 1, 1},
        {"the header belongs to the frame after it", EARLIER_HEADER, ACCOUNTS, 1, 1},
        {"W one frame too far", LATER_W, ACCOUNTS, 1, 2},
        {"pages of a log that is longer", SHORTER_LOG, ACCOUNTS, 0, 2},
        {"a page that was forgotten", NOT_FORGOTTEN, ACCOUNTS + 1, 1, 1},
        {"its tombstone", NOT_REMOVED, ACCOUNTS + 1, 1, 0},
    };
    const int row = _i;
    struct bench b;
    struct err err = {0};
    bench_begin(&b, rows[row].harm);
    struct store_check_counts counts = run(&b, &err);
    ck_assert_msg(err.code == ERR_NONE, "%s: %s", rows[row].name, err.text);
    ck_assert_msg(counts.pages == rows[row].pages, "%s: %d pages", rows[row].name,
                  (int)counts.pages);
    ck_assert_msg(counts.headers == rows[row].headers, "%s: %d headers", rows[row].name,
                  (int)counts.headers);
    ck_assert_msg((counts.differences == 0) == (rows[row].differences_min == 0) &&
                      counts.differences >= rows[row].differences_min,
                  "%s: %d differences", rows[row].name, (int)counts.differences);
    ck_assert_msg(rows[row].harm != NONE || counts.chunks >= 2 * ACCOUNTS, "%d chunks",
                  (int)counts.chunks);
    bench_end(&b);
}
END_TEST

START_TEST(a_store_in_use_is_an_error)
{
    struct bench b;
    struct err err = {0};
    bench_begin(&b, WRITER);
    (void)run(&b, &err);
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_msg(strstr(err.text, "stop the service first") != NULL, "%s", err.text);
    bench_end(&b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store_check");
    TCase *tests = tcase_create("store_check");
    tcase_add_loop_test(tests, differences_are_found, 0, 11);
    tcase_add_test(tests, a_store_in_use_is_an_error);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
