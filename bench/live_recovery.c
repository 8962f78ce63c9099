/* live_recovery.c - how long it takes to take a partition over from Redis.
 *
 * `fill` lets a partition take messages, so many of each of --pages numbers that their stored pages
 * have --bytes bytes, and writes its pages as a worker does. `take-over` opens the partition in a
 * fresh process: until the first decision, and until all pages are in memory; `first` ends with the
 * decision. `bare` reads the same keys, as fast as Redis and hiredis give them, and does nothing
 * with them. bench_recovery.py runs them and compares.
 */
#include "bench/harness.h"
#include "bench/rule_text.h"
#include "connectors/cli/options.h"
#include "connectors/file/settings_file.h"
#include "connectors/redis/redis_link.h"
#include "connectors/redis/redis_store.h"
#include "engine/base/digest.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/partition.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULES 8                         /* the last of them is about calls */
#define START_MS INT64_C(1772380800000) /* 2026-03-02T00:00:00+08:00 */
#define STEP_MS INT64_C(1700000)        /* between two events of a number */
#define RECORDS_MAX 64
#define PUSH_PAGES 256
#define ANSWER_MS 1000
#define BUCKETS 1024
#define AHEAD 8 /* calls of the bare reader that are on their way */

struct work {
    struct settings settings;
    struct compiled pack;
    struct redis_store *redis;
    struct store store;
    struct sink sink;
    struct visit_log log;
    struct partition *partition;
    struct buf frame;
    uint64_t visits; /* sent so far, and so the place of the next */
    uint64_t decisions;
};

/* ---- what a partition needs ----------------------------------------------------------------- */

static int count_output(void *self, const struct output *output, struct err *err)
{
    struct work *w = self;
    (void)err;
    w->decisions += output->kind == OUTPUT_DECISION;
    return 0;
}

/* Events go no further than their first number. */
static int drop_visit(void *self, uint32_t partition, const struct visit *visit, struct err *err)
{
    (void)self;
    (void)partition;
    (void)visit;
    (void)err;
    return 0;
}

static const struct program *find_program(void *self, const uint8_t *hash)
{
    const struct work *w = self;
    return memcmp(w->pack.program->hash, hash, sizeof w->pack.program->hash) == 0 ? w->pack.program
                                                                                  : NULL;
}

static struct partition *new_partition(struct work *w, struct store *store, uint64_t owner)
{
    return partition_new(&(struct partition_setup){.owner = owner,
                                                   .clock = CLOCK_EVENT,
                                                   .settings = &w->settings,
                                                   .programs = {w, find_program},
                                                   .sink = &w->sink,
                                                   .log = &w->log,
                                                   .store = store});
}

/* ---- events --------------------------------------------------------------------------------- */

static struct token number_token(uint64_t number)
{
    struct digest_id id;
    digest_id_begin(&id, "number");
    digest_id_number(&id, number);
    return digest_id_end(&id);
}

static struct party party_of(uint64_t number)
{
    struct party party = {.token = number_token(number), .entity = ENTITY_NUMBER};
    party.mask_len =
        (uint8_t)snprintf(party.mask, sizeof party.mask, "120****%04u", (unsigned)(number % 10000));
    return party;
}

/* What a number did k-th, each time to somebody else: a message, which no rule asks for and no page
 * keeps whole, or a call. */
static void add_event(struct work *w, uint64_t number, uint64_t k, uint8_t kind)
{
    struct visit visit = {.leg = 0};
    struct event *event = &visit.event;
    event_clear(event);
    event->kind = kind;
    event->phase = kind == EVENT_CALL ? PHASE_RECORD : PHASE_NONE;
    event->party[PARTY_FROM] = party_of(number);
    event->party[PARTY_TO] = party_of(number + UINT64_C(1000003) * (k + 1));
    event->time_ms = START_MS + (int64_t)k * STEP_MS;
    event->judged_ms = event->time_ms;
    event->id_len =
        (uint8_t)snprintf(event->id, sizeof event->id, "m-%" PRIu64 "-%" PRIu64, number, k);
    event->source_len = (uint8_t)snprintf(event->source, sizeof event->source, "sms");
    event->record_id = bench_mix_number(number, k);
    outbox_begin_visit(&visit, SOURCE_FEED, w->visits++);
    frame_add(&w->frame, &visit);
}

static void begin_frame(struct work *w, uint64_t k)
{
    buf_clear(&w->frame);
    frame_begin(&w->frame, START_MS + (int64_t)k * STEP_MS);
}

static int apply_frame(struct work *w, struct err *err)
{
    return partition_apply(w->partition, partition_next_offset(w->partition), 0, buf_str(&w->frame),
                           err);
}

static int activate(struct work *w, struct err *err)
{
    begin_frame(w, 0);
    frame_activate(&w->frame, 1, w->pack.program->hash);
    return apply_frame(w, err);
}

