/* episode.h - the one open warning per subject and typology.
 *
 * It opens when a tier is first reached, a higher tier updates it, and it closes a while after its
 * last firing, or when a person has said how it ended. A person may also correct its tier: that
 * stands until a rule fires that had not in this episode, so a page keeps which have.
 *
 *     urgent, corrected to medium: the rules that made it urgent are evidence from now on;
 *     the first firing of another one is a warning again, if the points make more than medium
 *
 * Memory:  in the page.
 * Threads: the owner of the page.
 * Errors:  none; a page holds PAGE_EPISODES_MAX, the one that closes first gives way, and
 *          PAGE_EPISODE_RULES_MAX rules, the one that fired first gives way.
 */
#ifndef SLUICE_EVAL_EPISODE_H
#define SLUICE_EVAL_EPISODE_H

#include "engine/eval/program.h"
#include "engine/state/page.h"

#include <stdbool.h>
#include <stdint.h>

enum episode_change { EPISODE_NONE, EPISODE_EVIDENCE, EPISODE_OPENED, EPISODE_RAISED };

/* A visit at which rules of a typology fired. */
struct episode_firing {
    int64_t t;
    uint8_t tier;              /* of the typology after it */
    struct token opener;       /* id of the episode that it would open */
    const uint64_t *rule_keys; /* that fired */
    uint32_t rule_count;
};

struct episode_taken {
    enum episode_change change;
    /* A copy of the episode that the visit belongs to (also one that the page does not keep); its
     * warning_id is set when a warning is due (OPENED, RAISED). */
    struct episode episode;
    bool forgot; /* a rule gave way that had fired in an open episode: it will count as new there */
};

/* Would a new episode of this typology take the place of one that is open at t? */
bool episode_is_crowded(const struct page *page, uint64_t typology_key, int64_t t);
void episode_take(struct page *page, const struct typology *typology,
                  const struct episode_firing *firing, struct episode_taken *taken);
/* An outcome of time t about a typology. It closes the episode that is open then, at t or at its
 * last firing if that is later, and ends the points that led to it; and it says how the warnings
 * about the typology up to then ended. episode_key: low 64 bits of the one episode that is meant,
 * of which nothing else is closed; 0: whichever is open. */
void episode_close(struct page *page, uint64_t typology_key, uint64_t episode_key, int64_t t);
/* A person's word of time t that the tier is another one. What episode_close() would close has this
 * tier from now on: the episode, its warnings, and those of others up to t. */
void episode_correct(struct page *page, uint64_t typology_key, uint64_t episode_key, int64_t t,
                     uint8_t tier);
/* The episode of a typology that is open at t, or NULL. */
const struct episode *episode_open(const struct page *page, uint64_t typology_key, int64_t t);
/* Is the episode of an own warning's record open at t? One that has opened since is another one. */
bool episode_has_open(const struct page *page, const struct record *warning, int64_t t);
/* Highest tier over the episodes open at t. */
uint8_t episode_subject_tier(const struct page *page, int64_t t);

#endif
