/* test_check_history.c - calendars and what is asked of histories: every mistake gives exactly this
 * text. */
#include "tests/unit/shown_mistakes.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))

static const struct mistake mistakes[] = {
    /* ---- calendars ---- */
    {"workdays without a calendar",
     "rule r for payer on transaction when count(payment_out in 5 workdays) > 3 watch payer for 1h\n",
     "t.rule:1:59: error: `in .. workdays` needs a calendar, and the pack has none\n"
     "    1 | rule r for payer on transaction when count(payment_out in 5 workdays) > 3 watch payer for 1h\n"
     "      |                                                           ^^^^^^^^^^\n"
     "   hint: write one, such as `calendar cn holidays 2025-01-28..2025-02-04 workdays 2025-01-26`\n"},
    {"a workday without a calendar",
     "rule r for payer on transaction when workday watch payer for 1h\n",
     "t.rule:1:38: error: `workday` needs a calendar, and the pack has none\n"
     "    1 | rule r for payer on transaction when workday watch payer for 1h\n"
     "      |                                      ^^^^^^^\n"
     "   hint: write one, such as `calendar cn holidays 2025-01-28..2025-02-04 workdays 2025-01-26`\n"},
    {"a holiday without a calendar",
     "rule r for payer on transaction when own\n"
     "    unless \"a feast\" holiday\n"
     "    watch payer for 1h\n",
     "t.rule:2:22: error: `holiday` needs a calendar, and the pack has none\n"
     "    2 |     unless \"a feast\" holiday\n"
     "      |                      ^^^^^^^\n"
     "   hint: write one, such as `calendar cn holidays 2025-01-28..2025-02-04 workdays 2025-01-26`\n"},
    {"too many workdays",
     "calendar cn holidays 2025-01-28..2025-02-04\n"
     "rule r for payer on transaction when count(payment_out in 61 workdays) > 3 watch payer for 1h\n",
     "t.rule:2:59: error: a span of workdays is 1 to 60 workdays\n"
     "    2 | rule r for payer on transaction when count(payment_out in 61 workdays) > 3 watch payer for 1h\n"
     "      |                                                           ^^^^^^^^^^^\n"
     "   hint: with the days between they are at most 90 days\n"},
    {"no workdays",
     "calendar cn holidays 2025-01-28..2025-02-04\n"
     "rule r for payer on transaction when count(payment_out in 0 workdays) > 3 watch payer for 1h\n",
     "t.rule:2:59: error: a span of workdays is 1 to 60 workdays\n"
     "    2 | rule r for payer on transaction when count(payment_out in 0 workdays) > 3 watch payer for 1h\n"
     "      |                                                           ^^^^^^^^^^\n"},
    {"a day that is named twice",
     "calendar cn holidays 2025-01-28..2025-02-04 workdays 2025-02-04\n"
     "rule r for payer on transaction when workday watch payer for 1h\n",
     "t.rule:1:54: error: a day is named twice\n"
     "    1 | calendar cn holidays 2025-01-28..2025-02-04 workdays 2025-02-04\n"
     "      |                      ----------------------          ^^^^^^^^^^\n"
     "      |                      here too\n"
     "   hint: the calendars of a pack are one: each day stands in it once\n"},
    {"a day of two calendars",
     "calendar cn holidays 2025-01-28..2025-02-04\n"
     "calendar town holidays 2025-03-05, 2025-01-30\n"
     "rule r for payer on transaction when workday watch payer for 1h\n",
     "t.rule:2:36: error: a day is named twice\n"
     "    2 | calendar town holidays 2025-03-05, 2025-01-30\n"
     "      |                                    ^^^^^^^^^^\n"
     "   t.rule:1:22: here too\n"
     "    1 | calendar cn holidays 2025-01-28..2025-02-04\n"
     "      |                      ----------------------\n"
     "   hint: the calendars of a pack are one: each day stands in it once\n"},
    {"one day behind a long holiday",
     "calendar cn holidays 2025-01-01..2025-12-31, 2025-02-01, 2025-03-01..2025-03-02\n"
     "rule r for payer on transaction when holiday watch payer for 1h\n",
     "t.rule:1:46: error: a day is named twice\n"
     "    1 | calendar cn holidays 2025-01-01..2025-12-31, 2025-02-01, 2025-03-01..2025-03-02\n"
     "      |                      ----------------------  ^^^^^^^^^^\n"
     "      |                      here too\n"
     "   hint: the calendars of a pack are one: each day stands in it once\n"
     "t.rule:1:58: error: a day is named twice\n"
     "    1 | calendar cn holidays 2025-01-01..2025-12-31, 2025-02-01, 2025-03-01..2025-03-02\n"
     "      |                      ----------------------              ^^^^^^^^^^^^^^^^^^^^^^\n"
     "      |                      here too\n"
     "   hint: the calendars of a pack are one: each day stands in it once\n"},
    {"two calendars of one name",
     "calendar cn holidays 2025-01-28..2025-02-04\n"
     "calendar cn\n"
     "rule r for payer on transaction when workday watch payer for 1h\n",
     "t.rule:2:10: error: `cn` is already a calendar\n"
     "    2 | calendar cn\n"
     "      |          ^^\n"
     "   t.rule:1:10: the first one\n"
     "    1 | calendar cn holidays 2025-01-28..2025-02-04\n"
     "      |          --\n"
     "   hint: choose another name: one name has one meaning\n"},
    {"a calendar is no value",
     "calendar cn holidays 2025-01-28..2025-02-04\n"
     "rule r for payer on transaction when cn and own watch payer for 1h\n",
     "t.rule:2:38: error: `cn` is a calendar, not a value\n"
     "    2 | rule r for payer on transaction when cn and own watch payer for 1h\n"
     "      |                                      ^^\n"
     "   hint: ask `workday`, `holiday`, or look back `in 5 workdays`\n"},
    {"a calendar is no set",
     "calendar cn holidays 2025-01-28..2025-02-04\n"
     "rule r for payer on transaction when hour in cn watch payer for 1h\n",
     "t.rule:2:46: error: `cn` is no list and no set of constants\n"
     "    2 | rule r for payer on transaction when hour in cn watch payer for 1h\n"
     "      |                                              ^^\n"
     "   hint: a set stands in braces, as in `in {intl, hidden}`\n"},
    {"a calendar and a list of one name",
     "calendar cn holidays 2025-01-28..2025-02-04\n"
     "list cn of account\n"
     "rule r for payer on transaction when payee in cn watch payer for 1h\n",
     "t.rule:1:10: error: `cn` is already a list\n"
     "    1 | calendar cn holidays 2025-01-28..2025-02-04\n"
     "      |          ^^\n"
     "   t.rule:2:6: the first one\n"
     "    2 | list cn of account\n"
     "      |      --\n"
     "   hint: choose another name: one name has one meaning\n"},
    {"the day of a past record",
     "calendar cn holidays 2025-01-28..2025-02-04\n"
     "rule r for payer on transaction when count(payment_out in 5d where workday) > 3 watch payer for 1h\n",
     "t.rule:2:68: error: a record of `payment_out` has no `workday`\n"
     "    2 | rule r for payer on transaction when count(payment_out in 5d where workday) > 3 watch payer for 1h\n"
     "      |                                                                    ^^^^^^^\n"
     "   hint: `this.workday` is that of the event in hand\n"},
    {"a workday is no number",
     "calendar cn holidays 2025-01-28..2025-02-04\n"
     "rule r for payer on transaction when workday > 3 watch payer for 1h\n",
     "t.rule:2:46: error: cannot compare yes or no with a plain number\n"
     "    2 | rule r for payer on transaction when workday > 3 watch payer for 1h\n"
     "      |                                      ------- ^ -\n"
     "      |                                      yes or no plain number\n"
     "   hint: a condition stands for itself, or behind `not`\n"},
    {"a feature has no day in hand",
     "calendar cn holidays 2025-01-28..2025-02-04\n"
     "feature f for account = workday\n"
     "rule r for payer on transaction when own watch payer for 1h\n",
     "t.rule:2:25: error: `workday` is a field of an event, and a feature has none\n"
     "    2 | feature f for account = workday\n"
     "      |                         ^^^^^^^\n"
     "   hint: a feature uses its page and the time; move the comparison into the rule\n"},
    /* ---- aggregates ---- */
    {"an average of times",
     "rule r for payer on transaction when avg(payment_out.time in 24h) > time watch payer for 1h\n",
     "t.rule:1:42: error: `avg` takes money or durations\n"
     "    1 | rule r for payer on transaction when avg(payment_out.time in 24h) > time watch payer for 1h\n"
     "      |                                          ^^^^^^^^^^^^^^^^\n"
     "      |                                          time\n"},
    {"an average of hours",
     "rule r for payer on transaction when avg(payment_out.hour in 24h) > 3 watch payer for 1h\n",
     "t.rule:1:42: error: `avg` takes money or durations\n"
     "    1 | rule r for payer on transaction when avg(payment_out.hour in 24h) > 3 watch payer for 1h\n"
     "      |                                          ^^^^^^^^^^^^^^^^\n"
     "      |                                          count\n"},
    {"an average compared with a count",
     "rule r for payer on transaction when avg(payment_out.amount in 24h) > 3 watch payer for 1h\n",
     "t.rule:1:69: error: cannot compare money with a plain number\n"
     "    1 | rule r for payer on transaction when avg(payment_out.amount in 24h) > 3 watch payer for 1h\n"
     "      |                                      ------------------------------ ^ -\n"
     "      |                                      money                            plain number\n"
     "   hint: an amount has a currency: `3 CNY`\n"},
    {"an average without a field",
     "rule r for payer on transaction when avg(payment_out in 24h) > 5.00 CNY watch payer for 1h\n",
     "t.rule:1:42: error: `avg` needs a field of the stream\n"
     "    1 | rule r for payer on transaction when avg(payment_out in 24h) > 5.00 CNY watch payer for 1h\n"
     "      |                                          ^^^^^^^^^^^\n"
     "   hint: for example `avg(payment_out.amount ...)`\n"},
    {"the median of accounts",
     "rule r for payer on transaction when median(payment_out.payee in 24h) == payee watch payer for 1h\n",
     "t.rule:1:45: error: `median` takes what has a smaller and a greater\n"
     "    1 | rule r for payer on transaction when median(payment_out.payee in 24h) == payee watch payer for 1h\n"
     "      |                                             ^^^^^^^^^^^^^^^^^\n"
     "      |                                             account\n"},
    {"the median of yes and no",
     "rule r for payer on transaction when known(median(payment_out.own in 24h)) watch payer for 1h\n",
     "t.rule:1:51: error: `median` takes what has a smaller and a greater\n"
     "    1 | rule r for payer on transaction when known(median(payment_out.own in 24h)) watch payer for 1h\n"
     "      |                                                   ^^^^^^^^^^^^^^^\n"
     "      |                                                   yes or no\n"},
    {"a percentile of channels",
     "rule r for payer on transaction when p90(payment_out.channel in 24h) == web watch payer for 1h\n",
     "t.rule:1:42: error: `p90` takes what has a smaller and a greater\n"
     "    1 | rule r for payer on transaction when p90(payment_out.channel in 24h) == web watch payer for 1h\n"
     "      |                                          ^^^^^^^^^^^^^^^^^^^\n"
     "      |                                          channel\n"},
    {"a percentile over too long a span",
     "rule r for payer on transaction when p99(payment_out.amount in 91d) > 5.00 CNY watch payer for 1h\n",
     "t.rule:1:64: error: the span of an aggregate is at most 90d\n"
     "    1 | rule r for payer on transaction when p99(payment_out.amount in 91d) > 5.00 CNY watch payer for 1h\n"
     "      |                                                                ^^^\n"},
    {"a percentile with a number",
     "rule r for payer on transaction when p90(90, payment_out.amount in 24h) > 5.00 CNY watch payer for 1h\n",
     "t.rule:1:42: error: `p90` takes no number\n"
     "    1 | rule r for payer on transaction when p90(90, payment_out.amount in 24h) > 5.00 CNY watch payer for 1h\n"
     "      |                                          ^^\n"},
    {"a percentile without a span",
     "rule r for payer on transaction when p90(payment_out.amount) > 5.00 CNY watch payer for 1h\n",
     "t.rule:1:42: error: how far back? an aggregate needs a span\n"
     "    1 | rule r for payer on transaction when p90(payment_out.amount) > 5.00 CNY watch payer for 1h\n"
     "      |                                          ^^^^^^^^^^^^^^^^^^\n"
     "   hint: write for example `payment_out.amount in 24h`\n"},
    {"a median of what a record has not",
     "rule r for payer on transaction when median(payment_out.balance_before in 24h) > 5.00 CNY watch payer for 1h\n",
     "t.rule:1:45: error: a record of `payment_out` has no `balance_before`\n"
     "    1 | rule r for payer on transaction when median(payment_out.balance_before in 24h) > 5.00 CNY watch payer for 1h\n"
     "      |                                             ^^^^^^^^^^^^^^^^^^^^^^^^^^\n"},
    {"a share without a number",
     "rule r for payer on transaction when top_share(payment_out.payee in 24h) > 50% watch payer for 1h\n",
     "t.rule:1:38: error: `top_share` needs a number of values before its stream\n"
     "    1 | rule r for payer on transaction when top_share(payment_out.payee in 24h) > 50% watch payer for 1h\n"
     "      |                                      ^^^^^^^^^\n"
     "   hint: for example `top_share(2, payment_out.payee in 24h)`: of the two most frequent values\n"},
    {"a share of half a value",
     "rule r for payer on transaction when top_share(1.5, payment_out.payee in 24h) > 50% watch payer for 1h\n",
     "t.rule:1:48: error: `top_share` is of 1 to 16 values\n"
     "    1 | rule r for payer on transaction when top_share(1.5, payment_out.payee in 24h) > 50% watch payer for 1h\n"
     "      |                                                ^^^\n"
     "   hint: for example `top_share(2, payment_out.payee in 24h)`: of the two most frequent values\n"},
    {"a share of no values",
     "rule r for payer on transaction when top_share(0, payment_out.payee in 24h) > 50% watch payer for 1h\n",
     "t.rule:1:48: error: `top_share` is of 1 to 16 values\n"
     "    1 | rule r for payer on transaction when top_share(0, payment_out.payee in 24h) > 50% watch payer for 1h\n"
     "      |                                                ^\n"
     "   hint: for example `top_share(2, payment_out.payee in 24h)`: of the two most frequent values\n"},
    {"a share of too many values",
     "rule r for payer on transaction when top_share(17, payment_out.payee in 24h) > 50% watch payer for 1h\n",
     "t.rule:1:48: error: `top_share` is of 1 to 16 values\n"
     "    1 | rule r for payer on transaction when top_share(17, payment_out.payee in 24h) > 50% watch payer for 1h\n"
     "      |                                                ^^\n"
     "   hint: for example `top_share(2, payment_out.payee in 24h)`: of the two most frequent values\n"},
    {"a share with a factor",
     "rule r for payer on transaction when top_share(2 x, payment_out.payee in 24h) > 50% watch payer for 1h\n",
     "t.rule:1:48: error: `top_share` needs a number of values before its stream\n"
     "    1 | rule r for payer on transaction when top_share(2 x, payment_out.payee in 24h) > 50% watch payer for 1h\n"
     "      |                                                ^\n"
     "   hint: for example `top_share(2, payment_out.payee in 24h)`: of the two most frequent values\n"},
    {"a share without a field",
     "rule r for payer on transaction when top_share(2, payment_out in 24h) > 50% watch payer for 1h\n",
     "t.rule:1:51: error: `top_share` needs a field of the stream\n"
     "    1 | rule r for payer on transaction when top_share(2, payment_out in 24h) > 50% watch payer for 1h\n"
     "      |                                                   ^^^^^^^^^^^\n"
     "   hint: for example `top_share(2, payment_out.amount ...)`\n"},
    {"a share of yes and no",
     "rule r for payer on transaction when top_share(1, payment_out.own in 24h) > 50% watch payer for 1h\n",
     "t.rule:1:51: error: `top_share` takes more than yes or no\n"
     "    1 | rule r for payer on transaction when top_share(1, payment_out.own in 24h) > 50% watch payer for 1h\n"
     "      |                                                   ^^^^^^^^^^^^^^^\n"
     "      |                                                   yes or no\n"},
    {"a share compared with a count",
     "rule r for payer on transaction when top_share(1, payment_out.payee in 24h) > 2 watch payer for 1h\n",
     "t.rule:1:77: error: cannot compare a ratio with a plain number\n"
     "    1 | rule r for payer on transaction when top_share(1, payment_out.payee in 24h) > 2 watch payer for 1h\n"
     "      |                                      -------------------------------------- ^ -\n"
     "      |                                      ratio                                    plain number\n"},
    {"what rises without a field",
     "rule r for payer on transaction when rising(payment_out in 24h) >= 3 watch payer for 1h\n",
     "t.rule:1:45: error: `rising` needs a field of the stream\n"
     "    1 | rule r for payer on transaction when rising(payment_out in 24h) >= 3 watch payer for 1h\n"
     "      |                                             ^^^^^^^^^^^\n"
     "   hint: for example `rising(payment_out.amount ...)`\n"},
    {"what rises by a number",
     "rule r for payer on transaction when rising(3, payment_out.amount in 24h) >= 3 watch payer for 1h\n",
     "t.rule:1:45: error: `rising` takes a factor, with `x` behind it\n"
     "    1 | rule r for payer on transaction when rising(3, payment_out.amount in 24h) >= 3 watch payer for 1h\n"
     "      |                                             ^\n"
     "   hint: for example `rising(3 x, payment_out.amount in 24h)`\n"},
    {"what rises by less than itself",
     "rule r for payer on transaction when rising(0.5 x, payment_out.amount in 24h) >= 3 watch payer for 1h\n",
     "t.rule:1:45: error: what rises by a factor below 1 falls\n"
     "    1 | rule r for payer on transaction when rising(0.5 x, payment_out.amount in 24h) >= 3 watch payer for 1h\n"
     "      |                                             ^^^\n"
     "   hint: for example `rising(1.5 x, payment_out.amount in 24h)`\n"},
    {"what cannot rise",
     "rule r for payer on transaction when rising(payment_out.payee in 24h) >= 3 watch payer for 1h\n",
     "t.rule:1:45: error: `rising` takes what has a smaller and a greater\n"
     "    1 | rule r for payer on transaction when rising(payment_out.payee in 24h) >= 3 watch payer for 1h\n"
     "      |                                             ^^^^^^^^^^^^^^^^^\n"
     "      |                                             account\n"},
    {"what rises is no amount",
     "rule r for payer on transaction when rising(payment_out.amount in 24h) >= 5.00 CNY watch payer for 1h\n",
     "t.rule:1:72: error: cannot compare a count with money\n"
     "    1 | rule r for payer on transaction when rising(payment_out.amount in 24h) >= 5.00 CNY watch payer for 1h\n"
     "      |                                      --------------------------------- ^^ --------\n"
     "      |                                      count                                money\n"},
    {"a share of a set",
     "rule r for payer on transaction when top_share(2, login.what in 24h) > 50% and median(login.what in 24h) == enter watch payer for 1h\n",
     "t.rule:1:87: error: `median` takes what has a smaller and a greater\n"
     "    1 | rule r for payer on transaction when top_share(2, login.what in 24h) > 50% and median(login.what in 24h) == enter watch payer for 1h\n"
     "      |                                                                                       ^^^^^^^^^^\n"
     "      |                                                                                       kind of login\n"},
    /* ---- what is usual ---- */
    {"what is usual of logins",
     "rule r for payer on transaction when usual_p99(login.gap) > 1h watch payer for 1h\n",
     "t.rule:1:48: error: nothing usual is kept of `login.gap`\n"
     "    1 | rule r for payer on transaction when usual_p99(login.gap) > 1h watch payer for 1h\n"
     "      |                                                ^^^^^^^^^\n"
     "   hint: `usual_p99` is of `payment_in.amount`, `payment_out.amount` or `call_out.duration`\n"},
    {"what is usual of gaps",
     "rule r for payer on transaction when usual_p99(payment_out.gap) > 1h watch payer for 1h\n",
     "t.rule:1:48: error: nothing usual is kept of `payment_out.gap`\n"
     "    1 | rule r for payer on transaction when usual_p99(payment_out.gap) > 1h watch payer for 1h\n"
     "      |                                                ^^^^^^^^^^^^^^^\n"
     "   hint: `usual_p99` is of `payment_in.amount`, `payment_out.amount` or `call_out.duration`\n"},
    {"what is usual without a field",
     "rule r for payer on transaction when usual_max(payment_out) > 5.00 CNY watch payer for 1h\n",
     "t.rule:1:48: error: nothing usual is kept of `payment_out`\n"
     "    1 | rule r for payer on transaction when usual_max(payment_out) > 5.00 CNY watch payer for 1h\n"
     "      |                                                ^^^^^^^^^^^\n"
     "   hint: `usual_max` is of `payment_in.amount`, `payment_out.amount` or `call_out.duration`\n"},
    {"what is usual in a span",
     "rule r for payer on transaction when usual_median(payment_out.amount in 90d) > 5.00 CNY watch payer for 1h\n",
     "t.rule:1:73: error: `usual_median` takes no span\n"
     "    1 | rule r for payer on transaction when usual_median(payment_out.amount in 90d) > 5.00 CNY watch payer for 1h\n"
     "      |                                                                         ^^^\n"
     "   hint: it looks at all records of the 90 d that end 24 h ago\n"},
    {"what is usual of some",
     "rule r for payer on transaction when usual_p90(payment_out.amount where own) > 5.00 CNY watch payer for 1h\n",
     "t.rule:1:73: error: `usual_p90` takes no `where`\n"
     "    1 | rule r for payer on transaction when usual_p90(payment_out.amount where own) > 5.00 CNY watch payer for 1h\n"
     "      |                                                                         ^^^\n"
     "   hint: it looks at all records of the 90 d that end 24 h ago\n"},
    {"what is usual with a number",
     "rule r for payer on transaction when usual_p90(2, payment_out.amount) > 5.00 CNY watch payer for 1h\n",
     "t.rule:1:48: error: `usual_p90` takes no number\n"
     "    1 | rule r for payer on transaction when usual_p90(2, payment_out.amount) > 5.00 CNY watch payer for 1h\n"
     "      |                                                ^\n"},
    {"what is usual of calls in",
     "rule r for caller on call_end when usual_p90(call_in.duration) > 5m watch caller for 1h\n",
     "t.rule:1:46: error: nothing usual is kept of `call_in.duration`\n"
     "    1 | rule r for caller on call_end when usual_p90(call_in.duration) > 5m watch caller for 1h\n"
     "      |                                              ^^^^^^^^^^^^^^^^\n"
     "   hint: `usual_p90` is of `payment_in.amount`, `payment_out.amount` or `call_out.duration`\n"},
    {"what is usual of another page",
     "rule r for caller on call_end when usual_p90(payment_in.amount) > 5.00 CNY watch caller for 1h\n",
     "t.rule:1:46: error: the page of a number has no `payment_in`\n"
     "    1 | rule r for caller on call_end when usual_p90(payment_in.amount) > 5.00 CNY watch caller for 1h\n"
     "      |                                              ^^^^^^^^^^\n"
     "   hint: it has `call_in`, `call_out`, `sms_in`, `sms_out`, `change`, `warning`; a person's page has all streams but `use` and `link`\n"},
    {"what is usual is an amount",
     "rule r for payer on transaction when usual_p90(payment_in.amount) > 3 watch payer for 1h\n",
     "t.rule:1:67: error: cannot compare money with a plain number\n"
     "    1 | rule r for payer on transaction when usual_p90(payment_in.amount) > 3 watch payer for 1h\n"
     "      |                                      ---------------------------- ^ -\n"
     "      |                                      money                          plain number\n"
     "   hint: an amount has a currency: `3 CNY`\n"},
    {"what is usual is a duration",
     "rule r for caller on call_end when usual_max(call_out.duration) > 5.00 CNY watch caller for 1h\n",
     "t.rule:1:65: error: cannot compare a duration with money\n"
     "    1 | rule r for caller on call_end when usual_max(call_out.duration) > 5.00 CNY watch caller for 1h\n"
     "      |                                    ---------------------------- ^ --------\n"
     "      |                                    duration                       money\n"},
    {"what is usual of a field that is none",
     "rule r for caller on call_end when usual_max(call_out.amount) > 5.00 CNY watch caller for 1h\n",
     "t.rule:1:46: error: nothing usual is kept of `call_out.amount`\n"
     "    1 | rule r for caller on call_end when usual_max(call_out.amount) > 5.00 CNY watch caller for 1h\n"
     "      |                                              ^^^^^^^^^^^^^^^\n"
     "   hint: `usual_max` is of `payment_in.amount`, `payment_out.amount` or `call_out.duration`\n"},
};

