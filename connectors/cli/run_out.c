#include "connectors/cli/run_out.h"

#include "connectors/kafka/kafka_out.h"
#include "engine/barrier.h"
#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/fault.h"
#include "engine/frame.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define FULL_WAIT_MS 10

/* One step's share in a message. */
struct share {
    uint32_t lane, generation;
    uint64_t ticket;
};

/* What a message must acknowledge when it is acknowledged itself. */
struct receipt {
    size_t count, cap;
    struct share *shares;
    int64_t since_us;  /* when the batch was taken that it is of */
    struct hist *hist; /* that gets the time until its acknowledgement; may be NULL */
    bool tick;         /* it carries nothing, for the partition `ticked` */
    uint32_t ticked;
};

/* A source of ours whose steps are acknowledged in order. */
struct lane {
    uint32_t generation;
    struct barrier barrier;
};

/* A frame in the making, for one partition of the log. */
struct draft {
    struct buf frame;
    struct receipt *receipt; /* NULL: not begun */
    bool ticking;            /* a tick is on its way */
};

struct run_out {
    const struct settings *settings;
    struct kafka_out *main;     /* visits, warnings and the rest */
    struct kafka_out *requests; /* stops alone */
    uint32_t partition_count, lane_count;
    struct lane *lanes;
    struct draft *drafts;
    int64_t clock_ms;
    size_t tick_count; /* on their way */
    size_t step_count; /* of all lanes, from the oldest that waits */
    struct run_out_watch watch;
    bool given_up; /* nothing more is sent: it would overtake what was not */
    int64_t batch_us;
    int64_t now_us; /* within a poll; 0: nobody asked yet */
};

static const enum topic topics[OUTPUT_KIND_COUNT] = {
    [OUTPUT_WARNING] = TOPIC_WARNINGS, [OUTPUT_STOP] = TOPIC_STOPS,
    [OUTPUT_ADVICE] = TOPIC_ADVICE,    [OUTPUT_DECISION] = TOPIC_DECISIONS,
    [OUTPUT_RECEIPT] = TOPIC_RECEIPTS, [OUTPUT_DEAD_LETTER] = TOPIC_DEAD_LETTERS,
    [OUTPUT_SHADOW] = TOPIC_SHADOW,
};

/* ---- receipts
 * ------------------------------------------------------------------------------------- */

static struct receipt *new_receipt(const struct run_out *out, struct hist *hist)
{
    struct receipt *receipt = mem_alloc(1, sizeof *receipt);
    receipt->since_us = out->batch_us;
    receipt->hist = hist;
    return receipt;
}

static void free_receipt(struct receipt *receipt)
{
    mem_free(receipt->shares);
    mem_free(receipt);
}

/* The step waits for the message of this receipt. */
static void add_share(struct run_out *out, struct receipt *receipt, uint32_t number, uint64_t step)
{
    must(number < out->lane_count);
    struct lane *lane = &out->lanes[number];
    uint64_t next = lane->barrier.next;
    uint64_t ticket = barrier_open(&lane->barrier, step);
    out->step_count += lane->barrier.next - next;
    void *shares = receipt->shares;
    mem_reserve(&shares, &receipt->cap, receipt->count + 1, sizeof *receipt->shares);
    receipt->shares = shares;
    receipt->shares[receipt->count++] = (struct share){number, lane->generation, ticket};
}

static void acknowledged(void *context, void *message)
{
    struct run_out *out = context;
    struct receipt *receipt = message;
    fault_reach(FAULT_MESSAGE_ACKNOWLEDGED);
    if (receipt->hist != NULL) { /* one look at the clock for all that a poll brings */
        out->now_us = out->now_us == 0 ? clock_mono_us() : out->now_us;
        hist_add(receipt->hist, (uint64_t)(out->now_us - receipt->since_us));
    }
    if (receipt->tick) {
        out->drafts[receipt->ticked].ticking = false;
        out->tick_count--;
    }
    for (size_t i = 0; i < receipt->count; i++) {
        const struct share *share = &receipt->shares[i];
        struct lane *lane = &out->lanes[share->lane];
        if (share->generation == lane->generation) {
            uint64_t first = lane->barrier.first;
            barrier_close(&lane->barrier, share->ticket);
            out->step_count -= lane->barrier.first - first;
        }
    }
    free_receipt(receipt);
}

static void dropped(void *context, void *message)
{
    (void)context;
    free_receipt(message);
}

/* ---- open, close
 * ---------------------------------------------------------------------------------- */

