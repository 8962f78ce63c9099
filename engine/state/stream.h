/* stream.h - the histories a page keeps, and one record of them.
 *
 * "A call at 10:00 from 138****8000, 45 minutes long", "a login at 10:50", "a warning of the
 * ministry": each is a record of one of the streams in stream.def.
 *
 * Memory:  plain values; a record is 56 bytes and is stored as it is.
 * Threads: one owner at a time.
 * Errors:  none.
 */
#ifndef SLUICE_STATE_STREAM_H
#define SLUICE_STATE_STREAM_H

#include "engine/ingest/event.h"

#include <stdbool.h>
#include <stdint.h>

enum stream_id {
#define STREAM(name, text, pages, event, party, ends) STREAM_##name,
#include "engine/state/stream.def"
    STREAM_COUNT
};

struct stream_info {
    const char *text;  /* "call_in" */
    const char *pages; /* letters of the kinds of pages that keep it */
    const char *ends;  /* letters of the kinds of the other ends, "": they have none */
    uint8_t event;     /* enum event_kind that feeds it, EVENT_NONE: each that has such a leg */
    uint8_t party;     /* at whose pages */
};
extern const struct stream_info stream_infos[STREAM_COUNT];
/* The stream that a kind of event feeds at a leg; STREAM_COUNT if it feeds none. */
int stream_of_leg(uint8_t event, int leg);
/* What the page's entity did. A warning is what others think of it: it is no end of a silence, and
 * nothing is late because of it. */
static inline bool stream_is_act(int stream)
{
    return stream != STREAM_WARNING;
}

static inline bool stream_has_ends(int stream)
{
    return stream_infos[stream].ends[0] != '\0';
}
/* Messages keep their tags, at a domain who sent them, where others keep an amount or a duration.
 */
static inline bool stream_is_message(int stream)
{
    return stream == STREAM_SMS_IN || stream == STREAM_SMS_OUT || stream == STREAM_LINK;
}
/* Do its records have values that can be summed up? */
static inline bool stream_has_sums(int stream)
{
    return stream <= STREAM_PAYMENT_OUT;
}

enum record_flag {
    RECORD_ANSWERED = 1 << 0,
    RECORD_ANSWERED_KNOWN = 1 << 1,
    RECORD_FORWARDED = 1 << 2,
    RECORD_FORWARDED_KNOWN = 1 << 3,
    RECORD_STARTED = 1 << 4, /* the start of a call or `initiated` was seen */
    RECORD_ENDED = 1 << 5,   /* the end (or record) of a call was seen */
    RECORD_POSTED = 1 << 6,
    RECORD_REVERSED = 1 << 7,
    RECORD_OWN = 1 << 8, /* both holders known and the same */
    RECORD_LATE = 1 << 9,
    RECORD_FIRST_TIME = 1 << 10,
    RECORD_TWO_WAY = 1 << 11,
    RECORD_ENDED_BY_COPY = 1 << 12, /* of a call: only the other carrier has told its end so far */
    /* of messages */
    RECORD_LINK = 1 << 0,
    RECORD_LINK_KNOWN = 1 << 1,
    /* of warnings */
    RECORD_EXTERNAL = 1 << 0, /* a feed's, not this engine's own */
    RECORD_CLOSED = 1 << 1,   /* an outcome has said how it ended */
};

#define RECORD_REGION_BITS 20 /* six-digit county codes are below 2^20 */
#define RECORD_MEMBER_NONE 255

struct record {
    int64_t time_ms; /* place: a call's start */
    uint64_t id;     /* record_id of the event; of a payment by its payment_id once one was given */
    uint64_t peer;   /* low 64 bits of the other end's token; 0: nobody */
    int64_t value;   /* payments: amount in minor units; calls: duration in ms; warnings: the
                        typology as value_of_key; or VALUE_UNKNOWN; messages: four tags, 16 bits
                        each; at a domain: who sent it, as peer. At a device as of the call or
                        payment that it is of */
    uint32_t gap_low_ms; /* silence of this page before it, 48 bits; all ones: unknown */
    uint16_t gap_high_ms;
    uint16_t flags;    /* enum record_flag */
    uint32_t place;    /* region (20 bits), channel (6; logins, changes: what; warnings: origin),
                          purpose (6; warnings: tier); messages: the fifth tag (16), tag_set of the
                          event (16) */
    uint8_t peer_kind; /* number_kind or account_kind, 0 unknown */
    uint8_t member;   /* index of the own number or account among the page's members, 255 unknown */
    uint16_t arrival; /* of the page's records, modulo 2^16: the order of those of one time */
    union {
        uint32_t template_token; /* messages; 0 unknown, as all of these */
        uint32_t device_token;   /* calls, payments, logins; event_thing_word */
        uint32_t use_what;       /* at a device: enum use_what */
    };
    union {
        uint32_t domain_token; /* messages */
        uint32_t cell_token;   /* calls */
    };
};
_Static_assert(sizeof(struct record) == 56, "records are stored as they are");

/* By (time, arrival), also of two streams of a page: below 0, 0, above 0. */
static inline int record_compare_place(const struct record *a, const struct record *b)
{
    if (a->time_ms != b->time_ms) {
        return a->time_ms < b->time_ms ? -1 : 1;
    }
    /* Right as long as they are less than 2^15 arrivals of the page apart: two of one time further
     * apart are told in the wrong order. */
    return (int16_t)(uint16_t)(a->arrival - b->arrival);
}

static inline uint32_t record_region(const struct record *r)
{
    return r->place & ((1U << RECORD_REGION_BITS) - 1);
}
static inline uint8_t record_channel(const struct record *r)
{
    return (uint8_t)(r->place >> RECORD_REGION_BITS & 63);
}
static inline uint8_t record_purpose(const struct record *r)
{
    return (uint8_t)(r->place >> (RECORD_REGION_BITS + 6) & 63);
}
static inline uint8_t record_what(const struct record *r)
{
    return record_channel(r);
}
static inline uint8_t record_origin(const struct record *r)
{
    return record_channel(r);
}
static inline uint8_t record_tier(const struct record *r)
{
    return record_purpose(r);
}
/* Has a message's record a tag of this hash? */
static inline bool record_has_tag(const struct record *r, uint16_t hash)
{
    uint64_t four = (uint64_t)r->value;
    return (four & UINT16_MAX) == hash || (four >> 16 & UINT16_MAX) == hash ||
           (four >> 32 & UINT16_MAX) == hash || four >> 48 == hash || r->place >> 16 == hash;
}
static inline uint16_t record_tag_set(const struct record *r)
{
    return (uint16_t)r->place;
}
static inline uint32_t record_place(uint32_t region, uint8_t channel, uint8_t purpose)
{
    return (region & ((1U << RECORD_REGION_BITS) - 1)) |
           (uint32_t)(channel & 63) << RECORD_REGION_BITS |
           (uint32_t)(purpose & 63) << (RECORD_REGION_BITS + 6);
}

#endif
