/* test_redis_fleet.c - calls of partitions find their servers, in order, whatever a Cluster says:
 * refused ones go out again, and none behind them before. The servers here are scripts; real ones
 * are in tests/live/cluster.py. */
#include "connectors/redis/redis_fleet.h"
#include "connectors/redis/redis_reply.h"

#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "tests/unit/fake_redis.h"

#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_TURNS 5000 /* of a millisecond and more */
#define A_HAS 0         /* partitions 0 and 1: their slots are 13907 and 9842 */
#define FILES_MAX 1024
#define NAMED 200
#define B_HAS 2 /* 2 and 3: 5649 and 1584 */
#define CONFLICT "-CONFLICT another\r\n"

static struct settings settings;
static struct fake_redis *a, *b;
static struct redis_fleet *fleet;
static struct redis_words words;
static struct err err;

static void set_map(struct fake_redis *low, struct fake_redis *high)
{
    char text[256];
    (void)snprintf(text, sizeof text,
                   "*2\r\n*3\r\n:0\r\n:8191\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n"
                   "*3\r\n:8192\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n",
                   fake_redis_port(low), fake_redis_port(high));
    fake_redis_say_map(a, text);
    fake_redis_say_map(b, text);
}

static void begin(void)
{
    a = fake_redis_start("a");
    b = fake_redis_start("b");
    set_map(b, a);
    settings_defaults(&settings);
    (void)snprintf(settings.redis_mode, sizeof settings.redis_mode, "cluster");
    (void)snprintf(settings.redis_address, sizeof settings.redis_address, "%s,%s",
                   fake_redis_address(a), fake_redis_address(b));
    (void)snprintf(settings.redis_prefix, sizeof settings.redis_prefix, "t:");
    err = (struct err){.code = ERR_NONE};
    fleet = redis_fleet_new(&settings, &err);
    ck_assert_msg(fleet != NULL && redis_fleet_wait(fleet, &err) == 0, "%s", err.text);
    (void)fake_redis_heard(); /* ASKING, once at each */
}

static void end(void)
{
    redis_words_fini(&words);
    redis_fleet_free(fleet);
    fake_redis_stop(a);
    fake_redis_stop(b);
    (void)fake_redis_heard();
}

/* "a:f1": where a call was heard. */
static void name_call(const char *kind, uint64_t number)
{
    char text[16];
    int len = snprintf(text, sizeof text, "%s%d", kind, (int)number);
    redis_words_begin(&words, "sluice_flush");
    redis_words_copy(&words, text, (size_t)len);
}

static void flush(uint32_t partition, uint64_t number)
{
    struct store_seq seq = {1, number};
    name_call("f", number);
    ck_assert_msg(redis_fleet_flush(fleet, partition, &words, &seq, &err) == 0, "%s", err.text);
}

static void expect_answer(uint32_t partition, uint64_t number, bool conflict)
{
    struct store_answer answer;
    bool got = false;
    for (int i = 0; i < WAIT_TURNS && !got; i++) {
        ck_assert_msg(redis_fleet_move(fleet, 1, &err) == 0, "%s", err.text);
        got = redis_fleet_answer(fleet, &answer);
    }
    ck_assert_msg(got, "no answer to %d", (int)number);
    ck_assert_uint_eq(answer.partition, partition);
    ck_assert_uint_eq(answer.seq.number, number);
    ck_assert(answer.conflict == conflict);
}

static void expect_loss(const char *text)
{
    int result = 0;
    for (int i = 0; i < WAIT_TURNS && result == 0; i++) {
        result = redis_fleet_move(fleet, 1, &err);
    }
    ck_assert_int_eq(result, -1);
    ck_assert(err.retriable);
    ck_assert_msg(strstr(err.text, text) != NULL, "%s", err.text);
}

/* Until server A is met again. */
static void await_return(void)
{
    for (int i = 0; i < WAIT_TURNS && !redis_fleet_came_back(fleet, A_HAS); i++) {
        (void)redis_fleet_move(fleet, 1, &err);
    }
}

