/* test_store_file.c - pages in memory, saved and loaded: what went in comes out, and a file that is
 * not whole is refused. */
#include "connectors/file/store_file.h"
#include "tests/unit/scratch.h"
#include "tests/unit/small_event.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct store_file_identity identity = {.partition_count = 3, .key_print = "the key"};

static struct store_file *open_file(const char *path)
{
    struct err err = {.code = ERR_NONE};
    struct store_file *file = store_file_open(path, &identity, &err);
    ck_assert_msg(file != NULL, "%s", err.text);
    return file;
}

/* What is written to a page: "=" keeps a piece, "-" removes it, "" leaves it out of the call. */
struct pieces {
    const char *head, *first, *second; /* the head, chunks 1.7 and 1.8 */
};

static size_t add_piece(struct store_page_piece *pieces, size_t count, const struct token *token,
                        struct page_piece piece, const char *text)
{
    uint8_t what = strcmp(text, "=") == 0   ? STORE_KEEP
                   : strcmp(text, "-") == 0 ? STORE_REMOVE
                                            : STORE_WRITE;
    if (text[0] != '\0') {
        pieces[count++] = (struct store_page_piece){*token, piece, ENTITY_ACCOUNT, what,
                                                    what == STORE_WRITE ? str_of(text) : STR("")};
    }
    return count;
}

static void expect_answer(struct store *store, uint32_t partition, uint64_t number, bool conflict)
{
    struct err err = {.code = ERR_NONE};
    struct store_answer answer;
    ck_assert_int_eq(store->answer(store->self, &answer, 0, &err), 1);
    ck_assert_uint_eq(answer.partition, partition);
    ck_assert_uint_eq(answer.seq.owner, 1);
    ck_assert_uint_eq(answer.seq.number, number);
    ck_assert(answer.conflict == conflict);
}

static void expect_no_answer(struct store *store)
{
    struct err err = {.code = ERR_NONE};
    struct store_answer answer;
    ck_assert_int_eq(store->answer(store->self, &answer, 0, &err), 0);
}

/* Hands one page over; its answer waits. */
static void send(struct store_file *file, uint32_t partition, const char *name,
                 const struct pieces *with, uint64_t expected)
{
    struct store store = store_file_store(file);
    struct token token = token_of(ENTITY_ACCOUNT, name);
    struct store_page_piece pieces[3];
    size_t count =
        add_piece(pieces, 0, &token, (struct page_piece){PAGE_PIECE_HEAD, 0}, with->head);
    count = add_piece(pieces, count, &token, (struct page_piece){1, 7}, with->first);
    count = add_piece(pieces, count, &token, (struct page_piece){1, 8}, with->second);
    struct store_flush flush = {.partition = partition,
                                .expected = {expected > 0, expected},
                                .next = {1, expected + 1},
                                .w = 10 * (expected + 1),
                                .header = STR("header"),
                                .pieces = pieces,
                                .piece_count = count};
    struct err err = {.code = ERR_NONE};
    ck_assert_int_eq(store.flush(store.self, &flush, &err), 0);
}

static void put(struct store_file *file, uint32_t partition, const char *name, const char *head,
                uint64_t expected)
{
    struct store store = store_file_store(file);
    send(file, partition, name, &(struct pieces){head, "chunk", ""}, expected);
    expect_answer(&store, partition, expected + 1, false);
    expect_no_answer(&store);
}

static void take_piece(void *context, const struct token *token, const struct page_piece *piece,
                       struct str bytes)
{
    (void)token;
    buf_add_format(context, "%d.%d=%.*s;", (int)piece->kind, (int)piece->number, (int)bytes.len,
                   bytes.at);
}

static void add_timer(void *context, const struct timer *timer)
{
    buf_add_format(context, "%02x.. at %d;", timer->token.bytes[0], (int)timer->due_ms);
}

