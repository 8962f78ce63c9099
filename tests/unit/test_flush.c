/* test_flush.c - what goes to the store, when, and that a recovery from there finds everything.
 *
 * The store here keeps calls until it is told to execute one, refuses or fails on demand. Pages are
 * real ones; a step gives its page one payment.
 */
#include "engine/barrier.h"
#include "engine/base/mem.h"
#include "engine/flush.h"
#include "engine/frame.h"
#include "tests/unit/quiet_check.h"
#include "tests/unit/random_page.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T0 INT64_C(1772416800000)
#define OWNER 77
#define REST_MS 200
#define EXPIRY_MS 1280000
#define PIECES_MAX 32 /* of one page */
#define PAGES_MAX 300
#define CALLS_KEPT 16

/* ---- the store ------------------------------------------------------------------------------ */

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

static size_t number_of(const struct token *token)
{
    uint64_t number;
    memcpy(&number, token->bytes + 8, sizeof number);
    ck_assert_uint_lt(number, PAGES_MAX);
    return (size_t)number;
}

static int take_call(void *self, const struct store_flush *call, struct err *err)
{
    struct scripted *s = self;
    if (s->fails) {
        return err_set(err, ERR_OUTSIDE, "the store is away");
    }
    ck_assert_uint_lt(s->call_count, CALLS_KEPT);
    struct call *kept = &s->calls[s->call_count++];
    *kept = (struct call){.expected = call->expected,
                          .next = call->next,
                          .w = call->w,
                          .piece_count = call->piece_count,
                          .timer_count = call->timer_count,
                          .removal_count = call->removal_count};
    if (call->timer_count > 0) {
        memcpy(kept->timers, call->timers, call->timer_count * sizeof *call->timers);
    }
    if (call->removal_count > 0) {
        memcpy(kept->removals, call->removals, call->removal_count * sizeof *call->removals);
    }
    kept->pieces = mem_alloc(call->piece_count + 1, sizeof *kept->pieces);
    buf_add_str(&kept->header, call->header);
    for (size_t i = 0; i < call->piece_count; i++) {
        kept->pieces[i] = call->pieces[i];
        buf_add_str(&kept->bytes, call->pieces[i].bytes);
    }
    const char *at = kept->bytes.at;
    for (size_t i = 0; i < call->piece_count; i++) {
        kept->pieces[i].bytes.at = at;
        at += kept->pieces[i].bytes.len;
    }
    s->taken++;
    return 0;
}

static void drop_call(struct scripted *s)
{
    mem_free(s->calls[0].pieces);
    buf_fini(&s->calls[0].header);
    buf_fini(&s->calls[0].bytes);
    s->call_count--;
    memmove(s->calls, s->calls + 1, s->call_count * sizeof s->calls[0]);
}

static void page_clear(struct stored_page *page)
{
    for (size_t i = 0; i < page->piece_count; i++) {
        buf_fini(&page->pieces[i].bytes);
    }
    page->piece_count = 0;
}

static struct stored_piece *find_piece(struct stored_page *page, const struct page_piece *piece)
{
    for (size_t i = 0; i < page->piece_count; i++) {
        if (page->pieces[i].piece.kind == piece->kind &&
            page->pieces[i].piece.number == piece->number) {
            return &page->pieces[i];
        }
    }
    return NULL;
}

/* One page of a call, from its head on; what is kept or removed must be there, and all that was
 * there must be named. Returns how many pieces it has. */
static size_t put_page(struct stored_page *page, const struct store_page_piece *pieces, size_t left)
{
    struct stored_page now = {.piece_count = 0};
    size_t named = 0;
    size_t i = 0;
    quiet_check(pieces[0].piece.kind == PAGE_PIECE_HEAD, "a page begins with its head");
    for (; i < left && (i == 0 || pieces[i].piece.kind != PAGE_PIECE_HEAD); i++) {
        struct stored_piece *old = find_piece(page, &pieces[i].piece);
        quiet_check(token_eq(&pieces[i].token, &pieces[0].token), "pieces of another page");
        quiet_check(pieces[i].what == STORE_WRITE || old != NULL, "kept or removed, not there");
        quiet_check(pieces[i].what == STORE_WRITE || pieces[i].bytes.len == 0, "bytes unwritten");
        named += old != NULL;
        if (pieces[i].what != STORE_REMOVE) {
            quiet_check(now.piece_count < PIECES_MAX, "too many pieces");
            struct stored_piece *put = &now.pieces[now.piece_count++];
            *put = (struct stored_piece){.piece = pieces[i].piece};
            buf_add_str(&put->bytes,
                        pieces[i].what == STORE_KEEP ? buf_str(&old->bytes) : pieces[i].bytes);
        }
    }
    quiet_check(named == page->piece_count, "a piece was forgotten");
    page_clear(page);
    *page = now;
    return i;
}

