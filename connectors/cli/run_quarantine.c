#include "connectors/cli/run_quarantine.h"

#include "connectors/cli/skip_topic.h"
#include "engine/base/clock.h"
#include "engine/frame.h"

#include <inttypes.h>
#include <stdio.h>

static void say(const char *command, const struct death *death, const char *what)
{
    char entity[TOKEN_HEX_BYTES];
    hex_encode(entity, death->entity.bytes, TOKEN_BYTES);
    (void)fprintf(stderr,
                  "%s: the step of entity %s at partition %" PRIu32 ", frame %" PRIu64
                  ", lsn %" PRIu64 " has ended this program (%s) %s\n",
                  command, entity, death->partition, lsn_offset(death->lsn), death->lsn,
                  deaths_signal_text(death->signal), what);
}

int run_quarantine(const struct settings *settings, const char *command, struct deaths *deaths,
                   struct err *err)
{
    const struct death *death = NULL;
    for (size_t i = 0; (death = deaths_single(deaths, i)) != NULL; i++) {
        say(command, death, "once; if it does so again, it is put under quarantine");
    }
    for (size_t i = 0; (death = deaths_repeated(deaths, i)) != NULL; i++) {
        struct skip skip = {.epoch = (uint64_t)settings->visits_epoch,
                            .lsn = death->lsn,
                            .partition = death->partition,
                            .entity = death->entity};
        struct skip_cause cause = {deaths_signal_text(death->signal), settings->process_name,
                                   clock_unix_ms()};
        if (skip_topic_write(settings, &skip, &cause, err) != 0) {
            return -1;
        }
        say(command, death,
            "twice: QUARANTINE. It is passed over from now on, here and in every replay, and "
            "becomes a dead letter with the reason quarantined; keep core, log and dead letter, "
            "and see docs/operations.md, \"A step that ends the program\"");
    }
    return deaths_forget(deaths, err);
}
