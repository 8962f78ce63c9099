/* sim_world.h - one history: ordinary life and faults in a seeded order, then healing.
 *
 *     world = sim_world_new(seed, packs, 1500, false);
 *     sim_world_run(world, &err);                          and everything is drained
 *     sim_check(world, &counts, &err);
 *
 * Every action is small and atomic: a worker takes some frames, a message lands, a call is
 * executed, a process dies. Their weights are drawn anew every hundred actions, so that histories
 * differ in what is fast, slow and broken in them. The faults are those of docs/protocol.md section
 * 6 that need no real process: kills, paused and second owners, lost replies, Redis that goes back,
 * an old master that somebody still talks to, producers that are made anew, slow second readers,
 * activations that come again, steps that end the program.
 *
 * Memory:  owns all; packs are borrowed.
 * Threads: one.
 * Errors:  sim_world_run: -1 with err when a worker would have ended, or nothing comes to rest.
 */
#ifndef SLUICE_TESTS_SIM_WORLD_H
#define SLUICE_TESTS_SIM_WORLD_H

#include "tests/sim/sim_worker.h"

#define SIM_PACKS 2
#define SIM_FEEDS 3 /* the directory, calls, payments */
#define SIM_OWNERS_MAX 2
#define SIM_READERS_MAX 2

struct sim_world {
    uint64_t seed;
    int actions;  /* of its length */
    bool trace;   /* each action on standard output */
    bool forgets; /* entities, within the history */
    struct prng rng;
    struct settings settings;
    const struct program *packs[SIM_PACKS];
    struct sim_kafka kafka;
    struct directory *directory;
    struct ingest *ingest;
    struct sim_shared shared;
    struct sim_master *masters[SIM_PARTITIONS];
    struct sim_master *olds[SIM_PARTITIONS]; /* on the other side of a split; NULL: there is none */
    struct sim_owner *owners[SIM_PARTITIONS][SIM_OWNERS_MAX];
    struct sim_feed feeds[SIM_FEEDS];
    struct sim_reader *readers[SIM_FEEDS][SIM_READERS_MAX];
    uint64_t pack_number, activated[SIM_PARTITIONS];
    uint64_t records; /* made so far */
};

struct sim_world *sim_world_new(uint64_t seed, const struct program *const *packs, int length,
                                bool trace);
void sim_world_free(struct sim_world *world);
int sim_world_run(struct sim_world *world, struct err *err);
/* Pages evicted so far. */
uint64_t sim_world_evicted(const struct sim_world *world);

#endif
