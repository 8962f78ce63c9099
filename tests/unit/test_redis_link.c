/* test_redis_link.c - answers come in order, whole or in pieces; a lost connection is an error that
 * may pass. The server here is a script, so that it can be as slow, wrong or short as no real one
 * is at will. */
#include "connectors/redis/redis_link.h"

#include "engine/base/clock.h"
#include "tests/unit/scratch.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEARD_BYTES 4096

/* What the server does with its one connection: it reads until it has heard as many bytes as
 * `hears` has, then says `says`, `pieces` times in one go or letter by letter, then closes or
 * waits. */
static struct script {
    const char *hears, *says;
    bool by_letter, stays;
} script;
static char heard[HEARD_BYTES];
static int listener = -1;
static pthread_t thread;
static struct settings settings;

static void *serve(void *context)
{
    size_t len = 0;
    ssize_t got = 1;
    (void)context;
    int fd = accept(listener, NULL, NULL);
    while (len < strlen(script.hears) && got > 0) {
        got = read(fd, heard + len, sizeof heard - 1 - len);
        len += got > 0 ? (size_t)got : 0;
    }
    size_t step = script.by_letter ? 1 : strlen(script.says);
    for (size_t at = 0; at < strlen(script.says); at += step) {
        (void)send(fd, script.says + at, step, MSG_NOSIGNAL);
        clock_pause_us(script.by_letter ? 1000 : 0);
    }
    while (script.stays && read(fd, heard, sizeof heard) > 0) {
    }
    (void)close(fd);
    return NULL;
}

static struct redis_link *connect_to(const struct script *to)
{
    struct err err = {.code = ERR_NONE};
    script = *to;
    ck_assert_int_eq(pthread_create(&thread, NULL, serve, NULL), 0);
    struct redis_link *link = redis_link_open(&settings, &err);
    ck_assert_msg(link != NULL, "%s", err.text);
    return link;
}

static void begin(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&at, len), 0);
    ck_assert_int_eq(listen(listener, 4), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&at, &len), 0);
    settings_defaults(&settings);
    settings.redis_timeout_ms = 2000;
    (void)snprintf(settings.redis_address, sizeof settings.redis_address, "127.0.0.1:%d",
                   ntohs(at.sin_port));
}

static void end(void)
{
    (void)close(listener);
}

#define PING "*1\r\n$4\r\nPING\r\n"

