/* test_redis_rights.c - a user of a real Redis who lacks one right is told which, before it
 * matters. */
#include "connectors/redis/redis_rights.h"

#include "connectors/redis/redis_store.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 16
#define ALL "resetkeys ~rights:* -@all +@hash +@sortedset +fcall +function|load +config|get"

/* ACL SETUSER ann on >secret, and these rules, as the server's own user. */
static void make_user(const char *rules)
{
    struct settings settings = redis_server_settings("rights:");
    struct err err = {.code = ERR_NONE};
    struct str words[WORDS_MAX] = {STR("ACL"), STR("SETUSER"), STR("ann"), STR("on"),
                                   STR(">secret")};
    int count = 5;
    char text[256];
    char *rest = NULL;
    (void)snprintf(text, sizeof text, "%s", rules);
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        words[count++] = str_of(word);
    }
    struct redis_link *link = redis_link_open(&settings, &err);
    ck_assert_msg(link != NULL, "%s", err.text);
    redisReply *reply = redis_link_call(link, count, words, &err);
    ck_assert_msg(reply != NULL && reply->type == REDIS_REPLY_STATUS, "%s: %s", rules,
                  reply == NULL ? err.text : reply->str);
    redis_reply_free(reply);
    redis_link_close(link);
}

START_TEST(what_a_user_lacks_is_said)
{
    static const struct {
        const char *name, *rules, *text; /* text NULL: all is well */
    } rows[] = {
        {"all that is needed", ALL, NULL},
        {"no hashes", ALL " -@hash", "may not HSET, HDEL, HGET, HMGET, HGETALL on rights:{0}:ckpt"},
        {"no timers", ALL " -@sortedset", "may not ZADD, ZREM, ZRANGE on rights:{0}:ckpt"},
        {"one command", ALL " -hdel", "may not HDEL on rights:{0}:ckpt"},
        {"no functions", ALL " -fcall", "'fcall'"},
        {"no loading", ALL " -function|load", "'function|load'"},
        {"no settings", ALL " -config|get", "'config|get'"},
        {"other keys", ALL " resetkeys ~sluice:*", "(FCALL on rights:{0}:ckpt)"},
        {"keys to read only", ALL " resetkeys %R~rights:*", "rights:{0}:ckpt"},
        {"all that is needed, in the end", ALL, NULL},
    };
    struct settings settings = redis_server_settings("rights:");
    (void)snprintf(settings.redis_user, sizeof settings.redis_user, "ann");
    (void)snprintf(settings.redis_password_file, sizeof settings.redis_password_file, "%s",
                   scratch_write("password", STR("secret\n")));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {.code = ERR_NONE};
        make_user(rows[i].rules);
        struct redis_store *redis = redis_store_open(&settings, &err);
        ck_assert_msg((redis == NULL) == (rows[i].text != NULL), "%s: %s", rows[i].name, err.text);
        redis_store_close(redis);
        if (rows[i].text != NULL) {
            ck_assert_int_eq(err.code, ERR_USAGE);
            ck_assert_msg(strstr(err.text, rows[i].text) != NULL, "%s: %s", rows[i].name, err.text);
            ck_assert_msg(strstr(err.text, "ACL SETUSER ann ~rights:* +@hash") != NULL, "%s",
                          err.text);
            ck_assert_ptr_null(strstr(err.text, "secret"));
            ck_assert(!err.retriable);
        }
    }
}
END_TEST

START_TEST(a_user_without_name)
{
    struct settings settings;
    struct err err = {.code = ERR_NONE};
    settings_defaults(&settings);
    ck_assert_int_eq(redis_rights_lack(&settings, settings.redis_address, "NOPERM no", &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text,
                                 "NOPERM no; what the user \"default\" (redis.user) needs: "
                                 "ACL SETUSER default ~sluice:* +@hash"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("redis_rights");
    TCase *tests = tcase_create("redis_rights");
    suite_add_tcase(suite, tests);
    tcase_add_unchecked_fixture(tests, redis_server_start, redis_server_stop);
    tcase_add_test(tests, what_a_user_lacks_is_said);
    tcase_add_test(tests, a_user_without_name);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
