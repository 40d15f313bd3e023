#include "node/member_names.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "protocol/entry.hpp"

namespace bellwether::node {
namespace {

// A cluster of one, which leads.
struct LonelyLeader {
  LonelyLeader() {
    replication::StableState stable;
    const Ballot ballot{1, 0, NodeId{1}};
    InitCluster init;
    init.cluster = "c";
    init.token = "t";
    init.address = "old:1";
    EXPECT_TRUE(stable.replay(replication::PromiseRecord{ballot}));
    EXPECT_TRUE(stable.replay(replication::AppendRecord{1, {make_entry(1, ballot, 0, init)}}));
    EXPECT_TRUE(stable.replay(replication::DecidedRecord{1}));
    replication::Options options;
    options.self = NodeId{1};
    replica = std::make_unique<replication::Replica>(options, stable, 0);
  }

  void settle() {  // all that was written is durable
    for (auto output = replica->take_output(); !output.empty(); output = replica->take_output()) {
      if (!output.records.empty()) replica->on_durable(output.records.back().number);
    }
  }
  void lead() {
    replica->tick(100, 0);
    settle();
  }
  const state::Member& record() const { return *replica->decided_state().members().find(NodeId{1}); }

  std::unique_ptr<replication::Replica> replica;
};

TEST(MemberNames, ALeaderCorrectsItsOwnRecord) {
  LonelyLeader leader;
  MemberNames names;
  names.hear(NodeId{1}, "new:2", 5);
  names.correct(*leader.replica);
  leader.settle();
  EXPECT_EQ(leader.record().address, "old:1");  // it does not lead yet
  leader.lead();
  names.correct(*leader.replica);
  leader.settle();
  EXPECT_EQ(leader.record().address, "new:2");
  EXPECT_EQ(leader.record().priority, 5U);
}

TEST(MemberNames, WhatIsRightAlreadyIsNotAppendedAgain) {
  LonelyLeader leader;
  MemberNames names;
  leader.lead();
  names.hear(NodeId{1}, "old:1", 0);
  names.hear(NodeId{7}, "nobody:1", 0);
  const auto last = leader.replica->last();
  names.correct(*leader.replica);
  EXPECT_EQ(leader.replica->last(), last);
}

}  // namespace
}  // namespace bellwether::node