struct run_out *run_out_open(const struct settings *settings, const char *name, uint32_t lane_count,
                             const struct run_out_watch *watch, struct err *err)
{
    char requests[KAFKA_CLIENT_BYTES];
    struct run_out *out = mem_alloc(1, sizeof *out);
    out->settings = settings;
    out->watch = *watch;
    out->batch_us = clock_mono_us();
    out->partition_count = (uint32_t)settings->visits_partitions;
    out->lane_count = lane_count;
    out->lanes = mem_alloc(lane_count, sizeof *out->lanes);
    out->drafts = mem_alloc(out->partition_count, sizeof *out->drafts);
    int len = snprintf(requests, sizeof requests, "%s-stops", name);
    must(len > 0 && (size_t)len < sizeof requests);
    out->main = kafka_out_open(settings, name, acknowledged, dropped, out, err);
    out->requests = out->main == NULL
                        ? NULL
                        : kafka_out_open(settings, requests, acknowledged, dropped, out, err);
    if (out->requests == NULL) {
        run_out_close(out);
        return NULL;
    }
    return out;
}

void run_out_close(struct run_out *out)
{
    if (out == NULL) {
        return;
    }
    kafka_out_close(out->main);
    kafka_out_close(out->requests);
    for (uint32_t i = 0; i < out->partition_count; i++) {
        buf_fini(&out->drafts[i].frame);
        if (out->drafts[i].receipt != NULL) {
            free_receipt(out->drafts[i].receipt);
        }
    }
    for (uint32_t i = 0; i < out->lane_count; i++) {
        barrier_fini(&out->lanes[i].barrier);
    }
    mem_free(out->lanes);
    mem_free(out->drafts);
    mem_free(out);
}

void run_out_begin_lane(struct run_out *out, uint32_t number)
{
    struct lane *lane = &out->lanes[number];
    lane->generation++;
    out->step_count -= lane->barrier.next - lane->barrier.first;
    barrier_fini(&lane->barrier);
}

void run_out_begin_batch(struct run_out *out, int64_t now_us)
{
    out->batch_us = now_us;
}

enum topic run_out_topic(enum output_kind kind)
{
    return topics[kind];
}

void run_out_set_clock(struct run_out *out, int64_t clock_ms)
{
    out->clock_ms = clock_ms;
}

/* ---- sending
 * -------------------------------------------------------------------------------------- */

int run_out_poll(struct run_out *out, int timeout_ms, struct err *err)
{
    out->now_us = 0;
    return kafka_out_poll(out->requests, 0, err) != 0 ||
                   kafka_out_poll(out->main, timeout_ms, err) != 0
               ? -1
               : 0;
}

/* Kafka may be away for long, and the process shall end. */
static int give_up(struct run_out *out, struct err *err)
{
    out->given_up = true;
    (void)err_set(err, ERR_OUTSIDE, "kafka takes nothing more, and the process is asked to stop");
    err->retriable = true;
    return -1;
}

static int send_message(struct run_out *out, struct kafka_out *by, enum topic topic,
                        int32_t partition, const struct kafka_message *message,
                        struct receipt *receipt, struct err *err)
{
    int result = out->given_up ? give_up(out, err) : 0;
    while (result == 0 && !kafka_out_send(by, topic, partition, message, receipt)) {
        result = atomic_load_explicit(out->watch.stop, memory_order_acquire)
                     ? give_up(out, err)
                     : run_out_poll(out, FULL_WAIT_MS, err);
    }
    if (result != 0) {
        free_receipt(receipt); /* its steps stay open: they come again after a restart */
    }
    return result;
}

int run_out_emit(struct run_out *out, uint32_t lane, uint64_t step, const struct output *output,
                 struct err *err)
{
    char key[TOKEN_HEX_BYTES];
    struct receipt *receipt = new_receipt(out, out->watch.outputs);
    hex_encode(key, output->key.bytes, TOKEN_BYTES);
    bool keyed = output->kind != OUTPUT_RECEIPT;
    struct kafka_message message = {.key = {key, keyed ? TOKEN_HEX_BYTES - 1 : 0},
                                    .bytes = output->json};
    add_share(out, receipt, lane, step);
    if (out->watch.sent != NULL) {
        run_outputs_count(out->watch.sent, output);
    }
    struct kafka_out *by = output->kind == OUTPUT_STOP ? out->requests : out->main;
    return send_message(out, by, topics[output->kind], KAFKA_BY_KEY, &message, receipt, err);
}

static int emit(void *self, const struct output *output, struct err *err)
{
    return run_out_emit(self, output->partition, output->lsn, output, err);
}

