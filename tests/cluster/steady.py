"""A steady load of numbered messages, and the account of it: two clients of ours that note when each message was
acknowledged, and the real bellwether-producer, which gets its lines on its standard input."""
import re
import subprocess
import threading
import time

from harness import packets, processes
from harness.appender import Appender
from harness.waiting import TimedOut, until

WRITERS = 2
EVERY_S = 0.005  # a message of each writer, a line of the producer
ANSWER_WITHIN_S = 1  # a leader that is stopped closes no connection


class Writer(threading.Thread):
    """One message at a time, each with a number; a failure is kept for the main thread."""

    def __init__(self, name, addresses, stopped):
        super().__init__(daemon=True)
        self.prefix = name
        self.appender = Appender(addresses, ANSWER_WITHIN_S)
        self.stopped = stopped
        self.failure = None

    def run(self):
        try:
            while not self.stopped.wait(EVERY_S):
                self.appender.append(f"{self.prefix} {len(self.appender.acknowledged)}")
        except Exception as failure:
            self.failure = failure
        finally:
            self.appender.close()


class Producer(threading.Thread):
    """Lines for the real producer."""

    def __init__(self, cluster, addresses, stopped):
        super().__init__(daemon=True)
        self.prefix = "producer"
        self.log = cluster.directory / "producer"
        members = [word for address in addresses for word in ("--clusterip", address)]
        with open(self.log, "wb") as log:
            self.process = processes.start([cluster.program("bellwether-producer"), "--stdin", *members],
                                           stdin=subprocess.PIPE, stdout=log, stderr=log)
        self.stopped = stopped
        self.sent = 0

    def run(self):
        try:
            while not self.stopped.wait(EVERY_S):
                self.process.stdin.write(f"{self.prefix} {self.sent}\n".encode())
                self.process.stdin.flush()
                self.sent += 1
            self.process.stdin.close()
        except BrokenPipeError:
            pass  # it has ended, and check_failures() says how

    def said(self):
        return self.log.read_text(errors="replace")

    def acknowledged(self):
        """As its summary says."""
        found = re.search(r"acknowledged\D*([\d,' ]*\d)|([\d,' ]*\d) acknowledged", self.said())
        return int(re.sub(r"\D", "", found.group(0))) if found else 0


class SteadyLoad:
    def __init__(self, cluster):
        addresses = [node.address for node in cluster.running()]
        self.stopped = threading.Event()
        self.writers = [Writer(f"writer{number}", addresses, self.stopped) for number in range(WRITERS)]
        self.producer = Producer(cluster, addresses, self.stopped)
        for thread in (*self.writers, self.producer):
            thread.start()

    def know(self, address):
        """Another member that our own clients may turn to; the producer finds it by itself."""
        for writer in self.writers:
            if address not in writer.appender.addresses:
                writer.appender.addresses.append(address)

    def check_failures(self):
        for writer in self.writers:
            if writer.failure:
                raise writer.failure
        if self.producer.process.poll() not in (None, 0):
            raise AssertionError(f"the producer has ended: {self.producer.said()}")

    def wait_for(self, messages):
        """Until each writer has so many more acknowledged."""
        wanted = [len(writer.appender.acknowledged) + messages for writer in self.writers]

        def acknowledged():
            self.check_failures()
            return all(len(writer.appender.acknowledged) >= count for writer, count in zip(self.writers, wanted))
        until(acknowledged, f"{messages} more messages of each writer are acknowledged")

    def stop(self):
        self.stopped.set()
        for thread in (*self.writers, self.producer):
            thread.join()
        try:
            until(lambda: self.producer.process.poll() is not None, "the producer has its last answers and ends")
        except TimedOut as late:
            raise TimedOut(f"{late}\n{self.producer.said()}")
        self.check_failures()

    def sent(self):
        return {**{writer.prefix: len(writer.appender.acknowledged) for writer in self.writers},
                self.producer.prefix: self.producer.sent}

    def gaps(self):
        """Of each writer the times between two acknowledgements: (seconds, when it began), the longest first."""
        found = []
        for writer in self.writers:
            times = [at for at, _, _ in writer.appender.acknowledged]
            found += [(later - earlier, earlier) for earlier, later in zip(times, times[1:])]
        return sorted(found, reverse=True)

    def longest_gap(self, since=0.0, until_then=float("inf")):
        """In seconds, of those that began within a time."""
        return max((gap for gap, began in self.gaps() if since <= began + gap and began <= until_then), default=0.0)

    def problems(self, node):
        """What is wrong with the log that this node serves, a line each; call it after stop()."""
        stored = packets.tail(node.address)
        problems = []
        for prefix, count in self.sent().items():
            numbers = [int(message.split()[1]) for message in stored if message.startswith(prefix.encode() + b" ")]
            if numbers != list(range(count)):
                problems.append(f"{node.name} has {len(numbers)} messages of {prefix}, {len(set(numbers))} different ones, "
                                f"of {count}, {'in' if numbers == sorted(numbers) else 'not in'} order")
        if len(stored) != sum(self.sent().values()):
            problems.append(f"{node.name} has {len(stored)} messages, {sum(self.sent().values())} were sent")
        moved = sum(stored[offset:offset + 1] != [message.encode()] for writer in self.writers
                    for _, message, offset in writer.appender.acknowledged)
        if moved:
            problems.append(f"{node.name}: {moved} messages are not where they were acknowledged")
        if self.producer.acknowledged() != self.producer.sent:
            problems.append(f"the producer sent {self.producer.sent}: {self.producer.said()}")
        return problems


def now():
    return time.monotonic()
