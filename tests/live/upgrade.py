"""An upgrade as docs/operations.md tells it, step by step: of a program with the same layouts, and of one with others.

    operations.py SLUICE WORKDIR --rows upgrade

Two processes of one installation are under load. The first way: the topics are made by the new program, then each process is
stopped, started again from it within its session, and has the partitions that it had; one of them then goes back. The second way:
a program whose stored headers have the next layout is built from a copy of the tree. It is refused by the store with the line of the
page. So all are stopped and start from it with a new prefix in Redis, which is built from the log. At last the old program goes
on with the old prefix. Each time ids, records and pages are held against a replay of the log.
"""
import os
import re
import shutil
import sys

from harness import HERE, Failed, read, wait_until

sys.path.insert(0, os.path.join(HERE, "..", "support"))
import planting  # noqa: E402

NAMES = ("first", "second")
PARTITIONS = 4
PORTION = 900
RATE = 100           # a portion lasts longer than a stop
SESSION_MS = 30000   # long enough for a start on a busy machine
HEARD_S = 60
LAYOUT = re.compile(r"^#define HEADER_LAYOUT (\d+)", re.M)
REFUSED = "stored header: layout %d, with pages of layout"


def owned(service):
    return sorted(row["partition"] for row in service.status()["visits"] if row["next"] >= 0)


def is_ready(service):
    try:
        service.page("/ready")
    except Failed:
        if service.child.poll() is not None:
            raise
        return False
    return True


class Installation:
    """Processes with their names, and the program that the next one is started from."""

    def __init__(self, live, site):
        self.live, self.site, self.processes, self.stops = live, site, {}, 0

    def start(self, name):
        service = self.site.start(SLUICE_PROCESS_NAME=name, SLUICE_KAFKA_SESSION_MS=str(SESSION_MS))
        wait_until(lambda: is_ready(service), HEARD_S, lambda: "/ready of " + name)
        self.processes[name] = service

    def start_all(self):
        for name in NAMES:
            self.start(name)
        wait_until(lambda: all(len(owned(each)) == PARTITIONS // len(NAMES) for each in self.processes.values()), HEARD_S,
                   lambda: "partitions divided: %s" % [owned(each) for each in self.processes.values()])

    def stop_all(self):
        for service in self.processes.values():
            service.stop()

    def replace(self, name, program, *feed):
        """Step 2 of the page, under load: partitions stay where they are."""
        service = self.processes[name]
        before, applied = {each: owned(service) for each, service in self.processes.items()}, service.sum("applied")
        feed = self.site.feed(*feed, "--rate", str(RATE))
        wait_until(lambda: service.sum("applied") > applied, HEARD_S, "visits for " + name)
        service.stop()
        if feed.child.poll() is not None:
            raise Failed("the load ended before %s did: this run proves nothing" % name)
        self.stops += 1
        self.live.sluice = program
        self.start(name)
        after = {each: owned(service) for each, service in self.processes.items()}
        if after != before:
            raise Failed("%s was replaced, and partitions went from %s to %s" % (name, before, after))
        feed.join()


def same_program(live):
    """A copy at another place: a new version, as far as the processes see."""
    folder = live.path("same")
    os.makedirs(folder)
    return shutil.copy(live.sluice, folder)


def other_program(live):
    """Built from a copy of the tree, with its objects, in which stored headers have the next layout; and the old layout."""
    target = os.path.relpath(live.sluice, planting.ROOT)
    tree = planting.copy_tree(live.path("next"))
    shutil.copytree(os.path.dirname(live.sluice), os.path.join(tree, os.path.dirname(target)),
                    ignore=shutil.ignore_patterns("tests", "bench", "sluice"))
    found = LAYOUT.search(read(os.path.join(tree, "engine", "header.h")))
    layout = int(found.group(1))
    try:
        with planting.planted(tree, "engine/header.h", found.group(), "#define HEADER_LAYOUT %d" % (layout + 1)):
            planting.build(tree, target)
    except planting.Wrong as wrong:
        raise Failed("the program of another layout: %s" % wrong) from wrong
    return os.path.join(tree, target), layout


def must_be_refused(installation, program, layout):
    """The store is another one's: the new program ends, and says which; the old one goes on from where it was."""
    site, live, name = installation.site, installation.live, NAMES[1]
    installation.processes[name].stop()
    old, live.sluice = live.sluice, program
    refused = site.launch(SLUICE_PROCESS_NAME=name, SLUICE_KAFKA_SESSION_MS=str(SESSION_MS))
    code = refused.child.wait(HEARD_S)
    lines = [line for line in refused.said().splitlines() if REFUSED % layout in line]
    if code != 3 or len(lines) != 1:
        raise Failed("another layout: it ended with %d, and said: %s" % (code, refused.tail()))
    live.sluice = old
    installation.start(name)


def upgrade(live, city):
    *loads, second, third = live.portions(city, [PORTION] * 3 + [PORTION // 2] * 2)
    site = live.site("upgrade", partitions=PARTITIONS, workers=1)
    installation, old, prefix = Installation(live, site), live.sluice, site.env["SLUICE_REDIS_PREFIX"]
    same, (other, layout) = same_program(live), other_program(live)
    installation.start_all()
    site.feed("--directory", os.path.join(city, "directory.jsonl")).join()
    live.sluice = same
    made = site.sluice("topics", "create")
    if "created" in made:
        raise Failed("the same topics were made anew: " + made)
    for (name, program), load in zip(((NAMES[0], same), (NAMES[1], same), (NAMES[1], old)), loads):
        installation.replace(name, program, "--events", load)
    must_be_refused(installation, other, layout)
    site.drain()
    installation.stop_all()
    proofs = [site.prove()]
    for program, keys, events in ((other, "next:", second), (old, prefix, third)):
        live.sluice, site.env["SLUICE_REDIS_PREFIX"] = program, keys
        installation.start_all()
        site.feed("--events", events).join()
        site.drain()
        installation.stop_all()
        proofs.append(site.prove())
    return ("%d processes replaced under load, partitions stayed; layout %d refused the store of %d, built its own from the log, and "
            "the old one went on: %s ids the same" % (installation.stops, layout + 1, layout, ", ".join(str(each.ids) for each in proofs)))
