/* test_kafka_in.c - every message once and in order, over rewinds, returns, rebalances; a gap is an
 * error. */
#include "connectors/kafka/kafka_in.h"

#include "connectors/kafka/kafka_out.h"
#include "engine/base/clock.h"
#include "tests/unit/mock_kafka.h"

#include <check.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define PARTITIONS 2
#define EACH 500 /* messages of a partition */
#define BATCH 64
#define WAIT_MS 20000

static struct mock_kafka mock;
static const enum topic topics[] = {TOPIC_VISITS};

/* ---- a client that leaves messages out, as some do in batches ---- */

static int leave_out_at = -1; /* the so manieth message from now on */

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
    for (ssize_t i = 0; i < count && leave_out_at >= 0; i++) {
        if (leave_out_at-- == 0) {
            rd_kafka_message_destroy(messages[i]);
            memmove(&messages[i], &messages[i + 1], (size_t)(count - i - 1) * sizeof messages[0]);
            count--;
        }
    }
    return count;
}

/* ---- messages ---- */

static void acknowledged(void *context, void *receipt)
{
    (void)context;
    (void)receipt;
}

/* The message at offset n of a partition has n as content. */
static void produce(uint32_t from, uint32_t to)
{
    struct err err = {.code = ERR_NONE};
    struct kafka_out *out =
        kafka_out_open(&mock.settings, "test-out", acknowledged, NULL, NULL, &err);
    ck_assert_msg(out != NULL, "%s", err.text);
    for (uint32_t i = from; i < to; i++) {
        struct kafka_message message = {.bytes = {(const char *)&i, sizeof i}};
        for (int32_t partition = 0; partition < PARTITIONS; partition++) {
            ck_assert(kafka_out_send(out, TOPIC_VISITS, partition, &message, NULL));
        }
    }
    while (kafka_out_waiting(out) > 0) {
        ck_assert_int_eq(kafka_out_poll(out, 10, &err), 0);
    }
    kafka_out_close(out);
}

static void begin(void)
{
    mock_kafka_open(&mock, PARTITIONS);
    mock_kafka_make(&mock, TOPIC_VISITS);
    produce(0, EACH);
}

static void end(void)
{
    mock_kafka_close(&mock);
}

/* ---- a reader that keeps its own count ---- */

struct reader {
    struct kafka_in *in;
    int64_t start; /* where partitions begin; KAFKA_COMMITTED: where the group left them */
    int64_t next[PARTITIONS];  /* -1: not its own */
    int64_t first[PARTITIONS]; /* since it was begun where the group left it */
    int64_t taken[PARTITIONS];
    int begun, ended;
    struct kafka_in_message batch[BATCH];
};

static int64_t begin_partition(void *context, enum topic topic, int32_t partition, struct err *err)
{
    struct reader *r = context;
    ck_assert_int_eq(topic, TOPIC_VISITS);
    (void)err;
    r->begun++;
    r->next[partition] = r->start;
    return r->start;
}

static void end_partition(void *context, enum topic topic, int32_t partition)
{
    struct reader *r = context;
    (void)topic;
    r->ended++;
    r->next[partition] = -1;
}

static void open_reader(struct reader *r, const char *group, const char *member)
{
    struct err err = {.code = ERR_NONE};
    struct kafka_in_setup setup = {.client_id = member,
                                   .group = group,
                                   .member = group == NULL ? NULL : member,
                                   .topics = topics,
                                   .topic_count = 1,
                                   .begin = begin_partition,
                                   .end = end_partition,
                                   .context = r};
    r->next[0] = r->next[1] = -1;
    r->in = kafka_in_open(&mock.settings, &setup, &err);
    ck_assert_msg(r->in != NULL, "%s", err.text);
    if (group == NULL) {
        ck_assert_int_eq(kafka_in_assign_all(r->in, PARTITIONS, &err), 0);
    }
}

/* Takes one batch and checks it; returns how many there were, or -1. */
static int take(struct reader *r, struct err *err)
{
    int count = kafka_in_take(r->in, r->batch, BATCH, 50, err);
    for (int i = 0; i < count; i++) {
        const struct kafka_in_message *m = &r->batch[i];
        int64_t *next = &r->next[m->partition];
        uint32_t content;
        memcpy(&content, m->bytes.at, sizeof content);
        if (*next == KAFKA_COMMITTED) { /* the brokers knew where */
            *next = r->first[m->partition] = m->offset;
        }
        ck_assert_int_eq(m->offset, *next);
        ck_assert_int_eq(content, m->offset);
        *next += 1;
        r->taken[m->partition]++;
    }
    return count;
}

