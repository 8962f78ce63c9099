"""What the live proofs share: a stack, services on it, feeds, drains, and the comparison with the log.

    with Live("kills") as live:                       a broker and a Redis in a folder of their own
        site = live.site("k", partitions=4, workers=2)    topics and keys of their own
        service = site.start()                            `sluice run`, ready
        site.feed(["--events", path, "--rate", "500"]).join()
        site.drain()
        service.stop()
        proof = site.prove()                              ids, contents, records and pages against the log

Every process started here ends with the script, however the script ends. A point that does not hold is
`Failed`, with the place and both contents; `main` turns it into a line and exit code 1.
"""
import argparse
import base64
import collections
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "connectors", "stack"))
import stack as stacks  # noqa: E402
from broken_feed import mix  # noqa: E402

KINDS = ("warnings", "stops", "advice", "shadow", "decisions", "receipts")
FEEDS = ("calls", "sms", "transactions", "accounts", "lists", "warnings-in", "outcomes", "directory")
ASKED = ("delay", "protect", "stop")
PACK = "rules/library"
MARKS_MIN = THINGS_MIN = 3
TIMEOUTS_MIN = 10
READY_S = 60
STOP_S = 60
STILL_S = 60  # without any progress a drain has failed


def pack_with(folder, *names, without=()):
    """The shipped pack and rules that fire all the time, of these files beside this one: a copy in a folder."""
    shutil.copytree(PACK, folder, ignore=shutil.ignore_patterns(*without))
    for name in names:
        shutil.copy(os.path.join(HERE, name), folder)
    return folder


def pack_with_marks(folder):
    """Rules that mark at every larger payment, and rules about devices and domains."""
    return pack_with(folder, "marks.rule", "things.rule")


def pack_without_chains(folder):
    """Rules about devices and domains, and no marks that marks set, so that no two branches of an event meet at a page."""
    return pack_with(folder, "things.rule", without=("taint.rule",))


def count_things(decisions):
    """Decisions of rules about devices, enough to prove something."""
    found = collections.Counter(name for line in decisions.values() for name in json.loads(line)["fired"])
    each = [found[name] for name in ("live_paid_with", "live_paying", "live_entered")]
    if min(each) < THINGS_MIN:
        raise Failed("rules about devices fired %s times, at least %d each are wanted: this run proves nothing" % (each, THINGS_MIN))
    return sum(each) + found["live_sent_there"]


def count_marks(decisions):
    """Decisions of rules on marks, by how many marks had set each other before: enough to prove something."""
    found = collections.Counter(name for line in decisions.values() for name in json.loads(line)["fired"])
    chain = [found["live_left_1"], found["live_left_2"], found["live_holder"]]
    if min(chain) < MARKS_MIN:
        raise Failed("rules on marks fired %s times, at least %d each are wanted: this run proves nothing" % (chain, MARKS_MIN))
    if found["live_lull_over"] < TIMEOUTS_MIN:
        raise Failed("%d waits have fired, at least %d are wanted: this run proves nothing" % (found["live_lull_over"], TIMEOUTS_MIN))
    return sum(chain)


def count_timeouts(decisions):
    """Decisions of the rule on time-outs."""
    return sum("live_lull_over" in json.loads(line)["fired"] for line in decisions.values())


class Failed(Exception):
    """The point does not hold, or something outside failed."""


def read(path):
    with open(path, encoding="utf-8", errors="replace") as source:
        return source.read()


def wait_until(true, seconds, what, pause_s=0.02):
    """The first true value; what: a function or text that says what was waited for."""
    end = time.monotonic() + seconds
    while True:
        value = true()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed("not within %d s: %s" % (seconds, what() if callable(what) else what))
        time.sleep(pause_s)


# ---- processes ----------------------------------------------------------------------------------

