"""The forced reconfiguration (consensus.md F1 to F3): one survivor goes on with what it has as a cluster of its own, those of
the old one are turned away and come back with --rejoin, and nothing mixes."""
import os
import shutil
import signal
import time

import power
from case import ClusterTest
from harness import packets, processes
from harness.cluster import SIGTERM
from harness.waiting import until

MESSAGES = [b"message %d " % number + b"." * 200 for number in range(300)]
FLAGS = ("--join-timeout", "1")


class Recovering(ClusterTest):
    def start_with_messages(self, count):
        self.cluster.start(count)
        leader = self.cluster.wait_for_leader()
        answer = leader.ask({"type": "append", "count": len(MESSAGES)}, packets.pack(MESSAGES))
        self.assertEqual("appended", answer["type"], answer)
        leader = self.cluster.wait_until_whole(count)
        last = leader.status()["decided"]
        until(lambda: all(node.status()["decided"] >= last for node in self.cluster.nodes), "all know it as decided")
        return self.cluster.nodes

    def recover(self, node, *flags, environment=None):
        child = processes.start([self.cluster.program("bellwetherctl"), "recover", "--data-dir", node.data, *flags],
                                stdin=processes.subprocess.DEVNULL, stdout=processes.subprocess.PIPE,
                                stderr=processes.subprocess.PIPE, env={**os.environ, **(environment or {})})
        try:
            out, err = child.communicate(timeout=60)
        finally:
            processes.kill(child)
        return child.returncode, (out + err).decode()

    def recovered(self, node, cluster):
        status, said = self.recover(node, "--accept-loss", "--confirm", cluster[:8])
        self.assertEqual(0, status, said)
        return said

    def refused(self, node, *flags, words):
        before = self.contents(node)
        status, said = self.recover(node, *flags)
        self.assertEqual(1, status, said)
        for word in words:
            self.assertIn(word, said)
        self.assertEqual(before, self.contents(node))

    def contents(self, node):
        return {path.relative_to(node.data): path.read_bytes() for path in node.data.rglob("*")
                if path.is_file() and path.name != "lock"}

    def leads_alone(self, node, former):
        until(lambda: node.leader_id() == node.id, f"{node.name} leads")
        status = node.status()
        self.assertEqual([node.id], [member["id"] for member in status["members"]])
        self.assertEqual(former, status["former"])
        self.assertEqual(MESSAGES, packets.tail(node.address)[:len(MESSAGES)])
        return status["cluster"]

    def exits_with(self, node, *words, flags=FLAGS):
        said = len(node.said())
        node.start(*flags)
        self.assertEqual(1, node.wait_for_exit(), node.said())
        for word in words:
            self.assertIn(word, node.said()[said:])


