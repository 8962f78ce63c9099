/* feed.h - a made-up city as the bytes of its feeds, and as the events that ingest makes of them.
 *
 *     struct feed feed;
 *     feed_make(&feed, &plan);                     a seeded city: directory first, then its events
 *     struct feed_reader reader = feed_read(&feed);
 *     while (feed_next(&reader, &event)) { .. }
 *     feed_reader_fini(&reader);
 *     feed_fini(&feed);
 *
 * The bytes are those of `sluice gen city` with the same plan. Each reader has an ingest and a
 * directory of its own, as a process has.
 *
 * Memory:  feed_fini and feed_reader_fini free; a reader borrows its feed.
 * Threads: one.
 * Errors:  a table of number kinds that cannot be read ends the process with 3, a refused record with
 *          must(): the city is ours.
 */
#ifndef SLUICE_BENCH_FEED_H
#define SLUICE_BENCH_FEED_H

#include "connectors/cli/city.h"
#include "engine/ingest/ingest.h"

struct feed {
    struct buf bytes; /* one JSON object a line */
    size_t directory_bytes;
    uint64_t directory_count, event_count; /* lines */
    uint32_t residents;
    struct number_kinds *kinds;
};

struct feed_reader {
    const struct feed *feed;
    size_t at;
    uint64_t number; /* of the next line */
    struct directory *directory;
    struct ingest *ingest;
};

/* A seeded city of so many people, hours of full life and days of thin life before them. */
struct city_plan feed_plan(uint32_t people, uint32_t hours, uint32_t history_days);
void feed_make(struct feed *feed, const struct city_plan *plan);
void feed_fini(struct feed *feed);

struct feed_reader feed_read(const struct feed *feed);
/* The same city under another key, so that no token is the same; with the tags of a pack. */
struct feed_reader feed_read_with(const struct feed *feed, struct str key,
                                  const struct tagger *tagger);
void feed_reader_fini(struct feed_reader *reader);
/* False at the end. */
bool feed_next(struct feed_reader *reader, struct event *event);
/* Whether the record read last is one of the directory. */
static inline bool feed_in_directory(const struct feed_reader *reader)
{
    return reader->number <= reader->feed->directory_count;
}

/* The shipped table; ends the process with 3 when it is not there. */
struct number_kinds *feed_number_kinds(void);
/* The next line of a text, without its end; false behind the last. */
bool feed_line(struct str text, size_t *at, struct str *line);

#endif
