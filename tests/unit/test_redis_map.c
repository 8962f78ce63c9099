/* test_redis_map.c - who holds which partition is learnt from whoever answers, and asked again when
 * it is in doubt. */
#include "connectors/redis/redis_map.h"

#include "engine/base/clock.h"
#include "tests/unit/fake_redis.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURNS 5000

static struct settings settings;
static struct fake_redis *a, *b;
static struct err err;

static void begin(void)
{
    a = fake_redis_start("a");
    b = fake_redis_start("b");
    settings_defaults(&settings);
    settings.redis_timeout_ms = 300;
    (void)snprintf(settings.redis_prefix, sizeof settings.redis_prefix, "t:");
    (void)snprintf(settings.redis_master, sizeof settings.redis_master, "pages");
    err = (struct err){.code = ERR_NONE};
}

static void end(void)
{
    fake_redis_stop(a);
    fake_redis_stop(b);
}

static struct redis_map *make(const char *mode, const char *address)
{
    (void)snprintf(settings.redis_mode, sizeof settings.redis_mode, "%s", mode);
    (void)snprintf(settings.redis_address, sizeof settings.redis_address, "%s", address);
    return redis_map_new(&settings, &err);
}

/* Until somebody answered, or was asked in vain. */
static int ask(struct redis_map *map)
{
    int result = 0;
    for (int i = 0; i < TURNS && result == 0; i++) {
        result = redis_map_move(map, 1, &err);
        clock_pause_us(result == 0 ? 500 : 0);
    }
    return result;
}

static int ask_until_answered(struct redis_map *map)
{
    int result = -1;
    for (int i = 0; i < 5 && result <= 0; i++) {
        result = ask(map);
    }
    return result;
}

