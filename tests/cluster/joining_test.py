"""Starting nodes: the four of the article, and every way in which a start is refused."""
import re
import socket

from case import ClusterTest
from harness import packets
from harness.waiting import until


class FourNodes(ClusterTest):
    """Node 1 starts the cluster, 2 and 3 join through 1, 4 joins through 2."""

    def setUp(self):
        super().setUp()
        one = self.cluster.add_node()
        two = self.cluster.add_node(through=one)
        self.cluster.add_node(through=one)
        self.cluster.add_node(through=two)

    def test_have_the_ids_1_to_4_and_one_master(self):
        self.assertEqual([1, 2, 3, 4], [node.id for node in self.cluster.nodes])
        self.cluster.wait_until_whole(4)
        for node in self.cluster.nodes:
            status = node.status()
            self.assertEqual(1, status["leader"]["id"])
            self.assertEqual([1, 2, 3, 4], [member["id"] for member in status["members"]])
            self.assertEqual([1], [member["id"] for member in status["members"] if member["leads"]])
            self.assertEqual({node.address for node in self.cluster.nodes},
                             {member["address"] for member in status["members"]})

    def test_are_shown_by_bellwetherctl_at_each(self):
        self.cluster.wait_until_whole(4)
        for node in self.cluster.nodes:
            shown = self.cluster.ctl("status", at=node)
            self.assertEqual(0, shown.returncode, shown.stderr)
            for other in self.cluster.nodes:
                self.assertIn(other.address.encode(), shown.stdout)
            as_json = self.cluster.ctl("members", "--json", at=node)
            self.assertEqual(0, as_json.returncode, as_json.stderr)
            leader = self.cluster.ctl("leader", at=node)
            self.assertIn(self.cluster.nodes[0].address.encode(), leader.stdout)

    def test_say_who_they_are_and_who_leads(self):
        address = re.escape(self.cluster.nodes[0].address)
        leads = re.compile(rf"this node leads now|node 1 \({address}\) leads|master: node 1 \({address}\)")
        for node in self.cluster.nodes:
            until(lambda: f"node {node.id}" in node.said().lower() or f"id {node.id}" in node.said().lower(),
                  f"{node.name} says its id")
            until(lambda: leads.search(node.said()), f"{node.name} says who leads")


class Start(ClusterTest):
    def refused(self, status, *words, flags, node=None):
        node = node or self.cluster.new_node()
        node.start(*flags)
        self.assertEqual(status, node.wait_for_exit(), node.said())
        lines = node.said().strip().splitlines()
        for word in words:
            self.assertIn(word, node.said())
        return lines

    def test_without_cluster_and_flag_exits_with_3_and_one_line_that_says_what_to_do(self):
        nobody = self.cluster.new_node()
        lines = self.refused(3, "--makeMasterOnError", nobody.address,
                             flags=("--clusterip", nobody.address, "--join-timeout", "1"))
        self.assertEqual(1, len([line for line in lines if "--makeMasterOnError" in line]), lines)

    def test_with_an_unknown_flag_exits_with_2(self):
        self.refused(2, "--nonsense", flags=("--nonsense",))

    def test_with_a_bad_value_exits_with_2(self):
        self.refused(2, flags=("--heartbeat", "soon"))
        self.refused(2, flags=("--clusterip", "127.0.0.1:99999"))

    def test_with_a_wildcard_address_needs_advertise(self):
        self.refused(2, "--advertise", flags=("--bind", "0.0.0.0", "--makeMasterOnError"))

    def test_on_a_port_in_use_is_refused_in_one_line(self):
        node = self.cluster.new_node()
        with socket.socket() as other:
            other.bind(("127.0.0.1", node.port))
            other.listen()
            node.start("--makeMasterOnError", "--clusterip", node.address)
            self.assertNotIn(node.wait_for_exit(), (0, 3))
        self.assertIn(str(node.port), node.said())
        self.assertIn("in use", node.said())

    def test_on_a_directory_in_use_is_refused(self):
        first = self.cluster.add_node()
        second = self.cluster.new_node()
        second.data = first.data
        second.start("--clusterip", first.address)
        self.assertNotEqual(0, second.wait_for_exit())
        self.assertIn(str(first.data), second.said())
        self.assertEqual(0, self.append(first, "the first goes on"))

    def test_help_and_version_exit_with_0(self):
        node = self.cluster.new_node()
        node.start("--help")
        self.assertEqual(0, node.wait_for_exit(), node.said())
        for flag in ("--myport", "--clusterip", "--makeMasterOnError", "--bind", "--advertise", "--join-timeout",
                     "--data-dir", "--priority", "--heartbeat", "--quiet", "--log-level", "--log-format", "--config"):
            self.assertIn(flag, node.printed())

    def test_takes_flags_from_a_file(self):
        node = self.cluster.new_node()
        config = node.directory / "node.conf"
        config.write_text(f"# a comment\nclusterip = {node.address}\nmakeMasterOnError = true\njoin-timeout = 1\npriority = 7\n")
        node.start("--config", config)
        until(lambda: node.status()["leader"], "it leads")
        self.assertEqual(7, node.status()["members"][0]["priority"])

    def test_bound_to_every_address_warns_that_anybody_can_connect(self):
        node = self.cluster.new_node()
        node.start("--bind", "0.0.0.0", "--advertise", node.address, "--makeMasterOnError", "--clusterip", node.address,
                   "--join-timeout", "1")
        until(lambda: node.status()["leader"], "it leads")
        self.assertIn("authentication", node.said())


