"""Damage of each kind at each place of one node's directory: found and named or repaired, never served, and nothing
that was acknowledged is lost. With BELLWETHER_DAMAGE_LINES=1500000 the log has segments that are full, too."""
import os
import random
import struct
import unittest

from case import ClusterTest
from harness import packets, processes
from harness.cluster import SIGTERM
from harness.waiting import until

LINES = int(os.environ.get("BELLWETHER_DAMAGE_LINES", "20000"))
LINE = 100
BLOCK = 4096
REFUSED, SERVED_ALL, ERROR_WHEN_READ = "refused", "starts, serves everything", "starts, an error where it is read"


def zero(data, place):
    data[place:place + BLOCK] = bytes(len(data[place:place + BLOCK]))


def flip(data, place):
    data[place] ^= 1


def changed(path, change):
    data = bytearray(path.read_bytes())
    change(data)
    path.write_bytes(data)


def end_of(path):
    """Behind the last byte of a file that is not zero."""
    return len(path.read_bytes().rstrip(b"\0"))


def appends_in(path):
    """Where each append of a segment begins in the file, and behind what it ends (docs/storage.md)."""
    data, at, found = path.read_bytes(), 64, []
    while data[at:at + 4] == b"BWR1":
        kind, size = struct.unpack_from("<II", data, at + 4)
        if kind == 2:
            found.append((at, at + 32 + size))
        at += 32 + size
    return found


