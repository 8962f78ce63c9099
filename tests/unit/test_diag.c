/* test_diag.c - the layout of diagnostics, to the column; bounds; spelling guesses. */
#include "rules/diag.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct bench {
    struct rule_source source;
    struct diag_list diags;
    struct buf out;
};

static void bench_init(struct bench *bench, struct str name, struct str text)
{
    memset(bench, 0, sizeof *bench);
    rule_source_init(&bench->source);
    ck_assert_int_eq(rule_source_add(&bench->source, name, text, NULL), 0);
}

static void bench_fini(struct bench *bench)
{
    buf_fini(&bench->out);
    diag_fini(&bench->diags);
    rule_source_fini(&bench->source);
}

static const char *bench_shown(struct bench *bench)
{
    buf_clear(&bench->out);
    diag_render(&bench->out, &bench->diags, &bench->source);
    return buf_text(&bench->out);
}

/* Where a text stands in the file. */
static struct span span_of(const struct bench *bench, const char *sought)
{
    const char *text = bench->source.files[0].text.at;
    const char *at = strstr(text, sought);
    ck_assert_ptr_nonnull(at);
    return (struct span){0, (uint32_t)(at - text), (uint32_t)(at - text + (long)strlen(sought))};
}

START_TEST(comparison_of_the_style_guide)
{
    struct bench bench;
    bench_init(&bench, STR("library/fake_boss.rule"),
               STR("\n\n\n\n\n\n\n\n\n\n\n\n\n    when duration > 50_000.00 CNY\n"));
    struct diag *diag = diag_add(&bench.diags, DIAG_ERROR, span_of(&bench, ">"),
                                 "cannot compare a %s with money", "duration");
    diag_note(&bench.diags, diag, span_of(&bench, "duration"), "duration");
    diag_note(&bench.diags, diag, span_of(&bench, "50_000.00 CNY"), "money");
    diag_hint(&bench.diags, diag, "did you mean amount?");
    ck_assert_str_eq(bench_shown(&bench),
                     "library/fake_boss.rule:14:19: error: cannot compare a duration with money\n"
                     "   14 |     when duration > 50_000.00 CNY\n"
                     "      |          -------- ^ -------------\n"
                     "      |          duration   money\n"
                     "   hint: did you mean amount?\n");
    bench_fini(&bench);
}
END_TEST

START_TEST(wide_characters_align)
{
    struct bench bench;
    bench_init(&bench, STR("t"), STR("规则 金额 > 5d\n"));
    struct diag *diag = diag_add(&bench.diags, DIAG_WARNING, span_of(&bench, ">"), "odd");
    diag_note(&bench.diags, diag, span_of(&bench, "金额"), "money");
    diag_note(&bench.diags, diag, span_of(&bench, "5d"), "duration");
    ck_assert_str_eq(bench_shown(&bench), "t:1:7: warning: odd\n"
                                          "    1 | 规则 金额 > 5d\n"
                                          "      |      ---- ^ --\n"
                                          "      |      money  duration\n");
    bench_fini(&bench);
}
END_TEST

START_TEST(tabs_are_four_columns)
{
    struct bench bench;
    bench_init(&bench, STR("t"), STR("\t\tabc\td\r\n"));
    (void)diag_add(&bench.diags, DIAG_ERROR, span_of(&bench, "abc"), "no");
    (void)diag_add(&bench.diags, DIAG_ERROR, span_of(&bench, "d"), "no");
    ck_assert_str_eq(bench_shown(&bench), "t:1:3: error: no\n"
                                          "    1 |         abc    d\n"
                                          "      |         ^^^\n"
                                          "t:1:7: error: no\n"
                                          "    1 |         abc    d\n"
                                          "      |                ^\n");
    bench_fini(&bench);
}
END_TEST

START_TEST(touching_labels_take_two_lines)
{
    struct bench bench;
    bench_init(&bench, STR("t"), STR("a > b\n"));
    struct diag *diag = diag_add(&bench.diags, DIAG_ERROR, span_of(&bench, ">"), "no");
    diag_label(&bench.diags, diag, "compared here");
    diag_note(&bench.diags, diag, span_of(&bench, "a"), "money");
    diag_note(&bench.diags, diag, span_of(&bench, "b"), "time");
    ck_assert_str_eq(bench_shown(&bench), "t:1:3: error: no\n"
                                          "    1 | a > b\n"
                                          "      | - ^ -\n"
                                          "      | money\n"
                                          "      |   compared here\n"
                                          "      |     time\n");
    bench_fini(&bench);
}
END_TEST

