#include "connectors/cli/run_ingest.h"

#include "connectors/cli/run_gate.h"
#include "connectors/cli/run_out.h"
#include "connectors/cli/run_silence.h"
#include "connectors/cli/setup.h"
#include "connectors/cli/thread_name.h"
#include "connectors/file/dead_letter.h"
#include "connectors/kafka/kafka_in.h"
#include "engine/base/caltime.h"
#include "engine/base/clock.h"
#include "engine/base/digest.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/fault.h"
#include "engine/ingest/ingest.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define BATCH_RECORDS 512
#define IDLE_MS 20
#define BUSY_MS 1
#define COMMIT_MS 200
#define LOOK_MS 100
#define STOP_MS 30000
/* With another key the same number is another entity, and with more partitions every entity is
 * elsewhere: nothing that pages know of them counts. */
#define TOKEN_KEY                                                                                 \
    "token key or visits.partitions: identity.key_file must name the same key in all processes, " \
    "and always, and the number of partitions is as it was when the log was begun; a new one "    \
    "needs another kafka.prefix and redis.prefix"

/* ---- the directory
 * -------------------------------------------------------------------------------- */

struct run_directory {
    struct directory *table;
    pthread_mutex_t lock; /* of the table */
    struct ingest *ingest;
    struct kafka_in *in;
    pthread_t thread;
    bool running, event_clock;
    _Atomic bool stop; /* stored by the process (release), loaded by the thread (acquire) */
    struct kafka_in_message batch[BATCH_RECORDS];
};

/* By what a record's time is judged. A sender may leave the stamp out, or give it in another unit:
 * then it is when the record came, unless the log has the events' clock. A record of the directory
 * is read again at each start, and what was too far ahead then must be so now: it needs a stamp. */
static int stamp_of(const struct kafka_in_message *m, bool event_clock, int64_t *stamp_ms,
                    struct refusal *why)
{
    bool known = ingest_stamp_is_known(m->stamp_ms);
    *stamp_ms = known || event_clock ? m->stamp_ms : clock_unix_ms();
    return known || event_clock || m->topic != TOPIC_DIRECTORY
               ? 0
               : refusal_set(why, REFUSAL_BAD_TIME,
                             "the message of a directory record needs a timestamp, in milliseconds "
                             "since 1970");
}

static int64_t from_start(void *context, enum topic topic, int32_t partition, struct err *err)
{
    struct run_directory *d = context;
    int64_t first = 0;
    int64_t next = 0;
    return kafka_in_bounds(d->in, topic, partition, &first, &next, err) == 0 ? first : -1;
}

/* What is refused here becomes a dead letter where the record is turned into a visit; what is set
 * back there is set back here, or it would win against what comes later. */
static int follow(struct run_directory *d, int timeout_ms, struct err *err)
{
    int count = kafka_in_take(d->in, d->batch, BATCH_RECORDS, timeout_ms, err);
    (void)pthread_mutex_lock(&d->lock);
    for (int i = 0; i < count; i++) {
        struct event event;
        struct refusal why;
        int64_t stamp_ms = 0;
        if (d->batch[i].bytes.len > 0 &&
            stamp_of(&d->batch[i], d->event_clock, &stamp_ms, &why) == 0) {
            (void)ingest_record(d->ingest, d->batch[i].bytes, stamp_ms, &event, &why);
        }
    }
    (void)pthread_mutex_unlock(&d->lock);
    return count;
}

/* Up to what was there when this began, and committed: what lies behind a transaction that is still
 * open nobody sees. */
