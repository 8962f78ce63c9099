#include "engine/flush.h"

#include "engine/base/fingerprint.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/fault.h"
#include "engine/frame.h"
#include "engine/state/expiry.h"

#include <string.h>

/* A page as it was at applied_lsn, on its way to the store. */
struct copy {
    struct copy *next;
    uint64_t first_lsn; /* of the first change that it holds and the store does not */
    uint64_t applied_lsn;
    struct timer timer;
    bool timer_new; /* the store has another one */
    bool tombstone;
    int64_t changed_ms; /* of that first change */
    size_t memory;
    uint32_t piece_count;
    struct store_page_piece pieces[]; /* their bytes lie behind them */
};

struct header_copy {
    struct header_copy *next;
    uint64_t offset;
    size_t len;
    char bytes[];
};

/* A tombstone that the store has. If its page lives again, or was forgotten anew, this one is void.
 */
struct grave {
    struct token token;
    uint64_t applied_lsn;
};

/* A call without an answer. */
struct pending {
    struct store_seq seq;
    uint64_t w;
    int64_t changed_ms; /* of its oldest page; -1: it has none */
};

struct flush {
    struct flush_setup setup;
    struct store_seq seq; /* expected by the next call */
    uint64_t w;           /* confirmed */
    uint64_t sent_w;
    uint64_t newest_lsn; /* of a change noted */
    int64_t sent_ms;
    int64_t answered_ms;   /* changed_ms of the call answered last */
    struct page **changed; /* a ring, in the order of the first change */
    size_t changed_cap, changed_first, changed_count;
    struct copy *copies, **copies_end;
    size_t copy_count, copy_bytes;
    struct header_copy *headers, **headers_end;
    size_t header_count;
    struct pending pending[FLUSH_CALLS_MAX];
    size_t pending_first, pending_count;
    struct grave *graves; /* a ring, in the order in which they were sent or read */
    size_t grave_cap, grave_first, grave_count;
    /* being put together */
    struct page *page;
    struct buf bytes;
    struct store_page_piece *pieces;
    size_t piece_count, piece_cap;
    struct page_mark *marks;
    size_t mark_count, mark_cap;
    struct store_page_piece *call;
    size_t call_cap;
    struct timer timers[FLUSH_PAGES_MAX];
    struct token removals[FLUSH_PAGES_MAX];
};

struct flush *flush_new(const struct flush_setup *setup)
{
    struct flush *flush = mem_alloc(1, sizeof *flush);
    flush->setup = *setup;
    flush->copies_end = &flush->copies;
    flush->headers_end = &flush->headers;
    return flush;
}

static void drop_copy(struct flush *flush)
{
    struct copy *copy = flush->copies;
    flush->copies = copy->next;
    if (flush->copies == NULL) {
        flush->copies_end = &flush->copies;
    }
    flush->copy_count--;
    flush->copy_bytes -= copy->memory;
    mem_free(copy);
}

static void drop_header(struct flush *flush)
{
    struct header_copy *header = flush->headers;
    flush->headers = header->next;
    if (flush->headers == NULL) {
        flush->headers_end = &flush->headers;
    }
    flush->header_count--;
    mem_free(header);
}

void flush_free(struct flush *flush)
{
    if (flush == NULL) {
        return;
    }
    while (flush->copies != NULL) {
        drop_copy(flush);
    }
    while (flush->headers != NULL) {
        drop_header(flush);
    }
    buf_fini(&flush->bytes);
    mem_free(flush->pieces);
    mem_free(flush->marks);
    mem_free(flush->call);
    mem_free(flush->changed);
    mem_free(flush->graves);
    mem_free(flush);
}

void flush_start(struct flush *flush, const struct store_checkpoint *checkpoint)
{
    flush->seq = checkpoint->seq;
    flush->w = checkpoint->w;
    flush->sent_w = checkpoint->w;
}

const struct store_seq *flush_seq(const struct flush *flush)
{
    return &flush->seq;
}

uint64_t flush_w(const struct flush *flush)
{
    return flush->w;
}

size_t flush_calls(const struct flush *flush)
{
    return flush->pending_count;
}

size_t flush_bytes(const struct flush *flush)
{
    return flush->copy_bytes;
}

int64_t flush_answered_ms(const struct flush *flush)
{
    return flush->answered_ms;
}

size_t flush_headers(const struct flush *flush)
{
    return flush->header_count;
}

