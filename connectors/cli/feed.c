#include "connectors/cli/feed.h"

#include "connectors/cli/options.h"
#include "connectors/cli/pace.h"
#include "connectors/file/feed_file.h"
#include "connectors/file/settings_file.h"
#include "connectors/http/http_get.h"
#include "connectors/kafka/kafka_out.h"
#include "connectors/kafka/kafka_topics.h"
#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/ingest/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ADDRESS_BYTES 128
#define DRAIN_MS 60000 /* without any progress */
#define LOOK_US 500
#define PACE_LOOK_US 20000

struct arguments {
    const char *config, *directory, *map, *status;
    struct option_list events;
    struct option_count rate, speed;
    bool lockstep;
};

struct feed {
    struct arguments args;
    struct settings settings;
    struct kafka_out *out;
    rd_kafka_t *rk; /* to ask how long the topics are */
    struct record_decoder decoder;
    struct raw_record raw;
    int64_t stamp_ms; /* largest event time sent so far */
    uint64_t sent;
    struct pace pace;
    int64_t began_us;
    struct buf body, key;
    char address[ADDRESS_BYTES];
};

static void count_ack(void *context, void *receipt)
{
    (void)context;
    (void)receipt;
}

/* ---- where a record goes
 * -------------------------------------------------------------------------- */

/* The topic of its type; what nobody can read goes to the calls, and from there to the dead
 * letters. */
static enum topic topic_of(const struct raw_record *raw)
{
    struct str name = record_topic(raw->kind);
    for (int i = 0; i < TOPIC_COUNT; i++) {
        if (str_eq_text(name, topic_infos[i].text)) {
            return (enum topic)i;
        }
    }
    return TOPIC_CALLS;
}

/* Who acts, else who is reached: what a sender would use as key. */
static struct str entity_of(const struct raw_record *raw)
{
    return raw->entity[PARTY_FROM].len > 0 ? raw->entity[PARTY_FROM] : raw->entity[PARTY_TO];
}

/* Of the directory the last record of each key is kept: a number, who holds it, and an account of
 * the same name are three. */
static struct str key_of(struct feed *f, enum topic topic, struct str entity)
{
    if (topic != TOPIC_DIRECTORY) {
        return entity;
    }
    buf_clear(&f->key);
    buf_add_format(&f->key, "%s:%s:", kind_infos[f->raw.kind].text,
                   entity_infos[f->raw.entity_kind[PARTY_FROM]].text);
    buf_add_str(&f->key, entity);
    return buf_str(&f->key);
}

/* FNV-1a: any hash will do that gives one entity one partition. */
static int32_t partition_of(const struct feed *f, struct str entity)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < entity.len; i++) {
        hash = (hash ^ (unsigned char)entity.at[i]) * 16777619U;
    }
    return (int32_t)(hash % (uint32_t)f->settings.kafka_feed_partitions);
}

/* When it is judged: a feed sends a record when it knows it. */
static void note_time(struct feed *f)
{
    int64_t time_ms = f->raw.time_ms;
    if (f->raw.phase == PHASE_RECORD && f->raw.duration_ms != VALUE_UNKNOWN) {
        time_ms += f->raw.duration_ms;
    }
    if (event_is_judged(f->raw.kind) && time_ms > f->stamp_ms) {
        f->stamp_ms = time_ms;
    }
}

/* ---- waiting until all is done
 * -------------------------------------------------------------------- */

/* "next" and "unacked" behind a place in the status page; false if the place is not there. */
static bool read_row(const char *body, const char *place, int64_t *next, int64_t *unacked)
{
    const char *at = strstr(body, place);
    return at != NULL && sscanf(at + strlen(place), ",\"next\":%" SCNd64 ",\"unacked\":%" SCNd64,
                                next, unacked) == 2;
}

static int check_row(struct feed *f, const char *place, enum topic topic, int32_t partition,
                     bool *done, struct err *err)
{
    char name[KAFKA_TOPIC_BYTES];
    int64_t first = 0;
    int64_t end = 0;
    int64_t next = -1;
    int64_t unacked = -1;
    if (kafka_client_bounds(f->rk, kafka_topic_name(&f->settings, topic_infos[topic].text, name),
                            partition, f->settings.kafka_wait_s * 1000, &first, &end, err) != 0) {
        return -1;
    }
    *done = *done && read_row(buf_text(&f->body), place, &next, &unacked) && next == end &&
            unacked == 0;
    return 0;
}