static int read_to_end(struct run_directory *d, const struct settings *settings, struct err *err)
{
    int32_t count = (int32_t)settings->kafka_feed_partitions;
    int64_t *ends = mem_alloc((size_t)count, sizeof *ends);
    int64_t end_ms = clock_mono_ms() + settings->kafka_wait_s * 1000;
    int result = 0;
    bool all = false;
    for (int32_t i = 0; i < count && result == 0; i++) {
        int64_t first = 0;
        result = kafka_in_bounds(d->in, TOPIC_DIRECTORY, i, &first, &ends[i], err);
    }
    while (result == 0 && !all) {
        all = true;
        for (int32_t i = 0; i < count; i++) {
            all = all && kafka_in_next(d->in, TOPIC_DIRECTORY, i) >= ends[i];
        }
        if (!all) {
            int taken = follow(d, 100, err);
            end_ms = taken > 0 ? clock_mono_ms() + settings->kafka_wait_s * 1000 : end_ms;
            if (taken < 0) {
                result = -1;
            } else if (clock_mono_ms() > end_ms) {
                result = err_set(err, ERR_OUTSIDE,
                                 "the topic directory cannot be read to its end: nothing came for "
                                 "kafka.wait_s; are its leaders well?");
            }
        }
    }
    mem_free(ends);
    return result;
}

static void *follow_directory(void *context)
{
    struct run_directory *d = context;
    struct err err;
    thread_name_set("directory", 0);
    while (!atomic_load_explicit(&d->stop, memory_order_acquire)) {
        if (follow(d, 100, &err) < 0) {
            (void)fprintf(stderr, "sluice run: directory: %s\n", err.text);
            clock_pause_us(1000000);
        }
    }
    digest_thread_end();
    return NULL;
}

struct run_directory *run_directory_start(const struct settings *settings, struct str key,
                                          const struct number_kinds *kinds, struct err *err)
{
    static const enum topic topics[] = {TOPIC_DIRECTORY};
    struct run_directory *d = mem_alloc(1, sizeof *d);
    d->event_clock = settings_have_event_clock(settings);
    d->table = directory_new();
    (void)pthread_mutex_init(&d->lock, NULL);
    d->ingest = ingest_new(&(struct ingest_setup){.key = key,
                                                  .kinds = kinds,
                                                  .directory = d->table,
                                                  .cache_entries = 1024});
    ingest_expect(d->ingest, str_of(topic_infos[TOPIC_DIRECTORY].text));
    char client[KAFKA_CLIENT_BYTES];
    struct kafka_in_setup setup = {.client_id = kafka_client_id(settings, "directory", -1, client),
                                   .topics = topics,
                                   .topic_count = 1,
                                   .begin = from_start,
                                   .context = d};
    d->in = kafka_in_open(settings, &setup, err);
    if (d->in == NULL ||
        kafka_in_assign_all(d->in, (int32_t)settings->kafka_feed_partitions, err) != 0 ||
        read_to_end(d, settings, err) != 0) {
        run_directory_stop(d);
        return NULL;
    }
    int failed = pthread_create(&d->thread, NULL, follow_directory, d);
    must(failed == 0);
    d->running = true;
    return d;
}

void run_directory_stop(struct run_directory *d)
{
    if (d == NULL) {
        return;
    }
    if (d->running) {
        atomic_store_explicit(&d->stop, true, memory_order_release);
        (void)pthread_join(d->thread, NULL);
    }
    kafka_in_close(d->in);
    ingest_free(d->ingest);
    directory_free(d->table);
    (void)pthread_mutex_destroy(&d->lock);
    mem_free(d);
}

/* ---- the worker
 * ----------------------------------------------------------------------------------- */

struct run_ingest {
    const struct settings *settings;
    struct run_directory *directory;
    struct run_packs *packs;
    struct run_status *status;
    int worker;
    struct ingest *ingest;
    struct kafka_in *in;
    struct run_out *out;
    int64_t *next; /* per lane: offset of the next record; -1: not ours */
    uint32_t lane_count;
    int64_t clock_ms, commit_at_ms;
    bool event_clock;
    struct visit visit;
    struct buf line;
    struct err err;
    int result;
    pthread_t thread;
    _Atomic bool stop;        /* stored by the process (release), loaded by the worker (acquire) */
    struct run_worker *shown; /* in the status */
    char note[KAFKA_NOTE_BYTES]; /* "<print of the key>/<partitions of the visits>/" */
    int64_t look_at_ms;          /* for what is not shown after every batch */
    struct run_gate gate;
    struct run_silence silence;
    size_t batch_at, batch_count;
    struct kafka_in_message batch[BATCH_RECORDS];
};

