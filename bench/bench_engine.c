/* How many events the engine decides in a second, in one process and on one core: by the number of
 * rules and partitions, and how long an event waits for its decision. */
#include "bench/feed.h"
#include "bench/harness.h"
#include "bench/rule_text.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/local.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TRACE_BYTES_MAX 128

struct work {
    struct feed feed;
    struct event *directory; /* made once, so that the engine alone is measured */
    struct event *events;
    uint64_t event_count;
    struct settings settings;
    const struct program *program;
    struct sink sink;
    uint64_t sum;     /* of the outputs, whatever their order */
    uint64_t sampled; /* events whose latency is measured */
    struct local *local;
    double interval_ns;
    struct local_counts counts; /* of the last run */
};

/* ---- outputs -------------------------------------------------------------------------------- */

/* An output's bytes up to its trace, which names the partition. */
static size_t len_without_trace(struct str json)
{
    static const char mark[] = ",\"trace\":";
    size_t from = json.len > TRACE_BYTES_MAX ? json.len - TRACE_BYTES_MAX : 0;
    for (size_t at = from; at + sizeof mark <= json.len; at++) {
        if (memcmp(json.at + at, mark, sizeof mark - 1) == 0) {
            return at;
        }
    }
    return json.len;
}

static int take_output(void *self, const struct output *output, struct err *err)
{
    struct work *w = self;
    (void)err;
    if (output->kind != OUTPUT_RECEIPT) { /* one for each partition */
        w->sum += bench_mix(output->kind, output->json.at, len_without_trace(output->json));
    }
    return 0;
}

/* ---- runs ----------------------------------------------------------------------------------- */

static void deliver(struct work *w, uint32_t source, uint64_t number, const struct event *event)
{
    struct err err;
    if (local_deliver(w->local, source, number, event, &err) != 0) {
        bench_fail(&err);
    }
}

/* An engine that has seen nothing. */
static void prepare_empty(void *context)
{
    struct work *w = context;
    struct err err;
    local_free(w->local);
    w->local = local_new(&w->settings, w->program, &w->sink, NULL);
    if (local_start(w->local, &err) != 0) {
        bench_fail(&err);
    }
    w->sum = 0;
}

/* An engine that knows the directory and has seen no event. */
static void prepare(void *context)
{
    struct work *w = context;
    prepare_empty(w);
    for (uint64_t i = 0; i < w->feed.directory_count; i++) {
        deliver(w, SOURCE_DIRECTORY, i, &w->directory[i]);
    }
}

static uint64_t finish(struct work *w)
{
    local_counts(w->local, &w->counts);
    return bench_mix_number(w->sum, w->counts.fired << 32 ^ w->counts.judged);
}

static uint64_t run_events(void *context)
{
    struct work *w = context;
    for (uint64_t i = 0; i < w->event_count; i++) {
        deliver(w, SOURCE_FEED, i, &w->events[i]);
    }
    return finish(w);
}

/* From bytes to outputs, ingest included: what a replay does between its files. */
static uint64_t run_from_bytes(void *context)
{
    struct work *w = context;
    struct event event;
    struct feed_reader reader = feed_read(&w->feed);
    uint64_t numbers[] = {[SOURCE_DIRECTORY] = 0, [SOURCE_FEED] = 0};
    while (feed_next(&reader, &event)) {
        uint32_t source = feed_in_directory(&reader) ? SOURCE_DIRECTORY : SOURCE_FEED;
        deliver(w, source, numbers[source]++, &event);
    }
    feed_reader_fini(&reader);
    return finish(w);
}

/* Events arrive at a steady rate, whether the engine has time or not; the later ones in the day are
 * the ones with history. */
static uint64_t run_steadily(void *context, uint64_t *samples_ns)
{
    struct work *w = context;
    uint64_t first = w->event_count - w->sampled;
    for (uint64_t i = 0; i < first; i++) {
        deliver(w, SOURCE_FEED, i, &w->events[i]);
    }
    uint64_t from = bench_now_ns();
    for (uint64_t i = 0; i < w->sampled; i++) {
        uint64_t due = from + (uint64_t)((double)i * w->interval_ns);
        uint64_t now = bench_now_ns();
        while (now < due) {
            now = bench_now_ns();
        }
        deliver(w, SOURCE_FEED, first + i, &w->events[first + i]);
        samples_ns[i] = bench_now_ns() - due;
    }
    return finish(w);
}

/* ---- cases ---------------------------------------------------------------------------------- */

