"""A comparison that cannot see a planted mistake proves nothing: each of fourteen must make it fail.

    mutations.py PROGRAM WORKDIR [--packs N] [--seed S] [--only NAME ..]

Copies the tree below WORKDIR, plants one mistake after the other in the machine, the planner or the history, builds
there, and compares random packs with the reference until one differs. The same pack must not differ with PROGRAM,
which is built from the tree as it is. A mutation whose text does not stand in its file exactly once fails: it is to be
corrected.
"""
import argparse
import concurrent.futures
import itertools
import os
import shutil
import sys
import tempfile
import time

import trial
from vocabulary import ROOT

sys.path.insert(0, os.path.join(ROOT, "tests/support"))
import planting  # noqa: E402

WORKERS = os.cpu_count() or 1
QUICK_FOLDER = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

# Name, what is wrong then, file, what stands there exactly once, what it becomes.
MUTATIONS = [
    ("window-closed", "the machine: a record that is exactly a span old is looked at",
     "engine/eval/vm_aggregate.c", "        s->from_ms = t - a->span_ms;\n        s->from_in = false;",
     "        s->from_ms = t - a->span_ms;\n        s->from_in = true;"),
    ("unknown-is-no", "the machine: `not` of what is unknown is true",
     "engine/eval/vm.c", "return a == VALUE_UNKNOWN ? VALUE_UNKNOWN : a == 0;",
     "return a == VALUE_UNKNOWN ? 1 : a == 0;"),
    ("rounds-down", "the machine: percentages and factors are cut off",
     "engine/eval/vm.c", "    if (twice > ratio->den || (twice == ratio->den && quotient % 2 != 0)) {",
     "    if (twice > ratio->den && twice < 0) {"),
    ("set-open", "the machine: a set does not hold the first value of its ranges",
     "engine/eval/vm.c", "if (value >= range->low && value <= range->high) {",
     "if (value > range->low && value <= range->high) {"),
    ("newest-is-first", "the machine: `last` is the oldest",
     "engine/eval/vm_aggregate.c", "bool newest = s->aggregate->kind == AGGREGATE_LAST;",
     "bool newest = s->aggregate->kind != AGGREGATE_LAST;"),
    ("step-short", "the machine: a repeated step may take one record less than its least number",
     "engine/eval/pattern.c", "if (count < of->least_count ||", "if (count + 1 < of->least_count ||"),
    ("step-late", "the machine: a step may come exactly `within` after the step before",
     "engine/eval/pattern.c", "record->time_ms - end_ms < within_ms;", "record->time_ms - end_ms <= within_ms;"),
    ("page-not-visited", "the planner: the page whose stream an aggregate reads is not visited",
     "rules/plan.c", "if (stream < STREAM_COUNT && p->plan->reads[leg_infos[leg].entity][stream]) {",
     "if (stream < STREAM_COUNT && p->plan->reads[leg_infos[leg].entity][stream] && leg % 2 == 0) {"),
    ("slots-shared", "the planner: values that are carried lie in the slot of another",
     "rules/plan.c", "carry->slot = fresh ? p->slots[event]++ :", "carry->slot = fresh ? p->slots[event]++ / 2 :"),
    ("carried-once", "the planner: of two legs that carry the same value one is asked for both",
     "rules/plan.c", "carry->event == event && carry->leg == carried->leg &&", "carry->event == event &&"),
    ("two-way-same", "the history: contact in one direction counts as contact in the other",
     "engine/state/history.c", "int64_t last_ms = in ? peer->last_in_ms : peer->last_out_ms;",
     "int64_t last_ms = in ? peer->last_out_ms : peer->last_in_ms;"),
    ("two-way-long", "the history: contact exactly 30 days ago counts as contact",
     "engine/state/history.c", "        return t - last_ms < HISTORY_TWO_WAY_MS;",
     "        return t - last_ms <= HISTORY_TWO_WAY_MS;"),
    ("copies-apart", "the history: two reports of one call are two calls",
     "engine/state/history.c", "return apart_ms >= -CALL_COPY_MS && apart_ms <= CALL_COPY_MS;",
     "return apart_ms >= 0 && apart_ms < CALL_COPY_MS / 2;"),
    ("late-is-newest", "the history: of equal moments the earlier record is not found",
     "engine/state/stream.c", "    while (low < high) {\n        uint32_t middle = low + (high - low) / 2;\n"
     "        if (records[middle].time_ms <= time_ms) {",
     "    while (low < high) {\n        uint32_t middle = low + (high - low) / 2;\n"
     "        if (records[middle].time_ms < time_ms) {"),
]


def first_difference(program, seeds):
    """(seed, what differs) of the first pack, or None."""
    folder = tempfile.mkdtemp(prefix="sluice-mutations-", dir=QUICK_FOLDER)
    seeds = iter(seeds)
    with concurrent.futures.ProcessPoolExecutor(WORKERS) as pool:
        try:
            while True:
                some = list(itertools.islice(seeds, 4 * WORKERS))
                if not some:
                    return None
                for result in pool.map(trial.run, itertools.repeat(program), some, itertools.repeat(folder)):
                    if result.failure:
                        return result.seed, result.failure
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def try_one(tree, mutation, options):
    """(caught, what was seen)"""
    program, seeds = os.path.join(tree, "build/release/sluice"), range(options.seed, options.seed + options.packs)
    try:
        with planting.planted(tree, *mutation[2:]):
            planting.build(tree, "build", WORKERS)
            while True:
                found = first_difference(program, seeds)
                if found is None:
                    return False, "%d packs without a difference" % options.packs
                seed, failure = found
                if first_difference(options.program, [seed]) is None:
                    return True, "seed %d: %s" % (seed, failure.splitlines()[0][:80])
                # It differs without the mutation, too: that is for `make compare` to say.
                seeds = range(seed + 1, options.seed + options.packs)
    except planting.Wrong as wrong:
        return False, str(wrong)


def main():
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("program")
    made.add_argument("workdir")
    made.add_argument("--packs", type=int, default=1500, help="after so many a mutation is not caught")
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--only", nargs="*", help="these mutations alone")
    options = made.parse_args()
    options.program = os.path.abspath(options.program)
    tree = planting.copy_tree(os.path.join(options.workdir, "tree"))
    chosen = [mutation for mutation in MUTATIONS if not options.only or mutation[0] in options.only]
    caught = 0
    for mutation in chosen:
        begun = time.monotonic()
        seen, said = try_one(tree, mutation, options)
        caught += seen
        print("%-18s %-10s %4.0f s  %s" % (mutation[0], "caught" if seen else "NOT CAUGHT", time.monotonic() - begun,
                                           said), flush=True)
    print("mutations: %d of %d planted mistakes of machine, planner and history are seen by the comparison" % (
        caught, len(chosen)))
    return 0 if chosen and caught == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
