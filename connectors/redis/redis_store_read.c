#include "connectors/redis/redis_pages.h"
#include "connectors/redis/redis_store_inside.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SWEEP_PAGES 1024 /* or more are read by one sweep: nobody decides meanwhile */
#define SWEEP_BUCKETS 64

static int broken(const struct redis_store *r, uint32_t partition, const char *what,
                  struct err *err)
{
    return err_set(err, ERR_OUTSIDE,
                   "redis at %s, partition %" PRIu32
                   ": %s; restore a backup, or replay the log from "
                   "its start",
                   redis_fleet_at(r->fleet, partition), partition, what);
}

/* Token and due time, one after the other; none where nobody asked for them. */
static bool give_timers(const redisReply *timers, store_timer_fn *give, void *context)
{
    if (give == NULL) {
        return timers->elements == 0;
    }
    for (size_t i = 0; i + 1 < timers->elements; i += 2) {
        const redisReply *token = timers->element[i];
        const redisReply *due = timers->element[i + 1];
        struct timer timer;
        char *end = NULL;
        if (token->type != REDIS_REPLY_STRING || token->len != TOKEN_BYTES ||
            due->type != REDIS_REPLY_STRING) {
            return false;
        }
        memcpy(timer.token.bytes, token->str, TOKEN_BYTES);
        timer.due_ms = strtoll(due->str, &end, 10);
        if (end == due->str || *end != '\0') {
            return false;
        }
        give(context, &timer);
    }
    return timers->elements % 2 == 0;
}

/* Digits alone, and an offset that a step's place can name. Half a number would send the partition
 * back to frames that its header does not fit. */
static bool read_w(const redisReply *reply, uint64_t *w)
{
    char *end = NULL;
    *w = strtoull(reply->str, &end, 10);
    return reply->len > 0 && strspn(reply->str, "0123456789") == reply->len &&
           end == reply->str + reply->len && lsn_offset(lsn_of(*w, 0)) == *w;
}

static bool checkpoint_is_whole(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_ARRAY && reply->elements == 4 &&
           reply->element[0]->type == REDIS_REPLY_STRING &&
           reply->element[0]->len == REDIS_SEQ_BYTES &&
           reply->element[1]->type == REDIS_REPLY_STRING &&
           reply->element[2]->type == REDIS_REPLY_STRING &&
           reply->element[3]->type == REDIS_REPLY_ARRAY;
}

static int take_checkpoint(struct redis_store *r, uint32_t partition, const redisReply *reply,
                           struct store_checkpoint *at, store_timer_fn *give, void *context,
                           struct err *err)
{
    if (!checkpoint_is_whole(reply) || !read_w(reply->element[1], &at->w)) {
        return broken(r, partition, "its checkpoint is damaged", err);
    }
    if (!give_timers(reply->element[3], give, context)) {
        return broken(r, partition, "a timer is damaged", err);
    }
    memcpy(&at->seq.owner, reply->element[0]->str, 8);
    memcpy(&at->seq.number, reply->element[0]->str + 8, 8);
    buf_clear(&r->header);
    buf_add(&r->header, reply->element[2]->str, reply->element[2]->len);
    at->header = buf_str(&r->header);
    at->found = true;
    return 0;
}

static int away(const struct redis_store *r, uint32_t partition, struct err *err)
{
    (void)err_set(err, ERR_OUTSIDE, "redis at %s is away", redis_fleet_at(r->fleet, partition));
    err->retriable = true;
    return -1;
}

int redis_read_open(void *self, uint32_t partition, struct store_checkpoint *at,
                    store_timer_fn *give, void *context, struct err *err)
{
    struct redis_store *r = self;
    *at = (struct store_checkpoint){.found = false};
    if (!redis_fleet_reaches(r->fleet, partition)) {
        return away(r, partition, err);
    }
    redis_fleet_begin(r->fleet, partition);
    redis_words_begin(&r->words, "sluice_open");
    redis_words_add(&r->words, give == NULL ? STR("1") : STR("2"));
    redis_store_add_key(r, partition, "ckpt", -1);
    if (give != NULL) {
        redis_store_add_key(r, partition, "timers", -1);
    }
    redisReply *reply = redis_fleet_call(r->fleet, partition, &r->words, err);
    if (reply == NULL) {
        return -1;
    }
    /* An empty array: of a partition that was never flushed. */
    bool found = reply->type != REDIS_REPLY_ARRAY || reply->elements > 0;
    int result = found ? take_checkpoint(r, partition, reply, at, give, context, err) : 0;
    redis_reply_free(reply);
    return result;
}