static uint32_t lane_of(const struct run_ingest *w, enum topic topic, int32_t partition)
{
    return (uint32_t)topic * (uint32_t)w->settings->kafka_feed_partitions + (uint32_t)partition;
}

static int64_t begin(void *context, enum topic topic, int32_t partition, struct err *err)
{
    struct run_ingest *w = context;
    (void)err;
    if (partition >= w->settings->kafka_feed_partitions) { /* somebody has added it */
        (void)fprintf(stderr,
                      "sluice run: ingest %d: %s[%" PRId32
                      "] is not read: kafka.feed_partitions says %" PRId64
                      "; raise it in all processes, one after the other\n",
                      w->worker, topic_infos[topic].text, partition,
                      w->settings->kafka_feed_partitions);
        run_status_set(&w->shown->unread, run_status_get(&w->shown->unread) + 1);
        return KAFKA_LATER;
    }
    run_out_begin_lane(w->out, lane_of(w, topic, partition));
    return KAFKA_COMMITTED;
}

static void end(void *context, enum topic topic, int32_t partition)
{
    struct run_ingest *w = context;
    if (partition >= w->settings->kafka_feed_partitions) {
        run_status_set(&w->shown->unread, run_status_get(&w->shown->unread) - 1);
        return;
    }
    w->next[lane_of(w, topic, partition)] = -1;
    atomic_store_explicit(&run_status_raw(w->status, topic, partition)->next, -1,
                          memory_order_release);
}

static int refuse(struct run_ingest *w, const struct kafka_in_message *m, const struct refusal *why,
                  struct err *err)
{
    struct output output;
    struct dead_letter letter = {.why = why,
                                 .topic = str_of(topic_infos[m->topic].text),
                                 .partition = (uint32_t)m->partition,
                                 .offset = (uint64_t)m->offset,
                                 .time_ms = m->stamp_ms,
                                 .size = m->bytes.len,
                                 .bytes = m->bytes,
                                 .bytes_max = (size_t)w->settings->ingest_dead_letter_bytes};
    dead_letter_write(&letter, &w->line, &output);
    _Atomic int64_t *refused = &w->shown->refused[why->reason];
    run_status_set(refused, run_status_get(refused) + 1);
    int result =
        run_out_emit(w->out, lane_of(w, m->topic, m->partition), (uint64_t)m->offset, &output, err);
    fault_reach(FAULT_LETTER_SENT);
    return result;
}

static int send_visit(struct run_ingest *w, const struct kafka_in_message *m, struct err *err)
{
    struct visit *visit = &w->visit;
    uint32_t partitions = (uint32_t)w->settings->visits_partitions;
    outbox_begin_visit(visit, source_raw(partitions, (uint32_t)m->topic, (uint32_t)m->partition),
                       (uint64_t)m->offset);
    int result =
        run_out_append(w->out, lane_of(w, m->topic, m->partition), (uint64_t)m->offset,
                       outbox_partition(event_leg_token(&visit->event, visit->leg), partitions),
                       visit, err);
    fault_reach(FAULT_RECORD_TAKEN);
    return result;
}

/* Directory records say nothing that happened: they do not move the clock. */
static void move_clock(struct run_ingest *w, const struct event *event)
{
    if (w->event_clock && event_is_judged(event->kind) && event->judged_ms > w->clock_ms) {
        w->clock_ms = event->judged_ms;
    }
    run_out_set_clock(w->out, w->event_clock ? w->clock_ms : 0);
}

static void note_set_back(struct run_ingest *w, const struct kafka_in_message *m)
{
    if (w->visit.event.clamped != 0) {
        _Atomic int64_t *count = &run_status_raw(w->status, m->topic, m->partition)->set_back;
        run_status_set(count, run_status_get(count) + 1);
    }
}