/* An answer of a Cluster that names server B or A. */
static void say_place(struct fake_redis *server, const char *word, int slot,
                      const struct fake_redis *there)
{
    char text[128];
    (void)snprintf(text, sizeof text, "-%s %d %s\r\n", word, slot, fake_redis_address(there));
    fake_redis_say(server, text);
}

START_TEST(each_partition_has_its_server)
{
    flush(A_HAS, 1);
    expect_answer(A_HAS, 1, false);
    flush(B_HAS, 2);
    expect_answer(B_HAS, 2, false);
    fake_redis_say(a, CONFLICT);
    flush(A_HAS, 3);
    expect_answer(A_HAS, 3, true);
    ck_assert_str_eq(fake_redis_heard(), "a:f1 b:f2 a:f3 ");
    ck_assert_str_eq(redis_fleet_at(fleet, B_HAS), fake_redis_address(b));
}
END_TEST

START_TEST(moved_calls_go_where_they_are_sent_in_order)
{
    for (int i = 0; i < 3; i++) {
        say_place(a, "MOVED", 13907, b);
    }
    set_map(b, b);
    for (uint64_t i = 1; i <= 3; i++) {
        flush(A_HAS, i);
    }
    for (uint64_t i = 1; i <= 3; i++) {
        expect_answer(A_HAS, i, false);
    }
    flush(A_HAS, 4);
    expect_answer(A_HAS, 4, false);
    ck_assert_str_eq(fake_redis_heard(), "a:f1 a:f2 a:f3 b:f1 b:f2 b:f3 b:f4 ");
    ck_assert_uint_eq(redis_fleet_count(fleet, REDIS_MOVED), 3);
    ck_assert_uint_eq(redis_fleet_losses(fleet), 0);
}
END_TEST

START_TEST(who_is_to_be_asked_is_asked_once)
{
    say_place(a, "ASK", 13907, b);
    say_place(a, "ASK", 13907, b);
    flush(A_HAS, 1);
    flush(A_HAS, 2);
    expect_answer(A_HAS, 1, false);
    expect_answer(A_HAS, 2, false);
    flush(A_HAS, 3);
    expect_answer(A_HAS, 3, false);
    ck_assert_str_eq(fake_redis_heard(), "a:f1 a:f2 b:ASKING b:f1 b:ASKING b:f2 a:f3 ");
    ck_assert_uint_eq(redis_fleet_count(fleet, REDIS_ASK), 2);
}
END_TEST

START_TEST(who_is_to_be_asked_and_is_not_there)
{
    fake_redis_say(a, "-ASK 13907 127.0.0.1:1\r\n");
    flush(A_HAS, 1);
    expect_answer(A_HAS, 1, false); /* its home is asked again */
    flush(A_HAS, 2);
    expect_answer(A_HAS, 2, false);
    ck_assert_str_eq(fake_redis_heard(), "a:f1 a:f1 a:f2 ");
    ck_assert_uint_eq(redis_fleet_losses(fleet), 0);
}
END_TEST

/* What stands behind a refused call expected what that would have left: its CONFLICT is none. */
START_TEST(what_is_to_come_again_later_comes_with_all_behind_it)
{
    static const char *const refusals[] = {"-TRYAGAIN Multiple keys\r\n",
                                           "-CLUSTERDOWN Hash slot not served\r\n"};
    fake_redis_say(a, refusals[_i]);
    fake_redis_say(a, CONFLICT);
    fake_redis_say(a, refusals[_i]);
    fake_redis_say(a, CONFLICT);
    flush(A_HAS, 1);
    flush(A_HAS, 2);
    while (redis_fleet_serves(fleet, A_HAS)) { /* until it is refused */
        ck_assert_int_eq(redis_fleet_move(fleet, 1, &err), 0);
    }
    ck_assert(!redis_fleet_is_whole(fleet));
    ck_assert(redis_fleet_serves(fleet, 1)); /* another partition of that server */
    expect_answer(A_HAS, 1, false);
    expect_answer(A_HAS, 2, false);
    ck_assert(redis_fleet_serves(fleet, A_HAS) && redis_fleet_is_whole(fleet));
    ck_assert_str_eq(fake_redis_heard(), "a:f1 a:f2 a:f1 a:f2 a:f1 a:f2 ");
    ck_assert_uint_eq(redis_fleet_count(fleet, _i == 0 ? REDIS_TRYAGAIN : REDIS_CLUSTERDOWN), 2);
}
END_TEST

