/* run_outputs.h - how many outputs a worker has sent, by kind and, of warnings, by tier.
 *
 *     run_outputs_count(&outputs, &output);            a warning of the tier "urgent"
 *     for (int i = 0; i < RUN_OUTPUTS_COUNT; i++) { .. run_outputs_row(i) names what
 * outputs.sent[i] counts .. }
 *
 * Memory:  a plain value; zeroed it is empty.
 * Threads: one writer, any readers: each count stands for itself (relaxed).
 * Errors:  an output whose tier or kind is in no table is a bug and trips must().
 */
#ifndef SLUICE_CLI_RUN_OUTPUTS_H
#define SLUICE_CLI_RUN_OUTPUTS_H

#include "engine/eval/vocab.h"
#include "engine/sink.h"

#include <stdatomic.h>
#include <stdint.h>

/* Warnings by tier, requests and advice by kind, and one each of the others. */
#define RUN_OUTPUTS_COUNT (TIER_LIMIT + 2 * ACTION_COUNT + ADVICE_COUNT + OUTPUT_KIND_COUNT)

struct run_outputs {
    _Atomic int64_t sent[RUN_OUTPUTS_COUNT];
};

struct run_outputs_row {
    enum output_kind kind;
    const char *what; /* "" for kinds that are counted as one; NULL: nothing is counted here */
};

void run_outputs_count(struct run_outputs *outputs, const struct output *output);
struct run_outputs_row run_outputs_row(int index);

#endif
