/* test_kafka_out.c - messages are acknowledged in their order, each once, whatever the producer
 * dies of. */
#include "connectors/kafka/kafka_out.h"

#include "connectors/kafka/kafka_in.h"
#include "engine/base/clock.h"
#include "tests/unit/mock_kafka.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define PARTITIONS 2
#define WAIT_MS 20000

static struct mock_kafka mock;
static struct kafka_out *out;
static size_t acknowledged_count, dropped_count;
static uintptr_t acknowledged[20000]; /* receipts in the order in which they came */

static void note(void *context, void *receipt)
{
    ck_assert_ptr_eq(context, &mock);
    ck_assert_uint_lt(acknowledged_count, sizeof acknowledged / sizeof acknowledged[0]);
    acknowledged[acknowledged_count++] = (uintptr_t)receipt;
}

static void note_drop(void *context, void *receipt)
{
    (void)context;
    (void)receipt;
    dropped_count++;
}

static void begin(void)
{
    struct err err = {.code = ERR_NONE};
    mock_kafka_open(&mock, PARTITIONS);
    mock_kafka_make(&mock, TOPIC_VISITS);
    out = kafka_out_open(&mock.settings, "test-out", note, note_drop, &mock, &err);
    ck_assert_msg(out != NULL, "%s", err.text);
}

static void end(void)
{
    kafka_out_close(out);
    mock_kafka_close(&mock);
}

/* Message number n goes to partition n % 2. */
static bool try_send(uint32_t number)
{
    struct kafka_message message = {.bytes = {(const char *)&number, sizeof number}};
    return kafka_out_send(out, TOPIC_VISITS, (int32_t)(number % PARTITIONS), &message,
                          (void *)(uintptr_t)number);
}

static void send_all(uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        ck_assert(try_send(i));
    }
}

static void poll_once(int timeout_ms)
{
    struct err err = {.code = ERR_NONE};
    ck_assert_msg(kafka_out_poll(out, timeout_ms, &err) == 0, "%s", err.text);
}

static void wait_for_all(void)
{
    int64_t end_ms = clock_mono_ms() + WAIT_MS;
    while (kafka_out_waiting(out) > 0) {
        poll_once(10);
        ck_assert_msg(clock_mono_ms() < end_ms, "%zu still wait", kafka_out_waiting(out));
    }
    ck_assert_uint_eq(kafka_out_bytes(out), 0);
}

/* Each once, and those of one partition in their order. */
static void check_acknowledged(size_t count)
{
    uintptr_t next[PARTITIONS] = {0, 1};
    ck_assert_uint_eq(acknowledged_count, count);
    for (size_t i = 0; i < count; i++) {
        size_t partition = acknowledged[i] % PARTITIONS;
        ck_assert_uint_eq(acknowledged[i], next[partition]);
        next[partition] += PARTITIONS;
    }
}

static int64_t from_start(void *context, enum topic topic, int32_t partition, struct err *err)
{
    (void)context;
    (void)topic;
    (void)partition;
    (void)err;
    return 0;
}

/* The log has all of them in order; one may come again behind itself, as a whole tail does. */
static void check_log(uint32_t count)
{
    static const enum topic topics[] = {TOPIC_VISITS};
    struct kafka_in_setup setup = {.client_id = "test-in",
                                   .topics = topics,
                                   .topic_count = 1,
                                   .begin = from_start};
    struct kafka_in_message batch[64];
    struct err err = {.code = ERR_NONE};
    uint32_t next[PARTITIONS] = {0, 1};
    int64_t end_ms = clock_mono_ms() + WAIT_MS;
    struct kafka_in *in = kafka_in_open(&mock.settings, &setup, &err);
    ck_assert_int_eq(kafka_in_assign_all(in, PARTITIONS, &err), 0);
    while (next[0] < count || next[1] < count) {
        int got = kafka_in_take(in, batch, 64, 100, &err);
        ck_assert_msg(got >= 0, "%s", err.text);
        for (int i = 0; i < got; i++) {
            uint32_t number;
            memcpy(&number, batch[i].bytes.at, sizeof number);
            ck_assert_int_eq((int32_t)(number % PARTITIONS), batch[i].partition);
            ck_assert_uint_le(number, next[number % PARTITIONS]); /* none is left out */
            if (number == next[number % PARTITIONS]) {
                next[number % PARTITIONS] += PARTITIONS;
            }
        }
        ck_assert_int_lt(clock_mono_ms(), end_ms);
    }
    kafka_in_close(in);
}

START_TEST(acknowledged_in_order)
{
    send_all(0, 10000);
    ck_assert_uint_eq(kafka_out_waiting(out), 10000);
    wait_for_all();
    check_acknowledged(10000);
    ck_assert_uint_eq(kafka_out_renewals(out), 0);
    check_log(10000);
}
END_TEST

/* What a broker may refuse for good is fatal for a producer without gaps. */
START_TEST(a_dead_producer_is_replaced)
{
    static const rd_kafka_resp_err_t fatal[] = {
        RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_INVALID_RECORD,
        RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
    };
    send_all(0, 100);
    wait_for_all();
    mock_kafka_fail(&mock, MOCK_PRODUCE, fatal[_i], 1);
    for (uint32_t i = 100; i < 1000; i += 100) {
        send_all(i, i + 100);
        poll_once(5);
    }
    wait_for_all();
    check_acknowledged(1000);
    ck_assert_uint_ge(kafka_out_renewals(out), 1);
    check_log(1000);
}
END_TEST

