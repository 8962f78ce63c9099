"""The stack of servers for tests: its ports are its own, and a server that ends while it starts is not ready.

    test_stack.py

Last line: `N passed, N failed`.
"""
import os
import shutil
import socket
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "connectors", "stack"))
import stack as stacks  # noqa: E402

FALSE_START = """
import socket, sys, time
with socket.create_server(("127.0.0.1", int(sys.argv[1]))):
    time.sleep(float(sys.argv[2]))
sys.exit("the other port is taken")
"""


class Ports(unittest.TestCase):
    def test_no_port_is_one_that_the_kernel_gives_to_a_client(self):
        with open(stacks.EPHEMERAL, encoding="ascii") as source:
            first = int(source.read().split()[0])
        ports = [stacks.free_port() for _ in range(500)]
        self.assertEqual(len(ports), len(set(ports)))
        self.assertTrue(all(stacks.PORT_MIN <= port < first for port in ports))

    def test_no_port_is_taken(self):
        taken, free = stacks.free_port(), stacks.free_port()
        stacks.GIVEN.clear()
        with socket.create_server(("127.0.0.1", taken)):
            with mock.patch.object(stacks.random, "randrange", side_effect=[taken, free]):
                self.assertEqual(free, stacks.free_port())

    def test_no_port_is_given_twice(self):
        given, free = stacks.free_port(), stacks.free_port()
        stacks.GIVEN.discard(free)
        with mock.patch.object(stacks.random, "randrange", side_effect=[given, free]):
            self.assertEqual(free, stacks.free_port())


class Starts(unittest.TestCase):
    def setUp(self):
        self.stack = stacks.Stack(os.path.join(tempfile.mkdtemp(), "stack"))
        os.makedirs(self.stack.folder)
        self.addCleanup(shutil.rmtree, os.path.dirname(self.stack.folder))
        self.stack.state["ports"].update(broker=stacks.free_port(), redis=stacks.free_port())

    def start(self, living_s, ready):
        child = self.stack.spawn("server", [sys.executable, "-c", FALSE_START, str(self.stack.state["ports"]["broker"]), str(living_s)])
        try:
            self.stack.wait_for("server", child, lambda: ready(child))
        finally:
            child.kill()
            child.wait()

    def test_a_server_that_answers_is_ready(self):
        self.start(60, lambda _: stacks.answers(self.stack.state["ports"]["broker"]))

    def test_a_server_that_answered_and_ended_is_not_ready(self):
        def answered_and_ended(child):
            child.wait()
            return True
        with self.assertRaisesRegex(stacks.StackError, "server ended with code 1: the other port is taken"):
            self.start(0.1, answered_and_ended)

    def start_kafka(self, **ports):
        """Its program is the one above; the real one takes seconds."""
        self.stack.state["ports"].update(ports)
        spawn, fetch_jars = self.stack.spawn, stacks.fetch_jars
        self.addCleanup(setattr, stacks, "fetch_jars", fetch_jars)
        stacks.fetch_jars = lambda _: None
        self.stack.spawn = lambda name, _: spawn(name, [sys.executable, "-c", FALSE_START, str(ports["broker"]), "0.5"])
        os.makedirs(self.stack.path("kafka"))
        with open(self.stack.path("kafka", "meta.properties"), "w", encoding="utf-8"):
            pass
        self.stack.start_kafka()

    def test_a_broker_that_has_opened_one_of_its_ports_is_not_ready(self):
        port = stacks.free_port()
        with self.assertRaisesRegex(stacks.StackError, "kafka ended with code 1: the other port is taken"):
            self.start_kafka(broker=port, controller=port, secured=stacks.free_port())

    def test_a_broker_is_not_started_when_one_of_its_ports_is_taken(self):
        port, secured = stacks.free_port(), stacks.free_port()
        with socket.create_server(("127.0.0.1", secured)):
            with self.assertRaisesRegex(stacks.StackError, "port %d of the broker is taken" % secured):
                self.start_kafka(broker=port, controller=port, secured=secured)


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=0).result
    bad = len(result.failures) + len(result.errors)
    print("%d passed, %d failed" % (result.testsRun - bad, bad))
    sys.exit(bad > 0)
