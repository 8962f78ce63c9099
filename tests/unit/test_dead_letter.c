/* test_dead_letter.c - what is kept of a refused record, byte for byte, and under which id. */
#include "connectors/file/dead_letter.h"

#include "engine/base/digest.h"
#include "engine/ingest/json.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct dead_letter letter_of(const struct refusal *why, struct str bytes)
{
    return (struct dead_letter){.why = why,
                                .topic = STR("calls"),
                                .offset = 41,
                                .time_ms = INT64_C(1772416800120),
                                .size = bytes.len,
                                .bytes = bytes,
                                .bytes_max = 4096,
                                .file = "day.jsonl",
                                .file_offset = 812004};
}

static const struct refusal bad_time = {REFUSAL_BAD_TIME, "time: no such day"};

static void check_letter(const char *name, const struct dead_letter *letter, const char *json)
{
    struct buf line = {0};
    struct output output;
    buf_add_text(&line, "what was there before goes away");
    dead_letter_write(letter, &line, &output);
    ck_assert_msg(str_eq_text(output.json, json), "%s: %s", name, buf_text(&line));
    ck_assert_int_eq(output.kind, OUTPUT_DEAD_LETTER);
    ck_assert(str_eq(output.what, refusal_text(letter->why->reason)));
    buf_fini(&line);
}

START_TEST(every_member)
{
    struct dead_letter letter = letter_of(&bad_time, STR("{\"type\":\"call\"}"));
    check_letter("a line of a file", &letter,
                 "{\"reason\":\"bad_time\",\"detail\":\"time: no such day; day.jsonl at byte "
                 "812004\",\"topic\":\"calls\",\"partition\":0,\"offset\":41,"
                 "\"time\":\"2026-03-02T10:00:00.120+08:00\",\"size\":15,"
                 "\"bytes_base64\":\"eyJ0eXBlIjoiY2FsbCJ9\"}");
    letter.file = NULL;
    letter.partition = 7;
    letter.time_ms = INT64_MIN;
    check_letter("no file, and no time yet", &letter,
                 "{\"reason\":\"bad_time\",\"detail\":\"time: no such day\",\"topic\":\"calls\","
                 "\"partition\":7,\"offset\":41,\"time\":null,\"size\":15,"
                 "\"bytes_base64\":\"eyJ0eXBlIjoiY2FsbCJ9\"}");
    letter.bytes_max = 0;
    check_letter("no bytes are kept", &letter,
                 "{\"reason\":\"bad_time\",\"detail\":\"time: no such day\",\"topic\":\"calls\","
                 "\"partition\":7,\"offset\":41,\"time\":null,\"size\":15}");
    letter.bytes_max = 4;
    letter.size = 10000000;
    check_letter("the first bytes of a large one", &letter,
                 "{\"reason\":\"bad_time\",\"detail\":\"time: no such day\",\"topic\":\"calls\","
                 "\"partition\":7,\"offset\":41,\"time\":null,\"size\":10000000,"
                 "\"bytes_base64\":\"eyJ0eQ==\"}");
}
END_TEST

/* RFC 4648, section 10, and bytes that are no text. */
START_TEST(bytes_are_base64)
{
    static const struct {
        struct str bytes;
        const char *base64;
    } rows[] = {
        {STR(""), ""},
        {STR("f"), "Zg=="},
        {STR("fo"), "Zm8="},
        {STR("foo"), "Zm9v"},
        {STR("foob"), "Zm9vYg=="},
        {STR("fooba"), "Zm9vYmE="},
        {STR("foobar"), "Zm9vYmFy"},
        {STR("\0\0\0"), "AAAA"},
        {STR("\xff\xfe\xfd"), "//79"},
        {STR("\xfb\xff"), "+/8="},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf wanted = {0};
        struct buf line = {0};
        struct output output;
        struct dead_letter letter = letter_of(&bad_time, rows[i].bytes);
        dead_letter_write(&letter, &line, &output);
        buf_add_format(&wanted, "\"bytes_base64\":\"%s\"}", rows[i].base64);
        ck_assert_msg(line.len > wanted.len &&
                          memcmp(line.at + line.len - wanted.len, wanted.at, wanted.len) == 0,
                      "%s: %s", rows[i].base64, buf_text(&line));
        buf_fini(&wanted);
        buf_fini(&line);
    }
}
END_TEST

