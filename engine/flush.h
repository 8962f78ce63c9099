/* flush.h - how the changed pages of a partition become durable, and where a recovery may start.
 *
 * A changed page rests a moment, is copied, waits until all outputs of the steps in the copy are
 * acknowledged (the barrier), and goes to the store with up to 255 others in one call, together
 * with W and the header as it was at W. So a page in the store implies that its outputs are out,
 * and a replay from W finds nothing missing: docs/protocol.md section 4. A forgotten page is
 * written as a tombstone, nothing but its applied_lsn; a later call whose W has reached that
 * removes it, and the page leaves the cache. Removed earlier, a replay from W would take its old
 * visits for those of somebody new.
 *
 *     flush_note_header(flush, offset, header);            before the first frame of a batch
 *     flush_note_change(flush, page, lsn, now_ms);         before each change of a page
 *     flush_push(flush, next_offset, acked_lsn, now_ms, FLUSH_RESTED, &err);
 *     flush_take_answer(flush, &answer);                   what the store said of a call
 *
 * Memory:  owns copies and headers; borrows cache, pages and store. Bounded: flush_is_full says when no
 *          more frames may be taken.
 * Threads: the owner of the partition only.
 * Errors:  -1 with err when the store fails. A conflict is an ordinary answer: the owner drops the
 *          partition's memory and opens it again.
 */
#ifndef SLUICE_FLUSH_H
#define SLUICE_FLUSH_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/state/cache.h"
#include "engine/state/page.h"
#include "engine/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLUSH_PAGES_MAX \
    256 /* in one call, and as many removed: the store serves nobody else meanwhile */
#define FLUSH_BYTES_MAX ((size_t)256 * 1024)
#define FLUSH_CALLS_MAX 8 /* on their way at once */
#define FLUSH_HEADERS_MAX 256

struct flush_setup {
    uint32_t partition;
    uint64_t owner; /* random: names this owner's flushes in the store */
    struct store *store;
    struct cache *cache; /* of all pages that are noted here */
    int64_t expiry_ms;   /* expiry_due_ms of a page is its timer */
    int64_t rest_ms;     /* a page rests so long after its first change */
    size_t bytes_max;    /* of copies that wait */
    size_t pages_max;    /* that have changed and are not copied */
};

enum flush_how {
    FLUSH_RESTED, /* pages that have rested */
    FLUSH_ALL,    /* every changed page: before a stop, a hand-over */
};

struct flush;
struct flush *flush_new(const struct flush_setup *setup);
void flush_free(struct flush *flush);
/* Goes on from what the store has. */
void flush_start(struct flush *flush, const struct store_checkpoint *checkpoint);
/* The sequence that the store's content has when all calls so far are executed. */
const struct store_seq *flush_seq(const struct flush *flush);
/* The header as it is before the frame at offset: a place where W may stand. Offsets rise. */
void flush_note_header(struct flush *flush, uint64_t offset, struct str header);
void flush_note_change(struct flush *flush, struct page *page, uint64_t lsn, int64_t now_ms);
/* What the store has of a page that was just read from there: of each of its chunks. */
struct page_mark flush_mark_of(const struct page_piece *piece, struct str bytes);
void flush_keep_mark(struct page *page, const struct page_mark *mark);
/* Such a page: its timer is written anew with its next change; if it is a tombstone, the store is
 * to be rid of it. */
void flush_note_read(struct flush *flush, struct page *page);
/* Copies and sends what may be sent; next_offset is that of the first frame not yet applied. */
int flush_push(struct flush *flush, uint64_t next_offset, uint64_t acked_lsn, int64_t now_ms,
               enum flush_how how, struct err *err);
void flush_take_answer(struct flush *flush, const struct store_answer *answer);
/* The store holds flush_seq(): every call so far is executed, and none is answered any more. */
void flush_take_all(struct flush *flush);
bool flush_is_full(const struct flush *flush);
/* All is in the store, W included, and no tombstone that W has reached, once this is 0 after a push
 * of FLUSH_ALL. */
size_t flush_waiting(const struct flush *flush);
/* Pages that have changed, and copies that wait for the barrier: nothing of them was sent. */
size_t flush_unsent(const struct flush *flush);
/* All of this page was sent, and it is no tombstone that the store is to be rid of: read again, it
 * is what it is now, or the store says that it went back. */
bool flush_has_all(const struct flush *flush, const struct page *page);
/* Calls without an answer: nobody knows whether they were executed. */
size_t flush_calls(const struct flush *flush);
/* W as the store last confirmed it. */
uint64_t flush_w(const struct flush *flush);
size_t flush_bytes(const struct flush *flush);
/* When the oldest page of the call answered last changed first, by the owner's clock; -1: it had
 * no page. */
int64_t flush_answered_ms(const struct flush *flush);
/* Places that are kept for W to stand; at most FLUSH_HEADERS_MAX. */
size_t flush_headers(const struct flush *flush);

#endif
