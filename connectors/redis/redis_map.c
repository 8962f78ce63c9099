#include "connectors/redis/redis_map.h"

#include "connectors/redis/redis_greeting.h"
#include "connectors/redis/redis_slots.h"
#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define AGAIN_MS 100 /* between two who are asked */
#define LOOK_MS 1000 /* sentinels are asked so often without a doubt */
#define KEY_BYTES 96
#define NOWHERE 0

struct place {
    char address[REDIS_ADDRESS_BYTES];
};

struct redis_map {
    const struct settings *settings;
    enum redis_mode mode;
    struct place *known; /* who can be asked: those of redis.address, then those once heard of */
    size_t configured, known_count, known_cap;
    size_t asked;     /* the one that is asked, or was last */
    size_t strangers; /* sentinels that have said, one after the other, that they know no such
                         master */
    struct redis_link *link;
    bool sent, doubted;
    int64_t again_ms, end_ms;
    int64_t look_ms; /* without a doubt, not before */
    /* of each partition */
    uint32_t partition_count;
    uint16_t *slots;  /* in a Cluster */
    uint32_t *places; /* 1 + its place among `known`; NOWHERE */
};

/* ---- who is known
 * ----------------------------------------------------------------------------------- */

static bool holds_something(const struct redis_map *map, size_t place)
{
    bool holds = false;
    for (uint32_t i = 0; i < map->partition_count && !holds; i++) {
        holds = map->places[i] == place + 1;
    }
    return holds;
}

/* However many addresses servers name, no more are kept than can hold something. */
static size_t free_place(const struct redis_map *map)
{
    size_t place = map->known_count;
    if (map->known_count > map->configured + map->partition_count) {
        for (place = map->configured; holds_something(map, place); place++) {
        }
    }
    return place;
}

static size_t place_of(struct redis_map *map, struct str address)
{
    must(address.len < REDIS_ADDRESS_BYTES);
    for (size_t i = 0; i < map->known_count; i++) {
        if (str_eq_text(address, map->known[i].address)) {
            return i;
        }
    }
    size_t place = free_place(map);
    void *known = map->known;
    mem_reserve(&known, &map->known_cap, map->known_count + 1, sizeof *map->known);
    map->known = known;
    (void)snprintf(map->known[place].address, REDIS_ADDRESS_BYTES, "%.*s", (int)address.len,
                   address.at);
    map->known_count += place == map->known_count;
    return place;
}

/* "host:port,host:port": no part may be empty. */
static int read_addresses(struct redis_map *map, struct err *err)
{
    const char *at = map->settings->redis_address;
    const char *end = at;
    for (; end != NULL; at = end + 1) {
        end = map->mode == REDIS_SINGLE ? NULL : strchr(at, ',');
        size_t len = end == NULL ? strlen(at) : (size_t)(end - at);
        if (len == 0 || len >= REDIS_ADDRESS_BYTES) {
            return err_set(err, ERR_USAGE,
                           "redis.address must be host:port, or several with commas between, not "
                           "\"%s\"",
                           map->settings->redis_address);
        }
        (void)place_of(map, (struct str){at, len});
    }
    map->configured = map->known_count;
    return 0;
}

static enum redis_mode mode_of(const struct settings *settings)
{
    return strcmp(settings->redis_mode, "cluster") == 0    ? REDIS_CLUSTER
           : strcmp(settings->redis_mode, "sentinel") == 0 ? REDIS_SENTINEL
                                                           : REDIS_SINGLE;
}

static void set_slots(struct redis_map *map)
{
    for (uint32_t i = 0; i < map->partition_count; i++) {
        char key[KEY_BYTES];
        int len = snprintf(key, sizeof key, "%s{%" PRIu32 "}:", map->settings->redis_prefix, i);
        must(len > 0 && len < KEY_BYTES);
        map->slots[i] = redis_slots_of((struct str){key, (size_t)len});
    }
}

