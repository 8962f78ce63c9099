/* mock_kafka.h - a Kafka of librdkafka's own within the test's process, for errors that a real
 * broker makes too seldom: errors of one request, a broker that is down for a moment.
 *
 *     struct mock_kafka mock;
 *     mock_kafka_open(&mock, 2);                        two partitions of each topic that is made
 *     mock_kafka_make(&mock, TOPIC_VISITS);
 *     mock_kafka_fail(&mock, MOCK_PRODUCE, RD_KAFKA_RESP_ERR_..., 1);
 *
 * It keeps the last 5 MB of each partition and knows no settings of topics: what depends on them is
 * tried on a real broker (tests/live/).
 *
 * Memory:  opened and closed within a test, whose process has its threads.
 * Threads: one.
 * Errors:  what cannot be made ends the test.
 */
#ifndef SLUICE_UNIT_MOCK_KAFKA_H
#define SLUICE_UNIT_MOCK_KAFKA_H

#include "connectors/kafka/kafka_topics.h"
#include "engine/base/err.h"
#include "engine/settings.h"

#include <stdbool.h>
#include <stdint.h>

/* Kinds of requests, by the protocol's numbers. */
enum {
    MOCK_PRODUCE = 0,
    MOCK_BOUNDS = 2,
    MOCK_COMMIT = 8,
    MOCK_OFFSETS = 9,
    MOCK_JOIN = 11,
    MOCK_HEARTBEAT = 12,
    MOCK_SASL = 17,
    MOCK_INIT_PRODUCER = 22
};

struct mock_kafka {
    struct settings settings; /* that find it */
    rd_kafka_t *rk;
    struct rd_kafka_mock_cluster_s *cluster;
};

void mock_kafka_open(struct mock_kafka *mock, int32_t partitions);
/* The same with several brokers, numbered from 1 on. */
void mock_kafka_open_brokers(struct mock_kafka *mock, int32_t partitions, int brokers);
/* From now on this broker leads the partition; -1: none does. */
void mock_kafka_lead(struct mock_kafka *mock, enum topic topic, int32_t partition, int broker);
/* Makes a topic; each takes a moment. */
void mock_kafka_make(struct mock_kafka *mock, enum topic topic);
/* The broker says that it has no such topic, or has it again. */
void mock_kafka_lose(struct mock_kafka *mock, enum topic topic, bool lost);
void mock_kafka_close(struct mock_kafka *mock);
/* The next `count` requests of a kind are answered with this error. */
void mock_kafka_fail(struct mock_kafka *mock, int kind, rd_kafka_resp_err_t error, size_t count);
/* The next `count` requests of a kind are answered so much later, and what the same connection asks
 * for after them. */
void mock_kafka_delay(struct mock_kafka *mock, int kind, int delay_ms, size_t count);
/* The broker takes no connections, or takes them again. */
void mock_kafka_set_up(struct mock_kafka *mock, bool up);

#endif
