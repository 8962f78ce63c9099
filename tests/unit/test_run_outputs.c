/* test_run_outputs.c - every output is counted once, under its kind and word. */
#include "connectors/cli/run_outputs.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static int64_t count_of(const struct run_outputs *outputs, enum output_kind kind, const char *what)
{
    int64_t count = 0;
    for (int i = 0; i < RUN_OUTPUTS_COUNT; i++) {
        struct run_outputs_row row = run_outputs_row(i);
        if (row.what != NULL && row.kind == kind && strcmp(row.what, what) == 0) {
            count += atomic_load_explicit(&outputs->sent[i], memory_order_relaxed);
        }
    }
    return count;
}

START_TEST(each_has_a_row)
{
    static const struct {
        enum output_kind kind;
        const char *what;
        const char *row;
    } rows[] = {
        {OUTPUT_WARNING, "urgent", "urgent"},
        {OUTPUT_WARNING, "low", "low"},
        {OUTPUT_STOP, "delay", "delay"},
        {OUTPUT_STOP, "protect", "protect"},
        {OUTPUT_ADVICE, "no_counter", "no_counter"},
        {OUTPUT_ADVICE, "stop", "stop"}, /* it came too late to be a request */
        {OUTPUT_DECISION, "", ""},
        {OUTPUT_DECISION, "high", ""}, /* the tier is of its subject, not of the decision */
        {OUTPUT_RECEIPT, "", ""},
        {OUTPUT_DEAD_LETTER, "", ""},
        {OUTPUT_SHADOW, "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct run_outputs outputs = {0};
        struct output output = {.kind = rows[i].kind, .what = str_of(rows[i].what)};
        int64_t all = 0;
        run_outputs_count(&outputs, &output);
        run_outputs_count(&outputs, &output);
        for (int k = 0; k < RUN_OUTPUTS_COUNT; k++) {
            all += atomic_load_explicit(&outputs.sent[k], memory_order_relaxed);
        }
        ck_assert_int_eq(all, 2);
        ck_assert_msg(count_of(&outputs, rows[i].kind, rows[i].row) == 2, "%d \"%s\"",
                      (int)rows[i].kind, rows[i].what);
    }
}
END_TEST

START_TEST(an_unknown_word_is_a_bug)
{
    struct run_outputs outputs = {0};
    struct output output = {.kind = OUTPUT_WARNING, .what = STR("loud")};
    run_outputs_count(&outputs, &output);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run_outputs");
    TCase *tests = tcase_create("run_outputs");
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, each_has_a_row);
    tcase_add_test_raise_signal(tests, an_unknown_word_is_a_bug, 6);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
