// Nodes that join, leave, are replaced and removed (consensus.md T6, T16 to T21, T27).
#include <algorithm>

#include "scenarios/stage.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {
namespace {

using replication::Replica;
using replication::RequestId;

bool is_removed(const Stage& stage, NodeId id) { return stage.cluster.history().removed().contains(id); }

void ask_to_remove(
    Stage& stage, NodeId at, NodeId member,
    std::function<void(const replication::Answer&)> hear = [](const replication::Answer&) {}) {
  Question question;
  question.is_removal = true;
  question.ask = [member](Replica& replica, RequestId request) { replica.remove(request, member); };
  question.hear = std::move(hear);
  stage.cluster.ask(at, std::move(question));
}

void newcomers_with_higher_ids_dont_take_over(const Life& life) {
  Stage stage(shape_of(life, 1));
  stage.steady_leader();
  const Ticks start = stage.cluster.now();
  for (int i = 0; i < 3; ++i) {
    stage.clients.join();
    stage.cluster.run_for(rounds(5));
  }
  for (const NodeId id : stage.others(NodeId{1})) {
    stage.cluster.crash(id);
    stage.cluster.run_for(rounds(2));
    stage.cluster.start(id);
    stage.cluster.run_for(rounds(4));
  }
  stage.expect(stage.cluster.history().members().voters().size() == 4, "all newcomers vote");
  stage.expect(stage.changes_since(start) == 0, "the first node stays leader");
}

void a_joiner_that_dies_at_once_costs_nothing(const Life& life) {
  Stage stage(shape_of(life, 1));
  stage.steady_leader();
  stage.clients.join();
  stage.expect(stage.cluster.run_until([&] { return stage.cluster.machines().size() > 1; }, rounds(10)),
               "the newcomer gets its id");
  stage.cluster.crash(NodeId{2});
  stage.cluster.run_for(rounds(4));
  stage.expect_progress(4);
  stage.expect(stage.cluster.history().members().voters().size() == 1, "the dead joiner has no vote");
}

void of_two_nodes_one_alone_acknowledges_nothing(const Life& life) {
  Stage stage(shape_of(life, 2));
  const NodeId other = stage.other_than(stage.steady_leader());
  stage.cluster.crash(other);
  stage.cluster.run_for(rounds(3));
  const auto acknowledged = stage.cluster.totals.acknowledged;
  stage.cluster.run_for(rounds(10));
  stage.expect(stage.cluster.totals.acknowledged == acknowledged, "nothing is acknowledged by one of two");
  stage.cluster.start(other);
  stage.expect_progress(8);
}

void the_leader_of_two_goes_on_once_the_dead_follower_is_removed(const Life& life) {
  Stage stage(shape_of(life, 2));
  const NodeId other = stage.other_than(stage.steady_leader());
  stage.cluster.crash(other);
  stage.cluster.run_for(rounds(5));
  stage.clients.leave(other);
  stage.expect_progress(8);
  stage.cluster.start(other);
  stage.expect(stage.cluster.run_until([&] { return stage.replica(other).is_removed(); }, rounds(8)),
               "the removed node learns it");
}

void of_two_nodes_either_may_leave(const Life& life) {
  Stage stage(shape_of(life, 2));
  stage.steady_leader();
  const NodeId leaver{1 + life.seed % 2};
  stage.clients.leave(leaver);
  stage.expect(stage.cluster.run_until([&] { return is_removed(stage, leaver); }, rounds(12)),
               "the node that leaves is removed");
  stage.cluster.run_for(rounds(3));
  stage.cluster.crash(leaver);
  stage.expect_progress(6);
  stage.expect(stage.cluster.machine(leaver).disk.stable().is_removed(), "the node that left knows it");
}

// Nobody has answered in the round that has just begun.
void a_removal_may_be_asked_at_any_time(const Life& life) {
  Stage stage(shape_of(life, 3));
  const NodeId leader = stage.steady_leader();
  const NodeId leaver = stage.other_than(leader);
  stage.wait_for_next_round_of(leader);
  bool is_done = false;
  ask_to_remove(stage, leader, leaver, [&is_done](const replication::Answer& answer) {
    is_done = std::holds_alternative<replication::AdminDone>(answer);
  });
  stage.wait_until([&] { return is_done; }, 3, "the removal is not refused");
  stage.expect(is_removed(stage, leaver), "the node is removed");
}

void a_leader_that_leaves_hands_over_first(const Life& life) {
  Stage stage(quick(shape_of(life, 3)));
  stage.cluster.sync_time = {0.1, 0.5};
  const NodeId leader = stage.steady_leader();
  stage.clients.leave(leader);
  const Ticks gap = stage.longest_pause(15, [&] { return stage.cluster.totals.acknowledged; });
  stage.expect(is_removed(stage, leader), "the leader has left");
  stage.expect(gap < rounds(4), "the gap is below four rounds");
}

void replace_all_nodes(Stage& stage, const std::function<void()>& between) {
  stage.steady_leader();
  for (std::uint64_t i = 1; i <= 3; ++i) {
    const NodeId old{i};
    const auto before = stage.cluster.history().members().voters().size();
    stage.clients.join();
    const auto promoted = [&] { return stage.cluster.history().members().voters().size() > before; };
    if (!stage.cluster.run_until(promoted, rounds(20)))
      stage.cluster.fail("no promotion" + stage.cluster.describe());
    stage.clients.leave(old);
    const auto left = [&] { return is_removed(stage, old); };
    if (!stage.cluster.run_until(left, rounds(20)))
      stage.cluster.fail("no removal" + stage.cluster.describe());
    stage.cluster.run_for(rounds(2));
    stage.cluster.retire(old);
    between();
  }
  stage.expect_progress(6);
  stage.expect(stage.cluster.history().members().voters() == std::set{NodeId{4}, NodeId{5}, NodeId{6}},
               "only the new nodes are members");
  const Index decided = stage.cluster.history().last();
  for (const NodeId id : stage.cluster.running()) {
    stage.wait_until([&] { return stage.replica(id).decided() >= decided; }, 4, "every new node has it all");
  }
}

void all_nodes_can_be_replaced_one_by_one(const Life& life) {
  Stage stage(shape_of(life, 3));
  replace_all_nodes(stage, [] {});
}

// Whoever joins gets the state of the others, and not one of the entries that made it.
void all_nodes_can_be_replaced_while_they_compact_their_logs(const Life& life) {
  Stage stage(shape_of(life, 3));
  const auto compact_all = [&] {
    for (const NodeId id : stage.cluster.running()) {
      stage.cluster.checkpoint(id);
      stage.cluster.compact(id, stage.replica(id).decided());
    }
  };
  replace_all_nodes(stage, compact_all);
  for (const NodeId id : {NodeId{5}, NodeId{6}})
    stage.expect(stage.cluster.machine(id).memory.base() > 0,
                 "the new nodes have no entry of the first ones");
}

// T21. It is on the leader's side, which can't decide its removal: four remain, and two of them are there.
void nobody_says_removed_before_it_is_decided(const Life& life) {
  Stage stage(shape_of(life, 5), false);
  Cluster& cluster = stage.cluster;
  const NodeId leader = stage.steady_leader();
  const auto others = stage.others(leader);
  const NodeId leaver = others[life.seed % 4], mate = others[(life.seed + 1) % 4];
  bool is_appended = false;
  cluster.on_happening = [&](Happening happening, Machine& machine) {
    if (happening != Happening::configuration_appended || machine.id != leader) return;
    is_appended = true;
    cluster.connect_only({{leader, mate, leaver}});
  };
  ask_to_remove(stage, leader, leaver);
  stage.wait_until([&] { return is_appended; }, 2, "the removal is appended");
  cluster.on_happening = nullptr;
  cluster.crash(leaver);
  cluster.start(leaver);  // and asks at once who leads
  cluster.run_for(rounds(5));
  stage.expect(!is_removed(stage, leaver), "the removal is not decided");
  stage.expect(!stage.replica(leaver).is_removed(), "nobody has told it");
  cluster.heal_all();
  stage.clients.add_producer(4.0);
  stage.expect_progress(10);
  cluster.run_for(rounds(6));
  stage.expect(stage.replica(leaver).is_removed() == is_removed(stage, leaver), "it is told what is decided");
}

void a_token_joins_once_however_often_it_asks(const Life& life) {
  Stage stage(shape_of(life, 3));
  stage.steady_leader();
  std::set<NodeId> given;
  Join join;
  join.token = "the same";
  join.address = "elsewhere:7000";
  const auto ask_all = [&] {
    for (std::uint64_t i = 1; i <= 3; ++i) {
      Question question;
      question.ask = [join](Replica& replica, RequestId request) { replica.join(request, join); };
      question.hear = [&given](const replication::Answer& answer) {
        if (const auto* done = std::get_if<replication::JoinDone>(&answer)) given.insert(done->id);
      };
      stage.cluster.ask(NodeId{i}, std::move(question));
    }
  };
  for (int k = 0; k < 12; ++k) {
    ask_all();
    stage.cluster.run_for(units(stage.cluster.random.between(1, 20)));
    const Machine* leader = stage.cluster.settled_leader();
    if (k == 5) stage.cluster.crash(leader != nullptr ? leader->id : NodeId{1});
  }
  stage.cluster.run_for(rounds(10));
  ask_all();
  stage.cluster.run_for(rounds(2));
  stage.expect(given.size() == 1, "one token is given one id");
}

// T16. The removal has to wait until the new leader's own entry is decided (G2), or {4, 5, one more} and {3,
// 2} could both be majorities.
void rival_leaders_changes_dont_make_disjoint_majorities(const Life& life) {
  Shape shape = shape_of(life, 4);
  shape.learners = 1;
  shape.chunk_entries = 8;
  Stage stage(shape, false);
  const NodeId learner{5};
  stage.cut_all_of(learner, true);
  const NodeId old = stage.steady_leader();
  std::vector<NodeId> rest;
  for (const NodeId id : stage.others(old)) {
    if (id != learner) rest.push_back(id);
  }
  NodeId next = nobody;
  stage.cluster.on_happening = [&](Happening happening, Machine& machine) {
    if (happening == Happening::configuration_appended && machine.id == old && next == nobody) {
      stage.cluster.connect_only(
          {{old, learner}, {rest[0], rest[1], rest[2]}});  // nobody else gets the promotion
    }
    if (happening != Happening::established || machine.id == old || next != nobody) return;
    next = machine.id;
    std::erase(rest, next);
    stage.cluster.connect_only({{old, learner}, {next, rest[0]}});
    ask_to_remove(stage, next, old);
  };
  stage.cluster.heal(old, learner);
  stage.cluster.run_until([&] { return next != nobody; }, rounds(20));
  if (next == nobody) stage.cluster.fail("no second leader" + stage.cluster.describe());
  stage.cluster.run_for(rounds(5));
  stage.cluster.connect_only({{old, learner, rest[1]}, {next, rest[0]}});
  stage.cluster.run_for(rounds(12));
  stage.cluster.on_happening = nullptr;
  stage.cluster.heal_all();
  stage.cluster.run_for(rounds(12));
  stage.clients.add_producer(4.0);
  stage.expect_progress(10);
}

// T17: it adopts a log with five voters, so that two promises are not enough any more (C6).
void a_candidate_that_slept_through_promotions_must_not_lead_with_the_old_majority(const Life& life) {
  Shape shape = shape_of(life, 3);
  shape.learners = 2;
  shape.chunk_entries = 8;
  Stage stage(shape, false);
  const NodeId four{4}, five{5};
  stage.cut_all_of(four, true);
  stage.cut_all_of(five, true);
  stage.cluster.heal(four, five);
  const NodeId leader = stage.steady_leader();
  auto others = stage.others(leader);
  const NodeId sleeper = others[0], witness = others[1];
  stage.cluster.connect_only({{leader, witness, four, five}});
  const auto promoted = [&] {
    const auto& history = stage.cluster.history();
    return history.members().voters().size() == 5 &&
           stage.replica(witness).decided() >= history.members_changed_at();
  };
  if (!stage.cluster.run_until(promoted, rounds(20)))
    stage.cluster.fail("no promotions" + stage.cluster.describe());
  stage.cluster.connect_only({{leader, four, five}});
  stage.clients.add_producer(5.0);
  stage.cluster.run_for(rounds(4));
  const Ticks start = stage.cluster.now();
  stage.cluster.connect_only({{leader, four, five}, {sleeper, witness}});
  stage.cluster.run_for(rounds(15));
  for (const auto& [at, ballot] : stage.cluster.established()) {
    if (at > start) {
      stage.expect(ballot.id != sleeper && ballot.id != witness, "nobody leads with two of five");
    }
  }
  stage.cluster.heal_all();
  stage.expect_progress(12);
}

void a_learner_that_promised_a_dead_candidate_is_won_back(const Life& life) {
  Shape shape = shape_of(life, 3);
  shape.learners = 1;
  Stage stage(shape, false);
  const NodeId learner{4};
  stage.cut_all_of(learner, true);
  const NodeId leader = stage.steady_leader();
  const NodeId candidate = leader == NodeId{1} ? NodeId{2} : NodeId{1};
  stage.let_promise_in_vain(learner, candidate);
  stage.cluster.heal_all();
  stage.clients.add_producer(5.0);
  const auto promoted = [&] { return stage.cluster.history().members().voters().contains(learner); };
  if (!stage.cluster.run_until(promoted, rounds(15)))
    stage.cluster.fail("learner stuck" + stage.cluster.describe());
}

// T27: each new node from that address replaces the one before it, or dead voters would pile up until no
// majority is left.
void a_node_that_loses_its_directory_again_and_again_replaces_itself(const Life& life) {
  Stage stage(shape_of(life, 3));
  stage.steady_leader();
  NodeId victim{1 + life.seed % 3};
  std::string address = "node" + text(victim) + ":7000";
  for (int i = 0; i < 3; ++i) {
    const auto machines = stage.cluster.machines().size();
    stage.cluster.retire(victim);
    stage.cluster.run_for(rounds(4));
    stage.clients.join(0, address);
    const auto joined = [&] { return stage.cluster.machines().size() > machines; };
    if (!stage.cluster.run_until(joined, rounds(30)))
      stage.cluster.fail("doesn't join" + stage.cluster.describe());
    const NodeId next = stage.cluster.machines().rbegin()->first;
    const auto promoted = [&] { return stage.cluster.history().members().voters().contains(next); };
    if (!stage.cluster.run_until(promoted, rounds(20)))
      stage.cluster.fail("not promoted" + stage.cluster.describe());
    stage.expect(is_removed(stage, victim), "the dead node is removed first");
    stage.expect(stage.cluster.history().members().all.size() == 3, "there are three members");
    victim = next;
  }
  stage.expect_progress(8);
}

}  // namespace

