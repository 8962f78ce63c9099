/* test_check.c - names, units, bounds: every mistake gives exactly this text, and what is right
 * gives none. */
#include "rules/check.h"

#include "engine/base/mem.h"
#include "rules/compile.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))

struct bench {
    struct compiled pack;
    struct buf shown;
};

static void bench_init(struct bench *bench, struct str text)
{
    memset(bench, 0, sizeof *bench);
    ck_assert_int_eq(compile_text(&bench->pack, STR("t.rule"), text, NULL), 0);
    diag_render(&bench->shown, &bench->pack.diags, &bench->pack.source);
}

static void bench_fini(struct bench *bench)
{
    buf_fini(&bench->shown);
    compile_fini(&bench->pack);
}

/* ---- mistakes ---- */

struct mistake {
    const char *name;
    const char *text;
    const char *shown;
};

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
    {"between, the wrong way round",
     "rule r for payer on transaction\n"
     "    when amount between 10.00 CNY and 5.00 CNY\n"
     "    watch payer for 1h\n",
     "t.rule:2:17: error: this range ends before it begins\n"
     "    2 |     when amount between 10.00 CNY and 5.00 CNY\n"
     "      |                 ^^^^^^^ ---------     --------\n"
     "      |                         low           high\n"},
    {"between tiers, the wrong way round",
     "rule r for person on warning\n"
     "    when tier between high and low\n"
     "    watch subject for 1h\n",
     "t.rule:2:15: error: this range ends before it begins\n"
     "    2 |     when tier between high and low\n"
     "      |               ^^^^^^^ ----     ---\n"
     "      |                       low      high\n"},
    {"between kinds",
     "rule r for payer on transaction\n"
     "    when channel between mobile and web\n"
     "    watch payer for 1h\n",
     "t.rule:2:18: error: a channel has no smaller and greater\n"
     "    2 |     when channel between mobile and web\n"
     "      |          ------- ^^^^^^^\n"
     "      |          channel\n"
     "   hint: write `==`, `!=` or `in {...}`\n"},
    {"a range past midnight",
     "rule r for payer on transaction\n"
     "    when hour in {22..5}\n"
     "    watch payer for 1h\n",
     "t.rule:2:19: error: this range ends before it begins\n"
     "    2 |     when hour in {22..5}\n"
     "      |                   ^^^^^\n"
     "   hint: the smaller value stands first; for hours past midnight write two ranges, as in `{22..23, 0..5}`\n"},
    {"kinds have no ranges",
     "rule r for payer on transaction\n"
     "    when channel in {mobile..web}\n"
     "    watch payer for 1h\n",
     "t.rule:2:22: error: a channel has no order, so no range\n"
     "    2 |     when channel in {mobile..web}\n"
     "      |                      ^^^^^^^^^^^\n"
     "   hint: name each value of the set\n"},
    {"another unit in a set",
     "rule r for payer on transaction\n"
     "    when amount in {5..10}\n"
     "    watch payer for 1h\n",
     "t.rule:2:21: error: this set does not hold money\n"
     "    2 |     when amount in {5..10}\n"
     "      |          ------     ^\n"
     "      |          money      plain number\n"},
    {"a constant set of another unit",
     "const odd = {5m..10m}\n"
     "rule r for payer on transaction\n"
     "    when amount in odd\n"
     "    watch payer for 1h\n",
     "t.rule:3:20: error: this set does not hold money\n"
     "    3 |     when amount in odd\n"
     "      |          ------    ^^^\n"
     "      |          money\n"
     "   t.rule:1:14: duration\n"
     "    1 | const odd = {5m..10m}\n"
     "      |              --\n"},
    {"a constant set of words of another kind",
     "const odd = {mobile, intl}\n"
     "rule r for payer on transaction\n"
     "    when channel in odd\n"
     "    watch payer for 1h\n",
     "t.rule:3:21: error: this set does not hold a channel\n"
     "    3 |     when channel in odd\n"
     "      |          -------    ^^^\n"
     "      |          channel\n"
     "   t.rule:1:22: number kind\n"
     "    1 | const odd = {mobile, intl}\n"
     "      |                      ----\n"},
    {"words that are of no one kind",
     "const odd = {mobile, qr, intl}\n"
     "rule r for payer on transaction\n"
     "    when channel in odd\n"
     "    watch payer for 1h\n",
     "t.rule:1:22: error: `qr` is no number kind\n"
     "    1 | const odd = {mobile, qr, intl}\n"
     "      |                      ^^\n"
     "   hint: it is a channel\n"},
    {"a set of nothing known",
     "const odd = {red, green}\n"
     "rule r for payer on transaction\n"
     "    when channel in odd\n"
     "    watch payer for 1h\n",
     "t.rule:1:14: error: `red` is neither a constant nor a word of a set of values\n"
     "    1 | const odd = {red, green}\n"
     "      |              ^^^\n"},
    {"no set holds yes or no",
     "rule r for payer on transaction\n"
     "    when own in {1}\n"
     "    watch payer for 1h\n",
     "t.rule:2:17: error: no set holds yes or no\n"
     "    2 |     when own in {1}\n"
     "      |          ---    ^^^\n"
     "      |          yes or no\n"},
    {"a set is not compared",
     "const hours = {22..23, 0..5}\n"
     "rule r for payer on transaction\n"
     "    when hour == hours\n"
     "    watch payer for 1h\n",
     "t.rule:3:18: error: `hours` is a set, not a value\n"
     "    3 |     when hour == hours\n"
     "      |                  ^^^^^\n"
     "   t.rule:1:7: it is defined here\n"
     "    1 | const hours = {22..23, 0..5}\n"
     "      |       -----\n"
     "   hint: ask whether a value is in it: `... in hours`\n"},
    {"one value is no set",
     "const limit = 100.00 CNY\n"
     "rule r for payer on transaction\n"
     "    when amount in limit\n"
     "    watch payer for 1h\n",
     "t.rule:3:20: error: `limit` is one value, and `in` needs a set or a list\n"
     "    3 |     when amount in limit\n"
     "      |                    ^^^^^\n"
     "   t.rule:1:7: it is defined here\n"
     "    1 | const limit = 100.00 CNY\n"
     "      |       -----\n"
     "   hint: write `== limit`\n"},
    {"a list, misspelt",
     "list fraud_accounts of account\n"
     "rule r for payer on transaction\n"
     "    when payee in fraud_account\n"
     "    watch payer for 1h\n",
     "t.rule:3:19: error: `fraud_account` is no list and no set of constants\n"
     "    3 |     when payee in fraud_account\n"
     "      |                   ^^^^^^^^^^^^^\n"
     "   hint: did you mean `fraud_accounts`?\n"},
    {"a list holds another kind",
     "list fraud_persons of person\n"
     "rule r for payer.person on transaction\n"
     "    when payee in fraud_persons\n"
     "    watch payer for 1h\n",
     "t.rule:3:16: error: `fraud_persons` is a list of persons\n"
     "    3 |     when payee in fraud_persons\n"
     "      |          ----- ^^ -------------\n"
     "      |          an account\n"
     "      |                   persons\n"
     "   hint: did you mean `payee.person`?\n"},
    {"a list is no value",
     "list fraud_accounts of account\n"
     "rule r for payer on transaction\n"
     "    when fraud_accounts\n"
     "    watch payer for 1h\n",
     "t.rule:3:10: error: `fraud_accounts` is a list, not a value\n"
     "    3 |     when fraud_accounts\n"
     "      |          ^^^^^^^^^^^^^^\n"
     "   hint: ask who is on it, as in `subject in fraud_accounts`\n"},
    {"only entities are on lists",
     "list fraud_accounts of account\n"
     "rule r for payer on transaction\n"
     "    when amount in fraud_accounts\n"
     "    watch payer for 1h\n",
     "t.rule:3:10: error: only an entity can be on the list `fraud_accounts`\n"
     "    3 |     when amount in fraud_accounts\n"
     "      |          ^^^^^^\n"
     "   hint: entities are `subject` and the roles, such as `payee` and `payee.person`\n"},
    {"lists that a past payer is on",
     "list fraud_accounts of account\n"
     "rule r for payee on transaction\n"
     "    when any(payment_in in 24h where payer in fraud_accounts)\n"
     "    watch payee for 1h\n",
     "t.rule:3:38: error: which lists the other end of a past record is on is not known here\n"
     "    3 |     when any(payment_in in 24h where payer in fraud_accounts)\n"
     "      |                                      ^^^^^\n"
     "   hint: a record keeps its other end and the kind of that; `payer in fraud_accounts` outside `where` asks about the event in hand\n"},
    {"a name, misspelt",
     "rule r for payer on transaction\n"
     "    when amuont > 5.00 CNY\n"
     "    watch payer for 1h\n",
     "t.rule:2:10: error: unknown name `amuont`\n"
     "    2 |     when amuont > 5.00 CNY\n"
     "      |          ^^^^^^\n"
     "   hint: did you mean `amount`?\n"},
    {"a field of other events",
     "rule r for payer on transaction\n"
     "    when duration > 5m\n"
     "    watch payer for 1h\n",
     "t.rule:2:10: error: `duration` is no field of a transaction\n"
     "    2 |     when duration > 5m\n"
     "      |          ^^^^^^^^\n"
     "   hint: this rule runs on `transaction`\n"},
    {"a field of other records, and the event in hand",
     "rule r for payer.person on transaction\n"
     "    when any(call_in in 1h where amount > 5.00 CNY)\n"
     "    watch payer for 1h\n",
     "t.rule:2:34: error: a record of `call_in` has no `amount`\n"
     "    2 |     when any(call_in in 1h where amount > 5.00 CNY)\n"
     "      |                                  ^^^^^^\n"
     "   hint: `this.amount` is that of the event in hand\n"},
    {"a role of other events",
     "rule r for payer on transaction\n"
     "    when caller.kind == intl\n"
     "    watch payer for 1h\n",
     "t.rule:2:10: error: `caller` takes no part in a transaction\n"
     "    2 |     when caller.kind == intl\n"
     "      |          ^^^^^^\n"
     "   hint: this rule runs on `transaction`\n"},
    {"the payer at the payee",
     "rule r for payee on transaction\n"
     "    when payer.opened > payee.opened\n"
     "    watch payee for 1h\n",
     "t.rule:2:10: error: the page of `payee` is visited before that of `payer` and cannot know it\n"
     "    2 |     when payer.opened > payee.opened\n"
     "      |          ^^^^^^^^^^^^\n"
     "   hint: write the rule for `payer`: there both are known\n"},
    {"a list that the payer is on, at the payee",
     "list fraud_accounts of account\n"
     "rule r for payee on transaction\n"
     "    when payer in fraud_accounts\n"
     "    watch payee for 1h\n",
     "t.rule:3:10: error: the page of `payee` is visited before that of `payer` and cannot know it\n"
     "    3 |     when payer in fraud_accounts\n"
     "      |          ^^^^^\n"
     "   hint: write the rule for `payer`: there both are known\n"},
    {"the page of a past payer",
     "rule r for payee on transaction\n"
     "    when any(payment_in in 24h where ago(payer.opened) <= 60d)\n"
     "    watch payee for 1h\n",
     "t.rule:2:42: error: inside `where`, `payer.opened` is not known\n"
     "    2 |     when any(payment_in in 24h where ago(payer.opened) <= 60d)\n"
     "      |                                          ^^^^^^^^^^^^\n"
     "   hint: a record keeps its other end and the kind of that, nothing from its page; what the event in hand carries stands outside `where`\n"},
    {"carried values stand outside where",
     "rule r for payer on transaction\n"
     "    when any(payment_out in 24h where this.payee.opened == time)\n"
     "    watch payer for 1h\n",
     "t.rule:2:39: error: `this` knows the fields of the event in hand, not the pages it has visited\n"
     "    2 |     when any(payment_out in 24h where this.payee.opened == time)\n"
     "      |                                       ^^^^^^^^^^^^^^^^^\n"
     "   hint: outside `where` write `payee.opened`\n"},
    {"an attribute of the holder",
     "rule r for payer.person on transaction\n"
     "    when payee.age < 18\n"
     "    watch payee for 1h\n",
     "t.rule:2:16: error: an account has no attribute or feature `age`\n"
     "    2 |     when payee.age < 18\n"
     "      |                ^^^\n"
     "   hint: did you mean `payee.person.age`?\n"},
    {"an attribute of nobody",
     "rule r for payer.person on transaction\n"
     "    when subject.aged < 18\n"
     "    watch payee for 1h\n",
     "t.rule:2:18: error: a person has no attribute `aged`\n"
     "    2 |     when subject.aged < 18\n"
     "      |                  ^^^^\n"
     "   hint: did you mean `age`?\n"},
    {"a person is no value",
     "rule r for payer.person on transaction\n"
     "    when payee.person == payer.person\n"
     "    watch payee for 1h\n",
     "t.rule:2:10: error: `payee.person` is a person, no value\n"
     "    2 |     when payee.person == payer.person\n"
     "      |          ^^^^^^^^^^^^\n"
     "   hint: write for example `payee.person.age`, or `payee.person in LIST`\n"},
    {"a feature of another page",
     "feature busy for account = count(payment_in in 1h) >= 5\n"
     "rule r for payer.person on transaction\n"
     "    when busy\n"
     "    watch payee for 1h\n",
     "t.rule:3:10: error: `busy` is a feature of accounts\n"
     "    3 |     when busy\n"
     "      |          ^^^^\n"
     "      |          here is the page of a person\n"
     "   hint: did you mean `payee.busy`?\n"},
    {"a feature behind subject",
     "feature busy for account = count(payment_in in 1h) >= 5\n"
     "rule r for payer on transaction\n"
     "    when subject.busy\n"
     "    watch payee for 1h\n",
     "t.rule:3:18: error: an account has no attribute `busy`\n"
     "    3 |     when subject.busy\n"
     "      |                  ^^^^\n"
     "   hint: a feature of the subject is written by its name alone: `busy`\n"},
    {"a feature of an account, at its holder",
     "feature busy for account = count(payment_in in 1h) >= 5\n"
     "rule r for payer.person on transaction\n"
     "    when payee.person.busy\n"
     "    watch payee for 1h\n",
     "t.rule:3:23: error: a person has no attribute or feature `busy`\n"
     "    3 |     when payee.person.busy\n"
     "      |                       ^^^^\n"
     "   hint: did you mean `payee.busy`?\n"},
    {"a feature has no event",
     "feature large for account = amount > 5.00 CNY\n"
     "rule r for payer on transaction\n"
     "    when large\n"
     "    watch payee for 1h\n",
     "t.rule:1:29: error: `amount` is a field of an event, and a feature has none\n"
     "    1 | feature large for account = amount > 5.00 CNY\n"
     "      |                             ^^^^^^\n"
     "   hint: a feature uses its page and the time; move the comparison into the rule\n"},
    {"a feature has no event in hand",
     "feature large for account = any(payment_in in 1h where amount > this.amount)\n"
     "rule r for payer on transaction\n"
     "    when large\n"
     "    watch payee for 1h\n",
     "t.rule:1:65: error: there is no event in hand in a feature\n"
     "    1 | feature large for account = any(payment_in in 1h where amount > this.amount)\n"
     "      |                                                                 ^^^^^^^^^^^\n"
     "   hint: move the comparison into the rule\n"},
    {"a feature has no roles",
     "feature old for account = ago(payee.opened) > 90d\n"
     "rule r for payer on transaction\n"
     "    when old\n"
     "    watch payee for 1h\n",
     "t.rule:1:31: error: a feature has no event, and so no `payee`\n"
     "    1 | feature old for account = ago(payee.opened) > 90d\n"
     "      |                               ^^^^^^^^^^^^\n"
     "   hint: a feature reads its own page: write for example `subject.opened`\n"},
    {"features in a circle",
     "feature first_one for account = second_one\n"
     "feature second_one for account = first_one\n"
     "rule r for payer on transaction\n"
     "    when first_one\n"
     "    watch payee for 1h\n",
     "t.rule:2:34: error: the feature `first_one` reads itself\n"
     "    2 | feature second_one for account = first_one\n"
     "      |                                  ^^^^^^^^^\n"
     "   t.rule:1:9: defined here\n"
     "    1 | feature first_one for account = second_one\n"
     "      |         ---------\n"},
    {"constants in a circle",
     "const one = 2 x two\n"
     "const two = 3 x one\n"
     "rule r for payer on transaction\n"
     "    when count(payment_in in 1h) > one\n"
     "    watch payee for 1h\n",
     "t.rule:1:7: error: the constant `one` is defined by itself\n"
     "    1 | const one = 2 x two\n"
     "      |       ^^^\n"},
    {"a constant is the same everywhere",
     "const big = sum(payment_in.amount in 1h)\n"
     "rule r for payer on transaction\n"
     "    when amount > 1.00 CNY\n"
     "    watch payee for 1h\n",
     "t.rule:1:13: error: a constant has no history to look at: make it a feature\n"
     "    1 | const big = sum(payment_in.amount in 1h)\n"
     "      |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"},
    {"a constant too large",
     "const big = 900_000_000 x 900_000_000_000.00 CNY\n"
     "rule r for payer on transaction\n"
     "    when amount > big\n"
     "    watch payee for 1h\n",
     "t.rule:1:13: error: this is too large to be computed\n"
     "    1 | const big = 900_000_000 x 900_000_000_000.00 CNY\n"
     "      |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"},
    {"another currency",
     "rule r for payer on transaction\n"
     "    when amount > 10.00 USD\n"
     "    watch payee for 1h\n",
     "t.rule:2:19: error: amounts are in CNY\n"
     "    2 |     when amount > 10.00 USD\n"
     "      |                   ^^^^^^^^^\n"
     "   hint: the feeds convert every amount to it, or give it as unknown\n"},
    {"a stream of other pages",
     "rule r for payer on transaction\n"
     "    when count(call_in in 1h) > 1\n"
     "    watch payee for 1h\n",
     "t.rule:2:16: error: the page of an account has no `call_in`\n"
     "    2 |     when count(call_in in 1h) > 1\n"
     "      |                ^^^^^^^\n"
     "   hint: it has `payment_in`, `payment_out`, `login`, `change`, `warning`; a person's page has all streams but `use` and `link`\n"},
    {"a stream, misspelt",
     "rule r for payer on transaction\n"
     "    when count(payments_in in 1h) > 1\n"
     "    watch payee for 1h\n",
     "t.rule:2:16: error: `payments_in` is no stream\n"
     "    2 |     when count(payments_in in 1h) > 1\n"
     "      |                ^^^^^^^^^^^\n"
     "   hint: did you mean `payment_in`?\n"},
    {"a field of a stream, misspelt",
     "rule r for payer on transaction\n"
     "    when sum(payment_in.amont in 1h) > 1.00 CNY\n"
     "    watch payee for 1h\n",
     "t.rule:2:14: error: a record of `payment_in` has no `amont`\n"
     "    2 |     when sum(payment_in.amont in 1h) > 1.00 CNY\n"
     "      |              ^^^^^^^^^^^^^^^^\n"
     "   hint: did you mean `amount`?\n"},
    {"count has no field",
     "rule r for payer on transaction\n"
     "    when count(payment_in.amount in 1h) > 1\n"
     "    watch payee for 1h\n",
     "t.rule:2:16: error: `count` counts records, without a field\n"
     "    2 |     when count(payment_in.amount in 1h) > 1\n"
     "      |                ^^^^^^^^^^^^^^^^^\n"
     "   hint: write `count(payment_in ...)`\n"},
    {"sum needs a field",
     "rule r for payer on transaction\n"
     "    when sum(payment_in in 1h) > 1.00 CNY\n"
     "    watch payee for 1h\n",
     "t.rule:2:14: error: `sum` needs a field of the stream\n"
     "    2 |     when sum(payment_in in 1h) > 1.00 CNY\n"
     "      |              ^^^^^^^^^^\n"
     "   hint: for example `sum(payment_in.amount ...)`\n"},
    {"sum adds amounts and durations",
     "rule r for payer on transaction\n"
     "    when sum(payment_in.payer in 1h) > 1\n"
     "    watch payee for 1h\n",
     "t.rule:2:14: error: `sum` takes money or durations\n"
     "    2 |     when sum(payment_in.payer in 1h) > 1\n"
     "      |              ^^^^^^^^^^^^^^^^\n"
     "      |              account\n"},
    {"distinct yes or no",
     "rule r for payer on transaction\n"
     "    when distinct(payment_in.own in 1h) > 1\n"
     "    watch payee for 1h\n",
     "t.rule:2:19: error: `distinct` takes more than yes or no\n"
     "    2 |     when distinct(payment_in.own in 1h) > 1\n"
     "      |                   ^^^^^^^^^^^^^^\n"
     "      |                   yes or no\n"},
    {"share of all",
     "rule r for payer on transaction\n"
     "    when share(payment_in in 1h) > 10%\n"
     "    watch payee for 1h\n",
     "t.rule:2:16: error: `share` without `where` is always 100%\n"
     "    2 |     when share(payment_in in 1h) > 10%\n"
     "      |                ^^^^^^^^^^^^^^^^\n"
     "   hint: say which records of the span are asked for, with `where`\n"},
    {"a span is never left out",
     "rule r for payer on transaction\n"
     "    when count(payment_in where own) > 1\n"
     "    watch payee for 1h\n",
     "t.rule:2:16: error: how far back? an aggregate needs a span\n"
     "    2 |     when count(payment_in where own) > 1\n"
     "      |                ^^^^^^^^^^^^^^^^^^^^\n"
     "   hint: write for example `payment_in in 24h`\n"},
    {"a span of more than pages keep",
     "rule r for payer on transaction\n"
     "    when count(payment_in in 91d) > 1\n"
     "    watch payee for 1h\n",
     "t.rule:2:30: error: the span of an aggregate is at most 90d\n"
     "    2 |     when count(payment_in in 91d) > 1\n"
     "      |                              ^^^\n"},
    {"a span of nothing",
     "const none = 1h - 1h\n"
     "rule r for payer on transaction\n"
     "    when count(payment_in in none) > 1\n"
     "    watch payee for 1h\n",
     "t.rule:3:30: error: the span of an aggregate is longer than 0\n"
     "    3 |     when count(payment_in in none) > 1\n"
     "      |                              ^^^^\n"},
    {"a span that is no duration",
     "const limit = 5\n"
     "rule r for payer on transaction\n"
     "    when count(payment_in in limit) > 1\n"
     "    watch payee for 1h\n",
     "t.rule:3:30: error: here stands a duration, and `limit` is a plain number\n"
     "    3 |     when count(payment_in in limit) > 1\n"
     "      |                              ^^^^^\n"
     "   t.rule:1:7: it is defined here\n"
     "    1 | const limit = 5\n"
     "      |       -----\n"},
    {"since needs a time",
     "rule r for payer on transaction\n"
     "    when count(payment_in since 24h) > 1\n"
     "    watch payee for 1h\n",
     "t.rule:2:33: error: `since` needs a time, and this is a duration\n"
     "    2 |     when count(payment_in since 24h) > 1\n"
     "      |                                 ^^^\n"
     "   hint: for the last so many hours write `in 24h`\n"},
    {"an aggregate inside where sees no record",
     "rule r for payer on transaction\n"
     "    when any(payment_in in 1h where amount > sum(payment_out.amount since time))\n"
     "    watch payee for 1h\n",
     "t.rule:2:75: error: an aggregate inside `where` is computed once, without the record looked at\n"
     "    2 |     when any(payment_in in 1h where amount > sum(payment_out.amount since time))\n"
     "      |                                                                           ^^^^\n"
     "   hint: `this.time` is that of the event in hand\n"},
    {"ago of a duration",
     "rule r for payer on transaction\n"
     "    when ago(known_for) > 1d\n"
     "    watch payee for 1h\n",
     "t.rule:2:14: error: `ago` needs a time, and this is a duration\n"
     "    2 |     when ago(known_for) > 1d\n"
     "      |              ^^^^^^^^^\n"
     "   hint: for example `ago(subject.opened)` or `ago(last(call_in in 24h))`\n"},
    {"a name used twice",
     "const payers = 5\n"
     "feature payers for account = count(payment_in in 1h)\n"
     "rule r for payer on transaction\n"
     "    when count(payment_in in 1h) > payers\n"
     "    watch payee for 1h\n",
     "t.rule:2:9: error: `payers` is already a constant\n"
     "    2 | feature payers for account = count(payment_in in 1h)\n"
     "      |         ^^^^^^\n"
     "   t.rule:1:7: the first one\n"
     "    1 | const payers = 5\n"
     "      |       ------\n"
     "   hint: choose another name: one name has one meaning\n"},
    {"a rule's name used twice",
     "rule r for payer on transaction when own watch payee for 1h\n"
     "rule r for payee on transaction when own watch payee for 1h\n",
     "t.rule:2:6: error: `r` is already a rule\n"
     "    2 | rule r for payee on transaction when own watch payee for 1h\n"
     "      |      ^\n"
     "   t.rule:1:6: the first one\n"
     "    1 | rule r for payer on transaction when own watch payee for 1h\n"
     "      |      -\n"
     "   hint: choose another name: one name has one meaning\n"},
    {"a field's name is taken",
     "feature amount for account = count(payment_in in 1h)\n"
     "rule r for payer on transaction\n"
     "    when own\n"
     "    watch payee for 1h\n",
     "t.rule:1:9: error: `amount` is already a field of events\n"
     "    1 | feature amount for account = count(payment_in in 1h)\n"
     "      |         ^^^^^^\n"
     "   hint: choose another name: one name has one meaning\n"},
    {"two meanings of a word",
     "const mobile = 5\n"
     "rule r for payer on transaction\n"
     "    when channel == mobile and count(payment_in in 1h) > mobile\n"
     "    watch payee for 1h\n",
     "t.rule:3:21: error: `mobile` has two meanings here\n"
     "    3 |     when channel == mobile and count(payment_in in 1h) > mobile\n"
     "      |                     ^^^^^^\n"
     "      |                     a channel\n"
     "   t.rule:1:7: and a name of the pack\n"
     "    1 | const mobile = 5\n"
     "      |       ------\n"
     "   hint: give the pack's one another name\n"},
    {"an event, misspelt",
     "rule r for payer on transacton\n"
     "    when own\n"
     "    watch payee for 1h\n",
     "t.rule:1:21: error: no rule runs on `transacton`\n"
     "    1 | rule r for payer on transacton\n"
     "      |                     ^^^^^^^^^^\n"
     "   hint: did you mean `transaction`?\n"},
    {"roles that a message has not",
     "rule r for receiver on sms\n"
     "    when own\n"
     "    watch payee for 1h\n",
     "t.rule:2:10: error: `own` is no field of a message\n"
     "    2 |     when own\n"
     "      |          ^^^\n"
     "   hint: this rule runs on `sms`\n"
     "t.rule:3:11: error: `payee` has no part in this event\n"
     "    3 |     watch payee for 1h\n"
     "      |           ^^^^^\n"
     "   hint: there are `subject`, `sender`, `sender.person`, `domain`, `receiver` and `receiver.person`\n"},
    {"whom a directory record is about",
     "rule a for device on binding when hour > 1 watch subject for 1h\n"
     "rule b for account on number when hour > 1 watch subject for 1h\n"
     "rule c for number on account when hour > 1 watch subject for 1h\n"
     "rule d for number on person when hour > 1 watch subject for 1h\n"
     "rule e for owner.person on binding when hour > 1 watch subject for 1h\n"
     "rule f for person on binding when region == 330502 watch holder for 1h\n",
     "t.rule:1:12: error: a binding is not about a device\n"
     "    1 | rule a for device on binding when hour > 1 watch subject for 1h\n"
     "      |            ^^^^^^\n"
     "   hint: a rule on `binding` is for `number`, `account` or `person`\n"
     "t.rule:2:12: error: a record of a number is not about an account\n"
     "    2 | rule b for account on number when hour > 1 watch subject for 1h\n"
     "      |            ^^^^^^^\n"
     "   hint: a rule on `number` is for `number` or `person`\n"
     "t.rule:3:12: error: a record of an account is not about a number\n"
     "    3 | rule c for number on account when hour > 1 watch subject for 1h\n"
     "      |            ^^^^^^\n"
     "   hint: a rule on `account` is for `account` or `person`\n"
     "t.rule:4:12: error: a record of a person is not about a number\n"
     "    4 | rule d for number on person when hour > 1 watch subject for 1h\n"
     "      |            ^^^^^^\n"
     "   hint: a rule on `person` is for `person`\n"
     "t.rule:5:12: error: a binding has no roles\n"
     "    5 | rule e for owner.person on binding when hour > 1 watch subject for 1h\n"
     "      |            ^^^^^^^^^^^^\n"
     "   hint: a rule on `binding` is for `number`, `account` or `person`\n"
     "t.rule:6:35: error: `region` is no field of a binding\n"
     "    6 | rule f for person on binding when region == 330502 watch holder for 1h\n"
     "      |                                   ^^^^^^\n"
     "   hint: this rule runs on `binding`\n"
     "t.rule:6:58: error: `holder` has no part in this event\n"
     "    6 | rule f for person on binding when region == 330502 watch holder for 1h\n"
     "      |                                                          ^^^^^^\n"
     "   hint: the one that a binding is about is `subject`\n"},
    {"what a case says of a message twice",
     "rule a for receiver on sms when hour > 1 watch subject for 1h\n"
     "    fires {\n"
     "        +0m sms from A to B domain W has_link no\n"
     "        +0m sms from A to B template 5 text \"x\"\n"
     "        +0m sms from A to B template y\n"
     "        +0m sms from A to B domain A.b\n"
     "    }\n",
     "t.rule:3:47: error: a message with a domain has a link\n"
     "    3 |         +0m sms from A to B domain W has_link no\n"
     "      |                             ------            ^^\n"
     "t.rule:4:29: error: the template is that of the text\n"
     "    4 |         +0m sms from A to B template 5 text \"x\"\n"
     "      |                             ^^^^^^^^   ----\n"
     "t.rule:5:38: error: `template` is a number, one for each template\n"
     "    5 |         +0m sms from A to B template y\n"
     "      |                                      ^\n"
     "t.rule:6:36: error: `domain` is a name that the case gives, such as `D`\n"
     "    6 |         +0m sms from A to B domain A.b\n"
     "      |                                    ^^^\n"},
    {"what a case says of the directory",
     "rule a for number on binding when hour > 1 watch subject for 1h\n"
     "    fires {\n"
     "        +0m binding person Q\n"
     "        +0m binding number P account P person Q\n"
     "        +0m number owner P kind personal opened 3d\n"
     "        +0m account class ii\n"
     "        +0m person owner P\n"
     "        +0m person person P class ii\n"
     "    }\n",
     "t.rule:3:13: error: a binding gives one number or account to a person\n"
     "    3 |         +0m binding person Q\n"
     "      |             ^^^^^^^\n"
     "   hint: write for example `number P.b person Q`\n"
     "t.rule:4:13: error: a binding gives one number or account to a person\n"
     "    4 |         +0m binding number P account P person Q\n"
     "      |             ^^^^^^^\n"
     "   hint: write for example `number P.b person Q`\n"
     "t.rule:5:33: error: `personal` is no number kind\n"
     "    5 |         +0m number owner P kind personal opened 3d\n"
     "      |                                 ^^^^^^^^\n"
     "   hint: it is an account kind\n"
     "t.rule:5:49: error: `opened` is so long before the case, at most 40 years, such as `-3d`\n"
     "    5 |         +0m number owner P kind personal opened 3d\n"
     "      |                                                 ^^\n"
     "t.rule:6:13: error: a record of an account is somebody's\n"
     "    6 |         +0m account class ii\n"
     "      |             ^^^^^^^\n"
     "   hint: write for example `owner P class ii`\n"
     "t.rule:7:13: error: a record of a person names it\n"
     "    7 |         +0m person owner P\n"
     "      |             ^^^^^^\n"
     "   hint: write for example `person P vulnerable yes`\n"
     "t.rule:7:20: error: `person` has no `owner`\n"
     "    7 |         +0m person owner P\n"
     "      |                    ^^^^^\n"
     "t.rule:8:29: error: `person` has no `class`\n"
     "    8 |         +0m person person P class ii\n"
     "      |                             ^^^^^\n"},
    {"an event does not come by",
     "rule r for payee on call_end\n"
     "    when answered\n"
     "    watch caller for 1h\n",
     "t.rule:1:12: error: `call_end` does not visit `payee`\n"
     "    1 | rule r for payee on call_end\n"
     "      |            ^^^^^    --------\n"
     "   hint: it visits `caller`, `device`, `caller.person`, `callee` and `callee.person`\n"},
    {"which of the two persons",
     "rule r for person on transaction\n"
     "    when own\n"
     "    watch payee for 1h\n",
     "t.rule:1:12: error: `transaction` does not visit `person`\n"
     "    1 | rule r for person on transaction\n"
     "      |            ^^^^^^    -----------\n"
     "   hint: it visits `payee`, `device`, `payee.person`, `payer` and `payer.person`\n"},
    {"a list entry has no roles",
     "list fraud_accounts of account\n"
     "rule r for payee.person on listing\n"
     "    when subject in fraud_accounts\n"
     "    watch subject for 1h\n",
     "t.rule:2:12: error: a list entry has no roles\n"
     "    2 | rule r for payee.person on listing\n"
     "      |            ^^^^^^^^^^^^\n"
     "   hint: a rule on `listing` is for `number`, `account`, `person`, `device` or `domain`\n"},
    {"an unknown typology",
     "typology mule for account tiers low 20 closes after 7d\n"
     "rule a of mule for payer on transaction when own score 20 for 1h\n"
     "rule r of mules for payer on transaction when own score 20 for 1h\n",
     "t.rule:3:11: error: unknown typology `mules`\n"
     "    3 | rule r of mules for payer on transaction when own score 20 for 1h\n"
     "      |           ^^^^^\n"
     "   hint: did you mean `mule`?\n"},
    {"a typology of others",
     "typology mule for account tiers low 20 closes after 7d\n"
     "rule r of mule for payer.person on transaction\n"
     "    when own\n"
     "    score 20 for 1h\n",
     "t.rule:2:20: error: `mule` is a typology of accounts, and this is a person\n"
     "    2 | rule r of mule for payer.person on transaction\n"
     "      |                    ^^^^^^^^^^^^\n"
     "   t.rule:1:10: for accounts\n"
     "    1 | typology mule for account tiers low 20 closes after 7d\n"
     "      |          ----\n"},
    {"points without a typology",
     "rule r for payer on transaction\n"
     "    when own\n"
     "    score 20 for 1h\n"
     "    raise urgent\n",
     "t.rule:3:5: error: a rule that scores or raises names its typology\n"
     "    3 |     score 20 for 1h\n"
     "      |     ^^^^^\n"
     "   hint: write `rule NAME of TYPOLOGY for ...`\n"
     "t.rule:4:5: error: a rule that scores or raises names its typology\n"
     "    4 |     raise urgent\n"
     "      |     ^^^^^\n"
     "   hint: write `rule NAME of TYPOLOGY for ...`\n"},
    {"a text that nobody sees",
     "rule r for payer on transaction\n"
     "    when own\n"
     "    watch payer for 1h\n"
     "    say \"own\"\n",
     "t.rule:4:5: warning: a rule without a typology opens no warning, and so has nobody to tell\n"
     "    4 |     say \"own\"\n"
     "      |     ^^^\n"
     "   hint: write `rule NAME of TYPOLOGY for ...`\n"},
    {"tiers out of order",
     "typology mule for account tiers low 20 high 60 medium 40 closes after 7d\n"
     "rule r of mule for payer on transaction when own score 20 for 1h\n",
     "t.rule:1:48: error: tiers stand from the weakest to the strongest, each once\n"
     "    1 | typology mule for account tiers low 20 high 60 medium 40 closes after 7d\n"
     "      |                                        ----    ^^^^^^\n"
     "      |                                        the one before\n"},
    {"a stronger tier for fewer points",
     "typology mule for account tiers low 20 medium 20 high 101 closes after 7d\n"
     "rule r of mule for payer on transaction when own score 20 for 1h\n",
     "t.rule:1:47: error: a stronger tier needs more points\n"
     "    1 | typology mule for account tiers low 20 medium 20 high 101 closes after 7d\n"
     "      |                                     --        ^^\n"
     "      |                                     the one before\n"
     "t.rule:1:55: error: the points of a tier are 1 to 100: scores are capped at 100\n"
     "    1 | typology mule for account tiers low 20 medium 20 high 101 closes after 7d\n"
     "      |                                                       ^^^\n"},
    {"a tier that is none",
     "typology mule for account tiers low 20 hihg 60 closes after 7d\n"
     "rule r of mule for payer on transaction when own score 20 for 1h\n",
     "t.rule:1:40: error: `hihg` is no tier\n"
     "    1 | typology mule for account tiers low 20 hihg 60 closes after 7d\n"
     "      |                                        ^^^^\n"
     "   hint: did you mean `high`?\n"},
    {"a tier that the typology has not",
     "typology mule for account tiers low 20 closes after 7d\n"
     "rule r of mule for payer on transaction\n"
     "    when own\n"
     "    raise high\n",
     "t.rule:4:11: error: the typology `mule` has no tier `high`\n"
     "    4 |     raise high\n"
     "      |           ^^^^\n"
     "   t.rule:1:10: defined here\n"
     "    1 | typology mule for account tiers low 20 closes after 7d\n"
     "      |          ----\n"},
    {"too many points",
     "typology mule for account tiers low 20 closes after 7d\n"
     "rule r of mule for payer on transaction\n"
     "    when own\n"
     "    score 101 for 1h\n",
     "t.rule:4:11: error: points are 1 to 100\n"
     "    4 |     score 101 for 1h\n"
     "      |           ^^^\n"},
    {"points are no money",
     "typology mule for account tiers low 20 closes after 7d\n"
     "rule r of mule for payer on transaction\n"
     "    when own\n"
     "    score count(payment_in in 1h) for 1h\n",
     "t.rule:4:11: error: `score` takes a number of points, and this is a count\n"
     "    4 |     score count(payment_in in 1h) for 1h\n"
     "      |           ^^^^^^^^^^^^^^^^^^^^^^^\n"
     "   hint: write for example `score 20 for 24h if ...` for each step of the value\n"},
    {"nobody's money is held for long",
     "rule r for payer on transaction\n"
     "    when own\n"
     "    protect payer.person for 72h\n",
     "t.rule:3:30: error: `protect` lasts at most 48h, and then ends by itself\n"
     "    3 |     protect payer.person for 72h\n"
     "      |                              ^^^\n"},
    {"an account is stopped, not a person",
     "rule r for payer on transaction\n"
     "    when own\n"
     "    stop payee.person for 48h\n",
     "t.rule:3:10: error: `stop` is aimed at an account, and `payee.person` is a person\n"
     "    3 |     stop payee.person for 48h\n"
     "      |          ^^^^^^^^^^^^\n"
     "   hint: did you mean `payee`?\n"},
    {"a target that is not there",
     "rule r for payer on transaction\n"
     "    when own\n"
     "    watch caller for 48h\n",
     "t.rule:3:11: error: `caller` has no part in this event\n"
     "    3 |     watch caller for 48h\n"
     "      |           ^^^^^^\n"
     "   hint: there are `subject`, `payee`, `device`, `payee.person`, `payer` and `payer.person`\n"},
    {"no payment to delay",
     "rule r for caller on call_end\n"
     "    when answered\n"
     "    delay transaction\n",
     "t.rule:3:5: error: there is no payment to delay\n"
     "    3 |     delay transaction\n"
     "      |     ^^^^^^^^^^^^^^^^^\n"
     "   hint: this rule runs on `call_end`\n"},
    {"only payments are delayed",
     "rule r for payer on transaction\n"
     "    when own\n"
     "    delay payment\n",
     "t.rule:3:11: error: `payment` cannot be delayed\n"
     "    3 |     delay payment\n"
     "      |           ^^^^^^^\n"
     "   hint: write `delay transaction`\n"},
    {"an advice, misspelt",
     "rule r for payer on transaction\n"
     "    when own\n"
     "    advise reverfy payer\n",
     "t.rule:3:12: error: `reverfy` is no advice\n"
     "    3 |     advise reverfy payer\n"
     "      |            ^^^^^^^\n"
     "   hint: did you mean `reverify`?\n"},
    {"an advice for others",
     "rule r for caller on call_end\n"
     "    when answered\n"
     "    advise block_account caller\n",
     "t.rule:3:26: error: `advise` is aimed at an account, and `caller` is a number\n"
     "    3 |     advise block_account caller\n"
     "      |                          ^^^^^^\n"},
    {"an advice about domains",
     "rule r for caller on call_end\n"
     "    when answered\n"
     "    advise block_url caller\n",
     "t.rule:3:22: error: `advise` is aimed at a domain, and `caller` is a number\n"
     "    3 |     advise block_url caller\n"
     "      |                      ^^^^^^\n"},
    {"a channel, misspelt",
     "typology mule for account tiers low 20 closes after 7d\n"
     "rule r of mule for payer on transaction\n"
     "    when own\n"
     "    score 20 for 1h\n"
     "    reach statoin\n",
     "t.rule:5:11: error: nobody is reached by `statoin`\n"
     "    5 |     reach statoin\n"
     "      |           ^^^^^^^\n"
     "   hint: did you mean `station`?\n"},
    {"an if is a condition",
     "rule r for payer on transaction\n"
     "    when own\n"
     "    watch payer for 1h if amount\n",
     "t.rule:3:27: error: `if` needs a condition, and this is money\n"
     "    3 |     watch payer for 1h if amount\n"
     "      |                           ^^^^^^\n"
     "   hint: compare it with something, or ask `known(...)`\n"},
    {"a value in a text",
     "typology mule for account tiers low 20 closes after 7d\n"
     "rule r of mule for payer on transaction\n"
     "    when own\n"
     "    score 20 for 1h\n"
     "    say \"paid {amuont} in {duration}\"\n",
     "t.rule:5:16: error: unknown name `amuont`\n"
     "    5 |     say \"paid {amuont} in {duration}\"\n"
     "      |                ^^^^^^\n"
     "   hint: did you mean `amount`?\n"
     "t.rule:5:28: error: `duration` is no field of a transaction\n"
     "    5 |     say \"paid {amuont} in {duration}\"\n"
     "      |                            ^^^^^^^^\n"
     "   hint: this rule runs on `transaction`\n"},
    {"what nothing uses",
     "const limit = 5\n"
     "list bad of account\n"
     "feature busy for account = count(payment_in in 1h) > 5\n"
     "typology mule for account tiers low 20 closes after 7d\n"
     "rule r for payer on transaction when own watch payer for 1h\n",
     "t.rule:1:7: warning: no rule uses the constant `limit`\n"
     "    1 | const limit = 5\n"
     "      |       ^^^^^\n"
     "t.rule:2:6: warning: no rule uses the list `bad`\n"
     "    2 | list bad of account\n"
     "      |      ^^^\n"
     "t.rule:3:9: warning: no rule uses the feature `busy`\n"
     "    3 | feature busy for account = count(payment_in in 1h) > 5\n"
     "      |         ^^^^\n"
     "t.rule:4:10: warning: no rule uses the typology `mule`\n"
     "    4 | typology mule for account tiers low 20 closes after 7d\n"
     "      |          ^^^^\n"},
    {"a domain is seen, not opened",
     "feature young for domain = ago(subject.opened) < 7d\n"
     "rule r for payer on transaction when own watch payer for 1h\n",
     "t.rule:1:40: error: a domain has no attribute `opened`\n"
     "    1 | feature young for domain = ago(subject.opened) < 7d\n"
     "      |                                        ^^^^^^\n"},
    {"a device has no holder, and no number or account",
     "rule r for device on login\n"
     "    when count(login in 1h) > 1 and distinct(use.amount in 1h) > 1 and any(use where known(two_way))\n"
     "    advise reverify device\n",
     "t.rule:2:16: error: the page of a device has no `login`\n"
     "    2 |     when count(login in 1h) > 1 and distinct(use.amount in 1h) > 1 and any(use where known(two_way))\n"
     "      |                ^^^^^\n"
     "   hint: it has `warning`, `use`\n"
     "t.rule:2:46: error: a record of `use` has no `amount`\n"
     "    2 |     when count(login in 1h) > 1 and distinct(use.amount in 1h) > 1 and any(use where known(two_way))\n"
     "      |                                              ^^^^^^^^^^\n"
     "t.rule:2:76: error: how far back? an aggregate needs a span\n"
     "    2 |     when count(login in 1h) > 1 and distinct(use.amount in 1h) > 1 and any(use where known(two_way))\n"
     "      |                                                                            ^^^^^^^^^^^^^^^^^^^^^^^^\n"
     "   hint: write for example `use in 24h`\n"
     "t.rule:2:92: error: a record of `use` has no `two_way`\n"
     "    2 |     when count(login in 1h) > 1 and distinct(use.amount in 1h) > 1 and any(use where known(two_way))\n"
     "      |                                                                                            ^^^^^^^\n"
     "t.rule:3:21: error: `advise` is aimed at a number, an account or a person, and `device` is a device\n"
     "    3 |     advise reverify device\n"
     "      |                     ^^^^^^\n"},
    {"what a domain and a device know of each other's words",
     "rule r for domain on sms\n"
     "    when any(link in 1h where user == sender) or device == domain or any(link in 1h where sender == receiver)\n"
     "    advise block_url domain\n"
     "    advise block_url sender\n"
     "    watch domain.person for 1h\n",
     "t.rule:2:31: error: a record of `link` has no `user`\n"
     "    2 |     when any(link in 1h where user == sender) or device == domain or any(link in 1h where sender == receiver)\n"
     "      |                               ^^^^\n"
     "t.rule:2:50: error: `device` is no field of a message\n"
     "    2 |     when any(link in 1h where user == sender) or device == domain or any(link in 1h where sender == receiver)\n"
     "      |                                                  ^^^^^^\n"
     "   hint: this rule runs on `sms`\n"
     "t.rule:4:22: error: `advise` is aimed at a domain, and `sender` is a number\n"
     "    4 |     advise block_url sender\n"
     "      |                      ^^^^^^\n"
     "t.rule:5:11: error: `domain.person` has no part in this event\n"
     "    5 |     watch domain.person for 1h\n"
     "      |           ^^^^^^^^^^^^^\n"
     "   hint: there are `subject`, `sender`, `sender.person`, `domain`, `receiver` and `receiver.person`\n"},
    {"what comes before the device",
     "rule r for caller on call_start\n"
     "    when device.first_seen > time and known(device)\n"
     "    watch device for 1h\n",
     "t.rule:2:10: error: the page of `caller` is visited before that of `device` and cannot know it\n"
     "    2 |     when device.first_seen > time and known(device)\n"
     "      |          ^^^^^^^^^^^^^^^^^\n"
     "   hint: write the rule for `device`: there both are known\n"},
    {"a kind of entity, misspelt",
     "list bad of acount\n"
     "rule r for payer on transaction when own and payee in bad watch payer for 1h\n",
     "t.rule:1:13: error: `acount` is no kind of entity\n"
     "    1 | list bad of acount\n"
     "      |             ^^^^^^\n"
     "   hint: did you mean `account`?\n"},
    {"tags, misspelt and in wrong places",
     "tag otp = \"code\"\n"
     "const five = 5\n"
     "rule r for receiver on sms\n"
     "    when tags has opt or tags has five or tags has nobody\n"
     "      or has_link has otp or tags == tags or otp or known(tags)\n"
     "      or any(sms_in in 1h where distinct(sms_in.tags in 1h) > five)\n"
     "    watch receiver for 1h\n"
     "rule s for callee on call_end when tags has otp watch callee for 1h\n",
     "t.rule:4:19: error: there is no tag `opt`\n"
     "    4 |     when tags has opt or tags has five or tags has nobody\n"
     "      |                   ^^^\n"
     "   hint: did you mean `otp`?\n"
     "t.rule:4:35: error: there is no tag `five`\n"
     "    4 |     when tags has opt or tags has five or tags has nobody\n"
     "      |                                   ^^^^\n"
     "   t.rule:2:7: this is something else\n"
     "    2 | const five = 5\n"
     "      |       ----\n"
     "t.rule:4:52: error: there is no tag `nobody`\n"
     "    4 |     when tags has opt or tags has five or tags has nobody\n"
     "      |                                                    ^^^^^^\n"
     "   hint: write for example `tag nobody = \"...\"`\n"
     "t.rule:5:19: error: only `tags` has tags, and this is yes or no\n"
     "    5 |       or has_link has otp or tags == tags or otp or known(tags)\n"
     "      |          -------- ^^^\n"
     "      |          yes or no\n"
     "t.rule:5:30: error: the tags of a message are no value\n"
     "    5 |       or has_link has otp or tags == tags or otp or known(tags)\n"
     "      |                              ^^^^\n"
     "   hint: ask for one of them: `tags has NAME`\n"
     "t.rule:5:46: error: `otp` is a tag, not a value\n"
     "    5 |       or has_link has otp or tags == tags or otp or known(tags)\n"
     "      |                                              ^^^\n"
     "   hint: ask for it: `tags has otp`\n"
     "t.rule:5:59: error: the tags of a message are no value\n"
     "    5 |       or has_link has otp or tags == tags or otp or known(tags)\n"
     "      |                                                           ^^^^\n"
     "   hint: ask for one of them: `tags has NAME`\n"
     "t.rule:6:42: error: `distinct` takes one value\n"
     "    6 |       or any(sms_in in 1h where distinct(sms_in.tags in 1h) > five)\n"
     "      |                                          ^^^^^^^^^^^\n"
     "      |                                          tags\n"
     "t.rule:8:36: error: `tags` is no field of a call\n"
     "    8 | rule s for callee on call_end when tags has otp watch callee for 1h\n"
     "      |                                    ^^^^\n"
     "   hint: this rule runs on `call_end`\n"},
    {"templates and domains are equal or not, and no more",
     "rule r for receiver on sms\n"
     "    when template < template or template == domain or domain == 5\n"
     "      or template in {1} or sum(sms_in.template in 1h) > 5\n"
     "      or count(sms_in in 1h where domain == this.domain) > 5 or template\n"
     "    watch receiver for 1h\n",
     "t.rule:2:19: error: a template has no smaller and greater\n"
     "    2 |     when template < template or template == domain or domain == 5\n"
     "      |          -------- ^\n"
     "      |          template\n"
     "   hint: write `==`, `!=` or `in {...}`\n"
     "t.rule:2:42: error: cannot compare a template with a domain\n"
     "    2 |     when template < template or template == domain or domain == 5\n"
     "      |                                 -------- ^^ ------\n"
     "      |                                 template    domain\n"
     "   hint: did you mean `domain`?\n"
     "t.rule:2:62: error: cannot compare a domain with a plain number\n"
     "    2 |     when template < template or template == domain or domain == 5\n"
     "      |                                                       ------ ^^ -\n"
     "      |                                                       domain    plain number\n"
     "t.rule:3:22: error: no set holds a template\n"
     "    3 |       or template in {1} or sum(sms_in.template in 1h) > 5\n"
     "      |          --------    ^^^\n"
     "      |          template\n"
     "t.rule:3:33: error: `sum` takes money or durations\n"
     "    3 |       or template in {1} or sum(sms_in.template in 1h) > 5\n"
     "      |                                 ^^^^^^^^^^^^^^^\n"
     "      |                                 template\n"
     "t.rule:4:65: error: `or` needs a condition, and this is a template\n"
     "    4 |       or count(sms_in in 1h where domain == this.domain) > 5 or template\n"
     "      |                                                                 ^^^^^^^^\n"
     "   hint: compare it with something, or ask `known(...)`\n"},
    {"tags of a step are asked for where it stands",
     "tag otp = \"code\"\n"
     "pattern codes for number within 1h\n"
     "    one: sms_in where tags has otp and two.tags has otp\n"
     "    then two: sms_in where tags has otp\n"
     "rule r for receiver on sms when matches codes and codes.one.tags has otp watch receiver for 1h\n",
     "t.rule:3:40: error: the tags of another step are not known here\n"
     "    3 |     one: sms_in where tags has otp and two.tags has otp\n"
     "      |                                        ^^^^^^^^\n"
     "   hint: ask for them in the `where` of that step\n"},
    {"signs that cannot be",
     "tag otp = /co(de/ or \"\" or /a*/ or \"x\" near \"y\" within 201\n"
     "tag big = /(a{1,1000}){1,1000}/\n"
     "rule r for receiver on sms when tags has otp or tags has big watch receiver for 1h\n",
     "t.rule:1:11: error: this regular expression cannot be used: missing closing parenthesis\n"
     "    1 | tag otp = /co(de/ or \"\" or /a*/ or \"x\" near \"y\" within 201\n"
     "      |           ^^^^^^^\n"
     "   hint: it is written as in Perl; letters may be of any size\n"
     "t.rule:1:22: error: a text has 1 to 256 bytes\n"
     "    1 | tag otp = /co(de/ or \"\" or /a*/ or \"x\" near \"y\" within 201\n"
     "      |                      ^^\n"
     "t.rule:1:28: error: this regular expression cannot be used: it finds the empty text, so every message\n"
     "    1 | tag otp = /co(de/ or \"\" or /a*/ or \"x\" near \"y\" within 201\n"
     "      |                            ^^^^\n"
     "   hint: it is written as in Perl; letters may be of any size\n"
     "t.rule:1:36: error: `within` is at most 200 characters\n"
     "    1 | tag otp = /co(de/ or \"\" or /a*/ or \"x\" near \"y\" within 201\n"
     "      |                                    ^^^^^^^^^^^^^^^^^^^^^^^\n"
     "t.rule:2:11: error: this regular expression cannot be used: it takes 21130 bytes when compiled, at most 16384\n"
     "    2 | tag big = /(a{1,1000}){1,1000}/\n"
     "      |           ^^^^^^^^^^^^^^^^^^^^^\n"
     "   hint: it is written as in Perl; letters may be of any size\n"},
    {"two tags of one name, and two that a record cannot tell apart",
     "tag otp = \"code\"\n"
     "tag otp = \"code\"\n"
     "tag t17 = \"a\"\n"
     "tag t145 = \"b\"\n"
     "rule r for receiver on sms\n"
     "    when tags has otp or tags has t17 or tags has t145\n"
     "    watch receiver for 1h\n",
     "t.rule:2:5: error: `otp` is already a tag\n"
     "    2 | tag otp = \"code\"\n"
     "      |     ^^^\n"
     "   t.rule:1:5: the first one\n"
     "    1 | tag otp = \"code\"\n"
     "      |     ---\n"
     "   hint: choose another name: one name has one meaning\n"
     "t.rule:4:5: error: a record cannot tell the tags `t145` and `t17` apart: their names have the same hash\n"
     "    4 | tag t145 = \"b\"\n"
     "      |     ^^^^\n"
     "   t.rule:3:5: the first one\n"
     "    3 | tag t17 = \"a\"\n"
     "      |     ---\n"
     "   hint: give one of them another name\n"},
    {"tags of a message in a case",
     "tag otp = \"code\"\n"
     "rule r for receiver on sms when tags has otp watch receiver for 1h\n"
     "    fires {\n"
     "        +0m sms from A to P tags {otp, opt}\n"
     "        +0m sms from A to P tags otp\n"
     "        +0m sms from A to P tags {5}\n"
     "        +0m sms from A to P text code\n"
     "    }\n",
     "t.rule:4:40: error: there is no tag `opt`\n"
     "    4 |         +0m sms from A to P tags {otp, opt}\n"
     "      |                                        ^^^\n"
     "   hint: did you mean `otp`?\n"
     "t.rule:5:34: error: `tags` is one to five tags in braces, such as `{otp}`\n"
     "    5 |         +0m sms from A to P tags otp\n"
     "      |                                  ^^^\n"
     "t.rule:6:34: error: `tags` is one to five tags in braces, such as `{otp}`\n"
     "    6 |         +0m sms from A to P tags {5}\n"
     "      |                                  ^^^\n"
     "t.rule:7:34: error: `text` is a text in quotes, of at most 2,000 bytes\n"
     "    7 |         +0m sms from A to P text code\n"
     "      |                                  ^^^^\n"},
    {"what a device is used for is on its own page",
     "rule r for payer.person on transaction\n"
     "    when count(use in 1h) > 5 or device.first_seen > time\n"
     "      or distinct(payment_in.device in 1h) > 2\n"
     "    watch payer for 1h\n",
     "t.rule:2:16: error: the page of a person has no `use`\n"
     "    2 |     when count(use in 1h) > 5 or device.first_seen > time\n"
     "      |                ^^^\n"
     "   hint: it has `call_in`, `call_out`, `payment_in`, `payment_out`, `sms_in`, `sms_out`, `login`, `change`, `warning`\n"},
    {"a retired rule is checked as any other",
     "typology mule for account tiers low 20 closes after 7d\n"
     "retired rule r of mule for payer on transaction\n"
     "    when no_such_thing\n"
     "    score 200 for 1h\n",
     "t.rule:3:10: error: unknown name `no_such_thing`\n"
     "    3 |     when no_such_thing\n"
     "      |          ^^^^^^^^^^^^^\n"
     "t.rule:4:11: error: points are 1 to 100\n"
     "    4 |     score 200 for 1h\n"
     "      |           ^^^\n"},
    {"a shadow rule and a draft are checked as any other",
     "shadow rule a for payer on transaction when no_such_thing watch payer for 1h\n"
     "draft rule b for payer on transaction when amount watch payer for 1h\n",
     "t.rule:1:45: error: unknown name `no_such_thing`\n"
     "    1 | shadow rule a for payer on transaction when no_such_thing watch payer for 1h\n"
     "      |                                             ^^^^^^^^^^^^^\n"
     "t.rule:2:44: error: `when` needs a condition, and this is money\n"
     "    2 | draft rule b for payer on transaction when amount watch payer for 1h\n"
     "      |                                            ^^^^^^\n"
     "   hint: compare it with something, or ask `known(...)`\n"},
    {"a region has six digits",
     "rule r for payer on transaction\n"
     "    when region == 3305\n"
     "    watch payer for 1h\n",
     "t.rule:2:20: error: a region is a county code of six digits, such as 330502\n"
     "    2 |     when region == 3305\n"
     "      |                    ^^^^\n"},
    {"a case's mistakes",
     "list fraud_accounts of account\n"
     "list fraud_persons of person\n"
     "rule r for payer on transaction\n"
     "    when payee in fraud_accounts or payee.person in fraud_persons\n"
     "    watch payer for 1h\n"
     "    fires {\n"
     "        given X in fraud_account\n"
     "        given P age 151\n"
     "        given P.b age 15\n"
     "        given X.b in fraud_persons\n"
     "        given anyone opened -3d\n"
     "        given X opened 3d\n"
     "        given X kind merchnt\n"
     "        given X kind iot\n"
     "        given X class iv\n"
     "        given X colour red\n"
     "        given X vulnerable maybe\n"
     "        given X region 12\n"
     "        given X marked bad\n"
     "    }\n",
     "t.rule:7:20: error: there is no list `fraud_account`\n"
     "    7 |         given X in fraud_account\n"
     "      |                    ^^^^^^^^^^^^^\n"
     "   hint: did you mean `fraud_accounts`?\n"
     "t.rule:8:21: error: `age` is a number of years, 0 to 110\n"
     "    8 |         given P age 151\n"
     "      |                     ^^^\n"
     "t.rule:9:19: error: `age` belongs to a person\n"
     "    9 |         given P.b age 15\n"
     "      |                   ^^^\n"
     "   hint: give it to `P`\n"
     "t.rule:10:22: error: `fraud_persons` is a list of persons\n"
     "   10 |         given X.b in fraud_persons\n"
     "      |                      ^^^^^^^^^^^^^\n"
     "   hint: put `X` on it\n"
     "t.rule:11:15: error: `anyone` is a new stranger each time\n"
     "   11 |         given anyone opened -3d\n"
     "      |               ^^^^^^\n"
     "   hint: give the entity a name, and use it in the events\n"
     "t.rule:12:24: error: `opened` is so long before the case, at most 40 years, such as `-3d`\n"
     "   12 |         given X opened 3d\n"
     "      |                        ^^\n"
     "t.rule:13:22: error: `merchnt` is no account kind\n"
     "   13 |         given X kind merchnt\n"
     "      |                      ^^^^^^^\n"
     "   hint: did you mean `merchant`?\n"
     "t.rule:15:23: error: `iv` is no account class\n"
     "   15 |         given X class iv\n"
     "      |                       ^^\n"
     "   hint: did you mean `ii`?\n"
     "t.rule:16:17: error: there is no attribute `colour`\n"
     "   16 |         given X colour red\n"
     "      |                 ^^^^^^\n"
     "t.rule:17:28: error: `vulnerable` is `yes` or `no`\n"
     "   17 |         given X vulnerable maybe\n"
     "      |                            ^^^^^\n"
     "t.rule:18:24: error: `region` is a county code of six digits, such as 330502\n"
     "   18 |         given X region 12\n"
     "      |                        ^^\n"
     "t.rule:19:24: error: no rule sets the mark `bad`\n"
     "   19 |         given X marked bad\n"
     "      |                        ^^^\n"},
    {"a case's events",
     "rule r for payer on transaction\n"
     "    when own\n"
     "    watch payer for 1h\n"
     "    fires {\n"
     "        +0m transction from P to X amount 5.00 CNY\n"
     "        +0m use from P to X\n"
     "        +0m listing number X\n"
     "        +0m transaction from P to X\n"
     "        +0m transaction amount 5.00 CNY\n"
     "        +0m call from P\n"
     "        +0m call from P to X amount 5.00 CNY\n"
     "        +0m call_start from P to X duration 5m\n"
     "        +0m call from P to X duration 25h\n"
     "        +0m transaction from P to X amount 5\n"
     "        +0m transaction from P to X amount 5.00 USD\n"
     "        +0m transaction from P to X amount 5.00 CNY amount 6.00 CNY\n"
     "        +0m transaction from P to X amount 5.00 CNY chanel web\n"
     "        +0m transaction from P to X amount 5.00 CNY channel wbe\n"
     "        +0m transaction from P to X amount 5.00 CNY arrival 3h\n"
     "        +0m transaction from P.b.c to X amount 5.00 CNY\n"
     "        +0m transaction from P.person to 5 amount 5.00 CNY\n"
     "    }\n",
     "t.rule:5:13: error: there is no event `transction`\n"
     "    5 |         +0m transction from P to X amount 5.00 CNY\n"
     "      |             ^^^^^^^^^^\n"
     "   hint: did you mean `transaction`?\n"
     "t.rule:6:13: error: there is no event `use`\n"
     "    6 |         +0m use from P to X\n"
     "      |             ^^^\n"
     "   hint: events of a case are `call`, `call_start`, `call_end`, `transaction`, `settlement`, `sms`, `login`, `change`, `warning`, `outcome`, `binding`, `number`, `account`, `person`, `listing` and `override`\n"
     "t.rule:7:13: error: a list entry is one entity's, and says of which list\n"
     "    7 |         +0m listing number X\n"
     "      |             ^^^^^^^\n"
     "   hint: write for example `number F added_to LIST`\n"
     "t.rule:8:13: error: a payment has an amount\n"
     "    8 |         +0m transaction from P to X\n"
     "      |             ^^^^^^^^^^^\n"
     "   hint: write for example `amount 500.00 CNY`\n"
     "t.rule:9:13: error: a payment has a payer or a payee\n"
     "    9 |         +0m transaction amount 5.00 CNY\n"
     "      |             ^^^^^^^^^^^\n"
     "   hint: write `from P to X`; cash has no `to`\n"
     "t.rule:10:13: error: a call has two ends\n"
     "   10 |         +0m call from P\n"
     "      |             ^^^^\n"
     "   hint: write `from F to P`; a hidden caller is `caller.kind hidden`\n"
     "t.rule:11:30: error: `call` has no `amount`\n"
     "   11 |         +0m call from P to X amount 5.00 CNY\n"
     "      |                              ^^^^^^\n"
     "t.rule:12:36: error: `call_start` has no `duration`\n"
     "   12 |         +0m call_start from P to X duration 5m\n"
     "      |                                    ^^^^^^^^\n"
     "   hint: that is known at the end: write `call` or `call_end`\n"
     "t.rule:13:39: error: `duration` is a duration of at most a day, such as `45m`\n"
     "   13 |         +0m call from P to X duration 25h\n"
     "      |                                       ^^^\n"
     "t.rule:14:44: error: `amount` is an amount, such as `500.00 CNY`\n"
     "   14 |         +0m transaction from P to X amount 5\n"
     "      |                                            ^\n"
     "t.rule:15:44: error: `amount` is an amount in CNY\n"
     "   15 |         +0m transaction from P to X amount 5.00 USD\n"
     "      |                                            ^^^^^^^^\n"
     "t.rule:16:53: error: `amount` is said twice\n"
     "   16 |         +0m transaction from P to X amount 5.00 CNY amount 6.00 CNY\n"
     "      |                                     ------          ^^^^^^\n"
     "      |                                     the first time\n"
     "t.rule:17:53: error: `transaction` has no `chanel`\n"
     "   17 |         +0m transaction from P to X amount 5.00 CNY chanel web\n"
     "      |                                                     ^^^^^^\n"
     "   hint: did you mean `channel`?\n"
     "t.rule:18:61: error: `wbe` is no channel\n"
     "   18 |         +0m transaction from P to X amount 5.00 CNY channel wbe\n"
     "      |                                                             ^^^\n"
     "   hint: did you mean `web`?\n"
     "t.rule:19:61: error: `3h` is no arrival mode\n"
     "   19 |         +0m transaction from P to X amount 5.00 CNY arrival 3h\n"
     "      |                                                             ^^\n"
     "   hint: did you mean `2h`?\n"
     "t.rule:20:30: error: this names nobody\n"
     "   20 |         +0m transaction from P.b.c to X amount 5.00 CNY\n"
     "      |                              ^^^^^\n"
     "   hint: `P` has a number and an account, `P.b` is a further one of the same holder, `anyone` a new stranger each time\n"
     "t.rule:21:30: error: this names nobody\n"
     "   21 |         +0m transaction from P.person to 5 amount 5.00 CNY\n"
     "      |                              ^^^^^^^^\n"
     "   hint: `P` has a number and an account, `P.b` is a further one of the same holder, `anyone` a new stranger each time\n"
     "t.rule:21:42: error: `to` is an entity, such as `P`\n"
     "   21 |         +0m transaction from P.person to 5 amount 5.00 CNY\n"
     "      |                                          ^\n"},
    {"a case's times",
     "rule r for payer on transaction\n"
     "    when own\n"
     "    watch payer for 1h\n"
     "    fires {\n"
     "        +4000d transaction from P to X amount 5.00 CNY\n"
     "        +0m transaction from P to X amount 5.00 CNY every 1m 1001 times\n"
     "        +0m transaction from P to X amount 5.00 CNY every 100d 100 times\n"
     "        +0m transaction from P to X amount 5.00 CNY every 1m 2 times arrives +9m\n"
     "        +0m call from P to X duration 10m arrives +9m\n"
     "        +0m call from P to X device 5\n"
     "    }\n"
     "    quiet \"nothing\" { }\n",
     "t.rule:5:9: error: a case lies within ten years of its beginning\n"
     "    5 |         +4000d transaction from P to X amount 5.00 CNY\n"
     "      |         ^^^^^^\n"
     "t.rule:6:9: error: `every` repeats 1 to 1000 times, within ten years\n"
     "    6 |         +0m transaction from P to X amount 5.00 CNY every 1m 1001 times\n"
     "      |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
     "t.rule:7:9: error: `every` repeats 1 to 1000 times, within ten years\n"
     "    7 |         +0m transaction from P to X amount 5.00 CNY every 100d 100 times\n"
     "      |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
     "t.rule:8:9: error: `every` makes several events, and `arrives` is the time of one\n"
     "    8 |         +0m transaction from P to X amount 5.00 CNY every 1m 2 times arrives +9m\n"
     "      |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
     "t.rule:9:9: error: this arrives before it has happened\n"
     "    9 |         +0m call from P to X duration 10m arrives +9m\n"
     "      |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
     "   hint: `arrives` counts from the beginning of the case, as `+` does\n"
     "t.rule:10:37: error: `device` is a name that the case gives, such as `D`\n"
     "   10 |         +0m call from P to X device 5\n"
     "      |                                     ^\n"
     "t.rule:12:5: error: a case without events shows nothing\n"
     "   12 |     quiet \"nothing\" { }\n"
     "      |     ^^^^^\n"},
    {"the seventeenth value",
     "feature a1 for account = count(payment_in in 1h)\n"
     "feature a2 for account = count(payment_in in 2h)\n"
     "feature a3 for account = count(payment_in in 3h)\n"
     "feature a4 for account = count(payment_in in 4h)\n"
     "feature a5 for account = count(payment_in in 5h)\n"
     "feature a6 for account = count(payment_in in 6h)\n"
     "list bad of account\n"
     "rule r for payer on transaction\n"
     "    when payee.a1 + payee.a2 + payee.a3 + payee.a4 + payee.a5 + payee.a6 > 1\n"
     "      or payee in bad or payee.opened > time or payee.person.age > 5 or payee.person.vulnerable\n"
     "    watch payer for 1h\n"
     "rule s for payer.person on transaction\n"
     "    when payer.a1 + payer.a2 + payer.a3 + payer.a4 + payer.a5 + payer.a6 > 1\n"
     "      or payer in bad or payer.opened > time or payee.a1 > 5\n"
     "    watch payer for 1h\n",
     "t.rule:14:26: error: one value too many is carried by a transaction\n"
     "   14 |       or payer in bad or payer.opened > time or payee.a1 > 5\n"
     "      |                          ^^^^^^^^^^^^\n"
     "   hint: an event carries at most 16 from page to page; write a rule at the page where it is known\n"},
    {"a constant where a feature is",
     "feature same for account = 5\n"
     "rule r for payer on transaction when count(payment_in in 1h) > same watch payer for 1h\n",
     "t.rule:1:28: error: this is the same on every page\n"
     "    1 | feature same for account = 5\n"
     "      |                            ^\n"
     "   hint: make it a constant: `const NAME = ...`\n"},
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
    {"a number in a text",
     "typology mule for account tiers low 20 closes after 7d\n"
     "rule r of mule for payer on transaction\n"
     "    when own\n"
     "    score 20 for 1h\n"
     "    say \"{2.5} {5}\"\n",
     "t.rule:5:11: error: write this number into the text itself\n"
     "    5 |     say \"{2.5} {5}\"\n"
     "      |           ^^^\n"},
    {"broken blocks are silent",
     "list bad of\n"
     "feature busy for account =\n"
     "const limit =\n"
     "rule r for payer on transaction\n"
     "    when payee in bad and busy and amount > limit\n"
     "    watch payer for 1h\n",
     "t.rule:2:1: error: expected a kind of entity, such as `account`, after `of`, found `feature`\n"
     "    2 | feature busy for account =\n"
     "      | ^^^^^^^\n"
     "t.rule:3:1: error: expected a value after `=`, found `const`\n"
     "    3 | const limit =\n"
     "      | ^^^^^\n"
     "t.rule:4:1: error: expected a value or a set after `=`, found `rule`\n"
     "    4 | rule r for payer on transaction\n"
     "      | ^^^^\n"},
    {"subject and this alone",
     "rule r for payer on transaction\n"
     "    when subject == payee or this == payee\n"
     "    watch payer for 1h\n",
     "t.rule:2:10: error: `subject` alone is no value\n"
     "    2 |     when subject == payee or this == payee\n"
     "      |          ^^^^^^^\n"
     "   hint: write for example `subject.opened`, or `subject in LIST`\n"
     "t.rule:2:30: error: `this` alone is no value\n"
     "    2 |     when subject == payee or this == payee\n"
     "      |                              ^^^^\n"
     "   hint: write for example `this.amount`\n"},
    {"a path to nowhere",
     "rule r for payer on transaction\n"
     "    when gathered.talk.duration > 5m\n"
     "    watch payer for 1h\n",
     "t.rule:2:10: error: unknown name `gathered.talk.duration`\n"
     "    2 |     when gathered.talk.duration > 5m\n"
     "      |          ^^^^^^^^^^^^^^^^^^^^^^\n"
     "   hint: before `.` stands `subject`, `this` or a role such as `payer`\n"},
    {"features of persons at an account",
     "feature old for person = subject.age >= 60\n"
     "rule r for payer on transaction\n"
     "    when old\n"
     "    watch payer for 1h\n",
     "t.rule:3:10: error: `old` is a feature of persons\n"
     "    3 |     when old\n"
     "      |          ^^^\n"
     "      |          here is the page of an account\n"
     "   hint: did you mean `payee.person.old`?\n"},
    {"fields of a list entry",
     "list bad of account\n"
     "rule r for account on listing\n"
     "    when subject in bad and amount > 5.00 CNY\n"
     "    watch payer for 1h\n"
     "    delay transaction\n",
     "t.rule:3:29: error: `amount` is no field of a list entry\n"
     "    3 |     when subject in bad and amount > 5.00 CNY\n"
     "      |                             ^^^^^^\n"
     "   hint: this rule runs on `listing`\n"
     "t.rule:4:11: error: `payer` has no part in this event\n"
     "    4 |     watch payer for 1h\n"
     "      |           ^^^^^\n"
     "   hint: the one who is listed is `subject`\n"
     "t.rule:5:5: error: there is no payment to delay\n"
     "    5 |     delay transaction\n"
     "      |     ^^^^^^^^^^^^^^^^^\n"
     "   hint: this rule runs on `listing`\n"},
    {"since a time, inside where and out",
     "rule r for payer.person on transaction\n"
     "    when count(payment_out since last(call_in in 24h where duration >= 3m)) >= 2\n"
     "     and any(payment_in in 24h where amount > 50% of max(payment_out.amount since this.time))\n"
     "     and sum(payment_out.amount in today) >= 1.5 x max(payment_in.amount since subject.age)\n"
     "    watch payer for 1h\n",
     "t.rule:4:80: error: `since` needs a time, and this is a count\n"
     "    4 |      and sum(payment_out.amount in today) >= 1.5 x max(payment_in.amount since subject.age)\n"
     "      |                                                                                ^^^^^^^^^^^\n"},
    {"a length's name, misspelt",
     "const guard_time = 24h\n"
     "rule r for payer on transaction\n"
     "    when ago(subject.opened) > guard_time\n"
     "    watch payer for guard_tme\n",
     "t.rule:4:21: error: `guard_tme` is no constant\n"
     "    4 |     watch payer for guard_tme\n"
     "      |                     ^^^^^^^^^\n"
     "   hint: did you mean `guard_time`?\n"},
    {"a name of another unit",
     "const limit = 5.00 CNY\n"
     "rule r for payer on transaction\n"
     "    when amount > limit\n"
     "    watch payer for limit\n",
     "t.rule:4:21: error: here stands a duration, and `limit` is money\n"
     "    4 |     watch payer for limit\n"
     "      |                     ^^^^^\n"
     "   t.rule:1:7: it is defined here\n"
     "    1 | const limit = 5.00 CNY\n"
     "      |       -----\n"},
    {"owners and what they are",
     "rule a for owner on change\n"
     "    when what == power_off\n"
     "    watch subject for 1h\n"
     "rule b for person on change\n"
     "    when what == power_off\n"
     "    watch subject for 1h\n"
     "rule c for owner.person on change\n"
     "    when owner.opened > time and what == enter\n"
     "    watch payer for 1h\n"
     "    advise limit_number owner\n",
     "t.rule:1:12: error: a change is one of a number or of an account\n"
     "    1 | rule a for owner on change\n"
     "      |            ^^^^^\n"
     "   hint: a rule on `change` is for `number`, `account` or `owner.person`\n"
     "t.rule:4:12: error: a change is one of a number or of an account\n"
     "    4 | rule b for person on change\n"
     "      |            ^^^^^^\n"
     "   hint: a rule on `change` is for `number`, `account` or `owner.person`\n"
     "t.rule:8:10: error: `owner` is a number or an account, and here nobody knows which\n"
     "    8 |     when owner.opened > time and what == enter\n"
     "      |          ^^^^^^^^^^^^\n"
     "   hint: write a rule for `number` and one for `account`\n"
     "t.rule:8:42: error: `enter` is no kind of change\n"
     "    8 |     when owner.opened > time and what == enter\n"
     "      |                                          ^^^^^\n"
     "   hint: it is a kind of login\n"
     "t.rule:9:11: error: `payer` has no part in this event\n"
     "    9 |     watch payer for 1h\n"
     "      |           ^^^^^\n"
     "   hint: there are `subject`, `owner` and `owner.person`\n"
     "t.rule:10:25: error: `owner` is a number or an account, and here nobody knows which\n"
     "   10 |     advise limit_number owner\n"
     "      |                         ^^^^^\n"
     "   hint: write a rule for `number` and one for `account`\n"},
    {"words of other feeds",
     "rule a for user on login\n"
     "    when what == power_off or sender == user\n"
     "    watch user for 1h\n"
     "rule b for person on warning\n"
     "    when tier >= severe or origin == police or about == nothing\n"
     "    watch entity for 1h\n"
     "rule c for payer on transaction\n"
     "    when any(login in 1h where device == what) or any(change in 1h where what in {enter, power_off})\n"
     "    watch payer for 1h\n",
     "t.rule:2:18: error: `power_off` is no kind of login\n"
     "    2 |     when what == power_off or sender == user\n"
     "      |                  ^^^^^^^^^\n"
     "   hint: it is a kind of change\n"
     "t.rule:2:31: error: `sender` is no field of a login\n"
     "    2 |     when what == power_off or sender == user\n"
     "      |                               ^^^^^^\n"
     "   hint: this rule runs on `login`\n"
     "t.rule:5:18: error: `severe` is no tier\n"
     "    5 |     when tier >= severe or origin == police or about == nothing\n"
     "      |                  ^^^^^^\n"
     "   hint: there are `low`, `medium`, `high`, `urgent`\n"
     "t.rule:5:38: error: `police` is no origin\n"
     "    5 |     when tier >= severe or origin == police or about == nothing\n"
     "      |                                      ^^^^^^\n"
     "   hint: there are `own`, `ministry`, `bank`\n"
     "t.rule:5:57: error: `nothing` is no typology\n"
     "    5 |     when tier >= severe or origin == police or about == nothing\n"
     "      |                                                         ^^^^^^^\n"
     "t.rule:6:11: error: `entity` has no part in this event\n"
     "    6 |     watch entity for 1h\n"
     "      |           ^^^^^^\n"
     "   hint: the one that a warning is about is `subject`\n"
     "t.rule:8:39: error: cannot compare a device with a kind of login\n"
     "    8 |     when any(login in 1h where device == what) or any(change in 1h where what in {enter, power_off})\n"
     "      |                                ------ ^^ ----\n"
     "      |                                device    kind of login\n"
     "   hint: did you mean `what`?\n"
     "t.rule:8:83: error: `enter` is no kind of change\n"
     "    8 |     when any(login in 1h where device == what) or any(change in 1h where what in {enter, power_off})\n"
     "      |                                                                                   ^^^^^\n"
     "   hint: it is a kind of login\n"},
    {"a tier has no sum",
     "typology fake for person tiers low 20 closes after 1d\n"
     "rule a of fake for person on outcome\n"
     "    when result > loss or about > fake or tier == low\n"
     "    score 20 for 1h\n"
     "rule b of fake for person on warning\n"
     "    when sum(warning.tier in 1d) > 2 or tier + 1 > 2 or min(warning.about in 1d) == fake\n"
     "    score 20 for 1h\n",
     "t.rule:3:17: error: a result has no smaller and greater\n"
     "    3 |     when result > loss or about > fake or tier == low\n"
     "      |          ------ ^\n"
     "      |          result\n"
     "   hint: write `==`, `!=` or `in {...}`\n"
     "t.rule:3:33: error: a typology has no smaller and greater\n"
     "    3 |     when result > loss or about > fake or tier == low\n"
     "      |                           ----- ^\n"
     "      |                           typology\n"
     "   hint: write `==`, `!=` or `in {...}`\n"
     "t.rule:3:43: error: `tier` is no field of an outcome\n"
     "    3 |     when result > loss or about > fake or tier == low\n"
     "      |                                           ^^^^\n"
     "   hint: this rule runs on `outcome`\n"
     "t.rule:6:14: error: `sum` takes money or durations\n"
     "    6 |     when sum(warning.tier in 1d) > 2 or tier + 1 > 2 or min(warning.about in 1d) == fake\n"
     "      |              ^^^^^^^^^^^^\n"
     "      |              tier\n"
     "t.rule:6:46: error: cannot add a plain number to a tier\n"
     "    6 |     when sum(warning.tier in 1d) > 2 or tier + 1 > 2 or min(warning.about in 1d) == fake\n"
     "      |                                         ---- ^ -\n"
     "      |                                         tier   plain number\n"
     "t.rule:6:61: error: `min` takes what has a smaller and a greater\n"
     "    6 |     when sum(warning.tier in 1d) > 2 or tier + 1 > 2 or min(warning.about in 1d) == fake\n"
     "      |                                                             ^^^^^^^^^^^^^\n"
     "      |                                                             typology\n"},
    {"streams of pages",
     "rule a for sender on sms\n"
     "    when count(login in 1h) > 2 or sum(sms_out in 1h) > 2 or count(sms in 1h) > 2\n"
     "    watch sender for 1h\n",
     "t.rule:2:16: error: the page of a number has no `login`\n"
     "    2 |     when count(login in 1h) > 2 or sum(sms_out in 1h) > 2 or count(sms in 1h) > 2\n"
     "      |                ^^^^^\n"
     "   hint: it has `call_in`, `call_out`, `sms_in`, `sms_out`, `change`, `warning`; a person's page has all streams but `use` and `link`\n"
     "t.rule:2:40: error: `sum` needs a field of the stream\n"
     "    2 |     when count(login in 1h) > 2 or sum(sms_out in 1h) > 2 or count(sms in 1h) > 2\n"
     "      |                                        ^^^^^^^\n"
     "   hint: for example `sum(sms_out.gap ...)`\n"
     "t.rule:2:68: error: `sms` is no stream\n"
     "    2 |     when count(login in 1h) > 2 or sum(sms_out in 1h) > 2 or count(sms in 1h) > 2\n"
     "      |                                                                    ^^^\n"
     "   hint: streams are `call_in`, `call_out`, `payment_in`, `payment_out`, `sms_in`, `sms_out`, `login`, `change`, `warning`, `use` and `link`\n"},
    {"list entries in cases",
     "list bad_numbers of number\n"
     "rule r for number on listing\n"
     "    when subject in bad_numbers\n"
     "    watch subject for 1h\n"
     "    fires {\n"
     "        +0m listing number P added_to bad_numbers\n"
     "        +0m listing account P added_to bad_numbers\n"
     "        +0m listing number P\n"
     "        +0m listing number P added_to bad_numbers removed_from bad_numbers\n"
     "        +0m listing number P removed_from bad_number\n"
     "        +0m listing number P added_to 5\n"
     "    }\n",
     "t.rule:7:40: error: `bad_numbers` is a list of numbers\n"
     "    7 |         +0m listing account P added_to bad_numbers\n"
     "      |                                        ^^^^^^^^^^^\n"
     "   hint: write `number` before who is on it\n"
     "t.rule:8:13: error: a list entry is one entity's, and says of which list\n"
     "    8 |         +0m listing number P\n"
     "      |             ^^^^^^^\n"
     "   hint: write for example `number F added_to LIST`\n"
     "t.rule:9:13: error: a list entry is one entity's, and says of which list\n"
     "    9 |         +0m listing number P added_to bad_numbers removed_from bad_numbers\n"
     "      |             ^^^^^^^\n"
     "   hint: write for example `number F added_to LIST`\n"
     "t.rule:10:43: error: there is no list `bad_number`\n"
     "   10 |         +0m listing number P removed_from bad_number\n"
     "      |                                           ^^^^^^^^^^\n"
     "   hint: did you mean `bad_numbers`?\n"
     "t.rule:11:39: error: `added_to` is the name of a list\n"
     "   11 |         +0m listing number P added_to 5\n"
     "      |                                       ^\n"},
    {"overrides in cases",
     "rule r for payer.person on transaction\n"
     "    when own\n"
     "    watch payer for 1h\n"
     "    quiet {\n"
     "        +0m override person P other.account X lasts 7d\n"
     "        +0m override person P lasts 7d\n"
     "        +0m override person P number P other.person X lasts 7d\n"
     "        +0m override account P other.number X\n"
     "        +0m override account P other.number 5 lasts 5_000d\n"
     "        +0m override account P other.device X lasts 1h\n"
     "    }\n",
     "t.rule:6:13: error: an override is about two, and says how long it lasts\n"
     "    6 |         +0m override person P lasts 7d\n"
     "      |             ^^^^^^^^\n"
     "   hint: write for example `person P other.account X lasts 7d`\n"
     "t.rule:7:13: error: an override is about two, and says how long it lasts\n"
     "    7 |         +0m override person P number P other.person X lasts 7d\n"
     "      |             ^^^^^^^^\n"
     "   hint: write for example `person P other.account X lasts 7d`\n"
     "t.rule:8:13: error: an override is about two, and says how long it lasts\n"
     "    8 |         +0m override account P other.number X\n"
     "      |             ^^^^^^^^\n"
     "   hint: write for example `person P other.account X lasts 7d`\n"
     "t.rule:9:45: error: `other.number` is an entity, such as `P`\n"
     "    9 |         +0m override account P other.number 5 lasts 5_000d\n"
     "      |                                             ^\n"
     "t.rule:9:53: error: `lasts` is a duration of at most ten years, such as `7d`\n"
     "    9 |         +0m override account P other.number 5 lasts 5_000d\n"
     "      |                                                     ^^^^^^\n"
     "t.rule:10:13: error: an override is about two, and says how long it lasts\n"
     "   10 |         +0m override account P other.device X lasts 1h\n"
     "      |             ^^^^^^^^\n"
     "   hint: write for example `person P other.account X lasts 7d`\n"
     "t.rule:10:32: error: `override` has no `other.device`\n"
     "   10 |         +0m override account P other.device X lasts 1h\n"
     "      |                                ^^^^^^^^^^^^\n"},
    {"cases of the other feeds",
     "typology fake for person tiers low 20 closes after 1d\n"
     "rule r of fake for person on warning\n"
     "    when tier >= low\n"
     "    score 20 for 1h\n"
     "    fires {\n"
     "        +0m sms from P\n"
     "        +0m sms from P to Q sender.kind hidden tags otp\n"
     "        +0m login user P\n"
     "        +0m login user P what power_off\n"
     "        +0m change owner P what power_off device d\n"
     "        +0m warning person P number P tier high origin ministry\n"
     "        +0m warning person P about fkae tier highest origin ministry\n"
     "        +0m outcome person P result loss\n"
     "        +0m outcome account P about fake result lost\n"
     "        +0m warning origin own\n"
     "        +0m outcome person P about fake result corrected\n"
     "        +0m outcome person P about fake result loss tier high\n"
     "        +0m outcome person P about fake result corrected tier high\n"
     "    }\n",
     "t.rule:6:13: error: a message has two ends\n"
     "    6 |         +0m sms from P\n"
     "      |             ^^^\n"
     "   hint: write `from S to P`\n"
     "t.rule:7:41: error: only a caller can be hidden\n"
     "    7 |         +0m sms from P to Q sender.kind hidden tags otp\n"
     "      |                                         ^^^^^^\n"
     "   hint: write `caller.kind hidden` in the call\n"
     "t.rule:7:53: error: `tags` is one to five tags in braces, such as `{otp}`\n"
     "    7 |         +0m sms from P to Q sender.kind hidden tags otp\n"
     "      |                                                     ^^^\n"
     "t.rule:8:13: error: a login is somebody's, and says what he does\n"
     "    8 |         +0m login user P\n"
     "      |             ^^^^^\n"
     "   hint: write for example `user P what enter`\n"
     "t.rule:9:31: error: `power_off` is no kind of login\n"
     "    9 |         +0m login user P what power_off\n"
     "      |                               ^^^^^^^^^\n"
     "   hint: it is a kind of change\n"
     "t.rule:10:43: error: `change` has no `device`\n"
     "   10 |         +0m change owner P what power_off device d\n"
     "      |                                           ^^^^^^\n"
     "t.rule:11:13: error: a warning is about one entity, and says whose it is\n"
     "   11 |         +0m warning person P number P tier high origin ministry\n"
     "      |             ^^^^^^^\n"
     "   hint: write for example `person P about TYPOLOGY tier high origin ministry`\n"
     "t.rule:12:36: error: `fkae` is no typology\n"
     "   12 |         +0m warning person P about fkae tier highest origin ministry\n"
     "      |                                    ^^^^\n"
     "   hint: did you mean `fake`?\n"
     "t.rule:12:46: error: `highest` is no tier\n"
     "   12 |         +0m warning person P about fkae tier highest origin ministry\n"
     "      |                                              ^^^^^^^\n"
     "   hint: there are `low`, `medium`, `high`, `urgent`\n"
     "t.rule:13:13: error: an outcome is about one entity, and says how a warning ended\n"
     "   13 |         +0m outcome person P result loss\n"
     "      |             ^^^^^^^\n"
     "   hint: write for example `person P about TYPOLOGY result false_alarm`\n"
     "t.rule:14:49: error: `lost` is no result\n"
     "   14 |         +0m outcome account P about fake result lost\n"
     "      |                                                 ^^^^\n"
     "   hint: did you mean `loss`?\n"
     "t.rule:15:13: error: a warning is about one entity, and says whose it is\n"
     "   15 |         +0m warning origin own\n"
     "      |             ^^^^^^^\n"
     "   hint: write for example `person P about TYPOLOGY tier high origin ministry`\n"
     "t.rule:16:48: error: a corrected tier is another one\n"
     "   16 |         +0m outcome person P about fake result corrected\n"
     "      |                                                ^^^^^^^^^\n"
     "   hint: write for example `result corrected tier medium`\n"
     "t.rule:17:53: error: what has ended has no other tier\n"
     "   17 |         +0m outcome person P about fake result loss tier high\n"
     "      |                                                ---- ^^^^\n"
     "   hint: write `result corrected`, or no tier\n"},
    {"a case's people",
     "rule r for payer on transaction\n"
     "    when own\n"
     "    watch payer for 1h\n"
     "    fires at 2010-12-31 10:00 {\n"
     "        given F kind intl\n"
     "        given H kind hidden\n"
     "        given P age 111\n"
     "        given P opened -14601d\n"
     "        +0m call from F to P caller.kind mobile\n"
     "        +1m call from P to F callee.kind intl\n"
     "        +2m call from P to G callee.kind hidden\n"
     "        +3m call from G to P caller.kind hidden\n"
     "        +4m call from anyone to P caller.kind mvno\n"
     "        +5m call from anyone to P caller.kind fixed\n"
     "        +6m transaction from P to P amount 5.00 CNY\n"
     "        +7m transaction from P.b to P.b amount 5.00 CNY\n"
     "        +8m transaction from P to P.b amount 50_000_000_000_000.00 CNY\n"
     "        +9m transaction from anyone to anyone amount 5.00 CNY\n"
     "        +9m call_end from F to P duration 5m arrives +13m\n"
     "        +9m call from a_name_that_is_longer_than_the_identifier_of_any_person_in_a_directory to P\n"
     "    }\n",
     "t.rule:4:5: error: a case lies in the years 2011 to 2099\n"
     "    4 |     fires at 2010-12-31 10:00 {\n"
     "      |     ^^^^^\n"
     "t.rule:6:22: error: only a caller can be hidden\n"
     "    6 |         given H kind hidden\n"
     "      |                      ^^^^^^\n"
     "   hint: write `caller.kind hidden` in the call\n"
     "t.rule:7:21: error: `age` is a number of years, 0 to 110\n"
     "    7 |         given P age 111\n"
     "      |                     ^^^\n"
     "t.rule:8:24: error: `opened` is so long before the case, at most 40 years, such as `-3d`\n"
     "    8 |         given P opened -14601d\n"
     "      |                        ^^^^^^^\n"
     "t.rule:9:42: error: `F` has another kind in this case\n"
     "    9 |         +0m call from F to P caller.kind mobile\n"
     "      |                                          ^^^^^^\n"
     "   t.rule:5:22: the first one\n"
     "    5 |         given F kind intl\n"
     "      |                      ----\n"
     "t.rule:11:42: error: only a caller can be hidden\n"
     "   11 |         +2m call from P to G callee.kind hidden\n"
     "      |                                          ^^^^^^\n"
     "   hint: write `caller.kind hidden` in the call\n"
     "t.rule:15:35: error: both ends are `P`\n"
     "   15 |         +6m transaction from P to P amount 5.00 CNY\n"
     "      |                              -    ^\n"
     "   hint: another one of the same holder is `P.b`\n"
     "t.rule:16:37: error: both ends are `P.b`\n"
     "   16 |         +7m transaction from P.b to P.b amount 5.00 CNY\n"
     "      |                              ---    ^^^\n"
     "   hint: another one of the same holder is `P`\n"
     "t.rule:17:46: error: `amount` is an amount that a bank would report\n"
     "   17 |         +8m transaction from P to P.b amount 50_000_000_000_000.00 CNY\n"
     "      |                                              ^^^^^^^^^^^^^^^^^^^^^^^^^\n"
     "t.rule:19:9: error: this arrives before it has happened\n"
     "   19 |         +9m call_end from F to P duration 5m arrives +13m\n"
     "      |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
     "   hint: `arrives` counts from the beginning of the case, as `+` does\n"
     "t.rule:20:23: error: a name in a case has at most 64 bytes\n"
     "   20 |         +9m call from a_name_that_is_longer_than_the_identifier_of_any_person_in_a_directory to P\n"
     "      |                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"},
};

