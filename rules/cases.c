#include "rules/cases.h"

#include "engine/base/caltime.h"
#include "engine/base/json_write.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/ingest/ingest.h"
#include "engine/ingest/json.h"
#include "engine/local.h"
#include "rules/case_record.h"
#include "rules/check.h"

#include <inttypes.h>
#include <string.h>

/* ---- what came out
 * ------------------------------------------------------------------------------- */

#define STORY_LINES_MAX 20

/* What one case made the pack do. */
struct outcome {
    struct str rule; /* the rule that the case stands beside; empty for `ordinary` */
    bool fired, warned;
    bool giving;      /* what is so from the beginning sets no rule off */
    struct buf story; /* a line for each decision or warning that matters, so many at most */
    uint32_t untold;  /* how many more there were */
    uint32_t told;
    struct buf guarded; /* who was held back by what, as in the decisions */
    struct json_doc doc;
    char scratch[JSON_RECORD_BYTES_MAX];
};

static struct str member(const struct json_doc *doc, const char *name)
{
    for (uint32_t i = 0; i < doc->count; i++) {
        if (doc->members[i].parent < 0 && str_eq_text(doc->members[i].name, name)) {
            return doc->members[i].value;
        }
    }
    return STR("");
}

/* Is the name one of the texts of an array that json_write made? */
static bool array_has(struct str array, struct str name)
{
    struct buf quoted = {0};
    json_quote(&quoted, name);
    bool found = false;
    for (size_t at = 0; at + quoted.len <= array.len && !found; at++) {
        found = memcmp(array.at + at, quoted.at, quoted.len) == 0;
    }
    buf_fini(&quoted);
    return found;
}

/* Is there room for one more line? */
static bool may_tell(struct outcome *out)
{
    if (out->told == STORY_LINES_MAX) {
        out->untold++;
        return false;
    }
    out->told++;
    return true;
}

static bool is_ordinary(const struct outcome *out)
{
    return out->rule.len == 0;
}

/* About ordinary people nobody asks who was held back: what fired and warned is the news. */
static void tell_decision(struct outcome *out)
{
    struct str fired = member(&out->doc, "fired");
    struct str guarded = member(&out->doc, "guarded");
    buf_add_str(&out->guarded, guarded.len > 2 ? guarded : STR(""));
    bool news = fired.len > 2 || (guarded.len > 2 && !is_ordinary(out));
    if (!news || !may_tell(out)) {
        return;
    }
    struct str time = member(&out->doc, "time");
    struct str role = member(&out->doc, "role");
    buf_add_format(&out->story, "    %.*s %.*s: fired %.*s", (int)time.len, time.at, (int)role.len,
                   role.at, (int)fired.len, fired.at);
    if (guarded.len > 2) {
        buf_add_format(&out->story, ", held back %.*s", (int)guarded.len, guarded.at);
    }
    buf_add_char(&out->story, '\n');
}

static void tell_shadow(struct outcome *out)
{
    struct str time = member(&out->doc, "time");
    struct str role = member(&out->doc, "role");
    struct str rule = member(&out->doc, "rule");
    out->fired = out->fired || str_eq(rule, out->rule);
    if (is_ordinary(out) || !may_tell(out)) {
        return;
    }
    buf_add_format(&out->story, "    %.*s %.*s: fired in the shadow %.*s\n", (int)time.len, time.at,
                   (int)role.len, role.at, (int)rule.len, rule.at);
}

static void tell_warning(struct outcome *out)
{
    if (!may_tell(out)) {
        return;
    }
    struct str time = member(&out->doc, "time");
    struct str tier = member(&out->doc, "tier");
    struct str typology = member(&out->doc, "typology");
    buf_add_format(&out->story, "    %.*s a warning: %.*s, %.*s\n", (int)time.len, time.at,
                   (int)typology.len, typology.at, (int)tier.len, tier.at);
}

/* The decoder of records takes outputs apart, too; but a warning with many reasons may be longer
 * than any record. */
