/* record_form.h - how the value of one member of a record is read: a text, a time, an amount of
 * money, one of a few words, and so on (`enum record_form`, one row of record.def for each member).
 *
 * Memory:  what is read points into the JSON, or is copied into the record.
 * Threads: any.
 * Errors:  -1 with a refusal that names the member.
 */
#ifndef SLUICE_INGEST_RECORD_FORM_H
#define SLUICE_INGEST_RECORD_FORM_H

#include "engine/ingest/record.h"

struct record_member {
    struct str object;
    struct str name;
    uint8_t kind; /* enum event_kind */
    uint8_t form; /* enum record_form */
    uint16_t argument;
    uint16_t offset; /* of the destination in struct raw_record */
    uint8_t need;    /* of record.c: may it be left out? */
};

/* What a form's reader needs: the row, the value, where it goes. */
struct record_reading {
    const struct record_member *row;
    const struct json_member *value;
    struct raw_record *out;
    struct refusal *why;
};

/* Reads a value that is not null. */
int record_read_form(const struct record_reading *r);

#endif
