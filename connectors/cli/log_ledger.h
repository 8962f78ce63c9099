/* log_ledger.h - was each visit that the steps of a log send taken from it, once and as it was
 * sent?
 *
 * "Partition 3 sent 4,711 visits to partition 0; its log has the same ones in the same order, and
 * so has that of every other pair; of calls[2] 812 records were taken, up to offset 830."
 *
 *     log_ledger_sent(ledger, 3, 0, &visit);          while partition 3's log is replayed
 *     log_ledger_taken(ledger, 0, &visit);            while partition 0's is: each visit, once
 *     if (log_ledger_close(ledger, &err) != 0) { .. err names the first difference .. }
 *
 * Memory:  16 bytes for each visit between partitions, until log_ledger_free.
 * Threads: one owner.
 * Errors:  a difference is ERR_FINDING.
 */
#ifndef SLUICE_CLI_LOG_LEDGER_H
#define SLUICE_CLI_LOG_LEDGER_H

#include "engine/base/err.h"
#include "engine/base/json_write.h"
#include "engine/frame.h"

#include <stdint.h>

struct log_ledger;
struct log_ledger *log_ledger_new(uint32_t partition_count);
void log_ledger_free(struct log_ledger *ledger);
void log_ledger_sent(struct log_ledger *ledger, uint32_t from, uint32_t to,
                     const struct visit *visit);
/* `at` is the partition whose log has it; duplicates are not given. */
void log_ledger_taken(struct log_ledger *ledger, uint32_t at, const struct visit *visit);
/* Compares what was taken with what was sent. What was sent last may not be in the log yet: after a
 * drain that is nothing. */
int log_ledger_close(const struct log_ledger *ledger, struct err *err);
uint64_t log_ledger_in_flight(const struct log_ledger *ledger);
/* Members "raw", "sent", "taken", "in_flight" of the object in hand. */
void log_ledger_write(const struct log_ledger *ledger, struct json_writer *w);

#endif
