/* receipts.h - which partition runs which pack, as the topic `receipts` tells.
 *
 *     struct receipts receipts;
 *     receipts_init(&receipts, 4);
 *     receipts_take(&receipts, bytes);           each record of the topic, in any order
 *     receipts.rows[2].number, receipts.rows[2].pack
 *
 * Of each partition the receipt with the greatest number counts: an activation counts only if its
 * number is above the active one, while a receipt may be written again, late, after a recovery.
 *
 * Memory:  owns its rows until receipts_fini; texts are copied.
 * Threads: one owner at a time.
 * Errors:  a record that is no receipt of one of these partitions is passed over, and counted.
 */
#ifndef SLUICE_CLI_RECEIPTS_H
#define SLUICE_CLI_RECEIPTS_H

#include "connectors/kafka/kafka_in.h"
#include "engine/base/digest.h"
#include "engine/base/str.h"
#include "engine/header.h"

#include <stdbool.h>
#include <stdint.h>

#define RECEIPT_TEXT_BYTES 40

struct receipt {
    uint64_t number; /* of the activation; 0: there is no receipt */
    char pack[2 * DIGEST_BYTES + 1];
    char lsn[RECEIPT_TEXT_BYTES];
    char time[RECEIPT_TEXT_BYTES]; /* of the log; empty before its first event */
    uint8_t clock; /* enum clock_mode of the log; CLOCK_UNSAID: of an older program */
};

struct receipts {
    uint32_t partition_count;
    struct receipt *rows; /* the newest, by partition */
    uint64_t greatest;    /* number of all receipts; 0: there are none */
    uint64_t ignored;     /* records that are none of ours */
};

void receipts_init(struct receipts *receipts, uint32_t partition_count);
void receipts_fini(struct receipts *receipts);
/* Reads one receipt; false if these bytes are none. */
bool receipt_read(struct receipt *receipt, uint32_t *partition, struct str bytes);
void receipts_take(struct receipts *receipts, struct str bytes);
/* The same as a kafka_tail_fn. */
int receipts_take_message(void *receipts, const struct kafka_in_message *message, struct err *err);
/* All that the topic has now; ERR_OUTSIDE. */
int receipts_read(struct receipts *receipts, const struct settings *settings, const char *client_id,
                  struct err *err);
/* Partitions without a receipt; their numbers are added to out (may be NULL): "0, 2". */
uint32_t receipts_missing(const struct receipts *receipts, struct buf *out);
/* Do all partitions run the same pack since the activation of the same number? */
bool receipts_agree(const struct receipts *receipts);
/* The receipt with the greatest number of all; NULL if there is none. */
const struct receipt *receipts_newest(const struct receipts *receipts);

#endif
