#include "tests/unit/late_store.h"

#include "engine/base/mem.h"
#include "tests/unit/quiet_check.h"

#include <stdlib.h>
#include <string.h>

void late_store_execute(struct late_store *late)
{
    if (late->executed == late->count) {
        return;
    }
    struct store_answer answer = store_call_apply(late->file, &late->calls[late->executed]);
    void *answers = late->answers;
    mem_reserve(&answers, &late->answer_cap, late->answer_count + 1, sizeof *late->answers);
    late->answers = answers;
    late->answers[late->answer_count++] = answer;
    if (!answer.conflict) {
        late->executed++;
        return;
    }
    store_call_fini(&late->calls[late->executed]);
    late->count--;
    memmove(late->calls + late->executed, late->calls + late->executed + 1,
            (late->count - late->executed) * sizeof *late->calls);
}

void late_store_answers(struct late_store *late)
{
    late->answer_there = late->answer_count;
}

size_t late_store_waiting(const struct late_store *late)
{
    return late->count - late->executed;
}

void late_store_crash(struct late_store *late, size_t arrive)
{
    for (size_t i = 0; i < arrive; i++) {
        late_store_execute(late);
    }
    while (late->count > late->executed) {
        store_call_fini(&late->calls[--late->count]);
    }
    late->answer_taken = late->answer_there = late->answer_count;
}

static void execute_all(struct late_store *late)
{
    while (late_store_waiting(late) > 0) {
        late_store_execute(late);
    }
}

/* ---- the interface -------------------------------------------------------------------------- */

static int late_flush(void *self, const struct store_flush *flush, struct err *err)
{
    struct late_store *late = self;
    void *calls = late->calls;
    (void)err;
    mem_reserve(&calls, &late->cap, late->count + 1, sizeof *late->calls);
    late->calls = calls;
    late->calls[late->count++] = store_call_copy(flush);
    return 0;
}

static int late_answer(void *self, struct store_answer *answer, int timeout_ms, struct err *err)
{
    struct late_store *late = self;
    (void)timeout_ms;
    (void)err;
    if (late->prompt) {
        late_store_execute(late);
        late_store_answers(late);
    }
    if (late->answer_taken == late->answer_there) {
        return 0;
    }
    *answer = late->answers[late->answer_taken++];
    return 1;
}

static int late_open(void *self, uint32_t partition, struct store_checkpoint *checkpoint,
                     store_timer_fn *give, void *context, struct err *err)
{
    struct late_store *late = self;
    struct store store = store_file_store(late->file);
    execute_all(late);
    return store.open(store.self, partition, checkpoint, give, context, err);
}

static int late_load(void *self, uint32_t partition, const struct store_seq *expected,
                     const struct token *tokens, size_t token_count, bool *conflict,
                     store_page_fn *give, void *context, struct err *err)
{
    struct late_store *late = self;
    struct store store = store_file_store(late->file);
    execute_all(late);
    late->loads_asked++;
    return store.load(store.self, partition, expected, tokens, token_count, conflict, give, context,
                      err);
}

static int late_sweep(void *self, uint32_t partition, const struct store_seq *expected,
                      uint64_t *cursor, bool *conflict, store_page_fn *give, void *context,
                      struct err *err)
{
    struct late_store *late = self;
    struct store store = store_file_store(late->file);
    execute_all(late);
    return store.sweep(store.self, partition, expected, cursor, conflict, give, context, err);
}

/* No more than was asked for, as a server gives that has its timers in order. */
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

static int late_seq(void *self, uint32_t partition, struct store_seq *seq, struct err *err)
{
    struct late_store *late = self;
    struct store store = store_file_store(late->file);
    execute_all(late);
    return store.seq(store.self, partition, seq, err);
}

static int late_due(void *self, uint32_t partition, const struct store_seq *expected,
                    int64_t from_ms, int64_t *to_ms, bool *conflict, store_timer_fn *give,
                    void *context, struct err *err)
{
    struct late_store *late = self;
    struct store store = store_file_store(late->file);
    struct asked asked = {*to_ms, give, context};
    int64_t given_ms = *to_ms;
    execute_all(late);
    late->due_asked++;
    return store.due(store.self, partition, expected, from_ms, &given_ms, conflict, give_asked,
                     &asked, err);
}

struct store late_store_begin(struct late_store *late)
{
    *late = (struct late_store){.file = store_call_file(1), .past = store_call_file(1)};
    return (struct store){late,     late_flush, late_answer, late_open,
                          late_seq, late_load,  late_sweep,  late_due};
}

void late_store_end(struct late_store *late)
{
    for (size_t i = 0; i < late->count; i++) {
        store_call_fini(&late->calls[i]);
    }
    mem_free(late->calls);
    mem_free(late->answers);
    store_file_close(late->file);
    store_file_close(late->past);
}

struct store late_store_version(struct late_store *late, size_t n)
{
    quiet_check(n >= late->past_version && n <= late->executed, "there is no version %d", (int)n);
    while (late->past_version < n) {
        struct store_answer answer =
            store_call_apply(late->past, &late->calls[late->past_version++]);
        quiet_check(!answer.conflict, "a version cannot be made again");
    }
    return store_file_store(late->past);
}
