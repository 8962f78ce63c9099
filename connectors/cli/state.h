/* state.h - `sluice state`: what a page knows about a number, account or person.
 *
 *     sluice state --load monday.pages number:12000000001
 *
 * Memory:  gives everything back.
 * Threads: call it from one thread.
 * Errors:  one line on stderr; 1: there is no such page, 2: a wrong argument, another key; 3: the file
 *          cannot be read.
 */
#ifndef SLUICE_CLI_STATE_H
#define SLUICE_CLI_STATE_H

int cmd_state(int argc, char **argv);

#endif
