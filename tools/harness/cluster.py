"""A cluster of real nodes on free ports, each with a directory of its own under one temporary directory."""
import os
import pathlib
import re
import shutil
import signal
import tempfile

from harness import packets, processes
from harness.waiting import until

# What a node prints when it has found a fault of its own.
FAULT = re.compile(r"(Address|Leak|Thread|UndefinedBehavior)Sanitizer|runtime error:|assertion|terminate called|Aborted", re.I)


class Node:
    """One member-to-be: its port and directory stay, its process comes and goes."""

    def __init__(self, cluster, name, port=None):
        self.cluster = cluster
        self.name = name
        self.port = port or processes.free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.directory = cluster.directory / name
        self.directory.mkdir()
        self.data = self.directory / "data"
        self.stdout = self.directory / "stdout"
        self.stderr = self.directory / "stderr"
        self.flags = []
        self.entrance = []  # words before the command: where it runs
        self.own_flags = []  # that it always has
        self.environment = {}  # beside ours
        self.process = None
        self.id = None  # known once it has joined; see Cluster.add_node

    def start(self, *flags):
        """Starts it, the first time with these flags and from then on with the same ones if none are given."""
        self.flags = list(flags) or self.flags
        with open(self.stdout, "ab") as out, open(self.stderr, "ab") as err:
            self.process = processes.start(
                [*self.entrance, self.cluster.program("bellwether-node"), "--myport", self.port, *self.own_flags,
                 "--data-dir", self.data, *self.flags],
                stdin=processes.subprocess.DEVNULL, stdout=out, stderr=err, cwd=self.directory,
                env={**os.environ, **self.environment})
        return self

    def move(self):
        """To another port, from its next start on."""
        self.port = processes.free_port()
        self.address = f"127.0.0.1:{self.port}"

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """kill -9."""
        processes.kill(self.process)

    def signal(self, number):
        self.process.send_signal(number)

    def wait_for_exit(self):
        """The exit status, after waiting for it."""
        until(lambda: self.process.poll() is not None, f"{self.name} exits")
        return self.process.returncode

    def ask(self, header, body=b""):
        return packets.ask(self.address, header, body)

    def status(self):
        answer = self.ask({"type": "status"})
        if answer["type"] == "error":
            raise packets.Refused(answer)
        return answer

    def leader_id(self):
        """Who leads, as this node sees it; None while nobody does or nobody answers."""
        try:
            leader = self.ask({"type": "leader"}).get("leader")
        except OSError:
            return None
        return leader["id"] if leader else None

    def printed(self):
        return self.stdout.read_text(errors="replace") if self.stdout.exists() else ""

    def said(self):
        return self.stderr.read_text(errors="replace") if self.stderr.exists() else ""


class Cluster:
    """Starts nodes and waits for what they agree on; close() leaves neither process nor file behind."""

    def __init__(self, programs, flags=()):
        self.programs = pathlib.Path(programs).resolve()
        self.flags = list(flags)
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="bellwether-"))
        self.nodes = []

    def program(self, name):
        return self.programs / name

    def new_node(self, port=None):
        """A node that is not started yet."""
        node = Node(self, f"node{len(self.nodes) + 1}", port)
        self.nodes.append(node)
        return node

    def add_node(self, *flags, through=None):
        """Starts a node, the first one as a new cluster, and waits until it is a voter that knows the leader."""
        node = self.new_node()
        if len(self.nodes) == 1:
            node.start("--makeMasterOnError", "--clusterip", node.address, "--join-timeout", "1", *self.flags, *flags)
        else:
            through = through or next(other for other in self.running() if other is not node)
            node.start("--clusterip", through.address, *self.flags, *flags)
        until(lambda: self.is_voter(node), f"{node.name} has joined and votes")
        return node

    def is_voter(self, node):
        if not node.is_running():
            raise AssertionError(f"{node.name} exited with {node.process.returncode}: {node.said()}")
        status = node.status()
        node.id = status.get("id")
        own = [member for member in status["members"] if member["id"] == node.id]
        return status["leader"] and own and own[0]["vote"]

    def start(self, count):
        """The usual beginning: `count` nodes, the first of them the leader."""
        for _ in range(count):
            self.add_node()
        return self.nodes

    def running(self):
        return [node for node in self.nodes if node.is_running()]

    def by_id(self, node_id):
        return next((node for node in self.nodes if node.id == node_id), None)

    def wait_for_leader(self, among=None):
        """The node that all of `among` (default: all that run) call leader."""
        among = among or self.running()

        def agreed():
            seen = {node.leader_id() for node in among}
            leader = self.by_id(seen.pop()) if len(seen) == 1 else None
            return leader if leader and leader.is_running() else None
        return until(agreed, f"{', '.join(node.name for node in among)} agree on a leader")

    def wait_until_whole(self, count=None):
        """Until every member reaches every other, as it says itself, and has every entry. Returns the leader.

        A node that votes since a moment ago ranks below the others until it has heard a majority for a heartbeat."""
        count = count or len(self.running())

        def reaches_all(status):
            return len(status["members"]) == count and all(member["reachable"] and member["vote"]
                                                           for member in status["members"])

        def whole():
            leader = self.wait_for_leader()
            lags = [member["lag"] for member in leader.status()["members"] if not member["leads"]]
            return leader if all(reaches_all(node.status()) for node in self.running()) and all(
                lag is not None and lag <= 1000 for lag in lags) else None
        return until(whole, f"all {count} members reach each other and have caught up")

    def ctl(self, *arguments, at=None, stdin=None, timeout=60):
        """Runs bellwetherctl and returns the finished process, its output as bytes."""
        command, *rest = arguments
        at = at or self.running()[0]
        child = processes.start([self.program("bellwetherctl"), command, "--clusterip", at.address, *rest],
                                stdin=processes.subprocess.PIPE, stdout=processes.subprocess.PIPE,
                                stderr=processes.subprocess.PIPE)
        try:
            out, err = child.communicate(stdin, timeout=timeout)
        finally:
            processes.kill(child)
        return processes.subprocess.CompletedProcess(arguments, child.returncode, out, err)

    def faults(self):
        """Lines in which a node reports a fault of its own: an assertion, a sanitizer's finding."""
        return [f"{node.name}: {line}" for node in self.nodes for line in node.said().splitlines() if FAULT.search(line)]

    def describe(self, lines=25):
        """The end of what each node said, for a failed test."""
        parts = []
        for node in self.nodes:
            state = "runs" if node.is_running() else f"exited with {node.process.returncode}" if node.process else "not started"
            parts.append(f"--- {node.name} (id {node.id}, {node.address}, {state})")
            parts += node.said().splitlines()[-lines:]
        return "\n".join(parts)

    def close(self, keep=False):
        for node in self.nodes:
            if node.process:
                processes.kill(node.process)
        if keep or "BELLWETHER_KEEP" in os.environ:
            print(f"kept: {self.directory}")
        else:
            shutil.rmtree(self.directory, ignore_errors=True)


SIGINT, SIGTERM = signal.SIGINT, signal.SIGTERM