/* Executes the oldest call, as Redis would. */
static struct store_answer execute(struct scripted *s)
{
    ck_assert_uint_gt(s->call_count, 0);
    struct call *call = &s->calls[0];
    struct store_answer answer = {0, call->next, !store_seq_eq(&call->expected, &s->seq)};
    for (size_t i = 0; i < call->piece_count && !answer.conflict;) {
        i += put_page(&s->pages[number_of(&call->pieces[i].token)], call->pieces + i,
                      call->piece_count - i);
    }
    for (size_t i = 0; i < call->removal_count && !answer.conflict; i++) {
        struct stored_page *page = &s->pages[number_of(&call->removals[i])];
        quiet_check(page->piece_count == 1, "removed, and no head without chunks");
        page_clear(page);
    }
    if (!answer.conflict) {
        s->seq = call->next;
        s->w = call->w;
        buf_clear(&s->header);
        buf_add_str(&s->header, buf_str(&call->header));
    }
    drop_call(s);
    return answer;
}

static void scripted_end(struct scripted *s)
{
    while (s->call_count > 0) {
        drop_call(s);
    }
    for (size_t i = 0; i < PAGES_MAX; i++) {
        page_clear(&s->pages[i]);
    }
    buf_fini(&s->header);
    mem_free(s);
}

/* ---- an owner with pages -------------------------------------------------------------------- */

struct owner {
    struct scripted *scripted;
    struct store store;
    struct flush *flush;
    struct cache *cache;
    struct retention retention;
    uint64_t offset; /* of the next frame */
    int64_t now_ms;
};

static void note_header(struct owner *o)
{
    char text[24];
    (void)snprintf(text, sizeof text, "before %d", (int)o->offset);
    flush_note_header(o->flush, o->offset, str_of(text));
}

static void owner_open(struct owner *o, struct scripted *s, size_t bytes_max, size_t pages_max)
{
    *o = (struct owner){.scripted = s, .offset = s->w, .now_ms = 1000};
    o->store = (struct store){.self = s, .flush = take_call};
    for (int stream = 0; stream < STREAM_COUNT; stream++) {
        o->retention.stream[ENTITY_ACCOUNT][stream].records_max = 40;
        o->retention.stream[ENTITY_ACCOUNT][stream].age_max_ms = INT64_C(400) * 24 * 3600 * 1000;
    }
    o->retention.peers_max = 20;
    o->cache = cache_new();
    struct flush_setup setup = {.owner = OWNER,
                                .store = &o->store,
                                .cache = o->cache,
                                .expiry_ms = EXPIRY_MS,
                                .rest_ms = REST_MS,
                                .bytes_max = bytes_max,
                                .pages_max = pages_max};
    struct store_checkpoint checkpoint = {s->seq.number > 0, s->seq, s->w, buf_str(&s->header)};
    o->flush = flush_new(&setup);
    flush_start(o->flush, &checkpoint);
    note_header(o);
}

static void owner_close(struct owner *o)
{
    flush_free(o->flush);
    cache_free(o->cache);
}

static struct owner *begin(void)
{
    struct owner *o = mem_alloc(1, sizeof *o);
    owner_open(o, mem_alloc(1, sizeof *o->scripted), 1 << 20, 1000);
    return o;
}

static void end(struct owner *o)
{
    owner_close(o);
    scripted_end(o->scripted);
    mem_free(o);
}

/* One payment, which follows from the lsn alone. */
static void pay(struct page *page, uint64_t lsn, const struct retention *retention)
{
    uint64_t number = (lsn >> 24) + (lsn >> 12 & 0xfff);
    struct token token = random_peer_token(1 + number % 24);
    struct peer_draft peer = {&token, ENTITY_ACCOUNT, 6, "120***"};
    struct record draft = {.time_ms = T0 + (int64_t)(lsn >> 12),
                           .id = lsn,
                           .value = 100,
                           .member = RECORD_MEMBER_NONE};
    int stream = number & 1 ? STREAM_PAYMENT_IN : STREAM_PAYMENT_OUT;
    (void)page_add_record(page, stream, &draft, &peer, retention);
    page->applied_lsn = lsn + 1;
}

static struct page *page_at(struct owner *o, size_t number)
{
    struct token token = random_peer_token(number);
    struct page *page = cache_find(o->cache, &token);
    return page != NULL ? page : cache_add(o->cache, page_new(&token, ENTITY_ACCOUNT));
}

/* A visit of the page; true if the page did not include it already. */
static bool visit(struct owner *o, size_t number, uint64_t lsn)
{
    struct page *page = page_at(o, number);
    if (page->applied_lsn > lsn) {
        return false;
    }
    flush_note_change(o->flush, page, lsn, o->now_ms);
    pay(page, lsn, &o->retention);
    return true;
}

/* A frame with one visit. */
static uint64_t frame(struct owner *o, size_t number)
{
    uint64_t lsn = lsn_of(o->offset, 1);
    ck_assert(visit(o, number, lsn));
    o->offset++;
    note_header(o);
    return lsn;
}

static void push(struct owner *o, uint64_t acked_lsn, enum flush_how how)
{
    struct err err = {.code = ERR_NONE};
    ck_assert_msg(flush_push(o->flush, o->offset, acked_lsn, o->now_ms, how, &err) == 0, "%s",
                  err.text);
}

static uint64_t all(const struct owner *o)
{
    return lsn_of(o->offset, 0);
}

static void answer(struct owner *o)
{
    struct store_answer answer = execute(o->scripted);
    ck_assert(!answer.conflict);
    flush_take_answer(o->flush, &answer);
}

