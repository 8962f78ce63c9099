/* Answers that lie in a pool are those that lie anywhere else. */
#include "connectors/redis/redis_pool.h"
#include "engine/base/str.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* As a text: "[one, 7, nil, [two]]". */
static void say(struct buf *out, const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_ARRAY) {
        buf_add(out, "[", 1);
        for (size_t i = 0; i < reply->elements; i++) {
            buf_add(out, ", ", i > 0 ? 2 : 0);
            say(out, reply->element[i]);
        }
        buf_add(out, "]", 1);
    } else if (reply->type == REDIS_REPLY_INTEGER) {
        buf_add_format(out, "%lld", reply->integer);
    } else if (reply->type == REDIS_REPLY_NIL) {
        buf_add(out, "nil", 3);
    } else {
        ck_assert_uint_eq(strlen(reply->str), reply->len);
        buf_add(out, reply->str, reply->len);
    }
}

static void expect(const redisReply *reply, const char *wanted)
{
    struct buf said = {0};
    say(&said, reply);
    ck_assert_str_eq(buf_text(&said), wanted);
    buf_fini(&said);
}

static redisReply *read_next(redisReader *reader)
{
    void *reply = NULL;
    ck_assert_int_eq(redisReaderGetReply(reader, &reply), REDIS_OK);
    return reply;
}

static void feed(redisReader *reader, const char *bytes, size_t len)
{
    ck_assert_int_eq(redisReaderFeed(reader, bytes, len), REDIS_OK);
}

static const struct {
    const char *name, *bytes, *said;
} rows[] = {
    {"a text", "$3\r\none\r\n", "one"},
    {"an empty text", "$0\r\n\r\n", ""},
    {"a status", "+OK\r\n", "OK"},
    {"an error", "-CONFLICT x\r\n", "CONFLICT x"},
    {"a number", ":-7\r\n", "-7"},
    {"nothing", "$-1\r\n", "nil"},
    {"an empty array", "*0\r\n", "[]"},
    {"arrays in arrays", "*4\r\n$3\r\none\r\n:7\r\n$-1\r\n*1\r\n+two\r\n", "[one, 7, nil, [two]]"},
};

/* Whole, and cut at each place. */
START_TEST(test_answers)
{
    const char *bytes = rows[_i].bytes;
    for (size_t cut = 0; cut <= strlen(bytes); cut++) {
        struct redis_pool pool = {0};
        redisReader *reader = redisReaderCreate();
        redis_pool_use(&pool, reader);
        feed(reader, bytes, cut);
        redisReply *reply = read_next(reader);
        ck_assert((reply != NULL) == (cut == strlen(bytes)));
        if (reply == NULL) {
            feed(reader, bytes + cut, strlen(bytes) - cut);
            reply = read_next(reader);
        }
        expect(reply, rows[_i].said);
        redis_pool_leave(&pool, reader);
        redisReaderFree(reader);
        redis_pool_fini(&pool);
    }
}
END_TEST

/* More than a block holds, again and again; behind it an ordinary answer, which is freed by itself.
 */
START_TEST(test_pool_grows_and_is_cleared)
{
    static const size_t lengths[] = {10, 1000000, 100, 3000000, 1};
    struct redis_pool pool = {0};
    redisReader *reader = redisReaderCreate();
    redis_pool_use(&pool, reader);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct buf text = {0};
        buf_add_format(&text, "*2\r\n$%d\r\n", (int)lengths[i]);
        for (size_t k = 0; k < lengths[i]; k++) {
            buf_add(&text, "x", 1);
        }
        buf_add_format(&text, "\r\n:1\r\n");
        feed(reader, text.at, text.len);
        const redisReply *reply = read_next(reader);
        ck_assert_uint_eq(reply->element[0]->len, lengths[i]);
        ck_assert_int_eq(reply->element[0]->str[lengths[i] - 1], 'x');
        ck_assert_int_eq((int)reply->element[1]->integer, 1);
        redis_pool_clear(&pool);
        buf_fini(&text);
    }
    redis_pool_leave(&pool, reader);
    feed(reader, "+OK\r\n", 5);
    redisReply *reply = read_next(reader);
    expect(reply, "OK");
    freeReplyObject(reply);
    redisReaderFree(reader);
    redis_pool_fini(&pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("redis_pool");
    TCase *all = tcase_create("all");
    tcase_add_loop_test(all, test_answers, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(all, test_pool_grows_and_is_cleared);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
