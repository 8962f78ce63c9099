#include "connectors/redis/redis_store.h"

#include "connectors/redis/redis_fleet.h"
#include "connectors/redis/redis_pages.h"
#include "connectors/redis/redis_words.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEQ_BYTES 16
#define SWEEP_PAGES 1024 /* or more are read by one sweep: nobody decides meanwhile */
#define SWEEP_BUCKETS 64
#define BUCKETS 1024 /* of a partition: the server serves nobody else while it reads one */

struct redis_store {
    const struct settings *settings;
    struct redis_fleet *fleet;
    struct redis_words words; /* of the call in the making */
    struct buf header;        /* that a checkpoint points into */
};

/* ---- words of a call
 * ------------------------------------------------------------------------------ */

static void add_key(struct redis_store *r, uint32_t partition, const char *what, int bucket)
{
    redis_words_key(&r->words, r->settings->redis_prefix, partition, what, bucket);
}

/* Empty for a partition that was never flushed. */
static size_t seq_bytes(const struct store_seq *seq, uint8_t *bytes)
{
    memcpy(bytes, &seq->owner, 8);
    memcpy(bytes + 8, &seq->number, 8);
    return seq->owner == 0 && seq->number == 0 ? 0 : SEQ_BYTES;
}

static void add_seq(struct redis_store *r, const struct store_seq *seq)
{
    uint8_t bytes[SEQ_BYTES];
    size_t count = seq_bytes(seq, bytes);
    redis_words_copy(&r->words, bytes, count);
}

static int bucket_of(const struct token *token)
{
    uint16_t last = 0;
    memcpy(&last, token->bytes + TOKEN_BYTES - sizeof last, sizeof last);
    return last % BUCKETS;
}

static void add_field(struct redis_store *r, const struct token *token,
                      const struct page_piece *piece)
{
    uint8_t field[REDIS_PAGES_FIELD_BYTES];
    memcpy(field, token->bytes, TOKEN_BYTES);
    field[TOKEN_BYTES] = piece->kind;
    memcpy(field + TOKEN_BYTES + 1, &piece->number, sizeof piece->number);
    redis_words_copy(&r->words, field, sizeof field);
}

/* ---- the servers
 * ---------------------------------------------------------------------------------- */

bool redis_store_is_connected(const struct redis_store *r)
{
    return redis_fleet_is_whole(r->fleet);
}

bool redis_store_reaches(const struct redis_store *r, uint32_t partition)
{
    return redis_fleet_reaches(r->fleet, partition);
}

bool redis_store_serves(const struct redis_store *r, uint32_t partition)
{
    return redis_fleet_serves(r->fleet, partition);
}

bool redis_store_came_back(const struct redis_store *r, uint32_t partition)
{
    return redis_fleet_came_back(r->fleet, partition);
}

void redis_store_go_on(struct redis_store *r, uint32_t partition)
{
    redis_fleet_go_on(r->fleet, partition);
}

uint64_t redis_store_losses(const struct redis_store *r)
{
    return redis_fleet_losses(r->fleet);
}

uint64_t redis_store_count(const struct redis_store *r, enum redis_elsewhere kind)
{
    return redis_fleet_count(r->fleet, kind);
}

int redis_store_move(struct redis_store *r, struct err *err)
{
    return redis_fleet_move(r->fleet, 0, err);
}

struct redis_store *redis_store_open(const struct settings *settings, struct err *err)
{
    struct redis_fleet *fleet = redis_fleet_new(settings, err);
    if (fleet == NULL || redis_fleet_wait(fleet, err) != 0) {
        redis_fleet_free(fleet);
        return NULL;
    }
    struct redis_store *r = mem_alloc(1, sizeof *r);
    r->settings = settings;
    r->fleet = fleet;
    return r;
}

void redis_store_close(struct redis_store *r)
{
    if (r != NULL) {
        redis_fleet_free(r->fleet);
        redis_words_fini(&r->words);
        buf_fini(&r->header);
        mem_free(r);
    }
}

/* ---- flush
 * ---------------------------------------------------------------------------------------- */

/* Pieces of one page from `at` on; returns where the next page begins. */
static size_t page_end(const struct store_flush *call, size_t at)
{
    size_t end = at + 1;
    while (end < call->piece_count && call->pieces[end].piece.kind != PAGE_PIECE_HEAD) {
        end++;
    }
    return end;
}

static size_t count_what(const struct store_flush *call, size_t from, size_t to, uint8_t what)
{
    size_t count = 0;
    for (size_t i = from; i < to; i++) {
        count += call->pieces[i].what == what;
    }
    return count;
}

