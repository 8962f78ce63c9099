/* test_redis_store_moved.c - a sweep or load whose partition moves in its middle reads that bucket,
 * or those pages, again, at the new home, from beginning to end; and what is no answer of a store
 * is said. */
#include "connectors/redis/redis_store.h"

#include "tests/unit/fake_redis.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct settings settings;
static struct fake_redis *a, *b;

static void say_all_at(const struct fake_redis *there)
{
    char text[128];
    (void)snprintf(text, sizeof text,
                   "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n",
                   fake_redis_port(there));
    fake_redis_say_map(a, text);
    fake_redis_say_map(b, text);
}

static void begin(void)
{
    a = fake_redis_start("a");
    b = fake_redis_start("b");
    say_all_at(a);
    settings_defaults(&settings);
    (void)snprintf(settings.redis_mode, sizeof settings.redis_mode, "cluster");
    (void)snprintf(settings.redis_address, sizeof settings.redis_address, "%s",
                   fake_redis_address(a));
}

static void end(void)
{
    fake_redis_stop(a);
    fake_redis_stop(b);
}

static void give_none(void *context, const struct token *token, const struct page_piece *piece,
                      struct str bytes)
{
    (void)context;
    (void)token;
    (void)piece;
    (void)bytes;
}

#define H(number) "sluice:{0}:h:" number " "
#define C(number) "sluice:{0}:c:" number " "

static uint64_t sweep(struct store *store, uint64_t cursor)
{
    static const struct store_seq none = {0, 0};
    struct err err = {.code = ERR_NONE};
    bool conflict = true;
    int result = store->sweep(store->self, 0, &none, &cursor, &conflict, give_none, NULL, &err);
    ck_assert_msg(result == 0 && !conflict, "%s", err.text);
    return cursor;
}

static void say_moved(int after)
{
    char moved[64];
    for (int i = 0; i < after; i++) {
        fake_redis_say(a, "*0\r\n");
    }
    (void)snprintf(moved, sizeof moved, "-MOVED 13907 %s\r\n", fake_redis_address(b));
    for (int i = 0; i < 4; i++) {
        fake_redis_say(a, moved);
    }
}

/* After so many answers of its first home; bucket 0 is the first one that is asked for, 1 the next.
 */
START_TEST(a_bucket_is_read_at_one_home)
{
    static const struct {
        int after;
        const char *heard; /* by the second home, to begin with */
    } rows[] = {
        {0, "b:" H("0") "b:" C("0")}, /* all of it anew: what was asked in vain, then the bucket */
        {1, "b:" C("0") "b:seq "},
        {2, "b:seq b:" H("1")},
        {3, "b:" H("1") "b:" C("1")},
    };
    struct err err = {.code = ERR_NONE};
    struct redis_store *redis = redis_store_open(&settings, &err);
    ck_assert_msg(redis != NULL, "%s", err.text);
    struct store store = redis_store_store(redis);
    fake_redis_say_always(a, "*0\r\n");
    fake_redis_say_always(b, "*0\r\n");
    say_moved(rows[_i].after);
    say_all_at(b);
    (void)fake_redis_heard();
    ck_assert_uint_ne(sweep(&store, 0), 0);
    const char *heard = fake_redis_heard();
    const char *begun = strstr(heard, rows[_i].heard);
    ck_assert_msg(begun != NULL, "%s", heard);
    const char *bucket =
        rows[_i].after < 3 ? "b:" H("0") "b:" C("0") "b:seq " : "b:" H("1") "b:" C("1") "b:seq ";
    ck_assert_msg(strstr(begun, bucket) != NULL, "%d: %s", rows[_i].after, heard);
    redis_store_close(redis);
}
END_TEST

#define HEAD "tttttttttttttttt "
#define CHUNKS "ttttttttttttttttxxxxxxxxx "
#define LISTED 0x0101 /* chunks of a page: a count without a zero byte */

/* The head of a page that lists so many chunks. */
static void say_head(void)
{
    char answer[LISTED * 9 + 64];
    int len = snprintf(answer, sizeof answer, "$%d\r\n\1\1", LISTED * 9 + 2);
    memset(answer + len, 'x', (size_t)LISTED * 9);
    memcpy(answer + len + (size_t)LISTED * 9, "\r\n", 3);
    fake_redis_say(a, answer);
}

