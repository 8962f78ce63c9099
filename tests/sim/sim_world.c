#include "tests/sim/sim_world.h"

#include "engine/base/caltime.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define T0 INT64_C(1772416800000) /* 2026-03-02T10:00:00+08:00 */
#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define CLOCK_STEP_MS (60 * MINUTE_MS)
#define ACCOUNTS 12
#define PEOPLE 5
#define CALL_S_MAX 300 /* a record comes when the call has ended */
#define FRAMES_MAX 6
#define TURNS_MAX 4000
#define REST_TICKS 6 /* after the drain, far apart: pages expire, their tombstones go */
#define REPEAT_NEAR 5
#define LATE_NEAR 4
#define BREAK_NEAR 4
#define ARMED_MAX 8     /* an armed point kills at one of its next times */
#define PAGE_BYTES 4096 /* about, in memory */
#define TWIN_TURNS 40   /* so soon a second owner has the number of the first, or not at all */
#define CUT_NEAR 6      /* most fail-overs lose a few calls, one in five any number */

/* ---- small choices --------------------------------------------------------------------------- */

static uint32_t below(struct sim_world *w, size_t count)
{
    return prng_below(&w->rng, (uint32_t)count);
}

static size_t owner_count(const struct sim_world *w, uint32_t p)
{
    return (w->owners[p][0] != NULL) + (size_t)(w->owners[p][1] != NULL);
}

static struct sim_owner *some_owner(struct sim_world *w)
{
    uint32_t p = below(w, SIM_PARTITIONS);
    struct sim_owner *owner = w->owners[p][below(w, owner_count(w, p))];
    return owner->paused ? NULL : owner;
}

static struct sim_reader *some_reader(struct sim_world *w)
{
    uint32_t f = below(w, SIM_FEEDS);
    return w->readers[f][w->readers[f][1] != NULL && prng_chance(&w->rng, 50)];
}

static struct sim_sender *some_sender(struct sim_world *w)
{
    if (prng_chance(&w->rng, 50)) {
        return some_reader(w)->sender;
    }
    struct sim_owner *owner = some_owner(w);
    return owner == NULL ? NULL : owner->sender;
}

/* ---- owners ---------------------------------------------------------------------------------- */

/* A new owner may still be told the address of the old master. */
static void start_owner(struct sim_world *w, uint32_t p)
{
    bool stale = w->olds[p] != NULL && prng_chance(&w->rng, 30);
    must(owner_count(w, p) < SIM_OWNERS_MAX);
    struct sim_owner *owner = sim_owner_new(&w->shared, p, stale ? w->olds[p] : w->masters[p]);
    w->owners[p][owner_count(w, p)] = owner;
    sim_owner_open(owner);
}

/* A kill: of what is on its way to Redis some calls arrive all the same. */
static void kill_owner(struct sim_world *w, uint32_t p, uint32_t which)
{
    struct sim_owner *victim = w->owners[p][which];
    sim_link_execute(victim->link, below(w, sim_link_calls(victim->link) + 1));
    sim_owner_free(victim);
    w->owners[p][0] = w->owners[p][1 - which];
    w->owners[p][1] = NULL;
    if (w->owners[p][0] == NULL || w->owners[p][0]->paused) {
        start_owner(w, p);
    }
}

/* Who died starts again. */
static void bury(struct sim_world *w, const struct sim_owner *owner)
{
    if (owner->died) {
        kill_owner(w, owner->number, w->owners[owner->number][0] == owner ? 0 : 1);
    }
}

/* ---- ordinary life --------------------------------------------------------------------------- */

static void add_time(struct buf *out, int64_t time_ms)
{
    char text[CALTIME_TEXT_BYTES];
    caltime_format(text, time_ms, CALTIME_ZONE_MS);
    buf_add_format(out, "\"time\":\"%s\"", text);
}

static void write_binding(struct sim_world *w, struct buf *out)
{
    uint32_t account = below(w, ACCOUNTS);
    uint32_t person = below(w, PEOPLE);
    buf_add_format(out,
                   "{\"type\":\"account\",\"id\":\"b-%" PRIu64
                   "\",\"account\":\"62220000000000%02" PRIu32 "1\",\"person\":\"P-%" PRIu32
                   "\",\"kind\":\"personal\",",
                   w->records, account, person);
}

