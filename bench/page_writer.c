#include "bench/page_writer.h"

#include "bench/harness.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/flush.h"
#include "engine/frame.h"
#include "engine/header.h"
#include "engine/settings.h"
#include "engine/state/cache.h"

#define ANSWER_MS 1000
#define BYTES_MAX ((size_t)64 * 1024 * 1024)

struct page_writer {
    struct store *store;
    struct cache *cache; /* empty: nothing is forgotten here */
    struct flush *flush;
    uint64_t offset; /* each page is the change of a frame */
    struct settings settings;
};

struct page_writer *page_writer_new(struct store *store, uint32_t partition)
{
    struct page_writer *writer = mem_alloc(1, sizeof *writer);
    struct header header = {.clock_mode = CLOCK_EVENT};
    struct store_checkpoint none = {.found = false};
    struct buf bytes = {0};
    settings_defaults(&writer->settings);
    writer->store = store;
    writer->cache = cache_new();
    writer->flush = flush_new(&(struct flush_setup){.partition = partition,
                                                    .owner = 1 + (uint64_t)partition,
                                                    .store = store,
                                                    .cache = writer->cache,
                                                    .expiry_ms = writer->settings.engine_expiry_ms,
                                                    .bytes_max = BYTES_MAX,
                                                    .pages_max = SIZE_MAX});
    flush_start(writer->flush, &none);
    header_encode(&header, &bytes);
    flush_note_header(writer->flush, 0, buf_str(&bytes));
    buf_fini(&bytes);
    return writer;
}

/* Takes all answers, so that pushes may go on. */
static void push(struct page_writer *writer)
{
    struct store_answer answer;
    struct err err;
    int count = 0;
    uint64_t next = writer->offset + 1;
    if (flush_push(writer->flush, next, lsn_of(next, 0), 0, FLUSH_ALL, &err) != 0) {
        bench_fail(&err);
    }
    while (flush_calls(writer->flush) > 0) {
        count = writer->store->answer(writer->store->self, &answer, ANSWER_MS, &err);
        if (count < 0) {
            bench_fail(&err);
        }
        must(count == 0 || !answer.conflict);
        if (count > 0) {
            flush_take_answer(writer->flush, &answer);
        }
    }
}

void page_writer_add(struct page_writer *writer, const struct page *page)
{
    struct page copy = *page;
    copy.dirty = false;
    copy.marks = NULL;
    copy.mark_count = copy.mark_cap = 0;
    copy.stored_due_ms = TIME_NONE;
    uint64_t lsn = lsn_of(++writer->offset, 1);
    copy.applied_lsn = lsn + 1;
    flush_note_change(writer->flush, &copy, lsn, 0);
    push(writer);
    must(!copy.dirty);
    mem_free(copy.marks);
}

void page_writer_end(struct page_writer *writer)
{
    while (flush_waiting(writer->flush) > 0) {
        push(writer);
    }
    flush_free(writer->flush);
    cache_free(writer->cache);
    mem_free(writer);
}
