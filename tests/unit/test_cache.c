/* test_cache.c - each page of a partition is found by its token, however many there are. */
#include "engine/state/cache.h"

#include "engine/base/mem.h"
#include "tests/unit/child.h"
#include "tests/unit/quiet_check.h"
#include "tests/unit/random_page.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define PAGES 3000

/* The same low half for each four of them: only the whole token tells them apart. */
static struct token token_at(uint64_t i)
{
    struct token token = random_peer_token(i / 4);
    token.bytes[TOKEN_BYTES - 1] = (uint8_t)(i % 4);
    return token;
}

START_TEST(an_empty_cache)
{
    struct cache *cache = cache_new();
    struct token zero = {{0}};
    ck_assert_ptr_null(cache_find(cache, &zero));
    ck_assert_uint_eq(cache_count(cache), 0);
    struct page **sorted = cache_sorted(cache);
    mem_free(sorted);
    ck_assert_uint_gt(cache_memory_bytes(cache), 0);
    cache_free(cache);
    cache_free(NULL);
}
END_TEST

START_TEST(pages_are_found_while_the_table_grows)
{
    struct cache *cache = cache_new();
    struct page *pages[PAGES];
    for (uint64_t i = 0; i < PAGES; i++) {
        struct token token = token_at(i);
        ck_assert_ptr_null(cache_find(cache, &token));
        pages[i] = cache_add(cache, page_new(&token, ENTITY_ACCOUNT));
        ck_assert_uint_eq(cache_count(cache), i + 1);
        for (uint64_t k = 0; k <= i; k += 1 + i / 16) {
            token = token_at(k);
            quiet_check(cache_find(cache, &token) == pages[k], "page %d of %d", (int)k, (int)i);
        }
    }
    for (uint64_t i = PAGES; i < 2 * PAGES; i++) {
        struct token token = token_at(i);
        quiet_check(cache_find(cache, &token) == NULL, "page %d is not there", (int)i);
    }
    cache_free(cache);
}
END_TEST

START_TEST(sorted_by_token)
{
    struct cache *cache = cache_new();
    for (uint64_t i = 0; i < PAGES; i++) {
        struct token token = token_at(i);
        (void)cache_add(cache, page_new(&token, ENTITY_ACCOUNT));
    }
    struct page **sorted = cache_sorted(cache);
    for (size_t i = 1; i < PAGES; i++) {
        quiet_check(memcmp(sorted[i - 1]->token.bytes, sorted[i]->token.bytes, TOKEN_BYTES) < 0,
                    "%zu is out of order", i);
    }
    struct token one_more = token_at(PAGES);
    (void)cache_add(cache, page_new(&one_more, ENTITY_ACCOUNT));
    for (size_t i = 0; i < PAGES; i++) { /* the array handed out stays as it is */
        quiet_check(cache_find(cache, &sorted[i]->token) == sorted[i], "%zu", i);
    }
    mem_free(sorted);
    cache_free(cache);
}
END_TEST

START_TEST(memory_is_that_of_table_and_pages)
{
    struct cache *cache = cache_new();
    size_t empty = cache_memory_bytes(cache);
    struct token token = token_at(1);
    struct page *page = cache_add(cache, page_new(&token, ENTITY_PERSON));
    ck_assert_uint_eq(cache_memory_bytes(cache), empty + page_memory_bytes(page));
    (void)page_member(page, &token, ENTITY_ACCOUNT, "6*", 2);
    ck_assert_uint_eq(cache_memory_bytes(cache), empty + page_memory_bytes(page));
    ck_assert_uint_lt(cache_bytes(cache), cache_memory_bytes(cache)); /* as it was weighed */
    cache_weigh(cache, page);
    ck_assert_uint_eq(cache_bytes(cache), cache_memory_bytes(cache));
    page_forget(page, 1);
    cache_weigh(cache, page);
    ck_assert_uint_eq(cache_bytes(cache), cache_memory_bytes(cache));
    cache_remove(cache, page);
    ck_assert_uint_eq(cache_bytes(cache), empty);
    cache_free(cache);
}
END_TEST

/* ---- evicting ------------------------------------------------------------------------------- */

static bool is_not_held(const void *context, const struct page *page)
{
    const bool *held = context;
    return !held[page->token.bytes[TOKEN_BYTES - 1] % 4];
}

static void fill(struct cache *cache, uint64_t pages)
{
    for (uint64_t i = 0; i < pages; i++) {
        struct token token = token_at(i);
        (void)cache_add(cache, page_new(&token, ENTITY_ACCOUNT));
    }
}

START_TEST(only_so_many_go_as_must)
{
    static const bool held[4] = {false};
    struct cache *cache = cache_new();
    fill(cache, PAGES);
    size_t bytes = cache_bytes(cache);
    ck_assert_uint_eq(cache_evict(cache, bytes, is_not_held, held), 0);
    ck_assert_uint_eq(cache_evict(cache, bytes - 1, is_not_held, held), 1);
    ck_assert_uint_eq(cache_evict(cache, bytes - 10 * sizeof(struct page), is_not_held, held), 9);
    ck_assert_uint_eq(cache_count(cache), PAGES - 10);
    ck_assert_uint_eq(cache_bytes(cache), cache_memory_bytes(cache));
    cache_free(cache);
}
END_TEST

