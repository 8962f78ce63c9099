#include "tests/unit/small_log.h"

#include "engine/frame.h"
#include "tests/unit/quiet_check.h"

#include <string.h>

static const struct program *find_pack(void *self, const uint8_t *hash)
{
    const struct small_log *log = self;
    return memcmp(log->pack->hash, hash, 32) == 0 ? log->pack : NULL;
}

static int drop_visit(void *self, uint32_t partition, const struct visit *visit, struct err *err)
{
    (void)self;
    (void)partition;
    (void)visit;
    (void)err;
    return 0;
}

void log_init(struct small_log *log, struct program *pack)
{
    memset(log, 0, sizeof *log);
    settings_defaults(&log->settings);
    log->settings.visits_partitions = 1;
    log->settings.decisions_sample = 1;
    log->pack = pack;
    log->sink = kept_sink(&log->kept);
    log->sent = (struct visit_log){log, drop_visit};
    log_restart(log);
}

void log_fini(struct small_log *log)
{
    for (int i = 0; i < LOG_FRAMES_MAX; i++) {
        buf_fini(&log->frames[i]);
    }
    program_free(log->pack);
    kept_fini(&log->kept);
}

void log_restart(struct small_log *log)
{
    kept_clear(&log->kept);
    log->clock_ms = T0;
    log->serial = 0;
    log->frame_count = 1;
    frame_begin(&log->frames[0], T0);
    frame_activate(&log->frames[0], 1, log->pack->hash);
}

struct buf *log_add_frame(struct small_log *log, int64_t gap_ms)
{
    quiet_check(log->frame_count < LOG_FRAMES_MAX, "the log is full");
    log->clock_ms += gap_ms;
    frame_begin(&log->frames[log->frame_count], log->clock_ms);
    return &log->frames[log->frame_count++];
}

void log_add_visit(struct small_log *log, struct buf *frame, const struct event *event, int leg)
{
    struct visit visit = {.source = SOURCE_FEED,
                          .place = {.lsn = ++log->serial},
                          .leg = (uint8_t)leg,
                          .event = *event};
    frame_add(frame, &visit);
}

struct partition_setup log_setup(struct small_log *log, struct store *store, uint64_t owner)
{
    return (struct partition_setup){.settings = &log->settings,
                                    .owner = owner,
                                    .programs = {log, find_pack},
                                    .sink = &log->sink,
                                    .log = &log->sent,
                                    .store = store};
}

struct partition *log_open(struct small_log *log, struct store *store, uint64_t owner)
{
    struct partition_setup setup = log_setup(log, store, owner);
    return log_open_with(&setup);
}

struct partition *log_open_with(const struct partition_setup *setup)
{
    struct err err = {.code = ERR_NONE};
    struct partition *p = partition_new(setup);
    int result = partition_open(p, &err);
    quiet_check(result == 0, "%s", err.text);
    return p;
}

void log_take(struct small_log *log, struct partition *p)
{
    struct err err = {.code = ERR_NONE};
    uint64_t at = partition_next_offset(p);
    int result = partition_apply(p, at, 0, buf_str(&log->frames[at]), &err);
    quiet_check(result == 0, "%s", err.text);
}

struct page *log_page(struct partition *p, const struct token *token)
{
    struct err err = {.code = ERR_NONE};
    struct page *page = NULL;
    int result = partition_find_page(p, token, &page, &err);
    quiet_check(result == 0, "%s", err.text);
    return page;
}

static void add_piece(void *context, const struct page_piece *piece, struct str bytes)
{
    buf_add(context, &piece->kind, 1);
    buf_add(context, &piece->number, sizeof piece->number);
    buf_add_str(context, bytes);
}

void log_dump_page(const struct page *page, struct buf *out)
{
    page_encode(page, add_piece, out);
}
