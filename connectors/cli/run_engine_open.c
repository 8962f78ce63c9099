/* Partitions of an engine worker: they come, are opened, wait to be opened while the others go on,
 * are opened anew, and go. */
#include "connectors/cli/run_engine_inside.h"
#include "engine/base/clock.h"
#include "engine/base/must.h"
#include "engine/fault.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>

#define ASK_MS 1000     /* so long Kafka is asked for each thing that an opening needs */
#define AGAIN_MS 2000   /* after an attempt in vain: until then the others have the worker */
#define TEXT_BYTES 1280 /* struct err, and what is said before it */

void run_engine_say(const struct run_engine *e, uint32_t partition, const char *what)
{
    (void)fprintf(stderr, "sluice run: engine %d, partition %" PRIu32 ": %s\n", e->worker,
                  partition, what);
}

static uint64_t random_owner(void)
{
    uint64_t owner = 0;
    while (owner == 0) {
        ssize_t got = getrandom(&owner, sizeof owner, 0);
        must(got == (ssize_t)sizeof owner);
    }
    return owner;
}

/* ---- is the log still there?
 * ------------------------------------------------------------------------ */

/* A broker that stood still leads for itself alone, when it goes on, and tells an end that has
 * passed: for kafka.wait_s that is no other log. */
static int ends_too_soon(struct run_engine *e, uint32_t partition, uint64_t w, int64_t next,
                         int64_t since_ms, struct err *err)
{
    int64_t now_ms = clock_mono_ms();
    since_ms = since_ms == 0 ? now_ms : since_ms;
    e->lanes[partition].short_ms = since_ms;
    (void)err_set(err, ERR_OUTSIDE,
                  "partition %" PRIu32 ": the checkpoint stands at %" PRIu64
                  " and the log of visits ends at %" PRId64
                  "; this is another log than the store's",
                  partition, w, next);
    err->retriable = now_ms - since_ms <= e->settings->kafka_wait_s * 1000;
    return -1;
}

/* Is the log still there from W on? Never jump silently. The frame before W, if it is there, is
 * read again to see whether it is still this log. short_ms: since when each attempt found it to end
 * too soon; 0: the last one did not. */
static int check_log(struct run_engine *e, uint32_t partition, uint64_t w, int64_t short_ms,
                     struct err *err)
{
    struct lane *lane = &e->lanes[partition];
    int64_t first = 0;
    int64_t next = 0;
    if (kafka_in_bounds_within(e->in, TOPIC_VISITS, (int32_t)partition, ASK_MS, &first, &next,
                               err) != 0) {
        return -1;
    }
    if (w == 0 && first > 0) {
        return err_set(err, ERR_OUTSIDE,
                       "partition %" PRIu32
                       ": the store has no checkpoint, and the log of visits begins at %" PRId64
                       "; restore a backup of Redis, or start with an empty log and store",
                       partition, first);
    }
    if ((int64_t)w < first) {
        return err_set(err, ERR_OUTSIDE,
                       "partition %" PRIu32 ": the checkpoint stands at %" PRIu64
                       " and the log of visits begins at %" PRId64
                       "; restore a younger backup of Redis, or start with an empty log and store",
                       partition, w, first);
    }
    if ((int64_t)w > next) {
        return ends_too_soon(e, partition, w, next, short_ms, err);
    }
    if (w == 0 && next > 1) {
        char text[TEXT_BYTES];
        (void)snprintf(text, sizeof text,
                       "no checkpoint in the store: all is built from the beginning of the log, "
                       "%" PRId64 " frames",
                       next);
        run_engine_say(e, partition, text);
    }
    lane->checks_log = (int64_t)w > first;
    return 0;
}

/* Offset of the first message that a partition just opened takes. */
static int64_t first_offset(const struct lane *lane)
{
    return (int64_t)partition_next_offset(lane->partition) - lane->checks_log;
}

/* ---- open
 * ---------------------------------------------------------------------------------------- */

