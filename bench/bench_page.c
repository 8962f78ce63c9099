/* What a page weighs, in memory and stored, after a day and after a month of a city's life, and
 * what it costs to write it down and to read it back. */
#include "bench/feed.h"
#include "bench/harness.h"
#include "bench/rule_text.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/local.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Pages in their stored form, one after the other. */
struct piece {
    struct page_piece piece;
    size_t from, count;
};
struct stored {
    struct buf bytes;
    struct piece *pieces;
    size_t piece_count, piece_cap;
};

struct weight {
    uint64_t pages, records, peers, memory, stored;
};

struct work {
    struct settings settings;
    struct compiled pack;
    struct sink sink;
    struct local *local;
    const struct page **pages;
    size_t page_count, page_cap;
    struct weight weights[ENTITY_KIND_COUNT];
    struct weight stand_ins;
    struct weight residents; /* a person with all numbers and accounts */
    struct stored stored;
};

/* ---- a city's life -------------------------------------------------------------------------- */

static int drop_output(void *self, const struct output *output, struct err *err)
{
    (void)self;
    (void)output;
    (void)err;
    return 0;
}

static void keep_page(void *context, const struct page *page)
{
    struct work *w = context;
    void *pages = w->pages;
    mem_reserve(&pages, &w->page_cap, w->page_count + 1, sizeof *w->pages);
    w->pages = pages;
    w->pages[w->page_count++] = page;
}

static void live(struct work *w, const struct city_plan *plan)
{
    struct feed feed;
    struct event event;
    struct err err;
    uint64_t numbers[] = {[SOURCE_DIRECTORY] = 0, [SOURCE_FEED] = 0};
    feed_make(&feed, plan);
    struct feed_reader reader = feed_read(&feed);
    w->local = local_new(&w->settings, w->pack.program, &w->sink, NULL);
    int result = local_start(w->local, &err);
    while (result == 0 && feed_next(&reader, &event)) {
        uint32_t source = feed_in_directory(&reader) ? SOURCE_DIRECTORY : SOURCE_FEED;
        result = local_deliver(w->local, source, numbers[source]++, &event, &err);
    }
    if (result != 0) {
        bench_fail(&err);
    }
    feed_reader_fini(&reader);
    feed_fini(&feed);
    w->page_count = 0;
    local_each_page(w->local, keep_page, w);
}

/* ---- weighing ------------------------------------------------------------------------------- */

static void count_bytes(void *context, const struct page_piece *piece, struct str bytes)
{
    uint64_t *total = context;
    (void)piece;
    *total += bytes.len;
}

static void weigh(struct weight *weight, const struct page *page)
{
    uint64_t stored = 0;
    page_encode(page, count_bytes, &stored);
    weight->memory += page_memory_bytes(page);
    weight->stored += stored;
    weight->peers += page->peer_count;
    for (int i = 0; i < STREAM_COUNT; i++) {
        weight->records += page->streams[i].end - page->streams[i].begin;
    }
}

/* A person whom the directory names, with the pages of all numbers and accounts. */
static void weigh_resident(struct work *w, const struct page *person)
{
    struct err err;
    weigh(&w->residents, person);
    for (uint32_t i = 0; i < person->member_count; i++) {
        const struct page *page = local_page(w->local, &person->members[i].token, &err);
        if (page != NULL) {
            weigh(&w->residents, page);
        }
    }
    w->residents.pages++;
}

static void weigh_all(struct work *w)
{
    memset(w->weights, 0, sizeof w->weights);
    w->stand_ins = (struct weight){0};
    w->residents = (struct weight){0};
    for (size_t i = 0; i < w->page_count; i++) {
        const struct page *page = w->pages[i];
        struct weight *weight = page->stand_in ? &w->stand_ins : &w->weights[page->entity];
        weigh(weight, page);
        weight->pages++;
        if (page->entity == ENTITY_PERSON && !page->stand_in) {
            weigh_resident(w, page);
        }
    }
}

static void print_weight(const struct bench *bench, const char *what, const struct weight *weight)
{
    if (weight->pages == 0) {
        return;
    }
    double pages = (double)weight->pages;
    bench_note(bench,
               "%-34s %7" PRIu64 "  %7.0f bytes in memory %7.0f stored  %5.1f records %5.1f other "
               "ends",
               what, weight->pages, (double)weight->memory / pages, (double)weight->stored / pages,
               (double)weight->records / pages, (double)weight->peers / pages);
}

static void print_weights(const struct bench *bench, const struct work *w)
{
    print_weight(bench, "number", &w->weights[ENTITY_NUMBER]);
    print_weight(bench, "account", &w->weights[ENTITY_ACCOUNT]);
    print_weight(bench, "person", &w->weights[ENTITY_PERSON]);
    print_weight(bench, "stand-in person", &w->stand_ins);
    print_weight(bench, "person with numbers and accounts", &w->residents);
}

