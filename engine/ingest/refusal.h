/* refusal.h - the reason why a record was refused, with a detail for the operator of the feed.
 *
 * {"type":"call","id":"c-1",..,"callee":12} is refused as wrong_type, "callee: a number where text
 * should be". The detail names the member and the class of its value, never the value: dead letters
 * carry no identifiers.
 *
 * Memory:  plain values.
 * Threads: one owner at a time.
 * Errors:  details longer than the buffer are cut.
 */
#ifndef SLUICE_INGEST_REFUSAL_H
#define SLUICE_INGEST_REFUSAL_H

#include "engine/base/str.h"

enum refusal_reason {
    REFUSAL_NONE,
#define REFUSAL(name, text, sentence) REFUSAL_##name,
#include "engine/ingest/refusal.def"
    REFUSAL_COUNT
};

struct refusal {
    enum refusal_reason reason;
    char detail[160];
};

/* Fills why and returns -1, so that `return refusal_set(...)` reads well. */
int refusal_set(struct refusal *why, enum refusal_reason reason, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
struct str refusal_text(enum refusal_reason reason);     /* "bad_time"; "" for none */
struct str refusal_sentence(enum refusal_reason reason); /* for the reference page */

#endif