static int take_record(struct run_ingest *w, const struct kafka_in_message *m, struct err *err)
{
    struct refusal why;
    w->next[lane_of(w, m->topic, m->partition)] = m->offset + 1;
    if (m->bytes.len == 0 && topic_infos[m->topic].cleanup == TOPIC_COMPACT) {
        return 0; /* a key's last record was removed: nothing is said */
    }
    ingest_expect(w->ingest, str_of(topic_infos[m->topic].text));
    int64_t stamp_ms = 0;
    if (stamp_of(m, w->event_clock, &stamp_ms, &why) != 0 ||
        ingest_record(w->ingest, m->bytes, stamp_ms, &w->visit.event, &why) != 0) {
        return refuse(w, m, &why, err);
    }
    /* What the directory's reader made of it depends on the record alone. */
    if (!w->event_clock && m->topic != TOPIC_DIRECTORY) {
        ingest_set_back(w->ingest, clock_unix_ms(), &w->visit.event);
    }
    note_set_back(w, m);
    fault_reach(FAULT_RECORD_READ);
    move_clock(w, &w->visit.event);
    return send_visit(w, m, err);
}

/* What does not fit waits in the batch for the next turn. */
static int take_batch(struct run_ingest *w, struct err *err)
{
    if (w->batch_at == w->batch_count) {
        int timeout_ms = run_out_waiting(w->out) > 0 ? BUSY_MS : IDLE_MS;
        int count = kafka_in_take(w->in, w->batch, BATCH_RECORDS, timeout_ms, err);
        w->batch_at = 0;
        w->batch_count = count < 0 ? 0 : (size_t)count;
        run_out_begin_batch(w->out, clock_mono_us());
        if (count <= 0) {
            return count;
        }
        fault_reach(FAULT_RECORDS_FETCHED);
    }
    int result = 0;
    ingest_set_tagger(w->ingest, run_packs_tagger(w->packs));
    (void)pthread_mutex_lock(&w->directory->lock);
    while (w->batch_at < w->batch_count && result == 0 && !run_out_is_full(w->out)) {
        result = take_record(w, &w->batch[w->batch_at++], err);
    }
    run_status_set(&w->status->directory_bytes, (int64_t)directory_bytes(w->directory->table));
    (void)pthread_mutex_unlock(&w->directory->lock);
    return result;
}

/* Takes nothing because Kafka is behind: waits, says so once, and keeps its place in the group. */
static int stand(struct run_ingest *w, const char *why, struct err *err)
{
    int64_t now_ms = clock_mono_ms();
    if (run_gate_set(&w->gate, why, now_ms)) {
        (void)fprintf(stderr, "sluice run: ingest %d %s\n", w->worker, w->gate.line);
    }
    if (!run_gate_keeps(&w->gate, now_ms)) {
        return why != NULL ? run_out_poll(w->out, BUSY_MS, err) : 0;
    }
    size_t at = w->batch_at;
    size_t left = w->batch_count - at;
    w->batch_at = w->batch_count = 0;
    kafka_in_return(w->in, w->batch + at, left);
    return kafka_in_keep(w->in, err);
}

static void note_done(struct run_ingest *w)
{
    for (uint32_t lane = 0; lane < w->lane_count; lane++) {
        uint32_t each = (uint32_t)w->settings->kafka_feed_partitions;
        enum topic topic = (enum topic)(lane / each);
        int32_t partition = (int32_t)(lane % each);
        if (w->batch_at == w->batch_count) {
            /* If nothing came since it is ours, it stands where it was begun, and that is shown, or
             * nobody could tell a feed that is done from one that nobody reads; and behind its last
             * record may be the end of a transaction. With a batch half worked off its records
             * would count as done that still lie in there. */
            w->next[lane] = kafka_in_next(w->in, topic, partition);
        }
        if (w->next[lane] < 0) {
            continue;
        }
        uint64_t done = run_out_acked(w->out, lane, (uint64_t)w->next[lane]);
        struct run_row *row = run_status_raw(w->status, topic, partition);
        kafka_in_done(w->in, topic, partition, (int64_t)done);
        atomic_store_explicit(&row->unacked, w->next[lane] - (int64_t)done, memory_order_release);
        atomic_store_explicit(&row->next, w->next[lane], memory_order_release);
    }
}

