"""Three nodes and a producer in one terminal. Every few seconds the master is killed with kill -9 and started again.

At the end: how many lines were sent, acknowledged, lost and doubled, and how long each kill interrupted the flow.
"""
import argparse
import collections
import os
import re
import signal
import subprocess
import sys
import time

from harness import packets, processes
from harness.cluster import Cluster
from harness.screen import BAD, FAINT, GOOD, Messages, NewLines, Screen
from harness.waiting import TimedOut

FEED_EVERY_S = 0.01  # one line
LOOK_EVERY_S = 0.05  # at the members
STEP_S = 0.002
LOG_TIME = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ ")  # the screen has a clock of its own
PATIENCE_S = 60


class Feed:
    """The producer, and the lines that it gets on its standard input."""

    def __init__(self, cluster):
        self.log = cluster.directory / "producer"
        members = [word for node in cluster.nodes for word in ("--clusterip", node.address)]
        with open(self.log, "wb") as log:
            self.process = processes.start([cluster.program("bellwether-producer"), "--stdin", *members],
                                           stdin=subprocess.PIPE, stdout=log, stderr=log)
        os.set_blocking(self.process.stdin.fileno(), False)
        self.sent = []
        self.next_at = 0.0

    def step(self):
        if time.monotonic() < self.next_at or self.process.stdin.closed:
            return
        line = f"line {len(self.sent) + 1}"
        try:
            os.write(self.process.stdin.fileno(), line.encode() + b"\n")  # so short that a pipe takes all or nothing
        except BlockingIOError:
            return
        self.sent.append(line)
        self.next_at = time.monotonic() + FEED_EVERY_S

    def acknowledged(self):
        """As the producer's summary says."""
        found = re.search(r"acknowledged\D*([\d,' ]*\d)|([\d,' ]*\d) acknowledged", self.log.read_text(errors="replace"))
        return int(re.sub(r"\D", "", found.group(0))) if found else 0


