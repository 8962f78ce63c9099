"""Fed three times as fast as it may work, with a Redis that stands still, the service stays within its memory,
loses nothing, and catches up.

    overload.py SLUICE WORKDIR [--seconds N] [--page-mib N] [--lag-seconds N] [--jars FOLDER]

1. Saturation S is measured: visits and events a second of a backlog, with nothing held.
2. The engine is held to S/3 (engine.rate_max) and events come at S, for --seconds (120). In the middle Redis
   stands still for a sixth of that time, until the flush list has reached its bound and no frame is taken.
   Offered must be three times as much as finished.
3. The limit is lifted by a restart, and the flush list has its usual bound again. The lag must be gone within five minutes,
   or --lag-seconds.

Peak memory (VmHWM) stays within the bound that the service itself states for its settings, beside its pages; those stay
within engine.page_bytes_max, but for what one frame of each partition brings: its default, or with --page-mib so little
that most pages are in Redis alone, and some must have been evicted. Its pages
are no more than the city has entities, and no larger than those of a replay of its files (twice that, for spare room).
Records, ids, pages and headers are those of a replay of the log; requests on one target come in its order.
"""
import collections
import json
import os
import re
import signal
import sys
import time

from harness import Failed, Live, main, parser, read

BACKLOG = 60000          # events, of which the middle is measured
OVER = 1.02              # offered above S, so that three times the finished is no matter of luck
QUIET_S = 2              # the backlog is worked off when nothing moves for so long
EVENTS_AN_HOUR = 0.6     # of one resident, at least
STILL_S = 8              # Redis stands still at least so long
MIB = 1 << 20
PAGES_MAX = 4096 * MIB   # engine.page_bytes_max where nobody sets it
# Small queues; and while Redis stands still, small lists, so that they are full in time.
QUEUES = {"SLUICE_KAFKA_FETCH_KBYTES": "8192", "SLUICE_KAFKA_OUT_KBYTES": "8192", "SLUICE_REDIS_TIMEOUT_MS": "60000"}
LISTS = {"SLUICE_ENGINE_FLUSH_PAGES_MAX": "1000", "SLUICE_ENGINE_FLUSH_BYTES_MAX": str(2 * MIB)}
FRAME_PAGES = 128 * 4096 # of pages that one frame brings
# Of the program itself: code, libraries, stacks, the directory, what malloc keeps.
BASE_BYTES = 32 * MIB
PAGE_SPARE = 2           # a page in memory, in bytes of a page that a replay made
PAIRS_MIN = 10           # of requests on one target, or their order proves nothing


# ---- memory -------------------------------------------------------------------------------------

def peak_bytes(service):
    for line in read("/proc/%d/status" % service.child.pid).splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise Failed("the system does not tell the peak memory of process %d" % service.child.pid)


Memory = collections.namedtuple("Memory", "peak bound pages count evicted")


