"""What lies between the service and its servers fails, and nothing is lost or comes twice.

    chaos.py SLUICE WORKDIR [--rows short|all|NAME,NAME] [--seed S] [--jars FOLDER]

Rows of the table in docs/protocol.md, section 8. Of each: a service is started with Redis behind a proxy, fed a portion of
a generated city in open loop, and meets its fault in the middle. From the moment at which the fault is over, each partition's
W must pass within a minute what had been taken by then, and more: that time is printed. Drained and stopped, records, ids, pages and
headers are those of a replay of the log, as in kills.py. A row fails if its fault did not happen, by what the proxy,
the server or the service itself says of it.
"""
import collections
import contextlib
import http.client
import json
import os
import random
import re
import signal
import socket
import sys
import threading
import time

from harness import Failed, Live, main, parser, read, wait_until
from proxy import Proxy

RATE = 300
PORTION = 1200           # records per row
BEFORE = 4000            # that come before the first row, so that each finds histories
FRAUDS = 120             # the city's: of 600 records in time 34 make a request that holds money, were all rows chosen
IN_TIME = 600            # behind them, one after the other: what is asked for then is asked for in time
BROKEN = 0.03            # broken records for each good one
PROGRESS_S = 60
HEARD_S = 15             # a fault is met, and said, within so long
LONG = 100               # records a second where outputs must come long after a row has begun
GOES_ON_MIN = 20         # outputs that come out while Redis does not answer
SESSION_MS = 6000
TIMEOUT_MS = 2000
RESIDENT_S = 0.5         # without a page asked for: all are in memory
COME_AND_GO_S = 45
HOT = 1 / 3              # of the records of a row
HOT_S, HOT_STANDS_S = 3, 1.5
HOT_FRAMES_MIN = 100     # of all partitions: ticks alone are a dozen
NOBODY = "1"             # a port where nobody listens
RESTING = {"SLUICE_ENGINE_FLUSH_REST_MS": "30000"}
QUICK = {"SLUICE_REDIS_TIMEOUT_MS": str(TIMEOUT_MS)}
RESET = re.compile(r"partition \d+: reset: W was \d+, goes on at \d+")


# ---- a Redis by hand ----------------------------------------------------------------------------

class Link:
    """A connection for a few commands."""

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=HEARD_S)
        self.answers = self.socket.makefile("rb")

    def ask(self, *words):
        """The first line of the answer."""
        self.socket.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word.encode()) for word in words))
        return self.answers.readline().strip().decode()

    def must(self, *words):
        said = self.ask(*words)
        if said != "+OK":
            raise Failed("Redis says to %s: %s" % (" ".join(words), said))

    def close(self):
        self.answers.close()
        self.socket.close()


# ---- a site under load --------------------------------------------------------------------------

# change: of the lines that are fed, before they are
Row = collections.namedtuple("Row", "name fault short settings meet rate change", defaults=(RATE, None))
Seen = collections.namedtuple("Seen", "fault progress_s ids")


def own(service):
    return sum(row["next"] >= 0 for row in service.status()["visits"])


