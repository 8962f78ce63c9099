/* test_check_wait.c - every mistake in a pattern that waits, or in a rule on its time-out, gives
 * exactly this text. */
#include "tests/unit/shown_mistakes.h"

/* clang-format off: the places under a line are where they are shown */
static const struct mistake mistakes[] = {
    {"a pattern that waits, matched by an event",
     "pattern p for person within 1h a: call_in then no call_out within 5m\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:2:45: error: `p` ends with a wait, not with an event\n"
     "    2 | rule r for payer.person on transaction when matches p watch payee for 1h\n"
     "      |                                             ^^^^^^^^^\n"
     "   hint: write a rule for `person` on timeout of p\n"},
    {"a step of a pattern that waits, at an event",
     "pattern p for person within 1h a: call_in then wait 5m\n"
     "rule r for callee.person on call_end when p.a.open and known(age) watch subject for 1h\n",
     "t.rule:2:43: error: `p` ends with a wait, not with an event\n"
     "    2 | rule r for callee.person on call_end when p.a.open and known(age) watch subject for 1h\n"
     "      |                                           ^^^^^^^^\n"
     "   hint: write a rule for `person` on timeout of p\n"
     "t.rule:2:62: error: unknown name `age`\n"
     "    2 | rule r for callee.person on call_end when p.a.open and known(age) watch subject for 1h\n"
     "      |                                                              ^^^\n"},
    {"a time-out of what ends with an event",
     "pattern p for person within 1h a: call_in then b: payment_out\n"
     "rule r for person on timeout of p when p.a.open watch subject for 1h\n",
     "t.rule:2:33: error: `p` ends with an event, not with a wait\n"
     "    2 | rule r for person on timeout of p when p.a.open watch subject for 1h\n"
     "      |                                 ^\n"
     "   t.rule:1:9: without `then no ..` or `then wait ..` at its end\n"
     "    1 | pattern p for person within 1h a: call_in then b: payment_out\n"
     "      |         -\n"},
    {"a time-out of what is misspelt",
     "pattern line for person within 1h a: call_in then wait 5m\n"
     "rule r for person on timeout of lime when line.a.open watch subject for 1h\n",
     "t.rule:2:33: error: unknown pattern `lime`\n"
     "    2 | rule r for person on timeout of lime when line.a.open watch subject for 1h\n"
     "      |                                 ^^^^\n"
     "   hint: did you mean `line`?\n"},
    {"another page waits",
     "pattern p for person within 1h a: call_in then wait 5m\n"
     "rule r for number on timeout of p when p.a.open watch subject for 1h\n",
     "t.rule:2:12: error: `p` waits on the page of a person\n"
     "    2 | rule r for number on timeout of p when p.a.open watch subject for 1h\n"
     "      |            ^^^^^^               -\n"
     "   hint: write the rule for `person`\n"},
    {"a time-out has no roles",
     "pattern p for person within 1h a: call_in then wait 5m\n"
     "rule r for callee.person on timeout of p when p.a.open watch callee for 1h\n",
     "t.rule:2:12: error: a timeout has no roles\n"
     "    2 | rule r for callee.person on timeout of p when p.a.open watch callee for 1h\n"
     "      |            ^^^^^^^^^^^^^\n"
     "   hint: a rule on `timeout` is for `number`, `account`, `person`, `device` or `domain`\n"},
    {"a step behind an absence",
     "pattern p for person within 1h a: call_in then wait 5m then b: payment_out\n"
     "rule r for person on timeout of p when p.a.open watch subject for 1h\n",
     "t.rule:1:61: error: nothing stands behind an absence\n"
     "    1 | pattern p for person within 1h a: call_in then wait 5m then b: payment_out\n"
     "      |                                                -------      ^^^^^^^^^^^^^^\n"
     "      |                                                here the pattern ends\n"},
    {"too long, and a stream of another page",
     "pattern p for person within 1h a: call_in then wait 91d\n"
     "pattern q for account within 1h a: payment_in then no call_in within 5m\n"
     "rule r for person on timeout of p when known(subject.age) watch subject for 1h\n"
     "rule s for account on timeout of q when known(subject.opened) watch subject for 1h\n",
     "t.rule:1:53: error: the length of a wait is at most 90d\n"
     "    1 | pattern p for person within 1h a: call_in then wait 91d\n"
     "      |                                                     ^^^\n"
     "t.rule:2:55: error: the page of an account has no `call_in`\n"
     "    2 | pattern q for account within 1h a: payment_in then no call_in within 5m\n"
     "      |                                                       ^^^^^^^\n"
     "   hint: it has `payment_in`, `payment_out`, `login`, `change`, `warning`; a person's page has all streams but `use` and `link`\n"},
    {"what only the event has",
     "pattern p for account within 1h a: payment_out where balance_before > 5.00 CNY then no payment_in where this.amount > a.amount within 5m\n"
     "rule r for account on timeout of p when known(p.a.amount) watch subject for 1h\n",
     "t.rule:1:54: error: a record of `payment_out` has no `balance_before`\n"
     "    1 | pattern p for account within 1h a: payment_out where balance_before > 5.00 CNY then no payment_in where this.amount > a.amount within 5m\n"
     "      |                                                      ^^^^^^^^^^^^^^\n"
     "   hint: the event has it, and is gone when the wait of a pattern is over\n"
     "t.rule:1:105: error: no event is in hand when the wait of a pattern is over\n"
     "    1 | ut where balance_before > 5.00 CNY then no payment_in where this.amount > a.amount within 5m\n"
     "      |                                                             ^^^^^^^^^^^\n"},
    {"a time-out has the time alone",
     "pattern p for account within 1h a: payment_out then wait 5m\n"
     "rule r for account on timeout of p when amount > 5.00 CNY and night or callee.kind == intl watch payee for 1h delay transaction\n",
     "t.rule:2:41: error: `amount` is no field of a timeout\n"
     "    2 | rule r for account on timeout of p when amount > 5.00 CNY and night or callee.kind == intl watch payee for 1h delay transaction\n"
     "      |                                         ^^^^^^\n"
     "   hint: did you mean `p.a.amount`?\n"
     "t.rule:2:72: error: `callee` takes no part in a timeout\n"
     "    2 | rule r for account on timeout of p when amount > 5.00 CNY and night or callee.kind == intl watch payee for 1h delay transaction\n"
     "      |                                                                        ^^^^^^\n"
     "   hint: this rule runs on `timeout`\n"
     "t.rule:2:98: error: `payee` has no part in this event\n"
     "    2 | rule r for account on timeout of p when amount > 5.00 CNY and night or callee.kind == intl watch payee for 1h delay transaction\n"
     "      |                                                                                                  ^^^^^\n"
     "   hint: the one that a timeout is about is `subject`\n"
     "t.rule:2:111: error: there is no payment to delay\n"
     "    2 | .00 CNY and night or callee.kind == intl watch payee for 1h delay transaction\n"
     "      |                                                             ^^^^^^^^^^^^^^^^^\n"
     "   hint: this rule runs on `timeout`\n"},
    {"another pattern",
     "pattern p for account within 1h a: payment_out then wait 5m\n"
     "pattern q for account within 1h a: payment_out then wait 6m\n"
     "rule r for account on timeout of p when matches q or q.a.own or known(p.a.amount) watch subject for 1h\n"
     "rule s for account on timeout of q when matches q watch subject for 1h\n",
     "t.rule:3:41: error: `q` ends with a wait, not with an event\n"
     "    3 | rule r for account on timeout of p when matches q or q.a.own or known(p.a.amount) watch subject for 1h\n"
     "      |                                         ^^^^^^^^^\n"
     "   hint: write a rule for `account` on timeout of q\n"
     "t.rule:3:54: error: `q` ends with a wait, not with an event\n"
     "    3 | rule r for account on timeout of p when matches q or q.a.own or known(p.a.amount) watch subject for 1h\n"
     "      |                                                      ^^^^^^^\n"
     "   hint: write a rule for `account` on timeout of q\n"},
    {"a scorecard",
     "pattern p for account within 1h a: payment_out then wait 5m\n"
     "scorecard c for account on timeout of p band p.a.amount > 5.00 CNY: 5 else 0 unknown 0\n"
     "rule r for account on timeout of p when known(p.a.amount) watch subject for 1h\n",
     "t.rule:2:28: error: a scorecard looks at an event, and a timeout is none\n"
     "    2 | scorecard c for account on timeout of p band p.a.amount > 5.00 CNY: 5 else 0 unknown 0\n"
     "      |                            ^^^^^^^^^^^^\n"
     "   hint: write `score .. if ..` in the rule\n"},
    {"nobody runs on the time-out",
     "pattern p for account within 1h a: payment_out then wait 5m\n"
     "rule r for payer on transaction when own watch subject for 1h\n",
     "t.rule:1:9: warning: no rule uses the pattern `p`\n"
     "    1 | pattern p for account within 1h a: payment_out then wait 5m\n"
     "      |         ^\n"},
    {"mistakes in what must not come",
     "pattern p for person within 1h a: call_in then no payment_out where amuont > 5.00 CNY within 5m\n"
     "rule r for person on timeout of p when p.a.open watch subject for 1h\n",
     "t.rule:1:69: error: unknown name `amuont`\n"
     "    1 | pattern p for person within 1h a: call_in then no payment_out where amuont > 5.00 CNY within 5m\n"
     "      |                                                                     ^^^^^^\n"
     "   hint: did you mean `amount`?\n"},
    {"a constant of another unit",
     "const long = 50%\n"
     "pattern p for person within 1h a: call_in then wait long\n"
     "rule r for person on timeout of p when p.a.open watch subject for 1h\n",
     "t.rule:2:53: error: here stands a duration, and `long` is a ratio\n"
     "    2 | pattern p for person within 1h a: call_in then wait long\n"
     "      |                                                     ^^^^\n"
     "   t.rule:1:7: it is defined here\n"
     "    1 | const long = 50%\n"
     "      |       ----\n"},
    {"a repeated step alone",
     "pattern p for account within 1h a: payment_in at least 3 times then no payment_out within 10m\n"
     "rule r for account on timeout of p when count(p.a) >= 3 and p.a.own watch subject for 1h\n",
     "t.rule:2:61: error: `a` stands for several records\n"
     "    2 | rule r for account on timeout of p when count(p.a) >= 3 and p.a.own watch subject for 1h\n"
     "      |                                                             ^^^^^^^\n"
     "   hint: write for example `last(p.a.own)`\n"},
    {"six steps and an absence",
     "pattern p for person within 1h a: call_in then b: sms_in then d: call_in then e: sms_in\n"
     "    then f: call_in then g: sms_in then wait 1h\n"
     "rule r for person on timeout of p when known(subject.age) watch subject for 1h\n",
     "t.rule:1:9: error: a pattern has 2 to 6 steps\n"
     "    1 | pattern p for person within 1h a: call_in then b: sms_in then d: call_in then e: sms_in\n"
     "      |         ^\n"},
    {"what is right",
     "pattern p for person within 1h a: call_in then b: payment_out where amount > 5.00 CNY and a.open within 10m then no login where what == enter and region != b.region within 5m without sms_in where time > a.time\n"
     "rule r for person on timeout of p when matches p and night and p.b.amount > 7.00 CNY watch subject for 1h\n",
     ""},
};
/* clang-format on */

int main(void)
{
    return check_mistakes_all("check_wait", mistakes, (int)(sizeof mistakes / sizeof mistakes[0]));
}
