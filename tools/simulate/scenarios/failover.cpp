// Nodes that die, hang, blink and come back (consensus.md T4 to T10, T25, T30).
#include <algorithm>

#include "scenarios/stage.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {
namespace {

void a_killed_leader_is_replaced_within_half_a_round(const Life& life) {
  Stage stage(quick(shape_of(life, 3 + 2 * (life.seed % 2))));
  stage.cluster.sync_time = {0.1, 0.5};
  const NodeId leader = stage.steady_leader();
  stage.cluster.run_for(units(stage.cluster.random.between(0, 20)));
  const Ticks killed = stage.cluster.now();
  stage.cluster.crash(leader);
  stage.expect(stage.wait_for_new_leader(killed, 0.5), "another node leads within half a round");
}

void a_leader_that_vanishes_without_a_trace_is_replaced_within_three_rounds(const Life& life) {
  Stage stage(quick(shape_of(life, 3 + 2 * (life.seed % 2))));
  const NodeId leader = stage.steady_leader();
  stage.cluster.run_for(units(stage.cluster.random.between(0, 20)));
  const Ticks killed = stage.cluster.now();
  stage.cluster.crash(leader, false);
  stage.expect(stage.wait_for_new_leader(killed, 3), "another node leads within three rounds");
}

void short_losses_of_a_link_dont_change_the_leader(const Life& life) {
  Stage stage(shape_of(life, 3 + 2 * (life.seed % 2)));
  const NodeId leader = stage.steady_leader();
  const Ticks start = stage.cluster.now();
  for (int i = 0; i < 15; ++i) {
    const NodeId follower = stage.other_than(leader);
    stage.cluster.cut(leader, follower);
    stage.cluster.run_for(units(stage.cluster.random.between(0.5, 40)));
    stage.cluster.heal(leader, follower);
    stage.cluster.run_for(units(stage.cluster.random.between(14, 40)));
  }
  stage.expect(stage.changes_since(start) == 0, "the leader stays");
}

void a_blip_between_two_nodes_doesnt_change_the_leader(const Life& life) {
  Stage stage(quick(shape_of(life, 2)));
  stage.steady_leader();
  const Ticks start = stage.cluster.now();
  for (int i = 0; i < 10; ++i) {
    stage.cluster.cut(NodeId{1}, NodeId{2});
    stage.cluster.run_for(units(stage.cluster.random.between(0.1, 10)));
    stage.cluster.heal(NodeId{1}, NodeId{2});
    stage.cluster.run_for(rounds(3));
  }
  stage.expect(stage.changes_since(start) == 0, "the leader stays");
  stage.expect_progress(4);
}

void the_highest_id_of_the_survivors_leads(const Life& life) {
  Stage stage(shape_of(life, 5));
  auto living = stage.cluster.ids();
  NodeId leader = stage.steady_leader();
  for (int i = 0; i < 2; ++i) {
    stage.cluster.crash(leader);
    std::erase(living, leader);
    stage.cluster.run_for(rounds(8));
    stage.expect_leader(living.back());
    leader = living.back();
  }
}

void a_voter_that_promised_a_dead_candidate_comes_back_under_the_same_leader(const Life& life) {
  Stage stage(shape_of(life, 5));
  const NodeId leader = stage.steady_leader();
  const auto others = stage.others(leader);
  const NodeId voter = others[0], candidate = others[1];
  const Ticks start = stage.cluster.now();
  stage.let_promise_in_vain(voter, candidate);
  const auto follows = [&] {
    const Machine* settled = stage.cluster.settled_leader();
    return settled != nullptr && stage.replica(voter).leader() == settled->id;
  };
  stage.wait_until(follows, 6, "the voter follows the leader again within six rounds");
  stage.cluster.run_for(rounds(8));
  stage.expect(follows(), "it goes on following");
  const Index decided = stage.cluster.history().last();
  stage.wait_until([&] { return stage.replica(voter).decided() >= decided; }, 2, "the voter keeps up");
  for (const auto& [at, ballot] : stage.cluster.established()) {
    if (at > start) {
      stage.expect(ballot.id == leader, "nobody else led meanwhile");
    }
  }
}

void others_decide_while_the_leaders_disk_hangs(const Life& life) {
  Stage stage(shape_of(life, 3));
  const NodeId leader = stage.steady_leader();
  stage.cluster.machine(leader).slowness = 1e6;
  stage.cluster.run_for(rounds(2));
  const Ticks start = stage.cluster.now();
  const Index durable = stage.replica(leader).durable();
  stage.expect_progress(6);
  stage.expect(stage.changes_since(start) == 0, "by the same leader");
  stage.expect(stage.replica(leader).durable() == durable, "and without its disk");
}

void a_leader_whose_disk_stalls_for_long_hands_over(const Life& life) {
  Stage stage(shape_of(life, 3));
  const NodeId leader = stage.steady_leader();
  stage.cluster.machine(leader).slowness = 1e6;
  const Ticks start = stage.cluster.now();
  const Ticks pause = stage.longest_pause(20, [&] { return stage.cluster.totals.acknowledged; });
  stage.expect(pause < rounds(5), "acknowledgements go on");
  stage.expect(stage.cluster.settled_leader()->id != leader, "another node leads");
  stage.expect(stage.changes_since(start) == 1, "the leader changes once");
}

// Each of its syncs ends before the disk would count as stalled.
void a_leader_whose_disk_does_not_keep_up_hands_over(const Life& life) {
  Shape shape = shape_of(life, 3);
  shape.unsynced_bytes_max = 2'000;
  Stage stage(quick(shape));
  const NodeId leader = stage.steady_leader();
  stage.cluster.machine(leader).slowness = 40;  // a sync takes one to six rounds
  const Ticks start = stage.cluster.now();
  const Ticks pause = stage.longest_pause(30, [&] { return stage.cluster.totals.acknowledged; });
  stage.expect(pause < rounds(5), "acknowledgements go on");
  stage.expect(stage.cluster.settled_leader()->id != leader, "another node leads");
  stage.expect(stage.changes_since(start) == 1, "the leader changes once");
}

void a_power_cut_of_the_whole_cluster_loses_nothing(const Life& life) {
  Stage stage(shape_of(life, 3 + 2 * (life.seed % 2)));
  stage.steady_leader();
  const Index acknowledged = stage.cluster.checkers().read_floor();
  for (const NodeId id : stage.cluster.ids()) stage.cluster.crash(id, false);
  stage.cluster.run_for(units(5));
  const Ticks start = stage.cluster.now();
  for (const NodeId id : stage.cluster.ids()) stage.cluster.start(id);
  stage.expect(stage.wait_for_new_leader(start, 2), "somebody leads within two rounds");
  stage.expect_progress(8);
  stage.expect(stage.cluster.checkers().read_floor() > acknowledged, "what is acknowledged goes on");
  const Index decided = stage.cluster.history().last();
  for (const NodeId id : stage.cluster.ids()) {
    stage.wait_until([&] { return stage.replica(id).decided() >= decided; }, 4, "every node has it all");
  }
}

// T10: it is told of the promise only if that is durable; the accepts of the old leader come meanwhile.
void a_promise_counts_from_when_it_is_durable(const Life& life) {
  Stage stage(shape_of(life, 3));
  Cluster& cluster = stage.cluster;
  cluster.sync_time = {3.0, 6.0};
  const NodeId leader = stage.steady_leader(12);
  const auto others = stage.others(leader);
  const NodeId voter = others[life.seed % 2], candidate = others[1 - life.seed % 2];
  const Ballot before = stage.replica(leader).promised();
  stage.let_promise_in_vain(voter, candidate);
  const Ballot promised = stage.replica(voter).promised();
  cluster.run_for(units(cluster.random.between(0, 14)));
  cluster.crash(voter, true, Crash::lose_all);
  const bool is_durable = cluster.machine(voter).disk.stable().promised() == promised;
  cluster.start(voter);
  cluster.run_for(rounds(0.8));
  const Ballot now = stage.replica(voter).promised();
  stage.expect(is_durable ? now >= promised : now == before, "only a durable promise outlives the crash");
  stage.expect(is_durable || stage.replica(voter).leader() == leader,
               "else the old leader's accept is taken");
  cluster.run_for(rounds(10));
  stage.expect_leader(leader);
  stage.expect_progress(4);
}

// T10: the promise may be lost with the crash; by D2 nobody was told of it then.
void a_crash_between_promise_and_sync_forgets_nothing_that_was_told(const Life& life) {
  Stage stage(shape_of(life, 3));
  stage.cluster.sync_time = {5.0, 20.0};
  const NodeId leader = stage.steady_leader(12);
  stage.cluster.on_happening = [&](Happening happening, Machine& machine) {
    if (happening != Happening::promised_another) return;
    stage.cluster.after(units(stage.cluster.random.between(0, 10)), [&stage, id = machine.id] {
      stage.cluster.crash(id, true, Crash::lose_all);
      stage.cluster.after(units(1), [&stage, id] { stage.cluster.start(id); });
    });
  };
  stage.cluster.cut(leader, stage.other_than(leader));
  stage.cluster.crash(stage.other_than(leader));
  stage.cluster.run_for(rounds(10));
  stage.cluster.on_happening = nullptr;
  stage.cluster.heal_all();
  for (const NodeId id : stage.cluster.ids()) stage.cluster.start(id);
  stage.expect_progress(14);
}

}  // namespace

