"""Disks that are slow, hang or fail under a cluster at work (tests/disk_faults)."""
import threading
import time

from case import ClusterTest
from disk import EIO, ENOSPC, KINDS, FaultyDisk
from harness.waiting import until
from load import Load
from siege import MIB, SANITIZED, field_of
from steady import SteadyLoad

HUNG_S = 10
GAP_MAX_S = 5.0 if SANITIZED else 1.0
MEMORY_MORE_MAX = (1024 if SANITIZED else 256) * MIB


class FaultyDisks(ClusterTest):
    def setUp(self):
        super().setUp()
        self.disks = {}
        for number in range(3):
            node = self.cluster.new_node()
            self.disks[node] = FaultyDisk(node)
            if number == 0:
                node.start("--makeMasterOnError", "--clusterip", node.address, "--join-timeout", "1")
            else:
                node.start("--clusterip", self.cluster.nodes[0].address)
            until(lambda node=node: self.cluster.is_voter(node), f"{node.name} has joined and votes")
        self.leader = self.cluster.wait_until_whole(3)


class HungDisk(FaultyDisks):
    """The leader's disk hangs for ten seconds: the others' disks form the majority, and one of them leads."""

    def hang(self, load, *kinds, seconds=HUNG_S):
        start = time.monotonic()
        self.leader = self.cluster.wait_for_leader()  # on a busy machine not the first one
        self.disks[self.leader].set(*kinds, hangs=1)
        others = [node for node in self.cluster.nodes if node is not self.leader]
        until(lambda: self.cluster.wait_for_leader(others) is not self.leader, "another one leads")
        self.moved_after = time.monotonic() - start
        self.assertEqual("follower", self.leader.status()["role"])  # it answers, and takes the new leader for one
        while time.monotonic() < start + seconds:
            load.wait_for(5)
        self.disks[self.leader].heal()

    def assert_told(self, *words):
        for word in words:
            self.assertIn(word, self.leader.said())

    def test_of_the_leader_under_a_steady_load_is_hardly_noticed(self):
        load = SteadyLoad(self.cluster)
        load.wait_for(20)
        self.hang(load, *KINDS)
        load.wait_for(20)
        load.stop()
        longest = load.longest_gap()
        print(f"another leader after {self.moved_after:.2f} s, longest gap between acknowledgements {longest * 1000:.0f} ms")
        self.assertLess(longest, GAP_MAX_S)
        self.assert_told("this node's disk has finished no write for 8 heartbeats", "is to lead in its place")
        until(lambda: "has finished a write again, after" in self.leader.said(), "it says how long it took")
        self.cluster.wait_until_whole(3)
        for node in self.cluster.nodes:
            self.assertEqual([], load.problems(node))

    def test_of_the_leader_under_full_load_fills_no_memory_and_holds_up_nobody_for_long(self):
        load = Load(self.cluster)
        load.wait_for(50)
        times = []
        counter = threading.Thread(target=self.note_acknowledgements, args=(load, times), daemon=True)
        counter.start()
        before = {node: field_of(node, "VmRSS") for node in self.cluster.nodes}
        self.hang(load, "sync", seconds=3)
        more = field_of(self.leader, "VmHWM") - before[self.leader]
        load.stop()
        counter.join()
        longest = max(later - earlier for earlier, later in zip(times, times[1:]))
        print(f"another leader after {self.moved_after:.2f} s, longest gap between acknowledgements {longest * 1000:.0f} ms, "
              f"{more // 2 ** 20} MiB of memory more")
        self.assertLess(longest, GAP_MAX_S)
        self.assertLess(more, MEMORY_MORE_MAX)
        self.assert_told("is to lead in its place")
        self.cluster.wait_until_whole(3)
        for node in self.cluster.nodes:
            self.assertEqual([], load.missing(node))

    @staticmethod
    def note_acknowledgements(load, times):
        """When one came, of whichever writer."""
        seen = load.count()
        while not load.stopped.wait(0.002):
            now = load.count()
            if now != seen:
                times.append(time.monotonic())
            seen = now

    def test_of_a_follower_is_not_noticed(self):
        follower = next(node for node in self.cluster.nodes if node is not self.leader)
        load = SteadyLoad(self.cluster)
        load.wait_for(20)
        self.disks[follower].set(*KINDS, hangs=1)
        until(lambda: "this node's disk has finished no write" in follower.said(), "it says so")
        load.wait_for(100)
        self.disks[follower].heal()
        until(lambda: "has finished a write again, after" in follower.said(), "it says how long it took")
        load.stop()
        self.assertLess(load.longest_gap(), GAP_MAX_S)
        self.cluster.wait_until_whole(3)
        for node in self.cluster.nodes:
            self.assertEqual([], load.problems(node))

    def test_of_a_majority_stops_messages_alone_and_goes_on_by_itself(self):
        load = SteadyLoad(self.cluster)
        load.wait_for(20)
        for node in self.cluster.nodes[1:]:
            self.disks[node].set(*KINDS, hangs=1)
        until(lambda: all("this node's disk has finished no write" in node.said() for node in self.cluster.nodes[1:]), "they say so")
        for node in self.cluster.nodes:
            self.assertEqual("status", node.status()["type"])
        for node in self.cluster.nodes[1:]:
            self.disks[node].heal()
        load.wait_for(20)
        load.stop()
        self.cluster.wait_until_whole(3)
        for node in self.cluster.nodes:
            self.assertEqual([], load.problems(node))


