#include "tests/unit/mock_kafka.h"

#include <check.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>

#define BROKER 1
#define ERRORS_MAX 16

void mock_kafka_open_brokers(struct mock_kafka *mock, int32_t partitions, int brokers)
{
    char text[256];
    settings_defaults(&mock->settings);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    (void)rd_kafka_conf_set(conf, "log_level", "0", text, sizeof text); /* it has no brokers */
    mock->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    ck_assert_msg(mock->rk != NULL, "%s", text);
    mock->cluster = rd_kafka_mock_cluster_new(mock->rk, brokers);
    ck_assert_ptr_nonnull(mock->cluster);
    (void)snprintf(mock->settings.kafka_brokers, sizeof mock->settings.kafka_brokers, "%s",
                   rd_kafka_mock_cluster_bootstraps(mock->cluster));
    (void)snprintf(mock->settings.process_name, sizeof mock->settings.process_name, "test");
    mock->settings.kafka_feed_partitions = partitions;
    mock->settings.visits_partitions = partitions;
    mock->settings.kafka_wait_s = 10;
    mock->settings.kafka_session_ms = 3500; /* a new group waits for three seconds */
}

void mock_kafka_open(struct mock_kafka *mock, int32_t partitions)
{
    mock_kafka_open_brokers(mock, partitions, 1);
}

void mock_kafka_lead(struct mock_kafka *mock, enum topic topic, int32_t partition, int broker)
{
    char name[KAFKA_TOPIC_BYTES];
    kafka_topic_name(&mock->settings, topic_infos[topic].text, name);
    ck_assert_int_eq(rd_kafka_mock_partition_set_leader(mock->cluster, name, partition, broker), 0);
}

void mock_kafka_make(struct mock_kafka *mock, enum topic topic)
{
    char name[KAFKA_TOPIC_BYTES];
    kafka_topic_name(&mock->settings, topic_infos[topic].text, name);
    ck_assert_int_eq(rd_kafka_mock_topic_create(mock->cluster, name,
                                                topic_partition_count(&mock->settings, topic), 1),
                     0);
}

void mock_kafka_lose(struct mock_kafka *mock, enum topic topic, bool lost)
{
    char name[KAFKA_TOPIC_BYTES];
    kafka_topic_name(&mock->settings, topic_infos[topic].text, name);
    rd_kafka_mock_topic_set_error(mock->cluster, name,
                                  lost ? RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART : 0);
}

void mock_kafka_close(struct mock_kafka *mock)
{
    rd_kafka_mock_cluster_destroy(mock->cluster);
    rd_kafka_destroy(mock->rk);
}

void mock_kafka_fail(struct mock_kafka *mock, int kind, rd_kafka_resp_err_t error, size_t count)
{
    rd_kafka_resp_err_t errors[ERRORS_MAX];
    ck_assert_uint_le(count, ERRORS_MAX);
    for (size_t i = 0; i < count; i++) {
        errors[i] = error;
    }
    rd_kafka_mock_push_request_errors_array(mock->cluster, (int16_t)kind, count, errors);
}

void mock_kafka_delay(struct mock_kafka *mock, int kind, int delay_ms, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(rd_kafka_mock_broker_push_request_error_rtts(mock->cluster, BROKER,
                                                                      (int16_t)kind, 1, 0,
                                                                      delay_ms),
                         0);
    }
}

void mock_kafka_set_up(struct mock_kafka *mock, bool up)
{
    rd_kafka_resp_err_t code = up ? rd_kafka_mock_broker_set_up(mock->cluster, BROKER)
                                  : rd_kafka_mock_broker_set_down(mock->cluster, BROKER);
    ck_assert_int_eq(code, 0);
}
