"""As much of Kafka's protocol as tests need: where a message ends, who leads, and settings of topics.

    proxy = Proxy(port, understands=kafka_wire.KAFKA)
    leaders = {row.partition: row.leader for row in kafka_wire.partitions("127.0.0.1:9092", "k.visits")}
    kafka_wire.set_config("127.0.0.1:9092", "k.decisions", "min.insync.replicas", "3")

Kafka's own tools take seconds to start. Oldest versions of the requests that do, as they are the shortest.
"""
import collections
import socket
import struct
import time

from proxy import Protocol

NAMES = {0: "produce", 1: "fetch", 2: "offsets", 3: "metadata", 8: "commit", 9: "committed", 10: "coordinator", 11: "join",
         12: "heartbeat", 14: "sync", 18: "versions", 22: "producer"}
OFFSETS, METADATA, JOIN, HEARTBEAT, DESCRIBE_GROUPS, DELETE_TOPICS, DELETE_RECORDS, DESCRIBE_CONFIGS = 2, 3, 11, 12, 15, 20, 21, 32
CREATE_PARTITIONS, ELECT_LEADERS, ALTER_CONFIGS = 37, 43, 44
SET, TOPIC = 0, 2
TIMEOUT_S = 10

Partition = collections.namedtuple("Partition", "partition leader replicas insync")
Member = collections.namedtuple("Member", "group id name subscription")  # subscription: as it came


class Refused(OSError):
    """The broker's answer is an error."""


def message_end(data, at=0):
    if len(data) - at < 4:
        return None
    end = at + 4 + struct.unpack_from(">i", data, at)[0]
    return end if end <= len(data) else None


def called(message):
    number = struct.unpack_from(">h", message, 4)[0]
    return NAMES.get(number, str(number))


KAFKA = Protocol(message_end, called)


def text(value):
    return struct.pack(">h", len(value.encode())) + value.encode()


class Answer:
    """Reads one from its beginning to its end."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, kind):
        value = struct.unpack_from(">" + kind, self.data, self.at)[0]
        self.at += struct.calcsize(">" + kind)
        return value

    def text(self):
        size = max(0, self.take("h"))
        self.at += size
        return self.data[self.at - size:self.at].decode()

    def bytes(self):
        size = max(0, self.take("i"))
        self.at += size
        return self.data[self.at - size:self.at]

    def all(self, read):
        return [read() for _ in range(self.take("i"))]

    def numbers(self):
        return self.all(lambda: self.take("i"))


def ask(address, number, version, body):
    """One request to this broker."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=TIMEOUT_S) as link, link.makefile("rb") as answer:
        request = struct.pack(">hhih", number, version, 1, -1) + body
        link.sendall(struct.pack(">i", len(request)) + request)
        size = answer.read(4)
        if len(size) < 4:
            raise Refused("%s hung up" % address)
        return Answer(answer.read(struct.unpack(">i", size)[0])[4:])


def must(code, what):
    if code != 0:
        raise Refused("%s: error %d of Kafka's protocol" % (what, code))


def partitions(address, topic):
    """Of one topic, as this broker sees it; leader -1: none."""
    answer = ask(address, METADATA, 1, struct.pack(">i", 1) + text(topic))
    answer.all(lambda: (answer.take("i"), answer.text(), answer.take("i"), answer.text()))  # brokers
    answer.take("i")  # the controller

    def partition():
        answer.take("h")
        return Partition(answer.take("i"), answer.take("i"), answer.numbers(), answer.numbers())

    def of_topic():
        must(answer.take("h"), topic)
        answer.text()
        answer.take("b")
        return sorted(answer.all(partition))
    return answer.all(of_topic)[0]


def config(address, topic, name):
    """A setting of a topic, as this broker has it."""
    answer = ask(address, DESCRIBE_CONFIGS, 1, struct.pack(">ib", 1, TOPIC) + text(topic) + struct.pack(">i", 1) + text(name) + b"\0")
    answer.take("i")

    def setting():
        row = answer.text(), answer.text()
        answer.take("b"), answer.take("b"), answer.take("b")  # read only, where from, secret
        answer.all(lambda: None)
        return row

    def of_topic():
        must(answer.take("h"), topic + " " + name)
        answer.text(), answer.take("b"), answer.text()
        return dict(answer.all(setting))
    return answer.all(of_topic)[0][name]


