/* live_relay.c - the bare relay: what the transport alone takes, to hold the live service against.
 *
 * As many hops as an event of the load takes in the service, with its clients, settings, batches
 * and threads, and messages of its sizes; but nothing is decoded, decided or stored. One thread
 * turns records into frames of `visits`, one takes frames, sends each record on to another
 * partition, and after the last hop answers every so many records on the topic of warnings.
 */
#include "bench/harness.h"
#include "connectors/cli/options.h"
#include "connectors/cli/thread_name.h"
#include "connectors/file/settings_file.h"
#include "connectors/kafka/kafka_in.h"
#include "connectors/kafka/kafka_out.h"
#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/frame.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define BATCH 512
#define BUSY_MS 1
#define IDLE_MS 20
#define OUT_MAX 50000
#define LOOK_MS 20
#define HEAD_BYTES (sizeof(uint64_t) + 1) /* of a visit: its record's number, its hop */

struct arguments {
    struct option_count hops, visit_bytes, answer_every, answer_bytes, records;
};

struct relay {
    struct arguments args;
    struct settings settings;
    /* T1: stored by the threads (release), loaded by the main thread (acquire). */
    _Atomic uint64_t first_ns, finished, finished_ns, failed;
    _Atomic bool
        stop; /* T2: stored by the main thread (release), loaded by the threads (acquire) */
};

struct draft {
    struct buf bytes;
    uint32_t count;
};

/* A thread with its consumer and its producer. */
struct stage {
    struct relay *relay;
    const char *name;
    int (*take)(struct stage *s, const struct kafka_in_message *m, struct err *err);
    size_t batch_max;
    struct kafka_in *in;
    struct kafka_out *out;
    struct draft *drafts;
    struct buf visit;
    pthread_t thread;
    struct kafka_in_message batch[BATCH];
};

static void ignore(void *context, void *receipt)
{
    (void)context;
    (void)receipt;
}

/* ---- frames --------------------------------------------------------------------------------- */

