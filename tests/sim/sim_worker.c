#include "tests/sim/sim_worker.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/outbox.h"

/* ---- owners ---------------------------------------------------------------------------------- */

static int emit(void *self, const struct output *output, struct err *err)
{
    struct sim_owner *owner = self;
    (void)err;
    sim_sender_output(owner->sender, output->lsn, output);
    return 0;
}

static int append(void *self, uint32_t partition, const struct visit *visit, struct err *err)
{
    struct sim_owner *owner = self;
    (void)err;
    sim_sender_visit(owner->sender, visit->place.lsn, partition, visit);
    return 0;
}

static void note_broken(struct sim_owner *owner, const struct err *err)
{
    if (owner->shared->broken.code == ERR_NONE) {
        owner->shared->broken = *err;
    }
}

/* Does a page change without being judged? When it is forgotten, or its waits are under quarantine.
 */
static bool is_unjudged(const struct sim_owner *owner, const struct page *page)
{
    return page_is_forgotten(page) ||
           skips_has(&owner->shared->poison.skips, page->applied_lsn - 1, &page->token);
}

/* The end of a step: here the program dies of it, if it does. */
static void changed(void *self, const struct page *page)
{
    struct sim_owner *owner = self;
    const struct position *at = &owner->position;
    struct err err = {.code = ERR_NONE};
    if (!position_is_inside(at)) {
        if (!is_unjudged(owner, page)) {
            (void)err_set(&err, ERR_FINDING, "a page changes, and no step is under way");
            note_broken(owner, &err);
        }
        return;
    }
    if (at->lsn + 1 != page->applied_lsn || !token_eq(&at->entity, &page->token)) {
        (void)err_set(&err, ERR_FINDING, "a page changes, and another step is under way");
        note_broken(owner, &err);
    }
    if (sim_poison_kills(&owner->shared->poison, owner->release, at)) {
        sim_fault_die(&owner->shared->fault);
    }
}

static const struct sim_log *log_of(const struct sim_owner *owner)
{
    return &owner->shared->kafka->logs[owner->number];
}

/* Is the log the one that the store was written from? */
static void check_log(struct sim_owner *owner)
{
    uint64_t next = partition_next_offset(owner->partition);
    const struct sim_log *log = log_of(owner);
    struct err err = {.code = ERR_NONE};
    must(next <= log->count);
    if (next > 0 && partition_check_log(owner->partition, next - 1, log->frames[next - 1].append_ms,
                                        buf_str(&log->frames[next - 1].bytes), &err) != 0) {
        note_broken(owner, &err);
    }
}

/* Frames that the log has behind the one in hand. */
static size_t next_ahead(void *context, uint32_t number, size_t at, struct str *frame)
{
    const struct sim_owner *owner = context;
    const struct sim_log *log = log_of(owner);
    size_t next = at > 0 ? at : (size_t)partition_next_offset(owner->partition) + 1;
    must(number == owner->number);
    if (next >= log->count) {
        return 0;
    }
    *frame = buf_str(&log->frames[next].bytes);
    return next + 1;
}

static int open_once(struct sim_owner *owner, struct err *err)
{
    struct partition_setup setup = {.number = owner->number,
                                    .clock = CLOCK_LIVE,
                                    .owner = prng_next(owner->shared->rng) | 1,
                                    .settings = owner->shared->settings,
                                    .programs = owner->shared->programs,
                                    .sink = &owner->sink,
                                    .log = &owner->log,
                                    .store = &owner->store,
                                    .ahead = {owner, next_ahead},
                                    .skips = &owner->shared->poison.skips,
                                    .position = &owner->position,
                                    .watch = {owner, changed}};
    owner->partition = partition_new(&setup);
    partition_set_page_bytes(owner->partition, owner->shared->page_bytes_max);
    return partition_open(owner->partition, err);
}

/* With what it has counted. */
static void close_partition(struct sim_owner *owner)
{
    if (owner->partition != NULL) { /* it may have died between two */
        owner->shared->evicted += partition_paging(owner->partition)->evicted;
        partition_free(owner->partition);
        owner->partition = NULL;
    }
}

/* While the store is away it waits, and is opened when the store is back. */
static void open_partition(struct sim_owner *owner)
{
    struct err err = {.code = ERR_NONE};
    int result = open_once(owner, &err);
    if (result != 0 && err.retriable) {
        owner->shared->failures++;
        close_partition(owner);
        result = open_once(owner, &err);
    }
    if (result != 0) {
        note_broken(owner, &err);
    } else {
        check_log(owner);
    }
}

