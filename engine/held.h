/* held.h - what a step sends stays here until the step is done.
 *
 * A step that ends the program has sent nothing: if it is passed over later (engine/skips.h), no
 * decision of it stands in a topic, and no visit of it in another partition's log, that a replay
 * would not send.
 *
 *     held_init(&held, setup->sink, setup->log);
 *     held.sink.emit(held.sink.self, &output, err);       of a decision
 *     held.log.append(held.log.self, 2, &visit, err);     on to the next page
 *     held_release(&held, err);                           the step is done
 *
 * Memory:  keeps copies; reuses their room.
 * Threads: one owner at a time.
 * Errors:  held_release: -1 with err as sink or log say; what was not handed over is dropped, since the partition is, too.
 */
#ifndef SLUICE_HELD_H
#define SLUICE_HELD_H

#include "engine/base/err.h"
#include "engine/outbox.h"
#include "engine/sink.h"

#include <stddef.h>
#include <stdint.h>

struct held_visit {
    uint32_t partition;
    struct visit visit;
};

struct held {
    struct sink sink;     /* takes what a step sends */
    struct visit_log log; /* the same for visits */
    struct sink *to_sink;
    struct visit_log *to_log;
    struct output *outputs; /* their JSON lies in `json`, one after the other */
    size_t output_count, output_cap;
    struct buf json;
    struct held_visit *visits;
    size_t visit_count, visit_cap;
};

/* sink and log are borrowed. */
void held_init(struct held *held, struct sink *sink, struct visit_log *log);
void held_fini(struct held *held);
/* Hands over what is held, each to its receiver in the order in which it came. */
int held_release(struct held *held, struct err *err);

#endif
