#include "connectors/cli/diff.h"

#include "connectors/cli/diff_table.h"
#include "connectors/cli/interrupt.h"
#include "connectors/cli/options.h"
#include "connectors/cli/playback.h"
#include "connectors/cli/setup.h"
#include "connectors/file/settings_file.h"
#include "engine/local.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct pack_side {
    struct diff_table *table;
    int number; /* 0 or 1 */
    const char *path;
    struct compiled pack;
    struct local *local;
    struct sink sink;
};

struct diff {
    const struct usage *usage;
    const char *config, *directory, *map;
    struct option_list events;
    bool json;
    struct settings settings;
    struct diff_table *table;
    struct pack_side sides[2];
    struct playback_counts counts;
};

static int emit(void *self, const struct output *output, struct err *err)
{
    const struct pack_side *side = self;
    (void)err;
    diff_table_take(side->table, side->number, output);
    return 0;
}

static int take(void *context, uint32_t source, uint64_t number, const struct event *event,
                struct err *err)
{
    struct diff *diff = context;
    for (int i = 0; i < 2; i++) {
        if (local_deliver(diff->sides[i].local, source, number, event + i, err) != 0) {
            return -1;
        }
    }
    diff_table_settle(diff->table);
    return 0;
}

static int open_side(struct diff *diff, struct pack_side *side, struct err *err)
{
    if (setup_pack(&side->pack, side->path, err) != 0) {
        return -1;
    }
    side->table = diff->table;
    side->sink = (struct sink){side, emit};
    side->local = local_new(&diff->settings, side->pack.program, &side->sink, NULL);
    return local_start(side->local, err);
}

/* A table of number kinds belongs to ingest, of which there is one: it is looked for beside the
 * second pack, the one that is tried. */
static int play(struct diff *diff, struct err *err)
{
    struct playback_setup setup = {.settings = &diff->settings,
                                   .pack = diff->sides[1].path,
                                   .program = diff->sides[0].pack.program,
                                   .other = diff->sides[1].pack.program,
                                   .events = &diff->events,
                                   .directory = diff->directory,
                                   .map = diff->map};
    return playback_run(&setup, take, diff, &diff->counts, err);
}

static void tell(const struct diff *diff)
{
    const char *first = diff->sides[0].pack.program->hash_hex;
    const char *second = diff->sides[1].pack.program->hash_hex;
    struct buf out = {0};
    struct json_writer w = {.out = &out};
    if (diff->json) {
        json_open(&w, NULL, '{');
        json_text(&w, "first", str_of(first));
        json_text(&w, "second", str_of(second));
        json_int(&w, "records", (int64_t)diff->counts.read);
        json_int(&w, "refused", (int64_t)diff->counts.refused);
        json_bool(&w, "differs", diff_table_differs(diff->table));
        diff_table_json(diff->table, &w);
        json_close(&w, '}');
        buf_add_char(&out, '\n');
    } else {
        diff_table_text(diff->table, &out);
        buf_add_format(&out,
                       "%" PRIu64 " records (%" PRIu64 " refused) by %.12s and by %.12s: %s\n",
                       diff->counts.read, diff->counts.refused, first, second,
                       diff_table_differs(diff->table) ? "they decide differently"
                                                       : "they decide the same");
    }
    (void)fwrite(buf_text(&out), 1, out.len, stdout);
    buf_fini(&out);
}

static int run(struct diff *diff, struct err *err)
{
    diff->table = diff_table_new();
    diff->settings.decisions_sample = 0; /* a decision that decided nothing is no difference */
    for (int i = 0; i < 2; i++) {
        diff->sides[i].number = i;
        if (open_side(diff, &diff->sides[i], err) != 0) {
            return -1;
        }
    }
    diff_table_settle(diff->table); /* receipts */
    if (play(diff, err) != 0) {
        return -1;
    }
    tell(diff);
    return diff_table_differs(diff->table) ? 1 : 0;
}

static void close_all(struct diff *diff)
{
    for (int i = 0; i < 2; i++) {
        local_free(diff->sides[i].local);
        compile_fini(&diff->sides[i].pack);
    }
    diff_table_free(diff->table);
}

static int check_arguments(struct diff *diff, int argc, char **argv, int plain, struct err *err)
{
    if (argc - plain != 2) {
        return err_set(err, ERR_USAGE, "two packs are needed: the one that is and the other one");
    }
    if (diff->events.count == 0) {
        return err_set(err, ERR_USAGE, "--events FILE is missing: what both packs judge");
    }
    diff->sides[0].path = argv[plain];
    diff->sides[1].path = argv[plain + 1];
    return settings_read(&diff->settings, diff->config, err);
}

int cmd_diff(int argc, char **argv)
{
    static struct diff diff;
    const struct option_row rows[] = {
        {"events", OPTION_LIST, &diff.events, "FILE",
         "records, JSON lines; - is standard input; may be given several times"},
        {"directory", OPTION_TEXT, &diff.directory, "FILE",
         "who holds which account and number, JSON lines, read first"},
        {"map", OPTION_TEXT, &diff.map, "FILE",
         "the files of events are CSV, read by this mapping"},
        {"json", OPTION_FLAG, &diff.json, NULL, "print one JSON object"},
        {"config", OPTION_TEXT, &diff.config, "FILE", "settings (sluice.yaml)"},
    };
    const struct usage usage = {
        "sluice diff",
        "PACK_A PACK_B --events FILE ..",
        "new, lost and changed firings, warnings and requests",
        "sluice diff rules/library rules/mine --directory city/directory.jsonl --events city/events.jsonl",
        rows,
        sizeof rows / sizeof rows[0]};
    struct err err = {.code = ERR_NONE};
    diff.usage = &usage;
    int plain = options_read(argc, argv, &usage, &err);
    if (plain == OPTIONS_HELP) {
        return 0;
    }
    int code =
        plain < 0 || check_arguments(&diff, argc, argv, plain, &err) != 0 ? -1 : run(&diff, &err);
    code = code < 0 ? options_fail(&usage, &err) : code;
    close_all(&diff);
    if (code != 0) {
        interrupt_obey();
    }
    return code;
}
