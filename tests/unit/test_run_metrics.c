/* test_run_metrics.c - the page for Prometheus: each metric with head and lines, in its format. */
#include "connectors/cli/run_metrics.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct settings settings;
static struct run_status status;
static struct buf out;

static void begin(void)
{
    settings_defaults(&settings);
    settings.visits_partitions = 4;
    settings.engine_workers = 2;
    run_status_init(&status, &settings);
    atomic_store_explicit(&run_status_engine(&status, 0)->started, true, memory_order_release);
    atomic_store_explicit(&run_status_engine(&status, 1)->started, true, memory_order_release);
}

static void end(void)
{
    run_status_fini(&status);
    buf_fini(&out);
}

static void check_has(const char *lines)
{
    ck_assert_msg(strstr(buf_text(&out), lines) != NULL, "no \"%s\" in\n%s", lines, buf_text(&out));
}

START_TEST(rows_have_labels)
{
    run_status_set(&status.visits[3].next, 12);
    run_status_set(&status.visits[3].lag, -1); /* not known yet */
    run_status_set(&status.visits[3].page_bytes, 4096);
    run_status_set(&run_status_raw(&status, TOPIC_CALLS, 2)->next, 7);
    run_status_set(&run_status_raw(&status, TOPIC_CALLS, 2)->lag, 5);
    run_status_set(&run_status_engine(&status, 1)->renewals, 2);
    run_status_set(&status.memory_bound, 1000);
    run_status_set(&status.directory_bytes, 2000);
    run_metrics_write(&status, &out);
    check_has("# HELP sluice_visits_next_offset Next frame to take.\n"
              "# TYPE sluice_visits_next_offset gauge\n"
              "sluice_visits_next_offset{partition=\"3\"} 12\n"
              "# HELP sluice_visits_lag ");
    check_has("# TYPE sluice_visits_lag gauge\n# HELP"); /* and no line */
    check_has("# TYPE sluice_visits_fetched_total counter\n");
    check_has("\nsluice_pages_bytes{partition=\"3\"} 4096\n");
    check_has("\nsluice_feed_lag{topic=\"calls\",partition=\"2\"} 5\n");
    check_has("\nsluice_producer_renewals_total{role=\"engine\",worker=\"1\"} 2\n");
    check_has("\nsluice_memory_bound_bytes 1000\n");
    check_has("\nsluice_directory_bytes 2000\n");
    ck_assert_ptr_null(strstr(buf_text(&out), "role=\"ingest\"")); /* it does not run */
}
END_TEST

START_TEST(latencies_are_histograms_over_all_workers)
{
    hist_add(&run_status_engine(&status, 0)->latencies[LATENCY_OUTPUT], 127); /* us */
    hist_add(&run_status_engine(&status, 1)->latencies[LATENCY_OUTPUT], 128);
    hist_add(&run_status_engine(&status, 1)->latencies[LATENCY_OUTPUT], 2000000000);
    hist_add(&run_status_engine(&status, 1)->latencies[LATENCY_STEP], 1500); /* ns */
    run_metrics_write(&status, &out);
    check_has("# TYPE sluice_output_seconds histogram\n"
              "sluice_output_seconds_bucket{le=\"0.000128\"} 1\n"
              "sluice_output_seconds_bucket{le=\"0.000256\"} 2\n");
    check_has("sluice_output_seconds_bucket{le=\"67.108864\"} 2\n"
              "sluice_output_seconds_bucket{le=\"+Inf\"} 3\n"
              "sluice_output_seconds_sum 2000.000255\n"
              "sluice_output_seconds_count 3\n");
    check_has("sluice_step_seconds_bucket{le=\"0.000001024\"} 0\n"
              "sluice_step_seconds_bucket{le=\"0.000002048\"} 1\n");
    check_has("sluice_step_seconds_sum 0.000001500\n");
}
END_TEST

START_TEST(outputs_and_refusals_by_word)
{
    struct output warning = {.kind = OUTPUT_WARNING, .what = STR("urgent")};
    struct output decision = {.kind = OUTPUT_DECISION};
    run_outputs_count(&run_status_engine(&status, 0)->outputs, &warning);
    run_outputs_count(&run_status_engine(&status, 1)->outputs, &warning);
    run_outputs_count(&run_status_engine(&status, 1)->outputs, &decision);
    atomic_store_explicit(&run_status_ingest(&status, 0)->started, true, memory_order_release);
    run_status_set(&run_status_ingest(&status, 0)->refused[REFUSAL_BAD_TIME], 4);
    run_metrics_write(&status, &out);
    check_has("# TYPE sluice_outputs_total counter\n"
              "sluice_outputs_total{topic=\"warnings\",what=\"urgent\"} 2\n"
              "sluice_outputs_total{topic=\"decisions\",what=\"\"} 1\n"
              "# HELP sluice_records_refused_total ");
    check_has("\nsluice_records_refused_total{reason=\"bad_time\"} 4\n");
}
END_TEST

/* A metric's lines stand together below its head, and no head comes twice. */
START_TEST(every_line_is_of_the_metric_above_it)
{
    char name[128] = "";
    size_t heads = 0;
    run_status_set(&status.visits[0].next, 1);
    run_metrics_write(&status, &out);
    for (const char *line = buf_text(&out); *line != '\0'; line = strchr(line, '\n') + 1) {
        if (strncmp(line, "# HELP ", 7) == 0) {
            size_t len = strcspn(line + 7, " ");
            memcpy(name, line + 7, len);
            name[len] = '\0';
            char head[160];
            (void)snprintf(head, sizeof head, "# HELP %s ", name);
            ck_assert_ptr_null(strstr(line + 1, head));
            heads++;
        } else {
            const char *of = strncmp(line, "# TYPE ", 7) == 0 ? line + 7 : line;
            ck_assert_msg(strncmp(of, name, strlen(name)) == 0, "%.40s below %s", line, name);
        }
    }
    ck_assert_uint_gt(heads, 30);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run_metrics");
    TCase *tests = tcase_create("run_metrics");
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, rows_have_labels);
    tcase_add_test(tests, latencies_are_histograms_over_all_workers);
    tcase_add_test(tests, outputs_and_refusals_by_word);
    tcase_add_test(tests, every_line_is_of_the_metric_above_it);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