static void show_lag(struct run_ingest *w, uint32_t lane)
{
    uint32_t each = (uint32_t)w->settings->kafka_feed_partitions;
    enum topic topic = (enum topic)(lane / each);
    int32_t partition = (int32_t)(lane % each);
    int64_t high = kafka_in_high(w->in, topic, partition);
    int64_t lag = high < 0 ? -1 : high > w->next[lane] ? high - w->next[lane] : 0;
    run_status_set(&run_status_raw(w->status, topic, partition)->lag, lag);
}

/* Brokers that answer, and acknowledge nothing. */
static void show_silence(struct run_ingest *w, int64_t now_ms)
{
    enum topic topic = TOPIC_VISITS;
    int64_t since_ms = run_out_silent_since(w->out, &topic);
    run_status_set(&w->shown->silent_s, since_ms == 0 ? 0 : (now_ms - since_ms) / 1000);
    if (run_silence_set(&w->silence, topic_infos[topic].text, since_ms,
                        run_status_get(&w->status->kafka_since_ms) != 0, now_ms)) {
        (void)fprintf(stderr, "sluice run: ingest %d: %s\n", w->worker, w->silence.line);
    }
}

/* How the worker does. */
static void show(struct run_ingest *w, int64_t now_ms)
{
    size_t bytes = 0;
    run_status_set(&w->shown->stands, w->gate.why != NULL);
    run_status_set(&w->shown->moved_ms, now_ms);
    atomic_store_explicit(&w->shown->serves, kafka_in_has_joined(w->in), memory_order_release);
    if (now_ms < w->look_at_ms) {
        return;
    }
    w->look_at_ms = now_ms + LOOK_MS;
    run_status_set(&w->shown->fetch_messages, (int64_t)kafka_in_ready(w->in, &bytes));
    run_status_set(&w->shown->fetch_bytes, (int64_t)bytes);
    run_status_set(&w->shown->out_messages, (int64_t)run_out_waiting(w->out));
    run_status_set(&w->shown->out_bytes, (int64_t)run_out_bytes(w->out));
    run_status_set(&w->shown->renewals, (int64_t)run_out_renewals(w->out));
    show_silence(w, now_ms);
    for (uint32_t lane = 0; lane < w->lane_count; lane++) {
        if (w->next[lane] >= 0) {
            show_lag(w, lane);
        }
    }
}

static int turn(struct run_ingest *w, struct err *err)
{
    const char *why = run_out_bound(w->out);
    if (stand(w, why, err) != 0 || (why == NULL && take_batch(w, err) != 0) ||
        run_out_end_batch(w->out, err) != 0) {
        return -1;
    }
    if (w->batch_at > 0) {
        fault_reach(FAULT_RECORDS_SENT);
    }
    note_done(w);
    int64_t now_ms = clock_mono_ms();
    show(w, now_ms);
    if (now_ms >= w->commit_at_ms) {
        w->commit_at_ms = now_ms + COMMIT_MS;
        kafka_in_commit(w->in);
    }
    return 0;
}

static bool asked_to_stop(struct run_ingest *w)
{
    return atomic_load_explicit(&w->stop, memory_order_acquire);
}

static int finish(struct run_ingest *w, struct err *err)
{
    int64_t end_ms = clock_mono_ms() + STOP_MS;
    while (run_out_waiting(w->out) > 0 && clock_mono_ms() < end_ms) {
        if (run_out_poll(w->out, BUSY_MS, err) != 0) {
            return -1;
        }
    }
    note_done(w);
    return 0;
}

static void *work(void *context)
{
    struct run_ingest *w = context;
    thread_name_set("ingest", w->worker);
    while (w->result == 0 && !asked_to_stop(w)) {
        w->result = turn(w, &w->err);
        if (w->result != 0 && w->err.retriable && asked_to_stop(w)) {
            w->result = 0; /* Kafka takes nothing more */
        }
    }
    if (w->result == 0) {
        w->result = finish(w, &w->err);
    } else {
        atomic_store_explicit(&w->status->stopping, true, memory_order_release);
    }
    digest_thread_end();
    return NULL;
}

