#include "connectors/kafka/kafka_out.h"

#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define PURGE_MS 100
#define RENEW_MIN_MS 100  /* between two producers in vain: the first wait, */
#define RENEW_MAX_MS 5000 /* and the longest */
#define CLIENT_BYTES 256  /* what the client keeps of a message beside its content */
#define SETTLE_MS 100
/* An idempotent librdkafka sends nothing of a partition while five messages of it (it means five
 * requests) are on their way. If more wait behind them, its thread does not sleep: it spins until
 * the broker answers, and takes the CPU that the broker needs. So it is handed messages of a
 * partition only while fewer than five are on their way, and then at most what fits one request. */
#define FLIGHT_MAX 5
#define REQUEST_BYTES 800000

/* A message from its sending until its acknowledgement. The bytes stay here, so that they can be
 * sent again. */
struct sent {
    struct sent *before, *next; /* in the order of sending */
    struct sent *next_held;     /* of its flow, not yet handed to the client */
    void *receipt;
    int64_t stamp_ms;
    int32_t partition;
    uint32_t key_bytes, bytes;
    uint8_t topic;
    bool by_key;    /* the producer places it */
    char content[]; /* key, then bytes */
};

/* The messages of one topic and partition; or of a topic, with keys, of which this producer does
 * not know yet how many partitions it has.
 *
 * Until a partition has acknowledged a message of this producer, one is on its way at a time: a
 * leader that knows nothing of a producer takes whatever comes first. If its second message
 * overtakes the first, which was on its way to a leader that has died, the first is refused behind
 * it, and the client believes that it is there (librdkafka 2.0.2; it was lost). */
struct flow {
    struct sent *held, *held_last;
    size_t in_flight; /* handed to the client and not acknowledged */
    int64_t since_ms; /* handed over, or the last acknowledgement, while more wait; 0: none does */
    int64_t acknowledged_ms; /* last by its partition, to this producer; 0: never */
};

struct flows {
    struct flow *items; /* 0: by key, partitions not known; partition p: p + 1 */
    size_t count, cap;
    struct sent *head;          /* by key, handed over, and not known to which partition; or NULL */
    int32_t partitions;         /* 0: this producer does not know */
    _Atomic int32_t in_cluster; /* what the client last chose from, on any of its threads */
};

struct kafka_out {
    const struct settings *settings;
    kafka_acknowledged_fn *acknowledged, *dropped;
    void *context;
    rd_kafka_t *rk;
    rd_kafka_topic_t *topics[TOPIC_COUNT]; /* made when first used */
    struct sent *oldest, *youngest;        /* all that wait */
    struct flows flows[TOPIC_COUNT];
    size_t waiting, held, bytes;
    uint64_t renewals;
    bool broken;
    int64_t failing_ms[TOPIC_COUNT]; /* since when its messages fail; 0: they do not */
    int64_t renew_at_ms, renew_wait_ms;
    bool said_none;    /* that no producer can be made */
    struct err failed; /* that no new producer helps against */
    char client_id[KAFKA_CLIENT_BYTES];
};

static size_t memory_of(const struct sent *sent)
{
    return sizeof *sent + sent->key_bytes + sent->bytes + CLIENT_BYTES;
}

/* ---- flows -------------------------------------------------------------------------------------
 */

/* Of a partition, or KAFKA_BY_KEY. */
static struct flow *flow_at(struct kafka_out *out, enum topic topic, int32_t partition)
{
    struct flows *flows = &out->flows[topic];
    size_t index = partition < 0 ? 0 : (size_t)partition + 1;
    if (index >= flows->count) {
        void *items = flows->items;
        mem_reserve(&items, &flows->cap, index + 1, sizeof *flows->items);
        flows->items = items;
        flows->count = index + 1;
    }
    return &flows->items[index];
}

static struct flow *flow_of(struct kafka_out *out, const struct sent *sent)
{
    return flow_at(out, (enum topic)sent->topic, sent->partition);
}

/* What Kafka's own clients do: the same key goes to the same partition for everybody. */
static int32_t partition_of_key(const void *key, size_t bytes, int32_t partitions)
{
    return rd_kafka_msg_partitioner_murmur2(NULL, key, bytes, partitions, NULL, NULL);
}

