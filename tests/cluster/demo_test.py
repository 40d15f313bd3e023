"""The demo does what it shows, and leaves nothing behind."""
import os
import pathlib
import re
import shutil
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

    def start_and_send(self, number):
        """Sends the signal in the middle of a round. The demo's exit status and the folder of its files."""
        demo = self.start("--rounds", "100", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        folder = None
        for line in demo.stdout:
            folder = folder or re.search(r"files are in (\S+)", line)
            if "kill -9" in line:
                break
        self.assertTrue(folder)
        demo.send_signal(number)
        demo.communicate(timeout=60)
        return demo.returncode, pathlib.Path(folder[1])

    def test_that_is_interrupted_leaves_no_process_and_no_file(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number.name):
                status, folder = self.start_and_send(number)
                self.assertEqual(130, status)
                until(lambda: not processes_that_mention(str(folder)), "no process is left")
                self.assertFalse(folder.exists())

    def test_that_is_killed_leaves_no_process(self):
        status, folder = self.start_and_send(signal.SIGKILL)
        self.addCleanup(shutil.rmtree, folder)  # nobody else can: the demo had no time to
        self.assertEqual(-signal.SIGKILL, status)
        until(lambda: not processes_that_mention(str(folder)), "no process is left")
