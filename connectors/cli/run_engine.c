#include "connectors/cli/run_engine_inside.h"
#include "connectors/cli/thread_name.h"
#include "engine/base/clock.h"
#include "engine/base/digest.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_MS 20
#define BUSY_MS 1 /* while something waits for an acknowledgement or a flush */
#define COMMIT_MS 1000
#define RESUME_MS 100 /* Redis works off meanwhile what it was sent before */
#define STOP_MS 30000
#define LEAVE_MS 1000 /* the group waits meanwhile */

static bool asked_to_stop(struct run_engine *e)
{
    return atomic_load_explicit(&e->stop, memory_order_acquire);
}

/* ---- the store
 * ------------------------------------------------------------------------------------ */

static void say_conflict(const struct run_engine *e, uint32_t partition)
{
    run_engine_say(
        e, partition,
        "CONFLICT: the store is not as this worker left it; going on from its checkpoint");
}

/* A partition goes on if the store holds what all its calls leave there, answered or not. Otherwise
 * it begins again from the store's W. */
static int resume_lane(struct run_engine *e, uint32_t number, struct err *err)
{
    struct lane *lane = &e->lanes[number];
    enum partition_resumed how;
    fault_reach(FAULT_STORE_BACK);
    redis_store_go_on(e->redis, number);
    if (partition_resume(lane->partition, &how, err) != 0) {
        return err->retriable ? 0 : -1; /* away again: asked again when it is back */
    }
    if (how == PARTITION_ASKS_AGAIN) {
        redis_store_put_off(e->redis, number, RESUME_MS);
    } else if (how == PARTITION_STARTS_ANEW) {
        say_conflict(e, number);
        lane->reset = true;
    }
    return 0;
}

/* While Redis is away, pages in memory serve on. */
static int heal_store(struct run_engine *e, struct err *err)
{
    for (uint32_t i = 0; i < e->lane_count; i++) {
        const struct lane *lane = &e->lanes[i];
        if (lane->partition != NULL && !lane->reset && redis_store_came_back(e->redis, i) &&
            resume_lane(e, i, err) != 0) {
            return -1;
        }
    }
    uint64_t losses = redis_store_losses(e->redis);
    if (losses != e->losses && redis_store_is_connected(e->redis)) {
        e->losses = losses;
        (void)fprintf(stderr, "sluice run: engine %d: redis is back\n", e->worker);
    }
    return 0;
}

/* Said once for each loss, whoever meets it: a flush, or a page that a frame needs. */
static void say_lost(struct run_engine *e, const struct err *err)
{
    uint64_t losses = redis_store_losses(e->redis);
    if (losses != e->losses_said) {
        e->losses_said = losses;
        (void)fprintf(stderr, "sluice run: engine %d: %s; going on in memory\n", e->worker,
                      err->text);
    }
}

static int lost_or_failed(struct run_engine *e, const struct err *err)
{
    if (!err->retriable) {
        return -1;
    }
    say_lost(e, err);
    return 0;
}

/* What a partition asked of the store was not answered, or is not as it was left: it begins again.
 */
static int begin_again(struct run_engine *e, uint32_t number, const struct err *err)
{
    e->lanes[number].reset = true;
    if (partition_has_conflict(e->lanes[number].partition)) {
        say_conflict(e, number);
        return 0;
    }
    return lost_or_failed(e, err);
}

static void measure_flush(struct run_engine *e, const struct lane *lane)
{
    int64_t changed_ms = flush_answered_ms(partition_flush_state(lane->partition));
    if (!partition_has_conflict(lane->partition) && changed_ms >= 0) {
        hist_add(&e->shown->latencies[LATENCY_FLUSH],
                 (uint64_t)(clock_mono_ms() - changed_ms) * 1000);
    }
}

static int take_answers(struct run_engine *e, struct err *err)
{
    struct store_answer answer;
    int count = 0;
    while ((count = e->store.answer(e->store.self, &answer, 0, err)) > 0) {
        struct lane *lane = &e->lanes[answer.partition];
        if (lane->partition == NULL || lane->reset) {
            continue;
        }
        partition_take_answer(lane->partition, &answer);
        measure_flush(e, lane);
        if (partition_has_conflict(lane->partition)) {
            say_conflict(e, answer.partition);
            lane->reset = true;
        }
    }
    return count < 0 ? lost_or_failed(e, err) : 0;
}

