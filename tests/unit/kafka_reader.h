/* kafka_reader.h - a consumer of a test, that keeps its own count of what must come.
 *
 *     kafka_reader_produce(&mock, TOPIC_VISITS, 0, 500);
 *     kafka_reader_open(&r, &mock, "test", "test-0");
 *     kafka_reader_take_until(&r, 500);        each message of both partitions once, in order
 *
 * Memory:  the test's; r->in is to be closed.
 * Threads: one.
 * Errors:  a message that is not the next one, or has another content than its place, fails the
 *          test.
 */
#ifndef SLUICE_UNIT_KAFKA_READER_H
#define SLUICE_UNIT_KAFKA_READER_H

#include "connectors/kafka/kafka_in.h"
#include "tests/unit/mock_kafka.h"

#define KAFKA_READER_PARTITIONS 2
#define KAFKA_READER_BATCH 64
#define KAFKA_READER_WAIT_MS 20000

struct kafka_reader {
    struct kafka_in *in;
    const char *note;
    bool feed;     /* of `calls`, which may have holes, instead of `visits` */
    int64_t start; /* where partitions begin; KAFKA_COMMITTED: where the group left them */
    int64_t next[KAFKA_READER_PARTITIONS];  /* -1: not its own */
    int64_t first[KAFKA_READER_PARTITIONS]; /* since it was begun where the group left it */
    int64_t taken[KAFKA_READER_PARTITIONS];
    int begun, ended;
    struct kafka_in_message batch[KAFKA_READER_BATCH];
};

/* Messages for both partitions of a topic; that at offset n has n as content. */
void kafka_reader_produce(struct mock_kafka *mock, enum topic topic, uint32_t from, uint32_t to);
/* group NULL: both partitions, from where `start` says. */
void kafka_reader_open(struct kafka_reader *r, struct mock_kafka *mock, const char *group,
                       const char *member);
/* Takes one batch and checks it; returns how many there were, or -1. */
int kafka_reader_take(struct kafka_reader *r, struct err *err);
/* Until `next` is the next message of both. */
void kafka_reader_take_until(struct kafka_reader *r, int64_t next);

#endif
