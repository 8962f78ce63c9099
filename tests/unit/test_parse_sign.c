/* test_parse_sign.c - texts, numbers and signs that are none: every mistake gives exactly this
 * text. */
#include "tests/unit/parsed.h"

static const struct parse_mistake mistakes[] = {
    {
        "rule r for payer on transaction when amount = 5.00 CNY score 1 for 1h",
        "t.rule:1:45: error: `=` gives a name its value and compares nothing\n"
        "    1 | rule r for payer on transaction when amount = 5.00 CNY score 1 for 1h\n"
        "      |                                             ^\n"
        "   hint: write `==`\n",
    },
    {
        "rule r for payer on transaction when a.b.c.d.e.f.g.h.i.j == 1",
        "t.rule:1:54: error: this path is too long\n"
        "    1 | rule r for payer on transaction when a.b.c.d.e.f.g.h.i.j == 1\n"
        "      |                                                      ^\n"
        "   hint: a path has at most 8 parts\n",
    },
    {
        "rule r for payer on transaction when payer.x == 1",
        "t.rule:1:44: error: expected a name after `.`, found `x`\n"
        "    1 | rule r for payer on transaction when payer.x == 1\n"
        "      |                                            ^\n"
        "   hint: `x` is a word of the language and cannot be a name\n",
    },
    {
        "const a = 3x\n"
        "const b = 100CNY\n"
        "const c = 1h30\n"
        "const d = 30m1h\n"
        "const e = 1.5h\n"
        "const f = 5min\n"
        "const g = 1.234 CNY\n"
        "const h = 1.234%\n"
        "const i = 99_999_999_999_999_999_999\n"
        "const j = 99999999999999999.00 CNY\n"
        "const k = 9999999999999d\n"
        "const l = 1__0\n"
        "const m = 1.2345678\n"
        "const n = 1999-01-01",
        "t.rule:1:12: error: `x` is no unit of time\n"
        "    1 | const a = 3x\n"
        "      |            ^\n"
        "   hint: write a blank between a number and `x`: `3 x last(...)`\n"
        "t.rule:2:14: error: `CNY` is no unit of time\n"
        "    2 | const b = 100CNY\n"
        "      |              ^^^\n"
        "   hint: write a blank between an amount and its currency: `100.00 CNY`\n"
        "t.rule:3:11: error: the units of a duration go from large to small, each once\n"
        "    3 | const c = 1h30\n"
        "      |           ^^^^\n"
        "   hint: write for example `1h30m` or `90m`\n"
        "t.rule:4:11: error: the units of a duration go from large to small, each once\n"
        "    4 | const d = 30m1h\n"
        "      |           ^^^^^\n"
        "   hint: write for example `1h30m` or `90m`\n"
        "t.rule:5:11: error: a duration has no decimals\n"
        "    5 | const e = 1.5h\n"
        "      |           ^^^^\n"
        "   hint: write `1h30m` instead of `1.5h`\n"
        "t.rule:6:12: error: `min` is no unit of time\n"
        "    6 | const f = 5min\n"
        "      |            ^^^\n"
        "   hint: minutes are `m`\n"
        "t.rule:7:11: error: an amount has at most two decimals\n"
        "    7 | const g = 1.234 CNY\n"
        "      |           ^^^^^^^^^\n"
        "   hint: write for example `30_000.00 CNY`\n"
        "t.rule:8:11: error: a percentage has at most two decimals\n"
        "    8 | const h = 1.234%\n"
        "      |           ^^^^^^\n"
        "   hint: a basis point, 0.01%, is the smallest ratio\n"
        "t.rule:9:11: error: this number is too large\n"
        "    9 | const i = 99_999_999_999_999_999_999\n"
        "      |           ^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "   hint: values have 64 bits: at most 9_223_372_036_854_775_807\n"
        "t.rule:10:11: error: this number is too large\n"
        "   10 | const j = 99999999999999999.00 CNY\n"
        "      |           ^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "   hint: values have 64 bits: at most 9_223_372_036_854_775_807\n"
        "t.rule:11:11: error: this number is too large\n"
        "   11 | const k = 9999999999999d\n"
        "      |           ^^^^^^^^^^^^^^\n"
        "   hint: values have 64 bits: at most 9_223_372_036_854_775_807\n"
        "t.rule:12:11: error: `_` stands between two digits of a number\n"
        "   12 | const l = 1__0\n"
        "      |           ^^^^\n"
        "   hint: write for example `30_000`\n"
        "t.rule:13:11: error: a number has at most six decimals\n"
        "   13 | const m = 1.2345678\n"
        "      |           ^^^^^^^^^\n"
        "   hint: leave out the last ones\n"
        "t.rule:14:11: error: there is no such date\n"
        "   14 | const n = 1999-01-01\n"
        "      |           ^^^^^^^^^^\n"
        "   hint: dates are written year-month-day, from 2000-01-01 on\n"
        "t.rule:14:11: error: expected a value or a set after `=`, found `1999-01-01`\n"
        "   14 | const n = 1999-01-01\n"
        "      |           ^^^^^^^^^^\n"
        "   hint: rules have no dates: use `ago(...)`, or a calendar\n",
    },
    {
        "tag a = \"open\n"
        "tag b = /open\n"
        "tag c = //\n"
        "tag d = \"a\\t\"",
        "t.rule:1:9: error: this text has no end\n"
        "    1 | tag a = \"open\n"
        "      |         ^^^^^\n"
        "   hint: close it with `\"` on the same line\n"
        "t.rule:2:9: error: this regular expression has no end\n"
        "    2 | tag b = /open\n"
        "      |         ^^^^^\n"
        "   hint: close it with `/` on the same line; a `/` inside is written `\\/`\n"
        "t.rule:3:9: error: this regular expression is empty\n"
        "    3 | tag c = //\n"
        "      |         ^^\n"
        "   hint: write what is looked for between the slashes\n"
        "t.rule:4:11: error: this is no escape of a text\n"
        "    4 | tag d = \"a\\t\"\n"
        "      |           ^^\n"
        "   hint: there are `\\\"`, `\\\\` and `\\n`\n",
    },
    {
        "rule r for payer on transaction when own && not first_time || ! own score 3 * 2 for 1h",
        "t.rule:1:42: error: `&&` is no sign of the language\n"
        "    1 | rule r for payer on transaction when own && not first_time || ! own score 3 * 2 for 1h\n"
        "      |                                          ^^\n"
        "   hint: write `and`\n"
        "t.rule:1:60: error: `||` is no sign of the language\n"
        "    1 | rule r for payer on transaction when own && not first_time || ! own score 3 * 2 for 1h\n"
        "      |                                                            ^^\n"
        "   hint: write `or`\n"
        "t.rule:1:63: error: `!` is no sign of the language\n"
        "    1 | rule r for payer on transaction when own && not first_time || ! own score 3 * 2 for 1h\n"
        "      |                                                               ^\n"
        "   hint: write `not`\n"
        "t.rule:1:77: error: `*` is no sign of the language\n"
        "    1 | rule r for payer on transaction when own && not first_time || ! own score 3 * 2 for 1h\n"
        "      |                                                                             ^\n"
        "   hint: write `x`\n",
    },
    {
        "rule 规则 for payer on transaction when （amount ≥ 5.00 CNY）and payer.kind in ｛a，b｝ score 1 for 1h",
        "t.rule:1:39: error: `（` is no sign of the language\n"
        "    1 | rule 规则 for payer on transaction when （amount ≥ 5.00 CNY）and payer.kind in ｛a，b｝ score 1 for 1h\n"
        "      |                                         ^^\n"
        "   hint: write `(`\n"
        "t.rule:1:47: error: `≥` is no sign of the language\n"
        "    1 | rule 规则 for payer on transaction when （amount ≥ 5.00 CNY）and payer.kind in ｛a，b｝ score 1 for 1h\n"
        "      |                                                  ^\n"
        "   hint: write `>=`\n"
        "t.rule:1:57: error: `）` is no sign of the language\n"
        "    1 | rule 规则 for payer on transaction when （amount ≥ 5.00 CNY）and payer.kind in ｛a，b｝ score 1 for 1h\n"
        "      |                                                            ^^\n"
        "   hint: write `)`\n"
        "t.rule:1:76: error: `｛` is no sign of the language\n"
        "    1 | rule 规则 for payer on transaction when （amount ≥ 5.00 CNY）and payer.kind in ｛a，b｝ score 1 for 1h\n"
        "      |                                                                                ^^\n"
        "   hint: write `{`\n"
        "t.rule:1:78: error: `，` is no sign of the language\n"
        "    1 | rule 规则 for payer on transaction when （amount ≥ 5.00 CNY）and payer.kind in ｛a，b｝ score 1 for 1h\n"
        "      |                                                                                   ^^\n"
        "   hint: write `,`\n"
        "t.rule:1:80: error: `｝` is no sign of the language\n"
        "    1 | rule 规则 for payer on transaction when （amount ≥ 5.00 CNY）and payer.kind in ｛a，b｝ score 1 for 1h\n"
        "      |                                                                                      ^^\n"
        "   hint: write `}`\n",
    },
    {
        "rule r for payer on transaction when amount / 2 > 1.00 CNY and [own] ; say “hello”",
        "t.rule:1:45: error: `/` is no sign of the language\n"
        "    1 | rule r for payer on transaction when amount / 2 > 1.00 CNY and [own] ; say “hello”\n"
        "      |                                             ^\n"
        "   hint: there is no division: write `a >= 50% of b`, or `2 x a >= b`\n"
        "t.rule:1:64: error: `[` is no sign of the language\n"
        "    1 | rule r for payer on transaction when amount / 2 > 1.00 CNY and [own] ; say “hello”\n"
        "      |                                                                ^\n"
        "   hint: sets stand in `{` and `}`\n"
        "t.rule:1:64: error: expected a condition after `and`, found `[`\n"
        "    1 | rule r for payer on transaction when amount / 2 > 1.00 CNY and [own] ; say “hello”\n"
        "      |                                                                ^\n"
        "   hint: a set stands behind `in`, or alone behind `const NAME =`\n"
        "t.rule:1:68: error: `]` is no sign of the language\n"
        "    1 | rule r for payer on transaction when amount / 2 > 1.00 CNY and [own] ; say “hello”\n"
        "      |                                                                    ^\n"
        "   hint: sets stand in `{` and `}`\n"
        "t.rule:1:70: error: `;` is no sign of the language\n"
        "    1 | rule r for payer on transaction when amount / 2 > 1.00 CNY and [own] ; say “hello”\n"
        "      |                                                                      ^\n"
        "   hint: leave it out: nothing stands at the end of a line\n"
        "t.rule:1:76: error: texts stand in straight quotes\n"
        "    1 | rule r for payer on transaction when amount / 2 > 1.00 CNY and [own] ; say “hello”\n"
        "      |                                                                            ^^^^^^^\n"
        "   hint: write `\"...\"`\n",
    },
    {
        "rule r for payer on transaction when amount > ¥5 and amount > 50 % of amount",
        "t.rule:1:47: error: `¥` is no sign of the language\n"
        "    1 | rule r for payer on transaction when amount > ¥5 and amount > 50 % of amount\n"
        "      |                                               ^\n"
        "   hint: write the currency behind the amount: `100.00 CNY`\n"
        "t.rule:1:66: error: `%` is no sign of the language\n"
        "    1 | rule r for payer on transaction when amount > ¥5 and amount > 50 % of amount\n"
        "      |                                                                  ^\n"
        "   hint: write a percentage without a blank: `50%`\n",
    },
};

int main(void)
{
    return parsed_check_all("parse_sign", mistakes, (int)(sizeof mistakes / sizeof mistakes[0]));
}
