/* live_load.c - plays a made-up city into the feeds of a live service and measures how long its
 * warnings and requests to stop take.
 *
 * Open loop: each record has the time at which it is meant to be sent, whether the service, the
 * broker or this program keep up or not, and a latency counts from that time. One thread sends, one
 * receives. An output says when its event was judged, which is that time; among the records of that
 * millisecond the one with the output's id caused it. An output that comes again, as all do that a
 * partition sends twice around a reset, counts when it came first: that is when its reader acts.
 */
#include "bench/city_now.h"
#include "bench/harness.h"
#include "connectors/cli/options.h"
#include "connectors/file/settings_file.h"
#include "connectors/kafka/kafka_in.h"
#include "connectors/kafka/kafka_out.h"
#include "engine/base/caltime.h"
#include "engine/base/clock.h"
#include "engine/base/digest.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/frame.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND_NS UINT64_C(1000000000)
#define MS_NS INT64_C(1000000)
#define PAUSE_US 250 /* at most, between two looks at what is due */
#define BATCH 256
#define QUIET_MS 3000 /* nothing came for so long after the last record: nothing more will */
#define READY_MS 30000

struct arguments {
    struct option_count people, frauds, records, rate, seconds, warm_up, parts;
    bool relay;
};

/* Of one output: when its record was meant to be sent, and how long it took from then. */
struct sample {
    uint64_t part; /* of the measured time */
    uint64_t ns;
    uint64_t id; /* a digest of the output's own; the relay says nothing twice */
};

struct load {
    struct arguments args;
    struct settings settings;
    struct city_now city;
    struct kafka_out *out;
    struct buf line;
    /* set before the receiver needs them */
    int64_t start_unix_ns;
    uint64_t start_ns, total, warm;
    /* the receiver's, read when it has ended */
    struct kafka_in *in;
    pthread_t thread;
    struct sample *samples;
    size_t sample_count, sample_cap;
    uint64_t outputs, stray, early, sum;
    int result;
    struct err err;
    /* R1: stored by the receiver (release), loaded by the sender (acquire): all partitions are
     * assigned. E1: stored by the sender (release), loaded by the receiver (acquire): all is sent.
     */
    _Atomic uint32_t assigned;
    _Atomic bool ended;
};

static const enum topic answer_topics[] = {TOPIC_WARNINGS, TOPIC_STOPS};
#define ANSWER_TOPICS (sizeof answer_topics / sizeof answer_topics[0])

static void ignore(void *context, void *receipt)
{
    (void)context;
    (void)receipt;
}

/* ---- times ---------------------------------------------------------------------------------- */

static uint64_t due_ns(const struct load *l, uint64_t number)
{
    return number * SECOND_NS / (uint64_t)l->args.rate.value;
}

static int64_t due_unix_ms(const struct load *l, uint64_t number)
{
    return (l->start_unix_ns + (int64_t)due_ns(l, number)) / MS_NS;
}

