/* kafka_topics.h - makes the topics with the settings that the guarantees need, and refuses others.
 *
 * `visits` stamped by the sender would let one wrong clock close every window: a topic whose
 * settings differ is named with the setting, its value and the value it must have.
 *
 * Memory:  none kept.
 * Threads: any, one at a time per client.
 * Errors:  ERR_OUTSIDE: brokers away, not authorised; ERR_USAGE: a topic is missing or has a wrong
 *          setting or number of partitions.
 */
#ifndef SLUICE_CONNECTORS_KAFKA_TOPICS_H
#define SLUICE_CONNECTORS_KAFKA_TOPICS_H

#include "connectors/kafka/kafka_client.h"
#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/settings.h"

#include <stdint.h>

enum topic {
#define TOPIC(name, text, who, partitions, cleanup, stamp, retention, size, sentence) TOPIC_##name,
#include "connectors/kafka/topics.def"
    TOPIC_COUNT
};
enum topic_who { TOPIC_IS_FEED, TOPIC_IS_INTERNAL, TOPIC_IS_OUTPUT };
enum topic_partitions { TOPIC_OF_FEEDS, TOPIC_OF_VISITS, TOPIC_OF_ONE };
enum topic_cleanup { TOPIC_DELETE, TOPIC_COMPACT };
enum topic_stamp { TOPIC_CREATE, TOPIC_APPEND };
enum topic_retention { TOPIC_FOR_LOG, TOPIC_FOR_OUTPUT, TOPIC_FOREVER };
enum topic_size { TOPIC_OF_SMALL, TOPIC_OF_PACK };

struct topic_info {
    const char *text;
    const char *sentence;
    uint8_t who, partitions, cleanup, stamp, retention, size;
};
extern const struct topic_info topic_infos[TOPIC_COUNT];

/* What is safe and not wise, each a line or empty. */
enum { TOPIC_NOTE_BYTES = 512 };
struct topic_notes {
    char groups[TOPIC_NOTE_BYTES]; /* the topic that Kafka keeps groups in has too few copies */
    char insync[TOPIC_NOTE_BYTES]; /* one broker away stops all; of the first such topic */
    char visits[TOPIC_NOTE_BYTES]; /* it has partitions that are not used */
};

int32_t topic_partition_count(const struct settings *settings, enum topic topic);
/* Makes those that are missing; `made` gets a line for each, and one for those that were there. */
int topics_create(const struct settings *settings, struct buf *made, struct err *err);
/* Refuses a missing topic, a wrong setting or a wrong number of partitions or copies, by name.
 * `notes` is filled by it, and may be NULL. */
int topics_check(rd_kafka_t *rk, const struct settings *settings, struct topic_notes *notes,
                 struct err *err);
/* For a command that begins: waits for the brokers, then checks the topics. */
int topics_ready(const struct settings *settings, const char *client_id, struct err *err);

/* Offset that the next message of a partition will get. */
int topic_next_offset(rd_kafka_t *rk, const struct settings *settings, enum topic topic,
                      int32_t partition, int64_t *next, struct err *err);

#endif
