"""What goes wrong outside is said in one line with its remedy, and ends the service where waiting does not help.

    errors.py SLUICE WORKDIR [--points short|all] [--jars FOLDER]

Starts a real broker and real Redis servers, then `sluice run` in every way that must not work: servers away,
wrong credentials, servers and topics with settings that would lose data, a missing key. Each must end with its
exit code (2: a setting or argument, 3: the world outside) and exactly one line that names the place and the
remedy. Then kills broker and Redis under a running service, which must live on, say once that they are away and
once that they are back, and have done all its work in the end.
"""
import argparse
import contextlib
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "connectors", "stack"))
import documented  # noqa: E402
import kafka_wire  # noqa: E402
import stack as stacks  # noqa: E402
import strangers  # noqa: E402

END_S = 20   # a start that fails has failed by then
STOP_S = 60  # with servers away an end may take its time
SECRET = "right-Zq7k"  # of Redis and of the broker; nothing may ever show it
# Beside the plain listener one with TLS and passwords, as docs/operations.md tells to use. Of two lines for one
# setting the second counts.
SECURED = """\
group.min.session.timeout.ms=1000
listeners=BROKER://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller},SECURED://127.0.0.1:{secured},INSIDE://127.0.0.1:{inside}
advertised.listeners=BROKER://127.0.0.1:{broker},SECURED://127.0.0.1:{secured},INSIDE://127.0.0.1:{inside}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL,INSIDE:SASL_PLAINTEXT
listener.name.secured.sasl.enabled.mechanisms=PLAIN
listener.name.secured.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_sluice="right-Zq7k";
listener.name.secured.ssl.keystore.type=PEM
listener.name.secured.ssl.keystore.location={folder}/../broker.pem
listener.name.inside.sasl.enabled.mechanisms=PLAIN
listener.name.inside.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_sluice="right-Zq7k";
"""
DEAD_MS = 3000  # a silent member of a group is dead
STILL_S = 30  # a running service has done what was asked by then


class Failed(Exception):
    """The point does not hold, or something outside failed."""


def read(path):
    with open(path, encoding="utf-8", errors="replace") as source:
        return source.read()


def wait_for(true, what, seconds=STILL_S):
    """Returns what is true at last."""
    end = time.monotonic() + seconds
    while not (found := true()):
        if time.monotonic() > end:
            raise Failed("not within %d s: %s" % (seconds, what() if callable(what) else what))
        time.sleep(0.02)
    return found


