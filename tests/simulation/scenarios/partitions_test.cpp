// Partial partitions: everybody is alive, but not everybody sees everybody (consensus.md T1, T2, T3).
#include "scenarios/stage.hpp"

namespace bellwether::simulation {
namespace {

TEST(Partitions, TheOnlyConnectedNodeLeadsAfterQuorumLoss) {
  play([](std::uint64_t seed) {
    Stage stage(shape_of(seed, 5));
    const NodeId hub = stage.other_than(stage.steady_leader());
    stage.cut_between_others_than(hub, seed % 2 == 1);
    stage.expect_progress(8);
    stage.cluster.run_for(rounds(4));
    const Ticks settled = stage.cluster.now();
    stage.cluster.run_for(rounds(30));
    EXPECT_EQ(stage.changes_since(settled), 0u);
    stage.expect_leader(hub);
  });
}

TEST(Partitions, AHubThatLagsLeadsAndAdoptsWhatItLacks) {
  play([](std::uint64_t seed) {
    Stage stage(shape_of(seed, 5));
    const NodeId old = stage.steady_leader();
    const NodeId hub = stage.other_than(old);
    stage.cluster.cut(hub, old, true, false);
    stage.cluster.run_for(rounds(3));
    stage.cut_all_of(old, seed % 2 == 1);
    stage.cut_between_others_than(hub, seed % 2 == 1);
    stage.expect_progress(8);
    stage.expect_leader(hub);
  });
}

TEST(Partitions, AChainOfThreeChangesItsLeaderOnceAtMost) {
  play([](std::uint64_t seed) {
    Stage stage(shape_of(seed, 3));
    const NodeId leader = stage.steady_leader();
    const Ticks start = stage.cluster.now();
    stage.cluster.cut(leader, stage.other_than(leader), true, seed % 2 == 1);
    stage.expect_progress(8);
    stage.cluster.run_to(start + rounds(60));
    EXPECT_LE(stage.changes_since(start), 1u);
    stage.expect_progress(4);
  });
}

TEST(Partitions, AChainOfFiveSettles) {
  play([](std::uint64_t seed) {
    Stage stage(shape_of(seed, 5));
    stage.steady_leader();
    auto chain = stage.cluster.ids();
    stage.cluster.random.shuffle(chain);
    for (std::size_t i = 0; i < 5; ++i) {
      for (std::size_t j = i + 2; j < 5; ++j) stage.cluster.cut(chain[i], chain[j], true, seed % 2 == 1);
    }
    stage.expect_progress(10);
    stage.cluster.run_for(rounds(6));
    const Ticks settled = stage.cluster.now();
    stage.cluster.run_for(rounds(40));
    EXPECT_EQ(stage.changes_since(settled), 0u);
  });
}

TEST(Partitions, ARingSettles) {
  play([](std::uint64_t seed) {
    const std::uint64_t size = 4 + seed % 2;
    Stage stage(shape_of(seed, size));
    stage.steady_leader();
    for (std::uint64_t a = 1; a <= size; ++a) {
      for (std::uint64_t b = a + 2; b <= size; ++b) {
        if (b - a != size - 1) stage.cluster.cut(NodeId{a}, NodeId{b}, true, seed % 3 != 0);
      }
    }
    stage.expect_progress(10);
    stage.cluster.run_for(rounds(6));
    const Ticks settled = stage.cluster.now();
    stage.cluster.run_for(rounds(40));
    EXPECT_EQ(stage.changes_since(settled), 0u);
  });
}

TEST(Partitions, AMinorityAcknowledgesNothing) {
  play([](std::uint64_t seed) {
    Stage stage(shape_of(seed, 5));
    const NodeId leader = stage.steady_leader();
    const NodeId friend_of_leader = stage.other_than(leader);
    std::set<NodeId> majority;
    for (const NodeId id : stage.others(leader)) {
      if (id != friend_of_leader) majority.insert(id);
    }
    stage.cluster.connect_only({{leader, friend_of_leader}, majority});
    stage.cluster.run_for(rounds(2));
    const Index decided = stage.replica(leader).decided();
    stage.expect_progress(8);
    EXPECT_EQ(stage.replica(leader).decided(), decided);
    EXPECT_TRUE(stage.replica(leader).is_suspended());
  });
}

}  // namespace
}  // namespace bellwether::simulation
