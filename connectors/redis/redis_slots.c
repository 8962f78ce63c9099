#include "connectors/redis/redis_slots.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CRC16_POLYNOMIAL 0x1021
#define PORT_MAX 65535

/* ---- slots of keys
 * ---------------------------------------------------------------------------------- */

/* Bit by bit: a partition's slot is computed once. */
static uint16_t crc16(struct str bytes)
{
    uint16_t crc = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        crc = (uint16_t)(crc ^ ((uint8_t)bytes.at[i] << 8));
        for (int bit = 0; bit < 8; bit++) {
            bool carry = (crc & 0x8000) != 0;
            crc = (uint16_t)(crc << 1);
            crc = carry ? crc ^ CRC16_POLYNOMIAL : crc;
        }
    }
    return crc;
}

static struct str hash_tag(struct str key)
{
    const char *open = key.len == 0 ? NULL : memchr(key.at, '{', key.len);
    if (open == NULL) {
        return key;
    }
    const char *from = open + 1;
    const char *close = memchr(from, '}', key.len - (size_t)(from - key.at));
    return close == NULL || close == from ? key : (struct str){from, (size_t)(close - from)};
}

uint16_t redis_slots_of(struct str key)
{
    return crc16(hash_tag(key)) % REDIS_SLOTS;
}

/* ---- addresses
 * -------------------------------------------------------------------------------------- */

static bool is_host(struct str host)
{
    bool good = host.len > 0;
    for (size_t i = 0; i < host.len && good; i++) {
        char c = host.at[i];
        good = c > ' ' && c < 127 && c != '?' && c != ',';
    }
    return good;
}

/* A host that is not said is that of the server which was asked. */
static bool set_address(char *address, struct str host, long long port, const char *asked)
{
    if (host.len == 0) {
        const char *colon = strrchr(asked, ':');
        host = (struct str){asked, colon == NULL ? 0 : (size_t)(colon - asked)};
    }
    if (!is_host(host) || port < 1 || port > PORT_MAX) {
        return false;
    }
    int len = snprintf(address, REDIS_ADDRESS_BYTES, "%.*s:%lld", (int)host.len, host.at, port);
    return len > 0 && len < REDIS_ADDRESS_BYTES;
}

/* ---- redirects
 * -------------------------------------------------------------------------------------- */

/* A decimal number from *at on, at most max, and what ends it. */
static bool take_number(const char **at, char ends, long max, long *out)
{
    const char *first = *at;
    *out = 0;
    for (; **at >= '0' && **at <= '9' && *out <= max; (*at)++) {
        *out = *out * 10 + (**at - '0');
    }
    bool good = *at > first && **at == ends && *out <= max;
    *at += good && ends != '\0';
    return good;
}

/* " slot host:port"; a host may have colons itself. */
static bool read_place(const char *text, const char *asked, struct redis_redirect *to)
{
    long slot = 0;
    long port = 0;
    if (*text++ != ' ' || !take_number(&text, ' ', REDIS_SLOTS - 1, &slot)) {
        return false;
    }
    const char *colon = strrchr(text, ':');
    const char *digits = colon == NULL ? text : colon + 1;
    if (colon == NULL || !take_number(&digits, '\0', PORT_MAX, &port)) {
        return false;
    }
    to->slot = (uint16_t)slot;
    return set_address(to->address, (struct str){text, (size_t)(colon - text)}, port, asked);
}

static const struct {
    const char *word;
    enum redis_elsewhere kind;
    bool has_place;
} words[] = {{"MOVED", REDIS_MOVED, true},
             {"ASK", REDIS_ASK, true},
             {"TRYAGAIN", REDIS_TRYAGAIN, false},
             {"CLUSTERDOWN", REDIS_CLUSTERDOWN, false}};

bool redis_slots_redirect(const redisReply *reply, const char *asked, struct redis_redirect *to)
{
    *to = (struct redis_redirect){.kind = REDIS_HERE};
    if (reply->type != REDIS_REPLY_ERROR) {
        return true;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t len = strlen(words[i].word);
        if (strncmp(reply->str, words[i].word, len) == 0 &&
            (reply->str[len] == ' ' || reply->str[len] == '\0')) {
            to->kind = words[i].kind;
            return !words[i].has_place || read_place(reply->str + len, asked, to);
        }
    }
    return true;
}

/* ---- the map
 * ---------------------------------------------------------------------------------------- */

static bool is_slot(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_INTEGER && reply->integer >= 0 &&
           reply->integer < REDIS_SLOTS;
}

/* First slot, last slot, master, replicas; of the master host, port and more. */
static bool read_range(const redisReply *range, const char *asked, redis_slots_fn *give,
                       void *context)
{
    char address[REDIS_ADDRESS_BYTES];
    if (range->type != REDIS_REPLY_ARRAY || range->elements < 3 || !is_slot(range->element[0]) ||
        !is_slot(range->element[1]) || range->element[0]->integer > range->element[1]->integer) {
        return false;
    }
    const redisReply *master = range->element[2];
    if (master->type != REDIS_REPLY_ARRAY || master->elements < 2 ||
        master->element[1]->type != REDIS_REPLY_INTEGER) {
        return false;
    }
    const redisReply *host = master->element[0];
    struct str name = {host->str, host->type == REDIS_REPLY_STRING ? host->len : 0};
    if ((host->type != REDIS_REPLY_STRING && host->type != REDIS_REPLY_NIL) ||
        !set_address(address, name, master->element[1]->integer, asked)) {
        return false;
    }
    give(context, (uint16_t)range->element[0]->integer, (uint16_t)range->element[1]->integer,
         address);
    return true;
}

bool redis_slots_read(const redisReply *reply, const char *asked, redis_slots_fn *give,
                      void *context)
{
    bool good = reply->type == REDIS_REPLY_ARRAY;
    for (size_t i = 0; good && i < reply->elements; i++) {
        good = read_range(reply->element[i], asked, give, context);
    }
    return good;
}

bool redis_slots_master(const redisReply *reply, char *address)
{
    long port = 0;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
        reply->element[0]->type != REDIS_REPLY_STRING ||
        reply->element[1]->type != REDIS_REPLY_STRING || reply->element[0]->len == 0) {
        return false;
    }
    const char *digits = reply->element[1]->str;
    return take_number(&digits, '\0', PORT_MAX, &port) &&
           set_address(address, (struct str){reply->element[0]->str, reply->element[0]->len}, port,
                       "");
}
