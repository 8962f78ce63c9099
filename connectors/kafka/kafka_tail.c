#include "connectors/kafka/kafka_tail.h"

#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <inttypes.h>

#define BATCH 64
#define LOOK_MS 100

struct kafka_tail {
    const struct settings *settings;
    struct kafka_in *in;
    enum topic topic;
    int32_t partition_count;
    int64_t *next, *ends; /* by partition: offset of the next message; what it was at open */
    struct kafka_in_message batch[BATCH];
};

static int64_t begin(void *context, enum topic topic, int32_t partition, struct err *err)
{
    struct kafka_tail *t = context;
    must(partition < t->partition_count);
    int64_t *next = &t->next[partition];
    return kafka_in_bounds(t->in, topic, partition, next, &t->ends[partition], err) == 0 ? *next
                                                                                         : -1;
}

struct kafka_tail *kafka_tail_open(const struct settings *settings, const char *client_id,
                                   enum topic topic, struct err *err)
{
    struct kafka_tail *t = mem_alloc(1, sizeof *t);
    t->settings = settings;
    t->topic = topic;
    t->partition_count = topic_partition_count(settings, topic);
    t->next = mem_alloc((size_t)t->partition_count, sizeof *t->next);
    t->ends = mem_alloc((size_t)t->partition_count, sizeof *t->ends);
    struct kafka_in_setup setup = {.client_id = client_id,
                                   .topics = &t->topic,
                                   .topic_count = 1,
                                   .begin = begin,
                                   .context = t};
    t->in = kafka_in_open(settings, &setup, err);
    if (t->in == NULL || kafka_in_assign_all(t->in, t->partition_count, err) != 0) {
        kafka_tail_close(t);
        return NULL;
    }
    return t;
}

void kafka_tail_close(struct kafka_tail *t)
{
    if (t == NULL) {
        return;
    }
    kafka_in_close(t->in);
    mem_free(t->next);
    mem_free(t->ends);
    mem_free(t);
}

int kafka_tail_follow(struct kafka_tail *t, int timeout_ms, kafka_tail_fn *take, void *context,
                      struct err *err)
{
    int count = kafka_in_take(t->in, t->batch, BATCH, timeout_ms, err);
    for (int i = 0; i < count; i++) {
        const struct kafka_in_message *message = &t->batch[i];
        if (take(context, message, err) != 0) {
            kafka_in_return(t->in, message, (size_t)(count - i)); /* for whoever reads on */
            return -1;
        }
        t->next[message->partition] = message->offset + 1;
    }
    return count;
}

static bool is_at_end(const struct kafka_tail *t)
{
    bool end = true;
    for (int32_t i = 0; i < t->partition_count && end; i++) {
        end = t->next[i] >= t->ends[i];
    }
    return end;
}

/* Nothing came for wait_ms, though the end is not reached. */
static int stopped(const struct kafka_tail *t, int64_t wait_ms, struct err *err)
{
    (void)err_set(err, ERR_OUTSIDE,
                  "the topic %s cannot be read to its end: nothing came for %" PRId64
                  " s; are the brokers there?",
                  topic_infos[t->topic].text, wait_ms / 1000);
    err->retriable = true;
    return -1;
}

static int read_on(struct kafka_tail *t, int64_t wait_ms, kafka_tail_fn *take, void *context,
                   struct err *err)
{
    int64_t end_ms = clock_mono_ms() + wait_ms;
    while (!is_at_end(t)) {
        int count = kafka_tail_follow(t, LOOK_MS, take, context, err);
        if (count < 0) {
            return -1;
        }
        int64_t now_ms = clock_mono_ms();
        end_ms = count > 0 ? now_ms + wait_ms : end_ms;
        if (now_ms > end_ms) {
            return stopped(t, wait_ms, err);
        }
    }
    return 0;
}

int kafka_tail_read(struct kafka_tail *t, kafka_tail_fn *take, void *context, struct err *err)
{
    return read_on(t, t->settings->kafka_wait_s * 1000, take, context, err);
}

int kafka_tail_catch_up(struct kafka_tail *t, int64_t wait_ms, kafka_tail_fn *take, void *context,
                        struct err *err)
{
    int result = 0;
    for (int32_t i = 0; i < t->partition_count && result == 0; i++) {
        int64_t first = 0;
        result = kafka_in_bounds_within(t->in, t->topic, i, wait_ms, &first, &t->ends[i], err);
    }
    return result != 0 ? -1 : read_on(t, wait_ms, take, context, err);
}
