/* replay_log.h - a run's own log of visits once more: what must have come out, and what the store
 * must hold.
 *
 * The log is the record (docs/protocol.md): partition by partition, from its first frame to its
 * present end, each frame is applied in memory by the code of a live worker. The outputs are those
 * of the run, id for id. What the steps send to other partitions is compared with what is in their
 * logs; with `check`, pages and headers are compared with the store.
 *
 *     log = replay_log_open(&setup, &err);
 *     if (replay_log_run(log, &err) != 0) { .. ERR_FINDING: something is not as the log says .. }
 *     replay_log_write(log, &w);                      member "log" of summary.json
 *
 * Memory:  the pages of one partition at a time; 16 bytes for each visit between partitions.
 * Threads: one.
 * Errors:  ERR_OUTSIDE: Kafka or Redis failed, or the log does not begin at 0 any more.
 */
#ifndef SLUICE_CLI_REPLAY_LOG_H
#define SLUICE_CLI_REPLAY_LOG_H

#include "engine/base/err.h"
#include "engine/base/json_write.h"
#include "engine/partition.h"
#include "engine/settings.h"
#include "engine/sink.h"
#include "engine/skips.h"

#include <stdbool.h>

struct replay_log_setup {
    const struct settings *settings;
    struct program_source programs;
    struct sink *sink;
    const struct skips *skips; /* under quarantine; read until replay_log_free */
    bool check;                /* compare with Redis, too */
};

struct replay_log;
struct replay_log *replay_log_open(const struct replay_log_setup *setup, struct err *err);
void replay_log_free(struct replay_log *log);
int replay_log_run(struct replay_log *log, struct err *err);
void replay_log_write(const struct replay_log *log, struct json_writer *w);
/* One line for a person. */
void replay_log_report(const struct replay_log *log, const char *command);

#endif
