"""Brokers die, stand still, come back, and the network in front of them fails: nothing is lost or comes twice.

    brokers.py SLUICE WORKDIR [--rows short|all|NAME,NAME] [--seed S] [--jars FOLDER]

The rows of docs/protocol.md, section 8, that are about Kafka, each as in chaos.py: a service under load meets its
fault, and records, ids, pages and headers are held against a replay of the log. Three brokers hold each topic three times,
two of them must have what is acknowledged (min.insync.replicas); the service reaches each of them through a proxy,
which is what the broker advertises. The row that `short` names does with one broker.
"""
import collections
import contextlib
import signal
import sys
import time

import kafka_wire
from chaos import GOES_ON_MIN, PROGRESS_S, RATE, SESSION_MS, Row as Case, Chaos, arguments, chosen, expect_happened, summary
from harness import KINDS, Failed, Live, main, read, stacks, wait_until
from proxy import Proxy

BROKERS = 3
HEARD_S = 30             # a fault is met, and said, within so long
STANDS_S = 2 * SESSION_MS / 1000
AWAY_S, ALL_AWAY_S = 20, 60
WAIT_S = 10              # less than that
BLOCKED_S = 40
ROUND_TRIP_S = 0.3
SLOW_RATE = 20           # for faults that take longer: a minute of load
SILENCE = "Kafka has acknowledged nothing of"
AWAY = "does not answer"
BEGINS, ENDS = (SILENCE, AWAY), ("Kafka acknowledges again", "kafka is back")
SAID_MAX = 3             # brokers that come back on a busy machine stand still again
OUT_MESSAGES = 1000      # the smallest bound
WORKERS = 3              # of a process: one reads feeds, two judge
LEADER_S = 30
KNOWN_S = 1              # a broker knows a new setting by then
MORE = """\
listeners=BROKER://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller},SERVICE://127.0.0.1:{service}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,SERVICE:PLAINTEXT
"""
ADVERTISED = "advertised.listeners=BROKER://127.0.0.1:{broker},SERVICE://%s\n"

# says: what of the brokers; once: no message may be in its topic twice
Row = collections.namedtuple("Row", (*Case._fields, "says", "once"), defaults=(RATE, None, "", False))
Seen = collections.namedtuple("Seen", "progress_s ids")


class Network:
    """A proxy before each broker of a stack that is not up yet."""

    def __init__(self, stack):
        self.proxies = {}
        stack.more = MORE
        for node in stack.nodes:
            port = stack.state["ports"].setdefault(stack.of("service", node), stacks.free_port())
            self.proxies[node] = Proxy(port, understands=kafka_wire.KAFKA)
            stack.more_of[node] = ADVERTISED % self.proxies[node].address

    def each(self, do):
        for proxy in self.proxies.values():
            do(proxy)

    def sum(self, what):
        return sum(what(proxy) for proxy in self.proxies.values())


