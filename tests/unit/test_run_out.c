/* test_run_out.c - acknowledgements tell lane by lane what is out; a lane that begins anew waits
 * for its own. */
#include "connectors/cli/run_out.h"

#include "connectors/kafka/kafka_in.h"
#include "engine/base/clock.h"
#include "engine/frame.h"
#include "tests/unit/mock_kafka.h"
#include "tests/unit/small_event.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define PARTITIONS 2
#define LANES 3
#define WAIT_MS 20000
#define NEXT 1000 /* the step that a lane would take next */

static struct mock_kafka mock;
static struct run_out *out;
static struct run_outputs sent;
static struct hist frames, outputs;
static struct visit visit;
static _Atomic bool stop;

static void begin(void)
{
    struct err err = {.code = ERR_NONE};
    struct run_out_watch watch = {.sent = &sent,
                                  .frames = &frames,
                                  .outputs = &outputs,
                                  .stop = &stop};
    mock_kafka_open(&mock, PARTITIONS);
    mock_kafka_make(&mock, TOPIC_VISITS);
    mock_kafka_make(&mock, TOPIC_WARNINGS);
    mock_kafka_make(&mock, TOPIC_STOPS);
    out = run_out_open(&mock.settings, "test-run-out", LANES, &watch, &err);
    ck_assert_msg(out != NULL, "%s", err.text);
    visit.event = event_payment("p-1", PHASE_INITIATED, "A", "M", 300000, T0);
}

static void end(void)
{
    run_out_close(out);
    mock_kafka_close(&mock);
}

static void append(uint32_t lane, uint64_t step, uint32_t partition)
{
    struct err err = {.code = ERR_NONE};
    ck_assert_int_eq(run_out_append(out, lane, step, partition, &visit, &err), 0);
}

static void emit(uint32_t lane, uint64_t step, enum output_kind kind, const char *what)
{
    struct err err = {.code = ERR_NONE};
    struct output output = {.kind = kind, .what = str_of(what), .json = STR("{}")};
    ck_assert_int_eq(run_out_emit(out, lane, step, &output, &err), 0);
}

static void end_batch(void)
{
    struct err err = {.code = ERR_NONE};
    ck_assert_int_eq(run_out_end_batch(out, &err), 0);
}

