"""Compares the engine's whole decision path with the slow reference, on random packs and streams.

    compare.py --sluice build/release/sluice --seconds 45 [--seed S] [--cases N] [--keep DIR]

A case is a seed: a random pack (packs.py; every fifth time the shipped one), a random stream (generate.py), `sluice
check --json` and two replays, one with one partition and one with several. Every member of every warning, request,
advice and decision must be what reference.py works out; with one partition their order too. The first difference is
made smaller, shown with its seed, and its files are kept.

Nothing is proved by rules that never fire: a run fails too if one of EXPECTED did not happen.
"""
import argparse
import collections
import concurrent.futures
import os
import shutil
import sys
import tempfile
import time

import trial
import shrink

CASES_MIN = 20
SHRINK_SECONDS = 15
WORKERS = min(2, os.cpu_count() or 1)
# What a run of more than EXPECTED_FROM cases must have seen at least once.
EXPECTED_FROM = 150
EXPECTED = ("warnings", "warning low", "warning medium", "warning high", "warning urgent", "warning late",
            "stop protect", "stop stop", "stop delay", "stop watch", "advice rule", "advice tier", "advice posted",
            "advice deadline", "guarded", "fired on listing", "fired on call_start", "fired on call_end",
            "fired on transaction", "fired on settlement", "fired on sms", "fired on login", "fired on change",
            "fired on warning", "fired on outcome", "fired at a device", "fired at a domain", "overridden", "closed by an outcome", "duplicates", "too late",
            "patterns matched", "steps that took several", "earlier reasons", "named channels",
            "marks", "fired on mark", "marks of many", "marks on marks", "marks three deep", "shadow", "shadow with a tier", "stop with a budget", "said", "titles instead of words", "approximate", "records dropped",
            "library rules that fired", "raised", "came back")


def run_cases(options, folder, seeds, deadline):
    """Yields results as they come, at least CASES_MIN and as many as there is time for, until one fails."""
    with concurrent.futures.ProcessPoolExecutor(WORKERS) as pool:
        waiting = set()
        started = 0
        while True:
            more = started < options.cases if options.cases else started < CASES_MIN or time.monotonic() < deadline
            if more and len(waiting) < 2 * WORKERS:
                waiting.add(pool.submit(trial.run, options.sluice, next(seeds), folder))
                started += 1
                continue
            if not waiting:
                return
            done, waiting = concurrent.futures.wait(waiting, return_when=concurrent.futures.FIRST_COMPLETED)
            results = sorted((future.result() for future in done), key=lambda result: result.seed)
            yield from results
            if any(result.failure for result in results):
                for future in waiting:
                    future.cancel()
                return


def seeds_from(first):
    while True:
        yield first
        first += 1


def report(options, folder, result):
    """Shows a failed case, smaller if that can be done, and keeps its files."""
    kept = options.keep or tempfile.mkdtemp(prefix="sluice-compare-%d-" % result.seed)
    print("seed %d: %s" % (result.seed, result.failure))
    print("again:  %s %s --sluice %s --seed %d --cases 1" % (sys.executable, sys.argv[0], options.sluice, result.seed))
    made = os.path.join(folder, str(result.seed))
    smaller = shrink.shrink(options.sluice, made, result, time.monotonic() + SHRINK_SECONDS)
    shutil.copytree(made, kept, dirs_exist_ok=True)
    print("files:  %s (made smaller: %d events, %d directory records)" % (kept, *smaller.sizes))
    print("then:   " + smaller.failure.replace("\n", "\n        "))
    with open(os.path.join(kept, "events.jsonl"), encoding="utf-8") as events:
        for line in list(events)[:12]:
            print("        " + line.rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sluice", required=True)
    parser.add_argument("--seconds", type=float, default=45)
    parser.add_argument("--seed", type=int, default=1, help="of the first case")
    parser.add_argument("--cases", type=int, default=0, help="so many and no more, however long it takes")
    parser.add_argument("--keep", help="folder for the files of a difference")
    options = parser.parse_args()
    if not os.access(options.sluice, os.X_OK):
        print("%s is no program; build it with `make build`" % options.sluice)
        return 2
    start, counts = time.monotonic(), collections.Counter()
    passed, failed = 0, []
    folder = tempfile.mkdtemp(prefix="sluice-compare-")
    try:
        for result in run_cases(options, folder, seeds_from(options.seed), start + options.seconds):
            counts.update(result.counts)
            passed += result.failure is None
            failed += [result] if result.failure else []
        if failed:
            report(options, folder, failed[0])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    missing = [] if passed < EXPECTED_FROM or failed else [name for name in EXPECTED if not counts[name]]
    for name in missing:
        print("never happened: %s" % name)
    print("comparison: %d packs, %d events, %d decisions, %d warnings, %d stops, %d advice; %d of %d rules fired" % (
        counts["packs"], counts["events"], counts["decisions"], counts["warnings"], counts["stops"],
        counts["advice"], counts["rules that fired"], counts["rules"]))
    print("patterns: matched %d times, %d repeated steps took several records, %d cases with searches given up" % (
        counts["patterns matched"], counts["steps that took several"], counts["searches given up"]))
    print("small pages: %d records dropped, %d decisions approximate" % (counts["records dropped"], counts["approximate"]))
    print("%d passed, %d failed" % (passed, len(failed) + len(missing)))
    return 1 if failed or missing else 0


if __name__ == "__main__":
    sys.exit(main())
