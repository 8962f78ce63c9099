"""A Redis Cluster whose slots move and whose masters die costs nothing but time.

    cluster.py SLUICE WORKDIR [--seed S] [--jars FOLDER]

Three masters with a replica each, and a service that knows two of the six addresses and comes as the user of
docs/operations.md, with no more rights than these. Each under load:

1. The slots of all partitions of one master move to another, key by key, with a pause in the middle and at the end: a
   server must have said MOVED, ASK and TRYAGAIN, and no partition may have been opened anew.
2. A master is killed -9, and its replica takes its place; meanwhile the others, which want all slots to be served, say
   CLUSTERDOWN to whoever comes. The dead one comes back as the replica's replica.
3. A master is cut off from its replica, goes on alone, and is killed: its tail is lost. A worker must have met CONFLICT
   and W gone back; the partitions of other masters, which serve what they have, go on.
4. The same together with kill -9 of the service.

After each, drained and stopped, records, ids, pages and headers are those of a replay of the log, as in redis_loss.py.
"""
import os
import subprocess
import sys
import time

import documented
from failover import TAKEN_OVER_S, Failover
from harness import Failed, Live, main, parser, stacks, wait_until
from redis_servers import Servers

PARTITIONS = 8
NODE_TIMEOUT_MS = 2000
PAUSE_S = 3              # so long somebody has time to stumble over a slot that moves
KEYS_AT_ONCE = 20
LITTLE_BYTES = "1000000" # of pages, of each worker
LITTLE_SLOTS = 3         # of those that a master has: each is to keep some
LOADED_MIN = 200
PREFIX = "cluster:"
BY_HAND = "byhand{%d}:%s"
PASSWORD = "right-Zq7k"