static struct store_seq seq_of(struct store *store, uint32_t partition)
{
    struct err err = {.code = ERR_NONE};
    struct store_checkpoint checkpoint;
    struct buf timers = {0};
    ck_assert_int_eq(store->open(store->self, partition, &checkpoint, add_timer, &timers, &err), 0);
    buf_fini(&timers);
    return checkpoint.seq;
}

/* The pieces of a page, "" if there is none. */
static void expect_page(struct store_file *file, uint32_t partition, const char *name,
                        const char *wanted)
{
    struct store store = store_file_store(file);
    struct store_seq seq = seq_of(&store, partition);
    struct token token = token_of(ENTITY_ACCOUNT, name);
    struct buf got = {0};
    struct err err = {.code = ERR_NONE};
    bool conflict = true;
    ck_assert_int_eq(store.load(store.self, partition, &seq, &token, 1, &conflict, take_piece, &got,
                                &err),
                     0);
    ck_assert(!conflict);
    ck_assert_str_eq(buf_text(&got), wanted);
    buf_fini(&got);
}

static void expect_header(struct store_file *file, uint32_t partition, uint64_t number)
{
    struct store store = store_file_store(file);
    struct store_checkpoint checkpoint;
    struct err err = {.code = ERR_NONE};
    struct buf timers = {0};
    ck_assert_int_eq(store.open(store.self, partition, &checkpoint, add_timer, &timers, &err), 0);
    ck_assert_uint_eq(timers.len, 0);
    buf_fini(&timers);
    ck_assert(checkpoint.found == (number > 0));
    ck_assert_uint_eq(checkpoint.seq.number, number);
    ck_assert_uint_eq(checkpoint.w, 10 * number);
    ck_assert(str_eq(checkpoint.header, number > 0 ? STR("header") : STR("")));
}

START_TEST(pages_are_replaced_whole)
{
    struct store_file *file = open_file(NULL);
    expect_page(file, 0, "A", "");
    expect_header(file, 0, 0);
    put(file, 0, "A", "one", 0);
    expect_page(file, 0, "A", "0.0=one;1.7=chunk;");
    put(file, 0, "A", "a longer one", 1);
    expect_page(file, 0, "A", "0.0=a longer one;1.7=chunk;");
    expect_page(file, 1, "A", "");
    expect_header(file, 0, 2);
    expect_header(file, 1, 0);
    ck_assert_uint_eq(store_file_page_count(file), 1);
    store_file_close(file);
}
END_TEST