START_TEST(answers_come_in_order)
{
    bool by_letter = _i == 1;
    struct script to = {PING PING PING, "+ONE\r\n$3\r\nTWO\r\n*2\r\n:3\r\n-ERR no\r\n", by_letter,
                        true};
    struct err err = {.code = ERR_NONE};
    struct str words[] = {STR("PING")};
    struct redis_link *link = connect_to(&to);
    for (int i = 0; i < 3; i++) {
        redis_link_send(link, 1, words);
    }
    ck_assert_uint_eq(redis_link_unsent(link), strlen(to.hears));
    redisReply *one = redis_link_await(link, &err);
    ck_assert_msg(one != NULL, "%s", err.text);
    ck_assert_uint_eq(redis_link_unsent(link), 0);
    redisReply *two = redis_link_await(link, &err);
    redisReply *three = redis_link_await(link, &err);
    ck_assert_str_eq(one->str, "ONE");
    ck_assert_str_eq(two->str, "TWO");
    ck_assert_uint_eq(three->elements, 2);
    ck_assert_int_eq(three->element[0]->integer, 3);
    ck_assert_int_eq(three->element[1]->type, REDIS_REPLY_ERROR);
    ck_assert_ptr_null(redis_link_next(link)); /* there is no fourth */
    ck_assert_str_eq(heard, to.hears);
    redis_reply_free(one);
    redis_reply_free(two);
    redis_reply_free(three);
    redis_link_close(link);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

START_TEST(what_is_lost_may_come_back)
{
    static const struct {
        const char *name;
        struct script to;
        const char *text;
    } rows[] = {
        {"closed at once", {"", "", false, false}, "before its first answer; does it speak TLS?"},
        {"closed before the answer", {PING, "", false, false}, "does it speak TLS?"},
        {"closed within the answer", {PING, "$10\r\nabc", false, false}, "redis at 127.0.0.1:"},
        {"no answer", {PING, "", false, true}, "no answer within 300 ms"},
        {"half an answer", {PING, "$10\r\nabc", false, true}, "no answer within 300 ms"},
    };
    struct err err = {.code = ERR_NONE};
    struct str words[] = {STR("PING")};
    settings.redis_timeout_ms = 300;
    struct redis_link *link = connect_to(&rows[_i].to);
    ck_assert_ptr_null(redis_link_call(link, 1, words, &err));
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_msg(err.retriable, "%s", rows[_i].name);
    ck_assert_msg(strstr(err.text, rows[_i].text) != NULL, "%s: %s", rows[_i].name, err.text);
    redis_link_close(link);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

/* After an answer it is nobody else. */
START_TEST(what_is_lost_later_is_no_other_server)
{
    struct script to = {PING, "+ONE\r\n", false, false};
    struct err err = {.code = ERR_NONE};
    struct str words[] = {STR("PING")};
    struct redis_link *link = connect_to(&to);
    redisReply *reply = redis_link_call(link, 1, words, &err);
    ck_assert_msg(reply != NULL, "%s", err.text);
    redis_reply_free(reply);
    ck_assert_ptr_null(redis_link_call(link, 1, words, &err));
    ck_assert(err.retriable);
    ck_assert_msg(strstr(err.text, "TLS") == NULL, "%s", err.text);
    redis_link_close(link);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

/* Another server, or a proxy's page: what comes is no answer. */
START_TEST(what_is_no_answer)
{
    struct script to = {PING, "HTTP/1.0 400 Bad Request\r\n\r\n", false, true};
    struct err err = {.code = ERR_NONE};
    struct str words[] = {STR("PING")};
    struct redis_link *link = connect_to(&to);
    int64_t began_ms = clock_mono_ms();
    ck_assert_ptr_null(redis_link_call(link, 1, words, &err));
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_int_lt(clock_mono_ms() - began_ms, 1500); /* it is not waited for */
    ck_assert_msg(strstr(err.text, "Protocol error") != NULL, "%s", err.text);
    redis_link_close(link);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

START_TEST(credentials)
{
    static const struct {
        const char *name, *user, *hears, *says;
        bool ok;
    } rows[] = {
        {"password alone", "", "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n", "+OK\r\n", true},
        {"a user", "ann", "*3\r\n$4\r\nAUTH\r\n$3\r\nann\r\n$6\r\nsecret\r\n", "+OK\r\n", true},
        {"refused", "", "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n", "-WRONGPASS no\r\n", false},
    };
    struct err err = {.code = ERR_NONE};
    (void)snprintf(settings.redis_user, sizeof settings.redis_user, "%s", rows[_i].user);
    (void)snprintf(settings.redis_password_file, sizeof settings.redis_password_file, "%s",
                   scratch_write("password", STR("secret\n")));
    script = (struct script){rows[_i].hears, rows[_i].says, false, false};
    ck_assert_int_eq(pthread_create(&thread, NULL, serve, NULL), 0);
    struct redis_link *link = redis_link_open(&settings, &err);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_str_eq(heard, rows[_i].hears);
    ck_assert_msg((link != NULL) == rows[_i].ok, "%s: %s", rows[_i].name, err.text);
    if (!rows[_i].ok) {
        ck_assert_int_eq(err.code, ERR_USAGE);
        ck_assert(!err.retriable);
        ck_assert_ptr_nonnull(strstr(err.text, "WRONGPASS"));
        ck_assert_ptr_null(strstr(err.text, "secret"));
    }
    redis_link_close(link);
}
END_TEST

/* A server that does not know AUTH repeats what it was told: the password is in no message. */
START_TEST(a_password_is_not_repeated)
{
    static const struct {
        const char *says, *text;
        bool retriable;
    } rows[] = {
        {"-ERR unknown command 'AUTH', with args beginning with: 'secret' \r\n", "(ERR ..)", false},
        {"-ERR AUTH <password> called without any password configured\r\n", "any password", false},
        {"-ERR max number of clients reached\r\n", "max number of clients reached", true},
    };
    struct err err = {.code = ERR_NONE};
    (void)snprintf(settings.redis_password_file, sizeof settings.redis_password_file, "%s",
                   scratch_write("password", STR("secret\n")));
    script = (struct script){"*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n", rows[_i].says, false, false};
    ck_assert_int_eq(pthread_create(&thread, NULL, serve, NULL), 0);
    ck_assert_ptr_null(redis_link_open(&settings, &err));
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_msg(err.retriable == rows[_i].retriable, "%s", err.text);
    ck_assert_msg(strstr(err.text, rows[_i].text) != NULL, "%s", err.text);
    ck_assert_msg(strstr(err.text, "secret") == NULL, "%s", err.text);
}
END_TEST

START_TEST(places_where_no_server_is)
{
    static const struct {
        const char *address;
        enum err_code code;
    } rows[] = {
        {"127.0.0.1:1", ERR_OUTSIDE}, {"127.0.0.1", ERR_USAGE},       {":6379", ERR_USAGE},
        {"127.0.0.1:0", ERR_USAGE},   {"127.0.0.1:70000", ERR_USAGE}, {"127.0.0.1:63x9", ERR_USAGE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {.code = ERR_NONE};
        (void)snprintf(settings.redis_address, sizeof settings.redis_address, "%s",
                       rows[i].address);
        ck_assert_ptr_null(redis_link_open(&settings, &err));
        ck_assert_msg(err.code == rows[i].code, "%s: %s", rows[i].address, err.text);
        ck_assert_msg(strstr(err.text, rows[i].address) != NULL, "%s", err.text);
        ck_assert(err.retriable == (rows[i].code == ERR_OUTSIDE));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("redis_link");
    TCase *tests = tcase_create("redis_link");
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_loop_test(tests, answers_come_in_order, 0, 2);
    tcase_add_loop_test(tests, what_is_lost_may_come_back, 0, 5);
    tcase_add_test(tests, what_is_lost_later_is_no_other_server);
    tcase_add_test(tests, what_is_no_answer);
    tcase_add_loop_test(tests, credentials, 0, 3);
    tcase_add_loop_test(tests, a_password_is_not_repeated, 0, 3);
    tcase_add_test(tests, places_where_no_server_is);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
