#include "node/hello_check.hpp"

#include <gtest/gtest.h>

namespace bellwether::node {
namespace {

OwnName own_name() {
  OwnName own;
  own.cluster = "owls";
  own.key = "secret";
  own.id = NodeId{1};
  return own;
}

Hello fitting_hello() {
  auto other = own_name();
  other.id = NodeId{2};
  return hello_to(other, NodeId{1});
}

state::State state_after(const std::vector<EntryContent>& contents) {
  state::State state;
  for (const EntryContent& content : contents) {
    const Index index = state.applied() + 1;
    state.apply(index, *make_entry(index, {1, 0, NodeId{1}}, 0, content));
  }
  return state;
}

state::State without_node_2() {
  return state_after({InitCluster{"owls", "t1", "127.0.0.1:1", 0},
                      AddMember{NodeId{2}, "t2", "127.0.0.1:2", 0, false}, RemoveMember{NodeId{2}}});
}

ErrorCode refused(const Hello& hello, const state::State& decided = {}) {
  const auto why = refusal_of(hello, own_name(), decided);
  EXPECT_TRUE(why.has_value());
  return why ? why->code : ErrorCode::bad_packet;
}

TEST(HelloCheck, LetsAFittingHelloIn) { EXPECT_FALSE(refusal_of(fitting_hello(), own_name(), {})); }

TEST(HelloCheck, LetsAMemberInOfWhomThisNodeHasNotHeardYet) {
  auto hello = fitting_hello();
  hello.from = NodeId{9};
  EXPECT_FALSE(refusal_of(hello, own_name(), {}));
}

TEST(HelloCheck, TurnsAnotherClusterAway) {
  auto hello = fitting_hello();
  hello.cluster = "crows";
  EXPECT_EQ(refused(hello), ErrorCode::wrong_cluster);
}

TEST(HelloCheck, TurnsAnotherEpochAway) {
  auto hello = fitting_hello();
  hello.epoch = 1;
  EXPECT_EQ(refused(hello), ErrorCode::wrong_cluster);
}

// F3: whoever was a member when this cluster was recovered without it learns so, and what it goes on as.
TEST(HelloCheck, TellsAMemberOfTheClusterBeforeARecoverySo) {
  const auto decided = state_after({InitCluster{"rooks", "t1", "127.0.0.1:1", 0},
                                    AddMember{NodeId{2}, "t2", "127.0.0.1:2", 0, false},
                                    ResetCluster{"owls", "rooks", 1, NodeId{1}, "t1", "127.0.0.1:1", 0}});
  auto own = own_name();
  own.epoch = 1;
  auto hello = fitting_hello();
  hello.cluster = "rooks";
  const auto why = refusal_of(hello, own, decided);
  ASSERT_TRUE(why);
  EXPECT_EQ(why->code, ErrorCode::wrong_cluster);
  EXPECT_EQ(why->recovered_as, "owls");
  EXPECT_NE(why->hint.find("--rejoin"), std::string::npos);
}

TEST(HelloCheck, TurnsAnotherSurvivorOfTheSameClusterAwayAsAStranger) {
  const auto decided = state_after({InitCluster{"rooks", "t1", "127.0.0.1:1", 0},
                                    ResetCluster{"owls", "rooks", 1, NodeId{1}, "t1", "127.0.0.1:1", 0}});
  auto hello = fitting_hello();
  hello.cluster = "crows";
  hello.former = {"rooks"};
  const auto why = refusal_of(hello, own_name(), decided);
  ASSERT_TRUE(why);
  EXPECT_EQ(why->code, ErrorCode::wrong_cluster);
  EXPECT_EQ(why->recovered_as, "");
}

TEST(HelloCheck, TurnsAHelloForAnotherNodeAway) {
  auto hello = fitting_hello();
  hello.to = NodeId{3};
  EXPECT_EQ(refused(hello), ErrorCode::wrong_node);
}

TEST(HelloCheck, TurnsAWrongKeyAway) {
  auto hello = fitting_hello();
  hello.key = "guess";
  EXPECT_EQ(refused(hello), ErrorCode::not_a_member);
}

TEST(HelloCheck, TurnsItsOwnNameAway) {
  auto hello = fitting_hello();
  hello.from = NodeId{1};
  EXPECT_EQ(refused(hello), ErrorCode::not_a_member);
}

TEST(HelloCheck, TurnsAnUnknownVersionAway) {
  auto hello = fitting_hello();
  hello.version_min = hello.version_max = 2;
  EXPECT_EQ(refused(hello), ErrorCode::version);
}

TEST(HelloCheck, TellsARemovedMemberSo) {
  EXPECT_EQ(refused(fitting_hello(), without_node_2()), ErrorCode::removed);
}

}  // namespace
}  // namespace bellwether::node