START_TEST(a_piece_is_written_kept_or_removed)
{
    static const struct {
        const char *name;
        struct pieces then;
        const char *page;
    } rows[] = {
        {"all written", {"h2", "c2", "d2"}, "0.0=h2;1.7=c2;1.8=d2;"},
        {"both kept", {"h2", "=", "="}, "0.0=h2;1.7=c1;1.8=d1;"},
        {"first kept, second written", {"h2", "=", "d2"}, "0.0=h2;1.7=c1;1.8=d2;"},
        {"first written, second kept",
         {"h2", "a longer one", "="},
         "0.0=h2;1.7=a longer one;1.8=d1;"},
        {"first removed, second kept", {"h2", "-", "="}, "0.0=h2;1.8=d1;"},
        {"both removed", {"h2", "-", "-"}, "0.0=h2;"},
        {"head alone: a page is what the call names", {"h2", "", ""}, "0.0=h2;"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct store_file *file = open_file(NULL);
        struct store store = store_file_store(file);
        put(file, 0, "other", "o", 0);
        send(file, 0, "A", &(struct pieces){"h1", "c1", "d1"}, 1);
        send(file, 0, "A", &rows[i].then, 2);
        expect_answer(&store, 0, 2, false);
        expect_answer(&store, 0, 3, false);
        struct buf got = {0};
        struct err err = {.code = ERR_NONE};
        struct token token = token_of(ENTITY_ACCOUNT, "A");
        struct store_seq seq = {1, 3};
        bool conflict = true;
        ck_assert_int_eq(store.load(store.self, 0, &seq, &token, 1, &conflict, take_piece, &got,
                                    &err),
                         0);
        ck_assert_msg(strcmp(buf_text(&got), rows[i].page) == 0, "%s: %s", rows[i].name,
                      buf_text(&got));
        expect_page(file, 0, "other", "0.0=o;1.7=chunk;");
        buf_fini(&got);
        store_file_close(file);
    }
}
END_TEST

START_TEST(a_conflict_writes_nothing)
{
    struct store_file *file = open_file(NULL);
    struct store store = store_file_store(file);
    struct pieces two = {"two", "chunk", ""};
    send(file, 0, "A", &two, 3);
    expect_answer(&store, 0, 4, true);
    expect_page(file, 0, "A", "");
    put(file, 0, "A", "one", 0);
    send(file, 0, "A", &two, 0); /* and so it is with what follows in the same belief */
    send(file, 0, "A", &two, 7);
    send(file, 1, "A", &two, 0); /* another partition has its own sequence */
    expect_answer(&store, 0, 1, true);
    expect_answer(&store, 0, 8, true);
    expect_answer(&store, 1, 1, false);
    expect_no_answer(&store);
    expect_page(file, 0, "A", "0.0=one;1.7=chunk;");
    expect_header(file, 0, 1);
    store_file_close(file);
}
END_TEST

START_TEST(reading_expects_a_content_too)
{
    static const struct {
        const char *name;
        struct store_seq expected;
        bool conflict;
    } rows[] = {
        {"what is there", {1, 1}, false},
        {"an older content", {0, 0}, true},
        {"a younger content", {1, 2}, true},
        {"another owner's of the same number", {2, 1}, true},
    };
    struct store_file *file = open_file(NULL);
    struct store store = store_file_store(file);
    struct token tokens[] = {token_of(ENTITY_ACCOUNT, "none"), token_of(ENTITY_ACCOUNT, "A")};
    put(file, 0, "A", "one", 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int sweeps = 0; sweeps < 2; sweeps++) {
            struct err err = {.code = ERR_NONE};
            struct buf got = {0};
            uint64_t cursor = 0;
            bool conflict = !rows[i].conflict;
            int result = sweeps == 1 ? store.sweep(store.self, 0, &rows[i].expected, &cursor,
                                                   &conflict, take_piece, &got, &err)
                                     : store.load(store.self, 0, &rows[i].expected, tokens, 2,
                                                  &conflict, take_piece, &got, &err);
            ck_assert_int_eq(result, 0);
            ck_assert_msg(conflict == rows[i].conflict, "%s", rows[i].name);
            ck_assert_msg(strcmp(buf_text(&got), rows[i].conflict ? "" : "0.0=one;1.7=chunk;") == 0,
                          "%s: %s", rows[i].name, buf_text(&got));
            buf_fini(&got);
        }
    }
    store_file_close(file);
}
END_TEST

static struct store_file *many(bool backwards)
{
    struct store_file *file = open_file(NULL);
    for (uint64_t i = 0; i < 500; i++) {
        uint64_t number = backwards ? 499 - i : i;
        char name[16];
        (void)snprintf(name, sizeof name, "A%d", (int)number);
        put(file, 1, name, name, i);
    }
    return file;
}

START_TEST(what_is_saved_can_be_loaded)
{
    struct err err = {.code = ERR_NONE};
    const char *path = scratch_path("pages");
    struct store_file *file = many(false);
    ck_assert_msg(store_file_save(file, path, &err) == 0, "%s", err.text);
    store_file_close(file);
    ck_assert_int_eq(scratch_count(""), 1); /* no temporary file */

    file = open_file(path);
    ck_assert_uint_eq(store_file_page_count(file), 500);
    expect_page(file, 1, "A0", "0.0=A0;1.7=chunk;");
    expect_page(file, 1, "A499", "0.0=A499;1.7=chunk;");
    expect_page(file, 1, "A500", "");
    expect_header(file, 1, 500);
    expect_header(file, 0, 0);
    put(file, 1, "A0", "new", 500); /* and it goes on */
    expect_page(file, 1, "A0", "0.0=new;1.7=chunk;");
    store_file_close(file);

    struct store_file_identity said = {0};
    ck_assert_int_eq(store_file_identify(path, &said, &err), 0);
    ck_assert(memcmp(&said, &identity, sizeof said) == 0);
}
END_TEST

