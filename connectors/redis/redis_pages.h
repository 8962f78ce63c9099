/* redis_pages.h - stored pages as Redis answers them: heads, and chunks that the heads name.
 *
 * A stored head is: count of chunks (2 bytes), then for each its kind (1 byte) and number (8
 * bytes), then the head itself. A chunk's field is the token, kind and number.
 *
 * Memory:  answers are the caller's; pieces point into them.
 * Threads: any.
 * Errors:  false: what is stored is damaged. Some pages may have been given by then.
 */
#ifndef SLUICE_CONNECTORS_REDIS_PAGES_H
#define SLUICE_CONNECTORS_REDIS_PAGES_H

#include "engine/store.h"

#include <hiredis/hiredis.h>

#define REDIS_PAGES_FIELD_BYTES (TOKEN_BYTES + 9)

/* How many chunks a head lists. */
bool redis_pages_count_chunks(const redisReply *head, size_t *count);
/* The field of its i-th chunk; out holds REDIS_PAGES_FIELD_BYTES. */
void redis_pages_field(const redisReply *head, const struct token *token, size_t i, char *out);
/* A page by itself, with its chunks in the order that the head lists. */
bool redis_pages_give_one(const redisReply *head, redisReply *const *chunks, size_t count,
                          const struct token *token, store_page_fn *give, void *context);
/* All pages of a bucket: tokens and heads, fields and chunks, each as HGETALL answers. */
bool redis_pages_give_all(const redisReply *heads, const redisReply *chunks, store_page_fn *give,
                          void *context);

#endif
