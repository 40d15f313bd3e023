"""Entries that rot in an old segment, one that a start does not read: whoever reads them gets the right bytes all the
same, since the node that lacks them fetches them from the others."""
from case import ClusterTest
from damage_test import changed, end_of, flip, zero
from harness import packets, processes
from harness.cluster import SIGTERM
from harness.waiting import until

LINES, SIZE = 80_000, 1_000  # more than a segment of 64 MiB


class Repair(ClusterTest):
    def fill(self, nodes):
        self.cluster.start(nodes)
        with open(self.cluster.directory / "producer", "wb") as said:
            producer = processes.start(
                [self.cluster.program("bellwether-producer"), "--clusterip", self.cluster.nodes[0].address, "--interval",
                 "0", "--count", LINES, "--size", SIZE], stdin=processes.subprocess.DEVNULL, stdout=said, stderr=said)
        until(lambda: producer.poll() is not None, "the messages are stored", seconds=120)
        self.assertEqual(0, producer.returncode)
        self.cluster.wait_until_whole(nodes)
        self.truth = packets.tail(self.cluster.nodes[0].address)
        self.assertEqual(LINES, len(self.truth))

    def oldest_segment(self, node):
        return sorted((node.data / "log").glob("*.segment"))[0]

    def rot(self, node):
        """A flipped bit and a block of zeros, far from each other, while the node is stopped."""
        self.assertGreater(len(list((node.data / "log").glob("*.index"))), 0, "there is no full segment")
        segment = self.oldest_segment(node)
        end = end_of(segment)
        changed(segment, lambda data: flip(data, end // 3))
        changed(segment, lambda data: zero(data, end // 2 // 4096 * 4096))

    def stop(self, node):
        node.signal(SIGTERM)
        self.assertEqual(0, node.wait_for_exit(), node.said())

    def start_again(self, node, others):
        node.start("--clusterip", others.address)
        self.cluster.wait_until_whole()

    def verify(self, node):
        return processes.subprocess.run([self.cluster.program("bellwetherctl"), "inspect", node.data, "--verify"],
                                        capture_output=True, text=True, timeout=120)

    def damaged(self, node):
        self.stop(node)
        self.rot(node)
        found = self.verify(node)
        self.assertEqual(1, found.returncode, found.stdout)
        self.assertIn("problem: ", found.stdout)
        self.start_again(node, next(other for other in self.cluster.running()))

    def expect_repaired(self, node):
        self.assertIn("what stood there is fetched from the other members", node.said())
        # The zeroed block hits one entry, or the end of one and the beginning of the next.
        until(lambda: node.said().count(" repaired: another member had") == node.said().count("cannot be read back") >= 2,
              "all are repaired")
        self.stop(node)
        found = self.verify(node)
        self.assertEqual(0, found.returncode, found.stdout + found.stderr)
        self.assertIn("repaired: " + self.oldest_segment(node).name, found.stdout)
        self.assertNotIn("problem: ", found.stdout)

    def test_a_tail_at_the_damaged_node_gets_every_message(self):
        self.fill(3)
        node = self.cluster.nodes[2]
        self.damaged(node)
        self.assertEqual(self.truth, packets.tail(node.address, local=True))
        self.expect_repaired(node)
        self.start_again(node, self.cluster.nodes[0])  # and the repair outlives the process
        said = len(node.said())
        self.assertEqual(self.truth, packets.tail(node.address, local=True))
        self.assertNotIn("fetched", node.said()[said:])

    def test_a_damaged_leader_brings_a_new_member_up_to_date(self):
        self.fill(3)
        node = self.cluster.nodes[2]
        self.damaged(node)
        moved = self.cluster.ctl("move-leader", str(node.id), at=self.cluster.wait_for_leader())
        self.assertEqual(0, moved.returncode, moved.stderr)
        self.assertEqual(node, self.cluster.wait_for_leader())
        newcomer = self.cluster.add_node()
        self.cluster.wait_until_whole(4)
        self.assertEqual(self.truth, packets.tail(newcomer.address, local=True))
        self.expect_repaired(node)

    def test_without_others_a_tail_ends_where_the_damage_is(self):
        self.fill(1)
        node = self.cluster.nodes[0]
        self.stop(node)
        self.rot(node)
        node.start()
        self.cluster.wait_for_leader()
        served = []
        with packets.Connection(node.address) as connection:
            connection.send({"type": "tail", "from": 0, "local": True})
            while (packet := connection.receive())["type"] == "messages":
                served += packets.unpack(packet.get("body", b""))
        self.assert_error("retry", packet)
        self.assertIn(self.oldest_segment(node).name, packet["message"])
        self.assertIn("there is no other member", node.said())
        self.assertTrue(served)
        self.assertLess(len(served), LINES)
        self.assertEqual(self.truth[:len(served)], served)
