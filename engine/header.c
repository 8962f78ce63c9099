#include "engine/header.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/state/page.h"

#include <string.h>

/* Numbers are stored as they lie in memory. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "stored headers are little-endian");

/* A watermark as it is stored. */
struct stored_mark {
    uint64_t lsn;
    struct token actor;
    uint32_t sub, source;
};
_Static_assert(sizeof(struct stored_mark) == 32, "stored as it is, without padding");

const char *header_clock_text(uint8_t clock_mode)
{
    static const char *const texts[] = {"unsaid", "live", "event"};
    must(clock_mode <= CLOCK_EVENT);
    return texts[clock_mode];
}

void header_fini(struct header *header)
{
    mem_free(header->watermarks);
    memset(header, 0, sizeof *header);
}

bool header_has_place(const struct header *header, uint32_t source, const struct place *place)
{
    return source < header->source_count && header->watermarks[source].known &&
           place_compare(&header->watermarks[source].place, place) >= 0;
}

void header_take_place(struct header *header, uint32_t source, const struct place *place)
{
    if (source >= header->source_count) {
        header->watermarks = mem_grow(header->watermarks, header->source_count, source + 1,
                                      sizeof *header->watermarks);
        header->source_count = source + 1;
    }
    header->watermarks[source] = (struct watermark){*place, true};
}

/* Both in one number, that of the pages above: a program that cannot read the pages is refused
 * here, before it has put any of its own beside them. */
#define LAYOUTS (HEADER_LAYOUT | (uint32_t)PAGE_LAYOUT << 16)

static void put_u32(struct buf *out, uint32_t value)
{
    buf_add(out, &value, sizeof value);
}

void header_encode(const struct header *header, struct buf *out)
{
    uint32_t known = 0;
    for (uint32_t i = 0; i < header->source_count; i++) {
        known += header->watermarks[i].known;
    }
    put_u32(out, LAYOUTS);
    buf_add(out, &header->clock_ms, sizeof header->clock_ms);
    buf_add(out, &header->frame_print, sizeof header->frame_print);
    buf_add(out, &header->clock_mode, sizeof header->clock_mode);
    buf_add(out, &header->pack_number, sizeof header->pack_number);
    buf_add(out, header->pack_hash, sizeof header->pack_hash);
    put_u32(out, header->partitions);
    put_u32(out, known);
    for (uint32_t i = 0; i < header->source_count; i++) {
        const struct watermark *mark = &header->watermarks[i];
        if (mark->known) {
            struct stored_mark stored = {mark->place.lsn, mark->place.actor, mark->place.sub, i};
            buf_add(out, &stored, sizeof stored);
        }
    }
    buf_add(out, &header->counters, sizeof header->counters);
}

struct reader {
    const char *at;
    size_t left;
    bool wrong;
};

static void take(struct reader *r, void *value, size_t count)
{
    if (r->wrong || r->left < count) {
        r->wrong = true;
        memset(value, 0, count);
        return;
    }
    memcpy(value, r->at, count);
    r->at += count;
    r->left -= count;
}

static void take_marks(struct reader *r, struct header *header, uint32_t source_limit)
{
    uint32_t count = 0;
    take(r, &count, sizeof count);
    for (uint32_t i = 0; i < count && !r->wrong; i++) {
        struct stored_mark stored;
        take(r, &stored, sizeof stored);
        /* In order of source, each once. */
        r->wrong |= stored.source >= source_limit || stored.source < header->source_count;
        if (!r->wrong) {
            struct place place = {stored.lsn, stored.actor, stored.sub};
            header_take_place(header, stored.source, &place);
        }
    }
}

int header_decode(struct header *header, struct str bytes, uint32_t partitions,
                  uint32_t source_limit, struct err *err)
{
    struct reader r = {bytes.at, bytes.len, false};
    uint32_t layouts = 0;
    must(header->watermarks == NULL);
    take(&r, &layouts, sizeof layouts);
    if (layouts != LAYOUTS) {
        return err_set(err, ERR_OUTSIDE,
                       "stored header: layout %u, with pages of layout %u; this program reads %u "
                       "and %u: use the program that wrote it, or build a new store from the log "
                       "(docs/operations.md, \"Upgrade\")",
                       (unsigned)(layouts & UINT16_MAX), (unsigned)(layouts >> 16), HEADER_LAYOUT,
                       PAGE_LAYOUT);
    }
    take(&r, &header->clock_ms, sizeof header->clock_ms);
    take(&r, &header->frame_print, sizeof header->frame_print);
    take(&r, &header->clock_mode, sizeof header->clock_mode);
    take(&r, &header->pack_number, sizeof header->pack_number);
    r.wrong |= header->clock_mode > CLOCK_EVENT;
    take(&r, header->pack_hash, sizeof header->pack_hash);
    take(&r, &header->partitions, sizeof header->partitions);
    uint32_t said = header->partitions;
    if (!r.wrong && partitions != 0 && said != 0 && said != partitions) {
        header_fini(header);
        return err_set(err, ERR_USAGE,
                       "stored header: the log of visits was begun with %u partitions, "
                       "visits.partitions says %u; correct the setting",
                       said, partitions);
    }
    take_marks(&r, header, source_limit);
    take(&r, &header->counters, sizeof header->counters);
    if (r.wrong || r.left > 0) {
        header_fini(header);
        return err_set(err, ERR_OUTSIDE,
                       "stored header (%zu bytes) cannot be read; restore a backup, or replay the "
                       "log from its start",
                       bytes.len);
    }
    return 0;
}