std::vector<Scenario> membership_scenarios() {
  return {
      {"newcomers", "T6", "newcomers with higher ids don't take over",
       newcomers_with_higher_ids_dont_take_over},
      {"rival-changes", "T16", "rival leaders' changes don't make disjoint majorities",
       rival_leaders_changes_dont_make_disjoint_majorities},
      {"old-majority", "T17", "a candidate that slept through promotions doesn't lead with the old majority",
       a_candidate_that_slept_through_promotions_must_not_lead_with_the_old_majority},
      {"dead-joiner", "T18", "a joiner that dies at once costs nothing",
       a_joiner_that_dies_at_once_costs_nothing},
      {"one-token", "T18", "a token joins once however often it asks",
       a_token_joins_once_however_often_it_asks},
      {"one-of-two", "T19", "of two nodes one alone acknowledges nothing",
       of_two_nodes_one_alone_acknowledges_nothing},
      {"removal-of-two", "T19", "the leader of two goes on once the dead follower is removed",
       the_leader_of_two_goes_on_once_the_dead_follower_is_removed},
      {"leave-of-two", "T19", "of two nodes either may leave", of_two_nodes_either_may_leave},
      {"leaving-leader", "T20", "a leader that leaves hands over first",
       a_leader_that_leaves_hands_over_first},
      {"replace-all", "T20", "all nodes can be replaced one by one", all_nodes_can_be_replaced_one_by_one},
      {"replace-all-compacted", "T20", "all nodes can be replaced one by one while they compact their logs",
       all_nodes_can_be_replaced_while_they_compact_their_logs},
      {"undecided-removal", "T21", "nobody says removed before it is decided",
       nobody_says_removed_before_it_is_decided},
      {"removal-at-once", "", "a removal may be asked at any time", a_removal_may_be_asked_at_any_time},
      {"dead-candidate-of-learner", "", "a learner that promised a dead candidate is won back",
       a_learner_that_promised_a_dead_candidate_is_won_back},
      {"empty-directory", "T27", "a node that loses its directory again and again replaces itself",
       a_node_that_loses_its_directory_again_and_again_replaces_itself},
  };
}

}  // namespace bellwether::simulation
