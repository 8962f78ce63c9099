/* test_redis_slots.c - slots as Redis computes them, and answers of a Cluster, good and hostile. */
#include "connectors/redis/redis_slots.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASKED "10.0.0.7:6379"

static redisReply *reply_of(redisReader *reader, const char *text)
{
    void *reply = NULL;
    ck_assert_int_eq(redisReaderFeed(reader, text, strlen(text)), REDIS_OK);
    ck_assert_int_eq(redisReaderGetReply(reader, &reply), REDIS_OK);
    ck_assert_ptr_nonnull(reply);
    return reply;
}

/* As CLUSTER KEYSLOT of a Redis 7.0 says. */
START_TEST(slots_of_keys)
{
    static const struct {
        const char *key;
        uint16_t slot;
    } rows[] = {
        {"123456789", 12739},
        {"", 0},
        {"a", 15495},
        {"foo", 12182},
        {"{foo}bar", 12182},
        {"x{foo}{bar}", 12182},
        {"foo{}bar", 14292},
        {"foo{{bar}}", 4015},
        {"{foo", 13308},
        {"foo}", 15679},
        {"}{foo}", 12182},
        {"sluice:{0}:ckpt", 13907},
        {"sluice:{17}:h:255", 12304},
        {"sluice:{4095}:timers", 14918},
        {"a{b}:{17}:ckpt", 3300},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint16_t slot = redis_slots_of(str_of(rows[i].key));
        ck_assert_msg(slot == rows[i].slot, "%s is in %u", rows[i].key, slot);
    }
}
END_TEST

START_TEST(redirects)
{
    static const struct {
        const char *text;
        bool good;
        enum redis_elsewhere kind;
        uint16_t slot;
        const char *address;
    } rows[] = {
        {"-MOVED 3999 10.0.0.8:6381\r\n", true, REDIS_MOVED, 3999, "10.0.0.8:6381"},
        {"-ASK 0 redis-3.bank.example:6381\r\n", true, REDIS_ASK, 0, "redis-3.bank.example:6381"},
        {"-MOVED 16383 ::1:6381\r\n", true, REDIS_MOVED, 16383, "::1:6381"},
        {"-MOVED 1 :6381\r\n", true, REDIS_MOVED, 1, "10.0.0.7:6381"},
        {"-TRYAGAIN Multiple keys request during rehashing of slot\r\n", true, REDIS_TRYAGAIN, 0,
         ""},
        {"-CLUSTERDOWN Hash slot not served\r\n", true, REDIS_CLUSTERDOWN, 0, ""},
        {"-CLUSTERDOWN\r\n", true, REDIS_CLUSTERDOWN, 0, ""},
        {"-CONFLICT MOVED 1 a:1\r\n", true, REDIS_HERE, 0, ""},
        {"-MOVEDNOT 1 a:1\r\n", true, REDIS_HERE, 0, ""},
        {"-ASKING is not allowed\r\n", true, REDIS_HERE, 0, ""},
        {"+MOVED 1 a:1\r\n", true, REDIS_HERE, 0, ""},
        {"$12\r\nMOVED 1 a:11\r\n", true, REDIS_HERE, 0, ""},
        {"*0\r\n", true, REDIS_HERE, 0, ""},
        {"-MOVED\r\n", false, REDIS_MOVED, 0, ""},
        {"-MOVED \r\n", false, REDIS_MOVED, 0, ""},
        {"-MOVED 16384 a:1\r\n", false, REDIS_MOVED, 0, ""},
        {"-MOVED -1 a:1\r\n", false, REDIS_MOVED, 0, ""},
        {"-MOVED 99999999999999999999 a:1\r\n", false, REDIS_MOVED, 0, ""},
        {"-MOVED 1\r\n", false, REDIS_MOVED, 0, ""},
        {"-MOVED 1 \r\n", false, REDIS_MOVED, 0, ""},
        {"-MOVED 1 a\r\n", false, REDIS_MOVED, 1, ""},
        {"-MOVED 1 a:\r\n", false, REDIS_MOVED, 1, ""},
        {"-MOVED 1 a:0\r\n", false, REDIS_MOVED, 1, ""},
        {"-MOVED 1 a:65536\r\n", false, REDIS_MOVED, 1, ""},
        {"-MOVED 1 a:12x\r\n", false, REDIS_MOVED, 1, ""},
        {"-MOVED 1 a b:12\r\n", false, REDIS_MOVED, 1, ""},
        {"-MOVED 1 ?:12\r\n", false, REDIS_MOVED, 1, ""},
        {"-MOVED 1 a,b:12\r\n", false, REDIS_MOVED, 1, ""},
        {"-ASK 1 a\x01:12\r\n", false, REDIS_ASK, 1, ""},
    };
    redisReader *reader = redisReaderCreate();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct redis_redirect to;
        redisReply *reply = reply_of(reader, rows[i].text);
        bool good = redis_slots_redirect(reply, ASKED, &to);
        ck_assert_msg(good == rows[i].good && to.kind == rows[i].kind, "%s", rows[i].text);
        if (good) {
            ck_assert_msg(to.slot == rows[i].slot, "%s", rows[i].text);
            ck_assert_str_eq(to.address, rows[i].address);
        }
        freeReplyObject(reply);
    }
    redisReaderFree(reader);
}
END_TEST

