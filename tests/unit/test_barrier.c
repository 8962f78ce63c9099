/* test_barrier.c - a step counts as acknowledged when all of its outputs are, and those before it.
 */
#include "connectors/cli/prng.h"
#include "engine/barrier.h"
#include "tests/unit/quiet_check.h"

#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#define NEXT_LSN 1000
#define ACTIONS_MAX 12

/* A positive number opens an output of that lsn; a negative one acknowledges the output that was
 * opened so manieth; 0 ends. */
static const struct {
    const char *name;
    int actions[ACTIONS_MAX];
    uint64_t acked;
    size_t waiting;
} rows[] = {
    {"nothing was sent", {0}, NEXT_LSN, 0},
    {"one waits", {5}, 5, 1},
    {"one is acknowledged", {5, -1}, NEXT_LSN, 0},
    {"the oldest counts", {5, 6, 9}, 5, 3},
    {"the next one counts then", {5, 6, 9, -1}, 6, 2},
    {"a younger one first changes nothing", {5, 6, 9, -2, -3}, 5, 1},
    {"then all at once", {5, 6, 9, -2, -3, -1}, NEXT_LSN, 0},
    {"two outputs of a step, one acknowledged", {5, 5, -1}, 5, 1},
    {"the other one of them", {5, 5, -2}, 5, 1},
    {"two outputs of a step, both", {5, 5, -2, -1}, NEXT_LSN, 0},
    {"acknowledged before its step's next output", {5, -1, 5}, 5, 1},
    {"so behind an older step", {4, 5, -2, 5, -1}, 5, 1},
    {"that one too", {4, 5, -2, 5, -1, -3}, NEXT_LSN, 0},
};

START_TEST(the_oldest_step_that_waits)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct barrier barrier = {0};
        uint64_t tickets[ACTIONS_MAX];
        size_t opened = 0;
        for (const int *action = rows[i].actions; *action != 0; action++) {
            if (*action > 0) {
                tickets[opened++] = barrier_open(&barrier, (uint64_t)*action);
            } else {
                barrier_close(&barrier, tickets[-*action - 1]);
            }
        }
        ck_assert_msg(barrier_acked_lsn(&barrier, NEXT_LSN) == rows[i].acked, "%s", rows[i].name);
        ck_assert_msg(barrier_waiting(&barrier) == rows[i].waiting, "%s", rows[i].name);
        barrier_fini(&barrier);
    }
}
END_TEST

#define OUTPUTS_MAX 4000

/* Against a plain list, searched from its start each time. */
START_TEST(any_order_against_a_plain_list)
{
    static uint64_t lsns[OUTPUTS_MAX];
    static uint64_t tickets[OUTPUTS_MAX];
    static bool open[OUTPUTS_MAX];
    struct prng rng = prng_seed((uint64_t)_i, "barrier");
    struct barrier barrier = {0};
    uint32_t openings = 20 + prng_below(&rng, 60); /* percent: from few that wait to many */
    uint64_t lsn = 1;
    uint32_t count = 0;
    uint32_t oldest = 0;
    while (oldest < OUTPUTS_MAX) {
        if (count < OUTPUTS_MAX && prng_chance(&rng, openings)) {
            lsn += prng_below(&rng, 3);
            lsns[count] = lsn;
            open[count] = true;
            tickets[count++] = barrier_open(&barrier, lsn);
        } else if (oldest < count) {
            uint32_t at = oldest + prng_below(&rng, count - oldest);
            at = prng_chance(&rng, 50) ? oldest : at;
            if (open[at]) {
                barrier_close(&barrier, tickets[at]);
            }
            open[at] = false;
        }
        while (oldest < count && !open[oldest]) {
            oldest++;
        }
        quiet_check(barrier_acked_lsn(&barrier, lsn + 1) ==
                        (oldest < count ? lsns[oldest] : lsn + 1),
                    "seed %d: output %u", _i, oldest);
    }
    ck_assert_uint_eq(barrier_waiting(&barrier), 0);
    barrier_fini(&barrier);
}
END_TEST

/* What one message that nobody took made large is not kept for ever. */
START_TEST(what_grew_is_given_back)
{
    struct barrier barrier = {.cap = 0};
    for (uint64_t round = 0; round < 3; round++) {
        uint64_t lsn = round * 100000;
        uint64_t first = barrier_open(&barrier, lsn);
        for (uint64_t i = 1; i <= 40000; i++) {
            barrier_close(&barrier, barrier_open(&barrier, lsn + i));
        }
        ck_assert_uint_gt(barrier.cap, 40000);
        ck_assert_uint_eq(barrier_acked_lsn(&barrier, lsn + 50000), lsn);
        barrier_close(&barrier, first);
        ck_assert_uint_eq(barrier.cap, BARRIER_RING_LEAST);
        ck_assert_uint_eq(barrier_acked_lsn(&barrier, lsn + 50000), lsn + 50000);
    }
    barrier_fini(&barrier);
}
END_TEST

START_TEST(a_ticket_closed_twice_is_a_bug)
{
    struct barrier barrier = {0};
    (void)barrier_open(&barrier, 1);
    uint64_t ticket = barrier_open(&barrier, 2);
    barrier_close(&barrier, ticket);
    barrier_close(&barrier, ticket);
}
END_TEST

START_TEST(an_older_step_after_a_younger_one_is_a_bug)
{
    struct barrier barrier = {0};
    (void)barrier_open(&barrier, 2);
    (void)barrier_open(&barrier, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("barrier");
    TCase *tests = tcase_create("barrier");
    tcase_add_test(tests, the_oldest_step_that_waits);
    tcase_add_loop_test(tests, any_order_against_a_plain_list, 0, 8);
    tcase_add_test(tests, what_grew_is_given_back);
    tcase_add_test_raise_signal(tests, a_ticket_closed_twice_is_a_bug, SIGABRT);
    tcase_add_test_raise_signal(tests, an_older_step_after_a_younger_one_is_a_bug, SIGABRT);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
