"""The service dies at each fault point once (engine/fault.def), and nothing of what it decides changes.

    faults.py SLUICE WORKDIR [--points NAME ..] [--seed S] [--jars FOLDER]

SLUICE is built with the points: build/release/faults/sluice. One run over one log: for each point the service is
started so that it kills itself there, at a seeded time; what brings it there is done to it (records, of which some are
broken; a Redis that cuts its connections, or is emptied; a stop). It must die there, by that kill and no other way; the next
start is the next point's. The points of a first start come first. In the end, drained: every record is in the log once or has one dead
letter, the ids that came out are those of a replay of the log, copies and contents the same, and every page and header in
Redis is as that replay has it. A point at which the service did not die fails.
"""
import os
import random
import re
import signal
import socket
import sys
import time

from harness import HERE, Failed, Live, count_timeouts, main, pack_with_marks, parser, wait_until

ROOT = os.path.join(HERE, "..", "..")
POINT = re.compile(r'^FAULT_POINT\((\w+), (\w+), (SIM|LIVE|BOTH), "', re.M)
RATE = 500
PORTION = 150            # records at a time, until the service has died
PORTIONS_MAX = 8         # for one point
LAST_PORTIONS = 2        # when nobody dies any more
PATIENCE_S = 2           # before the next portion
BROKEN = 0.05
DEATH_S = 20
TIMES_MAX = 12           # a point that is reached all the time kills at one of so many times
IDS_MIN = 100

# What brings the service to a point, where records alone do not, and at which of the first times it may die there.
FIRST_START = {"pack_published": 1, "activation_sent": 3, "pack_taken": 1, "receipt_sent": 1}
AT_START = {"store_connected": 2, "partition_given": 3, "checkpoint_read": 3, "partition_opened": 3, "pages_swept": 2}
SELDOM = {"load_begun": 2, "pages_loaded": 2, "offsets_known": 2, "offsets_committed": 2, "page_forgotten": 4, "waits_ended": 4,
          "judged_again": 2, "letter_sent": 3, "calls_written": 3, "call_ready": 3, "call_sent": 3, "answer_taken": 3}
CUT = {"store_back": 1}
EMPTIED = {"conflict_met": 2, "memory_dropped": 2, "lane_reopened": 2, "log_rewound": 2}
STOPPED = {"stop_begun": 1, "partition_taken_away": 2}
# Every other process has room for a few pages only, and those that come by here by what it lacks. Not where connections are
# cut: a partition that was just asking for pages then is opened anew, and has nothing to ask for first.
TIGHT = {"SLUICE_ENGINE_PAGE_BYTES_MAX": "131072"}
IN_TIGHT = ("pages_evicted", "load_begun", "pages_loaded")


def points():
    with open(os.path.join(ROOT, "engine", "fault.def"), encoding="utf-8") as source:
        return [name for _, name, where in POINT.findall(source.read()) if where != "SIM"]


def in_order(names):
    """Those of a first start before all others, in the order in which it comes by them."""
    known = points()
    unknown = set(names) - set(known)
    if unknown:
        raise Failed("engine/fault.def has no point %s" % ", ".join(sorted(unknown)))
    return [name for name in FIRST_START if name in names] + [name for name in known if name in names and name not in FIRST_START]


