"""Nodes that are not who, where or when they say they are: each is refused in clear words, and the cluster goes on."""
import shutil
import signal
import unittest

from case import ClusterTest, programs
from harness import packets
from harness.cluster import SIGTERM, Cluster
from harness.waiting import until

SANITIZED = programs().resolve().parent.name in ("asan", "tsan")
DAY_S = 86_400


class Refused(ClusterTest):
    def assert_line(self, node, *words):
        """One line says it all."""
        self.assertTrue([line for line in node.said().splitlines() if all(word in line for word in words)], node.said())


class TwoClusters(Refused):
    """self.cluster, and another one of three nodes; each has a message of its own."""

    def setUp(self):
        super().setUp()
        self.other = Cluster(programs())
        self.addCleanup(self.other.close)
        for cluster, text in ((self.cluster, "of one"), (self.other, "of the other")):
            cluster.start(3)
            self.append(cluster.wait_until_whole(3), text)

    def stop(self, node):
        node.signal(SIGTERM)
        self.assertEqual(0, node.wait_for_exit(), node.said())

    def are_as_before(self):
        self.assertEqual([], self.other.faults())
        for cluster, text in ((self.cluster, "of one"), (self.other, "of the other")):
            cluster.wait_until_whole(3)
            self.append(cluster.wait_for_leader(), "goes on")
            for node in cluster.nodes:
                self.assertEqual([1, 2, 3], [member["id"] for member in node.status()["members"]])
                self.assertEqual([text.encode(), b"goes on"], packets.tail(node.address))

    def test_told_to_join_each_other_stay_apart_and_say_why(self):
        for cluster, target in ((self.cluster, self.other), (self.other, self.cluster)):
            node = cluster.nodes[2]
            self.stop(node)
            flags = node.flags
            node.start("--clusterip", target.nodes[0].address)
            self.assertEqual(1, node.wait_for_exit(), node.said())
            self.assert_line(node, str(node.data), target.nodes[0].address, "another cluster")
            node.start(*flags)
        self.are_as_before()

    def test_whose_addresses_were_mixed_up_stay_apart(self):
        """A member's recorded address is that of a member of the other cluster now: both ids are 3."""
        mine, theirs = self.cluster.nodes[2], self.other.nodes[2]
        self.stop(mine)
        self.stop(theirs)
        mine.port, theirs.port = theirs.port, mine.port
        mine.address, theirs.address = theirs.address, mine.address
        mine.start()
        theirs.start()
        self.are_as_before()

    def test_are_not_joined_by_a_damaged_member_of_one(self):
        node = self.cluster.nodes[2]
        self.stop(node)
        shutil.rmtree(node.data / "log")
        others = self.cluster.nodes[:2]
        for other in others:
            other.signal(signal.SIGSTOP)
        node.start("--rejoin", "--clusterip", self.other.nodes[0].address, "--join-timeout", "1")
        self.assertEqual(3, node.wait_for_exit(), node.said())
        self.assert_line(node, "another cluster", "no member could be reached")
        for other in others:
            other.signal(signal.SIGCONT)
        self.assertEqual([1, 2, 3], [member["id"] for member in self.other.nodes[0].status()["members"]])


class StolenId(Refused):
    def test_of_a_member_that_lives_is_refused_and_the_copy_stops(self):
        self.cluster.start(3)
        self.cluster.wait_until_whole(3)
        for copied in self.cluster.nodes[:2]:
            thief = self.cluster.new_node()
            copied.signal(signal.SIGSTOP)  # for a copy that is one moment of it
            shutil.copytree(copied.data, thief.data)
            copied.signal(signal.SIGCONT)
            self.cluster.wait_until_whole(3)
            ballot = self.cluster.nodes[0].status()["ballot"]
            thief.start("--clusterip", self.cluster.nodes[2].address)
            self.assertEqual(1, thief.wait_for_exit(), thief.said())
            self.assert_line(thief, f"node {copied.id}", "another process", str(thief.data))
            self.assertTrue(copied.is_running())
            self.assertEqual(ballot, self.cluster.wait_until_whole(3).status()["ballot"])
            self.append(self.cluster.wait_for_leader(), "goes on")
            self.assertNotIn(thief.address, [member["address"] for member in copied.status()["members"]])


class WrongAddress(Refused):
    """The address that a node tells the others is that of another member."""

    def setUp(self):
        super().setUp()
        self.cluster.start(3)
        self.cluster.wait_until_whole(3)

    def goes_on(self):
        self.cluster.wait_until_whole(3)
        self.append(self.cluster.wait_for_leader(), "goes on")
        self.assertEqual([1, 2, 3], [member["id"] for member in self.cluster.nodes[0].status()["members"]])
        self.assertEqual({node.address for node in self.cluster.nodes[:3]},
                         {member["address"] for member in self.cluster.nodes[0].status()["members"]})

    def test_of_a_node_that_joins_is_refused(self):
        node, victim = self.cluster.new_node(), self.cluster.nodes[1]
        node.start("--clusterip", self.cluster.nodes[0].address, "--advertise", victim.address)
        self.assertEqual(1, node.wait_for_exit(), node.said())
        self.assert_line(node, "--advertise", victim.address, "node 2")
        self.goes_on()

    def test_of_a_member_that_returns_is_refused(self):
        node, victim = self.cluster.nodes[2], self.cluster.nodes[1]
        flags = node.flags
        node.signal(SIGTERM)
        self.assertEqual(0, node.wait_for_exit())
        node.start(*flags, "--advertise", victim.address)
        self.assertEqual(1, node.wait_for_exit(), node.said())
        self.assert_line(node, "--advertise", victim.address, "node 2")
        node.start(*flags)
        self.goes_on()

    def test_swapped_between_two_members_finds_them_again(self):
        """Each is dialled where the other is, and says that it is somebody else."""
        one, two = self.cluster.nodes[:2]
        for node in (one, two):
            node.signal(SIGTERM)
            self.assertEqual(0, node.wait_for_exit())
        one.port, two.port = two.port, one.port
        one.address, two.address = two.address, one.address
        for node in (one, two):
            node.start("--clusterip", self.cluster.nodes[2].address)
        self.goes_on()


@unittest.skipIf(SANITIZED, "a sanitizer has to be loaded before the library that changes the clock")
class WrongClock(ClusterTest):
    """A day ahead, and a day behind: a message carries its leader's clock, and nothing is decided by one."""

    def add(self, seconds):
        node = self.cluster.new_node()
        node.environment = {"LD_PRELOAD": str(programs().resolve() / "wrong_clock.so"), "WRONG_CLOCK_S": str(seconds)}
        first = self.cluster.nodes[0]
        node.start("--clusterip", first.address)
        until(lambda: node.status()["leader"], "it has joined")
        node.id = node.status()["id"]

    def test_of_a_day_moves_no_leader_and_no_message_as_follower_and_as_leader(self):
        first = self.cluster.add_node()
        for seconds in (DAY_S, -DAY_S):
            self.add(seconds)
        self.cluster.wait_until_whole(3)
        stored = []
        for leader in (*self.cluster.nodes, first):
            self.move_leader(leader)
            stored.append(f"while node {leader.id} led".encode())
            self.append(leader, stored[-1].decode())
        for node in self.cluster.nodes:
            self.assertEqual(stored, packets.tail(node.address))
        self.assertIn("the clock of node 2 is 23 h 59 min ahead of this node's", first.said().replace("24 h 0", "23 h 59"))
        self.assertIn("the clock of node 3 is 24 h 0 min behind this node's", first.said().replace("23 h 59", "24 h 0"))