static int64_t now_unix_ns(void)
{
    struct timespec now;
    must(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (int64_t)now.tv_sec * (int64_t)SECOND_NS + now.tv_nsec;
}

/* ---- sending -------------------------------------------------------------------------------- */

static int send_row(struct load *l, const struct city_now_row *row, struct str bytes,
                    int64_t stamp_ms, struct err *err)
{
    const struct kafka_message message = {row->key, bytes, stamp_ms};
    int32_t partition = city_now_partition(row, l->settings.kafka_feed_partitions);
    while (!kafka_out_send(l->out, row->topic, partition, &message, NULL)) {
        if (kafka_out_poll(l->out, 1, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* For the relay a record begins with its number in place of its first bytes. */
static int send_event(struct load *l, uint64_t number, int64_t time_ms, struct err *err)
{
    city_now_write(&l->city, number, time_ms, &l->line);
    if (l->args.relay) {
        memcpy(l->line.at, &number, sizeof number);
    }
    return send_row(l, city_now_event(&l->city, number), buf_str(&l->line), time_ms, err);
}

static int wait_for_broker(struct load *l, struct err *err)
{
    while (kafka_out_waiting(l->out) > 0) {
        if (kafka_out_poll(l->out, 10, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int send_directory(struct load *l, struct err *err)
{
    for (uint64_t i = 0; i < l->city.feed.directory_count; i++) {
        const struct city_now_row *row = city_now_directory(&l->city, i);
        if (send_row(l, row, row->line, 0, err) != 0 || kafka_out_poll(l->out, 0, err) != 0) {
            return -1;
        }
    }
    if (wait_for_broker(l, err) != 0) {
        return -1;
    }
    printf("{\"sent\":%" PRIu64 "}\n", l->city.feed.directory_count);
    return 0;
}

static int send_backlog(struct load *l, struct err *err)
{
    for (uint64_t i = 0; i < (uint64_t)l->args.records.value; i++) {
        if (send_event(l, i, now_unix_ns() / MS_NS, err) != 0 ||
            kafka_out_poll(l->out, 0, err) != 0) {
            return -1;
        }
    }
    if (wait_for_broker(l, err) != 0) {
        return -1;
    }
    printf("{\"sent\":%" PRId64 "}\n", l->args.records.value);
    return 0;
}

/* ---- receiving ------------------------------------------------------------------------------ */

static int64_t begin_at_end(void *context, enum topic topic, int32_t partition, struct err *err)
{
    struct load *l = context;
    int64_t first = 0;
    int64_t next = 0;
    if (kafka_in_bounds(l->in, topic, partition, &first, &next, err) != 0) {
        return -1;
    }
    (void)atomic_fetch_add_explicit(&l->assigned, 1, memory_order_release); /* R1 */
    return next;
}

/* The text behind the first mark, up to the next quote; len 0 if there is none. */
static struct str text_behind(struct str json, const char *mark)
{
    size_t len = strlen(mark);
    for (size_t at = 0; at + len < json.len; at++) {
        if (json.at[at] == mark[0] && memcmp(json.at + at, mark, len) == 0) {
            const char *from = json.at + at + len;
            const char *end = memchr(from, '"', (size_t)(json.at + json.len - from));
            return (struct str){from, end == NULL ? 0 : (size_t)(end - from)};
        }
    }
    return (struct str){NULL, 0};
}

/* The record that an output is about; false if it is about none of ours. */
static bool find_cause(const struct load *l, const struct kafka_in_message *m, uint64_t *number)
{
    if (l->args.relay) {
        must(m->bytes.len >= sizeof *number);
        memcpy(number, m->bytes.at, sizeof *number);
        return true;
    }
    struct str id = text_behind(m->bytes, m->topic == TOPIC_WARNINGS ? "\"evidence\":[{\"id\":\""
                                                                     : "\"payment\":{\"id\":\"");
    int64_t time_ms = 0;
    if (id.len == 0 || !caltime_parse(&time_ms, text_behind(m->bytes, "\"time\":\""))) {
        return false;
    }
    int64_t after_ns = time_ms * MS_NS - l->start_unix_ns;
    *number = after_ns <= 0
                  ? 0
                  : (uint64_t)after_ns / 1000 * (uint64_t)l->args.rate.value / (SECOND_NS / 1000);
    while (*number < l->total && due_unix_ms(l, *number) < time_ms) {
        ++*number;
    }
    for (; *number < l->total && due_unix_ms(l, *number) == time_ms; ++*number) {
        if (city_now_has_id(&l->city, *number, id)) {
            return true;
        }
    }
    return false;
}

static void take_output(struct load *l, const struct kafka_in_message *m, uint64_t now_ns)
{
    uint64_t number = 0;
    struct str id = text_behind(m->bytes, "\"id\":\"");
    l->outputs++;
    l->sum += bench_mix(0, id.at, id.len);
    if (!find_cause(l, m, &number)) {
        l->stray++;
        return;
    }
    if (number < l->warm) {
        l->early++;
        return;
    }
    void *samples = l->samples;
    mem_reserve(&samples, &l->sample_cap, l->sample_count + 1, sizeof *l->samples);
    l->samples = samples;
    l->samples[l->sample_count++] =
        (struct sample){(number - l->warm) * (uint64_t)l->args.parts.value / (l->total - l->warm),
                        now_ns - l->start_ns - due_ns(l, number),
                        l->args.relay ? l->outputs : bench_mix(0, id.at, id.len)};
}

static void *receive(void *context)
{
    struct load *l = context;
    struct kafka_in_message batch[BATCH];
    int64_t quiet_from_ms = clock_mono_ms();
    bool ended = false;
    while (l->result == 0 && !(ended && clock_mono_ms() - quiet_from_ms > QUIET_MS)) {
        int count = kafka_in_take(l->in, batch, BATCH, 20, &l->err);
        uint64_t now_ns = bench_now_ns();
        for (int i = 0; i < count; i++) {
            take_output(l, &batch[i], now_ns);
        }
        bool all_sent = atomic_load_explicit(&l->ended, memory_order_acquire); /* E1 */
        if (count > 0 || all_sent != ended) {
            quiet_from_ms = clock_mono_ms();
        }
        ended = all_sent;
        l->result = count < 0 ? -1 : 0;
    }
    digest_thread_end();
    return NULL;
}

/* All partitions must be ours before the first record is sent. */
static int start_receiver(struct load *l, struct err *err)
{
    const struct kafka_in_setup setup = {.client_id = "bench-receiver",
                                         .group = "bench-receiver",
                                         .topics = answer_topics,
                                         .topic_count = ANSWER_TOPICS,
                                         .begin = begin_at_end,
                                         .context = l};
    int64_t end_ms = clock_mono_ms() + READY_MS;
    uint32_t wanted = (uint32_t)(ANSWER_TOPICS * (size_t)l->settings.kafka_feed_partitions);
    l->in = kafka_in_open(&l->settings, &setup, err);
    if (l->in == NULL) {
        return -1;
    }
    must(pthread_create(&l->thread, NULL, receive, l) == 0);
    while (atomic_load_explicit(&l->assigned, memory_order_acquire) < wanted) { /* R1 */
        if (clock_mono_ms() > end_ms) {
            return err_set(err, ERR_OUTSIDE, "the output topics were not assigned within %d s",
                           READY_MS / 1000);
        }
        clock_pause_us(10000);
    }
    return 0;
}

/* ---- one rate ------------------------------------------------------------------------------- */

static int compare_latencies(const void *left, const void *right)
{
    const struct sample *a = left;
    const struct sample *b = right;
    return a->ns < b->ns ? -1 : a->ns > b->ns;
}

static int compare_parts(const void *left, const void *right)
{
    const struct sample *a = left;
    const struct sample *b = right;
    return a->part != b->part ? (a->part < b->part ? -1 : 1) : compare_latencies(a, b);
}

static int compare_ids(const void *left, const void *right)
{
    const struct sample *a = left;
    const struct sample *b = right;
    return a->id != b->id ? (a->id < b->id ? -1 : 1) : compare_latencies(a, b);
}

/* Keeps of each output the time at which it came first; returns how many came again. */
static uint64_t drop_repeats(struct load *l)
{
    size_t kept = 0;
    qsort(l->samples, l->sample_count, sizeof *l->samples, compare_ids);
    for (size_t i = 0; i < l->sample_count; i++) {
        if (kept == 0 || l->samples[i].id != l->samples[kept - 1].id) {
            l->samples[kept++] = l->samples[i];
        }
    }
    uint64_t again = l->sample_count - kept;
    l->sample_count = kept;
    return again;
}

static double sample_ms(const struct sample *samples, size_t count, size_t per_mille)
{
    return count == 0 ? 0 : (double)samples[(count - 1) * per_mille / 1000].ns / 1e6;
}

static void print_quantiles(const struct sample *samples, size_t count)
{
    printf("\"matched\":%zu,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"p999_ms\":%.2f,\"max_ms\":%.2f",
           count, sample_ms(samples, count, 500), sample_ms(samples, count, 990),
           sample_ms(samples, count, 999), sample_ms(samples, count, 1000));
}

/* The parts of the measured time, one after the other. */
static void print_parts(struct load *l)
{
    size_t at = 0;
    qsort(l->samples, l->sample_count, sizeof *l->samples, compare_parts);
    for (uint64_t part = 0; part < (uint64_t)l->args.parts.value; part++) {
        size_t end = at;
        while (end < l->sample_count && l->samples[end].part == part) {
            end++;
        }
        printf(part == 0 ? "{" : ",{");
        print_quantiles(l->samples + at, end - at);
        printf("}");
        at = end;
    }
}

static void print_result(struct load *l, uint64_t measured_ns, uint64_t late_ns)
{
    uint64_t again = drop_repeats(l);
    qsort(l->samples, l->sample_count, sizeof *l->samples, compare_latencies);
    printf("{\"sent\":%" PRIu64 ",\"rate\":%.0f,\"sender_late_ms\":%.1f,\"outputs\":%" PRIu64
           ",\"in_warm_up\":%" PRIu64 ",\"without_cause\":%" PRIu64 ",\"again\":%" PRIu64
           ",\"ids\":\"%016" PRIx64 "\",",
           l->total - l->warm, (double)(l->total - l->warm) * 1e9 / (double)measured_ns,
           (double)late_ns / 1e6, l->outputs, l->early, l->stray, again, l->sum);
    print_quantiles(l->samples, l->sample_count);
    printf(",\"parts\":[");
    print_parts(l);
    printf("]}\n");
}

static void say(const char *what)
{
    printf("%s\n", what);
    (void)fflush(stdout);
}

/* Sends what is due, then pauses. */
static int send_steadily(struct load *l, uint64_t *measured_ns, uint64_t *late_ns, struct err *err)
{
    uint64_t warm_ns = 0;
    for (uint64_t i = 0; i < l->total;) {
        uint64_t passed_ns = bench_now_ns() - l->start_ns;
        uint64_t wait_ns = due_ns(l, i) > passed_ns ? due_ns(l, i) - passed_ns : 0;
        if (wait_ns > 0) {
            clock_pause_us(wait_ns < PAUSE_US * 1000 ? (int64_t)wait_ns / 1000 + 1 : PAUSE_US);
            continue;
        }
        if (i == l->warm) {
            warm_ns = passed_ns;
            say("measuring");
        }
        uint64_t late = passed_ns - due_ns(l, i);
        *late_ns = i >= l->warm && late > *late_ns ? late : *late_ns;
        if (send_event(l, i, due_unix_ms(l, i), err) != 0 || kafka_out_poll(l->out, 0, err) != 0) {
            return -1;
        }
        i++;
    }
    *measured_ns = bench_now_ns() - l->start_ns - warm_ns;
    say("sent");
    return wait_for_broker(l, err);
}

static int send_at_rate(struct load *l, struct err *err)
{
    uint64_t measured_ns = 1;
    uint64_t late_ns = 0;
    l->warm = (uint64_t)(l->args.rate.value * l->args.warm_up.value);
    l->total = l->warm + (uint64_t)(l->args.rate.value * l->args.seconds.value);
    if (start_receiver(l, err) != 0) {
        return -1;
    }
    l->start_unix_ns = now_unix_ns();
    l->start_ns = bench_now_ns();
    int result = send_steadily(l, &measured_ns, &late_ns, err);
    atomic_store_explicit(&l->ended, true, memory_order_release); /* E1 */
    (void)pthread_join(l->thread, NULL);
    if (result == 0 && l->result != 0) {
        *err = l->err;
    }
    if (result == 0 && l->result == 0) {
        print_result(l, measured_ns, late_ns);
    }
    return result == 0 ? l->result : result;
}

/* ---- sizes ---------------------------------------------------------------------------------- */

/* What an event of the city is for the transport: hops, and bytes before they are compressed. */
static int print_sizes(struct load *l, struct err *err)
{
    struct feed_reader reader = feed_read(&l->city.feed);
    struct visit *visit = mem_alloc(1, sizeof *visit);
    struct buf frame = {0};
    uint64_t legs = 0;
    uint64_t most = 0;
    uint64_t bytes = 0;
    (void)err;
    while (feed_next(&reader, &visit->event)) {
        uint64_t own = 0;
        if (feed_in_directory(&reader)) {
            continue;
        }
        frame_begin(&frame, 0);
        bytes -= frame.len;
        for (int leg = -1; (leg = event_next_leg(&visit->event, leg)) < LEG_COUNT;) {
            visit->leg = (uint8_t)leg;
            frame_add(&frame, visit);
            own++;
        }
        bytes += frame.len;
        legs += own;
        most = own > most ? own : most;
    }
    double events = (double)l->city.feed.event_count;
    printf("{\"events\":%" PRIu64 ",\"directory\":%" PRIu64
           ",\"record_bytes\":%.0f,\"hops\":%.2f,\"hops_max\":%" PRIu64 ",\"visit_bytes\":%.0f}\n",
           l->city.feed.event_count, l->city.feed.directory_count,
           (double)(l->city.feed.bytes.len - l->city.feed.directory_bytes) / events,
           (double)legs / events, most, (double)bytes / (double)legs);
    buf_fini(&frame);
    mem_free(visit);
    feed_reader_fini(&reader);
    return 0;
}

/* ---- the program ---------------------------------------------------------------------------- */

struct mode {
    const char *name;
    bool sends;
    int (*run)(struct load *l, struct err *err);
};

static const struct mode modes[] = {{"sizes", false, print_sizes},
                                    {"directory", true, send_directory},
                                    {"backlog", true, send_backlog},
                                    {"rate", true, send_at_rate}};

static const struct mode *find_mode(const char *name, struct err *err)
{
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(modes[i].name, name) == 0) {
            return &modes[i];
        }
    }
    (void)err_set(err, ERR_USAGE, "\"%s\" is none of sizes, directory, backlog, rate", name);
    return NULL;
}

static int play(struct load *l, const char *name, struct err *err)
{
    const struct mode *mode = find_mode(name, err);
    if (mode == NULL || settings_read(&l->settings, NULL, err) != 0) {
        return -1;
    }
    city_now_make(&l->city, (uint32_t)l->args.people.value, (uint32_t)l->args.frauds.value);
    if (mode->sends) {
        l->out = kafka_out_open(&l->settings, "bench-sender", ignore, NULL, NULL, err);
    }
    int result = mode->sends && l->out == NULL ? -1 : mode->run(l, err);
    kafka_in_close(l->in);
    kafka_out_close(l->out);
    city_now_fini(&l->city);
    return result;
}

int main(int argc, char **argv)
{
    struct load *l = mem_alloc(1, sizeof *l);
    struct arguments *args = &l->args;
    *args = (struct arguments){.people = {5000, CITY_PEOPLE_MIN, CITY_PEOPLE_MAX},
                               .frauds = {50, 0, CITY_FRAUDS_MAX},
                               .records = {100000, 1, 100000000},
                               .rate = {5000, 1, 10000000},
                               .seconds = {30, 1, 3600},
                               .warm_up = {10, 0, 3600},
                               .parts = {1, 1, 100}};
    const struct option_row rows[] = {
        {"people", OPTION_COUNT, &args->people, "N", "residents of the city"},
        {"frauds", OPTION_COUNT, &args->frauds, "N", "planted of each kind"},
        {"records", OPTION_COUNT, &args->records, "N", "of a backlog"},
        {"rate", OPTION_COUNT, &args->rate, "N", "records a second"},
        {"seconds", OPTION_COUNT, &args->seconds, "N", "measured"},
        {"warm-up", OPTION_COUNT, &args->warm_up, "N", "seconds before, not measured"},
        {"parts", OPTION_COUNT, &args->parts, "N",
         "of the measured seconds, each with figures of its own"},
        {"relay", OPTION_FLAG, &args->relay, NULL, "for live_relay: each record has its number"},
    };
    const struct usage usage = {"live_load",
                                "sizes|directory|backlog|rate",
                                "plays a made-up city into the feeds, now; settings come from the "
                                "environment",
                                "live_load rate --rate 20000 --seconds 30 --warm-up 10",
                                rows,
                                sizeof rows / sizeof rows[0]};
    struct err err = {.code = ERR_NONE};
    int plain = options_read(argc, argv, &usage, &err);
    if (plain == OPTIONS_HELP) {
        return 0;
    }
    if (plain >= 0 && argc - plain != 1) {
        plain = err_set(&err, ERR_USAGE, "say what to do: sizes, directory, backlog or rate");
    }
    int code = plain >= 0 && play(l, argv[plain], &err) == 0 ? 0 : options_fail(&usage, &err);
    mem_free(l->samples);
    buf_fini(&l->line);
    mem_free(l);
    return code;
}