bool flush_is_full(const struct flush *flush)
{
    return flush->copy_bytes >= flush->setup.bytes_max ||
           flush->changed_count >= flush->setup.pages_max;
}

/* Has W reached the oldest tombstone? */
static bool grave_is_due(const struct flush *flush)
{
    return flush->grave_count > 0 && flush->headers != NULL &&
           flush->graves[flush->grave_first].applied_lsn <= lsn_of(flush->headers->offset, 0);
}

size_t flush_waiting(const struct flush *flush)
{
    return flush->changed_count + flush->copy_count + flush->pending_count + grave_is_due(flush);
}

size_t flush_unsent(const struct flush *flush)
{
    return flush->changed_count + flush->copy_count;
}

/* Copies stand in the order of their first change, so a page's last one was sent if the oldest that
 * waits is younger. */
bool flush_has_all(const struct flush *flush, const struct page *page)
{
    bool sent = flush->copies == NULL || page->unflushed_lsn < flush->copies->first_lsn;
    return !page->dirty && sent && !page_is_forgotten(page);
}

/* ---- what changed
 * -------------------------------------------------------------------------------- */

/* While W stands still, headers of later frames wait for it to move, and the one closest to its
 * neighbours gives way: a recovery then reads a little more of the log. The oldest is where W
 * stands, the youngest where it goes when all is well; they stay. */
static void thin_headers(struct flush *flush)
{
    struct header_copy *before = flush->headers;
    for (struct header_copy *at = before; at->next->next != NULL; at = at->next) {
        if (at->next->next->offset - at->offset < before->next->next->offset - before->offset) {
            before = at;
        }
    }
    struct header_copy *gone = before->next;
    before->next = gone->next;
    flush->header_count--;
    mem_free(gone);
}

void flush_note_header(struct flush *flush, uint64_t offset, struct str header)
{
    struct header_copy *copy = mem_alloc(1, sizeof *copy + header.len);
    copy->offset = offset;
    copy->len = header.len;
    memcpy(copy->bytes, header.at, header.len);
    *flush->headers_end = copy;
    flush->headers_end = &copy->next;
    if (++flush->header_count > FLUSH_HEADERS_MAX) {
        thin_headers(flush);
    }
}

static void grow_changed(struct flush *flush)
{
    size_t cap = flush->changed_cap == 0 ? 64 : 2 * flush->changed_cap;
    struct page **ring = mem_alloc(cap, sizeof(struct page *));
    for (size_t i = 0; i < flush->changed_count; i++) {
        ring[i] = flush->changed[(flush->changed_first + i) & (flush->changed_cap - 1)];
    }
    mem_free(flush->changed);
    flush->changed = ring;
    flush->changed_cap = cap;
    flush->changed_first = 0;
}

void flush_note_change(struct flush *flush, struct page *page, uint64_t lsn, int64_t now_ms)
{
    if (page->dirty) {
        return;
    }
    must(lsn >= flush->newest_lsn); /* so that all lists are in the order of the first change */
    flush->newest_lsn = lsn;
    page->dirty = true;
    page->unflushed_lsn = lsn;
    page->unflushed_ms = now_ms;
    if (flush->changed_count == flush->changed_cap) {
        grow_changed(flush);
    }
    size_t at = (flush->changed_first + flush->changed_count++) & (flush->changed_cap - 1);
    flush->changed[at] = page;
}

static struct page *oldest_changed(const struct flush *flush)
{
    return flush->changed_count == 0 ? NULL : flush->changed[flush->changed_first];
}

/* ---- what of a page changed
 * ------------------------------------------------------------------------ */

static const struct page_mark *find_mark(const struct page *page, const struct page_piece *piece)
{
    for (uint32_t i = 0; i < page->mark_count; i++) {
        if (page->marks[i].kind == piece->kind && page->marks[i].number == piece->number) {
            return &page->marks[i];
        }
    }
    return NULL;
}

struct page_mark flush_mark_of(const struct page_piece *piece, struct str bytes)
{
    return (struct page_mark){fingerprint(bytes, 0), piece->number, piece->kind};
}

void flush_keep_mark(struct page *page, const struct page_mark *mark)
{
    page->marks =
        page_reserve(page->marks, &page->mark_cap, page->mark_count + 1, sizeof *page->marks);
    page->marks[page->mark_count++] = *mark;
}

