/* run_packs.h - the packs of `sluice run`: a thread that follows the topic `packs` and compiles
 * what comes, so that a pack is ready when a partition meets its activation.
 *
 *     packs = run_packs_start(&settings, configured.program, &err);
 *     struct program_source programs = {packs, run_packs_find};        of every engine worker
 *
 * Memory:  owns the consumer and the programs that it compiled, which live as long as it; the configured
 *          program is the caller's.
 * Threads: open, follow and close from one thread; find from any (pack_shelf.h).
 * Errors:  a record that is no pack, or does not compile, is said by name on stderr and passed over:
 *          what is active stays so. Brokers away: it keeps trying.
 */
#ifndef SLUICE_CLI_RUN_PACKS_H
#define SLUICE_CLI_RUN_PACKS_H

#include "engine/base/err.h"
#include "engine/eval/program.h"
#include "engine/ingest/tagger.h"
#include "engine/settings.h"

#include <stdint.h>

struct run_packs;
/* Reads the topic to its end. For a pack that is not there run_packs_find waits at most wait_ms. */
struct run_packs *run_packs_open(const char *command, const struct settings *settings,
                                 const struct program *configured, int64_t wait_ms,
                                 struct err *err);
/* Goes on reading in a thread of its own. */
void run_packs_follow(struct run_packs *packs);
/* The program of this hash, NULL if it is not here in time; self is a struct run_packs. */
const struct program *run_packs_find(void *self, const uint8_t *hash);
/* What finds the tags of the pack that was published last (pack_shelf_tagger). */
const struct tagger *run_packs_tagger(struct run_packs *packs);
/* Whoever waits for a pack waits no more. */
void run_packs_end_waits(struct run_packs *packs);
/* When nobody uses a program any more. */
void run_packs_close(struct run_packs *packs);

#endif
