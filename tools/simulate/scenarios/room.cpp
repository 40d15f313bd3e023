// Disks that are full (consensus.md S5, T30).
#include "scenarios/questions.hpp"
#include "scenarios/stage.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {
namespace {

using replication::Room;

void fill(Stage& stage, const std::vector<NodeId>& nodes, Room room = Room::none) {
  for (const NodeId id : nodes) stage.cluster.set_room(id, room);
}

void make_room(Stage& stage) { fill(stage, stage.cluster.ids(), Room::enough); }

// Nobody tries to lead and finds that it cannot.
void expect_no_change(Stage& stage, double for_rounds) {
  const Ticks start = stage.cluster.now();
  stage.cluster.run_for(rounds(for_rounds));
  stage.expect(stage.changes_since(start) == 0, "the leader stays");
}

void a_leader_without_room_hands_over(const Life& life) {
  Stage stage(shape_of(life, 3));
  const NodeId leader = stage.steady_leader();
  const Ticks start = stage.cluster.now();
  fill(stage, {leader}, stage.cluster.random.one_of({Room::low, Room::none}));
  stage.expect(stage.wait_for_new_leader(start, 6), "somebody else leads");
  stage.cluster.run_for(rounds(2));
  stage.expect(stage.cluster.settled_leader()->id != leader, "it is one with room");
  stage.expect_progress(4);
  expect_no_change(stage, 30);
  make_room(stage);
  expect_no_change(stage, 30);
  const Index decided = stage.cluster.history().last();
  stage.wait_until([&] { return stage.replica(leader).decided() >= decided; }, 10, "it catches up");
}

void the_preferred_leader_comes_back_when_it_has_room(const Life& life) {
  Shape shape = shape_of(life, 3);
  shape.priorities = {{NodeId{1}, 0}, {NodeId{2}, 5}, {NodeId{3}, 1}};
  Stage stage(shape);
  stage.steady_leader();
  stage.cluster.run_for(rounds(10));
  stage.expect_leader(NodeId{2});
  // With a little room it still takes what there is, and would be fit but for that.
  fill(stage, {NodeId{2}}, stage.cluster.random.one_of({Room::low, Room::none}));
  stage.cluster.run_for(rounds(10));
  stage.expect_leader(NodeId{3});
  expect_no_change(stage, 30);
  make_room(stage);
  stage.cluster.run_for(rounds(20));
  stage.expect_leader(NodeId{2});
  stage.expect_progress(4);
}

void a_full_follower_is_left_behind_and_comes_back(const Life& life) {
  Stage stage(shape_of(life, 3));
  const NodeId leader = stage.steady_leader();
  const NodeId full = stage.other_than(leader);
  fill(stage, {full});
  const Index last = stage.replica(full).last();
  expect_no_change(stage, 20);
  stage.expect_progress(4);
  stage.expect(stage.replica(full).last() == last, "it takes nothing");
  if (stage.cluster.random.chance(0.5)) {
    stage.cluster.crash(full);
    stage.cluster.start(full);
    stage.cluster.run_for(rounds(10));
    stage.expect(stage.replica(full).last() <= last, "nor after a restart");
  }
  make_room(stage);
  const Index decided = stage.cluster.history().last();
  stage.wait_until([&] { return stage.replica(full).decided() >= decided; }, 40, "it catches up");
  stage.expect_progress(4);
}

// What is begun already is decided, and after that nothing; what the reserve is for goes on.
void all_full_nodes_wait_for_room_together(const Life& life) {
  Stage stage(shape_of(life, 3));
  const NodeId leader = stage.steady_leader();
  fill(stage, stage.cluster.ids(), Room::low);
  stage.cluster.run_for(rounds(4));
  fill(stage, stage.cluster.ids());
  const auto acknowledged = stage.cluster.totals.acknowledged;
  const Index decided = stage.cluster.history().last();
  expect_no_change(stage, 30);
  stage.expect(stage.cluster.totals.acknowledged == acknowledged, "nothing is acknowledged any more");
  stage.expect(stage.cluster.history().last() == decided, "nothing waits half-written");
  Heard heard;
  read(stage, leader, heard);
  stage.wait_until([&] { return is_read(heard); }, 4, "reads go on");
  stage.clients.leave(stage.other_than(leader));
  stage.wait_until([&] { return !stage.cluster.history().removed().empty(); }, 10, "a member can be removed");
  make_room(stage);
  stage.expect_progress(8);
}

// Each of them may have another end of the log, and none can take over what another one has.
void full_nodes_elect_the_one_that_has_most(const Life& life) {
  Stage stage(shape_of(life, life.seed % 2 == 0 ? 3 : 5));
  const NodeId leader = stage.steady_leader();
  for (const NodeId id : stage.others(leader)) {
    fill(stage, {id});
    stage.cluster.run_for(units(stage.cluster.random.between(0, 10)));
  }
  fill(stage, {leader});
  stage.cluster.crash(leader);
  const Ticks start = stage.cluster.now();
  stage.expect(stage.wait_for_new_leader(start, 40), "one of them leads");
  stage.cluster.run_for(rounds(10));
  expect_no_change(stage, 30);
  make_room(stage);
  stage.expect_progress(8);
}

void the_leadership_goes_to_a_node_with_room_only(const Life& life) {
  Stage stage(shape_of(life, 5));
  const NodeId leader = stage.steady_leader();
  auto others = stage.others(leader);
  stage.cluster.random.shuffle(others);
  const NodeId also_full = others.front();
  fill(stage, {leader, also_full});
  const Ticks start = stage.cluster.now();
  stage.expect(stage.wait_for_new_leader(start, 6), "somebody else leads");
  stage.cluster.run_for(rounds(2));
  const NodeId next = stage.cluster.settled_leader()->id;
  stage.expect(next != leader && next != also_full, "it is one with room");
  expect_no_change(stage, 30);
  stage.expect_progress(4);
}

// No message that is begun would ever be decided.
void a_leader_begins_nothing_that_a_majority_has_no_room_for(const Life& life) {
  Stage stage(shape_of(life, 3));
  const NodeId leader = stage.steady_leader();
  fill(stage, stage.others(leader), Room::low);
  stage.cluster.run_for(rounds(4));
  fill(stage, stage.others(leader));
  const Index last = stage.replica(leader).last();
  expect_no_change(stage, 30);
  stage.expect(stage.replica(leader).last() == last, "nothing is begun");
  stage.expect(stage.replica(leader).decided() == last, "nothing is left undecided");
  stage.cluster.set_room(stage.other_than(leader), Room::enough);
  stage.expect_progress(6);
}

}  // namespace

std::vector<Scenario> room_scenarios() {
  return {
      {"no-room", "T30", "a leader without room hands over", a_leader_without_room_hands_over},
      {"no-room-priority", "T30", "the preferred leader comes back when it has room",
       the_preferred_leader_comes_back_when_it_has_room},
      {"full-follower", "T30", "a full follower is left behind and comes back",
       a_full_follower_is_left_behind_and_comes_back},
      {"all-full", "T30", "all full nodes wait for room together", all_full_nodes_wait_for_room_together},
      {"full-electorate", "T30", "full nodes elect the one that has most",
       full_nodes_elect_the_one_that_has_most},
      {"full-target", "T30", "the leadership goes to a node with room only",
       the_leadership_goes_to_a_node_with_room_only},
      {"full-majority", "T30", "a leader begins nothing that a majority has no room for",
       a_leader_begins_nothing_that_a_majority_has_no_room_for},
  };
}

}  // namespace bellwether::simulation
