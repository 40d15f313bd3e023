"""A small client that appends one message after the other, each exactly once, whoever leads; it notes when each was
acknowledged. The measuring end of a test: the product's own client is src/client."""
import threading
import time

from harness import packets
from harness.waiting import DEADLINE_S, TimedOut

PAUSE_S = 0.002  # between two attempts; also the resolution of a measured gap


class Appender:
    def __init__(self, addresses, answer_within=5, patience=DEADLINE_S):
        self.addresses = list(addresses)
        self.answer_within = answer_within  # seconds; then another member is tried
        self.patience = patience  # seconds for each message; then it is an error
        self.next_address = 0
        self.connection = None
        self.producer = None
        self.sequence = 0
        self.acknowledged = []  # (seconds, message, offset)

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def append(self, message):
        """Returns the offset, after as many attempts as it takes."""
        if self.producer is None:
            self.producer = self._insist({"type": "register"}, "registered")["producer"]
        self.sequence += 1
        request = {"type": "append", "message": message, "producer": self.producer, "sequence": self.sequence}
        offset = self._insist(request, "appended")["offset"]
        self.acknowledged.append((time.monotonic(), message, offset))
        return offset

    def append_all(self, messages):
        """The same for several messages (bytes) at once; the offset of the first."""
        if self.producer is None:
            self.producer = self._insist({"type": "register"}, "registered")["producer"]
        self.sequence += 1
        request = {"type": "append", "count": len(messages), "producer": self.producer, "sequence": self.sequence}
        return self._insist(request, "appended", packets.pack(messages))["offset"]

    def _insist(self, request, wanted, body=b""):
        end = time.monotonic() + self.patience
        answer = None
        while time.monotonic() < end:
            try:
                answer = self._attempt(request, body)
                if answer["type"] == wanted:
                    return answer
                if answer["code"] in ("bad-packet", "unknown-producer", "sequence-gap", "too-large"):
                    raise AssertionError(f"{request} was answered with {answer}")
            except OSError as error:
                answer = error
                self._try_another()
            time.sleep(PAUSE_S)
        raise TimedOut(f"{request} found no leader in {self.patience:g} s; last answer: {answer!r}")

    def _attempt(self, request, body):
        if not self.connection:
            self.connection = packets.Connection(self.addresses[self.next_address], timeout=self.answer_within)
        answer = self.connection.request(request, body)
        if answer["type"] == "error":
            self._try_another((answer.get("leader") or {}).get("address"))
        return answer

    def _try_another(self, address=None):
        self.close()
        if address in self.addresses:
            self.next_address = self.addresses.index(address)
        else:
            self.next_address = (self.next_address + 1) % len(self.addresses)


class Appending(threading.Thread):
    """Appends numbered messages until it is stopped; a failure is kept for whoever counts them."""

    def __init__(self, addresses, what="message", every=0):
        super().__init__(daemon=True)
        self.appender = Appender(addresses)
        self.what = what  # the beginning of each
        self.every = every  # seconds from one acknowledgement to the next message
        self.stopped = threading.Event()
        self.failure = None

    def run(self):
        try:
            while not self.stopped.wait(self.every):
                self.appender.append(f"{self.what} {len(self.appender.acknowledged)}")
        except Exception as failure:
            self.failure = failure
        finally:
            self.appender.close()

    def count(self):
        if self.failure:
            raise self.failure
        return len(self.appender.acknowledged)
