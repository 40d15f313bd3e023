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

state::Members members_without_node_2() {
  state::Members members;
  members.apply(1, InitCluster{"owls", "t1", "127.0.0.1:1", 0});
  members.apply(2, AddMember{NodeId{2}, "t2", "127.0.0.1:2", 0, false});
  members.apply(3, RemoveMember{NodeId{2}});
  return members;
}

ErrorCode refused(const Hello& hello, const state::Members& members = {}) {
  const auto why = refusal_of(hello, own_name(), members);
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
  EXPECT_EQ(refused(fitting_hello(), members_without_node_2()), ErrorCode::removed);
}

}  // namespace
}  // namespace bellwether::node
