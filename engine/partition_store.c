#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/fault.h"
#include "engine/partition_inside.h"

#include <inttypes.h>
#include <string.h>

#define STORE_ANSWER_MS 100
#define DUE_AHEAD_MS 60000 /* of the log's clock: so often the store is asked */

/* ---- pages from the store ----------------------------------------------------------------------
 */

/* Pieces of pages as they come, one page after the other. */
struct loading {
    struct partition *p;
    struct page_decoder *decoder; /* of the page in hand; NULL between pages */
    struct token token;
    bool wanted; /* it is not in memory yet */
    bool sweeps; /* nobody asked for it */
    bool fires;  /* its timer was taken, and whoever asks notes the next one */
    struct page_mark *marks;
    size_t mark_count, mark_cap;
    struct err *err;
    int failed;
};

static int wrong_page(const struct partition *p, struct err *err)
{
    return err_set(err, ERR_OUTSIDE,
                   "partition %" PRIu32 ": the store has another entity's page under a token; "
                   "restore a backup, or replay the log from its start",
                   p->setup.number);
}

static void take_page(const struct loading *loading, struct page *page)
{
    struct partition *p = loading->p;
    for (size_t i = 0; i < loading->mark_count; i++) {
        flush_keep_mark(page, &loading->marks[i]);
    }
    flush_note_read(p->flush, page);
    if (!loading->fires) { /* one may be there, but perhaps by another engine.expiry_ms */
        expiry_note_page(p, page);
    }
    if (loading->sweeps && !evict_lets_in(p, page)) {
        page_free(page);
        return;
    }
    (void)cache_add(p->cache, page);
    evict_note_load(p);
}

/* What the page in hand is worth once its last piece is there. */
static void end_page(struct loading *loading)
{
    if (loading->decoder == NULL) {
        return;
    }
    struct err ignored;
    struct page *page =
        page_decode_end(loading->decoder, loading->failed == 0 ? loading->err : &ignored);
    loading->decoder = NULL;
    if (page == NULL) {
        loading->failed = -1;
    } else if (!token_eq(&page->token, &loading->token)) {
        page_free(page);
        loading->failed = wrong_page(loading->p, loading->err);
    } else {
        take_page(loading, page);
    }
}

static void begin_page(struct loading *loading, const struct token *token)
{
    end_page(loading);
    loading->token = *token;
    loading->mark_count = 0;
    loading->wanted = cache_find(loading->p->cache, token) == NULL;
    loading->decoder = loading->wanted ? page_decode_begin() : NULL;
}

static void load_piece(void *context, const struct token *token, const struct page_piece *piece,
                       struct str bytes)
{
    struct loading *loading = context;
    if (loading->failed != 0) {
        return;
    }
    if (piece->kind == PAGE_PIECE_HEAD) {
        begin_page(loading, token);
    }
    if (loading->failed != 0 || !loading->wanted) {
        return;
    }
    loading->failed = page_decode_piece(loading->decoder, piece, bytes, loading->err);
    if (piece->kind != PAGE_PIECE_HEAD) {
        void *marks = loading->marks;
        mem_reserve(&marks, &loading->mark_cap, loading->mark_count + 1, sizeof *loading->marks);
        loading->marks = marks;
        loading->marks[loading->mark_count++] = flush_mark_of(piece, bytes);
    }
}

static int note_conflict(struct partition *p, struct err *err)
{
    p->conflict = true;
    fault_reach(FAULT_CONFLICT_MET);
    return err_set(err, ERR_OUTSIDE,
                   "partition %" PRIu32 ": the store's content is not what this owner left there; "
                   "the partition must be opened again",
                   p->setup.number);
}

static int end_loading(struct loading *loading, int result, bool conflict)
{
    if (result != 0) {
        loading->failed = result; /* in err already: half a page is no second mistake */
    }
    end_page(loading);
    mem_free(loading->marks);
    if (result == 0 && conflict) {
        return note_conflict(loading->p, loading->err);
    }
    return result != 0 ? result : loading->failed;
}

