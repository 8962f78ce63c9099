/* check.h - `sluice check`: compiles a pack and runs the cases beside its rules.
 *
 * Memory:  gives everything back.
 * Threads: call it from one thread.
 * Errors:  mistakes on stderr with their place; 1 if there are any, or a case fails.
 */
#ifndef SLUICE_CLI_CHECK_H
#define SLUICE_CLI_CHECK_H

int cmd_check(int argc, char **argv);

#endif
