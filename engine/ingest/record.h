/* record.h - a record of a feed, taken apart member by member by the table in record.def.
 *
 * {"type":"call","phase":"end","id":"c-1","time":"..","callee":"138 0013 8000","duration_s":75}
 * becomes a struct raw_record with kind EVENT_CALL, entity[PARTY_TO] "138 0013 8000" and
 * duration_ms 75000. Identifiers stay as the feed wrote them; ingest.h turns them into tokens.
 *
 * A structured CloudEvents 1.0 envelope ({"specversion":"1.0","id":..,"source":..,"type":..,
 * "data":{..}}) is unwrapped: its id, source, type and time stand for what its data does not say.
 *
 * Memory:  texts are views, see json.h: they live until the next record of this decoder, or as long as the record.
 * Threads: one owner of a decoder at a time; the table behind it is constant.
 * Errors:  an ordinary outcome: -1 with the reason. Whether a record is good depends on the record alone.
 */
#ifndef SLUICE_INGEST_RECORD_H
#define SLUICE_INGEST_RECORD_H

#include "engine/ingest/event.h"
#include "engine/ingest/json.h"

#define RECORD_AMOUNT_MINOR_MAX INT64_C(1000000000000000)
#define RECORD_DURATION_MS_MAX ((int64_t)7 * 24 * 3600 * 1000)
#define RECORD_MEMBER_ROWS_MAX 32 /* of one type */
#define RECORD_SLOT_COUNT 128
#define RECORD_ENVELOPE_MEMBERS 4 /* that stand in for the record's: id, source, type, time */

enum record_form {
    RECORD_UNUSED, /* any value: known, not used */
    RECORD_TEXT,   /* 1 to `argument` bytes without control characters */
    RECORD_NAME, /* 1 to `argument` characters, at most EVENT_ID_BYTES bytes, no control characters
                  */
    RECORD_ENTITY,       /* text that names a number, an account or a person */
    RECORD_CALLER,       /* the same; null and "anonymous" are a hidden caller */
    RECORD_HOLDER,       /* the same; null ends a binding */
    RECORD_NAMED,        /* "number:..", "account:..", "person:..", "device:..", "domain:..";
                            argument: enum party */
    RECORD_THING,        /* text or number that names a device or a cell; what cannot is unknown */
    RECORD_TIME,         /* RFC 3339 with offset or integer epoch ms, years 2000 to 9999 */
    RECORD_MOMENT,       /* the same, or a date; from 1900 */
    RECORD_MONEY,        /* "12345.60" or 12345.60, at most 10^15 minor units */
    RECORD_CURRENCY,     /* three capital letters */
    RECORD_SECONDS,      /* integer, at most 7 days */
    RECORD_MILLISECONDS, /* integer, at most 7 days */
    RECORD_REGION,       /* "330502" or "330502/001/12"; another text is unknown */
    RECORD_TRUTH,        /* true or false */
    RECORD_VALUE,        /* a text of value set `argument`; another text is unknown */
    RECORD_WORD,         /* a text of value set `argument` */
    RECORD_PHASE,        /* a phase among the bits of `argument` */
    RECORD_ACTION,       /* "add" or "remove" */
    RECORD_YEAR,         /* integer; outside 1900 to 2100 unknown */
    RECORD_ID,           /* 32 hexadecimal digits, as our outputs name each other */
    RECORD_MESSAGE,      /* text of any length, looked through for a link and given on */
    RECORD_TAGS,         /* an array; its texts are what the feed says of a message */
    RECORD_URLS,         /* an array; its texts are links */
    RECORD_OBJECT        /* an object whose members have rows of their own */
};

struct raw_record {
    uint8_t kind;                            /* enum event_kind */
    uint8_t phase;                           /* enum event_phase */
    uint8_t entity_kind[PARTY_COUNT];        /* enum entity_kind; ENTITY_NONE: nobody */
    struct str entity[PARTY_COUNT];          /* as the feed names it; at NULL: absent */
    struct str bank[PARTY_COUNT];            /* "" absent, as all texts below */
    uint8_t given[PARTY_COUNT];              /* 1: the object "payer", "payee" is there */
    uint8_t account_kind[PARTY_COUNT];       /* as the payment states it */
    uint8_t unbinds;                         /* 1: "person": null in a binding */
    uint8_t answered, forwarded, vulnerable; /* enum truth */
    uint8_t channel, purpose, arrival, account_class, stated_kind, list_removes;
    uint8_t what, tier, origin, result, cause;
    struct str cell;       /* "" not said */
    struct str text;       /* of a message; at NULL: none */
    struct str feed_tags;  /* bytes of an array */
    struct str urls;       /* of a message: bytes of an array; "": not said */
    uint8_t text_has_link; /* enum truth */
    uint8_t none;
    uint32_t region;
    struct str id, source, payment_id, currency, adviser, list_name, region_text, typology;
    struct token episode;
    struct str number, account,
        person; /* of directory records; entity[PARTY_FROM] is one of them */
    int64_t time_ms, from_ms, to_ms, opened_ms;
    int64_t duration_ms, duration_s_ms; /* after decoding duration_ms holds whichever was given */
    int64_t amount_minor, balance_before_minor, balance_after_minor;
    int64_t birth_year;
    uint32_t unknown_member_count; /* members without a row */
    uint32_t unknown_value_count;  /* words that no value set knows, taken as unknown */
};

struct record_member; /* a row of the table */

struct record_decoder {
    struct json_doc doc;
    uint8_t slots[EVENT_KIND_COUNT]
                 [RECORD_SLOT_COUNT]; /* row index + 1 by hash of object and name, 0 free */
    char scratch[JSON_RECORD_BYTES_MAX];
    char data_scratch[JSON_RECORD_BYTES_MAX]; /* of an envelope's data */
    struct json_member envelope[RECORD_ENVELOPE_MEMBERS];
    uint32_t envelope_count;
};

void record_decoder_init(struct record_decoder *decoder);
/* Takes a record apart and checks it; 0, or -1 with the reason. */
int record_decode(struct record_decoder *decoder, struct str bytes, struct raw_record *out,
                  struct refusal *why);
/* Do its urls hold anything? enum truth. */
uint8_t record_urls_have_link(const struct raw_record *raw);
/* Kind of a type's name ("call"), EVENT_NONE if there is none. */
uint8_t record_kind_find(struct str type);
/* "calls": the topic of a kind's records, which is their default source. "feed" for EVENT_NONE. */
struct str record_topic(uint8_t kind);
/* Form of a member by its path ("payer.account", "amount"); -1 if records of this kind have no such
 * member. */
int record_member_form(uint8_t kind, struct str path);
/* Paths of a kind's members: the index-th, "" past the last. out holds RECORD_PATH_BYTES. */
#define RECORD_PATH_BYTES 64
struct str record_member_path(uint8_t kind, size_t index, char *out);
/* Whether every record of the kind needs the index-th member. */
bool record_member_required(uint8_t kind, size_t index);

#endif
