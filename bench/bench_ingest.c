/* How long a record takes from its bytes to its event: the decoder alone, then all of ingest. */
#include "bench/feed.h"
#include "bench/harness.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/ingest/identity.h"
#include "engine/ingest/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KNOWN 1000u
#define NUMBER_BASE 10000000u

struct work {
    struct buf bytes; /* one record a line */
    uint64_t lines;
    struct number_kinds *kinds;
    struct directory *directory;
    struct ingest *ingest;
    struct identity *identity;
    struct json_doc doc;
    struct event event;
    char scratch[JSON_RECORD_BYTES_MAX];
};

/* ---- records as the feeds send them, in the member order of the reference ------------------- */

/* `of` ends take part; of the i-th record those with numbers i * 7919 and i * 104729. */
static void add_call(struct buf *out, uint32_t i, uint32_t of)
{
    buf_add_format(out,
                   "{\"type\":\"call\",\"phase\":\"record\",\"id\":\"c-%08u\","
                   "\"time\":\"2026-03-02T%02u:%02u:%02u+08:00\",\"caller\":\"120%08u\","
                   "\"callee\":\"120%08u\",\"answered\":true,\"duration_s\":%u,"
                   "\"imei\":\"861234567890123\",\"forwarded\":false}\n",
                   i, i / 3600 % 24, i / 60 % 60, i % 60, NUMBER_BASE + i * 7919u % of,
                   NUMBER_BASE + i * 104729u % of, i % 600);
}

static void add_payment(struct buf *out, uint32_t i, uint32_t of)
{
    buf_add_format(
        out,
        "{\"type\":\"transaction\",\"phase\":\"initiated\",\"id\":\"p-%08u\","
        "\"payment_id\":\"20260302112%08u\",\"time\":\"2026-03-02T%02u:%02u:%02u+08:00\","
        "\"payer\":{\"account\":\"62220000000%08u\",\"bank\":\"102100099996\"},"
        "\"payee\":{\"account\":\"62170000000%08u\",\"bank\":\"105100000017\"},"
        "\"amount\":\"%u.00\",\"currency\":\"CNY\",\"channel\":\"mobile\","
        "\"purpose\":\"transfer\",\"arrival\":\"realtime\",\"balance_before\":\"80000.00\","
        "\"device\":\"d-77\",\"region\":\"330502\"}\n",
        i, i, i / 3600 % 24, i / 60 % 60, i % 60, NUMBER_BASE + i * 7919u % of,
        NUMBER_BASE + i * 104729u % of, 10 + i % 70000);
}

static void add_account(struct buf *out, uint32_t i, uint32_t of)
{
    buf_add_format(out,
                   "{\"type\":\"account\",\"id\":\"b-%08u\",\"time\":\"2026-01-01T00:00:00+08:00\","
                   "\"account\":\"62220000000%08u\",\"person\":\"P-%u\",\"bank\":\"102100099996\","
                   "\"class\":\"i\",\"kind\":\"personal\",\"opened\":\"2015-03-01\","
                   "\"region\":\"330502\"}\n",
                   i, NUMBER_BASE + i * 7919u % of, 1000 + i % of);
}

typedef void add_fn(struct buf *out, uint32_t i, uint32_t of);

static void fill(struct work *w, add_fn *add, uint32_t lines, uint32_t of)
{
    buf_clear(&w->bytes);
    for (uint32_t i = 0; i < lines; i++) {
        add(&w->bytes, i, of);
    }
    w->lines = lines;
}

/* ---- what is measured ----------------------------------------------------------------------- */

static void forget(struct work *w)
{
    ingest_free(w->ingest);
    directory_free(w->directory);
    identity_free(w->identity);
    w->ingest = NULL;
    w->directory = NULL;
    w->identity = NULL;
}

/* Nobody is known: a process that has just begun. */
static void prepare(void *context)
{
    struct work *w = context;
    forget(w);
    w->directory = directory_new();
    w->ingest = ingest_new(&(struct ingest_setup){.kinds = w->kinds, .directory = w->directory});
    w->identity = identity_new(STR(IDENTITY_DEMONSTRATION_KEY), 1);
}

static uint64_t run_decode(void *context)
{
    struct work *w = context;
    struct refusal why;
    struct str line;
    size_t at = 0;
    uint64_t sum = 0;
    while (feed_line(buf_str(&w->bytes), &at, &line)) {
        must(json_decode(&w->doc, line, w->scratch, &why) == 0);
        sum = bench_mix_number(sum, w->doc.count ^ (uint64_t)w->doc.members[3].hash << 32);
    }
    return sum;
}

static uint64_t mix_event(uint64_t sum, const struct event *event)
{
    sum = bench_mix_number(sum, event->record_id ^ (uint64_t)event->time_ms);
    sum = bench_mix_number(sum, token_low64(&event->party[PARTY_FROM].holder));
    sum = bench_mix_number(sum, token_low64(&event->party[PARTY_TO].token));
    return bench_mix_number(sum, (uint64_t)event->amount_minor ^ (uint64_t)event->duration_ms ^
                                     event->party[PARTY_FROM].kind);
}