static int open_all(struct run_ingest *w, struct err *err)
{
    char client[KAFKA_CLIENT_BYTES];
    enum topic topics[TOPIC_COUNT];
    size_t count = 0;
    kafka_client_id(w->settings, "ingest", w->worker, client);
    for (int i = 0; i < TOPIC_COUNT; i++) {
        if (topic_infos[i].who == TOPIC_IS_FEED) {
            topics[count++] = (enum topic)i;
        }
    }
    struct run_out_watch watch = {.sent = &w->shown->outputs,
                                  .frames = &w->shown->latencies[LATENCY_INGEST],
                                  .stop = &w->stop};
    w->out = run_out_open(w->settings, client, w->lane_count, &watch, err);
    if (w->out == NULL) {
        return -1;
    }
    struct kafka_in_setup setup = {.client_id = client,
                                   .group = "ingest",
                                   .member = client,
                                   .topics = topics,
                                   .topic_count = count,
                                   .note = w->note,
                                   .note_of = TOKEN_KEY,
                                   .begin = begin,
                                   .end = end,
                                   .context = w};
    w->in = kafka_in_open(w->settings, &setup, err);
    return w->in == NULL ? -1 : 0;
}

static void free_ingest(struct run_ingest *w)
{
    kafka_in_close(w->in);
    run_out_close(w->out);
    ingest_free(w->ingest);
    buf_fini(&w->line);
    mem_free(w->next);
    mem_free(w);
}

struct run_ingest *run_ingest_start(const struct settings *settings, int worker, struct str key,
                                    const struct number_kinds *kinds,
                                    struct run_directory *directory, struct run_packs *packs,
                                    struct run_status *status, struct err *err)
{
    struct run_ingest *w = mem_alloc(1, sizeof *w);
    struct store_file_identity identity;
    char print[2 * STORE_FILE_KEY_PRINT_BYTES + 1];
    setup_key_print(key, &identity);
    hex_encode(print, identity.key_print, sizeof identity.key_print);
    (void)snprintf(w->note, sizeof w->note, "%s/%" PRId64 "/", print, settings->visits_partitions);
    w->settings = settings;
    w->directory = directory;
    w->packs = packs;
    w->status = status;
    w->shown = run_status_ingest(status, worker);
    w->worker = worker;
    w->event_clock = settings_have_event_clock(settings);
    w->clock_ms = 1; /* 0 would be the broker's */
    w->lane_count = TOPIC_COUNT * (uint32_t)settings->kafka_feed_partitions;
    w->next = mem_alloc(w->lane_count, sizeof *w->next);
    for (uint32_t i = 0; i < w->lane_count; i++) {
        w->next[i] = -1;
    }
    w->ingest = ingest_new(
        &(struct ingest_setup){.key = key,
                               .kinds = kinds,
                               .directory = directory->table,
                               .cache_entries = (size_t)settings->identity_cache_entries});
    if (open_all(w, err) != 0) {
        free_ingest(w);
        return NULL;
    }
    (void)pthread_mutex_lock(&directory->lock);
    run_status_set(&status->directory_bytes, (int64_t)directory_bytes(directory->table));
    (void)pthread_mutex_unlock(&directory->lock);
    run_status_set(&w->shown->moved_ms, clock_mono_ms());
    run_status_set(&w->shown->redis_away, -1); /* it needs none */
    run_status_set(&w->shown->partitions_waiting, -1);
    run_status_set(&w->shown->redis_moved, -1);
    run_status_set(&w->shown->redis_ask, -1);
    run_status_set(&w->shown->redis_tryagain, -1);
    run_status_set(&w->shown->redis_clusterdown, -1);
    atomic_store_explicit(&w->shown->started, true, memory_order_release);
    int failed = pthread_create(&w->thread, NULL, work, w);
    must(failed == 0);
    return w;
}

void run_ingest_ask_to_stop(struct run_ingest *w)
{
    atomic_store_explicit(&w->stop, true, memory_order_release);
}

int run_ingest_join(struct run_ingest *w, struct err *err)
{
    (void)pthread_join(w->thread, NULL);
    int result = w->result;
    if (result != 0) {
        *err = w->err;
    }
    free_ingest(w);
    return result;
}
