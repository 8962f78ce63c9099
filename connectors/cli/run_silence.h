/* run_silence.h - brokers answer, and acknowledge nothing of a topic: a worker says so once, and
 * once when it is over.
 *
 *     if (run_silence_set(&silence, "decisions", since_ms, false, now_ms)) { .. silence.line .. }
 *
 * So it is when a partition has no leader, or fewer copies in sync than min.insync.replicas.
 * Brokers that do not answer at all are another message (run_probe.h): while they are away, and for
 * a moment after it, nothing is said here.
 *
 * Memory:  a plain value.
 * Threads: one owner.
 * Errors:  none.
 */
#ifndef SLUICE_CLI_RUN_SILENCE_H
#define SLUICE_CLI_RUN_SILENCE_H

#include <stdbool.h>
#include <stdint.h>

#define RUN_SILENCE_SAY_MS 10000
#define RUN_SILENCE_LINE_BYTES 240

struct run_silence {
    int64_t said_ms; /* the silence that was said began then; 0: none was */
    int64_t back_ms; /* brokers were away until then */
    char line[RUN_SILENCE_LINE_BYTES];
};

/* Nothing of `topic` has been acknowledged since since_ms, 0: nothing waits. True if `line` is to
 * be said now. */
bool run_silence_set(struct run_silence *silence, const char *topic, int64_t since_ms, bool away,
                     int64_t now_ms);

#endif
