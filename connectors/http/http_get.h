/* http_get.h - one GET of a page of ours on this or another host.
 *
 * Memory:  the body goes into the caller's buffer.
 * Threads: any.
 * Errors:  ERR_OUTSIDE with the address: no connection, no answer within 5 s, another code than 200.
 */
#ifndef SLUICE_CONNECTORS_HTTP_GET_H
#define SLUICE_CONNECTORS_HTTP_GET_H

#include "engine/base/err.h"
#include "engine/base/str.h"

/* address: "127.0.0.1:8080" */
int http_get(const char *address, const char *path, struct buf *body, struct err *err);

#endif
