"""What clients, people and strangers send, and what they get."""
import json
import shutil
import subprocess
import unittest

from case import ClusterTest
from harness import packets, processes
from harness.waiting import until

ARTICLE = {"source": {"nodeId": "7", "nodeIpAddr": "127.0.0.1", "port": "8009"},
           "dest": {"nodeId": "0", "nodeIpAddr": "127.0.0.1", "port": "8001"}, "message": "hello"}


class Append(ClusterTest):
    def setUp(self):
        super().setUp()
        self.cluster.start(3)
        self.leader = self.cluster.wait_until_whole()

    def test_repeated_through_another_leader_is_stored_once_at_the_same_offset(self):
        producer = self.leader.ask({"type": "register"})["producer"]
        request = {"type": "append", "message": "once", "producer": producer, "sequence": 1}
        first = self.leader.ask(request)
        self.assertEqual(first, self.leader.ask(request))
        self.leader.kill()
        self.assertEqual(first, self.cluster.wait_for_leader().ask(request))
        self.assertEqual([b"once"], packets.tail(self.cluster.running()[0].address))

    def test_at_a_follower_names_the_leader(self):
        follower = next(node for node in self.cluster.nodes if node is not self.leader)
        answer = follower.ask({"type": "append", "message": "here?", "id": "my request"})
        self.assert_error("not-leader", answer)
        self.assertEqual({"id": self.leader.id, "address": self.leader.address}, answer["leader"])
        self.assertEqual("my request", answer["id"])

    def test_with_a_gap_or_an_unknown_producer_is_refused(self):
        producer = self.leader.ask({"type": "register"})["producer"]
        answer = self.leader.ask({"type": "append", "message": "x", "producer": producer, "sequence": 5})
        self.assert_error("sequence-gap", answer)
        self.assertEqual(1, answer["expected"])
        self.assert_error("unknown-producer", self.leader.ask(
            {"type": "append", "message": "x", "producer": 999999, "sequence": 1}))

    def test_of_many_messages_in_one_body_counts_their_offsets(self):
        texts = [b"", b"line\nbreak", b"\x00\xff binary", "ü".encode()] * 16
        self.assertEqual({"type": "appended", "offset": 0, "count": 64},
                         self.leader.ask({"type": "append", "count": 64}, packets.pack(texts)))
        self.assertEqual(64, self.append(self.leader, "next"))
        for node in self.cluster.nodes:
            self.assertEqual(texts + [b"next"], packets.tail(node.address))

    def test_through_bellwetherctl_reaches_the_leader_from_any_member(self):
        for node in self.cluster.nodes:
            done = self.cluster.ctl("append", f"through {node.name}", at=node)
            self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual([f"through {node.name}".encode() for node in self.cluster.nodes],
                         packets.tail(self.leader.address))

    def test_is_printed_by_the_leader_in_one_line(self):
        self.append(self.leader, "two\nlines")
        until(lambda: "0 two\\nlines\n" in self.leader.printed(), "the leader prints it")
        for node in self.cluster.nodes:
            if node is not self.leader:
                self.assertEqual("", node.printed())

    def test_pipelined_is_answered_in_order(self):
        with packets.Connection(self.leader.address) as connection:
            for number in range(100):
                connection.send({"type": "append", "message": str(number), "id": number})
            answers = [connection.receive() for _ in range(100)]
        self.assertEqual(list(range(100)), [answer["id"] for answer in answers])
        self.assertEqual(list(range(100)), [answer["offset"] for answer in answers])


class LargestAppends(ClusterTest):
    def test_side_by_side_are_stored(self):
        """Each fills an entry to the last byte: two of them, or a small one before them, must not share one."""
        self.cluster.flags = ["--heartbeat", "2000"]  # with sanitizers a node may be busy with one of them for long
        self.cluster.start(3)
        leader = self.cluster.wait_until_whole()
        largest = b"x" * (8 * 1024 * 1024 - 4)  # a message and its length
        with packets.Connection(leader.address) as connection:
            connection.send({"type": "append", "message": "small"})
            for _ in range(3):
                connection.send({"type": "append", "count": 1}, packets.pack([largest]))
            connection.send({"type": "append", "message": "small"})
            self.assertEqual([0, 1, 2, 3, 4], [connection.receive()["offset"] for _ in range(5)])
        self.assert_error("too-large", leader.ask({"type": "append", "count": 1}, packets.pack([largest + b"x"])))
        for node in self.cluster.nodes:
            until(lambda: [b"small", largest, largest, largest, b"small"] == packets.tail(node.address),
                  f"{node.name} gives all of them back")


