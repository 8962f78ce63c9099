#include "connectors/kafka/kafka_in_inside.h"

#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ERROR_BYTES 512
#define ASK_MS 1000
#define LOOK_MS 100
#define LEAVE_S 5
#define LOST_MS 10000 /* an offset that is not there is another case, after so long without one */
#define NUMBER_BYTES 24

/* Its senders may have transactions, whose ends take offsets, and all records of those that they
 * take back; and compaction removes what is out of date. Who reads sees neither. */
static bool has_holes(enum topic topic)
{
    return topic_infos[topic].who == TOPIC_IS_FEED || topic_infos[topic].cleanup == TOPIC_COMPACT;
}

static void drop_batch(struct kafka_in *in)
{
    for (size_t i = 0; i < in->batch_count; i++) {
        rd_kafka_message_destroy(in->batch[i]);
    }
    in->batch_count = 0;
}

/* ---- open, close -------------------------------------------------------------------------------
 */

static void configure(rd_kafka_conf_t *conf, void *context)
{
    rd_kafka_conf_set_rebalance_cb(conf, kafka_in_rebalanced);
    rd_kafka_conf_set_offset_commit_cb(conf, kafka_in_committed);
    rd_kafka_conf_set_opaque(conf, context);
}

int kafka_in_subscribe(struct kafka_in *in, struct err *err)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)in->setup.topic_count);
    for (size_t i = 0; i < in->setup.topic_count; i++) {
        rd_kafka_topic_partition_list_add(list, in->names[in->setup.topics[i]],
                                          RD_KAFKA_PARTITION_UA);
    }
    rd_kafka_resp_err_t code = rd_kafka_subscribe(in->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    in->parted_ms = clock_mono_ms();
    return code == 0 ? 0
                     : err_set(err, ERR_OUTSIDE, "kafka: group %s cannot be joined: %s",
                               in->setup.group, rd_kafka_err2str(code));
}

/* Installations that share brokers differ by their prefix, and so must their groups. */
int kafka_in_make_client(struct kafka_in *in, struct err *err)
{
    const struct settings *settings = in->settings;
    const struct kafka_in_setup *setup = &in->setup;
    char session[NUMBER_BYTES];
    char heartbeat[NUMBER_BYTES];
    char messages[NUMBER_BYTES];
    char kbytes[NUMBER_BYTES];
    bool holes = false;
    for (size_t i = 0; i < setup->topic_count; i++) {
        holes = holes || has_holes(setup->topics[i]);
    }
    (void)snprintf(session, sizeof session, "%" PRId64, settings->kafka_session_ms);
    (void)snprintf(heartbeat, sizeof heartbeat, "%" PRId64,
                   settings->kafka_session_ms / KAFKA_HEARTBEATS);
    (void)snprintf(messages, sizeof messages, "%" PRId64, settings->kafka_fetch_messages);
    (void)snprintf(kbytes, sizeof kbytes, "%" PRId64, settings->kafka_fetch_kbytes);
    struct kafka_option options[] = {
        {"group.id", in->group},
        {"session.timeout.ms", session},
        {"heartbeat.interval.ms", heartbeat},
        {"queued.min.messages", messages},
        {"queued.max.messages.kbytes", kbytes},
        {"enable.partition.eof", holes ? "true" : "false"},
        {setup->member != NULL ? "group.instance.id" : NULL, setup->member},
        {NULL, NULL},
    };
    in->rk =
        kafka_client_new(settings, RD_KAFKA_CONSUMER, in->client_id, options, configure, in, err);
    if (in->rk == NULL) {
        return -1;
    }
    (void)rd_kafka_poll_set_consumer(in->rk);
    in->queue = rd_kafka_queue_get_consumer(in->rk);
    return 0;
}

/* The client's own farewell waits for the brokers without an end when they are away. All it would
 * do is done here: partitions are given back and offsets committed, and a static member does not
 * leave its group, so that it finds its partitions again. */
