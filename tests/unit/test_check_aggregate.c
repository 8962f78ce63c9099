/* test_check_aggregate.c - what is asked of the records of a page: every mistake gives exactly this
 * text. */
#include "tests/unit/shown_mistakes.h"

static const struct mistake mistakes[] = {
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
    {"since a time, inside where and out",
     "rule r for payer.person on transaction\n"
     "    when count(payment_out since last(call_in in 24h where duration >= 3m)) >= 2\n"
     "     and any(payment_in in 24h where amount > 50% of max(payment_out.amount since this.time))\n"
     "     and sum(payment_out.amount in today) >= 1.5 x max(payment_in.amount since subject.age)\n"
     "    watch payer for 1h\n",
     "t.rule:4:80: error: `since` needs a time, and this is a count\n"
     "    4 |      and sum(payment_out.amount in today) >= 1.5 x max(payment_in.amount since subject.age)\n"
     "      |                                                                                ^^^^^^^^^^^\n"},
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
};

int main(void)
{
    return check_mistakes_all("check_aggregate", mistakes,
                              (int)(sizeof mistakes / sizeof mistakes[0]));
}
