#include "connectors/kafka/kafka_in.h"

#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ANSWER_MS 30000
#define ERROR_BYTES 512
#define ASSIGN_MS 200
#define BATCH_MAX 1024
#define KEEP_MS 100
#define COMMIT_MS 2000
#define FENCED_MS 60000
#define ASK_MS 1000
#define NUMBER_BYTES 24
#define HEARTBEATS 4 /* in the time after which silence means death */

/* A partition that is ours. */
struct claim {
    int32_t partition;
    uint8_t topic;
    int64_t expected;        /* offset of the next message; KAFKA_LATER: nothing is fetched */
    int64_t done;            /* below it all is done; -1: nothing to commit */
    int64_t sent, committed; /* of it, on its way and with the brokers */
};

struct kafka_in {
    const struct settings *settings;
    struct kafka_in_setup setup;
    enum topic topics[TOPIC_COUNT]; /* that setup.topics points to */
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue;
    rd_kafka_message_t *batch[BATCH_MAX];
    size_t batch_count;
    struct claim *claims;
    size_t claim_count, claim_cap;
    bool reassigned;     /* in a callback, while a batch was fetched */
    bool must_assign;    /* the client is to be told anew what is ours, and from where */
    int64_t assigned_ms; /* when it was told last */
    bool joined;
    bool committing; /* a commit has no answer yet, since then */
    int64_t committed_ms;
    uint64_t taken_count, taken_bytes;
    struct err failed; /* of a callback */
    char names[TOPIC_COUNT][KAFKA_TOPIC_BYTES];
    char client_id[KAFKA_CLIENT_BYTES];
    char member[KAFKA_CLIENT_BYTES]; /* that setup.member points to, if there is one */
    int64_t unknown_ms[TOPIC_COUNT]; /* since when it is not there; 0: it is */
    int64_t fenced_ms;               /* when its place in the group was taken; 0: never */
};

static struct claim *claim_of(const struct kafka_in *in, enum topic topic, int32_t partition)
{
    for (size_t i = 0; i < in->claim_count; i++) {
        if (in->claims[i].topic == topic && in->claims[i].partition == partition) {
            return &in->claims[i];
        }
    }
    return NULL;
}

static bool topic_of(const struct kafka_in *in, const char *name, enum topic *topic)
{
    for (size_t i = 0; i < in->setup.topic_count; i++) {
        if (strcmp(in->names[in->setup.topics[i]], name) == 0) {
            *topic = in->setup.topics[i];
            return true;
        }
    }
    return false;
}

static void drop_batch(struct kafka_in *in)
{
    for (size_t i = 0; i < in->batch_count; i++) {
        rd_kafka_message_destroy(in->batch[i]);
    }
    in->batch_count = 0;
}

/* ---- assignment --------------------------------------------------------------------------------
 */

static rd_kafka_topic_partition_list_t *list_of_claims(const struct kafka_in *in)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)in->claim_count + 1);
    for (size_t i = 0; i < in->claim_count; i++) {
        const struct claim *claim = &in->claims[i];
        if (claim->expected != KAFKA_LATER) {
            rd_kafka_topic_partition_list_add(list, in->names[claim->topic], claim->partition)
                ->offset = claim->expected;
        }
    }
    return list;
}

/* Tells the client what is ours now, and from where. */
static int assign_claims(struct kafka_in *in, struct err *err)
{
    rd_kafka_topic_partition_list_t *list = list_of_claims(in);
    rd_kafka_resp_err_t code = rd_kafka_assign(in->rk, in->claim_count == 0 ? NULL : list);
    rd_kafka_topic_partition_list_destroy(list);
    in->must_assign = false;
    in->assigned_ms = clock_mono_ms();
    return code == 0 ? 0
                     : err_set(err, ERR_OUTSIDE, "kafka: partitions cannot be taken: %s",
                               rd_kafka_err2str(code));
}

/* Tells it a while after the last time: librdkafka 2.0.2 aborts (rktp_started) when partitions that
 * it still starts or stops are taken from it again. 1: nothing may be taken yet. */
