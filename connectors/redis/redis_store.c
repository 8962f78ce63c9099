#include "connectors/redis/redis_store.h"

#include "connectors/redis/functions.h"
#include "connectors/redis/redis_link.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_BYTES 96
#define FIELD_BYTES (TOKEN_BYTES + 9) /* token, kind, number */
#define SEQ_BYTES 16
#define SWEEP_COUNT "64" /* heads looked at by one call */
#define BUCKETS 256

/* A flush on its way, or answered. */
struct flying {
    uint32_t partition;
    struct store_seq seq;
    bool conflict;
    bool forgotten; /* its partition was opened anew: the answer is nobody's */
};

struct redis_store {
    const struct settings *settings;
    struct redis_link *link; /* NULL: the connection was lost */
    struct flying *calls;    /* [answered_at, answered_end) are answered, up to sent_end sent */
    size_t answered_at, answered_end, sent_end, cap;
    /* of the call in the making */
    struct str *words;
    size_t word_count, word_cap;
    struct buf bytes; /* that words point into, by offset until they are sent */
    redisReply *kept; /* that a checkpoint points into */
};

/* ---- words of a call
 * ------------------------------------------------------------------------------ */

static void begin_words(struct redis_store *r, const char *function)
{
    r->word_count = 0;
    buf_clear(&r->bytes);
    buf_reserve(&r->bytes, 1);
    static const struct str fcall = {"FCALL", 5};
    void *words = r->words;
    mem_reserve(&words, &r->word_cap, 2, sizeof *r->words);
    r->words = words;
    r->words[r->word_count++] = fcall;
    r->words[r->word_count++] = str_of(function);
}

/* A word whose bytes live elsewhere until the call is sent. */
static void add_word(struct redis_store *r, struct str word)
{
    void *words = r->words;
    mem_reserve(&words, &r->word_cap, r->word_count + 1, sizeof *r->words);
    r->words = words;
    r->words[r->word_count++] = word;
}

/* A word whose bytes are copied: its place is an offset into `bytes`, told by at NULL, until all
 * words are there and the bytes stay where they are. */
static void add_copy(struct redis_store *r, const void *bytes, size_t count)
{
    uint64_t offset = r->bytes.len;
    buf_add(&r->bytes, &count, sizeof count);
    buf_add(&r->bytes, bytes, count);
    add_word(r, (struct str){NULL, (size_t)offset});
}

static void add_number(struct redis_store *r, uint64_t number)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%" PRIu64, number);
    add_copy(r, text, (size_t)len);
}

static void send_words(struct redis_store *r)
{
    for (size_t i = 0; i < r->word_count; i++) {
        struct str *word = &r->words[i];
        if (word->at == NULL) {
            const char *place = r->bytes.at + word->len;
            size_t count;
            memcpy(&count, place, sizeof count);
            *word = (struct str){place + sizeof count, count};
        }
    }
    redis_link_send(r->link, (int)r->word_count, r->words);
}

static void add_key(struct redis_store *r, uint32_t partition, const char *what, int bucket)
{
    char key[KEY_BYTES];
    int len = bucket < 0 ? snprintf(key, sizeof key, "%s{%" PRIu32 "}:%s",
                                    r->settings->redis_prefix, partition, what)
                         : snprintf(key, sizeof key, "%s{%" PRIu32 "}:%s:%d",
                                    r->settings->redis_prefix, partition, what, bucket);
    must(len > 0 && len < KEY_BYTES);
    add_copy(r, key, (size_t)len);
}

/* Empty for a partition that was never flushed. */
static void add_seq(struct redis_store *r, const struct store_seq *seq)
{
    uint8_t bytes[SEQ_BYTES];
    memcpy(bytes, &seq->owner, 8);
    memcpy(bytes + 8, &seq->number, 8);
    bool none = seq->owner == 0 && seq->number == 0;
    add_copy(r, bytes, none ? 0 : sizeof bytes);
}

static int bucket_of(const struct token *token)
{
    return token->bytes[TOKEN_BYTES - 1];
}

static void add_field(struct redis_store *r, const struct token *token,
                      const struct page_piece *piece)
{
    uint8_t field[FIELD_BYTES];
    memcpy(field, token->bytes, TOKEN_BYTES);
    field[TOKEN_BYTES] = piece->kind;
    memcpy(field + TOKEN_BYTES + 1, &piece->number, sizeof piece->number);
    add_copy(r, field, sizeof field);
}

