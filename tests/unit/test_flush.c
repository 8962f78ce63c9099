/* test_flush.c - what goes to the store and when, one thing at a time. */
#include "engine/flush.h"

#include "engine/base/mem.h"
#include "engine/frame.h"
#include "tests/unit/flush_owner.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>

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
        struct owner *o = owner_begin();
        (void)owner_frame(o, 0);
        (void)owner_frame(o, 0);
        owner_push(o, rows[i].acked, FLUSH_ALL);
        size_t pages = 0;
        for (size_t k = 0; k < o->scripted->call_count; k++) {
            pages += call_heads(&o->scripted->calls[k]);
        }
        ck_assert_msg(pages == rows[i].pages, "%s", rows[i].name);
        ck_assert_uint_eq(flush_waiting(o->flush) > 0, 1);
        owner_end(o);
    }
}
END_TEST

START_TEST(w_stays_behind_what_waits)
{
    struct owner *o = owner_begin();
    (void)owner_frame(o, 0);
    (void)owner_frame(o, 1);
    uint64_t waits = owner_frame(o, 2);
    (void)owner_frame(o, 3);
    owner_push(o, waits, FLUSH_ALL); /* pages 0 and 1 may go, and W to their end */
    ck_assert_int_eq(o->scripted->taken, 1);
    ck_assert_uint_eq(call_heads(&o->scripted->calls[0]), 2);
    ck_assert_uint_eq(o->scripted->calls[0].w, 2);
    ck_assert_str_eq(buf_text(&o->scripted->calls[0].header), "before 2");
    ck_assert_uint_eq(flush_w(o->flush), 0); /* the store has not said so yet */
    owner_answer(o);
    ck_assert_uint_eq(flush_w(o->flush), 2);
    owner_push(o, owner_all(o), FLUSH_ALL);
    owner_answer(o);
    ck_assert_uint_eq(flush_w(o->flush), 4);
    ck_assert_uint_eq(flush_waiting(o->flush), 0);
    owner_end(o);
}
END_TEST

/* Whoever needs the memory of a page asks this. */
START_TEST(all_of_a_page_is_sent_when_its_last_copy_is)
{
    struct owner *o = owner_begin();
    uint64_t first = owner_frame(o, 0);
    const struct page *page = owner_page(o, 0);
    ck_assert(!flush_has_all(o->flush, page)); /* changed */
    ck_assert_uint_eq(flush_unsent(o->flush), 1);
    owner_push(o, first, FLUSH_ALL);
    ck_assert(!flush_has_all(o->flush, page)); /* copied, behind the barrier */
    ck_assert_uint_eq(flush_unsent(o->flush), 1);
    (void)owner_frame(o, 1);
    owner_push(o, first + 1, FLUSH_ALL);
    ck_assert(flush_has_all(o->flush, page)); /* sent; the younger one waits */
    ck_assert(!flush_has_all(o->flush, owner_page(o, 1)));
    (void)owner_frame(o, 0);
    ck_assert(!flush_has_all(o->flush, page)); /* changed again */
    owner_push(o, first + 1, FLUSH_ALL);
    ck_assert(!flush_has_all(o->flush, page));
    owner_push(o, owner_all(o), FLUSH_ALL);
    ck_assert(flush_has_all(o->flush, page));
    ck_assert(flush_has_all(o->flush, owner_page(o, 1)));
    ck_assert_uint_eq(flush_unsent(o->flush), 0);
    flush_note_change(o->flush, owner_page(o, 0), owner_all(o), 0);
    page_forget(owner_page(o, 0), owner_all(o) + 1);
    o->offset++;
    owner_push(o, owner_all(o), FLUSH_ALL);
    ck_assert(!page->dirty && page_is_forgotten(page));
    ck_assert(!flush_has_all(o->flush, page)); /* the store is to be rid of it */
    owner_end(o);
}
END_TEST

