/* test_parse_case.c - what is wrong in the cases beside a rule gives exactly this text. */
#include "tests/unit/parsed.h"

static const struct parse_mistake mistakes[] = {
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
};

int main(void)
{
    return parsed_check_all("parse_case", mistakes, (int)(sizeof mistakes / sizeof mistakes[0]));
}
