/* test_dead.c - conditions that can never be true, and rules that say the same; and what is
 * neither. */
#include "rules/dead.h"

#include "rules/compile.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct buf found_in(const char *text)
{
    struct compiled pack;
    struct diag_list diags = {0};
    struct buf shown = {0};
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), str_of(text), NULL), 0);
    diag_render(&shown, &pack.diags, &pack.source);
    ck_assert_msg(pack.program != NULL, "%s", buf_text(&shown));
    buf_clear(&shown);
    dead_find(pack.checked, &diags);
    diag_render(&shown, &diags, &pack.source);
    (void)buf_text(&shown);
    diag_fini(&diags);
    compile_fini(&pack);
    return shown;
}

/* ---- conditions ---- */

struct dead_row {
    const char *name;
    const char *when; /* of a rule for payer on transaction */
    const char *said; /* the first line behind place and severity; "" if nothing is */
};

#define EXCLUDE "rule `r` can never fire: these two exclude each other"
#define IMPOSSIBLE "rule `r` can never fire: this is impossible"

static const struct dead_row dead_rows[] = {
    {"less than one and more than two", "amount < 1.00 CNY and amount > 2.00 CNY", EXCLUDE},
    {"the limits touch", "amount <= 2.00 CNY and amount >= 2.00 CNY", ""},
    {"the limits touch and one is out", "amount < 2.00 CNY and amount >= 2.00 CNY", EXCLUDE},
    {"other values", "amount < 1.00 CNY and balance_before > 2.00 CNY", ""},
    {"the number stands first", "1.00 CNY > amount and 2.00 CNY < amount", EXCLUDE},
    {"two words of one set", "channel == atm and channel == pos", EXCLUDE},
    {"one word, and not the other", "channel == atm and channel != pos", ""},
    {"a word and not it", "channel == atm and channel != atm", EXCLUDE},
    {"a set without the word", "channel in {atm, pos} and channel == web", EXCLUDE},
    {"a gap of a set is not looked at", "channel in {mobile, atm} and channel == web", ""},
    {"a word of a set that is not in", "channel == atm and channel not in {atm, pos}", EXCLUDE},
    {"yes and no", "own and first_time and not own", EXCLUDE},
    {"not of an or", "not (own or first_time) and own", EXCLUDE},
    {"not of an and says little", "not (own and first_time) and own", ""},
    {"between and outside", "amount between 1.00 CNY and 2.00 CNY and amount > 3.00 CNY", EXCLUDE},
    {"between and inside what is not", "hour between 3 and 4 and not (hour between 2 and 5)",
     EXCLUDE},
    {"one alternative is left", "(amount < 1.00 CNY or own) and amount > 2.00 CNY", ""},
    {"no alternative is left", "(amount < 1.00 CNY or not own) and amount > 2.00 CNY and own",
     EXCLUDE},
    {"alternatives that are not alone", "own and not own or first_time", ""},
    {"a share of more than all", "share(payment_in in 1h where own) > 100%", IMPOSSIBLE},
    {"a share of all", "share(payment_in in 1h where own) >= 100%", ""},
    {"a count below none", "count(payment_in in 1h) < 0", IMPOSSIBLE},
    {"a run below none", "rising(payment_in.amount in 1h) < 0", IMPOSSIBLE},
    {"the most frequent are more than all", "top_share(2, payment_in.payer in 1h) > 100%",
     IMPOSSIBLE},
    {"the share of other values",
     "top_share(2, payment_in.payer in 1h) < 10% and top_share(3, payment_in.payer in 1h) > 20%",
     ""},
    {"other workdays",
     "count(payment_in in 2 workdays) < 3 and count(payment_in in 3 workdays) > 4", ""},
    {"another rise",
     "rising(payment_in.amount in 1h) < 3 and rising(2 x, payment_in.amount in 1h) > 4", ""},
    {"the same workdays",
     "count(payment_in in 2 workdays) < 3 and count(payment_in in 2 workdays) > 4", EXCLUDE},
    {"an hour that no day has", "hour >= 24", IMPOSSIBLE},
    {"a time before they met", "known_for < 0s", IMPOSSIBLE},
    {"the same aggregate", "count(payment_in in 1h) > 3 and count(payment_in in 1h) < 2", EXCLUDE},
    {"another span", "count(payment_in in 2h) > 3 and count(payment_in in 1h) < 2", ""},
    {"another filter",
     "count(payment_in in 1h where own) > 3 and count(payment_in in 1h where late) < 2", ""},
    {"a comparison of two values, and not it",
     "amount > balance_before and not (amount > balance_before)", EXCLUDE},
    {"a feature", "f > 3 and f < 2", EXCLUDE},
    {"a filter", "any(payment_in in 1h where amount < 1.00 CNY and amount > 2.00 CNY)",
     "no record satisfies this `where`: these two exclude each other"},
    {"the event and the record",
     "any(payment_in in 1h where amount < 1.00 CNY and this.amount > 2.00 CNY)", ""},
};