class Place:
    """Servers, folder, and the settings that work."""

    def __init__(self, sluice, folder, jars):
        self.sluice, self.folder = sluice, folder
        self.stack = stacks.Stack(os.path.join(folder, "stack"), jars)
        self.children = []
        self.tried = 0

    def path(self, name, content=None):
        path = os.path.join(self.folder, name)
        if content is not None:
            with open(path, "w", encoding="utf-8") as out:
                out.write(content)
        return path

    def env(self, **settings):
        plain = {name: value for name, value in os.environ.items() if not name.startswith("SLUICE_")}
        base = dict(IDENTITY_KEY_FILE=self.path("key"), KAFKA_BROKERS=self.stack.kafka, KAFKA_PREFIX="e.",
                    REDIS_ADDRESS=self.stack.redis, REDIS_PREFIX="e:", HTTP_PORT="0", KAFKA_WAIT_S="5",
                    REDIS_WAIT_S="1", PROCESS_NAME="errors", VISITS_CLOCK="event")
        base.update(settings)
        plain.update({"SLUICE_" + name: str(value) for name, value in base.items() if value is not None})
        return plain

    def redis(self, name, *options):
        """A Redis of its own; returns its address."""
        port = stacks.free_port()
        folder = self.path("redis-" + name)
        os.makedirs(folder)
        with open(os.path.join(folder, "log"), "wb") as log:
            self.children.append(subprocess.Popen(
                ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", *options],
                stdout=log, stderr=log))
        wait_for(lambda: stacks.answers(port), "redis " + name)
        return "127.0.0.1:%d" % port

    def certificate(self, name):
        """A key and a certificate of this host that nobody else has signed, in one file."""
        path = self.path(name)
        done = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", path, "-out", path + ".crt",
                               "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
                              check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed("openssl (`make setup` installs it): " + done.stderr[-300:])
        with open(path, "a", encoding="utf-8") as out:
            out.write(read(path + ".crt"))
        return path

    def city(self):
        city = self.path("city")
        if not os.path.exists(city):
            subprocess.run([self.sluice, "gen", "city", "--people", "1000", "--out", city], check=True, stdout=subprocess.DEVNULL)
        return os.path.join(city, "events.jsonl")

    def calls(self):
        return [line for line in read(self.city()).splitlines() if '"type":"call"' in line]

    def create_topics(self, prefix, **settings):
        done = subprocess.run([self.sluice, "topics", "create"], env=self.env(KAFKA_WAIT_S="60", KAFKA_PREFIX=prefix, **settings),
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed("topics create: " + done.stderr)

    def change_topic(self, topic, setting):
        kafka_wire.set_config(self.stack.kafka, topic, *setting.split("="))

    def must_fail(self, name, code, words, command="run", arguments=(), **settings):
        """One start that fails, with this code and one line that has these words."""
        begin = time.monotonic()
        try:
            done = subprocess.run([self.sluice, command, *arguments], env=self.env(**settings), capture_output=True,
                                  text=True, timeout=END_S, check=False)
        except subprocess.TimeoutExpired as error:
            raise Failed("%s: did not end within %d s: %s" % (name, END_S, (error.stderr or b"")[-400:])) from error
        if SECRET in done.stdout + done.stderr:
            raise Failed("%s: the password is shown: %s" % (name, done.stdout + done.stderr))
        lines = done.stderr.strip().splitlines()
        missing = [word for word in words if word not in done.stderr]
        self.tried += 1
        if os.environ.get("ERRORS_SHOW"):
            print("%-28s %4.1f s  %d  %s" % (name, time.monotonic() - begin, done.returncode, done.stderr.strip()), flush=True)
            return
        if done.returncode != code or len(lines) != 1 or missing or not lines[0].startswith("sluice %s: " % command):
            raise Failed("%s: exit %d (wanted %d), lacks %s:\n  %s" % (
                name, done.returncode, code, missing, "\n  ".join(lines) or "nothing was said"))


# ---- starts that fail
def servers_away(p):
    nobody = "127.0.0.1:%d" % stacks.free_port()
    p.must_fail("no broker", 3, ["no broker at " + nobody, "kafka.brokers"], KAFKA_BROKERS=nobody, KAFKA_WAIT_S=1)
    p.must_fail("no Redis", 3, ["redis at " + nobody, "redis.address"], REDIS_ADDRESS=nobody)
    p.must_fail("no such host", 3, ["no broker at", "kafka.brokers"], KAFKA_BROKERS="nowhere.invalid:9092", KAFKA_WAIT_S=1)
    p.must_fail("no such Redis host", 3, ["redis at nowhere.invalid:6379"], REDIS_ADDRESS="nowhere.invalid:6379")
    with socket.socket() as silent:  # takes connections and says nothing
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        address = "127.0.0.1:%d" % silent.getsockname()[1]
        p.must_fail("a silent broker", 3, ["no broker at " + address], KAFKA_BROKERS=address, KAFKA_WAIT_S=1)
        p.must_fail("a silent Redis", 3, ["redis at " + address, "no answer within 300 ms"], REDIS_ADDRESS=address,
                    REDIS_TIMEOUT_MS=300)


def settings_wrong(p):
    p.must_fail("no token key", 2, ["no token key", "identity.key_file"], IDENTITY_KEY_FILE=None)
    p.must_fail("no key file", 3, ["/none", "identity.key_file"], IDENTITY_KEY_FILE=p.path("none"))
    p.must_fail("a short key", 2, ["16 to 4096 bytes"], IDENTITY_KEY_FILE=p.path("short", "0123\n"))
    p.must_fail("clock", 2, ["visits.clock", "live", "event", '"lively"'], VISITS_CLOCK="lively")
    for role in ("desk", "ingest,desk", "ingest,", "engines"):
        p.must_fail("role", 2, ["--role", "ingest", "engine", role], arguments=["--role", role])
    p.must_fail("name", 2, ["process.name", '"a b"'], PROCESS_NAME="a b")
    p.must_fail("Redis address", 2, ["redis.address", "host:port"], REDIS_ADDRESS="localhost")
    p.must_fail("security", 2, ["kafka.security", "sasl_ssl", '"tls"'], KAFKA_SECURITY="tls")
    p.must_fail("mechanism", 2, ["kafka.sasl_mechanism", '"MAGIC"'], KAFKA_SECURITY="sasl_plaintext",
                KAFKA_SASL_MECHANISM="MAGIC", KAFKA_USER="u", KAFKA_PASSWORD_FILE=p.path("pw", "secret\n"))
    p.must_fail("no user", 2, ["kafka.user"], KAFKA_SECURITY="sasl_plaintext", KAFKA_PASSWORD_FILE=p.path("pw"))
    p.must_fail("no password", 2, ["kafka.password_file"], KAFKA_SECURITY="sasl_plaintext", KAFKA_USER="u")
    p.must_fail("no password file", 2, ["kafka.password_file", "/none"], KAFKA_SECURITY="sasl_plaintext",
                KAFKA_USER="u", KAFKA_PASSWORD_FILE=p.path("none"))
    p.must_fail("no certificates", 2, ["kafka.ca_file", "/none"], KAFKA_SECURITY="ssl", KAFKA_CA_FILE=p.path("none"))
    p.must_fail("a broker without TLS", 3, ["no broker at", "kafka.security"], KAFKA_SECURITY="ssl", KAFKA_WAIT_S=1)
    p.must_fail("a broker without SASL", 2, ["refused the user", "kafka.user", "kafka.sasl_mechanism"], KAFKA_SECURITY="sasl_plaintext",
                KAFKA_USER="u", KAFKA_PASSWORD_FILE=p.path("pw"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        p.must_fail("the port is taken", 3, ["http.port"], HTTP_PORT=taken.getsockname()[1])


VANISH = "or pages would vanish silently; correct its configuration\n"


def redis_wrong(p):
    locked = p.redis("locked", "--appendonly", "yes", "--requirepass", SECRET)
    wrong, right = p.path("wrong", "wrong\n"), p.path("right", SECRET + "\n")
    command = documented.redis_user(SECRET)
    rights = [word for word in command if word.startswith("+")]
    users = {"sluice": command[3:], "elsewhere": [word.replace("~sluice:", "~other:") for word in command[3:]]}
    users.update(("without-%d" % n, [word for word in command[3:] if word != right]) for n, right in enumerate(rights))
    for user, words in users.items():
        done = subprocess.run(["redis-cli", "-p", locked.rpartition(":")[2], *command[:2], user, *words], check=False,
                              capture_output=True, text=True, env=dict(os.environ, REDISCLI_AUTH=SECRET))
        if done.stdout.strip() != "OK":
            raise Failed("redis-cli %s: %s" % (" ".join(command[:2]), done.stdout + done.stderr))
    p.guarded = dict(REDIS_ADDRESS=locked, REDIS_USER="sluice", REDIS_PASSWORD_FILE=right, REDIS_PREFIX="sluice:")
    p.must_fail("no password", 2, [locked, "redis.password_file"], REDIS_ADDRESS=locked)
    p.must_fail("wrong password", 2, [locked, "redis.password_file"], REDIS_ADDRESS=locked, REDIS_PASSWORD_FILE=wrong)
    p.must_fail("wrong user", 2, [locked, "redis.user"], REDIS_ADDRESS=locked, REDIS_USER="nobody", REDIS_PASSWORD_FILE=right)
    for number, word in enumerate(rights):
        user = "without-%d" % number
        p.must_fail("a user without " + word, 2, [locked, "redis.user", "ACL SETUSER %s ~sluice:*" % user, word],
                    **dict(p.guarded, REDIS_USER=user))
    p.must_fail("a user of other keys", 2, [locked, "on sluice:{0}:ckpt", "ACL SETUSER elsewhere ~sluice:*"],
                **dict(p.guarded, REDIS_USER="elsewhere"))
    p.must_fail("no Redis password file", 2, ["redis.password_file", "/none"], REDIS_ADDRESS=locked,
                REDIS_PASSWORD_FILE=p.path("none"))
    port = str(stacks.free_port())
    tls = p.redis("tls", "--tls-port", port, "--tls-cert-file", p.path("broker.pem"), "--tls-key-file", p.path("broker.pem"),
                  "--tls-ca-cert-file", p.path("broker.pem")).rpartition(":")[0] + ":" + port
    p.must_fail("Redis with TLS", 3, [tls, "speak TLS?", "stunnel"], REDIS_ADDRESS=tls)
    evicts = p.redis("evicts", "--appendonly", "yes", "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru")
    p.must_fail("eviction", 2, ["sluice run: redis at %s has maxmemory-policy allkeys-lru and needs noeviction, %s" % (evicts, VANISH)],
                REDIS_ADDRESS=evicts)
    forgets = p.redis("forgets", "--appendonly", "no")
    p.must_fail("no append-only file", 2, ["sluice run: redis at %s has appendonly no and needs yes, %s" % (forgets, VANISH)],
                REDIS_ADDRESS=forgets)
    clustered = p.redis("clustered", "--appendonly", "yes", "--cluster-enabled", "yes", "--cluster-port", str(stacks.free_port()))
    p.must_fail("a server of a Cluster", 2, [clustered, "is of a Cluster", "redis.mode must be cluster"], REDIS_ADDRESS=clustered)
    p.must_fail("no server of a Cluster", 2, [p.stack.redis, "is of no Cluster", "redis.mode must be single"],
                REDIS_MODE="cluster", REDIS_ADDRESS=p.stack.redis)
    p.must_fail("no name of a master", 2, ["redis.master is empty"], REDIS_MODE="sentinel", REDIS_ADDRESS=p.stack.redis)
    replica = p.redis("replica", "--appendonly", "yes", "--replicaof", *p.stack.redis.split(":"))
    p.must_fail("a replica", 3, [replica, "replica", "redis.address"], REDIS_ADDRESS=replica)


def secured_kafka(p):
    """The listeners with passwords: what is wrong is said, and with what is right the service gets past Kafka."""
    wrong, right, ports = p.path("wrong", "wrong\n"), p.path("right", SECRET + "\n"), p.stack.state["ports"]
    inside = dict(KAFKA_BROKERS="127.0.0.1:%d" % ports["inside"], KAFKA_SECURITY="sasl_plaintext", KAFKA_USER="sluice",
                  KAFKA_PASSWORD_FILE=right)
    secured = dict(inside, KAFKA_BROKERS="127.0.0.1:%d" % ports["secured"], KAFKA_SECURITY="sasl_ssl",
                   KAFKA_CA_FILE=p.path("broker.pem"))
    for name, good in (("without TLS", inside), ("with TLS", secured)):
        at = good["KAFKA_BROKERS"]
        p.must_fail("wrong password " + name, 2, [at, "refused the user \"sluice\"", "kafka.password_file"],
                    **dict(good, KAFKA_PASSWORD_FILE=wrong))
        p.must_fail("wrong user " + name, 2, [at, "refused the user \"nobody\"", "kafka.user"], **dict(good, KAFKA_USER="nobody"))
        p.must_fail("right password " + name, 2, ["topic n.calls is missing"], **dict(good, KAFKA_PREFIX="n."))
    p.must_fail("wrong mechanism", 2, ["refused the user \"sluice\"", "kafka.sasl_mechanism"],
                **dict(inside, KAFKA_SASL_MECHANISM="SCRAM-SHA-256"))
    p.must_fail("certificates of others", 3, [secured["KAFKA_BROKERS"], "certificate", "kafka.ca_file"],
                **dict(secured, KAFKA_CA_FILE=p.certificate("other.pem")))
    p.must_fail("no TLS where it is needed", 3, [secured["KAFKA_BROKERS"], "kafka.security"],
                **dict(secured, KAFKA_SECURITY="sasl_plaintext"))
    p.guarded.update(secured)


TOPICS_WRONG = [  # topic, setting, what is said of it after the topic's name and the setting
    ("visits", "unclean.leader.election.enable=true", " and needs false; change it with Kafka's own tools"),
    ("stops", "min.insync.replicas=2", "1 copy and min.insync.replicas=2, and needs 1; change it with Kafka's own tools"),
    ("visits", "message.timestamp.type=CreateTime", " and needs LogAppendTime; change it with Kafka's own tools"),
    ("visits", "retention.ms=60000", " and kafka.retention_hours says 168 hours (604800000 ms); correct one of them, "
     "the topic with Kafka's own tools"),
    ("decisions", "retention.ms=60000", " and kafka.output_retention_hours says 720 hours (2592000000 ms); correct one of "
     "them, the topic with Kafka's own tools"),
    ("calls", "retention.ms=60000", " and needs -1; change it with Kafka's own tools"),
    ("directory", "cleanup.policy=delete", " and needs compact; change it with Kafka's own tools"),
    ("visits", "cleanup.policy=compact", " and needs delete; change it with Kafka's own tools"),
    ("visits", "retention.bytes=1000000", " and needs -1; change it with Kafka's own tools"),
    ("stops", "max.message.bytes=10000", " and needs at least 1048588; change it with Kafka's own tools"),
    ("packs", "max.message.bytes=1000000", " and needs at least 18874368; change it with Kafka's own tools"),
]


def topics_wrong(p):
    p.must_fail("topics missing", 2, ["topic n.calls is missing; `sluice topics create` makes it\n"], KAFKA_PREFIX="n.")
    p.must_fail("partitions", 2, ["topic e.visits has 4 partitions, visits.partitions says 8; the number is fixed when the "
                                  "topic is made: correct the setting\n"], VISITS_PARTITIONS=8)
    for partitions, topic in ((8, "directory"), (2, "calls")):
        p.must_fail("partitions of feeds", 2, ["topic e.%s has 4 partitions, kafka.feed_partitions says %d; correct the setting\n" % (
            topic, partitions)], KAFKA_FEED_PARTITIONS=partitions)
    p.must_fail("copies", 2, ["topic e.calls has a replication factor of 1 and kafka.replication says 3; correct one of them, "
                              "the topic with Kafka's own tools\n"], KAFKA_REPLICATION=3)
    for topic, setting, said in TOPICS_WRONG:
        name = setting.partition("=")[0]
        before = kafka_wire.config(p.stack.kafka, "e." + topic, name)
        p.change_topic("e." + topic, setting)
        line = said if setting in said else setting + said
        p.must_fail(setting, 2, ["sluice run: topic e.%s has %s\n" % (topic, line)])
        p.change_topic("e." + topic, "%s=%s" % (name, before))


def pack_too_dear(p):
    """What `sluice pack publish` refuses, a first start does not publish either."""
    os.mkdir(p.path("dear"))
    p.path("dear/dear.rule", "".join("rule r%d for payer on transaction when own%s watch payer for 1h\n" % (
        rule, "".join(" or count(payment_in in %ds) > %d" % (rule + 1, k) for k in range(128))) for rule in range(129)))
    p.create_topics("x.")
    p.must_fail("a pack too dear", 1, ["dear: one transaction may look at 4227072 records"], KAFKA_PREFIX="x.", REDIS_PREFIX="x:",
                arguments=["--pack", p.path("dear")])
    if sum(sum(kafka_wire.ends(p.stack.kafka, "x." + topic).values()) for topic in ("packs", "visits")) != 0:
        raise Failed("a pack that is too dear was published")


def key_wrong(p):
    """The group knows with which token key the feeds were taken."""
    service = Service(p, "key")
    feed_lines(p, {}, p.calls()[:CALLS])
    wait_for(lambda: sum(row["next"] for row in json.loads(service.page("/status")[1])["raw"] if row["topic"] == "calls") == CALLS,
             service.says)
    service.stop()
    must_end(p, "] was last taken by a process with another token key or visits.partitions: identity.key_file must name the same key", "ingest",
             dict(IDENTITY_KEY_FILE=p.path("another-key", "fedcba9876543210fedcba9876543210\n")), code=2)


def clock_wrong(p):
    """The log of visits was begun with the other clock; its feeds were made for either."""
    Service(p, "clock").stop()
    p.must_fail("the clock of the log", 2, [
        'sluice run: the log of visits has the clock "event" (its receipts say so), the setting visits.clock says "live"; '
        "a log keeps the clock that it began with\n"], VISITS_CLOCK="live")


# Brokers were away until a session ended, or not for so long.
JOINS_AGAIN = "the group took its partitions while brokers do not answer"
GROUPS_LINE = ("sluice run: topic __consumer_offsets has a replication factor of 1 and kafka.replication says 2: the groups of "
               "workers stop with the broker that holds it; raise it with Kafka's own tools, and offsets.topic.replication.factor")


def groups_once(p):
    """Two brokers hold our topics twice, and Kafka's topic of groups once: said by each start after the first group."""
    two = stacks.Stack(p.path("two"), p.stack.jars, ends_with_us=True, brokers=2)
    two.more = "offsets.topic.replication.factor=1\n"
    try:
        two.up()
        settings = dict(KAFKA_BROKERS=two.kafka, REDIS_ADDRESS=two.redis, KAFKA_REPLICATION=2)
        p.create_topics("e.", **settings)
        for name, wanted in (("first-group", []), ("later-group", [GROUPS_LINE])):
            service = Service(p, name, **settings)
            service.stop()
            said = [line for line in read(service.log).splitlines() if "replication" in line]
            if said != wanted:
                raise Failed("%s: it should say %s of copies, and says %s" % (name, wanted, said))
    finally:
        two.down()


# ---- servers that go and come while the service runs
FED = [0]  # records sent so far
OF_AN_ACCOUNT = '{"type":"account","id":"a-%d","time":%d,"account":"62220000000%08d","bank":"102100099996"}'
CALLS = 60  # enough for each partition of the feed


class Service:
    def __init__(self, p, name, *arguments, **settings):
        self.p, self.log = p, p.path(name + ".log")
        self.port, self.partitions = stacks.free_port(), settings.get("VISITS_PARTITIONS", 4)
        self.settings = settings
        self.env = p.env(**{"HTTP_PORT": self.port, "KAFKA_WAIT_S": "30", "REDIS_WAIT_S": "30", **settings})
        with open(self.log, "w", encoding="utf-8") as log:
            self.child = subprocess.Popen([p.sluice, "run", *arguments], env=self.env, stdout=log, stderr=log)
        p.children.append(self.child)
        wait_for(lambda: "ready" in read(self.log) or self.child.poll() is not None, self.says)
        wait_for(lambda: self.page("/ready")[0] == 200, lambda: "ready: %s" % self.page("/ready")[1])

    def says(self):
        return read(self.log)[-800:]

    def has_said(self, *words):
        said = read(self.log)
        return all(each in said for each in words)

    def page(self, path):
        try:
            self.must_live()
            with urllib.request.urlopen("http://127.0.0.1:%d%s" % (self.port, path), timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def visits(self):
        return json.loads(self.page("/status")[1])["visits"]

    def own(self):
        return sum(row["next"] >= 0 for row in self.visits())

    def taken(self):
        """Records of the feed, and whether what they cause is all acknowledged and in the store."""
        status = json.loads(self.page("/status")[1])
        done = all(row["unacked"] == 0 and row["lag"] == 0 for row in status["visits"] + status["raw"])
        return (sum(row["next"] for row in status["raw"] if row["topic"] == "directory"),
                len(status["visits"]) == self.partitions and done and all(row["waiting"] == 0 for row in status["visits"]))

    def is_resident(self):
        outside = [line.split()[-1] for line in self.page("/metrics")[1].splitlines() if line.startswith("sluice_pages_outside{")]
        return outside == ["0"] * 4

    def unacked(self):
        return sum(row["unacked"] for row in self.visits())

    def feed(self, count):
        first, FED[0] = FED[0], FED[0] + count
        feed_lines(self.p, self.settings, [OF_AN_ACCOUNT % (n, 1772416800000 + n, n) for n in range(first, first + count)])

    def must_be_done(self):
        wait_for(lambda: self.taken() == (FED[0], True), lambda: "%d records, all done: %s\n%s" % (
            FED[0], self.page("/status")[1], self.says()))

    def must_live(self):
        if self.child.poll() is not None:
            raise Failed("the service ended with %d: %s" % (self.child.returncode, self.says()))

    def must_say(self, *words, maybe=None):
        """Each in one line, in this order, and nothing else since it was ready, but that there was a log already, and `maybe`."""
        lines = [line for line in read(self.log).split("ready", 1)[1].splitlines()[1:]
                 if "is built from the beginning of the log" not in line and (maybe is None or maybe not in line)]
        if len(lines) != len(words) or any(word not in line for word, line in zip(words, lines)):
            raise Failed("it should say %s, and said:\n  %s" % (words, "\n  ".join(lines)))

    def stop(self, code=0):
        self.child.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.child.wait(STOP_S)
        if self.child.poll() != code:
            raise Failed("SIGTERM: exit %s (wanted %d): %s" % (self.child.poll(), code, self.says()))


def redis_goes(p):
    service = Service(p, "redis-goes")
    service.feed(200)
    service.must_be_done()
    p.stack.end("redis", signal.SIGKILL)
    service.feed(200)
    wait_for(lambda: service.taken()[0] == FED[0], "records taken while Redis is away")
    if service.page("/health")[0] != 200 or 'sluice_redis_away{role="engine",worker="0"} 1' not in service.page("/metrics")[1]:
        raise Failed("health or metrics: " + service.page("/health")[1])
    time.sleep(1)
    p.stack.start_redis()
    wait_for(lambda: "redis is back" in service.says(), "redis is back")
    service.feed(100)
    service.must_be_done()
    service.must_live()
    lines = [line for line in read(service.log).splitlines() if "away" in line or "back" in line or "memory" in line]
    if len(lines) != 2:
        raise Failed("once away and once back:\n  " + "\n  ".join(lines))
    service.stop()


def redis_goes_and_partitions_come(p):
    """With Redis away, the other process of two dies: its partitions are claimed, and opened when Redis is back."""
    stays = Service(p, "stays", PROCESS_NAME="stays", KAFKA_SESSION_MS=6000, REDIS_WAIT_S=1)
    goes = Service(p, "goes", PROCESS_NAME="goes", KAFKA_SESSION_MS=6000)
    wait_for(lambda: 0 < stays.own() < 4 and 0 < goes.own() < 4, "two processes share the partitions")
    stays.feed(200)
    p.stack.end("redis", signal.SIGKILL)
    goes.child.kill()
    goes.child.wait()
    wait_for(lambda: "comes while Redis is away" in read(stays.log), lambda: "no partition came: " + stays.says())
    time.sleep(2)  # longer than redis.wait_s
    stays.must_live()
    waiting = 4 - stays.own()
    line = 'sluice_partitions_waiting{role="engine",worker="0"} %d' % waiting
    if waiting == 0 or line not in stays.page("/metrics")[1]:
        raise Failed("no partition waits to be opened, or no metric says %d: %s" % (waiting, stays.says()))
    p.stack.start_redis()
    stays.feed(100)
    stays.must_be_done()
    if "opened late" not in read(stays.log):
        raise Failed("no partition was opened late: " + stays.says())
    stays.stop()


def topic_goes(p):
    """A feed is deleted under the service: its consumer would wait for ever."""
    p.create_topics("g.")
    service = Service(p, "topic-goes", KAFKA_PREFIX="g.", KAFKA_WAIT_S=3, REDIS_PREFIX="g:")
    kafka_wire.delete_topic(p.stack.kafka, "g.calls")
    wait_for(lambda: service.child.poll() is not None, service.says)
    last = read(service.log).strip().splitlines()[-1]
    if service.child.returncode != 3 or "topic g.calls is not there for 3 s (kafka.wait_s)" not in last:
        raise Failed("exit %d: %s" % (service.child.returncode, last))


def another_log(p):
    """The topic of visits was made anew: that is refused after kafka.wait_s, however many partitions take turns."""
    settings = dict(KAFKA_PREFIX="a.", REDIS_PREFIX="a:", VISITS_PARTITIONS=6)
    p.create_topics("a.", VISITS_PARTITIONS=6)
    stop_with_checkpoints(p, "its-log", settings)
    kafka_wire.delete_topic(p.stack.kafka, "a.visits")
    p.create_topics("a.", VISITS_PARTITIONS=6)
    must_end(p, "this is another log than the store's", "engine", dict(settings, KAFKA_WAIT_S=3))


def log_longer(p):
    """The same, and the new log is longer than the old one: its frame before W is another one."""
    settings = dict(KAFKA_PREFIX="b.", REDIS_PREFIX="b:")
    p.create_topics("b.")
    stop_with_checkpoints(p, "short-log", settings)
    short = kafka_wire.ends(p.stack.kafka, "b.visits")
    kafka_wire.delete_topic(p.stack.kafka, "b.visits")
    p.create_topics("b.")
    lengthen(p, "b.visits", short, settings)
    must_end(p, "it is not the frame that the store's pages come from", "engine", settings)


def log_cut(p):
    """Retention took frames that no checkpoint has, and records that nobody has taken."""
    settings = dict(KAFKA_PREFIX="d.", REDIS_PREFIX="d:")
    p.create_topics("d.")
    feed_lines(p, settings, p.calls()[:CALLS])
    stop_with_checkpoints(p, "whole-log", settings)
    lengthen(p, "d.visits", kafka_wire.ends(p.stack.kafka, "d.visits"), settings)
    kafka_wire.delete_records(p.stack.kafka, "d.visits")
    must_end(p, "the checkpoint stands at ", "engine", settings)
    must_end(p, "the store has no checkpoint, and the log of visits begins at ", "engine", dict(settings, REDIS_PREFIX="empty:"))
    feed_lines(p, settings, p.calls()[:CALLS])
    kafka_wire.delete_records(p.stack.kafka, "d.calls")
    must_end(p, "were not taken and are gone", "ingest", settings)


def feed_begins_late(p):
    """A group without a place in a feed whose first records are gone says so, and takes the rest."""
    settings = dict(KAFKA_PREFIX="l.", REDIS_PREFIX="l:")
    p.create_topics("l.")
    feed_lines(p, settings, p.calls()[:CALLS])
    kafka_wire.delete_records(p.stack.kafka, "l.calls")
    service = Service(p, "late", **settings)
    wait_for(lambda: service.has_said("group l.ingest has no place in l.calls[", "what was before is not taken")
             or service.has_said("group ingest has no place in l.calls["), service.says)
    service.stop()


def clock_of_first_frame(p):
    """A first start with one clock that ends before an engine runs, then one with the other: a replay goes by what the
    engine went by, not by the first frame."""
    settings = dict(KAFKA_PREFIX="k.", REDIS_PREFIX="k:")
    p.create_topics("k.")
    must_end(p, "redis at ", "ingest,engine", dict(settings, VISITS_CLOCK="live", REDIS_ADDRESS="127.0.0.1:%d" % stacks.free_port()))
    service = Service(p, "clock-of-first-frame", **settings)
    feed_lines(p, settings, p.calls()[:CALLS])
    wait_for(lambda: sum(row["w"] for row in service.visits()) > 2 * len(service.visits()), service.says)
    service.stop()
    done = subprocess.run([p.sluice, "replay", "--log", "--check", "--pack", "rules/library", "--out", p.path("replayed")], env=p.env(**settings),
                          capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0 or "as the log says" not in done.stderr:
        raise Failed("the log is not replayed as it was judged: %s" % done.stderr)


def senders_have_transactions(p):
    """Offsets of their ends are nobody's, and what they take back did not happen: feed and directory go on behind both,
    also where the end of one is the last of the log. And a binding that was stamped ahead of its time binds nobody: the
    one after it does."""
    settings = dict(KAFKA_PREFIX="t.", REDIS_PREFIX="t:", KAFKA_FEED_PARTITIONS=1, VISITS_PARTITIONS=1, VISITS_CLOCK="live",
                    DECISIONS_SAMPLE=1)
    now_ms = int(time.time() * 1000)

    def write(topic, *records):
        strangers.produce(p.stack, p.folder, "t." + topic, 0, [(each["id"], json.dumps(each).encode()) for each in records], "--transactions")

    def payment(number):
        return {"type": "transaction", "phase": "posted", "id": "t-%d" % number, "time": now_ms, "currency": "CNY", "amount": 5,
                "payer": {"account": "622200000000011"}, "payee": {"account": "621700000000022"}}

    def binding(number, person, time_ms):
        return {"type": "binding", "id": "b-%d" % number, "time": time_ms, "account": "622200000000011", "person": person}

    def is_done(service):
        def reached(kind, topic):
            end = kafka_wire.ends(p.stack.kafka, "t." + topic)[0]
            return all(row["next"] >= end and row["unacked"] == 0 for row in json.loads(service.page("/status")[1])[kind]
                       if row.get("topic", topic) == topic)
        return reached("raw", "directory") and reached("raw", "transactions") and reached("visits", "visits")
    p.create_topics(settings.pop("KAFKA_PREFIX"), **settings)
    settings["KAFKA_PREFIX"] = "t."
    write("directory", binding(1, "P-1", now_ms), binding(2, "P-2", now_ms))
    write("transactions", payment(1), payment(2), payment(3))
    service = Service(p, "transactions", **settings)
    wait_for(lambda: is_done(service), service.says)
    write("directory", binding(3, "P-3", now_ms + 40 * 365 * 86400000), binding(0, "P-0", now_ms), binding(4, "P-4", now_ms + 1000))
    wait_for(lambda: is_done(service), service.says)
    service.stop()
    service = Service(p, "transactions-again", **settings)
    write("transactions", payment(4), payment(5))
    wait_for(lambda: is_done(service), service.says)
    service.stop()
    payers = {each["event"]: each["subject"] for each in told(p, settings, "watch", "--topic", "decisions", "--to-end")
              if each["role"] == "payer.person"}
    if sorted(payers) != ["t-1", "t-3", "t-4"]:
        raise Failed("of payments in transactions those that were committed are decided: %s" % payers)
    for event, person in (("t-1", "P-1"), ("t-3", "P-1"), ("t-4", "P-4")):
        if told(p, settings, "state", "--json", "person:" + person)[0]["token"] != payers[event]["token"]:
            raise Failed("%s is a payment of %s, and was judged as one of %s" % (event, person, payers[event]))


def all_taken(p, service, prefix, *feeds):
    """All that these feeds have, and what follows from it."""
    rows = json.loads(service.page("/status")[1])
    for kind, topic in (("visits", "visits"), *(("raw", feed) for feed in feeds)):
        ends = kafka_wire.ends(p.stack.kafka, prefix + topic)
        found = {row["partition"]: row for row in rows[kind] if row.get("topic", topic) == topic}
        if any(row["next"] < ends[number] or row["unacked"] for number, row in found.items()) or not found:
            return False
    return True


def metric(service, name):
    """Its sum over all labels."""
    return sum(int(line.split()[-1]) for line in service.page("/metrics")[1].splitlines() if re.match(name + r"[{ ]", line))


def clock_of_a_sender(p):
    """A carrier whose clock is half an hour ahead, also in its messages' stamps, does not make the bank's payment too late
    at the callee's page; a stamp in seconds is none, and a record of the directory needs one."""
    settings = dict(KAFKA_PREFIX="c.", REDIS_PREFIX="c:", KAFKA_FEED_PARTITIONS=1, VISITS_PARTITIONS=1, VISITS_CLOCK="live",
                    DECISIONS_SAMPLE=1)
    p.create_topics("c.", **{name: value for name, value in settings.items() if name != "KAFKA_PREFIX"})
    now_ms = int(time.time() * 1000)
    ahead_ms = now_ms + 30 * 60000

    def write(topic, record, *stamp):
        strangers.produce(p.stack, p.folder, "c." + topic, 0, [(record["id"], json.dumps(record).encode())], *stamp)

    def binding(number, stamp):
        write("directory", dict({"type": "binding", "id": "b-%d" % number, "time": now_ms}, **number_of[number]), "--stamp", stamp)
    number_of = {1: {"number": "12000000001", "person": "P-1"}, 2: {"account": "622200000000011", "person": "P-1"},
                 3: {"account": "622200000000011", "person": "P-3"}}
    binding(1, str(now_ms))
    binding(2, str(now_ms))
    binding(3, str(now_ms // 1000))
    service = Service(p, "clock-of-a-sender", **settings)
    write("calls", {"type": "call", "phase": "start", "id": "c-1", "time": ahead_ms, "caller": "+85200000001", "callee": "12000000001"},
          "--stamp", str(ahead_ms))
    wait_for(lambda: all_taken(p, service, "c.", "calls", "directory"), service.says)
    write("transactions", {"type": "transaction", "phase": "initiated", "id": "t-1", "time": now_ms, "currency": "CNY", "amount": 5,
                           "payer": {"account": "622200000000011"}, "payee": {"account": "621700000000022"}},
          "--stamp", str(now_ms // 1000))
    wait_for(lambda: all_taken(p, service, "c.", "calls", "directory", "transactions"), service.says)
    found = {name: metric(service, "sluice_" + name) for name in ("too_late_total", "feed_set_back_total", "records_refused_total")}
    service.stop()
    if found != {"too_late_total": 0, "feed_set_back_total": 1, "records_refused_total": 1}:
        raise Failed("a sender whose clock is ahead: %s" % found)
    payer = [each["subject"] for each in told(p, settings, "watch", "--topic", "decisions", "--to-end")
             if each["event"] == "t-1" and each["role"] == "payer.person"]
    if [each["token"] for each in payer] != [told(p, settings, "state", "--json", "person:P-1")[0]["token"]]:
        raise Failed("the payment is not judged as one of P-1: %s" % payer)


def partitions_added(p):
    """To a feed and to the visits, by somebody else, while the service runs: it says so and goes on. What a new number of
    partitions would do to the log is refused."""
    settings = dict(KAFKA_PREFIX="p.", REDIS_PREFIX="p:", VISITS_PARTITIONS=2, KAFKA_FEED_PARTITIONS=2)
    p.create_topics("p.", VISITS_PARTITIONS=2, KAFKA_FEED_PARTITIONS=2)
    service = Service(p, "partitions-added", **settings)
    calls = p.calls()
    feed_lines(p, settings, calls[:CALLS])
    kafka_wire.add_partitions(p.stack.kafka, "p.visits", 3)
    kafka_wire.add_partitions(p.stack.kafka, "p.calls", 3)
    wait_for(lambda: service.has_said("calls[2] is not read: kafka.feed_partitions says 2;",
                                      "partition 2 is not used: visits.partitions says 2"), service.says, seconds=120)
    wait_for(lambda: metric(service, "sluice_feed_partitions_unread") == 1, service.says)
    feed_lines(p, settings, calls[CALLS:2 * CALLS])
    wait_for(lambda: all_taken(p, service, "p.", "calls"), service.says)
    service.stop()
    must_end(p, "topic p.calls has 3 partitions, kafka.feed_partitions says 2", "ingest,engine", settings, code=2)
    for topic in ("directory", "sms", "transactions", "accounts", "lists", "warnings-in", "outcomes"):
        kafka_wire.add_partitions(p.stack.kafka, "p." + topic, 3)
    settings["KAFKA_FEED_PARTITIONS"] = 3
    for role in ("ingest,engine", "engine"):
        must_end(p, "the log of visits was begun with 2 partitions, visits.partitions says 3; correct the setting", role,
                 dict(settings, VISITS_PARTITIONS=3), code=2)
    must_end(p, "the log of visits was begun with 2 partitions, visits.partitions says 1; correct the setting", "engine",
             dict(settings, VISITS_PARTITIONS=1), code=2)
    must_end(p, "was last taken by a process with another token key or visits.partitions", "ingest",
             dict(settings, VISITS_PARTITIONS=1), code=2)
    service = Service(p, "partitions-added-again", **settings)
    wait_for(lambda: service.has_said("p.visits has 3 partitions and visits.partitions says 2: those from 2 on are not used"), service.says)
    feed_lines(p, settings, calls[2 * CALLS:3 * CALLS])
    wait_for(lambda: all_taken(p, service, "p.", "calls"), service.says)
    service.stop()


def told(p, settings, *words):
    """The JSON lines of a command."""
    done = subprocess.run([p.sluice, *words], env=p.env(**settings), capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise Failed("sluice %s: %s" % (" ".join(words), done.stderr))
    return [json.loads(line) for line in done.stdout.splitlines()]


def must_end(p, words, role, settings, code=3):
    done = subprocess.run([p.sluice, "run", "--role", role], env=p.env(**settings), capture_output=True, text=True,
                          timeout=STOP_S, check=False)
    last = done.stderr.strip().splitlines()[-1]
    if done.returncode != code or words not in last:
        raise Failed("exit %d, wanted %d and \"%s\": %s" % (done.returncode, code, words, done.stderr))


def stop_with_checkpoints(p, name, settings):
    service = Service(p, name, **settings)
    wait_for(lambda: all(row["w"] > 1 for row in service.visits()), service.says)
    service.stop()


def lengthen(p, topic, short, settings):
    """Ingest alone, until each partition has two frames more than that."""
    ingest = Service(p, "ingest-" + topic, "--role", "ingest", **settings)
    for _ in range(50):
        if all(end >= short[partition] + 2 for partition, end in kafka_wire.ends(p.stack.kafka, topic).items()):
            break
        feed_lines(p, settings, p.calls()[:CALLS])
    else:
        raise Failed("no two frames more than %s in all partitions: %s" % (short, ingest.says()))
    ingest.stop()


def feed_lines(p, settings, lines):
    done = subprocess.run([p.sluice, "feed", "--events", p.path("more.jsonl", "".join(line + "\n" for line in lines))],
                          env=p.env(KAFKA_WAIT_S="30", **settings), capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise Failed("feed: " + done.stderr[-300:])


def kafka_goes(p):
    service = Service(p, "kafka-goes", HTTP_STALLED_S=3, **p.guarded)  # with no more rights than needed, passwords and TLS
    service.feed(100)
    service.must_be_done()
    p.stack.end("kafka", signal.SIGKILL)
    wait_for(lambda: service.page("/ready")[0] == 503, "ready says that no broker answers")
    wait_for(lambda: service.page("/health") == (503, service.page("/health")[1]), "health says so after 3 s")
    p.stack.start_kafka()
    service.feed(100)
    service.must_be_done()
    wait_for(lambda: service.page("/ready")[0] == 200 and service.page("/health")[0] == 200, "all is well again")
    service.must_live()
    service.must_say("does not answer", "is back after", maybe=JOINS_AGAIN)
    service.stop()


def place_is_taken(p):
    """A worker whose place in its group is taken by what it asked for itself, long ago, takes it back, however often;
    one whose place another process has and keeps leaves it."""
    service = Service(p, "place-is-taken", KAFKA_SESSION_MS=6000)

    def me(but_not=()):
        member = kafka_wire.members(p.stack.kafka, "e.engine").get("sluice-errors-engine-0")
        return member if member and member.id not in but_not and service.own() == 4 else None

    def take(member):
        return kafka_wire.take_place(p.stack.kafka, member, DEAD_MS)
    member = wait_for(me, service.says)
    for _ in range(2):
        taken, _ = take(member)
        member = wait_for(lambda fenced=(member.id, taken.id): me(fenced), service.says)
    service.feed(100)
    service.must_be_done()
    service.must_say("another member has its place", "nobody has its place in the group; it joins again")
    taken, number = take(wait_for(me, service.says))

    def lives():
        kafka_wire.heartbeat(p.stack.kafka, taken, number)
        time.sleep(DEAD_MS / 4000)
        return service.child.poll() is None
    wait_for(lambda: not lives(), service.says)
    last = read(service.log).strip().splitlines()[-1]
    if service.child.returncode != 2 or "group engine has another member sluice-errors-engine-0 by now; give each" not in last:
        raise Failed("exit %d: %s" % (service.child.returncode, last))


def files_run_out(p):
    """The process may open no file and no connection while Redis and the broker go and come. It lives, and makes it up."""
    service = Service(p, "files-run-out")
    service.feed(100)
    service.must_be_done()
    pid = service.child.pid
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (8, before[1]))
    for server, start in (("redis", p.stack.start_redis), ("kafka", p.stack.start_kafka)):
        p.stack.end(server, signal.SIGKILL)
        time.sleep(2)
        start()
    time.sleep(5)
    service.must_live()
    if service.has_said("back"):
        raise Failed("a server was met again without a file for the connection: this point proves nothing: " + service.says())
    resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
    service.feed(100)
    service.must_be_done()
    wait_for(lambda: service.page("/ready")[0] == 200 and service.page("/health")[0] == 200, "all is well again")
    wait_for(lambda: service.has_said("redis is back", "is back after"), service.says)
    service.stop()


def stop_without_redis(p):
    """What was decided with Redis away is acknowledged before the service ends, though no page can be written."""
    service = Service(p, "stop-without-redis")
    wait_for(service.is_resident, "all pages are in memory")
    p.stack.end("redis", signal.SIGKILL)
    wait_for(lambda: "going on in memory" in service.says(), "it notices")
    feeding = subprocess.Popen([p.sluice, "feed", "--events", p.city()], env=service.env, stdout=subprocess.DEVNULL)
    p.children.append(feeding)
    waited = 0
    while not waited and feeding.poll() is None:  # what was on its way may have arrived just before
        p.stack.send("kafka", signal.SIGCONT)
        wait_for(service.unacked, "messages are on their way")
        p.stack.send("kafka", signal.SIGSTOP)
        time.sleep(0.5)
        waited = service.unacked()
    service.child.send_signal(signal.SIGTERM)
    time.sleep(1)
    p.stack.send("kafka", signal.SIGCONT)
    service.stop()
    if feeding.wait(STOP_S) != 0:
        raise Failed("feed: exit %d" % feeding.returncode)
    p.stack.start_redis()
    if not waited or "has not acknowledged" in read(service.log):
        raise Failed("%d messages waited: %s" % (waited, service.says()))


def stop_without_kafka(p):
    service = Service(p, "stop-without-kafka")
    p.stack.end("kafka", signal.SIGKILL)
    time.sleep(1)
    service.stop()
    p.stack.start_kafka()


POINTS = [servers_away, settings_wrong, redis_wrong, secured_kafka, topics_wrong, pack_too_dear, clock_wrong, key_wrong, groups_once, redis_goes,
          redis_goes_and_partitions_come, topic_goes, another_log, log_longer, log_cut, senders_have_transactions,
          clock_of_a_sender, partitions_added, feed_begins_late, clock_of_first_frame, kafka_goes, place_is_taken,
          files_run_out, stop_without_kafka, stop_without_redis]
LONG = {groups_once, another_log, log_longer, senders_have_transactions, clock_of_a_sender, partitions_added, feed_begins_late, clock_of_first_frame, files_run_out}  # not among the short ones


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sluice")
    parser.add_argument("workdir")
    parser.add_argument("--points", choices=("short", "all"), default="all")
    parser.add_argument("--jars", default="build/stack-jars")
    options = parser.parse_args()
    shutil.rmtree(options.workdir, ignore_errors=True)
    os.makedirs(options.workdir)
    p = Place(os.path.abspath(options.sluice), os.path.abspath(options.workdir), options.jars)
    p.path("key", "0123456789abcdef0123456789abcdef\n")
    begin = time.monotonic()
    try:
        p.certificate("broker.pem")
        os.makedirs(p.stack.folder)
        p.stack.state["ports"].update(secured=stacks.free_port(), inside=stacks.free_port())
        p.stack.more = SECURED
        p.stack.up()
        p.create_topics("e.")
        for point in (point for point in POINTS if options.points == "all" or point not in LONG):
            point(p)
            print("%5.1f s  %s" % (time.monotonic() - begin, point.__name__.replace("_", " ")), flush=True)
    except (Failed, stacks.StackError, OSError, subprocess.SubprocessError) as error:
        print("errors: %s" % error, file=sys.stderr)
        return 1
    finally:
        for child in p.children:
            if child.poll() is None:
                child.kill()
        p.stack.down()
    print("errors: %d starts that must fail said why in one line; servers were killed and came back, each said once; %.0f s" % (
        p.tried, time.monotonic() - begin))
    return 0


if __name__ == "__main__":
    sys.exit(main())