static void add_piece(struct flush *flush, const struct page_piece *piece, enum store_what what,
                      struct str bytes)
{
    void *pieces = flush->pieces;
    mem_reserve(&pieces, &flush->piece_cap, flush->piece_count + 1, sizeof *flush->pieces);
    flush->pieces = pieces;
    /* The bytes' place until they stop moving. */
    struct str place = {NULL, what == STORE_WRITE ? bytes.len : 0};
    flush->pieces[flush->piece_count++] =
        (struct store_page_piece){flush->page->token, *piece, flush->page->entity, (uint8_t)what,
                                  place};
    if (what == STORE_WRITE) {
        buf_add_str(&flush->bytes, bytes);
    }
}

static void take_piece(void *context, const struct page_piece *piece, struct str bytes)
{
    struct flush *flush = context;
    if (piece->kind == PAGE_PIECE_HEAD) {
        add_piece(flush, piece, STORE_WRITE, bytes);
        return;
    }
    const struct page_mark *known = find_mark(flush->page, piece);
    void *marks = flush->marks;
    mem_reserve(&marks, &flush->mark_cap, flush->mark_count + 1, sizeof *flush->marks);
    flush->marks = marks;
    struct page_mark mark = flush->marks[flush->mark_count++] = flush_mark_of(piece, bytes);
    bool same = known != NULL && known->print == mark.print;
    add_piece(flush, piece, same ? STORE_KEEP : STORE_WRITE, bytes);
}

/* Chunks that the page has no more. */
static void remove_gone(struct flush *flush)
{
    for (uint32_t i = 0; i < flush->page->mark_count; i++) {
        const struct page_mark *old = &flush->page->marks[i];
        bool gone = true;
        for (size_t k = 0; k < flush->mark_count && gone; k++) {
            gone = flush->marks[k].kind != old->kind || flush->marks[k].number != old->number;
        }
        if (gone) {
            struct page_piece piece = {old->kind, old->number};
            add_piece(flush, &piece, STORE_REMOVE, STR(""));
        }
    }
}

static void keep_marks(struct flush *flush)
{
    struct page *page = flush->page;
    page->mark_count = 0;
    for (size_t i = 0; i < flush->mark_count; i++) {
        flush_keep_mark(page, &flush->marks[i]);
    }
}

/* ---- copies
 * ---------------------------------------------------------------------------------------- */

static struct copy *make_copy(struct flush *flush, struct page *page)
{
    flush->page = page;
    flush->piece_count = 0;
    flush->mark_count = 0;
    buf_clear(&flush->bytes);
    page_encode(page, take_piece, flush);
    remove_gone(flush);
    size_t head = sizeof(struct copy) + flush->piece_count * sizeof *flush->pieces;
    struct copy *copy = mem_alloc(1, head + flush->bytes.len);
    copy->first_lsn = page->unflushed_lsn;
    copy->applied_lsn = page->applied_lsn;
    copy->timer = (struct timer){expiry_due_ms(page, flush->setup.expiry_ms), page->token};
    copy->timer_new = copy->timer.due_ms != page->stored_due_ms;
    copy->tombstone = page_is_forgotten(page);
    copy->changed_ms = page->unflushed_ms;
    copy->memory = head + flush->bytes.len;
    copy->piece_count = (uint32_t)flush->piece_count;
    char *at = (char *)copy + head;
    memcpy(at, flush->bytes.at, flush->bytes.len);
    for (size_t i = 0; i < flush->piece_count; i++) {
        copy->pieces[i] = flush->pieces[i];
        copy->pieces[i].bytes.at = at;
        at += flush->pieces[i].bytes.len;
    }
    keep_marks(flush);
    cache_weigh(flush->setup.cache, page);
    page->stored_due_ms = copy->timer.due_ms;
    return copy;
}

/* The pages that have rested, oldest first, until enough copies wait for the barrier. */
static void copy_rested(struct flush *flush, int64_t now_ms, enum flush_how how)
{
    struct page *page;
    while ((page = oldest_changed(flush)) != NULL) {
        bool rested = now_ms - page->unflushed_ms >= flush->setup.rest_ms;
        bool enough =
            flush->copy_count >= 4 * FLUSH_PAGES_MAX || flush->copy_bytes >= flush->setup.bytes_max;
        if (enough || (how == FLUSH_RESTED && !rested)) {
            return;
        }
        struct copy *copy = make_copy(flush, page);
        *flush->copies_end = copy;
        flush->copies_end = &copy->next;
        flush->copy_count++;
        flush->copy_bytes += copy->memory;
        fault_reach(FAULT_COPY_MADE);
        page->dirty = false;
        flush->changed_first = (flush->changed_first + 1) & (flush->changed_cap - 1);
        flush->changed_count--;
    }
}

