/* test_check.c - what is right gives no text and keeps what it is made of; bounds hold. The texts
 * of mistakes are in test_check_*.c. */
#include "rules/check.h"

#include "engine/base/mem.h"
#include "rules/compile.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))

struct bench {
    struct compiled pack;
    struct buf shown;
};

static void bench_init(struct bench *bench, struct str text)
{
    memset(bench, 0, sizeof *bench);
    ck_assert_int_eq(compile_text(&bench->pack, STR("t.rule"), text, NULL), 0);
    diag_render(&bench->shown, &bench->pack.diags, &bench->pack.source);
}

static void bench_fini(struct bench *bench)
{
    buf_fini(&bench->shown);
    compile_fini(&bench->pack);
}

/* ---- what is right ---- */

struct clean {
    const char *name;
    const char *text;
};

static const struct clean cleans[] = {
    {"a case of everything",
     "list fraud_accounts of account\n"
     "rule r for payer on transaction\n"
     "    when payee in fraud_accounts\n"
     "    watch payer for 1h\n"
     "    fires \"all\" at 2026-03-02 22:30 {\n"
     "        given X in fraud_accounts\n"
     "        given P age 70 vulnerable yes region 330502\n"
     "        given X opened -3d kind merchant class ii\n"
     "        given F kind intl\n"
     "        -3d   call from F to P caller.kind hidden duration 3m answered no forwarded false region 330502\n"
     "        -1h   call_start from F to P callee.kind mobile\n"
     "        -30m  call_end from F to P duration 30m\n"
     "        +0m   transaction from P.b to X amount 5.00 CNY channel web purpose loan arrival 2h balance_before 9.00 CNY balance_after 4.00 CNY payer.kind personal payee.kind merchant region 330502\n"
     "        +1m   settlement from P.b to X amount 5.00 CNY\n"
     "        +2m   transaction from P amount 5.00 CNY purpose cash every 1m 3 times\n"
     "        +5m   transaction from anyone to X amount 5.00 CNY arrives +9m\n"
     "    }\n"},
    {"retired rules are left out, and what they use is used",
     "typology mule for account tiers low 20 closes after 7d\n"
     "typology loan for account tiers low 20 closes after 7d\n"
     "const much = 5.00 CNY\n"
     "retired rule r of loan for payer on transaction\n"
     "    when amount >= much\n"
     "    score 20 for 1h\n"
     "    fires { +0m transaction from P to X amount 1.00 CNY }\n"
     "rule s of mule for payer on transaction\n"
     "    when own\n"
     "    score 20 for 1h\n"},
    {"not on a list",
     "list bad of account\n"
     "rule r for payer on transaction\n"
     "    when payee not in bad and channel not in {web, qr} and not (own or first_time)\n"
     "    watch payer for 1h\n"},
    {"all that a listing knows",
     "list bad of account\n"
     "rule r for account on listing\n"
     "    when subject in bad and night and count(payment_in in 24h) > 0\n"
     "    watch subject for 72h\n"
     "    stop subject for 48h\n"},
    {"the words of a set on either side",
     "rule r for payer on transaction\n"
     "    when merchant == payee.kind and arrival == 2h and payer.kind != payee.kind\n"
     "    watch payer for 1h\n"},
    {"regions and hours in sets",
     "rule r for payer on transaction\n"
     "    when region in {330500..330599} and hour in {22..23, 0..5} and weekday between 1 and 5 and late\n"
     "    watch payer for 1h\n"},
    {"tiers have an order",
     "rule r for person on warning\n"
     "    when tier between medium and urgent and max(warning.tier in 30d) > low\n"
     "      and any(warning in 30d where tier in {low..high} and tier between low and this.tier)\n"
     "    watch subject for 1h\n"},
    {"numbers take their neighbour's unit",
     "const three = 3\n"
     "const half = 50%\n"
     "const factor = 1.5\n"
     "const span = 2 x 24h\n"
     "const small = half of 100.00 CNY\n"
     "rule r for payer on transaction\n"
     "    when count(payment_in in span) - 1 >= three + 1 and amount >= half of balance_before\n"
     "      and amount >= factor x small and 2 + count(payment_out in span) < 9\n"
     "    watch payer for span\n"},
    {"a feature asks for itself",
     "list bad of account\n"
     "feature listed for account = subject in bad and known(subject.opened)\n"
     "feature old for person = subject.age >= 60 and count(payment_out since last(call_in in 1d)) > 1\n"
     "rule r for payer.person on transaction\n"
     "    when payee.listed and old and payer.listed\n"
     "    watch payer for 1h\n"},
};

