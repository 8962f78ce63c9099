/* test_check_rule.c - what a rule runs on, and whom it is about: every mistake gives exactly this
 * text. */
#include "tests/unit/shown_mistakes.h"

static const struct mistake mistakes[] = {
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
};

int main(void)
{
    return check_mistakes_all("check_rule", mistakes, (int)(sizeof mistakes / sizeof mistakes[0]));
}
