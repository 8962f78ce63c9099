/* test_kept.c - visits that a page keeps: their order and number, what is read is what was written,
 * and stored bytes that are none. */
#include "engine/state/kept.h"

#include "engine/base/mem.h"
#include "tests/unit/exact.h"
#include "tests/unit/small_event.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))
#define TIMES_MAX 10

/* A page, and what visits are made of. */
struct bench {
    struct page *page;
    struct event event;
    struct buf bytes, scratch;
    struct kept_visit visit;
};

static void bench_open(struct bench *b)
{
    memset(b, 0, sizeof *b);
    struct token token = token_of(ENTITY_ACCOUNT, "M");
    b->page = page_new(&token, ENTITY_ACCOUNT);
    for (unsigned i = 0; i < KEPT_CARRIED_MAX; i++) {
        b->visit.carried[i] = VALUE_UNKNOWN;
    }
}

static void bench_close(struct bench *b)
{
    page_free(b->page);
    buf_fini(&b->bytes);
    buf_fini(&b->scratch);
}

/* The n-th visit, judged then. */
static void add(struct bench *b, int number, int64_t time_ms)
{
    char id[8];
    (void)snprintf(id, sizeof id, "p-%d", number);
    b->event = event_payment(id, PHASE_INITIATED, "A", "M", 100, time_ms);
    buf_clear(&b->bytes);
    event_encode(&b->bytes, &b->event);
    b->visit.event = &b->event;
    b->visit.event_bytes = buf_str(&b->bytes);
    b->visit.judged_ms = time_ms;
    b->visit.leg = LEG_PAYEE;
    b->visit.triggers = 1;
    b->visit.has_hand = true;
    b->visit.hand_ms = time_ms;
    b->visit.hand_arrival = (uint16_t)number;
    kept_add(b->page, &b->visit, &b->scratch);
}

/* "p-1 p-2 ", in order. */
static void list(const struct bench *b, struct buf *out)
{
    struct kept_visit visit;
    struct event event;
    for (uint32_t at = 0; kept_read(b->page, at, &visit, &event); at = kept_next(b->page, at)) {
        buf_add_str(out, EVENT_TEXT(&event, id));
        buf_add_char(out, ' ');
    }
}

static const struct {
    const char *name;
    int times[TIMES_MAX]; /* as they come; 0: there are no more */
    int drop_before;      /* 0: nothing is dropped */
    const char *left;
} orders[] = {
    {"none", {0}, 0, ""},
    {"in order", {1, 2, 3}, 0, "p-1 p-2 p-3 "},
    {"backwards", {3, 2, 1}, 0, "p-3 p-2 p-1 "},
    {"equal ones as they came", {2, 1, 2, 2}, 0, "p-2 p-1 p-3 p-4 "},
    {"eight are kept", {1, 2, 3, 4, 5, 6, 7, 8}, 0, "p-1 p-2 p-3 p-4 p-5 p-6 p-7 p-8 "},
    {"the ninth takes the place of the oldest",
     {1, 2, 3, 4, 5, 6, 7, 8, 9},
     0,
     "p-2 p-3 p-4 p-5 p-6 p-7 p-8 p-9 "},
    {"also from the middle", {1, 2, 3, 5, 6, 7, 8, 9, 4}, 0, "p-2 p-3 p-9 p-4 p-5 p-6 p-7 p-8 "},
    {"one that is as old as the oldest stays",
     {1, 2, 3, 4, 5, 6, 7, 8, 1},
     0,
     "p-9 p-2 p-3 p-4 p-5 p-6 p-7 p-8 "},
    {"an older one does not come in",
     {2, 3, 4, 5, 6, 7, 8, 9, 1},
     0,
     "p-1 p-2 p-3 p-4 p-5 p-6 p-7 p-8 "},
    {"what is as old as the bound stays", {1, 2, 3}, 2, "p-2 p-3 "},
    {"all are too old", {1, 2, 3}, 4, ""},
    {"none is too old", {1, 2, 3}, 1, "p-1 p-2 p-3 "},
};

START_TEST(they_stand_by_time)
{
    struct bench b;
    struct buf left = {0};
    bench_open(&b);
    for (int i = 0; i < TIMES_MAX && orders[_i].times[i] != 0; i++) {
        add(&b, i + 1, T0 + orders[_i].times[i]);
    }
    if (orders[_i].drop_before != 0) {
        kept_drop_before(b.page, T0 + orders[_i].drop_before);
    }
    list(&b, &left);
    ck_assert_msg(str_eq_text(buf_str(&left), orders[_i].left), "%s: %s", orders[_i].name,
                  buf_text(&left));
    ck_assert(kept_is_sound(b.page));
    ck_assert(!kept_has_after(b.page, T0 + TIMES_MAX)); /* no row has a later one */
    ck_assert(kept_has_after(b.page, T0 + orders[_i].drop_before - 1) == (left.len > 0));
    buf_fini(&left);
    bench_close(&b);
}
END_TEST