/* A name from the file system is any bytes; a letter is JSON all the same and tells the place. */
START_TEST(names_that_are_no_utf8)
{
    static char longest[3000];
    static const struct {
        const char *name, *file, *detail;
        size_t detail_bytes; /* 0: all of detail */
    } rows[] = {
        {"a byte that is no UTF-8", "day\xff.jsonl", "why; day at byte 812004", 0},
        {"half a character", "\xe6\x94", "why;  at byte 812004", 0},
        {"quotes and line ends", "a\"b\\c\n", "why; a\"b\\c\n at byte 812004", 0},
        {"a name of a thousand characters", longest, "why; \xe6\x94\xb6", 5 + 1023 + 15},
    };
    for (size_t i = 0; i + 3 < sizeof longest; i += 3) {
        memcpy(longest + i, "\xe6\x94\xb6", 3);
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static struct json_doc doc;
        static char scratch[JSON_RECORD_BYTES_MAX];
        struct refusal why;
        struct buf line = {0};
        struct output output;
        struct refusal reason = {REFUSAL_BAD_TIME, "why"};
        struct dead_letter letter = letter_of(&reason, STR(""));
        letter.file = rows[i].file;
        dead_letter_write(&letter, &line, &output);
        ck_assert_msg(json_decode(&doc, output.json, scratch, &why) == 0, "%s: %s", rows[i].name,
                      buf_text(&line));
        struct str detail = doc.members[1].value;
        struct str wanted = str_of(rows[i].detail);
        ck_assert_msg(str_starts(detail, wanted), "%s: %s", rows[i].name, buf_text(&line));
        ck_assert_msg(detail.len == (rows[i].detail_bytes > 0 ? rows[i].detail_bytes : wanted.len),
                      "%s: %zu bytes", rows[i].name, detail.len);
        buf_fini(&line);
    }
}
END_TEST

/* H("dead", topic, partition, offset): neither the file nor the reason counts. */
START_TEST(id_is_the_place_in_the_log)
{
    struct digest_id id;
    struct buf line = {0};
    struct output output;
    struct dead_letter letter = letter_of(&bad_time, STR("x"));
    letter.partition = 3;
    digest_id_begin(&id, "dead");
    digest_id_text(&id, STR("calls"));
    digest_id_number(&id, 3);
    digest_id_number(&id, 41);
    struct token wanted = digest_id_end(&id);
    dead_letter_write(&letter, &line, &output);
    ck_assert(token_eq(&output.id, &wanted));
    struct token key = output.key;
    letter.file = "other.jsonl";
    letter.bytes = STR("y");
    dead_letter_write(&letter, &line, &output);
    ck_assert(token_eq(&output.id, &wanted));
    const struct dead_letter others[] = {
        {.why = &bad_time, .topic = STR("calls"), .partition = 3, .offset = 42},
        {.why = &bad_time, .topic = STR("calls"), .partition = 4, .offset = 41},
        {.why = &bad_time, .topic = STR("feed"), .partition = 3, .offset = 41},
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        dead_letter_write(&others[i], &line, &output);
        ck_assert_msg(!token_eq(&output.id, &wanted), "%zu", i);
        /* Those of one partition stand together, and no others with them. */
        ck_assert_msg(token_eq(&output.key, &key) == (i == 0), "%zu", i);
    }
    buf_fini(&line);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dead_letter");
    TCase *tests = tcase_create("dead_letter");
    tcase_add_test(tests, every_member);
    tcase_add_test(tests, bytes_are_base64);
    tcase_add_test(tests, names_that_are_no_utf8);
    tcase_add_test(tests, id_is_the_place_in_the_log);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
