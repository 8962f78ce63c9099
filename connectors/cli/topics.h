/* topics.h - `sluice topics`: makes the topics, and says where each begins and ends.
 *
 *     sluice topics ends    [{"topic":"calls","partition":0,"first":0,"next":812},...]
 *
 * Memory:  gives everything back.
 * Threads: call it from one thread.
 * Errors:  one line on stderr; 2: a wrong argument, setting or topic, 3: Kafka failed.
 */
#ifndef SLUICE_CLI_TOPICS_H
#define SLUICE_CLI_TOPICS_H

int cmd_topics(int argc, char **argv);

#endif
