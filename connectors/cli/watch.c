#include "connectors/cli/watch.h"

#include "connectors/cli/options.h"
#include "connectors/file/settings_file.h"
#include "connectors/kafka/kafka_in.h"
#include "engine/base/mem.h"
#include "rules/diag.h"

#include <stdio.h>
#include <string.h>

#define BATCH 256
#define WAIT_MS 200

struct watch {
    struct settings settings;
    struct kafka_in *in;
    enum topic topic;
    bool from_start, to_end;
    int64_t ends[4096], next[4096];
    struct kafka_in_message batch[BATCH];
};

static int64_t begin(void *context, enum topic topic, int32_t partition, struct err *err)
{
    struct watch *w = context;
    int64_t first = 0;
    if (kafka_in_bounds(w->in, topic, partition, &first, &w->ends[partition], err) != 0) {
        return -1;
    }
    w->next[partition] = w->from_start ? first : w->ends[partition];
    return w->next[partition];
}

static bool at_end(const struct watch *w, int32_t partitions)
{
    bool end = w->to_end;
    for (int32_t i = 0; i < partitions && end; i++) {
        end = w->next[i] >= w->ends[i];
    }
    return end;
}

static int show(struct watch *w, struct err *err)
{
    int32_t partitions = topic_partition_count(&w->settings, w->topic);
    if (kafka_in_assign_all(w->in, partitions, err) != 0) {
        return -1;
    }
    while (!at_end(w, partitions)) {
        int count = kafka_in_take(w->in, w->batch, BATCH, WAIT_MS, err);
        if (count < 0) {
            return -1;
        }
        for (int i = 0; i < count; i++) {
            const struct kafka_in_message *m = &w->batch[i];
            w->next[m->partition] = m->offset + 1;
            printf("%.*s\n", (int)m->bytes.len, m->bytes.at);
        }
        if (fflush(stdout) != 0) {
            return err_set(err, ERR_OUTSIDE, "standard output takes no more");
        }
    }
    return 0;
}

static int find_topic(struct watch *w, const char *name, struct err *err)
{
    struct diag_guess guess = diag_guess_start(str_of(name));
    for (int i = 0; i < TOPIC_COUNT; i++) {
        if (topic_infos[i].who != TOPIC_IS_OUTPUT) {
            continue;
        }
        if (strcmp(topic_infos[i].text, name) == 0) {
            w->topic = (enum topic)i;
            return 0;
        }
        diag_guess_try(&guess, str_of(topic_infos[i].text));
    }
    return guess.best.len > 0
               ? err_set(err, ERR_USAGE, "\"%s\" is no output topic; did you mean %.*s?", name,
                         (int)guess.best.len, guess.best.at)
               : err_set(err, ERR_USAGE,
                         "\"%s\" is no output topic; they are warnings, stops, advice, decisions, "
                         "receipts, dead-letters",
                         name);
}

static int watch(struct watch *w, const char *topic, struct err *err)
{
    struct kafka_in_setup setup = {.client_id = "sluice-watch",
                                   .topics = &w->topic,
                                   .topic_count = 1,
                                   .begin = begin,
                                   .context = w};
    if (find_topic(w, topic, err) != 0) {
        return -1;
    }
    w->in = kafka_in_open(&w->settings, &setup, err);
    return w->in == NULL ? -1 : show(w, err);
}

int cmd_watch(int argc, char **argv)
{
    const char *config = NULL;
    const char *topic = "warnings";
    struct watch *w = mem_alloc(1, sizeof *w);
    const struct option_row rows[] = {
        {"topic", OPTION_TEXT, &topic, "NAME",
         "warnings (if left out), stops, advice, decisions .."},
        {"from-start", OPTION_FLAG, &w->from_start, NULL, "show what is there already, too"},
        {"to-end", OPTION_FLAG, &w->to_end, NULL, "show what is there, from its start, and end"},
        {"config", OPTION_TEXT, &config, "FILE", "settings (sluice.yaml)"},
    };
    const struct usage usage = {"sluice watch",
                                "",
                                "shows warnings, requests and more as they come",
                                "sluice watch --topic stops",
                                rows,
                                sizeof rows / sizeof rows[0]};
    struct err err = {.code = ERR_NONE};
    int plain = options_read(argc, argv, &usage, &err);
    int code = 0;
    if (plain >= 0 && plain < argc) {
        plain = err_set(&err, ERR_USAGE, "unexpected \"%s\"", argv[plain]);
    }
    if (plain != OPTIONS_HELP) {
        w->from_start = w->from_start || w->to_end;
        bool ok = plain >= 0 && settings_read(&w->settings, config, &err) == 0 &&
                  watch(w, topic, &err) == 0;
        code = ok ? 0 : options_fail(&usage, &err);
    }
    kafka_in_close(w->in);
    mem_free(w);
    return code;
}
