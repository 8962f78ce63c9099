/* pack_verb.h - the verbs of `sluice pack`, for pack.c.
 *
 *     struct pack_order order = {.settings = &settings, .word = "rules/mine", .wait_s = 60};
 *     code = pack_publish(&order, &err);
 *
 * Memory:  none kept.
 * Threads: one.
 * Errors:  an exit code, or -1 with err, which says the rest. Standard output has the answer alone.
 */
#ifndef SLUICE_CLI_PACK_VERB_H
#define SLUICE_CLI_PACK_VERB_H

#include "engine/base/err.h"
#include "engine/settings.h"

#include <stdbool.h>
#include <stdint.h>

struct pack_order {
    const struct settings *settings;
    const char *word; /* what the verb is about: a folder or a hash */
    uint64_t number;  /* activate: 0: the greatest of all receipts and one */
    int64_t wait_s;   /* activate, rollback: for the receipts */
    bool json;
};

/* Prints the hash. */
int pack_publish(const struct pack_order *order, struct err *err);
/* Prints what became of it in each partition. */
int pack_activate(const struct pack_order *order, struct err *err);
/* Activates the pack that was active before, under a new number: prints what activate prints. */
int pack_rollback(const struct pack_order *order, struct err *err);
/* Prints what each partition runs, and which packs can be activated. */
int pack_status(const struct pack_order *order, struct err *err);

#endif