void kafka_in_close_client(struct kafka_in *in, int wait_s)
{
    if (in->rk != NULL) {
        drop_batch(in);
        kafka_in_release_all(in);
        rd_kafka_queue_destroy(in->queue);
        kafka_client_leave(in->rk, wait_s);
        in->rk = NULL;
        in->failed.code = in->unbegun ? ERR_NONE : in->failed.code;
        in->committing = in->unheard = in->unbegun = false;
        in->reassigned = in->joined = false;
    }
}

static void keep_text(char *out, const char *text)
{
    size_t len = strlen(text);
    must(len < KAFKA_CLIENT_BYTES);
    memcpy(out, text, len + 1);
}

struct kafka_in *kafka_in_open(const struct settings *settings, const struct kafka_in_setup *setup,
                               struct err *err)
{
    must(setup->topic_count > 0 && setup->topic_count <= TOPIC_COUNT && setup->begin != NULL);
    struct kafka_in *in = mem_alloc(1, sizeof *in);
    in->settings = settings;
    in->setup = *setup;
    memcpy(in->topics, setup->topics, setup->topic_count * sizeof *setup->topics);
    in->setup.topics = in->topics;
    keep_text(in->client_id, setup->client_id);
    if (setup->member != NULL) {
        keep_text(in->member, setup->member);
        in->setup.member = in->member;
    }
    kafka_topic_name(settings, setup->group != NULL ? setup->group : "fixed", in->group);
    for (int i = 0; i < TOPIC_COUNT; i++) {
        kafka_topic_name(settings, topic_infos[i].text, in->names[i]);
    }
    if (kafka_in_make_client(in, err) != 0 ||
        (setup->group != NULL && kafka_in_subscribe(in, err) != 0)) {
        kafka_in_close(in);
        return NULL;
    }
    return in;
}

void kafka_in_close(struct kafka_in *in)
{
    if (in != NULL) {
        kafka_in_close_client(in, LEAVE_S);
        for (int i = 0; i < TOPIC_COUNT; i++) {
            mem_free(in->places[i].at);
        }
        mem_free(in->claims);
        mem_free(in);
    }
}

int kafka_in_assign_all(struct kafka_in *in, int32_t count, struct err *err)
{
    must(in->setup.group == NULL && in->claim_count == 0);
    for (int32_t partition = 0; partition < count; partition++) {
        if (kafka_in_claim(in, in->setup.topics[0], partition, err) != 0) {
            return -1;
        }
    }
    return kafka_in_assign_claims(in, err);
}

int kafka_in_assign_one(struct kafka_in *in, int32_t partition, struct err *err)
{
    must(in->setup.group == NULL);
    drop_batch(in);
    in->late.code = ERR_NONE;
    in->claim_count = 0;
    return kafka_in_claim(in, in->setup.topics[0], partition, err) != 0
               ? -1
               : kafka_in_assign_claims(in, err);
}

/* ---- messages ----------------------------------------------------------------------------------
 */