static bool take_apart(struct outcome *out, const struct output *output)
{
    struct refusal why;
    return output->json.len <= sizeof out->scratch &&
           json_decode(&out->doc, output->json, out->scratch, &why) == 0;
}

static int take_output(void *self, const struct output *output, struct err *err)
{
    struct outcome *out = self;
    if (out->giving) {
        return 0;
    }
    if (output->kind == OUTPUT_WARNING) {
        out->warned = true;
        if (take_apart(out, output)) {
            tell_warning(out);
        } else {
            buf_add_format(&out->story, "    a warning: %.*s\n", (int)output->what.len,
                           output->what.at);
        }
    } else if (output->kind == OUTPUT_SHADOW) {
        if (take_apart(out, output)) {
            tell_shadow(out);
        }
    } else if (output->kind == OUTPUT_DECISION) {
        if (!take_apart(out, output)) {
            return err_set(err, ERR_OUTSIDE,
                           "a decision has %zu bytes, at most %zu can be looked at: so many rules "
                           "fired that nobody could read them",
                           output->json.len, sizeof out->scratch);
        }
        out->fired = out->fired || array_has(member(&out->doc, "fired"), out->rule);
        tell_decision(out);
    }
    return 0;
}

/* ---- one case
 * ------------------------------------------------------------------------------------ */

/* What all cases of a pack share. */
struct troupe {
    const struct compiled *compiled;
    struct settings settings;
    struct tagger *tagger; /* NULL: there are no cases, or it cannot be made and err says why */
    struct err err;
};

/* Everything that is made anew for each case. */
struct stage {
    struct directory *directory;
    struct ingest *ingest;
    struct local *local;
    struct sink sink;
};

#define MARK_GIVEN_MS (2 * 3660 * CALTIME_DAY_MS) /* what is given has been so for 3,660 days */

/* A mark that lasts longer than any case. */
static void make_mark(const struct case_line *line, struct event *event)
{
    event->kind = EVENT_MARK;
    event->mark_key = name_key(line->mark);
    event->mark_level = line->level;
    event->to_ms = event->time_ms + MARK_GIVEN_MS;
}

