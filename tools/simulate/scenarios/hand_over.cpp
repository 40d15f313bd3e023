// Planned changes of the leader (consensus.md section 11, T24).
#include "scenarios/stage.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {
namespace {

using replication::Replica;
using replication::RequestId;

struct Moved {
  bool answered = false;
  bool done = false;
};

void move_leader(Stage& stage, NodeId leader, NodeId target, Moved& moved) {
  Question question;
  question.ask = [target](Replica& replica, RequestId request) { replica.move_leader(request, target); };
  question.hear = [&moved](const replication::Answer& answer) {
    moved.answered = true;
    moved.done = std::holds_alternative<replication::AdminDone>(answer);
  };
  stage.cluster.ask(leader, std::move(question));
}

void the_named_node_leads_within_two_rounds_and_stays(const Life& life) {
  Stage stage(quick(shape_of(life, 3)));
  stage.cluster.sync_time = {0.1, 0.5};
  const NodeId leader = stage.steady_leader();
  const NodeId target = stage.other_than(leader);
  const Ticks start = stage.cluster.now();
  Moved moved;
  move_leader(stage, leader, target, moved);
  stage.expect(stage.wait_for_new_leader(start, 2), "the leader changes within two rounds");
  stage.expect_leader(target);
  const Ticks settled = stage.cluster.now();
  stage.cluster.run_for(rounds(20));
  stage.expect(stage.changes_since(settled) == 0, "nothing changes afterwards");
  stage.expect(moved.done, "the request is answered as done");
}

// A hand-over that cannot succeed is not begun: while one lasts, every append is refused.
void expect_vain_request(Stage& stage, NodeId leader, NodeId target) {
  Moved moved;
  move_leader(stage, leader, target, moved);
  stage.expect(!stage.replica(leader).is_handing_over(), "the leader leads on at once");
  stage.expect_progress(4);
  stage.cluster.run_for(rounds(3));  // the answer takes its time to the client
  stage.expect(moved.answered && !moved.done, "the request is refused");
}

void the_leader_goes_on_when_the_target_is_dead(const Life& life) {
  Stage stage(shape_of(life, 3));
  const NodeId leader = stage.steady_leader();
  const NodeId target = stage.other_than(leader);
  stage.cluster.crash(target);
  stage.cluster.run_for(rounds(2));
  expect_vain_request(stage, leader, target);
  stage.expect_leader(leader);
}

// It may have the others' promises already when it dies.
void a_target_that_dies_meanwhile_costs_one_more_change_at_most(const Life& life) {
  Stage stage(quick(shape_of(life, 3)));
  stage.cluster.sync_time = {0.1, 0.5};
  const NodeId leader = stage.steady_leader();
  const NodeId target = stage.other_than(leader);
  const Ticks start = stage.cluster.now();
  Moved moved;
  move_leader(stage, leader, target, moved);
  stage.cluster.run_for(units(stage.cluster.random.between(0, 5)));
  stage.cluster.crash(target);
  stage.expect_progress(8);
  stage.cluster.run_for(rounds(20));
  stage.expect(stage.changes_since(start) <= 2, "the leader changes to the target and from it at most");
  stage.expect(stage.cluster.settled_leader()->id != target, "a living node leads");
  stage.expect(moved.answered, "the request is answered");
}

// Its disk doesn't get on, so that it could not become leader either.
void a_target_that_has_not_caught_up_is_not_told_to_lead(const Life& life) {
  Stage stage(shape_of(life, 3));
  const NodeId leader = stage.steady_leader();
  const NodeId target = stage.other_than(leader);
  stage.cluster.machine(target).slowness = 1e6;
  stage.cluster.run_for(rounds(3));
  const Ticks start = stage.cluster.now();
  expect_vain_request(stage, leader, target);
  stage.cluster.run_for(rounds(6));
  stage.expect(stage.changes_since(start) == 0, "the leader leads on");
}

void a_node_of_higher_priority_takes_over_once_it_has_caught_up(const Life& life) {
  Shape shape = shape_of(life, 3);
  shape.priorities = {{NodeId{1}, 0}, {NodeId{2}, 5}, {NodeId{3}, 1}};
  Stage stage(shape);
  stage.steady_leader();
  stage.cluster.run_for(rounds(10));
  stage.expect_leader(NodeId{2});
  stage.cluster.crash(NodeId{2});
  stage.cluster.run_for(rounds(8));
  stage.expect_leader(NodeId{3});
  const Ticks start = stage.cluster.now();
  stage.cluster.start(NodeId{2});
  stage.cluster.run_for(rounds(20));
  stage.expect_leader(NodeId{2});
  stage.expect(stage.changes_since(start) == 1, "the node of higher priority comes back once");
}

// Nobody has answered in the round that has just begun.
void a_leader_that_resigns_is_followed_at_once(const Life& life) {
  Stage stage(quick(shape_of(life, 3)));
  stage.cluster.sync_time = {0.1, 0.5};
  const NodeId leader = stage.steady_leader();
  stage.wait_for_next_round_of(leader);
  const Ticks start = stage.cluster.now();
  stage.cluster.step(leader, [](Replica& replica) { replica.resign(); });
  stage.expect(stage.wait_for_new_leader(start, 2), "another node leads within two rounds");
  stage.expect(stage.cluster.settled_leader()->id != leader, "it is not the one that resigned");
  stage.expect_progress(4);
}

}  // namespace

std::vector<Scenario> hand_over_scenarios() {
  return {
      {"hand-over", "T24", "the named node leads within two rounds and stays",
       the_named_node_leads_within_two_rounds_and_stays},
      {"hand-over-to-the-dead", "T24", "the leader goes on when the target is dead",
       the_leader_goes_on_when_the_target_is_dead},
      {"hand-over-to-the-dying", "T24", "a target that dies meanwhile costs one more change at most",
       a_target_that_dies_meanwhile_costs_one_more_change_at_most},
      {"hand-over-to-the-slow", "T24", "a target that has not caught up is not told to lead",
       a_target_that_has_not_caught_up_is_not_told_to_lead},
      {"priority", "T24", "a node of higher priority takes over once it has caught up",
       a_node_of_higher_priority_takes_over_once_it_has_caught_up},
      {"resign", "", "a leader that resigns is followed at once", a_leader_that_resigns_is_followed_at_once},
  };
}

}  // namespace bellwether::simulation
