#include "connectors/redis/redis_pages.h"
#include "connectors/redis/redis_store_inside.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- words of a call
 * ------------------------------------------------------------------------------ */

void redis_store_add_key(struct redis_store *r, uint32_t partition, const char *what, int bucket)
{
    redis_words_key(&r->words, r->settings->redis_prefix, partition, what, bucket);
}

/* Empty for a partition that was never flushed. */
size_t redis_store_seq_bytes(const struct store_seq *seq, uint8_t *bytes)
{
    memcpy(bytes, &seq->owner, 8);
    memcpy(bytes + 8, &seq->number, 8);
    return seq->owner == 0 && seq->number == 0 ? 0 : REDIS_SEQ_BYTES;
}

static void add_seq(struct redis_store *r, const struct store_seq *seq)
{
    uint8_t bytes[REDIS_SEQ_BYTES];
    size_t count = redis_store_seq_bytes(seq, bytes);
    redis_words_copy(&r->words, bytes, count);
}

int redis_store_bucket_of(const struct token *token)
{
    uint16_t last = 0;
    memcpy(&last, token->bytes + TOKEN_BYTES - sizeof last, sizeof last);
    return last % REDIS_BUCKETS;
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

void redis_store_put_off(struct redis_store *r, uint32_t partition, int64_t ms)
{
    redis_fleet_put_off(r->fleet, partition, ms);
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
        redis_store_add_key(groups->redis, groups->call->partition, key, bucket);
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
    if (!begin_group(groups, "h", redis_store_bucket_of(&head->token), "S", 2)) {
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
    if (count == 0 || !begin_group(groups, "c", redis_store_bucket_of(&pieces[from].token),
                                   writes ? "S" : "D", writes ? 2 * count : count)) {
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
        if (begin_group(groups, "h", redis_store_bucket_of(&call->removals[i]), "D", 1)) {
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
    redis_store_add_key(r, call->partition, "ckpt", -1);
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

struct store redis_store_store(struct redis_store *r)
{
    return (struct store){r,
                          store_flush,
                          store_answer,
                          redis_read_open,
                          redis_read_seq,
                          redis_read_load,
                          redis_read_sweep,
                          redis_read_due};
}
