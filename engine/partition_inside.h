/* partition_inside.h - a partition's state, for the files that make it work.
 *
 * partition.c applies frames; partition_expiry.c looks at pages whose time has come and forgets
 * them, partition_wait.c ends their waits; partition_skip.c passes over what is under quarantine;
 * partition_store.c reads from the store and writes to it, partition_ahead.c knows which pages to
 * read, partition_evict.c keeps memory within its bound.
 *
 * Memory:  see partition.h.
 * Threads: one owner at a time.
 * Errors:  see partition.h.
 */
#ifndef SLUICE_PARTITION_INSIDE_H
#define SLUICE_PARTITION_INSIDE_H

#include "engine/eval/decision.h"
#include "engine/flush.h"
#include "engine/frame.h"
#include "engine/held.h"
#include "engine/partition.h"
#include "engine/state/timers.h"
#include "engine/step.h"

#include <stdbool.h>

/* Different tokens, no more than a frame has. */
struct token_list {
    struct token tokens[FRAME_VISITS_MAX];
    size_t count;
};

struct partition {
    struct partition_setup setup;
    uint32_t partition_count;
    struct step_limits limits;
    struct held held;   /* what the step in hand sends; sink and log of the setup are its */
    struct skips skips; /* of this partition, from W on */
    struct cache *cache;
    struct timers *timers; /* of pages in memory, and of those that the store alone has */
    struct header header;
    uint64_t next_offset;
    const struct program *program; /* the active pack; NULL: none, or it is not here */
    uint64_t pack_key;             /* first 8 bytes of its hash */
    struct decision *decision;
    struct visit visit;  /* in hand */
    struct visit mark;   /* on its way out */
    uint32_t marks_sent; /* of the visit in hand */
    struct kept_visit kept;
    struct event kept_event; /* of a visit that is judged again */
    struct buf kept_bytes;
    struct buf json;
    struct flush *flush; /* NULL: no store */
    struct buf header_bytes;
    int64_t now_ms; /* by the owner's clock: for the pages' rest, never for what is decided */
    bool swept;     /* all pages of the store were read once, or there were none */
    uint64_t sweep_cursor;
    bool resumes;                /* the store was away, and has not been found as it was left yet */
    struct store_seq resume_seq; /* that it had when it was asked last, meanwhile */
    int64_t timers_to_ms;      /* until all pages are read: those due by then came from the store */
    size_t page_bytes_max;     /* 0: no bound */
    struct token_list awaited; /* asked for last; those that came stay until others are, or */
    uint32_t frames_ahead;     /* so many more frames are applied */
    struct token_list absent;  /* those that did not come, and are not made yet */
    struct partition_paging paging; /* outside: of those given so far, until all are swept */
    bool futile; /* no more pages could go, and none can before one comes from the store, or the */
    struct store_seq futile_seq; /* next call to it is sent: while it expects this */
    bool conflict;               /* the store's content is not this owner's: open again */
};

/* Is a page that is not in memory that of a new entity? */
static inline bool all_in_memory(const struct partition *p)
{
    return p->swept && p->paging.outside == 0;
}

/* Shows a changed page to whoever looks. */
static inline void watch_page(const struct partition *p, const struct page *page)
{
    if (p->setup.watch.changed != NULL) {
        p->setup.watch.changed(p->setup.watch.self, page);
    }
}

/* Sub-index of a visit that a step sends: its event's next one, then its marks. */
enum { PLACE_NEXT = 1, PLACE_MARKS = 2 };

/* ---- partition.c ---- */
/* Judges what the decision in hand points at, and counts that. */
int partition_judge(struct partition *p, unsigned triggers, struct err *err);
/* The marks of the decision in hand, behind the next visit of its event. */
int partition_send_marks(struct partition *p, const struct page *page, uint64_t lsn,
                         struct err *err);
/* Takes over what the decision in hand has counted. */
void partition_count_decision(struct partition *p);
/* The active pack is here, perhaps by now; -1: it is not. */
int partition_need_pack(struct partition *p, uint64_t offset, struct err *err);

/* ---- partition_late.c ---- */
/* Keeps the visit that was just judged, whole. */
void late_keep_visit(struct partition *p, struct page *page, unsigned triggers);
/* Judges again the visits that are younger than the event in hand, which came late to this leg. */
int late_judge_again(struct partition *p, struct page *page, int leg, uint64_t lsn,
                     struct err *err);

/* ---- partition_store.c ---- */
/* Header, W and sequence from the store. */
int store_open(struct partition *p, bool *found, struct err *err);
/* Brings the timers that are due by now into memory, of pages that the store alone has. */
int store_load_due(struct partition *p, struct err *err);
/* Brings these pages into memory, as far as the store has them, in one call. `fires`: their timers
 * were taken, and the caller notes their next ones. */
int store_load_pages(struct partition *p, const struct token *tokens, size_t count, bool fires,
                     struct err *err);
/* The same with timers taken for those, at most FRAME_VISITS_MAX, that are not there yet. */
int store_load_firing(struct partition *p, const struct token *tokens, size_t count,
                      struct err *err);
/* To be called before each change of a page. */
void store_note_change(struct partition *p, struct page *page, uint64_t lsn);
/* To be called after it. */
void store_note_changed(struct partition *p, struct page *page);

/* ---- partition_ahead.c ---- */
/* Brings the pages that a frame will visit into memory, in one call, and with them those of the
 * frames behind it, as far as they may be asked for ahead. */
int ahead_load(struct partition *p, struct frame_reader frame, struct err *err);
/* A new entity has a page from now on. */
void ahead_note_new(struct partition *p, const struct token *token);
/* A frame is applied. */
void ahead_note_applied(struct partition *p);

/* ---- partition_evict.c ---- */
/* Drops pages that the store has, where memory is over its bound. No page may be in hand. */
void evict_over(struct partition *p);
/* A sweep has read this page. False: there is no room for it; it is not kept, and counted. */
bool evict_lets_in(struct partition *p, const struct page *page);
/* A page that was not in memory is there now. */
void evict_note_load(struct partition *p);

/* ---- partition_wait.c ---- */
/* Ends the waits of a page that are due. */
int wait_fire(struct partition *p, struct page *page, uint64_t lsn, struct err *err);

/* ---- partition_skip.c ---- */
/* Is this step of this entity under quarantine? */
bool skip_has(const struct partition *p, uint64_t lsn, const struct token *entity);
/* The visit does nothing but become a dead letter, and its itinerary ends. */
int skip_visit(struct partition *p, const struct visit *visit, uint64_t lsn, struct err *err);
/* The waits of the page that are due end, and nobody judges that. */
int skip_waits(struct partition *p, struct page *page, uint64_t lsn, struct err *err);

/* ---- partition_expiry.c ---- */
/* The clock step: ends all waits that are due, and forgets all pages that are spent, at its lsn. */
int expiry_fire(struct partition *p, uint64_t lsn, struct err *err);
/* To be called after each change of a page: it is looked at when it may be spent. */
void expiry_note_page(struct partition *p, struct page *page);
/* Shows a page whose waits have ended, unless it is forgotten, and shown, in the same step. */
void expiry_watch_page(const struct partition *p, const struct page *page);

#endif
