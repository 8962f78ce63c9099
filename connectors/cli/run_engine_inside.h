/* run_engine_inside.h - what the parts of an engine worker share: run_engine.c is its loop,
 * run_engine_open.c opens its partitions, run_engine_stand.c keeps it within its bounds,
 * run_engine_tick.c keeps idle logs moving, run_engine_show.c tells how far it is,
 * run_engine_frame.c applies a frame and measures.
 *
 * Memory:  all belongs to the worker.
 * Threads: the worker's own, but for `stop`.
 * Errors:  -1 with err ends the worker.
 */
#ifndef SLUICE_CLI_RUN_ENGINE_INSIDE_H
#define SLUICE_CLI_RUN_ENGINE_INSIDE_H

#include "connectors/cli/run_engine.h"
#include "connectors/cli/run_gate.h"
#include "connectors/cli/run_out.h"
#include "connectors/cli/run_silence.h"
#include "connectors/kafka/kafka_in.h"
#include "connectors/redis/redis_store.h"
#include "engine/base/rate.h"
#include "engine/partition.h"

#include <pthread.h>
#include <stdatomic.h>

#define BATCH_FRAMES 256

/* A partition of this worker. */
struct lane {
    struct partition *partition; /* NULL: not ours, or (with reset) not open */
    bool reset;                  /* drop the memory, go on from the store's W */
    bool parked;                 /* with reset: nothing of it is fetched until it is open */
    bool said;                   /* with parked: why */
    int64_t short_ms; /* since when its log ends before W; 0: it did not, the last time */
    int64_t w_before; /* where W stood when the memory was dropped; -1: never open */
    bool begun;       /* in this batch */
    bool checks_log;  /* the next message is the frame before W: is it still the same? */
    int64_t resets;
    uint64_t evicted, loaded; /* pages, by partitions that were dropped since */
    uint64_t tick_next; /* where the partition is idle if it stands there at the next second */
};

struct run_engine {
    const struct settings *settings;
    struct run_engine_aids aids;
    struct run_status *status;
    int worker;
    uint32_t lane_count;
    struct lane *lanes;
    struct kafka_in *in;
    struct run_out *out;
    struct sink sink;
    struct visit_log log;
    struct redis_store *redis;
    struct store store;
    struct position position;
    uint64_t losses_said; /* of servers */
    uint64_t losses;      /* of servers, that were said to be over */
    int64_t open_at_ms;   /* partitions that wait to be opened are tried again then, ... */
    uint32_t open_next;   /* ... from this one on */
    int64_t commit_at_ms;
    int64_t tick_second; /* of the last look for idle partitions */
    bool event_clock;
    struct rate rate; /* of visits taken */
    struct err err;
    int result;
    pthread_t thread;
    _Atomic bool stop;        /* stored by the process (release), loaded by the worker (acquire) */
    struct run_worker *shown; /* in the status */
    int64_t look_at_ms;       /* for what is not shown after every batch */
    uint64_t frames_taken;
    int64_t taken_unix_ms; /* when the batch in hand was taken */
    struct run_gate gate;
    struct run_silence silence;
    size_t batch_at, batch_count;
    struct kafka_in_message batch[BATCH_FRAMES];
};

/* "engine 0, partition 3: what". */
void run_engine_say(const struct run_engine *e, uint32_t partition, const char *what);
/* What a consumer asks its owner and tells it (kafka_in.h). */
int64_t run_engine_begin(void *context, enum topic topic, int32_t partition, struct err *err);
void run_engine_end(void *context, enum topic topic, int32_t partition);
/* Opens partitions that must drop their memory, or could not be opened yet, and reads them from
 * their W. What cannot be opened now waits, without the others. */
int run_engine_reset_lanes(struct run_engine *e, struct err *err);
/* The bound that keeps the worker from taking frames; NULL: none. */
const char *run_engine_bound(struct run_engine *e);
/* What a worker does that takes nothing because of a bound, or goes on: says so, and keeps the
 * group. */
int run_engine_stand(struct run_engine *e, const char *why, struct err *err);
/* Gives back what is left of the batch in hand: it comes again. */
void run_engine_give_back(struct run_engine *e);
/* Divides the memory for pages over the partitions that are open. */
void run_engine_share_memory(struct run_engine *e);
/* One frame more of the batch in hand may be taken. */
bool run_engine_has_room(struct run_engine *e, uint32_t partition);
/* Once a second, a frame without visits for each partition that nothing came to meanwhile. */
int run_engine_tick(struct run_engine *e, struct err *err);
/* Tells how far a partition is, and all of them and the worker. */
void run_engine_show(struct run_engine *e, uint32_t partition);
void run_engine_show_worker(struct run_engine *e, int64_t now_ms);
/* Applies a frame of the batch in hand, and measures. */
int run_engine_apply_frame(struct run_engine *e, struct lane *lane,
                           const struct kafka_in_message *message, struct err *err);

#endif