class Cluster:
    """Six servers, three of them masters at first."""

    def __init__(self, live):
        self.live = live
        self.password = os.path.abspath(os.path.join(live.folder, "redis-password"))
        users = os.path.abspath(os.path.join(live.folder, "users.acl"))
        with open(self.password, "w", encoding="utf-8") as out:
            out.write(PASSWORD + "\n")
        with open(users, "w", encoding="utf-8") as out:
            out.write("user default on nopass ~* &* +@all\n")
            out.write("user %s\n" % " ".join(documented.redis_user(PASSWORD, PREFIX, cluster=True)[2:]))
        self.servers = Servers(live, "cluster", 6, "--aclfile", users, "--cluster-enabled", "yes", "--cluster-node-timeout", str(NODE_TIMEOUT_MS),
                               "--cluster-config-file", "nodes.conf")
        done = subprocess.run(["redis-cli", "--cluster", "create", *self.addresses(), "--cluster-replicas", "1", "--cluster-yes"],
                              capture_output=True, text=True, timeout=60, check=False, preexec_fn=stacks.end_with_parent)
        if done.returncode != 0:
            raise Failed("no Cluster: " + (done.stdout + done.stderr)[-600:])
        self.settle()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.servers.__exit__(*error)

    def addresses(self):
        return [self.servers.address(number) for number in range(len(self.servers))]

    def alive(self):
        return [number for number in range(len(self.servers)) if self.servers.children[number] is not None]

    def settle(self):
        """All that live agree that the Cluster is whole, and every living replica is up to date."""
        def whole():
            maps = []
            for number in self.alive():
                if "cluster_state:ok" not in self.servers.ask(number, "CLUSTER", "INFO"):
                    return False
                maps.append(sorted((first, last, master[1]) for first, last, master, *_ in self.servers.ask(number, "CLUSTER", "SLOTS")))
            return all(each == maps[0] for each in maps)
        wait_until(whole, TAKEN_OVER_S, lambda: "the Cluster is whole: " + self.nodes())
        for number in self.alive():
            if self.servers.role(number) == "slave":
                wait_until(lambda number=number: self.servers.info(number, "replication")["master_link_status"] == "up",
                           TAKEN_OVER_S, "a replica follows its master")

    def want_whole(self, whole):
        for number in self.alive():
            self.servers.ask(number, "CONFIG", "SET", "cluster-require-full-coverage", "yes" if whole else "no")

    def nodes(self):
        return self.servers.ask(self.alive()[0], "CLUSTER", "NODES")

    def slot(self, partition):
        return self.servers.ask(self.alive()[0], "CLUSTER", "KEYSLOT", "%s{%d}:ckpt" % (PREFIX, partition))

    def master_of(self, slot):
        for first, last, master, *_ in self.servers.ask(self.alive()[0], "CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return self.servers.ports.index(master[1])
        raise Failed("nobody has slot %d" % slot)

    def masters(self):
        """Partitions by the server that holds them."""
        found = {}
        for partition in range(PARTITIONS):
            found.setdefault(self.master_of(self.slot(partition)), []).append(partition)
        return found

    def ident(self, number):
        return self.servers.ask(number, "CLUSTER", "MYID")

    def flush_by_hand(self, number, partition, expected, seq, *groups):
        """A call of our function to keys of a partition's slot that nobody else has."""
        said = self.servers.ask(number, "FCALL", "sluice_flush", 1 + len(groups), BY_HAND % (partition, "ckpt"),
                                *(BY_HAND % (partition, name) for _, name, *_ in groups), expected, seq, 0, "", len(groups),
                                *(word for what, _, *words in groups for word in (what, len(words), *words)))
        if said != "OK":
            raise Failed("a call by hand: %s" % said)

    def move(self, partition, source, target, pause):
        """Its slot, as redis-cli --cluster reshard does, with time for somebody to stumble over it; returns how many keys moved.
        pause: called with what is answered now, in the middle and before the move is said to be over. At its beginning, when
        none has moved, a call empties keys and fills them again: they were not taken for keys that are gone."""
        ask, moved, slot = self.servers.ask, 0, self.slot(partition)
        self.flush_by_hand(source, partition, "", "one", ("S", "c", "f", "v"), ("T", "timers", 1, "m"))
        ask(target, "CLUSTER", "SETSLOT", slot, "IMPORTING", self.ident(source))
        ask(source, "CLUSTER", "SETSLOT", slot, "MIGRATING", self.ident(target))
        self.flush_by_hand(source, partition, "one", "two", ("D", "c", "f"), ("S", "c", "g", "w"), ("R", "timers", "m"),
                           ("T", "timers", 2, "n"))
        left = ask(source, "HGETALL", BY_HAND % (partition, "c")) + ask(source, "ZRANGE", BY_HAND % (partition, "timers"), 0, -1)
        if left != ["g", "w", "n"]:
            raise Failed("a call that empties what it fills again left %s while its slot moved" % left)
        ask(source, "DEL", *(BY_HAND % (partition, name) for name in ("ckpt", "c", "timers")))
        while True:
            keys = ask(source, "CLUSTER", "GETKEYSINSLOT", slot, KEYS_AT_ONCE)
            if not keys:
                break
            ask(source, "MIGRATE", "127.0.0.1", self.servers.ports[target], "", 0, 5000, "KEYS", *keys)
            if moved == 0:
                pause("tryagain")
            moved += len(keys)
        pause("ask")
        for number in (target, source):
            ask(number, "CLUSTER", "SETSLOT", slot, "NODE", self.ident(target))
        return moved


class Proof(Failover):
    def __init__(self, live, cluster, options):
        self.cluster = cluster
        super().__init__(live, options, "cluster", PARTITIONS, 5, {
            "SLUICE_REDIS_USER": "sluice", "SLUICE_REDIS_PASSWORD_FILE": cluster.password, "SLUICE_REDIS_MODE": "cluster", "SLUICE_REDIS_PREFIX": PREFIX, "SLUICE_REDIS_ADDRESS": ",".join(cluster.addresses()[:2])})

    def prove(self, what, said):
        self.cluster.settle()
        return super().prove(what, said)

    # ---- slots that move

    def answered(self):
        """How often the service was answered so."""
        metrics = self.service.metrics()
        return {word: int(metrics["sluice_redis_%s_total" % word]) for word in ("moved", "ask", "tryagain", "clusterdown")}

    def pause(self, word):
        before, end = self.answered()[word], time.monotonic() + PAUSE_S
        while self.answered()[word] == before and time.monotonic() < end:
            time.sleep(0.05)

    def move_slots(self, count=PARTITIONS):
        """Those of one master, at most so many."""
        source, partitions = self.largest()
        target = self.rng.choice([number for number in self.cluster.masters() if number != source])
        moved = sum(self.cluster.move(partition, source, target, self.pause) for partition in partitions[:count])
        return "slots of %d partitions moved, %d keys" % (len(partitions[:count]), moved)

    def move_under_load(self):
        said = self.under_load(self.move_slots)
        counts = self.answered()
        if not (counts["moved"] and counts["ask"] and counts["tryagain"]):
            raise Failed("the service did not stumble over a moving slot: %s: this run proves nothing" % counts)
        if self.resets() or self.said("going on in memory"):
            raise Failed("a slot that moved made a partition begin anew: " + self.service.tail())
        return "%s; answers met: %s; no partition was opened anew" % (said, " ".join("%s %d" % each for each in counts.items()))

    def move_with_little_memory(self):
        """Pages are read while their slots move, a part of them here and a part there; each as it is."""
        self.site.env["SLUICE_ENGINE_PAGE_BYTES_MAX"] = LITTLE_BYTES
        self.start()
        del self.site.env["SLUICE_ENGINE_PAGE_BYTES_MAX"]
        loaded = self.service.metrics()["sluice_pages_loaded_total"]
        said = self.under_load(lambda: self.move_slots(LITTLE_SLOTS))
        loaded, counts = self.service.metrics()["sluice_pages_loaded_total"] - loaded, self.answered()
        if not (loaded > LOADED_MIN and counts["ask"]):
            raise Failed("%d pages were read, answers were %s: this run proves nothing" % (loaded, counts))
        return "%s; answers met: %s; %d pages read meanwhile; %d partitions opened anew" % (
            said, " ".join("%s %d" % each for each in counts.items()), loaded, len(self.resets()))

    # ---- masters that die

    def largest(self):
        """The master with most partitions, and these."""
        return max(self.cluster.masters().items(), key=lambda each: len(each[1]))

    def kill_master(self, alone):
        self.dead, partitions = self.largest()
        if alone:
            if not self.cluster.servers.cut(self.dead):
                raise Failed("the master has no replica to lose: this run proves nothing")
            self.let_alone(partitions)
        self.cluster.servers.kill(self.dead)
        began = time.monotonic()
        wait_until(lambda: not set(partitions) & set(self.cluster.masters().get(self.dead, [])), TAKEN_OVER_S,
                   lambda: "a replica takes over: " + self.cluster.nodes())
        return "master of partitions %s killed, its replica took over after %.1f s" % (partitions, time.monotonic() - began)

    def kill_under_load(self, alone, whole):
        """whole: a Cluster that wants all slots or none says CLUSTERDOWN of all partitions; otherwise, only those of the
        master that died may begin anew."""
        self.cluster.want_whole(whole)
        others = set(range(PARTITIONS)) - set(self.largest()[1])
        said = self.under_load(lambda: self.kill_master(alone)) + "; " + self.back(alone)
        down = self.answered()["clusterdown"]
        anew = sorted(others & {partition for partition, _, _ in self.resets()})
        if not whole and (anew or down):
            raise Failed("partitions %s of other masters began anew, %d CLUSTERDOWN: %s" % (anew, down, self.service.tail()))
        return "%s; CLUSTERDOWN %d times" % (said, down)

    def kill_both(self):
        said = self.kill_master(True)
        self.service.kill9()
        self.start()
        return said + "; the service was killed, too"

    def go_on(self):
        """The dead master comes back, as a replica, and the service is started again."""
        self.cluster.servers.start(self.dead)
        self.cluster.settle()
        self.start()


def prove(options):
    with Live(options) as live, Cluster(live) as cluster:
        proof = Proof(live, cluster, options)
        proof.prove("slots moved", proof.move_under_load())
        proof.prove("slots moved, little memory", proof.move_with_little_memory())
        proof.start()
        proof.prove("master killed", proof.kill_under_load(False, True))
        proof.go_on()
        proof.prove("tail lost", proof.kill_under_load(True, False))
        proof.go_on()
        last = proof.prove("tail lost, service killed", proof.under_load(proof.kill_both))
    return "slots moved twice, masters killed 3 times, a tail lost twice: %d records, %d visits, %d ids the same; %s" % (
        last.records, last.visits, last.ids, last.checked)


def arguments():
    made = parser(__doc__)
    made.add_argument("--seed", type=int, default=1)
    return made.parse_args()


if __name__ == "__main__":
    sys.exit(main("cluster", prove, arguments()))
