#include "connectors/cli/replay.h"

#include "connectors/cli/interrupt.h"
#include "connectors/cli/options.h"
#include "connectors/cli/overwrite.h"
#include "connectors/cli/progress.h"
#include "connectors/cli/refused_feed.h"
#include "connectors/cli/replay_log.h"
#include "connectors/cli/run_packs.h"
#include "connectors/cli/setup.h"
#include "connectors/cli/skip_topic.h"
#include "connectors/cli/tally.h"
#include "connectors/file/dead_letter.h"
#include "connectors/file/feed_file.h"
#include "connectors/file/settings_file.h"
#include "connectors/file/sink_file.h"
#include "connectors/file/store_file.h"
#include "engine/base/caltime.h"
#include "engine/base/mem.h"
#include "engine/ingest/ingest.h"
#include "engine/ingest/record.h"
#include "engine/local.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct arguments {
    const char *config, *pack, *directory, *map, *out, *save, *load, *until;
    struct option_list events;
    struct option_count partitions;
    struct option_count first;
    struct option_count skip; /* none: this is the first run over these records and the directory */
    bool log, check;
    bool print_config;
};

struct replay {
    struct arguments args;
    const struct usage *usage;
    struct settings settings;
    struct compiled pack;
    struct number_kinds *kinds;
    struct tagger *tagger;
    struct directory *directory;
    struct ingest *ingest;
    struct store_file *store_file;
    struct store store;
    struct sink_file *out;
    struct tally tally;
    struct sink sink;
    struct local *local;
    struct replay_log *log;             /* in place of files; NULL: files */
    struct run_packs *packs;            /* of the log: those that it activates */
    struct skips skips;                 /* and what is passed over */
    uint64_t offsets[EVENT_KIND_COUNT]; /* next record of each topic, under its first kind */
    uint64_t numbers[2];                /* records of SOURCE_DIRECTORY, SOURCE_FEED */
    int64_t until_ms;                   /* of args.until */
    int64_t clock_ms;                   /* largest judged time so far; INT64_MIN: none */
    struct progress progress;
    struct ingest_counts counted; /* of records that another run has done */
    struct refused_feed feed;     /* being read */
    struct buf findings;          /* a line for each feed that was refused as a whole */
    struct buf line;
    struct event event;
};

/* ---- records ------------------------------------------------------------------------------------
 */

/* The running number of a record within its topic. Kinds of one topic share it. */
static uint64_t next_offset(struct replay *r, uint8_t kind)
{
    struct str topic = record_topic(kind);
    uint8_t first = EVENT_NONE;
    while (first < kind && !str_eq(record_topic(first), topic)) {
        first++;
    }
    return r->offsets[first]++;
}

static int refuse(struct replay *r, const struct source *from, const struct source_record *record,
                  const struct refusal *why, uint64_t offset, struct err *err)
{
    struct dead_letter letter = {.why = why,
                                 .topic = record_topic(r->event.kind),
                                 .offset = offset,
                                 .time_ms = r->clock_ms,
                                 .size = record->raw_bytes,
                                 .bytes = record->raw,
                                 .bytes_max = (size_t)r->settings.ingest_dead_letter_bytes,
                                 .file = from->name,
                                 .file_offset = record->offset};
    struct output output;
    dead_letter_write(&letter, &r->line, &output);
    return r->sink.emit(r->sink.self, &output, err);
}

/* One record. `fresh` is false for those that another run has done: they still count, teach the
 * directory and move the clock. The directory is delivered in every run: its pages may not be
 * loaded, and those that are know what they have. */
static int take_record(struct replay *r, uint32_t source, const struct source *from,
                       const struct source_record *record, bool fresh, struct err *err)
{
    struct refusal why = record->why;
    bool refused = record->refused;
    event_clear(&r->event);
    if (refused) {
        ingest_count_refused(r->ingest, &why);
    } else {
        refused = ingest_record(r->ingest, record->bytes, -1, &r->event, &why) != 0;
    }
    uint64_t offset = next_offset(r, r->event.kind);
    uint64_t number = r->numbers[source]++;
    refused_feed_take(&r->feed, record->raw, refused ? &why : NULL);
    if (fresh) {
        tally_record(&r->tally, refused ? &why : NULL);
    } else {
        r->counted = *ingest_counts(r->ingest); /* these come before all fresh ones */
    }
    if (refused) {
        return fresh ? refuse(r, from, record, &why, offset, err) : 0;
    }
    if (r->event.judged_ms > r->clock_ms) {
        r->clock_ms = r->event.judged_ms;
    }
    bool wanted = fresh || source == SOURCE_DIRECTORY;
    return wanted ? local_deliver(r->local, source, number, &r->event, err) : 0;
}

