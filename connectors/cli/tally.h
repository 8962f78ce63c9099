/* tally.h - counts what comes in and goes out, for summary.json.
 *
 *     {"read":2000,"accepted":1998,"refused":{"bad_time":2},"notes":{},"warnings":{"low":0,..},..}
 *
 * No times and no rates: two runs over the same input give the same summary.
 *
 * Memory:  a plain value.
 * Threads: one owner at a time.
 * Errors:  those of the sink behind it.
 */
#ifndef SLUICE_CLI_TALLY_H
#define SLUICE_CLI_TALLY_H

#include "engine/base/json_write.h"
#include "engine/base/str.h"
#include "engine/eval/vocab.h"
#include "engine/ingest/ingest.h"
#include "engine/sink.h"

#include <stdint.h>

/* What of accepted records was not taken as it came. */
enum tally_note {
    TALLY_UNKNOWN_MEMBERS, /* ignored */
    TALLY_UNKNOWN_VALUES,  /* taken as unknown */
    TALLY_FOREIGN_AMOUNTS, /* of another currency: unknown */
    TALLY_UNKNOWN_TAGS,    /* messages of which a tag is unknown */
    TALLY_CLAMPED_TIMES,   /* set back, as they lay too far ahead */
    TALLY_NOTE_COUNT
};

struct tally {
    struct sink behind;
    uint64_t read, refused, refused_by[REFUSAL_COUNT];
    uint64_t notes[TALLY_NOTE_COUNT];
    uint64_t warnings[TIER_LIMIT];
    uint64_t requests[ACTION_COUNT];
    uint64_t advice[ADVICE_COUNT], advice_instead[ACTION_COUNT];
    uint64_t decisions;
};

void tally_init(struct tally *tally, struct sink behind);
/* A sink that counts and passes on. */
struct sink tally_sink(struct tally *tally);
/* A record; why is NULL if it was accepted. */
void tally_record(struct tally *tally, const struct refusal *why);
/* What ingest counted between two moments. */
void tally_ingested(struct tally *tally, const struct ingest_counts *from,
                    const struct ingest_counts *to);
/* Appends ", 3 unknown members" and so on for what is not 0. */
void tally_say_notes(const struct tally *tally, struct buf *out);
/* As members of the object in hand. */
void tally_write(const struct tally *tally, const char *pack_hex, struct json_writer *w);

#endif