class Process:
    """A child that ends with this script, its output in a file."""

    def __init__(self, words, env, log):
        self.words, self.log = words, log
        with open(log, "w", encoding="utf-8") as out:
            self.child = subprocess.Popen(words, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                          preexec_fn=stacks.end_with_parent)

    def said(self):
        return read(self.log)

    def tail(self):
        return self.said().strip()[-900:] or "it said nothing"

    def wait_for(self, words, seconds=30):
        def heard():
            if words not in self.said() and self.child.poll() is not None:
                raise Failed("it ended with %d and never said \"%s\": %s" % (self.child.returncode, words, self.tail()))
            return words in self.said()
        wait_until(heard, seconds, lambda: "\"%s\" in %s: %s" % (words, self.log, self.tail()))
        return self

    def join(self, seconds=600):
        try:
            code = self.child.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise Failed("`%s` is not done after %d s: %s" % (" ".join(self.words[:2]), seconds, self.tail())) from error
        if code != 0:
            raise Failed("`%s` ended with %d: %s" % (" ".join(self.words[:2]), code, self.tail()))

    def kill(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()


class Manager:
    """What a service manager hears: the datagrams that come to NOTIFY_SOCKET, here `path` in the abstract
    namespace, where no folder's name is too long and nothing stays behind."""

    def __init__(self):
        self.path = "@sluice-live-%d" % os.getpid()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + self.path[1:])
        self.socket.setblocking(False)
        self.heard = []

    def listen(self):
        """All that was said so far."""
        while True:
            try:
                self.heard.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return self.heard

    def expect(self, *states):
        """Exactly these by now, or in a moment."""
        wait_until(lambda: len(self.listen()) >= len(states), 5, lambda: "a service manager hears %s, only %s" % (
            list(states), self.heard))
        if self.heard != list(states):
            raise Failed("a service manager heard %s, not %s" % (self.heard, list(states)))


class Service(Process):
    """One process `sluice run`."""

    def __init__(self, words, env, log):
        self.port = stacks.free_port()
        self.at = time.monotonic()
        super().__init__(words, dict(env, SLUICE_HTTP_PORT=str(self.port)), log)

    def page(self, path):
        try:
            with urllib.request.urlopen("http://127.0.0.1:%d%s" % (self.port, path), timeout=5) as answer:
                return answer.read().decode()
        except (OSError, urllib.error.URLError) as error:
            if self.child.poll() is not None:
                raise Failed("the service ended with %d: %s" % (self.child.returncode, self.tail())) from error
            raise Failed("the service does not answer at %s: %s" % (path, error)) from error

    def status(self):
        return json.loads(self.page("/status"))

    def metrics(self):
        """Values by name; those of several partitions added up."""
        sums = collections.Counter()
        for line in self.page("/metrics").splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                sums[name.partition("{")[0]] += float(value)
        return sums

    def sum(self, *members):
        return sum(row[member] for row in self.status()["visits"] for member in members)

    def kill9(self):
        self.child.send_signal(signal.SIGKILL)
        if self.child.wait() != -signal.SIGKILL:
            raise Failed("the service had ended with %d by itself: %s" % (self.child.returncode, self.tail()))

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        try:
            code = self.child.wait(STOP_S)
        except subprocess.TimeoutExpired as error:
            self.kill()
            raise Failed("the service did not end within %d s of SIGTERM: %s" % (STOP_S, self.tail())) from error
        if code != 0:
            raise Failed("the service ended with %d: %s" % (code, self.tail()))


# ---- outputs ------------------------------------------------------------------------------------

def ident_of(line):
    """What makes two copies the same output; a receipt is its own name."""
    return json.loads(line).get("id", line)


def gather(kind, lines, found):
    """Adds lines by id; every copy of an id must be the same, byte for byte."""
    for line in lines:
        first = found.setdefault(ident_of(line), line)
        if first != line:
            raise Failed("%s %s came twice, and differs\n  first  %s\n  then   %s" % (kind, ident_of(line), first, line))
    return found


def compare(live, replay, kinds=KINDS):
    """Returns how many ids there are; fails with the first difference."""
    for kind in kinds:
        for ident in sorted(live[kind].keys() | replay[kind].keys()):
            if live[kind].get(ident) != replay[kind].get(ident):
                raise Failed("ids differ: %s %s\n  live    %s\n  replay  %s" % (
                    kind, ident, live[kind].get(ident, "(none)"), replay[kind].get(ident, "(none)")))
    return sum(len(live[kind]) for kind in kinds)


def count_asked(stops):
    """Requests that hold money or protect a person: without any, a run proves nothing."""
    asked = sum(json.loads(line)["kind"] in ASKED for line in stops.values())
    if asked == 0:
        raise Failed("no delay, protect or stop was asked for: this run proves nothing")
    return asked