struct sink run_out_sink(struct run_out *out)
{
    return (struct sink){out, emit};
}

static int send_draft(struct run_out *out, uint32_t partition, struct err *err)
{
    struct draft *draft = &out->drafts[partition];
    struct receipt *receipt = draft->receipt;
    if (receipt == NULL) {
        return 0;
    }
    struct kafka_message message = {.bytes = buf_str(&draft->frame)};
    if (out->clock_ms == 0) {
        frame_set_writer(&draft->frame, clock_unix_ms());
    }
    draft->receipt = NULL;
    int result =
        send_message(out, out->main, TOPIC_VISITS, (int32_t)partition, &message, receipt, err);
    fault_reach(FAULT_FRAME_SENT);
    return result;
}

int run_out_append(struct run_out *out, uint32_t lane, uint64_t step, uint32_t partition,
                   const struct visit *visit, struct err *err)
{
    struct draft *draft = &out->drafts[partition];
    if (draft->receipt == NULL) {
        draft->receipt = new_receipt(out, out->watch.frames);
        frame_begin(&draft->frame, out->clock_ms);
    }
    frame_set_clock(&draft->frame, out->clock_ms);
    frame_add(&draft->frame, visit);
    add_share(out, draft->receipt, lane, step);
    return frame_visit_count(&draft->frame) < FRAME_VISITS_MAX ? 0
                                                               : send_draft(out, partition, err);
}

static int append(void *self, uint32_t partition, const struct visit *visit, struct err *err)
{
    return run_out_append(self, visit->source - SOURCE_VISITS, visit->place.lsn, partition, visit,
                          err);
}

struct visit_log run_out_log(struct run_out *out)
{
    return (struct visit_log){out, append};
}

int run_out_tick(struct run_out *out, uint32_t partition, struct err *err)
{
    struct draft *draft = &out->drafts[partition];
    if (draft->receipt != NULL || draft->ticking) {
        return 0;
    }
    draft->receipt = new_receipt(out, NULL);
    draft->receipt->tick = true;
    draft->receipt->ticked = partition;
    draft->ticking = true;
    out->tick_count++;
    frame_begin(&draft->frame, out->clock_ms);
    int result = send_draft(out, partition, err);
    if (result != 0) { /* it is not on its way */
        draft->ticking = false;
        out->tick_count--;
    }
    return result;
}

int run_out_end_batch(struct run_out *out, struct err *err)
{
    for (uint32_t i = 0; i < out->partition_count; i++) {
        if (send_draft(out, i, err) != 0) {
            return -1;
        }
    }
    return run_out_poll(out, 0, err);
}

uint64_t run_out_acked(const struct run_out *out, uint32_t lane, uint64_t next_step)
{
    return barrier_acked_lsn(&out->lanes[lane].barrier, next_step);
}

size_t run_out_waiting(const struct run_out *out)
{
    size_t drafts = 0;
    for (uint32_t i = 0; i < out->partition_count; i++) {
        drafts += out->drafts[i].receipt != NULL;
    }
    return drafts + kafka_out_waiting(out->main) + kafka_out_waiting(out->requests) -
           out->tick_count;
}

bool run_out_is_full(const struct run_out *out)
{
    return kafka_out_is_full(out->main) || kafka_out_is_full(out->requests) ||
           out->step_count >= RUN_OUT_STEPS_MAX;
}

_Static_assert(RUN_OUT_STEPS_MAX == 262144 && sizeof(struct barrier_step) == RUN_OUT_STEP_BYTES,
               "what is said of it");

const char *run_out_bound(const struct run_out *out)
{
    return !run_out_is_full(out) ? NULL
           : out->step_count >= RUN_OUT_STEPS_MAX
               ? "Kafka has not acknowledged a message that 262,144 steps stand behind"
               : "Kafka is behind, kafka.out_messages or kafka.out_kbytes is reached";
}

size_t run_out_bytes(const struct run_out *out)
{
    return kafka_out_bytes(out->main) + kafka_out_bytes(out->requests);
}

int64_t run_out_silent_since(const struct run_out *out, enum topic *topic)
{
    enum topic other = TOPIC_COUNT;
    int64_t main_ms = kafka_out_silent_since(out->main, topic);
    int64_t requests_ms = kafka_out_silent_since(out->requests, &other);
    if (requests_ms == 0 || (main_ms != 0 && main_ms <= requests_ms)) {
        return main_ms;
    }
    *topic = other;
    return requests_ms;
}

uint64_t run_out_renewals(const struct run_out *out)
{
    return kafka_out_renewals(out->main) + kafka_out_renewals(out->requests);
}
