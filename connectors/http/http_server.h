/* http_server.h - a small HTTP server for people and machines that look: status, metrics, health.
 *
 *     struct http_page pages[] = {{"/status", "application/json", write_status, status}};
 *     struct http_server *server = http_server_start("127.0.0.1", 8080, pages, 1, &err);
 *
 * Memory:  owns its thread; pages are copied, what they write to is made for each request.
 * Threads: pages are written from the server's own thread.
 * Errors:  a port that is taken is ERR_OUTSIDE and names the setting.
 */
#ifndef SLUICE_CONNECTORS_HTTP_SERVER_H
#define SLUICE_CONNECTORS_HTTP_SERVER_H

#include "engine/base/err.h"
#include "engine/base/str.h"

#include <stddef.h>
#include <stdint.h>

#define HTTP_PAGES_MAX 8

struct http_page {
    const char *path;
    const char *type;
    /* Returns the HTTP status code. */
    unsigned (*write)(void *context, struct buf *out);
    void *context;
};

struct http_server;
/* port 0: any free one. */
struct http_server *http_server_start(const char *address, uint16_t port,
                                      const struct http_page *pages, size_t page_count,
                                      struct err *err);
uint16_t http_server_port(const struct http_server *server);
void http_server_stop(struct http_server *server);

#endif
