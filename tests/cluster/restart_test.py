"""Nodes that are killed, or stopped, and started again under full load."""
import os
import signal

from case import ClusterTest
from load import Load
from steady import SteadyLoad, now

ROUNDS = int(os.environ.get("BELLWETHER_RESTARTS", "3"))
HELD_UP_S = 5  # generous: what is promised is a heartbeat, on a machine that does nothing else


class RestartOfAllAtOnce(ClusterTest):
    def test_under_load_loses_and_doubles_nothing(self):
        self.cluster.start(3)
        self.cluster.wait_until_whole()
        load = Load(self.cluster)
        for _ in range(ROUNDS):
            load.wait_for(batches=200)
            for node in self.cluster.nodes:
                node.signal(signal.SIGKILL)
            for node in self.cluster.nodes:
                node.wait_for_exit()
            for node in self.cluster.nodes:
                node.start()
            load.wait_for(batches=1)
        load.stop()
        self.cluster.wait_until_whole(3)
        for node in self.cluster.nodes:
            self.assertEqual([], load.missing(node))
        print(f"{ROUNDS} restarts of all, {load.count()} batches acknowledged")


class RollingRestart(ClusterTest):
    def test_of_five_under_load_fails_no_append_and_holds_up_none_for_long(self):
        """By SIGTERM, twice round, so that each leads, hands over and comes back at some time."""
        self.cluster.start(5)
        self.cluster.wait_until_whole(5)
        load = SteadyLoad(self.cluster)
        hand_overs = []
        for node in self.cluster.nodes * 2:
            load.wait_for(messages=20)
            leads = self.cluster.wait_until_whole(5) is node
            before = now()
            node.signal(signal.SIGTERM)
            self.assertEqual(0, node.wait_for_exit(), node.said())
            load.wait_for(messages=20)
            if leads:
                hand_overs.append(load.longest_gap(before, now()))
            node.start()
            self.cluster.wait_until_whole(5)
        load.stop()
        for node in self.cluster.nodes:
            self.assertEqual([], load.problems(node))
        self.assertNotEqual([], hand_overs)
        self.assertLess(max(hand_overs), HELD_UP_S)
        print(f"gaps at {len(hand_overs)} hand-overs: {', '.join(f'{gap * 1000:.0f}' for gap in hand_overs)} ms, "
              f"the heartbeat is 100 ms; longest of all {load.longest_gap() * 1000:.0f} ms, "
              f"{sum(load.sent().values())} messages")

    def test_in_good_order_under_load_loses_and_doubles_nothing(self):
        self.cluster.start(3)
        self.cluster.wait_until_whole()
        load = Load(self.cluster)
        for node in self.cluster.nodes * 2:
            load.wait_for(batches=50)
            node.signal(signal.SIGTERM)
            self.assertEqual(0, node.wait_for_exit(), node.said())
            node.start()
            self.cluster.wait_until_whole(3)
        load.stop()
        self.cluster.wait_until_whole(3)
        for node in self.cluster.nodes:
            self.assertEqual([], load.missing(node))
