/* watch.h - `sluice watch`: shows what comes out of an output topic, a line each.
 *
 * Memory:  gives everything back.
 * Threads: call it from one thread.
 * Errors:  one line on stderr; 2: a wrong argument or setting, 3: Kafka failed.
 */
#ifndef SLUICE_CLI_WATCH_H
#define SLUICE_CLI_WATCH_H

int cmd_watch(int argc, char **argv);

#endif