def read_folder(folder, kinds=KINDS):
    return {kind: gather(kind, read(os.path.join(folder, kind + ".jsonl")).splitlines(), {}) for kind in kinds}


Proof = collections.namedtuple("Proof", "ids asked records refused visits checked live log")


# ---- a site -------------------------------------------------------------------------------------

class Site:
    """One installation on the stack: its topics and keys, and the processes that serve it."""

    def __init__(self, live, name, partitions, workers, settings):
        self.live, self.name, self.partitions, self.workers, self.pack = live, name, partitions, workers, PACK
        self.services, self.started = [], 0
        self.broken = []  # records that were fed and must be refused
        self.sent_twice = False  # brokers die under whoever feeds: what they have may be sent once more
        self.env = dict(live.env, SLUICE_KAFKA_BROKERS=live.stack.kafka, SLUICE_REDIS_ADDRESS=live.stack.redis,
                        SLUICE_KAFKA_PREFIX=name + ".", SLUICE_REDIS_PREFIX=name + ":",
                        SLUICE_VISITS_PARTITIONS=str(partitions), SLUICE_ENGINE_WORKERS=str(workers),
                        SLUICE_VISITS_CLOCK="event", **settings)
        self.sluice("topics", "create")

    def path(self, name):
        return self.live.path("%s-%s" % (self.name, name))

    def sluice(self, *words, seconds=600, lines=False):
        try:
            done = subprocess.run([self.live.sluice, *words], env=self.env, stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=seconds, check=False,
                                  preexec_fn=stacks.end_with_parent)
        except subprocess.TimeoutExpired as error:
            raise Failed("`sluice %s` is not done after %d s" % (" ".join(words[:2]), seconds)) from error
        if done.returncode != 0:
            raise Failed("`sluice %s` ended with %d: %s" % (
                " ".join(words[:2]), done.returncode, done.stderr.decode(errors="replace").strip()[-3000:]))
        return done.stdout.decode().splitlines() if lines else (done.stdout + done.stderr).decode()

    # ---- what runs

    def start(self, *words, **settings):
        """A process `sluice run` with these settings on top; ready when this returns."""
        return self.launch(*words, **settings).wait_for(": ready: ", READY_S)

    def launch(self, *words, **settings):
        self.started += 1
        service = Service([self.live.sluice, "run", "--pack", self.pack, *words], dict(self.env, **settings),
                          self.path("run-%d.log" % self.started))
        self.live.processes.append(service)
        self.services = [each for each in self.services if each.child.poll() is None] + [service]
        return service

    def feed(self, *words):
        """`sluice feed`, on its way; files and pace are in the words."""
        self.started += 1
        feed = Process([self.live.sluice, "feed", *words], self.env, self.path("feed-%d.log" % self.started))
        self.live.processes.append(feed)
        return feed

    def feed_broken(self, events, share, rng, *words):
        """`feed` of these events and, between them, broken records: so many for each event."""
        into = events + ".broken"
        self.broken += mix(events, into, share, rng)
        return self.feed("--events", into, *words)

    def feed_in_time(self, service, *words):
        """`feed` that waits until each record is through: nothing comes after the moment in which a request helps."""
        return self.feed("--lockstep", "--status", "127.0.0.1:%d" % service.port, *words)

    # ---- is anything on its way?

    def ends(self):
        rows = json.loads("".join(self.sluice("topics", "ends", lines=True)))
        return {(row["topic"], row["partition"]): (row["first"], row["next"]) for row in rows}

    def lag(self):
        """What is not done: records and frames not taken, and messages not acknowledged. The status is
        read before the ends, so what came meanwhile shows."""
        taken, waiting = {}, 0
        for service in self.services:
            status = service.status()
            for row in status["visits"]:
                taken["visits", row["partition"]] = row["next"]
                waiting += row["unacked"]
            for row in status["raw"]:
                taken[row["topic"], row["partition"]] = row["next"]
                waiting += row["unacked"]
        return waiting + sum(end - taken.get(place, first) if place in taken else end - first + (place[0] == "visits")
                             for place, (first, end) in self.ends().items() if place[0] in FEEDS + ("visits",))

    def standing(self):
        """For a message: where everything stands."""
        return "\n  ".join(["; ".join("%s[%d] to %d" % (*place, end) for place, (_, end) in self.ends().items() if end)]
                           + [json.dumps(each.status()) + "\n  " + each.tail() for each in self.services])

    def drain(self, seconds=None):
        """Until nothing is on its way, twice in a row: between two looks nothing hides behind their
        order. Fails after a minute in which the lag did not shrink; with seconds, after so many, since an
        engine that is far behind passes visits on in more frames than it takes."""
        began = moved = time.monotonic()
        least, in_a_row = None, 0
        while in_a_row < 2:
            lag = self.lag()
            in_a_row = in_a_row + 1 if lag == 0 else 0
            if least is None or lag < least:
                least, moved = lag, time.monotonic()
            if time.monotonic() - began > seconds if seconds else time.monotonic() - moved > STILL_S:
                raise Failed("not drained: %d records, frames and messages are on their way: %s" % (
                    lag, self.standing()))
            time.sleep(0 if in_a_row else 0.1)
        for service in self.services:  # I8
            missing = service.metrics()["sluice_visits_unaccounted"]
            if missing != 0:
                raise Failed("%d visits are unaccounted for: %s" % (missing, self.standing()))
        return time.monotonic() - began

    # ---- what came out

    def outputs(self, kinds=KINDS):
        return {kind: gather(kind, self.sluice("watch", "--topic", kind, "--to-end", lines=True), {})
                for kind in kinds}

    def all_letters(self):
        """By what their ids are made of (docs/semantics.md, section 5); all copies of one must be the same."""
        found = {}
        for line in self.sluice("watch", "--topic", "dead-letters", "--to-end", lines=True):
            letter = json.loads(line)
            ident = tuple(letter.get(name) for name in ("topic", "partition", "offset", "lsn", "entity"))
            first = found.setdefault(ident, line)
            if first != line:
                raise Failed("a dead letter came twice, and differs\n  first  %s\n  then   %s" % (first, line))
        return found

    def dead_letters(self):
        """By topic, partition and offset: the letter of each refused record."""
        return {ident[:3]: line for ident, line in self.all_letters().items() if ident[0] != "visits"}

    def letters_of_steps(self):
        """The letters of steps under quarantine, by topic, partition, offset, lsn and entity."""
        return {ident: line for ident, line in self.all_letters().items() if ident[0] == "visits"}

    def replay_log(self, check):
        """Outputs and summary of the log's replay, and what it said of the pages."""
        out = self.path("log")
        said = self.sluice("replay", "--log", "--pack", self.pack, "--out", out, *(["--check"] if check else []))
        checked = [line for line in said.splitlines() if "check: " in line]
        if check and not checked:
            raise Failed("the replay said nothing about the pages: " + said[-600:])
        return read_folder(out), json.loads(read(os.path.join(out, "summary.json"))), " ".join(checked)

    def check_refused(self, letters):
        """What was fed broken, and nothing else, is in the dead letters: each record of it once, byte for byte."""
        told = collections.Counter(base64.b64decode(json.loads(line)["bytes_base64"]) for line in letters.values())
        fed = collections.Counter(self.broken)
        for bad in sorted(fed.keys() | told.keys()):
            again = self.sent_twice and told[bad] > fed[bad] > 0  # a second record, with a letter of its own
            if fed[bad] != told[bad] and not again:
                raise Failed("refused records differ: %d dead letters, %d times fed broken: %r" % (
                    told[bad], fed[bad], bad[:300]))

    def check_records(self, log):
        """Each record is either in the log once or has one dead letter; returns how many there are, and how many
        were refused."""
        letters, count = self.dead_letters(), 0
        self.check_refused(letters)
        refused = collections.Counter(ident[:2] for ident in letters)
        taken = {(row["topic"], row["partition"]): row["taken"] for row in log["raw"]}
        for place, (first, end) in self.ends().items():
            if place[0] not in FEEDS:
                continue
            outside = [ident for ident in letters if ident[:2] == place and not first <= ident[2] < end]
            if outside or end - first != taken.get(place, 0) + refused[place]:
                raise Failed("records differ: %s[%d] has %d, of which %d are in the log and %d refused%s" % (
                    *place, end - first, taken.get(place, 0), refused[place],
                    ", and %s lies outside" % (outside[0],) if outside else ""))
            count += end - first
        return count, len(letters)

    def prove(self, check=True):
        """What came out, record for record and id for id, is what a replay of the log gives; with
        check also every page and header in Redis. The service must have been drained."""
        live = self.outputs()
        replay, summary, checked = self.replay_log(check)
        log = summary["log"]
        if log["in_flight"] != 0 or log["sent"] != log["taken"]:
            raise Failed("in_flight is %d after a drain: %d visits sent, %d taken" % (
                log["in_flight"], log["sent"], log["taken"]))
        records, refused = self.check_records(log)
        ids = compare(live, replay)
        visits = sum(row["visits"] for row in log["partitions"])
        return Proof(ids, count_asked(live["stops"]), records, refused, visits, checked.partition("check: ")[2], live, replay)