START_TEST(what_no_good_cluster_says)
{
    static const struct {
        const char *first, *second, *text;
    } rows[] = {
        {"-MOVED 1 nowhere\r\n", "+OK\r\n", "MOVED 1 nowhere"},
        {"-ASK\r\n", "+OK\r\n", "ASK"},
        {"-TRYAGAIN x\r\n", "-OOM no\r\n", "OOM no"},
        {"-OOM no\r\n", "+OK\r\n", "OOM no"},
        {"", "+OK\r\n", "redis at 127.0.0.1:"},
    };
    fake_redis_say(a, rows[_i].first);
    fake_redis_say(a, rows[_i].second);
    flush(A_HAS, 1);
    flush(A_HAS, 2);
    flush(B_HAS, 3);
    expect_loss(rows[_i].text);
    ck_assert(!redis_fleet_serves(fleet, A_HAS) && !redis_fleet_serves(fleet, 1));
    expect_answer(B_HAS, 3, false); /* the other server's partitions go on */
    flush(B_HAS, 4);
    expect_answer(B_HAS, 4, false);
    await_return();
    ck_assert(redis_fleet_came_back(fleet, A_HAS) && !redis_fleet_came_back(fleet, B_HAS));
    ck_assert(!redis_fleet_serves(fleet, A_HAS));
    redis_fleet_go_on(fleet, A_HAS);
    ck_assert(redis_fleet_serves(fleet, A_HAS) && !redis_fleet_serves(fleet, 1));
    flush(A_HAS, 5);
    expect_answer(A_HAS, 5, false);
}
END_TEST

/* It would have been executed though the one before it was not. */
START_TEST(an_answer_that_cannot_be)
{
    fake_redis_say(a, "-TRYAGAIN x\r\n");
    fake_redis_say(a, "$4\r\nhuh?\r\n");
    flush(A_HAS, 1);
    flush(A_HAS, 2);
    expect_loss("executed a call behind one that it refused");
}
END_TEST

static void expect_call(uint32_t partition, uint64_t number, const char *text)
{
    name_call("c", number);
    redisReply *reply = redis_fleet_call(fleet, partition, &words, &err);
    ck_assert_msg(reply != NULL, "%s", err.text);
    ck_assert_str_eq(reply->str, text);
    redis_reply_free(reply);
}

START_TEST(a_call_that_is_waited_for_finds_its_way)
{
    expect_call(A_HAS, 1, "OK");
    say_place(a, "ASK", 13907, b);
    expect_call(A_HAS, 2, "OK");
    fake_redis_say(a, "-TRYAGAIN x\r\n");
    expect_call(A_HAS, 3, "OK");
    fake_redis_say(a, CONFLICT);
    expect_call(A_HAS, 4, "CONFLICT another");
    set_map(b, b);
    say_place(a, "MOVED", 13907, b);
    expect_call(A_HAS, 5, "OK");
    expect_call(A_HAS, 6, "OK");
    ck_assert_str_eq(fake_redis_heard(), "a:c1 a:c2 b:ASKING b:c2 a:c3 a:c3 a:c4 a:c5 b:c5 b:c6 ");
}
END_TEST

START_TEST(it_comes_behind_the_flushes_before_it)
{
    fake_redis_say(a, "-TRYAGAIN x\r\n");
    fake_redis_say(a, CONFLICT); /* to the call, as the flush was not executed */
    flush(A_HAS, 1);
    expect_call(A_HAS, 2, "OK");
    expect_answer(A_HAS, 1, false);
    ck_assert_str_eq(fake_redis_heard(), "a:f1 a:c2 a:f1 a:c2 ");
}
END_TEST

