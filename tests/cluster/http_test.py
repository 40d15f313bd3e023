"""HTTP on the node's one port, as curl speaks it."""
import json
import signal
import subprocess

from case import ClusterTest
from harness import packets, processes
from harness.waiting import until


class Reply:
    """What curl printed: the status, the headers in lower case, the body."""

    def __init__(self, text):
        head, _, self.body = text.partition(b"\r\n\r\n")
        while head.startswith(b"HTTP/1.1 100"):
            head, _, self.body = self.body.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        self.status = int(first.split()[1])
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def json(self):
        return json.loads(self.body)


def curl_command(node, path, *flags):
    return ["curl", "--silent", "--show-error", "--include", "--max-time", "30", *flags, f"http://{node.address}{path}"]


def curl(node, path, *flags, stdin=None):
    done = subprocess.run(curl_command(node, path, *flags), input=stdin, capture_output=True, timeout=60)
    if done.returncode != 0:
        raise OSError(f"curl: {done.returncode}: {done.stderr.decode()}")
    return Reply(done.stdout)


class HttpQuestions(ClusterTest):
    def test_are_answered_by_every_member_as_packets_are(self):
        self.cluster.start(3)
        leader = self.cluster.wait_until_whole(3)
        for node in self.cluster.nodes:
            status = curl(node, "/v1/status").json()
            self.assertEqual((node.id, leader.id, 3),
                             (status["id"], status["leader"]["id"], len(status["members"])), status)
            self.assertEqual("leader" if node is leader else "follower", status["role"])
            self.assertEqual([member["id"] for member in node.ask({"type": "members"})["members"]],
                             [member["id"] for member in curl(node, "/v1/members").json()["members"]])
            self.assertEqual({"id": leader.id, "address": leader.address}, curl(node, "/v1/leader").json()["leader"])
            reply = curl(node, "/v1/leader")
            self.assertEqual((200, "application/json"), (reply.status, reply.headers["content-type"]))
            self.assertNotIn("type", reply.json())

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
