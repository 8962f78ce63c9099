#include "tests/sim/sim_kafka.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <stdlib.h>
#include <string.h>

#define FRAME_VISITS 3 /* small, so that the visits of a batch take several */

struct queue {
    struct sim_message *item;
    size_t acked, landed, count, cap; /* acked <= landed <= count */
};

struct sim_sender {
    struct sim_kafka *kafka;
    struct queue queues[SIM_TARGETS];
    struct buf open[SIM_PARTITIONS]; /* empty: none is begun */
    uint64_t open_step[SIM_PARTITIONS];
    uint32_t lane;
};

/* ---- topics ---------------------------------------------------------------------------------- */

void sim_outputs_add(struct sim_outputs *outputs, const struct output *output)
{
    void *item = outputs->item;
    mem_reserve(&item, &outputs->cap, outputs->count + 1, sizeof *outputs->item);
    outputs->item = item;
    struct sim_output *last = &outputs->item[outputs->count++];
    *last = (struct sim_output){.id = output->id, .kind = output->kind};
    buf_add_str(&last->json, output->json);
}

static int by_id(const void *a, const void *b)
{
    const struct sim_output *one = a;
    const struct sim_output *two = b;
    int order = memcmp(one->id.bytes, two->id.bytes, TOKEN_BYTES);
    return order != 0 ? order : str_compare(buf_str(&one->json), buf_str(&two->json));
}

void sim_outputs_sort(struct sim_outputs *outputs)
{
    if (outputs->count > 0) {
        qsort(outputs->item, outputs->count, sizeof *outputs->item, by_id);
    }
}

void sim_outputs_fini(struct sim_outputs *outputs)
{
    for (size_t i = 0; i < outputs->count; i++) {
        buf_fini(&outputs->item[i].json);
    }
    mem_free(outputs->item);
    *outputs = (struct sim_outputs){0};
}

void sim_log_append(struct sim_log *log, int64_t append_ms, struct str bytes)
{
    void *frames = log->frames;
    mem_reserve(&frames, &log->cap, log->count + 1, sizeof *log->frames);
    log->frames = frames;
    struct sim_frame *last = &log->frames[log->count++];
    *last = (struct sim_frame){.append_ms = append_ms};
    buf_add_str(&last->bytes, bytes);
}

void sim_log_fini(struct sim_log *log)
{
    for (size_t i = 0; i < log->count; i++) {
        buf_fini(&log->frames[i].bytes);
    }
    mem_free(log->frames);
    *log = (struct sim_log){0};
}

void sim_kafka_append(struct sim_kafka *kafka, uint32_t partition, struct str frame)
{
    sim_log_append(&kafka->logs[partition], kafka->now_ms + kafka->wrong_ms, frame);
}

static void land(struct sim_kafka *kafka, uint32_t target, const struct sim_message *message)
{
    if (target < SIM_PARTITIONS) {
        sim_kafka_append(kafka, target, buf_str(&message->frame));
    } else {
        struct output output = message->output;
        output.json = buf_str(&message->frame);
        sim_outputs_add(&kafka->outputs, &output);
    }
}

static struct sim_message message_copy(const struct sim_message *message)
{
    struct sim_message copy = *message;
    copy.frame = (struct buf){0};
    buf_add_str(&copy.frame, buf_str(&message->frame));
    return copy;
}

static void orphans_fini(struct sim_orphans *orphans)
{
    for (size_t i = 0; i < orphans->count; i++) {
        buf_fini(&orphans->item[i].frame);
    }
    mem_free(orphans->item);
}

void sim_kafka_land_orphan(struct sim_kafka *kafka)
{
    if (kafka->orphan_count == 0) {
        return;
    }
    uint32_t which = prng_below(kafka->rng, (uint32_t)kafka->orphan_count);
    struct sim_orphans *orphans = &kafka->orphans[which];
    if (orphans->at < orphans->count && prng_chance(kafka->rng, 90)) {
        land(kafka, orphans->target, &orphans->item[orphans->at++]);
        return;
    }
    orphans_fini(orphans);
    *orphans = kafka->orphans[--kafka->orphan_count];
}

void sim_kafka_fini(struct sim_kafka *kafka)
{
    for (uint32_t p = 0; p < SIM_PARTITIONS; p++) {
        sim_log_fini(&kafka->logs[p]);
    }
    sim_outputs_fini(&kafka->outputs);
    for (size_t i = 0; i < kafka->orphan_count; i++) {
        orphans_fini(&kafka->orphans[i]);
    }
    mem_free(kafka->orphans);
}

/* ---- senders --------------------------------------------------------------------------------- */

struct sim_sender *sim_sender_new(struct sim_kafka *kafka)
{
    struct sim_sender *sender = mem_alloc(1, sizeof *sender);
    sender->kafka = kafka;
    return sender;
}

