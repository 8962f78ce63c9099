#include "connectors/cli/run_silence.h"

#include <inttypes.h>
#include <stdio.h>

bool run_silence_set(struct run_silence *silence, const char *topic, int64_t since_ms, bool away,
                     int64_t now_ms)
{
    if (away) {
        silence->back_ms = now_ms;
        return false;
    }
    bool was_said = silence->said_ms != 0;
    int64_t counted_ms = since_ms > silence->back_ms || was_said ? since_ms : silence->back_ms;
    bool silent = since_ms != 0 && now_ms - counted_ms >= RUN_SILENCE_SAY_MS;
    if (silent == was_said) {
        return false;
    }
    if (!silent) {
        (void)snprintf(silence->line, sizeof silence->line,
                       "Kafka acknowledges again, after %" PRId64 " s",
                       (now_ms - silence->said_ms) / 1000);
        silence->said_ms = 0;
        return true;
    }
    silence->said_ms = since_ms;
    (void)snprintf(silence->line, sizeof silence->line,
                   "Kafka has acknowledged nothing of %s for %" PRId64
                   " s, and its messages wait; has each partition a leader, and as many copies in "
                   "sync as min.insync.replicas says?",
                   topic, (now_ms - since_ms) / 1000);
    return true;
}
