#include "connectors/redis/redis_greeting.h"

#include "connectors/redis/functions.h"
#include "connectors/redis/redis_rights.h"
#include "connectors/redis/redis_slots.h"
#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/fault.h"

#include <string.h>

struct redis_greeting {
    const struct settings *settings;
    struct redis_link *link;
    uint32_t partition;
    size_t step; /* the question that is asked next, or whose answer is waited for */
    bool asked;
    int64_t end_ms; /* until then the answer must be here */
};

static bool is_cluster(const struct settings *settings)
{
    return strcmp(settings->redis_mode, "cluster") == 0;
}

static bool is_of_cluster(const struct settings *settings, const char *at, const redisReply *reply)
{
    struct redis_redirect to;
    (void)redis_slots_redirect(reply, at, &to);
    return !is_cluster(settings) && to.kind != REDIS_HERE;
}

int redis_greeting_refused(const struct settings *settings, const char *at, const redisReply *reply,
                           struct err *err)
{
    if (strncmp(reply->str, "NOPERM", 6) == 0) {
        return redis_rights_lack(settings, at, reply->str, err);
    }
    if (strncmp(reply->str, "NOAUTH", 6) == 0) {
        return err_set(err, ERR_USAGE, "redis at %s: %s; see redis.user and redis.password_file",
                       at, reply->str);
    }
    if (is_of_cluster(settings, at, reply)) {
        return err_set(err, ERR_USAGE,
                       "redis at %s is of a Cluster (%s); redis.mode must be cluster", at,
                       reply->str);
    }
    bool replica = strncmp(reply->str, "READONLY", 8) == 0; /* it may become a master */
    bool asked_for = strcmp(settings->redis_mode, "single") != 0;
    (void)(replica ? err_set(err, ERR_OUTSIDE,
                             "redis at %s is a replica, which takes no writes; %s", at,
                             asked_for ? "its master is asked for again"
                                       : "redis.address must be its master")
                   : err_set(err, ERR_OUTSIDE, "redis at %s: %s", at, reply->str));
    err->retriable = true;
    return -1;
}

/* ---- questions
 * -------------------------------------------------------------------------------------- */

/* Settings without which pages would vanish; in a Cluster whether we may say ASKING, which the next
 * question undoes; the functions; the rights. */
static const struct {
    const char *name, *wanted;
} wanted[] = {{"maxmemory-policy", "noeviction"}, {"appendonly", "yes"}};

#define SETTINGS_COUNT (sizeof wanted / sizeof wanted[0])
enum { STEP_ASKING = SETTINGS_COUNT, STEP_FUNCTIONS, STEP_RIGHTS, STEP_COUNT };

static void ask(struct redis_greeting *g)
{
    if (g->step < SETTINGS_COUNT) {
        struct str words[] = {STR("CONFIG"), STR("GET"), str_of(wanted[g->step].name)};
        redis_link_send(g->link, 3, words);
    } else if (g->step == STEP_ASKING) {
        struct str words[] = {STR("ASKING")};
        redis_link_send(g->link, 1, words);
    } else if (g->step == STEP_FUNCTIONS) {
        struct str text = {redis_functions_text,
                           (size_t)(redis_functions_end - redis_functions_text)};
        struct str words[] = {STR("FUNCTION"), STR("LOAD"), STR("REPLACE"), text};
        redis_link_send(g->link, 4, words);
    } else {
        redis_rights_ask(g->link, g->settings, g->partition);
    }
    g->asked = true;
    g->end_ms = clock_mono_ms() + g->settings->redis_timeout_ms;
}

static int judge_setting(const struct redis_greeting *g, const redisReply *reply, struct err *err)
{
    const char *at = redis_link_address(g->link);
    const char *name = wanted[g->step].name;
    const char *value = wanted[g->step].wanted;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
        reply->element[1]->type != REDIS_REPLY_STRING) {
        return err_set(err, ERR_USAGE,
                       "redis at %s does not tell its %s, which must be %s, or pages would vanish "
                       "silently; use a Redis that answers CONFIG GET %s",
                       at, name, value, name);
    }
    return strcmp(reply->element[1]->str, value) == 0
               ? 0
               : err_set(err, ERR_USAGE,
                         "redis at %s has %s %s and needs %s, or pages would vanish silently; "
                         "correct its configuration",
                         at, name, reply->element[1]->str, value);
}

static bool is_elsewhere(const struct redis_greeting *g, const redisReply *reply)
{
    struct redis_redirect to;
    return redis_slots_redirect(reply, redis_link_address(g->link), &to) && to.kind != REDIS_HERE;
}

static int judge(const struct redis_greeting *g, const redisReply *reply, struct err *err)
{
    if (g->step == STEP_RIGHTS && is_cluster(g->settings) && is_elsewhere(g, reply)) {
        return 0; /* the partition is moving: its calls will say so, too */
    }
    if (g->step == STEP_RIGHTS && !is_of_cluster(g->settings, redis_link_address(g->link), reply)) {
        return redis_rights_judge(reply, g->settings, redis_link_address(g->link), g->partition,
                                  err);
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        return redis_greeting_refused(g->settings, redis_link_address(g->link), reply, err);
    }
    return g->step < SETTINGS_COUNT ? judge_setting(g, reply, err) : 0;
}

/* ---- one after the other
 * ---------------------------------------------------------------------------- */

struct redis_greeting *redis_greeting_begin(const struct settings *settings, const char *address,
                                            uint32_t partition, struct err *err)
{
    struct redis_link *link = redis_link_begin(settings, address, err);
    if (link == NULL) {
        return NULL;
    }
    struct redis_greeting *g = mem_alloc(1, sizeof *g);
    g->settings = settings;
    g->link = link;
    g->partition = partition;
    return g;
}

int redis_greeting_move(struct redis_greeting *g, int timeout_ms, struct err *err)
{
    must(g->step < STEP_COUNT);
    if (redis_link_is_ready(g->link) && !g->asked) {
        fault_reach(FAULT_STORE_CONNECTED);
        ask(g);
    }
    if (redis_link_move(g->link, timeout_ms, err) != 0) {
        return -1;
    }
    redisReply *reply = g->asked ? redis_link_next(g->link) : NULL;
    if (reply == NULL) {
        return !g->asked || clock_mono_ms() < g->end_ms ? 0 : redis_link_late(g->link, err);
    }
    int result = judge(g, reply, err);
    redis_reply_free(reply);
    g->asked = false;
    g->step += result == 0;
    g->step += g->step == STEP_ASKING && !is_cluster(g->settings);
    return result != 0 ? -1 : g->step == STEP_COUNT;
}

struct redis_link *redis_greeting_end(struct redis_greeting *g)
{
    struct redis_link *link = NULL;
    if (g != NULL && g->step == STEP_COUNT) {
        link = g->link;
    } else if (g != NULL) {
        redis_link_close(g->link);
    }
    mem_free(g);
    return link;
}
