/* mutate.h - changes a text as bad feeds do: a byte replaced, added, dropped, a piece repeated.
 *
 *     struct prng rng = prng_seed(1, "mutations");
 *     mutate_bytes(&line, &rng);
 *
 * The same seed gives the same changes on every machine.
 *
 * Memory:  changes the caller's buffer.
 * Threads: one owner at a time.
 * Errors:  none; the text must not be empty, and never becomes so.
 */
#ifndef SLUICE_UNIT_MUTATE_H
#define SLUICE_UNIT_MUTATE_H

#include "connectors/cli/prng.h"
#include "engine/base/str.h"

/* One change. Bytes that mean something in JSON are likelier than others. */
void mutate_bytes(struct buf *text, struct prng *rng);

#endif
