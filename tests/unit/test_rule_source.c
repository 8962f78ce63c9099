/* test_rule_source.c - packs from folders, files and memory; what is refused; the identity. */
#include "rules/rule_source.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/test_source_XXXXXX";

static const char *path_in(const char *name)
{
    static char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *bytes, size_t count)
{
    FILE *file = fopen(path_in(name), "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, count, file), count);
    ck_assert_int_eq(fclose(file), 0);
}

static void remove_all(void)
{
    static const char *const names[] = {"b.rule",   "a.rule",   ".hidden.rule",
                                        "note.txt", "big.rule", "in.rule/c.rule"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)unlink(path_in(names[i]));
    }
    (void)rmdir(path_in("in.rule"));
    (void)rmdir(folder);
}

static void make_folder(void)
{
    (void)snprintf(folder, sizeof folder, "%s", "/tmp/test_source_XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

START_TEST(folder_in_name_order)
{
    write_file("b.rule", "bb", 2);
    write_file("a.rule", "规则", 6);
    write_file(".hidden.rule", "x", 1);
    write_file("note.txt", "x", 1);
    ck_assert_int_eq(mkdir(path_in("in.rule"), 0700), 0);
    write_file("in.rule/c.rule", "x", 1);

    struct rule_source source;
    struct err err = {0};
    rule_source_init(&source);
    char with_slash[256];
    (void)snprintf(with_slash, sizeof with_slash, "%s//", folder);
    ck_assert_msg(rule_source_load(&source, with_slash, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(source.file_count, 2);
    ck_assert(str_eq_text(source.files[0].name, "a.rule"));
    ck_assert(str_eq_text(source.files[0].path, path_in("a.rule")));
    ck_assert(str_eq_text(source.files[0].text, "规则"));
    ck_assert(str_eq_text(source.files[1].name, "b.rule"));
    ck_assert_uint_eq(source.text_bytes, 8);
    rule_source_fini(&source);
}
END_TEST

START_TEST(one_file)
{
    write_file("a.rule", "", 0);
    struct rule_source source;
    struct err err = {0};
    rule_source_init(&source);
    ck_assert_int_eq(rule_source_load(&source, path_in("a.rule"), &err), 0);
    ck_assert_uint_eq(source.file_count, 1);
    ck_assert(str_eq_text(source.files[0].name, "a.rule"));
    ck_assert_uint_eq(source.files[0].text.len, 0);
    rule_source_fini(&source);
}
END_TEST

/* Loads, expects the end of the message, and that nothing was added. */
static void refuse(const char *path, enum err_code code, const char *message)
{
    struct rule_source source;
    struct err err = {0};
    rule_source_init(&source);
    ck_assert_int_eq(rule_source_add(&source, STR("z"), STR("z"), NULL), 0);
    ck_assert_int_eq(rule_source_load(&source, path, &err), -1);
    ck_assert_int_eq(err.code, code);
    char whole[512];
    (void)snprintf(whole, sizeof whole, "%s: %s", path, message);
    ck_assert_str_eq(err.text, whole);
    ck_assert_uint_eq(source.file_count, 1);
    rule_source_fini(&source);
}

START_TEST(missing_path)
{
    refuse(path_in("none"), ERR_OUTSIDE,
           "the rules cannot be opened: No such file or directory; check the path");
}
END_TEST

START_TEST(folder_without_rules)
{
    write_file("note.txt", "x", 1);
    refuse(folder, ERR_USAGE,
           "has no .rule file; name the folder that holds the rules, or one file");
}
END_TEST

START_TEST(not_utf8)
{
    write_file("a.rule", "ab\ncd\xb0\xb2", 7);
    refuse(
        path_in("a.rule"), ERR_USAGE,
        "line 2: byte 6 of the file (0xb0) is not UTF-8; save the file as UTF-8 (not GBK or GB18030)");
}
END_TEST

START_TEST(too_large)
{
    write_file("big.rule", "x", 1);
    ck_assert_int_eq(truncate(path_in("big.rule"), (off_t)RULE_SOURCE_BYTES_MAX + 1), 0);
    refuse(path_in("big.rule"), ERR_USAGE, "has 16777217 bytes; a pack has at most 16 MiB");
}
END_TEST

START_TEST(too_large_together)
{
    write_file("a.rule", "x", 1);
    write_file("big.rule", "x", 1);
    ck_assert_int_eq(truncate(path_in("big.rule"), (off_t)RULE_SOURCE_BYTES_MAX), 0);
    struct rule_source source;
    struct err err = {0};
    rule_source_init(&source);
    ck_assert_int_eq(rule_source_load(&source, folder, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "the pack grows past 16 MiB with this file"));
    ck_assert_uint_eq(source.file_count, 0);
    rule_source_fini(&source);
}
END_TEST

START_TEST(pipe_does_not_hang)
{
    ck_assert_int_eq(mkfifo(path_in("a.rule"), 0600), 0);
    refuse(path_in("a.rule"), ERR_USAGE, "is no ordinary file; rules are read from .rule files");
}
END_TEST

START_TEST(same_name_twice)
{
    write_file("a.rule", "x", 1);
    struct rule_source source;
    struct err err = {0};
    rule_source_init(&source);
    ck_assert_int_eq(rule_source_load(&source, folder, &err), 0);
    ck_assert_int_eq(rule_source_load(&source, path_in("a.rule"), &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "the pack has a file of this name already; rename one"));
    ck_assert_uint_eq(source.file_count, 1);
    rule_source_fini(&source);
}
END_TEST

static void hash_of(char *hex, const char *const (*files)[2], size_t count)
{
    struct rule_source source;
    rule_source_init(&source);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(rule_source_add(&source, str_of(files[i][0]), str_of(files[i][1]), NULL),
                         0);
    }
    rule_source_hash_hex(hex, &source);
    rule_source_fini(&source);
}

START_TEST(identity)
{
    static const char *const order[][2] = {{"a", "1"}, {"b", "2"}};
    static const char *const other[][2] = {{"b", "2"}, {"a", "1"}};
    static const char *const text[][2] = {{"a", "1"}, {"b", "3"}};
    static const char *const shifted[][2] = {{"a", "1b"}, {"", "2"}};
    char first[RULE_SOURCE_HEX_BYTES];
    char second[RULE_SOURCE_HEX_BYTES];
    hash_of(first, order, 2);
    hash_of(second, other, 2);
    ck_assert_str_eq(first, second);
    hash_of(second, text, 2);
    ck_assert_str_ne(first, second);
    hash_of(second, shifted, 2);
    ck_assert_str_ne(first, second);
    /* printf '\1\0\0\0a\1\0\0\0001\1\0\0\0b\1\0\0\0002' | sha256sum */
    ck_assert_str_eq(first, "7afadf78b77035d9aaac0d95cd86f68208849b6cdcdc7eb6d1996622f841f825");
    hash_of(first, NULL, 0); /* of nothing */
    ck_assert_str_eq(first, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
END_TEST

/* What is packed, by hand: length and text in turn. */
#define PACKED_A "\x01\0\0\0a\x01\0\0\0\x31"
#define PACKED_B "\x01\0\0\0b\x01\0\0\0\x32"

START_TEST(packed_to_the_byte)
{
    struct rule_source source;
    struct rule_source back;
    struct err err = {0};
    struct buf bytes = {0};
    struct buf again = {0};
    char hex[RULE_SOURCE_HEX_BYTES];
    char hex_back[RULE_SOURCE_HEX_BYTES];
    rule_source_init(&source);
    ck_assert_int_eq(rule_source_add(&source, STR("b"), STR("2"), NULL), 0);
    ck_assert_int_eq(rule_source_add(&source, STR("a"), STR("1"), NULL), 0);
    buf_add_text(&bytes, "x"); /* it appends */
    rule_source_pack(&source, &bytes);
    ck_assert_uint_eq(bytes.len, 1 + 20);
    ck_assert_mem_eq(bytes.at, "x" PACKED_A PACKED_B, 1 + 20);
    rule_source_init(&back);
    ck_assert_int_eq(rule_source_unpack(&back, (struct str){bytes.at + 1, bytes.len - 1}, &err), 0);
    ck_assert_uint_eq(back.file_count, 2);
    ck_assert(str_eq_text(back.files[0].name, "a"));
    ck_assert(str_eq_text(back.files[1].path, "b"));
    ck_assert(str_eq_text(back.files[1].text, "2"));
    rule_source_pack(&back, &again);
    ck_assert_uint_eq(again.len, 20);
    ck_assert_mem_eq(again.at, bytes.at + 1, 20);
    rule_source_hash_hex(hex, &source);
    rule_source_hash_hex(hex_back, &back);
    ck_assert_str_eq(hex, hex_back);
    rule_source_fini(&source);
    rule_source_fini(&back);
    buf_fini(&bytes);
    buf_fini(&again);
}
END_TEST

START_TEST(shipped_pack_there_and_back)
{
    struct rule_source source;
    struct rule_source back;
    struct buf bytes = {0};
    struct buf again = {0};
    rule_source_init(&source);
    rule_source_init(&back);
    ck_assert_int_eq(rule_source_load(&source, "rules/library", NULL), 0);
    rule_source_pack(&source, &bytes);
    ck_assert_int_eq(rule_source_unpack(&back, buf_str(&bytes), NULL), 0);
    rule_source_pack(&back, &again);
    ck_assert(str_eq(buf_str(&bytes), buf_str(&again)));
    rule_source_fini(&source);
    rule_source_fini(&back);
    buf_fini(&bytes);
    buf_fini(&again);
}
END_TEST

START_TEST(bytes_of_no_pack)
{
    static const char no_pack[] = "these are not the bytes of a pack: ";
    static const struct {
        const char *name;
        struct str bytes;
        const char *message; /* behind no_pack; or all of it */
    } rows[] = {
        {"nothing", {"", 0}, "there are none"},
        {"half a length", STR("\x01\0\0"), "they end inside file 1"},
        {"a name and no more", STR("\x01\0\0\0a"), "they end inside file 1"},
        {"a name of all the world", STR("\xff\xff\xff\xff\x61"), "they end inside file 1"},
        {"a text longer than it is", STR("\x01\0\0\0a\x02\0\0\0\x31"), "they end inside file 1"},
        {"one byte too many", STR(PACKED_A "\0"), "they end inside file 2"},
        {"no name", STR("\0\0\0\0\x01\0\0\0\x31"),
         "the name of file 1 has 0 bytes, or some that no file name has (1 to 255 bytes, UTF-8, no "
         "/ and no control characters)"},
        {"a way out of the folder", STR("\x04\0\0\0../a\0\0\0\0"),
         "the name of file 1 has 4 bytes, or some that no file name has (1 to 255 bytes, UTF-8, no "
         "/ and no control characters)"},
        {"a name that paints the terminal", STR("\x03\0\0\0\x1b[m\0\0\0\0"),
         "the name of file 1 has 3 bytes, or some that no file name has (1 to 255 bytes, UTF-8, no "
         "/ and no control characters)"},
        {"a name that is not UTF-8", STR("\x01\0\0\0\xb0\0\0\0\0"),
         "the name of file 1 has 1 bytes, or some that no file name has (1 to 255 bytes, UTF-8, no "
         "/ and no control characters)"},
        {"another order", STR(PACKED_B PACKED_A),
         "file 2 is not behind the one before it by its name"},
        {"a file twice", STR(PACKED_A PACKED_A),
         "file 2 is not behind the one before it by its name"},
        {"a text that is not UTF-8", STR("\x01\0\0\0a\x01\0\0\0\xb0"),
         "a: line 1: byte 1 of the file (0xb0) is not UTF-8; save the file as UTF-8 (not GBK or "
         "GB18030)"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rule_source source;
        struct err err = {0};
        rule_source_init(&source);
        ck_assert_msg(rule_source_unpack(&source, rows[i].bytes, &err) == -1, "%s", rows[i].name);
        size_t skip = strncmp(err.text, no_pack, sizeof no_pack - 1) == 0 ? sizeof no_pack - 1 : 0;
        ck_assert_msg(strcmp(err.text + skip, rows[i].message) == 0, "%s: %s", rows[i].name,
                      err.text);
        ck_assert_uint_eq(source.file_count, 0);
    }
}
END_TEST

/* The bounds of a pack hold for its bytes too, whoever made them. */
START_TEST(too_many_bytes_or_files)
{
    struct rule_source source;
    struct err err = {0};
    struct buf bytes = {0};
    rule_source_init(&source);
    buf_add(&bytes, "\x01\0\0\0a\x01\0\0\x01", 9); /* 2^24 + 1 bytes of text */
    buf_reserve(&bytes, RULE_SOURCE_BYTES_MAX + 1);
    memset(bytes.at + bytes.len, ' ', RULE_SOURCE_BYTES_MAX + 1);
    bytes.len += RULE_SOURCE_BYTES_MAX + 1;
    ck_assert_int_eq(rule_source_unpack(&source, buf_str(&bytes), &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "the pack grows past 16 MiB with this file"));
    buf_clear(&bytes);
    for (unsigned i = 0; i <= RULE_SOURCE_FILES_MAX; i++) {
        buf_add(&bytes, "\x05\0\0\0", 4);
        buf_add_format(&bytes, "%05u", i);
        buf_add(&bytes, "\0\0\0\0", 4);
    }
    ck_assert_int_eq(rule_source_unpack(&source, buf_str(&bytes), &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "a pack has at most 4096 files"));
    bytes.len -= 13;
    ck_assert_int_eq(rule_source_unpack(&source, buf_str(&bytes), &err), 0);
    rule_source_fini(&source);
    buf_fini(&bytes);
}
END_TEST

/* Any bytes give a pack that packs to the very same bytes, or none. */
START_TEST(altered_bytes)
{
    static const char whole[] = PACKED_A PACKED_B;
    unsigned taken = 0;
    for (size_t at = 0; at < sizeof whole - 1; at++) {
        for (unsigned value = 0; value < 256; value++) {
            struct rule_source source;
            struct buf again = {0};
            char bytes[sizeof whole - 1];
            memcpy(bytes, whole, sizeof bytes);
            bytes[at] = (char)value;
            rule_source_init(&source);
            if (rule_source_unpack(&source, (struct str){bytes, sizeof bytes}, NULL) == 0) {
                rule_source_pack(&source, &again);
                ck_assert_uint_eq(again.len, sizeof bytes);
                ck_assert_mem_eq(again.at, bytes, sizeof bytes);
                taken++;
            }
            rule_source_fini(&source);
            buf_fini(&again);
        }
    }
    ck_assert_uint_gt(taken, 256); /* other texts, other names */
    ck_assert_uint_lt(taken, 1024);
}
END_TEST

START_TEST(places)
{
    struct rule_source source;
    rule_source_init(&source);
    ck_assert_int_eq(rule_source_add(&source, STR("a"), STR("ab\r\n规则 x\n"), NULL), 0);
    struct rule_source_place place = rule_source_find(&source, (struct span){0, 11, 12});
    ck_assert_uint_eq(place.line, 2);
    ck_assert_uint_eq(place.column, 4);
    ck_assert_uint_eq(place.line_start, 4);
    ck_assert_uint_eq(place.line_end, 12);
    place = rule_source_find(&source, (struct span){0, 1, 2});
    ck_assert_uint_eq(place.line_end, 2);
    place = rule_source_find(&source, (struct span){0, 13, 13});
    ck_assert_uint_eq(place.line, 3);
    ck_assert_uint_eq(place.column, 1);
    ck_assert(str_eq_text(rule_source_text(&source, (struct span){0, 4, 10}), "规则"));
    struct span joined = span_join((struct span){0, 4, 10}, (struct span){0, 0, 2});
    ck_assert_uint_eq(joined.start, 0);
    ck_assert_uint_eq(joined.end, 10);
    rule_source_fini(&source);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("rule_source");
    TCase *t = tcase_create("rule_source");
    tcase_add_checked_fixture(t, make_folder, remove_all);
    tcase_add_test(t, folder_in_name_order);
    tcase_add_test(t, one_file);
    tcase_add_test(t, missing_path);
    tcase_add_test(t, folder_without_rules);
    tcase_add_test(t, not_utf8);
    tcase_add_test(t, too_large);
    tcase_add_test(t, too_large_together);
    tcase_add_test(t, pipe_does_not_hang);
    tcase_add_test(t, same_name_twice);
    tcase_add_test(t, identity);
    tcase_add_test(t, packed_to_the_byte);
    tcase_add_test(t, shipped_pack_there_and_back);
    tcase_add_test(t, bytes_of_no_pack);
    tcase_add_test(t, too_many_bytes_or_files);
    tcase_add_test(t, altered_bytes);
    tcase_add_test(t, places);
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
