"""What every cluster test starts from."""
import os
import pathlib
import unittest

from harness.cluster import Cluster
from harness.waiting import until

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

    def move_leader(self, target, at=None):
        """Until it leads: on a busy machine an election of its own accord may come between."""
        def moved():
            done = self.cluster.ctl("move-leader", str(target.id), at=at)
            self.assertEqual((0, f"member {target.id} leads now\n".encode()), (done.returncode, done.stdout), done.stderr)
            return self.cluster.wait_for_leader() is target
        until(moved, f"{target.name} leads")

    def assert_error(self, code, answer):
        self.assertEqual(("error", code), (answer.get("type"), answer.get("code")), answer)
