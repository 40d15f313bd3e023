"""Nodes on file systems that are filled to the last byte: small tmpfs mounts, which only root can make."""
import os
import subprocess
import unittest

from case import ClusterTest
from harness import packets, processes
from harness.appender import Appender
from harness.waiting import until

SMALL = "68m"  # one segment of the log and some: 38 MiB of it are for messages
LARGE = "400m"
TEXT = "x" * 60_000
MORE_THAN_FITS = 1_000  # messages of that size: a node with little room still takes 16 MiB


class SmallDisk:
    """A file system of its own for one node's data."""

    def __init__(self, directory, size):
        self.directory = directory
        directory.mkdir(exist_ok=True)
        self.ballast = directory / "ballast"
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", directory], check=True)

    def fill(self):
        """To the last byte."""
        with open(self.ballast, "ab", buffering=0) as file:
            for size in (1 << 20, 4096, 1):
                try:
                    while True:
                        file.write(b"b" * size)
                except OSError:
                    pass
        self.check_full()

    def check_full(self):
        free = os.statvfs(self.directory)
        assert free.f_bavail == 0, f"{free.f_bavail} blocks are free in {self.directory}"

    def free(self):
        self.ballast.unlink(missing_ok=True)
        subprocess.run(["mount", "-o", f"remount,size={LARGE}", self.directory], check=True)

    def close(self):
        subprocess.run(["umount", "--lazy", self.directory], check=False)


