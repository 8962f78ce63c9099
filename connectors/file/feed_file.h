/* feed_file.h - reads records from a file: one JSON object a line, or CSV rows through a mapping.
 *
 * "day.jsonl", the 4,711th line at byte 812,004: its bytes go to ingest_record, and if that refuses
 * them, name and place go into the dead letter. "-" is standard input.
 *
 * Lines end with LF or CRLF, the last one may lack it, blank lines do not count. A line over the
 * limit of JSON_RECORD_BYTES_MAX is passed over in bounded memory and reported as too_large with
 * its real size. In CSV a quoted cell may hold line ends. Where quotes do not close, or close in a
 * later broken row so that what lies between makes no row of the mapping, only the line that opens
 * them is refused, and reading goes on with the next line.
 *
 * Memory:  owns its buffers; a record's bytes live until the next call.
 * Threads: one owner at a time.
 * Errors:  a file that cannot be opened or read, or whose header lacks a column: -1 with file and remedy. Broken
 *          records are ordinary: they come with refused set.
 */
#ifndef SLUICE_CONNECTORS_FILE_FEED_FILE_H
#define SLUICE_CONNECTORS_FILE_FEED_FILE_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/ingest/refusal.h"

#include <stdbool.h>
#include <stdint.h>

struct feed_record {
    struct str bytes; /* canonical JSON for ingest_record; empty if refused */
    struct str raw; /* as it stands in the file, for the dead letter; the first part if too large */
    uint64_t raw_bytes; /* real size in the file, without line end */
    uint64_t offset;    /* of its first byte in the file */
    uint64_t line;      /* number of its first line, from 1 */
    bool refused;       /* already known to be broken: ingest_count_refused(why) */
    struct refusal why;
};

struct feed_file;

/* map_path NULL: JSON lines; else CSV by that mapping. */
int feed_file_open(struct feed_file **out, const char *path, const char *map_path, struct err *err);
/* 1: a record, 0: the end, -1: the file cannot be read further. */
int feed_file_next(struct feed_file *file, struct feed_record *out, struct err *err);
const char *feed_file_name(const struct feed_file *file);
void feed_file_close(struct feed_file *file);

#endif
