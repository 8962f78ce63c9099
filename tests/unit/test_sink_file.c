/* test_sink_file.c - each kind of output goes to its file, a line each, with the summary beside. */
#include "connectors/file/sink_file.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
    enum output_kind kind;
    const char *file;
} kinds[] = {
    {OUTPUT_WARNING, "out/warnings.jsonl"}, {OUTPUT_STOP, "out/stops.jsonl"},
    {OUTPUT_ADVICE, "out/advice.jsonl"},    {OUTPUT_DECISION, "out/decisions.jsonl"},
    {OUTPUT_RECEIPT, "out/receipts.jsonl"}, {OUTPUT_DEAD_LETTER, "out/dead-letters.jsonl"},
    {OUTPUT_SHADOW, "out/shadow.jsonl"},
};

START_TEST(each_kind_has_its_file)
{
    struct err err = {.code = ERR_NONE};
    struct sink_file *file = sink_file_open(scratch_path("out"), &err);
    ck_assert_msg(file != NULL, "%s", err.text);
    struct sink sink = sink_file_sink(file);
    ck_assert_int_eq((int)(sizeof kinds / sizeof kinds[0]), OUTPUT_KIND_COUNT);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < OUTPUT_KIND_COUNT; i++) {
            char json[16];
            int len = snprintf(json, sizeof json, "{\"n\":%zu}", i + 10 * (size_t)round);
            struct output output = {.kind = kinds[i].kind, .json = {json, (size_t)len}};
            ck_assert_int_eq(sink.emit(sink.self, &output, &err), 0);
        }
    }
    ck_assert_int_eq(sink_file_complete(file, STR("{\"read\":2}"), &err), 0);
    ck_assert(!scratch_has("out/summary.json"));
    ck_assert_int_eq(sink_file_publish(file, &err), 0);
    sink_file_close(file);
    for (size_t i = 0; i < OUTPUT_KIND_COUNT; i++) {
        char wanted[64];
        (void)snprintf(wanted, sizeof wanted, "{\"n\":%zu}\n{\"n\":%zu}\n", i, i + 10);
        ck_assert_str_eq(scratch_read(kinds[i].file), wanted);
    }
    ck_assert_str_eq(scratch_read("out/summary.json"), "{\"read\":2}\n");
    ck_assert_int_eq(scratch_count("out"), OUTPUT_KIND_COUNT + 1);
}
END_TEST

START_TEST(a_run_that_fails_leaves_nothing)
{
    struct err err = {.code = ERR_NONE};
    struct sink_file *file = sink_file_open(scratch_path("out"), &err);
    struct sink sink = sink_file_sink(file);
    struct output output = {.kind = OUTPUT_STOP, .json = STR("{}")};
    ck_assert_int_eq(sink.emit(sink.self, &output, &err), 0);
    sink_file_close(file);
    ck_assert(!scratch_has("out"));
    sink_file_close(NULL);
    ck_assert_ptr_null(sink_file_open(scratch_path("none/out"), &err));
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sink_file");
    TCase *tests = tcase_create("sink_file");
    tcase_add_test(tests, each_kind_has_its_file);
    tcase_add_test(tests, a_run_that_fails_leaves_nothing);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