std::vector<Scenario> failover_scenarios() {
  return {
      {"killed-leader", "T4", "a killed leader is replaced within half a round",
       a_killed_leader_is_replaced_within_half_a_round},
      {"vanished-leader", "T4", "a leader that vanishes without a trace is replaced within three rounds",
       a_leader_that_vanishes_without_a_trace_is_replaced_within_three_rounds},
      {"link-blips", "T5", "short losses of a link don't change the leader",
       short_losses_of_a_link_dont_change_the_leader},
      {"blip-of-two", "T5", "a blip between two nodes doesn't change the leader",
       a_blip_between_two_nodes_doesnt_change_the_leader},
      {"bully", "T7", "the highest id of the survivors leads", the_highest_id_of_the_survivors_leads},
      {"dead-candidate", "T8", "a voter that promised a dead candidate comes back under the same leader",
       a_voter_that_promised_a_dead_candidate_comes_back_under_the_same_leader},
      {"hanging-disk", "T9", "others decide while the leader's disk hangs",
       others_decide_while_the_leaders_disk_hangs},
      {"stalled-disk", "T30", "a leader whose disk stalls for long hands over",
       a_leader_whose_disk_stalls_for_long_hands_over},
      {"disk-behind", "T30", "a leader whose disk does not keep up hands over",
       a_leader_whose_disk_does_not_keep_up_hands_over},
      {"durable-promise", "T10", "a promise counts from when it is durable",
       a_promise_counts_from_when_it_is_durable},
      {"crash-before-promise-is-durable", "T10",
       "a crash between promise and sync forgets nothing that was told",
       a_crash_between_promise_and_sync_forgets_nothing_that_was_told},
      {"power-cut", "T25", "a power cut of the whole cluster loses nothing",
       a_power_cut_of_the_whole_cluster_loses_nothing},
  };
}

}  // namespace bellwether::simulation
