/* test_kafka_out.c - messages are acknowledged in their order, each once, whatever the producer
 * dies of. */
#include "connectors/kafka/kafka_out.h"

#include "connectors/kafka/kafka_in.h"
#include "engine/base/clock.h"
#include "tests/unit/mock_kafka.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define PARTITIONS 2
#define WAIT_MS 20000
#define ROWS_MAX 8

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
    mock_kafka_make(&mock, TOPIC_WARNINGS);
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

/* A message belongs to the row of its number modulo so many: those of one row stay in order. */
static void begin_rows(uint32_t *next, uint32_t rows)
{
    for (uint32_t i = 0; i < rows; i++) {
        next[i] = i;
    }
}

/* Each once, and those of one row in their order. */
static void check_acknowledged(size_t count, uint32_t rows)
{
    uint32_t next[ROWS_MAX];
    begin_rows(next, rows);
    ck_assert_uint_eq(acknowledged_count, count);
    for (size_t i = 0; i < count; i++) {
        size_t row = acknowledged[i] % rows;
        ck_assert_uint_eq(acknowledged[i], next[row]);
        next[row] += rows;
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

/* The log has all of them, each where it belongs, those of a row in their order; one may come again
 * behind itself, as a whole tail does. */
static void check_log(enum topic topic, uint32_t count, uint32_t rows, int32_t place(uint32_t))
{
    struct kafka_in_setup setup = {.client_id = "test-in",
                                   .topics = &topic,
                                   .topic_count = 1,
                                   .begin = from_start};
    struct kafka_in_message batch[64];
    struct err err = {.code = ERR_NONE};
    uint32_t next[ROWS_MAX], done = 0;
    int64_t end_ms = clock_mono_ms() + WAIT_MS;
    struct kafka_in *in = kafka_in_open(&mock.settings, &setup, &err);
    ck_assert_int_eq(kafka_in_assign_all(in, PARTITIONS, &err), 0);
    begin_rows(next, rows);
    while (done < count) {
        int got = kafka_in_take(in, batch, 64, 100, &err);
        ck_assert_msg(got >= 0, "%s", err.text);
        for (int i = 0; i < got; i++) {
            uint32_t number;
            memcpy(&number, batch[i].bytes.at, sizeof number);
            ck_assert_int_eq(place(number), batch[i].partition);
            ck_assert_uint_le(number, next[number % rows]); /* none is left out */
            if (number == next[number % rows]) {
                next[number % rows] += rows;
                done++;
            }
        }
        ck_assert_int_lt(clock_mono_ms(), end_ms);
    }
    kafka_in_close(in);
}

static int32_t by_number(uint32_t number)
{
    return (int32_t)(number % PARTITIONS);
}

static void check_visits(uint32_t count)
{
    check_acknowledged(count, PARTITIONS);
    check_log(TOPIC_VISITS, count, PARTITIONS, by_number);
}

START_TEST(acknowledged_in_order)
{
    send_all(0, 10000);
    ck_assert_uint_eq(kafka_out_waiting(out), 10000);
    wait_for_all();
    ck_assert_uint_eq(kafka_out_renewals(out), 0);
    check_visits(10000);
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
    ck_assert_uint_ge(kafka_out_renewals(out), 1);
    check_visits(1000);
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
    ck_assert_int_eq(kafka_out_silent_since(out, &topic), 0);
    ck_assert_uint_eq(kafka_out_renewals(out), 0);
    check_visits(600);
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
    check_acknowledged(count, PARTITIONS);
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

/* Kafka's own test of its hash, org.apache.kafka.common.utils.UtilsTest.testMurmur2. */
static const struct {
    const char *key;
    int32_t hash;
} keys[] = {{"21", -973932308},
            {"foobar", -790332482},
            {"a-little-bit-long-string", -985981536},
            {"a-little-bit-longer-string", -1486304829},
            {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
            {"abc", 479470107}};
#define KEYS (sizeof keys / sizeof keys[0])

static int32_t by_key(uint32_t number)
{
    return (keys[number % KEYS].hash & INT32_MAX) % PARTITIONS;
}

static void send_by_key(uint32_t number, size_t key)
{
    struct kafka_message message = {.key = str_of(keys[key].key),
                                    .bytes = {(const char *)&number, sizeof number}};
    ck_assert(
        kafka_out_send(out, TOPIC_WARNINGS, KAFKA_BY_KEY, &message, (void *)(uintptr_t)number));
}

/* Also those that come before it is known how many partitions there are, and after a new producer
 * has to learn it. */
START_TEST(the_same_key_goes_where_kafka_puts_it)
{
    for (uint32_t i = 0; i < 600; i++) {
        if (i % 100 == 0) {
            poll_once(5);
        }
        if (i == 300 && _i == 1) {
            mock_kafka_fail(&mock, MOCK_PRODUCE, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, 1);
        }
        send_by_key(i, i % KEYS);
    }
    wait_for_all();
    ck_assert_uint_eq(kafka_out_renewals(out) > 0, _i == 1);
    enum topic topic = TOPIC_COUNT;
    ck_assert_int_eq(kafka_out_silent_since(out, &topic), 0);
    check_acknowledged(600, KEYS);
    check_log(TOPIC_WARNINGS, 600, KEYS, by_key);
}
END_TEST

/* Nobody is said to wait for what another producer has brought. */
START_TEST(nothing_waits_behind_a_new_producer)
{
    enum topic topic = TOPIC_COUNT;
    send_by_key(0, 0);
    wait_for_all();
    mock_kafka_fail(&mock, MOCK_PRODUCE, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, 1);
    int64_t sent_ms = clock_mono_ms();
    send_by_key(1, 0);
    while (kafka_out_renewals(out) == 0) {
        poll_once(10);
    }
    ck_assert_int_ge(kafka_out_silent_since(out, &topic), sent_ms);
    ck_assert_int_eq(topic, TOPIC_WARNINGS);
    wait_for_all();
    ck_assert_int_eq(kafka_out_silent_since(out, &topic), 0);
}
END_TEST

/* How many messages the log of a partition has. */
static int64_t end_of_log(enum topic topic, int32_t partition)
{
    struct err err = {.code = ERR_NONE};
    char name[KAFKA_TOPIC_BYTES];
    int64_t end = -1;
    rd_kafka_t *rk =
        kafka_client_new(&mock.settings, RD_KAFKA_CONSUMER, "test-end", NULL, NULL, NULL, &err);
    kafka_topic_name(&mock.settings, topic_infos[topic].text, name);
    ck_assert_int_eq(kafka_client_wait(rk, &mock.settings, &err), 0);
    ck_assert_int_eq(kafka_client_ask_bound(rk, name, partition, RD_KAFKA_OFFSET_END, 1000, &end),
                     0);
    kafka_client_close(rk);
    return end;
}

/* A leader that comes after the first one, which died with the first message on its way, would take
 * the second one first, and refuse the first one for ever. Brokers forget producers, too. */
START_TEST(the_second_message_of_a_producer_waits_for_the_first)
{
    size_t before = 0;
    if (_i == 1) {
        mock.settings.kafka_producer_idle_s = 1;
        ck_assert(try_send(0));
        wait_for_all();
        clock_pause_us(1100000);
        before = 1;
    }
    mock_kafka_delay(&mock, MOCK_PRODUCE, 3000, 1);
    int64_t end_ms = clock_mono_ms() + WAIT_MS, end = (int64_t)before;
    for (uint32_t i = 0; i < 10 || end == (int64_t)before; i++) {
        if (i < 10) {
            ck_assert(try_send(PARTITIONS * i));
        }
        poll_once(30);
        end = i < 9 ? end : end_of_log(TOPIC_VISITS, 0);
        ck_assert_int_lt(clock_mono_ms(), end_ms);
    }
    ck_assert_int_eq(end, (int64_t)before + 1);
    ck_assert_uint_eq(acknowledged_count, before);
    wait_for_all();
    ck_assert_int_eq(end_of_log(TOPIC_VISITS, 0), (int64_t)before + 10);
}
END_TEST

/* However few of its partitions the keys of a topic use. */
START_TEST(behind_an_acknowledged_one_several_are_on_their_way)
{
    int32_t partition = by_key(0);
    int64_t end_ms = clock_mono_ms() + WAIT_MS;
    send_by_key(0, 0);
    wait_for_all();
    mock_kafka_delay(&mock, MOCK_PRODUCE, 3000, 1);
    for (uint32_t i = 1; i <= 10; i++) {
        send_by_key(i, 0);
        poll_once(30);
    }
    while (end_of_log(TOPIC_WARNINGS, partition) < 3) {
        ck_assert_uint_eq(acknowledged_count, 1);
        poll_once(30);
        ck_assert_int_lt(clock_mono_ms(), end_ms);
    }
    ck_assert_uint_eq(acknowledged_count, 1);
    wait_for_all();
    ck_assert_int_eq(end_of_log(TOPIC_WARNINGS, partition), 11);
}
END_TEST

/* A partition that nobody leads keeps what is for it, and nothing else of its topic: also where the
 * first key of all, from which the producer learns how many partitions there are, belongs to it. */
START_TEST(a_partition_without_a_leader_keeps_its_own)
{
    int32_t unled = by_key(0);
    uint32_t count = 0;
    ck_assert_int_ne(by_key(3), by_key(0));
    mock_kafka_lead(&mock, TOPIC_WARNINGS, unled, -1);
    for (size_t i = 0; i < 100; i++) {
        send_by_key(count++, i % 2 == 0 ? 0 : 3);
    }
    int64_t end_ms = clock_mono_ms() + WAIT_MS;
    while (acknowledged_count < 50) {
        poll_once(10);
        ck_assert_int_lt(clock_mono_ms(), end_ms);
    }
    for (int i = 0; i < 10; i++) {
        poll_once(10);
    }
    enum topic topic = TOPIC_COUNT;
    ck_assert_uint_eq(kafka_out_waiting(out), 50);
    ck_assert_int_ne(kafka_out_silent_since(out, &topic), 0);
    mock_kafka_lead(&mock, TOPIC_WARNINGS, unled, 1);
    wait_for_all();
    ck_assert_uint_eq(acknowledged_count, 100);
    ck_assert_int_eq(end_of_log(TOPIC_WARNINGS, 0), 50);
    ck_assert_int_eq(end_of_log(TOPIC_WARNINGS, 1), 50);
    ck_assert_uint_eq(kafka_out_renewals(out), 0);
}
END_TEST

/* What waited before the producer was replaced is said to have waited since then, of each partition
 * by itself. */
START_TEST(a_new_producer_does_not_shorten_the_silence)
{
    enum topic topic = TOPIC_COUNT;
    send_all(0, 2);
    wait_for_all();
    mock_kafka_lead(&mock, TOPIC_VISITS, 1, -1);
    int64_t sent_ms = clock_mono_ms();
    send_all(2, 4);
    while (acknowledged_count < 3) {
        poll_once(10);
    }
    int64_t since_ms = kafka_out_silent_since(out, &topic);
    ck_assert_int_ge(since_ms, sent_ms);
    mock_kafka_fail(&mock, MOCK_PRODUCE, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, 1);
    clock_pause_us(20000);
    ck_assert(try_send(4));
    int64_t end_ms = clock_mono_ms() + WAIT_MS;
    while (acknowledged_count < 4) {
        poll_once(10);
        ck_assert_int_lt(clock_mono_ms(), end_ms);
    }
    ck_assert_uint_ge(kafka_out_renewals(out), 1);
    ck_assert_int_eq(kafka_out_silent_since(out, &topic), since_ms);
    mock_kafka_lead(&mock, TOPIC_VISITS, 1, 1);
    wait_for_all();
    ck_assert_int_eq(kafka_out_silent_since(out, &topic), 0);
}
END_TEST

/* A producer that must be made anew while the process may open no file (0), or somebody replaces
 * the password (1), is made when it can read it. */
START_TEST(a_producer_is_made_when_a_file_can_be_opened)
{
    struct rlimit before;
    struct settings plain = mock.settings;
    send_all(0, 2);
    wait_for_all();
    (void)snprintf(mock.settings.kafka_security, sizeof mock.settings.kafka_security,
                   "sasl_plaintext");
    (void)snprintf(mock.settings.kafka_user, sizeof mock.settings.kafka_user, "u");
    (void)snprintf(mock.settings.kafka_password_file, sizeof mock.settings.kafka_password_file,
                   "%s", scratch_write("password", STR("secret")));
    mock_kafka_fail(&mock, MOCK_PRODUCE, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, 1);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    send_all(2, 10);
    if (_i == 0) {
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &(struct rlimit){3, before.rlim_max}), 0);
    } else {
        ck_assert_int_eq(unlink(mock.settings.kafka_password_file), 0);
    }
    for (int i = 0; i < 50; i++) {
        poll_once(10);
    }
    ck_assert_uint_gt(kafka_out_waiting(out), 0);
    ck_assert_uint_eq(kafka_out_renewals(out), 0);
    mock.settings = plain;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    wait_for_all();
    check_visits(10);
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
    tcase_add_loop_test(tests, the_same_key_goes_where_kafka_puts_it, 0, 2);
    tcase_add_test(tests, nothing_waits_behind_a_new_producer);
    tcase_add_loop_test(tests, the_second_message_of_a_producer_waits_for_the_first, 0, 2);
    tcase_add_test(tests, behind_an_acknowledged_one_several_are_on_their_way);
    tcase_add_test(tests, a_partition_without_a_leader_keeps_its_own);
    tcase_add_test(tests, a_new_producer_does_not_shorten_the_silence);
    tcase_add_loop_test(tests, a_producer_is_made_when_a_file_can_be_opened, 0, 2);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