/* The client asks where a message goes; how many partitions there are it says nowhere else. */
static int32_t choose_partition(const rd_kafka_topic_t *rkt, const void *key, size_t bytes,
                                int32_t partitions, void *topic_context, void *message_context)
{
    struct flows *flows = topic_context;
    (void)rkt;
    (void)message_context;
    atomic_store_explicit(&flows->in_cluster, partitions, memory_order_relaxed);
    return partition_of_key(key, bytes, partitions);
}

static void hold(struct kafka_out *out, struct sent *sent)
{
    int32_t partitions = out->flows[sent->topic].partitions;
    if (sent->by_key) {
        sent->partition = partitions == 0
                              ? KAFKA_BY_KEY
                              : partition_of_key(sent->content, sent->key_bytes, partitions);
    }
    struct flow *flow = flow_of(out, sent);
    sent->next_held = NULL;
    *(flow->held == NULL ? &flow->held : &flow->held_last->next_held) = sent;
    flow->held_last = sent;
    out->held++;
}

/* ---- acknowledgements --------------------------------------------------------------------------
 */

/* Takes a message out of the list, wherever it stands: one partition may be far behind another. */
static void forget(struct kafka_out *out, struct sent *sent)
{
    *(sent->before == NULL ? &out->oldest : &sent->before->next) = sent->next;
    *(sent->next == NULL ? &out->youngest : &sent->next->before) = sent->before;
    out->waiting--;
    out->bytes -= memory_of(sent);
    mem_free(sent);
}

static const char *name_of(const struct kafka_out *out, enum topic topic, char *name)
{
    return kafka_topic_name(out->settings, topic_infos[topic].text, name);
}

/* A broker that starts may lack a right or a topic for a moment; nothing helps if it lasts. */
static bool is_hopeless(const struct kafka_out *out, enum topic topic, rd_kafka_resp_err_t code)
{
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        return clock_mono_ms() - out->failing_ms[topic] > out->settings->kafka_wait_s * 1000;
    default: return false;
    }
}

/* A message that failed stays in the list and goes to the next producer. */
static void note_failure(struct kafka_out *out, enum topic topic, rd_kafka_resp_err_t code)
{
    char name[KAFKA_TOPIC_BYTES];
    out->broken = true;
    if (code == RD_KAFKA_RESP_ERR__PURGE_QUEUE || code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) {
        return; /* our own doing */
    }
    if (out->failing_ms[topic] == 0) {
        out->failing_ms[topic] = clock_mono_ms();
        (void)fprintf(stderr, "kafka: %s: messages to %s fail: %s; they are sent again\n",
                      out->client_id, name_of(out, topic, name), rd_kafka_err2str(code));
    }
    if (is_hopeless(out, topic, code) && out->failed.code == ERR_NONE) {
        (void)err_set(&out->failed, ERR_OUTSIDE,
                      "kafka: messages to %s fail: %s; is it there (sluice topics create), and may "
                      "the user of kafka.user write to it?",
                      name_of(out, topic, name), rd_kafka_err2str(code));
    }
}

static void note_success(struct kafka_out *out, enum topic topic)
{
    bool failing = false;
    out->failing_ms[topic] = 0;
    for (int i = 0; i < TOPIC_COUNT; i++) {
        failing = failing || out->failing_ms[i] != 0;
    }
    out->renew_wait_ms = failing ? out->renew_wait_ms : 0;
}

/* The client has asked where the first with a key of its topic goes: that one and those behind it
 * belong to their partitions. */
static void place(struct kafka_out *out, enum topic topic)
{
    struct flows *flows = &out->flows[topic];
    struct flow unplaced = flows->items[0];
    struct sent *sent = unplaced.held;
    flows->items[0] = (struct flow){.held = NULL};
    flows->partitions = atomic_load_explicit(&flows->in_cluster, memory_order_relaxed);
    must(flows->partitions > 0 && unplaced.in_flight == 1);
    flows->head->partition =
        partition_of_key(flows->head->content, flows->head->key_bytes, flows->partitions);
    struct flow *flow = flow_of(out, flows->head);
    flow->in_flight = 1;
    flow->since_ms = unplaced.since_ms;
    flows->head = NULL;
    while (sent != NULL) {
        struct sent *next = sent->next_held;
        out->held--;
        hold(out, sent);
        sent = next;
    }
}

