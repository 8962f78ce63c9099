/* test_check_name.c - constants, features and other names that a pack gives: every mistake gives
 * exactly this text. */
#include "tests/unit/shown_mistakes.h"

static const struct mistake mistakes[] = {
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
    {"a constant where a feature is",
     "feature same for account = 5\n"
     "rule r for payer on transaction when count(payment_in in 1h) > same watch payer for 1h\n",
     "t.rule:1:28: error: this is the same on every page\n"
     "    1 | feature same for account = 5\n"
     "      |                            ^\n"
     "   hint: make it a constant: `const NAME = ...`\n"},
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
};

int main(void)
{
    return check_mistakes_all("check_name", mistakes, (int)(sizeof mistakes / sizeof mistakes[0]));
}