START_TEST(mistake_is_said)
{
    const struct mistake *row = &mistakes[_i];
    struct bench bench;
    bench_init(&bench, str_of(row->text));
    ck_assert_msg(strcmp(buf_text(&bench.shown), row->shown) == 0, "%s:\n%s\nis not\n%s", row->name,
                  buf_text(&bench.shown), row->shown);
    ck_assert_msg((bench.pack.program == NULL) == diag_has_errors(&bench.pack.diags), "%s",
                  row->name);
    bench_fini(&bench);
}
END_TEST

/* ---- what is right ---- */

struct clean {
    const char *name;
    const char *text;
};

static const struct clean cleans[] = {
    {"a case of everything",
     "list fraud_accounts of account\n"
     "rule r for payer on transaction\n"
     "    when payee in fraud_accounts\n"
     "    watch payer for 1h\n"
     "    fires \"all\" at 2026-03-02 22:30 {\n"
     "        given X in fraud_accounts\n"
     "        given P age 70 vulnerable yes region 330502\n"
     "        given X opened -3d kind merchant class ii\n"
     "        given F kind intl\n"
     "        -3d   call from F to P caller.kind hidden duration 3m answered no forwarded false region 330502\n"
     "        -1h   call_start from F to P callee.kind mobile\n"
     "        -30m  call_end from F to P duration 30m\n"
     "        +0m   transaction from P.b to X amount 5.00 CNY channel web purpose loan arrival 2h balance_before 9.00 CNY balance_after 4.00 CNY payer.kind personal payee.kind merchant region 330502\n"
     "        +1m   settlement from P.b to X amount 5.00 CNY\n"
     "        +2m   transaction from P amount 5.00 CNY purpose cash every 1m 3 times\n"
     "        +5m   transaction from anyone to X amount 5.00 CNY arrives +9m\n"
     "    }\n"},
    {"retired rules are left out, and what they use is used",
     "typology mule for account tiers low 20 closes after 7d\n"
     "typology loan for account tiers low 20 closes after 7d\n"
     "const much = 5.00 CNY\n"
     "retired rule r of loan for payer on transaction\n"
     "    when amount >= much\n"
     "    score 20 for 1h\n"
     "    fires { +0m transaction from P to X amount 1.00 CNY }\n"
     "rule s of mule for payer on transaction\n"
     "    when own\n"
     "    score 20 for 1h\n"},
    {"not on a list",
     "list bad of account\n"
     "rule r for payer on transaction\n"
     "    when payee not in bad and channel not in {web, qr} and not (own or first_time)\n"
     "    watch payer for 1h\n"},
    {"all that a listing knows",
     "list bad of account\n"
     "rule r for account on listing\n"
     "    when subject in bad and night and count(payment_in in 24h) > 0\n"
     "    watch subject for 72h\n"
     "    stop subject for 48h\n"},
    {"the words of a set on either side",
     "rule r for payer on transaction\n"
     "    when merchant == payee.kind and arrival == 2h and payer.kind != payee.kind\n"
     "    watch payer for 1h\n"},
    {"regions and hours in sets",
     "rule r for payer on transaction\n"
     "    when region in {330500..330599} and hour in {22..23, 0..5} and weekday between 1 and 5 and late\n"
     "    watch payer for 1h\n"},
    {"tiers have an order",
     "rule r for person on warning\n"
     "    when tier between medium and urgent and max(warning.tier in 30d) > low\n"
     "      and any(warning in 30d where tier in {low..high} and tier between low and this.tier)\n"
     "    watch subject for 1h\n"},
    {"numbers take their neighbour's unit",
     "const three = 3\n"
     "const half = 50%\n"
     "const factor = 1.5\n"
     "const span = 2 x 24h\n"
     "const small = half of 100.00 CNY\n"
     "rule r for payer on transaction\n"
     "    when count(payment_in in span) - 1 >= three + 1 and amount >= half of balance_before\n"
     "      and amount >= factor x small and 2 + count(payment_out in span) < 9\n"
     "    watch payer for span\n"},
    {"a feature asks for itself",
     "list bad of account\n"
     "feature listed for account = subject in bad and known(subject.opened)\n"
     "feature old for person = subject.age >= 60 and count(payment_out since last(call_in in 1d)) > 1\n"
     "rule r for payer.person on transaction\n"
     "    when payee.listed and old and payer.listed\n"
     "    watch payer for 1h\n"},
};

