#include "connectors/cli/replay_log.h"

#include "connectors/cli/interrupt.h"
#include "connectors/cli/log_ledger.h"
#include "connectors/cli/receipts.h"
#include "connectors/cli/store_check.h"
#include "connectors/kafka/kafka_in.h"
#include "connectors/redis/redis_store.h"
#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <inttypes.h>
#include <stdio.h>

#define BATCH_FRAMES 256
#define TAKE_MS 200

/* What a partition's log came to. */
struct lane {
    uint64_t frames;
    struct counters counters;
};

struct replay_log {
    struct replay_log_setup setup;
    uint32_t lane_count;
    enum clock_mode clock; /* as its receipts say; CLOCK_UNSAID: as the first frame does */
    struct lane *lanes;
    struct log_ledger *ledger;
    struct kafka_in *in;
    struct redis_store *redis; /* NULL: nothing is compared with it */
    struct store store;
    struct store_check_counts checked;
    struct visit_log sent;
    /* of the partition in hand */
    uint32_t number;
    struct partition *partition;
    struct store_check *check;
    struct header taken; /* its watermarks alone: which visits came before */
    int64_t end;
    struct visit visit;
    struct kafka_in_message batch[BATCH_FRAMES];
};

/* ---- one partition -----------------------------------------------------------------------------
 */

static int note_sent(void *self, uint32_t to, const struct visit *visit, struct err *err)
{
    struct replay_log *log = self;
    (void)err;
    log_ledger_sent(log->ledger, log->number, to, visit);
    return 0;
}

/* A frame that cannot be read is said by partition_apply. */
static void note_taken(struct replay_log *log, struct str frame)
{
    struct frame_reader reader;
    bool sound = frame_open(&reader, frame);
    uint32_t limit = source_limit(log->lane_count);
    for (uint32_t i = 0; sound && i < reader.head.visit_count; i++) {
        struct visit *visit = &log->visit;
        sound =
            frame_next(&reader, visit) && visit->source >= SOURCE_VISITS && visit->source < limit;
        if (sound && !header_has_place(&log->taken, visit->source, &visit->place)) {
            header_take_place(&log->taken, visit->source, &visit->place);
            log_ledger_taken(log->ledger, log->number, visit);
        }
    }
}

static int take_frame(struct replay_log *log, const struct kafka_in_message *message,
                      struct err *err)
{
    if (message->offset >= log->end) {
        return 0; /* came after this began */
    }
    if (log->check != NULL) {
        store_check_before(log->check, log->partition);
    }
    note_taken(log, message->bytes);
    log->lanes[log->number].frames++;
    return partition_apply(log->partition, (uint64_t)message->offset, message->stamp_ms,
                           message->bytes, err);
}

static int take_frames(struct replay_log *log, struct err *err)
{
    int64_t wait_ms = log->setup.settings->kafka_wait_s * 1000;
    int64_t until_ms = clock_mono_ms() + wait_ms;
    while ((int64_t)partition_next_offset(log->partition) < log->end) {
        int count = interrupt_check(err) != 0
                        ? -1
                        : kafka_in_take(log->in, log->batch, BATCH_FRAMES, TAKE_MS, err);
        for (int i = 0; i < count; i++) {
            if (take_frame(log, &log->batch[i], err) != 0) {
                return -1;
            }
        }
        until_ms = count > 0 ? clock_mono_ms() + wait_ms : until_ms;
        if (count < 0) {
            return -1;
        }
        if (clock_mono_ms() > until_ms) {
            return err_set(err, ERR_OUTSIDE,
                           "partition %" PRIu32 " of visits gives nothing from offset %" PRIu64
                           " on, and ends at %" PRId64 "; are the brokers well?",
                           log->number, partition_next_offset(log->partition), log->end);
        }
    }
    return 0;
}

static int open_lane(struct replay_log *log, struct err *err)
{
    struct partition_setup setup = {.number = log->number,
                                    .settings = log->setup.settings,
                                    .clock = log->clock,
                                    .programs = log->setup.programs,
                                    .sink = log->setup.sink,
                                    .log = &log->sent,
                                    .skips = log->setup.skips};
    if (log->redis != NULL) {
        log->check =
            store_check_open(&log->store, log->number, log->setup.settings->engine_expiry_ms, err);
        if (log->check == NULL) {
            return -1;
        }
        setup.watch = store_check_watch(log->check);
    }
    log->partition = partition_new(&setup);
    return partition_open(log->partition, err) != 0
               ? -1
               : kafka_in_assign_one(log->in, (int32_t)log->number, err);
}

static void close_lane(struct replay_log *log)
{
    if (log->partition != NULL) {
        log->lanes[log->number].counters = partition_header(log->partition)->counters;
    }
    partition_free(log->partition);
    log->partition = NULL;
    store_check_free(log->check);
    log->check = NULL;
    header_fini(&log->taken);
}

