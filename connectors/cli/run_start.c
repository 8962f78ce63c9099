#include "connectors/cli/run_start.h"

#include "connectors/cli/activation.h"
#include "connectors/cli/pack_topic.h"
#include "connectors/cli/setup.h"
#include "connectors/kafka/kafka_topics.h"
#include "engine/base/mem.h"
#include "engine/fault.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LOOK_MS 100
#define LOOKS_BEFORE_WORDS 10

int run_start_first(const struct settings *settings, const struct compiled *pack,
                    const char *folder, rd_kafka_t *rk, struct err *err)
{
    bool any = false;
    int result = 0;
    bool *empty = mem_alloc((size_t)settings->visits_partitions, sizeof *empty);
    for (int32_t i = 0; i < settings->visits_partitions && result == 0; i++) {
        int64_t next = 0;
        result = topic_next_offset(rk, settings, TOPIC_VISITS, i, &next, err);
        empty[i] = next == 0;
        any = any || empty[i];
    }
    if (result == 0 && any && setup_cost(pack, folder, err) != 0) {
        result = -1; /* as `sluice pack publish` would say */
    }
    if (result == 0 && any) {
        result = pack_topic_publish(settings, compile_named(pack), NULL, err);
    }
    if (result == 0 && any) {
        fault_reach(FAULT_PACK_PUBLISHED);
        result = activation_write(settings, 1, pack->program->hash, empty, err);
    }
    mem_free(empty);
    return result;
}

/* ---- receipts
 * ------------------------------------------------------------------------------------- */

const char *run_start_pack(const struct run_start *start)
{
    const struct receipt *newest = receipts_newest(&start->receipts);
    return newest != NULL ? newest->pack : start->pack->program->hash_hex;
}

/* Once: what is configured is what a first start activates, and nothing more. */
static void say_other(struct run_start *start)
{
    const struct receipt *newest = receipts_newest(&start->receipts);
    const char *configured = start->pack->program->hash_hex;
    if (newest == NULL || start->said_other || strcmp(newest->pack, configured) == 0) {
        return;
    }
    start->said_other = true;
    (void)fprintf(stderr,
                  "sluice run: pack %.12s (number %" PRIu64 ") is active, not the configured one "
                  "(%s, pack %.12s); to switch: `sluice pack publish %s`, then `sluice pack "
                  "activate %.12s`\n",
                  newest->pack, newest->number, start->folder, configured, start->folder,
                  configured);
}

/* Ingest writes the clock into frames that an engine reads with another setting. */
static int check_clock(const struct run_start *start, struct err *err)
{
    const struct receipt *newest = receipts_newest(&start->receipts);
    uint8_t log = newest == NULL ? CLOCK_UNSAID : newest->clock;
    if (log == CLOCK_UNSAID || log == start->clock) {
        return 0;
    }
    return err_set(err, ERR_USAGE,
                   "the log of visits has the clock \"%s\" (its receipts say so), the setting "
                   "visits.clock says \"%s\"; a log keeps the clock that it began with",
                   header_clock_text(log), header_clock_text(start->clock));
}

int run_start_open(struct run_start *start, const struct settings *settings,
                   const struct compiled *pack, const char *folder, struct err *err)
{
    *start =
        (struct run_start){.pack = pack,
                           .folder = folder,
                           .clock = settings_have_event_clock(settings) ? CLOCK_EVENT : CLOCK_LIVE};
    receipts_init(&start->receipts, (uint32_t)settings->visits_partitions);
    start->tail = kafka_tail_open(settings, "sluice-receipts", TOPIC_RECEIPTS, err);
    if (start->tail == NULL ||
        kafka_tail_read(start->tail, receipts_take_message, &start->receipts, err) != 0) {
        return -1;
    }
    say_other(start);
    return check_clock(start, err);
}

void run_start_close(struct run_start *start)
{
    kafka_tail_close(start->tail);
    receipts_fini(&start->receipts);
    *start = (struct run_start){0};
}

static void say_waiting(const struct run_start *start)
{
    struct buf missing = {0};
    uint32_t count = receipts_missing(&start->receipts, &missing);
    (void)fprintf(stderr,
                  "sluice run: ingest waits until every partition runs a pack: no receipt yet of "
                  "partition%s %s; an engine that starts activates the first one where the log is "
                  "empty (was the topic receipts made anew? `sluice pack activate` with a --number "
                  "above sluice_pack_number writes them again)\n",
                  count == 1 ? "" : "s", buf_text(&missing));
    buf_fini(&missing);
}

int run_start_look(struct run_start *start, struct err *err)
{
    if (receipts_missing(&start->receipts, NULL) == 0) {
        say_other(start);
        return check_clock(start, err) != 0 ? -1 : 1;
    }
    if (++start->looks == LOOKS_BEFORE_WORDS) {
        say_waiting(start);
    }
    return kafka_tail_follow(start->tail, LOOK_MS, receipts_take_message, &start->receipts, err) < 0
               ? -1
               : 0;
}
