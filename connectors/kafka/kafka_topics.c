#include "connectors/kafka/kafka_topics.h"

#include "engine/base/clock.h"
#include "engine/base/must.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MS 30000
#define ERROR_BYTES 512
#define CHECK_TRIES 100
#define HOUR_MS ((int64_t)3600 * 1000)
#define SMALL_BYTES_MAX 1048588 /* what brokers take of one message unless they are told else */
#define GROUPS_TOPIC "__consumer_offsets" /* Kafka makes it for the first group there is */

enum {
    PARTITIONS_FEEDS = TOPIC_OF_FEEDS,
    PARTITIONS_VISITS = TOPIC_OF_VISITS,
    PARTITIONS_ONE = TOPIC_OF_ONE
};
enum { CLEANUP_DELETE = TOPIC_DELETE, CLEANUP_COMPACT = TOPIC_COMPACT };
enum { STAMP_CREATE = TOPIC_CREATE, STAMP_APPEND = TOPIC_APPEND };
enum {
    RETENTION_LOG = TOPIC_FOR_LOG,
    RETENTION_OUTPUT = TOPIC_FOR_OUTPUT,
    RETENTION_FOREVER = TOPIC_FOREVER
};
enum { SIZE_SMALL = TOPIC_OF_SMALL, SIZE_PACK = TOPIC_OF_PACK };
enum { WHO_FEED = TOPIC_IS_FEED, WHO_INTERNAL = TOPIC_IS_INTERNAL, WHO_OUTPUT = TOPIC_IS_OUTPUT };

