#include "tests/unit/fake_redis.h"

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "tests/unit/quiet_check.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 16
#define ANSWERS_MAX 256
#define ANSWER_BYTES 4096
#define WORDS_MAX 16 /* of a call that are looked at */
#define POLL_MS 2

struct connection {
    int fd;
    struct buf came;
};

struct fake_redis {
    const char *name;
    char address[32];
    int port, listener;
    pthread_t thread;
    bool stops;
    char answers[ANSWERS_MAX][ANSWER_BYTES];
    size_t answer_at, answer_count;
    char always[ANSWER_BYTES];
    char map[ANSWER_BYTES];
    struct connection connections[CONNECTIONS_MAX];
    size_t connection_count;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct buf heard, told;

/* ---- calls
 * ------------------------------------------------------------------------------------------ */

/* "*2\r\n" or "$5\r\n": the number, and where the line ends; -1: not all of it is here. */
static long take_line(const struct buf *came, size_t *at)
{
    const char *end = came->len > *at ? memchr(came->at + *at, '\n', came->len - *at) : NULL;
    if (end == NULL) {
        return -1;
    }
    long number = strtol(came->at + *at + 1, NULL, 10);
    *at = (size_t)(end - came->at) + 1;
    return number;
}

/* The words of the first whole call: how many bytes it has, 0: none is whole. At most the first
 * and the last WORDS_MAX - 1 are kept. */
static size_t take_call(const struct buf *came, struct str *words, long *count)
{
    size_t at = 0;
    *count = take_line(came, &at);
    for (long i = 0; i < *count; i++) {
        long len = take_line(came, &at);
        if (len < 0 || came->len < at + (size_t)len + 2) {
            return 0;
        }
        words[i < WORDS_MAX ? i : WORDS_MAX - 1] = (struct str){came->at + at, (size_t)len};
        at += (size_t)len + 2;
    }
    return *count < 0 ? 0 : at;
}

static const char *answer_of(struct fake_redis *s, const struct str *words, long count)
{
    bool calls = str_eq_text(words[0], "FCALL");
    struct str last = words[count <= WORDS_MAX ? count - 1 : WORDS_MAX - 1];
    if (str_eq_text(words[0], "CONFIG")) {
        return str_eq_text(words[2], "appendonly")
                   ? "*2\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n"
                   : "*2\r\n$16\r\nmaxmemory-policy\r\n$10\r\nnoeviction\r\n";
    }
    if (str_eq_text(words[0], "FUNCTION")) {
        return "$9\r\nsluice_v1\r\n";
    }
    if (calls && str_eq_text(words[1], "sluice_rights")) {
        return "$0\r\n\r\n";
    }
    if (str_eq_text(words[0], "CLUSTER") || str_eq_text(words[0], "SENTINEL")) {
        return s->map;
    }
    buf_add_format(&heard, "%s:%.*s ", s->name, (int)last.len, last.at);
    if (str_eq_text(words[0], "ASKING")) {
        return "+OK\r\n";
    }
    return s->answer_at < s->answer_count ? s->answers[s->answer_at++] : s->always;
}

/* ---- the server
 * ------------------------------------------------------------------------------------- */

/* False: the connection is closed. */
static bool serve(struct fake_redis *s, struct connection *c)
{
    char bytes[4096];
    ssize_t got = recv(c->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got == 0) {
        return false;
    }
    buf_add(&c->came, bytes, got > 0 ? (size_t)got : 0);
    struct str words[WORDS_MAX];
    long count = 0;
    size_t len = 0;
    while ((len = take_call(&c->came, words, &count)) > 0) {
        const char *answer = answer_of(s, words, count);
        if (answer[0] == '\0') {
            return false;
        }
        if (strcmp(answer, "-") != 0) {
            (void)send(c->fd, answer, strlen(answer), MSG_NOSIGNAL);
        }
        memmove(c->came.at, c->came.at + len, c->came.len - len);
        c->came.len -= len;
    }
    return true;
}

static void accept_one(struct fake_redis *s)
{
    int fd = accept(s->listener, NULL, NULL);
    quiet_check(fd >= 0 && s->connection_count < CONNECTIONS_MAX, "too many connections");
    s->connections[s->connection_count++] = (struct connection){.fd = fd};
}

static void close_one(struct connection *c)
{
    (void)close(c->fd);
    buf_fini(&c->came);
}

static void *run(void *context)
{
    struct fake_redis *s = context;
    bool stops = false;
    while (!stops) {
        struct pollfd watched = {.fd = s->listener, .events = POLLIN};
        bool comes = poll(&watched, 1, POLL_MS) > 0;
        (void)pthread_mutex_lock(&lock);
        stops = s->stops;
        if (comes) {
            accept_one(s);
        }
        for (size_t i = 0; i < s->connection_count;) {
            if (serve(s, &s->connections[i])) {
                i++;
                continue;
            }
            close_one(&s->connections[i]);
            s->connections[i] = s->connections[--s->connection_count];
        }
        (void)pthread_mutex_unlock(&lock);
    }
    for (size_t i = 0; i < s->connection_count; i++) {
        close_one(&s->connections[i]);
    }
    return NULL;
}

struct fake_redis *fake_redis_start(const char *name)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    struct fake_redis *s = mem_alloc(1, sizeof *s);
    s->name = name;
    (void)snprintf(s->always, sizeof s->always, "+OK\r\n");
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(s->listener, (struct sockaddr *)&at, len), 0);
    ck_assert_int_eq(listen(s->listener, 8), 0);
    ck_assert_int_eq(getsockname(s->listener, (struct sockaddr *)&at, &len), 0);
    s->port = ntohs(at.sin_port);
    (void)snprintf(s->address, sizeof s->address, "127.0.0.1:%d", s->port);
    ck_assert_int_eq(pthread_create(&s->thread, NULL, run, s), 0);
    return s;
}

