"""Child processes that never outlive this one.

Each child leads a process group of its own, so that Ctrl-C in the terminal reaches only us, and the kernel kills it
when the thread that started it ends, however that happens. So: start children from the main thread.
"""
import atexit
import ctypes
import os
import random
import signal
import socket
import subprocess

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)
_children = []
_ports_given = set()


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(arguments, **options):
    """subprocess.Popen, for a child that dies with us."""
    child = subprocess.Popen([str(word) for word in arguments], start_new_session=True,
                             preexec_fn=_die_with_parent, **options)
    _children.append(child)
    return child


def kill(child):
    """kill -9 of the child's whole group, and its burial."""
    if child.poll() is None:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    child.wait()


@atexit.register
def kill_all():
    for child in _children:
        kill(child)
    _children.clear()


def free_port():
    """A port of 127.0.0.1 that nobody listens on, below the range from which the kernel takes the local ports of
    outgoing connections: one of those could sit on the port of a node that is down for a moment."""
    while True:
        port = random.randrange(22000, 32000)
        if port in _ports_given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _ports_given.add(port)
        return port
