#include "tests/unit/shown_mistakes.h"

#include "rules/compile.h"
#include "tests/unit/row_tests.h"

#include <check.h>

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

static void check_row(int row)
{
    check_mistakes_shown(table[row].name, table[row].text, table[row].shown);
}

int check_mistakes_all(const char *suite_name, const struct mistake *rows, int count)
{
    table = rows;
    return rows_run(suite_name, check_row, count);
}