/* Pieces of the youngest call that are written, kept or removed, heads left out. */
static size_t count_of(const struct owner *o, enum store_what what)
{
    const struct call *call = &o->scripted->calls[o->scripted->call_count - 1];
    size_t count = 0;
    for (size_t i = 0; i < call->piece_count; i++) {
        count += call->pieces[i].what == what && call->pieces[i].piece.kind != PAGE_PIECE_HEAD;
    }
    return count;
}

static size_t heads_of(const struct call *call)
{
    size_t count = 0;
    for (size_t i = 0; i < call->piece_count; i++) {
        count += call->pieces[i].piece.kind == PAGE_PIECE_HEAD;
    }
    return count;
}

/* ---- one thing at a time -------------------------------------------------------------------- */

START_TEST(a_page_waits_for_its_step)
{
    static const struct {
        const char *name;
        uint64_t acked; /* the page has its last step in frame 1, index 1 */
        size_t pages;
    } rows[] = {
        {"the frame before waits", 0, 0},
        {"the clock of its frame waits", 1 << 24, 0},
        {"its step waits", (1 << 24) + (1 << 12), 0},
        {"the step after it waits", (1 << 24) + (2 << 12), 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct owner *o = begin();
        (void)frame(o, 0);
        (void)frame(o, 0);
        push(o, rows[i].acked, FLUSH_ALL);
        size_t pages = 0;
        for (size_t k = 0; k < o->scripted->call_count; k++) {
            pages += heads_of(&o->scripted->calls[k]);
        }
        ck_assert_msg(pages == rows[i].pages, "%s", rows[i].name);
        ck_assert_uint_eq(flush_waiting(o->flush) > 0, 1);
        end(o);
    }
}
END_TEST

START_TEST(w_stays_behind_what_waits)
{
    struct owner *o = begin();
    (void)frame(o, 0);
    (void)frame(o, 1);
    uint64_t waits = frame(o, 2);
    (void)frame(o, 3);
    push(o, waits, FLUSH_ALL); /* pages 0 and 1 may go, and W to their end */
    ck_assert_int_eq(o->scripted->taken, 1);
    ck_assert_uint_eq(heads_of(&o->scripted->calls[0]), 2);
    ck_assert_uint_eq(o->scripted->calls[0].w, 2);
    ck_assert_str_eq(buf_text(&o->scripted->calls[0].header), "before 2");
    ck_assert_uint_eq(flush_w(o->flush), 0); /* the store has not said so yet */
    answer(o);
    ck_assert_uint_eq(flush_w(o->flush), 2);
    push(o, all(o), FLUSH_ALL);
    answer(o);
    ck_assert_uint_eq(flush_w(o->flush), 4);
    ck_assert_uint_eq(flush_waiting(o->flush), 0);
    end(o);
}
END_TEST

/* Whoever needs the memory of a page asks this. */
START_TEST(all_of_a_page_is_sent_when_its_last_copy_is)
{
    struct owner *o = begin();
    uint64_t first = frame(o, 0);
    const struct page *page = page_at(o, 0);
    ck_assert(!flush_has_all(o->flush, page)); /* changed */
    ck_assert_uint_eq(flush_unsent(o->flush), 1);
    push(o, first, FLUSH_ALL);
    ck_assert(!flush_has_all(o->flush, page)); /* copied, behind the barrier */
    ck_assert_uint_eq(flush_unsent(o->flush), 1);
    (void)frame(o, 1);
    push(o, first + 1, FLUSH_ALL);
    ck_assert(flush_has_all(o->flush, page)); /* sent; the younger one waits */
    ck_assert(!flush_has_all(o->flush, page_at(o, 1)));
    (void)frame(o, 0);
    ck_assert(!flush_has_all(o->flush, page)); /* changed again */
    push(o, first + 1, FLUSH_ALL);
    ck_assert(!flush_has_all(o->flush, page));
    push(o, all(o), FLUSH_ALL);
    ck_assert(flush_has_all(o->flush, page));
    ck_assert(flush_has_all(o->flush, page_at(o, 1)));
    ck_assert_uint_eq(flush_unsent(o->flush), 0);
    flush_note_change(o->flush, page_at(o, 0), all(o), 0);
    page_forget(page_at(o, 0), all(o) + 1);
    o->offset++;
    push(o, all(o), FLUSH_ALL);
    ck_assert(!page->dirty && page_is_forgotten(page));
    ck_assert(!flush_has_all(o->flush, page)); /* the store is to be rid of it */
    end(o);
}
END_TEST

START_TEST(w_stays_behind_a_page_that_rests)
{
    struct owner *o = begin();
    (void)frame(o, 0);
    o->now_ms += REST_MS - 1;
    (void)frame(o, 1);
    push(o, all(o), FLUSH_RESTED);
    ck_assert_int_eq(o->scripted->taken, 0);
    o->now_ms++;
    push(o, all(o), FLUSH_RESTED);
    ck_assert_int_eq(o->scripted->taken, 1);
    ck_assert_uint_eq(heads_of(&o->scripted->calls[0]), 1);
    ck_assert_uint_eq(o->scripted->calls[0].w, 1);
    push(o, all(o), FLUSH_ALL); /* before a stop nothing rests */
    ck_assert_uint_eq(o->scripted->calls[1].w, 2);
    end(o);
}
END_TEST

START_TEST(w_alone_goes_now_and_then)
{
    struct owner *o = begin();
    for (int i = 0; i < REST_MS; i++) { /* ticks, one a millisecond */
        o->offset++;
        o->now_ms++;
        note_header(o);
        push(o, all(o), FLUSH_RESTED);
        while (o->scripted->call_count > 0) {
            answer(o);
        }
    }
    ck_assert_int_ge(o->scripted->taken, 1);
    ck_assert_int_le(o->scripted->taken, 2);
    int taken = o->scripted->taken;
    push(o, all(o), FLUSH_ALL);
    ck_assert_int_le(o->scripted->taken, taken + 1);
    while (o->scripted->call_count > 0) {
        answer(o);
    }
    ck_assert_uint_eq(flush_w(o->flush), REST_MS);
    taken = o->scripted->taken;
    push(o, all(o), FLUSH_ALL); /* nothing happened since */
    ck_assert_int_eq(o->scripted->taken, taken);
    end(o);
}
END_TEST

START_TEST(a_page_changed_after_its_copy_goes_again)
{
    struct owner *o = begin();
    uint64_t first = frame(o, 0);
    push(o, first, FLUSH_ALL); /* copied, held back */
    ck_assert_int_eq(o->scripted->taken, 0);
    uint64_t second = frame(o, 0);
    push(o, second, FLUSH_RESTED); /* the copy is older than the second step: it may go */
    ck_assert_int_eq(o->scripted->taken, 1);
    ck_assert_uint_eq(o->scripted->calls[0].w, 1);
    push(o, all(o), FLUSH_ALL);
    ck_assert_int_eq(o->scripted->taken, 2);
    ck_assert_uint_eq(heads_of(&o->scripted->calls[1]), 1);
    ck_assert_uint_eq(o->scripted->calls[1].w, 2);
    end(o);
}
END_TEST

START_TEST(only_what_changed_is_written)
{
    struct owner *o = begin();
    for (int i = 0; i < 40; i++) { /* 20 each way: 2 and 2 chunks, 2 of peers */
        (void)frame(o, 0);
    }
    push(o, all(o), FLUSH_ALL);
    ck_assert_uint_eq(count_of(o, STORE_WRITE), 6);
    answer(o);
    uint64_t lsn = lsn_of(o->offset, 1);
    flush_note_change(o->flush, page_at(o, 0), lsn, o->now_ms);
    page_at(o, 0)->applied_lsn = lsn + 1;
    o->offset++;
    note_header(o);
    push(o, all(o), FLUSH_ALL); /* the head alone */
    ck_assert_uint_eq(count_of(o, STORE_WRITE), 0);
    ck_assert_uint_eq(count_of(o, STORE_KEEP), 6);
    answer(o);
    (void)frame(o, 0);
    push(o, all(o), FLUSH_ALL); /* one chunk of records, one of peers */
    ck_assert_uint_eq(count_of(o, STORE_WRITE), 2);
    ck_assert_uint_eq(count_of(o, STORE_KEEP), 4);
    answer(o);
    size_t removed = 0;
    for (int i = 0; i < 100; i++) { /* beyond what is kept */
        (void)frame(o, 0);
        push(o, all(o), FLUSH_ALL);
        removed += count_of(o, STORE_REMOVE);
        answer(o);
    }
    ck_assert_uint_ge(removed, 1);
    end(o);
}
END_TEST

START_TEST(calls_have_at_most_256_pages)
{
    struct owner *o = begin();
    for (size_t i = 0; i < PAGES_MAX; i++) {
        (void)frame(o, i);
    }
    push(o, all(o), FLUSH_ALL);
    ck_assert_int_eq(o->scripted->taken, 2);
    ck_assert_uint_eq(heads_of(&o->scripted->calls[0]), FLUSH_PAGES_MAX);
    ck_assert_uint_eq(o->scripted->calls[0].w, FLUSH_PAGES_MAX);
    ck_assert_uint_eq(heads_of(&o->scripted->calls[1]), PAGES_MAX - FLUSH_PAGES_MAX);
    ck_assert_uint_eq(o->scripted->calls[1].w, PAGES_MAX);
    ck_assert(store_seq_eq(&o->scripted->calls[1].expected, &o->scripted->calls[0].next));
    end(o);
}
END_TEST

START_TEST(calls_have_at_most_256_kilobytes)
{
    struct owner *o = begin();
    size_t pages = 0;
    for (size_t i = 0; i < 100; i++) {
        for (int k = 0; k < 60; k++) {
            (void)frame(o, i);
        }
    }
    push(o, all(o), FLUSH_ALL);
    ck_assert_int_gt(o->scripted->taken, 1);
    for (size_t i = 0; i < o->scripted->call_count; i++) {
        ck_assert_uint_le(o->scripted->calls[i].bytes.len, FLUSH_BYTES_MAX);
        ck_assert_uint_lt(heads_of(&o->scripted->calls[i]), 100);
        pages += heads_of(&o->scripted->calls[i]);
    }
    ck_assert_uint_eq(pages, 100);
    end(o);
}
END_TEST

START_TEST(an_answer_tells_how_old_its_oldest_page_was)
{
    struct owner *o = begin();
    o->now_ms = 5000;
    (void)frame(o, 0);
    o->now_ms = 5100;
    (void)frame(o, 1);
    (void)frame(o, 0); /* it has waited since 5000 already */
    push(o, all(o), FLUSH_ALL);
    o->now_ms = 5300;
    (void)frame(o, 1);
    push(o, all(o), FLUSH_ALL);
    answer(o);
    ck_assert_int_eq(flush_answered_ms(o->flush), 5000);
    answer(o);
    ck_assert_int_eq(flush_answered_ms(o->flush), 5300);
    o->offset++;
    note_header(o);
    push(o, all(o), FLUSH_ALL); /* W alone */
    answer(o);
    ck_assert_int_eq(flush_answered_ms(o->flush), -1);
    end(o);
}
END_TEST

START_TEST(no_more_than_8_calls_without_an_answer)
{
    struct owner *o = begin();
    for (size_t i = 0; i < 12; i++) {
        (void)frame(o, i);
        push(o, all(o), FLUSH_ALL);
    }
    ck_assert_int_eq(o->scripted->taken, FLUSH_CALLS_MAX);
    answer(o);
    push(o, all(o), FLUSH_ALL);
    ck_assert_int_eq(o->scripted->taken, FLUSH_CALLS_MAX + 1);
    const struct call *last = &o->scripted->calls[FLUSH_CALLS_MAX - 1];
    ck_assert_uint_eq(heads_of(last), 4); /* what waited meanwhile, in one */
    ck_assert_uint_eq(last->w, 12);
    end(o);
}
END_TEST

START_TEST(full_by_pages_that_changed)
{
    struct owner *o = mem_alloc(1, sizeof *o);
    owner_open(o, mem_alloc(1, sizeof *o->scripted), 1 << 20, 3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert(!flush_is_full(o->flush));
        (void)frame(o, i);
        (void)frame(o, i);
    }
    ck_assert(flush_is_full(o->flush));
    push(o, all(o), FLUSH_ALL);
    ck_assert(!flush_is_full(o->flush));
    end(o);
}
END_TEST

START_TEST(full_by_copies_that_wait)
{
    struct owner *o = mem_alloc(1, sizeof *o);
    owner_open(o, mem_alloc(1, sizeof *o->scripted), 20000, 1000);
    while (!flush_is_full(o->flush) && o->offset < 10000) { /* the store and Kafka are away */
        (void)frame(o, o->offset % 5);
        o->now_ms += REST_MS;
        push(o, 0, FLUSH_RESTED);
    }
    ck_assert(flush_is_full(o->flush));
    for (size_t i = 0; i < PAGES_MAX; i++) { /* what is in hand yet */
        (void)frame(o, i);
    }
    o->now_ms += REST_MS;
    push(o, 0, FLUSH_RESTED);
    ck_assert_uint_lt(flush_bytes(o->flush), 2 * 20000);
    push(o, 0, FLUSH_ALL); /* nor does a stop copy more than the bound */
    ck_assert_uint_lt(flush_bytes(o->flush), 2 * 20000);
    while (flush_waiting(o->flush) > 0) {
        push(o, all(o), FLUSH_RESTED);
        answer(o);
    }
    ck_assert(!flush_is_full(o->flush));
    ck_assert_uint_eq(flush_bytes(o->flush), 0);
    end(o);
}
END_TEST

static void note_many_headers(struct owner *o, int count)
{
    for (int i = 0; i < count; i++) {
        o->offset++;
        note_header(o);
        o->now_ms += REST_MS;
        push(o, lsn_of(1000, 1), FLUSH_RESTED);
        while (o->scripted->call_count > 0) {
            answer(o);
        }
    }
}

/* One step without an acknowledgement, and batches that change nothing: their headers must not pile
 * up, and W must find one close to where it may stand. */
START_TEST(headers_do_not_pile_up)
{
    struct owner *o = begin();
    note_many_headers(o, 1000);
    ck_assert_uint_eq(flush_w(o->flush), 1000);
    note_many_headers(o, 5000);
    ck_assert_uint_le(flush_headers(o->flush), FLUSH_HEADERS_MAX);
    push(o, lsn_of(3500, 0), FLUSH_ALL);
    ck_assert_uint_le(o->scripted->calls[o->scripted->call_count - 1].w, 3500);
    ck_assert_uint_ge(o->scripted->calls[o->scripted->call_count - 1].w, 3300);
    push(o, all(o), FLUSH_ALL);
    ck_assert_uint_eq(o->scripted->calls[o->scripted->call_count - 1].w, 6000);
    end(o);
}
END_TEST

START_TEST(a_store_that_fails_says_so)
{
    struct owner *o = begin();
    struct err err = {.code = ERR_NONE};
    (void)frame(o, 0);
    o->scripted->fails = true;
    ck_assert_int_eq(flush_push(o->flush, o->offset, all(o), o->now_ms, FLUSH_ALL, &err), -1);
    ck_assert_str_eq(err.text, "the store is away");
    ck_assert_uint_gt(flush_waiting(o->flush), 0);
    ck_assert_uint_eq(flush_w(o->flush), 0);
    end(o);
}
END_TEST

START_TEST(sequences_name_owner_and_number)
{
    struct owner *o = begin();
    o->scripted->seq = (struct store_seq){5, 17}; /* another owner's content */
    struct store_checkpoint checkpoint = {true, o->scripted->seq, 0, STR("")};
    flush_start(o->flush, &checkpoint);
    for (uint64_t number = 1; number < 4; number++) {
        (void)frame(o, 0);
        push(o, all(o), FLUSH_ALL);
        ck_assert(store_seq_eq(&o->scripted->calls[0].expected, &o->scripted->seq));
        ck_assert_uint_eq(o->scripted->calls[0].next.owner, OWNER);
        ck_assert_uint_eq(o->scripted->calls[0].next.number, number);
        ck_assert(store_seq_eq(flush_seq(o->flush), &o->scripted->calls[0].next));
        answer(o);
    }
    end(o);
}
END_TEST

START_TEST(an_answer_out_of_turn_is_a_bug)
{
    struct owner *o = begin();
    (void)frame(o, 0);
    push(o, all(o), FLUSH_ALL);
    flush_take_answer(o->flush, &(struct store_answer){0, {OWNER, 2}, false});
}
END_TEST

/* ---- timers and tombstones ------------------------------------------------------------------ */

static const struct call *last_call(const struct owner *o)
{
    return &o->scripted->calls[o->scripted->call_count - 1];
}

START_TEST(a_timer_goes_when_it_is_another_one)
{
    static const struct {
        const char *name;
        int64_t newest_ms; /* of the page's events */
        size_t timers;
        int64_t due_ms;
    } rows[] = {
        {"the first", T0, 1, T0 + EXPIRY_MS},
        {"no other event", T0, 0, 0},
        {"another one within the same step", T0 - 1000, 0, 0},
        {"the next step", T0 + 1, 1, T0 + EXPIRY_MS + 10000},
    };
    struct owner *o = begin();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)frame(o, 0);
        page_at(o, 0)->newest_judged_ms = rows[i].newest_ms;
        push(o, all(o), FLUSH_ALL);
        ck_assert_msg(last_call(o)->timer_count == rows[i].timers, "%s", rows[i].name);
        if (rows[i].timers > 0) {
            ck_assert_msg(last_call(o)->timers[0].due_ms == rows[i].due_ms, "%s", rows[i].name);
            ck_assert(token_eq(&last_call(o)->timers[0].token, &page_at(o, 0)->token));
        }
        answer(o);
    }
    end(o);
}
END_TEST

