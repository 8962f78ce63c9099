/* test_check_size.c - what a pack may have so many of that its compilation and its cases end soon.
 */
#include "engine/base/mem.h"
#include "rules/check.h"
#include "rules/compile.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define RULE "rule r for payer on transaction when own watch payer for 1h\n"
#define EVENT "+0m transaction from P to X amount 1.00 CNY"

struct size_row {
    const char *name;
    const char *first; /* then `each` so often, then `last` */
    const char *each;
    size_t count;
    const char *last;
    const char *said; /* the first line */
};

static const struct size_row rows[] = {
    {"the last record of a case", RULE "quiet {\n", EVENT "\n", CHECK_CASE_RECORDS_MAX, "}\n", ""},
    {"one more", RULE "quiet {\n", EVENT "\n", CHECK_CASE_RECORDS_MAX + 1, "}\n",
     "t.rule:10003:1: error: a case has at most 10000 records\n"},
    {"what is given counts", RULE "quiet {\n" EVENT "\n", "given M kind merchant\n",
     CHECK_CASE_RECORDS_MAX, "}\n", "t.rule:10003:1: error: a case has at most 10000 records\n"},
    {"what repeats counts one by one", RULE "quiet {\n", EVENT " every 1s 1000 times\n", 11, "}\n",
     "t.rule:13:1: error: a case has at most 10000 records\n"},
    {"the last case of a pack", RULE, "quiet {" EVENT " every 1s 1000 times }\n", 200, "", ""},
    {"one more", RULE, "quiet {" EVENT " every 1s 1000 times }\n", 201, "",
     "t.rule:202:1: error: the cases of a pack have at most 200000 records\n"},
    {"ordinary ones count", "", "ordinary {" EVENT " every 1s 1000 times }\n", 201, RULE,
     "t.rule:201:1: error: the cases of a pack have at most 200000 records\n"},
    {"the last `unless`", "rule r for payer on transaction when own\n", "unless hour > 2\n",
     CHECK_GUARDS_MAX, "watch payer for 1h\n", ""},
    {"one more", "rule r for payer on transaction when own\n", "unless hour > 2\n",
     CHECK_GUARDS_MAX + 1, "watch payer for 1h\n",
     "t.rule:34:1: error: a rule has at most 32 `unless`\n"},
    {"sets that are used often",
     "const s = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 1, 3, 5, 7}\n"
     "rule r for payer on transaction when count(payment_out in 1h where",
     " hour in s or", 1024 / 3 - 1, " own) > 1 watch payer for 1h\n", ""},
};

START_TEST(size_is_bounded)
{
    const struct size_row *row = &rows[_i];
    struct buf text = {0};
    struct buf said = {0};
    struct compiled pack;
    buf_add_text(&text, row->first);
    for (size_t i = 0; i < row->count; i++) {
        buf_add_text(&text, row->each);
    }
    buf_add_text(&text, row->last);
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), buf_str(&text), NULL), 0);
    diag_render(&said, &pack.diags, &pack.source);
    const char *shown = buf_text(&said);
    size_t len = strlen(row->said);
    ck_assert_msg(strncmp(shown, row->said, len) == 0 && (len > 0 || *shown == '\0'), "%s: %s",
                  row->name, shown);
    ck_assert_uint_eq(pack.diags.total.error_count, len > 0);
    compile_fini(&pack);
    buf_fini(&said);
    buf_fini(&text);
}
END_TEST

/* A set of a thousand ranges, used in so many rules. */
START_TEST(ranges_are_bounded_wherever_they_are_used)
{
    size_t uses = CHECK_RANGES_MAX / 1000 - 1; /* its definition counts, too */
    for (size_t more = 0; more < 2; more++) {
        struct buf text = {0};
        struct buf said = {0};
        struct compiled pack;
        buf_add_text(&text, "const s = {0");
        for (int i = 1; i < 1000; i++) {
            buf_add_format(&text, ", %d", 2 * i);
        }
        buf_add_text(&text, "}\n");
        for (size_t i = 0; i < uses + more; i++) {
            buf_add_format(&text,
                           "rule r%zu for payer on transaction when hour in s watch payer for 1h\n",
                           i);
        }
        ck_assert_int_eq(compile_text(&pack, STR("t.rule"), buf_str(&text), NULL), 0);
        diag_render(&said, &pack.diags, &pack.source);
        ck_assert_str_eq(
            buf_text(&said),
            more == 0 ? ""
                      : "t.rule:1049:50: error: the sets of a pack hold at most 1048576 ranges, "
                        "counted at every use\n"
                        " 1049 | rule r1047 for payer on transaction when hour in s watch payer "
                        "for 1h\n"
                        "      |                                                  ^\n"
                        "   hint: write the set in a `feature`, or make it a list\n");
        compile_fini(&pack);
        buf_fini(&said);
        buf_fini(&text);
    }
}
END_TEST

/* Of mistakes that are not shown nobody asks what was meant: else 20,000 rules with a misspelt name
 * are compared with 50,000 names each. */
START_TEST(hints_are_sought_for_what_is_shown)
{
    struct diag_list list = {0};
    struct span span = {0, 0, 0};
    for (int i = 0; i < DIAG_ERRORS_SHOWN; i++) {
        (void)diag_add(&list, DIAG_ERROR, span, "a mistake");
        ck_assert(diag_shows_last(&list));
    }
    (void)diag_add(&list, DIAG_ERROR, span, "one too many");
    ck_assert(!diag_shows_last(&list));
    (void)diag_add(&list, DIAG_WARNING, span, "and a warning");
    ck_assert(diag_shows_last(&list));
    diag_fini(&list);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("check_size");
    TCase *t = tcase_create("check_size");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, size_is_bounded, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(t, ranges_are_bounded_wherever_they_are_used);
    tcase_add_test(t, hints_are_sought_for_what_is_shown);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