static void write_call(struct sim_world *w, struct buf *out)
{
    uint32_t caller = below(w, ACCOUNTS);
    uint32_t callee = below(w, ACCOUNTS);
    uint32_t duration_s = below(w, CALL_S_MAX);
    buf_add_format(out,
                   "{\"type\":\"call\",\"phase\":\"record\",\"id\":\"c-%" PRIu64
                   "\",\"caller\":\"120000000%02" PRIu32 "\",\"callee\":\"120000000%02" PRIu32
                   "\",\"answered\":true,\"duration_s\":%" PRIu32 ",",
                   w->records, caller, callee, duration_s);
}

static void write_payment(struct sim_world *w, struct buf *out)
{
    uint32_t payer = below(w, ACCOUNTS);
    uint32_t payee = below(w, ACCOUNTS / 3);
    uint32_t amount = 100 + below(w, 90000);
    buf_add_format(out,
                   "{\"type\":\"transaction\",\"phase\":\"initiated\",\"id\":\"p-%" PRIu64
                   "\",\"payer\":{\"account\":\"62220000000000%02" PRIu32
                   "1\"},\"payee\":{\"account\":\"62220000000000%02" PRIu32
                   "1\"},\"amount\":\"%" PRIu32
                   ".00\",\"currency\":\"CNY\",\"channel\":\"mobile\",\"purpose\":\"transfer\",",
                   w->records, payer, payee, amount);
}

/* One of the records just before: once more, or as its next phase. Not where pages are forgotten
 * within the history: past that a repeated record is a new one, and its ids come twice. */
static bool repeat_record(struct sim_world *w, struct sim_feed *feed)
{
    static const char initiated[] = "\"initiated\"";
    if (w->forgets || feed->records.count == 0 || !prng_chance(&w->rng, 12)) {
        return false;
    }
    struct buf line = {0};
    size_t back = feed->records.count < REPEAT_NEAR ? feed->records.count : REPEAT_NEAR;
    size_t which = feed->records.count - 1 - below(w, back);
    buf_add_str(&line, buf_str(&feed->records.frames[which].bytes));
    const char *at = prng_chance(&w->rng, 60) ? strstr(buf_text(&line), initiated) : NULL;
    if (at != NULL) {
        struct buf posted = {0};
        buf_add(&posted, line.at, (size_t)(at - line.at));
        buf_add_text(&posted, "\"posted\"");
        buf_add_text(&posted, at + sizeof initiated - 1);
        buf_fini(&line);
        line = posted;
    }
    sim_log_append(&feed->records, w->kafka.now_ms, buf_str(&line));
    buf_fini(&line);
    return true;
}

static void make_record(struct sim_world *w)
{
    static void (*const writers[SIM_FEEDS])(struct sim_world *, struct buf *) = {write_binding,
                                                                                 write_call,
                                                                                 write_payment};
    static const uint8_t feeds[] = {0, 1, 1, 1, 2, 2, 2, 2, 2, 2};
    uint32_t feed = feeds[below(w, sizeof feeds)];
    bool late = prng_chance(&w->rng, 20);
    int64_t late_ms =
        CALL_S_MAX * SECOND_MS + (late ? prng_between(&w->rng, 0, 20 * MINUTE_MS) : 0);
    if (repeat_record(w, &w->feeds[feed])) {
        return;
    }
    struct buf line = {0};
    w->records++;
    writers[feed](w, &line);
    add_time(&line, w->kafka.now_ms - late_ms);
    buf_add_char(&line, '}');
    sim_log_append(&w->feeds[feed].records, w->kafka.now_ms, buf_str(&line));
    buf_fini(&line);
}

static void read_record(struct sim_world *w)
{
    (void)sim_reader_work(some_reader(w));
}

static void commit(struct sim_world *w)
{
    sim_reader_commit(some_reader(w));
}

static void land(struct sim_world *w)
{
    struct sim_sender *sender = some_sender(w);
    uint32_t target = below(w, SIM_TARGETS);
    if (sender != NULL) {
        (void)sim_sender_land(sender, target, 1 + below(w, 5));
    }
}