static void take_until(struct reader *r, int64_t next)
{
    struct err err = {.code = ERR_NONE};
    int64_t end_ms = clock_mono_ms() + WAIT_MS;
    while (r->next[0] < next || r->next[1] < next) {
        ck_assert_msg(take(r, &err) >= 0, "%s", err.text);
        ck_assert_msg(clock_mono_ms() < end_ms, "at %lld and %lld", (long long)r->next[0],
                      (long long)r->next[1]);
    }
}

/* ---- fixed partitions ---- */

START_TEST(all_from_where_it_begins)
{
    static const int64_t starts[] = {0, 1, EACH - 1};
    struct reader r = {.start = starts[_i]};
    open_reader(&r, NULL, "test-in");
    take_until(&r, EACH);
    produce(EACH, EACH + 10);
    take_until(&r, EACH + 10);
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
    struct reader r = {.start = 0};
    struct err err = {.code = ERR_NONE};
    open_reader(&r, NULL, "test-in");
    for (size_t i = 0; i < 5 * sizeof places / sizeof places[0]; i++) {
        int32_t partition = (int32_t)(i % PARTITIONS);
        ck_assert_msg(take(&r, &err) >= 0, "%s", err.text);
        r.next[partition] = places[i % (sizeof places / sizeof places[0])];
        ck_assert_int_eq(kafka_in_rewind(r.in, TOPIC_VISITS, partition, r.next[partition], &err),
                         0);
    }
    take_until(&r, EACH);
    kafka_in_close(r.in);
}
END_TEST

START_TEST(what_is_given_back_comes_again)
{
    struct reader r = {.start = 0};
    struct err err = {.code = ERR_NONE};
    size_t given_back = 0;
    open_reader(&r, NULL, "test-in");
    while (given_back < 300) {
        int count = take(&r, &err);
        ck_assert_msg(count >= 0, "%s", err.text);
        size_t left = (size_t)count - (size_t)count / 3;
        for (size_t i = (size_t)count - left; i < (size_t)count; i++) {
            r.next[r.batch[i].partition]--;
        }
        ck_assert_int_eq(kafka_in_return(r.in, r.batch + (size_t)count - left, left, &err), 0);
        given_back += left;
    }
    take_until(&r, EACH);
    kafka_in_close(r.in);
}
END_TEST

START_TEST(who_takes_nothing_for_long_loses_nothing)
{
    struct reader r = {.start = 0};
    struct err err = {.code = ERR_NONE};
    open_reader(&r, NULL, "test-in");
    for (int i = 0; i < 10; i++) {
        ck_assert_msg(take(&r, &err) >= 0, "%s", err.text);
        clock_pause_us(20000); /* more comes meanwhile */
        ck_assert_msg(kafka_in_keep(r.in, &err) == 0, "%s", err.text);
    }
    take_until(&r, EACH);
    kafka_in_close(r.in);
}
END_TEST

START_TEST(a_gap_is_an_error)
{
    static const int places[] = {0, 1, 77, 300};
    struct reader r = {.start = 0};
    struct err err = {.code = ERR_NONE};
    int result = 0;
    open_reader(&r, NULL, "test-in");
    leave_out_at = places[_i];
    int64_t end_ms = clock_mono_ms() + WAIT_MS;
    while (result >= 0) {
        result = take(&r, &err);
        ck_assert_int_lt(clock_mono_ms(), end_ms);
    }
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_ptr_nonnull(strstr(err.text, "was expected; nothing after it is taken"));
    leave_out_at = -1;
    kafka_in_close(r.in);
}
END_TEST

/* The log begins later, or ends sooner: nobody jumps to where there is something. */
START_TEST(an_offset_that_is_not_there_is_an_error)
{
    struct reader r = {.start = EACH + 100};
    struct err err = {.code = ERR_NONE};
    int64_t end_ms = clock_mono_ms() + WAIT_MS;
    open_reader(&r, NULL, "test-in");
    int count;
    while ((count = take(&r, &err)) == 0) {
        ck_assert_int_lt(clock_mono_ms(), end_ms);
    }
    ck_assert_int_eq(count, -1);
    ck_assert_ptr_nonnull(strstr(err.text, "visits["));
    kafka_in_close(r.in);
}
END_TEST