/* As the clock step of a frame does it. */
static void forget(struct owner *o, size_t number, uint64_t lsn)
{
    struct page *page = page_at(o, number);
    flush_note_change(o->flush, page, lsn, o->now_ms);
    page_forget(page, lsn + 1);
}

START_TEST(tombstones_go_by_256_and_not_with_a_call_that_failed)
{
    struct owner *o = begin();
    struct err err = {.code = ERR_NONE};
    for (size_t i = 0; i < PAGES_MAX; i++) {
        (void)frame(o, i);
        page_at(o, i)->newest_judged_ms = T0;
    }
    push(o, all(o), FLUSH_ALL);
    answer(o);
    answer(o);
    uint64_t clock_step = lsn_of(o->offset, 0);
    for (size_t i = 0; i < PAGES_MAX; i++) {
        forget(o, i, clock_step);
    }
    o->offset++;
    push(o, all(o), FLUSH_ALL); /* no header after the step: W cannot pass it */
    ck_assert_uint_eq(o->scripted->call_count, 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(o->scripted->calls[0].removal_count, 0);
        ck_assert_uint_eq(o->scripted->calls[0].timer_count, heads_of(&o->scripted->calls[0]));
        ck_assert_int_eq(o->scripted->calls[0].timers[0].due_ms, TIME_NEVER);
        answer(o);
    }
    ck_assert_uint_eq(flush_waiting(o->flush), 0);
    note_header(o);
    o->scripted->fails = true;
    ck_assert_int_eq(flush_push(o->flush, o->offset, all(o), o->now_ms, FLUSH_ALL, &err), -1);
    ck_assert_uint_eq(cache_count(o->cache), PAGES_MAX);
    ck_assert_uint_gt(flush_waiting(o->flush), 0);
    o->scripted->fails = false;
    push(o, all(o), FLUSH_ALL);
    ck_assert_uint_eq(o->scripted->call_count, 2);
    ck_assert_uint_eq(o->scripted->calls[0].removal_count, FLUSH_PAGES_MAX);
    ck_assert_uint_eq(o->scripted->calls[1].removal_count, PAGES_MAX - FLUSH_PAGES_MAX);
    ck_assert_uint_eq(cache_count(o->cache), 0);
    answer(o);
    answer(o);
    for (size_t i = 0; i < PAGES_MAX; i++) {
        ck_assert_uint_eq(o->scripted->pages[i].piece_count, 0);
    }
    ck_assert_uint_eq(flush_waiting(o->flush), 0);
    end(o);
}
END_TEST

