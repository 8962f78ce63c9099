#include "engine/local.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/partition.h"
#include "engine/step.h"

#include <stdlib.h>
#include <string.h>

/* A frame of the log in memory that its partition has not taken yet. */
struct waiting {
    uint32_t partition;
    struct place place; /* of its only visit */
    struct buf frame;
};

/* A partition and its end of the log. */
struct lane {
    struct partition *partition;
    uint64_t next_offset; /* of the next frame, ticks up to `ticks` included */
    uint64_t ticks;       /* how many of the city's ticks that counts */
};

/* When the waits of all pages are due. */
struct wait_ends {
    int64_t *due_ms;
    size_t count, cap;
};

struct local {
    const struct settings *settings;
    const struct program *program;
    struct sink *sink;
    struct sink counting; /* in front of the caller's */
    struct visit_log log;
    struct store *store;
    struct lane *lanes;
    uint32_t lane_count;
    int64_t clock_ms; /* largest judged time so far, 0: none */
    /* Each tick is a frame of every partition's log. Where no page is to be looked at, only the
     * last one before a partition's next frame, which carries the same time, or before a flush can
     * be told apart from none, so the others are counted and never made. */
    uint64_t ticks;
    int64_t due_ms; /* no page is to be looked at before */
    struct buf tick;
    struct waiting *queue; /* from queue_at to queue_end */
    size_t queue_at, queue_end, queue_cap;
    struct visit visit;
    uint64_t duplicates; /* records not put into the log, which has them */
    uint64_t outputs[OUTPUT_KIND_COUNT];
};

static const struct program *find_program(void *self, const uint8_t *hash)
{
    const struct local *local = self;
    bool same = local->program != NULL && memcmp(local->program->hash, hash, 32) == 0;
    return same ? local->program : NULL;
}

static int emit_counting(void *self, const struct output *output, struct err *err)
{
    struct local *local = self;
    local->outputs[output->kind]++;
    return local->sink->emit(local->sink->self, output, err);
}

/* ---- the log -------------------------------------------------------------------------------- */

/* An empty frame at the end of the queue, with the clock of now. */
static struct buf *queue_frame(struct local *local, uint32_t partition)
{
    void *queue = local->queue;
    mem_reserve(&queue, &local->queue_cap, local->queue_end + 1, sizeof *local->queue);
    local->queue = queue;
    struct waiting *last = &local->queue[local->queue_end++];
    last->partition = partition;
    frame_begin(&last->frame, local->clock_ms);
    return &last->frame;
}

/* Each visit has a frame of its own, so visits of all partitions are taken in the order in which
 * they were sent, however many partitions there are. */
static int append_visit(void *self, uint32_t partition, const struct visit *visit, struct err *err)
{
    struct local *local = self;
    (void)err;
    frame_add(queue_frame(local, partition), visit);
    local->queue[local->queue_end - 1].place = visit->place;
    return 0;
}

/* The lane's next offset, behind all ticks so far. */
static uint64_t lane_offset(const struct local *local, struct lane *lane)
{
    lane->next_offset += local->ticks - lane->ticks;
    lane->ticks = local->ticks;
    return lane->next_offset;
}

static int apply(struct local *local, struct lane *lane, uint64_t offset, struct str frame,
                 struct err *err)
{
    int result = partition_apply(lane->partition, offset, 0, frame, err);
    int64_t due_ms = partition_due_ms(lane->partition);
    local->due_ms = due_ms < local->due_ms ? due_ms : local->due_ms;
    return result;
}

static int drain(struct local *local, struct err *err)
{
    int result = 0;
    while (local->queue_at < local->queue_end && result == 0) {
        /* The bytes stay where they are while the queue grows. */
        struct waiting next = local->queue[local->queue_at++];
        struct lane *lane = &local->lanes[next.partition];
        uint64_t offset = lane_offset(local, lane);
        lane->next_offset++;
        result = apply(local, lane, offset, buf_str(&next.frame), err);
    }
    local->queue_at = 0;
    local->queue_end = 0;
    return result;
}

/* Brings a partition's clock forward to the last tick. */
static int catch_up(struct local *local, uint32_t partition, struct err *err)
{
    struct lane *lane = &local->lanes[partition];
    if (lane->ticks == local->ticks) {
        return 0;
    }
    uint64_t last = lane_offset(local, lane) - 1;
    frame_begin(&local->tick, local->clock_ms);
    return apply(local, lane, last, buf_str(&local->tick), err);
}