/* ---- tombstones
 * ------------------------------------------------------------------------------------ */

static struct grave *grave_at(const struct flush *flush, size_t i)
{
    return &flush->graves[(flush->grave_first + i) & (flush->grave_cap - 1)];
}

static void grow_graves(struct flush *flush)
{
    size_t cap = flush->grave_cap == 0 ? 64 : 2 * flush->grave_cap;
    struct grave *ring = mem_alloc(cap, sizeof *ring);
    for (size_t i = 0; i < flush->grave_count; i++) {
        ring[i] = *grave_at(flush, i);
    }
    mem_free(flush->graves);
    flush->graves = ring;
    flush->grave_cap = cap;
    flush->grave_first = 0;
}

static void add_grave(struct flush *flush, const struct token *token, uint64_t applied_lsn)
{
    if (flush->grave_count == flush->grave_cap) {
        grow_graves(flush);
    }
    *grave_at(flush, flush->grave_count++) = (struct grave){*token, applied_lsn};
}

static void drop_graves(struct flush *flush, size_t count)
{
    must(count <= flush->grave_count);
    flush->grave_first = (flush->grave_first + count) & (flush->grave_cap - 1);
    flush->grave_count -= count;
}

/* The page of a grave; NULL if the grave is void. */
static struct page *grave_page(const struct flush *flush, const struct grave *grave)
{
    struct page *page = cache_find(flush->setup.cache, &grave->token);
    if (page == NULL || !page_is_forgotten(page) || page->applied_lsn != grave->applied_lsn) {
        return NULL;
    }
    must(!page->dirty);
    return page;
}

void flush_note_read(struct flush *flush, struct page *page)
{
    page->stored_due_ms = TIME_NONE; /* perhaps one by another engine.expiry_ms */
    if (page_is_forgotten(page)) {
        add_grave(flush, &page->token, page->applied_lsn);
    }
}

/* Fills in the tombstones that W has reached; returns how many graves that uses up. */
static size_t collect_removals(struct flush *flush, struct store_flush *call)
{
    size_t count = 0;
    while (count < flush->grave_count && call->removal_count < FLUSH_PAGES_MAX &&
           grave_at(flush, count)->applied_lsn <= lsn_of(call->w, 0)) {
        const struct grave *grave = grave_at(flush, count++);
        if (grave_page(flush, grave) != NULL) {
            flush->removals[call->removal_count++] = grave->token;
        }
    }
    call->removals = flush->removals;
    return count;
}

/* The calls so far leave nothing of them in the store. */
static void remove_pages(struct flush *flush, size_t grave_count)
{
    for (size_t i = 0; i < grave_count; i++) {
        struct page *page = grave_page(flush, grave_at(flush, i));
        if (page != NULL) {
            cache_remove(flush->setup.cache, page);
        }
    }
    drop_graves(flush, grave_count);
}

/* ---- calls
 * ----------------------------------------------------------------------------------------- */

/* How many copies from the front may go out in one call: behind the barrier, and not too large. */
static size_t sendable(const struct flush *flush, uint64_t acked_lsn)
{
    size_t count = 0;
    size_t bytes = 0;
    const struct copy *copy = flush->copies;
    while (copy != NULL && copy->applied_lsn <= acked_lsn && count < FLUSH_PAGES_MAX &&
           (count == 0 || bytes + copy->memory <= FLUSH_BYTES_MAX)) {
        bytes += copy->memory;
        count++;
        copy = copy->next;
    }
    return count;
}

/* Below it everything is in the store (with the first `sent` copies) and acknowledged. */
static uint64_t durable_lsn(const struct flush *flush, size_t sent, uint64_t next_offset,
                            uint64_t acked_lsn)
{
    uint64_t limit = lsn_of(next_offset, 0);
    const struct page *changed = oldest_changed(flush);
    const struct copy *copy = flush->copies;
    limit = acked_lsn < limit ? acked_lsn : limit;
    limit = changed != NULL && changed->unflushed_lsn < limit ? changed->unflushed_lsn : limit;
    for (size_t i = 0; i < sent; i++) {
        copy = copy->next;
    }
    /* Copies stand in the order of their first change: those behind this one are younger. */
    return copy != NULL && copy->first_lsn < limit ? copy->first_lsn : limit;
}