const struct topic_info topic_infos[TOPIC_COUNT] = {
#define TOPIC(name, text, who, partitions, cleanup, stamp, retention, size, sentence) \
    {text,                                                                            \
     sentence,                                                                        \
     WHO_##who,                                                                       \
     PARTITIONS_##partitions,                                                         \
     CLEANUP_##cleanup,                                                               \
     STAMP_##stamp,                                                                   \
     RETENTION_##retention,                                                           \
     SIZE_##size},
#include "connectors/kafka/topics.def"
};

int32_t topic_partition_count(const struct settings *settings, enum topic topic)
{
    switch (topic_infos[topic].partitions) {
    case TOPIC_OF_FEEDS: return (int32_t)settings->kafka_feed_partitions;
    case TOPIC_OF_VISITS: return (int32_t)settings->visits_partitions;
    default: return 1;
    }
}

/* ---- settings that a topic must have ----------------------------------------------------------
 */

enum { WANTED_MAX = 8, VALUE_BYTES = 32 };

struct wanted {
    const char *name;
    char value[VALUE_BYTES];
    bool at_least; /* a greater number will do */
};

static struct wanted *want(struct wanted *list, size_t *count, const char *name, const char *value)
{
    must(*count < WANTED_MAX);
    struct wanted *wanted = &list[(*count)++];
    *wanted = (struct wanted){.name = name};
    (void)snprintf(wanted->value, VALUE_BYTES, "%s", value);
    return wanted;
}

/* In a playback feeds are stamped with the events' time: the broker would take them for old, and
 * delete what nobody has read yet. */
static bool must_stay(const struct settings *settings, enum topic topic)
{
    return settings_have_event_clock(settings) && topic_infos[topic].who == TOPIC_IS_FEED;
}

static bool is_kept_for_ever(const struct settings *settings, enum topic topic)
{
    const struct topic_info *info = &topic_infos[topic];
    return (info->retention == TOPIC_FOREVER && info->cleanup == TOPIC_DELETE) ||
           must_stay(settings, topic);
}

/* What must hold, whoever made the topic; a retention that ends is a wish of `topics create` alone.
 */
static size_t wanted_settings(const struct settings *settings, enum topic topic,
                              struct wanted *list)
{
    const struct topic_info *info = &topic_infos[topic];
    size_t count = 0;
    (void)want(list, &count, "cleanup.policy",
               info->cleanup == TOPIC_COMPACT ? "compact" : "delete");
    (void)want(list, &count, "message.timestamp.type",
               info->stamp == TOPIC_APPEND ? "LogAppendTime" : "CreateTime");
    (void)want(list, &count, "unclean.leader.election.enable", "false");
    if (is_kept_for_ever(settings, topic)) {
        (void)want(list, &count, "retention.ms", "-1");
    }
    if (info->cleanup == TOPIC_DELETE) { /* a bound of size would take what is still to be read */
        (void)want(list, &count, "retention.bytes", "-1");
    }
    char bytes[VALUE_BYTES];
    (void)snprintf(bytes, sizeof bytes, "%d",
                   info->size == TOPIC_OF_PACK ? KAFKA_MESSAGE_BYTES_MAX : SMALL_BYTES_MAX);
    want(list, &count, "max.message.bytes", bytes)->at_least = true;
    return count;
}

static size_t made_settings(const struct settings *settings, enum topic topic, struct wanted *list)
{
    size_t count = wanted_settings(settings, topic, list);
    int64_t hours = topic_infos[topic].retention == TOPIC_FOR_LOG
                        ? settings->kafka_retention_hours
                        : settings->kafka_output_retention_hours;
    char text[VALUE_BYTES] = "-1";
    if (topic_infos[topic].retention != TOPIC_FOREVER) {
        (void)snprintf(text, sizeof text, "%" PRId64, hours * HOUR_MS);
    }
    if (!is_kept_for_ever(settings, topic)) {
        (void)want(list, &count, "retention.ms", text);
    }
    (void)want(list, &count, "min.insync.replicas", settings->kafka_replication >= 3 ? "2" : "1");
    return count;
}

/* A log that is shorter than what the settings promise would lose what nobody has read yet. */
static int check_retention(const char *name, const char *value, const struct settings *settings,
                           enum topic topic, struct err *err)
{
    bool log = topic_infos[topic].retention == TOPIC_FOR_LOG;
    int64_t hours = log ? settings->kafka_retention_hours : settings->kafka_output_retention_hours;
    int64_t kept_ms = value == NULL ? -1 : strtoll(value, NULL, 10);
    bool forever = topic_infos[topic].retention == TOPIC_FOREVER;
    if (kept_ms < 0 || forever || kept_ms >= hours * HOUR_MS) {
        return 0;
    }
    return err_set(err, ERR_USAGE,
                   "topic %s has retention.ms=%s and kafka.%s says %" PRId64 " hours (%" PRId64
                   " ms); correct one of them, the topic with Kafka's own tools",
                   name, value, log ? "retention_hours" : "output_retention_hours", hours,
                   hours * HOUR_MS);
}

/* ---- making -----------------------------------------------------------------------------------
 */

static int new_topics(const struct settings *settings, rd_kafka_NewTopic_t **out, struct err *err)
{
    for (int i = 0; i < TOPIC_COUNT; i++) {
        char name[KAFKA_TOPIC_BYTES];
        char text[ERROR_BYTES];
        out[i] = rd_kafka_NewTopic_new(kafka_topic_name(settings, topic_infos[i].text, name),
                                       topic_partition_count(settings, (enum topic)i),
                                       (int)settings->kafka_replication, text, sizeof text);
        if (out[i] == NULL) {
            return err_set(err, ERR_USAGE, "topic %s: %s; see kafka.prefix and kafka.replication",
                           name, text);
        }
        struct wanted list[WANTED_MAX];
        size_t count = made_settings(settings, (enum topic)i, list);
        for (size_t k = 0; k < count; k++) {
            (void)rd_kafka_NewTopic_set_config(out[i], list[k].name, list[k].value);
        }
    }
    return 0;
}

static int read_created(rd_kafka_event_t *event, struct buf *made, struct err *err)
{
    size_t count = 0;
    const rd_kafka_CreateTopics_result_t *result = rd_kafka_event_CreateTopics_result(event);
    const rd_kafka_topic_result_t **topics = rd_kafka_CreateTopics_result_topics(result, &count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t code = rd_kafka_topic_result_error(topics[i]);
        const char *name = rd_kafka_topic_result_name(topics[i]);
        if (code != 0 && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
            const char *text = rd_kafka_topic_result_error_string(topics[i]);
            return err_set(err, ERR_OUTSIDE, "topic %s: %s", name,
                           text != NULL ? text : rd_kafka_err2str(code));
        }
        buf_add_format(made, "%-10s %s\n", code == 0 ? "created" : "was there", name);
    }
    return 0;
}

/* Waits for one answer of the admin interface. */
static rd_kafka_event_t *await(rd_kafka_queue_t *queue, const char *what, struct err *err)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, ANSWER_MS);
    if (event == NULL || rd_kafka_event_error(event) != 0) {
        (void)err_set(err, ERR_OUTSIDE, "kafka: %s: %s", what,
                      event == NULL ? "no answer" : rd_kafka_event_error_string(event));
        if (event != NULL) {
            rd_kafka_event_destroy(event);
        }
        return NULL;
    }
    return event;
}

