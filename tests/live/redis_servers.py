"""Redis servers beyond the one of the stack: a Cluster with replicas, or a master with a replica and sentinels.

    servers = Servers(live, "cluster", 6, "--cluster-enabled", "yes")   six of them, in folders of their own
    servers.ask(0, "CLUSTER", "SLOTS")                      an answer: text, number, list, None, or Refused
    servers.kill(0); servers.start(0)                       -9, and on again with what its disk has

Replicas log in at their master as the user `repl`, so that a test can cut one off (`cut`) and the master goes on alone:
what it takes from then on is lost with it. Every server ends with the script.
"""
import os
import signal
import socket
import subprocess

from harness import Failed, read, stacks, wait_until

READY_S = 20
REPL = ("ACL", "SETUSER", "repl", "on", ">repl", "+psync", "+replconf", "+ping")


class Refused(Exception):
    """A server's answer that is an error."""


class Link:
    """A connection for commands by hand."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=READY_S)
        self.answers = self.socket.makefile("rb")

    def read(self):
        line = self.answers.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("closed")
        kind, text = line[:1], line[1:-2]
        if kind == b"-":
            raise Refused(text.decode())
        if kind == b"$":
            data = self.answers.read(int(text) + 2)[:-2] if int(text) >= 0 else None
            return data if data is None else data.decode("utf-8", "replace")
        if kind == b"*":
            return [self.read() for _ in range(int(text))]
        return int(text) if kind == b":" else text.decode()

    def ask(self, *words):
        words = [str(word).encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
        return self.read()

    def close(self):
        self.answers.close()
        self.socket.close()


class Servers:
    def __init__(self, live, name, count, *options, ):
        self.live, self.name, self.options = live, name, options
        self.ports = [stacks.free_port() for _ in range(count)]
        self.children, self.links = [None] * count, [None] * count
        for number in range(count):
            self.start(number)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for number in range(len(self.ports)):
            self.kill(number)

    def __len__(self):
        return len(self.ports)

    def address(self, number):
        return "127.0.0.1:%d" % self.ports[number]

    def folder(self, number):
        return self.live.path("%s-%d" % (self.name, number))

    def log(self, number):
        return self.live.path("%s-%d.log" % (self.name, number))

    def command(self, number):
        words = ["redis-server", "--port", str(self.ports[number]), "--bind", "127.0.0.1", "--dir", self.folder(number),
                 "--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction", "--save", "",
                 "--masteruser", "repl", "--masterauth", "repl", "--repl-diskless-sync-delay", "0", *self.options]
        return words + (["--cluster-port", str(stacks.free_port())] if "--cluster-enabled" in self.options else [])

    def start(self, number, *more):
        os.makedirs(self.folder(number), exist_ok=True)
        with open(self.log(number), "ab") as log:
            self.children[number] = subprocess.Popen([*self.command(number), *more], stdin=subprocess.DEVNULL, stdout=log,
                                                     stderr=log, preexec_fn=stacks.end_with_parent)

        def ready():
            if self.children[number].poll() is not None:
                raise Failed("a Redis ended: " + read(self.log(number))[-600:])
            try:
                return self.ask(number, "PING") == "PONG"
            except (OSError, Refused):
                self.forget(number)
                return False
        wait_until(ready, READY_S, lambda: "a Redis is ready: " + read(self.log(number))[-600:])
        self.prepare(number)

    def prepare(self, number):
        """What its configuration file would say."""
        self.ask(number, *REPL)

    def forget(self, number):
        if self.links[number] is not None:
            self.links[number].close()
            self.links[number] = None

    def ask(self, number, *words):
        """On the connection there is; sentinels close those to a server that they make a replica."""
        if self.links[number] is not None:
            try:
                return self.links[number].ask(*words)
            except OSError:
                self.forget(number)
        self.links[number] = Link(self.ports[number])
        return self.links[number].ask(*words)

    def info(self, number, section):
        """One section of INFO, by name."""
        return dict(line.split(":", 1) for line in self.ask(number, "INFO", section).splitlines() if ":" in line)

    def kill(self, number):
        self.forget(number)
        if self.children[number] is not None:
            self.children[number].send_signal(signal.SIGKILL)
            self.children[number].wait()
            self.children[number] = None

    def role(self, number):
        return self.info(number, "replication")["role"]

    def cut(self, number):
        """From now on no replica hears of this master's writes; it goes on, and nobody else is told."""
        replicas = int(self.info(number, "replication")["connected_slaves"])
        self.ask(number, "ACL", "DELUSER", "repl")
        wait_until(lambda: self.info(number, "replication")["connected_slaves"] == "0", READY_S, "a replica is cut off")
        return replicas
