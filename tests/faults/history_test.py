"""Broken histories, each of which the checker has to find, and a good one."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from history import Append, Read, longest_gap, problems  # noqa: E402

LOG = [b"a", b"b", b"c"]


def stored(message, offset, asked, answered):
    return Append("client", message, asked, answered, "stored", offset)


class History(unittest.TestCase):
    def setUp(self):
        self.appends = [stored(b"a", 0, 1, 2), stored(b"b", 1, 3, 4), Append("client", b"c", 5)]
        self.reads = [Read("reader", 4.5, 0, [b"a", b"b"]), Read("reader", 6, 1, [b"b", b"c"])]
        self.logs = {"node1": list(LOG), "node2": list(LOG)}

    def found(self):
        return problems(self.appends, self.reads, self.logs)

    def assert_found(self, *words):
        self.assertTrue([line for line in self.found() if all(word in line for word in words)], self.found())

    def test_that_is_good_has_no_problem(self):
        self.appends += [Append("client", b"d", 7), Append("client", b"e", 7, 8, "refused")]
        self.assertEqual([], self.found())

    def test_with_an_acknowledged_message_that_is_missing(self):
        self.appends.append(stored(b"d", 3, 7, 8))
        self.assert_found("b'd'", "is missing")

    def test_with_an_acknowledged_message_that_is_missing_and_whose_offset_nobody_was_told(self):
        self.appends.append(stored(b"d", None, 7, 8))
        self.assert_found("b'd'", "is missing")

    def test_with_a_message_at_another_offset_than_acknowledged(self):
        self.appends[1].offset = 2
        self.assert_found("b'b'", "acknowledged at 2", "[1]")

    def test_with_a_doubled_message(self):
        for log in self.logs.values():
            log.append(b"a")
        self.assert_found("b'a'", "2 times")

    def test_with_a_refused_message_that_is_stored(self):
        self.appends[2].outcome = "refused"
        self.assert_found("b'c'", "was refused")

    def test_with_an_invented_message(self):
        for log in self.logs.values():
            log.append(b"x")
        self.assert_found("b'x'", "nobody")

    def test_with_messages_out_of_order(self):
        self.logs = {"node1": [b"b", b"a", b"c"]}
        self.appends[0].offset, self.appends[1].offset = 1, 0
        self.reads = []
        self.assert_found("b'b'", "before b'a'")

    def test_of_messages_that_were_under_way_at_once_may_have_either_order(self):
        self.logs = {"node1": [b"b", b"a", b"c"]}
        self.appends[0] = stored(b"a", 1, 1, 3.5)
        self.appends[1] = stored(b"b", 0, 3, 4)
        self.reads = []
        self.assertEqual([], self.found())

    def test_with_members_that_differ(self):
        self.logs["node2"][2] = b"x"
        self.assert_found("node2 and node1 differ from offset 2")

    def test_with_a_member_that_lacks_the_end(self):
        self.logs["node2"].pop()
        self.assert_found("node2 and node1 differ from offset 2")

    def test_with_a_reader_that_saw_something_else(self):
        self.reads[0].messages = [b"b", b"a"]
        self.assert_found("reader read other messages from 0")

    def test_with_a_reader_that_saw_an_old_state(self):
        self.reads[0].messages = [b"a"]
        self.assert_found("reader read up to 1 when 2 messages were acknowledged")


class LongestGap(unittest.TestCase):
    def test_counts_only_within_the_intervals(self):
        self.assertEqual(3, longest_gap([1, 2, 9, 10], [(0, 5), (8, 10)]))

    def test_of_an_interval_without_any_is_its_length(self):
        self.assertEqual(4, longest_gap([], [(3, 7)]))


if __name__ == "__main__":
    unittest.main()
