#!/usr/bin/env python3
"""Members that come and go under a steady load: a cluster grows from 1 to 7, then its nodes are killed, stopped, removed
and brought back in random order, then it shrinks to 1. At the end: is every message there, once and in order, and how
long was the longest gap between two acknowledgements?"""
import argparse
import collections
import hashlib
import json
import pathlib
import random
import shutil
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from harness import packets  # noqa: E402
from harness.cluster import Cluster  # noqa: E402
from harness.waiting import until  # noqa: E402
from steady import SteadyLoad  # noqa: E402

LARGEST = 7
SETTLED_EVERY = 5  # so often it is waited until everybody has caught up; else the next thing comes in between
MESSAGES_BETWEEN = 20
REMOVED = "was removed from the cluster"


class Churn:
    """Changes the cluster so that a majority of its voters always lives. The state of a node is kept beside the node:
    `runs`, `down` (its directory is that of a member) or `out` (it has left or was removed, and knows it)."""

    def __init__(self, cluster, seed, largest=LARGEST, evict_after=0, pauses=False, say=print):
        self.cluster = cluster
        self.random = random.Random(seed)
        self.largest = largest
        self.flags = ("--evict-after", str(evict_after)) if evict_after else ()
        self.troubles = (self.kill, self.terminate, *([self.pause] if pauses else []))
        self.say = say
        self.load = None
        self.state = {}  # of each node
        self.heard = collections.Counter()  # what each node had said before it was started
        self.ids = {}  # every id ever given, and to which node
        self.done = collections.Counter()
        self.story = []  # (when, what)

    # ---- what is there
    def nodes_that(self, state):
        return [node for node in self.cluster.nodes if self.state.get(node) == state]

    def members(self):
        """As the leader tells it; nodes that were evicted meanwhile are noticed first."""
        def told():
            self.notice_evicted()
            for node in self.cluster.running():
                status = node.status()
                if status["leader"] and status["leader"]["id"] == status["id"]:
                    return {member["id"]: member for member in status["members"]}
            return None
        return until(told, "a leader tells who the members are")

    def notice_evicted(self):
        for node in self.nodes_that("runs"):
            if not node.is_running():
                self.expect_exit(node, 1, REMOVED if self.flags else "no reason to end")
                self.note("evicted while it ran", node)
                self.state[node] = "out"

    def expect_exit(self, node, status, words=""):
        """Waits until it ends in this way, and says so."""
        if node.wait_for_exit() != status or words not in self.said(node):
            raise AssertionError(f"{node.name} exited with {node.process.returncode}: {self.said(node)}")

    def said(self, node):
        """Since it was started."""
        return node.said()[self.heard[node]:]

    def can_miss(self, node, for_good=False):
        """Whether a majority lives without it, and there are two to go on."""
        voters = [member_id for member_id, member in self.members().items() if member["vote"]]
        alive = {other.id for other in self.nodes_that("runs")} & set(voters) - {node.id}
        of = len(set(voters) - {node.id}) if for_good else len(voters)
        return len(alive) >= max(2, of // 2 + 1)

    def note(self, what, node=None):
        self.done[what] += 1
        self.story.append((time.monotonic(), f"{what} {node.name} (node {node.id})" if node else what))
        self.say(f"{self.story[-1][0] - self.story[0][0]:7.2f} {self.story[-1][1]}")

    # ---- coming
    def seeds(self):
        chosen = self.random.sample(self.nodes_that("runs"), min(2, len(self.nodes_that("runs"))))
        return [word for node in chosen for word in ("--clusterip", node.address)]

    def start(self, node, what, *flags, is_new):
        """Starts it, waits until it votes, and looks at its id."""
        self.note(what, node)
        old = node.id
        self.heard[node] = len(node.said())
        node.start(*self.seeds(), *self.flags, *flags)
        self.state[node] = "runs"
        try:
            until(lambda: self.votes(node), f"{node.name} votes")
        except Removed:
            self.state[node] = "out"
            return self.note("was removed while it was away:", node)
        if is_new != (node.id != old):
            raise AssertionError(f"{node.name} is node {node.id} and was node {old}")
        if is_new and node.id <= max(self.ids, default=0):
            raise AssertionError(f"{node.name} got the id {node.id}; given already: {sorted(self.ids)}")
        self.ids[node.id] = node.name
        self.load.know(node.address)
        self.say(f"        {node.name} is node {node.id}")

    def votes(self, node):
        if not node.is_running():
            self.expect_exit(node, 1, REMOVED)
            raise Removed
        status = node.status()
        own = [member for member in status["members"] if member["id"] == status["id"]]
        if not (status["leader"] and own and own[0]["vote"]):
            return False
        node.id = status["id"]
        return True

    def add(self):
        node = self.cluster.new_node()
        self.start(node, "start", is_new=True)

    def return_same(self, node):
        self.start(node, "same directory, same address:", is_new=False)

    def return_moved(self, node):
        node.move()
        self.start(node, "same directory, another address:", is_new=False)

    def return_empty(self, node):
        shutil.rmtree(node.data)
        self.start(node, "empty directory, same address:", is_new=True)

    def return_as_new(self, node):
        self.start(node, "removed one again:", *self.random.choice([(), ("--rejoin",)]), is_new=True)

    # ---- going
    def kill(self, node):
        self.note("kill -9", node)
        node.kill()
        self.state[node] = "down"

    def pause(self, node):
        """Stopped without an end of its connections, and going on where it was."""
        self.note("SIGSTOP and SIGCONT", node)
        node.signal(signal.SIGSTOP)
        try:
            self.load.wait_for(MESSAGES_BETWEEN)
        finally:
            node.signal(signal.SIGCONT)

    def terminate(self, node):
        self.note("SIGTERM", node)
        node.signal(signal.SIGTERM)
        self.expect_exit(node, 0)
        self.state[node] = "down"

    def leave(self, node):
        self.note("SIGINT", node)
        node.signal(signal.SIGINT)
        self.expect_exit(node, 0)
        self.state[node] = "out"

    def remove(self, node):
        self.note("remove", node)
        asked = self.random.choice([other for other in self.nodes_that("runs") if other is not node])
        done = self.cluster.ctl("remove", str(node.id), at=asked)
        if done.returncode != 0 and not (self.flags and node.id not in self.members()):
            raise AssertionError(f"remove {node.id} at {asked.name}: {done.stderr.decode()}")
        if self.state[node] == "runs":  # one that is down hears of it when it is back
            self.expect_exit(node, 1, REMOVED)
            self.state[node] = "out"

    # ---- all of it
    def grow(self):
        first = self.cluster.add_node(*self.flags)
        self.state[first] = "runs"
        self.ids[first.id] = first.name
        self.note("start", first)
        self.load = SteadyLoad(self.cluster)
        while len(self.cluster.nodes) < self.largest:
            self.load.wait_for(MESSAGES_BETWEEN)
            self.add()

    def one_change(self):
        members = self.members()
        down, out = self.nodes_that("down"), self.nodes_that("out")
        possible = [(self.return_as_new, node) for node in out]
        for node in down:
            if node.id in members:
                possible += [(act, node) for act in (self.return_same, self.return_moved, self.return_empty)]
                if self.can_miss(node, for_good=True):
                    possible.append((self.remove, node))
            else:
                possible += [(act, node) for act in (self.return_same, self.return_empty)]
        for node in self.nodes_that("runs"):
            if self.can_miss(node):
                possible += [(act, node) for act in self.troubles]
            if self.can_miss(node, for_good=True):
                possible += [(act, node) for act in (self.leave, self.remove)]
        act, node = self.random.choice(possible)
        act(node)
        self.load.wait_for(MESSAGES_BETWEEN)

    def churn(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.one_change()
            if sum(self.done.values()) % SETTLED_EVERY == 0:
                self.settle()

    def settle(self):
        """Until every node that runs says that it reaches all others that do."""
        def settled():
            self.notice_evicted()
            alive = {node.id for node in self.nodes_that("runs")}
            told = [{member["id"] for member in node.status()["members"] if member["reachable"]}
                    for node in self.nodes_that("runs")]
            return all(seen & alive == alive for seen in told)
        until(settled, "all that run reach each other")

    def shrink(self):
        for node in self.nodes_that("down"):
            if node.id in self.members():
                self.remove(node)
        self.settle()
        self.load.wait_for(MESSAGES_BETWEEN)
        while len(self.nodes_that("runs")) > 1:
            node = self.random.choice(self.nodes_that("runs"))
            self.random.choice([self.leave, self.remove])(node)
            until(lambda: len(self.members()) == len(self.nodes_that("runs")), f"{node.name} is no member any more")
            self.load.wait_for(MESSAGES_BETWEEN)

    def run(self, seconds):
        """Returns what is wrong, a line each."""
        self.grow()
        self.churn(seconds)
        self.settle()
        served = {node.name: packets.tail(node.address) for node in self.nodes_that("runs")}
        before = {name: (len(messages), fingerprint(messages)) for name, messages in served.items()}
        del served
        self.shrink()
        self.load.stop()
        (last,) = self.nodes_that("runs")
        stored = packets.tail(last.address)
        return self.load.problems(last) + [
            f"what {name} had before the shrinking is not the beginning of what {last.name} has"
            for name, (count, print_of_it) in before.items() if fingerprint(stored[:count]) != print_of_it]

    def summary(self, problems):
        gaps = self.load.gaps()
        longest, began = gaps[0]
        before = [what for when, what in self.story if when <= began + longest]
        return {"messages": sum(self.load.sent().values()), "ids given": max(self.ids), "changes": dict(self.done),
                "longest gap ms": round(longest * 1000), "after": before[-1] if before else "",
                "gaps above 100 ms": sum(gap > 0.1 for gap, _ in gaps),
                "ten longest ms": [round(gap * 1000) for gap, _ in gaps[:10]], "problems": problems}


def fingerprint(messages):
    return hashlib.sha256(packets.pack(messages)).hexdigest()


class Removed(Exception):
    """The node has heard that it is no member any more."""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", default="build/release/bin", help="the folder of the programs (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=10, help="of random changes (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="of the order (default: a new one)")
    parser.add_argument("--evict-after", type=int, default=0, help="seconds, given to every node (default: never)")
    parser.add_argument("--pauses", action="store_true", help="stop a process now and then, and let it go on")
    parser.add_argument("--json", action="store_true", help="the summary as JSON, and nothing else")
    options = parser.parse_args()
    say = (lambda text: None) if options.json else (lambda text: print(text, flush=True))
    cluster = Cluster(options.bin)
    try:
        say(f"seed {options.seed}")
        churn = Churn(cluster, options.seed, evict_after=options.evict_after, pauses=options.pauses, say=say)
        summary = churn.summary(churn.run(options.minutes * 60))
    except AssertionError as failure:
        print(f"{failure}\n{cluster.describe()}", file=sys.stderr)
        return 1
    finally:
        cluster.close()
    if options.json:
        print(json.dumps({"seed": options.seed, **summary}))
    else:
        print("\n".join(f"{name:20}{value}" for name, value in summary.items()))
    return 1 if summary["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
