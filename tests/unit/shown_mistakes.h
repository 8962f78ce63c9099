/* shown_mistakes.h - what an analyst is told about a text of rules.
 *
 *     check_mistakes_shown("an unknown word", "rule r ..", "t.rule:1:8: error: ..");
 *
 * The text is the file t.rule, alone in its pack; "" is shown of what is right. There is a program
 * if and only if nothing that is shown is an error.
 *
 * Memory:  none is kept.
 * Threads: one.
 * Errors:  another text fails the test, under the name of its row.
 */
#ifndef SLUICE_UNIT_SHOWN_MISTAKES_H
#define SLUICE_UNIT_SHOWN_MISTAKES_H

void check_mistakes_shown(const char *name, const char *text, const char *shown);

#endif
