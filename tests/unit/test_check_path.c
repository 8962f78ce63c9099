/* test_check_path.c - what a name or a path leads to from the page and the event at hand: every
 * mistake gives exactly this text. */
#include "tests/unit/shown_mistakes.h"

static const struct mistake mistakes[] = {
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
    {"what a device is used for is on its own page",
     "rule r for payer.person on transaction\n"
     "    when count(use in 1h) > 5 or device.first_seen > time\n"
     "      or distinct(payment_in.device in 1h) > 2\n"
     "    watch payer for 1h\n",
     "t.rule:2:16: error: the page of a person has no `use`\n"
     "    2 |     when count(use in 1h) > 5 or device.first_seen > time\n"
     "      |                ^^^\n"
     "   hint: it has `call_in`, `call_out`, `payment_in`, `payment_out`, `sms_in`, `sms_out`, `login`, `change`, `warning`\n"},
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
};

int main(void)
{
    return check_mistakes_all("check_path", mistakes, (int)(sizeof mistakes / sizeof mistakes[0]));
}
