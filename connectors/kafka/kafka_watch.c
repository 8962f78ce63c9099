#include "connectors/kafka/kafka_watch.h"

#include "connectors/kafka/kafka_topics.h"
#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <string.h>

struct kafka_watch {
    const struct settings *settings;
    rd_kafka_t *rk;
    rd_kafka_topic_t *topics[TOPIC_COUNT]; /* the client asks for those that it knows */
    int64_t missing_ms[TOPIC_COUNT];       /* since when it is not there; 0: it is */
};

/* A consumer that consumes nothing: a producer's question would make a topic that is missing, with
 * the brokers' own settings. */
struct kafka_watch *kafka_watch_open(const struct settings *settings, const char *client_id,
                                     struct err *err)
{
    struct kafka_watch *watch = mem_alloc(1, sizeof *watch);
    watch->settings = settings;
    watch->rk = kafka_client_new(settings, RD_KAFKA_CONSUMER, client_id, NULL, NULL, NULL, err);
    if (watch->rk == NULL) {
        mem_free(watch);
        return NULL;
    }
    for (int i = 0; i < TOPIC_COUNT; i++) {
        char name[KAFKA_TOPIC_BYTES];
        kafka_topic_name(settings, topic_infos[i].text, name);
        watch->topics[i] = rd_kafka_topic_new(watch->rk, name, NULL);
        must(watch->topics[i] != NULL);
    }
    return watch;
}

static bool is_missing(const struct rd_kafka_metadata *metadata, const char *name)
{
    for (int i = 0; i < metadata->topic_cnt; i++) {
        if (strcmp(metadata->topics[i].topic, name) == 0) {
            return metadata->topics[i].err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
        }
    }
    return false; /* this answer does not tell */
}

static int check_topics(struct kafka_watch *watch, const struct rd_kafka_metadata *metadata,
                        struct err *err)
{
    int64_t now_ms = clock_mono_ms();
    for (int i = 0; i < TOPIC_COUNT; i++) {
        const char *name = rd_kafka_topic_name(watch->topics[i]);
        if (!is_missing(metadata, name)) {
            watch->missing_ms[i] = 0;
        } else if (watch->missing_ms[i] == 0) {
            watch->missing_ms[i] = now_ms;
        } else if (now_ms - watch->missing_ms[i] > watch->settings->kafka_wait_s * 1000) {
            return kafka_client_gone(watch->settings, name, err);
        }
    }
    return 0;
}

int kafka_watch_look(struct kafka_watch *watch, int timeout_ms, bool *answers, struct err *err)
{
    const struct rd_kafka_metadata *metadata = NULL;
    *answers = rd_kafka_metadata(watch->rk, 0, NULL, &metadata, timeout_ms) == 0;
    kafka_client_drop_reasons(watch->rk);
    if (!*answers) {
        return 0;
    }
    int result = check_topics(watch, metadata, err);
    rd_kafka_metadata_destroy(metadata);
    return result;
}

void kafka_watch_close(struct kafka_watch *watch)
{
    if (watch != NULL) {
        for (int i = 0; i < TOPIC_COUNT; i++) {
            rd_kafka_topic_destroy(watch->topics[i]);
        }
        kafka_client_close(watch->rk);
        mem_free(watch);
    }
}