int topics_create(const struct settings *settings, struct buf *made, struct err *err)
{
    rd_kafka_NewTopic_t *topics[TOPIC_COUNT] = {NULL};
    int result = -1;
    rd_kafka_t *rk =
        kafka_client_new(settings, RD_KAFKA_PRODUCER, "sluice-topics", NULL, NULL, NULL, err);
    if (rk == NULL) {
        return -1;
    }
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    if (kafka_client_wait(rk, settings, err) == 0 && new_topics(settings, topics, err) == 0) {
        rd_kafka_CreateTopics(rk, topics, TOPIC_COUNT, NULL, queue);
        rd_kafka_event_t *event = await(queue, "topics could not be made", err);
        if (event != NULL) {
            result = read_created(event, made, err);
            rd_kafka_event_destroy(event);
        }
    }
    for (int i = 0; i < TOPIC_COUNT && topics[i] != NULL; i++) {
        rd_kafka_NewTopic_destroy(topics[i]);
    }
    rd_kafka_queue_destroy(queue);
    /* What was just made is not at once known to every broker. */
    for (int tries = 0; result == 0 && topics_check(rk, settings, NULL, err) != 0; tries++) {
        clock_pause_us(100000);
        result = tries < CHECK_TRIES ? 0 : -1;
    }
    kafka_client_close(rk);
    return result;
}

/* ---- checking ---------------------------------------------------------------------------------
 */

/* Of the partition that has fewest. */
static int count_copies(const struct rd_kafka_metadata_topic *topic)
{
    int copies = topic->partition_cnt > 0 ? topic->partitions[0].replica_cnt : 0;
    for (int i = 1; i < topic->partition_cnt; i++) {
        int each = topic->partitions[i].replica_cnt;
        copies = each < copies ? each : copies;
    }
    return copies;
}

/* Partitions that somebody adds cannot be removed again, and to use them would send every entity
 * elsewhere: the log goes on with those that it was begun with. */
static void note_surplus(const char *name, int found, int32_t wanted, struct topic_notes *notes)
{
    if (found > wanted && notes != NULL) {
        (void)snprintf(notes->visits, sizeof notes->visits,
                       "topic %s has %d partitions and visits.partitions says %" PRId32
                       ": those from %" PRId32 " on are not used; leave the setting as it was when "
                       "the log was begun",
                       name, found, wanted, wanted);
    }
}