def set_config(address, topic, name, value):
    """A setting of a topic; value None: as the brokers have it. Waits until the broker that was asked goes by it."""
    body = struct.pack(">ib", 1, TOPIC) + text(topic) + struct.pack(">i", 1) + text(name)
    body += struct.pack(">bh", 1, -1) if value is None else struct.pack(">b", SET) + text(value)
    answer = ask(address, ALTER_CONFIGS, 0, body + b"\0")
    answer.take("i")
    answer.all(lambda: (must(answer.take("h"), topic + " " + name), answer.text(), answer.take("b"), answer.text()))
    end = time.monotonic() + TIMEOUT_S
    while value is not None and config(address, topic, name) != value:
        if time.monotonic() > end:
            raise Refused("%s %s is not %s after %d s" % (topic, name, value, TIMEOUT_S))
        time.sleep(0.05)


def elect_leaders(address):
    """Each partition gets the leader that it prefers, which a broker that comes back is not by itself for minutes."""
    ask(address, ELECT_LEADERS, 0, struct.pack(">ii", -1, 1000 * TIMEOUT_S))


def add_partitions(address, topic, count):
    """So many there are then; the broker places the new ones."""
    body = struct.pack(">i", 1) + text(topic) + struct.pack(">iiib", count, -1, 1000 * TIMEOUT_S, 0)
    answer = ask(address, CREATE_PARTITIONS, 0, body)
    answer.take("i")
    answer.all(lambda: (answer.text(), must(answer.take("h"), topic), answer.text()))


def delete_topic(address, topic):
    answer = ask(address, DELETE_TOPICS, 1, struct.pack(">i", 1) + text(topic) + struct.pack(">i", 10000))
    answer.take("i")
    answer.all(lambda: (answer.text(), must(answer.take("h"), topic)))


def ends(address, topic):
    """Next offset of each partition, of all that this broker leads."""
    numbers = [row.partition for row in partitions(address, topic)]
    body = struct.pack(">ii", -1, 1) + text(topic) + struct.pack(">i", len(numbers))
    answer = ask(address, OFFSETS, 1, body + b"".join(struct.pack(">iq", number, -1) for number in numbers))

    def partition():
        number = answer.take("i")
        must(answer.take("h"), "%s[%d]" % (topic, number))
        answer.take("q")
        return number, answer.take("q")
    return answer.all(lambda: (answer.text(), dict(answer.all(partition))))[0][1]


def delete_records(address, topic):
    """All that its partitions have so far, as retention would."""
    upto = ends(address, topic)
    body = struct.pack(">i", 1) + text(topic) + struct.pack(">i", len(upto))
    body += b"".join(struct.pack(">iq", *row) for row in upto.items()) + struct.pack(">i", 1000 * TIMEOUT_S)
    answer = ask(address, DELETE_RECORDS, 0, body)
    answer.take("i")
    answer.all(lambda: (answer.text(), answer.all(lambda: (answer.take("i"), answer.take("q"), must(answer.take("h"), topic)))))


def members(address, group):
    """Of a group that this broker coordinates, by the names that they keep (group.instance.id)."""
    answer = ask(address, DESCRIBE_GROUPS, 4, struct.pack(">i", 1) + text(group) + b"\0")
    answer.take("i")

    def member():
        row = group, answer.text(), answer.text()
        answer.text(), answer.text()  # its client and host
        row = Member(*row, answer.bytes())
        answer.bytes()  # its share
        return row

    def of_group():
        must(answer.take("h"), group)
        answer.text(), answer.text(), answer.text(), answer.text()  # name, state, and which protocols
        found = answer.all(member)
        answer.take("i")
        return {each.name: each for each in found}
    return answer.all(of_group)[0]


def take_place(address, member, session_ms):
    """Joins the member's group in its name: whoever had its place is fenced. Returns the member as it is now, and its round."""
    body = text(member.group) + struct.pack(">ii", session_ms, session_ms) + text("") + text(member.name) + text("consumer")
    body += struct.pack(">i", 1) + text("range") + struct.pack(">i", len(member.subscription)) + member.subscription
    answer = ask(address, JOIN, 5, body)
    answer.take("i")
    must(answer.take("h"), "joining " + member.group)
    number = answer.take("i")
    answer.text(), answer.text()  # which protocol, who leads
    return member._replace(id=answer.text()), number


def heartbeat(address, member, number):
    answer = ask(address, HEARTBEAT, 3, text(member.group) + struct.pack(">i", number) + text(member.id) + text(member.name))
    answer.take("i")
    must(answer.take("h"), "heartbeat of " + member.id)
