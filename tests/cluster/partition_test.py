"""Links that are cut between nodes that live: nobody gets an error, what is sent just does not arrive. Clients reach all.

The three partial partitions are those of Ng, Haridi, Carbone, "Omni-Paxos" (EuroSys 2023). BELLWETHER_HOLD: for how many
seconds each lasts.
"""
import os
import signal
import unittest

from case import ClusterTest, programs
from harness import network, packets
from harness.waiting import until
from steady import SteadyLoad, now

HOLD_S = float(os.environ.get("BELLWETHER_HOLD", "1"))
BACK_WITHIN_S = 5  # generous; what is promised is a second, on a machine that does nothing else
ANSWER_WITHIN_S = 0.2
SILENCE_S = 2.5  # after 3 s a producer leaves a silent leader, whatever the others say


class Partition(ClusterTest):
    def setUp(self):
        reason = network.why_not()
        if reason:
            raise unittest.SkipTest(reason)
        self.cluster = network.NetworkCluster(programs())
        self.addCleanup(self.cluster.close)
        self.network = self.cluster.network

    def start(self, count):
        self.cluster.start(count)
        self.leader = self.cluster.wait_until_whole(count)
        self.others = [node for node in self.cluster.nodes if node is not self.leader]
        self.load = SteadyLoad(self.cluster)
        self.load.wait_for(messages=50)

    def append_at(self, node):
        """Whether this node stores a message."""
        try:
            return packets.ask(node.address, {"type": "append", "message": "probe"}, timeout=ANSWER_WITHIN_S)["type"] == "appended"
        except OSError:
            return False

    def seconds_until_stored(self, nodes):
        """From now on until one of these stores a message again, which one."""
        began = now()
        storing = until(lambda: next((node for node in nodes if self.append_at(node)), None), "a message is stored again",
                        seconds=BACK_WITHIN_S)
        return now() - began, storing

    def hold(self, leader):
        """The partition lasts; the same one leads until its end, in the same ballot, and stores messages all the time."""
        ballot = leader.status()["ballot"]
        began = now()
        while now() - began < HOLD_S:
            self.load.wait_for(messages=20)
        self.assertEqual(ballot, leader.status()["ballot"])
        return self.load.longest_gap(began)

    def heal_and_check(self):
        self.network.heal()
        self.cluster.wait_until_whole(len(self.cluster.nodes))
        self.load.wait_for(messages=20)
        self.load.stop()
        for node in self.cluster.nodes:
            stored = [message for message in packets.tail(node.address) if message != b"probe"]
            for prefix, count in self.load.sent().items():
                numbers = [int(message.split()[1]) for message in stored if message.startswith(prefix.encode() + b" ")]
                self.assertEqual(list(range(count)), numbers, f"{node.name}: {prefix}")

    def report(self, what, seconds, gap):
        print(f"{what}: messages are stored again after {seconds * 1000:.0f} ms; longest gap in the {HOLD_S:g} s "
              f"that it lasts {gap * 1000:.0f} ms")

    def is_survived(self, what, then=lambda: None):
        """The others go on under another leader, and the old one stores nothing, whatever is done then."""
        seconds, heir = self.seconds_until_stored(self.others)
        gap = self.hold(heir)
        then()
        self.assertFalse(self.append_at(self.leader))
        self.report(what, seconds, gap)
        self.heal_and_check()

    def test_with_one_node_that_reaches_the_others_makes_it_the_leader(self):
        """Quorum loss: the old leader still reaches one other, and that one reaches all."""
        self.start(5)
        hub = self.others[0]
        self.network.keep_only([(hub.host, node.host) for node in self.cluster.nodes])
        seconds, _ = self.seconds_until_stored([hub])
        self.report("quorum loss", seconds, self.hold(hub))
        self.heal_and_check()

    def test_that_leaves_a_majority_to_one_that_lags_makes_it_the_leader(self):
        """Constrained election: the leader is gone, and the only one that reaches the others lacks messages."""
        self.start(5)
        hub = self.others[0]
        self.network.cut(hub.host, self.cluster.hosts(self.cluster.nodes))
        self.load.wait_for(messages=50)
        leader = self.cluster.wait_for_leader([node for node in self.cluster.nodes if node is not hub])
        rest = [node for node in self.cluster.nodes if node not in (hub, leader)]
        self.network.heal()
        self.network.keep_only([(hub.host, node.host) for node in rest])
        seconds, _ = self.seconds_until_stored([hub])
        self.report("constrained election", seconds, self.hold(hub))
        self.heal_and_check()

    def test_that_makes_a_chain_of_three_changes_the_leader_once_at_most(self):
        """Chained: the leader and another one do not reach each other, and both reach the one between."""
        self.start(3)
        middle, end = self.others
        before = self.leader.status()["ballot"]["round"]
        self.network.cut(self.leader.host, [end.host])
        seconds, _ = self.seconds_until_stored(self.cluster.nodes)
        leader = self.cluster.wait_for_leader([middle])
        self.report("chain", seconds, self.hold(leader))
        self.assertLessEqual(leader.status()["ballot"]["round"], before + 1)
        self.heal_and_check()

    def test_of_the_leader_alone_is_survived_and_it_stores_nothing_on_its_own(self):
        """As if its machine had vanished: no connection is closed."""
        self.start(3)
        self.network.cut(self.leader.host, self.cluster.hosts(self.others))
        self.is_survived("vanished leader")

    def test_from_everybody_is_noticed_by_the_producer_before_it_gives_up_waiting(self):
        """The leader's machine is gone, for the clients, too: no connection is closed, and nobody answers there."""
        self.start(3)
        self.network.cut(self.leader.host, self.cluster.hosts(self.others))
        self.network.deafen(self.leader.host, [network.OUTSIDE])
        sent = self.load.sent()["producer"]
        until(lambda: self.load.sent()["producer"] > sent + 400, "the producer goes on to get lines")
        self.heal_and_check()
        times = [at for message, at in packets.timed_tail(self.others[0].address) if message.startswith(b"producer ")]
        gap = max(later - earlier for earlier, later in zip(times, times[1:])) / 1000
        self.assertLess(gap, SILENCE_S)
        print(f"longest gap of the producer's messages: {gap * 1000:.0f} ms")

    def test_of_what_the_leader_sends_is_survived_and_it_stores_nothing_on_its_own(self):
        """One way: it hears everybody, and nobody hears it."""
        self.start(3)
        for node in self.others:
            self.network.deafen(node.host, [self.leader.host])
        self.is_survived("leader that nobody hears")

    def test_of_what_the_leader_hears_is_survived_and_it_stores_nothing_on_its_own(self):
        self.start(3)
        self.network.deafen(self.leader.host, self.cluster.hosts(self.others))
        self.is_survived("leader that hears nobody")

    def test_of_a_follower_holds_up_nobody(self):
        self.start(3)
        self.network.cut(self.others[0].host, self.cluster.hosts(self.cluster.nodes))
        self.report("follower", 0, self.hold(self.leader))
        self.heal_and_check()

    def test_in_time_of_the_leader_is_survived_and_it_stores_nothing_on_its_own(self):
        """SIGSTOP, and SIGCONT when another one leads."""
        self.start(3)
        self.leader.signal(signal.SIGSTOP)
        self.is_survived("stopped leader", lambda: self.leader.signal(signal.SIGCONT))
