"""What cluster.py and sentinel.py share: a site under load that loses masters, and what must hold afterwards."""
import os
import random
import re
import time

from harness import Failed, read, wait_until

RATE = 300
PORTION = 1500
BEFORE = 4000            # records that come before the first fault, so that each finds histories and requests
BROKEN = 0.03            # broken records for each good one
ALONE_FRAMES = 5         # of each partition that a master has, and its replica has not
REOPENED_S = 10  # after a CONFLICT
TAKEN_OVER_S = 30
MOVING = 100             # visits of a portion that are taken before its fault
RESIDENT_LOOKS = 5       # in a row without a page more, before the load: all are in memory
LOOK_S = 0.2
RESET = re.compile(r"partition (\d+): reset: W was (\d+), goes on at (\d+)")


class Failover:
    """A site with settings of Redis on top, and so many portions of a city for it."""

    def __init__(self, live, options, name, partitions, portions, settings):
        self.live, self.rng = live, random.Random(options.seed)
        city = live.city("city", "--seed", str(options.seed), "--people", "600")
        before, *self.portions = live.portions(city, [BEFORE] + [PORTION] * portions)
        self.site = live.site(name, partitions)
        self.site.env.update(settings)
        self.start()
        self.site.feed("--directory", os.path.join(city, "directory.jsonl"), "--events", before).join()
        self.site.drain()

    def start(self):
        """All pages are in memory when this returns, so that a fault meets partitions that can go on from there."""
        self.service, counts = self.site.start(), []

        def resident():
            counts.append(self.service.sum("pages"))
            return len(set(counts[-RESIDENT_LOOKS:])) == 1 and len(counts) >= RESIDENT_LOOKS
        wait_until(resident, TAKEN_OVER_S, lambda: "all pages are in memory: " + self.service.tail(), LOOK_S)

    def written(self):
        """W by partition, as the store has confirmed it."""
        return {row["partition"]: row["w"] for row in self.service.status()["visits"]}

    def let_alone(self, partitions):
        """The master of these has been cut off from its replica; it takes more of them."""
        before = self.written()
        wait_until(lambda: all(self.written().get(each, -1) >= before.get(each, -1) + ALONE_FRAMES for each in partitions),
                   TAKEN_OVER_S, lambda: "a master goes on alone: W was %s and is %s" % (before, self.written()))

    def said(self, words):
        return read(self.service.log).count(words)

    def resets(self):
        """(partition, W before, W after)."""
        return [tuple(int(number) for number in match.groups()) for match in RESET.finditer(read(self.service.log))]

    def under_load(self, fault):
        """Feeds a portion, meets the fault in it, and waits until all is done."""
        feed = self.site.feed_broken(self.portions.pop(0), BROKEN, self.rng, "--rate", str(RATE))
        moving = self.service.sum("fetched") + MOVING
        wait_until(lambda: self.service.sum("fetched") >= moving, TAKEN_OVER_S, lambda: "visits come: " + self.service.tail())
        result = fault()
        feed.join()
        self.site.drain()
        return result

    def back(self, tail):
        """Redis is back; with tail the store has gone back in time, and a worker has met it. Returns the words for it."""
        wait_until(lambda: self.said("redis is back"), TAKEN_OVER_S, lambda: "Redis is back: " + self.service.tail())
        return self.gone_back(tail)

    def gone_back(self, tail):
        def gone():
            return [(partition, was, to) for partition, was, to in self.resets() if to < was]
        end = time.monotonic() + REOPENED_S
        while tail and not gone() and time.monotonic() < end:
            time.sleep(0.1)
        back, conflicts = gone(), self.said("CONFLICT: the store is not as")
        if tail and not (back and conflicts):
            raise Failed("no tail was lost, W went back %s, %d CONFLICT: this run proves nothing" % (back, conflicts))
        return "W went back: %s; %d CONFLICT" % (
            ", ".join("partition %d from %d to %d" % each for each in back) or "nowhere", conflicts)

    def prove(self, what, said):
        """Stops the drained service, and holds all that it left against the log."""
        self.service.stop()
        proof = self.site.prove()
        print("%s: %s; %d ids the same, %s" % (what, said, proof.ids, proof.checked), flush=True)
        return proof
