/* test_parse_rule.c - what is wrong in the head of a rule and in its actions gives exactly this
 * text. */
#include "tests/unit/parsed.h"

static const struct parse_mistake mistakes[] = {
    {
        "rule r for payer on transaction when own score 30 raise high",
        "t.rule:1:51: error: expected `for` and a duration after the score, found `raise`\n"
        "    1 | rule r for payer on transaction when own score 30 raise high\n"
        "      |                                                   ^^^^^\n",
    },
    {
        "rule r for payer on transaction when own score 1 for 24",
        "t.rule:1:54: error: expected a duration, such as `24h`, after `for`, found `24`\n"
        "    1 | rule r for payer on transaction when own score 1 for 24\n"
        "      |                                                      ^^\n"
        "   hint: a duration has a unit: `24s`, `24m`, `24h` or `24d`\n",
    },
    {
        "rule r for payer on transaction score 1 for 1h",
        "t.rule:1:33: error: expected `when` and a condition, found `score`\n"
        "    1 | rule r for payer on transaction score 1 for 1h\n"
        "      |                                 ^^^^^\n",
    },
    {
        "rule r for payer on transaction",
        "t.rule:1:32: error: expected `when` and a condition, found the end of the file\n"
        "    1 | rule r for payer on transaction\n"
        "      |                                ^\n",
    },
    {
        "rule r for payer on transaction when own when first_time score 1 for 1h",
        "t.rule:1:42: error: a rule has one `when`\n"
        "    1 | rule r for payer on transaction when own when first_time score 1 for 1h\n"
        "      |                                 ----     ^^^^\n"
        "      |                                 the first one\n"
        "   hint: join the conditions with `and`\n",
    },
    {
        "rule r for payer on transaction when own score 1 for 1h unless first_time",
        "t.rule:1:57: error: `unless` stands before the actions\n"
        "    1 | rule r for payer on transaction when own score 1 for 1h unless first_time\n"
        "      |                                                         ^^^^^^\n"
        "   hint: move it up\n",
    },
    {
        "rule mark for payer on transaction when own",
        "t.rule:1:6: error: expected the name of the rule, found `mark`\n"
        "    1 | rule mark for payer on transaction when own\n"
        "      |      ^^^^\n"
        "   hint: `mark` is a word of the language and cannot be a name\n",
    },
    {
        "rule \"r\" for payer on transaction when own",
        "t.rule:1:6: error: expected the name of the rule, found a text\n"
        "    1 | rule \"r\" for payer on transaction when own\n"
        "      |      ^^^\n"
        "   hint: names stand without quotes\n",
    },
    {
        "rule r payer on transaction when own",
        "t.rule:1:8: error: expected `of` and a typology, or `for` and the subject, found `payer`\n"
        "    1 | rule r payer on transaction when own\n"
        "      |        ^^^^^\n",
    },
    {
        "rule r of for payer on transaction when own",
        "t.rule:1:11: error: expected the name of a typology after `of`, found `for`\n"
        "    1 | rule r of for payer on transaction when own\n"
        "      |           ^^^\n"
        "   hint: `for` is a word of the language and cannot be a name\n",
    },
    {
        "rule r for payer transaction when own",
        "t.rule:1:18: error: expected `on` and a kind of event after the subject, found `transaction`\n"
        "    1 | rule r for payer transaction when own\n"
        "      |                  ^^^^^^^^^^^\n",
    },
    {
        "shadow r for payer on transaction when own",
        "t.rule:1:8: error: expected `rule`, found `r`\n"
        "    1 | shadow r for payer on transaction when own\n"
        "      |        ^\n",
    },
    {
        "rule r for payer on transaction when own mark each payment_out.payee suspect for 1h",
        "t.rule:1:52: error: expected `(` after `each`, found `payment_out`\n"
        "    1 | rule r for payer on transaction when own mark each payment_out.payee suspect for 1h\n"
        "      |                                                    ^^^^^^^^^^^\n",
    },
    {
        "rule r for payer on transaction when own advise payer",
        "t.rule:1:54: error: expected the target of the advice, such as `payer`, found the end of the file\n"
        "    1 | rule r for payer on transaction when own advise payer\n"
        "      |                                                      ^\n",
    },
    {
        "rule r for payer on transaction when own protect payer 24h",
        "t.rule:1:56: error: expected `for` and a duration after the target, found `24h`\n"
        "    1 | rule r for payer on transaction when own protect payer 24h\n"
        "      |                                                        ^^^\n",
    },
    {
        "rule r for payer on transaction when own stop payee",
        "t.rule:1:52: error: expected `for` and a duration after the target, found the end of the file\n"
        "    1 | rule r for payer on transaction when own stop payee\n"
        "      |                                                    ^\n",
    },
    {
        "rule r for payer on transaction when own protect for 24h",
        "t.rule:1:50: error: expected the target, such as `payer.person`, found `for`\n"
        "    1 | rule r for payer on transaction when own protect for 24h\n"
        "      |                                                  ^^^\n"
        "   hint: `for` is a word of the language and cannot be a name\n",
    },
    {
        "shadow draft rule r for payer on transaction when own",
        "t.rule:1:8: error: expected `rule`, found `draft`\n"
        "    1 | shadow draft rule r for payer on transaction when own\n"
        "      |        ^^^^^\n"
        "   hint: before `rule` stands one of `shadow`, `draft`, `retired`, then `absolute`\n",
    },
    {
        "rule r for payer on mark when own",
        "t.rule:1:26: error: expected the name of a mark after `on mark`, found `when`\n"
        "    1 | rule r for payer on mark when own\n"
        "      |                          ^^^^\n"
        "   hint: `when` is a word of the language and cannot be a name\n",
    },
    {
        "rule r for payer on timeout long when own",
        "t.rule:1:29: error: expected `of` and a pattern after `timeout`, found `long`\n"
        "    1 | rule r for payer on timeout long when own\n"
        "      |                             ^^^^\n",
    },
    {
        "rule r for payer on transaction when own\n"
        "    score 3\n"
        "    raise urgent\n"
        "    delay\n"
        "    mark payee\n"
        "    mark payee suspect level high for 1h\n"
        "    stop payee for ever after\n"
        "    reach\n"
        "    say hello",
        "t.rule:3:5: error: expected `for` and a duration after the score, found `raise`\n"
        "    3 |     raise urgent\n"
        "      |     ^^^^^\n"
        "t.rule:5:5: error: expected `transaction` after `delay`, found `mark`\n"
        "    5 |     mark payee\n"
        "      |     ^^^^\n"
        "t.rule:6:5: error: expected the name of the mark, found `mark`\n"
        "    6 |     mark payee suspect level high for 1h\n"
        "      |     ^^^^\n"
        "t.rule:6:30: error: expected a level, 1 to 3, after `level`, found `high`\n"
        "    6 |     mark payee suspect level high for 1h\n"
        "      |                              ^^^^\n"
        "t.rule:7:25: error: expected a further action or a case, found `after`\n"
        "    7 |     stop payee for ever after\n"
        "      |                         ^^^^^\n"
        "t.rule:9:5: error: expected a channel, such as `station`, after `reach`, found `say`\n"
        "    9 |     say hello\n"
        "      |     ^^^\n"
        "t.rule:9:9: error: expected a text after `say`, found `hello`\n"
        "    9 |     say hello\n"
        "      |         ^^^^^\n",
    },
    {
        "rule r for payer on transaction when own score 1 for 1h else score 2 for 2h",
        "t.rule:1:57: error: expected a further action or a case, found `else`\n"
        "    1 | rule r for payer on transaction when own score 1 for 1h else score 2 for 2h\n"
        "      |                                                         ^^^^\n"
        "   hint: a rule has no `else`: write a second rule\n",
    },
    {
        "rule r for payer on transaction own when first_time score 1 for 1h",
        "t.rule:1:33: error: expected `when` and a condition, found `own`\n"
        "    1 | rule r for payer on transaction own when first_time score 1 for 1h\n"
        "      |                                 ^^^\n",
    },
    {
        "rule r for payer on transaction score 1 for 1h when own",
        "t.rule:1:33: error: expected `when` and a condition, found `score`\n"
        "    1 | rule r for payer on transaction score 1 for 1h when own\n"
        "      |                                 ^^^^^\n"
        "t.rule:1:48: error: `when` stands first in a rule\n"
        "    1 | rule r for payer on transaction score 1 for 1h when own\n"
        "      |                                                ^^^^\n"
        "   hint: move it up\n",
    },
    {
        "rule r of for payer on transaction score 1 for 1h raise high\n"
        "rule s for payer on transaction when own quiet { } score 1 for 1h",
        "t.rule:1:11: error: expected the name of a typology after `of`, found `for`\n"
        "    1 | rule r of for payer on transaction score 1 for 1h raise high\n"
        "      |           ^^^\n"
        "   hint: `for` is a word of the language and cannot be a name\n"
        "t.rule:2:52: error: actions stand before the cases\n"
        "    2 | rule s for payer on transaction when own quiet { } score 1 for 1h\n"
        "      |                                                    ^^^^^\n"
        "   hint: move it up\n",
    },
};

int main(void)
{
    return parsed_check_all("parse_rule", mistakes, (int)(sizeof mistakes / sizeof mistakes[0]));
}
