// Nodes that die, hang, blink and come back (consensus.md T4 to T10, T25, T30).
#include <algorithm>

#include "scenarios/stage.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {
namespace {

void a_killed_leader_is_replaced_before_a_round_is_over(const Life& life) {
  Stage stage(quick(shape_of(life, 3 + 2 * (life.seed % 2))));
  stage.cluster.sync_time = {0.1, 0.5};
  const NodeId leader = stage.steady_leader();
  stage.cluster.run_for(units(stage.cluster.random.between(0, 20)));
  const Ticks killed = stage.cluster.now();
  stage.cluster.crash(leader);
  stage.expect(stage.wait_for_new_leader(killed, 1), "another node leads before a round is over");
}

void a_leader_that_vanishes_without_a_trace_is_replaced_within_four_rounds(const Life& life) {
  Stage stage(quick(shape_of(life, 3 + 2 * (life.seed % 2))));
  const NodeId leader = stage.steady_leader();
  stage.cluster.run_for(units(stage.cluster.random.between(0, 20)));
  const Ticks killed = stage.cluster.now();
  stage.cluster.crash(leader, false);
  stage.expect(stage.wait_for_new_leader(killed, 4), "another node leads within four rounds");
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
  const auto& core = stage.replica(voter);
  const Prepare prepare{
      .ballot = {.round = stage.replica(leader).promised().round + 3, .priority = 0, .id = candidate},
      .last_ballot = core.ballot_at(core.last()),
      .last = core.last(),
      .decided = core.decided()};
  stage.cluster.step(voter, [&](auto& replica) { replica.on_message(candidate, prepare); });
  stage.cluster.run_for(rounds(12));
  const Machine* settled = stage.cluster.settled_leader();
  stage.expect(settled != nullptr, "somebody leads");
  stage.expect(stage.replica(voter).promised() == settled->replica->promised(),
               "the voter follows the leader again");
  stage.expect(stage.replica(voter).decided() + 3 >= stage.cluster.history().last(), "the voter keeps up");
  for (const auto& [at, ballot] : stage.cluster.established()) {
    if (at > start) {
      stage.expect(ballot.id == leader, "nobody else led meanwhile");
    }
  }
}

void others_decide_while_the_leaders_disk_hangs(const Life& life) {
  Stage stage(shape_of(life, 3));
  stage.cluster.machine(stage.steady_leader()).slowness = 1e6;
  stage.cluster.run_for(rounds(2));
  stage.expect_progress(6);
}

void a_power_cut_of_the_whole_cluster_loses_nothing(const Life& life) {
  Stage stage(shape_of(life, 3 + 2 * (life.seed % 2)));
  stage.steady_leader();
  for (const NodeId id : stage.cluster.ids()) stage.cluster.crash(id, false);
  stage.cluster.run_for(units(5));
  const Ticks start = stage.cluster.now();
  for (const NodeId id : stage.cluster.ids()) stage.cluster.start(id);
  stage.expect(stage.wait_for_new_leader(start, 5), "somebody leads within five rounds");
  stage.expect_progress(8);
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
      {"killed-leader", "T4", "a killed leader is replaced before a round is over",
       a_killed_leader_is_replaced_before_a_round_is_over},
      {"vanished-leader", "T4", "a leader that vanishes without a trace is replaced within four rounds",
       a_leader_that_vanishes_without_a_trace_is_replaced_within_four_rounds},
      {"link-blips", "T5", "short losses of a link don't change the leader",
       short_losses_of_a_link_dont_change_the_leader},
      {"blip-of-two", "T5", "a blip between two nodes doesn't change the leader",
       a_blip_between_two_nodes_doesnt_change_the_leader},
      {"bully", "T7", "the highest id of the survivors leads", the_highest_id_of_the_survivors_leads},
      {"dead-candidate", "T8", "a voter that promised a dead candidate comes back under the same leader",
       a_voter_that_promised_a_dead_candidate_comes_back_under_the_same_leader},
      {"hanging-disk", "T9", "others decide while the leader's disk hangs",
       others_decide_while_the_leaders_disk_hangs},
      {"crash-before-promise-is-durable", "T10",
       "a crash between promise and sync forgets nothing that was told",
       a_crash_between_promise_and_sync_forgets_nothing_that_was_told},
      {"power-cut", "T25", "a power cut of the whole cluster loses nothing",
       a_power_cut_of_the_whole_cluster_loses_nothing},
  };
}

}  // namespace bellwether::simulation
