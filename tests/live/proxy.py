"""A small TCP proxy for faults of the network: slow, silent, and replies that break off.

    with Proxy(6379) as proxy:                        listens at proxy.address, in front of that port of loopback
        proxy.delay(0.25)                             so many seconds in each direction
        proxy.hold() ... proxy.go_on()                connections are accepted, and nothing passes
        fault = proxy.lose("sluice_flush", 1)         the next reply to it is not passed on, the connection is reset

It passes bytes and understands of a protocol where a message ends, and which function or command a message
calls: only so can "the k-th reply to a flush" be said. Redis' is here, Kafka's in kafka_wire.py; without one (None) it passes bytes alone.
Each fault says when it has happened; a proof that waits for it cannot pass without it. Two threads serve a
connection in each direction, one that reads and one that sends when it is time.
"""
import collections
import contextlib
import queue
import socket
import struct
import threading
import time

PIECE = 1 << 16
QUEUE_PIECES = 256
LINGER_RESET = struct.pack("ii", 1, 0)  # close() sends RST
END, RESET = object(), object()          # in the place of bytes: the sender has closed; a fault


class BrokenMessage(Exception):
    """Bytes that are not of Redis' protocol."""


# ---- Redis' protocol: where messages end --------------------------------------------------------

def line_end(data, at):
    """(text of the line at `at` without its first byte, where the next begins), or None before its end has come."""
    end = data.find(b"\r\n", at)
    return None if end < 0 else (bytes(data[at + 1:end]), end + 2)


def message_end(data, at=0):
    """Where the message at `at` ends; None before all of it is there."""
    wanted = 1
    while wanted > 0:
        line = line_end(data, at)
        if line is None:
            return None
        kind, (text, after) = bytes(data[at:at + 1]), line
        wanted, at = wanted - 1, after
        if kind == b"*":
            wanted += max(0, int(text))
        elif kind == b"$":
            at += int(text) + 2 if int(text) >= 0 else 0
        elif kind not in (b"+", b"-", b":"):
            raise BrokenMessage("a message begins with %r" % kind)
        if at > len(data):
            return None
    return at


def called(message):
    """Name of the function that a whole request calls, or of its command."""
    words, at = [], line_end(message, 0)[1]
    while len(words) < 2 and at < len(message):
        length, at = line_end(message, at)
        words.append(bytes(message[at:at + int(length)]).decode("ascii", "replace"))
        at += int(length) + 2
    return words[1] if words[0].upper() == "FCALL" else words[0].upper()


# end(data, at=0): where the message at `at` ends, None before all of it is there; called(message): name of what it calls
Protocol = collections.namedtuple("Protocol", "end called")
REDIS = Protocol(message_end, called)


class Messages:
    """Whole messages out of a stream."""

    def __init__(self, protocol=REDIS):
        self.protocol, self.data = protocol, bytearray()

    def take(self, piece):
        self.data += piece
        at, found = 0, []
        while at < len(self.data):
            end = self.protocol.end(self.data, at)
            if end is None:
                break
            found.append(bytes(self.data[at:end]))
            at = end
        del self.data[:at]
        return found


# ---- faults of one message ----------------------------------------------------------------------

class Fault:
    """Something that is done to the k-th message of a name from now on, once; `happened` says that it was.

    what: "request" (it is not passed on, so never executed), "reply" (executed, the reply is not passed on), or
    "cut" (so many bytes of the reply are). Then the connection is reset, towards both sides."""

    def __init__(self, name, number, what, size=0):
        self.name, self.left, self.what, self.size = name, number, what, size
        self.happened = threading.Event()
        self.lock = threading.Lock()

    def meets(self, name, what):
        """True for the message that it is for."""
        with self.lock:
            if name != self.name or (what == "request") != (self.what == "request"):
                return False
            self.left -= 1
            return self.left == 0


# ---- a connection -------------------------------------------------------------------------------

