/* kafka_out.h - one idempotent producer that never gives up on a message.
 *
 *     kafka_out_send(out, TOPIC_STOPS, KAFKA_BY_KEY, &message, receipt);
 *     ...
 *     kafka_out_poll(out, 0, &err);                  calls back: acknowledged(context, receipt)
 *
 * A message goes out with the next poll, or with the one that finds those before it in its
 * partition acknowledged: the slower the broker, the more go together. To a partition that has not
 * acknowledged any of this producer, or none for kafka.producer_idle_s, one goes alone first.
 * Messages of one topic and partition, and those of one key, are acknowledged in the order in which
 * they were sent. When the client ends in a fatal
 * error (librdkafka: "sequence desynchronization"), all messages that are not acknowledged go, in
 * their order and with the same bytes, to a new producer; whoever receives them drops the second
 * copy by its id or place. As long as that is in vain, the next comes later, up to 5 s.
 *
 * Memory:  bytes are copied and kept until they are acknowledged. Bounded by kafka.out_messages and
 *          kafka.out_kbytes: beyond one of them the owner is asked to wait (kafka_out_is_full), and
 *          at twice as much nothing is taken.
 * Threads: one owner; callbacks come from inside kafka_out_poll.
 * Errors:  send returns false when nothing more is taken: poll, then try again. -1 with err from poll
 *          if no new producer can be made, or if a right or a topic is missing for longer than
 *          kafka.wait_s. The first failure of a topic is said on standard error.
 */
#ifndef SLUICE_CONNECTORS_KAFKA_OUT_H
#define SLUICE_CONNECTORS_KAFKA_OUT_H

#include "connectors/kafka/kafka_topics.h"
#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KAFKA_BY_KEY (-1)
/* Beyond its bound: what its worker still sends of the frame in hand, and requests on their way. */
#define KAFKA_OUT_OVER_BYTES ((int64_t)8 * 1024 * 1024)

struct kafka_message {
    struct str key, bytes;
    int64_t stamp_ms; /* 0: now */
};

typedef void kafka_acknowledged_fn(void *context, void *receipt);

struct kafka_out;
/* dropped: called by kafka_out_close for each message that was never acknowledged; may be NULL. */
struct kafka_out *kafka_out_open(const struct settings *settings, const char *client_id,
                                 kafka_acknowledged_fn *acknowledged,
                                 kafka_acknowledged_fn *dropped, void *context, struct err *err);
/* Unacknowledged messages are lost: wait for them first (kafka_out_waiting). */
void kafka_out_close(struct kafka_out *out);
bool kafka_out_send(struct kafka_out *out, enum topic topic, int32_t partition,
                    const struct kafka_message *message, void *receipt);
/* Serves acknowledgements, waiting for the first at most so long; heals a broken producer. */
int kafka_out_poll(struct kafka_out *out, int timeout_ms, struct err *err);
/* Polls until everything is acknowledged; -1 with err if that takes longer. */
int kafka_out_settle(struct kafka_out *out, int64_t wait_ms, struct err *err);
/* Messages that are not acknowledged, and the memory they take, the client's part included. */
size_t kafka_out_waiting(const struct kafka_out *out);
size_t kafka_out_bytes(const struct kafka_out *out);
/* A bound is reached: send no more than what must be sent. */
bool kafka_out_is_full(const struct kafka_out *out);
/* Since when (clock_mono_ms) nothing was acknowledged where messages wait, of the topic and
 * partition where that is longest; 0: nothing waits. */
int64_t kafka_out_silent_since(const struct kafka_out *out, enum topic *topic);
/* How often a new producer had to be made. */
uint64_t kafka_out_renewals(const struct kafka_out *out);

#endif
