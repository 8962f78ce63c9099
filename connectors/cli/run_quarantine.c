#include "connectors/cli/run_quarantine.h"

#include "connectors/cli/skip_topic.h"
#include "engine/base/clock.h"
#include "engine/frame.h"

#include <inttypes.h>
#include <stdbool.h>
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

/* Another process, with another program, may have survived the step meanwhile: what came of it is
 * out then, and a skip would deny it. */
static int has_passed(const struct settings *settings, struct store *store,
                      const struct death *death, bool *passed, struct err *err)
{
    struct store_checkpoint at;
    *passed = false;
    if (death->partition >= (uint64_t)settings->visits_partitions) {
        return 0; /* opening the log says what is wrong */
    }
    if (store->open(store->self, death->partition, &at, NULL, NULL, err) != 0) {
        return -1;
    }
    *passed = at.found && lsn_offset(death->lsn) < at.w;
    return 0;
}

/* Into the topic, acknowledged. */
static int put(const struct settings *settings, const char *command, const struct death *death,
               struct err *err)
{
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
    return 0;
}

int run_quarantine(const struct settings *settings, const char *command, struct deaths *deaths,
                   struct store *store, struct err *err)
{
    const struct death *death = NULL;
    for (size_t i = 0; (death = deaths_single(deaths, i)) != NULL; i++) {
        say(command, death, "once; if it does so again, it is put under quarantine");
    }
    for (size_t i = 0; (death = deaths_repeated(deaths, i)) != NULL; i++) {
        bool passed = false;
        if (has_passed(settings, store, death, &passed, err) != 0 ||
            (!passed && put(settings, command, death, err) != 0)) {
            return -1;
        }
        if (passed) {
            say(command, death,
                "twice; its partition has passed it since, by another program perhaps, so it is "
                "not put under quarantine");
        }
    }
    struct err unkept;
    if (deaths_forget(deaths, &unkept) != 0) {
        (void)fprintf(stderr, "%s: %s\n", command, unkept.text);
    }
    return 0;
}
