"""The disk of a node that can be made slow, hang or fail: the library of tests/disk_faults is loaded into it."""
import errno
import mmap
import struct

from power import SANITIZER
from harness import processes

KINDS = ("write", "sync", "open", "rename")
FIELDS = ("hangs", "delay_ms", "error")
EIO, ENOSPC = errno.EIO, errno.ENOSPC


class FaultyDisk:
    """Well until it is told otherwise: `disk.set("sync", hangs=1)`. One for each node, before it is started."""

    def __init__(self, node):
        path = node.directory / "disk_faults"
        path.write_bytes(bytes(4 * len(KINDS) * len(FIELDS)))
        with open(path, "r+b") as control:
            self.control = mmap.mmap(control.fileno(), 0)
        program = node.cluster.program("bellwether-node")
        libraries = processes.subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
        sanitizers = SANITIZER.findall(libraries)  # has to be loaded before anything that stands in for the system's calls
        node.environment = {"LD_PRELOAD": " ".join([*sanitizers, str(node.cluster.program("disk_faults.so"))]),
                            "DISK_FAULTS_DIRECTORY": str(node.data), "DISK_FAULTS_CONTROL": str(path)}

    def set(self, *kinds, **fields):
        for kind in kinds:
            for name, value in fields.items():
                place = KINDS.index(kind) * len(FIELDS) + FIELDS.index(name)
                struct.pack_into("=I", self.control, 4 * place, value)

    def heal(self):
        self.control[:] = bytes(len(self.control))
