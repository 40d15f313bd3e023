#!/usr/bin/env python3
"""Prints what the failed tests of some ctest reports (JUnit XML) said: their last lines, the newest of which matter.

    python3 tests/show_failures.py REPORT...
"""
import sys
import xml.etree.ElementTree as xml

LINES_MAX = 80  # of each test


def failures(report):
    for test in xml.parse(report).getroot().iter("testcase"):
        if test.get("status") == "fail":
            yield test.get("name"), (test.findtext("system-out") or "").splitlines()


def main(reports):
    for report in reports:
        for name, said in failures(report):
            print(f"\n-- {name} said last:")
            print("\n".join("   " + line for line in said[-LINES_MAX:]))


if __name__ == "__main__":
    main(sys.argv[1:])
