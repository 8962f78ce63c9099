/* main.c - the program `sluice`: one word, one command. */
#include "connectors/cli/check.h"
#include "connectors/cli/diff.h"
#include "connectors/cli/explain.h"
#include "connectors/cli/feed.h"
#include "connectors/cli/fmt.h"
#include "connectors/cli/gen.h"
#include "connectors/cli/pack.h"
#include "connectors/cli/replay.h"
#include "connectors/cli/run.h"
#include "connectors/cli/state.h"
#include "connectors/cli/topics.h"
#include "connectors/cli/watch.h"
#include "connectors/cli/why.h"
#include "engine/fault.h"
#include "rules/diag.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define VERSION "0.1.0"

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *sentence;
};

static const struct command commands[] = {
    {"check", cmd_check, "compile a pack of rules and run its cases"},
    {"explain", cmd_explain, "how a rule is run: event, page, values, cost, program"},
    {"fmt", cmd_fmt, "lay out rule files, comments included"},
    {"replay", cmd_replay, "files in, decisions out: no server needed"},
    {"diff", cmd_diff, "what another pack would have made of the same events"},
    {"why", cmd_why, "one decision taken apart: rules, conditions, values, history"},
    {"run", cmd_run, "the live service on Kafka and Redis"},
    {"feed", cmd_feed, "play files into the feeds of a running service"},
    {"watch", cmd_watch, "show warnings and requests of a running service"},
    {"topics", cmd_topics, "make the topics that `sluice run` needs; say how long they are"},
    {"pack", cmd_pack, "publish and activate rules of a running service, and see what runs"},
    {"state", cmd_state,
     "what a page knows about a number, account, person, device or domain, after a replay or in the service"},
    {"gen", cmd_gen, "a made-up city with planted frauds, as input files"},
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_help(FILE *out)
{
    (void)fprintf(out, "sluice - recognises fraud in calls and payments while the money can still "
                       "be stopped\n\n");
    for (int i = 0; i < COMMAND_COUNT; i++) {
        (void)fprintf(out, "  sluice %-8s %s\n", commands[i].name, commands[i].sentence);
    }
    (void)fprintf(out,
                  "\n`sluice COMMAND --help` says more. Exit codes: 0 ok, 1 a finding, 2 a wrong "
                  "argument, 3 something outside failed.\n");
}

static int unknown_command(const char *word)
{
    struct diag_guess guess = diag_guess_start(str_of(word));
    for (int i = 0; i < COMMAND_COUNT; i++) {
        diag_guess_try(&guess, str_of(commands[i].name));
    }
    if (guess.best.len > 0) {
        (void)fprintf(stderr, "sluice: \"%s\" is no command; did you mean %.*s?\n", word,
                      (int)guess.best.len, guess.best.at);
    } else {
        (void)fprintf(stderr, "sluice: \"%s\" is no command; see `sluice --help`\n", word);
    }
    return 2;
}

/* What was printed must have arrived, or a pipe into a full disk looks like a success. */
static int end(int code)
{
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        (void)fprintf(stderr, "sluice: standard output cannot be written: %s\n", strerror(errno));
        return 3;
    }
    return code;
}

int main(int argc, char **argv)
{
    /* A file past its limit is a write that fails, with a message, not a death on the way. */
    (void)signal(SIGXFSZ, SIG_IGN);
    struct err err;
    if (fault_start(&err) != 0) {
        (void)fprintf(stderr, "sluice: %s\n", err.text);
        return err_exit_code(&err);
    }
    if (argc < 2) {
        print_help(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return end(0);
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("sluice " VERSION "\n");
        return end(0);
    }
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return end(commands[i].run(argc - 1, argv + 1));
        }
    }
    return unknown_command(argv[1]);
}
