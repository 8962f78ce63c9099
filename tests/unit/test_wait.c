/* test_wait.c - which waits a page keeps, which gives way, which end at a clock. */
#include "engine/state/page.h"

#include <check.h>
#include <stdlib.h>

#define COUNT_OF(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))

static struct page *new_page(void)
{
    struct token token = {{1}};
    return page_new(&token, ENTITY_ACCOUNT);
}

static struct wait wait_of(uint64_t key, uint16_t arrival, int64_t until_ms)
{
    return (struct wait){.pattern_key = key,
                         .id = {{(uint8_t)until_ms}},
                         .until_ms = until_ms,
                         .due_ms = until_ms,
                         .record_ms = 50,
                         .record_arrival = arrival,
                         .stream = STREAM_PAYMENT_IN};
}

START_TEST(one_for_each_pattern_and_record)
{
    static const struct {
        const char *name;
        struct wait wait;
        uint32_t count;
        int64_t until_ms; /* of the first */
    } rows[] = {
        {"later",
         {.pattern_key = 1, .record_ms = 50, .record_arrival = 1, .until_ms = 101},
         1,
         101},
        {"the same again",
         {.pattern_key = 1, .record_ms = 50, .record_arrival = 1, .until_ms = 100},
         1,
         100},
        {"earlier",
         {.pattern_key = 1, .record_ms = 50, .record_arrival = 1, .until_ms = 99},
         1,
         100},
        {"another pattern",
         {.pattern_key = 2, .record_ms = 50, .record_arrival = 1, .until_ms = 200},
         2,
         100},
        {"another arrival",
         {.pattern_key = 1, .record_ms = 50, .record_arrival = 2, .until_ms = 200},
         2,
         100},
        {"another time",
         {.pattern_key = 1, .record_ms = 51, .record_arrival = 1, .until_ms = 200},
         2,
         100},
    };
    for (int i = 0; i < COUNT_OF(rows); i++) {
        struct page *page = new_page();
        struct wait first = wait_of(1, 1, 100);
        struct wait second = rows[i].wait;
        second.stream = first.stream;
        first.id.bytes[0] = 7;
        ck_assert(page_begin_wait(page, &first));
        ck_assert(page_begin_wait(page, &second));
        ck_assert_msg(page->wait_count == rows[i].count &&
                          page->waits[0].until_ms == rows[i].until_ms,
                      "%s: %d, until %lld", rows[i].name, (int)page->wait_count,
                      (long long)page->waits[0].until_ms);
        /* Of two that end together the first one stays, with its id. */
        ck_assert_int_eq(page->waits[0].id.bytes[0], rows[i].until_ms == 100 ? 7 : 0);
        page_free(page);
    }
}
END_TEST

/* Eight, and four of shadow rules, whatever the others are. */
START_TEST(what_ends_first_gives_way)
{
    static const struct {
        const char *name;
        bool shadow;
        int before; /* that end at 100, 101, .. */
        int64_t until_ms;
        bool kept_all;
        int64_t first_ms; /* of those that are kept */
    } rows[] = {
        {"the eighth has room", false, 7, 50, true, 50},
        {"the ninth takes the place of the first", false, 8, 150, false, 101},
        {"equal: of the one begun first", false, 8, 100, false, 100},
        {"the new one ends first", false, 8, 99, false, 100},
        {"the fourth has room", true, 3, 50, true, 50},
        {"the fifth has not", true, 4, 150, false, 101},
    };
    for (int i = 0; i < COUNT_OF(rows); i++) {
        struct page *page = new_page();
        struct wait other = wait_of(2, 0, 10);
        other.shadow = !rows[i].shadow;
        ck_assert(page_begin_wait(page, &other));
        for (int k = 0; k < rows[i].before; k++) {
            struct wait wait = wait_of(1, (uint16_t)k, 100 + k);
            wait.shadow = rows[i].shadow;
            ck_assert(page_begin_wait(page, &wait));
        }
        struct wait wait = wait_of(1, 99, rows[i].until_ms);
        wait.shadow = rows[i].shadow;
        ck_assert_msg(page_begin_wait(page, &wait) == rows[i].kept_all, "%s", rows[i].name);
        int64_t first_ms = INT64_MAX;
        for (uint32_t k = 0; k < page->wait_count; k++) {
            bool counts = page->waits[k].shadow == rows[i].shadow;
            int64_t until_ms = page->waits[k].until_ms;
            first_ms = counts && until_ms < first_ms ? until_ms : first_ms;
        }
        ck_assert_msg(first_ms == rows[i].first_ms, "%s: %lld", rows[i].name, (long long)first_ms);
        ck_assert_int_eq(page_wait_due_ms(page), 10);
        ck_assert_uint_eq(page->wait_count,
                          1 + (uint32_t)rows[i].before + (uint32_t)rows[i].kept_all);
        page_free(page);
    }
}
END_TEST