START_TEST(a_broker_that_goes_and_comes)
{
    struct reader r = {.start = 0};
    struct err err = {.code = ERR_NONE};
    open_reader(&r, NULL, "test-in");
    take_until(&r, EACH);
    mock_kafka_set_up(&mock, false);
    for (int i = 0; i < 10; i++) {
        ck_assert_int_eq(take(&r, &err), 0);
    }
    mock_kafka_set_up(&mock, true);
    produce(EACH, EACH + 100);
    take_until(&r, EACH + 100);
    kafka_in_close(r.in);
}
END_TEST

START_TEST(what_lies_ready_is_told)
{
    struct reader r = {.start = 0};
    struct err err = {.code = ERR_NONE};
    size_t bytes = 1;
    open_reader(&r, NULL, "test-in");
    int64_t end_ms = clock_mono_ms() + WAIT_MS;
    while (take(&r, &err) == 0) {
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

/* ---- a group ---- */

#define MEMBERS 2

static struct reader members[MEMBERS];

/* Both take until the condition holds; -1: one of them could not. */
static int take_both_until(bool (*holds)(void), struct err *err)
{
    int64_t end_ms = clock_mono_ms() + WAIT_MS;
    while (!holds()) {
        for (int i = 0; i < MEMBERS; i++) {
            if (members[i].in != NULL && take(&members[i], err) < 0) {
                return -1;
            }
        }
        ck_assert_msg(clock_mono_ms() < end_ms, "it does not come to that");
    }
    return 0;
}

static int64_t log_end; /* of both partitions */

static bool each_has_one_at_the_end(void)
{
    bool all = true;
    for (int i = 0; i < MEMBERS; i++) {
        all = all && (members[i].next[0] == log_end) != (members[i].next[1] == log_end);
    }
    return all;
}

static bool one_has_begun_again(void)
{
    return members[0].begun + members[1].begun >= 2 * PARTITIONS + 2 && each_has_one_at_the_end();
}

static bool never(void)
{
    return false;
}

static void produce_one(void)
{
    produce((uint32_t)log_end, (uint32_t)log_end + 1);
    log_end++;
}

/* What the first had done is what the second begins behind; a member that is fenced may have been
 * so by what it had asked for itself, and joins again; a second time it was somebody else. */
START_TEST(members_come_and_are_fenced)
{
    struct err err = {.code = ERR_NONE};
    log_end = EACH;
    members[0].start = members[1].start = KAFKA_COMMITTED;
    open_reader(&members[0], "test", "test-0");
    take_until(&members[0], EACH);
    kafka_in_done(members[0].in, TOPIC_VISITS, 0, 300);
    kafka_in_done(members[0].in, TOPIC_VISITS, 1, EACH);
    kafka_in_commit(members[0].in);
    open_reader(&members[1], "test", "test-1");
    produce_one();
    ck_assert_msg(take_both_until(each_has_one_at_the_end, &err) == 0, "%s", err.text);
    for (int i = 0; i < MEMBERS; i++) {
        ck_assert_msg(members[i].next[0] < 0 || members[i].first[0] == 300, "from %lld",
                      (long long)members[i].first[0]);
        ck_assert(members[i].next[1] < 0 || members[i].first[1] == EACH);
    }
    ck_assert_int_ge(members[0].ended, PARTITIONS);

    mock_kafka_fail(&mock, MOCK_HEARTBEAT, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, 1);
    produce_one();
    ck_assert_msg(take_both_until(one_has_begun_again, &err) == 0, "%s", err.text);
    mock_kafka_fail(&mock, MOCK_HEARTBEAT, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, 6);
    ck_assert_int_eq(take_both_until(never, &err), -1);
    ck_assert_int_eq(err.code, ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "process.name"));
    kafka_in_close(members[0].in);
    kafka_in_close(members[1].in);
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
    tcase_add_test(tests, what_is_given_back_comes_again);
    tcase_add_test(tests, who_takes_nothing_for_long_loses_nothing);
    tcase_add_loop_test(tests, a_gap_is_an_error, 0, 4);
    tcase_add_test(tests, an_offset_that_is_not_there_is_an_error);
    tcase_add_test(tests, a_broker_that_goes_and_comes);
    tcase_add_test(tests, what_lies_ready_is_told);
    tcase_add_test(tests, members_come_and_are_fenced);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
