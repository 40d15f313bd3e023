"""Full load on a cluster, and the account of it: what was acknowledged has to be there, once, in order, everywhere."""
import threading

from harness import packets
from harness.appender import Appender
from harness.waiting import until

THREADS = 4
BATCH = 64
PADDING = b"." * 1000  # so that fifty rounds fill several segments


class Writer(threading.Thread):
    """Appends numbered messages in batches until told to stop; a failure is kept for the main thread."""

    def __init__(self, name, addresses, stopped):
        super().__init__(daemon=True)
        self.prefix = name.encode()
        self.appender = Appender(addresses)
        self.stopped = stopped
        self.acknowledged = []  # offset of each batch
        self.failure = None

    def batch(self, number):
        return [b"%s %d %s" % (self.prefix, message, PADDING) for message in range(number * BATCH, (number + 1) * BATCH)]

    def run(self):
        try:
            while not self.stopped.is_set():
                self.acknowledged.append(self.appender.append_all(self.batch(len(self.acknowledged))))
        except Exception as failure:
            self.failure = failure
        finally:
            self.appender.close()


class Load:
    def __init__(self, cluster, threads=THREADS):
        self.cluster = cluster
        self.stopped = threading.Event()
        addresses = [node.address for node in cluster.nodes]
        self.writers = [Writer(f"writer{number}", addresses, self.stopped) for number in range(threads)]
        for writer in self.writers:
            writer.start()

    def count(self):
        """Batches acknowledged."""
        for writer in self.writers:
            if writer.failure:
                raise writer.failure
        return sum(len(writer.acknowledged) for writer in self.writers)

    def wait_for(self, batches):
        """Until so many more are acknowledged."""
        wanted = self.count() + batches
        until(lambda: self.count() >= wanted, f"{batches} more batches are acknowledged", seconds=120)

    def stop(self):
        self.stopped.set()
        for writer in self.writers:
            writer.join()
        return self.count()

    def missing(self, node):
        """What is wrong with the log that this node serves, a line each."""
        stored = packets.tail(node.address)
        problems = []
        if len(set(stored)) != len(stored):
            problems.append(f"{node.name} has {len(stored) - len(set(stored))} messages twice")
        for writer in self.writers:
            own = [message for message in stored if message.startswith(writer.prefix + b" ")]
            numbers = [int(message.split(b" ")[1]) for message in own]
            if numbers != list(range(len(numbers))):
                problems.append(f"{node.name}: those of {writer.prefix.decode()} are not 0, 1, 2, ...")
            lost = sum(stored[offset:offset + BATCH] != writer.batch(number)
                       for number, offset in enumerate(writer.acknowledged))
            if lost:
                problems.append(f"{node.name}: {lost} acknowledged batches of {writer.prefix.decode()} are not where "
                                "they were acknowledged")
        return problems