struct sim_owner *sim_owner_new(struct sim_shared *shared, uint32_t number,
                                struct sim_master *master)
{
    struct sim_owner *owner = mem_alloc(1, sizeof *owner);
    owner->shared = shared;
    owner->number = number;
    owner->link = sim_link_open(master);
    owner->store = sim_link_store(owner->link);
    owner->sender = sim_sender_new(shared->kafka);
    owner->sink = (struct sink){owner, emit};
    owner->log = (struct visit_log){owner, append};
    owner->release = shared->poison.release;
    sim_poison_start(&shared->poison, owner->release, number);
    return owner;
}

void sim_owner_free(struct sim_owner *owner)
{
    close_partition(owner);
    sim_link_close(owner->link);
    sim_sender_free(owner->sender);
    mem_free(owner);
}

static void try_open(void *context)
{
    open_partition(context);
}

void sim_owner_open(struct sim_owner *owner)
{
    owner->died = !sim_fault_try(&owner->shared->fault, try_open, owner);
}

/* Drops the partition's memory and opens it from the store. */
static void reset(struct sim_owner *owner)
{
    owner->shared->resets++;
    close_partition(owner);
    fault_reach(FAULT_MEMORY_DROPPED);
    sim_sender_begin_lane(owner->sender);
    open_partition(owner);
}

/* What a live worker resets for, it resets for; all else it would not survive. */
static void failed(struct sim_owner *owner, const struct err *err)
{
    owner->shared->failures += err->retriable;
    if (partition_has_conflict(owner->partition) || err->retriable) {
        reset(owner);
    } else {
        note_broken(owner, err);
    }
}

/* What an owner is asked to do, and what came of it. */
struct task {
    struct sim_owner *owner;
    size_t frames;
    enum flush_how how;
    bool conflict;
};

static void perform(struct task *task, void (*act)(void *context))
{
    struct sim_owner *owner = task->owner;
    owner->died = owner->died || !sim_fault_try(&owner->shared->fault, act, task);
}

static void work(void *context)
{
    struct task *task = context;
    struct sim_owner *owner = task->owner;
    const struct sim_log *log = log_of(owner);
    struct err err = {.code = ERR_NONE};
    size_t frames = task->frames;
    uint64_t next = partition_next_offset(owner->partition);
    task->frames = 0;
    if (next >= log->count || flush_is_full(partition_flush_state(owner->partition))) {
        return;
    }
    fault_reach(FAULT_FRAMES_FETCHED);
    partition_begin_batch(owner->partition, owner->shared->kafka->now_ms);
    for (; task->frames < frames && next < log->count && !partition_is_over(owner->partition);
         task->frames++, next++) {
        const struct sim_frame *frame = &log->frames[next];
        if (partition_apply(owner->partition, next, frame->append_ms, buf_str(&frame->bytes),
                            &err) != 0) {
            failed(owner, &err);
            break;
        }
    }
    fault_reach(FAULT_FRAMES_APPLIED);
    sim_sender_end_batch(owner->sender);
    fault_reach(FAULT_FRAMES_SENT);
}

size_t sim_owner_work(struct sim_owner *owner, size_t frames)
{
    struct task task = {.owner = owner, .frames = frames};
    perform(&task, work);
    return task.frames;
}

/* The connection is new: it goes on from memory, if it may. */
static void resume(struct sim_owner *owner)
{
    struct err err = {.code = ERR_NONE};
    enum partition_resumed how = PARTITION_ASKS_AGAIN;
    int result = 0;
    fault_reach(FAULT_STORE_BACK);
    while (result == 0 && how == PARTITION_ASKS_AGAIN) {
        result = partition_resume(owner->partition, &how, &err);
        if (result != 0 && err.retriable) {
            owner->shared->failures++; /* away again: asked again */
            result = partition_resume(owner->partition, &how, &err);
        }
    }
    if (result != 0) {
        note_broken(owner, &err);
    } else if (how == PARTITION_STARTS_ANEW) {
        reset(owner);
    } else {
        owner->shared->resumes++;
    }
}

static void reconnect(void *context)
{
    resume(((struct task *)context)->owner);
}