/* The server that is asked once has a part of the keys, and says of the others that they are
 * nowhere: what is read behind such a flush is read at home. */
START_TEST(nothing_is_read_behind_a_flush_that_is_sent_elsewhere)
{
    say_place(a, "ASK", 13907, b);
    flush(A_HAS, 1);
    expect_call(A_HAS, 2, "OK");
    expect_answer(A_HAS, 1, false);
    ck_assert_str_eq(fake_redis_heard(), "a:f1 a:c2 b:ASKING b:f1 a:c2 ");
}
END_TEST

/* However long that takes: no second of patience ends it. */
START_TEST(what_is_read_waits_for_a_flush_that_is_sent_elsewhere)
{
    settings.redis_timeout_ms = 1500;
    say_place(a, "ASK", 13907, b);
    fake_redis_say_always(b, "-");
    flush(A_HAS, 1);
    name_call("c", 2);
    ck_assert_ptr_null(redis_fleet_call(fleet, A_HAS, &words, &err));
    ck_assert_msg(strstr(err.text, "no answer to a flush within 1500 ms") != NULL, "%s", err.text);
    ck_assert_str_eq(fake_redis_heard(), "a:f1 a:c2 b:ASKING b:f1 ");
}
END_TEST

/* However long its own answer takes: else it would be judged by what came of the flush since. */
START_TEST(a_refused_flush_waits_for_the_call_behind_it)
{
    settings.redis_timeout_ms = 300;
    fake_redis_say(a, "-TRYAGAIN x\r\n");
    fake_redis_say(a, "-");
    flush(A_HAS, 1);
    name_call("c", 2);
    ck_assert_ptr_null(redis_fleet_call(fleet, A_HAS, &words, &err));
    ck_assert_msg(strstr(err.text, "no answer within 300 ms") != NULL, "%s", err.text);
    ck_assert_str_eq(fake_redis_heard(), "a:f1 a:c2 ");
}
END_TEST

START_TEST(it_is_not_waited_for_without_end)
{
    for (int i = 0; i < 30; i++) {
        fake_redis_say(a, "-TRYAGAIN x\r\n");
    }
    name_call("c", 1);
    ck_assert_ptr_null(redis_fleet_call(fleet, A_HAS, &words, &err));
    ck_assert(err.retriable);
    ck_assert_msg(strstr(err.text, "partition 0 are on their way") != NULL, "%s", err.text);
    ck_assert_uint_eq(redis_fleet_losses(fleet), 0);
    expect_call(B_HAS, 2, "OK");
}
END_TEST

/* Each of two servers says that the other one has the key. */
static void each_names_the_other(void)
{
    char moved[64];
    (void)snprintf(moved, sizeof moved, "-MOVED 13907 %s\r\n", fake_redis_address(b));
    fake_redis_say_always(a, moved);
    (void)snprintf(moved, sizeof moved, "-MOVED 13907 %s\r\n", fake_redis_address(a));
    fake_redis_say_always(b, moved);
}

START_TEST(it_is_not_sent_to_and_fro_without_end)
{
    each_names_the_other();
    name_call("c", 1);
    ck_assert_ptr_null(redis_fleet_call(fleet, A_HAS, &words, &err));
    ck_assert(err.retriable);
    ck_assert_msg(strstr(err.text, "partition 0 are on their way") != NULL, "%s", err.text);
}
END_TEST

/* The same with a flush, which nobody waits for: it goes out again some times a second, not as
 * often as they answer, until somebody has mended the Cluster. */
START_TEST(a_flush_is_not_sent_to_and_fro_without_a_pause)
{
    each_names_the_other();
    flush(A_HAS, 1);
    int64_t end_ms = clock_mono_ms() + 500;
    while (clock_mono_ms() < end_ms) {
        ck_assert_msg(redis_fleet_move(fleet, 1, &err) == 0, "%s", err.text);
    }
    uint64_t turns = redis_fleet_count(fleet, REDIS_MOVED);
    ck_assert_uint_ge(turns, 6);
    ck_assert_uint_le(turns, 20);
}
END_TEST

