/* sim_check.h - is what a history left behind what a plain replay of its logs gives?
 *
 * I1, I2  every id, with one content, and no other;
 * I3, I5  each version of Redis is a place to recover from: header at W, pages, chunks and timers;
 * I8      what was fetched was applied, included, a duplicate or under quarantine, and each visit
 * that a step sent and each raw record was taken once.
 *
 * Memory:  none is kept.
 * Threads: one.
 * Errors:  -1 with err: the first thing that is not so.
 */
#ifndef SLUICE_TESTS_SIM_CHECK_H
#define SLUICE_TESTS_SIM_CHECK_H

#include "tests/sim/sim_world.h"

struct sim_check_counts {
    uint64_t versions, pages, outputs, copies, requests, marks, visits, duplicates, included,
        quarantined;
};

/* After sim_world_run; adds to counts. */
int sim_check(struct sim_world *world, struct sim_check_counts *counts, struct err *err);

#endif
