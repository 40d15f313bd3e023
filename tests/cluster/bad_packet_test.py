"""Packets that are wrong in every way that docs/protocol.md names, sent to a leader at work: each gets its documented
answer, and the connection goes on wherever it is known where the next packet begins."""
import json

from harness import packets
from siege import MIB, Siege

LINE_MAX = 65536
BODY_MAX = 8 * MIB
U64 = 2 ** 64 - 1


def line(text):
    return (text if isinstance(text, bytes) else text.encode()) + b"\n"


def padded(length):
    """A line of so many bytes with its line break."""
    rest = length - len('{"type":"leader","x":""}') - 1
    return line('{"type":"leader","x":"' + "x" * rest + '"}')


def append(fields, body=b""):
    return line('{"type":"append",' + fields + "}") + body


HI = b"\x02\0\0\0hi"

# Nobody can say where the next packet begins: one error, then the connection is closed.
BROKEN_STREAMS = [
    ("garbage of high bytes", bytes(range(128, 256)) * 64, "bad-packet"),
    ("a list instead of an object", line("[1,2,3]"), "bad-packet"),
    ("no JSON", line("{type=status}"), "bad-packet"),
    ("half an object", line('{"type":"status"'), "bad-packet"),
    ("two objects in a line", line('{"type":"status"}{"type":"status"}'), "bad-packet"),
    ("17 lists in each other", line('{"type":"status","x":' + "[" * 16 + "]" * 16 + "}"), "bad-packet"),
    ("30000 lists in each other", line('{"type":"status","x":' + "[" * 30000 + "]" * 30000 + "}"), "bad-packet"),
    ("a NUL in the line", line(b'{"type":"sta\0tus"}'), "bad-packet"),
    ("a NUL behind the object", line(b'{"type":"status"}\0'), "bad-packet"),
    ("bytes that are no UTF-8", line(b'{"type":"status","x":"\xff\xfe"}'), "bad-packet"),
    ("UTF-8 in too many bytes", line(b'{"type":"status","x":"\xc0\xaf"}'), "bad-packet"),
    ("half a surrogate pair", line('{"type":"append","message":"\\ud800"}'), "bad-packet"),
    ("a line one byte too long", padded(LINE_MAX + 1), "too-large"),
    ("a body one byte too large", append(f'"bytes":{BODY_MAX + 1}'), "too-large"),
    ("a body of 2^64 - 1 bytes", append(f'"bytes":{U64}'), "too-large"),
    ("a body of 2^64 bytes", append(f'"bytes":{U64 + 1}'), "bad-packet"),
    ("a body of 10^400 bytes", append('"bytes":1' + "0" * 400), "bad-packet"),
    ("a body of -1 bytes", append('"bytes":-1'), "bad-packet"),
    ("a body of 1.5 bytes", append('"bytes":1.5'), "bad-packet"),
    ("a body of '6' bytes", append('"bytes":"6"', HI), "bad-packet"),
    ("a body of null bytes", append('"bytes":null', HI), "bad-packet"),
    ("an id that is an object", line('{"type":"status","id":{}}'), "bad-packet"),
    ("an id of 257 bytes", line(json.dumps({"type": "status", "id": "x" * 255})), "bad-packet"),
]

# The end of the packet is known: one error, and the connection goes on.
BROKEN_PACKETS = [
    ("no type", line("{}"), "bad-packet"),
    ("a type that is a number", line('{"type":7}'), "bad-packet"),
    ("a type of 60000 bytes", line('{"type":"' + "x" * 60000 + '"}'), "bad-packet"),
    ("a type that nobody knows", line('{"type":"drop-all"}'), "unknown-type"),
    ("an answer for a request", line('{"type":"appended","offset":0,"count":1}'), "unknown-type"),
    ("the end of somebody's tail", line('{"type":"end","next":0,"reason":"removed"}'), "unknown-type"),
    ("a body where none belongs", line('{"type":"status","bytes":6}') + HI, "bad-packet"),
    ("a message and a body", append('"message":"hi","bytes":6', HI), "bad-packet"),
    ("a message longer than its body", append('"bytes":6', b"\xff\xff\xff\xffhi"), "bad-packet"),
    ("a message of 2^31 bytes in a body of 6", append('"bytes":6', b"\0\0\0\x80hi"), "bad-packet"),
    ("bytes behind the last message", append('"bytes":7', HI + b"!"), "bad-packet"),
    ("fewer messages than counted", append('"count":2,"bytes":6', HI), "bad-packet"),
    ("more messages than counted", append('"count":1,"bytes":12', HI + HI), "bad-packet"),
    ("no messages", append('"count":0,"bytes":6', HI), "bad-packet"),
    ("-1 messages", append('"count":-1,"bytes":6', HI), "bad-packet"),
    ("2^32 messages", append(f'"count":{2 ** 32},"bytes":6', HI), "bad-packet"),
    ("a message that is a list", append('"message":["hi"]'), "bad-packet"),
    ("producer 0", append('"message":"hi","producer":0,"sequence":1'), "bad-packet"),
    ("producer 2^64", append(f'"message":"hi","producer":{U64 + 1},"sequence":1'), "bad-packet"),
    ("a producer without a sequence", append('"message":"hi","producer":1'), "bad-packet"),
    ("a sequence without a producer", append('"message":"hi","sequence":1'), "bad-packet"),
    ("sequence 0", append('"message":"hi","producer":1,"sequence":0'), "bad-packet"),
    ("producer 2^64 - 1", append(f'"message":"hi","producer":{U64},"sequence":1'), "unknown-producer"),
    ("a tail from -1", line('{"type":"tail","from":-1}'), "bad-packet"),
    ("a tail from 2^64", line(f'{{"type":"tail","from":{U64 + 1}}}'), "bad-packet"),
    ("a tail of 'all'", line('{"type":"tail","limit":"all"}'), "bad-packet"),
    ("a tail that follows 1", line('{"type":"tail","follow":1}'), "bad-packet"),
    ("the removal of member 0", line('{"type":"remove","member":0}'), "bad-packet"),
    ("the removal of member 2^64 - 1", line(f'{{"type":"remove","member":{U64}}}'), "refused"),
    ("the leadership for member 2^64 - 1", line(f'{{"type":"move-leader","member":{U64}}}'), "refused"),
    ("the article's packet without an address", line('{"source":{"nodeId":1},"dest":{},"message":"hi"}'), "bad-packet"),
]


