#include "connectors/cli/pack.h"

#include "connectors/cli/options.h"
#include "connectors/cli/pack_topic.h"
#include "connectors/cli/pack_verb.h"
#include "connectors/cli/setup.h"
#include "connectors/file/settings_file.h"
#include "connectors/kafka/kafka_topics.h"
#include "rules/cases.h"
#include "rules/diag.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WAIT_S_MAX 3600
#define NUMBER_MAX 1000000000

/* ---- publish
 * -------------------------------------------------------------------------------------- */

/* Compiles, and runs the cases, as `sluice check` does: a pack that its author sees fail is not for
 * others. */
static int check_pack(struct compiled *pack, const struct pack_order *order, struct err *err)
{
    struct case_report report;
    if (setup_pack(pack, order->word, err) != 0 || setup_cost(pack, order->word, err) != 0) {
        return -1;
    }
    cases_run(pack, order->settings, &report);
    (void)fputs(buf_text(&report.text), stderr);
    int result =
        report.failed == 0
            ? 0
            : err_set(err, ERR_FINDING,
                      "%s: %" PRIu32 " of its %" PRIu32 " cases fail%s, see above; nothing "
                      "was published",
                      order->word, report.failed, report.failed + report.passed,
                      report.failed == 1 ? "s" : "");
    cases_report_fini(&report);
    return result;
}

int pack_publish(const struct pack_order *order, struct err *err)
{
    struct compiled pack;
    bool was_there = false;
    memset(&pack, 0, sizeof pack);
    int result = check_pack(&pack, order, err);
    if (result == 0) {
        result = topics_ready(order->settings, "sluice-pack", err);
    }
    if (result == 0) {
        result = pack_topic_publish(order->settings, compile_named(&pack), &was_there, err);
    }
    if (result == 0) {
        printf("%s\n", pack.program->hash_hex);
    }
    if (was_there) {
        (void)fprintf(stderr, "sluice pack: it was there already\n");
    }
    compile_fini(&pack);
    return result;
}

/* ---- the command
 * ---------------------------------------------------------------------------------- */

struct verb {
    const char *name;
    int (*run)(const struct pack_order *order, struct err *err);
    const char *takes; /* NULL: nothing */
    bool number, json; /* whether it has these options */
};

static const struct verb verbs[] = {
    {"publish", pack_publish, "DIR", false, false},
    {"activate", pack_activate, "HASH or DIR", true, true},
    {"rollback", pack_rollback, NULL, false, true},
    {"status", pack_status, NULL, false, true},
};
#define VERB_COUNT (sizeof verbs / sizeof verbs[0])

static const struct verb *find_verb(const char *word, struct err *err)
{
    struct diag_guess guess = diag_guess_start(str_of(word));
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (strcmp(verbs[i].name, word) == 0) {
            return &verbs[i];
        }
        diag_guess_try(&guess, str_of(verbs[i].name));
    }
    (void)(guess.best.len > 0
               ? err_set(err, ERR_USAGE,
                         "\"%s\" is nothing that is done to a pack; did you mean "
                         "%.*s?",
                         word, (int)guess.best.len, guess.best.at)
               : err_set(
                     err, ERR_USAGE,
                     "\"%s\" is nothing that is done to a pack; say publish, activate, rollback or "
                     "status",
                     word));
    return NULL;
}

/* The verb, and what it is about. */
static const struct verb *read_words(struct pack_order *order, int count, char **words,
                                     struct err *err)
{
    if (count == 0) {
        (void)err_set(err, ERR_USAGE, "say what to do: publish, activate, rollback or status");
        return NULL;
    }
    const struct verb *verb = find_verb(words[0], err);
    if (verb == NULL) {
        return NULL;
    }
    int wanted = verb->takes == NULL ? 1 : 2;
    if (count < wanted) {
        (void)err_set(err, ERR_USAGE, "%s needs one %s", verb->name, verb->takes);
        return NULL;
    }
    if (count > wanted) {
        (void)err_set(err, ERR_USAGE, "unexpected \"%s\"", words[wanted]);
        return NULL;
    }
    order->word = wanted == 2 ? words[1] : NULL;
    return verb;
}

static int check_order(const struct verb *verb, const struct pack_order *order, struct err *err)
{
    const char *option = order->number > 0 && !verb->number ? "number"
                         : order->json && !verb->json       ? "json"
                                                            : NULL;
    return option == NULL ? 0
                          : err_set(err, ERR_USAGE, "%s has no option --%s", verb->name, option);
}

int cmd_pack(int argc, char **argv)
{
    const char *config = NULL;
    bool json = false;
    struct option_count number = {0, 1, NUMBER_MAX};
    struct option_count wait = {60, 1, WAIT_S_MAX};
    const struct option_row rows[] = {
        {"config", OPTION_TEXT, &config, "FILE", "settings (sluice.yaml)"},
        {"number", OPTION_COUNT, &number, "N",
         "activate: its number (one more than the greatest of all receipts)"},
        {"wait", OPTION_COUNT, &wait, "SECONDS",
         "activate, rollback: for the receipts of all partitions"},
        {"json", OPTION_FLAG, &json, NULL, "activate, rollback, status: print one JSON object"},
    };
    const struct usage usage = {"sluice pack",
                                "publish DIR | activate HASH|DIR | rollback | status",
                                "new rules for a running service",
                                "sluice pack activate 3f9a12c4b5d6 --config sluice.yaml",
                                rows,
                                sizeof rows / sizeof rows[0]};
    struct settings settings;
    struct pack_order order = {.settings = &settings};
    struct err err = {.code = ERR_NONE};
    int plain = options_read(argc, argv, &usage, &err);
    if (plain == OPTIONS_HELP) {
        return 0;
    }
    const struct verb *verb =
        plain < 0 ? NULL : read_words(&order, argc - plain, argv + plain, &err);
    order.number = (uint64_t)number.value;
    order.wait_s = wait.value;
    order.json = json;
    if (verb == NULL || check_order(verb, &order, &err) != 0 ||
        settings_read(&settings, config, &err) != 0) {
        return options_fail(&usage, &err);
    }
    int code = verb->run(&order, &err);
    return code < 0 ? options_fail(&usage, &err) : code;
}