START_TEST(other_lines_are_shown_after)
{
    struct bench bench;
    bench_init(&bench, STR("t"), STR("list a\nlist a\n"));
    struct span second = {0, 12, 13};
    struct diag *diag = diag_add(&bench.diags, DIAG_ERROR, second, "`a` is there already");
    diag_note(&bench.diags, diag, span_of(&bench, "a"), "first here");
    ck_assert_str_eq(bench_shown(&bench), "t:2:6: error: `a` is there already\n"
                                          "    2 | list a\n"
                                          "      |      ^\n"
                                          "   t:1:6: first here\n"
                                          "    1 | list a\n"
                                          "      |      -\n");
    bench_fini(&bench);
}
END_TEST

START_TEST(order_is_by_file_and_place)
{
    struct bench bench;
    bench_init(&bench, STR("b"), STR("xy"));
    ck_assert_int_eq(rule_source_add(&bench.source, STR("a"), STR("z"), NULL), 0);
    (void)diag_add(&bench.diags, DIAG_ERROR, (struct span){1, 1, 2}, "third");
    (void)diag_add(&bench.diags, DIAG_ERROR, (struct span){1, 0, 1}, "second");
    (void)diag_add(&bench.diags, DIAG_ERROR, (struct span){0, 0, 1}, "first");
    ck_assert_str_eq(bench_shown(&bench), "a:1:1: error: first\n    1 | z\n      | ^\n"
                                          "b:1:1: error: second\n    1 | xy\n      | ^\n"
                                          "b:1:2: error: third\n    1 | xy\n      |  ^\n");
    bench_fini(&bench);
}
END_TEST

START_TEST(ends_are_underlined)
{
    struct bench bench;
    bench_init(&bench, STR("t"), STR("ab\ncd"));
    (void)diag_add(&bench.diags, DIAG_ERROR, (struct span){0, 5, 5}, "end of file");
    (void)diag_add(&bench.diags, DIAG_ERROR, (struct span){0, 1, 5}, "over a line end");
    ck_assert_str_eq(bench_shown(&bench), "t:1:2: error: over a line end\n    1 | ab\n      |  ^\n"
                                          "t:2:3: error: end of file\n    2 | cd\n      |   ^\n");
    bench_fini(&bench);
}
END_TEST

START_TEST(empty_file_can_be_shown)
{
    struct bench bench;
    bench_init(&bench, STR("t"), STR(""));
    (void)diag_add(&bench.diags, DIAG_ERROR, (struct span){0, 0, 0}, "empty");
    ck_assert_str_eq(bench_shown(&bench), "t:1:1: error: empty\n    1 | \n      | ^\n");
    bench_fini(&bench);
}
END_TEST

START_TEST(terminals_are_not_steered)
{
    struct bench bench;
    bench_init(&bench, STR("t"), STR("a\x1b[2J\xe2\x80\xae\xff b"));
    (void)diag_add(&bench.diags, DIAG_ERROR, (struct span){0, 9, 10}, "no");
    (void)diag_add(&bench.diags, DIAG_ERROR, (struct span){0, 10, 11}, "b");
    ck_assert_str_eq(bench_shown(&bench), "t:1:8: error: no\n"
                                          "    1 | a\xef\xbf\xbd[2J\xef\xbf\xbd\xef\xbf\xbd b\n"
                                          "      |        ^\n"
                                          "t:1:9: error: b\n"
                                          "    1 | a\xef\xbf\xbd[2J\xef\xbf\xbd\xef\xbf\xbd b\n"
                                          "      |         ^\n");
    bench_fini(&bench);
}
END_TEST

START_TEST(long_lines_are_cut)
{
    char text[2000];
    memset(text, 'a', sizeof text);
    text[1500] = '!';
    struct bench bench;
    bench_init(&bench, STR("t"), (struct str){text, sizeof text});
    (void)diag_add(&bench.diags, DIAG_ERROR, (struct span){0, 1500, 1501}, "no");
    const char *shown = bench_shown(&bench);
    ck_assert_ptr_nonnull(strstr(shown, "t:1:1501: error: no\n    1 | aaaa"));
    const char *mark = strchr(shown, '!');
    const char *sign = strchr(shown, '^');
    ck_assert_ptr_nonnull(mark);
    ck_assert_ptr_nonnull(sign);
    ck_assert_uint_lt(strlen(shown), 300);
    ck_assert_int_eq((int)(mark - strstr(shown, "    1 | ")),
                     (int)(sign - strstr(shown, "      | ")));
    bench_fini(&bench);
}
END_TEST

