"""Without a majority nothing is acknowledged, and the node says why; with it back, the cluster goes on."""
from case import ClusterTest
from harness import packets
from harness.cluster import SIGTERM
from harness.waiting import until


class LostMajority(ClusterTest):
    def setUp(self):
        super().setUp()
        self.cluster.start(3)
        self.leader = self.cluster.wait_until_whole()
        self.append(self.leader, "kept")
        self.others = [node for node in self.cluster.nodes if node is not self.leader]

    def kill_the_others(self):
        for node in self.others:
            node.kill()

    def refusal(self, node):
        """The first `no-majority` after the node has noticed. Until then it may know no better than `unknown`."""
        def refused():
            answer = node.ask({"type": "append", "message": "must not be stored"})
            self.assertNotEqual("appended", answer["type"], answer)
            return answer if answer["code"] == "no-majority" else None
        return until(refused, f"{node.name} refuses messages")

    def test_refuses_messages_and_says_who_is_missing(self):
        self.kill_the_others()
        answer = self.refusal(self.leader)
        self.assertEqual(2, answer["needed"])
        self.assertEqual(1, answer["answering"])
        self.assertEqual({node.id for node in self.others}, {node["id"] for node in answer["missing"]})
        self.assertEqual({node.address for node in self.others}, {node["address"] for node in answer["missing"]})

    def test_is_said_once_in_plain_words_by_the_node(self):
        self.kill_the_others()
        self.refusal(self.leader)
        until(lambda: "majority" in self.leader.said(), "it says so")
        lines = [line for line in self.leader.said().splitlines() if "majority" in line]
        self.assertEqual(1, len(lines), lines)
        for node in self.others:
            self.assertIn(node.address, self.leader.said())
        shown = self.cluster.ctl("status", at=self.leader).stdout.decode()
        self.assertRegex(shown, r"nobody leads: no majority: of 3 voters 2 are needed, and this node reaches 1; missing: node")

    def test_is_refused_by_a_follower_too(self):
        self.leader.kill()
        self.others[0].kill()
        self.refusal(self.others[1])

    def test_regained_goes_on_with_everything(self):
        self.kill_the_others()
        self.refusal(self.leader)
        for node in self.others:
            node.start()
        self.cluster.wait_until_whole(3)
        leader = self.cluster.wait_for_leader()
        self.append(leader, "after")
        for node in self.cluster.nodes:
            stored = packets.tail(node.address)
            self.assertEqual([b"kept", b"after"], [text for text in stored if text != b"must not be stored"])


class WholeCluster(ClusterTest):
    def fill(self, count=200):
        leader = self.cluster.wait_until_whole(3)
        self.wanted = [b"message %d" % number for number in range(count)]
        answer = leader.ask({"type": "append", "count": count}, packets.pack(self.wanted))
        self.assertEqual("appended", answer["type"], answer)

    def assert_all_there(self):
        self.cluster.wait_until_whole(3)
        for node in self.cluster.nodes:
            self.assertEqual(self.wanted, packets.tail(node.address))

    def test_killed_at_once_loses_nothing(self):
        self.cluster.start(3)
        self.fill()
        for node in self.cluster.nodes:
            node.kill()
        for node in self.cluster.nodes:
            node.start()
        self.assert_all_there()

    def test_terminated_and_started_in_another_order_loses_nothing(self):
        self.cluster.start(3)
        self.fill()
        for node in self.cluster.nodes:
            node.signal(SIGTERM)
        for node in self.cluster.nodes:
            self.assertEqual(0, node.wait_for_exit(), node.said())
        for node in reversed(self.cluster.nodes):
            node.start()
        self.assert_all_there()
        self.assertEqual([1, 2, 3], sorted(node.status()["id"] for node in self.cluster.nodes))

    def test_waits_for_the_others_when_only_one_is_started_again(self):
        self.cluster.start(3)
        self.fill()
        for node in self.cluster.nodes:
            node.kill()
        first, second, _ = self.cluster.nodes
        first.start()
        until(lambda: "majority" in first.said(), "it says what it waits for")
        self.assertTrue(first.is_running())
        second.start()
        leader = self.cluster.wait_for_leader([first, second])
        self.assertEqual(len(self.wanted), self.append(leader, "two are enough"))
