"""A short churn; tests/cluster/churn.py --minutes 10 is the long one."""
import os

from case import ClusterTest
from churn import Churn
from steady import SteadyLoad

SECONDS = float(os.environ.get("BELLWETHER_CHURN_SECONDS", "10"))
SEED = int(os.environ.get("BELLWETHER_SEED", "1"))


class MembersThatComeAndGo(ClusterTest):
    def test_lose_double_and_reorder_nothing_and_no_id_is_given_twice(self):
        self.churn(evict_after=0)

    def test_do_not_either_when_the_silent_are_evicted(self):
        self.churn(evict_after=1)

    def churn(self, evict_after):
        told = []
        churn = Churn(self.cluster, SEED, largest=5, evict_after=evict_after, say=told.append)
        try:
            problems = churn.run(SECONDS)
        except BaseException:
            print("\n".join([f"seed {SEED}", *told]))
            raise
        self.assertEqual([], problems)
        summary = churn.summary(problems)
        print(f"{summary['messages']} messages, {summary['ids given']} ids, changes {summary['changes']}, longest gap "
              f"{summary['longest gap ms']} ms")


class Producer(ClusterTest):
    def test_knows_members_that_came_while_its_leader_stayed(self):
        first, second = self.cluster.start(2)
        self.cluster.wait_until_whole(2)
        load = SteadyLoad(self.cluster)
        load.wait_for(messages=20)
        for _ in range(2):
            load.know(self.cluster.add_node().address)
        removed = self.cluster.ctl("remove", "2", at=first)
        self.assertEqual(0, removed.returncode, removed.stderr)
        self.assertEqual(1, second.wait_for_exit())
        load.wait_for(messages=300)  # more than a second
        first.kill()  # which leaves nobody a hint
        load.wait_for(messages=20)
        load.stop()
        for node in self.cluster.running():
            self.assertEqual([], load.problems(node))
