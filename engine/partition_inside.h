/* partition_inside.h - a partition's state, for the files that make it work.
 *
 * partition.c applies frames; partition_flush.c reads from the store and writes to it.
 *
 * Memory:  see partition.h.
 * Threads: one owner at a time.
 * Errors:  see partition.h.
 */
#ifndef SLUICE_PARTITION_INSIDE_H
#define SLUICE_PARTITION_INSIDE_H

#include "engine/eval/decision.h"
#include "engine/partition.h"
#include "engine/step.h"

#include <stdbool.h>

/* A piece in the making: bytes move while the buffer grows. */
struct flush_piece {
    struct token token;
    uint8_t entity;
    struct page_piece piece;
    size_t from, count; /* in flush.bytes */
};

struct flush {
    struct store_seq seq; /* of the store's content as this owner left it */
    struct buf header;    /* as stored there, with w */
    uint64_t w;
    bool stored;           /* anything at all */
    struct page **changed; /* since they were last written, in order of the first change */
    size_t changed_count, changed_cap;
    struct buf bytes, fresh_header;
    struct flush_piece *pieces;
    size_t piece_count, piece_cap;
    struct store_page_piece *call_pieces;
    size_t call_cap;
    const struct page *page; /* being encoded */
};

struct partition {
    struct partition_setup setup;
    uint32_t partition_count;
    struct step_limits limits;
    struct cache *cache;
    struct header header;
    uint64_t next_offset;
    const struct program *program; /* the active pack; NULL: none, or it is not here */
    uint64_t pack_key;             /* first 8 bytes of its hash */
    struct decision *decision;
    struct visit visit; /* in hand */
    struct buf json;
    struct flush flush;
};

/* ---- partition_flush.c ---- */
/* Header, W and sequence from the store. */
int flush_open(struct partition *p, bool *found, struct err *err);
/* To be called before each change of a page. */
void flush_note_change(struct partition *p, struct page *page);
void flush_fini(struct partition *p);

#endif
