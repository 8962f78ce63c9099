/* position.h - the step that an engine worker evaluates right now, for whoever finds the process
 * dying.
 *
 *     position_enter(at, 3, lsn, &page->token);        partition 3 begins a step of this entity
 *     .. history, rules, outputs ..
 *     position_leave(at);                              from here on a death is not that step's
 *
 * A death between the two by a signal of the process's own counts against the step
 * (connectors/cli/run_deaths.h); after the second one the step is under quarantine
 * (engine/skips.h).
 *
 * Memory:  a plain value of the worker.
 * Threads: written by its worker, and read by it alone: in the handler of a signal that its own step raised. So plain
 *          stores will do, kept in their order by fences that cost no instruction.
 * Errors:  none.
 */
#ifndef SLUICE_POSITION_H
#define SLUICE_POSITION_H

#include "engine/base/token.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct position {
    _Atomic bool inside; /* the rest is that of a step under way */
    uint32_t partition;
    uint64_t lsn;
    struct token entity; /* whose step: in the clock step there are many of one lsn */
};

/* NULL: nobody looks. */
static inline void position_enter(struct position *at, uint32_t partition, uint64_t lsn,
                                  const struct token *entity)
{
    if (at != NULL) {
        at->partition = partition;
        at->lsn = lsn;
        at->entity = *entity;
        atomic_signal_fence(memory_order_release);
        atomic_store_explicit(&at->inside, true, memory_order_relaxed);
        atomic_signal_fence(memory_order_seq_cst); /* nothing of the step comes before */
    }
}

static inline void position_leave(struct position *at)
{
    if (at != NULL) {
        atomic_signal_fence(memory_order_seq_cst); /* nothing of the step comes after */
        atomic_store_explicit(&at->inside, false, memory_order_relaxed);
    }
}

/* In a handler: is a step under way? */
static inline bool position_is_inside(const struct position *at)
{
    bool inside = at != NULL && atomic_load_explicit(&at->inside, memory_order_relaxed);
    atomic_signal_fence(memory_order_acquire);
    return inside;
}

#endif