void fake_redis_stop(struct fake_redis *s)
{
    (void)pthread_mutex_lock(&lock);
    s->stops = true;
    (void)pthread_mutex_unlock(&lock);
    ck_assert_int_eq(pthread_join(s->thread, NULL), 0);
    (void)close(s->listener);
    mem_free(s);
}

/* ---- what a test says and sees
 * ---------------------------------------------------------------------- */

const char *fake_redis_address(const struct fake_redis *s)
{
    return s->address;
}

int fake_redis_port(const struct fake_redis *s)
{
    return s->port;
}

void fake_redis_say(struct fake_redis *s, const char *answer)
{
    (void)pthread_mutex_lock(&lock);
    ck_assert_uint_lt(s->answer_count, ANSWERS_MAX);
    (void)snprintf(s->answers[s->answer_count++], ANSWER_BYTES, "%s", answer);
    (void)pthread_mutex_unlock(&lock);
}

void fake_redis_say_late(struct fake_redis *s, const char *answer)
{
    (void)pthread_mutex_lock(&lock);
    for (size_t i = 0; i < s->connection_count; i++) {
        (void)send(s->connections[i].fd, answer, strlen(answer), MSG_NOSIGNAL);
    }
    (void)pthread_mutex_unlock(&lock);
}

void fake_redis_say_always(struct fake_redis *s, const char *answer)
{
    (void)pthread_mutex_lock(&lock);
    (void)snprintf(s->always, sizeof s->always, "%s", answer);
    (void)pthread_mutex_unlock(&lock);
}

void fake_redis_say_map(struct fake_redis *s, const char *answer)
{
    (void)pthread_mutex_lock(&lock);
    (void)snprintf(s->map, sizeof s->map, "%s", answer);
    (void)pthread_mutex_unlock(&lock);
}

const char *fake_redis_heard(void)
{
    (void)pthread_mutex_lock(&lock);
    buf_clear(&told);
    buf_add_str(&told, buf_str(&heard));
    buf_clear(&heard);
    (void)pthread_mutex_unlock(&lock);
    return buf_text(&told);
}
