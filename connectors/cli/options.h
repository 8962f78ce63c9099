/* options.h - the long options of a command, from a table.
 *
 *     struct option_count people = {2000, 50, 1000000};
 *     const struct option_row rows[] = {
 *         {"pack", OPTION_TEXT, &pack, "DIR", "folder of rules, or one .rule file"},
 *         {"people", OPTION_COUNT, &people, "N", "residents"},    50 to 1000000, default 2000
 *     };
 *     int more = options_read(argc, argv, &usage, &err);      index of the first plain argument
 *
 * Options are `--name value` or `--name=value`, and a value is never empty; `-c` is `--config`,
 * `-h` is `--help`; `--` ends them; plain arguments (`-` too) may stand anywhere and are moved
 * behind the options, in their order.
 *
 * Memory:  texts point into argv.
 * Threads: one.
 * Errors:  -1 with err (ERR_USAGE), which names the option and what it takes.
 */
#ifndef SLUICE_CLI_OPTIONS_H
#define SLUICE_CLI_OPTIONS_H

#include "engine/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind {
    OPTION_FLAG,  /* bool */
    OPTION_TEXT,  /* const char * */
    OPTION_COUNT, /* struct option_count */
    OPTION_LIST,  /* struct option_list: may be given several times */
};

#define OPTION_LIST_MAX 64

struct option_list {
    const char *items[OPTION_LIST_MAX];
    size_t count;
};

struct option_count {
    int64_t value; /* before reading the default; below low: there is none */
    int64_t low, high;
};

struct option_row {
    const char *name;
    enum option_kind kind;
    void *value;
    const char *takes; /* "FILE"; NULL for a flag */
    const char *sentence;
};

struct usage {
    const char *command; /* "sluice replay" */
    const char *arguments;
    const char *sentence;
    const char *example;
    const struct option_row *rows;
    size_t row_count;
};

/* OPTIONS_HELP: --help was there and has been printed. */
#define OPTIONS_HELP (-2)
int options_read(int argc, char **argv, const struct usage *usage, struct err *err);

/* Says an error on stderr after the command's name; returns its exit code. */
int options_fail(const struct usage *usage, const struct err *err);

#endif
