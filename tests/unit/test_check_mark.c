/* test_check_mark.c - marks: every mistake gives exactly this text. */
#include "rules/compile.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct row {
    const char *name;
    const char *text;
    const char *shown;
};

static const struct row rows[] = {
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
};
#define COUNT ((int)(sizeof rows / sizeof rows[0]))

START_TEST(mistakes_are_shown)
{
    const struct row *row = &rows[_i];
    struct compiled pack;
    struct buf shown = {0};
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), str_of(row->text), NULL), 0);
    diag_render(&shown, &pack.diags, &pack.source);
    ck_assert_msg(strcmp(buf_text(&shown), row->shown) == 0, "%s:\n%s\nnot\n%s", row->name,
                  buf_text(&shown), row->shown);
    buf_fini(&shown);
    compile_fini(&pack);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("check_mark");
    TCase *tests = tcase_create("check_mark");
    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, mistakes_are_shown, 0, COUNT);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
