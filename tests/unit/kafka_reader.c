#include "tests/unit/kafka_reader.h"

#include "connectors/kafka/kafka_out.h"
#include "engine/base/clock.h"

#include <check.h>
#include <string.h>

static const enum topic visits[] = {TOPIC_VISITS}, feeds[] = {TOPIC_CALLS};

static void acknowledged(void *context, void *receipt)
{
    (void)context;
    (void)receipt;
}

void kafka_reader_produce(struct mock_kafka *mock, enum topic topic, uint32_t from, uint32_t to)
{
    struct err err = {.code = ERR_NONE};
    struct kafka_out *out =
        kafka_out_open(&mock->settings, "test-out", acknowledged, NULL, NULL, &err);
    ck_assert_msg(out != NULL, "%s", err.text);
    for (uint32_t i = from; i < to; i++) {
        struct kafka_message message = {.bytes = {(const char *)&i, sizeof i}};
        for (int32_t partition = 0; partition < KAFKA_READER_PARTITIONS; partition++) {
            ck_assert(kafka_out_send(out, topic, partition, &message, NULL));
        }
    }
    while (kafka_out_waiting(out) > 0) {
        ck_assert_int_eq(kafka_out_poll(out, 10, &err), 0);
    }
    kafka_out_close(out);
}

static int64_t begin_partition(void *context, enum topic topic, int32_t partition, struct err *err)
{
    struct kafka_reader *r = context;
    ck_assert_int_eq(topic, r->feed ? TOPIC_CALLS : TOPIC_VISITS);
    (void)err;
    r->begun++;
    r->next[partition] = r->start;
    return r->start;
}

static void end_partition(void *context, enum topic topic, int32_t partition)
{
    struct kafka_reader *r = context;
    (void)topic;
    r->ended++;
    r->next[partition] = -1;
}

void kafka_reader_open(struct kafka_reader *r, struct mock_kafka *mock, const char *group,
                       const char *member)
{
    struct err err = {.code = ERR_NONE};
    struct kafka_in_setup setup = {.client_id = member,
                                   .group = group,
                                   .member = group == NULL ? NULL : member,
                                   .topics = r->feed ? feeds : visits,
                                   .topic_count = 1,
                                   .note = r->note,
                                   .note_of = "note",
                                   .begin = begin_partition,
                                   .end = end_partition,
                                   .context = r};
    r->next[0] = r->next[1] = -1;
    r->in = kafka_in_open(&mock->settings, &setup, &err);
    ck_assert_msg(r->in != NULL, "%s", err.text);
    if (group == NULL) {
        ck_assert_int_eq(kafka_in_assign_all(r->in, KAFKA_READER_PARTITIONS, &err), 0);
    }
}

int kafka_reader_take(struct kafka_reader *r, struct err *err)
{
    int count = kafka_in_take(r->in, r->batch, KAFKA_READER_BATCH, 50, err);
    for (int i = 0; i < count; i++) {
        const struct kafka_in_message *m = &r->batch[i];
        int64_t *next = &r->next[m->partition];
        uint32_t content;
        memcpy(&content, m->bytes.at, sizeof content);
        if (*next == KAFKA_COMMITTED) { /* the brokers knew where */
            *next = r->first[m->partition] = m->offset;
        }
        ck_assert(r->feed ? m->offset >= *next : m->offset == *next);
        ck_assert_int_eq(content, m->offset);
        *next = m->offset + 1;
        r->taken[m->partition]++;
    }
    return count;
}

void kafka_reader_take_until(struct kafka_reader *r, int64_t next)
{
    struct err err = {.code = ERR_NONE};
    int64_t end_ms = clock_mono_ms() + KAFKA_READER_WAIT_MS;
    while (r->next[0] < next || r->next[1] < next) {
        ck_assert_msg(kafka_reader_take(r, &err) >= 0, "%s", err.text);
        ck_assert_msg(clock_mono_ms() < end_ms, "at %lld and %lld", (long long)r->next[0],
                      (long long)r->next[1]);
    }
}