static int send_message(struct stage *s, enum topic topic, int32_t partition,
                        const struct kafka_message *message, struct err *err)
{
    while (!kafka_out_send(s->out, topic, partition, message, NULL)) {
        if (kafka_out_poll(s->out, 1, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int send_draft(struct stage *s, uint32_t partition, struct err *err)
{
    struct draft *draft = &s->drafts[partition];
    if (draft->count == 0) {
        return 0;
    }
    const struct kafka_message message = {.bytes = buf_str(&draft->bytes)};
    int result = send_message(s, TOPIC_VISITS, (int32_t)partition, &message, err);
    buf_clear(&draft->bytes);
    draft->count = 0;
    return result;
}

static int append(struct stage *s, uint64_t number, uint8_t hop, struct str visit, struct err *err)
{
    uint64_t spread = bench_mix_number(number, hop);
    uint32_t partition = (uint32_t)(spread % (uint64_t)s->relay->settings.visits_partitions);
    struct draft *draft = &s->drafts[partition];
    size_t at = draft->bytes.len;
    buf_add_str(&draft->bytes, visit);
    memcpy(draft->bytes.at + at, &number, sizeof number);
    draft->bytes.at[at + sizeof number] = (char)hop;
    return ++draft->count < FRAME_VISITS_MAX ? 0 : send_draft(s, partition, err);
}

/* ---- what the two threads do ---------------------------------------------------------------- */

/* A record's first bytes become a visit. */
static int take_record(struct stage *s, const struct kafka_in_message *m, struct err *err)
{
    size_t size = (size_t)s->relay->args.visit_bytes.value;
    uint64_t number = 0;
    uint64_t none = 0;
    must(m->bytes.len >= sizeof number);
    memcpy(&number, m->bytes.at, sizeof number);
    buf_clear(&s->visit);
    while (s->visit.len < size) {
        size_t more = size - s->visit.len;
        buf_add(&s->visit, m->bytes.at, more < m->bytes.len ? more : m->bytes.len);
    }
    (void)atomic_compare_exchange_strong_explicit(&s->relay->first_ns, &none, bench_now_ns(),
                                                  memory_order_release,
                                                  memory_order_relaxed); /* T1 */
    return append(s, number, 1, buf_str(&s->visit), err);
}

static int answer(struct stage *s, uint64_t number, struct err *err)
{
    const struct arguments *args = &s->relay->args;
    if (number % (uint64_t)args->answer_every.value != 0) {
        return 0;
    }
    buf_clear(&s->visit);
    buf_reserve(&s->visit, (size_t)args->answer_bytes.value);
    memset(s->visit.at, ' ', (size_t)args->answer_bytes.value);
    memcpy(s->visit.at, &number, sizeof number);
    const struct kafka_message message = {{s->visit.at, sizeof number},
                                          {s->visit.at, (size_t)args->answer_bytes.value},
                                          0};
    return send_message(s, TOPIC_WARNINGS, KAFKA_BY_KEY, &message, err);
}

static int take_frame(struct stage *s, const struct kafka_in_message *m, struct err *err)
{
    struct relay *r = s->relay;
    size_t size = (size_t)r->args.visit_bytes.value;
    must(m->bytes.len % size == 0);
    for (size_t at = 0; at < m->bytes.len; at += size) {
        struct str visit = {m->bytes.at + at, size};
        uint64_t number = 0;
        memcpy(&number, visit.at, sizeof number);
        uint8_t hop = (uint8_t)visit.at[sizeof number];
        int result = 0;
        if (hop < r->args.hops.value) {
            result = append(s, number, (uint8_t)(hop + 1), visit, err);
        } else {
            result = answer(s, number, err);
            atomic_store_explicit(&r->finished_ns, bench_now_ns(), memory_order_release); /* T1 */
            (void)atomic_fetch_add_explicit(&r->finished, 1, memory_order_release);       /* T1 */
        }
        if (result != 0) {
            return -1;
        }
    }
    return 0;
}

static int turn(struct stage *s, struct err *err)
{
    size_t waiting = kafka_out_waiting(s->out);
    if (waiting < OUT_MAX) {
        int count =
            kafka_in_take(s->in, s->batch, s->batch_max, waiting > 0 ? BUSY_MS : IDLE_MS, err);
        for (int i = 0; i < count; i++) {
            if (s->take(s, &s->batch[i], err) != 0) {
                return -1;
            }
        }
        if (count < 0) {
            return -1;
        }
    }
    for (uint32_t i = 0; i < (uint32_t)s->relay->settings.visits_partitions; i++) {
        if (send_draft(s, i, err) != 0) {
            return -1;
        }
    }
    return kafka_out_poll(s->out, 0, err);
}

static void *work(void *context)
{
    struct stage *s = context;
    struct err err = {.code = ERR_NONE};
    int result = 0;
    thread_name_set(s->name, 0);
    while (result == 0 && !atomic_load_explicit(&s->relay->stop, memory_order_acquire)) { /* T2 */
        result = turn(s, &err);
    }
    if (result != 0) {
        (void)fprintf(stderr, "live_relay: %s: %s\n", s->name, err.text);
        (void)atomic_fetch_add_explicit(&s->relay->failed, 1, memory_order_release); /* T1 */
    }
    return NULL;
}

/* ---- the program ---------------------------------------------------------------------------- */

static int64_t from_start(void *context, enum topic topic, int32_t partition, struct err *err)
{
    (void)context;
    (void)topic;
    (void)partition;
    (void)err;
    return KAFKA_COMMITTED; /* of a new group: the start */
}

static int start_stage(struct stage *s, struct relay *relay, const enum topic *topics, size_t count,
                       struct err *err)
{
    const struct kafka_in_setup setup = {.client_id = s->name,
                                         .group = s->name,
                                         .member = s->name,
                                         .topics = topics,
                                         .topic_count = count,
                                         .begin = from_start,
                                         .context = s};
    s->relay = relay;
    s->drafts = mem_alloc((size_t)relay->settings.visits_partitions, sizeof *s->drafts);
    s->out = kafka_out_open(&relay->settings, s->name, ignore, NULL, NULL, err);
    s->in = s->out == NULL ? NULL : kafka_in_open(&relay->settings, &setup, err);
    if (s->in == NULL) {
        return -1;
    }
    must(pthread_create(&s->thread, NULL, work, s) == 0);
    return 0;
}

static void end_stage(struct stage *s)
{
    if (s->in != NULL) {
        (void)pthread_join(s->thread, NULL);
    }
    kafka_in_close(s->in);
    kafka_out_close(s->out);
    for (int64_t i = 0; s->drafts != NULL && i < s->relay->settings.visits_partitions; i++) {
        buf_fini(&s->drafts[i].bytes);
    }
    mem_free(s->drafts);
    buf_fini(&s->visit);
    mem_free(s);
}

static void print_finished(struct relay *r)
{
    uint64_t records = atomic_load_explicit(&r->finished, memory_order_acquire);  /* T1 */
    uint64_t from_ns = atomic_load_explicit(&r->first_ns, memory_order_acquire);  /* T1 */
    uint64_t to_ns = atomic_load_explicit(&r->finished_ns, memory_order_acquire); /* T1 */
    printf("{\"records\":%" PRIu64 ",\"seconds\":%.3f}\n", records,
           to_ns > from_ns ? (double)(to_ns - from_ns) / 1e9 : 0.0);
    (void)fflush(stdout);
}

/* Until a signal comes or a thread has failed; says meanwhile when so many records are through. */
static int wait_for_end(struct relay *r, const sigset_t *signals)
{
    const struct timespec look = {.tv_nsec = LOOK_MS * 1000000L};
    uint64_t wanted = (uint64_t)r->args.records.value;
    uint64_t failed = 0;
    while (failed == 0 && sigtimedwait(signals, NULL, &look) < 0) {
        failed = atomic_load_explicit(&r->failed, memory_order_acquire); /* T1 */
        if (wanted > 0 &&
            atomic_load_explicit(&r->finished, memory_order_acquire) >= wanted) { /* T1 */
            print_finished(r);
            wanted = 0;
        }
    }
    return failed > 0 ? -1 : 0;
}

static int relay(struct relay *r, struct err *err)
{
    static const enum topic feeds[] = {TOPIC_CALLS, TOPIC_TRANSACTIONS};
    static const enum topic log[] = {TOPIC_VISITS};
    struct stage *ingest = mem_alloc(1, sizeof *ingest);
    struct stage *engine = mem_alloc(1, sizeof *engine);
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    ingest->name = "ingest";
    ingest->take = take_record;
    ingest->batch_max = BATCH;
    engine->name = "engine";
    engine->take = take_frame;
    engine->batch_max = BATCH / 2;
    int result = start_stage(engine, r, log, 1, err);
    if (result == 0) {
        result = start_stage(ingest, r, feeds, sizeof feeds / sizeof feeds[0], err);
    }
    if (result == 0 && wait_for_end(r, &signals) != 0) {
        result = err_set(err, ERR_OUTSIDE, "a thread has failed");
    }
    atomic_store_explicit(&r->stop, true, memory_order_release); /* T2 */
    end_stage(ingest);
    end_stage(engine);
    return result;
}

int main(int argc, char **argv)
{
    struct relay *r = mem_alloc(1, sizeof *r);
    struct arguments *args = &r->args;
    *args = (struct arguments){.hops = {4, 1, 100},
                               .visit_bytes = {200, HEAD_BYTES, 65536},
                               .answer_every = {64, 1, 1000000},
                               .answer_bytes = {1000, 8, 65536},
                               .records = {0, 0, 100000000}};
    const struct option_row rows[] = {
        {"hops", OPTION_COUNT, &args->hops, "N", "through the log of visits"},
        {"visit-bytes", OPTION_COUNT, &args->visit_bytes, "N", "of a record in a frame"},
        {"answer-every", OPTION_COUNT, &args->answer_every, "N", "records"},
        {"answer-bytes", OPTION_COUNT, &args->answer_bytes, "N", "of an answer"},
        {"records", OPTION_COUNT, &args->records, "N", "say how long so many took"},
    };
    const struct usage usage = {"live_relay",
                                "",
                                "sends what live_load sends through as many hops as the service "
                                "does; settings come from the environment",
                                "live_relay --hops 4 --records 600000",
                                rows,
                                sizeof rows / sizeof rows[0]};
    struct err err = {.code = ERR_NONE};
    int plain = options_read(argc, argv, &usage, &err);
    if (plain == OPTIONS_HELP) {
        return 0;
    }
    bool good =
        plain == argc && settings_read(&r->settings, NULL, &err) == 0 && relay(r, &err) == 0;
    if (plain >= 0 && plain < argc) {
        (void)err_set(&err, ERR_USAGE, "unexpected \"%s\"", argv[plain]);
    }
    int code = good ? 0 : options_fail(&usage, &err);
    mem_free(r);
    return code;
}