/* ---- the connection
 * ------------------------------------------------------------------------------- */

static int lose(struct redis_store *r)
{
    redis_link_close(r->link);
    r->link = NULL;
    return -1;
}

static int away(const struct redis_store *r, struct err *err)
{
    (void)err_set(err, ERR_OUTSIDE, "redis at %s is away", r->settings->redis_address);
    err->retriable = true;
    return -1;
}

bool redis_store_is_connected(const struct redis_store *r)
{
    return r->link != NULL;
}

/* An answer that is an error: a reason to connect anew, or for a person to act. */
static int refused(struct redis_store *r, const redisReply *reply, struct err *err)
{
    (void)err_set(err, ERR_OUTSIDE, "redis at %s: %s", r->settings->redis_address, reply->str);
    err->retriable = true;
    return lose(r);
}

static int check_setting(struct redis_store *r, const char *name, const char *wanted,
                         struct err *err)
{
    struct str words[] = {STR("CONFIG"), STR("GET"), str_of(name)};
    redisReply *reply = redis_link_call(r->link, 3, words, err);
    if (reply == NULL) {
        return lose(r);
    }
    int result = 0;
    if (reply->type == REDIS_REPLY_ERROR) {
        result =
            err_set(err, ERR_USAGE,
                    "redis at %s does not show its setting %s (%s); allow CONFIG GET to the user",
                    r->settings->redis_address, name, reply->str);
    } else if (reply->elements == 2 && strcmp(reply->element[1]->str, wanted) != 0) {
        result = err_set(err, ERR_USAGE,
                         "redis at %s has %s %s and needs %s: pages would vanish silently",
                         r->settings->redis_address, name, reply->element[1]->str, wanted);
    }
    freeReplyObject(reply);
    return result;
}

static int load_functions(struct redis_store *r, struct err *err)
{
    struct str text = {redis_functions_text, (size_t)(redis_functions_end - redis_functions_text)};
    struct str words[] = {STR("FUNCTION"), STR("LOAD"), STR("REPLACE"), text};
    redisReply *reply = redis_link_call(r->link, 4, words, err);
    if (reply == NULL) {
        return lose(r);
    }
    int result = reply->type == REDIS_REPLY_ERROR ? refused(r, reply, err) : 0;
    freeReplyObject(reply);
    return result;
}

int redis_store_connect(struct redis_store *r, struct err *err)
{
    redis_link_close(r->link);
    r->answered_at = r->answered_end = r->sent_end = 0;
    r->link = redis_link_open(r->settings, err);
    if (r->link == NULL) {
        return -1;
    }
    if (check_setting(r, "maxmemory-policy", "noeviction", err) != 0 ||
        check_setting(r, "appendonly", "yes", err) != 0 || load_functions(r, err) != 0) {
        return lose(r);
    }
    return 0;
}

struct redis_store *redis_store_open(const struct settings *settings, struct err *err)
{
    struct redis_store *r = mem_alloc(1, sizeof *r);
    r->settings = settings;
    if (redis_store_connect(r, err) != 0) {
        redis_store_close(r);
        return NULL;
    }
    return r;
}