START_TEST(what_may_not_go_stays_and_is_found)
{
    static const bool held[4] = {false, true, false, false};
    struct cache *cache = cache_new();
    fill(cache, PAGES);
    ck_assert_uint_eq(cache_evict(cache, 0, is_not_held, held), PAGES / 4 * 3);
    ck_assert_uint_eq(cache_evict(cache, 0, is_not_held, held), 0);
    for (uint64_t i = 0; i < PAGES; i++) {
        struct token token = token_at(i);
        quiet_check((cache_find(cache, &token) != NULL) == (i % 4 == 1), "page %d", (int)i);
    }
    cache_free(cache);
}
END_TEST

START_TEST(what_is_wanted_goes_last)
{
    static const bool held[4] = {false};
    struct cache *cache = cache_new();
    fill(cache, PAGES);
    for (uint64_t i = 0; i < PAGES; i += 3) {
        struct token token = token_at(i);
        ck_assert_ptr_nonnull(cache_use(cache, &token));
    }
    size_t left = cache_bytes(cache) - 2 * PAGES / 3 * sizeof(struct page);
    ck_assert_uint_eq(cache_evict(cache, left, is_not_held, held), 2 * PAGES / 3);
    for (uint64_t i = 0; i < PAGES; i++) {
        struct token token = token_at(i);
        quiet_check((cache_find(cache, &token) != NULL) == (i % 3 == 0), "page %d", (int)i);
    }
    for (uint64_t i = 0; i < PAGES; i += 3) {
        struct token token = token_at(i);
        ck_assert_ptr_nonnull(cache_use(cache, &token));
    }
    ck_assert_uint_eq(cache_evict(cache, 0, is_not_held, held), PAGES / 3); /* passed over once */
    cache_free(cache);
}
END_TEST

static void add_twice(const void *context)
{
    (void)context;
    struct cache *cache = cache_new();
    struct token token = token_at(1);
    (void)cache_add(cache, page_new(&token, ENTITY_ACCOUNT));
    (void)cache_add(cache, page_new(&token, ENTITY_ACCOUNT));
}

START_TEST(a_token_twice_is_a_bug)
{
    struct child_end end = child_run(add_twice, NULL);
    ck_assert_int_eq(end.signal, SIGABRT);
    ck_assert_msg(strstr(end.text, "slot->page == NULL") != NULL, "%s", end.text);
}
END_TEST

START_TEST(removed_ones_are_gone_and_the_others_found)
{
    struct prng rng = prng_seed((uint64_t)_i, "cache");
    struct cache *cache = cache_new();
    bool there[PAGES] = {false};
    size_t count = 0;
    for (int i = 0; i < 3 * PAGES; i++) {
        uint64_t number = prng_below(&rng, PAGES / 10 * (1 + (uint32_t)_i));
        struct token token = token_at(number);
        struct page *page = cache_find(cache, &token);
        quiet_check((page != NULL) == there[number], "page %d", (int)number);
        if (there[number]) {
            cache_remove(cache, page);
        } else {
            (void)cache_add(cache, page_new(&token, ENTITY_ACCOUNT));
        }
        there[number] = !there[number];
        count = there[number] ? count + 1 : count - 1;
        quiet_check(cache_count(cache) == count, "%d pages", (int)count);
    }
    for (uint64_t i = 0; i < PAGES; i++) {
        struct token token = token_at(i);
        quiet_check((cache_find(cache, &token) != NULL) == there[i], "page %d", (int)i);
    }
    cache_free(cache);
}
END_TEST

static void remove_another(const void *context)
{
    (void)context;
    struct cache *cache = cache_new();
    struct token token = token_at(1);
    (void)cache_add(cache, page_new(&token, ENTITY_ACCOUNT));
    cache_remove(cache, page_new(&token, ENTITY_ACCOUNT));
}

START_TEST(only_its_own_page_is_removed)
{
    struct child_end end = child_run(remove_another, NULL);
    ck_assert_int_eq(end.signal, SIGABRT);
    ck_assert_msg(strstr(end.text, "slot->page == page") != NULL, "%s", end.text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cache");
    TCase *tests = tcase_create("cache");
    tcase_add_test(tests, an_empty_cache);
    tcase_add_test(tests, pages_are_found_while_the_table_grows);
    tcase_add_test(tests, sorted_by_token);
    tcase_add_test(tests, memory_is_that_of_table_and_pages);
    tcase_add_test(tests, only_so_many_go_as_must);
    tcase_add_test(tests, what_may_not_go_stays_and_is_found);
    tcase_add_test(tests, what_is_wanted_goes_last);
    tcase_add_test(tests, a_token_twice_is_a_bug);
    tcase_add_loop_test(tests, removed_ones_are_gone_and_the_others_found, 0, 10);
    tcase_add_test(tests, only_its_own_page_is_removed);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