class TwoNodes(Recovering):
    def setUp(self):
        super().setUp()
        self.dead, self.survivor = self.start_with_messages(2)
        self.old = self.dead.status()["cluster"]
        self.dead.kill()

    def test_survivor_goes_on_and_the_dead_one_comes_back_anew(self):
        until(lambda: "the majority is lost" in self.survivor.said(), "it says so")
        self.assertIn("bellwetherctl recover", self.survivor.said())
        status, said = self.recover(self.survivor, "--accept-loss", "--confirm", self.old[:8])
        self.assertEqual(1, status)
        self.assertIn(f"in use by process {self.survivor.process.pid}", said)
        self.survivor.kill()
        said = self.recovered(self.survivor, self.old)
        self.assertIn(f"messages: 0 to {len(MESSAGES) - 1}\n", said)
        self.assertIn(f"node 1  {self.dead.address}  votes", said)
        self.survivor.start(*FLAGS)
        new = self.leads_alone(self.survivor, [self.old])
        self.assertNotEqual(self.old, new)
        self.append(self.survivor, "after")

        # It is turned away as whom it knows, and as whom it is told to join; and nobody listens to it.
        self.exits_with(self.dead, f"recovered as cluster {new}", "--rejoin")
        to_survivor = ("--clusterip", self.survivor.address)
        self.exits_with(self.dead, f"recovered as cluster {new}", "--rejoin", flags=to_survivor)
        self.dead.start(*FLAGS, "--rejoin")
        until(lambda: self.dead.is_running() and self.dead.status()["id"] == 3, "it is a new member")
        self.dead.id = 3
        self.cluster.wait_until_whole(2)
        self.assertEqual([*MESSAGES, b"after"], packets.tail(self.dead.address))
        self.assertEqual((new, [self.old]), (self.dead.status()["cluster"], self.dead.status()["former"]))
        aside = self.dead.data / "aside-1-1"
        dumped = processes.subprocess.run([self.cluster.program("bellwetherctl"), "inspect", aside, "--dump", "0", "3"],
                                          capture_output=True, timeout=60)
        self.assertEqual(b"\n".join(MESSAGES[:3]) + b"\n", dumped.stdout, dumped.stderr)

        # Two members again, and the new one goes on when the old one leaves.
        self.survivor.signal(signal.SIGINT)
        self.assertEqual(0, self.survivor.wait_for_exit(), self.survivor.said())
        until(lambda: self.dead.leader_id() == 3, "the other one leads")
        self.append(self.dead, "after that")

    def test_survivor_that_runs_on_is_given_up_as_well(self):
        # Both are there again, and this one was taken for lost: it has no majority, and stops.
        self.survivor.kill()
        self.recovered(self.dead, self.old)
        self.dead.start(*FLAGS)
        self.leads_alone(self.dead, [self.old])
        self.exits_with(self.survivor, "--rejoin", flags=FLAGS)

    def test_nothing_changes_without_consent(self):
        self.survivor.kill()
        word = ("--confirm", self.old[:8])
        self.refused(self.survivor, words=["--accept-loss", "What may be missing", f"messages: 0 to {len(MESSAGES) - 1}"])
        self.refused(self.survivor, *word, words=["--accept-loss"])
        self.refused(self.survivor, "--accept-loss", words=["--confirm " + self.old[:8]])
        self.refused(self.survivor, "--accept-loss", "--confirm", "yes", words=["nothing was changed"])

    def test_a_node_that_needs_no_force_is_refused(self):
        agreed = ("--accept-loss", "--confirm", self.old[:8])
        self.survivor.kill()
        self.dead.start()
        until(lambda: self.dead.status()["members"], "it answers")
        self.survivor.start()
        self.cluster.wait_until_whole(2)
        self.survivor.signal(signal.SIGINT)
        self.assertEqual(0, self.survivor.wait_for_exit(), self.survivor.said())
        self.refused(self.survivor, *agreed, words=["has left its cluster"])
        self.dead.signal(SIGTERM)
        self.assertEqual(0, self.dead.wait_for_exit(), self.dead.said())
        self.refused(self.dead, *agreed, words=["only voter", "just start it"])
        status, said = self.recover(self.cluster.new_node(), *agreed)
        self.assertEqual(1, status)
        self.assertIn("no data directory", said)

    def test_a_damaged_log_is_refused(self):
        self.survivor.kill()
        segment = self.survivor.data / "log" / "00000000000000000001.segment"
        data = bytearray(segment.read_bytes())
        data[300] ^= 4  # of the record behind the opening: it may have been a promise
        segment.write_bytes(data)
        self.refused(self.survivor, "--accept-loss", "--confirm", self.old[:8], words=["is damaged"])

    def test_cut_short_before_the_identity_it_starts_as_neither_and_is_finished(self):
        self.survivor.kill()
        identity = self.survivor.data / "identity.json"
        shutil.copy(identity, self.survivor.directory / "kept")
        self.recovered(self.survivor, self.old)
        shutil.copy(self.survivor.directory / "kept", identity)
        self.exits_with(self.survivor, "cut short", "bellwetherctl recover again")
        self.exits_with(self.survivor, "cut short", "bellwetherctl recover again", flags=(*FLAGS, "--rejoin"))
        self.assertIn("cut short", self.recovered(self.survivor, self.old))
        self.survivor.start(*FLAGS)
        self.leads_alone(self.survivor, [self.old])

    def test_killed_and_cut_off_power_at_every_call_it_is_done_once(self):
        self.survivor.kill()
        agreed = ("--accept-loss", "--confirm", self.old[:8])
        call = 0
        killed = True
        while killed:
            call += 1
            for keeps in ({"keeps": 100}, {}):  # a kill; then the power
                environment = power.environment(self.survivor, seed=call, at=call, **keeps)
                status, said = self.recover(self.survivor, *agreed, environment=environment)
                killed = status == -signal.SIGKILL
                if not killed:
                    break
        # Done by the last one; or by the one before, which was killed when nothing was left to do.
        if status != 0:
            self.assertIn("only voter", said)
        self.survivor.start(*FLAGS)
        self.leads_alone(self.survivor, [self.old])
        print(f"recovered after {call} kills and as many power cuts")