/* ---- any order of changes, acknowledgements and answers ------------------------------------- */

#define LOG_PAGES 12
#define LOG_STEPS_MAX 4096
#define FRAME_STEPS_MAX 5
#define NO_PAGE LOG_PAGES /* a receipt: an output that belongs to no page */

struct step {
    uint64_t lsn;
    uint8_t page;
    bool sends; /* has an output */
    bool open;  /* which is not acknowledged */
    uint64_t ticket;
};

struct world {
    struct prng rng;
    struct owner o;
    struct scripted *scripted;
    struct barrier barrier;
    struct step log[LOG_STEPS_MAX]; /* written once, read again after a recovery */
    size_t log_count;
    uint64_t frames;
    size_t next; /* in the log */
    int seed;
};

static void write_frame(struct world *w)
{
    uint32_t steps = prng_below(&w->rng, FRAME_STEPS_MAX + 1);
    for (uint32_t i = 0; i < steps && w->log_count < LOG_STEPS_MAX; i++) {
        uint32_t page =
            prng_chance(&w->rng, 40) ? 0 : prng_below(&w->rng, LOG_PAGES); /* 0 is hot */
        page = prng_chance(&w->rng, 5) ? NO_PAGE : page;
        w->log[w->log_count++] = (struct step){.lsn = lsn_of(w->frames, i + 1),
                                               .page = (uint8_t)page,
                                               .sends = prng_chance(&w->rng, 50)};
    }
    w->frames++;
}

