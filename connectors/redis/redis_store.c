#include "connectors/redis/redis_store.h"

#include "connectors/redis/redis_greeting.h"
#include "connectors/redis/redis_link.h"
#include "connectors/redis/redis_pages.h"
#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/fault.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_BYTES 96
#define SEQ_BYTES 16
#define SWEEP_PAGES 1024 /* or more are read by one sweep: nobody decides meanwhile */
#define SWEEP_BUCKETS 64
#define BUCKETS 1024 /* of a partition: the server serves nobody else while it reads one */
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

/* A word whose bytes live elsewhere until the call is sent. */
static void add_word(struct redis_store *r, struct str word)
{
    void *words = r->words;
    mem_reserve(&words, &r->word_cap, r->word_count + 1, sizeof *r->words);
    r->words = words;
    r->words[r->word_count++] = word;
}

static void begin_command(struct redis_store *r, const char *command)
{
    r->word_count = 0;
    buf_clear(&r->bytes);
    buf_reserve(&r->bytes, 1);
    add_word(r, str_of(command));
}

/* A call of one of our functions. */
static void begin_words(struct redis_store *r, const char *function)
{
    begin_command(r, "FCALL");
    add_word(r, str_of(function));
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
    add_copy(r, bytes, count);
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

/* The answer to the next of the calls that are no flushes, behind those of all flushes before it.
 */
static redisReply *await_answer(struct redis_store *r, struct err *err)
{
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

static redisReply *await_own(struct redis_store *r, struct err *err)
{
    send_words(r);
    return await_answer(r, err);
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
    add_word(r, give == NULL ? STR("1") : STR("2"));
    add_key(r, partition, "ckpt", -1);
    if (give != NULL) {
        add_key(r, partition, "timers", -1);
    }
    redisReply *reply = await_own(r, err);
    if (reply == NULL) {
        return -1;
    }
    bool found = reply->elements > 0; /* not of a partition that was never flushed */
    int result = found ? take_checkpoint(r, partition, reply, at, give, context, err) : 0;
    freeReplyObject(reply);
    return result;
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
        if (page->type == REDIS_REPLY_ARRAY &&
            !redis_pages_give_one(page, &tokens[i], give, context)) {
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
    bool sound =
        reply->type != REDIS_REPLY_ARRAY || redis_pages_give_one(reply, token, give, context);
    freeReplyObject(reply);
    return sound ? 0 : broken(r, partition, "a page lacks a chunk", err);
}

/* ---- reading all
 * ---------------------------------------------------------------------------------- */

static void ask_seq(struct redis_store *r, uint32_t partition)
{
    begin_command(r, "HGET");
    add_key(r, partition, "ckpt", -1);
    add_word(r, STR("seq"));
    send_words(r);
}

/* All heads and chunks of a bucket, and then the sequence: it names one content for ever, so if it
 * is the expected one after all else was read, that is what was read. */
static void ask_bucket(struct redis_store *r, uint32_t partition, uint64_t bucket)
{
    static const char *const parts[] = {"h", "c"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        begin_command(r, "HGETALL");
        add_key(r, partition, parts[i], (int)bucket);
        send_words(r);
    }
    ask_seq(r, partition);
}

/* Is it still what the caller left there? */
static int read_seq(struct redis_store *r, const struct store_seq *expected, bool *conflict,
                    struct err *err)
{
    redisReply *reply = await_answer(r, err);
    if (reply == NULL) {
        return -1;
    }
    uint8_t bytes[SEQ_BYTES];
    size_t count = seq_bytes(expected, bytes);
    size_t found = reply->type == REDIS_REPLY_STRING ? reply->len : 0;
    *conflict = found != count || (count > 0 && memcmp(reply->str, bytes, count) != 0);
    freeReplyObject(reply);
    return 0;
}

/* The next bucket that was asked for. */
static int read_bucket(struct redis_store *r, const struct store_seq *expected, redisReply **heads,
                       redisReply **chunks, bool *conflict, struct err *err)
{
    *heads = await_answer(r, err);
    *chunks = *heads == NULL ? NULL : await_answer(r, err);
    return *chunks == NULL ? -1 : read_seq(r, expected, conflict, err);
}

/* While the pages of a bucket are given, the server reads the next one. */
static int store_sweep(void *self, uint32_t partition, const struct store_seq *expected,
                       uint64_t *cursor, bool *conflict, store_page_fn *give, void *context,
                       struct err *err)
{
    struct redis_store *r = self;
    uint64_t asked = *cursor;
    size_t pages = 0;
    int result = 0;
    *conflict = false;
    if (r->link == NULL) {
        return away(r, err);
    }
    ask_bucket(r, partition, asked++);
    for (uint64_t bucket = *cursor; bucket < asked && result == 0; bucket++) {
        redisReply *heads = NULL;
        redisReply *chunks = NULL;
        bool foreign = false;
        if (asked < BUCKETS && pages < SWEEP_PAGES && asked - *cursor < SWEEP_BUCKETS) {
            ask_bucket(r, partition, asked++);
        }
        result = read_bucket(r, expected, &heads, &chunks, &foreign, err);
        *conflict = *conflict || foreign;
        if (result == 0 && !*conflict && !redis_pages_give_all(heads, chunks, give, context)) {
            result = broken(r, partition, "a page lacks a chunk, or is damaged", err);
        }
        pages += heads == NULL ? 0 : heads->elements / 2;
        freeReplyObject(heads);
        freeReplyObject(chunks);
    }
    if (result != 0 && r->link != NULL) {
        (void)lose(r); /* an answer is on its way that nobody waits for */
    }
    *cursor = asked == BUCKETS ? 0 : asked;
    return result;
}

/* ---- timers
 * --------------------------------------------------------------------------------------- */

static void send_range(struct redis_store *r, uint32_t partition, int64_t from_ms, int64_t to_ms)
{
    char from[24];
    char to[24];
    (void)snprintf(from, sizeof from, from_ms == TIME_NONE ? "-inf" : "(%" PRId64, from_ms);
    (void)snprintf(to, sizeof to, "%" PRId64, to_ms);
    begin_command(r, "ZRANGE");
    add_key(r, partition, "timers", -1);
    add_word(r, str_of(from));
    add_word(r, str_of(to));
    add_word(r, STR("BYSCORE"));
    add_word(r, STR("WITHSCORES"));
    send_words(r);
}

static int store_due(void *self, uint32_t partition, const struct store_seq *expected,
                     int64_t from_ms, int64_t *to_ms, bool *conflict, store_timer_fn *give,
                     void *context, struct err *err)
{
    struct redis_store *r = self;
    *conflict = false;
    if (r->link == NULL) {
        return away(r, err);
    }
    send_range(r, partition, from_ms, *to_ms);
    ask_seq(r, partition);
    redisReply *timers = await_answer(r, err);
    if (timers == NULL) {
        return -1;
    }
    int result = read_seq(r, expected, conflict, err);
    if (result == 0 && !*conflict && !give_timers(timers, give, context)) {
        result = broken(r, partition, "a timer is damaged", err);
    }
    freeReplyObject(timers);
    return result;
}

struct store redis_store_store(struct redis_store *r)
{
    return (struct store){r,          store_flush, store_answer, store_open,
                          store_load, store_sweep, store_due};
}