static void delivered(rd_kafka_t *rk, const rd_kafka_message_t *message, void *context)
{
    struct kafka_out *out = context;
    struct sent *sent = message->_private;
    (void)rk;
    if (message->err != 0) {
        note_failure(out, (enum topic)sent->topic, message->err);
        return;
    }
    enum topic topic = (enum topic)sent->topic;
    if (sent->partition < 0) {
        place(out, topic);
    }
    flow_at(out, topic, message->partition)->acknowledged_ms = clock_mono_ms();
    struct flow *flow = flow_of(out, sent);
    must(out->waiting > 0 && flow->in_flight > 0);
    flow->in_flight--;
    flow->since_ms = flow->in_flight > 0 ? clock_mono_ms() : 0;
    note_success(out, topic);
    void *receipt = sent->receipt;
    forget(out, sent);
    out->acknowledged(out->context, receipt);
}

/* ---- the producer ------------------------------------------------------------------------------
 */

static void configure(rd_kafka_conf_t *conf, void *context)
{
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    rd_kafka_conf_set_opaque(conf, context);
}

static int open_producer(struct kafka_out *out, struct err *err)
{
    out->rk = kafka_client_new(out->settings, RD_KAFKA_PRODUCER, out->client_id, NULL, configure,
                               out, err);
    out->broken = false;
    return out->rk == NULL ? -1 : 0;
}

static void close_producer(struct kafka_out *out)
{
    for (int i = 0; i < TOPIC_COUNT; i++) {
        if (out->topics[i] != NULL) {
            rd_kafka_topic_destroy(out->topics[i]);
            out->topics[i] = NULL;
        }
    }
    kafka_client_close(out->rk);
    out->rk = NULL;
}

static rd_kafka_topic_t *topic_of(struct kafka_out *out, enum topic topic)
{
    if (out->topics[topic] == NULL) {
        char name[KAFKA_TOPIC_BYTES];
        /* Its own one would lack what the client has for all: no time limit of messages. */
        rd_kafka_topic_conf_t *conf = rd_kafka_default_topic_conf_dup(out->rk);
        rd_kafka_topic_conf_set_partitioner_cb(conf, choose_partition);
        rd_kafka_topic_conf_set_opaque(conf, &out->flows[topic]);
        out->topics[topic] = rd_kafka_topic_new(out->rk, name_of(out, topic, name), conf);
        must(out->topics[topic] != NULL);
    }
    return out->topics[topic];
}

/* Hands a message to the client; false if its queue is full or it is broken. */
static bool produce(struct kafka_out *out, struct sent *sent)
{
    /* rd_kafka_produce takes no time stamp; producev does. Its first message of a topic may wait a
     * second for the topic's metadata, which asking for the topic here starts. */
    rd_kafka_resp_err_t code =
        rd_kafka_producev(out->rk, RD_KAFKA_V_RKT(topic_of(out, (enum topic)sent->topic)),
                          RD_KAFKA_V_PARTITION(sent->partition < 0 ? RD_KAFKA_PARTITION_UA
                                                                   : sent->partition),
                          RD_KAFKA_V_KEY(sent->content, sent->key_bytes),
                          RD_KAFKA_V_VALUE(sent->content + sent->key_bytes, sent->bytes),
                          RD_KAFKA_V_TIMESTAMP(sent->stamp_ms), RD_KAFKA_V_OPAQUE(sent),
                          RD_KAFKA_V_END);
    if (code != 0 && code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        note_failure(out, (enum topic)sent->topic, code);
    }
    return code == 0;
}

/* Brokers forget a producer that sends nothing for long. */
static bool is_known(const struct kafka_out *out, const struct flow *flow)
{
    return flow->acknowledged_ms != 0 &&
           clock_mono_ms() - flow->acknowledged_ms < out->settings->kafka_producer_idle_s * 1000;
}

/* Hands over what the client can send at once. */
static void release(struct kafka_out *out, struct flow *flow)
{
    size_t bytes = 0;
    if (flow->held == NULL || flow->in_flight >= FLIGHT_MAX || out->rk == NULL) {
        return;
    }
    bool known = is_known(out, flow);
    while (flow->held != NULL && (known || flow->in_flight == 0) && bytes < REQUEST_BYTES &&
           produce(out, flow->held)) {
        struct sent *sent = flow->held;
        if (sent->partition < 0) {
            out->flows[sent->topic].head = sent;
        }
        bytes += memory_of(sent);
        flow->held = sent->next_held;
        flow->in_flight++;
        flow->since_ms = flow->since_ms == 0 ? clock_mono_ms() : flow->since_ms;
        out->held--;
    }
}

