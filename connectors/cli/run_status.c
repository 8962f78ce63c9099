#include "connectors/cli/run_status.h"

#include "engine/base/json_write.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <inttypes.h>

void run_status_init(struct run_status *status, const struct settings *settings)
{
    *status = (struct run_status){.settings = settings};
    status->visits_count = (uint32_t)settings->visits_partitions;
    status->raw_count = TOPIC_COUNT * (uint32_t)settings->kafka_feed_partitions;
    status->visits = mem_alloc(status->visits_count, sizeof *status->visits);
    status->raw = mem_alloc(status->raw_count, sizeof *status->raw);
    status->worker_count = (uint32_t)(settings->engine_workers + settings->ingest_workers);
    status->workers = mem_alloc(status->worker_count, sizeof *status->workers);
    for (uint32_t i = 0; i < status->visits_count; i++) {
        atomic_init(&status->visits[i].next, -1);
        atomic_init(&status->visits[i].lag, -1);
    }
    for (uint32_t i = 0; i < status->raw_count; i++) {
        atomic_init(&status->raw[i].next, -1);
        atomic_init(&status->raw[i].lag, -1);
    }
    for (uint32_t i = 0; i < status->worker_count; i++) {
        bool engine = i < settings->engine_workers;
        status->workers[i].role = engine ? "engine" : "ingest";
        status->workers[i].number = (int)i - (engine ? 0 : (int)settings->engine_workers);
    }
}

void run_status_fini(struct run_status *status)
{
    mem_free(status->visits);
    mem_free(status->raw);
    mem_free(status->workers);
}

struct run_worker *run_status_engine(struct run_status *status, int worker)
{
    must(worker >= 0 && worker < status->settings->engine_workers);
    return &status->workers[worker];
}

struct run_worker *run_status_ingest(struct run_status *status, int worker)
{
    must(worker >= 0 && worker < status->settings->ingest_workers);
    return &status->workers[status->settings->engine_workers + worker];
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
        if (run_status_get(&row->next) < 0) {
            continue;
        }
        json_open(w, NULL, '{');
        json_int(w, "partition", i);
        json_int(w, "next", run_status_get(&row->next));
        json_int(w, "unacked", run_status_get(&row->unacked));
        json_int(w, "w", run_status_get(&row->w));
        json_int(w, "waiting", run_status_get(&row->waiting));
        json_int(w, "resets", run_status_get(&row->resets));
        json_int(w, "fetched", run_status_get(&row->fetched));
        json_int(w, "applied", run_status_get(&row->applied));
        json_int(w, "duplicate", run_status_get(&row->duplicate));
        json_int(w, "included", run_status_get(&row->included));
        json_int(w, "quarantined", run_status_get(&row->quarantined));
        json_int(w, "lag", run_status_get(&row->lag));
        json_int(w, "pack", run_status_get(&row->pack));
        json_int(w, "pages", run_status_get(&row->pages));
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
            if (run_status_get(&row->next) < 0) {
                continue;
            }
            json_open(w, NULL, '{');
            json_text(w, "topic", str_of(topic_infos[topic].text));
            json_int(w, "partition", p);
            json_int(w, "next", run_status_get(&row->next));
            json_int(w, "unacked", run_status_get(&row->unacked));
            json_int(w, "lag", run_status_get(&row->lag));
            json_close(w, '}');
        }
    }
    json_close(w, ']');
}

static int64_t refused(struct run_status *status)
{
    int64_t count = 0;
    for (uint32_t i = 0; i < status->worker_count; i++) {
        for (int reason = 0; reason < REFUSAL_COUNT; reason++) {
            count += run_status_get(&status->workers[i].refused[reason]);
        }
    }
    return count;
}

void run_status_json(struct run_status *status, struct buf *out)
{
    struct json_writer w = {.out = out};
    json_open(&w, NULL, '{');
    json_bool(&w, "stopping", atomic_load_explicit(&status->stopping, memory_order_acquire));
    json_int(&w, "refused", refused(status));
    write_visits(status, &w);
    write_raw(status, &w);
    json_close(&w, '}');
    buf_add_char(out, '\n');
}

/* ---- health
 * --------------------------------------------------------------------------------------- */

static unsigned answer(struct buf *out, bool ok)
{
    buf_add_text(out, ok ? "ok\n" : "\n");
    return ok ? 200 : 503;
}

/* What has lasted since then for too long; 0 is no time. */
static bool lasts(const struct run_status *status, int64_t since_ms, int64_t now_ms)
{
    return since_ms != 0 && now_ms - since_ms >= status->settings->http_stalled_s * 1000;
}

static bool is_stalled(struct run_status *status, int64_t now_ms, struct buf *out)
{
    int64_t kafka_ms = run_status_get(&status->kafka_since_ms);
    if (lasts(status, kafka_ms, now_ms)) {
        buf_add_format(out, "no broker answers for %" PRId64 " s", (now_ms - kafka_ms) / 1000);
        return true;
    }
    for (uint32_t i = 0; i < status->worker_count; i++) {
        struct run_worker *w = &status->workers[i];
        int64_t redis_ms = run_status_get(&w->redis_since_ms);
        int64_t moved_ms = run_status_get(&w->moved_ms);
        if (!atomic_load_explicit(&w->started, memory_order_acquire)) {
            continue;
        }
        if (lasts(status, redis_ms, now_ms)) {
            buf_add_format(out, "%s %d has no connection to Redis for %" PRId64 " s", w->role,
                           w->number, (now_ms - redis_ms) / 1000);
            return true;
        }
        if (lasts(status, moved_ms, now_ms)) {
            buf_add_format(out, "%s %d has not moved for %" PRId64 " s", w->role, w->number,
                           (now_ms - moved_ms) / 1000);
            return true;
        }
    }
    return false;
}

unsigned run_status_health(struct run_status *status, int64_t now_ms, struct buf *out)
{
    if (atomic_load_explicit(&status->stopping, memory_order_acquire)) {
        buf_add_text(out, "stopping");
        return answer(out, false);
    }
    return answer(out, !is_stalled(status, now_ms, out));
}

unsigned run_status_ready(struct run_status *status, struct buf *out)
{
    if (!atomic_load_explicit(&status->started, memory_order_acquire) ||
        atomic_load_explicit(&status->stopping, memory_order_acquire)) {
        buf_add_text(out, "starting or stopping");
        return answer(out, false);
    }
    if (run_status_get(&status->kafka_since_ms) != 0) {
        buf_add_text(out, "no broker answers");
        return answer(out, false);
    }
    for (uint32_t i = 0; i < status->worker_count; i++) {
        struct run_worker *w = &status->workers[i];
        if (atomic_load_explicit(&w->started, memory_order_acquire) &&
            !atomic_load_explicit(&w->serves, memory_order_acquire)) {
            buf_add_format(out, "%s %d waits for its partitions", w->role, w->number);
            return answer(out, false);
        }
    }
    return answer(out, true);
}
