/* test_parse.c - constructs become nodes; mistakes become exact diagnostics; nothing makes the
 * parser stop or crash. */
#include "rules/parse.h"

#include "engine/base/mem.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct parsed {
    struct rule_source source;
    struct arena arena;
    struct diag_list diags;
    struct ast_pack pack;
    struct buf shown;
};

static void parsed_init(struct parsed *parsed, struct str text)
{
    memset(parsed, 0, sizeof *parsed);
    rule_source_init(&parsed->source);
    ck_assert_int_eq(rule_source_add(&parsed->source, STR("t.rule"), text, NULL), 0);
    parse_pack(&parsed->pack, &parsed->source, &parsed->arena, &parsed->diags);
    diag_render(&parsed->shown, &parsed->diags, &parsed->source);
}

static void parsed_fini(struct parsed *parsed)
{
    buf_fini(&parsed->shown);
    diag_fini(&parsed->diags);
    arena_fini(&parsed->arena);
    rule_source_fini(&parsed->source);
}

/* ---- mistakes ---- */

struct mistake {
    const char *text;
    const char *shown;
};

static const struct mistake mistakes[] = {
    {
        "rule r for payer on transaction when own score 30 raise high",
        "t.rule:1:51: error: expected `for` and a duration after the score, found `raise`\n"
        "    1 | rule r for payer on transaction when own score 30 raise high\n"
        "      |                                                   ^^^^^\n",
    },
    {
        "rule r for payer on transaction when amount = 5.00 CNY score 1 for 1h",
        "t.rule:1:45: error: `=` gives a name its value and compares nothing\n"
        "    1 | rule r for payer on transaction when amount = 5.00 CNY score 1 for 1h\n"
        "      |                                             ^\n"
        "   hint: write `==`\n",
    },
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
        "   hint: write `==`\n",
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
        "rule r for payer on transaction when own score 1 for 24",
        "t.rule:1:54: error: expected a duration, such as `24h`, after `for`, found `24`\n"
        "    1 | rule r for payer on transaction when own score 1 for 24\n"
        "      |                                                      ^^\n"
        "   hint: a duration has a unit: `24s`, `24m`, `24h` or `24d`\n",
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
        "   hint: several values stand in braces: `in {a, b}`\n",
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
        "rul r for payer on transaction when own",
        "t.rule:1:1: error: expected a block, such as `rule`, `feature` or `list`, found `rul`\n"
        "    1 | rul r for payer on transaction when own\n"
        "      | ^^^\n"
        "   hint: did you mean `rule`?\n",
    },
    {
        "shadow r for payer on transaction when own",
        "t.rule:1:8: error: expected `rule`, found `r`\n"
        "    1 | shadow r for payer on transaction when own\n"
        "      |        ^\n",
    },
    {
        "typology mule tiers low 20 closes after 7d",
        "t.rule:1:15: error: expected `for` and the kind of subject after the typology's name, found `tiers`\n"
        "    1 | typology mule tiers low 20 closes after 7d\n"
        "      |               ^^^^^\n",
    },
    {
        "typology mule for account tiers low closes after 7d",
        "t.rule:1:37: error: expected the points of the tier, found `closes`\n"
        "    1 | typology mule for account tiers low closes after 7d\n"
        "      |                                     ^^^^^^\n",
    },
    {
        "typology mule for account tiers low 20.5 closes after 7d",
        "t.rule:1:37: error: expected the points of the tier, found `20.5`\n"
        "    1 | typology mule for account tiers low 20.5 closes after 7d\n"
        "      |                                     ^^^^\n"
        "   hint: a whole number, without decimals\n",
    },
    {
        "typology mule for account tiers low 20",
        "t.rule:1:39: error: expected a further tier, or `closes after` and a duration, found the end of the file\n"
        "    1 | typology mule for account tiers low 20\n"
        "      |                                       ^\n",
    },
    {
        "list bad account",
        "t.rule:1:10: error: expected `of` and a kind of entity after the list's name, found `account`\n"
        "    1 | list bad account\n"
        "      |          ^^^^^^^\n",
    },
    {
        "const a 24h",
        "t.rule:1:9: error: expected `=` and a value after the constant's name, found `24h`\n"
        "    1 | const a 24h\n"
        "      |         ^^^\n",
    },
    {
        "const a = {1, }",
        "t.rule:1:15: error: expected a value of the set, found `}`\n"
        "    1 | const a = {1, }\n"
        "      |               ^\n",
    },
    {
        "const a = \"x\"",
        "t.rule:1:11: error: expected a value or a set after `=`, found a text\n"
        "    1 | const a = \"x\"\n"
        "      |           ^^^\n"
        "   hint: texts are not compared: use a tag, or the name of a value\n",
    },
    {
        "const a = -5",
        "t.rule:1:11: error: expected a value or a set after `=`, found `-`\n"
        "    1 | const a = -5\n"
        "      |           ^\n"
        "   hint: there are no signs before values: write `a - b`\n",
    },
    {
        "tag t = 5",
        "t.rule:1:9: error: expected a text, a regular expression or `feed`, found `5`\n"
        "    1 | tag t = 5\n"
        "      |         ^\n",
    },
    {
        "tag t = \"a\" near \"b\" within 2m",
        "t.rule:1:29: error: expected a number of characters after `within`, found `2m`\n"
        "    1 | tag t = \"a\" near \"b\" within 2m\n"
        "      |                             ^^\n",
    },
    {
        "calendar c holidays 2025-02-30",
        "t.rule:1:21: error: there is no such date\n"
        "    1 | calendar c holidays 2025-02-30\n"
        "      |                     ^^^^^^^^^^\n"
        "   hint: dates are written year-month-day, from 2000-01-01 on\n",
    },
    {
        "calendar c holidays 2025-02-10..2025-02-01",
        "t.rule:1:21: error: these days end before they begin\n"
        "    1 | calendar c holidays 2025-02-10..2025-02-01\n"
        "      |                     ^^^^^^^^^^^^^^^^^^^^^^\n"
        "   hint: the earlier date stands first\n",
    },
    {
        "feature f for account count(payment_in in 1h)",
        "t.rule:1:23: error: expected `=` and a value after the kind of entity, found `count`\n"
        "    1 | feature f for account count(payment_in in 1h)\n"
        "      |                       ^^^^^\n",
    },
    {
        "scorecard s for payer on transaction band amount >= 10:30 else 0 unknown 0",
        "t.rule:1:53: error: expected the limit of the band after the comparison, found `10:30`\n"
        "    1 | scorecard s for payer on transaction band amount >= 10:30 else 0 unknown 0\n"
        "      |                                                     ^^^^^\n"
        "   hint: compare `hour`; in a band write a blank before the points: `>= 10: 30`\n",
    },
    {
        "scorecard s for payer on transaction band amount >= 10: 30 unknown 0",
        "t.rule:1:60: error: expected a comparison, or `else` and the points, found `unknown`\n"
        "    1 | scorecard s for payer on transaction band amount >= 10: 30 unknown 0\n"
        "      |                                                            ^^^^^^^\n",
    },
    {
        "pattern p for person within 1h wait 40m",
        "t.rule:1:32: error: expected the first step, as in `talk: call_in`, found `wait`\n"
        "    1 | pattern p for person within 1h wait 40m\n"
        "      |                                ^^^^\n"
        "   hint: `no` and `wait` stand behind `then`\n",
    },
    {
        "pattern p for person within 1h a: call_in at least twice",
        "t.rule:1:52: error: expected a number of times, found `twice`\n"
        "    1 | pattern p for person within 1h a: call_in at least twice\n"
        "      |                                                    ^^^^^\n",
    },
    {
        "pattern p for person within 1h a: call_in then no call_out",
        "t.rule:1:59: error: expected `within` and a duration: how long it is waited, found the end of the file\n"
        "    1 | pattern p for person within 1h a: call_in then no call_out\n"
        "      |                                                           ^\n",
    },
    {
        "policy c at urgent channels phone receivers city",
        "t.rule:1:35: error: expected the channel's deadline, a duration, found `receivers`\n"
        "    1 | policy c at urgent channels phone receivers city\n"
        "      |                                   ^^^^^^^^^\n",
    },
    {
        "policy c budget block 5 per day",
        "t.rule:1:17: error: expected `protect`, `stop`, `delay`, `advise` or `watch`, found `block`\n"
        "    1 | policy c budget block 5 per day\n"
        "      |                 ^^^^^\n",
    },
    {
        "policy c basis stop 5",
        "t.rule:1:21: error: expected the text of the legal basis, found `5`\n"
        "    1 | policy c basis stop 5\n"
        "      |                     ^\n",
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
        "rule r for payer on transaction when own\n"
        "fires {\n"
        "    +10 call from F to P\n"
        "    +1m transaction amount 5.00 CNY 6\n"
        "    given X\n"
        "    call from F to P\n"
        "    +2m transaction from\n"
        "}",
        "t.rule:3:6: error: expected a duration, such as `10m`, after `+`, found `10`\n"
        "    3 |     +10 call from F to P\n"
        "      |      ^^\n"
        "   hint: a duration has a unit: `10s`, `10m`, `10h` or `10d`\n"
        "t.rule:4:37: error: expected an event, `given` or `}`, found `6`\n"
        "    4 |     +1m transaction amount 5.00 CNY 6\n"
        "      |                                     ^\n"
        "   hint: an event is written as `+10m call from F to P`\n"
        "t.rule:7:5: error: expected a value of the attribute, found `+`\n"
        "    7 |     +2m transaction from\n"
        "      |     ^\n"
        "t.rule:8:1: error: expected a value of the field, found `}`\n"
        "    8 | }\n"
        "      | ^\n",
    },
    {
        "rule r for payer on transaction when own\n"
        "fires {\n"
        "    +1m transaction from P to X\n"
        "rule s for payer on transaction when own",
        "t.rule:4:1: error: expected `}` at the end of the case, found `rule`\n"
        "    4 | rule s for payer on transaction when own\n"
        "      | ^^^^\n"
        "   t.rule:2:7: the case begins here\n"
        "    2 | fires {\n"
        "      |       -\n",
    },
    {
        "rule r for payer on transaction when own\n"
        "fires at 24:10 { }\n"
        "fires at noon { }\n"
        "quiet \"a\" +1m transaction from P to X }",
        "t.rule:2:10: error: there is no such time of day\n"
        "    2 | fires at 24:10 { }\n"
        "      |          ^^^^^\n"
        "   hint: a day goes from 00:00 to 23:59\n"
        "t.rule:3:10: error: expected a time of day, such as `10:00`, after `at`, found `noon`\n"
        "    3 | fires at noon { }\n"
        "      |          ^^^^\n"
        "t.rule:4:11: error: expected `{` and the events of the case, found `+`\n"
        "    4 | quiet \"a\" +1m transaction from P to X }\n"
        "      |           ^\n",
    },
    {
        "ordinary at 2025-01-28 { }",
        "t.rule:1:24: error: expected a time of day, such as `10:00`, after the date, found `{`\n"
        "    1 | ordinary at 2025-01-28 { }\n"
        "      |                        ^\n",
    },
    {
        "rule r for payer on transaction when own\n"
        "fires {\n"
        "    +0m transaction from P to X amount 1.00 CNY every 5m 3\n"
        "    +0m transaction from P to X amount 1.00 CNY arrives 5m\n"
        "    given X opened -3\n"
        "    given X in\n"
        "}",
        "t.rule:4:5: error: expected `times` after the number, found `+`\n"
        "    4 |     +0m transaction from P to X amount 1.00 CNY arrives 5m\n"
        "      |     ^\n"
        "t.rule:4:57: error: expected `+` and a duration after `arrives`, found `5m`\n"
        "    4 |     +0m transaction from P to X amount 1.00 CNY arrives 5m\n"
        "      |                                                         ^^\n"
        "t.rule:5:21: error: expected a duration, such as `3d`, after `-`, found `3`\n"
        "    5 |     given X opened -3\n"
        "      |                     ^\n"
        "   hint: a duration has a unit: `3s`, `3m`, `3h` or `3d`\n"
        "t.rule:7:1: error: expected the name of a list after `in`, found `}`\n"
        "    7 | }\n"
        "      | ^\n",
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
        "   hint: durations are written as `1d`, `2h30m`, `10s`, `500ms`; a name begins with a letter\n"
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
        "rule r for payer on transaction when not",
        "t.rule:1:41: error: expected a condition after `not`, found the end of the file\n"
        "    1 | rule r for payer on transaction when not\n"
        "      |                                         ^\n",
    },
    {
        "rule r for payer on transaction when own score 1 for 1h else score 2 for 2h",
        "t.rule:1:57: error: expected a further action or a case, found `else`\n"
        "    1 | rule r for payer on transaction when own score 1 for 1h else score 2 for 2h\n"
        "      |                                                         ^^^^\n"
        "   hint: a rule has no `else`: write a second rule\n",
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
        "}",
        "t.rule:1:1: error: expected a block, such as `rule`, `feature` or `list`, found `}`\n"
        "    1 | }\n"
        "      | ^\n",
    },
    {
        "rule r for payer on transaction when tags contains otp",
        "t.rule:1:43: error: expected `and`, `or`, `unless` or an action, found `contains`\n"
        "    1 | rule r for payer on transaction when tags contains otp\n"
        "      |                                           ^^^^^^^^\n"
        "   hint: write `has`\n",
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

START_TEST(mistake_is_shown)
{
    struct parsed parsed;
    parsed_init(&parsed, str_of(mistakes[_i].text));
    ck_assert_str_eq(buf_text(&parsed.shown), mistakes[_i].shown);
    parsed_fini(&parsed);
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

/* ---- a pack with every construct ---- */

static const char whole_text[] =
    "typology mule \"M\" for account tiers low 20 medium 40 closes after 7d\n"
    "const risky = {intl, hidden}\n"
    "const fresh = 24h\n"
    "list bad \"B\" of account\n"
    "tag words = \"a\" near \"b\" within 20 or /x\\/y/ or feed \"OTP\"\n"
    "calendar cn holidays 2025-01-01, 2025-01-28..2025-02-04 workdays 2025-01-26\n"
    "feature payers \"P\" for account = distinct(payment_in.payer in 1h)\n"
    "scorecard signs for payer.person on transaction\n"
    "    band ago(payee.opened) < 7d: 25 < 30d: 15 else 1 unknown 5\n"
    "    band amount >= 1.00 CNY: 2 else 0 unknown 0\n"
    "pattern flow for account within 1h\n"
    "    credit: payment_in where not own at least 2 times then drawn: payment_out within 10m\n"
    "    then no call_in where answered within 30m without call_out where answered\n"
    "pattern line for person within 5 workdays talk: call_in then wait 40m\n"
    "policy city at urgent channels phone 5m, sms 1m receivers city, station allow protect, stop approval within 15m\n"
    "    at low channels sms 24h receivers adviser\n"
    "    cap protect 48h budget stop 500 per day by bank basis stop \"law\"\n"
    "shadow absolute rule r of mule for payer.person on transaction \"T\"\n"
    "    when own unless first_time unless \"u\" two_way\n"
    "    score signs for fresh if own\n"
    "    raise urgent protect payer.person for 24h stop payee for 48h watch subject for 1h delay transaction\n"
    "    advise reverify payer mark payee suspect level 1 for 24h\n"
    "    mark each(payment_out.payee in 2h where own) seen for 1h reach station say \"a\\n{amount} b {count(call_in in 1h)}\"\n"
    "    fires \"c\" at 2025-01-29 20:00 {\n"
    "        given X in bad opened -3d marked suspect level 2\n"
    "        -3d sms from B to P tags {otp} every 15m 3 times arrives +14m\n"
    "        +0m transaction from P.b to X amount 70.00 CNY\n"
    "    }\n"
    "    quiet { }\n"
    "draft rule m for account on mark suspect when own\n"
    "retired rule t for person on timeout of line when own\n"
    "ordinary \"o\" at 01:00 { +0m login user P }\n";

START_TEST(pack_of_everything)
{
    struct parsed parsed;
    parsed_init(&parsed, STR(""));
    parsed_fini(&parsed);
    parsed_init(&parsed, str_of(whole_text));
    ck_assert_str_eq(buf_text(&parsed.shown), "");
    const struct ast_pack *pack = &parsed.pack;

    ck_assert(str_eq_text(pack->typologies->head.title, "M"));
    ck_assert_int_eq(pack->typologies->tiers->next->points, 40);
    ck_assert_int_eq(pack->typologies->closes_after.ms, INT64_C(604800000));
    ck_assert_uint_eq(pack->consts->set->range_count, 2);
    ck_assert_int_eq(pack->consts->next->value->literal.value, 86400000);
    ck_assert(str_eq_text(pack->lists->subject.text, "account"));
    ck_assert_int_eq(pack->tags->signs->within_chars, 20);
    ck_assert(str_eq_text(pack->tags->signs->next->text, "x\\/y"));
    ck_assert_int_eq(pack->tags->signs->next->next->kind, AST_SIGN_FEED);
    ck_assert_int_eq(pack->calendars->days->next->last_day - pack->calendars->days->next->first_day,
                     7);
    ck_assert(pack->calendars->days->next->next->workdays);
    ck_assert_int_eq(pack->scorecards->bands->steps->next->points, 15);
    ck_assert_int_eq(pack->scorecards->bands->unknown_points, 5);
    ck_assert_int_eq(pack->patterns->steps->least_times, 2);
    ck_assert_int_eq(pack->patterns->steps->next->within.ms, 600000);
    ck_assert_int_eq(pack->patterns->steps->next->next->kind, AST_STEP_NO);
    ck_assert_ptr_nonnull(pack->patterns->withouts->where);
    ck_assert_int_eq(pack->patterns->next->within.workday_count, 5);
    ck_assert_int_eq(pack->patterns->next->steps->next->kind, AST_STEP_WAIT);
    ck_assert(pack->policies->rows->allows[AST_POWER_STOP]);
    ck_assert(!pack->policies->rows->allows[AST_POWER_DELAY]);
    ck_assert_int_eq(pack->policies->rows->length.ms, 900000);
    ck_assert(str_eq_text(pack->policies->rows->next->next->next->by.text, "bank"));
    ck_assert(str_eq_text(pack->policies->rows->next->next->next->next->basis, "law"));
    ck_assert_int_eq(pack->ordinaries->clock_ms, 3600000);
    parsed_fini(&parsed);
}
END_TEST

START_TEST(rule_of_everything)
{
    struct parsed parsed;
    parsed_init(&parsed, str_of(whole_text));
    const struct ast_rule *rule = parsed.pack.rules;
    ck_assert_int_eq(rule->state, AST_SHADOW);
    ck_assert(rule->absolute);
    ck_assert(str_eq_text(rule->typology.text, "mule"));
    ck_assert_uint_eq(rule->subject.part_count, 2);
    ck_assert(str_eq_text(rule->unlesses->next->title, "u"));

    static const enum ast_action_kind kinds[] = {AST_SCORE, AST_RAISE, AST_PROTECT, AST_STOP,
                                                 AST_WATCH, AST_DELAY, AST_ADVISE,  AST_MARK,
                                                 AST_MARK,  AST_REACH, AST_SAY};
    const struct ast_action *action = rule->actions;
    const struct ast_action *last = NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0];
         i++, last = action, action = action->next) {
        ck_assert_int_eq(action->kind, kinds[i]);
    }
    ck_assert_ptr_null(action);
    ck_assert(str_eq_text(rule->actions->length.name.text, "fresh"));
    ck_assert_ptr_nonnull(rule->actions->only_if);
    ck_assert(str_eq_text(last->say->text, "a\n"));
    ck_assert_int_eq(last->say->next->value->kind, AST_PATH);
    ck_assert(str_eq_text(last->say->next->next->text, " b "));
    ck_assert_int_eq(last->say->next->next->next->value->kind, AST_AGGREGATE);

    const struct ast_case *test = rule->cases;
    ck_assert_int_eq(test->kind, AST_FIRES);
    ck_assert(test->has_date && test->has_clock);
    ck_assert_int_eq(test->clock_ms, 72000000);
    ck_assert_int_eq(test->givens->facts->kind, AST_FACT_IN);
    ck_assert_int_eq(test->givens->facts->next->value.literal.value, -259200000);
    ck_assert_int_eq(test->givens->facts->next->next->level, 2);
    ck_assert_int_eq(test->events->offset_ms, -259200000);
    ck_assert_int_eq(test->events->pairs->next->next->value.kind, AST_VALUE_SET);
    ck_assert_int_eq(test->events->every_ms, 900000);
    ck_assert_int_eq(test->events->times, 3);
    ck_assert_int_eq(test->events->arrives_ms, 840000);
    ck_assert_uint_eq(test->events->next->pairs->value.path.part_count, 2);
    ck_assert_int_eq(test->events->next->pairs->next->next->value.literal.value, 7000);
    ck_assert_int_eq(test->next->kind, AST_QUIET);
    ck_assert_int_eq(rule->next->state, AST_DRAFT);
    ck_assert_int_eq(rule->next->trigger.kind, AST_ON_MARK);
    ck_assert_int_eq(rule->next->next->trigger.kind, AST_ON_TIMEOUT);
    parsed_fini(&parsed);
}
END_TEST