class TwoFirstNodes(ClusterTest):
    """Each may start a cluster, and names the other."""

    def setUp(self):
        super().setUp()
        self.pair = sorted((self.cluster.new_node() for _ in range(2)), key=lambda node: node.address)

    def start(self, node, other, timeout="1"):
        node.start("--makeMasterOnError", "--clusterip", other.address, "--join-timeout", timeout)

    def test_started_at_once_make_one_cluster(self):
        lesser, greater = self.pair
        self.start(greater, lesser)
        self.start(lesser, greater)
        until(lambda: greater.status()["leader"] and len(lesser.status()["members"]) == 2, "they are one cluster")
        self.assertEqual([1, 2], [node.status()["id"] for node in self.pair])
        self.assertEqual(lesser.status()["cluster"], greater.status()["cluster"])

    def test_of_which_one_dies_at_once_make_a_cluster_of_the_other(self):
        lesser, greater = self.pair
        self.start(lesser, greater, timeout="3")
        self.start(greater, lesser, timeout="3")
        until(lambda: "looks for a cluster itself" in greater.said(), "it has heard of the other")
        lesser.kill()
        until(lambda: greater.status()["leader"], "it starts a cluster")
        self.assertEqual(1, greater.status()["id"])


class Join(ClusterTest):
    def test_of_a_second_member_says_once_that_two_survive_no_failure(self):
        first, _, _ = self.cluster.start(3)
        self.cluster.wait_until_whole(3)
        self.assertEqual(1, first.said().count("two members survive no failure"), first.said())

    def test_does_not_depose_a_living_master(self):
        first, *_ = self.cluster.start(3)
        ballot = first.status()["ballot"]
        self.cluster.add_node("--clusterip", first.address)
        self.cluster.wait_until_whole(4)
        self.assertEqual(ballot, first.status()["ballot"])
        self.assertEqual(1, first.leader_id())

    def test_with_a_wrong_first_address_uses_the_second(self):
        first = self.cluster.add_node()
        nobody, node = self.cluster.new_node(), self.cluster.new_node()
        node.start("--clusterip", nobody.address, "--clusterip", first.address)
        until(lambda: node.status()["id"] == 2, "it has joined")

    def test_of_a_stranger_that_speaks_no_packets_harms_nobody(self):
        first = self.cluster.add_node()
        with packets.Connection(first.address) as stranger:
            stranger.send_raw(b"\x00\x01\x02 not a packet\n")
            stranger.read_to_end()
        self.assertEqual(0, self.append(first, "goes on"))
