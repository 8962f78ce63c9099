/* test_flush_random.c - any order of changes, acknowledgements and answers: a recovery from each
 * state of the store finds everything. */
#include "engine/barrier.h"
#include "engine/base/mem.h"
#include "engine/flush.h"
#include "engine/frame.h"
#include "tests/unit/flush_owner.h"
#include "tests/unit/quiet_check.h"
#include "tests/unit/random_page.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        bool new = step->page == NO_PAGE || owner_visit(&w->o, step->page, step->lsn);
        if (new && step->sends) {
            step->open = true;
            step->ticket = barrier_open(&w->barrier, step->lsn);
        }
    }
    w->o.offset++;
    if (prng_chance(&w->rng, 50)) {
        owner_note_header(&w->o);
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
        owner_pay(wanted, step->lsn, &w->o.retention);
        if (step->lsn >= lsn_of(w->scripted->w, 0) && step->lsn >= applied) {
            owner_pay(got, step->lsn, &w->o.retention);
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
            (void)scripted_execute(w->scripted);
        } else {
            scripted_drop(w->scripted); /* lost; those after it meet a conflict */
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
    uint64_t acked = barrier_acked_lsn(&w->barrier, owner_all(&w->o));
    owner_push(&w->o, acked, prng_chance(&w->rng, 10) ? FLUSH_ALL : FLUSH_RESTED);
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
    owner_note_header(&w->o);
    for (int i = 0; i < 2; i++) {
        owner_push(&w->o, owner_all(&w->o), FLUSH_ALL);
        while (w->scripted->call_count > 0) {
            owner_answer(&w->o);
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
            owner_answer(&w->o);
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
    Suite *suite = suite_create("flush_random");
    TCase *tests = tcase_create("flush_random");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, every_answered_call_is_a_place_to_recover_from, 0, 12);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