START_TEST(w_stays_behind_a_page_that_rests)
{
    struct owner *o = owner_begin();
    (void)owner_frame(o, 0);
    o->now_ms += REST_MS - 1;
    (void)owner_frame(o, 1);
    owner_push(o, owner_all(o), FLUSH_RESTED);
    ck_assert_int_eq(o->scripted->taken, 0);
    o->now_ms++;
    owner_push(o, owner_all(o), FLUSH_RESTED);
    ck_assert_int_eq(o->scripted->taken, 1);
    ck_assert_uint_eq(call_heads(&o->scripted->calls[0]), 1);
    ck_assert_uint_eq(o->scripted->calls[0].w, 1);
    owner_push(o, owner_all(o), FLUSH_ALL); /* before a stop nothing rests */
    ck_assert_uint_eq(o->scripted->calls[1].w, 2);
    owner_end(o);
}
END_TEST

START_TEST(w_alone_goes_now_and_then)
{
    struct owner *o = owner_begin();
    for (int i = 0; i < REST_MS; i++) { /* ticks, one a millisecond */
        o->offset++;
        o->now_ms++;
        owner_note_header(o);
        owner_push(o, owner_all(o), FLUSH_RESTED);
        while (o->scripted->call_count > 0) {
            owner_answer(o);
        }
    }
    ck_assert_int_ge(o->scripted->taken, 1);
    ck_assert_int_le(o->scripted->taken, 2);
    int taken = o->scripted->taken;
    owner_push(o, owner_all(o), FLUSH_ALL);
    ck_assert_int_le(o->scripted->taken, taken + 1);
    while (o->scripted->call_count > 0) {
        owner_answer(o);
    }
    ck_assert_uint_eq(flush_w(o->flush), REST_MS);
    taken = o->scripted->taken;
    owner_push(o, owner_all(o), FLUSH_ALL); /* nothing happened since */
    ck_assert_int_eq(o->scripted->taken, taken);
    owner_end(o);
}
END_TEST

START_TEST(a_page_changed_after_its_copy_goes_again)
{
    struct owner *o = owner_begin();
    uint64_t first = owner_frame(o, 0);
    owner_push(o, first, FLUSH_ALL); /* copied, held back */
    ck_assert_int_eq(o->scripted->taken, 0);
    uint64_t second = owner_frame(o, 0);
    owner_push(o, second, FLUSH_RESTED); /* the copy is older than the second step: it may go */
    ck_assert_int_eq(o->scripted->taken, 1);
    ck_assert_uint_eq(o->scripted->calls[0].w, 1);
    owner_push(o, owner_all(o), FLUSH_ALL);
    ck_assert_int_eq(o->scripted->taken, 2);
    ck_assert_uint_eq(call_heads(&o->scripted->calls[1]), 1);
    ck_assert_uint_eq(o->scripted->calls[1].w, 2);
    owner_end(o);
}
END_TEST

START_TEST(only_what_changed_is_written)
{
    struct owner *o = owner_begin();
    for (int i = 0; i < 40; i++) { /* 20 each way: 2 and 2 chunks, 2 of peers */
        (void)owner_frame(o, 0);
    }
    owner_push(o, owner_all(o), FLUSH_ALL);
    ck_assert_uint_eq(owner_pieces(o, STORE_WRITE), 6);
    owner_answer(o);
    uint64_t lsn = lsn_of(o->offset, 1);
    flush_note_change(o->flush, owner_page(o, 0), lsn, o->now_ms);
    owner_page(o, 0)->applied_lsn = lsn + 1;
    o->offset++;
    owner_note_header(o);
    owner_push(o, owner_all(o), FLUSH_ALL); /* the head alone */
    ck_assert_uint_eq(owner_pieces(o, STORE_WRITE), 0);
    ck_assert_uint_eq(owner_pieces(o, STORE_KEEP), 6);
    owner_answer(o);
    (void)owner_frame(o, 0);
    owner_push(o, owner_all(o), FLUSH_ALL); /* one chunk of records, one of peers */
    ck_assert_uint_eq(owner_pieces(o, STORE_WRITE), 2);
    ck_assert_uint_eq(owner_pieces(o, STORE_KEEP), 4);
    owner_answer(o);
    size_t removed = 0;
    for (int i = 0; i < 100; i++) { /* beyond what is kept */
        (void)owner_frame(o, 0);
        owner_push(o, owner_all(o), FLUSH_ALL);
        removed += owner_pieces(o, STORE_REMOVE);
        owner_answer(o);
    }
    ck_assert_uint_ge(removed, 1);
    owner_end(o);
}
END_TEST

