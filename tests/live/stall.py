"""Redis stops for 30 s under load, once standing still and once killed: outputs go on, and nothing is lost.

    stall.py SLUICE WORKDIR [--seconds 30] [--rate 500] [--load build/release/bench/live_load] [--jars FOLDER]

A made-up city is played now, open loop, at a steady rate, into a service whose pages are all in memory. In the second of three
equal parts of the time Redis is gone: SIGSTOP and SIGCONT, or kill -9 and a new start. The latency of a warning or request
runs from the time at which its record was meant to be sent until it is first received (a partition that is opened anew says
again what came after its checkpoint); p50, p99 and p99.9 are printed for before, during and after. Afterwards records, ids,
pages and headers are held against a replay of the log. It fails if outputs do not go on while Redis is gone, or if anything
differs.
"""
import json
import os
import signal
import subprocess
import sys
import time

from harness import Failed, Live, main, parser, wait_until
import stack as stacks

WARM_UP_S = 10
PEOPLE_A_RECORD = 1 / 16  # a few more records than are sent, so that none comes twice
FRAUDS = 300
OUTPUTS_MIN = 20  # in each part: fewer say nothing about a tail
LATE_MS, TIMES_MAX = 300, 5  # of the 99th percentile, against that before; a tail of less says nothing
PARTS = ("before", "during", "after")
HEARD_S = 60


class Stall:
    """One site and its load."""

    def __init__(self, live, name, options):
        self.live, self.options = live, options
        self.site = live.site(name, partitions=4, workers=1, SLUICE_DECISIONS_SAMPLE="1000")
        self.site.env["SLUICE_VISITS_CLOCK"] = "live"
        records = options.rate * (WARM_UP_S + len(PARTS) * options.seconds)
        self.words = ["--people", str(int(records * PEOPLE_A_RECORD)), "--frauds", str(FRAUDS)]

    def load(self, *words):
        return subprocess.Popen([self.options.load, *words, *self.words], env=self.site.env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                preexec_fn=stacks.end_with_parent)

    def end_load(self, load):
        said, wrong = load.communicate(timeout=300)
        if load.returncode != 0:
            raise Failed("the load ended with %d: %s" % (load.returncode, wrong.strip()[-600:]))
        return json.loads(said.strip().splitlines()[-1])

    def stop_redis(self, kills):
        if kills:
            self.live.stack.end("redis", signal.SIGKILL)
        else:
            self.live.stack.send("redis", signal.SIGSTOP)

    def start_redis(self, kills):
        if kills:
            self.live.stack.start_redis()
        else:
            self.live.stack.send("redis", signal.SIGCONT)

    def run(self, kills):
        """Figures of the three parts. A new site has all its pages in memory from the start."""
        service = self.site.start()
        self.end_load(self.load("directory"))
        self.site.drain()
        load = self.load("rate", "--rate", str(self.options.rate), "--seconds", str(len(PARTS) * self.options.seconds),
                         "--warm-up", str(WARM_UP_S), "--parts", str(len(PARTS)))
        if load.stdout.readline().strip() != "measuring":
            raise Failed("the load does not begin: %s" % load.stderr.read()[-600:])
        time.sleep(self.options.seconds)
        self.stop_redis(kills)
        try:
            time.sleep(self.options.seconds)
        finally:
            self.start_redis(kills)
        figures = self.end_load(load)["parts"]
        if "going on in memory" not in service.said():
            raise Failed("the service never said that Redis is away: this run proves nothing")
        wait_until(lambda: "redis is back" in service.said(), HEARD_S, "Redis is back")
        seconds = self.site.drain()
        service.stop()
        return figures, seconds


def check(what, figures):
    for name, part in zip(PARTS, figures):
        print("%-8s %-7s %5d outputs  p50 %8.1f ms  p99 %8.1f ms  p99.9 %8.1f ms  worst %8.1f ms" % (
            what, name, *(part[key] for key in ("matched", "p50_ms", "p99_ms", "p999_ms", "max_ms"))), flush=True)
        if part["matched"] < OUTPUTS_MIN:
            raise Failed("%s, %s: only %d warnings and requests: this run proves nothing" % (what, name, part["matched"]))


def go_on(what, figures):
    """What came while Redis was gone did not wait for it, nor what came after it only stood: nothing was lost with that."""
    for quantile, late_ms, one_in in (("p99_ms", LATE_MS, "a hundred"), ("p999_ms", 2 * LATE_MS, "a thousand")):
        limit = max(late_ms, TIMES_MAX * figures[0][quantile])
        for name, part in list(zip(PARTS, figures))[1:3 if what == "stopped" else 2]:
            if part[quantile] > limit:
                raise Failed("%s, %s: outputs waited for Redis, one in %s longer than %.1f s" % (what, name, one_in, limit / 1000))


def prove(options):
    said = []
    with Live(options, heap="steady") as live:
        for kills, what in ((False, "stopped"), (True, "killed")):
            stall = Stall(live, what, options)
            figures, drained = stall.run(kills)
            check(what, figures)
            go_on(what, figures)
            proof = stall.site.prove()
            said.append("%s for %d s: p99.9 %s ms before, during, after, drained %.1f s later, %d records, %d ids the same" % (
                what, options.seconds, ", ".join("%.0f" % part["p999_ms"] for part in figures), drained, proof.records,
                proof.ids))
    return "; ".join(said)


def arguments():
    made = parser(__doc__)
    made.add_argument("--seconds", type=int, default=30)
    made.add_argument("--rate", type=int, default=500)
    made.add_argument("--load", default="build/release/bench/live_load")
    options = made.parse_args()
    options.load = os.path.abspath(options.load)
    return options


if __name__ == "__main__":
    sys.exit(main("stall", prove, arguments()))