class Demo:
    def __init__(self, options):
        self.options = options
        self.screen = Screen()
        self.cluster = Cluster(options.bin)
        self.messages = Messages(self.screen)
        self.feed = None
        self.logs = []  # (name, lines of the log)
        self.printed = []  # (name, lines of stdout)
        self.leader = None
        self.gaps = []

    def say(self, text, colour="1"):
        self.messages.show()
        self.screen.say("demo", text, colour)

    def step(self):
        """One turn of what goes on all the time."""
        if self.feed:
            self.feed.step()
        for name, printed in self.printed:
            if lines := printed.take():
                self.messages.add(name, lines)
        for name, log in self.logs:
            if lines := log.take():
                self.messages.show()
                for line in lines:
                    self.screen.say(name, LOG_TIME.sub("", line), FAINT)
        time.sleep(STEP_S)

    def run_for(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.step()

    def run_until(self, condition, what):
        end = time.monotonic() + PATIENCE_S
        while not condition():
            self.run_for(LOOK_EVERY_S)
            if time.monotonic() > end:
                raise TimedOut(f"after {PATIENCE_S} s still waiting until {what}")

    def has_leader(self):
        seen = {node.leader_id() for node in self.cluster.running()}
        self.leader = self.cluster.by_id(seen.pop()) if len(seen) == 1 else None
        return self.leader is not None and self.leader.is_running()

    def is_whole(self):
        """The leader reaches both others, and they have nearly all."""
        try:
            members = self.leader.status()["members"] if self.has_leader() else []
        except OSError:
            return False
        return len(members) == len(self.cluster.nodes) and all(
            member["leads"] or (member["vote"] and member["reachable"] and (member["lag"] or 0) < 100)
            for member in members)

    def start(self):
        self.say(f"three nodes; their files are in {self.cluster.directory}")
        for _ in range(3):
            node = self.cluster.add_node()
            self.logs.append((node.name, NewLines(node.stderr)))
            self.printed.append((node.name, NewLines(node.stdout)))
            self.step()
        self.run_until(self.is_whole, "the three nodes are one cluster")
        self.say(f"{self.leader.name} leads", GOOD)
        self.feed = Feed(self.cluster)
        self.logs.append(("producer", NewLines(self.feed.log)))
        self.say(f"a producer sends a numbered line every {FEED_EVERY_S * 1000:.0f} ms")
        self.run_until(lambda: self.messages.count, "the first message is stored")

    def kill_the_master(self, number):
        master = self.leader
        self.messages.longest_gap = 0.0
        self.say(f"round {number} of {self.options.rounds}: kill -9 {master.name}, the master", BAD)
        master.kill()
        self.step()  # its last words
        stored = self.messages.count
        self.run_until(lambda: self.has_leader() and self.messages.count > stored, "another master takes messages")
        self.gaps.append(self.messages.longest_gap)
        self.say(f"{self.leader.name} leads; the flow was interrupted for {self.gaps[-1] * 1000:.0f} ms", GOOD)

    def bring_back(self, node):
        self.say(f"{node.name} is started again")
        node.start()
        self.run_until(self.is_whole, f"{node.name} is back")

    def finish(self):
        self.feed.process.stdin.close()
        self.say("the producer waits for its last answers")
        self.run_until(lambda: self.feed.process.poll() is not None, "the producer ends")
        self.step()
        self.messages.show()

    def summary(self):
        """Prints it; true when nothing was lost and nothing doubled, at any member."""
        lost = doubled = 0
        for node in self.cluster.nodes:
            stored = collections.Counter(text.decode(errors="replace") for text in packets.tail(node.address))
            lost = max(lost, sum(line not in stored for line in self.feed.sent))
            doubled = max(doubled, sum(times - 1 for times in stored.values()))
        sent, acknowledged = len(self.feed.sent), self.feed.acknowledged()
        good = acknowledged == sent and not lost and not doubled and self.feed.process.returncode == 0
        print()
        for name, value in (("sent", sent), ("acknowledged", acknowledged), ("lost", lost), ("doubled", doubled)):
            print(f"{name:14}{value}")
        print(f"{'gap at a kill':14}{'  '.join(f'{gap * 1000:.0f} ms' for gap in self.gaps)}")
        print(self.screen.paint("nothing lost, nothing doubled" if good else "NOT as promised", GOOD if good else BAD))
        return good

    def run(self):
        self.start()
        for number in range(1, self.options.rounds + 1):
            self.run_for(self.options.interval / 2)
            master = self.leader
            self.kill_the_master(number)
            self.run_for(self.options.interval / 2)
            self.bring_back(master)
        self.finish()
        return self.summary()

    def close(self):
        if self.feed:
            processes.kill(self.feed.process)
        self.cluster.close(keep=self.options.keep)


def options():
    parser = argparse.ArgumentParser(prog="tools/demo", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="Exit status: 0 if nothing was lost or doubled, 1 if something was.")
    parser.add_argument("--rounds", type=int, default=5, help="how often the master is killed (default: %(default)s)")
    parser.add_argument("--interval", type=float, default=4, help="seconds from round to round (default: %(default)s)")
    parser.add_argument("--keep", action="store_true", help="keep the nodes' data and logs and say where they are")
    parser.add_argument("--no-setup", action="store_true", help="do not look for missing packages")
    parser.add_argument("--bin", default="build/release/bin", help="use the programs in this folder, build nothing")
    return parser.parse_args()


def interrupted(*_):
    raise KeyboardInterrupt


def main():
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGHUP, interrupted)
    demo = Demo(options())
    try:
        return 0 if demo.run() else 1
    except KeyboardInterrupt:
        print("\ninterrupted; every process is ended", file=sys.stderr)
        return 130
    except AssertionError as failure:  # TimedOut too
        print(f"{failure}\n{demo.cluster.describe()}", file=sys.stderr)
        return 1
    finally:
        demo.close()


if __name__ == "__main__":
    sys.exit(main())