START_TEST(calls_have_at_most_256_pages)
{
    struct owner *o = owner_begin();
    for (size_t i = 0; i < PAGES_MAX; i++) {
        (void)owner_frame(o, i);
    }
    owner_push(o, owner_all(o), FLUSH_ALL);
    ck_assert_int_eq(o->scripted->taken, 2);
    ck_assert_uint_eq(call_heads(&o->scripted->calls[0]), FLUSH_PAGES_MAX);
    ck_assert_uint_eq(o->scripted->calls[0].w, FLUSH_PAGES_MAX);
    ck_assert_uint_eq(call_heads(&o->scripted->calls[1]), PAGES_MAX - FLUSH_PAGES_MAX);
    ck_assert_uint_eq(o->scripted->calls[1].w, PAGES_MAX);
    ck_assert(store_seq_eq(&o->scripted->calls[1].expected, &o->scripted->calls[0].next));
    owner_end(o);
}
END_TEST

START_TEST(calls_have_at_most_256_kilobytes)
{
    struct owner *o = owner_begin();
    size_t pages = 0;
    for (size_t i = 0; i < 100; i++) {
        for (int k = 0; k < 60; k++) {
            (void)owner_frame(o, i);
        }
    }
    owner_push(o, owner_all(o), FLUSH_ALL);
    ck_assert_int_gt(o->scripted->taken, 1);
    for (size_t i = 0; i < o->scripted->call_count; i++) {
        ck_assert_uint_le(o->scripted->calls[i].bytes.len, FLUSH_BYTES_MAX);
        ck_assert_uint_lt(call_heads(&o->scripted->calls[i]), 100);
        pages += call_heads(&o->scripted->calls[i]);
    }
    ck_assert_uint_eq(pages, 100);
    owner_end(o);
}
END_TEST

START_TEST(an_answer_tells_how_old_its_oldest_page_was)
{
    struct owner *o = owner_begin();
    o->now_ms = 5000;
    (void)owner_frame(o, 0);
    o->now_ms = 5100;
    (void)owner_frame(o, 1);
    (void)owner_frame(o, 0); /* it has waited since 5000 already */
    owner_push(o, owner_all(o), FLUSH_ALL);
    o->now_ms = 5300;
    (void)owner_frame(o, 1);
    owner_push(o, owner_all(o), FLUSH_ALL);
    owner_answer(o);
    ck_assert_int_eq(flush_answered_ms(o->flush), 5000);
    owner_answer(o);
    ck_assert_int_eq(flush_answered_ms(o->flush), 5300);
    o->offset++;
    owner_note_header(o);
    owner_push(o, owner_all(o), FLUSH_ALL); /* W alone */
    owner_answer(o);
    ck_assert_int_eq(flush_answered_ms(o->flush), -1);
    owner_end(o);
}
END_TEST

START_TEST(no_more_than_8_calls_without_an_answer)
{
    struct owner *o = owner_begin();
    for (size_t i = 0; i < 12; i++) {
        (void)owner_frame(o, i);
        owner_push(o, owner_all(o), FLUSH_ALL);
    }
    ck_assert_int_eq(o->scripted->taken, FLUSH_CALLS_MAX);
    owner_answer(o);
    owner_push(o, owner_all(o), FLUSH_ALL);
    ck_assert_int_eq(o->scripted->taken, FLUSH_CALLS_MAX + 1);
    const struct call *last = &o->scripted->calls[FLUSH_CALLS_MAX - 1];
    ck_assert_uint_eq(call_heads(last), 4); /* what waited meanwhile, in one */
    ck_assert_uint_eq(last->w, 12);
    owner_end(o);
}
END_TEST

