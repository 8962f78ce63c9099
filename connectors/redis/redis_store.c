#include "connectors/redis/redis_store.h"

#include "connectors/redis/redis_greeting.h"
#include "connectors/redis/redis_link.h"
#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/fault.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_BYTES 96
#define FIELD_BYTES (TOKEN_BYTES + 9) /* token, kind, number */
#define SEQ_BYTES 16
#define SWEEP_COUNT "64" /* heads looked at by one call */
#define BUCKETS 256
#define AGAIN_MS 300 /* between two attempts to connect */
#define WAIT_MS 10

/* A flush on its way, or answered. */
struct flying {
    uint32_t partition;
    struct store_seq seq;
    int64_t sent_ms;
    bool conflict;
    bool forgotten; /* its partition was opened anew: the answer is nobody's */
};

struct redis_store {
    const struct settings *settings;
    struct redis_link *link;         /* NULL: the connection was lost */
    struct redis_greeting *greeting; /* another one is being made */
    int64_t again_ms;                /* until then none is begun */
    struct flying *calls; /* [answered_at, answered_end) are answered, up to sent_end sent */
    size_t answered_at, answered_end, sent_end, cap;
    int64_t heard_ms;  /* the last answer to one of them */
    int64_t looked_ms; /* for answers, the last time */
    /* of the call in the making */
    struct str *words;
    size_t word_count, word_cap;
    struct buf bytes;  /* that words point into, by offset until they are sent */
    struct buf header; /* that a checkpoint points into */
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

/* In the place of a word that is there. */
static void set_number(struct redis_store *r, size_t at, uint64_t number)
{
    add_number(r, number);
    r->words[at] = r->words[--r->word_count];
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

/* An answer that is an error. */
static int refused(struct redis_store *r, const redisReply *reply, struct err *err)
{
    (void)redis_greeting_refused(r->settings, redis_link_address(r->link), reply, err);
    return lose(r);
}

static int begin_greeting(struct redis_store *r, struct err *err)
{
    r->again_ms = clock_mono_ms() + AGAIN_MS;
    r->greeting = redis_greeting_begin(r->settings, r->settings->redis_address, 0, err);
    return r->greeting == NULL ? -1 : 0;
}

/* 1: the connection is there, and was not before. */
static int heal(struct redis_store *r, int timeout_ms, struct err *err)
{
    if (r->link != NULL || (r->greeting == NULL && clock_mono_ms() < r->again_ms)) {
        return 0;
    }
    if (r->greeting == NULL && begin_greeting(r, err) != 0) {
        return -1;
    }
    int met = redis_greeting_move(r->greeting, timeout_ms, err);
    if (met != 0) {
        r->link = redis_greeting_end(r->greeting);
        r->greeting = NULL;
        r->answered_at = r->answered_end = r->sent_end = 0;
    }
    return met;
}

int redis_store_heal(struct redis_store *r, struct err *err)
{
    return heal(r, 0, err);
}

int redis_store_connect(struct redis_store *r, struct err *err)
{
    int64_t end_ms = clock_mono_ms() + r->settings->redis_wait_s * 1000;
    *err = (struct err){.code = ERR_NONE};
    while (r->link == NULL) {
        if (heal(r, WAIT_MS, err) < 0 && (!err->retriable || clock_mono_ms() > end_ms)) {
            return -1;
        }
        clock_pause_us(r->link == NULL && r->greeting == NULL ? 1000 * WAIT_MS : 0);
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
        redis_link_close(redis_greeting_end(r->greeting));
        redis_link_close(r->link);
        mem_free(r->calls);
        mem_free(r->words);
        buf_fini(&r->bytes);
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
    add_word(groups->redis, str_of(what));
    add_number(groups->redis, count);
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
    add_copy(groups->redis, head->token.bytes, TOKEN_BYTES);
    add_copy(groups->redis, value.at, value.len);
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
                add_word(groups->redis, pieces[i].bytes);
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
                add_number(groups->redis, (uint64_t)call->timers[i].due_ms);
            }
            add_copy(groups->redis, call->timers[i].token.bytes, TOKEN_BYTES);
        }
    }
}

