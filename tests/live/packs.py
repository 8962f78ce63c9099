"""New rules for a running service: published, activated in every partition, proved by receipts.

    packs.py SLUICE WORKDIR [--records N] [--jars FOLDER]

Real broker, real Redis, four partitions; ingest in one process, the engine with two workers in another.
Ingest waits until the engine has activated the first pack (the first edition of the shipped one). While
a city is fed, a second edition is published and activated; from the place of its receipt on, and nowhere
before, every decision, warning and firing names it. Old numbers are skipped. The engine is killed with
-9 and started again with --pack naming the first edition: it goes on with the second, from the topic, and
a replay of its log gives the same ids.
What must not be activated is refused, what strangers write into the topic `packs` is passed over, and a
pack that comes late is waited for, but not for ever.
"""
import argparse
import hashlib
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
import urllib.request

from parity import Failed, compare, read_replay, read_topics, run, small_city, stacks, stop_service

PARTITIONS = 4
PREFIX = "packs."
WAIT_S = 30
MARK = """\
rule %(name)s for payer on transaction "Under the %(name)s"
    when   amount >= 0.01 CNY
    watch  payer for 1h

    %(expect)s {
        +0m   transaction from M to A amount 9_900.00 CNY
    }
"""


def pack_folder(workdir, name, expect="fires"):
    """The shipped pack and a rule that says at every payment under which edition it was judged."""
    folder = os.path.join(workdir, name)
    shutil.copytree("rules/library", folder)
    with open(os.path.join(folder, "edition.rule"), "w", encoding="utf-8") as out:
        out.write(MARK % {"name": name, "expect": expect})
    return folder


def packed(folder):
    """The bytes of a pack, written here a second time (rules/rule_source.h)."""
    out = b""
    for name in sorted(name for name in os.listdir(folder) if name.endswith(".rule")):
        with open(os.path.join(folder, name), "rb") as source:
            for part in (name.encode(), source.read()):
                out += struct.pack("<I", len(part)) + part
    return out


def hash_of(folder):
    return hashlib.sha256(packed(folder)).hexdigest()


def expect(what, holds, detail=""):
    if not holds:
        raise Failed("%s does not hold%s" % (what, ": %s" % str(detail)[-900:] if detail else ""))