/* Reads one frame of the log, or writes it first. */
static void take_frame(struct world *w)
{
    if (w->o.offset == w->frames) {
        write_frame(w);
    }
    for (; w->next < w->log_count && w->log[w->next].lsn >> 24 == w->o.offset; w->next++) {
        struct step *step = &w->log[w->next];
        bool new = step->page == NO_PAGE || visit(&w->o, step->page, step->lsn);
        if (new && step->sends) {
            step->open = true;
            step->ticket = barrier_open(&w->barrier, step->lsn);
        }
    }
    w->o.offset++;
    if (prng_chance(&w->rng, 50)) {
        note_header(&w->o);
    }
}

static void acknowledge(struct world *w)
{
    size_t first = w->next > 20 ? w->next - 20 : 0;
    for (size_t i = prng_chance(&w->rng, 10) ? 0 : first; i < w->next; i++) {
        if (w->log[i].open && prng_chance(&w->rng, 30)) {
            w->log[i].open = false;
            barrier_close(&w->barrier, w->log[i].ticket);
        }
    }
}

/* The page as the store has it, or NULL; with its marks if it is to live on. */
static struct page *read_page(struct stored_page *stored)
{
    struct err err = {.code = ERR_NONE};
    if (stored->piece_count == 0) {
        return NULL;
    }
    struct page_decoder *decoder = page_decode_begin();
    for (size_t i = 0; i < stored->piece_count; i++) {
        int result = page_decode_piece(decoder, &stored->pieces[i].piece,
                                       buf_str(&stored->pieces[i].bytes), &err);
        quiet_check(result == 0, "%s", err.text);
    }
    struct page *page = page_decode_end(decoder, &err);
    quiet_check(page != NULL, "%s", err.text);
    for (size_t i = 1; i < stored->piece_count; i++) {
        struct page_mark mark =
            flush_mark_of(&stored->pieces[i].piece, buf_str(&stored->pieces[i].bytes));
        flush_keep_mark(page, &mark);
    }
    return page;
}

