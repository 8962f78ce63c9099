/* replay.h - `sluice replay`: files in, decisions out, no server needed.
 *
 * Memory:  holds all pages while it runs; gives everything back.
 * Threads: call it from one thread.
 * Errors:  one line on stderr; 1: the pack has mistakes, 2: a wrong argument, 3: a file failed. Outputs
 *          appear by rename at the very end.
 */
#ifndef SLUICE_CLI_REPLAY_H
#define SLUICE_CLI_REPLAY_H

int cmd_replay(int argc, char **argv);

#endif
