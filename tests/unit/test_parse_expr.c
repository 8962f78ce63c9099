/* test_parse_expr.c - expressions become trees; what is wrong in them gives exactly this text. */
#include "tests/unit/parsed.h"

#include <check.h>
#include <stdlib.h>

static const struct parse_mistake mistakes[] = {
    {
        "rule r for payer on transaction when 1h < gap < 2h score 1 for 1h",
        "t.rule:1:47: error: comparisons do not chain\n"
        "    1 | rule r for payer on transaction when 1h < gap < 2h score 1 for 1h\n"
        "      |                                         -     ^\n"
        "      |                                         the first one\n"
        "   hint: write `a between b and c`, or join two comparisons with `and`\n",
    },
    {
        "rule r for payer on transaction when purpose is cash score 1 for 1h",
        "t.rule:1:46: error: expected `and`, `or`, `unless` or an action, found `is`\n"
        "    1 | rule r for payer on transaction when purpose is cash score 1 for 1h\n"
        "      |                                              ^^\n"
        "   hint: write `==`; before `in`, `between` and `has` leave it out\n",
    },
    {
        "rule r for payer on transaction when amount >= score 1 for 1h",
        "t.rule:1:48: error: expected a value after `>=`, found `score`\n"
        "    1 | rule r for payer on transaction when amount >= score 1 for 1h\n"
        "      |                                                ^^^^^\n",
    },
    {
        "rule r for payer on transaction when (own or first_time score 1 for 1h",
        "t.rule:1:57: error: expected `)`, found `score`\n"
        "    1 | rule r for payer on transaction when (own or first_time score 1 for 1h\n"
        "      |                                      -                  ^^^^^\n"
        "      |                                      opened here\n",
    },
    {
        "rule r for payer on transaction when count(payment_in in 24) > 3 score 1 for 1h",
        "t.rule:1:58: error: a time span needs a unit\n"
        "    1 | rule r for payer on transaction when count(payment_in in 24) > 3 score 1 for 1h\n"
        "      |                                                          ^^\n"
        "   hint: for example `24h`, `30m`, `7d` or `5 workdays`\n",
    },
    {
        "rule r for payer on transaction when count payment_in > 3 score 1 for 1h",
        "t.rule:1:44: error: expected `(` and a stream after the aggregate, found `payment_in`\n"
        "    1 | rule r for payer on transaction when count payment_in > 3 score 1 for 1h\n"
        "      |                                            ^^^^^^^^^^\n"
        "   hint: for example `count(call_in in 24h)`\n",
    },
    {
        "rule r for payer on transaction when subject marked suspect level 2 score 1 for 1h",
        "t.rule:1:67: error: expected a comparison after `level`, found `2`\n"
        "    1 | rule r for payer on transaction when subject marked suspect level 2 score 1 for 1h\n"
        "      |                                                                   ^\n"
        "   hint: for example `level <= 2`\n",
    },
    {
        "rule r for payer on transaction when payer.kind in mobile, mvno score 1 for 1h",
        "t.rule:1:58: error: expected `and`, `or`, `unless` or an action, found `,`\n"
        "    1 | rule r for payer on transaction when payer.kind in mobile, mvno score 1 for 1h\n"
        "      |                                                          ^\n"
        "   hint: conditions are joined with `and`; several values stand in braces: `in {a, b}`\n",
    },
    {
        "rule r for payer on transaction when payer.kind in {mobile mvno} score 1 for 1h",
        "t.rule:1:60: error: expected `,` or `}` after a value of the set, found `mvno`\n"
        "    1 | rule r for payer on transaction when payer.kind in {mobile mvno} score 1 for 1h\n"
        "      |                                                    -       ^^^^\n"
        "      |                                                    the set begins here\n",
    },
    {
        "rule r for payer on transaction when own unles first_time score 1 for 1h",
        "t.rule:1:42: error: expected `and`, `or`, `unless` or an action, found `unles`\n"
        "    1 | rule r for payer on transaction when own unles first_time score 1 for 1h\n"
        "      |                                          ^^^^^\n"
        "   hint: did you mean `unless`?\n",
    },
    {
        "rule r for payer on transaction when own say \"{amount\" say \"a } b\" say \"{amount +}\" say \"{amount amount}\"",
        "t.rule:1:47: error: this `{` has no `}`\n"
        "    1 | rule r for payer on transaction when own say \"{amount\" say \"a } b\" say \"{amount +}\" say \"{amount amount}\"\n"
        "      |                                               ^\n"
        "   hint: a value stands in `{...}`\n"
        "t.rule:1:63: error: this `}` closes nothing\n"
        "    1 | rule r for payer on transaction when own say \"{amount\" say \"a } b\" say \"{amount +}\" say \"{amount amount}\"\n"
        "      |                                                               ^\n"
        "   hint: a value stands in `{...}`, without braces inside\n"
        "t.rule:1:82: error: expected a value after `+`, found `}`\n"
        "    1 | rule r for payer on transaction when own say \"{amount\" say \"a } b\" say \"{amount +}\" say \"{amount amount}\"\n"
        "      |                                                                                  ^\n"
        "t.rule:1:98: error: expected `}` after the value, found `amount`\n"
        "    1 | rule r for payer on transaction when own say \"{amount\" say \"a } b\" say \"{amount +}\" say \"{amount amount}\"\n"
        "      |                                                                                                  ^^^^^^\n",
    },
    {
        "rule r for payer on transaction when during(call_in and 30m where own)",
        "t.rule:1:61: error: expected `after` behind the duration, found `where`\n"
        "    1 | rule r for payer on transaction when during(call_in and 30m where own)\n"
        "      |                                                             ^^^^^\n",
    },
    {
        "rule r for payer on transaction when points mule > 3",
        "t.rule:1:45: error: expected `(` after `points`, found `mule`\n"
        "    1 | rule r for payer on transaction when points mule > 3\n"
        "      |                                             ^^^^\n",
    },
    {
        "rule r for payer on transaction when rising(3 x payment_out.amount in 1h) > 2",
        "t.rule:1:49: error: expected `,` after the number, found `payment_out`\n"
        "    1 | rule r for payer on transaction when rising(3 x payment_out.amount in 1h) > 2\n"
        "      |                                                 ^^^^^^^^^^^\n",
    },
    {
        "rule r for payer on transaction when amount between 1.00 CNY or 2.00 CNY",
        "t.rule:1:62: error: expected `and` and the upper end of `between`, found `or`\n"
        "    1 | rule r for payer on transaction when amount between 1.00 CNY or 2.00 CNY\n"
        "      |                                                              ^^\n",
    },
    {
        "rule r for payer on transaction when not",
        "t.rule:1:41: error: expected a condition after `not`, found the end of the file\n"
        "    1 | rule r for payer on transaction when not\n"
        "      |                                         ^\n",
    },
    {
        "rule r for payer on transaction when amount > 1.00 cny",
        "t.rule:1:52: error: expected `and`, `or`, `unless` or an action, found `cny`\n"
        "    1 | rule r for payer on transaction when amount > 1.00 cny\n"
        "      |                                                    ^^^\n"
        "   hint: write the currency in capitals: `CNY`\n",
    },
    {
        "rule r for payer on transaction when own not first_time",
        "t.rule:1:46: error: expected `in` after `not`, found `first_time`\n"
        "    1 | rule r for payer on transaction when own not first_time\n"
        "      |                                              ^^^^^^^^^^\n"
        "   hint: a further condition begins with `and not`\n",
    },
    {
        "rule r for payer on transaction when tags contains otp",
        "t.rule:1:43: error: expected `and`, `or`, `unless` or an action, found `contains`\n"
        "    1 | rule r for payer on transaction when tags contains otp\n"
        "      |                                           ^^^^^^^^\n"
        "   hint: write `has`\n",
    },
};