/* Moves to the youngest header at or before which everything is durable. */
static void advance_headers(struct flush *flush, uint64_t limit)
{
    while (flush->headers->next != NULL && lsn_of(flush->headers->next->offset, 0) <= limit) {
        drop_header(flush);
    }
    must(lsn_of(flush->headers->offset, 0) <= limit);
}

static void collect_call(struct flush *flush, size_t copies, struct store_flush *call)
{
    size_t count = 0;
    const struct copy *copy = flush->copies;
    for (size_t i = 0; i < copies; i++, copy = copy->next) {
        count += copy->piece_count;
    }
    void *array = flush->call;
    mem_reserve(&array, &flush->call_cap, count, sizeof *flush->call);
    flush->call = array;
    count = 0;
    copy = flush->copies;
    for (size_t i = 0; i < copies; i++, copy = copy->next) {
        memcpy(flush->call + count, copy->pieces, copy->piece_count * sizeof *flush->call);
        count += copy->piece_count;
        if (copy->timer_new) {
            flush->timers[call->timer_count++] = copy->timer;
        }
    }
    call->pieces = flush->call;
    call->piece_count = count;
    call->timers = flush->timers;
}

/* The first copy is on its way. */
static void bury_copy(struct flush *flush)
{
    const struct copy *copy = flush->copies;
    if (copy->tombstone) {
        add_grave(flush, &copy->timer.token, copy->applied_lsn);
    }
    drop_copy(flush);
}

static int send_call(struct flush *flush, size_t copies, struct err *err)
{
    bool mine = flush->seq.owner == flush->setup.owner;
    struct store_seq next = {flush->setup.owner, mine ? flush->seq.number + 1 : 1};
    struct store_flush call = {.partition = flush->setup.partition,
                               .expected = flush->seq,
                               .next = next,
                               .w = flush->headers->offset,
                               .header = {flush->headers->bytes, flush->headers->len}};
    collect_call(flush, copies, &call);
    size_t graves = collect_removals(flush, &call);
    fault_reach(FAULT_CALL_READY);
    if (flush->setup.store->flush(flush->setup.store->self, &call, err) != 0) {
        return -1;
    }
    fault_reach(FAULT_CALL_SENT);
    size_t at = (flush->pending_first + flush->pending_count++) % FLUSH_CALLS_MAX;
    flush->pending[at] =
        (struct pending){next, call.w, copies > 0 ? flush->copies->changed_ms : -1};
    flush->seq = next;
    flush->sent_w = call.w;
    remove_pages(flush, graves);
    for (size_t i = 0; i < copies; i++) {
        bury_copy(flush);
    }
    return 0;
}

int flush_push(struct flush *flush, uint64_t next_offset, uint64_t acked_lsn, int64_t now_ms,
               enum flush_how how, struct err *err)
{
    copy_rested(flush, now_ms, how);
    while (flush->pending_count < FLUSH_CALLS_MAX && flush->headers != NULL) {
        size_t copies = sendable(flush, acked_lsn);
        advance_headers(flush, durable_lsn(flush, copies, next_offset, acked_lsn));
        /* W alone is worth a call now and then: a recovery then reads less of the log. */
        bool moved = flush->headers->offset > flush->sent_w;
        bool due = how == FLUSH_ALL || now_ms - flush->sent_ms >= flush->setup.rest_ms;
        if (copies == 0 && !((moved || grave_is_due(flush)) && due)) {
            return 0;
        }
        flush->sent_ms = now_ms;
        if (send_call(flush, copies, err) != 0) {
            return -1;
        }
    }
    return 0;
}

void flush_take_answer(struct flush *flush, const struct store_answer *answer)
{
    must(flush->pending_count > 0 && !answer->conflict);
    const struct pending *pending = &flush->pending[flush->pending_first];
    must(store_seq_eq(&pending->seq, &answer->seq));
    flush->w = pending->w;
    flush->answered_ms = pending->changed_ms;
    flush->pending_first = (flush->pending_first + 1) % FLUSH_CALLS_MAX;
    flush->pending_count--;
    fault_reach(FAULT_ANSWER_TAKEN);
}

void flush_take_all(struct flush *flush)
{
    flush->w = flush->sent_w;
    flush->pending_count = 0;
}