/* A pattern's rules may have become shadow rules, or live ones, since a wait was begun: it stays
 * among those that it was begun with, where it has its place; a page with more of a kind than there
 * are places could not be read again. */
START_TEST(a_wait_stays_of_its_kind)
{
    for (int shadow = 0; shadow < 2; shadow++) {
        struct page *page = new_page();
        uint32_t shadows = 0;
        for (uint16_t k = 0; k < PAGE_WAITS_MAX + PAGE_SHADOW_WAITS_MAX; k++) {
            struct wait wait = wait_of(1, k, 100 + k);
            wait.shadow = k >= PAGE_WAITS_MAX;
            ck_assert(page_begin_wait(page, &wait));
        }
        for (uint16_t k = 0; k < PAGE_WAITS_MAX + PAGE_SHADOW_WAITS_MAX; k++) {
            struct wait wait = wait_of(1, k, 200 + k);
            wait.shadow = shadow != 0;
            ck_assert(page_begin_wait(page, &wait));
        }
        for (uint32_t k = 0; k < page->wait_count; k++) {
            shadows += page->waits[k].shadow;
            ck_assert_int_ge(page->waits[k].until_ms, 200);
        }
        ck_assert_uint_eq(page->wait_count, PAGE_WAITS_MAX + PAGE_SHADOW_WAITS_MAX);
        ck_assert_uint_eq(shadows, PAGE_SHADOW_WAITS_MAX);
        page_free(page);
    }
}
END_TEST

START_TEST(they_end_in_the_order_of_their_ends)
{
    static const struct {
        const char *name;
        int64_t clock_ms;
        uint32_t count;
        uint16_t order[4]; /* arrivals */
        int64_t due_ms;    /* of what is left */
    } rows[] = {
        {"nothing yet", 99, 0, {0}, 100},
        {"at its end", 100, 1, {2}, 200},
        {"equal ends as they were begun", 200, 3, {2, 1, 4}, 301},
        {"begun after its end", 300, 3, {2, 1, 4}, 301},
        {"a millisecond later", 301, 4, {2, 3, 1, 4}, TIME_NEVER},
    };
    for (int i = 0; i < COUNT_OF(rows); i++) {
        struct page *page = new_page();
        struct wait ended[PAGE_WAITS_MAX + PAGE_SHADOW_WAITS_MAX];
        struct wait waits[] = {wait_of(1, 1, 200), wait_of(1, 2, 100), wait_of(1, 3, 150),
                               wait_of(1, 4, 200)};
        waits[2].due_ms = 301;
        for (int k = 0; k < COUNT_OF(waits); k++) {
            ck_assert(page_begin_wait(page, &waits[k]));
        }
        ck_assert_msg(page_end_waits(page, rows[i].clock_ms, ended) == rows[i].count, "%s",
                      rows[i].name);
        for (uint32_t k = 0; k < rows[i].count; k++) {
            ck_assert_msg(ended[k].record_arrival == rows[i].order[k], "%s: %d is %d", rows[i].name,
                          (int)k, ended[k].record_arrival);
        }
        ck_assert_uint_eq(page->wait_count, (uint32_t)COUNT_OF(waits) - rows[i].count);
        ck_assert_msg(page_wait_due_ms(page) == rows[i].due_ms, "%s", rows[i].name);
        page_free(page);
    }
}
END_TEST

START_TEST(the_record_is_found_again)
{
    struct page *page = new_page();
    struct retention retention;
    retention_defaults(&retention);
    struct peer_draft nobody = {0};
    for (int i = 0; i < 6; i++) {
        struct record draft = {.time_ms = 100 + i / 2, .id = (uint64_t)i + 1, .value = i};
        ck_assert_ptr_nonnull(
            page_add_record(page, STREAM_PAYMENT_IN, &draft, &nobody, &retention));
    }
    for (uint16_t i = 0; i < 6; i++) {
        struct wait wait = wait_of(1, i, 500);
        wait.record_ms = 100 + i / 2;
        const struct record *record = page_wait_record(page, &wait);
        ck_assert_ptr_nonnull(record);
        ck_assert_int_eq(record->value, i);
        wait.record_ms++;
        ck_assert(page_wait_record(page, &wait) == NULL);
        wait.record_ms--;
        wait.stream = STREAM_PAYMENT_OUT;
        ck_assert(page_wait_record(page, &wait) == NULL);
    }
    page_free(page);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wait");
    TCase *tests = tcase_create("wait");
    tcase_add_test(tests, one_for_each_pattern_and_record);
    tcase_add_test(tests, what_ends_first_gives_way);
    tcase_add_test(tests, a_wait_stays_of_its_kind);
    tcase_add_test(tests, they_end_in_the_order_of_their_ends);
    tcase_add_test(tests, the_record_is_found_again);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
