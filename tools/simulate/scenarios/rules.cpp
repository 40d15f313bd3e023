// Single rules whose breach no random life shows.
#include <deque>
#include <functional>

#include "scenarios/questions.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {
namespace {

using replication::Replica;
using replication::RequestId;

void ask(Stage& stage, NodeId at, Heard& heard, std::function<void(Replica&, RequestId)> what) {
  Question question;
  question.has_to_be_answered = false;
  question.is_removal = true;  // its refusals say more than P8
  question.ask = std::move(what);
  question.hear = [&heard](const replication::Answer& answer) { heard = answer; };
  stage.cluster.ask(at, std::move(question));
}

// E12: a decided hint asks for no sync; it must not pass for a disk that hangs.
void an_idle_cluster_keeps_its_leader(const Life& life) {
  Stage stage(shape_of(life, 3), false);
  stage.steady_leader();
  const Ticks start = stage.cluster.now();
  stage.cluster.run_for(rounds(40));
  stage.expect(stage.changes_since(start) == 0, "the leader stays");
}

// E12.
void a_node_whose_disk_hangs_does_not_stand(const Life& life) {
  Stage stage(shape_of(life, 5));
  const NodeId leader = stage.steady_leader();
  const NodeId hung = leader == NodeId{5} ? NodeId{4} : NodeId{5};
  stage.cluster.machine(hung).slowness = 1e6;
  stage.cluster.run_for(rounds(12));
  const Ballot before = stage.replica(hung).promised();
  stage.cluster.crash(leader);
  for (int i = 0; i < 160; ++i) {
    stage.cluster.run_for(units(1));
    const Ballot promised = stage.replica(hung).promised();
    if (promised > before && promised.id == hung)
      stage.cluster.fail("E12: it stands" + stage.cluster.describe());
  }
  stage.expect_progress(4);
}

// P8: what a node says that is left alone.
void who_is_left_alone_names_no_leader_and_says_that_a_majority_is_missing(const Life& life) {
  Stage stage(shape_of(life, 3), false);
  const NodeId leader = stage.steady_leader();
  const NodeId alone = stage.other_than(leader);
  for (const NodeId id : stage.others(alone)) stage.cluster.crash(id, life.seed % 2 == 0);
  stage.cluster.run_for(rounds(4));
  Heard heard;
  ask(stage, alone, heard, [](Replica& replica, RequestId request) { replica.register_producer(request); });
  stage.cluster.run_for(rounds(1));
  stage.expect(refusal(heard) == ErrorCode::no_majority, "it says that a majority is missing");
  stage.expect(!stage.replica(alone).leader(), "it names no leader");
}

// G4: a wrong address must not cost a healthy node its place.
void a_join_from_the_address_of_a_living_member_replaces_nobody(const Life& life) {
  Stage stage(shape_of(life, 3));
  const NodeId leader = stage.steady_leader();
  const NodeId victim = stage.other_than(leader);
  stage.clients.join(0, "node" + text(victim) + ":7000");
  stage.cluster.run_for(rounds(10));
  stage.expect(stage.cluster.history().removed().empty(), "nobody is removed");
  stage.expect(stage.cluster.history().members().all.size() == 3, "nobody is added");
}

// G6.
void a_removal_that_would_leave_no_majority_is_refused(const Life& life) {
  Stage stage(shape_of(life, 3));
  const NodeId leader = stage.steady_leader();
  const auto others = stage.others(leader);
  stage.cluster.crash(others[0]);
  stage.cluster.run_for(rounds(4));
  Heard heard;
  ask(stage, leader, heard,
      [member = others[1]](Replica& replica, RequestId request) { replica.remove(request, member); });
  stage.cluster.run_for(rounds(1));
  stage.expect(refusal(heard) == ErrorCode::no_majority, "the removal is refused");
  stage.expect_progress(4);
}

// G7: else the one that comes back would find itself removed, and the other one needed.
void a_silent_majority_is_not_evicted(const Life& life) {
  Shape shape = shape_of(life, 3);
  shape.evict_rounds = 8;
  Stage stage(shape);
  const NodeId leader = stage.steady_leader();
  const auto others = stage.others(leader);
  for (const NodeId id : others) stage.cluster.crash(id);
  stage.cluster.run_for(rounds(14));
  stage.cluster.start(others[0]);
  stage.expect_progress(10);
}

// E2: a voter that sees nobody but learners is not connected to a majority.
void learners_make_no_quorum(const Life& life) {
  Shape shape = shape_of(life, 3);
  shape.learners = 2;
  shape.learners_stay = true;
  Stage stage(shape);
  const NodeId leader = stage.steady_leader();
  std::set<NodeId> majority{NodeId{1}, NodeId{2}, NodeId{3}};
  const NodeId lonely = leader == NodeId{1} ? NodeId{2} : NodeId{1};
  majority.erase(lonely);
  const Ticks start = stage.cluster.now();
  stage.cluster.connect_only({majority, {lonely, NodeId{4}, NodeId{5}}});
  stage.cluster.run_for(rounds(10));
  stage.cluster.heal_all();
  stage.cluster.run_for(rounds(10));
  stage.expect(stage.changes_since(start) == 0, "the leader stays");
}

// H2.
void a_take_over_of_an_older_ballot_and_one_at_a_learner_change_nothing(const Life& life) {
  Shape shape = shape_of(life, 3);
  shape.learners = 1;
  shape.learners_stay = true;
  Stage stage(shape);
  const NodeId leader = stage.steady_leader();
  const NodeId follower = leader == NodeId{1} ? NodeId{2} : NodeId{1};
  const Ticks start = stage.cluster.now();
  const TakeOver current{.ballot = stage.replica(leader).promised()};
  TakeOver older = current;
  --older.ballot.round;
  stage.cluster.step(follower, [&](Replica& replica) { replica.on_message(leader, older); });
  stage.cluster.step(NodeId{4}, [&](Replica& replica) { replica.on_message(leader, current); });
  stage.cluster.run_for(rounds(6));
  stage.expect(stage.changes_since(start) == 0, "the leader stays");
}

// Q2: the answer to a question of the process before this one must not fit a new one.
void an_answer_to_an_earlier_process_fits_no_new_read(const Life& life) {
  Shape shape = shape_of(life, 3);
  Stage stage(shape);
  const NodeId follower = stage.other_than(stage.steady_leader());
  stage.cluster.network.faults.duplicates = 0.5;
  std::deque<Heard> heard;
  for (int i = 0; i < 10; ++i) {
    for (int j = 0; j < 10; ++j) {
      read(stage, follower, heard.emplace_back());
      stage.cluster.run_for(units(4));
    }
    stage.cluster.crash(follower);
    stage.cluster.run_for(units(1));
    stage.cluster.start(follower);
    stage.cluster.run_for(units(4));
  }
}

}  // namespace

