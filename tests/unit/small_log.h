/* small_log.h - a log of visits in memory, and partitions that take it, with what they send.
 *
 *     struct small_log log;
 *     log_init(&log, pack_ready(p, "evict"));
 *     struct buf *frame = log_add_frame(&log, SECOND);
 *     log_add_visit(&log, frame, &payment, LEG_PAYEE);
 *     struct partition *p = log_open(&log, &store, 1);
 *     log_take(&log, p);                                  the frame that activates the pack
 *     log_take(&log, p);                                  the payment
 *
 * There is one partition of one: every entity is here, and visits that a partition itself sends are
 * dropped. The settings are the default ones with each decision written; change them in between.
 *
 * Memory:  owns the pack, the frames and what is kept until log_fini; it must not move.
 * Threads: one.
 * Errors:  what goes wrong fails the test.
 */
#ifndef SLUICE_UNIT_SMALL_LOG_H
#define SLUICE_UNIT_SMALL_LOG_H

#include "engine/base/str.h"
#include "engine/partition.h"
#include "tests/unit/small_event.h"

#include <stdint.h>

#define LOG_FRAMES_MAX 2048

struct small_log {
    struct settings settings;
    struct program *pack;
    struct kept_outputs kept;
    struct sink sink;
    struct visit_log sent;
    struct buf frames[LOG_FRAMES_MAX]; /* the first one activates the pack */
    uint64_t frame_count;
    int64_t clock_ms; /* of the last frame */
    uint32_t serial;  /* of the last visit */
};

void log_init(struct small_log *log, struct program *pack);
void log_fini(struct small_log *log);
/* Another log: at T0, with its first frame alone, and nothing is kept. */
void log_restart(struct small_log *log);
/* A frame at the log's clock plus gap_ms, without visits so far. */
struct buf *log_add_frame(struct small_log *log, int64_t gap_ms);
void log_add_visit(struct small_log *log, struct buf *frame, const struct event *event, int leg);

/* store NULL: pages live in memory only */
struct partition_setup log_setup(struct small_log *log, struct store *store, uint64_t owner);
struct partition *log_open(struct small_log *log, struct store *store, uint64_t owner);
struct partition *log_open_with(const struct partition_setup *setup);
/* Applies the next frame. */
void log_take(struct small_log *log, struct partition *p);
/* The page, a forgotten one too; NULL if there is none. */
struct page *log_page(struct partition *p, const struct token *token);
/* Adds all that is stored of a page. */
void log_dump_page(const struct page *page, struct buf *out);

#endif
