#include "tests/sim/sim_check.h"

#include "connectors/cli/log_ledger.h"
#include "connectors/cli/store_check.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <inttypes.h>
#include <string.h>

/* One partition's log, replayed by one owner without a store. */
struct replay {
    struct sim_world *world;
    uint32_t number;
    struct sim_outputs outputs; /* of all partitions */
    struct log_ledger *ledger;
    uint32_t *taken[SIM_FEEDS];  /* how often each raw record was */
    struct header places;        /* its watermarks alone: which visits came before */
    struct store_check **checks; /* one for each version, those of the master at the end first */
    size_t check_count, check_cap;
    struct sim_check_counts *counts;
};

/* ---- taking notes ---------------------------------------------------------------------------- */

static int emit(void *self, const struct output *output, struct err *err)
{
    struct replay *r = self;
    (void)err;
    sim_outputs_add(&r->outputs, output);
    r->counts->requests += output->kind == OUTPUT_STOP;
    return 0;
}

static int append(void *self, uint32_t partition, const struct visit *visit, struct err *err)
{
    struct replay *r = self;
    (void)err;
    r->counts->marks += visit->event.kind == EVENT_MARK;
    log_ledger_sent(r->ledger, r->number, partition, visit);
    return 0;
}

static void changed(void *self, const struct page *page)
{
    struct replay *r = self;
    for (size_t i = 0; i < r->check_count; i++) {
        struct page_watch watch = store_check_watch(r->checks[i]);
        watch.changed(watch.self, page);
    }
}

static void note_taken(struct replay *r, const struct visit *visit)
{
    if (header_has_place(&r->places, visit->source, &visit->place)) {
        return;
    }
    header_take_place(&r->places, visit->source, &visit->place);
    log_ledger_taken(r->ledger, r->number, visit);
    for (uint32_t f = 0; f < SIM_FEEDS; f++) {
        const struct sim_feed *feed = &r->world->feeds[f];
        if (feed->source == visit->source) {
            must(visit->place.lsn < feed->records.count);
            r->taken[f][visit->place.lsn]++;
        }
    }
}

static void note_frame(struct replay *r, struct str frame)
{
    struct frame_reader reader;
    struct visit visit;
    must(frame_open(&reader, frame));
    for (uint32_t i = 0; i < reader.head.visit_count; i++) {
        must(frame_next(&reader, &visit));
        note_taken(r, &visit);
    }
}

/* ---- one partition --------------------------------------------------------------------------- */

