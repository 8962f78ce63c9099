"""How long a partition takes to be taken over from Redis, by the number and the size of its pages.

    bench_recovery.py BUILD WORKDIR [--pages 1000000] [--large 500000] [--runs 3] [--out FILE]

BUILD holds bench/live_recovery. A Redis of its own is started. A partition of 1,000 pages of 400 bytes, one of --pages of
them and one of --large pages of 3 KB are written to it, one after the other, by the engine's own code. Each is taken over --runs
times by a fresh process, and its keys are read as often by a bare pipelined reader, in turn. The first decision is asked of
a large partition and of one of 1,000 pages beside it in turn too. Shown are medians.

Two points must hold, or the exit code is 1: the first decision of a large partition comes within three times what
that of 1,000 pages takes, and all pages are in memory within three times what the bare reader takes. The last line
states the figures; --out writes the table for docs/performance.md.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "connectors", "stack"))
import stack as stacks  # noqa: E402
from figures import Failed, run, table, write  # noqa: E402

SMALL_PAGES, SMALL_BYTES, LARGE_BYTES = 1000, 400, 3000
FIRST_RUNS = 9  # of a figure of a millisecond
TIMES_MAX = 3
TITLES = ("partition", "a page: stored", "memory", "first decision", "to that of 1,000 pages", "all in memory",
          "bare reader", "ratio")


class Bench:
    def __init__(self, options):
        self.options = options
        self.tool = os.path.join(options.build, "bench", "live_recovery")
        self.stack = stacks.Stack(os.path.join(options.workdir, "stack"), ends_with_us=True)
        self.stack.up_redis()
        self.env = dict({name: value for name, value in os.environ.items() if not name.startswith("SLUICE_")},
                        SLUICE_REDIS_ADDRESS=self.stack.redis, SLUICE_REDIS_TIMEOUT_MS="10000")

    def run(self, *words, **settings):
        return run(words, dict(self.env, **settings), timeout=1800)

    def tool_says(self, *words):
        return json.loads(self.run(self.tool, *words))

    def small_says(self, *words):
        """The same of the partition of 1,000 pages, which has keys of its own beside the large one's."""
        return json.loads(self.run(self.tool, *words, "--pages", str(SMALL_PAGES), SLUICE_REDIS_PREFIX="small:"))

    def first_decisions(self, pages):
        """Medians of the large partition and of the small one, in turn: what disturbs one disturbs the other."""
        taken = [(self.tool_says("first", "--pages", str(pages))["first_ms"], self.small_says("first")["first_ms"])
                 for _ in range(FIRST_RUNS)]
        return [statistics.median(column) for column in zip(*taken)]

    def measure(self, pages, size, runs):
        """What was written, and medians of what was measured."""
        self.run("redis-cli", "-p", str(self.stack.state["ports"]["redis"]), "FLUSHALL")
        self.small_says("fill", "--bytes", str(SMALL_BYTES))
        found = self.tool_says("fill", "--pages", str(pages), "--bytes", str(size))
        found["first_ms"], found["small_ms"] = self.first_decisions(pages)
        taken, bare = [], []
        for _ in range(runs):
            taken.append(self.tool_says("take-over", "--pages", str(pages))["resident_ms"])
            bare.append(self.tool_says("bare")["bare_ms"])
        found["resident_ms"], found["bare_ms"] = statistics.median(taken), statistics.median(bare)
        found["ratio"] = found["resident_ms"] / found["bare_ms"]
        found["times"] = found["first_ms"] / found["small_ms"]
        return found


def row(found):
    return ("{:,} pages".format(found["pages"]), "{:,} B".format(found["bytes"]), "{:,} B".format(found["memory"]),
            "%.1f ms" % found["first_ms"], "%.1f" % found["times"],
            *("%.2f s" % (found[name] / 1000) for name in ("resident_ms", "bare_ms")), "%.1f" % found["ratio"])


def complaints(large):
    for found in large:
        if found["times"] > TIMES_MAX:
            yield "the first decision with %d pages takes %.1f times that with %d" % (
                found["pages"], found["times"], SMALL_PAGES)
        if found["ratio"] > TIMES_MAX:
            yield "reading %d pages of %d bytes takes %.1f times the bare reader" % (
                found["pages"], found["bytes"], found["ratio"])


def measure_all(bench, options):
    small = bench.measure(SMALL_PAGES, SMALL_BYTES, FIRST_RUNS)
    large, rows = [], [row(small)]
    print("  ".join(rows[0]), flush=True)
    for pages, size in ((options.pages, SMALL_BYTES), (options.large, LARGE_BYTES)):
        if pages > 0:
            large.append(bench.measure(pages, size, options.runs))
            rows.append(row(large[-1]))
            print("  ".join(rows[-1]), flush=True)
    return small, large, rows


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("workdir")
    parser.add_argument("--pages", type=int, default=1000000)
    parser.add_argument("--large", type=int, default=500000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out")
    return parser.parse_args()


def main():
    options = arguments()
    shutil.rmtree(options.workdir, ignore_errors=True)
    os.makedirs(options.workdir)
    bench = None
    try:
        bench = Bench(options)
        small, large, rows = measure_all(bench, options)
    except (Failed, stacks.StackError, OSError, subprocess.TimeoutExpired) as error:
        print("bench-recovery: %s" % error, file=sys.stderr)
        return 3
    finally:
        if bench is not None:
            bench.stack.down()
    text = table(TITLES, rows)
    write(options.out, text)
    bad = list(complaints(large))
    for complaint in bad:
        print("does not hold: " + complaint)
    print("bench-recovery: first decision %.1f ms with 1,000 pages; %s" % (small["first_ms"], "; ".join(
        "%s of %d B: first decision %.1f ms (%.1f times), all in memory %.2f s (%.1f times the bare reader)" % (
            "{:,}".format(found["pages"]), found["bytes"], found["first_ms"], found["times"],
            found["resident_ms"] / 1000, found["ratio"]) for found in large)))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
