/* The simulator: seeded histories of faults over the product's own partition, flush and ingest
 * code. A seed gives the same history on every machine.
 *
 *     sim --seeds 1000 [--start 1] [--actions 1500]     all must be clean
 *     sim --start 4711 --trace                          one history, action by action
 *     sim --seeds 1000 --points                         and how often each fault point was reached
 */
#include "engine/base/mem.h"
#include "rules/compile.h"
#include "tests/sim/sim_check.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POINTS_SEEDS 1000 /* in so many seeds somebody dies at every point */
#define SEEDS_WITH_ALL \
    20 /* among so many there is one with poison, one that evicts, one with a failed call */

struct options {
    uint64_t start, seeds;
    int actions;
    bool trace, points;
};

struct totals {
    struct sim_check_counts found;
    struct sim_fault_counts faults;
    uint64_t resets, resumes, died, evicted, failures;
};

/* Two packs that differ in a threshold, with everything that a recovery could harm: windows,
 * points, marks that go on to other pages, carried values, requests, episodes that close and
 * waits that end by the clock. */
static const char pack_text[] =
    "typology mule \"mule\" for account tiers low 20 medium 40 high 60 urgent 85 closes after 30m\n"
    "typology victim \"victim\" for person tiers low 20 medium 40 high 60 urgent 85 closes after 30m\n"
    "feature payers for account = distinct(payment_in.payer in 1h)\n"
    "rule many of mule for payee on transaction\n"
    "    when   payers >= %d\n"
    "    score  45 for 20m\n"
    "    score  45 for 20m if payers >= 5\n"
    "    watch  payee for 1h\n"
    "    mark   payer paid_mule level 1 for 30m\n"
    "    mark   payer.person paid_mule level 2 for 10m\n"
    "    say    \"{payers} payers\"\n"
    "rule pays of victim for payer.person on transaction\n"
    "    when   payee.payers >= %d and any(call_in in 2h)\n"
    "    score  60 for 15m\n"
    "    raise  urgent if subject marked paid_mule\n"
    "    delay  transaction\n"
    "    protect payer.person for 1h\n"
    "    say    \"paid {amount}\"\n"
    "pattern idle for account within 20m a: payment_in then no payment_out within 5m\n"
    "rule rests of mule for account on timeout of idle\n"
    "    when   count(payment_in in 1h) >= 2\n"
    "    score  20 for 10m\n"
    "    mark   subject rests level 1 for 10m\n"
    "rule talks for callee on call_end\n"
    "    when   count(call_in in 1h) >= 2 or subject marked talks\n"
    "    mark   callee.person talks level 1 for 20m\n";

static int compile(struct compiled *pack, int threshold)
{
    char text[sizeof pack_text + 32];
    struct err err = {.code = ERR_NONE};
    (void)snprintf(text, sizeof text, pack_text, threshold, threshold - 1);
    if (compile_text(pack, STR("sim.rule"), str_of(text), &err) != 0) {
        (void)fprintf(stderr, "sim: %s\n", err.text);
        return -1;
    }
    if (pack->program == NULL) {
        struct buf said = {0};
        diag_render(&said, &pack->diags, &pack->source);
        (void)fprintf(stderr, "sim: %s\n", buf_text(&said));
        buf_fini(&said);
        return -1;
    }
    return 0;
}

static uint64_t seed_in_hand;

static void say_failed(const char *why)
{
    (void)printf("seed %" PRIu64 ": %s; action by action: sim --start %" PRIu64 " --trace\n",
                 seed_in_hand, why, seed_in_hand);
}

/* A bug that trips must() is reproduced by its seed, too. */
static void say_seed(int number)
{
    (void)number;
    say_failed("ended by a bug");
    (void)fflush(stdout);
}

