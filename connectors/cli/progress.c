#include "connectors/cli/progress.h"

#include <inttypes.h>
#include <stdio.h>

#define LOOKED_EVERY 1024 /* records: asking the clock costs more than counting */
#define SHOWN_EVERY_S 0.5
#define LEAST_S 0.001

static double seconds_between(const struct timespec *from, const struct timespec *to)
{
    return (double)(to->tv_sec - from->tv_sec) + (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

void progress_begin(struct progress *progress, const char *command, bool on)
{
    *progress = (struct progress){.command = command, .on = on};
    (void)clock_gettime(CLOCK_MONOTONIC, &progress->began);
    progress->shown_at = progress->began;
}

void progress_step(struct progress *progress)
{
    struct timespec now;
    progress->count++;
    if (!progress->on || progress->count % LOOKED_EVERY != 0) {
        return;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    double seconds = seconds_between(&progress->shown_at, &now);
    if (seconds < SHOWN_EVERY_S) {
        return;
    }
    (void)fprintf(stderr, "\r\033[K%s: %" PRIu64 " records, %.0f a second", progress->command,
                  progress->count, (double)(progress->count - progress->shown_count) / seconds);
    progress->shown = true;
    progress->shown_at = now;
    progress->shown_count = progress->count;
}

void progress_end(struct progress *progress)
{
    if (progress->shown) {
        (void)fprintf(stderr, "\r\033[K"); /* to the beginning of the line, which is emptied */
        progress->shown = false;
    }
}

double progress_seconds(const struct progress *progress)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    double seconds = seconds_between(&progress->began, &now);
    return seconds > LEAST_S ? seconds : LEAST_S;
}
