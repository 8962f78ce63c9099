/* explain.h - `sluice explain`: how rules of a pack are run (rules/explain.h).
 *
 * Memory:  gives everything back.
 * Threads: call it from one thread.
 * Errors:  2 for a rule that the pack has not, 1 for a pack with mistakes.
 */
#ifndef SLUICE_CLI_EXPLAIN_H
#define SLUICE_CLI_EXPLAIN_H

int cmd_explain(int argc, char **argv);

#endif