static void add_removals(struct groups *groups)
{
    const struct store_flush *call = groups->call;
    for (size_t i = 0; i < call->removal_count; i++) {
        if (begin_group(groups, "h", bucket_of(&call->removals[i]), "D", 1)) {
            add_copy(groups->redis, call->removals[i].bytes, TOKEN_BYTES);
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

/* Those whose answers were taken make room first: what is kept is on its way, or waits to be taken.
 */
static void note_call(struct redis_store *r, const struct store_flush *call)
{
    if (r->answered_at > 0) {
        size_t kept = r->sent_end - r->answered_at;
        memmove(r->calls, r->calls + r->answered_at, kept * sizeof *r->calls);
        r->answered_end -= r->answered_at;
        r->sent_end = kept;
        r->answered_at = 0;
    }
    void *calls = r->calls;
    mem_reserve(&calls, &r->cap, r->sent_end + 1, sizeof *r->calls);
    r->calls = calls;
    r->calls[r->sent_end++] = (struct flying){.partition = call->partition,
                                              .seq = call->next,
                                              .sent_ms = clock_mono_ms()};
}

static int store_flush(void *self, const struct store_flush *call, struct err *err)
{
    struct redis_store *r = self;
    if (r->link == NULL) {
        return away(r, err);
    }
    begin_words(r, "sluice_flush");
    size_t key_count_at = r->word_count;
    add_word(r, STR("")); /* known when the groups are counted */
    add_key(r, call->partition, "ckpt", -1);
    size_t groups = add_groups(r, call, true);
    set_number(r, key_count_at, 1 + groups);
    add_seq(r, &call->expected);
    add_seq(r, &call->next);
    add_number(r, call->w);
    add_copy(r, call->header.at, call->header.len);
    add_number(r, groups);
    (void)add_groups(r, call, false);
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
    r->heard_ms = clock_mono_ms();
    call->conflict = is_conflict(reply);
    if (reply->type == REDIS_REPLY_ERROR && !call->conflict) {
        result = refused(r, reply, err);
    }
    freeReplyObject(reply);
    return result;
}

/* Each answer may take redis.timeout_ms, as that of any other call: a server whose host is gone
 * does not close its connections. Who has not looked for so long himself cannot tell. */
static int check_late(struct redis_store *r, int64_t now_ms, struct err *err)
{
    int64_t limit_ms = r->settings->redis_timeout_ms;
    r->heard_ms = now_ms - r->looked_ms > limit_ms ? now_ms : r->heard_ms;
    r->looked_ms = now_ms;
    if (r->answered_end == r->sent_end) {
        return 0;
    }
    int64_t sent_ms = r->calls[r->answered_end].sent_ms;
    if (now_ms - (sent_ms > r->heard_ms ? sent_ms : r->heard_ms) <= limit_ms) {
        return 0;
    }
    (void)err_set(err, ERR_OUTSIDE,
                  "redis at %s: no answer to a flush within %" PRId64 " ms (redis.timeout_ms)",
                  r->settings->redis_address, limit_ms);
    err->retriable = true;
    return lose(r);
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
        fault_reach(FAULT_CALLS_WRITTEN);
        redisReply *reply = redis_link_next(r->link);
        if (reply == NULL) {
            break;
        }
        if (note_answer(r, reply, err) != 0) {
            return -1;
        }
    }
    return check_late(r, clock_mono_ms(), err);
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

/* Token and due time, one after the other. */
static bool give_timers(const redisReply *timers, store_timer_fn *give, void *context)
{
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

static bool checkpoint_is_whole(const redisReply *reply)
{
    return reply->elements == 4 && reply->element[0]->len == SEQ_BYTES &&
           reply->element[1]->type == REDIS_REPLY_STRING &&
           reply->element[2]->type == REDIS_REPLY_STRING &&
           reply->element[3]->type == REDIS_REPLY_ARRAY;
}

static int take_checkpoint(struct redis_store *r, uint32_t partition, const redisReply *reply,
                           struct store_checkpoint *at, store_timer_fn *give, void *context,
                           struct err *err)
{
    if (!checkpoint_is_whole(reply)) {
        return broken(r, partition, "its checkpoint is damaged", err);
    }
    if (!give_timers(reply->element[3], give, context)) {
        return broken(r, partition, "a timer is damaged", err);
    }
    memcpy(&at->seq.owner, reply->element[0]->str, 8);
    memcpy(&at->seq.number, reply->element[0]->str + 8, 8);
    at->w = strtoull(reply->element[1]->str, NULL, 10);
    buf_clear(&r->header);
    buf_add(&r->header, reply->element[2]->str, reply->element[2]->len);
    at->header = buf_str(&r->header);
    at->found = true;
    return 0;
}

static int store_open(void *self, uint32_t partition, struct store_checkpoint *at,
                      store_timer_fn *give, void *context, struct err *err)
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
    bool found = reply->elements > 0; /* not of a partition that was never flushed */
    int result = found ? take_checkpoint(r, partition, reply, at, give, context, err) : 0;
    freeReplyObject(reply);
    return result;
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