START_TEST(mistake_is_shown)
{
    parsed_check_shown(&mistakes[_i]);
}
END_TEST

/* ---- expressions, written back with every operation in brackets ---- */

static void show_expr(struct buf *out, const struct ast_expr *expr);

static void show_path(struct buf *out, const struct ast_path *path)
{
    for (size_t i = 0; i < path->part_count; i++) {
        buf_add_text(out, i == 0 ? "" : ".");
        buf_add_str(out, path->parts[i].text);
    }
}

static void show_two(struct buf *out, const struct ast_expr *expr, const char *sign)
{
    buf_add_char(out, '[');
    show_expr(out, expr->two.left);
    buf_add_format(out, " %s ", sign);
    show_expr(out, expr->two.right);
    buf_add_char(out, ']');
}

static void show_set(struct buf *out, const struct ast_set *set)
{
    buf_add_char(out, '{');
    for (const struct ast_range *range = set->ranges; range != NULL; range = range->next) {
        show_expr(out, range->low);
        if (range->high != NULL) {
            buf_add_text(out, "..");
            show_expr(out, range->high);
        }
        buf_add_text(out, range->next == NULL ? "}" : ",");
    }
}

static void show_where(struct buf *out, const struct ast_expr *where)
{
    if (where != NULL) {
        buf_add_text(out, " where ");
        show_expr(out, where);
    }
}

