#include "connectors/cli/run_engine_inside.h"

void run_engine_show(struct run_engine *e, uint32_t number)
{
    struct run_row *row = &e->status->visits[number];
    const struct lane *lane = &e->lanes[number];
    if (lane->partition == NULL) {
        atomic_store_explicit(&row->next, -1, memory_order_release);
        return;
    }
    const struct counters *c = &partition_header(lane->partition)->counters;
    const struct flush *flush = partition_flush_state(lane->partition);
    atomic_store_explicit(&row->unacked, (int64_t)run_out_waiting(e->out), memory_order_release);
    atomic_store_explicit(&row->w, (int64_t)flush_w(flush), memory_order_release);
    atomic_store_explicit(&row->waiting, (int64_t)flush_waiting(flush), memory_order_release);
    atomic_store_explicit(&row->resets, lane->resets, memory_order_release);
    atomic_store_explicit(&row->fetched, (int64_t)c->fetched, memory_order_release);
    atomic_store_explicit(&row->applied, (int64_t)c->applied, memory_order_release);
    atomic_store_explicit(&row->duplicate, (int64_t)c->duplicate, memory_order_release);
    atomic_store_explicit(&row->included, (int64_t)c->included, memory_order_release);
    int64_t next = lane->reset ? -1 : (int64_t)partition_next_offset(lane->partition);
    atomic_store_explicit(&row->next, next, memory_order_release);
}
