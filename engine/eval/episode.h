/* episode.h - the one open warning per subject and typology.
 *
 * It opens when a tier is first reached, a higher tier updates it, and it closes a while after its
 * last firing, or when a person has said how it ended.
 *
 * Memory:  in the page.
 * Threads: the owner of the page.
 * Errors:  none; a page holds PAGE_EPISODES_MAX, the one that closes first gives way.
 */
#ifndef SLUICE_EVAL_EPISODE_H
#define SLUICE_EVAL_EPISODE_H

#include "engine/eval/program.h"
#include "engine/state/page.h"

#include <stdbool.h>
#include <stdint.h>

enum episode_change { EPISODE_NONE, EPISODE_EVIDENCE, EPISODE_OPENED, EPISODE_RAISED };

/* Takes a firing at t with the typology's tier after it. `opener` is the id of an episode that this
 * event would open. *episode is a copy of the episode that the event belongs to (also one that the
 * page does not keep); its warning_id is set when a warning is due (OPENED, RAISED). */
/* Would a new episode of this typology take the place of one that is open at t? */
bool episode_is_crowded(const struct page *page, uint64_t typology_key, int64_t t);
enum episode_change episode_take(struct page *page, const struct typology *typology, int64_t t,
                                 uint8_t tier, const struct token *opener, struct episode *episode);
/* An outcome of time t about a typology. It closes the episode that is open then, at t or at its
 * last firing if that is later, and ends the points that led to it; and it says how the warnings
 * about the typology up to then ended. episode_key: low 64 bits of the one episode that is meant,
 * of which nothing else is closed; 0: whichever is open. */
void episode_close(struct page *page, uint64_t typology_key, uint64_t episode_key, int64_t t);
/* The episode of a typology that is open at t, or NULL. */
const struct episode *episode_open(const struct page *page, uint64_t typology_key, int64_t t);
/* Is the episode of an own warning's record open at t? One that has opened since is another one. */
bool episode_has_open(const struct page *page, const struct record *warning, int64_t t);
/* Highest tier over the episodes open at t. */
uint8_t episode_subject_tier(const struct page *page, int64_t t);

#endif