static void show_length(struct buf *out, const struct ast_length *length)
{
    if (ast_has(&length->name)) {
        buf_add_str(out, length->name.text);
    } else {
        buf_add_format(out, "%lldms", (long long)length->ms);
    }
}

static void show_source(struct buf *out, const struct ast_source *source)
{
    show_path(out, &source->path);
    switch (source->window.kind) {
    case AST_WINDOW_NONE: break;
    case AST_WINDOW_LENGTH:
        buf_add_text(out, " in ");
        show_length(out, &source->window.length);
        break;
    case AST_WINDOW_WORKDAYS:
        buf_add_format(out, " in %lldwd", (long long)source->window.workday_count);
        break;
    case AST_WINDOW_TODAY: buf_add_text(out, " in today"); break;
    case AST_WINDOW_SINCE:
        buf_add_text(out, " since ");
        show_expr(out, source->window.since);
        break;
    }
    show_where(out, source->where);
}

static void show_aggregate(struct buf *out, const struct ast_aggregate *aggregate)
{
    buf_add_format(out, "%s(", lex_kind_text(aggregate->word));
    if (aggregate->has_argument) {
        buf_add_format(out, "%lld/%d%s, ", (long long)aggregate->argument.value,
                       aggregate->argument.decimals, aggregate->times ? " x" : "");
    }
    show_source(out, &aggregate->source);
    buf_add_char(out, ')');
}

static void show_relation(struct buf *out, const struct ast_expr *expr)
{
    switch (expr->kind) {
    case AST_BETWEEN:
        buf_add_char(out, '[');
        show_expr(out, expr->between.value);
        buf_add_text(out, " between ");
        show_expr(out, expr->between.low);
        buf_add_text(out, " and ");
        show_expr(out, expr->between.high);
        buf_add_char(out, ']');
        break;
    case AST_IN:
        buf_add_char(out, '[');
        show_expr(out, expr->in.value);
        buf_add_text(out, expr->in.negated ? " not in " : " in ");
        if (expr->in.set != NULL) {
            show_set(out, expr->in.set);
        } else {
            buf_add_str(out, expr->in.name.text);
        }
        buf_add_char(out, ']');
        break;
    case AST_HAS:
        show_expr(out, expr->has.value);
        buf_add_text(out, " has ");
        buf_add_str(out, expr->has.tag.text);
        break;
    case AST_MARKED:
        show_expr(out, expr->marked.value);
        buf_add_text(out, " marked ");
        buf_add_str(out, expr->marked.mark.text);
        if (expr->marked.has_level) {
            buf_add_format(out, " %s%lld", ast_compare_text(expr->marked.compare),
                           (long long)expr->marked.level);
        }
        break;
    default: ck_abort_msg("kind %d", (int)expr->kind);
    }
}

