"""The power of whole nodes is cut: what was not synced is gone, all of it or a part (tests/power_cut)."""
import os
import shutil
import signal
import unittest

import power
from case import ClusterTest
from load import Load
from harness.waiting import until

ROUNDS = int(os.environ.get("BELLWETHER_POWER_CUTS", "3"))


class PowerCut(ClusterTest):
    def setUp(self):
        super().setUp()
        self.seed = int(os.environ.get("BELLWETHER_SEED", "1")) * 1000

    def prepare(self, node, **settings):
        """From its next start on it runs under the library."""
        self.seed += 1
        node.environment = power.environment(node, self.seed, **settings)

    def start_nodes(self, **settings):
        for _ in range(3):
            self.cluster.add_node()
        self.cluster.wait_until_whole(3)
        for node in self.cluster.nodes:
            node.kill()
        for node in self.cluster.nodes:
            self.prepare(node, **settings)
            node.start()
        self.cluster.wait_until_whole(3)

    def cut_the_power_of_all(self):
        for node in self.cluster.nodes:
            node.signal(signal.SIGUSR2)
        for node in self.cluster.nodes:
            self.assertEqual(-signal.SIGKILL, node.wait_for_exit(), node.said())

    def test_of_all_at_once_under_load_loses_and_doubles_nothing(self):
        self.start_nodes()
        load = Load(self.cluster)
        for _ in range(ROUNDS):
            load.wait_for(batches=100)
            self.cut_the_power_of_all()
            for node in self.cluster.nodes:
                self.prepare(node)
                node.start()
            load.wait_for(batches=1)
        load.stop()
        self.cluster.wait_until_whole(3)
        for node in self.cluster.nodes:
            self.assertEqual([], load.missing(node))
        print(f"{ROUNDS} power cuts of all, {load.count()} batches acknowledged")

    def test_with_disks_that_lie_about_a_sync_is_found_to_lose_messages(self):
        self.start_nodes(lies="files", keeps=0)  # with a part of it they would find damage
        load = Load(self.cluster)
        load.wait_for(batches=20)
        for node in self.cluster.nodes:
            node.signal(signal.SIGUSR1)
        load.wait_for(batches=200)
        load.stop()
        self.cut_the_power_of_all()
        for node in self.cluster.nodes:
            self.prepare(node)
            node.start()
        self.cluster.wait_until_whole(3)
        self.assertTrue(any(load.missing(node) for node in self.cluster.nodes))

    @unittest.skipIf(ROUNDS < 10, "it takes three segments: BELLWETHER_POWER_CUTS=10")
    def test_with_a_disk_that_lies_about_names_is_found_to_lose_messages(self):
        node = self.cluster.add_node()
        node.kill()
        self.prepare(node, lies="names", keeps=0)
        node.start()
        load = Load(self.cluster)
        load.wait_for(batches=1)
        node.signal(signal.SIGUSR1)
        until(lambda: load.count() and (node.data / "log" / "00000000000000000004.segment").exists(),
              "a segment has begun whose name is not durable", seconds=120)
        load.stop()
        node.signal(signal.SIGUSR2)
        node.wait_for_exit()
        node.start()
        self.assertEqual(1, node.wait_for_exit(), "it starts on a log without its end")
        self.assertIn("00000000000000000003.segment, which is missing", node.said())

    def test_after_a_kill_at_every_call_of_a_join_leaves_who_the_node_is(self):
        self.cluster.start(2)  # a majority without the third
        node = self.cluster.new_node()
        for call in range(1, 40, 1 if ROUNDS >= 10 else 6):
            shutil.rmtree(node.data, ignore_errors=True)  # a new member takes the place of the one before
            shutil.rmtree(f"{node.data}.unsynced", ignore_errors=True)
            self.prepare(node, keeps=100, at=call)
            node.start("--clusterip", self.cluster.nodes[0].address)
            self.assertEqual(-signal.SIGKILL, node.wait_for_exit(), node.said())
            self.prepare(node, keeps=0)
            node.start()
            until(lambda: self.is_voter(node), "it votes")
            known_as = node.status()["id"]
            node.signal(signal.SIGUSR2)
            self.assertEqual(-signal.SIGKILL, node.wait_for_exit(), node.said())
            node.start()
            until(lambda: self.is_voter(node), "it votes again")
            self.assertEqual(known_as, node.status()["id"], f"after a kill at call {call}")
            node.kill()

    def is_voter(self, node):
        self.assertTrue(node.is_running(), node.said()[-2000:])
        status = node.status()
        return status["leader"] and any(member["id"] == status["id"] and member["vote"] for member in status["members"])

    def test_at_every_call_of_a_start_changes_nothing(self):
        self.cluster.start(3)
        load = Load(self.cluster, threads=1)
        load.wait_for(batches=20)
        node = self.cluster.nodes[2]
        node.kill()
        for call in range(1, 8 * ROUNDS):
            self.prepare(node, at=call)
            node.start()
            self.assertEqual(-signal.SIGKILL, node.wait_for_exit(), node.said())
        node.environment = {}
        node.start()
        load.stop()
        self.cluster.wait_until_whole(3)
        self.assertEqual([], load.missing(node))
        self.assertEqual(3, node.status()["id"])
