/* progress.h - how far a long command is, on one line of a terminal that is written over.
 *
 *     struct progress progress;
 *     progress_begin(&progress, "sluice replay", isatty(STDERR_FILENO));
 *     while (...) { progress_step(&progress); }
 *     progress_end(&progress);                  the line goes away
 *
 * Memory:  a plain value.
 * Threads: one.
 * Errors:  none.
 */
#ifndef SLUICE_CLI_PROGRESS_H
#define SLUICE_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct progress {
    const char *command;
    bool on, shown;
    uint64_t count, shown_count;
    struct timespec began, shown_at;
};

/* on: somebody is looking. */
void progress_begin(struct progress *progress, const char *command, bool on);
/* One more record. */
void progress_step(struct progress *progress);
void progress_end(struct progress *progress);
/* Since the beginning; never 0. */
double progress_seconds(const struct progress *progress);

#endif
