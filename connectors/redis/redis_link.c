#include "connectors/redis/redis_link.h"

#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/base/password.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define HOST_BYTES 256
#define WORDS_STACK 64
#define WAIT_MS 10
#define KEPT_BYTES \
    ((size_t)4 * 1024 * 1024) /* of what was read: answers of megabytes follow each other */

enum state {
    CONNECTING, /* the socket is not connected yet */
    PROVING,    /* the answer to our credentials is not here */
    READY,
};

struct redis_link {
    const struct settings *settings;
    char address[REDIS_ADDRESS_BYTES];
    redisContext *context;
    enum state state;
    bool proves;    /* with credentials */
    int64_t end_ms; /* until then it must be connected, or the answer here */
    bool heard;     /* an answer has come */
};

/* What a server does with a call when it waits for a TLS handshake: it hangs up. */
static void add_suspicion(const struct redis_link *link, struct err *err)
{
    size_t len = strlen(err->text);
    if (link->context != NULL && !link->heard) {
        (void)
            snprintf(err->text + len, sizeof err->text - len,
                     ", before its first answer; does it speak TLS? The hiredis %d.%d.%d of this "
                     "build does not: redis.address must be a plain port, or a tunnel's (stunnel)",
                     HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH);
    }
}

static int lost(const struct redis_link *link, const char *what, struct err *err)
{
    const char *why = link->context != NULL && link->context->errstr[0] != '\0'
                          ? link->context->errstr
                          : "connection closed";
    if (err != NULL) {
        (void)err_set(err, ERR_OUTSIDE, "redis at %s: %s: %s", link->address, what, why);
        add_suspicion(link, err);
        err->retriable = true;
    }
    return -1;
}

/* ---- open --------------------------------------------------------------------------------------
 */

static int split_address(const char *address, char *host, int *port, struct err *err)
{
    const char *colon = strrchr(address, ':');
    char *end = NULL;
    long number = colon == NULL ? 0 : strtol(colon + 1, &end, 10);
    size_t len = colon == NULL ? 0 : (size_t)(colon - address);
    if (len == 0 || len >= HOST_BYTES || *end != '\0' || number < 1 || number > 65535) {
        return err_set(err, ERR_USAGE, "redis.address must be host:port, not \"%s\"", address);
    }
    memcpy(host, address, len);
    host[len] = '\0';
    *port = (int)number;
    return 0;
}

static int no_connection(const char *address, const char *why, struct err *err)
{
    (void)err_set(err, ERR_OUTSIDE,
                  "redis at %s: no connection: %s; is it running, and is redis.address right?",
                  address, why);
    err->retriable = true;
    return -1;
}

static void set_state(struct redis_link *link, enum state state)
{
    link->state = state;
    link->end_ms = clock_mono_ms() + link->settings->redis_timeout_ms;
}

static int send_credentials(struct redis_link *link, struct err *err)
{
    const struct settings *s = link->settings;
    char password[PASSWORD_BYTES];
    if (password_read("redis.password_file", s->redis_password_file, password, err) != 0) {
        return -1;
    }
    struct str words[] = {STR("AUTH"), str_of(s->redis_user), str_of(password)};
    if (s->redis_user[0] == '\0') {
        words[1] = words[2];
    }
    redis_link_send(link, s->redis_user[0] == '\0' ? 2 : 3, words);
    password_forget(password);
    return 0;
}

/* The socket is connected. */
static int begin_proof(struct redis_link *link, struct err *err)
{
    (void)redisEnableKeepAlive(link->context);
    link->context->reader->maxbuf = KEPT_BYTES;
    redis_reply_use(link->context->reader);
    set_state(link, link->proves ? PROVING : READY);
    return link->proves ? send_credentials(link, err) : 0;
}

static int connect_on(struct redis_link *link, int timeout_ms, struct err *err)
{
    struct pollfd watched = {.fd = link->context->fd, .events = POLLOUT};
    int wrong = 0;
    socklen_t len = sizeof wrong;
    if (poll(&watched, 1, timeout_ms) > 0) {
        must(getsockopt(link->context->fd, SOL_SOCKET, SO_ERROR, &wrong, &len) == 0);
        return wrong == 0 ? begin_proof(link, err)
                          : no_connection(link->address, strerror(wrong), err);
    }
    return clock_mono_ms() < link->end_ms ? 0
                                          : no_connection(link->address, strerror(ETIMEDOUT), err);
}

static redisReply *take_reply(struct redis_link *link)
{
    void *reply = NULL;
    if (redisGetReplyFromReader(link->context, &reply) != REDIS_OK) {
        return NULL; /* a broken answer: the next move says so */
    }
    link->heard = link->heard || reply != NULL;
    return reply;
}

/* A server that does not know AUTH repeats its arguments, so that of what is said only the first
 * word is shown, unless it is known to have no password in it. */
static int refused_proof(const struct redis_link *link, const char *said, struct err *err)
{
    static const char *const harmless[] = {"WRONGPASS", "NOAUTH", "DENIED", "ERR AUTH <password>"};
    if (strstr(said, "max number of clients reached") != NULL) { /* no answer to AUTH at all */
        (void)err_set(err, ERR_OUTSIDE, "redis at %s: max number of clients reached",
                      link->address);
        err->retriable = true;
        return -1;
    }
    bool shown = false;
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        shown = shown || strncmp(said, harmless[i], strlen(harmless[i])) == 0;
    }
    return err_set(err, ERR_USAGE,
                   "redis at %s refused the credentials (%.*s%s); see redis.user and "
                   "redis.password_file",
                   link->address, (int)(shown ? strlen(said) : strcspn(said, " ")), said,
                   shown ? "" : " ..");
}

