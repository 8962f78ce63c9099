/* test_check_expr.c - what is compared, added and scaled with what: every mistake gives exactly
 * this text. */
#include "tests/unit/shown_mistakes.h"

static const struct mistake mistakes[] = {
    {"a duration is not money, and the field that is",
     "rule r for payer on transaction\n"
     "    when known_for > 50_000.00 CNY\n"
     "    watch payer for 1h\n",
     "t.rule:2:20: error: cannot compare a duration with money\n"
     "    2 |     when known_for > 50_000.00 CNY\n"
     "      |          --------- ^ -------------\n"
     "      |          duration    money\n"
     "   hint: did you mean `amount`?\n"},
    {"a duration is not a count",
     "rule r for caller on call_end\n"
     "    when count(call_out in 1h) >= 5m\n"
     "    watch caller for 1h\n",
     "t.rule:2:32: error: cannot compare a count with a duration\n"
     "    2 |     when count(call_out in 1h) >= 5m\n"
     "      |          --------------------- ^^ --\n"
     "      |          count                    duration\n"},
    {"a time is not a duration",
     "rule r for payer on transaction\n"
     "    when subject.opened <= 60d\n"
     "    watch payer for 1h\n",
     "t.rule:2:25: error: cannot compare a time with a duration\n"
     "    2 |     when subject.opened <= 60d\n"
     "      |          -------------- ^^ ---\n"
     "      |          time              duration\n"
     "   hint: `ago(subject.opened)` is how long ago that was\n"},
    {"yes or no is not compared",
     "rule r for payer on transaction\n"
     "    when own == first_time\n"
     "    watch payer for 1h\n",
     "t.rule:2:14: error: cannot compare yes or no with yes or no\n"
     "    2 |     when own == first_time\n"
     "      |          --- ^^ ----------\n"
     "      |          yes or no\n"
     "      |                 yes or no\n"
     "   hint: a condition stands for itself, or behind `not`\n"},
    {"a number kind is not an account kind",
     "rule r for callee on call_end\n"
     "    when caller.kind == personal\n"
     "    watch callee for 1h\n",
     "t.rule:2:25: error: `personal` is no number kind\n"
     "    2 |     when caller.kind == personal\n"
     "      |                         ^^^^^^^^\n"
     "   hint: it is an account kind\n"},
    {"a word of a set, misspelt",
     "rule r for callee on call_end\n"
     "    when caller.kind in {intl, regonal}\n"
     "    watch callee for 1h\n",
     "t.rule:2:32: error: `regonal` is no number kind\n"
     "    2 |     when caller.kind in {intl, regonal}\n"
     "      |                                ^^^^^^^\n"
     "   hint: did you mean `regional`?\n"},
    {"kinds have no order",
     "rule r for callee on call_end\n"
     "    when caller.kind >= intl\n"
     "    watch callee for 1h\n",
     "t.rule:2:22: error: a number kind has no smaller and greater\n"
     "    2 |     when caller.kind >= intl\n"
     "      |          ----------- ^^\n"
     "      |          number kind\n"
     "   hint: write `==`, `!=` or `in {...}`\n"},
    {"a word alone",
     "rule r for callee on call_end\n"
     "    when intl\n"
     "    watch callee for 1h\n",
     "t.rule:2:10: error: `intl` stands alone\n"
     "    2 |     when intl\n"
     "      |          ^^^^\n"
     "   hint: it is a number kind: compare it with one, as in `... == intl`\n"},
    {"a condition is no value",
     "rule r for payer on transaction\n"
     "    when amount\n"
     "    watch payer for 1h\n",
     "t.rule:2:10: error: `when` needs a condition, and this is money\n"
     "    2 |     when amount\n"
     "      |          ^^^^^^\n"
     "   hint: compare it with something, or ask `known(...)`\n"},
    {"unlike things are not added",
     "rule r for payer on transaction\n"
     "    when amount + 5m >= 10.00 CNY\n"
     "    watch payer for 1h\n",
     "t.rule:2:17: error: cannot add a duration to money\n"
     "    2 |     when amount + 5m >= 10.00 CNY\n"
     "      |          ------ ^ --\n"
     "      |          money    duration\n"},
    {"unlike things are not taken away",
     "rule r for payer on transaction\n"
     "    when ago(subject.opened) - time > 3d\n"
     "    watch payer for 1h\n",
     "t.rule:2:30: error: cannot take a time from a duration\n"
     "    2 |     when ago(subject.opened) - time > 3d\n"
     "      |          ------------------- ^ ----\n"
     "      |          duration              time\n"},
    {"a factor stands in front",
     "rule r for payer on transaction\n"
     "    when balance_before >= amount x 2\n"
     "    watch payer for 1h\n",
     "t.rule:2:35: error: before `x` stands a constant number\n"
     "    2 |     when balance_before >= amount x 2\n"
     "      |                            ------ ^ -\n"
     "      |                            money    plain number\n"
     "   hint: write `2 x amount`\n"},
    {"a factor is a constant",
     "rule r for payer on transaction\n"
     "    when amount >= share(payment_in in 1h where own) of balance_before\n"
     "    watch payer for 1h\n",
     "t.rule:2:54: error: before `of` stands a constant percentage\n"
     "    2 |     when amount >= share(payment_in in 1h where own) of balance_before\n"
     "      |                    --------------------------------- ^^ --------------\n"
     "      |                    ratio                                money\n"
     "   hint: for example `50% of amount`\n"},
    {"a time is not scaled",
     "rule r for payer on transaction\n"
     "    when 2 x time > time\n"
     "    watch payer for 1h\n",
     "t.rule:2:12: error: cannot scale a time\n"
     "    2 |     when 2 x time > time\n"
     "      |            ^ ----\n"
     "      |              time\n"},
    {"a count has no decimals",
     "rule r for payer on transaction\n"
     "    when count(payment_in in 1h) >= 2.5\n"
     "    watch payer for 1h\n",
     "t.rule:2:37: error: a count has no decimals\n"
     "    2 |     when count(payment_in in 1h) >= 2.5\n"
     "      |                                     ^^^\n"},
    {"two constants",
     "rule r for payer on transaction\n"
     "    when 5m < 6m\n"
     "    watch payer for 1h\n",
     "t.rule:2:10: error: this compares constants, and is always the same\n"
     "    2 |     when 5m < 6m\n"
     "      |          ^^^^^^^\n"},
    {"constants among conditions",
     "const five = 5\n"
     "rule r for payer on transaction\n"
     "    when five in {1..9} or known(five) or five between 1 and 9\n"
     "    watch payer for 1h\n",
     "t.rule:3:10: error: this compares constants, and is always the same\n"
     "    3 |     when five in {1..9} or known(five) or five between 1 and 9\n"
     "      |          ^^^^^^^^^^^^^^\n"
     "t.rule:3:28: error: a constant is always known\n"
     "    3 |     when five in {1..9} or known(five) or five between 1 and 9\n"
     "      |                            ^^^^^^^^^^^\n"
     "t.rule:3:43: error: this compares constants, and is always the same\n"
     "    3 |     when five in {1..9} or known(five) or five between 1 and 9\n"
     "      |                                           ^^^^^^^^^^^^^^^^^^^^\n"},
};

int main(void)
{
    return check_mistakes_all("check_expr", mistakes, (int)(sizeof mistakes / sizeof mistakes[0]));
}
