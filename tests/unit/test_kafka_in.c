/* test_kafka_in.c - every message once and in order, over rewinds and returns; a gap is an error.
 */
#include "connectors/kafka/kafka_in.h"

#include "connectors/kafka/kafka_out.h"
#include "engine/base/clock.h"
#include "tests/unit/kafka_reader.h"

#include <check.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define EACH 500 /* messages of a partition */

static struct mock_kafka mock;

/* ---- a client that leaves messages out, as some do in batches ---- */

static int leave_out_at = -1;     /* the so manieth message from now on */
static int32_t leave_out_of = -1; /* of this partition; -1: of both */
static int refuse_at = -1;        /* that one is an error */
static int32_t refused = -1;      /* all of this partition are errors */

typedef ssize_t consume_fn(rd_kafka_queue_t *queue, int timeout_ms, rd_kafka_message_t **messages,
                           size_t max);

/* Stands before the client's own. */
ssize_t rd_kafka_consume_batch_queue(rd_kafka_queue_t *queue, int timeout_ms,
                                     rd_kafka_message_t **messages, size_t max)
{
    static consume_fn *real;
    if (real == NULL) {
        void *library = dlopen("librdkafka.so.1", RTLD_NOW);
        ck_assert_ptr_nonnull(library);
        void *symbol = dlsym(library, "rd_kafka_consume_batch_queue");
        memcpy(&real, &symbol, sizeof real);
    }
    ssize_t count = real(queue, timeout_ms, messages, max);
    for (ssize_t i = 0; i < count; i++) {
        if ((refuse_at >= 0 && refuse_at-- == 0) || messages[i]->partition == refused) {
            messages[i]->err = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
        }
    }
    for (ssize_t i = 0; i < count && leave_out_at >= 0; i++) {
        bool counts = leave_out_of < 0 || messages[i]->partition == leave_out_of;
        if (counts && messages[i]->err == 0 && leave_out_at-- == 0) {
            rd_kafka_message_destroy(messages[i]);
            memmove(&messages[i], &messages[i + 1], (size_t)(count - i - 1) * sizeof messages[0]);
            count--;
        }
    }
    return count;
}

static void begin(void)
{
    mock_kafka_open(&mock, KAFKA_READER_PARTITIONS);
    mock_kafka_make(&mock, TOPIC_VISITS);
    kafka_reader_produce(&mock, TOPIC_VISITS, 0, EACH);
}

static void end(void)
{
    mock_kafka_close(&mock);
}

/* ---- fixed partitions ---- */

START_TEST(all_from_where_it_begins)
{
    static const int64_t starts[] = {0, 1, EACH - 1};
    struct kafka_reader r = {.start = starts[_i]};
    kafka_reader_open(&r, &mock, NULL, "test-in");
    kafka_reader_take_until(&r, EACH);
    kafka_reader_produce(&mock, TOPIC_VISITS, EACH, EACH + 10);
    kafka_reader_take_until(&r, EACH + 10);
    ck_assert_int_eq(r.taken[0] + r.taken[1], 2 * (EACH + 10 - starts[_i]));
    ck_assert_int_eq(kafka_in_high(r.in, TOPIC_VISITS, 0), EACH + 10);
    ck_assert_int_eq(kafka_in_next(r.in, TOPIC_VISITS, 1), EACH + 10);
    kafka_in_close(r.in);
    ck_assert_int_eq(r.begun, r.ended);
}
END_TEST

START_TEST(a_rewind_has_neither_gap_nor_stale_message)
{
    static const int64_t places[] = {0, 7, 100, EACH - 1, 50, 0, 250};
    struct kafka_reader r = {.start = 0};
    struct err err = {.code = ERR_NONE};
    kafka_reader_open(&r, &mock, NULL, "test-in");
    for (size_t i = 0; i < 5 * sizeof places / sizeof places[0]; i++) {
        int32_t partition = (int32_t)(i % KAFKA_READER_PARTITIONS);
        ck_assert_msg(kafka_reader_take(&r, &err) >= 0, "%s", err.text);
        r.next[partition] = places[i % (sizeof places / sizeof places[0])];
        kafka_in_rewind(r.in, TOPIC_VISITS, partition, r.next[partition]);
    }
    kafka_reader_take_until(&r, EACH);
    kafka_in_close(r.in);
}
END_TEST

