/* event.h - one normalised event: a call, a message, a payment, a directory or list record and so
 * on, with tokens instead of identifiers.
 *
 * "At 10:45 a call from 138****8000 ended; it had lasted 45 minutes." Ingest makes events from
 * records of the feeds; frames carry them to the pages they visit; everything that decides is in
 * them.
 *
 * Memory:  plain values without pointers; struct event is about 1,200 bytes.
 * Threads: one owner at a time.
 * Errors:  none.
 */
#ifndef SLUICE_INGEST_EVENT_H
#define SLUICE_INGEST_EVENT_H

#include "engine/base/str.h"
#include "engine/base/token.h"

#include <stdbool.h>
#include <stdint.h>

/* A missing field, an unset attribute, an overflow: no number at all. */
#define VALUE_UNKNOWN INT64_MIN

enum entity_kind {
    ENTITY_NONE,
#define ENTITY(name, text, letter) ENTITY_##name,
#include "engine/ingest/event.def"
    ENTITY_KIND_COUNT
};

struct entity_info {
    const char *text; /* "number"; "entity" for ENTITY_NONE */
    char letter;      /* 'n'; 0 for ENTITY_NONE */
};
extern const struct entity_info entity_infos[ENTITY_KIND_COUNT];
/* What is used and not owned: it has no holder, and nobody binds it. */
static inline bool entity_is_thing(uint8_t entity)
{
    return entity == ENTITY_DEVICE || entity == ENTITY_DOMAIN;
}

enum event_kind {
    EVENT_NONE,
#define KIND(name, text, first, last, judged) EVENT_##name,
#include "engine/ingest/event.def"
    EVENT_KIND_COUNT
};

/* Kinds before this one come from records; marks come from decisions alone, time-outs from waits.
 */
#define EVENT_RECORDS_END EVENT_MARK

enum event_phase {
    PHASE_NONE,
    PHASE_START,
    PHASE_END,
    PHASE_RECORD,
    PHASE_INITIATED,
    PHASE_POSTED,
    PHASE_REVERSED,
    PHASE_COUNT
};

/* enum number_kind { NUMBER_KIND_UNKNOWN, NUMBER_KIND_MOBILE, .. } and so on, from event.def */
#define EVENT_VALUE_SETS(X) \
    X(NUMBER_KIND)          \
    X(ACCOUNT_KIND)         \
    X(ACCOUNT_CLASS)        \
    X(CHANNEL)              \
    X(PURPOSE)              \
    X(ARRIVAL)              \
    X(TRUTH)                \
    X(LOGIN_WHAT)           \
    X(CALL_CAUSE)           \
    X(USE_WHAT)             \
    X(CHANGE_WHAT)          \
    X(TIER)                 \
    X(ORIGIN)               \
    X(RESULT)
enum value_set {
#define X(name) VALUE_SET_##name,
    EVENT_VALUE_SETS(X)
#undef X
        VALUE_SET_COUNT
};
enum number_kind {
    NUMBER_KIND_UNKNOWN,
    NUMBER_KIND_MOBILE,
    NUMBER_KIND_FIXED,
    NUMBER_KIND_MVNO,
    NUMBER_KIND_INTL,
    NUMBER_KIND_REGIONAL,
    NUMBER_KIND_SERVICE95,
    NUMBER_KIND_SERVICE400,
    NUMBER_KIND_SHORT,
    NUMBER_KIND_PORT106,
    NUMBER_KIND_IOT,
    NUMBER_KIND_OFFICIAL,
    NUMBER_KIND_HIDDEN,
    NUMBER_KIND_IRREGULAR,
};
enum tier {
    TIER_NONE,
#define TIER(name, text) TIER_##name,
#include "engine/ingest/event.def"
    TIER_LIMIT
};
enum origin { ORIGIN_UNKNOWN, ORIGIN_OWN, ORIGIN_MINISTRY, ORIGIN_BANK };
enum result { RESULT_UNKNOWN, RESULT_DISSUADED, RESULT_FALSE_ALARM, RESULT_LOSS, RESULT_CORRECTED };
enum truth { TRUTH_UNKNOWN, TRUTH_NO, TRUTH_YES };
enum use_what { USE_WHAT_UNKNOWN, USE_WHAT_CALL, USE_WHAT_SMS, USE_WHAT_LOGIN, USE_WHAT_PAY };
enum arrival { ARRIVAL_UNKNOWN, ARRIVAL_REALTIME, ARRIVAL_TWO_HOURS, ARRIVAL_NEXT_DAY };

