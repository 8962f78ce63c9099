/* kafka_client.h - one way to make a librdkafka client: addresses, security, and the defences that
 * every client of ours needs.
 *
 *     struct kafka_option options[] = {{"group.id", "sluice-ingest"}, {NULL, NULL}};
 *     rd_kafka_t *rk = kafka_client_new(&settings, RD_KAFKA_CONSUMER, "ingest-0", options, NULL,
 * &err);
 *
 * Settings that are the same for all: short reconnect backoff (a restarted broker is found again
 * within half a second), no Nagle, statistics off, logs to our own callback, and for consumers
 * explicit offsets only.
 *
 * Memory:  the client belongs to the caller (kafka_client_close).
 * Threads: any; a client itself is used by its owner.
 * Errors:  a refused option or unreadable password file is ERR_USAGE and names the setting; brokers
 *          that do not answer are found by kafka_client_wait. What the client itself says of
 *          connections goes nowhere: it would say the same of each broker and client, again and
 *          again, and who waits says it better.
 */
#ifndef SLUICE_CONNECTORS_KAFKA_CLIENT_H
#define SLUICE_CONNECTORS_KAFKA_CLIENT_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/settings.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

/* The largest message: a whole pack of rules (rules/rule_source.h) and what Kafka puts around it.
 * Only the topic `packs` takes such ones. */
#define KAFKA_MESSAGE_BYTES_MAX 18874368

struct kafka_option {
    const char *name, *value;
};

/* Last words before the client is made: callbacks. */
typedef void kafka_configure_fn(rd_kafka_conf_t *conf, void *context);

rd_kafka_t *kafka_client_new(const struct settings *settings, rd_kafka_type_t type,
                             const char *client_id, const struct kafka_option *options,
                             kafka_configure_fn *configure, void *context, struct err *err);
/* Flushes nothing: a producer's owner has done so, or wants to lose what is queued. */
void kafka_client_close(rd_kafka_t *rk);
/* The same for a consumer, without a word to its group. Waits so long at most, in seconds, then it
 * is left to itself: a client one of whose topics was deleted never ends. */
void kafka_client_leave(rd_kafka_t *rk, int wait_s);
/* Waits until a broker answers, at most kafka.wait_s; ERR_OUTSIDE names the addresses and the last
 * reason, refused credentials are ERR_USAGE at once. Only for a client made without `configure`. */
int kafka_client_wait(rd_kafka_t *rk, const struct settings *settings, struct err *err);
/* Drops what the client has said of brokers that do not answer, where their silence itself is what
 * is looked at: nobody else takes it, and it becomes more for as long as they are away. */
void kafka_client_drop_reasons(rd_kafka_t *rk);
/* -1 with err: this topic has not been there for kafka.wait_s. */
int kafka_client_gone(const struct settings *settings, const char *topic, struct err *err);
/* The end of a partition's log, asked once: the offset of its first message
 * (RD_KAFKA_OFFSET_BEGINNING) or of the next one to come (RD_KAFKA_OFFSET_END). It is asked of whom
 * the client knows as leader, and it does not take longer than wait_ms. */
rd_kafka_resp_err_t kafka_client_ask_bound(rd_kafka_t *rk, const char *topic, int32_t partition,
                                           int64_t which, int wait_ms, int64_t *offset);
/* First and next offset of a partition; waits a while for a leader, which a topic just made lacks,
 * and for the one that leads now: until wait_ms have passed, and a few seconds more. Then it is
 * retriable. */
int kafka_client_bounds(rd_kafka_t *rk, const char *topic, int32_t partition, int64_t wait_ms,
                        int64_t *first, int64_t *next, struct err *err);
/* How brokers and groups know a client of this process: "sluice-NAME-engine-0", where NAME is the
 * setting process.name; out holds KAFKA_CLIENT_BYTES. worker < 0: the role has one client only. */
#define KAFKA_CLIENT_BYTES 128
const char *kafka_client_id(const struct settings *settings, const char *role, int worker,
                            char *out);
/* The full name of a topic: prefix and name; out holds KAFKA_TOPIC_BYTES. */
#define KAFKA_TOPIC_BYTES 250
const char *kafka_topic_name(const struct settings *settings, const char *name, char *out);

#endif
