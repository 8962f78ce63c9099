/* test_check_pattern.c - every mistake in a pattern, or in what asks about one, gives exactly this
 * text. */
#include "tests/unit/shown_mistakes.h"

#include <check.h>
#include <stdlib.h>

#define COUNT_OF(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))

/* clang-format off: the places under a line are where they are shown */
static const struct mistake mistakes[] = {
    {"one step",
     "pattern p for person within 1h a: call_in\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:9: error: a pattern has 2 to 6 steps\n"
     "    1 | pattern p for person within 1h a: call_in\n"
     "      |         ^\n"},
    {"seven steps",
     "pattern p for person within 1h a: call_in then b: sms_in then d: call_in then e: sms_in\n"
     "    then f: call_in then g: sms_in then h: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:9: error: a pattern has 2 to 6 steps\n"
     "    1 | pattern p for person within 1h a: call_in then b: sms_in then d: call_in then e: sms_in\n"
     "      |         ^\n"},
    {"a stream that is none",
     "pattern p for person within 1h a: call_on then b: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:35: error: `call_on` is no stream\n"
     "    1 | pattern p for person within 1h a: call_on then b: payment_out\n"
     "      |                                   ^^^^^^^\n"
     "   hint: did you mean `call_in`?\n"},
    {"a stream of another page",
     "pattern p for account within 1h a: call_in then b: payment_out\n"
     "rule r for payer on transaction when matches p watch payee for 1h\n",
     "t.rule:1:36: error: the page of an account has no `call_in`\n"
     "    1 | pattern p for account within 1h a: call_in then b: payment_out\n"
     "      |                                    ^^^^^^^\n"
     "   hint: it has `payment_in`, `payment_out`, `login`, `change`, `warning`; a person's page has all streams but `use` and `link`\n"},
    {"a span of workdays",
     "pattern p for person within 5 workdays a: call_in then b: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:29: error: `in .. workdays` needs a calendar, and the pack has none\n"
     "    1 | pattern p for person within 5 workdays a: call_in then b: payment_out\n"
     "      |                             ^^^^^^^^^^\n"
     "   hint: write one, such as `calendar cn holidays 2025-01-28..2025-02-04 workdays "
     "2025-01-26`\n"},
    {"a span that is too long",
     "pattern p for person within 91d a: call_in then b: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:29: error: the span of a pattern is at most 90d\n"
     "    1 | pattern p for person within 91d a: call_in then b: payment_out\n"
     "      |                             ^^^\n"},
    {"a name that is a role",
     "pattern p for person within 1h payee: call_in then b: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:32: error: `payee` is already a field of events\n"
     "    1 | pattern p for person within 1h payee: call_in then b: payment_out\n"
     "      |                                ^^^^^\n"
     "   hint: choose another name: one name has one meaning\n"},
    {"a name that is a role and no field",
     "pattern p for person within 1h owner: call_in then b: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:32: error: `owner` is already a role\n"
     "    1 | pattern p for person within 1h owner: call_in then b: payment_out\n"
     "      |                                ^^^^^\n"
     "   hint: choose another name: one name has one meaning\n"},
    {"a name that is a stream",
     "pattern p for person within 1h call_in: call_in then b: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:32: error: `call_in` is already a stream\n"
     "    1 | pattern p for person within 1h call_in: call_in then b: payment_out\n"
     "      |                                ^^^^^^^\n"
     "   hint: choose another name: one name has one meaning\n"},
    {"a name that is a value",
     "pattern p for person within 1h urgent: call_in then b: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:32: error: `urgent` is already a word of a set of values\n"
     "    1 | pattern p for person within 1h urgent: call_in then b: payment_out\n"
     "      |                                ^^^^^^\n"
     "   hint: choose another name: one name has one meaning\n"},
    {"a name of the pack",
     "const big = 5.00 CNY\n"
     "pattern p for person within 1h big: call_in then b: payment_out where amount > big\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:2:32: error: `big` is already a name of the pack\n"
     "    2 | pattern p for person within 1h big: call_in then b: payment_out where amount > big\n"
     "      |                                ^^^\n"
     "   hint: choose another name: one name has one meaning\n"},
    {"a name twice",
     "pattern p for person within 1h a: call_in then a: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:48: error: `a` is already a step of this pattern\n"
     "    1 | pattern p for person within 1h a: call_in then a: payment_out\n"
     "      |                                                ^\n"
     "   hint: choose another name: one name has one meaning\n"},
    {"no step before the first",
     "pattern p for person within 1h a: call_in within 5m then b: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:50: error: there is no step before the first\n"
     "    1 | pattern p for person within 1h a: call_in within 5m then b: payment_out\n"
     "      |                                                  ^^\n"
     "   hint: `within` of a step counts from the step before\n"},
    {"a step that has more time than all",
     "pattern p for person within 1h a: call_in then b: payment_out within 2h\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:70: error: a step has no more time than the whole pattern\n"
     "    1 | pattern p for person within 1h a: call_in then b: payment_out within 2h\n"
     "      |                                                                      ^^\n"},
    {"repeated neighbours",
     "pattern p for person within 1h a: call_in at least 2 times then b: payment_in at most 3 times then d: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:65: error: two repeated steps are neighbours\n"
     "    1 | pattern p for person within 1h a: call_in at least 2 times then b: payment_in at most 3 times then d: payment_out\n"
     "      |                                -                                ^\n"
     "      |                                repeated too\n"
     "   hint: nobody could tell where the one ends: put a single step between\n"},
    {"more often than it may",
     "pattern p for person within 1h a: call_in at least 4 times at most 3 times then b: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:32: error: `a` would have to be there more often than it may\n"
     "    1 | pattern p for person within 1h a: call_in at least 4 times at most 3 times then b: payment_out\n"
     "      |                                ^\n"},
    {"never",
     "pattern p for person within 1h a: call_in at least 0 times then b: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:52: error: a step is there at least once\n"
     "    1 | pattern p for person within 1h a: call_in at least 0 times then b: payment_out\n"
     "      |                                                    ^\n"
     "t.rule:1:60: error: expected the next block, such as `rule`, found `then`\n"
     "    1 | pattern p for person within 1h a: call_in at least 0 times then b: payment_out\n"
     "      |                                                            ^^^^\n"},
    {"a field that the record has not",
     "pattern p for person within 1h a: call_in where amount > 5.00 CNY then b: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:49: error: a record of `call_in` has no `amount`\n"
     "    1 | pattern p for person within 1h a: call_in where amount > 5.00 CNY then b: payment_out\n"
     "      |                                                 ^^^^^^\n"},
    {"a field that only the event in hand has",
     "pattern p for person within 1h a: payment_out where balance_before > 5.00 CNY then b: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:53: error: a record of `payment_out` has no `balance_before`\n"
     "    1 | pattern p for person within 1h a: payment_out where balance_before > 5.00 CNY then b: payment_out\n"
     "      |                                                     ^^^^^^^^^^^^^^\n"
     "   hint: the event has it, which only the last step of a pattern can ask\n"},
    {"the event in hand is the last step",
     "pattern p for person within 1h a: payment_in where amount > this.amount then b: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:61: error: the event in hand fills the last step of a pattern\n"
     "    1 | pattern p for person within 1h a: payment_in where amount > this.amount then b: payment_out\n"
     "      |                                                             ^^^^^^^^^^^\n"
     "   hint: write `b.amount`\n"},
    {"what an earlier page knows of a past record",
     "pattern p for person within 1h a: payment_out where payee.opened > time then b: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:53: error: inside `where`, `payee.opened` is not known\n"
     "    1 | pattern p for person within 1h a: payment_out where payee.opened > time then b: payment_out\n"
     "      |                                                     ^^^^^^^^^^^^\n"
     "   hint: a record keeps its other end and the kind of that, nothing from its page; what the event in hand carries stands outside `where`\n"},
    {"the step looked at",
     "pattern p for person within 1h a: call_in where a.duration > 5m then b: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:49: error: `a` is the step looked at\n"
     "    1 | pattern p for person within 1h a: call_in where a.duration > 5m then b: payment_out\n"
     "      |                                                 ^^^^^^^^^^\n"
     "   hint: write `duration`\n"},
    {"a step alone",
     "pattern p for person within 1h a: call_in then b: payment_out where a == time\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:69: error: `a` is a step, not a value\n"
     "    1 | pattern p for person within 1h a: call_in then b: payment_out where a == time\n"
     "      |                                                                     ^\n"
     "   hint: write for example `a.time`\n"},
    {"a field that a step has not",
     "pattern p for person within 1h a: call_in then b: payment_out where a.duratio > 5m\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:69: error: a record of `call_in` has no `duratio`\n"
     "    1 | pattern p for person within 1h a: call_in then b: payment_out where a.duratio > 5m\n"
     "      |                                                                     ^^^^^^^^^\n"
     "   hint: did you mean `duration`?\n"},
    {"a field of a repeated step",
     "pattern p for person within 1h a: payment_in at least 2 times then b: payment_out where amount > a.amount\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:98: error: `a` stands for several records\n"
     "    1 | pattern p for person within 1h a: payment_in at least 2 times then b: payment_out where amount > a.amount\n"
     "      |                                                                                                  ^^^^^^^^\n"
     "   hint: write for example `last(a.amount)`\n"},
    {"an aggregate over one record",
     "pattern p for person within 1h a: payment_in then b: payment_out where amount > sum(a.amount)\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:85: error: `a` stands for one record\n"
     "    1 | pattern p for person within 1h a: payment_in then b: payment_out where amount > sum(a.amount)\n"
     "      |                                                                                     ^^^^^^^^\n"
     "   hint: write its field alone, or let it be repeated: `a: payment_in at least 2 times`\n"},
    {"an aggregate over a step has no span",
     "pattern p for person within 1h a: payment_in at least 2 times then b: payment_out where amount > sum(a.amount in 1h)\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:114: error: a step stands for the records between its neighbours, without a span\n"
     "    1 |  2 times then b: payment_out where amount > sum(a.amount in 1h)\n"
     "      |                                                             ^^\n"},
    {"a repeated step that asks another",
     "pattern p for person within 1h a: payment_in at least 2 times then b: call_in\n"
     "    then d: payment_in where amount > sum(a.amount) at least 2 times then e: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     ""},
    {"a repeated step that asks itself",
     "pattern p for person within 1h a: payment_in then\n"
     "    d: payment_in where amount > avg(d.amount) at least 2 times then e: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:2:38: error: which records `d` takes cannot depend on which it takes\n"
     "    2 |     d: payment_in where amount > avg(d.amount) at least 2 times then e: payment_out\n"
     "      |                                      ^^^^^^^^\n"
     "   hint: compare the two where the pattern is used, or in a single step\n"},
    {"repeated steps that ask each other",
     "pattern p for person within 1h a: payment_in where amount < max(f.amount) at least 2 times then b: call_in\n"
     "    then d: payment_in where amount > sum(a.amount) at least 2 times then e: call_in\n"
     "    then f: payment_out where count(d) > 2 at least 2 times\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:3:37: error: `d` asks for what `f` takes already\n"
     "    3 |     then f: payment_out where count(d) > 2 at least 2 times\n"
     "      |                                     ^\n"
     "   hint: compare the two where the pattern is used, or in a single step\n"},
    {"an aggregate that asks a step",
     "pattern p for person within 1h a: call_in then b: payment_out where any(call_out in 1h where callee == a.caller)\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:104: error: an aggregate inside `where` is computed once, before there are steps\n"
     "    1 | hen b: payment_out where any(call_out in 1h where callee == a.caller)\n"
     "      |                                                             ^^^^^^^^\n"},
    {"an aggregate since a step",
     "pattern p for person within 1h a: call_in then b: payment_out where any(call_out since a.time)\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:88: error: an aggregate inside `where` is computed once, before there are steps\n"
     "    1 | pattern p for person within 1h a: call_in then b: payment_out where any(call_out since a.time)\n"
     "      |                                                                                        ^^^^^^\n"},
    {"units of two steps",
     "pattern p for person within 1h a: call_in then b: payment_out where amount > a.duration\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:76: error: cannot compare money with a duration\n"
     "    1 | pattern p for person within 1h a: call_in then b: payment_out where amount > a.duration\n"
     "      |                                                                     ------ ^ ----------\n"
     "      |                                                                     money    duration\n"
     "   hint: did you mean `gap`?\n"},
    {"a condition that is none",
     "pattern p for person within 1h a: call_in where duration then b: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:49: error: `where` needs a condition, and this is a duration\n"
     "    1 | pattern p for person within 1h a: call_in where duration then b: payment_out\n"
     "      |                                                 ^^^^^^^^\n"
     "   hint: compare it with something, or ask `known(...)`\n"},
    {"a pattern in a pattern",
     "pattern p for person within 1h a: call_in where matches q then b: payment_out\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n"
     "pattern q for person within 1h a: call_in then b: payment_out\n",
     "t.rule:1:49: error: a pattern cannot ask about patterns\n"
     "    1 | pattern p for person within 1h a: call_in where matches q then b: payment_out\n"
     "      |                                                 ^^^^^^^^^\n"
     "   hint: a pattern ends with the event that a rule runs on\n"},
    {"a pattern that is not there",
     "pattern p for person within 1h a: call_in then b: payment_out\n"
     "rule r for payer.person on transaction when matches q or matches p watch payee for 1h\n",
     "t.rule:2:53: error: unknown pattern `q`\n"
     "    2 | rule r for payer.person on transaction when matches q or matches p watch payee for 1h\n"
     "      |                                                     ^\n"},
    {"a pattern that is something else",
     "const big = 5.00 CNY\n"
     "rule r for payer.person on transaction when matches big and amount > big watch payee for 1h\n",
     "t.rule:2:53: error: unknown pattern `big`\n"
     "    2 | rule r for payer.person on transaction when matches big and amount > big watch payee for 1h\n"
     "      |                                                     ^^^\n"},
    {"a pattern as a value",
     "pattern p for person within 1h a: call_in then b: payment_out\n"
     "rule r for payer.person on transaction when p watch payee for 1h\n",
     "t.rule:2:45: error: `p` is a pattern, not a value\n"
     "    2 | rule r for payer.person on transaction when p watch payee for 1h\n"
     "      |                                             ^\n"
     "   hint: write `matches p`, or a field of a step of it\n"},
    {"a pattern and a step as a value",
     "pattern p for person within 1h a: call_in then b: payment_out\n"
     "rule r for payer.person on transaction when p.a watch payee for 1h\n",
     "t.rule:2:45: error: `p.a` is a step, not a value\n"
     "    2 | rule r for payer.person on transaction when p.a watch payee for 1h\n"
     "      |                                             ^^^\n"
     "   hint: write for example `p.a.time`\n"},
    {"a step that is not there",
     "pattern p for person within 1h a: call_in then b: payment_out\n"
     "rule r for payer.person on transaction when matches p and p.aa.duration > 5m watch payee for 1h\n",
     "t.rule:2:61: error: `p` has no step `aa`\n"
     "    2 | rule r for payer.person on transaction when matches p and p.aa.duration > 5m watch payee for 1h\n"
     "      |                                                             ^^\n"},
    {"a rule on another event",
     "pattern p for person within 1h a: call_in then b: payment_out\n"
     "rule r for callee.person on call_end when matches p watch caller for 1h\n",
     "t.rule:2:43: error: what this rule runs on is no last step of `p`\n"
     "    2 | rule r for callee.person on call_end when matches p watch caller for 1h\n"
     "      |                                           ^^^^^^^^^\n"
     "   hint: that is a `payment_out` of a person: write the rule for `payer.person` on `transaction` or `settlement`\n"},
    {"a rule at another page",
     "pattern p for person within 1h a: call_in then b: payment_out\n"
     "rule r for payee.person on transaction when matches p watch payee for 1h\n",
     "t.rule:2:45: error: what this rule runs on is no last step of `p`\n"
     "    2 | rule r for payee.person on transaction when matches p watch payee for 1h\n"
     "      |                                             ^^^^^^^^^\n"
     "   hint: that is a `payment_out` of a person: write the rule for `payer.person` on `transaction` or `settlement`\n"},
    {"a rule on what has no roles",
     "pattern p for account within 1h a: payment_in then b: change\n"
     "rule r for owner.person on change when matches p watch subject for 1h\n",
     "t.rule:2:40: error: what this rule runs on is no last step of `p`\n"
     "    2 | rule r for owner.person on change when matches p watch subject for 1h\n"
     "      |                                        ^^^^^^^^^\n"
     "   hint: that is a `change` of an account: write the rule for `account` on `change`\n"},
    {"a feature cannot ask",
     "pattern p for person within 1h a: call_in then b: payment_out\n"
     "feature f for person = matches p\n"
     "rule r for payer.person on transaction when f watch payee for 1h\n",
     "t.rule:2:24: error: a feature cannot ask about patterns\n"
     "    2 | feature f for person = matches p\n"
     "      |                        ^^^^^^^^^\n"
     "   hint: a pattern ends with the event that a rule runs on\n"},
    {"a feature cannot read a step",
     "pattern p for person within 1h a: call_in then b: payment_out\n"
     "feature f for person = p.a.duration\n"
     "rule r for payer.person on transaction when matches p and f > 5m watch payee for 1h\n",
     "t.rule:2:24: error: a feature cannot ask about patterns\n"
     "    2 | feature f for person = p.a.duration\n"
     "      |                        ^^^^^^^^^^^^\n"
     "   hint: a pattern ends with the event that a rule runs on\n"},
    {"a constant cannot ask",
     "pattern p for person within 1h a: call_in then b: payment_out\n"
     "const k = p.a.duration\n"
     "rule r for payer.person on transaction when matches p and ago(time) > k watch payee for 1h\n",
     "t.rule:2:11: error: a constant cannot ask about patterns\n"
     "    2 | const k = p.a.duration\n"
     "      |           ^^^^^^^^^^^^\n"
     "   hint: a pattern ends with the event that a rule runs on\n"},
    {"a pattern inside a where",
     "pattern p for person within 1h a: call_in then b: payment_out\n"
     "rule r for payer.person on transaction when any(call_in in 1h where matches p) watch payee for 1h\n",
     "t.rule:2:69: error: a pattern is matched by the event in hand, not by the record looked at\n"
     "    2 | rule r for payer.person on transaction when any(call_in in 1h where matches p) watch payee for 1h\n"
     "      |                                                                     ^^^^^^^^^\n"
     "   hint: write it before the aggregate, with `and`\n"},
    {"a pattern that nobody asks",
     "pattern p for person within 1h a: call_in then b: payment_out\n"
     "rule r for payer.person on transaction when own watch payee for 1h\n",
     "t.rule:1:9: warning: no rule uses the pattern `p`\n"
     "    1 | pattern p for person within 1h a: call_in then b: payment_out\n"
     "      |         ^\n"},
    {"a mistake in a pattern is said once",
     "pattern p for person within 1h a: call_in where nothing then b: payment_out\n"
     "rule r for payer.person on transaction when matches p and p.a.y > 5m watch payee for 1h\n",
     "t.rule:1:49: error: unknown name `nothing`\n"
     "    1 | pattern p for person within 1h a: call_in where nothing then b: payment_out\n"
     "      |                                                 ^^^^^^^\n"},
    {"a without that asks what it may not",
     "pattern p for person within 1h a: call_in then b: payment_out without call_out where balance_before > 5.00 CNY\n"
     "rule r for payer.person on transaction when matches p watch payee for 1h\n",
     "t.rule:1:86: error: a record of `call_out` has no `balance_before`\n"
     "    1 | pattern p for person within 1h a: call_in then b: payment_out without call_out where balance_before > 5.00 CNY\n"
     "      |                                                                                      ^^^^^^^^^^^^^^\n"},
};
/* clang-format on */

START_TEST(mistake_is_said)
{
    const struct mistake *row = &mistakes[_i];
    check_mistakes_shown(row->name, row->text, row->shown);
}
END_TEST

static const char *const cleans[] = {
    "pattern p for person within 1h a: call_in then b: payment_out where amount >= 50% of "
    "balance_before and payee.opened > a.time and payee in bad\n"
    "list bad of account\n"
    "rule r for payer.person on settlement when matches p watch payee for 1h\n",
    "pattern p for number within 1h a: sms_in at least 2 times at most 3 times then b: call_in\n"
    "rule r for callee on call_start when matches p and sum(call_out.duration in 1h where callee "
    "== p.b.caller) > 5m watch callee for 1h\n",
    "pattern p for person within 1h a: warning where tier >= high then b: warning\n"
    "rule r for person on warning when matches p and p.a.open watch subject for 1h\n",
    "pattern p for number within 1h a: change then b: change where what == power_off\n"
    "rule r for number on change when matches p watch subject for 1h\n",
    "pattern p for person within 1h a: login then b: payment_out at least 2 times\n"
    "rule r for payer.person on transaction when sum(p.b.amount) > 5.00 CNY and\n"
    "    count(payment_out since p.a.time where amount > max(p.b.amount)) == 0 watch payee for 1h\n",
};

START_TEST(what_is_right_compiles)
{
    check_mistakes_shown(cleans[_i], cleans[_i], "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("check_pattern");
    TCase *t = tcase_create("check_pattern");
    tcase_add_loop_test(t, mistake_is_said, 0, COUNT_OF(mistakes));
    tcase_add_loop_test(t, what_is_right_compiles, 0, COUNT_OF(cleans));
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
