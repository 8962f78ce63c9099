/* ingest.h - a record's bytes become an event, or a refusal with its reason.
 *
 * {"type":"call","phase":"record","callee":"138 0013 8000","duration_s":75,..} becomes an event
 * whose callee is a token, a mask "138****8000", a kind and a holder; a directory record also
 * updates the directory.
 *
 *     struct ingest *in = ingest_new(&(struct ingest_setup){.kinds = kinds, .directory =
 * directory}); if (ingest_record(in, line, -1, &event, &why) != 0) { .. dead letter: why,
 * event.kind .. }
 *
 * Places of an event in time: start and everything else at `time`; a call's end, whose `time` is
 * the end, lies in the history at time - duration and is judged at time; a call record lies at time
 * and is judged at time + duration.
 *
 * Memory:  owns its scratch, cache and counters; borrows the number kinds and the directory. No allocation per record
 *          but for the directory's growth.
 * Threads: one owner at a time, who is also the directory's writer.
 * Errors:  a bad record is an ordinary outcome, counted: read = accepted + refused at any moment. Whether a record is
 *          good depends on the record (and its message's stamp) alone, never on the directory.
 */
#ifndef SLUICE_INGEST_INGEST_H
#define SLUICE_INGEST_INGEST_H

#include "engine/base/caltime.h"
#include "engine/ingest/directory.h"
#include "engine/ingest/event.h"
#include "engine/ingest/number_kind.h"
#include "engine/ingest/refusal.h"
#include "engine/ingest/tagger.h"

#define INGEST_AHEAD_REFUSED_MS \
    ((int64_t)24 * 3600 * 1000) /* past the stamp: refused as future_time */
#define INGEST_AHEAD_CLAMPED_MS                                       \
    ((int64_t)2 * 60 * 1000) /* past the stamp: set back to this much \
                              */
#define INGEST_CACHE_ENTRIES 65536

/* A message's timestamp; outside of this it is of another unit, or none. */
static inline bool ingest_stamp_is_known(int64_t stamp_ms)
{
    return stamp_ms >= CALTIME_MIN_MS && stamp_ms <= CALTIME_MAX_MS;
}

struct ingest_setup {
    struct str key;                   /* "": the public demonstration key */
    struct str currency;              /* "": CNY; amounts in another one are unknown */
    const struct number_kinds *kinds; /* NULL: kinds of numbers are unknown */
    struct directory *directory;      /* required */
    size_t cache_entries;             /* 0: INGEST_CACHE_ENTRIES */
    const struct tagger *tagger;      /* NULL: messages have no tags that anybody knows */
};

struct ingest_counts {
    uint64_t read;
    uint64_t accepted;
    uint64_t refused;
    uint64_t refused_by[REFUSAL_COUNT];
    uint64_t unknown_members; /* members without a meaning, ignored */
    uint64_t unknown_values;  /* words that no value set knows, and odd regions and years, taken as
                                 unknown */
    uint64_t foreign_amounts; /* payments in another currency: their amounts are unknown */
    uint64_t tags_unknown; /* messages of which a tag is unknown, for a regular expression took too
                              long or more than TAGS_KEPT were found */
    uint64_t clamped;      /* times set back because they lay after the stamp, or now */
};

struct ingest;
struct ingest *ingest_new(const struct ingest_setup *setup);
void ingest_free(struct ingest *in);
/* Takes one record; stamp_ms is its message's timestamp, not known: none (files). Returns 0
 * with the event, or -1 with the reason, and then out->kind alone is set: the type, EVENT_NONE if
 * it could not be told. */
int ingest_record(struct ingest *in, struct str bytes, int64_t stamp_ms, struct event *out,
                  struct refusal *why);
/* Sets back an event that was taken and lies past now: a sender whose clock is ahead has stamped
 * its message by it, too, and what others say of the same entities would come too late to be
 * judged. */
void ingest_set_back(struct ingest *in, int64_t now_ms, struct event *event);
/* Only records of this topic are taken from now on, others are unknown_type; "": any. A binding
 * among the calls would be known to one ingest process and not to the others. */
void ingest_expect(struct ingest *in, struct str topic);
/* The tags of another pack from now on; the tagger is borrowed. */
void ingest_set_tagger(struct ingest *in, const struct tagger *tagger);
/* The event of the record that was taken last, as it is with the tags of another pack; that
 * record's bytes are still there. */
void ingest_retag(struct ingest *in, const struct tagger *tagger, struct event *event);
/* Counts a record that its source had to refuse (a line over the limit, a broken row). */
void ingest_count_refused(struct ingest *in, const struct refusal *why);
const struct ingest_counts *ingest_counts(const struct ingest *in);
/* Token of an entity as an operator names it ("138 0013 8000", "token:.."); -1 with the reason. */
int ingest_name_entity(struct ingest *in, enum entity_kind kind, struct str raw, struct token *out,
                       struct refusal *why);

#endif
