#include "tests/unit/random_kept.h"

#include "engine/state/kept.h"

#include <string.h>

#define NEWEST_MS INT64_C(1772416800000)

void random_kept_visits(struct prng *rng, struct page *page)
{
    struct kept_visit visit = {.leg = LEG_PAYEE, .triggers = 1, .has_hand = true};
    struct event event;
    struct buf bytes = {0};
    struct buf scratch = {0};
    for (uint32_t left = prng_below(rng, KEPT_VISITS_MAX + 2); left > 0; left--) {
        event_clear(&event);
        event.kind = EVENT_TRANSACTION;
        event.phase = PHASE_INITIATED;
        event.party[PARTY_TO].token = page->token;
        event.party[PARTY_TO].entity = ENTITY_ACCOUNT;
        event.time_ms = prng_between(rng, 0, NEWEST_MS);
        event.judged_ms = event.time_ms;
        event.id_len = (uint8_t)prng_below(rng, sizeof event.id);
        memset(event.id, 'p', event.id_len);
        buf_clear(&bytes);
        event_encode(&bytes, &event);
        visit.event = &event;
        visit.judged_ms = event.judged_ms;
        visit.event_bytes = buf_str(&bytes);
        visit.pack_key = prng_next(rng);
        visit.arrivals = (uint16_t)prng_next(rng);
        visit.carried[prng_below(rng, KEPT_CARRIED_MAX)] = prng_between(rng, 0, NEWEST_MS);
        visit.points_count = prng_below(rng, 3);
        visit.fired_count = prng_below(rng, 4);
        kept_add(page, &visit, &scratch);
    }
    buf_fini(&bytes);
    buf_fini(&scratch);
}