static int serve_assignment(struct kafka_in *in, int timeout_ms, struct err *err)
{
    if (!in->must_assign) {
        return 0;
    }
    int64_t wait_ms = in->assigned_ms + ASSIGN_MS - clock_mono_ms();
    if (wait_ms > 0) {
        clock_pause_us(1000 * (wait_ms < timeout_ms ? wait_ms : timeout_ms));
        return 1;
    }
    return assign_claims(in, err) != 0 ? -1 : 1;
}

/* Where the group left this partition, or its beginning; brokers are asked. */
static int64_t committed_offset(struct kafka_in *in, enum topic topic, int32_t partition,
                                struct err *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *row =
        rd_kafka_topic_partition_list_add(list, in->names[topic], partition);
    rd_kafka_resp_err_t code = rd_kafka_committed(in->rk, list, ANSWER_MS);
    int64_t offset = row->offset;
    rd_kafka_topic_partition_list_destroy(list);
    if (code != 0) {
        return err_set(err, ERR_OUTSIDE, "kafka: %s of group %s: %s", in->names[topic],
                       in->setup.group, rd_kafka_err2str(code));
    }
    int64_t first = 0;
    int64_t next = 0;
    if (kafka_in_bounds(in, topic, partition, &first, &next, err) != 0) {
        return -1;
    }
    if (offset >= 0 && offset < first) {
        return err_set(
            err, ERR_OUTSIDE,
            "kafka: %s[%" PRId32 "] begins at %" PRId64 ", records from %" PRId64
            " on were not taken and are gone; longer retention, or reset the group on purpose",
            in->names[topic], partition, first, offset);
    }
    return offset >= 0 ? offset : first;
}

static int claim(struct kafka_in *in, enum topic topic, int32_t partition, struct err *err)
{
    int64_t offset = in->setup.begin(in->setup.context, topic, partition, err);
    if (offset == KAFKA_COMMITTED) {
        offset = committed_offset(in, topic, partition, err);
    }
    if (offset < 0 && offset != KAFKA_LATER) {
        return -1;
    }
    void *claims = in->claims;
    mem_reserve(&claims, &in->claim_cap, in->claim_count + 1, sizeof *in->claims);
    in->claims = claims;
    in->claims[in->claim_count++] = (struct claim){partition, (uint8_t)topic, offset, -1, -1, -1};
    return 0;
}

/* What the brokers do not know yet. */
static rd_kafka_topic_partition_list_t *list_of_done(struct kafka_in *in)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)in->claim_count + 1);
    for (size_t i = 0; i < in->claim_count; i++) {
        struct claim *claim = &in->claims[i];
        if (claim->done > claim->committed) {
            claim->sent = claim->done;
            rd_kafka_topic_partition_list_add(list, in->names[claim->topic], claim->partition)
                ->offset = claim->done;
        }
    }
    return list;
}

/* An answer to kafka_in_commit; after an error the next one says it again. */
static void committed(rd_kafka_t *rk, rd_kafka_resp_err_t code,
                      rd_kafka_topic_partition_list_t *list, void *context)
{
    struct kafka_in *in = context;
    (void)rk;
    (void)list;
    in->committing = false;
    for (size_t i = 0; i < in->claim_count && code == 0; i++) {
        in->claims[i].committed = in->claims[i].sent;
    }
}

/* One at a time: with the brokers away they would pile up, and the end of the client wait for them.
 */
void kafka_in_commit(struct kafka_in *in)
{
    if (in->committing) {
        return;
    }
    rd_kafka_topic_partition_list_t *list = list_of_done(in);
    in->committing = list->cnt > 0 && rd_kafka_commit(in->rk, list, 1) == 0;
    in->committed_ms = clock_mono_ms();
    rd_kafka_topic_partition_list_destroy(list);
}

/* The last word before partitions go; whoever takes them over begins there. Brokers that have left
 * the word before without an answer will not answer this one. */
