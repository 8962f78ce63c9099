/* run_out.h - what a worker of `sluice run` sends: visits, outputs, dead letters.
 *
 * Each message knows the steps whose outputs it carries, so that acknowledgements tell, lane by
 * lane, below which step all is out (engine/barrier.h). A lane of an engine worker is a partition
 * of the visits, and its steps are lsns; one of an ingest worker is a partition of a feed, and its
 * steps are offsets. Visits of one batch to one partition share frames; requests have a producer of
 * their own, so that nothing queues before them.
 *
 * Memory:  owns producers, frames and barriers.
 * Threads: the worker only.
 * Errors:  waits when Kafka takes no more; -1 with err where waiting does not help, and, retriable,
 *          when it waits and the worker is asked to stop: from then on nothing is taken.
 */
#ifndef SLUICE_CLI_RUN_OUT_H
#define SLUICE_CLI_RUN_OUT_H

#include "connectors/cli/run_outputs.h"
#include "connectors/kafka/kafka_topics.h"
#include "engine/base/err.h"
#include "engine/base/hist.h"
#include "engine/outbox.h"
#include "engine/settings.h"
#include "engine/sink.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Steps of all lanes from the oldest that waits on, 16 bytes each: one message of a topic that is
 * seldom written to holds up all behind it, however few are on their way. */
#define RUN_OUT_STEPS_MAX (1U << 18)
#define RUN_OUT_STEP_BYTES 16

/* What is counted and measured, each NULL or the worker's own; and where the worker is asked to
 * stop. */
struct run_out_watch {
    struct run_outputs *sent;
    struct hist *frames, *outputs; /* from run_out_begin_batch to the acknowledgement, in us */
    const _Atomic bool *stop;
};

struct run_out;
struct run_out *run_out_open(const struct settings *settings, const char *name, uint32_t lane_count,
                             const struct run_out_watch *watch, struct err *err);
/* What is sent from now on is of a batch taken at now_us (clock_mono_us). */
void run_out_begin_batch(struct run_out *out, int64_t now_us);
/* The topic that outputs of a kind go to. */
enum topic run_out_topic(enum output_kind kind);
void run_out_close(struct run_out *out);
/* A lane begins, or begins again after a reset: what it sent before counts no more. */
void run_out_begin_lane(struct run_out *out, uint32_t lane);
/* The time that frames carry from now on; 0: the broker's. */
void run_out_set_clock(struct run_out *out, int64_t clock_ms);
/* A visit that a step of the lane sends to a partition of the log. */
int run_out_append(struct run_out *out, uint32_t lane, uint64_t step, uint32_t partition,
                   const struct visit *visit, struct err *err);
/* An output or dead letter of a step of the lane. */
int run_out_emit(struct run_out *out, uint32_t lane, uint64_t step, const struct output *output,
                 struct err *err);
/* The same behind the interfaces of a partition: the lane is the partition that the step names. */
struct sink run_out_sink(struct run_out *out);
struct visit_log run_out_log(struct run_out *out);
/* A frame without visits for a partition of the log, unless one is on its way already: it moves the
 * clock, and nobody waits for it. */
int run_out_tick(struct run_out *out, uint32_t partition, struct err *err);
/* Hands over the frames that were begun. */
int run_out_end_batch(struct run_out *out, struct err *err);
int run_out_poll(struct run_out *out, int timeout_ms, struct err *err);
/* All outputs of the lane's steps below it are acknowledged; next_step if none waits. */
uint64_t run_out_acked(const struct run_out *out, uint32_t lane, uint64_t next_step);
/* A bound is reached: send no more than what must be sent. */
bool run_out_is_full(const struct run_out *out);
/* Which one, for people; NULL: none. */
const char *run_out_bound(const struct run_out *out);
/* Memory of what is not acknowledged. */
size_t run_out_bytes(const struct run_out *out);
/* As kafka_out_silent_since, of both producers. */
int64_t run_out_silent_since(const struct run_out *out, enum topic *topic);
/* Producers that had to be made anew. */
uint64_t run_out_renewals(const struct run_out *out);
/* Messages that are not acknowledged; ticks are none of them. */
size_t run_out_waiting(const struct run_out *out);

#endif