class Damaged(Recovering):
    def test_survivor_goes_on_with_what_damage_has_left_and_says_so(self):
        _, survivor = self.start_with_messages(2)
        leader = self.cluster.wait_for_leader()
        later = [b"later %d " % number + b"." * 500 for number in range(5)]
        for message in later:
            self.append(leader, message.decode())
        until(lambda: packets.tail(survivor.address, local=True)[-1] == later[-1], "it has them")
        old = leader.status()["cluster"]
        for node in self.cluster.nodes:
            node.kill()
        segment = survivor.data / "log" / "00000000000000000001.segment"
        data = bytearray(segment.read_bytes())
        data[data.find(later[3]) + 20] ^= 1
        segment.write_bytes(data)
        said = self.recovered(survivor, old)
        self.assertIn(f"messages: 0 to {len(MESSAGES) + 2}\n", said)
        self.assertIn("what it took is lost as well", said)
        survivor.start(*FLAGS)
        self.leads_alone(survivor, [old])
        self.assertEqual(len(MESSAGES) + 3, self.append(survivor, "goes on"))
        self.assertEqual([*MESSAGES, *later[:3], b"goes on"], packets.tail(survivor.address))


class ThreeNodes(Recovering):
    def setUp(self):
        super().setUp()
        self.nodes = self.start_with_messages(3)
        self.old = self.nodes[0].status()["cluster"]

    def test_two_survivors_that_were_both_forced_never_mix(self):  # T26
        lost, *survivors = self.nodes
        for node in self.nodes:
            node.kill()
        for node in survivors:
            self.recovered(node, self.old)
        first, second = survivors
        first.start(*FLAGS)
        self.leads_alone(first, [self.old])
        self.exits_with(second, "both were recovered from " + self.old, flags=("--clusterip", first.address))
        second.start(*FLAGS)
        names = [self.leads_alone(node, [self.old]) for node in survivors]
        self.assertNotEqual(*names)
        for node in survivors:
            self.append(node, f"of {node.name}")
        # The third one knows both; it goes to the one that it is told to.
        lost.start("--clusterip", second.address, "--rejoin")
        until(lambda: lost.is_running() and lost.status()["id"] == 4, "it is a new member of the second one")
        until(lambda: packets.tail(lost.address) == [*MESSAGES, b"of node3"], "with what that one has")
        self.assertEqual(names[1], lost.status()["cluster"])
        self.assertEqual([*MESSAGES, b"of node2"], packets.tail(first.address))
        self.assertEqual([first.id], [member["id"] for member in first.status()["members"]])

    def test_a_majority_that_is_there_goes_on_whatever_was_forced_beside_it(self):
        forced, *majority = self.nodes
        forced.signal(SIGTERM)
        self.assertEqual(0, forced.wait_for_exit(), forced.said())
        self.recovered(forced, self.old)
        forced.start(*FLAGS)
        self.leads_alone(forced, [self.old])
        for node in majority:
            node.kill()
        for node in majority:
            node.start(*FLAGS)
        self.cluster.wait_for_leader(majority)
        until(lambda: all("was recovered as this one" in node.said() for node in majority), "both are told")
        end = time.monotonic() + 5  # longer than a node without a leader waits before it gives up
        while time.monotonic() < end:
            self.append(self.cluster.wait_for_leader(majority), "goes on")
        self.assertTrue(all(node.is_running() for node in self.nodes), self.cluster.describe())
        self.assertEqual(MESSAGES, packets.tail(forced.address))
