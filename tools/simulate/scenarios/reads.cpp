// Linearizable reads around a change of the leader (consensus.md Q2, T23).
#include "scenarios/questions.hpp"
#include "scenarios/stage.hpp"

namespace bellwether::simulation {
namespace {

void a_deposed_leader_answers_no_read_that_could_be_stale(const Life& life) {
  Stage stage(shape_of(life, 3));
  const NodeId old = stage.steady_leader();
  stage.cut_all_of(old, false);
  Heard early, late;
  stage.cluster.run_for(rounds(1));
  read(stage, old, early);
  stage.expect_progress(8);
  read(stage, old, late);
  stage.cluster.run_for(rounds(2));
  stage.expect(!is_read(early) && !is_read(late), "a leader that nobody confirms answers no read");
  stage.cluster.heal_all();
  stage.wait_until([&] { return is_read(early) && is_read(late); }, 6, "both are answered in the end");
}

// The next leader has the newest acknowledged entry, but nobody told it that it is decided.
void a_new_leader_reads_only_after_its_first_entry_is_decided(const Life& life) {
  Stage stage(shape_of(life, 3));
  Cluster& cluster = stage.cluster;
  const NodeId old = stage.steady_leader();
  const auto others = stage.others(old);
  const auto nobody_knows = [&](Index index) {
    return stage.replica(others[0]).decided() < index && stage.replica(others[1]).decided() < index;
  };
  stage.wait_until([&] { return nobody_knows(cluster.checkers().read_floor()); }, 8,
                   "something is acknowledged that only the leader knows to be decided");
  stage.cut_all_of(old, true);
  cluster.crash(old);
  cluster.sync_time = {5, 10};
  const NodeId next = stage.next_leader(8);
  stage.expect(nobody_knows(cluster.checkers().read_floor()), "the next leader doesn't know it either");
  Heard heard;
  read(stage, next, heard);
  stage.wait_until([&] { return is_read(heard); }, 4, "the read is answered");
}

void a_follower_reads_what_was_acknowledged_before(const Life& life) {
  Stage stage(shape_of(life, 3));
  const NodeId follower = stage.other_than(stage.steady_leader());
  Heard heard;
  read(stage, follower, heard);
  stage.wait_until([&] { return is_read(heard); }, 3, "the read is answered");
}

// Every message comes twice, the second time much later; the new process hears only such answers at first.
void a_late_answer_doesnt_fit_a_read_of_the_next_process(const Life& life) {
  Stage stage(shape_of(life, 3));
  Cluster& cluster = stage.cluster;
  const NodeId leader = stage.steady_leader();
  const NodeId follower = stage.other_than(leader);
  cluster.network.faults.duplicates = 1;
  Heard lost;
  read(stage, follower, lost);
  stage.wait_until([&] { return is_read(lost); }, 4, "the first process reads");
  cluster.crash(follower);
  cluster.run_for(units(20));
  cluster.cut_one_way(follower, leader, false);
  cluster.start(follower);
  Heard heard;
  read(stage, follower, heard);
  cluster.run_for(rounds(3));
  cluster.network.faults = {};
  cluster.heal_all();
  stage.wait_until([&] { return is_read(heard); }, 4, "the next process reads");
}

}  // namespace

std::vector<Scenario> read_scenarios() {
  return {
      {"deposed-reader", "T23", "a deposed leader answers no read that could be stale",
       a_deposed_leader_answers_no_read_that_could_be_stale},
      {"elected-reader", "T23", "a new leader reads only after its first entry is decided",
       a_new_leader_reads_only_after_its_first_entry_is_decided},
      {"follower-read", "", "a follower reads what was acknowledged before",
       a_follower_reads_what_was_acknowledged_before},
      {"late-read-index", "", "a late answer doesn't fit a read of the next process",
       a_late_answer_doesnt_fit_a_read_of_the_next_process},
  };
}

}  // namespace bellwether::simulation