static void release_all(struct kafka_out *out)
{
    for (int i = 0; i < TOPIC_COUNT && out->held > 0; i++) {
        struct flows *flows = &out->flows[i];
        if (flows->head != NULL &&
            atomic_load_explicit(&flows->in_cluster, memory_order_relaxed) > 0) {
            place(out, (enum topic)i);
        }
        for (size_t k = 0; k < out->flows[i].count && !out->broken; k++) {
            release(out, &out->flows[i].items[k]);
        }
    }
}

/* Nothing is on its way any more: all that waits is held, in order. With a key it waits for that of
 * its topic which waited longest. */
static void hold_all(struct kafka_out *out)
{
    int64_t since_ms[TOPIC_COUNT] = {0};
    out->held = 0;
    for (int i = 0; i < TOPIC_COUNT; i++) {
        struct flows *flows = &out->flows[i];
        for (size_t k = 0; k < flows->count; k++) {
            struct flow *flow = &flows->items[k];
            bool longer = flow->since_ms != 0 && (since_ms[i] == 0 || flow->since_ms < since_ms[i]);
            since_ms[i] = longer ? flow->since_ms : since_ms[i];
            *flow = (struct flow){.since_ms = flow->since_ms};
        }
        flows->head = NULL;
        flows->partitions = 0;
        atomic_store_explicit(&flows->in_cluster, 0, memory_order_relaxed);
    }
    for (struct sent *sent = out->oldest; sent != NULL; sent = sent->next) {
        hold(out, sent);
    }
    for (int i = 0; i < TOPIC_COUNT; i++) {
        for (size_t k = 0; k < out->flows[i].count; k++) {
            struct flow *flow = &out->flows[i].items[k];
            flow->since_ms = flow->held == NULL ? 0 : k == 0 ? since_ms[i] : flow->since_ms;
        }
    }
}

