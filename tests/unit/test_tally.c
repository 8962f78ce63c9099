/* test_tally.c - the summary counts what came in and what went out, and nothing else. */
#include "connectors/cli/tally.h"

#include <check.h>
#include <stdlib.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct behind {
    int emitted;
    int result;
};

static int take(void *self, const struct output *output, struct err *err)
{
    struct behind *behind = self;
    (void)output;
    behind->emitted++;
    return behind->result == 0 ? 0 : err_set(err, ERR_OUTSIDE, "full");
}

static void emit(struct tally *tally, enum output_kind kind, const char *what)
{
    struct sink sink = tally_sink(tally);
    struct output output = {.kind = kind, .what = str_of(what)};
    struct err err = {.code = ERR_NONE};
    ck_assert_int_eq(sink.emit(sink.self, &output, &err), 0);
}

START_TEST(nothing)
{
    struct tally tally;
    struct buf out = {0};
    tally_init(&tally, (struct sink){NULL, take});
    tally_write(&tally, HEX, &out);
    ck_assert_str_eq(buf_text(&out),
                     "{\"read\":0,\"accepted\":0,\"refused\":{},\"warnings\":{},\"requests\":{},"
                     "\"advice\":{},\"decisions\":0,\"pack\":\"" HEX "\"}");
    buf_fini(&out);
}
END_TEST

START_TEST(some_of_everything)
{
    struct behind behind = {0, 0};
    struct tally tally;
    struct buf out = {0};
    tally_init(&tally, (struct sink){&behind, take});
    struct refusal time = {REFUSAL_BAD_TIME, ""};
    struct refusal large = {REFUSAL_TOO_LARGE, ""};
    for (int i = 0; i < 5; i++) {
        tally_record(&tally, NULL);
    }
    tally_record(&tally, &time);
    tally_record(&tally, &large);
    tally_record(&tally, &time);
    emit(&tally, OUTPUT_WARNING, "low");
    emit(&tally, OUTPUT_WARNING, "urgent");
    emit(&tally, OUTPUT_WARNING, "urgent");
    emit(&tally, OUTPUT_STOP, "protect");
    emit(&tally, OUTPUT_STOP, "delay");
    emit(&tally, OUTPUT_STOP, "delay");
    emit(&tally, OUTPUT_ADVICE, "credit_only");
    emit(&tally, OUTPUT_ADVICE, "stop"); /* a request that was not allowed */
    emit(&tally, OUTPUT_DECISION, "");
    emit(&tally, OUTPUT_RECEIPT, "");
    emit(&tally, OUTPUT_DEAD_LETTER, "bad_time");
    tally_write(&tally, HEX, &out);
    struct buf whole = {0};
    buf_add_format(&whole,
                   "{\"read\":8,\"accepted\":5,\"refused\":{%s},\"warnings\":{\"low\":1,"
                   "\"urgent\":2},\"requests\":{\"protect\":1,\"delay\":2},\"advice\":{"
                   "\"credit_only\":1,\"stop\":1},\"decisions\":1,\"pack\":\"" HEX "\"}",
                   REFUSAL_BAD_TIME < REFUSAL_TOO_LARGE ? "\"bad_time\":2,\"too_large\":1"
                                                        : "\"too_large\":1,\"bad_time\":2");
    ck_assert_str_eq(buf_text(&out), buf_text(&whole));
    ck_assert_int_eq(behind.emitted, 11);
    buf_fini(&out);
    buf_fini(&whole);
}
END_TEST

START_TEST(what_stands_behind_may_fail)
{
    struct behind behind = {0, -1};
    struct tally tally;
    struct err err = {.code = ERR_NONE};
    tally_init(&tally, (struct sink){&behind, take});
    struct sink sink = tally_sink(&tally);
    struct output output = {.kind = OUTPUT_DECISION};
    ck_assert_int_eq(sink.emit(sink.self, &output, &err), -1);
    ck_assert_str_eq(err.text, "full");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tally");
    TCase *tests = tcase_create("tally");
    tcase_add_test(tests, nothing);
    tcase_add_test(tests, some_of_everything);
    tcase_add_test(tests, what_stands_behind_may_fail);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
