// Nodes that die, hang, blink and come back (consensus.md T4 to T10, T25, T30).
#include <algorithm>

#include "scenarios/stage.hpp"
#include "violation.hpp"

namespace bellwether::simulation {
namespace {

TEST(Failover, AKilledLeaderIsReplacedBeforeARoundIsOver) {
  play([](std::uint64_t seed) {
    Stage stage(quick(shape_of(seed, 3 + 2 * (seed % 2))));
    stage.cluster.sync_time = {0.1, 0.5};
    const NodeId leader = stage.steady_leader();
    stage.cluster.run_for(units(stage.cluster.random.between(0, 20)));
    const Ticks killed = stage.cluster.now();
    stage.cluster.crash(leader);
    ASSERT_TRUE(stage.wait_for_new_leader(killed, 1)) << "seed " << seed;
  });
}

TEST(Failover, ALeaderThatVanishesWithoutATraceIsReplacedWithinFourRounds) {
  play([](std::uint64_t seed) {
    Stage stage(quick(shape_of(seed, 3 + 2 * (seed % 2))));
    const NodeId leader = stage.steady_leader();
    stage.cluster.run_for(units(stage.cluster.random.between(0, 20)));
    const Ticks killed = stage.cluster.now();
    stage.cluster.crash(leader, false);
    ASSERT_TRUE(stage.wait_for_new_leader(killed, 4)) << "seed " << seed;
  });
}

TEST(Failover, ShortLossesOfALinkDontChangeTheLeader) {
  play([](std::uint64_t seed) {
    Stage stage(shape_of(seed, 3 + 2 * (seed % 2)));
    const NodeId leader = stage.steady_leader();
    const Ticks start = stage.cluster.now();
    for (int i = 0; i < 15; ++i) {
      const NodeId follower = stage.other_than(leader);
      stage.cluster.cut(leader, follower);
      stage.cluster.run_for(units(stage.cluster.random.between(0.5, 40)));
      stage.cluster.heal(leader, follower);
      stage.cluster.run_for(units(stage.cluster.random.between(14, 40)));
    }
    EXPECT_EQ(stage.changes_since(start), 0u) << "seed " << seed;
  });
}

TEST(Failover, ABlipBetweenTwoNodesDoesntChangeTheLeader) {
  play([](std::uint64_t seed) {
    Stage stage(quick(shape_of(seed, 2)));
    stage.steady_leader();
    const Ticks start = stage.cluster.now();
    for (int i = 0; i < 10; ++i) {
      stage.cluster.cut(NodeId{1}, NodeId{2});
      stage.cluster.run_for(units(stage.cluster.random.between(0.1, 10)));
      stage.cluster.heal(NodeId{1}, NodeId{2});
      stage.cluster.run_for(rounds(3));
    }
    EXPECT_EQ(stage.changes_since(start), 0u) << "seed " << seed;
    stage.expect_progress(4);
  });
}

TEST(Failover, TheHighestIdOfTheSurvivorsLeads) {
  play([](std::uint64_t seed) {
    Stage stage(shape_of(seed, 5));
    auto living = stage.cluster.ids();
    NodeId leader = stage.steady_leader();
    for (int i = 0; i < 2; ++i) {
      stage.cluster.crash(leader);
      std::erase(living, leader);
      stage.cluster.run_for(rounds(8));
      stage.expect_leader(living.back());
      leader = living.back();
    }
  });
}

TEST(Failover, AVoterThatPromisedADeadCandidateComesBackUnderTheSameLeader) {
  play([](std::uint64_t seed) {
    Stage stage(shape_of(seed, 5));
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
    ASSERT_NE(settled, nullptr);
    EXPECT_EQ(stage.replica(voter).promised(), settled->replica->promised()) << "seed " << seed;
    EXPECT_GE(stage.replica(voter).decided() + 3, stage.cluster.history().last()) << "seed " << seed;
    for (const auto& [at, ballot] : stage.cluster.established()) {
      if (at > start) {
        EXPECT_EQ(ballot.id, leader) << "seed " << seed;
      }
    }
  });
}

TEST(Failover, OthersDecideWhileTheLeadersDiskHangs) {
  play([](std::uint64_t seed) {
    Stage stage(shape_of(seed, 3));
    stage.cluster.machine(stage.steady_leader()).slowness = 1e6;
    stage.cluster.run_for(rounds(2));
    stage.expect_progress(6);
  });
}

TEST(Failover, APowerCutOfTheWholeClusterLosesNothing) {
  play([](std::uint64_t seed) {
    Stage stage(shape_of(seed, 3 + 2 * (seed % 2)));
    stage.steady_leader();
    for (const NodeId id : stage.cluster.ids()) stage.cluster.crash(id, false);
    stage.cluster.run_for(units(5));
    const Ticks start = stage.cluster.now();
    for (const NodeId id : stage.cluster.ids()) stage.cluster.start(id);
    ASSERT_TRUE(stage.wait_for_new_leader(start, 5)) << "seed " << seed << stage.cluster.describe();
    stage.expect_progress(8);
  });
}

// T10: the promise may be lost with the crash; by D2 nobody was told of it then.
TEST(Failover, ACrashBetweenPromiseAndSyncForgetsNothingThatWasTold) {
  play([](std::uint64_t seed) {
    Stage stage(shape_of(seed, 3));
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
  });
}

}  // namespace
}  // namespace bellwether::simulation