/* How often a sweep gave the page whose head is its number. */
static void count_page(void *context, const struct token *token, const struct page_piece *piece,
                       struct str bytes)
{
    int *seen = context;
    char name[16];
    (void)snprintf(name, sizeof name, "%.*s", (int)bytes.len, bytes.at);
    if (piece->kind == PAGE_PIECE_HEAD) {
        struct token wanted = token_of(ENTITY_ACCOUNT, name);
        ck_assert(token_eq(token, &wanted));
        seen[strtol(name + 1, NULL, 10)]++;
    } else {
        ck_assert_str_eq(name, "chunk");
    }
}

START_TEST(a_sweep_gives_every_page)
{
    struct store_file *file = many(false);
    struct store store = store_file_store(file);
    struct store_seq seq = {1, 500};
    struct err err = {.code = ERR_NONE};
    int seen[500] = {0};
    uint64_t cursor = 0;
    do {
        bool conflict = true;
        ck_assert_int_eq(store.sweep(store.self, 1, &seq, &cursor, &conflict, count_page, seen,
                                     &err),
                         0);
        ck_assert(!conflict);
    } while (cursor != 0);
    for (int i = 0; i < 500; i++) {
        ck_assert_msg(seen[i] == 1, "page %d: %d times", i, seen[i]);
    }
    store_file_close(file);
}
END_TEST

START_TEST(a_sweep_of_nothing_ends_at_once)
{
    struct store_file *file = open_file(NULL);
    struct store store = store_file_store(file);
    struct store_seq none = {0, 0};
    struct err err = {.code = ERR_NONE};
    struct buf got = {0};
    uint64_t cursor = 0;
    bool conflict = true;
    ck_assert_int_eq(store.sweep(store.self, 0, &none, &cursor, &conflict, take_piece, &got, &err),
                     0);
    ck_assert(!conflict);
    ck_assert_uint_eq(cursor, 0);
    ck_assert_uint_eq(got.len, 0);
    store_file_close(file);
}
END_TEST

/* ---- timers and tombstones ------------------------------------------------------------------ */

/* A call without pages: timers and removals of accounts A0, A1 .. */
static void send_timers(struct store_file *file, const struct timer *timers, size_t timer_count,
                        const struct token *removals, size_t removal_count, uint64_t expected)
{
    struct store store = store_file_store(file);
    struct store_flush flush = {.partition = 1,
                                .expected = {1, expected},
                                .next = {1, expected + 1},
                                .header = STR("header"),
                                .timers = timers,
                                .timer_count = timer_count,
                                .removals = removals,
                                .removal_count = removal_count};
    struct err err = {.code = ERR_NONE};
    ck_assert_int_eq(store.flush(store.self, &flush, &err), 0);
    expect_answer(&store, 1, expected + 1, false);
}

static struct token numbered(int i)
{
    char name[16];
    (void)snprintf(name, sizeof name, "A%d", i);
    return token_of(ENTITY_ACCOUNT, name);
}

/* Finds each page's timer, 0 for none. */
static void take_due(void *context, const struct timer *timer)
{
    int64_t *due_ms = context;
    for (int i = 0; i < 500; i++) {
        struct token token = numbered(i);
        if (token_eq(&token, &timer->token)) {
            ck_assert_int_eq(due_ms[i], 0);
            due_ms[i] = timer->due_ms;
            return;
        }
    }
    ck_abort_msg("the timer of nobody");
}

