/* history.h - the parts of which page_add_record is made.
 *
 * "A payment of 30,000 to an account never seen before": the stream makes room at its place, the
 * peer is met, and what exceeds the retention is summed up per day. For the files of engine/state/
 * only; everybody else includes page.h.
 *
 * Memory:  inside the page; pointers are valid until its next change.
 * Threads: the owner of the partition only.
 * Errors:  none; a wrong argument is a bug and trips must().
 */
#ifndef SLUICE_STATE_HISTORY_H
#define SLUICE_STATE_HISTORY_H

#include "engine/state/page.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_TWO_WAY_MS ((int64_t)30 * 24 * 3600 * 1000)
#define HISTORY_GAP_UNKNOWN ((UINT64_C(1) << 48) - 1)
/* Times of records lie within +-HISTORY_TIME_LIMIT_MS, so that differences do not overflow. */
#define HISTORY_TIME_LIMIT_MS (INT64_C(1) << 61)

/* ---- stream.c ---- */

static inline bool stream_is_in(int stream)
{
    return stream_infos[stream].party == PARTY_TO;
}
/* First index whose record is younger than time_ms; stream->end if none is. */
uint32_t stream_upper(const struct stream *stream, int64_t time_ms);
/* Puts the record after all of the same or an earlier time; returns its index. records_max bounds
 * the room that is taken. */
uint32_t stream_insert(struct stream *stream, const struct record *record, uint32_t records_max);
/* Is the oldest record beyond the retention? */
bool stream_exceeds(const struct stream *stream, uint32_t records_max, int64_t age_max_ms);
/* Sums the oldest record up and returns it; valid until the next change of the stream. has_sums:
 * the values of its records are amounts or durations, and not something else. */
const struct record *stream_drop_oldest(struct stream *stream, bool has_sums);
/* Day number (since 1970, in the zone of packs) of a time. */
int32_t stream_day(int64_t time_ms);

/* ---- peer.c ---- */

/* Hash of a token's low 64 bits into a table of 2^bits slots. Tokens of one partition share their
 * value modulo the number of partitions, so the low bits themselves would collide. */
static inline size_t token_slot(uint64_t low64, unsigned bits)
{
    return (size_t)((low64 * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - bits));
}
/* The peer, or NULL if it is not known. */
struct peer *peer_find(struct page *page, uint64_t low64);
/* Adds a peer that is not known, without any contact; one gives way when peers_max are there. */
struct peer *peer_add(struct page *page, const struct peer_draft *draft, uint32_t peers_max);
/* Notes a contact at time_ms. */
void peer_contact(struct peer *peer, bool is_in, int64_t time_ms);
/* Builds the index and counts the records that name each peer: after reading a page. */
void peer_rebuild(struct page *page);
size_t peer_memory_bytes(const struct page *page);

#endif
