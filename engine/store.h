/* store.h - where the pages of a partition outlive the process.
 *
 * One flush call writes pages (a head and the chunks that changed), their timers, the partition's
 * header and its watermark W together, under a sequence (owner, number) that names the content for
 * ever. A call that does not expect the content that is there changes nothing: a conflict. Memory,
 * saved to a file, stands behind `sluice replay`; Redis stands behind `sluice run`.
 *
 * Memory:  the caller owns what it passes; `open`, `load` and `sweep` hand timers and pieces to a
 *          callback, valid during the call.
 * Threads: one partition's calls come from its owner.
 * Errors:  0, or -1 with err: ERR_OUTSIDE, and retriable set when the connection was lost. Then nobody
 *          knows which of the calls without an answer were executed; the sequence that is there
 *          tells. A flush that fails itself was not sent.
 */
#ifndef SLUICE_STORE_H
#define SLUICE_STORE_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/base/token.h"
#include "engine/state/page.h"
#include "engine/state/timers.h"

#include <stdbool.h>
#include <stdint.h>

struct store_seq {
    uint64_t owner, number;
};

static inline bool store_seq_eq(const struct store_seq *a, const struct store_seq *b)
{
    return a->owner == b->owner && a->number == b->number;
}

enum store_what {
    STORE_WRITE,  /* these bytes from now on */
    STORE_KEEP,   /* is there and did not change; bytes is empty */
    STORE_REMOVE, /* is there and belongs to the page no more */
};

struct store_page_piece {
    struct token token;
    struct page_piece piece;
    uint8_t entity;
    uint8_t what; /* enum store_what; a head is written */
    struct str bytes;
};

struct store_flush {
    uint32_t partition;
    struct store_seq expected, next;
    uint64_t w; /* frame offset from which a recovery starts */
    struct str header;
    /* The pieces of a page stand together: the head, then what is written and kept in encoding
     * order, then what is removed. Pages stand in the order of their first unflushed change; one
     * may come twice. */
    const struct store_page_piece *pieces;
    size_t piece_count;
    /* Timers of pages of this call that are others now, due TIME_NEVER: none any more. Of one page
     * the last counts. */
    const struct timer *timers;
    size_t timer_count;
    /* Tombstones that W has reached: these pages, heads without chunks and timer, go. None of them
     * is among the pieces. */
    const struct token *removals;
    size_t removal_count;
};

struct store_answer {
    uint32_t partition;
    struct store_seq seq; /* `next` of the call */
    bool conflict;        /* nothing was written; so it is with all later calls of the partition */
};

struct store_checkpoint {
    bool found; /* false: the partition was never flushed, all else is zero */
    struct store_seq seq;
    uint64_t w;
    struct str header; /* lives until the next call */
};

/* A timer that the partition's pages have. */
typedef void store_timer_fn(void *context, const struct timer *timer);
/* One page of a sweep or load: its pieces in encoding order, head first. */
typedef void store_page_fn(void *context, const struct token *token, const struct page_piece *piece,
                           struct str bytes);

struct store {
    void *self;
    /* Takes the call over and copies what it needs; its answer comes by `answer`, in order. */
    int (*flush)(void *self, const struct store_flush *call, struct err *err);
    /* 1: *answer is the next one; 0: none came within timeout_ms. */
    int (*answer)(void *self, struct store_answer *answer, int timeout_ms, struct err *err);
    /* What is there of a partition: the checkpoint, and with it all timers, unless give is NULL.
     * Calls sent before for it get no answer any more. */
    int (*open)(void *self, uint32_t partition, struct store_checkpoint *checkpoint,
                store_timer_fn *give, void *context, struct err *err);
    /* Of the content that is there now: {0, 0} if the partition was never flushed. */
    int (*seq)(void *self, uint32_t partition, struct store_seq *seq, struct err *err);
    /* Pages of these tokens, as the content `expected` has them; a token without a page gives
     * nothing. With *conflict set, none were given. */
    int (*load)(void *self, uint32_t partition, const struct store_seq *expected,
                const struct token *tokens, size_t token_count, bool *conflict, store_page_fn *give,
                void *context, struct err *err);
    /* Some more of all pages, in an order of the store's own; *cursor is 0 at first, and 0 again
     * when all have been given (some perhaps twice); after an error it stands before the first that
     * was not. With *conflict set, what was given may be any part of them. */
    int (*sweep)(void *self, uint32_t partition, const struct store_seq *expected, uint64_t *cursor,
                 bool *conflict, store_page_fn *give, void *context, struct err *err);
    /* All timers that are due after from_ms and no later than *to_ms, which is raised if more are
     * given: a page that is not in memory may be due. With *conflict set, none were given. */
    int (*due)(void *self, uint32_t partition, const struct store_seq *expected, int64_t from_ms,
               int64_t *to_ms, bool *conflict, store_timer_fn *give, void *context,
               struct err *err);
};

#endif