START_TEST(condition)
{
    const struct dead_row *row = &dead_rows[_i];
    struct buf text = {0};
    buf_add_format(&text,
                   "feature f for account = count(payment_in in 1d)\n"
                   "calendar cn\n"
                   "rule g for payer on transaction when f > 1 and %s watch payer for 1h\n"
                   "rule r for payer on transaction when %s watch payer for 1h\n",
                   "own", row->when);
    struct buf shown = found_in(buf_text(&text));
    const char *said = strstr(buf_text(&shown), "warning: ");
    size_t len = strlen(row->said);
    ck_assert_msg((said == NULL) == (len == 0), "%s: %s", row->name, buf_text(&shown));
    if (said != NULL) {
        said += strlen("warning: ");
        ck_assert_msg(strncmp(said, row->said, len) == 0 && said[len] == '\n', "%s: %s", row->name,
                      buf_text(&shown));
        ck_assert_msg(strstr(said, "warning: ") == NULL, "%s: %s", row->name, buf_text(&shown));
    }
    buf_fini(&shown);
    buf_fini(&text);
}
END_TEST

/* ---- whole texts ---- */

struct shown_row {
    const char *name;
    const char *text;
    const char *shown;
};

static const struct shown_row shown_rows[] = {
    {"both places",
     "rule r for payer on transaction when amount < 1.00 CNY and amount > 2.00 CNY watch payer for 1h\n",
     "t.rule:1:60: warning: rule `r` can never fire: these two exclude each other\n"
     "    1 | rule r for payer on transaction when amount < 1.00 CNY and amount > 2.00 CNY watch payer for 1h\n"
     "      |                                      -----------------     ^^^^^^^^^^^^^^^^^\n"},
    {"an unless and an if",
     "rule r for payer on transaction when own\n"
     "    unless hour > 23\n"
     "    watch payer for 1h if own and not own\n",
     "t.rule:2:12: warning: this `unless` of rule `r` can never be true: this is impossible\n"
     "    2 |     unless hour > 23\n"
     "      |            ^^^^^^^^^\n"
     "t.rule:3:39: warning: this `if` of rule `r` can never be true: these two exclude each other\n"
     "    3 |     watch payer for 1h if own and not own\n"
     "      |                           ---         ^^^\n"},
    {"a feature",
     "feature f for account = any(payment_in in 1h) and not any(payment_in in 1h)\n"
     "rule r for payer on transaction when f watch payer for 1h\n",
     "t.rule:1:55: warning: the feature `f` can never be true: these two exclude each other\n"
     "    1 | feature f for account = any(payment_in in 1h) and not any(payment_in in 1h)\n"
     "      |                         ---------------------         ^^^^^^^^^^^^^^^^^^^^^\n"},
    {"a rule that another one covers",
     "const limit = 5.00 CNY\n"
     "rule a for payer on transaction when amount >= limit and not own watch payer for 1h\n"
     "rule b for payer on transaction when amount>=5.00 CNY and not own watch payee for 1h\n",
     "t.rule:3:6: warning: rule `b` fires whenever `a` does, and never else\n"
     "    3 | rule b for payer on transaction when amount>=5.00 CNY and not own watch payee for 1h\n"
     "      |      ^\n"
     "   t.rule:2:6: the first one\n"
     "    2 | rule a for payer on transaction when amount >= limit and not own watch payer for 1h\n"
     "      |      -\n"
     "   hint: put their actions into one rule\n"},
    {"another page",
     "rule a for payer on transaction when own watch payer for 1h\n"
     "rule b for payee on transaction when own watch payee for 1h\n",
     ""},
    {"another guard",
     "rule a for payer on transaction when own watch payer for 1h\n"
     "rule b for payer on transaction when own unless first_time watch payer for 1h\n",
     ""},
    {"as many guards, and others",
     "rule a for payer on transaction when own unless late watch payer for 1h\n"
     "rule b for payer on transaction when own unless first_time watch payer for 1h\n",
     ""},
    {"another typology",
     "typology s for account tiers low 20 closes after 1h\n"
     "typology t for account tiers low 20 closes after 1h\n"
     "rule a of s for payer on transaction when own score 20 for 1h\n"
     "rule b of t for payer on transaction when own score 20 for 1h\n",
     ""},
};

START_TEST(whole_text)
{
    struct buf shown = found_in(shown_rows[_i].text);
    ck_assert_str_eq(buf_text(&shown), shown_rows[_i].shown);
    buf_fini(&shown);
}
END_TEST

START_TEST(shipped_pack_is_alive)
{
    struct compiled pack;
    struct diag_list diags = {0};
    ck_assert_int_eq(compile_load(&pack, "rules/library", NULL), 0);
    dead_find(pack.checked, &diags);
    ck_assert_uint_eq(diags.count, 0);
    diag_fini(&diags);
    compile_fini(&pack);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("dead");
    TCase *tests = tcase_create("all");
    tcase_add_loop_test(tests, condition, 0, (int)(sizeof dead_rows / sizeof dead_rows[0]));
    tcase_add_loop_test(tests, whole_text, 0, (int)(sizeof shown_rows / sizeof shown_rows[0]));
    tcase_add_test(tests, shipped_pack_is_alive);
    suite_add_tcase(s, tests);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
