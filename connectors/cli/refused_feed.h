/* refused_feed.h - a feed of which not one record was accepted is something else than it was given
 * for: a CSV file without a mapping, a compressed file, a wrong mapping.
 *
 *     struct refused_feed feed;
 *     refused_feed_begin(&feed, "day.csv", false);
 *     refused_feed_take(&feed, record.raw, &why);
 *     if (refused_feed_say(&feed, &out)) ...
 *         -> day.csv: none of 120 records was accepted, most were refused as not_json; is it CSV?
 * ..
 *
 * A feed that is merely dirty is an ordinary outcome and not said.
 *
 * Memory:  a plain value; the name must outlive it.
 * Threads: one owner at a time.
 * Errors:  none.
 */
#ifndef SLUICE_CLI_REFUSED_FEED_H
#define SLUICE_CLI_REFUSED_FEED_H

#include "engine/base/str.h"
#include "engine/ingest/refusal.h"

#include <stdbool.h>
#include <stdint.h>

struct refused_feed {
    const char *name;
    bool mapped; /* CSV by a mapping */
    uint64_t read, accepted, refused_by[REFUSAL_COUNT];
    unsigned char first[4]; /* bytes of the first record */
};

void refused_feed_begin(struct refused_feed *feed, const char *name, bool mapped);
/* A record; why is NULL if it was accepted. */
void refused_feed_take(struct refused_feed *feed, struct str raw, const struct refusal *why);
/* Appends a sentence if there were records and none was accepted; true if so. */
bool refused_feed_say(const struct refused_feed *feed, struct buf *out);

#endif
