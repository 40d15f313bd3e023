"""What every cluster test starts from."""
import os
import pathlib
import unittest

from harness.cluster import Cluster

NEEDED = ("bellwether-node", "bellwether-producer", "bellwetherctl")


def programs():
    folder = pathlib.Path(os.environ.get("BELLWETHER_BIN", "build/release/bin"))
    missing = [name for name in NEEDED if not (folder / name).exists()]
    if missing:  # not skipped: a build that forgot the node must not look like one that passed
        raise AssertionError(f"{', '.join(missing)} not found in {folder} (BELLWETHER_BIN)")
    return folder


class ClusterTest(unittest.TestCase):
    """self.cluster is fresh and empty; at the end no node may have reported a fault of its own."""

    def setUp(self):
        self.cluster = Cluster(programs())
        self.addCleanup(self.cluster.close)

    def tearDown(self):
        self.assertEqual([], self.cluster.faults())

    def append(self, node, text):
        """Appends without a producer and returns the offset."""
        answer = node.ask({"type": "append", "message": text})
        self.assertEqual("appended", answer["type"], answer)
        return answer["offset"]

    def assert_error(self, code, answer):
        self.assertEqual(("error", code), (answer.get("type"), answer.get("code")), answer)
