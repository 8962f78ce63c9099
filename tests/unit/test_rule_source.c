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
