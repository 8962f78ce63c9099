#include "connectors/cli/store_check.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/frame.h"
#include "engine/state/expiry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAID_MAX 20 /* differences of one partition that are spelt out */

/* A page as the store has it: its pieces one after the other, as note_piece writes them. */
struct stored {
    struct token token;
    uint64_t applied_lsn;
    int64_t due_ms; /* of its timer, TIME_NEVER: none */
    bool tombstone;
    struct buf pieces;
    uint32_t chunk_count;
    bool met; /* the replay had the page at this lsn */
};

struct store_check {
    uint32_t partition;
    struct store_checkpoint checkpoint;
    struct header header; /* of the checkpoint */
    struct stored *pages; /* in order of their tokens */
    size_t page_count, page_cap;
    struct timer *timers; /* in order of their tokens */
    size_t timer_count, timer_cap;
    int64_t expiry_ms;
    struct page_decoder *decoder; /* of the last page, while it is read */
    struct err *err;
    int failed;
    struct buf bytes;
    struct store_check_counts counts;
};

/* ---- what the store has ------------------------------------------------------------------------
 */

static void note_piece(void *context, const struct page_piece *piece, struct str bytes)
{
    struct buf *out = context;
    uint64_t count = bytes.len;
    buf_add(out, &piece->kind, sizeof piece->kind);
    buf_add(out, &piece->number, sizeof piece->number);
    buf_add(out, &count, sizeof count);
    buf_add_str(out, bytes);
}

static void end_stored(struct store_check *check)
{
    if (check->decoder == NULL) {
        return;
    }
    struct err ignored;
    struct page *page = page_decode_end(check->decoder, check->failed == 0 ? check->err : &ignored);
    check->decoder = NULL;
    if (page == NULL) {
        check->failed = -1;
    } else {
        struct stored *last = &check->pages[check->page_count - 1];
        last->applied_lsn = page->applied_lsn;
        last->due_ms = expiry_due_ms(page, check->expiry_ms);
        last->tombstone = page_is_forgotten(page);
        page_free(page);
    }
}

static void take_piece(void *context, const struct token *token, const struct page_piece *piece,
                       struct str bytes)
{
    struct store_check *check = context;
    if (piece->kind == PAGE_PIECE_HEAD) {
        end_stored(check);
        void *pages = check->pages;
        mem_reserve(&pages, &check->page_cap, check->page_count + 1, sizeof *check->pages);
        check->pages = pages;
        check->pages[check->page_count++] = (struct stored){.token = *token};
        check->decoder = page_decode_begin();
    }
    if (check->failed != 0) {
        return;
    }
    struct stored *last = &check->pages[check->page_count - 1];
    last->chunk_count += piece->kind != PAGE_PIECE_HEAD;
    note_piece(&last->pieces, piece, bytes);
    check->failed = page_decode_piece(check->decoder, piece, bytes, check->err);
}

static int by_token(const void *a, const void *b)
{
    const struct stored *one = a;
    const struct stored *two = b;
    return memcmp(one->token.bytes, two->token.bytes, TOKEN_BYTES);
}

static void take_timer(void *context, const struct timer *timer)
{
    struct store_check *check = context;
    void *timers = check->timers;
    mem_reserve(&timers, &check->timer_cap, check->timer_count + 1, sizeof *check->timers);
    check->timers = timers;
    check->timers[check->timer_count++] = *timer;
}

static int by_timer_token(const void *a, const void *b)
{
    const struct timer *one = a;
    const struct timer *two = b;
    return memcmp(one->token.bytes, two->token.bytes, TOKEN_BYTES);
}

/* A sweep may give a page twice. */
static void sort_pages(struct store_check *check)
{
    size_t kept = 0;
    if (check->page_count > 0) {
        qsort(check->pages, check->page_count, sizeof *check->pages, by_token);
    }
    for (size_t i = 0; i < check->page_count; i++) {
        if (kept > 0 && token_eq(&check->pages[kept - 1].token, &check->pages[i].token)) {
            buf_fini(&check->pages[i].pieces);
        } else {
            check->pages[kept++] = check->pages[i];
        }
    }
    check->page_count = kept;
}

static int read_pages(struct store_check *check, struct store *store, struct err *err)
{
    uint64_t cursor = 0;
    bool conflict = false;
    do {
        if (store->sweep(store->self, check->partition, &check->checkpoint.seq, &cursor, &conflict,
                         take_piece, check, err) != 0) {
            check->failed = -1;
        }
        end_stored(check);
    } while (check->failed == 0 && !conflict && cursor != 0);
    sort_pages(check);
    if (conflict) {
        return err_set(err, ERR_OUTSIDE,
                       "partition %" PRIu32
                       ": somebody writes to the store; stop the service first",
                       check->partition);
    }
    return check->failed;
}

struct store_check *store_check_open(struct store *store, uint32_t partition, int64_t expiry_ms,
                                     struct err *err)
{
    struct store_check *check = mem_alloc(1, sizeof *check);
    check->partition = partition;
    check->err = err;
    check->expiry_ms = expiry_ms;
    if (store->open(store->self, partition, &check->checkpoint, take_timer, check, err) != 0 ||
        (check->checkpoint.found &&
         (header_decode(&check->header, check->checkpoint.header, 0, UINT32_MAX, err) != 0 ||
          read_pages(check, store, err) != 0))) {
        store_check_free(check);
        return NULL;
    }
    if (check->timer_count > 0) {
        qsort(check->timers, check->timer_count, sizeof *check->timers, by_timer_token);
    }
    return check;
}

/* ---- comparing ---------------------------------------------------------------------------------
 */

