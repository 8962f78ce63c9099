/* test_http_server.c - pages over a real connection, as http_get.h and others ask for them. */
#include "connectors/http/http_server.h"

#include "connectors/http/http_get.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_BYTES 65536
#define LARGE 20000
#define SELECT_FILES 1024

static struct http_server *server;
static char address[64];
static int asked;

static unsigned small_page(void *context, struct buf *out)
{
    ck_assert_ptr_eq(context, &asked);
    asked++;
    buf_add_text(out, "{\"ok\":true}\n");
    return 200;
}

static unsigned large_page(void *context, struct buf *out)
{
    (void)context;
    for (int i = 0; i < LARGE; i++) {
        buf_add_char(out, (char)('a' + i % 26));
    }
    return 200;
}

static unsigned ill_page(void *context, struct buf *out)
{
    (void)context;
    buf_add_text(out, "no broker answers\n");
    return 503;
}

static const struct http_page pages[] = {
    {"/status", "application/json", small_page, &asked},
    {"/large", "text/plain", large_page, NULL},
    {"/ill", "text/plain", ill_page, NULL},
};

static void begin(void)
{
    struct err err = {.code = ERR_NONE};
    server = http_server_start("127.0.0.1", 0, pages, 3, &err);
    ck_assert_msg(server != NULL, "%s", err.text);
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)http_server_port(server));
}

static void end(void)
{
    http_server_stop(server);
}

/* The whole answer to a request as it is. */
static const char *ask(const char *request)
{
    static char answer[ANSWER_BYTES];
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(http_server_port(server)),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    ck_assert_int_eq(write(fd, request, strlen(request)), (ssize_t)strlen(request));
    size_t len = 0;
    ssize_t got;
    while ((got = read(fd, answer + len, sizeof answer - 1 - len)) > 0) {
        len += (size_t)got;
    }
    answer[len] = '\0';
    (void)close(fd);
    return answer;
}

START_TEST(pages_are_written_for_each_request)
{
    struct err err = {.code = ERR_NONE};
    struct buf body = {0};
    for (int i = 1; i <= 3; i++) {
        ck_assert_msg(http_get(address, "/status", &body, &err) == 0, "%s", err.text);
        ck_assert_str_eq(buf_text(&body), "{\"ok\":true}\n");
        ck_assert_int_eq(asked, i);
    }
    ck_assert_msg(http_get(address, "/large", &body, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(strlen(buf_text(&body)), LARGE);
    ck_assert_int_eq(buf_text(&body)[LARGE - 1], 'a' + (LARGE - 1) % 26);
    buf_fini(&body);
}
END_TEST

START_TEST(codes_and_types)
{
    static const struct {
        const char *request, *begins, *has;
    } rows[] = {
        {"GET /status HTTP/1.0\r\n\r\n", "HTTP/1.", "Content-Type: application/json\r\n"},
        {"GET /status HTTP/1.0\r\n\r\n", "HTTP/1.", " 200 "},
        {"GET /ill HTTP/1.0\r\n\r\n", "HTTP/1.", " 503 "},
        {"GET /ill HTTP/1.0\r\n\r\n", "HTTP/1.", "\r\n\r\nno broker answers\n"},
        {"GET /none HTTP/1.0\r\n\r\n", "HTTP/1.", " 404 "},
        {"GET /status/ HTTP/1.0\r\n\r\n", "HTTP/1.", " 404 "},
        {"DELETE /status HTTP/1.0\r\n\r\n", "HTTP/1.", " 405 "},
        {"POST /status HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.", " 405 "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *answer = ask(rows[i].request);
        ck_assert_msg(strncmp(answer, rows[i].begins, strlen(rows[i].begins)) == 0, "%s",
                      rows[i].request);
        ck_assert_msg(strstr(answer, rows[i].has) != NULL, "%s: %s", rows[i].request, answer);
    }
    ck_assert_int_eq(asked, 2); /* by GET alone */
}
END_TEST

START_TEST(what_cannot_be_had)
{
    struct err err = {.code = ERR_NONE};
    struct buf body = {0};
    char nobody[64];
    ck_assert_int_eq(http_get(address, "/ill", &body, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "/ill: the answer is not 200"));
    ck_assert_int_eq(http_get("nowhere", "/", &body, &err), -1);
    ck_assert_int_eq(err.code, ERR_USAGE);
    (void)snprintf(nobody, sizeof nobody, "%s", address);
    http_server_stop(server);
    server = NULL;
    ck_assert_int_eq(http_get(nobody, "/status", &body, &err), -1);
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_ptr_nonnull(strstr(err.text, "no connection: Connection refused"));
    buf_fini(&body);
}
END_TEST

START_TEST(places_where_it_cannot_listen)
{
    struct err err = {.code = ERR_NONE};
    ck_assert_ptr_null(http_server_start("127.0.0.1", http_server_port(server), pages, 3, &err));
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_ptr_nonnull(strstr(err.text, "see http.port"));
    ck_assert_ptr_null(http_server_start("localhost", 0, pages, 3, &err));
    ck_assert_int_eq(err.code, ERR_USAGE);
}
END_TEST

static void *ask_often(void *context)
{
    struct buf body = {0};
    struct err err = {.code = ERR_NONE};
    for (int i = 0; i < 20 && *(int *)context == 0; i++) {
        *(int *)context = http_get(address, "/large", &body, &err);
    }
    buf_fini(&body);
    return NULL;
}

START_TEST(several_may_ask_at_once)
{
    pthread_t threads[4];
    int results[4] = {0};
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_often, &results[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_int_eq(results[i], 0);
    }
}
END_TEST

/* Also where a connection's number is one that select() cannot have. */
START_TEST(in_a_process_with_many_files)
{
    struct err err = {.code = ERR_NONE};
    struct buf body = {0};
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    int last = 0;
    while (last <= SELECT_FILES) {
        last = dup(STDERR_FILENO);
        ck_assert_int_gt(last, 0);
    }
    ck_assert_msg(http_get(address, "/status", &body, &err) == 0, "%s", err.text);
    buf_fini(&body);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("http_server");
    TCase *tests = tcase_create("http_server");
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, pages_are_written_for_each_request);
    tcase_add_test(tests, codes_and_types);
    tcase_add_test(tests, what_cannot_be_had);
    tcase_add_test(tests, in_a_process_with_many_files);
    tcase_add_test(tests, places_where_it_cannot_listen);
    tcase_add_test(tests, several_may_ask_at_once);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