static void ack(struct sim_world *w)
{
    struct sim_sender *sender = some_sender(w);
    uint32_t target = below(w, SIM_TARGETS);
    if (sender != NULL) {
        (void)sim_sender_ack(sender, target, 1 + below(w, 5));
    }
}

static void append_tick(struct sim_world *w, uint32_t p)
{
    struct buf frame = {0};
    frame_begin(&frame, 0);
    sim_kafka_append(&w->kafka, p, buf_str(&frame));
    buf_fini(&frame);
}

static void tick(struct sim_world *w)
{
    append_tick(w, below(w, SIM_PARTITIONS));
}

static void append_activation(struct sim_world *w, uint32_t p, uint64_t number)
{
    struct buf frame = {0};
    frame_begin(&frame, 0);
    frame_activate(&frame, number, w->packs[number % SIM_PACKS]->hash);
    sim_kafka_append(&w->kafka, p, buf_str(&frame));
    buf_fini(&frame);
}

static void new_pack(struct sim_world *w)
{
    w->pack_number++;
}

/* At least once: an old one may come again, late. */
static void activate(struct sim_world *w)
{
    uint32_t p = below(w, SIM_PARTITIONS);
    if (w->activated[p] < w->pack_number) {
        append_activation(w, p, ++w->activated[p]);
    } else if (prng_chance(&w->rng, 30)) {
        append_activation(w, p, 1 + below(w, w->pack_number));
    }
}

static void work(struct sim_world *w)
{
    struct sim_owner *owner = some_owner(w);
    if (owner != NULL) {
        (void)sim_owner_work(owner, 1 + below(w, FRAMES_MAX));
    }
}

static void push(struct sim_world *w)
{
    struct sim_owner *owner = some_owner(w);
    if (owner != NULL) {
        sim_owner_push(owner, prng_chance(&w->rng, 50) ? FLUSH_ALL : FLUSH_RESTED);
    }
}

static void execute(struct sim_world *w)
{
    struct sim_owner *owner = some_owner(w);
    if (owner != NULL) {
        sim_link_execute(owner->link, 1 + below(w, 2));
    }
}

static void answer(struct sim_world *w)
{
    struct sim_owner *owner = some_owner(w);
    if (owner != NULL) {
        (void)sim_owner_take_answers(owner);
    }
}

static void sweep(struct sim_world *w)
{
    struct sim_owner *owner = some_owner(w);
    if (owner != NULL) {
        sim_owner_sweep(owner);
    }
}

static void land_orphan(struct sim_world *w)
{
    sim_kafka_land_orphan(&w->kafka);
}

static bool drain_sender(struct sim_sender *sender)
{
    size_t moved = 0;
    for (uint32_t target = 0; target < SIM_TARGETS; target++) {
        moved += sim_sender_land(sender, target, SIZE_MAX);
        moved += sim_sender_ack(sender, target, SIZE_MAX);
    }
    return moved > 0;
}

/* ---- faults ---------------------------------------------------------------------------------- */

static void crash(struct sim_world *w)
{
    uint32_t p = below(w, SIM_PARTITIONS);
    kill_owner(w, p, below(w, owner_count(w, p)));
}

/* Stopped for longer than its session: somebody else takes over. */
static void pause_owner(struct sim_world *w)
{
    uint32_t p = below(w, SIM_PARTITIONS);
    if (owner_count(w, p) == 1) {
        w->owners[p][0]->paused = true;
        start_owner(w, p);
    }
}

static void resume(struct sim_world *w)
{
    for (uint32_t p = 0; p < SIM_PARTITIONS; p++) {
        w->owners[p][0]->paused = false;
    }
}

static void end_double(struct sim_world *w)
{
    uint32_t p = below(w, SIM_PARTITIONS);
    if (owner_count(w, p) > 1) {
        kill_owner(w, p, below(w, 2));
    }
}

static void end_reader(struct sim_world *w, uint32_t f, uint32_t which)
{
    bool second = w->readers[f][1] != NULL;
    sim_reader_free(w->readers[f][which]);
    w->readers[f][which] = second ? w->readers[f][1] : sim_reader_new(&w->shared, &w->feeds[f]);
    w->readers[f][1] = NULL;
}

