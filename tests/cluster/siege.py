"""A cluster of three under attack: a producer appends all the time, and after each attack the nodes have to be as they were.

An attack is a method, or a row of a table, with a name; what it is answered is checked by itself. What holds after every
one of them is checked here: acknowledgements went on meanwhile, the same leader leads under the same ballot, no node needed
much more memory, and the descriptors are given back.
"""
import contextlib
import os
import pathlib
import random
import resource
import socket
import struct
import time

from case import ClusterTest, programs
from harness import packets
from harness.appender import Appending
from harness.waiting import until

SANITIZED = programs().resolve().parent.name in ("asan", "tsan")
HEARTBEAT_S = 1.0  # so that what costs the leader its role is an attack, and no busy machine
PAUSE_MAX_S = (15 if SANITIZED else 5) * HEARTBEAT_S  # between two acknowledgements
EVERY_S = 0.005
ACKNOWLEDGED_MEANWHILE = 3
DESCRIPTORS_MORE_MAX = 8  # segments and checkpoints come and go
MIB = 1024 * 1024
MEMORY_MORE_MAX = (1024 if SANITIZED else 96) * MIB  # a sanitizer keeps what was given back
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset, and leaves no port in TIME_WAIT


class Witness(Appending):
    """Appends for as long as the siege lasts."""

    def longest_pause_since(self, start):
        times = [start, *(at for at, _, _ in self.appender.acknowledged if at > start), time.monotonic()]
        return max(later - earlier for earlier, later in zip(times, times[1:]))


def field_of(node, name):
    """A size from /proc/PID/status, in bytes."""
    for line in pathlib.Path(f"/proc/{node.process.pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"no {name}")


def descriptors_of(node):
    return len(os.listdir(f"/proc/{node.process.pid}/fd"))


def forget_peak(node):
    pathlib.Path(f"/proc/{node.process.pid}/clear_refs").write_text("5")


class Siege(ClusterTest):
    def setUp(self):
        super().setUp()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.random = random.Random(8)
        self.opened = []  # bare sockets of the attack that runs
        self.addCleanup(self.reset, self.opened)
        self.cluster.flags = ["--heartbeat", str(int(HEARTBEAT_S * 1000))]
        self.cluster.start(3)
        self.leader = self.cluster.wait_until_whole(3)
        self.follower = next(node for node in self.cluster.nodes if node is not self.leader)
        self.witness = Witness([node.address for node in self.cluster.nodes], "witness", EVERY_S)
        self.witness.start()
        self.addCleanup(self.witness.stopped.set)
        until(lambda: self.witness.count() > 0, "the first message is acknowledged")

    def tearDown(self):
        self.witness.stopped.set()
        self.witness.join()
        expected = [text for _, text, _ in self.witness.appender.acknowledged]
        for node in self.cluster.nodes:
            if node.is_running():
                stored = [message.decode() for message in packets.tail(node.address) if message.startswith(b"witness ")]
                self.assertEqual(expected, stored, f"what {node.name} has of what was acknowledged")
        super().tearDown()

    @contextlib.contextmanager
    def attack(self, name, memory=MEMORY_MORE_MAX, pause_s=PAUSE_MAX_S):
        """Around one attack; `memory` is what each node may need for it, in bytes."""
        nodes = self.cluster.running()
        ballot = self.leader.status()["ballot"]
        before = {node: (field_of(node, "VmRSS"), descriptors_of(node)) for node in nodes}
        for node in nodes:
            forget_peak(node)
        start, acknowledged = time.monotonic(), self.witness.count()
        with self.subTest(name):
            yield
            until(lambda: self.witness.count() >= acknowledged + ACKNOWLEDGED_MEANWHILE,
                  f"messages are acknowledged beside {name}")
            self.assertLess(self.witness.longest_pause_since(start), pause_s, f"{name}: the others had to wait")
            for node in nodes:
                self.assertTrue(node.is_running(), f"{name}: {node.name} has ended: {node.said()}")
                more = field_of(node, "VmHWM") - before[node][0]
                self.assertLess(more, memory, f"{name}: memory of {node.name}")
            self.reset(self.opened)
            for node in nodes:
                until(lambda: descriptors_of(node) <= before[node][1] + DESCRIPTORS_MORE_MAX,
                      f"{node.name} has its descriptors back after {name}")
            self.assertEqual(ballot, self.leader.status()["ballot"], f"{name}: another leader")

    # ---- what attackers do

    def connect(self, node=None, timeout=packets.TIMEOUT_S):
        connection = packets.Connection((node or self.leader).address, timeout)
        self.addCleanup(connection.close)
        return connection

    def sockets(self, count, node=None):
        """Bare connections, all open until the attack has been seen to harm nobody; then they are reset."""
        host, port = (node or self.leader).address.rsplit(":", 1)
        opened = [socket.create_connection((host, int(port)), timeout=packets.TIMEOUT_S) for _ in range(count)]
        self.opened += opened
        return opened

    @staticmethod
    def reset(sockets):
        for one in sockets:
            with contextlib.suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            one.close()
        sockets.clear()  # closing one twice does no harm

    def assert_goes_on(self, connection):
        """What was wrong is over, and the connection is of use."""
        self.assertEqual("leader", connection.request({"type": "leader"})["type"])

    def assert_closed(self, connection):
        self.assertEqual(b"", connection.read_to_end())

    def refused(self, data, code, closed, node=None, words=""):
        """Sends bytes on a connection of their own, expects one error, and that the connection goes on or not."""
        with self.connect(node) as connection:
            connection.send_raw(data)
            answer = connection.receive()
            self.assert_error(code, answer)
            self.assertIn(words, answer["message"])
            if closed:
                self.assert_closed(connection)
            else:
                self.assert_goes_on(connection)
            return answer