static int play(struct stage *stage, const struct case_script *script, struct outcome *out,
                struct err *err)
{
    if (local_start(stage->local, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < script->record_count; i++) {
        struct event event;
        struct refusal why;
        const struct case_line *line = &script->records[i];
        out->giving = line->given;
        uint32_t source = line->given ? SOURCE_DIRECTORY : SOURCE_FEED;
        if (ingest_record(stage->ingest, line->json, -1, &event, &why) != 0) {
            return err_set(err, ERR_OUTSIDE, "a record of a case was refused: %s: %s",
                           refusal_text(why.reason).at, why.detail);
        }
        if (line->level > 0) {
            make_mark(line, &event);
        }
        if (local_deliver(stage->local, source, i, &event, err) != 0) {
            return -1;
        }
    }
    return local_end_waits(stage->local, err);
}

static int run_case(const struct troupe *troupe, const struct program *program,
                    const struct ast_case *test, struct outcome *out, struct err *err)
{
    struct arena arena = {0};
    struct stage stage = {.directory = directory_new(), .sink = {out, take_output}};
    struct case_script script = case_script_make(troupe->compiled, test, &arena);
    stage.ingest = ingest_new(&(struct ingest_setup){.directory = stage.directory,
                                                     .cache_entries = 256,
                                                     .tagger = troupe->tagger});
    stage.local = local_new(&troupe->settings, program, &stage.sink, NULL);
    int result = play(&stage, &script, out, err);
    local_free(stage.local);
    ingest_free(stage.ingest);
    directory_free(stage.directory);
    arena_fini(&arena);
    return result;
}

/* ---- the report
 * ---------------------------------------------------------------------------------- */

static const char *complaint(const struct ast_case *test, const struct outcome *out)
{
    switch (test->kind) {
    case AST_FIRES: return out->fired ? NULL : "must fire and did not";
    case AST_QUIET: return out->fired ? "must stay quiet and fired" : NULL;
    default: return out->warned ? "these people are ordinary, and a warning was opened" : NULL;
    }
}

static void report_failure(struct case_report *report, const struct compiled *compiled,
                           const struct ast_case *test, const char *what, const struct outcome *out)
{
    struct rule_source_place place = rule_source_find(&compiled->source, test->head.word_span);
    struct str path = compiled->source.files[test->head.word_span.file_index].path;
    static const char *const words[] = {"fires", "quiet", "ordinary"};
    buf_add_format(&report->text, "%.*s:%zu:%zu: case failed: ", (int)path.len, path.at, place.line,
                   place.column);
    if (out->rule.len > 0) {
        buf_add_format(&report->text, "rule %.*s ", DIAG_STR(out->rule));
    }
    buf_add_format(&report->text, "%s\n  %s", what, words[test->kind]);
    if (test->head.title.len > 0) {
        buf_add_format(&report->text, " \"%.*s\"", DIAG_STR(test->head.title));
    }
    if (out->story.len > 0) {
        buf_add_text(&report->text, "\n  what happened:\n");
        buf_add_str(&report->text, buf_str(&out->story));
        if (out->untold > 0) {
            buf_add_format(&report->text, "    and %u lines more\n", out->untold);
        }
    } else {
        buf_add_text(&report->text, "\n  no rule fired, and none was held back by an `unless`\n");
    }
}

/* Takes over what the outcome tells of guards; of those of a shadow rule nothing is told. */
static void note_held(struct case_report *report, const struct program *program,
                      const struct ast_case *test, struct outcome *out)
{
    const struct rule *rule = program_find_rule(program, out->rule);
    if (out->guarded.len == 0 && (rule == NULL || !rule->shadow)) {
        return;
    }
    void *held = report->held;
    mem_reserve(&held, &report->held_cap, report->held_count + 1, sizeof *report->held);
    report->held = held;
    report->held[report->held_count++] = (struct case_held){test, out->rule, out->guarded};
    out->guarded = (struct buf){0};
}

static void try_case(const struct troupe *troupe, const struct program *program,
                     const struct ast_case *test, struct str rule, struct case_report *report)
{
    struct outcome *out = mem_alloc(1, sizeof *out);
    struct err err = troupe->err;
    out->rule = rule;
    bool failed = troupe->tagger == NULL || run_case(troupe, program, test, out, &err) != 0;
    const char *what = failed ? err.text : complaint(test, out);
    if (what == NULL) {
        report->passed++;
    } else {
        report->failed++;
        report_failure(report, troupe->compiled, test, what, out);
    }
    note_held(report, program, test, out);
    buf_fini(&out->story);
    mem_free(out);
}

/* The program that runs the cases of a rule; NULL for a retired rule. */
static const struct program *program_of(const struct compiled *compiled,
                                        const struct ast_rule *rule)
{
    switch (rule->state) {
    case AST_RETIRED: return NULL;
    case AST_DRAFT: return compiled->trial;
    default: return compiled->program;
    }
}

/* As a replay would run, and every decision is seen, also where a rule was held back and none
 * fired. */
static struct settings case_settings(const struct settings *settings)
{
    struct settings quiet = *settings;
    quiet.visits_partitions = 1;
    quiet.decisions_sample = 1;
    return quiet;
}

static bool has_cases(const struct ast_pack *pack)
{
    bool found = pack->ordinaries != NULL;
    for (const struct ast_rule *rule = pack->rules; rule != NULL; rule = rule->next) {
        found = found || rule->cases != NULL;
    }
    return found;
}

static void troupe_open(struct troupe *troupe, const struct compiled *compiled,
                        const struct settings *settings)
{
    struct tagger_setup tags = {.tags = compiled->program->tags,
                                .tag_count = compiled->program->tags_count,
                                .signs = compiled->program->tag_signs,
                                .by_name = true};
    *troupe = (struct troupe){.compiled = compiled, .settings = case_settings(settings)};
    if (has_cases(&compiled->pack)) {
        troupe->tagger = tagger_new(&tags, &troupe->err);
    }
}

void cases_run(const struct compiled *compiled, const struct settings *settings,
               struct case_report *report)
{
    must(compiled->program != NULL);
    memset(report, 0, sizeof *report);
    struct troupe troupe;
    troupe_open(&troupe, compiled, settings);
    for (const struct ast_rule *rule = compiled->pack.rules; rule != NULL; rule = rule->next) {
        bool shown = false;
        const struct program *program = program_of(compiled, rule);
        if (program == NULL) {
            continue;
        }
        for (const struct ast_case *test = rule->cases; test != NULL; test = test->next) {
            shown = shown || test->kind == AST_FIRES;
            try_case(&troupe, program, test, rule->head.name.text, report);
        }
        report->rules_without_fires += !shown;
    }
    for (const struct ast_case *test = compiled->pack.ordinaries; test != NULL; test = test->next) {
        try_case(&troupe, compiled->program, test, STR(""), report);
    }
    tagger_free(troupe.tagger);
}

/* ---- guards that no case needs
 * --------------------------------------------------------------------- */

/* Does the case fail with this program, which is the pack's but for a guard? */
static bool case_fails(const struct troupe *troupe, const struct program *program,
                       const struct case_held *held)
{
    struct outcome *out = mem_alloc(1, sizeof *out);
    struct err err;
    out->rule = held->rule;
    bool fails =
        run_case(troupe, program, held->test, out, &err) != 0 || complaint(held->test, out) != NULL;
    buf_fini(&out->story);
    buf_fini(&out->guarded);
    mem_free(out);
    return fails;
}

/* Only a case in which it held its rule back can go another way without it. */
static bool is_needed(const struct troupe *troupe, const struct program *program,
                      const struct case_report *report, const struct rule *rule)
{
    for (size_t i = 0; i < report->held_count; i++) {
        const struct case_held *held = &report->held[i];
        bool its_own = held->rule.len == 0 || str_eq(held->rule, rule->name);
        if (its_own && (rule->shadow || array_has(buf_str(&held->guarded), rule->name)) &&
            case_fails(troupe, program, held)) {
            return true;
        }
    }
    return false;
}

/* Swaps two guards of a program; what they are behind the end of their rule's is not run. */
static void swap_guards(struct program *program, uint32_t a, uint32_t b)
{
    struct guard guard = program->guards[a];
    program->guards[a] = program->guards[b];
    program->guards[b] = guard;
}

void cases_find_needless(const struct compiled *compiled, const struct settings *settings,
                         const struct case_report *report, struct diag_list *diags)
{
    struct troupe troupe;
    must(report->failed == 0);
    troupe_open(&troupe, compiled, settings);
    must(troupe.tagger != NULL || report->held_count == 0); /* no case passed without it */
    for (size_t i = 0; i < compiled->program->rules_count; i++) {
        bool draft = compiled->program->rules[i].draft;
        struct program *program = draft ? compiled->trial : compiled->program;
        struct rule *rule = &program->rules[i];
        uint32_t count = rule->guard_count;
        for (uint32_t guard = 0; guard < count; guard++) {
            uint32_t at = rule->guard_first + guard;
            uint32_t last = rule->guard_first + count - 1;
            swap_guards(program, at, last);
            rule->guard_count--;
            bool needed = is_needed(&troupe, program, report, rule);
            rule->guard_count++;
            swap_guards(program, at, last);
            if (!needed) {
                struct diag *diag =
                    diag_add(diags, DIAG_WARNING, compiled->checked->rules[i].guards[guard].span,
                             "no case needs this `unless`: all pass without it");
                diag_hint(diags, diag,
                          "add a `quiet` case that would fire without it, or leave it out");
            }
        }
    }
    tagger_free(troupe.tagger);
}

void cases_report_fini(struct case_report *report)
{
    for (size_t i = 0; i < report->held_count; i++) {
        buf_fini(&report->held[i].guarded);
    }
    mem_free(report->held);
    buf_fini(&report->text);
}
