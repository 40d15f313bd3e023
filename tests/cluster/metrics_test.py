"""GET /metrics, read as Prometheus reads it and by Prometheus itself."""
import json
import pathlib
import re
import shutil
import subprocess
import urllib.parse
import urllib.request

from case import ClusterTest
from harness import packets, processes
from harness.curl import curl
from harness.waiting import until

LINE = re.compile(r'(?P<name>[a-z_]+)(\{(?P<labels>[^}]*)\})? (?P<value>\S+)')


def scrape(node):
    """{"name": value, 'name{label="x"}': value} and {name: type}."""
    reply = curl(node, "/metrics")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8"), reply.headers
    values, types = {}, {}
    for line in reply.body.decode().splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name not in types, f"{name} is there twice"
            types[name] = kind
        elif not line.startswith("#"):
            assert LINE.fullmatch(line), line
            name, _, value = line.rpartition(" ")
            assert name not in values, f"{name} is there twice"
            values[name] = float(value)
    return values, types


def program(test, name):
    path = shutil.which(name)
    if path is None:
        test.skipTest(f"{name} is not installed (Debian: prometheus)")
    return path


class Metrics(ClusterTest):
    def value(self, node, name):
        return scrape(node)[0][name]

    def test_count_what_was_appended(self):
        self.cluster.start(3)
        leader = self.cluster.wait_until_whole(3)
        before = {node.name: scrape(node)[0] for node in self.cluster.nodes}
        groups = [[b"%d of %d" % (number, size) for number in range(size)] for size in (1, 10, 1000)]
        for group in groups:
            answer = leader.ask({"type": "append", "count": len(group)}, packets.pack(group))
            self.assertEqual("appended", answer["type"], answer)
        for node in self.cluster.nodes:
            self.assertEqual(200, curl(node, "/v1/messages", "-d", "by HTTP").status)
        messages = sum(map(len, groups)) + 3
        for node in self.cluster.nodes:
            def growth(name):
                return self.value(node, name) - before[node.name][name]
            until(lambda: growth("bellwether_appended_messages_total") >= messages, f"{node.name} has them decided")
            self.assertEqual(messages, growth("bellwether_appended_messages_total"))
            self.assertEqual(messages, growth("bellwether_batch_messages_sum"))
            self.assertLess(sum(len(message) for group in groups for message in group),
                            growth("bellwether_appended_bytes_total"))
            self.assertEqual(messages, self.value(node, "bellwether_log_next_offset"))
            self.assertGreater(growth("bellwether_log_sync_seconds_count"), 0)
            self.assertEqual(len(groups) + 3 if node is leader else 0, growth("bellwether_acknowledgement_seconds_count"))

    def test_tell_roles_members_and_elections(self):
        self.cluster.start(3)
        leader = self.cluster.wait_until_whole(3)
        for node in self.cluster.nodes:
            values, types = scrape(node)
            role = "leader" if node is leader else "follower"
            self.assertEqual([f'bellwether_role{{role="{role}"}}'],
                             [name for name, value in values.items() if name.startswith("bellwether_role{") and value == 1])
            self.assertEqual((3, 0, 0), tuple(values[f'bellwether_members{{state="{state}"}}']
                                              for state in ("voter", "learner", "joining")))
            others = [other.id for other in self.cluster.nodes if other is not node]
            self.assertEqual([1, 1], [values[f'bellwether_member_reachable{{member="{other}"}}'] for other in others])
            self.assertEqual(node is leader, f'bellwether_replication_lag_entries{{member="{others[0]}"}}' in values)
            self.assertEqual("histogram", types["bellwether_acknowledgement_seconds"])
        before = {node.name: scrape(node)[0] for node in self.cluster.nodes}
        leader.kill()
        second = self.cluster.wait_for_leader()
        for node in self.cluster.running():
            def growth(name):
                return self.value(node, name) - before[node.name][name]
            self.assertGreater(growth("bellwether_leader_changes_total"), 0)
            if node is second:
                self.assertGreater(growth("bellwether_elections_started_total"), 0)
                self.assertGreater(growth("bellwether_elections_won_total"), 0)
            until(lambda: self.value(node, f'bellwether_member_reachable{{member="{leader.id}"}}') == 0, "it is missed")

    def test_count_refusals_and_connections(self):
        node = self.cluster.add_node()

        def refused(protocol, reason):
            return self.value(node, f'bellwether_requests_refused_total{{protocol="{protocol}",reason="{reason}"}}')
        self.assert_error("unknown-type", node.ask({"type": "nonsense"}))
        self.assertEqual(1, refused("packets", "unknown-type"))
        with packets.Connection(node.address) as connection:
            connection.send_raw(b"{nonsense}\n")
            self.assert_error("bad-packet", connection.receive())
        self.assertEqual(1, refused("packets", "bad-packet"))
        self.assertEqual(404, curl(node, "/nothing").status)
        self.assertEqual(1, refused("http", "unknown-type"))
        self.assertEqual(400, curl(node, "/v1/messages?from=x").status)
        with packets.Connection(node.address) as connection:
            connection.send_raw(b"GET / HTTP/1.1\r\nnonsense\r\n\r\n")
            connection.read_to_end()
        self.assertEqual(2, refused("http", "bad-packet"))
        with packets.Connection(node.address) as connection:
            connection.send_raw(b"<13>1 - - - - - - hello\n")
            connection.read_to_end()
        self.assertEqual(1, refused("packets", "not-built"))
        accepted = self.value(node, "bellwether_connections_accepted_total")
        self.assertEqual(accepted + 1, self.value(node, "bellwether_connections_accepted_total"))
        with packets.Connection(node.address) as connection:
            connection.request({"type": "leader"})
            until(lambda: self.value(node, "bellwether_connections") == 2, "two are open, this scrape's own included")

    def test_are_there_before_a_node_is_a_member(self):
        node = self.cluster.new_node()
        node.start("--clusterip", f"127.0.0.1:{processes.free_port()}", "--join-timeout", "60")
        values, _ = until(lambda: scrape(node), "it answers")
        self.assertEqual(1, values["bellwether_connections"])
        self.assertNotIn("bellwether_leader_known", values)

    def test_are_all_documented(self):
        self.cluster.start(2)
        leader = self.cluster.wait_until_whole(2)
        text = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "metrics.md").read_text()
        documented = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", text, re.MULTILINE))
        self.assertEqual(documented, scrape(leader)[1])

    def test_pass_promtool(self):
        promtool = program(self, "promtool")
        self.cluster.start(2)
        leader = self.cluster.wait_until_whole(2)
        done = subprocess.run([promtool, "check", "metrics"], input=curl(leader, "/metrics").body, capture_output=True, timeout=60)
        self.assertEqual((0, b"", b""), (done.returncode, done.stdout, done.stderr))

    def test_are_scraped_by_a_prometheus_server(self):
        prometheus = program(self, "prometheus")
        self.cluster.start(3)
        leader = self.cluster.wait_until_whole(3)
        targets = [node.address for node in self.cluster.nodes]
        folder = self.cluster.directory / "prometheus"
        folder.mkdir()
        (folder / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s"},
            "scrape_configs": [{"job_name": "bellwether", "static_configs": [{"targets": targets}]}]}))
        address = f"127.0.0.1:{processes.free_port()}"
        with open(folder / "log", "wb") as log:
            server = processes.start([prometheus, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                                      f"--web.listen-address={address}"], stdout=log, stderr=log, cwd=folder)
        self.addCleanup(processes.kill, server)

        def query(expression):
            url = f"http://{address}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
            with urllib.request.urlopen(url, timeout=10) as answer:
                return {one["metric"].get("instance"): float(one["value"][1]) for one in json.load(answer)["data"]["result"]}
        until(lambda: query("up") == {target: 1 for target in targets}, "all of them are up")
        self.assertEqual({leader.address: 1}, query('bellwether_role{role="leader"} == 1'))
        self.append(leader, "hello")
        until(lambda: query("bellwether_appended_messages_total") == {target: 1 for target in targets}, "they have the message")