/* Messages wait, also those that come while it is away, and nothing is sent twice for that. */
START_TEST(a_right_that_lacks_is_said_in_the_end)
{
    struct err err = {.code = ERR_NONE};
    int64_t end_ms = clock_mono_ms() + 20000;
    int result = 0;
    mock.settings.kafka_wait_s = 1;
    mock_kafka_fail(&mock, MOCK_PRODUCE, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 16);
    send_all(0, 10);
    while (result == 0 && clock_mono_ms() < end_ms) {
        result = kafka_out_poll(out, 10, &err);
    }
    ck_assert_int_eq(result, -1);
    ck_assert_msg(strstr(err.text, "sluice.visits") != NULL, "%s", err.text);
    ck_assert_uint_lt(kafka_out_renewals(out), 10); /* each later than the one before */
}
END_TEST

START_TEST(a_broker_that_goes_and_comes)
{
    send_all(0, 100);
    wait_for_all();
    enum topic topic = TOPIC_COUNT;
    ck_assert_int_eq(kafka_out_silent_since(out, &topic), 0);
    int64_t down_ms = clock_mono_ms();
    mock_kafka_set_up(&mock, false);
    send_all(100, 500);
    for (int i = 0; i < 20; i++) {
        poll_once(10);
    }
    ck_assert_uint_ge(kafka_out_waiting(out), 300);
    int64_t since_ms = kafka_out_silent_since(out, &topic);
    ck_assert_int_ge(since_ms, down_ms);
    ck_assert_int_eq(topic, TOPIC_VISITS);
    poll_once(50);
    ck_assert_int_eq(kafka_out_silent_since(out, &topic), since_ms);
    mock_kafka_set_up(&mock, true);
    send_all(500, 600);
    wait_for_all();
    check_acknowledged(600);
    ck_assert_int_eq(kafka_out_silent_since(out, &topic), 0);
    ck_assert_uint_eq(kafka_out_renewals(out), 0);
    check_log(600);
}
END_TEST

START_TEST(bounds_of_messages_and_bytes)
{
    static const struct {
        const char *name;
        int64_t messages, kbytes;
    } rows[] = {{"messages", 1000, 1 << 20}, {"bytes", 1 << 20, 1024}};
    mock.settings.kafka_out_messages = rows[_i].messages;
    mock.settings.kafka_out_kbytes = rows[_i].kbytes;
    mock_kafka_set_up(&mock, false);
    uint32_t count = 0;
    while (!kafka_out_is_full(out)) {
        ck_assert(try_send(count++));
        ck_assert_uint_lt(count, 10000);
    }
    uint32_t full = count;
    while (try_send(count)) { /* what must be sent yet */
        count++;
        ck_assert_uint_lt(count, 20000);
    }
    ck_assert_msg(count == 2 * full || count == 2 * full - 1, "%s: %u, %u", rows[_i].name, full,
                  count);
    size_t bytes = kafka_out_bytes(out);
    ck_assert_uint_le(bytes, 2 * 1024 * (size_t)rows[_i].kbytes + 1024);
    ck_assert_uint_ge(bytes, count * sizeof count);
    mock_kafka_set_up(&mock, true);
    wait_for_all();
    check_acknowledged(count);
    ck_assert(!kafka_out_is_full(out));
}
END_TEST

START_TEST(what_was_not_acknowledged_is_dropped_at_the_end)
{
    mock_kafka_set_up(&mock, false);
    send_all(0, 50);
    kafka_out_close(out);
    out = NULL;
    ck_assert_uint_eq(dropped_count + acknowledged_count, 50);
    ck_assert_uint_gt(dropped_count, 0);
}
END_TEST

/* How many messages the log of partition 0 has. */
static int64_t end_of_log(void)
{
    struct err err = {.code = ERR_NONE};
    char name[KAFKA_TOPIC_BYTES];
    int64_t end = -1;
    rd_kafka_t *rk =
        kafka_client_new(&mock.settings, RD_KAFKA_CONSUMER, "test-end", NULL, NULL, NULL, &err);
    kafka_topic_name(&mock.settings, topic_infos[TOPIC_VISITS].text, name);
    ck_assert_int_eq(kafka_client_wait(rk, &mock.settings, &err), 0);
    ck_assert_int_eq(kafka_client_ask_bound(rk, name, 0, RD_KAFKA_OFFSET_END, 1000, &end), 0);
    kafka_client_close(rk);
    return end;
}

/* A leader that comes after the first one, which died with the first message on its way, would take
 * the second one first, and refuse the first one for ever. */
START_TEST(the_second_message_of_a_producer_waits_for_the_first)
{
    mock_kafka_delay(&mock, MOCK_PRODUCE, 3000, 1);
    int64_t end_ms = clock_mono_ms() + WAIT_MS;
    for (uint32_t i = 0; i < 10 || end_of_log() == 0; i++) {
        if (i < 10) {
            ck_assert(try_send(PARTITIONS * i));
        }
        poll_once(30);
        ck_assert_int_lt(clock_mono_ms(), end_ms);
    }
    ck_assert_int_eq(end_of_log(), 1);
    ck_assert_uint_eq(acknowledged_count, 0);
    wait_for_all();
    ck_assert_int_eq(end_of_log(), 10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kafka_out");
    TCase *tests = tcase_create("kafka_out");
    suite_add_tcase(suite, tests);
    tcase_set_timeout(tests, 30);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, acknowledged_in_order);
    tcase_add_loop_test(tests, a_dead_producer_is_replaced, 0, 3);
    tcase_add_test(tests, a_right_that_lacks_is_said_in_the_end);
    tcase_add_test(tests, a_broker_that_goes_and_comes);
    tcase_add_loop_test(tests, bounds_of_messages_and_bytes, 0, 2);
    tcase_add_test(tests, what_was_not_acknowledged_is_dropped_at_the_end);
    tcase_add_test(tests, the_second_message_of_a_producer_waits_for_the_first);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