/* ---- reading some
 * --------------------------------------------------------------------------------- */

static int ask(struct redis_store *r, uint32_t partition, struct err *err)
{
    return redis_fleet_ask(r->fleet, partition, &r->words, err);
}

static void write_seq_call(struct redis_store *r, uint32_t partition)
{
    redis_words_command(&r->words, "HGET");
    redis_store_add_key(r, partition, "ckpt", -1);
    redis_words_add(&r->words, STR("seq"));
}

static int ask_seq(struct redis_store *r, uint32_t partition, struct err *err)
{
    write_seq_call(r, partition);
    return ask(r, partition, err);
}

/* Frees the reply; NULL: there is none. */
static int take_seq(const struct redis_store *r, uint32_t partition, redisReply *reply,
                    struct store_seq *seq, struct err *err)
{
    if (reply == NULL) {
        return -1;
    }
    *seq = (struct store_seq){0, 0};
    bool found = reply->type == REDIS_REPLY_STRING;
    bool whole = !found || reply->len == REDIS_SEQ_BYTES;
    if (found && whole) {
        memcpy(&seq->owner, reply->str, 8);
        memcpy(&seq->number, reply->str + 8, 8);
    }
    redis_reply_free(reply);
    return whole ? 0 : broken(r, partition, "its checkpoint is damaged", err);
}

/* Is it still what the caller left there? */
static int read_seq(struct redis_store *r, uint32_t partition, const struct store_seq *expected,
                    bool *conflict, struct err *err)
{
    struct store_seq seq;
    redisReply *reply = redis_fleet_reply(r->fleet, partition, err);
    if (take_seq(r, partition, reply, &seq, err) != 0) {
        return -1;
    }
    *conflict = !store_seq_eq(&seq, expected);
    return 0;
}

int redis_read_seq(void *self, uint32_t partition, struct store_seq *seq, struct err *err)
{
    struct redis_store *r = self;
    write_seq_call(r, partition);
    redisReply *reply = redis_fleet_call(r->fleet, partition, &r->words, err);
    return take_seq(r, partition, reply, seq, err);
}

/* Pages as they were read. Of one that is not there, head is a NIL; of one without chunks, chunks
 * is NULL. */
struct read_page {
    redisReply *head, *chunks;
};

static void free_pages(struct read_page *pages, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        redis_reply_free(pages[i].head);
        redis_reply_free(pages[i].chunks);
        pages[i] = (struct read_page){NULL, NULL};
    }
}

static int ask_head(struct redis_store *r, uint32_t partition, const struct token *token,
                    struct err *err)
{
    redis_words_command(&r->words, "HGET");
    redis_store_add_key(r, partition, "h", redis_store_bucket_of(token));
    redis_words_copy(&r->words, token->bytes, TOKEN_BYTES);
    return ask(r, partition, err);
}

static int read_heads(struct redis_store *r, uint32_t partition, const struct token *tokens,
                      size_t count, struct read_page *pages, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (ask_head(r, partition, &tokens[i], err) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < count; i++) {
        pages[i].head = redis_fleet_reply(r->fleet, partition, err);
        if (pages[i].head == NULL) {
            return -1;
        }
    }
    return 0;
}

static size_t chunk_count(const struct read_page *page)
{
    size_t count = 0;
    return redis_pages_count_chunks(page->head, &count) ? count : 0;
}

static int ask_chunks(struct redis_store *r, uint32_t partition, const struct token *token,
                      const struct read_page *page, struct err *err)
{
    size_t count = chunk_count(page);
    char field[REDIS_PAGES_FIELD_BYTES];
    if (count == 0) {
        return 0;
    }
    redis_words_command(&r->words, "HMGET");
    redis_store_add_key(r, partition, "c", redis_store_bucket_of(token));
    for (size_t i = 0; i < count; i++) {
        redis_pages_field(page->head, token, i, field);
        redis_words_copy(&r->words, field, sizeof field);
    }
    return ask(r, partition, err);
}

/* What the heads list, and then the sequence: see ask_bucket. */
static int read_chunks(struct redis_store *r, uint32_t partition, const struct token *tokens,
                       size_t count, struct read_page *pages, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (ask_chunks(r, partition, &tokens[i], &pages[i], err) != 0) {
            return -1;
        }
    }
    if (ask_seq(r, partition, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (chunk_count(&pages[i]) > 0) {
            pages[i].chunks = redis_fleet_reply(r->fleet, partition, err);
            if (pages[i].chunks == NULL) {
                return -1;
            }
        }
    }
    return 0;
}

