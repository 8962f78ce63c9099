"""One busy hour of a small city, live: records in through Kafka, warnings and requests out as they come.

    demo_live.py SLUICE WORKDIR [--minutes N] [--speed N] [--jars FOLDER]

Starts a broker and a Redis, makes the topics, runs the service with the clock of the events, plays in the
directory and all that happened before, and then the hour with the most planted frauds, twenty times as
fast as it was. What comes out is shown as it comes. A fraud of that hour counts as warned in time if a
warning whose evidence names it is there before its last payment is posted.
"""
import collections
import datetime
import json
import os
import queue
import subprocess
import sys
import threading
import time

from harness import HERE, PACK, Failed, Live, main, parser, stacks

sys.path.insert(0, os.path.join(HERE, "..", "support"))
import demo  # noqa: E402

SHOWN = ("warnings", "stops")


# ---- the hour -----------------------------------------------------------------------------------

Part = collections.namedtuple("Part", "start end before during count")


def busiest(planted, seconds):
    """When the hour begins in which most frauds end."""
    ends = sorted(max(posted for posted, _ in payments) for payments in planted.payments_of.values())
    return max((sum(end - seconds <= other <= end for other in ends), end - seconds + 1) for end in ends)[1]


def split(city, planted, seconds):
    """The events before that hour and those in it, by when each is sent."""
    start = busiest(planted, seconds)
    part = Part(start, start + seconds, os.path.join(city, "before.jsonl"), os.path.join(city, "hour.jsonl"), [0, 0])
    with open(os.path.join(city, "events.jsonl"), encoding="utf-8") as source, \
            open(part.before, "w", encoding="utf-8") as before, open(part.during, "w", encoding="utf-8") as during:
        now = 0.0
        for line in source:
            event = json.loads(line)
            now = max(now, demo.epoch(event["time"]) + event.get("duration_s", 0) * (event.get("phase") == "record"))
            if now < part.end:
                (before if now < start else during).write(line)
                part.count[now >= start] += 1
    return part


# ---- what comes out -----------------------------------------------------------------------------

def who(entity):
    return "%s %s" % (entity["kind"], entity["mask"] or "-")


def clock(time_text):
    return time_text[11:19]


def shown(kind, one):
    """A line that a person can read at the speed at which it comes."""
    if kind == "warnings":
        return "%s  %-8s%s, %s: %s" % (clock(one["time"]), one["tier"].upper(), one["title"], who(one["subject"]),
                                       one["text"])
    payment = one["payment"]
    paid = " on %s %s" % (payment["amount"], payment["currency"]) if payment else ""
    return "%s    asks to %s%s, %s, until %s" % (clock(one["time"]), one["kind"], paid, who(one["target"]),
                                                 clock(one["not_after"]))


class Watch:
    """`sluice watch` of one topic, its lines in a queue."""

    def __init__(self, site, kind, lines):
        self.child = subprocess.Popen([site.live.sluice, "watch", "--topic", kind, "--from-start"], env=site.env,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      preexec_fn=stacks.end_with_parent)
        threading.Thread(target=self.read, args=(kind, lines), daemon=True).start()

    def read(self, kind, lines):
        for line in self.child.stdout:
            lines.put((kind, json.loads(line)))

    def stop(self):
        self.child.kill()
        self.child.wait()


def show(lines, part, found, feed):
    """Prints what belongs to the hour until the feed is done; keeps it in found, by kind and id."""
    while feed.child.poll() is None or not lines.empty():
        try:
            kind, one = lines.get(timeout=0.2)
        except queue.Empty:
            continue
        if demo.epoch(one["time"]) >= part.start and one["id"] not in found[kind]:
            found[kind][one["id"]] = one
            print(shown(kind, one), flush=True)


# ---- the script ---------------------------------------------------------------------------------

def say(*words):
    print("$ " + " ".join(words), flush=True)


def figures(found, planted, part, city, seconds):
    arrivals, _ = demo.read_arrivals(os.path.join(city, "events.jsonl"))
    warned_at = {}
    for episode in demo.read_episodes(found["warnings"].values(), arrivals, planted):
        for fraud, at in episode["frauds"].items():
            warned_at[fraud] = min(at, warned_at.get(fraud, at))
    last = {fraud: max(posted for posted, _ in payments) for fraud, payments in planted.payments_of.items()}
    frauds = [fraud for fraud, at in last.items() if part.start <= at < part.end]
    in_time = sum(warned_at.get(fraud, part.end) < last[fraud] for fraud in frauds)
    tiers = collections.Counter(warning["tier"] for warning in found["warnings"].values())
    kinds = collections.Counter(stop["kind"] for stop in found["stops"].values())
    if not any(kinds[kind] for kind in ("delay", "protect", "stop")):
        raise Failed("no delay, protect or stop was asked for")
    return "%d events in %.0f s; warnings: %s; requests: %s; %d of %d frauds that ended in this hour warned in time" % (
        part.count[1], seconds, ", ".join("%d %s" % (tiers[tier], tier) for tier in demo.TIERS if tiers[tier]) or "none",
        ", ".join("%d %s" % (count, kind) for kind, count in sorted(kinds.items())), in_time, len(frauds))


def prove(options):
    with Live(options) as live:
        print("kafka at %s, redis at %s" % (live.stack.kafka, live.stack.redis))
        say("sluice gen city --seed 1 --out city")
        city = live.city("city", "--seed", "1")
        planted = demo.read_truth(os.path.join(city, "truth.jsonl"))
        part = split(city, planted, 60 * options.minutes)
        say("sluice topics create")
        site = live.site("live")
        say("sluice run --pack", PACK)
        service = site.start()
        say("sluice feed --directory city/directory.jsonl --events city/before.jsonl   # %d events" % part.count[0])
        site.feed("--directory", os.path.join(city, "directory.jsonl"), "--events", part.before).join()
        site.drain()
        zone = datetime.timezone(datetime.timedelta(hours=8))
        say("sluice feed --events city/hour.jsonl --speed %d   # from %s" % (
            options.speed, datetime.datetime.fromtimestamp(part.start, zone).strftime("%H:%M:%S")))
        say("sluice watch --topic warnings & sluice watch --topic stops")
        lines, found, began = queue.Queue(), {kind: {} for kind in SHOWN}, time.monotonic()
        watches = [Watch(site, kind, lines) for kind in SHOWN]
        try:
            feed = site.feed("--events", part.during, "--speed", str(options.speed))
            show(lines, part, found, feed)
            feed.join()
            seconds = time.monotonic() - began
            site.drain()
            time.sleep(1)  # the last lines on their way to us
            show(lines, part, found, feed)
        finally:
            for watch in watches:
                watch.stop()
        service.stop()
        return figures(found, planted, part, city, seconds)


def arguments():
    made = parser(__doc__)
    made.add_argument("--minutes", type=int, default=60)
    made.add_argument("--speed", type=int, default=20)
    return made.parse_args()


if __name__ == "__main__":
    sys.exit(main("live", prove, arguments()))
