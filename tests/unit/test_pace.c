/* test_pace.c - records go out at their rate, or as the events' own time goes. */
#include "connectors/cli/pace.h"

#include <check.h>
#include <stdlib.h>

#define MINUTE_MS 60000

/* One record: when it comes to be sent, of which time, and how long it must wait. */
struct record {
    int64_t now_us, event_ms, wait_us;
};

static const struct {
    const char *name;
    int64_t rate, speed;
    struct record records[4];
} rows[] = {
    {"without a bound nothing waits", 0, 0, {{0, 1, 0}, {1, 9 * MINUTE_MS, 0}, {2, 0, 0}}},
    {"four a second", 4, 0, {{0, 0, 0}, {0, 0, 250000}, {300000, 0, 200000}, {800000, 0, 0}}},
    {"a rate catches up", 4, 0, {{0, 0, 0}, {900000, 0, 0}, {900000, 0, 0}, {900000, 0, 0}}},
    {"a minute at speed 20 is three seconds",
     0,
     20,
     {{0, 1000, 0}, {0, 1000 + MINUTE_MS, 3000000}, {3000000, 1000 + MINUTE_MS, 0}}},
    {"the directory costs no time",
     0,
     20,
     {{0, 0, 0}, {5000000, 0, 0}, {7000000, 1000, 0}, {7000000, 1000 + MINUTE_MS, 3000000}}},
    {"what is overdue is sent at once",
     0,
     20,
     {{0, 1000, 0}, {9000000, 1000 + MINUTE_MS, 0}, {9000000, 1000 + 4 * MINUTE_MS, 3000000}}},
};

START_TEST(it_is_due)
{
    struct pace pace = pace_begin(rows[_i].rate, rows[_i].speed, 0);
    for (int k = 0; k < 4; k++) {
        const struct record *r = &rows[_i].records[k];
        if (k > 0 && r->now_us == 0 && r->event_ms == 0 && r->wait_us == 0) {
            break; /* the row has no more */
        }
        int64_t wait_us = pace_next(&pace, r->event_ms, r->now_us);
        ck_assert_msg(wait_us == r->wait_us, "%s, record %d: waits %lld us", rows[_i].name, k,
                      (long long)wait_us);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pace");
    TCase *tests = tcase_create("pace");
    tcase_add_loop_test(tests, it_is_due, 0, sizeof rows / sizeof rows[0]);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
