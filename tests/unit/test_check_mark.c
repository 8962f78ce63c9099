/* test_check_mark.c - marks: every mistake gives exactly this text. */
#include "tests/unit/shown_mistakes.h"

static const struct mistake mistakes[] = {
    {"a mark that no rule sets",
     "rule a for payer on transaction when own mark payee suspect for 1h\n"
     "rule b for payee on transaction when subject marked suspekt watch payee for 1h\n",
     "t.rule:2:53: error: no rule sets the mark `suspekt`\n"
     "    2 | rule b for payee on transaction when subject marked suspekt watch payee for 1h\n"
     "      |                                                     ^^^^^^^\n"
     "   hint: did you mean `suspect`?\n"},
    {"a mark that nobody asks for",
     "rule a for payer on transaction when own mark payee suspect level 2 for 1h\n",
     "t.rule:1:53: warning: no rule asks for the mark `suspect`\n"
     "    1 | rule a for payer on transaction when own mark payee suspect level 2 for 1h\n"
     "      |                                                     ^^^^^^^\n"},
    {"only a shadow rule sets it",
     "shadow rule a for payer on transaction when own mark payee suspect for 1h\n"
     "rule b for payee on transaction when subject marked suspect watch payee for 1h\n",
     "t.rule:2:53: warning: only rules that do not run set `suspect`\n"
     "    2 | rule b for payee on transaction when subject marked suspect watch payee for 1h\n"
     "      |                                                     ^^^^^^^\n"
     "   t.rule:1:60: here\n"
     "    1 | shadow rule a for payer on transaction when own mark payee suspect for 1h\n"
     "      |                                                            -------\n"
     "   hint: shadow rules and drafts write nothing\n"},
    {"levels",
     "rule a for payer on transaction when own mark payee suspect level 4 for 1h\n"
     "rule b for payee on transaction when subject marked suspect level >= 1 watch payee for 1h\n"
     "rule d for payee on transaction when subject marked suspect level > 3 watch payee for 1h\n",
     "t.rule:1:67: error: levels are 1, 2 and 3\n"
     "    1 | rule a for payer on transaction when own mark payee suspect level 4 for 1h\n"
     "      |                                                                   ^\n"
     "t.rule:2:70: error: this is every level\n"
     "    2 | rule b for payee on transaction when subject marked suspect level >= 1 watch payee for 1h\n"
     "      |                                                                      ^\n"
     "   hint: levels are 1, 2 and 3\n"
     "t.rule:3:69: error: this is no level\n"
     "    3 | rule d for payee on transaction when subject marked suspect level > 3 watch payee for 1h\n"
     "      |                                                                     ^\n"
     "   hint: levels are 1, 2 and 3\n"},
    {"who is marked",
     "rule a for payer on transaction when own mark caller suspect for 1h\n"
     "rule b for payee on transaction when amount marked suspect watch payee for 1h\n"
     "rule d for payee on transaction when any(payment_in in 1h where payer marked suspect) watch payee for 1h\n"
     "rule e for payee on transaction when payer marked suspect watch payee for 1h\n",
     "t.rule:1:47: error: `caller` has no part in this event\n"
     "    1 | rule a for payer on transaction when own mark caller suspect for 1h\n"
     "      |                                               ^^^^^^\n"
     "   hint: there are `subject`, `payee`, `device`, `payee.person`, `payer` and `payer.person`\n"
     "t.rule:2:38: error: only an entity can be marked\n"
     "    2 | rule b for payee on transaction when amount marked suspect watch payee for 1h\n"
     "      |                                      ^^^^^^\n"
     "   hint: entities are `subject` and the roles, such as `payee` and `payee.person`\n"
     "t.rule:3:65: error: whether `payer` is marked is not known of past records\n"
     "    3 | rule d for payee on transaction when any(payment_in in 1h where payer marked suspect) watch payee for 1h\n"
     "      |                                                                 ^^^^^\n"
     "   hint: outside `where` it asks about the event in hand\n"
     "t.rule:4:38: error: the page of `payee` is visited before that of `payer` and cannot know it\n"
     "    4 | rule e for payee on transaction when payer marked suspect watch payee for 1h\n"
     "      |                                      ^^^^^\n"
     "   hint: write the rule for `payer`: there both are known\n"},
    {"how long",
     "rule a for payer on transaction when own mark payee suspect for 400d\n"
     "rule b for payee on transaction when subject marked suspect watch payee for 1h\n",
     "t.rule:1:65: error: the time of a mark is at most 366d\n"
     "    1 | rule a for payer on transaction when own mark payee suspect for 400d\n"
     "      |                                                                 ^^^^\n"},
    {"right",
     "rule a for payer on transaction when own mark payee suspect for 1h mark payee.person suspect level 3 for 2h if amount > 1.00 CNY\n"
     "rule b for payer.person on transaction when payee marked suspect level <= 2 or payee.person marked suspect level != 2 or not subject marked suspect watch payee for 1h\n"
     "feature f for account = subject marked suspect level == 3\n"
     "rule d for payee on transaction when f watch payee for 1h\n",
     ""},
    {"marks that are given",
     "rule a for payer on transaction when own mark payee suspect for 1h\n"
     "rule b for payee on transaction when subject marked suspect watch payee for 1h\n"
     "    fires { given X marked suspekt level 2 given X marked suspect level 5\n"
     "        +0m transaction from P to X amount 5.00 CNY }\n",
     "t.rule:3:28: error: no rule sets the mark `suspekt`\n"
     "    3 |     fires { given X marked suspekt level 2 given X marked suspect level 5\n"
     "      |                            ^^^^^^^\n"
     "   hint: did you mean `suspect`?\n"
     "t.rule:3:52: error: levels are 1, 2 and 3\n"
     "    3 |     fires { given X marked suspekt level 2 given X marked suspect level 5\n"
     "      |                                                    ^^^^^^^^^^^^^^^^^^^^^^\n"},
    {"a rule on a mark that no rule sets",
     "rule a for payer on transaction when own mark payee suspect for 1h\n"
     "rule b for account on mark suspekt when night watch subject for 1h\n",
     "t.rule:2:28: error: no rule sets the mark `suspekt`\n"
     "    2 | rule b for account on mark suspekt when night watch subject for 1h\n"
     "      |                            ^^^^^^^\n"
     "   hint: did you mean `suspect`?\n"},
    {"a mark has no roles, and no amount",
     "rule a for payer on transaction when own mark payee suspect for 1h\n"
     "rule b for payer on mark suspect when night watch subject for 1h\n"
     "rule d for account on mark suspect when amount > 1.00 CNY watch payee for 1h\n",
     "t.rule:2:12: error: `payer` is no kind of entity\n"
     "    2 | rule b for payer on mark suspect when night watch subject for 1h\n"
     "      |            ^^^^^\n"
     "   hint: entities are `number`, `account`, `person`, `device` and `domain`\n"
     "t.rule:3:41: error: `amount` is no field of a mark\n"
     "    3 | rule d for account on mark suspect when amount > 1.00 CNY watch payee for 1h\n"
     "      |                                         ^^^^^^\n"
     "   hint: this rule runs on `mark`\n"
     "t.rule:3:65: error: `payee` has no part in this event\n"
     "    3 | rule d for account on mark suspect when amount > 1.00 CNY watch payee for 1h\n"
     "      |                                                                 ^^^^^\n"
     "   hint: the one that a mark is about is `subject`\n"},
    {"each is of other ends",
     "rule a for account on listing when night\n"
     "    mark each(payment_in.payee in 1h) suspect for 1h\n"
     "    mark each(payment_in in 1h) suspect for 1h\n"
     "    mark each(login.what in 1h) suspect for 1h\n"
     "    mark each(call_in.caller in 1h) suspect for 1h\n"
     "    mark each(payment_in.payer) suspect for 1h\n"
     "    mark each(payment_in.payer in 1h where amount) suspect for 1h\n",
     "t.rule:2:15: error: `each` is of the other ends of records\n"
     "    2 |     mark each(payment_in.payee in 1h) suspect for 1h\n"
     "      |               ^^^^^^^^^^^^^^^^\n"
     "   hint: write `each(payment_in.payer ...)`\n"
     "t.rule:3:15: error: `each` is of the other ends of records\n"
     "    3 |     mark each(payment_in in 1h) suspect for 1h\n"
     "      |               ^^^^^^^^^^\n"
     "   hint: write `each(payment_in.payer ...)`\n"
     "t.rule:4:15: error: a record of `login` has no other end\n"
     "    4 |     mark each(login.what in 1h) suspect for 1h\n"
     "      |               ^^^^^^^^^^\n"
     "t.rule:5:15: error: the page of an account has no `call_in`\n"
     "    5 |     mark each(call_in.caller in 1h) suspect for 1h\n"
     "      |               ^^^^^^^\n"
     "   hint: it has `payment_in`, `payment_out`, `login`, `change`, `warning`; a person's page has all streams but `use` and `link`\n"
     "t.rule:6:15: error: how far back? an aggregate needs a span\n"
     "    6 |     mark each(payment_in.payer) suspect for 1h\n"
     "      |               ^^^^^^^^^^^^^^^^\n"
     "   hint: write for example `payment_in.payer in 24h`\n"
     "t.rule:7:44: error: `where` needs a condition, and this is money\n"
     "    7 |     mark each(payment_in.payer in 1h where amount) suspect for 1h\n"
     "      |                                            ^^^^^^\n"
     "   hint: compare it with something, or ask `known(...)`\n"},
    {"a rule that sets its own mark again",
     "rule a for account on mark suspect when night mark each(payment_out.payee in 1h) suspect level 2 for 1h\n",
     "t.rule:1:82: error: a circle: the mark `suspect` of level 2 leads to itself\n"
     "    1 | rule a for account on mark suspect when night mark each(payment_out.payee in 1h) suspect level 2 for 1h\n"
     "      |                       ------------                                               ^^^^^^^\n"
     "      |                       on level 2\n"
     "   hint: ask for a level in `when`, as in `subject marked suspect level == 1`, and set a higher one\n"},
    {"a circle of three",
     "rule a for account on mark one when night mark subject two level 3 for 1h\n"
     "rule b for account on mark two when subject marked two level >= 2 mark subject three for 1h\n"
     "rule d for account on mark three when night mark subject one level 2 for 1h if subject marked three level == 1\n",
     "t.rule:2:80: error: a circle: the mark `three` of level 1 leads to itself\n"
     "    2 | rule b for account on mark two when subject marked two level >= 2 mark subject three for 1h\n"
     "      |                       --------                                                 ^^^^^\n"
     "      |                       on level 3\n"
     "   t.rule:1:56: set here on `one` of level 2\n"
     "    1 | rule a for account on mark one when night mark subject two level 3 for 1h\n"
     "      |                                                        ---\n"
     "   t.rule:3:58: set here on `three` of level 1\n"
     "    3 | rule d for account on mark three when night mark subject one level 2 for 1h if subject marked three level == 1\n"
     "      |                                                          ---\n"
     "   hint: ask for a level in `when`, as in `subject marked two level == 1`, and set a higher one\n"},
    {"a circle through a feature",
     "feature low for account = not subject marked suspect level == 1\n"
     "rule a for account on mark suspect when low or subject marked suspect level == 1 and night mark each(payment_out.payee in 1h) suspect level 3 for 1h\n",
     "t.rule:2:127: error: a circle: the mark `suspect` of level 3 leads to itself\n"
     "    2 | ect level == 1 and night mark each(payment_out.payee in 1h) suspect level 3 for 1h\n"
     "      | -                                                           ^^^^^^^\n"
     "      | on level 3\n"
     "   hint: ask for a level in `when`, as in `subject marked suspect level == 1`, and set a higher one\n"},
    {"levels that rise form no circle",
     "feature newest for account = subject marked suspect level == 1\n"
     "rule a for account on mark suspect when newest mark each(payment_out.payee in 1h) suspect level 2 for 1h\n"
     "rule b for account on mark suspect when not newest and night mark each(payment_out.payee in 1h where time >= this.time) suspect level 3 for 1h if subject marked suspect level < 3\n"
     "rule d for account on mark suspect when night mark subject other for 1h\n"
     "rule e for account on mark other when night mark each(payment_in.payer in 1h) suspect level 2 for 1h if subject marked other level == 2\n"
     "retired rule f for account on mark suspect when night mark subject suspect for 1h\n",
     ""},
};
int main(void)
{
    return check_mistakes_all("check_mark", mistakes, (int)(sizeof mistakes / sizeof mistakes[0]));
}
