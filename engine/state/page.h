/* page.h - what Sluice knows about one number, account, person, device or domain.
 *
 * A page is a function of the log: apply the visits up to applied_lsn in order and this is what
 * comes out. It holds attributes, list memberships, histories (newest records exactly, older ones
 * as sums per day), the known other ends, the points of rules that fired, and the open episodes.
 *
 *     struct record *r = page_add_record(page, STREAM_PAYMENT_IN, &draft, limits);
 *     if (r->flags & RECORD_FIRST_TIME) ...
 *
 * Memory:  page_new/page_free; arrays grow by size class up to the caps of struct retention; bounded.
 * Threads: the owner of the partition only.
 * Errors:  none; what exceeds a cap gives way as described at each function (dropped records: stream.dropped).
 */
#ifndef SLUICE_STATE_PAGE_H
#define SLUICE_STATE_PAGE_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/base/token.h"
#include "engine/ingest/event.h"
#include "engine/state/stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_LAYOUT 13
#define PAGE_MEMBERS_MAX 64      /* own numbers and accounts of a person */
#define PAGE_MEMBERSHIPS_MAX 16  /* list entries */
#define PAGE_POINTS_MAX 64       /* score lines in force */
#define PAGE_LINE_POINTS_MAX 100 /* of one score line */
#define PAGE_EPISODES_MAX 8
#define PAGE_EPISODE_RULES_MAX 128 /* that fired in them, also those not in force any more */
#define PAGE_OVERRIDES_MAX 16
#define PAGE_OUTCOMES_MAX 8 /* that are known again */
#define PAGE_ALIASES_MAX 16 /* payments with a payment_id that are known by (source, id) too */
#define PAGE_PEERS_MAX 512
#define PAGE_NEWEST_KEPT 8 /* newest records kept whatever their age */
#define PAGE_DAYS_MAX 90   /* daily sums behind the history */
#define USUAL_ROWS_MAX 1024
#define TIME_NONE INT64_MIN
#define TIME_NEVER INT64_MAX

/* How much is kept, per entity kind and stream; from the settings. */
struct retention {
    struct {
        uint32_t records_max;
        int64_t age_max_ms;
    } stream[ENTITY_KIND_COUNT][STREAM_COUNT];
    uint32_t peers_max;
};
/* The table of architecture.md. */
void retention_defaults(struct retention *retention);

struct day_sum {
    int32_t day; /* days since 1970 in the pack's zone */
    uint32_t count;
    int64_t sum; /* of known values; saturates */
};

/* Sorted by (time, arrival): records[begin..end). What was dropped is summed up per day, reversed
 * payments left out; days more than PAGE_DAYS_MAX before that of the newest record go away when
 * the next record is dropped. */
struct stream {
    struct record *records;
    uint32_t begin, end, cap;
    uint64_t dropped;         /* records dropped so far: the absolute number of records[begin] */
    int64_t dropped_until_ms; /* time of the newest dropped record, TIME_NONE if none was */
    struct day_sum *days;
    uint32_t day_count, day_cap;
};

/* So many dropped records of one size and day; engine/state/usual.h. */
struct usual {
    int32_t day;  /* as in day_sum; the last day of a span that was put together */
    uint16_t key; /* which stream, and the bucket of the size */
    uint16_t count;
};

/* Another end that this page has met. */
struct peer {
    struct token token;
    int64_t first_met_ms;
    int64_t last_in_ms, last_out_ms; /* newest contact in each direction, TIME_NONE if none */
    uint32_t retained; /* records of this page that name it; not stored, counted on reading */
    uint8_t entity, mask_len;
    char mask[EVENT_MASK_MAX];
    uint8_t spare[2];
};
_Static_assert(sizeof(struct peer) == 72, "a page of 512 peers has its price");

struct member { /* an own number or account of a person */
    struct token token;
    uint8_t entity, mask_len;
    char mask[EVENT_MASK_MAX];
};