/* Each as soon as the one before: the client must not be told to stop what it stops already. */
START_TEST(many_rewinds_at_once)
{
    struct kafka_reader r = {.start = 0};
    struct err err = {.code = ERR_NONE};
    kafka_reader_open(&r, &mock, NULL, "test-in");
    for (int i = 0; i < 3000; i++) {
        r.next[0] = i % EACH;
        kafka_in_rewind(r.in, TOPIC_VISITS, 0, r.next[0]);
        int count = kafka_in_take(r.in, r.batch, KAFKA_READER_BATCH, 0, &err);
        ck_assert_msg(count >= 0, "%s", err.text);
        kafka_in_return(r.in, r.batch, (size_t)count);
    }
    kafka_reader_take_until(&r, EACH);
    kafka_in_close(r.in);
}
END_TEST

START_TEST(what_is_given_back_comes_again)
{
    struct kafka_reader r = {.start = 0};
    struct err err = {.code = ERR_NONE};
    size_t given_back = 0;
    kafka_reader_open(&r, &mock, NULL, "test-in");
    while (given_back < 300) {
        int count = kafka_reader_take(&r, &err);
        ck_assert_msg(count >= 0, "%s", err.text);
        size_t left = (size_t)count - (size_t)count / 3;
        for (size_t i = (size_t)count - left; i < (size_t)count; i++) {
            r.next[r.batch[i].partition]--;
        }
        kafka_in_return(r.in, r.batch + (size_t)count - left, left);
        given_back += left;
    }
    kafka_reader_take_until(&r, EACH);
    kafka_in_close(r.in);
}
END_TEST

START_TEST(who_takes_nothing_for_long_loses_nothing)
{
    struct kafka_reader r = {.start = 0};
    struct err err = {.code = ERR_NONE};
    size_t bytes;
    kafka_reader_open(&r, &mock, NULL, "test-in");
    for (int i = 0; i < 10; i++) {
        ck_assert_msg(kafka_reader_take(&r, &err) >= 0, "%s", err.text);
        clock_pause_us(20000); /* more comes meanwhile */
        for (int again = 0; again < 3; again++) {
            ck_assert_msg(kafka_in_keep(r.in, &err) == 0, "%s", err.text);
            ck_assert_uint_eq(kafka_in_ready(r.in, &bytes), 0);
        }
        clock_pause_us(i % 2 == 0 ? 0 : 150000); /* and nothing now */
        ck_assert_uint_eq(kafka_in_ready(r.in, &bytes), 0);
    }
    kafka_reader_take_until(&r, EACH);
    kafka_reader_produce(&mock, TOPIC_VISITS, EACH, EACH + 10);
    for (int32_t i = 0; i < 2 * KAFKA_READER_PARTITIONS; i++) {
        ck_assert_msg(kafka_in_keep(r.in, &err) == 0, "%s", err.text);
    }
    ck_assert_int_eq(kafka_in_high(r.in, TOPIC_VISITS, 0), EACH + 10);
    ck_assert_int_eq(kafka_in_high(r.in, TOPIC_VISITS, 1), EACH + 10);
    kafka_in_close(r.in);
}
END_TEST