static void commit_and_wait(struct kafka_in *in)
{
    if (in->committing && clock_mono_ms() - in->committed_ms > COMMIT_MS) {
        return;
    }
    rd_kafka_topic_partition_list_t *list = list_of_done(in);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(in->rk);
    if (list->cnt > 0 && rd_kafka_commit_queue(in->rk, list, queue, NULL, NULL) == 0) {
        rd_kafka_event_t *answer = rd_kafka_queue_poll(queue, COMMIT_MS);
        if (answer != NULL) {
            rd_kafka_event_destroy(answer);
        }
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_topic_partition_list_destroy(list);
}

static void release_all(struct kafka_in *in)
{
    for (size_t i = 0; i < in->claim_count && in->setup.end != NULL; i++) {
        in->setup.end(in->setup.context, (enum topic)in->claims[i].topic, in->claims[i].partition);
    }
    commit_and_wait(in);
    in->claim_count = 0;
}

/* The group's word: with the range assignor everything goes, then everything comes. */
static void rebalanced(rd_kafka_t *rk, rd_kafka_resp_err_t code,
                       rd_kafka_topic_partition_list_t *list, void *context)
{
    struct kafka_in *in = context;
    (void)rk;
    in->reassigned = true;
    in->joined = code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    release_all(in);
    for (int i = 0; code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && i < list->cnt; i++) {
        enum topic topic = TOPIC_COUNT;
        if (topic_of(in, list->elems[i].topic, &topic) && in->failed.code == ERR_NONE) {
            (void)claim(in, topic, list->elems[i].partition, &in->failed);
        }
    }
    (void)assign_claims(in, &in->failed);
}

/* ---- open, close -------------------------------------------------------------------------------
 */

static void configure(rd_kafka_conf_t *conf, void *context)
{
    rd_kafka_conf_set_rebalance_cb(conf, rebalanced);
    rd_kafka_conf_set_offset_commit_cb(conf, committed);
    rd_kafka_conf_set_opaque(conf, context);
}

static int subscribe(struct kafka_in *in, struct err *err)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)in->setup.topic_count);
    for (size_t i = 0; i < in->setup.topic_count; i++) {
        rd_kafka_topic_partition_list_add(list, in->names[in->setup.topics[i]],
                                          RD_KAFKA_PARTITION_UA);
    }
    rd_kafka_resp_err_t code = rd_kafka_subscribe(in->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    return code == 0 ? 0
                     : err_set(err, ERR_OUTSIDE, "kafka: group %s cannot be joined: %s",
                               in->setup.group, rd_kafka_err2str(code));
}

/* The client, and its place in the group. Installations that share brokers differ by their prefix,
 * and so must their groups. */
