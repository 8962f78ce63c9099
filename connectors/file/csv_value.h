/* csv_value.h - a cell of a CSV export becomes the value of a member, by its form and unit.
 *
 *     const struct csv_unit *fen = csv_unit_find(RECORD_MONEY, STR("fen"));
 *     struct csv_value value = {.path = "amount", .form = RECORD_MONEY, .unit = fen};
 *     csv_value_write(&value, STR("7000000"), 12, &out, &why);        appends "70000.00"
 *
 * Without a unit a cell is taken as the feeds have it: amounts in yuan with decimals, durations in
 * the unit that the member's name says, times in RFC 3339. Truth is true, 1, yes or false, 0, no.
 *
 * Memory:  writes into the caller's buffer; units are constants.
 * Threads: any.
 * Errors:  a cell that the unit cannot be of is a refusal that names row and member; what else may be wrong the
 *          decoder of all records finds.
 */
#ifndef SLUICE_CONNECTORS_FILE_CSV_VALUE_H
#define SLUICE_CONNECTORS_FILE_CSV_VALUE_H

#include "engine/base/str.h"
#include "engine/ingest/refusal.h"

#include <stdint.h>

struct csv_unit;
extern const struct csv_unit *const csv_unit_step; /* base_ms + cell * step_ms */

/* The unit of this name, for members of this form (enum record_form); NULL: there is none. */
const struct csv_unit *csv_unit_find(int form, struct str name);
/* Appends "yuan, fen, .."; nothing if members of this form have no unit. */
void csv_unit_list(int form, struct buf *out);

struct csv_value {
    const char *path; /* "payer.account" */
    int form;         /* enum record_form */
    const struct csv_unit *unit;
    int64_t step_ms, base_ms; /* of csv_unit_step */
};

/* Appends the value as JSON; row is for messages. */
int csv_value_write(const struct csv_value *value, struct str cell, uint64_t row, struct buf *out,
                    struct refusal *why);

#endif
