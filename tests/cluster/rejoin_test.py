"""A node that cannot tell any more what it promised: it never votes again under its id, and with --rejoin it comes back
as a new member with everything."""
import shutil
import signal

import power
from case import ClusterTest
from harness import packets
from harness.cluster import SIGTERM
from harness.waiting import until

MESSAGES = [b"message %d " % number + b"." * 200 for number in range(500)]
EXIT_NOBODY = 3


class Rejoining(ClusterTest):
    """Three nodes with messages; the third one is stopped."""

    def setUp(self):
        super().setUp()
        self.cluster.start(3)
        self.store(MESSAGES)
        self.node = self.cluster.nodes[2]
        self.cluster.wait_until_whole(3)
        self.node.signal(SIGTERM)
        self.assertEqual(0, self.node.wait_for_exit(), self.node.said())
        self.stored = list(MESSAGES)

    def store(self, messages):
        leader = self.cluster.wait_for_leader()
        answer = leader.ask({"type": "append", "count": len(messages)}, packets.pack(messages))
        self.assertEqual("appended", answer["type"], answer)

    def damage(self):
        """Of the record behind the opening: it may have been a promise, so a start cannot go on after it."""
        segment = self.node.data / "log" / "00000000000000000001.segment"
        with open(segment, "r+b") as file:
            file.seek(300)
            byte = file.read(1)
            file.seek(300)
            file.write(bytes([byte[0] ^ 4]))

    def flags(self, *more):
        return ("--clusterip", self.cluster.nodes[0].address, *more)

    def refused(self, *words, flags=()):
        said = len(self.node.said())
        self.node.start(*(flags or self.flags()))
        self.assertEqual(1, self.node.wait_for_exit(), self.node.said())
        for word in words:
            self.assertIn(word, self.node.said()[said:])

    def is_back(self, new_id):
        """The members are the first two and this one, which has everything, and no id was given for nothing."""
        until(lambda: self.node.is_running() and self.node.status()["id"] == new_id, f"it is node {new_id}")
        self.node.id = new_id
        self.cluster.wait_until_whole(3)
        for node in self.cluster.nodes:
            until(lambda: [member["id"] for member in node.status()["members"]] == [1, 2, new_id],
                  f"{node.name} knows that node {new_id} has taken the place of the old one")
        self.store([b"goes on as %d" % new_id])
        self.stored.append(b"goes on as %d" % new_id)
        for node in self.cluster.nodes:
            self.assertEqual(self.stored, packets.tail(node.address))
        self.assertFalse((self.node.data / "rejoin.json").exists())

    def contents(self):
        return {path.relative_to(self.node.data): path.read_bytes() for path in self.node.data.rglob("*")
                if path.is_file() and path.name not in ("lock", "rejoin.json")}