static bool is_unknown(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
           code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

/* A topic that was made a moment ago, or a broker that starts; the client says it once. */
static void note_unknown(struct kafka_in *in, const char *name)
{
    enum topic topic = TOPIC_COUNT;
    if (kafka_in_topic_of(in, name, &topic) && in->unknown_ms[topic] == 0) {
        in->unknown_ms[topic] = clock_mono_ms();
        (void)fprintf(stderr, "kafka: %s: topic %s is not there; waiting for it\n", in->client_id,
                      name);
    }
}

/* Is a topic that was not there for kafka.wait_s still missing? The brokers are asked. */
static int check_unknown(struct kafka_in *in, struct err *err)
{
    int64_t now_ms = clock_mono_ms();
    for (int i = 0; i < TOPIC_COUNT; i++) {
        int64_t next = 0;
        if (in->unknown_ms[i] == 0 ||
            now_ms - in->unknown_ms[i] <= in->settings->kafka_wait_s * 1000) {
            continue;
        }
        rd_kafka_resp_err_t code =
            kafka_client_ask_bound(in->rk, in->names[i], 0, RD_KAFKA_OFFSET_END, ASK_MS, &next);
        if (is_unknown(code)) {
            return kafka_client_gone(in->settings, in->names[i], err);
        }
        in->unknown_ms[i] = code == 0 ? 0 : now_ms; /* nobody answers: asked again later */
    }
    return 0;
}

/* The broker that leads the partition has no such offset. One that stood still leads for itself
 * alone, when it goes on, until it hears that another one leads, and its log may end sooner: it is
 * asked again for kafka.wait_s. What the log has lost at its beginning never comes back. */
static int take_lost(struct kafka_in *in, const rd_kafka_message_t *message, struct err *err)
{
    enum topic topic = TOPIC_COUNT;
    struct kafka_in_claim *claim =
        kafka_in_claim_named(in, rd_kafka_topic_name(message->rkt), message->partition, &topic);
    int64_t first = 0;
    int64_t next = 0;
    if (claim == NULL || claim->expected == KAFKA_LATER) { /* it was asked for before */
        return 0;
    }
    in->must_assign = true;
    if (kafka_in_bounds_within(in, topic, claim->partition, ASK_MS, &first, &next, err) != 0) {
        return err->retriable ? 0 : -1;
    }
    int64_t now_ms = clock_mono_ms();
    bool again = claim->lost_ms != 0 && now_ms - claim->lost_again_ms < LOST_MS;
    claim->lost_ms = again ? claim->lost_ms : now_ms;
    claim->lost_again_ms = now_ms;
    if (claim->expected >= first && now_ms - claim->lost_ms <= in->settings->kafka_wait_s * 1000) {
        return 0;
    }
    return err_set(err, ERR_OUTSIDE,
                   "kafka: %s[%" PRId32 "]: offset %" PRId64
                   " is to come next, and the log has %" PRId64 " to %" PRId64
                   "; were records deleted (retention.ms), or is the topic "
                   "another one?",
                   in->names[topic], claim->partition, claim->expected, first, next);
}

/* Nothing more is there: a hole at the end of the log is passed, or whoever waits for that end
 * would wait for ever. */
static void take_end(struct kafka_in *in, const rd_kafka_message_t *message)
{
    enum topic topic = TOPIC_COUNT;
    struct kafka_in_claim *claim =
        kafka_in_claim_named(in, rd_kafka_topic_name(message->rkt), message->partition, &topic);
    if (claim != NULL && has_holes(topic) && !claim->is_there && claim->expected >= 0 &&
        message->offset > claim->expected) {
        claim->expected = message->offset;
    }
}

static int take_failed(struct kafka_in *in, const rd_kafka_message_t *message, struct err *err)
{
    const char *topic = message->rkt != NULL ? rd_kafka_topic_name(message->rkt) : "consumer";
    switch ((int)message->err) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED: return 0; /* the group's word: all is given again */
    case RD_KAFKA_RESP_ERR__PARTITION_EOF: take_end(in, message); return 0;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET: return take_lost(in, message, err);
    default: break;
    }
    if (is_unknown(message->err)) {
        note_unknown(in, topic);
        return 0;
    }
    return err_set(err, ERR_OUTSIDE, "kafka: %s[%" PRId32 "] at offset %" PRId64 ": %s", topic,
                   message->partition, message->offset, rd_kafka_message_errstr(message));
}