/* Everything that a visit can be. */
static void fill(struct bench *b)
{
    struct kept_visit *v = &b->visit;
    v->pack_key = 0x1122334455667788;
    v->arrivals = 65535;
    v->overridden = true;
    v->carried_loose = 0x8081;
    v->carried[0] = 0;
    v->carried[7] = -5;
    v->carried[15] = INT64_MAX;
    for (v->points_count = 0; v->points_count < PAGE_POINTS_MAX; v->points_count++) {
        v->points[v->points_count] = (struct kept_value){v->points_count * 7, 100};
    }
    for (v->marks_count = 0; v->marks_count < PAGE_HELD_MARKS_MAX; v->marks_count++) {
        v->marks[v->marks_count] = (struct kept_value){v->marks_count, 3};
    }
    for (v->fired_count = 0; v->fired_count < KEPT_FIRED_MAX; v->fired_count++) {
        v->fired[v->fired_count] = (struct kept_value){v->fired_count * 1000, 1};
    }
}

static void same_values(const struct kept_value *a, const struct kept_value *b, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        ck_assert(a[i].index == b[i].index && a[i].value == b[i].value);
    }
}

START_TEST(what_is_read_was_written)
{
    struct bench b;
    struct kept_visit back;
    struct event event;
    bench_open(&b);
    add(&b, 1, T0);
    fill(&b);
    add(&b, 2, T0 + 1);
    uint32_t at = kept_next(b.page, 0);
    ck_assert(kept_read(b.page, at, &back, &event));
    ck_assert(!kept_read(b.page, kept_next(b.page, at), &back, &event));
    ck_assert(kept_read(b.page, at, &back, &event));
    ck_assert(str_eq(back.event_bytes, b.visit.event_bytes));
    ck_assert_int_eq(event.judged_ms, T0 + 1);
    ck_assert(back.pack_key == b.visit.pack_key && back.triggers == 1 && back.has_hand);
    ck_assert(back.leg == LEG_PAYEE && back.arrivals == 65535 && back.overridden &&
              back.carried_loose == 0x8081);
    ck_assert(back.hand_ms == T0 + 1 && back.hand_arrival == 2);
    ck_assert_int_eq(memcmp(back.carried, b.visit.carried, sizeof back.carried), 0);
    ck_assert(back.points_count == PAGE_POINTS_MAX && back.marks_count == PAGE_HELD_MARKS_MAX &&
              back.fired_count == KEPT_FIRED_MAX);
    same_values(back.points, b.visit.points, back.points_count);
    same_values(back.marks, b.visit.marks, back.marks_count);
    same_values(back.fired, b.visit.fired, back.fired_count);
    ck_assert_int_eq(kept_value_of(back.fired, back.fired_count, 63000), 1);
    ck_assert_int_eq(kept_value_of(back.fired, back.fired_count, 63001), 0);
    bench_close(&b);
}
END_TEST

START_TEST(what_fired_is_noted)
{
    struct bench b;
    struct kept_visit back;
    struct event event;
    struct buf left = {0};
    bench_open(&b);
    for (int i = 1; i <= 3; i++) {
        add(&b, i, T0 + i);
    }
    uint32_t at = kept_next(b.page, 0);
    ck_assert(kept_read(b.page, at, &back, &event));
    back.fired[back.fired_count++] = (struct kept_value){4, 0};
    back.fired[back.fired_count++] = (struct kept_value){7, 1};
    kept_note_fired(b.page, at, &back, &b.scratch);
    ck_assert(kept_read(b.page, at, &back, &event));
    ck_assert(back.fired_count == 2 && back.fired[1].index == 7 && back.fired[1].value == 1);
    list(&b, &left);
    ck_assert_str_eq(buf_text(&left), "p-1 p-2 p-3 ");
    buf_fini(&left);
    bench_close(&b);
}
END_TEST

START_TEST(a_visit_and_its_record_find_each_other)
{
    struct bench b;
    struct kept_visit visit;
    struct event event;
    struct retention retention;
    bench_open(&b);
    retention_defaults(&retention);
    const struct record *records[4];
    for (int i = 0; i < 4; i++) {
        struct record draft = {.time_ms = T0 + i / 2, .id = (uint64_t)i};
        (void)page_add_record(b.page, STREAM_PAYMENT_IN, &draft, NULL, &retention);
    }
    for (int i = 0; i < 4; i++) {
        records[i] = &b.page->streams[STREAM_PAYMENT_IN].records[i];
        add(&b, i, T0 + i / 2); /* arrivals count from 0 */
    }
    for (int i = 0; i < 4; i++) {
        ck_assert(kept_find(b.page, records[i], &visit, &event));
        ck_assert_int_eq(visit.hand_arrival, i);
        ck_assert_ptr_eq(kept_hand(b.page, &visit), records[i]);
    }
    visit.hand_arrival = 9;
    ck_assert_ptr_null(kept_hand(b.page, &visit));
    visit.hand_ms = T0 + 2;
    ck_assert_ptr_null(kept_hand(b.page, &visit));
    kept_drop_before(b.page, T0 + 1);
    ck_assert(!kept_find(b.page, records[1], &visit, &event));
    bench_close(&b);
}
END_TEST