class Chaos:
    def __init__(self, live, proxy, options, rows, **settings):
        self.live, self.proxy, self.rng = live, proxy, random.Random(options.seed)
        city = live.city("city", "--seed", str(options.seed), "--people", "900", "--frauds", str(FRAUDS))
        before, in_time, *self.portions = live.portions(city, [BEFORE, IN_TIME] + [PORTION] * len(rows))
        self.site = live.site("chaos", **settings)
        self.start({})
        self.site.feed("--directory", os.path.join(city, "directory.jsonl"), "--events", before).join()
        self.site.drain()
        self.site.feed_in_time(self.service, "--events", in_time).join()
        self.site.drain()
        self.service.stop()

    def through(self):
        """Settings that lead through what breaks."""
        return {"SLUICE_REDIS_ADDRESS": self.proxy.address}

    def start(self, settings):
        self.service = self.site.start(SLUICE_PROCESS_NAME="first", **self.through(), **settings)

    def redis(self):
        return contextlib.closing(Link(self.live.stack.redis))

    # ---- what a fault looks like

    def said(self, words):
        return read(self.service.log).count(words)

    def hear(self, *words):
        """The service says each of these, in a moment."""
        for each in words:
            wait_until(lambda each=each: self.said(each), HEARD_S, lambda each=each: "\"%s\": %s" % (each, self.service.tail()))

    def quiet(self):
        if self.said("going on in memory"):
            raise Failed("the connection was given up: " + self.service.tail())

    def resets(self):
        return len(RESET.findall(read(self.service.log)))

    def outputs(self):
        return self.service.metrics()["sluice_outputs_total"]

    def wait_resident(self):
        """From then on Redis is off the path from a record to an output."""
        wait_until(lambda: time.monotonic() - self.proxy.asked_at.get("HGETALL", 0) > RESIDENT_S, HEARD_S,
                   "all pages are in memory")

    def go_on_without(self):
        """Outputs still come out; returns how many."""
        before = self.outputs()
        wait_until(lambda: self.outputs() >= before + GOES_ON_MIN, HEARD_S, lambda: "outputs go on: %d came: %s" % (
            self.outputs() - before, self.service.tail()))
        return self.outputs() - before

    def taken(self):
        return {row["partition"]: row["next"] for row in self.service.status()["visits"]}

    def has_passed(self, taken):
        rows = {row["partition"]: row for service in list(self.site.services) for row in service.status()["visits"]}
        return all(partition in rows and rows[partition]["w"] >= upto for partition, upto in taken.items())

    def pass_over(self, taken, began, seconds=PROGRESS_S):
        """Until all that was taken is in the store, of each partition; returns the seconds since."""
        wait_until(lambda: self.has_passed(taken), seconds, lambda: "W passes %s: %s" % (taken, self.site.standing()))
        return time.monotonic() - began

    def heal(self):
        """The fault is over. From now on it is watched, beside what the row waits for, until each partition has in the store
        what it had taken, and more: ticks come each second."""
        self.progress = Progress(self)

    # ---- a row

    def run(self, row):
        self.start(row.settings)
        portion = self.portions.pop(0)
        if row.change:
            with open(portion, "r+", encoding="utf-8") as events:
                lines = row.change(events.read().splitlines())
                events.seek(0)
                events.truncate()
                events.writelines(line + "\n" for line in lines)
        feed = self.site.feed_broken(portion, BROKEN, self.rng, "--rate", str(row.rate))
        moving = self.outputs() + GOES_ON_MIN
        wait_until(lambda: self.outputs() >= moving, HEARD_S, "outputs come before the fault")
        wait_until(lambda: own(self.service) == self.site.partitions, PROGRESS_S, "its group has settled, and it has all partitions")
        self.wait_resident()
        self.before, self.progress = self.taken(), None
        fault = row.meet(self)
        if self.progress is None:
            self.heal()
        progress_s = self.progress.wait()
        feed.join()
        self.site.drain()
        self.service.stop()
        proof = self.site.prove()
        print("%-22s %s; progress after %.1f s; %d ids the same, %s" % (
            row.name, fault, progress_s, proof.ids, proof.checked), flush=True)
        return Seen(fault, progress_s, proof.ids)


class Progress:
    """Looks from the end of a fault on how long it takes until each partition's W has passed what was taken by then."""

    def __init__(self, c):
        self.c, self.since, self.passed_s = c, time.monotonic(), None
        taken = c.taken()  # one that is not open has gone at least as far as when the row began
        self.wanted = {partition: taken.get(partition, upto) + 1 for partition, upto in c.before.items()}
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        while self.passed_s is None and time.monotonic() - self.since < PROGRESS_S:
            with contextlib.suppress(OSError, http.client.HTTPException, Failed):  # a process that has just gone
                if self.c.has_passed(self.wanted):
                    self.passed_s = time.monotonic() - self.since
            time.sleep(0.1)

    def wait(self):
        self.thread.join()
        if self.passed_s is None:
            raise Failed("W has not passed %s within %d s of the end of the fault: %s" % (self.wanted, PROGRESS_S, self.c.site.standing()))
        return self.passed_s


class Stands:
    """For how long no frame of a partition was taken, at most; without records it gets one a second."""

    def __init__(self, c):
        self.c, self.at, self.longest_s = c, {}, 0

    def look(self):
        now = time.monotonic()
        for partition, upto in self.c.taken().items():
            last, since = self.at.get(partition, (None, now))
            if last != upto:
                self.at[partition] = upto, now
            self.longest_s = max(self.longest_s, now - since)


def expect_happened(fault, what):
    if not fault.happened.wait(HEARD_S):
        raise Failed("%s did not happen: this row proves nothing" % what)


# ---- 2, 3: a process stands still and comes back, another one joins -----------------------------