/* Ours, but not to be taken before it is said where it begins; also when all is assigned anew. */
START_TEST(what_begins_later_waits_for_its_place)
{
    struct kafka_reader r = {.start = KAFKA_LATER};
    struct err err = {.code = ERR_NONE};
    kafka_reader_open(&r, &mock, NULL, "test-in");
    for (int i = 0; i < 20; i++) {
        if (i == 10) {
            kafka_reader_produce(&mock, TOPIC_VISITS, EACH,
                                 EACH + 10); /* nor is it taken from where it is now */
        }
        ck_assert_int_eq(kafka_reader_take(&r, &err), 0);
    }
    ck_assert_int_eq(kafka_in_next(r.in, TOPIC_VISITS, 1), KAFKA_LATER);
    r.next[1] = 100;
    kafka_in_rewind(r.in, TOPIC_VISITS, 1, 100);
    ck_assert_msg(kafka_in_keep(r.in, &err) == 0, "%s", err.text);
    int64_t end_ms = clock_mono_ms() + KAFKA_READER_WAIT_MS;
    while (r.next[1] < EACH + 10) {
        ck_assert_msg(kafka_reader_take(&r, &err) >= 0, "%s", err.text);
        ck_assert_int_lt(clock_mono_ms(), end_ms);
    }
    ck_assert_int_eq(r.taken[0], 0);
    ck_assert_int_eq(r.taken[1], EACH + 10 - 100);
    r.next[0] = 7;
    kafka_in_rewind(r.in, TOPIC_VISITS, 0, 7);
    kafka_reader_take_until(&r, EACH + 10);
    ck_assert_int_eq(r.taken[0], EACH + 10 - 7);
    ck_assert_int_eq(r.taken[1], EACH + 10 - 100);
    kafka_in_close(r.in);
    ck_assert_int_eq(r.ended, KAFKA_READER_PARTITIONS);
}
END_TEST

START_TEST(a_gap_is_an_error)
{
    static const int places[] = {0, 1, 77, 300};
    struct kafka_reader r = {.start = 0};
    struct err err = {.code = ERR_NONE};
    int result = 0;
    kafka_reader_open(&r, &mock, NULL, "test-in");
    leave_out_at = places[_i];
    int64_t end_ms = clock_mono_ms() + KAFKA_READER_WAIT_MS;
    while (result >= 0) {
        result = kafka_reader_take(&r, &err);
        ck_assert_int_lt(clock_mono_ms(), end_ms);
    }
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_ptr_nonnull(strstr(err.text, "was expected; nothing after it is taken"));
    leave_out_at = -1;
    kafka_in_close(r.in);
}
END_TEST

/* Senders may have transactions, whose ends take offsets: so does a feed, and its reader goes on
 * behind them, also where one is the last. */
START_TEST(a_hole_in_a_feed_is_passed)
{
    static const int places[] = {0, 1, 77, 2 * EACH - 1};
    struct kafka_reader r = {.feed = true};
    struct err err = {.code = ERR_NONE};
    mock_kafka_make(&mock, TOPIC_CALLS);
    kafka_reader_produce(&mock, TOPIC_CALLS, 0, EACH);
    kafka_reader_open(&r, &mock, NULL, "test-in");
    leave_out_at = places[_i];
    int64_t end_ms = clock_mono_ms() + KAFKA_READER_WAIT_MS;
    while (kafka_in_next(r.in, TOPIC_CALLS, 0) < EACH ||
           kafka_in_next(r.in, TOPIC_CALLS, 1) < EACH) {
        ck_assert_msg(kafka_reader_take(&r, &err) >= 0, "%s", err.text);
        ck_assert_int_lt(clock_mono_ms(), end_ms);
    }
    ck_assert_int_eq(r.taken[0] + r.taken[1], 2 * EACH - 1);
    leave_out_at = -1;
    kafka_in_close(r.in);
}
END_TEST

/* What was given back is there: what comes in its place was fetched before. */
START_TEST(no_hole_is_passed_where_a_message_was_given_back)
{
    struct kafka_reader r = {.feed = true};
    struct err err = {.code = ERR_NONE};
    int count = 0;
    mock_kafka_make(&mock, TOPIC_CALLS);
    kafka_reader_produce(&mock, TOPIC_CALLS, 0, EACH);
    kafka_reader_open(&r, &mock, NULL, "test-in");
    while (count == 0) {
        count = kafka_in_take(r.in, r.batch, 1, 50, &err);
    }
    leave_out_of = r.batch[0].partition;
    leave_out_at = 0;
    kafka_in_return(r.in, r.batch, 1);
    int64_t end_ms = clock_mono_ms() + KAFKA_READER_WAIT_MS;
    while (count >= 0) {
        count = kafka_in_take(r.in, r.batch, KAFKA_READER_BATCH, 50, &err);
        ck_assert_int_lt(clock_mono_ms(), end_ms);
    }
    ck_assert_ptr_nonnull(strstr(err.text, "was expected; nothing after it is taken"));
    kafka_in_close(r.in);
}
END_TEST

