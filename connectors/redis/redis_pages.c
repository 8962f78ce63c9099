#include "connectors/redis/redis_pages.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <string.h>

#define LISTED_BYTES (REDIS_PAGES_FIELD_BYTES - TOKEN_BYTES)
#define TABLE_BITS_MIN 3

/* Chunks by their fields: open addressing, at most half full. */
struct chunk_table {
    const redisReply *chunks; /* field and value, one after the other */
    uint32_t *slots;          /* index of a field, 1 more than it is; 0: empty */
    size_t mask;
};

/* A head's value, taken apart. */
struct stored_head {
    uint16_t count;   /* of chunks */
    const char *list; /* kind and number of each */
    struct str bytes;
};

static bool open_head(const redisReply *reply, struct stored_head *head)
{
    if (reply->type != REDIS_REPLY_STRING || reply->len < sizeof head->count) {
        return false;
    }
    memcpy(&head->count, reply->str, sizeof head->count);
    head->list = reply->str + sizeof head->count;
    size_t listed = sizeof head->count + (size_t)head->count * LISTED_BYTES;
    if (reply->len < listed) {
        return false;
    }
    head->bytes = (struct str){reply->str + listed, reply->len - listed};
    return true;
}

static void give_head(const struct stored_head *head, const struct token *token,
                      store_page_fn *give, void *context)
{
    static const struct page_piece piece = {PAGE_PIECE_HEAD, 0};
    give(context, token, &piece, head->bytes);
}

/* The head's i-th chunk. */
static bool give_chunk(const struct stored_head *head, size_t i, const redisReply *chunk,
                       const struct token *token, store_page_fn *give, void *context)
{
    const char *listed = head->list + LISTED_BYTES * i;
    struct page_piece piece = {.kind = (uint8_t)listed[0]};
    if (chunk == NULL || chunk->type != REDIS_REPLY_STRING) {
        return false;
    }
    memcpy(&piece.number, listed + 1, sizeof piece.number);
    give(context, token, &piece, (struct str){chunk->str, chunk->len});
    return true;
}

bool redis_pages_count_chunks(const redisReply *head, size_t *count)
{
    struct stored_head opened;
    bool sound = open_head(head, &opened);
    *count = sound ? opened.count : 0;
    return sound;
}

void redis_pages_field(const redisReply *head, const struct token *token, size_t i, char *field)
{
    struct stored_head opened;
    must(open_head(head, &opened) && i < opened.count);
    memcpy(field, token->bytes, TOKEN_BYTES);
    memcpy(field + TOKEN_BYTES, opened.list + LISTED_BYTES * i, LISTED_BYTES);
}

bool redis_pages_give_one(const redisReply *head, redisReply *const *chunks, size_t count,
                          const struct token *token, store_page_fn *give, void *context)
{
    struct stored_head opened;
    if (!open_head(head, &opened) || count != opened.count) {
        return false;
    }
    give_head(&opened, token, give, context);
    for (size_t i = 0; i < count; i++) {
        if (!give_chunk(&opened, i, chunks[i], token, give, context)) {
            return false;
        }
    }
    return true;
}

/* ---- a bucket
 * ----------------------------------------------------------------------------------- */

/* Where a field is looked for first. */
static size_t field_home(const char *field)
{
    uint64_t token = 0;
    uint64_t number = 0;
    memcpy(&token, field, sizeof token);
    memcpy(&number, field + TOKEN_BYTES + 1, sizeof number);
    number = number << 8 | (uint8_t)field[TOKEN_BYTES];
    uint64_t mixed = (token ^ number) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(mixed >> 32);
}

static bool fill_table(struct chunk_table *table, const redisReply *chunks)
{
    unsigned bits = TABLE_BITS_MIN;
    while ((size_t)1 << bits < chunks->elements) {
        bits++;
    }
    *table = (struct chunk_table){chunks, mem_alloc((size_t)1 << bits, sizeof *table->slots),
                                  ((size_t)1 << bits) - 1};
    for (size_t i = 0; i + 1 < chunks->elements; i += 2) {
        const redisReply *field = chunks->element[i];
        if (field->type != REDIS_REPLY_STRING || field->len != REDIS_PAGES_FIELD_BYTES) {
            return false;
        }
        size_t at = field_home(field->str) & table->mask;
        while (table->slots[at] != 0) {
            at = (at + 1) & table->mask;
        }
        table->slots[at] = (uint32_t)(i + 1);
    }
    return true;
}

/* NULL: there is no such chunk. */
static const redisReply *find_chunk(const struct chunk_table *table, const char *field)
{
    size_t at = field_home(field) & table->mask;
    while (table->slots[at] != 0) {
        size_t i = table->slots[at] - 1;
        if (memcmp(table->chunks->element[i]->str, field, REDIS_PAGES_FIELD_BYTES) == 0) {
            return table->chunks->element[i + 1];
        }
        at = (at + 1) & table->mask;
    }
    return NULL;
}

static bool give_page(const redisReply *name, const redisReply *reply,
                      const struct chunk_table *table, store_page_fn *give, void *context)
{
    struct stored_head head;
    struct token token;
    char field[REDIS_PAGES_FIELD_BYTES];
    if (name->type != REDIS_REPLY_STRING || name->len != TOKEN_BYTES || !open_head(reply, &head)) {
        return false;
    }
    memcpy(token.bytes, name->str, TOKEN_BYTES);
    memcpy(field, name->str, TOKEN_BYTES);
    give_head(&head, &token, give, context);
    for (size_t i = 0; i < head.count; i++) {
        memcpy(field + TOKEN_BYTES, head.list + LISTED_BYTES * i, LISTED_BYTES);
        if (!give_chunk(&head, i, find_chunk(table, field), &token, give, context)) {
            return false;
        }
    }
    return true;
}

bool redis_pages_give_all(const redisReply *heads, const redisReply *chunks, store_page_fn *give,
                          void *context)
{
    struct chunk_table table;
    if (heads->type != REDIS_REPLY_ARRAY || chunks->type != REDIS_REPLY_ARRAY) {
        return false;
    }
    bool sound = fill_table(&table, chunks) && heads->elements % 2 == 0;
    for (size_t i = 0; i + 1 < heads->elements && sound; i += 2) {
        sound = give_page(heads->element[i], heads->element[i + 1], &table, give, context);
    }
    mem_free(table.slots);
    return sound;
}
