/* header.h - what a partition knows besides its pages.
 *
 * The log's clock, the active pack, how far each source has been taken, and counters: "from
 * partition 3 all is in up to step 4711 of account 6222..1234".
 *
 * Memory:  owns its table of watermarks until header_fini. A zeroed struct header is that of a log
 *          not begun.
 * Threads: the owner of the partition only.
 * Errors:  stored bytes that are no header give -1 with err.
 */
#ifndef SLUICE_HEADER_H
#define SLUICE_HEADER_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/frame.h"

#include <stdbool.h>
#include <stdint.h>

#define HEADER_LAYOUT 9 /* stored with that of pages: a change of either refuses the store */

struct counters {
#define COUNTER(name, sentence) uint64_t name;
#include "engine/counter.def"
};

/* The greatest place seen of a source. */
struct watermark {
    struct place place;
    bool known; /* false: nothing came from there yet */
};

/* Whose time moves the log's clock; said by the first frame, kept for ever. */
enum clock_mode { CLOCK_UNSAID, CLOCK_LIVE, CLOCK_EVENT };

struct header {
    int64_t clock_ms;     /* 0: the log has no time yet */
    uint64_t frame_print; /* of the last frame taken (frame_print()), 0: none */
    uint8_t clock_mode;   /* enum clock_mode */
    uint32_t partitions;  /* of the visits, as the log was begun; 0: not said */
    uint64_t pack_number; /* 0: no pack is active */
    uint8_t pack_hash[32];
    struct watermark *watermarks; /* by source */
    uint32_t source_count;
    struct counters counters;
};

/* "live", "event"; "unsaid" for CLOCK_UNSAID. */
const char *header_clock_text(uint8_t clock_mode);
void header_fini(struct header *header);
/* Was this place of the source taken already? */
bool header_has_place(const struct header *header, uint32_t source, const struct place *place);
/* Notes a place that was not taken yet. */
void header_take_place(struct header *header, uint32_t source, const struct place *place);
/* Stored form: version, clock, last frame, mode, pack, partitions, watermarks, counters last. */
void header_encode(const struct header *header, struct buf *out);
/* Fills a zeroed header; sources must be below source_limit. ERR_USAGE: its log has another number
 * of partitions (0: any), so each entity is in another one. */
int header_decode(struct header *header, struct str bytes, uint32_t partitions,
                  uint32_t source_limit, struct err *err);

#endif
