/* test_run_gate.c - a worker that stands still says so once, and once when it goes on; it
 * answers its group meanwhile. */
#include "connectors/cli/run_gate.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define REDIS "Redis is behind"
#define KAFKA "Kafka is behind"

START_TEST(says_what_lasts)
{
    static const struct {
        const char *name;
        int64_t at_ms;
        const char *why;
        const char *line; /* NULL: nothing is said */
    } rows[] = {
        {"open from the beginning", 1000, NULL, NULL},
        {"a bound is reached", 2000, REDIS, NULL},
        {"and left soon", 2999, NULL, NULL},
        {"reached again", 5000, REDIS, NULL},
        {"for nearly a second", 5999, REDIS, NULL},
        {"for a second", 6000, REDIS, "takes nothing more: Redis is behind"},
        {"once is enough", 6001, REDIS, NULL},
        {"also of another bound", 60000, KAFKA, NULL},
        {"goes on", 65234, NULL, "goes on after 60.2 s"},
        {"once is enough of that, too", 65235, NULL, NULL},
        {"the next time is new", 70000, KAFKA, NULL},
        {"and counts from its own beginning", 71000, KAFKA, "takes nothing more: Kafka is behind"},
        {"goes on again", 71001, NULL, "goes on after 1.0 s"},
    };
    struct run_gate gate = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool said = run_gate_set(&gate, rows[i].why, rows[i].at_ms);
        ck_assert_msg(said == (rows[i].line != NULL), "%s", rows[i].name);
        ck_assert_msg(!said || strcmp(gate.line, rows[i].line) == 0, "%s: \"%s\"", rows[i].name,
                      gate.line);
        ck_assert_msg(gate.why == rows[i].why, "%s", rows[i].name);
    }
}
END_TEST

START_TEST(the_group_is_answered_by_one_that_stands)
{
    static const struct {
        const char *name;
        int64_t at_ms;
        const char *why;
        bool keeps;
    } rows[] = {
        {"open", 1000, NULL, false},
        {"a bound is reached", 5000, REDIS, false},
        {"for nearly two seconds", 6999, REDIS, false},
        {"for two", 7000, REDIS, true},
        {"not at every turn", 7199, KAFKA, false},
        {"five times a second", 7200, REDIS, true},
        {"goes on", 7400, NULL, false},
        {"stands again", 7500, REDIS, false},
        {"counted anew", 9499, REDIS, false},
        {"from its own beginning", 9500, REDIS, true},
        {"a turn that took long", 20000, REDIS, true},
        {"is not made up for", 20001, REDIS, false},
    };
    struct run_gate gate = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)run_gate_set(&gate, rows[i].why, rows[i].at_ms);
        ck_assert_msg(run_gate_keeps(&gate, rows[i].at_ms) == rows[i].keeps, "%s", rows[i].name);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run_gate");
    TCase *tests = tcase_create("run_gate");
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, says_what_lasts);
    tcase_add_test(tests, the_group_is_answered_by_one_that_stands);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