/* Who goes on after an error misses nothing of what was in hand with it. */
START_TEST(after_an_error_nothing_is_missing)
{
    static const int places[] = {0, 1, 77, 300};
    struct kafka_reader r = {.start = 0};
    struct err err = {.code = ERR_NONE};
    int errors = 0;
    kafka_reader_open(&r, &mock, NULL, "test-in");
    refuse_at = places[_i];
    int64_t end_ms = clock_mono_ms() + KAFKA_READER_WAIT_MS;
    while (r.next[0] < EACH || r.next[1] < EACH) {
        errors += kafka_reader_take(&r, &err) < 0;
        ck_assert_int_lt(clock_mono_ms(), end_ms);
    }
    ck_assert_int_eq(errors, 1);
    ck_assert_int_eq(r.taken[0] + r.taken[1], 2 * EACH);
    kafka_in_close(r.in);
}
END_TEST

START_TEST(an_error_of_one_partition_holds_up_no_other)
{
    struct kafka_reader r = {.start = 0};
    struct err err = {.code = ERR_NONE};
    kafka_reader_open(&r, &mock, NULL, "test-in");
    refused = _i;
    int64_t end_ms = clock_mono_ms() + KAFKA_READER_WAIT_MS;
    while (r.next[1 - _i] < EACH) {
        (void)kafka_reader_take(&r, &err);
        ck_assert_int_lt(clock_mono_ms(), end_ms);
    }
    ck_assert_int_eq(r.taken[_i], 0);
    kafka_in_close(r.in);
}
END_TEST

/* The log ends sooner: nobody jumps to where there is something. */
START_TEST(an_offset_that_is_not_there_is_an_error)
{
    struct kafka_reader r = {.start = EACH + 100};
    struct err err = {.code = ERR_NONE};
    mock.settings.kafka_wait_s = 1;
    int64_t end_ms = clock_mono_ms() + KAFKA_READER_WAIT_MS;
    kafka_reader_open(&r, &mock, NULL, "test-in");
    int count;
    while ((count = kafka_reader_take(&r, &err)) == 0) {
        ck_assert_int_lt(clock_mono_ms(), end_ms);
    }
    ck_assert_int_eq(count, -1);
    ck_assert_ptr_nonnull(strstr(err.text, "visits["));
    ck_assert_ptr_nonnull(strstr(err.text, "offset 600 is to come next, and the log has 0 to 500"));
    kafka_in_close(r.in);
}
END_TEST

/* A broker that believes that it leads has less than there is: what is wanted comes in the end. */
START_TEST(an_offset_that_is_not_there_yet_is_waited_for)
{
    struct kafka_reader r = {.start = EACH + 5};
    struct err err = {.code = ERR_NONE};
    kafka_reader_open(&r, &mock, NULL, "test-in");
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(kafka_reader_take(&r, &err), 0);
    }
    kafka_reader_produce(&mock, TOPIC_VISITS, EACH, EACH + 100);
    kafka_reader_take_until(&r, EACH + 100);
    ck_assert_int_eq(r.taken[0], 95);
    kafka_in_close(r.in);
}
END_TEST

static void ignore(void *context, void *receipt)
{
    (void)context;
    (void)receipt;
}

/* More than a partition keeps: what was in it is gone. */
static void forget(void)
{
    static char filler[200000];
    struct err err = {.code = ERR_NONE};
    uint32_t state = 1;
    for (size_t i = 0; i < sizeof filler; i++) { /* what cannot be packed */
        state = state * 1664525 + 1013904223;
        filler[i] = (char)(state >> 24);
    }
    struct kafka_message message = {.bytes = {filler, sizeof filler}};
    struct kafka_out *out = kafka_out_open(&mock.settings, "test-out", ignore, NULL, NULL, &err);
    for (int i = 0; i < 60; i++) {
        ck_assert(kafka_out_send(out, TOPIC_VISITS, i % KAFKA_READER_PARTITIONS, &message, NULL));
    }
    ck_assert_int_eq(kafka_out_settle(out, KAFKA_READER_WAIT_MS, &err), 0);
    kafka_out_close(out);
}

