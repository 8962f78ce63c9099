#include "connectors/cli/explain.h"

#include "connectors/cli/options.h"
#include "connectors/cli/setup.h"
#include "rules/explain.h"

#include <stdio.h>
#include <string.h>

/* What the command was asked for. */
struct wish {
    const char *pack, *rule; /* rule: NULL for all */
    bool all, json;
};

/* Its index; -1 with err. */
static int find_rule(const struct compiled *pack, const char *name, struct err *err)
{
    const struct program *program = pack->program;
    struct diag_guess guess = diag_guess_start(str_of(name));
    for (size_t i = 0; i < program->rules_count; i++) {
        if (str_eq_text(program->rules[i].name, name)) {
            return (int)i;
        }
        diag_guess_try(&guess, program->rules[i].name);
    }
    return guess.best.len > 0
               ? err_set(err, ERR_USAGE, "the pack has no rule \"%s\"; did you mean %.*s?", name,
                         DIAG_STR(guess.best))
               : err_set(err, ERR_USAGE, "the pack has no rule \"%s\"; --all explains all it has",
                         name);
}

static void show(const struct compiled *pack, const struct wish *wish, size_t first, size_t end)
{
    struct buf out = {0};
    struct json_writer w = {.out = &out};
    if (wish->json && wish->all) {
        json_open(&w, NULL, '[');
    }
    for (size_t i = first; i < end; i++) {
        if (wish->json) {
            explain_json(&w, pack, i);
        } else {
            buf_add_text(&out, i > first ? "\n" : "");
            explain_text(&out, pack, i);
        }
    }
    if (wish->json) {
        if (wish->all) {
            json_close(&w, ']');
        }
        buf_add_char(&out, '\n');
    }
    (void)fwrite(buf_text(&out), 1, out.len, stdout);
    buf_fini(&out);
}

static int explain(const struct wish *wish, struct compiled *pack, struct err *err)
{
    if (setup_pack(pack, wish->pack, err) != 0) {
        return -1;
    }
    size_t first = 0;
    size_t end = pack->program->rules_count;
    if (!wish->all) {
        int found = find_rule(pack, wish->rule, err);
        if (found < 0) {
            return -1;
        }
        first = (size_t)found;
        end = first + 1;
    }
    show(pack, wish, first, end);
    return 0;
}

static int check_wish(struct wish *wish, int argc, char **argv, int plain, struct err *err)
{
    if (argc - plain > 1) {
        return err_set(err, ERR_USAGE, "unexpected \"%s\"; one RULE, or --all", argv[plain + 1]);
    }
    wish->rule = plain < argc ? argv[plain] : NULL;
    if ((wish->rule != NULL) == wish->all) {
        return err_set(err, ERR_USAGE, "name one RULE of the pack, or say --all");
    }
    return wish->pack == NULL
               ? err_set(err, ERR_USAGE, "--pack DIR is missing: the folder of rules")
               : 0;
}

int cmd_explain(int argc, char **argv)
{
    struct wish wish = {.pack = NULL};
    const struct option_row rows[] = {
        {"pack", OPTION_TEXT, &wish.pack, "DIR", "folder of rules, or one .rule file"},
        {"all", OPTION_FLAG, &wish.all, NULL, "all rules of the pack"},
        {"json", OPTION_FLAG, &wish.json, NULL, "print one JSON object; with --all an array"},
    };
    const struct usage usage = {"sluice explain",
                                "RULE|--all --pack DIR",
                                "how a rule is run: event, page, visits, values, cost, program",
                                "sluice explain fan_in --pack rules/library",
                                rows,
                                sizeof rows / sizeof rows[0]};
    struct compiled pack;
    struct err err = {.code = ERR_NONE};
    int plain = options_read(argc, argv, &usage, &err);
    if (plain == OPTIONS_HELP) {
        return 0;
    }
    memset(&pack, 0, sizeof pack);
    bool good = plain >= 0 && check_wish(&wish, argc, argv, plain, &err) == 0 &&
                explain(&wish, &pack, &err) == 0;
    compile_fini(&pack);
    return good ? 0 : options_fail(&usage, &err);
}