static int check_partitions(const struct rd_kafka_metadata *metadata,
                            const struct settings *settings, enum topic topic, int *copies,
                            struct topic_notes *notes, struct err *err)
{
    char name[KAFKA_TOPIC_BYTES];
    kafka_topic_name(settings, topic_infos[topic].text, name);
    for (int i = 0; i < metadata->topic_cnt; i++) {
        const struct rd_kafka_metadata_topic *found = &metadata->topics[i];
        if (strcmp(found->topic, name) != 0 || found->err != 0) {
            continue;
        }
        int32_t wanted = topic_partition_count(settings, topic);
        if (topic_infos[topic].partitions == TOPIC_OF_ONE && found->partition_cnt != 1) {
            return err_set(err, ERR_USAGE,
                           "topic %s has %d partitions and needs exactly one; remove it, then "
                           "`sluice topics create` makes it",
                           name, found->partition_cnt);
        }
        if (topic == TOPIC_VISITS) {
            note_surplus(name, found->partition_cnt, wanted, notes);
        }
        if (topic == TOPIC_VISITS && found->partition_cnt < wanted) {
            return err_set(err, ERR_USAGE,
                           "topic %s has %d partitions, visits.partitions says %" PRId32
                           "; the number is fixed when the topic is made: correct the setting",
                           name, found->partition_cnt, wanted);
        }
        bool too_few = topic == TOPIC_DIRECTORY && found->partition_cnt < wanted;
        if (topic_infos[topic].who == TOPIC_IS_FEED && (found->partition_cnt > wanted || too_few)) {
            return err_set(err, ERR_USAGE,
                           "topic %s has %d partitions, kafka.feed_partitions says %" PRId32
                           "; correct the setting",
                           name, found->partition_cnt, wanted);
        }
        *copies = count_copies(found);
        if (*copies < settings->kafka_replication) {
            return err_set(
                err, ERR_USAGE,
                "topic %s has a replication factor of %d and kafka.replication says %" PRId64
                "; correct one of them, the topic with Kafka's own tools",
                name, *copies, settings->kafka_replication);
        }
        return 0;
    }
    return err_set(err, ERR_USAGE, "topic %s is missing; `sluice topics create` makes it", name);
}

/* It is Kafka's own topic, perhaps of others too, so it is no reason to refuse. */
static void note_groups(const struct rd_kafka_metadata *metadata, const struct settings *settings,
                        struct topic_notes *notes)
{
    for (int i = 0; i < metadata->topic_cnt; i++) {
        const struct rd_kafka_metadata_topic *found = &metadata->topics[i];
        if (strcmp(found->topic, GROUPS_TOPIC) != 0 || found->partition_cnt == 0) {
            continue;
        }
        int copies = count_copies(found);
        if (copies < settings->kafka_replication) {
            (void)snprintf(notes->groups, sizeof notes->groups,
                           "topic " GROUPS_TOPIC " has a replication factor of %d and "
                           "kafka.replication says %" PRId64
                           ": the groups of workers stop with the broker that holds it; raise it "
                           "with Kafka's own tools, and offsets.topic.replication.factor",
                           copies, settings->kafka_replication);
        }
    }
}

static const char *config_value(const rd_kafka_ConfigResource_t *resource, const char *name)
{
    size_t count = 0;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rd_kafka_ConfigEntry_name(entries[i]), name) == 0) {
            return rd_kafka_ConfigEntry_value(entries[i]);
        }
    }
    return NULL;
}

static bool satisfies(const struct wanted *wanted, const char *value)
{
    return strcmp(value, wanted->value) == 0 ||
           (wanted->at_least && strtoll(value, NULL, 10) >= strtoll(wanted->value, NULL, 10));
}

/* What is acknowledged must survive the loss of a broker where there are three, and a broker that
 * is away should not stop all. */
static int check_insync(const char *name, const char *value, int copies, struct topic_notes *notes,
                        struct err *err)
{
    int64_t insync = value == NULL ? 1 : strtoll(value, NULL, 10);
    if (insync > copies || (copies >= 3 && insync < 2)) {
        return err_set(err, ERR_USAGE,
                       "topic %s has %d %s and min.insync.replicas=%" PRId64
                       ", and needs %d%s; change it with Kafka's own tools",
                       name, copies, copies == 1 ? "copy" : "copies", insync, copies >= 3 ? 2 : 1,
                       copies >= 3 ? ", so that what is acknowledged survives a broker" : "");
    }
    if (insync == copies && copies > 1 && notes != NULL && notes->insync[0] == '\0') {
        (void)snprintf(notes->insync, sizeof notes->insync,
                       "topic %s has %d copies and min.insync.replicas=%" PRId64
                       ": with one broker away all waits; better %d",
                       name, copies, insync, copies - 1);
    }
    return 0;
}

