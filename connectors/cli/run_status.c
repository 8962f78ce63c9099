#include "connectors/cli/run_status.h"

#include "engine/base/json_write.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <inttypes.h>

static int64_t get(_Atomic int64_t *value)
{
    return atomic_load_explicit(value, memory_order_acquire);
}

void run_status_init(struct run_status *status, const struct settings *settings)
{
    *status = (struct run_status){.settings = settings};
    status->visits_count = (uint32_t)settings->visits_partitions;
    status->raw_count = TOPIC_COUNT * (uint32_t)settings->kafka_feed_partitions;
    status->visits = mem_alloc(status->visits_count, sizeof *status->visits);
    status->raw = mem_alloc(status->raw_count, sizeof *status->raw);
    for (uint32_t i = 0; i < status->visits_count; i++) {
        atomic_init(&status->visits[i].next, -1);
    }
    for (uint32_t i = 0; i < status->raw_count; i++) {
        atomic_init(&status->raw[i].next, -1);
    }
}

void run_status_fini(struct run_status *status)
{
    mem_free(status->visits);
    mem_free(status->raw);
}

struct run_row *run_status_raw(struct run_status *status, enum topic topic, int32_t partition)
{
    uint32_t each = (uint32_t)status->settings->kafka_feed_partitions;
    must(topic < TOPIC_COUNT && partition >= 0 && (uint32_t)partition < each);
    return &status->raw[(uint32_t)topic * each + (uint32_t)partition];
}

/* ---- JSON
 * ----------------------------------------------------------------------------------------- */

static void write_visits(struct run_status *status, struct json_writer *w)
{
    json_open(w, "visits", '[');
    for (uint32_t i = 0; i < status->visits_count; i++) {
        struct run_row *row = &status->visits[i];
        if (get(&row->next) < 0) {
            continue;
        }
        json_open(w, NULL, '{');
        json_int(w, "partition", i);
        json_int(w, "next", get(&row->next));
        json_int(w, "unacked", get(&row->unacked));
        json_int(w, "w", get(&row->w));
        json_int(w, "waiting", get(&row->waiting));
        json_int(w, "resets", get(&row->resets));
        json_int(w, "fetched", get(&row->fetched));
        json_int(w, "applied", get(&row->applied));
        json_int(w, "duplicate", get(&row->duplicate));
        json_int(w, "included", get(&row->included));
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void write_raw(struct run_status *status, struct json_writer *w)
{
    json_open(w, "raw", '[');
    for (int topic = 0; topic < TOPIC_COUNT; topic++) {
        for (int32_t p = 0; p < (int32_t)status->settings->kafka_feed_partitions; p++) {
            struct run_row *row = run_status_raw(status, (enum topic)topic, p);
            if (get(&row->next) < 0) {
                continue;
            }
            json_open(w, NULL, '{');
            json_text(w, "topic", str_of(topic_infos[topic].text));
            json_int(w, "partition", p);
            json_int(w, "next", get(&row->next));
            json_int(w, "unacked", get(&row->unacked));
            json_close(w, '}');
        }
    }
    json_close(w, ']');
}

void run_status_json(struct run_status *status, struct buf *out)
{
    struct json_writer w = {.out = out};
    json_open(&w, NULL, '{');
    json_bool(&w, "stopping", atomic_load_explicit(&status->stopping, memory_order_acquire));
    json_int(&w, "refused", get(&status->refused));
    write_visits(status, &w);
    write_raw(status, &w);
    json_close(&w, '}');
    buf_add_char(out, '\n');
}

/* ---- metrics
 * -------------------------------------------------------------------------------------- */

struct metric {
    const char *name, *type, *help;
    size_t offset; /* in struct run_row */
};

static const struct metric metrics[] = {
    {"sluice_visits_next_offset", "gauge", "Next frame to take, per partition.",
     offsetof(struct run_row, next)},
    {"sluice_visits_w", "gauge", "Frame from which a recovery would start.",
     offsetof(struct run_row, w)},
    {"sluice_visits_unacked", "gauge", "Messages of the worker that Kafka has not acknowledged.",
     offsetof(struct run_row, unacked)},
    {"sluice_pages_waiting", "gauge", "Pages and calls on their way to the store.",
     offsetof(struct run_row, waiting)},
    {"sluice_partition_resets_total", "counter", "Times the store was not as this owner left it.",
     offsetof(struct run_row, resets)},
    {"sluice_visits_fetched_total", "counter", "Visits taken: applied + duplicate + included.",
     offsetof(struct run_row, fetched)},
    {"sluice_visits_applied_total", "counter", "Visits that their page has taken in.",
     offsetof(struct run_row, applied)},
    {"sluice_visits_duplicate_total", "counter", "Visits that came twice from their source.",
     offsetof(struct run_row, duplicate)},
    {"sluice_visits_included_total", "counter", "Visits that their page included already.",
     offsetof(struct run_row, included)},
};

void run_status_metrics(struct run_status *status, struct buf *out)
{
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++) {
        const struct metric *m = &metrics[i];
        buf_add_format(out, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name, m->type);
        for (uint32_t p = 0; p < status->visits_count; p++) {
            struct run_row *row = &status->visits[p];
            if (get(&row->next) >= 0) {
                buf_add_format(out, "%s{partition=\"%" PRIu32 "\"} %" PRId64 "\n", m->name, p,
                               get((_Atomic int64_t *)(void *)((char *)row + m->offset)));
            }
        }
    }
    buf_add_format(out,
                   "# HELP sluice_records_refused_total Records that became dead letters.\n"
                   "# TYPE sluice_records_refused_total counter\n"
                   "sluice_records_refused_total %" PRId64 "\n",
                   get(&status->refused));
}