class Brokers(Chaos):
    def __init__(self, live, network, options, rows):
        self.network, self.copies = network, 0
        super().__init__(live, None, options, rows, SLUICE_KAFKA_REPLICATION=str(live.stack.brokers))
        self.site.sent_twice = True

    def through(self):
        return {"SLUICE_KAFKA_BROKERS": ",".join(proxy.address for proxy in self.network.proxies.values())}

    def wait_resident(self):
        pass

    def go_on_without(self):
        """Outputs still come out; returns how many."""
        before = self.outputs()
        wait_until(lambda: self.outputs() >= before + GOES_ON_MIN, HEARD_S, lambda: "outputs go on: %d came: %s\n%s" % (
            self.outputs() - before, self.service.tail(), self.service.status()))
        return self.outputs() - before

    def check_said(self, row):
        """What must be said of brokers was: by the process or one of its workers when it begins, and when it is over."""
        lines = [line for line in read(self.service.log).splitlines() if any(words in line for words in BEGINS + ENDS)]
        begun = collections.Counter()  # of each speaker: how often
        for speaker in {line.partition("afka")[0] for line in lines}:
            said = [any(words in line for words in BEGINS) for line in lines if line.startswith(speaker + "afka")]
            begun[speaker] = sum(said)
            if said != [True, False] * begun[speaker]:
                begun[speaker] = SAID_MAX + 1
        if (row.says and not any(row.says in line for line in lines)) or max(begun.values(), default=0) > SAID_MAX:
            raise Failed("%s: it should say \"%s\", once when it begins and once when it is over, and said:\n  %s" % (
                row.name, row.says, "\n  ".join(lines)))

    # ---- the brokers

    def name(self, node):
        return self.live.stack.of("kafka", node)

    def up(self):
        """Numbers of the brokers that run."""
        return [node for node in self.live.stack.nodes if self.live.stack.pid_of(self.name(node)) is not None]

    def address(self, node):
        return "127.0.0.1:%d" % self.live.stack.ports_of(node)["broker"]

    def partitions(self, node, topic="visits"):
        return kafka_wire.partitions(self.address(node), self.site.env["SLUICE_KAFKA_PREFIX"] + topic)

    def leader(self):
        """The broker that leads most partitions of the log, and how many."""
        return collections.Counter(row.leader for row in self.partitions(self.up()[0])).most_common(1)[0]

    def kill(self, *nodes):
        for node in nodes:
            self.live.stack.end(self.name(node), signal.SIGKILL)

    def wait_led_without(self, node, asked):
        """Each partition of the log has another leader; returns the seconds until then."""
        began = time.monotonic()

        def led():
            with contextlib.suppress(OSError):
                return all(row.leader not in (-1, node) for row in self.partitions(asked))
            return False
        wait_until(led, LEADER_S, "other leaders")
        return time.monotonic() - began

    def wait_in_sync(self):
        """All brokers are there and have all, by the word of each: one that has just come back does not know yet what it has
        missed."""
        seen = {}

        def in_sync():
            try:
                for node in self.live.stack.nodes:
                    for topic in (*KINDS, "visits", "calls", "transactions", "dead-letters"):
                        seen["last"] = node, topic, self.partitions(node, topic)
                        if any(len(row.insync) < self.live.stack.brokers or row.leader == -1 for row in seen["last"][2]):
                            return False
            except OSError as error:
                seen["last"] = error
                return False
            return True
        wait_until(in_sync, PROGRESS_S, lambda: "all brokers have all: %s" % (seen["last"],))
        kafka_wire.elect_leaders(self.address(1))

    def start_again(self, *nodes):
        self.live.stack.start_kafka(*nodes)
        self.heal()
        self.wait_in_sync()

    # ---- what came

    def count_copies(self):
        lines = {kind: self.site.sluice("watch", "--topic", kind, "--to-end", lines=True) for kind in (*KINDS, "dead-letters")}
        return sum(len(each) - len(set(each)) for each in lines.values())

    def renewals(self):
        return int(self.service.metrics()["sluice_producer_renewals_total"])

    def run(self, row):
        seen = super().run(row)
        self.check_said(row)
        before, self.copies = self.copies, self.count_copies()
        if row.once and self.copies > before:
            raise Failed("%s: %d messages came twice" % (row.name, self.copies - before))
        print("%22s %d copies" % ("", self.copies - before), flush=True)
        return seen


# ---- settings that lose what was acknowledged, or stop all when a broker is away -----------------

SETTINGS = [  # of visits: value, what is said of it, and whether the service starts all the same
    ("min.insync.replicas", "1", "has 3 copies and min.insync.replicas=1, and needs 2", False),
    ("unclean.leader.election.enable", "true", "has unclean.leader.election.enable=true and needs false", False),
    ("min.insync.replicas", "3", "with one broker away all waits; better 2", True),
]


def check_settings(c):
    topic = c.site.env["SLUICE_KAFKA_PREFIX"] + "visits"
    for name, value, words, starts in SETTINGS:
        kafka_wire.set_config(c.address(1), topic, name, value)
        time.sleep(KNOWN_S)
        service = c.site.launch(SLUICE_PROCESS_NAME="first", **c.through())
        wait_until(lambda service=service, words=words: words in service.said(), HEARD_S, lambda service=service: service.tail())
        if starts:
            service.wait_for(": ready: ").stop()
        elif service.child.wait(HEARD_S) != 2:
            raise Failed("%s=%s: the service ended with %d: %s" % (name, value, service.child.returncode, service.tail()))
        kafka_wire.set_config(c.address(1), topic, name, {"min.insync.replicas": "2"}.get(name, "false"))
    time.sleep(KNOWN_S)
    print("%-22s %d of visits are said when the service starts, %d of them refused" % (
        "settings", len(SETTINGS), sum(not starts for *_, starts in SETTINGS)), flush=True)


