/* random_kept.h - seeded visits that a page keeps: payments that came in, judged some time ago.
 *
 *     struct prng rng = prng_seed(7, "page");
 *     random_kept_visits(&rng, page);
 *
 * Memory:  in the page.
 * Threads: one.
 * Errors:  none.
 */
#ifndef SLUICE_UNIT_RANDOM_KEPT_H
#define SLUICE_UNIT_RANDOM_KEPT_H

#include "connectors/cli/prng.h"
#include "engine/state/page.h"

void random_kept_visits(struct prng *rng, struct page *page);

#endif
