/* json.h - reads one JSON object in place: a flat list of its members and of those one level down.
 *
 * {"type":"transaction","payer":{"account":"6222"},"amount":7.50} becomes
 *
 *     0  type     text    transaction
 *     1  payer    object  {"account":"6222"}
 *     2  account  text    6222                 parent 1
 *     3  amount   number  7.50                 digit by digit, never a floating point value
 *
 * Strict RFC 8259: any order of members, all escapes, UTF-8 checked over the whole record, no
 * member twice in the object or in one of the objects one level down, nothing behind it. What lies
 * deeper, and arrays, are checked and passed over without recursion; their text is the value. Names
 * inside what is passed over may repeat.
 *
 * Memory:  values are views into the record or, where a text has escapes, into the caller's scratch of as many bytes
 *          as the record; they live as long as both. Nothing is allocated.
 * Threads: one owner of doc and scratch at a time.
 * Errors:  an ordinary outcome: -1 with the reason (not_json, too_large, too_deep, too_many_members, bad_utf8,
 *          duplicate_member) and the byte at which it was noticed.
 */
#ifndef SLUICE_INGEST_JSON_H
#define SLUICE_INGEST_JSON_H

#include "engine/base/str.h"
#include "engine/ingest/refusal.h"

#include <stdint.h>

#define JSON_RECORD_BYTES_MAX ((size_t)64 * 1024)
#define JSON_MEMBERS_MAX 256
#define JSON_DEPTH_MAX 32 /* the record itself is level 1 */

enum json_type {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_TEXT,
    JSON_OBJECT,
    JSON_ARRAY
};

struct json_member {
    struct str name;
    struct str
        value;     /* text without quotes and escapes; else the bytes as they stand in the record */
    uint32_t hash; /* json_hash of the name */
    int16_t parent; /* index of the object around it, -1 for the record itself */
    uint8_t type;   /* enum json_type */
};

struct json_doc {
    uint32_t count;
    struct json_member members[JSON_MEMBERS_MAX];
};

/* Takes the record apart; scratch holds bytes.len bytes. 0, or -1 with the reason in why. */
int json_decode(struct json_doc *doc, struct str bytes, char *scratch, struct refusal *why);
/* The next text among the values of an array whose bytes json_decode has passed over; other values
 * are left out. left: what stands behind the opening bracket, and then what is left of it. scratch
 * holds left.len bytes. False: there is none. */
bool json_next_text(struct str *left, char *scratch, struct str *text);
/* The hash that members carry, for lookup tables. */
uint32_t json_hash(struct str name);
/* "a number", for messages. */
const char *json_type_text(uint8_t type);

#endif
