"""A Redis that goes back in time, or loses everything, costs nothing but time.

    redis_loss.py SLUICE WORKDIR [--seed S] [--jars FOLDER]

1. Under load Redis is killed with -9 and started again with the tail of its append-only file cut off, at
   random bytes. Again until a worker that stayed alive has met CONFLICT, which it must within five times;
   and W must have gone back each time.
2. Under load Redis is emptied (FLUSHALL).
3. The service is stopped, Redis with it, its folder removed, and both started again.

After each, drained and stopped, the ids that came out, the records, and every page and header in Redis are those
of a replay of the log, as in kills.py: pages that a worker went on with after CONFLICT are compared before Redis loses
anything more.
"""
import glob
import os
import random
import re
import shutil
import signal
import socket
import sys
import time

from harness import Failed, Live, main, parser, read, wait_until

RATE = 400
PORTION = 1000
BROKEN = 0.03            # broken records for each good one
CUTS_MAX = 5
CONFLICT = re.compile(r"engine (\d+), partition (\d+): CONFLICT")
LATE = ": opened late: goes on at "
RESET = re.compile(r"engine (\d+), partition (\d+): reset: W was (\d+), goes on at (\d+)")


# ---- the append-only file -----------------------------------------------------------------------

def commands(data):
    """(end, words) of each command: *count, then $length and bytes for each word."""
    at = 0
    while at < len(data):
        line = data.index(b"\r\n", at)
        if data[at:at + 1] != b"*":
            raise Failed("the append-only file is not as expected at byte %d" % at)
        count, at, words = int(data[at + 1:line]), line + 2, []
        for _ in range(count):
            line = data.index(b"\r\n", at)
            length = int(data[at + 1:line])
            words.append(data[line + 2:line + 2 + length])
            at = line + 2 + length + 2
        yield at, words


def checkpoints(data):
    """(end, partition, W) of each flush."""
    for end, words in commands(data):
        if words[0].upper() == b"HSET" and words[1].endswith(b":ckpt"):
            fields = dict(zip(words[2::2], words[3::2]))
            yield end, int(re.search(rb"\{(\d+)\}", words[1]).group(1)), int(fields[b"w"])


def last_w(found, size):
    return {partition: w for end, partition, w in found if end <= size}