static void expect_timers(struct store_file *file, const int64_t *wanted)
{
    struct store store = store_file_store(file);
    struct store_checkpoint checkpoint;
    struct err err = {.code = ERR_NONE};
    int64_t got[500] = {0};
    ck_assert_int_eq(store.open(store.self, 1, &checkpoint, take_due, got, &err), 0);
    for (int i = 0; i < 500; i++) {
        ck_assert_msg(got[i] == wanted[i], "page %d: timer at %d", i, (int)got[i]);
    }
}

START_TEST(timers_stay_with_their_pages)
{
    struct store_file *file = many(false);
    int64_t wanted[500] = {0};
    struct timer timers[] = {{100, numbered(3)}, {50, numbered(4)}, {60, numbered(5)}};
    struct timer later[] = {{200, numbered(3)},
                            {TIME_NEVER, numbered(4)},
                            {TIME_NEVER, numbered(5)},
                            {70, numbered(5)}, /* of one page the last counts */
                            {80, numbered(6)},
                            {TIME_NEVER, numbered(6)}};
    send_timers(file, timers, 3, NULL, 0, 500);
    wanted[3] = 100;
    wanted[4] = 50;
    wanted[5] = 60;
    expect_timers(file, wanted);
    put(file, 1, "A3", "changed", 501); /* says nothing of its timer */
    expect_timers(file, wanted);
    send_timers(file, later, 6, NULL, 0, 502);
    wanted[3] = 200;
    wanted[4] = 0;
    wanted[5] = 70;
    expect_timers(file, wanted);
    struct err err = {.code = ERR_NONE};
    const char *path = scratch_path("timers.pages");
    ck_assert_int_eq(store_file_save(file, path, &err), 0);
    store_file_close(file);
    file = open_file(path);
    expect_timers(file, wanted);
    store_file_close(file);
}
END_TEST

START_TEST(pages_and_their_timers_are_removed)
{
    struct store_file *file = many(false);
    int64_t wanted[500] = {0};
    struct timer timers[250];
    struct token gone[250];
    for (int i = 0; i < 250; i++) { /* every third: clusters of the table lose some and keep some */
        timers[i] = (struct timer){1000 + i, numbered(i)};
        gone[i] = numbered((3 * i + i / 167) % 500);
        wanted[i] = 1000 + i;
    }
    send_timers(file, timers, 250, NULL, 0, 500);
    send_timers(file, NULL, 0, gone, 250, 501);
    ck_assert_uint_eq(store_file_page_count(file), 250);
    for (int i = 0; i < 250; i++) {
        wanted[(3 * i + i / 167) % 500] = 0;
    }
    expect_timers(file, wanted);
    for (int i = 0; i < 500; i++) {
        bool is_gone = false;
        char name[16];
        char head[40];
        struct token token = numbered(i);
        for (int k = 0; k < 250; k++) {
            is_gone = is_gone || token_eq(&token, &gone[k]);
        }
        (void)snprintf(name, sizeof name, "A%d", i);
        (void)snprintf(head, sizeof head, "0.0=A%d;1.7=chunk;", i);
        expect_page(file, 1, name, is_gone ? "" : head);
    }
    put(file, 1, "A0", "again", 502);
    expect_page(file, 1, "A0", "0.0=again;1.7=chunk;");
    store_file_close(file);
}
END_TEST