/* A payment's second name: who says payment_id once may leave it out the next time. */
struct alias {
    uint64_t message_id; /* over (source, id) */
    uint64_t record_id;  /* over the payment_id that came with it */
};

/* A person's word that for a while nothing is to be done about this page's entity and another. */
struct override_entry {
    struct token other;    /* a number, an account or a person */
    int64_t set_ms, to_ms; /* time of the record; in force set <= t < to */
};

#define PAGE_WAITS_MAX 8
#define PAGE_SHADOW_WAITS_MAX 4 /* beside those: of patterns that shadow rules alone ask for */

/* "A high warning at 10:00; no call of the bureau by 10:30": the end of a pattern that waits. */
struct wait {
    uint64_t pattern_key;    /* name_key() of its name */
    struct token id;         /* of the time-out, as an event */
    int64_t until_ms;        /* as of then it is judged */
    int64_t due_ms;          /* the log's clock at which that happens: then, or later if it was
                                begun after that */
    int64_t record_ms;       /* time of the record that fills the last step */
    uint16_t record_arrival; /* and its arrival */
    uint8_t stream;          /* and its stream */
    bool shadow;
};

#define PAGE_HELD_MARKS_MAX 16
#define MARK_LEVEL_MAX 3

/* What a decision about another page's entity has said of this one: "suspect, level 2". */
struct held_mark {
    uint64_t key;              /* name_key() of its name */
    int64_t from_ms, until_ms; /* in force from <= t < until */
    uint8_t level;             /* 1 to MARK_LEVEL_MAX */
};

struct attribute_value {
    int64_t value;   /* VALUE_UNKNOWN if unset */
    int64_t time_ms; /* of the record that set it */
};

struct membership {
    uint64_t list_key;
    int64_t from_ms, to_ms; /* in force from <= t < to; to INT64_MAX if open */
    int64_t set_ms;         /* time of the record */
    bool removed;
};

struct points { /* one score line of a rule's newest firing, or that it gave none: 0, no raise */
    uint64_t rule_key, typology_key;
    int64_t fired_ms, until_ms; /* in force fired <= t < until */
    int64_t points;
    uint8_t raise;     /* enum tier, 0 none: a tier that this firing lifts the subject to */
    bool contradicted; /* by what came late since, the rule would not have fired */
};

struct episode {
    uint64_t typology_key;
    struct token id;
    struct token warning_id;                     /* of the newest warning */
    int64_t opened_ms, last_fired_ms, closes_ms; /* closes after last_fired + closes */
    int64_t closed_before_ms;                    /* when the episode before it closed, TIME_NONE */
    int64_t closed_ms;    /* an outcome closed it then; TIME_NONE: none did */
    uint32_t corrections; /* how often a person has corrected its tier */
    uint8_t tier;
    bool corrected; /* the tier is a person's, and stands until a rule fires that had not */
};

/* A rule that has fired in the episode of a typology. */
struct episode_rule {
    uint64_t typology_key, rule_key;
};

/* When it closed or, if nothing more happens, will. */
static inline int64_t episode_end_ms(const struct episode *episode)
{
    return episode->closed_ms != TIME_NONE ? episode->closed_ms
                                           : episode->last_fired_ms + episode->closes_ms;
}

/* Which attribute slots exist; ages and kinds are computed from them. */
enum page_attribute {
    PAGE_OPENED,
    PAGE_KIND, /* number_kind or account_kind */
    PAGE_CLASS,
    PAGE_REGION, /* county code */
    PAGE_BIRTH_YEAR,
    PAGE_VULNERABLE, /* enum truth */
    PAGE_ATTRIBUTE_COUNT
};

/* A chunk in the store, and a print of its content: only chunks that changed are written. */
struct page_mark {
    uint64_t print;
    uint64_t number;
    uint8_t kind;
};