START_TEST(no_is_a_value_of_a_case)
{
    struct parsed parsed;
    parsed_init(&parsed,
                STR("ordinary { given P vulnerable no +0m call from F to P answered no }\n"));
    ck_assert_str_eq(buf_text(&parsed.shown), "");
    const struct ast_case *test = parsed.pack.ordinaries;
    const struct ast_value *given = &test->givens->facts->value;
    const struct ast_value *said = &test->events->pairs->next->next->value;
    ck_assert_int_eq(given->kind, AST_VALUE_PATH);
    ck_assert(str_eq_text(given->path.parts[0].text, "no"));
    ck_assert_int_eq(said->kind, AST_VALUE_PATH);
    ck_assert_uint_eq(said->path.part_count, 1);
    ck_assert(str_eq_text(said->path.parts[0].text, "no"));
    parsed_fini(&parsed);
}
END_TEST

/* ---- recovery and bounds ---- */

START_TEST(broken_blocks_keep_their_names)
{
    struct parsed parsed;
    parsed_init(
        &parsed,
        STR("list a of\nlist b of account\nrule r for payer on transaction when score 1 for 1h\n"
            "rule s for payer on transaction when own\n"));
    ck_assert_uint_eq(parsed.diags.total.error_count, 2);
    ck_assert(parsed.pack.lists->head.broken);
    ck_assert(!parsed.pack.lists->next->head.broken);
    ck_assert(parsed.pack.rules->head.broken);
    ck_assert(str_eq_text(parsed.pack.rules->head.name.text, "r"));
    ck_assert_ptr_nonnull(parsed.pack.rules->actions);
    ck_assert(!parsed.pack.rules->next->head.broken);
    parsed_fini(&parsed);
}
END_TEST

