/* test_lex.c - texts become tokens with exact values; what is no token is said and stepped over. */
#include "rules/lex.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct lexed {
    struct rule_source source;
    struct arena arena;
    struct diag_list diags;
    struct lex lex;
};

static void lexed_init(struct lexed *lexed, struct str text)
{
    memset(lexed, 0, sizeof *lexed);
    rule_source_init(&lexed->source);
    ck_assert_int_eq(rule_source_add(&lexed->source, STR("t.rule"), text, NULL), 0);
    lexed->lex = lex_start(&lexed->source, 0, &lexed->arena, &lexed->diags);
}

static void lexed_fini(struct lexed *lexed)
{
    diag_fini(&lexed->diags);
    arena_fini(&lexed->arena);
    rule_source_fini(&lexed->source);
}

/* ---- one literal ---- */

struct literal_row {
    const char *name;
    const char *text;
    enum lex_kind kind;
    int64_t value;
    int decimals;
    const char *content; /* NULL: not looked at */
};

static const struct literal_row literals[] = {
    {"zero", "0", LEX_NUMBER, 0, 0, NULL},
    {"underlines between digits", "1_000_000", LEX_NUMBER, 1000000, 0, NULL},
    {"decimals are kept", "1.40", LEX_NUMBER, 140, 2, NULL},
    {"largest", "9223372036854775807", LEX_NUMBER, INT64_MAX, 0, NULL},
    {"money without decimals", "5 CNY", LEX_MONEY, 500, 0, "CNY"},
    {"money with one decimal", "5.1 CNY", LEX_MONEY, 510, 0, "CNY"},
    {"money with two", "30_000.05 CNY", LEX_MONEY, 3000005, 0, "CNY"},
    {"money over a line end", "1\n\tUSD", LEX_MONEY, 100, 0, "USD"},
    {"largest money", "92233720368547758.07 CNY", LEX_MONEY, INT64_MAX, 0, NULL},
    {"whole percent", "50%", LEX_PERCENT, 5000, 0, NULL},
    {"smallest percent", "0.01%", LEX_PERCENT, 1, 0, NULL},
    {"percent above 100", "110.5%", LEX_PERCENT, 11050, 0, NULL},
    {"milliseconds", "500ms", LEX_DURATION, 500, 0, NULL},
    {"seconds", "10s", LEX_DURATION, 10000, 0, NULL},
    {"minutes are not milliseconds", "10m", LEX_DURATION, 600000, 0, NULL},
    {"mixed", "1d2h3m4s5ms", LEX_DURATION, 93784005, 0, NULL},
    {"no time", "0m", LEX_DURATION, 0, 0, NULL},
    {"clock", "22:30", LEX_CLOCK, 81000000, 0, NULL},
    {"last minute", "23:59", LEX_CLOCK, 86340000, 0, NULL},
    {"date of this century", "2025-01-28", LEX_DATE, 20116, 0, NULL},
    {"leap day", "2024-02-29", LEX_DATE, 19782, 0, NULL},
    {"text", "\"abc\"", LEX_TEXT, 0, 0, "abc"},
    {"empty text", "\"\"", LEX_TEXT, 0, 0, ""},
    {"escapes", "\"a\\\"b\\\\n\\n\"", LEX_TEXT, 0, 0, "a\"b\\n\n"},
    {"comment sign in a text", "\"a # b\"", LEX_TEXT, 0, 0, "a # b"},
    {"name", "steady_receiver", LEX_NAME, 0, 0, "steady_receiver"},
    {"name with digits", "payers_1h", LEX_NAME, 0, 0, "payers_1h"},
    {"name in Chinese", "规则2", LEX_NAME, 0, 0, "规则2"},
    {"words are whole", "rules", LEX_NAME, 0, 0, "rules"},
    {"words are lower case", "Rule", LEX_NAME, 0, 0, "Rule"},
    {"word", "rule", LEX_RULE, 0, 0, NULL},
    {"shortest word", "x", LEX_X, 0, 0, NULL},
    {"first word of the table", "absolute", LEX_ABSOLUTE, 0, 0, NULL},
    {"byte order mark",
     "\xef\xbb\xbf"
     "rule",
     LEX_RULE, 0, 0, NULL},
};

