#include "connectors/cli/check.h"

#include "connectors/cli/options.h"
#include "connectors/cli/setup.h"
#include "connectors/file/settings_file.h"
#include "engine/base/mem.h"

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
    compile_fini(&pack);
    return code;
}
