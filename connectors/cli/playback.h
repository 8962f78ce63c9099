/* playback.h - files of records once more, for commands that look on instead of writing outputs.
 *
 *     struct playback_setup setup = {.settings = &settings, .pack = "rules/mine", .program =
 * program, .events = &events, .directory = "directory.jsonl"}; playback_run(&setup, take, self,
 * &counts, &err);
 *
 * Records come in the order in which `sluice replay` delivers them, under the same numbers: the
 * directory first, then the files of events. What is refused is counted and passed over.
 *
 * Memory:  its own, for the run.
 * Threads: one.
 * Errors:  -1 with err: a file or a setting, or what take says. PLAYBACK_END from take ends the run
 *          well, before its end.
 */
#ifndef SLUICE_CLI_PLAYBACK_H
#define SLUICE_CLI_PLAYBACK_H

#include "connectors/cli/options.h"
#include "engine/base/err.h"
#include "engine/eval/program.h"
#include "engine/ingest/event.h"
#include "engine/settings.h"

#include <stdint.h>

#define PLAYBACK_END 1

struct playback_setup {
    const struct settings *settings;
    const char *pack;              /* beside whose rules the table of number kinds is looked for */
    const struct program *program; /* whose tags messages get */
    const struct program *other;   /* NULL, or a second pack */
    const struct option_list *events;
    const char *directory, *map; /* may be NULL */
};

struct playback_counts {
    uint64_t read, refused;
};

/* Behind *event stands the same with the tags of the other pack, if there is one. */
typedef int playback_fn(void *context, uint32_t source, uint64_t number, const struct event *event,
                        struct err *err);

int playback_run(const struct playback_setup *setup, playback_fn *take, void *context,
                 struct playback_counts *counts, struct err *err);

#endif
