/* partition.h - the owner of one partition: takes frames in order, keeps pages, decides, sends on.
 *
 *     struct partition *p = partition_new(&setup);
 *     partition_open(p, &err);                            header of the store, if there is one
 *     partition_begin_batch(p, now_ms);
 *     partition_apply(p, offset, append_ms, frame, &err); from partition_next_offset on
 *     partition_push(p, acked_lsn, now_ms, FLUSH_RESTED, &err);
 *
 * It knows frames, its pages and its header, and neither files nor clocks: a replay, a live worker
 * and a simulator run the same code. What a step does depends on its page, the header and the log.
 *
 * Memory:  owns pages and header; borrows everything in the setup. Keeps its buffers: a visit to a page
 *          that is here allocates nothing once they are warm.
 * Threads: one owner at a time.
 * Errors:  0, or -1 with err: the frame is broken, its pack is not here, sink, log or store failed. A
 *          frame may be half applied then: drop the partition and go on from the store's W.
 */
#ifndef SLUICE_PARTITION_H
#define SLUICE_PARTITION_H

#include "engine/base/err.h"
#include "engine/eval/program.h"
#include "engine/flush.h"
#include "engine/header.h"
#include "engine/outbox.h"
#include "engine/position.h"
#include "engine/settings.h"
#include "engine/sink.h"
#include "engine/skips.h"
#include "engine/state/cache.h"
#include "engine/store.h"

#include <stdint.h>

/* How far the broker's clock may be ahead of that of a frame's writer, with the time on the way:
 * the log's clock goes no further, or one broker with a wrong clock would end all waits and let no
 * request through. */
#define PARTITION_AHEAD_MS 60000

/* Where a pack is found by its hash (32 bytes); NULL: it is not here. */
struct program_source {
    void *self;
    const struct program *(*find)(void *self, const uint8_t *hash);
};

/* Somebody who looks at each page after each change, a forgotten one too; for whoever checks a
 * store against the log. */
struct page_watch {
    void *self;
    void (*changed)(void *self, const struct page *page);
};

/* The frames of a partition behind the one that is being applied, as far as its owner has them.
 * What they need of the store is asked for together with what that one needs. */
struct frames_ahead {
    void *self;
    /* The first one from place `at` on, 0 at first. Returns the place behind it; 0: there is none.
     */
    size_t (*next)(void *self, uint32_t partition, size_t at, struct str *frame);
};

struct partition_setup {
    uint32_t number;
    enum clock_mode clock; /* a log whose clock is another one is refused; CLOCK_UNSAID: any */
    uint64_t owner;        /* names this owner's flushes in the store; another one at each start */
    const struct settings *settings;
    struct program_source programs;
    struct sink *sink;
    struct visit_log *log;
    struct store *store;       /* NULL: pages live in memory only */
    struct frames_ahead ahead; /* next NULL: nobody knows */
    const struct skips
        *skips; /* under quarantine, of all partitions; read by partition_open; NULL: none */
    struct position *position; /* says which step is under way; NULL: nobody looks */
    struct page_watch watch;   /* changed NULL: nobody looks */
};

/* Pages that come and go. */
struct partition_paging {
    uint64_t evicted; /* to make room */
    uint64_t loaded;  /* from the store, by sweeps too */
    uint64_t outside; /* only the store has them; at most so many */
};

struct partition;
struct partition *partition_new(const struct partition_setup *setup);
void partition_free(struct partition *p);
struct decision_watch; /* decision.h */
/* Shows every judgement from now on. */
void partition_watch_decisions(struct partition *p, const struct decision_watch *watch);
/* Takes over what the store has of this partition. */
int partition_open(struct partition *p, struct err *err);
/* Applies the frame at this offset; append_ms is its time in the log where it names none itself. */
int partition_apply(struct partition *p, uint64_t offset, int64_t append_ms, struct str frame,
                    struct err *err);
/* Is this frame the one that stood before partition_next_offset when the store was written? -1 with
 * err: the log is another one than the store's. */
int partition_check_log(const struct partition *p, uint64_t offset, int64_t append_ms,
                        struct str frame, struct err *err);
/* Offset of the first frame not yet applied. */
uint64_t partition_next_offset(const struct partition *p);
/* Before the frames of a batch: notes the header as it is, a place where W may stand. now_ms is the
 * owner's clock, for how long pages rest. */
void partition_begin_batch(struct partition *p, int64_t now_ms);
/* Sends what may be sent of the changed pages; acked_lsn: see barrier.h. */
int partition_push(struct partition *p, uint64_t acked_lsn, int64_t now_ms, enum flush_how how,
                   struct err *err);
/* The store's answer to one of this partition's calls. */
void partition_take_answer(struct partition *p, const struct store_answer *answer);
/* The store does not hold what this owner left there: free the partition and open it again. */
bool partition_has_conflict(const struct partition *p);
/* The store was away and answers again: may this partition go on from its memory? */
enum partition_resumed {
    PARTITION_GOES_ON, /* the store holds what all calls so far leave there; those without an answer
                          get none any more */
    PARTITION_ASKS_AGAIN, /* a moment later: calls on the lost connection may still be executed */
    PARTITION_STARTS_ANEW /* it is to be freed, and opened again */
};
int partition_resume(struct partition *p, enum partition_resumed *how, struct err *err);
/* Brings some more pages into memory, as far as there is room; once all are there, a missing page
 * is a new entity's. */
int partition_sweep(struct partition *p, struct err *err);
bool partition_is_resident(const struct partition *p);
/* All pages of the store were read once: those that had no room are read again when they are
 * needed. */
bool partition_is_swept(const struct partition *p);
/* Pages and their table may take so many bytes; 0: what they need. Beyond it, after a frame or a
 * push, those go that the store has; what it does not have yet never does. */
void partition_set_page_bytes(struct partition *p, size_t bytes_max);
/* They take more, since the store does not have them yet: no frame is to be taken until some were
 * pushed. */
bool partition_is_over(const struct partition *p);
const struct partition_paging *partition_paging(const struct partition *p);
const struct flush *partition_flush_state(const struct partition *p);
/* Writes everything and waits for it. Only where every output is out when it was handed over. */
int partition_flush(struct partition *p, struct err *err);
/* The page of an entity, from memory or store; NULL in *page if there is none. It may be a
 * forgotten one. */
int partition_find_page(struct partition *p, const struct token *token, struct page **page,
                        struct err *err);
/* The log's clock at which a page is to be looked at next; INT64_MAX: none is. */
int64_t partition_due_ms(const struct partition *p);
const struct header *partition_header(const struct partition *p);
const struct cache *partition_cache(const struct partition *p);

#endif
