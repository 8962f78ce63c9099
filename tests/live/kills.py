"""`kill -9` of the service at any moment changes nothing of what it decides.

    kills.py SLUICE WORKDIR [--kills N] [--seed S] [--jars FOLDER]

Plays a generated city in open loop, a portion per kill, with the clock of the events. Each kill comes at
a seeded moment while at least one step is not in the store; for two of three the broker or Redis stands
still for some 100 ms before, so that acknowledgements or flushes are really outstanding. The service is
restarted at once. Some of a hundred records are broken. In the end, drained: every record is in the log once or has
one dead letter, every visit that a step sent is there, every decision is of a page, role and partition that a record
names by the key and the table of docs/semantics.md, and none is missing that must be there (named.py); the ids that came out (500 at least, some after each kill) are those of a replay of
the log, copies and contents the same, and every page and header in Redis is as that replay has it.
Every other process, the first one among them, has memory for a few pages only: a thousand at least must go and come again.
The pack has rules on marks and a pattern that waits, too: marks that marks have set come once, and a time-out is judged once, as of
its end, whatever is killed between.
Steps replayed are printed, none is a failure.
"""
import os
import random
import signal
import sys
import time

from harness import Failed, Live, count_marks, count_timeouts, main, pack_with_marks, parser, wait_until
from named import Named, Unnamed

RATE = 400               # records a second
PORTION = 1200           # records per kill
STALLS = ("kafka", "redis", None)
BROKEN = 0.03            # broken records for each good one
IDS_MIN = 500
SURE_MIN = 300           # decisions that must be there by the records alone
UNFLUSHED_S = 15
# The engine takes less than comes in, so that a broker that stands still finds it with frames in hand.
HELD = {"SLUICE_ENGINE_RATE_MAX": "800", "SLUICE_ENGINE_FLUSH_REST_MS": "20"}
# Every other process has room for a few of its pages only, and reads the others again and again.
TIGHT = {"SLUICE_ENGINE_PAGE_BYTES_MAX": "262144"}
EVICTED_MIN = 1000
FRAME_PAGES = 128 * 4096  # bytes of pages that one frame brings to a partition