class FullDisk(ClusterTest):
    def setUp(self):
        if os.geteuid() != 0:
            raise unittest.SkipTest("only root can mount a small file system")
        super().setUp()
        self.cluster.flags = ["--heartbeat", "1000"]  # who leads is of interest, and this keeps disks and processors busy
        self.disks = []
        self.addCleanup(self.unmount)
        probe = self.cluster.directory / "probe"
        try:
            self.disks.append(SmallDisk(probe, "1m"))
        except (OSError, subprocess.CalledProcessError):
            raise unittest.SkipTest("a tmpfs cannot be mounted here") from None

    def unmount(self):
        for node in self.cluster.nodes:
            if node.process:
                processes.kill(node.process)
        for disk in self.disks:
            disk.close()

    def start(self, small):
        """Three nodes, the first of which leads; those numbered have small disks."""
        self.small = small
        make = self.cluster.new_node
        self.cluster.new_node = lambda *arguments: self.with_disk(make(*arguments))
        self.cluster.start(3)
        self.cluster.wait_until_whole(3)
        return self.cluster.nodes

    def with_disk(self, node):
        if len(self.cluster.nodes) in self.small:
            node.disk = SmallDisk(node.data, SMALL)
            self.disks.append(node.disk)
        return node

    def append_many(self, count, addresses=None):
        """Whoever leads; returns the messages in the order of their offsets."""
        appender = Appender(addresses or [node.address for node in self.cluster.nodes])
        self.addCleanup(appender.close)
        for number in range(count):
            appender.append(f"{number} {TEXT}")
        offsets = [offset for _, _, offset in appender.acknowledged]
        self.assertEqual(list(range(count)), offsets)
        return [message.encode() for _, message, _ in appender.acknowledged]

    def append_until_full(self, nodes):
        """Messages that were acknowledged before the disks of all were full. A leader with a little less room than
        another one hands over first."""
        stored = []
        while True:
            message = f"{len(stored)} {TEXT}"
            answer = self.cluster.wait_for_leader().ask({"type": "append", "message": message})
            if answer["type"] == "appended":
                self.assertEqual(len(stored), answer["offset"])
                stored.append(message.encode())
                self.assertLess(len(stored), MORE_THAN_FITS)
            elif answer["code"] == "disk-full":
                self.assertIn("goes on by itself", answer["hint"])
                if not any(self.room_of(node, node) for node in nodes):
                    return stored
            else:
                self.assertIn(answer["code"], ("retry", "not-leader", "no-leader", "no-majority"), answer)

    def restart_killed(self, *nodes):
        for node in nodes:
            node.kill()
        for node in nodes:
            node.start()
        for node in nodes:
            until(node.status, f"{node.name} answers")

    def room_of(self, node, seen_by):
        return next(member["room"] for member in seen_by.status()["members"] if member["id"] == node.id)

    def expect_everywhere(self, messages):
        for node in self.cluster.running():
            until(lambda: node.status()["next_offset"] == len(messages), f"{node.name} has all messages")
            self.assertEqual(messages, packets.tail(node.address, local=True), node.name)

    def test_of_the_leader_makes_another_one_lead(self):
        first, *_ = self.start(small={1})
        first.disk.fill()
        messages = self.append_many(MORE_THAN_FITS)
        leader = self.cluster.wait_for_leader()
        self.assertIsNot(first, leader)
        self.assertIn("the disk is full", first.said())
        until(lambda: not self.room_of(first, leader), "the leader knows")
        self.assertLess(first.status()["next_offset"], len(messages))
        first.disk.check_full()
        self.restart_killed(first)
        until(lambda: not self.room_of(first, first), "it finds its disk still full")
        first.disk.free()
        self.cluster.wait_until_whole(3)
        self.expect_everywhere(messages)
        self.assertIn("there was room for the log's next segment", first.said())
        self.assertIs(leader, self.cluster.wait_for_leader())

    def test_of_a_follower_leaves_it_behind(self):
        leader, _, last = self.start(small={3})
        last.disk.fill()
        messages = self.append_many(MORE_THAN_FITS)
        self.assertIs(leader, self.cluster.wait_for_leader())
        until(lambda: not self.room_of(last, leader), "the leader knows")
        shown = self.cluster.ctl("members", at=leader).stdout.decode()
        self.assertRegex(shown, rf"{last.address}.* full\n")
        behind = last.status()["next_offset"]
        self.assertLess(behind, len(messages))
        self.restart_killed(last)
        until(lambda: last.leader_id() == leader.id, "it follows again")
        self.assertLessEqual(last.status()["next_offset"], behind)
        last.disk.free()
        self.cluster.wait_until_whole(3)
        self.expect_everywhere(messages)
        self.assertIs(leader, self.cluster.wait_for_leader())

    def test_of_all_refuses_messages_until_there_is_room(self):
        nodes = self.start(small={1, 2, 3})
        for node in nodes:
            node.disk.fill()
        messages = self.append_until_full(nodes)
        leader = self.cluster.wait_for_leader()
        self.assertEqual(len(messages), len(packets.tail(leader.address)))  # which asks a majority
        self.restart_killed(*nodes)
        self.cluster.wait_for_leader()
        self.expect_everywhere(messages)

        def refused():
            answer = self.cluster.wait_for_leader().ask({"type": "append", "message": "no"})
            return answer.get("code") == "disk-full"
        until(refused, "messages are refused after the restart")
        producer = processes.start(
            [self.cluster.program("bellwether-producer"), "--clusterip", nodes[1].address, "--stdin"],
            stdin=processes.subprocess.PIPE, stdout=processes.subprocess.PIPE, stderr=processes.subprocess.STDOUT)
        producer.stdin.write(b"one\ntwo\n")
        producer.stdin.close()
        until(lambda: producer.poll() is None and refused(), "it waits")
        for node in nodes:
            node.disk.check_full()
            node.disk.free()
        said = producer.stdout.read().decode()
        self.assertEqual(0, producer.wait(), said)
        self.assertLessEqual(said.count("disk"), 3, said)  # it says so once for each leader that it asks
        self.cluster.wait_until_whole(3)
        self.expect_everywhere(messages + [b"one", b"two"])

    def test_without_room_for_a_first_segment_is_an_error(self):
        node = self.cluster.new_node()
        self.disks.append(SmallDisk(node.data, "10m"))
        node.start("--makeMasterOnError", "--clusterip", node.address, "--join-timeout", "1")
        self.assertEqual(1, node.wait_for_exit())
        self.assertIn("there is no room for the log", node.said())
        self.assertIn("a first start needs 64 MiB", node.said())
