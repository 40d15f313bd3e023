// What `status` tells beside numbers.
#include "node/story.hpp"

#include <gtest/gtest.h>

#include "../replication/table.hpp"

namespace bellwether::node {
namespace {

using replication::Table;
using namespace replication;

void ask_join(Table& table) {
  table.ask([](Replica& replica, RequestId id) {
    Join join;
    join.token = "t9";
    join.address = "a9:1";
    replica.join(id, join);
  });
}

TEST(Story, ALeaderIsNoReasonToWonder) {
  Table table(n3, 3);
  table.make_leader({n1, n2});
  EXPECT_EQ(why_nobody_leads(*table.replica, n3), "");
}

TEST(Story, WithoutAMajorityItSaysHowManyAreNeededAndWhoIsMissing) {
  Table table(n3, 3);
  for (int i = 0; i < 3; ++i) table.end_round();
  EXPECT_EQ(why_nobody_leads(*table.replica, n3),
            "no majority: of 3 voters 2 are needed, and this node reaches 1; missing: node 1 (a1:1) and node "
            "2 (a2:1)");
}

TEST(Story, ACandidateWaitsForPromises) {
  Table table(n3, 3);
  while (table.replica->role() == Role::follower) {
    table.answer_heartbeats({n1, n2}, false, false);
    table.end_round();
  }
  EXPECT_EQ(why_nobody_leads(*table.replica, n3),
            "an election is going on: this node stands and waits for the promises of a majority");
}

TEST(Story, ALearnerWaitsForTheVoters) {
  Table table(n4, 3, 1);
  table.answer_heartbeats({n1, n2, n3}, false);
  table.end_round();
  EXPECT_EQ(why_nobody_leads(*table.replica, n4),
            "this node has no vote; it waits for the voters to elect a leader");
}

TEST(Story, AMemberThatJoinsIsAChangeUntilItVotes) {
  Table table(n3, 3);
  table.make_leader({n1, n2});
  table.sync();
  table.accept_all(n1);
  EXPECT_TRUE(changes_under_way(*table.replica).empty());
  ask_join(table);
  EXPECT_EQ(changes_under_way(*table.replica),
            std::vector<std::string>{"node 4 (a9:1) joins; a majority has not stored that yet"});
  table.sync();
  table.accept_all(n1);
  ASSERT_EQ(changes_under_way(*table.replica).size(), 1u);
  EXPECT_TRUE(changes_under_way(*table.replica)[0].starts_with("node 4 (a9:1) catches up"));
}

TEST(Story, ARemovalIsAChangeUntilItIsDecided) {
  Table table(n3, 3);
  table.make_leader({n1, n2});
  table.sync();
  table.accept_all(n1);
  table.ask([](Replica& replica, RequestId id) { replica.remove(id, n2); });
  EXPECT_EQ(changes_under_way(*table.replica),
            std::vector<std::string>{"node 2 (a2:1) is removed; a majority has not stored that yet"});
}

}  // namespace
}  // namespace bellwether::node
