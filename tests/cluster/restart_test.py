"""Nodes that are killed, or stopped, and started again under full load."""
import os
import signal

from case import ClusterTest
from load import Load

ROUNDS = int(os.environ.get("BELLWETHER_RESTARTS", "3"))


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
