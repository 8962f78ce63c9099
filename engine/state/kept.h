/* kept.h - the visits that a page was judged at of late, whole, so that they can be judged again.
 *
 * "At 10:10 a payment was judged here, and no rule fired; at 10:12 the bank tells of a payment of
 * 10:07." The one of 10:10 is judged again, by what is known now.
 *
 *     kept_add(page, &visit, &scratch);
 *     for (uint32_t at = 0; kept_read(page, at, &visit, &event); at = kept_next(page, at)) ...
 *
 * They stand in order of (judged time, arrival), in one array of bytes, as they are stored; a page
 * has at most KEPT_VISITS_MAX of them, the youngest.
 *
 * Memory:  in the page; a visit that is read borrows the caller's event and the page's bytes, until
 *          these change; scratch is overwritten.
 * Threads: the owner of the page.
 * Errors:  none; stored bytes are looked at by kept_is_sound() before anything reads them.
 */
#ifndef SLUICE_STATE_KEPT_H
#define SLUICE_STATE_KEPT_H

#include "engine/state/page.h"

#include <stdbool.h>
#include <stdint.h>

#define KEPT_VISITS_MAX 8
#define KEPT_CARRIED_MAX 16
#define KEPT_FIRED_MAX 64 /* a visit at which more rules fired is not kept */
#define KEPT_ENTRY_BYTES_MAX 4096
#define KEPT_BYTES_MAX (KEPT_VISITS_MAX * KEPT_ENTRY_BYTES_MAX)

/* A number of the pack (a typology, a mark, a rule) and a small value: points, a level, a flag. */
struct kept_value {
    uint32_t index;
    uint8_t value;
};

struct kept_visit {
    uint64_t pack_key; /* of the pack that judged it; no other judges it again */
    const struct event *event;
    struct str event_bytes; /* the same as event_encode() writes it */
    int64_t judged_ms;      /* of a mark, an entry or a fact not before what the page had judged */
    uint8_t leg;
    uint32_t triggers;     /* 1 << enum trigger */
    bool has_hand;         /* the event has a record on this page: */
    int64_t hand_ms;       /* its time */
    uint16_t hand_arrival; /* and arrival */
    uint16_t arrivals;     /* of the page by then: what came later in the same ms was not there */
    bool overridden;       /* what people said, as it was then */
    int64_t carried[KEPT_CARRIED_MAX];
    uint16_t carried_loose;                    /* which of them reach behind the exact history */
    struct kept_value points[PAGE_POINTS_MAX]; /* typologies that had points before it */
    uint32_t points_count;
    struct kept_value marks[PAGE_HELD_MARKS_MAX]; /* marks in force, the lowest level */
    uint32_t marks_count;
    struct kept_value fired[KEPT_FIRED_MAX]; /* rules, shadow rules too; 1: it would no more */
    uint32_t fired_count;
};

/* The value noted for a number; 0 if there is none. */
int64_t kept_value_of(const struct kept_value *values, uint32_t count, uint32_t index);
/* Takes a visit in behind all of the same or an earlier judged time; the oldest gives way. */
void kept_add(struct page *page, const struct kept_visit *visit, struct buf *scratch);
/* Reads the visit that begins at a place (0: the oldest); false behind the last. */
bool kept_read(const struct page *page, uint32_t at, struct kept_visit *visit, struct event *event);
/* The place of the next visit. */
uint32_t kept_next(const struct page *page, uint32_t at);
/* Notes what fired at the visit of a place, now that it was judged again. */
void kept_note_fired(struct page *page, uint32_t at, const struct kept_visit *visit,
                     struct buf *scratch);
/* Has it a visit that is younger? Of a page's own events none is, in order; a mark may be. */
bool kept_has_after(const struct page *page, int64_t time_ms);
/* Forgets the visits judged before then. */
void kept_drop_before(struct page *page, int64_t time_ms);
/* The record of a visit on this page; NULL if it has none any more. */
const struct record *kept_hand(const struct page *page, const struct kept_visit *visit);
/* Reads the oldest visit that a record comes from; false if it is not kept. */
bool kept_find(const struct page *page, const struct record *record, struct kept_visit *visit,
               struct event *event);
/* Are these bytes visits that the page can hold? */
bool kept_is_sound(const struct page *page);

#endif
