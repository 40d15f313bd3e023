#include "replication/waiters.hpp"

#include <gtest/gtest.h>

namespace bellwether::replication {
namespace {

constexpr RequestId first{1}, second{2};

Ballot ballot(std::uint64_t round) { return {.round = round, .priority = 0, .id = NodeId{1}}; }

ErrorCode code_of(const ClientAnswer& answer) { return std::get<Refused>(answer.answer).code; }

TEST(Waiters, L12AnEntryThatIsDecidedWithItsBallotIsAcknowledged) {
  Waiters waiters;
  waiters.add(5, ballot(2), first, AppendDone{.index = 5, .offset = 7, .count = 1}, 0);
  EXPECT_TRUE(waiters.on_decided(4, ballot(2)).empty());
  const auto answers = waiters.on_decided(5, ballot(2));
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(std::get<AppendDone>(answers[0].answer).offset, 7u);
  EXPECT_TRUE(waiters.on_decided(5, ballot(2)).empty());
}

TEST(Waiters, L12AnotherBallotAtTheIndexMeansThatItIsNotStored) {
  Waiters waiters;
  waiters.add(5, ballot(2), first, AppendDone{}, 0);
  const auto answers = waiters.on_decided(5, ballot(3));
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(code_of(answers[0]), ErrorCode::retry);
}

// A deposed leader led again without its old entry 5, put a batch together for that place and was deposed
// once more. The old entry may be on another member's disk and be decided yet; only the batch is known to be
// nowhere.
TEST(Waiters, L12OnlyTheOwnBallotsWaitersAreRefusedWithTheOpenBatch) {
  Waiters waiters;
  waiters.add(5, ballot(2), first, AppendDone{}, 0);
  waiters.add(5, ballot(4), second, AppendDone{}, 0);
  const auto refused = waiters.refuse_at(5, ballot(4), ErrorCode::retry);
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].request, second);
  const auto answers = waiters.on_decided(5, ballot(2));
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].request, first);
  EXPECT_TRUE(std::holds_alternative<AppendDone>(answers[0].answer));
}

TEST(Waiters, L12WhatStaysUndecidedTooLongIsUnknown) {
  Waiters waiters;
  waiters.add(5, ballot(2), first, AppendDone{}, 100);
  waiters.add(5, ballot(2), second, AppendDone{}, 200);
  const auto answers = waiters.refuse_older_than(150, ErrorCode::unknown);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].request, first);
  EXPECT_EQ(code_of(answers[0]), ErrorCode::unknown);
  EXPECT_EQ(waiters.refuse_all(ErrorCode::unknown).size(), 1u);
}

}  // namespace
}  // namespace bellwether::replication
