#include "tests/unit/shown_mistakes.h"

#include "rules/compile.h"

#include <check.h>
#include <stdlib.h>

static const struct mistake *table; /* of this process and of those that run its tests */

void check_mistakes_shown(const char *name, const char *text, const char *shown)
{
    struct compiled pack;
    struct buf said = {0};
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), str_of(text), NULL), 0);
    diag_render(&said, &pack.diags, &pack.source);
    ck_assert_msg(str_eq_text(buf_str(&said), shown), "%s:\n%s\nnot\n%s", name, buf_text(&said),
                  shown);
    ck_assert_msg((pack.program == NULL) == diag_has_errors(&pack.diags), "%s", name);
    buf_fini(&said);
    compile_fini(&pack);
}

START_TEST(mistake_is_shown)
{
    check_mistakes_shown(table[_i].name, table[_i].text, table[_i].shown);
}
END_TEST

int check_mistakes_all(const char *suite_name, const struct mistake *rows, int count)
{
    Suite *suite = suite_create(suite_name);
    TCase *tests = tcase_create(suite_name);
    table = rows;
    tcase_add_loop_test(tests, mistake_is_shown, 0, count);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