START_TEST(surplus_is_counted)
{
    struct bench bench;
    bench_init(&bench, STR("t"), STR("a"));
    for (int i = 0; i < 21; i++) {
        struct diag *diag = diag_add(&bench.diags, DIAG_ERROR, (struct span){0, 0, 1}, "e");
        diag_note(&bench.diags, diag, (struct span){0, 0, 1}, "n");
        diag_hint(&bench.diags, diag, "h");
        (void)diag_add(&bench.diags, DIAG_WARNING, (struct span){0, 0, 1}, "w");
        (void)diag_add(&bench.diags, DIAG_WARNING, (struct span){0, 0, 1}, "w");
    }
    ck_assert_uint_eq(bench.diags.count, 40);
    ck_assert_uint_eq(bench.diags.total.error_count, 21);
    ck_assert_uint_eq(bench.diags.total.warning_count, 42);
    const char *shown = bench_shown(&bench);
    ck_assert_ptr_nonnull(strstr(shown, "\nt: 1 more error\nt: 22 more warnings\n"));
    bench_fini(&bench);
}
END_TEST

struct guess_row {
    const char *word;
    const char *candidates[4];
    const char *best;
};

static const struct guess_row guesses[] = {
    {"amuont", {"account", "amount", "count"}, "amount"}, /* two neighbours swapped: one edit */
    {"unles", {"unless", "rules"}, "unless"},
    {"fraud_acounts", {"fraud_numbers", "fraud_accounts"}, "fraud_accounts"},
    {"own", {"on", "of"}, "on"},
    {"own", {"at", "in"}, ""},
    {"ab", {"ba"}, "ba"},
    {"a", {"b"}, ""},
    {"nothing_like_it", {"amount", "payee"}, ""},
    {"安全帐户", {"安全账户", "涉案"}, "安全账户"},
    {"涉诈号", {"涉案号"}, "涉案号"},
    {"涉诈号", {"安全号"}, ""},
    {"same", {"same"}, "same"},
    {"lists", {"listx", "listy"}, "listx"},
    {"", {"a"}, ""},
};

START_TEST(guess_is_nearest)
{
    const struct guess_row *row = &guesses[_i];
    struct diag_guess guess = diag_guess_start(str_of(row->word));
    for (size_t i = 0; i < 4 && row->candidates[i] != NULL; i++) {
        diag_guess_try(&guess, str_of(row->candidates[i]));
    }
    ck_assert_msg(str_eq_text(guess.best, row->best), "%s: %.*s", row->word, (int)guess.best.len,
                  guess.best.len == 0 ? "" : guess.best.at);
}
END_TEST

START_TEST(clip_ends_at_a_character)
{
    char text[300];
    for (size_t i = 0; i < sizeof text; i += 3) {
        memcpy(text + i, "规", 3);
    }
    struct str clipped = diag_clip((struct str){text + 1, sizeof text - 1});
    ck_assert_uint_eq(clipped.len % 3, 2);
    ck_assert_uint_le(clipped.len, 96);
    ck_assert_uint_eq(diag_clip((struct str){NULL, 0}).len, 0);
}
END_TEST

#define COUNT_OF(table) (int)(sizeof(table) / sizeof(table)[0])

static Suite *suite(void)
{
    Suite *s = suite_create("diag");
    TCase *t = tcase_create("diag");
    tcase_add_test(t, comparison_of_the_style_guide);
    tcase_add_test(t, wide_characters_align);
    tcase_add_test(t, tabs_are_four_columns);
    tcase_add_test(t, touching_labels_take_two_lines);
    tcase_add_test(t, other_lines_are_shown_after);
    tcase_add_test(t, order_is_by_file_and_place);
    tcase_add_test(t, ends_are_underlined);
    tcase_add_test(t, empty_file_can_be_shown);
    tcase_add_test(t, terminals_are_not_steered);
    tcase_add_test(t, long_lines_are_cut);
    tcase_add_test(t, surplus_is_counted);
    tcase_add_loop_test(t, guess_is_nearest, 0, COUNT_OF(guesses));
    tcase_add_test(t, clip_ends_at_a_character);
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