START_TEST(at_most_twenty_are_shown)
{
    struct buf text = {0};
    for (int i = 0; i < 25; i++) {
        buf_add_text(&text, "list a of\n");
    }
    struct parsed parsed;
    parsed_init(&parsed, buf_str(&text));
    ck_assert_uint_eq(parsed.diags.total.error_count, 25);
    ck_assert_uint_eq(parsed.diags.count, 20);
    ck_assert_ptr_nonnull(strstr(buf_text(&parsed.shown), "t.rule: 5 more errors\n"));
    parsed_fini(&parsed);
    buf_fini(&text);
}
END_TEST

struct nest_row {
    const char *name;
    const char *open;
    const char *inner;
    const char *close;
};

static const struct nest_row nests[] = {
    {"parentheses", "(", "a", ")"}, {"not", "not ", "a", ""},
    {"factors", "2 x ", "a", ""},   {"where", "any(call_in in 1h where ", "a", ")"},
    {"known", "known(", "a", ")"},  {"since", "count(login since ", "a", ")"},
};

static size_t nest_errors(const struct nest_row *row, int depth)
{
    struct buf text = {0};
    buf_add_text(&text, "feature f for person = ");
    for (int i = 0; i < depth; i++) {
        buf_add_text(&text, row->open);
    }
    buf_add_text(&text, row->inner);
    for (int i = 0; i < depth; i++) {
        buf_add_text(&text, row->close);
    }
    struct parsed parsed;
    parsed_init(&parsed, buf_str(&text));
    size_t errors = parsed.diags.total.error_count;
    bool named = strstr(buf_text(&parsed.shown), "nested too deep") != NULL;
    ck_assert_msg(named == (errors != 0), "%s: %s", row->name, buf_text(&parsed.shown));
    parsed_fini(&parsed);
    buf_fini(&text);
    return errors;
}

