/* run_start.h - before `sluice run` works: the first pack, and that all partitions run one.
 *
 *     run_start_first(&settings, &pack, rk, &err);             the engine's role, before its
 * workers run_start_open(&start, &settings, &pack, "rules/mine", &err); while ((all =
 * run_start_look(&start, &err)) == 0) { ... }   what ingest waits for run_start_close(&start);
 *
 * A record must not come into a partition before a pack is there to judge it. So ingest, in
 * whatever process, begins when the topic `receipts` has a receipt of every partition.
 *
 * Memory:  owns its consumer and its rows.
 * Threads: one.
 * Errors:  -1 with err: Kafka does not answer, or does not take what is written.
 */
#ifndef SLUICE_CLI_RUN_START_H
#define SLUICE_CLI_RUN_START_H

#include "connectors/cli/receipts.h"
#include "connectors/kafka/kafka_tail.h"
#include "engine/base/err.h"
#include "engine/settings.h"
#include "rules/compile.h"

#include <stdbool.h>

/* Where logs are empty, publishes the pack and activates it as number 1. Several processes may do
 * so at once: a number that is not above the active one changes nothing. */
int run_start_first(const struct settings *settings, const struct compiled *pack,
                    const char *folder, rd_kafka_t *rk, struct err *err);

struct run_start {
    const struct compiled *pack; /* the configured one */
    const char *folder;          /* its */
    struct kafka_tail *tail;
    struct receipts receipts;
    uint8_t clock; /* enum clock_mode of the setting */
    int looks;
    bool said_other;
};

/* Reads all receipts that are there. Says on stderr if another pack than the configured one is
 * active. ERR_USAGE: the log has another clock than the setting visits.clock. */
int run_start_open(struct run_start *start, const struct settings *settings,
                   const struct compiled *pack, const char *folder, struct err *err);
void run_start_close(struct run_start *start);
/* Has every partition its receipt? 1: yes; 0: not yet, looked for a moment. After a second of that
 * says once which are waited for. */
int run_start_look(struct run_start *start, struct err *err);
/* Hash of the pack that is active; of the configured one if none is. */
const char *run_start_pack(const struct run_start *start);

#endif