/* What is left of the batch in hand. */
static size_t next_ahead(void *context, uint32_t partition, size_t at, struct str *frame)
{
    const struct run_engine *e = context;
    for (size_t i = at > 0 ? at : e->batch_at; i < e->batch_count; i++) {
        if ((uint32_t)e->batch[i].partition == partition) {
            *frame = e->batch[i].bytes;
            return i + 1;
        }
    }
    return 0;
}

/* Opens a lane that waits for it. 1: it is open; 0: later, and err says why; -1. With Redis away it
 * waits on: a new connection is made in one place (heal_store), where all lanes learn of it. */
static int open_lane(struct run_engine *e, uint32_t number, struct err *err)
{
    struct lane *lane = &e->lanes[number];
    struct skips skips = {0};
    struct partition_setup setup = {.number = number,
                                    .clock = e->event_clock ? CLOCK_EVENT : CLOCK_LIVE,
                                    .owner = random_owner(),
                                    .settings = e->settings,
                                    .programs = {e->aids.packs, run_packs_find},
                                    .sink = &e->sink,
                                    .log = &e->log,
                                    .store = &e->store,
                                    .ahead = {e, next_ahead},
                                    .skips = &skips,
                                    .position = &e->position};
    int64_t short_ms = lane->short_ms;
    must(lane->partition == NULL && lane->reset);
    lane->short_ms = 0;
    lane->partition = partition_new(&setup);
    bool opened = skip_topic_read(e->aids.skips, ASK_MS, &skips, err) == 0 &&
                  partition_open(lane->partition, err) == 0 &&
                  check_log(e, number, partition_next_offset(lane->partition), short_ms, err) == 0;
    skips_fini(&skips);
    if (!opened) {
        partition_free(lane->partition);
        lane->partition = NULL;
        e->open_at_ms = clock_mono_ms() + AGAIN_MS;
        return err->retriable ? 0 : -1;
    }
    run_out_begin_lane(e->out, number);
    run_engine_share_memory(e);
    lane->reset = lane->parked = lane->said = false;
    return 1;
}

static void free_partition(struct lane *lane)
{
    const struct partition_paging *paging = partition_paging(lane->partition);
    lane->evicted += paging->evicted;
    lane->loaded += paging->loaded;
    partition_free(lane->partition);
    lane->partition = NULL;
}

static void drop_memory(struct lane *lane)
{
    if (lane->partition != NULL) {
        lane->resets++;
        lane->w_before = (int64_t)flush_w(partition_flush_state(lane->partition));
        free_partition(lane);
    }
}

/* Said once, until it is open. */
static void say_later(struct run_engine *e, uint32_t number, const struct err *why)
{
    char text[TEXT_BYTES];
    if (e->lanes[number].said) {
        return;
    }
    e->lanes[number].said = true;
    (void)snprintf(text, sizeof text, "is opened later, the others go on: %s", why->text);
    run_engine_say(e, number, text);
}

/* ---- the group gives and takes
 * ---------------------------------------------------------------------- */

/* The group waits for nobody: with Redis or the leader of its log away the partition is ours, and
 * is opened later. After one attempt in vain the next ones that come wait without one. */
int64_t run_engine_begin(void *context, enum topic topic, int32_t partition, struct err *err)
{
    struct run_engine *e = context;
    must(topic == TOPIC_VISITS && partition >= 0);
    if ((uint32_t)partition >= e->lane_count) { /* somebody has added it */
        (void)fprintf(stderr,
                      "sluice run: engine %d: partition %" PRId32
                      " is not used: visits.partitions says %" PRIu32 "\n",
                      e->worker, partition, e->lane_count);
        return KAFKA_LATER;
    }
    struct lane *lane = &e->lanes[partition];
    fault_reach(FAULT_PARTITION_GIVEN);
    atomic_store_explicit(&e->shown->serves, false, memory_order_release);
    lane->reset = true;
    lane->parked = lane->said = false;
    lane->w_before = -1;
    lane->short_ms = 0;
    bool tries = clock_mono_ms() >= e->open_at_ms;
    int opened = tries ? open_lane(e, (uint32_t)partition, err) : 0;
    if (opened < 0) {
        lane->reset = false;
        return -1;
    }
    if (opened > 0) {
        return first_offset(lane);
    }
    lane->parked = true;
    if (tries && redis_store_reaches(e->redis, (uint32_t)partition)) {
        say_later(e, (uint32_t)partition, err);
    } else if (!redis_store_reaches(e->redis, (uint32_t)partition)) {
        run_engine_say(e, (uint32_t)partition,
                       "comes while Redis is away: it is opened when Redis is back");
    }
    err->code = ERR_NONE;
    return KAFKA_LATER;
}