static int open_client(struct kafka_in *in, struct err *err)
{
    const struct settings *settings = in->settings;
    const struct kafka_in_setup *setup = &in->setup;
    char group[KAFKA_TOPIC_BYTES];
    char session[NUMBER_BYTES];
    char heartbeat[NUMBER_BYTES];
    char messages[NUMBER_BYTES];
    char kbytes[NUMBER_BYTES];
    kafka_topic_name(settings, setup->group != NULL ? setup->group : "fixed", group);
    (void)snprintf(session, sizeof session, "%" PRId64, settings->kafka_session_ms);
    (void)snprintf(heartbeat, sizeof heartbeat, "%" PRId64,
                   settings->kafka_session_ms / HEARTBEATS);
    (void)snprintf(messages, sizeof messages, "%" PRId64, settings->kafka_fetch_messages);
    (void)snprintf(kbytes, sizeof kbytes, "%" PRId64, settings->kafka_fetch_kbytes);
    struct kafka_option options[] = {
        {"group.id", group},
        {"session.timeout.ms", session},
        {"heartbeat.interval.ms", heartbeat},
        {"queued.min.messages", messages},
        {"queued.max.messages.kbytes", kbytes},
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
    return setup->group != NULL ? subscribe(in, err) : 0;
}

/* The client's own farewell waits for the brokers without an end when they are away. All it would
 * do is done here: partitions are given back and offsets committed, and a static member does not
 * leave its group, so that it finds its partitions again. */
static void close_client(struct kafka_in *in)
{
    if (in->rk != NULL) {
        drop_batch(in);
        release_all(in);
        rd_kafka_queue_destroy(in->queue);
        rd_kafka_destroy_flags(in->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
        in->rk = NULL;
        in->committing = false;
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
    for (int i = 0; i < TOPIC_COUNT; i++) {
        kafka_topic_name(settings, topic_infos[i].text, in->names[i]);
    }
    if (open_client(in, err) != 0) {
        kafka_in_close(in);
        return NULL;
    }
    return in;
}

void kafka_in_close(struct kafka_in *in)
{
    if (in != NULL) {
        close_client(in);
        mem_free(in->claims);
        mem_free(in);
    }
}

int kafka_in_assign_all(struct kafka_in *in, int32_t count, struct err *err)
{
    must(in->setup.group == NULL && in->claim_count == 0);
    for (int32_t partition = 0; partition < count; partition++) {
        if (claim(in, in->setup.topics[0], partition, err) != 0) {
            return -1;
        }
    }
    return assign_claims(in, err);
}

int kafka_in_assign_one(struct kafka_in *in, int32_t partition, struct err *err)
{
    must(in->setup.group == NULL);
    drop_batch(in);
    in->claim_count = 0;
    return claim(in, in->setup.topics[0], partition, err) != 0 ? -1 : assign_claims(in, err);
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
    if (topic_of(in, name, &topic) && in->unknown_ms[topic] == 0) {
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
        int64_t first = 0;
        int64_t next = 0;
        if (in->unknown_ms[i] == 0 ||
            now_ms - in->unknown_ms[i] <= in->settings->kafka_wait_s * 1000) {
            continue;
        }
        rd_kafka_resp_err_t code =
            rd_kafka_query_watermark_offsets(in->rk, in->names[i], 0, &first, &next, ASK_MS);
        if (is_unknown(code)) {
            return err_set(err, ERR_OUTSIDE,
                           "kafka: topic %s is not there for %" PRId64
                           " s (kafka.wait_s); was it deleted? See sluice topics create",
                           in->names[i], in->settings->kafka_wait_s);
        }
        in->unknown_ms[i] = code == 0 ? 0 : now_ms; /* nobody answers: asked again later */
    }
    return 0;
}

static int take_failed(struct kafka_in *in, const rd_kafka_message_t *message, struct err *err)
{
    const char *topic = message->rkt != NULL ? rd_kafka_topic_name(message->rkt) : "consumer";
    switch ((int)message->err) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED: /* the group's word comes: all is given again */
    case RD_KAFKA_RESP_ERR__PARTITION_EOF: return 0;
    default: break;
    }
    if (is_unknown(message->err)) {
        note_unknown(in, topic);
        return 0;
    }
    return err_set(err, ERR_OUTSIDE, "kafka: %s[%" PRId32 "] at offset %" PRId64 ": %s", topic,
                   message->partition, message->offset, rd_kafka_message_errstr(message));
}

/* Another member took our place. That may be we ourselves: after brokers were away for longer than
 * the session, the client joins anew and is fenced by what it had asked for before. So it is tried
 * again once; a second process of our name takes the place again at once. */
static int join_again(struct kafka_in *in, struct err *err)
{
    int64_t now_ms = clock_mono_ms();
    if (in->fenced_ms != 0 && now_ms - in->fenced_ms < FENCED_MS) {
        return err_set(err, ERR_USAGE,
                       "kafka: group %s has another member %s by now; give each process its own "
                       "process.name",
                       in->setup.group, in->setup.member);
    }
    in->fenced_ms = now_ms;
    close_client(in); /* all partitions go through end() */
    in->reassigned = false;
    return open_client(in, err);
}

/* What a callback could not do, and what the client cannot survive. */
static int check_callbacks(struct kafka_in *in, struct err *err)
{
    if (in->failed.code != ERR_NONE) {
        *err = in->failed;
        return -1;
    }
    char text[ERROR_BYTES] = "";
    rd_kafka_resp_err_t code = rd_kafka_fatal_error(in->rk, text, sizeof text);
    if (code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID) {
        return join_again(in, err);
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
    struct claim *claim = topic_of(in, rd_kafka_topic_name(message->rkt), &topic)
                              ? claim_of(in, topic, message->partition)
                              : NULL;
    if (claim == NULL) {
        return 0;
    }
    bool holes = topic_infos[topic].cleanup == TOPIC_COMPACT;
    if (holes ? message->offset < claim->expected : message->offset != claim->expected) {
        return err_set(err, ERR_OUTSIDE,
                       "kafka: %s[%" PRId32 "] gave offset %" PRId64 " where %" PRId64
                       " was expected; nothing after it is taken",
                       rd_kafka_topic_name(message->rkt), message->partition, message->offset,
                       claim->expected);
    }
    claim->expected = message->offset + 1;
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
    int served = serve_assignment(in, timeout_ms, err);
    if (served != 0) {
        return served < 0 ? -1 : 0;
    }
    in->batch_count = fetch(in, max < BATCH_MAX ? max : BATCH_MAX, timeout_ms);
    if (check_callbacks(in, err) != 0) {
        return -1;
    }
    if (in->reassigned) {
        /* Of these messages nobody knows whether they were fetched before or after: none is taken,
         * and all partitions are fetched again from where they stand. */
        bool some = in->batch_count > 0;
        in->reassigned = false;
        drop_batch(in);
        in->must_assign = in->must_assign || (some && in->claim_count > 0);
        return 0;
    }
    for (size_t i = 0; i < in->batch_count; i++) {
        int taken = take_message(in, in->batch[i], &messages[count], err);
        if (taken < 0) {
            return -1;
        }
        count += taken;
    }
    return count;
}

int kafka_in_return(struct kafka_in *in, const struct kafka_in_message *messages, size_t count,
                    struct err *err)
{
    if (count == 0) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        struct claim *mine = claim_of(in, messages[i].topic, messages[i].partition);
        must(mine != NULL);
        mine->expected = messages[i].offset < mine->expected ? messages[i].offset : mine->expected;
    }
    drop_batch(in);
    (void)err; /* what can fail comes with the next messages */
    in->must_assign = true;
    return 0;
}

int kafka_in_keep(struct kafka_in *in, struct err *err)
{
    int64_t end_ms = clock_mono_ms() + KEEP_MS;
    bool dropped = false;
    size_t count;
    /* A word of the group stands behind the messages that came before it. */
    do {
        drop_batch(in);
        count = in->batch_count = fetch(in, BATCH_MAX, 0);
        dropped |= count > 0;
    } while (count == BATCH_MAX && clock_mono_ms() < end_ms);
    drop_batch(in);
    in->reassigned = false;
    if (check_callbacks(in, err) != 0) {
        return -1;
    }
    in->must_assign = in->must_assign || (dropped && in->claim_count > 0);
    return 0;
}

int kafka_in_rewind(struct kafka_in *in, enum topic topic, int32_t partition, int64_t offset,
                    struct err *err)
{
    struct claim *mine = claim_of(in, topic, partition);
    must(mine != NULL);
    drop_batch(in);
    mine->expected = offset;
    (void)err; /* what can fail comes with the next messages */
    in->must_assign = true;
    return 0;
}

int64_t kafka_in_next(const struct kafka_in *in, enum topic topic, int32_t partition)
{
    const struct claim *mine = claim_of(in, topic, partition);
    return mine == NULL ? -1 : mine->expected;
}

void kafka_in_done(struct kafka_in *in, enum topic topic, int32_t partition, int64_t offset)
{
    struct claim *mine = claim_of(in, topic, partition);
    if (mine != NULL && offset > mine->done) {
        mine->done = offset;
    }
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
    int64_t low = -1;
    int64_t high = -1;
    rd_kafka_resp_err_t code =
        rd_kafka_get_watermark_offsets(in->rk, in->names[topic], partition, &low, &high);
    return code == 0 && high >= 0 ? high : -1;
}

int kafka_in_bounds(struct kafka_in *in, enum topic topic, int32_t partition, int64_t *first,
                    int64_t *next, struct err *err)
{
    return kafka_client_bounds(in->rk, in->names[topic], partition, first, next, err);
}
