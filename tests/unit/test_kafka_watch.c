/* test_kafka_watch.c - brokers that are away and topics that are gone are noticed. */
#include "connectors/kafka/kafka_watch.h"

#include "engine/base/clock.h"
#include "tests/unit/mock_kafka.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MS 5000
#define AWAY_MS 300
#define SAID_BYTES 64
#define TIMEOUT_S 60

static struct mock_kafka mock;
static struct kafka_watch *watch;

static void begin(void)
{
    struct err err = {.code = ERR_NONE};
    mock_kafka_open(&mock, 1);
    mock.settings.kafka_wait_s = 1;
    for (int i = 0; i < TOPIC_COUNT; i++) {
        mock_kafka_make(&mock, (enum topic)i);
    }
    watch = kafka_watch_open(&mock.settings, "test", &err);
    ck_assert_msg(watch != NULL, "%s", err.text);
}

static void end(void)
{
    kafka_watch_close(watch);
    mock_kafka_close(&mock);
}

static void look_well(bool answers, int timeout_ms)
{
    struct err err = {.code = ERR_NONE};
    bool answered = !answers;
    ck_assert_msg(kafka_watch_look(watch, timeout_ms, &answered, &err) == 0, "%s", err.text);
    ck_assert(answered == answers);
}

/* All in one test: to make the topics takes seconds. */
START_TEST(brokers_and_topics_go_and_come)
{
    static const enum topic gone[] = {TOPIC_CALLS, TOPIC_VISITS, TOPIC_DEAD_LETTERS};
    look_well(true, ANSWER_MS);
    mock_kafka_set_up(&mock, false);
    look_well(false, AWAY_MS);
    mock_kafka_set_up(&mock, true);
    look_well(true, ANSWER_MS);
    for (int i = 0; i < 2; i++) { /* away for longer than it may be, but not at a time */
        mock_kafka_lose(&mock, TOPIC_SMS, true);
        look_well(true, ANSWER_MS);
        clock_pause_us(600000);
        mock_kafka_lose(&mock, TOPIC_SMS, false);
        look_well(true, ANSWER_MS);
    }
    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++) {
        struct err err = {.code = ERR_NONE};
        bool answers = false;
        char said[KAFKA_TOPIC_BYTES + SAID_BYTES];
        mock_kafka_lose(&mock, gone[i], true);
        look_well(true, ANSWER_MS);
        clock_pause_us(1100000);
        ck_assert_int_eq(kafka_watch_look(watch, ANSWER_MS, &answers, &err), -1);
        ck_assert(answers);
        ck_assert_int_eq(err.code, ERR_OUTSIDE);
        (void)snprintf(said, sizeof said,
                       "kafka: topic sluice.%s is not there for 1 s (kafka.wait_s)",
                       topic_infos[gone[i]].text);
        ck_assert_msg(strstr(err.text, said) != NULL, "%s", err.text);
        mock_kafka_lose(&mock, gone[i], false);
        look_well(true, ANSWER_MS);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kafka_watch");
    TCase *tests = tcase_create("kafka_watch");
    suite_add_tcase(suite, tests);
    tcase_set_timeout(tests, TIMEOUT_S);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, brokers_and_topics_go_and_come);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
