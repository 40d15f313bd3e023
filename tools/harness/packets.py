"""The packets of a client: one line of JSON, and as many raw bytes after it as its "bytes" says."""
import json
import socket
import struct

TIMEOUT_S = 30


class Closed(ConnectionError):
    """The other side closed the connection where a packet was expected."""


class Refused(OSError):
    """An error packet where an answer was expected; like a connection that fails, it may pass."""


class Connection:
    """One connection to a node; requests may be pipelined, answers come in order."""

    def __init__(self, address, timeout=TIMEOUT_S):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=timeout)
        self.reader = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.reader.close()
        self.socket.close()

    def send_raw(self, data):
        self.socket.sendall(data)

    def send(self, header, body=b""):
        if body:
            header = {**header, "bytes": len(body)}
        self.send_raw(json.dumps(header).encode() + b"\n" + body)

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def receive(self):
        """The next packet: its header, with the body (if any) as "body"."""
        line = self.reader.readline()
        if not line.endswith(b"\n"):
            raise Closed("the node closed the connection")
        header = json.loads(line)
        if header.get("bytes"):
            header["body"] = self.reader.read(header["bytes"])
            if len(header["body"]) != header["bytes"]:
                raise Closed("the node closed the connection within a body")
        return header

    def request(self, header, body=b""):
        self.send(header, body)
        return self.receive()

    def read_to_end(self):
        """Every byte until the node closes, or resets, the connection."""
        data = b""
        try:
            while piece := self.reader.read1(65536):
                data += piece
        except ConnectionResetError:
            pass
        return data


def ask(address, header, body=b"", timeout=TIMEOUT_S):
    """One request on a connection of its own."""
    with Connection(address, timeout) as connection:
        return connection.request(header, body)


def pack(messages):
    """Messages as an append's body: each a 4-byte little-endian length and its bytes."""
    return b"".join(struct.pack("<I", len(message)) + message for message in messages)


def unpack(body):
    messages = []
    while body:
        (length,) = struct.unpack_from("<I", body)
        messages.append(body[4:4 + length])
        body = body[4 + length:]
    return messages


def tail(address, start=0, timeout=TIMEOUT_S, **fields):
    """Every message from offset `start` on that is there now, as the node at `address` tells it."""
    return [message for message, _ in timed_tail(address, start, timeout, **fields)]


def timed_tail(address, start=0, timeout=TIMEOUT_S, **fields):
    """The same, each with the time at which its leader took it, in ms."""
    messages = []
    with Connection(address, timeout) as connection:
        connection.send({"type": "tail", "from": start, **fields})
        while True:
            packet = connection.receive()
            if packet["type"] != "messages":
                break
            if packet["offset"] != start + len(messages) and packet["count"]:
                raise AssertionError(f"the tail jumps from {start + len(messages)} to {packet['offset']}")
            messages += zip(unpack(packet.get("body", b"")), packet["times"])
    if packet["type"] == "error":
        raise Refused(packet)
    if packet["type"] != "end" or packet["reason"] not in ("caught-up", "limit"):
        raise AssertionError(f"the tail ended with {packet}")
    return messages
