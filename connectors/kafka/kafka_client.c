#include "connectors/kafka/kafka_client.h"

#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/base/password.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define ERROR_BYTES 512
#define REASON_BYTES 320
#define ANSWER_MS 1000
#define RETRY_US 100000

#define TEXT_OF_VALUE(value) #value
#define TEXT_OF(macro) TEXT_OF_VALUE(macro)

/* For every client. The reasons are in docs/performance.md. */
static const struct kafka_option common[] = {
    {"reconnect.backoff.ms", "50"},
    {"reconnect.backoff.max.ms", "500"},
    {"socket.nagle.disable", "true"},
    {"socket.keepalive.enable", "true"},
    /* A broker that stands still keeps its connections: others lead after seconds, and what was
     * sent to it waits until it is given up. */
    {"socket.timeout.ms", "10000"},
    {"socket.connection.setup.timeout.ms", "10000"},
    {"topic.metadata.refresh.interval.ms", "60000"},
    {"api.version.request", "true"},
    {"log.connection.close", "false"},
    {NULL, NULL},
};
static const struct kafka_option consuming[] = {
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"enable.partition.eof", "false"},
    {"auto.offset.reset", "error"},
    {"isolation.level", "read_committed"}, /* what a sender took back did not happen */
    {"partition.assignment.strategy", "range"},
    {"fetch.min.bytes", "1"},
    {"fetch.wait.max.ms", "100"},
    {"fetch.error.backoff.ms", "50"},
    {"fetch.max.bytes", "4194304"}, /* a bound may be passed by one answer, see kafka_in.h */
    {"check.crcs", "true"},
    {NULL, NULL},
};
static const struct kafka_option producing[] = {
    {"enable.idempotence", "true"},
    {"acks", "all"},
    {"enable.gapless.guarantee", "true"}, /* a message that fails is fatal: nothing overtakes it */
    {"message.timeout.ms", "0"},
    {"linger.ms", "1"},
    {"compression.type", "lz4"},
    {"queue.buffering.max.messages", "10000000"}, /* kafka_out.c has the bounds */
    {"queue.buffering.max.kbytes", "2147483647"},
    /* Batches have batch.size, 1 MB; the brokers hold each topic to its own limit. */
    {"message.max.bytes", TEXT_OF(KAFKA_MESSAGE_BYTES_MAX)},
    {NULL, NULL},
};

static int set_option(rd_kafka_conf_t *conf, const char *name, const char *value, struct err *err)
{
    char text[ERROR_BYTES];
    if (rd_kafka_conf_set(conf, name, value, text, sizeof text) == RD_KAFKA_CONF_OK) {
        return 0;
    }
    return err_set(err, ERR_USAGE, "kafka: the client does not take %s: %s", name, text);
}

