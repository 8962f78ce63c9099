/* run_status.h - how far each partition is, written by its worker, read by everybody: for drains,
 * health and metrics.
 *
 *   A worker stores `next` and `unacked` of its partitions (release) after each batch; a reader
 * loads them (acquire). The two of one partition may be of different batches: whoever waits for a
 * drain looks twice.
 *
 * Memory:  owns its rows.
 * Threads: each row has one writer at a time; readers any.
 * Errors:  none.
 */
#ifndef SLUICE_CLI_RUN_STATUS_H
#define SLUICE_CLI_RUN_STATUS_H

#include "connectors/kafka/kafka_topics.h"
#include "engine/base/str.h"
#include "engine/settings.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct run_row {
    _Atomic int64_t next;    /* offset of the next message to take; -1: not ours */
    _Atomic int64_t unacked; /* messages sent and not acknowledged, of the whole worker */
    _Atomic int64_t w;       /* visits: W as confirmed by the store */
    _Atomic int64_t resets;  /* visits: how often the store was not as left */
    _Atomic int64_t fetched, applied, duplicate, included; /* visits: the conservation law */
    _Atomic int64_t waiting; /* visits: pages and calls on their way to the store */
};

struct run_status {
    const struct settings *settings;
    uint32_t visits_count, raw_count;
    struct run_row *visits;
    struct run_row *raw; /* topic by topic, partition by partition */
    _Atomic bool stopping;
    _Atomic int64_t outputs, warnings, requests, refused;
};

void run_status_init(struct run_status *status, const struct settings *settings);
void run_status_fini(struct run_status *status);
/* Row of a partition of a feed. */
struct run_row *run_status_raw(struct run_status *status, enum topic topic, int32_t partition);
/* One JSON object: {"visits":[{"partition":0,"next":12,"unacked":0,..}],"raw":[..]}. */
void run_status_json(struct run_status *status, struct buf *out);
/* Prometheus text format, version 0.0.4. */
void run_status_metrics(struct run_status *status, struct buf *out);

#endif
