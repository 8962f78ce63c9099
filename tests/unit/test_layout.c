/* test_layout.c - one layout for the same words; comments stay, meaning stays, twice is once. */
#include "rules/layout.h"

#include "rules/compile.h"
#include "rules/lex.h"
#include "rules/parse.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The worked examples of the design, where they lie beside the checkout. */
#define DESIGN_RULES \
    "../shared"      \
    "/design/rules"

/* The layout of a text that has no mistakes; the caller gives it back. */
static struct buf laid_out(struct str text)
{
    struct rule_source source;
    struct rule_source canonical;
    struct arena arena = {0};
    struct diag_list diags = {0};
    struct ast_pack pack;
    struct buf out = {0};
    rule_source_init(&source);
    rule_source_init(&canonical);
    ck_assert_int_eq(rule_source_add(&source, STR("t.rule"), text, NULL), 0);
    parse_pack(&pack, &source, &arena, &diags);
    diag_render(&out, &diags, &source);
    ck_assert_str_eq(buf_text(&out), "");
    ck_assert_int_eq(layout_source(&canonical, &source, &pack, NULL), 0);
    buf_add_str(&out, canonical.files[0].text);
    (void)buf_text(&out);
    diag_fini(&diags);
    arena_fini(&arena);
    rule_source_fini(&source);
    rule_source_fini(&canonical);
    return out;
}

/* ---- single constructs ---- */

struct layout {
    const char *name;
    const char *text;
    const char *shown;
};

