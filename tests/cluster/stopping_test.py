"""SIGTERM keeps the membership, SIGINT leaves the cluster."""
from case import ClusterTest
from harness import packets
from harness.cluster import SIGINT, SIGTERM
from harness.waiting import until


class Sigterm(ClusterTest):
    def test_of_the_leader_hands_over_and_keeps_the_membership(self):
        self.cluster.start(3)
        leader = self.cluster.wait_until_whole()
        leader.signal(SIGTERM)
        self.assertEqual(0, leader.wait_for_exit(), leader.said())
        heir = self.cluster.wait_for_leader()
        self.assertEqual(3, len(heir.status()["members"]))
        leader.start()
        self.assertEqual(heir.id, self.cluster.wait_until_whole(3).id)

    def test_with_leave_on_terminate_leaves(self):
        self.cluster.start(2)
        third = self.cluster.add_node("--leave-on-terminate")
        self.cluster.wait_until_whole(3)
        third.signal(SIGTERM)
        self.assertEqual(0, third.wait_for_exit(), third.said())
        until(lambda: len(self.cluster.nodes[0].status()["members"]) == 2, "two members remain")

    def test_twice_exits_at_once(self):
        self.cluster.start(3)
        leader = self.cluster.wait_until_whole()
        for node in self.cluster.nodes:
            if node is not leader:
                node.kill()
        leader.signal(SIGINT)
        until(lambda: "leav" in leader.said().lower(), "it tries to leave")
        leader.signal(SIGINT)
        until(lambda: not leader.is_running(), "it exits", seconds=3)
        self.assertNotEqual(0, leader.process.returncode)


class Sigint(ClusterTest):
    def test_of_three_nodes_one_after_the_other_leaves_a_last_one_that_leads(self):
        self.cluster.start(3)
        self.cluster.wait_until_whole()
        self.append(self.cluster.wait_for_leader(), "kept")
        for gone, left in ((self.cluster.nodes[2], 2), (self.cluster.nodes[0], 1)):
            gone.signal(SIGINT)
            self.assertEqual(0, gone.wait_for_exit(), gone.said())
            leader = self.cluster.wait_for_leader()
            until(lambda: len(leader.status()["members"]) == left, f"{left} members remain")
        last = self.cluster.nodes[1]
        self.append(last, "alone")
        self.assertEqual([b"kept", b"alone"], packets.tail(last.address))
        last.signal(SIGINT)
        self.assertEqual(0, last.wait_for_exit(), last.said())
        last.start("--clusterip", last.address)  # it did not leave: it is the cluster
        until(lambda: last.leader_id() == last.id, "the last one leads again")
        self.assertEqual([b"kept", b"alone"], packets.tail(last.address))

    def test_of_three_nodes_one_after_the_other_and_started_again_makes_the_same_cluster_of_three(self):
        nodes = self.cluster.start(3)
        cluster = self.cluster.wait_until_whole(3).status()["cluster"]
        self.append(self.cluster.wait_for_leader(), "kept")
        for gone in (nodes[0], nodes[2], nodes[1]):  # the leader first, the last one stops and does not leave
            gone.signal(SIGINT)
            self.assertEqual(0, gone.wait_for_exit(), gone.said())
        last, *rest = nodes[1], nodes[0], nodes[2]
        last.start()
        until(lambda: last.leader_id() == last.id, "the last one leads again")
        for new_id, node in enumerate(rest, start=4):
            node.start("--clusterip", last.address)
            until(lambda: node.status()["id"] == new_id, f"it is node {new_id}")
            node.id = new_id
        self.cluster.wait_until_whole(3)
        self.append(self.cluster.wait_for_leader(), "goes on")
        for node in nodes:
            self.assertEqual(cluster, node.status()["cluster"])
            self.assertEqual([2, 4, 5], [member["id"] for member in node.status()["members"]])
            self.assertEqual([b"kept", b"goes on"], packets.tail(node.address))

    def test_without_a_majority_says_that_it_is_still_a_member(self):
        self.cluster.start(3)
        leader = self.cluster.wait_until_whole()
        for node in self.cluster.nodes:
            if node is not leader:
                node.kill()
        leader.signal(SIGINT)
        self.assertEqual(1, leader.wait_for_exit(), leader.said())
        self.assertIn("still a member", leader.said())

    def test_and_a_new_start_join_as_a_new_member(self):
        first, _, third = self.cluster.start(3)
        self.cluster.wait_until_whole()
        third.signal(SIGINT)
        self.assertEqual(0, third.wait_for_exit(), third.said())
        third.start("--clusterip", first.address)
        until(lambda: third.status()["id"] == 4, "it joins with the next id")
        third.id = 4
        self.cluster.wait_until_whole(3)
        self.assertTrue((third.directory / "data.left-3").exists(), list(third.directory.iterdir()))

    def test_leaves_a_directory_that_never_starts_a_new_cluster(self):
        first, _, third = self.cluster.start(3)
        self.cluster.wait_until_whole()
        third.signal(SIGINT)
        self.assertEqual(0, third.wait_for_exit(), third.said())
        for node in self.cluster.nodes[:2]:
            node.kill()
        third.start("--makeMasterOnError", "--clusterip", first.address, "--join-timeout", "1")
        self.assertEqual(3, third.wait_for_exit(), third.said())
        self.assertIn(first.address, third.said().splitlines()[-1])
