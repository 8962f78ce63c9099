"""A real Kafka broker and a real Redis on this machine, for development and tests.

    stack.py up FOLDER [--jars FOLDER]   starts both on free loopback ports, waits, prints the addresses;
                                         with --brokers 3 three brokers, of which one may be away
    stack.py down FOLDER                 stops exactly what `up` started there, and removes the folder
    stack.py status FOLDER               what runs there
    stack.py jars FOLDER [--jars FOLDER] only fetches the broker's jars, if they are missing

Everything of a stack lies in its folder: logs, data, `stack.json` with addresses and process ids, and
`stack.env`, which a shell can read. A second `up` on the same folder starts what is missing. The broker
is a single KRaft node from the jars that Maven fetches once into --jars (pom.xml pins them), or several
that are broker and controller each, with replication factor 3 and min.insync.replicas 2; their
settings are the ones that a small machine needs. Tests import this module and kill, stop and restart
the servers on purpose.
"""
import argparse
import contextlib
import ctypes
import glob
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CLUSTER_ID = "c2x1aWNlLXN0YWNrLTAwMQ"  # any 16 bytes, base64 without padding
READY_S = 90
HEAP = {"small": ["-Xms64m", "-Xmx256m"],               # enough for tests
        "steady": ["-Xms1g", "-Xmx1g", "-Xmn640m"]}     # latency tails need it
BROKER_SETTINGS = """\
process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners=BROKER://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=BROKER://127.0.0.1:{broker}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
log.dirs={folder}/{name}
num.partitions=1
default.replication.factor={copies}
min.insync.replicas={insync}
offsets.topic.replication.factor={copies}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor={copies}
transaction.state.log.min.isr={insync}
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
num.network.threads=2
num.io.threads=4
num.replica.fetchers=1
num.recovery.threads.per.data.dir=2
log.segment.bytes=268435456
log.retention.ms=-1
log.cleaner.dedupe.buffer.size=2097152
log.cleaner.threads=1
log.index.size.max.bytes=1048576
controlled.shutdown.enable=true
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
"""


EPHEMERAL = "/proc/sys/net/ipv4/ip_local_port_range"
PORT_MIN = 10000
GIVEN = set()  # ports that this process chose
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


class StackError(Exception):
    """Something outside failed; the text says what and what to do."""


def free_port():
    """
    A port that nobody uses and nobody is given by chance: it lies below those that the kernel gives to
    whoever connects, so it is still free when the server starts, or starts again, and no client that
    tries it before then is connected to itself.
    """
    with open(EPHEMERAL, encoding="ascii") as source:
        first = int(source.read().split()[0])
    while True:
        port = random.randrange(PORT_MIN, first)
        if port in GIVEN:
            continue
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            GIVEN.add(port)
            return port


