/* test_run_silence.c - brokers that answer and acknowledge nothing are said once, and once when it
 * is over; brokers that are away are not. */
#include "connectors/cli/run_silence.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct look {
    int64_t now_ms, since_ms;
    bool away;
    const char *says; /* NULL: nothing */
};

#define LOOKS_MAX 8
static const struct {
    const char *name;
    struct look looks[LOOKS_MAX];
} rows[] = {
    {"nothing waits", {{1000, 0, false, NULL}, {90000, 0, false, NULL}}},
    {"the last moment of patience", {{1000, 1000, false, NULL}, {10999, 1000, false, NULL}}},
    {"said once, and once when it is over",
     {{1000, 1000, false, NULL},
      {11000, 1000, false, "nothing of decisions for 10 s"},
      {60000, 1000, false, NULL},
      {63000, 62990, false, "again, after 62 s"},
      {64000, 62990, false, NULL}}},
    {"over when nothing waits",
     {{11000, 1000, false, "nothing of decisions"}, {12500, 0, false, "again, after 11 s"}}},
    {"it goes on and on",
     {{9000, 1000, false, NULL}, {18000, 9000, false, NULL}, {27000, 18000, false, NULL}}},
    {"others wait still",
     {{11000, 1000, false, "nothing of decisions"},
      {12000, 1500, false, NULL},
      {13000, 3001, false, "again, after 12 s"}}},
    {"brokers away are said elsewhere, and may come to themselves",
     {{5000, 1000, true, NULL},
      {30000, 1000, true, NULL},
      {39999, 1000, false, NULL},
      {40000, 1000, false, "nothing of decisions for 39 s"}}},
    {"away while it is said",
     {{11000, 1000, false, "nothing of decisions"},
      {20000, 1000, true, NULL},
      {30000, 1000, false, NULL},
      {31000, 0, false, "again, after 30 s"}}},
};

START_TEST(said_once)
{
    struct run_silence silence = {.said_ms = 0};
    for (int i = 0; i < LOOKS_MAX && rows[_i].looks[i].now_ms != 0; i++) {
        const struct look *look = &rows[_i].looks[i];
        bool says =
            run_silence_set(&silence, "decisions", look->since_ms, look->away, look->now_ms);
        ck_assert_msg(says == (look->says != NULL), "%s, look %d: %s", rows[_i].name, i,
                      silence.line);
        ck_assert_msg(!says || strstr(silence.line, look->says) != NULL, "%s, look %d: %s",
                      rows[_i].name, i, silence.line);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run_silence");
    TCase *tests = tcase_create("run_silence");
    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, said_once, 0, sizeof rows / sizeof rows[0]);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
