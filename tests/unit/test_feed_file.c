/* test_feed_file.c - a file as a source: records, their places, and what is refused. Broken quotes
 * have test_feed_file_quotes.c. */
#include "connectors/file/feed_file.h"
#include "engine/ingest/json.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char mapping[] = "type: person\n"
                              "columns:\n"
                              "  - {column: id, member: id}\n"
                              "  - {column: who, member: person}\n"
                              "constants:\n"
                              "  - {member: time, value: \"2026-03-02T10:00:00+08:00\"}\n";

static struct source open_feed(struct str content, const char *map)
{
    struct source source;
    struct err err = {.code = ERR_NONE};
    const char *path = scratch_write("feed", content);
    const char *map_path = map == NULL ? NULL : scratch_write("map.yaml", str_of(map));
    ck_assert_msg(feed_file_open(&source, path, map_path, &err) == 0, "%s", err.text);
    ck_assert_str_eq(source.name, path);
    return source;
}

/* "line@offset:bytes|..", a refused one as "line@offset!reason(raw bytes)". */
static void read_all(struct source *source, struct buf *got)
{
    struct source_record record;
    struct err err = {.code = ERR_NONE};
    int result;
    buf_clear(got);
    while ((result = source->next(source->self, &record, &err)) == 1) {
        buf_add_format(got, "%s%" PRIu64 "@%" PRIu64, got->len > 0 ? "|" : "", record.line,
                       record.offset);
        if (record.refused) {
            struct str reason = refusal_text(record.why.reason);
            ck_assert_uint_eq(record.bytes.len, 0);
            buf_add_format(got, "!%.*s(%" PRIu64 ")", (int)reason.len, reason.at, record.raw_bytes);
        } else {
            buf_add_char(got, ':');
            buf_add_str(got, record.bytes);
        }
    }
    ck_assert_msg(result == 0, "%s", err.text);
    ck_assert_int_eq(source->next(source->self, &record, &err), 0); /* and again */
    source->close(source->self);
}

START_TEST(lines)
{
    static const struct {
        const char *name;
        struct str content;
        const char *got;
    } rows[] = {
        {"nothing", {"", 0}, ""},
        {"one", {"{}\n", 3}, "1@0:{}"},
        {"without its end", {"{}", 2}, "1@0:{}"},
        {"two", {"a\nb\n", 4}, "1@0:a|2@2:b"},
        {"the last without its end", {"a\nb", 3}, "1@0:a|2@2:b"},
        {"CRLF", {"a\r\nb\r\n", 6}, "1@0:a|2@3:b"},
        {"a CR at the very end", {"a\r", 2}, "1@0:a"},
        {"a CR inside stays", {"a\rb\n", 4}, "1@0:a\rb"},
        {"blank lines count as lines, not as records", {"\n \t\r\n\na\n\n", 8}, "4@6:a"},
        {"only blanks", {"  ", 2}, ""},
    };
    struct buf got = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct source source = open_feed(rows[i].content, NULL);
        read_all(&source, &got);
        ck_assert_msg(strcmp(buf_text(&got), rows[i].got) == 0, "%s: %s", rows[i].name,
                      buf_text(&got));
    }
    buf_fini(&got);
}
END_TEST

static void add_long(struct buf *out, size_t len, const char *end)
{
    buf_reserve(out, len + 2);
    for (size_t i = 0; i < len; i++) {
        buf_add_char(out, 'x');
    }
    buf_add_text(out, end);
}

START_TEST(lines_over_the_limit)
{
    static const struct {
        const char *name;
        size_t len;
        const char *end;
        bool refused;
    } rows[] = {
        {"the longest", JSON_RECORD_BYTES_MAX, "\n", false},
        {"the longest with CRLF", JSON_RECORD_BYTES_MAX, "\r\n", false},
        {"the longest at the end", JSON_RECORD_BYTES_MAX, "", false},
        {"one more", JSON_RECORD_BYTES_MAX + 1, "\n", true},
        {"one more with CRLF", JSON_RECORD_BYTES_MAX + 1, "\r\n", true},
        {"one more at the end", JSON_RECORD_BYTES_MAX + 1, "", true},
        {"more than a block", (size_t)3 << 20, "\n", true},
        {"more than a block with CRLF", ((size_t)1 << 20) - 1, "\r\n", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf content = {0};
        struct source_record record;
        struct err err = {.code = ERR_NONE};
        add_long(&content, rows[i].len, rows[i].end);
        size_t next_at = content.len;
        buf_add_text(&content, rows[i].end[0] == '\0' ? "" : "next\n");
        struct source source = open_feed(buf_str(&content), NULL);
        ck_assert_int_eq(source.next(source.self, &record, &err), 1);
        ck_assert_msg(record.refused == rows[i].refused, "%s", rows[i].name);
        ck_assert_uint_eq(record.raw_bytes, rows[i].len);
        ck_assert_uint_eq(record.raw.len, rows[i].refused ? 4096 : rows[i].len);
        ck_assert(record.raw.at[0] == 'x' && record.raw.at[record.raw.len - 1] == 'x');
        ck_assert(!rows[i].refused || record.why.reason == REFUSAL_TOO_LARGE);
        if (rows[i].end[0] != '\0') {
            ck_assert_int_eq(source.next(source.self, &record, &err), 1);
            ck_assert_uint_eq(record.offset, next_at);
            ck_assert_uint_eq(record.line, 2);
            ck_assert(str_eq(record.bytes, STR("next")));
        }
        ck_assert_int_eq(source.next(source.self, &record, &err), 0);
        source.close(source.self);
        buf_fini(&content);
    }
}
END_TEST

/* Lines of all lengths over several blocks: each comes whole, at its place. */
START_TEST(blocks_do_not_show)
{
    struct buf content = {0};
    struct source_record record;
    struct err err = {.code = ERR_NONE};
    size_t count = 0;
    for (size_t len = 1; content.len < (size_t)3 << 20; len = len * 7 % 40009 + 1) {
        add_long(&content, len, "\n");
        count++;
    }
    struct source source = open_feed(buf_str(&content), NULL);
    uint64_t offset = 0;
    size_t len = 1;
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(source.next(source.self, &record, &err), 1);
        ck_assert_uint_eq(record.offset, offset);
        ck_assert_uint_eq(record.line, i + 1);
        ck_assert_uint_eq(record.bytes.len, len);
        offset += len + 1;
        len = len * 7 % 40009 + 1;
    }
    ck_assert_int_eq(source.next(source.self, &record, &err), 0);
    source.close(source.self);
    buf_fini(&content);
}
END_TEST