class BadPackets(Siege):
    def test_are_answered_with_their_error_and_the_connection_goes_on_where_the_next_packet_can_be_found(self):
        for name, data, code in BROKEN_STREAMS:
            with self.attack(name):
                self.refused(data, code, closed=True)
        for name, data, code in BROKEN_PACKETS:
            with self.attack(name):
                self.refused(data, code, closed=False)
        for name, data in (("half a header", b'{"type":"sta'), ("half a body", append('"bytes":100', b"x" * 50))):
            with self.attack(name):
                with self.connect() as connection:
                    connection.send_raw(data)
                    connection.half_close()
                    answer = connection.receive()
                    self.assert_error("bad-packet", answer)
                    self.assertIn("in the middle of a packet", answer["message"])
                    self.assert_closed(connection)

    def test_at_the_limits_and_beyond_all_sense_are_taken_or_cut_off_as_it_is_written(self):
        with self.attack("a line of exactly the limit"):
            with self.connect() as connection:
                connection.send_raw(padded(LINE_MAX))
                self.assert_goes_on(connection)
        with self.attack("16 objects and lists in each other"):
            with self.connect() as connection:
                connection.send_raw(line('{"type":"leader","x":' + "[" * 15 + "]" * 15 + "}"))
                self.assertEqual("leader", connection.receive()["type"])
        with self.attack("a NUL and control characters in a message"):
            self.assertEqual("appended", self.leader.ask({"type": "append", "message": "\0\x1b[2J\r\n"})["type"])
        with self.attack("the largest body, of one message"):
            answer = self.leader.ask({"type": "append"}, packets.pack([b"x" * (BODY_MAX - 4)]))
            self.assertEqual("appended", answer["type"], answer)
        with self.attack("a body of 100000 empty messages"):
            answer = self.leader.ask({"type": "append", "count": 100000}, bytes(400000))
            self.assertEqual(("appended", 100000), (answer["type"], answer.get("count")), answer)
        with self.attack("a line without an end"):
            with self.connect() as connection:
                connection.send_raw(b'{"x":"' + b"x" * (16 * LINE_MAX))
                self.assert_error("too-large", connection.receive())
        with self.attack("blank lines without an end"):
            with self.connect() as connection:
                self.assert_goes_on(connection)
                for _ in range(32):
                    connection.send_raw(b"\n" * MIB)
                self.assert_goes_on(connection)
        with self.attack("blanks without an end at first"):
            with self.connect() as connection:
                connection.send_raw(b"\n" * MIB)
                self.assert_error("bad-packet", connection.receive())
        with self.attack("two types"):
            with self.connect() as connection:
                connection.send_raw(line('{"type":"status","type":"leader"}'))
                self.assertEqual("leader", connection.receive()["type"])
        with self.attack("two lengths"):
            with self.connect() as connection:
                connection.send_raw(append(f'"bytes":{BODY_MAX},"bytes":6', HI))
                self.assertEqual("appended", connection.receive()["type"])
                self.assert_goes_on(connection)
        producer = self.leader.ask({"type": "register"})["producer"]

        def sequence(number):
            return self.leader.ask({"type": "append", "message": "hi", "producer": producer, "sequence": number})
        with self.attack("sequence 2^64 - 1"):
            answer = sequence(U64)
            self.assert_error("sequence-gap", answer)
            self.assertEqual(1, answer["expected"])
        with self.attack("one sequence with two messages"):
            offset = sequence(1)["offset"]
            answer = self.leader.ask({"type": "append", "message": "another", "producer": producer, "sequence": 1})
            self.assertEqual(("appended", offset), (answer["type"], answer.get("offset")))
        for name, fields, reason in (("a tail from 2^64 - 1", {"from": U64}, "caught-up"),
                                     ("a tail of none", {"limit": 0}, "limit"),
                                     ("a tail of 2^64 - 1 from 2^64 - 1", {"from": U64, "limit": U64}, "caught-up")):
            with self.attack(name):
                answer = self.follower.ask({"type": "tail", **fields})
                self.assertEqual(("end", reason), (answer["type"], answer.get("reason")), answer)
        with self.attack("a tail that follows from 2^64 - 1"):
            with self.connect(self.follower) as connection:
                connection.send({"type": "tail", "from": U64, "follow": True})
                answer = connection.receive()  # that it is alive, which a follower of the log gets every 5 s
                self.assertEqual(("messages", 0), (answer["type"], answer.get("count")), answer)