/* Calls that go to different servers do not overtake each other: the second asks for the sequence
 * that the first one's answer has to be of. */
START_TEST(what_is_asked_behind_it_waits_for_who_is_asked_once)
{
    settings.redis_timeout_ms = 300;
    say_place(a, "ASK", 13907, b);
    fake_redis_say_always(b, "-");
    name_call("c", 1);
    ck_assert_int_eq(redis_fleet_ask(fleet, A_HAS, &words, &err), 0);
    name_call("c", 2);
    ck_assert_int_eq(redis_fleet_ask(fleet, A_HAS, &words, &err), 0);
    ck_assert_ptr_null(redis_fleet_reply(fleet, A_HAS, &err));
    ck_assert_str_eq(fake_redis_heard(), "a:c1 a:c2 b:ASKING b:c1 ");
}
END_TEST

START_TEST(calls_that_go_to_one_server_do_not_wait_for_each_other)
{
    say_place(a, "MOVED", 13907, b);
    say_place(a, "MOVED", 13907, b);
    set_map(b, b);
    fake_redis_say(b, "-"); /* the answer to the second is taken for that of the first */
    for (uint64_t i = 1; i <= 2; i++) {
        name_call("c", i);
        ck_assert_int_eq(redis_fleet_ask(fleet, A_HAS, &words, &err), 0);
    }
    redisReply *reply = redis_fleet_reply(fleet, A_HAS, &err);
    ck_assert_msg(reply != NULL, "%s", err.text);
    redis_reply_free(reply);
    redis_fleet_drop_asked(fleet);
    ck_assert_str_eq(fake_redis_heard(), "a:c1 a:c2 b:c1 b:c2 ");
}
END_TEST

/* Its owner goes on, asks whether all is as it was left, and is not answered: nothing has changed
 * since the loss, and he is to ask again. */
START_TEST(who_goes_on_and_is_not_answered_came_back_again)
{
    fake_redis_say(a, "-CLUSTERDOWN no\r\n");
    fake_redis_say(a, "");
    flush(A_HAS, 1);
    flush(A_HAS, 2);
    expect_loss(fake_redis_address(a));
    await_return();
    fake_redis_say_always(a, "-CLUSTERDOWN no\r\n");
    redis_fleet_go_on(fleet, A_HAS);
    name_call("c", 1);
    ck_assert_ptr_null(redis_fleet_call(fleet, A_HAS, &words, &err));
    ck_assert_msg(strstr(err.text, "are on their way") != NULL, "%s", err.text);
    ck_assert_uint_eq(redis_fleet_count(fleet, REDIS_CLUSTERDOWN), 2); /* it is not waited for */
    ck_assert(!redis_fleet_serves(fleet, A_HAS));
    fake_redis_say_always(a, "+OK\r\n");
    for (int i = 0; i < WAIT_TURNS && !redis_fleet_came_back(fleet, A_HAS); i++) {
        ck_assert_int_eq(redis_fleet_move(fleet, 1, &err), 0);
    }
    ck_assert(redis_fleet_came_back(fleet, A_HAS));
    redis_fleet_go_on(fleet, A_HAS);
    expect_call(A_HAS, 2, "OK");
    ck_assert(redis_fleet_serves(fleet, A_HAS));
}
END_TEST

/* Its owner asked what of all that was executed: an answer from before would be told twice. */
START_TEST(who_goes_on_is_given_no_answer_from_before)
{
    struct store_answer answer;
    fake_redis_say(a, "+OK\r\n");
    fake_redis_say(a, "");
    flush(A_HAS, 1);
    flush(A_HAS, 2);
    expect_loss(fake_redis_address(a));
    await_return();
    redis_fleet_go_on(fleet, A_HAS);
    ck_assert(!redis_fleet_answer(fleet, &answer));
    flush(A_HAS, 3);
    expect_answer(A_HAS, 3, false);
}
END_TEST