# ---- 5: leaders change ---------------------------------------------------------------------------

def leader_killed(c):
    node, led = c.leader()
    c.kill(node)
    began = time.monotonic()
    elected_s = c.wait_led_without(node, c.up()[0])
    came = c.go_on_without()
    away_s = c.pass_over(c.taken(), began)
    c.start_again(node)
    return "it led %d partitions; others led after %.1f s, %d outputs and W passed all after %.1f s without it" % (
        led, elected_s, came, away_s)


def leader_stands(c):
    """It comes back as a leader that has been replaced."""
    node, led = c.leader()
    began = time.monotonic()
    c.live.stack.send(c.name(node), signal.SIGSTOP)
    try:
        elected_s = c.wait_led_without(node, next(each for each in c.up() if each != node))
        c.go_on_without()
        away_s = c.pass_over(c.taken(), began)
        time.sleep(max(0, STANDS_S - (time.monotonic() - began)))
    finally:
        c.live.stack.send(c.name(node), signal.SIGCONT)
    c.heal()
    stood_s = time.monotonic() - began
    c.wait_in_sync()
    return "it led %d partitions and stood %.0f s; others led after %.1f s, W passed all after %.1f s without it" % (
        led, stood_s, elected_s, away_s)


def one_by_one(c):
    """As for an upgrade of the brokers."""
    began, slowest_s = time.monotonic(), 0
    for node in c.live.stack.nodes:
        c.live.stack.end(c.name(node))
        slowest_s = max(slowest_s, c.pass_over(c.taken(), time.monotonic()))  # ticks go on when the feed is at its end
        c.start_again(node)
    return "each ended and started again, %.0f s in all; W passed all after at most %.1f s without one" % (
        time.monotonic() - began, slowest_s)


# ---- 4, 22: too few are there --------------------------------------------------------------------

def stay_away(c, nodes, seconds=AWAY_S):
    c.kill(*nodes)
    began = time.monotonic()
    time.sleep(seconds)
    c.start_again(*nodes)
    return time.monotonic() - began


def two_away(c):
    node, _ = c.leader()
    away_s = stay_away(c, [each for each in c.live.stack.nodes if each != node])
    return "two killed, the third was alone for %.0f s" % away_s


def all_away(c):
    away_s = stay_away(c, list(c.live.stack.nodes), ALL_AWAY_S)
    return "all killed, away for %.0f s" % away_s


def all_away_and_store_empty(c):
    """Partitions must be opened anew while nobody can say how far their log goes, for longer than kafka.wait_s."""
    c.kill(*c.live.stack.nodes)
    began = time.monotonic()
    c.hear(AWAY)
    with c.redis() as link:
        link.must("FLUSHALL")
        link.ask("CLIENT", "KILL", "TYPE", "normal")
    c.hear("CONFLICT", "is opened later, the others go on: kafka: ")
    time.sleep(AWAY_S)
    c.start_again(*c.live.stack.nodes)
    away_s = time.monotonic() - began
    wait_until(lambda: c.said("no checkpoint in the store") >= c.site.partitions, HEARD_S, lambda: "all go back: " + c.service.tail())
    return "all killed, away for %.0f s, Redis emptied meanwhile" % away_s


def blocked_output(c):
    """One topic takes nothing: all that comes after it waits in front of a bound."""
    topic = c.site.env["SLUICE_KAFKA_PREFIX"] + "decisions"
    away = next(node for node in c.live.stack.nodes if node != c.leader()[0])
    kafka_wire.set_config(c.address(c.leader()[0]), topic, "min.insync.replicas", str(BROKERS))
    c.kill(away)
    began = time.monotonic()
    c.hear("takes nothing more: Kafka is behind", SILENCE + " decisions")
    most = 0
    while time.monotonic() - began < BLOCKED_S:
        most = max(most, c.service.metrics()["sluice_out_queue_messages"])
        time.sleep(0.1)
    kafka_wire.set_config(c.address(c.up()[0]), topic, "min.insync.replicas", "2")
    blocked_s = time.monotonic() - began
    c.start_again(away)
    if not OUT_MESSAGES <= most <= 2 * OUT_MESSAGES * WORKERS:
        raise Failed("%d messages waited, the bound of a worker is %d: this row proves nothing" % (most, OUT_MESSAGES))
    return "decisions took nothing for %.0f s, at most %d messages waited (bound: %d of each worker)" % (blocked_s, most, OUT_MESSAGES)


