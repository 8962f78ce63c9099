/* row_tests.h - the main of a file whose tests are the rows of one table.
 *
 *     static void check_row(int row) { .. rows[row] .. }
 *     int main(void) { return rows_run("parse_case", check_row, COUNT_OF(rows)); }
 *
 * Memory:  none is kept.
 * Threads: one.
 * Errors:  a row that fails is named by its number; the others run all the same.
 */
#ifndef SLUICE_UNIT_ROW_TESTS_H
#define SLUICE_UNIT_ROW_TESTS_H

/* Each row is a test of the suite of this name; the result is that of main. */
int rows_run(const char *suite_name, void (*check)(int row), int count);

#endif