class Attack:
    """A site under load, and the ids of decisions known at the last kill."""

    def __init__(self, live, options, portion_count):
        self.live, self.rng = live, random.Random(options.seed)
        city = live.city("city", "--seed", str(options.seed), "--people", str(240 + 60 * portion_count))
        self.portions = live.portions(city, [PORTION] * portion_count)
        self.site = live.site("kills")
        self.site.pack = pack_with_marks(live.path("pack"))
        self.service = self.site.start(**HELD, **TIGHT)
        self.evicted = 0
        self.directory, self.fed = os.path.join(city, "directory.jsonl"), []
        self.site.feed("--directory", self.directory).join()
        self.site.drain()
        self.known = set()

    def feed(self, rate=RATE):
        self.fed.append(self.portions.pop(0))
        return self.site.feed_broken(self.fed[-1], BROKEN, self.rng, "--rate", str(rate))

    def check_named(self, decisions):
        """How many decisions were held against the records, and how many of them had to be there."""
        with open(self.live.env["SLUICE_IDENTITY_KEY_FILE"], "rb") as source:
            key = source.read().rstrip(b"\n")
        try:
            named = Named(self.live.sluice, self.site.pack, key, self.site.partitions, self.directory, self.fed)
            compared, sure = named.check(decisions)
        except Unnamed as error:
            raise Failed(str(error)) from error
        if sure < SURE_MIN:
            raise Failed("only %d decisions had to be there, %d are wanted: this run proves nothing" % (sure, SURE_MIN))
        return compared, sure

    def note_ids(self, since):
        ids = set(self.site.outputs(["decisions"])["decisions"])
        if not ids - self.known:
            raise Failed("no new decision came out since %s: this run proves nothing" % since)
        self.known = ids

    def check_pages(self, metrics):
        """Of a process that has room for a few: within its bound, but for what a frame of each partition brings."""
        evicted = metrics["sluice_pages_evicted_total"]
        room = int(TIGHT["SLUICE_ENGINE_PAGE_BYTES_MAX"]) * self.site.workers + self.site.partitions * FRAME_PAGES
        if evicted > 0 and metrics["sluice_pages_bytes"] > room:
            raise Failed("pages take %d bytes, they have room for %d" % (metrics["sluice_pages_bytes"], room))
        self.evicted += evicted

    def kill(self, stall):
        """At a seeded moment, while something is not in the store; returns how much."""
        time.sleep(self.rng.uniform(0.2, 0.7 * PORTION / RATE))
        self.check_pages(self.service.metrics())
        def waits():
            return self.service.sum("waiting", "unacked")
        if stall is not None:
            wait_until(waits, UNFLUSHED_S, "a step that is not flushed", 0.001)  # or the next one may wait for a page itself
            self.live.stack.send(stall, signal.SIGSTOP)
            time.sleep(self.rng.uniform(0.1, 0.4))
        try:
            wait_until(lambda: waits() or not self.service.status()["visits"], UNFLUSHED_S, "a step that is not flushed", 0.001)
            count = self.service.sum("waiting", "unacked")
            self.service.kill9()
        finally:
            if stall is not None:
                self.live.stack.send(stall, signal.SIGCONT)
        return count

    def round(self, number, last):
        feed, stall = self.feed(), STALLS[(number - 1) % len(STALLS)]
        count = self.kill(stall)
        began = time.monotonic()
        self.service = self.site.start(**({} if last else HELD), **(TIGHT if number % 2 == 0 else {}))
        seconds = time.monotonic() - began
        self.note_ids("kill %d" % (number - 1) if number > 1 else "the start")
        feed.join()
        print("kill %d: %d pages and messages on their way%s; ready again after %.1f s" % (
            number, count, ", %s stood still" % stall if stall else "", seconds), flush=True)


def conclude(attack, kills, seconds, replayed):
    """Of a site that was drained and stopped."""
    proof = attack.site.prove()
    compared, sure = attack.check_named(proof.live["decisions"])
    marked, ended = count_marks(proof.live["decisions"]), count_timeouts(proof.live["decisions"])
    if proof.refused == 0:
        raise Failed("no record was refused: this run proves nothing")
    if proof.ids < IDS_MIN:
        raise Failed("%d ids came out, %d are wanted: this run proves nothing" % (proof.ids, IDS_MIN))
    return ("%s, %d records (%d refused, each with one dead letter), %d visits, %d ids the same, %d decisions named by "
            "their records (%d had to be there), %d firings on marks, %d on time-outs, %d requests, %d steps replayed, drained in %.0f s; %s" % (
                kills, proof.records, proof.refused, proof.visits, proof.ids, compared, sure, marked, ended, proof.asked,
                replayed, seconds, proof.checked))


def prove(options):
    with Live(options) as live:
        attack = Attack(live, options, options.kills + 1)
        for number in range(1, options.kills + 1):
            attack.round(number, number == options.kills)
        attack.feed().join()
        seconds = attack.site.drain()
        attack.note_ids("the last kill")
        replayed = attack.service.sum("duplicate", "included")
        attack.service.stop()
        if attack.evicted < EVICTED_MIN:
            raise Failed("only %d pages were evicted, %d are wanted: this run proves nothing" % (attack.evicted, EVICTED_MIN))
        return conclude(attack, "%d kills, %d pages evicted" % (options.kills, attack.evicted), seconds, replayed)


def arguments():
    made = parser(__doc__)
    made.add_argument("--kills", type=int, default=10)
    made.add_argument("--seed", type=int, default=1)
    return made.parse_args()


if __name__ == "__main__":
    sys.exit(main("kills", prove, arguments()))
