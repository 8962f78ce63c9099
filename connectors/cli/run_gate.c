#include "connectors/cli/run_gate.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

bool run_gate_set(struct run_gate *gate, const char *why, int64_t now_ms)
{
    if (why != NULL && gate->why == NULL) {
        gate->since_ms = now_ms;
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
