/* test_run_status.c - what drains read, and when a process is alive and of use. */
#include "connectors/cli/run_status.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct settings settings;
static struct run_status status;
static struct buf out;

static void begin(void)
{
    settings_defaults(&settings);
    settings.visits_partitions = 2;
    settings.kafka_feed_partitions = 2;
    settings.engine_workers = 2;
    settings.http_stalled_s = 60;
    run_status_init(&status, &settings);
}

static void end(void)
{
    run_status_fini(&status);
    buf_fini(&out);
}

START_TEST(what_is_not_ours_is_not_shown)
{
    run_status_json(&status, &out);
    ck_assert_str_eq(buf_text(&out),
                     "{\"stopping\":false,\"refused\":0,\"visits\":[],\"raw\":[]}\n");
}
END_TEST

/* The beginning of each row is what `feed` and the tests read; more comes behind. */
START_TEST(rows_begin_with_next_and_unacked)
{
    struct run_row *visits = &status.visits[1];
    struct run_row *raw = run_status_raw(&status, TOPIC_LISTS, 1);
    run_status_set(&visits->next, 12);
    run_status_set(&visits->unacked, 3);
    run_status_set(&visits->w, 10);
    run_status_set(&visits->lag, 4);
    run_status_set(&visits->pack, 7);
    run_status_set(&raw->next, 5);
    run_status_set(&raw->unacked, 1);
    run_status_set(&run_status_ingest(&status, 0)->refused[REFUSAL_BAD_TIME], 2);
    run_status_json(&status, &out);
    ck_assert_str_eq(
        buf_text(&out),
        "{\"stopping\":false,\"refused\":2,\"visits\":[{\"partition\":1,\"next\":12,\"unacked\":3,"
        "\"w\":10,\"waiting\":0,\"resets\":0,\"fetched\":0,\"applied\":0,\"duplicate\":0,"
        "\"included\":0,\"quarantined\":0,\"lag\":4,\"pack\":7,\"pages\":0}],"
        "\"raw\":[{\"topic\":\"lists\",\"partition\":1,\"next\":5,\"unacked\":1,\"lag\":-1}]}\n");
}
END_TEST

#define NOW_MS 1000000

START_TEST(health_says_what_is_wrong)
{
    static const struct {
        const char *name;
        int64_t kafka_ms, redis_ms, moved_ms; /* before now; 0: not away */
        bool stopping;
        unsigned code;
        const char *text;
    } rows[] = {
        {"all is well", 0, 0, 10, false, 200, "ok\n"},
        {"away for a while", 59999, 59999, 59999, false, 200, "ok\n"},
        {"Kafka", 60000, 0, 10, false, 503, "no broker answers for 60 s\n"},
        {"Redis", 0, 75000, 10, false, 503, "engine 1 has no connection to Redis for 75 s\n"},
        {"a worker", 0, 0, 61000, false, 503, "engine 1 has not moved for 61 s\n"},
        {"stopping", 0, 0, 10, true, 503, "stopping\n"},
    };
    struct run_worker *w = run_status_engine(&status, 1);
    atomic_store_explicit(&w->started, true, memory_order_release);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t kafka_ms = rows[i].kafka_ms == 0 ? 0 : NOW_MS - rows[i].kafka_ms;
        run_status_set(&status.kafka_since_ms, kafka_ms);
        run_status_set(&w->redis_since_ms, rows[i].redis_ms == 0 ? 0 : NOW_MS - rows[i].redis_ms);
        run_status_set(&w->moved_ms, NOW_MS - rows[i].moved_ms);
        atomic_store_explicit(&status.stopping, rows[i].stopping, memory_order_release);
        buf_clear(&out);
        unsigned code = run_status_health(&status, NOW_MS, &out);
        ck_assert_msg(code == rows[i].code, "%s: %u", rows[i].name, code);
        ck_assert_msg(strcmp(buf_text(&out), rows[i].text) == 0, "%s: %s", rows[i].name,
                      buf_text(&out));
    }
}
END_TEST

START_TEST(a_worker_of_a_role_that_is_not_run_is_not_asked)
{
    ck_assert_uint_eq(run_status_health(&status, NOW_MS, &out), 200);
    atomic_store_explicit(&status.started, true, memory_order_release);
    ck_assert_uint_eq(run_status_ready(&status, &out), 200);
}
END_TEST

START_TEST(ready_is_more_than_alive)
{
    static const struct {
        const char *name;
        bool started, kafka_away, serves;
        unsigned code;
        const char *text;
    } rows[] = {
        {"starting", false, false, true, 503, "starting or stopping\n"},
        {"no broker", true, true, true, 503, "no broker answers\n"},
        {"partitions", true, false, false, 503, "ingest 0 waits for its partitions\n"},
        {"ready", true, false, true, 200, "ok\n"},
    };
    struct run_worker *w = run_status_ingest(&status, 0);
    atomic_store_explicit(&w->started, true, memory_order_release);
    run_status_set(&w->moved_ms, NOW_MS);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        atomic_store_explicit(&status.started, rows[i].started, memory_order_release);
        atomic_store_explicit(&w->serves, rows[i].serves, memory_order_release);
        run_status_set(&status.kafka_since_ms, rows[i].kafka_away ? NOW_MS - 10 : 0);
        buf_clear(&out);
        unsigned code = run_status_ready(&status, &out);
        ck_assert_msg(code == rows[i].code, "%s: %u", rows[i].name, code);
        ck_assert_msg(strcmp(buf_text(&out), rows[i].text) == 0, "%s: %s", rows[i].name,
                      buf_text(&out));
        buf_clear(&out);
        ck_assert_uint_eq(run_status_health(&status, NOW_MS, &out), 200);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run_status");
    TCase *tests = tcase_create("run_status");
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, what_is_not_ours_is_not_shown);
    tcase_add_test(tests, rows_begin_with_next_and_unacked);
    tcase_add_test(tests, health_says_what_is_wrong);
    tcase_add_test(tests, a_worker_of_a_role_that_is_not_run_is_not_asked);
    tcase_add_test(tests, ready_is_more_than_alive);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
