"""The load generator, with a cluster of its own."""
import json
import pathlib
import signal
import subprocess
import tempfile
import unittest

from case import programs
from harness import processes
from harness.waiting import until


class Bench(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="bellwether-")
        self.addCleanup(self.directory.cleanup)

    def start(self, *flags):
        return processes.start([programs() / "bellwether-bench", "--cluster", "3", "--data-dir", self.directory.name,
                                "--json", *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run_to_its_end(self, *flags):
        child = self.start(*flags)
        out, err = child.communicate(timeout=120)
        self.assertEqual(0, child.returncode, err)
        return json.loads(out)

    def assert_nothing_is_left(self):
        self.assertEqual([], list(pathlib.Path(self.directory.name).iterdir()))
        commands = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        self.assertNotIn(self.directory.name + "/bellwether-bench-", commands)

    def test_of_a_closed_loop_counts_what_its_own_cluster_acknowledges(self):
        result = self.run_to_its_end("--duration", "1", "--warm-up", "0.2", "--connections", "2", "--window", "4",
                                     "--batch", "10")
        self.assertEqual(1, result["format"])
        self.assertEqual(3, result["cluster"])
        self.assertGreater(result["acknowledged"], 0)
        self.assertEqual(0, result["acknowledged"] % 10)
        self.assertAlmostEqual(result["messages_per_s"], result["acknowledged"])
        self.assertGreater(result["server_cpu_s"], 0)
        latency = result["latency_us"]
        self.assertGreater(latency["p50"], 0)
        self.assertLessEqual(latency["p50"], latency["p99"])
        self.assertLessEqual(latency["p99_9"], latency["max"])
        self.assertEqual(0, result["unacknowledged"])
        self.assert_nothing_is_left()

    def test_of_an_open_loop_keeps_its_rate(self):
        result = self.run_to_its_end("--duration", "1", "--warm-up", "0", "--rate", "200")
        self.assertEqual(200, result["latency_us"]["count"])
        self.assert_nothing_is_left()

    def test_that_is_interrupted_leaves_nothing(self):
        child = self.start("--duration", "600")
        folder = pathlib.Path(self.directory.name)
        until(lambda: list(folder.glob("*/node3/*")), "its third node has data")
        child.send_signal(signal.SIGINT)
        self.assertEqual(1, child.wait(timeout=60))
        child.communicate()
        self.assert_nothing_is_left()

    def test_without_a_member_says_so(self):
        address = f"127.0.0.1:{processes.free_port()}"
        done = subprocess.run([programs() / "bellwether-bench", "--clusterip", address], capture_output=True, text=True,
                              check=False, timeout=60)
        self.assertEqual(3, done.returncode)
        self.assertIn(address, done.stderr)