struct redis_map *redis_map_new(const struct settings *settings, struct err *err)
{
    struct redis_map *map = mem_alloc(1, sizeof *map);
    map->settings = settings;
    map->mode = mode_of(settings);
    map->partition_count = (uint32_t)settings->visits_partitions;
    map->slots = mem_alloc(map->partition_count, sizeof *map->slots);
    map->places = mem_alloc(map->partition_count, sizeof *map->places);
    map->doubted = map->mode != REDIS_SINGLE;
    set_slots(map);
    int result = read_addresses(map, err);
    if (result == 0 && map->mode == REDIS_CLUSTER &&
        strpbrk(settings->redis_prefix, "{}") != NULL) {
        result = err_set(err, ERR_USAGE,
                         "redis.prefix is \"%s\", and in a Cluster a brace there decides which "
                         "server holds a key; choose one without",
                         settings->redis_prefix);
    }
    if (result == 0 && map->mode == REDIS_SENTINEL && settings->redis_master[0] == '\0') {
        result = err_set(err, ERR_USAGE,
                         "redis.mode is sentinel, and redis.master is empty; it is the name under "
                         "which the sentinels watch the master");
    }
    if (result != 0) {
        redis_map_free(map);
        return NULL;
    }
    for (uint32_t i = 0; i < map->partition_count && map->mode == REDIS_SINGLE; i++) {
        map->places[i] = 1;
    }
    return map;
}

void redis_map_free(struct redis_map *map)
{
    if (map != NULL) {
        redis_link_close(map->link);
        mem_free(map->known);
        mem_free(map->slots);
        mem_free(map->places);
        mem_free(map);
    }
}

enum redis_mode redis_map_mode(const struct redis_map *map)
{
    return map->mode;
}

const char *redis_map_at(const struct redis_map *map, uint32_t partition)
{
    must(partition < map->partition_count);
    uint32_t place = map->places[partition];
    return place == NOWHERE ? NULL : map->known[place - 1].address;
}

bool redis_map_is_whole(const struct redis_map *map)
{
    bool whole = true;
    for (uint32_t i = 0; i < map->partition_count && whole; i++) {
        whole = map->places[i] != NOWHERE;
    }
    return whole;
}

void redis_map_doubt(struct redis_map *map)
{
    map->doubted = map->mode != REDIS_SINGLE;
}

void redis_map_set(struct redis_map *map, uint32_t partition, const char *address)
{
    must(partition < map->partition_count);
    map->places[partition] = 1 + (uint32_t)place_of(map, str_of(address));
}

/* ---- what is asked
 * ---------------------------------------------------------------------------------- */

static void ask(struct redis_map *map)
{
    struct str slots[] = {STR("CLUSTER"), STR("SLOTS")};
    struct str master[] = {STR("SENTINEL"), STR("GET-MASTER-ADDR-BY-NAME"),
                           str_of(map->settings->redis_master)};
    bool cluster = map->mode == REDIS_CLUSTER;
    redis_link_send(map->link, cluster ? 2 : 3, cluster ? slots : master);
    map->sent = true;
    map->end_ms = clock_mono_ms() + map->settings->redis_timeout_ms;
}

static void take_range(void *context, uint16_t first, uint16_t last, const char *address)
{
    struct redis_map *map = context;
    for (uint32_t i = 0; i < map->partition_count; i++) {
        if (map->slots[i] >= first && map->slots[i] <= last) {
            redis_map_set(map, i, address);
        }
    }
}

static int wrong_answer(const struct redis_map *map, const redisReply *reply, struct err *err)
{
    const char *at = redis_link_address(map->link);
    if (reply->type == REDIS_REPLY_ERROR &&
        strstr(reply->str, "cluster support disabled") != NULL) {
        return err_set(err, ERR_USAGE,
                       "redis at %s is of no Cluster (%s); redis.mode must be single", at,
                       reply->str);
    }
    if (reply->type == REDIS_REPLY_ERROR && map->mode == REDIS_SENTINEL) {
        (void)err_set(err, ERR_OUTSIDE, "the sentinel at %s: %s; %s", at, reply->str,
                      strncmp(reply->str, "NOAUTH", 6) == 0
                          ? "sentinels are asked without a password"
                          : "is it one? see redis.mode");
        err->retriable = true;
        return -1;
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        return redis_greeting_refused(map->settings, at, reply, err);
    }
    (void)err_set(err, ERR_OUTSIDE,
                  "redis at %s does not say who holds what: an answer that is none", at);
    err->retriable = true;
    return -1;
}