static bool can_call(const struct run_engine *e, uint32_t number)
{
    const struct lane *lane = &e->lanes[number];
    return lane->partition != NULL && !lane->reset && redis_store_serves(e->redis, number);
}

static int push(struct run_engine *e, enum flush_how how, struct err *err)
{
    int64_t now_ms = clock_mono_ms();
    for (uint32_t i = 0; i < e->lane_count; i++) {
        struct lane *lane = &e->lanes[i];
        if (!can_call(e, i)) {
            continue;
        }
        uint64_t next_lsn = lsn_of(partition_next_offset(lane->partition), 0);
        uint64_t acked = run_out_acked(e->out, i, next_lsn);
        if (partition_push(lane->partition, acked, now_ms, how, err) != 0) {
            return lost_or_failed(e, err);
        }
    }
    if (redis_store_move(e->redis, err) != 0) {
        return lost_or_failed(e, err);
    }
    return take_answers(e, err);
}

/* Brings some pages of one partition into memory. */
static int sweep(struct run_engine *e, struct err *err)
{
    for (uint32_t i = 0; i < e->lane_count; i++) {
        struct lane *lane = &e->lanes[i];
        if (!can_call(e, i) || partition_is_swept(lane->partition)) {
            continue;
        }
        if (partition_sweep(lane->partition, err) != 0) {
            return begin_again(e, i, err);
        }
        return 0;
    }
    return 0;
}

/* ---- frames
 * --------------------------------------------------------------------------------------- */

static void set_clock(struct run_engine *e, const struct lane *lane, struct str frame)
{
    struct frame_reader reader;
    if (!e->event_clock || !frame_open(&reader, frame)) {
        run_out_set_clock(e->out, 0);
        return;
    }
    int64_t clock_ms = partition_header(lane->partition)->clock_ms;
    run_out_set_clock(e->out, reader.head.clock_ms > clock_ms ? reader.head.clock_ms : clock_ms);
}

static int apply(struct run_engine *e, const struct kafka_in_message *message, struct err *err)
{
    struct lane *lane = &e->lanes[message->partition];
    if (lane->partition == NULL || lane->reset) {
        return 0; /* it is read again after the reset */
    }
    if (lane->checks_log) {
        lane->checks_log = false;
        return partition_check_log(lane->partition, (uint64_t)message->offset, message->stamp_ms,
                                   message->bytes, err);
    }
    if (!lane->begun) {
        partition_begin_batch(lane->partition, clock_mono_ms());
        lane->begun = true;
    }
    set_clock(e, lane, message->bytes);
    if (run_engine_apply_frame(e, lane, message, err) == 0) {
        return 0;
    }
    return begin_again(e, (uint32_t)message->partition, err); /* half a frame may be applied */
}

static bool something_waits(struct run_engine *e)
{
    bool waits = run_out_waiting(e->out) > 0;
    for (uint32_t i = 0; i < e->lane_count && !waits; i++) {
        const struct lane *lane = &e->lanes[i];
        waits =
            lane->partition != NULL && (flush_waiting(partition_flush_state(lane->partition)) > 0 ||
                                        !partition_is_swept(lane->partition));
    }
    return waits;
}

/* As many as the limit of the rate lets through; a frame over it is made up for. */
static int fetch(struct run_engine *e, struct err *err)
{
    int64_t left = rate_left(&e->rate, clock_mono_us());
    if (left <= 0) {
        clock_pause_us(1000 * BUSY_MS);
        return 0;
    }
    int64_t frames = 1 + left / FRAME_VISITS_MAX;
    int count =
        kafka_in_take(e->in, e->batch, frames < BATCH_FRAMES ? (size_t)frames : BATCH_FRAMES,
                      something_waits(e) ? BUSY_MS : IDLE_MS, err);
    e->batch_at = 0;
    e->batch_count = count < 0 ? 0 : (size_t)count;
    e->taken_unix_ms = clock_unix_ms();
    run_out_begin_batch(e->out, clock_mono_us());
    if (count > 0) {
        fault_reach(FAULT_FRAMES_FETCHED);
    }
    return count < 0 ? -1 : 0;
}