int store_load_pages(struct partition *p, const struct token *tokens, size_t count, bool fires,
                     struct err *err)
{
    struct store *store = p->setup.store;
    struct loading loading = {.p = p, .fires = fires, .err = err};
    bool conflict = false;
    fault_reach(FAULT_LOAD_BEGUN);
    int result = store->load(store->self, p->setup.number, flush_seq(p->flush), tokens, count,
                             &conflict, load_piece, &loading, err);
    result = end_loading(&loading, result, conflict);
    fault_reach(FAULT_PAGES_LOADED);
    return result;
}

static void take_timer(void *context, const struct timer *timer)
{
    struct partition *p = context;
    timers_add(p->timers, &timer->token, timer->due_ms);
}

int store_load_due(struct partition *p, struct err *err)
{
    struct store *store = p->setup.store;
    int64_t to_ms = p->header.clock_ms + DUE_AHEAD_MS;
    bool conflict = false;
    if (p->swept || p->header.clock_ms <= p->timers_to_ms) {
        return 0;
    }
    if (store->due(store->self, p->setup.number, flush_seq(p->flush), p->timers_to_ms, &to_ms,
                   &conflict, take_timer, p, err) != 0) {
        return -1;
    }
    p->timers_to_ms = to_ms;
    return conflict ? note_conflict(p, err) : 0;
}

int store_load_firing(struct partition *p, const struct token *tokens, size_t count,
                      struct err *err)
{
    struct token_list missing = {.count = 0};
    must(count <= FRAME_VISITS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (cache_find(p->cache, &tokens[i]) == NULL) {
            missing.tokens[missing.count++] = tokens[i];
        }
    }
    return missing.count == 0 ? 0 : store_load_pages(p, missing.tokens, missing.count, true, err);
}

int partition_find_page(struct partition *p, const struct token *token, struct page **page,
                        struct err *err)
{
    *page = cache_use(p->cache, token);
    if (*page != NULL || all_in_memory(p)) {
        return 0;
    }
    int result = store_load_pages(p, token, 1, false, err);
    *page = cache_use(p->cache, token);
    return result;
}

int partition_sweep(struct partition *p, struct err *err)
{
    struct store *store = p->setup.store;
    struct loading loading = {.p = p, .sweeps = true, .err = err};
    bool conflict = false;
    if (p->swept) {
        return 0;
    }
    int result = store->sweep(store->self, p->setup.number, flush_seq(p->flush), &p->sweep_cursor,
                              &conflict, load_piece, &loading, err);
    result = end_loading(&loading, result, conflict);
    fault_reach(FAULT_PAGES_SWEPT);
    p->swept = result == 0 && p->sweep_cursor == 0;
    return result;
}

/* A server that stood still works off what was sent to it after it has greeted a new connection: at
 * the first look, and while our calls move its sequence, more may be on their way. */
static bool may_move(struct partition *p, const struct store_seq *seq)
{
    bool ours = seq->owner == p->setup.owner && !store_seq_eq(seq, &p->resume_seq);
    bool moved = !p->resumes || ours;
    p->resumes = true;
    p->resume_seq = *seq;
    return moved && flush_calls(p->flush) > 0;
}

int partition_resume(struct partition *p, enum partition_resumed *how, struct err *err)
{
    struct store *store = p->setup.store;
    struct store_seq seq = {0, 0};
    int result = store->seq(store->self, p->setup.number, &seq, err);
    *how = PARTITION_STARTS_ANEW;
    if (!p->swept) { /* a server that was started anew scans in another order: from its beginning */
        p->sweep_cursor = 0;
        p->paging.outside = 0;
    }
    if (result != 0) {
        return -1;
    }
    if (store_seq_eq(&seq, flush_seq(p->flush))) {
        *how = PARTITION_GOES_ON;
        p->resumes = false;
        flush_take_all(p->flush);
    } else if (may_move(p, &seq)) {
        *how = PARTITION_ASKS_AGAIN;
    } else {
        (void)note_conflict(p, err);
    }
    return 0;
}

