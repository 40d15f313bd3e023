"""Clients of all kinds, each a thread that writes down what it asked and what it was told."""
import random
import re
import subprocess
import threading
import time

from harness import packets, processes
from harness.appender import Appender
from harness.waiting import until
from history import NOT_STORED, Append, Read

EVERY_S = 0.005
ANSWER_WITHIN_S = 2
READ_BACK = 200  # messages before the end that it knows


class Client(threading.Thread):
    def __init__(self, name, addresses, seed):
        super().__init__(daemon=True, name=name)
        self.addresses = list(addresses)
        self.random = random.Random(f"{seed} {name}")
        self.stopped = threading.Event()
        self.failure = None
        self.appends = []
        self.reads = []

    def run(self):
        try:
            while not self.stopped.wait(EVERY_S):
                self.step()
        except Exception as failure:  # told by the main thread
            self.failure = failure
        finally:
            self.close()

    def close(self):
        pass

    def finish(self):
        self.stopped.set()
        self.join()
        if self.failure:
            raise self.failure


class Plain(Client):
    """Appends without a producer and repeats nothing, at any member, which mostly names the leader."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.address = self.random.choice(self.addresses)

    def step(self):
        append = Append(self.name, b"%s %d" % (self.name.encode(), len(self.appends)), time.monotonic())
        self.appends.append(append)
        try:
            answer = packets.ask(self.address, {"type": "append", "message": append.message.decode()}, timeout=ANSWER_WITHIN_S)
        except OSError:
            self.address = self.random.choice(self.addresses)
            return
        append.answered = time.monotonic()
        if answer["type"] == "appended":
            append.outcome, append.offset = "stored", answer["offset"]
            return
        if answer["code"] in NOT_STORED:
            append.outcome = "refused"
        self.address = (answer.get("leader") or {}).get("address") or self.random.choice(self.addresses)


class Exactly(Client):
    """One message after the other, each repeated until it is acknowledged."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.appender = Appender(self.addresses, answer_within=ANSWER_WITHIN_S, patience=float("inf"))

    def step(self):
        append = Append(self.name, b"%s %d" % (self.name.encode(), len(self.appends)), time.monotonic())
        self.appends.append(append)
        append.offset = self.appender.append(append.message.decode())
        append.answered = time.monotonic()
        append.outcome = "stored"

    def close(self):
        self.appender.close()


class Reader(Client):
    """Reads the end of the log at any member, as up to date as an answer of the leader."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.end = 0

    def step(self):
        self.stopped.wait(10 * EVERY_S)
        start = max(0, self.end - READ_BACK)
        asked = time.monotonic()
        try:
            messages = packets.tail(self.random.choice(self.addresses), start, timeout=ANSWER_WITHIN_S)
        except (OSError, AssertionError):  # refused, or it broke off
            return
        self.end = max(self.end, start + len(messages))
        self.reads.append(Read(self.name, asked, start, messages))


class Follower(Client):
    """Follows the log from its beginning, at one member after the other."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.messages = []
        self.connection = None

    def step(self):
        try:
            if not self.connection:
                self.connection = packets.Connection(self.random.choice(self.addresses), timeout=6)  # it says something every 5 s
                self.connection.send({"type": "tail", "from": len(self.messages), "follow": True})
            packet = self.connection.receive()
            if packet["type"] != "messages":
                raise packets.Closed(str(packet))
            if packet["count"]:
                if packet["offset"] != len(self.messages):
                    raise AssertionError(f"{self.name}: {packet['offset']} follows {len(self.messages)}")
                self.messages += packets.unpack(packet["body"])
        except OSError:
            self.close()

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def finish(self):
        super().finish()
        self.reads = [Read(self.name, 0.0, 0, self.messages)]


class Producer(Client):
    """The real bellwether-producer, which is given lines. It repeats what it has to by itself."""

    def __init__(self, name, addresses, seed, program, log):
        super().__init__(name, addresses, seed)
        self.log = log
        with open(log, "wb") as out:
            members = [word for address in addresses for word in ("--clusterip", address)]
            self.process = processes.start([program, "--stdin", *members], stdin=subprocess.PIPE, stdout=out, stderr=out)

    def step(self):
        append = Append(self.name, b"%s %d" % (self.name.encode(), len(self.appends)), time.monotonic())
        self.appends.append(append)
        self.process.stdin.write(append.message + b"\n")
        self.process.stdin.flush()

    def finish(self):
        super().finish()
        self.process.stdin.close()
        until(lambda: self.process.poll() is not None, "the producer has its last answers and ends")
        said = self.log.read_text(errors="replace")
        found = re.search(r"([\d,' ]*\d) acknowledged|acknowledged\D*([\d,' ]*\d)", said)
        acknowledged = int(re.sub(r"\D", "", found.group(0))) if found else None
        if self.process.returncode != 0 or acknowledged != len(self.appends):
            raise AssertionError(f"{self.name} was given {len(self.appends)} lines and ended with "
                                 f"{self.process.returncode}: {said}")
