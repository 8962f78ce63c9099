/* test_dead_letter.c - what becomes of a refused record, to the byte. */
#include "connectors/file/dead_letter.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct refusal why = {REFUSAL_BAD_TIME, "time: a time that there is not"};

static const char *written(const struct dead_letter *letter, struct buf *line,
                           struct output *output)
{
    dead_letter_write(letter, line, output);
    ck_assert_int_eq(output->kind, OUTPUT_DEAD_LETTER);
    ck_assert(str_eq(output->json, buf_str(line)));
    ck_assert(str_eq(output->what, STR("bad_time")));
    return buf_text(line);
}

START_TEST(each_part_is_there)
{
    struct dead_letter letter = {.why = &why,
                                 .topic = STR("calls"),
                                 .partition = 3,
                                 .offset = 7,
                                 .time_ms = INT64_C(1772416800000),
                                 .size = 5,
                                 .bytes = STR("hello"),
                                 .bytes_max = 4096,
                                 .file = "day.jsonl",
                                 .file_offset = 812004};
    struct buf line = {0};
    struct output output;
    ck_assert_str_eq(
        written(&letter, &line, &output),
        "{\"reason\":\"bad_time\",\"detail\":\"time: a time that there is not; day.jsonl at byte "
        "812004\",\"topic\":\"calls\",\"partition\":3,\"offset\":7,\"time\":"
        "\"2026-03-02T10:00:00.000+08:00\",\"size\":5,\"bytes_base64\":\"aGVsbG8=\"}");
    letter.file = NULL;
    letter.time_ms = INT64_MIN;
    letter.bytes_max = 0;
    ck_assert_str_eq(written(&letter, &line, &output),
                     "{\"reason\":\"bad_time\",\"detail\":\"time: a time that there is not\","
                     "\"topic\":\"calls\",\"partition\":3,\"offset\":7,\"time\":null,\"size\":5}");
    buf_fini(&line);
}
END_TEST

START_TEST(bytes_as_base64)
{
    static const struct {
        const char *name;
        struct str bytes;
        size_t max;
        const char *text;
    } rows[] = {
        {"none", {"", 0}, 10, ""},
        {"one", {"f", 1}, 10, "Zg=="},
        {"two", {"fo", 2}, 10, "Zm8="},
        {"three", {"foo", 3}, 10, "Zm9v"},
        {"six", {"foobar", 6}, 10, "Zm9vYmFy"},
        {"high bits", {"\xff\xfe\xfb\xef", 4}, 10, "//777w=="},
        {"NUL", {"\0\0", 2}, 10, "AAA="},
        {"cut", {"foobar", 6}, 4, "Zm9vYg=="},
        {"just kept", {"foobar", 6}, 6, "Zm9vYmFy"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dead_letter letter = {.why = &why,
                                     .topic = STR("feed"),
                                     .bytes = rows[i].bytes,
                                     .bytes_max = rows[i].max};
        struct buf line = {0};
        struct output output;
        char wanted[64];
        (void)snprintf(wanted, sizeof wanted, "\"bytes_base64\":\"%s\"}", rows[i].text);
        ck_assert_msg(strstr(written(&letter, &line, &output), wanted) != NULL, "%s: %s",
                      rows[i].name, buf_text(&line));
        buf_fini(&line);
    }
}
END_TEST

/* A file's name is whatever the system allows; the line is UTF-8 all the same. */
START_TEST(names_that_are_no_text)
{
    char name[1200];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    const char *names[] = {"day-\xe9.jsonl", "say \"hi\"\n", name};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct dead_letter letter = {.why = &why, .topic = STR("feed"), .file = names[i]};
        struct buf line = {0};
        struct output output;
        (void)written(&letter, &line, &output);
        ck_assert_uint_eq(utf8_valid_prefix(line.at, line.len), line.len);
        ck_assert_ptr_null(memchr(line.at, '\n', line.len));
        ck_assert_uint_lt(line.len, 1300);
        buf_fini(&line);
    }
}
END_TEST

START_TEST(the_place_makes_the_id)
{
    struct dead_letter letter = {.why = &why, .topic = STR("calls"), .offset = 7};
    struct buf line = {0};
    struct output a;
    struct output b;
    dead_letter_write(&letter, &line, &a);
    letter.bytes = STR("other bytes");
    letter.file = "other.jsonl";
    dead_letter_write(&letter, &line, &b);
    ck_assert(token_eq(&a.id, &b.id));
    letter.offset = 8;
    dead_letter_write(&letter, &line, &b);
    ck_assert(!token_eq(&a.id, &b.id));
    letter.offset = 7;
    letter.partition = 1;
    dead_letter_write(&letter, &line, &b);
    ck_assert(!token_eq(&a.id, &b.id));
    letter.partition = 0;
    letter.topic = STR("feed");
    dead_letter_write(&letter, &line, &b);
    ck_assert(!token_eq(&a.id, &b.id));
    buf_fini(&line);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dead_letter");
    TCase *tests = tcase_create("dead_letter");
    tcase_add_test(tests, each_part_is_there);
    tcase_add_test(tests, bytes_as_base64);
    tcase_add_test(tests, names_that_are_no_text);
    tcase_add_test(tests, the_place_makes_the_id);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