START_TEST(what_is_right_compiles)
{
    const struct clean *row = &cleans[_i];
    struct bench bench;
    bench_init(&bench, str_of(row->text));
    ck_assert_msg(bench.shown.len == 0 && bench.pack.program != NULL, "%s:\n%s", row->name,
                  buf_text(&bench.shown));
    bench_fini(&bench);
}
END_TEST

/* ---- bounds ---- */

/* `count` times a piece of text between two others. */
static void add_times(struct buf *out, const char *piece, int count)
{
    for (int i = 0; i < count; i++) {
        buf_add_text(out, piece);
    }
}

struct bound {
    const char *name;
    const char *head, *piece, *middle, *end, *tail;
    int most;          /* so many still fit */
    const char *error; /* of one more */
};

static const struct bound bounds[] = {
    {"values on the stack",
     "rule r for payer on transaction when own and balance_before between 1.00 CNY and ",
     "(1.00 CNY + ", "amount", ")", "watch payer for 1h\n", 60,
     "error: this is nested too deep to be computed\n"},
    {"aggregates inside a where",
     "rule r for payer on transaction when any(payment_in in 1h where own",
     " and count(payment_out in 1h) > 1", "", "", ") watch payer for 1h\n", 16,
     "error: more than 16 aggregates stand inside `where` here\n"},
    {"filters inside filters", "rule r for payer on transaction when ",
     "any(payment_in in 1h where ", "own", ")", " watch payer for 1h\n", 17,
     "error: more than 16 aggregates stand inside `where` here\n"},
};

