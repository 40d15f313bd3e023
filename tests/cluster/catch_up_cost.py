#!/usr/bin/env python3
"""What a member that catches up costs the others: two nodes hold a log of some gigabytes, one client appends at a steady
rate, and the time until each acknowledgement is measured: first alone, then while a third node gets the whole log."""
import argparse
import pathlib
import statistics
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from harness import packets  # noqa: E402
from harness.cluster import Cluster  # noqa: E402
from harness.waiting import until  # noqa: E402

MESSAGE_BYTES = 60_000
BATCH = 100


def fill(leader, gigabytes):
    body = packets.pack([bytes(MESSAGE_BYTES)] * BATCH)
    with packets.Connection(leader.address) as connection:
        def is_taken():
            answer = connection.request({"type": "append", "count": BATCH}, body)
            if answer["type"] == "error" and answer["code"] != "busy":
                raise AssertionError(answer)
            return answer["type"] != "error"

        for _ in range(int(gigabytes * 1e9) // (MESSAGE_BYTES * BATCH)):
            until(is_taken, "a batch is taken")


class Load(threading.Thread):
    """One message of 1 KiB after the other, so many a second; notes how long each took."""

    def __init__(self, leader, rate):
        super().__init__(daemon=True)
        self.connection = packets.Connection(leader.address)
        self.pause = 1 / rate
        self.took = []
        self.stopped = threading.Event()

    def run(self):
        due = time.monotonic()
        while not self.stopped.is_set():
            asked = time.monotonic()
            answer = self.connection.request({"type": "append", "message": "x" * 1024})
            if answer["type"] != "appended":
                raise AssertionError(answer)
            self.took.append(time.monotonic() - asked)
            due = max(due + self.pause, time.monotonic())
            time.sleep(max(0, due - time.monotonic()))  # the rate is what is measured


def measured(leader, rate, until_done):
    load = Load(leader, rate)
    load.start()
    began = time.monotonic()
    until_done()
    load.stopped.set()
    load.join()
    load.connection.close()
    return load.took, time.monotonic() - began


def tell(what, took):
    cuts = statistics.quantiles(took, n=1000)
    print(f"{what}: {len(took)} messages, p50 {cuts[499] * 1000:.1f} ms, p99 {cuts[989] * 1000:.1f} ms, "
          f"maximum {max(took) * 1000:.1f} ms", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", default="build/release/bin", help="the folder of the programs (default: %(default)s)")
    parser.add_argument("--gigabytes", type=float, default=2, help="of log (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=50, help="messages a second (default: %(default)s)")
    parser.add_argument("--alone", type=float, default=20, help="seconds without a member (default: %(default)s)")
    options = parser.parse_args()
    cluster = Cluster(options.bin, ("--quiet", "--heartbeat", "1000"))  # a busy disk changes no leader
    try:
        leader, _ = cluster.start(2)
        fill(leader, options.gigabytes)
        cluster.wait_until_whole(2)
        tell("alone", measured(leader, options.rate, lambda: time.sleep(options.alone))[0])
        joiner = cluster.new_node()
        joiner.start("--clusterip", leader.address, *cluster.flags)
        end = leader.status()["next_offset"]
        took, seconds = measured(leader, options.rate, lambda: until(
            lambda: joiner.status()["next_offset"] >= end, "it has caught up", seconds=900))
        tell("with a member that catches up", took)
        print(f"it took {seconds:.0f} s, {options.gigabytes * 1000 / seconds:.0f} MB/s")
        print("\n".join(line for line in leader.said().splitlines() + joiner.said().splitlines() if "catch" in line or "caught" in line))
    finally:
        cluster.close()


if __name__ == "__main__":
    main()
