#!/usr/bin/env python3
"""Runs the cluster tests: all of them, or those whose name contains one of the words given.

    BELLWETHER_BIN=build/release/bin python3 tests/cluster/run.py [WORD...]
    python3 tests/cluster/run.py --list

ctest calls it once for each test. Exit status: 0 passed, 1 failed, 77 all skipped.
"""
import os
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tools")]
SKIPPED = 77


class Result(unittest.TextTestResult):
    """Shows what the nodes said last as soon as a test fails, before it cleans up."""

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.show_nodes(test)

    def addError(self, test, err):
        super().addError(test, err)
        self.show_nodes(test)

    def show_nodes(self, test):
        cluster = getattr(test, "cluster", None)
        if cluster:
            self.stream.writeln("\n" + cluster.describe())


def tests_of(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests_of(item)
        else:
            yield item


def short_name(test):
    """joining_test.FourNodes.test_each_says_its_id -> FourNodes.each_says_its_id"""
    return ".".join(test.id().split(".")[-2:]).replace(".test_", ".")


def main(words):
    tests = list(tests_of(unittest.TestLoader().discover(str(HERE), "*_test.py")))
    if words == ["--list"]:
        print("\n".join(short_name(test) for test in tests))
        return 0
    os.environ["PYTHONFAULTHANDLER"] = "1"
    chosen = [test for test in tests if not words or any(word in short_name(test) for word in words)]
    result = unittest.TextTestRunner(verbosity=2, resultclass=Result).run(unittest.TestSuite(chosen))
    if not result.wasSuccessful() or not chosen:
        return 1
    return SKIPPED if len(result.skipped) == len(chosen) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
