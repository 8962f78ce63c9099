#include "connectors/redis/redis_rights.h"

#include "engine/base/must.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define KEY_BYTES 96
#define SAID_BYTES 320
/* docs/operations.md has them, too, and tests/live/errors.py takes them from there, one by one. */
#define RIGHTS "+@hash +@sortedset +fcall +function|load +config|get"
#define CLUSTER_RIGHTS " +cluster|slots +asking"

int redis_rights_lack(const struct settings *settings, const char *address, const char *said,
                      struct err *err)
{
    const char *user = settings->redis_user[0] == '\0' ? "default" : settings->redis_user;
    bool cluster = strcmp(settings->redis_mode, "cluster") == 0;
    return err_set(
        err, ERR_USAGE,
        "redis at %s: %s; what the user \"%s\" (redis.user) needs: ACL SETUSER %s ~%s* %s%s",
        address, said, user, user, settings->redis_prefix, RIGHTS, cluster ? CLUSTER_RIGHTS : "");
}

static void set_key(char *key, const struct settings *settings, uint32_t partition)
{
    int len = snprintf(key, KEY_BYTES, "%s{%" PRIu32 "}:ckpt", settings->redis_prefix, partition);
    must(len > 0 && len < KEY_BYTES);
}

void redis_rights_ask(struct redis_link *link, const struct settings *settings, uint32_t partition)
{
    char key[KEY_BYTES];
    set_key(key, settings, partition);
    struct str words[] = {STR("FCALL"), STR("sluice_rights"), STR("1"), str_of(key)};
    redis_link_send(link, 4, words);
}

int redis_rights_judge(const redisReply *reply, const struct settings *settings,
                       const char *address, uint32_t partition, struct err *err)
{
    char said[SAID_BYTES];
    char key[KEY_BYTES];
    set_key(key, settings, partition);
    if (reply->type == REDIS_REPLY_STRING && reply->len == 0) {
        return 0;
    }
    if (reply->type == REDIS_REPLY_STRING) {
        (void)snprintf(said, sizeof said, "it may not %s on %s", reply->str, key);
        return redis_rights_lack(settings, address, said, err);
    }
    if (reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "NOPERM", 6) == 0) {
        (void)snprintf(said, sizeof said, "%s (FCALL on %s)", reply->str, key);
        return redis_rights_lack(settings, address, said, err);
    }
    (void)err_set(err, ERR_OUTSIDE, "redis at %s, rights of the user: %s", address,
                  reply->type == REDIS_REPLY_ERROR ? reply->str : "an answer that is none");
    err->retriable = true;
    return -1;
}