static bool give_pages(const struct read_page *pages, const struct token *tokens, size_t count,
                       store_page_fn *give, void *context)
{
    bool sound = true;
    for (size_t i = 0; i < count && sound; i++) {
        const redisReply *chunks = pages[i].chunks;
        sound =
            pages[i].head->type == REDIS_REPLY_NIL ||
            redis_pages_give_one(pages[i].head, chunks == NULL ? NULL : chunks->element,
                                 chunks == NULL ? 0 : chunks->elements, &tokens[i], give, context);
    }
    return sound;
}

/* All of it by one home: the sequence of one server proves nothing of another, which may have lost
 * a tail. */
static int read_pages(struct redis_store *r, uint32_t partition, const struct store_seq *expected,
                      const struct token *tokens, size_t count, bool *conflict,
                      struct read_page *pages, struct err *err)
{
    uint64_t home = 0;
    do {
        free_pages(pages, count);
        home = redis_fleet_home(r->fleet, partition);
        if (read_heads(r, partition, tokens, count, pages, err) != 0 ||
            read_chunks(r, partition, tokens, count, pages, err) != 0 ||
            read_seq(r, partition, expected, conflict, err) != 0) {
            redis_fleet_drop_asked(r->fleet);
            return -1;
        }
    } while (redis_fleet_home(r->fleet, partition) != home);
    return 0;
}

/* Two round trips, whatever the count: what passes through Lua costs Redis twice as much. */
int redis_read_load(void *self, uint32_t partition, const struct store_seq *expected,
                    const struct token *tokens, size_t count, bool *conflict, store_page_fn *give,
                    void *context, struct err *err)
{
    struct redis_store *r = self;
    *conflict = false;
    must(count > 0);
    struct read_page *pages = mem_alloc(count, sizeof *pages);
    int result = read_pages(r, partition, expected, tokens, count, conflict, pages, err);
    if (result == 0 && !*conflict && !give_pages(pages, tokens, count, give, context)) {
        result = broken(r, partition, "a page lacks a chunk", err);
    }
    free_pages(pages, count);
    mem_free(pages);
    return result;
}

int redis_store_peek(struct redis_store *r, uint32_t partition, const struct token *token,
                     store_page_fn *give, void *context, struct err *err)
{
    redis_words_begin(&r->words, "sluice_peek");
    redis_words_add(&r->words, STR("2"));
    redis_store_add_key(r, partition, "h", redis_store_bucket_of(token));
    redis_store_add_key(r, partition, "c", redis_store_bucket_of(token));
    redis_words_copy(&r->words, token->bytes, TOKEN_BYTES);
    redisReply *reply = redis_fleet_call(r->fleet, partition, &r->words, err);
    if (reply == NULL) {
        return -1;
    }
    bool found = reply->type == REDIS_REPLY_ARRAY;
    bool sound = !found || (reply->elements > 0 &&
                            redis_pages_give_one(reply->element[0], reply->element + 1,
                                                 reply->elements - 1, token, give, context));
    redis_reply_free(reply);
    return sound ? 0 : broken(r, partition, "a page lacks a chunk", err);
}

/* ---- reading all
 * ---------------------------------------------------------------------------------- */

/* All heads and chunks of a bucket, and then the sequence: it names one content for ever, so if it
 * is the expected one after all else was read, that is what was read. */
static int ask_bucket(struct redis_store *r, uint32_t partition, uint64_t bucket, struct err *err)
{
    static const char *const parts[] = {"h", "c"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        redis_words_command(&r->words, "HGETALL");
        redis_store_add_key(r, partition, parts[i], (int)bucket);
        if (ask(r, partition, err) != 0) {
            return -1;
        }
    }
    return ask_seq(r, partition, err);
}

/* A bucket as it was read. */
struct bucket {
    redisReply *heads, *chunks;
    bool conflict;
};

static int read_bucket(struct redis_store *r, uint32_t partition, const struct store_seq *expected,
                       struct bucket *bucket, struct err *err)
{
    *bucket = (struct bucket){.heads = redis_fleet_reply(r->fleet, partition, err)};
    if (bucket->heads == NULL) {
        return -1;
    }
    bucket->chunks = redis_fleet_reply(r->fleet, partition, err);
    return bucket->chunks == NULL ? -1 : read_seq(r, partition, expected, &bucket->conflict, err);
}

