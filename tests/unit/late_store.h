/* late_store.h - a store in memory that executes calls when it is told to, and keeps every version.
 *
 *     struct store store = late_store_begin(&late);
 *     partition_push(p, acked_lsn, now_ms, FLUSH_ALL, &err);    the call is on its way
 *     late_store_execute(&late);                                 and executed; its answer is on its
 * way late_store_answers(&late);                                 and can be taken
 *     late_store_crash(&late, 2);                                of what is on its way two calls
 * arrive
 *
 * Reading waits for all calls before it, as on one connection. Each call that was executed without
 * a conflict made a version, and the store after the first so many of them can be had again:
 *
 *     store = late_store_version(&late, n);
 *
 * Memory:  owns copies of all calls until late_store_end.
 * Threads: one.
 * Errors:  none; what goes wrong fails the test.
 */
#ifndef SLUICE_UNIT_LATE_STORE_H
#define SLUICE_UNIT_LATE_STORE_H

#include "tests/support/store_call.h"

#include <stdbool.h>
#include <stddef.h>

struct late_store {
    struct store_file *file, *past;
    struct store_call *calls; /* those executed, then those on their way */
    size_t executed, count, cap;
    size_t past_version;
    struct store_answer *answers; /* taken, then to be had, then on their way */
    size_t answer_taken, answer_there, answer_count, answer_cap;
    size_t due_asked, loads_asked; /* how often timers were, and pages by their tokens */
    bool prompt;                   /* asked for an answer, it executes what it takes */
};

struct store late_store_begin(struct late_store *late);
void late_store_end(struct late_store *late);
/* Executes the oldest call that waits, if there is one. */
void late_store_execute(struct late_store *late);
/* The answers to all calls executed so far arrive. */
void late_store_answers(struct late_store *late);
/* The owner is gone; of what it sent, the first `arrive` calls are executed all the same. */
void late_store_crash(struct late_store *late, size_t arrive);
size_t late_store_waiting(const struct late_store *late);
/* The content after the first n versions, only to be read; n does not fall. */
struct store late_store_version(struct late_store *late, size_t n);

#endif
