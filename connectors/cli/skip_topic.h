/* skip_topic.h - the topic `skips`: steps under quarantine, for owners, replays and whoever puts
 * one there.
 *
 *     topic = skip_topic_open(&settings, &err);
 *     skip_topic_read(topic, 60000, &skips, &err);        all that are there by now
 *     skip_topic_write(&settings, &skip, &cause, &err);   acknowledged when it returns
 *
 * Memory:  owns its consumer and what it has read until skip_topic_close; what it gives is the caller's.
 * Threads: open and close from one; read from any, one after the other.
 * Errors:  -1 with err: brokers away for so long, or a record whose key is none: what it says nobody may pass over.
 */
#ifndef SLUICE_CLI_SKIP_TOPIC_H
#define SLUICE_CLI_SKIP_TOPIC_H

#include "engine/base/err.h"
#include "engine/settings.h"
#include "engine/skips.h"

struct skip_topic;
struct skip_topic *skip_topic_open(const struct settings *settings, struct err *err);
void skip_topic_close(struct skip_topic *topic);
/* Adds those of this log to a set; retriable, if the topic could not be read within wait_ms. */
int skip_topic_read(struct skip_topic *topic, int64_t wait_ms, struct skips *skips,
                    struct err *err);
int skip_topic_write(const struct settings *settings, const struct skip *skip,
                     const struct skip_cause *cause, struct err *err);

#endif
