/* run_ingest.h - one ingest worker of `sluice run`: a consumer of the feeds and a producer of
 * visits, in a thread of its own; and the directory that all workers of the process share.
 *
 * Memory:  owns its parts.
 * Threads: start, stop and look from one thread. The directory is read and written under its lock,
 *          once per batch.
 * Errors:  what stops a worker is given to run_ingest_join.
 */
#ifndef SLUICE_CLI_RUN_INGEST_H
#define SLUICE_CLI_RUN_INGEST_H

#include "connectors/cli/run_packs.h"
#include "connectors/cli/run_status.h"
#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/ingest/number_kind.h"
#include "engine/settings.h"

struct run_directory;
/* Reads the topic `directory` from its start to its end, then goes on in a thread of its own. */
struct run_directory *run_directory_start(const struct settings *settings, struct str key,
                                          const struct number_kinds *kinds, struct err *err);
void run_directory_stop(struct run_directory *directory);

struct run_ingest;
/* Messages get the tags of the pack that was published last. */
struct run_ingest *run_ingest_start(const struct settings *settings, int worker, struct str key,
                                    const struct number_kinds *kinds,
                                    struct run_directory *directory, struct run_packs *packs,
                                    struct run_status *status, struct err *err);
void run_ingest_ask_to_stop(struct run_ingest *ingest);
int run_ingest_join(struct run_ingest *ingest, struct err *err);

#endif
