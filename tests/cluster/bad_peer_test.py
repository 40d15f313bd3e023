"""Strangers that play a member, or want to become one many times over: refused in the documented words, and the cluster,
whose producer goes on, neither believes nor waits for any of them."""
import json

from harness import packets
from harness.waiting import until
from siege import MIB, Siege

NOBODY_LISTENS = "127.0.0.1:1"
ROUND_MAX = 2 ** 53
MEMBERS_MAX = 64


def consensus_packets(ballot, last):
    """One of each kind, as a member would send it, in the name of a ballot, and of a far greater one."""
    b = [ballot["round"], ballot["priority"], ballot["id"]]
    greater = [ballot["round"] + 1000, 0, 3]
    end = {"lb": b, "last": last, "dec": last}
    return [("hbreq", {"r": 1}), ("hbreq, the leader is lost", {"r": 1, "lost": b}),
            ("hbrep", {"r": 1, "b": greater, "ldr": greater, "happy": True, "qc": True, "last": last, "prio": 9, "room": True}),
            ("prepare", {"b": greater, **end}), ("prepare of the running ballot", {"b": b, **end}),
            ("prepare of the last round", {"b": [ROUND_MAX, 0, 3], **end}),
            ("promise", {"b": b, **end}), ("pull", {"b": b, **end}),
            ("suffix", {"b": b, "prev": last, "pb": b, "n": 0}),
            ("accept", {"b": greater, "dec": 2 ** 64 - 1, "rd": 3, "prev": last, "pb": b, "n": 0}),
            ("accept of the running ballot", {"b": b, "dec": last + 1000, "rd": 3, "prev": last, "pb": b, "n": 0}),
            ("snapshot", {"b": greater, "idx": last + 1000, "ib": greater, "total": 10, "pos": 0, "dec": last, "rd": 3}),
            ("accepted", {"b": b, "m": last + 1000, "g": last + 1000, "rd": 2 ** 64 - 1}),
            ("mismatch", {"b": b, "lb": b, "last": 0, "dec": 0}), ("nack", {"b": b, "p": greater}),
            ("takeover", {"b": b}), ("removed", {}), ("readindex", {"request": 7}), ("readindex, answered", {"request": 7, "idx": 1}),
            ("fetch", {"from": 1, "to": 2 ** 64 - 1}), ("entries", {"prev": 0, "pb": b, "n": 0})]


class Impostors(Siege):
    def setUp(self):
        super().setUp()
        self.status = self.leader.status()
        self.key = json.loads((self.leader.data / "identity.json").read_text())["key"]

    def hello(self, **fields):
        """As the follower would say it to the leader, but for `fields`."""
        return {"type": "hello", "version": [1, 1], "cluster": self.status["cluster"], "epoch": 0, "former": [],
                "from": self.follower.id, "to": self.leader.id, "incarnation": self.random.getrandbits(63),
                "address": NOBODY_LISTENS, "priority": 0, "key": self.key, **fields}

    def consensus_packets(self):
        return [{"type": name.split(",")[0].split(" ")[0], **fields}
                for name, fields in consensus_packets(self.status["ballot"], self.status["decided"])]

    def test_without_a_right_hello_are_refused_and_what_they_send_is_not_taken(self):
        behind = b"".join(json.dumps(packet).encode() + b"\n" for packet in self.consensus_packets())
        for name, fields, code in (
                ("a hello of another cluster", {"cluster": "0" * 32}, "wrong-cluster"),
                ("a hello of another epoch", {"epoch": 1}, "wrong-cluster"),
                ("a hello with a wrong key", {"key": "0" * len(self.key)}, "not-a-member"),
                ("a hello with the beginning of the key", {"key": self.key[:-1]}, "not-a-member"),
                ("a hello without a key", {"key": ""}, "not-a-member"),
                ("a hello to another node", {"to": 99}, "wrong-node"),
                ("a hello of node 0", {"from": 0}, "not-a-member"),
                ("a hello of the node itself", {"from": self.leader.id}, "not-a-member"),
                ("a hello of versions to come", {"version": [2, 9]}, "version"),
                ("a hello in the name of a member that lives", {}, "id-in-use")):
            with self.attack(name):
                self.refused(json.dumps(self.hello(**fields)).encode() + b"\n" + behind, code, closed=True)
        for name, fields in (("a hello of versions backwards", {"version": [9, 1]}), ("a hello of node -1", {"from": -1}),
                             ("a hello with 10000 former clusters", {"former": [7] * 10000})):
            with self.attack(name):
                self.refused(json.dumps(self.hello(**fields)).encode() + b"\n", "bad-packet", closed=False)

        self.send_what_members_send()

    def send_what_members_send(self):
        for (name, _), packet in zip(consensus_packets(self.status["ballot"], self.status["decided"]), self.consensus_packets()):
            with self.attack(f"{name} of a stranger"):
                for node in self.cluster.nodes:
                    self.refused(json.dumps(packet).encode() + b"\n", "not-a-member", closed=True, node=node)
        with self.attack("a prepare of a round over 2^53"):
            packet = {"type": "prepare", "b": [ROUND_MAX + 1, 0, 3], "lb": [0, 0, 0], "last": 0, "dec": 0}
            self.refused(json.dumps(packet).encode() + b"\n", "bad-packet", closed=False)
        with self.attack("a thousand of them, in any order, again and again"):
            known = self.consensus_packets()
            for _ in range(100):
                with self.connect(self.random.choice(self.cluster.nodes)) as connection:
                    for packet in self.random.choices(known, k=10):
                        connection.send(packet)
                    self.assert_error("not-a-member", connection.receive())

    def test_with_the_key_are_members_to_come_until_they_were_removed(self):
        """Whoever has the key has joined, and is trusted; a member that this node has not heard of yet is none to refuse."""
        hello = self.hello(**{"from": 99})
        with self.attack("hello twice on one connection"):
            with self.connect() as connection:
                for _ in range(2):
                    self.assertEqual("hello", connection.request(hello)["type"])
        with self.attack("hello on a second connection"):
            first, second = self.connect(), self.connect()
            self.assertEqual("hello", first.request(hello)["type"])
            self.assertEqual("hello", second.request(hello)["type"])
            self.assert_closed(first)
            self.refused(json.dumps({**hello, "incarnation": 1}).encode() + b"\n", "id-in-use", closed=True)
            second.close()
        with self.attack("a body over the limit between members"):
            with self.connect() as connection:
                self.assertEqual("hello", connection.request(hello)["type"])
                connection.send_raw(b'{"type":"accept","bytes":%d}\n' % (16 * MIB + 1))
                self.assert_error("too-large", connection.receive())
                self.assert_closed(connection)
        with self.attack("entries that do not add up"):
            with self.connect() as connection:
                self.assertEqual("hello", connection.request(hello)["type"])
                for body in (b"\0" * 48, bytes(range(256)) * 16, b"\xff" * 100):
                    connection.send({"type": "accept", "b": [ROUND_MAX, 0, 99], "dec": 0, "rd": 0, "prev": 0, "pb": [0, 0, 0],
                                     "n": 1}, body)
                    self.assert_error("bad-packet", connection.receive())

        node = self.cluster.add_node()
        node.kill()
        self.assertEqual("done", self.leader.ask({"type": "remove", "member": node.id})["type"])
        with self.attack("a hello of a member that was removed"):
            self.refused(json.dumps(self.hello(**{"from": node.id})).encode() + b"\n", "removed", closed=True)


