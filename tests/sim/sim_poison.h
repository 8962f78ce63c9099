/* sim_poison.h - steps that end the program: which they are, what their deaths leave behind, what
 * is under quarantine.
 *
 *     if (sim_poison_kills(poison, owner->release, &position)) { .. the process dies in the step ..
 * } sim_poison_start(poison, release, partition);         a process starts: whoever died twice is
 * passed over
 *
 * In some histories one step of a few dozen is poison, wherever it is met: of the same program
 * every owner dies there. The program that comes later survives, and passes over what is under
 * quarantine all the same.
 *
 * Memory:  owns its rows until sim_poison_fini.
 * Threads: one.
 * Errors:  sim_poison_check: -1 with err for a step under quarantine that was no poison.
 */
#ifndef SLUICE_TESTS_SIM_POISON_H
#define SLUICE_TESTS_SIM_POISON_H

#include "engine/base/err.h"
#include "engine/position.h"
#include "engine/skips.h"

#include <stdbool.h>
#include <stdint.h>

struct sim_death {
    struct skip step;
    uint32_t count;
};

struct sim_poison {
    uint64_t seed;
    uint32_t rarity;    /* one step of so many; 0: there is no poison */
    uint32_t release;   /* of the program that starts next; from 1 on it survives */
    int release_at;     /* the action with which it comes */
    bool release_heals; /* if not before, it comes with the healing; else the quarantine must do */
    struct sim_death *deaths; /* of release 0: the files of its processes */
    size_t death_count, death_cap;
    struct skips skips; /* the topic */
    uint64_t died;
};

void sim_poison_init(struct sim_poison *poison, uint64_t seed, int actions);
void sim_poison_fini(struct sim_poison *poison);
/* Does a program of this release die in the step? Notes the death. */
bool sim_poison_kills(struct sim_poison *poison, uint32_t release, const struct position *at);
/* Before a process of this release opens the partition: what it died of twice goes into the topic.
 */
void sim_poison_start(struct sim_poison *poison, uint32_t release, uint32_t partition);
int sim_poison_check(const struct sim_poison *poison, struct err *err);

#endif
