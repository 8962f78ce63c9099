#include "connectors/cli/check.h"

#include "connectors/cli/options.h"
#include "connectors/cli/setup.h"
#include "connectors/file/settings_file.h"
#include "rules/cases.h"

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

/* The cases that fail, and one line that sums up. */
static int run_cases(const struct compiled *pack, const struct settings *settings, const char *path)
{
    struct case_report report;
    cases_run(pack, settings, &report);
    (void)fputs(buf_text(&report.text), stderr);
    size_t rules = pack->program->rules_count;
    printf("%s: %zu rule%s, %u cases passed, %u failed", path, rules, rules == 1 ? "" : "s",
           report.passed, report.failed);
    if (report.rules_without_fires > 0) {
        printf(", %u rule%s that no case shows firing", report.rules_without_fires,
               report.rules_without_fires == 1 ? "" : "s");
    }
    printf("; pack %.12s\n", pack->program->hash_hex);
    int code = report.failed > 0 ? 1 : 0;
    cases_report_fini(&report);
    return code;
}

int cmd_check(int argc, char **argv)
{
    bool json = false;
    const char *config = NULL;
    const struct option_row rows[] = {
        {"json", OPTION_FLAG, &json, NULL, "print the checked pack as JSON and run no cases"},
        {"config", OPTION_TEXT, &config, "FILE", "settings (sluice.yaml)"},
    };
    const struct usage usage = {"sluice check",
                                "PACK",
                                "compiles a pack and runs its cases",
                                "sluice check rules/library",
                                rows,
                                sizeof rows / sizeof rows[0]};
    struct settings settings;
    struct compiled pack;
    struct err err = {.code = ERR_NONE};
    int plain = options_read(argc, argv, &usage, &err);
    if (plain == OPTIONS_HELP) {
        return 0;
    }
    if (plain >= 0 && argc - plain != 1) {
        plain =
            err_set(&err, ERR_USAGE, "one PACK is needed: a folder of rules, or one .rule file");
    }
    if (plain < 0 || settings_read(&settings, config, &err) != 0) {
        return options_fail(&usage, &err);
    }
    memset(&pack, 0, sizeof pack);
    int code = setup_pack(&pack, argv[plain], &err) == 0 ? 0 : options_fail(&usage, &err);
    if (code == 0 && json) {
        code = print_json(&pack);
    }
    if (code == 0 && !json) {
        code = run_cases(&pack, &settings, argv[plain]);
    }
    compile_fini(&pack);
    return code;
}
