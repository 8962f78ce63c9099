/* test_feed_file_quotes.c - rows of a CSV whose quotes do not close harm no other row. */
#include "connectors/file/feed_file.h"
#include "engine/base/str.h"
#include "engine/ingest/json.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char mapping[] = "type: person\n"
                              "columns:\n"
                              "  - {column: id, member: id}\n"
                              "  - {column: who, member: person}\n"
                              "constants:\n"
                              "  - {member: time, value: \"2026-03-02T10:00:00+08:00\"}\n";
static const char header[] = "id,who,remark\n";

static void write_file(char *path, struct str text)
{
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq((int)write(fd, text.at, text.len), (int)text.len);
    ck_assert_int_eq(close(fd), 0);
}

/* What reading the rows gives, "3:good 4:bad_time ..", by the line on which each begins. */
static void read_rows(struct str rows, struct buf *got)
{
    char map_path[] = "/tmp/sluice-map-XXXXXX";
    char path[] = "/tmp/sluice-csv-XXXXXX";
    struct buf text = {0};
    struct err err = {0};
    struct source source;
    struct source_record record;
    int result = 0;
    buf_add_text(&text, header);
    buf_add_str(&text, rows);
    write_file(map_path, str_of(mapping));
    write_file(path, buf_str(&text));
    ck_assert_msg(feed_file_open(&source, path, map_path, &err) == 0, "%s", err.text);
    while ((result = source.next(source.self, &record, &err)) == 1) {
        struct str what = record.refused ? refusal_text(record.why.reason) : STR("good");
        buf_add_format(got, "%s%" PRIu64 ":%.*s", got->len > 0 ? " " : "", record.line,
                       (int)what.len, what.at);
    }
    ck_assert_msg(result == 0, "%s", err.text);
    source.close(source.self);
    buf_fini(&text);
    ck_assert_int_eq(remove(map_path), 0);
    ck_assert_int_eq(remove(path), 0);
}

START_TEST(broken_quotes_harm_one_line)
{
    static const struct {
        const char *name, *rows, *got;
    } rows[] = {
        {"a remark of two lines", "1,a,\"x\ny\"\n2,b,z\n", "2:good 4:good"},
        {"the same with CR LF", "1,a,\"x\r\ny\"\r\n2,b,z\r\n", "2:good 4:good"},
        {"a remark of two lines at the end", "1,a,\"x\ny\"", "2:good"},
        {"never closed", "1,a,\"x\n2,b,z\n3,c,z\n", "2:wrong_type 3:good 4:good"},
        {"closed by another broken row", "\"1,a,x\n2,b,z\n\"3,c,z\n4,d,z\n",
         "2:wrong_type 3:good 4:wrong_type 5:good"},
        {"three broken rows", "\"1,a,x\n2,b,z\n\"3,c,z\n4,d,z\n\"5,e,z\n6,f,z\n",
         "2:wrong_type 3:good 4:wrong_type 5:good 6:wrong_type 7:good"},
        {"good quotes between", "\"1,a,x\n2,b,\"z, \"\"z\"\"\"\n\"3,c,z\n4,d,z\n",
         "2:wrong_type 3:good 4:wrong_type 5:good"},
        {"all of it in one mapped cell", "1,\"a,x\n2,b,z\n3\",c\n4,d,z\n",
         "2:wrong_type 3:good 4:wrong_type 5:good"},
        {"quotes inside a cell", "1,a\"a,x\n2,b,z\n3,c\"c,z\n4,d,z\n",
         "2:wrong_type 3:good 4:wrong_type 5:good"},
        {"too few cells, though closed", "1,\"x\ny\"\n2,b,z\n", "2:wrong_type 3:wrong_type 4:good"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf got = {0};
        read_rows(str_of(rows[i].rows), &got);
        ck_assert_msg(str_eq_text(buf_str(&got), rows[i].got), "%s: %s, not %s", rows[i].name,
                      buf_text(&got), rows[i].got);
        buf_fini(&got);
    }
}
END_TEST

/* Quotes that close only past the largest row: the lines between are rows of their own. */
START_TEST(a_row_too_large_is_one_line)
{
    struct buf rows = {0};
    struct buf got = {0};
    struct buf wanted = {0};
    uint64_t line = 2;
    buf_add_text(&rows, "1,a,\"x\n");
    buf_add_format(&wanted, "%" PRIu64 ":wrong_type", line++);
    while (rows.len < JSON_RECORD_BYTES_MAX + 100) {
        buf_add_text(&rows, "2,b,z\n");
        buf_add_format(&wanted, " %" PRIu64 ":good", line++);
    }
    buf_add_text(&rows, "3,c,y\"\n4,d,z\n");
    buf_add_format(&wanted, " %" PRIu64 ":wrong_type", line++);
    buf_add_format(&wanted, " %" PRIu64 ":good", line++);
    read_rows(buf_str(&rows), &got);
    ck_assert(str_eq(buf_str(&got), buf_str(&wanted)));

    buf_clear(&rows);
    buf_clear(&got);
    buf_add_text(&rows, "1,a,\"x");
    while (rows.len < JSON_RECORD_BYTES_MAX + 100) {
        buf_add_char(&rows, 'x');
    }
    buf_add_text(&rows, "\n2,b,z\n");
    read_rows(buf_str(&rows), &got);
    ck_assert_str_eq(buf_text(&got), "2:too_large 3:good");
    buf_fini(&rows);
    buf_fini(&got);
    buf_fini(&wanted);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("feed_file_quotes");
    TCase *tests = tcase_create("feed_file_quotes");
    tcase_add_test(tests, broken_quotes_harm_one_line);
    tcase_add_test(tests, a_row_too_large_is_one_line);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
