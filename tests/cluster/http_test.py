"""HTTP on the node's one port, as curl speaks it."""
import base64
import itertools
import json
import signal
import subprocess
import threading

from case import ClusterTest
from harness import packets, processes
from harness.curl import curl, curl_command
from harness.waiting import until


class HttpQuestions(ClusterTest):
    def test_are_answered_by_every_member_as_packets_are(self):
        self.cluster.start(3)
        leader = self.cluster.wait_until_whole(3)
        for node in self.cluster.nodes:
            status = curl(node, "/v1/status").json()
            self.assertEqual((node.id, leader.id, 3),
                             (status["id"], status["leader"]["id"], len(status["members"])), status)
            self.assertEqual("leader" if node is leader else "follower", status["role"])
            self.assertEqual({"id": leader.id, "address": leader.address}, curl(node, "/v1/leader").json()["leader"])
            reply = curl(node, "/v1/leader")
            self.assertEqual((200, "application/json"), (reply.status, reply.headers["content-type"]))
            self.assertNotIn("type", reply.json())

    def test_are_answered_with_all_that_a_packet_says(self):
        first = self.cluster.add_node()
        learner = self.cluster.new_node()
        learner.start("--clusterip", first.address, "--learner")
        until(lambda: len(first.status()["members"]) == 2, "the learner has joined")

        def says(node, question, *fields):
            def agrees():
                packet = node.ask({"type": question})
                del packet["type"]
                answer = curl(node, f"/v1/{question}").json()
                return answer == packet and all(field in json.dumps(answer) for field in fields)
            until(agrees, f"{node.name} answers /v1/{question} as it does the packet")
        for node in self.cluster.nodes:
            says(node, "members", '"learner": true')
            says(node, "status", '"learner": true')
        first.kill()
        # Not as a whole: how long the other one has been silent differs from one question to the next.
        until(lambda: learner.status().get("no_leader", "") == curl(learner, "/v1/status").json().get("no_leader"),
              "both say why nobody leads")

    def test_about_readiness_say_why_not(self):
        first, second = self.cluster.start(2)
        until(lambda: curl(second, "/readyz").status == 200, "both are ready")
        self.assertEqual(b"ready\n", curl(first, "/readyz").body)
        second.kill()
        until(lambda: curl(first, "/readyz").status == 503, "the rest of it is not")
        reply = curl(first, "/readyz")
        self.assertEqual((b"no-leader\n", "1"), (reply.body, reply.headers["retry-after"]))
        self.assertIn(b"[-]leader: no majority", curl(first, "/readyz?verbose").body)
        self.assertEqual(200, curl(first, "/healthz").status)
        self.assertIsNone(curl(first, "/v1/leader").json()["leader"])

    def test_reach_a_node_that_is_no_member_yet(self):
        listener = processes.free_port()
        node = self.cluster.new_node()
        node.start("--clusterip", f"127.0.0.1:{listener}", "--join-timeout", "60")

        def lives():
            try:
                return curl(node, "/healthz").status == 200
            except OSError:
                return False
        until(lives, "it answers")
        self.assertEqual((503, b"no-leader\n"), (curl(node, "/readyz").status, curl(node, "/readyz").body))
        self.assertEqual((503, "no-leader"), (curl(node, "/v1/status").status, curl(node, "/v1/status").json()["code"]))
        node.signal(signal.SIGTERM)
        self.assertEqual(0, node.wait_for_exit())


def message_of(line):
    return json.loads(line)["message"]