static int run_seed(uint64_t seed, const struct options *options,
                    const struct program *const *packs, struct totals *totals)
{
    struct err err = {.code = ERR_NONE};
    seed_in_hand = seed;
    struct sim_world *world = sim_world_new(seed, packs, options->actions, options->trace);
    bool clean = sim_world_run(world, &err) == 0 && sim_check(world, &totals->found, &err) == 0;
    totals->resets += world->shared.resets;
    totals->resumes += world->shared.resumes;
    totals->died += world->shared.poison.died;
    sim_fault_add(&totals->faults, &world->shared.fault.counts);
    totals->evicted += sim_world_evicted(world);
    totals->failures += world->shared.failures;
    if (!clean) {
        say_failed(err.text);
    }
    sim_world_free(world);
    return clean ? 0 : -1;
}

static int run_all(const struct options *options, const struct program *const *packs)
{
    struct totals totals = {0};
    const struct sim_check_counts *found = &totals.found;
    for (uint64_t i = 0; i < options->seeds; i++) {
        if (run_seed(options->start + i, options, packs, &totals) != 0) {
            return 1;
        }
    }
    struct sim_fault_sum faults = sim_fault_sum(&totals.faults);
    bool all_points = faults.tried == faults.points || options->seeds < POINTS_SEEDS;
    if (options->points || !all_points) {
        sim_fault_say(&totals.faults);
    }
    (void)printf("sim: %" PRIu64 " seeds clean: %" PRIu64 " visits, %" PRIu64 " twice, %" PRIu64
                 " marks, %" PRIu64 " outputs in %" PRIu64 " copies, %" PRIu64 " requests, %" PRIu64
                 " resets, %" PRIu64 " calls failed, %" PRIu64 " went on from memory, %" PRIu64
                 " died of a step, %" PRIu64 " steps under quarantine, %" PRIu64
                 " pages evicted, %" PRIu64 " died at %d of %d fault points; %" PRIu64
                 " versions of Redis are places to recover from\n",
                 options->seeds, found->visits, found->duplicates, found->marks, found->outputs,
                 found->copies, found->requests, totals.resets, totals.failures, totals.resumes,
                 totals.died, found->quarantined, totals.evicted, faults.deaths, faults.tried,
                 faults.points, found->versions);
    bool rare = options->seeds < SEEDS_WITH_ALL ||
                (found->quarantined > 0 && totals.evicted > 0 && totals.failures > 0);
    return all_points && rare && found->requests > 0 && found->marks > 0 && totals.resets > 0 ? 0
                                                                                              : 1;
}

/* Whether the words were understood. */
static bool read_options(int argc, char **argv, struct options *options)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "0";
        if (strcmp(argv[i], "--trace") == 0) {
            options->trace = true;
        } else if (strcmp(argv[i], "--points") == 0) {
            options->points = true;
        } else if (strcmp(argv[i], "--seeds") == 0) {
            options->seeds = strtoull(value, NULL, 10);
            i++;
        } else if (strcmp(argv[i], "--start") == 0) {
            options->start = strtoull(value, NULL, 10);
            i++;
        } else if (strcmp(argv[i], "--actions") == 0) {
            options->actions = (int)strtol(value, NULL, 10);
            i++;
        } else {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    struct options options = {.start = 1, .seeds = 1, .actions = 1500};
    struct compiled packs[SIM_PACKS];
    const struct program *programs[SIM_PACKS];
    int result = 0;
    if (!read_options(argc, argv, &options)) {
        (void)fprintf(stderr, "sim [--seeds N] [--start N] [--actions N] [--points] [--trace]\n");
        return 2;
    }
    (void)signal(SIGABRT, say_seed);
    for (int i = 0; i < SIM_PACKS; i++) {
        result = compile(&packs[i], 3 + i) != 0 ? 2 : result;
        programs[i] = packs[i].program;
    }
    result = result != 0 ? result : run_all(&options, programs);
    for (int i = 0; i < SIM_PACKS; i++) {
        compile_fini(&packs[i]);
    }
    return result;
}
