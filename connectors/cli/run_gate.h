/* run_gate.h - a worker that takes nothing more because a bound is reached: says so once, and once
 * when it goes on.
 *
 *     if (run_gate_set(&gate, "Redis is behind", now_ms)) { .. gate.line goes to standard error ..
 * }
 *
 * Under load a bound is reached and left many times a second, which is what bounds are for; a
 * worker that stands for a second is worth a person's look.
 *
 * Memory:  a plain value.
 * Threads: one owner.
 * Errors:  none.
 */
#ifndef SLUICE_CLI_RUN_GATE_H
#define SLUICE_CLI_RUN_GATE_H

#include <stdbool.h>
#include <stdint.h>

#define RUN_GATE_SAY_MS 1000
/* What lies fetched is dropped when the group is answered: not for a bound that is left at once. */
#define RUN_GATE_KEEP_AFTER_MS 2000
#define RUN_GATE_KEEP_EVERY_MS 200
#define RUN_GATE_LINE_BYTES 160

struct run_gate {
    const char *why;  /* NULL: open */
    int64_t since_ms; /* closed since */
    int64_t keep_ms;  /* when the group is to be answered next */
    bool said;
    char line[RUN_GATE_LINE_BYTES];
};

/* why: the bound that is reached; NULL: none. True if `line` is to be said now. */
bool run_gate_set(struct run_gate *gate, const char *why, int64_t now_ms);
/* It stands for so long that the group is to be answered now (kafka_in_keep). */
bool run_gate_keeps(struct run_gate *gate, int64_t now_ms);

#endif