static void kill_reader(struct sim_world *w)
{
    uint32_t f = below(w, SIM_FEEDS);
    end_reader(w, f, w->readers[f][1] != NULL ? below(w, 2) : 0);
}

/* Whoever comes there for that time dies there. */
static void arm_point(struct sim_world *w)
{
    enum fault_point point = sim_fault_point(below(w, sim_fault_points()));
    uint32_t times = 1 + below(w, prng_chance(&w->rng, 50) ? 1 : ARMED_MAX);
    sim_fault_arm(&w->shared.fault, point, times);
    if (w->trace) {
        (void)printf("    at %s, time %" PRIu32 "\n", fault_infos[point].name, times);
    }
}

/* Those who died are thrown away, as after a kill. */
static void bury_dead(struct sim_world *w)
{
    for (uint32_t p = 0; p < SIM_PARTITIONS; p++) {
        for (uint32_t i = 0; i < owner_count(w, p); i++) {
            bury(w, w->owners[p][i]);
        }
    }
    for (uint32_t f = 0; f < SIM_FEEDS; f++) {
        for (uint32_t i = 0; i < SIM_READERS_MAX; i++) {
            if (w->readers[f][i] != NULL && w->readers[f][i]->died) {
                end_reader(w, f, i);
            }
        }
    }
}

static void second_reader(struct sim_world *w)
{
    uint32_t f = below(w, SIM_FEEDS);
    if (w->readers[f][1] == NULL) {
        w->readers[f][1] = sim_reader_new(&w->shared, &w->feeds[f]);
    }
}

static void renew_sender(struct sim_world *w)
{
    struct sim_sender *sender = some_sender(w);
    if (sender != NULL) {
        sim_sender_renew(sender);
    }
}

/* Some calls were executed, some not; the worker cannot know. */
static void lose_reply(struct sim_world *w)
{
    struct sim_owner *owner = some_owner(w);
    if (owner != NULL) {
        sim_link_execute(owner->link, below(w, sim_link_calls(owner->link) + 1));
        if (prng_chance(&w->rng, 50)) {
            sim_link_linger(owner->link, below(w, LATE_NEAR));
        }
        sim_owner_reconnect(owner, sim_link_master(owner->link));
    }
}

/* One of the next things that are asked of the store fails. */
static void break_link(struct sim_world *w)
{
    struct sim_owner *owner = some_owner(w);
    if (owner != NULL) {
        uint32_t n = 1 + below(w, BREAK_NEAR);
        sim_link_break(owner->link, n, below(w, BREAK_NEAR));
    }
}

/* What a fail-over or a cut append-only file leaves. */
static size_t some_prefix(struct sim_world *w, const struct sim_master *master)
{
    size_t versions = sim_master_versions(master);
    size_t most = prng_chance(&w->rng, 20) || versions < CUT_NEAR ? versions : CUT_NEAR;
    return versions - below(w, most + 1);
}

static void rewind_redis(struct sim_world *w)
{
    struct sim_master *master = w->masters[below(w, SIM_PARTITIONS)];
    sim_master_cut(master, some_prefix(w, master));
}

static const struct store_seq *seq_of(const struct sim_owner *owner)
{
    return flush_seq(partition_flush_state(owner->partition));
}

/* A Redis that lost its tail is written by another owner until its sequence has the number that the
 * first one, with nothing on its way, expects: only the owner in it tells the two histories apart.
 */
static void twin(struct sim_world *w)
{
    uint32_t p = below(w, SIM_PARTITIONS);
    struct sim_owner *first = w->owners[p][0];
    if (owner_count(w, p) > 1 || first->paused) {
        return;
    }
    sim_link_execute(first->link, SIZE_MAX);
    if (sim_owner_take_answers(first) || first->died) {
        return;
    }
    struct store_seq goal = *seq_of(first);
    struct sim_master *master = sim_link_master(first->link);
    sim_master_cut(master, some_prefix(w, master));
    struct sim_owner *second = sim_owner_new(&w->shared, p, master);
    w->owners[p][1] = second;
    sim_owner_open(second);
    for (int turn = 0; turn < TWIN_TURNS && !second->died; turn++) {
        if (seq_of(second)->owner != goal.owner && seq_of(second)->number >= goal.number) {
            return;
        }
        (void)sim_owner_work(second, 1);
        (void)drain_sender(second->sender);
        sim_owner_push(second, FLUSH_ALL);
        sim_link_execute(second->link, SIZE_MAX);
        (void)sim_owner_take_answers(second);
    }
}

