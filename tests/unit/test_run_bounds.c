/* test_run_bounds.c - the bound of memory beside the pages follows the settings. */
#include "connectors/cli/run_bounds.h"

#include "connectors/kafka/kafka_in.h"
#include "engine/flush.h"

#include <check.h>
#include <stdlib.h>

#define MIB ((int64_t)1024 * 1024)

START_TEST(each_setting_adds_what_it_allows)
{
    static const struct {
        const char *name;
        size_t offset; /* in struct settings */
        int64_t more, low, high;
    } rows[] = {
#define AT(member) offsetof(struct settings, member)
        /* Two engine workers, one ingest worker and the directory. */
        {"fetched", AT(kafka_fetch_kbytes), 1024, 4 * MIB, 4 * MIB},
        {"not acknowledged", AT(kafka_out_kbytes), 1024, 2 * 3 * MIB, 2 * 3 * MIB},
        {"copies of pages", AT(engine_flush_bytes_max), MIB, 4 * MIB, 4 * MIB},
        {"changed pages", AT(engine_flush_pages_max), 1000, 4 * 16000, 4 * 16000},
        {"an ingest worker", AT(ingest_workers), 1, 64 * MIB, 300 * MIB},
        {"an engine worker", AT(engine_workers), 1, 64 * MIB, 300 * MIB},
        {"a partition", AT(visits_partitions), 1, 64 * MIB, 120 * MIB},
        {"a partition of the feeds", AT(kafka_feed_partitions), 1, 1, 4 * MIB},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct settings settings;
        settings_defaults(&settings);
        settings.engine_workers = 2;
        int64_t before = run_bounds_process(&settings, true, true);
        *(int64_t *)(void *)((char *)&settings + rows[i].offset) += rows[i].more;
        int64_t more = run_bounds_process(&settings, true, true) - before;
        ck_assert_msg(more >= rows[i].low && more <= rows[i].high, "%s: %lld", rows[i].name,
                      (long long)more);
    }
}
END_TEST

START_TEST(roles_add_up)
{
    struct settings settings;
    settings_defaults(&settings);
    int64_t both = run_bounds_process(&settings, true, true);
    ck_assert_int_eq(both, run_bounds_process(&settings, true, false) +
                               run_bounds_process(&settings, false, true));
    ck_assert_int_eq(run_bounds_process(&settings, false, false), 0);
    /* With the settings as they come a process stays below a gigabyte. */
    ck_assert_int_gt(both, 512 * MIB);
    ck_assert_int_lt(both, 1024 * MIB);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run_bounds");
    TCase *tests = tcase_create("run_bounds");
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, each_setting_adds_what_it_allows);
    tcase_add_test(tests, roles_add_up);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