START_TEST(nesting_is_bounded)
{
    ck_assert_uint_eq(nest_errors(&nests[_i], PARSE_DEPTH_MAX), 0);
    ck_assert_uint_eq(nest_errors(&nests[_i], PARSE_DEPTH_MAX + 1), 1);
    ck_assert_uint_eq(nest_errors(&nests[_i], 100000), 1);
}
END_TEST

START_TEST(size_is_bounded)
{
    /* A sum of n names has n - 1 operations: before the last of 513 names there are 1,023 nodes. */
    for (int count = 513; count <= 514; count++) {
        struct buf text = {0};
        buf_add_text(&text, "feature f for person = a");
        for (int i = 1; i < count; i++) {
            buf_add_text(&text, " + a");
        }
        struct parsed parsed;
        parsed_init(&parsed, buf_str(&text));
        ck_assert_uint_eq(parsed.diags.total.error_count, (size_t)(count == 514));
        parsed_fini(&parsed);
        buf_fini(&text);
    }
}
END_TEST

START_TEST(constant_sets_may_be_long)
{
    struct buf text = {0};
    buf_add_text(&text, "const a = {0");
    for (int i = 1; i < 5000; i++) {
        buf_add_format(&text, ", %d", i);
    }
    buf_add_text(&text, "}");
    struct parsed parsed;
    parsed_init(&parsed, buf_str(&text));
    ck_assert_str_eq(buf_text(&parsed.shown), "");
    ck_assert_uint_eq(parsed.pack.consts->set->range_count, 5000);
    parsed_fini(&parsed);
    buf_fini(&text);
}
END_TEST

