/* test_kafka_in_silent.c - the broker of the group stands with what a member has asked of it: a new
 * client gets the partitions, and does not wait for the old one's answers. */
#include "engine/base/clock.h"
#include "tests/unit/kafka_reader.h"

#include <check.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define EACH 50            /* messages of a partition */
#define COMMITS 30         /* more than a client repeats one */
#define REFUSALS 16        /* more than a client meets in a second */
#define SILENCE_MS 1000000 /* longer than a test */
#define WAIT_MS 60000
#define TIMEOUT_S 70

static struct mock_kafka mock;
static struct kafka_reader reader;

/* ---- how often clients want a share ---- */

static int subscribed;

typedef rd_kafka_resp_err_t subscribe_fn(rd_kafka_t *rk,
                                         const rd_kafka_topic_partition_list_t *topics);

/* Stands before the client's own. */
rd_kafka_resp_err_t rd_kafka_subscribe(rd_kafka_t *rk,
                                       const rd_kafka_topic_partition_list_t *topics)
{
    subscribe_fn *real = NULL;
    void *library = dlopen("librdkafka.so.1", RTLD_NOW);
    ck_assert_ptr_nonnull(library);
    void *symbol = dlsym(library, "rd_kafka_subscribe");
    memcpy(&real, &symbol, sizeof real);
    subscribed++;
    return real(rk, topics);
}

static void begin(void)
{
    mock_kafka_open(&mock, KAFKA_READER_PARTITIONS);
    mock_kafka_make(&mock, TOPIC_VISITS);
    kafka_reader_produce(&mock, TOPIC_VISITS, 0, EACH);
}

static void end(void)
{
    kafka_in_close(reader.in);
    mock_kafka_close(&mock);
}

static void open_reader(void)
{
    reader.start = KAFKA_COMMITTED;
    kafka_reader_open(&reader, &mock, "test", "test-0");
}

/* Until all partitions have begun for the so manieth time; `stands`: it takes nothing meanwhile. */
static void wait_begun(int times, bool stands)
{
    struct err err = {.code = ERR_NONE};
    int64_t end_ms = clock_mono_ms() + WAIT_MS;
    while (reader.begun < times * KAFKA_READER_PARTITIONS || !kafka_in_has_joined(reader.in)) {
        int result = stands ? kafka_in_keep(reader.in, &err) : kafka_reader_take(&reader, &err);
        ck_assert_msg(result >= 0, "%s", err.text);
        ck_assert_msg(clock_mono_ms() < end_ms, "it does not come to that");
    }
}

/* It was asked where partitions begin, which the client gives up after 10 s. */
START_TEST(where_they_begin)
{
    mock_kafka_delay(&mock, MOCK_OFFSETS, SILENCE_MS, 1);
    open_reader();
    kafka_reader_take_until(&reader, EACH);
    ck_assert_int_eq(subscribed, 2);
}
END_TEST

/* It was asked for a share, for which the client waits five minutes. */
START_TEST(which_are_ours)
{
    mock_kafka_delay(&mock, MOCK_JOIN, SILENCE_MS, 1);
    open_reader();
    wait_begun(1, false);
    kafka_reader_take_until(&reader, EACH);
    ck_assert_int_eq(subscribed, 2);
}
END_TEST

/* It was told of offsets: the session ends, and the first client would join again only when that
 * commit, which it repeats, has an answer. */
START_TEST(what_is_done)
{
    open_reader();
    kafka_reader_take_until(&reader, EACH);
    mock_kafka_delay(&mock, MOCK_COMMIT, SILENCE_MS, COMMITS);
    kafka_in_done(reader.in, TOPIC_VISITS, 0, EACH);
    kafka_in_commit(reader.in);
    wait_begun(2, _i == 1);
    ck_assert_int_eq(subscribed, 2);
}
END_TEST

/* Where the group left it they need not be told where its log begins and ends: what is gone would
 * show when it is fetched. */
START_TEST(how_far_the_log_goes)
{
    open_reader();
    kafka_reader_take_until(&reader, EACH);
    for (int32_t i = 0; i < KAFKA_READER_PARTITIONS; i++) {
        kafka_in_done(reader.in, TOPIC_VISITS, i, EACH);
    }
    kafka_in_close(reader.in);
    mock.settings.kafka_wait_s = 1;
    mock_kafka_fail(&mock, MOCK_BOUNDS, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, REFUSALS);
    reader = (struct kafka_reader){.begun = 0};
    kafka_reader_produce(&mock, TOPIC_VISITS, EACH, 2 * EACH);
    open_reader();
    wait_begun(1, false);
    kafka_reader_take_until(&reader, 2 * EACH);
    ck_assert_int_eq(subscribed, 2); /* each reader once */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kafka_in_silent");
    TCase *tests = tcase_create("kafka_in_silent");
    suite_add_tcase(suite, tests);
    tcase_set_timeout(tests, TIMEOUT_S);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, where_they_begin);
    tcase_add_test(tests, which_are_ours);
    tcase_add_loop_test(tests, what_is_done, 0, 2);
    tcase_add_test(tests, how_far_the_log_goes);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
