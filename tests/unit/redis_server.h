/* redis_server.h - a real redis-server for the tests of one program.
 *
 * Started on a free port of loopback in a folder of its own before the tests, stopped after them:
 *
 *     tcase_add_unchecked_fixture(tests, redis_server_start, redis_server_stop);
 *     settings = redis_server_settings("a prefix for this test:");
 *
 * Memory:  none.
 * Threads: one.
 * Errors:  a server that does not start fails the tests with the reason; they are never skipped.
 */
#ifndef SLUICE_UNIT_REDIS_SERVER_H
#define SLUICE_UNIT_REDIS_SERVER_H

#include "engine/settings.h"

#include <stdbool.h>

void redis_server_start(void);
void redis_server_stop(void);
/* It stands still, or goes on. */
void redis_server_stand(bool stands);
/* The defaults, with its address and this prefix of all keys. */
struct settings redis_server_settings(const char *prefix);

#endif