/* Quietly, with nothing on its way, or in the middle of calls. */
static void move_owner(struct sim_world *w, struct sim_owner *owner)
{
    if (sim_link_master(owner->link) == w->masters[owner->number]) {
        return;
    }
    size_t calls = sim_link_calls(owner->link);
    sim_link_execute(owner->link, prng_chance(&w->rng, 70) ? calls : below(w, calls + 1));
    if (sim_link_calls(owner->link) == 0 && prng_chance(&w->rng, 70)) {
        (void)sim_owner_take_answers(owner);
    }
    sim_owner_reconnect(owner, w->masters[owner->number]);
}

/* One replica is promoted, and the old master lives on for whoever has not heard. */
static void split(struct sim_world *w)
{
    uint32_t p = below(w, SIM_PARTITIONS);
    if (w->olds[p] != NULL) {
        return;
    }
    w->olds[p] = w->masters[p];
    w->masters[p] = sim_master_fork(w->olds[p], some_prefix(w, w->olds[p]));
    size_t count = owner_count(w, p);
    for (size_t i = below(w, 2); i < count; i++) {
        if (!w->owners[p][i]->paused) {
            move_owner(w, w->owners[p][i]);
        }
    }
}

/* Sometimes the old master wins in the end. */
static void end_split(struct sim_world *w)
{
    for (uint32_t p = 0; p < SIM_PARTITIONS; p++) {
        struct sim_master *loser = w->olds[p];
        if (loser == NULL) {
            continue;
        }
        if (prng_chance(&w->rng, 20)) {
            loser = w->masters[p];
            w->masters[p] = w->olds[p];
        }
        w->olds[p] = NULL;
        for (size_t i = 0; i < owner_count(w, p); i++) {
            move_owner(w, w->owners[p][i]);
        }
        sim_master_end(w->masters[p], loser);
    }
}

static void step_clock(struct sim_world *w)
{
    w->kafka.wrong_ms = prng_between(&w->rng, -CLOCK_STEP_MS, CLOCK_STEP_MS);
}

/* ---- the scheduler --------------------------------------------------------------------------- */

struct sim_action {
    const char *name;
    int weight; /* in hundredths */
    bool fault;
    void (*act)(struct sim_world *w);
};

static const struct sim_action actions[] = {
    {"record", 2000, false, make_record},
    {"read", 2500, false, read_record},
    {"commit", 300, false, commit},
    {"land", 3000, false, land},
    {"ack", 2500, false, ack},
    {"tick", 200, false, tick},
    {"new pack", 30, false, new_pack},
    {"activate", 200, false, activate},
    {"work", 7000, false, work},
    {"push", 2000, false, push},
    {"execute", 1400, false, execute},
    {"answer", 1200, false, answer},
    {"sweep", 500, false, sweep},
    {"orphan", 300, false, land_orphan},
    {"resume", 50, false, resume},
    {"end of double", 50, false, end_double},
    {"end of split", 70, false, end_split},
    {"crash", 100, true, crash},
    {"pause", 100, true, pause_owner},
    {"reader dies", 100, true, kill_reader},
    {"second reader", 100, true, second_reader},
    {"sender anew", 100, true, renew_sender},
    {"lost reply", 100, true, lose_reply},
    {"broken call", 100, true, break_link},
    {"rewind", 100, true, rewind_redis},
    {"twin", 50, true, twin},
    {"split", 100, true, split},
    {"fault point", 200, true, arm_point},
    {"clock steps", 50, true, step_clock},
};
#define ACTIONS (sizeof actions / sizeof actions[0])

/* A new mix of speeds and faults. */
static uint64_t draw_weights(struct sim_world *w, uint64_t weights[ACTIONS])
{
    static const uint8_t faults[] = {0, 0, 100, 250};
    static const uint8_t speeds[] = {3, 30, 100, 100, 250};
    uint64_t sum = 0;
    for (size_t i = 0; i < ACTIONS; i++) {
        uint32_t factor =
            actions[i].fault ? faults[below(w, sizeof faults)] : speeds[below(w, sizeof speeds)];
        weights[i] = (uint64_t)actions[i].weight * factor;
        sum += weights[i];
    }
    return sum;
}

