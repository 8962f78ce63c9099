/* test_redis_greeting.c - a server is met step by step, and whatever it does, or does not do, holds
 * up nobody. The server here is a script. */
#include "connectors/redis/redis_greeting.h"

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

#define TIMEOUT_MS 300
#define ANSWERS_MAX 5
#define HEARD_BYTES 65536
#define MOVES_MIN 20 /* of a greeting that waits TIMEOUT_MS for an answer, one each millisecond */

#define OK "+OK\r\n"
#define POLICY "*2\r\n$16\r\nmaxmemory-policy\r\n$10\r\nnoeviction\r\n"
#define APPENDS "*2\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n"
#define LOADED "$9\r\nsluice_v1\r\n"
#define ALL_RIGHTS "$0\r\n\r\n"

struct row {
    const char *name;
    const char *answers[ANSWERS_MAX + 1]; /* one to each call; then silence, or the end */
    bool closes;
    enum err_code code; /* ERR_NONE: it is met */
    bool retriable;
    const char *text;
};

static const struct row rows[] = {
    {"all is well", {OK, POLICY, APPENDS, LOADED, ALL_RIGHTS}, false, ERR_NONE, false, NULL},
    {"silence", {NULL}, false, ERR_OUTSIDE, true, "no answer within 300 ms"},
    {"silence after the credentials", {OK}, false, ERR_OUTSIDE, true, "no answer within 300 ms"},
    {"silence later", {OK, POLICY, APPENDS}, false, ERR_OUTSIDE, true, "no answer within 300 ms"},
    {"silence at the end",
     {OK, POLICY, APPENDS, LOADED},
     false,
     ERR_OUTSIDE,
     true,
     "no answer within 300 ms"},
    {"half an answer", {OK, "*2\r\n$16\r\nmax"}, false, ERR_OUTSIDE, true, "no answer within"},
    {"closed at once", {NULL}, true, ERR_OUTSIDE, true, "does it speak TLS?"},
    {"closed later",
     {OK, POLICY},
     true,
     ERR_OUTSIDE,
     true,
     "reading: Server closed the connection"},
    {"no Redis", {"HTTP/1.0 400\r\n\r\n"}, false, ERR_OUTSIDE, true, "Protocol error"},
    {"not these credentials", {"-WRONGPASS no\r\n"}, false, ERR_USAGE, false, "WRONGPASS no"},
    {"still loading", {OK, "-LOADING wait\r\n"}, false, ERR_OUTSIDE, true, "LOADING wait"},
    {"a policy that evicts",
     {OK, "*2\r\n$16\r\nmaxmemory-policy\r\n$11\r\nallkeys-lru\r\n"},
     false,
     ERR_USAGE,
     false,
     "has maxmemory-policy allkeys-lru and needs noeviction"},
    {"a policy that is not told", {OK, "*0\r\n"}, false, ERR_USAGE, false, "does not tell its max"},
    {"nothing is appended",
     {OK, POLICY, "*2\r\n$10\r\nappendonly\r\n$2\r\nno\r\n"},
     false,
     ERR_USAGE,
     false,
     "has appendonly no and needs yes"},
    {"a number in its place", {OK, POLICY, ":7\r\n"}, false, ERR_USAGE, false, "appendonly"},
    {"a replica",
     {OK, POLICY, APPENDS, "-READONLY You can't\r\n"},
     false,
     ERR_OUTSIDE,
     true,
     "is a replica, which takes no writes"},
    {"no right to load",
     {OK, POLICY, APPENDS, "-NOPERM no function|load\r\n"},
     false,
     ERR_USAGE,
     false,
     "NOPERM no function|load; what the user \"default\" (redis.user) needs: ACL SETUSER"},
    {"no right to call",
     {OK, POLICY, APPENDS, LOADED, "$10\r\nHSET, HDEL\r\n"},
     false,
     ERR_USAGE,
     false,
     "it may not HSET, HDEL on sluice:{17}:ckpt"},
    {"a list of rights",
     {OK, POLICY, APPENDS, LOADED, "*0\r\n"},
     false,
     ERR_OUTSIDE,
     true,
     "an answer that is none"},
};

static const struct row *script;
static char heard[HEARD_BYTES];
static int listener = -1;
static struct settings settings;

/* One answer to each call; a call has come when something has and then nothing more. */
static void *serve(void *context)
{
    (void)context;
    int fd = accept(listener, NULL, NULL);
    size_t len = 0;
    for (int i = 0; script->answers[i] != NULL; i++) {
        ssize_t got = recv(fd, heard + len, sizeof heard - 1 - len, 0);
        while (got > 0) {
            len += (size_t)got;
            clock_pause_us(2000);
            got = recv(fd, heard + len, sizeof heard - 1 - len, MSG_DONTWAIT);
        }
        (void)send(fd, script->answers[i], strlen(script->answers[i]), MSG_NOSIGNAL);
    }
    char rest[512];
    while (!script->closes && read(fd, rest, sizeof rest) > 0) {
    }
    (void)close(fd);
    return NULL;
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
    settings.redis_timeout_ms = TIMEOUT_MS;
    (void)snprintf(settings.redis_address, sizeof settings.redis_address, "127.0.0.1:%d",
                   ntohs(at.sin_port));
    (void)snprintf(settings.redis_password_file, sizeof settings.redis_password_file, "%s",
                   scratch_write("password", STR("secret\n")));
}