class Joiners(Siege):
    def join(self, token, address, **fields):
        return {"type": "join", "token": token, "address": address, "priority": 0, **fields}

    def members(self):
        return self.leader.status()["members"]

    def remove(self, member):
        until(lambda: self.leader.ask({"type": "remove", "member": member})["type"] == "done", f"member {member} is removed")

    def test_are_one_member_each_at_most_and_take_no_vote(self):
        for name, packet, code in (
                ("a join without a token", self.join("", NOBODY_LISTENS), "bad-packet"),
                ("a join with a token of 65 bytes", self.join("x" * 65, NOBODY_LISTENS), "bad-packet"),
                ("a join from an address of 256 bytes", self.join("t", "h" * 254 + ":1"), "bad-packet"),
                ("a join from an address with a line break", self.join("t", "host\n:1"), "bad-packet"),
                ("a join from an address of the terminal's commands", self.join("t", "\x1b[2J:1"), "bad-packet"),
                ("a join with priority 2^32", self.join("t", NOBODY_LISTENS, priority=2 ** 32), "bad-packet"),
                ("a join that replaces node 0", self.join("t", NOBODY_LISTENS, replaces=0), "bad-packet"),
                ("a join to another cluster", self.join("t", NOBODY_LISTENS, cluster="0" * 32), "wrong-cluster"),
                ("a join from the leader's own address", self.join("t", self.leader.address), "refused"),
                ("a join from the address of a member that lives", self.join("t", self.follower.address), "retry")):
            with self.attack(name):
                self.refused(json.dumps(packet).encode() + b"\n", code, closed=False)
        with self.attack("a join at a follower"):
            self.refused(json.dumps(self.join("t", NOBODY_LISTENS)).encode() + b"\n", "not-leader", closed=False, node=self.follower)
        self.assertEqual(3, len(self.members()))

        with self.attack("500 joins with one token"):
            with self.connect() as connection:
                for _ in range(500):
                    connection.send(self.join("one", NOBODY_LISTENS, stays_learner=True))
                answers = [connection.receive() for _ in range(500)]
            for answer in answers:
                self.assertIn(answer.get("code", answer["type"]), ("retry", "joined"))
            until(lambda: self.leader.ask(self.join("one", NOBODY_LISTENS))["type"] == "joined", "it is a member")
            ids = [member["id"] for member in self.members()]
            self.assertEqual(4, len(ids))
            self.remove(max(ids))

        members = []
        with self.attack("as many joins as it takes, each with a token and an address of its own"):
            with self.connect() as connection:
                answers, asked = [], 0
                while "refused" not in answers:
                    numbers = range(asked + 1, asked + 101)
                    for number in numbers:
                        connection.send(self.join(f"token {number}", f"127.0.0.1:{number}"))
                    answers = [connection.receive().get("code") for _ in numbers]
                    self.assertLessEqual(set(answers), {"retry", "refused"})
                    asked += len(numbers)
                    self.assertLess(asked, 20000)
            members = self.members()
            self.assertEqual(MEMBERS_MAX, len(members))
            self.assertEqual(3, sum(member["vote"] for member in members))
        with self.attack("their removal"):
            for member in members:
                if not member["vote"]:
                    self.remove(member["id"])
            self.assertEqual(3, len(self.members()))