void redis_store_close(struct redis_store *r)
{
    if (r != NULL) {
        redis_link_close(r->link);
        freeReplyObject(r->kept);
        mem_free(r->calls);
        mem_free(r->words);
        buf_fini(&r->bytes);
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

/* Keys come before all arguments: first pass. One group for the head, and one each for chunks that
 * are written and removed. */
static size_t add_page_keys(struct redis_store *r, const struct store_flush *call, size_t from,
                            size_t to)
{
    int bucket = bucket_of(&call->pieces[from].token);
    size_t groups = 1;
    add_key(r, call->partition, "h", bucket);
    if (count_what(call, from + 1, to, STORE_WRITE) > 0) {
        add_key(r, call->partition, "c", bucket);
        groups++;
    }
    if (count_what(call, from + 1, to, STORE_REMOVE) > 0) {
        add_key(r, call->partition, "c", bucket);
        groups++;
    }
    return groups;
}

/* The head's value: how many chunks, which, then the head itself. */
static void add_head(struct redis_store *r, const struct store_flush *call, size_t from, size_t to)
{
    struct buf value = {0};
    const struct store_page_piece *head = &call->pieces[from];
    uint16_t chunks = 0;
    buf_add(&value, &chunks, sizeof chunks);
    for (size_t i = from + 1; i < to; i++) {
        if (call->pieces[i].what != STORE_REMOVE) {
            buf_add(&value, &call->pieces[i].piece.kind, 1);
            buf_add(&value, &call->pieces[i].piece.number, 8);
            chunks++;
        }
    }
    memcpy(value.at, &chunks, sizeof chunks);
    buf_add_str(&value, head->bytes);
    add_word(r, STR("S"));
    add_number(r, 2);
    add_copy(r, head->token.bytes, TOKEN_BYTES);
    add_copy(r, value.at, value.len);
    buf_fini(&value);
}

static void add_chunks(struct redis_store *r, const struct store_flush *call, size_t from,
                       size_t to, uint8_t what)
{
    size_t count = count_what(call, from + 1, to, what);
    if (count == 0) {
        return;
    }
    add_word(r, what == STORE_WRITE ? STR("S") : STR("D"));
    add_number(r, what == STORE_WRITE ? 2 * count : count);
    for (size_t i = from + 1; i < to; i++) {
        const struct store_page_piece *piece = &call->pieces[i];
        if (piece->what == what) {
            add_field(r, &piece->token, &piece->piece);
            if (what == STORE_WRITE) {
                add_word(r, piece->bytes);
            }
        }
    }
}

static void note_call(struct redis_store *r, const struct store_flush *call)
{
    void *calls = r->calls;
    mem_reserve(&calls, &r->cap, r->sent_end + 1, sizeof *r->calls);
    r->calls = calls;
    r->calls[r->sent_end++] = (struct flying){.partition = call->partition, .seq = call->next};
}

static int store_flush(void *self, const struct store_flush *call, struct err *err)
{
    struct redis_store *r = self;
    size_t groups = 0;
    if (r->link == NULL) {
        return away(r, err);
    }
    for (size_t at = 0; at < call->piece_count; at = page_end(call, at)) {
        size_t end = page_end(call, at);
        groups += 1U + (count_what(call, at + 1, end, STORE_WRITE) > 0) +
                  (count_what(call, at + 1, end, STORE_REMOVE) > 0);
    }
    begin_words(r, "sluice_flush");
    add_number(r, 2 + groups);
    add_key(r, call->partition, "ckpt", -1);
    add_key(r, call->partition, "timers", -1);
    for (size_t at = 0; at < call->piece_count; at = page_end(call, at)) {
        (void)add_page_keys(r, call, at, page_end(call, at));
    }
    add_seq(r, &call->expected);
    add_seq(r, &call->next);
    add_number(r, call->w);
    add_copy(r, call->header.at, call->header.len);
    add_number(r, groups);
    for (size_t at = 0; at < call->piece_count; at = page_end(call, at)) {
        size_t end = page_end(call, at);
        add_head(r, call, at, end);
        add_chunks(r, call, at, end, STORE_WRITE);
        add_chunks(r, call, at, end, STORE_REMOVE);
    }
    add_number(r, 0); /* timers */
    add_number(r, 0);
    send_words(r);
    note_call(r, call);
    return 0;
}

/* ---- answers
 * -------------------------------------------------------------------------------------- */

static bool is_conflict(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "CONFLICT", 8) == 0;
}

/* The answer to the oldest flush without one. */
static int note_answer(struct redis_store *r, redisReply *reply, struct err *err)
{
    must(r->answered_end < r->sent_end);
    struct flying *call = &r->calls[r->answered_end++];
    int result = 0;
    call->conflict = is_conflict(reply);
    if (reply->type == REDIS_REPLY_ERROR && !call->conflict) {
        result = refused(r, reply, err);
    }
    freeReplyObject(reply);
    return result;
}

static int collect(struct redis_store *r, int timeout_ms, struct err *err)
{
    if (r->link == NULL) {
        return away(r, err);
    }
    if (redis_link_move(r->link, timeout_ms, err) != 0) {
        return lose(r);
    }
    while (r->answered_end < r->sent_end) {
        redisReply *reply = redis_link_next(r->link);
        if (reply == NULL) {
            return 0;
        }
        if (note_answer(r, reply, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int redis_store_move(struct redis_store *r, struct err *err)
{
    return collect(r, 0, err);
}

static int store_answer(void *self, struct store_answer *answer, int timeout_ms, struct err *err)
{
    struct redis_store *r = self;
    const struct flying *call = NULL;
    do {
        if (r->answered_at == r->answered_end && r->answered_end < r->sent_end &&
            collect(r, timeout_ms, err) != 0) {
            return -1;
        }
        if (r->answered_at == r->answered_end) {
            if (r->answered_end == r->sent_end) {
                r->answered_at = r->answered_end = r->sent_end = 0;
            }
            return 0;
        }
        call = &r->calls[r->answered_at++];
    } while (call->forgotten);
    *answer = (struct store_answer){call->partition, call->seq, call->conflict};
    return 1;
}

/* Who opens a partition waits for no call that was sent before. */
static void forget_calls(struct redis_store *r, uint32_t partition)
{
    for (size_t i = r->answered_at; i < r->sent_end; i++) {
        r->calls[i].forgotten = r->calls[i].forgotten || r->calls[i].partition == partition;
    }
}

/* The answer to the call just sent, behind those of all flushes before it. */
static redisReply *await_own(struct redis_store *r, struct err *err)
{
    send_words(r);
    while (r->answered_end < r->sent_end) {
        redisReply *reply = redis_link_await(r->link, err);
        if (reply == NULL) {
            (void)lose(r);
            return NULL;
        }
        if (note_answer(r, reply, err) != 0) {
            return NULL;
        }
    }
    redisReply *reply = redis_link_await(r->link, err);
    if (reply == NULL) {
        (void)lose(r);
    } else if (reply->type == REDIS_REPLY_ERROR && !is_conflict(reply)) {
        (void)refused(r, reply, err);
        freeReplyObject(reply);
        reply = NULL;
    }
    return reply;
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
                   r->settings->redis_address, partition, what);
}

static int store_open(void *self, uint32_t partition, struct store_checkpoint *at, struct err *err)
{
    struct redis_store *r = self;
    *at = (struct store_checkpoint){.found = false};
    if (r->link == NULL) {
        return away(r, err);
    }
    forget_calls(r, partition);
    begin_words(r, "sluice_open");
    add_word(r, STR("2"));
    add_key(r, partition, "ckpt", -1);
    add_key(r, partition, "timers", -1);
    redisReply *reply = await_own(r, err);
    if (reply == NULL) {
        return -1;
    }
    freeReplyObject(r->kept);
    r->kept = reply;
    if (reply->elements == 0) {
        return 0;
    }
    if (reply->elements < 3 || reply->element[0]->len != SEQ_BYTES ||
        reply->element[1]->type != REDIS_REPLY_STRING ||
        reply->element[2]->type != REDIS_REPLY_STRING) {
        return broken(r, partition, "its checkpoint is damaged", err);
    }
    memcpy(&at->seq.owner, reply->element[0]->str, 8);
    memcpy(&at->seq.number, reply->element[0]->str + 8, 8);
    at->w = strtoull(reply->element[1]->str, NULL, 10);
    at->header = (struct str){reply->element[2]->str, reply->element[2]->len};
    at->found = true;
    return 0;
}

/* Head, then chunks in the order that the head's value lists. */
static bool give_page(const redisReply *page, const struct token *token, store_page_fn *give,
                      void *context)
{
    uint16_t chunks = 0;
    const redisReply *head = page->elements > 0 ? page->element[0] : NULL;
    if (head == NULL || head->type != REDIS_REPLY_STRING || head->len < sizeof chunks) {
        return false;
    }
    memcpy(&chunks, head->str, sizeof chunks);
    size_t list = sizeof chunks + (size_t)chunks * 9;
    if (head->len < list || page->elements != (size_t)chunks + 1) {
        return false;
    }
    struct page_piece piece = {PAGE_PIECE_HEAD, 0};
    give(context, token, &piece, (struct str){head->str + list, head->len - list});
    for (size_t i = 0; i < chunks; i++) {
        const redisReply *chunk = page->element[i + 1];
        if (chunk->type != REDIS_REPLY_STRING) {
            return false;
        }
        piece.kind = (uint8_t)head->str[sizeof chunks + 9 * i];
        memcpy(&piece.number, head->str + sizeof chunks + 9 * i + 1, sizeof piece.number);
        give(context, token, &piece, (struct str){chunk->str, chunk->len});
    }
    return true;
}

static int store_load(void *self, uint32_t partition, const struct store_seq *expected,
                      const struct token *tokens, size_t token_count, bool *conflict,
                      store_page_fn *give, void *context, struct err *err)
{
    struct redis_store *r = self;
    *conflict = false;
    if (r->link == NULL) {
        return away(r, err);
    }
    begin_words(r, "sluice_load");
    add_number(r, 1 + 2 * token_count);
    add_key(r, partition, "ckpt", -1);
    for (size_t i = 0; i < token_count; i++) {
        add_key(r, partition, "h", bucket_of(&tokens[i]));
        add_key(r, partition, "c", bucket_of(&tokens[i]));
    }
    add_seq(r, expected);
    for (size_t i = 0; i < token_count; i++) {
        add_copy(r, tokens[i].bytes, TOKEN_BYTES);
    }
    redisReply *reply = await_own(r, err);
    if (reply == NULL) {
        return -1;
    }
    int result = 0;
    *conflict = is_conflict(reply);
    for (size_t i = 0; i < reply->elements && i < token_count && result == 0; i++) {
        const redisReply *page = reply->element[i];
        if (page->type == REDIS_REPLY_ARRAY && !give_page(page, &tokens[i], give, context)) {
            result = broken(r, partition, "a page lacks a chunk", err);
        }
    }
    freeReplyObject(reply);
    return result;
}

int redis_store_peek(struct redis_store *r, uint32_t partition, const struct token *token,
                     store_page_fn *give, void *context, struct err *err)
{
    if (r->link == NULL) {
        return away(r, err);
    }
    begin_words(r, "sluice_peek");
    add_word(r, STR("2"));
    add_key(r, partition, "h", bucket_of(token));
    add_key(r, partition, "c", bucket_of(token));
    add_copy(r, token->bytes, TOKEN_BYTES);
    redisReply *reply = await_own(r, err);
    if (reply == NULL) {
        return -1;
    }
    bool sound = reply->type != REDIS_REPLY_ARRAY || give_page(reply, token, give, context);
    freeReplyObject(reply);
    return sound ? 0 : broken(r, partition, "a page lacks a chunk", err);
}

/* cursor: bucket in the upper half, the server's own cursor in the lower. */
static int take_sweep(struct redis_store *r, uint32_t partition, const redisReply *reply,
                      uint64_t *cursor, store_page_fn *give, void *context, struct err *err)
{
    uint64_t bucket = *cursor >> 48;
    uint64_t next = strtoull(reply->element[0]->str, NULL, 10);
    for (size_t i = 1; i + 1 < reply->elements; i += 2) {
        struct token token;
        const redisReply *name = reply->element[i];
        if (name->len != TOKEN_BYTES) {
            return broken(r, partition, "a page has a damaged name", err);
        }
        memcpy(token.bytes, name->str, TOKEN_BYTES);
        if (!give_page(reply->element[i + 1], &token, give, context)) {
            return broken(r, partition, "a page lacks a chunk", err);
        }
    }
    must(next < UINT64_C(1) << 48);
    *cursor = next != 0 ? bucket << 48 | next : bucket + 1 < BUCKETS ? (bucket + 1) << 48 : 0;
    return 0;
}

static int store_sweep(void *self, uint32_t partition, const struct store_seq *expected,
                       uint64_t *cursor, bool *conflict, store_page_fn *give, void *context,
                       struct err *err)
{
    struct redis_store *r = self;
    *conflict = false;
    if (r->link == NULL) {
        return away(r, err);
    }
    begin_words(r, "sluice_sweep");
    add_word(r, STR("3"));
    add_key(r, partition, "ckpt", -1);
    add_key(r, partition, "h", (int)(*cursor >> 48));
    add_key(r, partition, "c", (int)(*cursor >> 48));
    add_seq(r, expected);
    add_number(r, *cursor & ((UINT64_C(1) << 48) - 1));
    add_word(r, STR(SWEEP_COUNT));
    redisReply *reply = await_own(r, err);
    if (reply == NULL) {
        return -1;
    }
    *conflict = is_conflict(reply);
    int result = *conflict || reply->elements == 0
                     ? 0
                     : take_sweep(r, partition, reply, cursor, give, context, err);
    freeReplyObject(reply);
    return result;
}

struct store redis_store_store(struct redis_store *r)
{
    return (struct store){r, store_flush, store_answer, store_open, store_load, store_sweep};
}