static const struct layout layouts[] = {
    {"nothing", "", ""},
    {"blanks only", " \n\n\t\r\n", ""},
    {"comments only", "\n\n  # a\n\n\n# b  \r\n", "# a\n\n# b\n"},
    {"a byte order mark goes", "\xef\xbb\xbf# a\nconst a=1", "# a\nconst a = 1\n"},
    {"line ends of another system", "const a=1 # x\r\nconst b=2\r\n",
     "const a = 1  # x\nconst b = 2\n"},
    {"a comment stays behind its line", "const a=1#x\nconst b=2", "const a = 1  #x\nconst b = 2\n"},
    {"a comment stays before its block", "const a=1\n# x\nconst b=2",
     "const a = 1\n# x\nconst b = 2\n"},
    {"one of several empty lines stays", "const a=1\n\n\n\nconst b=2",
     "const a = 1\n\nconst b = 2\n"},
    {"money has one blank", "const a=1_000.00\n\tCNY", "const a = 1_000.00 CNY\n"},
    {"sets and ranges", "const a={ 1 .. 2,3 }", "const a = {1..2, 3}\n"},
    {"several blocks on a line", "list a of account list b of number",
     "list a of account\nlist b of number\n"},
    {"a long set is filled",
     "const kinds \"a title that takes some room\" = {aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, "
     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, ccccccccccccccccccccccccc, ddddddddddddddd}",
     "const kinds \"a title that takes some room\" =\n"
     "    {aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, "
     "ccccccccccccccccccccccccc,\n"
     "        ddddddddddddddd}\n"},
    {"a Chinese character takes two columns",
     "const a \"一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十\" = {aaaa, bbbb, cccc}",
     "const a \"一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十\" =\n"
     "    {aaaa, bbbb, cccc}\n"},
    {"the clauses of a rule",
     "const a=1 rule r of t for payer.person on transaction\"T\" when amount>=5.00 CNY and(own or "
     "not night)unless\"u\"known_for>=9d unless own score 20 for 1h if own protect payer.person for "
     "24h say\"x {amount}\"",
     "const a = 1\n"
     "\n"
     "rule r of t for payer.person on transaction \"T\"\n"
     "    when   amount >= 5.00 CNY and (own or not night)\n"
     "    unless \"u\" known_for >= 9d\n"
     "    unless own\n"
     "    score  20 for 1h if own\n"
     "    protect payer.person for 24h\n"
     "    say    \"x {amount}\"\n"},
    {"what binds weakest is broken first",
     "rule r for payer on transaction when aaaaaaaaaaaaaaaaaaaaaaaa >= 1 and bbbbbbbbbbbbbbbbbbbbbb >= 2 or "
     "a between 1 and 2 and cccccccccccccccccccccccccccccc",
     "rule r for payer on transaction\n"
     "    when   aaaaaaaaaaaaaaaaaaaaaaaa >= 1 and bbbbbbbbbbbbbbbbbbbbbb >= 2\n"
     "        or a between 1 and 2 and cccccccccccccccccccccccccccccc\n"},
    {"the and of between joins nothing",
     "rule r for payer on transaction when aaaaaaaaaaaaaaaaaaaaaaaa between bbbbbbbbbbbbbbbbbbbbbb "
     "and ccccccccccccccccccccc and dddddddddddddddddddddddddd and e",
     "rule r for payer on transaction\n"
     "    when   aaaaaaaaaaaaaaaaaaaaaaaa between bbbbbbbbbbbbbbbbbbbbbb and ccccccccccccccccccccc\n"
     "       and dddddddddddddddddddddddddd\n"
     "       and e\n"},
    {"then inside parentheses",
     "rule r for payer on transaction when own and any(call_in in 6h where "
     "caller.kind in {intl, hidden, mvno} and not two_way and during(call_in and 30m after) and duration "
     ">= 3m and (open or ago(ended) <= 30m))",
     "rule r for payer on transaction\n"
     "    when   own\n"
     "       and any(call_in in 6h\n"
     "               where caller.kind in {intl, hidden, mvno}\n"
     "                   and not two_way\n"
     "                   and during(call_in and 30m after)\n"
     "                   and duration >= 3m\n"
     "                   and (open or ago(ended) <= 30m))\n"},
    {"a long title has its line",
     "rule r of ttttttttttttttttttttttttt for payer.person on transaction \"a title that is so long that "
     "it takes the next line\" when own",
     "rule r of ttttttttttttttttttttttttt for payer.person on transaction\n"
     "    \"a title that is so long that it takes the next line\"\n"
     "    when   own\n"},
    {"a guard's condition goes below its title",
     "rule r for payer on transaction when own unless \"somebody who is very well known and has been for "
     "a long, long, long, long time\" known_for >= 90d and own",
     "rule r for payer on transaction\n"
     "    when   own\n"
     "    unless \"somebody who is very well known and has been for a long, long, long, long time\"\n"
     "           known_for >= 90d and own\n"},
    {"cases",
     "rule r for payer on transaction when own fires\"c\"at 2025-01-29 20:00{given X in bad opened - 3d "
     "marked suspect level 2 -100d sms from B to P tags{otp}every 15m 3 times arrives + 14m +0m "
     "transaction from P.b to X amount 70.00 CNY}quiet{}",
     "rule r for payer on transaction\n"
     "    when   own\n"
     "    fires \"c\" at 2025-01-29 20:00 {\n"
     "        given X in bad opened -3d marked suspect level 2\n"
     "        -100d sms from B to P tags {otp} every 15m 3 times arrives +14m\n"
     "        +0m   transaction from P.b to X amount 70.00 CNY\n"
     "    }\n"
     "    quiet {\n"
     "    }\n"},
    {"a sum in a set of a case is a sum", "ordinary{+0m e from A v {1+2..9-3}}",
     "ordinary {\n    +0m   e from A v {1 + 2..9 - 3}\n}\n"},
    {"an empty line within a rule stays, one at the ends of a case does not",
     "rule r for payer on transaction when own\n\n fires {\n\n +0m login user P\n\n\n +1m login user P\n\n}",
     "rule r for payer on transaction\n"
     "    when   own\n\n"
     "    fires {\n"
     "        +0m   login user P\n\n"
     "        +1m   login user P\n"
     "    }\n"},
    {"patterns",
     "pattern p for person within 48h a:call_in where own at least 2 times then b:payment_in within 2h then "
     "no call_in where own within 30m without call_out where own",
     "pattern p for person within 48h\n"
     "    a: call_in where own at least 2 times\n"
     "    then\n"
     "    b: payment_in within 2h\n"
     "    then no call_in where own within 30m\n"
     "    without call_out where own\n"},
    {"scorecards, calendars and policies",
     "scorecard s for payer.person on transaction band amount>=10: 30 < 3:5 else 0 unknown 1 "
     "calendar c holidays 2025-01-01,2025-01-28 .. 2025-02-04 workdays 2025-01-26 policy city at urgent "
     "channels phone 5m,sms 1m receivers city allow protect,stop approval within 15m cap stop 48h",
     "scorecard s for payer.person on transaction\n"
     "    band amount >= 10: 30 < 3: 5 else 0 unknown 1\n\n"
     "calendar c\n"
     "    holidays 2025-01-01, 2025-01-28..2025-02-04\n"
     "    workdays 2025-01-26\n\n"
     "policy city\n"
     "    at urgent channels phone 5m, sms 1m receivers city allow protect, stop approval within 15m\n"
     "    cap stop 48h\n"},
    {"tags", "tag t\"T\"=\"a\"near\"b\"within 20 or/x\\/y #/or feed\"OTP\"",
     "tag t \"T\" = \"a\" near \"b\" within 20 or /x\\/y #/ or feed \"OTP\"\n"},
    {"a comment inside a condition breaks it there",
     "rule r for payer on transaction when own # his\n and # both\n night # dark\n score 1 for 1h",
     "rule r for payer on transaction\n"
     "    when   own  # his\n"
     "       and  # both\n"
     "               night  # dark\n"
     "    score  1 for 1h\n"},
    {"a comment on a line of its own inside a condition",
     "rule r for payer on transaction when own\n# the night\nand night",
     "rule r for payer on transaction\n"
     "    when   own\n"
     "       # the night\n"
     "       and night\n"},
    {"comments of a case",
     "ordinary \"o\" { # begins\n # first\n +0m login user P # a\n # last\n }\n# after",
     "ordinary \"o\" {  # begins\n"
     "    # first\n"
     "    +0m   login user P  # a\n"
     "    # last\n"
     "}\n"
     "# after\n"},
    {"an indented comment belongs to what is above",
     "rule r for payer on transaction when own\n    # still of r\n# of s\nrule s for payer on transaction when own",
     "rule r for payer on transaction\n"
     "    when   own\n"
     "    # still of r\n\n"
     "# of s\n"
     "rule s for payer on transaction\n"
     "    when   own\n"},
};

