#include "tests/sim/sim_redis.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "tests/support/store_call.h"

#include <string.h>

/* A history that a fail-over or a cut has ended. */
struct ended {
    struct sim_master *master;
    size_t kept; /* so many of its versions are those of who went on */
};

struct sim_master {
    struct ended *ended;
    size_t ended_count, ended_cap;
    struct store_file *now, *past;
    struct store_call *calls; /* executed, none of them a conflict */
    size_t count, cap;
    size_t past_version;
    /* Of connections that are lost, sent and not executed yet: one more with each question, after
     * the next late_skip of them. */
    struct store_call *late;
    size_t late_count, late_cap, late_skip;
};

struct sim_link {
    struct sim_master *master;
    struct store_call *calls;
    size_t count, cap;
    struct store_answer *answers;
    size_t answer_count, answer_cap;
    uint32_t breaks_in; /* 0: it does not */
    bool lingers;       /* what is on its way when it is lost is executed all the same, later */
    size_t breaks_behind;
};

/* ---- masters --------------------------------------------------------------------------------- */

struct sim_master *sim_master_new(void)
{
    struct sim_master *master = mem_alloc(1, sizeof *master);
    master->now = store_call_file(1);
    master->past = store_call_file(1);
    return master;
}

void sim_master_free(struct sim_master *master)
{
    for (size_t i = 0; i < master->count; i++) {
        store_call_fini(&master->calls[i]);
    }
    for (size_t i = 0; i < master->late_count; i++) {
        store_call_fini(&master->late[i]);
    }
    for (size_t i = 0; i < master->ended_count; i++) {
        sim_master_free(master->ended[i].master);
    }
    mem_free(master->ended);
    mem_free(master->late);
    mem_free(master->calls);
    store_file_close(master->now);
    store_file_close(master->past);
    mem_free(master);
}

size_t sim_master_versions(const struct sim_master *master)
{
    return master->count;
}

static void keep_call(struct sim_master *master, const struct store_flush *flush)
{
    void *calls = master->calls;
    mem_reserve(&calls, &master->cap, master->count + 1, sizeof *master->calls);
    master->calls = calls;
    master->calls[master->count++] = store_call_copy(flush);
}

static void execute_late(struct sim_master *master)
{
    if (master->late_skip > 0 || master->late_count == 0) {
        master->late_skip -= master->late_skip > 0;
        return;
    }
    if (!store_call_apply(master->now, &master->late[0]).conflict) {
        keep_call(master, &master->late[0].flush);
    }
    store_call_fini(&master->late[0]);
    master->late_count--;
    memmove(master->late, master->late + 1, master->late_count * sizeof *master->late);
}

static void build(struct sim_master *master)
{
    store_file_close(master->now);
    master->now = store_call_file(1);
    for (size_t i = 0; i < master->count; i++) {
        must(!store_call_apply(master->now, &master->calls[i]).conflict);
    }
}

static void note_ended(struct sim_master *master, struct sim_master *ended, size_t kept)
{
    void *list = master->ended;
    mem_reserve(&list, &master->ended_cap, master->ended_count + 1, sizeof *master->ended);
    master->ended = list;
    master->ended[master->ended_count++] = (struct ended){ended, kept};
}

void sim_master_cut(struct sim_master *master, size_t versions)
{
    must(versions <= master->count && master->past_version == 0);
    if (versions < master->count) {
        note_ended(master, sim_master_fork(master, master->count), versions);
    }
    while (master->count > versions) {
        store_call_fini(&master->calls[--master->count]);
    }
    build(master);
}

struct sim_master *sim_master_fork(const struct sim_master *master, size_t versions)
{
    struct sim_master *fork = sim_master_new();
    must(versions <= master->count);
    for (size_t i = 0; i < versions; i++) {
        keep_call(fork, &master->calls[i].flush);
    }
    build(fork);
    return fork;
}

void sim_master_end(struct sim_master *master, struct sim_master *loser)
{
    size_t kept = 0;
    while (kept < master->count && kept < loser->count &&
           store_seq_eq(&master->calls[kept].flush.next, &loser->calls[kept].flush.next)) {
        kept++;
    }
    note_ended(master, loser, kept);
}

size_t sim_master_ended(const struct sim_master *master)
{
    return master->ended_count;
}

struct sim_master *sim_master_ended_at(const struct sim_master *master, size_t i, size_t *kept)
{
    *kept = master->ended[i].kept;
    return master->ended[i].master;
}

struct store sim_master_version(struct sim_master *master, size_t n)
{
    must(n >= master->past_version && n <= master->count);
    while (master->past_version < n) {
        must(!store_call_apply(master->past, &master->calls[master->past_version++]).conflict);
    }
    return store_file_store(master->past);
}

/* ---- connections ----------------------------------------------------------------------------- */

struct sim_link *sim_link_open(struct sim_master *master)
{
    struct sim_link *link = mem_alloc(1, sizeof *link);
    link->master = master;
    return link;
}

static void linger(struct sim_link *link)
{
    struct sim_master *master = link->master;
    void *late = master->late;
    mem_reserve(&late, &master->late_cap, master->late_count + link->count, sizeof *master->late);
    master->late = late;
    for (size_t i = 0; i < link->count; i++) {
        master->late[master->late_count++] = link->calls[i];
    }
    link->count = 0;
    link->lingers = false;
}

static void lose_calls(struct sim_link *link)
{
    if (link->lingers && link->count > 0) {
        linger(link);
    }
    while (link->count > 0) {
        store_call_fini(&link->calls[--link->count]);
    }
    link->answer_count = 0;
}