static uint64_t run_ingest(void *context)
{
    struct work *w = context;
    struct refusal why;
    struct str line;
    size_t at = 0;
    uint64_t sum = 0;
    while (feed_line(buf_str(&w->bytes), &at, &line)) {
        must(ingest_record(w->ingest, line, -1, &w->event, &why) == 0);
        sum = mix_event(sum, &w->event);
    }
    return sum;
}

/* A cache of one entry: each token is made anew. */
static uint64_t run_tokens(void *context)
{
    struct work *w = context;
    uint64_t sum = 0;
    char text[16];
    for (uint64_t i = 0; i < w->lines; i++) {
        int len = snprintf(text, sizeof text, "120%08u", (unsigned)(i % 100000000));
        struct token token =
            identity_token(w->identity, ENTITY_NUMBER, (struct str){text, (size_t)len});
        sum = bench_mix_number(sum, token_low64(&token));
    }
    return sum;
}

static uint64_t run_event_frames(void *context)
{
    struct work *w = context;
    struct refusal why;
    struct str line;
    struct buf frame = {0};
    size_t at = 0;
    uint64_t sum = 0;
    must(feed_line(buf_str(&w->bytes), &at, &line));
    must(ingest_record(w->ingest, line, -1, &w->event, &why) == 0);
    for (uint64_t i = 0; i < w->lines; i++) {
        buf_clear(&frame);
        w->event.time_ms++;
        event_encode(&frame, &w->event);
        must(event_decode(&w->event, (const uint8_t *)frame.at, frame.len) == frame.len);
        sum = bench_mix_number(sum, (uint64_t)w->event.time_ms ^ frame.len);
    }
    buf_fini(&frame);
    return sum;
}

/* ---- the cases ------------------------------------------------------------------------------ */

static void measure(struct bench *bench, struct work *w, const char *name,
                    uint64_t (*run)(void *context))
{
    const struct bench_case work = {name, "record", w->lines, w->bytes.len, prepare, run, w};
    (void)bench_measure(bench, &work);
    bench_note(bench, "%zu bytes a record", w->bytes.len / (size_t)w->lines);
}

static void measure_records(struct bench *bench, struct work *w, uint32_t lines)
{
    static const struct {
        const char *name;
        add_fn *add;
        uint64_t (*run)(void *context);
        bool all_new;
    } cases[] = {
        {"json_decode, call record", add_call, run_decode, false},
        {"json_decode, payment", add_payment, run_decode, false},
        {"json_decode, account", add_account, run_decode, false},
        {"ingest, call record, tokens in the cache", add_call, run_ingest, false},
        {"ingest, payment, tokens in the cache", add_payment, run_ingest, false},
        {"ingest, account, tokens in the cache", add_account, run_ingest, false},
        {"ingest, call record, all new", add_call, run_ingest, true},
        {"ingest, payment, all new", add_payment, run_ingest, true},
        {"ingest, account, all new", add_account, run_ingest, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (bench_wants(bench, cases[i].name)) {
            fill(w, cases[i].add, lines, cases[i].all_new ? 2 * lines : KNOWN);
            measure(bench, w, cases[i].name, cases[i].run);
        }
    }
}

static void measure_city(struct bench *bench, struct work *w)
{
    static const char name[] = "ingest, a city's directory and day";
    struct feed feed;
    const struct city_plan plan = feed_plan(bench_is_smoke(bench) ? 200 : 5000, 24, 3);
    if (!bench_wants(bench, name)) {
        return;
    }
    feed_make(&feed, &plan);
    buf_clear(&w->bytes);
    buf_add_str(&w->bytes, buf_str(&feed.bytes));
    w->lines = feed.directory_count + feed.event_count;
    measure(bench, w, name, run_ingest);
    feed_fini(&feed);
}

static void measure_parts(struct bench *bench, struct work *w, uint32_t lines)
{
    fill(w, add_payment, lines, KNOWN);
    (void)bench_measure(bench, &(struct bench_case){"token of a new number", "number", lines, 0,
                                                    prepare, run_tokens, w});
    (void)bench_measure(bench, &(struct bench_case){"event into a frame and back", "event", lines,
                                                    0, prepare, run_event_frames, w});
}

int main(int argc, char **argv)
{
    struct bench *bench =
        bench_open(argc, argv, "bench_ingest: from a record's bytes to its event");
    struct work *w = mem_alloc(1, sizeof *w);
    const uint32_t lines = bench_is_smoke(bench) ? 2000 : 200000;
    w->kinds = feed_number_kinds();
    measure_records(bench, w, lines);
    measure_city(bench, w);
    measure_parts(bench, w, lines);
    forget(w);
    number_kinds_free(w->kinds);
    buf_fini(&w->bytes);
    mem_free(w);
    return bench_close(bench);
}