/* ---- writing and reading -------------------------------------------------------------------- */

static void keep_piece(void *context, const struct page_piece *piece, struct str bytes)
{
    struct stored *s = context;
    void *pieces = s->pieces;
    mem_reserve(&pieces, &s->piece_cap, s->piece_count + 1, sizeof *s->pieces);
    s->pieces = pieces;
    s->pieces[s->piece_count++] = (struct piece){*piece, s->bytes.len, bytes.len};
    buf_add_str(&s->bytes, bytes);
}

static uint64_t run_encode(void *context)
{
    struct work *w = context;
    buf_clear(&w->stored.bytes);
    w->stored.piece_count = 0;
    for (size_t i = 0; i < w->page_count; i++) {
        page_encode(w->pages[i], keep_piece, &w->stored);
    }
    return bench_mix(w->stored.piece_count, w->stored.bytes.at, w->stored.bytes.len);
}

static struct page *decode_page(const struct stored *s, size_t *at)
{
    struct err err;
    struct page_decoder *decoder = page_decode_begin();
    do {
        const struct piece *p = &s->pieces[*at];
        must(page_decode_piece(decoder, &p->piece, (struct str){s->bytes.at + p->from, p->count},
                               &err) == 0);
        (*at)++;
    } while (*at < s->piece_count && s->pieces[*at].piece.kind != PAGE_PIECE_HEAD);
    struct page *page = page_decode_end(decoder, &err);
    must(page != NULL);
    return page;
}

static uint64_t run_decode(void *context)
{
    struct work *w = context;
    uint64_t sum = 0;
    for (size_t at = 0; at < w->stored.piece_count;) {
        struct page *page = decode_page(&w->stored, &at);
        sum = bench_mix_number(sum, page->applied_lsn ^ token_low64(&page->token));
        sum = bench_mix_number(sum, page_memory_bytes(page));
        page_free(page);
    }
    return sum;
}

/* What was read back is what was written. */
static uint64_t encode_again(struct work *w)
{
    struct stored again = {0};
    for (size_t at = 0; at < w->stored.piece_count;) {
        struct page *page = decode_page(&w->stored, &at);
        page_encode(page, keep_piece, &again);
        page_free(page);
    }
    uint64_t sum = bench_mix(again.piece_count, again.bytes.at, again.bytes.len);
    buf_fini(&again.bytes);
    mem_free(again.pieces);
    return sum;
}

static void measure_codec(struct bench *bench, struct work *w, const char *after)
{
    char name[64];
    uint64_t first = run_encode(w);
    (void)snprintf(name, sizeof name, "page_encode, after %s", after);
    (void)bench_measure(bench, &(struct bench_case){name, "page", w->page_count,
                                                    w->stored.bytes.len, NULL, run_encode, w});
    (void)snprintf(name, sizeof name, "page_decode, after %s", after);
    (void)bench_measure(bench, &(struct bench_case){name, "page", w->page_count,
                                                    w->stored.bytes.len, NULL, run_decode, w});
    bench_same(bench, "pages written, read and written again", first, encode_again(w));
}

static void measure(struct bench *bench, struct work *w, const char *after,
                    const struct city_plan *plan)
{
    live(w, plan);
    weigh_all(w);
    bench_note(bench, "%" PRIu32 " people after %s: %zu pages; averages", plan->people, after,
               w->page_count);
    print_weights(bench, w);
    bench_expect(bench, w->residents.pages > plan->people / 10 * 9, "people have pages");
    measure_codec(bench, w, after);
    local_free(w->local);
}

int main(int argc, char **argv)
{
    struct bench *bench = bench_open(argc, argv, "bench_page: what a page weighs");
    struct work *w = mem_alloc(1, sizeof *w);
    struct buf text = {0};
    const bool smoke = bench_is_smoke(bench);
    const struct city_plan day = feed_plan(smoke ? 100 : 5000, 24, 0);
    const struct city_plan month = feed_plan(smoke ? 50 : 1000, smoke ? 72 : 720, 0);
    rule_text_pack(&text, 50);
    rule_text_compile(&w->pack, buf_str(&text));
    settings_defaults(&w->settings);
    w->sink = (struct sink){w, drop_output};
    measure(bench, w, "a day", &day);
    measure(bench, w, smoke ? "three days" : "a month", &month);
    compile_fini(&w->pack);
    buf_fini(&text);
    buf_fini(&w->stored.bytes);
    mem_free(w->stored.pieces);
    mem_free(w->pages);
    mem_free(w);
    return bench_close(bench);
}
