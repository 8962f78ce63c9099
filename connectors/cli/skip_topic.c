#include "connectors/cli/skip_topic.h"

#include "connectors/kafka/kafka_out.h"
#include "connectors/kafka/kafka_tail.h"
#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <inttypes.h>
#include <pthread.h>

#define AGAIN_MS 1000

struct skip_topic {
    const struct settings *settings;
    struct kafka_tail *tail;
    struct skips all;  /* of every log that the topic knows */
    struct err failed; /* when it could not be read last, and for all until then */
    int64_t again_ms;
    pthread_mutex_t lock;
};

static int take(void *context, const struct kafka_in_message *message, struct err *err)
{
    struct skip_topic *topic = context;
    struct skip skip;
    if (!skip_read_key(&skip, message->key)) {
        return err_set(err, ERR_OUTSIDE,
                       "the topic skips, offset %" PRId64
                       ": its key is not that of a step (epoch:partition:lsn:entity); who wrote "
                       "it? Write an empty record with this key, and wait for the topic to be "
                       "compacted, or make the topic anew with the other records",
                       message->offset);
    }
    if (message->bytes.len == 0) {
        skips_remove(&topic->all, &skip);
    } else {
        skips_add(&topic->all, &skip);
    }
    return 0;
}

struct skip_topic *skip_topic_open(const struct settings *settings, struct err *err)
{
    struct skip_topic *topic = mem_alloc(1, sizeof *topic);
    topic->settings = settings;
    int failed = pthread_mutex_init(&topic->lock, NULL);
    must(failed == 0);
    topic->tail = kafka_tail_open(settings, "sluice-skips", TOPIC_SKIPS, err);
    if (topic->tail == NULL) {
        skip_topic_close(topic);
        return NULL;
    }
    return topic;
}

void skip_topic_close(struct skip_topic *topic)
{
    if (topic == NULL) {
        return;
    }
    kafka_tail_close(topic->tail);
    skips_fini(&topic->all);
    (void)pthread_mutex_destroy(&topic->lock);
    mem_free(topic);
}

/* Of those who wait for each other here one asks in vain, not one after the other. */
static int catch_up(struct skip_topic *topic, int64_t wait_ms, struct err *err)
{
    if (clock_mono_ms() < topic->again_ms) {
        *err = topic->failed;
        return -1;
    }
    int result = kafka_tail_catch_up(topic->tail, wait_ms, take, topic, err);
    if (result != 0 && err->retriable) {
        topic->failed = *err;
        topic->again_ms = clock_mono_ms() + AGAIN_MS;
    }
    return result;
}

int skip_topic_read(struct skip_topic *topic, int64_t wait_ms, struct skips *skips, struct err *err)
{
    (void)pthread_mutex_lock(&topic->lock);
    int result = catch_up(topic, wait_ms, err);
    for (size_t i = 0; i < topic->all.count && result == 0; i++) {
        if (topic->all.items[i].epoch == (uint64_t)topic->settings->visits_epoch) {
            skips_add(skips, &topic->all.items[i]);
        }
    }
    (void)pthread_mutex_unlock(&topic->lock);
    return result;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void acknowledged(void *context, void *receipt)
{
    (void)context;
    (void)receipt;
}

int skip_topic_write(const struct settings *settings, const struct skip *skip,
                     const struct skip_cause *cause, struct err *err)
{
    char key[SKIP_KEY_BYTES];
    struct buf record = {0};
    skip_write_key(skip, key);
    skip_write(skip, cause, &record);
    struct kafka_message message = {.key = str_of(key), .bytes = buf_str(&record)};
    struct kafka_out *out = kafka_out_open(settings, "sluice-skips", acknowledged, NULL, NULL, err);
    int result = -1;
    if (out != NULL) {
        result = kafka_out_send(out, TOPIC_SKIPS, 0, &message, NULL)
                     ? kafka_out_settle(out, settings->kafka_wait_s * 1000, err)
                     : err_set(err, ERR_OUTSIDE, "step %s: the Kafka client takes no message", key);
    }
    kafka_out_close(out);
    buf_fini(&record);
    return result;
}
