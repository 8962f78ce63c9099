"""The proxy does what its faults say, and nothing without them.

    test_proxy.py

Against a small server of its own that counts what it executes. Last line: `N passed, N failed`.
"""
import contextlib
import socket
import sys
import threading
import time
import unittest

from proxy import BrokenMessage, Messages, Proxy, called, message_end


def call(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


FLUSH, OPEN = call(b"FCALL", b"sluice_flush", b"0"), call(b"FCALL", b"sluice_open", b"0")
REPLY = b"*2\r\n$5\r\nhello\r\n:1\r\n"


class Server:
    """Answers each request with REPLY, and keeps the names of those that came."""

    def __init__(self):
        self.executed = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        with contextlib.suppress(OSError):
            while True:
                link, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(link,), daemon=True).start()

    def serve(self, link):
        messages = Messages()
        with link, contextlib.suppress(OSError):
            while piece := link.recv(4096):
                for message in messages.take(piece):
                    self.executed.append(called(message))
                    link.sendall(REPLY)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Messaging(unittest.TestCase):
    WHOLE = [b"+OK\r\n", b":12\r\n", b"-CONFLICT no\r\n", b"$-1\r\n", b"$0\r\n\r\n", b"$4\r\n\r\n\r\n\r\n", b"*0\r\n",
             b"*-1\r\n", b"*2\r\n*1\r\n:1\r\n$1\r\nx\r\n", FLUSH]

    def test_every_message_ends_where_it_ends_and_not_before(self):
        for message in self.WHOLE:
            self.assertEqual(len(message), message_end(message + b"+more"), message)
            for size in range(len(message)):
                self.assertIsNone(message_end(message[:size]), message[:size])

    def test_a_stream_in_single_bytes_is_the_same_messages(self):
        messages, found = Messages(), []
        for byte in b"".join(self.WHOLE):
            found += messages.take(bytes([byte]))
        self.assertEqual(self.WHOLE, found)

    def test_names(self):
        self.assertEqual("sluice_flush", called(FLUSH))
        self.assertEqual("PING", called(call(b"ping")))

    def test_other_protocols_are_no_messages(self):
        self.assertRaises(BrokenMessage, message_end, b"GET / HTTP/1.1\r\n")


class Proxying(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)
        self.proxy = self.enterContext(Proxy(self.server.port))
        self.link = self.connect()

    def connect(self):
        host, _, port = self.proxy.address.partition(":")
        link = socket.create_connection((host, int(port)), timeout=5)
        self.addCleanup(link.close)
        return link

    def ask(self, *requests):
        """What comes until as many replies are there, or the connection breaks off: (bytes, whole?)."""
        wanted, got = len(requests) * len(REPLY), b""
        try:
            self.link.sendall(b"".join(requests))
            while len(got) < wanted:
                piece = self.link.recv(wanted - len(got))
                if not piece:
                    return got, False
                got += piece
        except ConnectionError:
            return got, False
        return got, True

    def test_without_a_fault_all_passes(self):
        self.assertEqual((2 * REPLY, True), self.ask(FLUSH, OPEN))
        self.assertEqual(["sluice_flush", "sluice_open"], self.server.executed)
        self.assertEqual({"sluice_flush", "sluice_open"}, set(self.proxy.asked_at))

    def test_the_second_reply_to_a_flush_is_lost_after_the_flush_was_executed(self):
        fault = self.proxy.lose("sluice_flush", 2)
        self.assertEqual((3 * REPLY, False), self.ask(FLUSH, OPEN, OPEN, FLUSH, OPEN))
        self.assertTrue(fault.happened.is_set())
        self.assertEqual(2, self.server.executed.count("sluice_flush"))

    def test_a_flush_is_lost_before_it_was_executed(self):
        fault = self.proxy.lose("sluice_flush", 1, executed=False)
        self.assertFalse(self.ask(FLUSH)[1])
        self.assertTrue(fault.happened.is_set())
        self.assertEqual([], self.server.executed)

    def test_a_fault_waits_for_its_message_and_happens_once(self):
        fault = self.proxy.lose("sluice_flush")
        self.assertTrue(self.ask(OPEN)[1])
        self.assertFalse(fault.happened.is_set())
        self.assertFalse(self.ask(FLUSH)[1])
        self.link = self.connect()
        self.assertTrue(self.ask(FLUSH, FLUSH)[1])

    def test_a_reply_breaks_off_after_so_many_bytes(self):
        for size in (0, 1, 7, len(REPLY) - 1):
            self.proxy.cut("sluice_open", 1, size)
            self.link = self.connect()
            self.assertEqual((REPLY[:size], False), self.ask(OPEN))

    def test_delay_counts_in_both_directions(self):
        self.proxy.delay(0.1)
        began = time.monotonic()
        self.assertTrue(self.ask(FLUSH)[1])
        self.assertGreaterEqual(time.monotonic() - began, 0.2)

    def test_held_it_accepts_and_says_nothing_and_goes_on_with_everything(self):
        self.proxy.hold()
        for self.link in (self.link, self.connect()):
            self.link.settimeout(0.2)
            self.assertRaises(TimeoutError, self.ask, FLUSH)
        self.assertEqual([], self.server.executed)
        self.proxy.go_on()
        self.link.settimeout(5)
        self.assertEqual(REPLY, self.link.recv(len(REPLY), socket.MSG_WAITALL))

    def test_reset_breaks_every_connection(self):
        self.assertTrue(self.ask(FLUSH)[1])
        self.proxy.reset()
        self.assertFalse(self.ask(FLUSH)[1])

    def test_a_server_that_is_away_is_away_through_the_proxy(self):
        self.proxy.port = 1
        try:
            self.link = self.connect()
        except ConnectionError:
            return  # it may be broken off before we know that it was accepted
        self.assertFalse(self.ask(FLUSH)[1])


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=0).result
    bad = len(result.failures) + len(result.errors)
    print("%d passed, %d failed" % (result.testsRun - bad, bad))
    sys.exit(bad > 0)