/* A prefix of what has not landed may land at any later time. */
static void leave_orphans(struct sim_sender *sender, uint32_t target)
{
    struct sim_kafka *kafka = sender->kafka;
    const struct queue *queue = &sender->queues[target];
    size_t left = queue->count - queue->landed;
    size_t count = left == 0 ? 0 : prng_below(kafka->rng, (uint32_t)left + 1);
    if (count == 0) {
        return;
    }
    void *all = kafka->orphans;
    mem_reserve(&all, &kafka->orphan_cap, kafka->orphan_count + 1, sizeof *kafka->orphans);
    kafka->orphans = all;
    struct sim_orphans *orphans = &kafka->orphans[kafka->orphan_count++];
    *orphans = (struct sim_orphans){.target = target,
                                    .item = mem_alloc(count, sizeof *orphans->item),
                                    .count = count};
    for (size_t i = 0; i < count; i++) {
        orphans->item[i] = message_copy(&queue->item[queue->landed + i]);
    }
}

void sim_sender_free(struct sim_sender *sender)
{
    for (uint32_t target = 0; target < SIM_TARGETS; target++) {
        struct queue *queue = &sender->queues[target];
        leave_orphans(sender, target);
        for (size_t i = 0; i < queue->count; i++) {
            buf_fini(&queue->item[i].frame);
        }
        mem_free(queue->item);
    }
    for (uint32_t p = 0; p < SIM_PARTITIONS; p++) {
        buf_fini(&sender->open[p]);
    }
    mem_free(sender);
}

static void enqueue(struct sim_sender *sender, uint32_t target, const struct sim_message *message)
{
    struct queue *queue = &sender->queues[target];
    void *item = queue->item;
    mem_reserve(&item, &queue->cap, queue->count + 1, sizeof *queue->item);
    queue->item = item;
    queue->item[queue->count++] = *message;
}

static void end_frame(struct sim_sender *sender, uint32_t partition)
{
    struct buf *open = &sender->open[partition];
    if (open->len == 0) {
        return;
    }
    enqueue(sender, partition,
            &(struct sim_message){.step = sender->open_step[partition],
                                  .lane = sender->lane,
                                  .frame = *open});
    *open = (struct buf){0};
}

void sim_sender_visit(struct sim_sender *sender, uint64_t step, uint32_t partition,
                      const struct visit *visit)
{
    struct buf *open = &sender->open[partition];
    if (open->len == 0) {
        frame_begin(open, 0);
        sender->open_step[partition] = step;
    }
    frame_add(open, visit);
    if (frame_visit_count(open) == FRAME_VISITS) {
        end_frame(sender, partition);
    }
}

void sim_sender_output(struct sim_sender *sender, uint64_t step, const struct output *output)
{
    struct sim_message message = {.step = step, .lane = sender->lane, .output = *output};
    buf_add_str(&message.frame, output->json);
    enqueue(sender, SIM_PARTITIONS, &message);
}

void sim_sender_end_batch(struct sim_sender *sender)
{
    for (uint32_t p = 0; p < SIM_PARTITIONS; p++) {
        end_frame(sender, p);
    }
}

void sim_sender_begin_lane(struct sim_sender *sender)
{
    sim_sender_end_batch(sender);
    sender->lane++;
}

size_t sim_sender_land(struct sim_sender *sender, uint32_t target, size_t count)
{
    struct queue *queue = &sender->queues[target];
    size_t done = 0;
    for (; done < count && queue->landed < queue->count; done++) {
        land(sender->kafka, target, &queue->item[queue->landed++]);
    }
    return done;
}

size_t sim_sender_ack(struct sim_sender *sender, uint32_t target, size_t count)
{
    struct queue *queue = &sender->queues[target];
    size_t done = 0;
    for (; done < count && queue->acked < queue->landed; done++) {
        queue->acked++;
    }
    return done;
}

void sim_sender_renew(struct sim_sender *sender)
{
    for (uint32_t target = 0; target < SIM_TARGETS; target++) {
        leave_orphans(sender, target);
        sender->queues[target].landed = sender->queues[target].acked;
    }
}

uint64_t sim_sender_acked(const struct sim_sender *sender, uint64_t next)
{
    uint64_t acked = next;
    for (uint32_t target = 0; target < SIM_TARGETS; target++) {
        const struct queue *queue = &sender->queues[target];
        for (size_t i = queue->acked; i < queue->count; i++) {
            const struct sim_message *message = &queue->item[i];
            acked = message->lane == sender->lane && message->step < acked ? message->step : acked;
        }
    }
    for (uint32_t p = 0; p < SIM_PARTITIONS; p++) {
        bool open = sender->open[p].len > 0;
        acked = open && sender->open_step[p] < acked ? sender->open_step[p] : acked;
    }
    return acked;
}