START_TEST(literal_has_value)
{
    const struct literal_row *row = &literals[_i];
    struct lexed lexed;
    lexed_init(&lexed, str_of(row->text));
    struct lex_token token = lex_next(&lexed.lex);
    ck_assert_msg(token.kind == row->kind, "%s: kind %s", row->name, lex_kind_text(token.kind));
    ck_assert_msg(token.value == row->value, "%s: value %lld", row->name, (long long)token.value);
    ck_assert_int_eq(token.decimals, row->decimals);
    if (row->content != NULL) {
        ck_assert_msg(str_eq_text(token.text, row->content), "%s", row->name);
    }
    ck_assert_int_eq(lex_next(&lexed.lex).kind, LEX_END);
    ck_assert_uint_eq(lexed.diags.total.error_count, 0);
    lexed_fini(&lexed);
}
END_TEST

/* ---- sequences ---- */

struct sequence_row {
    const char *text;
    const char *kinds; /* texts of the kinds; names, numbers and so on as N # $ % D C E T R */
    size_t errors;
};

static const struct sequence_row sequences[] = {
    {"0..4", "# .. #", 0},
    {"1.00 CNY..2.00 CNY", "$ .. $", 0},
    {"2025-01-28..2025-02-04", "E .. E", 0},
    {"P.b", "N . N", 0},
    {"a>=1", "N >= #", 0},
    {"a==b!=c<d<=e>f", "N == N != N < N <= N > N", 0},
    {"3 x last(a)", "# x last ( N )", 0},
    {"5 workdays", "# workdays", 0},
    {"+1h30m -3d", "+ D - D", 0},
    {"at 2025-01-29 20:00 {", "at E C {", 0},
    {">= 10: 30", ">= # : #", 0},
    {"> 7d: 25", "> D : #", 0},
    {"= /a\\/b/ or /c/", "= R or R", 0},
    {"1 ABCD", "# N", 0},
    {"1 CNYs", "# N", 0},
    {"1 ABC.d", "# N . N", 0},
    {"a # b \" c\nd", "N N", 0},
    {"a\r\nb", "N N", 0},
    {"1.", "# .", 0},
    {"2025-01-281", "# - # - #", 0},
    /* with mistakes */
    {"a / b", "N x N", 1},
    {"\"abc\nd", "T N", 1},
    {"= /abc\nd", "= R N", 1},
    {"a & b | c", "N and N or N", 2},
    {"a && b || c", "N and N or N", 2},
    {"a === b => c", "N == N >= N", 2},
    {"a，b（c）", "N , N ( N )", 3},
    {"“a” 'b' ‘c’ 「d」 ＂e＂", "T T T T T", 5},
    {"'a\nb", "T N", 1},
    {"ａ１ ＢＣ", "", 2},
    {"a\xff\xfe"
     "b",
     "N N", 1},
    {"\"a\xff\"", "T", 1},
    {"# \xff\na", "N", 1},
    {"# a\xe2\x80\xae"
     "b\nc",
     "N", 1},
    {"a\xe2\x80\xae"
     "b",
     "N N", 1},
    {"a\xe3\x80\x80"
     "b",
     "N N", 1},
    {"\x01"
     "a",
     "N", 1},
    {"1h1h 2m1h", "D D", 2},
    {"@ ~ ^ `", "", 4},
};

static const char *kind_sign(enum lex_kind kind)
{
    switch (kind) {
    case LEX_NAME: return "N";
    case LEX_NUMBER: return "#";
    case LEX_MONEY: return "$";
    case LEX_PERCENT: return "%";
    case LEX_DURATION: return "D";
    case LEX_CLOCK: return "C";
    case LEX_DATE: return "E";
    case LEX_TEXT: return "T";
    case LEX_REGEX: return "R";
    default: return lex_kind_text(kind);
    }
}

START_TEST(sequence_of_kinds)
{
    const struct sequence_row *row = &sequences[_i];
    struct lexed lexed;
    struct buf kinds = {0};
    lexed_init(&lexed, str_of(row->text));
    for (struct lex_token token = lex_next(&lexed.lex); token.kind != LEX_END;
         token = lex_next(&lexed.lex)) {
        buf_add_text(&kinds, kinds.len == 0 ? "" : " ");
        buf_add_text(&kinds, kind_sign(token.kind));
    }
    ck_assert_str_eq(buf_text(&kinds), row->kinds);
    ck_assert_msg(lexed.diags.total.error_count == row->errors, "%s: %zu errors", row->text,
                  lexed.diags.total.error_count);
    buf_fini(&kinds);
    lexed_fini(&lexed);
}
END_TEST

