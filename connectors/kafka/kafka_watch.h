/* kafka_watch.h - asks the brokers now and then whether they answer, and have all topics still.
 *
 *     watch = kafka_watch_open(&settings, "sluice-probe", &err);
 *     if (kafka_watch_look(watch, 1000, &answer, &err) != 0) { .. "topic sluice.calls is not there
 * .."
 *
 * Who consumes a topic that is deleted hears nothing of it: the client goes on asking for messages,
 * and none come.
 *
 * Memory:  owns a client of its own.
 * Threads: one owner.
 * Errors:  brokers that are away are no error. -1 with err: a topic is gone for kafka.wait_s.
 */
#ifndef SLUICE_CONNECTORS_KAFKA_WATCH_H
#define SLUICE_CONNECTORS_KAFKA_WATCH_H

#include "engine/base/err.h"
#include "engine/settings.h"

#include <stdbool.h>

struct kafka_watch;
struct kafka_watch *kafka_watch_open(const struct settings *settings, const char *client_id,
                                     struct err *err);
/* Asks once; takes timeout_ms at most. */
int kafka_watch_look(struct kafka_watch *watch, int timeout_ms, bool *answers, struct err *err);
void kafka_watch_close(struct kafka_watch *watch);

#endif
