"""What is dropped from the log, and members that need what was dropped."""
import subprocess
import threading

from case import ClusterTest
from harness import packets
from harness.cluster import SIGTERM
from harness.waiting import until

MESSAGE_BYTES = 60_000
BATCH = 100
SEGMENT_BYTES = 64 * 1024 * 1024


def message(offset):
    """What stands at this offset: nobody else appends."""
    return f"{offset}:".encode().ljust(MESSAGE_BYTES, b".")


class Dropping(ClusterTest):
    """Nodes that keep 64 MiB each."""

    def begin(self, count, *flags):
        # Whole segments are written as fast as the disks take them: a slow heartbeat keeps the leader.
        self.cluster.flags = ["--heartbeat", "500", *(flags or ["--retain-bytes", "64M"])]
        self.cluster.start(count)
        self.next = 0
        self.sequence = 0
        self.producer = None

    def fill(self, megabytes):
        """Appends through whoever leads, each message once."""
        end = self.next + megabytes * 1_000_000 // MESSAGE_BYTES
        until(lambda: self.fill_through(self.cluster.wait_for_leader(), end), "the messages are appended")

    def fill_through(self, leader, end):
        with packets.Connection(leader.address) as connection:
            if self.producer is None:
                self.producer = connection.request({"type": "register"}).get("producer")
            while self.producer and self.next < end:
                body = packets.pack([message(self.next + at) for at in range(BATCH)])
                answer = connection.request({"type": "append", "count": BATCH, "producer": self.producer,
                                             "sequence": self.sequence + 1}, body)
                if answer["type"] == "error":
                    self.assertIn(answer["code"], ("busy", "retry", "unknown", "no-leader", "no-majority",
                                                   "not-leader"), answer)
                    return False
                self.assertEqual(self.next, answer["offset"])
                self.sequence += 1
                self.next += BATCH
        return self.next >= end

    def wait_until_dropped(self, node, beyond=0):
        return until(lambda: (first := node.status()["first_offset"]) > beyond and first,
                     f"{node.name} has dropped messages beyond {beyond}")

    def expect_rest(self, node):
        """Every message that the node says it has is there, and is the right one."""
        first, found = until(lambda: self.read_rest(node), f"nothing more is dropped by {node.name}")
        self.assertGreater(len(found), SEGMENT_BYTES // MESSAGE_BYTES // 2)
        for at, text in enumerate(found):
            self.assertEqual(message(first + at)[:20], text[:20])
        return first + len(found)

    def read_rest(self, node):
        """The first offset and all messages from there on; None if they were dropped in between."""
        first = node.status()["first_offset"]
        try:
            return first, packets.tail(node.address, first, local=True)
        except AssertionError:
            if node.status()["first_offset"] == first:
                raise
            return None

    def expect_verified(self, node):
        shown = subprocess.run([self.cluster.program("bellwetherctl"), "inspect", node.data, "--verify"],
                               capture_output=True, timeout=120)
        self.assertEqual(0, shown.returncode, shown.stdout + shown.stderr)
        self.assertRegex(shown.stdout, rb"first message kept: [1-9]\d*; entries up to \d+ are dropped")

    def expect_refused(self, node, offset=0):
        answer = node.ask({"type": "tail", "from": offset, "follow": True})
        self.assert_error("offset-dropped", answer)
        self.assertGreater(answer["first_offset"], offset)
        self.assertIn(str(answer["first_offset"]), answer["hint"])


class Retention(Dropping):
    def test_drops_old_segments_while_messages_come_and_tails_read(self):
        self.begin(3)
        read = []
        problems = []

        def follow():
            with packets.Connection(self.cluster.nodes[1].address) as connection:
                connection.send({"type": "tail", "from": 0, "follow": True})
                while len(read) < 5_000:
                    packet = connection.receive()
                    if packet["type"] != "messages" or packet["offset"] != len(read) and packet["count"]:
                        problems.append(packet)
                        return
                    read.extend(text[:20] for text in packets.unpack(packet.get("body", b"")))

        reader = threading.Thread(target=follow)
        reader.start()
        self.fill(300)
        reader.join()
        self.assertEqual([], problems)
        self.assertEqual([message(offset)[:20] for offset in range(self.next)], read[:self.next])
        for node in self.cluster.nodes:
            self.wait_until_dropped(node)
            self.expect_refused(node)
            self.expect_rest(node)
            # What is kept, the segments at its two ends, and the one made ahead.
            until(lambda: len(list((node.data / "log").glob("*.segment"))) <= 4, f"{node.name} removes files")
        shown = self.cluster.ctl("tail", "--from", "0")
        self.assertEqual(1, shown.returncode)
        self.assertIn(b"is no longer kept; the log begins at", shown.stderr)

    def test_by_age_drops_what_is_older(self):
        self.begin(1, "--retain-age", "1s")
        self.fill(150)
        self.wait_until_dropped(self.cluster.nodes[0])
        self.expect_refused(self.cluster.nodes[0])

    def test_without_a_limit_keeps_all(self):
        self.begin(1, "--quiet")
        self.fill(150)
        self.assertEqual(0, self.cluster.nodes[0].status()["first_offset"])

    def test_ends_a_tail_that_it_overtakes_with_an_error_and_never_with_wrong_messages(self):
        self.begin(1)
        node = self.cluster.nodes[0]
        with packets.Connection(node.address) as connection:
            connection.send({"type": "tail", "from": 0, "follow": True})
            self.fill(300)
            first = self.wait_until_dropped(node)
            read = 0
            while (packet := connection.receive())["type"] == "messages":
                self.assertEqual(read, packet["offset"])
                for text in packets.unpack(packet.get("body", b"")):
                    self.assertEqual(message(read)[:20], text[:20])
                    read += 1
        self.assert_error("offset-dropped", packet)
        self.assertLess(read, packet["first_offset"])
        self.assertGreaterEqual(packet["first_offset"], first)

    def test_is_what_it_was_after_a_restart_of_all(self):
        self.begin(3)
        self.fill(250)
        firsts = [self.wait_until_dropped(node) for node in self.cluster.nodes]
        for node in self.cluster.nodes:
            node.signal(SIGTERM)
        for node in self.cluster.nodes:
            self.assertEqual(0, node.wait_for_exit(), node.said())
            self.expect_verified(node)
            node.start()
        self.cluster.wait_until_whole(3)
        for node, first in zip(self.cluster.nodes, firsts):
            self.assertGreaterEqual(node.status()["first_offset"], first)
            self.expect_rest(node)
        self.fill(70)


class Snapshot(Dropping):
    def test_is_written_when_it_is_asked_for(self):
        self.begin(1)
        node = self.cluster.nodes[0]
        decided = node.status()["decided"]
        asked = self.cluster.ctl("snapshot")
        self.assertEqual(0, asked.returncode, asked.stderr)
        written = [int(path.stem) for path in (node.data / "log").glob("*.checkpoint")]
        self.assertGreaterEqual(max(written), decided)

    def test_brings_back_a_member_that_was_away_for_longer_than_the_log_is_kept(self):
        self.begin(3)
        away = self.cluster.nodes[2]
        self.fill(10)
        end = until(lambda: away.status()["next_offset"], "it has messages")
        away.kill()
        self.fill(300)
        leader = self.cluster.wait_for_leader(self.cluster.nodes[:2])
        self.wait_until_dropped(leader, beyond=end)
        away.start()
        self.wait_until_dropped(away, beyond=end)
        self.cluster.wait_until_whole(3)
        self.assertIn("a snapshot took the place of the log", away.said())
        self.fill(10)
        until(lambda: away.status()["next_offset"] == self.next, "it has everything")
        self.assertEqual(self.next, self.expect_rest(away))
        self.expect_refused(away)

    def test_lets_a_node_join_and_survives_its_death_on_the_way(self):
        self.begin(2)
        self.fill(300)
        leader = self.cluster.wait_for_leader()
        self.wait_until_dropped(leader)
        joiner = self.cluster.new_node()
        joiner.start("--clusterip", leader.address, *self.cluster.flags)
        for _ in range(4):  # in the middle of it, wherever that is
            until(lambda: (joiner.data / "identity.json").exists(), "it is a member")
            joiner.kill()
            joiner.start()
        until(lambda: joiner.status()["next_offset"] == self.next, "it has caught up")
        joiner.id = joiner.status()["id"]
        self.cluster.wait_until_whole(3)
        self.assertEqual(self.next, self.expect_rest(joiner))
        first = joiner.status()["first_offset"]
        for node in self.cluster.nodes:
            node.kill()
        for node in self.cluster.nodes:
            node.start()
        self.cluster.wait_until_whole(3)
        self.assertGreaterEqual(joiner.status()["first_offset"], first)
        self.fill(10)
        self.assertEqual(self.next, self.expect_rest(self.cluster.wait_for_leader()))