def end_with_parent():
    """In a child, before its program: it is killed when this process ends, however that ends."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.5):
            return True
    except OSError:
        return False


def fetch_jars(jars):
    """The broker's jars, fetched once."""
    pom = os.path.join(HERE, "pom.xml")
    stamp = os.path.join(jars, "pom.xml")
    if os.path.exists(stamp) and open(stamp, "rb").read() == open(pom, "rb").read():
        return
    os.makedirs(jars, exist_ok=True)
    command = ["mvn", "-q", "-B", "-f", pom, "dependency:copy-dependencies",
               "-DoutputDirectory=" + os.path.abspath(jars), "-DincludeScope=runtime"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StackError("cannot run Maven: %s; `make setup` installs it" % error) from error
    if done.returncode != 0 or not glob.glob(os.path.join(jars, "kafka_*.jar")):
        raise StackError("Maven could not fetch the broker's jars: %s" % (done.stdout + done.stderr).strip()[-400:])
    shutil.copyfile(pom, stamp)


class Stack:
    """Brokers, by default one, and one Redis in a folder."""

    def __init__(self, folder, jars=None, heap="small", ends_with_us=False, brokers=1):
        self.folder = os.path.abspath(folder)
        self.jars = os.path.abspath(jars or os.path.join(os.path.dirname(self.folder), "stack-jars"))
        self.heap = heap
        self.more = ""  # settings of each broker on top; they may name its ports, its number `node` and the folder
        self.more_of = {}  # the same of one broker, by its number
        self.ends_with_us = ends_with_us  # for tests: no server outlives a script that is killed
        self.state = {"ports": {}, "pids": {}}  # ports are chosen once, pids are those that run
        if os.path.exists(self.path("stack.json")):
            with open(self.path("stack.json"), encoding="utf-8") as source:
                self.state = json.load(source)
        self.brokers = self.state.setdefault("brokers", brokers)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    @staticmethod
    def of(name, node):
        """What a process or a port of the node with this number is called: kafka, kafka2, kafka3."""
        return name if node == 1 else "%s%d" % (name, node)

    @property
    def nodes(self):
        return range(1, self.brokers + 1)

    def ports_of(self, node):
        """Ports of one broker, by their names without its number."""
        found = {}
        for name, port in self.state["ports"].items():
            plain = name.rstrip("23456789")
            if name != "redis" and self.of(plain, node) == name:
                found[plain] = port
        return found

    @property
    def servers(self):
        return [self.of("kafka", node) for node in self.nodes] + ["redis"]

    @property
    def kafka(self):
        return ",".join("127.0.0.1:%d" % self.state["ports"][self.of("broker", node)] for node in self.nodes)

    @property
    def redis(self):
        return "127.0.0.1:%d" % self.state["ports"]["redis"]

    # ---- processes

    def save(self):
        with open(self.path("stack.json.tmp"), "w", encoding="utf-8") as out:
            json.dump(self.state, out, indent=1)
        os.replace(self.path("stack.json.tmp"), self.path("stack.json"))
        with open(self.path("stack.env"), "w", encoding="utf-8") as out:
            out.write("SLUICE_KAFKA_BROKERS=%s\nSLUICE_REDIS_ADDRESS=%s\n" % (self.kafka, self.redis))

    def pid_of(self, name):
        """The process that `up` started, if it still runs: never one that got its number later."""
        known = self.state["pids"].get(name)
        if known is None:
            return None
        try:
            with open("/proc/%d/stat" % known["pid"], encoding="utf-8") as source:
                fields = source.read().rpartition(")")[2].split()
        except OSError:
            return None
        return known["pid"] if fields[19] == known["started"] and fields[0] != "Z" else None

    def spawn(self, name, command):
        with open(self.path(name + ".log"), "ab") as log:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                     cwd=self.folder, start_new_session=True,
                                     preexec_fn=end_with_parent if self.ends_with_us else None)
        with open("/proc/%d/stat" % child.pid, encoding="utf-8") as source:
            started = source.read().rpartition(")")[2].split()[19]
        self.state["pids"][name] = {"pid": child.pid, "started": started}
        self.save()
        return child

    def wait_for(self, name, child, ready):
        end = time.monotonic() + READY_S
        while True:
            is_ready = ready()  # asked first: a server that ended since does not count as ready
            if child.poll() is not None:
                raise StackError("%s ended with code %d: %s" % (name, child.returncode, self.tail(name)))
            if is_ready:
                return
            if time.monotonic() > end:
                raise StackError("%s is not ready after %d s: %s" % (name, READY_S, self.tail(name)))
            time.sleep(0.05)

    def tail(self, name):
        with open(self.path(name + ".log"), encoding="utf-8", errors="replace") as log:
            return " | ".join(log.read().strip().splitlines()[-5:]) or "its log is empty"

    def send(self, name, number):
        pid = self.pid_of(name)
        if pid is not None:
            os.kill(pid, number)
        return pid is not None

    def end(self, name, number=signal.SIGTERM, wait_s=20):
        """Ends one process and waits until it is gone."""
        if not self.send(name, number):
            return
        stop = time.monotonic() + wait_s
        while self.pid_of(name) is not None:
            try:
                os.waitpid(self.state["pids"][name]["pid"], os.WNOHANG)
            except OSError:
                pass  # not our child: `down` in another process
            if time.monotonic() > stop:
                self.send(name, signal.SIGKILL)
                stop += 5
            time.sleep(0.02)
        del self.state["pids"][name]
        self.save()

    # ---- the two servers

    def start_redis(self, *options):
        port = self.state["ports"]["redis"]
        os.makedirs(self.path("redis"), exist_ok=True)
        try:
            child = self.spawn("redis", [
                "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", self.path("redis"),
                "--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction",
                "--save", "", "--daemonize", "no", *options])
        except OSError as error:
            raise StackError("cannot start redis-server: %s; `make setup` installs it" % error) from error
        self.wait_for("redis", child, lambda: answers(port))
        return child

    def settings(self, node):
        """Writes the settings of one broker; returns their path."""
        voters = ",".join("%d@127.0.0.1:%d" % (each, self.ports_of(each)["controller"]) for each in self.nodes)
        path = self.path(self.of("server", node) + ".properties")
        with open(path, "w", encoding="utf-8") as out:
            out.write((BROKER_SETTINGS + self.more + self.more_of.get(node, "")).format(
                folder=self.folder, name=self.of("kafka", node), node=node, voters=voters, copies=min(3, self.brokers),
                insync=2 if self.brokers >= 3 else 1, **self.ports_of(node)))
        return path

    def spawn_kafka(self, node):
        """Starts one broker, which need not be ready: the first of three waits for a second."""
        settings, name = self.settings(node), self.of("kafka", node)
        java = ["java", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp", os.path.join(self.jars, "*")]
        try:
            if not os.path.exists(self.path(name, "meta.properties")):
                done = subprocess.run(java[:1] + ["-Xmx128m", "-XX:TieredStopAtLevel=1"] + java[1:] + [
                    "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", settings],
                    capture_output=True, text=True, timeout=READY_S, check=False)
                if done.returncode != 0:
                    raise StackError("the broker's storage could not be formatted: " + done.stderr.strip()[-400:])
            return self.spawn(name, java[:1] + HEAP[self.heap] + java[1:] + ["kafka.Kafka", settings])
        except OSError as error:
            raise StackError("cannot start java: %s; `make setup` installs it" % error) from error

    def start_kafka(self, *nodes):
        """Starts these brokers, or the first, and waits until they answer at all their ports."""
        fetch_jars(self.jars)
        nodes = nodes or (1,)
        for port in (port for node in nodes for port in self.ports_of(node).values() if answers(port)):
            raise StackError("port %d of the broker is taken by another program" % port)  # it would answer for a moment, and end
        children = {node: self.spawn_kafka(node) for node in nodes}
        for node, child in children.items():
            ports = self.ports_of(node).values()
            self.wait_for(self.of("kafka", node), child, lambda ports=ports: all(answers(port) for port in ports))

    def up_redis(self):
        """Redis alone."""
        os.makedirs(self.folder, exist_ok=True)
        for name in ("redis", *(self.of(name, node) for name in ("broker", "controller") for node in self.nodes)):
            self.state["ports"].setdefault(name, free_port())
        if self.pid_of("redis") is None:
            self.start_redis()

    def up(self):
        self.up_redis()
        missing = [node for node in self.nodes if self.pid_of(self.of("kafka", node)) is None]
        if missing:
            self.start_kafka(*missing)

    def down(self, keep=False):
        for name in self.servers:
            self.end(name)
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["up", "down", "status", "jars"])
    parser.add_argument("folder")
    parser.add_argument("--jars", help="where the broker's jars are kept (beside the folder)")
    parser.add_argument("--heap", choices=sorted(HEAP), default="small")
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=1)
    options = parser.parse_args()
    stack = Stack(options.folder, options.jars, options.heap, brokers=options.brokers)
    try:
        if options.what == "up":
            stack.up()
        elif options.what == "jars":
            fetch_jars(stack.jars)
            return 0
        elif options.what == "down":
            stack.down()
            print("stack: stopped")
            return 0
    except StackError as error:
        print("stack: %s" % error, file=sys.stderr)
        return 3
    running = {name: stack.pid_of(name) for name in stack.servers}
    if None in running.values():
        print("stack: not running: %s" % ", ".join(n for n, pid in running.items() if pid is None))
        return 1
    print("kafka %s (pid %s)\nredis %s (pid %d)\nsettings for a shell: %s" % (
        stack.kafka, ", ".join(str(running[name]) for name in stack.servers if name != "redis"), stack.redis, running["redis"],
        stack.path("stack.env")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
