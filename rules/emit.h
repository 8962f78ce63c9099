/* emit.h - the fourth pass: a checked and planned pack becomes code for the machine.
 *
 *     struct program *program = emit_program(checked, &plan);
 *     ... its hash, then program_verify ...
 *
 * Conditions are left as soon as they are decided: `a and b` does not look at b when a is false.
 * They stay in the order in which they were written, for that is how a reader follows a reason. An
 * aggregate inside a `where` is computed once, before its filter runs.
 *
 * Memory:  the program owns all it holds; nothing of it points into the arena or the source.
 * Threads: one owner at a time.
 * Errors:  none; what would not fit was refused by the checker.
 */
#ifndef SLUICE_RULES_EMIT_H
#define SLUICE_RULES_EMIT_H

#include "engine/eval/program.h"
#include "rules/check.h"
#include "rules/plan.h"

/* Not verified yet, and without its hash. */
struct program *emit_program(const struct checked *checked, const struct plan *plan);

#endif
