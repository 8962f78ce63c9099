/* kafka_tail.h - reads a whole topic from its start to its end, and goes on from there if asked to.
 *
 *     struct kafka_tail *tail = kafka_tail_open(&settings, "sluice-status", TOPIC_RECEIPTS, &err);
 *     kafka_tail_read(tail, take_receipt, &receipts, &err);            all that was there at open
 *     while (...) { kafka_tail_follow(tail, 100, take_receipt, &receipts, &err); }
 *
 * For topics that say how things are: packs, receipts. There is no group and nothing is committed:
 * every reader reads all of it.
 *
 * Memory:  owns its consumer; a message lives until the function that was given it returns.
 * Threads: one owner at a time.
 * Errors:  -1 with err: brokers away longer than kafka.wait_s while the end is not reached, not
 *          authorised, or what the function said. That message comes again to whoever reads on.
 */
#ifndef SLUICE_CONNECTORS_KAFKA_TAIL_H
#define SLUICE_CONNECTORS_KAFKA_TAIL_H

#include "connectors/kafka/kafka_in.h"

/* Takes one message; -1 with err ends the reading. */
typedef int kafka_tail_fn(void *context, const struct kafka_in_message *message, struct err *err);

struct kafka_tail;
struct kafka_tail *kafka_tail_open(const struct settings *settings, const char *client_id,
                                   enum topic topic, struct err *err);
void kafka_tail_close(struct kafka_tail *tail);
/* Up to what was there when the tail was opened. */
int kafka_tail_read(struct kafka_tail *tail, kafka_tail_fn *take, void *context, struct err *err);
/* Up to what is there now. After wait_ms in which brokers do not answer, or nothing comes, it is
 * retriable: the next call reads on. */
int kafka_tail_catch_up(struct kafka_tail *tail, int64_t wait_ms, kafka_tail_fn *take,
                        void *context, struct err *err);
/* What has come since, waiting for it at most timeout_ms. Returns how many messages, or -1. */
int kafka_tail_follow(struct kafka_tail *tail, int timeout_ms, kafka_tail_fn *take, void *context,
                      struct err *err);

#endif
