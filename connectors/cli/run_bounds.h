/* run_bounds.h - how much memory a process takes at most beside its pages, by its settings.
 *
 *     engine 2 workers, 4 partitions, 64 MiB of fetched, unacknowledged and unflushed each: 1.2 GiB
 *
 * Pages are what the process is for: they have engine.page_bytes_max, of each engine worker, and
 * /metrics tells their bytes. All else has a bound by settings, too; a worker that reaches one
 * takes nothing more until it is left.
 *
 * Memory:  none.
 * Threads: any.
 * Errors:  none.
 */
#ifndef SLUICE_CLI_RUN_BOUNDS_H
#define SLUICE_CLI_RUN_BOUNDS_H

#include "engine/settings.h"

#include <stdbool.h>
#include <stdint.h>

/* Of one consumer, and of what a worker has of producers and frames in the making. */
int64_t run_bounds_consumer(const struct settings *settings);
int64_t run_bounds_sending(const struct settings *settings);
/* Of what one partition has on its way to the store. */
int64_t run_bounds_flush(const struct settings *settings);
/* Of a process with these roles; it may come to own all partitions. */
int64_t run_bounds_process(const struct settings *settings, bool ingest, bool engine);

#endif
