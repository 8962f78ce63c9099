/* run_metrics.h - the status as Prometheus reads it (text format 0.0.4).
 *
 *     # HELP sluice_visits_lag Frames in the log that are not taken yet.
 *     # TYPE sluice_visits_lag gauge
 *     sluice_visits_lag{partition="3"} 12
 *
 * Which metrics there are, and what they mean, is in metrics.def.
 *
 * Memory:  none kept.
 * Threads: any; it reads what workers write.
 * Errors:  none.
 */
#ifndef SLUICE_CLI_RUN_METRICS_H
#define SLUICE_CLI_RUN_METRICS_H

#include "connectors/cli/run_status.h"
#include "engine/base/str.h"

void run_metrics_write(struct run_status *status, struct buf *out);

#endif
