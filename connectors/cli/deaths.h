/* deaths.h - which steps have ended this program, from one life of a process to the next.
 *
 * "Step 2 of frame 4711 of partition 3 raised SIGSEGV the last two times: not a third time."
 *
 *     deaths = deaths_open(&settings, &err);                 what earlier lives of this process
 * died of const struct death *step = deaths_repeated(deaths, i);   .. for each: into the topic
 * `skips`, then deaths_forget(deaths, &err); deaths_watch(deaths); from here on deaths are noted
 *     deaths_watch_thread(deaths, &worker->position);        in each worker's thread
 *
 * Only a death by a signal that the step itself raised counts (a broken must(), a wrong pointer),
 * never a kill from outside, and only of this very program over this log: another program may
 * survive what the last one did not. A death is one record that the handler of the signal appends
 * to a file of the process; the kernel has it from then on.
 *
 * Memory:  deaths_open allocates all; a handler allocates nothing.
 * Threads: open, forget, watch and close from one thread; watch_thread and end_thread from the thread that is meant.
 * Errors:  with path and setting if the file cannot be kept: ERR_OUTSIDE if there is no room, else ERR_USAGE. What is no record in it is passed over. A death
 *          that cannot be written is not noted: the step gets one more try.
 */
#ifndef SLUICE_CLI_DEATHS_H
#define SLUICE_CLI_DEATHS_H

#include "engine/base/err.h"
#include "engine/position.h"
#include "engine/settings.h"

#include <stddef.h>
#include <stdint.h>

#define DEATHS_ENOUGH 2

/* As it stands in the file. */
struct death {
    uint8_t magic[8];
    uint8_t whose[16]; /* of which program, over which log */
    uint64_t lsn;
    struct token entity;
    uint32_t partition;
    uint32_t signal;
};
_Static_assert(sizeof(struct death) == 56, "stored as it is, without padding");

struct deaths;
struct deaths *deaths_open(const struct settings *settings, struct err *err);
void deaths_close(struct deaths *deaths);
/* The i-th step that ended this program DEATHS_ENOUGH times, or but once; NULL: there are no more.
 */
const struct death *deaths_repeated(const struct deaths *deaths, size_t i);
const struct death *deaths_single(const struct deaths *deaths, size_t i);
/* Leaves in the file what ended this program once: the rest is known elsewhere, or never asked for
 * again. -1: the file is as it was, and says at the next start once more what it says now. */
int deaths_forget(struct deaths *deaths, struct err *err);
void deaths_watch(struct deaths *deaths);
void deaths_watch_thread(struct deaths *deaths, struct position *at);
void deaths_end_thread(void);
/* "SIGSEGV" */
const char *deaths_signal_text(uint32_t signal);

#endif