START_TEST(text_is_laid_out)
{
    struct buf once = laid_out(str_of(layouts[_i].text));
    struct buf twice = laid_out(buf_str(&once));
    ck_assert_msg(str_eq_text(buf_str(&once), layouts[_i].shown), "%s: %s", layouts[_i].name,
                  buf_text(&once));
    ck_assert_str_eq(buf_text(&twice), buf_text(&once));
    buf_fini(&once);
    buf_fini(&twice);
}
END_TEST

/* ---- any layout of the same words ---- */

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* The tokens of a text with other blanks, line ends and, with comments, those behind and between
 * them. */
static void shuffle(struct buf *out, struct str text, uint32_t *random, bool comments)
{
    static const char *const gaps[] = {" ", "\n", "\t ", "\r\n", " \n\n\n  "};
    static const char *const notes[] = {" # note\n", "\n# note\n", "\n\n    # 注释 {x}\n\n",
                                        "#\n#\n"};
    struct rule_source source;
    struct arena arena = {0};
    struct diag_list diags = {0};
    rule_source_init(&source);
    ck_assert_int_eq(rule_source_add(&source, STR("t.rule"), text, NULL), 0);
    struct lex lex = lex_start(&source, 0, &arena, &diags);
    for (struct lex_token t = lex_next(&lex); t.kind != LEX_END; t = lex_next(&lex)) {
        buf_add_str(out, rule_source_text(&source, t.span));
        bool note = comments && next_random(random) % 8 == 0;
        buf_add_text(out, note ? notes[next_random(random) % 4] : gaps[next_random(random) % 5]);
    }
    diag_fini(&diags);
    arena_fini(&arena);
    rule_source_fini(&source);
}

/* Without its comments and empty lines, on which it depends. */
static struct buf bare(struct str text)
{
    struct buf out = {0};
    bool line_begins = true;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] != '\n' || !line_begins) {
            buf_add_char(&out, text.at[i]);
        }
        line_begins = text.at[i] == '\n';
    }
    (void)buf_text(&out);
    return out;
}

