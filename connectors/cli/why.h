/* why.h - `sluice why`: one decision of a replay, taken apart.
 *
 * From the outputs (--from): what the decision and its warnings say. From the inputs (--pack,
 * --events, --directory): the replay is run again up to that decision, and every rule that was
 * asked is shown with the value of each condition, and the page with the history that they saw.
 *
 * Memory:  gives everything back.
 * Threads: call it from one thread.
 * Errors:  exit code 1: there is no such decision; 2 arguments; 3 a file cannot be read.
 */
#ifndef SLUICE_CLI_WHY_H
#define SLUICE_CLI_WHY_H

int cmd_why(int argc, char **argv);

#endif