START_TEST(who_begins_anew_waits_for_nothing_sent_before)
{
    struct store_answer answer;
    fake_redis_say(a, "-TRYAGAIN x\r\n");
    flush(A_HAS, 1);
    redis_fleet_begin(fleet, A_HAS);
    flush(A_HAS, 3); /* the refusal is not of this one */
    expect_answer(A_HAS, 3, false);
    expect_call(A_HAS, 2, "OK");
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(redis_fleet_move(fleet, 1, &err), 0);
        ck_assert(!redis_fleet_answer(fleet, &answer));
    }
    ck_assert(redis_fleet_serves(fleet, A_HAS));
    ck_assert_str_eq(fake_redis_heard(), "a:f1 a:f3 a:c2 ");
}
END_TEST

START_TEST(who_begins_anew_after_a_refusal_is_answered)
{
    fake_redis_say(a, "-CLUSTERDOWN no\r\n");
    flush(A_HAS, 1);
    while (redis_fleet_serves(fleet, A_HAS)) {
        ck_assert_int_eq(redis_fleet_move(fleet, 1, &err), 0);
    }
    redis_fleet_begin(fleet, A_HAS);
    expect_call(A_HAS, 2, "OK");
}
END_TEST

/* Its slots are another's by then. */
START_TEST(a_server_that_does_not_come_back)
{
    fake_redis_say(a, "");
    flush(A_HAS, 1);
    set_map(b, b);
    expect_loss(fake_redis_address(a));
    for (int i = 0;
         i < WAIT_TURNS && strcmp(redis_fleet_at(fleet, A_HAS), fake_redis_address(b)) != 0; i++) {
        (void)redis_fleet_move(fleet, 1, &err);
    }
    ck_assert(redis_fleet_came_back(fleet, A_HAS) && redis_fleet_came_back(fleet, 1));
    ck_assert(!redis_fleet_came_back(fleet, B_HAS));
    redis_fleet_begin(fleet, A_HAS);
    expect_call(A_HAS, 2, "OK");
    ck_assert_str_eq(fake_redis_heard(), "a:f1 b:c2 ");
}
END_TEST

/* A partition's new home is lost while a call is still on its way to the old one, which answers
 * then: that answer is nobody's, and least of all a later call's. */
START_TEST(an_answer_to_a_call_that_was_lost_is_nobodys)
{
    char map[256];
    int high = fake_redis_port(b);
    (void)snprintf(map, sizeof map,
                   "*3\r\n*3\r\n:0\r\n:8191\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n"
                   "*3\r\n:8192\r\n:12999\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n"
                   "*3\r\n:13000\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n",
                   high, fake_redis_port(a), high);
    fake_redis_say_map(a, map);
    fake_redis_say_map(b, map);
    say_place(a, "MOVED", 13907, b);
    fake_redis_say(a, "-"); /* the answer to 2 comes when 4 is asked */
    flush(A_HAS, 1);
    flush(A_HAS, 2);
    while (redis_fleet_count(fleet, REDIS_MOVED) == 0) {
        ck_assert_int_eq(redis_fleet_move(fleet, 1, &err), 0);
    }
    fake_redis_say(b, "");
    flush(B_HAS, 3);
    expect_loss(fake_redis_address(b));
    await_return();
    if (_i == 1) { /* a later call is on its way when it comes */
        fake_redis_say(b, "-");
        redis_fleet_go_on(fleet, A_HAS);
        flush(A_HAS, 9);
    }
    flush(1, 4);
    flush(1, 5);
    expect_answer(1, 4, false);
}
END_TEST

START_TEST(an_answer_that_is_overdue)
{
    settings.redis_timeout_ms = 300;
    fake_redis_say(a, "-");
    flush(A_HAS, 1);
    expect_loss("no answer to a flush within 300 ms");
    fake_redis_say(b, "-");
    name_call("c", 1);
    ck_assert_ptr_null(redis_fleet_call(fleet, B_HAS, &words, &err));
    ck_assert_msg(strstr(err.text, "no answer within 300 ms") != NULL, "%s", err.text);
}
END_TEST