static int open_versions(struct replay *r, struct sim_master *master, size_t from, struct err *err)
{
    size_t versions = sim_master_versions(master);
    for (size_t i = from; i <= versions; i++) {
        struct store store = sim_master_version(master, i);
        void *checks = r->checks;
        mem_reserve(&checks, &r->check_cap, r->check_count + 1, sizeof(struct store_check *));
        r->checks = checks;
        r->checks[r->check_count] =
            store_check_open(&store, 0, r->world->settings.engine_expiry_ms, err);
        if (r->checks[r->check_count] == NULL) {
            return -1;
        }
        r->check_count++;
    }
    for (size_t i = 0; i < sim_master_ended(master); i++) {
        size_t kept = 0;
        struct sim_master *ended = sim_master_ended_at(master, i, &kept);
        if (open_versions(r, ended, kept + 1, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* All versions that there ever were, also those that somebody has cut off since. */
static int open_checks(struct replay *r, struct err *err)
{
    return open_versions(r, r->world->masters[r->number], 0, err);
}

static int close_checks(struct replay *r, struct err *err)
{
    struct store_check_counts sums = {0};
    for (size_t i = 0; i < r->check_count; i++) {
        uint64_t before = sums.differences;
        store_check_end(r->checks[i], &sums);
        store_check_free(r->checks[i]);
        if (sums.differences > before && err->code == ERR_NONE) {
            (void)err_set(err, ERR_FINDING,
                          "I3: version %zu of %zu of partition %" PRIu32
                          " is no place to recover from",
                          i, r->check_count - 1, r->number);
        }
    }
    r->counts->versions += r->check_count;
    r->counts->pages += sums.pages;
    mem_free(r->checks);
    r->checks = NULL;
    r->check_count = r->check_cap = 0;
    return err->code == ERR_NONE ? 0 : -1;
}

static void look_before(struct replay *r, const struct partition *partition)
{
    for (size_t i = 0; i < r->check_count; i++) {
        store_check_before(r->checks[i], partition);
    }
}

static int apply_log(struct replay *r, struct partition *partition, struct err *err)
{
    const struct sim_log *log = &r->world->kafka.logs[r->number];
    for (uint64_t offset = 0; offset < log->count; offset++) {
        struct str frame = buf_str(&log->frames[offset].bytes);
        look_before(r, partition);
        note_frame(r, frame);
        if (partition_apply(partition, offset, log->frames[offset].append_ms, frame, err) != 0) {
            return -1;
        }
    }
    look_before(r, partition);
    return 0;
}

/* The owner that stayed counted what the log has, in its own ways of knowing visits. */
static int check_counters(struct replay *r, const struct counters *log, struct err *err)
{
    const struct sim_owner *owner = r->world->owners[r->number][0];
    const struct header *header = partition_header(owner->partition);
    const struct counters *own = &header->counters;
    r->counts->visits += log->fetched;
    r->counts->duplicates += log->duplicate;
    r->counts->included += own->included;
    r->counts->quarantined += log->quarantined + log->waits_quarantined;
    if (own->fetched != log->fetched || own->duplicate != log->duplicate ||
        own->fetched != own->applied + own->duplicate + own->included + own->quarantined) {
        return err_set(err, ERR_FINDING,
                       "I8: partition %" PRIu32 " fetched %" PRIu64 ", applied %" PRIu64
                       ", duplicate %" PRIu64 ", included %" PRIu64 ", quarantined %" PRIu64
                       "; its log has %" PRIu64 " and %" PRIu64 " duplicates",
                       r->number, own->fetched, own->applied, own->duplicate, own->included,
                       own->quarantined, log->fetched, log->duplicate);
    }
    if (header->pack_number != r->world->pack_number) {
        return err_set(err, ERR_FINDING,
                       "partition %" PRIu32 " runs pack %" PRIu64 ", not the last, %" PRIu64,
                       r->number, header->pack_number, r->world->pack_number);
    }
    return 0;
}

static int replay_partition(struct replay *r, struct err *err)
{
    struct sink sink = {r, emit};
    struct visit_log log = {r, append};
    struct partition_setup setup = {.number = r->number,
                                    .settings = &r->world->settings,
                                    .programs = r->world->shared.programs,
                                    .sink = &sink,
                                    .log = &log,
                                    .skips = &r->world->shared.poison.skips,
                                    .watch = {r, changed}};
    struct partition *partition = partition_new(&setup);
    int result = open_checks(r, err) != 0 || partition_open(partition, err) != 0 ||
                         apply_log(r, partition, err) != 0 ||
                         check_counters(r, &partition_header(partition)->counters, err) != 0
                     ? -1
                     : 0;
    if (close_checks(r, err) != 0) {
        result = -1;
    }
    partition_free(partition);
    header_fini(&r->places);
    return result;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static int check_outputs(struct replay *r, struct err *err)
{
    struct sim_outputs *had = &r->world->kafka.outputs;
    struct sim_outputs *want = &r->outputs;
    size_t at = 0;
    sim_outputs_sort(had);
    sim_outputs_sort(want);
    for (size_t i = 0; i < want->count; i++) {
        const struct sim_output *one = &want->item[i];
        size_t copies = 0;
        for (; at < had->count && token_eq(&had->item[at].id, &one->id); at++, copies++) {
            if (!str_eq(buf_str(&had->item[at].json), buf_str(&one->json))) {
                return err_set(err, ERR_FINDING, "I2: two contents of one id: %.*s and %.*s",
                               (int)one->json.len, one->json.at, (int)had->item[at].json.len,
                               had->item[at].json.at);
            }
        }
        if (copies == 0) {
            return err_set(err, ERR_FINDING, "I1: never emitted: %.*s", (int)one->json.len,
                           one->json.at);
        }
        r->counts->copies += copies;
    }
    if (at < had->count) {
        return err_set(err, ERR_FINDING, "I1: emitted, and not in the log: %.*s",
                       (int)had->item[at].json.len, had->item[at].json.at);
    }
    r->counts->outputs += want->count;
    return 0;
}

static int check_raw(struct replay *r, struct err *err)
{
    for (uint32_t f = 0; f < SIM_FEEDS; f++) {
        for (size_t i = 0; i < r->world->feeds[f].records.count; i++) {
            if (r->taken[f][i] != 1) {
                return err_set(err, ERR_FINDING,
                               "record %zu of feed %" PRIu32 " was taken %" PRIu32 " times", i, f,
                               r->taken[f][i]);
            }
        }
    }
    return 0;
}

int sim_check(struct sim_world *world, struct sim_check_counts *counts, struct err *err)
{
    struct replay r = {.world = world, .counts = counts};
    int result = 0;
    r.ledger = log_ledger_new(SIM_PARTITIONS);
    for (uint32_t f = 0; f < SIM_FEEDS; f++) {
        r.taken[f] = mem_alloc(world->feeds[f].records.count + 1, sizeof *r.taken[f]);
    }
    for (r.number = 0; r.number < SIM_PARTITIONS && result == 0; r.number++) {
        result = replay_partition(&r, err);
    }
    if (result == 0) {
        result = check_outputs(&r, err) != 0 || check_raw(&r, err) != 0 ||
                         log_ledger_close(r.ledger, err) != 0 ||
                         sim_poison_check(&world->shared.poison, err) != 0
                     ? -1
                     : 0;
    }
    if (result == 0 && log_ledger_in_flight(r.ledger) > 0) {
        result = err_set(err, ERR_FINDING, "%" PRIu64 " visits are on their way after the drain",
                         log_ledger_in_flight(r.ledger));
    }
    log_ledger_free(r.ledger);
    for (uint32_t f = 0; f < SIM_FEEDS; f++) {
        mem_free(r.taken[f]);
    }
    sim_outputs_fini(&r.outputs);
    return result;
}
