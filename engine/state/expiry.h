/* expiry.h - when a page has nothing more to say, and is forgotten.
 *
 * Someone paid once into account 6222..1234, 400 days ago, and nobody since: what is still known of
 * it decides nothing any more, and the page goes.
 *
 *     if (expiry_due_ms(page, settings->engine_expiry_ms) <= clock_ms) {
 *         page_forget(page, lsn + 1);
 *     }
 *
 * Memory:  looks at the caller's page, keeps nothing.
 * Threads: the owner of the partition only.
 * Errors:  none.
 */
#ifndef SLUICE_STATE_EXPIRY_H
#define SLUICE_STATE_EXPIRY_H

#include "engine/state/page.h"

#include <stdint.h>

/* From when on the page is spent: expiry_ms after the latest of its newest event and the ends of
 * its points, episodes, overrides and list entries, rounded up so that it seldom changes.
 * TIME_NEVER for a page of which the directory knows something, or that is on a list without an
 * end, and for one that no event has reached. A page that waits is not spent: it is looked at when
 * the first of its waits is due. A function of the page alone. */
int64_t expiry_due_ms(const struct page *page, int64_t expiry_ms);

#endif
