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

/* One page of two pieces; true if it was written. */
static bool put(struct store_file *file, uint32_t partition, const char *name, struct str head,
                uint64_t expected)
{
    struct store store = store_file_store(file);
    struct token token = token_of(ENTITY_ACCOUNT, name);
    struct store_page_piece pieces[] = {
        {token, ENTITY_ACCOUNT, {PAGE_PIECE_HEAD, 0}, head},
        {token, ENTITY_ACCOUNT, {1, 7}, STR("chunk")},
    };
    struct store_flush flush = {.partition = partition,
                                .expected = {expected > 0, expected},
                                .next = {1, expected + 1},
                                .w = 10 * (expected + 1),
                                .header = STR("header"),
                                .pieces = pieces,
                                .piece_count = 2};
    struct err err = {.code = ERR_NONE};
    bool conflict = true;
    ck_assert_int_eq(store.flush(store.self, &flush, &conflict, &err), 0);
    return !conflict;
}

static void take_piece(void *context, const struct page_piece *piece, struct str bytes)
{
    buf_add_format(context, "%d.%d=%.*s;", (int)piece->kind, (int)piece->number, (int)bytes.len,
                   bytes.at);
}

/* The pieces of a page, "" if there is none. */
static void expect_page(struct store_file *file, uint32_t partition, const char *name,
                        const char *wanted)
{
    struct store store = store_file_store(file);
    struct token token = token_of(ENTITY_ACCOUNT, name);
    struct buf got = {0};
    struct err err = {.code = ERR_NONE};
    bool found = false;
    ck_assert_int_eq(store.load(store.self, partition, &token, &found, take_piece, &got, &err), 0);
    ck_assert_str_eq(buf_text(&got), wanted);
    ck_assert(found == (wanted[0] != '\0'));
    buf_fini(&got);
}

static void expect_header(struct store_file *file, uint32_t partition, uint64_t number)
{
    struct store store = store_file_store(file);
    struct store_seq seq;
    struct str header;
    struct err err = {.code = ERR_NONE};
    bool found = false;
    uint64_t w = 0;
    ck_assert_int_eq(store.open(store.self, partition, &found, &seq, &w, &header, &err), 0);
    ck_assert(found == (number > 0));
    ck_assert_uint_eq(seq.number, number);
    ck_assert_uint_eq(w, 10 * number);
    ck_assert(str_eq(header, number > 0 ? STR("header") : STR("")));
}

START_TEST(pages_are_replaced_whole)
{
    struct store_file *file = open_file(NULL);
    expect_page(file, 0, "A", "");
    expect_header(file, 0, 0);
    ck_assert(put(file, 0, "A", STR("one"), 0));
    expect_page(file, 0, "A", "0.0=one;1.7=chunk;");
    ck_assert(put(file, 0, "A", STR("a longer one"), 1));
    expect_page(file, 0, "A", "0.0=a longer one;1.7=chunk;");
    expect_page(file, 1, "A", "");
    expect_header(file, 0, 2);
    expect_header(file, 1, 0);
    ck_assert_uint_eq(store_file_page_count(file), 1);
    store_file_close(file);
}
END_TEST

START_TEST(a_conflict_writes_nothing)
{
    struct store_file *file = open_file(NULL);
    ck_assert(!put(file, 0, "A", STR("one"), 3));
    expect_page(file, 0, "A", "");
    ck_assert(put(file, 0, "A", STR("one"), 0));
    ck_assert(!put(file, 0, "A", STR("two"), 0));
    expect_page(file, 0, "A", "0.0=one;1.7=chunk;");
    expect_header(file, 0, 1);
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
        ck_assert(put(file, 1, name, str_of(name), i));
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
    ck_assert(put(file, 1, "A0", STR("new"), 500)); /* and it goes on */
    expect_page(file, 1, "A0", "0.0=new;1.7=chunk;");
    store_file_close(file);

    struct store_file_identity said = {0};
    ck_assert_int_eq(store_file_identify(path, &said, &err), 0);
    ck_assert(memcmp(&said, &identity, sizeof said) == 0);
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
    ck_assert(put(file, 2, "A", STR("one"), 0));
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
    tcase_add_test(tests, a_conflict_writes_nothing);
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