def body_in_the_middle(path):
    """A byte of the messages of an append half-way through."""
    appends = [(begin, end) for begin, end in appends_in(path) if end - begin > 1000]
    begin, end = appends[len(appends) // 2]
    return begin + (end - begin) // 2


class Damage(ClusterTest):
    def setUp(self):
        super().setUp()
        self.cluster.start(3)
        self.rows = []
        self.addCleanup(self.show)
        with open(self.cluster.directory / "producer", "wb") as said:
            producer = processes.start(
                [self.cluster.program("bellwether-producer"), "--clusterip", self.cluster.nodes[0].address, "--interval",
                 "0", "--count", LINES, "--size", LINE], stdin=processes.subprocess.DEVNULL, stdout=said, stderr=said)
        until(lambda: producer.poll() is not None, "the messages are stored", seconds=60 + LINES / 5000)
        self.assertEqual(0, producer.returncode)
        self.cluster.wait_until_whole(3)
        self.node = self.cluster.nodes[2]
        self.truth = packets.tail(self.cluster.nodes[0].address)
        self.assertEqual(LINES, len(self.truth))

    def show(self):
        """The table of docs/testing.md, row by row."""
        for row in self.rows:
            print("| " + " | ".join(row) + " |")

    # ---- places
    def log_files(self, suffix):
        return sorted((self.node.data / "log").glob(f"*{suffix}"))

    def begun(self):
        """Segments that hold records; the one behind them is only room."""
        return [path for path in self.log_files(".segment") if end_of(path) > 64]

    def places(self):
        """name -> (file, where a bit flips and a block is zeroed)."""
        begun = self.begun()
        spare = [path for path in self.log_files(".segment") if path not in begun]
        found = {}
        if len(begun) > 1:
            found["an old segment"] = (begun[0], end_of(begun[0]) // 2)
        found["the last segment"] = (begun[-1], body_in_the_middle(begun[-1]))
        appends = appends_in(begun[-1])
        found["the last segment, a record's header"] = (begun[-1], appends[len(appends) // 2][0] + 8)
        if spare:
            found["the segment made ahead, its header"] = (spare[0], 20)
            found["the segment made ahead, its room"] = (spare[0], 1024 * 1024)
        for name, suffix in (("an index", ".index"), ("the newest checkpoint", ".checkpoint")):
            if files := self.log_files(suffix):
                found[name] = (files[-1], files[-1].stat().st_size // 2)
        identity = self.node.data / "identity.json"
        found["identity.json"] = (identity, identity.stat().st_size // 2)
        return found

    KINDS = {
        "a flipped bit": lambda path, place: changed(path, lambda data: flip(data, place)),
        "4 KiB of zeros": lambda path, place: changed(path, lambda data: zero(data, place // BLOCK * BLOCK)),
        "cut short": lambda path, place: os.truncate(path, place),
        "removed": lambda path, place: path.unlink(),
    }

    # ---- one case
    def outcome(self, file):
        """What a start makes of it; what it serves is checked."""
        said = len(self.node.said())
        self.node.start("--clusterip", self.cluster.nodes[0].address)
        until(lambda: not self.node.is_running() or self.is_voter(), "it refuses or is back")
        words = self.node.said()[said:]
        if not self.node.is_running():
            self.assertEqual(1, self.node.process.returncode, words)
            self.assertIn(file.name, words)
            self.assertIn("--rejoin", words)
            return REFUSED
        return self.what_it_serves()

    def is_voter(self):
        status = self.node.status()
        return status["leader"] and any(member["id"] == status["id"] and member["vote"] for member in status["members"])

    def what_it_serves(self):
        """Everything, or an error where the damage is; a wrong byte fails the test."""
        served = []
        try:
            with packets.Connection(self.node.address) as connection:
                connection.send({"type": "tail", "from": 0})
                while (packet := connection.receive())["type"] == "messages":
                    served += packets.unpack(packet.get("body", b""))
        except packets.Closed:
            packet = {"type": "closed"}
        self.assertEqual(self.truth[:len(served)], served)
        if packet["type"] == "end":
            self.assertEqual(len(self.truth), len(served))
            return SERVED_ALL
        self.assertLess(len(served), len(self.truth))
        return ERROR_WHEN_READ

    def stop(self):
        until(lambda: len(self.log_files(".segment")) > 1, "the next segment is made")
        self.node.signal(SIGTERM)
        self.assertEqual(0, self.node.wait_for_exit(), self.node.said())

    def verify_finds_it(self):
        done = processes.subprocess.run([self.cluster.program("bellwetherctl"), "inspect", self.node.data, "--verify"],
                                        capture_output=True, timeout=120)
        return done.returncode != 0

    def rejoin(self):
        self.node.start("--clusterip", self.cluster.nodes[0].address, "--rejoin")
        self.is_whole_again()

    def is_whole_again(self):
        until(lambda: not self.node.is_running() or self.is_voter(), "it votes again", seconds=120)
        self.assertTrue(self.node.is_running(), self.node.said()[-2000:])
        self.cluster.wait_until_whole(3)
        self.assertEqual(SERVED_ALL, self.what_it_serves())
        until(lambda: len(self.cluster.nodes[0].status()["members"]) == 3, "the old id is no member any more")

    def one_case(self, place, kind, apply, file):
        apply()
        found = self.verify_finds_it()
        seen = self.outcome(file)
        if seen != REFUSED:
            self.stop()
        if seen == SERVED_ALL:
            self.node.start("--clusterip", self.cluster.nodes[0].address)
            self.is_whole_again()
        else:
            self.assertTrue(found, "inspect --verify does not find it")
            self.rejoin()
        self.rows.append((place, kind, seen, "yes" if found else "no", "everything is back"))
        self.stop()

    def at(self, place, expected, kinds=tuple(KINDS)):
        """Each kind of damage at that place, one after the other; each leaves the node whole again."""
        if self.node.is_running():
            self.stop()
        for kind in kinds:
            with self.subTest(place=place, kind=kind):
                file, where = self.places()[place]
                self.one_case(place, kind, lambda: self.KINDS[kind](file, where), file)
                self.assertIn(self.rows[-1][2], expected)

    def test_of_the_last_segment_below_a_checkpoint_is_repaired_where_it_is_read(self):
        self.at("the last segment", {SERVED_ALL}, ("a flipped bit",))
        self.at("the last segment", {SERVED_ALL, REFUSED}, ("4 KiB of zeros",))

    def test_that_may_have_taken_a_promise_is_refused(self):
        self.at("the last segment, a record's header", {REFUSED}, ("a flipped bit", "4 KiB of zeros"))
        self.at("the last segment", {REFUSED}, ("cut short", "removed"))

    def test_of_the_last_segment_after_a_kill_is_made_good_by_the_others(self):
        self.node.kill()
        segment = self.begun()[-1]
        place = body_in_the_middle(segment)
        changed(segment, lambda data: flip(data, place))
        found = self.verify_finds_it()
        said = len(self.node.said())
        self.node.start("--clusterip", self.cluster.nodes[0].address)
        until(lambda: not self.node.is_running() or "it votes again" in self.node.said()[said:],
              "it has its entries again")
        words = self.node.said()[said:]
        self.assertIn("could not be read", words)
        self.assertIn(segment.name, words)
        self.is_whole_again()
        self.rows.append(("the last segment, after kill -9", "a flipped bit", SERVED_ALL, "yes" if found else "no",
                          "everything is back"))
        self.stop()  # and none of it is found by a later start
        said = len(self.node.said())
        self.node.start("--clusterip", self.cluster.nodes[0].address)
        self.is_whole_again()
        self.assertNotIn("could not be read", self.node.said()[said:])

    def test_of_the_header_of_the_segment_made_ahead_is_refused(self):
        self.at("the segment made ahead, its header", {REFUSED}, ("a flipped bit", "4 KiB of zeros", "cut short"))
        self.at("the segment made ahead, its header", {SERVED_ALL}, ("removed",))

    def test_of_the_room_made_ahead_is_refused_if_it_is_no_room_any_more(self):
        self.at("the segment made ahead, its room", {REFUSED}, ("a flipped bit",))
        self.at("the segment made ahead, its room", {SERVED_ALL}, ("4 KiB of zeros",))

    def test_of_a_checkpoint_costs_time_alone(self):
        self.at("the newest checkpoint", {SERVED_ALL})

    def test_of_the_identity_is_refused(self):
        self.at("identity.json", {REFUSED})

    @unittest.skipIf(LINES < 1_000_000, "the log has one segment: BELLWETHER_DAMAGE_LINES=1500000")
    def test_of_an_index_costs_time_alone(self):
        self.at("an index", {SERVED_ALL})

    @unittest.skipIf(LINES < 1_000_000, "the log has one segment: BELLWETHER_DAMAGE_LINES=1500000")
    def test_of_an_old_segment_is_repaired_where_it_is_read(self):
        self.at("an old segment", {SERVED_ALL}, ("a flipped bit", "4 KiB of zeros"))
        self.at("an old segment", {REFUSED}, ("cut short", "removed"))

    def test_of_the_end_after_a_kill_is_an_unfinished_write(self):
        def behind(data):
            end = len(data.rstrip(b"\0")) + 8
            data[end:end + 64] = random.Random(7).randbytes(64)

        def last_record(data):
            flip(data, len(data.rstrip(b"\0")) - 2)
        for kind, damage in (("bytes of an unfinished write", behind), ("a flipped bit in its last record", last_record)):
            self.node.kill()
            segment = self.begun()[-1]
            self.one_case("the end, after kill -9", kind, lambda: changed(segment, damage), segment)
            self.assertEqual(SERVED_ALL, self.rows[-1][2])
            self.node.start("--clusterip", self.cluster.nodes[0].address)
            self.is_whole_again()


class DamageAtTheOneThatIsNeeded(ClusterTest):
    def test_elects_nobody_who_lacks_what_it_acknowledged(self):  # T29
        first, second, third = self.cluster.start(3)
        self.append(first, "known to all")
        self.cluster.wait_until_whole(3)
        second.kill()
        for number in range(20):
            self.append(first, f"known to two, {number}" + "." * 2000)
        third.kill()
        first.kill()
        segment = third.data / "log" / "00000000000000000001.segment"
        begin, end = [place for place in appends_in(segment) if place[1] - place[0] > 2000][3]
        changed(segment, lambda data: flip(data, (begin + end) // 2))
        second.start()
        third.start()
        until(lambda: "could not be read" in third.said(), "the damage is found")
        until(lambda: all(member["reachable"] for member in second.status()["members"] if member["id"] in (2, 3)),
              "the two reach each other")
        round_before = second.status()["ballot"]["round"]

        def tried_twice():
            self.assertIsNone(second.leader_id())
            self.assertIsNone(third.leader_id())
            return second.status()["ballot"]["round"] >= round_before + 2
        until(tried_twice, "the one without the messages has stood for elections")
        first.start()
        self.cluster.wait_until_whole(3)
        for node in self.cluster.nodes:
            until(lambda: len(packets.tail(node.address)) == 21, "everything is there")  # noqa: B023
            self.assertEqual(b"known to two, 19" + b"." * 2000, packets.tail(node.address)[-1])
        self.assertIn("it votes again", third.said())