/* Is nothing on its way, as far as one look can tell? The status is read before the ends of the
 * topics, so what came meanwhile shows. */
static int look(struct feed *f, enum topic topic, int32_t partition, bool *done, struct err *err)
{
    char place[ADDRESS_BYTES];
    *done = true;
    if (http_get(f->address, "/status", &f->body, err) != 0) {
        return -1;
    }
    (void)snprintf(place, sizeof place, "{\"topic\":\"%s\",\"partition\":%" PRId32,
                   topic_infos[topic].text, partition);
    if (check_row(f, place, topic, partition, done, err) != 0) {
        return -1;
    }
    for (int32_t i = 0; i < f->settings.visits_partitions && *done; i++) {
        (void)snprintf(place, sizeof place, "{\"partition\":%" PRId32, i);
        if (check_row(f, place, TOPIC_VISITS, i, done, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Twice in a row: between two looks nothing can have been hidden by their order. */
static int drain(struct feed *f, enum topic topic, int32_t partition, struct err *err)
{
    int64_t end_ms = clock_mono_ms() + DRAIN_MS;
    int in_a_row = 0;
    while (kafka_out_waiting(f->out) > 0) {
        if (kafka_out_poll(f->out, 10, err) != 0) {
            return -1;
        }
    }
    while (in_a_row < 2) {
        bool done = false;
        if (look(f, topic, partition, &done, err) != 0) {
            return -1;
        }
        in_a_row = done ? in_a_row + 1 : 0;
        if (!done) {
            clock_pause_us(LOOK_US);
        }
        if (clock_mono_ms() > end_ms) {
            return err_set(err, ERR_OUTSIDE,
                           "the service at %s has not finished record %" PRIu64
                           " after %d s; see its own messages",
                           f->address, f->sent, DRAIN_MS / 1000);
        }
    }
    return 0;
}

/* ---- sending
 * -------------------------------------------------------------------------------------- */

static int64_t now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Acknowledgements are served meanwhile: a slow feed must not look like a slow broker. */
static int keep_pace(struct feed *f, struct err *err)
{
    int64_t wait_us = pace_next(&f->pace, f->stamp_ms, now_us());
    int64_t due_us = now_us() + wait_us;
    while (wait_us > PACE_LOOK_US) {
        clock_pause_us(PACE_LOOK_US);
        if (kafka_out_poll(f->out, 0, err) != 0) {
            return -1;
        }
        wait_us = due_us - now_us();
    }
    if (wait_us > 0) {
        clock_pause_us(wait_us);
    }
    return 0;
}

static int send_record(struct feed *f, struct str bytes, struct err *err)
{
    struct refusal why;
    bool event_clock = settings_have_event_clock(&f->settings);
    if (record_decode(&f->decoder, bytes, &f->raw, &why) == 0) {
        note_time(f);
    }
    struct str entity = entity_of(&f->raw);
    enum topic topic = topic_of(&f->raw);
    int32_t partition = partition_of(f, entity);
    struct kafka_message message = {.key = key_of(f, topic, entity),
                                    .bytes = bytes,
                                    .stamp_ms = event_clock ? f->stamp_ms : 0};
    if (keep_pace(f, err) != 0) {
        return -1;
    }
    while (!kafka_out_send(f->out, topic, partition, &message, NULL)) {
        if (kafka_out_poll(f->out, 10, err) != 0) {
            return -1;
        }
    }
    f->sent++;
    if (kafka_out_poll(f->out, 0, err) != 0) {
        return -1;
    }
    return f->args.lockstep ? drain(f, topic, partition, err) : 0;
}

static int send_file(struct feed *f, const char *path, const char *map, struct err *err)
{
    struct source source;
    struct source_record record;
    int got = -1;
    if (feed_file_open(&source, path, map, err) != 0) {
        return -1;
    }
    while ((got = source.next(source.self, &record, err)) == 1) {
        if (send_record(f, record.refused ? record.raw : record.bytes, err) != 0) {
            got = -1;
            break;
        }
    }
    source.close(source.self);
    return got;
}

static int send_all(struct feed *f, struct err *err)
{
    f->began_us = now_us();
    f->pace = pace_begin(f->args.rate.value, f->args.speed.value, f->began_us);
    if (f->args.directory != NULL && send_file(f, f->args.directory, NULL, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < f->args.events.count; i++) {
        if (send_file(f, f->args.events.items[i], f->args.map, err) != 0) {
            return -1;
        }
    }
    while (kafka_out_waiting(f->out) > 0) {
        if (kafka_out_poll(f->out, 10, err) != 0) {
            return -1;
        }
    }
    double seconds = (double)(now_us() - f->began_us) / 1000000;
    (void)fprintf(stderr, "sluice feed: %" PRIu64 " records in %.1f s\n", f->sent, seconds);
    return 0;
}

/* ---- the command
 * ---------------------------------------------------------------------------------- */

static int open_all(struct feed *f, struct err *err)
{
    record_decoder_init(&f->decoder);
    (void)snprintf(f->address, sizeof f->address, "%s:%" PRId64, f->settings.http_address,
                   f->settings.http_port);
    if (f->args.status != NULL) {
        (void)snprintf(f->address, sizeof f->address, "%s", f->args.status);
    }
    f->rk = kafka_client_new(&f->settings, RD_KAFKA_PRODUCER, "sluice-feed-look", NULL, NULL, NULL,
                             err);
    if (f->rk == NULL || kafka_client_wait(f->rk, &f->settings, err) != 0) {
        return -1;
    }
    f->out = kafka_out_open(&f->settings, "sluice-feed", count_ack, NULL, NULL, err);
    return f->out == NULL ? -1 : 0;
}

static int check_arguments(const struct arguments *args, int argc, char **argv, int plain,
                           struct err *err)
{
    if (plain < argc) {
        return err_set(err, ERR_USAGE, "unexpected \"%s\"; files of events follow --events",
                       argv[plain]);
    }
    if (args->events.count == 0 && args->directory == NULL) {
        return err_set(err, ERR_USAGE, "--events FILE is missing: what to play in");
    }
    if (args->rate.value > 0 && args->speed.value > 0) {
        return err_set(err, ERR_USAGE, "--rate and --speed contradict each other; keep one");
    }
    return 0;
}

int cmd_feed(int argc, char **argv)
{
    struct feed *f = mem_alloc(1, sizeof *f);
    struct arguments *args = &f->args;
    const struct option_row rows[] = {
        {"events", OPTION_LIST, &args->events, "FILE",
         "records, one JSON object a line; - is standard input"},
        {"directory", OPTION_TEXT, &args->directory, "FILE",
         "who holds what; sent before the first event"},
        {"map", OPTION_TEXT, &args->map, "FILE", "the event files are CSV, read by this mapping"},
        {"rate", OPTION_COUNT, &args->rate, "N", "records a second; 0: as fast as it goes"},
        {"speed", OPTION_COUNT, &args->speed, "N",
         "as fast as the events' own time goes, so many times; 0: as fast as it goes"},
        {"lockstep", OPTION_FLAG, &args->lockstep, NULL,
         "wait after each record until the service has done all it causes"},
        {"status", OPTION_TEXT, &args->status, "HOST:PORT",
         "where the service shows its status (settings http.address, http.port)"},
        {"config", OPTION_TEXT, &args->config, "FILE", "settings (sluice.yaml)"},
    };
    const struct usage usage = {"sluice feed",
                                "--events FILE ..",
                                "plays files into the feeds, as banks and carriers would",
                                "sluice feed --directory city/directory.jsonl --events "
                                "city/events.jsonl --rate 500",
                                rows,
                                sizeof rows / sizeof rows[0]};
    struct err err = {.code = ERR_NONE};
    args->rate = (struct option_count){0, 0, 10000000};
    args->speed = (struct option_count){0, 0, 1000000};
    int plain = options_read(argc, argv, &usage, &err);
    int code = 0;
    if (plain == OPTIONS_HELP) {
        code = 0;
    } else {
        bool ok = plain >= 0 && check_arguments(args, argc, argv, plain, &err) == 0 &&
                  settings_read(&f->settings, args->config, &err) == 0 && open_all(f, &err) == 0 &&
                  send_all(f, &err) == 0;
        code = ok ? 0 : options_fail(&usage, &err);
    }
    kafka_out_close(f->out);
    kafka_client_close(f->rk);
    buf_fini(&f->body);
    buf_fini(&f->key);
    mem_free(f);
    return code;
}