START_TEST(an_address_that_is_too_long)
{
    char text[600];
    struct redis_redirect to;
    redisReader *reader = redisReaderCreate();
    (void)snprintf(text, sizeof text, "-MOVED 1 %0400d:1\r\n", 0);
    redisReply *reply = reply_of(reader, text);
    ck_assert(!redis_slots_redirect(reply, ASKED, &to));
    freeReplyObject(reply);
    redisReaderFree(reader);
}
END_TEST

static void note_range(void *context, uint16_t first, uint16_t last, const char *address)
{
    buf_add_format(context, "%u-%u at %s; ", first, last, address);
}

START_TEST(maps)
{
    static const struct {
        const char *name, *text, *ranges; /* NULL: refused */
    } rows[] = {
        {"two masters, one with a replica",
         "*2\r\n"
         "*4\r\n:0\r\n:8191\r\n*4\r\n$8\r\n10.0.0.7\r\n:7001\r\n$2\r\nid\r\n*0\r\n"
         "*3\r\n$8\r\n10.0.0.9\r\n:7009\r\n$2\r\nid\r\n"
         "*3\r\n:8192\r\n:16383\r\n*3\r\n$8\r\n10.0.0.8\r\n:7002\r\n$2\r\nid\r\n",
         "0-8191 at 10.0.0.7:7001; 8192-16383 at 10.0.0.8:7002; "},
        {"nobody has a slot", "*0\r\n", ""},
        {"a host that is not known", "*1\r\n*3\r\n:5\r\n:5\r\n*2\r\n$-1\r\n:7001\r\n",
         "5-5 at 10.0.0.7:7001; "},
        {"an empty host", "*1\r\n*3\r\n:5\r\n:5\r\n*2\r\n$0\r\n\r\n:7001\r\n",
         "5-5 at 10.0.0.7:7001; "},
        {"a host that has no name yet", "*1\r\n*3\r\n:5\r\n:5\r\n*2\r\n$1\r\n?\r\n:7001\r\n", NULL},
        {"an error", "-ERR This instance has cluster support disabled\r\n", NULL},
        {"a text", "$1\r\nx\r\n", NULL},
        {"nothing", "$-1\r\n", NULL},
        {"a number for a range", "*1\r\n:5\r\n", NULL},
        {"a range of nobody", "*1\r\n*2\r\n:0\r\n:5\r\n", NULL},
        {"a range without its end", "*1\r\n*3\r\n:0\r\n$1\r\n5\r\n*2\r\n$1\r\na\r\n:1\r\n", NULL},
        {"a range backwards", "*1\r\n*3\r\n:6\r\n:5\r\n*2\r\n$1\r\na\r\n:1\r\n", NULL},
        {"a slot too high", "*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$1\r\na\r\n:1\r\n", NULL},
        {"a slot too low", "*1\r\n*3\r\n:-1\r\n:5\r\n*2\r\n$1\r\na\r\n:1\r\n", NULL},
        {"a master that is a text", "*1\r\n*3\r\n:0\r\n:5\r\n$1\r\na\r\n", NULL},
        {"a master without port", "*1\r\n*3\r\n:0\r\n:5\r\n*1\r\n$1\r\na\r\n", NULL},
        {"a port that is a text", "*1\r\n*3\r\n:0\r\n:5\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n", NULL},
        {"port 0", "*1\r\n*3\r\n:0\r\n:5\r\n*2\r\n$1\r\na\r\n:0\r\n", NULL},
        {"a port too high", "*1\r\n*3\r\n:0\r\n:5\r\n*2\r\n$1\r\na\r\n:65536\r\n", NULL},
        {"a host that is a number", "*1\r\n*3\r\n:0\r\n:5\r\n*2\r\n:1\r\n:1\r\n", NULL},
        {"a host with a blank", "*1\r\n*3\r\n:0\r\n:5\r\n*2\r\n$3\r\na b\r\n:1\r\n", NULL},
    };
    redisReader *reader = redisReaderCreate();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf ranges = {0};
        redisReply *reply = reply_of(reader, rows[i].text);
        bool good = redis_slots_read(reply, ASKED, note_range, &ranges);
        ck_assert_msg(good == (rows[i].ranges != NULL), "%s", rows[i].name);
        if (good) {
            ck_assert_str_eq(buf_text(&ranges), rows[i].ranges);
        }
        buf_fini(&ranges);
        freeReplyObject(reply);
    }
    redisReaderFree(reader);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("redis_slots");
    TCase *tests = tcase_create("redis_slots");
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, slots_of_keys);
    tcase_add_test(tests, redirects);
    tcase_add_test(tests, an_address_that_is_too_long);
    tcase_add_test(tests, maps);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