static void show_literal(struct buf *out, const struct ast_expr *expr)
{
    const struct ast_literal *literal = &expr->literal;
    buf_add_format(out, "%lld", (long long)literal->value);
    if (expr->kind == AST_NUMBER && literal->decimals != 0) {
        buf_add_format(out, "/%d", literal->decimals);
    }
    buf_add_text(out, expr->kind == AST_MONEY      ? "fen"
                      : expr->kind == AST_PERCENT  ? "bp"
                      : expr->kind == AST_DURATION ? "ms"
                                                   : "");
}

static void show_named(struct buf *out, const char *word, struct str name)
{
    buf_add_format(out, "%s(", word);
    buf_add_str(out, name);
    buf_add_char(out, ')');
}

static void show_one(struct buf *out, const char *word, const struct ast_expr *expr)
{
    buf_add_format(out, "%s(", word);
    show_expr(out, expr->one);
    buf_add_char(out, ')');
}

static void show_expr(struct buf *out, const struct ast_expr *expr)
{
    ck_assert_ptr_nonnull(expr);
    switch (expr->kind) {
    case AST_NUMBER:
    case AST_MONEY:
    case AST_PERCENT:
    case AST_DURATION: show_literal(out, expr); break;
    case AST_PATH: show_path(out, &expr->path); break;
    case AST_OR: show_two(out, expr, "or"); break;
    case AST_AND: show_two(out, expr, "and"); break;
    case AST_COMPARE: show_two(out, expr, ast_compare_text(expr->two.compare)); break;
    case AST_ADD: show_two(out, expr, "+"); break;
    case AST_SUBTRACT: show_two(out, expr, "-"); break;
    case AST_TIMES: show_two(out, expr, "x"); break;
    case AST_SHARE: show_two(out, expr, "of"); break;
    case AST_NOT: show_one(out, "not", expr); break;
    case AST_KNOWN: show_one(out, "known", expr); break;
    case AST_AGO: show_one(out, "ago", expr); break;
    case AST_MATCHES: show_named(out, "matches", expr->name.text); break;
    case AST_POINTS: show_named(out, "points", expr->name.text); break;
    case AST_AGGREGATE: show_aggregate(out, expr->aggregate); break;
    case AST_DURING:
        buf_add_text(out, "during(");
        buf_add_str(out, expr->during->stream.text);
        if (expr->during->has_after) {
            buf_add_text(out, " +");
            show_length(out, &expr->during->after);
        }
        show_where(out, expr->during->where);
        buf_add_char(out, ')');
        break;
    default: show_relation(out, expr); break;
    }
}

struct expr_row {
    const char *name;
    const char *text;
    const char *shown;
};