START_TEST(bound_holds)
{
    const struct bound *row = &bounds[_i];
    for (int more = 0; more < 2; more++) {
        struct buf text = {0};
        struct bench bench;
        buf_add_text(&text, row->head);
        add_times(&text, row->piece, row->most + more);
        buf_add_text(&text, row->middle);
        add_times(&text, row->end, row->most + more);
        buf_add_text(&text, row->tail);
        bench_init(&bench, buf_str(&text));
        const char *shown = buf_text(&bench.shown);
        if (more == 0) {
            ck_assert_msg(bench.pack.program != NULL, "%s:\n%s", row->name, shown);
        } else {
            ck_assert_msg(strstr(shown, row->error) != NULL, "%s:\n%s", row->name, shown);
            ck_assert_ptr_null(bench.pack.program);
        }
        bench_fini(&bench);
        buf_fini(&text);
    }
}
END_TEST

/* A chain of names, each defined by the next. */
static void add_chain(struct buf *text, const char *head, const char *middle, const char *last,
                      int count)
{
    for (int i = 0; i < count; i++) {
        buf_add_format(text, "%s%05d%s", head, i, middle);
        if (i + 1 < count) {
            buf_add_format(text, "n%05d\n", i + 1);
        } else {
            buf_add_format(text, "%s\n", last);
        }
    }
}

