#include "tests/support/store_call.h"

#include "engine/base/must.h"

struct store_file *store_call_file(uint32_t partition_count)
{
    struct store_file_identity identity = {.partition_count = partition_count};
    struct err err = {.code = ERR_NONE};
    struct store_file *file = store_file_open(NULL, &identity, &err);
    must(file != NULL);
    return file;
}

void store_call_fini(struct store_call *call)
{
    buf_fini(&call->header);
    buf_fini(&call->bytes);
    buf_fini(&call->pieces);
    buf_fini(&call->timers);
    buf_fini(&call->removals);
}

struct store_call store_call_copy(const struct store_flush *flush)
{
    struct store_call call = {.flush = *flush};
    buf_add_str(&call.header, flush->header);
    call.flush.header = buf_str(&call.header);
    for (size_t i = 0; i < flush->piece_count; i++) {
        buf_add_str(&call.bytes, flush->pieces[i].bytes);
    }
    buf_add(&call.pieces, flush->pieces, flush->piece_count * sizeof *flush->pieces);
    buf_add(&call.timers, flush->timers, flush->timer_count * sizeof *flush->timers);
    buf_add(&call.removals, flush->removals, flush->removal_count * sizeof *flush->removals);
    struct store_page_piece *pieces = (struct store_page_piece *)(void *)call.pieces.at;
    const char *at = call.bytes.at;
    for (size_t i = 0; i < flush->piece_count; i++) {
        pieces[i].bytes.at = at;
        at += pieces[i].bytes.len;
    }
    call.flush.pieces = pieces;
    call.flush.timers = (const struct timer *)(void *)call.timers.at;
    call.flush.removals = (const struct token *)(void *)call.removals.at;
    return call;
}

struct store_answer store_call_apply(struct store_file *file, const struct store_call *call)
{
    struct store store = store_file_store(file);
    struct store_answer answer = {.conflict = true};
    struct err err = {.code = ERR_NONE};
    int result = store.flush(store.self, &call->flush, &err);
    must(result == 0);
    result = store.answer(store.self, &answer, 0, &err);
    must(result == 1);
    result = store.answer(store.self, &(struct store_answer){.conflict = true}, 0, &err);
    must(result == 0);
    return answer;
}