struct page {
    struct token token;
    uint8_t entity;   /* enum entity_kind; ENTITY_NONE: a forgotten page */
    uint8_t stand_in; /* a person nobody named: stands for the entity below */
    uint8_t stand_in_entity;
    struct token stand_in_token;
    struct token holder;      /* of a number or account, as last told; zero: nobody known */
    uint64_t applied_lsn;     /* lsn after the last step that it includes */
    int64_t newest_judged_ms; /* largest judged time, TIME_NONE */
    int64_t first_seen_ms;    /* of a device, a domain: earliest time of a record, TIME_NONE */
    int64_t newest_record_ms; /* largest time of what its entity did (stream_is_act), TIME_NONE */
    uint16_t arrivals;        /* records added so far, modulo 2^16 */
    uint8_t mask_len, region_text_len, adviser_len;
    char mask[EVENT_MASK_MAX];
    char region_text[24];
    char adviser[16];
    int64_t texts_ms; /* time of the record that set adviser, TIME_NONE; region_text goes with
                         PAGE_REGION */
    int64_t mask_ms;  /* time of the binding that set a person's mask, TIME_NONE */
    struct attribute_value attributes[PAGE_ATTRIBUTE_COUNT];
    struct member *members;
    uint32_t member_count, member_cap;
    struct membership *memberships;
    uint32_t membership_count, membership_cap;
    struct points *points;
    uint32_t points_count, points_cap;
    struct episode *episodes;
    uint32_t episode_count, episode_cap;
    struct episode_rule *episode_rules; /* in the order in which they fired first */
    uint32_t episode_rule_count, episode_rule_cap;
    struct alias *aliases; /* by arrival */
    uint32_t alias_count, alias_cap;
    struct override_entry *overrides;
    uint32_t override_count, override_cap;
    struct held_mark *held; /* one for each name and level */
    uint32_t held_count, held_cap;
    struct wait *waits; /* in the order in which they were begun */
    uint32_t wait_count, wait_cap;
    uint64_t *outcomes; /* ids of the newest outcomes, by arrival */
    uint32_t outcome_count, outcome_cap;
    struct peer *peers; /* newest contact last is NOT kept; unordered, found by page_find_peer */
    uint32_t peer_count, peer_cap;
    uint16_t
        *peer_index; /* open addressing over peers by low64, rebuilt on growth; NULL while few */
    uint32_t peer_index_cap;
    struct stream streams[STREAM_COUNT];
    struct usual *usuals; /* by day and key */
    uint32_t usual_count, usual_cap;
    uint8_t *kept; /* visits that may be judged again; engine/state/kept.h */
    uint32_t kept_bytes, kept_cap;
    bool peers_lost; /* records may name others than those in peers; found anew, not stored */
    /* On the way to the store (engine/flush.h); not stored. */
    bool dirty;              /* changed since it was last copied for the store */
    bool awaited;            /* stays in memory for a frame to come (engine/partition_ahead.c) */
    uint32_t weighed_bytes;  /* its memory as its cache counts it (engine/state/cache.h) */
    uint64_t unflushed_lsn;  /* of the first change since then; clean: before the last copy */
    int64_t unflushed_ms;    /* when that was, by the owner's clock */
    struct page_mark *marks; /* its chunks as the store has them */
    uint32_t mark_count, mark_cap;
    /* Its timer as the store has it, TIME_NEVER: none, TIME_NONE: not known. */
    int64_t stored_due_ms;
    /* The earliest of its timers in engine/state/timers.h, TIME_NEVER: none; not stored. */
    int64_t timer_ms;
};

struct page *page_new(const struct token *token, uint8_t entity);
void page_free(struct page *page);
/* Leaves nothing but token and applied_lsn, a tombstone: the next visit fills it as if it were new,
 * and whoever looks for what is known finds nothing. What the store has of it stays noted. */
void page_forget(struct page *page, uint64_t applied_lsn);
static inline bool page_is_forgotten(const struct page *page)
{
    return page->entity == ENTITY_NONE;
}
size_t page_memory_bytes(const struct page *page);
/* Room for need items in one of the page's arrays, grown by size class; returns where it is now:
 *     page->points = page_reserve(page->points, &page->points_cap, page->points_count + 1, sizeof
 * *page->points); */
void *page_reserve(void *array, uint32_t *cap, uint32_t need, size_t item_bytes);