/* What a callback could not do, and what the client cannot survive. */
static int check_callbacks(struct kafka_in *in, struct err *err)
{
    if (in->failed.code != ERR_NONE && !in->unbegun) {
        *err = in->failed;
        return -1;
    }
    char text[ERROR_BYTES] = "";
    rd_kafka_resp_err_t code = rd_kafka_fatal_error(in->rk, text, sizeof text);
    if (code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID) {
        return kafka_in_fenced(in, err);
    }
    if (in->holder.watched) {
        return kafka_in_watch_holder(in, err);
    }
    const char *why = NULL;
    if (kafka_in_is_stuck(in, &why)) {
        return kafka_in_join_anew(in, why, err);
    }
    return code == 0 ? check_unknown(in, err) : err_set(err, ERR_OUTSIDE, "kafka: %s", text);
}

/* 1: *out is it; 0: not for us; -1: a gap. */
static int take_message(struct kafka_in *in, const rd_kafka_message_t *message,
                        struct kafka_in_message *out, struct err *err)
{
    enum topic topic = TOPIC_COUNT;
    if (message->err != 0) {
        return take_failed(in, message, err);
    }
    struct kafka_in_claim *claim =
        kafka_in_claim_named(in, rd_kafka_topic_name(message->rkt), message->partition, &topic);
    if (claim == NULL) {
        return 0;
    }
    bool holes = has_holes(topic) && !claim->is_there;
    if (holes ? message->offset < claim->expected : message->offset != claim->expected) {
        return err_set(err, ERR_OUTSIDE,
                       "kafka: %s[%" PRId32 "] gave offset %" PRId64 " where %" PRId64
                       " was expected; nothing after it is taken",
                       rd_kafka_topic_name(message->rkt), message->partition, message->offset,
                       claim->expected);
    }
    claim->expected = message->offset + 1;
    claim->is_there = false;
    claim->lost_ms = 0;
    in->unknown_ms[topic] = 0;
    in->taken_count++;
    in->taken_bytes += message->len;
    *out = (struct kafka_in_message){.topic = topic,
                                     .partition = message->partition,
                                     .offset = message->offset,
                                     .stamp_ms = rd_kafka_message_timestamp(message, NULL),
                                     .key = {message->key, message->key_len},
                                     .bytes = {message->payload, message->len}};
    return 1;
}

/* Waits for one, then drains what is there: asking for many at once waits for all of them. */
static size_t fetch(struct kafka_in *in, size_t max, int timeout_ms)
{
    ssize_t got = rd_kafka_consume_batch_queue(in->queue, timeout_ms, in->batch, 1);
    if (got <= 0 || max == 1) {
        return got > 0 ? 1 : 0;
    }
    ssize_t more = rd_kafka_consume_batch_queue(in->queue, 0, in->batch + 1, max - 1);
    return 1 + (more > 0 ? (size_t)more : 0);
}

int kafka_in_take(struct kafka_in *in, struct kafka_in_message *messages, size_t max,
                  int timeout_ms, struct err *err)
{
    int count = 0;
    drop_batch(in);
    if (in->late.code != ERR_NONE) {
        *err = in->late;
        in->late.code = ERR_NONE;
        return -1;
    }
    in->must_assign = in->must_assign || in->held;
    in->held = false;
    if (in->must_assign && kafka_in_assign_claims(in, err) != 0) {
        return -1;
    }
    in->batch_count = fetch(in, max < KAFKA_IN_BATCH_MAX ? max : KAFKA_IN_BATCH_MAX, timeout_ms);
    if (check_callbacks(in, err) != 0) {
        in->must_assign = in->must_assign || in->batch_count > 0;
        return -1;
    }
    if (in->reassigned) {
        /* Of these messages nobody knows whether they were fetched before or after: none is taken,
         * and all partitions are fetched again from where they stand. */
        bool some = in->batch_count > 0;
        in->reassigned = false;
        drop_batch(in);
        in->must_assign = in->must_assign || some;
        return 0;
    }
    for (size_t i = 0; i < in->batch_count; i++) {
        int taken = take_message(in, in->batch[i], &messages[count], err);
        if (taken < 0) { /* if its owner goes on, so does the next take, at this message */
            in->must_assign = true;
            in->late = *err;
            in->late.code = count > 0 ? in->late.code : ERR_NONE;
            return count > 0 ? count : -1;
        }
        count += taken;
    }
    return count;
}

