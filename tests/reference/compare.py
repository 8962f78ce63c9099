"""Compares the engine's whole decision path with the slow reference, on random packs and streams.

    compare.py --sluice build/release/sluice --seconds 45 [--seed S] [--packs N] [--keep DIR] [--ledger FILE]

A case is a seed: a random pack (packs.py; every fifth time the shipped one), a random stream (generate.py), `sluice
check --json` and a replay with one partition, of every third pack one with several, too. Every member of every warning, request,
advice and decision must be what reference.py works out; with one partition their order too. The first difference is
made smaller, shown with its seed, and its files are kept.

Nothing is proved by rules that never fire: a run fails too if something of EXPECTED did not happen in it.

With a ledger, seeds begin where the last run with it ended, and the last line states what all of its runs have seen
without a difference. A seed that differs stays the next one until it does not.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import shutil
import sys
import tempfile
import time

import expected
import shrink
import trial

PACKS_MIN = 20
SHRINK_SECONDS = 15
WORKERS = os.cpu_count() or 1
# Files of a case are many and live for a moment.
QUICK_FOLDER = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def run_cases(options, folder, seeds, deadline):
    """Yields results as they come, at least PACKS_MIN and as many as there is time for, until one fails."""
    with concurrent.futures.ProcessPoolExecutor(WORKERS) as pool:
        waiting = set()
        started = 0
        while True:
            more = started < options.packs if options.packs else started < PACKS_MIN or time.monotonic() < deadline
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


class Ledger:
    """What all runs have seen: {"next": seed, "packs": n, "events": n, "decisions": n}, after each hundred packs."""
    EVERY = 100

    def __init__(self, path, first):
        self.path, self.first, self.seen, self.sums = path, first, {}, collections.Counter()
        self.state = {"next": first, "packs": 0, "events": 0, "decisions": 0}
        if path and os.path.exists(path):
            with open(path, encoding="utf-8") as source:
                self.state = json.load(source)
            self.first = self.state["next"]
        self.next = self.first

    def take(self, result):
        """Counts what follows on the seeds before it without a gap: a run may end anywhere."""
        self.seen[result.seed] = {name: result.counts[name] for name in ("events", "decisions")}
        while self.next in self.seen:
            self.sums.update(self.seen.pop(self.next))
            self.next += 1
            if (self.next - self.first) % self.EVERY == 0:
                self.save()

    def totals(self):
        packs = self.state["packs"] + self.next - self.first
        return {"next": self.next, "packs": packs,
                **{name: self.state[name] + self.sums[name] for name in ("events", "decisions")}}

    def save(self):
        if not self.path:
            return
        os.makedirs(os.path.dirname(os.path.abspath(self.path)), exist_ok=True)
        with open(self.path + ".new", "w", encoding="utf-8") as out:
            json.dump(self.totals(), out)
        os.replace(self.path + ".new", self.path)


def report(options, folder, result):
    """Shows a failed case, smaller if that can be done, and keeps its files."""
    kept = options.keep or tempfile.mkdtemp(prefix="sluice-compare-%d-" % result.seed)
    print("seed %d: %s" % (result.seed, result.failure))
    print("again:  %s %s --sluice %s --seed %d --packs 1" % (sys.executable, sys.argv[0], options.sluice, result.seed))
    made = os.path.join(folder, str(result.seed))
    smaller = shrink.shrink(options.sluice, made, result, time.monotonic() + SHRINK_SECONDS)
    shutil.copytree(made, kept, dirs_exist_ok=True)
    print("files:  %s (made smaller: %d events, %d directory records)" % (kept, *smaller.sizes))
    print("then:   " + smaller.failure.replace("\n", "\n        "))
    with open(os.path.join(kept, "events.jsonl"), encoding="utf-8") as events:
        for line in list(events)[:12]:
            print("        " + line.rstrip())


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sluice", required=True)
    parser.add_argument("--seconds", type=float, default=45)
    parser.add_argument("--seed", type=int, default=1, help="of the first case")
    parser.add_argument("--packs", type=int, default=0, help="so many and no more, however long it takes")
    parser.add_argument("--keep", help="folder for the files of a difference")
    parser.add_argument("--ledger", help="file that says where the next run goes on and what all have seen")
    return parser.parse_args()


def say(counts, passed, seconds):
    print("comparison: %d packs, %d events, %d decisions, %d warnings, %d stops, %d advice; %d of %d rules fired" % (
        counts["packs"], counts["events"], counts["decisions"], counts["warnings"], counts["stops"],
        counts["advice"], counts["rules that fired"], counts["rules"]))
    print("patterns: matched %d times, %d repeated steps took several records, %d cases with searches given up" % (
        counts["patterns matched"], counts["steps that took several"], counts["searches given up"]))
    print("waits: %d time-outs, %d of shadow rules, %d ended by what came, %d gave way" % (
        counts["time-outs"], counts["dark time-outs"], counts["absence that was none"], counts["waits that gave way"]))
    print("small pages: %d records dropped, %d decisions approximate" % (counts["records dropped"], counts["approximate"]))
    print("%.1f packs a second" % (passed / seconds))


def main():
    options = arguments()
    if not os.access(options.sluice, os.X_OK):
        print("%s is no program; build it with `make build`" % options.sluice)
        return 2
    start, counts, packs_with = time.monotonic(), collections.Counter(), collections.Counter()
    passed, failed = 0, []
    ledger = Ledger(options.ledger, options.seed)
    folder = tempfile.mkdtemp(prefix="sluice-compare-", dir=QUICK_FOLDER)
    try:
        for result in run_cases(options, folder, seeds_from(ledger.first), start + options.seconds):
            counts.update(result.counts)
            packs_with.update(name for name in expected.EXPECTED if result.counts[name])
            passed += result.failure is None
            if result.failure is None:
                ledger.take(result)
            else:
                failed.append(result)
        ledger.save()
        if failed:
            report(options, folder, failed[0])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    missing = [] if failed else expected.missing(packs_with, passed)
    for name in missing:
        print("never happened in %d packs: %s" % (passed, name))
    say(counts, passed, time.monotonic() - start)
    print("%d passed, %d failed" % (passed, len(failed) + len(missing)))
    if options.ledger:
        print("compare: seeds %d to %d; in all %%(packs)d packs, %%(events)d events, %%(decisions)d decisions without "
              "a difference" % (ledger.first, ledger.next - 1) % ledger.totals())
    return 1 if failed or missing else 0


if __name__ == "__main__":
    sys.exit(main())