/* Keys come before all arguments, and are one for each group of them: the first pass counts the
 * groups and adds their keys, the second their arguments. */
struct groups {
    struct redis_store *redis;
    const struct store_flush *call;
    bool counting;
    size_t count;
};

/* Begins a group. True if its arguments are to follow now; they are `count` words. */
static bool begin_group(struct groups *groups, const char *key, int bucket, const char *what,
                        size_t count)
{
    groups->count++;
    if (groups->counting) {
        add_key(groups->redis, groups->call->partition, key, bucket);
        return false;
    }
    redis_words_add(&groups->redis->words, str_of(what));
    redis_words_number(&groups->redis->words, count);
    return true;
}

/* The head's value: how many chunks, which, then the head itself. */
static void add_head(struct groups *groups, size_t from, size_t to)
{
    const struct store_page_piece *pieces = groups->call->pieces;
    const struct store_page_piece *head = &pieces[from];
    struct buf value = {0};
    uint16_t chunks = 0;
    if (!begin_group(groups, "h", bucket_of(&head->token), "S", 2)) {
        return;
    }
    buf_add(&value, &chunks, sizeof chunks);
    for (size_t i = from + 1; i < to; i++) {
        if (pieces[i].what != STORE_REMOVE) {
            buf_add(&value, &pieces[i].piece.kind, 1);
            buf_add(&value, &pieces[i].piece.number, 8);
            chunks++;
        }
    }
    memcpy(value.at, &chunks, sizeof chunks);
    buf_add_str(&value, head->bytes);
    redis_words_copy(&groups->redis->words, head->token.bytes, TOKEN_BYTES);
    redis_words_copy(&groups->redis->words, value.at, value.len);
    buf_fini(&value);
}

static void add_chunks(struct groups *groups, size_t from, size_t to, uint8_t what)
{
    const struct store_page_piece *pieces = groups->call->pieces;
    size_t count = count_what(groups->call, from + 1, to, what);
    bool writes = what == STORE_WRITE;
    if (count == 0 || !begin_group(groups, "c", bucket_of(&pieces[from].token), writes ? "S" : "D",
                                   writes ? 2 * count : count)) {
        return;
    }
    for (size_t i = from + 1; i < to; i++) {
        if (pieces[i].what == what) {
            add_field(groups->redis, &pieces[i].token, &pieces[i].piece);
            if (writes) {
                redis_words_add(&groups->redis->words, pieces[i].bytes);
            }
        }
    }
}

/* In order, those that do the same in one group: of one page the last counts. */
static void add_timers(struct groups *groups)
{
    const struct store_flush *call = groups->call;
    for (size_t at = 0, end; at < call->timer_count; at = end) {
        bool removes = call->timers[at].due_ms == TIME_NEVER;
        end = at + 1;
        while (end < call->timer_count && (call->timers[end].due_ms == TIME_NEVER) == removes) {
            end++;
        }
        size_t count = end - at;
        if (!begin_group(groups, "timers", -1, removes ? "R" : "T", removes ? count : 2 * count)) {
            continue;
        }
        for (size_t i = at; i < end; i++) {
            if (!removes) {
                redis_words_number(&groups->redis->words, (uint64_t)call->timers[i].due_ms);
            }
            redis_words_copy(&groups->redis->words, call->timers[i].token.bytes, TOKEN_BYTES);
        }
    }
}

static void add_removals(struct groups *groups)
{
    const struct store_flush *call = groups->call;
    for (size_t i = 0; i < call->removal_count; i++) {
        if (begin_group(groups, "h", bucket_of(&call->removals[i]), "D", 1)) {
            redis_words_copy(&groups->redis->words, call->removals[i].bytes, TOKEN_BYTES);
        }
    }
}

/* One pass; returns how many groups there are. */
static size_t add_groups(struct redis_store *r, const struct store_flush *call, bool counting)
{
    struct groups groups = {r, call, counting, 0};
    for (size_t at = 0; at < call->piece_count; at = page_end(call, at)) {
        size_t end = page_end(call, at);
        add_head(&groups, at, end);
        add_chunks(&groups, at, end, STORE_WRITE);
        add_chunks(&groups, at, end, STORE_REMOVE);
    }
    add_timers(&groups);
    add_removals(&groups);
    return groups.count;
}