static void end(void)
{
    (void)close(listener);
}

static int meet(struct redis_greeting *greeting, int *moves, struct err *err)
{
    int met = 0;
    while ((met = redis_greeting_move(greeting, 0, err)) == 0) {
        ++*moves;
        clock_pause_us(1000);
    }
    return met;
}

START_TEST(a_server_is_met)
{
    struct err err = {.code = ERR_NONE};
    pthread_t thread;
    int moves = 0;
    script = &rows[_i];
    ck_assert_int_eq(pthread_create(&thread, NULL, serve, NULL), 0);
    struct redis_greeting *greeting =
        redis_greeting_begin(&settings, settings.redis_address, 17, &err);
    ck_assert_msg(greeting != NULL, "%s", err.text);
    int met = meet(greeting, &moves, &err);
    struct redis_link *link = redis_greeting_end(greeting);
    ck_assert_msg((met == 1) == (script->code == ERR_NONE), "%s: %s", script->name, err.text);
    ck_assert_msg((link != NULL) == (met == 1), "%s", script->name);
    redis_link_close(link);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_msg(err.code == script->code, "%s: %s", script->name, err.text);
    if (script->text != NULL) {
        ck_assert_msg(strstr(err.text, script->text) != NULL, "%s: %s", script->name, err.text);
        ck_assert_msg(strstr(err.text, settings.redis_address) != NULL, "%s", err.text);
        ck_assert_msg(err.retriable == script->retriable, "%s", script->name);
        ck_assert_ptr_null(strstr(err.text, "secret"));
        bool waited = strstr(script->text, "no answer within") != NULL;
        ck_assert_msg(!waited || moves >= MOVES_MIN, "%s: only %d moves", script->name, moves);
    }
}
END_TEST

START_TEST(its_questions_come_one_by_one)
{
    struct err err = {.code = ERR_NONE};
    pthread_t thread;
    int moves = 0;
    script = &rows[0];
    ck_assert_int_eq(pthread_create(&thread, NULL, serve, NULL), 0);
    struct redis_greeting *greeting =
        redis_greeting_begin(&settings, settings.redis_address, 17, &err);
    ck_assert_int_eq(meet(greeting, &moves, &err), 1);
    redis_link_close(redis_greeting_end(greeting));
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    static const char *const calls[] = {"AUTH", "maxmemory-policy", "appendonly", "FUNCTION",
                                        "sluice_rights"};
    const char *at = heard;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        const char *found = strstr(at, calls[i]);
        ck_assert_msg(found != NULL, "%s is not asked, or too early", calls[i]);
        at = found;
    }
    ck_assert_ptr_nonnull(strstr(at, "sluice:{17}:ckpt"));
}
END_TEST

START_TEST(who_is_not_there)
{
    struct err err = {.code = ERR_NONE};
    ck_assert_ptr_null(redis_greeting_begin(&settings, "nowhere", 0, &err));
    ck_assert_int_eq(err.code, ERR_USAGE);
    struct redis_greeting *greeting = redis_greeting_begin(&settings, "127.0.0.1:1", 0, &err);
    int moves = 0;
    if (greeting != NULL) { /* otherwise the system said so at once */
        ck_assert_int_eq(meet(greeting, &moves, &err), -1);
    }
    ck_assert(redis_greeting_end(greeting) == NULL);
    ck_assert(err.retriable);
    ck_assert_msg(strstr(err.text, "no connection: Connection refused; is it running") != NULL,
                  "%s", err.text);
}
END_TEST

/* A host that drops what comes to it: the queue of this listener is full. */
START_TEST(who_does_not_even_connect)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    struct err err = {.code = ERR_NONE};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int moves = 0;
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, len), 0);
    ck_assert_int_eq(listen(fd, 0), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    int fillers[8];
    for (size_t i = 0; i < sizeof fillers / sizeof fillers[0]; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(fillers[i], (struct sockaddr *)&at, len);
    }
    char address[32];
    (void)snprintf(address, sizeof address, "127.0.0.1:%d", ntohs(at.sin_port));
    struct redis_greeting *greeting = redis_greeting_begin(&settings, address, 0, &err);
    ck_assert_msg(greeting != NULL, "%s", err.text);
    ck_assert_int_eq(meet(greeting, &moves, &err), -1);
    ck_assert_msg(strstr(err.text, "no connection: Connection timed out") != NULL, "%s", err.text);
    ck_assert(err.retriable);
    ck_assert_int_ge(moves, MOVES_MIN);
    ck_assert(redis_greeting_end(greeting) == NULL);
    for (size_t i = 0; i < sizeof fillers / sizeof fillers[0]; i++) {
        (void)close(fillers[i]);
    }
    (void)close(fd);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("redis_greeting");
    TCase *tests = tcase_create("redis_greeting");
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_loop_test(tests, a_server_is_met, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tests, its_questions_come_one_by_one);
    tcase_add_test(tests, who_is_not_there);
    tcase_add_test(tests, who_does_not_even_connect);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
