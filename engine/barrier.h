/* barrier.h - which steps of a partition still have outputs that Kafka has not acknowledged.
 *
 * A page may be flushed, and a checkpoint may move, only past steps whose outputs are acknowledged:
 *
 *     uint64_t ticket = barrier_open(&barrier, lsn);      a warning of this step was handed over
 *     barrier_close(&barrier, ticket);                    it is acknowledged
 *     uint64_t acked = barrier_acked_lsn(&barrier, next); the oldest step that still waits, or next
 *
 * A step counts as a whole: it waits as long as one of its outputs does. See docs/protocol.md, I5.
 *
 * Memory:  a ring of at most BARRIER_RING_SLACK places for each step from the oldest that waits to the newest, or of
 *          BARRIER_RING_LEAST; freed by barrier_fini.
 * Threads: the owner of the partition only.
 * Errors:  none; a ticket closed twice, or of a step that is no longer there, is a bug and trips must().
 */
#ifndef SLUICE_BARRIER_H
#define SLUICE_BARRIER_H

#include <stddef.h>
#include <stdint.h>

#define BARRIER_RING_LEAST 256
#define BARRIER_RING_SLACK 4

struct barrier_step {
    uint64_t lsn;
    uint32_t waiting;
};

struct barrier {
    struct barrier_step *ring;
    size_t cap;     /* a power of two, or 0 */
    uint64_t first; /* ticket of the oldest step in the ring */
    uint64_t next;  /* ticket of the next new step */
};

void barrier_fini(struct barrier *barrier);
/* lsns do not fall. Outputs of the same step share a ticket. */
uint64_t barrier_open(struct barrier *barrier, uint64_t lsn);
void barrier_close(struct barrier *barrier, uint64_t ticket);
/* All outputs of steps below it are acknowledged; next_lsn if none waits. */
uint64_t barrier_acked_lsn(const struct barrier *barrier, uint64_t next_lsn);
/* Steps that wait. */
size_t barrier_waiting(const struct barrier *barrier);

#endif