class Netcat(ClusterTest):
    """The README's way to type a packet."""

    def setUp(self):
        super().setUp()
        if not shutil.which("nc"):
            raise unittest.SkipTest("nc is not installed")
        self.leader = self.cluster.add_node()

    def nc(self, text, *flags):
        return subprocess.run(["nc", *flags, "127.0.0.1", str(self.leader.port)], input=text, capture_output=True,
                              text=True, timeout=20).stdout

    def test_appends_and_gets_its_answer_after_a_half_close(self):
        answer = json.loads(self.nc('{"type":"append","message":"hello"}\n', "-N"))
        self.assertEqual({"type": "appended", "offset": 0, "count": 1}, answer)

    def test_gets_every_answer_of_many_packets(self):
        lines = self.nc('{"type":"append","message":"hello"}\n' * 50, "-N").splitlines()
        self.assertEqual(list(range(50)), [json.loads(line)["offset"] for line in lines])

    def test_reads_the_log_as_text(self):
        self.nc('{"type":"append","message":"hello"}\n', "-N")
        lines = [json.loads(line) for line in self.nc('{"type":"tail","text":true}\n', "-N").splitlines()]
        self.assertEqual({"type": "message", "offset": 0, "message": "hello"}, lines[0])
        self.assertEqual(("end", 1, "caught-up"), (lines[1]["type"], lines[1]["next"], lines[1]["reason"]))