def hand_over(c):
    """What rests is in the store when somebody else begins there: its own pages rest for longer than this looks."""
    behind = wait_until(lambda: sum(row["next"] - row["w"] for row in c.service.status()["visits"]), HEARD_S, "something rests")
    taken = c.taken()
    second = c.site.start(SLUICE_PROCESS_NAME="second", SLUICE_KAFKA_SESSION_MS=str(SESSION_MS), **RESTING)
    wait_until(lambda: own(second) > 0 and own(second) + own(c.service) == c.site.partitions, PROGRESS_S,
               lambda: "two processes share the partitions: " + c.site.standing())
    rows = [row for row in second.status()["visits"] if row["next"] >= 0]
    for row in rows:
        if row["w"] < taken[row["partition"]]:
            raise Failed("partition %d came with W at %d, and %d had been taken before" % (
                row["partition"], row["w"], taken[row["partition"]]))
    second.stop()
    c.site.services.remove(second)
    wait_until(lambda: own(c.service) == c.site.partitions, PROGRESS_S, "the first process has all")
    return "%d frames rested; %d partitions came with all of them in the store" % (behind, len(rows))


def stand_and_come_back(c):
    second = c.site.start(SLUICE_PROCESS_NAME="second", SLUICE_KAFKA_SESSION_MS=str(SESSION_MS))
    wait_until(lambda: own(second) > 0 and own(c.service) > 0, PROGRESS_S, "two processes share the partitions")
    had = own(c.service)
    wait_until(lambda: c.service.sum("waiting"), HEARD_S, "the first process has something that is not in the store", 0.001)
    began = time.monotonic()
    c.service.child.send_signal(signal.SIGSTOP)
    try:
        wait_until(lambda: own(second) == c.site.partitions, PROGRESS_S, "the second process takes all")
        taken_s, before = time.monotonic() - began, second.sum("fetched")  # counters come with a partition
        time.sleep(max(0, 2 * SESSION_MS / 1000 - taken_s))
        worked = second.sum("fetched") - before
    finally:
        c.service.child.send_signal(signal.SIGCONT)
    c.heal()
    came = time.monotonic()
    wait_until(lambda: own(c.service) > 0 and own(c.service) + own(second) == c.site.partitions, PROGRESS_S,
               lambda: "they share again: " + c.site.standing())
    shared_s = time.monotonic() - came
    second.stop()
    c.site.services.remove(second)
    wait_until(lambda: own(c.service) == c.site.partitions, PROGRESS_S, "the first process has all")
    if worked <= 0:
        raise Failed("the second process took no visit while the first stood: this row proves nothing")
    return "it had %d partitions, stood %.0f s, another had taken all after %.0f s and %d visits, shared again after %.1f s" % (
        had, came - began, taken_s, worked, shared_s)


def come_and_go(c):
    """Others join for some seconds and go, by a signal that asks or by one that kills, again and again."""
    end, went = time.monotonic() + COME_AND_GO_S, collections.Counter()
    while time.monotonic() < end:
        stays_s, name = c.rng.uniform(1, 5), c.rng.choice(("second", "third"))
        other = c.site.start(SLUICE_PROCESS_NAME=name, SLUICE_KAFKA_SESSION_MS=str(SESSION_MS))
        time.sleep(stays_s)
        went["shared"] += own(other) > 0
        if c.rng.random() < 0.5:
            other.kill()
            went["killed"] += 1
        else:
            other.stop()
            went["stopped"] += 1
        c.site.services.remove(other)
    c.heal()
    wait_until(lambda: own(c.service) == c.site.partitions, PROGRESS_S, "the first process has all")
    if min(went["shared"], went["killed"], went["stopped"]) < 2:
        raise Failed("%s: this row proves nothing" % dict(went))
    return "%d stopped and %d killed within %d s, %d had had partitions" % (
        went["stopped"], went["killed"], COME_AND_GO_S, went["shared"])


# ---- 20: one entity has a third of everything ---------------------------------------------------

def pay_one(lines):
    """The first that is paid is paid by so many that a third of all records has its account."""
    records = [json.loads(line) for line in lines]
    payments = [record for record in records if record["type"] == "transaction" and "payee" in record]
    wanted = int(len(records) * HOT)
    if len(payments) < wanted:
        raise Failed("only %d of %d records are payments: this row proves nothing" % (len(payments), len(records)))
    for payment in payments[:wanted]:
        payment["payee"] = payments[0]["payee"]
    return [json.dumps(record) for record in records]