static int check_config(const rd_kafka_ConfigResource_t *resource, const struct settings *settings,
                        enum topic topic, int copies, struct topic_notes *notes, struct err *err)
{
    const char *name = rd_kafka_ConfigResource_name(resource);
    if (rd_kafka_ConfigResource_error(resource) != 0) {
        return err_set(err, ERR_OUTSIDE, "topic %s: its settings cannot be read: %s", name,
                       rd_kafka_ConfigResource_error_string(resource));
    }
    struct wanted list[WANTED_MAX];
    size_t count = wanted_settings(settings, topic, list);
    for (size_t i = 0; i < count; i++) {
        const char *value = config_value(resource, list[i].name);
        if (value != NULL && !satisfies(&list[i], value)) {
            return err_set(err, ERR_USAGE,
                           "topic %s has %s=%s and needs %s%s; change it with Kafka's own tools",
                           name, list[i].name, value, list[i].at_least ? "at least " : "",
                           list[i].value);
        }
    }
    return check_insync(name, config_value(resource, "min.insync.replicas"), copies, notes, err) !=
                   0
               ? -1
               : check_retention(name, config_value(resource, "retention.ms"), settings, topic,
                                 err);
}

static int check_configs(rd_kafka_t *rk, const struct settings *settings, const int *copies,
                         struct topic_notes *notes, struct err *err)
{
    rd_kafka_ConfigResource_t *resources[TOPIC_COUNT];
    for (int i = 0; i < TOPIC_COUNT; i++) {
        char name[KAFKA_TOPIC_BYTES];
        resources[i] =
            rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC,
                                        kafka_topic_name(settings, topic_infos[i].text, name));
    }
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_DescribeConfigs(rk, resources, TOPIC_COUNT, NULL, queue);
    rd_kafka_event_t *event = await(queue, "the topics' settings cannot be read", err);
    int result = event == NULL ? -1 : 0;
    if (event != NULL) {
        size_t count = 0;
        const rd_kafka_ConfigResource_t **found =
            rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event),
                                                      &count);
        for (size_t i = 0; i < count && result == 0; i++) {
            for (int t = 0; t < TOPIC_COUNT && result == 0; t++) {
                char name[KAFKA_TOPIC_BYTES];
                kafka_topic_name(settings, topic_infos[t].text, name);
                if (strcmp(rd_kafka_ConfigResource_name(found[i]), name) == 0) {
                    result = check_config(found[i], settings, (enum topic)t, copies[t], notes, err);
                }
            }
        }
        rd_kafka_event_destroy(event);
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_ConfigResource_destroy_array(resources, TOPIC_COUNT);
    return result;
}

int topics_check(rd_kafka_t *rk, const struct settings *settings, struct topic_notes *notes,
                 struct err *err)
{
    int copies[TOPIC_COUNT] = {0};
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t code = rd_kafka_metadata(rk, 1, NULL, &metadata, ANSWER_MS);
    if (code != 0) {
        return err_set(err, ERR_OUTSIDE, "kafka: the topics cannot be listed: %s",
                       rd_kafka_err2str(code));
    }
    int result = 0;
    if (notes != NULL) {
        *notes = (struct topic_notes){.groups = "", .insync = "", .visits = ""};
        note_groups(metadata, settings, notes);
    }
    for (int i = 0; i < TOPIC_COUNT && result == 0; i++) {
        result = check_partitions(metadata, settings, (enum topic)i, &copies[i], notes, err);
    }
    rd_kafka_metadata_destroy(metadata);
    return result == 0 ? check_configs(rk, settings, copies, notes, err) : result;
}

int topics_ready(const struct settings *settings, const char *client_id, struct err *err)
{
    rd_kafka_t *rk =
        kafka_client_new(settings, RD_KAFKA_PRODUCER, client_id, NULL, NULL, NULL, err);
    int result = rk == NULL || kafka_client_wait(rk, settings, err) != 0 ||
                         topics_check(rk, settings, NULL, err) != 0
                     ? -1
                     : 0;
    kafka_client_close(rk);
    return result;
}

int topic_next_offset(rd_kafka_t *rk, const struct settings *settings, enum topic topic,
                      int32_t partition, int64_t *next, struct err *err)
{
    char name[KAFKA_TOPIC_BYTES];
    int64_t first = 0;
    return kafka_client_bounds(rk, kafka_topic_name(settings, topic_infos[topic].text, name),
                               partition, settings->kafka_wait_s * 1000, &first, next, err);
}
