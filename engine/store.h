/* store.h - where the pages of a partition outlive the process.
 *
 * One flush call writes pages (head and changed chunks), the partition's header and its watermark W
 * together, under a sequence (owner, number) that names the content for ever; a load reads one page
 * back. A memory store that can be saved to a file stands behind `sluice replay`; Redis stands
 * behind `sluice run`.
 *
 * Memory:  the caller owns what it passes; store_load hands pieces to a callback, valid during the call.
 * Threads: one partition's calls come from its owner.
 * Errors:  0, or -1 with err; ERR code ERR_OUTSIDE and retriable set when trying again helps.
 */
#ifndef SLUICE_STORE_H
#define SLUICE_STORE_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/base/token.h"
#include "engine/state/page.h"

#include <stdbool.h>
#include <stdint.h>

struct store_seq {
    uint64_t owner, number;
};

struct store_page_piece {
    struct token token;
    uint8_t entity;
    struct page_piece piece;
    struct str bytes;
};

struct store_flush {
    uint32_t partition;
    struct store_seq expected, next;
    uint64_t w; /* frame offset from which a recovery starts */
    struct str header;
    const struct store_page_piece *pieces;
    size_t piece_count;
};

struct store {
    void *self;
    /* The pieces of a page stand together, head first, and replace all of the page. Writes all or
     * nothing; *conflict is set (and nothing written, result 0) when the content is not `expected`;
     * {0, 0} is that of a partition never written. */
    int (*flush)(void *self, const struct store_flush *call, bool *conflict, struct err *err);
    /* Header, W and sequence of a partition; *found false when there is none. The bytes live until
     * the next call. */
    int (*open)(void *self, uint32_t partition, bool *found, struct store_seq *seq, uint64_t *w,
                struct str *header, struct err *err);
    /* Gives the pieces of one page in encoding order; *found false when the page is unknown. */
    int (*load)(void *self, uint32_t partition, const struct token *token, bool *found,
                page_emit_fn *give, void *context, struct err *err);
};

#endif