class Service:
    """One process of `sluice run`, with its log."""

    def __init__(self, bench, name, role, pack, **more):
        self.bench, self.port = bench, stacks.free_port()
        self.path = os.path.join(bench.workdir, name + ".log")
        env = dict(bench.env, SLUICE_HTTP_PORT=str(self.port), **more)
        with open(self.path, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen([bench.sluice, "run", "--role", role, "--pack", pack],
                                            env=env, stdout=log, stderr=log)
        bench.services.append(self)

    def log(self):
        with open(self.path, encoding="utf-8") as source:
            return source.read()

    def wait_for(self, words):
        end = time.monotonic() + WAIT_S
        while words not in self.log():
            if self.process.poll() is not None or time.monotonic() > end:
                raise Failed("the log of %s never says \"%s\": %s" % (self.path, words, self.log()[-900:]))
            time.sleep(0.02)
        return self

    def status(self):
        with urllib.request.urlopen("http://127.0.0.1:%d/status" % self.port, timeout=5) as answer:
            return json.load(answer)

    def kill(self):
        self.process.kill()
        self.process.wait()


class Bench:
    """What the scenes share."""

    def __init__(self, options):
        self.sluice, self.workdir, self.jars = options.sluice, options.workdir, options.jars
        self.stack = stacks.Stack(os.path.join(options.workdir, "stack"), options.jars)
        self.services, self.env = [], {}
        self.first = pack_folder(self.workdir, "first_edition")
        self.second = pack_folder(self.workdir, "second_edition")
        self.a, self.b = hash_of(self.first), hash_of(self.second)

    def start(self, records):
        key = os.path.join(self.workdir, "key")
        with open(key, "w", encoding="utf-8") as out:
            out.write("0123456789abcdef0123456789abcdef\n")
        self.env = dict(os.environ, SLUICE_IDENTITY_KEY_FILE=key, SLUICE_DECISIONS_SAMPLE="1")
        city = os.path.join(self.workdir, "city")
        small_city(self.sluice, city, records, self.env)
        self.stack.up()
        self.env.update(SLUICE_KAFKA_BROKERS=self.stack.kafka, SLUICE_REDIS_ADDRESS=self.stack.redis,
                        SLUICE_KAFKA_PREFIX=PREFIX, SLUICE_REDIS_PREFIX="packs:",
                        SLUICE_VISITS_PARTITIONS=str(PARTITIONS), SLUICE_ENGINE_WORKERS="2",
                        SLUICE_VISITS_CLOCK="event")
        run([self.sluice, "topics", "create"], self.env)
        with open(os.path.join(city, "events.jsonl"), encoding="utf-8") as source:
            events = source.readlines()
        self.parts = []
        for i in range(3):
            self.parts.append(os.path.join(self.workdir, "events-%d.jsonl" % i))
            with open(self.parts[i], "w", encoding="utf-8") as out:
                out.writelines(events[len(events) * i // 3:len(events) * (i + 1) // 3])
        return os.path.join(city, "directory.jsonl")

    def pack(self, *words, code=0, **more):
        """`sluice pack ..`, which must end with this code; its standard output and what it says."""
        done = subprocess.run([self.sluice, "pack", *words], env=dict(self.env, **more), capture_output=True,
                              text=True, check=False, timeout=120)
        expect("sluice pack %s ends with %d" % (" ".join(words), code), done.returncode == code,
               "%d, %s%s" % (done.returncode, done.stdout, done.stderr))
        return done.stdout, done.stderr

    def numbers(self, code=0):
        """Number and pack of each partition, by `status`."""
        status = json.loads(self.pack("status", "--json", code=code)[0])
        return [(row.get("number", 0), row.get("pack")) for row in status["partitions"]], status

    def produce(self, topic, partition, records):
        """Writes records as a stranger would: pairs of key and bytes."""
        words = []
        for i, (key, value) in enumerate(records):
            words += [key, os.path.join(self.workdir, "record-%d" % i)]
            with open(words[-1], "wb") as out:
                out.write(value)
        run(["java", "-XX:TieredStopAtLevel=1", "-cp", os.path.join(self.jars, "*"), "tests/live/Produce.java",
             self.stack.kafka, PREFIX + topic, str(partition)] + words, self.env, timeout=60)

    def feed(self, *words):
        run([self.sluice, "feed", *words], self.env, timeout=120)

    def feed_slowly(self, events):
        return subprocess.Popen([self.sluice, "feed", "--events", events, "--rate", "80"], env=self.env,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def wait_for_numbers(self, number, pack):
        end = time.monotonic() + WAIT_S
        while True:
            done = subprocess.run([self.sluice, "pack", "status", "--json"], env=self.env, capture_output=True,
                                  text=True, check=False, timeout=60)
            rows = json.loads(done.stdout)["partitions"]
            if all((row.get("number"), row.get("pack")) == (number, pack) for row in rows):
                return
            expect("all partitions run number %d" % number, time.monotonic() < end, done.stdout)

    def drain(self, ingest, engine):
        """Until nothing moves: every frame that is there was taken, and nothing waits, twice in a row."""
        seen, end = None, time.monotonic() + 60
        while time.monotonic() < end:
            raw, visits = ingest.status()["raw"], engine.status()["visits"]
            quiet = len(visits) == PARTITIONS and not any(row["unacked"] for row in raw + visits) and \
                not any(row["waiting"] for row in visits)
            now = [row["next"] for row in raw + visits]
            if quiet and now == seen:
                return
            seen = now if quiet else None
            time.sleep(0.3)
        raise Failed("the service did not come to rest within 60 s: %s" % engine.status())

    def topic(self, name):
        return [json.loads(line) for line in
                run([self.sluice, "watch", "--topic", name, "--to-end"], self.env).splitlines()]


# ---- scenes, in order ------------------------------------------------------------------------------
def first_start(bench):
    """Ingest, started alone, waits for the engine; the engine activates the first pack."""
    ingest = Service(bench, "ingest", "ingest", bench.first).wait_for(
        "no receipt yet of partitions 0, 1, 2, 3")
    expect("ingest is not ready before a pack runs", "ready" not in ingest.log(), ingest.log())
    numbers, status = bench.numbers(code=1)
    expect("nothing runs and nothing is published", numbers == [(0, None)] * PARTITIONS and not status["packs"], status)
    engine = Service(bench, "engine-1", "engine", bench.first).wait_for("ready")
    ingest.wait_for("ready")
    numbers, status = bench.numbers()
    expect("the first pack runs everywhere", numbers == [(1, bench.a)] * PARTITIONS, status)
    expect("its bytes are those that its hash names", status["packs"] == [
        {"pack": bench.a, "sound": True, "files": 6, "bytes": len(packed(bench.first))}], status)
    return ingest, engine


def refused(bench):
    """Nothing that its author or this program sees fail reaches the topic."""
    wrong = pack_folder(bench.workdir, "wrong")
    with open(os.path.join(wrong, "wrong.rule"), "w", encoding="utf-8") as out:
        out.write("list cases of\n")
    _, said = bench.pack("publish", wrong, code=1)
    expect("a mistake is shown", "wrong.rule:" in said and "in the rules" in said, said)
    _, said = bench.pack("publish", pack_folder(bench.workdir, "failing", "quiet"), code=1)
    expect("a failing case is shown", "1 of its" in said and "nothing was published" in said, said)
    _, said = bench.pack("publish", bench.workdir + "/none", code=3)
    _, said = bench.pack("activate", bench.second, code=1)
    expect("a pack that is not there", bench.b in said and "sluice pack publish" in said, said)
    _, said = bench.pack("activate", "0" * 64, code=1)
    _, said = bench.pack("activate", "cafe", code=2)
    _, status = bench.numbers()
    expect("nothing was published", len(status["packs"]) == 1, status)


def switch(bench):
    """Publishes and activates the second edition while records come."""
    feed = bench.feed_slowly(bench.parts[1])
    try:
        expect("publish prints the hash", bench.pack("publish", bench.second)[0] == bench.b + "\n")
        expect("records come meanwhile", feed.poll() is None)
        began = time.monotonic()
        out, _ = bench.pack("activate", bench.b[:12], "--json")
        seconds = time.monotonic() - began
        expect("the feed ends well", feed.wait(60) == 0, feed.returncode)
    finally:
        if feed.poll() is None:
            feed.kill()
    done = json.loads(out)
    out, said = bench.pack("publish", bench.second)
    expect("publishing twice is harmless", out == bench.b + "\n" and "already" in said, out + said)
    expect("every partition has switched", done["pack"] == bench.b and done["number"] == 2 and
           [row["outcome"] for row in done["partitions"]] == ["active"] * PARTITIONS, done)
    numbers, status = bench.numbers()
    expect("the second pack runs everywhere", numbers == [(2, bench.b)] * PARTITIONS, status)
    return [int(row["lsn"]) for row in done["partitions"]], seconds


def skipped(bench, ingest, engine):
    """A number that is not above the active one brings no old pack back."""
    for number in ("1", "2"):
        out, said = bench.pack("activate", bench.first, "--number", number, code=1)
        expect("all partitions skip it", out.count("skipped") == PARTITIONS and
               "skipped by partition 0, 1, 2, 3" in said, out + said)
    bench.drain(ingest, engine)  # the frames are taken: had they counted, there would be receipts
    numbers, status = bench.numbers()
    expect("the second pack still runs", numbers == [(2, bench.b)] * PARTITIONS, status)


def strangers(bench, engine):
    """What is no pack, or not the one that its name says, is said by name and passed over."""
    bad = b"\x06\0\0\0a.rule\x0e\0\0\0list cases of\n"
    other = "f" * 64
    bench.produce("packs", 0, [(hashlib.sha256(bad).hexdigest(), bad), (other, packed(bench.second)), ("no hash", b"x")])
    engine.wait_for("pack %s of the topic packs does not compile with this program" % hashlib.sha256(bad).hexdigest())
    engine.wait_for("pack %s: the bytes under this name" % other)
    engine.wait_for("is not the 64 digits of a hash")
    expect("none of it can be activated", "mistake in the rules" in
           bench.pack("activate", hashlib.sha256(bad).hexdigest(), code=1)[1])
    bench.pack("activate", other, code=3)
    table, _ = bench.pack("status")
    expect("status tells them apart", "published %s" % other in table and
           table.count("which are not the pack of this hash") == 1, table)


def killed(bench, ingest, engine):
    """kill -9 around activations, while records come: the engine goes on with the active pack, whatever --pack says."""
    feed = bench.feed_slowly(bench.parts[2])
    try:
        engine.kill()
        out, said = bench.pack("activate", bench.second, "--wait", "1", code=3)
        expect("without an engine the partitions are named", out.count("missing") == PARTITIONS and
               "partition 0, 1, 2, 3" in said, out + said)
        engine = Service(bench, "engine-2", "engine", bench.first)
        bench.wait_for_numbers(3, bench.b)
        engine.kill()  # right behind the receipts
        engine = Service(bench, "engine-3", "engine", bench.first).wait_for("ready")
        expect("it says which pack is active", "pack %s (number 3) is active, not the configured one" % bench.b[:12]
               in engine.log() and "sluice pack activate %s" % bench.a[:12] in engine.log(), engine.log())
        expect("the feed ends well", feed.wait(60) == 0, feed.returncode)
    finally:
        if feed.poll() is None:
            feed.kill()
    bench.drain(ingest, engine)
    numbers, status = bench.numbers()
    expect("what was activated while it was away counts", numbers == [(3, bench.b)] * PARTITIONS, status)
    return engine


def judged(bench, places):
    """Every output names the pack that was active at its place in its partition's log."""
    counts = {"first": 0, "second": 0, "warnings": 0}
    for one in bench.topic("decisions"):
        after = int(one["trace"]["lsn"]) >= places[one["trace"]["partition"]]
        if ("first_edition" if after else "second_edition") in one["fired"]:
            raise Failed("a decision under the wrong pack: %s" % json.dumps(one))
        counts["first"] += "first_edition" in one["fired"]
        counts["second"] += "second_edition" in one["fired"]
    for one in bench.topic("warnings"):
        after = int(one["trace"]["lsn"]) >= places[one["trace"]["partition"]]
        expect("a warning names its pack", one["pack"] == (bench.b if after else bench.a), one)
        counts["warnings"] += 1
    expect("both editions judged, and warned", min(counts.values()) > 0, counts)
    return counts


def replayed(bench):
    """The log, replayed, switches where the run did: the same ids, the same pages in Redis."""
    out = os.path.join(bench.workdir, "replay")
    run([bench.sluice, "replay", "--log", "--check", "--pack", bench.first, "--out", out], bench.env)
    live = read_topics(bench.sluice, bench.env)
    compare(live, read_replay(out))
    return sum(len(ids) for ids in live.values())


def late_pack(bench, engine):
    """An activation that comes before its pack: waited for, and gone on with when it comes."""
    third = pack_folder(bench.workdir, "third_edition")
    frame = struct.pack("<IqIQ", 0x31464C53, 1, 0, 9) + bytes.fromhex(hash_of(third))
    bench.produce("visits", 1, [("", frame)])
    engine.wait_for("pack %s is active and not here yet" % hash_of(third))
    bench.pack("publish", third)
    engine.wait_for("pack %s is here and compiled" % hash_of(third)[:12])
    end = time.monotonic() + WAIT_S
    while bench.numbers(code=1)[0][1] != (9, hash_of(third)):
        expect("partition 1 goes on with the late pack", time.monotonic() < end, engine.log())
        time.sleep(0.1)
    out, _ = bench.pack("activate", bench.b)
    expect("the next number is above all others", out.count("active   pack %s number 10" % bench.b[:12]) == PARTITIONS, out)


def never_there(bench, engine):
    """A pack that nobody publishes: the engine ends, and says what is missing and what to do."""
    stop_service(engine.process)
    frame = struct.pack("<IqIQ", 0x31464C53, 1, 0, 11) + b"\xab" * 32
    bench.produce("visits", 2, [("", frame)])
    engine = Service(bench, "engine-4", "engine", bench.first, SLUICE_KAFKA_WAIT_S="2")
    try:
        code = engine.process.wait(WAIT_S)
    except subprocess.TimeoutExpired as error:
        raise Failed("the engine waits for ever for a pack: " + engine.log()[-900:]) from error
    expect("it ends and names pack and remedy", code == 3 and "pack number 11 (%s)" % ("ab" * 32) in engine.log() and
           "sluice pack publish" in engine.log(), "%d: %s" % (code, engine.log()))


def large_pack(bench):
    """The largest pack goes through the topic; one that is larger is refused by name."""
    folder = os.path.join(bench.workdir, "large")
    shutil.copytree("rules/library", folder)
    used = sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder) if name.endswith(".rule"))
    line = b"# " + b"".join(hashlib.sha256(b"%d" % i).hexdigest().encode() for i in range(20)) + b"\n"
    text = b"".join(b"# " + hashlib.sha512(b"%d" % i).hexdigest().encode() + b"\n" for i in range(130000))
    with open(os.path.join(folder, "large.rule"), "wb") as out:
        out.write((text + line)[:16 * 1024 * 1024 - used - 1] + b"\n")
    out, _ = bench.pack("publish", folder)
    expect("the largest pack is published", out == hash_of(folder) + "\n", out)
    _, status = bench.numbers()
    row = [row for row in status["packs"] if row["pack"] == hash_of(folder)]
    expect("and sound", row and row[0]["sound"] and row[0]["bytes"] == len(packed(folder)), status)
    with open(os.path.join(folder, "more.rule"), "wb") as out:
        out.write(b"#\n")
    _, said = bench.pack("publish", folder, code=2)
    expect("a larger one is refused", "the pack grows past 16 MiB" in said, said)
    return row[0]["bytes"]


def scenes(bench, directory):
    ingest, engine = first_start(bench)
    refused(bench)
    bench.feed("--directory", directory, "--events", bench.parts[0])
    places, seconds = switch(bench)
    skipped(bench, ingest, engine)
    strangers(bench, engine)
    engine = killed(bench, ingest, engine)
    counts = judged(bench, places)
    ids = replayed(bench)
    late_pack(bench, engine)
    size = large_pack(bench)
    never_there(bench, engine)
    stop_service(ingest.process)
    return ("%d partitions switched in %.1f s while records came; %d payments judged by the first pack, %d by the "
            "second, none by the wrong one, %d warnings; killed twice, %d ids as in a replay of the log; a pack of %d bytes "
            "published" % (PARTITIONS, seconds, counts["first"], counts["second"], counts["warnings"], ids, size))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sluice")
    parser.add_argument("workdir")
    parser.add_argument("--records", type=int, default=900)
    parser.add_argument("--jars", default="build/stack-jars")
    options = parser.parse_args()
    shutil.rmtree(options.workdir, ignore_errors=True)
    os.makedirs(options.workdir)
    bench = Bench(options)
    began = time.monotonic()
    try:
        said = scenes(bench, bench.start(options.records))
    except (Failed, stacks.StackError, OSError, subprocess.TimeoutExpired) as error:
        print("packs: %s" % error, file=sys.stderr)
        return 1
    finally:
        for service in bench.services:
            if service.process.poll() is None:
                service.process.send_signal(signal.SIGKILL)
                service.process.wait()
        bench.stack.down()
    print("packs: %s; %.0f s" % (said, time.monotonic() - began))
    return 0


if __name__ == "__main__":
    sys.exit(main())