static void add_bytes(void *context, const struct page_piece *piece, struct str bytes)
{
    buf_add(context, &piece->kind, sizeof piece->kind);
    buf_add(context, &piece->number, sizeof piece->number);
    buf_add_str(context, bytes);
}

/* What one page says of the store's content: its outputs are out, and from W on the log makes of it
 * what the log from its start does. */
static void check_page(struct world *w, uint8_t number, size_t log_end)
{
    struct token token = random_peer_token(number);
    struct page *wanted = page_new(&token, ENTITY_ACCOUNT);
    struct page *got = read_page(&w->scripted->pages[number]);
    struct buf wanted_bytes = {0};
    struct buf got_bytes = {0};
    got = got != NULL ? got : page_new(&token, ENTITY_ACCOUNT);
    uint64_t applied = got->applied_lsn;
    for (size_t i = 0; i < log_end; i++) {
        const struct step *step = &w->log[i];
        quiet_check(step->page != number || step->lsn >= applied || !step->open,
                    "seed %d: page %d is in the store before its outputs are out", w->seed, number);
        if (step->page != number) {
            continue;
        }
        pay(wanted, step->lsn, &w->o.retention);
        if (step->lsn >= lsn_of(w->scripted->w, 0) && step->lsn >= applied) {
            pay(got, step->lsn, &w->o.retention);
        }
    }
    page_encode(wanted, add_bytes, &wanted_bytes);
    page_encode(got, add_bytes, &got_bytes);
    quiet_check(str_eq(buf_str(&wanted_bytes), buf_str(&got_bytes)),
                "seed %d: page %d differs after a recovery from %d", w->seed, number,
                (int)w->scripted->w);
    buf_fini(&wanted_bytes);
    buf_fini(&got_bytes);
    page_free(wanted);
    page_free(got);
}

static void check_content(struct world *w)
{
    char header[24];
    (void)snprintf(header, sizeof header, "before %d", (int)w->scripted->w);
    quiet_check(strcmp(buf_text(&w->scripted->header), header) == 0, "seed %d: %s, not %s", w->seed,
                buf_text(&w->scripted->header), header);
    for (size_t i = 0; i < w->log_count; i++) {
        quiet_check(!w->log[i].open || w->log[i].lsn >= lsn_of(w->scripted->w, 0),
                    "seed %d: W %d is past a step without its acknowledgement", w->seed,
                    (int)w->scripted->w);
    }
    for (uint8_t number = 0; number < LOG_PAGES; number++) {
        check_page(w, number, w->log_count);
    }
}