static void free_bucket(struct bucket *bucket)
{
    redis_reply_free(bucket->heads);
    redis_reply_free(bucket->chunks);
    bucket->heads = bucket->chunks = NULL;
}

/* The bucket, read by one home from beginning to end: the sequence of one server proves nothing of
 * another, which may have lost a tail. *asked: the next bucket to ask for. */
static int read_at_home(struct redis_store *r, uint32_t partition, uint64_t number,
                        const struct store_seq *expected, struct bucket *bucket, uint64_t *home,
                        uint64_t *asked, struct err *err)
{
    while (read_bucket(r, partition, expected, bucket, err) == 0) {
        if (redis_fleet_home(r->fleet, partition) == *home) {
            return 0;
        }
        *home = redis_fleet_home(r->fleet, partition);
        free_bucket(bucket);
        redis_fleet_drop_asked(r->fleet);
        *asked = number + 1;
        if (ask_bucket(r, partition, number, err) != 0) {
            return -1;
        }
    }
    return -1;
}

/* While the pages of a bucket are given, the server reads the next one. */
int redis_read_sweep(void *self, uint32_t partition, const struct store_seq *expected,
                     uint64_t *cursor, bool *conflict, store_page_fn *give, void *context,
                     struct err *err)
{
    struct redis_store *r = self;
    uint64_t asked = *cursor;
    uint64_t given = *cursor;
    uint64_t home = redis_fleet_home(r->fleet, partition);
    size_t pages = 0;
    *conflict = false;
    int result = ask_bucket(r, partition, asked++, err);
    for (uint64_t at = *cursor; at < asked && result == 0; at++) {
        struct bucket bucket = {NULL, NULL, false};
        if (asked < REDIS_BUCKETS && pages < SWEEP_PAGES && asked - *cursor < SWEEP_BUCKETS) {
            result = ask_bucket(r, partition, asked++, err);
        }
        if (result == 0) {
            result = read_at_home(r, partition, at, expected, &bucket, &home, &asked, err);
        }
        *conflict = *conflict || bucket.conflict;
        if (result == 0 && !*conflict &&
            !redis_pages_give_all(bucket.heads, bucket.chunks, give, context)) {
            result = broken(r, partition, "a page lacks a chunk, or is damaged", err);
        }
        pages += bucket.heads == NULL ? 0 : bucket.heads->elements / 2;
        given += result == 0;
        free_bucket(&bucket);
    }
    redis_fleet_drop_asked(r->fleet);
    *cursor = given == REDIS_BUCKETS ? 0 : given;
    return result;
}

/* ---- timers
 * --------------------------------------------------------------------------------------- */

static int ask_range(struct redis_store *r, uint32_t partition, int64_t from_ms, int64_t to_ms,
                     struct err *err)
{
    char from[24];
    char to[24];
    (void)snprintf(from, sizeof from, from_ms == TIME_NONE ? "-inf" : "(%" PRId64, from_ms);
    (void)snprintf(to, sizeof to, "%" PRId64, to_ms);
    redis_words_command(&r->words, "ZRANGE");
    redis_store_add_key(r, partition, "timers", -1);
    redis_words_add(&r->words, str_of(from));
    redis_words_add(&r->words, str_of(to));
    redis_words_add(&r->words, STR("BYSCORE"));
    redis_words_add(&r->words, STR("WITHSCORES"));
    return ask(r, partition, err);
}

/* With another home in the middle of it, as after any other conflict: from the checkpoint. */
int redis_read_due(void *self, uint32_t partition, const struct store_seq *expected,
                   int64_t from_ms, int64_t *to_ms, bool *conflict, store_timer_fn *give,
                   void *context, struct err *err)
{
    struct redis_store *r = self;
    uint64_t home = redis_fleet_home(r->fleet, partition);
    *conflict = false;
    if (ask_range(r, partition, from_ms, *to_ms, err) != 0 || ask_seq(r, partition, err) != 0) {
        redis_fleet_drop_asked(r->fleet);
        return -1;
    }
    redisReply *timers = redis_fleet_reply(r->fleet, partition, err);
    if (timers == NULL) {
        return -1;
    }
    int result = read_seq(r, partition, expected, conflict, err);
    *conflict = *conflict || redis_fleet_home(r->fleet, partition) != home;
    if (result == 0 && !*conflict && !give_timers(timers, give, context)) {
        result = broken(r, partition, "a timer is damaged", err);
    }
    redis_reply_free(timers);
    return result;
}