static size_t count_of(struct str text, const char *what)
{
    size_t count = 0;
    size_t len = strlen(what);
    for (size_t i = 0; i + len <= text.len; i++) {
        count += memcmp(text.at + i, what, len) == 0;
    }
    return count;
}

static void try_shuffled(struct str text, uint32_t *random)
{
    struct buf wanted = laid_out(text);
    for (int round = 0; round < 4; round++) {
        struct buf shuffled = {0};
        shuffle(&shuffled, text, random, round % 2 == 1);
        struct buf once = laid_out(buf_str(&shuffled));
        struct buf twice = laid_out(buf_str(&once));
        ck_assert_str_eq(buf_text(&twice), buf_text(&once));
        ck_assert_uint_eq(count_of(buf_str(&once), "note"), count_of(buf_str(&shuffled), "note"));
        ck_assert_uint_eq(count_of(buf_str(&once), "注释"), count_of(buf_str(&shuffled), "注释"));
        if (round % 2 == 0 && count_of(text, "#") == 0) {
            struct buf left = bare(buf_str(&once));
            struct buf right = bare(buf_str(&wanted));
            ck_assert_str_eq(buf_text(&left), buf_text(&right));
            buf_fini(&left);
            buf_fini(&right);
        }
        buf_fini(&shuffled);
        buf_fini(&once);
        buf_fini(&twice);
    }
    buf_fini(&wanted);
}

START_TEST(any_layout_becomes_the_same)
{
    uint32_t random = (uint32_t)_i * 7919 + 1;
    try_shuffled(str_of(layouts[_i].text), &random);
}
END_TEST

/* ---- whole packs ---- */

static void try_pack(const char *path, bool laid)
{
    struct rule_source source;
    struct err err;
    uint32_t random = 5;
    rule_source_init(&source);
    ck_assert_int_eq(rule_source_load(&source, path, &err), 0);
    for (size_t i = 0; i < source.file_count; i++) {
        struct buf once = laid_out(source.files[i].text);
        struct buf twice = laid_out(buf_str(&once));
        ck_assert_str_eq(buf_text(&twice), buf_text(&once));
        if (laid) {
            ck_assert(str_eq(buf_str(&once), source.files[i].text));
        }
        buf_fini(&once);
        buf_fini(&twice);
        try_shuffled(source.files[i].text, &random);
    }
    rule_source_fini(&source);
}

START_TEST(shipped_pack_is_laid_out)
{
    try_pack("rules/library", true);
}
END_TEST

START_TEST(worked_examples_are_stable)
{
    struct stat about;
    if (stat(DESIGN_RULES, &about) != 0) {
        (void)fprintf(stderr, "test_layout: %s is not here: its files are not tried\n",
                      DESIGN_RULES);
        return;
    }
    try_pack(DESIGN_RULES, false);
}
END_TEST

/* ---- one line for a message ---- */

START_TEST(condition_on_one_line)
{
    struct rule_source source;
    struct arena arena = {0};
    static const char text[] = "amount>=5.00\n CNY # why\n and( own or count( call_in in 1h )>3 )";
    rule_source_init(&source);
    ck_assert_int_eq(rule_source_add(&source, STR("t.rule"), str_of(text), NULL), 0);
    struct span span = {0, 0, sizeof text - 1};
    ck_assert_str_eq(layout_flat(&arena, &source, span).at,
                     "amount >= 5.00 CNY and (own or count(call_in in 1h) > 3)");
    arena_fini(&arena);
    rule_source_fini(&source);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("layout");
    TCase *tests = tcase_create("all");
    int count = (int)(sizeof layouts / sizeof layouts[0]);
    tcase_add_loop_test(tests, text_is_laid_out, 0, count);
    tcase_add_loop_test(tests, any_layout_becomes_the_same, 0, count);
    tcase_add_test(tests, shipped_pack_is_laid_out);
    tcase_add_test(tests, worked_examples_are_stable);
    tcase_add_test(tests, condition_on_one_line);
    suite_add_tcase(s, tests);
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
