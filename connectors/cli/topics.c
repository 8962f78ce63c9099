#include "connectors/cli/topics.h"

#include "connectors/cli/options.h"
#include "connectors/file/settings_file.h"
#include "connectors/kafka/kafka_topics.h"
#include "engine/base/json_write.h"

#include <stdio.h>
#include <string.h>

/* First and next offset of every partition of a topic. */
static int write_ends(rd_kafka_t *rk, const struct settings *settings, enum topic topic,
                      struct json_writer *w, struct err *err)
{
    char name[KAFKA_TOPIC_BYTES];
    kafka_topic_name(settings, topic_infos[topic].text, name);
    for (int32_t i = 0; i < topic_partition_count(settings, topic); i++) {
        int64_t first = 0;
        int64_t next = 0;
        if (kafka_client_bounds(rk, name, i, settings->kafka_wait_s * 1000, &first, &next, err) !=
            0) {
            return -1;
        }
        json_open(w, NULL, '{');
        json_text(w, "topic", str_of(topic_infos[topic].text));
        json_int(w, "partition", i);
        json_int(w, "first", first);
        json_int(w, "next", next);
        json_close(w, '}');
    }
    return 0;
}

static int topics_ends(const struct settings *settings, struct buf *out, struct err *err)
{
    struct json_writer w = {.out = out};
    rd_kafka_t *rk =
        kafka_client_new(settings, RD_KAFKA_PRODUCER, "sluice-topics", NULL, NULL, NULL, err);
    if (rk == NULL) {
        return -1;
    }
    int result = kafka_client_wait(rk, settings, err);
    json_open(&w, NULL, '[');
    for (int topic = 0; topic < TOPIC_COUNT && result == 0; topic++) {
        result = write_ends(rk, settings, (enum topic)topic, &w, err);
    }
    json_close(&w, ']');
    buf_add_char(out, '\n');
    if (result != 0) {
        buf_clear(out); /* half a list would pass for a whole one */
    }
    kafka_client_close(rk);
    return result;
}

/* What to do; NULL: nothing that is known. */
static int (*find_action(const char *word))(const struct settings *, struct buf *, struct err *)
{
    return strcmp(word, "create") == 0 ? topics_create
           : strcmp(word, "ends") == 0 ? topics_ends
                                       : NULL;
}

int cmd_topics(int argc, char **argv)
{
    const char *config = NULL;
    const struct option_row rows[] = {
        {"config", OPTION_TEXT, &config, "FILE", "settings (sluice.yaml)"},
    };
    const struct usage usage = {"sluice topics",
                                "create | ends",
                                "makes the topics with the settings that the guarantees need, or "
                                "prints as JSON where each of their partitions begins and ends",
                                "sluice topics create --config sluice.yaml",
                                rows,
                                sizeof rows / sizeof rows[0]};
    struct settings settings;
    struct buf said = {0};
    struct err err = {.code = ERR_NONE};
    int plain = options_read(argc, argv, &usage, &err);
    if (plain == OPTIONS_HELP) {
        return 0;
    }
    if (plain >= 0 && (argc - plain != 1 || find_action(argv[plain]) == NULL)) {
        plain = err_set(&err, ERR_USAGE,
                        "say what to do: `sluice topics create` or `sluice topics ends`");
    }
    int result = plain < 0 || settings_read(&settings, config, &err) != 0 ||
                         find_action(argv[plain])(&settings, &said, &err) != 0
                     ? -1
                     : 0;
    (void)fputs(buf_text(&said), stdout);
    buf_fini(&said);
    return result == 0 ? 0 : options_fail(&usage, &err);
}
