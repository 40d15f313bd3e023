"""A network of our own for real nodes: each has a host (a network namespace) and an address, and any host can be made deaf
to any other. Nothing of it is seen outside this process, and it ends with it.

Needs root, `ip` and `nft`. Hosts hang on one switch; this process is on it, too, and hears and reaches all, so that clients
see what a client beside the cluster would see. A host that is deaf to another drops what comes from there without a word, as
a broken link does: nobody gets an error, nothing is reset.
"""
import ctypes
import os
import shutil
import subprocess

from harness import processes
from harness.cluster import Cluster
from harness.waiting import until

CLONE_NEWNET = 0x40000000
SUBNET = "10.77.0"
PORT = 8001
_RULES = """
table inet faults {
  set deaf_to { type ipv4_addr; }
  chain input { type filter hook input priority 0; ip saddr @deaf_to drop; }
  chain loss { type filter hook input priority 1; }
}
"""


def _run(*command, stdin=None):
    done = subprocess.run([str(word) for word in command], input=stdin, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")


def why_not():
    """Why there can be no such network here; None: there can."""
    if os.geteuid() != 0:
        return "only root can make network namespaces"
    missing = [program for program in ("ip", "nft", "unshare", "nsenter") if not shutil.which(program)]
    if missing:
        return f"not installed: {', '.join(missing)}"
    probe = subprocess.run(["unshare", "--net", "nft", "add", "table", "inet", "probe"], capture_output=True, check=False)
    return None if probe.returncode == 0 else f"no network namespaces here: {probe.stderr.decode().strip()}"


class Outside:
    """This process, on the same switch."""

    ip = f"{SUBNET}.254"


OUTSIDE = Outside()


class Host:
    """One machine on the switch."""

    def __init__(self, number):
        self.number = number
        self.ip = f"{SUBNET}.{number}"
        # A namespace lives as long as a process is in it.
        self.holder = processes.start(["unshare", "--net", "sleep", "infinity"])
        self._wait_for_namespace()
        near, far = f"link{number}", "eth0"
        _run("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", self.holder.pid)
        _run("ip", "link", "set", near, "master", "switch", "up")
        self.run("ip", "address", "add", f"{self.ip}/24", "dev", far)
        self.run("ip", "link", "set", far, "up")
        self.run("ip", "link", "set", "lo", "up")
        self.run("nft", "-f", "-", stdin=_RULES)

    def _wait_for_namespace(self):
        own = os.readlink("/proc/self/ns/net")
        until(lambda: os.readlink(f"/proc/{self.holder.pid}/ns/net") != own, "the host has a network of its own")

    @property
    def entrance(self):
        """The words before a command that is to run there."""
        return ["nsenter", "--net", "--target", str(self.holder.pid)]

    def lose(self, percent):
        """Of all packets that it should hear, whoever sends them, at random."""
        self.run("nft", "add", "rule", "inet", "faults", "loss", "numgen", "random", "mod", 100, "<", percent, "drop")

    def run(self, *command, stdin=None):
        _run(*self.entrance, *command, stdin=stdin)


class Network:
    """One at a time; call it from the main thread before any other is started: only threads that begin later are in it."""

    def __init__(self):
        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        self.hosts = []
        _run("ip", "link", "set", "lo", "up")
        _run("ip", "link", "add", "switch", "type", "bridge")
        _run("ip", "address", "add", f"{OUTSIDE.ip}/24", "dev", "switch")
        _run("ip", "link", "set", "switch", "up")

    def add_host(self):
        host = Host(len(self.hosts) + 1)
        self.hosts.append(host)
        return host

    def deafen(self, host, others):
        """It does not hear these any more; they still hear it."""
        addresses = ", ".join(other.ip for other in others if other is not host)
        if addresses:
            host.run("nft", "add", "element", "inet", "faults", "deaf_to", f"{{ {addresses} }}")

    def cut(self, one, others):
        """Neither hears the other."""
        self.deafen(one, others)
        for other in others:
            self.deafen(other, [one])

    def keep_only(self, links):
        """Of all pairs of hosts only these are connected."""
        kept = {frozenset(link) for link in links}
        for host in self.hosts:
            self.deafen(host, [other for other in self.hosts if frozenset((host, other)) not in kept])

    def heal(self):
        for host in self.hosts:
            host.run("nft", "flush", "set", "inet", "faults", "deaf_to")
            host.run("nft", "flush", "chain", "inet", "faults", "loss")


class NetworkCluster(Cluster):
    """A cluster each of whose nodes has a host."""

    def __init__(self, programs, flags=()):
        super().__init__(programs, flags)
        self.network = Network()

    def new_node(self, port=None):
        node = super().new_node(port or PORT)
        node.host = self.network.add_host()
        node.address = f"{node.host.ip}:{node.port}"
        node.own_flags = ["--bind", node.host.ip]
        node.entrance = node.host.entrance
        return node

    def hosts(self, nodes):
        return [node.host for node in nodes]