class Pair:
    """A client's connection and ours to the server."""

    def __init__(self, proxy, client):
        self.proxy, self.client = proxy, client
        self.server = socket.create_connection(("127.0.0.1", proxy.port), timeout=10)
        self.server.settimeout(None)
        for side in (self.client, self.server):
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.names = queue.SimpleQueue()  # of requests whose reply has not come
        for source, target, change in ((self.client, self.server, self.request), (self.server, self.client, self.reply)):
            waiting = queue.Queue(QUEUE_PIECES)
            for run, words in ((self.read, (source, waiting, change)), (self.send, (target, waiting))):
                threading.Thread(target=run, args=words, daemon=True).start()

    def read(self, source, waiting, change):
        messages = Messages(self.proxy.understands)
        with contextlib.suppress(OSError):
            while True:
                self.proxy.passing.wait()
                piece = source.recv(PIECE)
                self.proxy.passing.wait()  # what comes in the middle of a hold waits, too
                due = time.monotonic() + self.proxy.delay_s
                if not piece:
                    break
                for message in messages.take(piece) if self.proxy.understands else [piece]:
                    passed, goes_on = change(message)
                    waiting.put((due, passed))
                    if not goes_on:
                        waiting.put((due, RESET))
                        return
        waiting.put((time.monotonic() + self.proxy.delay_s, END))

    def send(self, target, waiting):
        with contextlib.suppress(OSError):
            while True:
                due, piece = waiting.get()
                time.sleep(max(0, due - time.monotonic()))
                self.proxy.passing.wait()
                if piece is RESET:
                    break
                if piece is END:
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(piece)
                self.proxy.count(len(piece))
        self.reset()

    def request(self, message):
        """What is passed on of it, and whether the connection goes on."""
        if self.proxy.understands:
            name = self.proxy.understands.called(message)
            if self.proxy.meets(name, "request"):
                return b"", False
            self.proxy.asked_at[name] = time.monotonic()
            self.names.put(name)
        return message, True

    def reply(self, message):
        if self.proxy.understands:
            fault = self.proxy.meets(self.names.get(), "reply")
            if fault:
                return message[:fault.size], False
        return message, True

    def reset(self):
        for side in (self.client, self.server):
            with contextlib.suppress(OSError):
                side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RD)  # wakes a thread that reads
            side.close()
        self.proxy.forget(self)


class Proxy:
    """In front of one port of loopback."""

    def __init__(self, port, understands=REDIS):
        self.port, self.understands = port, understands
        self.delay_s, self.passed, self.accepted = 0, 0, 0
        self.passing = threading.Event()
        self.passing.set()
        self.lock, self.faults, self.pairs = threading.Lock(), [], set()
        self.asked_at = {}  # of each name, when it was called last (time.monotonic())
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self.listener.close()
        self.passing.set()
        self.reset()

    def listen(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.accepted += 1
                try:
                    pair = Pair(self, client)
                except OSError:  # the server is away: so is the proxy
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
                    client.close()
                    continue
                with self.lock:
                    self.pairs.add(pair)

    # ---- what connections ask

    def count(self, size):
        with self.lock:
            self.passed += size

    def forget(self, pair):
        with self.lock:
            self.pairs.discard(pair)

    def meets(self, name, what):
        """The fault that this message meets, if any; it has happened then."""
        with self.lock:
            for fault in self.faults:
                if fault.meets(name, what):
                    self.faults.remove(fault)
                    fault.happened.set()
                    return fault
        return None

    # ---- faults

    def delay(self, seconds):
        """From now on, in each direction; 0: none."""
        self.delay_s = seconds

    def hold(self):
        """Nothing passes, and nobody is told; new connections are accepted."""
        self.passing.clear()

    def go_on(self):
        """What was held passes."""
        self.passing.set()

    def reset(self):
        """Every connection, at once."""
        with self.lock:
            pairs = list(self.pairs)
        for pair in pairs:
            pair.reset()

    def add(self, fault):
        with self.lock:
            self.faults.append(fault)
        return fault

    def lose(self, name, number=1, executed=True):
        """The reply to the number-th call of this name, which was executed; or the call itself."""
        return self.add(Fault(name, number, "reply" if executed else "request"))

    def cut(self, name, number=1, size=1):
        """After so many bytes of the reply to the number-th call of this name."""
        return self.add(Fault(name, number, "cut", size))
