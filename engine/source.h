/* source.h - where raw records come from, one after the other.
 *
 * A file of JSON lines, a CSV file with a mapping, or (later) a Kafka topic. A record is the bytes
 * and its origin.
 *
 * Memory:  bytes are valid until the next call.
 * Threads: one owner at a time.
 * Errors:  next returns 1 record, 0 end, -1 with err when the outside fails.
 */
#ifndef SLUICE_SOURCE_H
#define SLUICE_SOURCE_H

#include "engine/base/err.h"
#include "engine/base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct source_record {
    struct str bytes;
    struct str file;      /* name of the origin, for dead letters */
    uint64_t byte_offset; /* where it starts in the origin */
    uint64_t size; /* its real size; larger than bytes.len when it was too large to be held */
    bool too_large;
    struct str refused; /* not empty: the source itself could not make a record of it, and why */
};

struct source {
    void *self;
    int (*next)(void *self, struct source_record *record, struct err *err);
    void (*close)(void *self);
};

#endif