static int catch_up_all(struct local *local, struct err *err)
{
    for (uint32_t i = 0; i < local->lane_count; i++) {
        if (catch_up(local, i, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int compare_actors(const void *a, const void *b)
{
    struct place left = ((const struct waiting *)a)->place;
    struct place right = ((const struct waiting *)b)->place;
    left.lsn = right.lsn; /* in each partition's log the tick has another number */
    return place_compare(&left, &right);
}

/* The tick just counted, where a page is to be looked at. What that sends is taken before anything
 * else, in the order of those who sent it: as if all were in one partition. */
static int look_at_pages(struct local *local, struct err *err)
{
    local->due_ms = INT64_MAX;
    for (uint32_t i = 0; i < local->lane_count; i++) {
        int64_t due_ms = partition_due_ms(local->lanes[i].partition);
        if (due_ms > local->clock_ms) {
            local->due_ms = due_ms < local->due_ms ? due_ms : local->due_ms;
        } else if (catch_up(local, i, err) != 0) {
            return -1;
        }
    }
    if (local->queue_end > 1) {
        qsort(local->queue, local->queue_end, sizeof *local->queue, compare_actors);
    }
    return drain(local, err);
}

/* ---- life ----------------------------------------------------------------------------------- */

struct local *local_new(const struct settings *settings, const struct program *program,
                        struct sink *sink, struct store *store)
{
    struct local *local = mem_alloc(1, sizeof *local);
    local->settings = settings;
    local->program = program;
    local->sink = sink;
    local->store = store;
    local->counting = (struct sink){local, emit_counting};
    local->log = (struct visit_log){local, append_visit};
    local->due_ms = INT64_MAX;
    local->lane_count = (uint32_t)settings->visits_partitions;
    local->lanes = mem_alloc(local->lane_count, sizeof *local->lanes);
    for (uint32_t i = 0; i < local->lane_count; i++) {
        struct partition_setup setup = {.number = i,
                                        .clock = CLOCK_EVENT,
                                        .settings = settings,
                                        .programs = {local, find_program},
                                        .sink = &local->counting,
                                        .log = &local->log,
                                        .store = store};
        local->lanes[i].partition = partition_new(&setup);
    }
    return local;
}

void local_free(struct local *local)
{
    if (local == NULL) {
        return;
    }
    for (uint32_t i = 0; i < local->lane_count; i++) {
        partition_free(local->lanes[i].partition);
    }
    for (size_t i = 0; i < local->queue_cap; i++) {
        buf_fini(&local->queue[i].frame);
    }
    buf_fini(&local->tick);
    mem_free(local->queue);
    mem_free(local->lanes);
    mem_free(local);
}

void local_watch_decisions(struct local *local, const struct decision_watch *watch)
{
    for (uint32_t i = 0; i < local->lane_count; i++) {
        partition_watch_decisions(local->lanes[i].partition, watch);
    }
}

int local_open(struct local *local, struct err *err)
{
    for (uint32_t i = 0; i < local->lane_count; i++) {
        struct lane *lane = &local->lanes[i];
        if (partition_open(lane->partition, err) != 0) {
            return -1;
        }
        const struct header *header = partition_header(lane->partition);
        lane->next_offset = partition_next_offset(lane->partition);
        if (header->clock_ms > local->clock_ms) {
            local->clock_ms = header->clock_ms;
        }
        int64_t due_ms = partition_due_ms(lane->partition);
        local->due_ms = due_ms < local->due_ms ? due_ms : local->due_ms;
    }
    return 0;
}

static bool runs_pack(const struct local *local, uint32_t partition, uint64_t number)
{
    const struct header *header = partition_header(local->lanes[partition].partition);
    return header->pack_number == number &&
           memcmp(header->pack_hash, local->program->hash, sizeof header->pack_hash) == 0;
}

/* The number under which the pack runs from now on: the greatest so far if that is this pack
 * already. */
static uint64_t pack_number(const struct local *local)
{
    uint64_t newest = 0;
    bool same = true;
    for (uint32_t i = 0; i < local->lane_count; i++) {
        const struct header *header = partition_header(local->lanes[i].partition);
        newest = header->pack_number > newest ? header->pack_number : newest;
    }
    for (uint32_t i = 0; i < local->lane_count; i++) {
        const struct header *header = partition_header(local->lanes[i].partition);
        same = same && (header->pack_number < newest || runs_pack(local, i, newest));
    }
    return newest == 0 || !same ? newest + 1 : newest;
}

int local_start(struct local *local, struct err *err)
{
    must(local->program != NULL);
    if (local_open(local, err) != 0) {
        return -1;
    }
    uint64_t number = pack_number(local);
    for (uint32_t i = 0; i < local->lane_count; i++) {
        if (!runs_pack(local, i, number)) {
            frame_activate(queue_frame(local, i), number, local->program->hash);
        }
    }
    return drain(local, err);
}

/* ---- running -------------------------------------------------------------------------------- */

int local_tick(struct local *local, int64_t clock_ms, struct err *err)
{
    local->clock_ms = clock_ms > local->clock_ms ? clock_ms : local->clock_ms;
    local->ticks++;
    /* Others take it with their next frame, or at the flush. */
    return local->due_ms <= local->clock_ms ? look_at_pages(local, err) : 0;
}

static void add_due(void *context, const struct page *page)
{
    struct wait_ends *ends = context;
    for (uint32_t i = 0; i < page->wait_count; i++) {
        void *due = ends->due_ms;
        mem_reserve(&due, &ends->cap, ends->count + 1, sizeof *ends->due_ms);
        ends->due_ms = due;
        ends->due_ms[ends->count++] = page->waits[i].due_ms;
    }
}

static int compare_times(const void *a, const void *b)
{
    const int64_t *left = a;
    const int64_t *right = b;
    return *left < *right ? -1 : *left > *right;
}

int local_end_waits(struct local *local, struct err *err)
{
    struct wait_ends ends = {0};
    int result = 0;
    local_each_page(local, add_due, &ends);
    if (ends.count > 0) {
        qsort(ends.due_ms, ends.count, sizeof *ends.due_ms, compare_times);
    }
    for (size_t i = 0; i < ends.count && result == 0; i++) {
        result = local_tick(local, ends.due_ms[i], err);
    }
    mem_free(ends.due_ms);
    return result;
}

int local_deliver(struct local *local, uint32_t source, uint64_t record_number,
                  const struct event *event, struct err *err)
{
    struct visit *visit = &local->visit;
    must(source < SOURCE_VISITS);
    visit->event = *event;
    outbox_begin_visit(visit, source, record_number);
    uint32_t partition = outbox_partition(event_leg_token(event, visit->leg), local->lane_count);
    if (header_has_place(partition_header(local->lanes[partition].partition), source,
                         &visit->place)) {
        local->duplicates++;
        return 0;
    }
    if (event_is_judged(event->kind) && local_tick(local, event->judged_ms, err) != 0) {
        return -1;
    }
    if (append_visit(local, partition, visit, err) != 0) {
        return -1;
    }
    return drain(local, err);
}

int local_flush(struct local *local, struct err *err)
{
    must(local->store != NULL);
    if (catch_up_all(local, err) != 0) {
        return -1;
    }
    for (uint32_t i = 0; i < local->lane_count; i++) {
        if (partition_flush(local->lanes[i].partition, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- looking -------------------------------------------------------------------------------- */

void local_counts(const struct local *local, struct local_counts *counts)
{
    *counts = (struct local_counts){0};
    for (uint32_t i = 0; i < local->lane_count; i++) {
        const struct counters *part = &partition_header(local->lanes[i].partition)->counters;
        const struct cache *cache = partition_cache(local->lanes[i].partition);
#define COUNTER(name, sentence) counts->name += part->name;
#include "engine/counter.def"
        counts->pages += cache_count(cache);
        counts->page_bytes += cache_memory_bytes(cache);
    }
    counts->fetched += local->duplicates;
    counts->duplicate += local->duplicates;
    memcpy(counts->outputs, local->outputs, sizeof counts->outputs);
}

const struct page *local_page(struct local *local, const struct token *token, struct err *err)
{
    struct page *page = NULL;
    uint32_t partition = outbox_partition(token, local->lane_count);
    if (err != NULL) {
        err->code = ERR_NONE;
    }
    if (partition_find_page(local->lanes[partition].partition, token, &page, err) != 0) {
        return NULL;
    }
    return page != NULL && !page_is_forgotten(page) ? page : NULL;
}

void local_each_page(const struct local *local, local_page_fn *fn, void *context)
{
    for (uint32_t i = 0; i < local->lane_count; i++) {
        const struct cache *cache = partition_cache(local->lanes[i].partition);
        struct page **sorted = cache_sorted(cache);
        for (size_t k = 0; k < cache_count(cache); k++) {
            if (!page_is_forgotten(sorted[k])) {
                fn(context, sorted[k]);
            }
        }
        mem_free(sorted);
    }
}