class DamagedNode(Rejoining):
    def test_is_refused_naming_the_way_out_and_comes_back_by_it(self):
        self.damage()
        damaged = (self.node.data / "log" / "00000000000000000001.segment").read_bytes()
        self.refused("00000000000000000001.segment is damaged: at byte ", "--rejoin", "only copy")
        self.node.start(*self.flags("--rejoin"))
        self.is_back(4)
        kept = self.node.data / "aside-3-1"
        self.assertIn(str(kept), self.node.said())
        self.assertEqual(damaged, (kept / "log" / "00000000000000000001.segment").read_bytes())
        self.assertTrue((kept / "identity.json").exists())

    def test_finds_the_members_that_it_knew(self):
        self.damage()
        self.node.start("--rejoin")
        self.is_back(4)

    def test_without_its_log_comes_back(self):
        shutil.rmtree(self.node.data / "log")
        self.refused("has lost its log", "--rejoin")
        self.node.start(*self.flags("--rejoin"))
        self.is_back(4)

    def test_with_an_identity_that_cannot_be_read_is_known_by_its_address(self):
        identity = self.node.data / "identity.json"
        identity.write_bytes(identity.read_bytes().replace(b'"id": 3', b'"id": 2'))
        self.refused("identity.json", "it is damaged", "--rejoin")
        self.node.start(*self.flags("--rejoin"))
        self.is_back(4)
        self.assertTrue((self.node.data / "aside-unknown-1" / "identity.json").exists())

    def test_whose_identity_is_missing_beside_its_log_starts_neither_as_new_nor_as_a_cluster(self):
        (self.node.data / "identity.json").unlink()
        before = self.contents()
        self.refused("identity.json is missing", "--rejoin", flags=self.flags("--makeMasterOnError"))
        self.assertEqual(before, self.contents())
        self.node.start(*self.flags("--rejoin"))
        self.is_back(4)

    def test_that_always_has_the_flag_keeps_what_is_whole(self):
        for _ in range(2):
            self.node.start(*self.flags("--rejoin"))
            self.is_back(3)
            self.node.signal(SIGTERM)
            self.assertEqual(0, self.node.wait_for_exit())
        self.assertIn("--rejoin changes nothing", self.node.said())
        self.assertEqual([], list(self.node.data.glob("aside-*")))

    def test_that_reaches_nobody_moves_nothing_and_founds_no_cluster(self):
        self.damage()
        for other in self.cluster.nodes[:2]:
            other.signal(signal.SIGSTOP)
        before = self.contents()
        self.node.start(*self.flags("--rejoin", "--makeMasterOnError", "--join-timeout", "1"))
        self.assertEqual(EXIT_NOBODY, self.node.wait_for_exit(), self.node.said())
        self.assertEqual(before, self.contents())
        for other in self.cluster.nodes[:2]:
            other.signal(signal.SIGCONT)
        self.node.start(*self.flags())  # it has begun: also without the flag the old node never votes again
        self.is_back(4)

    def test_killed_and_cut_off_power_at_every_call_makes_one_new_member(self):
        self.damage()
        identity, note = self.node.data / "identity.json", self.node.data / "rejoin.json"
        call = 0
        while note.exists() or not identity.exists() or b'"id": 3' in identity.read_bytes():
            call += 1
            for keeps in ({"keeps": 100}, {}):  # a kill; then the power
                self.node.environment = power.environment(self.node, seed=call, at=call, **keeps)
                self.node.start(*self.flags(*([] if note.exists() and call % 2 else ["--rejoin"])))
                self.assertEqual(-signal.SIGKILL, self.node.wait_for_exit(), self.node.said())
        self.node.environment = {}
        self.node.start(*self.flags())
        self.is_back(4)
        print(f"back after {call} kills and as many power cuts")


class OnlyMember(ClusterTest):
    def test_with_a_damaged_log_is_told_that_it_is_the_only_copy_and_loses_nothing(self):
        node = self.cluster.add_node()
        for number in range(50):
            self.append(node, f"message {number}" + "." * 500)
        node.kill()
        segment = node.data / "log" / "00000000000000000001.segment"
        data = bytearray(segment.read_bytes())
        data[9_000] ^= 1
        segment.write_bytes(data)
        node.start()
        self.assertEqual(1, node.wait_for_exit())
        self.assertIn("only copy", node.said())
        node.start("--rejoin", "--makeMasterOnError", "--clusterip", node.address, "--join-timeout", "1")
        self.assertEqual(EXIT_NOBODY, node.wait_for_exit(), node.said())
        self.assertEqual(bytes(data), segment.read_bytes())


class OneOfTwo(ClusterTest):
    def test_comes_back_once_its_old_id_was_removed_by_hand(self):
        # The survivor has lost its majority: it removes nobody on its own (G6, G9).
        leader, node = self.cluster.start(2)
        self.append(leader, "kept")
        self.cluster.wait_until_whole(2)
        node.kill()
        shutil.rmtree(node.data / "log")
        until(lambda: leader.leader_id() is None, "the survivor has noticed")
        node.start("--rejoin", "--clusterip", leader.address)
        until(lambda: "waiting to join" in node.said(), "it says what it waits for")
        removed = self.cluster.ctl("remove", "2", at=leader)
        self.assertEqual(0, removed.returncode, removed.stderr)
        until(lambda: node.status()["id"] == 3, "it is a new member")
        self.cluster.wait_until_whole(2)
        self.assertEqual([b"kept"], packets.tail(node.address))


class EmptiedDirectory(Rejoining):
    def test_of_a_voter_joins_from_its_address_three_times_in_a_row(self):  # T27
        for new_id in (4, 5, 6):
            shutil.rmtree(self.node.data)
            self.node.start(*self.flags())
            self.is_back(new_id)
            self.node.kill()
        self.node.start(*self.flags())
        self.is_back(6)
