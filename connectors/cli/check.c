#include "connectors/cli/check.h"

#include "connectors/cli/options.h"
#include "connectors/cli/setup.h"
#include "connectors/file/settings_file.h"
#include "rules/blind.h"
#include "rules/cases.h"
#include "rules/dead.h"
#include "rules/survey.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int print_json(const struct compiled *pack)
{
    struct buf json = {0};
    compile_json(pack, &json);
    (void)fwrite(json.at, 1, json.len, stdout);
    (void)fputc('\n', stdout);
    buf_fini(&json);
    return 0;
}

/* What the command was asked for. */
struct check {
    bool json, strict;
    const char *config, *against;
    const char *path;
    struct settings settings;
    struct compiled pack, older; /* older: of --against */
};

/* What could be seen without running anything. */
static int survey(struct check *check, struct err *err)
{
    struct retention retention;
    struct buf text = {0};
    settings_retention(&check->settings, &retention);
    survey_rules(&text, &check->pack, &retention);
    survey_windows(&text, &check->pack, &retention);
    if (check->against != NULL) {
        survey_cold(&text, &check->pack, &check->older, &retention);
    }
    (void)fwrite(buf_text(&text), 1, text.len, stdout);
    buf_fini(&text);
    return setup_cost(&check->pack, check->path, err);
}

static void say(const struct diag_list *diags, const struct compiled *pack)
{
    struct buf shown = {0};
    diag_render(&shown, diags, &pack->source);
    (void)fputs(buf_text(&shown), stderr);
    buf_fini(&shown);
}

/* One line that sums up; the exit code. */
static int sum_up(const struct check *check, const struct case_report *report, size_t warnings)
{
    size_t rules = check->pack.program->rules_count;
    printf("%s: %zu rule%s, %u cases passed, %u failed", check->path, rules, rules == 1 ? "" : "s",
           report->passed, report->failed);
    if (report->rules_without_fires > 0) {
        printf(", %u rule%s that no case shows firing", report->rules_without_fires,
               report->rules_without_fires == 1 ? "" : "s");
    }
    if (warnings > 0) {
        printf(", %zu warning%s", warnings, warnings == 1 ? "" : "s");
    }
    printf("; pack %.12s\n", check->pack.program->hash_hex);
    return report->failed > 0 || (check->strict && warnings > 0) ? 1 : 0;
}

/* The cases that fail, what can do nothing, and one line that sums up. */
static int run_cases(const struct check *check)
{
    struct case_report report;
    struct diag_list diags = {0};
    cases_run(&check->pack, &check->settings, &report);
    (void)fputs(buf_text(&report.text), stderr);
    dead_find(check->pack.checked, &diags);
    blind_find(check->pack.checked, &diags);
    if (report.failed == 0) {
        cases_find_needless(&check->pack, &check->settings, &report, &diags);
    }
    say(&diags, &check->pack);
    int code =
        sum_up(check, &report, diags.total.warning_count + check->pack.diags.total.warning_count);
    diag_fini(&diags);
    cases_report_fini(&report);
    return code;
}

static int run(struct check *check, struct err *err)
{
    if (setup_pack(&check->pack, check->path, err) != 0) {
        return -1;
    }
    if (check->json) {
        return print_json(&check->pack);
    }
    if (check->against != NULL && setup_pack(&check->older, check->against, err) != 0) {
        return -1;
    }
    return survey(check, err) != 0 ? -1 : run_cases(check);
}

int cmd_check(int argc, char **argv)
{
    struct check check = {.json = false};
    const struct option_row rows[] = {
        {"against", OPTION_TEXT, &check.against, "PACK",
         "name what is cold when a service goes over from that pack to this one"},
        {"strict", OPTION_FLAG, &check.strict, NULL, "exit code 1 for warnings, too"},
        {"json", OPTION_FLAG, &check.json, NULL, "print the checked pack as JSON and run no cases"},
        {"config", OPTION_TEXT, &check.config, "FILE", "settings (sluice.yaml)"},
    };
    const struct usage usage = {"sluice check",
                                "PACK",
                                "compiles a pack, runs its cases, says what it costs",
                                "sluice check rules/library",
                                rows,
                                sizeof rows / sizeof rows[0]};
    struct err err = {.code = ERR_NONE};
    int plain = options_read(argc, argv, &usage, &err);
    if (plain == OPTIONS_HELP) {
        return 0;
    }
    if (plain >= 0 && argc - plain != 1) {
        plain =
            err_set(&err, ERR_USAGE, "one PACK is needed: a folder of rules, or one .rule file");
    }
    if (plain < 0 || settings_read(&check.settings, check.config, &err) != 0) {
        return options_fail(&usage, &err);
    }
    check.path = argv[plain];
    int code = run(&check, &err);
    code = code < 0 ? options_fail(&usage, &err) : code;
    compile_fini(&check.pack);
    compile_fini(&check.older);
    return code;
}
