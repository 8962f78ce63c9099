"""One case of the comparison: its files, what the engine and the reference make of them, and what differs."""
import collections
import datetime
import hashlib
import json
import os
import random
import subprocess

import desk
import generate
import outputs
import packs
import policy
import reference
import retention
from vocabulary import DAY, HOUR, MINUTE, ROOT, SECOND

OUTPUTS = ("warnings", "stops", "advice", "decisions", "shadow")
LIBRARY = os.path.join(ROOT, "rules/library")
COMMAND_SECONDS = 120
PARTITIONS = (2, 3, 4, 7, 16)
SAMPLES = (1, 1, 2, 5, 0)
EXPIRIES = (400 * DAY, 400 * DAY, 400 * DAY, 400 * DAY, SECOND, 10 * SECOND, 7 * MINUTE, HOUR, 5 * HOUR, DAY)
# Many small streams find more than few large ones; pages that keep few records drop some in those of some length.
SIZES = (generate.FEW, generate.FEW, 15, 20, 20, 30, 30, 40, 60, 90, 160)
SIZES_OF_SMALL = (60, 100, 160)
WITH_SEVERAL = 0.33  # of the cases are replayed with several partitions, too


class Result:
    def __init__(self, seed, answered=False):
        self.seed = seed
        self.answered = answered  # people's answers are in the stream already
        self.failure = None   # what differs, or which command failed
        self.counts = collections.Counter()
        self.sizes = (0, 0)


class Failed(Exception):
    """A command that did not do what it should."""


def make(seed, folder):
    """Writes the pack and the stream of a seed."""
    if seed % retention.LIBRARY_EVERY == 0:
        os.makedirs(os.path.join(folder, "pack"))
        for name in os.listdir(LIBRARY):
            with open(os.path.join(LIBRARY, name), "rb") as source:
                with open(os.path.join(folder, "pack", name), "wb") as copy:
                    copy.write(source.read())
    else:
        packs.write_pack(seed, os.path.join(folder, "pack"))
    small = retention.retention_of(seed)
    size = random.Random("size %d" % seed).choice(SIZES_OF_SMALL if small is not None else SIZES)
    generate.write_stream(seed, size, folder, in_order=small is not None, steady=small is not None and small.steady)


def command(arguments, **settings):
    """Standard output of a command, with settings in its environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SLUICE_")}
    for name in ("PERSON_MESSAGES", "NUMBER_MESSAGES", "PERSON_OTHERS", "NUMBER_OTHERS", "ACCOUNT_OTHERS", "DEVICE_USES",
                 "DOMAIN_LINKS", "THING_WARNINGS"):
        environment["SLUICE_RETENTION_" + name] = str(reference.WARNINGS_MAX)  # the reference forgets nothing
        environment["SLUICE_RETENTION_" + name + "_DAYS"] = "90"
    environment["SLUICE_INGEST_NUMBER_KINDS"] = os.path.join(LIBRARY, "number_kinds.yaml")
    environment.update({"SLUICE_" + name: str(value) for name, value in settings.items()})
    try:
        done = subprocess.run(arguments, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False,
                              timeout=COMMAND_SECONDS)
    except subprocess.TimeoutExpired:
        raise Failed("%s took longer than %d s" % (" ".join(arguments), COMMAND_SECONDS)) from None
    if done.returncode != 0:
        raise Failed("%s\nended with %d: %s" % (" ".join(arguments), done.returncode,
                                                (done.stderr or done.stdout).decode("utf-8", "replace")[-2000:]))
    return done.stdout.decode("utf-8")


def replay(sluice, folder, partitions, sample, expiry, kept):
    """{output kind: its objects in order}, each without what the reference does not model."""
    out = os.path.join(folder, "out-%d" % partitions)
    command([sluice, "replay", "--pack", os.path.join(folder, "pack"),
             "--directory", os.path.join(folder, "directory.jsonl"),
             "--events", os.path.join(folder, "events.jsonl"),
             "--partitions", str(partitions), "--out", out], DECISIONS_SAMPLE=sample,
            ENGINE_EXPIRY_MS=expiry, **(kept.settings() if kept is not None else {}))
    made = {}
    for kind in OUTPUTS:
        with open(os.path.join(out, kind + ".jsonl"), encoding="utf-8") as lines:
            made[kind] = [plain(json.loads(line), partitions) for line in lines]
    with open(os.path.join(out, "summary.json"), encoding="utf-8") as source:
        made["summary"] = json.load(source)
    return made


def plain(made, partitions):
    """Looks at the form of trace and evidence, and leaves out what is not compared."""
    if made["type"] in ("warning", "decision", "shadow"):
        trace = made.pop("trace")
        if not (0 <= trace["partition"] < partitions and trace["lsn"].isdigit()):
            raise Failed("%s %s: trace is %s" % (made["type"], made["id"], trace))
    if made["type"] == "warning":
        named = 1 + (made["evidence"][0]["type"] == "mark")
        for piece in made["evidence"][named:]:
            if set(piece) - {"id", "type", "time", "amount", "mask"} or piece["time"] > made["time"]:
                raise Failed("warning %s: evidence has %s" % (made["id"], piece))
        del made["evidence"][named:]
    return made


# ---- what differs


def differences(path, expected, got):
    """(path, expected, got) of each place that differs; members that one side lacks are `absent`."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for name in list(expected) + [name for name in got if name not in expected]:
            yield from differences("%s.%s" % (path, name), expected.get(name, "absent"), got.get(name, "absent"))
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for place, pair in enumerate(zip(expected, got)):
            yield from differences("%s[%d]" % (path, place), *pair)
    elif type(expected) is not type(got) or expected != got:
        yield path, expected, got


