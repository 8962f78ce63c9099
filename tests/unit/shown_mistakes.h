/* shown_mistakes.h - what an analyst is told about a text of rules.
 *
 *     check_mistakes_shown("an unknown word", "rule r ..", "t.rule:1:8: error: ..");
 *
 * A file that is a table of such and nothing else says so:
 *
 *     int main(void) { return check_mistakes_all("check_set", mistakes, COUNT_OF(mistakes)); }
 *
 * The text is the file t.rule, alone in its pack; "" is shown of what is right. There is a program
 * if and only if nothing that is shown is an error.
 *
 * Memory:  none is kept; a table outlives its tests.
 * Threads: one.
 * Errors:  another text fails the test, under the name of its row.
 */
#ifndef SLUICE_UNIT_SHOWN_MISTAKES_H
#define SLUICE_UNIT_SHOWN_MISTAKES_H

struct mistake {
    const char *name; /* what the row proves */
    const char *text;
    const char *shown;
};

void check_mistakes_shown(const char *name, const char *text, const char *shown);
/* Runs each row as a test of the suite of this name; the result is that of main. */
int check_mistakes_all(const char *suite_name, const struct mistake *rows, int count);

#endif
