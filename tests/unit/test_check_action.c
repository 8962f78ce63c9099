/* test_check_action.c - points, tiers, advice, stops and texts: every mistake gives exactly this
 * text. */
#include "tests/unit/shown_mistakes.h"

static const struct mistake mistakes[] = {
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
    {"a number in a text",
     "typology mule for account tiers low 20 closes after 7d\n"
     "rule r of mule for payer on transaction\n"
     "    when own\n"
     "    score 20 for 1h\n"
     "    say \"{2.5} {5}\"\n",
     "t.rule:5:11: error: write this number into the text itself\n"
     "    5 |     say \"{2.5} {5}\"\n"
     "      |           ^^^\n"},
};

int main(void)
{
    return check_mistakes_all("check_action", mistakes,
                              (int)(sizeof mistakes / sizeof mistakes[0]));
}
