"""What clients asked and were told, and whether the logs of the members agree with it."""
import collections
import dataclasses

# Answers that say that nothing was stored; `unknown`, and a connection that broke, say nothing.
NOT_STORED = {"no-leader", "not-leader", "no-majority", "busy", "disk-full", "leaving", "retry"}


@dataclasses.dataclass
class Append:
    client: str
    message: bytes  # no two are the same
    asked: float  # monotonic seconds
    answered: float | None = None
    outcome: str = "unknown"  # or `stored`, at `offset`, or `refused`
    offset: int | None = None


@dataclasses.dataclass
class Read:
    """What a reader got from `start` on. A tail of its kind asks the leader: whatever was acknowledged before has to be there."""

    reader: str
    asked: float
    start: int
    messages: list


def problems(appends, reads, logs):
    """One line for each thing that must not be. `logs`: the whole log of each member, by its name."""
    return [*differing(logs), *(line for name, log in logs.items() for line in _against(appends, reads, name, log))]


def differing(logs):
    (first, expected), *others = logs.items()
    for name, log in others:
        if log != expected:
            at = next((i for i, (a, b) in enumerate(zip(log, expected)) if a != b), min(len(log), len(expected)))
            yield f"{name} and {first} differ from offset {at} on ({len(log)} and {len(expected)} messages)"


def _against(appends, reads, name, log):
    places = collections.defaultdict(list)
    for offset, message in enumerate(log):
        places[message].append(offset)
    yield from (f"{name}: {line}" for line in _each_append(appends, places))
    yield from (f"{name}: {line}" for line in _order(appends, places))
    known = {append.message for append in appends}
    yield from (f"{name}: {message!r} at {at[0]} was sent by nobody" for message, at in places.items() if message not in known)
    yield from (f"{name}: {line}" for line in _each_read(appends, reads, log))


def _each_append(appends, places):
    for append in appends:
        at = places.get(append.message, [])
        if len(at) > 1:
            yield f"{append.message!r} is stored {len(at)} times, at {at}"
        if append.outcome == "stored" and not at:
            yield f"{append.message!r} was acknowledged at {append.offset} and is missing"
        elif append.outcome == "stored" and append.offset not in at:
            yield f"{append.message!r} was acknowledged at {append.offset} and is at {at}"
        elif append.outcome == "refused" and at:
            yield f"{append.message!r} was refused and is stored at {at}"


def _order(appends, places):
    """What was asked after something was acknowledged comes behind it."""
    stored = [(append, places[append.message][0]) for append in appends if places.get(append.message)]
    acknowledged = sorted((append.answered, at, append) for append, at in stored if append.outcome == "stored")
    latest = None  # of those acknowledged so far, the one that is furthest behind
    turn = 0
    for append, at in sorted(stored, key=lambda pair: pair[0].asked):
        while turn < len(acknowledged) and acknowledged[turn][0] < append.asked:
            if latest is None or acknowledged[turn][1] > latest[0]:
                latest = (acknowledged[turn][1], acknowledged[turn][2])
            turn += 1
        if latest and at < latest[0]:
            yield (f"{append.message!r} is at {at}, before {latest[1].message!r} at {latest[0]}, "
                   "which was acknowledged before it was asked")


def _each_read(appends, reads, log):
    acknowledged = sorted((append.answered, append.offset) for append in appends if append.offset is not None)
    turn, end = 0, 0
    for read in sorted(reads, key=lambda one: one.asked):
        while turn < len(acknowledged) and acknowledged[turn][0] < read.asked:
            end = max(end, acknowledged[turn][1] + 1)
            turn += 1
        got = read.start + len(read.messages)
        if read.messages != log[read.start:got]:
            yield f"{read.reader} read other messages from {read.start} on than there are"
        if got < end:
            yield f"{read.reader} read up to {got} when {end} messages were acknowledged"


def longest_gap(times, intervals):
    """The longest time without any of these acknowledgements within the intervals (from, until), in seconds."""
    times = sorted(times)
    longest = 0.0
    for start, end in intervals:
        marks = [start, *(at for at in times if start < at < end), end]
        longest = max([longest, *(later - earlier for earlier, later in zip(marks, marks[1:]))])
    return longest
