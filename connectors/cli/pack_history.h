/* pack_history.h - which pack was active before the one that is, as the topic `receipts` tells.
 *
 *     struct pack_history history = {0};
 *     pack_history_take(&history, bytes);              each record of the topic, in any order
 *     row = pack_history_before(&history, &now, &err);     activate row->pack to go back
 *     pack_history_fini(&history);
 *
 * An activation counts from its first receipt on, of whichever partition. One that no partition has
 * taken yet is not known here.
 *
 * Memory:  owns its rows until pack_history_fini; texts are copied.
 * Threads: one owner at a time.
 * Errors:  a record that is no receipt is passed over; that there is nothing to go back to, or not one
 *          pack alone, is ERR_FINDING.
 */
#ifndef SLUICE_CLI_PACK_HISTORY_H
#define SLUICE_CLI_PACK_HISTORY_H

#include "connectors/cli/receipts.h"
#include "engine/base/err.h"

#include <stddef.h>

struct pack_history_row {
    uint64_t number;
    char pack[2 * DIGEST_BYTES + 1];
    bool mixed; /* two activations took this number, each in some partitions */
};

struct pack_history {
    struct pack_history_row *rows; /* one for each number */
    size_t row_count, row_cap;
};

void pack_history_fini(struct pack_history *history);
void pack_history_take(struct pack_history *history, struct str bytes);
/* The activation with the greatest number is *now; returned is the last one before it of another
 * pack. NULL with err if there is none. Both point into the history. */
const struct pack_history_row *pack_history_before(const struct pack_history *history,
                                                   const struct pack_history_row **now,
                                                   struct err *err);

#endif
