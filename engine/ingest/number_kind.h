/* number_kind.h - one spelling for every telephone number, and what kind of number it is.
 *
 * "+86 138-0013-8000", "008613800138000" and "13800138000" are one number, a mobile; "+85291234567"
 * is regional. Normal form: domestic numbers are digits only, fixed lines with trunk 0 and area
 * code ("05722012345"), mobiles without trunk 0; foreign ones begin with "+" and the country code.
 * Prefixes put before one another ("+86 00 852 ..") all go: the normal form of a normal form is
 * itself.
 *
 * The kind is that of the longest prefix in a table of rows (rules/library/number_kinds.yaml) that
 * fits the number of digits; no row: irregular.
 *
 * Memory:  the table copies its rows; number_kinds_free gives it back.
 * Threads: a table is constant once made: any.
 * Errors:  a text that is no number is an ordinary outcome (false).
 */
#ifndef SLUICE_INGEST_NUMBER_KIND_H
#define SLUICE_INGEST_NUMBER_KIND_H

#include "engine/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NUMBER_DIGITS_MAX 20
#define NUMBER_TEXT_MAX (NUMBER_DIGITS_MAX + 1) /* with the "+" */
#define NUMBER_PREFIX_MAX 11

struct number_kind_row {
    char prefix[NUMBER_PREFIX_MAX + 1]; /* NUL-terminated: digits, at most one "+" in front */
    uint8_t min_digits, max_digits;     /* of the whole number, without "+" */
    uint8_t kind;                       /* enum number_kind */
};

/* Brings raw into normal form; out holds NUMBER_TEXT_MAX bytes. False: other characters, no digit,
 * or over NUMBER_DIGITS_MAX in normal form. */
bool number_normalise(struct str raw, char *out, size_t *len);

struct number_kinds;
struct number_kinds *number_kinds_new(const struct number_kind_row *rows, size_t count);
void number_kinds_free(struct number_kinds *kinds);
/* Kind of a number in normal form. Without a table (NULL): unknown. */
uint8_t number_kinds_find(const struct number_kinds *kinds, struct str number);

#endif
