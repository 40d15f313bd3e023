#!/usr/bin/env python3
"""How long a client waits when the master is killed: one client appends without a pause, the master is killed with
kill -9 again and again, and each gap is the time from the last acknowledgement before a kill to the first after it."""
import argparse
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from harness import packets  # noqa: E402
from harness.appender import Appending  # noqa: E402
from harness.cluster import Cluster  # noqa: E402
from harness.waiting import until  # noqa: E402


def one_kill(cluster, load):
    """Kills the master, waits for the next acknowledgement and for the master's return; returns the gap in seconds."""
    master = cluster.wait_until_whole(len(cluster.nodes))
    busy = load.count() + 20
    until(lambda: load.count() >= busy, "the load runs")
    master.kill()
    first_after = load.count()  # all before it were acknowledged before the process was gone
    until(lambda: load.count() > first_after + 1, "messages are acknowledged again")
    times = [seconds for seconds, _, _ in load.appender.acknowledged[first_after - 1:first_after + 2]]
    master.start()
    return max(later - earlier for earlier, later in zip(times, times[1:]))


def check_log(cluster, acknowledged):
    """Every acknowledged message is there once, at the offset that was promised, at every member."""
    cluster.wait_until_whole(len(cluster.nodes))
    for node in cluster.nodes:
        stored = packets.tail(node.address)
        for _, message, offset in acknowledged:
            if stored[offset] != message.encode():
                raise AssertionError(f"{node.name} has {stored[offset]!r} at {offset}, promised was {message!r}")
        if len(set(stored)) != len(stored):
            raise AssertionError(f"{node.name} has a message twice")


def measure(cluster, kills):
    """Starts three nodes in an empty cluster and returns the gap of each kill, in seconds."""
    cluster.start(3)
    load = Appending([node.address for node in cluster.nodes])
    load.start()
    gaps = [one_kill(cluster, load) for _ in range(kills)]
    load.stopped.set()
    load.join()
    check_log(cluster, load.appender.acknowledged[:load.count()])
    return gaps


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", default="build/release/bin", help="the folder of the programs (default: %(default)s)")
    parser.add_argument("--kills", type=int, default=20, help="how many times (default: %(default)s)")
    parser.add_argument("--heartbeat", help="the nodes' --heartbeat in milliseconds (default: theirs)")
    options = parser.parse_args()
    cluster = Cluster(options.bin, ("--heartbeat", options.heartbeat) if options.heartbeat else ())
    try:
        gaps = measure(cluster, options.kills)
    finally:
        cluster.close()
    print(" ".join(f"{gap * 1000:.0f}" for gap in gaps))
    print(f"gap between acknowledgements over {len(gaps)} kills: "
          f"median {statistics.median(gaps) * 1000:.0f} ms, maximum {max(gaps) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
