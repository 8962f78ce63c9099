#include "engine/skips.h"

#include "engine/base/digest.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NUMBERS 3 /* of a key: epoch, partition, lsn; then the entity */
#define DIGITS_MAX 20

/* ---- the set --------------------------------------------------------------------------------- */

void skips_fini(struct skips *skips)
{
    mem_free(skips->items);
    *skips = (struct skips){0};
}

static bool is_same(const struct skip *a, const struct skip *b)
{
    return a->epoch == b->epoch && a->partition == b->partition && a->lsn == b->lsn &&
           token_eq(&a->entity, &b->entity);
}

static size_t find(const struct skips *skips, const struct skip *skip)
{
    size_t at = 0;
    while (at < skips->count && !is_same(&skips->items[at], skip)) {
        at++;
    }
    return at;
}

void skips_add(struct skips *skips, const struct skip *skip)
{
    if (find(skips, skip) < skips->count) {
        return;
    }
    void *items = skips->items;
    mem_reserve(&items, &skips->cap, skips->count + 1, sizeof *skips->items);
    skips->items = items;
    skips->items[skips->count++] = *skip;
}

void skips_remove(struct skips *skips, const struct skip *skip)
{
    size_t at = find(skips, skip);
    if (at < skips->count) {
        skips->count--;
        memmove(&skips->items[at], &skips->items[at + 1],
                (skips->count - at) * sizeof *skips->items);
    }
}

void skips_add_from(struct skips *skips, const struct skips *all, uint32_t partition, uint64_t lsn)
{
    for (size_t i = 0; i < all->count; i++) {
        if (all->items[i].partition == partition && all->items[i].lsn >= lsn) {
            skips_add(skips, &all->items[i]);
        }
    }
}

bool skips_has(const struct skips *skips, uint64_t lsn, const struct token *entity)
{
    size_t at = 0;
    while (at < skips->count &&
           !(skips->items[at].lsn == lsn && token_eq(&skips->items[at].entity, entity))) {
        at++;
    }
    return at < skips->count;
}

/* ---- the record ------------------------------------------------------------------------------ */

void skip_write(const struct skip *skip, const struct skip_cause *cause, struct buf *out)
{
    struct json_writer w = {.out = out};
    char lsn[DIGITS_MAX + 1];
    (void)snprintf(lsn, sizeof lsn, "%" PRIu64, skip->lsn);
    json_open(&w, NULL, '{');
    json_text(&w, "type", STR("skip"));
    json_int(&w, "epoch", (int64_t)skip->epoch);
    json_int(&w, "partition", skip->partition);
    json_text(&w, "lsn", str_of(lsn));
    json_token(&w, "entity", &skip->entity);
    json_text(&w, "signal", str_of(cause->signal));
    json_text(&w, "process", str_of(cause->process));
    json_time(&w, "time", cause->time_ms);
    json_close(&w, '}');
}

void skip_write_key(const struct skip *skip, char key[SKIP_KEY_BYTES])
{
    char entity[TOKEN_HEX_BYTES];
    hex_encode(entity, skip->entity.bytes, TOKEN_BYTES);
    int len = snprintf(key, SKIP_KEY_BYTES, "%" PRIu64 ":%" PRIu32 ":%" PRIu64 ":%s", skip->epoch,
                       skip->partition, skip->lsn, entity);
    must(len > 0 && len < SKIP_KEY_BYTES);
}

/* Digits up to a colon, and no more than the number can be. */
static bool read_number(struct str *key, uint64_t max, uint64_t *number)
{
    size_t at = 0;
    *number = 0;
    for (; at < key->len && key->at[at] >= '0' && key->at[at] <= '9'; at++) {
        uint64_t digit = (uint64_t)(key->at[at] - '0');
        if (*number > (max - digit) / 10) {
            return false;
        }
        *number = *number * 10 + digit;
    }
    if (at == 0 || at == key->len || key->at[at] != ':') {
        return false;
    }
    *key = (struct str){key->at + at + 1, key->len - at - 1};
    return true;
}

bool skip_read_key(struct skip *skip, struct str key)
{
    static const uint64_t max[NUMBERS] = {INT64_MAX, UINT32_MAX, UINT64_MAX};
    uint64_t numbers[NUMBERS];
    for (size_t i = 0; i < NUMBERS; i++) {
        if (!read_number(&key, max[i], &numbers[i])) {
            return false;
        }
    }
    skip->epoch = numbers[0];
    skip->partition = (uint32_t)numbers[1];
    skip->lsn = numbers[2];
    return hex_decode(skip->entity.bytes, TOKEN_BYTES, key);
}