START_TEST(mistake_is_said)
{
    check_mistakes_shown(mistakes[_i].name, mistakes[_i].text, mistakes[_i].shown);
}
END_TEST

static const struct {
    const char *name;
    const char *text;
} cleans[] = {
    {"a calendar without a day has weekends", "calendar cn\nrule r for payer on transaction\n"
                                              "    when workday watch payer for 1h\n"},
    {"the longest span of workdays",
     "calendar cn \"festival\" workdays 2025-01-26 holidays 2025-01-28..2025-02-04\n"
     "rule r for payer on transaction\n"
     "    when count(payment_out in 60 workdays) > 3 and not holiday watch payer for 1h\n"},
    {"every aggregate of many values",
     "rule r for payer on transaction\n"
     "    when avg(payment_out.amount in 24h) > 5.00 CNY and median(payment_out.hour in 24h) > 3\n"
     "      and p90(payment_out.gap in 90d) > 1h and p99(payment_out.time in today) < time\n"
     "      and top_share(16, payment_out.payee in 24h) == 100%\n"
     "      and rising(1 x, payment_out.amount in 24h where not own) > 1\n"
     "      and rising(warning.tier in 24h) > 1\n"
     "    watch payer for 1h\n"},
    {"all that is usual",
     "feature f for person = usual_max(call_out.duration)\n"
     "rule r for payer.person on transaction\n"
     "    when amount > usual_p99(payment_out.amount) and f > 1h\n"
     "      and usual_median(payment_in.amount) < 1.5 x usual_p90(payment_in.amount)\n"
     "    watch payer for 1h\n"},
    {"days that touch", "calendar cn workdays 2025-01-26..2025-01-27 holidays 2025-01-28\n"
                        "calendar town holidays 2025-01-29\n"
                        "rule r for payer on transaction when workday watch payer for 1h\n"},
};

START_TEST(what_is_right_compiles)
{
    check_mistakes_shown(cleans[_i].name, cleans[_i].text, "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("check_history");
    TCase *tests = tcase_create("check_history");
    tcase_add_loop_test(tests, mistake_is_said, 0, COUNT_OF(mistakes));
    tcase_add_loop_test(tests, what_is_right_compiles, 0, COUNT_OF(cleans));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
