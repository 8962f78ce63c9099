"""New rules for a running service: published, activated in every partition, proved by receipts.

    packs.py SLUICE WORKDIR [--records N] [--jars FOLDER]

Real broker, real Redis, four partitions; ingest in one process, the engine with two workers in another.
Ingest waits until the engine has activated the first pack (the first edition of the shipped one). While
a city is fed, a second edition is published and activated; from the place of its receipt on, and nowhere
before, every decision, warning and firing names it. Old numbers are skipped. The engine is killed with
-9 and started again with --pack naming the first edition: it goes on with the second, from the topic, and
a replay of its log gives the same ids.
A rollback brings back the pack that was active before.
What must not be activated is refused, what strangers write into the topic `packs` is passed over, and a
pack that comes late is waited for, but not for ever.
"""
import collections
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import time

from strangers import produce
from harness import PACK, Failed, Live, main, parser, wait_until

PARTITIONS = 4
WAIT_S = 30
FRAME_MAGIC = 0x32464C53  # "SLF2", as engine/frame.c has it
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
    shutil.copytree(PACK, folder)
    with open(os.path.join(folder, "edition.rule"), "w", encoding="utf-8") as out:
        out.write(MARK % {"name": name, "expect": expect})
    return folder


def as_typed(folder):
    """The same pack in another layout than `sluice fmt` has: its name is the same."""
    typed = shutil.copytree(folder, folder + "-typed")
    path = os.path.join(typed, "edition.rule")
    with open(path, "r+", encoding="utf-8") as rule:
        text = rule.read().replace("0.01 CNY", "0.01   CNY")
        rule.seek(0)
        rule.write(text)
    return typed


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