/* What does not fit waits in the batch for the next turn. */
static int take_batch(struct run_engine *e, struct err *err)
{
    if (e->batch_at == e->batch_count && fetch(e, err) != 0) {
        return -1;
    }
    for (uint32_t i = 0; i < e->lane_count; i++) {
        e->lanes[i].begun = false;
    }
    while (e->batch_at < e->batch_count &&
           run_engine_has_room(e, (uint32_t)e->batch[e->batch_at].partition)) {
        if (apply(e, &e->batch[e->batch_at++], err) != 0) {
            return -1;
        }
    }
    if (e->batch_at > 0) {
        fault_reach(FAULT_FRAMES_APPLIED);
    }
    return 0;
}

/* For people who watch the lag: recovery reads Redis. */
static void tell_done(struct run_engine *e)
{
    for (uint32_t i = 0; i < e->lane_count; i++) {
        if (e->lanes[i].partition != NULL) {
            uint64_t w = flush_w(partition_flush_state(e->lanes[i].partition));
            kafka_in_done(e->in, TOPIC_VISITS, (int32_t)i, (int64_t)w);
        }
    }
}

static void commit(struct run_engine *e)
{
    int64_t now_ms = clock_mono_ms();
    if (now_ms < e->commit_at_ms) {
        return;
    }
    e->commit_at_ms = now_ms + COMMIT_MS;
    tell_done(e);
    kafka_in_commit(e->in);
}

static int turn(struct run_engine *e, struct err *err)
{
    const char *bound = run_engine_bound(e);
    if (run_engine_stand(e, bound, err) != 0) {
        return -1;
    }
    if (bound == NULL) {
        if (take_batch(e, err) != 0 || run_engine_tick(e, err) != 0) {
            return -1;
        }
    } else {
        clock_pause_us(1000 * BUSY_MS);
    }
    if (run_out_end_batch(e->out, err) != 0) {
        return -1;
    }
    if (e->batch_at > 0) {
        fault_reach(FAULT_FRAMES_SENT);
    }
    if (push(e, FLUSH_RESTED, err) != 0 || sweep(e, err) != 0 || heal_store(e, err) != 0 ||
        run_engine_reset_lanes(e, err) != 0) {
        return -1;
    }
    run_engine_show_worker(e, clock_mono_ms());
    commit(e);
    return 0;
}

/* ---- end
 * ------------------------------------------------------------------------------------------ */

/* Of partitions whose Redis is away nothing can be done. */
static bool all_is_out(struct run_engine *e)
{
    bool out = run_out_waiting(e->out) == 0;
    for (uint32_t i = 0; i < e->lane_count && out; i++) {
        const struct lane *lane = &e->lanes[i];
        out = lane->partition == NULL || lane->reset || !redis_store_reaches(e->redis, i) ||
              flush_waiting(partition_flush_state(lane->partition)) == 0;
    }
    return out;
}

/* Everything acknowledged and in the store, as far as both are there in that time. */
static int store_all(struct run_engine *e, int64_t within_ms, struct err *err)
{
    int64_t end_ms = clock_mono_ms() + within_ms;
    for (uint32_t i = 0; i < e->lane_count; i++) {
        if (e->lanes[i].partition != NULL) {
            partition_begin_batch(e->lanes[i].partition, clock_mono_ms());
        }
    }
    do {
        if ((run_out_end_batch(e->out, err) != 0 && !err->retriable) ||
            run_out_poll(e->out, BUSY_MS, err) != 0 || push(e, FLUSH_ALL, err) != 0 ||
            heal_store(e, err) != 0) {
            return -1;
        }
    } while (!all_is_out(e) && clock_mono_ms() < end_ms);
    return 0;
}

static int finish(struct run_engine *e, struct err *err)
{
    fault_reach(FAULT_STOP_BEGUN);
    int result = store_all(e, STOP_MS, err);
    size_t waiting = run_out_waiting(e->out);
    if (result == 0 && waiting > 0) {
        (void)fprintf(stderr,
                      "sluice run: engine %d ends with %zu messages that Kafka has not "
                      "acknowledged: whoever opens its partitions sends them again\n",
                      e->worker, waiting);
    }
    return result;
}

