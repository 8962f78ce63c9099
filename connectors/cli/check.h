/* check.h - `sluice check`: compiles a pack, runs the cases beside its rules, says what it costs.
 *
 * Memory:  gives everything back.
 * Threads: call it from one thread.
 * Errors:  mistakes on stderr with their place; 1 if there are any, a case fails, or the pack
 *          costs too much; with --strict for warnings, too.
 */
#ifndef SLUICE_CLI_CHECK_H
#define SLUICE_CLI_CHECK_H

int cmd_check(int argc, char **argv);

#endif
