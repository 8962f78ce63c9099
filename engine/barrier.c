#include "engine/barrier.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <string.h>

static struct barrier_step *step_of(const struct barrier *barrier, uint64_t ticket)
{
    return &barrier->ring[ticket & (barrier->cap - 1)];
}

void barrier_fini(struct barrier *barrier)
{
    mem_free(barrier->ring);
    memset(barrier, 0, sizeof *barrier);
}

static void set_cap(struct barrier *barrier, size_t cap)
{
    struct barrier other = {.cap = cap, .first = barrier->first, .next = barrier->next};
    other.ring = mem_alloc(other.cap, sizeof *other.ring);
    for (uint64_t ticket = barrier->first; ticket < barrier->next; ticket++) {
        *step_of(&other, ticket) = *step_of(barrier, ticket);
    }
    mem_free(barrier->ring);
    *barrier = other;
}

/* What a storm made larger is given back, bit by bit: there are many barriers, and not all have
 * theirs at once. */
static void give_back(struct barrier *barrier)
{
    uint64_t used = barrier->next - barrier->first;
    size_t cap = barrier->cap;
    while (cap > BARRIER_RING_LEAST && used < cap / BARRIER_RING_SLACK) {
        cap /= 2;
    }
    if (cap < barrier->cap) {
        set_cap(barrier, cap);
    }
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
        set_cap(barrier, barrier->cap == 0 ? BARRIER_RING_LEAST : 2 * barrier->cap);
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
    give_back(barrier);
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
