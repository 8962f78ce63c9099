/* flush_owner.h - an owner with real pages, and a store that does as it is told.
 *
 *     struct owner *o = owner_begin();
 *     (void)owner_frame(o, 0);                       a frame with one payment to page 0
 *     owner_push(o, owner_all(o), FLUSH_ALL);        all is acknowledged; a call is handed over
 *     ck_assert_uint_eq(o->scripted->call_count, 1);
 *     owner_answer(o);                               the call is executed, its answer taken
 *     owner_end(o);
 *
 * Memory:  the store copies each call until it is executed; all is freed by owner_end, or by
 *          owner_close and scripted_end.
 * Threads: one.
 * Errors:  a call that Redis would not understand fails the test.
 */
#ifndef SLUICE_UNIT_FLUSH_OWNER_H
#define SLUICE_UNIT_FLUSH_OWNER_H

#include "engine/flush.h"
#include "engine/state/cache.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define T0 INT64_C(1772416800000)
#define OWNER 77
#define REST_MS 200
#define EXPIRY_MS 1280000
#define PIECES_MAX 32 /* of one page */
#define PAGES_MAX 300
#define CALLS_KEPT 16

struct stored_piece {
    struct page_piece piece;
    struct buf bytes;
};

struct stored_page {
    struct stored_piece pieces[PIECES_MAX];
    size_t piece_count;
};

/* A call that was handed over, copied. */
struct call {
    struct store_seq expected, next;
    uint64_t w;
    struct buf header, bytes;
    struct store_page_piece *pieces;
    size_t piece_count;
    size_t timer_count, removal_count;
    struct timer timers[FLUSH_PAGES_MAX];
    struct token removals[FLUSH_PAGES_MAX];
};

struct scripted {
    struct call calls[CALLS_KEPT]; /* handed over and not executed, oldest first */
    size_t call_count;
    int taken; /* in all */
    bool fails;
    struct store_seq seq; /* the content */
    uint64_t w;
    struct buf header;
    struct stored_page pages[PAGES_MAX];
};

/* Executes the oldest call, as Redis would. */
struct store_answer scripted_execute(struct scripted *s);
/* The oldest call never arrives. */
void scripted_drop(struct scripted *s);
void scripted_end(struct scripted *s);

struct owner {
    struct scripted *scripted;
    struct store store;
    struct flush *flush;
    struct cache *cache;
    struct retention retention;
    uint64_t offset; /* of the next frame */
    int64_t now_ms;
};

/* The header before the next frame. */
void owner_note_header(struct owner *o);
/* Takes the partition over from what the store has. */
void owner_open(struct owner *o, struct scripted *s, size_t bytes_max, size_t pages_max);
void owner_close(struct owner *o);
struct owner *owner_begin(void);
void owner_end(struct owner *o);
/* One payment, which follows from the lsn alone. */
void owner_pay(struct page *page, uint64_t lsn, const struct retention *retention);
/* The page with that number, a new one if there is none. */
struct page *owner_page(struct owner *o, size_t number);
/* A visit of the page; true if the page did not include it already. */
bool owner_visit(struct owner *o, size_t number, uint64_t lsn);
/* A frame with one visit. */
uint64_t owner_frame(struct owner *o, size_t number);
void owner_push(struct owner *o, uint64_t acked_lsn, enum flush_how how);
/* The lsn that acknowledges all so far. */
uint64_t owner_all(const struct owner *o);
/* The oldest call is executed, and its answer taken. */
void owner_answer(struct owner *o);
/* Pieces of the youngest call that are written, kept or removed, heads left out. */
size_t owner_pieces(const struct owner *o, enum store_what what);
/* How many pages it has. */
size_t call_heads(const struct call *call);

#endif