static void read_bytes(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    buf_clear(out);
    buf_reserve(out, 1 << 20);
    out->len = fread(out->at, 1, 1 << 20, file);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(the_same_content_gives_the_same_bytes)
{
    struct err err = {.code = ERR_NONE};
    struct buf a = {0};
    struct buf b = {0};
    for (int i = 0; i < 2; i++) {
        struct store_file *file = many(i == 1);
        const char *path = scratch_path("pages");
        ck_assert_int_eq(store_file_save(file, path, &err), 0);
        read_bytes(path, i == 0 ? &a : &b);
        store_file_close(file);
    }
    ck_assert(str_eq(buf_str(&a), buf_str(&b)));
    buf_fini(&a);
    buf_fini(&b);
}
END_TEST

static void expect_refused(const char *path, const char *part)
{
    struct err err = {.code = ERR_NONE};
    ck_assert_ptr_null(store_file_open(path, &identity, &err));
    ck_assert_msg(strstr(err.text, part) != NULL, "%s, wanted: %s", err.text, part);
}

START_TEST(every_damage_is_seen)
{
    struct err err = {.code = ERR_NONE};
    struct buf whole = {0};
    const char *path = scratch_path("pages");
    struct store_file *file = open_file(NULL);
    put(file, 2, "A", "one", 0);
    ck_assert_int_eq(store_file_save(file, path, &err), 0);
    store_file_close(file);
    read_bytes(path, &whole);
    for (size_t len = 0; len < whole.len; len++) { /* cut anywhere */
        expect_refused(scratch_write("cut", (struct str){whole.at, len}),
                       len < 8 ? "holds no saved pages" : "");
    }
    for (size_t at = 0; at < whole.len; at++) { /* one bit of any byte */
        whole.at[at] ^= 1;
        expect_refused(scratch_write("bit", buf_str(&whole)), at < 8    ? "holds no saved pages"
                                                              : at < 12 ? "has format"
                                                                        : "checksum");
        whole.at[at] ^= 1;
    }
    buf_add_char(&whole, '\0');
    expect_refused(scratch_write("more", buf_str(&whole)), "checksum");
    buf_fini(&whole);
}
END_TEST

START_TEST(others_files_are_refused)
{
    struct err err = {.code = ERR_NONE};
    struct store_file_identity other = {.partition_count = 4, .key_print = "the key"};
    const char *path = scratch_path("pages");
    struct store_file *file = open_file(NULL);
    ck_assert_int_eq(store_file_save(file, path, &err), 0);
    store_file_close(file);
    ck_assert_ptr_null(store_file_open(path, &other, &err));
    ck_assert_ptr_nonnull(
        strstr(err.text, "was saved with 3 partitions, not 4; use --partitions 3"));
    other = (struct store_file_identity){.partition_count = 3, .key_print = "the kez"};
    ck_assert_ptr_null(store_file_open(path, &other, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "was saved under another token key"));
    expect_refused(scratch_path("none"), "none: cannot read pages: No such file");
    expect_refused(scratch_path(""), "is a folder or no file");
}
END_TEST

START_TEST(a_save_that_fails_leaves_the_old_file)
{
    struct err err = {.code = ERR_NONE};
    struct store_file *file = open_file(NULL);
    ck_assert_int_eq(mkdir(scratch_path("taken"), 0700), 0);
    ck_assert_int_eq(store_file_save(file, scratch_path("taken"), &err), -1);
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_int_eq(store_file_save(file, scratch_path("none/pages"), &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "none/pages: cannot save pages: No such file"));
    ck_assert_int_eq(scratch_count(""), 1);
    store_file_close(file);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store_file");
    TCase *tests = tcase_create("store_file");
    tcase_add_test(tests, pages_are_replaced_whole);
    tcase_add_test(tests, a_piece_is_written_kept_or_removed);
    tcase_add_test(tests, a_conflict_writes_nothing);
    tcase_add_test(tests, reading_expects_a_content_too);
    tcase_add_test(tests, a_sweep_gives_every_page);
    tcase_add_test(tests, a_sweep_of_nothing_ends_at_once);
    tcase_add_test(tests, timers_stay_with_their_pages);
    tcase_add_test(tests, pages_and_their_timers_are_removed);
    tcase_add_test(tests, what_is_saved_can_be_loaded);
    tcase_add_test(tests, the_same_content_gives_the_same_bytes);
    tcase_add_test(tests, every_damage_is_seen);
    tcase_add_test(tests, others_files_are_refused);
    tcase_add_test(tests, a_save_that_fails_leaves_the_old_file);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
