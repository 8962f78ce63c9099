#include "connectors/cli/run_metrics.h"

#include "connectors/cli/run_out.h"
#include "engine/base/mem.h"

#include <inttypes.h>
#include <stddef.h>

/* A number of a row, a worker or the process. */
struct metric {
    const char *name, *type, *help;
    size_t offset;
};

static const struct metric partition_metrics[] = {
#define PARTITION_METRIC(member, name, type, help, advice) \
    {name, #type, help, offsetof(struct run_row, member)},
#include "connectors/cli/metrics.def"
};
static const struct metric feed_metrics[] = {
#define FEED_METRIC(member, name, type, help, advice) \
    {name, #type, help, offsetof(struct run_row, member)},
#include "connectors/cli/metrics.def"
};
static const struct metric worker_metrics[] = {
#define WORKER_METRIC(member, name, type, help, advice) \
    {name, #type, help, offsetof(struct run_worker, member)},
#include "connectors/cli/metrics.def"
};
static const struct metric process_metrics[] = {
#define PROCESS_METRIC(member, name, type, help, advice) \
    {name, #type, help, offsetof(struct run_status, member)},
#include "connectors/cli/metrics.def"
};
#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static void write_head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_add_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static int64_t number_at(const void *base, size_t offset)
{
    return run_status_get((const _Atomic int64_t *)(const void *)((const char *)base + offset));
}

/* ---- rows
 * ----------------------------------------------------------------------------------------- */

static void write_partitions(struct run_status *status, struct buf *out)
{
    for (size_t i = 0; i < COUNT(partition_metrics); i++) {
        const struct metric *m = &partition_metrics[i];
        write_head(out, m->name, m->type, m->help);
        for (uint32_t p = 0; p < status->visits_count; p++) {
            const struct run_row *row = &status->visits[p];
            int64_t number = number_at(row, m->offset);
            if (run_status_get(&row->next) >= 0 && number >= 0) {
                buf_add_format(out, "%s{partition=\"%" PRIu32 "\"} %" PRId64 "\n", m->name, p,
                               number);
            }
        }
    }
}

static void write_feeds(struct run_status *status, struct buf *out)
{
    int32_t each = (int32_t)status->settings->kafka_feed_partitions;
    for (size_t i = 0; i < COUNT(feed_metrics); i++) {
        const struct metric *m = &feed_metrics[i];
        write_head(out, m->name, m->type, m->help);
        for (int32_t at = 0; at < (int32_t)status->raw_count; at++) {
            enum topic topic = (enum topic)(at / each);
            const struct run_row *row = run_status_raw(status, topic, at % each);
            int64_t number = number_at(row, m->offset);
            if (run_status_get(&row->next) >= 0 && number >= 0) {
                buf_add_format(out, "%s{topic=\"%s\",partition=\"%" PRId32 "\"} %" PRId64 "\n",
                               m->name, topic_infos[topic].text, at % each, number);
            }
        }
    }
}

/* The workers that run; NULL behind the last. */
static struct run_worker *next_worker(struct run_status *status, const struct run_worker *before)
{
    size_t i = before == NULL ? 0 : (size_t)(before - status->workers) + 1;
    while (i < status->worker_count &&
           !atomic_load_explicit(&status->workers[i].started, memory_order_acquire)) {
        i++;
    }
    return i < status->worker_count ? &status->workers[i] : NULL;
}

static void write_workers(struct run_status *status, struct buf *out)
{
    for (size_t i = 0; i < COUNT(worker_metrics); i++) {
        const struct metric *m = &worker_metrics[i];
        write_head(out, m->name, m->type, m->help);
        for (struct run_worker *w = next_worker(status, NULL); w != NULL;
             w = next_worker(status, w)) {
            int64_t number = number_at(w, m->offset);
            if (number >= 0) {
                buf_add_format(out, "%s{role=\"%s\",worker=\"%d\"} %" PRId64 "\n", m->name, w->role,
                               w->number, number);
            }
        }
    }
}

static void write_process(struct run_status *status, struct buf *out)
{
    for (size_t i = 0; i < COUNT(process_metrics); i++) {
        const struct metric *m = &process_metrics[i];
        write_head(out, m->name, m->type, m->help);
        buf_add_format(out, "%s %" PRId64 "\n", m->name, number_at(status, m->offset));
    }
}

/* ---- latencies
 * ------------------------------------------------------------------------------------ */

enum per_second { UNIT_US = 1000000, UNIT_NS = 1000000000 };

static const struct latency {
    const char *name, *help;
    uint64_t per_s;
    int digits; /* of a unit behind the point of a second */
    unsigned low, high;
} latencies[LATENCY_COUNT] = {
#define LATENCY_METRIC(id, name, unit, low, high, help, advice) \
    {name, help, UNIT_##unit, UNIT_##unit == UNIT_NS ? 9 : 6, low, high},
#include "connectors/cli/metrics.def"
};

static void write_seconds(struct buf *out, const struct latency *l, uint64_t units)
{
    buf_add_format(out, "%" PRIu64 ".%0*" PRIu64, units / l->per_s, l->digits, units % l->per_s);
}

static void write_latencies(struct run_status *status, struct buf *out)
{
    struct hist *all = mem_alloc(1, sizeof *all);
    for (int i = 0; i < LATENCY_COUNT; i++) {
        const struct latency *l = &latencies[i];
        *all = (struct hist){0};
        for (struct run_worker *w = next_worker(status, NULL); w != NULL;
             w = next_worker(status, w)) {
            hist_merge(all, &w->latencies[i]);
        }
        write_head(out, l->name, "histogram", l->help);
        for (unsigned bit = l->low; bit <= l->high; bit++) {
            buf_add_format(out, "%s_bucket{le=\"", l->name);
            write_seconds(out, l, UINT64_C(1) << bit);
            buf_add_format(out, "\"} %" PRIu64 "\n", hist_below(all, UINT64_C(1) << bit));
        }
        buf_add_format(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum ", l->name, hist_count(all),
                       l->name);
        write_seconds(out, l, hist_sum(all));
        buf_add_format(out, "\n%s_count %" PRIu64 "\n", l->name, hist_count(all));
    }
    mem_free(all);
}

/* ---- counts with labels of their own
 * -------------------------------------------------------------- */

static int64_t sum_of(struct run_status *status, size_t offset)
{
    int64_t sum = 0;
    for (struct run_worker *w = next_worker(status, NULL); w != NULL; w = next_worker(status, w)) {
        sum += number_at(w, offset);
    }
    return sum;
}

static void write_outputs(struct run_status *status, const char *name, struct buf *out)
{
    for (int i = 0; i < RUN_OUTPUTS_COUNT; i++) {
        struct run_outputs_row row = run_outputs_row(i);
        int64_t sum = sum_of(status, offsetof(struct run_worker, outputs.sent) +
                                         (size_t)i * sizeof(_Atomic int64_t));
        if (row.what != NULL && sum > 0) {
            buf_add_format(out, "%s{topic=\"%s\",what=\"%s\"} %" PRId64 "\n", name,
                           topic_infos[run_out_topic(row.kind)].text, row.what, sum);
        }
    }
}

static void write_refused(struct run_status *status, const char *name, struct buf *out)
{
    for (int i = REFUSAL_NONE + 1; i < REFUSAL_COUNT; i++) {
        int64_t sum = sum_of(status, offsetof(struct run_worker, refused) +
                                         (size_t)i * sizeof(_Atomic int64_t));
        buf_add_format(out, "%s{reason=\"%s\"} %" PRId64 "\n", name,
                       refusal_text((enum refusal_reason)i).at, sum);
    }
}

void run_metrics_write(struct run_status *status, struct buf *out)
{
    write_partitions(status, out);
    write_feeds(status, out);
    write_workers(status, out);
    write_process(status, out);
    write_latencies(status, out);
#define COUNT_METRIC(writer, name, labels, help, advice) \
    write_head(out, name, "counter", help);              \
    write_##writer(status, name, out);
#include "connectors/cli/metrics.def"
}