static void act(struct sim_world *w, const uint64_t weights[ACTIONS], uint64_t sum)
{
    uint64_t drawn = (uint64_t)prng_between(&w->rng, 0, (int64_t)sum - 1);
    size_t i = 0;
    while (drawn >= weights[i]) {
        drawn -= weights[i++];
    }
    w->kafka.now_ms += prng_between(&w->rng, 0, 8 * SECOND_MS);
    if (w->trace) {
        (void)printf("%" PRId64 " %s\n", (w->kafka.now_ms - T0) / SECOND_MS, actions[i].name);
    }
    actions[i].act(w);
    bury_dead(w);
}

/* One round of ordinary life without faults. Returns whether anything moved. */
static bool drain_once(struct sim_world *w)
{
    bool busy = false;
    for (uint32_t f = 0; f < SIM_FEEDS; f++) {
        while (sim_reader_work(w->readers[f][0])) {
            busy = true;
        }
        busy |= drain_sender(w->readers[f][0]->sender);
    }
    for (uint32_t p = 0; p < SIM_PARTITIONS; p++) {
        busy |= sim_owner_work(w->owners[p][0], SIZE_MAX) > 0;
        bury(w, w->owners[p][0]);
        struct sim_owner *owner = w->owners[p][0];
        busy |= drain_sender(owner->sender);
        sim_owner_push(owner, FLUSH_ALL);
        busy |= sim_link_calls(owner->link) > 0;
        sim_link_execute(owner->link, SIZE_MAX);
        busy |= sim_owner_take_answers(owner);
        sim_owner_sweep(owner);
        busy |= !sim_owner_is_idle(owner);
    }
    return busy;
}

static int drain(struct sim_world *w, struct err *err)
{
    for (int turn = 0; turn < TURNS_MAX && w->shared.broken.code == ERR_NONE; turn++) {
        if (!drain_once(w)) {
            return 0;
        }
    }
    *err = w->shared.broken;
    return err->code != ERR_NONE ? -1 : err_set(err, ERR_FINDING, "I7: it does not come to rest");
}

/* No more faults: one owner a partition, everything that was on its way arrives. */
static void heal(struct sim_world *w)
{
    sim_fault_disarm(&w->shared.fault);
    resume(w);
    end_split(w);
    if (w->shared.poison.release_heals) {
        w->shared.poison.release = 1;
    }
    for (uint32_t p = 0; p < SIM_PARTITIONS; p++) {
        if (owner_count(w, p) > 1) {
            kill_owner(w, p, below(w, 2));
        }
        kill_owner(w, p, 0);
        while (w->activated[p] < w->pack_number) {
            append_activation(w, p, ++w->activated[p]);
        }
    }
    for (uint32_t f = 0; f < SIM_FEEDS; f++) {
        if (w->readers[f][1] != NULL) {
            sim_reader_free(w->readers[f][1]);
            w->readers[f][1] = NULL;
        }
        sim_reader_free(w->readers[f][0]);
        w->readers[f][0] = sim_reader_new(&w->shared, &w->feeds[f]);
    }
    while (w->kafka.orphan_count > 0) {
        sim_kafka_land_orphan(&w->kafka);
    }
}