/* ---- bytes from outside --------------------------------------------------------------------- */

/* Bytes of two visits, exactly as long as they are said to be. */
static void take_bytes(struct page *page, struct str bytes)
{
    page->kept = (uint8_t *)(uintptr_t)bytes.at;
    page->kept_bytes = (uint32_t)bytes.len;
}

START_TEST(broken_bytes_are_seen)
{
    struct bench b;
    bench_open(&b);
    fill(&b);
    add(&b, 1, T0);
    add(&b, 2, T0 + 1);
    struct page look = *b.page;
    uint32_t whole = b.page->kept_bytes;
    uint32_t first = kept_next(b.page, 0);
    for (uint32_t len = 0; len < whole; len++) {
        struct str cut = exact_copy((struct str){(const char *)b.page->kept, len});
        take_bytes(&look, cut);
        ck_assert_msg(kept_is_sound(&look) == (len == 0 || len == first), "%u bytes", len);
        exact_free(cut);
    }
    for (uint32_t at = 0; at < whole; at++) { /* whatever it says, nothing is read beyond it */
        struct str changed = exact_copy((struct str){(const char *)b.page->kept, whole});
        take_bytes(&look, changed);
        look.kept[at] ^= 0xff;
        if (kept_is_sound(&look)) {
            struct kept_visit visit;
            struct event event;
            for (uint32_t i = 0; kept_read(&look, i, &visit, &event); i = kept_next(&look, i)) {
                (void)kept_hand(&look, &visit);
            }
        }
        exact_free(changed);
    }
    bench_close(&b);
}
END_TEST

static const struct {
    const char *name;
    uint32_t at; /* in the head of the first of two visits */
    uint8_t byte;
} lies[] = {
    {"no room for its own head", 0, 47},
    {"longer than all", 2, 1},
    {"nothing was asked", 4, 0},
    {"judged before it happened", 21, 0},
    {"judged after the next", 17, 0xff},
    {"a record beyond all time", 31, 0x7f},
    {"a leg that there is not", 38, LEG_COUNT},
    {"a leg that ends elsewhere", 38, LEG_PAYER},
    {"a flag that there is not", 39, 4},
    {"a payment without its record", 39, 0},
    {"more points than a page holds", 40, PAGE_POINTS_MAX + 1},
    {"more marks than a page holds", 41, PAGE_HELD_MARKS_MAX + 1},
    {"more rules than are kept", 42, KEPT_FIRED_MAX + 1},
};

START_TEST(each_lie_is_seen)
{
    struct bench b;
    bench_open(&b);
    add(&b, 1, T0);
    add(&b, 2, T0 + 1);
    ck_assert(kept_is_sound(b.page));
    ck_assert_msg(b.page->kept[lies[_i].at] != lies[_i].byte, "%s changes nothing", lies[_i].name);
    b.page->kept[lies[_i].at] = lies[_i].byte;
    ck_assert_msg(!kept_is_sound(b.page), "%s", lies[_i].name);
    bench_close(&b);
}
END_TEST

START_TEST(nine_are_no_page)
{
    struct bench b;
    bench_open(&b);
    for (int i = 1; i <= KEPT_VISITS_MAX; i++) {
        add(&b, i, T0);
    }
    uint32_t bytes = b.page->kept_bytes;
    uint32_t first = kept_next(b.page, 0);
    b.page->kept = page_reserve(b.page->kept, &b.page->kept_cap, bytes + first, 1);
    memcpy(b.page->kept + bytes, b.page->kept, first);
    ck_assert(kept_is_sound(b.page));
    b.page->kept_bytes = bytes + first;
    ck_assert(!kept_is_sound(b.page));
    bench_close(&b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kept");
    TCase *t = tcase_create("kept");
    tcase_add_loop_test(t, they_stand_by_time, 0, COUNT_OF(orders));
    tcase_add_test(t, what_is_read_was_written);
    tcase_add_test(t, what_fired_is_noted);
    tcase_add_test(t, a_visit_and_its_record_find_each_other);
    tcase_add_test(t, broken_bytes_are_seen);
    tcase_add_loop_test(t, each_lie_is_seen, 0, COUNT_OF(lies));
    tcase_add_test(t, nine_are_no_page);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