/* ---- history
 * ------------------------------------------------------------------------------------------------
 */

/* The record of the same call or payment in a stream (newest first), or NULL: same id and other
 * end, and for payments no other known amount. Of `like` these three fields are read. other_id is
 * an id that does as well; like->id if there is no other. */
struct record *page_find_record(struct page *page, int stream, const struct record *like,
                                uint64_t other_id);
/* Notes the payment_id that came with a (source, id), both as ids. Of one (source, id) the latest
 * payment_id is kept, of all the newest PAGE_ALIASES_MAX. */
void page_set_alias(struct page *page, uint64_t message_id, uint64_t record_id);
/* The id noted last for a (source, id); message_id itself if there is none. */
uint64_t page_find_alias(const struct page *page, uint64_t message_id);
/* The other carrier's copy of a call: same two ends (peer, member), overlapping times, another id;
 * or NULL. Two ended calls overlap if start1 < end2 and start2 < end1, or both start in the same
 * millisecond; if one of them has no end yet, if their starts lie at most 60 s apart. A hidden
 * caller (peer 0) has no copies. */
struct record *page_find_call_copy(struct page *page, int stream, const struct record *draft);

/* What is known of the other end when a record is added. */
struct peer_draft {
    const struct token *token; /* zero token or NULL: nobody */
    uint8_t entity, mask_len;
    const char *mask;
};
/* Inserts the record at its place: after all records of the same or an earlier time. Fills in gap,
 * first_time, two_way and late (late: older than newest_record_ms), corrects those fields of
 * younger records (first_time and two_way of records with the same peer; gap of the next record of
 * the page), updates the peer, and drops what exceeds the retention into the daily sums. A record
 * older than everything retained when the stream is full (or older than the age limit relative to
 * the newest record, beyond the newest 8) is summed up at once and NULL is returned (the peer is
 * updated and younger records are corrected all the same). A warning has no other end, no gap, is
 * never late and corrects nothing. The age counts back from the newest
 * record of the stream. draft->peer is taken from peer->token. The pointer is valid until the next
 * change of the page. gap: record time minus the time of the record before it on this page, over
 * all streams; unknown for the first. first_time: no earlier record (time, then arrival) with this
 * peer in any stream; nobody: always true. two_way: a record with this peer in the other direction,
 * earlier in (time, arrival), with time > t - 30 d. For a late record, contacts that were dropped
 * are not seen where a retained record cannot tell: its gap may then be too long, its two_way no.
 * Directions: CALL_IN, SMS_IN and PAYMENT_IN are in, the others out; contact counts over all
 * streams. When peers_max peers are known, the one gives way that no retained record names and
 * whose last contact is oldest; if all are named, the one whose last contact is oldest. Whom a page
 * has forgotten it meets for the first time. */
struct record *page_add_record(struct page *page, int stream, const struct record *draft,
                               const struct peer_draft *peer, const struct retention *retention);
/* Gap and known-for of a record of this page, VALUE_UNKNOWN if unknown (the first record; a peer
 * that gave way); known_for is 0 for nobody. */
int64_t record_gap_ms(const struct record *record);
int64_t page_known_for_ms(const struct page *page, const struct record *record);
const struct peer *page_find_peer(const struct page *page, uint64_t low64);

/* Index range [*first, *last) of the records with from < time <= to (from_in: from <= time) of a
 * stream. */
void stream_range(const struct stream *stream, int64_t from_ms, bool from_in, int64_t to_ms,
                  uint32_t *first, uint32_t *last);
/* Does the window reach behind what is kept exactly (something with time > from, or >= from if
 * from_in, was dropped)? */
bool stream_reaches_behind(const struct stream *stream, int64_t from_ms, bool from_in);
/* Adds the daily sums of days that end after from_ms. */
void stream_days_add(const struct stream *stream, int64_t from_ms, int64_t *count, int64_t *sum);

/* ---- attributes, members, lists
 * -------------------------------------------------------------------------------- */

