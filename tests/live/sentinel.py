"""A master with a replica and three sentinels: whoever is master, the service finds it, and a lost tail costs only time.

    sentinel.py SLUICE WORKDIR [--seed S] [--jars FOLDER]

The service knows three sentinels and no server. Each under load:

1. The master is killed -9; the sentinels make the replica a master. The dead one comes back as its replica.
2. The sentinels are told to change places (SENTINEL FAILOVER): both servers live, and the old master takes no writes.
3. A master is cut off from its replica, goes on alone, and is killed, and one of the sentinels with it: its tail is
   lost. A worker must have met CONFLICT and W gone back.

After each, drained and stopped, records, ids, pages and headers are those of a replay of the log, as in redis_loss.py.
"""
import os
import sys
import time

from failover import TAKEN_OVER_S, Failover
from harness import Failed, Live, main, parser, wait_until
from redis_servers import Refused, Servers

PARTITIONS = 4
NAME = "pages"
DOWN_MS = 1500
SETTINGS = """\
sentinel monitor {name} 127.0.0.1 {port} 2
sentinel down-after-milliseconds {name} {down}
sentinel failover-timeout {name} 6000
"""


class Sentinels(Servers):
    def __init__(self, live, master_port):
        self.settings = SETTINGS.format(name=NAME, port=master_port, down=DOWN_MS)
        super().__init__(live, "sentinel", 3)

    def command(self, number):
        path = self.folder(number) + "/sentinel.conf"
        with open(path, "w", encoding="utf-8") as out:
            out.write("port %d\nbind 127.0.0.1\ndir %s\n%s" % (self.ports[number], os.path.abspath(self.folder(number)), self.settings))
        return ["redis-server", path, "--sentinel"]

    def prepare(self, number):
        pass


class Proof(Failover):
    def __init__(self, live, servers, sentinels, options):
        self.servers, self.sentinels = servers, sentinels
        self.settle()
        super().__init__(live, options, "sentinel", PARTITIONS, 3, {
            "SLUICE_REDIS_MODE": "sentinel", "SLUICE_REDIS_MASTER": NAME,
            "SLUICE_REDIS_ADDRESS": ",".join(sentinels.address(number) for number in range(len(sentinels)))})

    def master(self):
        """By the last sentinel, which is never killed."""
        return self.servers.ports.index(int(self.sentinels.ask(2, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME)[1]))

    def settle(self):
        """The sentinels know each other and the replica, which follows."""
        def settled():
            master = self.master()
            said = dict(zip(*[iter(self.sentinels.ask(2, "SENTINEL", "MASTER", NAME))] * 2))
            other = self.servers.info(1 - master, "replication")
            return (said["flags"] == "master" and int(said["num-other-sentinels"]) == 2 and int(said["num-slaves"]) == 1 and
                    self.servers.role(master) == "master" and other["role"] == "slave" and other["master_link_status"] == "up")
        wait_until(settled, 2 * TAKEN_OVER_S, lambda: "sentinels, master and replica are settled: %s" % (
            self.sentinels.ask(2, "SENTINEL", "MASTER", NAME),), 0.2)

    def wait_master(self, wanted):
        began = time.monotonic()
        wait_until(lambda: self.master() == wanted and self.servers.role(wanted) == "master", TAKEN_OVER_S, "the replica is master")
        return time.monotonic() - began

    def kill_master(self, alone):
        self.dead = self.master()
        if alone:
            if not self.servers.cut(self.dead):
                raise Failed("the master has no replica to lose: this run proves nothing")
            self.let_alone(range(PARTITIONS))
            self.sentinels.kill(0)
        self.servers.kill(self.dead)
        return "killed, its replica took over after %.1f s" % self.wait_master(1 - self.dead)

    def change_places(self):
        """A sentinel says for a while after a fail-over that it does not do another one."""
        old = self.master()

        def told():
            try:
                return self.sentinels.ask(2, "SENTINEL", "FAILOVER", NAME) == "OK"
            except Refused:
                return False
        wait_until(told, 2 * TAKEN_OVER_S, "a sentinel takes the order", 0.5)
        seconds = self.wait_master(1 - old)
        wait_until(lambda: self.servers.role(old) == "slave", TAKEN_OVER_S, "the old master is a replica")
        return "after %.1f s" % seconds

    def go_on(self):
        """The dead master comes back as a replica, and the service is started again."""
        self.servers.start(self.dead, "--replicaof", "127.0.0.1", str(self.servers.ports[1 - self.dead]))
        self.settle()
        self.start()


def prove(options):
    with Live(options) as live, Servers(live, "redis", 2) as servers:
        servers.ask(1, "REPLICAOF", "127.0.0.1", servers.ports[0])
        with Sentinels(live, servers.ports[0]) as sentinels:
            proof = Proof(live, servers, sentinels, options)
            proof.prove("master killed", proof.under_load(lambda: proof.kill_master(False)) + "; " + proof.back(False))
            proof.go_on()
            proof.prove("places changed", proof.under_load(proof.change_places) + "; " + proof.gone_back(False))
            proof.settle()
            proof.start()
            last = proof.prove("tail lost", proof.under_load(lambda: proof.kill_master(True)) + "; " + proof.back(True))
    return "master killed twice, a tail lost, places changed once: %d records, %d visits, %d ids the same; %s" % (
        last.records, last.visits, last.ids, last.checked)


def arguments():
    made = parser(__doc__)
    made.add_argument("--seed", type=int, default=1)
    return made.parse_args()


if __name__ == "__main__":
    sys.exit(main("sentinel", prove, arguments()))