static void push(void *context)
{
    const struct task *task = context;
    struct sim_owner *owner = task->owner;
    struct err err = {.code = ERR_NONE};
    uint64_t next = lsn_of(partition_next_offset(owner->partition), 0);
    const struct cache *cache = partition_cache(owner->partition);
    must(cache_bytes(cache) == cache_memory_bytes(cache));
    if (partition_push(owner->partition, sim_sender_acked(owner->sender, next),
                       owner->shared->kafka->now_ms, task->how, &err) != 0) {
        must(err.retriable);
        owner->shared->failures++;
        resume(owner);
    }
}

void sim_owner_push(struct sim_owner *owner, enum flush_how how)
{
    struct task task = {.owner = owner, .how = how};
    perform(&task, push);
}

static void take_answers(void *context)
{
    struct task *task = context;
    struct sim_owner *owner = task->owner;
    struct store_answer answer;
    struct err err = {.code = ERR_NONE};
    while (!task->conflict && owner->store.answer(owner->store.self, &answer, 0, &err) > 0) {
        partition_take_answer(owner->partition, &answer);
        if (partition_has_conflict(owner->partition)) {
            task->conflict = true;
            reset(owner);
        }
    }
}

bool sim_owner_take_answers(struct sim_owner *owner)
{
    struct task task = {.owner = owner};
    perform(&task, take_answers);
    return task.conflict;
}

static void sweep(void *context)
{
    struct sim_owner *owner = ((struct task *)context)->owner;
    struct err err = {.code = ERR_NONE};
    if (!partition_is_swept(owner->partition) && partition_sweep(owner->partition, &err) != 0) {
        failed(owner, &err);
    }
}

void sim_owner_sweep(struct sim_owner *owner)
{
    struct task task = {.owner = owner};
    perform(&task, sweep);
}

void sim_owner_reconnect(struct sim_owner *owner, struct sim_master *master)
{
    struct task task = {.owner = owner};
    sim_link_turn(owner->link, master);
    perform(&task, reconnect);
}

bool sim_owner_is_idle(const struct sim_owner *owner)
{
    return partition_next_offset(owner->partition) == log_of(owner)->count &&
           flush_waiting(partition_flush_state(owner->partition)) == 0 &&
           flush_calls(partition_flush_state(owner->partition)) == 0;
}

/* ---- readers --------------------------------------------------------------------------------- */

struct sim_reader *sim_reader_new(struct sim_shared *shared, struct sim_feed *feed)
{
    struct sim_reader *reader = mem_alloc(1, sizeof *reader);
    reader->shared = shared;
    reader->feed = feed;
    reader->next = feed->committed;
    reader->sender = sim_sender_new(shared->kafka);
    return reader;
}

void sim_reader_free(struct sim_reader *reader)
{
    sim_sender_free(reader->sender);
    mem_free(reader);
}

static void read_record(void *context)
{
    struct sim_reader *reader = context;
    const struct sim_feed *feed = reader->feed;
    struct visit *visit = &reader->visit;
    struct refusal why;
    uint64_t offset = reader->next++;
    const struct sim_frame *record = &feed->records.frames[offset];
    fault_reach(FAULT_RECORDS_FETCHED);
    int refused = ingest_record(reader->shared->ingest, buf_str(&record->bytes), record->append_ms,
                                &visit->event, &why);
    must(refused == 0);
    fault_reach(FAULT_RECORD_READ);
    outbox_begin_visit(visit, feed->source, offset);
    sim_sender_visit(reader->sender, offset,
                     outbox_partition(event_leg_token(&visit->event, visit->leg), SIM_PARTITIONS),
                     visit);
    fault_reach(FAULT_RECORD_TAKEN);
    if (prng_chance(reader->shared->rng, 40) || reader->next == feed->records.count) {
        sim_sender_end_batch(reader->sender);
        fault_reach(FAULT_RECORDS_SENT);
    }
}

bool sim_reader_work(struct sim_reader *reader)
{
    if (reader->died || reader->next >= reader->feed->records.count) {
        return false;
    }
    reader->died = !sim_fault_try(&reader->shared->fault, read_record, reader);
    return true;
}

/* A slower worker of the same feed may set it back. */
static void commit(void *context)
{
    struct sim_reader *reader = context;
    uint64_t done = sim_sender_acked(reader->sender, reader->next);
    fault_reach(FAULT_OFFSETS_KNOWN);
    reader->feed->committed = done;
    fault_reach(FAULT_OFFSETS_COMMITTED);
}

void sim_reader_commit(struct sim_reader *reader)
{
    reader->died = reader->died || !sim_fault_try(&reader->shared->fault, commit, reader);
}
