#include "state/members.hpp"

#include <gtest/gtest.h>

namespace bellwether::state {
namespace {

constexpr NodeId n1{1}, n2{2}, n3{3};

InitCluster init() { return {.cluster = "c", .token = "t1", .address = "a:1", .priority = 4}; }
AddMember add(NodeId id, std::string token) {
  return {.id = id, .token = std::move(token), .address = "b:1", .priority = 0, .stays_learner = false};
}

TEST(Members, TheFirstMemberIsAVoterWithIdOne) {
  Members members;
  members.apply(1, init());
  EXPECT_EQ(members.voters(), std::vector{n1});
  EXPECT_EQ(members.next_id(), n2);
  EXPECT_EQ(members.find(n1)->priority, 4u);
  EXPECT_EQ(members.changed_at(), 1u);
}

TEST(Members, WhoeverJoinsIsALearnerUntilPromoted) {
  Members members;
  members.apply(1, init());
  members.apply(2, add(n2, "t2"));
  EXPECT_TRUE(members.has(n2));
  EXPECT_FALSE(members.is_voter(n2));
  EXPECT_EQ(members.majority(), 1u);
  members.apply(3, PromoteMember{n2});
  EXPECT_TRUE(members.is_voter(n2));
  EXPECT_EQ(members.majority(), 2u);
}

TEST(Members, AnIdIsNeverReusedAfterARemoval) {
  Members members;
  members.apply(1, init());
  members.apply(2, add(n2, "t2"));
  members.apply(3, RemoveMember{n2});
  EXPECT_FALSE(members.has(n2));
  EXPECT_EQ(members.next_id(), n3);
}

TEST(Members, OnlyWhoWasAMemberIsKnownToBeRemoved) {
  Members members;
  members.apply(1, init());
  members.apply(2, add(n2, "t2"));
  members.apply(3, RemoveMember{n2});
  EXPECT_TRUE(members.knows_removed(n2));
  EXPECT_FALSE(members.knows_removed(n1));
  EXPECT_FALSE(members.knows_removed(n3));  // not given out yet
  EXPECT_FALSE(members.knows_removed(nobody));
}

TEST(Members, AfterAResetOneVoterIsLeftAndNoIdIsGivenAgain) {
  Members members;
  members.apply(1, init());
  members.apply(2, add(n2, "t2"));
  members.apply(3, add(n3, "t3"));
  members.apply(4, ResetCluster{"d", "c", 1, n2, "t2", "elsewhere:9", 7});
  EXPECT_EQ(members.voters(), std::vector{n2});
  EXPECT_EQ(members.all().size(), 1u);
  EXPECT_EQ(members.find(n2)->address, "elsewhere:9");
  EXPECT_EQ(members.next_id(), NodeId{4});
  EXPECT_TRUE(members.knows_removed(n1));
  EXPECT_TRUE(members.knows_removed(n3));
  EXPECT_EQ(members.changed_at(), 4u);
}

TEST(Members, ALearnerThatIsAloneAfterAResetVotes) {
  Members members;
  members.apply(1, init());
  members.apply(2, AddMember{n2, "t2", "b:1", 0, true});
  members.apply(3, ResetCluster{"d", "c", 1, n2, "t2", "b:1", 0});
  EXPECT_TRUE(members.is_voter(n2));
  EXPECT_FALSE(members.find(n2)->stays_learner);
}

TEST(Members, AnUpdateChangesAddressAndPriorityAndNoVote) {
  Members members;
  members.apply(1, init());
  members.apply(2, UpdateMember{.id = n1, .address = "elsewhere:9", .priority = 7});
  EXPECT_EQ(members.find(n1)->address, "elsewhere:9");
  EXPECT_EQ(members.find(n1)->priority, 7u);
  EXPECT_TRUE(members.is_voter(n1));
}

TEST(Members, OtherEntriesChangeNothing) {
  Members members;
  members.apply(1, init());
  const Members before = members;
  members.apply(2, Noop{});
  members.apply(3, RegisterProducer{});
  members.apply(4, Batch{});
  EXPECT_EQ(members, before);
}

TEST(Members, ATokenIsFoundWhileItsMemberIsThere) {
  Members members;
  members.apply(1, init());
  members.apply(2, add(n2, "t2"));
  EXPECT_EQ(members.with_token("t2"), n2);
  members.apply(3, RemoveMember{n2});
  EXPECT_EQ(members.with_token("t2"), std::nullopt);
}

TEST(Members, AMajorityIsMoreThanHalfOfTheVoters) {
  Members members;
  members.apply(1, init());
  const std::size_t expected[] = {1, 2, 2, 3, 3, 4, 4, 5, 5};
  for (std::uint64_t voters = 1; voters <= 9; ++voters) {
    if (voters > 1) {
      members.apply(2 * voters, add(NodeId{voters}, "t" + std::to_string(voters)));
      members.apply(2 * voters + 1, PromoteMember{NodeId{voters}});
    }
    EXPECT_EQ(members.majority(), expected[voters - 1]);
    EXPECT_GT(2 * members.majority(), members.voters().size());  // any two majorities meet
  }
}

}  // namespace
}  // namespace bellwether::state