START_TEST(full_by_pages_that_changed)
{
    struct owner *o = mem_alloc(1, sizeof *o);
    owner_open(o, mem_alloc(1, sizeof *o->scripted), 1 << 20, 3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert(!flush_is_full(o->flush));
        (void)owner_frame(o, i);
        (void)owner_frame(o, i);
    }
    ck_assert(flush_is_full(o->flush));
    owner_push(o, owner_all(o), FLUSH_ALL);
    ck_assert(!flush_is_full(o->flush));
    owner_end(o);
}
END_TEST

START_TEST(full_by_copies_that_wait)
{
    struct owner *o = mem_alloc(1, sizeof *o);
    owner_open(o, mem_alloc(1, sizeof *o->scripted), 20000, 1000);
    while (!flush_is_full(o->flush) && o->offset < 10000) { /* the store and Kafka are away */
        (void)owner_frame(o, o->offset % 5);
        o->now_ms += REST_MS;
        owner_push(o, 0, FLUSH_RESTED);
    }
    ck_assert(flush_is_full(o->flush));
    for (size_t i = 0; i < PAGES_MAX; i++) { /* what is in hand yet */
        (void)owner_frame(o, i);
    }
    o->now_ms += REST_MS;
    owner_push(o, 0, FLUSH_RESTED);
    ck_assert_uint_lt(flush_bytes(o->flush), 2 * 20000);
    owner_push(o, 0, FLUSH_ALL); /* nor does a stop copy more than the bound */
    ck_assert_uint_lt(flush_bytes(o->flush), 2 * 20000);
    while (flush_waiting(o->flush) > 0) {
        owner_push(o, owner_all(o), FLUSH_RESTED);
        owner_answer(o);
    }
    ck_assert(!flush_is_full(o->flush));
    ck_assert_uint_eq(flush_bytes(o->flush), 0);
    owner_end(o);
}
END_TEST

static void note_many_headers(struct owner *o, int count)
{
    for (int i = 0; i < count; i++) {
        o->offset++;
        owner_note_header(o);
        o->now_ms += REST_MS;
        owner_push(o, lsn_of(1000, 1), FLUSH_RESTED);
        while (o->scripted->call_count > 0) {
            owner_answer(o);
        }
    }
}

/* One step without an acknowledgement, and batches that change nothing: their headers must not pile
 * up, and W must find one close to where it may stand. */
START_TEST(headers_do_not_pile_up)
{
    struct owner *o = owner_begin();
    note_many_headers(o, 1000);
    ck_assert_uint_eq(flush_w(o->flush), 1000);
    note_many_headers(o, 5000);
    ck_assert_uint_le(flush_headers(o->flush), FLUSH_HEADERS_MAX);
    owner_push(o, lsn_of(3500, 0), FLUSH_ALL);
    ck_assert_uint_le(o->scripted->calls[o->scripted->call_count - 1].w, 3500);
    ck_assert_uint_ge(o->scripted->calls[o->scripted->call_count - 1].w, 3300);
    owner_push(o, owner_all(o), FLUSH_ALL);
    ck_assert_uint_eq(o->scripted->calls[o->scripted->call_count - 1].w, 6000);
    owner_end(o);
}
END_TEST

START_TEST(a_store_that_fails_says_so)
{
    struct owner *o = owner_begin();
    struct err err = {.code = ERR_NONE};
    (void)owner_frame(o, 0);
    o->scripted->fails = true;
    ck_assert_int_eq(flush_push(o->flush, o->offset, owner_all(o), o->now_ms, FLUSH_ALL, &err), -1);
    ck_assert_str_eq(err.text, "the store is away");
    ck_assert_uint_gt(flush_waiting(o->flush), 0);
    ck_assert_uint_eq(flush_w(o->flush), 0);
    owner_end(o);
}
END_TEST