static int run_lane(struct replay_log *log, struct err *err)
{
    int result = open_lane(log, err) != 0 || take_frames(log, err) != 0 ? -1 : 0;
    if (result == 0 && log->check != NULL) {
        store_check_before(log->check, log->partition);
        store_check_end(log->check, &log->checked);
    }
    close_lane(log);
    return result;
}

/* ---- all of them -------------------------------------------------------------------------------
 */

static int64_t begin(void *context, enum topic topic, int32_t partition, struct err *err)
{
    struct replay_log *log = context;
    int64_t first = 0;
    if (kafka_in_bounds(log->in, topic, partition, &first, &log->end, err) != 0) {
        return -1;
    }
    if (first > 0) {
        return err_set(err, ERR_OUTSIDE,
                       "partition %" PRId32 " of visits begins at offset %" PRId64
                       ": what came before is gone (kafka.retention_hours), and a log without its "
                       "beginning cannot be replayed",
                       partition, first);
    }
    return 0;
}

/* An engine goes by its setting when it begins a log, whatever the clock of a first frame that
 * somebody with another setting wrote; its receipts tell which it was. */
static int read_clock(struct replay_log *log, struct err *err)
{
    struct receipts receipts;
    receipts_init(&receipts, log->lane_count);
    int result = receipts_read(&receipts, log->setup.settings, "sluice-replay-receipts", err);
    const struct receipt *newest = receipts_newest(&receipts);
    log->clock = newest == NULL ? CLOCK_UNSAID : (enum clock_mode)newest->clock;
    receipts_fini(&receipts);
    return result;
}

struct replay_log *replay_log_open(const struct replay_log_setup *setup, struct err *err)
{
    static const enum topic topics[] = {TOPIC_VISITS};
    struct replay_log *log = mem_alloc(1, sizeof *log);
    log->setup = *setup;
    log->lane_count = (uint32_t)setup->settings->visits_partitions;
    log->lanes = mem_alloc(log->lane_count, sizeof *log->lanes);
    log->ledger = log_ledger_new(log->lane_count);
    log->sent = (struct visit_log){log, note_sent};
    struct kafka_in_setup in = {.client_id = "sluice-replay",
                                .topics = topics,
                                .topic_count = 1,
                                .begin = begin,
                                .context = log};
    log->in = kafka_in_open(setup->settings, &in, err);
    if (log->in != NULL && setup->check) {
        log->redis = redis_store_open(setup->settings, err);
    }
    if (log->in == NULL || (setup->check && log->redis == NULL) || read_clock(log, err) != 0) {
        replay_log_free(log);
        return NULL;
    }
    if (log->redis != NULL) {
        log->store = redis_store_store(log->redis);
    }
    return log;
}

void replay_log_free(struct replay_log *log)
{
    if (log == NULL) {
        return;
    }
    kafka_in_close(log->in);
    redis_store_close(log->redis);
    log_ledger_free(log->ledger);
    mem_free(log->lanes);
    mem_free(log);
}

int replay_log_run(struct replay_log *log, struct err *err)
{
    for (log->number = 0; log->number < log->lane_count; log->number++) {
        if (run_lane(log, err) != 0) {
            return -1;
        }
    }
    if (log_ledger_close(log->ledger, err) != 0) {
        return -1;
    }
    const struct store_check_counts *checked = &log->checked;
    if (checked->differences > 0) {
        return err_set(err, ERR_FINDING,
                       "the store is not as the log says: %" PRIu64 " differences in %" PRIu64
                       " pages, %" PRIu64 " chunks, %" PRIu64 " headers",
                       checked->differences, checked->pages, checked->chunks, checked->headers);
    }
    return 0;
}

void replay_log_write(const struct replay_log *log, struct json_writer *w)
{
    json_open(w, "log", '{');
    json_open(w, "partitions", '[');
    for (uint32_t i = 0; i < log->lane_count; i++) {
        const struct lane *lane = &log->lanes[i];
        json_open(w, NULL, '{');
        json_int(w, "partition", i);
        json_int(w, "frames", (int64_t)lane->frames);
        json_int(w, "visits", (int64_t)lane->counters.fetched);
        json_int(w, "duplicates", (int64_t)lane->counters.duplicate);
        json_close(w, '}');
    }
    json_close(w, ']');
    log_ledger_write(log->ledger, w);
    json_close(w, '}');
}

void replay_log_report(const struct replay_log *log, const char *command)
{
    uint64_t frames = 0;
    uint64_t visits = 0;
    for (uint32_t i = 0; i < log->lane_count; i++) {
        frames += log->lanes[i].frames;
        visits += log->lanes[i].counters.fetched;
    }
    (void)fprintf(stderr,
                  "%s: %" PRIu32 " partitions, %" PRIu64 " frames, %" PRIu64 " visits, %" PRIu64
                  " of them on their way\n",
                  command, log->lane_count, frames, visits, log_ledger_in_flight(log->ledger));
    if (log->redis != NULL) {
        (void)fprintf(stderr,
                      "check: %" PRIu64 " pages, %" PRIu64 " chunks and %" PRIu64
                      " headers are as the log says\n",
                      log->checked.pages, log->checked.chunks, log->checked.headers);
    }
}
