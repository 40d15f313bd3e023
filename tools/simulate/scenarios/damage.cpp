// A node that finds entries of its log damaged, and starts without them (consensus.md S6, T29).
#include "scenarios/questions.hpp"
#include "scenarios/stage.hpp"

namespace bellwether::simulation {
namespace {

void lose(Stage& stage, NodeId id, Index from) {
  if (stage.cluster.machine(id).is_running()) stage.cluster.crash(id);
  stage.cluster.damage(id, from);
}

void decide_entries(Stage& stage, NodeId leader, int count) {
  for (int i = 0; i < count; ++i) place_plain_entry(stage, leader);
  const Index last = stage.replica(leader).last();
  stage.wait_until([&] { return stage.replica(leader).decided() >= last; }, 6, "the entries are decided");
}

void expect_whole(Stage& stage, NodeId id, Index upto) {
  stage.wait_until([&] { return stage.replica(id).durable() >= upto && stage.replica(id).is_whole(); }, 20,
                   "the node has again what it had lost");
}

// T29, at a follower: of any part of its log, decided or not.
void a_follower_gets_back_what_it_has_lost(const Life& life) {
  Stage stage(shape_of(life, 3));
  const NodeId leader = stage.steady_leader();
  const NodeId follower = stage.other_than(leader);
  decide_entries(stage, leader, 10);
  const Index last = stage.cluster.machine(follower).disk.log().size();
  lose(stage, follower, 1 + life.seed % last);
  stage.expect_progress(10);
  stage.cluster.start(follower);
  stage.expect(!stage.replica(follower).is_whole(), "it knows that it has lost entries");
  expect_whole(stage, follower, last);
  stage.expect_progress(10);
}

// T29, at the leader: the others elect one of themselves, and the highest rank does not lead before it is whole.
void a_leader_that_has_lost_entries_comes_back_as_a_follower(const Life& life) {
  Stage stage(shape_of(life, 3));
  const NodeId leader = stage.steady_leader();
  decide_entries(stage, leader, 10);
  const Index last = stage.replica(leader).last();
  lose(stage, leader, last / 2);
  stage.cluster.start(leader);
  const NodeId next = stage.next_leader(20);
  stage.expect(next != leader, "another one leads");
  expect_whole(stage, leader, last);
  stage.expect_progress(10);
}

// T29, at a node that alone completes a majority: what it has lost was decided with its help, and the third one
// never had it.
void a_vote_without_the_lost_entries_is_not_given(const Life& life) {
  Stage stage(shape_of(life, 3), false);
  Cluster& cluster = stage.cluster;
  const NodeId leader = stage.steady_leader();
  const NodeId helper = stage.other_than(leader);
  const NodeId third{6 - number(leader) - number(helper)};
  cluster.crash(third);
  const Index before = stage.replica(leader).last();
  decide_entries(stage, leader, 5);
  cluster.run_for(rounds(2));  // the helper knows it
  const Index decided = stage.replica(helper).decided();
  stage.expect(decided >= before + 5, "both have the entries");
  cluster.crash(leader);
  lose(stage, helper, before + 1 + life.seed % 5);
  const Ticks start = cluster.now();
  cluster.start(helper);
  cluster.start(third);
  cluster.run_for(rounds(15));
  lose(stage, helper, before + 1);  // a restart does not make it forget that it has lost something
  cluster.start(helper);
  cluster.run_for(rounds(15));
  stage.expect(stage.changes_since(start) == 0, "nobody leads without the entries");
  cluster.start(leader);
  stage.wait_until([&] { return stage.changes_since(start) > 0; }, 20, "a leader is elected");
  expect_whole(stage, helper, decided);
  stage.clients.add_producer(4.0);
  stage.expect_progress(10);
}

// The third one has all that was lost: the promise hides nothing from it.
void a_vote_for_a_log_with_the_lost_entries_is_given(const Life& life) {
  Stage stage(shape_of(life, 3), false);
  Cluster& cluster = stage.cluster;
  const NodeId leader = stage.steady_leader();
  decide_entries(stage, leader, 5);
  cluster.run_for(rounds(2));  // all have everything
  const NodeId other = stage.other_than(leader);
  const Index last = stage.replica(other).last();
  lose(stage, other, 1 + life.seed % last);
  cluster.crash(leader);
  cluster.start(other);
  const NodeId next = stage.next_leader(20);
  stage.expect(next != other, "the one with the entries leads");
  expect_whole(stage, other, last);
  stage.clients.add_producer(4.0);
  stage.expect_progress(10);
}

// What it has lost was never decided, and the log of the next leader is shorter.
void entries_that_nobody_else_has_are_not_waited_for(const Life& life) {
  Stage stage(shape_of(life, 3), false);
  Cluster& cluster = stage.cluster;
  const NodeId old = stage.steady_leader();
  stage.cut_all_of(old, false);
  for (int i = 0; i < 100; ++i) place_plain_entry(stage, old);
  const Index last = stage.replica(old).last();
  stage.wait_until([&] { return stage.replica(old).durable() >= last; }, 6, "the old leader has the entries");
  lose(stage, old, last - 3);
  stage.next_leader(20);
  cluster.heal_all();
  cluster.start(old);
  stage.wait_until([&] { return stage.replica(old).is_whole(); }, 10,
                   "its log is more up to date than it was");
  stage.expect(stage.replica(old).last() < last, "and shorter");
  cluster.crash(stage.steady_leader());
  stage.clients.add_producer(4.0);
  stage.expect_progress(20);
}

// It had them back, but not yet the record that says so, when all stopped; and who gave them back is gone.
void a_node_that_has_all_again_finds_it_out_by_itself(const Life& life) {
  Stage stage(shape_of(life, 3), false);
  Cluster& cluster = stage.cluster;
  const NodeId leader = stage.steady_leader();
  const NodeId damaged = stage.other_than(leader);
  const NodeId behind{6 - number(leader) - number(damaged)};
  cluster.crash(behind);
  decide_entries(stage, leader, 5);
  const Index last = stage.replica(leader).last();
  lose(stage, damaged, last - life.seed % 4);
  cluster.start(damaged);
  stage.wait_until([&] { return stage.replica(damaged).durable() >= last; }, 20, "it has the entries again");
  cluster.crash(damaged, true, Crash::lose_all);
  stage.expect(cluster.machine(damaged).has_lost_entries(), "its disk still says that it lost some");
  cluster.crash(leader);
  cluster.start(damaged);
  cluster.start(behind);
  stage.next_leader(20);
  stage.clients.add_producer(4.0);
  stage.expect_progress(10);
}

}  // namespace

std::vector<Scenario> damage_scenarios() {
  return {
      {"damage", "T29", "a follower gets back what it has lost", a_follower_gets_back_what_it_has_lost},
      {"damaged-leader", "T29", "a leader that has lost entries comes back as a follower",
       a_leader_that_has_lost_entries_comes_back_as_a_follower},
      {"damaged-vote", "T29", "a vote without the lost entries is not given",
       a_vote_without_the_lost_entries_is_not_given},
      {"damaged-helper", "T29", "a vote for a log with the lost entries is given",
       a_vote_for_a_log_with_the_lost_entries_is_given},
      {"damaged-unnoticed", "T29", "a node that has all again finds it out by itself",
       a_node_that_has_all_again_finds_it_out_by_itself},
      {"damaged-longer", "T29", "entries that nobody else has are not waited for",
       entries_that_nobody_else_has_are_not_waited_for},
  };
}

}  // namespace bellwether::simulation
