/* source.h - where raw records come from, one after the other, whatever lies behind.
 *
 *     struct source source;
 *     if (feed_file_open(&source, "day.jsonl", NULL, &err) != 0) ...
 *     while ((got = source.next(source.self, &record, &err)) == 1) ...
 *     source.close(source.self);
 *
 * A file of JSON lines, a CSV file with a mapping, or (later) a Kafka topic. A record is its bytes
 * and where they stood: "day.jsonl", the 4,711th line at byte 812,004. The bytes go to
 * ingest_record; if that refuses them, name and place go into the dead letter.
 *
 * Memory:  a record's bytes, and `name`, belong to the source; the bytes live until the next call.
 * Threads: one owner at a time.
 * Errors:  -1 with err when the outside fails. A record that is broken already as the source reads
 *          it (over the limit, a row whose quotes do not close) is ordinary: it has `refused` set.
 */
#ifndef SLUICE_SOURCE_H
#define SLUICE_SOURCE_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/ingest/refusal.h"

#include <stdbool.h>
#include <stdint.h>

struct source_record {
    struct str bytes; /* canonical JSON for ingest_record; empty if refused */
    struct str raw;   /* as it came, for the dead letter; the first part of one that is too large */
    uint64_t raw_bytes; /* its real size, in a file without line end */
    uint64_t offset;    /* where it begins in its origin: in a file, its first byte */
    uint64_t line;      /* in a file, the number of its first line, from 1; else 0 */
    bool refused;       /* already known to be broken: ingest_count_refused(why) */
    struct refusal why;
};

struct source {
    void *self;
    const char *name; /* of the origin, for messages and dead letters */
    /* 1: a record, 0: the end, -1: cannot be read further. */
    int (*next)(void *self, struct source_record *record, struct err *err);
    void (*close)(void *self);
};

#endif