struct chain {
    const char *name;
    const char *head, *middle, *last, *use;
    int most;
    const char *error;
};

static const struct chain chains[] = {
    {"features", "feature n", " for account = ", "any(payment_in in 1h)",
     "rule r for payer on transaction when n00000 watch payer for 1h\n", 24,
     "build on each other over more than 24 steps\n"},
    {"constants", "const n", " = ", "5",
     "rule r for payer on transaction when count(payment_in in 1h) > n00000 watch payer for 1h\n",
     24, "build on each other over more than 24 steps\n"},
};

/* Also when the chain is long enough to end a stack. */
START_TEST(chain_is_bounded)
{
    const struct chain *row = &chains[_i];
    const int counts[] = {row->most, row->most + 1, 20000};
    for (int i = 0; i < 3; i++) {
        struct buf text = {0};
        struct bench bench;
        add_chain(&text, row->head, row->middle, row->last, counts[i]);
        buf_add_text(&text, row->use);
        bench_init(&bench, buf_str(&text));
        const char *shown = buf_text(&bench.shown);
        ck_assert_msg((bench.pack.program != NULL) == (i == 0), "%s: %.2000s", row->name, shown);
        ck_assert_msg(i == 0 || strstr(shown, row->error) != NULL, "%s: %.2000s", row->name, shown);
        bench_fini(&bench);
        buf_fini(&text);
    }
}
END_TEST