std::vector<Scenario> rule_scenarios() {
  return {
      {"idle", "", "an idle cluster keeps its leader", an_idle_cluster_keeps_its_leader},
      {"stalled-follower", "", "a node whose disk hangs does not stand",
       a_node_whose_disk_hangs_does_not_stand},
      {"left-alone", "", "who is left alone names no leader and says that a majority is missing",
       who_is_left_alone_names_no_leader_and_says_that_a_majority_is_missing},
      {"address-of-the-living", "", "a join from the address of a living member replaces nobody",
       a_join_from_the_address_of_a_living_member_replaces_nobody},
      {"removal-too-many", "", "a removal that would leave no majority is refused",
       a_removal_that_would_leave_no_majority_is_refused},
      {"silent-majority", "", "a silent majority is not evicted", a_silent_majority_is_not_evicted},
      {"learners-alone", "", "learners make no quorum", learners_make_no_quorum},
      {"false-take-over", "", "a take-over of an older ballot, and one at a learner, change nothing",
       a_take_over_of_an_older_ballot_and_one_at_a_learner_change_nothing},
      {"answer-to-the-dead", "", "an answer to an earlier process fits no new read",
       an_answer_to_an_earlier_process_fits_no_new_read},
  };
}

}  // namespace bellwether::simulation
