#include "connectors/cli/run_gate.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

bool run_gate_set(struct run_gate *gate, const char *why, int64_t now_ms)
{
    if (why != NULL && gate->why == NULL) {
        gate->since_ms = now_ms;
        gate->keep_ms = now_ms + RUN_GATE_KEEP_AFTER_MS;
    }
    bool was_said = gate->said;
    int64_t stood_ms = now_ms - gate->since_ms;
    gate->why = why;
    gate->said = why != NULL && (was_said || stood_ms >= RUN_GATE_SAY_MS);
    if (gate->said == was_said) {
        return false;
    }
    if (gate->said) {
        (void)snprintf(gate->line, sizeof gate->line, "takes nothing more: %s", why);
    } else {
        (void)snprintf(gate->line, sizeof gate->line, "goes on after %" PRId64 ".%" PRId64 " s",
                       stood_ms / 1000, stood_ms % 1000 / 100);
    }
    return true;
}

bool run_gate_keeps(struct run_gate *gate, int64_t now_ms)
{
    if (gate->why == NULL || now_ms < gate->keep_ms) {
        return false;
    }
    gate->keep_ms = now_ms + RUN_GATE_KEEP_EVERY_MS;
    return true;
}
