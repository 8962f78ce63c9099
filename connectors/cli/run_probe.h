/* run_probe.h - asks the brokers now and then whether they are there, for health and metrics, and
 * whether all topics are.
 *
 * Workers wait for Kafka without a word, and an idle one would not notice that it is away:
 *
 *     sluice run: kafka at 127.0.0.1:9092 does not answer; everything waits until it does
 *     sluice run: kafka is back after 12 s
 *
 * Memory:  owns a client of its own.
 * Threads: one owner; it writes kafka_away and kafka_since_ms of the status.
 * Errors:  brokers that are away are no error: that is what it looks for. -1 with err: a topic is
 *          gone for kafka.wait_s, the process ends.
 */
#ifndef SLUICE_CLI_RUN_PROBE_H
#define SLUICE_CLI_RUN_PROBE_H

#include "connectors/cli/run_status.h"
#include "engine/base/err.h"
#include "engine/settings.h"

#include <stdint.h>

struct run_probe;
struct run_probe *run_probe_open(const struct settings *settings, struct run_status *status,
                                 struct err *err);
/* Asks if two seconds have passed since the last time; takes a second at most. */
int run_probe_look(struct run_probe *probe, int64_t now_ms, struct err *err);
void run_probe_close(struct run_probe *probe);

#endif
