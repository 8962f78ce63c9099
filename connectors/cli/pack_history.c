#include "connectors/cli/pack_history.h"

#include "engine/base/mem.h"

#include <inttypes.h>
#include <string.h>

void pack_history_fini(struct pack_history *history)
{
    mem_free(history->rows);
    *history = (struct pack_history){0};
}

void pack_history_take(struct pack_history *history, struct str bytes)
{
    struct receipt receipt;
    uint32_t partition = 0;
    if (!receipt_read(&receipt, &partition, bytes)) {
        return;
    }
    for (size_t i = 0; i < history->row_count; i++) {
        struct pack_history_row *row = &history->rows[i];
        if (row->number == receipt.number) {
            row->mixed = row->mixed || strcmp(row->pack, receipt.pack) != 0;
            return;
        }
    }
    void *rows = history->rows;
    mem_reserve(&rows, &history->row_cap, history->row_count + 1, sizeof *history->rows);
    history->rows = rows;
    struct pack_history_row *row = &history->rows[history->row_count++];
    *row = (struct pack_history_row){.number = receipt.number};
    memcpy(row->pack, receipt.pack, sizeof row->pack);
}

/* The greatest number; with `not`, of the activations below it that are not of its pack alone. */
static const struct pack_history_row *newest(const struct pack_history *history,
                                             const struct pack_history_row * not )
{
    const struct pack_history_row *found = NULL;
    for (size_t i = 0; i < history->row_count; i++) {
        const struct pack_history_row *row = &history->rows[i];
        bool wanted = not == NULL || (row->number < not ->number &&
                                      (row->mixed || strcmp(row->pack, not ->pack) != 0));
        if (wanted && (found == NULL || row->number > found->number)) {
            found = row;
        }
    }
    return found;
}

static bool is_one(const struct pack_history_row *row, struct err *err)
{
    return !row->mixed ||
           err_set(err, ERR_FINDING,
                   "number %" PRIu64
                   " was taken by two packs, each in some partitions, so there is "
                   "no one pack to go back from or to; name it: `sluice pack activate HASH`",
                   row->number) == 0;
}

const struct pack_history_row *pack_history_before(const struct pack_history *history,
                                                   const struct pack_history_row **now,
                                                   struct err *err)
{
    *now = newest(history, NULL);
    if (*now == NULL) {
        (void)
            err_set(err, ERR_FINDING,
                    "no pack was ever active: the topic receipts has none; `sluice run` activates "
                    "the first one");
        return NULL;
    }
    if (!is_one(*now, err)) {
        return NULL;
    }
    const struct pack_history_row *before = newest(history, *now);
    if (before == NULL) {
        (void)err_set(err, ERR_FINDING,
                      "pack %.12s (number %" PRIu64
                      ") is the only one that was ever active, so there "
                      "is none to go back to; `sluice pack activate HASH` takes another one that "
                      "`sluice pack status` shows",
                      (*now)->pack, (*now)->number);
        return NULL;
    }
    return is_one(before, err) ? before : NULL;
}