/* ---- the tree ---- */

struct reason {
    const char *when;
    const char *shown; /* text|value|threshold|threshold_text|unit of each, value and threshold: yes
                          or no */
};

static const struct reason reasons[] = {
    {"amount >= 5.00 CNY", "amount >= 5.00 CNY|y|y||money;"},
    {"own and not first_time or late",
     "own|y|n||yes or no;not first_time|y|n||yes or no;late|y|n||yes or no;"},
    {"not (own or amount > 5.00 CNY)", "own|y|n||yes or no;amount > 5.00 CNY|y|y||money;"},
    {"amount between 5.00 CNY and\n 9.00 CNY",
     "amount between 5.00 CNY and 9.00 CNY|y|n|5.00 CNY..9.00 CNY|money;"},
    {"channel in {web,  qr}", "channel in {web, qr}|y|n|{web, qr}|a channel;"},
    {"channel not in odd", "channel not in odd|y|n|odd|a channel;"},
    {"payee in bad", "payee in bad|y|n|bad|an account;"},
    {"payee.person in worse", "payee.person in worse|y|n|worse|yes or no;"},
    {"3 < count(payment_in in 1h)", "3 < count(payment_in in 1h)|y|y||a count;"},
    {"busy and known(amount)", "busy|y|n||yes or no;known(amount)|y|n||yes or no;"},
};

