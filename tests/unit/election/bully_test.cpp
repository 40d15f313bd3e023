// Each test is named after its rule in section 5 of the specification.
#include "election/bully.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace bellwether::election {
namespace {

constexpr NodeId n1{1}, n2{2}, n3{3};
const std::vector<NodeId> three = {n1, n2, n3};

Ballot ballot(std::uint64_t round, NodeId id) { return {.round = round, .priority = 0, .id = id}; }

// Node 2 of three, which followed node 3 in round 5 before it started.
struct Election {
  Bully bully{{.self = n2, .priority = 0, .preferred_lag = 10}, ballot(5, n3)};
  HeartbeatRequest request = bully.open_round(std::nullopt);

  HeartbeatReply reply(Ballot own, Ballot leader, bool happy, bool connected = true, Index last = 100) const {
    HeartbeatReply made;
    made.round = request.round;
    made.ballot = own;
    made.leader = leader;
    made.happy = happy;
    made.quorum_connected = connected;
    made.last = last;
    return made;
  }
  void hear(NodeId from, const HeartbeatReply& made) { bully.on_reply(from, made); }
  bool close(bool tired = false, bool stalled = false, Index last = 100) {
    bully.learn_leader();
    const bool raises = bully.close_round(
        {.voters = three, .promised = bully.leader(), .last = last, .is_tired = tired, .is_unfit = stalled});
    request = bully.open_round(std::nullopt);
    return raises;
  }
};

TEST(Bully, E2RepliesOfOthersThanVotersDontMakeAMajority) {
  Election e;
  e.hear(NodeId{9}, e.reply(ballot(0, NodeId{9}), ballot(5, n3), false));
  EXPECT_FALSE(e.close());
  EXPECT_FALSE(e.bully.is_quorum_connected());
}

TEST(Bully, E2AnyAnswererMayRaiseTheGreatestKnownBallot) {
  Election e;
  e.hear(NodeId{9}, e.reply(ballot(8, NodeId{9}), ballot(8, NodeId{9}), false));
  e.close();
  EXPECT_EQ(e.bully.leader(), ballot(8, NodeId{9}));
}

TEST(Bully, E3AnUnhappyConnectedVoterRaises) {
  Election e;
  e.hear(n1, e.reply(ballot(0, n1), ballot(5, n3), false));
  EXPECT_TRUE(e.close());
  EXPECT_EQ(e.bully.raise(ballot(5, n3)), ballot(6, n2));
  EXPECT_TRUE(e.bully.owns_leader());
  EXPECT_TRUE(e.bully.is_happy());
}

TEST(Bully, E3ANodeWithoutAMajorityDoesNotRaise) {
  Election e;
  EXPECT_FALSE(e.close());
}

TEST(Bully, E3ALeaderWithoutAMajorityIsSuspended) {
  Election e;
  e.bully.raise(ballot(5, n3));
  e.request = e.bully.open_round(std::nullopt);
  e.close();
  EXPECT_TRUE(e.bully.is_suspended());
  EXPECT_FALSE(e.bully.is_happy());
  e.hear(n1, e.reply(ballot(0, n1), e.bully.ballot(), true));
  e.close();
  EXPECT_FALSE(e.bully.is_suspended());
  EXPECT_TRUE(e.bully.is_happy());
}

TEST(Bully, E3ATiredOwnerOfTheGreatestBallotIsUnhappy) {
  Election e;
  e.bully.raise(ballot(5, n3));
  e.request = e.bully.open_round(std::nullopt);
  e.hear(n1, e.reply(ballot(0, n1), e.bully.ballot(), false));
  EXPECT_TRUE(e.close(true));
}

TEST(Bully, E4ALowerRankGivesWayForTwoRounds) {
  Election e;
  const auto higher = [&] { e.hear(n3, e.reply(ballot(0, n3), ballot(5, n3), false)); };
  higher();
  EXPECT_FALSE(e.close());
  higher();
  EXPECT_FALSE(e.close());
  higher();
  EXPECT_TRUE(e.close());
}

TEST(Bully, E4AHigherIdThatLagsFarBehindIsNotWaitedFor) {
  Election e;
  e.hear(n3, e.reply(ballot(0, n3), ballot(5, n3), false, true, 50));
  EXPECT_TRUE(e.close());
}

TEST(Bully, E4AHigherIdThatIsNotConnectedIsNotWaitedFor) {
  Election e;
  e.hear(n3, e.reply(ballot(0, n3), ballot(5, n3), false, false));
  EXPECT_TRUE(e.close());
}

TEST(Bully, E5ARestartedNodeHasRoundZero) {
  Election e;
  EXPECT_EQ(e.bully.ballot(), ballot(0, n2));
  EXPECT_EQ(e.bully.leader(), ballot(5, n3));
  EXPECT_FALSE(e.bully.is_happy());
}

TEST(Bully, E6NobodyTakesOverWhileAnAnsweringVoterIsHappy) {
  Election e;
  e.hear(n1, e.reply(ballot(0, n1), ballot(5, n3), true));
  EXPECT_FALSE(e.close());
}

TEST(Bully, E7AFollowerThatHearsItsHappyLeaderTurnsHappyAtOnce) {
  Election e;
  e.hear(n3, e.reply(ballot(5, n3), ballot(5, n3), true));
  EXPECT_TRUE(e.bully.is_happy());
}

TEST(Bully, E7ANewLeaderIsNotJudgedByTheRunningRound) {
  Election e;
  e.bully.on_promised(ballot(6, n3));
  e.hear(n1, e.reply(ballot(0, n1), ballot(5, n3), false));
  EXPECT_FALSE(e.close());
  EXPECT_TRUE(e.bully.is_happy());
  e.hear(n1, e.reply(ballot(0, n1), ballot(5, n3), false));
  EXPECT_TRUE(e.close());  // the next round does judge it
}

TEST(Bully, E8TheLossOfTheLeadersLinkMakesAFollowingVoterUnhappy) {
  Election e;
  e.hear(n3, e.reply(ballot(5, n3), ballot(5, n3), true));
  EXPECT_FALSE(e.bully.on_link_down(n1, true));
  EXPECT_TRUE(e.bully.is_happy());
  EXPECT_FALSE(e.bully.on_link_down(n3, false));
  EXPECT_TRUE(e.bully.on_link_down(n3, true));
  EXPECT_FALSE(e.bully.is_happy());
}

TEST(Bully, E8TheLeaderItselfIgnoresLosses) {
  Election e;
  e.bully.raise(ballot(5, n3));
  EXPECT_FALSE(e.bully.on_link_down(n2, true));
  EXPECT_FALSE(e.bully.on_link_down(n3, true));
}

TEST(Bully, E9AnUrgentRoundEndsWhenAllThatAreReachableHaveAnswered) {
  Election e;
  e.bully.on_link_up(n1);
  e.bully.on_link_up(n3);
  EXPECT_FALSE(e.bully.is_urgent_round_over(three));  // it is an ordinary one
  e.bully.on_link_down(n3, true);
  e.request = e.bully.open_round(e.bully.leader());
  e.bully.expect_urgently();
  EXPECT_FALSE(e.bully.is_urgent_round_over(three));
  e.hear(n1, e.reply(ballot(0, n1), ballot(5, n3), false));
  EXPECT_TRUE(e.bully.is_urgent_round_over(three));
}

TEST(Bully, E10OnlyAnUnhappyFollowerOfThatLeaderSharesALoss) {
  Election e;
  HeartbeatRequest lost = e.request;
  lost.lost = ballot(5, n3);
  EXPECT_TRUE(e.bully.shares_loss(lost, true));
  EXPECT_FALSE(e.bully.shares_loss(lost, false));
  lost.lost = ballot(4, n1);
  EXPECT_FALSE(e.bully.shares_loss(lost, true));
  e.hear(n3, e.reply(ballot(5, n3), ballot(5, n3), true));
  lost.lost = ballot(5, n3);
  EXPECT_FALSE(e.bully.shares_loss(lost, true));
}

TEST(Bully, E12ANodeWhoseDiskHangsDoesNotRaise) {
  Election e;
  e.hear(n1, e.reply(ballot(0, n1), ballot(5, n3), false));
  EXPECT_FALSE(e.close(false, true));
}

TEST(Bully, E13ANackOnlyRaisesTheNextRound) {
  Election e;
  e.bully.on_seen_round(41);
  EXPECT_EQ(e.bully.leader(), ballot(5, n3));
  EXPECT_EQ(e.bully.raise(ballot(5, n3)).round, 42u);
}

TEST(Bully, R3ANewBallotIsAboveEverythingSeen) {
  Election e;
  EXPECT_EQ(e.bully.raise(ballot(9, n1)).round, 10u);
}

}  // namespace
}  // namespace bellwether::election
