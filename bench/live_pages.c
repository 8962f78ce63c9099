/* live_pages.c - what the pages of the demonstration's city weigh, kind by kind: counted, in Redis
 * and in a process that has read them back.
 *
 * `write` lets the city live and puts the pages of one kind into a partition of Redis, and so again
 * with another key for its tokens, until there are so many that what a partition needs beside its
 * pages does not count. `read` opens the partition in a fresh process, reads all pages and says
 * what the process has grown by. bench_pages.py runs both and asks Redis before and after.
 */
#include "bench/feed.h"
#include "bench/harness.h"
#include "bench/page_writer.h"
#include "connectors/cli/options.h"
#include "connectors/cli/setup.h"
#include "connectors/file/settings_file.h"
#include "connectors/redis/redis_store.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/local.h"
#include "engine/partition.h"
#include "rules/compile.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STAND_IN ENTITY_KIND_COUNT /* persons whom nobody named are a row of their own */
#define LAPS_MAX 20                /* a city has few domains, and each page of them is full */
#define PEOPLE 2000
#define HOURS 24
#define HISTORY_DAYS 14

struct arguments {
    struct option_count pages;
};

/* Of one kind. */
struct weight {
    uint64_t pages, records, peers, memory, stored;
};

struct work {
    struct settings settings;
    struct redis_store *redis;
    struct store store;
    struct sink sink;
    int kind;
    uint64_t wanted; /* at least so many are written */
    struct feed feed;
    struct compiled pack;
    struct tagger *tagger;
    struct page_writer *writer;
    struct weight weight;
};

static const char *kind_text(int kind)
{
    return kind == STAND_IN ? "stand-in" : entity_infos[kind].text;
}

static int find_kind(const char *text, struct err *err)
{
    for (int kind = ENTITY_NONE + 1; kind <= STAND_IN; kind++) {
        if (strcmp(text, kind_text(kind)) == 0) {
            return kind;
        }
    }
    return err_set(err, ERR_USAGE,
                   "\"%s\" is none of number, account, person, device, domain, stand-in", text);
}

/* ---- the city ------------------------------------------------------------------------------- */

static int drop_output(void *self, const struct output *output, struct err *err)
{
    (void)self;
    (void)output;
    (void)err;
    return 0;
}

/* The city under a key of its own for each lap. */
static int live(const struct work *w, struct local *local, uint64_t lap, struct err *err)
{
    struct event event;
    char key[32];
    uint64_t numbers[] = {[SOURCE_DIRECTORY] = 0, [SOURCE_FEED] = 0};
    int len = snprintf(key, sizeof key, "the key of city %" PRIu64, lap);
    struct feed_reader reader = feed_read_with(&w->feed, (struct str){key, (size_t)len}, w->tagger);
    int result = local_start(local, err);
    while (result == 0 && feed_next(&reader, &event)) {
        uint32_t source = feed_in_directory(&reader) ? SOURCE_DIRECTORY : SOURCE_FEED;
        result = local_deliver(local, source, numbers[source]++, &event, err);
    }
    feed_reader_fini(&reader);
    return result;
}

static void count_bytes(void *context, const struct page_piece *piece, struct str bytes)
{
    uint64_t *total = context;
    (void)piece;
    *total += bytes.len;
}

static void take_page(void *context, const struct page *page)
{
    struct work *w = context;
    struct weight *weight = &w->weight;
    if ((page->stand_in ? STAND_IN : page->entity) != w->kind) {
        return;
    }
    page_writer_add(w->writer, page);
    page_encode(page, count_bytes, &weight->stored);
    weight->pages++;
    weight->memory += page_memory_bytes(page);
    weight->peers += page->peer_count;
    for (int i = 0; i < STREAM_COUNT; i++) {
        weight->records += page->streams[i].end - page->streams[i].begin;
    }
}

/* ---- write ---------------------------------------------------------------------------------- */

