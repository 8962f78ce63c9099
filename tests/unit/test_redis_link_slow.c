/* test_redis_link_slow.c - a server that takes nothing does not hold up who sends to it. */
#include "connectors/redis/redis_link.h"

#include "engine/base/mem.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LARGE_BYTES ((size_t)16 * 1024 * 1024) /* more than a socket takes */
#define READ_BYTES 65536

/* A port that connects, and nobody behind it. */
static int listen_at(struct settings *settings)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    settings_defaults(settings);
    (void)snprintf(settings->redis_address, sizeof settings->redis_address, "127.0.0.1:%u",
                   (unsigned)ntohs(at.sin_port));
    return fd;
}

static struct redis_link *open_link(const struct settings *settings)
{
    struct err err;
    struct redis_link *link = redis_link_open(settings, &err);
    ck_assert_msg(link != NULL, "%s", err.text);
    return link;
}

static void send_large(struct redis_link *link, const char *bytes)
{
    const struct str words[] = {STR("SET"), STR("key"), {bytes, LARGE_BYTES}};
    redis_link_send(link, 3, words);
}

START_TEST(who_sends_does_not_wait_for_a_server_that_takes_nothing)
{
    struct settings settings;
    struct err err;
    int fd = listen_at(&settings);
    struct redis_link *link = open_link(&settings);
    char *bytes = mem_alloc(LARGE_BYTES, 1);
    send_large(link, bytes);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(redis_link_move(link, 0, &err), 0);
        ck_assert_uint_gt(redis_link_unsent(link), 0);
        ck_assert_ptr_null(redis_link_next(link));
    }
    redis_link_close(link);
    mem_free(bytes);
    (void)close(fd);
}
END_TEST

START_TEST(all_of_it_is_sent_when_the_server_takes_it_in_the_end)
{
    struct settings settings;
    struct err err;
    int fd = listen_at(&settings);
    struct redis_link *link = open_link(&settings);
    char *bytes = mem_alloc(LARGE_BYTES, 1);
    char *taken = mem_alloc(READ_BYTES, 1);
    size_t sum = 0;
    send_large(link, bytes);
    size_t all = redis_link_unsent(link);
    int other = accept(fd, NULL, NULL);
    ck_assert_int_ge(other, 0);
    while (sum < all) {
        ck_assert_int_eq(redis_link_move(link, 0, &err), 0);
        ssize_t got = recv(other, taken, READ_BYTES, MSG_DONTWAIT);
        sum += got > 0 ? (size_t)got : 0;
    }
    ck_assert_uint_eq(redis_link_unsent(link), 0);
    ck_assert_int_eq(send(other, "+OK\r\n", 5, 0), 5);
    redisReply *reply = redis_link_await(link, &err);
    ck_assert_ptr_nonnull(reply);
    ck_assert_str_eq(reply->str, "OK");
    redis_reply_free(reply);
    redis_link_close(link);
    mem_free(bytes);
    mem_free(taken);
    (void)close(other);
    (void)close(fd);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("redis_link_slow");
    TCase *tests = tcase_create("sending");
    tcase_add_test(tests, who_sends_does_not_wait_for_a_server_that_takes_nothing);
    tcase_add_test(tests, all_of_it_is_sent_when_the_server_takes_it_in_the_end);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
