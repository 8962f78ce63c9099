/* sim_kafka.h - Kafka as the protocol sees it: a log a partition, topics of outputs, and producers
 * whose messages land and are acknowledged late, again, or after their owner's death.
 *
 *     sender = sim_sender_new(kafka);
 *     sim_sender_visit(sender, step, partition, &visit);     collected into frames
 *     sim_sender_output(sender, step, &output);
 *     sim_sender_end_batch(sender);
 *     sim_sender_land(sender, target, 3);  sim_sender_ack(sender, target, 2);
 *     acked = sim_sender_acked(sender, next);                the barrier
 *
 * Per sender and target order holds. A sender that dies leaves a prefix of what had not landed to
 * the world, which may land it at any later time.
 *
 * Memory:  owns all bytes.
 * Threads: one.
 * Errors:  none.
 */
#ifndef SLUICE_TESTS_SIM_KAFKA_H
#define SLUICE_TESTS_SIM_KAFKA_H

#include "connectors/cli/prng.h"
#include "engine/base/str.h"
#include "engine/frame.h"
#include "engine/sink.h"

#include <stddef.h>
#include <stdint.h>

#define SIM_PARTITIONS 3
#define SIM_TARGETS (SIM_PARTITIONS + 1) /* the logs, then the outputs */

struct sim_frame {
    int64_t append_ms;
    struct buf bytes;
};

/* A partition of a topic: frames of visits, or raw records. */
struct sim_log {
    struct sim_frame *frames;
    size_t count, cap;
};
void sim_log_append(struct sim_log *log, int64_t append_ms, struct str bytes);
void sim_log_fini(struct sim_log *log);

/* An output as it stands in its topic; one id may have several copies. */
struct sim_output {
    struct token id;
    enum output_kind kind;
    struct buf json;
};

struct sim_outputs {
    struct sim_output *item;
    size_t count, cap;
};
void sim_outputs_add(struct sim_outputs *outputs, const struct output *output);
/* By id, then bytes. */
void sim_outputs_sort(struct sim_outputs *outputs);
void sim_outputs_fini(struct sim_outputs *outputs);

struct sim_message {
    uint64_t step; /* the first whose output it is */
    uint32_t lane; /* sim_sender_begin_lane */
    struct buf frame;
    struct output output; /* with json in `frame`, if the target is the outputs */
};

/* What a dead sender left on its way to one target. */
struct sim_orphans {
    uint32_t target;
    struct sim_message *item;
    size_t at, count;
};

struct sim_kafka {
    int64_t now_ms;
    int64_t wrong_ms; /* how far the brokers' clock, which stamps messages, is wrong */
    struct prng *rng;
    struct sim_log logs[SIM_PARTITIONS];
    struct sim_outputs outputs;
    struct sim_orphans *orphans;
    size_t orphan_count, orphan_cap;
};
void sim_kafka_fini(struct sim_kafka *kafka);
/* Appends a frame that nobody sent: a tick, an activation. */
void sim_kafka_append(struct sim_kafka *kafka, uint32_t partition, struct str frame);
/* Lands some of what the dead left, if there is any. */
void sim_kafka_land_orphan(struct sim_kafka *kafka);

struct sim_sender;
struct sim_sender *sim_sender_new(struct sim_kafka *kafka);
/* Its end; a random prefix per target may land later. */
void sim_sender_free(struct sim_sender *sender);
/* What it sent so far holds no barrier back any more; it lands all the same. */
void sim_sender_begin_lane(struct sim_sender *sender);
void sim_sender_visit(struct sim_sender *sender, uint64_t step, uint32_t partition,
                      const struct visit *visit);
void sim_sender_output(struct sim_sender *sender, uint64_t step, const struct output *output);
void sim_sender_end_batch(struct sim_sender *sender);
/* Returns how many. */
size_t sim_sender_land(struct sim_sender *sender, uint32_t target, size_t count);
size_t sim_sender_ack(struct sim_sender *sender, uint32_t target, size_t count);
/* The client fails for good and is made anew: all that is not acknowledged is sent again, and of
 * what had not landed a prefix may land besides. */
void sim_sender_renew(struct sim_sender *sender);
/* All outputs of steps below it are acknowledged; next if none waits. */
uint64_t sim_sender_acked(const struct sim_sender *sender, uint64_t next);

#endif