START_TEST(what_is_right_compiles)
{
    const struct clean *row = &cleans[_i];
    struct bench bench;
    bench_init(&bench, str_of(row->text));
    ck_assert_msg(bench.shown.len == 0 && bench.pack.program != NULL, "%s:\n%s", row->name,
                  buf_text(&bench.shown));
    bench_fini(&bench);
}
END_TEST

/* ---- bounds ---- */

/* `count` times a piece of text between two others. */
static void add_times(struct buf *out, const char *piece, int count)
{
    for (int i = 0; i < count; i++) {
        buf_add_text(out, piece);
    }
}

struct bound {
    const char *name;
    const char *head, *piece, *middle, *end, *tail;
    int most;          /* so many still fit */
    const char *error; /* of one more */
};

static const struct bound bounds[] = {
    {"values on the stack",
     "rule r for payer on transaction when own and balance_before between 1.00 CNY and ",
     "(1.00 CNY + ", "amount", ")", "watch payer for 1h\n", 60,
     "error: this is nested too deep to be computed\n"},
    {"aggregates inside a where",
     "rule r for payer on transaction when any(payment_in in 1h where own",
     " and count(payment_out in 1h) > 1", "", "", ") watch payer for 1h\n", 16,
     "error: more than 16 aggregates stand inside `where` here\n"},
    {"filters inside filters", "rule r for payer on transaction when ",
     "any(payment_in in 1h where ", "own", ")", " watch payer for 1h\n", 17,
     "error: more than 16 aggregates stand inside `where` here\n"},
};

START_TEST(bound_holds)
{
    const struct bound *row = &bounds[_i];
    for (int more = 0; more < 2; more++) {
        struct buf text = {0};
        struct bench bench;
        buf_add_text(&text, row->head);
        add_times(&text, row->piece, row->most + more);
        buf_add_text(&text, row->middle);
        add_times(&text, row->end, row->most + more);
        buf_add_text(&text, row->tail);
        bench_init(&bench, buf_str(&text));
        const char *shown = buf_text(&bench.shown);
        if (more == 0) {
            ck_assert_msg(bench.pack.program != NULL, "%s:\n%s", row->name, shown);
        } else {
            ck_assert_msg(strstr(shown, row->error) != NULL, "%s:\n%s", row->name, shown);
            ck_assert_ptr_null(bench.pack.program);
        }
        bench_fini(&bench);
        buf_fini(&text);
    }
}
END_TEST

/* A chain of names, each defined by the next. */
static void add_chain(struct buf *text, const char *head, const char *middle, const char *last,
                      int count)
{
    for (int i = 0; i < count; i++) {
        buf_add_format(text, "%s%05d%s", head, i, middle);
        if (i + 1 < count) {
            buf_add_format(text, "n%05d\n", i + 1);
        } else {
            buf_add_format(text, "%s\n", last);
        }
    }
}

struct chain {
    const char *name;
    const char *head, *middle, *last, *use;
    int most;
    const char *error;
};

static const struct chain chains[] = {
    {"features", "feature n", " for account = ", "any(payment_in in 1h)",
     "rule r for payer on transaction when n00000 watch payer for 1h\n", 24,
     "build on each other over more than 24 steps\n"},
    {"constants", "const n", " = ", "5",
     "rule r for payer on transaction when count(payment_in in 1h) > n00000 watch payer for 1h\n",
     24, "build on each other over more than 24 steps\n"},
};

/* Also when the chain is long enough to end a stack. */
START_TEST(chain_is_bounded)
{
    const struct chain *row = &chains[_i];
    const int counts[] = {row->most, row->most + 1, 20000};
    for (int i = 0; i < 3; i++) {
        struct buf text = {0};
        struct bench bench;
        add_chain(&text, row->head, row->middle, row->last, counts[i]);
        buf_add_text(&text, row->use);
        bench_init(&bench, buf_str(&text));
        const char *shown = buf_text(&bench.shown);
        ck_assert_msg((bench.pack.program != NULL) == (i == 0), "%s: %.2000s", row->name, shown);
        ck_assert_msg(i == 0 || strstr(shown, row->error) != NULL, "%s: %.2000s", row->name, shown);
        bench_fini(&bench);
        buf_fini(&text);
    }
}
END_TEST

/* ---- the tree ---- */

