"""The README's calls, run as they are printed there; a line below one that is no call is its whole answer."""
import pathlib
import re
import subprocess

from case import ClusterTest
from harness import processes
from harness.waiting import until

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
CALL = re.compile(r"\b(curl|nc) ")


def calls():
    """[(command, answer)], an empty answer where none is printed."""
    found = []
    is_answer = False
    for line in README.read_text().splitlines():
        text = line.strip()
        if line.startswith("    ") and CALL.search(text):
            found.append([re.sub(r"\s{2,}# .*", "", text), ""])
            is_answer = True
        elif line.startswith("    ") and is_answer:
            found[-1][1] += text
        else:
            is_answer = False
    return found


class Readme(ClusterTest):
    def test_calls_are_answered_as_printed(self):
        self.cluster.start(4)
        self.cluster.wait_until_whole(4)
        asked = calls()
        self.assertGreaterEqual(len(asked), 11)
        for command, answer in asked:
            with self.subTest(command):
                said = self.said_by(command)
                if answer:
                    self.assertEqual(answer, said.strip())
                else:
                    self.assertNotIn('"code"', said)
                    self.assertTrue(said)

    def said_by(self, command):
        for number, node in enumerate(self.cluster.nodes, start=1):
            command = re.sub(rf"(127\.0\.0\.1[: ])800{number}\b", rf"\g<1>{node.port}", command)
        child = processes.start(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(child.stdout.close)
        try:
            if " -N -H " in command:  # follows: its first line will do
                return child.stdout.readline().decode()
            out, _ = child.communicate(timeout=60)
            self.assertEqual(0, child.returncode)
            return out.decode()
        finally:
            processes.kill(child)