START_TEST(settings_that_are_none)
{
    static const struct {
        const char *mode, *address, *master, *text;
    } rows[] = {
        {"cluster", "", "", "host:port, or several with commas between, not \"\""},
        {"cluster", "a:1,", "", "not \"a:1,\""},
        {"sentinel", ",a:1", "pages", "not \",a:1\""},
        {"sentinel", "a:1,,b:1", "pages", "not \"a:1,,b:1\""},
        {"sentinel", "a:1,b:1", "", "redis.master is empty"},
        {"cluster", "a:1", "{x}", "redis.prefix is \"{x}\", and in a Cluster a brace there"},
        {"cluster", "a:1", "x{}:", "redis.prefix is \"x{}:\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)snprintf(settings.redis_prefix, sizeof settings.redis_prefix, "%s", rows[i].master);
        (void)snprintf(settings.redis_master, sizeof settings.redis_master, "%s", rows[i].master);
        ck_assert_ptr_null(make(rows[i].mode, rows[i].address));
        ck_assert_int_eq(err.code, ERR_USAGE);
        ck_assert_msg(strstr(err.text, rows[i].text) != NULL, "%s", err.text);
    }
}
END_TEST

START_TEST(one_server_holds_all)
{
    struct redis_map *map = make("single", "127.0.0.1:1");
    ck_assert(redis_map_is_whole(map));
    redis_map_doubt(map);
    ck_assert_int_eq(redis_map_move(map, 0, &err), 0); /* nobody is asked */
    ck_assert_str_eq(redis_map_at(map, 3), "127.0.0.1:1");
    redis_map_free(map);
}
END_TEST

START_TEST(a_cluster_tells_who_holds_what)
{
    struct redis_map *map = make("cluster", fake_redis_address(a));
    fake_redis_say_map(a, "*1\r\n*3\r\n:8192\r\n:16383\r\n*2\r\n$1\r\nx\r\n:1\r\n");
    ck_assert(!redis_map_is_whole(map));
    ck_assert_ptr_null(redis_map_at(map, 0));
    ck_assert_msg(ask(map) == 1, "%s", err.text);
    ck_assert_str_eq(redis_map_at(map, 0), "x:1");
    ck_assert_ptr_null(redis_map_at(map, 2)); /* nobody has its slot, 5649 */
    ck_assert(!redis_map_is_whole(map));
    ck_assert_int_eq(redis_map_move(map, 0, &err), 0); /* as long as nobody doubts it */
    redis_map_set(map, 2, "y:1");
    ck_assert_str_eq(redis_map_at(map, 2), "y:1");
    redis_map_free(map);
}
END_TEST

START_TEST(who_does_not_know_is_left_for_the_next)
{
    static const struct {
        const char *name, *mode, *wrong, *text;
        enum err_code code;
    } rows[] = {
        {"silence", "cluster", "-", "no answer within 300 ms", ERR_OUTSIDE},
        {"no list", "cluster", "+OK\r\n", "an answer that is none", ERR_OUTSIDE},
        {"still loading", "cluster", "-LOADING x\r\n", "LOADING", ERR_OUTSIDE},
        {"no Cluster", "cluster", "-ERR This instance has cluster support disabled\r\n",
         "redis.mode must be single", ERR_USAGE},
        {"no right", "cluster", "-NOPERM no cluster|slots\r\n",
         "+config|get +cluster|slots +asking", ERR_USAGE},
        {"silence of a sentinel", "sentinel", "-", "no answer within 300 ms", ERR_OUTSIDE},
        {"another list", "sentinel", "*1\r\n$1\r\nx\r\n", "an answer that is none", ERR_OUTSIDE},
        {"a port that is none", "sentinel", "*2\r\n$1\r\nx\r\n$1\r\ny\r\n",
         "an answer that is none", ERR_OUTSIDE},
        {"a host that is none", "sentinel", "*2\r\n$0\r\n\r\n$1\r\n1\r\n", "an answer that is none",
         ERR_OUTSIDE},
        {"a password", "sentinel", "-NOAUTH x\r\n", "sentinels are asked without a password",
         ERR_OUTSIDE},
        {"no sentinel", "sentinel", "-ERR unknown command\r\n", "is it one? see redis.mode",
         ERR_OUTSIDE},
        {"another name", "sentinel", "*-1\r\n", "watches no master \"pages\"; see redis.master",
         ERR_USAGE},
    };
    char both[64];
    bool cluster = strcmp(rows[_i].mode, "cluster") == 0;
    (void)snprintf(both, sizeof both, "%s,%s", fake_redis_address(b), fake_redis_address(a));
    struct redis_map *map = make(rows[_i].mode, both); /* the second one is asked first */
    fake_redis_say_map(a, rows[_i].wrong);
    fake_redis_say_map(b, cluster ? "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$1\r\nx\r\n:1\r\n"
                                  : "*2\r\n$1\r\nx\r\n$1\r\n1\r\n");
    ck_assert_int_eq(ask(map), -1);
    ck_assert_msg(err.code == rows[_i].code, "%s: %s", rows[_i].name, err.text);
    ck_assert_msg(strstr(err.text, rows[_i].text) != NULL, "%s: %s", rows[_i].name, err.text);
    ck_assert_msg(strstr(err.text, fake_redis_address(a)) != NULL, "%s", err.text);
    ck_assert(err.retriable == (rows[_i].code == ERR_OUTSIDE || !cluster)); /* the other one may */
    err.retriable = false;
    ck_assert_msg(ask(map) == 1, "%s: %s", rows[_i].name, err.text);
    ck_assert(redis_map_is_whole(map));
    ck_assert_str_eq(redis_map_at(map, 3), "x:1");
    redis_map_free(map);
}
END_TEST

/* A server that is new to the Cluster has not heard of all yet: the next one is asked, too. */
START_TEST(a_part_of_the_map_is_not_enough)
{
    static const char *const parts[] = {"*0\r\n",
                                        "*1\r\n*3\r\n:8192\r\n:16383\r\n*2\r\n$1\r\nx\r\n:1\r\n"};
    char both[64];
    (void)snprintf(both, sizeof both, "%s,%s", fake_redis_address(b), fake_redis_address(a));
    struct redis_map *map = make("cluster", both);
    fake_redis_say_map(a, parts[_i]);
    fake_redis_say_map(b, "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$1\r\nx\r\n:1\r\n");
    ck_assert_int_eq(ask(map), 1);
    ck_assert(!redis_map_is_whole(map));
    ck_assert_int_eq(ask_until_answered(map), 1);
    ck_assert(redis_map_is_whole(map));
    redis_map_free(map);
}
END_TEST

/* A name that no sentinel knows is a wrong setting; one that only some know is not. */
START_TEST(a_master_that_no_sentinel_knows)
{
    char both[64];
    (void)snprintf(both, sizeof both, "%s,%s", fake_redis_address(b), fake_redis_address(a));
    struct redis_map *map = make("sentinel", both);
    fake_redis_say_map(a, "*-1\r\n");
    fake_redis_say_map(b, "*-1\r\n");
    ck_assert_int_eq(ask(map), -1);
    ck_assert(err.retriable);
    fake_redis_say_map(b, "-"); /* it does not speak, and may know */
    ck_assert_int_eq(ask(map), -1);
    err.retriable = false;
    ck_assert_int_eq(ask(map), -1);
    ck_assert(err.retriable);
    fake_redis_say_map(b, "*-1\r\n");
    err.retriable = false;
    ck_assert_int_eq(ask(map), -1);
    ck_assert_int_eq(err.code, ERR_USAGE);
    ck_assert(!err.retriable);
    redis_map_free(map);
}
END_TEST

START_TEST(another_master_after_a_doubt)
{
    struct redis_map *map = make("sentinel", fake_redis_address(a));
    fake_redis_say_map(a, "*2\r\n$1\r\nx\r\n$1\r\n1\r\n");
    ck_assert_int_eq(ask(map), 1);
    fake_redis_say_map(a, "*2\r\n$1\r\nx\r\n$1\r\n2\r\n");
    ck_assert_int_eq(redis_map_move(map, 0, &err), 0);
    ck_assert_str_eq(redis_map_at(map, 0), "x:1");
    redis_map_doubt(map);
    ck_assert_int_eq(ask(map), 1);
    ck_assert_str_eq(redis_map_at(map, 0), "x:2");
    fake_redis_say_map(a, "*-1\r\n"); /* a sentinel that was started anew: nobody ends for that */
    redis_map_doubt(map);
    ck_assert_int_eq(ask(map), -1);
    ck_assert_msg(err.retriable, "%s", err.text);
    ck_assert_str_eq(redis_map_at(map, 0), "x:2");
    redis_map_free(map);
}
END_TEST

/* Of a Cluster those are asked, too, that it once named. */
START_TEST(who_was_heard_of_is_asked)
{
    char text[128];
    struct redis_map *map = make("cluster", fake_redis_address(a));
    (void)snprintf(text, sizeof text,
                   "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n",
                   fake_redis_port(b));
    fake_redis_say_map(a, text);
    fake_redis_say_map(b, "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$1\r\nx\r\n:1\r\n");
    ck_assert_int_eq(ask(map), 1);
    ck_assert_str_eq(redis_map_at(map, 0), fake_redis_address(b));
    fake_redis_say_map(a, "-LOADING x\r\n");
    redis_map_doubt(map);
    ck_assert_int_eq(ask_until_answered(map), 1);
    ck_assert_str_eq(redis_map_at(map, 0), "x:1");
    redis_map_free(map);
}
END_TEST

/* Sentinels are asked again from time to time, by whoever does not doubt. */
START_TEST(another_master_without_a_doubt)
{
    struct redis_map *map = make("sentinel", fake_redis_address(a));
    fake_redis_say_map(a, "*2\r\n$1\r\nx\r\n$1\r\n1\r\n");
    ck_assert_int_eq(ask(map), 1);
    fake_redis_say_map(a, "*2\r\n$1\r\nx\r\n$1\r\n2\r\n");
    ck_assert_int_eq(ask(map), 1);
    ck_assert_str_eq(redis_map_at(map, 0), "x:2");
    redis_map_free(map);
}
END_TEST

START_TEST(however_many_are_named)
{
    struct redis_map *map = make("cluster", fake_redis_address(a));
    for (int i = 1; i < 10000; i++) {
        char address[32];
        (void)snprintf(address, sizeof address, "10.0.0.1:%d", i);
        redis_map_set(map, (uint32_t)(i % 4), address);
        ck_assert_str_eq(redis_map_at(map, (uint32_t)(i % 4)), address);
    }
    ck_assert_str_eq(redis_map_at(map, 9998 % 4), "10.0.0.1:9998");
    ck_assert_str_eq(redis_map_at(map, 9996 % 4), "10.0.0.1:9996");
    redis_map_free(map);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("redis_map");
    TCase *tests = tcase_create("redis_map");
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, settings_that_are_none);
    tcase_add_test(tests, one_server_holds_all);
    tcase_add_test(tests, a_cluster_tells_who_holds_what);
    tcase_add_loop_test(tests, who_does_not_know_is_left_for_the_next, 0, 12);
    tcase_add_loop_test(tests, a_part_of_the_map_is_not_enough, 0, 2);
    tcase_add_test(tests, a_master_that_no_sentinel_knows);
    tcase_add_test(tests, another_master_after_a_doubt);
    tcase_add_test(tests, who_was_heard_of_is_asked);
    tcase_add_test(tests, another_master_without_a_doubt);
    tcase_add_test(tests, however_many_are_named);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