class Bench:
    """What the scenes share."""

    def __init__(self, live, records):
        self.live, self.workdir = live, live.folder
        self.site = live.site("packs", PARTITIONS)
        self.first = pack_folder(self.workdir, "first_edition")
        self.site.pack = as_typed(self.first)
        self.second = pack_folder(self.workdir, "second_edition")
        self.a, self.b = hash_of(self.first), hash_of(self.second)
        city = live.city("city", "--seed", "3", "--people", "120")
        self.directory = os.path.join(city, "directory.jsonl")
        self.parts = live.portions(city, [records // 3] * 3 + [records // 6] * 2)

    def service(self, role, **settings):
        return self.site.launch("--role", role, **settings)

    def pack(self, *words, code=0, **more):
        """`sluice pack ..`, which must end with this code; its standard output and what it says."""
        done = subprocess.run([self.live.sluice, "pack", *words], env=dict(self.site.env, **more),
                              capture_output=True, text=True, check=False, timeout=120)
        expect("sluice pack %s ends with %d" % (" ".join(words), code), done.returncode == code,
               "%d, %s%s" % (done.returncode, done.stdout, done.stderr))
        return done.stdout, done.stderr

    def numbers(self, code=0):
        """Number and pack of each partition, by `status`."""
        status = json.loads(self.pack("status", "--json", code=code)[0])
        return [(row.get("number", 0), row.get("pack")) for row in status["partitions"]], status

    def produce(self, topic, partition, records):
        produce(self.live.stack, self.workdir, "%s.%s" % (self.site.name, topic), partition, records)

    def feed_slowly(self, events):
        return self.site.feed("--events", events, "--rate", "80")

    def wait_for_numbers(self, number, pack):
        def everywhere():
            done = subprocess.run([self.live.sluice, "pack", "status", "--json"], env=self.site.env,
                                  capture_output=True, text=True, check=False, timeout=60)
            return all((row.get("number"), row.get("pack")) == (number, pack)
                       for row in json.loads(done.stdout)["partitions"])
        wait_until(everywhere, WAIT_S, "all partitions run number %d" % number)

    def topic(self, name):
        return [json.loads(line) for line in self.site.sluice("watch", "--topic", name, "--to-end", lines=True)]


# ---- scenes, in order ------------------------------------------------------------------------------
def first_start(bench):
    """Ingest, started alone, waits for the engine; the engine activates the first pack."""
    ingest = bench.service("ingest").wait_for(
        "no receipt yet of partitions 0, 1, 2, 3")
    expect("ingest is not ready before a pack runs", ": ready: " not in ingest.said(), ingest.said())
    numbers, status = bench.numbers(code=1)
    _, said = bench.pack("rollback", code=1)
    expect("there is no pack to go back from", "no pack was ever active" in said, said)
    expect("nothing runs and nothing is published", numbers == [(0, None)] * PARTITIONS and not status["packs"], status)
    engine = bench.service("engine").wait_for(": ready: ")
    ingest.wait_for(": ready: ")
    numbers, status = bench.numbers()
    expect("the first pack runs everywhere", numbers == [(1, bench.a)] * PARTITIONS, status)
    files = sum(name.endswith(".rule") for name in os.listdir(bench.first))
    expect("its bytes are those that its hash names", status["packs"] == [
        {"pack": bench.a, "sound": True, "files": files, "bytes": len(packed(bench.first))}], status)
    _, said = bench.pack("rollback", code=1)
    expect("nor one to go back to", "pack %s (number 1) is the only one that was ever active" % bench.a[:12] in said, said)
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
    expect("publish prints the hash", bench.pack("publish", bench.second)[0] == bench.b + "\n")
    expect("records come meanwhile", feed.child.poll() is None)
    began = time.monotonic()
    out, _ = bench.pack("activate", bench.b[:12], "--json")
    seconds = time.monotonic() - began
    feed.join(60)
    done = json.loads(out)
    out, said = bench.pack("publish", bench.second)
    expect("publishing twice is harmless", out == bench.b + "\n" and "already" in said, out + said)
    expect("every partition has switched", done["pack"] == bench.b and done["number"] == 2 and
           [row["outcome"] for row in done["partitions"]] == ["active"] * PARTITIONS, done)
    numbers, status = bench.numbers()
    expect("the second pack runs everywhere", numbers == [(2, bench.b)] * PARTITIONS, status)
    return [int(row["lsn"]) for row in done["partitions"]], seconds


def skipped(bench):
    """A number that is not above the active one brings no old pack back."""
    for number in ("1", "2"):
        out, said = bench.pack("activate", bench.first, "--number", number, code=1)
        expect("all partitions skip it", out.count("skipped") == PARTITIONS and
               "skipped by partition 0, 1, 2, 3" in said, out + said)
    bench.site.drain()  # the frames are taken: had they counted, there would be receipts
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


def killed(bench, engine):
    """kill -9 around activations, while records come: the engine goes on with the active pack, whatever --pack says."""
    feed = bench.feed_slowly(bench.parts[2])
    engine.kill9()
    out, said = bench.pack("activate", bench.second, "--wait", "1", code=3)
    expect("without an engine the partitions are named", out.count("missing") == PARTITIONS and
           "partition 0, 1, 2, 3" in said, out + said)
    engine = bench.service("engine")
    bench.wait_for_numbers(3, bench.b)
    engine.kill9()  # right behind the receipts
    engine = bench.service("engine").wait_for(": ready: ")
    expect("it says which pack is active", "pack %s (number 3) is active, not the configured one" % bench.b[:12]
           in engine.said() and "sluice pack activate %s" % bench.a[:12] in engine.said(), engine.said())
    feed.join(60)
    bench.site.drain()
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
    return bench.site.prove().ids


def late_pack(bench, engine):
    """An activation that comes before its pack: waited for, and gone on with when it comes."""
    third = pack_folder(bench.workdir, "third_edition")
    frame = struct.pack("<IqIQ", FRAME_MAGIC, 1, 0, 9) + bytes.fromhex(hash_of(third))
    bench.produce("visits", 1, [("", frame)])
    engine.wait_for("pack %s is active and not here yet" % hash_of(third))
    bench.pack("publish", third)
    engine.wait_for("pack %s is here and compiled" % hash_of(third)[:12])
    end = time.monotonic() + WAIT_S
    while bench.numbers(code=1)[0][1] != (9, hash_of(third)):
        expect("partition 1 goes on with the late pack", time.monotonic() < end, engine.said())
        time.sleep(0.1)
    out, _ = bench.pack("activate", bench.b)
    expect("the next number is above all others", out.count("active   pack %s number 10" % bench.b[:12]) == PARTITIONS, out)


def rolled_back(bench):
    """Back to the pack before, under a new number, and by a second rollback forth again; tags go along. What comes
    after each is judged by it. Returns how many payments were, by both together."""
    packs = ((11, hash_of(os.path.join(bench.workdir, "third_edition"))), (12, bench.b))
    places = []
    for events, (number, pack) in zip(bench.parts[3:], packs):
        out, said = bench.pack("rollback", "--json")
        done = json.loads(out)
        expect("a rollback takes the pack before and a new number", (done["pack"], done["number"]) == (pack, number) and
               [row["outcome"] for row in done["partitions"]] == ["active"] * PARTITIONS, done)
        expect("it says from where to where", "(number %d) back to pack %s" % (number - 1, pack[:12]) in said, said)
        numbers, status = bench.numbers()
        expect("every partition runs it", numbers == [(number, pack)] * PARTITIONS, status)
        expect("messages get its tags", status["packs"][-1]["pack"] == pack, status)
        places.append([int(row["lsn"]) for row in done["partitions"]])
        bench.site.feed("--events", events).join()
        bench.site.drain()
    counts = collections.Counter()
    for one in bench.topic("decisions"):
        partition, lsn = one["trace"]["partition"], int(one["trace"]["lsn"])
        if lsn >= places[0][partition]:
            right, wrong = ("second_edition", "third_edition")[::1 if lsn >= places[1][partition] else -1]
            if wrong in one["fired"]:
                raise Failed("a decision under the pack that was rolled back: %s" % json.dumps(one))
            counts[right] += right in one["fired"]
    expect("both packs judged after their rollbacks", min(counts["second_edition"], counts["third_edition"]) > 0, counts)
    return sum(counts.values())


def never_there(bench, engine):
    """A pack that nobody publishes: the engine ends, and says what is missing and what to do."""
    engine.stop()
    frame = struct.pack("<IqIQ", FRAME_MAGIC, 1, 0, 13) + b"\xab" * 32
    bench.produce("visits", 2, [("", frame)])
    engine = bench.service("engine", SLUICE_KAFKA_WAIT_S="2")
    try:
        code = engine.child.wait(WAIT_S)
    except subprocess.TimeoutExpired as error:
        raise Failed("the engine waits for ever for a pack: " + engine.said()[-900:]) from error
    expect("it ends and names pack and remedy", code == 3 and "pack number 13 (%s)" % ("ab" * 32) in engine.said() and
           "sluice pack publish" in engine.said(), "%d: %s" % (code, engine.said()))


def large_pack(bench):
    """The largest pack goes through the topic; one that is larger is refused by name."""
    folder = os.path.join(bench.workdir, "large")
    shutil.copytree(PACK, folder)
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


def scenes(bench):
    ingest, engine = first_start(bench)
    refused(bench)
    bench.site.feed("--directory", bench.directory, "--events", bench.parts[0]).join()
    places, seconds = switch(bench)
    skipped(bench)
    strangers(bench, engine)
    engine = killed(bench, engine)
    counts = judged(bench, places)
    engine.stop()  # its ticks write to the store that is compared
    replayed(bench)
    engine = bench.service("engine")
    late_pack(bench, engine)
    rolled = rolled_back(bench)
    engine.stop()
    ids = replayed(bench)
    engine = bench.service("engine")
    size = large_pack(bench)
    never_there(bench, engine)
    ingest.stop()
    return ("%d partitions switched in %.1f s while records came; %d payments judged by the first pack, %d by the "
            "second, none by the wrong one, %d warnings; %d more after two rollbacks; killed twice, %d ids as in a replay of the "
            "log; a pack of %d bytes published" % (
                PARTITIONS, seconds, counts["first"], counts["second"], counts["warnings"], rolled, ids, size))


def prove(options):
    began = time.monotonic()
    with Live(options) as live:
        return "%s; %.0f s" % (scenes(Bench(live, options.records)), time.monotonic() - began)


def arguments():
    made = parser(__doc__)
    made.add_argument("--records", type=int, default=900)
    return made.parse_args()


if __name__ == "__main__":
    sys.exit(main("packs", prove, arguments()))