def one_is_hot(c):
    """Nothing stands for it, also not the partition that has it."""
    stands, end, before = Stands(c), time.monotonic() + HOT_S, sum(c.taken().values())
    while time.monotonic() < end:
        stands.look()
        time.sleep(0.02)
    if sum(c.taken().values()) - before < HOT_FRAMES_MIN:
        raise Failed("%d frames came meanwhile: this row proves nothing" % (sum(c.taken().values()) - before))
    if stands.longest_s > HOT_STANDS_S:
        raise Failed("a partition stood for %.2f s" % stands.longest_s)
    return "a third of all records has one account; no partition stood for more than %.2f s" % stands.longest_s


# ---- 7: slow, silent, broken --------------------------------------------------------------------

def round_trip(c):
    c.proxy.delay(0.25)
    try:
        with contextlib.closing(Link(c.proxy.address)) as link:
            began = time.monotonic()
            link.ask("PING")
            passed = time.monotonic() - began
        if passed < 0.5:
            raise Failed("a round trip takes %.3f s: this row proves nothing" % passed)
        slow_s = c.pass_over(c.taken(), time.monotonic())
    finally:
        c.proxy.delay(0)
    c.heal()
    c.quiet()
    return "round trip %.0f ms, W passed all after %.1f s meanwhile" % (passed * 1000, slow_s)


def half_open(c):
    """Each worker connects anew, to silence, at least twice; no partition stands for as long as one of these attempts."""
    accepted = c.proxy.accepted
    c.proxy.hold()
    try:
        c.hear("no answer to a flush within %d ms" % TIMEOUT_MS)
        before, stands = c.outputs(), Stands(c)
        wait_until(lambda: stands.look() or c.proxy.accepted >= accepted + 2 * c.site.workers, HEARD_S,
                   "it connects anew, to silence", 0.02)
        came = c.outputs() - before
    finally:
        c.proxy.go_on()
    c.heal()
    c.hear("redis is back")
    if came < GOES_ON_MIN or stands.longest_s >= TIMEOUT_MS / 1000:
        raise Failed("%d outputs came meanwhile, and a partition stood for %.2f s: connecting holds up a worker" % (
            came, stands.longest_s))
    return "%d connections to silence, %d outputs meanwhile, no partition stood for more than %.2f s" % (
        c.proxy.accepted - accepted, came, stands.longest_s)


def cut_reply(c):
    fault = c.proxy.cut("sluice_flush", c.rng.randrange(1, 8), 2)
    expect_happened(fault, "a reply to a flush that breaks off")
    c.heal()
    c.hear("going on in memory", "redis is back")
    return "reset after 2 bytes of a reply, %d partitions opened anew" % c.resets()


def cut_page(c):
    """The reply that brings pages, in the middle of it, when a partition is read again."""
    lost = c.proxy.lose("sluice_flush", executed=False)
    cut = c.proxy.cut("HGETALL", c.rng.randrange(1, 200), 3)
    expect_happened(lost, "the loss of a flush")
    expect_happened(cut, "a page that breaks off")
    c.heal()
    wait_until(lambda: c.said("redis is back") >= 2, HEARD_S, lambda: "back twice: " + c.service.tail())
    return "reset after 3 bytes of an answer with pages, %d partitions opened anew" % c.resets()


def break_in_reset(c):
    """All partitions go back, as Redis is empty; of one, the answer to its opening breaks off, when calls of its
    worker's other partition are on their way."""
    cut = c.proxy.cut("sluice_open", 1, 2)
    with c.redis() as link:
        link.must("FLUSHALL")
    expect_happened(cut, "an opening that breaks off")
    c.heal()
    c.hear("CONFLICT", "redis is back")
    wait_until(lambda: c.resets() >= c.site.partitions, HEARD_S, lambda: "all go back: " + c.service.tail())
    return "emptied, and the first opening broke off; %d resets" % c.resets()


# ---- 12: the reply to a flush is lost -----------------------------------------------------------

def lose_flush(executed):
    """A partition goes on from memory if all its flushes were executed, those behind this one included."""
    def meet(c):
        fault = c.proxy.lose("sluice_flush", c.rng.randrange(1, 8), executed)
        expect_happened(fault, "the loss of a flush")
        c.heal()
        c.hear("going on in memory", "redis is back")
        if not executed:
            wait_until(c.resets, HEARD_S, lambda: "a partition is opened anew: " + c.service.tail())
        return "%s lost, %d partitions opened anew" % ("reply" if executed else "flush", c.resets())
    return meet


# ---- 13: a Redis that answers, and refuses ------------------------------------------------------

def functions_gone(c):
    with c.redis() as link:
        link.must("FUNCTION", "FLUSH")
    c.heal()
    c.hear("Function not found", "redis is back")
    return "functions flushed, and loaded again"