class HttpMessages(ClusterTest):
    def messages(self, node, query="", *flags):
        reply = curl(node, "/v1/messages" + query, *flags)
        self.assertEqual((200, "application/x-ndjson"), (reply.status, reply.headers["content-type"]), reply.body)
        return [json.loads(line) for line in reply.body.splitlines()]

    def test_come_in_at_every_member_and_go_out_at_every_member(self):
        self.cluster.start(3)
        self.cluster.wait_until_whole(3)
        for number, node in enumerate(self.cluster.nodes):
            reply = curl(node, "/v1/messages", "--data-binary", f"message {number}\n")
            self.assertEqual((200, {"offset": 2 * number, "count": 1}), (reply.status, reply.json()))
            reply = curl(node, "/api/v1/log", "-d", f"line {number}")
            self.assertEqual((200, b"OK"), (reply.status, reply.body))
        expected = [text for number in range(3) for text in (f"message {number}\n", f"line {number}")]
        for node in self.cluster.nodes:
            read = self.messages(node)
            self.assertEqual(expected, [message["message"] for message in read])
            self.assertEqual(list(range(6)), [message["offset"] for message in read])
            self.assertRegex(read[0]["time"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertEqual(expected[2:4], [message["message"] for message in self.messages(node, "?from=2&limit=2")])

    def test_of_many_lines_are_one_group(self):
        self.cluster.start(2)
        body = b"".join(b'{"number":%d}\n' % number for number in range(1000))
        for base, node in enumerate(self.cluster.nodes):
            reply = curl(node, "/v1/messages", "-H", "Content-Type: application/x-ndjson", "--data-binary", "@-", stdin=body)
            self.assertEqual({"offset": 1000 * base, "count": 1000}, reply.json())
        read = self.messages(self.cluster.nodes[0], "?from=1000")
        self.assertEqual(body.decode().splitlines(), [message["message"] for message in read])

    def test_of_any_bytes_and_sizes_come_back(self):
        node = self.cluster.add_node()
        for body in (b"", b"\xff\x00", bytes(range(256)), b"x" * 3_000_000):
            for flags in ((), ("-H", "Transfer-Encoding: chunked")):
                reply = curl(node, "/v1/messages", "--data-binary", "@-", *flags, stdin=body)
                self.assertEqual(200, reply.status, reply.body[:200])
                offset = reply.json()["offset"]
                (message,) = self.messages(node, f"?from={offset}")
                found = base64.b64decode(message["base64"]) if "base64" in message else message["message"].encode()
                self.assertEqual(body, found)
        reply = curl(node, "/v1/messages", "--data-binary", "@-", stdin=b"x" * (8 * 1024 * 1024 - 3))
        self.assertEqual((413, "too-large"), (reply.status, reply.json()["code"]))
        reply = curl(node, "/v1/messages?from=x")
        self.assertEqual((400, "bad-packet"), (reply.status, reply.json()["code"]))

    def test_are_followed_as_events_and_resumed(self):
        node = self.cluster.add_node()
        curl(node, "/v1/messages", "-d", "zero")
        curl(node, "/v1/messages", "-d", "one")
        reader = processes.start(curl_command(node, "/v1/messages", "-N", "-H", "Accept: text/event-stream",
                                              "-H", "Last-Event-ID: 0"), stdout=subprocess.PIPE)
        self.addCleanup(reader.stdout.close)
        self.addCleanup(processes.kill, reader)
        curl(node, "/v1/messages", "-d", "two")
        lines = (line.strip() for line in reader.stdout)
        data = [next(line for line in lines if line.startswith(word)) for word in (b"id:", b"data:", b"id:", b"data:")]
        self.assertEqual([b"id: 1", b"id: 2"], data[::2])
        self.assertEqual(["one", "two"], [message_of(line[len(b"data: "):]) for line in data[1::2]])

    def test_are_refused_without_a_majority_and_then_not_stored(self):
        first, second = self.cluster.start(2)
        second.kill()
        until(lambda: curl(first, "/readyz").status == 503, "it has noticed")
        reply = curl(first, "/v1/messages", "-d", "lost")
        self.assertEqual(503, reply.status, reply.body)
        self.assertIn(reply.json()["code"], ("no-leader", "no-majority"))
        self.assertEqual("1", reply.headers["retry-after"])
        second.start()
        self.cluster.wait_for_leader()
        self.assertEqual(200, curl(second, "/v1/messages", "-d", "kept").status)
        self.assertEqual(["kept"], [message["message"] for message in self.messages(first)])


class HttpWhileMastersDie(ClusterTest):
    """The call of the original Go logger at every member, while masters are killed."""

    def test_no_acknowledged_message_is_lost_and_none_is_there_twice(self):
        self.cluster.start(5)
        self.cluster.wait_until_whole(5)
        over = threading.Event()
        sent, acknowledged, cut_off = [], [], []

        def produce(node, name):
            for number in itertools.count():
                if over.is_set() or not node.is_running():
                    return
                text = f"{name}-{number}"
                sent.append(text)
                try:
                    reply = curl(node, "/api/v1/log", "-d", text)
                except OSError:
                    cut_off.append(text)
                    return
                if reply.status == 200:
                    acknowledged.append(text)

        producers = [threading.Thread(target=produce, args=(node, f"{node.name}.{lane}"))
                     for node in self.cluster.nodes for lane in range(2)]
        for producer in producers:
            producer.start()
        try:
            for _ in range(2):
                before = len(acknowledged)
                until(lambda: len(acknowledged) > before + 50, "messages are acknowledged")
                self.cluster.wait_for_leader().kill()
            before = len(acknowledged)
            until(lambda: len(acknowledged) > before + 50, "messages are acknowledged again")
        finally:
            over.set()
            for producer in producers:
                producer.join()
        survivor = self.cluster.running()[0]
        stored = [message_of(line) for line in curl(survivor, "/v1/messages").body.splitlines()]
        self.assertEqual([], [text for text in acknowledged if stored.count(text) != 1])
        self.assertEqual([], [text for text in sent if stored.count(text) > 1])
        self.assertEqual(set(), set(stored) - set(sent))


    def test_a_message_under_way_at_a_master_that_hangs_is_stored_once(self):
        self.cluster.start(3)
        leader = self.cluster.wait_until_whole(3)
        follower, other = [node for node in self.cluster.nodes if node is not leader]
        for number in range(3):  # its connection to the leader is there, and its producer
            self.assertEqual(200, curl(follower, "/v1/messages", "-d", f"before {number}").status)
        leader.signal(signal.SIGSTOP)
        try:
            reply = curl(follower, "/v1/messages", "-d", "under way")
            self.assertEqual((200, {"offset": 3, "count": 1}), (reply.status, reply.json()))
        finally:
            leader.signal(signal.SIGCONT)
        self.cluster.wait_for_leader()
        for node in (leader, follower, other):
            stored = [message_of(line) for line in curl(node, "/v1/messages").body.splitlines()]
            self.assertEqual(["before 0", "before 1", "before 2", "under way"], stored)


class HttpStrangers(ClusterTest):
    def setUp(self):
        super().setUp()
        self.node = self.cluster.add_node()

    def tearDown(self):
        self.assertEqual(0, self.append(self.node, "the first message of all"))
        super().tearDown()

    def test_get_a_status_that_says_what_is_wrong(self):
        for path, flags, status in (("/", (), 404), ("/healthz", ("-d", "x"), 405), ("/healthz", ("-X", "DELETE"), 405),
                                    ("/healthz", ("-X", "BREW"), 501), ("/" + "x" * 9000, (), 414),
                                    ("/healthz", ("-H", "Host: a", "-H", "X: " + "y" * 70_000), 431),
                                    ("/healthz", ("-I",), 200), ("/healthz", ("-X", "OPTIONS"), 204)):
            with self.subTest(path=path[:20], flags=[flag[:20] for flag in flags]):
                reply = curl(self.node, path, *flags)
                self.assertEqual(status, reply.status)
                if status >= 400:
                    self.assertIn("message", reply.json())
        self.assertEqual("GET, HEAD, OPTIONS", curl(self.node, "/healthz", "-X", "OPTIONS").headers["allow"])

    def test_are_told_what_cannot_be_followed_and_closed(self):
        for data, status in ((b"GET / HTTP/1.1\r\nnonsense\r\n\r\n", b"400"), (b"GET / HTTP/3.0\r\n\r\n", b"505"),
                             (b"HELO here\r\n", b"501"), (b"POST / HTTP/1.1\r\nHost: x\r\n\r\n", b"411")):
            with self.subTest(data=data), packets.Connection(self.node.address) as connection:
                connection.send_raw(data)
                self.assertEqual(b"HTTP/1.1 " + status, connection.read_to_end()[:12])