/* Value of a text in a set (from 1), 0 if there is none; and its text ("" for 0). */
uint8_t event_value_find(enum value_set set, struct str text);
struct str event_value_text(enum value_set set, uint8_t value);
uint8_t event_value_count(enum value_set set); /* values are 1..count */

/* Of id and payment_id. What a length byte can say holds 64 characters unless nearly all of them
 * are from the rarest planes. */
#define EVENT_ID_CHARACTERS 64
#define EVENT_ID_BYTES 255
#define EVENT_MASK_MAX 24
#define EVENT_BANK_MAX 14

/* One end of an event: the caller, the payee, the entity of a list entry. */
struct party {
    struct token token;   /* zero: nobody (a hidden caller, the payee of cash) */
    struct token holder;  /* the person's token, or that of the stand-in; zero for an unbinding */
    uint32_t region;      /* county code from the directory, 0 unknown */
    uint8_t entity;       /* enum entity_kind; ENTITY_NONE: nobody */
    uint8_t kind;         /* number_kind or account_kind, 0 unknown */
    uint8_t holder_known; /* 0: holder is a stand-in */
    uint8_t mask_len;
    uint8_t bank_len;
    char mask[EVENT_MASK_MAX]; /* "138****8000" */
    char bank[EVENT_BANK_MAX];
};

enum {
    PARTY_FROM,  /* caller or payer or the record's entity */
    PARTY_TO,    /* callee or payee */
    PARTY_THING, /* the device that it was done with, the domain that a message's link leads to */
    PARTY_COUNT
};
#define PARTY_ENDS 2 /* the first two of them are the ends of the event */

struct event {
    uint8_t kind;  /* enum event_kind */
    uint8_t phase; /* enum event_phase */
    struct party party[PARTY_COUNT];
#define FIELD(type, name, value) type name;
#define TEXT(name, max) \
    uint8_t name##_len; \
    char name[max];
#include "engine/ingest/event.def"
};

/* All fields at their defaults. */
void event_clear(struct event *event);
struct str event_kind_text(uint8_t kind);   /* "call" */
struct str event_phase_text(uint8_t phase); /* "record", "" for none */
#define EVENT_TEXT(event, name) ((struct str){(event)->name, (event)->name##_len})

/* Appends the event to a frame, or reads it back; decode returns the bytes taken, 0 if they are no
 * event. */
void event_encode(struct buf *out, const struct event *event);
size_t event_decode(struct event *event, const uint8_t *bytes, size_t count);

/* The legs of all itineraries; those of one kind of event stand in the order of visits. */
enum leg {
#define LEG(name, text, party, is_person, kind) LEG_##name,
#include "engine/ingest/event.def"
    LEG_COUNT
};

struct leg_info {
    const char *text;  /* "payer.person", as in ids, decisions and rules */
    uint8_t party;     /* PARTY_FROM, PARTY_TO or PARTY_THING */
    uint8_t is_person; /* visits the holder's page */
    uint8_t entity;    /* enum entity_kind; ENTITY_NONE: whatever kind the record names */
};
extern const struct leg_info leg_infos[LEG_COUNT];

struct kind_info {
    const char *text; /* "call" */
    uint8_t first_leg, last_leg;
    uint8_t is_judged; /* happened; a directory record says what is known, and moves no clock */
};
extern const struct kind_info kind_infos[EVENT_KIND_COUNT]; /* of EVENT_NONE nothing is set */

/* Something happened: rules judge it, and it moves the clock of the log. */
static inline bool event_is_judged(uint8_t kind)
{
    return kind_infos[kind].is_judged != 0;
}
/* Does the event have this leg, with an entity? A person named by the record has no holder. */
bool event_has_leg(const struct event *event, int leg);
/* First leg after `after` (-1: the first of all) whose entity is present, or LEG_COUNT. */
int event_next_leg(const struct event *event, int after);
/* Which party is the other end at a leg: of a caller the callee; of a device who used it, of a
 * domain who was sent there. */
int event_other_party(uint8_t kind, int leg);
/* 32 bits of a token, as records keep of a device and a domain: 0 for none. */
uint32_t event_thing_word(const struct token *token);
/* Entity of a leg: its token, and its kind. */
const struct token *event_leg_token(const struct event *event, int leg);
uint8_t event_leg_kind(const struct event *event, int leg);

/* 64-bit key of a name (list, rule, typology, feature): first 8 bytes of SHA-256, little-endian. */
uint64_t name_key(struct str name);
/* The same as a value that records keep and rules compare: positive, 60 bits; unknown for key 0. */
static inline int64_t value_of_key(uint64_t key)
{
    return key == 0 ? VALUE_UNKNOWN : (int64_t)(key >> 4);
}

#endif