static void make_events(struct work *w)
{
    struct feed_reader reader = feed_read(&w->feed);
    w->directory = mem_alloc(w->feed.directory_count, sizeof *w->directory);
    w->events = mem_alloc(w->feed.event_count, sizeof *w->events);
    for (uint64_t i = 0; i < w->feed.directory_count; i++) {
        must(feed_next(&reader, &w->directory[i]));
    }
    for (uint64_t i = 0; i < w->feed.event_count; i++) {
        must(feed_next(&reader, &w->events[i]));
    }
    w->event_count = w->feed.event_count;
    feed_reader_fini(&reader);
}

static void note_visits(struct bench *bench, const struct work *w, const char *name, double ns)
{
    if (!bench_wants(bench, name)) {
        return;
    }
    const struct local_counts *c = &w->counts;
    uint64_t visits = c->applied - w->feed.directory_count;
    double events = (double)w->event_count;
    bench_note(bench,
               "%.2f visits an event, %.0f visits/s; %.2f rules fired in 1000 events, %" PRIu64
               " warnings, %" PRIu64 " requests; %" PRIu64 " pages of %" PRIu64 " bytes",
               (double)visits / events, (double)visits * 1e9 / (ns * events),
               (double)c->fired * 1000 / events, c->outputs[OUTPUT_WARNING],
               c->outputs[OUTPUT_STOP], c->pages, c->page_bytes / c->pages);
}

static struct bench_result measure(struct bench *bench, struct work *w, const char *what,
                                   int64_t partitions)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%s, %" PRId64 " partition%s", what, partitions,
                   partitions > 1 ? "s" : "");
    w->settings.visits_partitions = partitions;
    const struct bench_case events = {name, "event", w->event_count, 0, prepare, run_events, w};
    struct bench_result result = bench_measure(bench, &events);
    note_visits(bench, w, name, result.ns);
    return result;
}

static double measure_partitions(struct bench *bench, struct work *w, const char *what)
{
    struct bench_result one = measure(bench, w, what, 1);
    struct bench_result four = measure(bench, w, what, 4);
    if (one.ns > 0 && four.ns > 0) {
        bench_same(bench, "1 and 4 partitions", one.checksum, four.checksum);
    }
    return four.ns;
}

/* A quarter of what the engine can do, one event every so often. */
static void measure_latency(struct bench *bench, struct work *w, const char *what, double ns)
{
    char name[64];
    if (ns == 0) {
        return;
    }
    (void)snprintf(name, sizeof name, "latency, %s", what);
    w->interval_ns = 4 * ns;
    const struct bench_latency steady = {name, w->sampled, prepare, run_steadily, w};
    (void)bench_measure_latency(bench, &steady);
    bench_note(bench, "from the intended arrival to the last decision; %.0f events/s",
               1e9 / w->interval_ns);
}

static void measure_rules(struct bench *bench, struct work *w, uint32_t rules)
{
    struct compiled pack;
    struct buf text = {0};
    char what[32];
    rule_text_pack(&text, rules);
    rule_text_compile(&pack, buf_str(&text));
    w->program = pack.program;
    (void)snprintf(what, sizeof what, "%u rules", rules);
    double ns = measure_partitions(bench, w, what);
    measure_latency(bench, w, what, ns);
    compile_fini(&pack);
    buf_fini(&text);
}

static void measure_shipped(struct bench *bench, struct work *w)
{
    struct compiled pack;
    struct err err;
    if (compile_load(&pack, "rules/library", &err) != 0) {
        bench_fail(&err);
    }
    must(pack.program != NULL);
    w->program = pack.program;
    (void)measure_partitions(bench, w, "the shipped pack");
    const struct bench_case from_bytes = {"the shipped pack, from bytes",
                                          "record",
                                          w->feed.directory_count + w->feed.event_count,
                                          w->feed.bytes.len,
                                          prepare_empty,
                                          run_from_bytes,
                                          w};
    (void)bench_measure(bench, &from_bytes);
    compile_fini(&pack);
}

int main(int argc, char **argv)
{
    static const uint32_t sizes[] = {10, 50, 200};
    struct bench *bench =
        bench_open(argc, argv, "bench_engine: from events to decisions, in one process and thread");
    struct work *w = mem_alloc(1, sizeof *w);
    const struct city_plan plan = feed_plan(bench_is_smoke(bench) ? 200 : 5000, 24, 14);
    feed_make(&w->feed, &plan);
    make_events(w);
    settings_defaults(&w->settings);
    w->sampled = w->event_count / 2;
    w->sink = (struct sink){w, take_output};
    bench_note(bench,
               "a city of %" PRIu32 " people: %" PRIu64 " events after %" PRIu64
               " records of the directory",
               plan.people, w->event_count, w->feed.directory_count);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        measure_rules(bench, w, sizes[i]);
    }
    measure_shipped(bench, w);
    local_free(w->local);
    mem_free(w->directory);
    mem_free(w->events);
    feed_fini(&w->feed);
    mem_free(w);
    return bench_close(bench);
}