class Attack:
    def __init__(self, live, options):
        self.live, self.rng = live, random.Random(options.seed)
        self.names = in_order(options.points or points())
        rounds = len(self.names) + 1
        city = live.city("city", "--seed", str(options.seed), "--people", str(100 + 20 * rounds))
        self.portions = live.portions(city, [PORTION] * (3 * rounds + PORTIONS_MAX))
        self.directory = os.path.join(city, "directory.jsonl")
        self.site = live.site("faults", SLUICE_ENGINE_FLUSH_REST_MS="20", SLUICE_ENGINE_EXPIRY_MS=str(options.expiry_ms))
        self.site.pack = pack_with_marks(live.path("pack"))
        self.service, self.seconds, self.fed = None, [], False

    def ask_redis(self, *words):
        with socket.create_connection(("127.0.0.1", self.live.stack.state["ports"]["redis"]), timeout=10) as link:
            link.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
            if link.recv(64)[:1] not in b"+:":
                raise Failed("Redis does not take %s" % (words,))

    def cut(self):
        self.ask_redis(b"CLIENT", b"KILL", b"TYPE", b"normal")

    def is_dead(self):
        return self.service.child.poll() is not None

    def feed(self):
        if not self.portions:
            raise Failed("no records are left")
        if not self.fed:
            self.site.feed("--directory", self.directory).join()
            self.fed = True
        self.site.feed_broken(self.portions.pop(0), BROKEN, self.rng, "--rate", str(RATE)).join()

    def bring(self, name):
        """Whatever makes a service come by this point."""
        if name in FIRST_START or name in AT_START:
            return
        if name in CUT or name in EMPTIED or name in STOPPED:
            self.service.wait_for(": ready: ")
            self.feed()
            if name in CUT:
                self.cut()
            elif name in EMPTIED:
                self.site.drain()  # so that each partition has left something there
                self.ask_redis(b"FLUSHALL")
            else:
                self.service.child.send_signal(signal.SIGTERM)
                return
        for _ in range(PORTIONS_MAX):
            self.feed()
            if name in CUT:
                self.cut()  # again, if all partitions were still asking for their pages
            patience = time.monotonic() + PATIENCE_S
            while time.monotonic() < patience:
                if self.is_dead():
                    return
                time.sleep(0.02)

    def times(self, name):
        for rows in (FIRST_START, AT_START, SELDOM, CUT, EMPTIED, STOPPED):
            if name in rows:
                return self.rng.randint(1, rows[name])
        return self.rng.randint(1, TIMES_MAX)

    def die_at(self, name):
        began, times = time.monotonic(), self.times(name)
        tight = name in IN_TIGHT or (len(self.seconds) % 2 == 1 and name not in CUT)
        self.service = self.site.launch(SLUICE_FAULT="%s:%d" % (name, times), **(TIGHT if tight else {}))
        self.bring(name)
        wait_until(self.is_dead, DEATH_S, lambda: "the service dies at %s:%d: %s" % (name, times, self.service.tail()))
        code, last = self.service.child.wait(), "fault point %s: killed" % name
        if code != -signal.SIGKILL or last not in self.service.said():
            raise Failed("at %s:%d the service ended with %d: %s" % (name, times, code, self.service.tail()))
        self.seconds.append(time.monotonic() - began)
        print("%-22s time %2d, dead after %.1f s" % (name, times, self.seconds[-1]), flush=True)

    def finish(self):
        self.service = self.site.start()
        self.feed()
        self.site.drain()
        for _ in range(LAST_PORTIONS):  # one after the other: what is asked for is asked for in time
            self.site.feed_in_time(self.service, "--events", self.portions.pop(0)).join()
        seconds = self.site.drain()
        replayed = self.service.sum("duplicate", "included")
        self.service.stop()
        return seconds, replayed, self.site.prove()


def prove(options):
    with Live(options) as live:
        attack = Attack(live, options)
        for name in attack.names:
            attack.die_at(name)
        seconds, replayed, proof = attack.finish()
    if proof.refused == 0 or proof.ids < IDS_MIN:
        raise Failed("%d ids came out and %d records were refused: this run proves nothing" % (proof.ids, proof.refused))
    return ("died at %d of %d fault points, %d records (%d refused, each with one dead letter), %d visits, %d ids the same, %d on "
            "time-outs, %d steps replayed, drained in %.0f s; %s" % (
                len(attack.names), len(points()), proof.records, proof.refused, proof.visits, proof.ids,
                count_timeouts(proof.live["decisions"]), replayed, seconds, proof.checked))


def arguments():
    made = parser(__doc__)
    made.add_argument("--points", nargs="*", metavar="NAME", help="these alone (default: all)")
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--expiry-ms", type=int, default=3600000, help="pages are forgotten after so long")
    return made.parse_args()


if __name__ == "__main__":
    sys.exit(main("fault-points", prove, arguments()))