def check_memory(site, service, pages_max):
    metrics = service.metrics()
    memory = Memory(peak_bytes(service), metrics["sluice_memory_bound_bytes"], metrics["sluice_pages_bytes"],
                    metrics["sluice_pages"], metrics["sluice_pages_evicted_total"])
    if memory.bound == 0 or memory.pages == 0:
        raise Failed("the service does not state its bound and the bytes of its pages")
    if memory.pages > site.workers * pages_max + site.partitions * FRAME_PAGES:
        raise Failed("pages take %d bytes: engine.page_bytes_max is %d for each of %d workers" % (
            memory.pages, pages_max, site.workers))
    if memory.peak > memory.bound + memory.pages + BASE_BYTES:
        raise Failed("peak memory is %d MiB: bound %d, pages %d and %d for the program are less" % (
            memory.peak // MIB, memory.bound // MIB, memory.pages // MIB, BASE_BYTES // MIB))
    return memory


ENTITY = re.compile(r'"(number|account|caller|callee|sender|receiver|person)":"([^"]+)"')
BOUND = re.compile(r'"type":"binding".*"(?:number|account)":"([^"]+)"')


def entities_max(paths):
    """How many pages these records can have at most: numbers, accounts, persons, and a stand-in for each number
    and account that no binding names the holder of."""
    found, bound = set(), set()
    for path in paths:
        with open(path, encoding="utf-8") as source:
            for line in source:
                found.update((name == "person", text) for name, text in ENTITY.findall(line))
                bound.update(BOUND.findall(line))
    return len(found) + sum(1 for is_person, text in found if not is_person and text not in bound)


def page_bytes(site, directory, events):
    """Of the average page after a replay of the files, which knows nothing of the service."""
    said = site.sluice("replay", "--pack", site.pack, "--directory", directory, "--events", events,
                       "--out", site.path("files"), seconds=1200)
    return int(re.search(r"pages of (\d+) bytes on average", said).group(1))


def check_pages(memory, entities, bytes_each):
    """Growth must not pass because it is counted as pages."""
    if memory.count > entities or memory.pages > entities * bytes_each * PAGE_SPARE:
        raise Failed("%d pages of %d bytes in all: the records name %d entities, a replay's pages have %d bytes" % (
            memory.count, memory.pages, entities, bytes_each))


# ---- order --------------------------------------------------------------------------------------

def check_order(proof):
    """For each partition and target, first copies come in the order in which the log asked for them;
    returns how many pairs were compared."""
    rank = {ident: number for number, ident in enumerate(proof.log["stops"])}
    last, compared = {}, 0
    for ident, line in proof.live["stops"].items():  # as they lie in the topic, which is keyed by target
        stop = json.loads(line)
        warning = proof.log["warnings"].get(stop["warning"])
        place = stop["target"]["token"], json.loads(warning)["trace"]["partition"] if warning else None
        if rank[ident] < last.get(place, -1):
            raise Failed("requests on %s are out of order at %s" % (place[0], ident))
        compared += place in last
        last[place] = rank[ident]
    if compared < PAIRS_MIN:
        raise Failed("only %d pairs of requests could be compared, %d are wanted: this run proves nothing" % (
            compared, PAIRS_MIN))
    return compared


# ---- the three parts ----------------------------------------------------------------------------

Speed = collections.namedtuple("Speed", "visits events")


def saturation(site):
    """Visits and events a second while the middle half of what waits is worked off."""
    began, samples, moved = time.monotonic(), [], 0
    service = site.start()
    while len(samples) < 2 or samples[-1][1] == 0 or samples[-1][0] - moved < QUIET_S:
        samples.append((time.monotonic() - began, service.sum("fetched")))
        if len(samples) < 2 or samples[-1][1] > samples[-2][1]:
            moved = samples[-1][0]
        time.sleep(0.02)
    site.drain()
    all_visits = service.sum("fetched")
    middle = [(at, visits) for at, visits in samples if all_visits / 4 <= visits <= 3 * all_visits / 4]
    if len(middle) < 2:
        raise Failed("the backlog is too small for a measurement: %s" % samples[-5:])
    visits = (middle[-1][1] - middle[0][1]) / (middle[-1][0] - middle[0][0])
    events = sum(row["next"] for row in service.status()["raw"])
    service.stop()
    return Speed(visits, visits * events / all_visits)


def stand_still(live, service, seconds):
    """Redis does not answer for so long; in the end no frame may be taken."""
    live.stack.send("redis", signal.SIGSTOP)
    try:
        time.sleep(seconds * 0.8)
        before = service.sum("fetched")
        time.sleep(seconds * 0.2)
        after, waiting = service.sum("fetched"), service.sum("waiting")
    finally:
        live.stack.send("redis", signal.SIGCONT)
    if after != before:
        raise Failed("Redis stood still for %.0f s and the engine still took visits: the flush list never "
                     "reached its bound" % seconds)
    return waiting


def held(live, site, portion, speed, seconds, pages_max):
    """Memory; what was offered and finished, in events; and all visits taken so far."""
    service = site.start(SLUICE_ENGINE_RATE_MAX=str(int(speed.visits / 3)), **LISTS)
    before, began = service.sum("fetched"), time.monotonic()
    feed = site.feed("--events", portion, "--rate", str(int(OVER * speed.events)))
    time.sleep(seconds / 3)
    waiting = stand_still(live, service, max(STILL_S, seconds / 6))
    feed.join()
    passed = time.monotonic() - began
    finished = (service.sum("fetched") - before) * speed.events / speed.visits
    offered = sum(1 for _ in open(portion, encoding="utf-8"))
    print("held to %.0f visits/s for %.0f s: %d events offered, %.0f finished; %d pages waited while Redis stood still"
          % (speed.visits / 3, passed, offered, finished, waiting), flush=True)
    if offered < 3 * finished:
        raise Failed("offered %d events, finished %.0f: that is no overload" % (offered, finished))
    memory, taken = check_memory(site, service, pages_max), service.sum("fetched")
    service.stop()
    return memory, offered, finished, taken


def fill(live, name, people, hours, events, pages_max):
    """A site with the directory of a city and the first events of it in its feeds; and the city."""
    city = live.city(name, "--seed", "4", "--people", str(people), "--hours", str(hours), "--frauds", "60")
    site = live.site(name, SLUICE_DECISIONS_SAMPLE="1000", SLUICE_ENGINE_PAGE_BYTES_MAX=str(pages_max), **QUEUES)
    site.feed("--directory", os.path.join(city, "directory.jsonl"), "--events", live.slice(city, 0, events)).join()
    return site, city


def prove(options):
    with Live(options) as live:
        speed = saturation(fill(live, "measured", 4000, 24, BACKLOG, 0)[0])
        print("saturation: %.0f events/s, %.0f visits/s" % (speed.events, speed.visits), flush=True)
        wanted = int(OVER * speed.events * options.seconds)
        hours = min(720, 6 * options.seconds)
        pages_max = PAGES_MAX if options.page_mib is None else options.page_mib * MIB
        site, city = fill(live, "load", int(max(1000, wanted / (EVENTS_AN_HOUR * hours))), hours, 0, pages_max)
        service = site.start()
        site.drain()
        service.stop()
        portion = live.slice(city, 0, wanted)
        tight, offered, finished, taken = held(live, site, portion, speed, options.seconds, pages_max)
        service = site.start()
        lifted = site.drain(options.lag_seconds)
        each_second = (service.sum("fetched") - taken) / lifted
        print("caught up with %.0f visits/s, %.2f of S" % (each_second, each_second / speed.visits), flush=True)
        memory = check_memory(site, service, pages_max)
        if options.page_mib is not None and memory.evicted == 0:
            raise Failed("no page was evicted: this run proves nothing about their bound")
        service.stop()
        site.env.pop("SLUICE_KAFKA_FETCH_KBYTES")  # the client fetches nothing for a second where its queue is full
        proof = site.prove()
        ordered = check_order(proof)
        directory = os.path.join(city, "directory.jsonl")
        entities, bytes_each = entities_max([directory, portion]), page_bytes(site, directory, portion)
        for each in (tight, memory):
            check_pages(each, entities, bytes_each)
    return ("S is %.0f events/s; %d offered, %d finished; peak %d of %d + %d MiB held, %d of %d + %d MiB lifted (bound "
            "+ pages); %d pages of %d entities, %d evicted; lag gone after %.0f s; %d records, %d visits, %d ids the same, "
            "%d requests, %d pairs in order; %s" % (
                speed.events, offered, finished, *(n // MIB for n in (*tight[:3], *memory[:3])), memory.count, entities,
                memory.evicted, lifted, proof.records, proof.visits, proof.ids, proof.asked, ordered, proof.checked))


def arguments():
    made = parser(__doc__)
    made.add_argument("--seconds", type=int, default=120)
    made.add_argument("--lag-seconds", type=int, default=300)
    made.add_argument("--page-mib", type=int, help="room for pages, of each worker")
    return made.parse_args()


if __name__ == "__main__":
    sys.exit(main("overload", prove, arguments()))