/* What was deleted at the beginning is not waited for. */
START_TEST(an_offset_that_is_gone_is_an_error_at_once)
{
    struct kafka_reader r = {.start = 0};
    struct err err = {.code = ERR_NONE};
    int count = 0;
    forget();
    int64_t begun_ms = clock_mono_ms();
    kafka_reader_open(&r, &mock, NULL, "test-in");
    while ((count = kafka_reader_take(&r, &err)) == 0) {
        ck_assert_int_lt(clock_mono_ms(), begun_ms + KAFKA_READER_WAIT_MS);
    }
    ck_assert_int_eq(count, -1);
    ck_assert_int_lt(clock_mono_ms() - begun_ms, mock.settings.kafka_wait_s * 1000);
    ck_assert_msg(strstr(err.text, "offset 0 is to come next") != NULL, "%s", err.text);
    kafka_in_close(r.in);
}
END_TEST

START_TEST(a_broker_that_goes_and_comes)
{
    struct kafka_reader r = {.start = 0};
    struct err err = {.code = ERR_NONE};
    kafka_reader_open(&r, &mock, NULL, "test-in");
    kafka_reader_take_until(&r, EACH);
    mock_kafka_set_up(&mock, false);
    for (int i = 0; i < 10; i++) {
        ck_assert_int_eq(kafka_reader_take(&r, &err), 0);
    }
    mock_kafka_set_up(&mock, true);
    kafka_reader_produce(&mock, TOPIC_VISITS, EACH, EACH + 100);
    kafka_reader_take_until(&r, EACH + 100);
    kafka_in_close(r.in);
}
END_TEST

START_TEST(what_lies_ready_is_told)
{
    struct kafka_reader r = {.start = 0};
    struct err err = {.code = ERR_NONE};
    size_t bytes = 1;
    kafka_reader_open(&r, &mock, NULL, "test-in");
    int64_t end_ms = clock_mono_ms() + KAFKA_READER_WAIT_MS;
    while (kafka_reader_take(&r, &err) == 0) {
        ck_assert_int_lt(clock_mono_ms(), end_ms);
    }
    while (kafka_in_ready(r.in, &bytes) == 0) {
        ck_assert_int_lt(clock_mono_ms(), end_ms);
    }
    size_t count = kafka_in_ready(r.in, &bytes);
    ck_assert_uint_le(count, 2 * EACH);
    ck_assert_uint_eq(bytes, count * sizeof(uint32_t));
    kafka_in_close(r.in);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kafka_in");
    TCase *tests = tcase_create("kafka_in");
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_loop_test(tests, all_from_where_it_begins, 0, 3);
    tcase_add_test(tests, a_rewind_has_neither_gap_nor_stale_message);
    tcase_add_test(tests, many_rewinds_at_once);
    tcase_add_test(tests, what_is_given_back_comes_again);
    tcase_add_test(tests, who_takes_nothing_for_long_loses_nothing);
    tcase_add_test(tests, what_begins_later_waits_for_its_place);
    tcase_add_loop_test(tests, a_gap_is_an_error, 0, 4);
    tcase_add_loop_test(tests, a_hole_in_a_feed_is_passed, 0, 4);
    tcase_add_test(tests, no_hole_is_passed_where_a_message_was_given_back);
    tcase_add_loop_test(tests, after_an_error_nothing_is_missing, 0, 4);
    tcase_add_loop_test(tests, an_error_of_one_partition_holds_up_no_other, 0, 2);
    tcase_add_test(tests, an_offset_that_is_not_there_is_an_error);
    tcase_add_test(tests, an_offset_that_is_not_there_yet_is_waited_for);
    tcase_add_test(tests, an_offset_that_is_gone_is_an_error_at_once);
    tcase_add_test(tests, a_broker_that_goes_and_comes);
    tcase_add_test(tests, what_lies_ready_is_told);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