/* The page that is asked for is there, and then its partition moves to where it is not. */
START_TEST(a_page_is_read_at_one_home)
{
    static const struct {
        int after; /* answers of the first home */
        const char *heard;
    } rows[] = {
        {0, "b:" HEAD "b:seq b:" HEAD "b:seq "},
        {1, "b:" CHUNKS "b:seq b:" HEAD "b:seq "},
    };
    static const struct store_seq none = {0, 0};
    struct err err = {.code = ERR_NONE};
    struct token token;
    bool conflict = true;
    memset(token.bytes, 't', sizeof token.bytes);
    struct redis_store *redis = redis_store_open(&settings, &err);
    ck_assert_msg(redis != NULL, "%s", err.text);
    struct store store = redis_store_store(redis);
    fake_redis_say_always(b, "$-1\r\n");
    for (int i = 0; i < rows[_i].after; i++) {
        say_head();
    }
    say_moved(0);
    say_all_at(b);
    (void)fake_redis_heard();
    int result = store.load(store.self, 0, &none, &token, 1, &conflict, give_none, NULL, &err);
    ck_assert_msg(result == 0 && !conflict, "%s", err.text);
    const char *heard = fake_redis_heard();
    ck_assert_msg(strstr(heard, rows[_i].heard) != NULL, "%s", heard);
    redis_store_close(redis);
}
END_TEST

/* An answer of another type is no empty one: pages that are there would be taken for new. */
START_TEST(an_answer_of_another_type_is_none)
{
    static const struct store_seq none = {0, 0};
    static const struct token token = {{1}};
    static const struct {
        const char *text;
        bool is_no_page; /* of one page that is asked for */
    } answers[] = {{"+OK\r\n", false},
                   {"$-1\r\n", true},
                   {":3\r\n", false},
                   {"*2\r\n$-1\r\n$-1\r\n", false},
                   {"*1\r\n:7\r\n", false}};
    struct err err = {.code = ERR_NONE};
    struct store_checkpoint at;
    bool conflict = false;
    uint64_t cursor = 0;
    struct redis_store *redis = redis_store_open(&settings, &err);
    ck_assert_msg(redis != NULL, "%s", err.text);
    struct store store = redis_store_store(redis);
    fake_redis_say_always(a, answers[_i].text);
    ck_assert_int_eq(store.open(store.self, 0, &at, NULL, NULL, &err), -1);
    ck_assert_msg(strstr(err.text, "restore a backup") != NULL, "%s", err.text);
    err.code = ERR_NONE;
    int loaded = store.load(store.self, 0, &none, &token, 1, &conflict, give_none, NULL, &err);
    ck_assert_int_eq(loaded, answers[_i].is_no_page ? 0 : -1);
    ck_assert(loaded == 0 || strstr(err.text, "restore a backup") != NULL);
    err.code = ERR_NONE;
    ck_assert_int_eq(store.sweep(store.self, 0, &none, &cursor, &conflict, give_none, NULL, &err),
                     -1);
    ck_assert_msg(strstr(err.text, "restore a backup") != NULL, "%s", err.text);
    ck_assert_uint_eq(cursor, 0); /* that bucket was not given */
    redis_store_close(redis);
}
END_TEST

/* What is given to nobody is not asked for, and no good server gives it. */
START_TEST(timers_that_nobody_asked_for)
{
    struct err err = {.code = ERR_NONE};
    struct store_checkpoint at;
    struct redis_store *redis = redis_store_open(&settings, &err);
    ck_assert_msg(redis != NULL, "%s", err.text);
    struct store store = redis_store_store(redis);
    fake_redis_say(a, "*4\r\n$16\r\n0123456789abcdef\r\n$1\r\n7\r\n$1\r\nh\r\n"
                      "*2\r\n$16\r\n0123456789abcdef\r\n$1\r\n5\r\n");
    ck_assert_int_eq(store.open(store.self, 0, &at, NULL, NULL, &err), -1);
    ck_assert_msg(strstr(err.text, "a timer is damaged") != NULL, "%s", err.text);
    redis_store_close(redis);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("redis_store_moved");
    TCase *tests = tcase_create("redis_store_moved");
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_loop_test(tests, a_bucket_is_read_at_one_home, 0, 4);
    tcase_add_loop_test(tests, a_page_is_read_at_one_home, 0, 2);
    tcase_add_loop_test(tests, an_answer_of_another_type_is_none, 0, 5);
    tcase_add_test(tests, timers_that_nobody_asked_for);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
