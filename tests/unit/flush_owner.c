#include "tests/unit/flush_owner.h"

#include "engine/base/mem.h"
#include "engine/frame.h"
#include "tests/unit/quiet_check.h"
#include "tests/unit/random_page.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

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

void scripted_drop(struct scripted *s)
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

struct store_answer scripted_execute(struct scripted *s)
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
    scripted_drop(s);
    return answer;
}

void scripted_end(struct scripted *s)
{
    while (s->call_count > 0) {
        scripted_drop(s);
    }
    for (size_t i = 0; i < PAGES_MAX; i++) {
        page_clear(&s->pages[i]);
    }
    buf_fini(&s->header);
    mem_free(s);
}

void owner_note_header(struct owner *o)
{
    char text[24];
    (void)snprintf(text, sizeof text, "before %d", (int)o->offset);
    flush_note_header(o->flush, o->offset, str_of(text));
}

void owner_open(struct owner *o, struct scripted *s, size_t bytes_max, size_t pages_max)
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
    owner_note_header(o);
}

void owner_close(struct owner *o)
{
    flush_free(o->flush);
    cache_free(o->cache);
}

struct owner *owner_begin(void)
{
    struct owner *o = mem_alloc(1, sizeof *o);
    owner_open(o, mem_alloc(1, sizeof *o->scripted), 1 << 20, 1000);
    return o;
}

void owner_end(struct owner *o)
{
    owner_close(o);
    scripted_end(o->scripted);
    mem_free(o);
}

void owner_pay(struct page *page, uint64_t lsn, const struct retention *retention)
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

struct page *owner_page(struct owner *o, size_t number)
{
    struct token token = random_peer_token(number);
    struct page *page = cache_find(o->cache, &token);
    return page != NULL ? page : cache_add(o->cache, page_new(&token, ENTITY_ACCOUNT));
}

bool owner_visit(struct owner *o, size_t number, uint64_t lsn)
{
    struct page *page = owner_page(o, number);
    if (page->applied_lsn > lsn) {
        return false;
    }
    flush_note_change(o->flush, page, lsn, o->now_ms);
    owner_pay(page, lsn, &o->retention);
    return true;
}

uint64_t owner_frame(struct owner *o, size_t number)
{
    uint64_t lsn = lsn_of(o->offset, 1);
    ck_assert(owner_visit(o, number, lsn));
    o->offset++;
    owner_note_header(o);
    return lsn;
}

void owner_push(struct owner *o, uint64_t acked_lsn, enum flush_how how)
{
    struct err err = {.code = ERR_NONE};
    ck_assert_msg(flush_push(o->flush, o->offset, acked_lsn, o->now_ms, how, &err) == 0, "%s",
                  err.text);
}

uint64_t owner_all(const struct owner *o)
{
    return lsn_of(o->offset, 0);
}

void owner_answer(struct owner *o)
{
    struct store_answer answer = scripted_execute(o->scripted);
    ck_assert(!answer.conflict);
    flush_take_answer(o->flush, &answer);
}

size_t owner_pieces(const struct owner *o, enum store_what what)
{
    const struct call *call = &o->scripted->calls[o->scripted->call_count - 1];
    size_t count = 0;
    for (size_t i = 0; i < call->piece_count; i++) {
        count += call->pieces[i].what == what && call->pieces[i].piece.kind != PAGE_PIECE_HEAD;
    }
    return count;
}

size_t call_heads(const struct call *call)
{
    size_t count = 0;
    for (size_t i = 0; i < call->piece_count; i++) {
        count += call->pieces[i].piece.kind == PAGE_PIECE_HEAD;
    }
    return count;
}
