/* broken_program.h - a whole program, and what the verifier says of it once something is broken.
 *
 *     static void no_value(struct program *p) { WHEN(p, pack_insn(OP_END, 0)); }
 *     static const struct broken_row row = {"an end without a value", no_value, "stack too small"};
 *
 *     broken_check(broken_program(), &row);
 *
 * Memory:  a program is the caller's until broken_check, which frees it.
 * Threads: one.
 * Errors:  a row that does not hold fails the test, under its name.
 */
#ifndef SLUICE_UNIT_BROKEN_PROGRAM_H
#define SLUICE_UNIT_BROKEN_PROGRAM_H

#include "tests/unit/small_pack.h"

#define BROKEN_ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

struct broken_row {
    const char *name;
    void (*change)(struct program *p);
    const char *text; /* of the message; NULL: a good program */
};

/* Replaces the `when` of the rule. */
#define WHEN(p, ...)                                                       \
    ((p)->rules[0].when = pack_code(p, (const struct insn[]){__VA_ARGS__}, \
                                    BROKEN_ROWS(((const struct insn[]){__VA_ARGS__}))))

/* One row of every table; every row of a test breaks one thing in it. */
struct program *broken_program(void);
/* A pattern: a repeated step, and a single one that asks for the sum of the first. */
struct program *broken_pattern(void);
/* Breaks nothing. */
void broken_not(struct program *p);
void broken_check(struct program *p, const struct broken_row *row);

#endif
