#include "tests/unit/row_tests.h"

#include <check.h>
#include <stdlib.h>

static void (*check_row)(int row); /* of this process and of those that run its tests */

START_TEST(row_holds)
{
    check_row(_i);
}
END_TEST

int rows_run(const char *suite_name, void (*check)(int row), int count)
{
    Suite *suite = suite_create(suite_name);
    TCase *tests = tcase_create(suite_name);
    check_row = check;
    tcase_add_loop_test(tests, row_holds, 0, count);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
