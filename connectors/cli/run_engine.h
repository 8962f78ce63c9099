/* run_engine.h - one engine worker of `sluice run`: a consumer of `visits`, its partitions, two
 * producers and a connection to Redis, in a thread of its own.
 *
 * Memory:  owns all of these.
 * Threads: start, stop and look from one thread; the worker shares nothing but its status.
 * Errors:  what stops a worker is in its status, for the process to end with.
 */
#ifndef SLUICE_CLI_RUN_ENGINE_H
#define SLUICE_CLI_RUN_ENGINE_H

#include "connectors/cli/deaths.h"
#include "connectors/cli/run_packs.h"
#include "connectors/cli/run_status.h"
#include "connectors/cli/skip_topic.h"
#include "engine/base/err.h"
#include "engine/settings.h"

struct run_engine;
/* Where a worker finds packs and steps under quarantine, and notes what ends it; all outlive it. */
struct run_engine_aids {
    struct run_packs *packs;
    struct skip_topic *skips;
    struct deaths *deaths;
};
struct run_engine *run_engine_start(const struct settings *settings, int worker,
                                    const struct run_engine_aids *aids, struct run_status *status,
                                    struct err *err);
/* Asks it to end: it flushes, waits for all acknowledgements and leaves. */
void run_engine_ask_to_stop(struct run_engine *engine);
/* Waits for the thread; -1 with err if it ended by an error. */
int run_engine_join(struct run_engine *engine, struct err *err);

#endif
