/* dead_letter.h - what becomes of a record that was refused: its origin, the reason, its first
 * bytes.
 *
 *     {"reason":"bad_time","detail":"time: ..; day.jsonl at byte 812004","topic":"calls",..}
 *
 * Memory:  writes into the caller's buffer; the output points there.
 * Threads: any.
 * Errors:  none.
 */
#ifndef SLUICE_CONNECTORS_FILE_DEAD_LETTER_H
#define SLUICE_CONNECTORS_FILE_DEAD_LETTER_H

#include "engine/base/str.h"
#include "engine/ingest/refusal.h"
#include "engine/sink.h"

#include <stdint.h>

struct dead_letter {
    const struct refusal *why;
    struct str topic;
    uint32_t partition;
    uint64_t offset;
    int64_t time_ms;  /* of the log; INT64_MIN: it has none yet */
    uint64_t size;    /* real size of the record */
    struct str bytes; /* as they came, or the first of them */
    size_t bytes_max; /* kept at most; 0: none */
    const char *file; /* NULL: no file */
    uint64_t file_offset;
};

void dead_letter_write(const struct dead_letter *letter, struct buf *line, struct output *output);

#endif
