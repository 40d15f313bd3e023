"""What the demo shows: lines with the name of who says them, and the stream of messages summed up."""
import os
import sys
import time

SHOW_EVERY_S = 1.0  # hundreds of messages a second, one by one, would be a blur

COLOURS = {"node1": "36", "node2": "35", "node3": "33", "producer": "34", "demo": "1"}
GOOD, BAD, FAINT = "1;32", "1;31", "2"


class Screen:
    """Coloured on a terminal unless NO_COLOR is set (https://no-color.org)."""

    def __init__(self):
        self.coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self.started = time.monotonic()

    def paint(self, text, colour):
        return f"\033[{colour}m{text}\033[0m" if self.coloured and colour else text

    def say(self, who, text, colour=None):
        clock = f"{time.monotonic() - self.started:6.1f}"
        print(f"{clock}  {self.paint(f'{who:8}', COLOURS[who])}  {self.paint(text, colour)}", flush=True)


class NewLines:
    """The lines that were added to a file since the last look."""

    def __init__(self, path):
        self.path, self.position = path, 0

    def take(self):
        with open(self.path, "rb") as file:
            file.seek(self.position)
            data = file.read()
        whole = data[:data.rfind(b"\n") + 1]
        self.position += len(whole)
        return whole.decode(errors="replace").splitlines()


class Messages:
    """What the masters print, `OFFSET MESSAGE`: shown summed up, and watched for interruptions."""

    def __init__(self, screen):
        self.screen = screen
        self.count = 0
        self.longest_gap = 0.0
        self.last_seen = self.shown_at = time.monotonic()
        self.collected = []
        self.collected_from = None

    def add(self, name, lines):
        now = time.monotonic()
        self.longest_gap = max(self.longest_gap, now - self.last_seen)
        self.last_seen = now
        self.count += len(lines)
        if name != self.collected_from:
            self.show()
        self.collected_from = name
        self.collected += lines
        if now - self.shown_at > SHOW_EVERY_S:
            self.show()

    def show(self):
        if self.collected:
            first, last, count = self.collected[0], self.collected[-1], len(self.collected)
            text = first if count == 1 else f"{first}  ...  {last}   ({count} messages)"
            self.screen.say(self.collected_from, text)
        self.collected = []
        self.shown_at = time.monotonic()