struct reason {
    const char *when;
    const char *shown; /* text|value|threshold|threshold_text|unit of each, value and threshold: yes
                          or no */
};

static const struct reason reasons[] = {
    {"amount >= 5.00 CNY", "amount >= 5.00 CNY|y|y||money;"},
    {"own and not first_time or late",
     "own|y|n||yes or no;not first_time|y|n||yes or no;late|y|n||yes or no;"},
    {"not (own or amount > 5.00 CNY)", "own|y|n||yes or no;amount > 5.00 CNY|y|y||money;"},
    {"amount between 5.00 CNY and\n 9.00 CNY",
     "amount between 5.00 CNY and 9.00 CNY|y|n|5.00 CNY..9.00 CNY|money;"},
    {"channel in {web,  qr}", "channel in {web, qr}|y|n|{web, qr}|a channel;"},
    {"channel not in odd", "channel not in odd|y|n|odd|a channel;"},
    {"payee in bad", "payee in bad|y|n|bad|an account;"},
    {"payee.person in worse", "payee.person in worse|y|n|worse|yes or no;"},
    {"3 < count(payment_in in 1h)", "3 < count(payment_in in 1h)|y|y||a count;"},
    {"busy and known(amount)", "busy|y|n||yes or no;known(amount)|y|n||yes or no;"},
};

START_TEST(reason_is_kept)
{
    const struct reason *row = &reasons[_i];
    struct buf text = {0};
    struct buf shown = {0};
    struct bench bench;
    buf_add_text(&text, "list bad of account list worse of person const odd = {atm, pos}\n"
                        "feature busy for account = count(payment_in in 1h) > 5\n"
                        "rule r for payer on transaction when ");
    buf_add_format(&text, "%s watch payer for 1h", row->when);
    bench_init(&bench, buf_str(&text));
    ck_assert_uint_eq(bench.pack.checked->rule_count, 1);
    const struct checked_rule *rule = &bench.pack.checked->rules[0];
    for (size_t i = 0; i < rule->condition_count; i++) {
        const struct checked_condition *c = &rule->conditions[i];
        buf_add_format(&shown, "%.*s|%s|%s|%.*s|%s;", (int)c->text.len, c->text.at,
                       c->value == NULL ? "n" : "y", c->threshold == NULL ? "n" : "y",
                       (int)c->threshold_text.len, c->threshold_text.at, vocab_units[c->unit].text);
    }
    ck_assert_str_eq(buf_text(&shown), row->shown);
    bench_fini(&bench);
    buf_fini(&shown);
    buf_fini(&text);
}
END_TEST

START_TEST(a_pack_has_so_many_rules)
{
    static const struct {
        size_t rules, retired;
        bool good;
    } rows[] = {{CHECK_RULES_MAX, 0, true},
                {CHECK_RULES_MAX, 2, true},
                {CHECK_RULES_MAX + 1, 0, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf text = {0};
        struct buf said = {0};
        struct compiled pack;
        struct err err = {.code = ERR_NONE};
        for (size_t k = 0; k < rows[i].retired + rows[i].rules; k++) {
            buf_add_format(&text,
                           "%srule r%zu for payer on transaction when own watch payer for 1h\n",
                           k < rows[i].retired ? "retired " : "", k);
        }
        ck_assert_int_eq(compile_text(&pack, STR("t.rule"), buf_str(&text), &err), 0);
        diag_render(&said, &pack.diags, &pack.source);
        ck_assert_msg((pack.program != NULL) == rows[i].good, "%zu rules: %s", rows[i].rules,
                      buf_text(&said));
        ck_assert_str_eq(
            buf_text(&said),
            rows[i].good
                ? ""
                : "t.rule:20001:6: error: a pack has at most 20000 rules\n"
                  "20001 | rule r20000 for payer on transaction when own watch payer for 1h\n"
                  "      |      ^^^^^^\n"
                  "   hint: retire or remove some; retired ones do not count\n");
        compile_fini(&pack);
        buf_fini(&said);
        buf_fini(&text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("check");
    TCase *t = tcase_create("check");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, what_is_right_compiles, 0, COUNT_OF(cleans));
    tcase_add_loop_test(t, bound_holds, 0, COUNT_OF(bounds));
    tcase_add_loop_test(t, chain_is_bounded, 0, COUNT_OF(chains));
    tcase_add_loop_test(t, reason_is_kept, 0, COUNT_OF(reasons));
    tcase_add_test(t, a_pack_has_so_many_rules);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