static int store_flush(void *self, const struct store_flush *call, struct err *err)
{
    struct redis_store *r = self;
    redis_words_begin(&r->words, "sluice_flush");
    size_t key_count_at = r->words.count;
    redis_words_add(&r->words, STR("")); /* known when the groups are counted */
    add_key(r, call->partition, "ckpt", -1);
    size_t groups = add_groups(r, call, true);
    redis_words_set_number(&r->words, key_count_at, 1 + groups);
    add_seq(r, &call->expected);
    add_seq(r, &call->next);
    redis_words_number(&r->words, call->w);
    redis_words_copy(&r->words, call->header.at, call->header.len);
    redis_words_number(&r->words, groups);
    (void)add_groups(r, call, false);
    return redis_fleet_flush(r->fleet, call->partition, &r->words, &call->next, err);
}

static int store_answer(void *self, struct store_answer *answer, int timeout_ms, struct err *err)
{
    struct redis_store *r = self;
    if (redis_fleet_answer(r->fleet, answer)) {
        return 1;
    }
    if (redis_fleet_is_waiting(r->fleet) && redis_fleet_move(r->fleet, timeout_ms, err) != 0) {
        return -1;
    }
    return redis_fleet_answer(r->fleet, answer);
}

/* ---- reading
 * -------------------------------------------------------------------------------------- */

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
           reply->element[0]->type == REDIS_REPLY_STRING && reply->element[0]->len == SEQ_BYTES &&
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

static int store_open(void *self, uint32_t partition, struct store_checkpoint *at,
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
    add_key(r, partition, "ckpt", -1);
    if (give != NULL) {
        add_key(r, partition, "timers", -1);
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
    add_key(r, partition, "ckpt", -1);
    redis_words_add(&r->words, STR("seq"));
}

static int ask_seq(struct redis_store *r, uint32_t partition, struct err *err)
{
    write_seq_call(r, partition);
    return ask(r, partition, err);
}

/* Is it still what the caller left there? The reply is freed; NULL: there is none. */
static int judge_seq(redisReply *reply, const struct store_seq *expected, bool *conflict)
{
    if (reply == NULL) {
        return -1;
    }
    uint8_t bytes[SEQ_BYTES];
    size_t count = seq_bytes(expected, bytes);
    size_t found = reply->type == REDIS_REPLY_STRING ? reply->len : 0;
    *conflict = found != count || (count > 0 && memcmp(reply->str, bytes, count) != 0);
    redis_reply_free(reply);
    return 0;
}

static int read_seq(struct redis_store *r, uint32_t partition, const struct store_seq *expected,
                    bool *conflict, struct err *err)
{
    return judge_seq(redis_fleet_reply(r->fleet, partition, err), expected, conflict);
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
    add_key(r, partition, "h", bucket_of(token));
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
    add_key(r, partition, "c", bucket_of(token));
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

/* Two round trips, whatever the count: what passes through Lua costs Redis three times as much. */
static int store_load(void *self, uint32_t partition, const struct store_seq *expected,
                      const struct token *tokens, size_t count, bool *conflict, store_page_fn *give,
                      void *context, struct err *err)
{
    struct redis_store *r = self;
    *conflict = false;
    if (count == 0) { /* of an owner that goes on */
        write_seq_call(r, partition);
        return judge_seq(redis_fleet_call(r->fleet, partition, &r->words, err), expected, conflict);
    }
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
    add_key(r, partition, "h", bucket_of(token));
    add_key(r, partition, "c", bucket_of(token));
    redis_words_copy(&r->words, token->bytes, TOKEN_BYTES);
    redisReply *reply = redis_fleet_call(r->fleet, partition, &r->words, err);
    if (reply == NULL) {
        return -1;
    }
    bool found = reply->type == REDIS_REPLY_ARRAY && reply->elements > 0;
    bool sound = !found || redis_pages_give_one(reply->element[0], reply->element + 1,
                                                reply->elements - 1, token, give, context);
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
        add_key(r, partition, parts[i], (int)bucket);
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
static int store_sweep(void *self, uint32_t partition, const struct store_seq *expected,
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
        if (asked < BUCKETS && pages < SWEEP_PAGES && asked - *cursor < SWEEP_BUCKETS) {
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
    *cursor = given == BUCKETS ? 0 : given;
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
    add_key(r, partition, "timers", -1);
    redis_words_add(&r->words, str_of(from));
    redis_words_add(&r->words, str_of(to));
    redis_words_add(&r->words, STR("BYSCORE"));
    redis_words_add(&r->words, STR("WITHSCORES"));
    return ask(r, partition, err);
}

/* With another home in the middle of it, as after any other conflict: from the checkpoint. */
static int store_due(void *self, uint32_t partition, const struct store_seq *expected,
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

struct store redis_store_store(struct redis_store *r)
{
    return (struct store){r,          store_flush, store_answer, store_open,
                          store_load, store_sweep, store_due};
}
