"""What is on a node's disk, seen from outside: bellwetherctl inspect, starts on good and on damaged logs."""
import hashlib
import json
import shutil
import subprocess

from case import ClusterTest
from harness import packets
from harness.cluster import SIGTERM
from harness.waiting import until

HEADER = 64 + 32 + 168  # of a segment, with its opening
MESSAGES = [f"message {number} ".encode() * 20 for number in range(200)]


class OneNode(ClusterTest):
    """A cluster of one node, stopped cleanly with messages in its log."""

    def setUp(self):
        super().setUp()
        self.node = self.cluster.add_node()
        for start in range(0, len(MESSAGES), 50):
            part = MESSAGES[start:start + 50]
            answer = self.node.ask({"type": "append", "count": len(part)}, packets.pack(part))
            self.assertEqual("appended", answer["type"], answer)
        self.log = self.node.data / "log"

    def stop(self):
        self.node.signal(SIGTERM)
        self.assertEqual(0, self.node.wait_for_exit(), self.node.said())

    def inspect(self, *flags):
        return subprocess.run([self.cluster.program("bellwetherctl"), "inspect", self.node.data, *flags],
                              capture_output=True, timeout=60)

    def contents(self):
        return {path.relative_to(self.node.data): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in sorted(self.node.data.rglob("*")) if path.is_file()}

    def flip(self, file, place):
        with open(file, "r+b") as opened:
            opened.seek(place)
            byte = opened.read(1)
            opened.seek(place)
            opened.write(bytes([byte[0] ^ 1]))

    def segment(self):
        return self.log / "00000000000000000001.segment"

    def fails_to_start(self, words):
        said = len(self.node.said())
        self.node.start()
        self.assertEqual(1, self.node.wait_for_exit(), self.node.said())
        self.assertIn(words, self.node.said()[said:])


class Inspect(OneNode):
    def test_of_a_node_that_runs_is_refused(self):
        done = self.inspect()
        self.assertEqual(1, done.returncode)
        self.assertIn(b"in use by process %d" % self.node.process.pid, done.stderr)

    def test_of_no_data_directory_says_so(self):
        done = subprocess.run([self.cluster.program("bellwetherctl"), "inspect", self.node.directory],
                              capture_output=True, timeout=60)
        self.assertEqual(1, done.returncode)
        self.assertIn(b"is no data directory", done.stderr)

    def test_shows_what_is_there_and_changes_nothing(self):
        self.stop()
        before = self.contents()
        done = self.inspect("--verify")
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        shown = done.stdout.decode()
        self.assertRegex(shown, r"\n  1 +1 to \d+ +0 to 199 +\d+ +newest\n")
        self.assertRegex(shown, r"checkpoint of entry \d+: good\n")
        self.assertRegex(shown, r"promised: round \d+, priority 0, node 1\n")
        self.assertIn(f"1  {self.node.address}  votes", shown)
        self.assertIn("every record of every segment is whole", shown)
        told = json.loads(self.inspect("--json").stdout)
        self.assertEqual(200, told["next_offset"])
        self.assertEqual([{"id": 1, "address": self.node.address, "vote": True}], told["members"])
        self.assertEqual(before, self.contents())

    def test_dumps_messages_as_they_are(self):
        self.stop()
        done = self.inspect("--dump", "10", "120")
        self.assertEqual((0, b"".join(text + b"\n" for text in MESSAGES[10:120])), (done.returncode, done.stdout))
        done = self.inspect("--dump", "199", "200", "--offsets")
        self.assertEqual((0, b"199\t" + MESSAGES[199] + b"\n"), (done.returncode, done.stdout))
        done = self.inspect("--dump", "199", "201")
        self.assertEqual((1, MESSAGES[199] + b"\n"), (done.returncode, done.stdout))

    def test_names_damage_and_does_not_succeed(self):
        self.stop()
        self.flip(self.segment(), HEADER + 1000)
        done = self.inspect("--verify")
        self.assertEqual(1, done.returncode)
        self.assertIn(b"00000000000000000001.segment is damaged", done.stdout + done.stderr)


class StartOnItsLog(OneNode):
    def expect_everything(self):
        until(lambda: self.node.leader_id() == self.node.id, "it leads again")
        self.assertEqual(MESSAGES, packets.tail(self.node.address)[:len(MESSAGES)])

    def test_after_a_clean_stop_begins_at_the_checkpoint(self):
        self.stop()
        self.node.start()
        self.expect_everything()
        self.assertRegex(self.node.said(), r"read from the checkpoint of entry \d+ on")

    def test_with_a_broken_checkpoint_says_so_and_reads_the_log(self):
        self.stop()
        checkpoint = next(self.log.glob("*.checkpoint"))
        self.flip(checkpoint, 70)
        self.node.start()
        self.expect_everything()
        self.assertIn(f"{checkpoint.name} cannot be used", self.node.said())

    def test_on_a_flipped_bit_is_refused_with_the_place(self):
        self.stop()
        self.flip(self.segment(), HEADER + 1000)
        self.fails_to_start("00000000000000000001.segment is damaged: at byte ")

    def test_on_a_zeroed_block_is_refused(self):
        self.stop()
        with open(self.segment(), "r+b") as file:
            file.seek(4096)
            file.write(bytes(4096))
        self.fails_to_start("is damaged")

    def test_on_a_segment_that_was_cut_short_is_refused(self):
        self.stop()
        with open(self.segment(), "r+b") as file:
            file.truncate(10_000)
        self.fails_to_start("it has 10000 bytes and should have")

    def test_without_its_segments_is_refused(self):
        self.stop()
        for path in self.log.glob("*.segment"):
            path.unlink()
        self.fails_to_start("has lost its log")

    def test_without_its_log_is_refused_each_time(self):
        self.stop()
        shutil.rmtree(self.log)
        for _ in range(2):  # the first one once left an empty log behind, on which the second one started
            self.fails_to_start("has lost its log")
            self.assertFalse(self.log.exists())
        self.log.mkdir()
        self.fails_to_start("has lost its log")

    def test_on_a_log_in_one_file_is_refused(self):
        self.stop()
        shutil.rmtree(self.log)
        self.log.write_bytes(b"BELLWLOG\1\0\0\0")
        self.fails_to_start("is not a directory of segments")
        self.assertEqual(b"BELLWLOG\1\0\0\0", self.log.read_bytes())
