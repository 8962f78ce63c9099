/* fmt.h - `sluice fmt`: rule files in the one layout (rules/layout.h), written back or only looked
 * at.
 *
 * Memory:  its own, for the run.
 * Threads: one.
 * Errors:  exit code 1: a file has mistakes (shown; it is left as it is) or, with --check, another
 *          layout; 2 arguments; 3 a file cannot be read or written.
 */
#ifndef SLUICE_CLI_FMT_H
#define SLUICE_CLI_FMT_H

int cmd_fmt(int argc, char **argv);

#endif