/* Ends the producer at once, so that nothing overtakes what failed. */
static void end_producer(struct kafka_out *out)
{
    (void)rd_kafka_purge(out->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    while (rd_kafka_outq_len(out->rk) > 0) {
        (void)rd_kafka_poll(out->rk, PURGE_MS);
    }
    close_producer(out);
}

/* Nothing is acknowledged meanwhile: each time in vain makes the next wait longer. */
static void plan_renewal(struct kafka_out *out)
{
    int64_t longer_ms = out->renew_wait_ms == 0 ? RENEW_MIN_MS : 2 * out->renew_wait_ms;
    out->renew_at_ms = clock_mono_ms() + out->renew_wait_ms;
    out->renew_wait_ms = longer_ms < RENEW_MAX_MS ? longer_ms : RENEW_MAX_MS;
}

/* A new producer, and all that waits to it, in order. */
static int renew(struct kafka_out *out, int timeout_ms, struct err *err)
{
    int64_t left_ms = out->renew_at_ms - clock_mono_ms();
    if (left_ms > 0) {
        clock_pause_us(1000 * (left_ms < timeout_ms ? left_ms : timeout_ms));
        return 0;
    }
    /* By the same settings there was one before: no file is left, or somebody is replacing one. */
    if (open_producer(out, err) != 0) {
        if (!out->said_none) {
            (void)fprintf(stderr, "kafka: %s: no producer can be made, it is tried again: %s\n",
                          out->client_id, err->text);
        }
        out->said_none = true;
        plan_renewal(out);
        return 0;
    }
    out->said_none = false;
    out->renewals++;
    hold_all(out);
    release_all(out);
    return 0;
}

struct kafka_out *kafka_out_open(const struct settings *settings, const char *client_id,
                                 kafka_acknowledged_fn *acknowledged,
                                 kafka_acknowledged_fn *dropped, void *context, struct err *err)
{
    struct kafka_out *out = mem_alloc(1, sizeof *out);
    out->settings = settings;
    out->acknowledged = acknowledged;
    out->dropped = dropped;
    out->context = context;
    size_t len = strlen(client_id);
    must(len < sizeof out->client_id);
    memcpy(out->client_id, client_id, len + 1);
    if (open_producer(out, err) != 0) {
        mem_free(out);
        return NULL;
    }
    return out;
}

void kafka_out_close(struct kafka_out *out)
{
    if (out == NULL) {
        return;
    }
    if (out->rk != NULL) {
        end_producer(out);
    }
    while (out->oldest != NULL) {
        if (out->dropped != NULL) {
            out->dropped(out->context, out->oldest->receipt);
        }
        forget(out, out->oldest);
    }
    for (int i = 0; i < TOPIC_COUNT; i++) {
        mem_free(out->flows[i].items);
    }
    mem_free(out);
}

static bool bound_is_reached(const struct kafka_out *out, size_t times)
{
    return out->waiting >= times * (size_t)out->settings->kafka_out_messages ||
           out->bytes >= times * 1024 * (size_t)out->settings->kafka_out_kbytes;
}

bool kafka_out_send(struct kafka_out *out, enum topic topic, int32_t partition,
                    const struct kafka_message *message, void *receipt)
{
    if (bound_is_reached(out, 2)) {
        return false;
    }
    struct sent *sent = mem_alloc(1, sizeof *sent + message->key.len + message->bytes.len);
    sent->receipt = receipt;
    sent->stamp_ms = message->stamp_ms;
    sent->partition = partition;
    sent->by_key = partition < 0;
    sent->topic = (uint8_t)topic;
    sent->key_bytes = (uint32_t)message->key.len;
    sent->bytes = (uint32_t)message->bytes.len;
    if (message->key.len > 0) {
        memcpy(sent->content, message->key.at, message->key.len);
    }
    if (message->bytes.len > 0) {
        memcpy(sent->content + message->key.len, message->bytes.at, message->bytes.len);
    }
    sent->before = out->youngest;
    *(out->youngest == NULL ? &out->oldest : &out->youngest->next) = sent;
    out->youngest = sent;
    out->waiting++;
    out->bytes += memory_of(sent);
    hold(out, sent);
    return true;
}

/* True if the client ended in an error of its own, or a message failed. */
static bool is_broken(const struct kafka_out *out)
{
    char text[1];
    return out->broken || rd_kafka_fatal_error(out->rk, text, sizeof text) != 0;
}

int kafka_out_poll(struct kafka_out *out, int timeout_ms, struct err *err)
{
    if (out->rk == NULL) {
        return renew(out, timeout_ms, err);
    }
    release_all(out);
    (void)rd_kafka_poll(out->rk, timeout_ms);
    release_all(out); /* what the acknowledgements made room for */
    if (!is_broken(out)) {
        return 0;
    }
    end_producer(out);
    if (out->failed.code != ERR_NONE) {
        *err = out->failed;
        return -1;
    }
    plan_renewal(out);
    return renew(out, 0, err);
}

int kafka_out_settle(struct kafka_out *out, int64_t wait_ms, struct err *err)
{
    int64_t end_ms = clock_mono_ms() + wait_ms;
    while (out->waiting > 0) {
        if (kafka_out_poll(out, SETTLE_MS, err) != 0) {
            return -1;
        }
        if (out->waiting > 0 && clock_mono_ms() > end_ms) {
            return err_set(err, ERR_OUTSIDE,
                           "kafka: %zu messages were not acknowledged within %" PRId64
                           " s; are the brokers there, and enough of them for "
                           "min.insync.replicas?",
                           out->waiting, wait_ms / 1000);
        }
    }
    return 0;
}

size_t kafka_out_waiting(const struct kafka_out *out)
{
    return out->waiting;
}

size_t kafka_out_bytes(const struct kafka_out *out)
{
    return out->bytes;
}

bool kafka_out_is_full(const struct kafka_out *out)
{
    return bound_is_reached(out, 1);
}

int64_t kafka_out_silent_since(const struct kafka_out *out, enum topic *topic)
{
    int64_t since_ms = 0;
    for (int i = 0; i < TOPIC_COUNT; i++) {
        for (size_t k = 0; k < out->flows[i].count; k++) {
            int64_t each_ms = out->flows[i].items[k].since_ms;
            if (each_ms != 0 && (since_ms == 0 || each_ms < since_ms)) {
                since_ms = each_ms;
                *topic = (enum topic)i;
            }
        }
    }
    return since_ms;
}

uint64_t kafka_out_renewals(const struct kafka_out *out)
{
    return out->renewals;
}