/* The owner dies with its calls and what was not acknowledged; the next one goes on from the store.
 */
static void recover(struct world *w)
{
    while (w->scripted->call_count > 0) { /* some arrived all the same */
        if (prng_chance(&w->rng, 50)) {
            (void)execute(w->scripted);
        } else {
            drop_call(w->scripted); /* lost; those after it meet a conflict */
        }
    }
    owner_close(&w->o);
    barrier_fini(&w->barrier);
    for (size_t i = 0; i < w->log_count; i++) {
        w->log[i].open = false;
    }
    owner_open(&w->o, w->scripted, 1 << 20, 1000);
    for (w->next = 0; w->next < w->log_count && w->log[w->next].lsn < lsn_of(w->scripted->w, 0);) {
        w->next++;
    }
    for (size_t number = 0; number < LOG_PAGES; number++) {
        struct page *page = read_page(&w->scripted->pages[number]);
        if (page != NULL) {
            flush_note_read(w->o.flush, cache_add(w->o.cache, page));
        }
    }
}

static void push_some(struct world *w)
{
    uint64_t acked = barrier_acked_lsn(&w->barrier, all(&w->o));
    push(&w->o, acked, prng_chance(&w->rng, 10) ? FLUSH_ALL : FLUSH_RESTED);
}

/* Everything acknowledged, pushed and answered: then the store has all of it. */
static void settle(struct world *w)
{
    for (size_t i = 0; i < w->log_count; i++) {
        if (w->log[i].open) {
            w->log[i].open = false;
            barrier_close(&w->barrier, w->log[i].ticket);
        }
    }
    note_header(&w->o);
    for (int i = 0; i < 2; i++) {
        push(&w->o, all(&w->o), FLUSH_ALL);
        while (w->scripted->call_count > 0) {
            answer(&w->o);
            check_content(w);
        }
    }
    quiet_check(flush_waiting(w->o.flush) == 0, "seed %d: something still waits", w->seed);
    quiet_check(w->scripted->w == w->o.offset, "seed %d: W is not at the end", w->seed);
}

START_TEST(every_answered_call_is_a_place_to_recover_from)
{
    struct world *w = mem_alloc(1, sizeof *w);
    w->seed = _i;
    w->rng = prng_seed((uint64_t)_i, "flush");
    w->scripted = mem_alloc(1, sizeof *w->scripted);
    owner_open(&w->o, w->scripted, 1 << 20, 1000);
    uint32_t answers = 5 + prng_below(&w->rng, 60); /* percent: a slow store, or a quick one */
    for (int i = 0; i < 800; i++) {
        w->o.now_ms += prng_below(&w->rng, REST_MS / 4);
        take_frame(w);
        acknowledge(w);
        if (prng_chance(&w->rng, 60)) {
            push_some(w);
        }
        while (w->scripted->call_count > 0 && prng_chance(&w->rng, answers)) {
            answer(&w->o);
            check_content(w);
        }
        if (prng_chance(&w->rng, 1)) {
            recover(w);
        }
    }
    while (w->next < w->log_count) {
        take_frame(w);
    }
    settle(w);
    owner_close(&w->o);
    barrier_fini(&w->barrier);
    scripted_end(w->scripted);
    mem_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("flush");
    TCase *tests = tcase_create("flush");
    tcase_add_test(tests, a_page_waits_for_its_step);
    tcase_add_test(tests, w_stays_behind_what_waits);
    tcase_add_test(tests, all_of_a_page_is_sent_when_its_last_copy_is);
    tcase_add_test(tests, w_stays_behind_a_page_that_rests);
    tcase_add_test(tests, w_alone_goes_now_and_then);
    tcase_add_test(tests, a_page_changed_after_its_copy_goes_again);
    tcase_add_test(tests, only_what_changed_is_written);
    tcase_add_test(tests, calls_have_at_most_256_pages);
    tcase_add_test(tests, calls_have_at_most_256_kilobytes);
    tcase_add_test(tests, no_more_than_8_calls_without_an_answer);
    tcase_add_test(tests, an_answer_tells_how_old_its_oldest_page_was);
    tcase_add_test(tests, full_by_pages_that_changed);
    tcase_add_test(tests, full_by_copies_that_wait);
    tcase_add_test(tests, headers_do_not_pile_up);
    tcase_add_test(tests, a_store_that_fails_says_so);
    tcase_add_test(tests, sequences_name_owner_and_number);
    tcase_add_test(tests, a_timer_goes_when_it_is_another_one);
    tcase_add_test(tests, tombstones_go_by_256_and_not_with_a_call_that_failed);
    tcase_add_test_raise_signal(tests, an_answer_out_of_turn_is_a_bug, SIGABRT);
    suite_add_tcase(suite, tests);
    TCase *random = tcase_create("random");
    tcase_set_timeout(random, 60);
    tcase_add_loop_test(random, every_answered_call_is_a_place_to_recover_from, 0, 12);
    suite_add_tcase(suite, random);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
