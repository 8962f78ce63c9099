/* test_tally.c - the summary counts what came in and what went out, and passes everything on. */
#include "connectors/cli/tally.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* A sink that counts, and fails when told to. */
struct behind {
    int count;
    bool fails;
    enum output_kind last;
};

static int take(void *self, const struct output *output, struct err *err)
{
    struct behind *behind = self;
    behind->count++;
    behind->last = output->kind;
    return behind->fails ? err_set(err, ERR_OUTSIDE, "disk full") : 0;
}

static void send(struct tally *tally, enum output_kind kind, const char *what)
{
    struct sink sink = tally_sink(tally);
    struct output output = {.kind = kind, .json = STR("{}"), .what = str_of(what)};
    ck_assert_int_eq(sink.emit(sink.self, &output, NULL), 0);
}

static void check_summary(const struct tally *tally, const char *wanted)
{
    struct buf out = {0};
    struct json_writer w = {.out = &out};
    json_open(&w, NULL, '{');
    tally_write(tally, "abc", &w);
    json_close(&w, '}');
    ck_assert_str_eq(buf_text(&out), wanted);
    buf_fini(&out);
}

START_TEST(nothing_happened)
{
    struct tally tally;
    tally_init(&tally, (struct sink){NULL, take});
    check_summary(
        &tally,
        "{\"read\":0,\"accepted\":0,\"refused\":{},\"notes\":{},\"warnings\":{},\"requests\":{},"
        "\"advice\":{},\"decisions\":0,\"pack\":\"abc\"}");
}
END_TEST

START_TEST(everything_is_counted)
{
    struct behind behind = {0};
    struct tally tally;
    struct refusal bad_time = {REFUSAL_BAD_TIME, ""};
    struct refusal not_json = {REFUSAL_NOT_JSON, ""};
    tally_init(&tally, (struct sink){&behind, take});
    for (int i = 0; i < 5; i++) {
        tally_record(&tally, NULL);
    }
    tally_record(&tally, &bad_time);
    tally_record(&tally, &not_json);
    tally_record(&tally, &bad_time);
    struct ingest_counts from = {.unknown_members = 1,
                                 .unknown_values = 2,
                                 .foreign_amounts = 3,
                                 .clamped = 4};
    struct ingest_counts to = {.unknown_members = 6,
                               .unknown_values = 9,
                               .foreign_amounts = 12,
                               .clamped = 15};
    tally_ingested(&tally, &from, &to);
    static const struct {
        enum output_kind kind;
        const char *what;
    } rows[] = {
        {OUTPUT_WARNING, "urgent"},
        {OUTPUT_WARNING, "low"},
        {OUTPUT_WARNING, "low"},
        {OUTPUT_STOP, "watch"},
        {OUTPUT_STOP, "protect"},
        {OUTPUT_STOP, "watch"},
        {OUTPUT_ADVICE, "reverify"},
        {OUTPUT_ADVICE, "delay"},
        {OUTPUT_ADVICE, "delay"},
        {OUTPUT_DECISION, ""},
        {OUTPUT_DECISION, ""},
        {OUTPUT_RECEIPT, ""},
        {OUTPUT_DEAD_LETTER, "bad_time"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        send(&tally, rows[i].kind, rows[i].what);
        ck_assert_int_eq(behind.count, (int)i + 1);
        ck_assert_int_eq(behind.last, rows[i].kind);
    }
    check_summary(&tally,
                  "{\"read\":8,\"accepted\":5,\"refused\":{\"not_json\":1,\"bad_time\":2},"
                  "\"notes\":{\"unknown_members\":5,\"unknown_values\":7,\"foreign_amounts\":9,"
                  "\"clamped_times\":11},"
                  "\"warnings\":{\"low\":2,\"urgent\":1},\"requests\":{\"protect\":1,\"watch\":2},"
                  "\"advice\":{\"reverify\":1,\"delay\":2},\"decisions\":2,\"pack\":\"abc\"}");
}
END_TEST

START_TEST(notes_are_said_if_there_are_any)
{
    struct tally tally;
    struct buf out = {0};
    struct ingest_counts none = {0};
    tally_init(&tally, (struct sink){NULL, take});
    tally_say_notes(&tally, &out);
    ck_assert_uint_eq(out.len, 0);
    tally_ingested(&tally, &none, &(struct ingest_counts){.unknown_members = 3, .clamped = 2});
    tally_say_notes(&tally, &out);
    ck_assert_str_eq(buf_text(&out), ", 3 unknown members, 2 times set back");
    buf_fini(&out);
}
END_TEST

START_TEST(failure_behind_it_is_passed_on)
{
    struct behind behind = {.fails = true};
    struct tally tally;
    struct err err = {0};
    struct output output = {.kind = OUTPUT_DECISION, .json = STR("{}"), .what = STR("")};
    tally_init(&tally, (struct sink){&behind, take});
    struct sink sink = tally_sink(&tally);
    ck_assert_int_eq(sink.emit(sink.self, &output, &err), -1);
    ck_assert_str_eq(err.text, "disk full");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tally");
    TCase *tests = tcase_create("tally");
    tcase_add_test(tests, nothing_happened);
    tcase_add_test(tests, everything_is_counted);
    tcase_add_test(tests, notes_are_said_if_there_are_any);
    tcase_add_test(tests, failure_behind_it_is_passed_on);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