class SlowDisk(FaultyDisks):
    def test_of_the_leader_is_told_and_holds_up_nobody(self):
        """Each sync ends before the disk counts as hanging: the others' disks form the majority."""
        load = SteadyLoad(self.cluster)
        load.wait_for(20)
        self.leader = self.cluster.wait_for_leader()
        self.disks[self.leader].set("sync", delay_ms=600)
        load.wait_for(100)
        until(lambda: "ms to make a write durable" in self.leader.said(), "it says so")
        self.disks[self.leader].heal()
        load.wait_for(20)
        load.stop()
        self.assertLess(load.longest_gap(), GAP_MAX_S)
        self.cluster.wait_until_whole(3)


class FailingDisk(FaultyDisks):
    """A write or sync that fails ends the node at once: it says so, and the others go on. Healed, it has everything again."""

    def test_of_any_kind_loses_nothing_that_was_acknowledged(self):
        load = SteadyLoad(self.cluster)
        for kind, error in (("write", EIO), ("sync", EIO), ("sync", ENOSPC), ("write", ENOSPC)):
            with self.subTest(kind=kind, error=error):
                load.wait_for(20)
                victim = self.cluster.wait_for_leader()
                said = len(victim.said())
                self.disks[victim].set(kind, error=error)
                self.assertEqual(1, victim.wait_for_exit())
                self.assertIn("this node stops at once", victim.said()[said:])
                load.wait_for(20)
                self.disks[victim].heal()
                victim.start()
                self.cluster.wait_until_whole(3)
        load.stop()
        for node in self.cluster.nodes:
            self.assertEqual([], load.problems(node))

    def test_where_no_file_can_be_made_or_renamed_is_told_and_got_over(self):
        load = Load(self.cluster)
        victim = next(node for node in self.cluster.nodes if node is not self.leader)
        for kind, error in (("open", ENOSPC), ("open", EIO), ("rename", EIO), ("rename", ENOSPC)):
            with self.subTest(kind=kind, error=error):
                said = len(victim.said())
                self.disks[victim].set(kind, error=error)
                victim.ask({"type": "snapshot"})  # takes a file
                load.wait_for(60)
                until(lambda: len(victim.said()) > said or not victim.is_running(), "it says something")
                self.disks[victim].heal()
                if not victim.is_running():
                    self.assertIn("this node stops at once", victim.said()[said:])
                    victim.start()
                self.cluster.wait_until_whole(3)
        load.stop()
        for node in self.cluster.nodes:
            self.assertEqual([], load.missing(node))