static int set_options(rd_kafka_conf_t *conf, const struct kafka_option *options, struct err *err)
{
    for (; options != NULL && options->name != NULL; options++) {
        if (set_option(conf, options->name, options->value, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int set_security(rd_kafka_conf_t *conf, const struct settings *settings, struct err *err)
{
    bool sasl = strncmp(settings->kafka_security, "sasl", 4) == 0;
    if (set_option(conf, "security.protocol", settings->kafka_security, err) != 0) {
        return -1;
    }
    if (settings->kafka_ca_file[0] != '\0') {
        if (access(settings->kafka_ca_file, R_OK) != 0) {
            return err_set(err, ERR_USAGE, "kafka.ca_file: cannot read %s: %s",
                           settings->kafka_ca_file, strerror(errno));
        }
        if (set_option(conf, "ssl.ca.location", settings->kafka_ca_file, err) != 0) {
            return -1;
        }
    }
    if (!sasl) {
        return 0;
    }
    if (settings->kafka_user[0] == '\0' || settings->kafka_password_file[0] == '\0') {
        return err_set(err, ERR_USAGE,
                       "kafka.security is %s, so kafka.user and "
                       "kafka.password_file are needed, too",
                       settings->kafka_security);
    }
    char password[PASSWORD_BYTES];
    if (password_read("kafka.password_file", settings->kafka_password_file, password, err) != 0) {
        return -1;
    }
    int result = set_option(conf, "sasl.mechanism", settings->kafka_sasl_mechanism, err) |
                 set_option(conf, "sasl.username", settings->kafka_user, err) |
                 set_option(conf, "sasl.password", password, err);
    password_forget(password);
    return result;
}

/* The client's own lines: only what a person should see, on standard error. */
static void log_line(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    bool of_connections = strcmp(facility, "FAIL") == 0 || strcmp(facility, "ERROR") == 0;
    if (level <= LOG_ERR && !of_connections) {
        (void)fprintf(stderr, "kafka: %s: %s: %s\n", rd_kafka_name(rk), facility, text);
    }
}

static int configure_client(rd_kafka_conf_t *conf, const struct settings *settings,
                            rd_kafka_type_t type, const char *client_id,
                            const struct kafka_option *options, struct err *err)
{
    rd_kafka_conf_set_log_cb(conf, log_line);
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_ERROR); /* for kafka_client_wait */
    return set_option(conf, "bootstrap.servers", settings->kafka_brokers, err) != 0 ||
                   set_option(conf, "client.id", client_id, err) != 0 ||
                   set_options(conf, common, err) != 0 ||
                   set_options(conf, type == RD_KAFKA_CONSUMER ? consuming : producing, err) != 0 ||
                   set_options(conf, options, err) != 0 || set_security(conf, settings, err) != 0
               ? -1
               : 0;
}

rd_kafka_t *kafka_client_new(const struct settings *settings, rd_kafka_type_t type,
                             const char *client_id, const struct kafka_option *options,
                             kafka_configure_fn *configure, void *context, struct err *err)
{
    char text[ERROR_BYTES];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (configure_client(conf, settings, type, client_id, options, err) != 0) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    if (configure != NULL) {
        rd_kafka_conf_set_events(conf, 0);
        configure(conf, context);
    }
    rd_kafka_t *rk = rd_kafka_new(type, conf, text, sizeof text);
    if (rk == NULL) {
        rd_kafka_conf_destroy(conf);
        (void)err_set(err, ERR_USAGE, "kafka: cannot make a client: %s", text);
    }
    return rk;
}

void kafka_client_close(rd_kafka_t *rk)
{
    if (rk != NULL) {
        rd_kafka_destroy(rk);
    }
}

/* The end of a client, in a thread of its own. */
struct farewell {
    rd_kafka_t *rk;
    pthread_mutex_t lock;
    pthread_cond_t over;
    bool done, left; /* under the lock: the client ended; nobody waits for it any more */
};

static void free_farewell(struct farewell *f)
{
    (void)pthread_cond_destroy(&f->over);
    (void)pthread_mutex_destroy(&f->lock);
    mem_free(f);
}

static void *end_client(void *context)
{
    struct farewell *f = context;
    rd_kafka_destroy_flags(f->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    (void)pthread_mutex_lock(&f->lock);
    bool left = f->left;
    f->done = true;
    (void)pthread_cond_signal(&f->over);
    (void)pthread_mutex_unlock(&f->lock);
    if (left) {
        free_farewell(f);
    }
    return NULL;
}

void kafka_client_leave(rd_kafka_t *rk, int wait_s)
{
    pthread_t thread;
    pthread_condattr_t attributes;
    struct timespec end;
    struct farewell *f = mem_alloc(1, sizeof *f);
    f->rk = rk;
    (void)pthread_mutex_init(&f->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&f->over, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += wait_s;
    int failed = pthread_create(&thread, NULL, end_client, f);
    must(failed == 0);
    (void)pthread_mutex_lock(&f->lock);
    while (!f->done && failed == 0) {
        failed = pthread_cond_timedwait(&f->over, &f->lock, &end);
    }
    bool done = f->done;
    f->left = !done;
    (void)pthread_mutex_unlock(&f->lock);
    if (done) {
        (void)pthread_join(thread, NULL);
        free_farewell(f);
    } else {
        (void)pthread_detach(thread);
    }
}

/* Why there is no connection, as the client told it last: code and text belong together. */
struct reason {
    rd_kafka_resp_err_t code;
    char text[REASON_BYTES];
};

/* Returns the code of what is new; a reason stays until there is another one. */
static rd_kafka_resp_err_t take_reason(rd_kafka_t *rk, struct reason *reason)
{
    rd_kafka_resp_err_t code = 0;
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(rk);
    rd_kafka_event_t *event;
    while ((event = rd_kafka_queue_poll(queue, 0)) != NULL) {
        rd_kafka_resp_err_t said = rd_kafka_event_error(event);
        if (said != 0 && said != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
            const char *text = rd_kafka_event_error_string(event);
            const char *end = strstr(text, " (after "); /* times and repetitions say nothing */
            int len = end == NULL ? (int)strlen(text) : (int)(end - text);
            code = reason->code = said;
            (void)snprintf(reason->text, sizeof reason->text, "%.*s", len, text);
        }
        rd_kafka_event_destroy(event);
    }
    rd_kafka_queue_destroy(queue);
    return code;
}

void kafka_client_drop_reasons(rd_kafka_t *rk)
{
    struct reason unused;
    (void)take_reason(rk, &unused);
}

/* Of one failed handshake the client tells twice, once as a connection that broke, with OpenSSL's
 * words. */
static bool is_of_tls(const struct reason *reason)
{
    return reason->code == RD_KAFKA_RESP_ERR__SSL || strstr(reason->text, ":SSL routines:") != NULL;
}

static int refused(const struct settings *settings, const char *reason, struct err *err)
{
    return err_set(err, ERR_USAGE,
                   "kafka at %s refused the user \"%s\" (%s); see kafka.user, kafka.password_file "
                   "and kafka.sasl_mechanism",
                   settings->kafka_brokers, settings->kafka_user, reason);
}

/* 0: a broker answers; else what is known of the reason, in text and as the client's code. */
static rd_kafka_resp_err_t ask(rd_kafka_t *rk, int timeout_ms, struct reason *reason)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t code = rd_kafka_metadata(rk, 0, NULL, &metadata, timeout_ms);
    rd_kafka_resp_err_t why = take_reason(rk, reason);
    if (code == 0) {
        rd_kafka_metadata_destroy(metadata);
        return 0;
    }
    return why != 0 ? why : code;
}

int kafka_client_gone(const struct settings *settings, const char *topic, struct err *err)
{
    return err_set(err, ERR_OUTSIDE,
                   "kafka: topic %s is not there for %" PRId64
                   " s (kafka.wait_s); was it deleted? See sluice topics create",
                   topic, settings->kafka_wait_s);
}

int kafka_client_wait(rd_kafka_t *rk, const struct settings *settings, struct err *err)
{
    int64_t end_ms = clock_mono_ms() + settings->kafka_wait_s * 1000;
    struct reason reason = {.text = "no answer"};
    rd_kafka_resp_err_t code;
    while ((code = ask(rk, ANSWER_MS, &reason)) != 0) {
        if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION) {
            return refused(settings, reason.text, err);
        }
        if (clock_mono_ms() > end_ms) {
            return err_set(err, ERR_OUTSIDE,
                           "kafka: no broker at %s answered within %" PRId64 " s (%s); %s right?",
                           settings->kafka_brokers, settings->kafka_wait_s, reason.text,
                           is_of_tls(&reason)
                               ? "are kafka.security and kafka.ca_file"
                               : "is it running, and are kafka.brokers and kafka.security");
        }
        clock_pause_us(RETRY_US);
    }
    return 0;
}

/* Brokers that are away, that stand, or of which another one leads by now: it passes. */
static bool passes(rd_kafka_resp_err_t code)
{
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE: return true;
    default: return false;
    }
}

/* The client keeps what it heard of leaders for a quarter of an hour, and an answer of one that
 * leads no more does not change that for a topic that it neither reads nor writes. */
static void ask_for_leaders(rd_kafka_t *rk)
{
    const struct rd_kafka_metadata *metadata = NULL;
    if (rd_kafka_metadata(rk, 1, NULL, &metadata, ANSWER_MS) == 0) {
        rd_kafka_metadata_destroy(metadata);
    }
}

/* Not rd_kafka_query_watermark_offsets: what that asks of a broker that is gone, though the others
 * still say that it leads, it awaits for as long as that one is gone, whatever the time that it is
 * given (librdkafka 2.0.2). */
rd_kafka_resp_err_t kafka_client_ask_bound(rd_kafka_t *rk, const char *topic, int32_t partition,
                                           int64_t which, int wait_ms, int64_t *offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *row = rd_kafka_topic_partition_list_add(list, topic, partition);
    row->offset = which; /* of the times that may be asked for these two stand for the ends */
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(rk, list, wait_ms);
    code = code != 0 ? code : row->err;
    if (code == 0) {
        *offset = row->offset;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return code;
}

static rd_kafka_resp_err_t ask_bounds(rd_kafka_t *rk, const char *topic, int32_t partition,
                                      int64_t *first, int64_t *next)
{
    rd_kafka_resp_err_t code =
        kafka_client_ask_bound(rk, topic, partition, RD_KAFKA_OFFSET_BEGINNING, ANSWER_MS, first);
    return code != 0
               ? code
               : kafka_client_ask_bound(rk, topic, partition, RD_KAFKA_OFFSET_END, ANSWER_MS, next);
}

int kafka_client_bounds(rd_kafka_t *rk, const char *topic, int32_t partition, int64_t wait_ms,
                        int64_t *first, int64_t *next, struct err *err)
{
    int64_t end_ms = clock_mono_ms() + wait_ms;
    rd_kafka_resp_err_t code = ask_bounds(rk, topic, partition, first, next);
    while (passes(code) && clock_mono_ms() < end_ms) {
        clock_pause_us(RETRY_US);
        ask_for_leaders(rk);
        code = ask_bounds(rk, topic, partition, first, next);
    }
    if (code == 0) {
        return 0;
    }
    (void)err_set(err, ERR_OUTSIDE, "kafka: %s[%" PRId32 "]: %s", topic, partition,
                  rd_kafka_err2str(code));
    err->retriable = passes(code);
    return -1;
}

const char *kafka_client_id(const struct settings *settings, const char *role, int worker,
                            char *out)
{
    must(settings->process_name[0] != '\0');
    int len = worker < 0
                  ? snprintf(out, KAFKA_CLIENT_BYTES, "sluice-%s-%s", settings->process_name, role)
                  : snprintf(out, KAFKA_CLIENT_BYTES, "sluice-%s-%s-%d", settings->process_name,
                             role, worker);
    must(len > 0 && len < KAFKA_CLIENT_BYTES);
    return out;
}

const char *kafka_topic_name(const struct settings *settings, const char *name, char *out)
{
    int len = snprintf(out, KAFKA_TOPIC_BYTES, "%s%s", settings->kafka_prefix, name);
    must(len > 0 && len < KAFKA_TOPIC_BYTES);
    return out;
}