/* Slots that nobody has now keep their last place: it says itself that it is down. */
static int take_slots(struct redis_map *map, const redisReply *reply, struct err *err)
{
    return redis_slots_read(reply, redis_link_address(map->link), take_range, map)
               ? 0
               : wrong_answer(map, reply, err);
}

static int take_master(struct redis_map *map, const redisReply *reply, struct err *err)
{
    char address[REDIS_ADDRESS_BYTES];
    if (reply->type == REDIS_REPLY_NIL) {
        (void)err_set(err, ERR_USAGE,
                      "the sentinel at %s watches no master \"%s\"; see redis.master",
                      redis_link_address(map->link), map->settings->redis_master);
        err->retriable = ++map->strangers < map->configured; /* the others are asked, too */
        return -1;
    }
    map->strangers = 0;
    if (!redis_slots_master(reply, address)) {
        return wrong_answer(map, reply, err);
    }
    for (uint32_t i = 0; i < map->partition_count; i++) {
        redis_map_set(map, i, address);
    }
    return 0;
}

/* ---- one after the other
 * ---------------------------------------------------------------------------- */

static void end_asking(struct redis_map *map, bool answered)
{
    redis_link_close(map->link);
    map->link = NULL;
    map->sent = false;
    map->doubted = !answered || (map->mode == REDIS_CLUSTER && !redis_map_is_whole(map));
    map->again_ms = clock_mono_ms() + AGAIN_MS;
    map->look_ms = clock_mono_ms() + LOOK_MS;
}

/* Sentinels know masters and are none: only those of redis.address are asked. */
static int begin_asking(struct redis_map *map, struct err *err)
{
    size_t count = map->mode == REDIS_SENTINEL ? map->configured : map->known_count;
    map->asked = (map->asked + 1) % count;
    map->link = map->mode == REDIS_SENTINEL
                    ? redis_link_begin_unproven(map->settings, map->known[map->asked].address, err)
                    : redis_link_begin(map->settings, map->known[map->asked].address, err);
    return map->link == NULL ? -1 : 0;
}

/* 1: answered. */
static int ask_on(struct redis_map *map, int timeout_ms, struct err *err)
{
    if (redis_link_is_ready(map->link) && !map->sent) {
        ask(map);
    }
    if (redis_link_move(map->link, timeout_ms, err) != 0) {
        return -1;
    }
    redisReply *reply = map->sent ? redis_link_next(map->link) : NULL;
    if (reply == NULL) {
        return !map->sent || clock_mono_ms() < map->end_ms ? 0 : redis_link_late(map->link, err);
    }
    int result =
        map->mode == REDIS_CLUSTER ? take_slots(map, reply, err) : take_master(map, reply, err);
    redis_reply_free(reply);
    return result == 0 ? 1 : -1;
}

/* A master that was replaced takes writes for seconds until its sentinels have told it; they are
 * all lost. The masters of a Cluster tell each other, and say MOVED. */
static bool should_ask(const struct redis_map *map)
{
    int64_t now_ms = clock_mono_ms();
    bool looks = map->mode == REDIS_SENTINEL && now_ms >= map->look_ms;
    return looks || (map->doubted && now_ms >= map->again_ms);
}

int redis_map_move(struct redis_map *map, int timeout_ms, struct err *err)
{
    if (map->link == NULL && !should_ask(map)) {
        return 0;
    }
    size_t strangers = map->strangers;
    int result = map->link == NULL ? begin_asking(map, err) : 0;
    result = result == 0 ? ask_on(map, timeout_ms, err) : result;
    if (result != 0) {
        end_asking(map, result > 0);
    }
    if (result < 0 && map->strangers == strangers) {
        map->strangers = 0; /* this one has said nothing, and may know */
    }
    if (result < 0) { /* of several who once knew, one that is set up wrongly ends nothing */
        err->retriable = err->retriable || redis_map_is_whole(map);
    }
    return result;
}
