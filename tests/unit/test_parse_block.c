/* test_parse_block.c - what is wrong in typologies, lists, constants, tags and other blocks gives
 * exactly this text. */
#include "tests/unit/parsed.h"

static const struct parse_mistake mistakes[] = {
    {
        "rul r for payer on transaction when own",
        "t.rule:1:1: error: expected a block, such as `rule`, `feature` or `list`, found `rul`\n"
        "    1 | rul r for payer on transaction when own\n"
        "      | ^^^\n"
        "   hint: did you mean `rule`?\n",
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
        "ordinary at 2025-01-28 { }",
        "t.rule:1:24: error: expected a time of day, such as `10:00`, after the date, found `{`\n"
        "    1 | ordinary at 2025-01-28 { }\n"
        "      |                        ^\n",
    },
    {
        "}",
        "t.rule:1:1: error: expected a block, such as `rule`, `feature` or `list`, found `}`\n"
        "    1 | }\n"
        "      | ^\n",
    },
};

int main(void)
{
    return parsed_check_all("parse_block", mistakes, (int)(sizeof mistakes / sizeof mistakes[0]));
}