def shown(value):
    return json.dumps(value, ensure_ascii=False)


def describe(kind, expected, got):
    """The first difference of two lists of outputs, or None. Order counts."""
    for place in range(max(len(expected), len(got))):
        one = expected[place] if place < len(expected) else None
        other = got[place] if place < len(got) else None
        if one == other:
            continue
        lines = ["%s %d of %d (reference) and %d (engine)" % (kind, place + 1, len(expected), len(got))]
        if one is None or other is None or one["id"] != other["id"]:
            lines += ["reference: " + shown(one), "engine:    " + shown(other)]
        else:
            lines += ["id %s, time %s" % (one["id"], one["time"])]
            lines += ["%s\n  reference: %s\n  engine:    %s" % (path, shown(mine), shown(theirs))
                      for path, mine, theirs in differences("", one, other)]
        return "\n".join(lines)
    return None


def is_sampled(decision, sample):
    time_ms = round(datetime.datetime.fromisoformat(decision["time"]).timestamp() * 1000)
    place = outputs.sample_place(bytes.fromhex(decision["subject"]["token"]), time_ms)
    matters = decision["fired"] or decision.get("overridden") or decision["tier"] or "late" in decision
    return bool(matters or (sample and place % sample == 0))


def texts_of(pack):
    """((name, text) of each file ..), in the order of the names' bytes."""
    texts = []
    for name in sorted(os.listdir(pack), key=str.encode):
        with open(os.path.join(pack, name), "rb") as source:
            texts.append((name, source.read()))
    return tuple(texts)


def pack_hash(texts):
    """The pack's identity: names and texts of its rule files as `sluice fmt` lays them out, each led by its length."""
    whole = hashlib.sha256()
    for name, text in texts:
        for part in (name.encode(), text) if name.endswith(".rule") else ():
            whole.update(len(part).to_bytes(4, "little") + part)
    return whole.hexdigest()


class Checked:
    """What `sluice check --json` says of a pack, and what the reference makes of that."""

    def __init__(self, sluice, folder):
        self.text = command([sluice, "check", "--json", folder])
        self.said = json.loads(self.text)
        self.pack = reference.Pack(self.said)
        command([sluice, "fmt", folder])  # the replays read it laid out: it must be the same pack
        self.hash = pack_hash(texts_of(folder))

    def difference(self):
        """Does the engine name the pack and plan the visits as the reference does?"""
        if self.said["hash"] != self.hash:
            return "with the hash of the pack: reference %s, engine %s" % (self.hash, self.said["hash"])
        planned = self.pack.itinerary
        for kind, legs in self.said["visits"].items():
            if planned.legs(kind) != legs:
                return "with the visits of a %s: reference %s, engine %s" % (kind, planned.legs(kind), legs)
        return None


LIBRARY_CHECKED = {}  # sluice -> Checked: it is the same each time


def check(sluice, pack):
    if texts_of(pack) != texts_of(LIBRARY):
        return Checked(sluice, pack)
    if sluice not in LIBRARY_CHECKED:
        LIBRARY_CHECKED[sluice] = Checked(sluice, pack)
    return LIBRARY_CHECKED[sluice]


def find_difference(out, made, partitions, sample):
    # Decisions first: they show best what went another way.
    for kind in ("decisions", "warnings", "stops", "advice", "shadow"):
        expected, got = getattr(out, kind), made[kind]
        if kind == "decisions":
            expected = [one for one in expected if is_sampled(one, sample)]
        if partitions != 1:
            expected, got = (sorted(some, key=lambda one: (one["id"], shown(one))) for some in (expected, got))
        found = describe(kind, expected, got)
        if found:
            return "with %d partitions and decisions.sample %d: %s" % (partitions, sample, found)
    if made["summary"]["read"] != out.read or made["summary"]["decisions"] != len(made["decisions"]):
        return "summary.json says " + shown(made["summary"])
    return None


# ---- what happened


