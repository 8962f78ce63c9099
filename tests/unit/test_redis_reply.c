/* Answers in few pieces of memory say what hiredis' own would. */
#include "connectors/redis/redis_reply.h"
#include "engine/base/str.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANNOUNCED_PAGES_MAX 16384 /* 64 MB */

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

static redisReader *new_reader(void)
{
    redisReader *reader = redisReaderCreate();
    ck_assert_ptr_nonnull(reader);
    redis_reply_use(reader);
    return reader;
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
        redisReader *reader = new_reader();
        feed(reader, bytes, cut);
        redisReply *reply = read_next(reader);
        ck_assert((reply != NULL) == (cut == strlen(bytes)));
        if (reply == NULL) {
            feed(reader, bytes + cut, strlen(bytes) - cut);
            reply = read_next(reader);
        }
        expect(reply, rows[_i].said);
        redis_reply_free(reply);
        redisReaderFree(reader);
    }
}
END_TEST

/* The connection is lost in the middle of an answer: what is there of it goes with the reader. */
START_TEST(test_answer_in_part)
{
    const char *bytes = rows[_i].bytes;
    for (size_t cut = 0; cut < strlen(bytes); cut++) {
        redisReader *reader = new_reader();
        feed(reader, bytes, cut);
        ck_assert_ptr_null(read_next(reader));
        redisReaderFree(reader);
    }
}
END_TEST

/* The next answer is read while one is looked at, and the reader goes before both. */
START_TEST(test_answers_stand_alone)
{
    static const char bytes[] = "*2\r\n+one\r\n:1\r\n*1\r\n+two\r\n*2\r\n+thr";
    redisReader *reader = new_reader();
    feed(reader, bytes, strlen(bytes));
    redisReply *one = read_next(reader);
    redisReply *two = read_next(reader);
    ck_assert_ptr_null(read_next(reader));
    redisReaderFree(reader);
    expect(two, "[two]");
    redis_reply_free(two);
    expect(one, "[one, 1]");
    redis_reply_free(one);
    redis_reply_free(NULL);
}
END_TEST

/* Count texts of len bytes, and a number. */
static void feed_large(redisReader *reader, size_t count, size_t len)
{
    struct buf text = {0};
    buf_add_format(&text, "*%d\r\n", (int)count + 1);
    for (size_t i = 0; i < count; i++) {
        buf_add_format(&text, "$%d\r\n", (int)len);
        for (size_t k = 0; k < len; k++) {
            buf_add(&text, "x", 1);
        }
        buf_add(&text, "\r\n", 2);
    }
    buf_add_format(&text, ":7\r\n");
    feed(reader, text.at, text.len);
    buf_fini(&text);
}

static const struct {
    size_t count, len;
} large[] = {{1, 10},    {1, 3000000}, {3, 100000}, {2000, 400}, {100000, 0}, {20000, 16},
             {32766, 1}, {32767, 1},   {32768, 1},  {65535, 0},  {65536, 0}};

/* More than was guessed. */
START_TEST(test_large_answers)
{
    redisReader *reader = new_reader();
    feed_large(reader, large[_i].count, large[_i].len);
    redisReply *reply = read_next(reader);
    ck_assert_uint_eq(reply->elements, large[_i].count + 1);
    for (size_t i = 0; i < large[_i].count; i++) {
        const redisReply *part = reply->element[i];
        ck_assert_uint_eq(part->len, large[_i].len);
        ck_assert_uint_eq(strspn(part->str, "x"), large[_i].len);
    }
    ck_assert_int_eq((int)reply->element[large[_i].count]->integer, 7);
    redis_reply_free(reply);
    redisReaderFree(reader);
}
END_TEST

/* Pages of memory that the process has asked for. */
static long memory_pages(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%ld", &pages), 1);
    (void)fclose(file);
    return pages;
}

/* Who announces more than he sends gets no more than he sends, at every depth. */
START_TEST(test_announced_and_not_sent)
{
    static const char *const announced[] = {
        "*2147483647\r\n:1\r\n",
        "*2147483647\r\n*2147483647\r\n*2147483647\r\n*2147483647\r\n:1\r\n",
        "$2147483647\r\nx",
    };
    redisReader *reader = new_reader();
    long before = memory_pages();
    feed(reader, announced[_i], strlen(announced[_i]));
    ck_assert_ptr_null(read_next(reader));
    ck_assert_int_lt(memory_pages() - before, ANNOUNCED_PAGES_MAX);
    redisReaderFree(reader);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("redis_reply");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 60); /* a machine may be busy */
    tcase_add_loop_test(all, test_answers, 0, sizeof rows / sizeof rows[0]);
    tcase_add_loop_test(all, test_answer_in_part, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(all, test_answers_stand_alone);
    tcase_add_loop_test(all, test_large_answers, 0, sizeof large / sizeof large[0]);
    tcase_add_loop_test(all, test_announced_and_not_sent, 0, 3);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