static void differs(struct store_check *check, const struct token *token, uint64_t lsn,
                    const char *how)
{
    char hex[TOKEN_HEX_BYTES];
    if (check->counts.differences++ < SAID_MAX) {
        hex_encode(hex, token->bytes, TOKEN_BYTES);
        (void)fprintf(stderr, "check: partition %" PRIu32 ", page %s, lsn %" PRIu64 ": %s\n",
                      check->partition, hex, lsn, how);
    }
}

static struct stored *find(const struct store_check *check, const struct token *token)
{
    struct stored key = {.token = *token};
    return check->page_count == 0
               ? NULL
               : bsearch(&key, check->pages, check->page_count, sizeof *check->pages, by_token);
}

static void look_at(void *self, const struct page *page)
{
    struct store_check *check = self;
    struct stored *stored = find(check, &page->token);
    if (stored == NULL || stored->applied_lsn != page->applied_lsn) {
        return;
    }
    stored->met = true;
    buf_clear(&check->bytes);
    page_encode(page, note_piece, &check->bytes);
    if (!str_eq(buf_str(&check->bytes), buf_str(&stored->pieces))) {
        differs(check, &page->token, page->applied_lsn, "is not what the log gives");
    }
}

struct page_watch store_check_watch(struct store_check *check)
{
    return (struct page_watch){check, look_at};
}

/* Counters of a recovery differ in how the visits were known, not in how many there were. */
static bool same_header(struct store_check *check, const struct header *log)
{
    struct header stored = check->header;
    struct header given = *log;
    struct buf bytes = {0};
    const struct counters *a = &stored.counters;
    const struct counters *b = &given.counters;
    bool same =
        a->fetched == b->fetched && a->duplicate == b->duplicate &&
        a->applied + a->included + a->quarantined == b->applied + b->included + b->quarantined;
    stored.counters = given.counters = (struct counters){0};
    buf_clear(&check->bytes);
    header_encode(&stored, &check->bytes);
    header_encode(&given, &bytes);
    same = same && str_eq(buf_str(&check->bytes), buf_str(&bytes));
    buf_fini(&bytes);
    return same;
}

/* Of a page that the log has forgotten before W, nothing else than its tombstone may be left. */
static void find_forgotten(struct store_check *check, const struct cache *cache)
{
    for (size_t i = 0; i < check->page_count; i++) {
        const struct stored *stored = &check->pages[i];
        if (!stored->tombstone && stored->applied_lsn <= lsn_of(check->checkpoint.w, 0) &&
            cache_find(cache, &stored->token) == NULL) {
            differs(check, &stored->token, stored->applied_lsn,
                    "W is behind the step that forgot it, and the store still has it");
        }
    }
}

void store_check_before(struct store_check *check, const struct partition *partition)
{
    if (!check->checkpoint.found || partition_next_offset(partition) != check->checkpoint.w) {
        return;
    }
    check->counts.headers++;
    if (!same_header(check, partition_header(partition))) {
        check->counts.differences++;
        (void)fprintf(stderr,
                      "check: partition %" PRIu32 ": the header at %" PRIu64
                      " is not what the log gives\n",
                      check->partition, check->checkpoint.w);
    }
    const struct cache *cache = partition_cache(partition);
    struct page **pages = cache_sorted(cache);
    for (size_t i = 0; i < cache_count(cache); i++) {
        const struct stored *stored = find(check, &pages[i]->token);
        if (stored == NULL || stored->applied_lsn < pages[i]->applied_lsn) {
            differs(check, &pages[i]->token, pages[i]->applied_lsn,
                    "W is behind this change, and the store does not have it");
        }
    }
    mem_free(pages);
    find_forgotten(check, cache);
}

/* A timer for each page that can expire, at its time, and no other. */
static void check_timers(struct store_check *check)
{
    size_t at = 0;
    for (size_t i = 0; i < check->page_count; i++) {
        const struct stored *stored = &check->pages[i];
        while (at < check->timer_count &&
               memcmp(check->timers[at].token.bytes, stored->token.bytes, TOKEN_BYTES) < 0) {
            differs(check, &check->timers[at++].token, 0, "a timer without a page");
        }
        bool there = at < check->timer_count && token_eq(&check->timers[at].token, &stored->token);
        int64_t due_ms = there ? check->timers[at++].due_ms : TIME_NEVER;
        if (due_ms != stored->due_ms) {
            differs(check, &stored->token, stored->applied_lsn, "its timer is another one");
        }
    }
    for (; at < check->timer_count; at++) {
        differs(check, &check->timers[at].token, 0, "a timer without a page");
    }
}

void store_check_end(struct store_check *check, struct store_check_counts *counts)
{
    check_timers(check);
    if (check->checkpoint.found && check->counts.headers == 0) {
        check->counts.differences++;
        (void)fprintf(stderr,
                      "check: partition %" PRIu32 ": W is %" PRIu64 ", behind the end of the log\n",
                      check->partition, check->checkpoint.w);
    }
    for (size_t i = 0; i < check->page_count; i++) {
        const struct stored *stored = &check->pages[i];
        check->counts.pages++;
        check->counts.chunks += stored->chunk_count;
        if (!stored->met) {
            differs(check, &stored->token, stored->applied_lsn, "no step of the log gives this");
        }
    }
    counts->pages += check->counts.pages;
    counts->chunks += check->counts.chunks;
    counts->headers += check->counts.headers;
    counts->differences += check->counts.differences;
}

void store_check_free(struct store_check *check)
{
    if (check == NULL) {
        return;
    }
    for (size_t i = 0; i < check->page_count; i++) {
        buf_fini(&check->pages[i].pieces);
    }
    mem_free(check->pages);
    mem_free(check->timers);
    header_fini(&check->header);
    buf_fini(&check->bytes);
    mem_free(check);
}
