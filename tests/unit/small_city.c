#include "tests/unit/small_city.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

void city_begin_with(struct city *city, struct program *program, const struct settings *settings,
                     struct store *store)
{
    struct err err = {0};
    memset(city, 0, sizeof *city);
    city->settings = *settings;
    city->sink = kept_sink(&city->kept);
    city->program = program;
    city->local = local_new(&city->settings, program, &city->sink, store);
    ck_assert_msg(local_start(city->local, &err) == 0, "%s", err.text);
}

void city_begin(struct city *city, struct program *program)
{
    struct settings settings;
    settings_defaults(&settings);
    settings.decisions_sample = 1;
    city_begin_with(city, program, &settings, NULL);
}

void city_send(struct city *city, struct event event)
{
    struct err err = {0};
    ck_assert_msg(local_deliver(city->local, SOURCE_FEED, city->number++, &event, &err) == 0, "%s",
                  err.text);
}

void city_end(struct city *city)
{
    local_free(city->local);
    program_free(city->program);
    kept_fini(&city->kept);
}

const struct page *city_page(struct city *city, struct token token)
{
    struct err err = {0};
    const struct page *page = local_page(city->local, &token, &err);
    ck_assert_msg(page != NULL, "no such page");
    return page;
}

/* End of the JSON value that begins at `at`. */
static const char *value_end(const char *at)
{
    int depth = 0;
    bool quoted = false;
    for (;; at++) {
        ck_assert_msg(*at != '\0', "JSON without end");
        if (quoted) {
            at += *at == '\\';
            quoted = *at != '"';
            continue;
        }
        quoted = *at == '"';
        depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
        if (depth < 0 || (depth == 0 && *at == ',')) {
            return at;
        }
    }
}

const char *json_member(const char *json, const char *name)
{
    static char value[8192];
    char key[64];
    (void)snprintf(key, sizeof key, "\"%s\":", name);
    if (json[0] == '\0') {
        return "";
    }
    for (const char *at = json + 1; *at != '}' && *at != '\0';) {
        const char *colon = strchr(at, ':');
        ck_assert_ptr_nonnull(colon);
        const char *end = value_end(colon + 1);
        if (strncmp(at, key, strlen(key)) == 0) {
            (void)snprintf(value, sizeof value, "%.*s", (int)(end - colon - 1), colon + 1);
            return value;
        }
        at = *end == ',' ? end + 1 : end;
    }
    return "";
}
