"""The demo does what it shows, and leaves nothing behind."""
import os
import pathlib
import re
import signal
import subprocess
import unittest

from case import programs
from harness import processes
from harness.waiting import until

TOP = pathlib.Path(__file__).resolve().parents[2]


def processes_that_mention(word):
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if word.encode() in (entry / "cmdline").read_bytes():
                found.append(entry.name)
        except OSError:
            pass  # it ended meanwhile
    return found


class Demo(unittest.TestCase):
    def start(self, *flags, **options):
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        return processes.start([TOP / "tools/demo", "--bin", programs().resolve(), *flags], env=environment, **options)

    def test_of_one_round_loses_and_doubles_nothing(self):
        demo = self.start("--rounds", "1", "--interval", "1", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        shown, _ = demo.communicate(timeout=120)
        self.assertEqual(0, demo.returncode, shown)
        self.assertRegex(shown, r"(?m)^lost +0$")
        self.assertRegex(shown, r"(?m)^doubled +0$")
        self.assertNotIn("\033", shown, "no colour where there is no terminal")

    def test_that_is_interrupted_leaves_no_process_and_no_file(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            with self.subTest(signal=number.name):
                demo = self.start("--rounds", "100", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                folder = None
                for line in demo.stdout:
                    folder = folder or re.search(r"files are in (\S+)", line)
                    if "kill -9" in line:
                        break
                self.assertTrue(folder)
                demo.send_signal(number)
                demo.communicate(timeout=60)
                self.assertEqual(130 if number != signal.SIGKILL else -signal.SIGKILL, demo.returncode)
                until(lambda: not processes_that_mention(folder[1]), "no process is left")
                if number != signal.SIGKILL:
                    self.assertFalse(pathlib.Path(folder[1]).exists())