class Producer(ClusterTest):
    def run_producer(self, *flags, stdin=None):
        child = processes.start([self.cluster.program("bellwether-producer"), *flags], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, err = child.communicate(stdin, timeout=60)
        return subprocess.CompletedProcess(flags, child.returncode, out, err)

    def test_sends_count_messages_through_any_member(self):
        self.cluster.start(3)
        leader = self.cluster.wait_until_whole()
        follower = next(node for node in self.cluster.nodes if node is not leader)
        done = self.run_producer("--clusterip", follower.address, "--interval", "0", "--count", "500", "--size", "100")
        self.assertEqual(0, done.returncode, done.stderr)
        stored = packets.tail(follower.address)
        self.assertEqual(500, len(stored))
        self.assertEqual(500, len(set(stored)))
        self.assertEqual({100}, {len(text) for text in stored})

    def test_keeps_lines_as_they_are(self):
        node = self.cluster.add_node()
        text = b"plain\n\n  blanks  \ntab\there\ncarriage\r\n\xff\xfe not UTF-8\n" + b"x" * 100_000 + b"\nno line break at the end"
        done = self.run_producer("--clusterip", node.address, "--stdin", stdin=text)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(text.split(b"\n"), packets.tail(node.address))

    def test_without_a_cluster_says_so(self):
        nobody = self.cluster.new_node()
        child = processes.start([self.cluster.program("bellwether-producer"), "--clusterip", nobody.address, "--stdin"],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        child.communicate(timeout=60)  # nothing to send: it may succeed or give up, but it must end


class Ctl(ClusterTest):
    def test_fails_with_a_clear_line_when_nobody_answers(self):
        nobody = self.cluster.new_node()
        done = self.cluster.ctl("status", at=nobody)
        self.assertNotEqual(0, done.returncode)
        self.assertIn(nobody.address.encode(), done.stderr)

    def test_tails_from_an_offset_with_a_limit(self):
        node = self.cluster.add_node()
        node.ask({"type": "append", "count": 5}, packets.pack([b"a", b"b", b"c", b"d", b"e"]))
        done = self.cluster.ctl("tail", "--from", "1", "--limit", "3", "--offsets", at=node)
        self.assertEqual((0, b"1\tb\n2\tc\n3\td\n"), (done.returncode, done.stdout))

    def test_removes_a_member_and_moves_the_leader(self):
        self.cluster.start(3)
        leader = self.cluster.wait_until_whole()
        self.move_leader(self.cluster.nodes[1], at=leader)
        self.cluster.wait_until_whole(3)
        removed = self.cluster.ctl("remove", "3", at=leader)
        self.assertEqual(0, removed.returncode, removed.stderr)
        rest = self.cluster.nodes[:2]
        until(lambda: all(len(node.status()["members"]) == 2 for node in rest), "two members remain")
        self.assertNotEqual(0, self.cluster.ctl("remove", "9", at=leader).returncode)

    def test_without_a_command_is_a_usage_error(self):
        child = processes.start([self.cluster.program("bellwetherctl")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.assertNotEqual(0, child.wait(20))


class Strangers(ClusterTest):
    """Nothing that comes in stops the node or is stored."""

    def setUp(self):
        super().setUp()
        self.node = self.cluster.add_node()

    def tearDown(self):
        self.assertEqual(0, self.append(self.node, "the first message of all"))
        super().tearDown()

    def answer_to(self, data):
        with packets.Connection(self.node.address) as connection:
            connection.send_raw(data)
            return connection.receive()

    def test_get_a_code_for_each_broken_packet(self):
        for data, code in ((b'{"type":"append","message":12}\n', "bad-packet"),
                           (b'{"type":"append"}\n', "bad-packet"),
                           (b'{"type":"append","message":"x","producer":"me"}\n', "bad-packet"),
                           (b'{"type":"append","message":"x","producer":-1,"sequence":1}\n', "bad-packet"),
                           (b'{"type":"dance"}\n', "unknown-type"),
                           (b'{"no":"type"}\n', "bad-packet"),
                           (b'{not json}\n', "bad-packet"),
                           (b'{"type":"append","message":"\xff\xfe"}\n', "bad-packet"),
                           (b'{"type":"append","count":2,"bytes":5}\n\x01\x00\x00\x00x', "bad-packet"),
                           (b'{"type":"append","count":1,"bytes":99999999}\n', "too-large"),
                           (b'{"type":"append","message":"' + b"x" * 70_000 + b'"}\n', "too-large"),
                           (b'{"type":' + b"[" * 1000 + b"]" * 1000 + b"}\n", "bad-packet")):
            with self.subTest(packet=data[:60]):
                self.assert_error(code, self.answer_to(data))

    def test_that_speak_syslog_or_tls_are_refused(self):
        for data in (b"<13>Nov 20 20:31:38 host root: hello\n", b"102 <13>1 hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"):
            with self.subTest(first=data[:1]), packets.Connection(self.node.address) as connection:
                connection.send_raw(data)
                connection.read_to_end()

    def test_with_the_packet_of_the_article_are_answered_in_its_shape(self):
        with packets.Connection(self.node.address) as connection:
            answer = connection.request(ARTICLE)
            self.assertEqual(b"", connection.read_to_end())
        self.assertEqual({"nodeId", "nodeIpAddr", "port"}, set(answer["source"]))
        self.assertEqual("1", str(answer["source"]["nodeId"]))
        self.assertEqual(str(self.node.port), str(answer["source"]["port"]))
        self.assertEqual(ARTICLE["source"], answer["dest"])
        self.assertTrue(answer["message"])

    def test_that_close_in_the_middle_of_a_packet_are_forgotten(self):
        for data in (b'{"type":"app', b'{"type":"append","count":1,"bytes":100}\n\x05\x00', b"{"):
            with packets.Connection(self.node.address) as connection:
                connection.send_raw(data)

    def test_that_play_a_member_without_its_key_are_refused(self):
        status = self.node.status()
        hello = {"type": "hello", "version_min": 1, "version_max": 1, "version": [1, 1], "cluster": status["cluster"], "epoch": 0,
                 "former": [], "from": 1, "to": 1, "incarnation": 5, "address": "127.0.0.1:1", "priority": 0, "key": "00"}
        with packets.Connection(self.node.address) as connection:
            connection.send(hello)
            connection.send({"type": "prepare", "b": [99, 0, 1], "lb": [0, 0, 0], "last": 0, "dec": 0})
            connection.read_to_end()
        self.assertEqual(status["ballot"], self.node.status()["ballot"])
