/* run.h - `sluice run`: the live service.
 *
 * Memory:  gives everything back.
 * Threads: call from one thread, before any other exists: it blocks signals for all.
 * Errors:  one line on stderr; 2: a wrong setting, topic or server setting; 3: Kafka or Redis failed.
 */
#ifndef SLUICE_CLI_RUN_H
#define SLUICE_CLI_RUN_H

int cmd_run(int argc, char **argv);

#endif
