"""Damage of each kind at each place of one node's directory: found and named or repaired, never served, and nothing
that was acknowledged is lost. With BELLWETHER_DAMAGE_LINES=1500000 the log has segments that are full, too."""
import os
import random

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


class Damage(ClusterTest):
    def setUp(self):
        super().setUp()
        self.cluster.start(3)
        self.rows = []
        self.random = random.Random(7)
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
        found["the last segment"] = (begun[-1], end_of(begun[-1]) // 2)
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
        until(self.is_voter, "it votes again", seconds=120)
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

    # ---- all of them
    def test_anywhere_is_named_or_repaired_and_never_served(self):
        self.stop()
        for place in list(self.places()):
            for kind, damage in self.KINDS.items():
                if place == "the segment made ahead, its room" and kind in ("cut short", "removed"):
                    continue  # the same as at its header
                found = self.places()
                if place not in found:
                    continue
                file, at = found[place]
                with self.subTest(place=place, kind=kind):
                    self.one_case(place, kind, lambda: damage(file, at), file)
        self.torn_ends()
        print("\n| place | damage | the node | `inspect --verify` finds it | after the next start, or `--rejoin` |\n|---|---|---|---|---|")
        for row in self.rows:
            print("| " + " | ".join(row) + " |")
        self.check_the_rules()

    def torn_ends(self):
        """The end of a node that was killed: what follows its last record, and that record itself."""
        def behind(path):
            end = end_of(path)
            changed(path, lambda data: data.__setitem__(slice(end + 8, end + 72), self.random.randbytes(64)))
        for kind, damage in (("bytes of an unfinished write", behind),
                             ("a flipped bit in its last record", lambda path: changed(path, lambda data: flip(data, end_of(path) - 2)))):
            self.node.start("--clusterip", self.cluster.nodes[0].address)
            self.is_whole_again()
            self.node.kill()
            segment = self.begun()[-1]
            with self.subTest(place="the end", kind=kind):
                self.one_case("the end, after kill -9", kind, lambda: damage(segment), segment)

    def check_the_rules(self):
        for place, kind, seen, found, _ in self.rows:
            with self.subTest(place=place, kind=kind):
                if place in ("the last segment", "identity.json"):
                    self.assertEqual(REFUSED, seen)
                if place in ("an index", "the newest checkpoint"):
                    self.assertEqual(SERVED_ALL, seen)
                if place == "an old segment":
                    self.assertNotEqual(SERVED_ALL, seen)