static void wait_for_all(void)
{
    struct err err = {.code = ERR_NONE};
    int64_t end_ms = clock_mono_ms() + WAIT_MS;
    while (run_out_waiting(out) > 0) {
        ck_assert_int_eq(run_out_poll(out, 10, &err), 0);
        ck_assert_int_lt(clock_mono_ms(), end_ms);
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

/* The frames of partition 0, until there are so many; their numbers of visits and clocks. */
static void read_frames(size_t count, uint32_t *visits, int64_t *clocks)
{
    static const enum topic topics[] = {TOPIC_VISITS};
    struct kafka_in_setup setup = {.client_id = "test-in",
                                   .topics = topics,
                                   .topic_count = 1,
                                   .begin = from_start};
    struct kafka_in_message batch[16];
    struct err err = {.code = ERR_NONE};
    int64_t end_ms = clock_mono_ms() + WAIT_MS;
    struct kafka_in *in = kafka_in_open(&mock.settings, &setup, &err);
    ck_assert_int_eq(kafka_in_assign_all(in, 1, &err), 0);
    for (size_t i = 0; i < count;) {
        int got = kafka_in_take(in, batch, 16, 100, &err);
        ck_assert_msg(got >= 0, "%s", err.text);
        for (int k = 0; k < got; k++, i++) {
            struct frame_reader reader;
            ck_assert_uint_lt(i, count);
            ck_assert(frame_open(&reader, batch[k].bytes));
            visits[i] = reader.head.visit_count;
            clocks[i] = reader.head.clock_ms;
            ck_assert((reader.head.writer_ms > 0) == (reader.head.clock_ms == 0));
        }
        ck_assert_int_lt(clock_mono_ms(), end_ms);
    }
    kafka_in_close(in);
}

START_TEST(each_lane_waits_for_its_own_steps)
{
    static const struct {
        const char *name;
        uint64_t steps[LANES]; /* of a visit each; 0: none */
    } rows[] = {
        {"one lane", {7, 0, 0}},
        {"two lanes in one frame", {7, 9, 0}},
        {"all", {1, 2, 3}},
    };
    mock_kafka_set_up(&mock, false);
    for (uint32_t lane = 0; lane < LANES; lane++) {
        ck_assert_uint_eq(run_out_acked(out, lane, NEXT), NEXT);
        if (rows[_i].steps[lane] > 0) {
            append(lane, rows[_i].steps[lane], 0);
        }
    }
    ck_assert_uint_eq(run_out_waiting(out), 1); /* the frame in the making */
    end_batch();
    ck_assert_uint_eq(run_out_waiting(out), 1);
    for (uint32_t lane = 0; lane < LANES; lane++) {
        uint64_t wanted = rows[_i].steps[lane] > 0 ? rows[_i].steps[lane] : NEXT;
        ck_assert_msg(run_out_acked(out, lane, NEXT) == wanted, "%s: %u", rows[_i].name, lane);
    }
    mock_kafka_set_up(&mock, true);
    wait_for_all();
    for (uint32_t lane = 0; lane < LANES; lane++) {
        ck_assert_uint_eq(run_out_acked(out, lane, NEXT), NEXT);
    }
}
END_TEST

/* Of a step's visit and outputs the last one counts, by whichever producer it goes. */
START_TEST(a_step_counts_as_a_whole)
{
    mock_kafka_set_up(&mock, false);
    emit(0, 5, OUTPUT_WARNING, "high");
    emit(0, 5, OUTPUT_STOP, "delay");
    append(0, 5, 1);
    append(0, 6, 0);
    end_batch();
    ck_assert_uint_eq(run_out_waiting(out), 4);
    ck_assert_uint_gt(run_out_bytes(out), 0);
    ck_assert_uint_eq(run_out_acked(out, 0, NEXT), 5);
    mock_kafka_set_up(&mock, true);
    wait_for_all();
    ck_assert_uint_eq(run_out_acked(out, 0, NEXT), NEXT);
    ck_assert_uint_eq(run_out_bytes(out), 0);
    ck_assert_uint_eq(hist_count(&outputs), 2);
    ck_assert_uint_eq(hist_count(&frames), 2);
    int64_t counted = 0;
    for (int i = 0; i < RUN_OUTPUTS_COUNT; i++) {
        counted += atomic_load_explicit(&sent.sent[i], memory_order_relaxed);
    }
    ck_assert_int_eq(counted, 2);
}
END_TEST

/* What a lane sent before a reset is acknowledged to nobody, and other lanes keep theirs. */
START_TEST(a_lane_that_begins_anew)
{
    mock_kafka_set_up(&mock, false);
    append(0, 5, 0);
    append(1, 6, 0);
    end_batch();
    run_out_begin_lane(out, 0);
    ck_assert_uint_eq(run_out_acked(out, 0, NEXT), NEXT);
    append(0, 3, 1); /* it reads again from before */
    end_batch();
    ck_assert_uint_eq(run_out_acked(out, 0, NEXT), 3);
    ck_assert_uint_eq(run_out_acked(out, 1, NEXT), 6);
    mock_kafka_set_up(&mock, true);
    wait_for_all();
    ck_assert_uint_eq(run_out_acked(out, 0, NEXT), NEXT);
    ck_assert_uint_eq(run_out_acked(out, 1, NEXT), NEXT);
}
END_TEST

/* Until everything is out, what nobody waits for included. */
static void wait_for_bytes(void)
{
    struct err err = {.code = ERR_NONE};
    int64_t end_ms = clock_mono_ms() + WAIT_MS;
    while (run_out_bytes(out) > 0) {
        ck_assert_int_eq(run_out_poll(out, 10, &err), 0);
        ck_assert_int_lt(clock_mono_ms(), end_ms);
    }
}

/* Nobody waits for it, one is on its way at a time, and visits that go anyway are as good. */
START_TEST(a_tick_is_a_frame_without_visits)
{
    struct err err = {.code = ERR_NONE};
    uint32_t visits[3];
    int64_t clocks[3];
    run_out_set_clock(out, 5000);
    ck_assert_int_eq(run_out_tick(out, 0, &err), 0);
    ck_assert_int_eq(run_out_tick(out, 0, &err), 0); /* there is one already */
    ck_assert_uint_eq(run_out_waiting(out), 0);
    wait_for_bytes();
    run_out_set_clock(out, 6000);
    append(0, 7, 0);
    ck_assert_int_eq(run_out_tick(out, 0, &err), 0);
    end_batch();
    wait_for_all();
    run_out_set_clock(out, 7000);
    ck_assert_int_eq(run_out_tick(out, 0, &err), 0); /* the first one has arrived long since */
    ck_assert_uint_eq(run_out_acked(out, 0, NEXT), NEXT);
    wait_for_bytes(); /* a message goes out when it is polled for */
    read_frames(3, visits, clocks);
    static const uint32_t wanted_visits[] = {0, 1, 0};
    static const int64_t wanted_clocks[] = {5000, 6000, 7000};
    ck_assert_mem_eq(visits, wanted_visits, sizeof visits);
    ck_assert_mem_eq(clocks, wanted_clocks, sizeof clocks);
}
END_TEST

START_TEST(a_frame_holds_128_visits)
{
    uint32_t visits[2];
    int64_t clocks[2];
    run_out_set_clock(out, 0); /* the broker's; ours stands beside it */
    for (uint64_t step = 1; step <= FRAME_VISITS_MAX + 3; step++) {
        append(0, step, 0);
    }
    end_batch();
    wait_for_all();
    read_frames(2, visits, clocks);
    ck_assert_uint_eq(visits[0], FRAME_VISITS_MAX);
    ck_assert_uint_eq(visits[1], 3);
}
END_TEST

START_TEST(who_is_asked_to_stop_does_not_wait_for_kafka)
{
    struct err err = {.code = ERR_NONE};
    struct output output = {.kind = OUTPUT_WARNING, .what = STR("high"), .json = STR("{}")};
    mock_kafka_set_up(&mock, false);
    mock.settings.kafka_out_messages = 10;
    stop = true;
    for (uint64_t step = 1; step <= 20; step++) {
        emit(0, step, OUTPUT_WARNING, "high");
    }
    ck_assert_int_eq(run_out_emit(out, 0, 21, &output, &err), -1);
    ck_assert(err.retriable);
    ck_assert_uint_eq(run_out_acked(out, 0, NEXT), 1);
    mock_kafka_set_up(&mock, true);
    wait_for_all();
    ck_assert_uint_eq(run_out_acked(out, 0, NEXT), 21);            /* it stays open, */
    ck_assert_int_eq(run_out_emit(out, 0, 22, &output, &err), -1); /* and nothing overtakes it */
}
END_TEST

/* A warning that nobody takes holds up its step, and what is behind it is remembered only so far,
 * though all of it is acknowledged. */
START_TEST(one_message_holds_up_only_so_many_steps)
{
    struct err err = {.code = ERR_NONE};
    for (int32_t partition = 0; partition < PARTITIONS; partition++) {
        mock_kafka_lead(&mock, TOPIC_WARNINGS, partition, -1);
    }
    emit(0, 1, OUTPUT_WARNING, "high");
    emit(1, 1, OUTPUT_WARNING, "high");
    ck_assert_ptr_null(run_out_bound(out));
    for (uint64_t step = 2; step <= RUN_OUT_STEPS_MAX / 2; step++) {
        ck_assert(!run_out_is_full(out));
        append(0, step, 0);
        append(1, step, 0);
        while (step % 32768 == 0 && run_out_waiting(out) > 2) {
            ck_assert_int_eq(run_out_end_batch(out, &err), 0);
            ck_assert_int_eq(run_out_poll(out, 1, &err), 0);
        }
    }
    ck_assert(run_out_is_full(out));
    ck_assert_ptr_nonnull(strstr(run_out_bound(out), "262,144"));
    ck_assert_uint_eq(run_out_acked(out, 0, NEXT), 1);
    run_out_begin_lane(out, 0); /* what it sent before counts no more */
    ck_assert(!run_out_is_full(out));
    ck_assert_uint_eq(run_out_acked(out, 1, NEXT), 1);
    for (int32_t partition = 0; partition < PARTITIONS; partition++) {
        mock_kafka_lead(&mock, TOPIC_WARNINGS, partition, 1);
    }
    wait_for_all();
    ck_assert(!run_out_is_full(out));
    ck_assert_uint_eq(run_out_acked(out, 1, NEXT), NEXT);
}
END_TEST

/* A tick that is not sent is not on its way, or the end would wait for less than nothing. */
START_TEST(a_tick_that_is_given_up_is_not_on_its_way)
{
    struct err err = {.code = ERR_NONE};
    mock_kafka_set_up(&mock, false);
    mock.settings.kafka_out_messages = 10;
    stop = true;
    for (uint64_t step = 1; step <= 20; step++) {
        emit(0, step, OUTPUT_WARNING, "high");
    }
    ck_assert_int_eq(run_out_tick(out, 0, &err), -1);
    ck_assert_uint_eq(run_out_waiting(out), 20);
    mock_kafka_set_up(&mock, true);
    wait_for_all();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run_out");
    TCase *tests = tcase_create("run_out");
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_loop_test(tests, each_lane_waits_for_its_own_steps, 0, 3);
    tcase_add_test(tests, a_step_counts_as_a_whole);
    tcase_add_test(tests, a_lane_that_begins_anew);
    tcase_add_test(tests, a_tick_is_a_frame_without_visits);
    tcase_add_test(tests, a_frame_holds_128_visits);
    tcase_add_test(tests, one_message_holds_up_only_so_many_steps);
    tcase_add_test(tests, a_tick_that_is_given_up_is_not_on_its_way);
    tcase_add_test(tests, who_is_asked_to_stop_does_not_wait_for_kafka);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