void sim_link_close(struct sim_link *link)
{
    lose_calls(link);
    mem_free(link->calls);
    mem_free(link->answers);
    mem_free(link);
}

size_t sim_link_calls(const struct sim_link *link)
{
    return link->count;
}

size_t sim_link_answers(const struct sim_link *link)
{
    return link->answer_count;
}

static void execute_one(struct sim_link *link)
{
    struct store_answer answer = store_call_apply(link->master->now, &link->calls[0]);
    void *answers = link->answers;
    mem_reserve(&answers, &link->answer_cap, link->answer_count + 1, sizeof *link->answers);
    link->answers = answers;
    link->answers[link->answer_count++] = answer;
    if (!answer.conflict) {
        keep_call(link->master, &link->calls[0].flush);
    }
    store_call_fini(&link->calls[0]);
    link->count--;
    memmove(link->calls, link->calls + 1, link->count * sizeof *link->calls);
}

void sim_link_execute(struct sim_link *link, size_t count)
{
    for (size_t i = 0; i < count && link->count > 0; i++) {
        execute_one(link);
    }
}

void sim_link_break(struct sim_link *link, uint32_t n, size_t executed)
{
    link->breaks_in = n;
    link->breaks_behind = executed;
}

void sim_link_linger(struct sim_link *link, size_t skip)
{
    link->lingers = true;
    link->master->late_skip = skip;
}

void sim_link_turn(struct sim_link *link, struct sim_master *master)
{
    lose_calls(link);
    link->master = master;
}

struct sim_master *sim_link_master(const struct sim_link *link)
{
    return link->master;
}

/* ---- the interface of a store ---------------------------------------------------------------- */

/* Does it break here? Whoever asks next has a new connection. */
static bool breaks(struct sim_link *link, struct err *err)
{
    if (link->breaks_in == 0 || --link->breaks_in > 0) {
        return false;
    }
    sim_link_execute(link, link->breaks_behind);
    lose_calls(link);
    (void)err_set(err, ERR_OUTSIDE, "the connection is lost");
    err->retriable = true;
    return true;
}

static int link_flush(void *self, const struct store_flush *flush, struct err *err)
{
    struct sim_link *link = self;
    void *calls = link->calls;
    if (breaks(link, err)) {
        return -1;
    }
    mem_reserve(&calls, &link->cap, link->count + 1, sizeof *link->calls);
    link->calls = calls;
    link->calls[link->count] = store_call_copy(flush);
    link->calls[link->count++].flush.partition = 0; /* a master has one */
    return 0;
}

/* Answers are handed over by the world, so that it decides when they arrive. */
static int link_answer(void *self, struct store_answer *answer, int timeout_ms, struct err *err)
{
    struct sim_link *link = self;
    (void)timeout_ms;
    (void)err;
    if (link->answer_count == 0) {
        return 0;
    }
    *answer = link->answers[0];
    link->answer_count--;
    memmove(link->answers, link->answers + 1, link->answer_count * sizeof *link->answers);
    return 1;
}

/* On one connection what was sent before is executed before. */
static struct store file_of(struct sim_link *link)
{
    sim_link_execute(link, link->count);
    execute_late(link->master);
    return store_file_store(link->master->now);
}

static int link_open(void *self, uint32_t partition, struct store_checkpoint *checkpoint,
                     store_timer_fn *give, void *context, struct err *err)
{
    struct sim_link *link = self;
    (void)partition;
    if (breaks(link, err)) {
        return -1;
    }
    struct store store = file_of(link);
    link->answer_count = 0;
    return store.open(store.self, 0, checkpoint, give, context, err);
}

static int link_seq(void *self, uint32_t partition, struct store_seq *seq, struct err *err)
{
    (void)partition;
    if (breaks(self, err)) {
        return -1;
    }
    struct store store = file_of(self);
    return store.seq(store.self, 0, seq, err);
}

static int link_load(void *self, uint32_t partition, const struct store_seq *expected,
                     const struct token *tokens, size_t token_count, bool *conflict,
                     store_page_fn *give, void *context, struct err *err)
{
    (void)partition;
    if (breaks(self, err)) {
        return -1;
    }
    struct store store = file_of(self);
    return store.load(store.self, 0, expected, tokens, token_count, conflict, give, context, err);
}

static int link_sweep(void *self, uint32_t partition, const struct store_seq *expected,
                      uint64_t *cursor, bool *conflict, store_page_fn *give, void *context,
                      struct err *err)
{
    (void)partition;
    if (breaks(self, err)) {
        return -1;
    }
    struct store store = file_of(self);
    return store.sweep(store.self, 0, expected, cursor, conflict, give, context, err);
}

/* Like a server that has its timers in their order: no more than was asked for. */
struct asked {
    int64_t to_ms;
    store_timer_fn *give;
    void *context;
};

static void give_asked(void *context, const struct timer *timer)
{
    const struct asked *asked = context;
    if (timer->due_ms <= asked->to_ms) {
        asked->give(asked->context, timer);
    }
}

static int link_due(void *self, uint32_t partition, const struct store_seq *expected,
                    int64_t from_ms, int64_t *to_ms, bool *conflict, store_timer_fn *give,
                    void *context, struct err *err)
{
    (void)partition;
    if (breaks(self, err)) {
        return -1;
    }
    struct store store = file_of(self);
    struct asked asked = {*to_ms, give, context};
    int64_t given_ms = *to_ms;
    return store.due(store.self, 0, expected, from_ms, &given_ms, conflict, give_asked, &asked,
                     err);
}

struct store sim_link_store(struct sim_link *link)
{
    return (struct store){link,     link_flush, link_answer, link_open,
                          link_seq, link_load,  link_sweep,  link_due};
}
