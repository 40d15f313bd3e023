"""A member that comes back at another address."""
from case import ClusterTest
from harness import packets
from harness.cluster import SIGTERM
from harness.waiting import until


class MovedMember(ClusterTest):
    def stop(self, node):
        node.signal(SIGTERM)
        self.assertEqual(0, node.wait_for_exit(), node.said())

    def returns_moved(self, node):
        node.move()
        node.start()
        until(lambda: node.leader_id() is not None, f"{node.name} knows who leads")
        self.cluster.wait_until_whole()
        for other in self.cluster.running():
            until(lambda: node.address in [member["address"] for member in other.status()["members"]],
                  f"{other.name} knows where {node.name} is now")

    def test_finds_a_leader_that_came_while_it_was_away(self):
        """Its own log names neither the leader nor its address; the leader's names a place where it is no more."""
        _, _, away = self.cluster.start(3)
        self.cluster.wait_until_whole(3)
        self.stop(away)
        newcomer = self.cluster.add_node()
        self.move_leader(newcomer)
        self.returns_moved(away)
        self.assertEqual(newcomer.id, self.cluster.wait_for_leader().id)
        self.append(newcomer, "goes on")
        until(lambda: packets.tail(away.address) == [b"goes on"], "it has what was stored then")

    def test_and_a_leader_that_moved_too_find_each_other(self):
        first, _, away = self.cluster.start(3)
        self.cluster.wait_until_whole(3)
        self.stop(away)
        self.stop(first)
        first.move()
        first.start()
        self.cluster.wait_for_leader()
        until(lambda: first.address in [member["address"] for member in self.cluster.nodes[1].status()["members"]],
              "the new address is recorded")
        self.move_leader(first)
        self.returns_moved(away)
        self.assertEqual(first.id, self.cluster.wait_for_leader().id)

    def test_is_found_by_one_that_has_no_other_address(self):
        """All move while nobody runs: none of the addresses in their logs is right; one --clusterip is enough."""
        nodes = self.cluster.start(3)
        self.cluster.wait_until_whole(3)
        for node in nodes:
            self.stop(node)
            node.move()
        for node in nodes:
            node.start("--clusterip", nodes[0].address)
        self.cluster.wait_until_whole(3)
