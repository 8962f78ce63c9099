#include "connectors/cli/why.h"

#include "connectors/cli/interrupt.h"
#include "connectors/cli/json_look.h"
#include "connectors/cli/options.h"
#include "connectors/cli/playback.h"
#include "connectors/cli/setup.h"
#include "connectors/cli/state_write.h"
#include "connectors/cli/why_write.h"
#include "connectors/file/feed_file.h"
#include "connectors/file/settings_file.h"
#include "engine/local.h"

#include <stdio.h>
#include <string.h>

#define PATH_BYTES 4096

struct why_command {
    const char *id, *from;
    const char *config, *pack_path, *directory, *map;
    struct option_list events;
    struct settings settings;
    struct token token; /* id */
    struct compiled pack;
    struct local *local;
    struct buf out;
    struct buf trace; /* of the decision: where in the log it was made */
    bool found;
};

/* ---- from the outputs ---------------------------------------------------------------------------
 */

typedef void line_fn(struct why_command *why, struct str json);

static void take_decision(struct why_command *why, struct str json)
{
    if (str_eq_text(json_look_text(json, "id"), why->id)) {
        why_write_decision(&why->out, json);
        buf_add_str(&why->trace, json_look(json, "trace"));
        why->found = true;
    }
}

/* The warnings of the same step. */
static void take_warning(struct why_command *why, struct str json)
{
    if (why->trace.len > 0 && str_eq(json_look(json, "trace"), buf_str(&why->trace))) {
        why_write_warning(&why->out, json);
    }
}

static int read_lines(struct why_command *why, const char *name, line_fn *take, struct err *err)
{
    char path[PATH_BYTES];
    struct source from;
    struct source_record record;
    int got = 1;
    if ((size_t)snprintf(path, sizeof path, "%s/%s", why->from, name) >= sizeof path) {
        return err_set(err, ERR_USAGE, "--from %.100s..: the path is too long", why->from);
    }
    if (feed_file_open(&from, path, NULL, err) != 0) {
        return -1;
    }
    while (got > 0) {
        got = interrupt_check(err) != 0 ? -1 : from.next(from.self, &record, err);
        if (got > 0 && !record.refused) {
            take(why, record.bytes);
        }
    }
    from.close(from.self);
    return got;
}

static int read_outputs(struct why_command *why, struct err *err)
{
    if (read_lines(why, "decisions.jsonl", take_decision, err) != 0 ||
        read_lines(why, "warnings.jsonl", take_warning, err) != 0) {
        return -1;
    }
    return why->found
               ? 0
               : err_set(
                     err, ERR_FINDING,
                     "there is no decision %s in %s; written are those in which a rule fired or "
                     "a tier is in force, and a sample of the others (decisions.sample)",
                     why->id, why->from);
}

/* ---- from the inputs ----------------------------------------------------------------------------
 */

static void judging(void *self, const struct decision_judgement *judgement)
{
    struct why_command *why = self;
    const struct event *event = judgement->visit->event;
    if (why->found || !token_eq(&judgement->id, &why->token)) {
        return;
    }
    why->found = true;
    buf_add_text(&why->out, "event ");
    buf_add_str(&why->out, EVENT_TEXT(event, id));
    buf_add_format(&why->out, " as %s", leg_infos[judgement->visit->leg].text);
    if (judgement->visit->again != NULL) {
        buf_add_text(&why->out, ", judged again because of ");
        buf_add_str(&why->out, EVENT_TEXT(judgement->visit->again->late, id));
    }
    buf_add_text(&why->out, ": every rule that was asked\n");
    why_write_rules(&why->out, judgement);
    buf_add_text(&why->out, "the page, this event included\n");
    state_write_text(&why->out, judgement->visit->page, judgement->program);
}

static int pass(void *self, const struct output *output, struct err *err)
{
    (void)self;
    (void)output;
    (void)err;
    return 0;
}

static int take_event(void *context, uint32_t source, uint64_t number, const struct event *event,
                      struct err *err)
{
    struct why_command *why = context;
    if (local_deliver(why->local, source, number, event, err) != 0) {
        return -1;
    }
    return why->found ? PLAYBACK_END : 0;
}

