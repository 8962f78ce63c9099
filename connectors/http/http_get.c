#include "connectors/http/http_get.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define HOST_BYTES 256
#define REQUEST_BYTES 512
#define TIMEOUT_S 5

static int failed(const char *address, const char *what, struct err *err)
{
    return err_set(err, ERR_OUTSIDE, "http://%s: %s: %s", address, what, strerror(errno));
}

static int connect_to(const char *address, struct err *err)
{
    char host[HOST_BYTES];
    const char *colon = strrchr(address, ':');
    size_t len = colon == NULL ? 0 : (size_t)(colon - address);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    struct timeval timeout = {.tv_sec = TIMEOUT_S};
    if (len == 0 || len >= sizeof host) {
        return err_set(err, ERR_USAGE, "\"%s\" is no host:port", address);
    }
    memcpy(host, address, len);
    host[len] = '\0';
    if (getaddrinfo(host, colon + 1, &hints, &found) != 0) {
        return err_set(err, ERR_OUTSIDE, "%s is no host that is known here", address);
    }
    int fd = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
    if (fd >= 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    }
    if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
        (void)failed(address, "no connection", err);
        if (fd >= 0) {
            (void)close(fd);
        }
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

static int exchange(int fd, const char *address, const char *path, struct buf *out, struct err *err)
{
    char request[REQUEST_BYTES];
    int len = snprintf(request, sizeof request,
                       "GET %s HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n\r\n", path, address);
    if (write(fd, request, (size_t)len) != (ssize_t)len) {
        return failed(address, "sending", err);
    }
    ssize_t got;
    do {
        buf_reserve(out, 16384);
        got = read(fd, out->at + out->len, 16384);
        out->len += got > 0 ? (size_t)got : 0;
    } while (got > 0);
    return got == 0 ? 0 : failed(address, "reading", err);
}

int http_get(const char *address, const char *path, struct buf *body, struct err *err)
{
    struct buf whole = {0};
    int fd = connect_to(address, err);
    if (fd < 0) {
        return -1;
    }
    int result = exchange(fd, address, path, &whole, err);
    (void)close(fd);
    const char *text = buf_text(&whole);
    const char *end = strstr(text, "\r\n\r\n");
    if (result == 0 &&
        (end == NULL || strncmp(text, "HTTP/1.", 7) != 0 || strncmp(text + 8, " 200", 4) != 0)) {
        result = err_set(err, ERR_OUTSIDE, "http://%s%s: the answer is not 200", address, path);
    }
    buf_clear(body);
    if (result == 0) {
        buf_add_text(body, end + 4);
    }
    buf_fini(&whole);
    return result;
}
