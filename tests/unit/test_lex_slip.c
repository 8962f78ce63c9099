/* test_lex_slip.c - what is mistyped, copied or brought along from elsewhere is shown where it
 * stands, with what to write. */
#include "tests/unit/shown_mistakes.h"

#include <check.h>
#include <stdlib.h>

struct slip {
    const char *name;
    const char *text;
    const char *shown;
};

static const struct slip slips[] = {
    {"digits grouped with a comma",
     "rule r for payer.person on transaction when amount >= 50,000.00 CNY watch subject for 1h",
     "t.rule:1:57: error: expected `and`, `or`, `unless` or an action, found `,`\n"
     "    1 | rule r for payer.person on transaction when amount >= 50,000.00 CNY watch subject for 1h\n"
     "      |                                                         ^\n"
     "   hint: the digits of a number are grouped with `_`: `50_000`\n"},
    {"digits grouped with a Chinese comma",
     "rule r for payer.person on transaction when amount >= 50，000.00 CNY watch subject for 1h",
     "t.rule:1:57: error: `，` is no sign of the language\n"
     "    1 | rule r for payer.person on transaction when amount >= 50，000.00 CNY watch subject for 1h\n"
     "      |                                                         ^^\n"
     "   hint: write `,`, or in a number `_` between its digits: `50_000`\n"
     "t.rule:1:57: error: expected `and`, `or`, `unless` or an action, found `，`\n"
     "    1 | rule r for payer.person on transaction when amount >= 50，000.00 CNY watch subject for 1h\n"
     "      |                                                         ^^\n"
     "   hint: the digits of a number are grouped with `_`: `50_000`\n"},
    {"an amount without currency",
     "rule r for payer.person on transaction when amount >= 50000 watch subject for 1h",
     "t.rule:1:52: error: cannot compare money with a plain number\n"
     "    1 | rule r for payer.person on transaction when amount >= 50000 watch subject for 1h\n"
     "      |                                             ------ ^^ -----\n"
     "      |                                             money     plain number\n"
     "   hint: an amount has a currency: `50000 CNY`\n"},
    {"a count without currency is none of money's",
     "rule r for payer.person on transaction when count(payment_out in 1h) >= 3.00 CNY watch subject for 1h",
     "t.rule:1:70: error: cannot compare a count with money\n"
     "    1 | rule r for payer.person on transaction when count(payment_out in 1h) >= 3.00 CNY watch subject for 1h\n"
     "      |                                             ------------------------ ^^ --------\n"
     "      |                                             count                       money\n"},
    {"full-width digits",
     "rule r for payer.person on transaction when amount >= ５０００ CNY watch subject for 1h",
     "t.rule:1:55: error: these letters and digits have full width, which names and numbers do not\n"
     "    1 | rule r for payer.person on transaction when amount >= ５０００ CNY watch subject for 1h\n"
     "      |                                                       ^^^^^^^^\n"
     "   hint: write `5000`\n"},
    {"full-width letters",
     "rule r for payer.person on transaction when ｏｗｎ watch subject for 1h",
     "t.rule:1:45: error: these letters and digits have full width, which names and numbers do not\n"
     "    1 | rule r for payer.person on transaction when ｏｗｎ watch subject for 1h\n"
     "      |                                             ^^^^^^\n"
     "   hint: write `own`\n"
     "t.rule:1:49: error: expected a condition after `when`, found `watch`\n"
     "    1 | rule r for payer.person on transaction when ｏｗｎ watch subject for 1h\n"
     "      |                                                    ^^^^^\n"},
    {"a currency in Chinese",
     "rule r for payer.person on transaction when amount >= 50.00 元 watch subject for 1h",
     "t.rule:1:61: error: expected `and`, `or`, `unless` or an action, found `元`\n"
     "    1 | rule r for payer.person on transaction when amount >= 50.00 元 watch subject for 1h\n"
     "      |                                                             ^^\n"
     "   hint: write the currency as `CNY`\n"},
    {"RMB", "rule r for payer.person on transaction when amount >= 50.00 RMB watch subject for 1h",
     "t.rule:1:55: error: amounts are in CNY\n"
     "    1 | rule r for payer.person on transaction when amount >= 50.00 RMB watch subject for 1h\n"
     "      |                                                       ^^^^^^^^^\n"
     "   hint: write `CNY`\n"},
    {"RMB behind an amount that has none",
     "rule r for payer.person on transaction when amount >= 50.00 RMBS watch subject for 1h",
     "t.rule:1:61: error: expected `and`, `or`, `unless` or an action, found `RMBS`\n"
     "    1 | rule r for payer.person on transaction when amount >= 50.00 RMBS watch subject for 1h\n"
     "      |                                                             ^^^^\n"},
    {"ten thousands",
     "rule r for payer.person on transaction when amount >= 5万 CNY watch subject for 1h",
     "t.rule:1:56: error: `万` is no unit of time\n"
     "    1 | rule r for payer.person on transaction when amount >= 5万 CNY watch subject for 1h\n"
     "      |                                                        ^^\n"
     "   hint: write all digits: `10_000`, of money `10_000.00 CNY`\n"
     "t.rule:1:58: error: expected `and`, `or`, `unless` or an action, found `CNY`\n"
     "    1 | rule r for payer.person on transaction when amount >= 5万 CNY watch subject for 1h\n"
     "      |                                                           ^^^\n"},
    {"a currency that touches its amount",
     "rule r for payer.person on transaction when amount >= 50元 watch subject for 1h",
     "t.rule:1:57: error: `元` is no unit of time\n"
     "    1 | rule r for payer.person on transaction when amount >= 50元 watch subject for 1h\n"
     "      |                                                         ^^\n"
     "   hint: write the currency behind a blank: `100.00 CNY`\n"},
    {"AND in capitals",
     "rule r for payer.person on transaction when own AND posted watch subject for 1h",
     "t.rule:1:49: error: expected `and`, `or`, `unless` or an action, found `AND`\n"
     "    1 | rule r for payer.person on transaction when own AND posted watch subject for 1h\n"
     "      |                                                 ^^^\n"
     "   hint: words of the language are small: write `and`\n"},
    {"Or with a capital",
     "rule r for payer.person on transaction when own Or posted watch subject for 1h",
     "t.rule:1:49: error: expected `and`, `or`, `unless` or an action, found `Or`\n"
     "    1 | rule r for payer.person on transaction when own Or posted watch subject for 1h\n"
     "      |                                                 ^^\n"
     "   hint: words of the language are small: write `or`\n"},
    {"single signs of C",
     "rule r for payer.person on transaction when own & posted | reversed watch subject for 1h",
     "t.rule:1:49: error: `&` is no sign of the language\n"
     "    1 | rule r for payer.person on transaction when own & posted | reversed watch subject for 1h\n"
     "      |                                                 ^\n"
     "   hint: write `and`\n"
     "t.rule:1:58: error: `|` is no sign of the language\n"
     "    1 | rule r for payer.person on transaction when own & posted | reversed watch subject for 1h\n"
     "      |                                                          ^\n"
     "   hint: write `or`\n"},
    {"a blank without width",
     "rule r for payer.person on transaction when own\xe2\x80\x8b"
     " and posted watch subject for 1h",
     "t.rule:1:48: error: invisible sign U+200B\n"
     "    1 | rule r for payer.person on transaction when own� and posted watch subject for 1h\n"
     "      |                                                ^\n"
     "   hint: remove it: delete what stands here and write it again\n"},
    {"a byte order mark in the middle",
     "rule r for payer.person on transaction when own \xef\xbb\xbf"
     "and posted watch subject for 1h",
     "t.rule:1:49: error: invisible sign U+FEFF\n"
     "    1 | rule r for payer.person on transaction when own �and posted watch subject for 1h\n"
     "      |                                                 ^\n"
     "   hint: remove it: delete what stands here and write it again\n"},
    {"a no-break blank",
     "rule r for payer.person on transaction when amount\xc2\xa0"
     ">= 5.00 CNY watch subject for 1h",
     "t.rule:1:51: error: `\xc2\xa0"
     "` is no sign of the language\n"
     "    1 | rule r for payer.person on transaction when amount\xc2\xa0"
     ">= 5.00 CNY watch subject for 1h\n"
     "      |                                                   ^\n"
     "   hint: this is a no-break blank: write an ordinary one\n"},
    {"a unit behind a blank",
     "rule r for payer.person on transaction when own watch subject for 24 h",
     "t.rule:1:67: error: expected a duration, such as `24h`, after `for`, found `24`\n"
     "    1 | rule r for payer.person on transaction when own watch subject for 24 h\n"
     "      |                                                                   ^^\n"
     "   hint: write the unit without a blank: `24h`\n"},
    {"a number without unit",
     "rule r for payer.person on transaction when own watch subject for 24",
     "t.rule:1:67: error: expected a duration, such as `24h`, after `for`, found `24`\n"
     "    1 | rule r for payer.person on transaction when own watch subject for 24\n"
     "      |                                                                   ^^\n"
     "   hint: a duration has a unit: `24s`, `24m`, `24h` or `24d`\n"},
    {"hours", "rule r for payer.person on transaction when own watch subject for 24hours",
     "t.rule:1:69: error: `hours` is no unit of time\n"
     "    1 | rule r for payer.person on transaction when own watch subject for 24hours\n"
     "      |                                                                     ^^^^^\n"
     "   hint: hours are `h`\n"},
    {"hours in Chinese", "rule r for payer.person on transaction when own watch subject for 24小时",
     "t.rule:1:69: error: `小时` is no unit of time\n"
     "    1 | rule r for payer.person on transaction when own watch subject for 24小时\n"
     "      |                                                                     ^^^^\n"
     "   hint: hours are `h`\n"},
    {"minutes", "rule r for payer.person on transaction when own watch subject for 30min",
     "t.rule:1:69: error: `min` is no unit of time\n"
     "    1 | rule r for payer.person on transaction when own watch subject for 30min\n"
     "      |                                                                     ^^^\n"
     "   hint: minutes are `m`\n"},
    {"weeks", "rule r for payer.person on transaction when own watch subject for 1w",
     "t.rule:1:68: error: `w` is no unit of time\n"
     "    1 | rule r for payer.person on transaction when own watch subject for 1w\n"
     "      |                                                                    ^\n"
     "   hint: a week is `7d`\n"},
    {"months are no minutes",
     "rule r for payer.person on transaction when own watch subject for 1M",
     "t.rule:1:68: error: `M` is no unit of time\n"
     "    1 | rule r for payer.person on transaction when own watch subject for 1M\n"
     "      |                                                                    ^\n"
     "   hint: minutes are `m`\n"},
    {"no unit that anybody knows",
     "rule r for payer.person on transaction when own watch subject for 1fortnight",
     "t.rule:1:68: error: `fortnight` is no unit of time\n"
     "    1 | rule r for payer.person on transaction when own watch subject for 1fortnight\n"
     "      |                                                                    ^^^^^^^^^\n"
     "   hint: durations are written as `1d`, `2h30m`, `10s`, `500ms`; a name begins with a letter\n"},
    {"single quotes",
     "rule r for payer.person on transaction 'title' when own watch subject for 1h",
     "t.rule:1:40: error: texts stand in straight quotes\n"
     "    1 | rule r for payer.person on transaction 'title' when own watch subject for 1h\n"
     "      |                                        ^^^^^^^\n"
     "   hint: write `\"...\"`\n"},
    {"corner quotes",
     "rule r for payer.person on transaction 「大额」 when own watch subject for 1h",
     "t.rule:1:40: error: texts stand in straight quotes\n"
     "    1 | rule r for payer.person on transaction 「大额」 when own watch subject for 1h\n"
     "      |                                        ^^^^^^^^\n"
     "   hint: write `\"...\"`\n"},
    {"curly single quotes without an end",
     "rule r for payer.person on transaction ‘大额 when own watch subject for 1h",
     "t.rule:1:40: error: texts stand in straight quotes\n"
     "    1 | rule r for payer.person on transaction ‘大额 when own watch subject for 1h\n"
     "      |                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
     "   hint: write `\"...\"`\n"
     "t.rule:1:73: error: expected `when` and a condition, found the end of the file\n"
     "    1 | rule r for payer.person on transaction ‘大额 when own watch subject for 1h\n"
     "      |                                                                           ^\n"},
    {"a tag's text without quotes", "tag otp = 验证码",
     "t.rule:1:11: error: expected a text, a regular expression or `feed`, found `验证码`\n"
     "    1 | tag otp = 验证码\n"
     "      |           ^^^^^^\n"
     "   hint: what is looked for stands in quotes\n"},
    {"a tag's text in the wrong comparison", "tag otp == \"code\"",
     "t.rule:1:9: error: expected `=` and a text after the tag's name, found `==`\n"
     "    1 | tag otp == \"code\"\n"
     "      |         ^^\n"
     "   hint: a name is given its value with `=`\n"},
    {"two texts of a tag with |", "tag otp = \"a\" | \"b\" or",
     "t.rule:1:15: error: `|` is no sign of the language\n"
     "    1 | tag otp = \"a\" | \"b\" or\n"
     "      |               ^\n"
     "   hint: write `or`\n"
     "t.rule:1:23: error: expected a text, a regular expression or `feed`, found the end of the file\n"
     "    1 | tag otp = \"a\" | \"b\" or\n"
     "      |                       ^\n"},
    {"a holder without its point",
     "rule r for payer person on transaction when own watch subject for 1h",
     "t.rule:1:18: error: expected `on` and a kind of event after the subject, found `person`\n"
     "    1 | rule r for payer person on transaction when own watch subject for 1h\n"
     "      |                  ^^^^^^\n"
     "   hint: a holder is written `payer.person`\n"},
    {"an action of another system",
     "rule r for payer.person on transaction when own watch subject for 1h notify payer",
     "t.rule:1:70: error: expected a further action or a case, found `notify`\n"
     "    1 | rule r for payer.person on transaction when own watch subject for 1h notify payer\n"
     "      |                                                                      ^^^^^^\n"
     "   hint: actions are `score`, `raise`, `protect`, `stop`, `watch`, `delay`, `advise`, `mark`, `reach` and `say`\n"},
    {"braces of full width",
     "rule r for payer.person on transaction when own watch subject for 1h say \"转出 ｛amount｝\"",
     "t.rule:1:70: warning: a rule without a typology opens no warning, and so has nobody to tell\n"
     "    1 | rule r for payer.person on transaction when own watch subject for 1h say \"转出 ｛amount｝\"\n"
     "      |                                                                      ^^^\n"
     "   hint: write `rule NAME of TYPOLOGY for ...`\n"
     "t.rule:1:78: warning: a brace of full width shows no value\n"
     "    1 | rule r for payer.person on transaction when own watch subject for 1h say \"转出 ｛amount｝\"\n"
     "      |                                                                                ^^\n"
     "   hint: a value stands in `{...}`\n"},
    {"a word in braces of full width, beside a value",
     "rule r for payer.person on transaction when own watch subject for 1h say \"｛重要｝{amount}\"",
     "t.rule:1:70: warning: a rule without a typology opens no warning, and so has nobody to tell\n"
     "    1 | rule r for payer.person on transaction when own watch subject for 1h say \"｛重要｝{amount}\"\n"
     "      |                                                                      ^^^\n"
     "   hint: write `rule NAME of TYPOLOGY for ...`\n"
     "t.rule:1:75: warning: a brace of full width shows no value\n"
     "    1 | rule r for payer.person on transaction when own watch subject for 1h say \"｛重要｝{amount}\"\n"
     "      |                                                                           ^^\n"
     "   hint: a value stands in `{...}`\n"},
    {"a constant without a currency",
     "const limit = 50_000 rule r for payer.person on transaction when amount > limit watch subject for 1h",
     "t.rule:1:73: error: cannot compare money with a plain number\n"
     "    1 | const limit = 50_000 rule r for payer.person on transaction when amount > limit watch subject for 1h\n"
     "      |                                                                  ------ ^ -----\n"
     "      |                                                                  money    plain number\n"
     "   hint: an amount has a currency, such as `100.00 CNY`\n"},
    {"a difference of times",
     "rule r for payer.person on transaction when own watch subject for 72h-1h",
     "t.rule:1:70: error: expected a further action or a case, found `-`\n"
     "    1 | rule r for payer.person on transaction when own watch subject for 72h-1h\n"
     "      |                                                                      ^\n"},
    {"a hyphen in a name",
     "rule 大额-转账 for payer.person on transaction when own watch subject for 1h",
     "t.rule:1:8: error: expected `of` and a typology, or `for` and the subject, found `-`\n"
     "    1 | rule 大额-转账 for payer.person on transaction when own watch subject for 1h\n"
     "      |          ^\n"
     "   hint: a name has letters, digits and `_`, and no `-`\n"},
    {"a minus behind a name",
     "rule r - s for payer.person on transaction when own watch subject for 1h",
     "t.rule:1:8: error: expected `of` and a typology, or `for` and the subject, found `-`\n"
     "    1 | rule r - s for payer.person on transaction when own watch subject for 1h\n"
     "      |        ^\n"},
    {"`is` before `in`",
     "rule r for payer.person on transaction when channel is in {atm} watch subject for 1h",
     "t.rule:1:53: error: expected `and`, `or`, `unless` or an action, found `is`\n"
     "    1 | rule r for payer.person on transaction when channel is in {atm} watch subject for 1h\n"
     "      |                                                     ^^\n"
     "   hint: write `==`; before `in`, `between` and `has` leave it out\n"},
    {"a list of conditions",
     "rule r for payer.person on transaction when own, posted watch subject for 1h",
     "t.rule:1:48: error: expected `and`, `or`, `unless` or an action, found `,`\n"
     "    1 | rule r for payer.person on transaction when own, posted watch subject for 1h\n"
     "      |                                                ^\n"
     "   hint: conditions are joined with `and`; several values stand in braces: `in {a, b}`\n"},
    {"a list of conditions, with a Chinese comma",
     "rule r for payer.person on transaction when own，posted watch subject for 1h",
     "t.rule:1:48: error: `，` is no sign of the language\n"
     "    1 | rule r for payer.person on transaction when own，posted watch subject for 1h\n"
     "      |                                                ^^\n"
     "   hint: write `,`\n"
     "t.rule:1:48: error: expected `and`, `or`, `unless` or an action, found `，`\n"
     "    1 | rule r for payer.person on transaction when own，posted watch subject for 1h\n"
     "      |                                                ^^\n"
     "   hint: conditions are joined with `and`; several values stand in braces: `in {a, b}`\n"},
    {"a part without `of`",
     "rule r for payer.person on transaction when amount >= 50% balance_before watch subject for 1h",
     "t.rule:1:59: error: expected `and`, `or`, `unless` or an action, found `balance_before`\n"
     "    1 | rule r for payer.person on transaction when amount >= 50% balance_before watch subject for 1h\n"
     "      |                                                           ^^^^^^^^^^^^^^\n"
     "   hint: a part of something is written with `of`: `50% of balance_before`\n"},
    {"hours past midnight",
     "rule r for payer.person on transaction when hour between 22 and 6 watch subject for 1h",
     "t.rule:1:50: error: this range ends before it begins\n"
     "    1 | rule r for payer.person on transaction when hour between 22 and 6 watch subject for 1h\n"
     "      |                                                  ^^^^^^^ --     -\n"
     "      |                                                          low    high\n"
     "   hint: the smaller value stands first; for hours past midnight write two ranges, as in `{22..23, 0..5}`\n"},
    {"tiers the wrong way round have no hours",
     "rule r for payer.person on transaction when amount between 2.00 CNY and 1.00 CNY watch subject for 1h",
     "t.rule:1:52: error: this range ends before it begins\n"
     "    1 | rule r for payer.person on transaction when amount between 2.00 CNY and 1.00 CNY watch subject for 1h\n"
     "      |                                                    ^^^^^^^ --------     --------\n"
     "      |                                                            low          high\n"},
    {"a set in round brackets",
     "rule r for payer.person on transaction when channel in (atm, pos) watch subject for 1h",
     "t.rule:1:56: error: expected a set in braces, or the name of a list or a constant, after `in`, found `(`\n"
     "    1 | rule r for payer.person on transaction when channel in (atm, pos) watch subject for 1h\n"
     "      |                                                        ^\n"
     "   hint: a set stands in braces: `in {a, b}`\n"},
    {"true", "rule r for payer.person on transaction when own == true watch subject for 1h",
     "t.rule:1:52: error: unknown name `true`\n"
     "    1 | rule r for payer.person on transaction when own == true watch subject for 1h\n"
     "      |                                                    ^^^^\n"
     "   hint: a condition stands for itself, or behind `not`\n"},
    {"an age in years",
     "rule r for payer.person on transaction when subject.age >= 60 years watch subject for 1h",
     "t.rule:1:63: error: expected `and`, `or`, `unless` or an action, found `years`\n"
     "    1 | rule r for payer.person on transaction when subject.age >= 60 years watch subject for 1h\n"
     "      |                                                               ^^^^^\n"
     "   hint: ages are plain numbers: leave it out\n"},
    {"a comma before the span",
     "rule r for payer.person on transaction when count(payment_out, in 1h) >= 3 watch subject for 1h",
     "t.rule:1:62: error: expected `)`, found `,`\n"
     "    1 | rule r for payer.person on transaction when count(payment_out, in 1h) >= 3 watch subject for 1h\n"
     "      |                                                  -           ^\n"
     "      |                                                  opened here\n"
     "   hint: a span begins with `in`, a condition with `where`\n"},
    {"a comma before the condition",
     "rule r for payer.person on transaction when any(payment_out in 1h, own) watch subject for 1h",
     "t.rule:1:66: error: expected `)`, found `,`\n"
     "    1 | rule r for payer.person on transaction when any(payment_out in 1h, own) watch subject for 1h\n"
     "      |                                                -                 ^\n"
     "      |                                                opened here\n"
     "   hint: a span begins with `in`, a condition with `where`\n"},
    {"a blank in a comparison",
     "rule r for payer.person on transaction when amount > = 5.00 CNY watch subject for 1h",
     "t.rule:1:54: error: expected a value after `>`, found `=`\n"
     "    1 | rule r for payer.person on transaction when amount > = 5.00 CNY watch subject for 1h\n"
     "      |                                                      ^\n"
     "   hint: `==`, `>=` and `<=` are written without a blank\n"},
    {"close after", "typology t for person tiers low 20 close after 24h",
     "t.rule:1:36: error: this is neither a tier with points nor `closes`\n"
     "    1 | typology t for person tiers low 20 close after 24h\n"
     "      |                                    ^^^^^\n"
     "   hint: write `closes after`\n"
     "t.rule:1:42: error: expected the next block, such as `rule`, found `after`\n"
     "    1 | typology t for person tiers low 20 close after 24h\n"
     "      |                                          ^^^^^\n"},
    {"a colon behind a field",
     "rule r for payer.person on transaction when own watch subject for 1h quiet { +0m transaction from P amount: 5.00 CNY }",
     "t.rule:1:107: error: expected a value of the field, found `:`\n"
     "    1 | n watch subject for 1h quiet { +0m transaction from P amount: 5.00 CNY }\n"
     "      |                                                             ^\n"
     "   hint: the value follows its field: `amount 100.00 CNY`\n"},
    {"an equals sign behind a field",
     "rule r for payer.person on transaction when own watch subject for 1h quiet { +0m transaction from P amount=5.00 CNY }",
     "t.rule:1:107: error: expected a value of the field, found `=`\n"
     "    1 | n watch subject for 1h quiet { +0m transaction from P amount=5.00 CNY }\n"
     "      |                                                             ^\n"
     "   hint: the value follows its field: `amount 100.00 CNY`\n"},
    {"the name of a case without quotes",
     "rule r for payer.person on transaction when own watch subject for 1h quiet 多一分 { }",
     "t.rule:1:76: error: expected `{` and the events of the case, found `多一分`\n"
     "    1 | rule r for payer.person on transaction when own watch subject for 1h quiet 多一分 { }\n"
     "      |                                                                            ^^^^^^\n"
     "   hint: the name of a case stands in quotes\n"},
};

START_TEST(slip_is_shown)
{
    check_mistakes_shown(slips[_i].name, slips[_i].text, slips[_i].shown);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("slips");
    TCase *slip_case = tcase_create("slips");
    tcase_add_loop_test(slip_case, slip_is_shown, 0, sizeof slips / sizeof slips[0]);
    suite_add_tcase(suite, slip_case);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