#define JSON_OF(id, who)                                                               \
    "{\"type\":\"person\",\"id\":\"" id "\",\"person\":\"" who "\",\"time\":\"2026-03" \
    "-02T10:00:00+08:00\"}"

START_TEST(rows)
{
    static const struct {
        const char *name;
        struct str content;
        const char *got;
    } tried[] = {
        {"only a header", {"id,who\n", 7}, ""},
        {"a header behind blank lines", {"\n\nid,who\na,P\n", 13}, "4@9:" JSON_OF("a", "P")},
        {"a row", {"id,who\na,P\n", 11}, "2@7:" JSON_OF("a", "P")},
        {"a refused row between",
         {"id,who\na\nb,Q\n", 13},
         "2@7!missing_member(1)|3@9:" JSON_OF("b", "Q")},
    };
    struct buf got = {0};
    for (size_t i = 0; i < sizeof tried / sizeof tried[0]; i++) {
        struct source source = open_feed(tried[i].content, mapping);
        read_all(&source, &got);
        ck_assert_msg(strcmp(buf_text(&got), tried[i].got) == 0, "%s: %s", tried[i].name,
                      buf_text(&got));
    }
    buf_fini(&got);
}
END_TEST

START_TEST(files_that_are_no_feed)
{
    struct source source;
    struct source_record record;
    struct err err = {.code = ERR_NONE};
    ck_assert_int_eq(feed_file_open(&source, scratch_path("none"), NULL, &err), -1);
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_ptr_nonnull(strstr(err.text, "none: cannot open the feed: No such file"));
    ck_assert_int_eq(feed_file_open(&source, scratch_path(""), NULL, &err), -1);
    ck_assert_int_eq(err.code, ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, ": is a folder; name the files in it"));
    const char *map = scratch_write("map.yaml", str_of(mapping));
    ck_assert_int_eq(feed_file_open(&source, scratch_path("none"), map, &err), -1);

    static const struct {
        const char *content, *part;
    } tried[] = {
        {"", "feed: empty; the first row must name the columns"},
        {"\n\n", "feed: empty; the first row must name the columns"},
        {"id,whom\n", "feed: no column \"who\" in the first row (id,whom)"},
    };
    for (size_t i = 0; i < sizeof tried / sizeof tried[0]; i++) {
        source = open_feed(str_of(tried[i].content), mapping);
        ck_assert_int_eq(source.next(source.self, &record, &err), -1);
        ck_assert_msg(strstr(err.text, tried[i].part) != NULL, "%s", err.text);
        ck_assert_int_eq(err.code, ERR_USAGE);
        source.close(source.self);
    }
    struct buf wide = {0};
    add_long(&wide, JSON_RECORD_BYTES_MAX + 1, "\n");
    source = open_feed(buf_str(&wide), mapping);
    ck_assert_int_eq(source.next(source.self, &record, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "must name the columns; it has 65537 bytes"));
    source.close(source.self);
    buf_fini(&wide);
}
END_TEST

START_TEST(standard_input)
{
    struct source source;
    struct source_record record;
    struct err err = {.code = ERR_NONE};
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    ck_assert_int_eq((int)write(ends[1], "a\nb", 3), 3);
    ck_assert_int_eq(close(ends[1]), 0);
    ck_assert_int_eq(feed_file_open(&source, "-", NULL, &err), 0);
    ck_assert_str_eq(source.name, "standard input");
    ck_assert_int_eq(source.next(source.self, &record, &err), 1);
    ck_assert_int_eq(source.next(source.self, &record, &err), 1);
    ck_assert(str_eq(record.bytes, STR("b")));
    ck_assert_int_eq(source.next(source.self, &record, &err), 0);
    source.close(source.self);
    char byte;
    ck_assert_int_eq((int)read(STDIN_FILENO, &byte, 1), 0); /* still open, and at its end */
    ck_assert_int_eq(close(ends[0]), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("feed_file");
    TCase *tests = tcase_create("feed_file");
    tcase_add_test(tests, lines);
    tcase_add_test(tests, lines_over_the_limit);
    tcase_add_test(tests, blocks_do_not_show);
    tcase_add_test(tests, rows);
    tcase_add_test(tests, files_that_are_no_feed);
    tcase_add_test(tests, standard_input);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
