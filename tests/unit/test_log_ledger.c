/* test_log_ledger.c - visits that were sent are found as they were sent, or the first difference is
 * named. */
#include "connectors/cli/log_ledger.h"
#include "connectors/kafka/kafka_topics.h"
#include "tests/unit/small_event.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct visit visit_of(uint32_t source, uint64_t lsn, int64_t amount)
{
    struct visit visit = {.source = source, .place = {.lsn = lsn}, .leg = LEG_PAYEE};
    visit.event = event_payment("p-1", PHASE_INITIATED, "A", "M", amount, T0);
    return visit;
}

/* Partition 0 sends n visits to partition 1, with amounts 1, 2, .. */
static struct log_ledger *sent(int n)
{
    struct log_ledger *ledger = log_ledger_new(2);
    for (int i = 1; i <= n; i++) {
        struct visit visit = visit_of(SOURCE_VISITS, (uint64_t)i, i);
        log_ledger_sent(ledger, 0, 1, &visit);
    }
    return ledger;
}

START_TEST(what_was_taken_is_compared)
{
    static const struct {
        const char *name;
        int64_t taken[4]; /* amounts, ended by 0 */
        uint64_t in_flight;
        const char *says; /* NULL: nothing */
    } rows[] = {
        {"all three", {1, 2, 3, 0}, 0, NULL},
        {"the last is on its way", {1, 2, 0}, 1, NULL},
        {"one in between is missing", {1, 3, 0}, 1, "visit 1 from partition 0 to partition 1"},
        {"the other way round", {2, 1, 3, 0}, 0, "visit 0 from partition 0 to partition 1"},
        {"one with another value", {1, 2, 4, 0}, 0, "visit 2 from partition 0 to partition 1"},
        {"one more than was sent", {1, 2, 3, 4}, UINT64_MAX, "partition 1 has 4 visits"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct log_ledger *ledger = sent(3);
        struct err err = {0};
        for (size_t k = 0; k < 4 && rows[i].taken[k] != 0; k++) {
            struct visit visit =
                visit_of(SOURCE_VISITS, (uint64_t)rows[i].taken[k], rows[i].taken[k]);
            log_ledger_taken(ledger, 1, &visit);
        }
        int result = log_ledger_close(ledger, &err);
        ck_assert_msg((result == 0) == (rows[i].says == NULL), "%s: %s", rows[i].name, err.text);
        ck_assert_msg(rows[i].says == NULL ||
                          (err.code == ERR_FINDING && strstr(err.text, rows[i].says) != NULL),
                      "%s: %s", rows[i].name, err.text);
        ck_assert_msg(log_ledger_in_flight(ledger) == rows[i].in_flight, "%s", rows[i].name);
        log_ledger_free(ledger);
    }
}
END_TEST

START_TEST(a_visit_in_another_partition_is_a_difference)
{
    struct log_ledger *ledger = sent(1);
    struct err err = {0};
    struct visit visit = visit_of(SOURCE_VISITS, 1, 1);
    log_ledger_taken(ledger, 0, &visit);
    ck_assert_int_eq(log_ledger_close(ledger, &err), -1);
    log_ledger_free(ledger);
}
END_TEST

START_TEST(records_are_counted_by_their_topic)
{
    struct log_ledger *ledger = sent(1);
    struct buf out = {0};
    struct json_writer w = {.out = &out};
    const uint64_t offsets[] = {4, 9, 7};
    for (size_t i = 0; i < 3; i++) {
        struct visit visit = visit_of(source_raw(2, TOPIC_TRANSACTIONS, 3), offsets[i], 1);
        log_ledger_taken(ledger, 0, &visit);
    }
    json_open(&w, NULL, '{');
    log_ledger_write(ledger, &w);
    json_close(&w, '}');
    ck_assert_str_eq(buf_text(&out),
                     "{\"raw\":[{\"topic\":\"transactions\",\"partition\":3,\"taken\":3,"
                     "\"last_offset\":9}],\"sent\":1,\"taken\":0,\"in_flight\":1}");
    log_ledger_free(ledger);
    buf_fini(&out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log_ledger");
    TCase *tests = tcase_create("log_ledger");
    tcase_add_test(tests, what_was_taken_is_compared);
    tcase_add_test(tests, a_visit_in_another_partition_is_a_difference);
    tcase_add_test(tests, records_are_counted_by_their_topic);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