static void set_master(const struct fake_redis *master)
{
    char text[128];
    char port[8];
    int len = snprintf(port, sizeof port, "%d", fake_redis_port(master));
    (void)snprintf(text, sizeof text, "*2\r\n$9\r\n127.0.0.1\r\n$%d\r\n%s\r\n", len, port);
    fake_redis_say_map(a, text);
    fake_redis_say_map(b, text);
}

static void begin_with_sentinels(void)
{
    redis_fleet_free(fleet);
    set_master(a);
    (void)snprintf(settings.redis_mode, sizeof settings.redis_mode, "sentinel");
    (void)snprintf(settings.redis_master, sizeof settings.redis_master, "pages");
    fleet = redis_fleet_new(&settings, &err);
    ck_assert_msg(fleet != NULL && redis_fleet_wait(fleet, &err) == 0, "%s", err.text);
    (void)fake_redis_heard();
}

/* A master that was replaced and lives on answers as ever: who always has a call on its way there
 * must hear of the other one all the same. */
START_TEST(a_busy_partition_leaves_its_old_master)
{
    begin_with_sentinels();
    fake_redis_say(a, "-"); /* so one is always on its way */
    flush(A_HAS, 1);
    set_master(b);
    for (int i = 0;
         i < WAIT_TURNS && strcmp(redis_fleet_at(fleet, A_HAS), fake_redis_address(b)) != 0; i++) {
        ck_assert_int_eq(redis_fleet_move(fleet, 1, &err), 0);
    }
    ck_assert_str_eq(redis_fleet_at(fleet, A_HAS), fake_redis_address(b));
    ck_assert(!redis_fleet_serves(fleet, A_HAS)); /* until that one is answered, or overdue */
    if (_i == 1) {                                /* a call that is waited for goes home, too */
        settings.redis_timeout_ms = 300;
        name_call("c", 2);
        ck_assert_ptr_null(redis_fleet_call(fleet, A_HAS, &words, &err));
    } else {
        settings.redis_timeout_ms = 300;
        expect_loss("no answer to a flush");
    }
    await_return();
    redis_fleet_begin(fleet, A_HAS);
    expect_call(A_HAS, 3, "OK");
    ck_assert_str_eq(fake_redis_heard(), "a:f1 b:c3 ");
}
END_TEST

START_TEST(a_partition_leaves_its_old_master_when_that_has_answered)
{
    begin_with_sentinels();
    fake_redis_say(a, "-");
    flush(A_HAS, 1);
    set_master(b);
    for (int i = 0;
         i < WAIT_TURNS && strcmp(redis_fleet_at(fleet, A_HAS), fake_redis_address(b)) != 0; i++) {
        ck_assert_int_eq(redis_fleet_move(fleet, 1, &err), 0);
    }
    fake_redis_say_late(a, "+OK\r\n");
    expect_answer(A_HAS, 1, false);
    for (int i = 0; i < WAIT_TURNS && !redis_fleet_serves(fleet, A_HAS); i++) {
        ck_assert_int_eq(redis_fleet_move(fleet, 1, &err), 0);
    }
    flush(A_HAS, 2);
    expect_answer(A_HAS, 2, false);
    ck_assert_str_eq(fake_redis_heard(), "a:f1 b:f2 ");
    ck_assert_uint_eq(redis_fleet_losses(fleet), 0);
}
END_TEST

/* An answer that nobody asked for would be that of the next call. */
START_TEST(an_answer_to_no_call)
{
    fake_redis_say(a, "+OK\r\n-CONFLICT x\r\n");
    flush(A_HAS, 1);
    expect_loss("an answer to no call");
    ck_assert(!redis_fleet_serves(fleet, A_HAS) && redis_fleet_serves(fleet, B_HAS));
}
END_TEST

static int open_files(void)
{
    int count = 0;
    for (int fd = 0; fd < FILES_MAX; fd++) {
        count += fcntl(fd, F_GETFD) != -1;
    }
    return count;
}

