/* test_check_set.c - ranges, sets and lists, and who can be in them: every mistake gives exactly
 * this text. */
#include "tests/unit/shown_mistakes.h"

static const struct mistake mistakes[] = {
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
    {"a region has six digits",
     "rule r for payer on transaction\n"
     "    when region == 3305\n"
     "    watch payer for 1h\n",
     "t.rule:2:20: error: a region is a county code of six digits, such as 330502\n"
     "    2 |     when region == 3305\n"
     "      |                    ^^^^\n"},
};

int main(void)
{
    return check_mistakes_all("check_set", mistakes, (int)(sizeof mistakes / sizeof mistakes[0]));
}