static const struct expr_row exprs[] = {
    {"or is weaker than and", "a or b and c", "[a or [b and c]]"},
    {"and goes left to right", "a and b and c", "[[a and b] and c]"},
    {"not binds a comparison", "not a == 1 and b", "[not([a == 1]) and b]"},
    {"not not", "not not a", "not(not(a))"},
    {"comparison is weaker than +", "a + b >= c - 1", "[[a + b] >= [c - 1]]"},
    {"- goes left to right", "a - b - c", "[[a - b] - c]"},
    {"x is stronger than +", "a + 2 x b", "[a + [2 x b]]"},
    {"x and of go right to left", "2 x 50% of a", "[2 x [5000bp of a]]"},
    {"parentheses", "(a or b) and 2 x (a + b) > 3", "[[a or b] and [[2 x [a + b]] > 3]]"},
    {"factor with decimals", "1.4 x a > 0", "[[14/1 x a] > 0]"},
    {"money", "amount >= 30_000.00 CNY", "[amount >= 3000000fen]"},
    {"duration", "gap > 1h30m", "[gap > 5400000ms]"},
    {"all comparisons", "a == 1 or a != 1 or a < 1 or a <= 1 or a > 1",
     "[[[[[a == 1] or [a != 1]] or [a < 1]] or [a <= 1]] or [a > 1]]"},
    {"between takes its own and", "a between 1 and 2 and b", "[[a between 1 and 2] and b]"},
    {"in a set of ranges", "hour in {22..23, 0..5, 7}", "[hour in {22..23,0..5,7}]"},
    {"in money ranges", "a in {1.00 CNY..2.00 CNY}", "[a in {100fen..200fen}]"},
    {"in a list", "payee in fraud_accounts", "[payee in fraud_accounts]"},
    {"not in", "payee.kind not in {bank}", "[payee.kind not in {bank}]"},
    {"has", "tags has otp", "tags has otp"},
    {"marked", "subject marked suspect", "subject marked suspect"},
    {"marked at a level", "payee marked suspect level <= 2 and a",
     "[payee marked suspect <=2 and a]"},
    {"matches", "matches gathered and a", "[matches(gathered) and a]"},
    {"points", "points(mule) >= 30", "[points(mule) >= 30]"},
    {"known and ago", "known(a) and ago(payee.opened) < 7d",
     "[known(a) and [ago(payee.opened) < 604800000ms]]"},
    {"aggregate", "count(call_in in 24h where answered) >= 3",
     "[count(call_in in 86400000ms where answered) >= 3]"},
    {"aggregate over a constant span", "any(call_in in month)", "any(call_in in month)"},
    {"aggregate of workdays", "sum(payment_in.amount in 5 workdays) > a",
     "[sum(payment_in.amount in 5wd) > a]"},
    {"aggregate of today", "max(payment_in.amount in today) > a",
     "[max(payment_in.amount in today) > a]"},
    {"aggregate since", "count(login since last(change in 7d)) > 1",
     "[count(login since last(change in 604800000ms)) > 1]"},
    {"aggregate of a step", "count(gathered.gather) > 1", "[count(gathered.gather) > 1]"},
    {"rising by a factor", "rising(3 x, payment_out.amount in 1h) > 1",
     "[rising(3/0 x, payment_out.amount in 3600000ms) > 1]"},
    {"top share", "top_share(2, call_out.cell in 1h) >= 90%",
     "[top_share(2/0, call_out.cell in 3600000ms) >= 9000bp]"},
    {"during", "during(call_in and 30m after where caller.kind == intl)",
     "during(call_in +1800000ms where [caller.kind == intl])"},
    {"during alone", "during(call_in)", "during(call_in)"},
    {"names in Chinese", "收款人.年龄 >= 60", "[收款人.年龄 >= 60]"},
    {"line ends and comments mean nothing", "a # b\n  and\n\tb", "[a and b]"},
};

START_TEST(expression_becomes_tree)
{
    struct buf text = {0};
    buf_add_format(&text, "feature f for person = %s", exprs[_i].text);
    struct parsed parsed;
    parsed_init(&parsed, buf_str(&text));
    ck_assert_str_eq(buf_text(&parsed.shown), "");
    struct buf shown = {0};
    show_expr(&shown, parsed.pack.features->value);
    ck_assert_msg(str_eq_text(buf_str(&shown), exprs[_i].shown), "%s: %s", exprs[_i].name,
                  buf_text(&shown));
    buf_fini(&shown);
    buf_fini(&text);
    parsed_fini(&parsed);
}
END_TEST

#define COUNT_OF(table) (int)(sizeof(table) / sizeof(table)[0])

int main(void)
{
    Suite *suite = suite_create("parse_expr");
    TCase *tests = tcase_create("parse_expr");
    tcase_add_loop_test(tests, mistake_is_shown, 0, COUNT_OF(mistakes));
    tcase_add_loop_test(tests, expression_becomes_tree, 0, COUNT_OF(exprs));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
