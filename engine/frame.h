/* frame.h - one message of the log of visits: up to 128 visits for one partition, or none (a tick).
 *
 * A frame says the time of the log, may activate a pack, and carries visits: an event on its way to
 * one page, with the values that the pages before handed on. What decides is in here and nowhere
 * else.
 *
 *     head   magic u32, clock i64, visit count u32, pack number u64 (0: none), pack hash 32 bytes
 *            clock: > 0 the events' time; < 0 the broker's stamp is the time, and the negation is
 *            the writer's own clock; 0 the broker's stamp alone
 *     visit  length u32, source u32, place lsn u64, actor 16, sub u32, leg u8, carried pack u64,
 * mask u16, has loose u8, values, loose u16 (if has loose), event
 *
 * Memory:  writers append to the caller's buffer; readers look into the caller's bytes.
 * Threads: one owner at a time.
 * Errors:  bytes that are no frame give false; nothing is read past their end.
 */
#ifndef SLUICE_FRAME_H
#define SLUICE_FRAME_H

#include "engine/base/str.h"
#include "engine/base/token.h"
#include "engine/eval/program.h"
#include "engine/ingest/event.h"

#include <stdbool.h>
#include <stdint.h>

#define FRAME_VISITS_MAX 128

/* Where a visit comes from; grows along its source. */
struct place {
    uint64_t lsn; /* of the step that sent it; of a raw record its offset */
    struct token actor;
    uint32_t sub;
};

/* -1, 0, 1 */
int place_compare(const struct place *a, const struct place *b);

struct visit {
    uint32_t source; /* SOURCE_DIRECTORY, SOURCE_FEED, or SOURCE_VISITS + partition */
    struct place place;
    uint8_t leg;
    uint64_t
        carried_pack; /* first 8 bytes of the pack's hash under which the values were computed */
    int64_t carried[PROGRAM_CARRIED_MAX];
    uint16_t carried_loose; /* which of them reach behind the exact history, a bit each */
    struct event event;
    struct str event_bytes; /* the event as the frame that was read has it; of others empty */
};

enum { SOURCE_DIRECTORY, SOURCE_FEED, SOURCE_VISITS };

/* A partition of a raw topic is a source behind those of the visits; more partitions may be added
 * later, more of the visits not. */
#define SOURCE_RAW_TOPICS 32
#define SOURCE_RAW_PARTITIONS_MAX 4096
static inline uint32_t source_raw(uint32_t visits_partitions, uint32_t topic, uint32_t partition)
{
    return SOURCE_VISITS + visits_partitions + partition * SOURCE_RAW_TOPICS + topic;
}
static inline uint32_t source_limit(uint32_t visits_partitions)
{
    return source_raw(visits_partitions, 0, SOURCE_RAW_PARTITIONS_MAX);
}

struct frame_head {
    int64_t clock_ms;  /* 0: the broker's stamp */
    int64_t writer_ms; /* by the writer's clock; 0: not said */
    uint32_t visit_count;
    uint64_t pack_number; /* 0: no activation */
    uint8_t pack_hash[32];
};

void frame_begin(struct buf *out, int64_t clock_ms);
void frame_activate(struct buf *out, uint64_t number, const uint8_t *hash);
/* Moves the frame's clock forward. */
void frame_set_clock(struct buf *out, int64_t clock_ms);
/* Of a frame whose time is the broker's stamp: when it was sent, unix ms. */
void frame_set_writer(struct buf *out, int64_t now_ms);
void frame_add(struct buf *out, const struct visit *visit);
uint32_t frame_visit_count(const struct buf *frame);

struct frame_reader {
    const uint8_t *at;
    size_t left;
    struct frame_head head;
};

bool frame_open(struct frame_reader *reader, struct str bytes);
/* Next visit; false when the bytes are broken (there is one more exactly head.visit_count times).
 */
bool frame_next(struct frame_reader *reader, struct visit *visit);

/* Tells a frame from any other that could stand in its place of the log. */
uint64_t frame_print(uint64_t offset, int64_t append_ms, struct str bytes);

/* offset 40 bits, index 12 (0: the clock step), sub-index 12 */
static inline uint64_t lsn_of(uint64_t offset, uint32_t index)
{
    return offset << 24 | (uint64_t)index << 12;
}

static inline uint64_t lsn_offset(uint64_t lsn)
{
    return lsn >> 24;
}

#endif