/* What is still on its way is harmless, and read again there. */
void run_engine_end(void *context, enum topic topic, int32_t partition)
{
    struct run_engine *e = context;
    (void)topic;
    if ((uint32_t)partition >= e->lane_count) {
        return;
    }
    struct lane *lane = &e->lanes[partition];
    fault_reach(FAULT_PARTITION_TAKEN_AWAY);
    if (lane->partition != NULL) {
        free_partition(lane);
    }
    lane->reset = lane->parked = lane->said = false;
    run_engine_share_memory(e);
    run_out_begin_lane(e->out, (uint32_t)partition);
    run_engine_show(e, (uint32_t)partition);
}

/* ---- again
 * --------------------------------------------------------------------------------------- */

/* Nothing more of it is fetched until it is open. */
static void park(struct run_engine *e, uint32_t number)
{
    struct lane *lane = &e->lanes[number];
    if (!lane->parked) {
        lane->parked = true;
        run_engine_give_back(e);
        kafka_in_rewind(e->in, TOPIC_VISITS, (int32_t)number, KAFKA_LATER);
    }
}

static void say_opened(const struct run_engine *e, uint32_t number)
{
    const struct lane *lane = &e->lanes[number];
    char text[TEXT_BYTES];
    uint64_t w = partition_next_offset(lane->partition);
    (void)(lane->w_before < 0
               ? snprintf(text, sizeof text, "opened late: goes on at %" PRIu64, w)
               : snprintf(text, sizeof text, "reset: W was %" PRId64 ", goes on at %" PRIu64,
                          lane->w_before, w));
    run_engine_say(e, number, text);
}

/* 1: it is open; 0: later; -1. */
static int open_anew(struct run_engine *e, uint32_t number, struct err *err)
{
    struct lane *lane = &e->lanes[number];
    run_engine_give_back(e);
    drop_memory(lane);
    run_engine_show(e, number);
    fault_reach(FAULT_MEMORY_DROPPED);
    int opened = open_lane(e, number, err);
    if (opened <= 0) {
        if (opened == 0 && redis_store_reaches(e->redis, number)) {
            say_later(e, number, err);
        }
        park(e, number);
        return opened;
    }
    say_opened(e, number);
    fault_reach(FAULT_LANE_REOPENED);
    kafka_in_rewind(e->in, TOPIC_VISITS, (int32_t)number, first_offset(lane));
    fault_reach(FAULT_LOG_REWOUND);
    return 1;
}

int run_engine_reset_lanes(struct run_engine *e, struct err *err)
{
    int opened = 1;
    for (uint32_t k = 0; k < e->lane_count; k++) {
        uint32_t i = (e->open_next + k) % e->lane_count;
        if (!e->lanes[i].reset) {
            continue;
        }
        bool now =
            opened > 0 && clock_mono_ms() >= e->open_at_ms && redis_store_reaches(e->redis, i);
        opened = now ? open_anew(e, i, err) : opened;
        if (opened < 0) {
            return -1;
        }
        if (!now) {
            if (!e->lanes[i].parked && !redis_store_reaches(e->redis, i)) {
                run_engine_say(e, i, "is opened again when Redis is back");
            }
            park(e, i);
        } else if (opened == 0) {
            e->open_next = i + 1; /* the others first, the next time */
        }
    }
    return 0;
}
