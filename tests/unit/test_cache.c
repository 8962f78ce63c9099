/* test_cache.c - pages are found by their token, however many there are. */
#include "engine/state/cache.h"

#include "engine/base/mem.h"
#include "tests/unit/child.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Some share their first eight bytes, all their low bits. */
static struct token token_number(uint32_t n)
{
    struct token token = {{0}};
    uint64_t low = (uint64_t)(n / 2) * 4096;
    memcpy(token.bytes, &low, sizeof low);
    token.bytes[15] = (uint8_t)(n % 2);
    return token;
}

START_TEST(each_page_is_found_while_the_table_grows)
{
    struct cache *cache = cache_new();
    for (uint32_t n = 0; n < 3000; n++) {
        struct token token = token_number(n);
        if (cache_find(cache, &token) != NULL) {
            ck_abort_msg("page %u is there before it was added", n);
        }
        struct page *page = page_new(&token, ENTITY_ACCOUNT);
        ck_assert_ptr_eq(cache_add(cache, page), page);
        ck_assert_uint_eq(cache_count(cache), n + 1);
        if ((n & (n + 1)) != 0) {
            continue;
        }
        for (uint32_t k = 0; k <= n; k++) {
            struct token known = token_number(k);
            const struct page *found = cache_find(cache, &known);
            if (found == NULL || !token_eq(&found->token, &known)) {
                ck_abort_msg("page %u of %u", k, n);
            }
        }
    }
    cache_free(cache);
}
END_TEST

START_TEST(sorted_by_all_bytes_of_the_token)
{
    struct cache *cache = cache_new();
    for (uint32_t i = 0; i < 500; i++) {
        struct token token = token_number(i * 269 % 500);
        cache_add(cache, page_new(&token, ENTITY_ACCOUNT));
    }
    struct page **sorted = cache_sorted(cache);
    for (size_t i = 1; i < cache_count(cache); i++) {
        ck_assert(memcmp(sorted[i - 1]->token.bytes, sorted[i]->token.bytes, TOKEN_BYTES) < 0);
    }
    mem_free(sorted);
    cache_free(cache);
}
END_TEST

START_TEST(an_empty_cache)
{
    struct cache *cache = cache_new();
    struct token token = token_number(0);
    ck_assert_uint_eq(cache_count(cache), 0);
    ck_assert_ptr_null(cache_find(cache, &token));
    size_t empty_bytes = cache_memory_bytes(cache);
    struct page *page = cache_add(cache, page_new(&token, ENTITY_ACCOUNT));
    ck_assert_uint_eq(cache_memory_bytes(cache), empty_bytes + page_memory_bytes(page));
    cache_free(cache);
    cache_free(NULL);
}
END_TEST

static void add_twice(const void *context)
{
    (void)context;
    struct cache *cache = cache_new();
    struct token token = token_number(7);
    cache_add(cache, page_new(&token, ENTITY_ACCOUNT));
    cache_add(cache, page_new(&token, ENTITY_ACCOUNT));
}

START_TEST(adding_a_token_twice_is_a_bug)
{
    struct child_end end = child_run(add_twice, NULL);
    ck_assert_int_eq(end.signal, SIGABRT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cache");
    TCase *tests = tcase_create("cache");
    tcase_add_test(tests, each_page_is_found_while_the_table_grows);
    tcase_add_test(tests, sorted_by_all_bytes_of_the_token);
    tcase_add_test(tests, an_empty_cache);
    tcase_add_test(tests, adding_a_token_twice_is_a_bug);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
