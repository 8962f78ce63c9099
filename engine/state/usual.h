/* usual.h - how large amounts and calls of a page used to be: a summary behind the exact history.
 *
 * "Of 412 payments that account 6222..1234 made between January and March, 90 of 100 were of at
 * most 2,100 yuan": payments and calls that a page drops are counted by day and by size. Sizes
 * stand in buckets of a logarithmic scale, eight to each doubling, so that what stands for a
 * bucket is within 6.25 % of everything in it; below 16 it is exact.
 *
 *     counts[usual_bucket(amount)]++;
 *     int64_t about = usual_value(bucket);
 *
 * Memory:  rows of 8 bytes in the page, at most USUAL_ROWS_MAX; when there are more, the rows of
 *          past weeks, then of past four weeks are put together, then the oldest go.
 * Threads: the owner of the partition only.
 * Errors:  none; counts stay at their largest value.
 */
#ifndef SLUICE_STATE_USUAL_H
#define SLUICE_STATE_USUAL_H

#include "engine/state/page.h"

#include <stdbool.h>
#include <stdint.h>

#define USUAL_BUCKETS 488
#define USUAL_SERIES 3        /* payment_in, payment_out, call_out */
#define USUAL_LEAST 10        /* records, below that nothing is usual */
#define USUAL_DAYS 91         /* that are kept before that of the newest record */
#define USUAL_END_MS 86400000 /* the last day does not say what is usual */
#define USUAL_START_MS (INT64_C(91) * 86400000)

/* Has this stream such a summary? */
bool usual_is_kept(int stream);
/* What of a record of such a stream is summed up: the amount of a payment that was not reversed,
 * the duration of a call that has ended; else VALUE_UNKNOWN. */
int64_t usual_of_record(int stream, const struct record *record);
/* Bucket of a value, 0 for what is not above zero; and the value that stands for a bucket. */
uint16_t usual_bucket(int64_t value);
int64_t usual_value(uint16_t bucket);
/* Counts a record that the page drops. newest_ms: of the newest record of the page. */
void usual_add(struct page *page, int stream, const struct record *record, int64_t newest_ms);
/* Adds what is summed up of the days that end after from_ms and not after to_ms. */
void usual_read(const struct page *page, int stream, int64_t from_ms, int64_t to_ms,
                uint32_t counts[USUAL_BUCKETS]);
/* Is a row in order behind the one before it (NULL: the first)? Of stored pages. */
bool usual_fits(const struct usual *before, const struct usual *row);

#endif