def cut_tail(folder, rng):
    """Cuts at a random byte, so that some partition's W goes back; returns W by partition, before and after."""
    path, = glob.glob(os.path.join(folder, "appendonlydir", "*.incr.aof"))
    with open(path, "rb") as source:
        data = source.read()
    found = list(checkpoints(data))
    before = last_w(found, len(data))
    # Of the flushes between a third and nine tenths of all: enough is lost, and enough stays.
    low, high = found[len(found) // 3][0], found[9 * len(found) // 10][0]
    for _ in range(1000):
        size = rng.randrange(low, high)
        after = last_w(found, size)
        if any(after.get(partition, 0) < w for partition, w in before.items()):
            os.truncate(path, size)
            return len(data) - size, before, after
    raise Failed("no cut of %s takes W back: %s" % (path, before))


def written(before):
    return " ".join("%d" % before.get(partition, 0) for partition in sorted(before))


# ---- the three losses ---------------------------------------------------------------------------

class Loss:
    def __init__(self, live, options):
        self.live, self.rng = live, random.Random(options.seed)
        city = live.city("city", "--seed", str(options.seed), "--people", "500")
        self.portions = live.portions(city, [PORTION] * (CUTS_MAX + 3))
        self.site = live.site("loss")
        self.start()
        self.site.feed("--directory", os.path.join(city, "directory.jsonl")).join()
        self.site.drain()

    def start(self):
        self.service, self.resets, self.lates = self.site.start(), 0, 0

    def under_load(self, lose):
        """Feeds a portion, loses something in the middle of it, and waits until all is done."""
        feed = self.site.feed_broken(self.portions.pop(0), BROKEN, self.rng, "--rate", str(RATE))
        time.sleep(self.rng.uniform(0.4, 0.7) * PORTION / RATE)
        result = lose()
        feed.join()
        self.site.drain()
        return result

    def new_resets(self):
        """(partition, W before, W after) of the resets since the last look."""
        found = [tuple(int(n) for n in match.groups()[1:]) for match in RESET.finditer(read(self.service.log))]
        new, self.resets = found[self.resets:], len(found)
        return new

    def moved_meanwhile(self):
        """Has the group given a partition out anew while Redis was away? It is opened when Redis is back, and no owner is reset."""
        found = read(self.service.log).count(LATE)
        new, self.lates = found - self.lates, found
        return new > 0

    def conflicts(self):
        return len(CONFLICT.findall(read(self.service.log)))

    def cut(self):
        stack = self.live.stack
        stack.end("redis", signal.SIGKILL)
        lost, before, after = cut_tail(stack.path("redis"), self.rng)
        stack.start_redis()
        return lost, before, after

    def cut_until_conflict(self):
        for number in range(1, CUTS_MAX + 1):
            lost, before, after = self.under_load(self.cut)
            moved = self.moved_meanwhile()
            back = [(p, w, to) for p, w, to in self.new_resets() if to < w]
            if moved and not back:
                print("cut %d: the group moved meanwhile, and nobody can tell whether W went back" % number, flush=True)
                continue
            if not back:
                raise Failed("no W went back though %d bytes of Redis' file were lost" % lost)
            met = self.conflicts()
            print("cut %d: %d bytes lost, W by partition was %s in the file and is %s; workers went back: %s; %d CONFLICT"
                  % (number, lost, written(before), written({p: after.get(p, 0) for p in before}),
                     ", ".join("partition %d from %d to %d" % each for each in back), met), flush=True)
            if met:
                return number, max(w - to for _, w, to in back)
        raise Failed("no worker met CONFLICT in %d times" % CUTS_MAX)

    def flushall(self):
        with socket.create_connection(("127.0.0.1", self.live.stack.state["ports"]["redis"]), timeout=10) as link:
            link.sendall(b"*1\r\n$8\r\nFLUSHALL\r\n")
            if link.recv(16) != b"+OK\r\n":
                raise Failed("Redis does not empty itself")

    def empty_running(self):
        before = self.conflicts()
        self.under_load(self.flushall)
        resets = self.new_resets()
        partitions = [partition for partition, _, to in resets if to == 0]
        if self.conflicts() == before or sorted(partitions) != list(range(self.site.partitions)):
            raise Failed("Redis was emptied, and partitions began anew %s, not each once" % partitions)
        print("emptied while running: %s" % ", ".join("partition %d from %d to %d" % each for each in resets), flush=True)

    def prove(self, what):
        """Stops the drained service, and holds all that it left against the log."""
        replayed = self.service.sum("duplicate", "included")
        self.service.stop()
        proof = self.site.prove()
        print("after %s: %d ids the same, %d steps replayed; %s" % (what, proof.ids, replayed, proof.checked), flush=True)
        return proof

    def empty_stopped(self):
        self.live.stack.end("redis")
        shutil.rmtree(self.live.stack.path("redis"))
        self.live.stack.start_redis()
        self.start()
        wait_until(lambda: "from the beginning of the log" in read(self.service.log), 30,
                   lambda: "the service says that it begins anew: " + self.service.tail())
        self.under_load(lambda: None)
        print("emptied while stopped: rebuilt", flush=True)


def prove(options):
    with Live(options) as live:
        loss = Loss(live, options)
        cuts, frames = loss.cut_until_conflict()
        loss.prove("the cut tail")
        loss.start()
        loss.empty_running()
        loss.prove("emptied while running")
        loss.empty_stopped()
        proof = loss.prove("emptied while stopped")
    return ("tail cut %d times until CONFLICT, W up to %d frames back, then emptied running and stopped: %d records, "
            "%d refused, %d visits, %d ids the same, %d requests; %s" % (
                cuts, frames, proof.records, proof.refused, proof.visits, proof.ids, proof.asked, proof.checked))


def arguments():
    made = parser(__doc__)
    made.add_argument("--seed", type=int, default=1)
    return made.parse_args()


if __name__ == "__main__":
    sys.exit(main("redis-loss", prove, arguments()))
