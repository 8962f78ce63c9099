/* feed.h - `sluice feed`: plays files into the feeds, as banks and carriers would.
 *
 * Memory:  gives everything back.
 * Threads: call it from one thread.
 * Errors:  one line on stderr; 2: a wrong argument or setting, 3: a file, Kafka or the service failed.
 */
#ifndef SLUICE_CLI_FEED_H
#define SLUICE_CLI_FEED_H

int cmd_feed(int argc, char **argv);

#endif