/* A server that takes connections at every address of this machine, and says nothing. */
static int listen_everywhere(int *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0);
    ck_assert(listen(fd, FILES_MAX) == 0 && getsockname(fd, (struct sockaddr *)&at, &len) == 0);
    *port = ntohs(at.sin_port);
    return fd;
}

/* However many servers are named, no more are met than our partitions can be at. */
START_TEST(servers_without_number_are_named)
{
    int port = 0;
    int silent = listen_everywhere(&port);
    fake_redis_say_map(a, "-");
    fake_redis_say_map(b, "-");
    int before = open_files();
    for (int i = 0; i < NAMED; i++) {
        char text[64];
        (void)snprintf(text, sizeof text,
                       _i == 0 ? "-ASK 13907 127.0.%d.%d:%d\r\n"
                               : "-MOVED 13907 127.0.%d.%d:%d\r\n",
                       1 + i / 100, 1 + i % 100, port);
        fake_redis_say(a, text);
        flush(A_HAS, (uint64_t)i + 1);
    }
    uint64_t named = 0;
    for (int i = 0; i < WAIT_TURNS && named < NAMED; i++) {
        ck_assert_int_eq(redis_fleet_move(fleet, 1, &err), 0);
        named = redis_fleet_count(fleet, _i == 0 ? REDIS_ASK : REDIS_MOVED);
    }
    ck_assert_uint_eq(named, NAMED);
    for (int i = 0; i < 3; i++) {
        (void)redis_fleet_move(fleet, 1, &err);
    }
    ck_assert_int_lt(open_files() - before, 3 * (int)settings.visits_partitions + 20);
    (void)close(silent);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("redis_fleet");
    TCase *tests = tcase_create("redis_fleet");
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, each_partition_has_its_server);
    tcase_add_test(tests, moved_calls_go_where_they_are_sent_in_order);
    tcase_add_test(tests, who_is_to_be_asked_is_asked_once);
    tcase_add_test(tests, who_is_to_be_asked_and_is_not_there);
    tcase_add_loop_test(tests, what_is_to_come_again_later_comes_with_all_behind_it, 0, 2);
    tcase_add_loop_test(tests, what_no_good_cluster_says, 0, 5);
    tcase_add_test(tests, an_answer_that_cannot_be);
    tcase_add_test(tests, a_call_that_is_waited_for_finds_its_way);
    tcase_add_test(tests, it_comes_behind_the_flushes_before_it);
    tcase_add_test(tests, nothing_is_read_behind_a_flush_that_is_sent_elsewhere);
    tcase_add_test(tests, what_is_read_waits_for_a_flush_that_is_sent_elsewhere);
    tcase_add_test(tests, a_refused_flush_waits_for_the_call_behind_it);
    tcase_add_test(tests, it_is_not_waited_for_without_end);
    tcase_add_test(tests, it_is_not_sent_to_and_fro_without_end);
    tcase_add_test(tests, a_flush_is_not_sent_to_and_fro_without_a_pause);
    tcase_add_test(tests, what_is_asked_behind_it_waits_for_who_is_asked_once);
    tcase_add_test(tests, calls_that_go_to_one_server_do_not_wait_for_each_other);
    tcase_add_test(tests, who_goes_on_and_is_not_answered_came_back_again);
    tcase_add_test(tests, who_goes_on_is_given_no_answer_from_before);
    tcase_add_test(tests, who_begins_anew_waits_for_nothing_sent_before);
    tcase_add_test(tests, who_begins_anew_after_a_refusal_is_answered);
    tcase_add_test(tests, a_server_that_does_not_come_back);
    tcase_add_loop_test(tests, an_answer_to_a_call_that_was_lost_is_nobodys, 0, 2);
    tcase_add_test(tests, an_answer_that_is_overdue);
    tcase_add_loop_test(tests, a_busy_partition_leaves_its_old_master, 0, 2);
    tcase_add_test(tests, a_partition_leaves_its_old_master_when_that_has_answered);
    tcase_add_test(tests, an_answer_to_no_call);
    tcase_add_loop_test(tests, servers_without_number_are_named, 0, 2);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
