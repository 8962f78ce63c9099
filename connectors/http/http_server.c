#include "connectors/http/http_server.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>

#define CONNECTIONS_MAX 64
#define TIMEOUT_S 10

struct http_server {
    struct MHD_Daemon *daemon;
    struct http_page pages[HTTP_PAGES_MAX];
    size_t page_count;
};

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned code, const char *type,
                             struct buf *body)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body->len, body->len == 0 ? "" : body->at,
                                        MHD_RESPMEM_MUST_COPY);
    buf_fini(body);
    if (response == NULL) {
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, "Content-Type", type);
    (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    enum MHD_Result result = MHD_queue_response(connection, code, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *data_size, void **request)
{
    static int first_call;
    struct http_server *server = context;
    struct buf body = {0};
    (void)version;
    (void)data;
    if (*request == NULL) { /* the head is there, the body not yet */
        *request = &first_call;
        return MHD_YES;
    }
    if (*data_size > 0) {
        *data_size = 0; /* nobody here reads bodies */
        return MHD_YES;
    }
    if (strcmp(method, "GET") != 0) {
        buf_add_text(&body, "only GET\n");
        return reply(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain", &body);
    }
    for (size_t i = 0; i < server->page_count; i++) {
        const struct http_page *page = &server->pages[i];
        if (strcmp(url, page->path) == 0) {
            unsigned code = page->write(page->context, &body);
            return reply(connection, code, page->type, &body);
        }
    }
    buf_add_text(&body, "no such page\n");
    return reply(connection, MHD_HTTP_NOT_FOUND, "text/plain", &body);
}

struct http_server *http_server_start(const char *address, uint16_t port,
                                      const struct http_page *pages, size_t page_count,
                                      struct err *err)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    must(page_count <= HTTP_PAGES_MAX);
    if (inet_pton(AF_INET, address, &at.sin_addr) != 1) {
        (void)err_set(err, ERR_USAGE, "http.address must be an IPv4 address, not \"%s\"", address);
        return NULL;
    }
    struct http_server *server = mem_alloc(1, sizeof *server);
    memcpy(server->pages, pages, page_count * sizeof *pages);
    server->page_count = page_count;
    server->daemon =
        MHD_start_daemon(MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD, port, NULL, NULL, answer,
                         server, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at,
                         MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
                         MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S, MHD_OPTION_END);
    if (server->daemon == NULL) {
        mem_free(server);
        (void)err_set(err, ERR_OUTSIDE,
                      "http: cannot listen at %s:%u; is the port taken? see http.port", address,
                      (unsigned)port);
        return NULL;
    }
    return server;
}

uint16_t http_server_port(const struct http_server *server)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info == NULL ? 0 : info->port;
}

void http_server_stop(struct http_server *server)
{
    if (server != NULL) {
        MHD_stop_daemon(server->daemon);
        mem_free(server);
    }
}