START_TEST(sequences_name_owner_and_number)
{
    struct owner *o = owner_begin();
    o->scripted->seq = (struct store_seq){5, 17}; /* another owner's content */
    struct store_checkpoint checkpoint = {true, o->scripted->seq, 0, STR("")};
    flush_start(o->flush, &checkpoint);
    for (uint64_t number = 1; number < 4; number++) {
        (void)owner_frame(o, 0);
        owner_push(o, owner_all(o), FLUSH_ALL);
        ck_assert(store_seq_eq(&o->scripted->calls[0].expected, &o->scripted->seq));
        ck_assert_uint_eq(o->scripted->calls[0].next.owner, OWNER);
        ck_assert_uint_eq(o->scripted->calls[0].next.number, number);
        ck_assert(store_seq_eq(flush_seq(o->flush), &o->scripted->calls[0].next));
        owner_answer(o);
    }
    owner_end(o);
}
END_TEST

START_TEST(an_answer_out_of_turn_is_a_bug)
{
    struct owner *o = owner_begin();
    (void)owner_frame(o, 0);
    owner_push(o, owner_all(o), FLUSH_ALL);
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
    struct owner *o = owner_begin();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)owner_frame(o, 0);
        owner_page(o, 0)->newest_judged_ms = rows[i].newest_ms;
        owner_push(o, owner_all(o), FLUSH_ALL);
        ck_assert_msg(last_call(o)->timer_count == rows[i].timers, "%s", rows[i].name);
        if (rows[i].timers > 0) {
            ck_assert_msg(last_call(o)->timers[0].due_ms == rows[i].due_ms, "%s", rows[i].name);
            ck_assert(token_eq(&last_call(o)->timers[0].token, &owner_page(o, 0)->token));
        }
        owner_answer(o);
    }
    owner_end(o);
}
END_TEST

/* As the clock step of a frame does it. */
static void forget(struct owner *o, size_t number, uint64_t lsn)
{
    struct page *page = owner_page(o, number);
    flush_note_change(o->flush, page, lsn, o->now_ms);
    page_forget(page, lsn + 1);
}

START_TEST(tombstones_go_by_256_and_not_with_a_call_that_failed)
{
    struct owner *o = owner_begin();
    struct err err = {.code = ERR_NONE};
    for (size_t i = 0; i < PAGES_MAX; i++) {
        (void)owner_frame(o, i);
        owner_page(o, i)->newest_judged_ms = T0;
    }
    owner_push(o, owner_all(o), FLUSH_ALL);
    owner_answer(o);
    owner_answer(o);
    uint64_t clock_step = lsn_of(o->offset, 0);
    for (size_t i = 0; i < PAGES_MAX; i++) {
        forget(o, i, clock_step);
    }
    o->offset++;
    owner_push(o, owner_all(o), FLUSH_ALL); /* no header after the step: W cannot pass it */
    ck_assert_uint_eq(o->scripted->call_count, 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(o->scripted->calls[0].removal_count, 0);
        ck_assert_uint_eq(o->scripted->calls[0].timer_count, call_heads(&o->scripted->calls[0]));
        ck_assert_int_eq(o->scripted->calls[0].timers[0].due_ms, TIME_NEVER);
        owner_answer(o);
    }
    ck_assert_uint_eq(flush_waiting(o->flush), 0);
    owner_note_header(o);
    o->scripted->fails = true;
    ck_assert_int_eq(flush_push(o->flush, o->offset, owner_all(o), o->now_ms, FLUSH_ALL, &err), -1);
    ck_assert_uint_eq(cache_count(o->cache), PAGES_MAX);
    ck_assert_uint_gt(flush_waiting(o->flush), 0);
    o->scripted->fails = false;
    owner_push(o, owner_all(o), FLUSH_ALL);
    ck_assert_uint_eq(o->scripted->call_count, 2);
    ck_assert_uint_eq(o->scripted->calls[0].removal_count, FLUSH_PAGES_MAX);
    ck_assert_uint_eq(o->scripted->calls[1].removal_count, PAGES_MAX - FLUSH_PAGES_MAX);
    ck_assert_uint_eq(cache_count(o->cache), 0);
    owner_answer(o);
    owner_answer(o);
    for (size_t i = 0; i < PAGES_MAX; i++) {
        ck_assert_uint_eq(o->scripted->pages[i].piece_count, 0);
    }
    ck_assert_uint_eq(flush_waiting(o->flush), 0);
    owner_end(o);
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
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