void kafka_in_return(struct kafka_in *in, const struct kafka_in_message *messages, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct kafka_in_claim *mine =
            kafka_in_claim_of(in, messages[i].topic, messages[i].partition);
        must(mine != NULL);
        mine->expected = messages[i].offset < mine->expected ? messages[i].offset : mine->expected;
        mine->is_there = topic_infos[messages[i].topic].cleanup != TOPIC_COMPACT;
    }
    drop_batch(in);
    in->must_assign = in->must_assign || count > 0;
}

/* Where the log of one partition ends, of the next one every time: messages do not tell it now. */
static void look_at_end(struct kafka_in *in)
{
    if (in->claim_count > 0) {
        struct kafka_in_claim *claim = &in->claims[in->look_at++ % in->claim_count];
        (void)kafka_client_ask_bound(in->rk, in->names[claim->topic], claim->partition,
                                     RD_KAFKA_OFFSET_END, LOOK_MS, &claim->high);
    }
}

int kafka_in_keep(struct kafka_in *in, struct err *err)
{
    int result = 0;
    drop_batch(in);
    if (!in->held) {
        in->held = true;
        result = kafka_in_assign_claims(in, err);
    }
    in->batch_count = fetch(in, KAFKA_IN_BATCH_MAX, 0);
    result = result == 0 ? check_callbacks(in, err) : -1; /* a member that is fenced is no error */
    for (size_t i = 0; i < in->batch_count && result == 0; i++) {
        if (in->batch[i]->err != 0 && in->batch[i]->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            result = take_failed(in, in->batch[i], err);
        }
    }
    drop_batch(in);
    in->reassigned = false;
    look_at_end(in);
    return result;
}

void kafka_in_rewind(struct kafka_in *in, enum topic topic, int32_t partition, int64_t offset)
{
    struct kafka_in_claim *mine = kafka_in_claim_of(in, topic, partition);
    must(mine != NULL);
    drop_batch(in);
    mine->expected = offset;
    in->must_assign = true;
}

int64_t kafka_in_next(const struct kafka_in *in, enum topic topic, int32_t partition)
{
    const struct kafka_in_claim *mine = kafka_in_claim_of(in, topic, partition);
    return mine == NULL ? -1 : mine->expected;
}

bool kafka_in_has_joined(const struct kafka_in *in)
{
    return in->joined;
}

/* The client tells their number alone; as far as we know they are like those taken before. */
size_t kafka_in_ready(const struct kafka_in *in, size_t *bytes)
{
    size_t count = rd_kafka_queue_length(in->queue);
    *bytes = in->taken_count == 0 ? 0 : (size_t)(in->taken_bytes / in->taken_count) * count;
    return count;
}

int64_t kafka_in_high(struct kafka_in *in, enum topic topic, int32_t partition)
{
    const struct kafka_in_claim *mine = kafka_in_claim_of(in, topic, partition);
    int64_t asked = mine == NULL ? -1 : mine->high;
    int64_t low = -1;
    int64_t high = -1;
    rd_kafka_resp_err_t code =
        rd_kafka_get_watermark_offsets(in->rk, in->names[topic], partition, &low, &high);
    return code == 0 && high > asked ? high : asked;
}

int kafka_in_bounds(struct kafka_in *in, enum topic topic, int32_t partition, int64_t *first,
                    int64_t *next, struct err *err)
{
    return kafka_in_bounds_within(in, topic, partition, in->settings->kafka_wait_s * 1000, first,
                                  next, err);
}

int kafka_in_bounds_within(struct kafka_in *in, enum topic topic, int32_t partition,
                           int64_t wait_ms, int64_t *first, int64_t *next, struct err *err)
{
    return kafka_client_bounds(in->rk, in->names[topic], partition, wait_ms, first, next, err);
}
