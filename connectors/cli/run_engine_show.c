#include "connectors/cli/run_engine_inside.h"

#include <stdio.h>

#define LOOK_MS 100

static void show_pages(struct run_row *row, const struct lane *lane)
{
    const struct cache *cache = partition_cache(lane->partition);
    const struct partition_paging *paging = partition_paging(lane->partition);
    run_status_set(&row->pages, (int64_t)cache_count(cache));
    run_status_set(&row->page_bytes, (int64_t)cache_bytes(cache));
    run_status_set(&row->pages_loaded, (int64_t)(lane->loaded + paging->loaded));
    run_status_set(&row->pages_evicted, (int64_t)(lane->evicted + paging->evicted));
    run_status_set(&row->pages_outside,
                   partition_is_swept(lane->partition) ? (int64_t)paging->outside : -1);
}

void run_engine_show(struct run_engine *e, uint32_t number)
{
    struct run_row *row = &e->status->visits[number];
    const struct lane *lane = &e->lanes[number];
    if (lane->partition == NULL) {
        run_status_set(&row->next, -1);
        return;
    }
    const struct header *header = partition_header(lane->partition);
    const struct counters *c = &header->counters;
    const struct flush *flush = partition_flush_state(lane->partition);
    run_status_set(&row->unacked, (int64_t)run_out_waiting(e->out));
    run_status_set(&row->w, (int64_t)flush_w(flush));
    run_status_set(&row->waiting, (int64_t)flush_waiting(flush));
    run_status_set(&row->flush_bytes, (int64_t)flush_bytes(flush));
    run_status_set(&row->resets, lane->resets);
    run_status_set(&row->fetched, (int64_t)c->fetched);
    run_status_set(&row->applied, (int64_t)c->applied);
    run_status_set(&row->duplicate, (int64_t)c->duplicate);
    run_status_set(&row->included, (int64_t)c->included);
    run_status_set(&row->quarantined, (int64_t)c->quarantined);
    run_status_set(&row->waits_quarantined, (int64_t)c->waits_quarantined);
    int64_t known = (int64_t)(c->applied + c->duplicate + c->included + c->quarantined);
    run_status_set(&row->missing, (int64_t)c->fetched > known ? (int64_t)c->fetched - known
                                                              : known - (int64_t)c->fetched);
    run_status_set(&row->too_late, (int64_t)c->too_late);
    run_status_set(&row->judged_again, (int64_t)c->judged_again);
    run_status_set(&row->overflows, (int64_t)c->overflows);
    run_status_set(&row->approximate, (int64_t)c->approximate);
    run_status_set(&row->given_up, (int64_t)c->given_up);
    run_status_set(&row->bounded, (int64_t)c->bounded);
    run_status_set(&row->gave_way, (int64_t)c->gave_way);
    run_status_set(&row->waits_lost, (int64_t)c->waits_lost);
    run_status_set(&row->held_back, (int64_t)c->held_back);
    run_status_set(&row->stand_ins_ended, (int64_t)c->stand_ins_ended);
    run_status_set(&row->pack, (int64_t)header->pack_number);
    show_pages(row, lane);
    int64_t next = lane->reset ? -1 : (int64_t)partition_next_offset(lane->partition);
    run_status_set(&row->next, next);
}

static void show_lag(struct run_engine *e, uint32_t number)
{
    int64_t next = (int64_t)partition_next_offset(e->lanes[number].partition);
    int64_t high = kafka_in_high(e->in, TOPIC_VISITS, (int32_t)number);
    run_status_set(&e->status->visits[number].lag, high < 0 ? -1 : high > next ? high - next : 0);
}

/* Brokers that answer, and acknowledge nothing. */
static void show_silence(struct run_engine *e, int64_t now_ms)
{
    enum topic topic = TOPIC_VISITS;
    int64_t since_ms = run_out_silent_since(e->out, &topic);
    run_status_set(&e->shown->silent_s, since_ms == 0 ? 0 : (now_ms - since_ms) / 1000);
    if (run_silence_set(&e->silence, topic_infos[topic].text, since_ms,
                        run_status_get(&e->status->kafka_since_ms) != 0, now_ms)) {
        (void)fprintf(stderr, "sluice run: engine %d: %s\n", e->worker, e->silence.line);
    }
}

static void show_queues(struct run_engine *e)
{
    struct run_worker *w = e->shown;
    size_t bytes = 0;
    run_status_set(&w->fetch_messages, (int64_t)kafka_in_ready(e->in, &bytes));
    run_status_set(&w->fetch_bytes, (int64_t)bytes);
    run_status_set(&w->out_messages, (int64_t)run_out_waiting(e->out));
    run_status_set(&w->out_bytes, (int64_t)run_out_bytes(e->out));
    run_status_set(&w->renewals, (int64_t)run_out_renewals(e->out));
    run_status_set(&w->redis_moved, (int64_t)redis_store_count(e->redis, REDIS_MOVED));
    run_status_set(&w->redis_ask, (int64_t)redis_store_count(e->redis, REDIS_ASK));
    run_status_set(&w->redis_tryagain, (int64_t)redis_store_count(e->redis, REDIS_TRYAGAIN));
    run_status_set(&w->redis_clusterdown, (int64_t)redis_store_count(e->redis, REDIS_CLUSTERDOWN));
}

void run_engine_show_worker(struct run_engine *e, int64_t now_ms)
{
    struct run_worker *w = e->shown;
    bool away = !redis_store_is_connected(e->redis);
    int64_t waiting = 0;
    for (uint32_t i = 0; i < e->lane_count; i++) {
        waiting += e->lanes[i].reset;
        if (e->lanes[i].partition != NULL) { /* another worker's row is its own */
            run_engine_show(e, i);
        }
    }
    if (away != (run_status_get(&w->redis_since_ms) != 0)) {
        run_status_set(&w->redis_since_ms, away ? now_ms : 0);
        run_status_set(&w->redis_away, away);
    }
    run_status_set(&w->partitions_waiting, waiting);
    run_status_set(&w->stands, e->gate.why != NULL);
    run_status_set(&w->moved_ms, now_ms);
    atomic_store_explicit(&w->serves, waiting == 0 && kafka_in_has_joined(e->in),
                          memory_order_release);
    if (now_ms < e->look_at_ms) {
        return;
    }
    e->look_at_ms = now_ms + LOOK_MS;
    show_queues(e);
    show_silence(e, now_ms);
    for (uint32_t i = 0; i < e->lane_count; i++) {
        if (e->lanes[i].partition != NULL) {
            show_lag(e, i);
        }
    }
}