static int judge_proof(struct redis_link *link, struct err *err)
{
    redisReply *reply = take_reply(link);
    int result = 0;
    if (reply == NULL) {
        return clock_mono_ms() < link->end_ms ? 0 : redis_link_late(link, err);
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        result = refused_proof(link, reply->str, err);
    }
    redis_reply_free(reply);
    link->state = READY;
    return result;
}

struct redis_link *redis_link_begin_unproven(const struct settings *settings, const char *address,
                                             struct err *err)
{
    char host[HOST_BYTES];
    int port = 0;
    if (split_address(address, host, &port, err) != 0) {
        return NULL;
    }
    redisContext *context = redisConnectNonBlock(host, port);
    if (context == NULL || context->err != 0) {
        (void)no_connection(address, context != NULL ? context->errstr : "no memory", err);
        if (context != NULL) {
            redisFree(context);
        }
        return NULL;
    }
    struct redis_link *link = mem_alloc(1, sizeof *link);
    link->settings = settings;
    link->context = context;
    (void)snprintf(link->address, sizeof link->address, "%s", address);
    set_state(link, CONNECTING);
    return link;
}

struct redis_link *redis_link_begin(const struct settings *settings, const char *address,
                                    struct err *err)
{
    struct redis_link *link = redis_link_begin_unproven(settings, address, err);
    if (link != NULL) {
        link->proves = settings->redis_password_file[0] != '\0';
    }
    return link;
}

struct redis_link *redis_link_open(const struct settings *settings, struct err *err)
{
    struct redis_link *link = redis_link_begin(settings, settings->redis_address, err);
    while (link != NULL && link->state != READY) {
        if (redis_link_move(link, WAIT_MS, err) != 0) {
            redis_link_close(link);
            return NULL;
        }
    }
    return link;
}

bool redis_link_is_ready(const struct redis_link *link)
{
    return link->state == READY;
}

const char *redis_link_address(const struct redis_link *link)
{
    return link->address;
}

void redis_link_close(struct redis_link *link)
{
    if (link != NULL) {
        if (link->context != NULL) {
            redisFree(link->context);
        }
        mem_free(link);
    }
}

/* ---- calls -------------------------------------------------------------------------------------
 */

void redis_link_send(struct redis_link *link, int count, const struct str *words)
{
    const char *stack_at[WORDS_STACK];
    size_t stack_len[WORDS_STACK];
    bool large = count > WORDS_STACK;
    const char **at = large ? mem_alloc((size_t)count, sizeof *at) : stack_at;
    size_t *len = large ? mem_alloc((size_t)count, sizeof *len) : stack_len;
    for (int i = 0; i < count; i++) {
        at[i] = words[i].len == 0 ? "" : words[i].at;
        len[i] = words[i].len;
    }
    int result = redisAppendCommandArgv(link->context, count, at, len);
    must(result == REDIS_OK);
    if (large) {
        mem_free(at);
        mem_free(len);
    }
}

void redis_link_send_call(struct redis_link *link, struct str call)
{
    int result = redisAppendFormattedCommand(link->context, call.at, call.len);
    must(result == REDIS_OK);
}

static int move_bytes(struct redis_link *link, int timeout_ms, struct err *err)
{
    redisContext *c = link->context;
    int done = 0;
    if (redisBufferWrite(c, &done) != REDIS_OK) {
        return lost(link, "sending", err);
    }
    struct pollfd watched = {.fd = c->fd, .events = (short)(POLLIN | (done ? 0 : POLLOUT))};
    int ready = poll(&watched, 1, timeout_ms);
    if (ready < 0 && errno != EINTR) {
        return lost(link, "waiting", err);
    }
    if (ready > 0 && (watched.revents & POLLOUT) != 0 && redisBufferWrite(c, &done) != REDIS_OK) {
        return lost(link, "sending", err);
    }
    if (ready > 0 && (watched.revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
        redisBufferRead(c) != REDIS_OK) {
        return lost(link, "reading", err);
    }
    return 0;
}

int redis_link_move(struct redis_link *link, int timeout_ms, struct err *err)
{
    if (link->state == CONNECTING) {
        return connect_on(link, timeout_ms, err);
    }
    if (move_bytes(link, timeout_ms, err) != 0) {
        return -1;
    }
    return link->state == PROVING ? judge_proof(link, err) : 0;
}

redisReply *redis_link_next(struct redis_link *link)
{
    return link->state == READY ? take_reply(link) : NULL;
}

bool redis_link_has_more(const struct redis_link *link)
{
    return link->context->reader->len > link->context->reader->pos;
}

size_t redis_link_unsent(const struct redis_link *link)
{
    return sdslen(link->context->obuf);
}

int redis_link_late(const struct redis_link *link, struct err *err)
{
    (void)err_set(err, ERR_OUTSIDE,
                  "redis at %s: no answer within %" PRId64
                  " ms (redis.timeout_ms); is it busy, or another server?",
                  link->address, link->settings->redis_timeout_ms);
    err->retriable = true;
    return -1;
}

redisReply *redis_link_await(struct redis_link *link, struct err *err)
{
    int64_t end_ms = clock_mono_ms() + link->settings->redis_timeout_ms;
    redisReply *reply = redis_link_next(link);
    while (reply == NULL && clock_mono_ms() < end_ms) {
        if (redis_link_move(link, WAIT_MS, err) != 0) {
            return NULL;
        }
        reply = redis_link_next(link);
    }
    if (reply == NULL) {
        (void)redis_link_late(link, err);
    }
    return reply;
}

redisReply *redis_link_call(struct redis_link *link, int count, const struct str *words,
                            struct err *err)
{
    redis_link_send(link, count, words);
    return redis_link_await(link, err);
}