START_TEST(reason_is_kept)
{
    const struct reason *row = &reasons[_i];
    struct buf text = {0};
    struct buf shown = {0};
    struct bench bench;
    buf_add_text(&text, "list bad of account list worse of person const odd = {atm, pos}\n"
                        "feature busy for account = count(payment_in in 1h) > 5\n"
                        "rule r for payer on transaction when ");
    buf_add_format(&text, "%s watch payer for 1h", row->when);
    bench_init(&bench, buf_str(&text));
    ck_assert_uint_eq(bench.pack.checked->rule_count, 1);
    const struct checked_rule *rule = &bench.pack.checked->rules[0];
    for (size_t i = 0; i < rule->condition_count; i++) {
        const struct checked_condition *c = &rule->conditions[i];
        buf_add_format(&shown, "%.*s|%s|%s|%.*s|%s;", (int)c->text.len, c->text.at,
                       c->value == NULL ? "n" : "y", c->threshold == NULL ? "n" : "y",
                       (int)c->threshold_text.len, c->threshold_text.at, vocab_units[c->unit].text);
    }
    ck_assert_str_eq(buf_text(&shown), row->shown);
    bench_fini(&bench);
    buf_fini(&shown);
    buf_fini(&text);
}
END_TEST

START_TEST(a_pack_has_so_many_rules)
{
    static const struct {
        size_t rules, retired;
        bool good;
    } rows[] = {{CHECK_RULES_MAX, 0, true},
                {CHECK_RULES_MAX, 2, true},
                {CHECK_RULES_MAX + 1, 0, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf text = {0};
        struct buf said = {0};
        struct compiled pack;
        struct err err = {.code = ERR_NONE};
        for (size_t k = 0; k < rows[i].retired + rows[i].rules; k++) {
            buf_add_format(&text,
                           "%srule r%zu for payer on transaction when own watch payer for 1h\n",
                           k < rows[i].retired ? "retired " : "", k);
        }
        ck_assert_int_eq(compile_text(&pack, STR("t.rule"), buf_str(&text), &err), 0);
        diag_render(&said, &pack.diags, &pack.source);
        ck_assert_msg((pack.program != NULL) == rows[i].good, "%zu rules: %s", rows[i].rules,
                      buf_text(&said));
        ck_assert_str_eq(
            buf_text(&said),
            rows[i].good
                ? ""
                : "t.rule:20001:6: error: a pack has at most 20000 rules\n"
                  "20001 | rule r20000 for payer on transaction when own watch payer for 1h\n"
                  "      |      ^^^^^^\n"
                  "   hint: retire or remove some; retired ones do not count\n");
        compile_fini(&pack);
        buf_fini(&said);
        buf_fini(&text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("check");
    TCase *t = tcase_create("check");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, mistake_is_said, 0, COUNT_OF(mistakes));
    tcase_add_loop_test(t, what_is_right_compiles, 0, COUNT_OF(cleans));
    tcase_add_loop_test(t, bound_holds, 0, COUNT_OF(bounds));
    tcase_add_loop_test(t, chain_is_bounded, 0, COUNT_OF(chains));
    tcase_add_loop_test(t, reason_is_kept, 0, COUNT_OF(reasons));
    tcase_add_test(t, a_pack_has_so_many_rules);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
