/* random_page.h - seeded lives of an entity: when it calls and pays whom, and how much is kept.
 *
 *     struct prng rng = prng_seed(1, "history");
 *     struct random_life life = random_life(&rng, false);
 *     struct random_record made = random_record(&rng, &life);
 *
 * Small bounds, few peers, moments that collide, days without a record, records that come late:
 * what a year of a city shows once happens here in every trial.
 *
 * Memory:  plain values; a page is freed with page_free.
 * Threads: one owner at a time.
 * Errors:  none.
 */
#ifndef SLUICE_UNIT_RANDOM_PAGE_H
#define SLUICE_UNIT_RANDOM_PAGE_H

#include "connectors/cli/prng.h"
#include "engine/state/page.h"

#include <stdbool.h>
#include <stdint.h>

struct random_life {
    uint8_t entity;
    struct retention retention;
    int64_t now_ms;
    int64_t step_ms; /* longest time between two records */
    uint32_t late_percent;
    int64_t late_ms; /* latest */
    uint32_t peers;
    uint64_t next_id;
};

struct random_record {
    int stream;
    uint64_t peer; /* of random_peer_token; 0: nobody */
    struct record draft;
};

/* Tokens of all peers are the same modulo 64, as those of one partition are. */
struct token random_peer_token(uint64_t peer);
/* forgets: it meets more peers than it may know. */
struct random_life random_life(struct prng *rng, bool forgets);
struct random_record random_record(struct prng *rng, struct random_life *life);
/* Adds so many records of a life to a page. */
void random_records(struct prng *rng, struct random_life *life, struct page *page, int count);
/* A page with something of everything; life is set to how it goes on. */
struct page *random_page(struct prng *rng, struct random_life *life);

#endif
