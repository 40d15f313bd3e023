"""Waiting for a condition, with a deadline: the only way in which a test waits."""
import os
import time

# Generous, since a deadline that is met costs nothing, and a sanitizer makes everything ten times slower.
DEADLINE_S = float(os.environ.get("BELLWETHER_DEADLINE", "30"))
POLL_S = 0.01


class TimedOut(AssertionError):
    """The condition did not come true; says which one, and what was seen last."""


def until(condition, what, seconds=DEADLINE_S):
    """Returns the first true value of condition(). A connection that fails counts as `not yet`."""
    end = time.monotonic() + seconds
    while True:
        try:
            seen = condition()
            if seen:
                return seen
        except OSError as error:
            seen = error
        if time.monotonic() > end:
            raise TimedOut(f"after {seconds:g} s still waiting until {what}; last seen: {seen!r}")
        time.sleep(POLL_S)