/* The greatest (time, lsn) wins: false and no change if the attribute was set by a younger record.
 * Equal times: the later call wins. */
bool page_set_attribute(struct page *page, int attribute, int64_t value, int64_t time_ms);
/* Index of an own number or account, added when new; RECORD_MEMBER_NONE when 64 are there. */
uint8_t page_member(struct page *page, const struct token *token, uint8_t entity, const char *mask,
                    uint8_t mask_len);
/* Same list: the greatest set_ms wins, equal ones: the later call. A removal is an entry that is
 * remembered. Beyond PAGE_MEMBERSHIPS_MAX lists what is over first gives way, a removal when it was
 * said, be it the new entry (equal: removals, then the one set first). False: one gave way that was
 * not over. */
bool page_set_membership(struct page *page, const struct membership *entry);
/* 1, 0: is on the list at t. */
int64_t page_is_member(const struct page *page, uint64_t list_key, int64_t t);

/* Same other: the greatest set_ms wins, equal ones: the later call. Beyond PAGE_OVERRIDES_MAX what
 * expires first gives way, be it the new entry (equal: the one set first). False: one gave way that
 * was not over. */
bool page_set_override(struct page *page, const struct override_entry *entry);
/* Is there one for this other in force at t? */
bool page_has_override(const struct page *page, const struct token *other, int64_t t);
/* Same name and level: it lasts from the earlier beginning, unless that one was over, to the later
 * end. Beyond PAGE_HELD_MARKS_MAX what ends first gives way, be it the new one (equal: what began
 * first). False: one gave way that was not over. */
bool page_set_mark(struct page *page, const struct held_mark *mark);
/* The lowest level of that mark in force at t; 0: none. */
int64_t page_mark_level(const struct page *page, uint64_t key, int64_t t);
/* Begins a wait. The same pattern and record wait once, until the later of the two ends (equal: as
 * it was). Of PAGE_WAITS_MAX, or PAGE_SHADOW_WAITS_MAX, what ends first gives way, be it the new
 * one (equal: the one begun first); false: one did. */
bool page_begin_wait(struct page *page, const struct wait *wait);
/* Takes away what is due at this clock: into ended, which has room for all that a page can have, by
 * their ends (equal: as they were begun). Returns how many. */
uint32_t page_end_waits(struct page *page, int64_t clock_ms, struct wait *ended);
/* When the first is due; TIME_NEVER: there are none. */
int64_t page_wait_due_ms(const struct page *page);
/* The record that began it; NULL: the page does not keep it any more. */
const struct record *page_wait_record(const struct page *page, const struct wait *wait);
/* Notes an outcome by its record_id; false if it is one of the newest PAGE_OUTCOMES_MAX noted. */
bool page_note_outcome(struct page *page, uint64_t id);

/* ---- stored form: a head and chunks of 16 records
 * ------------------------------------------------------------ */

#define PAGE_CHUNK_RECORDS 16

/* Head: everything but records and peers; layout version first. Chunk: up to 16 records of one
 * stream (chunk number = absolute record number / 16) or 16 peers. Little-endian, versioned. The
 * emit function is called once per piece: piece 0 is the head, others are (stream or PEERS, chunk
 * number). */
#define PAGE_PIECE_HEAD 0
struct page_piece {
    uint8_t kind;    /* 0 head, 1 + stream id, 1 + STREAM_COUNT for peers */
    uint64_t number; /* chunk number */
};
typedef void page_emit_fn(void *context, const struct page_piece *piece, struct str bytes);
void page_encode(const struct page *page, page_emit_fn *emit, void *context);
/* Puts a page together from its pieces, in the order in which page_encode gave them (head first).
 * Returns NULL and fills err if the bytes are no page of this layout. */
struct page_decoder;
struct page_decoder *page_decode_begin(void);
int page_decode_piece(struct page_decoder *decoder, const struct page_piece *piece,
                      struct str bytes, struct err *err);
struct page *page_decode_end(struct page_decoder *decoder,
                             struct err *err); /* frees the decoder in every case */

#endif