static int run_to_rest(struct sim_world *w, struct err *err)
{
    uint64_t weights[ACTIONS];
    uint64_t sum = 0;
    for (int i = 0; i < w->actions && w->shared.broken.code == ERR_NONE; i++) {
        if (i % 100 == 0) {
            sum = draw_weights(w, weights);
        }
        w->shared.poison.release |= i == w->shared.poison.release_at;
        act(w, weights, sum);
    }
    if (w->shared.broken.code == ERR_NONE) {
        heal(w);
    }
    if (drain(w, err) != 0) {
        return -1;
    }
    for (int i = 0; i < REST_TICKS; i++) {
        w->kafka.now_ms += w->settings.engine_expiry_ms / 2;
        for (uint32_t p = 0; p < SIM_PARTITIONS; p++) {
            append_tick(w, p);
        }
        if (drain(w, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int sim_world_run(struct sim_world *w, struct err *err)
{
    sim_fault_watch(&w->shared.fault);
    int result = run_to_rest(w, err);
    sim_fault_watch(NULL);
    return result;
}

uint64_t sim_world_evicted(const struct sim_world *w)
{
    uint64_t evicted = w->shared.evicted;
    for (uint32_t p = 0; p < SIM_PARTITIONS; p++) {
        for (size_t i = 0; i < SIM_OWNERS_MAX && w->owners[p][i] != NULL; i++) {
            evicted += partition_paging(w->owners[p][i]->partition)->evicted;
        }
    }
    return evicted;
}

/* ---- life ------------------------------------------------------------------------------------ */

static const struct program *find_pack(void *self, const uint8_t *hash)
{
    const struct sim_world *w = self;
    for (size_t i = 0; i < SIM_PACKS; i++) {
        if (memcmp(w->packs[i]->hash, hash, sizeof w->packs[i]->hash) == 0) {
            return w->packs[i];
        }
    }
    return NULL;
}

static void set_settings(struct sim_world *w)
{
    struct settings *settings = &w->settings;
    settings_defaults(settings);
    settings->visits_partitions = SIM_PARTITIONS;
    settings->decisions_sample = 1;
    settings->engine_expiry_ms = (w->forgets ? 20 : 600) * MINUTE_MS;
}

/* Of a partition's pages: none, so tight that all goes that may, or room for some of them. */
static size_t some_bound(uint64_t seed)
{
    static const size_t bounds[] = {0, 0, 1, 3 * PAGE_BYTES, 12 * PAGE_BYTES};
    struct prng rng = prng_seed(seed, "pages");
    return bounds[prng_below(&rng, sizeof bounds / sizeof bounds[0])];
}

struct sim_world *sim_world_new(uint64_t seed, const struct program *const *packs, int length,
                                bool trace)
{
    struct sim_world *w = mem_alloc(1, sizeof *w);
    w->seed = seed;
    w->actions = length;
    w->trace = trace;
    w->rng = prng_seed(seed, "sim");
    w->forgets = prng_chance(&w->rng, 50);
    set_settings(w);
    memcpy(w->packs, packs, sizeof w->packs);
    w->kafka.now_ms = T0;
    w->kafka.rng = &w->rng;
    w->directory = directory_new();
    w->ingest = ingest_new(&(struct ingest_setup){.directory = w->directory, .cache_entries = 64});
    w->shared = (struct sim_shared){.settings = &w->settings,
                                    .programs = {w, find_pack},
                                    .kafka = &w->kafka,
                                    .rng = &w->rng,
                                    .ingest = w->ingest,
                                    .page_bytes_max = some_bound(seed)};
    sim_poison_init(&w->shared.poison, seed, length);
    w->pack_number = 1;
    for (uint32_t p = 0; p < SIM_PARTITIONS; p++) {
        append_activation(w, p, ++w->activated[p]);
        w->masters[p] = sim_master_new();
        start_owner(w, p);
    }
    for (uint32_t f = 0; f < SIM_FEEDS; f++) {
        w->feeds[f].source = source_raw(SIM_PARTITIONS, f, 0);
        w->readers[f][0] = sim_reader_new(&w->shared, &w->feeds[f]);
    }
    return w;
}

void sim_world_free(struct sim_world *w)
{
    for (uint32_t p = 0; p < SIM_PARTITIONS; p++) {
        for (size_t i = 0; i < SIM_OWNERS_MAX && w->owners[p][i] != NULL; i++) {
            sim_owner_free(w->owners[p][i]);
        }
        sim_master_free(w->masters[p]);
        if (w->olds[p] != NULL) {
            sim_master_free(w->olds[p]);
        }
    }
    for (uint32_t f = 0; f < SIM_FEEDS; f++) {
        for (size_t i = 0; i < SIM_READERS_MAX && w->readers[f][i] != NULL; i++) {
            sim_reader_free(w->readers[f][i]);
        }
        sim_log_fini(&w->feeds[f].records);
    }
    sim_kafka_fini(&w->kafka);
    sim_poison_fini(&w->shared.poison);
    ingest_free(w->ingest);
    directory_free(w->directory);
    mem_free(w);
}