/* Every beginning of the pack, and the pack with bytes changed, ends in a list of mistakes. */
START_TEST(cut_texts_end_well)
{
    for (size_t len = 0; len < sizeof whole_text; len++) {
        struct parsed parsed;
        parsed_init(&parsed, (struct str){whole_text, len});
        parsed_fini(&parsed);
    }
}
END_TEST

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

START_TEST(changed_texts_end_well)
{
    static const char bytes[] = "{}()\"/,.:=<>+-#% \n\t\\x0ad_\xe4\xbb\xff";
    uint32_t state = 20250301;
    for (int round = 0; round < 3000; round++) {
        char text[sizeof whole_text];
        memcpy(text, whole_text, sizeof text);
        for (int change = 0; change < 1 + round % 7; change++) {
            text[next_random(&state) % (sizeof text - 1)] =
                bytes[next_random(&state) % (sizeof bytes - 1)];
        }
        struct parsed parsed;
        parsed_init(&parsed, (struct str){text, sizeof text - 1});
        parsed_fini(&parsed);
    }
}
END_TEST

START_TEST(blocks_stand_in_any_file)
{
    struct rule_source source;
    struct arena arena = {0};
    struct diag_list diags = {0};
    struct ast_pack pack;
    rule_source_init(&source);
    ck_assert_int_eq(rule_source_add(&source, STR("b.rule"), STR("list second of account"), NULL),
                     0);
    ck_assert_int_eq(rule_source_add(&source, STR("a.rule"), STR("list one of account\nlist"),
                                     NULL),
                     0);
    ck_assert_int_eq(rule_source_add(&source, STR("c.rule"), STR("\"x\""), NULL), 0);
    parse_pack(&pack, &source, &arena, &diags);
    ck_assert(str_eq_text(pack.lists->head.name.text, "one"));
    ck_assert(pack.lists->next->head.broken);
    ck_assert(str_eq_text(pack.lists->next->next->head.name.text, "second"));
    struct buf shown = {0};
    diag_render(&shown, &diags, &source);
    ck_assert_str_eq(
        buf_text(&shown),
        "a.rule:2:5: error: expected the name of the list, found the end of the file\n"
        "    2 | list\n"
        "      |     ^\n"
        "c.rule:1:1: error: expected a block, such as `rule`, `feature` or `list`, found a text\n"
        "    1 | \"x\"\n"
        "      | ^^^\n");
    buf_fini(&shown);
    diag_fini(&diags);
    arena_fini(&arena);
    rule_source_fini(&source);
}
END_TEST

#define COUNT_OF(table) (int)(sizeof(table) / sizeof(table)[0])

static Suite *suite(void)
{
    Suite *s = suite_create("parse");
    TCase *t = tcase_create("parse");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, mistake_is_shown, 0, COUNT_OF(mistakes));
    tcase_add_loop_test(t, expression_becomes_tree, 0, COUNT_OF(exprs));
    tcase_add_test(t, pack_of_everything);
    tcase_add_test(t, rule_of_everything);
    tcase_add_test(t, no_is_a_value_of_a_case);
    tcase_add_test(t, broken_blocks_keep_their_names);
    tcase_add_test(t, at_most_twenty_are_shown);
    tcase_add_loop_test(t, nesting_is_bounded, 0, COUNT_OF(nests));
    tcase_add_test(t, size_is_bounded);
    tcase_add_test(t, constant_sets_may_be_long);
    tcase_add_test(t, cut_texts_end_well);
    tcase_add_test(t, changed_texts_end_well);
    tcase_add_test(t, blocks_stand_in_any_file);
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
