/* run_quarantine.h - before the engine workers start: what has ended this program twice is put
 * under quarantine.
 *
 *     run_quarantine(&settings, "sluice run", deaths, &store, &err);
 *
 * A step goes into the topic `skips`, acknowledged, before any partition is opened: every owner,
 * and every replay of the log, then passes it over. It is said on standard error, with what to do;
 * a step that ended the program once, too. Where the store's W has passed the step, somebody has
 * survived it, or it is in the topic already: then there is nothing to do but forget.
 *
 * Memory:  none is kept.
 * Threads: one.
 * Errors:  -1 with err: the store does not answer, Kafka does not take the record, the file of deaths
 *          cannot be written.
 */
#ifndef SLUICE_CLI_RUN_QUARANTINE_H
#define SLUICE_CLI_RUN_QUARANTINE_H

#include "connectors/cli/deaths.h"
#include "engine/base/err.h"
#include "engine/settings.h"
#include "engine/store.h"

/* store: asked only for a step that ended the program twice. */
int run_quarantine(const struct settings *settings, const char *command, struct deaths *deaths,
                   struct store *store, struct err *err);

#endif
