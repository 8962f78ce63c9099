#include "connectors/cli/run_bounds.h"

#include "connectors/cli/run_out.h"
#include "connectors/kafka/kafka_in.h"
#include "connectors/kafka/kafka_out.h"
#include "engine/barrier.h"
#include "engine/flush.h"
#include "engine/frame.h"

#define KIB 1024
#define PRODUCERS 2                     /* of a worker: requests have their own */
#define DRAFT_BYTES ((int64_t)64 * KIB) /* a frame in the making */
#define PAGE_BYTES ((int64_t)64 * KIB)  /* the copy that passes the bound */
#define MARK_BYTES 32                   /* of a source in a header */
#define POINTER_BYTES 8

int64_t run_bounds_consumer(const struct settings *s)
{
    return s->kafka_fetch_kbytes * KIB + KAFKA_IN_OVER_BYTES;
}

/* An engine has a lane for each partition of the visits, ingest one for each of a feed. */
int64_t run_bounds_sending(const struct settings *s)
{
    int64_t lanes = s->visits_partitions + TOPIC_COUNT * s->kafka_feed_partitions;
    int64_t steps = BARRIER_RING_SLACK * (int64_t)RUN_OUT_STEPS_MAX + lanes * BARRIER_RING_LEAST;
    return PRODUCERS * (s->kafka_out_kbytes * KIB + KAFKA_OUT_OVER_BYTES) +
           s->visits_partitions * DRAFT_BYTES + steps * RUN_OUT_STEP_BYTES;
}

/* Copies that wait; calls on their way, once as they are built and once in the socket's buffer;
 * places where W may stand; the list of pages that have changed, which grows by doubling. */
int64_t run_bounds_flush(const struct settings *s)
{
    int64_t sources = SOURCE_VISITS + s->visits_partitions + TOPIC_COUNT * s->kafka_feed_partitions;
    return s->engine_flush_bytes_max + PAGE_BYTES +
           2 * FLUSH_CALLS_MAX * ((int64_t)FLUSH_BYTES_MAX + PAGE_BYTES) +
           FLUSH_HEADERS_MAX * (sources * MARK_BYTES + KIB) +
           2 * POINTER_BYTES * s->engine_flush_pages_max;
}

int64_t run_bounds_process(const struct settings *s, bool ingest, bool engine)
{
    int64_t worker = run_bounds_consumer(s) + run_bounds_sending(s);
    int64_t bytes = 0;
    if (engine) {
        bytes += s->engine_workers * worker + s->visits_partitions * run_bounds_flush(s);
    }
    if (ingest) { /* the directory has a consumer, too */
        bytes += s->ingest_workers * worker + run_bounds_consumer(s);
    }
    return bytes;
}
