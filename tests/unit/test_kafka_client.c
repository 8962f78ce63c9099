/* test_kafka_client.c - what a client is refused for, and what is said when no broker answers. */
#include "connectors/kafka/kafka_client.h"

#include "engine/base/clock.h"
#include "tests/unit/mock_kafka.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENOUGH_MS 20000
#define TWO_MS 5000 /* the client itself would ask the other broker much later */

static struct settings settings;

static void begin(void)
{
    settings_defaults(&settings);
    (void)snprintf(settings.process_name, sizeof settings.process_name, "node-7");
    (void)snprintf(settings.kafka_brokers, sizeof settings.kafka_brokers, "127.0.0.1:1");
    settings.kafka_wait_s = 1;
}

START_TEST(clients_are_named_by_process_role_and_worker)
{
    char out[KAFKA_CLIENT_BYTES];
    ck_assert_str_eq(kafka_client_id(&settings, "engine", 3, out), "sluice-node-7-engine-3");
    ck_assert_str_eq(kafka_client_id(&settings, "probe", -1, out), "sluice-node-7-probe");
}
END_TEST

static void put(char *setting, size_t bytes, const char *text)
{
    (void)snprintf(setting, bytes, "%s", text);
}

START_TEST(settings_that_make_no_client)
{
    static const struct {
        const char *name, *security, *user, *password, *ca, *text;
    } rows[] = {
        {"no user", "sasl_ssl", "", "pw", "", "kafka.user"},
        {"no password file", "sasl_plaintext", "u", "", "", "kafka.password_file"},
        {"a password file that is not there", "sasl_ssl", "u", "none", "", "none; make it"},
        {"an empty password", "sasl_ssl", "u", "empty", "", "empty"},
        {"certificates that are not there", "ssl", "", "", "none", "kafka.ca_file: cannot read"},
        {"certificates that are none", "ssl", "", "", "pw", "kafka: "},
    };
    (void)scratch_write("pw", STR("secret\n"));
    (void)scratch_write("empty", STR("\r\n"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {.code = ERR_NONE};
        put(settings.kafka_security, sizeof settings.kafka_security, rows[i].security);
        put(settings.kafka_user, sizeof settings.kafka_user, rows[i].user);
        put(settings.kafka_password_file, sizeof settings.kafka_password_file,
            rows[i].password[0] == '\0' ? "" : scratch_path(rows[i].password));
        put(settings.kafka_ca_file, sizeof settings.kafka_ca_file,
            rows[i].ca[0] == '\0' ? "" : scratch_path(rows[i].ca));
        rd_kafka_t *rk =
            kafka_client_new(&settings, RD_KAFKA_PRODUCER, "test", NULL, NULL, NULL, &err);
        ck_assert_msg(rk == NULL && err.code == ERR_USAGE, "%s", rows[i].name);
        ck_assert_msg(strstr(err.text, rows[i].text) != NULL, "%s: %s", rows[i].name, err.text);
        ck_assert_msg(strstr(err.text, "secret") == NULL, "%s", err.text);
    }
}
END_TEST

START_TEST(an_option_that_the_client_does_not_know)
{
    static const struct kafka_option options[] = {{"no.such.option", "1"}, {NULL, NULL}};
    struct err err = {.code = ERR_NONE};
    ck_assert_ptr_null(
        kafka_client_new(&settings, RD_KAFKA_CONSUMER, "test", options, NULL, NULL, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "does not take no.such.option"));
}
END_TEST

/* What is a topic's own, a topic of a configuration of its own does not have by itself. */
START_TEST(a_message_is_not_given_up)
{
    struct err err = {.code = ERR_NONE};
    char value[32];
    size_t size = sizeof value;
    rd_kafka_t *rk = kafka_client_new(&settings, RD_KAFKA_PRODUCER, "test", NULL, NULL, NULL, &err);
    rd_kafka_topic_conf_t *conf = rd_kafka_default_topic_conf_dup(rk);
    ck_assert_int_eq(rd_kafka_topic_conf_get(conf, "message.timeout.ms", value, &size),
                     RD_KAFKA_CONF_OK);
    ck_assert_str_eq(value, "0");
    rd_kafka_topic_conf_destroy(conf);
    kafka_client_close(rk);
}
END_TEST

START_TEST(no_broker_answers)
{
    struct err err = {.code = ERR_NONE};
    rd_kafka_t *rk = kafka_client_new(&settings, RD_KAFKA_PRODUCER, "test", NULL, NULL, NULL, &err);
    int64_t began_ms = clock_mono_ms();
    ck_assert_int_eq(kafka_client_wait(rk, &settings, &err), -1);
    ck_assert_int_ge(clock_mono_ms() - began_ms, 1000);
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_ptr_nonnull(strstr(err.text, "no broker at 127.0.0.1:1 answered within 1 s"));
    ck_assert_ptr_nonnull(strstr(err.text, "Connection refused)"));
    kafka_client_close(rk);
}
END_TEST

START_TEST(a_broker_that_is_awaited)
{
    struct mock_kafka mock;
    struct err err = {.code = ERR_NONE};
    int64_t first = -1;
    int64_t next = -1;
    char name[KAFKA_TOPIC_BYTES];
    mock_kafka_open(&mock, 1);
    mock_kafka_make(&mock, TOPIC_VISITS);
    mock_kafka_set_up(&mock, false);
    rd_kafka_t *rk =
        kafka_client_new(&mock.settings, RD_KAFKA_PRODUCER, "test", NULL, NULL, NULL, &err);
    mock_kafka_set_up(&mock, true);
    ck_assert_msg(kafka_client_wait(rk, &mock.settings, &err) == 0, "%s", err.text);
    kafka_topic_name(&mock.settings, "visits", name);
    ck_assert_msg(kafka_client_bounds(rk, name, 0, ENOUGH_MS, &first, &next, &err) == 0, "%s",
                  err.text);
    ck_assert_int_eq(first, 0);
    ck_assert_int_eq(next, 0);
    kafka_client_close(rk);
    mock_kafka_close(&mock);
}
END_TEST

/* A client that has heard that the first of two brokers leads. */
struct two_brokers {
    struct mock_kafka mock;
    rd_kafka_t *rk;
    char name[KAFKA_TOPIC_BYTES];
};

static void must_find_bounds(struct two_brokers *t, int64_t within_ms)
{
    struct err err = {.code = ERR_NONE};
    int64_t first = -1;
    int64_t next = -1;
    int64_t begun_ms = clock_mono_ms();
    ck_assert_msg(kafka_client_bounds(t->rk, t->name, 0, ENOUGH_MS, &first, &next, &err) == 0, "%s",
                  err.text);
    ck_assert_int_lt(clock_mono_ms() - begun_ms, within_ms);
}

static void two_brokers_begin(struct two_brokers *t)
{
    struct err err = {.code = ERR_NONE};
    mock_kafka_open_brokers(&t->mock, 1, 2);
    mock_kafka_make(&t->mock, TOPIC_VISITS);
    mock_kafka_lead(&t->mock, TOPIC_VISITS, 0, 1);
    t->rk = kafka_client_new(&t->mock.settings, RD_KAFKA_PRODUCER, "test", NULL, NULL, NULL, &err);
    ck_assert_int_eq(kafka_client_wait(t->rk, &t->mock.settings, &err), 0);
    kafka_topic_name(&t->mock.settings, "visits", t->name);
    must_find_bounds(t, TWO_MS);
}

static void two_brokers_end(struct two_brokers *t)
{
    kafka_client_close(t->rk);
    mock_kafka_close(&t->mock);
}

/* The client goes by what it heard of leaders, for a quarter of an hour if nobody asks anew. */
START_TEST(another_leader_is_found)
{
    struct two_brokers t;
    two_brokers_begin(&t);
    for (int leader = 2; leader >= 1; leader--) {
        mock_kafka_lead(&t.mock, TOPIC_VISITS, 0, leader);
        must_find_bounds(&t, TWO_MS);
    }
    two_brokers_end(&t);
}
END_TEST

/* What is asked of a broker that is gone has no answer and no end. */
START_TEST(a_leader_that_died_is_not_waited_for)
{
    struct two_brokers t;
    two_brokers_begin(&t);
    mock_kafka_set_up(&t.mock, false); /* the first */
    mock_kafka_lead(&t.mock, TOPIC_VISITS, 0, 2);
    must_find_bounds(&t, TWO_MS);
    two_brokers_end(&t);
}
END_TEST

/* The others have not noticed yet that it is gone, and say that it leads. */
START_TEST(a_dead_leader_that_still_counts_as_one_is_asked_so_long_and_no_longer)
{
    struct two_brokers t;
    struct err err = {.code = ERR_NONE};
    int64_t first = -1;
    int64_t next = -1;
    two_brokers_begin(&t);
    mock_kafka_set_up(&t.mock, false);
    int64_t begun_ms = clock_mono_ms();
    ck_assert_int_ne(kafka_client_ask_bound(t.rk, t.name, 0, RD_KAFKA_OFFSET_END, 300, &next), 0);
    ck_assert_int_lt(clock_mono_ms() - begun_ms, 2000);
    ck_assert_int_eq(kafka_client_bounds(t.rk, t.name, 0, 2000, &first, &next, &err), -1);
    ck_assert_int_lt(clock_mono_ms() - begun_ms, 2000 + TWO_MS);
    ck_assert_msg(err.retriable, "%s", err.text);
    mock_kafka_lead(&t.mock, TOPIC_VISITS, 0, 2);
    must_find_bounds(&t, TWO_MS);
    two_brokers_end(&t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kafka_client");
    TCase *tests = tcase_create("kafka_client");
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_add_test(tests, clients_are_named_by_process_role_and_worker);
    tcase_add_test(tests, settings_that_make_no_client);
    tcase_add_test(tests, an_option_that_the_client_does_not_know);
    tcase_add_test(tests, a_message_is_not_given_up);
    tcase_add_test(tests, no_broker_answers);
    tcase_add_test(tests, a_broker_that_is_awaited);
    tcase_add_test(tests, another_leader_is_found);
    tcase_add_test(tests, a_leader_that_died_is_not_waited_for);
    tcase_add_test(tests, a_dead_leader_that_still_counts_as_one_is_asked_so_long_and_no_longer);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