/* The group takes its partitions away: whoever gets them has little to read again if pages that
 * rest are in the store. A worker that has ended did that as far as it could; what fails here is
 * harmless, and shows at the next turn. */
static void leave(void *context)
{
    struct run_engine *e = context;
    struct err err = {.code = ERR_NONE};
    if (e->result == 0 && !asked_to_stop(e)) {
        (void)store_all(e, LEAVE_MS, &err);
        tell_done(e);
    }
}

static void *work(void *context)
{
    struct run_engine *e = context;
    thread_name_set("engine", e->worker);
    deaths_watch_thread(e->aids.deaths, &e->position);
    while (e->result == 0 && !asked_to_stop(e)) {
        e->result = turn(e, &e->err);
        if (e->result != 0 && e->err.retriable && asked_to_stop(e)) {
            e->result = 0; /* Kafka takes nothing more */
        }
    }
    if (e->result == 0) {
        e->result = finish(e, &e->err);
    }
    if (e->result != 0) {
        atomic_store_explicit(&e->status->stopping, true, memory_order_release);
    }
    deaths_end_thread();
    digest_thread_end();
    return NULL;
}

/* ---- start
 * ---------------------------------------------------------------------------------------- */

static int open_all(struct run_engine *e, struct err *err)
{
    char client[KAFKA_CLIENT_BYTES];
    static const enum topic topics[] = {TOPIC_VISITS};
    kafka_client_id(e->settings, "engine", e->worker, client);
    e->redis = redis_store_open(e->settings, err);
    if (e->redis == NULL) {
        return -1;
    }
    e->store = redis_store_store(e->redis);
    struct run_out_watch watch = {.sent = &e->shown->outputs,
                                  .outputs = &e->shown->latencies[LATENCY_OUTPUT],
                                  .stop = &e->stop};
    e->out = run_out_open(e->settings, client, e->lane_count, &watch, err);
    if (e->out == NULL) {
        return -1;
    }
    e->sink = run_out_sink(e->out);
    e->log = run_out_log(e->out);
    struct kafka_in_setup setup = {.client_id = client,
                                   .group = "engine",
                                   .member = client,
                                   .topics = topics,
                                   .topic_count = 1,
                                   .begin = run_engine_begin,
                                   .leave = leave,
                                   .end = run_engine_end,
                                   .context = e};
    e->in = kafka_in_open(e->settings, &setup, err);
    return e->in == NULL ? -1 : 0;
}

static void free_engine(struct run_engine *e)
{
    kafka_in_close(e->in); /* gives its partitions back through end() */
    run_out_close(e->out);
    redis_store_close(e->redis);
    for (uint32_t i = 0; i < e->lane_count; i++) {
        partition_free(e->lanes[i].partition);
    }
    mem_free(e->lanes);
    mem_free(e);
}

struct run_engine *run_engine_start(const struct settings *settings, int worker,
                                    const struct run_engine_aids *aids, struct run_status *status,
                                    struct err *err)
{
    struct run_engine *e = mem_alloc(1, sizeof *e);
    e->settings = settings;
    e->aids = *aids;
    e->status = status;
    e->shown = run_status_engine(status, worker);
    e->worker = worker;
    e->lane_count = (uint32_t)settings->visits_partitions;
    e->lanes = mem_alloc(e->lane_count, sizeof *e->lanes);
    e->event_clock = settings_have_event_clock(settings);
    rate_init(&e->rate, rate_share(settings->engine_rate_max, worker, settings->engine_workers));
    if (open_all(e, err) != 0) {
        free_engine(e);
        return NULL;
    }
    run_status_set(&e->shown->moved_ms, clock_mono_ms());
    run_status_set(&e->shown->unread, -1); /* it reads no feeds */
    atomic_store_explicit(&e->shown->started, true, memory_order_release);
    int failed = pthread_create(&e->thread, NULL, work, e);
    must(failed == 0);
    return e;
}

void run_engine_ask_to_stop(struct run_engine *e)
{
    atomic_store_explicit(&e->stop, true, memory_order_release);
}

int run_engine_join(struct run_engine *e, struct err *err)
{
    (void)pthread_join(e->thread, NULL);
    int result = e->result;
    if (result != 0) {
        *err = e->err;
    }
    free_engine(e);
    return result;
}