def read_only(c):
    with c.redis() as link:
        link.must("REPLICAOF", "127.0.0.1", NOBODY)
        try:
            c.hear("is a replica, which takes no writes")
            came = c.go_on_without()
        finally:
            link.must("REPLICAOF", "NO", "ONE")
    c.heal()
    c.hear("redis is back")
    return "made a replica, %d outputs meanwhile" % came


def out_of_memory(c):
    with c.redis() as link:
        link.must("CONFIG", "SET", "maxmemory", "1mb")
        try:
            c.hear("OOM command not allowed")
            came = c.go_on_without()
        finally:
            link.must("CONFIG", "SET", "maxmemory", "0")
    c.heal()
    c.hear("redis is back")
    return "no memory, %d outputs meanwhile" % came


def loading(c):
    stack = c.live.stack
    stack.end("redis", signal.SIGKILL)
    stack.start_redis("--key-load-delay", "40")
    with c.redis() as link:
        said = link.ask("GET", "x")
        if not said.startswith("-LOADING"):
            raise Failed("Redis is not loading, it says %s: this row proves nothing" % said)
        began = time.monotonic()
        wait_until(lambda: not link.ask("GET", "x").startswith("-LOADING"), PROGRESS_S, "Redis has loaded")
        loaded_s = time.monotonic() - began
        link.must("CONFIG", "SET", "key-load-delay", "0")
    c.heal()
    c.hear("redis is back")
    return "killed, and %.1f s of LOADING" % loaded_s


# ---- 14: Redis stands still ---------------------------------------------------------------------

def stall(c):
    began = time.monotonic()
    c.live.stack.send("redis", signal.SIGSTOP)
    try:
        came = c.go_on_without()
        time.sleep(max(0, 2 - (time.monotonic() - began)))
        unanswered = c.service.sum("waiting")
    finally:
        c.live.stack.send("redis", signal.SIGCONT)
    c.heal()
    if unanswered == 0:
        raise Failed("nothing waited for Redis: this row proves nothing")
    c.quiet()
    return "stood %.1f s, %d outputs meanwhile, %d pages waited" % (time.monotonic() - began, came, unanswered)


SESSION = {"SLUICE_KAFKA_SESSION_MS": str(SESSION_MS)}
ROWS = [
    Row("round trip", 7, False, {}, round_trip),
    Row("half-open", 7, True, QUICK, half_open, LONG),
    Row("cut reply", 7, False, {}, cut_reply),
    Row("cut page", 7, False, {}, cut_page),
    Row("break in reset", 7, True, {}, break_in_reset),
    Row("reply lost", 12, True, {}, lose_flush(True)),
    Row("flush lost", 12, False, {}, lose_flush(False)),
    Row("no function", 13, True, {}, functions_gone),
    Row("read-only", 13, False, {}, read_only, LONG),
    Row("no memory", 13, False, {}, out_of_memory, LONG),
    Row("loading", 13, False, {}, loading, LONG),
    Row("stalled", 14, False, {}, stall, LONG),
    Row("paused", 2, False, SESSION, stand_and_come_back, 40),
    Row("handed over", 3, False, {**SESSION, **RESTING}, hand_over, 40),
    Row("come and go", 3, False, SESSION, come_and_go, 20),
    Row("one is hot", 20, False, {}, one_is_hot, LONG, pay_one),
]


def chosen(table, words):
    """Rows of a table of faults: short, all, or those of some names."""
    if words in ("short", "all"):
        return [row for row in table if row.short or words == "all"]
    rows = [row for row in table if row.name in words.split(",")]
    if len(rows) != len(words.split(",")):
        raise Failed("--rows must be short, all, or some of: %s" % ", ".join(row.name for row in table))
    return rows


def summary(rows, seen):
    slowest = max(seen, key=lambda each: each.progress_s)
    return "%d rows of faults %s, each happened; progress after at most %.1f s; %d ids the same" % (
        len(rows), " ".join(str(fault) for fault in sorted({row.fault for row in rows})), slowest.progress_s, seen[-1].ids)


def prove(options):
    rows = chosen(ROWS, options.rows)
    with Live(options) as live, Proxy(live.stack.state["ports"]["redis"]) as proxy:
        chaos = Chaos(live, proxy, options, rows)
        return summary(rows, [chaos.run(row) for row in rows])


def arguments(page):
    made = parser(page)
    made.add_argument("--rows", default="all")
    made.add_argument("--seed", type=int, default=1)
    return made.parse_args()


if __name__ == "__main__":
    sys.exit(main("chaos", prove, arguments(__doc__)))