static int run_again(struct why_command *why, struct err *err)
{
    struct playback_counts counts;
    struct sink sink = {why, pass};
    struct decision_watch watch = {why, judging};
    struct playback_setup setup = {.settings = &why->settings,
                                   .pack = why->pack_path,
                                   .events = &why->events,
                                   .directory = why->directory,
                                   .map = why->map};
    if (setup_pack(&why->pack, why->pack_path, err) != 0) {
        return -1;
    }
    setup.program = why->pack.program;
    why->found = false;
    why->local = local_new(&why->settings, why->pack.program, &sink, NULL);
    local_watch_decisions(why->local, &watch);
    if (local_start(why->local, err) != 0 ||
        playback_run(&setup, take_event, why, &counts, err) != 0 ||
        (!why->found && local_end_waits(why->local, err) != 0)) { /* a replay may go on --until */
        return -1;
    }
    return why->found
               ? 0
               : err_set(err, ERR_FINDING,
                         "these events make no decision %s; give the same --pack, "
                         "--directory, --events and --map as to the replay, and the key that "
                         "it had",
                         why->id);
}

/* ---- the command --------------------------------------------------------------------------------
 */

static int check_arguments(struct why_command *why, int argc, char **argv, int plain,
                           struct err *err)
{
    bool inputs = why->pack_path != NULL && why->events.count > 0;
    if (argc - plain != 1) {
        return err_set(err, ERR_USAGE, "one DECISION_ID is needed, the `id` of a decision");
    }
    why->id = argv[plain];
    if (!hex_decode(why->token.bytes, sizeof why->token.bytes, str_of(why->id))) {
        return err_set(err, ERR_USAGE, "\"%s\" is no decision's id: that has 32 hexadecimal digits",
                       why->id);
    }
    if (!inputs && (why->pack_path != NULL || why->events.count > 0)) {
        return err_set(err, ERR_USAGE, "--pack and --events go together: the replay is run again");
    }
    return inputs || why->from != NULL
               ? settings_read(&why->settings, why->config, err)
               : err_set(err, ERR_USAGE,
                         "--from DIR is missing, the outputs of a replay; or --pack and --events, "
                         "its inputs");
}

static int run(struct why_command *why, struct err *err)
{
    if (why->from != NULL && read_outputs(why, err) != 0) {
        return -1;
    }
    if (why->pack_path != NULL && run_again(why, err) != 0) {
        return -1;
    }
    (void)fwrite(buf_text(&why->out), 1, why->out.len, stdout);
    return 0;
}

int cmd_why(int argc, char **argv)
{
    static struct why_command why;
    const struct option_row rows[] = {
        {"from", OPTION_TEXT, &why.from, "DIR", "outputs of `sluice replay`"},
        {"pack", OPTION_TEXT, &why.pack_path, "DIR",
         "run the replay again, up to the decision, by these rules"},
        {"events", OPTION_LIST, &why.events, "FILE",
         "of these records; may be given several times"},
        {"directory", OPTION_TEXT, &why.directory, "FILE", "with this directory"},
        {"map", OPTION_TEXT, &why.map, "FILE", "the files of events are CSV, read by this mapping"},
        {"config", OPTION_TEXT, &why.config, "FILE", "settings (sluice.yaml)"},
    };
    const struct usage usage = {
        "sluice why",
        "DECISION_ID",
        "one decision taken apart",
        "sluice why 18db934479292fbc713154abf54a3a3c --from out --pack rules/library --events events.jsonl",
        rows,
        sizeof rows / sizeof rows[0]};
    struct err err = {.code = ERR_NONE};
    int plain = options_read(argc, argv, &usage, &err);
    if (plain == OPTIONS_HELP) {
        return 0;
    }
    int code =
        plain < 0 || check_arguments(&why, argc, argv, plain, &err) != 0 || run(&why, &err) != 0
            ? options_fail(&usage, &err)
            : 0;
    local_free(why.local);
    compile_fini(&why.pack);
    buf_fini(&why.out);
    buf_fini(&why.trace);
    if (code != 0) {
        interrupt_obey();
    }
    return code;
}
