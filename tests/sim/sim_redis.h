/* sim_redis.h - Redis as the protocol sees it: one master a partition, connections whose calls
 * arrive late or never, and fail-overs that leave a prefix of the calls.
 *
 *     link = sim_link_open(master);  struct store store = sim_link_store(link);
 *     partition_push(p, ..);                       calls are on their way
 *     sim_link_execute(link, 2);                   two of them are executed
 *     sim_link_answer_all(link);                   and their answers arrive
 *     sim_master_cut(master, n);                   Redis is as it was after its first n calls
 *
 * Reading waits for all calls before it, as on one connection.
 *
 * Memory:  a master owns copies of the calls that it executed; a link those that are on their way.
 * Threads: one.
 * Errors:  none.
 */
#ifndef SLUICE_TESTS_SIM_REDIS_H
#define SLUICE_TESTS_SIM_REDIS_H

#include "engine/store.h"

#include <stdbool.h>
#include <stddef.h>

struct sim_master;
struct sim_master *sim_master_new(void);
void sim_master_free(struct sim_master *master);
/* Versions so far: what is there after the first n calls, n from 0 to this. */
size_t sim_master_versions(const struct sim_master *master);
/* Only so many are there any more; what it had is one of those that ended. */
void sim_master_cut(struct sim_master *master, size_t versions);
/* The other side of a split ends, and belongs to this one from then on. */
void sim_master_end(struct sim_master *master, struct sim_master *loser);
/* Histories that ended; of one its first `kept` versions are those of the master that went on. */
size_t sim_master_ended(const struct sim_master *master);
struct sim_master *sim_master_ended_at(const struct sim_master *master, size_t i, size_t *kept);
/* Another master with the first calls of this one. */
struct sim_master *sim_master_fork(const struct sim_master *master, size_t versions);
/* The content after n calls, to be read until the next call of this; n does not fall. */
struct store sim_master_version(struct sim_master *master, size_t n);

struct sim_link;
struct sim_link *sim_link_open(struct sim_master *master);
/* What is on its way is lost. */
void sim_link_close(struct sim_link *link);
struct store sim_link_store(struct sim_link *link);
/* Calls not executed; answers not taken. */
size_t sim_link_calls(const struct sim_link *link);
size_t sim_link_answers(const struct sim_link *link);
void sim_link_execute(struct sim_link *link, size_t count);
/* The n-th thing that is asked of it from now on fails, because the connection breaks there: of the
 * calls on their way `executed` arrive before, and no answer does. */
void sim_link_break(struct sim_link *link, uint32_t n, size_t executed);
/* What is on its way when the connection breaks or ends is executed all the same, one call with
 * each question that anybody asks of the master, after the next `skip` of them. */
void sim_link_linger(struct sim_link *link, size_t skip);
/* The connection breaks: what is on its way is lost, in both directions; the next calls go to this
 * master. */
void sim_link_turn(struct sim_link *link, struct sim_master *master);
struct sim_master *sim_link_master(const struct sim_link *link);

#endif
