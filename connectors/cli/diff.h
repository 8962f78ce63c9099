/* diff.h - `sluice diff`: what another pack would have made of the same events.
 *
 * Both packs judge every event in one process, each with pages of its own; nothing is written.
 *
 * Memory:  the pages of both.
 * Threads: call it from one thread.
 * Errors:  exit code 1: they differ, or a pack has mistakes; 2 arguments; 3 a file cannot be read.
 */
#ifndef SLUICE_CLI_DIFF_H
#define SLUICE_CLI_DIFF_H

int cmd_diff(int argc, char **argv);

#endif
