#include "node/member_search.hpp"

#include <gtest/gtest.h>

namespace bellwether::node {
namespace {

Inquiry::Finding finding(const std::string& address, NodeId id, bool has_leader,
                         const MemberSearch::Addresses& members, const std::string& cluster = "owls") {
  StatusAnswer status;
  status.cluster = cluster;
  status.id = id;
  if (has_leader) status.leader = LeaderInfo{id, address};
  for (const auto& [member, recorded] : members) {
    MemberStatus entry;
    entry.id = member;
    entry.address = recorded;
    status.members.push_back(entry);
  }
  return {address, status};
}

using Addresses = MemberSearch::Addresses;

TEST(MemberSearch, LearnsTheMembersFromOneThatHasALeader) {
  EXPECT_EQ(addresses_in({finding("a:1", NodeId{1}, true, {{NodeId{1}, "a:1"}, {NodeId{4}, "d:4"}})}, "owls"),
            (Addresses{{NodeId{1}, "a:1"}, {NodeId{4}, "d:4"}}));
}

TEST(MemberSearch, BelievesOneWithoutALeaderOnlyWhoItIs) {
  EXPECT_EQ(
      addresses_in({finding("a:1", NodeId{1}, false, {{NodeId{1}, "old:1"}, {NodeId{4}, "d:4"}})}, "owls"),
      (Addresses{{NodeId{1}, "a:1"}}));
}

TEST(MemberSearch, WhereAMemberAnswersCountsMoreThanWhereAnotherHasItRecorded) {
  EXPECT_EQ(addresses_in({finding("a:1", NodeId{1}, true, {{NodeId{2}, "old:2"}}),
                          finding("b:2", NodeId{2}, false, {})},
                         "owls"),
            (Addresses{{NodeId{1}, "a:1"}, {NodeId{2}, "b:2"}}));
}

TEST(MemberSearch, HearsNothingFromAnotherCluster) {
  EXPECT_EQ(addresses_in({finding("a:1", NodeId{1}, true, {{NodeId{4}, "d:4"}}, "crows")}, "owls"),
            Addresses{});
}

}  // namespace
}  // namespace bellwether::node
