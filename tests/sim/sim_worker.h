/* sim_worker.h - the workers of the simulator: owners of partitions and readers of raw feeds. They
 * run the product's own partition and ingest code over simulated Kafka and Redis.
 *
 * An owner takes frames, pushes pages, takes answers, sweeps, and resets where a live worker does
 * (connectors/cli/run_engine.c). A reader turns raw records into visits from where its feed was
 * committed (connectors/cli/run_ingest.c).
 *
 * Either may die, at a fault point or of a step that ends its program (sim_poison.h): it jumps out
 * of it, as a signal would end it, has `died`, does nothing more and is to be freed.
 *
 * Memory:  an owner owns partition, link and sender; sim_owner_free is a kill.
 * Threads: one.
 * Errors:  what a live worker would not survive is noted in shared->broken and ends the history.
 */
#ifndef SLUICE_TESTS_SIM_WORKER_H
#define SLUICE_TESTS_SIM_WORKER_H

#include "engine/ingest/ingest.h"
#include "engine/partition.h"
#include "tests/sim/sim_fault.h"
#include "tests/sim/sim_kafka.h"
#include "tests/sim/sim_poison.h"
#include "tests/sim/sim_redis.h"

#include <stdbool.h>

/* What all workers of a history share. */
struct sim_shared {
    const struct settings *settings;
    struct program_source programs;
    struct sim_kafka *kafka;
    struct prng *rng;
    struct ingest *ingest;
    struct sim_fault fault;
    struct sim_poison poison;
    size_t page_bytes_max; /* of a partition; 0: no bound */
    uint64_t resets, resumes, evicted;
    uint64_t failures; /* of what was asked of the store */
    struct err broken;
};

struct sim_owner {
    struct sim_shared *shared;
    uint32_t number;
    struct partition *partition;
    struct sim_link *link;
    struct store store;
    struct sim_sender *sender;
    struct sink sink;
    struct visit_log log;
    struct position position;
    uint32_t release; /* of its program: sim_poison.h */
    bool paused;
    bool died; /* nothing more can be done with it but to free it */
};

struct sim_owner *sim_owner_new(struct sim_shared *shared, uint32_t number,
                                struct sim_master *master);
void sim_owner_free(struct sim_owner *owner);
/* Opens the partition of a new owner from the store. */
void sim_owner_open(struct sim_owner *owner);
/* Applies up to so many frames as one batch. Returns how many, as far as it lived. */
size_t sim_owner_work(struct sim_owner *owner, size_t frames);
void sim_owner_push(struct sim_owner *owner, enum flush_how how);
/* Takes all answers that are there; a conflict resets. Returns whether there was one. */
bool sim_owner_take_answers(struct sim_owner *owner);
void sim_owner_sweep(struct sim_owner *owner);
/* The connection was lost and is there again, to this master: goes on from memory, if it may. */
void sim_owner_reconnect(struct sim_owner *owner, struct sim_master *master);
/* Everything taken, acknowledged and in the store. */
bool sim_owner_is_idle(const struct sim_owner *owner);

/* A raw feed: its records, and how far its group has come. */
struct sim_feed {
    uint32_t source;
    struct sim_log records; /* with the stamp of each message */
    uint64_t committed;
};

struct sim_reader {
    struct sim_shared *shared;
    struct sim_feed *feed;
    uint64_t next;
    struct sim_sender *sender;
    struct visit visit;
    bool died;
};

struct sim_reader *sim_reader_new(struct sim_shared *shared, struct sim_feed *feed);
void sim_reader_free(struct sim_reader *reader);
/* Takes the next record; false if there is none. */
bool sim_reader_work(struct sim_reader *reader);
void sim_reader_commit(struct sim_reader *reader);

#endif