static int read_file(struct replay *r, uint32_t source, const char *path, const char *map,
                     struct err *err)
{
    struct source from;
    struct source_record record;
    int got = 0;
    if (feed_file_open(&from, path, map, err) != 0) {
        return -1;
    }
    refused_feed_begin(&r->feed, path, map != NULL);
    int64_t skip = r->args.skip.value;
    uint64_t first = r->args.first.value >= 0 ? (uint64_t)r->args.first.value : UINT64_MAX;
    while (source == SOURCE_DIRECTORY || r->numbers[source] < first) {
        got = interrupt_check(err) != 0 ? -1 : from.next(from.self, &record, err);
        progress_step(&r->progress);
        bool fresh = skip < 0 || (source == SOURCE_FEED && r->numbers[source] >= (uint64_t)skip);
        if (got <= 0 || take_record(r, source, &from, &record, fresh, err) != 0) {
            got = got > 0 ? -1 : got;
            break;
        }
    }
    from.close(from.self);
    if (got < 0) {
        return -1;
    }
    if (refused_feed_say(&r->feed, &r->findings)) {
        buf_add_char(&r->findings, '\n');
    }
    return 0;
}

static int read_all(struct replay *r, struct err *err)
{
    if (r->args.directory != NULL &&
        read_file(r, SOURCE_DIRECTORY, r->args.directory, NULL, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < r->args.events.count; i++) {
        if (read_file(r, SOURCE_FEED, r->args.events.items[i], r->args.map, err) != 0) {
            return -1;
        }
    }
    return r->args.until != NULL ? local_tick(r->local, r->until_ms, err) : 0;
}

/* ---- start and end ------------------------------------------------------------------------------
 */

static int open_store(struct replay *r, struct str key, struct err *err)
{
    struct store_file_identity identity = {.partition_count =
                                               (uint32_t)r->settings.visits_partitions};
    setup_key_print(key, &identity);
    if (r->args.save == NULL && r->args.load == NULL) {
        return 0;
    }
    if (r->args.save != NULL && store_file_can_save(r->args.save, err) != 0) {
        return -1;
    }
    r->store_file = store_file_open(r->args.load, &identity, err);
    if (r->store_file == NULL) {
        return -1;
    }
    /* Records are known by their number: counted from 0 again they would all pass for records that
     * the pages include, and be dropped. */
    if (r->args.load != NULL && r->args.skip.value < 0) {
        return err_set(err, ERR_USAGE,
                       "--load %s needs --skip N: how many records the runs before took; give the "
                       "same --events again, new files behind them",
                       r->args.load);
    }
    r->store = store_file_store(r->store_file);
    return 0;
}

static int open_ingest(struct replay *r, struct str key, struct err *err)
{
    if (setup_number_kinds(&r->settings, r->args.pack, r->pack.program, &r->kinds, err) != 0) {
        return -1;
    }
    r->tagger = setup_tagger(r->pack.program, err);
    if (r->tagger == NULL) {
        return -1;
    }
    r->directory = directory_new();
    r->ingest = ingest_new(
        &(struct ingest_setup){.key = key,
                               .kinds = r->kinds,
                               .directory = r->directory,
                               .tagger = r->tagger,
                               .cache_entries = (size_t)r->settings.identity_cache_entries});
    return 0;
}

/* A file that is not there is found out before the others are replayed. */
static int check_feeds(const struct arguments *args, struct err *err)
{
    for (size_t i = 0; i <= args->events.count; i++) {
        const char *path = i < args->events.count ? args->events.items[i] : args->directory;
        if (path != NULL && strcmp(path, "-") != 0 && access(path, R_OK) != 0) {
            return err_set(err, ERR_OUTSIDE, "%s: cannot open the feed: %s; check the path", path,
                           strerror(errno));
        }
    }
    return 0;
}

static int open_out(struct replay *r, struct err *err)
{
    r->out = sink_file_open(r->args.out, err);
    if (r->out == NULL) {
        return -1;
    }
    tally_init(&r->tally, sink_file_sink(r->out));
    r->sink = tally_sink(&r->tally);
    return 0;
}

static int open_files(struct replay *r, struct err *err)
{
    struct buf key = {0};
    if (check_feeds(&r->args, err) != 0) {
        return -1;
    }
    int result = setup_key(&r->settings, &key, err);
    if (result == 0) {
        result = open_store(r, buf_str(&key), err);
    }
    if (result == 0) {
        result = open_ingest(r, buf_str(&key), err);
    }
    buf_fini(&key);
    if (result != 0) {
        return -1;
    }
    if (open_out(r, err) != 0) {
        return -1;
    }
    r->local = local_new(&r->settings, r->pack.program, &r->sink,
                         r->store_file != NULL ? &r->store : NULL);
    return local_start(r->local, err);
}

static void write_summary(struct replay *r)
{
    struct json_writer w = {.out = &r->line};
    buf_clear(&r->line);
    if (r->ingest != NULL) {
        tally_ingested(&r->tally, &r->counted, ingest_counts(r->ingest));
    }
    json_open(&w, NULL, '{');
    tally_write(&r->tally, r->pack.program->hash_hex, &w);
    if (r->log != NULL) {
        replay_log_write(r->log, &w);
    }
    json_close(&w, '}');
}

static int read_skips(struct replay *r, struct err *err)
{
    struct skip_topic *topic = skip_topic_open(&r->settings, err);
    int result = topic == NULL
                     ? -1
                     : skip_topic_read(topic, r->settings.kafka_wait_s * 1000, &r->skips, err);
    skip_topic_close(topic);
    return result;
}

static int open_log(struct replay *r, struct err *err)
{
    if (open_out(r, err) != 0) {
        return -1;
    }
    r->packs = run_packs_open(r->usage->command, &r->settings, r->pack.program, 0, err);
    if (r->packs == NULL || read_skips(r, err) != 0) {
        return -1;
    }
    r->log = replay_log_open(&(struct replay_log_setup){.settings = &r->settings,
                                                        .programs = {r->packs, run_packs_find},
                                                        .sink = &r->sink,
                                                        .skips = &r->skips,
                                                        .check = r->args.check},
                             err);
    return r->log == NULL ? -1 : 0;
}

static int read_input(struct replay *r, struct err *err)
{
    if (setup_pack(&r->pack, r->args.pack, err) != 0) {
        return -1;
    }
    if (r->args.log) {
        return open_log(r, err) != 0 ? -1 : replay_log_run(r->log, err);
    }
    if (open_files(r, err) != 0) {
        return -1;
    }
    setup_key_notice(&r->settings, r->usage->command);
    return read_all(r, err);
}

/* All that can fail for want of room fails before the first file is seen; the pages come before the
 * outputs, which say that the run is whole. */
static int finish(struct replay *r, struct err *err)
{
    write_summary(r);
    if (sink_file_complete(r->out, buf_str(&r->line), err) != 0) {
        return -1;
    }
    if (r->args.save != NULL && (local_flush(r->local, err) != 0 ||
                                 store_file_save(r->store_file, r->args.save, err) != 0)) {
        return -1;
    }
    return sink_file_publish(r->out, err);
}

static void close_all(struct replay *r)
{
    local_free(r->local);
    replay_log_free(r->log);
    skips_fini(&r->skips);
    run_packs_close(r->packs);
    sink_file_close(r->out);
    store_file_close(r->store_file);
    ingest_free(r->ingest);
    tagger_free(r->tagger);
    directory_free(r->directory);
    number_kinds_free(r->kinds);
    compile_fini(&r->pack);
    buf_fini(&r->findings);
    buf_fini(&r->line);
}

static void report(const struct replay *r)
{
    struct local_counts counts;
    local_counts(r->local, &counts);
    double seconds = progress_seconds(&r->progress);
    struct buf notes = {0};
    tally_say_notes(&r->tally, &notes);
    (void)fprintf(stderr,
                  "%s: %" PRIu64 " records (%" PRIu64 " refused)%s, %" PRIu64 " visits, %" PRIu64
                  " warnings, %" PRIu64 " requests, %" PRIu64 " pages of %" PRIu64
                  " bytes on average; %.2f s, %.0f records/s; outputs in %s\n",
                  r->usage->command, r->tally.read, r->tally.refused, buf_text(&notes),
                  counts.applied, counts.outputs[OUTPUT_WARNING], counts.outputs[OUTPUT_STOP],
                  counts.pages, counts.pages > 0 ? counts.page_bytes / counts.pages : 0, seconds,
                  (double)r->tally.read / seconds, r->args.out);
    buf_fini(&notes);
}

/* Nothing was new, which a typing error in --skip looks like, too. */
static void report_skip(const struct replay *r)
{
    if (r->args.skip.value >= 0 && (uint64_t)r->args.skip.value > r->numbers[SOURCE_FEED]) {
        (void)fprintf(stderr,
                      "%s: --skip %" PRId64 " is past the end of the events: they have %" PRIu64
                      " records, and none was taken\n",
                      r->usage->command, r->args.skip.value, r->numbers[SOURCE_FEED]);
    }
}

/* The outputs are there and right; but a feed that is refused as a whole was not meant. */
static void report_findings(struct replay *r)
{
    const char *line = buf_text(&r->findings);
    while (*line != '\0') {
        size_t len = strcspn(line, "\n");
        (void)fprintf(stderr, "%s: %.*s\n", r->usage->command, (int)len, line);
        line += len + 1;
    }
}

static int run(struct replay *r, struct err *err)
{
    interrupt_catch();
    progress_begin(&r->progress, r->usage->command, isatty(STDERR_FILENO) == 1);
    int result = read_input(r, err);
    progress_end(&r->progress);
    if (result != 0 || finish(r, err) != 0) {
        /* A read that a signal ended says less than the signal. */
        (void)interrupt_check(err);
        return -1;
    }
    if (r->log != NULL) {
        replay_log_report(r->log, r->usage->command);
    } else {
        report(r);
        report_skip(r);
        report_findings(r);
    }
    return 0;
}

/* ---- the command --------------------------------------------------------------------------------
 */

static bool reads_input_twice(const struct arguments *args)
{
    int count = args->directory != NULL && strcmp(args->directory, "-") == 0;
    for (size_t i = 0; i < args->events.count; i++) {
        count += strcmp(args->events.items[i], "-") == 0;
    }
    return count > 1;
}

/* The log has its own records, beginning and partitions. */
static int check_log_arguments(const struct arguments *args, struct err *err)
{
    bool files = args->events.count > 0 || args->directory != NULL || args->map != NULL;
    bool halves = args->first.value >= 0 || args->skip.value >= 0 || args->save != NULL ||
                  args->load != NULL || args->until != NULL;
    if (files || halves || args->partitions.value >= 0) {
        return err_set(
            err, ERR_USAGE,
            "--log reads the topic visits whole; it goes with --pack, --out, --check and "
            "--config only");
    }
    return 0;
}

/* What a replay writes falls on nothing that it reads, and not on itself. Pages may be saved over
 * those that were loaded. */
static int check_overwrites(const struct arguments *args, const struct settings *settings,
                            struct err *err)
{
    struct overwrite_input inputs[OPTION_LIST_MAX + 16];
    size_t count = 0;
    for (; count < args->events.count; count++) {
        inputs[count] = (struct overwrite_input){"--events", args->events.items[count]};
    }
    const struct overwrite_input others[] = {
        {"--directory", args->directory},
        {"--map", args->map},
        {"--config", args->config},
        {"--pack", args->pack},
        {"identity.key_file", settings->identity_key_file},
        {"ingest.number_kinds", settings->ingest_number_kinds},
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        inputs[count++] = others[i];
    }
    if (args->save != NULL && overwrite_check(inputs, count, "--save", args->save, err) != 0) {
        return -1;
    }
    inputs[count++] = (struct overwrite_input){"--load", args->load};
    inputs[count++] = (struct overwrite_input){"--save", args->save};
    return overwrite_check_out(inputs, count, args->out, err);
}

static int check_arguments(struct replay *r, int argc, char **argv, int plain, struct err *err)
{
    const struct arguments *args = &r->args;
    if (plain < argc) {
        return err_set(err, ERR_USAGE, "unexpected \"%s\"; files of events follow --events",
                       argv[plain]);
    }
    if (args->pack == NULL) {
        return err_set(err, ERR_USAGE, "--pack DIR is missing: the folder of rules");
    }
    if (args->out == NULL) {
        return err_set(err, ERR_USAGE, "--out DIR is missing: where the outputs go");
    }
    if (args->log) {
        return check_log_arguments(args, err);
    }
    if (args->check) {
        return err_set(err, ERR_USAGE, "--check goes with --log: files have no store");
    }
    if (args->events.count == 0 && args->directory == NULL) {
        return err_set(err, ERR_USAGE,
                       "--events FILE is missing: what to replay (- is standard input)");
    }
    if (reads_input_twice(args)) {
        return err_set(err, ERR_USAGE, "standard input (-) can be read once only");
    }
    if (args->first.value >= 0 && args->skip.value > args->first.value) {
        return err_set(err, ERR_USAGE, "--skip %" PRId64 " is more than --first %" PRId64,
                       args->skip.value, args->first.value);
    }
    if (args->until != NULL &&
        (!caltime_parse(&r->until_ms, str_of(args->until)) || r->until_ms < CALTIME_MIN_MS)) {
        return err_set(
            err, ERR_USAGE,
            "--until takes a time from 2000 on, like 2026-03-02T10:00:00+08:00, not \"%s\"",
            args->until);
    }
    return args->partitions.value < 0
               ? 0
               : settings_set_number(&r->settings, "visits.partitions", "--partitions",
                                     args->partitions.value, err);
}

int cmd_replay(int argc, char **argv)
{
    struct replay *r = mem_alloc(1, sizeof *r);
    struct arguments *args = &r->args;
    const struct option_row rows[] = {
        {"pack", OPTION_TEXT, &args->pack, "DIR", "folder of rules, or one .rule file"},
        {"events", OPTION_LIST, &args->events, "FILE",
         "records, one JSON object a line; - is standard input; several are read one after the other"},
        {"directory", OPTION_TEXT, &args->directory, "FILE",
         "who holds what; applied whole before the first event"},
        {"map", OPTION_TEXT, &args->map, "FILE", "the event files are CSV, read by this mapping"},
        {"out", OPTION_TEXT, &args->out, "DIR", "where the outputs go"},
        {"partitions", OPTION_COUNT, &args->partitions, "N",
         "partitions of the log of visits (setting visits.partitions)"},
        {"first", OPTION_COUNT, &args->first, "N", "end after the first N records"},
        {"skip", OPTION_COUNT, &args->skip, "N",
         "leave out the first N records: another run did them, and the directory"},
        {"save", OPTION_TEXT, &args->save, "FILE", "keep all pages in this file at the end"},
        {"load", OPTION_TEXT, &args->load, "FILE",
         "begin with the pages of this file; needs --skip"},
        {"until", OPTION_TEXT, &args->until, "TIME", "let the log's clock go on to this time"},
        {"log", OPTION_FLAG, &args->log, NULL,
         "replay a run's own topic visits in place of files: what must have come out"},
        {"check", OPTION_FLAG, &args->check, NULL,
         "with --log: compare pages and headers in Redis with what the log gives"},
        {"config", OPTION_TEXT, &args->config, "FILE", "settings (sluice.yaml)"},
        {"print-config", OPTION_FLAG, &args->print_config, NULL,
         "print the settings in force and end"},
    };
    const struct usage usage = {
        "sluice replay",
        "--pack DIR (--events FILE .. | --log) --out DIR",
        "files in, decisions out",
        "sluice replay --pack rules/library --directory city/directory.jsonl --events city/events.jsonl --out out",
        rows,
        sizeof rows / sizeof rows[0]};
    struct err err = {.code = ERR_NONE};
    r->usage = &usage;
    r->clock_ms = INT64_MIN;
    args->partitions = args->first = args->skip = (struct option_count){-1, 0, INT64_MAX};
    int plain = options_read(argc, argv, &usage, &err);
    int code = 0;
    if (plain == OPTIONS_HELP) {
        code = 0;
    } else if (plain < 0 || settings_read(&r->settings, args->config, &err) != 0) {
        code = options_fail(&usage, &err);
    } else if (args->print_config) {
        settings_print(&r->settings, stdout);
    } else {
        bool ok = check_arguments(r, argc, argv, plain, &err) == 0 &&
                  check_overwrites(args, &r->settings, &err) == 0 && run(r, &err) == 0;
        code = !ok ? options_fail(&usage, &err) : r->findings.len > 0 ? 1 : 0;
    }
    close_all(r);
    mem_free(r);
    if (code != 0) {
        interrupt_obey();
    }
    return code;
}