bool partition_is_resident(const struct partition *p)
{
    return all_in_memory(p);
}

bool partition_is_swept(const struct partition *p)
{
    return p->swept;
}

/* ---- pages into the store ----------------------------------------------------------------------
 */

int store_open(struct partition *p, bool *found, struct err *err)
{
    struct store *store = p->setup.store;
    struct store_checkpoint checkpoint = {.found = false};
    *found = false;
    if (store == NULL) {
        return 0; /* nothing but memory */
    }
    if (store->open(store->self, p->setup.number, &checkpoint, NULL, NULL, err) != 0) {
        return -1;
    }
    fault_reach(FAULT_CHECKPOINT_READ);
    if (checkpoint.found && header_decode(&p->header, checkpoint.header, p->partition_count,
                                          source_limit(p->partition_count), err) != 0) {
        return -1;
    }
    p->swept = !checkpoint.found;
    p->timers_to_ms = TIME_NONE;
    p->next_offset = checkpoint.w;
    *found = checkpoint.found;
    flush_start(p->flush, &checkpoint);
    partition_begin_batch(p, 0); /* a place where W may stand, from the first flush on */
    return 0;
}

void partition_begin_batch(struct partition *p, int64_t now_ms)
{
    p->now_ms = now_ms;
    if (p->setup.store != NULL) {
        buf_clear(&p->header_bytes);
        header_encode(&p->header, &p->header_bytes);
        flush_note_header(p->flush, p->next_offset, buf_str(&p->header_bytes));
        fault_reach(FAULT_HEADER_NOTED);
    }
}

void store_note_change(struct partition *p, struct page *page, uint64_t lsn)
{
    if (p->setup.store != NULL) {
        flush_note_change(p->flush, page, lsn, p->now_ms);
    }
}

void store_note_changed(struct partition *p, struct page *page)
{
    if (p->setup.store != NULL) {
        cache_weigh(p->cache, page);
    }
}

/* Pages do not rest where others need their room. */
int partition_push(struct partition *p, uint64_t acked_lsn, int64_t now_ms, enum flush_how how,
                   struct err *err)
{
    how = partition_is_over(p) ? FLUSH_ALL : how;
    int result = flush_push(p->flush, p->next_offset, acked_lsn, now_ms, how, err);
    evict_over(p);
    return result;
}

void partition_take_answer(struct partition *p, const struct store_answer *answer)
{
    if (answer->conflict) {
        p->conflict = true;
        fault_reach(FAULT_CONFLICT_MET);
    } else {
        flush_take_answer(p->flush, answer);
    }
}

bool partition_has_conflict(const struct partition *p)
{
    return p->conflict;
}

const struct flush *partition_flush_state(const struct partition *p)
{
    return p->flush;
}

/* Everything, and waits for it: a replay's end, where every output is out. */
int partition_flush(struct partition *p, struct err *err)
{
    struct store *store = p->setup.store;
    must(store != NULL);
    partition_begin_batch(p, p->now_ms);
    do {
        struct store_answer answer;
        int answered = 0;
        if (partition_push(p, lsn_of(p->next_offset, 0), p->now_ms, FLUSH_ALL, err) != 0) {
            return -1;
        }
        while ((answered = store->answer(store->self, &answer, STORE_ANSWER_MS, err)) > 0) {
            must(answer.partition == p->setup.number);
            partition_take_answer(p, &answer);
            if (p->conflict) {
                return err_set(err, ERR_OUTSIDE,
                               "partition %" PRIu32 ": somebody else wrote to the store meanwhile",
                               p->setup.number);
            }
        }
        if (answered < 0) {
            return -1;
        }
    } while (flush_waiting(p->flush) > 0);
    return 0;
}
