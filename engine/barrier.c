#include "engine/barrier.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <stdbool.h>
#include <string.h>

#define RING_LEAST 256
#define RING_KEPT 16384 /* what a storm made larger is given back */

static struct barrier_step *step_of(const struct barrier *barrier, uint64_t ticket)
{
    return &barrier->ring[ticket & (barrier->cap - 1)];
}

void barrier_fini(struct barrier *barrier)
{
    mem_free(barrier->ring);
    memset(barrier, 0, sizeof *barrier);
}

static void grow(struct barrier *barrier)
{
    struct barrier larger = {.cap = barrier->cap == 0 ? RING_LEAST : 2 * barrier->cap,
                             .first = barrier->first,
                             .next = barrier->next};
    larger.ring = mem_alloc(larger.cap, sizeof *larger.ring);
    for (uint64_t ticket = barrier->first; ticket < barrier->next; ticket++) {
        *step_of(&larger, ticket) = *step_of(barrier, ticket);
    }
    mem_free(barrier->ring);
    *barrier = larger;
}

uint64_t barrier_open(struct barrier *barrier, uint64_t lsn)
{
    if (barrier->next > barrier->first) {
        struct barrier_step *newest = step_of(barrier, barrier->next - 1);
        must(newest->lsn <= lsn);
        if (newest->lsn == lsn) {
            newest->waiting++;
            return barrier->next - 1;
        }
    }
    if (barrier->next - barrier->first == barrier->cap) {
        grow(barrier);
    }
    *step_of(barrier, barrier->next) = (struct barrier_step){lsn, 1};
    return barrier->next++;
}

void barrier_close(struct barrier *barrier, uint64_t ticket)
{
    must(ticket >= barrier->first && ticket < barrier->next);
    must(step_of(barrier, ticket)->waiting > 0);
    step_of(barrier, ticket)->waiting--;
    while (barrier->first < barrier->next && step_of(barrier, barrier->first)->waiting == 0) {
        barrier->first++;
    }
    if (barrier->first == barrier->next && barrier->cap > RING_KEPT) {
        mem_free(barrier->ring);
        barrier->ring = NULL;
        barrier->cap = 0;
    }
}

uint64_t barrier_acked_lsn(const struct barrier *barrier, uint64_t next_lsn)
{
    return barrier->first < barrier->next ? step_of(barrier, barrier->first)->lsn : next_lsn;
}

size_t barrier_waiting(const struct barrier *barrier)
{
    size_t count = 0;
    for (uint64_t ticket = barrier->first; ticket < barrier->next; ticket++) {
        count += step_of(barrier, ticket)->waiting > 0;
    }
    return count;
}
