/* test_kafka_in_group.c - members of a group come and go; what one has done, the next begins
 * behind. */
#include "engine/base/clock.h"
#include "tests/unit/kafka_reader.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define EACH 50 /* messages of a partition */
#define MEMBERS 3
#define GROUP_WAIT_MS 60000 /* a member that is not heard of is missed by a time of its own */
#define TIMEOUT_S 120

static struct mock_kafka mock;
static struct kafka_reader members[MEMBERS];

static void begin(void)
{
    mock_kafka_open(&mock, KAFKA_READER_PARTITIONS);
    mock_kafka_make(&mock, TOPIC_VISITS);
    kafka_reader_produce(&mock, TOPIC_VISITS, 0, EACH);
}

static void end(void)
{
    for (int i = 0; i < MEMBERS; i++) {
        kafka_in_close(members[i].in);
    }
    mock_kafka_close(&mock);
}

static void open_member(int number)
{
    char name[] = "test-0";
    name[sizeof name - 2] = (char)('0' + number);
    members[number].start = KAFKA_COMMITTED;
    kafka_reader_open(&members[number], &mock, "test", name);
}

static int owned(int number)
{
    const struct kafka_reader *r = &members[number];
    return r->in == NULL ? 0 : (r->next[0] != -1) + (r->next[1] != -1);
}

static bool each_of_two_has_one(void)
{
    return owned(0) == 1 && owned(1) == 1;
}

static bool all_have_joined(void)
{
    bool all = owned(0) + owned(1) + owned(2) == KAFKA_READER_PARTITIONS;
    for (int i = 0; i < MEMBERS; i++) {
        all = all && kafka_in_has_joined(members[i].in);
    }
    return all;
}

static bool two_share_again(void)
{
    return owned(0) + owned(1) + owned(2) == KAFKA_READER_PARTITIONS && owned(0) < 2 &&
           owned(1) < 2 && owned(2) < 2;
}

static bool begun_again(void)
{
    return members[0].begun == 2 * KAFKA_READER_PARTITIONS && kafka_in_has_joined(members[0].in);
}

/* All take until the condition holds, but for one that stands; -1: one of them could not. */
static int turn_until(bool (*holds)(void), int stands, struct err *err)
{
    int64_t end_ms = clock_mono_ms() + GROUP_WAIT_MS;
    while (!holds()) {
        for (int i = 0; i < MEMBERS; i++) {
            struct kafka_reader *r = &members[i];
            if (r->in == NULL) {
                continue;
            }
            if (i == stands ? kafka_in_keep(r->in, err) != 0 : kafka_reader_take(r, err) < 0) {
                return -1;
            }
        }
        ck_assert_msg(clock_mono_ms() < end_ms, "it does not come to that: %d %d %d", owned(0),
                      owned(1), owned(2));
    }
    return 0;
}

/* What the first had done is what the second begins behind; the first takes nothing meanwhile. */
START_TEST(a_member_that_stands_shares_with_one_that_comes)
{
    static const int64_t done[KAFKA_READER_PARTITIONS] = {30, EACH};
    struct err err = {.code = ERR_NONE};
    open_member(0);
    kafka_reader_take_until(&members[0], EACH);
    for (int32_t i = 0; i < KAFKA_READER_PARTITIONS; i++) {
        kafka_in_done(members[0].in, TOPIC_VISITS, i, done[i]);
    }
    kafka_in_commit(members[0].in);
    kafka_reader_produce(&mock, TOPIC_VISITS, EACH, EACH + 1);
    open_member(1);
    ck_assert_msg(turn_until(each_of_two_has_one, 0, &err) == 0, "%s", err.text);
    /* All went, perhaps more than once where the second joins slowly, and one is back. */
    ck_assert_int_ge(members[0].ended, KAFKA_READER_PARTITIONS);
    ck_assert_int_eq(members[0].begun, members[0].ended + 1);
    int64_t end_ms = clock_mono_ms() + KAFKA_READER_WAIT_MS;
    for (int i = 0; i < 2; i++) {
        struct kafka_reader *r = &members[i];
        int partition = r->next[0] != -1 ? 0 : 1;
        while (r->next[partition] != EACH + 1) {
            ck_assert_msg(kafka_reader_take(r, &err) >= 0, "%s", err.text);
            ck_assert_int_lt(clock_mono_ms(), end_ms);
        }
        ck_assert_int_eq(r->first[partition], done[partition]);
    }
}
END_TEST

/* The broker of the group has just become another one, when its offsets are asked for. */
START_TEST(a_group_that_moves_is_waited_for)
{
    static const rd_kafka_resp_err_t moving[] = {
        RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
        RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
        RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
    };
    mock_kafka_fail(&mock, MOCK_OFFSETS, moving[_i], 2);
    open_member(0);
    kafka_reader_take_until(&members[0], EACH);
    ck_assert_int_eq(owned(0), KAFKA_READER_PARTITIONS);
}
END_TEST

/* Two partitions, three members: the one without a partition takes over from one that goes. */
START_TEST(who_has_nothing_takes_over)
{
    struct err err = {.code = ERR_NONE};
    for (int i = 0; i < MEMBERS; i++) {
        open_member(i);
    }
    ck_assert_msg(turn_until(all_have_joined, -1, &err) == 0, "%s", err.text);
    int goes = owned(0) > 0 ? 0 : 1;
    kafka_in_close(members[goes].in);
    members[goes].in = NULL;
    ck_assert_msg(turn_until(two_share_again, -1, &err) == 0, "%s", err.text);
}
END_TEST

static bool nobody_fails(void)
{
    return false;
}

/* What was left with another note is refused. */
START_TEST(each_offset_has_its_note)
{
    struct err err = {.code = ERR_NONE};
    members[0].note = "one";
    open_member(0);
    kafka_reader_take_until(&members[0], EACH);
    kafka_in_done(members[0].in, TOPIC_VISITS, 0, 20);
    kafka_in_close(members[0].in);
    members[0].in = NULL;
    members[1].note = "two";
    open_member(1);
    ck_assert_int_eq(turn_until(nobody_fails, -1, &err), -1);
    ck_assert_int_eq(err.code, ERR_USAGE);
    ck_assert_msg(strstr(err.text, "was last taken by a process with another note") != NULL, "%s",
                  err.text);
}
END_TEST

/* A member that is fenced may have been so by what it had asked for itself, and joins again, also
 * while it stands; the second time is in tests/live/errors.py. */
START_TEST(fenced_once)
{
    struct err err = {.code = ERR_NONE};
    open_member(0);
    kafka_reader_take_until(&members[0], EACH);
    mock_kafka_fail(&mock, MOCK_HEARTBEAT, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, 1);
    ck_assert_msg(turn_until(begun_again, _i == 0 ? -1 : 0, &err) == 0, "%s", err.text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kafka_in_group");
    TCase *tests = tcase_create("kafka_in_group");
    suite_add_tcase(suite, tests);
    tcase_set_timeout(tests, TIMEOUT_S);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_member_that_stands_shares_with_one_that_comes);
    tcase_add_loop_test(tests, a_group_that_moves_is_waited_for, 0, 3);
    tcase_add_test(tests, who_has_nothing_takes_over);
    tcase_add_test(tests, each_offset_has_its_note);
    tcase_add_loop_test(tests, fenced_once, 0, 2);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