# ---- 7: slow, silent, broken --------------------------------------------------------------------

def round_trip(c):
    c.network.each(lambda proxy: proxy.delay(ROUND_TRIP_S / 2))
    try:
        began = time.monotonic()
        kafka_wire.partitions(c.network.proxies[1].address, c.site.env["SLUICE_KAFKA_PREFIX"] + "visits")
        passed = time.monotonic() - began
        if passed < ROUND_TRIP_S:
            raise Failed("a round trip takes %.3f s: this row proves nothing" % passed)
        slow_s = c.pass_over(c.taken(), time.monotonic())
    finally:
        c.network.each(lambda proxy: proxy.delay(0))
    c.heal()
    return "round trip %.0f ms, W passed all after %.1f s meanwhile" % (passed * 1000, slow_s)


def half_open(c):
    accepted = c.network.sum(lambda proxy: proxy.accepted)
    c.network.each(lambda proxy: proxy.hold())
    try:
        began = time.monotonic()
        c.hear(AWAY)
        time.sleep(max(0, STANDS_S - (time.monotonic() - began)))
    finally:
        c.network.each(lambda proxy: proxy.go_on())
    c.heal()
    held_s = time.monotonic() - began
    c.hear("kafka is back")
    return "silent for %.0f s, %d connections accepted meanwhile" % (
        held_s, c.network.sum(lambda proxy: proxy.accepted) - accepted)


def reset(c):
    times = 8
    for _ in range(times):
        accepted = c.network.sum(lambda proxy: proxy.accepted)
        c.network.each(lambda proxy: proxy.reset())
        c.heal()
        wait_until(lambda accepted=accepted: c.network.sum(lambda proxy: proxy.accepted) > accepted, HEARD_S, "it connects anew")
        time.sleep(c.rng.uniform(0.1, 0.4))
    return "all connections reset %d times" % times


def lost_acknowledgement(c):
    """The messages are in the log, and the sender does not know."""
    faults = []
    for node in sorted({row.leader for row in c.partitions(1)}):  # who leads nothing is asked nothing
        proxy = c.network.proxies[node]
        faults += [proxy.lose("produce", c.rng.randrange(1, 6)), proxy.cut("produce", c.rng.randrange(6, 12), c.rng.randrange(1, 40))]
    for fault in faults:
        expect_happened(fault, "the loss of an acknowledgement")
    c.heal()
    return "%d answers to producers lost or cut, %d producers made anew" % (len(faults), c.renewals())


SESSION = {"SLUICE_KAFKA_SESSION_MS": str(SESSION_MS)}
ROWS = [
    Row("all brokers away", 4, False, SESSION, all_away, SLOW_RATE, says=AWAY),
    Row("two brokers away", 4, False, SESSION, two_away, SLOW_RATE, says=SILENCE),
    Row("away and store empty", 4, False, dict(SESSION, SLUICE_KAFKA_WAIT_S=str(WAIT_S)), all_away_and_store_empty, SLOW_RATE, says=AWAY),
    Row("brokers one by one", 4, False, SESSION, one_by_one, SLOW_RATE),
    Row("leader killed", 5, False, SESSION, leader_killed, SLOW_RATE),
    Row("leader stands", 5, False, SESSION, leader_stands, SLOW_RATE),
    Row("lost acknowledgement", 7, True, {}, lost_acknowledgement, once=True),
    Row("connections reset", 7, False, {}, reset, once=True),
    Row("Kafka's round trip", 7, False, {}, round_trip),
    Row("half-open Kafka", 7, False, SESSION, half_open, SLOW_RATE, says=AWAY),
    Row("output blocked", 22, False, dict(SESSION, SLUICE_KAFKA_OUT_MESSAGES=str(OUT_MESSAGES)), blocked_output, says=SILENCE),
]


def prove(options):
    rows = chosen(ROWS, options.rows)
    live = Live(options, brokers=1 if options.rows == "short" else BROKERS)
    network = Network(live.stack)
    with live:
        c = Brokers(live, network, options, rows)
        if live.stack.brokers > 1:
            check_settings(c)
        return summary(rows, [c.run(row) for row in rows])


if __name__ == "__main__":
    sys.exit(main("brokers", prove, arguments(__doc__)))
