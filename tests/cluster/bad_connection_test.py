"""Connections that are slow, silent, many, cut or never read: each keeps what it may, and takes nothing from the others.

What ends them after a while (docs/protocol.md, limits of a connection) takes 30 s and more; the tests of src/transport play that
with shorter times. Here they are all there at once.
"""
import socket
import time

from harness import packets
from harness.waiting import until
from siege import MIB, Siege

STATUS = b'{"type":"status"}\n'
LARGEST_APPEND = b'{"type":"append","bytes":8388608}\n'
CONNECTIONS_MAX = 10000


class Connections(Siege):
    def say(self, sockets, data):
        for one in sockets:
            one.sendall(data)

    def test_that_are_slow_or_cut_or_of_another_language_hold_up_nobody(self):
        with self.attack("500 that say nothing"):
            self.sockets(500)
        with self.attack("headers byte by byte, 200 at once"):
            sockets = self.sockets(200)
            for byte in STATUS[:12]:
                self.say(sockets, bytes([byte]))
        with self.attack("half a header each, 500 at once"):
            self.say(self.sockets(500), b'{"type":"append","message":"' + b"x" * 10000)
        with self.attack("a body byte by byte, 200 at once"):
            sockets = self.sockets(200)
            self.say(sockets, LARGEST_APPEND)
            for _ in range(5):
                self.say(sockets, b"\0")
        with self.attack("blanks byte by byte, 200 at once"):
            sockets = self.sockets(200)
            for _ in range(5):
                self.say(sockets, b" ")
        with self.attack("a request byte by byte, answered at its end"):
            with self.connect() as connection:
                for byte in STATUS:
                    connection.send_raw(bytes([byte]))
                self.assertEqual("status", connection.receive()["type"])

        with self.attack("1000 that are reset at once"):
            for _ in range(10):
                self.reset(self.sockets(100))
        with self.attack("half a packet and a reset, 1000 times"):
            for _ in range(10):
                sockets = self.sockets(100)
                self.say(sockets, b'{"type":"sta')
                self.reset(sockets)
        with self.attack("half a body and the end, 200 times"):
            for one in self.sockets(200):
                one.sendall(LARGEST_APPEND + b"x" * 100)
                one.close()
        with self.attack("requests and a reset before the answers, 500 times"):
            for _ in range(5):
                sockets = self.sockets(100)
                self.say(sockets, STATUS * 20 + b'{"type":"tail","follow":true}\n')
                self.reset(sockets)
        with self.attack("appends and a reset before the answers, 100 times"):
            sockets = self.sockets(100)
            self.say(sockets, b'{"type":"append","message":"of somebody who did not wait"}\n' * 20)
            self.reset(sockets)

        client_hello = bytes.fromhex("1603010200010001fc0303") + bytes(range(256)) * 2
        with self.attack("a TLS ClientHello"):
            with self.connect() as connection:
                connection.send_raw(client_hello)
                self.assertEqual(bytes.fromhex("15030300020228"), connection.read_to_end())
        with self.attack("a TLS ClientHello in the middle"):
            with self.connect() as connection:
                self.assert_goes_on(connection)
                connection.send_raw(client_hello + b"\n")
                self.assert_error("bad-packet", connection.receive())
                self.assert_closed(connection)
        for name, data in (("SSH", b"ssh-2.0\r\n"), ("a PROXY header of version 2", b"\r\n\r\n\0\r\nQUIT\n"),
                           ("a MySQL greeting", b"\x4a\0\0\0\x0a"), ("zeros", bytes(1000))):
            with self.attack(name):
                with self.connect() as connection:
                    connection.send_raw(data)
                    if data.startswith(b"\x4a"):  # an upper-case letter, as of HTTP, whose head never ends
                        connection.half_close()
                        connection.read_to_end()
                    else:
                        self.assert_error("bad-packet", connection.receive())
                        self.assert_closed(connection)

    def test_that_never_read_or_ask_for_much_are_not_waited_for(self):
        # 24 MiB to read, of which a connection may keep 4 MiB and a piece waiting
        piece = packets.pack([b"x" * 8000] * 128)
        for _ in range(24):
            self.assertEqual("appended", self.leader.ask({"type": "append", "count": 128}, piece)["type"])
        with self.attack("tails that never read, 20 at once", memory=300 * MIB):
            sockets = self.sockets(20)
            self.say(sockets, b'{"type":"tail"}\n')
            until(lambda: self.are_full(sockets), "they have what their sockets take")
        with self.attack("tails that follow and never read, 20 at once", memory=300 * MIB):
            sockets = self.sockets(20)
            self.say(sockets, b'{"type":"tail","follow":true}\n')
            until(lambda: self.are_full(sockets), "they have what their sockets take")
        with self.attack("1000 tails on one connection"):
            self.say(self.sockets(1), b'{"type":"tail","follow":true}\n' * 1000)
        with self.attack("100000 requests whose answers are not read"):
            one, = self.sockets(1)
            one.settimeout(1)
            try:
                one.sendall(STATUS * 100000)
            except TimeoutError:
                pass  # nothing more is read until some answers are
        with self.attack("1000 requests and half a close each, 50 at once"):
            sockets = self.sockets(50)
            self.say(sockets, STATUS * 1000)
            for one in sockets:
                one.shutdown(socket.SHUT_WR)

    @staticmethod
    def are_full(sockets):
        """Each has something to read, which nobody reads."""
        for one in sockets:
            one.setblocking(False)
            try:
                one.recv(1, socket.MSG_PEEK)
            except BlockingIOError:
                return False
        return True

        with self.attack("20000 requests at once, all answered in order"):
            with self.connect() as connection:
                count = 20000
                connection.send_raw(b"".join(b'{"type":"leader","id":%d}\n' % number for number in range(count)))
                for number in range(count):
                    self.assertEqual(number, connection.receive()["id"])
        with self.attack("500 checkpoints at once"):
            with self.connect() as connection:
                connection.send_raw(b'{"type":"snapshot"}\n' * 500)
                for _ in range(500):
                    self.assertIn(connection.receive()["type"], ("done", "error"))
        with self.attack("the largest appends, 16 at once", memory=600 * MIB):
            body = packets.pack([b"x" * (8 * MIB - 4)])
            connections = [self.connect() for _ in range(16)]
            for connection in connections:
                connection.send({"type": "append"}, body)
            for connection in connections:
                answer = connection.receive()
                self.assertIn(answer.get("code", answer["type"]), ("appended", "busy"))
                connection.close()

    def test_10000_are_taken_and_the_next_one_is_told_and_fewer_where_descriptors_are_few(self):
        with self.attack("10000 connections", memory=400 * MIB):
            start = time.monotonic()
            sockets = self.opened
            host, port = self.follower.address.rsplit(":", 1)
            while len(sockets) < CONNECTIONS_MAX + 200:
                sockets.append(socket.create_connection((host, int(port)), source_address=(f"127.0.0.{2 + len(sockets) % 9}", 0)))
            with self.connect(self.follower) as connection:
                self.assert_error("busy", connection.receive())
            self.reset(sockets)
            until(lambda: self.follower.status(), "it takes connections again")
            self.assertLess(time.monotonic() - start, 30)

        node = self.follower
        node.kill()
        node.entrance = ["prlimit", "--nofile=200:200"]
        node.start()
        self.cluster.wait_until_whole(3)
        with self.attack("400 connections at 200 descriptors"):
            with self.connect(node) as connection:
                self.assert_goes_on(connection)
                flood = self.sockets(400, node)
                answers = {one.recv(4096) for one in flood[120:]}  # closed without a word, if very many come at once
                self.assertTrue(any(b'"busy"' in answer for answer in answers), answers)
                self.assertEqual("done", connection.request({"type": "snapshot"})["type"])