def count(seed, checked, out):
    counts = collections.Counter({
        "packs": 1, "events": out.read, "rules": len(checked["rules"]), "rules that fired": len(out.fired),
        "warnings": len(out.warnings), "stops": len(out.stops), "advice": len(out.advice),
        "decisions": len(out.decisions), "guarded": len(out.guarded), "duplicates": out.duplicates,
        "too late": out.too_late, "came back": out.came_back, "overridden": len(out.overridden),
        "closed by an outcome": out.closed, "marks": out.marks,
        "tiers corrected": out.corrected, "corrections that held": out.held,
        "marks of many": out.marks_of_many, "marks on marks": out.marks_on_marks, "marks three deep": out.marks_three_deep, "shadow": len(out.shadow), "patterns matched": out.matched,
        "steps that took several": out.gathered, "time-outs": out.timeouts, "dark time-outs": out.dark_timeouts,
        "absence that was none": out.came, "waits that gave way": out.waits_lost,
        "waits whose record was dropped": out.waits_dropped, "approximate time-outs": out.loose_timeouts,
        "waits begun after their end": out.begun_late, "waits behind own warnings": out.begun_own,
        "judged again": out.judged_again, "fired late": out.fired_late, "warned late": out.warned_late,
        "contradicted": out.contradicted})
    counts["approximate"] = sum("approximate" in one["flags"] for one in out.decisions)
    counts["records dropped"] = out.dropped
    counts["shadow with a tier"] = sum(one["tier"] is not None for one in out.shadow)
    tiers = {typology["name"]: typology["tiers"] for typology in checked["typologies"]}
    for one in out.warnings:
        now = [reason for reason in one["reasons"] if reason["conditions"]]
        names = "；".join(reason["title"] or reason["rule"] for reason in now)
        counts["warning " + one["tier"]] += 1
        counts["warned after a correction"] += "corrections" in one
        counts["warning late"] += "late" in one["flags"]
        counts["contradicted reasons"] += any("contradicted" in reason for reason in one["reasons"])
        counts["earlier reasons"] += len(now) < len(one["reasons"])
        counts["titles instead of words" if one["text"] == names else "said"] += 1
        usual = policy.Policy(checked["policy"]).tiers[one["tier"]]["channels"]
        counts["named channels"] += [r["channel"] for r in one["reach"]] != [r[0] for r in usual]
        counts["raised"] += tiers[one["typology"]][one["tier"]] > one["score"]
    counts.update("stop " + one["kind"] for one in out.stops)
    counts["stop with a budget"] = sum("budgets" in one for one in out.stops)
    counts.update("advice " + one["because"] for one in out.advice)
    counts.update("fired at a " + one["role"] for one in out.decisions if one["fired"])
    counts.update("fired on " + rule["trigger"] for rule in checked["rules"] if out.fired[rule["name"]])
    if seed % retention.LIBRARY_EVERY == 0:
        counts["library rules that fired"] = len(out.fired)
    return counts


def refer(seed, folder, checked):
    """What the reference makes of it. A stream with which a page outgrows its bounds is cut in half, as often as that takes."""
    events = os.path.join(folder, "events.jsonl")
    while True:
        try:
            return reference.run(checked.pack, os.path.join(folder, "directory.jsonl"), events, expiry=expiry_of(seed),
                                 kept=retention.retention_of(seed))
        except reference.BeyondBounds:
            with open(events, encoding="utf-8") as source:
                lines = source.readlines()
            with open(events, "w", encoding="utf-8") as out:
                out.writelines(lines[:len(lines) // 2])


def compare(sluice, folder, result, configurations):
    """Fills the result from the files in a folder."""
    try:
        checked = check(sluice, os.path.join(folder, "pack"))
        with open(os.path.join(folder, "pack.json"), "w", encoding="utf-8") as copy:
            copy.write(checked.text)
        if result.seed % desk.EVERY == 0 and not result.answered:
            desk.answer(result.seed, os.path.join(folder, "events.jsonl"), refer(result.seed, folder, checked).warnings)
        result.failure = checked.difference()
        expiry, kept = expiry_of(result.seed), retention.retention_of(result.seed)
        out = refer(result.seed, folder, checked)
        for partitions, sample in configurations:
            made = replay(sluice, folder, partitions, sample, expiry, kept)
            full = {decision["id"] for decision in out.decisions if "bounded" in decision["flags"]}
            if any("bounded" in decision["flags"] and decision["id"] not in full for decision in made["decisions"]):
                result.counts["searches given up"] += 1  # where the reference goes on
                return result
            result.failure = result.failure or find_difference(out, made, partitions, sample)
        result.counts = count(result.seed, checked.said, out)
    except Failed as failure:
        result.failure = str(failure)
    return result


def expiry_of(seed):
    """How soon pages are forgotten in a case."""
    return random.Random("expiry %d" % seed).choice(EXPIRIES)


def configurations_of(seed):
    """(partitions, decisions.sample) of the replays of a case."""
    dice = random.Random("replays %d" % seed)
    several = dice.choice(PARTITIONS), dice.choice(SAMPLES)
    return [(1, 1), several] if dice.random() < WITH_SEVERAL else [(1, 1)]


def run(sluice, seed, parent):
    """The whole case. Its files are left in parent/seed only if it fails."""
    folder = os.path.join(parent, str(seed))
    os.makedirs(folder)
    make(seed, folder)
    result = compare(sluice, folder, Result(seed), configurations_of(seed))
    if result.failure is None:
        for path, _, names in os.walk(folder, topdown=False):
            for name in names:
                os.remove(os.path.join(path, name))
            os.rmdir(path)
    return result