/* So many messages of each of these numbers, no more than 128 visits in a frame. */
static int write_all(struct work *w, uint64_t first, uint64_t count, uint64_t messages,
                     struct err *err)
{
    for (uint64_t k = 0; k < messages; k++) {
        for (uint64_t at = 0; at < count; at += FRAME_VISITS_MAX) {
            begin_frame(w, 0);
            for (uint64_t i = at; i < count && i < at + FRAME_VISITS_MAX; i++) {
                add_event(w, first + i, k, EVENT_SMS);
            }
            if (apply_frame(w, err) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* ---- fill ----------------------------------------------------------------------------------- */

static void count_bytes(void *context, const struct page_piece *piece, struct str bytes)
{
    uint64_t *total = context;
    (void)piece;
    *total += bytes.len;
}

static uint64_t stored_bytes(const struct page *page)
{
    uint64_t total = 0;
    page_encode(page, count_bytes, &total);
    return total;
}

/* How many messages make a page of so many bytes. */
static int find_count(struct work *w, uint64_t bytes, uint64_t *messages, struct err *err)
{
    struct token token = number_token(0);
    const struct page *page = NULL;
    int result = 0;
    w->partition = new_partition(w, NULL, 0);
    result = activate(w, err);
    *messages = 0;
    do {
        begin_frame(w, *messages);
        add_event(w, 0, (*messages)++, EVENT_SMS);
        result = result == 0 ? apply_frame(w, err) : result;
        page = cache_find(partition_cache(w->partition), &token);
    } while (result == 0 && *messages < RECORDS_MAX && stored_bytes(page) < bytes);
    partition_free(w->partition);
    w->visits = 0;
    return result;
}

/* Whatever may go to the store does, and is answered. */
static int push_all(struct work *w, struct err *err)
{
    const struct flush *flush = partition_flush_state(w->partition);
    uint64_t next = lsn_of(partition_next_offset(w->partition), 0);
    do {
        struct store_answer answer;
        int count = 0;
        if (partition_push(w->partition, next, 0, FLUSH_ALL, err) != 0) {
            return -1;
        }
        while ((count = w->store.answer(w->store.self, &answer, ANSWER_MS, err)) > 0) {
            partition_take_answer(w->partition, &answer);
        }
        if (count < 0) {
            return -1;
        }
    } while (flush_waiting(flush) > 0);
    return 0;
}

static int fill_pages(struct work *w, uint64_t pages, uint64_t messages, struct err *err)
{
    for (uint64_t at = 0; at < pages; at += PUSH_PAGES) {
        uint64_t count = pages - at < PUSH_PAGES ? pages - at : PUSH_PAGES;
        partition_begin_batch(w->partition, 0);
        if (write_all(w, at, count, messages, err) != 0 || push_all(w, err) != 0) {
            return -1;
        }
    }
    return partition_flush(w->partition, err);
}

static void say_filled(const struct work *w, uint64_t pages, uint64_t messages)
{
    struct token token = number_token(0);
    const struct cache *cache = partition_cache(w->partition);
    const struct page *page = cache_find(cache, &token);
    must(page != NULL && cache_count(cache) == pages);
    (void)printf("{\"pages\":%" PRIu64 ",\"records\":%" PRIu64 ",\"bytes\":%" PRIu64
                 ",\"memory\":%zu}\n",
                 pages, messages, stored_bytes(page), page_memory_bytes(page));
}

static int fill(struct work *w, uint64_t pages, uint64_t bytes, struct err *err)
{
    uint64_t messages = 0;
    if (find_count(w, bytes, &messages, err) != 0) {
        return -1;
    }
    w->partition = new_partition(w, &w->store, 1);
    int result = partition_open(w->partition, err);
    if (result == 0 && partition_next_offset(w->partition) != 0) {
        result = err_set(err, ERR_USAGE, "the partition is there already; empty this Redis first");
    }
    result = result == 0 ? activate(w, err) : result;
    result = result == 0 ? fill_pages(w, pages, messages, err) : result;
    if (result == 0) {
        say_filled(w, pages, messages);
    }
    partition_free(w->partition);
    return result;
}

/* ---- take-over ------------------------------------------------------------------------------ */

/* One call of a number that is known, in the middle of all. */
static int decide(struct work *w, uint64_t pages, struct err *err)
{
    begin_frame(w, RECORDS_MAX);
    w->visits = UINT32_MAX; /* behind all that were taken */
    add_event(w, pages / 2, RECORDS_MAX, EVENT_CALL);
    partition_begin_batch(w->partition, 0);
    if (apply_frame(w, err) != 0) {
        return -1;
    }
    must(w->decisions == 1);
    return 0;
}

static int read_all(struct work *w, uint64_t pages, struct err *err)
{
    int result = 0;
    while (result == 0 && !partition_is_resident(w->partition)) {
        result = partition_sweep(w->partition, err);
    }
    must(result != 0 || cache_count(partition_cache(w->partition)) == pages);
    return result;
}

/* all: also until all pages are in memory. */
static int take_over(struct work *w, uint64_t pages, bool all, struct err *err)
{
    uint64_t began = bench_now_ns();
    w->partition = new_partition(w, &w->store, 2);
    int result = partition_open(w->partition, err);
    result = result == 0 ? decide(w, pages, err) : result;
    uint64_t decided = bench_now_ns();
    result = result == 0 && all ? read_all(w, pages, err) : result;
    uint64_t ended = bench_now_ns();
    if (result == 0) {
        (void)printf("{\"first_ms\":%.3f", (double)(decided - began) / 1e6);
        (void)(all ? printf(",\"resident_ms\":%.3f}\n", (double)(ended - began) / 1e6) : puts("}"));
    }
    partition_free(w->partition);
    return result;
}

/* ---- the bare reader ------------------------------------------------------------------------ */

static void ask(struct redis_link *link, const struct settings *settings, int number)
{
    char key[96];
    int len = snprintf(key, sizeof key, "%s{0}:%c:%d", settings->redis_prefix,
                       number < BUCKETS ? 'h' : 'c', number % BUCKETS);
    struct str words[] = {STR("HGETALL"), {key, (size_t)len}};
    redis_link_send(link, 2, words);
}

static int read_bare(struct work *w, struct err *err)
{
    struct redis_link *link = redis_link_open(&w->settings, err);
    uint64_t began = bench_now_ns();
    uint64_t bytes = 0;
    uint64_t fields = 0;
    if (link == NULL) {
        return -1;
    }
    for (int asked = 0, answered = 0; answered < 2 * BUCKETS; answered++) {
        while (asked < 2 * BUCKETS && asked < answered + AHEAD) {
            ask(link, &w->settings, asked++);
        }
        redisReply *reply = redis_link_await(link, err);
        if (reply == NULL) {
            redis_link_close(link);
            return -1;
        }
        for (size_t i = 0; i < reply->elements; i++) {
            bytes += reply->element[i]->len;
        }
        fields += reply->elements / 2;
        redis_reply_free(reply);
    }
    (void)printf("{\"bare_ms\":%.3f,\"fields\":%" PRIu64 ",\"bytes\":%" PRIu64 "}\n",
                 (double)(bench_now_ns() - began) / 1e6, fields, bytes);
    redis_link_close(link);
    return 0;
}

/* ---- command line --------------------------------------------------------------------------- */

static int run(struct work *w, const char *what, uint64_t pages, uint64_t bytes, struct err *err)
{
    struct buf text = {0};
    int result = 0;
    if (settings_read(&w->settings, NULL, err) != 0) {
        return -1;
    }
    w->settings.visits_partitions = 1;
    w->settings.decisions_sample = 1;
    w->redis = redis_store_open(&w->settings, err);
    if (w->redis == NULL) {
        return -1;
    }
    w->store = redis_store_store(w->redis);
    w->sink = (struct sink){w, count_output};
    w->log = (struct visit_log){w, drop_visit};
    rule_text_pack(&text, RULES);
    rule_text_compile(&w->pack, buf_str(&text));
    if (strcmp(what, "fill") == 0) {
        result = fill(w, pages, bytes, err);
    } else if (strcmp(what, "take-over") == 0) {
        result = take_over(w, pages, true, err);
    } else if (strcmp(what, "first") == 0) {
        result = take_over(w, pages, false, err);
    } else if (strcmp(what, "bare") == 0) {
        result = read_bare(w, err);
    } else {
        result = err_set(err, ERR_USAGE, "\"%s\" is none of fill, take-over, first, bare", what);
    }
    redis_store_close(w->redis);
    compile_fini(&w->pack);
    buf_fini(&text);
    buf_fini(&w->frame);
    return result;
}

int main(int argc, char **argv)
{
    struct option_count pages = {1000, 1, 100000000};
    struct option_count bytes = {400, 1, 100000};
    const struct option_row rows[] = {
        {"pages", OPTION_COUNT, &pages, "N", "of the partition"},
        {"bytes", OPTION_COUNT, &bytes, "N", "at least so many has a stored page"},
    };
    const struct usage usage =
        {"live_recovery",
         "fill|take-over|first|bare",
         "fills a partition in Redis, takes it over, or only reads its keys; "
         "settings come from the environment",
         "live_recovery fill --pages 1000000 --bytes 400",
         rows,
         sizeof rows / sizeof rows[0]};
    struct err err = {.code = ERR_NONE};
    int plain = options_read(argc, argv, &usage, &err);
    if (plain == OPTIONS_HELP) {
        return 0;
    }
    if (plain >= 0 && argc - plain != 1) {
        plain = err_set(&err, ERR_USAGE, "say what to do: fill, take-over, first or bare");
    }
    struct work *w = mem_alloc(1, sizeof *w);
    int code =
        plain >= 0 && run(w, argv[plain], (uint64_t)pages.value, (uint64_t)bytes.value, &err) == 0
            ? 0
            : options_fail(&usage, &err);
    mem_free(w);
    return code;
}
