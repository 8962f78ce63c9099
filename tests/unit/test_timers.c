/* test_timers.c - every page comes out once, when the clock has reached the earliest of its times.
 */
#include "engine/state/timers.h"

#include "connectors/cli/prng.h"
#include "engine/base/mem.h"
#include "tests/unit/quiet_check.h"
#include "tests/unit/random_page.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define TIMERS 2000
#define PAGES 300

START_TEST(without_timers_nothing_is_due)
{
    struct timers *timers = timers_new();
    const struct token *tokens = NULL;
    ck_assert_uint_eq(timers_take_due(timers, INT64_MAX, &tokens), 0);
    ck_assert_uint_eq(timers_count(timers), 0);
    timers_free(timers);
    timers_free(NULL);
}
END_TEST

START_TEST(a_timer_is_due_from_its_time_on)
{
    struct timers *timers = timers_new();
    const struct token *tokens = NULL;
    struct token token = random_peer_token(1);
    timers_add(timers, &token, 1000);
    ck_assert_uint_eq(timers_take_due(timers, 999, &tokens), 0);
    ck_assert_uint_eq(timers_take_due(timers, 1000, &tokens), 1);
    ck_assert(token_eq(&tokens[0], &token));
    ck_assert_uint_eq(timers_take_due(timers, 1000, &tokens), 0);
    timers_free(timers);
}
END_TEST

START_TEST(tokens_come_in_order_each_once)
{
    struct timers *timers = timers_new();
    const struct token *tokens = NULL;
    struct token a = random_peer_token(1);
    struct token b = random_peer_token(2);
    bool a_first = memcmp(&a, &b, sizeof a) < 0;
    timers_add(timers, &a, 30);
    timers_add(timers, &b, 10);
    timers_add(timers, &a, 20);
    timers_add(timers, &b, 40);
    ck_assert_uint_eq(timers_take_due(timers, 30, &tokens), 2);
    ck_assert(token_eq(&tokens[0], a_first ? &a : &b));
    ck_assert(token_eq(&tokens[1], a_first ? &b : &a));
    ck_assert_uint_eq(timers_count(timers), 0);
    timers_free(timers);
}
END_TEST

/* A page that goes and comes brings its timer each time. */
START_TEST(a_page_has_one_timer_the_earliest)
{
    struct timers *timers = timers_new();
    const struct token *tokens = NULL;
    struct token token = random_peer_token(1);
    for (int i = 0; i < 1000; i++) {
        timers_add(timers, &token, 500 + i % 7);
    }
    ck_assert_uint_eq(timers_count(timers), 1);
    ck_assert_int_eq(timers_due_ms(timers), 500);
    timers_add(timers, &token, 400);
    ck_assert_uint_eq(timers_take_due(timers, 399, &tokens), 0);
    ck_assert_uint_eq(timers_take_due(timers, 400, &tokens), 1);
    ck_assert_uint_eq(timers_take_due(timers, INT64_MAX, &tokens), 0);
    timers_add(timers, &token, 900);
    ck_assert_uint_eq(timers_take_due(timers, 900, &tokens), 1);
    timers_free(timers);
}
END_TEST

static bool has(const struct token *tokens, size_t count, uint32_t page)
{
    struct token token = random_peer_token(page);
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        found = found || token_eq(&tokens[i], &token);
    }
    return found;
}

/* Against a plain list of pages: some are added while the clock goes on, some of them late already.
 */
START_TEST(any_order_is_that_of_a_list)
{
    struct prng rng = prng_seed((uint64_t)_i, "timers");
    struct timers *timers = timers_new();
    int64_t due_ms[PAGES]; /* INT64_MAX: it has no timer */
    int64_t now_ms = 0;
    size_t count = 0;
    for (uint32_t i = 0; i < PAGES; i++) {
        due_ms[i] = INT64_MAX;
    }
    while (count < TIMERS) {
        for (uint32_t more = prng_below(&rng, 60); more > 0; more--, count++) {
            uint32_t page = prng_below(&rng, PAGES);
            int64_t at_ms = now_ms - 50 + prng_below(&rng, 1000);
            struct token token = random_peer_token(page);
            timers_add(timers, &token, at_ms);
            due_ms[page] = at_ms < due_ms[page] ? at_ms : due_ms[page];
        }
        now_ms += prng_below(&rng, 50);
        bool due[PAGES] = {false};
        size_t wanted = 0;
        size_t left = 0;
        for (uint32_t i = 0; i < PAGES; i++) {
            due[i] = due_ms[i] <= now_ms;
            due_ms[i] = due[i] ? INT64_MAX : due_ms[i];
            wanted += due[i];
            left += due_ms[i] < INT64_MAX;
        }
        const struct token *tokens = NULL;
        size_t got = timers_take_due(timers, now_ms, &tokens);
        quiet_check(got == wanted, "seed %d: %d due, not %d", _i, (int)got, (int)wanted);
        quiet_check(timers_count(timers) == left, "seed %d: %d left", _i, (int)left);
        for (size_t i = 0; i < got; i++) {
            quiet_check(i == 0 || memcmp(&tokens[i - 1], &tokens[i], sizeof tokens[0]) < 0,
                        "seed %d: out of order", _i);
        }
        for (uint32_t i = 0; i < PAGES; i++) {
            quiet_check(has(tokens, got, i) == due[i], "seed %d: page %d", _i, (int)i);
        }
    }
    timers_free(timers);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("timers");
    TCase *tests = tcase_create("timers");
    tcase_add_test(tests, without_timers_nothing_is_due);
    tcase_add_test(tests, a_timer_is_due_from_its_time_on);
    tcase_add_test(tests, tokens_come_in_order_each_once);
    tcase_add_test(tests, a_page_has_one_timer_the_earliest);
    tcase_add_loop_test(tests, any_order_is_that_of_a_list, 0, 20);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
