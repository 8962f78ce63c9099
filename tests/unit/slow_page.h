/* slow_page.h - the history of a page as a plain list, everything looked up from the definitions.
 *
 * engine/state keeps flags, gaps and sums up to date as records come; here each question goes
 * through all that ever came:
 *
 *     size_t at = slow_add(&slow, &(struct slow_record){STREAM_CALL_IN, t, id, peer});
 *     ck_assert_int_eq(slow_gap(&slow, at), record_gap_ms(r));
 *
 * Memory:  a plain value of about 100 KB; nothing to free.
 * Threads: one.
 * Errors:  more than SLOW_RECORDS_MAX records fail the test.
 */
#ifndef SLUICE_UNIT_SLOW_PAGE_H
#define SLUICE_UNIT_SLOW_PAGE_H

#include "engine/state/page.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SLOW_RECORDS_MAX 512
#define SLOW_DAYS_MAX 256

struct slow_record {
    int stream;
    int64_t time_ms;
    uint64_t id;
    uint64_t peer; /* 0: nobody */
    int64_t value;
    bool reversed;
    bool retained;
    bool first_time; /* as of its arrival, corrected by those that came later */
};

struct slow_peer {
    uint64_t low64;
    int64_t first_ms, last_ms;
};

struct slow_stream {
    uint64_t dropped;
    int64_t dropped_until_ms;
    struct day_sum days[SLOW_DAYS_MAX]; /* unordered */
    size_t day_count;
};

struct slow_page {
    uint8_t entity;
    struct retention retention;
    struct slow_record records[SLOW_RECORDS_MAX]; /* by arrival */
    size_t count;
    struct slow_peer peers[SLOW_RECORDS_MAX]; /* those not forgotten */
    size_t peer_count;
    struct slow_stream streams[STREAM_COUNT];
};

void slow_init(struct slow_page *page, uint8_t entity, const struct retention *retention);
/* Takes a record in, drops what exceeds the retention, meets the peer; returns its index. */
size_t slow_add(struct slow_page *page, const struct slow_record *record);

bool slow_is_in(int stream);
/* Was a before b: (time, arrival)? */
bool slow_before(const struct slow_page *page, size_t a, size_t b);
int64_t slow_gap(const struct slow_page *page, size_t at);
bool slow_late(const struct slow_page *page, size_t at);
/* first_time over all that ever came, of a page that forgets nobody. */
bool slow_never_met(const struct slow_page *page, size_t at);
/* Among all that ever came, or only those retained now. */
bool slow_two_way(const struct slow_page *page, size_t at, bool retained_only);
const struct slow_peer *slow_peer_find(const struct slow_page *page, uint64_t low64);
int64_t slow_known_for(const struct slow_page *page, size_t at);
/* Indices of a stream's retained records by (time, arrival); returns how many. */
size_t slow_stream(const struct slow_page *page, int stream, size_t *indices);
/* Daily sums of the days that end after from_ms; zone +08:00. */
void slow_days(const struct slow_page *page, int stream, int64_t from_ms, int64_t *count,
               int64_t *sum);

#endif