START_TEST(nul_is_said)
{
    struct lexed lexed;
    lexed_init(&lexed, STR("a\0b \"c\0d\""));
    ck_assert_int_eq(lex_next(&lexed.lex).kind, LEX_NAME);
    ck_assert_int_eq(lex_next(&lexed.lex).kind, LEX_NAME);
    ck_assert_int_eq(lex_next(&lexed.lex).kind, LEX_TEXT);
    ck_assert_int_eq(lex_next(&lexed.lex).kind, LEX_END);
    ck_assert_uint_eq(lexed.diags.total.error_count, 2);
    ck_assert(str_eq_text(lexed.diags.items[0].message, "control character 0x00 in the text"));
    lexed_fini(&lexed);
}
END_TEST

START_TEST(lines_begin)
{
    struct lexed lexed;
    lexed_init(&lexed, STR("a b # c\n\n d\n"));
    ck_assert(lex_next(&lexed.lex).line_start);
    ck_assert(!lex_next(&lexed.lex).line_start);
    ck_assert(lex_next(&lexed.lex).line_start);
    lexed_fini(&lexed);
}
END_TEST

START_TEST(spans_are_bytes)
{
    struct lexed lexed;
    lexed_init(&lexed, STR("规则 >= 30 CNY"));
    struct span name = lex_next(&lexed.lex).span;
    struct span sign = lex_next(&lexed.lex).span;
    struct span money = lex_next(&lexed.lex).span;
    ck_assert_uint_eq(name.start, 0);
    ck_assert_uint_eq(name.end, 6);
    ck_assert_uint_eq(sign.start, 7);
    ck_assert_uint_eq(sign.end, 9);
    ck_assert(str_eq_text(rule_source_text(&lexed.source, money), "30 CNY"));
    lexed_fini(&lexed);
}
END_TEST

START_TEST(words_are_all_found)
{
    static const char *const words[] = {
#define LEX_SIGN(name, text)
#define LEX_WORD(name, text, role) text,
#include "rules/token.def"
#undef LEX_SIGN
#undef LEX_WORD
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct lexed lexed;
        lexed_init(&lexed, str_of(words[i]));
        struct lex_token token = lex_next(&lexed.lex);
        ck_assert_msg(token.kind != LEX_NAME, "%s is out of order in token.def", words[i]);
        ck_assert_str_eq(lex_kind_text(token.kind), words[i]);
        lexed_fini(&lexed);
    }
}
END_TEST

START_TEST(long_names_are_refused)
{
    char text[LEX_NAME_BYTES_MAX + 1];
    memset(text, 'a', sizeof text);
    struct lexed lexed;
    lexed_init(&lexed, (struct str){text, LEX_NAME_BYTES_MAX});
    ck_assert_int_eq(lex_next(&lexed.lex).kind, LEX_NAME);
    ck_assert_uint_eq(lexed.diags.total.error_count, 0);
    lexed_fini(&lexed);
    lexed_init(&lexed, (struct str){text, sizeof text});
    ck_assert_int_eq(lex_next(&lexed.lex).kind, LEX_NAME);
    ck_assert_uint_eq(lexed.diags.total.error_count, 1);
    lexed_fini(&lexed);
}
END_TEST

START_TEST(inner_span_ends_early)
{
    struct lexed lexed;
    lexed_init(&lexed, STR("say \"{amount} b\""));
    struct lex lex =
        lex_start_span(&lexed.source, (struct span){0, 6, 12}, &lexed.arena, &lexed.diags);
    ck_assert(str_eq_text(lex_next(&lex).text, "amount"));
    struct lex_token end = lex_next(&lex);
    ck_assert_int_eq(end.kind, LEX_END);
    ck_assert_uint_eq(end.span.start, 12);
    ck_assert_int_eq(lex_next(&lex).kind, LEX_END);
    lexed_fini(&lexed);
}
END_TEST

#define COUNT_OF(table) (int)(sizeof(table) / sizeof(table)[0])

static Suite *suite(void)
{
    Suite *s = suite_create("lex");
    TCase *t = tcase_create("lex");
    tcase_add_loop_test(t, literal_has_value, 0, COUNT_OF(literals));
    tcase_add_loop_test(t, sequence_of_kinds, 0, COUNT_OF(sequences));
    tcase_add_test(t, nul_is_said);
    tcase_add_test(t, lines_begin);
    tcase_add_test(t, spans_are_bytes);
    tcase_add_test(t, words_are_all_found);
    tcase_add_test(t, long_names_are_refused);
    tcase_add_test(t, inner_span_ends_early);
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