# ---- the stack and the script -------------------------------------------------------------------

class Live:
    """A stack in a folder, and everything that runs on it."""

    def __init__(self, options, heap="small", brokers=1):
        self.sluice, self.folder = os.path.abspath(options.sluice), options.workdir
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.stack = stacks.Stack(self.path("stack"), options.jars, heap, ends_with_us=True, brokers=brokers)
        self.processes = []
        key = self.path("key")
        with open(key, "w", encoding="utf-8") as out:
            out.write("0123456789abcdef0123456789abcdef\n")
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("SLUICE_")}
        self.env.update(SLUICE_IDENTITY_KEY_FILE=key, SLUICE_DECISIONS_SAMPLE="1",
                        SLUICE_PROCESS_STATE_FOLDER=self.folder)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def __enter__(self):
        try:
            self.stack.up()
        except BaseException:
            self.stack.down(keep=True)
            raise
        return self

    def __exit__(self, *error):
        for process in self.processes:
            process.kill()
        for name in self.stack.servers:
            self.stack.send(name, signal.SIGCONT)
        self.stack.down(keep=error[0] is not None)

    def site(self, name, partitions=4, workers=2, **settings):
        return Site(self, name, partitions, workers, settings)

    def city(self, name, *words):
        """Files of a generated city: its folder."""
        folder = self.path(name)
        done = subprocess.run([self.sluice, "gen", "city", "--out", folder, *words], env=self.env,
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed("no city: " + done.stderr)
        return folder

    def slice(self, city, first, count):
        """So many events of a city from the one with that number on, as a file."""
        path = os.path.join(city, "events-%d.jsonl" % first)
        with open(os.path.join(city, "events.jsonl"), encoding="utf-8") as source, \
                open(path, "w", encoding="utf-8") as out:
            written = 0
            for line in itertools.islice(source, first, first + count):
                out.write(line)
                written += 1
        if written < count:
            raise Failed("the city has %d events, %d are needed: make it larger" % (first + written, first + count))
        return path

    def portions(self, city, sizes):
        """The last events of a city, where its frauds are, in files of so many each."""
        with open(os.path.join(city, "events.jsonl"), encoding="utf-8") as source:
            at = sum(1 for _ in source) - sum(sizes)
        if at < 0:
            raise Failed("the city has %d events, %d are needed: make it larger" % (at + sum(sizes), sum(sizes)))
        starts = [at + sum(sizes[:number]) for number in range(len(sizes))]
        return [self.slice(city, *place) for place in zip(starts, sizes)]


def parser(text):
    made = argparse.ArgumentParser(description=text.splitlines()[0])
    made.add_argument("sluice")
    made.add_argument("workdir")
    made.add_argument("--jars", default="build/stack-jars")
    return made


def main(name, prove, options):
    """Runs a proof; its last line is what it returns, or what failed. Also ends by a signal with all
    that was started."""
    def end(number, _):
        raise SystemExit(128 + number)
    signal.signal(signal.SIGTERM, end)
    try:
        said = "%s: %s" % (name, prove(options))
        with open(os.path.join(options.workdir, "summary"), "w", encoding="utf-8") as summary:
            summary.write(said + "\n")
        print(said, flush=True)
        return 0
    except (Failed, stacks.StackError, OSError) as error:
        print("%s: failed: %s" % (name, error), file=sys.stderr)
        return 1