/* Cities until there are enough pages of the kind. */
static int write_cities(struct work *w, struct err *err)
{
    uint64_t first = 0;
    uint64_t laps = 0;
    int result = 0;
    w->writer = page_writer_new(&w->store, 0);
    do {
        struct local *local = local_new(&w->settings, w->pack.program, &w->sink, NULL);
        result = live(w, local, laps++, err);
        if (result == 0) {
            local_each_page(local, take_page, w);
        }
        local_free(local);
        first = laps == 1 ? w->weight.pages : first;
    } while (result == 0 && w->weight.pages < w->wanted && laps < LAPS_MAX);
    page_writer_end(w->writer);
    const struct weight *sum = &w->weight;
    (void)printf("{\"city\":%" PRIu64 ",\"pages\":%" PRIu64 ",\"records\":%" PRIu64
                 ",\"peers\":%" PRIu64 ",\"counted\":%" PRIu64 ",\"stored\":%" PRIu64 "}\n",
                 first, sum->pages, sum->records, sum->peers, sum->memory, sum->stored);
    return result;
}

static int write_kind(struct work *w, struct err *err)
{
    const struct city_plan demo = feed_plan(PEOPLE, HOURS, HISTORY_DAYS);
    if (setup_pack(&w->pack, "rules/library", err) != 0) {
        return -1;
    }
    w->tagger = setup_tagger(w->pack.program, err);
    if (w->tagger == NULL) {
        return -1;
    }
    feed_make(&w->feed, &demo);
    return write_cities(w, err);
}

/* ---- read ----------------------------------------------------------------------------------- */

/* Of this process, as the system counts them; one that the allocator keeps for later counts, too.
 */
static uint64_t resident_bytes(void)
{
    unsigned long long total = 0;
    unsigned long long resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    must(file != NULL && fscanf(file, "%llu %llu", &total, &resident) == 2);
    (void)fclose(file);
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static const struct program *no_program(void *self, const uint8_t *hash)
{
    (void)self;
    (void)hash;
    return NULL;
}

static int read_kind(struct work *w, struct err *err)
{
    uint64_t before = resident_bytes();
    struct partition *p = partition_new(&(struct partition_setup){.owner = UINT64_MAX,
                                                                  .settings = &w->settings,
                                                                  .programs = {NULL, no_program},
                                                                  .sink = &w->sink,
                                                                  .store = &w->store});
    int result = partition_open(p, err);
    while (result == 0 && !partition_is_resident(p)) {
        result = partition_sweep(p, err);
    }
    if (result == 0) {
        (void)printf("{\"pages\":%zu,\"grown\":%" PRIu64 "}\n", cache_count(partition_cache(p)),
                     resident_bytes() - before);
    }
    partition_free(p);
    return result;
}

/* ---- command line --------------------------------------------------------------------------- */

static int run(struct work *w, const char *what, const char *kind, struct err *err)
{
    bool writes = strcmp(what, "write") == 0;
    if (!writes && strcmp(what, "read") != 0) {
        return err_set(err, ERR_USAGE, "\"%s\" is none of write, read", what);
    }
    w->kind = find_kind(kind, err);
    if (w->kind < 0 || settings_read(&w->settings, NULL, err) != 0) {
        return -1;
    }
    w->settings.visits_partitions = 1;
    w->sink = (struct sink){w, drop_output};
    w->redis = redis_store_open(&w->settings, err);
    if (w->redis == NULL) {
        return -1;
    }
    w->store = redis_store_store(w->redis);
    int result = writes ? write_kind(w, err) : read_kind(w, err);
    redis_store_close(w->redis);
    feed_fini(&w->feed);
    tagger_free(w->tagger);
    compile_fini(&w->pack);
    return result;
}

int main(int argc, char **argv)
{
    struct arguments args = {.pages = {50000, 1, 10000000}};
    const struct option_row rows[] = {
        {"pages", OPTION_COUNT, &args.pages, "N", "at least so many are written"},
    };
    const struct usage usage =
        {"live_pages",
         "write|read KIND",
         "puts the pages of the demonstration's city into Redis, or reads them back; "
         "settings come from the environment",
         "live_pages write number --pages 50000",
         rows,
         sizeof rows / sizeof rows[0]};
    struct err err = {.code = ERR_NONE};
    int plain = options_read(argc, argv, &usage, &err);
    if (plain == OPTIONS_HELP) {
        return 0;
    }
    if (plain >= 0 && argc - plain != 2) {
        plain = err_set(&err, ERR_USAGE, "say what to do, write or read, and with which kind");
    }
    struct work *w = mem_alloc(1, sizeof *w);
    w->wanted = (uint64_t)args.pages.value;
    int code = plain >= 0 && run(w, argv[plain], argv[plain + 1], &err) == 0
                   ? 0
                   : options_fail(&usage, &err);
    mem_free(w);
    return code;
}
