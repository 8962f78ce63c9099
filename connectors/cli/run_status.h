/* run_status.h - how far each partition is and how each worker does, written by its worker, read by
 * everybody: for drains, health and metrics.
 *
 *   A worker stores `next` and `unacked` of its partitions (release) after each batch; a reader
 * loads them (acquire). The two of one partition may be of different batches: whoever waits for a
 * drain looks twice.
 *
 * Memory:  owns its rows.
 * Threads: each row and each worker has one writer at a time; readers any.
 * Errors:  none.
 */
#ifndef SLUICE_CLI_RUN_STATUS_H
#define SLUICE_CLI_RUN_STATUS_H

#include "connectors/cli/run_outputs.h"
#include "connectors/kafka/kafka_topics.h"
#include "engine/base/hist.h"
#include "engine/base/str.h"
#include "engine/ingest/refusal.h"
#include "engine/settings.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A partition of the visits or, with the first three, of a feed. next -1: not ours. */
struct run_row {
#define PARTITION_METRIC(member, name, type, help, advice) _Atomic int64_t member;
#include "connectors/cli/metrics.def"
    _Atomic int64_t set_back; /* of a feed alone */
};

enum run_latency {
#define LATENCY_METRIC(id, name, unit, low, high, help, advice) LATENCY_##id,
#include "connectors/cli/metrics.def"
    LATENCY_COUNT
};

struct run_worker {
    const char *role; /* "engine" */
    int number;
    _Atomic bool started;
    _Atomic bool serves;            /* its partitions are known and open */
    _Atomic int64_t moved_ms;       /* when it last finished a turn (clock_mono_ms) */
    _Atomic int64_t redis_since_ms; /* without a connection since; 0: it has one */
#define WORKER_METRIC(member, name, type, help, advice) _Atomic int64_t member;
#include "connectors/cli/metrics.def"
    struct hist latencies[LATENCY_COUNT];
    struct run_outputs outputs;
    _Atomic int64_t refused[REFUSAL_COUNT];
};

struct run_status {
    const struct settings *settings;
    uint32_t visits_count, raw_count, worker_count;
    struct run_row *visits;
    struct run_row *raw; /* topic by topic, partition by partition */
    struct run_worker *workers;
    _Atomic bool stopping, started;
    _Atomic int64_t kafka_since_ms; /* no broker answers since; 0: one does */
#define PROCESS_METRIC(member, name, type, help, advice) _Atomic int64_t member;
#include "connectors/cli/metrics.def"
};

void run_status_init(struct run_status *status, const struct settings *settings);
void run_status_fini(struct run_status *status);
/* Row of a partition of a feed. */
struct run_row *run_status_raw(struct run_status *status, enum topic topic, int32_t partition);
struct run_worker *run_status_engine(struct run_status *status, int worker);
struct run_worker *run_status_ingest(struct run_status *status, int worker);
/* One JSON object: {"visits":[{"partition":0,"next":12,"unacked":0,..}],"raw":[..]}. */
void run_status_json(struct run_status *status, struct buf *out);
/* Whether the process is alive, and whether it is of use: a line with the reason, and the HTTP
 * code. now_ms: clock_mono_ms. */
unsigned run_status_health(struct run_status *status, int64_t now_ms, struct buf *out);
unsigned run_status_ready(struct run_status *status, struct buf *out);

/* One writer's store and anybody's load of a number. */
static inline void run_status_set(_Atomic int64_t *value, int64_t to)
{
    atomic_store_explicit(value, to, memory_order_release);
}
static inline int64_t run_status_get(const _Atomic int64_t *value)
{
    return atomic_load_explicit(value, memory_order_acquire);
}

#endif
