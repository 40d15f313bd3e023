#include "election/heartbeat_round.hpp"

#include <gtest/gtest.h>

namespace bellwether::election {
namespace {

constexpr NodeId n2{2};

HeartbeatReply reply_to(const HeartbeatRequest& request) {
  HeartbeatReply reply;
  reply.round = request.round;
  return reply;
}

TEST(HeartbeatRound, AnAnswerToTheRunningRoundCounts) {
  HeartbeatRound round;
  EXPECT_TRUE(round.on_reply(n2, reply_to(round.open(std::nullopt))));
  EXPECT_TRUE(round.has_answered(n2));
}

TEST(HeartbeatRound, AnAnswerToAnEarlierRoundDoesNotCount) {
  HeartbeatRound round;
  const HeartbeatRequest earlier = round.open(std::nullopt);
  round.open(std::nullopt);
  EXPECT_FALSE(round.on_reply(n2, reply_to(earlier)));
  EXPECT_FALSE(round.has_answered(n2));
}

TEST(HeartbeatRound, ANewRoundForgetsTheAnswersOfTheOneBefore) {
  HeartbeatRound round;
  round.on_reply(n2, reply_to(round.open(std::nullopt)));
  round.open(std::nullopt);
  EXPECT_TRUE(round.replies().empty());
}

TEST(HeartbeatRound, AskingAgainIsForTheRunningRoundAndWithoutALoss) {
  HeartbeatRound round;
  const HeartbeatRequest first = round.open(Ballot{.round = 3, .priority = 0, .id = n2});
  EXPECT_TRUE(first.lost.has_value());
  EXPECT_EQ(round.request_again().round, first.round);
  EXPECT_FALSE(round.request_again().lost.has_value());
}

}  // namespace
}  // namespace bellwether::election
