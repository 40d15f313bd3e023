#!/usr/bin/env python3
"""Real nodes under random faults that combine: processes killed, stopped and restarted, links cut in any pattern, one way
too, and lossy ones, disks that are slow, hang or fail. Clients of all kinds write down what they asked and were told; at the end of each round everything is
healed, and what they were told is checked against the log of every member.

Needs root (network namespaces), `ip` and `nft`. Exit status: 0 all held, 1 something did not, 77 not possible here.
"""
import argparse
import collections
import pathlib
import random
import signal
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "cluster"), str(HERE.parents[1] / "tools")]
from clients import Exactly, Follower, Plain, Producer, Reader  # noqa: E402
from disk import EIO, ENOSPC, KINDS, FaultyDisk  # noqa: E402
from harness import network, packets  # noqa: E402
from harness.waiting import until  # noqa: E402
from history import longest_gap, problems  # noqa: E402

SKIPPED = 77
LASTS_S = (0.1, 3.0)  # a fault, before the next thing happens
CALM_IN = 3  # one of so many things is that all is healed
ROUND_S = 20  # then it is waited until all have everything
SETTLED_S = 2.0  # after a fault so long nobody can be blamed for not acknowledging
RESUMES_WITHIN_S = 60


class Faults:
    """The state of each node, and what can be done to it."""

    def __init__(self, cluster, seed):
        self.cluster = cluster
        self.network = cluster.network
        self.random = random.Random(seed)
        self.done = collections.Counter()
        self.stopped = set()
        self.disks = cluster.disks
        self.hung = set()  # nodes whose disk takes nothing
        self.deaf = set()  # pairs: the first does not hear the second
        self.available = []  # intervals in which some node reached a majority
        self.available_since = time.monotonic()

    # ---- what is there
    def nodes(self):
        return self.cluster.nodes

    def some_nodes(self):
        return self.random.sample(self.nodes(), self.random.randint(1, len(self.nodes())))

    def leader(self):
        """As one says of itself."""
        for node in self.nodes():
            try:
                if node not in self.stopped and node.is_running() and packets.ask(
                        node.address, {"type": "status"}, timeout=0.5).get("role") == "leader":
                    return node
            except OSError:
                pass
        return self.random.choice(self.nodes())

    def is_up(self, node):
        return node.is_running() and node not in self.stopped and node not in self.hung

    def someone_reaches_a_majority(self):
        def reaches(one, other):
            return one is other or not {(one, other), (other, one)} & self.deaf
        up = [node for node in self.nodes() if self.is_up(node)]
        return any(sum(reaches(one, other) for other in up) > len(self.nodes()) // 2 for one in up)

    # ---- what can be done
    def kill(self):
        for node in self.some_nodes():
            self.stopped.discard(node)
            node.kill()
        return "kill -9"

    def kill_leader(self):
        leader = self.leader()
        self.stopped.discard(leader)
        leader.kill()
        return "kill -9 of the leader"

    def kill_all(self):
        self.stopped.clear()
        for node in self.nodes():
            node.kill()
        return "kill -9 of all"

    def start(self):
        for node in self.nodes():
            if not node.is_running():
                self.start_well(node)
        return "start"

    def start_well(self, node):
        """A start on a disk that fails says so and ends."""
        self.disks[node].heal()
        self.hung.discard(node)
        node.start()

    def terminate(self):
        """A rolling restart of one."""
        node = self.random.choice([node for node in self.nodes() if self.is_up(node)] or [None])
        if node is None:
            return self.start()
        node.signal(signal.SIGTERM)
        node.process.wait()
        self.start_well(node)
        return "SIGTERM and start"

    def pause(self):
        for node in [self.leader()] if self.random.random() < 0.5 else self.some_nodes():
            if node.is_running():
                node.signal(signal.SIGSTOP)
                self.stopped.add(node)
        return "SIGSTOP"

    def resume(self):
        for node in self.stopped:
            node.signal(signal.SIGCONT)
        self.stopped.clear()
        return "SIGCONT"

    def isolate(self):
        node = self.leader() if self.random.random() < 0.5 else self.random.choice(self.nodes())
        self.make_deaf({pair for other in self.nodes() if other is not node for pair in ((node, other), (other, node))})
        return "one cut off"

    def split(self):
        one = set(self.some_nodes())
        self.make_deaf({(a, b) for a in self.nodes() for b in self.nodes() if (a in one) != (b in one)})
        return "split in two"

    def hub(self):
        hub = self.random.choice(self.nodes())
        self.make_deaf({(a, b) for a in self.nodes() for b in self.nodes() if a is not b and hub not in (a, b)})
        return "all through one"

    def chain(self):
        line = self.random.sample(self.nodes(), len(self.nodes()))
        near = {frozenset(pair) for pair in zip(line, line[1:])}
        self.make_deaf({(a, b) for a in line for b in line if a is not b and frozenset((a, b)) not in near})
        return "chain"

    def one_way(self):
        pairs = [(a, b) for a in self.nodes() for b in self.nodes() if a is not b]
        self.make_deaf(set(self.random.sample(pairs, self.random.randint(1, len(pairs) // 2))))
        return "links cut one way"

    def mute_leader(self):
        leader = self.leader()
        self.make_deaf({(node, leader) for node in self.nodes() if node is not leader})
        return "leader that nobody hears"

    def make_deaf(self, pairs):
        self.deaf |= pairs
        for node in self.nodes():
            self.network.deafen(node.host, [other.host for one, other in pairs if one is node])

    def lossy(self):
        for node in self.some_nodes():
            node.host.lose(self.random.choice((1, 5, 20, 50)))
        return "packets lost"

    # ---- disks
    def slow_disk(self):
        for node in self.some_nodes():
            self.disks[node].set("sync", "write", delay_ms=self.random.choice((5, 50, 300)))
        return "slow disks"

    def hang_disk(self):
        node = self.leader() if self.random.random() < 0.5 else self.random.choice(self.nodes())
        self.disks[node].set(*self.random.choice((("sync",), KINDS)), hangs=1)
        self.hung.add(node)
        return "disk that hangs"

    def fail_disk(self):
        """Whoever writes to it next stops at once."""
        node = self.leader() if self.random.random() < 0.5 else self.random.choice(self.nodes())
        self.disks[node].set(self.random.choice(KINDS), error=self.random.choice((EIO, ENOSPC)))
        return "disk that fails"

    def heal_disks(self):
        for disk in self.disks.values():
            disk.heal()
        self.hung.clear()
        return "disks healed"

    def heal_links(self):
        self.network.heal()
        self.deaf.clear()
        return "links healed"

    def calm(self):
        self.heal_links()
        self.heal_disks()
        self.resume()
        self.start()
        return "all healed"

    def step(self):
        kinds = [self.kill, self.kill_leader, self.start, self.start, self.terminate, self.pause, self.resume, self.isolate,
                 self.split, self.hub, self.chain, self.one_way, self.mute_leader, self.lossy, self.heal_links, self.slow_disk,
                 self.hang_disk, self.fail_disk, self.heal_disks]
        if self.random.random() < 0.05:
            kinds = [self.kill_all]
        what = self.calm if self.random.randrange(CALM_IN) == 0 else self.random.choice(kinds)
        self.close_interval()
        self.done[what()] += 1
        self.open_interval()
        time.sleep(self.random.uniform(*LASTS_S))  # the fault has to last

    def close_interval(self):
        if self.available_since is not None and self.available_since < time.monotonic():
            self.available.append((self.available_since, time.monotonic()))

    def open_interval(self):
        self.available_since = time.monotonic() if self.someone_reaches_a_majority() else None


class FaultyCluster(network.NetworkCluster):
    """Whose links and disks obey."""

    def __init__(self, programs):
        super().__init__(programs)
        self.disks = {}

    def new_node(self, port=None):
        node = super().new_node(port)
        self.disks[node] = FaultyDisk(node)
        return node


class Run:
    def __init__(self, cluster, seed):
        self.cluster = cluster
        self.faults = Faults(cluster, seed)
        addresses = [node.address for node in cluster.nodes]
        self.clients = [kind(f"{kind.__name__.lower()}{number}", addresses, seed)
                        for kind, count in ((Plain, 2), (Exactly, 2), (Reader, 2), (Follower, 2)) for number in range(count)]
        self.clients.append(Producer("producer", addresses, seed, cluster.program("bellwether-producer"),
                                     cluster.directory / "producer"))

    def acknowledged(self):
        return [append.answered for client in self.clients for append in client.appends if append.outcome == "stored"]

    def round(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.faults.step()
        self.faults.close_interval()
        self.faults.calm()
        self.faults.open_interval()
        before = len(self.acknowledged())
        until(lambda: len(self.acknowledged()) > before + 10, "messages are acknowledged again", seconds=RESUMES_WITHIN_S)
        self.faults.start()  # whose last write failed
        until(lambda: self.cluster.wait_until_whole(len(self.cluster.nodes)), "all members have all",
              seconds=RESUMES_WITHIN_S)
        failed = [f"{client.name}: {client.failure!r}" for client in self.clients if client.failure]
        return failed + self.cluster.faults()

    def check(self):
        """After the last round: everything that the clients know against the log of every member."""
        for client in self.clients:
            client.finish()
        self.cluster.wait_until_whole(len(self.cluster.nodes))
        logs = {node.name: packets.tail(node.address) for node in self.cluster.nodes}
        appends = [append for client in self.clients for append in client.appends]
        produced = self.clients[-1].appends  # it has ended well: all were acknowledged, where it doesn't say
        places = {message: offset for offset, message in enumerate(next(iter(logs.values())))}
        for append in produced:
            append.outcome, append.offset, append.answered = "stored", places.get(append.message), time.monotonic()
        reads = [read for client in self.clients for read in client.reads]
        followers = [read for read in reads if read.asked == 0.0]
        for read in followers:  # it may have been behind
            read.messages = read.messages[:len(places)]
        return problems(appends, reads, logs) + self.cluster.faults(), logs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="build/release/bin", help="the folder of the programs (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=1, help="how long (default: %(default)s)")
    parser.add_argument("--nodes", type=int, default=3, choices=range(3, 8), help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000_000), help="of the order of the faults")
    parser.add_argument("--keep", action="store_true", help="leave the nodes' directories when something is wrong")
    options = parser.parse_args()
    if reason := network.why_not():
        print(f"faults: {reason}")
        return SKIPPED
    print(f"seed {options.seed}, {options.nodes} nodes, {options.minutes:g} min", flush=True)
    cluster = FaultyCluster(options.bin)
    wrong = ["it was interrupted"]
    try:
        cluster.start(options.nodes)
        run = Run(cluster, options.seed)
        for client in run.clients:
            client.start()
        end = time.monotonic() + 60 * options.minutes
        wrong = []
        while time.monotonic() < end and not wrong:
            wrong = run.round(min(ROUND_S, max(1.0, end - time.monotonic())))
            print(f"  {len(run.acknowledged())} acknowledged, ballot round {cluster.wait_for_leader().status()['ballot']['round']}, "
                f"{sum(run.faults.done.values())} faults", flush=True)
        found, logs = run.check()
        wrong += found
        rounds = cluster.wait_for_leader().status()["ballot"]["round"]
        appends = [append for client in run.clients for append in client.appends]
        outcomes = collections.Counter(append.outcome for append in appends)
        gap = longest_gap(run.acknowledged(), run.faults.available)
        print(f"{len(appends)} messages asked for: {', '.join(f'{count} {name}' for name, count in outcomes.most_common())}; "
            f"{len(next(iter(logs.values())))} in the log; {sum(len(client.reads) for client in run.clients)} reads\n"
            f"{rounds} ballots; longest time without an acknowledgement while some node reached a majority: {gap:.2f} s\n"
            f"faults: {', '.join(f'{count} {name}' for name, count in run.faults.done.most_common())}")
        for line in wrong[:20]:
            print("WRONG " + line)
        print("WRONG" if wrong else "nothing lost, doubled or reordered")
        return 1 if wrong else 0
    except BaseException:
        print(cluster.describe())
        raise
    finally:
        cluster.close(keep=options.keep and bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
