// Planned changes of the leader (consensus.md section 11, T24).
#include "scenarios/stage.hpp"
#include "violation.hpp"

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

TEST(HandOver, TheNamedNodeLeadsWithinTwoRoundsAndStays) {
  play([](std::uint64_t seed) {
    Stage stage(quick(shape_of(seed, 3)));
    stage.cluster.sync_time = {0.1, 0.5};
    const NodeId leader = stage.steady_leader();
    const NodeId target = stage.other_than(leader);
    const Ticks start = stage.cluster.now();
    Moved moved;
    move_leader(stage, leader, target, moved);
    ASSERT_TRUE(stage.wait_for_new_leader(start, 2)) << "seed " << seed << stage.cluster.describe();
    stage.expect_leader(target);
    const Ticks settled = stage.cluster.now();
    stage.cluster.run_for(rounds(20));
    EXPECT_EQ(stage.changes_since(settled), 0u) << "seed " << seed;
    EXPECT_TRUE(moved.done) << "seed " << seed;
  });
}

TEST(HandOver, TheLeaderGoesOnWhenTheTargetIsDead) {
  play([](std::uint64_t seed) {
    Stage stage(shape_of(seed, 3));
    const NodeId leader = stage.steady_leader();
    const NodeId target = stage.other_than(leader);
    stage.cluster.crash(target);
    stage.cluster.run_for(rounds(2));
    Moved moved;
    move_leader(stage, leader, target, moved);
    stage.cluster.run_for(rounds(7));
    EXPECT_TRUE(moved.answered && !moved.done) << "seed " << seed;
    stage.expect_leader(leader);
    stage.expect_progress(4);
  });
}

TEST(HandOver, ANodeOfHigherPriorityTakesOverOnceItHasCaughtUp) {
  play([](std::uint64_t seed) {
    Shape shape = shape_of(seed, 3);
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
    EXPECT_EQ(stage.changes_since(start), 1u) << "seed " << seed;
  });
}

TEST(HandOver, ALeaderThatResignsIsFollowedAtOnce) {
  play([](std::uint64_t seed) {
    Stage stage(quick(shape_of(seed, 3)));
    stage.cluster.sync_time = {0.1, 0.5};
    const NodeId leader = stage.steady_leader();
    const Ticks start = stage.cluster.now();
    stage.cluster.step(leader, [](Replica& replica) { replica.resign(); });
    ASSERT_TRUE(stage.wait_for_new_leader(start, 2)) << "seed " << seed;
    EXPECT_NE(stage.cluster.settled_leader()->id, leader);
    stage.expect_progress(4);
  });
}

}  // namespace
}  // namespace bellwether::simulation
